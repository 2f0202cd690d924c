//! Changing a text by spans, and nothing else.

use crate::diagnostic::Span;

/// A span, and what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace; an empty span inserts.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// Why a list of edits is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits want the same bytes, or insert at the same place.
    #[error("two edits overlap at bytes {}..{} and {}..{}", .0.start, .0.end, .1.start, .1.end)]
    Overlap(Span, Span),
    /// A span reaches beyond the text, or cuts a character.
    #[error("bytes {}..{} are outside the text", .0.start, .0.end)]
    Range(Span),
}

impl Edit {
    /// Puts `replacement` in place of the bytes at `span`.
    pub fn new(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }
}

/// The text with all edits, every other byte as it was. The order of the edits does not matter.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    for pair in edits.windows(2) {
        let (first, second) = (&pair[0].span, &pair[1].span);
        if second.start < first.end || first == second {
            return Err(EditError::Overlap(first.clone(), second.clone()));
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for Edit { span, replacement } in edits {
        let cut = || EditError::Range(span.clone());
        text.get(span.clone()).ok_or_else(cut)?;
        out.push_str(&text[at..span.start]);
        out.push_str(replacement);
        at = span.end;
    }
    out.push_str(&text[at..]);
    Ok(out)
}
