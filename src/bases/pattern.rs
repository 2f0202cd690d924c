//! Patterns of image names and tags: `{version}-slim-{debian}`.
//!
//! A pattern is literal text with holes. Each hole takes the longest run of what it can hold and is
//! never given anything back, so a text matches in one way or not at all.

/// Go architectures that images are published for, as tags write them.
pub(super) const ARCHITECTURES: [&str; 9] =
    ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "mips64le", "loong64"];

/// What can stand in a hole of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hole {
    /// Numbers between dots: `3.13.1`.
    Version,
    /// A key of the entry's flavours: `debug-nonroot`.
    Flavour,
    /// A code name of Debian: `trixie`.
    Debian,
    /// A code name of Ubuntu: `noble`.
    Ubuntu,
    /// A release of Alpine: `3.22`.
    Alpine,
    /// An architecture: `arm64`.
    Arch,
    /// A commit, 40 hexadecimal digits.
    Commit,
    /// A day without separators: `20251103`.
    Date,
    /// The version of a tool in an image whose own version is another: Maven's in `3.9-eclipse-temurin-21`.
    Tool,
    /// Any text.
    Any,
}

const HOLES: [(&str, Hole); 10] = [
    ("{version}", Hole::Version),
    ("{flavour}", Hole::Flavour),
    ("{debian}", Hole::Debian),
    ("{ubuntu}", Hole::Ubuntu),
    ("{alpine}", Hole::Alpine),
    ("{arch}", Hole::Arch),
    ("{commit}", Hole::Commit),
    ("{date}", Hole::Date),
    ("{tool}", Hole::Tool),
    ("{any}", Hole::Any),
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Hole(Hole),
}

/// A pattern, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

/// What the holes of a pattern hold for one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holes {
    pub(super) version: Option<String>,
    pub(super) flavour: Option<String>,
    /// The release, whichever distribution's.
    pub(super) release: Option<String>,
    pub(super) tool: Option<String>,
}

/// What a match needs to know of the catalogue.
pub(super) trait Vocabulary {
    /// Whether `name` is a release of the distribution.
    fn is_release(&self, distribution: &str, name: &str) -> bool;
    /// The longest flavour with which `text` begins.
    fn flavour<'t>(&self, text: &'t str) -> Option<&'t str>;
}

impl Pattern {
    /// Reads a pattern; the error is the hole that does not exist.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let hole = &rest[open..];
            let Some((name, kind)) = HOLES.iter().find(|(name, _)| hole.starts_with(name)) else {
                let end = hole.find('}').map_or(hole.len(), |close| close + 1);
                return Err(hole[..end].to_owned());
            };
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::Hole(*kind));
            rest = &hole[name.len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The text of a pattern without holes.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What the holes hold if the whole of `text` matches.
    pub(super) fn matches(&self, text: &str, vocabulary: &impl Vocabulary) -> Option<Holes> {
        let mut holes = Holes::default();
        let mut rest = text;
        for part in &self.0 {
            rest = match part {
                Part::Text(literal) => rest.strip_prefix(literal.as_str())?,
                Part::Hole(hole) => {
                    let taken = hole.take(rest, vocabulary)?;
                    holes.put(*hole, taken);
                    &rest[taken.len()..]
                }
            };
        }
        rest.is_empty().then_some(holes)
    }

    /// The pattern with its holes filled; `None` if a hole has nothing to hold.
    ///
    /// What names one build rather than a line of them (architecture, commit, date) is dropped with
    /// the `-` before it.
    pub(super) fn fill(&self, holes: &Holes) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Hole(Hole::Version) => text.push_str(holes.version.as_deref()?),
                Part::Hole(Hole::Flavour) => text.push_str(holes.flavour.as_deref()?),
                Part::Hole(Hole::Debian | Hole::Ubuntu | Hole::Alpine) => {
                    text.push_str(holes.release.as_deref()?);
                }
                Part::Hole(Hole::Tool) => text.push_str(holes.tool.as_deref()?),
                Part::Hole(Hole::Arch | Hole::Commit | Hole::Date) => {
                    text.truncate(text.trim_end_matches('-').len());
                }
                Part::Hole(Hole::Any) => return None,
            }
        }
        Some(text)
    }
}

impl Hole {
    /// The part of `text` that this hole takes from its beginning.
    fn take<'t>(self, text: &'t str, vocabulary: &impl Vocabulary) -> Option<&'t str> {
        let run = |of: fn(u8) -> bool| {
            let length = text.bytes().take_while(|&b| of(b)).count();
            (length > 0).then(|| &text[..length])
        };
        let letters = |distribution| {
            run(|b| b.is_ascii_lowercase()).filter(|name| vocabulary.is_release(distribution, name))
        };
        match self {
            Self::Version | Self::Tool => run(|b| b.is_ascii_digit() || b == b'.').filter(|v| is_version(v)),
            Self::Flavour => vocabulary.flavour(text),
            Self::Debian => letters("debian"),
            Self::Ubuntu => letters("ubuntu"),
            Self::Alpine => {
                run(|b| b.is_ascii_digit() || b == b'.').filter(|name| vocabulary.is_release("alpine", name))
            }
            Self::Arch => run(|b| b.is_ascii_alphanumeric()).filter(|arch| ARCHITECTURES.contains(arch)),
            Self::Commit => run(|b| b.is_ascii_hexdigit()).filter(|commit| commit.len() == 40),
            Self::Date => run(|b| b.is_ascii_digit()).filter(|date| date.len() == 8),
            Self::Any => (!text.is_empty()).then_some(text),
        }
    }
}

/// Numbers with single dots between them.
fn is_version(text: &str) -> bool {
    text.split('.').all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

impl Holes {
    fn put(&mut self, hole: Hole, text: &str) {
        let slot = match hole {
            Hole::Version => &mut self.version,
            Hole::Flavour => &mut self.flavour,
            Hole::Debian | Hole::Ubuntu | Hole::Alpine => &mut self.release,
            Hole::Tool => &mut self.tool,
            Hole::Arch | Hole::Commit | Hole::Date | Hole::Any => return,
        };
        *slot = Some(text.to_owned());
    }

    /// These, and those of another pattern where these have none.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            version: self.version.or(other.version),
            flavour: self.flavour.or(other.flavour),
            release: self.release.or(other.release),
            tool: self.tool.or(other.tool),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Words;

    impl Vocabulary for Words {
        fn is_release(&self, distribution: &str, name: &str) -> bool {
            matches!((distribution, name), ("debian", "trixie") | ("alpine", "3.22"))
        }
        fn flavour<'t>(&self, text: &'t str) -> Option<&'t str> {
            ["debug-nonroot", "debug", "nonroot"]
                .iter()
                .find(|f| text.starts_with(**f))
                .map(|f| &text[..f.len()])
        }
    }

    fn matches(pattern: &str, text: &str) -> Option<(Option<String>, Option<String>, Option<String>)> {
        let holes = Pattern::parse(pattern).unwrap().matches(text, &Words)?;
        Some((holes.version, holes.flavour, holes.release))
    }

    #[test]
    fn holes_take_what_they_can_hold() {
        let some = |t: &str| Some(t.to_owned());
        assert_eq!(
            matches("{version}-slim-{debian}", "3.13-slim-trixie"),
            Some((some("3.13"), None, some("trixie")))
        );
        assert_eq!(
            matches("{version}-alpine{alpine}", "3.13-alpine3.22"),
            Some((some("3.13"), None, some("3.22")))
        );
        assert_eq!(
            matches("{flavour}-{arch}", "debug-nonroot-arm64"),
            Some((None, some("debug-nonroot"), None))
        );
        for (pattern, text) in [
            ("{version}-slim-{debian}", "3.13-slim-jessie"),
            ("{version}", "3..13"),
            ("{version}", "3.13."),
            ("{version}", "3.13-slim"),
            ("{flavour}-{arch}", "debug-z80"),
            ("{date}", "2025110"),
        ] {
            assert_eq!(matches(pattern, text), None, "{pattern} {text}");
        }
    }

    #[test]
    fn what_names_one_build_is_dropped() {
        let pattern = Pattern::parse("{flavour}-{arch}").unwrap();
        let holes = pattern.matches("nonroot-arm64", &Words).unwrap();
        assert_eq!(pattern.fill(&holes).as_deref(), Some("nonroot"));
    }

    #[test]
    fn a_hole_that_does_not_exist_is_named() {
        assert_eq!(Pattern::parse("{vresion}-x"), Err("{vresion}".to_owned()));
        assert_eq!(Pattern::parse("a{"), Err("{".to_owned()));
    }
}
