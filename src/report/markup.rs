//! Text inside of HTML, SVG, Markdown and commands of workflows.

/// Text as it stands in HTML and SVG, in attributes as well. Control characters, which XML forbids, are shown.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            _ if character.is_control() => out.extend(character.escape_default()),
            _ => out.push(character),
        }
    }
    out
}

/// A fence that no line of a text closes.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Workflow commands end a property at a colon or a comma, and themselves at a line break.
pub(super) fn property(text: &str) -> String {
    let escapes = [('%', "%25"), (':', "%3A"), (',', "%2C"), ('\r', "%0D"), ('\n', "%0A")];
    escapes.into_iter().fold(text.to_owned(), |text, (character, escape)| text.replace(character, escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fence("no ticks"), "```");
        assert_eq!(fence("+````\n"), "`````");
    }
}
