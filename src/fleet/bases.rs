//! The bases of a fleet: those that services.toml names, and the built-in ones that services are based on.

use std::collections::BTreeMap;

use super::at::At;
use super::description::BaseTable;
use super::model::Base;
use super::names::Known;
use super::words::{Line, Name};
use crate::bases::{self, Catalogue};
use crate::diagnostic::{Diagnostic, Span};
use crate::image::ImageReference;

/// The bases that are named or in use.
pub(super) struct Bases<'c> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) used: BTreeMap<Name, At<Base>>,
    /// What the catalogue knows of them.
    pub(super) pairs: BTreeMap<Name, Pair>,
}

/// What the catalogue knows of the two images of a base.
pub(super) struct Pair {
    pub(super) build: Option<bases::Base>,
    pub(super) run: Option<bases::Base>,
    /// Where services.toml names the two; a built-in base is nowhere in it.
    pub(super) places: Option<[Span; 2]>,
}

impl<'c> Bases<'c> {
    /// The bases that services.toml names.
    pub(super) fn new(named: &BTreeMap<Name, At<BaseTable>>, catalogue: &'c Catalogue) -> Self {
        let mut all = Self { catalogue, used: BTreeMap::new(), pairs: BTreeMap::new() };
        for (name, table) in named {
            let places = Some([table.build.span.clone(), table.run.span.clone()]);
            let reason = table.allow_shell.clone();
            all.add(name.clone(), [&table.build, &table.run], &table.span, places, reason);
        }
        all
    }

    /// The base of that name. A built-in one is among the fleet's from its first use, which is at `span`.
    pub(super) fn find(&mut self, name: &str, span: &Span) -> Option<(Name, Base)> {
        let name: Name = name.parse().ok()?;
        if !self.used.contains_key(&name) {
            let images = self.catalogue.pairs().get(name.as_str())?;
            self.add(name.clone(), [&images.build, &images.run], span, None, None);
        }
        let base = self.used.get(&name)?.value.clone();
        Some((name, base))
    }

    /// The base of that name; a name that there is not is a mistake.
    pub(super) fn find_or_tell(
        &mut self,
        name: &At<&str>,
        known: &Known<'_>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Option<(Name, Base)> {
        let found = self.find(name.value, &name.span);
        if found.is_none() {
            mistakes.push(known.bases.unknown(name.value, name.span.clone()));
        }
        found
    }

    fn add(
        &mut self,
        name: Name,
        [build, run]: [&ImageReference; 2],
        span: &Span,
        places: Option<[Span; 2]>,
        allow_shell: Option<Line>,
    ) {
        let pair = Pair::of(self.catalogue, build, run, places);
        let base = pair.base(build, run, allow_shell);
        self.used.insert(name.clone(), At::new(base, span.clone()));
        self.pairs.insert(name, pair);
    }
}

impl Pair {
    /// What a catalogue knows of two images.
    pub(super) fn of(
        catalogue: &Catalogue,
        build: &ImageReference,
        run: &ImageReference,
        places: Option<[Span; 2]>,
    ) -> Self {
        Self { build: catalogue.find(build), run: catalogue.find(run), places }
    }

    /// The base that the two images make.
    pub(super) fn base(
        &self,
        build: &ImageReference,
        run: &ImageReference,
        allow_shell: Option<Line>,
    ) -> Base {
        let first = |image: &Option<bases::Base>| image.as_ref()?.interpreters.first().cloned();
        let is_root = |user: &str| matches!(user.split(':').next(), Some("" | "0" | "root"));
        let build_user = self.build.as_ref().map(|build| build.user.clone()).filter(|user| !is_root(user));
        let release = |image: &Option<bases::Base>| image.as_ref().and_then(|image| image.release.clone());
        Base {
            build: build.clone(),
            run: run.clone(),
            interpreter: first(&self.run),
            build_interpreter: first(&self.build),
            libc: self.run.as_ref().and_then(|run| run.libc.clone()),
            same_release: release(&self.build).is_some() && release(&self.build) == release(&self.run),
            build_user,
            allow_shell,
        }
    }
}
