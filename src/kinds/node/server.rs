//! A server with packages of its own: what installs them, and the files that this needs.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Node;
use crate::context::{Image, Missing};
use crate::diagnostic::Diagnostic;
use crate::fleet::At;
use crate::fleet::model::{CopiedSource, Service};
use crate::path::RelativePath;
use crate::render::page::Page;

/// What installs the packages of a Node program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Manager {
    /// npm, with package-lock.json.
    #[default]
    Npm,
    /// pnpm 10.14 or newer, with pnpm-lock.yaml; `packageManager` of package.json says which.
    Pnpm,
}

impl Manager {
    /// Its name, which begins the ids of its caches.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
        }
    }

    fn lock(self) -> &'static str {
        match self {
            Self::Npm => "package-lock.json",
            Self::Pnpm => "pnpm-lock.yaml",
        }
    }

    /// How somebody makes the lock file.
    fn makes_lock(self) -> &'static str {
        match self {
            Self::Npm => "`npm install --package-lock-only` writes it",
            Self::Pnpm => "`pnpm install --lockfile-only` writes it",
        }
    }
}

/// The files that say which packages are needed, below the service's directory.
pub(super) fn manifests(manager: Manager) -> [RelativePath; 2] {
    ["package.json", manager.lock()].map(|name| name.parse().expect("a path"))
}

/// Keys that only one of the two forms has, or that need another.
pub(super) fn check(node: &Node) -> Option<Diagnostic> {
    let is_front_end = node.directory.is_some();
    let is_of_servers = node.manager != Manager::Npm || !node.arguments.is_empty();
    let cases = [
        (
            !is_front_end && node.script.is_some() && node.output.is_none(),
            "`script` builds something, and nothing says where it lies",
            "set `output` of node",
        ),
        (
            is_front_end && node.output.is_none(),
            "`directory` of node is that of a front end, and nothing says what is built of it",
            "set `output` of node; for a server with packages of its own, set `directory` of the service instead",
        ),
        (
            is_front_end && is_of_servers,
            "a front end with `directory` of node has no use for `manager` and `arguments`",
            "set `directory` of the service instead of that of node",
        ),
    ];
    let found = cases.into_iter().find(|(applies, ..)| *applies);
    found.map(|(_, message, hint)| Diagnostic::new(node.server.span.clone(), message).hint(hint))
}

/// The manifests, and the server among what is copied or built.
pub(super) fn absent_files(node: &Node, service: &Service, image: &Image<'_>) -> Vec<Missing> {
    let span = || node.server.span.clone();
    let mut found = Vec::new();
    for (path, hint) in manifests(node.manager).iter().zip([
        "`directory` of the service is the directory of package.json; it is called as the service is unless said",
        node.manager.makes_lock(),
    ]) {
        let path = service.directory.join(path);
        if image.tree.find(path.as_str()).is_none() {
            let what = format!("there is no `{path}` in the build context: a file of");
            found.push(Missing { span: span(), what, hint: hint.to_owned(), is_certain: true });
        }
    }
    let is_built = node.output.as_ref().is_some_and(|output| node.server.is_within(output));
    if !is_built && image.find(&format!("/app/{}", node.server.value)).is_none() {
        found.push(Missing {
            span: span(),
            what: format!(
                "there is no `{}` in the build context, the server of",
                service.directory.join(&node.server.value)
            ),
            hint: "`directory`, `sources` and `server` say where it is; what a script makes lies in `output`"
                .to_owned(),
            is_certain: true,
        });
    }
    found
}

/// A server as the template sees it.
pub(super) struct Server<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) node: &'a Node,
}

impl Server<'_> {
    pub(super) fn is_pnpm(&self) -> bool {
        self.node.manager == Manager::Pnpm
    }

    /// The id of the service's cache.
    pub(super) fn cache(&self) -> String {
        format!("{}-{}", self.node.manager.word(), self.page.service.name.value)
    }

    /// Where the manifests are in the build context, and what they are called.
    pub(super) fn manifests(&self) -> [(RelativePath, RelativePath); 2] {
        manifests(self.node.manager).map(|name| (self.page.path(&name), name))
    }

    /// package.json, which says what kind of modules the program's are, if no source brings it.
    pub(super) fn manifest(&self) -> Option<RelativePath> {
        let manifest = self.page.path(&"package.json".parse().expect("a path"));
        let brings = |source: &&CopiedSource| {
            source.from == self.page.service.directory || source.to.as_str() == "/app/package.json"
        };
        let is_there = self.page.code().iter().any(brings);
        (!is_there).then_some(manifest)
    }

    /// The script that builds, if there is something to build.
    pub(super) fn script(&self) -> Option<String> {
        self.node.output.as_ref().map(|_| self.node.script().to_string())
    }
}

/// Where the manifests are, each with the place that is told about them.
pub(super) fn context(node: &Node) -> Vec<At<RelativePath>> {
    manifests(node.manager).map(|path| At::new(path, node.server.span.clone())).to_vec()
}
