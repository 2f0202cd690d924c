//! Patterns of image references: `gcr.io/distroless/*-debian12*`.

/// A pattern in which each `*` stands for any text, empty or not.
///
/// The crate `globset` says whether a text matches, but not what each star holds, and that is what
/// the other side of a move is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    /// The texts between the stars; one more than there are stars.
    parts: Vec<String>,
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        Self { parts: text.split('*').map(str::to_owned).collect() }
    }

    pub(super) fn stars(&self) -> usize {
        self.parts.len() - 1
    }

    /// What the stars hold if the whole of `text` matches; each but the last as little as it can.
    pub(super) fn matches(&self, text: &str) -> Option<Vec<String>> {
        let (first, rest) = self.parts.split_first()?;
        let Some((last, middle)) = rest.split_last() else {
            return (text == first).then(Vec::new);
        };
        let mut text = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut stars = Vec::with_capacity(rest.len());
        for part in middle {
            let at = text.find(part.as_str())?;
            stars.push(text[..at].to_owned());
            text = &text[at + part.len()..];
        }
        stars.push(text.to_owned());
        Some(stars)
    }

    /// The pattern with its stars filled.
    pub(super) fn fill(&self, stars: &[String]) -> String {
        let mut text = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                text.push_str(stars.get(index - 1).map_or("", String::as_str));
            }
            text.push_str(part);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_hold_what_the_other_side_gets() {
        let from = Glob::new("gcr.io/distroless/*-debian12*");
        let stars = from.matches("gcr.io/distroless/python3-debian12:nonroot").unwrap();
        assert_eq!(stars, ["python3", ":nonroot"]);
        let to = Glob::new("gcr.io/distroless/*-debian13*");
        assert_eq!(to.fill(&stars), "gcr.io/distroless/python3-debian13:nonroot");
        assert_eq!(from.matches("gcr.io/distroless/python3-debian13"), None);
        assert_eq!(Glob::new("a*a").matches("a"), None);
        assert_eq!(Glob::new("*").matches(""), Some(vec![String::new()]));
    }
}
