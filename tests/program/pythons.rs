//! Pythons of the run image, of the build image, and packages that have to be compiled.

use dockwright::{fleet, render};

use crate::agreement::runs_on_the_builder;

const BROUGHT: &str =
    r#"{ build = "python:3.11-slim-bookworm", run = "gcr.io/distroless/cc-debian13:nonroot" }"#;

const RUN: &str = r#"{ build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }"#;

/// A fleet with one service on a base, with more tables and keys of python.
fn described(base: &str, tables: &str, keys: &str) -> Result<fleet::Fleet, Vec<String>> {
    let text = format!(
        "[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[bases]\npy = {base}\n{tables}\n[services.a]\nbase = \"py\"\n\
         dockerfile = \"a/Dockerfile\"\nports = [80]\nhealth = {{ tcp = 80 }}\nsources = [\"a\"]\n[services.a.python]\n{keys}\n"
    );
    fleet::load(&text).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

fn dockerfile(base: &str, tables: &str, keys: &str) -> String {
    let fleet = described(base, tables, keys).unwrap();
    let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
    runs_on_the_builder(&text);
    text
}

#[test]
fn a_run_image_without_python_gets_that_of_the_build_image() {
    let text = dockerfile(BROUGHT, "", "module = \"a\"");
    for words in [
        "        /usr/local/lib/python3.11 \\\n",
        "COPY --link --from=interpreter /rootfs/ /\n",
        "CMD [\"/usr/local/bin/python3.11\", ",
        "uv venv --python /usr/local/bin/python3.11 /opt/venv\n",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

/// What is not known to be an image of glibc is not filled with an interpreter on a guess.
#[test]
fn an_unknown_run_image_gets_no_python() {
    let unknown = r#"{ build = "python:3.11-slim-bookworm", run = "acme/runtime:1" }"#;
    let mistakes = described(unknown, "", "module = \"a\"").unwrap_err();
    assert!(mistakes[0].ends_with("has no known interpreter, and `a` needs python"), "{mistakes:?}");
}

#[test]
fn an_interpreter_without_a_version_is_asked_at_its_path() {
    let tables = "[catalogue.own]\nimages = [\"acme/python\"]\ntags = [\"1\"]\n\
        [[catalogue.own.interpreters]]\nname = \"python\"\npath = \"/opt/python/bin/python3\"\n";
    let base = r#"{ build = "acme/builder:1", run = "acme/python:1" }"#;
    let text = dockerfile(base, tables, "module = \"a\"");
    assert!(text.contains("CMD [\"/opt/python/bin/python3\", \"-IS\""), "{text}");
    assert!(text.contains("uv venv --python /opt/python/bin/python3 /opt/venv"), "{text}");
}

#[test]
fn what_is_compiled_runs_on_the_target_platform_and_says_so() {
    let keys = "module = \"a\"\ncompile = [\"psycopg2==2.9.11\"]\nbuild_packages = [\"gcc\", \"libpq-dev\"]";
    let text = dockerfile(BROUGHT, "", keys);
    assert!(text.contains("under emulation if the builder has another architecture"), "{text}");
    let install = text.split("uv pip install").nth(1).unwrap();
    assert!(
        install.contains("--find-links /wheels") && install.contains("        psycopg2==2.9.11 &&"),
        "{text}"
    );
    assert!(text.contains("\nCOPY --link --from=libraries /rootfs/ /\n"), "{text}");
    let mistakes = described(BROUGHT, "", "module = \"a\"\nbuild_packages = [\"gcc\"]").unwrap_err();
    assert_eq!(mistakes, ["`build_packages` has no effect: nothing is compiled"]);
    let mistakes = described(BROUGHT, "", "module = \"a\"\ncompile = [\"lxml\"]").unwrap_err();
    assert_eq!(mistakes, ["`lxml` has no version to compile"]);
}

#[test]
fn what_is_built_from_source_is_named() {
    let text = dockerfile(BROUGHT, "", "module = \"a\"\npackages = [\"x==1\"]\nfrom_source = [\"stem\"]");
    assert!(text.contains("--only-binary :all: --no-binary stem"), "{text}");
}

#[test]
fn a_script_of_the_virtual_environment_is_started() {
    let text = dockerfile(
        BROUGHT,
        "",
        "packages = [\"gunicorn\"]\nscript = [\"gunicorn\", \"--bind\", \"0.0.0.0:80\", \"a.wsgi\"]",
    );
    assert!(
        text.contains("ENTRYPOINT [\"/opt/venv/bin/gunicorn\", \"--bind\", \"0.0.0.0:80\", \"a.wsgi\"]"),
        "{text}"
    );
}

#[test]
fn a_lock_file_of_uv_is_synced_and_its_project_comes_after() {
    let text = dockerfile(
        RUN,
        "",
        "script = [\"a\"]\nlock = \"a/uv.lock\"\nproject = true\npackage = \"api\"\ngroups = [\"web\"]\nassets = [\"sql\"]",
    );
    for words in [
        "    --mount=type=bind,source=a/pyproject.toml,target=pyproject.toml \\\n",
        "--no-dev --package api --group web --frozen --no-install-local && \\\n",
        "--no-dev --package api --group web --locked --no-editable && \\\n",
        "FROM dependencies AS project\nWORKDIR /src\nCOPY a /src/a\n",
        "COPY --link --from=project /opt/venv /opt/venv\nCOPY --link --chmod=755 sql /app/sql\nWORKDIR /app\n",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(!text.contains("/app/a"), "{text}");
}

#[test]
fn a_lock_file_of_poetry_is_exported() {
    let text =
        dockerfile(RUN, "", "module = \"a\"\nlock = \"poetry.lock\"\nextras = [\"pg\"]\ngroups = [\"web\"]");
    for words in [
        "export --directory /src --extra pg --with web --output /tmp/requirements.txt && \\\n",
        "        --requirement /tmp/requirements.txt && \\\n",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn what_a_lock_file_cannot_mean_is_refused() {
    let lock = "module = \"a\"\nlock = ";
    for (keys, message) in [
        (format!("{lock}\"Pipfile.lock\""), "`Pipfile.lock` is not a supported lock file"),
        (
            format!("{lock}\"uv.lock\"\npackages = [\"six\"]"),
            "`uv.lock` cannot be combined with python.packages",
        ),
        (
            format!("{lock}\"poetry.lock\"\npackage = \"a\""),
            "`poetry.lock` cannot be combined with python.package",
        ),
        (
            "module = \"a\"\ngroups = [\"web\"]".to_owned(),
            "python.groups needs a lock file, but `a` has none",
        ),
        ("module = \"a\"\nproject = true".to_owned(), "the project has neither `lock` nor `requirements`"),
        (
            "module = \"a\"\nassets = [\"x\"]".to_owned(),
            "`assets` needs a project, and this service has none",
        ),
    ] {
        assert_eq!(described(RUN, "", &keys).unwrap_err(), [message]);
    }
}

#[test]
fn what_nothing_brings_is_refused() {
    let start = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[services.a]\nports = [80]\n";
    for (rest, message) in [
        ("health = { tcp = 80 }\npython = { script = [\"gunicorn\", \"a:b\"] }", "but nothing is installed"),
        (
            "health = { tcp = 80 }\npython = { packages = [\"uvicorn\"], app = \"main:app\" }",
            "its program does not exist",
        ),
        ("health = { tcp = 80 }\npython = { command = [\"main.py\"] }", "its program does not exist"),
        (
            "health = { exec = [\"/usr/bin/curl\", \"-f\", \"x\"] }\npython = { module = \"a\" }",
            "no such tool",
        ),
        (
            "health = { exec = [\"/usr/bin/python3.11\", \"x\"] }\npython = { module = \"a\" }",
            "which its image does not have",
        ),
        (
            "health = { exec = [\"/usr/bin/healthcheck\", \"tcp\", \"80\"] }\npython = { module = \"a\" }",
            "which only a check by http, tcp or grpc brings along",
        ),
        (
            "health = { exec = [\"/opt/venv/bin/celery\", \"-d\", \"celery@$HOSTNAME\"] }\npython = { module = \"a\" }",
            "names the variable `$HOSTNAME`, and no shell puts its value in",
        ),
    ] {
        let mistakes = dockwright::fleet::load(&format!("{start}{rest}\n")).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.message.contains(message)), "{rest}: {mistakes:?}");
    }
}
