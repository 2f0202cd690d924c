//! What code starts that no command line names: the application of a framework, a package, or a file.

use super::super::view::{View, ancestors, join, split};
use super::super::{Found, Key, Unit, ports};
use super::{MAIN, PORT, module};

/// The port of Flask's development server.
const FLASK_PORT: u16 = 5000;

/// What the code starts, if no command line says it.
pub(super) fn of_code(view: &View, unit: &Unit, installed: &str, found: &mut Found) -> Option<()> {
    let known = ports::of(view, unit, found).map(|listens| listens.port);
    let files = own_files(view, unit);
    application(&files, unit, installed, known, found)
        .or_else(|| django(&files, unit, known, found))
        .or_else(|| runnable_package(&files, unit, found))
        .or_else(|| runnable_file(view, unit, found))?;
    found.is_program = true;
    Some(())
}

/// The code of a unit near its directory, by path. What lies in a project of its own below it is no part of it.
fn own_files<'v>(view: &'v View, unit: &Unit) -> Vec<(&'v str, &'v str)> {
    let is_code = |path: &str| path.ends_with(".py") && path.matches('/').count() < 3;
    let is_project = |above: &str| {
        !above.is_empty()
            && ["pyproject.toml", "requirements.txt", "setup.py"]
                .iter()
                .any(|name| view.has(&join(&unit.directory, above), name))
    };
    let is_own = |path: &str| unit.is_built() || !ancestors(split(path).0).any(is_project);
    view.below(&unit.directory).filter(|(path, _)| is_code(path) && is_own(path)).collect()
}

/// The application that a file makes with a framework, and the server for it.
fn application(
    files: &[(&str, &str)],
    unit: &Unit,
    installed: &str,
    known: Option<u16>,
    found: &mut Found,
) -> Option<()> {
    // Near the top, and in a file that is called like a program.
    let rank = |path: &str| {
        let is_usual = ["main.py", "app.py", "asgi.py", "wsgi.py", "server.py"].contains(&split(path).1);
        (path.matches('/').count(), !is_usual)
    };
    let frameworks = [("FastAPI(", true), ("Starlette(", true), ("Flask(", false)];
    let (path, name, is_asgi) = frameworks.into_iter().find_map(|(constructor, is_asgi)| {
        let objects = files.iter().filter_map(|(path, text)| {
            Some((*path, object(text, constructor).or_else(|| made(text, constructor))?))
        });
        objects.min_by_key(|(path, _)| rank(path)).map(|(path, name)| (path, name, is_asgi))
    })?;
    let module = module(path);
    found.entry = Some(join(&unit.directory, path));
    let why = format!("{path} makes the application");
    if is_asgi {
        found.table.push(Key::guessed("app", format!("{module}:{name}"), why));
    } else if installed.contains("gunicorn") {
        let words = vec![
            "gunicorn".to_owned(),
            "--bind".to_owned(),
            format!("0.0.0.0:{}", known.unwrap_or(PORT)),
            format!("{module}:{name}"),
        ];
        found.port = Some((PORT, "gunicorn's port here".to_owned()));
        found.table.push(Key::guessed("script", words, why));
    } else {
        let bind = known.unwrap_or(FLASK_PORT);
        let bind = format!("-m flask --app {module}:{name} run --host 0.0.0.0 --port {bind}");
        found.port = Some((FLASK_PORT, "Flask's own default".to_owned()));
        let why = format!("{why}; this is the development server");
        found.table.push(Key::guessed("command", bind.split(' ').collect::<Vec<_>>(), why));
    }
    Some(())
}

/// Django's own server.
fn django(files: &[(&str, &str)], unit: &Unit, known: Option<u16>, found: &mut Found) -> Option<()> {
    let (path, _) = files.iter().find(|(path, _)| split(path).1 == "manage.py")?;
    let address = format!("0.0.0.0:{}", known.unwrap_or(PORT));
    found.entry = Some(join(&unit.directory, path));
    let words = [*path, "runserver", &address, "--noreload"];
    found.port = Some((PORT, "Django's own default".to_owned()));
    found.table.push(Key::guessed("command", words.to_vec(), "Django; this is its development server"));
    Some(())
}

/// A package that `python -m` runs.
fn runnable_package(files: &[(&str, &str)], unit: &Unit, found: &mut Found) -> Option<()> {
    let package = package(files, &unit.name)?;
    let why = format!("`python -m` runs its {MAIN}");
    found.table.push(Key::guessed("module", package.as_str(), why));
    Some(())
}

/// A file that is called like a program and can be run.
fn runnable_file(view: &View, unit: &Unit, found: &mut Found) -> Option<()> {
    let entry = ["main.py", "app.py", "server.py", MAIN, "run.py", "worker.py"].into_iter().find(|name| {
        view.file(&unit.directory, name).is_some_and(|text| text.contains("__main__") || *name == MAIN)
    })?;
    let why = "it can be run, and no file names the program to start";
    found.table.push(Key::guessed("command", vec![entry], why));
    Some(())
}

/// The package that `python -m` can run: the only one, or the one with the service's name.
fn package(files: &[(&str, &str)], name: &str) -> Option<String> {
    let packages = files.iter().filter_map(|(path, _)| path.strip_suffix(MAIN)?.strip_suffix('/'));
    let packages = packages.map(|path| path.strip_prefix("src/").unwrap_or(path));
    let packages: Vec<&str> = packages.filter(|path| !path.contains('/')).collect();
    let same = || packages.iter().find(|package| package.replace('_', "-") == name.replace('_', "-"));
    match packages.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => same().map(ToString::to_string),
    }
}

/// The name that a line of the module gives to an object.
fn object<'t>(text: &'t str, constructor: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (name, made) = line.split_once('=')?;
        let name = name.split(':').next()?.trim_end();
        let made = made.trim_start();
        let made = made
            .rsplit_once('.')
            .filter(|(before, _)| before.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            .map_or(made, |(_, rest)| rest);
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (is_name && made.starts_with(constructor)).then_some(name)
    })
}

/// The application that a function of the same file makes: `app = create_app()`.
fn made<'t>(text: &'t str, constructor: &str) -> Option<&'t str> {
    let makes = |verb: &&str| text.contains(&format!("def {verb}_app("));
    let verb = ["create", "make", "get", "build"].into_iter().find(makes)?;
    object(text, &format!("{verb}_app(")).filter(|_| text.contains(constructor))
}
