//! Installers of environments for which services.toml has no key: conda, Hatch, Rye, Pixi and others.

use super::super::stage::{Finding, Stage};
use super::super::walk::Walk;
use super::{Call, kept};
use crate::shell::operands;

/// An installer of packages that an entry cannot stand for.
struct Installer {
    names: &'static [&'static str],
    /// The words that make it install; any command, if there are none.
    installs: &'static [&'static str],
    /// The words that leave nothing in the image.
    quiet: &'static [&'static str],
    /// What to do instead.
    hint: &'static str,
}

const CONDA: &str = "list the Python packages in a requirements file, and install it with pip; programs of conda come from Debian packages in `programs`";

const INSTALLERS: [Installer; 6] = [
    Installer {
        names: &["conda", "mamba", "micromamba"],
        installs: &["install", "create", "env"],
        quiet: &["activate", "clean", "config", "info", "init", "list"],
        hint: CONDA,
    },
    Installer {
        names: &["pixi"],
        installs: &["add", "install"],
        quiet: &["clean", "config", "info", "list"],
        hint: "name the packages of PyPI in pyproject.toml, lock with uv, and install with `uv sync`",
    },
    Installer {
        names: &["hatch"],
        installs: &["env", "build", "shell"],
        quiet: &["config", "version", "status"],
        hint: "`hatch dep show requirements > requirements.txt` writes a requirements file: commit it, and install it with pip",
    },
    Installer {
        names: &["rye"],
        installs: &["add", "sync", "install"],
        quiet: &["config", "fetch", "lock", "pin", "self", "toolchain"],
        hint: "`rye lock` writes requirements.lock: commit it, and install it with pip",
    },
    Installer {
        names: &["flit"],
        installs: &["install", "build"],
        quiet: &[],
        hint: "`pip install .` installs the project by its pyproject.toml",
    },
    Installer {
        names: &["easy_install"],
        installs: &[],
        quiet: &[],
        hint: "list the packages in a requirements file, and install it with pip",
    },
];

pub(super) fn environment(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    let Some(installer) = INSTALLERS.iter().find(|installer| installer.names.contains(&call.name())) else {
        return;
    };
    let verb = call.verb();
    if !installer.installs.is_empty() && !installer.installs.contains(&verb) {
        if !installer.quiet.contains(&verb) {
            kept(walk, at, call);
        }
        return;
    }
    // An environment with Python alone misses nothing.
    let valued = ["-n", "--name", "-p", "--prefix", "-c", "--channel"];
    let mut names = operands(call.arguments(), &valued).into_iter().skip_while(|word| *word != verb).skip(1);
    let from_file = call.arguments().iter().any(|word| word == "-f" || word.starts_with("--file"));
    let is_plain = |name: &str| {
        let name = name.split(['=', '<', '>', ':']).next().unwrap_or_default();
        matches!(name, "python" | "pip" | "setuptools" | "wheel")
    };
    if matches!(verb, "install" | "create") && installer.hint == CONDA && !from_file && names.all(is_plain) {
        return kept(walk, at, call);
    }
    at.pip = true;
    let message = format!("`{}` installs the packages, for which services.toml has no key", call.shortened());
    at.lost.push(Finding { message, hint: installer.hint.to_owned(), span: call.span.clone() });
}

/// `xargs pip install`: what is installed, another command says.
pub(super) fn xargs(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    const MANAGERS: [&str; 7] = ["conda", "mamba", "micromamba", "pip", "pip3", "poetry", "uv"];
    let is_manager = |word: &String| MANAGERS.contains(&word.rsplit('/').next().unwrap_or(word));
    if !call.arguments().iter().any(is_manager) {
        return kept(walk, at, call);
    }
    at.pip = true;
    let message = format!("`{}` installs packages that another command names", call.shortened());
    let hint = "install them from a requirements file: `pip install -r FILE`";
    at.lost.push(Finding { message, hint: hint.to_owned(), span: call.span.clone() });
}
