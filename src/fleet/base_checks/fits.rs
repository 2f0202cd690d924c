//! Whether what is built on one image of a base can run on the other.

use crate::bases::{self, CLibrary, PackageManager, Shell};
use crate::fleet::bases::Pair;
use crate::fleet::model::Base;
use crate::fleet::words::Name;
use crate::kinds::Takes;

/// What is wrong with one base, and what to do about it where that does not depend on what there is instead.
pub(super) fn clash(name: &Name, base: &Base, pair: &Pair, takes: Takes) -> Option<(String, Option<String>)> {
    let built_on = &base.build;
    if built_on.name() == "scratch" {
        let hint = "name an image with a shell, such as debian:trixie-slim";
        return Some((
            format!("nothing can be built on `scratch`, the build image of `{name}`"),
            Some(hint.to_owned()),
        ));
    }
    let build = pair.build.as_ref()?;
    // The programs of an image are read, and nothing of it runs.
    if build.shell == Some(Shell::None) && takes != Takes::Programs {
        return Some((format!("the build image {built_on} of `{name}` has no shell to build with"), None));
    }
    let run = pair.run.as_ref()?;
    // The static probe of a native service is compiled there, and its programs come from there.
    let installs = !(takes == Takes::Little || takes.is_of_a_tool());
    if installs && build.package_manager.is_some_and(|manager| manager != PackageManager::Apt) {
        let message = format!("the build image {built_on} of `{name}` has no apt to install packages with");
        return Some((message, None));
    }
    if takes == Takes::ByteCode {
        return byte_code(name, base, build, run).map(|(message, hint)| (message, Some(hint)));
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
    Some((format!("the images of `{name}` do not match: {message}"), None))
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
            format!("the build image {} of `{name}` has no JDK to build byte code with", base.build);
        return Some((message, hint));
    };
    let (built, runs) = (jdk.version.as_deref()?, runs.as_deref()?);
    (numbers(built) > numbers(runs)).then(|| {
        let message = format!(
            "the images of `{name}` do not match: classes compiled by Java {built} do not run on Java {runs}"
        );
        (message, hint)
    })
}

/// The interpreter of the build image, if it is not where that of the run image is.
fn python(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let (built, runs) = (build.interpreter("python")?, run.interpreter("python")?);
    (built.path != runs.path).then(|| {
        format!("a virtual environment created with {} does not start with {}", built.path, runs.path)
    })
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
    newer.then(|| format!("programs built with {built} do not run with {runs}"))
}

fn releases(build: &bases::Base, run: &bases::Base) -> Option<String> {
    let (built, runs) = (build.release.as_ref()?, run.release.as_ref()?);
    let differ = built.distribution == runs.distribution && built.version != runs.version;
    differ.then(|| {
        format!(
            "the packages are those of {} {}, but the run image is {} {}",
            built.distribution, built.version, runs.distribution, runs.version
        )
    })
}

/// The numbers of a version, for comparing: 2.41 is more than 2.9.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}
