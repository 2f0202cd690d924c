//! Which Dockerfiles the Compose and bake files of a run build, and as which images.
//!
//! Paths in a Compose file are relative to its directory unless the command line says otherwise, and those in a
//! bake file to the directory that bake is started in. So a path is looked for beside the file and in the
//! directories above it; where it is not found, what the file says may be for any Dockerfile.

use std::collections::{BTreeSet, HashMap};

use super::mentions::{Build, Built, built};
use super::{Language, SourceFile};
use crate::image::ImageReference;
use crate::path;

/// What the files of a run build.
pub(super) struct Builds<'f> {
    /// By the index of the file
    all: Vec<Built>,
    /// The Dockerfiles by path
    dockerfiles: HashMap<&'f str, usize>,
    /// The directory of each file
    directories: Vec<&'f str>,
}

impl<'f> Builds<'f> {
    pub(super) fn of(files: &'f [SourceFile]) -> Self {
        let is_dockerfile = |(_, file): &(usize, &SourceFile)| file.language == Language::Dockerfile;
        let dockerfiles = files.iter().enumerate().filter(is_dockerfile);
        Self {
            all: files.iter().map(|file| built(&file.text, file.language)).collect(),
            dockerfiles: dockerfiles.map(|(index, file)| (file.path.as_str(), index)).collect(),
            directories: files.iter().map(|file| parent(&file.path)).collect(),
        }
    }

    /// What a file sets and builds.
    pub(super) fn in_file(&self, file: usize) -> &Built {
        &self.all[file]
    }

    /// The Dockerfiles that an argument of a service or target may be for; `None` if it may be any.
    pub(super) fn concerned(&self, file: usize, of: Option<&str>) -> Option<BTreeSet<usize>> {
        let name = of?;
        // Targets that inherit one take its arguments over.
        let mut names = vec![name];
        let mut next = 0;
        while let Some(above) = names.get(next).copied() {
            let takes = |build: &&Build| build.inherits.iter().any(|inherited| inherited == above);
            let heirs = self.all[file].builds.iter().filter(takes).map(|build| build.name.as_str());
            let new: Vec<&str> = heirs.filter(|heir| !names.contains(heir)).collect();
            names.extend(new);
            next += 1;
        }
        // A target that others inherit may be built on its own or not.
        let is_abstract = names.len() > 1 && self.dockerfile(file, name).is_none();
        names.into_iter().skip(usize::from(is_abstract)).map(|name| self.dockerfile(file, name)).collect()
    }

    /// The Dockerfile that a service or target is built from, if that is certain.
    fn dockerfile(&self, file: usize, name: &str) -> Option<usize> {
        let beside = (0..self.all.len()).filter(|other| self.directories[*other] == self.directories[file]);
        // What one file does not say, another one beside it does: compose.override.yaml.
        let said: Vec<&Build> = beside
            .flat_map(|other| self.all[other].builds.iter().filter(|build| build.name == name))
            .collect();
        if said.iter().any(|build| self.is_vague(file, build, 0)) {
            return None;
        }
        let value = |of: fn(&Build) -> Option<&String>| {
            let own = said.iter().find_map(|build| of(build).cloned());
            own.or_else(|| said.iter().find_map(|build| self.inherited(file, build, of, 0)))
        };
        let (context, dockerfile) =
            (value(|build| build.context.as_ref()), value(|build| build.dockerfile.as_ref()));
        if context.is_none() && dockerfile.is_none() && said.iter().all(|build| build.inherits.is_empty()) {
            let is_bake = !self.all[file].builds.iter().all(|build| build.inherits.is_empty());
            if !is_bake {
                return None;
            }
        }
        let context = context.unwrap_or_else(|| ".".to_owned());
        let path = format!("{context}/{}", dockerfile.as_deref().unwrap_or("Dockerfile"));
        let mut directory = self.directories[file];
        loop {
            let found =
                joined(directory, &path).and_then(|path| self.dockerfiles.get(path.as_str()).copied());
            if found.is_some() || directory.is_empty() {
                return found;
            }
            directory = parent(directory);
        }
    }

    fn is_vague(&self, file: usize, build: &Build, depth: usize) -> bool {
        let below = |name: &String| self.all[file].builds.iter().find(|build| build.name == *name);
        // What is inherited from a target that is not here is not known.
        let is_vague =
            |below: Option<&Build>| below.is_none_or(|below| self.is_vague(file, below, depth + 1));
        build.vague || depth > 8 || build.inherits.iter().map(below).any(is_vague)
    }

    fn inherited(
        &self,
        file: usize,
        build: &Build,
        of: fn(&Build) -> Option<&String>,
        depth: usize,
    ) -> Option<String> {
        if depth > 8 {
            return None;
        }
        build.inherits.iter().find_map(|name| {
            let below = self.all[file].builds.iter().find(|build| build.name == *name)?;
            of(below).cloned().or_else(|| self.inherited(file, below, of, depth + 1))
        })
    }

    /// The images that are built here, with their Dockerfiles.
    pub(super) fn images(&self) -> HashMap<ImageReference, usize> {
        let builds = self.all.iter().enumerate().flat_map(|(file, built)| {
            built.builds.iter().filter(|build| !build.images.is_empty()).map(move |build| (file, build))
        });
        let images = builds.flat_map(|(file, build)| {
            let dockerfile = self.dockerfile(file, &build.name);
            build.images.iter().filter_map(move |image| Some((image.parse().ok()?, dockerfile?)))
        });
        images.collect()
    }
}

/// The path of a directory; empty for files without one.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A path from a directory on; `None` if it leads above where paths begin, or to another machine.
fn joined(directory: &str, path: &str) -> Option<String> {
    if path.contains("://") || path.starts_with('/') {
        return None;
    }
    path::resolve(directory, path)
}
