//! The book in `docs`: its links lead somewhere, its sessions are real, and its pages are all listed.
//! `SNAPSHOTS=overwrite` writes the parts that the program itself determines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).replace("\r\n", "\n")
}

/// Compares a file of the repository with its wanted content, or writes it.
fn matches(path: &Path, wanted: &str) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(path, wanted).unwrap();
    }
    snapbox::Assert::new().normalize_paths(false).eq(read(path), wanted.to_owned());
}

/// The Markdown files below a directory.
fn pages(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The text without fenced blocks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The targets of a page's links, without those to other sites.
fn links(text: &str) -> Vec<String> {
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets = link.captures_iter(text).map(|found| found[1].to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors of a page's headings, as GitHub and mdbook name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let kept = line.trim_start_matches('#').trim().to_lowercase();
            let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut files = vec![];
    pages(&root().join("docs"), &mut files);
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md"] {
        files.push(root().join(name));
    }
    let mut broken = vec![];
    let mut checked = 0;
    for page in files {
        for target in links(&prose(&read(&page))) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let is_there =
                file.exists() && (anchor.is_empty() || anchors(&prose(&read(&file))).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {target}", page.display()));
            }
            checked += 1;
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 50, "{checked} links");
}

#[test]
fn the_summary_lists_every_page() {
    let docs = root().join("docs");
    let listed: BTreeSet<_> =
        links(&read(&docs.join("SUMMARY.md"))).iter().map(|link| docs.join(link)).collect();
    let mut there = vec![];
    pages(&docs, &mut there);
    let there: BTreeSet<_> = there.into_iter().filter(|page| !page.ends_with("SUMMARY.md")).collect();
    assert_eq!(listed, there);
}

/// Blocks of TOML that are a description as a whole: others show a few keys.
#[test]
fn descriptions_in_the_pages_are_valid() {
    let mut files = vec![];
    pages(&root().join("docs"), &mut files);
    files.push(root().join("README.md"));
    let mut checked = 0;
    for page in files {
        let text = read(&page);
        for block in text.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()) {
            // What follows the fence is the name of a file, or nothing.
            let block = block.split_once('\n').map_or("", |(_, block)| block);
            if block.contains("[fleet]") && block.contains("[services.") {
                let loaded = dockwright::fleet::load(block);
                assert!(loaded.is_ok(), "{}: {:#?}\n{block}", page.display(), loaded.err());
                checked += 1;
            }
        }
    }
    assert!(checked >= 4, "{checked} descriptions");
}

#[test]
fn the_page_of_versions_lists_the_built_in_bases() {
    let catalogue: toml::Table = read(&root().join("src/bases/catalogue.toml")).parse().unwrap();
    let page = read(&root().join("docs/howto/versions.md"));
    let pairs = catalogue["pairs"].as_table().unwrap();
    let of = |base: &toml::Value, role: &str| base[role].as_str().unwrap().to_owned();
    let rows = pairs
        .iter()
        .map(|(name, base)| format!("| `{name}` | `{}` | `{}` |\n", of(base, "build"), of(base, "run")));
    let listed: Vec<_> = page.lines().filter(|line| line.matches("` | `").count() == 2).collect();
    let rows: Vec<_> = rows.collect();
    assert_eq!(listed, rows.iter().map(|row| row.trim_end()).collect::<Vec<_>>());
}

#[test]
fn the_page_of_commands_is_what_help_prints() {
    use clap::CommandFactory;
    use std::fmt::Write;

    let mut page =
        String::from("# Commands\n\nThe help of each command, as `dockwright COMMAND --help` prints it.\n");
    for command in dockwright::cli::Cli::command().get_subcommands() {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_dockwright"));
        let ran = program.args([command.get_name(), "--help"]).env_remove("COLUMNS").output().unwrap();
        let help = String::from_utf8(ran.stdout).unwrap().replace("dockwright.exe", "dockwright");
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        let help = help.join("\n");
        write!(page, "\n## {}\n\n```text\n{}\n```\n", command.get_name(), help.trim()).unwrap();
    }
    matches(&root().join("docs/commands.md"), &page);
}

/// Each heading of the page quotes a message; `…` stands for what differs from case to case.
#[test]
fn troubleshooting_quotes_messages_of_the_program() {
    let continued = regex::Regex::new(r"\\\n\s*").unwrap();
    let mut source = String::new();
    let mut directories = vec![root().join("src"), root().join("templates")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                // A string that goes on in the next line.
                source += &continued.replace_all(&read(&path), "");
            }
        }
    }
    let page = read(&root().join("docs/troubleshooting.md"));
    let quoted: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert!(quoted.len() >= 10, "{quoted:?}");
    for message in quoted {
        for part in message.split('…').map(str::trim).filter(|part| part.len() > 2) {
            assert!(source.contains(part), "no source says `{part}`, of: {message}");
        }
    }
}

#[cfg(unix)]
mod sessions {
    use std::fmt::Write;
    use std::process::Command;

    use super::{Path, fs, matches, read, root};

    /// Runs a command line in a directory; standard output, then standard error, then the exit code if it is not 0.
    fn run(line: &str, directory: &Path) -> (String, i32) {
        let program = Path::new(env!("CARGO_BIN_EXE_dockwright")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", &format!("{line} 2>&1")])
            .current_dir(directory)
            .env("PATH", path)
            .env("XDG_STATE_HOME", directory.join("../state"))
            .output()
            .unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    }

    /// The reader makes each file of the page and types each command, in order.
    #[test]
    fn the_tutorial_works() {
        let page = root().join("docs/tutorial.md");
        let place = tempfile::tempdir().unwrap();
        let shop = place.path().join("shop");
        fs::create_dir(&shop).unwrap();
        let digest = regex::Regex::new("sha256:[0-9a-f]{16,64}").unwrap();

        let mut wanted = String::new();
        let text = read(&page);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            wanted += line;
            wanted.push('\n');
            let Some(info) = line.strip_prefix("```") else { continue };
            let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            if info == "console" {
                for command in body.iter().filter_map(|line| line.strip_prefix("$ ")) {
                    let (said, code) = run(command, &shop);
                    writeln!(wanted, "$ {command}").unwrap();
                    wanted += &digest.replace_all(said.trim_end(), "sha256:[..]");
                    wanted += if said.trim().is_empty() { "" } else { "\n" };
                    assert!(code <= 1, "{command}: {said}");
                }
            } else {
                if let Some((_, name)) = info.split_once(' ') {
                    let file = shop.join(name);
                    fs::create_dir_all(file.parent().unwrap()).unwrap();
                    fs::write(file, body.join("\n") + "\n").unwrap();
                }
                wanted += &body.join("\n");
                wanted.push('\n');
            }
            wanted += "```\n";
        }
        matches(&page, &wanted);
        assert!(run("dockwright gen --check", &shop).0.contains("all in sync"));
    }

    const FLEET: &str = r#"[fleet]
name    = "shop"
image   = "acme/{name}"
output  = "."
compose = false

[bases]
python = { build = "debian:bookworm-slim", run = "gcr.io/distroless/python3-debian12:nonroot" }

[services.orders]
base    = "python"
sources = ["orders"]
ports   = [8000]
health  = { http = "/health" }

[services.orders.python]
packages = ["uvicorn"]
module   = "orders"
"#;

    const RECORDED: [&str; 6] = [
        "dockwright gen",
        "sed -i 's/^USER .*/USER root/' orders/Dockerfile    # somebody edits a generated file",
        "dockwright gen --check",
        "dockwright gen --diff",
        "dockwright gen --force",
        "dockwright rebase debian12 debian13 --dry-run",
    ];

    /// The picture of a terminal that README shows.
    #[test]
    fn the_recording_is_what_the_program_prints() {
        let place = tempfile::tempdir().unwrap();
        let shop = place.path().join("shop");
        fs::create_dir_all(shop.join("orders")).unwrap();
        fs::write(shop.join("services.toml"), FLEET).unwrap();
        fs::write(shop.join("orders/__main__.py"), "").unwrap();
        run("dockwright gen", &shop);

        let mut rows: Vec<(String, bool)> = vec![];
        for command in RECORDED {
            rows.push((format!("$ {command}"), true));
            // What is past its end of life depends on the day.
            let today = if command.contains(" rebase ") { " --today 2026-11-01" } else { "" };
            let (said, code) = run(&format!("{command}{today}"), &shop);
            assert!(code <= 1, "{command}: {said}");
            rows.extend(said.trim_end().lines().map(|line| (line.to_owned(), false)));
        }
        matches(&root().join("docs/recording.svg"), &picture(&rows));
    }

    /// Rows of a terminal as SVG: each command appears with its output, and everything stays.
    fn picture(rows: &[(String, bool)]) -> String {
        const COLUMNS: usize = 112;
        let mut lines = vec![];
        let mut step = 0;
        for (row, typed) in rows {
            step += usize::from(*typed);
            let kind = match row.as_bytes().first() {
                _ if *typed => "typed",
                Some(b'+') => "added",
                Some(b'-') => "gone",
                _ if row.starts_with("hint:") => "hint",
                _ => "said",
            };
            let letters: Vec<char> = row.chars().collect();
            for part in letters.chunks(COLUMNS) {
                lines.push((part.iter().collect::<String>(), kind, step));
            }
        }
        let height = lines.len() * 18 + 36;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 920 {height}\" role=\"img\" \
             aria-label=\"A session with dockwright\">\n<style>\n\
             rect {{ fill: #1e2127 }}\n\
             text {{ font: 13px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #c8ccd4; \
             white-space: pre; animation: show 1ms both }}\n\
             .typed {{ fill: #ffffff; font-weight: bold }}\n.added {{ fill: #98c379 }}\n\
             .gone {{ fill: #e06c75 }}\n.hint {{ fill: #e5c07b }}\n\
             @keyframes show {{ from {{ opacity: 0 }} to {{ opacity: 1 }} }}\n\
             @media (prefers-reduced-motion) {{ text {{ animation: none }} }}\n\
             </style>\n<rect width=\"920\" height=\"{height}\" rx=\"8\"/>\n"
        );
        for (at, (line, kind, step)) in lines.iter().enumerate() {
            let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            writeln!(
                svg,
                "<text x=\"18\" y=\"{}\" class=\"{kind}\" style=\"animation-delay: {}s\">{line}</text>",
                at * 18 + 30,
                (step - 1) * 2,
            )
            .unwrap();
        }
        svg + "</svg>\n"
    }
}
