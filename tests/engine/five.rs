//! A tree of five languages that nobody has described: `init`, `gen` and `build`, and Compose brings it up.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::build;
use crate::docker::{docker, engine, run};

const PROJECT: &str = "dockwright-five";
const SERVICES: [&str; 5] = ["basket", "gate", "mail", "orders", "web"];

/// `dockwright WORDS…` in a tree; what it prints on standard output.
fn dockwright(tree: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    command.args(words).current_dir(tree).envs([("SBOM", "false"), ("PROVENANCE", "false")]);
    run(&mut command).expect("it does what it is asked")
}

/// A Compose project that ends with the test.
struct Project<'t>(&'t Path);

impl Project<'_> {
    fn compose(&self, words: &[&str]) -> Result<String, String> {
        let mut compose = Command::new("docker");
        compose.args(["compose", "--project-name", PROJECT, "--file", "generated/compose.yaml"]);
        run(compose.args(words).current_dir(self.0))
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        let _ = self.compose(&["down", "--volumes", "--timeout=1"]);
    }
}

#[test]
fn a_tree_of_five_languages_that_nobody_has_described_comes_up() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the images that builds need are there");
    let work = TempDir::new().expect("a directory");
    let tree = work.path().join("shop");
    run(Command::new("cp").arg("--recursive").arg(build::repository("tests/engine/five")).arg(&tree))
        .expect("a copy");

    dockwright(&tree, &["init"]);
    dockwright(&tree, &["gen"]);
    dockwright(&tree, &["build"]);
    let project = Project(&tree);
    project.compose(&["up", "--detach", "--wait", "--wait-timeout=120"]).expect("all are healthy");

    for service in SERVICES {
        let container = format!("{PROJECT}-{service}-1");
        let state = "{{.State.Health.Status}} {{.Config.User}} {{.HostConfig.ReadonlyRootfs}}";
        let state = docker(&["inspect", "--format", state, &container]).expect("it is there");
        assert_eq!(state.trim(), "healthy 65532:65532 true", "{service}");
    }
    // One page that needs the other services, over the network of the Compose file.
    let ask = "fetch('http://127.0.0.1:8080/').then(async answer => console.log(await answer.text()))";
    let page =
        docker(&["exec", &format!("{PROJECT}-web-1"), "/nodejs/bin/node", "-e", ask]).expect("it answers");
    assert!(page.contains("220 mail.shop.example"), "{page}");
    assert!(page.contains("{\"apples\":3}"), "{page}");
}
