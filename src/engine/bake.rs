//! A call of `docker buildx bake`. Pure: what to run, not running it.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use super::docker;
use crate::outputs::BAKE;

/// The variables of the bake file that the environment decides.
pub const PASSED: [&str; 5] = ["REVISION", "VERSION", "CACHE_FROM", "CACHE_TO", "SOURCE_DATE_EPOCH"];

/// The variables that decide what is built and where it goes, and the option that sets each. bake would take them
/// from the environment, where any of them may stand for something else, so a call sets them all.
pub const OWN: [(&str, &str); 5] = [
    ("TREE", "--tree"),
    ("REGISTRY", "--registry"),
    ("STAMP", "--stamp"),
    ("PROVENANCE", "--attest"),
    ("SBOM", "--attest"),
];

/// What is recorded of a build beside its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attest {
    /// Nothing.
    Nothing,
    /// How it was built.
    Provenance,
    /// How it was built, and a list of what is in it.
    All,
}

/// What to do with the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Put them into the engine's image store.
    Load,
    /// Push them to the registry.
    Push,
    /// Leave them to the builder.
    Builder,
}

/// A call of bake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bake {
    /// The directory of the bake file, in which it runs.
    pub directory: PathBuf,
    /// The build context.
    pub tree: PathBuf,
    /// The builder, if it is not the current one.
    pub builder: Option<String>,
    /// The platforms, if they are not the fleet's.
    pub platforms: Vec<String>,
    /// Where the images go.
    pub output: Output,
    /// What is recorded.
    pub attest: Attest,
    /// The second tag.
    pub stamp: Option<String>,
    /// The registry.
    pub registry: String,
    /// Variables of the environment that are handed on, with their values: those of [`PASSED`] that are set.
    pub passed: Vec<(&'static str, OsString)>,
    /// What is built.
    pub targets: Vec<String>,
    /// What is built without the cache.
    pub afresh: Vec<String>,
}

impl Bake {
    /// The variables of the bake file that the call sets.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let flag = |on: bool| OsString::from(if on { "true" } else { "false" });
        let mut variables = vec![
            ("TREE", self.tree.clone().into_os_string()),
            ("REGISTRY", OsString::from(&self.registry)),
            ("STAMP", self.stamp.as_deref().unwrap_or_default().into()),
            ("PROVENANCE", flag(self.attest != Attest::Nothing)),
            ("SBOM", flag(self.attest == Attest::All)),
        ];
        variables.extend(self.passed.iter().cloned());
        variables
    }

    /// The call as a command that reports its progress as JSON.
    pub fn command(&self) -> Command {
        let mut command = Command::new(docker::client());
        command.current_dir(&self.directory).envs(self.variables());
        command.args(self.arguments()).arg("--progress=rawjson");
        command
    }

    /// The arguments of `docker`.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["buildx", "bake", "--file", BAKE].map(str::to_owned).to_vec();
        if let Some(builder) = &self.builder {
            arguments.extend(["--builder".to_owned(), builder.clone()]);
        }
        for platform in &self.platforms {
            arguments.extend(["--set".to_owned(), format!("*.platform={platform}")]);
        }
        for target in &self.afresh {
            arguments.extend(["--set".to_owned(), format!("{target}.no-cache=true")]);
        }
        match self.output {
            Output::Load => arguments.push("--load".to_owned()),
            Output::Push => arguments.push("--push".to_owned()),
            Output::Builder => {}
        }
        arguments.extend(self.targets.iter().cloned());
        arguments
    }
}

/// The call as a line for a shell.
impl fmt::Display for Bake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cd {} &&", quoted(&self.directory.to_string_lossy()))?;
        for (name, value) in self.variables() {
            write!(f, " {name}={}", quoted(&value.to_string_lossy()))?;
        }
        write!(f, " docker")?;
        self.arguments().iter().try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_a_shell_line() {
        let bake = Bake {
            directory: "generated".into(),
            tree: "/it's here".into(),
            builder: Some("farm".to_owned()),
            platforms: vec!["linux/arm64".to_owned(), "linux/amd64".to_owned()],
            output: Output::Push,
            attest: Attest::Provenance,
            stamp: Some("20261122-1200".to_owned()),
            registry: "ghcr.io/acme".to_owned(),
            passed: vec![("CACHE_TO", "type=registry,ref=r.example/c d".into())],
            targets: vec!["redis".to_owned()],
            afresh: Vec::new(),
        };
        assert_eq!(
            bake.to_string(),
            r"cd generated && TREE='/it'\''s here' REGISTRY=ghcr.io/acme STAMP=20261122-1200 PROVENANCE=true SBOM=false CACHE_TO='type=registry,ref=r.example/c d' docker buildx bake --file docker-bake.hcl --builder farm --set '*.platform=linux/arm64' --set '*.platform=linux/amd64' --push redis"
        );
    }
}
