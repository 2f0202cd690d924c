//! The keys that every kind has.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::assemble::{Draft, unique};
use super::gather::is_environment;
use super::paths::{in_app, is_within};
use super::stage::Taken;
use super::{Source, Strings};
use crate::dockerfile::{Dockerfile, Expansion, Stages};
use crate::fleet::words::{EnvName, LabelKey, Line};
use crate::path::{AbsolutePath, RelativePath};

impl Draft<'_> {
    #[expect(clippy::too_many_arguments, reason = "each is another view of the one file")]
    pub(super) fn table(
        &mut self,
        source: Source<'_>,
        file: &Dockerfile<'_>,
        stages: &Stages<'_, '_>,
        last: usize,
        base: &str,
        kind: &'static str,
        kind_table: Table,
    ) -> Table {
        let mut table = Table::new();
        if let Some(phase) = self.around.phase(source.dockerfile) {
            table.insert("phase".to_owned(), i64::try_from(phase).unwrap_or(1).into());
        }
        table.insert("dockerfile".to_owned(), source.dockerfile.into());
        table.insert("base".to_owned(), base.into());
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
        if !env.is_empty() {
            table.insert("env".to_owned(), strings(env));
        }
        if !secrets.is_empty() {
            table.insert("secrets".to_owned(), secrets.into());
        }
        let labels = self.labels();
        if !labels.is_empty() {
            table.insert("labels".to_owned(), strings(labels));
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
                let why = if valid { "something else goes there already" } else { "its path cannot be said" };
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

    /// Volumes, and the directories that may be lost.
    fn directories(&mut self) -> (Vec<Value>, Vec<Value>) {
        let known = |path: &Expansion| match path {
            Expansion::Known(path) => Some(path.trim_end_matches('/').to_owned()),
            Expansion::Unknown(_) => None,
        };
        let mut volumes: Vec<String> = self.config.volumes.iter().filter_map(known).collect();
        let mut writable = std::mem::take(&mut self.writable);
        for list in [&mut volumes, &mut writable] {
            list.sort();
            list.dedup();
            list.retain(|path| {
                let own =
                    !matches!(path.as_str(), "/" | "/tmp" | "/app" | "/src") && !path.starts_with("/root");
                let holds_code = self.sources.iter().any(|copied| is_within(&copied.to, path));
                let environment = is_environment(path) || path.contains("site-packages");
                own && (!holds_code || self.owned.contains(path))
                    && !environment
                    && path.parse::<AbsolutePath>().is_ok()
            });
        }
        // A scratch directory would hide the code in it; a volume begins with what the image has.
        let code = |path: &String| self.sources.iter().any(|copied| is_within(&copied.to, path));
        let (kept, scratch): (Vec<String>, Vec<String>) = writable.into_iter().partition(code);
        volumes.extend(kept);
        volumes.sort();
        volumes.dedup();
        let mut writable = scratch;
        let all: Vec<String> = volumes.iter().chain(&writable).cloned().collect();
        // A mount on the outer directory hides the inner one.
        let inner = |path: &String| all.iter().any(|other| other != path && is_within(path, other));
        writable.retain(|path| !volumes.contains(path) && !inner(path));
        volumes.retain(|path| !inner(path));
        (volumes.into_iter().map(Value::from).collect(), writable.into_iter().map(Value::from).collect())
    }

    fn environment(&mut self, kind: &str) -> (Strings, Vec<String>) {
        let (mut env, mut secrets) = (Strings::new(), Vec::new());
        let old = self.last.workdir.clone();
        let here = |value: &str| -> String {
            // What lay in the working directory lies in /app.
            let parts = value
                .split(':')
                .map(|part| if kind == "python" { in_app(part, &old) } else { part.to_owned() });
            parts.collect::<Vec<_>>().join(":")
        };
        for (name, (value, line)) in self.last.env.clone() {
            let Ok(checked) = name.parse::<EnvName>() else {
                self.note(line, format!("ENV {name} is no variable's name, and is not carried over"));
                continue;
            };
            if let Some(argument) = self.last.from_arguments.get(&name) {
                let message = format!("ENV {name} takes the build argument {argument}: its default is kept");
                self.note(line, message);
            }
            let Some(value) = value else {
                self.note(line, format!("ENV {name} depends on what is not known, and is not carried over"));
                continue;
            };
            let given = matches!(
                (kind, &*name, &*value),
                ("python", "PYTHONDONTWRITEBYTECODE" | "PYTHONUNBUFFERED", "1")
            );
            let builders = name.starts_with("PIP_")
                || matches!(&*name, "DEBIAN_FRONTEND" | "VIRTUAL_ENV" | "PYTHONHOME");
            if given || builders {
                continue;
            }
            if matches!(&*name, "PATH" | "LD_LIBRARY_PATH") {
                self.note(
                    line,
                    format!("ENV {name} is not carried over: programs are named by their whole path"),
                );
            } else if checked.looks_like_a_secret() {
                self.note(
                    line,
                    format!("ENV {name} looks like a secret: it is given as a file when the service starts"),
                );
                secrets.push(name);
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
                        "the packages in PYTHONPATH are not carried over: the virtual environment has them",
                    );
                }
                if !parts.is_empty() {
                    env.insert(name, here(&parts.join(":")));
                }
            } else if value.parse::<Line>().is_ok() {
                env.insert(name, here(&value));
            } else {
                self.note(line, format!("ENV {name} has more than one line, and is not carried over"));
            }
        }
        (env, secrets)
    }

    fn labels(&mut self) -> Strings {
        let mut labels = Strings::new();
        for (key, value) in self.config.labels.clone() {
            let standard =
                ["title", "source", "licenses", "revision", "version", "base.name", "base.digest", "created"];
            let name = key.strip_prefix("org.opencontainers.image.");
            if name.is_some_and(|name| standard.contains(&name)) {
                continue;
            }
            let said = match &value {
                Expansion::Known(text) => {
                    Some(text).filter(|t| key.parse::<LabelKey>().is_ok() && t.parse::<Line>().is_ok())
                }
                Expansion::Unknown(_) => None,
            };
            match said {
                Some(text) => {
                    labels.insert(key, text.clone());
                }
                None => self.note(
                    self.from_line,
                    format!("LABEL {key} is not carried over: services.toml cannot say it"),
                ),
            }
        }
        labels
    }
}

fn strings(map: Strings) -> Value {
    map.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<Table>().into()
}
