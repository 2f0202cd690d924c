//! Texts of a tree reach people without anything that a terminal obeys, whatever the command, piped or not; a diff is
//! exact, so that `git apply` takes it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Ran, dockwright};

/// A mark that turns words around, a title for the window, and an escape that a terminal takes as eight bits.
const EVIL: &str = "\u{202e}evil\u{1b}]0;title\u{7}\u{9b}2J\u{2066}";

const FLEET: &str = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\noutput = \"generated\"\n\n[services.api]\nsources = \
                     [\"api.py\"]\nhealth = { none = \"a worker\" }\n\n[services.api.python]\nmodule = \"api\"\n";

/// A tree whose names and texts are of somebody else.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("services.toml", FLEET);
    write("api.py", "");
    let base = "FROM debian:bookworm-slim\n";
    let odd = format!(
        "{base}# {EVIL}\nLABEL a=\"{EVIL}\"\nRUN apt-get install -y {EVIL} libicu72 adduser {EVIL}\n"
    );
    write("Dockerfile", &odd);
    write("wrong/Dockerfile", &format!("{base}{EVIL} x\nCOPY --{EVIL}=a b /c\nUSER ${{{EVIL}}}\n"));
    write("image/Dockerfile", &format!("FROM {EVIL}\nCOPY {EVIL} /\nCMD [\"{EVIL}\"]\n"));
    write("wrong.toml", &format!("{FLEET}{EVIL} = 1\n[services.\"{EVIL}\"]\nport = \"{EVIL}\"\n"));
    write("compose.yaml", &format!("services:\n  \"{EVIL}\":\n    image: \"{EVIL}\"\n    build: ./web\n"));
    write(
        "web/package.json",
        &format!("{{\"name\": \"{EVIL}\", \"scripts\": {{\"start\": \"node {EVIL}\"}}}}"),
    );
    write(
        "web/pyproject.toml",
        &format!("[project]\nname = '{}'\n", EVIL.replace(['\u{1b}', '\u{7}', '\u{9b}'], "")),
    );
    #[cfg(unix)]
    for name in [format!("{EVIL}/Dockerfile"), format!("a\n::error::{EVIL}/Dockerfile")] {
        write(&name, &odd);
    }
    tree
}

/// What a terminal obeys in a text; colours are not asked for, and nobody needs them in a pipe.
fn obeyed(text: &str) -> Vec<char> {
    let is_obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| is_obeyed(*c)).collect()
}

fn run(tree: &Path, arguments: &[&str]) -> Ran {
    let mut command = dockwright(tree, arguments);
    command.env("XDG_STATE_HOME", tree.join("state")).env_remove("CLICOLOR_FORCE");
    Ran::of(&command.output().unwrap())
}

#[test]
fn no_text_of_a_tree_is_obeyed_by_a_terminal() {
    let (mut seen, mut runs) = (0, 0);
    let every = [
        "gen --check",
        "gen",
        "gen --check --format github",
        "gen --check --format markdown",
        "gen --fleet wrong.toml",
        "gen --fleet wrong.toml --format github",
        "gen no\u{202e}ne",
        "status",
        "status --fleet wrong.toml",
        "status --format html",
        "graph --fleet wrong.toml",
        "bases --used",
        "bases --used .",
        "import Dockerfile",
        "import wrong/Dockerfile",
        "import image/Dockerfile",
        "import wrong/Dockerfile image/Dockerfile Dockerfile --keep-going",
        "init --dry-run",
        "init --dry-run web",
        "rebase debian12 debian13 .",
        "rebase debian12 debian13 . --skip-broken --dry-run",
        "rebase debian:bookworm-slim debian:trixie-slim . --skip-broken --dry-run",
        "rebase --eol . --skip-broken --dry-run --today 2031-01-01",
        "lock --fleet wrong.toml",
        "build --dry-run",
        "build --dry-run --fleet wrong.toml",
        "show api --fleet wrong.toml",
    ];
    for arguments in every {
        let tree = tree();
        let ran = run(tree.path(), &arguments.split(' ').collect::<Vec<_>>());
        for text in [&ran.out, &ran.err] {
            assert_eq!(obeyed(text), [], "{arguments}: {text}");
            assert!(!text.lines().any(|line| line.starts_with("::error::")), "{arguments}: {text}");
            seen += text.matches("u{202e}").count();
        }
        assert!(ran.code.is_some_and(|code| code <= 2), "{arguments}: {ran:?}");
        runs += 1;
    }
    println!("{runs} runs showed {seen} marks as escapes");
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_diff_in_a_pipe_is_exact() {
    let tree = tree();
    let git = |arguments: &[&str]| {
        let ran = Command::new("git").args(arguments).current_dir(tree.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["init", "-q"]);
    let arguments =
        ["rebase", "debian:bookworm-slim", "debian:trixie-slim", ".", "--skip-broken", "--allow-dirty"];
    let ran = run(tree.path(), &[&arguments[..], &["--dry-run", "--diff"]].concat());
    let start = ran.out.find("--- ").unwrap_or_else(|| panic!("{ran:?}"));
    let (said, patch) = ran.out.split_at(start);
    assert!(patch.contains(EVIL) && said.contains("u{202e}"), "{ran:?}");
    assert_eq!(obeyed(&format!("{said}{}", ran.err)), []);
    assert!(
        patch.lines().filter(|line| line.starts_with("--- ")).all(|line| obeyed(line).is_empty()),
        "{patch}"
    );
    fs::write(tree.path().join("patch"), patch).unwrap();
    git(&["apply", "patch"]);
    let files = ["Dockerfile".to_owned(), format!("{EVIL}/Dockerfile")];
    for file in if cfg!(unix) { &files[..] } else { &files[..1] } {
        let text = fs::read_to_string(tree.path().join(file)).unwrap();
        assert!(text.starts_with("FROM debian:trixie-slim\n") && text.contains(EVIL), "{text}");
    }
}
