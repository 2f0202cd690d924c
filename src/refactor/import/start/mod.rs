//! What a service starts: the command line in its effective form, as the table of its kind.

mod java;
mod python;

use super::paths::{has_extension, resolve};
use crate::shell;

pub(super) use java::{java, java_arguments};
pub(super) use python::{PythonStart, is_installed, python};

/// A program and its arguments, the shell around them taken away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) argv: Vec<String>,
    /// What is not imported.
    pub(super) lost: Vec<String>,
    /// What of the command line only a shell can do.
    pub(super) needs_shell: Option<&'static str>,
    /// Whether a shell starts it, and so replaces variables.
    pub(super) is_shell: bool,
    /// The commands that run before it.
    pub(super) before: Vec<Vec<String>>,
    /// The scripts that would have started it.
    pub(super) scripts: Vec<String>,
    /// The directory that a shell changes to before, seen from the working directory.
    pub(super) directory: Option<String>,
}

/// A command line with the variables that are known. Each word by itself: one that is not known keeps no other
/// from being replaced.
pub(super) fn replaced(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words.map(|word| variable(word).unwrap_or_else(|| word.to_owned())).collect()
}

/// Takes away the shell, a wrapper or an entry script.
pub(super) fn effective(argv: Vec<String>) -> Start {
    let mut start = Start { argv, ..Start::default() };
    start.leave_script_out();
    start.leave_interpreter_out();
    start.leave_shell_out();
    start.leave_wrappers_out();
    start.leave_script_out();
    start
}

impl Start {
    /// Why the image cannot start this, and what to do.
    pub(super) fn refusal(&self) -> Option<(String, &'static str)> {
        if let Some(operator) = self.needs_shell {
            let message =
                format!("the command line needs a shell for `{operator}`, but a distroless image has none");
            return Some((message, "use an ENTRYPOINT of one program"));
        }
        let program = self.argv.first();
        if program.is_some_and(|program| program.starts_with('[')) {
            let message = "this is not the exec form: it is not JSON, so a shell would run it";
            return Some((message.to_owned(), "write [\"program\", \"argument\"]"));
        }
        program.is_none_or(|program| is_script(program) || shell::is_shell(program)).then(script_refusal)
    }

    /// Takes away an entry script, which starts what stands behind it.
    fn leave_script_out(&mut self) {
        if self.argv.len() > 1 && is_script(&self.argv[0]) && !self.argv[1].starts_with('-') {
            let script = self.argv.remove(0);
            self.lost.push(format!("`{script}` is not run: a distroless image has no shell"));
            self.scripts.push(script);
        }
    }

    /// Takes away an interpreter of the base that would start another interpreter, a shell or a program as its script.
    fn leave_interpreter_out(&mut self) {
        let Some(language) =
            self.argv.first().filter(|word| is_interpreter(word)).and_then(|_| language(&self.argv))
        else {
            return;
        };
        let options = self.argv[1..].iter().take_while(|word| *word == "-jar").count();
        let Some(second) = self.argv.get(1 + options) else { return };
        let flag = self.argv.get(2 + options).map(String::as_str);
        let is_program =
            !has_extension(second, "py") && self::language(std::slice::from_ref(second)) == Some(language);
        if is_program || (shell::is_shell(second) && flag == Some("-c")) {
            let first = &self.argv[0];
            self.lost.push(format!(
                "the base already starts {first}, with `{second}` as its program: the command is used as intended"
            ));
            self.argv.drain(..=options);
        }
    }

    /// Takes away a shell. Its variables become references; what stands before the program runs before it.
    fn leave_shell_out(&mut self) {
        let Some(text) = shell::text_of(&self.argv) else { return };
        let shell::Script { mut commands, needs_shell, assigned } = shell::read(&shell::referred(text));
        self.settings(&assigned);
        self.needs_shell = needs_shell;
        self.is_shell = true;
        // What is behind `exec` is never run.
        let executed = commands.iter().position(|command| command.words[0] == "exec");
        commands.truncate(executed.map_or(commands.len(), |at| at + 1));
        let last = commands.pop().unwrap_or_default();
        for command in commands {
            match command.words.as_slice() {
                [cd, to] if cd == "cd" => self.change_directory(to),
                // The programs of a virtual environment are named by their whole path.
                [source, script] if matches!(&**source, "." | "source") && script.ends_with("/activate") => {}
                _ if command.file.is_some() || !command.settings.is_empty() => {
                    self.lost.push(format!("`{}` is not run before the program", command.words.join(" ")));
                }
                _ => self.before.push(command.words),
            }
        }
        self.argv = last.words;
        self.lost.push("the shell is left out: the program is started directly".to_owned());
        self.settings(&last.settings);
        if let Some(file) = last.file {
            self.lost.push(format!("its output goes to the engine, not to {file}"));
        }
    }

    fn change_directory(&mut self, to: &str) {
        let from = self.directory.take().unwrap_or_default();
        let path = resolve(&from, to);
        let is_absolute = to.starts_with('/') || from.starts_with('/');
        self.directory = Some(if is_absolute { path } else { path[1..].to_owned() });
    }

    /// Takes away what only starts the program, or reaps its children.
    fn leave_wrappers_out(&mut self) {
        while self.argv.len() > 1 && is_wrapper(&self.argv[0]) {
            let word = self.argv.remove(0);
            if word.ends_with("gosu") || word.ends_with("su-exec") {
                self.argv.remove(0);
            }
            if word.ends_with("env") {
                let count = self.argv.iter().take_while(|word| word.contains('=')).count();
                let settings: Vec<String> =
                    self.argv.drain(..count.min(self.argv.len().saturating_sub(1))).collect();
                self.settings(&settings);
            }
            if word != "exec" && word != "--" {
                self.lost.push(format!("`{word}` is left out: the engine starts the program itself"));
            }
        }
        if let [installer, run, ..] = &self.argv[..]
            && run == "run"
            && RUNNERS.contains(&plain_name(installer))
        {
            let valued = [
                "--python",
                "-p",
                "--directory",
                "--project",
                "--env-file",
                "--group",
                "--extra",
                "--with",
                "-n",
                "--name",
                "--prefix",
                "-e",
                "--environment",
            ];
            self.lost.push(format!("`{installer} run` is left out: the program is started directly"));
            self.argv.drain(..2);
            while self.argv.len() > 1 && self.argv[0].starts_with('-') {
                let flag = self.argv.remove(0);
                if valued.contains(&flag.as_str()) && self.argv.len() > 1 {
                    self.argv.remove(0);
                }
            }
        }
    }

    /// Variables that are set for the program alone.
    fn settings(&mut self, settings: &[String]) {
        let told = settings.iter().map(|setting| format!("{setting} is not imported: set it in `env`"));
        self.lost.extend(told);
    }
}

/// Tools that start a program in an environment of theirs.
const RUNNERS: [&str; 10] =
    ["conda", "hatch", "mamba", "micromamba", "pdm", "pipenv", "pixi", "poetry", "rye", "uv"];

/// Whether a program only starts another one, or reaps its children.
pub(super) fn is_wrapper(word: &str) -> bool {
    matches!(
        plain_name(word),
        "exec" | "tini" | "dumb-init" | "catatonit" | "--" | "gosu" | "su-exec" | "env" | "nohup" | "-g"
    )
}

/// Why a shell script is not started, and what to do.
pub(super) fn script_refusal() -> (String, &'static str) {
    let message = "the image starts a shell script, but a distroless image has no shell";
    (message.to_owned(), "write the program that the script ends with in ENTRYPOINT")
}

/// The name of a program without its directory.
pub(super) fn plain_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Whether a program is a script of a shell.
fn is_script(program: &str) -> bool {
    has_extension(program, "sh")
}

/// Whether a program is an interpreter itself.
fn is_interpreter(program: &str) -> bool {
    let name = plain_name(program);
    (name.starts_with("python") && !has_extension(name, "py")) || matches!(name, "java" | "node" | "nodejs")
}

/// The kind of a program by its first word.
pub(super) fn language(argv: &[String]) -> Option<&'static str> {
    match plain_name(argv.first()?) {
        "java" => Some("java"),
        "node" | "nodejs" | "npm" => Some("node"),
        name if name.starts_with("python") || has_extension(name, "py") => Some("python"),
        "uvicorn"
        | "gunicorn"
        | "celery"
        | "hypercorn"
        | "daphne"
        | "granian"
        | "flask"
        | "fastapi"
        | "streamlit"
        | "uwsgi"
        | "django-admin"
        | "waitress-serve"
        | "opentelemetry-instrument"
        | "ddtrace-run"
        | "newrelic-admin"
        | "alembic"
        | "dagster"
        | "mkdocs"
        | "jupyter" => Some("python"),
        _ => None,
    }
}

/// The options that say where a server listens.
const BINDS: [&str; 7] = ["-b", "--bind", "-p", "--port", "--server.port", "--http", "--http-socket"];

/// The port that a server is told to listen on: `--bind 0.0.0.0:8000`, `--port=8000`.
pub(super) fn bound_port(argv: &[String]) -> Option<u16> {
    let (_, value) = bound(argv)?;
    // `0.0.0.0:{env:PORT:-8000}`
    value.trim_end_matches('}').rsplit([':', '-']).next()?.parse().ok().filter(|port| *port > 0)
}

/// The word that says where a server listens, and the value in it.
pub(super) fn bound(argv: &[String]) -> Option<(usize, &str)> {
    let mut all = argv.iter().enumerate().filter_map(|(at, word)| match word.split_once('=') {
        Some((flag, value)) => BINDS.contains(&flag).then_some((at, value)),
        None if BINDS.contains(&word.as_str()) => Some((at + 1, argv.get(at + 1)?.as_str())),
        None => None,
    });
    // gunicorn's `-p` is a file.
    let is_port = |value: &str| {
        value.contains(['$', '{']) || value.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok())
    };
    all.find(|(_, value)| is_port(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn shells_and_wrappers_are_taken_away() {
        let of = |argv: &[&str]| effective(argv.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(
            of(&["/bin/sh", "-c", "exec uvicorn a:app --port $PORT"]).argv,
            words("uvicorn a:app --port {env:PORT}")
        );
        let start = of(&["/bin/sh", "-c", "./migrate && python main.py"]);
        assert_eq!(start.argv, words("python main.py"));
        assert_eq!(start.before, [["./migrate"]]);
        assert_eq!(of(&["/sbin/tini", "--", "nginx"]).argv, ["nginx"]);
        assert_eq!(
            of(&["docker-entrypoint.sh", "/bin/sh", "-c", "redis-server --port $PORT"]).argv,
            words("redis-server --port {env:PORT}")
        );
        assert_eq!(
            of(&["/docker-entrypoint.sh", "redis-server", "/x.conf"]).argv,
            words("redis-server /x.conf")
        );
    }
}
