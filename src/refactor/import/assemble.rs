//! From the stages of a Dockerfile to the keys of an entry.

use std::collections::BTreeSet;

use toml::Table;

use super::described;
use super::draft::{Draft, GENERAL, sanitised};
use super::paths::parent;
use super::walk::Walk;
use super::{Import, Lines, NewBase, Source, Surroundings, Tree};
use crate::bases::CLibrary;
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{Base, Dockerfile, Expansion, ImageConfig, StageConfig, Stages};
use crate::image::ImageReference;

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
    let wanted = walk.all(last)?;
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
    let (kind, table, base) = entry(&mut draft, file, &stages, last, &wanted)?;
    let is_described = draft.directory.is_some();
    let Draft { mut notes, name, .. } = draft;
    notes.sort();
    notes.dedup();
    let import = Import { name, table, kind, base, notes };
    // A program whose code comes from nowhere
    if is_described || (kind == "python" && !import.table.contains_key("sources")) {
        described::check(&import, around, from)?;
    }
    Ok(import)
}

/// Fills the draft, and gives the kind, the keys and, if the fleet has no fitting one, the base.
fn entry(
    draft: &mut Draft<'_>,
    file: &Dockerfile<'_>,
    stages: &Stages<'_, '_>,
    last: usize,
    wanted: &BTreeSet<usize>,
) -> Result<(&'static str, Table, Option<NewBase>), Diagnostic> {
    draft.gather();
    draft.lost_instructions(file, stages, wanted, last);
    let (kind, kind_table) = draft.kind(draft.from.clone())?;
    draft.besides(kind);
    let (base, new_base) = match &draft.directory {
        Some(_) => (String::new(), None),
        None => draft.base(kind),
    };
    let build = match &new_base {
        Some(new) => Some(&new.build),
        None => draft.around.bases.iter().find(|(name, ..)| *name == base).map(|(_, build, _)| build),
    };
    draft.rename_packages(build);
    if let Some(new) = &new_base {
        check_base(new, draft, stages, last)?;
    }
    let table = draft.table(file, stages, last, &base, (kind, kind_table));
    Ok((kind, table, new_base))
}

/// Whether a base can be made of the images of the last stage.
fn check_base(
    new: &NewBase,
    draft: &Draft<'_>,
    stages: &Stages<'_, '_>,
    last: usize,
) -> Result<(), Diagnostic> {
    if let Some(unknown) = unknown_image(stages, last)
        && new.build.name() == "scratch"
    {
        let message = format!("the image of FROM is unknown: {unknown}");
        let hint = "give the build argument a default: ARG NAME=VALUE above FROM";
        return Err(Diagnostic::new(draft.from.clone(), message).hint(hint));
    }
    buildable(new, draft.around).map_err(|message| {
        Diagnostic::new(draft.from.clone(), message)
            .hint("keep this Dockerfile by hand; `dockwright rebase` moves its bases too")
    })
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
