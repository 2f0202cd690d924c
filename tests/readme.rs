//! The README shows what the program really says, and Rust as old as it really needs.

use std::fs;
use std::path::Path;
use std::process::Command;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// The blocks of code in a language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn the_service_that_it_shows_is_described_like_that() {
    let (readme, description) = (file("README.md"), file("services.toml"));
    let shown = blocks(&readme, "toml");
    assert!(!shown.is_empty());
    for block in shown {
        // A whole description is one of its own.
        if block.starts_with("[fleet]") {
            let fleet = dockwright::fleet::load(block).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
            assert_eq!(fleet.services.len(), 1);
        } else {
            assert!(description.contains(block), "services.toml has no\n{block}");
        }
    }
}

#[test]
fn commands_say_what_it_shows() {
    let readme = file("README.md");
    let mut checked = 0;
    for block in blocks(&readme, "console") {
        // Commands without an output are shown for their words alone.
        for session in block.split("$ ").skip(1) {
            let (command, expected) = session.split_once('\n').unwrap();
            let Some(arguments) = command.strip_prefix("dockwright ").filter(|_| !expected.trim().is_empty())
            else {
                continue;
            };
            let output = Command::new(env!("CARGO_BIN_EXE_dockwright"))
                .args(arguments.split(' '))
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .output()
                .unwrap();
            let (code, expected) = match expected.strip_prefix("? 2\n") {
                Some(rest) => (2, rest),
                None => (0, expected),
            };
            assert_eq!(output.status.code(), Some(code), "{command}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            // `...` stands for any lines, `[..]` for anything in one.
            snapbox::Assert::new()
                .normalize_paths(false)
                .eq(said.trim_end().to_owned() + "\n", expected.trim_end().to_owned() + "\n");
            checked += 1;
        }
    }
    assert_eq!(checked, 5, "sessions with an output");
}

/// The last step of the action, as the runner of a workflow starts it.
#[test]
#[cfg(unix)]
fn the_action_annotates_what_differs() {
    let action = file("action.yml");
    let (_, run) = action.rsplit_once("run: |\n").unwrap();
    let tree = tempfile::tempdir().unwrap();
    let readme = file("README.md");
    let fleet = blocks(&readme, "toml").into_iter().find(|block| block.starts_with("[fleet]"));
    fs::write(tree.path().join("services.toml"), fleet.unwrap()).unwrap();
    let step = |arguments: &str| {
        let output = Command::new("bash")
            .args(["-e", "-c", run])
            .env("DOCKWRIGHT", env!("CARGO_BIN_EXE_dockwright"))
            .env("FLEET", "services.toml")
            .env("ARGUMENTS", arguments)
            .current_dir(tree.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = step("");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("::error file=orders/Dockerfile,line=1,title=missing::"), "{said}");
    let (code, said) = step("--out=other place\n--phase=1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("::error file=other place/orders/Dockerfile,line=1,title=missing::"), "{said}");
}

#[test]
fn rust_is_as_old_as_the_manifest_says() {
    let manifest = file("Cargo.toml");
    let needed =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(file("README.md").contains(&format!("It needs Rust {needed}.")));
    assert!(file("CONTRIBUTING.md").contains(&format!("You need Rust {needed} or newer")));
}
