//! Node: servers, front ends that are built to files, and Next.js.

mod packages;
mod sites;

use serde_json::Value;

use self::packages::{installed, packages};
use self::sites::site;
use super::look::serves_sites;
use super::view::{View, ancestors, inside, join};
use super::{Found, Key, Unit, ports, start};
use crate::shell;

/// Options of Node that have a value in a word of its own.
const WITH_VALUE: [&str; 6] =
    ["-r", "--require", "--import", "--loader", "--env-file", "--max-old-space-size"];

/// Where the configuration of Next.js lies.
const NEXT: [&str; 4] = ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"];

/// The key of what a Dockerfile builds beside the server, which no entry stands for.
pub(crate) const FRONT_END: &str = "front end";

/// What a package says.
struct Package<'p> {
    json: &'p Value,
}

impl Package<'_> {
    fn depends(&self, name: &str) -> bool {
        let has = |key: &str| self.json.get(key).is_some_and(|all| all.get(name).is_some());
        has("dependencies") || has("devDependencies")
    }

    fn script(&self, name: &str) -> Option<&str> {
        self.json.get("scripts")?.get(name)?.as_str()
    }
}

/// What a script or a command line starts.
struct Started {
    words: Vec<String>,
    /// Variables that the script sets for it.
    env: Vec<String>,
    guess: Option<String>,
}

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let mut found = program(view, unit)?;
    if found.kind == "node" {
        built_beside(unit, &mut found);
    }
    Some(found)
}

/// What scripts of its Dockerfile make, and the entry does not have.
fn built_beside(unit: &Unit, found: &mut Found) {
    let has = |name: &str| found.table.iter().any(|key| key.name == name);
    let (is_built, is_member) = (has("output") || has("next") || has("script"), has("workspace"));
    let mut unknowns: Vec<(&'static str, String)> = Vec::new();
    for script in &unit.facts.scripts {
        let directory = join(&unit.context, &script.directory);
        let is_own = directory == unit.directory || directory == found.directory;
        let command = &script.command;
        let unknown = match (is_own, is_built) {
            (true, true) => continue,
            (true, false) => (
                "node.output",
                format!("its Dockerfile runs `{command}`: set `output` to the directory that this creates"),
            ),
            (false, _) if is_member => (
                "node",
                format!(
                    "its Dockerfile runs `{command}` in `{directory}`: the script of the member must do that"
                ),
            ),
            (false, _) => (
                FRONT_END,
                format!(
                    "its Dockerfile runs `{command}` in `{directory}`, and the entry does not: a script of the server's package.json must do that, with its directory as `output` of node"
                ),
            ),
        };
        if !unknowns.contains(&unknown) {
            unknowns.push(unknown);
        }
    }
    found.unknowns.extend(unknowns);
}

fn program(view: &View, unit: &Unit) -> Option<Found> {
    let directory = &unit.directory;
    let json: Value = serde_json::from_str(view.file(directory, "package.json")?).ok()?;
    let package = Package { json: &json };
    let mut found =
        Found { kind: "node", directory: directory.clone(), is_program: true, ..Found::default() };
    found.member = Some(directory.clone());
    packages(view, directory, &mut found);
    found.unknowns.extend(packages::version(unit));
    let is_site = serves_sites(unit);
    if is_next(view, directory, &package) && !is_site {
        return Some(next(view, unit, found));
    }
    if !is_site && is_run_by_bun(view, unit, &package) {
        found.not_yet = Some("Bun runs it, which no kind is for".to_owned());
    }
    let started = started(unit, &package).filter(|_| !is_site);
    let file = |started: &Started| file(view, directory, &started.words);
    if let Some((server, started)) = started.and_then(|started| Some((file(&started)?, started))) {
        return Some(serves(view, unit, found, &server, started, package.script("build").is_some()));
    }
    if package.depends("@sveltejs/adapter-node") && package.script("build").is_some() {
        found.table.push(Key::guessed("output", "build", "SvelteKit's adapter for Node leaves it there"));
        found.table.push(Key::guessed("server", "build/index.js", "SvelteKit's adapter for Node makes it"));
        found.port = Some((3000, "SvelteKit's own default".to_owned()));
        return Some(found);
    }
    if let Some(site) = site(view, unit, &package, &mut found) {
        return site.then_some(found);
    }
    if is_site {
        return None;
    }
    let program = self::started(unit, &package);
    if let Some((file, arguments)) = program.and_then(|started| installed(view, &found, &started.words)) {
        found.table.push(Key::guessed("server", file, "from the lock file"));
        let port = shell::option(&arguments, &["--port", "-p"]).and_then(|port| port.parse().ok());
        found.port = Some(match port {
            Some(port) => (port, "its start script says it".to_owned()),
            None => (3000, "the usual default".to_owned()),
        });
        found.table.extend(built(&arguments, package.script("build").is_some()));
        if !arguments.is_empty() {
            found.table.push(Key::sure("arguments", arguments));
        }
        return Some(found);
    }
    let files = ["server.js", "index.js", "app.js", "src/index.js", "src/server.js"];
    let main = json.get("main").and_then(Value::as_str).map(|main| main.trim_start_matches("./"));
    let server = main.into_iter().chain(files).find(|file| {
        view.has(directory, file)
            && view
                .file(directory, file)
                .is_some_and(|text| text.contains("listen(") || text.contains("bindAsync"))
    })?;
    let why = "it listens, and no script starts a different file";
    let started = Started { words: Vec::new(), env: Vec::new(), guess: Some(why.to_owned()) };
    Some(serves(view, unit, found, server, started, package.script("build").is_some()))
}

/// The directory above an application of Nest's monorepo, which has the packages and the build of all of them.
pub(super) fn above(view: &View, unit: &Unit) -> Option<String> {
    let root = ancestors(&unit.directory).skip(1).find(|above| view.has(above, "nest-cli.json"))?;
    let own = inside(root, &unit.directory)?;
    let projects: Value = serde_json::from_str(view.file(root, "nest-cli.json")?).ok()?;
    let mut roots =
        projects.get("projects")?.as_object()?.values().filter_map(|one| one.get("root")?.as_str());
    (view.has(root, "package.json") && roots.any(|root| root == own)).then(|| root.to_owned())
}

/// What a build is told by arguments, which the script `build` does not get.
fn told(unit: &Unit) -> Option<(&'static str, String)> {
    let words = unit.facts.commands.iter().find(|words| {
        let rest = words.iter().skip(1).filter(|word| *word != "run" && !word.starts_with('-'));
        is_manager(words)
            && matches!(rest.take(2).collect::<Vec<_>>().as_slice(), [build, _] if *build == "build")
    })?;
    let why = "the script `build` gets no arguments: add a script with them to package.json, and name it";
    Some(("node.script", format!("its Dockerfile runs `{}`, and {why}", words.join(" "))))
}

/// Whether a package is an application of Next.js, and not a library for those.
fn is_next(view: &View, directory: &str, package: &Package<'_>) -> bool {
    let scripts = package.json.get("scripts").and_then(Value::as_object);
    let is_started = |script: &Value| {
        script.as_str().is_some_and(|text| text.contains("next build") || text.contains("next start"))
    };
    package.depends("next")
        && (NEXT.iter().any(|name| view.has(directory, name))
            || scripts.is_some_and(|scripts| scripts.values().any(is_started)))
}

/// An application of Next.js.
fn next(view: &View, unit: &Unit, mut found: Found) -> Found {
    found.table.push(Key::sure("next", true));
    let directory = &unit.directory;
    if !NEXT.iter().filter_map(|name| view.file(directory, name)).any(|text| text.contains("standalone")) {
        let why = "the configuration of Next.js needs `output: \"standalone\"`";
        found.unknowns.push(("node.next", why.to_owned()));
    }
    found.port = Some((3000, "Next.js's own default".to_owned()));
    options(&mut found, unit.argv().unwrap_or_default());
    found
}

/// What starts: the command line, and behind `npm start` or `npm run NAME` the script.
fn started(unit: &Unit, package: &Package<'_>) -> Option<Started> {
    let said = unit.argv().map(<[String]>::to_vec).filter(|argv| !start::is_for_development(argv));
    let guess = unit.started().and_then(|start| start.guess.clone());
    match said {
        Some(argv) if !is_manager(&argv) => {
            // The working directory of the old image is that of the new one.
            let prefix = format!("/{}/", unit.facts.tree.workdir);
            let words =
                argv.iter().map(|word| word.strip_prefix(&prefix).unwrap_or(word).to_owned()).collect();
            Some(Started { words, env: Vec::new(), guess })
        }
        Some(argv) => {
            let name = argv[1..].iter().find(|word| *word != "run" && !word.starts_with('-'))?;
            script(package, name).or_else(|| script(package, "start"))
        }
        None => ["start:prod", "start"].into_iter().find_map(|name| script(package, name)),
    }
}

/// Whether Bun runs the program, rather than only its scripts.
fn is_run_by_bun(view: &View, unit: &Unit, package: &Package<'_>) -> bool {
    let is_bun =
        |words: &[String]| words.first().is_some_and(|word| matches!(start::name(word), "bun" | "bunx"));
    let runs = |script: &str| {
        let command = shell::read(script).commands.pop();
        command.is_some_and(|command| {
            is_bun(&command.words) && !command.words.iter().any(|word| word == "build")
        })
    };
    let is_started = match unit.argv().filter(|argv| is_bun(argv)) {
        Some(argv) => {
            let name = argv[1..].iter().find(|word| *word != "run" && !word.starts_with('-'));
            name.is_some_and(|name| package.script(name).is_none_or(runs))
        }
        None => unit.argv().is_none() && package.script("start").is_some_and(runs),
    };
    let is_code = |path: &str| super::health::is_code(path);
    is_started || view.below(&unit.directory).any(|(path, text)| is_code(path) && text.contains("Bun.serve("))
}

fn is_manager(argv: &[String]) -> bool {
    argv.len() > 1 && matches!(start::name(&argv[0]), "npm" | "yarn" | "pnpm" | "bun")
}

/// What a script of a package starts at its end.
fn script(package: &Package<'_>, name: &str) -> Option<Started> {
    let text = package.script(name)?;
    let shell::Script { mut commands, needs_shell, .. } = shell::read(&shell::referred(text));
    let mut last = commands.pop().filter(|_| needs_shell.is_none())?;
    if matches!(last.words[0].as_str(), "cross-env" | "env") {
        last.words.remove(0);
        let count = last.words.iter().take_while(|word| word.contains('=') && !word.starts_with('-')).count();
        last.settings.extend(last.words.drain(..count));
    }
    if last.words.is_empty() {
        return None;
    }
    let is_nodemon = last.words[0] == "nodemon";
    if is_nodemon {
        "node".clone_into(&mut last.words[0]);
    }
    if start::is_for_development(&last.words) {
        return None;
    }
    let guess = is_nodemon.then(|| format!("the script `{name}` starts it with nodemon, for development"));
    (!last.words.iter().any(|word| word.contains('$'))).then_some(Started {
        words: last.words,
        env: last.settings,
        guess,
    })
}

/// The directory in which something is built, if a program starts a file in one that mostly is.
fn built(words: &[String], has_build: bool) -> Option<Key> {
    let made = words.iter().find_map(|word| {
        let (first, _) = word.trim_start_matches("./").split_once('/')?;
        ["dist", "build", "out", "lib", ".output"].contains(&first).then_some(first)
    });
    let made = made.filter(|_| has_build)?;
    Some(Key::guessed("output", made, "it is not among the sources, so the script `build` makes it"))
}

/// A server: its file, whether it is built, and its port.
fn serves(
    view: &View,
    unit: &Unit,
    mut found: Found,
    server: &str,
    started: Started,
    has_build: bool,
) -> Found {
    let own = unit.directory.clone();
    // A whole path of a member of a workspace names the member as well.
    let server = match inside(&found.directory, &own).filter(|member| !member.is_empty()) {
        Some(member) => inside(member, server).unwrap_or(server),
        None => server,
    };
    let copied = unit.facts.tree.copied.iter().find_map(|one| {
        let from = join(&unit.context, &one.from);
        let place = one.place(view.text(&from).is_some());
        let is_it = view.text(&from).is_some()
            && (place == server || place == join(&unit.facts.tree.workdir, server));
        is_it.then(|| inside(&own, &from).map(ToOwned::to_owned)).flatten()
    });
    let server = copied.as_deref().filter(|_| !view.has(&own, server)).unwrap_or(server);
    let text = view.file(&own, server);
    let mut started = started;
    if text.is_none() {
        if built(&[server.to_owned()], has_build).is_none() {
            started.guess.get_or_insert_with(|| format!("{server} is not among the sources"));
        }
        match built(&[server.to_owned()], has_build) {
            Some(key) => {
                found.table.push(key);
                found.unknowns.extend(told(unit));
            }
            None if has_build => {
                found.table.push(Key::guessed(
                    "script",
                    "build",
                    format!("{server} is not among the sources"),
                ));
            }
            None => {}
        }
    }
    let named = |text: &str| ports::behind(text, &["listen(", "PORT || ", "PORT ?? ", "port = ", "port: "]);
    found.port = text.and_then(named).map(|port| (port, format!("{server} names it")));
    if found.port.is_none() {
        let mut code = view.below(&own).filter(|(path, _)| super::health::is_code(path));
        found.port = code.find_map(|(path, text)| {
            let port = ports::behind(text, &[".listen(", ".PORT || ", ".PORT ?? ", "process.env.PORT, "])?;
            Some((port, format!("{path} names it")))
        });
    }
    found.table.push(Key { name: "server", value: server.into(), guess: started.guess });
    options(&mut found, &started.words);
    let at = started.words.iter().position(|word| {
        word.ends_with(server) || word.trim_start_matches("./") == server.trim_end_matches(".js")
    });
    let arguments: Vec<String> = at.map(|at| started.words[at + 1..].to_vec()).unwrap_or_default();
    if !arguments.is_empty() {
        found.table.push(Key::sure("arguments", arguments));
    }
    for setting in started.env {
        if let Some((name, value)) = setting.split_once('=').filter(|(_, value)| !value.contains("{env:")) {
            found.env.insert(name.to_owned(), (value.to_owned(), None));
        }
    }
    found
}

/// The options of Node before the file.
fn options(found: &mut Found, words: &[String]) {
    let mut options: Vec<&str> = Vec::new();
    let mut words = words.iter().skip_while(|word| matches!(start::name(word), "node" | "nodejs")).peekable();
    while let Some(word) = words.next_if(|word| word.starts_with('-')) {
        options.push(word);
        if WITH_VALUE.contains(&word.as_str()) {
            options.extend(words.next().map(String::as_str));
        }
    }
    options.retain(|word| !word.starts_with("--inspect"));
    if !options.is_empty() {
        found.table.push(Key::guessed("options", options, "its command line gives them to Node"));
    }
}

/// The file that a command line gives to Node, which may leave out `.js`. Images of distroless have Node as their entry
/// point.
fn file(view: &View, directory: &str, argv: &[String]) -> Option<String> {
    let first = argv.first()?;
    let is_node = matches!(start::name(first), "node" | "nodejs");
    if !is_node
        && !first.starts_with("--")
        && !first.ends_with(".js")
        && !first.ends_with(".mjs")
        && !first.ends_with(".cjs")
    {
        return None;
    }
    let mut words = argv.iter().skip(usize::from(is_node));
    let file = loop {
        let word = words.next()?;
        if WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            break word;
        }
    };
    let file = file.trim_start_matches("./").trim_start_matches("/app/").trim_start_matches("/usr/src/app/");
    let is_whole = file.ends_with("js") || file.ends_with(".ts") || view.has(directory, file);
    let file = if is_whole { file.to_owned() } else { format!("{file}.js") };
    (!file.starts_with('/')).then_some(file)
}
