//! Addresses in the text of a health check.

/// The port that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Port {
    /// A number.
    Known(u16),
    /// The value of a variable, or a default.
    Variable { name: String, default: Option<u16> },
}

/// An address: whether it is one of TLS, its host, port and path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: Port,
    pub(super) path: String,
    /// What behind the path depends on a variable
    pub(super) variable: Option<String>,
}

/// The first address in a text.
pub(super) fn find(text: &str) -> Option<Address> {
    let (tls, start) = match (text.find("http://"), text.find("https://")) {
        (Some(plain), Some(tls)) if tls < plain => (true, tls + 8),
        (Some(plain), _) => (false, plain + 7),
        (None, tls) => (true, tls? + 8),
    };
    parse(tls, &text[start..])
}

/// What stands behind `http://`, or instead of it for a tool that needs none.
pub(super) fn parse(tls: bool, address: &str) -> Option<Address> {
    let name_end = if address.starts_with('[') { address.find(']')? + 1 } else { 0 };
    let name_end = name_end
        + address[name_end..]
            .find(|c: char| c == ':' || c == '/' || c == '?' || ends_address(c))
            .unwrap_or(address.len() - name_end);
    let (host, rest) = address.split_at(name_end);
    // `user:password@host` is seen by its password.
    let (port, rest) = match rest.strip_prefix(':') {
        Some(behind) => self::port(behind)?,
        None => (Port::Known(if tls { 443 } else { 80 }), rest),
    };
    let end = rest.find(ends_address).unwrap_or(rest.len());
    let path = &rest[..end];
    let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let variable = rest[end..]
        .starts_with('$')
        .then(|| rest[end..].split(ends_word).next().unwrap_or_default().to_owned());
    (!host.is_empty()).then(|| Address { tls, host: host.to_owned(), port, path, variable })
}

/// Whether a host is the container itself.
pub(super) fn is_here(host: &str) -> bool {
    ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "::1", "ip6-localhost", "[::]"].contains(&host)
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || "\"'`,;)|\\$<>{}#".contains(c)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "\"'`,;)|\\<>".contains(c)
}

/// The port that a text begins with, and what is behind it.
pub(super) fn port(text: &str) -> Option<(Port, &str)> {
    let Some(variable) = text.strip_prefix('$') else {
        let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        return match digits.parse() {
            Ok(0) => None,
            Ok(number) => Some((Port::Known(number), rest)),
            Err(_) if digits.is_empty() => Some((Port::Known(80), rest)),
            Err(_) => None,
        };
    };
    let (name, default, rest) = if let Some(braced) = variable.strip_prefix('{') {
        let (inner, rest) = braced.split_once('}')?;
        let (name, default) = inner.split_once(":-").unwrap_or((inner, ""));
        (name, default, rest)
    } else {
        let end = variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = variable.split_at(end.unwrap_or(variable.len()));
        (name, "", rest)
    };
    Some((Port::Variable { name: name.to_owned(), default: default.parse().ok() }, rest))
}
