//! Modules that a build takes from directories beside the program's own: those that `go.mod` names in `replace`
//! (go.dev/ref/mod#go-mod-file-replace), and those that `go.work` names in `use` (go.dev/ref/mod#workspaces).

/// The directories that a `go.mod` puts in the place of modules, as it writes them: `../common`.
pub(crate) fn replaced(manifest: &str) -> impl Iterator<Item = &str> {
    let targets = lines(manifest).filter_map(|line| line.split_once("=>"));
    targets.map(|(_, to)| first_word(to)).filter(|to| to.starts_with("./") || to.starts_with("../"))
}

/// The directories that a `go.work` uses, as it writes them.
pub(crate) fn used(workspace: &str) -> Vec<&str> {
    let (mut found, mut is_in_block) = (Vec::new(), false);
    for line in lines(workspace) {
        match line.strip_prefix("use").filter(|rest| rest.starts_with([' ', '\t', '('])) {
            Some(rest) if rest.trim() == "(" => is_in_block = true,
            Some(rest) => found.push(first_word(rest)),
            None if line == ")" => is_in_block = false,
            None if is_in_block && !line.is_empty() => found.push(first_word(line)),
            None => {}
        }
    }
    found
}

/// The lines without comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split("//").next().unwrap_or(line).trim())
}

fn first_word(text: &str) -> &str {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use super::{replaced, used};

    #[test]
    fn directories_in_the_place_of_modules_are_found() {
        let manifest = "module a\n\nreplace (\n\tb => ../b // ours\n\tc v1.2.0 => \"./c\"\n\td => example.com/d v1.0.0\n)\n\
                        // replace e => ../e\nreplace f => ../f\n";
        assert_eq!(replaced(manifest).collect::<Vec<_>>(), ["../b", "./c", "../f"]);
    }

    #[test]
    fn directories_of_a_workspace_are_found() {
        let workspace =
            "go 1.24\n\nuse ./cli // a tool\nuse (\n\t./api\n\n\t./common // shared\n)\nreplace x => ./x\n";
        assert_eq!(used(workspace), ["./cli", "./api", "./common"]);
    }
}
