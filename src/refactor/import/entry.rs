//! Entries as TOML: what the defaults say is left out, and what several share becomes a group.

use toml::{Table, Value};

use super::{Import, NewBase, Surroundings};

/// The order in which the keys of a service are written.
const ORDER: [&str; 19] = [
    "group",
    "phase",
    "directory",
    "dockerfile",
    "base",
    "sources",
    "programs",
    "ports",
    "health",
    "env",
    "settings",
    "secrets",
    "secrets_as",
    "writable",
    "volumes",
    "tmp",
    "before",
    "labels",
    "extra",
];

/// What is written of keys that no entry needs to repeat: a line that is longer is broken.
const WIDTH: usize = 110;

/// The text of tables to be added to a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// `[bases.NAME]` tables.
    pub bases: Vec<String>,
    /// `[groups.NAME]` tables.
    pub groups: Vec<String>,
    /// The entries: the phase of each, and its `[services.NAME]` tables.
    pub services: Vec<(Option<i64>, String)>,
}

/// Writes entries; `grouped` moves what several of one kind share into a group, whose name is none of `taken`.
pub fn text(imports: &[Import], around: &Surroundings, grouped: bool, taken: &[String]) -> Addition {
    let mut tables: Vec<Table> =
        imports.iter().map(|import| against(&import.table, &around.defaults)).collect();
    let mut bases: Vec<NewBase> = Vec::new();
    for base in imports.iter().filter_map(|import| import.base.clone()) {
        if !bases.iter().any(|known| known.name == base.name) {
            bases.push(base);
        }
    }
    let mut groups = Vec::new();
    if grouped {
        let mut kinds: Vec<&str> = imports.iter().map(|import| import.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let members: Vec<usize> = (0..imports.len()).filter(|&i| imports[i].kind == kind).collect();
            let Some(shared) = shared(&members.iter().map(|&i| &tables[i]).collect::<Vec<_>>()) else {
                continue;
            };
            let name = group_name(&members.iter().map(|&i| &imports[i]).collect::<Vec<_>>(), kind, taken);
            for &member in &members {
                take_away(&mut tables[member], &shared);
                tables[member].insert("group".to_owned(), name.clone().into());
                // The kind stays, if only as an empty table, where the group does not have it.
                if !shared.contains_key(kind) && !tables[member].contains_key(kind) {
                    tables[member].insert(kind.to_owned(), Table::new().into());
                }
            }
            groups.push(block("groups", &name, &shared));
        }
    }
    Addition {
        bases: bases.iter().map(base_block).collect(),
        groups,
        services: imports
            .iter()
            .zip(&tables)
            .map(|(import, table)| {
                let phase = import.table.get("phase").and_then(Value::as_integer);
                (phase, block("services", &import.name, table))
            })
            .collect(),
    }
}

fn base_block(base: &NewBase) -> String {
    let NewBase { name, build, run } = base;
    format!("[bases.{name}]\nbuild = \"{build}\"\nrun   = \"{run}\"\n")
}

/// An entry without what the defaults say already, and with what they say too much switched off.
fn against(table: &Table, defaults: &Table) -> Table {
    let mut own = Table::new();
    for (key, value) in table {
        match (value, defaults.get(key)) {
            (value, Some(default)) if value == default => {}
            (Value::Table(table), Some(Value::Table(default))) => {
                let rest = against(table, default);
                if !rest.is_empty() || !is_setting(key) {
                    own.insert(key.clone(), rest.into());
                }
            }
            (value, _) => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, default) in defaults {
        let in_image = ["sources", "ports", "writable", "volumes"].contains(&key.as_str());
        if in_image && !table.contains_key(key) && default.as_array().is_some_and(|list| !list.is_empty()) {
            own.insert(key.clone(), Value::Array(Vec::new()));
        }
    }
    own
}

/// Whether a key is one of any service, and not the table of a kind.
fn is_setting(key: &str) -> bool {
    ORDER.contains(&key)
}

/// What all tables say alike; `None` if that is too little for a group.
fn shared(tables: &[&Table]) -> Option<Table> {
    let (first, rest) = tables.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let common = common(first, rest);
    (common.len() > 1 || common.values().any(|value| value.as_table().is_some_and(|t| t.len() > 1)))
        .then_some(common)
}

fn common(first: &Table, rest: &[&Table]) -> Table {
    let mut common_keys = Table::new();
    for (key, value) in first {
        if rest.iter().all(|other| other.get(key) == Some(value)) {
            common_keys.insert(key.clone(), value.clone());
        } else if let Value::Table(inner) = value {
            let others: Option<Vec<&Table>> = rest.iter().map(|other| other.get(key)?.as_table()).collect();
            let both = others.map(|others| common(inner, &others)).unwrap_or_default();
            if !both.is_empty() {
                common_keys.insert(key.clone(), both.into());
            }
        }
    }
    common_keys
}

fn take_away(table: &mut Table, shared: &Table) {
    for (key, value) in shared {
        if table.get(key) == Some(value) {
            table.remove(key);
        } else if let (Some(Value::Table(own)), Value::Table(shared)) = (table.get_mut(key), value) {
            take_away(own, shared);
        }
    }
}

/// The directory that the files have in common, or the kind.
fn group_name(members: &[&Import], kind: &str, taken: &[String]) -> String {
    let directory = |import: &Import| {
        let path = import.table.get("dockerfile").and_then(Value::as_str).unwrap_or_default();
        path.rsplit('/').nth(1).unwrap_or_default().to_ascii_lowercase().replace(['_', '.'], "-")
    };
    let first = members.first().map(|import| directory(import)).unwrap_or_default();
    let alike = members.iter().all(|import| directory(import) == first);
    let valid = first.parse::<crate::fleet::words::Name>().is_ok();
    let name = if alike && valid { first } else { kind.to_owned() };
    let free = |name: &String| !taken.contains(name);
    let mut numbered = (2..).map(|n| format!("{name}-{n}"));
    if free(&name) { name } else { numbered.find(free).unwrap_or_default() }
}

/// `[services.NAME]` and the table of its kind.
fn block(tables: &str, name: &str, table: &Table) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut below = Vec::new();
    let keys = ORDER.iter().filter_map(|key| table.get_key_value(*key));
    for (key, value) in keys {
        let shown = inline(value, WIDTH.saturating_sub(key.len() + 3));
        if value.is_table() && (shown.len() > WIDTH) {
            below.push((key, value));
        } else {
            lines.push((key.clone(), shown));
        }
    }
    below.extend(table.iter().filter(|(key, _)| !is_setting(key)));
    let mut text = format!("[{tables}.{name}]\n{}", aligned(&lines));
    for (key, value) in below {
        let Value::Table(inner) = value else { continue };
        let lines: Vec<_> =
            inner.iter().map(|(key, value)| (quoted_key(key), inline(value, WIDTH - 20))).collect();
        text.extend([format!("\n[{tables}.{name}.{key}]\n"), aligned(&lines)]);
    }
    text
}

fn aligned(lines: &[(String, String)]) -> String {
    let width = lines.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key:<width$} = {value}\n")).collect();
    lines.concat()
}

fn quoted_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.to_owned() } else { Value::from(key).to_string() }
}

/// A value in one line, or an array with a line for each item if that is too long.
fn inline(value: &Value, width: usize) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, usize::MAX)).collect();
            let line = format!("[{}]", items.join(", "));
            if line.len() <= width { line } else { format!("[\n  {},\n]", items.join(",\n  ")) }
        }
        Value::Table(table) => {
            let room = width.saturating_sub(20);
            let pairs: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted_key(key), inline(value, room)))
                .collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
        other => other.to_string(),
    }
}
