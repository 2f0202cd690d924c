//! Where a service says a key. A check knows which service is wrong and by which key; the text is searched for the place
//! only then, so that right descriptions do not keep the places of all they say.

use super::syntax;
use super::tree::{self, Tree, Value};
use crate::diagnostic::{Diagnostic, Span};

/// Puts the places of their keys into the mistakes that are about some: those of the service, or else of its group, or
/// else of the defaults. Where none of them says the key, the mistake stays at the name of the service.
pub(super) fn keys(mistakes: &mut [Diagnostic], text: &str) {
    if mistakes.iter().all(|mistake| mistake.keys.is_empty()) {
        return;
    }
    let Ok(Ok(Tree { layers, services, .. })) = syntax::parse(text).map(|read| tree::split(read, text))
    else {
        return;
    };
    for mistake in mistakes {
        let keys = std::mem::take(&mut mistake.keys);
        let Some((_, service)) = services.iter().find(|(name, _)| name.span == mistake.span) else {
            continue;
        };
        let group = layers.group_of(service).ok().flatten();
        let tables = [Some(service), group, layers.defaults.as_ref()];
        let deepest = tables.into_iter().flatten().map(|table| place(table, &keys)).reduce(|best, other| {
            // The first of those that say as much.
            if other.0 > best.0 { other } else { best }
        });
        if let Some((_, Some(span))) = deepest {
            mistake.span = span;
        }
    }
}

/// How many of the keys are there, one inside the other, and the place of the last of them. An item of a list counts as
/// a key; one that stands there twice is found where it stands last.
fn place(table: &Value<'_>, keys: &[String]) -> (usize, Option<Span>) {
    let (mut value, mut found) = (table, None);
    for (count, key) in keys.iter().enumerate() {
        if let Some((name, inner)) =
            value.get_ref().as_table().and_then(|table| table.get_key_value(key.as_str()))
        {
            (value, found) = (inner, Some(name.span()));
            continue;
        }
        let mut items = value.get_ref().as_array().into_iter().flatten();
        let item = items.rfind(|item| item.get_ref().as_str() == Some(key));
        return match item {
            Some(item) => (count + 1, Some(item.span())),
            None => (count, found),
        };
    }
    (keys.len(), found)
}
