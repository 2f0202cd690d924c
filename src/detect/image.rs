//! What a Dockerfile says beyond the program: labels, the signal to stop with, and steps that the entry does not take.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::environment;
use super::health::is_code;
use super::start;
use super::units::Unit;
use super::view::View;
use super::{Key, Proposal};
use crate::fleet::secrecy::is_likely;
use crate::fleet::words::{LabelKey, Line};
use crate::shell::time_zone;

/// Labels that each build or its base gives, without `org.opencontainers.image.` in front.
const GIVEN: [&str; 5] = ["base.digest", "base.name", "created", "revision", "version"];

/// Commands that leave nothing a service needs, or whose part the new build takes.
const SILENT: &str = ". : [ [[ addgroup adduser apk apt apt-get apt-key apt-mark awk cat cd chmod chown \
    command corepack cut do done dpkg echo else env exit export fi find gpg gpgconf grep \
    groupadd hash head if install jq ldconfig ls microdnf mkdir popd printf pushd pwd rm \
    rmdir seq set sha256sum sha512sum shift sleep sort source strip tail tar tee test then \
    touch tr trap true type umask unset unzip update-ca-certificates useradd usermod wc \
    which xargs yum";

/// What the kinds build with, and the words by which such a command does something else.
const BUILDERS: [(&[&str], &[&str], &[&str]); 5] = [
    (&["go"], &["go"], &["generate", "run", "get"]),
    (&["rust"], &["cargo", "rustup"], &["run"]),
    (&["java"], &["mvn", "mvnw", "gradle", "gradlew", "java", "jar", "dos2unix"], &[]),
    (&["dotnet"], &["dotnet"], &["tool", "ef", "dev-certs"]),
    (&["node", "static"], &["npm", "pnpm", "yarn", "bun", "next"], &["exec", "dlx", "-g", "--global"]),
];

/// Packages that builds need, or people.
const OF_BUILDS: &str = "bash binutils build-base build-essential ca-certificates cargo curl dumb-init g++ gcc \
    gettext git gnupg gosu jq libc6-compat libc6-dev linux-headers lsb-release make musl-dev \
    openssl pkg-config procps python3 python3-dev su-exec sudo tar tini tzdata unzip vim \
    wget zip";

/// How many steps are named.
const SHOWN: usize = 4;

/// The keys for it.
pub(super) fn keys(unit: &Unit) -> Option<Key> {
    let labels = unit.facts.labels.iter().filter(|(name, value)| is_kept(name, value));
    let labels: Map<String, Value> = labels.map(|(name, value)| (name.clone(), json!(value))).collect();
    (!labels.is_empty()).then(|| Key::sure("labels", Value::Object(labels)))
}

/// Whether a label is one that each build or its base gives.
pub(super) fn is_given(name: &str) -> bool {
    name.strip_prefix("org.opencontainers.image.").is_some_and(|name| GIVEN.contains(&name))
}

fn is_kept(name: &str, value: &str) -> bool {
    !is_given(name)
        && !is_likely(name, value)
        && name.parse::<LabelKey>().is_ok()
        && value.parse::<Line>().is_ok()
}

/// The signal that stops the program, as an instruction of the new Dockerfile.
pub(super) fn signal(unit: &Unit) -> Option<String> {
    let said = unit.compose.as_ref().and_then(|service| service.rest.signal.as_ref());
    let signal = said.or(unit.facts.signal.as_ref())?;
    let is_plain = signal.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-".contains(&b));
    let is_default = matches!(signal.as_str(), "15" | "SIGTERM" | "TERM" | "");
    (is_plain && !is_default).then(|| format!("STOPSIGNAL {signal}"))
}

/// What the Dockerfile says and the entry does not, as one line.
pub(super) fn lost(view: &View, unit: &Unit, proposal: &Proposal) -> Vec<(&'static str, String)> {
    let mut lost: Vec<String> = environment::hidden(unit).map(|name| format!("ENV {name}")).collect();
    let labels = unit.facts.labels.iter();
    let labels = labels.filter(|(name, value)| !is_kept(name, value) && !is_given(name) && !value.is_empty());
    lost.extend(labels.map(|(name, _)| format!("LABEL {name}")));
    lost.extend(signal(unit).filter(|_| proposal.kind == "static"));
    lost.extend(unit.facts.lost.iter().cloned());
    let mut steps: Vec<String> = Vec::new();
    let has_zone = environment::zone(unit).is_some();
    for (at, words) in unit.facts.commands.iter().enumerate() {
        let shown = format!("`{}`", shortened(&words.join(" ")));
        let is_own = at < unit.facts.own_commands;
        let is_zone = has_zone && time_zone(words).is_some();
        if !is_zone && !is_silent(words, proposal.kind, is_own) && !steps.contains(&shown) {
            steps.push(shown);
        }
    }
    if let Some(more) = steps.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        steps.truncate(SHOWN);
        steps.push(format!("{more} more"));
    }
    if !steps.is_empty() {
        lost.push(format!("RUN {}", steps.join(", ")));
    }
    let mut all = Vec::new();
    if !lost.is_empty() {
        all.push(("dockerfile", format!("not carried over from its Dockerfile: {}", lost.join(", "))));
    }
    all.extend(packages(unit).into_iter().filter(|_| proposal.kind != "python"));
    all.extend(old_directory(view, unit, proposal));
    all
}

/// Packages of the distribution that the program, or its build, may need.
fn packages(unit: &Unit) -> Vec<(&'static str, String)> {
    let (own, others) = unit.facts.commands.split_at(unit.facts.own_commands);
    let of = |commands: &[Vec<String>]| {
        let all: BTreeSet<String> =
            commands.iter().flat_map(|words| installed(words)).map(ToOwned::to_owned).collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    let texts = [
        ("programs", of(own), "its Dockerfile installs", "name in `programs` what it starts or loads"),
        ("extra", of(others), "its Dockerfile builds with", "install in `extra.build` what its build needs"),
    ];
    let texts = texts.into_iter().filter(|(_, packages, ..)| !packages.is_empty());
    texts.map(|(key, packages, what, how)| (key, format!("{what} {packages}: {how}"))).collect()
}

fn is_among(words: &str, word: &str) -> bool {
    words.split(' ').any(|other| other == word)
}

/// Whether a command leaves nothing that the entry would have to say.
fn is_silent(words: &[String], kind: &str, is_own: bool) -> bool {
    let name = start::name(&words[0]);
    let rest = &words[1..];
    let tool = |word: &String| {
        ["cargo-chef", "corepack", "nodemon", "npm", "pnpm", "yarn"]
            .iter()
            .any(|tool| word.split('@').next() == Some(tool))
    };
    let is_known = match name {
        // What a download is piped into.
        "sh" | "bash" => rest.iter().all(|word| word.starts_with('-')),
        "cp" | "mv" => !is_own,
        "dpkg-reconfigure" => rest.iter().any(|word| word == "tzdata"),
        "git" => rest.first().is_some_and(|word| word == "config"),
        "go" => {
            rest.first().is_some_and(|word| word == "get")
                && rest[1..].iter().all(|word| word.starts_with(['-', '.']))
        }
        "npm" | "pnpm" | "yarn" | "cargo" => rest.iter().any(tool),
        _ => name.contains('=') || is_among(SILENT, name),
    };
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let has = |word: &str| words.iter().any(|other| other == word);
    let is_python = || match plain {
        "pip" | "uv" | "poetry" | "pipenv" | "pdm" | "virtualenv" | "wheel" => true,
        "python" => {
            rest.iter().all(|word| word == "-")
                || ["pip", "venv", "uv", "ensurepip", "compileall", "build", "poetry", "--version"]
                    .iter()
                    .any(|word| has(word))
        }
        _ => false,
    };
    let builds = |(kinds, names, others): &(&[&str], &[&str], &[&str])| {
        kinds.contains(&kind) && names.contains(&name) && !others.iter().any(|other| has(other))
    };
    is_known || kind == "python" && is_python() || BUILDERS.iter().any(builds)
}

/// The packages that a command installs and that the program may start or load.
fn installed(words: &[String]) -> Vec<&str> {
    let [tool, rest @ ..] = words else { return Vec::new() };
    let is_install = rest.iter().any(|word| word == "install" || word == "add");
    if !is_install || !matches!(start::name(tool), "apt-get" | "apt" | "apk" | "microdnf" | "yum") {
        return Vec::new();
    }
    let mut rest = rest.iter();
    let mut found = Vec::new();
    while let Some(word) = rest.next() {
        match word.as_str() {
            // A name for packages that are removed again.
            "-t" | "--virtual" | "--repository" | "-X" => drop(rest.next()),
            "install" | "add" => {}
            word if word.starts_with(['-', '.', '$', '{', '/'])
                || is_among(OF_BUILDS, word.split(['=', '~']).next().unwrap_or(word)) => {}
            word => found.push(word),
        }
    }
    found
}

/// That a program names the directory in which it started before, and starts in another one.
fn old_directory(view: &View, unit: &Unit, proposal: &Proposal) -> Option<(&'static str, String)> {
    let old = &unit.facts.tree.workdir;
    if matches!(old.as_str(), "" | "app") || proposal.kind == "static" {
        return None;
    }
    let forms = ["\"", "'", "`"].map(|quote| format!("{quote}/{old}/"));
    let names = |text: &str| forms.iter().any(|form| text.contains(form));
    let (file, _) = view.own(&proposal.member).find(|(path, text)| is_code(path) && names(text))?;
    Some((
        "directory",
        format!("{file} names /{old}, where its Dockerfile starts it: it starts in /app here"),
    ))
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
