//! The version of a toolchain or runtime, before and after.

use super::super::draft::Draft;
use crate::image::ImageReference;

impl Draft<'_> {
    /// Tells that the toolchain or runtime comes in another version than before.
    pub(super) fn version(&mut self, kind: &str) {
        let words: &[&str] = match kind {
            "dotnet" => &["dotnet"],
            "go" => &["golang"],
            "java" => &["jdk", "jre", "java", "openjdk", "temurin", "corretto"],
            "node" | "static" => &["node"],
            "rust" => &["rust"],
            _ => return,
        };
        let length = if matches!(kind, "go" | "rust") { 2 } else { 1 };
        let is_of_kind = |image: &&ImageReference| words.iter().any(|word| image.name().contains(word));
        let version = |image: &ImageReference| -> Option<String> {
            let digits = |c: char| c.is_ascii_digit() || c == '.';
            let tag = image.tag()?;
            // `maven:3.9-eclipse-temurin-21` has two.
            let parts = tag.split(['-', '_']).map(|part| part.trim_start_matches("jdk"));
            let mut numbers = parts.filter(|part| part.starts_with(|c: char| c.is_ascii_digit()));
            let number = if words.iter().any(|word| tag.contains(word)) {
                numbers.next_back()
            } else {
                numbers.next()
            };
            let number: String = number?.chars().take_while(|c| digits(*c)).collect();
            let parts: Vec<&str> = number.split('.').collect();
            (parts.len() >= length).then(|| parts[..length].join("."))
        };
        let old = self
            .stages
            .iter()
            .rev()
            .filter_map(|stage| stage.image.as_ref())
            .find(is_of_kind)
            .and_then(version);
        let pairs = self.around.catalogue.pairs();
        let new = pairs.get(kind).map(|images| if kind == "java" { &images.run } else { &images.build });
        let new = new.and_then(|image| if kind == "java" { java_of(image.name()) } else { version(image) });
        if let (Some(old), Some(new)) = (old, new)
            && old != new
        {
            let name = match kind {
                "dotnet" => ".NET",
                "go" => "Go",
                "java" => "Java",
                "rust" => "Rust",
                _ => "Node",
            };
            self.note(
                self.from_line,
                format!("{name} {old} becomes {name} {new}: another base in `[bases]` keeps it"),
            );
        }
    }
}

/// The version in the name of an image: `java21-debian13`.
fn java_of(name: &str) -> Option<String> {
    let (_, rest) = name.rsplit_once("/java")?;
    let version: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!version.is_empty()).then_some(version)
}
