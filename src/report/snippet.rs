//! A mistake with the line it is in: `file:line:column`, the line, what is wrong, what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::brief;
use crate::diagnostic::{Diagnostic, Span};

/// The longest part of a line that is shown.
const WIDTH: usize = 160;

/// A mistake, or what deserves a look, as it is shown to people.
pub(super) fn render(level: Level<'_>, path: &str, text: &str, mistake: &Diagnostic) -> String {
    let place = Excerpt::of(text, &mistake.span);
    let related = mistake.related.as_ref().map(|(span, label)| (Excerpt::of(text, span), label.as_str()));
    let message = brief(&mistake.message);
    let mut group = Group::with_title(level.primary_title(message)).element(
        Snippet::source(place.text.as_str())
            .path(path)
            .line_start(place.line)
            .annotation(AnnotationKind::Primary.span(place.span.clone())),
    );
    if let Some((excerpt, label)) = &related {
        group = group.element(
            Snippet::source(excerpt.text.as_str())
                .path(path)
                .line_start(excerpt.line)
                .annotation(AnnotationKind::Context.span(excerpt.span.clone()).label(*label)),
        );
    }
    let hint = mistake.hint.as_deref().map(brief);
    if let Some(hint) = hint {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    let shown = Renderer::styled().render(&[group]);
    // The renderer counts columns in the part of the line that it is given.
    let at = |column: usize| format!("{path}:{}:{column}", place.line);
    if place.before == 0 {
        shown
    } else {
        shown.replacen(&at(place.column), &at(place.before + place.column), 1)
    }
}

/// The line that a span starts in, or the part of it that is near.
struct Excerpt {
    text: String,
    line: usize,
    span: Span,
    /// Where the span begins in the part, from 1, and how many characters of the line are before the part.
    column: usize,
    before: usize,
}

impl Excerpt {
    fn of(text: &str, span: &Span) -> Self {
        let start = floor(text, span.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = floor(text, span.end.clamp(start, line_end));
        let from = floor(text, line_start.max(start.saturating_sub(WIDTH / 2)));
        let to = floor(text, line_end.min(start.max(from) + WIDTH));
        Self {
            text: text[from..to].to_owned(),
            line: text[..start].matches('\n').count() + 1,
            span: start - from..end.min(to) - from,
            column: text[from..start].chars().count() + 1,
            before: text[line_start..from].chars().count(),
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str, mistake: &Diagnostic) -> String {
        anstream::adapter::strip_str(&render(Level::ERROR, "services.toml", text, mistake)).to_string()
    }

    #[test]
    fn shows_the_place_the_line_and_the_hint() {
        let mistake = Diagnostic::new(9..14, "there is no base `pyton`").hint("did you mean `python`?");
        let shown = plain("a = 1\nb= \"pyton\"\n", &mistake);
        assert!(shown.contains("services.toml:2:4"), "{shown}");
        assert!(shown.contains("b= \"pyton\""), "{shown}");
        assert!(shown.contains("hint: did you mean `python`?"), "{shown}");
    }

    #[test]
    fn a_line_of_megabytes_is_cut_and_its_column_is_that_of_the_file() {
        let text = format!("a = \"{}\"", "x".repeat(5_000_000));
        let shown = plain(&text, &Diagnostic::new(2_000_000..2_000_001, "m"));
        assert!(shown.len() < 1000, "{}", shown.len());
        assert!(shown.contains("services.toml:1:2000001\n"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_span_in_any_text_is_shown(text in "\\PC{0,60}|[a-zé\n\r\t\u{1b}]{0,60}", a in 0_usize..80, b in 0_usize..80) {
            render(Level::ERROR, "f", &text, &Diagnostic::new(a..b, "m").related(b..a, "r"));
        }
    }
}
