//! Health checks that are code of Python or Node.

use super::address::{self, Address, Port};
use super::{Check, Probe, requests, status};

/// What code asks, if it can be told.
pub(super) fn read(code: &str) -> Option<Check> {
    let flat = flattened(code);
    if let Some(address) = address::find(&flat) {
        return Some(looked_at(requests::asked(&address), &flat));
    }
    let (host, port) = place(&flat)?;
    if !address::is_here(host) {
        return Some(Check::of(Probe::Elsewhere(host.to_owned())));
    }
    let Some(path) = request_path(&flat) else { return Some(Check::of(Probe::Tcp { port })) };
    let tls =
        ["HTTPSConnection", "wrap_socket", "('https')", "node:https"].iter().any(|word| flat.contains(word));
    let address = Address { tls, host: host.to_owned(), port, path: path.to_owned(), variable: None };
    Some(looked_at(requests::asked(&address), &flat))
}

/// What the code does beside the request and its success.
fn looked_at(mut check: Check, code: &str) -> Check {
    let Probe::Http(request) = &mut check.probe else { return check };
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    request.status = statuses(code);
    request.host = header(code, "host");
    let (said, named) = (request.status.is_some(), request.host.is_some());
    if has(&["Authorization", "auth=", "auth:"]) {
        check = check.lose("sends credentials; the new one does not");
    } else if !named && has(&["headers=", "headers:", "add_header(", "headers ="]) {
        check = check.lose("sends headers; the new one does not");
    }
    if has(&["data=", "'POST'", "\"POST\"", ".post(", "json="]) {
        check = check.lose("sends POST; the new one sends GET");
    }
    if has(&[".json(", "==b'", " in r.", ".text ==", ".read() =="]) || (has(&["assert "]) && !said) {
        check = check.lose("checks the content of the response; the new one only checks its status");
    }
    if !said && is_lenient(code) {
        check = check.lose("accepts any status; the new one requires 200 to 399");
    }
    check
}

/// The value of a header that code sends: `{'Host': 'example.com'}`.
fn header(code: &str, name: &str) -> Option<String> {
    let at = code
        .to_ascii_lowercase()
        .find(&format!("{name}':"))
        .or_else(|| code.to_ascii_lowercase().find(&format!("{name}\":")));
    let rest = code.get(at? + name.len() + 2..)?.trim_start().strip_prefix(['\'', '"'])?;
    let value = rest.split(['\'', '"']).next()?;
    let is_header = code.contains("headers");
    is_header.then(|| value.to_owned())
}

/// The statuses that code takes for healthy, if it says others than 200 to 399.
fn statuses(code: &str) -> Option<String> {
    let names = ["status_code", "statusCode", ".status", "getcode()", ".code", "(n "];
    let behind = |name: &'static str| {
        code.match_indices(name).map(move |(at, _)| code[at + name.len()..].trim_start())
    };
    for rest in names.iter().flat_map(|name| behind(name)) {
        let equal = ["===", "==", "!==", "!="].iter().find_map(|operator| rest.strip_prefix(operator));
        if let Some(rest) = equal {
            return Some(status(&rest.chars().take(6).collect::<String>())?.to_string());
        }
        let below = ["<=", "<"].iter().find_map(|operator| Some((*operator, rest.strip_prefix(operator)?)));
        if let Some((operator, rest)) = below {
            let last = status(&rest.chars().take(6).collect::<String>())? - u16::from(operator == "<");
            return (last != 399).then(|| format!("200-{last}"));
        }
    }
    // What Node's `fetch` calls well.
    (code.contains("fetch(") && code.contains(".ok")).then(|| "200-299".to_owned())
}

/// Whether a status of an error is no failure for the code.
fn is_lenient(code: &str) -> bool {
    let looks = ["status", ".ok", "raise_for_status", ".code"].iter().any(|word| code.contains(word));
    let raises = code.contains("urlopen");
    !looks && !raises
}

/// Host and port of a connection: `('localhost', 8000)`, `{ host: 'localhost', port: 3000 }`, `connect(3000)`.
fn place(code: &str) -> Option<(&str, Port)> {
    const CALLS: [&str; 8] = [
        "HTTPConnection(",
        "HTTPSConnection(",
        "create_connection((",
        ".connect((",
        ".connect_ex((",
        "net.connect(",
        "createConnection(",
        ".connect(",
    ];
    let key = |names: &[&str]| {
        let (at, name) = names.iter().find_map(|name| Some((code.find(name)?, name)))?;
        Some(code[at + name.len()..].trim_start_matches([':', '=', ' ', '\'', '"']))
    };
    for call in CALLS {
        let Some((_, rest)) = code.split_once(call) else { continue };
        if rest.starts_with('{') {
            break;
        }
        let (first, behind) = rest.split_once(',').unwrap_or((rest, ""));
        let first = first.trim().trim_end_matches(')');
        if let Some((port, _)) =
            address::port(first).filter(|_| first.starts_with(|c: char| c.is_ascii_digit() || c == '$'))
        {
            return Some(("localhost", port));
        }
        if !first.starts_with(['\'', '"']) {
            break;
        }
        let host = first.trim_matches(['\'', '"']);
        let several = host.matches(':').count() > 1;
        let (host, inner) =
            host.split_once(':').filter(|_| !several).map_or((host, None), |(host, port)| (host, Some(port)));
        let port = inner.unwrap_or_else(|| {
            behind.trim_start().trim_start_matches("port=").trim_start_matches(['\'', '"'])
        });
        let (port, _) = address::port(port).filter(|_| !port.is_empty())?;
        return Some((host, port));
    }
    // Node's options
    let (port, _) = address::port(key(&["port:", "port :", "'port':", "\"port\":"])?)?;
    let host = key(&["hostname:", "host:", "'host':"]).and_then(|rest| rest.split(['\'', '"']).next());
    Some((host.unwrap_or("localhost"), port))
}

/// The path of a request: `.request('GET', '/health')`, `path: '/health'`.
fn request_path(code: &str) -> Option<&str> {
    let quoted = |rest: &'_ str| -> Option<(usize, usize)> {
        let start = rest.find(['\'', '"', '`'])? + 1;
        Some((start, start + rest[start..].find(['\'', '"', '`'])?))
    };
    if let Some((_, rest)) =
        code.split_once(".request(").filter(|(_, rest)| rest.trim_start().starts_with(['\'', '"']))
    {
        let (_, end) = quoted(rest)?;
        let rest = &rest[end + 1..];
        let (start, end) = quoted(rest)?;
        return Some(&rest[start..end]);
    }
    let (_, rest) = code.split_once("path:").or_else(|| code.split_once("'path':"))?;
    let (start, end) = quoted(rest)?;
    Some(&rest[start..end])
}

/// Code with the variables of the environment written as a shell does, inside the texts that they are put into:
/// `'http://localhost:' + os.environ['PORT'] + '/x'` is `'http://localhost:${PORT}/x'`.
fn flattened(code: &str) -> String {
    let plain = code.replace("\\x27", "'").replace("\\'", "'").replace("\\\"", "\"").replace('\n', "; ");
    let mut text = with_variables(&plain);
    for (name, value) in assignments(&text) {
        // The places where a text takes the value of a name; what is behind it stays.
        for (before, behind) in [
            ("{", "}"),
            ("${", "}"),
            ("'+", ""),
            ("' + ", ""),
            ("\"+", ""),
            ("\" + ", ""),
            ("str(", ")"),
            ("format(", ")"),
            ("% ", ""),
        ] {
            let taken =
                if before.ends_with('{') { value.clone() } else { format!("{before}{value}{behind}") };
            text = text.replace(&format!("{before}{name}{behind}"), &taken);
        }
        text = text.replace(&format!("str({value})"), &value);
    }
    // `f'{…}'` and `` `${…}` ``
    text = text.replace("{${", "${").replace("$${", "${").replace("}}", "}");
    for quote in ['\'', '"', '`'] {
        for plus in [" + ", "+", " +", "+ "] {
            text = text.replace(&format!("{quote}{plus}${{"), "${").replace(&format!("}}{plus}{quote}"), "}");
        }
    }
    // `'…:%s/x' % …`, `'…:{}/x'.format(…)`
    for hole in [":%s", ":%d", ":{}", ":{0}"] {
        let Some((before, behind)) = text.split_once(hole) else { continue };
        let Some(value) = behind.find("${").and_then(|at| Some(&behind[at..=at + behind[at..].find('}')?]))
        else {
            continue;
        };
        text = format!("{before}:{value}{behind}");
    }
    text
}

/// Code with each look-up of a variable in the environment as `${NAME:-default}`.
fn with_variables(code: &str) -> String {
    const LOOKUPS: [(&str, char); 6] = [
        ("os.environ[", ']'),
        ("os.environ.get(", ')'),
        ("os.getenv(", ')'),
        ("environ.get(", ')'),
        ("getenv(", ')'),
        ("process.env[", ']'),
    ];
    let mut text = code.to_owned();
    for (lookup, close) in LOOKUPS {
        while let Some((before, rest)) = text.split_once(lookup) {
            let Some((inner, behind)) = rest.split_once(close) else { break };
            let mut parts = inner.split(',').map(|part| part.trim().trim_matches(['\'', '"']));
            let name = parts.next().unwrap_or_default();
            let default = parts.next().filter(|default| !default.is_empty());
            text = variable(before, name, default, behind);
        }
    }
    while let Some((before, rest)) = text.split_once("process.env.") {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        text = variable(before, &rest[..end], None, &rest[end..]);
    }
    text
}

/// A variable between two texts, without the brackets around it.
fn variable(before: &str, name: &str, default: Option<&str>, behind: &str) -> String {
    let (alternative, behind) = alternative(behind);
    let default = default.or(alternative).map(|default| format!(":-{default}")).unwrap_or_default();
    let (mut before, mut behind) = (before, behind);
    // `(…)`, `str(int(…))`, but no call of another function
    while let (Some(outer), Some(rest)) = (before.strip_suffix('('), behind.strip_prefix(')')) {
        let plain = ["str", "int", "String", "Number", "parseInt"].iter().find_map(|f| outer.strip_suffix(f));
        if plain.is_none() && outer.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            break;
        }
        (before, behind) = (plain.unwrap_or(outer), rest);
    }
    format!("{before}${{{name}{default}}}{behind}")
}

/// The alternative `|| 3000` in front of the rest of a text.
fn alternative(rest: &str) -> (Option<&str>, &str) {
    let trimmed = rest.trim_start();
    let value = ["||", "??"].iter().find_map(|operator| trimmed.strip_prefix(operator));
    let Some(value) = value else { return (None, rest) };
    let value = value.trim_start().trim_start_matches(['\'', '"']);
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    (Some(&value[..end]), value[end..].trim_start_matches(['\'', '"']))
}

/// Names that are given the value of a variable, or a number.
fn assignments(code: &str) -> Vec<(String, String)> {
    let parts = code.split([';', ',']).filter_map(|part| part.split_once('='));
    let plain = parts.filter_map(|(name, value)| {
        let name = name.trim().rsplit(' ').next()?;
        let value = value.trim();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let is_port = value.starts_with("${") && value.ends_with('}') || value.parse::<u16>().is_ok();
        (is_name && is_port).then(|| (name.to_owned(), value.to_owned()))
    });
    plain.collect()
}
