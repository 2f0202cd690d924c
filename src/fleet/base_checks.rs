//! Whether what is built on one image of a base can run on the other.
//!
//! Only what the catalogue is sure of counts: an image that it does not know fits everything.

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
use super::bases::{Bases, Pair};
use super::model::{Base, Service};
use super::words::{DebianPackage, Name};
use crate::bases::{self, CLibrary, PackageManager, Release};
use crate::diagnostic::Diagnostic;
use crate::kinds::Takes;

/// The bases whose two images do not fit what their services are, and packages that are not to be had.
pub(super) fn clashes(bases: &Bases<'_>, services: &[Service]) -> Vec<Diagnostic> {
    let Bases { used: bases, pairs, .. } = bases;
    let used: BTreeSet<(&Name, Takes)> =
        services.iter().map(|service| (&service.base_name, service.kind.program().takes())).collect();
    let mut found: Vec<_> = services.iter().flat_map(|service| missing_packages(service, pairs)).collect();
    for (name, takes) in used {
        let (Some(base), Some(pair)) = (bases.get(name), pairs.get(name)) else { continue };
        found.extend(
            clash(name, &base.value, pair, takes)
                .map(|(message, hint)| Diagnostic::new(base.span.clone(), message).hint(hint)),
        );
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

/// What is wrong with one base, and what to do about it.
fn clash(name: &Name, base: &Base, pair: &Pair, takes: Takes) -> Option<(String, String)> {
    let built_on = &base.build;
    if built_on.name() == "scratch" {
        let hint = "name an image with a shell, such as debian:trixie-slim";
        return Some((
            format!("nothing can be built on `scratch`, the build image of `{name}`"),
            hint.to_owned(),
        ));
    }
    let (build, run) = (pair.build.as_ref()?, pair.run.as_ref()?);
    let release = run.release.as_ref().map_or("trixie", |release| release.name.as_str());
    let hint = format!("build on debian:{release}-slim, which has what the run image has");
    // The static probe of a native service is compiled there, and its programs come from there.
    let installs = !(takes == Takes::Little || takes.is_of_a_tool());
    if installs && build.package_manager.is_some_and(|manager| manager != PackageManager::Apt) {
        let message =
            format!("the build image {built_on} of `{name}` has no apt, which packages are installed with");
        return Some((message, hint));
    }
    if takes == Takes::ByteCode {
        return byte_code(name, base, build, run);
    }
    let message = match takes {
        Takes::Little | Takes::ByteCode => None,
        Takes::Portable => families(build, run),
        Takes::Programs => libraries(build, run),
        Takes::Java => releases(build, run),
        // Without an interpreter of its own, the run image takes over the build image's with its libraries.
        Takes::Python if run.interpreters.is_empty() => libraries(build, run),
        Takes::Python => {
            python(build, run).or_else(|| libraries(build, run)).or_else(|| releases(build, run))
        }
    }?;
    Some((format!("the images of `{name}` do not fit: {message}"), hint))
}

/// A build image without a JDK, or with one whose classes the run image's Java does not know.
fn byte_code(name: &Name, base: &Base, build: &bases::Base, run: &bases::Base) -> Option<(String, String)> {
    let version = |image: &bases::Base| image.interpreter("java")?.version.clone();
    let runs = version(run);
    let wanted = runs.as_deref().unwrap_or("21");
    let hint =
        format!("build on maven:3-eclipse-temurin-{wanted} or, with Gradle, on eclipse-temurin:{wanted}-jdk");
    let Some(jdk) = build.interpreter("java") else {
        let message =
            format!("the build image {} of `{name}` has no JDK, which byte code is built with", base.build);
        return Some((message, hint));
    };
    let (built, runs) = (jdk.version.as_deref()?, runs.as_deref()?);
    (numbers(built) > numbers(runs)).then(|| {
        let message = format!(
            "the images of `{name}` do not fit: classes that Java {built} compiles do not run with Java {runs}"
        );
        (message, hint)
    })
}

/// The interpreter of the build image, if it is not where that of the run image is.
fn python(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let (built, runs) = (build.interpreter("python")?, run.interpreter("python")?);
    (built.path != runs.path)
        .then(|| format!("an environment that is made with {} does not start with {}", built.path, runs.path))
}

/// C libraries of two families, of whatever versions.
fn families(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let is_musl = |image: &bases::Base| matches!(image.libc, Some(CLibrary::Musl(_)));
    let is_glibc = |image: &bases::Base| matches!(image.libc, Some(CLibrary::Glibc(_)));
    let differ = is_musl(build) && is_glibc(run) || is_glibc(build) && is_musl(run);
    differ.then(|| libraries(build, run)).flatten()
}

fn libraries(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let (built, runs) = (build.libc.as_ref()?, run.libc.as_ref()?);
    let newer = match (built, runs) {
        (CLibrary::Glibc(built), CLibrary::Glibc(runs)) => numbers(built) > numbers(runs),
        (CLibrary::Musl(_), CLibrary::Glibc(_)) | (CLibrary::Glibc(_), CLibrary::Musl(_)) => true,
        _ => false,
    };
    newer.then(|| format!("what is built with {built} does not run with {runs}"))
}

fn releases(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let (built, runs) = (build.release.as_ref()?, run.release.as_ref()?);
    let differ = built.distribution == runs.distribution && built.version != runs.version;
    differ.then(|| {
        format!(
            "the packages are those of {} {}, and the run image is of {} {}",
            built.distribution, built.version, runs.distribution, runs.version
        )
    })
}

/// The numbers of a version, for comparing: 2.41 is more than 2.9.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}
