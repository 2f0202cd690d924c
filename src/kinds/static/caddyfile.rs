//! The configuration of Caddy.

use super::Static;
use crate::fleet::model::Service;
use crate::fleet::words::{PathPrefix, Upstream};

/// The lines of the Caddyfile.
pub(super) fn lines(site: &Static, service: &Service) -> Vec<String> {
    let port = service.ports.first().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![
        "{".to_owned(),
        "\tadmin off".to_owned(),
        "\tauto_https off".to_owned(),
        "\tpersist_config off".to_owned(),
        "\tstorage_clean_interval off".to_owned(),
        "\tservers {".to_owned(),
        "\t\tprotocols h1 h2c".to_owned(),
        "\t}".to_owned(),
        "}".to_owned(),
        String::new(),
        format!(":{port} {{"),
        "\troot /app".to_owned(),
        "\tencode".to_owned(),
        "\theader {".to_owned(),
        "\t\t-Server".to_owned(),
        "\t\tX-Content-Type-Options nosniff".to_owned(),
        "\t}".to_owned(),
    ];
    // The first that fits wins, so what is more special comes first.
    let mut proxied: Vec<_> = site.proxy.iter().collect();
    proxied.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.as_str().len()));
    for (at, (prefix, upstream)) in proxied.into_iter().enumerate() {
        lines.extend(passed_on(at + 1, prefix, upstream));
    }
    let index = if site.fallback { " /index.html" } else { "" };
    lines.extend([
        "\thandle {".to_owned(),
        format!("\t\ttry_files {{path}} {{path}}.html {{path}}/{index}"),
        "\t\tfile_server".to_owned(),
        "\t}".to_owned(),
        "\thandle_errors 404 {".to_owned(),
        "\t\trewrite * /404.html".to_owned(),
        "\t\tfile_server".to_owned(),
        "\t}".to_owned(),
        "}".to_owned(),
    ]);
    lines
}

/// Passes requests below a path on.
fn passed_on(number: usize, prefix: &PathPrefix, upstream: &Upstream) -> Vec<String> {
    let mut lines =
        vec![format!("\t@proxy{number} path {prefix} {prefix}/*"), format!("\thandle @proxy{number} {{")];
    let text = upstream.as_str();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    // One directive, as Caddy sorts several.
    match path.map(|path| path.trim_end_matches('/')) {
        None => {}
        Some("") => lines.push(format!("\t\turi strip_prefix {prefix}")),
        Some(path) => {
            let pattern = prefix.as_str().replace('.', "\\.");
            lines.push(format!("\t\turi path_regexp ^{pattern} /{path}"));
        }
    }
    if scheme == "https" {
        lines.extend([
            format!("        reverse_proxy https://{host} {{"),
            "\t\t\theader_up Host {upstream_hostport}".to_owned(),
            "\t\t}".to_owned(),
        ]);
    } else {
        lines.push(format!("\t\treverse_proxy http://{host}"));
    }
    lines.push("\t}".to_owned());
    lines
}
