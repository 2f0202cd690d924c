//! What packages of Debian hold that a service may need.

/// A package a line, and its paths.
const HOLDINGS: &str = include_str!("holdings.txt");

/// The libraries and programs of a package, by the name that it has in the newest release or had before the
/// transition to 64-bit times; none if nobody knows.
pub(super) fn paths(package: &str) -> Vec<String> {
    let of = |name: &str| {
        let lines = HOLDINGS.lines().filter(|line| !line.starts_with('#'));
        let mut words = lines.map(str::split_whitespace);
        let found = words.find(|words| words.clone().next() == Some(name))?;
        Some(found.skip(1).map(str::to_owned).collect())
    };
    of(package).or_else(|| of(&format!("{package}t64"))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_hold_what_their_names_do_not_say() {
        assert_eq!(paths("libsm6"), ["/usr/lib/*/libSM.so.6"]);
        assert_eq!(paths("libmagic1")[0], "/usr/lib/*/libmagic.so.1");
        assert_eq!(paths("zlib1g"), ["/usr/lib/*/libz.so.1"]);
        assert!(paths("poppler-utils").contains(&"/usr/bin/pdftotext".to_owned()));
        assert!(paths("build-essential").is_empty());
        let names: Vec<&str> = HOLDINGS.lines().skip(2).filter_map(|line| line.split(' ').next()).collect();
        assert!(names.is_sorted(), "one is found by its name");
        let mut all = HOLDINGS.lines().skip(2).flat_map(|line| line.split(' ').skip(1));
        assert!(all.all(|path| path.parse::<crate::fleet::words::PathPattern>().is_ok()));
    }
}
