//! The token dance: a registry's challenge, and what answers it.
//!
//! Source: the token authentication specification of the CNCF distribution project; RFC 9110,
//! section 11.

use std::fmt::Write as _;

use serde::Deserialize;

use super::address::Address;
use super::credentials::Credential;
use super::error::RegistryError;
use super::http::{Answer, Http, Method, Request};

/// What a registry wants to see (`WWW-Authenticate`).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token from another server.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// Reads the challenge of an answer; a token is preferred to a password.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let values =
            || answer.headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
        values().find_map(Self::bearer).or_else(|| values().any(is_basic).then_some(Self::Basic))
    }

    fn bearer(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim_start().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        for (name, value) in parameters(rest) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value),
                "scope" => scope = Some(value),
                _ => {}
            }
        }
        Some(Self::Bearer { realm: realm?, service, scope })
    }
}

fn is_basic(text: &str) -> bool {
    text.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

/// `name=value` and `name="value"` pairs between commas; what is neither ends the list.
fn parameters(text: &str) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.trim_start_matches([' ', ',']).split_once('=') {
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted)
        } else {
            let end = after.find(',').unwrap_or(after.len());
            (after[..end].trim_end().to_owned(), &after[end..])
        };
        pairs.push((name.trim(), value));
        rest = after;
    }
    pairs
}

/// The text up to the closing quote, its backslashes resolved, and what follows.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

/// A token server's answer; it comes under one name or the other.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// Who asks for a token, of whom, and for what.
pub(super) struct Asker<'a> {
    pub(super) http: &'a Http,
    pub(super) registry: &'a str,
    pub(super) repository: &'a str,
    /// Where the registry sent its challenge from.
    pub(super) address: &'a Address,
}

/// Gets what to send as `Authorization`; `None` if the challenge cannot be met.
pub(super) fn answer(
    asker: &Asker<'_>,
    challenge: &Challenge,
    credential: Option<&Credential>,
) -> Result<Option<String>, RegistryError> {
    let (realm, service, scope) = match challenge {
        Challenge::Basic => return Ok(credential.and_then(Credential::basic)),
        Challenge::Bearer { realm, service, scope } => (realm, service.as_deref(), scope.as_deref()),
    };
    let &Asker { http, registry, repository, address } = asker;
    let unsafe_realm = |cause| RegistryError::unsafe_address(registry, "a token server", realm, cause);
    let server = address.names(realm).map_err(unsafe_realm)?;
    let default_scope = format!("repository:{repository}:pull");
    let scope = scope.unwrap_or(&default_scope);
    let basic = credential.and_then(Credential::basic);
    let token = if let Some(identity) = credential.and_then(Credential::identity) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", identity),
            ("client_id", "dockwright"),
            ("service", service.unwrap_or(registry)),
            ("scope", scope),
        ];
        ask(http, registry, Method::Form(&form), &server, None)?
    } else {
        let server = address.names(&with_query(&server.to_string(), service, scope)).map_err(unsafe_realm)?;
        ask(http, registry, Method::Get, &server, basic.as_deref())?
    };
    Ok(token.map(|token| format!("Bearer {token}")))
}

/// Asks for a token; `None` if it is refused.
fn ask(
    http: &Http,
    registry: &str,
    method: Method<'_>,
    address: &Address,
    authorization: Option<&str>,
) -> Result<Option<String>, RegistryError> {
    let garbage =
        |cause: String| RegistryError::Garbage { registry: registry.to_owned(), what: "a token", cause };
    let answer =
        http.send(registry, Request { method, address, accept: "application/json", authorization })?;
    match answer.status {
        200 => {}
        400 | 401 | 403 => return Ok(None),
        429 => {
            let (registry, retry_after) = (registry.to_owned(), answer.retry_after());
            return Err(RegistryError::TooManyRequests { registry, retry_after });
        }
        status => return Err(RegistryError::Status { registry: registry.to_owned(), status }),
    }
    let token: Token = serde_json::from_slice(&answer.body).map_err(|error| garbage(error.to_string()))?;
    let token = token.token.or(token.access_token).ok_or_else(|| garbage("it is missing".to_owned()))?;
    // What goes into a header must be a word.
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(garbage("it contains characters that a header cannot have".to_owned()));
    }
    Ok(Some(token))
}

fn with_query(server: &str, service: Option<&str>, scope: &str) -> String {
    let mut url = server.to_owned();
    let mut separator = if server.contains('?') { '&' } else { '?' };
    for (name, value) in [("service", service), ("scope", Some(scope))] {
        let Some(value) = value else { continue };
        url.push(separator);
        url.push_str(name);
        url.push('=');
        percent_encode(value, &mut url);
        separator = '&';
    }
    url
}

fn percent_encode(text: &str, url: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b',' => {
                url.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_challenge_is_read_as_registries_write_it() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            let owned = |text: &str| text.to_owned();
            Some(Challenge::Bearer {
                realm: owned(realm),
                service: service.map(owned),
                scope: scope.map(owned),
            })
        };
        assert_eq!(
            Challenge::bearer(
                r#"Bearer realm="https://a/token",service="a",scope="repository:x/y:pull,push""#
            ),
            bearer("https://a/token", Some("a"), Some("repository:x/y:pull,push"))
        );
        assert_eq!(
            Challenge::bearer(r#"bearer  service=a , error="b\"c", Realm=https://a/t"#),
            bearer("https://a/t", Some("a"), None)
        );
        assert_eq!(Challenge::bearer(r#"Bearer service="a""#), None);
        assert_eq!(Challenge::bearer("Basic realm=x"), None);
        assert!(is_basic("Basic realm=x"));
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(with_query("https://a/t", Some("a b&c"), "x"), "https://a/t?service=a%20b%26c&scope=x");
        assert_eq!(with_query("https://a/t?y=1", None, "x"), "https://a/t?y=1&scope=x");
    }

    proptest! {
        #[test]
        fn any_challenge_is_read_or_not(text in ".{0,80}") {
            Challenge::bearer(&format!("Bearer {text}"));
        }
    }
}
