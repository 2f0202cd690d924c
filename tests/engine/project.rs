//! Small fleets of one kind each, below `tests/engine/projects/`: built for both platforms on a machine that can run
//! one of them, looked into, and started on that one.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use object::elf::{EM_AARCH64, EM_X86_64};
use tempfile::TempDir;

use crate::build::{Bake, repository};
use crate::content::Content;
use crate::docker::{docker, ensure, forget, inspect, run};
use crate::libraries;

/// A container that ends with the test.
pub(crate) struct Container(String);

impl Container {
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = docker(&["rm", "--force", &self.0]);
    }
}

/// A fleet whose images are built.
pub(crate) struct Project {
    name: &'static str,
    generated: TempDir,
}

impl Drop for Project {
    fn drop(&mut self) {
        for platform in ["linux/amd64", "linux/arm64"] {
            let _ = forget(&format!("{}/{}", registry(platform), self.name));
        }
    }
}

impl Project {
    /// Generates the files of a directory of `tests/engine/projects/` and builds its images for both platforms.
    pub(crate) fn build(name: &'static str) -> Result<Self, String> {
        let tree = repository("tests/engine/projects").join(name);
        let generated = TempDir::new().map_err(|e| e.to_string())?;
        let mut generate = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        generate.arg("gen").arg("--fleet").arg(tree.join("services.toml")).arg("--out").arg(generated.path());
        run(&mut generate)?;
        for platform in ["linux/amd64", "linux/arm64"] {
            let bake = Bake {
                generated: generated.path().to_owned(),
                tree: tree.clone(),
                platform,
                registry: registry(platform),
                ..Bake::default()
            };
            bake.run(&[]).map_err(|why| format!("{platform}: {why}"))?;
        }
        Ok(Self { name, generated })
    }

    /// The name of a service's image for a platform.
    pub(crate) fn image(&self, service: &str, platform: &str) -> String {
        format!("{}/{}/{service}:latest", registry(platform), self.name)
    }

    /// Calls Compose with the fleet's file, as a project of its own.
    pub(crate) fn compose(&self, variables: &[(&str, &str)], words: &[&str]) -> Result<String, String> {
        let file = self.generated.path().join("compose.yaml");
        let mut compose = Command::new("docker");
        compose.args(["compose", "--project-name", &format!("dockwright-{}", self.name), "--file"]).arg(file);
        compose.args(words).env("REGISTRY", registry("linux/amd64")).envs(variables.iter().copied());
        run(&mut compose)
    }

    /// Every program and library of a service's images is of the platform and finds its loader and libraries, and
    /// everything but the run image's own belongs to root; what is in the images.
    pub(crate) fn looks_right(&self, service: &str) -> Result<[Content; 2], String> {
        let look = |platform: &str, machine: u16| -> Result<Content, String> {
            let image = self.image(service, platform);
            let content = Content::of_platform(&image, platform)?;
            let others = content.elves.iter().filter(|(_, elf)| elf.machine != machine);
            let others: Vec<_> = others.map(|(path, _)| path.as_str()).collect();
            ensure(others.is_empty(), || format!("{image}: of another platform: {}", others.join(", ")))?;
            let labels = inspect(&image)?["Config"]["Labels"].clone();
            let base = labels["org.opencontainers.image.base.name"].as_str().unwrap_or_default().to_owned();
            libraries::all_found(&content, &base, platform).map_err(|why| format!("{image}: {why}"))?;
            Ok(content)
        };
        Ok([look("linux/amd64", EM_X86_64)?, look("linux/arm64", EM_AARCH64)?])
    }

    /// What a service answers to a request of one of its own programs, or its log without one.
    pub(crate) fn answers(&self, service: &str, options: &[&str], ask: &[&str]) -> Result<String, String> {
        let container = self.start(service, options)?;
        if ask.is_empty() {
            return log(&container.0);
        }
        docker(&[&["exec", &container.0], ask].concat())
    }

    /// Starts a service as Compose does, read-only and without capabilities, and waits until it is healthy.
    pub(crate) fn start(&self, service: &str, options: &[&str]) -> Result<Container, String> {
        let container = format!("dockwright-{}-{service}", self.name);
        let _ = docker(&["rm", "--force", &container]);
        let image = self.image(service, "linux/amd64");
        let mut words = vec!["run", "--detach", "--name", &container, "--read-only", "--cap-drop=ALL"];
        words.extend(["--pull=never", "--security-opt=no-new-privileges"]);
        words.extend_from_slice(options);
        words.push(&image);
        docker(&words)?;
        let container = Container(container);
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let state = inspect(&container.0)?["State"].clone();
            match (state["Status"].as_str(), state["Health"]["Status"].as_str()) {
                (Some("running"), Some("healthy")) => return Ok(container),
                (Some("running"), _) if Instant::now() < end => sleep(Duration::from_millis(200)),
                _ => return Err(format!("{image}: {state}\n{}", log(&container.0)?)),
            }
        }
    }
}

/// What a container wrote.
fn log(container: &str) -> Result<String, String> {
    let log = Command::new("docker").args(["logs", container]).output().map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&[log.stdout, log.stderr].concat()).into_owned())
}

/// Images of the two platforms do not take each other's tags.
fn registry(platform: &str) -> &'static str {
    if platform == "linux/arm64" { "arm64.projects.test" } else { "projects.test" }
}
