//! The variables that Compose takes from `.env` beside its file.

use super::values::{Argument, Built};
use super::{Mention, Site, value};

/// What the values mention, and the values as arguments of any build.
pub(super) fn mentions(text: &str, found: &mut Vec<Mention>) -> Built {
    let mut built = Built::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end();
        let Some((name, written)) = line.split_once('=').filter(|_| !line.trim_start().starts_with('#'))
        else {
            continue;
        };
        let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let content = match quote {
            Some(quote) => written[1..].split(quote).next().unwrap_or_default(),
            None => written.split(" #").next().unwrap_or_default().trim_end(),
        };
        let begin = at + name.len() + 1 + usize::from(quote.is_some());
        let place = begin..begin + content.len();
        let is_plain = !content.is_empty() && !content.contains(['$', '\\']);
        if is_plain {
            value(text, &place, Site::Argument, found);
        }
        let name = name.trim().trim_start_matches("export ").trim();
        built.arguments.push(Argument {
            name: name.to_owned(),
            at: begin,
            value: (!content.contains('$')).then(|| content.to_owned()),
            place: is_plain.then_some(place),
            of: None,
        });
    }
    built
}
