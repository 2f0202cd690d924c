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

/// A tree with the fleet that the README shows, and its sources.
fn shop() -> tempfile::TempDir {
    let (readme, tree) = (file("README.md"), tempfile::tempdir().unwrap());
    let [fleet] = blocks(&readme, "toml")[..] else { panic!("one fleet") };
    fs::write(tree.path().join("services.toml"), fleet).unwrap();
    fs::create_dir(tree.path().join("orders")).unwrap();
    fs::write(tree.path().join("orders/requirements.txt"), "fastapi\nuvicorn\n").unwrap();
    fs::write(tree.path().join("orders/main.py"), "app = None\n").unwrap();
    tree
}

/// A copy of the tree of five languages that the first screen describes.
fn five() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/five"), tree.path());
    tree
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let into = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&into).unwrap();
            copy(&entry.path(), &into);
        } else {
            fs::copy(entry.path(), into).unwrap();
        }
    }
}

/// Runs the commands of a page in a directory, in order, and compares what each prints; how many there were.
fn sessions(page: &str, directory: &Path) -> usize {
    let mut checked = 0;
    for block in blocks(page, "console") {
        // Commands without an output are shown for their words alone.
        for session in block.split("$ ").skip(1) {
            let (command, expected) = session.split_once('\n').unwrap();
            let (command, _) = command.split_once(" #").unwrap_or((command, ""));
            let command = command.trim_end();
            let Some(arguments) = command.strip_prefix("dockwright ").filter(|_| !expected.trim().is_empty())
            else {
                continue;
            };
            let output = Command::new(env!("CARGO_BIN_EXE_dockwright"))
                .args(arguments.split(' '))
                .current_dir(directory)
                .output()
                .unwrap();
            let (code, expected) = match expected.strip_prefix("? 2\n") {
                Some(rest) => (2, rest),
                None => (0, expected),
            };
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert_eq!(output.status.code(), Some(code), "{command}: {said}");
            // `...` stands for any lines, `[..]` for anything in one.
            snapbox::Assert::new()
                .normalize_paths(false)
                .eq(said.trim_end().to_owned() + "\n", expected.trim_end().to_owned() + "\n");
            checked += 1;
        }
    }
    checked
}

#[test]
fn commands_say_what_it_shows() {
    let readme = file("README.md");
    let (first, rest) = readme.split_once("**Before.**").unwrap();
    assert_eq!(sessions(first, five().path()), 2, "sessions with an output");
    assert_eq!(sessions(rest, shop().path()), 4, "sessions with an output");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(sessions(&file("docs/howto/status.md"), repository), 1, "sessions with an output");
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
    let summary_file = tree.path().join("summary");
    let step = |arguments: &str| {
        let output = Command::new("bash")
            .args(["-e", "-c", run])
            .env("DOCKWRIGHT", env!("CARGO_BIN_EXE_dockwright"))
            .env("FLEET", "services.toml")
            .env("ARGUMENTS", arguments)
            .env("GITHUB_STEP_SUMMARY", &summary_file)
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
    let summary = fs::read_to_string(&summary_file).unwrap();
    assert!(summary.contains("- **missing**: run `dockwright gen` to create it\n"), "{summary}");

    // Errors of services.toml are in the summary as well, which was empty.
    fs::remove_file(&summary_file).unwrap();
    fs::write(tree.path().join("services.toml"), fleet.unwrap().replace("ports", "prots")).unwrap();
    let (code, said) = step("");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with("::error file=services.toml,line="), "{said}");
    let summary = fs::read_to_string(&summary_file).unwrap();
    assert!(summary.contains("error: unknown key `prots`\n"), "{summary}");
}

#[test]
fn rust_is_as_old_as_the_manifest_says() {
    let manifest = file("Cargo.toml");
    let needed =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(file("README.md").contains(&format!("It needs Rust {needed}.")));
    assert!(file("CONTRIBUTING.md").contains(&format!("You need Rust {needed} or newer")));
}
