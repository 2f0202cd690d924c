//! The state of a stage: the files of the build context, packages and directories it has after its last instruction.

use std::collections::{BTreeMap, BTreeSet};

use super::Tree;
use super::paths::{is_within, join, resolve};
use crate::diagnostic::Span;
use crate::dockerfile::{Base, Expansion, Variable, expand};
use crate::image::ImageReference;

/// A file or directory of the build context, and where a stage has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// The path below the root of the sources.
    pub(super) from: String,
    /// The path in the stage.
    pub(super) to: String,
    /// Whether it is a directory, whose content is at `to`.
    pub(super) directory: bool,
}

/// Something a stage takes from another stage or image.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) from: Base,
    pub(super) source: String,
    pub(super) to: String,
    pub(super) line: usize,
}

/// A directory that a command makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) path: String,
    /// Whether it is given an owner, so that it is writable even if it holds code.
    pub(super) owned: bool,
    /// The line of a plain `mkdir`, which does not say whether its content may be lost.
    pub(super) line: Option<usize>,
}

/// Something in a Dockerfile that decides whether the file can be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) message: String,
    pub(super) hint: String,
    pub(super) span: Span,
}

/// A command that compiles a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compiled {
    /// The language, as its users call it.
    pub(super) language: &'static str,
    pub(super) command: String,
    pub(super) span: Span,
}

/// What is installed from a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lock {
    /// The lock file, below the root of the sources.
    pub(super) path: String,
    pub(super) extras: Vec<String>,
    pub(super) groups: Vec<String>,
    /// The member of a workspace.
    pub(super) package: Option<String>,
}

/// Requirements that a command writes from a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) path: String,
    pub(super) lock: Lock,
}

/// A project of Python that is installed itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Project {
    /// Its directory in the stage.
    pub(super) directory: String,
    /// Whether its modules lie in `src`.
    pub(super) has_src: bool,
    /// The programs that it brings.
    pub(super) scripts: Vec<String>,
    /// The files that the stage has of it.
    pub(super) files: Vec<Copied>,
    pub(super) line: usize,
}

/// A stage after its last instruction.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    /// The image that it stands on in the end.
    pub(super) image: Option<ImageReference>,
    pub(super) workdir: String,
    /// Variables of ENV and ARG; `None` if the value is not known.
    pub(super) variables: BTreeMap<String, Option<String>>,
    /// Those of ENV alone, with the line that set them last.
    pub(super) env: BTreeMap<String, (Option<String>, usize)>,
    /// Those of ENV whose value takes a build argument, with its name.
    pub(super) from_arguments: BTreeMap<String, String>,
    pub(super) copied: Vec<Copied>,
    pub(super) taken: Vec<Taken>,
    /// Packages of the distribution, each with the line that installs it.
    pub(super) packages: Vec<(String, usize)>,
    pub(super) requirements: Vec<String>,
    pub(super) distributions: Vec<String>,
    /// Whether pip installs anything, and the directories it is told to install to.
    pub(super) pip: bool,
    pub(super) pip_targets: Vec<String>,
    /// The directories where pip puts the wheels it builds.
    pub(super) wheels: Vec<String>,
    /// The lock file that is installed from.
    pub(super) lock: Option<Lock>,
    /// Requirements that lock files are written to.
    pub(super) exports: Vec<Export>,
    /// The project that is installed itself.
    pub(super) project: Option<Project>,
    /// Installed distributions that services.toml cannot name: the service would miss them.
    pub(super) lost: Vec<Finding>,
    /// The same, of the distribution's own Python: missed where the stage is the one that runs.
    pub(super) modules: Vec<Finding>,
    /// Commands that may install what the service needs, which matters where nothing else does.
    pub(super) perhaps: Vec<Finding>,
    /// Commands that an entry of one kind alone stands for, with their lines.
    pub(super) only_for: Vec<(&'static str, String, usize)>,
    /// EXPOSE without a value for its variables, with its line.
    pub(super) without_port: Vec<(String, usize)>,
    /// The commands that compile something.
    pub(super) compiled: Vec<Compiled>,
    /// Directories that commands make.
    pub(super) directories: Vec<Made>,
    /// Every path that is known to be a directory: a file that is copied there keeps its name.
    pub(super) known_directories: BTreeSet<String>,
    /// What `closure.sh` takes, below which directory.
    pub(super) closure: Option<(String, Vec<String>)>,
    /// Below which directory it puts the libraries that compiled packages need.
    pub(super) libraries: Option<String>,
    pub(super) npm_directory: Option<String>,
    pub(super) npm_script: Option<String>,
    /// All scripts of package.json that are run, each with its line.
    pub(super) scripts: Vec<(String, usize)>,
    pub(super) java_main: Option<String>,
    /// Commands that nothing above stands for.
    pub(super) commands: Vec<(String, usize)>,
    /// The line of each label that was set last.
    pub(super) labels: BTreeMap<String, usize>,
    /// The user of the last USER, and its line.
    pub(super) user: Option<(String, usize)>,
}

impl Stage {
    /// How much a stage that begins with this one takes over, in variables, paths and packages.
    pub(super) fn size(&self) -> usize {
        let variables = self.variables.len() + self.env.len() + self.labels.len();
        let paths =
            self.copied.len() + self.taken.len() + self.directories.len() + self.known_directories.len();
        variables + paths + self.packages.len() + self.commands.len()
    }

    /// Whether a path is known to be a directory of the stage.
    pub(super) fn has_directory(&self, path: &str, tree: &dyn Tree) -> bool {
        self.known_directories.iter().any(|known| is_within(known, path))
            || SYSTEM_DIRECTORIES.contains(&path)
            || self.copied.iter().any(|copied| copied.has_directory(path, tree))
    }

    /// Whether a path is known to be a file of the stage.
    pub(super) fn has_file(&self, path: &str, tree: &dyn Tree) -> bool {
        self.copied.iter().any(|copied| {
            copied.inner(path).is_some_and(|inner| {
                if copied.directory {
                    tree.is_directory(&join(&copied.from, inner)) == Some(false)
                } else {
                    inner.is_empty()
                }
            })
        })
    }
}

impl Copied {
    /// A path of the stage, below the path it was copied to.
    fn inner<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.to.trim_end_matches('/'))?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Where it is if the directory or file `source` of the stage is put at `target`.
    pub(super) fn moved(&self, source: &str, target: &str) -> Option<Self> {
        if is_within(&self.to, source) {
            let rest = self.to.strip_prefix(source.trim_end_matches('/')).unwrap_or_default();
            return Some(Self { to: resolve(target, rest.trim_start_matches('/')), ..self.clone() });
        }
        let from = origin(std::slice::from_ref(self), source)?;
        Some(Self { from, to: target.to_owned(), directory: self.directory })
    }

    /// Whether it makes a path of the stage a directory.
    fn has_directory(&self, path: &str, tree: &dyn Tree) -> bool {
        if self.to != path && is_within(&self.to, path) {
            return true;
        }
        let inner = self.inner(path).filter(|_| self.directory);
        inner.is_some_and(|inner| {
            inner.is_empty() || tree.is_directory(&join(&self.from, inner)) == Some(true)
        })
    }
}

/// The directories that a base image has.
const SYSTEM_DIRECTORIES: [&str; 19] = [
    "/",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/local",
    "/usr/local/bin",
    "/usr/share",
    "/var",
];

/// The path in the sources of a file of a stage.
pub(super) fn origin(copied: &[Copied], path: &str) -> Option<String> {
    copied.iter().rev().find_map(|copied| {
        let inner = copied.inner(path)?;
        (inner.is_empty() || copied.directory).then(|| join(&copied.from, inner))
    })
}

/// Whether a text takes the value of a variable.
pub(super) fn is_used(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let after = text[at + name.len()..].chars().next();
        let whole = !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        whole && (before.ends_with('$') || before.ends_with("${"))
    })
}

/// The value of a word, if every variable in it is known.
pub(super) fn known(
    word: &str,
    escape: char,
    variables: &BTreeMap<String, Option<String>>,
) -> Option<String> {
    let lookup = |name: &str| match variables.get(name) {
        Some(Some(value)) => Variable::Set(value),
        Some(None) => Variable::Unknown,
        None => Variable::Unset,
    };
    match expand(word, escape, &lookup) {
        Ok(Expansion::Known(value)) => Some(value),
        _ => None,
    }
}
