//! `services.toml` as a tree of values with their places, and how a service comes about in it:
//! what the service says goes over what its group says, and that over the defaults.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::{self, IntoDeserializer, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::at::At;
use super::health::{CHECKS, TIMES};
use crate::diagnostic::{Diagnostic, Span, nearest};

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// The parts of a description, not yet typed.
pub(super) struct Tree<'i> {
    /// Everything but the three tables below.
    pub wide: Value<'i>,
    pub layers: Layers<'i>,
    pub services: Vec<(At<&'i str>, Value<'i>)>,
}

/// What lies under what services say.
pub(super) struct Layers<'i> {
    pub defaults: Option<Value<'i>>,
    pub groups: HashMap<&'i str, Value<'i>>,
}

impl<'i> Layers<'i> {
    /// The group that a service says it belongs to, if it says so; the error is the name of one that
    /// there is not.
    pub(super) fn group_of(&self, service: &Value<'i>) -> Result<Option<&Value<'i>>, At<String>> {
        let Some(said) = service.get_ref().get("group") else { return Ok(None) };
        let Some(name) = said.get_ref().as_str() else { return Ok(None) };
        self.groups.get(name).map(Some).ok_or_else(|| At::new(name.to_owned(), said.span()))
    }

    /// The keys that a service has whatever its group says.
    pub(super) fn said_without_group(&self, service: &Value<'i>) -> HashSet<String> {
        let tables = [Some(service), self.defaults.as_ref()];
        let tables = tables.into_iter().flatten().filter_map(|value| value.get_ref().as_table());
        tables.flat_map(|table| table.keys()).map(|key| key.get_ref().to_string()).collect()
    }

    /// A service with its group under it, and the defaults under that.
    pub(super) fn under(&self, mut own: Value<'i>, name: &str, group: Option<&Value<'i>>) -> Value<'i> {
        match (group.map(|group| name_filled_in(group, name)), &self.defaults) {
            (Some(mut group), Some(defaults)) => {
                lay(&mut group, defaults);
                lay(&mut own, &group);
            }
            (Some(group), None) => lay(&mut own, &group),
            (None, Some(defaults)) => lay(&mut own, defaults),
            (None, None) => {}
        }
        own
    }
}

/// Collects the texts of a value that refer to environment variables, with their places.
pub(super) fn references(value: &Value<'_>, found: &mut Vec<At<String>>) {
    match value.get_ref() {
        DeValue::String(text) if text.contains("{env:") => {
            found.push(At::new(text.to_string(), value.span()));
        }
        DeValue::Array(items) => items.iter().for_each(|item| references(item, found)),
        DeValue::Table(table) => table.values().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Lays a service over its group, or a group over the defaults. One health check takes the place of another, of which
/// the times alone are left.
fn lay<'i>(over: &mut Value<'i>, under: &Value<'i>) {
    let mut check = over.get_ref().get("health").filter(|health| says_a_check(health)).cloned();
    if let Some(own) = &mut check
        && let Some(inherited) = under.get_ref().get("health").and_then(|health| health.get_ref().as_table())
    {
        let times = inherited.iter().filter(|(key, _)| TIMES.contains(&&**key.get_ref()));
        let times = times.map(|(key, value)| (key.clone(), value.clone())).collect();
        fill(own, &Spanned::new(own.span(), DeValue::Table(times)));
    }
    fill(over, under);
    if let (Some(own), DeValue::Table(table)) = (check, over.get_mut())
        && let Some(health) = table.get_mut("health")
    {
        *health = own;
    }
}

fn says_a_check(health: &Value<'_>) -> bool {
    let table = health.get_ref().as_table();
    table.is_some_and(|table| table.keys().any(|key| CHECKS.contains(&&**key.get_ref())))
}

/// Fills in what `over` does not say: tables key by key, all else is said or not.
fn fill<'i>(over: &mut Value<'i>, under: &Value<'i>) {
    let (DeValue::Table(over), DeValue::Table(under)) = (over.get_mut(), under.get_ref()) else { return };
    for (key, value) in under {
        match over.get_mut(key.get_ref().as_ref()) {
            Some(own) => fill(own, value),
            None => drop(over.insert(key.clone(), value.clone())),
        }
    }
}

/// The services of a text once more, for those that turn out to be wrong: to keep them all would
/// cost every right one a copy.
pub(super) struct Again<'i> {
    text: &'i str,
    services: OnceLock<NamedTables<'i>>,
}

impl<'i> Again<'i> {
    pub(super) fn new(text: &'i str) -> Self {
        Self { text, services: OnceLock::new() }
    }

    /// What the service at that place of the text says.
    pub(super) fn service(&self, place: usize) -> Option<Value<'i>> {
        let read = || super::syntax::parse(self.text).and_then(|document| split(document, self.text));
        let services = self.services.get_or_init(|| read().map(|tree| tree.services).unwrap_or_default());
        services.get(place).map(|(_, table)| table.clone())
    }
}

/// Takes the parsed document apart.
pub(super) fn split<'i>(document: Spanned<DeTable<'i>>, text: &'i str) -> Result<Tree<'i>, Vec<Diagnostic>> {
    let span = document.span();
    let mut wide = document.into_inner();
    let mut tables = |key: &str| match wide.remove(key) {
        Some(value) => named_tables(key, value, text),
        None => Ok(Vec::new()),
    };
    let (groups, services) = (tables("groups"), tables("services"));
    let defaults = wide.remove("defaults");
    let wide = Spanned::new(span, DeValue::Table(wide));
    match (groups, services) {
        (Ok(groups), Ok(services)) => {
            let groups = groups.into_iter().map(|(name, table)| (name.value, table)).collect();
            Ok(Tree { wide, layers: Layers { defaults, groups }, services })
        }
        (groups, services) => Err(groups.err().into_iter().chain(services.err()).collect()),
    }
}

pub(super) type NamedTables<'i> = Vec<(At<&'i str>, Value<'i>)>;

fn named_tables<'i>(key: &str, value: Value<'i>, text: &'i str) -> Result<NamedTables<'i>, Diagnostic> {
    let span = value.span();
    let DeValue::Table(tables) = value.into_inner() else {
        return Err(Diagnostic::new(span, format!("`{key}` is a table of tables"))
            .hint(format!("write [{key}.NAME] for each")));
    };
    Ok(tables
        .into_iter()
        .map(|(name, table)| {
            let span = name.span();
            // The text of a quoted key is what stands between its quotes; an escaped one keeps its
            // backslashes and is refused as a name.
            let written = text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']);
            (At::new(written, span), table)
        })
        .collect())
}

/// A parse or type error of the TOML library as ours.
pub(super) fn diagnostic(error: &toml::de::Error) -> Diagnostic {
    let message = error.message().trim().replace('\n', ", ");
    Diagnostic::new(error.span().unwrap_or_default(), message)
}

/// Deserializes one value.
pub(super) fn typed<'i, T: Deserialize<'i>>(value: Value<'i>) -> Result<T, Diagnostic> {
    T::deserialize(value.into_deserializer()).map_err(|error| diagnostic(&error))
}

/// Puts the name of the service for `{name}` into every string of a group.
pub(super) fn name_filled_in<'i>(value: &Value<'i>, name: &str) -> Value<'i> {
    let filled = match value.get_ref() {
        DeValue::String(text) if text.contains("{name}") => {
            DeValue::String(Cow::Owned(text.replace("{name}", name)))
        }
        DeValue::Array(items) => {
            let mut filled = items.clone();
            for item in filled.iter_mut() {
                *item = name_filled_in(item, name);
            }
            DeValue::Array(filled)
        }
        DeValue::Table(table) => DeValue::Table(
            table.iter().map(|(key, value)| (key.clone(), name_filled_in(value, name))).collect(),
        ),
        other => other.clone(),
    };
    Spanned::new(value.span(), filled)
}

/// The document with a sample for `{name}` in its groups, so that their strings can be checked.
pub(super) fn with_sample_names(document: Spanned<DeTable<'_>>) -> Value<'_> {
    let span = document.span();
    let mut table = document.into_inner();
    if let Some(groups) = table.get_mut("groups") {
        *groups = name_filled_in(groups, "name");
    }
    Spanned::new(span, DeValue::Table(table))
}

/// Takes the table of the kind out of a service: the one key that is a name of a variant of `K`.
/// `None` if it is there but misspelt, and so an unknown key.
pub(super) fn take_kind<'i, K: Deserialize<'i>>(
    table: &mut DeTable<'i>,
    service: &Span,
    name: &str,
) -> Result<Option<Value<'i>>, Diagnostic> {
    let kinds = variants::<K>();
    let mut said = Vec::new();
    for kind in kinds {
        said.extend(table.remove_entry(*kind));
    }
    said.sort_by_key(|(key, _)| key.span().start);
    let mut said = said.into_iter();
    let Some((kind, value)) = said.next() else { return no_kind(table, service, name, kinds) };
    if let Some((other, _)) = said.next() {
        let (first, second) = (kind.get_ref(), other.get_ref());
        let message = format!("a service is of one kind, but this one has `{first}` and `{second}`");
        return Err(Diagnostic::new(other.span(), message)
            .related(kind.span(), "the first one")
            .hint("remove one of the two tables"));
    }
    let span = value.span();
    let mut one = DeTable::new();
    one.insert(kind, value);
    Ok(Some(Spanned::new(span, DeValue::Table(one))))
}

fn no_kind<'i>(
    table: &DeTable<'i>,
    service: &Span,
    name: &str,
    kinds: &[&str],
) -> Result<Option<Value<'i>>, Diagnostic> {
    let tables = table.iter().filter(|(_, value)| value.get_ref().is_table());
    if tables.into_iter().any(|(key, _)| nearest(key.get_ref(), kinds.iter().copied()).is_some()) {
        return Ok(None);
    }
    Err(Diagnostic::new(service.clone(), "the kind of this service is missing")
        .hint(format!("add a table for one of {}, such as [services.{name}.python]", kinds.join(", "))))
}

/// The names of an enum's variants, as serde knows them.
pub(super) fn variants<'de, K: Deserialize<'de>>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> de::Deserializer<'de> for Ask<'_> {
        type Error = de::value::Error;

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = variants;
            Err(de::Error::custom("only the names were wanted"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("not an enum"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    // The answer comes through `names`; the call itself always ends in the error above.
    let _ = K::deserialize(Ask(&mut names));
    names
}
