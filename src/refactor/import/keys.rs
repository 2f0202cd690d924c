//! The keys that every kind has.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::draft::{Draft, unique};
use super::gather::is_environment;
use super::lost::is_of_builders;
use super::paths::{in_app, is_within, relative};
use super::stage::Taken;
use super::{Note, Strings};
use crate::dockerfile::{Dockerfile, Expansion, Stages};
use crate::fleet::secrecy;
use crate::fleet::words::{EnvName, LabelKey, Line};
use crate::path::{AbsolutePath, RelativePath};

impl Draft<'_> {
    pub(super) fn table(
        &mut self,
        file: &Dockerfile<'_>,
        stages: &Stages<'_, '_>,
        last: usize,
        base: &str,
        (kind, kind_table): (&'static str, Table),
    ) -> Table {
        let mut table = Table::new();
        if let Some(phase) = self.around.phase(self.source.dockerfile) {
            table.insert("phase".to_owned(), i64::try_from(phase).unwrap_or(1).into());
        }
        if let Some(directory) = self.directory.clone() {
            let below = if directory.is_empty() { "." } else { &directory };
            table.insert("directory".to_owned(), below.into());
            self.place_within(&directory, &mut table);
            self.sources.clear();
        } else {
            table.insert("dockerfile".to_owned(), self.source.dockerfile.into());
            table.insert("base".to_owned(), base.into());
        }
        let region = &file.text[stages.stages[last].image.span.start..];
        let health = self.health(region, kind);
        let bare = kind == "bare";
        let (volumes, writable) = self.directories();
        let sources = self.source_values();
        let mut lists = vec![("sources", sources)];
        lists.push(("ports", self.ports.iter().map(|port| i64::from(*port).into()).collect()));
        lists.push(("writable", writable));
        lists.push(("volumes", volumes));
        for (key, list) in lists {
            if !list.is_empty() && (!bare || key == "ports") {
                table.insert(key.to_owned(), list.into());
            }
        }
        if !self.program_paths.is_empty() && matches!(kind, "python" | "native") {
            table.insert("programs".to_owned(), self.programs().into());
        }
        table.insert("health".to_owned(), health.into());
        let (env, secrets) = self.environment(kind);
        if self.wants_tmp {
            let tmp = Table::from_iter([("size".to_owned(), Value::from("64M"))]);
            table.insert("tmp".to_owned(), tmp.into());
        }
        if !env.is_empty() {
            table.insert("env".to_owned(), strings(env));
        }
        if !self.settings.is_empty() {
            table.insert("settings".to_owned(), std::mem::take(&mut self.settings).into());
        }
        if !secrets.is_empty() {
            table.insert("secrets".to_owned(), secrets.into());
            if self.secrets_as_env {
                table.insert("secrets_as".to_owned(), "env".into());
            }
        }
        if !self.before.is_empty() {
            let before = std::mem::take(&mut self.before);
            table.insert("before".to_owned(), before.into_iter().map(Value::from).collect::<Vec<_>>().into());
        }
        let labels = self.labels();
        if !labels.is_empty() {
            table.insert("labels".to_owned(), strings(labels));
        }
        let last = self.last_instructions();
        if !last.is_empty() {
            let extra = Table::from_iter([("final".to_owned(), Value::from(last))]);
            table.insert("extra".to_owned(), extra.into());
        }
        table.insert(kind.to_owned(), kind_table.into());
        table
    }

    fn programs(&mut self) -> Table {
        unique(&mut self.program_paths);
        unique(&mut self.program_packages);
        let mut programs = Table::new();
        if !self.program_packages.is_empty() {
            programs.insert("packages".to_owned(), self.program_packages.clone().into());
        }
        programs.insert("paths".to_owned(), self.program_paths.clone().into());
        programs
    }

    fn source_values(&mut self) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        let mut targets = BTreeSet::new();
        for copied in std::mem::take(&mut self.sources) {
            let valid =
                copied.from.parse::<RelativePath>().is_ok() && copied.to.parse::<AbsolutePath>().is_ok();
            if !valid || !targets.insert(copied.to.clone()) {
                let why = if valid {
                    "something else is already copied there"
                } else {
                    "services.toml cannot express its path"
                };
                self.note(self.from_line, format!("`{}` is not copied to {}: {why}", copied.from, copied.to));
                continue;
            }
            let below = copied.to.strip_prefix("/app/");
            if below == Some(copied.from.as_str()) {
                values.push(copied.from.into());
                continue;
            }
            let to = if copied.to == "/app" { "." } else { below.unwrap_or(&copied.to) };
            values.push(
                Table::from_iter([
                    ("from".to_owned(), Value::from(copied.from)),
                    ("to".to_owned(), to.into()),
                ])
                .into(),
            );
        }
        values
    }

    /// The path of the Dockerfile, which counts from the directory of the service. `DIRECTORY/Dockerfile` needs no key.
    fn place_within(&mut self, directory: &str, table: &mut Table) {
        let path = self.source.dockerfile;
        match relative(directory, path) {
            Some("Dockerfile") if !directory.is_empty() => {}
            Some(within) => {
                table.insert("dockerfile".to_owned(), within.into());
            }
            None => self.note(
                1,
                format!(
                    "the new Dockerfile is {directory}/Dockerfile: it lies in the directory of the service"
                ),
            ),
        }
    }

    /// Volumes, and the directories that may be lost.
    fn directories(&mut self) -> (Vec<Value>, Vec<Value>) {
        let known = |path: &Expansion| match path {
            Expansion::Known(path) => Some(path.trim_end_matches('/').to_owned()),
            Expansion::Unknown(_) => None,
        };
        let mut volumes: Vec<String> = self.config.volumes.iter().filter_map(known).collect();
        if volumes.iter().any(|path| path == "/tmp") {
            self.wants_tmp = true;
        }
        for path in
            volumes.iter().filter(|path| matches!(path.as_str(), "/" | "/app") || path.starts_with("/root"))
        {
            let message = format!(
                "VOLUME {path} is not imported: list the directories that the service writes to in `volumes`"
            );
            self.notes.push(Note { line: self.from_line, message });
        }
        let mut writable = std::mem::take(&mut self.writable);
        let made = writable.clone();
        for list in [&mut volumes, &mut writable] {
            list.sort_unstable();
            list.dedup();
            list.retain(|path| {
                let own =
                    !matches!(path.as_str(), "/" | "/tmp" | "/app" | "/src") && !path.starts_with("/root");
                let program = |taken: &&Taken| taken.to != *path && is_within(&taken.to, path);
                let programs = self.last.taken.iter().filter(program);
                let mut programs = programs.filter(|taken| !made.contains(&taken.to));
                let holds_code = self.sources.iter().any(|copied| is_within(&copied.to, path))
                    || programs.next().is_some();
                let environment = is_environment(path) || path.contains("site-packages");
                own && (!holds_code || self.owned.contains(path))
                    && !environment
                    && path.parse::<AbsolutePath>().is_ok()
            });
        }
        let declared = self.config.volumes.clone();
        for path in declared.iter().filter_map(known).filter(|path| path.starts_with('/')) {
            let is_told = matches!(path.as_str(), "/tmp" | "/app") || path.starts_with("/root");
            if !is_told && !volumes.contains(&path) {
                let message = format!("VOLUME {path} is not imported: the image's own files lie there");
                self.notes.push(Note { line: self.from_line, message });
            }
        }
        for unknown in declared.iter().filter(|path| matches!(path, Expansion::Unknown(_))) {
            let Expansion::Unknown(name) = unknown else { continue };
            let message = format!("VOLUME has no value for `{name}`: list the directory in `volumes`");
            self.notes.push(Note { line: self.from_line, message });
        }
        // A scratch directory would hide the code in it; a volume begins with what the image has.
        let code = |path: &String| self.sources.iter().any(|copied| is_within(&copied.to, path));
        let (kept, scratch): (Vec<String>, Vec<String>) = writable.into_iter().partition(code);
        volumes.extend(kept);
        volumes.sort_unstable();
        volumes.dedup();
        let mut writable = scratch;
        let all: Vec<String> = volumes.iter().chain(&writable).cloned().collect();
        // A mount on the outer directory hides the inner one.
        let inner = |path: &String| all.iter().any(|other| other != path && is_within(path, other));
        writable.retain(|path| !volumes.contains(path) && !inner(path));
        volumes.retain(|path| !inner(path));
        for path in writable.iter().filter(|path| !may_be_lost(path)) {
            let message = format!(
                "{path} is a tmpfs, which is lost with the container: list it in `volumes` if the service keeps data there"
            );
            self.notes.push(Note { line: self.from_line, message });
        }
        (volumes.into_iter().map(Value::from).collect(), writable.into_iter().map(Value::from).collect())
    }

    fn environment(&mut self, kind: &str) -> (Strings, Vec<String>) {
        let (mut env, mut secrets) = (Strings::new(), std::mem::take(&mut self.secrets));
        let old = self.last.workdir.clone();
        let here = |value: &str| -> String {
            // What lay in the working directory lies in /app.
            let parts = value
                .split(':')
                .map(|part| if kind == "python" { in_app(part, &old) } else { part.to_owned() });
            parts.collect::<Vec<_>>().join(":")
        };
        for (name, (value, line)) in self.last.env.clone() {
            if name.parse::<EnvName>().is_err() {
                self.note(line, format!("ENV {name} is not a valid variable name, and is not imported"));
                continue;
            }
            if is_of_builders(&name) && !RUNNING.contains(&name.as_str()) {
                continue;
            }
            let Some(value) = value else {
                self.note(line, format!("ENV {name} depends on unknown values, and is not imported"));
                continue;
            };
            if let Some(argument) = self.last.from_arguments.get(&name) {
                let message = format!("ENV {name} takes the build argument {argument}: its default is kept");
                self.note(line, message);
            }
            let given = matches!(
                (kind, &*name, &*value),
                ("python", "PYTHONDONTWRITEBYTECODE" | "PYTHONUNBUFFERED", "1")
            );
            if given {
                continue;
            }
            if (value == "/tmp" || value.starts_with("/tmp/")) && !self.wants_tmp {
                self.wants_tmp = true;
                self.note(line, format!("ENV {name} names a path in /tmp: the service gets /tmp, of 64M"));
            }
            if name == "LD_PRELOAD" {
                let message = format!(
                    "ENV LD_PRELOAD={value} is not imported: name the library and its package in `programs`, and set it to the path there"
                );
                self.note(line, message);
            } else if matches!(&*name, "PATH" | "LD_LIBRARY_PATH") {
                self.note(line, format!("ENV {name} is not imported: programs have absolute paths"));
            } else if let Some(sign) = secrecy::sign(&name, &value) {
                let message = format!(
                    "ENV {name} {}: its value is not imported; it is mounted as the file in {name}_FILE, and `secrets_as = \"env\"` keeps the variable",
                    sign.says()
                );
                self.note(line, message);
                if !secrets.contains(&name) {
                    secrets.push(name);
                }
            } else if name == "PYTHONPATH" {
                let installed = |part: &str| {
                    let here = |taken: &Taken| taken.to == part && is_environment(&taken.source);
                    is_environment(part) || self.last.taken.iter().any(here)
                };
                let parts: Vec<&str> =
                    value.split(':').filter(|part| !installed(part) && !part.is_empty()).collect();
                if parts.len() < value.split(':').count() {
                    self.note(
                        line,
                        "the packages in PYTHONPATH are not imported: the virtual environment has them",
                    );
                }
                if !parts.is_empty() {
                    env.insert(name, here(&parts.join(":")));
                }
            } else if value.parse::<Line>().is_ok() {
                env.insert(name, here(&value));
            } else {
                self.note(line, format!("ENV {name} has more than one line, and is not imported"));
            }
        }
        (env, secrets)
    }

    /// The labels that the new image would not have by itself.
    fn labels(&mut self) -> Strings {
        let mut labels = Strings::new();
        for (key, value) in self.config.labels.clone() {
            let line = self.last.labels.get(&key).copied().unwrap_or(self.from_line);
            let value = match value {
                Expansion::Known(text) if text.is_empty() => continue,
                Expansion::Known(text) => Some(text),
                Expansion::Unknown(_) => None,
            };
            let standard = key.strip_prefix("org.opencontainers.image.").unwrap_or_default();
            if let Some((_, instead)) = GIVEN.iter().find(|(name, _)| *name == standard) {
                self.note(line, format!("LABEL {key} is not imported: {instead}"));
                continue;
            }
            let is_same = match standard {
                "title" => value.as_ref() == Some(&self.name),
                name => self
                    .around
                    .labels
                    .iter()
                    .any(|(known, own)| *known == name && value.as_ref() == Some(own)),
            };
            if is_same {
                continue;
            }
            match value.filter(|text| key.parse::<LabelKey>().is_ok() && text.parse::<Line>().is_ok()) {
                Some(text) => {
                    labels.insert(key, text);
                }
                None => {
                    self.note(
                        line,
                        format!("LABEL {key} is not imported: services.toml cannot express its value"),
                    );
                }
            }
        }
        labels
    }
}

/// Variables that programs read, too.
const RUNNING: [&str; 9] = [
    "GOPATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "NEXT_TELEMETRY_DISABLED",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONFAULTHANDLER",
    "PYTHONUNBUFFERED",
];

/// Labels that builds and bases give, and how.
const GIVEN: [(&str, &str); 5] = [
    ("base.digest", "it is that of another base"),
    ("base.name", "it is the new base"),
    ("created", "it would differ in each build"),
    ("revision", "REVISION of docker-bake.hcl gives it"),
    ("version", "VERSION of docker-bake.hcl gives it"),
];

/// Whether what a directory holds may be lost, going by its name.
fn may_be_lost(path: &str) -> bool {
    const WORDS: [&str; 9] = ["cache", "lock", "log", "pid", "run", "sock", "spool", "temp", "tmp"];
    let mut parts = path.split('/');
    parts.any(|part| WORDS.iter().any(|word| part == *word || part.trim_start_matches('.').starts_with(word)))
}

fn strings(map: Strings) -> Value {
    map.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<Table>().into()
}
