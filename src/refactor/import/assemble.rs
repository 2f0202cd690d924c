//! From the stages of a Dockerfile to the keys of an entry.

use std::collections::BTreeSet;

use toml::Table;

use super::described;
use super::paths::parent;
use super::stage::{Copied, Stage};
use super::walk::Walk;
use super::{Import, Lines, NewBase, Note, Source, Surroundings, Tree};
use crate::bases::CLibrary;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Base, Dockerfile, Expansion, ImageConfig, StageConfig, Stages};
use crate::fleet::words::Name;
use crate::image::ImageReference;

/// Where generated images have the static probe.
pub(super) const PROBE: &str = "/usr/bin/healthcheck";

/// What an entry is made of while it is put together.
pub(super) struct Draft<'d> {
    pub(super) source: Source<'d>,
    /// The name of the service.
    pub(super) name: String,
    pub(super) tree: &'d dyn Tree,
    /// The directory of a program that is described by its manifest.
    pub(super) directory: Option<String>,
    pub(super) around: &'d Surroundings,
    pub(super) lines: &'d Lines,
    /// The stages that the last one is made of, in their order; the others are empty.
    pub(super) stages: &'d [Stage],
    pub(super) last: &'d Stage,
    pub(super) config: StageConfig,
    pub(super) notes: Vec<Note>,
    /// The image of the last FROM, and its line.
    pub(super) from: Span,
    pub(super) from_line: usize,
    pub(super) sources: Vec<Copied>,
    pub(super) writable: Vec<String>,
    /// Those of them that are given an owner, so that they are writable even if they hold code.
    pub(super) owned: BTreeSet<String>,
    pub(super) program_packages: Vec<String>,
    pub(super) program_paths: Vec<String>,
    /// The image of the stage that programs, classes or the probe come from.
    pub(super) builder: Option<ImageReference>,
    pub(super) java_main: Option<String>,
    pub(super) node: Option<Table>,
    pub(super) node_files: Vec<String>,
    pub(super) ports: Vec<u16>,
    /// What EXPOSE names besides: ports of other protocols, and ranges.
    pub(super) exposed: Vec<String>,
    /// The port or the Unix socket that the command line names.
    pub(super) served: Option<String>,
    /// Secrets that no ENV names, and whether programs take them from the environment.
    pub(super) secrets: Vec<String>,
    pub(super) secrets_as_env: bool,
    /// Variables that are given when the service starts.
    pub(super) settings: Vec<String>,
    /// Where a shell script would start the program, which is left out.
    pub(super) script: Option<Span>,
    /// A compiled program: its path in the old image, and in the new one.
    pub(super) own_program: Option<(String, String)>,
    /// Commands that run before the program.
    pub(super) before: Vec<Vec<String>>,
    /// Whether the program writes to /tmp.
    pub(super) wants_tmp: bool,
}

/// Puts the entry of a file together.
pub(super) fn assemble(
    source: Source<'_>,
    file: &Dockerfile<'_>,
    around: &Surroundings,
    tree: &dyn Tree,
) -> Result<Import, Diagnostic> {
    let lines = Lines::of_text(source.text);
    let stages = Stages::of(file);
    let last = target(&stages, source.target)?;
    let known = |image: &ImageReference| {
        around.catalogue.find(image).map(|base| ImageConfig {
            entrypoint: base.entrypoint,
            cmd: base.cmd,
            user: base.user,
            workdir: base.workdir,
            env: base.env.into_iter().collect(),
        })
    };
    let config = stages.config(last, &known);
    let config = config.ok_or_else(|| Diagnostic::new(0..0, "there is no stage to build"))?;
    let mut walk = Walk {
        file,
        stages: &stages,
        tree,
        context: source.context,
        beside: parent(source.path),
        lines: &lines,
        images: &known,
        done: Vec::new(),
        notes: Vec::new(),
    };
    let wanted = walk.all(last);
    let Walk { done: all, notes, .. } = walk;
    let from = &stages.stages[last].image.span;
    let name = match source.name {
        Some(name) => name.to_owned(),
        None => name(&source, &config, &around.fleet),
    };
    let mut draft = Draft {
        source,
        name,
        tree,
        directory: None,
        around,
        lines: &lines,
        stages: &all,
        last: &all[last],
        config,
        notes,
        from: from.clone(),
        from_line: lines.of(from.start),
        sources: Vec::new(),
        writable: Vec::new(),
        owned: BTreeSet::new(),
        program_packages: Vec::new(),
        program_paths: Vec::new(),
        builder: None,
        java_main: None,
        node: None,
        node_files: Vec::new(),
        ports: Vec::new(),
        exposed: Vec::new(),
        served: None,
        secrets: Vec::new(),
        secrets_as_env: false,
        settings: Vec::new(),
        script: None,
        own_program: None,
        before: Vec::new(),
        wants_tmp: false,
    };
    draft.gather();
    draft.lost_instructions(file, &stages, &wanted, last);
    let (kind, kind_table) = draft.kind(from.clone())?;
    draft.besides(kind);
    let (base, new_base) = match &draft.directory {
        Some(_) => (String::new(), None),
        None => draft.base(kind),
    };
    let build = new_base.as_ref().map(|new| &new.build);
    let build =
        build.or_else(|| around.bases.iter().find(|(name, ..)| *name == base).map(|(_, build, _)| build));
    draft.rename_packages(build.cloned().as_ref());
    if let (Some(new), Some(unknown)) = (&new_base, unknown_image(&stages, last))
        && new.build.name() == "scratch"
    {
        let message = format!("the image of FROM is unknown: {unknown}");
        let hint = "give the build argument a default: ARG NAME=VALUE above FROM";
        return Err(Diagnostic::new(from.clone(), message).hint(hint));
    }
    if let Some(new) = &new_base {
        buildable(new, around).map_err(|message| {
            Diagnostic::new(from.clone(), message)
                .hint("keep this Dockerfile by hand; `dockwright rebase` moves its bases too")
        })?;
    }
    let is_described = draft.directory.is_some();
    let table = draft.table(file, &stages, last, &base, (kind, kind_table));
    let Draft { mut notes, name, .. } = draft;
    notes.sort();
    notes.dedup();
    let import = Import { name, table, kind, base: new_base, notes };
    // A program whose code comes from nowhere
    if is_described || (kind == "python" && !import.table.contains_key("sources")) {
        described::check(&import, around, from)?;
    }
    Ok(import)
}

/// The stage that is built: the one asked for, or else the last.
fn target(stages: &Stages<'_, '_>, asked: Option<&str>) -> Result<usize, Diagnostic> {
    let last = stages.stages.len().checked_sub(1);
    let last = last.ok_or_else(|| Diagnostic::new(0..0, "there is no FROM, so this is not a Dockerfile"))?;
    let Some(asked) = asked else { return Ok(last) };
    let is_asked = |name: &Option<String>| name.as_deref() == Some(asked.to_lowercase().as_str());
    let named = stages.stages.iter().rposition(|stage| is_asked(&stage.name));
    let numbered = || asked.parse().ok().filter(|index| *index <= last);
    named.or_else(numbered).ok_or_else(|| {
        let names: Vec<&str> = stages.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        let hint = match names.as_slice() {
            [] => "its stages have no names: count them from 0".to_owned(),
            names => format!("its stages are {}", names.join(", ")),
        };
        Diagnostic::new(stages.stages[last].image.span.clone(), format!("there is no stage `{asked}`"))
            .hint(hint)
    })
}

/// Why the image of a stage is unknown, if it is.
fn unknown_image(stages: &Stages<'_, '_>, last: usize) -> Option<String> {
    match &stages.stages[last].base {
        Base::Stage(index) => unknown_image(stages, *index),
        Base::Unknown(why) => Some(why.clone()),
        Base::Image(_) | Base::Scratch => None,
    }
}

/// Whether the programs of a stage can be taken from there: a compiled program has no kind of its own.
fn buildable(base: &NewBase, around: &Surroundings) -> Result<(), String> {
    if base.build.name() == "scratch" {
        return Err("its program is compiled by commands for which services.toml has no kind".to_owned());
    }
    let is_musl = |image: &ImageReference| match around.catalogue.find(image).and_then(|base| base.libc) {
        Some(libc) => matches!(libc, CLibrary::Musl(_)),
        None => image.tag().is_some_and(|tag| tag.contains("alpine")),
    };
    if is_musl(&base.build) && !is_musl(&base.run) {
        let (build, run) = (&base.build, &base.run);
        return Err(format!("the programs of {build} need musl, which the run image {run} does not have"));
    }
    Ok(())
}

impl Draft<'_> {
    pub(super) fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }
}

/// Directories and endings that say how something is built, and not what.
pub(super) const GENERAL: [&str; 24] = [
    "alpine",
    "amd64",
    "app",
    "arm64",
    "build",
    "ci",
    "container",
    "containers",
    "debian",
    "default",
    "deploy",
    "dist",
    "distroless",
    "docker",
    "dockerfiles",
    "image",
    "images",
    "packaging",
    "prod",
    "production",
    "release",
    "scripts",
    "src",
    "ubuntu",
];

/// The name of the service: the label that says it, or else the path, or the fleet.
fn name(source: &Source<'_>, config: &StageConfig, fleet: &str) -> String {
    let title = match config.label("org.opencontainers.image.title") {
        Some(Expansion::Known(title)) => sanitised(title),
        _ => None,
    };
    if let Some(title) = title {
        return title;
    }
    let (directories, file) = source.path.rsplit_once('/').unwrap_or(("", source.path));
    let lower = file.to_ascii_lowercase();
    let stem = ["dockerfile.", "containerfile."].iter().find_map(|start| lower.strip_prefix(start));
    let stem =
        stem.or_else(|| [".dockerfile", ".containerfile"].iter().find_map(|end| lower.strip_suffix(end)));
    let stem = stem.map(|stem| stem.trim_end_matches(".distroless"));
    let parts = stem.into_iter().chain(directories.rsplit('/'));
    let mut names = parts.filter(|part| !GENERAL.contains(part)).filter_map(sanitised);
    names.next().unwrap_or_else(|| fleet.to_owned())
}

/// A text as a name.
pub(super) fn sanitised(text: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let name = name.trim_matches('-').chars().take(63).collect::<String>();
    name.parse::<Name>().is_ok().then_some(name)
}

pub(super) fn scratch() -> ImageReference {
    "scratch".parse().expect("an image reference")
}

pub(super) fn unique(list: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    list.retain(|item| seen.insert(item.clone()));
}
