//! Building with the bake file, as people do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use dockwright::engine::failure::{Failure, is_lost_layer, is_passing};

use crate::docker::{REGISTRY, run};

/// How an error begins that names a step which should have come from the cache.
pub(crate) const AGAIN: &str = "runs again: ";

/// How often an engine is asked that has too much to do at once: what it has built is in its cache the next time.
const TRIES: u32 = 6;

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
        let mut afresh: Option<String> = None;
        for tries in 1.. {
            let mut command = Command::new("docker");
            command
                .args(["buildx", "bake", "-f", "docker-bake.hcl", "--progress=plain"])
                .arg("--set")
                .arg(format!("*.platform={}", self.platform))
                .args(afresh.iter())
                .args(self.words)
                .args(targets)
                .current_dir(&self.generated)
                .envs([("REGISTRY", self.registry), ("SBOM", "false"), ("PROVENANCE", "false")])
                .env("SOURCE_DATE_EPOCH", self.epoch)
                .env("TREE", &self.tree);
            // Progress goes to standard error, and that is what a caller wants to read.
            let output = command.output().map_err(|e| e.to_string())?;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() {
                return Ok(text);
            }
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let why = Failure::new(&lines).message.unwrap_or_default();
            let is_lost = is_lost_layer(&why) && afresh.is_none();
            if is_lost {
                afresh = Some(format!("--set={}.no-cache=true", failed_target(&lines, targets)));
            }
            if tries == TRIES || !is_lost && !is_passing(&why) {
                return Err(lines[lines.len().saturating_sub(30)..].join("\n"));
            }
            eprintln!("asked again: {why}");
            sleep(Duration::from_secs(tries.into()));
        }
        unreachable!("the last try returns")
    }
}

/// The target whose step failed, which buildx shows in brackets where there are several: ` > [NAME build 2/3] RUN …:`.
fn failed_target<'t>(lines: &'t [String], targets: &[&str]) -> &'t str {
    let step = lines.iter().rev().find_map(|line| line.strip_prefix(" > ["));
    step.filter(|_| targets.len() != 1).and_then(|step| step.split([' ', ']']).next()).unwrap_or("*")
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
