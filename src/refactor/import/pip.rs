//! What pip is told to install.

use super::paths::{has_extension, origin, resolve};
use super::stage::{Copied, Stage, Walk};
use crate::path::RelativePath;

/// The flags without a value that change what is installed.
const CHANGES: [&str; 5] = ["--no-deps", "--pre", "--no-build-isolation", "--no-index", "--require-hashes"];

/// Whether a distribution installs others, and is of no use at run time.
fn is_installer(requirement: &str) -> bool {
    let name = requirement.split(['=', '<', '>', '~', '!', '[', ' ']).next().unwrap_or_default();
    matches!(name, "poetry" | "poetry-core" | "pipenv" | "pdm" | "uv" | "pip-tools")
}

impl Walk<'_> {
    pub(super) fn pip(
        &mut self,
        at: &mut Stage,
        rest: &[String],
        workdir: &str,
        here: &[Copied],
        line: usize,
    ) {
        let Some(start) = rest.iter().position(|word| word == "install") else {
            if rest.iter().any(|word| matches!(&**word, "uninstall" | "config")) {
                at.commands.push((format!("pip {}", rest.join(" ")), line));
            }
            return;
        };
        at.pip = true;
        let mut words = rest[start + 1..].iter();
        while let Some(word) = words.next() {
            let (flag, mut value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut next = || value.take().or_else(|| words.next().cloned());
            match flag {
                "-r" | "--requirement" => {
                    if let Some(path) = next() {
                        self.requirement(at, &path, workdir, here, line);
                    }
                }
                "-t" | "--target" | "--prefix" | "--root" => {
                    at.pip_targets.extend(next().map(|path| resolve(workdir, &path)));
                }
                "-i" | "--index-url" | "--extra-index-url" => {
                    if let Some(index) = next() {
                        self.note(line, format!("the package index {index} is not carried over"));
                    }
                }
                "-c" | "--constraint" | "-f" | "--find-links" => {
                    if let Some(path) = next() {
                        self.note(line, format!("pip's {flag} {path} is not carried over"));
                    }
                }
                "--platform" | "--implementation" | "--abi" | "--only-binary" | "--no-binary" => {
                    let value = next().unwrap_or_default();
                    self.note(line, format!("pip's {flag} {value} is not carried over"));
                }
                "--trusted-host" | "--timeout" | "--retries" | "--python-version" | "--python"
                | "--cache-dir" => {
                    next();
                }
                "-e" | "--editable" => {
                    next();
                    self.note(line, "an editable install is not carried over: name the code in `sources`");
                }
                flag if flag.starts_with('-') => {
                    if CHANGES.contains(&flag) {
                        self.note(line, format!("pip's {flag} is not carried over"));
                    }
                }
                // pip itself, and what builds wheels, come with the builder; other installers are not needed.
                "pip" | "setuptools" | "wheel" => {}
                tool if is_installer(tool) => {}
                path if path.contains('/') || path == "." || has_extension(path, "whl") => {
                    self.note(line, format!("pip installs `{path}`, which services.toml cannot say"));
                }
                package if package.parse::<crate::fleet::words::Requirement>().is_ok() => {
                    if !at.distributions.iter().any(|known| known == package) {
                        at.distributions.push(package.to_owned());
                    }
                }
                package => {
                    self.note(line, format!("pip installs `{package}`, which services.toml cannot say"));
                }
            }
        }
    }

    fn requirement(&mut self, at: &mut Stage, path: &str, workdir: &str, here: &[Copied], line: usize) {
        match origin(here, &resolve(workdir, path)) {
            Some(from) if from.parse::<RelativePath>().is_err() => {
                self.note(line, format!("services.toml cannot say the path `{from}`, so it is left out"));
            }
            Some(from) => {
                if !at.requirements.contains(&from) {
                    at.requirements.push(from);
                }
            }
            None => {
                self.note(line, format!("`{path}` does not come from the build context, so it is left out"));
            }
        }
    }
}
