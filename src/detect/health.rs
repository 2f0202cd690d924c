//! How a service's health can be asked for.

use serde_json::{Value, json};

use super::view::View;
use super::{Found, Key, Unit};

/// Paths that answer for health, by custom.
const ROUTES: [&str; 17] = [
    "/actuator/health",
    "/api/health",
    "/health",
    "/healthz",
    "/health-check",
    "/_healthz",
    "/-/health",
    "/health/ready",
    "/health/live",
    "/healthcheck",
    "/ready",
    "/readyz",
    "/livez",
    "/hc",
    "/liveness",
    "/ping",
    "/status",
];

/// Endings of files with code.
pub(super) const CODE: [&str; 10] =
    [".py", ".go", ".java", ".kt", ".cs", ".js", ".ts", ".mjs", ".cjs", ".rs"];

/// The key `health`, with the times that the Dockerfile and the Compose file say. Those of a check that cannot be
/// written are the last of the result.
pub(super) fn of(view: &View, unit: &Unit, found: &Found, port: Option<u16>) -> (Key, Option<String>) {
    let mut key = asks(view, unit, found, port);
    let service = unit.compose.as_ref();
    let times = unit.facts.times.iter().chain(service.into_iter().flat_map(|service| &service.rest.times));
    let table = key.value.as_object_mut().filter(|table| !table.contains_key("none"));
    if let Some(table) = table {
        table.extend(times.map(|time| (time.name.to_owned(), time.value.clone())));
        return (key, None);
    }
    let said = service.and_then(|s| s.health.as_deref()).or(unit.facts.health.as_deref());
    let lost = said.map(|said| format!("its own check is not carried over: {}", shortened(said)));
    (key, lost)
}

/// What is asked for it.
fn asks(view: &View, unit: &Unit, found: &Found, port: Option<u16>) -> Key {
    let service = unit.compose.as_ref();
    let said = service.and_then(|s| s.health.as_deref()).or(unit.facts.health.as_deref());
    let Some(port) = port else {
        return Key::guessed("health", json!({ "none": "no port is known" }), "no file names a port");
    };
    let hosts: Vec<&str> = service.into_iter().flat_map(|s| &s.hosts).map(String::as_str).collect();
    // Another server than that of its Dockerfile serves a site.
    let said_value = said.and_then(|said| asked(said, &hosts, port)).filter(|_| found.kind != "static");
    let own = own_directory(found);
    let grpc = grpc(view, own).filter(|_| found.kind != "static");
    // The protocol tells more than an open port.
    let is_weak = said_value.as_ref().is_some_and(|value| value.get("tcp").is_some()) && grpc.is_some();
    if let Some(value) = said_value.filter(|_| !is_weak) {
        return Key::sure("health", value);
    }
    if let Some(file) = grpc {
        let why = format!("{file} serves the gRPC health protocol");
        return Key::guessed("health", json!({ "grpc": port }), why);
    }
    if let Some((path, why)) = &found.health {
        return Key::guessed("health", json!({ "http": path }), why.clone());
    }
    if let Some((path, file)) = route(view, own) {
        return Key::guessed("health", json!({ "http": path }), format!("{file} names the route"));
    }
    let why = match said {
        Some(said) if !said.is_empty() => {
            format!("its own check cannot be carried over: {}", shortened(said))
        }
        _ => "no health check is known: only the open port is checked".to_owned(),
    };
    Key::guessed("health", json!({ "tcp": port }), why)
}

fn own_directory(found: &Found) -> &str {
    found.member.as_deref().unwrap_or(&found.directory)
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Programs that ask for the address that they are given.
const CLIENTS: [&str; 9] = ["curl", "wget", "python", "node", "bun", "deno", "php", "ruby", "http"];

/// What the command of a check asks, as the key says it.
fn asked(command: &str, hosts: &[&str], port: u16) -> Option<Value> {
    let words: Vec<&str> = command.split([' ', '"', '\'']).filter(|word| !word.is_empty()).collect();
    // A program of the image may ask for another path than that of the address.
    let is_client = |word: &&str| {
        CLIENTS.contains(&super::start::name(word).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
    };
    let is_known = |path: &str| path != "/" || words.iter().any(is_client);
    if let Some((path, asked)) = request(command, hosts).filter(|(path, _)| is_known(path)) {
        let mut value = json!({ "http": path });
        if let Some(asked) = asked.filter(|asked| *asked != port) {
            value["port"] = json!(asked);
        }
        // Without `--fail`, every answer is one to curl.
        let is_curl = words.iter().any(|word| super::start::name(word) == "curl");
        let fails = |word: &&str| {
            *word == "--fail"
                || *word == "--fail-with-body"
                || word.starts_with('-') && !word.starts_with("--") && word.contains('f')
        };
        if is_curl && !words.iter().any(fails) {
            value["status"] = json!("200-599");
        }
        return Some(value);
    }
    let number = |word: &str| word.rsplit([':', '/']).next()?.parse().ok().filter(|port: &u16| *port > 0);
    let is =
        |word: &&&str, names: &[&str]| names.contains(&super::start::name(word).replace('-', "_").as_str());
    if words.iter().any(|word| is(&word, &["grpc_health_probe"])) {
        let address = words.iter().find_map(|word| word.trim_start_matches('-').strip_prefix("addr="));
        return number(address?).map(|port| json!({ "grpc": port }));
    }
    if words.iter().any(|word| is(&word, &["nc", "ncat", "netcat"])) {
        return number(words.last()?).map(|port| json!({ "tcp": port }));
    }
    let device = words.iter().find(|word| word.contains("/dev/tcp/"))?;
    number(device).map(|port| json!({ "tcp": port }))
}

/// The path and the port that the command of a health check asks: by an address, or by one without `http://` behind
/// the name of a client.
fn request(command: &str, hosts: &[&str]) -> Option<(String, Option<u16>)> {
    let rest = if let Some((_, rest)) = command.split_once("http://") {
        rest
    } else {
        let is_client = ["curl ", "wget "].iter().any(|name| command.contains(name));
        let at = ["localhost", "127.0.0.1"].iter().find_map(|host| command.find(host));
        &command[at.filter(|_| is_client)?..]
    };
    let end = rest.find([' ', '"', '\'', '|', ')', ',', ';']).unwrap_or(rest.len());
    let address = &rest[..end];
    let (host, path) = address.find('/').map_or((address, "/"), |at| address.split_at(at));
    let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]") || hosts.contains(&host);
    let port = match port {
        None => Some(80),
        Some(port) => Some(port.parse().ok()?),
    };
    let is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b));
    (is_here && is_plain).then(|| (path.to_owned(), port))
}

/// Whether the code of a directory listens for requests, or waits for messages.
pub(super) fn serves(view: &View, directory: &str) -> bool {
    const WORDS: [&str; 16] = [
        "ListenAndServe",
        "net.Listen(",
        "grpc.NewServer(",
        "gin.Default(",
        "echo.New(",
        "fiber.New(",
        "TcpListener",
        "HttpServer::new",
        "axum::",
        "rocket::",
        "warp::serve",
        "Server.builder",
        "ServerBuilder",
        "createServer(",
        ".listen(",
        "app.run(",
    ];
    view.below(directory).any(|(path, text)| is_code(path) && WORDS.iter().any(|word| text.contains(word)))
}

/// The file of a directory whose code serves gRPC's health protocol.
fn grpc<'v>(view: &'v View, directory: &str) -> Option<&'v str> {
    const SERVERS: [&str; 9] = [
        "RegisterHealthServer(",
        "add_HealthServicer_to_server(",
        "HealthStatusManager()",
        "MapGrpcHealthChecksService(",
        "AddGrpcHealthChecks(",
        "grpc-health-check",
        ".Health.service",
        ".HealthBase",
        "tonic_health",
    ];
    let serves = |text: &str| SERVERS.iter().any(|word| text.contains(word));
    view.own(directory).find(|(path, text)| is_code(path) && serves(text)).map(|(path, _)| path)
}

/// Whether a file holds code that runs, going by its name.
pub(super) fn is_code(path: &str) -> bool {
    let path = path.to_lowercase();
    // `vite.config.js` is read by a tool, and `config.js` by the program.
    CODE.iter().any(|end| path.ends_with(end))
        && !["test", ".config.", "spec"].iter().any(|word| path.contains(word))
}

/// A customary route that the code of a directory names in quotes, and the file. Of several, the one that most often
/// answers for health. Patterns of Go may begin with the method (`"GET /healthz"`).
fn route<'v>(view: &'v View, directory: &str) -> Option<(&'static str, &'v str)> {
    let named = |route: &str, path: &str, text: &str| {
        let methods: &[&str] = if path.ends_with(".go") { &["", "GET "] } else { &[""] };
        let mut forms = methods
            .iter()
            .flat_map(|method| ["\"", "'", "`"].map(|quote| format!("{quote}{method}{route}{quote}")));
        forms.any(|form| text.contains(&form))
    };
    ROUTES.iter().find_map(|route| {
        let mut code = view.own(directory).filter(|(path, _)| is_code(path));
        code.find(|(path, text)| named(route, path, text)).map(|(path, _)| (*route, path))
    })
}
