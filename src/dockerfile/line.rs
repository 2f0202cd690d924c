//! Logical lines: the physical lines of an instruction, joined at their continuations.

use std::borrow::Cow;
use std::ops::Range;

use super::instruction::Word;
use crate::diagnostic::Span;

/// Where a part of a logical line comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Its first byte in the logical line.
    pub(super) logical: usize,
    /// Its first byte in the text.
    pub(super) physical: usize,
}

/// A logical line, and the way back from it to the text.
#[derive(Clone, Copy)]
pub(super) struct Line<'a, 'l> {
    /// The whole text.
    pub(super) source: &'a str,
    /// The parts, joined.
    pub(super) joined: &'l str,
    /// Where they come from, in order; never empty.
    pub(super) pieces: &'l [Piece],
}

impl<'a> Line<'a, '_> {
    /// The piece that holds the byte at `at`.
    fn piece(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.logical <= at).saturating_sub(1)
    }

    fn physical(&self, at: usize) -> usize {
        let piece = self.pieces[self.piece(at)];
        piece.physical + (at - piece.logical)
    }

    /// The place in the text of a range of the line.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        if let [piece] = self.pieces {
            return piece.physical + range.start..piece.physical + range.end;
        }
        // The end of a piece and the start of the next are one position here and two in the text:
        // a range ends where its last byte ends, and an empty one stays behind the byte before it.
        let after = |at: usize| if at == 0 { self.physical(0) } else { self.physical(at - 1) + 1 };
        if range.is_empty() {
            let at = after(range.start);
            return at..at;
        }
        self.physical(range.start)..after(range.end)
    }

    /// A range of the line as a word.
    pub(super) fn word(&self, range: Range<usize>) -> Word<'a> {
        let span = self.span(&range);
        let value = if span.len() == range.len() {
            Cow::Borrowed(&self.source[span.clone()])
        } else {
            Cow::Owned(self.joined[range].to_owned())
        };
        Word { span, value }
    }

    /// A range of the line that says something else than it is written.
    pub(super) fn decoded(&self, range: Range<usize>, value: Option<String>) -> Word<'a> {
        match value {
            Some(value) => Word { span: self.span(&range), value: Cow::Owned(value) },
            None => self.word(range),
        }
    }
}
