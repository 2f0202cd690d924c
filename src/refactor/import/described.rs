//! Programs that a manifest in the tree describes: what `dockwright init` finds there.

mod around;
mod version;

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::draft::{Draft, shortened};
use super::paths::{is_within, join, parent, resolve};
use super::refused::{NO_MANIFEST, NO_PACKAGE};
use super::{Import, Surroundings, options, start, text};
use crate::detect;
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet;
use crate::kinds::Kind;

/// Kinds that manifests describe.
const KINDS: [&str; 6] = ["dotnet", "go", "java", "node", "rust", "static"];

/// Manifests that describe what is compiled.
const MANIFESTS: [&str; 5] = ["Cargo.toml", "build.gradle", "build.gradle.kts", "go.mod", "pom.xml"];

/// How many copied files are looked at.
const MOST_PLACES: usize = 32;

/// Keys that have to be certain: another value is another program.
const CERTAIN: [&str; 3] = ["bin", "package", "project"];

impl Draft<'_> {
    /// The table of a program that the Dockerfile alone does not tell, if its manifest does.
    pub(super) fn described(
        &mut self,
        argv: &[String],
        line: usize,
        refused: Diagnostic,
    ) -> Result<(&'static str, Table), Diagnostic> {
        let view = self.tree.view();
        let of = |context: &str| detect::program(&view, self.source.path, self.source.text, context);
        let found = match of(self.source.context) {
            Ok(found) => found,
            // What is copied by itself may be the project.
            Err(why) => match self.copied_directories().iter().find_map(|directory| of(directory).ok()) {
                Some(found) => found,
                None => return Err(self.without_entry(refused, &why)),
            },
        };
        let doubt = found.table.iter().find(|key| key.guess.is_some() && CERTAIN.contains(&key.name));
        if !KINDS.contains(&found.kind) || !Kind::is_word(found.kind) || doubt.is_some() {
            return Err(refused);
        }
        if let Some(front) = found.unknowns.iter().find(|unknown| unknown.key == detect::FRONT_END) {
            let hint = "write such a script into package.json, or keep this Dockerfile by hand";
            return Err(Diagnostic { message: front.why.clone(), ..refused }.hint(hint));
        }
        // A change of version is noted with the base, below.
        // Nor is a command noted here that becomes a service of its own.
        let is_noted = |key: &str| key != "base" && (key != "before" || found.kind == "python");
        for unknown in found.unknowns.iter().filter(|unknown| is_noted(unknown.key)) {
            self.note(line, format!("{}: {}", unknown.key, unknown.why));
        }
        let mut table = Table::new();
        for key in &found.table {
            if let Some(why) = &key.guess {
                self.note(line, format!("{}.{} is guessed: {why}", found.kind, key.name));
            }
            if let Ok(value) = Value::try_from(&key.value) {
                table.insert(key.name.to_owned(), value);
            }
        }
        if let Some(arguments) = Self::arguments(found.kind, argv) {
            table.remove("arguments");
            if !arguments.is_empty() {
                table.insert("arguments".to_owned(), arguments.into());
            }
        }
        // Sources are those of the directory.
        self.notes.retain(|note| !note.message.starts_with(super::copy::WHOLE));
        self.ports_of(&found, line);
        self.around_the_program(&found, argv, &mut table);
        self.before_the_program(&found, argv, &table, line);
        self.script_that_builds(found.kind, &mut table);
        self.script_that_starts(&found, argv, &table, line);
        self.compiled_otherwise(&found, &table);
        self.moved_to_app(&found);
        self.above_the_context(&found, line);
        self.version(found.kind);
        let run = self.last.image.as_ref().map_or_else(|| "scratch".to_owned(), ToString::to_string);
        self.note(
            self.from_line,
            format!("it is based on {run}: the base of the kind `{}` is used", found.kind),
        );
        self.directory = Some(found.directory.clone());
        Ok((found.kind, table))
    }

    /// Why the sources give no entry either.
    fn without_entry(&self, refused: Diagnostic, why: &str) -> Diagnostic {
        let is_there = |name: &&&str| self.tree.is_directory(&join(self.source.context, name)).is_some();
        let message = if refused.message.contains(NO_MANIFEST) {
            match MANIFESTS.iter().find(is_there) {
                Some(name) => {
                    let instead = format!("and {name} does not tell which program it is");
                    refused.message.replace(NO_MANIFEST, &instead)
                }
                None => refused.message,
            }
        } else if refused.message.contains(NO_PACKAGE) {
            refused.message.replace(NO_PACKAGE, &format!("but {why}"))
        } else if why.starts_with("there is no ") || refused.message.contains("no kind for") {
            refused.message
        } else {
            format!("{} ({why})", refused.message)
        };
        Diagnostic { message, ..refused }
    }

    /// The directories of files that are copied by themselves.
    fn copied_directories(&self) -> BTreeSet<String> {
        let files = self.stages.iter().flat_map(|stage| &stage.copied).filter(|copied| !copied.directory);
        files.map(|copied| parent(&copied.from).to_owned()).take(MOST_PLACES).collect()
    }

    /// Commands that run before the program: its own, by the path that it has in the new image.
    fn before_the_program(&mut self, found: &detect::Proposal, argv: &[String], table: &Table, line: usize) {
        let name = table.get("bin").or_else(|| table.get("package").filter(|_| found.kind == "rust"));
        let name = name.and_then(Value::as_str).unwrap_or(&self.name);
        let program = format!("/usr/local/bin/{name}");
        if let (Some(old), "go" | "rust") = (argv.first(), found.kind) {
            self.own_program = Some((resolve(&self.last.workdir, old), program.clone()));
        }
        for words in std::mem::take(&mut self.before) {
            let own = start::effective(words.clone()).argv;
            if matches!(found.kind, "go" | "rust") && own.first() == argv.first() {
                self.note(
                    line,
                    format!(
                        "`{}` runs before the service, as a service of its own in compose.yaml",
                        own.join(" ")
                    ),
                );
                for word in &own {
                    self.refers(word, line);
                }
                self.before.push(std::iter::once(program.clone()).chain(own[1..].iter().cloned()).collect());
            } else {
                self.note(line, format!("`{}` is not run before the program", words.join(" ")));
            }
        }
    }

    /// The script of package.json that the Dockerfile runs to build, if there is one alone.
    fn script_that_builds(&self, kind: &str, table: &mut Table) {
        let builds = kind == "static" || table.contains_key("next") || table.contains_key("output");
        let names: BTreeSet<&String> =
            self.stages.iter().flat_map(|stage| &stage.scripts).map(|(name, _)| name).collect();
        if let Some(only) =
            names.first().filter(|only| builds && names.len() == 1 && only.as_str() != "build")
        {
            table.insert("script".to_owned(), (*only).clone().into());
        }
    }

    /// What a script of package.json starts beside the program itself.
    fn script_that_starts(&mut self, found: &detect::Proposal, argv: &[String], table: &Table, line: usize) {
        let [manager, words @ ..] = argv else { return };
        if found.kind != "node" || !matches!(start::plain_name(manager), "npm" | "pnpm" | "yarn") {
            return;
        }
        let name = words.iter().find(|word| !word.starts_with('-') && *word != "run");
        let name = name.map_or("start", String::as_str);
        let package = self.tree.text(&join(&found.directory, "package.json")).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&package).unwrap_or_default();
        let script = package.pointer(&format!("/scripts/{name}")).and_then(serde_json::Value::as_str);
        let Some(script) = script else { return };
        // What the entry starts is the file between the options and the arguments.
        let of = |key: &str| table.get(key).and_then(Value::as_array).into_iter().flatten();
        let said = |key: &str| of(key).filter_map(Value::as_str).collect::<Vec<_>>();
        let rest = script.strip_prefix("node ").map(|rest| rest.split_whitespace().collect::<Vec<_>>());
        let rest = rest.as_deref().and_then(|words| words.strip_prefix(said("options").as_slice()));
        let is_all =
            rest.and_then(<[&str]>::split_first).is_some_and(|(_, after)| after == said("arguments"));
        if !is_all {
            let message = format!(
                "the script `{name}` of package.json is `{}`, and the entry starts the server alone",
                shortened(script)
            );
            self.note(line, message);
        }
    }

    /// What the commands that build the program say beyond what the entry has.
    fn compiled_otherwise(&mut self, found: &detect::Proposal, table: &Table) {
        let commands: Vec<(String, usize)> = self
            .stages
            .iter()
            .flat_map(|stage| &stage.compiled)
            .map(|compiled| (compiled.command.clone(), self.lines.of(compiled.span.start)))
            .collect();
        for (command, line) in commands {
            let lost = options::lost(found.kind, &command, table);
            if !lost.is_empty() {
                let command = shortened(&command);
                self.note(line, format!("of `{command}`, {} is not imported", lost.join(" ")));
            }
        }
        let scripts: BTreeSet<(String, usize)> =
            self.stages.iter().flat_map(|stage| &stage.scripts).cloned().collect();
        let own = table.get("script").and_then(Value::as_str).unwrap_or("build");
        for (script, line) in scripts {
            if matches!(found.kind, "node" | "static") && script != own {
                self.note(line, format!("the script `{script}` of package.json is not run in the new build"));
            }
        }
    }

    /// Tells of a directory that begins above the build context.
    fn above_the_context(&mut self, found: &detect::Proposal, line: usize) {
        let (directory, context) = (found.directory.as_str(), self.source.context);
        if directory != context && (directory.is_empty() || is_within(context, directory)) {
            let directory = if directory.is_empty() { "." } else { directory };
            let message = format!(
                "`directory` is {directory}, above the build context {context}: files there belong to the build of the program"
            );
            self.note(line, message);
        }
    }

    /// Programs are started in /app.
    fn moved_to_app(&mut self, found: &detect::Proposal) {
        let old = &self.last.workdir;
        if matches!(found.kind, "go" | "rust" | "java" | "node") && !matches!(old.as_str(), "/app" | "/") {
            let message = format!("WORKDIR {old}: the new program starts in /app");
            self.note(self.from_line, message);
        }
    }

    /// What the program is started with, if the command line tells where that begins.
    fn arguments(kind: &str, argv: &[String]) -> Option<Vec<String>> {
        let is_tool = |word: &String| matches!(super::start::plain_name(word), "go" | "cargo" | "dotnet");
        let begin = match kind {
            "go" | "rust" => (!is_tool(argv.first()?)).then_some(1),
            "dotnet" => match argv.iter().position(|word| super::paths::has_extension(word, "dll")) {
                Some(at) => Some(at + 1),
                None => (!is_tool(argv.first()?)).then_some(1),
            },
            _ => None,
        };
        Some(argv[begin?..].to_vec())
    }

    /// The port that the program is known to have, if EXPOSE names none.
    fn ports_of(&mut self, found: &detect::Proposal, line: usize) {
        let key = found.keys.iter().find(|key| key.name == "ports").filter(|_| self.ports.is_empty());
        let Some(key) = key else { return };
        let ports =
            key.value.as_array().into_iter().flatten().filter_map(|port| u16::try_from(port.as_u64()?).ok());
        self.ports.extend(ports);
        let why = key.guess.as_deref().unwrap_or("which a file names");
        self.note(line, format!("EXPOSE missing: port {} is taken, {why}", self.ports[0]));
    }
}

/// Whether an entry can be said, its base aside.
pub(super) fn check(import: &Import, around: &Surroundings, at: &Span) -> Result<(), Diagnostic> {
    let entry = super::insert(
        "",
        &text(std::slice::from_ref(import), &Surroundings::none(&around.fleet, around.today), false, &[]),
    );
    let phases = if around.phases > 0 { vec!["\"a\""; around.phases].join(", ") } else { String::new() };
    let start =
        format!("[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\noutput = \".\"\nphases = [{phases}]\n");
    let Err(mistakes) = fleet::load(&format!("{start}{entry}")) else { return Ok(()) };
    let why = mistakes.first().map_or_else(String::new, |mistake| mistake.message.clone());
    let message = format!("the entry from its manifest is not complete: {why}");
    Err(Diagnostic::new(at.clone(), message)
        .hint("`dockwright init DIR` writes it as a comment for you to complete"))
}
