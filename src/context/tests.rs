use std::collections::BTreeMap;

use super::*;
use crate::fleet;

mod compiled;
mod installed;
mod partial;

/// A tree in memory: paths of files, with their text.
struct Files(BTreeMap<&'static str, &'static str>);

impl Files {
    fn new(files: &[(&'static str, &'static str)]) -> Self {
        Self(files.iter().copied().collect())
    }

    fn below<'s>(&'s self, directory: &str) -> impl Iterator<Item = &'static str> + use<'s> {
        let start = if directory == "." { String::new() } else { format!("{directory}/") };
        self.0.keys().filter_map(move |path| path.strip_prefix(start.as_str()))
    }
}

impl Tree for Files {
    fn find(&self, path: &str) -> Option<Lies> {
        let is_directory = || self.below(path).next().map(|_| Lies::Directory);
        self.0.get(path).map(|_| Lies::File).or_else(is_directory)
    }

    fn is_closed(&self, path: &str) -> bool {
        path.starts_with("closed/")
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let mut names: Vec<_> =
            self.below(directory).filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect();
        names.dedup();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).map(ToString::to_string)
    }
}

/// The services of a fleet, in the tables that are said.
fn fleet(tables: &str) -> (String, Fleet) {
    let text = format!("[fleet]\nname = \"shop\"\nimage = \"shop/{{name}}\"\n{tables}");
    let fleet = fleet::load(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    (text, fleet)
}

/// What is said of a fleet: the text at the place, the message and the hint; `?` before what is doubtful.
fn said(tables: &str, files: &[(&'static str, &'static str)]) -> Vec<String> {
    let (text, fleet) = fleet(tables);
    let services: Vec<_> = fleet.services.iter().collect();
    let line = |Finding { diagnostic, is_certain, .. }| {
        let doubt = if is_certain { "" } else { "? " };
        let Diagnostic { span, message, hint, .. } = diagnostic;
        format!("{doubt}{}: {message}; {}", &text[span], hint.unwrap_or_default())
    };
    missing(&fleet, &services, &Files::new(files)).into_iter().map(line).collect()
}

/// A Python service that starts something, with a source.
fn python(sources: &str, start: &str) -> String {
    format!(
        "[services.orders]\nsources = {sources}\nports = [8000]\nhealth = {{ http = \"/\" }}\n\
         [services.orders.python]\nrequirements = [\"requirements.txt\"]\n{start}"
    )
}

const REQUIREMENTS: (&str, &str) = ("requirements.txt", "uvicorn==0.38.0\nDjango==5.2 # x\n");

#[test]
fn all_that_is_missing_is_said_at_once_and_services_of_a_group_together() {
    let group = "[groups.all]\nsources = [\"ordrs\"]\nports = [8000]\nhealth = { http = \"/\" }\n\
                 [groups.all.python]\nrequirements = [\"requirements.txt\"]\nmodule = \"orders.main\"\n\
                 [services.a]\ngroup = \"all\"\n[services.b]\ngroup = \"all\"\n";
    assert_eq!(
        said(group, &[("orders/main.py", "")]),
        [
            "\"ordrs\": there is no `ordrs` in the build context: a source of `a`, `b`; did you mean `orders`?",
            "\"requirements.txt\": there is no `requirements.txt` in the build context: a file of `a`, `b`; \
             add it, or remove it from services.toml; `build --tree` selects another build context",
        ]
    );
}

#[test]
fn a_module_is_looked_for_where_the_image_has_it() {
    let files = [REQUIREMENTS, ("src/orders/__init__.py", ""), ("src/orders/main.py", "")];
    let module = |sources: &str, start: &str| said(&python(sources, start), &files);
    let whole = r#"[{ from = "src", to = "." }]"#;
    for (sources, start) in [
        (whole, r#"app = "orders.main:app""#),
        (whole, r#"app = "orders:app""#),
        (whole, r#"module = "orders.main""#),
        (whole, r#"command = ["-u", "-m", "orders.main"]"#),
        (whole, r#"command = ["orders/main.py"]"#),
        (whole, r#"script = ["uvicorn", "orders.main:app"]"#),
        (whole, r#"script = ["uvicorn", "--app-dir", "/app/orders", "main:app"]"#),
        (r#"["src/orders/main.py"]"#, r#"command = ["src/orders/main.py"]"#),
        (r#"[{ from = "src/orders/main.py", to = "." }]"#, r#"app = "main:app""#),
        (r#"[{ from = "src/orders", to = "/opt/orders" }]"#, r#"command = ["/opt/orders/main.py"]"#),
    ] {
        assert_eq!(module(sources, start), [""; 0], "{sources} {start}");
    }
    let cases = [
        (
            whole,
            r#"app = "orders.mian:app""#,
            "\"orders.mian:app\": there is no module `orders.mian` in the image of `orders`; did you mean `orders.main`?",
        ),
        (
            whole,
            r#"app = "orders.web:app""#,
            "\"orders.web:app\": there is no module `orders.web` in the image of `orders`; it would be `src/orders/web.py` in the build context",
        ),
        (
            whole,
            r#"module = "orders""#,
            "\"orders\": `orders` is a package without __main__.py in the image of `orders`; it would be `src/orders.py` in the build context",
        ),
        (
            r#"["src"]"#,
            r#"app = "orders.main:app""#,
            "\"orders.main:app\": there is no module `orders.main` in the image of `orders`; the image has it as `src.orders.main`",
        ),
        (
            r#"[{ from = "src", to = "/opt/src" }]"#,
            r#"app = "orders.main:app""#,
            "\"orders.main:app\": there is no module `orders.main` in the image of `orders`; the image has it in /opt/src, which is not on PYTHONPATH",
        ),
        (
            whole,
            r#"command = ["-u", "orders/mian.py"]"#,
            "[\"-u\", \"orders/mian.py\"]: there is no `/app/orders/mian.py` in the image of `orders`; did you mean `/app/orders/main.py`?",
        ),
        (
            whole,
            r#"script = ["uvicorn", "orders.wsgi:app"]"#,
            "[\"uvicorn\", \"orders.wsgi:app\"]: there is no module `orders.wsgi` in the image of `orders`; it would be `src/orders/wsgi.py` in the build context",
        ),
    ];
    for (sources, start, expected) in cases {
        assert_eq!(module(sources, start), [expected]);
    }
}

#[test]
fn pythonpath_is_looked_in() {
    let tables = python(r#"["src"]"#, r#"app = "main:app""#);
    let files = [REQUIREMENTS, ("src/main.py", "")];
    assert_eq!(said(&tables, &files).len(), 1);
    let tables = tables.replace("ports", "env = { PYTHONPATH = \"/opt/x:/app/src\" }\nports");
    assert_eq!(said(&tables, &files), [""; 0]);
}

/// A distribution may bring what no source does, and its name is not always that of its modules.
#[test]
fn a_module_of_a_distribution_is_no_mistake_and_a_tool_only_a_doubt() {
    let files = [REQUIREMENTS, ("orders/main.py", "")];
    let module = |start: &str| said(&python(r#"["orders"]"#, start), &files);
    assert_eq!(module(r#"module = "django.core""#), [""; 0]);
    assert_eq!(module(r#"module = "http.server""#), [""; 0]);
    assert_eq!(module("packages = [\"celery[redis]==5.5.3\"]\nmodule = \"celery\""), [""; 0]);
    assert!(module(r#"module = "gunicorn""#)[0].starts_with("? \"gunicorn\": there is no module `gunicorn`"));
    // Applications are hardly ever installed.
    assert!(module(r#"app = "shop.main:app""#)[0].starts_with("\"shop.main:app\": there is no module"));
    let opaque = [("requirements.txt", "-r more.txt\n"), ("orders/main.py", "")];
    let found = said(&python(r#"["orders"]"#, r#"app = "shop.main:app""#), &opaque);
    let includes = "\"requirements.txt\": `requirements.txt` includes `more.txt`, which is not a requirements file of `orders`; add `more.txt` to python.requirements";
    assert_eq!(found, [includes]);
}

/// The file of a project says where its modules are; a lock file names what it brings.
#[test]
fn the_modules_of_a_project_are_only_doubted() {
    let start = |keys: &str| {
        format!(
            "[services.orders]\ndirectory = \"orders\"\nports = [8000]\nhealth = {{ http = \"/\" }}\n\
             [services.orders.python]\nlock = \"uv.lock\"\n{keys}"
        )
    };
    let files = [
        ("orders/uv.lock", "[[package]]\nname = \"celery\"\n"),
        ("orders/src/orders/main.py", ""),
        ("orders/main.py", ""),
    ];
    let missing_manifest = "\"uv.lock\": there is no `orders/pyproject.toml` in the build context: a file of `orders`; \
                            add it, or remove it from services.toml; `build --tree` selects another build context";
    assert_eq!(said(&start("project = true\napp = \"orders.main:app\""), &files), [missing_manifest]);
    assert_eq!(said(&start("module = \"celery\""), &files), [missing_manifest]);
    let doubt = &said(&start("project = true\napp = \"orders.web:app\""), &files)[1];
    assert!(doubt.starts_with("? \"orders.web:app\": there is no module `orders.web`"), "{doubt}");
    let certain = &said(&start("app = \"mian:app\""), &files)[1];
    assert!(certain.ends_with("did you mean `main`?") && !certain.starts_with('?'), "{certain}");
}

#[test]
fn a_front_end_needs_its_lock_file_and_its_script() {
    let tables = "[services.gui]\nports = [8083]\nhealth = { http = \"/\" }\n[services.gui.node]\n\
                  directory = \"gui\"\noutput = \"dist\"\nserver = \"server.mjs\"\n";
    let found = said(tables, &[("gui/package.json", r#"{"scripts": {"bild": "x"}}"#)]);
    let starts: Vec<_> = found.iter().map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(
        starts,
        [
            "\"gui\": `gui/package.json` has no script `build`, which builds `gui`",
            "\"gui\": there is no `gui/package-lock.json` in the build context: a file of `gui`",
            "? \"server.mjs\": there is no `gui/server.mjs` in the build context, the server of `gui`",
        ]
    );
    let whole = [
        ("gui/package.json", r#"{"scripts": {"build": "x"}}"#),
        ("gui/package-lock.json", "{}"),
        ("gui/server.mjs", ""),
    ];
    assert_eq!(said(tables, &whole), [""; 0]);
}

#[test]
fn what_the_ignore_file_keeps_out_is_not_in_the_image() {
    let files = [REQUIREMENTS, ("orders/tests/main.py", ""), ("orders/__init__.py", "")];
    let found = said(&python(r#"["orders"]"#, r#"module = "orders.tests.main""#), &files);
    assert_eq!(found.len(), 1, "{found:?}");
}

/// Four services, each with a source and a requirements file of its own.
fn four() -> (String, Fleet) {
    let service = |name| {
        format!(
            "[services.{name}]\nsources = [\"{name}/app\"]\nports = [8000]\nhealth = {{ http = \"/\" }}\n\
             [services.{name}.python]\nrequirements = [\"{name}/requirements.txt\"]\nmodule = \"{name}.app.main\"\n"
        )
    };
    fleet(&["auth", "basket", "cart", "mail"].map(service).concat())
}

/// What is said of the four in a tree, and of how many it says nothing.
fn surveyed(files: &[(&'static str, &'static str)]) -> (Vec<String>, usize) {
    let (_, fleet) = four();
    let services: Vec<_> = fleet.services.iter().collect();
    let Survey { findings, elsewhere } = survey(&fleet, &services, &Files::new(files));
    (findings.into_iter().map(|finding| finding.diagnostic.message).collect(), elsewhere)
}

#[test]
fn two_directories_of_many_give_no_warnings_of_the_others() {
    assert_eq!(surveyed(&[("other/x", "")]), (vec![], 0));
    let auth = [("auth/app/main.py", ""), ("auth/requirements.txt", "")];
    assert_eq!(surveyed(&auth), (vec![], 3));
    let without = "there is no `auth/requirements.txt` in the build context: a file of `auth`";
    assert_eq!(surveyed(&auth[..1]), (vec![without.to_owned()], 3));
}

#[test]
fn where_most_sources_are_a_service_without_any_is_one_warning() {
    let there = [
        ("auth/app/main.py", ""),
        ("auth/requirements.txt", ""),
        ("basket/app/main.py", ""),
        ("basket/requirements.txt", ""),
        ("cart/app/main.py", ""),
        ("cart/requirements.txt", ""),
    ];
    let absent = "the sources of `mail` are not here: 0 of 2 paths exist";
    assert_eq!(surveyed(&there), (vec![absent.to_owned()], 0));
}

/// A directory without permission was reported as one that is not there, to be removed from services.toml.
#[test]
fn what_may_not_be_looked_at_is_not_called_absent() {
    let found = said(&python("[\"closed/orders\"]", "script = [\"uvicorn\", \"x:y\"]"), &[REQUIREMENTS]);
    let expected = "\"closed/orders\": cannot read `closed/orders` in the build context: permission denied: a source of \
                    `orders`; change its owner or its mode";
    assert_eq!(found, [expected]);
}
