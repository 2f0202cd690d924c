//! What the final stage has, followed back to where it comes from.

use std::collections::BTreeSet;

use toml::Table;

use super::assemble::{Draft, PROBE, scratch};
use super::paths::{has_extension, is_within, resolve};
use super::stage::{Copied, Stage, Taken};
use crate::dockerfile::Base;
use crate::fleet::words::DebianPackage;

/// Packages that every builder has, or that only the old health check needed.
pub(super) const TOOLS: [&str; 14] = [
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
];

impl Draft<'_> {
    /// Follows what the final stage has back to where it comes from.
    pub(super) fn gather(&mut self) {
        let last = self.last;
        self.sources.extend(last.copied.iter().cloned());
        for taken in &last.taken {
            match taken.from {
                Base::Stage(index) => self.trace(&self.stages[index], taken),
                Base::Image(ref image) => {
                    let message = format!(
                        "`{}` is taken from {image}: services.toml takes programs of a base or of Debian packages",
                        taken.source
                    );
                    self.note(taken.line, message);
                }
                Base::Scratch | Base::Unknown(_) => {
                    self.note(taken.line, format!("nobody can say where `{}` comes from", taken.source));
                }
            }
        }
        if let Some((_, paths)) = &last.closure {
            self.program_paths.extend(paths.iter().cloned());
        }
        let made: Vec<_> = last.directories.iter().map(|made| made.path.clone()).collect();
        self.writable.extend(made);
        let used: BTreeSet<String> =
            self.stages.iter().flat_map(|stage| &stage.requirements).cloned().collect();
        self.sources.retain(|copied| !used.contains(&copied.from));
        self.final_packages();
        let commands: BTreeSet<_> = last.commands.iter().cloned().collect();
        for (command, line) in commands {
            self.note(
                line,
                format!("`{}` is not carried over: the final stage runs nothing", shortened(&command)),
            );
        }
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
        let copied: Vec<Copied> = stage.copied.iter().filter_map(|copied| copied.moved(path, to)).collect();
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
            self.note(taken.line, format!("`{path}` is not carried over: libraries and interpreters come with the base or with the programs"));
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
                format!("`{path}` is made by commands of another stage, which services.toml cannot say"),
            );
        }
    }

    /// A shared library that is copied by its name: the one of a package, or nobody knows whose.
    fn library(&mut self, stage: &Stage, taken: &Taken, name: &str) {
        let package = stage.packages.iter().map(|(package, _)| package).find(|package| {
            library_path(package).rsplit('/').next().is_some_and(|library| name.starts_with(library))
        });
        let Some(package) = package else {
            let message = format!(
                "`{}` is not carried over: if a program opens it by name, name it and its package in `programs`",
                taken.source
            );
            return self.note(taken.line, message);
        };
        self.program_paths.push(library_path(package));
        self.program_packages.push(package.clone());
    }

    /// Packages that the final stage installs: what is no tool and no library is taken for a program.
    fn final_packages(&mut self) {
        for (package, line) in self.last.packages.clone() {
            let single = self.last.pip && self.last.taken.is_empty();
            if TOOLS.contains(&package.as_str()) || (single && is_build_package(&package)) {
                continue;
            }
            if package.starts_with("lib") && self.last.pip && package.parse::<DebianPackage>().is_ok() {
                let path = library_path(&package);
                self.note(
                    line,
                    format!("the package {package} is taken for the library {path}: check `programs`"),
                );
                self.program_paths.push(path);
                self.program_packages.push(package);
            } else if package.starts_with("lib") || package.parse::<DebianPackage>().is_err() {
                self.note(
                    line,
                    format!(
                        "the package {package} is not carried over: programs bring the libraries they need"
                    ),
                );
            } else if has_no_program_of_its_name(&package) {
                self.note(
                    line,
                    format!("the package {package} is not carried over: name it in `programs`, with what is needed of it"),
                );
            } else {
                self.note(
                    line,
                    format!(
                        "the package {package} is taken for the program /usr/bin/{package}: check `programs`"
                    ),
                );
                self.program_paths.push(program_path(&package));
                self.program_packages.push(package);
            }
        }
    }
}

/// Whether a package brings data, or programs under other names.
fn has_no_program_of_its_name(package: &str) -> bool {
    const NAMES: [&str; 12] = [
        "tzdata",
        "locales",
        "locales-all",
        "procps",
        "net-tools",
        "dnsutils",
        "iputils-ping",
        "netcat-openbsd",
        "openssh-client",
        "postgresql-client",
        "default-mysql-client",
        "media-types",
    ];
    package.starts_with("fonts-") || package.ends_with("-data") || NAMES.contains(&package)
}

/// Where the program of a package is, if it has its name.
pub(super) fn program_path(package: &str) -> String {
    format!("/usr/bin/{package}")
}

/// Where the library of a package is, going by the rule that names packages after their libraries: `libmagic1t64`
/// has `libmagic.so.1`, `libglib2.0-0` has `libglib-2.0.so.0`.
pub(super) fn library_path(package: &str) -> String {
    let name = package.strip_suffix("t64").unwrap_or(package);
    let (stem, version) = match name.rsplit_once('-') {
        Some((stem, version)) if version.bytes().all(|b| b.is_ascii_digit()) => (stem, version),
        _ => name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len()),
    };
    let letters = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let numbers = &stem[letters.len()..];
    let dash = if numbers.is_empty() || letters.ends_with('-') { "" } else { "-" };
    format!("/usr/lib/*/{letters}{dash}{numbers}.so.{version}")
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

fn is_build_package(package: &str) -> bool {
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

pub(super) fn shortened(command: &str) -> String {
    let short: String = command.chars().take(60).collect();
    if short.len() < command.len() { format!("{}…", short.trim_end()) } else { short }
}
