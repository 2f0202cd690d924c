//! The tables of the status document, from the description and a tree.

use std::io::{self, Write};

use serde::Serialize;

use crate::fleet::description::Status;
use crate::fleet::{Fleet, Service};
use crate::path::RelativePath;

/// How far a fleet has come.
#[derive(Debug, Serialize)]
pub struct Tally {
    fleet: String,
    /// The images that the fleet asks for.
    total: usize,
    /// The images recorded as built: those of the fleet, and those that are none of its services'.
    built: usize,
    built_elsewhere: Vec<String>,
    /// The Dockerfiles that are there.
    available: usize,
    /// The Dockerfiles that are not.
    missing: usize,
    phases: Vec<Phase>,
}

#[derive(Debug, Serialize)]
struct Phase {
    number: usize,
    name: String,
    total: usize,
    built: usize,
    available: usize,
    missing: usize,
    services: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    image: String,
    dockerfile: String,
    built: bool,
    available: bool,
}

impl Tally {
    /// Counts a fleet; `is_there` says whether a Dockerfile is in the tree at hand.
    pub fn new(fleet: &Fleet, is_there: impl Fn(&RelativePath) -> bool) -> Self {
        let row = |service: &Service| Row {
            name: service.name.to_string(),
            image: service.image.to_string(),
            dockerfile: service.dockerfile.to_string(),
            built: service.status == Status::Built,
            available: is_there(&service.dockerfile),
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
            built: sum(|phase| phase.built) + fleet.also_built.len(),
            built_elsewhere: fleet.also_built.iter().map(ToString::to_string).collect(),
            available: sum(|phase| phase.available),
            missing: sum(|phase| phase.missing),
            phases,
        }
    }

    fn percent(&self, count: usize) -> String {
        // Rounded half up, as the document does.
        let total = self.total.max(1);
        format!("{}%", (count * 200 + total) / (2 * total))
    }

    fn summary(&self) -> [(&'static str, usize); 4] {
        [
            ("Total required images", self.total),
            ("Currently built", self.built),
            ("Dockerfiles available", self.available),
            ("Missing Dockerfiles", self.missing),
        ]
    }

    /// Why more may be built than the phases show.
    fn note(&self) -> Option<String> {
        let others = self.built_elsewhere.len();
        (others > 0).then(|| {
            let own = self.built - others;
            format!(
                "Built: {own} of the fleet, {others} recorded beside it: {}",
                self.built_elsewhere.join(", ")
            )
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
    writeln!(out)?;
    let width = tally.phases.iter().map(|phase| phase.name.chars().count()).max().unwrap_or(0);
    writeln!(out, "Phase  {:<width$}  Total  Built  Available  Missing", "")?;
    for phase in &tally.phases {
        let Phase { number, name, total, built, available, missing, .. } = phase;
        writeln!(out, "{number:>5}  {name:<width$}  {total:>5}  {built:>5}  {available:>9}  {missing:>7}")?;
    }
    let missing: Vec<&Row> =
        tally.phases.iter().flat_map(|phase| &phase.services).filter(|row| !row.available).collect();
    if !missing.is_empty() {
        writeln!(out, "\nMissing Dockerfiles:")?;
        let width = missing.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in missing {
            writeln!(out, "  {:<width$}  {}", row.name, row.dockerfile)?;
        }
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
    for phase in &tally.phases {
        let Phase { number, name, total, .. } = phase;
        let images = if *total == 1 { "image" } else { "images" };
        writeln!(out, "\n### Phase {number}: {name} ({total} {images})\n")?;
        writeln!(out, "| Image | Dockerfile | Status |\n|-------|------------|--------|")?;
        for row in &phase.services {
            let status = match (row.built, row.available) {
                (true, _) => "built",
                (false, true) => "Dockerfile exists",
                (false, false) => "Dockerfile missing",
            };
            writeln!(out, "| `{}` | `{}` | {status} |", row.image, row.dockerfile)?;
        }
    }
    Ok(())
}

/// For programs.
pub fn json(out: &mut dyn Write, tally: &Tally) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, tally)?;
    writeln!(out)
}
