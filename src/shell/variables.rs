//! Variables of a command line: what a shell would have put in, the program of generated images does.

/// A line of a shell with its variables as services.toml refers to them: `$PORT` is `{env:PORT}`, `${A:-b}` is
/// `{env:A:-b}`. What stands between single quotes, and what only a shell can do with a variable, stays.
pub(crate) fn referred(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    let mut is_quoted = false;
    while let Some(at) = rest.find(['$', '\'', '\\', '"']) {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        let mut chars = behind.chars();
        match chars.next() {
            Some('\\') => {
                let length = 1 + chars.next().map_or(0, char::len_utf8);
                text.push_str(&behind[..length]);
                rest = &behind[length..];
                continue;
            }
            Some('"') => is_quoted = !is_quoted,
            Some('\'') if !is_quoted => {
                let end = behind[1..].find('\'').map_or(behind.len(), |end| end + 2);
                text.push_str(&behind[..end]);
                rest = &behind[end..];
                continue;
            }
            Some('$') => {
                if let Some((reference, length)) = reference(&behind[1..]) {
                    text.push_str(&reference);
                    rest = &behind[1 + length..];
                    continue;
                }
            }
            _ => {}
        }
        text.push_str(&behind[..1]);
        rest = &behind[1..];
    }
    text + rest
}

/// The reference for what stands behind a `$`, and how long that is.
fn reference(text: &str) -> Option<(String, usize)> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let Some(braced) = text.strip_prefix('{') else {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        return is_name(&text[..end]).then(|| (format!("{{env:{}}}", &text[..end]), end));
    };
    let (inner, _) = braced.split_once('}')?;
    let length = inner.len() + 2;
    let (name, default) = match inner.split_once(":-").or_else(|| inner.split_once('-')) {
        Some((name, default)) => (name, Some(default.trim_matches(['"', '\'']))),
        None => (inner, None),
    };
    if !is_name(name) || default.is_some_and(|default| default.contains(['$', '{', '`'])) {
        return None;
    }
    let default = default.filter(|default| !default.is_empty()).map(|default| format!(":-{default}"));
    Some((format!("{{env:{name}{}}}", default.unwrap_or_default()), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_references() {
        for (line, text) in [
            ("a --port $PORT", "a --port {env:PORT}"),
            ("a \"${A:-b c}\" '$C' \\$D", "a \"{env:A:-b c}\" '$C' \\$D"),
            ("a \"it's $B\"", "a \"it's {env:B}\""),
            ("a :${PORT-80} ${A:?x} ${A%b} $1 $$ $", "a :{env:PORT:-80} ${A:?x} ${A%b} $1 $$ $"),
            ("${A:-} 'open", "{env:A} 'open"),
        ] {
            assert_eq!(referred(line), text, "{line}");
        }
    }
}
