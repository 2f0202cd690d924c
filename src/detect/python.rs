//! Python: what is installed, and what starts.

pub(crate) mod around;
mod guess;
mod install;

use super::view::{View, inside, join};
use super::{Found, Key, Unit, ports, start};

/// Programs that a distribution installs, and the distribution if it is called otherwise.
pub(super) const PROGRAMS: [&str; 14] = [
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "daphne",
    "celery",
    "flask",
    "fastapi",
    "streamlit",
    "locust",
    "waitress-serve",
    "opentelemetry-instrument",
    "ddtrace-run",
    "django-admin",
    "alembic",
];

/// The ports that servers listen on unless they are told.
const DEFAULTS: [(&str, u16); 7] = [
    ("gunicorn", 8000),
    ("uvicorn", 8000),
    ("hypercorn", 8000),
    ("daphne", 8000),
    ("fastapi", 8000),
    ("flask", 5000),
    ("streamlit", 8501),
];

/// The port that development servers, and most servers of Python, take.
const PORT: u16 = 8000;

/// The file of a package that `python -m` runs.
const MAIN: &str = "__main__.py";

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let directory = &unit.directory;
    if !view.below(directory).any(|(path, _)| path.ends_with(".py")) {
        return None;
    }
    let mut found = Found { kind: "python", directory: directory.clone(), ..Found::default() };
    found.member = Some(directory.clone());
    let installed = install::install(view, unit, &mut found);
    let said = unit.argv().and_then(|argv| started(view, unit, argv));
    let of_project = || project_script(view, unit, &found);
    if let Some(key) = said {
        found.is_program = true;
        found.table.push(key);
    } else if let Some(key) = of_project() {
        found.is_program = true;
        found.is_server = unit.is_built();
        if !found.table.iter().any(|key| key.name == "project") {
            found.table.push(Key::sure("project", true));
        }
        found.table.push(key);
    } else {
        guess::of_code(view, unit, &installed, &mut found)?;
    }
    found.table.extend(project(view, directory, &found));
    before(view, unit, &mut found);
    // A program whose packages somebody lists is mostly more than a tool: a worker at least.
    found.is_server |= found.table.iter().any(|key| matches!(key.name, "requirements" | "lock" | "packages"));
    let app = found.table.iter().any(|key| key.name == "app");
    if app && !installed.contains("uvicorn") && !installed.contains("fastapi[standard]") {
        if found.table.iter().any(|key| key.name == "lock") {
            found
                .unknowns
                .push(("python.app", "the lock file does not include uvicorn, which serves it".to_owned()));
        } else if !found.table.iter().any(|key| key.name == "packages") {
            let why = "nothing else installs a server for the application";
            found.table.push(Key::guessed("packages", vec!["uvicorn"], why));
        }
    }
    found.table.extend(install::required_hashes(view, &found));
    if app && found.port.is_none() {
        found.port = Some((PORT, "uvicorn's own default".to_owned()));
    }
    if found.port.is_none() {
        found.port = port(view, directory, &found);
    }
    Some(found)
}

/// The directory above the unit's own that its command line names a module from, if its Dockerfile copies that one.
pub(super) fn above(view: &View, unit: &Unit) -> Option<String> {
    let own = unit.directory.as_str();
    let argv = without_runner(unit.argv()?);
    let module = argv.iter().zip(&argv[1..]).find(|(flag, _)| *flag == "-m").map(|(_, module)| module);
    let module = module.filter(|module| !PROGRAMS.contains(&module.as_str()));
    let object = || argv.iter().find(|word| word.parse::<crate::fleet::words::App>().is_ok());
    let named = module.or_else(object)?;
    let path = named.split(':').next()?.replace('.', "/");
    let is_there = |above: &str| {
        let module = join(above, &path);
        view.is_there(&format!("{module}.py")) || view.files(&module).any(|(path, _)| path.ends_with(".py"))
    };
    if is_there(own) || is_there(&join(own, "src")) {
        return None;
    }
    let copied = unit.facts.tree.copied.iter().map(|one| join(&unit.context, &one.from));
    let mut above = copied.filter(|from| inside(from, own).is_some_and(|inner| !inner.is_empty()));
    above.find(|from| is_there(from))
}

/// Below `src`, a module is found only if the project is installed.
fn project(view: &View, directory: &str, found: &Found) -> Option<Key> {
    let key = |name: &str| found.table.iter().find(|key| key.name == name);
    let module = key("module")?.value.as_str()?;
    let top = module.split('.').next().unwrap_or(module);
    let is_there =
        |top: &str| view.is_there(&join(directory, top)) || view.has(directory, &format!("{top}.py"));
    let is_below = !is_there(top) && is_there(&join("src", top));
    let is_project = key("project").is_none() && view.has(directory, "pyproject.toml");
    let why = || format!("{top} lies in src, where Python does not look");
    (is_below && is_project).then(|| Key::guessed("project", true, why()))
}

/// A program that the project itself installs: the one that the command line names, or else the only one.
fn project_script(view: &View, unit: &Unit, found: &Found) -> Option<Key> {
    let own = found.member.as_ref().unwrap_or(&unit.directory);
    let manifest: toml::Table = view.file(own, "pyproject.toml")?.parse().ok()?;
    let scripts = manifest.get("project")?.get("scripts")?.as_table()?;
    found.table.iter().find(|key| key.name == "lock" || key.name == "requirements")?;
    let argv = unit.argv().map(without_runner);
    if let Some(argv) =
        argv.filter(|argv| argv.first().is_some_and(|word| scripts.contains_key(start::name(word))))
    {
        let mut words = argv.to_vec();
        start::name(&argv[0]).clone_into(&mut words[0]);
        return Some(unit.said("script", words));
    }
    let names: Vec<&String> = scripts.keys().collect();
    let only = names.first().filter(|_| names.len() == 1 && unit.argv().is_none())?;
    Some(Key::guessed("script", vec![(*only).as_str()], "it is the only program of pyproject.toml"))
}

/// Commands that run before the program.
fn before(view: &View, unit: &Unit, found: &mut Found) {
    let Some(start) = unit.started().filter(|start| !start.before.is_empty()) else { return };
    let mut commands: Vec<Vec<String>> = Vec::new();
    for words in &start.before {
        let words = without_runner(words);
        let name = words.first().map(|word| start::name(word)).unwrap_or_default();
        let program = match name {
            _ if name.starts_with("python") => "/opt/venv/bin/python3".to_owned(),
            _ if PROGRAMS.contains(&name) => format!("/opt/venv/bin/{name}"),
            _ => {
                found.unknowns.push(("before", format!("`{}` runs before the program", words.join(" "))));
                continue;
            }
        };
        let rest = words[1..].iter().map(|word| {
            if word.ends_with(".py") {
                placed(view, &unit.directory, word).unwrap_or(word.clone())
            } else {
                word.clone()
            }
        });
        commands.push(std::iter::once(program).chain(rest).collect());
    }
    if !commands.is_empty() {
        found.keys.push(Key::guessed("before", commands, "its start script runs them first"));
    }
}

/// The key for a command line that a file says.
fn started(view: &View, unit: &Unit, argv: &[String]) -> Option<Key> {
    let argv = without_runner(argv);
    let options = argv
        .get(1..)
        .unwrap_or_default()
        .iter()
        .take_while(|word| word.starts_with("-u") || *word == "-O")
        .count();
    let (program, rest) = (start::name(argv.first()?), argv.get(1 + options..)?);
    if program.starts_with("python") {
        return match rest {
            [flag, module] if flag == "-m" => Some(unit.said("module", module.as_str())),
            [flag, ..] if flag == "-m" => Some(unit.said("command", rest.to_vec())),
            [file, arguments @ ..] if file.ends_with(".py") => {
                let path = placed(view, &unit.directory, file)?;
                let words: Vec<String> = std::iter::once(path).chain(arguments.iter().cloned()).collect();
                Some(unit.said("command", words))
            }
            // A directory stands for the file in it.
            [package, arguments @ ..] if !package.starts_with('-') => {
                let path = placed(view, &unit.directory, &join(package.trim_end_matches('/'), MAIN))?;
                let words: Vec<String> = std::iter::once(path).chain(arguments.iter().cloned()).collect();
                Some(unit.said("command", words))
            }
            _ => None,
        };
    }
    if program == "uvicorn" {
        let app = rest.iter().find(|word| word.contains(':') && !word.starts_with('-'))?;
        let plain = rest.iter().all(|word| {
            !word.starts_with("--")
                || ["--host", "--port", "--proxy-headers", "--reload"]
                    .iter()
                    .any(|known| word.starts_with(known))
        });
        if plain && app.parse::<crate::fleet::words::App>().is_ok() {
            return Some(unit.said("app", app.as_str()));
        }
    }
    if program.ends_with(".py") {
        let path = placed(view, &unit.directory, &argv[0])?;
        return Some(
            unit.said("command", std::iter::once(path).chain(rest.iter().cloned()).collect::<Vec<_>>()),
        );
    }
    PROGRAMS.contains(&program).then(|| unit.said("script", around::words(program, &argv[1..])))
}

/// A command line without the tool that looks for the environment.
fn without_runner(argv: &[String]) -> &[String] {
    match argv {
        [uv, run, rest @ ..]
            if matches!(start::name(uv), "uv" | "poetry" | "pipenv" | "pdm") && run == "run" =>
        {
            let options = rest.iter().take_while(|word| word.starts_with("--")).count();
            &rest[options..]
        }
        all => all,
    }
}

/// The path below a directory of a file that a command line names: as it is written, or by the end of it.
fn placed(view: &View, directory: &str, written: &str) -> Option<String> {
    let plain = written.trim_start_matches("./");
    let mut ends = std::iter::successors(Some(plain), |rest| rest.split_once('/').map(|(_, rest)| rest));
    ends.find(|path| !path.is_empty() && view.has(directory, path)).map(ToOwned::to_owned)
}

/// The name of the module in a file.
fn module(path: &str) -> String {
    let path = path.trim_end_matches(".py");
    path.strip_suffix("/__init__").unwrap_or(path).replace('/', ".")
}

/// The port that the file that is started names.
fn port(view: &View, directory: &str, found: &Found) -> Option<(u16, String)> {
    let said = |name: &str| found.table.iter().find(|key| key.name == name)?.value.get(0)?.as_str();
    if let Some(program) = said("script") {
        let (_, port) = DEFAULTS.iter().find(|(known, _)| *known == program)?;
        return Some((*port, format!("{program}'s own default")));
    }
    let module = found.table.iter().find(|key| key.name == "module").and_then(|key| key.value.as_str());
    let files = match module.map(|module| module.replace('.', "/")) {
        Some(path) => {
            let forms = [join(&path, MAIN), format!("{path}.py")];
            forms.iter().flat_map(|form| [form.clone(), join("src", form)]).collect()
        }
        None => vec![said("command")?.to_owned()],
    };
    let (file, text) = files.iter().find_map(|file| Some((file, view.file(directory, file)?)))?;
    let port = ports::behind(text, &["port=", "[::]:", "0.0.0.0:"])
        .or_else(|| Some(super::listens::of_variable(text)?.0))?;
    Some((port, format!("{file} names it")))
}
