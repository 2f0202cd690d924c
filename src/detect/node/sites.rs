//! Sites that tools of `package.json` build.

use serde_json::Value;

use super::super::look::serves_sites;
use super::super::view::{View, inside};
use super::super::{Found, Key, Unit, site};
use super::Package;

/// Tools that build a site: the directory that each leaves it in, whether it is an application of a single page, and
/// the files of which one tells that it is a site and no library.
struct Tool {
    name: &'static str,
    output: &'static str,
    is_single: bool,
    files: &'static [&'static str],
}

const SITES: [Tool; 10] = [
    Tool { name: "vite", output: "dist", is_single: true, files: &["index.html"] },
    Tool { name: "react-scripts", output: "build", is_single: true, files: &["public/index.html"] },
    Tool {
        name: "@vue/cli-service",
        output: "dist",
        is_single: true,
        files: &["public/index.html", "index.html"],
    },
    Tool { name: "@angular/cli", output: "dist", is_single: true, files: &["angular.json"] },
    Tool { name: "parcel", output: "dist", is_single: true, files: &["index.html", "src/index.html"] },
    Tool {
        name: "parcel-bundler",
        output: "dist",
        is_single: true,
        files: &["index.html", "src/index.html"],
    },
    Tool {
        name: "gatsby",
        output: "public",
        is_single: false,
        files: &["gatsby-config.js", "gatsby-config.ts"],
    },
    Tool {
        name: "astro",
        output: "dist",
        is_single: false,
        files: &["astro.config.mjs", "astro.config.ts", "astro.config.js"],
    },
    Tool {
        name: "@docusaurus/core",
        output: "build",
        is_single: false,
        files: &["docusaurus.config.js", "docusaurus.config.ts"],
    },
    // It builds anything: only the server that serves its output tells that this is a site.
    Tool { name: "webpack", output: "dist", is_single: true, files: &[] },
];

/// A site that a tool builds: whether it can be described. `None` if there is no such tool.
pub(super) fn site(view: &View, unit: &Unit, package: &Package<'_>, found: &mut Found) -> Option<bool> {
    let directory = &unit.directory;
    let (output, is_single, name) = if package.depends("@sveltejs/adapter-static") {
        ("build", true, "SvelteKit")
    } else {
        let tool = SITES.iter().find(|tool| {
            let is_there = || tool.files.iter().any(|file| view.has(directory, file));
            package.depends(tool.name) && (serves_sites(unit) || is_there())
        })?;
        (tool.output, tool.is_single, tool.name)
    };
    found.kind = "static";
    if package.script("build").is_none() {
        return Some(false);
    }
    let (output, why) = match (angular(view, directory), vite(view, directory)) {
        _ if served(unit).is_some() => (served(unit)?, "its Dockerfile serves it".to_owned()),
        (Some(output), _) => {
            (output, "set in angular.json; newer versions of Angular add `browser`".to_owned())
        }
        (_, Some((output, file))) => (output, format!("{file} says it")),
        _ => (output.to_owned(), format!("{name}'s own default")),
    };
    found.table.push(Key::guessed("output", output, why));
    if is_single {
        found.table.push(Key::guessed("fallback", true, format!("{name} mostly builds a single page")));
    }
    found.table.extend(site::proxy(view, unit, &mut found.unknowns));
    if let Some(proxy) = package.json.get("proxy").and_then(Value::as_str) {
        let why = format!("its development server passes on requests to {proxy}, and a built site does not");
        found.unknowns.push(("static.proxy", why));
    }
    found.port = Some((8080, "the file server's own default".to_owned()));
    found.health = Some(("/".to_owned(), "a site has a first page".to_owned()));
    Some(true)
}

/// What the Dockerfile copies to where a web server looks for its files.
fn served(unit: &Unit) -> Option<String> {
    const ROOTS: [&str; 5] =
        ["usr/share/nginx/html", "usr/local/apache2/htdocs", "usr/share/caddy", "var/www/html", "srv"];
    let taken = unit.facts.tree.taken.iter().find(|taken| ROOTS.contains(&taken.to.as_str()))?;
    let output = inside(&taken.workdir, &taken.from).filter(|output| !output.is_empty())?;
    // Without a working directory, nothing says where the package lies there.
    (!taken.workdir.is_empty()).then(|| output.to_owned())
}

/// Where the configuration of Vite says that a site is built to, and the file that says it.
fn vite(view: &View, directory: &str) -> Option<(String, String)> {
    let mut files = view.files(directory).filter(|(path, _)| path.starts_with("vite.config."));
    files.find_map(|(path, text)| {
        let (_, rest) = text.split_once("outDir:")?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let output = rest[1..].split(quote).next()?.trim_start_matches("./").trim_end_matches('/');
        (!output.starts_with(['.', '/']) && !output.is_empty()).then(|| (output.to_owned(), path.to_owned()))
    })
}

/// Where Angular builds to.
fn angular(view: &View, directory: &str) -> Option<String> {
    let text: Value = serde_json::from_str(view.file(directory, "angular.json")?).ok()?;
    let projects = text.get("projects")?.as_object()?;
    projects.values().find_map(|project| {
        let path = project.pointer("/architect/build/options/outputPath")?.as_str()?;
        Some(path.trim_start_matches("./").to_owned())
    })
}
