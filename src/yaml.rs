//! YAML as go-yaml reads it, which Compose and most tools of containers use.
//!
//! The parser at hand keeps to the specification: lines of a flow collection and of a quoted scalar have to be
//! indented, and `-` is no item. go-yaml asks for neither. A text that is refused for that is read again, with what
//! the specification wants in its place, byte for byte at the same places.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScanError, Span};

/// The deepest text that is read. Each level takes the parser and its readers more time than the one before.
const DEEPEST: usize = 500;

/// The text that was read, and its events with their places.
type Read<'t> = (Cow<'t, str>, Vec<(Event<'static>, Span)>);

/// The events of a text, and the text in which their places lie: the given one, or one of the same length.
///
/// # Errors
/// If neither go-yaml nor the specification would read it, or it nests too deep.
pub(crate) fn events(text: &str) -> Result<Read<'_>, ScanError> {
    match parse(text) {
        Ok(events) => Ok((Cow::Borrowed(text), events)),
        Err(error) => {
            let lenient = on_one_line(text);
            match parse(&lenient) {
                Ok(events) => Ok((Cow::Owned(lenient), events)),
                Err(_) => Err(error),
            }
        }
    }
}

/// The events of a text, as the specification has it.
fn parse(text: &str) -> Result<Vec<(Event<'static>, Span)>, ScanError> {
    let (mut events, mut depth) = (Vec::new(), 0_usize);
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(ScanError::new(span.start, format!("it nests deeper than {DEEPEST} levels")));
        }
        events.push((owned(event), span));
    }
    Ok(events)
}

fn owned(event: Event<'_>) -> Event<'static> {
    match event {
        Event::Scalar(content, style, anchor, _) => {
            Event::Scalar(Cow::Owned(content.into_owned()), style, anchor, None)
        }
        Event::SequenceStart(anchor, _) => Event::SequenceStart(anchor, None),
        Event::MappingStart(anchor, _) => Event::MappingStart(anchor, None),
        Event::Alias(anchor) => Event::Alias(anchor),
        Event::Nothing => Event::Nothing,
        Event::StreamStart => Event::StreamStart,
        Event::StreamEnd => Event::StreamEnd,
        Event::DocumentStart(explicit) => Event::DocumentStart(explicit),
        Event::DocumentEnd => Event::DocumentEnd,
        Event::SequenceEnd => Event::SequenceEnd,
        Event::MappingEnd => Event::MappingEnd,
    }
}

/// The text with every flow collection and quoted scalar on one line, at the same length: line ends, tabs and
/// comments inside are blanks, and an item `-` is another character.
fn on_one_line(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut depth) = (0, 0_usize);
    // Whether a node may begin here, and the indentation of a block scalar's parent while one is read.
    let mut begins = true;
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'\n' if depth == 0 => begins = true,
            b'\n' | b'\r' | b'\t' if depth > 0 => bytes[at] = b' ',
            b' ' | b'\t' => {}
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                let end = line_end(&bytes, at);
                if depth > 0 {
                    bytes[at..end].fill(b' ');
                }
                at = end;
                continue;
            }
            b'"' | b'\'' if begins => {
                let end = closing(&bytes, at);
                for byte in bytes[at..end].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')) {
                    *byte = b' ';
                }
                at = end;
                begins = false;
                continue;
            }
            b'|' | b'>' if begins && depth == 0 => {
                at = block_end(&bytes, at);
                begins = true;
                continue;
            }
            b'[' | b'{' if begins || depth > 0 => {
                depth += 1;
                begins = true;
            }
            b']' | b'}' if depth > 0 => {
                depth -= 1;
                begins = false;
            }
            b',' if depth > 0 => begins = true,
            b':' | b'-' | b'?' if next_is_blank(&bytes, at) && (byte == b':' || begins) => {
                let is_item = byte == b'-' && depth > 0;
                if is_item {
                    bytes[at] = b'_';
                }
                begins = !is_item;
            }
            // A tag or an anchor stands before its node.
            b'!' | b'&' if begins => {
                while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
                    at += 1;
                }
                continue;
            }
            _ => begins = false,
        }
        at += 1;
    }
    // Only bytes of one's own were replaced, by such.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn next_is_blank(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b',' | b']' | b'}'))
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

/// The end of the quoted scalar that begins at `at`.
fn closing(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' if quote == b'"' => end += 1,
            byte if byte == quote && quote == b'\'' && bytes.get(end + 1) == Some(&quote) => end += 1,
            byte if byte == quote => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

/// The end of the block scalar whose head is at `at`: the first line that is not indented more than its own.
fn block_end(bytes: &[u8], at: usize) -> usize {
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let indent = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let own = indent(&bytes[start..]);
    let mut end = line_end(bytes, at);
    while end < bytes.len() {
        let next = line_end(bytes, end + 1);
        let line = &bytes[end + 1..next];
        if !line.trim_ascii().is_empty() && indent(line) <= own {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The scalars of a text, with what stands at their places.
    fn scalars(text: &str) -> Vec<String> {
        let (_, events) = events(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let content = events.into_iter().filter_map(|(event, _)| match event {
            Event::Scalar(content, ..) => Some(content.into_owned()),
            _ => None,
        });
        content.collect()
    }

    /// Each is what `docker compose config` accepts and the specification does not.
    #[test]
    fn what_compose_reads_is_read() {
        for (value, wanted) in [
            ("[\n  \"a\"\n]\n", &["a"][..]),
            ("[\n  \"a\",\n]\n", &["a"]),
            ("[a, -, --x]\n", &["a", "_", "--x"]),
            ("[\n# c\n\"a\",\n\t\"b\" ]\n", &["a", "b"]),
            ("[\"x || exit 1\"\n, \"y\"]\n", &["x || exit 1", "y"]),
            ("[\"a\nb\", c]\n", &["a b", "c"]),
            ("{test: [CMD, \"x\"\n]\n}\n", &["test", "CMD", "x"]),
            ("\"x\ny\"\n", &["x y"]),
        ] {
            let text =
                format!("services:\n  a:\n    key: {value}    block: |\n      [x\n      {{\n    last: 1\n");
            let read = scalars(&text);
            assert_eq!(read[3..read.len() - 4], *wanted, "{text}");
            assert_eq!(read[read.len() - 4..], ["block", "[x\n{\n", "last", "1"], "{text}");
        }
        assert!(events("a: [b, {c]\n").is_err());
    }

    proptest! {
        /// Places stay, whatever the text is.
        #[test]
        fn the_length_stays(text in "[\\[\\]{}a\"':, \n\t#|>é&!-]{0,60}") {
            let lenient = on_one_line(&text);
            prop_assert_eq!(lenient.len(), text.len());
        }
    }
}
