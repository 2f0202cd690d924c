//! Proposals as text of services.toml.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::json;

use super::{Key, Proposal, Unknown};
use crate::diagnostic::Diagnostic;
use crate::fleet::{self, toml_value};
use crate::kinds::Kind;

/// What is to be added to a description.
#[derive(Debug, Default)]
pub struct Text {
    /// The text, which the description with it can be loaded with.
    pub text: String,
    /// The services that it describes.
    pub added: Vec<String>,
    /// The services that stand in it as comments, and why.
    pub refused: Vec<Unknown>,
}

/// The text of the proposals, behind that of a description that is there. What the description refuses becomes a
/// comment, and so do proposals that only it made possible. `known` are the services that are there, which new ones may
/// depend on.
pub fn text(before: &str, known: &BTreeSet<&str>, proposals: &[Proposal]) -> Text {
    let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
    for (at, proposal) in proposals.iter().enumerate() {
        if !Kind::is_word(proposal.kind) {
            reasons.insert(at, format!("dockwright has no kind `{}`", proposal.kind));
        } else if toml::from_str::<toml::Table>(&entry(proposal, &[], true)).is_err() {
            reasons.insert(at, "one of its values cannot be written in TOML".to_owned());
        } else if let Some(why) = &proposal.not_yet {
            reasons.insert(at, why.clone());
        }
    }
    loop {
        let (text, starts) = whole(before, known, proposals, &reasons);
        let all = format!("{before}{text}");
        let Err(mistakes) = fleet::load(&all) else { return done(text, proposals, reasons) };
        let counted = reasons.len();
        for mistake in &mistakes {
            let Some(at) = service_at(mistake, before.len(), &starts) else { continue };
            reasons.entry(at).or_insert_with(|| mistake.message.clone());
        }
        if reasons.len() == counted {
            // Nothing more can be told apart: what is there stays alone.
            let why = mistakes.first().map_or_else(String::new, |mistake| mistake.message.clone());
            reasons = (0..proposals.len()).map(|at| (at, reasons.get(&at).unwrap_or(&why).clone())).collect();
            let (text, _) = whole(before, known, proposals, &reasons);
            return done(text, proposals, reasons);
        }
    }
}

fn done(text: String, proposals: &[Proposal], reasons: BTreeMap<usize, String>) -> Text {
    let added = proposals.iter().enumerate().filter(|(at, _)| !reasons.contains_key(at));
    let added = added.map(|(_, proposal)| proposal.name.clone()).collect();
    let refused = reasons.into_iter().map(|(at, why)| {
        let Proposal { name, kind, .. } = &proposals[at];
        Unknown { service: name.clone(), key: kind, why }
    });
    Text { text, added, refused: refused.collect() }
}

/// The service in whose entry a mistake lies.
fn service_at(mistake: &Diagnostic, before: usize, starts: &[usize]) -> Option<usize> {
    let at = mistake.span.start.checked_sub(before)?;
    starts.partition_point(|start| *start <= at).checked_sub(1)
}

/// All entries, and where each begins.
fn whole(
    before: &str,
    known: &BTreeSet<&str>,
    proposals: &[Proposal],
    reasons: &BTreeMap<usize, String>,
) -> (String, Vec<usize>) {
    let mut there = known.clone();
    there.extend(
        proposals
            .iter()
            .enumerate()
            .filter(|(at, _)| !reasons.contains_key(at))
            .map(|(_, p)| p.name.as_str()),
    );
    let mut text = String::new();
    let mut starts = Vec::new();
    for (at, proposal) in proposals.iter().enumerate() {
        let newline = if before.is_empty() && text.is_empty() { "" } else { "\n" };
        text.push_str(newline);
        starts.push(text.len());
        let needed: Vec<&str> =
            proposal.depends_on.iter().map(String::as_str).filter(|name| there.contains(name)).collect();
        let shares = proposals
            .iter()
            .any(|other| other.name != proposal.name && other.directory == proposal.directory);
        let entry = entry(proposal, &needed, shares);
        match reasons.get(&at) {
            None => text.push_str(&entry),
            Some(why) => commented(&mut text, &entry, why),
        }
    }
    (text, starts)
}

/// An entry that cannot stand there yet.
fn commented(text: &mut String, entry: &str, why: &str) {
    let _ = writeln!(text, "# not yet: {}", plain(why));
    for line in entry.lines() {
        let line = plain(line);
        text.push_str(if line.is_empty() { "#" } else { "# " });
        text.push_str(&line);
        text.push('\n');
    }
}

/// The entry of a service. One that shares its directory needs a path for its Dockerfile.
fn entry(proposal: &Proposal, depends_on: &[&str], shares: bool) -> String {
    let Proposal { name, kind, .. } = proposal;
    let mut keys = proposal.keys.clone();
    if shares || proposal.directory.is_empty() {
        keys.push(Key::sure("dockerfile", format!("{name}/Dockerfile")));
    }
    if !depends_on.is_empty() {
        keys.push(Key::sure("depends_on", json!(depends_on)));
    }
    let (env, keys): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(|key| key.name == "env");
    let env =
        if env.is_empty() { String::new() } else { format!("\n[services.{name}.env]\n{}", variables(&env)) };
    format!("[services.{name}]\n{}{env}\n[services.{name}.{kind}]\n{}", lines(&keys), lines(&proposal.table))
}

/// A line for each variable, in the order of their names.
fn variables(env: &[Key]) -> String {
    let all = env.iter().filter_map(|key| Some((key.value.as_object()?, &key.guess)));
    let all: BTreeMap<_, _> =
        all.flat_map(|(values, guess)| values.iter().map(move |it| (it.0, (it.1, guess)))).collect();
    all.into_iter().fold(String::new(), |mut text, (name, (value, guess))| {
        let _ = writeln!(text, "{name} = {}{}", toml_value(value), mark(guess.as_deref()));
        text
    })
}

/// What stands behind a guess.
fn mark(guess: Option<&str>) -> String {
    guess.map_or_else(String::new, |why| format!("  # guessed: {}", plain(why)))
}

fn lines(keys: &[Key]) -> String {
    let width = keys.iter().map(|key| key.name.len()).max().unwrap_or(0);
    keys.iter().fold(String::new(), |mut text, Key { name, value, guess }| {
        let _ = writeln!(text, "{name:width$} = {}{}", toml_value(value), mark(guess.as_deref()));
        text
    })
}

/// A text without characters that a comment cannot have.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
