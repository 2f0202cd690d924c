//! Python: files and servers that are started, and the hashes of what is installed.

use super::{REQUIREMENTS, python, said};

/// `main.py` is copied, `start.py` is started.
#[test]
fn a_file_that_no_source_brings_is_missing_wherever_sources_are() {
    let files = [REQUIREMENTS, ("main.py", ""), ("a/x.py", "")];
    let found = |sources: &str, start: &str| said(&python(sources, start), &files);
    for sources in [r#"["main.py"]"#, r#"["a"]"#] {
        for path in ["start.py", "./start.py", "/app/start.py"] {
            let lines = found(sources, &format!("command = [{path:?}]"));
            let [line] = lines.as_slice() else { panic!("{lines:?}") };
            assert!(
                line.contains("there is no `") && line.contains("start.py` in the image of `orders`"),
                "{line}"
            );
            assert!(!line.starts_with('?'), "{line}");
        }
    }
    assert_eq!(found(r#"["main.py"]"#, r#"command = ["./main.py"]"#), [""; 0]);
    // Something else than a source may bring it.
    assert_eq!(found(r#"["a"]"#, r#"command = ["/opt/start.py"]"#), [""; 0]);
    let start = |more: &str| {
        let tables =
            python(r#"["a"]"#, r#"command = ["start.py"]"#).replace("ports", &format!("{more}\nports"));
        said(&tables, &[REQUIREMENTS, ("a/x.py", ""), ("conf/start.py", "")])
    };
    assert_eq!(start("").len(), 1);
    for more in [
        r#"volumes = ["/app"]"#,
        r#"extra = { final = ["COPY conf/start.py /app/"] }"#,
        r#"programs = { packages = ["x-tool"], paths = ["/app/*"] }"#,
    ] {
        assert_eq!(start(more), [""; 0], "{more}");
    }
    assert_eq!(start(r#"programs = { packages = ["ffmpeg"], paths = ["/usr/bin/ffmpeg"] }"#).len(), 1);
}

/// What is said of a service that starts a server, with this requirements file.
fn server(start: &str, requirements: &'static str) -> Vec<String> {
    said(
        &python(r#"["a"]"#, start),
        &[("requirements.txt", requirements), ("a/main.py", ""), ("a/wsgi.py", "")],
    )
}

#[test]
fn a_server_that_nothing_installs_is_missing() {
    let app = r#"app = "a.main:app""#;
    let uvicorn = "? \"a.main:app\": nothing installs `uvicorn`, which is started by `orders`; \
                   add `uvicorn` to python.packages or to the requirements file";
    assert_eq!(server(app, "flask==3\n"), [uvicorn]);
    assert_eq!(server(app, "# uvicorn\nfastapi[orjson]==1\n"), [uvicorn]);
    for requirements in [
        "Uvicorn[standard]==0.38.0\n",
        "fastapi[standard]==0.120\n",
        "mcp==1\n",
        "-r more.txt\n",
        "uvicorn-worker==1\n",
    ] {
        let found = server(app, requirements);
        assert!(!found.iter().any(|line| line.contains("nothing installs")), "{requirements} {found:?}");
    }
    let script = |program: &str| format!("script = [{program:?}, \"a.wsgi:app\"]");
    let gunicorn = &server(&script("gunicorn"), "uvicorn==0.38.0\n")[0];
    assert!(gunicorn.contains("nothing installs `gunicorn`, which is started by `orders`"), "{gunicorn}");
    assert_eq!(server(&script("gunicorn"), "gunicorn==23\n"), [""; 0]);
    assert_eq!(server(&script("waitress-serve"), "waitress==3\n"), [""; 0]);
    // Of other programs nobody knows whose they are.
    assert_eq!(server(&script("tool"), "flask==3\n"), [""; 0]);
    // The packages of services.toml are looked at with the files, and without a file that is not there.
    let packages = |packages: &str| {
        let tables = python(r#"["a"]"#, app)
            .replace("requirements = [\"requirements.txt\"]", &format!("packages = [{packages}]"));
        said(&tables, &[("a/main.py", "")])
    };
    assert_eq!(packages(r#""flask==3""#), [uvicorn]);
    assert_eq!(packages(r#""uvicorn==0.38.0""#), [""; 0]);
    let found = said(&python(r#"["a"]"#, app), &[("a/main.py", "")]);
    assert!(found.len() == 1 && found[0].contains("there is no `requirements.txt`"), "{found:?}");
}

/// A lock file names every distribution, and so do requirements that must all have a hash.
#[test]
fn where_every_distribution_is_named_a_server_is_missing_for_certain() {
    let tables = python(r#"["a"]"#, r#"app = "a.main:app""#);
    let locked = tables.replace("requirements = [\"requirements.txt\"]", "lock = \"uv.lock\"");
    let files = |name| [("uv.lock", name), ("pyproject.toml", ""), ("a/main.py", "")];
    let found = said(&locked, &files("[[package]]\nname = \"flask\"\n"));
    assert!(
        found.len() == 1 && found[0].starts_with("\"a.main:app\": nothing installs `uvicorn`"),
        "{found:?}"
    );
    assert_eq!(said(&locked, &files("[[package]]\nname = \"uvicorn\"\n")), [""; 0]);
    let hashed = server("app = \"a.main:app\"\nrequire_hashes = true", "flask==3 --hash=sha256:0\n");
    assert!(hashed.len() == 1 && !hashed[0].starts_with('?'), "{hashed:?}");
}

#[test]
fn a_requirements_file_with_hashes_is_noticed() {
    let hashed = "uvicorn==0.38.0 \\\n    --hash=sha256:0\n";
    let app = r#"app = "a.main:app""#;
    let told = "? \"requirements.txt\": `requirements.txt` has hashes, but a package without one would be installed \
                too: requirements of `orders`; set python.require_hashes = true";
    assert_eq!(server(app, hashed), [told]);
    assert_eq!(server(&format!("{app}\nrequire_hashes = true"), hashed), [""; 0]);
    assert_eq!(server(app, "uvicorn==0.38.0\n"), [""; 0]);
    // With packages of services.toml, which have none, the key would fail the build.
    assert_eq!(server(&format!("{app}\npackages = [\"x==1\"]"), hashed), [""; 0]);
}
