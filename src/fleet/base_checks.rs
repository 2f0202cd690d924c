//! Whether the images of a base exist, as far as that is known, whether the run image is one to run services on, and
//! whether what is built on one of them can run on the other.
//!
//! What lies in a base is told once, at the base. Only what the catalogue is sure of counts: an image that it does not
//! know fits everything.

mod fits;
mod instead;

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
use super::bases::{Bases, Pair};
use super::flaws::{Flaws, Wrong};
use super::model::{Base, Service};
use super::words::{DebianPackage, Name};
use crate::bases::{self, Catalogue, Release};
use crate::diagnostic::{Diagnostic, Span};
use crate::image::ImageReference;
use crate::kinds::{Lack, Takes};

/// What is wrong with bases, and what may be.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) errors: Vec<Diagnostic>,
    pub(super) doubts: Vec<Diagnostic>,
}

/// A base with all that is based on it.
struct Used<'a> {
    name: &'a Name,
    base: &'a At<Base>,
    pair: &'a Pair,
    services: Vec<&'a Service>,
}

/// The bases whose images are not there, or do not fit what their services are, and packages that are not to be had.
pub(super) fn all(bases: &Bases<'_>, services: &[Service], flaws: &Flaws) -> Found {
    let services = || services.iter().filter(|service| !flaws.has(service, [Wrong::KIND, "base"]));
    let mut found = Found::default();
    found.errors.extend(services().flat_map(|service| missing_packages(service, &bases.pairs)));
    let mut by_base: BTreeMap<&Name, Vec<&Service>> = BTreeMap::new();
    for service in services() {
        by_base.entry(&service.base_name).or_default().push(service);
    }
    for (name, services) in by_base {
        let (Some(base), Some(pair)) = (bases.used.get(name), bases.pairs.get(name)) else { continue };
        let used = Used { name, base, pair, services };
        let errors = used.nowhere(bases.catalogue);
        if errors.is_empty() {
            found.errors.extend(used.shell(bases.catalogue));
            found.errors.extend(used.unfit(bases.catalogue));
            found.doubts.extend(used.doubts(bases.catalogue));
        } else {
            // An image that does not exist has nothing, and what follows from that helps nobody.
            found.errors.extend(errors);
        }
    }
    found
}

/// Debian packages of a service that their release has no more. Those of `programs` are of the run image's release,
/// those that the kind builds with of the build image's.
fn missing_packages(service: &Service, pairs: &BTreeMap<Name, Pair>) -> Vec<Diagnostic> {
    let Some(pair) = pairs.get(&service.base_name) else { return Vec::new() };
    let release = |image: &Option<bases::Base>| image.as_ref().and_then(|image| image.release.clone());
    let mistake = |package: &At<DebianPackage>, release: &Release| {
        let gone = bases::gone(package.name(), &release.version)?;
        let message = format!("{release} has no package `{}`", package.name());
        Some(Diagnostic::new(package.span.clone(), message).hint(gone.hint()))
    };
    let of = |packages: &[At<DebianPackage>], release: Option<Release>| -> Vec<Diagnostic> {
        let release = release.filter(|release| release.distribution == "debian");
        release
            .map_or_else(Vec::new, |release| packages.iter().filter_map(|it| mistake(it, &release)).collect())
    };
    let programs = service.programs.as_ref().map_or(&[][..], |programs| &programs.packages);
    let mut found = of(programs, release(&pair.run).or_else(|| release(&pair.build)));
    found.extend(of(service.kind.program().needs(service).packages, release(&pair.build)));
    found
}

impl Used<'_> {
    /// The two images, with the places that name them.
    fn images(&self) -> [(&ImageReference, Span, &'static str); 2] {
        let [build, run] =
            self.pair.places.clone().unwrap_or_else(|| [self.base.span.clone(), self.base.span.clone()]);
        [(&self.base.build, build, "build"), (&self.base.run, run, "run")]
    }

    /// How many services an error concerns, for the end of its message.
    fn concerned(&self) -> String {
        match self.services.len() {
            0 | 1 => String::new(),
            count => format!("; {count} services use it"),
        }
    }

    /// Images that do not exist.
    fn nowhere(&self, catalogue: &Catalogue) -> Vec<Diagnostic> {
        let concerned = self.concerned();
        let fault = |(image, place, role): (&ImageReference, Span, &str)| {
            let named = format!("there is no image `{image}`, the {role} image of `{}`", self.name);
            if let Some(meant) = catalogue.misspelt(image) {
                let mistake = Diagnostic::new(place, format!("{named}{concerned}"));
                return Some(mistake.hint(format!("did you mean `{meant}`?")));
            }
            let reason = catalogue.never_published(image)?;
            let mistake = Diagnostic::new(place, format!("{named}: {reason}{concerned}"));
            Some(match catalogue.newest_like(image) {
                Some((newest, _)) => mistake.hint(format!("`{newest}` is published")),
                None => mistake,
            })
        };
        self.images().into_iter().filter_map(fault).collect()
    }

    /// What the catalogue cannot say of the images.
    fn doubts(&self, catalogue: &Catalogue) -> Vec<Diagnostic> {
        let doubt = |(image, place, _): (&ImageReference, Span, &str)| {
            let hint = "check that it exists; [catalogue] can describe it";
            Some(Diagnostic::new(place, catalogue.doubt(image)?).hint(hint))
        };
        self.images().into_iter().filter_map(doubt).collect()
    }

    /// A run image with what an attacker would use, unless somebody answers for it.
    fn shell(&self, catalogue: &Catalogue) -> Option<Diagnostic> {
        let run = self.pair.run.as_ref()?;
        let [_, (image, place, _)] = self.images();
        let name = self.name;
        match (run.tools(), &self.base.value.allow_shell) {
            (Some(tools), None) => {
                let message = format!("the run image {image} of `{name}` has {tools}{}", self.concerned());
                let hint = format!(
                    "{}, or say in `allow_shell` of the base why the service needs them",
                    instead::without_shell(self, catalogue)
                );
                Some(Diagnostic::new(place, message).hint(hint))
            }
            (None, Some(_)) if run.shell.is_some() => {
                let message = format!("`{name}` has `allow_shell`, and its run image {image} has no shell");
                Some(Diagnostic::new(place, message).hint("remove `allow_shell`"))
            }
            _ => None,
        }
    }

    /// What the services need and the base lacks, and what of one image does not fit the other.
    fn unfit(&self, catalogue: &Catalogue) -> Vec<Diagnostic> {
        let lacks: Vec<(&Service, Lack)> = self
            .services
            .iter()
            .filter_map(|service| Some((*service, service.kind.program().lacks(&self.base.value)?)))
            .collect();
        if let Some(everywhere) = self.lacked_by_all(&lacks, catalogue) {
            return vec![everywhere];
        }
        // Others are content with the base, so it is these services that name the wrong one.
        let run = &self.base.run;
        let mut found: Vec<_> = lacks
            .into_iter()
            .map(|(service, lack)| {
                let name = &service.name;
                let message = format!(
                    "`{}` needs {}, but its run image {run} has {}",
                    name.value, lack.needs, lack.found
                );
                Diagnostic::new(name.span.clone(), message).hint(lack.hint)
            })
            .collect();
        if found.is_empty() {
            let takes: BTreeSet<Takes> = self.services.iter().map(|s| s.kind.program().takes()).collect();
            let clash = takes.into_iter().find_map(|takes| {
                let (message, own_hint) = fits::clash(self.name, &self.base.value, self.pair, takes)?;
                let hint = own_hint.unwrap_or_else(|| instead::fitting(self, catalogue));
                let message = format!("{message}{}", self.concerned());
                Some(Diagnostic::new(self.base.span.clone(), message).hint(hint))
            });
            found.extend(clash);
        }
        found
    }

    /// What every service lacks of a base of services.toml: the fault lies in the base.
    fn lacked_by_all(&self, lacks: &[(&Service, Lack)], catalogue: &Catalogue) -> Option<Diagnostic> {
        let [_, (image, place, _)] = self.images();
        self.pair.places.as_ref()?;
        let (service, lack) = lacks.first()?;
        if lacks.len() < self.services.len() || lacks.iter().any(|(_, other)| other != lack) {
            return None;
        }
        let who = match self.services.len() {
            1 => format!("`{}` needs", service.name.value),
            count => format!("its {count} services need"),
        };
        let (name, found, needs) = (self.name, &lack.found, lack.needs);
        let message = format!("the run image {image} of `{name}` has {found}, and {who} {needs}");
        let unknown = if self.pair.run.is_none() { ", or describe the image in [catalogue]" } else { "" };
        let hint = format!("{}{unknown}", instead::fitting(self, catalogue));
        Some(Diagnostic::new(place, message).hint(hint))
    }
}
