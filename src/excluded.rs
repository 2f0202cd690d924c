//! Files that are never in a build context, or only if they are named themselves.

/// What is never let into a build context, even below a directory that is copied.
pub(crate) const EXCLUDED: [&str; 15] = [
    "**/.env*",
    "**/.git",
    "**/*.key",
    "**/*.pem",
    "**/id_rsa",
    "**/id_ed25519",
    "**/secrets",
    "**/__pycache__",
    "**/*.pyc",
    "**/node_modules",
    "**/.venv",
    "**/venv",
    "**/test",
    "**/tests",
    "**/test_*",
];

/// What is kept out even of a path that is named itself.
pub(crate) const SECRET: [&str; 6] =
    ["**/.env*", "**/.git", "**/*.key", "**/id_rsa", "**/id_ed25519", "**/secrets"];

/// Files of ours, which lie among the sources of a fleet that is generated in place.
pub(crate) const GENERATED: [&str; 5] =
    ["**/Dockerfile", "**/Dockerfile.*", "**/*.Dockerfile", "**/*.dockerignore", "**/.dockwright-*"];

/// Whether a part of a path is kept out of a directory that is copied, and may be named itself.
pub(crate) fn is_excluded(part: &str) -> bool {
    is_among(&EXCLUDED, part) && !is_secret(part)
}

/// Whether a part of a path is kept out even where it is named.
pub(crate) fn is_secret(part: &str) -> bool {
    is_among(&SECRET, part)
}

/// Whether a part of a path is a generated file.
pub(crate) fn is_generated(part: &str) -> bool {
    is_among(&GENERATED, part)
}

/// Whether a part of a path is what one of the patterns means: `**/` and a name with one star at most.
fn is_among(patterns: &[&str], part: &str) -> bool {
    patterns.iter().filter_map(|pattern| pattern.strip_prefix("**/")).any(|name| match name.split_once('*') {
        Some((start, end)) => part.starts_with(start) && part.ends_with(end),
        None => part == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_star_is_met_at_both_ends() {
        for (part, excluded, secret) in [
            ("test_api.py", true, false),
            ("a.pem", true, false),
            (".venv", true, false),
            ("latest", false, false),
            (".env.local", false, true),
            ("tls.key", false, true),
            ("id_rsa", false, true),
            ("keys", false, false),
        ] {
            assert_eq!((is_excluded(part), is_secret(part)), (excluded, secret), "{part}");
        }
        assert!(is_generated("api.Dockerfile") && is_generated("Dockerfile") && !is_generated("Dockerfiles"));
    }

    #[test]
    fn secrets_are_excluded_from_directories_and_the_reference_names_every_pattern() {
        assert!(SECRET.iter().all(|pattern| EXCLUDED.contains(pattern)));
        let reference = include_str!("../docs/services.md");
        for pattern in EXCLUDED {
            let name = format!("`{}`", pattern.trim_start_matches("**/"));
            assert!(reference.contains(&name), "{name}");
        }
    }
}
