//! What a service starts: the command line in its effective form, as the table of its kind.

use toml::{Table, Value};

use super::paths::has_extension;
use super::shell;

/// A program and its arguments, the shell around them taken away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) argv: Vec<String>,
    /// What is not carried over.
    pub(super) lost: Vec<String>,
    /// What of the command line only a shell can do.
    pub(super) needs_shell: Option<&'static str>,
}

/// A command line with the variables that are known. Each word by itself: one that is not known keeps no other
/// from being replaced.
pub(super) fn replaced(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words.map(|word| variable(word).unwrap_or_else(|| word.to_owned())).collect()
}

/// Takes away the shell, a wrapper or an entry script.
pub(super) fn effective(argv: Vec<String>, variable: &dyn Fn(&str) -> Option<String>) -> Start {
    let mut start = Start { argv, lost: Vec::new(), needs_shell: None };
    leave_script_out(&mut start);
    // The interpreter that the base starts, with a shell as its script
    if let [interpreter, shell, flag, ..] = &start.argv[..]
        && language(std::slice::from_ref(interpreter)).is_some()
        && matches!(shell.as_str(), "/bin/sh" | "/bin/bash")
        && flag == "-c"
    {
        let lost =
            format!("{interpreter} of the base would start {shell}: the command is taken as it is meant");
        start.lost.push(lost);
        start.argv.remove(0);
    }
    if let [shell, option, text, ..] = &start.argv[..]
        && shell.ends_with("sh")
        && option.starts_with('-')
        && option.ends_with('c')
    {
        let expanded = replaced(text, variable);
        if expanded != *text {
            start.lost.push("variables of the command are replaced by what ENV says: without a shell, nothing replaces them at the start".to_owned());
        }
        let shell::Script { mut commands, needs_shell } = shell::read(&expanded);
        start.needs_shell = needs_shell;
        // What is behind `exec` is never run.
        let executed = commands.iter().position(|command| command.words[0] == "exec");
        commands.truncate(executed.map_or(commands.len(), |at| at + 1));
        let last = commands.pop().unwrap_or_default();
        let before = commands.iter().map(|command| command.words.join(" "));
        start.lost.extend(before.map(|words| format!("`{words}` is not run before the program")));
        start.argv = last.words;
        start.lost.push("the shell is left out: the program is started itself".to_owned());
        start.settings(&last.settings);
        if let Some(file) = last.file {
            start.lost.push(format!("its output goes to the engine, not to {file}"));
        }
    }
    let wrapper = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or(word);
        matches!(name, "exec" | "tini" | "dumb-init" | "--" | "gosu" | "env" | "nohup" | "-g")
    };
    while start.argv.len() > 1 && wrapper(&start.argv[0]) {
        let word = start.argv.remove(0);
        if word.ends_with("gosu") {
            start.argv.remove(0);
        }
        if word.ends_with("env") {
            let count = start.argv.iter().take_while(|word| word.contains('=')).count();
            let settings: Vec<String> = start.argv.drain(..count.min(start.argv.len() - 1)).collect();
            start.settings(&settings);
        }
        if word != "exec" && word != "--" {
            start.lost.push(format!("`{word}` is left out: the engine starts the program itself"));
        }
    }
    if let [installer, run, ..] = &start.argv[..]
        && run == "run"
        && matches!(installer.as_str(), "poetry" | "pipenv" | "pdm" | "uv")
    {
        start.lost.push(format!("`{installer} run` is left out: the program is started itself"));
        start.argv.drain(..2);
        while start.argv.len() > 1 && start.argv[0].starts_with("--") {
            start.argv.remove(0);
        }
    }
    leave_script_out(&mut start);
    let literal = start.argv.iter().filter(|word| word.contains('$'));
    let literal =
        literal.map(|word| format!("the program gets `{word}` as it stands: nothing replaces variables"));
    let literal: Vec<_> = literal.collect();
    start.lost.extend(literal);
    start
}

impl Start {
    /// Why the image cannot start this, and what to do.
    pub(super) fn refusal(&self) -> Option<(String, &'static str)> {
        if let Some(operator) = self.needs_shell {
            let message =
                format!("the command line needs a shell, for `{operator}`, and a distroless image has none");
            return Some((message, "let ENTRYPOINT name one program"));
        }
        let program = self.argv.first();
        if program.is_some_and(|program| program.starts_with('[')) {
            let message = "this is no exec form: it is no JSON, so a shell would start it";
            return Some((message.to_owned(), "write [\"program\", \"argument\"]"));
        }
        program.is_none_or(|program| is_script(program) || is_shell(program)).then(|| {
            let message = "the image starts a shell script, and a distroless image has no shell";
            (message.to_owned(), "let ENTRYPOINT name the program that the script ends in")
        })
    }

    /// Variables that are set for the program alone.
    fn settings(&mut self, settings: &[String]) {
        let told = settings.iter().map(|setting| format!("{setting} is not carried over: name it in `env`"));
        self.lost.extend(told);
    }
}

/// Takes away an entry script, which starts what stands behind it.
fn leave_script_out(start: &mut Start) {
    if start.argv.len() > 1 && is_script(&start.argv[0]) && !start.argv[1].starts_with('-') {
        let script = start.argv.remove(0);
        start.lost.push(format!("`{script}` is not run: a distroless image has no shell"));
    }
}

/// Whether a program is a script of a shell.
fn is_script(program: &str) -> bool {
    has_extension(program, "sh")
}

/// Whether a program is a shell itself, which starts a script.
fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh"))
}

/// The kind of a program by its first word.
pub(super) fn language(argv: &[String]) -> Option<&'static str> {
    let program = argv.first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    match name {
        "java" => Some("java"),
        "node" | "nodejs" | "npm" => Some("node"),
        name if name.starts_with("python") || has_extension(name, "py") => Some("python"),
        "uvicorn" | "gunicorn" | "celery" | "hypercorn" | "flask" | "streamlit" => Some("python"),
        _ => None,
    }
}

/// What a Python service starts.
pub(super) struct PythonStart {
    pub(super) table: Table,
    /// The port that uvicorn is told to serve on.
    pub(super) port: Option<u16>,
}

/// Reads a Python command line; `installs` says whether anything is installed that uvicorn could come from.
pub(super) fn python(argv: &[String], installs: bool) -> Option<PythonStart> {
    let (program, mut rest) = argv.split_first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let mut words: Vec<String> = Vec::new();
    if has_extension(name, "py") {
        words.push(program.clone());
    } else if !name.starts_with("python") {
        // A console script of a distribution is its module.
        words.extend(["-m".to_owned(), name.to_owned()]);
    }
    // `-u` is PYTHONUNBUFFERED, which the image sets.
    while words.is_empty() && rest.first().is_some_and(|word| matches!(&**word, "-u" | "-B")) {
        rest = &rest[1..];
    }
    words.extend(rest.iter().cloned());
    if words.is_empty() {
        return None;
    }
    if let [flag, server, app, flags @ ..] = &words[..]
        && flag == "-m"
        && server == "uvicorn"
        && installs
        && app.parse::<crate::fleet::words::App>().is_ok()
        && let Some(port) = uvicorn_port(flags)
    {
        let table = Table::from_iter([("app".to_owned(), Value::from(app.clone()))]);
        return Some(PythonStart { table, port: Some(port) });
    }
    if let [flag, module] = &words[..]
        && flag == "-m"
        && module.parse::<crate::fleet::words::Module>().is_ok()
    {
        let table = Table::from_iter([("module".to_owned(), Value::from(module.clone()))]);
        return Some(PythonStart { table, port: None });
    }
    let table = Table::from_iter([("command".to_owned(), Value::from(words))]);
    Some(PythonStart { table, port: None })
}

/// The port that a server is told to listen on: `--bind 0.0.0.0:8000`, `--port=8000`.
pub(super) fn bound_port(argv: &[String]) -> Option<u16> {
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word.as_str(), None),
        };
        if ["-b", "--bind", "--port", "--server.port"].contains(&flag) {
            let value = value.or_else(|| words.next().map(String::as_str))?;
            return value.rsplit(':').next()?.parse().ok().filter(|port| *port > 0);
        }
    }
    None
}

/// The port, if nothing else is said than `services.toml` says itself.
fn uvicorn_port(flags: &[String]) -> Option<u16> {
    let mut port = 8000;
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let (flag, value) = match flag.split_once('=') {
            Some((flag, value)) => (flag, value.to_owned()),
            None => (flag.as_str(), flags.next()?.clone()),
        };
        match flag {
            "--host" if value == "0.0.0.0" => {}
            "--port" => port = value.parse().ok()?,
            "--workers" if value == "1" => {}
            _ => return None,
        }
    }
    Some(port)
}

/// The arguments of a Java program; what of its command line services.toml cannot say, if there is such: a path of
/// several parts, another class.
pub(super) fn java_arguments(argv: &[String], main: Option<&str>) -> Result<Vec<String>, String> {
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-jar" => {
                words.next();
                break;
            }
            "-cp" | "-classpath" | "--class-path" => {
                let path = words.next().map_or("", String::as_str);
                if path.contains(':') {
                    return Err(format!("{word} {path}"));
                }
            }
            option if option.starts_with('-') => {}
            class if Some(class) == main => break,
            class => return Err(class.to_owned()),
        }
    }
    Ok(words.cloned().collect())
}

/// What a Java service starts: options, arguments, and the class if it is compiled here.
pub(super) fn java(argv: &[String], main: Option<&str>, arguments: Vec<String>) -> Table {
    let options = argv
        .iter()
        .skip(1)
        .take_while(|word| word.starts_with('-') && *word != "-jar" && *word != "-version");
    let options: Vec<String> = options.filter(|word| *word != "-cp").cloned().collect();
    let mut table = Table::new();
    if let Some(main) = main {
        table.insert("main".to_owned(), main.into());
    }
    if !options.is_empty() {
        table.insert("options".to_owned(), options.into());
    }
    if !arguments.is_empty() {
        table.insert("arguments".to_owned(), arguments.into());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn shown(text: &str) -> String {
        let start = python(&words(text), true).unwrap();
        format!("{}{:?}", toml::to_string(&start.table).unwrap().trim(), start.port)
    }

    #[test]
    fn python_is_started_in_many_ways() {
        assert_eq!(shown("python3 -m a.main"), "module = \"a.main\"None");
        assert_eq!(shown("uvicorn a.main:app --host 0.0.0.0 --port 8084"), "app = \"a.main:app\"Some(8084)");
        assert_eq!(shown("python -u -m uvicorn a:app --port=90"), "app = \"a:app\"Some(90)");
        assert_eq!(shown("/usr/bin/python3.11 main.py --x"), "command = [\"main.py\", \"--x\"]None");
        assert_eq!(
            shown("gunicorn -w 4 a:app"),
            "command = [\"-m\", \"gunicorn\", \"-w\", \"4\", \"a:app\"]None"
        );
        assert!(shown("uvicorn a:app --reload").starts_with("command"));
        assert!(python(&words("python3"), true).is_none());
    }

    #[test]
    fn shells_and_wrappers_are_taken_away() {
        let of = |argv: &[&str]| {
            effective(argv.iter().map(|&word| word.to_owned()).collect(), &|text| {
                Some(text.replace("$PORT", "80"))
            })
        };
        assert_eq!(
            of(&["/bin/sh", "-c", "exec uvicorn a:app --port $PORT"]).argv,
            words("uvicorn a:app --port 80")
        );
        let start = of(&["/bin/sh", "-c", "./migrate && python main.py"]);
        assert_eq!(start.argv, words("python main.py"));
        assert_eq!(start.lost[0], "`./migrate` is not run before the program");
        assert_eq!(of(&["/sbin/tini", "--", "nginx"]).argv, ["nginx"]);
        assert_eq!(
            of(&["docker-entrypoint.sh", "/bin/sh", "-c", "redis-server --port $PORT"]).argv,
            words("redis-server --port 80")
        );
        assert_eq!(
            of(&["/docker-entrypoint.sh", "redis-server", "/x.conf"]).argv,
            words("redis-server /x.conf")
        );
    }
}
