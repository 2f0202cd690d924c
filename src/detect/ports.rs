//! The port that a service listens on.

use super::{Found, Key, Unit, start};

/// Variables that tell programs of some frameworks their port, at the end of the value.
const VARIABLES: [&str; 5] =
    ["PORT", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", "FLASK_RUN_PORT", "SERVER_PORT"];

/// The key `ports` and its first port; the strongest source first.
pub(super) fn of(unit: &Unit, found: &Found) -> Option<(u16, Key)> {
    let facts = &unit.facts;
    let sure = |ports: &[u16]| {
        let first = *ports.first()?;
        Some((first, Key::sure("ports", ports.to_vec())))
    };
    let guessed = |port: u16, why: &str| (port, Key::guessed("ports", vec![port], why));
    let option = unit.argv().and_then(|argv| {
        let value = start::option(argv, &["--port", "-p", "--bind", "-b"])?;
        value.rsplit(':').next()?.parse().ok().filter(|port| *port > 0)
    });
    let environment = VARIABLES.into_iter().find_map(|name| {
        let given = unit.compose.as_ref().and_then(|service| service.environment.get(name)?.clone());
        let value = given.as_ref().or_else(|| facts.env.get(name))?;
        super::compose::plain(value)?.trim_end_matches('/').rsplit([':', ';']).next()?.parse().ok()
    });
    option
        .and_then(|port| sure(&[port]))
        .or_else(|| sure(&facts.ports))
        .or_else(|| environment.and_then(|port: u16| sure(&[port])))
        .or_else(|| sure(&unit.compose.as_ref()?.ports))
        .or_else(|| found.port.as_ref().map(|(port, why)| guessed(*port, why)))
        .filter(|(port, _)| *port > 0)
}

/// The number behind one of some words in a text, such as `listen(8080`.
pub(super) fn behind(text: &str, words: &[&str]) -> Option<u16> {
    words.iter().find_map(|word| {
        text.match_indices(word).find_map(|(at, _)| {
            let rest = text[at + word.len()..].trim_start_matches([' ', '"', '\'', ':', '=']);
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest[..digits].parse().ok().filter(|port| *port > 79)
        })
    })
}
