//! Web sites whose files are there, and what a web server before them passes on.

use std::collections::BTreeMap;

use serde_json::json;

use super::view::{View, ancestors, inside, join, split};
use super::{Found, Key, Unit};

/// A directory with a first page, which a web server's image serves.
pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let beside = &unit.directory;
    // The first page lies beside its Dockerfile, or where that says the server finds it.
    let copied = unit.facts.tree.copied.iter().map(|one| join(&unit.context, &one.from));
    let mut places = std::iter::once(beside.clone()).chain(copied);
    // What lies below a package is its source.
    let home = split(&unit.path).0;
    let is_source = |place: &str| {
        let above = ancestors(place).take_while(|above| inside(home, above).is_some());
        above.into_iter().any(|above| view.has(above, "package.json"))
    };
    let directory = places.find(|place| {
        view.has(place, "index.html")
            && !view.has(place, "package.json")
            && !(unit.is_built() && is_source(place))
    })?;
    let mut found = Found { kind: "static", directory: directory.clone(), ..Found::default() };
    found.member = Some(beside.clone());
    found.table.extend(proxy(view, unit, &mut found.unknowns));
    found.unknowns.extend(served(view, beside));
    found.port = Some((8080, "the file server's own default".to_owned()));
    found.health = Some(("/".to_owned(), "a site has a first page".to_owned()));
    Some(found)
}

/// A start script that puts values into the files of a server.
fn served(view: &View, directory: &str) -> Option<(&'static str, String)> {
    let (path, _) =
        view.files(directory).find(|(path, text)| path.ends_with(".sh") && text.contains("envsubst"))?;
    Some(("start", format!("{path} fills in the server's configuration when it starts, and is not run")))
}

/// What the configuration of nginx beside a site passes on.
pub(super) fn proxy(view: &View, unit: &Unit, unknowns: &mut Vec<(&'static str, String)>) -> Option<Key> {
    let directory = &unit.directory;
    let is_nginx = |path: &str, text: &str| path.contains("nginx") || text.contains("proxy_pass");
    let files = view.below(directory).filter(|(path, text)| {
        (path.ends_with(".conf") || path.ends_with(".conf.template") || path.ends_with(".template"))
            && is_nginx(path, text)
    });
    let mut proxied: BTreeMap<String, String> = BTreeMap::new();
    let mut name = None;
    for (path, text) in files {
        name.get_or_insert_with(|| path.to_owned());
        let mut location = None;
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("location ") {
                let words: Vec<&str> = rest.split([' ', '{']).filter(|word| !word.is_empty()).collect();
                location = words.iter().find(|word| word.starts_with('/')).map(|word| (*word).to_owned());
            }
            let Some(to) = line.strip_prefix("proxy_pass ").and_then(|rest| rest.split(';').next()) else {
                continue;
            };
            let prefix = location.as_deref().unwrap_or("/").trim_end_matches('/');
            let to = filled(to.trim(), &unit.facts.env);
            let is_plain = !prefix.is_empty() && !to.contains('$') && !prefix.contains(['*', '^', '(']);
            if is_plain {
                proxied.insert(prefix.to_owned(), to);
            } else {
                unknowns.push((
                    "static.proxy",
                    format!("{path} has a proxy rule that a prefix cannot express: {line}"),
                ));
            }
        }
    }
    let name = name.filter(|_| !proxied.is_empty())?;
    Some(Key::guessed("proxy", json!(proxied), format!("{name} proxies them")))
}

/// An address with the values that the image has for its variables.
fn filled(text: &str, env: &BTreeMap<String, String>) -> String {
    env.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}
