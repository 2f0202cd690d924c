//! The images that an engine has: their layers, the unpacked size of each, and the instruction that made it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::docker::{self, Client, EngineError, PATIENCE};
use crate::image::ImageReference;
use crate::parallel;

/// How many images one call asks for: a command line has an end, and so has an answer.
const AT_ONCE: usize = 32;

/// An image that an engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalImage {
    /// What it runs on: `linux/amd64`.
    pub platform: String,
    /// Its size, unpacked.
    pub bytes: u64,
    /// Its layers, the lowest first; `None` if the engine does not tell which of them is how large.
    pub layers: Option<Vec<Layer>>,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of its content. Two images with the same layer store it once.
    pub digest: String,
    /// Its size, unpacked.
    pub bytes: u64,
    /// What made it, as the image says itself.
    pub instruction: String,
}

/// The images that an engine has; one that it has not is not among them.
pub type LocalImages = BTreeMap<ImageReference, LocalImage>;

/// Asks the engine what it has of some images.
///
/// # Errors
/// If there is no engine, or it does not answer in time.
pub fn look(images: &[&ImageReference]) -> Result<LocalImages, EngineError> {
    Client { program: &docker::client(), patience: PATIENCE }.images(images)
}

impl Client<'_> {
    fn images(&self, images: &[&ImageReference]) -> Result<LocalImages, EngineError> {
        let mut there = Vec::new();
        for some in images.chunks(AT_ONCE) {
            there.extend(self.inspect(some)?);
        }
        let there = parallel::map(there, |image| {
            let history = self.history(&image.id)?;
            Ok::<_, EngineError>((image.names(), image.with(history)))
        });
        let mut named = BTreeMap::new();
        for image in there {
            let (names, image): (Vec<_>, LocalImage) = image?;
            named.extend(names.into_iter().map(|name| (name, image.clone())));
        }
        let find = |image: &&ImageReference| Some(((*image).clone(), named.get(&meant(image))?.clone()));
        Ok(images.iter().filter_map(find).collect())
    }

    fn inspect(&self, images: &[&ImageReference]) -> Result<Vec<Inspected>, EngineError> {
        let names: Vec<String> = images.iter().map(ToString::to_string).collect();
        let mut arguments = vec!["image", "inspect"];
        arguments.extend(names.iter().map(String::as_str));
        let said = self.ask(&arguments)?;
        // It prints those that it has, and fails if it lacks one.
        let errors = String::from_utf8_lossy(&said.stderr);
        let other = errors.lines().find(|line| !line.trim().is_empty() && !is_about_a_missing_image(line));
        match other {
            Some(error) if !said.success => Err(docker::failed(error, EngineError::Images)),
            _ => serde_json::from_slice(&said.stdout).map_err(|error| EngineError::Images(error.to_string())),
        }
    }

    /// The instructions of an image, the last first.
    fn history(&self, id: &str) -> Result<Vec<Made>, EngineError> {
        let said = self.ask(&["history", "--no-trunc", "--human=false", "--format", "{{json .}}", id])?;
        if !said.success {
            let errors = String::from_utf8_lossy(&said.stderr);
            return Err(docker::failed(errors.lines().next_back().unwrap_or_default(), EngineError::Images));
        }
        // An engine that says it in another way has told the size of the whole image all the same.
        let lines = said.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>().unwrap_or_default())
    }
}

/// Docker's words, and podman's.
fn is_about_a_missing_image(line: &str) -> bool {
    let line = line.to_lowercase();
    ["no such image", "no such object", "image not known"].iter().any(|words| line.contains(words))
}

/// Registry, repository and tag, as a client takes a short name.
fn meant(image: &ImageReference) -> (String, String, String) {
    let registry = image.registry().unwrap_or("docker.io");
    (registry.to_owned(), image.repository(), image.tag().unwrap_or("latest").to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    repo_tags: Option<Vec<String>>,
    size: u64,
    os: String,
    architecture: String,
    #[serde(rename = "RootFS")]
    root: Root,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    layers: Option<Vec<String>>,
}

/// An instruction of an image's history.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    created_by: String,
    size: String,
}

impl Made {
    fn bytes(&self) -> u64 {
        self.size.parse().unwrap_or(0)
    }

    /// Whether it may have made a layer in which there is nothing.
    fn may_be_empty(&self) -> bool {
        let text =
            self.created_by.trim_start_matches("/bin/sh -c ").trim_start_matches("#(nop)").trim_start();
        self.created_by.starts_with("/bin/sh -c ") && !self.created_by.contains("#(nop)")
            || ["RUN", "COPY", "ADD", "WORKDIR"].iter().any(|word| text.starts_with(word))
    }
}

impl Inspected {
    fn names(&self) -> Vec<(String, String, String)> {
        self.repo_tags.iter().flatten().filter_map(|tag| Some(meant(&tag.parse().ok()?))).collect()
    }

    fn with(self, history: Vec<Made>) -> LocalImage {
        let bytes: u64 = history.iter().map(Made::bytes).sum();
        LocalImage {
            platform: format!("{}/{}", self.os, self.architecture),
            bytes: if bytes == 0 { self.size } else { bytes },
            layers: layers(self.root.layers.unwrap_or_default(), history),
        }
    }
}

/// Which instruction made which layer. The history lists all instructions and does not tell which made one: those
/// with a size did, and of the others either all that may have or none, whichever gives the right number.
fn layers(digests: Vec<String>, history: Vec<Made>) -> Option<Vec<Layer>> {
    let mut made: Vec<Made> =
        history.into_iter().rev().filter(|made| made.bytes() > 0 || made.may_be_empty()).collect();
    if made.len() != digests.len() {
        made.retain(|made| made.bytes() > 0);
    }
    let layer = |(digest, made): (String, Made)| Layer {
        digest,
        bytes: made.bytes(),
        instruction: made.created_by.trim_end_matches("# buildkit").trim_end().to_owned(),
    };
    (made.len() == digests.len()).then(|| digests.into_iter().zip(made).map(layer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(rows: &[(&str, u64)]) -> Vec<Made> {
        let row =
            |(text, size): &(&str, u64)| Made { created_by: (*text).to_owned(), size: size.to_string() };
        rows.iter().rev().map(row).collect()
    }

    fn sizes(count: usize, rows: &[(&str, u64)]) -> Option<Vec<u64>> {
        let digests = (0..count).map(|number| format!("sha256:{number}")).collect();
        Some(layers(digests, made(rows))?.iter().map(|layer| layer.bytes).collect())
    }

    #[test]
    fn what_sets_no_file_makes_no_layer() {
        let rows =
            [("ADD a.tar / # buildkit", 30), ("ENV A=1", 0), ("COPY a /a # buildkit", 5), ("USER 1", 0)];
        assert_eq!(sizes(2, &rows), Some(vec![30, 5]));
        let layer = &layers(vec!["a".to_owned(), "b".to_owned()], made(&rows)).unwrap()[1];
        assert_eq!(layer.instruction, "COPY a /a");
    }

    #[test]
    fn a_layer_may_be_empty() {
        let rows = [("ADD a.tar /", 30), ("WORKDIR /app", 0), ("RUN true", 0), ("CMD [\"a\"]", 0)];
        assert_eq!(sizes(3, &rows), Some(vec![30, 0, 0]));
        // The old builder makes none for a directory that is there.
        let old = [("/bin/sh -c #(nop) ADD file:1 in / ", 30), ("/bin/sh -c #(nop) WORKDIR /", 0)];
        assert_eq!(sizes(1, &old), Some(vec![30]));
        assert_eq!(sizes(2, &old), Some(vec![30, 0]));
    }

    #[test]
    fn where_the_numbers_differ_no_layer_is_guessed() {
        assert_eq!(sizes(3, &[("ADD a.tar /", 30), ("WORKDIR /a", 0), ("RUN a", 0), ("RUN b", 0)]), None);
        assert_eq!(sizes(2, &[]), None);
    }

    #[cfg(unix)]
    #[test]
    fn an_engine_that_hangs_is_not_waited_for() {
        use std::os::unix::fs::PermissionsExt;
        use std::time::Duration;

        use crate::child::Limits;

        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("docker");
        std::fs::write(&program, "#!/bin/sh\nsleep 600 & wait\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let patience = Limits { time: Duration::from_secs(1), ..PATIENCE };
        let start = std::time::Instant::now();
        let found = Client { program: program.as_os_str(), patience }.images(&[&"redis".parse().unwrap()]);
        let error = found.unwrap_err().to_string();
        assert!(error.ends_with("it did not respond within 1 s"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn an_image_is_found_by_what_its_name_means() {
        let meant = |name: &str| super::meant(&name.parse().unwrap());
        assert_eq!(meant("redis"), meant("docker.io/library/redis:latest"));
        assert_ne!(meant("acme/redis"), meant("ghcr.io/acme/redis"));
    }
}
