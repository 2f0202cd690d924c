//! Names that a generated file cannot have, and names that are one name on other systems.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// What a path is called where upper and lower case, and the normal forms of Unicode, are no
/// difference, as on macOS and Windows. Paths that fold to the same are twins.
pub(crate) fn folded(path: &str) -> Cow<'_, str> {
    if path.is_ascii() {
        return if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(path.to_ascii_lowercase())
        } else {
            Cow::Borrowed(path)
        };
    }
    // Through upper case, because some letters have one of it and two of lower case, σ and ς; and through lower case
    // before, because ẞ is its own upper case and that of ß is SS.
    let lower = path.nfd().flat_map(char::to_lowercase);
    let upper: String = lower.flat_map(char::to_uppercase).collect();
    Cow::Owned(upper.chars().flat_map(char::to_lowercase).nfc().collect())
}

/// The part of a path below which nothing is generated: git's directory, whatever its name is written
/// like, and what dockwright itself leaves in a tree.
pub(crate) fn reserved_part(path: &str) -> Option<&str> {
    path.split('/').find(|part| {
        let folded = folded(part);
        let name: String = folded.chars().filter(|c| !is_ignored(*c)).collect();
        let name = name.trim_end_matches(['.', ' ']);
        // Windows gives long names a short one as well.
        matches!(name, ".git" | "git~1") || name.starts_with(".dockwright-")
    })
}

/// Whether macOS takes no notice of a character in a name.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn twins_in_case_or_normal_form_fold_to_the_same() {
        for (one, other) in [
            ("web/Dockerfile", "WEB/dockerfile"),
            ("caf\u{e9}/Dockerfile", "cafe\u{301}/Dockerfile"),
            ("CAF\u{c9}/Dockerfile", "cafe\u{301}/Dockerfile"),
            ("\u{3c3}/Dockerfile", "\u{3c2}/Dockerfile"),
            ("\u{212b}/Dockerfile", "\u{e5}/Dockerfile"),
            ("\u{1100}\u{1161}/Dockerfile", "\u{ac00}/Dockerfile"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("web/Dockerfile"), folded("web/Dockerfile.a"));
        assert_ne!(folded("e/Dockerfile"), folded("\u{e9}/Dockerfile"));
    }

    #[test]
    fn nothing_is_generated_below_git_or_as_a_journal() {
        for path in [
            ".git",
            ".git/Dockerfile",
            "a/.GIT/Dockerfile",
            "a/.git./Dockerfile",
            "GIT~1/Dockerfile",
            ".g\u{200c}it/Dockerfile",
            ".dockwright-journal",
            "a/.Dockwright-1-2.tmp/Dockerfile",
        ] {
            assert!(reserved_part(path).is_some(), "{path}");
        }
        for path in
            [".github/Dockerfile", "git/Dockerfile", "a.git/Dockerfile", "dockwright/probe.c", "..git/x"]
        {
            assert_eq!(reserved_part(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn folding_once_is_enough(path in any::<String>()) {
            let once = folded(&path).into_owned();
            prop_assert_eq!(folded(&once).into_owned(), once);
        }
    }
}
