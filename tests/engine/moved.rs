//! A Dockerfile that was written by hand for a base past its end of life, moved and then built: what the move
//! edits is what the new base needs.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::docker::{REGISTRY, docker, engine, run};

/// Python 3.11 of Debian 12 in every place where a Dockerfile names it.
const DOCKERFILE: &str = r#"# one service of many
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
    libssl3 \
    python3-markupsafe \
 && rm -rf /var/lib/apt/lists/*
# The interpreter of the final image has to find it
RUN mkdir -p /staged/usr/local/lib/python3.11/dist-packages \
 && cp -a /usr/lib/python3/dist-packages/markupsafe /staged/usr/local/lib/python3.11/dist-packages/

FROM gcr.io/distroless/python3-debian12:nonroot
COPY --from=build /staged/usr/local/lib/python3.11/dist-packages /usr/local/lib/python3.11/dist-packages
COPY main.py /app/main.py
ENV PYTHONPATH=/usr/local/lib/python3.11/dist-packages
ENTRYPOINT ["/usr/bin/python3.11", "/app/main.py"]
"#;

/// The import of the compiled half fails with an interpreter of another version.
const PROGRAM: &str = "\
import sys
from markupsafe import _speedups, escape
print(sys.version_info[:2], escape('<'))
";

#[test]
fn a_file_written_by_hand_for_debian_12_is_moved_and_runs_on_debian_13() {
    let Some(_engine) = engine() else { return };
    let work = TempDir::new().expect("a directory");
    let file = work.path().join("Dockerfile");
    fs::write(&file, DOCKERFILE).expect("written");
    fs::write(work.path().join("main.py"), PROGRAM).expect("written");
    run(Command::new(env!("CARGO_BIN_EXE_dockwright"))
        .args(["rebase", "debian12", "debian13"])
        .arg(&file)
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")))
    .expect("it moves");

    let image = format!("{REGISTRY}/moved");
    run(Command::new("docker")
        .args(["buildx", "build", "--quiet", "--load", "--provenance=false", "--tag", &image])
        .arg(work.path()))
    .expect("the moved file builds");
    let said = docker(&["run", "--rm", "--pull=never", "--network=none", &image]).expect("it runs");
    assert_eq!(said, "(3, 13) &lt;\n");
}
