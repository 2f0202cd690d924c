//! How large the images of a fleet are, and which layers several of them share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use super::{counted, visible};
use crate::engine::images::{Layer, LocalImages};
use crate::fleet::Fleet;

/// The sizes of a fleet's images, as far as the engine has them. All are unpacked.
#[derive(Debug, Serialize)]
pub struct Sizes {
    /// The images of the fleet.
    pub(super) total: usize,
    /// Those that the engine has: the largest first.
    pub(super) images: Vec<ImageSize>,
    /// All of them, each by itself.
    pub(super) size: u64,
    /// The same with every layer counted once.
    pub(super) size_once: u64,
    /// The layers that several images have: the largest first.
    pub(super) shared_layers: Vec<Shared>,
}

/// The size of an image.
#[derive(Debug, Serialize)]
pub(super) struct ImageSize {
    pub(super) service: String,
    pub(super) image: String,
    platform: String,
    pub(super) size: u64,
    /// How much of it other images of the fleet have as well; unknown like its layers.
    pub(super) shared: Option<u64>,
    pub(super) layers: Option<usize>,
}

/// A layer that several images have.
#[derive(Debug, Serialize)]
pub(super) struct Shared {
    digest: String,
    pub(super) size: u64,
    /// What made it, as the image says.
    pub(super) instruction: String,
    pub(super) services: Vec<String>,
}

impl Sizes {
    /// Compares the layers of what the engine has.
    pub fn new(fleet: &Fleet, found: &LocalImages) -> Self {
        let there: Vec<_> =
            fleet.services.iter().filter_map(|it| Some((it, found.get(&it.image)?))).collect();
        let mut uses: BTreeMap<&str, (&Layer, BTreeSet<&str>)> = BTreeMap::new();
        for (service, image) in &there {
            for layer in image.layers.iter().flatten() {
                let (_, names) = uses.entry(&layer.digest).or_insert_with(|| (layer, BTreeSet::new()));
                names.insert(service.name.as_str());
            }
        }
        let is_shared = |layer: &&Layer| uses.get(layer.digest.as_str()).is_some_and(|(_, by)| by.len() > 1);
        let bytes = |layer: &Layer| layer.bytes;
        let mut images: Vec<_> = there
            .iter()
            .map(|(service, image)| ImageSize {
                service: service.name.to_string(),
                image: service.image.to_string(),
                platform: image.platform.clone(),
                size: image.bytes,
                shared: image.layers.as_ref().map(|all| all.iter().filter(is_shared).map(bytes).sum()),
                layers: image.layers.as_ref().map(Vec::len),
            })
            .collect();
        images.sort_by(|a, b| (b.size, &a.service).cmp(&(a.size, &b.service)));
        let once: u64 = uses.values().map(|(layer, _)| layer.bytes).sum();
        let unknown: u64 = images.iter().filter(|image| image.layers.is_none()).map(|image| image.size).sum();
        let shared = uses.into_values().filter(|(layer, by)| by.len() > 1 && layer.bytes > 0);
        let mut shared_layers: Vec<_> = shared
            .map(|(layer, by)| Shared {
                digest: layer.digest.clone(),
                size: layer.bytes,
                instruction: layer.instruction.clone(),
                services: by.into_iter().map(str::to_owned).collect(),
            })
            .collect();
        shared_layers.sort_by(|a, b| (b.size, &a.digest).cmp(&(a.size, &b.digest)));
        Self {
            total: fleet.services.len(),
            size: images.iter().map(|image| image.size).sum(),
            size_once: once + unknown,
            images,
            shared_layers,
        }
    }

    /// All in a line.
    pub(super) fn summary(&self) -> String {
        let (of, all) = (counted(self.total, "image"), self.images.len());
        if all == 0 {
            return format!("0 of {of} in the engine");
        }
        let (size, once) = (words(self.size), words(self.size_once));
        format!("{all} of {of} in the engine: {size}; {once} with shared layers counted once")
    }
}

impl ImageSize {
    /// The bytes that no other image of the fleet has.
    pub(super) fn own(&self) -> u64 {
        self.size - self.shared.unwrap_or(0)
    }

    fn cells(&self) -> [String; 5] {
        let unknown = || "unknown".to_owned();
        [
            self.service.clone(),
            words(self.size),
            self.shared.map_or_else(unknown, words),
            self.shared.map_or_else(unknown, |_| words(self.own())),
            self.layers.map_or_else(unknown, |layers| layers.to_string()),
        ]
    }
}

const COLUMNS: [&str; 5] = ["Service", "Size", "Shared", "Own", "Layers"];

/// For people.
pub(super) fn text(out: &mut dyn Write, sizes: &Sizes) -> io::Result<()> {
    writeln!(out, "\n{}", sizes.summary())?;
    let rows: Vec<_> = sizes.images.iter().map(ImageSize::cells).collect();
    let all = || rows.iter().map(|row| row.each_ref().map(String::as_str)).chain([COLUMNS]);
    let width = |column: usize| all().map(|row| row[column].len()).max().unwrap_or(0);
    let [first, rest @ ..] = [0, 1, 2, 3, 4].map(width);
    for row in [COLUMNS].into_iter().chain(all().take(rows.len())).filter(|_| !rows.is_empty()) {
        write!(out, "  {:<first$}", row[0])?;
        rest.iter().zip(&row[1..]).try_for_each(|(width, cell)| write!(out, "  {cell:>width$}"))?;
        writeln!(out)?;
    }
    Ok(())
}

/// For documents.
pub(super) fn markdown(out: &mut dyn Write, sizes: &Sizes) -> io::Result<()> {
    writeln!(out, "\n### Image sizes\n\n{}.", sizes.summary())?;
    if sizes.images.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| {} |\n|---------|-----:|-------:|----:|-------:|", COLUMNS.join(" | "))?;
    sizes.images.iter().try_for_each(|image| writeln!(out, "| {} |", image.cells().join(" | ")))
}

/// An instruction in a line that fits beside others. It is the image's own text.
pub(super) fn shortened(instruction: &str) -> String {
    const LONGEST: usize = 120;
    let line = instruction.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = visible(&line);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}

/// A size as Docker shows it, in powers of ten: `61.2 MB`.
pub(super) fn words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes / 100, 0);
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_powers_of_ten() {
        let shown = [0, 999, 1000, 61_234_567, 999_999_999, 1_234_567_890_123].map(words);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "61.2 MB", "999.9 MB", "1.2 TB"]);
    }

    #[test]
    fn an_instruction_is_one_line_of_bounded_length() {
        assert_eq!(shortened("RUN a \n\t && b"), "RUN a && b");
        assert_eq!(shortened(&"é".repeat(500)).chars().count(), 121);
    }
}
