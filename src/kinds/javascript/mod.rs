//! JavaScript packages, for the kinds that build or run with them: what installs those of a lock file.
//!
//! Packages with a native part publish one package a platform. npm, pnpm and Yarn install those of the target that the
//! options name (docs.npmjs.com/cli/commands/npm-ci, pnpm.io/cli/install, yarnpkg.com/configuration/yarnrc): no platform
//! is emulated. Yarn 1 has no such option and goes by `process.arch`. npm installs pnpm and Yarn in the version that
//! `packageManager` of package.json names (nodejs.org/api/packages.html#packagemanager), as Node's images leave Corepack
//! and Yarn out from Node 25 on. What a workspace's members need is installed from their manifests alone, so that a
//! change of code installs nothing.

mod manager;

pub(super) use manager::Manager;

use crate::context::{Image, Missing};
use crate::diagnostic::Span;
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::fleet::words::Script;
use crate::path::RelativePath;
use crate::render::page::Page;

/// Settings of npm, pnpm and Yarn that name the platform, or leave packages out.
pub(super) const TARGET_VARIABLES: &[&str] = &[
    "npm_config_arch",
    "npm_config_cpu",
    "npm_config_include",
    "npm_config_libc",
    "npm_config_omit",
    "npm_config_os",
    "npm_config_platform",
    "npm_config_target_arch",
    "npm_config_target_platform",
    "yarn_supported_architectures",
];

/// What a kind says of the packages of a service.
pub(super) struct Packages<'k> {
    pub(super) manager: Manager,
    pub(super) workspace: Option<&'k RelativePath>,
    /// What is told about them.
    pub(super) span: Span,
}

impl Packages<'_> {
    /// A path of the program's, seen from the service's directory.
    pub(super) fn below(&self, path: &RelativePath) -> RelativePath {
        self.workspace.map_or_else(|| path.clone(), |workspace| workspace.join(path))
    }

    /// The files that say which packages there are, below the service's directory: package.json, the lock file, and
    /// that of the member.
    fn manifests(&self) -> Vec<RelativePath> {
        let package: RelativePath = "package.json".parse().expect("a path");
        let member = self.workspace.map(|workspace| workspace.join(&package));
        let lock = self.manager.lock().parse().expect("a path");
        [package, lock].into_iter().chain(member).collect()
    }

    /// The manifests, each with the place that is told about them.
    pub(super) fn context(&self) -> Vec<At<RelativePath>> {
        self.manifests().into_iter().map(|path| At::new(path, self.span.clone())).collect()
    }

    /// Files and directories that the manager reads if they are there.
    pub(super) fn optional(&self) -> Vec<RelativePath> {
        let names = self.manager.files().iter().chain(self.manager.directories());
        names.map(|name| name.parse().expect("a path")).collect()
    }

    /// Manifests that are not there, a lock file of another manager, and a script that package.json does not have.
    pub(super) fn missing(
        &self,
        service: &Service,
        image: &Image<'_>,
        script: Option<&Script>,
    ) -> Vec<Missing> {
        let missing = |what: String, hint: &str| Missing {
            span: self.span.clone(),
            what,
            hint: hint.to_owned(),
            is_certain: true,
        };
        let mut found = Vec::new();
        for (path, hint) in self.manifests().iter().zip([
            "`directory` of the service is the directory of package.json; by default, the name of the service",
            self.manager.makes_lock(),
            "`workspace` is the directory of a member, relative to that of the lock file",
        ]) {
            let path = service.directory.join(path);
            if image.tree.find(path.as_str()).is_none() {
                found.push(missing(format!("there is no `{path}` in the build context: a file of"), hint));
            }
        }
        let lock = service.directory.join(&self.manager.lock().parse().expect("a path"));
        let other = image.tree.text(lock.as_str()).and_then(|text| self.manager.is_other(&text));
        if let Some((whose, hint)) = other {
            found.push(missing(format!("`{lock}` is a lock file of {whose}: that of"), hint));
        }
        let package = |path: &RelativePath| -> Option<serde_json::Value> {
            serde_json::from_str(&image.tree.text(path.as_str())?).ok()
        };
        let name: RelativePath = "package.json".parse().expect("a path");
        let (root, path) = (service.directory.join(&name), service.directory.join(&self.below(&name)));
        if let (Some(package), Some((start, hint))) = (package(&root), self.manager.needs_version())
            && !package["packageManager"].as_str().is_some_and(|manager| manager.starts_with(start))
        {
            found.push(missing(
                format!("`{root}` has no `packageManager` that starts with `{start}`: that of"),
                hint,
            ));
        }
        if let (Some(package), Some(script)) = (package(&path), script)
            && package["scripts"].get(script.as_str()).is_none()
        {
            let what = format!("`{path}` has no script `{script}`, which builds");
            found.push(missing(what, "set `script` to one of its `scripts`"));
        }
        found
    }
}

/// How packages lie, and what becomes of those that only a build needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As the manager lays them.
    Own,
    /// All in one directory, and none behind links.
    Flat,
    /// As the manager lays them, and none are left of a build, all of which is taken.
    Pruned,
}

/// The packages as templates see them.
pub(super) struct Project<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) packages: Packages<'a>,
    pub(super) layout: Layout,
}

impl Project<'_> {
    fn manager(&self) -> Manager {
        self.packages.manager
    }

    /// Whether npm, which comes with Node, installs the packages.
    pub(super) fn is_npm(&self) -> bool {
        self.manager() == Manager::Npm
    }

    /// Whether pnpm installs them.
    pub(super) fn is_pnpm(&self) -> bool {
        self.manager() == Manager::Pnpm
    }

    /// The name of what installs the packages, for a comment.
    pub(super) fn name(&self) -> &'static str {
        self.manager().name()
    }

    /// What the manager is told by variables.
    pub(super) fn env(&self) -> &'static [&'static str] {
        self.manager().env()
    }

    /// The package of npm that the manager is, and a line of JavaScript for its version.
    pub(super) fn package(&self) -> (&'static str, &'static str) {
        self.manager().package()
    }

    /// Whether a build leaves no packages.
    pub(super) fn is_pruned(&self) -> bool {
        self.layout == Layout::Pruned
    }

    /// Whether the service is a member of a workspace.
    pub(super) fn is_member(&self) -> bool {
        self.packages.workspace.is_some()
    }

    /// Where the member lies below the directory of the lock file: nothing, or a path with a slash behind it.
    pub(super) fn member(&self) -> String {
        self.packages.workspace.map(|workspace| format!("{workspace}/")).unwrap_or_default()
    }

    /// The stage or image that builders are based on.
    pub(super) fn builder(&self) -> String {
        if self.is_npm() {
            format!("--platform=$BUILDPLATFORM {}", self.page.build())
        } else {
            "manager".to_owned()
        }
    }

    /// The cache of the service.
    pub(super) fn cache(&self) -> String {
        let (word, target) = self.manager().cache();
        format!("type=cache,id={},target={target},sharing=locked", self.page.cache(word))
    }

    /// The files that say which packages are needed, where they are in the build context: those that have to be there,
    /// and patterns of those that may.
    pub(super) fn manifests(&self) -> String {
        let all = self.packages.manifests().into_iter().map(|path| self.page.path(&path).to_string());
        let optional = self.manager().files().iter().map(|file| self.page.beside(&optional(file)));
        all.chain(optional).collect::<Vec<_>>().join(" ")
    }

    /// Directories that may be there, and what they are called.
    pub(super) fn directories(&self) -> Vec<(String, &'static str)> {
        let directories = self.manager().directories().iter();
        directories.map(|name| (self.page.beside(&optional(name)), *name)).collect()
    }

    /// What `find` takes for a file that says which packages are needed.
    pub(super) fn wanted(&self) -> Vec<String> {
        let own = ["package.json", self.manager().lock()].into_iter();
        let files = own.chain(self.manager().files().iter().copied()).map(|file| format!("-name {file}"));
        let directories = self.manager().directories().iter();
        files.chain(directories.map(|directory| format!("-path './{directory}/*'"))).collect()
    }

    /// Installs everything, for the builder's platform. Line for line.
    pub(super) fn install(&self) -> Vec<String> {
        self.manager().install(self.packages.workspace, self.layout == Layout::Flat)
    }

    /// Installs what the program needs when it runs, for the target. Line for line.
    pub(super) fn production(&self) -> Vec<String> {
        self.manager().production(self.packages.workspace, self.layout == Layout::Flat)
    }

    /// Runs a script of package.json.
    pub(super) fn run(&self, script: &Script) -> String {
        self.manager().run(script, self.packages.workspace)
    }

    /// Whether the sources are all of the service's directory, with the files that name packages.
    pub(super) fn takes_all(&self) -> bool {
        let directory = &self.page.service.directory;
        self.page.code().iter().any(|source| source.from == *directory && source.to.as_str() == "/app")
    }

    /// package.json, which says what kind of modules the program's are, if no source brings it.
    pub(super) fn manifest(&self) -> Option<RelativePath> {
        let manifest = self.page.path(&"package.json".parse().expect("a path"));
        let is_there = self.page.code().iter().any(|source| {
            source.from == self.page.service.directory || source.to.as_str() == "/app/package.json"
        });
        (!is_there).then_some(manifest)
    }
}

/// A pattern that matches a name, and nothing if it is not there.
fn optional(name: &str) -> String {
    let (rest, last) = name.split_at(name.len() - 1);
    format!("{rest}[{last}]")
}

#[cfg(test)]
mod tests {
    use super::optional;

    #[test]
    fn a_pattern_may_match_nothing() {
        assert_eq!(optional(".npmrc"), ".npmr[c]");
    }
}
