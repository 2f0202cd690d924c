//! The base that an entry stands on.

use super::NewBase;
use super::draft::{Draft, sanitised, scratch};
use super::holdings;
use crate::bases::{self, Release};
use crate::image::ImageReference;

impl Draft<'_> {
    /// Gives Debian packages the names that they have in the release of the new build image.
    pub(super) fn rename_packages(&mut self, build: Option<&ImageReference>) {
        let release = build.and_then(|image| self.around.catalogue.find(image)?.release);
        let Some(release) = release.filter(|release| release.distribution == "debian") else { return };
        for old in std::mem::take(&mut self.program_packages) {
            let new = self.in_release(old.clone(), &release);
            if new.as_ref() != Some(&old) {
                self.rename_paths(&old, new.as_deref());
            }
            self.program_packages.extend(new);
        }
    }

    /// The paths of a package are those of the one that stands for it.
    fn rename_paths(&mut self, old: &str, new: Option<&str>) {
        let gone = holdings::paths(old);
        let Some(at) = self.program_paths.iter().position(|path| gone.contains(path)) else { return };
        let instead = new.map(holdings::paths).unwrap_or_default();
        // One that only its name is known of keeps its paths.
        if new.is_some() && instead.is_empty() {
            return;
        }
        self.program_paths.retain(|path| !gone.contains(path));
        let at = at.min(self.program_paths.len());
        self.program_paths.splice(at..at, instead);
    }

    /// What stands for a package in a release, if anything does.
    fn in_release(&mut self, package: String, release: &Release) -> Option<String> {
        let older = self.around.catalogue.releases().filter(|other| other.distribution == "debian");
        let mut names = older.filter_map(|old| bases::renamed(&package, &old.version, &release.version));
        if let Some(new) = names.next() {
            self.note(self.from_line, format!("the package {package} is {new} in {release}"));
            return Some(new.to_owned());
        }
        let Some(gone) = bases::gone(&package, &release.version) else { return Some(package) };
        let instead = gone.instead.first().map(|&name| name.to_owned());
        let hint = match &instead {
            Some(name) => format!("{name} is taken"),
            None => "it is left out; find what replaces it".to_owned(),
        };
        self.note(self.from_line, format!("the package {package} is not in {release}: {hint}"));
        instead
    }

    /// The name of the base, and the base itself if the description has none.
    pub(super) fn base(&mut self, kind: &'static str) -> (String, Option<NewBase>) {
        let run = self.last.image.clone().map(|image| image.without_digest());
        let builder = self.builder.clone().map(|image| image.without_digest());
        let around = self.around;
        if let Some(run) = &run {
            let same: Vec<_> =
                around.bases.iter().filter(|(_, _, known)| known.without_digest() == *run).collect();
            let of_build = same
                .iter()
                .find(|(_, build, _)| builder.as_ref().is_some_and(|b| build.without_digest() == *b));
            let plain = (kind != "native" || builder.is_none()).then(|| same.first()).flatten();
            if let Some((name, _, _)) = of_build.or(plain) {
                return (name.clone(), None);
            }
        }
        if kind == "native" {
            let upstream = builder.or(run).unwrap_or_else(scratch);
            return self.native_base(&upstream);
        }
        let (name, build, target) = match around.bases.iter().find(|(_, _, known)| self.suits(known, kind)) {
            Some((name, build, target)) => (name.clone(), build.clone(), target.clone()),
            None => recommended(kind),
        };
        let known = around.bases.iter().any(|(other, _, _)| *other == name);
        let said = run.as_ref().map_or_else(|| "an unknown image".to_owned(), ToString::to_string);
        let old = run.as_ref().and_then(|run| around.catalogue.find(run)).and_then(|base| base.eol);
        let why = old.filter(|eol| eol.is_past(around.today));
        let why = why.map(|eol| format!(" (end of life on {})", eol.date)).unwrap_or_default();
        self.note(
            self.from_line,
            format!("it is based on {said}{why}: the base `{name}` ({target}) is used"),
        );
        self.other_version(kind, &target);
        (name.clone(), (!known).then_some(NewBase { name, build, run: target }))
    }

    /// Tells that the language comes in another version than before.
    fn other_version(&mut self, kind: &str, target: &ImageReference) {
        let version = |image: &ImageReference| {
            let base = self.around.catalogue.find(image)?;
            let found = base.interpreters.into_iter().find(|found| found.name == kind)?;
            let parts = if kind == "python" { 2 } else { 1 };
            Some(found.version?.split('.').take(parts).collect::<Vec<_>>().join("."))
        };
        let old = self.last.image.as_ref().and_then(version);
        let name = match kind {
            "python" => "Python",
            "java" => "Java",
            _ => "Node",
        };
        if let (Some(old), Some(new)) = (old, version(target))
            && old != new
        {
            let message =
                format!("{name} {old} becomes {name} {new}: check that the installed packages support it");
            self.note(self.from_line, message);
        }
    }

    fn suits(&self, run: &ImageReference, kind: &str) -> bool {
        let base = self.around.catalogue.find(run);
        let interpreter = base.and_then(|base| base.interpreters.into_iter().next());
        match kind {
            "bare" => interpreter.is_none(),
            kind => interpreter.is_some_and(|interpreter| interpreter.name == kind),
        }
    }

    fn native_base(&mut self, upstream: &ImageReference) -> (String, Option<NewBase>) {
        let same = |build: &ImageReference| build.name() == upstream.name();
        // Packages of Debian run on a base that brings no interpreter.
        let of_upstream = self.around.bases.iter().filter(|(_, build, _)| same(build));
        let suited =
            of_upstream.clone().find(|(_, _, run)| self.suits(run, "bare")).or(of_upstream.clone().next());
        if let Some((name, build, _)) = suited.cloned() {
            if build.without_digest() != *upstream {
                self.note(
                    self.from_line,
                    format!("its programs come from {upstream}: the base `{name}` ({build}) is used"),
                );
            }
            return (name, None);
        }
        let (base, debian, run) = recommended("bare");
        // Packages of a distribution are those of the release that they run on.
        if upstream.repository() == debian.repository() && !self.program_packages.is_empty() {
            self.note(
                self.from_line,
                format!(
                    "its packages come from {upstream}: the packages of {debian} are used, to run on {run}"
                ),
            );
            let taken = self.around.bases.iter().any(|(other, ..)| *other == base);
            let name = if taken { "debian".to_owned() } else { base };
            return (name.clone(), Some(NewBase { name, build: debian, run }));
        }
        let last = upstream.name().rsplit('/').next().unwrap_or_default();
        let name = sanitised(last).unwrap_or_else(|| "native".to_owned());
        let taken = self.around.bases.iter().any(|(other, _, _)| *other == name);
        let name = if taken { format!("{name}-programs") } else { name };
        self.note(
            self.from_line,
            format!("its programs come from {upstream}: the new base `{name}` runs them on {run}"),
        );
        (name.clone(), Some(NewBase { name, build: upstream.clone(), run }))
    }
}

/// Build image and run image that belong together, for a description that has no base of the kind.
fn recommended(kind: &str) -> (String, ImageReference, ImageReference) {
    let (name, build, run) = match kind {
        "python" => ("python", "debian:trixie-slim", "gcr.io/distroless/python3-debian13:nonroot"),
        "java" => ("java", "debian:trixie-slim", "gcr.io/distroless/java21-debian13:nonroot"),
        "node" => ("node", "node:24-trixie-slim", "gcr.io/distroless/nodejs24-debian13:nonroot"),
        _ => ("base", "debian:trixie-slim", "gcr.io/distroless/base-debian13:nonroot"),
    };
    let image = |text: &str| text.parse().expect("an image reference, written above");
    (name.to_owned(), image(build), image(run))
}
