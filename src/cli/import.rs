//! `dockwright import`: Dockerfiles that somebody wrote, as entries of services.toml.

mod begun;
mod place;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use self::begun::Begun;
use self::place::{below, moved_context, new_path, path_below_output};
use super::context::Sources;
use super::source::{Description, Fault, read};
use super::{FleetFile, Out, Outcome};
use crate::detect::{View, unique};
use crate::dockerfile::{Dockerfile, Keyword};
use crate::file_path::{self, shown};
use crate::fleet;
use crate::fleet::words::Name;
use crate::path::DirectoryPath;
use crate::refactor::import::{
    Addition, Import, Note, Source, Surroundings, Tree, built_by, import, insert, likely_context, text,
};
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
        let root = file_path::directory(path);
        let begun = Begun::load(path)?;
        let around = begun.surroundings(root);
        let imports = self.read_all(root, &begun, &around)?;
        let refused = self.files.len() - imports.len();
        let (files, imports): (Vec<&Path>, Vec<Import>) = imports.into_iter().unzip();
        let addition = text(&imports, &around, self.write, &begun.groups());
        let new = insert(&begun.start(root), &addition);
        if let Err(mistakes) = fleet::load(&new) {
            return Err(Fault::Description { path: path.clone(), text: new, mistakes }.into());
        }
        let mut err = super::stderr();
        for (file, one) in files.iter().zip(&imports) {
            for Note { line, message } in &one.notes {
                report::line(&mut err, &format!("{}:{line}: {}", shown(file), report::brief(message)))?;
            }
        }
        if self.write {
            sync::replace(path, begun.text.as_ref().map(String::as_bytes), &new).map_err(Fault::Files)?;
            let is_elsewhere =
                begun.output().is_some_and(|output| output.as_str() != "." && !self.all_below(root, output));
            written(out, path, &imports, &addition, is_elsewhere.then_some(root))?;
        } else {
            let whole = if begun.description.is_some() { insert("", &addition) } else { new };
            out.document().write_all(whole.as_bytes())?;
        }
        if refused == 0 {
            return Ok(Outcome::Clean);
        }
        let (s, of) = (if refused == 1 { "" } else { "s" }, self.files.len());
        writeln!(err, "{refused} Dockerfile{s} of {of} cannot be imported")?;
        Ok(Outcome::Differences)
    }

    /// The Dockerfiles with what is imported of them. With --keep-going, those that are refused are told and left out.
    ///
    /// # Errors
    /// A file that is refused; with --keep-going, nothing but refused files.
    fn read_all(
        &self,
        root: &Path,
        begun: &Begun,
        around: &Surroundings,
    ) -> anyhow::Result<Vec<(&Path, Import)>> {
        let sources = Directory::of(root);
        let context = self.context.as_ref().map(|directory| below(root, directory)).transpose()?;
        self.check_given_name()?;
        let mut imports: Vec<(&Path, Import)> = Vec::new();
        let mut err = super::stderr();
        let mut refused = Vec::new();
        for file in &self.files {
            let reader = Reader {
                file,
                root,
                context: context.as_deref(),
                output: begun.output(),
                around,
                sources: &sources,
            };
            let known = Known { imports: &imports, description: begun.description.as_ref() };
            match self.named(&reader, &known) {
                Ok(one) => imports.push((file, one)),
                Err(Fault::Description { path, text, mistakes }) => refused.push((path, text, mistakes)),
                Err(fault) if self.keep_going => fault.show(&mut err)?,
                Err(fault) => return Err(fault.into()),
            }
        }
        if !refused.is_empty() {
            let fault = Fault::Sources(refused);
            if !self.keep_going || imports.is_empty() {
                return Err(fault.into());
            }
            fault.show(&mut err)?;
        }
        if imports.is_empty() {
            return Err(Fault::plain("nothing can be imported", None).into());
        }
        Ok(imports)
    }

    /// Whether every file lies in the output directory.
    fn all_below(&self, root: &Path, output: &DirectoryPath) -> bool {
        let inside = |file: &PathBuf| {
            let path = below(root, file).ok()?;
            output.inside(&path).map(drop)
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

    /// Imports a file under a name that no other service has, as `init` gives them.
    fn named(&self, reader: &Reader<'_>, known: &Known<'_>) -> Result<Import, Fault> {
        let mut import = self.read(reader, self.name.as_deref())?;
        known.check(reader.file, &import)?;
        let taken = known.names();
        if taken.contains(&import.name) {
            if self.name.is_some() {
                let message = format!("there is already a service `{}`", import.name);
                return Err(Fault::plain(message, Some("give it another --name".to_owned())));
            }
            let path = below(reader.root, reader.file)?;
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let name = unique(&import.name, directory, &taken);
            let message =
                format!("the service is called `{name}`, because another one is called `{}`", import.name);
            import = self.read(reader, Some(&name))?;
            import.notes.insert(0, Note { line: 1, message });
        }
        Ok(import)
    }

    fn read(&self, reader: &Reader<'_>, name: Option<&str>) -> Result<Import, Fault> {
        let Reader { file, root, context, output, around, sources } = *reader;
        let text = read_dockerfile(file)?;
        let path = below(root, file)?;
        let generated = output.and_then(|output| output.inside(&path));
        let dockerfile = generated.unwrap_or(&path);
        let builds = built_by(&path, sources);
        let own = match (context, builds.first()) {
            (Some(context), _) => context.to_owned(),
            (None, Some(build)) => build.context.clone(),
            (None, None) => likely_context(&path, &text, sources),
        };
        let target = self.target.as_deref();
        let source = Source { path: &path, dockerfile, context: &own, text: &text, target, name };
        let mut imported = import(source, around, sources).map_err(|mistakes| Fault::Description {
            path: file.to_owned(),
            text: text.clone(),
            mistakes,
        })?;
        let new = new_path(&imported, output);
        let mut messages: Vec<String> =
            builds.iter().filter_map(|build| moved_context(build, &new)).collect();
        if context.is_none() && builds.is_empty() && !own.is_empty() {
            messages.push(format!(
                "the build context is {}: --context names another one; that of the new file is the directory of services.toml",
                shown(Path::new(&own))
            ));
        }
        imported.notes.splice(0..0, messages.into_iter().map(|message| Note { line: 1, message }));
        Ok(imported)
    }
}

/// A file to import, and what it is read with.
#[derive(Clone, Copy)]
struct Reader<'r> {
    file: &'r Path,
    root: &'r Path,
    context: Option<&'r str>,
    output: Option<&'r DirectoryPath>,
    around: &'r Surroundings,
    sources: &'r Directory,
}

/// Whether a text is no Dockerfile at all: none of its lines is a FROM, and some are no instructions.
fn is_of_another_kind(text: &str) -> bool {
    let file = Dockerfile::read(text);
    let has_from = file.instructions.iter().any(|instruction| instruction.keyword == Keyword::From);
    !file.instructions.is_empty() && !has_from && !file.problems.is_empty()
}

/// The services that are there already.
struct Known<'k> {
    imports: &'k [(&'k Path, Import)],
    description: Option<&'k Description>,
}

impl Known<'_> {
    fn names(&self) -> BTreeSet<String> {
        let described = self.description.iter().flat_map(|description| &description.fleet.services);
        let described = described.map(|service| service.name.to_string());
        described.chain(self.imports.iter().map(|(_, import)| import.name.clone())).collect()
    }

    /// Whether a file is imported a second time, under the same name or in the same place.
    fn check(&self, file: &Path, import: &Import) -> Result<(), Fault> {
        let real = |path: &Path| file_path::real(path).ok();
        if self.imports.iter().any(|(other, _)| real(other) == real(file)) {
            return Err(Fault::plain(format!("`{}` is named twice", shown(file)), None));
        }
        let Some(description) = self.description else { return Ok(()) };
        let path = path_below_output(import);
        let is_same = |service: &crate::fleet::Service| service.dockerfile.as_str() == path;
        let Some(service) = description.fleet.services.iter().find(|service| is_same(service)) else {
            return Ok(());
        };
        let name = &service.name.value;
        Err(Fault::plain(
            format!("`{}`: there is already a service `{name}` with this Dockerfile", shown(file)),
            Some(format!("remove [services.{name}] to import it again")),
        ))
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
        None if is_of_another_kind(&text) => {
            let hint = "name the Dockerfile of a service";
            let message = format!("`{}` is not a Dockerfile: it has no FROM", shown(file));
            Err(Fault::plain(message, Some(hint.to_owned())))
        }
        None => Ok(text),
        Some(at) => {
            let line = text[..at].matches('\n').count() + 1;
            let message = format!("{}:{line}: this is binary data, not a Dockerfile", shown(file));
            Err(Fault::plain(message, None))
        }
    }
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
    let hint = format!("`dockwright gen --diff{names}` shows the old files against the new");
    report::hint_line(out, &super::fleet_options(path, elsewhere).put_into(&hint))
}

/// The sources on disk.
struct Directory {
    root: PathBuf,
    sources: Sources,
    /// All of them, once somebody has asked.
    view: OnceCell<Rc<View>>,
}

impl Directory {
    fn of(root: &Path) -> Self {
        Self { root: root.to_owned(), sources: Sources::in_directory(root), view: OnceCell::new() }
    }
}

impl Tree for Directory {
    fn is_directory(&self, path: &str) -> Option<bool> {
        self.sources.is_directory(path)
    }

    fn entries(&self, path: &str) -> Vec<String> {
        self.sources.names(path)
    }

    fn text(&self, path: &str) -> Option<String> {
        const LARGEST: u64 = 1 << 20;
        self.sources.text(path, LARGEST)
    }

    fn view(&self) -> Rc<View> {
        self.view.get_or_init(|| Rc::new(super::init::see(&self.root).view)).clone()
    }
}
