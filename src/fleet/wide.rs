//! The tables beside the services. An entry that is wrong does not hide what is wrong with the services.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::description::FleetWide;
use super::flaws::Entries;
use super::tree::{Value, typed};
use crate::diagnostic::Diagnostic;

/// What `[fleet]` cannot do without.
const NEEDED: &str = "name = 'none'\n";

const TABLES: [&str; 5] = ["fleet", "bases", "tools", "catalogue", "networks"];

/// Gives the tables their types. Without the entries that are wrong, if there are any.
pub(super) fn read<'i>(
    wide: Value<'i>,
    wrong: &mut Entries,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<FleetWide> {
    match typed(wide.clone()) {
        Ok(wide) => return Some(wide),
        Err(mistake) => mistakes.push(mistake),
    }
    let span = wide.span();
    let DeValue::Table(tables) = wide.into_inner() else { return None };
    // Under a table with a wrong name may stand what services refer to.
    if tables.keys().any(|table| !TABLES.contains(&&**table.get_ref())) {
        return None;
    }
    let needed = DeTable::parse(NEEDED).ok()?.into_inner();
    let alone = |tables: DeTable<'i>| {
        let mut all = tables;
        if let Some(DeValue::Table(fleet)) = all.get_mut("fleet").map(Spanned::get_mut) {
            needed.iter().for_each(|(key, value)| {
                if !fleet.contains_key(&**key.get_ref()) {
                    fleet.insert(key.clone(), value.clone());
                }
            });
        } else {
            let fleet = Spanned::new(span.clone(), DeValue::Table(needed.clone()));
            all.insert(Spanned::new(span.clone(), "fleet".into()), fleet);
        }
        typed::<FleetWide>(Spanned::new(span.clone(), DeValue::Table(all)))
    };
    let mut right = DeTable::new();
    for (table, entries) in tables {
        let place = entries.span();
        let DeValue::Table(entries) = entries.into_inner() else {
            wrong.add(table.get_ref(), "");
            continue;
        };
        let mut kept = DeTable::new();
        for (name, entry) in entries {
            let one = DeTable::from_iter([(name.clone(), entry.clone())]);
            let one = Spanned::new(place.clone(), DeValue::Table(one));
            match alone(DeTable::from_iter([(table.clone(), one)])) {
                Ok(_) => drop(kept.insert(name, entry)),
                Err(mistake) => {
                    wrong.add(table.get_ref(), name.get_ref());
                    mistakes.push(mistake);
                }
            }
        }
        right.insert(table, Spanned::new(place, DeValue::Table(kept)));
    }
    alone(right).ok()
}
