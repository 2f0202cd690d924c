//! What Compose and bake files build: from which Dockerfile, with which arguments, as which images.

use std::collections::{BTreeMap, HashMap};

use super::expression::{Names, text_of};
use crate::diagnostic::Span;

/// A build argument that a Compose or bake file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Argument {
    pub(in super::super) name: String,
    /// Where its value begins
    pub(in super::super) at: usize,
    /// The value while the environment sets no variable; `None` if only the engine can work it out
    pub(in super::super) value: Option<String>,
    /// Where the value stands, if it is written just as it reads
    pub(in super::super) place: Option<Span>,
    /// The service or target that it is set for; `None` if it may be any
    pub(in super::super) of: Option<String>,
}

/// A service or target that is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Build {
    /// Its name
    pub(in super::super) name: String,
    /// Its context and its Dockerfile, as far as they are said here
    pub(in super::super) context: Option<String>,
    pub(in super::super) dockerfile: Option<String>,
    /// Whether more of it may be said elsewhere, or in a way that only the engine can work out
    pub(in super::super) vague: bool,
    /// The images that it is built as
    pub(in super::super) images: Vec<String>,
    /// The targets that it takes over what it does not say itself, the last first
    pub(in super::super) inherits: Vec<String>,
}

/// What a file sets and builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Built {
    pub(in super::super) arguments: Vec<Argument>,
    pub(in super::super) builds: Vec<Build>,
    /// Where the build of each name is among them
    places: HashMap<String, usize>,
}

impl Built {
    /// The build of a name, which is made if there is none.
    pub(super) fn of(&mut self, name: &str) -> &mut Build {
        let index = self.places.get(name).copied().unwrap_or(self.builds.len());
        if index == self.builds.len() {
            self.builds.push(Build { name: name.to_owned(), ..Build::default() });
            self.places.insert(name.to_owned(), index);
        }
        &mut self.builds[index]
    }
}

/// A value that a bake file gives to a name, with its place.
#[derive(Debug)]
pub(super) struct Setting<'t> {
    pub(super) kind: Kind,
    pub(super) name: &'t str,
    pub(super) place: Span,
    /// The target or the function that it is set in
    pub(super) of: Option<&'t str>,
}

/// What a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Variable,
    Argument,
    Context,
    /// `params` or `result`
    Function,
    /// `context`, `dockerfile`, `tags`, `inherits`, `matrix` or `name` of a target
    Attribute,
}

/// Literals that several expressions may say: the default of a variable, the result of a function, a matrix.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) literals: Vec<Span>,
    /// Where it is used
    pub(super) uses: Vec<Span>,
    /// The strings of a matrix, each of which makes a target
    pub(super) items: Vec<Span>,
}

impl Shared {
    /// Whether a place lies within the literals.
    pub(super) fn says(&self, place: &Span) -> bool {
        self.literals.iter().any(|literals| contains(literals, place))
    }
}

/// What a bake file sets.
#[derive(Debug)]
pub(super) struct Settings<'t> {
    text: &'t str,
    pub(super) all: Vec<Setting<'t>>,
    pub(super) names: Names<'t>,
    /// Every name in an expression, also as the first part of `name.key`, and where
    uses: HashMap<&'t str, Vec<Span>>,
}

impl<'t> Settings<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, all: Vec::new(), names: Names::of(text), uses: HashMap::new() }
    }

    pub(super) fn add(&mut self, setting: Setting<'t>) {
        let place = setting.place.clone();
        match (setting.kind, setting.of) {
            (Kind::Variable, _) => self.names.variable(setting.name, place),
            (Kind::Function, Some(name)) => self.names.function(name, setting.name, place),
            (Kind::Attribute, Some(target)) if setting.name == "matrix" => self.names.matrix(target, place),
            _ => {}
        }
        self.all.push(setting);
    }

    /// Takes in a name that an expression uses.
    pub(super) fn uses(&mut self, name: &'t str, place: &Span) {
        let parts = name.match_indices('.').map(|(end, _)| end).chain([name.len()]);
        for end in parts {
            self.uses.entry(&name[..end]).or_default().push(place.clone());
        }
    }

    /// The literals that more than one expression may say.
    pub(super) fn shared(&self) -> Vec<Shared> {
        let of_setting = |setting: &Setting<'t>| match (setting.kind, setting.of) {
            (Kind::Variable, _) => vec![self.share(setting.name, vec![setting.place.clone()])],
            (Kind::Function, Some(name)) => vec![self.share(name, vec![setting.place.clone()])],
            (Kind::Attribute, _) if setting.name == "matrix" => self.of_matrix(&setting.place),
            _ => Vec::new(),
        };
        self.all.iter().flat_map(of_setting).collect()
    }

    /// The values of each name of a matrix, and those of each key where the values are objects.
    fn of_matrix(&self, place: &Span) -> Vec<Shared> {
        let mut found = Vec::new();
        for (name, list) in self.names.entries(place).unwrap_or_default() {
            let items = self.names.items(&list).unwrap_or_default();
            let mut members: BTreeMap<String, Vec<Span>> = BTreeMap::new();
            for (key, value) in items.iter().filter_map(|item| self.names.entries(item)).flatten() {
                members.entry(format!("{name}.{key}")).or_default().push(value);
            }
            found.extend(members.into_iter().map(|(name, places)| self.share(&name, places)));
            let strings: Vec<Span> = items.iter().filter_map(|item| plain(self.text, item)).collect();
            if !strings.is_empty() {
                found.push(Shared { items: strings, ..self.share(name, vec![list]) });
            }
        }
        found
    }

    fn share(&self, name: &str, literals: Vec<Span>) -> Shared {
        let uses = self.uses.get(name).cloned().unwrap_or_default();
        Shared { name: name.to_owned(), literals, uses, items: Vec::new() }
    }

    /// The targets and their build arguments; `null` leaves one to the Dockerfile.
    pub(super) fn built(&self, targets: &[&str], shared: &[Shared]) -> Built {
        let mut built = Built::default();
        for target in targets {
            built.of(target).vague |= target.contains('$');
        }
        for setting in &self.all {
            match (setting.kind, setting.of) {
                (Kind::Argument, target) if &self.text[setting.place.clone()] != "null" => {
                    built.arguments.push(self.argument(setting, target, shared));
                }
                (Kind::Attribute, Some(target)) => self.attribute(setting, built.of(target)),
                _ => {}
            }
        }
        built
    }

    fn argument(&self, setting: &Setting<'t>, target: Option<&str>, shared: &[Shared]) -> Argument {
        let values = self.names.values(&setting.place, target);
        let value = if let [value] = &values[..] { Some(value) } else { None };
        let place = match value.map(Vec::as_slice) {
            Some([segment]) if self.is_for_arguments(setting.name, &segment.span, shared) => {
                Some(segment.span.clone())
            }
            _ => None,
        };
        Argument {
            name: setting.name.to_owned(),
            at: setting.place.start,
            value: value.map(|value| text_of(value)),
            place,
            of: target.map(str::to_owned),
        }
    }

    /// Whether a literal is used for build arguments of one name alone.
    fn is_for_arguments(&self, name: &str, literal: &Span, shared: &[Shared]) -> bool {
        let arguments: Vec<&Span> = self
            .all
            .iter()
            .filter(|setting| setting.kind == Kind::Argument && setting.name == name)
            .map(|setting| &setting.place)
            .collect();
        let mut uses = shared.iter().filter(|shared| shared.says(literal)).flat_map(|shared| &shared.uses);
        uses.all(|place| arguments.iter().any(|argument| contains(argument, place)))
    }

    fn attribute(&self, setting: &Setting<'t>, build: &mut Build) {
        let one = |place: &Span| match &self.names.values(place, setting.of)[..] {
            [value] => Some(text_of(value)),
            _ => None,
        };
        let items = || self.names.items(&setting.place)?.iter().map(one).collect::<Option<Vec<_>>>();
        match setting.name {
            "context" | "dockerfile" => {
                let value = one(&setting.place);
                build.vague |= value.is_none();
                *(if setting.name == "context" { &mut build.context } else { &mut build.dockerfile }) = value;
            }
            "tags" => build.images = items().unwrap_or_default(),
            "inherits" => match items() {
                Some(names) => build.inherits = names.into_iter().rev().collect(),
                None => build.vague = true,
            },
            _ => build.vague = true,
        }
    }
}

/// Whether a place lies within another one.
pub(super) fn contains(outer: &Span, inner: &Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Where the content of a string stands that is written as it reads.
fn plain(text: &str, place: &Span) -> Option<Span> {
    let content = text[place.clone()].strip_prefix('"')?.strip_suffix('"')?;
    (!content.contains(['"', '\\', '$', '%'])).then(|| place.start + 1..place.end - 1)
}
