//! Images to take instead of those of a base that does not do. Every hint is a base that passes the checks.

use super::{Used, fits};
use crate::bases::{Catalogue, PackageManager, TagState};
use crate::fleet::bases::Pair;
use crate::fleet::model::Base;
use crate::image::ImageReference;

/// What programs run on that bring their interpreter.
const WITH_C_LIBRARY: &str = "gcr.io/distroless/cc-debian13:nonroot";

/// What to do about a base whose images do not fit each other or their services.
pub(super) fn fitting(used: &Used<'_>, catalogue: &Catalogue) -> String {
    let (build, run) = (&used.base.build, &used.base.run);
    let release = |image: &ImageReference| Some(catalogue.find(image)?.release?.name);
    let runs_on = release(run).unwrap_or_else(|| "trixie".to_owned());
    let builders = [catalogue.on_debian(build, &runs_on), plain_builder(used, &runs_on)];
    let runners = [
        release(build).and_then(|release| catalogue.on_release(run, &release)),
        catalogue.on_release(run, "trixie"),
        built_in(used, catalogue).map(|pair| pair.1),
        WITH_C_LIBRARY.parse().ok(),
    ];
    for other in builders.into_iter().flatten() {
        if does(used, catalogue, &other, run) {
            return format!("build on {other}, which fits the run image");
        }
    }
    for other in runners.into_iter().flatten() {
        if does(used, catalogue, build, &other) {
            return format!("run on {other}, which fits the build image");
        }
    }
    both(used, catalogue)
}

/// What to run on instead of an image with a shell.
pub(super) fn without_shell(used: &Used<'_>, catalogue: &Catalogue) -> String {
    let (build, run) = (&used.base.build, &used.base.run);
    let plain = run.tag().filter(|tag| tag.contains("debug")).and_then(|tag| {
        run.with_tag(&tag.replace("debug-nonroot", "nonroot").replace("debug", "nonroot")).ok()
    });
    let runners = [plain, built_in(used, catalogue).map(|pair| pair.1), WITH_C_LIBRARY.parse().ok()];
    for other in runners.into_iter().flatten() {
        if does(used, catalogue, build, &other) {
            return format!("run on {other}");
        }
    }
    both(used, catalogue)
}

/// Both images, of the built-in base of the services' kind.
fn both(used: &Used<'_>, catalogue: &Catalogue) -> String {
    match built_in(used, catalogue) {
        Some((build, run)) if !used.takes_programs() && does(used, catalogue, &build, &run) => {
            format!("build on {build} and run on {run}")
        }
        _ => "name two images of one release of Debian".to_owned(),
    }
}

/// The images of the built-in base of the services' kind.
fn built_in(used: &Used<'_>, catalogue: &Catalogue) -> Option<(ImageReference, ImageReference)> {
    let kind = used.services.first()?.kind.program().base();
    let images = catalogue.pairs().get(kind)?;
    Some((images.build.clone(), images.run.clone()))
}

/// Debian itself, unless the services take programs of the build image.
fn plain_builder(used: &Used<'_>, release: &str) -> Option<ImageReference> {
    let image = if used.takes_programs() { None } else { Some(format!("debian:{release}-slim")) };
    image?.parse().ok()
}

/// Whether two images would be right for the services of a base.
fn does(used: &Used<'_>, catalogue: &Catalogue, build: &ImageReference, run: &ImageReference) -> bool {
    let pair = Pair::of(catalogue, build, run, None);
    let base: Base = pair.base(build, run, None);
    let is_there =
        |image: &Option<crate::bases::Base>| image.as_ref().is_none_or(|base| base.tag != TagState::Unknown);
    is_there(&pair.build)
        && is_there(&pair.run)
        && pair.run.as_ref().is_none_or(|run| run.tools().is_none())
        && used.services.iter().all(|service| {
            let program = service.kind.program();
            program.lacks(&base).is_none() && fits::clash(used.name, &base, &pair, program.takes()).is_none()
        })
}

impl Used<'_> {
    /// Whether the build image is there for what it holds, so that no other one does.
    fn takes_programs(&self) -> bool {
        let is_distribution = self.pair.build.as_ref().is_some_and(|build| {
            build.package_manager == Some(PackageManager::Apt)
                && build.release.as_ref().is_some_and(|release| release.distribution == build.entry)
        });
        let native = |takes| takes == crate::kinds::Takes::Programs || takes == crate::kinds::Takes::Portable;
        !is_distribution && self.services.iter().any(|service| native(service.kind.program().takes()))
    }
}
