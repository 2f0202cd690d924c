//! `dockwright import`: Dockerfiles that somebody wrote, as entries of services.toml.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use super::source::{Description, Fault, read, says_something};
use super::{FleetFile, Out, Outcome, Today};
use crate::detect::View;
use crate::file_path::{self, shown};
use crate::fleet;
use crate::fleet::words::Name;
use crate::path::DirectoryPath;
use crate::refactor::import::context as build_context;
use crate::refactor::import::{Addition, Import, Note, Source, Surroundings, Tree, import, insert, text};
use crate::{report, sync};

/// Convert Dockerfiles to entries of services.toml.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dockwright import auth/Dockerfile                  print the entry, and what it loses to stderr
  dockwright import --write sessions/Dockerfile.*    add the entries to services.toml
  dockwright import --context sessions sessions/Dockerfile
  dockwright import --target web --name shop-web shop/Dockerfile
  dockwright import --write --keep-going */Dockerfile    skip files that are refused

Everything that is not imported, and every defect that is not kept, is reported with file, line and
reason. With --write, settings that several files share become a group. Then
`dockwright gen --diff SERVICE` compares the old file with the new one, and
`dockwright gen --force SERVICE` replaces it.

Exit codes: 0; 1 with --keep-going, if some files are refused; 2 a file that is refused or not a
Dockerfile, a name that is taken, or an invalid services.toml: nothing is written")]
pub(super) struct ImportCommand {
    /// The Dockerfiles
    #[arg(value_name = "DOCKERFILE", required = true)]
    files: Vec<PathBuf>,
    /// Add the entries to services.toml
    #[arg(long)]
    write: bool,
    /// The directory that COPY paths are relative to; by default the one that Compose, bake or GitHub workflows set
    /// for the Dockerfile, else the one that contains the sources of COPY
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// The stage to import, by its name or number; by default the last one
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// The name of the service; by default from the label or the path of its Dockerfile
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Skip files that are refused, and exit 1
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    fleet: FleetFile,
}

impl ImportCommand {
    pub(super) fn run(&self, out: &mut dyn Out) -> anyhow::Result<Outcome> {
        let path = &self.fleet.fleet;
        let root = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let old = path.exists().then(|| read(path)).transpose()?;
        let begun = old.as_ref().filter(|text| says_something(text));
        let description = begun.map(|_| Description::load_begun(path)).transpose()?;
        let around = match &description {
            Some(description) => {
                Surroundings::of(&description.fleet, &description.text, Today::of_the_clock())
            }
            None => Surroundings::none(&super::init::name(root), Today::of_the_clock()),
        };
        let sources = Directory { root: root.to_owned(), view: OnceCell::new() };
        let context = self.context.as_ref().map(|directory| below(root, directory)).transpose()?;
        let output = description.as_ref().map(|description| &description.fleet.output);
        self.check_given_name()?;
        let mut imports: Vec<(&Path, Import)> = Vec::new();
        let mut err = super::stderr();
        let mut refused = Vec::new();
        let mut others = 0;
        for file in &self.files {
            let one = self.read(file, root, context.as_deref(), output, &around, &sources);
            let one = one.and_then(|one| {
                check_name(&one.name, file, &imports, description.as_ref())?;
                Ok(one)
            });
            match one {
                Ok(one) => imports.push((file, one)),
                Err(Fault::Description { path, text, mistakes }) => refused.push((path, text, mistakes)),
                Err(fault) if self.keep_going => {
                    fault.show(&mut err)?;
                    others += 1;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        let count = refused.len() + others;
        if !refused.is_empty() {
            let fault = Fault::Sources(refused);
            if !self.keep_going || imports.is_empty() {
                return Err(fault.into());
            }
            fault.show(&mut err)?;
        }
        let (files, imports): (Vec<&Path>, Vec<Import>) = imports.into_iter().unzip();
        if imports.is_empty() {
            return Err(Fault::plain("nothing can be imported", None).into());
        }
        let groups = groups(old.as_deref());
        let addition = text(&imports, &around, self.write, &groups);
        let start = if let Some(description) = &description {
            description.text.clone()
        } else {
            let comments = old.as_deref().unwrap_or_default();
            let end = if comments.is_empty() || comments.ends_with('\n') { "" } else { "\n" };
            format!("{comments}{end}{}", new_description(root))
        };
        let new = insert(&start, &addition);
        if let Err(mistakes) = fleet::load(&new) {
            return Err(Fault::Description { path: path.clone(), text: new, mistakes }.into());
        }
        for (file, one) in files.iter().zip(&imports) {
            for Note { line, message } in &one.notes {
                report::line(&mut err, &format!("{}:{line}: {message}", shown(file)))?;
            }
        }
        if self.write {
            sync::replace(path, old.as_ref().map(String::as_bytes), &new).map_err(Fault::Files)?;
            let elsewhere =
                output.is_some_and(|output| output.as_str() != ".") && !self.all_below(root, output);
            written(out, path, &imports, &addition, elsewhere.then_some(root))?;
        } else {
            let whole = if description.is_some() { insert("", &addition) } else { new };
            out.document().write_all(whole.as_bytes())?;
        }
        if count > 0 {
            let (s, of) = (if count == 1 { "" } else { "s" }, self.files.len());
            writeln!(err, "{count} Dockerfile{s} of {of} cannot be imported")?;
            return Ok(Outcome::Differences);
        }
        Ok(Outcome::Clean)
    }

    /// Whether every file lies in the output directory.
    fn all_below(&self, root: &Path, output: Option<&DirectoryPath>) -> bool {
        let inside = |file: &PathBuf| {
            let path = below(root, file).ok()?;
            output?.inside(&path).map(drop)
        };
        self.files.iter().all(|file| inside(file).is_some())
    }

    /// A name is given to one service, and has to be one.
    fn check_given_name(&self) -> Result<(), Fault> {
        let Some(name) = &self.name else { return Ok(()) };
        if self.files.len() > 1 {
            let hint = "the label org.opencontainers.image.title of each Dockerfile names its service";
            return Err(Fault::plain("--name takes exactly one Dockerfile", Some(hint.to_owned())));
        }
        let hint = "--name takes lower-case letters, digits and inner hyphens, as the keys of [services] do";
        name.parse::<Name>().map(drop).map_err(|message| Fault::plain(message, Some(hint.to_owned())))
    }

    fn read(
        &self,
        file: &Path,
        root: &Path,
        context: Option<&str>,
        output: Option<&DirectoryPath>,
        around: &Surroundings,
        sources: &Directory,
    ) -> Result<Import, Fault> {
        let text = read_dockerfile(file)?;
        let path = below(root, file)?;
        let generated = output.and_then(|output| output.inside(&path));
        let dockerfile = generated.unwrap_or(&path);
        let own = context.map_or_else(|| build_context(&path, &text, sources), ToOwned::to_owned);
        let source = Source {
            path: &path,
            dockerfile,
            context: &own,
            text: &text,
            target: self.target.as_deref(),
            name: self.name.as_deref(),
        };
        let mut imported = import(source, around, sources).map_err(|mistakes| Fault::Description {
            path: file.to_owned(),
            text: text.clone(),
            mistakes,
        })?;
        if context.is_none() && !own.is_empty() {
            let message =
                format!("the build context is {}: --context names another one", shown(Path::new(&own)));
            imported.notes.insert(0, Note { line: 1, message });
        }
        Ok(imported)
    }
}

/// The text of a Dockerfile, if it is one line of text after another.
fn read_dockerfile(file: &Path) -> Result<String, Fault> {
    // Where nobody may look, reading says so.
    if matches!(file.try_exists(), Ok(false)) {
        let hint = "name the Dockerfile, not its service or directory";
        return Err(Fault::plain(
            format!("cannot read `{}`: no such file or directory", shown(file)),
            Some(hint.to_owned()),
        ));
    }
    if file.is_dir() {
        let hint = format!("name the file in it: {}", shown(&file.join("Dockerfile")));
        return Err(Fault::plain(format!("`{}` is a directory, not a Dockerfile", shown(file)), Some(hint)));
    }
    let text = read(file)?;
    match text.find('\0') {
        None => Ok(text),
        Some(at) => {
            let line = text[..at].matches('\n').count() + 1;
            let message = format!("{}:{line}: this is binary data, not a Dockerfile", shown(file));
            Err(Fault::plain(message, None))
        }
    }
}

fn check_name(
    name: &str,
    file: &Path,
    from: &[(&Path, Import)],
    description: Option<&Description>,
) -> Result<(), Fault> {
    let hint = || {
        Some(
            "--name, or the label org.opencontainers.image.title of a Dockerfile, names its service"
                .to_owned(),
        )
    };
    if let Some((other, _)) = from.iter().find(|(_, import)| import.name == name) {
        let message = format!("`{}` and `{}` are both called `{name}`", shown(other), shown(file));
        return Err(Fault::plain(message, hint()));
    }
    if description.is_some_and(|description| description.fleet.service(name).is_some()) {
        return Err(Fault::plain(
            format!("`{}`: there is already a service `{name}`", shown(file)),
            Some(format!(
                "remove [services.{name}] to import it again; the label org.opencontainers.image.title gives it another name"
            )),
        ));
    }
    Ok(())
}

/// A path below the root of the sources.
fn below(root: &Path, path: &Path) -> Result<String, Fault> {
    let fault = |message: String| {
        Fault::plain(message, Some("the root is the directory of services.toml".to_owned()))
    };
    let real = |path: &Path| {
        file_path::real(path).map_err(|error| {
            Fault::plain(format!("cannot read `{}`: {}", shown(path), crate::diagnostic::cause(&error)), None)
        })
    };
    let (real_root, real_path) = (real(root)?, real(path)?);
    let inner = real_path
        .strip_prefix(&real_root)
        .map_err(|_| fault(format!("`{}` is not below `{}`", shown(path), shown(root))))?;
    let parts: Option<Vec<&str>> = inner
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_str())
        .collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| fault(format!("`{}` is not text", shown(path))))
}

/// The names of the groups that are there.
fn groups(text: Option<&str>) -> Vec<String> {
    let document: toml::Table = text.and_then(|text| toml::from_str(text).ok()).unwrap_or_default();
    let groups = document.get("groups").and_then(|value| value.as_table());
    groups.map(|groups| groups.keys().cloned().collect()).unwrap_or_default()
}

/// A description without services, named after its directory. A Compose file that somebody wrote stays theirs.
fn new_description(root: &Path) -> String {
    let name = super::init::name(root);
    let mut text = format!("[fleet]\nname   = \"{name}\"\nimage  = \"{name}/{{name}}\"\noutput = \".\"\n");
    if is_written_by_hand(&root.join("compose.yaml")) {
        text.push_str("compose = false  # compose.yaml is your own: gen leaves it alone\n");
    }
    text
}

/// Whether there is something at the path of a generated file that dockwright did not write.
fn is_written_by_hand(path: &Path) -> bool {
    let is_there = fs::symlink_metadata(path).is_ok();
    is_there && !read(path).is_ok_and(|text| sync::header::inspect(&text).is_some())
}

/// What was added. `elsewhere` is the directory to name to `gen`, if it is not the output directory in
/// which the old files lie.
fn written(
    out: &mut dyn Write,
    path: &Path,
    imports: &[Import],
    addition: &Addition,
    elsewhere: Option<&Path>,
) -> io::Result<()> {
    for import in imports {
        writeln!(out, "added     [services.{}]", import.name)?;
    }
    let (count, s) = (imports.len(), if imports.len() == 1 { "" } else { "s" });
    let groups = match addition.groups.len() {
        0 => String::new(),
        1 => " and a group for what they share".to_owned(),
        groups => format!(" and {groups} groups for what they share"),
    };
    writeln!(out, "{}: {count} service{s}{groups}", shown(path))?;
    let mut names = String::new();
    for import in imports {
        names.push(' ');
        names.push_str(&import.name);
    }
    if let Some(directory) = elsewhere {
        names.extend([" --out ", &directory.to_string_lossy()]);
    }
    report::hint_line(out, &format!("`dockwright gen --diff{names}` shows the old files against the new"))
}

/// The sources on disk.
struct Directory {
    root: PathBuf,
    /// All of them, once somebody has asked.
    view: OnceCell<Rc<View>>,
}

impl Tree for Directory {
    fn is_directory(&self, path: &str) -> Option<bool> {
        fs::metadata(self.root.join(path)).ok().map(|metadata| metadata.is_dir())
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        const LARGEST: u64 = 1 << 20;
        let path = self.root.join(path);
        let is_small = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
        is_small.then(|| fs::read_to_string(path).ok()).flatten()
    }

    fn view(&self) -> Rc<View> {
        self.view.get_or_init(|| Rc::new(super::init::see(&self.root).view)).clone()
    }
}
