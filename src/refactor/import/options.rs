//! Options of compilers and build tools: which of them an entry says, which say nothing new, and which are lost.

use toml::{Table, Value};

/// A command that builds, and the options that say nothing new to the kind.
struct Tool {
    kind: &'static str,
    /// Its name, and the words behind it that make it build.
    names: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Options without a value.
    flags: &'static [&'static str],
    /// Options with a value, in a word of its own or behind `=`.
    valued: &'static [&'static str],
    /// Options whose value a key has.
    keys: &'static [(&'static str, &'static str)],
}

const TOOLS: [Tool; 5] = [
    Tool {
        kind: "go",
        names: &["go"],
        verbs: &["build", "install", "run"],
        flags: &["-a", "-trimpath", "-v", "-x", "-buildvcs"],
        valued: &["-o", "-mod", "-installsuffix", "-p"],
        keys: &[("-tags", "tags"), ("--tags", "tags")],
    },
    Tool {
        kind: "rust",
        names: &["cargo"],
        verbs: &["build", "install", "zigbuild"],
        flags: &["--release", "-r", "--locked", "--frozen", "--offline", "-v", "--verbose", "-q", "--bins"],
        valued: &["--bin", "-p", "--package", "--target", "--target-dir", "--path", "--root", "-j", "--jobs"],
        keys: &[("--features", "features"), ("-F", "features")],
    },
    Tool {
        kind: "dotnet",
        names: &["dotnet"],
        verbs: &["build", "publish"],
        flags: &[
            "--no-restore",
            "--no-build",
            "--self-contained",
            "--sc",
            "--nologo",
            "--use-current-runtime",
            "--ucr",
        ],
        valued: &[
            "-c",
            "--configuration",
            "-o",
            "--output",
            "-a",
            "--arch",
            "-r",
            "--runtime",
            "--os",
            "-v",
            "--verbosity",
        ],
        keys: &[],
    },
    Tool {
        kind: "java",
        names: &["mvn", "mvnw"],
        verbs: &[
            "clean",
            "compile",
            "install",
            "package",
            "verify",
            "dependency:go-offline",
            "dependency:resolve",
        ],
        flags: &[
            "-B",
            "--batch-mode",
            "-q",
            "-ntp",
            "--no-transfer-progress",
            "-DskipTests",
            "-DskipTests=true",
            "-Dmaven.test.skip=true",
            "-Dmaven.test.skip",
            "-am",
            "-o",
            "-e",
            "-U",
        ],
        valued: &["-f", "--file", "-pl", "--projects", "-T"],
        keys: &[],
    },
    Tool {
        kind: "java",
        names: &["gradle", "gradlew"],
        verbs: &["assemble", "bootJar", "build", "clean", "dependencies", "installDist", "jar", "shadowJar"],
        flags: &[
            "--no-daemon",
            "--stacktrace",
            "-q",
            "--quiet",
            "--info",
            "--offline",
            "--parallel",
            "--build-cache",
        ],
        valued: &["-x", "--exclude-task", "-p", "--project-dir", "--console"],
        keys: &[],
    },
];

/// What a command says that neither the kind nor the table of an entry does.
pub(super) fn lost(kind: &str, command: &str, table: &Table) -> Vec<String> {
    let mut words = command.split_whitespace();
    let name = words.next().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
    let Some(tool) = TOOLS.iter().find(|tool| tool.names.contains(&name)) else {
        return vec!["all that it does".to_owned()];
    };
    if tool.kind != kind {
        return vec!["all that it does".to_owned()];
    }
    let words: Vec<&str> = words.collect();
    let mut lost = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let (flag, joined) = word.split_once('=').map_or((*word, None), |(flag, value)| (flag, Some(value)));
        if tool.flags.contains(word) || tool.flags.contains(&flag) || tool.verbs.contains(word) {
            continue;
        }
        let next = || words.get(at).copied().unwrap_or_default();
        if tool.valued.contains(&flag) {
            at += usize::from(joined.is_none());
        } else if let Some((_, key)) = tool.keys.iter().find(|(option, _)| *option == flag) {
            let value = joined.unwrap_or_else(next);
            at += usize::from(joined.is_none());
            if !has(table, key, value) {
                lost.push(format!("{flag} {value}"));
            }
        } else if flag == "-ldflags" {
            // The rest of a quoted value stands in further words.
            let rest: Vec<&str> = joined.into_iter().chain(words[at..].iter().copied()).collect();
            let count = rest.iter().take_while(|word| is_linker(word)).count();
            at += count.saturating_sub(usize::from(joined.is_some()));
            let said: Vec<&str> = rest[..count].to_vec();
            if said.iter().any(|word| !matches!(*word, "-s" | "-w" | "-extldflags" | "-static")) {
                lost.push(format!("-ldflags {}", said.join(" ")));
            }
        } else if word.starts_with('-') {
            lost.push((*word).to_owned());
        }
    }
    lost
}

/// Whether a word belongs to the linker's options: an option of its, or the value of one.
fn is_linker(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    ["-s", "-w", "-X", "-extldflags", "-static", "-linkmode", "external", "-buildid"].contains(&word)
        || word.starts_with("-X")
        || (word.contains('=') && !word.starts_with('-'))
}

/// Whether a list of the table holds the parts of a value.
fn has(table: &Table, key: &str, value: &str) -> bool {
    let list = table.get(key).and_then(Value::as_array);
    let mut parts = value.split([',', ' ']).filter(|part| !part.is_empty());
    parts.all(|part| list.is_some_and(|list| list.iter().any(|item| item.as_str() == Some(part))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_is_told_is_carried_or_lost() {
        let table: Table = "tags = [\"netgo\"]\nfeatures = [\"a\", \"b\"]".parse().unwrap();
        for (kind, command, expected) in [
            ("go", "go build -trimpath -ldflags -s -w -o /x ./cmd/x", ""),
            (
                "go",
                "go build -ldflags=-s -w -X main.version=1 -tags netgo -o x .",
                "-ldflags -s -w -X main.version=1",
            ),
            ("go", "go build -race -tags=netgo,sqlite .", "-race;-tags netgo,sqlite"),
            ("go", "go install .", ""),
            ("go", "make build", "all that it does"),
            ("rust", "cargo build --release --features a,b --bin x", ""),
            ("rust", "cargo build --all-features --profile dist", "--all-features;--profile"),
            ("dotnet", "dotnet publish x.csproj -c Release -o /app -p:PublishAot=true", "-p:PublishAot=true"),
            ("java", "./mvnw -B package -DskipTests -Pprod", "-Pprod"),
            ("java", "gradle bootJar --no-daemon -x test -Pv=1", "-Pv=1"),
            ("node", "go build .", "all that it does"),
        ] {
            assert_eq!(lost(kind, command, &table).join(";"), expected, "{command}");
        }
    }
}
