//! Commands that only run another one, which is read in their place: `env A=1 pip install x`, `bash -c '…'`.

use super::super::start::plain_name;
use crate::shell;

/// What a command runs.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Inner {
    /// Itself.
    Own,
    /// Another command.
    Words(Vec<String>),
    /// The text of a shell.
    Text(String),
}

/// Wrappers: the options that have a value in a word of its own, and how many words stand before the command.
const WRAPPERS: [(&str, &[&str], usize); 17] = [
    ("builtin", &[], 0),
    ("chronic", &[], 0),
    ("command", &[], 0),
    ("doas", &["-u"], 0),
    ("eatmydata", &[], 0),
    ("env", &["-u", "--unset", "-C", "--chdir"], 0),
    ("exec", &["-a"], 0),
    ("fakeroot", &[], 0),
    ("gosu", &[], 1),
    ("ionice", &["-c", "-n"], 0),
    ("nice", &["-n"], 0),
    ("nohup", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("su-exec", &[], 1),
    ("sudo", &["-u", "--user", "-g", "--group"], 0),
    ("time", &["-o", "-f"], 0),
    ("timeout", &["-s", "-k"], 1),
];

/// Tools that `python -m` starts as well as their own programs do.
const MODULES: [&str; 8] = ["conda", "hatch", "pdm", "pipenv", "pipx", "poetry", "piptools", "uv"];

/// Tools whose `run` starts a program in an environment of theirs.
const RUNNERS: [&str; 9] = ["conda", "hatch", "mamba", "micromamba", "pdm", "pipenv", "poetry", "rye", "uv"];

/// What a command runs.
pub(in super::super) fn inner(words: &[String]) -> Inner {
    let Some((first, rest)) = words.split_first() else { return Inner::Own };
    let name = plain_name(first);
    match name {
        _ if shell::is_shell(name) => {
            return shell::text_of(words).map_or(Inner::Own, |text| Inner::Text(text.to_owned()));
        }
        "eval" if !rest.is_empty() => return Inner::Text(rest.join(" ")),
        // `su - app -c 'pip install x'`
        "su" => return value_of(rest, "-c").map_or(Inner::Own, Inner::Text),
        "runuser" => {
            let command = rest.iter().position(|word| word == "--").map(|at| rest[at + 1..].to_vec());
            let text = || value_of(rest, "-c").map(Inner::Text);
            return command.map(Inner::Words).or_else(text).unwrap_or(Inner::Own);
        }
        // It only asks where a program is.
        "command" if rest.iter().any(|word| matches!(word.as_str(), "-v" | "-V")) => return Inner::Own,
        "env" if value_of(rest, "-S").is_some() => return Inner::Own,
        _ => {}
    }
    if matches!((name, &names(rest)[..]), ("uvx", _) | ("uv", ["tool", "run"]) | ("pipx", ["run", ..])) {
        return once(rest);
    }
    if let Some((_, valued, operands)) = WRAPPERS.iter().find(|(wrapper, ..)| *wrapper == name) {
        return behind(rest, valued, *operands);
    }
    match rest {
        [flag, module, rest @ ..]
            if name.starts_with("python") && flag == "-m" && MODULES.contains(&module.as_str()) =>
        {
            let module = if module == "piptools" { "pip-tools" } else { module };
            Inner::Words(std::iter::once(module.to_owned()).chain(rest.iter().cloned()).collect())
        }
        [run, rest @ ..] if run == "run" && RUNNERS.contains(&name) => {
            let at = rest.iter().position(|word| plain_name(word).starts_with("pip"));
            at.map_or(Inner::Own, |at| Inner::Words(rest[at..].to_vec()))
        }
        _ => Inner::Own,
    }
}

/// The first two words that are no options.
fn names(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).take(2).collect()
}

/// `uvx --with poetry-plugin-export poetry@2 export`: a tool that is run without being installed.
fn once(words: &[String]) -> Inner {
    let name = |word: &String| word.split('@').next().unwrap_or_default().to_owned();
    let Some(at) = words.iter().position(|word| MODULES.contains(&&*name(word))) else { return Inner::Own };
    Inner::Words(std::iter::once(name(&words[at])).chain(words[at + 1..].iter().cloned()).collect())
}

/// The command behind the options, settings and first operands of a wrapper.
fn behind(words: &[String], valued: &[&str], operands: usize) -> Inner {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "--" => {
                at += 1;
                break;
            }
            word if valued.contains(&word) => at += 2,
            word if word.starts_with('-') || shell::is_assignment(word) => at += 1,
            _ => break,
        }
    }
    let rest = words.get(at + operands..).unwrap_or_default();
    if rest.is_empty() { Inner::Own } else { Inner::Words(rest.to_vec()) }
}

fn value_of(words: &[String], flag: &str) -> Option<String> {
    words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_is_read_as_the_command_that_it_runs() {
        let of = |text: &str| match inner(&crate::shell::read(text).commands[0].words) {
            Inner::Own => String::from("itself"),
            Inner::Words(words) => words.join(" "),
            Inner::Text(text) => format!("text: {text}"),
        };
        for wrapped in [
            "env -u A FOO=1 pip install flask",
            "time -p pip install flask",
            "nice -n 5 pip install flask",
            "nice -10 pip install flask",
            "exec pip install flask",
            "command pip install flask",
            "sudo -H -u app -- pip install flask",
            "timeout -k 5 60 pip install flask",
            "su-exec app pip install flask",
            "runuser -u app -- pip install flask",
            "poetry run pip install flask",
            "conda run -n env pip install flask",
        ] {
            assert_eq!(of(wrapped), "pip install flask", "{wrapped}");
        }
        for wrapped in [
            "bash -c 'pip install flask'",
            "sh -exc 'pip install flask'",
            "/bin/bash -o pipefail -c 'pip install flask'",
            "su - app -c 'pip install flask'",
            "eval 'pip install flask'",
        ] {
            assert_eq!(of(wrapped), "text: pip install flask", "{wrapped}");
        }
        assert_eq!(of("python3 -m poetry install"), "poetry install");
        assert_eq!(of("uvx --with poetry-plugin-export poetry@1.8 export -o x"), "poetry export -o x");
        for own in ["env", "command -v pip", "bash install.sh", "sh", "sudo", "pip install env", "uv run x"] {
            assert_eq!(of(own), "itself", "{own}");
        }
    }
}
