//! What a health check looks at, whatever it is written in.

mod address;
mod clients;
mod code;
mod requests;

use super::paths::has_extension;
use crate::shell;

pub(super) use address::Port;

/// A health check as it is read: what it asks, and what of it the check of a generated image does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) probe: Probe,
    /// Each behind "the health check".
    pub(super) lost: Vec<String>,
}

/// What a probe asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// An HTTP request.
    Http(Request),
    /// A connection.
    Tcp { port: Port },
    /// PING of Redis, with the password that a variable holds.
    Redis { port: Port, password: Option<String> },
    /// `hello` of `MongoDB`.
    Mongodb { port: Port },
    /// The health protocol of gRPC.
    Grpc { port: Port, service: Option<String> },
    /// The start of a TLS handshake.
    Tls { port: Port },
    /// A connection to a Unix socket.
    Unix { socket: String },
    /// A program of the image and its arguments: of its own, an interpreter with a file, or one of a distribution.
    Exec(Vec<String>),
    /// Another host, which says nothing of this one.
    Elsewhere(String),
    /// Nothing: it always succeeds.
    Always,
    /// Something that no check of services.toml does; behind "the health check".
    Other(String),
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) tls: bool,
    pub(super) port: Port,
    /// The Unix socket that is asked instead of the port.
    pub(super) socket: Option<String>,
    pub(super) path: String,
    /// The statuses that are healthy, if it says others than 200 to 399.
    pub(super) status: Option<String>,
    /// The `Host` header.
    pub(super) host: Option<String>,
}

impl Request {
    fn plain(port: Port, path: String) -> Self {
        Self { tls: false, port, socket: None, path, status: None, host: None }
    }
}

impl Check {
    fn of(probe: Probe) -> Self {
        Self { probe, lost: Vec::new() }
    }

    fn lose(mut self, lost: impl Into<String>) -> Self {
        self.lost.push(lost.into());
        self
    }
}

/// Reads the command of a health check.
pub(super) fn read(argv: &[String]) -> Check {
    match shell::text_of(argv) {
        Some(text) => script(text),
        None => command(argv).unwrap_or_else(|| Check::of(other(argv))),
    }
}

/// A line of a shell: the first of its commands that asks something, and what the others do with the answer.
fn script(text: &str) -> Check {
    if is_always_true(text) {
        return Check::of(Probe::Always);
    }
    if text.trim_start().starts_with("[\"") {
        // Its quotes are those of an exec form.
        let check = code::read(&text.replace("\\\"", "'"))
            .unwrap_or_else(|| Check::of(Probe::Other("needs a shell".to_owned())));
        return check.lose("is not JSON, so a shell would have run it");
    }
    let (text, own_address) = with_own_address(text);
    if let Some((inner, outer)) = substitution(&text) {
        let check = script(inner);
        return compared(check, &outer);
    }
    let commands: Vec<Vec<String>> =
        shell::read(&text).commands.into_iter().map(|command| command.words).collect();
    let mut asking = commands.iter().filter(|words| !matches!(&*words[0], "exit" | "false" | "set" | "cd"));
    let asked = asking.clone().find_map(|words| Some((words, command(words)?)));
    let (words, mut check) = match asked {
        Some((words, check)) => (Some(words), check),
        None if text.contains("/dev/tcp/") => (None, clients::device(&text)),
        None => (
            None,
            Check::of(asking.next().map_or(Probe::Other("needs a shell".to_owned()), |words| other(words))),
        ),
    };
    if own_address {
        check = check.lose("asks the container's own address; the new one asks 127.0.0.1");
    }
    if let (Probe::Tcp { port }, Some(path)) = (&check.probe, clients::request_by_hand(&text)) {
        check.probe = Probe::Http(Request::plain(port.clone(), path));
    }
    // What works on the answer of a probe that stays has no place any more.
    if matches!(check.probe, Probe::Other(_) | Probe::Elsewhere(_)) {
        return check;
    }
    let is_answer = |words: &[String]| {
        matches!(&check.probe, Probe::Redis { .. } | Probe::Mongodb { .. }) && words[0] == "grep"
    };
    let more: Vec<String> = commands
        .iter()
        .filter(|other| words != Some(other) && !is_answer(other))
        .filter(|words| {
            !matches!(&*words[0], "exit" | "false" | "true" | "set" | "cd" | "echo" | "printf" | "exec")
        })
        .map(|words| {
            format!("runs `{}`; the new one sends one request and only checks its status", words.join(" "))
        })
        .collect();
    check.lost.extend(more);
    check
}

/// What one command asks, if it is known.
fn command(words: &[String]) -> Option<Check> {
    let (program, arguments) = words.split_first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match plain {
        "curl" => requests::curl(arguments),
        "wget" => requests::wget(arguments),
        "python" | "node" | "nodejs" => interpreted(words),
        _ => clients::read(name, arguments).or_else(|| exec(words)),
    }
}

/// An interpreter with code, or with a file of the image.
fn interpreted(words: &[String]) -> Option<Check> {
    let mut arguments = words[1..].iter();
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "-c" | "-e" | "-p" | "--eval" => {
                let code = arguments.next()?;
                if is_always_true(code) {
                    return Some(Check::of(Probe::Always));
                }
                // An address may be given to the code.
                let rest: Vec<&str> = arguments.map(String::as_str).collect();
                let read = code::read(&format!("{code} '{}'", rest.join("' '")));
                return Some(read.unwrap_or_else(|| {
                    Check::of(Probe::Other("runs code that is not a known kind of request".to_owned()))
                }));
            }
            "-m" => return Some(Check::of(Probe::Exec(words.to_vec()))),
            flag if flag.starts_with('-') => {}
            _ => return Some(Check::of(Probe::Exec(words.to_vec()))),
        }
    }
    None
}

/// A program of the image: one that is named by its path, or that distributions of Python install.
fn exec(words: &[String]) -> Option<Check> {
    let own = words[0].starts_with('/') && !shell::is_shell(&words[0]);
    (own || PROGRAMS.contains(&&*words[0])).then(|| Check::of(Probe::Exec(words.to_vec())))
}

/// Programs of distributions of Python that health checks run.
const PROGRAMS: [&str; 6] = ["airflow", "alembic", "celery", "django-admin", "flask", "rq"];

fn other(words: &[String]) -> Probe {
    let program = words.first().map_or("", String::as_str);
    if program == "true" || program == ":" {
        return Probe::Always;
    }
    if shell::is_shell(program) || has_extension(program, "sh") {
        return Probe::Other(format!("runs the script `{}`, but the image has no shell", words.join(" ")));
    }
    // One that is named by its path may be the service's own.
    if program.contains('/') && !has_extension(program, "sh") {
        return Probe::Exec(words.to_vec());
    }
    Probe::Other(format!("runs `{program}`, which is not in the image"))
}

/// What is done with the answer of a command in `$(…)`.
fn compared(mut check: Check, outer: &str) -> Check {
    let Probe::Http(request) = &mut check.probe else { return check };
    match status(outer) {
        Some(status) => {
            request.status = Some(status.to_string());
            check
        }
        None => check.lose(format!("compares the response (`{outer}`); the new one only checks its status")),
    }
}

/// The status that a text compares with.
fn status(text: &str) -> Option<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() == 3);
    numbers.filter_map(|number| number.parse().ok()).find(|number| (100..600).contains(number))
}

/// The command in `$(…)`, and the text around it.
fn substitution(text: &str) -> Option<(&str, String)> {
    let start = text.find("$(")?;
    let mut depth = 0;
    let end = text[start..].find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ')' && depth == 0
    })?;
    let inner = &text[start + 2..start + end];
    let asks = ["curl", "wget", "nc ", "python", "node"].iter().any(|program| inner.contains(program));
    asks.then(|| (inner, format!("{}…{}", &text[..start], &text[start + end + 1..])))
}

/// A text with the container's own name or address replaced, and whether it had one.
fn with_own_address(text: &str) -> (String, bool) {
    const OWN: [&str; 6] =
        ["$(hostname -i)", "$(hostname -I)", "$(hostname)", "`hostname -i`", "${HOSTNAME}", "$HOSTNAME"];
    let mut changed = text.to_owned();
    for (own, end) in OWN.iter().flat_map(|own| [(own, ":"), (own, "/")]) {
        changed = changed.replace(&format!("://{own}{end}"), &format!("://localhost{end}"));
    }
    let is_changed = changed != text;
    (changed, is_changed)
}

fn is_always_true(text: &str) -> bool {
    let text = text.trim();
    let inner = text.rsplit("-c ").next().unwrap_or(text).trim_matches(['"', '\'', ' ']);
    let plain = inner.replace([' ', ';', '\n'], "");
    [
        "exit0",
        "true",
        "/bin/true",
        ":",
        "pass",
        "importsyssys.exit(0)",
        "exit(0)",
        "print('ok')",
        "process.exit(0)",
    ]
    .contains(&plain.as_str())
        || inner.ends_with("|| true")
        || inner.ends_with("|| exit 0")
}

/// Whether a program is an interpreter that runs another one's text.
pub(super) fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.starts_with("python") || matches!(name, "node" | "nodejs")
}

#[cfg(test)]
mod tests;
