//! New tables in a description: text goes in between lines, every other byte stays.

use std::ops::Range;

use super::Addition;

/// Puts an addition into the text of a description.
///
/// An entry goes behind the last service of its phase or an earlier one, a group behind the groups,
/// a base behind the bases.
pub fn insert(text: &str, addition: &Addition) -> String {
    let tables = tables(text);
    let mut places: Vec<(usize, &str)> = Vec::new();
    let end_of = |names: &[&str]| {
        let last = tables.iter().rev().find(|table| names.contains(&table.root()));
        last.map_or(text.len(), |table| table.lines.end)
    };
    places.extend(addition.bases.iter().map(|base| (end_of(&["bases", "fleet"]), base.as_str())));
    places.extend(
        addition.groups.iter().map(|group| (end_of(&["groups", "defaults", "bases"]), group.as_str())),
    );
    for (phase, service) in &addition.services {
        places.push((behind(&tables, *phase).unwrap_or(text.len()), service));
    }
    // Stable: what goes to one place stays in order.
    places.sort_by_key(|(at, _)| *at);
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (at, block) in places {
        new.push_str(&text[done..at]);
        done = at;
        if !new.is_empty() {
            if !new.ends_with('\n') {
                new.push_str(newline);
            }
            if !new.ends_with("\n\n") && !new.ends_with("\r\n\r\n") {
                new.push_str(newline);
            }
        }
        new.push_str(&block.replace('\n', newline));
    }
    new.push_str(&text[done..]);
    new
}

/// A table of the description: its header as written, and its lines up to the last that says something.
struct Found<'t> {
    header: &'t str,
    lines: Range<usize>,
    phase: Option<i64>,
    /// The group that a service names.
    group: Option<&'t str>,
}

impl Found<'_> {
    /// `services` of `services.redis.native`.
    fn root(&self) -> &str {
        self.header.split('.').next().unwrap_or(self.header).trim()
    }

    /// `redis` of `services.redis.native`.
    fn name(&self) -> &str {
        self.header.split('.').nth(1).unwrap_or_default().trim().trim_matches(['"', '\''])
    }
}

/// The tables of a text, by their header lines. A line that starts with a bracket inside an array or a
/// string is none, because it has no closing bracket at its end that belongs to a name.
fn tables(text: &str) -> Vec<Found<'_>> {
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let content = line.trim_end();
        let header = content.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let header = header.filter(|(name, rest)| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-\"' ".contains(c);
            !name.is_empty()
                && name.chars().all(plain)
                && (rest.trim().is_empty() || rest.trim().starts_with('#'))
        });
        if let Some((name, _)) = header {
            found.push(Found { header: name, lines: at..end, phase: None, group: None });
        } else if let Some(table) = found.last_mut() {
            let says_something = !content.is_empty() && !content.trim_start().starts_with('#');
            if says_something {
                table.lines.end = end;
            }
            let value =
                |key| content.strip_prefix(key).and_then(|rest: &str| rest.trim_start().strip_prefix('='));
            let value = |key| value(key).and_then(|rest| rest.split('#').next()).map(str::trim);
            if let Some(phase) = value("phase") {
                table.phase = phase.parse().ok();
            }
            if let Some(group) = value("group") {
                table.group = Some(group.trim_matches(['"', '\'']));
            }
        }
        at = end;
    }
    found
}

/// Behind the last service whose phase is no later; a service that has its phase from a group counts.
fn behind(tables: &[Found<'_>], phase: Option<i64>) -> Option<usize> {
    let groups: Vec<_> = tables.iter().filter(|table| table.root() == "groups").collect();
    let services: Vec<_> = tables.iter().filter(|table| table.root() == "services").collect();
    let mut place = None;
    let mut later = false;
    for table in &services {
        let whole = table.header.matches('.').count() == 1;
        if whole {
            let of_group =
                || groups.iter().find(|group| table.group == Some(group.name())).and_then(|g| g.phase);
            later = matches!((table.phase.or_else(of_group), phase), (Some(its), Some(new)) if its > new);
        }
        if !later {
            place = Some(table.lines.end);
        }
    }
    place.or_else(|| services.first().map(|table| table.lines.start))
}
