//! Where code says that it listens: calls of Go with what they are given, and defaults of variables.

use super::health::{is_code, serves};
use super::ports::is_own_port;
use super::units::Unit;
use super::view::{View, inside, join};

/// Calls of Go that listen.
const CALLS: [&str; 6] =
    ["ListenAndServe(", "ListenAndServeTLS(", ".Listen(", ".Run(", ".Start(", "http.Server{"];

/// Words in the names of what is listened on.
const NAMES: [&str; 4] = ["port", "addr", "bind", "listen"];

/// Words of lines about other servers.
const OTHERS: [&str; 11] =
    ["redis", "postgres", "mysql", "mongo", "kafka", "smtp", "mail", "amqp", "rabbit", "db_", "database"];

/// How many packages of a module are looked at.
const MOST: usize = 64;

/// The port on which a program of Go listens, and the file of its module that says it.
pub(super) fn of_go(view: &View, module: &str, manifest: &str, member: &str) -> Option<(u16, String)> {
    let files = files_of_go(view, module, manifest, member);
    files.iter().find_map(|(path, text)| Some((listened(text, &files)?, inside(module, path)?.to_owned())))
}

/// The files of a program and of the packages of its module that it imports, the nearest first.
fn files_of_go<'v>(view: &'v View, module: &str, manifest: &str, member: &str) -> Vec<(String, &'v str)> {
    let path =
        manifest.lines().find_map(|line| line.trim().strip_prefix("module ")).unwrap_or_default().trim();
    let start = format!("\"{path}/");
    let mut packages = vec![member.to_owned()];
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(package) = packages.get(at).cloned() {
        at += 1;
        for (name, text) in view.files(&package) {
            if !name.ends_with(".go") || name.ends_with("_test.go") {
                continue;
            }
            files.push((join(&package, name), text));
            for inner in text.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()) {
                let package = join(module, inner);
                if packages.len() < MOST && !path.is_empty() && !packages.contains(&package) {
                    packages.push(package);
                }
            }
        }
    }
    files
}

/// The port that a file of Go listens on; the other files may define what it names.
fn listened(text: &str, all: &[(String, &str)]) -> Option<u16> {
    let calls = CALLS
        .iter()
        .flat_map(|call| text.match_indices(call).map(move |(at, _)| (*call, &text[at + call.len()..])));
    calls.into_iter().find_map(|(call, rest)| {
        // The fields of a server are on lines of their own.
        let given = match rest.split_once("Addr:") {
            Some((before, field)) if before.len() < 200 && call.ends_with('{') => field,
            _ if call.ends_with('{') => return None,
            _ => rest,
        };
        let given = given.lines().next()?;
        let literal =
            given.split('"').skip(1).step_by(2).find_map(|literal| number(literal.rsplit_once(':')?.1));
        let formatted = || given.split_once("Sprintf(").and_then(|(_, rest)| number(rest));
        let words = given.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let mut names = words.filter(|word| {
            let small = word.to_lowercase();
            NAMES.iter().any(|name| small.contains(name)) && !OTHERS.iter().any(|other| small.contains(other))
        });
        let named = || names.find_map(|name| all.iter().find_map(|(_, text)| defined(text, name)));
        literal.or_else(formatted).or_else(named)
    })
}

/// The port that a name has: `port := getenv("PORT", "8080")`, `const addr = ":8080"`, and the tag `default:"8080"`.
fn defined(text: &str, name: &str) -> Option<u16> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let lines = text.lines().filter(|line| {
        let small = line.to_lowercase();
        !line.trim_start().starts_with("//") && !OTHERS.iter().any(|other| small.contains(other))
    });
    lines.filter_map(|line| Some((line, line.find(name)?))).find_map(|(line, at)| {
        let (before, rest) = (&line[..at], &line[at + name.len()..]);
        if before.ends_with(is_word) || rest.starts_with(is_word) {
            return None;
        }
        let rest = rest.trim_start();
        let value =
            ["string", "int"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest).trim_start();
        let is_set = value.starts_with(":=") || value.starts_with(['=', ':']) && !value.starts_with("==");
        if is_set || before.ends_with('&') && rest.starts_with(',') {
            return number(value);
        }
        rest.split_once("efault:").and_then(|(_, default)| number(default))
    })
}

/// The first number of a text that may be a port, and stands by itself.
fn number(text: &str) -> Option<u16> {
    let mut rest = text;
    let mut before = ' ';
    loop {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        before = rest[..start].chars().next_back().unwrap_or(before);
        let end = rest[start..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| start + end);
        let after = rest[end..].trim_start().chars().next().unwrap_or(' ');
        let is_alone = !before.is_ascii_alphanumeric()
            && !matches!(before, '.' | '_' | '-' | '*')
            && !after.is_ascii_alphabetic()
            && !matches!(after, '.' | '_' | '*');
        match rest[start..end].parse::<u16>() {
            Ok(port) if port > 79 && is_alone => return Some(port),
            _ => {
                before = '0';
                rest = &rest[end..];
            }
        }
    }
}

/// The port that the code of a server has as the default of a variable or an option for it. Of Python, the file that
/// is started says it.
pub(super) fn default(view: &View, unit: &Unit, kind: &str, own: &str) -> Option<(u16, String)> {
    let is_server = || unit.is_built() || unit.compose.is_some() || serves(view, own);
    let mut code = view.own(own).filter(|(path, _)| kind != "python" && is_code(path) && is_server());
    code.find_map(|(path, text)| {
        let (port, name) = of_variable(text)?;
        Some((port, format!("{path} has it as the default of {name}")))
    })
}

/// The default of a variable or an option for the port in a text, and its name: `getenv("PORT", "8080")`,
/// `process.env.HTTP_PORT || 3000`, `add_argument("--port", default=8000)`.
pub(super) fn of_variable(text: &str) -> Option<(u16, &str)> {
    text.lines().enumerate().find_map(|(at, line)| {
        let (name, rest) = variable(line)?;
        // What is done without it may stand on lines of their own.
        let next = text.lines().skip(at + 1).map(str::trim_start);
        let mut next = next.take_while(|line| line.starts_with(['.', '|', '?']) || line.starts_with("if "));
        Some((number(rest).or_else(|| next.find_map(number))?, name))
    })
}

/// The variable or option for a port that a line names, and what stands behind it.
fn variable(line: &str) -> Option<(&str, &str)> {
    let is_port =
        |name: &str| name == "PORT" || name == "--port" || name == name.to_uppercase() && is_own_port(name);
    let ends = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    let starts = line.match_indices(['"', '\'', '`']).map(|(at, _)| at + 1);
    let starts = starts.chain(line.match_indices("process.env.").map(|(at, word)| at + word.len()));
    starts.into_iter().find_map(|at| {
        let rest = &line[at..];
        let name = &rest[..ends(rest).unwrap_or(rest.len())];
        is_port(name).then(|| (name, &rest[name.len()..]))
    })
}
