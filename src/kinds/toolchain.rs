//! Versions of a language that the sources require and that a base does not have: the build would fail after it has
//! installed everything else.

use crate::bases::numbers;
use crate::context::Missing;
use crate::fleet::model::Service;
use crate::image::ImageReference;

/// A version that a file requires, such as `Go 1.30`, and what is used instead, such as `golang:1.26-trixie`.
pub(super) fn unmet(service: &Service, file: &str, required: &str, has: &str, is_certain: bool) -> Missing {
    Missing {
        span: service.name.span.clone(),
        what: format!("{file} requires {required}, but {has} is used for"),
        hint: "set `base` to one that has it, or change the requirement".to_owned(),
        is_certain,
    }
}

/// The numbers in front of a tag, as far as they fix a version: 1 and 26 of `golang:1.26-trixie`.
pub(super) fn of_tag(image: &ImageReference) -> Vec<u32> {
    image.tag().map(|tag| numbers(tag.split('-').next().unwrap_or_default())).unwrap_or_default()
}

/// Whether a version is older than the required one, in the numbers that both have: those of a patch are the newest of
/// a tag that leaves them out.
pub(super) fn is_older(version: &[u32], required: &[u32]) -> bool {
    let both = version.iter().zip(required);
    both.map(|(has, wants)| has.cmp(wants)).find(|order| order.is_ne()).is_some_and(std::cmp::Ordering::is_lt)
}

/// Whether a constraint (packaging.python.org/en/latest/specifications/version-specifiers, and Poetry's `^` and `~`)
/// allows some patch of a minor version of Python 3. What is not understood allows all.
pub(super) fn python_allows(constraint: &str, minor: u32) -> bool {
    constraint.split(',').map(str::trim).all(|part| {
        let start = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let version = numbers(part[start..].trim_end_matches(".*").trim());
        let [3, wanted, patch @ ..] = version.as_slice() else { return true };
        let has_patch = patch.first().is_some_and(|patch| *patch > 0);
        match part[..start].trim() {
            ">=" | ">" | "^" => minor >= *wanted,
            "<" => minor < *wanted || (has_patch && minor == *wanted),
            "<=" => minor <= *wanted,
            "~=" if patch.is_empty() => minor >= *wanted,
            "==" | "~" | "~=" => minor == *wanted,
            "!=" => minor != *wanted || !patch.is_empty(),
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{is_older, python_allows};

    #[test]
    fn constraints_of_python_are_read_as_its_tools_read_them() {
        let allowed = [
            ">=3.9",
            ">=3.13.2",
            "^3.10",
            "~3.13",
            "~=3.10",
            ">=3.10,<4",
            ">=3.10, <3.14",
            "==3.13.*",
            "!=3.13.1",
            "<3.13.5",
            "*",
            ">=2.7",
            "",
        ];
        for constraint in allowed {
            assert!(python_allows(constraint, 13), "{constraint}");
        }
        for constraint in
            [">=3.14", "<3.13", ">=3.10,<3.13", "==3.12.*", "~3.12", "~=3.12.1", "^3.14", "!=3.13", "<=3.12"]
        {
            assert!(!python_allows(constraint, 13), "{constraint}");
        }
    }

    #[test]
    fn a_tag_without_a_patch_is_as_new_as_any() {
        assert!(is_older(&[1, 26], &[1, 27]) && is_older(&[1, 26], &[1, 27, 3]));
        assert!(!is_older(&[1, 26], &[1, 26, 9]) && !is_older(&[1], &[1, 99]) && !is_older(&[], &[1]));
    }
}
