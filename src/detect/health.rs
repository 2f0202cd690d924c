//! How a service's health can be asked for.

use serde_json::json;

use super::view::View;
use super::{Found, Key, Unit};

/// Paths that answer for health, by custom.
const ROUTES: [&str; 14] = [
    "/actuator/health",
    "/api/health",
    "/health",
    "/healthz",
    "/_healthz",
    "/-/health",
    "/health/ready",
    "/health/live",
    "/healthcheck",
    "/ready",
    "/readyz",
    "/livez",
    "/ping",
    "/status",
];

/// Endings of files with code.
const CODE: [&str; 10] = [".py", ".go", ".java", ".kt", ".cs", ".js", ".ts", ".mjs", ".cjs", ".rs"];

/// The key `health`.
pub(super) fn of(view: &View, unit: &Unit, found: &Found, port: Option<u16>) -> Key {
    let said = unit.facts.health.as_deref().or(unit.compose.as_ref().and_then(|s| s.health.as_deref()));
    let Some(port) = port else {
        return Key::guessed("health", json!({ "none": "no port is known" }), "no file names a port");
    };
    if let Some((path, asked)) = said.and_then(request) {
        let value = match asked {
            Some(asked) if asked != port => json!({ "http": path, "port": asked }),
            _ => json!({ "http": path }),
        };
        return Key::sure("health", value);
    }
    if let Some(file) = grpc(view, &unit.directory) {
        let why = format!("{file} serves gRPC's own health protocol");
        return Key::guessed("health", json!({ "grpc": port }), why);
    }
    if let Some((path, why)) = &found.health {
        return Key::guessed("health", json!({ "http": path }), why.clone());
    }
    if let Some((path, file)) = route(view, &unit.directory) {
        return Key::guessed("health", json!({ "http": path }), format!("{file} names the route"));
    }
    Key::guessed(
        "health",
        json!({ "tcp": port }),
        "no health check is known: an open port is all that is looked at",
    )
}

/// The path and the port that the command of a health check asks.
fn request(command: &str) -> Option<(String, Option<u16>)> {
    let (_, rest) = command.split_once("http://")?;
    let end = rest.find([' ', '"', '\'', '|', ')', ',', ';']).unwrap_or(rest.len());
    let address = &rest[..end];
    let (host, path) = address.find('/').map_or((address, "/"), |at| address.split_at(at));
    let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]");
    let port = match port {
        None => Some(80),
        Some(port) => Some(port.parse().ok()?),
    };
    let is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b));
    (is_here && is_plain).then(|| (path.to_owned(), port))
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
    view.below(directory).find(|(path, text)| is_code(path) && serves(text)).map(|(path, _)| path)
}

/// Whether a file holds code that runs, going by its name.
pub(super) fn is_code(path: &str) -> bool {
    let path = path.to_lowercase();
    CODE.iter().any(|end| path.ends_with(end))
        && !["test", "config", "spec"].iter().any(|word| path.contains(word))
}

/// A customary route that the code of a directory names in quotes, and the file.
fn route<'v>(view: &'v View, directory: &str) -> Option<(&'static str, &'v str)> {
    let named = |route: &str, text: &str| {
        ["\"", "'", "`"].iter().any(|quote| text.contains(&format!("{quote}{route}{quote}")))
    };
    view.below(directory)
        .filter(|(path, _)| is_code(path))
        .find_map(|(path, text)| ROUTES.iter().find(|route| named(route, text)).map(|route| (*route, path)))
}
