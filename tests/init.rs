//! `dockwright init`: trees that nobody has described, and what is written for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dockwright::detect::{Text, View, propose, text};
use dockwright::fleet;
use proptest::prelude::*;

const HEAD: &str = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n";

/// What is written for a tree of these files, and what is not known.
fn described(files: &[(&str, &str)]) -> (Text, Vec<String>) {
    let mut view = View::default();
    for (path, text) in files {
        view.add((*path).to_owned(), Some((*text).to_owned()));
    }
    let findings = propose(&view, "shop");
    let text = text(HEAD, &BTreeSet::new(), &findings.services);
    if !text.added.is_empty() {
        fleet::load(&format!("{HEAD}{}", text.text)).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    }
    let unknowns = findings.unknowns.iter().map(|u| format!("{}: {}: {}", u.service, u.key, u.why));
    (text, unknowns.collect())
}

/// The entries alone.
fn entries(files: &[(&str, &str)]) -> String {
    described(files).0.text.trim_start().to_owned()
}

#[test]
fn a_command_line_of_a_dockerfile_is_certain() {
    let files = [
        (
            "web/Dockerfile",
            "FROM python:3.13\nEXPOSE 8000\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n",
        ),
        ("web/main.py", "app = FastAPI()\n@app.get(\"/health\")\ndef health(): pass\n"),
        ("web/requirements.txt", "fastapi\nuvicorn\n"),
    ];
    let expected = "\
[services.web]
directory = \"web\"
ports     = [8000]
health    = { http = \"/health\" }  # guessed: main.py names the route

[services.web.python]
requirements = [\"requirements.txt\"]
app          = \"main:app\"
";
    assert_eq!(entries(&files), expected);
}

#[test]
fn an_application_that_no_file_starts_is_a_guess() {
    let files = [
        ("api/main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
        ("api/requirements.txt", "fastapi\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("app          = \"main:app\"  # guessed: main.py makes the application"), "{text}");
    assert!(text.contains("packages     = [\"uvicorn\"]  # guessed: "), "{text}");
    assert!(text.contains("ports     = [8000]  # guessed: uvicorn's own default"), "{text}");
}

#[test]
fn a_lock_file_is_preferred() {
    let files = [
        ("api/Dockerfile", "FROM python:3\nEXPOSE 80\nCMD uv run python -m api.main\n"),
        ("api/api/main.py", ""),
        ("api/pyproject.toml", "[project]\nname = \"api\"\n"),
        ("api/uv.lock", "version = 1\n"),
        ("api/requirements.txt", "x\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("lock   = \"uv.lock\"\nmodule = \"api.main\"\n"), "{text}");
}

#[test]
fn variables_of_a_command_line_have_the_values_of_the_image() {
    let files = [
        (
            "api/Dockerfile",
            "FROM python:3\nENV LEVEL=info\nCMD gunicorn -b :$PORT --log-level=$LEVEL app:app\n",
        ),
        ("api/app.py", ""),
        ("api/requirements.txt", "gunicorn\n"),
    ];
    let text = entries(&files);
    assert!(
        text.contains("script       = [\"gunicorn\", \"-b\", \":8080\", \"--log-level=info\", \"app:app\"]  # guessed: in place of variables: PORT = 8080, LEVEL = info"),
        "{text}"
    );
    assert!(text.contains("ports     = [8080]"), "{text}");
}

#[test]
fn compose_says_names_environment_and_order() {
    let compose = "services:
  shop:
    build: ./web
    ports: [\"80:5000\"]
    environment: { MODE: fast, DB_PASSWORD: x, TOPIC: }
    depends_on: [worker, db]
  worker:
    build: { context: ., dockerfile: jobs/Dockerfile }
    command: [
      \"python\", \"jobs.py\"
    ]
    expose: [9000]
  db:
    image: postgres
";
    let files = [
        ("compose.yaml", compose),
        ("web/Dockerfile", "FROM python:3\nCMD [\"python\", \"app.py\"]\n"),
        ("web/app.py", ""),
        ("jobs/Dockerfile", "FROM python:3\n"),
        ("jobs/jobs.py", ""),
    ];
    let text = entries(&files);
    for part in [
        "[services.shop]\ndirectory  = \"web\"\nports      = [5000]\n",
        "settings   = [\"TOPIC\"]\nsecrets    = [\"DB_PASSWORD\"]  # guessed: ",
        "depends_on = [\"worker\"]\n\n[services.shop.env]\nMODE = \"fast\"\n",
        "[services.worker]\ndirectory = \"jobs\"\nports     = [9000]\n",
        "command = [\"jobs.py\"]\n",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn values_of_env_files_say_where_things_are_and_are_not_written_down() {
    let files = [
        (".env", "PORT_OF_WEB=7000\nWHERE=./web\nTHING=hidden\n"),
        (
            "compose.yml",
            "services:\n  web:\n    build: ${WHERE}\n    ports: [\"${PORT_OF_WEB}\"]\n    environment: [\"THING=${THING}\"]\n",
        ),
        ("web/Dockerfile", "FROM python:3\nCMD python main.py\n"),
        ("web/main.py", ""),
    ];
    let text = entries(&files);
    assert!(text.contains("ports     = [7000]\n") && text.contains("settings  = [\"THING\"]"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
}

#[test]
fn modules_of_a_maven_build_start_at_its_root() {
    let files = [
        (
            "pom.xml",
            "<project><packaging>pom</packaging><modules><module>orders</module></modules></project>",
        ),
        ("orders/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId> spring-boot-starter-actuator"),
        ("orders/src/main/java/shop/Main.java", "class Main {}"),
        ("orders/src/main/resources/application.properties", "server.port=8085\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("build  = \"maven\"\nmodule = \"orders\"\n"), "{text}");
    assert!(text.contains("ports      = [8085]  # guessed: application.properties says it"), "{text}");
    assert!(text.contains("health     = { http = \"/actuator/health\" }  # guessed: "), "{text}");
}

#[test]
fn projects_that_a_project_refers_to_lie_in_its_directory() {
    let files = [
        (
            "src/Basket/Basket.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><ProjectReference Include=\"..\\Shared\\Shared.csproj\" /></Project>",
        ),
        ("src/Shared/Shared.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"></Project>"),
    ];
    let text = entries(&files);
    assert!(text.contains("directory  = \"src\"") || text.contains("directory = \"src\""), "{text}");
    assert!(text.contains("project = \"Basket/Basket.csproj\"\n"), "{text}");
    assert!(!text.contains("Shared"), "{text}");
}

#[test]
fn what_no_kind_is_for_is_said() {
    let files = [
        ("mail/Gemfile", "source 'x'\n"),
        ("web/Dockerfile", "FROM php:8-apache\n"),
        ("web/index.php", ""),
        ("proxy/Dockerfile", "FROM nginx\n"),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.text, "");
    assert_eq!(
        unknowns,
        [
            "mail: kind: there is no kind for Ruby",
            "proxy: kind: nothing says what its program is; its image is based on nginx",
            "web: kind: there is no kind for PHP",
        ]
    );
}

#[test]
fn a_dockerfile_for_generated_code_is_no_second_service() {
    let files = [
        ("compose.yaml", "services:\n  shop:\n    build: shop\n"),
        ("shop/Dockerfile", "FROM golang\nRUN go build .\nFROM scratch\nCMD [\"/shop\"]\n"),
        ("shop/go.mod", "module shop\n"),
        ("shop/main.go", "package main\n\nfunc main() {}\n"),
        ("shop/genproto/Dockerfile", "FROM golang\nRUN protoc\n"),
    ];
    assert_eq!(described(&files).0.added, ["shop"]);
}

#[test]
fn one_program_that_compose_starts_in_two_ways_is_two_services() {
    let files = [
        (
            "compose.yaml",
            "services:\n  web:\n    build: .\n    command: uvicorn main:app --port 80\n  jobs:\n    build: .\n    command: celery -A main worker\n",
        ),
        ("Dockerfile", "FROM python:3\n"),
        ("main.py", ""),
        ("requirements.txt", "celery\nuvicorn\n"),
    ];
    let text = entries(&files);
    assert!(
        text.contains("[services.web]\ndirectory  = \".\"")
            && text.contains("script       = [\"celery\", \"-A\", \"main\", \"worker\"]"),
        "{text}"
    );
}

#[test]
fn other_compose_files_add_services_unless_they_are_for_development() {
    let service = |name: &str| format!("services:\n  {name}:\n    build: {name}\n");
    let (extras, dev) = (service("extra"), service("other"));
    let files = [
        ("compose.extras.yaml", extras.as_str()),
        ("compose.override.yaml", "services:\n  extra:\n    build: extra\n    ports: [1]\n"),
        ("docker-compose.dev.yml", dev.as_str()),
        ("extra/Dockerfile", "FROM python:3\nCMD python main.py\n"),
        ("extra/main.py", ""),
        ("other/Dockerfile.dev", "FROM python:3\nCMD python main.py\n"),
        ("other/main.py", ""),
    ];
    let (text, _) = described(&files);
    assert_eq!(text.added, ["extra"]);
    assert!(!text.text.contains("ports"), "{}", text.text);
}

#[test]
fn passwords_of_dockerfiles_and_addresses_are_not_written_down() {
    let files = [
        (
            "compose.yaml",
            "services:\n  a:\n    build: a\n    environment:\n      DB: postgres://me:hidden@db/x\n      QUEUE: amqp://mq:5672\n    ports: [8000, 5678]\n",
        ),
        (
            "a/Dockerfile",
            "FROM python:3\nENV MODE=fast API_KEY=hidden ROOT=/srv PIP_NO_CACHE_DIR=1\nCMD python main.py\n",
        ),
        ("a/main.py", ""),
    ];
    let (text, unknowns) = described(&files);
    let text = text.text;
    assert!(!text.contains("hidden") && !text.contains("PIP"), "{text}");
    assert!(text.contains("ports      = [8000]\n") && text.contains("secrets    = [\"DB\"]"), "{text}");
    assert!(text.contains("MODE = \"fast\"\nQUEUE = \"amqp://mq:5672\"\n"), "{text}");
    assert_eq!(unknowns, ["a: env: ROOT names a path that the image may not have: /srv"]);
}

#[test]
fn a_host_for_development_and_a_test_are_no_programs() {
    let files = [
        (
            "Host/Host.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk\"><OutputType>Exe</OutputType><IsAspireHost>true</IsAspireHost></Project>",
        ),
        (
            "Check/Check.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PackageReference Include=\"Microsoft.NET.Test.Sdk\" /></Project>",
        ),
        ("Job/Job.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Worker\"></Project>"),
    ];
    assert_eq!(described(&files).0.added, ["job"]);
}

#[test]
fn a_program_in_the_root_is_called_after_the_fleet() {
    let files = [("Dockerfile", "FROM python:3\nCMD python main.py\n"), ("main.py", "")];
    let text = entries(&files);
    assert!(
        text.starts_with("[services.shop]\ndirectory  = \".\"\n")
            && text.contains("dockerfile = \"shop/Dockerfile\""),
        "{text}"
    );
}

#[test]
fn members_of_a_rust_workspace_start_at_its_root_and_wasm_is_no_program() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"api\"]\n"),
        ("api/Cargo.toml", "[package]\nname = \"shop-api\"\n"),
        ("api/src/main.rs", "fn main() {}\n"),
        ("api/Dockerfile", "FROM rust\nFROM scratch\nEXPOSE 80\nCMD [\"/shop-api\"]\n"),
        ("web/Cargo.toml", "[package]\nname = \"web\"\n"),
        ("web/src/main.rs", "fn main() {}\n"),
        ("web/Dockerfile", "FROM rust\nRUN cargo build --target wasm32-wasi\n"),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.added, ["api"]);
    assert!(
        text.text.contains("directory  = \".\"") && text.text.contains("package = \"shop-api\"\n"),
        "{}",
        text.text
    );
    assert_eq!(unknowns, ["web: kind: there is no kind for WebAssembly"]);
}

#[test]
fn twins_get_names_after_their_directories() {
    let main = "if __name__ == '__main__': pass\n";
    let files = [
        ("one/api/main.py", main),
        ("one/api/requirements.txt", ""),
        ("two/api/main.py", main),
        ("two/api/requirements.txt", ""),
    ];
    assert_eq!(described(&files).0.added, ["api", "two-api"]);
}

#[test]
fn options_and_arguments_of_a_command_line_are_kept() {
    let files = [
        (
            "j/Dockerfile",
            "FROM eclipse-temurin\nENV JAVA_TOOL_OPTIONS=-javaagent:/x.jar\nCMD [\"java\", \"-Xmx1g\", \"-javaagent:/a.jar\", \"-jar\", \"j.jar\", \"--fast\"]\n",
        ),
        ("j/pom.xml", "spring-boot-maven-plugin"),
        ("g/Dockerfile", "FROM golang AS build\nFROM scratch\nENTRYPOINT [\"/g\", \"serve\"]\n"),
        ("g/go.mod", "module g\n"),
        ("g/main.go", "package main\n\nfunc main() {}\n"),
    ];
    let (text, unknowns) = described(&files);
    assert!(text.text.contains("options   = [\"-Xmx1g\"]\narguments = [\"--fast\"]\n"), "{}", text.text);
    assert!(text.text.contains("[services.g.go]\narguments = [\"serve\"]\n"), "{}", text.text);
    assert_eq!(
        unknowns,
        [
            "j: env: JAVA_TOOL_OPTIONS names a path that the image may not have: -javaagent:/x.jar",
            "j: java.agent: the Dockerfile says -javaagent:/a.jar",
        ]
    );
}

#[test]
fn a_service_of_grpc_is_asked_by_its_own_protocol() {
    let files = [
        ("g/Dockerfile", "FROM golang\nEXPOSE 5050\n"),
        ("g/go.mod", "module g\n"),
        ("g/main.go", "package main\n\nfunc main() { healthpb.RegisterHealthServer(s, h) }\n"),
    ];
    let text = entries(&files);
    assert!(
        !text.contains("func") && text.contains("health    = { grpc = 5050 }  # guessed: main.go serves"),
        "{text}"
    );
}

/// Runs the program in a directory.
fn init(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
    command.arg("init").args(arguments).current_dir(directory).output().unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_second_run_adds_what_is_new_and_changes_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "a/main.py", "if __name__ == '__main__': pass\n");
    write(root, "a/requirements.txt", "");
    write(root, "c/package.json", "{\"scripts\":{\"start\":\"node c.js\"}}");
    write(root, "c/Dockerfile", "FROM node\n");
    assert!(init(root, &[]).status.success());
    let first = fs::read_to_string(root.join("services.toml")).unwrap();
    assert_eq!(String::from_utf8_lossy(&init(root, &[]).stdout), "services.toml: nothing new\n");
    assert_eq!(fs::read_to_string(root.join("services.toml")).unwrap(), first);

    let renamed = first.replace("[services.a", "[services.alpha");
    fs::write(root.join("services.toml"), &renamed).unwrap();
    write(root, "b/main.py", "if __name__ == '__main__': pass\n");
    write(root, "b/requirements.txt", "");
    assert!(init(root, &[]).status.success());
    let second = fs::read_to_string(root.join("services.toml")).unwrap();
    let added = second.strip_prefix(renamed.as_str()).expect("what was there is there still");
    assert!(added.contains("[services.b]") && !added.contains("[services.a]"), "{added}");
    fleet::load(&second).unwrap();
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "a/main.py", "if __name__ == '__main__': pass\n");
    write(directory.path(), "a/requirements.txt", "");
    let output = init(directory.path(), &["--dry-run"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("[services.a]"));
    assert!(!directory.path().join("services.toml").exists());
}

#[test]
fn what_git_ignores_and_links_are_not_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, ".gitignore", "ignored\n");
    for place in ["ignored/a", "node_modules/b", "tests/c", "vendor/d", ".hidden/e"] {
        write(root, &format!("{place}/main.py"), "if __name__ == '__main__': pass\n");
        write(root, &format!("{place}/requirements.txt"), "");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("ignored/a", root.join("link")).unwrap();
    let output = init(root, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(!root.join("services.toml").exists());
}

/// Names and texts that detection has rules for, and what breaks rules.
fn path() -> impl Strategy<Value = String> {
    let directory = prop::sample::select(vec!["", "a", "a/b", "Ä b", "a/src", "on", "1.5", "x\u{7f}y"]);
    let file = prop::sample::select(vec![
        "Dockerfile",
        "compose.yaml",
        "go.mod",
        "main.go",
        "pom.xml",
        "build.gradle",
        "A.csproj",
        "Cargo.toml",
        "src/main.rs",
        "package.json",
        "requirements.txt",
        "pyproject.toml",
        "uv.lock",
        "main.py",
        "manage.py",
        ".env",
        "src/main/java/A.java",
    ]);
    (directory, file).prop_map(|(d, f)| if d.is_empty() { f.to_owned() } else { format!("{d}/{f}") })
}

fn content() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "FROM python:3\nEXPOSE 0 8080\nCMD [\"python\", \"main.py\", \"\\u0007\"]\n",
        "FROM golang\nRUN go build ./b\nCMD x $Y\n",
        "services:\n  Web_1:\n    build: .\n    ports: [99999, 80]\n    depends_on: [b, Web_1]\n    environment: [\"A=\\x07\", B]\n  b:\n    build: a\n    depends_on: [Web_1]\n",
        "package main\nfunc main() {}\n",
        "<mainClass>a b</mainClass><modules>",
        "id 'application'\nmainClass = 'x'",
        "Microsoft.NET.Sdk.Web\"",
        "[package]\nname = \"x\"\n",
        "{\"scripts\":{\"start\":\"node a.js\",\"build\":\"x\"},\"dependencies\":{\"vite\":\"1\"}}",
        "app = FastAPI()\n",
        "app: Flask = flask.Flask(\n__main__",
        "[project]\nname = 'x'",
        "public static void main(",
        "module x\n",
    ]);
    prop_oneof![known.prop_map(ToOwned::to_owned), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_described_by_a_text_that_loads(files in prop::collection::vec((path(), content()), 0..14)) {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (text, _) = described(&files);
        prop_assert!(toml::from_str::<toml::Table>(&format!("{HEAD}{}", text.text)).is_ok(), "{}", text.text);
    }
}

/// A service that is there already is one that a new one can depend on.
#[test]
fn a_second_run_keeps_dependencies_on_what_is_described() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let program = "if __name__ == '__main__': pass\n";
    write(root, "a/main.py", program);
    write(root, "a/requirements.txt", "");
    write(root, "a/Dockerfile", "FROM python:3.13\nEXPOSE 80\n");
    write(root, "compose.yaml", "services:\n  a:\n    build: a\n");
    assert!(init(root, &[]).status.success());
    write(root, "b/main.py", program);
    write(root, "b/requirements.txt", "");
    write(root, "b/Dockerfile", "FROM python:3.13\nEXPOSE 81\n");
    write(root, "compose.yaml", "services:\n  a:\n    build: a\n  b:\n    build: b\n    depends_on: [a]\n");
    assert!(init(root, &[]).status.success());
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    let (_, added) = text.split_once("[services.b]").unwrap();
    assert!(added.contains("depends_on = [\"a\"]"), "{text}");
}

#[test]
fn credentials_are_secrets_whatever_they_are_called() {
    let names = ["MYSQL_PWD", "GOOGLE_CREDENTIALS", "AWS_ACCESS_KEY_ID", "KEY_PASSPHRASE"];
    let environment: String = names.map(|name| format!("      {name}: hunter2\n")).concat();
    let compose = format!("services:\n  a:\n    build: a\n    environment:\n{environment}");
    let (text, _) = described(&[
        ("compose.yaml", &compose),
        ("a/main.py", "if __name__ == '__main__': pass\n"),
        ("a/requirements.txt", ""),
        ("a/Dockerfile", "FROM python:3.13\n"),
    ]);
    assert!(!text.text.contains("hunter2") && text.text.contains("secrets"), "{}", text.text);
}

/// What cannot be looked into may hold services, so it is said.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "a/main.py", "if __name__ == '__main__': pass\n");
    write(root, "a/requirements.txt", "");
    write(root, "b/main.py", "");
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(root, 0o755);
    mode(&root.join("b"), 0o000);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        // Root reads everything, and so tries as nobody.
        if fs::read_dir(root.join("b")).is_ok() {
            command.uid(65534).gid(65534);
        }
        command.args(arguments).current_dir(root).output()
    };
    if !run(&["--version"]).is_ok_and(|output| output.status.success()) {
        mode(&root.join("b"), 0o755);
        return println!("skipped: nobody cannot start the program from here");
    }
    let output = run(&["init", "--dry-run"]).unwrap();
    mode(&root.join("b"), 0o755);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("warning: cannot read ./b: "), "{said}");
}

#[test]
fn a_port_that_a_program_reads_and_no_file_sets_is_given_to_it() {
    let files = |code| {
        entries(&[
            ("web/Dockerfile", "FROM node:24\nEXPOSE 7000\nCMD [\"node\", \"server.js\"]\n"),
            ("web/server.js", code),
            ("web/package.json", "{\"dependencies\":{}}"),
            ("web/package-lock.json", "{}"),
        ])
    };
    let text = files("server.bindAsync(`[::]:${process.env.PORT}`)\n");
    assert!(
        text.contains("\n[services.web.env]\nPORT = \"7000\"  # guessed: server.js reads it\n"),
        "{text}"
    );
    assert!(!files("listen(process.env.PORT_OF_OTHERS)\n").contains("PORT ="));
}
