//! Node: servers, front ends that are built to files, and Next.js.

use serde_json::Value;

use super::view::{View, ancestors};
use super::{Found, Key, Unit, ports, start};

/// Tools that build a site, and the directory that each leaves it in.
const SITES: [(&str, &str); 6] = [
    ("vite", "dist"),
    ("react-scripts", "build"),
    ("@vue/cli-service", "dist"),
    ("@angular/cli", "dist"),
    ("parcel", "dist"),
    ("gatsby", "public"),
];

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let directory = &unit.directory;
    let package: Value = serde_json::from_str(view.file(directory, "package.json")?).ok()?;
    let mut found =
        Found { kind: "node", directory: directory.clone(), is_program: true, ..Found::default() };
    let manager = manager(view, directory);
    let depends = |name: &str| {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|key| package.get(key).is_some_and(|all| all.get(name).is_some()))
    };
    let script =
        |name: &str| package.get("scripts").and_then(|scripts| scripts.get(name)).and_then(Value::as_str);
    match manager {
        Some("npm") => {}
        Some(other) => found.table.push(Key::sure("manager", other)),
        None => found.unknowns.push((
            "node.manager",
            "there is no lock file: `npm install --package-lock-only` makes one".to_owned(),
        )),
    }
    if depends("next") {
        found.table.push(Key::sure("next", true));
        found.port = Some((3000, "Next.js's own default".to_owned()));
        return Some(found);
    }
    let server = unit.argv().and_then(file).map(|file| unit.said("server", file));
    let server = server.or_else(|| {
        let words = start::words(script("start")?)?;
        file(&words).map(|file| Key::sure("server", file))
    });
    if let Some(server) = server {
        return Some(serves(view, found, server, script("build").is_some()));
    }
    if let Some((tool, output)) = SITES.iter().find(|(tool, _)| depends(tool)) {
        found.kind = "static";
        script("build")?;
        found.table.push(Key::sure("script", "build"));
        found.table.push(Key::guessed("output", *output, format!("{tool}'s own default")));
        found.port = Some((8080, "the file server's own default".to_owned()));
        found.health = Some(("/".to_owned(), "a site has a first page".to_owned()));
        return Some(found);
    }
    let files = ["server.js", "index.js", "app.js", "src/index.js", "src/server.js"];
    let main = package.get("main").and_then(Value::as_str).map(|main| main.trim_start_matches("./"));
    let server = main.into_iter().chain(files).find(|file| {
        view.has(directory, file)
            && view
                .file(directory, file)
                .is_some_and(|text| text.contains("listen(") || text.contains("bindAsync"))
    })?;
    let key = Key::guessed("server", server, "it listens, and no script starts another file");
    Some(serves(view, found, key, script("build").is_some()))
}

/// A server: its file, whether it is built, and its port.
fn serves(view: &View, mut found: Found, server: Key, has_build: bool) -> Found {
    let file = server.value.as_str().unwrap_or_default().to_owned();
    let text = view.file(&found.directory, &file);
    if text.is_none() && has_build {
        found.table.push(Key::guessed("script", "build", format!("{file} is not among the sources")));
    }
    let port =
        text.and_then(|text| ports::behind(text, &["listen(", "PORT || ", "PORT ?? ", "port = ", "port: "]));
    found.port = port.map(|port| (port, format!("{file} names it")));
    found.table.push(server);
    found
}

/// The file that a command line gives to Node.
fn file(argv: &[String]) -> Option<String> {
    if !matches!(start::name(argv.first()?), "node" | "nodejs") {
        return None;
    }
    let takes_value =
        |word: &str| matches!(word, "-r" | "--require" | "--import" | "--loader" | "--env-file");
    let mut words = argv.iter().skip(1);
    let file = loop {
        let word = words.next()?;
        if takes_value(word) {
            words.next();
        } else if !word.starts_with('-') {
            break word;
        }
    };
    let file = file.trim_start_matches("./").trim_start_matches("/app/").trim_start_matches("/usr/src/app/");
    let file =
        if file.ends_with("js") || file.ends_with(".ts") { file.to_owned() } else { format!("{file}.js") };
    (!file.starts_with('/')).then_some(file)
}

/// The package manager whose lock file lies there, or above as that of a workspace.
fn manager(view: &View, directory: &str) -> Option<&'static str> {
    const LOCKS: [(&str, &str); 4] = [
        ("package-lock.json", "npm"),
        ("npm-shrinkwrap.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
    ];
    ancestors(directory)
        .find_map(|above| LOCKS.iter().find(|(lock, _)| view.has(above, lock)).map(|(_, manager)| *manager))
}
