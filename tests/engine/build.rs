//! Building with the bake file, as people do.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::docker::{REGISTRY, run};

/// What an engine says that has too much to do at once: the next try succeeds.
const PASSING: [&str; 4] =
    ["parent snapshot", "DeadlineExceeded", "only one connection allowed", "Unavailable"];

/// A directory of this repository.
pub(crate) fn repository(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// A call of bake: the directory with the generated files, the tree with the sources, more words.
pub(crate) struct Bake<'a> {
    pub(crate) generated: PathBuf,
    pub(crate) tree: PathBuf,
    pub(crate) words: &'a [&'a str],
    /// Seconds since 1970 for every time stamp; none if it is empty
    pub(crate) epoch: &'a str,
    pub(crate) platform: &'a str,
    pub(crate) registry: &'a str,
}

impl Default for Bake<'_> {
    fn default() -> Self {
        Self {
            generated: repository("generated"),
            tree: repository("tests/lucid"),
            words: &["--load"],
            epoch: "",
            platform: "linux/amd64",
            registry: REGISTRY,
        }
    }
}

impl Bake<'_> {
    /// Builds the targets, all without any; the progress as text.
    pub(crate) fn run(&self, targets: &[&str]) -> Result<String, String> {
        let mut tries = 0;
        loop {
            let mut command = Command::new("docker");
            command
                .args(["buildx", "bake", "-f", "docker-bake.hcl", "--progress=plain"])
                .arg("--set")
                .arg(format!("*.platform={}", self.platform))
                .args(self.words)
                .args(targets)
                .current_dir(&self.generated)
                .envs([("REGISTRY", self.registry), ("SBOM", "false"), ("PROVENANCE", "false")])
                .env("SOURCE_DATE_EPOCH", self.epoch)
                .env("TREE", &self.tree);
            // Progress goes to standard error, and that is what a caller wants to read.
            let output = command.output().map_err(|e| e.to_string())?;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            tries += 1;
            if output.status.success() {
                return Ok(text);
            }
            if tries == 4 || !PASSING.iter().any(|word| text.contains(word)) {
                let last: Vec<_> = text.lines().rev().take(30).collect();
                return Err(last.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

/// Generates the files of `ledger.toml`, the fleet with a Java service, below a directory; where they are.
pub(crate) fn ledger(work: &Path) -> PathBuf {
    generate("tests/engine/ledger.toml", &work.join("ledger"))
}

/// Generates the files of a fleet that is described in this repository into a directory; where they are.
pub(crate) fn generate(fleet: &str, into: &Path) -> PathBuf {
    let generated = into.to_owned();
    let dockwright = Command::new(env!("CARGO_BIN_EXE_dockwright"))
        .args(["gen", "--fleet"])
        .arg(repository(fleet))
        .arg("--out")
        .arg(&generated)
        .output()
        .expect("dockwright starts");
    assert!(dockwright.status.success(), "{}", String::from_utf8_lossy(&dockwright.stderr));
    generated
}

/// Makes the images that programs are taken from, where they are not there.
pub(crate) fn upstream_images() -> Result<(), String> {
    run(&mut Command::new(repository("tests/engine/images/load"))).map(drop)
}
