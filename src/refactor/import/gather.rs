//! What the final stage has, followed back to where it comes from.

use std::collections::BTreeSet;

use toml::Table;

use super::draft::{Draft, PROBE, scratch, shortened};
use super::holdings;
use super::paths::{has_extension, is_within, join, parent, resolve};
use super::stage::{Copied, Stage, Taken};
use super::start::plain_name;
use crate::dockerfile::Base;
use crate::fleet::words::DebianPackage;

/// Packages that every builder or every base has, or that only the old health check needed.
pub(super) const TOOLS: [&str; 15] = [
    "py3-pip",
    "py3-virtualenv",
    "python3-setuptools",
    "python3-wheel",
    "python3-venv",
    "python3-pip",
    "python3",
    "ca-certificates",
    "curl",
    "wget",
    "apt-transport-https",
    "gnupg",
    "dumb-init",
    "tini",
    // Every base has it.
    "tzdata",
];

/// What is told of a path that only bases and programs bring.
pub(super) const OF_THE_BASE: &str =
    "is not imported: libraries and interpreters come from the base or with the programs";

impl Draft<'_> {
    /// Follows what the final stage has back to where it comes from.
    pub(super) fn gather(&mut self) {
        let last = self.last;
        self.sources.extend(last.copied.iter().cloned());
        for taken in &last.taken {
            if self.is_of_every_base(taken) {
                continue;
            }
            match taken.from {
                Base::Stage(index) => self.trace(&self.stages[index], taken),
                // What installs is not needed in the image.
                Base::Image(ref image) if image.name().ends_with("astral-sh/uv") => {}
                Base::Image(ref image) => {
                    let message = format!(
                        "`{}` is copied from {image}: services.toml takes programs from a base or from Debian packages",
                        taken.source
                    );
                    self.note(taken.line, message);
                }
                Base::Scratch | Base::Unknown(_) => {
                    self.note(taken.line, format!("cannot determine where `{}` comes from", taken.source));
                }
            }
        }
        if let Some((_, paths)) = &last.closure {
            self.program_paths.extend(paths.iter().cloned());
        }
        let made: Vec<_> = last.directories.iter().map(|made| made.path.clone()).collect();
        self.writable.extend(made);
        let mut used: BTreeSet<String> =
            self.stages.iter().flat_map(|stage| &stage.requirements).cloned().collect();
        for lock in self.stages.iter().filter_map(|stage| stage.lock.as_ref()) {
            used.extend([lock.path.clone(), join(parent(&lock.path), "pyproject.toml")]);
        }
        self.sources.retain(|copied| !used.contains(&copied.from));
        self.final_packages();
        let commands: BTreeSet<_> = last.commands.iter().cloned().collect();
        for (command, line) in commands {
            self.note(
                line,
                format!("`{}` is not imported: the final stage runs nothing", shortened(&command)),
            );
        }
    }

    /// Whether every base brings what is taken, or makes it needless.
    fn is_of_every_base(&mut self, taken: &Taken) -> bool {
        if ["/etc/group", "/etc/passwd"].contains(&taken.source.as_str()) {
            self.note(taken.line, format!("`{}` is not imported: users are numbers", taken.source));
            return true;
        }
        ["/etc/ssl/certs", "/usr/share/zoneinfo"].iter().any(|known| is_within(&taken.source, known))
    }

    fn trace(&mut self, stage: &Stage, taken: &Taken) {
        let (path, to) = (&taken.source, &taken.to);
        let moved = |inner: &str| -> String {
            let rest = inner.strip_prefix(path.trim_end_matches('/')).unwrap_or_default();
            resolve(to, rest.trim_start_matches('/'))
        };
        let mut found = to == PROBE
            || is_environment(path)
            || stage.libraries.as_ref() == Some(path)
            || stage.exports.iter().any(|export| is_within(&export.path, path))
            || stage.pip_targets.iter().any(|t| is_within(path, t));
        if to == PROBE {
            self.builder.get_or_insert_with(|| stage.image.clone().unwrap_or_else(scratch));
        }
        if let Some((root, paths)) = stage.closure.as_ref().filter(|(root, _)| is_within(root, path)) {
            let _ = root;
            self.program_paths.extend(paths.iter().cloned());
            self.program_packages.extend(stage.packages.iter().map(|(name, _)| name.clone()));
            self.builder.clone_from(&stage.image);
            return;
        }
        if stage.java_main.is_some() && has_extension(path, "jar") {
            self.java_main.clone_from(&stage.java_main);
            self.builder.clone_from(&stage.image);
            self.sources.extend(
                stage
                    .copied
                    .iter()
                    .map(|copied| Copied { to: format!("/app/{}", copied.from), ..copied.clone() }),
            );
            return;
        }
        if let Some(directory) = &stage.npm_directory
            && let Some(root) = stage.copied.iter().find(|copied| copied.from == *directory)
            && let Some(inner) = path.strip_prefix(&root.to).and_then(|rest| rest.strip_prefix('/'))
            && !inner.contains("node_modules")
        {
            let mut table = Table::new();
            table.insert("directory".to_owned(), directory.clone().into());
            if let Some(script) = stage.npm_script.as_ref().filter(|script| *script != "build") {
                table.insert("script".to_owned(), script.clone().into());
            }
            self.node.get_or_insert(table);
            self.builder.clone_from(&stage.image);
            self.node_files.push(inner.to_owned());
            return;
        }
        for made in stage.directories.iter().filter(|made| is_within(&made.path, path)) {
            self.writable.push(moved(&made.path));
            if made.owned {
                self.owned.insert(moved(&made.path));
            }
            found = true;
        }
        let copied = stage.copied.iter().filter_map(|copied| copied.moved(path, to));
        // What a command makes in a directory that was copied lies in no tree.
        let is_made = |copied: &Copied| {
            !stage.copied.iter().any(|own| own.from == copied.from)
                && self.tree.is_directory(&copied.from).is_none()
                && self.tree.is_directory(parent(&copied.from)).is_some()
        };
        let copied: Vec<Copied> = copied.filter(|copied| !is_made(copied)).collect();
        found |= !copied.is_empty();
        self.sources.extend(copied);
        if found {
            return;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.contains(".so") {
            return self.library(stage, taken, name);
        }
        let in_bin = path.contains("/bin/") || path.contains("/sbin/");
        if path.contains("/lib") || name.starts_with("python") || name == "node" || path.ends_with("/bin") {
            self.note(taken.line, format!("`{path}` {OF_THE_BASE}"));
        } else if in_bin
            && stage.compiled.is_empty()
            && !stage.commands.iter().any(|(command, _)| command.contains(path.as_str()))
        {
            self.builder.clone_from(&stage.image);
            self.program_paths.push(path.clone());
            let packages = stage.packages.iter().map(|(name, _)| name.clone());
            let own: Vec<String> = packages.clone().filter(|package| package == name).collect();
            let packages = if own.is_empty() && !stage.pip {
                packages
                    .filter(|package| !TOOLS.contains(&package.as_str()) && !is_build_package(package))
                    .collect()
            } else {
                own
            };
            self.program_packages.extend(packages);
        } else {
            self.note(
                taken.line,
                format!(
                    "`{path}` is created by commands in another stage, which services.toml cannot express"
                ),
            );
        }
    }

    /// A shared library that is copied by its name: the one of a package, or nobody knows whose.
    fn library(&mut self, stage: &Stage, taken: &Taken, name: &str) {
        let is_it = |path: &String| path.rsplit('/').next().is_some_and(|library| name.starts_with(library));
        let mut packages = stage.packages.iter().map(|(package, _)| package);
        let found =
            packages.find_map(|package| Some((package, holdings::paths(package).into_iter().find(is_it)?)));
        let Some((package, path)) = found else {
            let message = format!(
                "`{}` is not imported: if a program opens it by name, add it and its package to `programs`",
                taken.source
            );
            return self.note(taken.line, message);
        };
        self.program_paths.push(path);
        self.program_packages.push(package.clone());
    }

    /// Packages that the final stage installs, as far as it is known what they hold. Of the others, the one that is
    /// called as the program that is started is taken for it.
    fn final_packages(&mut self) {
        let words: Vec<String> = self.config.argv().unwrap_or_default();
        let is_started = |package: &str| words.iter().any(|word| plain_name(word) == package);
        for (package, line) in self.last.packages.clone() {
            let single = self.last.pip && self.last.taken.is_empty();
            let is_python = self.stages.iter().any(|stage| stage.pip);
            let is_tool = TOOLS.contains(&package.as_str()) || is_build_package(&package);
            if TOOLS.contains(&package.as_str()) || (single && is_build_package(&package)) {
                continue;
            }
            let is_name = package.parse::<DebianPackage>().is_ok();
            // A native program brings the libraries that it is linked with.
            let is_library = package.starts_with("lib") || package == "zlib1g";
            let mut paths = holdings::paths(&package);
            if is_library && !is_python {
                self.note(
                    line,
                    format!("the package {package} is not imported: programs bring their libraries"),
                );
                continue;
            }
            if paths.is_empty() && is_name && !is_library && !is_tool && is_started(&package) {
                paths.push(format!("/usr/bin/{package}"));
            }
            if paths.is_empty() || !is_name {
                self.note(
                    line,
                    format!("the package {package} is not imported: add it to `programs`, with the files that you need"),
                );
                continue;
            }
            self.note(
                line,
                format!(
                    "`programs` takes {} from the package {package}: check what the service needs",
                    paths.join(", ")
                ),
            );
            self.program_paths.extend(paths);
            self.program_packages.push(package);
        }
    }
}

/// Whether a path holds installed Python packages or a virtual environment.
pub(super) fn is_environment(path: &str) -> bool {
    let parts = [
        "site-packages",
        "dist-packages",
        "/venv",
        "/.venv",
        "/opt/venv",
        "/root/.local",
        "/install",
        "/wheels",
    ];
    parts.iter().any(|part| path.contains(part)) || path == "/usr/local" || path == "/deps"
}

pub(super) fn is_build_package(package: &str) -> bool {
    let names = [
        "gcc",
        "g++",
        "make",
        "cmake",
        "build-essential",
        "pkg-config",
        "git",
        "cargo",
        "rustc",
        "clang",
        "musl-dev",
    ];
    package.ends_with("-dev") || names.contains(&package)
}
