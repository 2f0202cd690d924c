//! `dockwright` as its users run it, in a tree of source files.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

pub(super) const DESCRIPTION: &str = include_str!("cases/services.toml");

/// A service in Python without errors.
pub(super) const ONE: &str = "FROM gcr.io/distroless/python3-debian13:nonroot\nCOPY one /app/one\nENV LEVEL=INFO MODE=x\nEXPOSE 9001\n\
USER 65532:65532\nHEALTHCHECK CMD [\"curl\", \"http://localhost:9001/health\"]\nENTRYPOINT [\"python3\", \"-m\", \"one.main\"]\n";

/// The first lines of a service in Python, without its command.
pub(super) const PYTHON: &str =
    "FROM python:3.13-slim\nWORKDIR /srv\nCOPY one one\nUSER 65532\nEXPOSE 8000\n";

pub(super) struct Tree(TempDir);

pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Tree {
    pub(super) fn new(description: Option<&str>) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        if let Some(text) = description {
            tree.write("services.toml", text);
        }
        tree
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    pub(super) fn description(&self) -> String {
        fs::read_to_string(self.path("services.toml")).unwrap()
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_dockwright"))
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}
