//! The text of a journal: what a run is about to do, with a checksum at its end.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The first line of a journal.
const MAGIC: &[u8] = b"dockwright journal 1\n";

/// The line before the checksum.
const END: &[u8] = b"end\n";

/// What is to become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change<'c> {
    /// Where it is, with `/` between the parts.
    pub(super) path: String,
    /// The hash of what it holds; none if there is no file.
    pub(super) old: Option<String>,
    /// What it shall hold; none if it goes.
    pub(super) new: Option<&'c [u8]>,
}

/// The line before the new content of a file.
#[derive(Serialize, Deserialize)]
struct Entry {
    path: String,
    old: Option<String>,
    /// The length of the new content.
    new: Option<u64>,
}

/// Writes a journal.
pub(super) fn write(out: impl Write, changes: &[Change<'_>]) -> io::Result<()> {
    let mut out = Hashing { inner: BufWriter::with_capacity(1 << 20, out), hash: Sha256::new() };
    out.write_all(MAGIC)?;
    for Change { path, old, new } in changes {
        let entry = Entry { path: path.clone(), old: old.clone(), new: new.map(|new| new.len() as u64) };
        serde_json::to_writer(&mut out, &entry)?;
        out.write_all(b"\n")?;
        out.write_all(new.unwrap_or_default())?;
    }
    out.write_all(END)?;
    let hash = hex(&out.hash.finalize());
    out.inner.write_all(hash.as_bytes())?;
    out.inner.flush()
}

/// What a journal says; `None` if it is not whole.
pub(super) fn read(journal: &[u8]) -> Option<Vec<Change<'_>>> {
    let (body, hash) = journal.split_at_checked(journal.len().checked_sub(64)?)?;
    if hash != hash_of(body).as_bytes() {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut changes = Vec::new();
    while rest != END {
        let line = rest.iter().position(|byte| *byte == b'\n')?;
        let Entry { path, old, new } = serde_json::from_slice(&rest[..line]).ok()?;
        let length = usize::try_from(new.unwrap_or_default()).ok()?;
        let (content, behind) = rest[line + 1..].split_at_checked(length)?;
        changes.push(Change { path, old, new: new.map(|_| content) });
        rest = behind;
    }
    Some(changes)
}

/// Whether this may have been written by [`write()`], whole or in part: blocks that the power took are zeros.
pub(super) fn is_one(content: &[u8]) -> bool {
    let start = &content[..content.len().min(MAGIC.len())];
    MAGIC.starts_with(start) || content.iter().all(|byte| *byte == 0)
}

pub(super) fn hash_of(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A writer that hashes what goes through it.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_journal_is_read_whole_or_not_at_all(
            files in prop::collection::vec((any::<String>(), any::<bool>(), any::<Option<Vec<u8>>>()), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let changes: Vec<_> = files
                .iter()
                .map(|(path, is_there, new)| Change {
                    path: path.clone(),
                    old: is_there.then(|| hash_of(path.as_bytes())),
                    new: new.as_deref(),
                })
                .collect();
            let mut text = Vec::new();
            write(&mut text, &changes).unwrap();
            prop_assert_eq!(read(&text), Some(changes));
            let part = &text[..cut.index(text.len())];
            prop_assert!(is_one(part));
            prop_assert_eq!(read(part), None);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            read(&bytes);
        }
    }
}
