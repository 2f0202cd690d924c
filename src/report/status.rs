//! The tables of the status document, from the description and a tree.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::counted;
use super::images::{self, Sizes};
use crate::engine::images::LocalImages;
use crate::fleet::{Fleet, Service};
use crate::image::ImageReference;
use crate::path::RelativePath;

/// How far a fleet has come.
#[derive(Debug, Serialize)]
pub struct Tally {
    pub(super) fleet: String,
    /// The images that the fleet asks for.
    total: usize,
    /// Those of them that are built.
    built: usize,
    /// Images that are built and belong to no service.
    built_elsewhere: Vec<String>,
    /// The Dockerfiles that are there.
    available: usize,
    /// The Dockerfiles that are not.
    missing: usize,
    /// Whether a registry was asked what is built.
    #[serde(skip)]
    asked: bool,
    pub(super) phases: Vec<Phase>,
    /// The services whose run images have a shell, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shells: Vec<WithShell>,
    /// What the engine has, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sizes: Option<Sizes>,
}

/// A base in use that may have a shell.
#[derive(Debug, Serialize)]
struct WithShell {
    base: String,
    image: String,
    reason: String,
    services: Vec<String>,
}

impl WithShell {
    fn all(fleet: &Fleet) -> Vec<Self> {
        let allowed =
            fleet.bases.iter().filter_map(|(name, base)| Some((name, base, base.allow_shell.as_ref()?)));
        let rows = allowed.map(|(name, base, reason)| {
            let services = fleet.services.iter().filter(|service| service.base_name == *name);
            Self {
                base: name.to_string(),
                image: base.run.to_string(),
                reason: reason.to_string(),
                services: services.map(|service| service.name.to_string()).collect(),
            }
        });
        rows.filter(|row| !row.services.is_empty()).collect()
    }

    /// For people: `debug (gcr.io/…:debug): busybox for a day; orders, web`.
    fn words(&self) -> String {
        // Most fleets have a base that nearly every service is based on.
        const MOST: usize = 8;
        let services = match self.services.len() {
            0..=MOST => self.services.join(", "),
            count => format!("{count} services"),
        };
        format!("{} ({}): {}; {services}", self.base, self.image, self.reason)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Phase {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) total: usize,
    built: usize,
    available: usize,
    missing: usize,
    pub(super) services: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) dockerfile: String,
    pub(super) built: bool,
    pub(super) available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Published>,
}

/// What a registry has of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The digest that the tag stands for.
    pub digest: String,
    /// The platforms that it is there for.
    pub platforms: Vec<String>,
    /// When it was made, as it says itself.
    pub since: Option<String>,
}

/// What a registry has of the fleet's images; one that is not in it is not there.
pub type InRegistry = BTreeMap<ImageReference, Published>;

impl Published {
    /// For people: `linux/amd64, linux/arm64 since 2026-11-22`.
    fn words(&self) -> String {
        // Reproducible images are all of 1970, which says nothing.
        let day = self.since.as_deref().and_then(|since| since.get(..10)).filter(|day| *day > "1980-01-01");
        let since = day.map(|day| format!(" since {day}")).unwrap_or_default();
        format!("{}{since}", self.platforms.join(", "))
    }
}

impl Row {
    /// How far its image is.
    pub(super) fn state(&self) -> String {
        match (self.built, self.available) {
            (true, _) => match &self.published {
                Some(published) => format!("built: {}", published.words()),
                None => "built".to_owned(),
            },
            (false, true) => "Dockerfile exists".to_owned(),
            (false, false) => "Dockerfile missing".to_owned(),
        }
    }
}

impl Tally {
    /// Counts a fleet. `is_there` says whether a Dockerfile is in the tree at hand. An image is built if the registry
    /// has it, where that was asked; otherwise if services.toml records it or the engine has it.
    pub fn new(
        fleet: &Fleet,
        is_there: impl Fn(&RelativePath) -> bool,
        registry: Option<&InRegistry>,
        local: Option<&LocalImages>,
    ) -> Self {
        let published = |image: &ImageReference| registry.and_then(|found| found.get(image)).cloned();
        let others = fleet.also_built.iter();
        let others = others.filter(|image| registry.is_none_or(|found| found.contains_key(image)));
        let built_elsewhere: Vec<_> = others.map(ToString::to_string).collect();
        let row = |service: &Service| Row {
            name: service.name.to_string(),
            image: service.image.to_string(),
            dockerfile: service.dockerfile.to_string(),
            built: registry.map_or_else(
                || {
                    service.is_recorded_as_built
                        || local.is_some_and(|local| local.contains_key(&service.image))
                },
                |found| found.contains_key(&service.image),
            ),
            available: is_there(&service.dockerfile),
            published: published(&service.image),
        };
        let last = fleet.services.iter().map(|service| usize::from(service.phase)).max().unwrap_or(0);
        let phases: Vec<Phase> = (1..=last.max(fleet.phases.len()))
            .map(|number| {
                let of_phase = fleet.services.iter().filter(|service| usize::from(service.phase) == number);
                let services: Vec<Row> = of_phase.map(row).collect();
                Phase {
                    number,
                    name: fleet.phases.get(number - 1).map(ToString::to_string).unwrap_or_default(),
                    total: services.len(),
                    built: services.iter().filter(|row| row.built).count(),
                    available: services.iter().filter(|row| row.available).count(),
                    missing: services.iter().filter(|row| !row.available).count(),
                    services,
                }
            })
            .collect();
        let sum = |count: fn(&Phase) -> usize| phases.iter().map(count).sum::<usize>();
        Self {
            fleet: fleet.name.to_string(),
            total: sum(|phase| phase.total),
            built: sum(|phase| phase.built),
            built_elsewhere,
            asked: registry.is_some(),
            available: sum(|phase| phase.available),
            missing: sum(|phase| phase.missing),
            phases,
            shells: WithShell::all(fleet),
            sizes: local.map(|local| Sizes::new(fleet, local)),
        }
    }

    /// Whether nothing was asked, and services.toml records no image as built: then nobody knows what is built.
    pub fn records_nothing(&self) -> bool {
        !self.asked && self.sizes.is_none() && self.built == 0 && self.built_elsewhere.is_empty()
    }

    /// Whether the fleet is divided into phases.
    pub(super) fn has_phases(&self) -> bool {
        self.phases.len() > 1 || self.phases.iter().any(|phase| !phase.name.is_empty())
    }

    pub(super) fn percent(&self, count: usize) -> String {
        // Rounded half up, as the document does.
        let total = self.total.max(1);
        format!("{}%", (count * 200 + total) / (2 * total))
    }

    pub(super) fn summary(&self) -> [(&'static str, usize); 4] {
        [
            ("Total required images", self.total),
            ("Currently built", self.built),
            ("Dockerfiles available", self.available),
            ("Missing Dockerfiles", self.missing),
        ]
    }

    /// What is built besides the images of the fleet.
    pub(super) fn note(&self) -> Option<String> {
        let others = &self.built_elsewhere;
        (!others.is_empty()).then(|| {
            let place = if self.asked { "in the registry" } else { "recorded in `also_built`" };
            format!("Also built, outside the fleet ({place}): {}", others.join(", "))
        })
    }
}

/// For people.
pub fn text(out: &mut dyn Write, tally: &Tally) -> io::Result<()> {
    for (label, count) in tally.summary() {
        writeln!(out, "{label:<24}{count:>4}  {:>4}", tally.percent(count))?;
    }
    if let Some(note) = tally.note() {
        writeln!(out, "{note}")?;
    }
    if tally.has_phases() {
        text_of_phases(out, &tally.phases)?;
    }
    let rows = || tally.phases.iter().flat_map(|phase| &phase.services);
    if tally.asked && rows().any(|row| row.built) {
        writeln!(out, "\nIn the registry:")?;
        let width = rows().filter(|row| row.built).map(|row| row.image.len()).max().unwrap_or(0);
        for (row, published) in rows().filter_map(|row| Some((row, row.published.as_ref()?))) {
            writeln!(out, "  {:<width$}  {}", row.image, published.words())?;
        }
    }
    if !tally.shells.is_empty() {
        writeln!(out, "\nBases with a shell:")?;
        tally.shells.iter().try_for_each(|row| writeln!(out, "  {}", row.words()))?;
    }
    let missing: Vec<&Row> = rows().filter(|row| !row.available).collect();
    if !missing.is_empty() {
        writeln!(out, "\nMissing Dockerfiles:")?;
        let width = missing.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in missing {
            writeln!(out, "  {:<width$}  {}", row.name, row.dockerfile)?;
        }
    }
    tally.sizes.iter().try_for_each(|sizes| images::text(out, sizes))
}

fn text_of_phases(out: &mut dyn Write, phases: &[Phase]) -> io::Result<()> {
    let width = phases.iter().map(|phase| phase.name.chars().count()).max().unwrap_or(0);
    writeln!(out, "\nPhase  {:<width$}  Total  Built  Available  Missing", "")?;
    for Phase { number, name, total, built, available, missing, .. } in phases {
        writeln!(out, "{number:>5}  {name:<width$}  {total:>5}  {built:>5}  {available:>9}  {missing:>7}")?;
    }
    Ok(())
}

/// For documents: the summary, the phases, and each phase's images.
pub fn markdown(out: &mut dyn Write, tally: &Tally) -> io::Result<()> {
    writeln!(out, "| Metric | Count | Percentage |\n|--------|-------|------------|")?;
    for (label, count) in tally.summary() {
        writeln!(out, "| **{label}** | {count} | {} |", tally.percent(count))?;
    }
    if let Some(note) = tally.note() {
        writeln!(out, "\n{note}.")?;
    }
    if !tally.shells.is_empty() {
        writeln!(out, "\nBases with a shell:\n")?;
        tally.shells.iter().try_for_each(|row| writeln!(out, "- {}", row.words()))?;
    }
    for phase in &tally.phases {
        let Phase { number, name, total, .. } = phase;
        let images = counted(*total, "image");
        if tally.has_phases() {
            writeln!(out, "\n### Phase {number}: {name} ({images})\n")?;
        } else {
            writeln!(out, "\n### {images}\n")?;
        }
        writeln!(out, "| Image | Dockerfile | Status |\n|-------|------------|--------|")?;
        for row in &phase.services {
            writeln!(out, "| `{}` | `{}` | {} |", row.image, row.dockerfile, row.state())?;
        }
    }
    tally.sizes.iter().try_for_each(|sizes| images::markdown(out, sizes))
}

/// For programs.
pub fn json(out: &mut dyn Write, tally: &Tally) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, tally)?;
    writeln!(out)
}
