//! What a Python service starts: an application, a module, a file, or a program that a distribution installs.

use toml::{Table, Value};

use super::super::gather::is_environment;
use super::super::paths::has_extension;
use super::{bound_port, plain_name};
use crate::detect::around;
use crate::fleet::words::{App, Module};

/// The size of /tmp for a program that needs little of it.
const TMP: &str = "64M";

/// What a Python service starts.
pub(in super::super) struct PythonStart {
    pub(in super::super) table: Table,
    /// The port that the command line names, or that uvicorn takes without one.
    pub(in super::super) port: Option<u16>,
    /// The program of a distribution that is started.
    pub(in super::super) program: Option<String>,
    /// Why it needs a directory /tmp.
    pub(in super::super) tmp: Option<String>,
    /// The Unix socket that it listens on.
    pub(in super::super) socket: Option<String>,
}

impl PythonStart {
    fn of(key: &str, value: impl Into<Value>) -> Self {
        let table = Table::from_iter([(key.to_owned(), value.into())]);
        Self { table, port: None, program: None, tmp: None, socket: None }
    }
}

/// Reads a Python command line. `None` if it starts the interpreter alone.
pub(in super::super) fn python(argv: &[String]) -> Option<PythonStart> {
    let (program, rest) = argv.split_first()?;
    let name = plain_name(program);
    // `-u` is PYTHONUNBUFFERED, which the image sets.
    let options = rest.iter().take_while(|word| matches!(word.as_str(), "-u" | "-B")).count();
    let mut start = if name.starts_with("python") || name == "pypy3" {
        interpreted(rest.get(options..)?)?
    } else if has_extension(name, "py") {
        PythonStart::of("command", argv.to_vec())
    } else {
        script(name, rest)
    };
    start.port = start.port.or_else(|| bound_port(argv));
    start.tmp = tmp(argv);
    start.socket = socket(argv).map(str::to_owned);
    Some(start)
}

/// What stands behind the interpreter.
fn interpreted(words: &[String]) -> Option<PythonStart> {
    match words {
        [] => None,
        [flag, server, rest @ ..] if flag == "-m" && server == "uvicorn" => {
            let mut start = application(rest).unwrap_or_else(|| PythonStart::of("command", words.to_vec()));
            start.program = Some(server.clone());
            Some(start)
        }
        [flag, module] if flag == "-m" && module.parse::<Module>().is_ok() => {
            Some(PythonStart::of("module", module.clone()))
        }
        _ => Some(PythonStart::of("command", words.to_vec())),
    }
}

/// A program that a distribution installs.
fn script(name: &str, arguments: &[String]) -> PythonStart {
    let plain = (name == "uvicorn").then(|| application(arguments)).flatten();
    let mut start = plain.unwrap_or_else(|| PythonStart::of("script", around::words(name, arguments)));
    start.program = Some(name.to_owned());
    start
}

/// An application that uvicorn serves, if nothing else is said than services.toml says itself.
fn application(words: &[String]) -> Option<PythonStart> {
    let mut port = 8000;
    let mut app = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            if app.replace(word).is_some() {
                return None;
            }
            continue;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, value.to_owned()),
            None => (word.as_str(), words.next()?.clone()),
        };
        match (flag, value.as_str()) {
            ("--host", "0.0.0.0") | ("--workers", "1") => {}
            ("--port", value) => port = value.parse().ok()?,
            _ => return None,
        }
    }
    let app = app.filter(|app| app.parse::<App>().is_ok())?;
    Some(PythonStart { port: Some(port), ..PythonStart::of("app", app.clone()) })
}

/// Why the command line needs a /tmp to write to.
fn tmp(argv: &[String]) -> Option<String> {
    let is_gunicorn = argv.iter().any(|word| plain_name(word) == "gunicorn");
    let has_own = argv.iter().any(|word| word.starts_with("--worker-tmp-dir"));
    if is_gunicorn && !has_own {
        return Some(format!("gunicorn needs a temporary directory: /tmp of {TMP} is added"));
    }
    let file =
        argv.iter().find(|word| word.rsplit('=').next().is_some_and(|word| word.starts_with("/tmp/")))?;
    Some(format!("the command line uses `{file}`: /tmp of {TMP} is added"))
}

/// The Unix socket that a server listens on.
fn socket(argv: &[String]) -> Option<&str> {
    let behind = |at: usize| argv.get(at + 1).map(String::as_str);
    argv.iter().enumerate().find_map(|(at, word)| match word.split_once("unix:") {
        Some((_, path)) => Some(path),
        None if word == "--uds" => behind(at),
        None => word.strip_prefix("--uds="),
    })
}

/// Whether a program by its path is one that a distribution of Python installs.
pub(in super::super) fn is_installed(program: &str) -> bool {
    program.starts_with("/usr/local/bin/") || (program.contains("/bin/") && is_environment(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let start = python(&words).unwrap();
        format!("{}{:?}", toml::to_string(&start.table).unwrap().trim(), start.port)
    }

    #[test]
    fn python_is_started_in_many_ways() {
        assert_eq!(shown("python3 -m a.main"), "module = \"a.main\"None");
        assert_eq!(shown("uvicorn a.main:app --host 0.0.0.0 --port 8084"), "app = \"a.main:app\"Some(8084)");
        assert_eq!(shown("uvicorn --port 84 a.main:app"), "app = \"a.main:app\"Some(84)");
        assert_eq!(shown("python -u -m uvicorn a:app --port=90"), "app = \"a:app\"Some(90)");
        assert_eq!(shown("/usr/bin/python3.11 main.py --x"), "command = [\"main.py\", \"--x\"]None");
        assert_eq!(
            shown("gunicorn -w 4 a:app -b 0.0.0.0:81"),
            "script = [\"gunicorn\", \"-w\", \"4\", \"a:app\", \"-b\", \"0.0.0.0:81\"]Some(81)"
        );
        assert_eq!(
            shown("opentelemetry-instrument --x y python main.py"),
            "script = [\"opentelemetry-instrument\", \"--x\", \"y\", \"/opt/venv/bin/python3\", \"main.py\"]None"
        );
        assert!(shown("uvicorn a:app --reload").starts_with("script"));
        assert!(python(&["python3".to_owned()]).is_none());
    }

    #[test]
    fn a_program_that_writes_to_tmp_gets_one() {
        let needs = |text: &str| tmp(&text.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_some();
        assert!(
            needs("gunicorn a:app") && needs("celery beat -s /tmp/schedule") && needs("x --pid=/tmp/pid")
        );
        assert!(!needs("gunicorn --worker-tmp-dir /dev/shm a:app") && !needs("uvicorn a:app"));
    }
}
