//! What `--progress=rawjson` writes: JSON objects, with lines of plain text between them.
//!
//! The objects are `SolveStatus` of `BuildKit` (<https://pkg.go.dev/github.com/moby/buildkit/client#SolveStatus>).
//! buildx 0.13 spreads each over several lines and later ones do not, so the end of one is found by
//! its braces. The text is what the client has to say itself: why it failed, and from which line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};

/// An object that grows beyond this is no news of a build.
const LIMIT: usize = 16 << 20;

/// News of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Steps whose state has changed.
    #[serde(deserialize_with = "or_empty")]
    pub vertexes: Vec<Vertex>,
    /// What steps are doing in detail.
    #[serde(deserialize_with = "or_empty")]
    pub statuses: Vec<Status>,
    /// What steps print.
    #[serde(deserialize_with = "or_empty")]
    pub logs: Vec<Log>,
}

/// A step of a build. The same step of two targets has one digest, and comes once for each name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vertex {
    /// What it is known by.
    pub digest: String,
    /// What it is called: `[redis builder 2/5] RUN …`.
    pub name: String,
    /// When it began; none if it is only planned.
    pub started: Option<String>,
    /// When it ended; none if it has not.
    pub completed: Option<String>,
    /// Whether its result was there already.
    pub cached: bool,
    /// Why it failed; empty if it did not.
    pub error: String,
}

/// A part of a step: `pushing layers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// What it is called.
    pub id: String,
    /// The digest of its step.
    pub vertex: String,
    /// When it ended.
    pub completed: Option<String>,
}

/// What a step printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Log {
    /// The digest of its step.
    pub vertex: String,
    /// The bytes.
    #[serde(deserialize_with = "bytes")]
    pub data: Vec<u8>,
}

/// Go writes an empty list as `null` as well.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    STANDARD.decode(text.unwrap_or_default()).map_err(serde::de::Error::custom)
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// An object.
    Event(Event),
    /// A line, without its end.
    Text(String),
}

/// Takes a stream apart, in whatever portions it arrives.
#[derive(Debug, Default)]
pub struct Splitter {
    /// The object or line that has begun.
    held: Vec<u8>,
    object: Option<Braces>,
}

/// How deep in an object the stream is.
#[derive(Debug, Default)]
struct Braces {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte comes to in an object.
enum Step {
    Inside,
    End,
    NoJson,
}

impl Braces {
    fn take(&mut self, byte: u8) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                b'\n' => return Step::NoJson,
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' => self.depth += 1,
            b'}' => self.depth -= 1,
            _ => {}
        }
        if self.depth == 0 { Step::End } else { Step::Inside }
    }
}

impl Splitter {
    /// Takes in a portion, and gives the pieces that it completes.
    pub fn push(&mut self, portion: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for &byte in portion {
            self.take(byte, &mut pieces);
        }
        pieces
    }

    /// The stream has ended: gives what it left unfinished.
    pub fn finish(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.flush(&mut pieces);
        pieces
    }

    fn take(&mut self, byte: u8, pieces: &mut Vec<Piece>) {
        if self.held.is_empty() && self.object.is_none() && byte == b'{' {
            self.object = Some(Braces::default());
        }
        let Some(braces) = &mut self.object else {
            if byte == b'\n' {
                self.flush(pieces);
            } else {
                self.held.push(byte);
            }
            return;
        };
        self.held.push(byte);
        match braces.take(byte) {
            Step::End => match serde_json::from_slice(&self.held) {
                Ok(event) => {
                    pieces.push(Piece::Event(event));
                    self.held.clear();
                    self.object = None;
                }
                // A line of text may begin with a brace; it goes on to its end.
                Err(_) => self.object = None,
            },
            Step::NoJson => self.flush(pieces),
            Step::Inside if self.held.len() > LIMIT => self.flush(pieces),
            Step::Inside => {}
        }
    }

    fn flush(&mut self, pieces: &mut Vec<Piece>) {
        self.object = None;
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held);
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        pieces.extend(lines.map(|line| Piece::Text(line.to_owned())));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<Piece> {
        let mut splitter = Splitter::default();
        let mut pieces = splitter.push(text.as_bytes());
        pieces.extend(splitter.finish());
        pieces
    }

    fn text(line: &str) -> Piece {
        Piece::Text(line.to_owned())
    }

    #[test]
    fn objects_and_lines_are_told_apart() {
        let pieces = split(concat!(
            "WARN: a line first\n{\n  \"vertexes\": [\n    {\"digest\": \"d\", \"name\": \"} \\\" {\"}\n  ]\n}\n",
            "{\"logs\":[{\"vertex\":\"d\",\"data\":\"aGkK\"}]}\n{\"statuses\": null}\nERROR: the last"
        ));
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[0], text("WARN: a line first"));
        let Piece::Event(event) = &pieces[1] else { panic!("an object") };
        assert_eq!(event.vertexes[0].name, "} \" {");
        let Piece::Event(event) = &pieces[2] else { panic!("an object") };
        assert_eq!(event.logs[0].data, b"hi\n");
        assert_eq!(pieces[3], Piece::Event(Event::default()));
        assert_eq!(pieces[4], text("ERROR: the last"));
    }

    #[test]
    fn a_line_that_only_begins_like_an_object_is_text() {
        assert_eq!(split("{x} is not JSON\nnext\n"), [text("{x} is not JSON"), text("next")]);
        assert_eq!(split("{\"open\nnext\n"), [text("{\"open"), text("next")]);
        assert_eq!(split("{ never closed\n"), [text("{ never closed")]);
    }

    proptest! {
        #[test]
        fn portions_do_not_matter(
            parts in prop::collection::vec(r#"(\{"vertexes":\[\]\}|\{ ?"?|\}|[a-z"\\]{0,4}|\n)"#, 0..20),
            size in 1usize..7,
        ) {
            let whole = parts.concat();
            let mut splitter = Splitter::default();
            let mut pieces: Vec<_> = whole.as_bytes().chunks(size).flat_map(|part| splitter.push(part)).collect();
            pieces.extend(splitter.finish());
            prop_assert_eq!(pieces, split(&whole));
        }
    }
}
