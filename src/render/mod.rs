//! From a fleet to the files that should be there: one typed template a kind of service.
//!
//! Rendering is pure. The texts come without the header that marks a file as generated; `sync` puts
//! it on when it compares and writes.

mod bake;
mod compose;
pub mod escape;
pub(crate) mod page;
mod yaml;

use askama::Template;
use memchr::memmem::Finder;

use crate::excluded::{EXCLUDED, GENERATED, SECRET, is_excluded, is_generated};
use crate::fleet::{Fleet, Service};
use crate::lock::Lock;
use crate::outputs;
use crate::parallel;
use crate::sync::{CommentStyle, WantedFile};
use bake::BakeFile;
use compose::ComposeFile;
use page::Page;

pub use crate::kinds::health_command;
pub use crate::outputs::{BAKE, COMPOSE};
pub use page::{entrypoint, sources};

/// The allow-list beside a Dockerfile.
#[derive(Template)]
#[template(path = "ignore.dockerignore")]
struct Dockerignore<'a> {
    paths: Vec<String>,
    /// Whether one of them is the root.
    takes_all: bool,
    refused: Vec<&'a str>,
    /// Those of the paths that the patterns above would keep out.
    named: Vec<String>,
    secret: &'a [&'a str],
}

/// The longest line that BuildKit reads (`bufio.MaxScanTokenSize`).
const LONGEST_LINE: usize = 65_535;

/// The Dockerfile of a service, its images with the digests of `pins`.
///
/// # Errors
/// If a value holds a line break, which the words of the fleet do not, or if a line is too long for BuildKit.
pub fn dockerfile(fleet: &Fleet, service: &Service, pins: Option<&Lock>) -> Result<String, askama::Error> {
    let page = &Page { fleet, service, pins };
    let text = service.kind.program().dockerfile(page)?;
    // The words of the fleet are short enough; a list of very many of them on one line is not.
    if let Some(line) = text.lines().find(|line| line.len() > LONGEST_LINE) {
        let message = format!("{} bytes in a line of {}", line.len(), service.dockerfile.value);
        return Err(askama::Error::custom(format!("{message}: BuildKit reads {LONGEST_LINE} at most")));
    }
    Ok(framed(&text))
}

/// A blank line sets the text off from the header, and Askama drops the last line break of a template.
fn framed(text: &str) -> String {
    format!("\n{}\n", text.trim_end_matches('\n'))
}

/// The ignore file of a service's Dockerfile.
///
/// # Errors
/// As for [`dockerfile`].
pub fn dockerignore(fleet: &Fleet, service: &Service) -> Result<String, askama::Error> {
    let page = Page { fleet, service, pins: None };
    let paths = page.context_paths();
    let in_place = fleet.output.as_str() == ".";
    let is_kept_out = |part: &str| is_excluded(part) || in_place && is_generated(part);
    let named = paths.iter().filter(|path| path.split('/').any(is_kept_out)).cloned().collect();
    let mut refused = EXCLUDED.to_vec();
    if in_place {
        refused.extend(GENERATED);
    }
    let takes_all = paths.iter().any(|path| path == ".");
    if takes_all && !in_place {
        refused.push(fleet.output.as_str());
    }
    let output = build_output(service);
    refused.extend(output.iter().map(String::as_str));
    let ignore = Dockerignore { paths, takes_all, refused, named, secret: &SECRET };
    Ok(framed(&ignore.render()?))
}

/// What builds outside an image left in the first levels of the service's directory: a module may have a package of
/// the same name further down.
fn build_output(service: &Service) -> Vec<String> {
    let names = service.kind.program().build_output().iter();
    let levels = |name: &&str| ["", "*/", "*/*/"].map(|above| format!("{above}{name}"));
    let below = |path: String| {
        if service.directory.is_root() { path } else { format!("{}/{path}", service.directory) }
    };
    names.flat_map(levels).map(below).collect()
}

/// A file that several Dockerfiles use.
struct Shared {
    path: &'static str,
    body: &'static str,
    comment: CommentStyle,
}

const SHARED: [Shared; 10] = [
    Shared {
        path: "dockwright/closure.pl",
        body: include_str!("../../templates/support/closure.pl"),
        comment: CommentStyle::Hash,
    },
    Shared {
        path: "dockwright/packages.sh",
        body: include_str!("../../templates/support/packages.sh"),
        comment: CommentStyle::Hash,
    },
    Shared {
        path: "dockwright/manifests.pl",
        body: include_str!("../../templates/support/manifests.pl"),
        comment: CommentStyle::Hash,
    },
    in_c("dockwright/probe/main.c", include_str!("../../templates/support/probe/main.c")),
    in_c("dockwright/probe/checks.c", include_str!("../../templates/support/probe/checks.c")),
    in_c("dockwright/probe/grpc.c", include_str!("../../templates/support/probe/grpc.c")),
    in_c("dockwright/probe/wire.c", include_str!("../../templates/support/probe/wire.c")),
    in_c("dockwright/probe/system.c", include_str!("../../templates/support/probe/system.c")),
    in_c("dockwright/probe/probe.h", include_str!("../../templates/support/probe/probe.h")),
    in_c("dockwright/start/start.c", include_str!("../../templates/support/start/start.c")),
];

const fn in_c(path: &'static str, body: &'static str) -> Shared {
    Shared { path, body, comment: CommentStyle::Slashes }
}

/// The shared files that a step of some Dockerfile mounts, by themselves or with their directory.
fn mounted(dockerfiles: &[WantedFile]) -> Vec<&'static Shared> {
    let is_mounted = |file: &&Shared| {
        let name = file.path.split('/').nth(1).unwrap_or(file.path);
        let mount = format!("from={},source={name},", outputs::SHARED);
        let mount = Finder::new(&mount);
        dockerfiles.iter().any(|dockerfile| mount.find(dockerfile.body.as_bytes()).is_some())
    };
    SHARED.iter().filter(is_mounted).collect()
}

/// The Dockerfile of a service and its ignore file.
fn of_service(
    fleet: &Fleet,
    service: &Service,
    pins: Option<&Lock>,
    description: &str,
) -> Result<[WantedFile; 2], askama::Error> {
    let entry = format!("{description} [services.{}]", service.name.value);
    let file = |path: &str, body: String| {
        let file = whole(path, body, CommentStyle::Hash, &entry)?;
        Ok::<_, askama::Error>(WantedFile { unit: Some(service.name.to_string()), ..file })
    };
    let path = &service.dockerfile.value;
    Ok([
        file(path.as_str(), dockerfile(fleet, service, pins)?)?,
        file(&format!("{path}.dockerignore"), dockerignore(fleet, service)?)?,
    ])
}

/// The files of the whole fleet, each with its name.
fn of_fleet(fleet: &Fleet) -> Vec<(&'static str, Result<String, askama::Error>)> {
    let mut files = vec![(BAKE, BakeFile::new(fleet).render())];
    if fleet.compose {
        files.push((COMPOSE, ComposeFile::new(fleet).render()));
    }
    files
}

/// A file that is not of one service alone.
fn whole(path: &str, body: String, comment: CommentStyle, entry: &str) -> Result<WantedFile, askama::Error> {
    let path = path.parse().map_err(|error: crate::path::PathError| askama::Error::custom(error))?;
    Ok(WantedFile { path, body, comment, entry: entry.to_owned(), unit: None })
}

/// Every file that the services ask for: the Dockerfile of each and its ignore file, and what they
/// share. FROM lines name the digests of `pins`. `fleet_wide` adds the files of the whole fleet.
/// `description` is the name of the file that headers point to.
///
/// # Errors
/// As for [`dockerfile`].
pub fn files(
    fleet: &Fleet,
    services: &[&Service],
    pins: Option<&Lock>,
    fleet_wide: bool,
    description: &str,
) -> Result<Vec<WantedFile>, askama::Error> {
    let (of_services, of_fleet) = parallel::both(
        || parallel::map(services.to_vec(), |service| of_service(fleet, service, pins, description)),
        || fleet_wide.then(|| of_fleet(fleet)),
    );
    let mut files = Vec::with_capacity(services.len() * 2 + SHARED.len() + 2);
    for pair in of_services {
        files.extend(pair?);
    }
    for file in mounted(&files) {
        files.push(whole(file.path, file.body.to_owned(), file.comment, description)?);
    }
    for (path, body) in of_fleet.into_iter().flatten() {
        files.push(whole(path, framed(&body?), CommentStyle::Hash, description)?);
    }
    Ok(files)
}
