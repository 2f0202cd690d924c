//! The build context: what services take from it, and whether it is there.
//!
//! `BuildKit` names one missing file a build, after it has built everything before it. What a description names can be
//! looked for at once, and so can the entry points: from the sources follows which file of the tree a program of the
//! image is. Nothing here reads a directory; whoever calls gives a [`Tree`].

mod image;

use std::collections::{BTreeMap, HashMap};

pub use image::Image;

use crate::diagnostic::{Diagnostic, Span, few, nearest};
use crate::fleet::words::Name;
use crate::fleet::{At, Fleet, Service};

/// What lies at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// What nobody can say: a source that would bring it is not in the tree.
    Unknown,
}

/// A tree of files, as far as it is asked about. Paths start at its root, which is `.` itself.
pub trait Tree {
    /// What lies at a path, behind any links.
    fn find(&self, path: &str) -> Option<Lies>;

    /// Whether this program may not look at a path, so that nothing can be said about it.
    fn is_closed(&self, path: &str) -> bool;

    /// The names in a directory; none if there is no such directory.
    fn names(&self, directory: &str) -> Vec<String>;

    /// The text of a file; none if there is no such file, or no text in it.
    fn text(&self, path: &str) -> Option<String>;
}

/// Something that a service needs and that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The bytes of the description that name it.
    pub span: Span,
    /// What it is. The names of the services follow: "there is no `auth` in the build context: a source of".
    pub what: String,
    /// What to do about it.
    pub hint: String,
    /// Whether it is certain. What a step of the build may bring, or an installed distribution, is not.
    pub is_certain: bool,
}

/// What services lack, as it is said to people.
#[derive(Debug)]
pub struct Finding {
    /// What it is, and where the description names it.
    pub diagnostic: Diagnostic,
    /// The services.
    pub services: Vec<String>,
    /// Whether it fails the build, or the program as soon as it starts; otherwise it may.
    pub is_certain: bool,
}

/// What services lack in a tree that need not be whole: services.toml may lie in a repository of its own, and a person
/// may have checked out two directories of many.
#[derive(Debug, Default)]
pub struct Survey {
    /// What the services lack whose sources are here. One finding stands for a service whose sources are not, if
    /// those of most are.
    pub findings: Vec<Finding>,
    /// The services whose sources are not here, and neither are those of most others.
    pub elsewhere: usize,
}

/// What the services lack. The sources of a service are here if at least half of the paths that it names are; if those
/// of no service are, nothing is looked for.
pub fn survey(fleet: &Fleet, services: &[&Service], tree: &dyn Tree) -> Survey {
    let named = fleet.services.iter().map(|service| (service.name.as_str(), at_hand(service, tree)));
    let named: HashMap<_, _> = named.collect();
    let is_here = |(there, named): (usize, usize)| there * 2 >= named;
    let naming = named.values().filter(|(_, named)| *named > 0);
    let here = naming.clone().filter(|counts| is_here(**counts)).count();
    if here == 0 {
        return Survey::default();
    }
    let counts = |service: &Service| named.get(service.name.as_str()).copied().unwrap_or_default();
    let (whole, absent): (Vec<&Service>, Vec<_>) =
        services.iter().copied().partition(|service| is_here(counts(service)));
    let mut findings = missing(fleet, &whole, tree);
    if here * 2 < naming.count() {
        return Survey { findings, elsewhere: absent.len() };
    }
    findings.extend(absent.into_iter().map(|service| {
        let ((there, named), name) = (counts(service), &service.name);
        let message = format!("the sources of `{name}` are not here: {there} of {named} paths exist");
        let directory = Some(service.directory.as_str()).filter(|_| !service.directory.is_root());
        let hint = match directory.and_then(|directory| meant(directory, tree)) {
            Some(meant) => format!("did you mean `directory = \"{meant}\"`?"),
            None => "correct the paths in services.toml, or add the sources".to_owned(),
        };
        Finding {
            diagnostic: Diagnostic::new(name.span.clone(), message).hint(hint),
            services: vec![name.to_string()],
            is_certain: false,
        }
    }));
    findings.sort_by_key(|finding| finding.diagnostic.span.start);
    Survey { findings, elsewhere: 0 }
}

/// How many of the paths that a service names are in a tree, and how many it names. The root is everywhere.
fn at_hand(service: &Service, tree: &dyn Tree) -> (usize, usize) {
    let sources = service.sources.iter().filter(|source| !source.from.is_root());
    let mut paths: Vec<_> = sources.map(|source| source.from.to_string()).collect();
    let of_kind = service.kind.program().context(service);
    paths.extend(of_kind.iter().map(|path| service.directory.join(&path.value).to_string()));
    let there = paths.iter().filter(|path| tree.find(path).is_some()).count();
    (there, paths.len())
}

/// What the services need and will not find in the tree, in the order of the description. Services of a group that
/// lack the same are named together.
pub fn missing(fleet: &Fleet, services: &[&Service], tree: &dyn Tree) -> Vec<Finding> {
    let mut found: BTreeMap<(usize, String), (Missing, Vec<&Name>)> = BTreeMap::new();
    for service in services {
        let mut all = of_context(service, tree);
        all.extend(service.kind.program().missing(service, &Image::of(fleet, service, tree)));
        for missing in all {
            let key = (missing.span.start, missing.what.clone());
            let (_, names) = found.entry(key).or_insert_with(|| (missing, Vec::new()));
            // The context of a service, and its kind, may lack the same file.
            if !names.contains(&&service.name.value) {
                names.push(&service.name.value);
            }
        }
    }
    let finding = |(missing, names): (Missing, Vec<&Name>)| Finding {
        diagnostic: Diagnostic::new(missing.span, format!("{} {}", missing.what, listed(&names)))
            .hint(missing.hint),
        services: names.iter().map(ToString::to_string).collect(),
        is_certain: missing.is_certain,
    };
    found.into_values().map(finding).collect()
}

/// What the Dockerfile takes from the build context.
fn of_context(service: &Service, tree: &dyn Tree) -> Vec<Missing> {
    let sources = service.sources.iter().map(|source| (source.from.to_string(), &source.span, "a source of"));
    let of_kind = service.kind.program().context(service);
    let of_kind = of_kind.iter().map(|path: &At<_>| {
        let what = "a file of";
        (service.directory.join(&path.value).to_string(), &path.span, what)
    });
    let extra = service.extra.paths();
    let extra = extra.iter().map(|path| (path.to_string(), &path.span, "an instruction of"));
    let all = sources.chain(of_kind).chain(extra).filter(|(path, ..)| tree.find(path).is_none());
    all.map(|(path, span, role)| absent(&path, span.clone(), role, tree)).collect()
}

/// Something that is not in the build context.
pub(crate) fn absent(path: &str, span: Span, role: &str, tree: &dyn Tree) -> Missing {
    if tree.is_closed(path) {
        let what = format!("cannot read `{path}` in the build context: permission denied: {role}");
        return Missing { span, what, hint: "change its owner or its mode".to_owned(), is_certain: true };
    }
    let hint = meant(path, tree).map_or_else(
        || "add it, or remove it from services.toml; `build --tree` selects another build context".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    );
    let what = format!("there is no `{path}` in the build context: {role}");
    Missing { span, what, hint, is_certain: true }
}

/// The path that is meant by one that is not there: with another spelling of the first part that is missing.
fn meant(path: &str, tree: &dyn Tree) -> Option<String> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let end = ends.into_iter().find(|end| tree.find(&path[..*end]).is_none())?;
    let (directory, name) = path[..end].rsplit_once('/').unwrap_or((".", &path[..end]));
    let names = tree.names(directory);
    let near = nearest(name, names.iter().map(String::as_str))?;
    let start = if directory == "." { String::new() } else { format!("{directory}/") };
    Some(format!("{start}{near}{}", &path[end..]))
}

/// The names of services, the first few of them.
fn listed(names: &[&Name]) -> String {
    const MOST: usize = 3;
    few(names.iter().map(|name| format!("`{name}`")), MOST)
}

#[cfg(test)]
mod tests;
