//! A server with packages of its own, or Next.js: what installs the packages, and the files that this needs.

use super::Node;
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::model::Service;
use crate::fleet::words::Script;
use crate::kinds::javascript::{Layout, Manager, Packages, Project};
use crate::path::RelativePath;
use crate::render::page::Page;

/// Keys that only one of the forms has, or that need another.
pub(super) fn check(node: &Node, service: &Service) -> Option<Diagnostic> {
    let is_front_end = node.directory.is_some();
    let is_of_servers =
        node.manager != Manager::Npm || !node.arguments.is_empty() || node.workspace.is_some() || node.next;
    let cases = [
        (
            node.next && node.server.is_some(),
            "`next` starts the server that Next.js creates, but `server` names another",
            "remove one of them",
        ),
        (
            node.next && node.output.is_some(),
            "with `next`, the output is where Next.js puts it",
            "remove `output`",
        ),
        (
            !node.next && node.server.is_none(),
            "there is no program to start",
            "set `server` of node to the file that Node runs, or `next = true`",
        ),
        (
            !is_front_end && node.script.is_some() && node.output.is_none() && !node.next,
            "`script` builds something, but `output` is missing",
            "set `output` of node",
        ),
        (
            is_front_end && node.output.is_none(),
            "`directory` of node names a front end, but `output` is missing",
            "set `output` of node; for a server with packages of its own, set `directory` of the service instead",
        ),
        (
            is_front_end && is_of_servers,
            "`arguments`, `manager`, `next` and `workspace` have no effect on a front end (`directory` of node)",
            "set `directory` of the service instead of that of node",
        ),
    ];
    let found = cases.into_iter().find(|(applies, ..)| *applies);
    found.map(|(_, message, hint)| Diagnostic::new(node.span(service), message).hint(hint))
}

/// The manifests, and the server among what is copied or built.
pub(super) fn absent_files(node: &Node, service: &Service, image: &Image<'_>) -> Vec<Missing> {
    let packages = node.packages(service);
    let script = (node.output.is_some() || node.next).then(|| node.script());
    let mut found = packages.missing(service, image, script.as_ref());
    if let Some(server) = &node.server {
        let is_within = |path: &RelativePath| server.is_within(path);
        let is_made = node.output.as_ref().is_some_and(is_within)
            || is_within(&"node_modules".parse().expect("a path"));
        let path = packages.below(server);
        if !is_made && image.find(&format!("/app/{path}")).is_none() {
            found.push(Missing {
                span: server.span.clone(),
                what: format!(
                    "there is no `{}` in the build context, the server of",
                    service.directory.join(&path)
                ),
                hint:
                    "check `directory`, `sources` and `server`; files that a script creates are in `output`"
                        .to_owned(),
                is_certain: true,
            });
        }
    }
    if node.next {
        found.extend(not_standalone(&packages, service, image));
    }
    found
}

/// A configuration of Next.js that does not make a server of its own.
fn not_standalone(packages: &Packages<'_>, service: &Service, image: &Image<'_>) -> Option<Missing> {
    let names = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"];
    let path = |name: &str| service.directory.join(&packages.below(&name.parse().expect("a path")));
    let text = names.iter().find_map(|name| image.tree.text(path(name).as_str()));
    let is_standalone = text.is_some_and(|text| text.contains("standalone"));
    (!is_standalone).then(|| Missing {
        span: packages.span.clone(),
        what: format!("`{}` has no `output: \"standalone\"`: the configuration of", path("next.config.js")),
        hint: "set it, so that Next.js creates a server with the packages it needs".to_owned(),
        is_certain: true,
    })
}

/// A server as the template sees it.
pub(super) struct Server<'a> {
    pub(super) js: Project<'a>,
    pub(super) node: &'a Node,
}

impl<'a> Server<'a> {
    pub(super) fn new(page: &'a Page<'a>, node: &'a Node) -> Self {
        let packages = node.packages(page.service);
        let layout = match (node.next, packages.workspace) {
            (true, _) => Layout::Flat,
            (false, Some(_)) => Layout::Pruned,
            (false, None) => Layout::Own,
        };
        Self { js: Project { page, packages, layout }, node }
    }

    /// The script that builds, if there is something to build.
    pub(super) fn script(&self) -> Option<Script> {
        (self.node.output.is_some() || self.node.next).then(|| self.node.script())
    }

    /// Whether a member of a workspace is built, and all of it comes from there.
    pub(super) fn is_built_member(&self) -> bool {
        self.js.is_member() && self.node.output.is_some()
    }
}
