//! `dockwright init`: trees that nobody has described, and what is written for them.

#[path = "init/compose.rs"]
mod compose;
#[path = "init/corners.rs"]
mod corners;
#[path = "init/image.rs"]
mod image;
#[path = "init/listens.rs"]
mod listens;
#[path = "init/lost.rs"]
mod lost;
#[path = "init/mounts.rs"]
mod mounts;
#[path = "init/needs.rs"]
mod needs;

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
ports     = [8000]  # guessed: its Dockerfile exposes it
health    = { http = \"/health\" }  # guessed: main.py names the route

[services.web.python]
requirements = [\"requirements.txt\"]
app          = \"main:app\"
";
    assert_eq!(entries(&files), expected);
}

#[test]
fn hashes_are_required_where_every_requirements_file_has_them() {
    let hashed = "uvicorn==0.30 \\\n    --hash=sha256:00\n";
    let files = |requirements| {
        entries(&[
            ("web/Dockerfile", "FROM python:3.13\nEXPOSE 8000\nCMD [\"uvicorn\", \"main:app\"]\n"),
            ("web/main.py", "app = FastAPI()\n"),
            ("web/requirements.txt", requirements),
        ])
    };
    assert!(files(hashed).contains("\nrequire_hashes = true\n"), "{}", files(hashed));
    assert!(!files("uvicorn==0.30\n").contains("require_hashes"));
    // What is guessed beside them has no hash.
    let text = files("fastapi==0.1 --hash=sha256:00\n");
    assert!(text.contains("packages ") && !text.contains("require_hashes"), "{text}");
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
fn a_package_with_a_main_file_is_a_module() {
    let main = "import uvicorn\nuvicorn.run(\"orders.web:make\", factory=True, port=7070)\n";
    let files = [
        ("orders/requirements.txt", "uvicorn\n"),
        ("orders/orders/__init__.py", ""),
        ("orders/orders/__main__.py", main),
        ("orders/main.py", "if __name__ == '__main__': pass\n"),
    ];
    let text = entries(&files);
    let module = "module       = \"orders\"  # guessed: `python -m` runs its __main__.py\n";
    assert!(text.contains(module), "{text}");
    assert!(text.contains("ports     = [7070]  # guessed: orders/__main__.py names it"), "{text}");

    let of_dockerfile = |command: &str| {
        let dockerfile = format!("FROM python:3\nWORKDIR /app\nCOPY . .\nCMD {command}\n");
        let mut files = files.to_vec();
        files.push(("orders/Dockerfile", &dockerfile));
        entries(&files)
    };
    let text = of_dockerfile("[\"python\", \"-m\", \"orders\"]");
    assert!(text.contains("module       = \"orders\"\n"), "{text}");
    let text = of_dockerfile("python orders --quiet");
    assert!(text.contains("command      = [\"orders/__main__.py\", \"--quiet\"]\n"), "{text}");
}

#[test]
fn a_package_below_src_needs_its_project() {
    let files = [
        ("orders/pyproject.toml", "[project]\nname = \"orders\"\ndependencies = [\"aiohttp\"]\n"),
        ("orders/src/orders/__main__.py", "web.run_app(app, port=7070)\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("module       = \"orders\"  # guessed: "), "{text}");
    assert!(
        text.contains("project      = true  # guessed: orders lies in src, where Python does not look"),
        "{text}"
    );
}

#[test]
fn patterns_of_go_with_a_method_are_health_routes() {
    let health = |pattern: &str| {
        let code = format!(
            "package main\nfunc main() {{ mux.HandleFunc({pattern}, h); http.ListenAndServe(\":8080\", mux) }}\n"
        );
        entries(&[("api/go.mod", "module api\n"), ("api/main.go", &code)])
    };
    let route = "health    = { http = \"/healthz\" }  # guessed: main.go names the route\n";
    assert!(health("\"GET /healthz\"").contains(route));
    assert!(health("`GET /healthz`").contains(route));
    // No other method answers a health check.
    assert!(!health("\"POST /healthz\"").contains(route));
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
        ("web/app.py", "run(port=5000)\n"),
        ("jobs/Dockerfile", "FROM python:3\n"),
        ("jobs/jobs.py", ""),
    ];
    let text = entries(&files);
    for part in [
        "[services.shop]\ndirectory  = \"web\"\nports      = [5000]\n",
        "settings   = [\"TOPIC\"]\nsecrets    = [\"DB_PASSWORD\"]  # guessed: ",
        "depends_on = [\"worker\"]\n\n[services.shop.env]\nMODE = \"fast\"\n",
        "[services.worker]\ndirectory = \"jobs\"\nports     = [9000]  # guessed: a Compose file names it\n",
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
    assert!(
        text.contains("ports     = [7000]  # guessed: a Compose file names it\n")
            && text.contains("settings  = [\"THING\"]"),
        "{text}"
    );
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
        ("orders/src/main/java/shop/Main.java", "class Main { public static void main(String[] a) {} }"),
        ("orders/src/main/resources/application.properties", "server.port=8085\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("build  = \"maven\"\nmodule = \"orders\"\n"), "{text}");
    assert!(text.contains("ports      = [8085]  # guessed: set in application.properties"), "{text}");
    assert!(text.contains("health     = { http = \"/actuator/health\" }  # guessed: "), "{text}");
}

#[test]
fn a_java_program_without_a_framework_listens_where_its_code_says() {
    let code = "package shop;\npublic class Basket {\n  public static void main(String[] arguments) {\n    \
                HttpServer.create(new InetSocketAddress(8090), 0).start();\n  }\n}\n";
    let files = [
        ("compose.yaml", "services:\n  basket:\n    build: basket\n"),
        ("basket/pom.xml", "<project></project>"),
        ("basket/src/main/java/shop/Basket.java", code),
    ];
    let entry = entries(&files);
    let port = "ports     = [8090]  # guessed: src/main/java/shop/Basket.java names it\n";
    assert!(entry.contains(port), "{entry}");
    let main = "main  = \"shop.Basket\"  # guessed: it is the only class with a `main` method\n";
    assert!(entry.contains(main), "{entry}");
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
            "proxy: kind: its program cannot be determined; its image is based on nginx",
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
    // It installs the packages of the front end, which would start by itself.
    let copies =
        "FROM node:22\nWORKDIR /app\nCOPY ./web/package.json ./web/package-lock.json ./\nRUN npm ci\n";
    let files = [
        ("compose.yaml", "services:\n  web:\n    build: {context: ., dockerfile: web/Dockerfile}\n"),
        ("web/Dockerfile", &format!("{copies}COPY web .\nRUN npm run build\nCMD [\"npm\", \"start\"]\n")),
        ("web/genproto/Dockerfile", copies),
        ("web/package.json", PACKAGE),
        ("web/package-lock.json", "{}"),
        ("web/app/page.tsx", ""),
    ];
    assert_eq!(described(&files).0.added, ["web"]);
}

const PACKAGE: &str = r#"{"name": "web", "scripts": {"build": "next build", "start": "next start"}, "dependencies": {"next": "15"}}"#;

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
        ("a/main.py", "listen(8000)\n"),
    ];
    let (text, unknowns) = described(&files);
    let text = text.text;
    assert!(!text.contains("hidden") && !text.contains("PIP"), "{text}");
    assert!(text.contains("ports      = [8000]\n") && text.contains("secrets    = [\"DB\"]"), "{text}");
    assert!(text.contains("MODE = \"fast\"\nQUEUE = \"amqp://mq:5672\"\n"), "{text}");
    let expected = [
        "a: dockerfile: not carried over from a/Dockerfile: ENV API_KEY",
        "a: env: ROOT names a path that may not exist in the image: /srv",
        "a: publish: compose.yaml publishes 8000, 5678: the engine chooses the port of the host",
    ];
    assert_eq!(unknowns, expected);
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
        ("Cargo.lock", ""),
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

/// `go mod download` fails where go.mod is alone and puts a directory in the place of a module.
#[test]
fn modules_beside_a_go_program_are_part_of_its_build() {
    let main = "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n";
    let replaced = entries(&[
        (
            "services/orders/go.mod",
            "module shop/orders\nrequire shop/common v0.0.0\nreplace shop/common => ../../common\n",
        ),
        ("services/orders/main.go", main),
        ("services/orders/Dockerfile", "FROM golang\nRUN go build .\nCMD [\"/orders\"]\n"),
        ("common/go.mod", "module shop/common\n"),
        ("common/log.go", "package common\n"),
    ]);
    for said in [
        "directory  = \".\"",
        "sources    = [\"services/orders\", \"common\"]\n",
        "module  = \"services/orders\"\nmodules = [\"common\"]\n",
    ] {
        assert!(replaced.contains(said), "{said}: {replaced}");
    }
    let inside = entries(&[
        ("api/go.mod", "module shop/api\nreplace shop/log => ./log\n"),
        ("api/main.go", main),
        ("api/log/go.mod", "module shop/log\n"),
    ]);
    assert!(inside.contains("directory = \"api\"") || !inside.contains("directory"), "{inside}");
    assert!(inside.contains("[services.api.go]\nmodules = [\"log\"]\n"), "{inside}");
}

#[test]
fn members_of_a_go_workspace_start_at_its_root_if_they_need_each_other() {
    let main = "package main\nfunc main() {}\n";
    let text = entries(&[
        ("go.work", "go 1.24\nuse (\n\t./api\n\t./tool // alone\n\t./common\n)\n"),
        ("api/go.mod", "module shop/api\nrequire shop/common v0.0.0\n"),
        ("api/main.go", main),
        ("api/Dockerfile", "FROM golang\nEXPOSE 80\nCMD [\"/api\"]\n"),
        ("tool/go.mod", "module shop/tool\n"),
        ("tool/main.go", main),
        ("tool/Dockerfile", "FROM golang\nEXPOSE 80\nCMD [\"/tool\"]\n"),
        ("common/go.mod", "module shop/common\n"),
        ("common/log.go", "package common\n"),
    ]);
    let api = "module  = \"api\"\nmodules = [\"common\", \"tool\"]\n";
    assert!(
        text.contains(api) && text.contains("sources    = [\"api\", \"common\", \"tool\", \"go.work\"]\n"),
        "{text}"
    );
    let tool = text.split("[services.tool]").nth(1).unwrap();
    assert!(!tool.contains("modules") && !tool.contains("directory  = \".\""), "{text}");
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
            "g: ports: no file names a port: if it listens, say where, and how to ask for its health",
            "j: env: JAVA_TOOL_OPTIONS names a path that may not exist in the image: -javaagent:/x.jar",
            "j: java.agent: the Dockerfile loads -javaagent:/a.jar",
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
    let state = tempfile::tempdir().unwrap();
    // Whose it is matters: the state of a run is kept there.
    let _ = std::os::unix::fs::chown(state.path(), Some(65534), Some(65534));
    mode(&root.join("b"), 0o000);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dockwright"));
        // Root reads everything, and so tries as nobody.
        if fs::read_dir(root.join("b")).is_ok() {
            command.uid(65534).gid(65534);
        }
        command.args(arguments).current_dir(root).env("XDG_STATE_HOME", state.path()).output()
    };
    if !run(&["--version"]).is_ok_and(|output| output.status.success()) {
        mode(&root.join("b"), 0o755);
        return println!("skipped: nobody cannot start the program from here");
    }
    let said = |arguments: &[&str]| {
        let output = run(arguments).unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let init = said(&["init", "--dry-run"]);
    let import = said(&["import", "b/Dockerfile"]);
    let rebase = said(&["rebase", "debian12", "debian13", "--dry-run", "."]);
    mode(&root.join("b"), 0o755);
    let message = "warning: cannot read `./b`: permission denied; nothing in it is described\n";
    assert!(init.0 == Some(0) && init.1.contains(message), "{init:?}");
    let remedy = "permission denied\nhint: change its owner or its mode\n";
    assert!(
        import.0 == Some(2) && import.1 == format!("error: cannot read `b/Dockerfile`: {remedy}"),
        "{import:?}"
    );
    assert!(rebase.0 == Some(2) && rebase.1.ends_with(&format!("/b`: {remedy}")), "{rebase:?}");
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

#[test]
fn sites_have_their_tool_s_output_and_what_nginx_passes_on() {
    let text = entries(&[
        ("web/Dockerfile", "FROM node:24 AS build\nRUN yarn build\nFROM nginx\nEXPOSE 80\n"),
        (
            "web/package.json",
            r#"{"scripts":{"build":"vite build","start":"vite"},"devDependencies":{"vite":"7"}}"#,
        ),
        ("web/yarn.lock", "# yarn lockfile v1\n"),
        ("web/nginx.conf", "location /api/ {\n  proxy_pass http://api:8080;\n}\n"),
        ("page/Dockerfile", "FROM nginx\nCOPY . /usr/share/nginx/html\n"),
        ("page/index.html", "<title>page</title>"),
    ]);
    let site = "[services.web.static]
manager  = \"yarn-classic\"
output   = \"dist\"  # guessed: vite's own default
fallback = true  # guessed: vite mostly builds a single page
proxy    = { \"/api\" = \"http://api:8080\" }  # guessed: nginx.conf proxies them
";
    assert!(text.contains(site), "{text}");
    assert!(text.contains("ports     = [8080]  # guessed: the file server's own default\n"), "{text}");
    assert!(text.contains("[services.page.static]\n"), "{text}");
}

#[test]
fn members_of_a_javascript_workspace_start_at_its_root() {
    let (text, unknowns) = described(&[
        ("pnpm-lock.yaml", ""),
        ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
        ("package.json", r#"{"private":true}"#),
        ("apps/shop/package.json", r#"{"scripts":{"build":"next build"},"dependencies":{"next":"16"}}"#),
        ("apps/shop/next.config.js", "module.exports = { output: 'standalone' }"),
    ]);
    let text = text.text;
    assert!(text.contains("directory  = \".\"\n") && text.contains("[services.shop.node]\n"), "{text}");
    assert!(text.contains("manager   = \"pnpm\"\nworkspace = \"apps/shop\"\nnext      = true\n"), "{text}");
    assert!(unknowns.iter().any(|line| line.contains("`packageManager`")), "{unknowns:?}");
}

#[test]
fn a_program_of_a_package_is_a_file_that_the_lock_file_names() {
    let lock = r#"{"packages":{"node_modules/fastify-cli":{"bin":{"fastify":"cli.js"}}}}"#;
    let text = entries(&[
        ("api/package.json", r#"{"scripts":{"start":"fastify start app.js"}}"#),
        ("api/package-lock.json", lock),
    ]);
    let table = "server    = \"node_modules/fastify-cli/cli.js\"  # guessed: from the lock file
arguments = [\"start\",\"app.js\"]
";
    assert!(text.replace(", \"", ",\"").contains(table), "{text}");
}

#[test]
fn what_a_last_stage_has_beside_its_program_is_an_asset() {
    let text = entries(&[
        (
            "shop/Dockerfile",
            "FROM golang AS build\nWORKDIR /src\nCOPY . .\nRUN go build -tags netgo,x -o /out .\nFROM scratch\nWORKDIR /srv\n\
             COPY --from=build /out ./\nCOPY --from=build /src/static ./static\nCOPY templates ./templates\n\
             COPY conf/shop.yml ./shop.yml\n",
        ),
        ("shop/go.mod", "module shop\n"),
        ("shop/main.go", "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"),
        ("shop/static/a.css", "a"),
        ("shop/templates/a.html", "a"),
        ("shop/conf/shop.yml", "a: b"),
    ]);
    assert!(text.contains("tags   = [\"netgo\", \"x\"]\nassets = [\"static\", \"templates\"]\n"), "{text}");
    let moved =
        "extra     = { final = [\"COPY shop/conf/shop.yml /app/shop.yml\"] }  # guessed: its Dockerfile";
    assert!(text.contains(moved), "{text}");
}

#[test]
fn what_code_names_and_is_there_is_an_asset() {
    let text = entries(&[
        ("shop/go.mod", "module shop\n"),
        (
            "shop/main.go",
            "package main\n//go:embed sql\nfunc main() { load(\"./config/shop.json\", \"sql/a.sql\", \"nowhere/x\"); \
             http.ListenAndServe(\":8080\", nil) }\n",
        ),
        ("shop/config/shop.json", "{}"),
        ("shop/sql/a.sql", ""),
    ]);
    assert!(text.contains("config/shop.json") && text.contains("# guessed: main.go names"), "{text}");
}

#[test]
fn what_a_dockerfile_takes_from_elsewhere_is_brought_by_instructions() {
    let text = entries(&[
        (
            "compose.yaml",
            "services:\n  ad:\n    build: {context: ., dockerfile: src/ad/Dockerfile}\n  pay:\n    build: {context: ., \
             dockerfile: src/pay/Dockerfile}\n",
        ),
        (
            "src/ad/Dockerfile",
            "FROM maven AS build\nWORKDIR /work\nCOPY src/ad/ ./\nCOPY pb/ ./proto\nRUN mvn package\nFROM \
             eclipse-temurin\nCOPY --from=build /work/target/ad.jar .\nCMD java -jar ad.jar\n",
        ),
        ("src/ad/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
        ("src/ad/src/main/java/Ad.java", "class Ad {}"),
        (
            "src/pay/Dockerfile",
            "FROM node\nWORKDIR /usr/src/app\nCOPY src/pay/ ./\nCOPY pb/shop.proto shop.proto\nCMD [\"node\", \
             \"--require=./trace.js\", \"index.js\"]\n",
        ),
        ("src/pay/package.json", "{}"),
        ("src/pay/index.js", "listen(50051)"),
        ("pb/shop.proto", ""),
    ]);
    assert!(text.contains("extra     = { build = [\"COPY pb/ /src/proto/\"] }"), "{text}");
    assert!(text.contains("extra     = { final = [\"COPY pb/shop.proto /app/shop.proto\"] }"), "{text}");
    assert!(text.contains("options = [\"--require=./trace.js\"]  # guessed: "), "{text}");
}

#[test]
fn secrets_that_compose_mounts_are_files_of_the_service() {
    let text = entries(&[
        (
            "compose.yaml",
            "services:\n  api:\n    build: api\n    secrets: [db-password, {source: key, target: /etc/key}]\n    \
             environment: {DB_PASSWORD: /run/secrets/db-password, DSN: 'host=db password=x', SALT: abc, URL: 'a'}\n    \
             volumes: ['data:/srv/data', './api:/srv', '/srv/node_modules']\n    tmpfs: [/tmp, /srv/cache]\n",
        ),
        ("api/Dockerfile", "FROM node\nWORKDIR /srv\nCOPY . .\nCMD [\"node\", \"a.js\"]\n"),
        ("api/package.json", "{}"),
        ("api/a.js", "listen(8080)"),
    ]);
    let files = "secret_files = { DB_PASSWORD = \"/run/secrets/db-password\", KEY = \"/etc/key\" }\n";
    assert!(text.contains(files), "{text}");
    assert!(text.contains("secrets      = [\"DSN\", \"SALT\"]"), "{text}");
    assert!(text.contains("DB_PASSWORD = \"/run/secrets/db-password\"\nURL = \"a\"\n"), "{text}");
    assert!(text.contains("volumes      = [\"/app/data\"]\nwritable     = [\"/app/cache\"]\n"), "{text}");
    assert!(!text.contains("tmp "), "{text}");
}

#[test]
fn health_checks_ask_a_service_by_its_own_name_and_without_a_scheme() {
    let health = |test: &str| {
        let compose = format!(
            "services:\n  api:\n    build: api\n    container_name: shop-api\n    ports: [8080]\n    healthcheck: {{test: \
             {test}}}\n"
        );
        let text = entries(&[
            ("compose.yaml", &compose),
            ("api/Dockerfile", "FROM node\nCMD [\"node\", \"a.js\"]\n"),
            ("api/package.json", "{}"),
            ("api/a.js", "get('/status', '/health'); listen(8080)"),
        ]);
        text.lines().find(|line| line.starts_with("health")).unwrap().to_owned()
    };
    assert_eq!(health("[CMD, wget, -q, 'http://api:8080/live']"), "health    = { http = \"/live\" }");
    assert_eq!(health("[CMD, wget, -q, 'http://shop-api:8080/live']"), "health    = { http = \"/live\" }");
    assert_eq!(health("'curl --fail localhost:8080/up || exit 1'"), "health    = { http = \"/up\" }");
    let any = "health    = { http = \"/\", status = \"200-599\" }";
    assert_eq!(health("[CMD, curl, -I, 'http://api:8080']"), any);
    assert_eq!(health("[CMD-SHELL, 'nc -z localhost 8080']"), "health    = { tcp = 8080 }");
    assert_eq!(health("[CMD, /bin/grpc_health_probe, '-addr=:8080']"), "health    = { grpc = 8080 }");
    // A customary route of the code says more than an open port.
    let route = "health    = { http = \"/health\" }  # guessed: a.js names the route";
    assert_eq!(health("[CMD, node, check.js]"), route);
}

#[test]
fn the_stage_that_compose_builds_is_the_service() {
    let files = |target: &str| {
        let compose = format!("services:\n  api:\n    build: {{context: api, target: {target}}}\n");
        entries(&[
            ("compose.yaml", &compose),
            (
                "api/Dockerfile",
                "FROM node AS base\nFROM base AS api\nCMD [\"node\", \"api.js\"]\nFROM base AS worker\nCMD [\"node\", \
                 \"worker.js\"]\nFROM base AS dev-envs\nCMD [\"node\", \"dev.js\"]\n",
            ),
            ("api/package.json", "{}"),
            ("api/api.js", "listen(8080)"),
            ("api/worker.js", ""),
        ])
    };
    assert!(files("api").contains("server = \"api.js\"\n"), "{}", files("api"));
    assert!(files("worker").contains("server = \"worker.js\"\n"));
    // A stage for development is none of a service.
    assert!(files("dev-envs").contains("server = \"worker.js\"\n"));
}

#[test]
fn what_an_override_adds_is_a_guess() {
    let text = entries(&[
        (
            "docker-compose.yml",
            "x-common: &common\n  ports: [8080]\nservices:\n  api:\n    <<: *common\n    build: api\n    environment: {A: \
             '1'}\n  db:\n    build: db\n",
        ),
        (
            "docker-compose.override.yml",
            "services:\n  api:\n    environment: {B: '2', NODE_ENV: development}\n    depends_on: [db]\n    command: \
             nodemon a.js\n",
        ),
        ("api/Dockerfile", "FROM node\nCMD [\"node\", \"a.js\"]\n"),
        ("api/package.json", "{}"),
        ("api/a.js", "listen(8080)"),
        ("db/Dockerfile", "FROM node\nCMD [\"node\", \"db.js\"]\n"),
        ("db/package.json", "{}"),
        ("db/db.js", "listen(1)\nlisten(5432)"),
    ]);
    assert!(text.contains("A = \"1\"\nB = \"2\"  # guessed: the override of the Compose file"), "{text}");
    assert!(text.contains("NODE_ENV = \"development\"  # guessed: "), "{text}");
    assert!(text.contains("depends_on = [\"db\"]") && text.contains("server = \"a.js\"\n"), "{text}");
    assert!(text.contains("ports      = [8080]\n"), "{text}");
}

#[test]
fn a_start_script_that_starts_one_program_is_followed() {
    let files = |script: &str| {
        described(&[
            (
                "api/Dockerfile",
                "FROM python:3.13\nWORKDIR /srv\nCOPY . .\nENTRYPOINT [\"./start.sh\"]\nCMD [\"gunicorn\", \"-b\", \
                 \":8000\", \"shop:app\"]\n",
            ),
            ("api/requirements.txt", "gunicorn\nalembic\n"),
            ("api/shop.py", "app = Flask()\n"),
            ("api/start.sh", script),
        ])
    };
    let (text, unknowns) = files("#!/bin/sh\nset -e\nalembic upgrade head\nexec \"$@\"\n");
    let script = "script       = [\"gunicorn\", \"-b\", \":8000\", \"shop:app\"]\n";
    assert!(text.text.contains(script), "{}", text.text);
    assert!(
        text.text.contains("before    = [[\"/opt/venv/bin/alembic\", \"upgrade\", \"head\"]]"),
        "{}",
        text.text
    );
    assert!(unknowns.is_empty(), "{unknowns:?}");
    let (text, unknowns) = files("#!/bin/sh\nif [ -n \"$A\" ]; then\n  b\nfi\nexec \"$@\"\n");
    assert!(text.text.contains(script), "{}", text.text);
    assert_eq!(unknowns, ["api: start: start.sh does more than start the program"]);
}

#[test]
fn variables_that_no_file_sets_are_put_in_when_it_starts() {
    let text = entries(&[
        (
            "load/Dockerfile",
            "FROM python:3.13\nENV LEVEL=info OPTIONS=\"-x -y\"\nENTRYPOINT locust --host=\"http://${ADDRESS}\" \
             --level=$LEVEL -u \"${USERS:-10}\" $OPTIONS $MORE 2>&1\n",
        ),
        ("load/requirements.txt", "locust\n"),
        ("load/locustfile.py", ""),
    ]);
    let words = "script       = [\"locust\", \"--host=http://{env:ADDRESS}\", \"--level=info\", \"-u\", \
                 \"{env:USERS:-10}\", \"-x\", \"-y\"]  # guessed: in place of variables: LEVEL = info, OPTIONS = -x -y\n";
    assert!(text.contains(words), "{text}");
    assert!(text.contains("settings  = [\"ADDRESS\"]\n"), "{text}");
}

#[test]
fn members_of_a_uv_workspace_start_at_its_root() {
    let text = entries(&[
        (
            "pyproject.toml",
            "[project]\nname = \"all\"\n[tool.uv.workspace]\nmembers = [\"apps/*\", \"libs/*\"]\n",
        ),
        ("uv.lock", "name = \"uvicorn\"\n"),
        ("apps/api/pyproject.toml", "[project]\nname = \"shop-api\"\ndependencies = [\"fastapi\"]\n"),
        ("apps/api/main.py", "app = FastAPI()\n"),
        (
            "apps/jobs/pyproject.toml",
            "[project]\nname = \"shop-jobs\"\n[project.scripts]\njobs = \"jobs:main\"\n[build-system]\nrequires = \
             [\"hatchling\"]\n[tool.uv.sources]\ncore = { workspace = true }\n",
        ),
        ("apps/jobs/src/jobs/__init__.py", "def main(): pass\n"),
        ("libs/core/pyproject.toml", "[project]\nname = \"core\"\n"),
        ("libs/core/src/core/__init__.py", ""),
    ]);
    let api = "[services.api.python]\nlock    = \"uv.lock\"\npackage = \"shop-api\"\napp     = \"main:app\"";
    assert!(
        text.contains(api) && text.contains("sources    = [{ from = \"apps/api\", to = \".\" }]\n"),
        "{text}"
    );
    let jobs = "[services.jobs.python]\nlock    = \"uv.lock\"\npackage = \"shop-jobs\"\nproject = true\nscript  = \
                [\"jobs\"]  # guessed: ";
    assert!(text.contains(jobs), "{text}");
    assert!(!text.contains("[services.core") && !text.contains("[services.shop"), "{text}");
}

#[test]
fn a_module_that_a_dockerfile_builds_is_no_second_service() {
    let pom = "<packaging>pom</packaging><modules><module>orders</module><module>mail</module></modules>";
    let text = entries(&[
        ("pom.xml", pom),
        ("orders/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
        ("orders/src/main/java/A.java", "@SpringBootApplication class A {}"),
        (
            "orders/Dockerfile",
            "FROM openjdk\nCOPY target/orders.jar .\nEXPOSE 6000\nCMD java -Xmx100m -jar orders.jar\n",
        ),
        ("mail/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
        ("mail/src/main/java/A.java", "@SpringBootApplication class A {}"),
    ]);
    assert_eq!(text.matches("module  = \"orders\"").count(), 1, "{text}");
    assert_eq!(text.matches(".java]").count(), 2, "{text}");
}

#[test]
fn tools_and_libraries_are_no_services_and_a_root_has_room_for_others() {
    let (text, unknowns) = described(&[
        ("go.mod", "module shop\n"),
        ("cmd/api/main.go", "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"),
        ("cmd/ctl/main.go", "package main\nfunc main() {}\n"),
        ("web/package.json", r#"{"scripts":{"build":"vite build"},"devDependencies":{"vite":"7"}}"#),
        ("web/index.html", ""),
        ("lib/package.json", r#"{"scripts":{"build":"vite build"},"devDependencies":{"vite":"7"}}"#),
        ("desk/package.json", r#"{"scripts":{"build":"vite build"},"devDependencies":{"vite":"7"}}"#),
        ("desk/index.html", ""),
        ("desk/src-tauri/tauri.conf.json", "{}"),
    ]);
    assert_eq!(text.added, ["api", "web"], "{}", text.text);
    let is_told =
        |start: &str, end: &str| unknowns.iter().any(|line| line.starts_with(start) && line.contains(end));
    assert!(is_told("cmd/ctl: go:", "nothing says that it is a service"), "{unknowns:?}");
    assert!(is_told("desk: static:", "desktop"), "{unknowns:?}");
}

#[test]
fn files_above_a_project_belong_to_its_build() {
    let text = entries(&[
        ("Directory.Packages.props", "<Project/>"),
        ("src/api/api.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
    ]);
    assert!(
        text.contains("directory  = \".\"\n") && text.contains("project = \"src/api/api.csproj\"\n"),
        "{text}"
    );
}

#[test]
fn a_program_writes_where_its_command_line_and_code_say() {
    let text = entries(&[
        (
            "jobs/Dockerfile",
            "FROM python:3.13\nRUN pip install -r requirements.txt \"flower==2.0\"\nCMD [\"celery\", \"-A\", \"jobs\", \
             \"worker\", \"--logfile=logs/celery.log\"]\n",
        ),
        ("jobs/requirements.txt", "celery\n"),
        ("jobs/jobs.py", "URL = 'sqlite:///data/jobs.db'\n"),
    ]);
    assert!(
        text.contains("writable  = [\"/app/logs\"]  # guessed: its command line names logs/celery.log\n"),
        "{text}"
    );
    assert!(text.contains("volumes   = [\"/app/data\"]  # guessed: jobs.py keeps data/jobs.db\n"), "{text}");
    assert!(text.contains("packages     = [\"flower==2.0\"]\n"), "{text}");
}

#[test]
fn images_of_others_are_asked_for_and_own_ones_are_known() {
    let (text, unknowns) = described(&[
        (
            "compose.yaml",
            "services:\n  orders:\n    image: registry.example/shop-orders:1\n    environment: {A: b}\n    depends_on: \
             [db]\n  db:\n    image: postgres:18\n",
        ),
        ("orders/Dockerfile", "FROM node\nCMD [\"node\", \"a.js\"]\n"),
        ("orders/package.json", "{}"),
        ("orders/package-lock.json", "{}"),
        ("orders/a.js", "listen(8080)"),
    ]);
    assert!(text.text.contains("A = \"b\"\n"), "{}", text.text);
    assert_eq!(
        unknowns,
        [
            "images: image: Compose runs what is not built here, and nothing describes it: postgres:18 (db in compose.yaml)",
            "orders: depends_on: it depends on db of compose.yaml, which is not described",
        ]
    );
}

#[test]
fn several_directories_are_described_beside_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["a", "b", "c"] {
        write(root, &format!("{name}/main.py"), "app = FastAPI()\n");
        write(root, &format!("{name}/requirements.txt"), "fastapi\nuvicorn\n");
    }
    let output = init(root, &["a", "b"]);
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    assert!(
        text.contains("[services.a]") && text.contains("[services.b]") && !text.contains("[services.c]"),
        "{text}"
    );
    assert!(init(root, &["b", "c"]).status.success());
    let more = fs::read_to_string(root.join("services.toml")).unwrap();
    assert!(more.starts_with(&text) && more.contains("[services.c]"), "{more}");
    let refused = init(&root.join("a"), &[".", "../b"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("is not below the current directory"),
        "{refused:?}"
    );
}

#[test]
fn a_second_run_adds_a_new_member_of_a_workspace_that_is_described() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    write(root, "Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    write(root, "Cargo.lock", "");
    let main = "fn main() { TcpListener::bind(\"0.0.0.0:8080\"); }\n";
    for name in ["a", "b"] {
        write(root, &format!("{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n"));
        write(root, &format!("{name}/src/main.rs"), main);
        assert!(init(root, &[]).status.success());
        assert_eq!(String::from_utf8_lossy(&init(root, &[]).stdout), "services.toml: nothing new\n");
    }
    let text = fs::read_to_string(root.join("services.toml")).unwrap();
    assert_eq!(
        (text.matches("[services.a]").count(), text.matches("[services.b]").count()),
        (1, 1),
        "{text}"
    );
}

#[test]
fn another_python_than_that_of_the_base_is_said() {
    let (_, unknowns) = described(&[
        ("a/pyproject.toml", "[project]\nname = \"a\"\nrequires-python = \">=3.14\"\n"),
        ("a/main.py", "app = FastAPI()\n"),
        ("b/Dockerfile", "FROM python:3.9-slim\nCMD [\"python\", \"main.py\"]\n"),
        ("b/main.py", "print(1)\n"),
        ("c/Dockerfile", "FROM python:3.13\nCMD [\"python\", \"main.py\"]\n"),
        ("c/main.py", "print(1)\n"),
    ]);
    let said: Vec<&str> = unknowns.iter().filter_map(|line| line.split(", and the").next()).collect();
    assert!(said.contains(&"a: base: pyproject.toml wants Python >=3.14"), "{unknowns:?}");
    assert!(said.contains(&"b: base: its Dockerfile has Python 3.9"), "{unknowns:?}");
    assert!(!unknowns.iter().any(|line| line.starts_with("c: base")), "{unknowns:?}");
}

#[test]
fn what_has_to_be_compiled_and_what_writes_to_tmp_is_known_by_name() {
    let (text, unknowns) = described(&[
        ("a/requirements.txt", "Flask==3\nuWSGI==2.0.28\n"),
        ("a/app.py", "app = Flask(__name__)\n"),
        ("b/requirements.txt", "gradio==5\npsycopg2-binary\n"),
        ("b/main.py", "if __name__ == '__main__': launch()\n"),
    ]);
    // Every image has a /tmp of that size.
    assert!(!text.text.contains("tmp "), "{}", text.text);
    let compiled: Vec<&String> = unknowns.iter().filter(|line| line.contains("has no wheels")).collect();
    assert_eq!(compiled.len(), 1, "{unknowns:?}");
    assert!(compiled[0].starts_with("a: python.compile: uwsgi"), "{unknowns:?}");
}

const WEB: &str = "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n";

#[test]
fn a_go_program_without_a_module_is_described_and_its_go_mod_is_asked_for() {
    let dockerfile = "FROM golang:1.21 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /web .\nFROM scratch\nCOPY --from=build /web /web\nCMD [\"/web\"]\n";
    let (text, unknowns) = described(&[("web/Dockerfile", dockerfile), ("web/main.go", WEB)]);
    assert!(text.text.contains("[services.web.go]\n"), "{}", text.text);
    assert_eq!(unknowns, ["web: go: there is no go.mod: `go mod init` and `go mod tidy` make one"]);

    let files = [("web/Dockerfile", dockerfile), ("web/main.go", WEB), ("web/glide.yaml", "")];
    assert!(described(&files).1[0].contains("and Go does not read Glide's glide.yaml"));
    // A program that no Dockerfile builds may be a script.
    assert_eq!(described(&[("web/main.go", WEB)]).0.text, "");
}

#[test]
fn an_image_of_another_kind_is_not_the_language_that_builds_it() {
    let dockerfile = "FROM golang:1 AS build\nRUN go install example.org/tool@v1\nFROM grafana/k6\nCOPY --from=build /go/bin/tool /tool\nCMD [\"k6\", \"run\", \"script.js\"]\n";
    let (_, unknowns) = described(&[("load/Dockerfile", dockerfile), ("load/script.js", "")]);
    let why =
        "load: kind: its program cannot be determined; it starts `k6`; its image is based on grafana/k6";
    assert_eq!(unknowns, [why]);
}

const SPRING: &str = "<project><properties><java.version>VERSION</java.version></properties><plugins><plugin>spring-boot-maven-plugin</plugin></plugins></project>";

/// A service of Spring Boot whose image exposes 8081.
fn of_spring(version: &str, yaml: &str) -> (Text, Vec<String>) {
    let pom = SPRING.replace("VERSION", version);
    let main = "@SpringBootApplication class Shop { public static void main(String[] a) {} }";
    described(&[
        ("shop/Dockerfile", "FROM eclipse-temurin:21\nEXPOSE 8081\nCMD [\"java\", \"-jar\", \"shop.jar\"]\n"),
        ("shop/pom.xml", &pom),
        ("shop/src/main/java/Shop.java", main),
        ("shop/src/main/resources/application.yaml", yaml),
    ])
}

#[test]
fn a_port_that_is_configured_wins_over_another_one_that_is_exposed() {
    let (text, unknowns) = of_spring("21", "server:\n  port: 9090\n");
    let key = "ports     = [9090]  # guessed: set in application.yaml, but its Dockerfile exposes 8081\n";
    assert!(text.text.contains(key), "{}", text.text);
    assert_eq!(unknowns, ["shop: ports: its Dockerfile exposes 8081, and 9090 is written"]);

    let (text, unknowns) = of_spring("21", "server:\n  port: 8081\n");
    assert!(text.text.contains("ports     = [8081]\n"), "{}", text.text);
    assert!(unknowns.is_empty(), "{unknowns:?}");
}

#[test]
fn a_port_of_the_command_line_wins_and_others_are_listed() {
    let compose = "services:\n  api:\n    build: .\n    ports: [\"80:8000\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("Dockerfile", "FROM python:3\nEXPOSE 5000\nCMD [\"gunicorn\", \"-b\", \":8000\", \"app:app\"]\n"),
        ("app.py", ""),
        ("requirements.txt", "gunicorn\n"),
    ];
    let (text, unknowns) = described(&files);
    let key = "[8000]  # guessed: its command line says it, but its Dockerfile exposes 5000\n";
    assert!(text.text.contains(key), "{}", text.text);
    assert_eq!(unknowns, ["api: ports: its Dockerfile exposes 5000, and 8000 is written"]);
}

#[test]
fn another_java_than_that_of_the_base_is_said() {
    let said = |version: &str| of_spring(version, "server:\n  port: 8081\n").1;
    assert!(said("21").is_empty());
    let older = said("1.8");
    assert!(
        older[0].starts_with("shop: base: pom.xml asks for Java 8, and Java 21 builds and runs it"),
        "{older:?}"
    );
    assert!(older[0].contains("java17-debian13"), "{older:?}");
    let newer = said("25");
    assert!(
        newer[0].starts_with("shop: base: pom.xml asks for Java 25, and the built-in base has 21: "),
        "{newer:?}"
    );
    assert_eq!(said("7"), ["shop: base: pom.xml asks for Java 7, and the compiler of Java 21 begins with 8"]);
}

#[test]
fn what_bun_installs_or_runs_is_a_comment() {
    let package = |start: &str| {
        format!("{{\"scripts\":{{\"start\":\"{start}\"}},\"dependencies\":{{\"express\":\"4\"}}}}")
    };
    let text_of = |start: &str, lock: &str| {
        described(&[
            ("web/package.json", &package(start)),
            ("web/index.js", "app.listen(3000)\n"),
            (lock, "{}"),
        ])
    };
    for lock in ["web/bun.lock", "web/bun.lockb"] {
        let (text, _) = text_of("node index.js", lock);
        assert!(text.added.is_empty(), "{}", text.text);
        assert!(text.text.contains("# not yet: bun.lock"), "{}", text.text);
    }
    let (text, _) = text_of("bun index.js", "web/package-lock.json");
    assert!(text.text.contains("# not yet: Bun runs it, which no kind is for"), "{}", text.text);
    assert_eq!(text_of("node index.js", "web/package-lock.json").0.added, ["web"]);
}

#[test]
fn a_start_without_an_ending_is_the_file_that_is_there() {
    let files = [
        ("web/package.json", "{\"scripts\":{\"start\":\"node ./bin/www\"}}"),
        ("web/package-lock.json", "{}"),
        ("web/bin/www", "var port = process.env.PORT || '3000';\nserver.listen(port)\n"),
    ];
    assert!(entries(&files).contains("server = \"bin/www\"\n"), "{}", entries(&files));
}

#[test]
fn services_in_directories_called_src_are_called_after_those_above() {
    let package = "{\"scripts\":{\"start\":\"node index.js\"}}";
    let mut files = Vec::new();
    let paths: Vec<String> = ["cart", "orders"]
        .iter()
        .flat_map(|name| {
            ["package.json", "package-lock.json", "index.js"].map(|file| format!("{name}/src/{file}"))
        })
        .collect();
    for path in &paths {
        files.push((path.as_str(), if path.ends_with("e.json") { package } else { "app.listen(3000)" }));
    }
    assert_eq!(described(&files).0.added, ["cart", "orders"]);
}

#[test]
fn code_and_requirements_above_a_service_come_along() {
    let dockerfile = "FROM python:3.13\nWORKDIR /app\nCOPY shared/requirements.txt shared.txt\nCOPY services/api/requirements.txt requirements.txt\nRUN pip install -r shared.txt -r requirements.txt\nCOPY shared shared\nCOPY services/api .\nCMD [\"python\", \"main.py\"]\n";
    let files = [
        (
            "compose.yaml",
            "services:\n  api:\n    build:\n      context: .\n      dockerfile: services/api/Dockerfile\n",
        ),
        ("services/api/Dockerfile", dockerfile),
        ("services/api/requirements.txt", "flask\n"),
        ("services/api/main.py", "import shared.log\n"),
        ("shared/requirements.txt", "structlog\n"),
        ("shared/log.py", ""),
    ];
    let text = entries(&files);
    for line in [
        "directory  = \".\"\n",
        "sources    = [{ from = \"services/api\", to = \".\" }]\n",
        "COPY shared/ /app/shared/",
        "requirements = [\"shared/requirements.txt\", \"services/api/requirements.txt\"]\n",
        "command      = [\"main.py\"]\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn code_above_a_service_comes_along_if_the_whole_tree_was_copied() {
    let compose =
        "services:\n  api:\n    build:\n      context: .\n      dockerfile: services/api/Dockerfile\n";
    let dockerfile = |command: &str| {
        format!(
            "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN pip install -r services/api/requirements.txt\nCMD {command}\n"
        )
    };
    let text_of = |command: &str| {
        entries(&[
            ("compose.yaml", compose),
            ("services/api/Dockerfile", &dockerfile(command)),
            ("services/api/requirements.txt", "flask\n"),
            ("services/api/main.py", "from shared import log\nimport os\n"),
            ("shared/log.py", ""),
            ("other/log.py", ""),
        ])
    };
    let text = text_of("python services/api/main.py");
    assert!(text.contains("directory = \"services/api\"\n"), "{text}");
    assert!(text.contains("extra     = { final = [\"COPY shared/ /app/shared/\"] }  # guessed: "), "{text}");
    // A module that is named from the root needs the root.
    let text = text_of("python -m services.api.main");
    assert!(text.contains("directory  = \".\"\n"), "{text}");
    assert!(text.contains("module       = \"services.api.main\"\n"), "{text}");
}

#[test]
fn requirements_of_directories_are_no_entry_yet() {
    let files = [
        ("api/Dockerfile", "FROM python:3.13\nCMD [\"python\", \"main.py\"]\n"),
        ("api/requirements.txt", "shop-library @ ../library\n"),
        ("api/main.py", ""),
    ];
    let (text, _) = described(&files);
    assert!(text.added.is_empty(), "{}", text.text);
    assert!(text.text.contains("# not yet: its requirements name the directory ../library"), "{}", text.text);
}

#[test]
fn an_image_of_the_tree_is_what_it_is_based_on() {
    let compose = "services:\n  base:\n    image: shop/base:1\n    build: base\n  api:\n    build: api\n";
    let files = [
        ("compose.yaml", compose),
        ("base/Dockerfile", "FROM python:3.13-slim\n"),
        (
            "api/Dockerfile",
            "FROM shop/base:1\nCOPY . .\nENTRYPOINT [\"sh\", \"entry.sh\"]\nCMD [\"sh\", \"boot.sh\"]\n",
        ),
        ("api/entry.sh", "#!/bin/sh\nif true; then echo; fi\nexec gosu \"$USER\" \"$@\"\n"),
        ("api/boot.sh", "#!/bin/sh\nexec gunicorn --log-level \"$LOG_LEVEL\" --bind :8000 app:app\n"),
        ("api/app.py", ""),
        ("api/requirements.txt", "gunicorn\n"),
    ];
    let (text, unknowns) = described(&files);
    let script = "script       = [\"gunicorn\", \"--bind\", \":8000\", \"app:app\"]";
    assert!(text.text.contains(script), "{}", text.text);
    assert!(
        unknowns.contains(&"api: start: entry.sh does more than start the program".to_owned()),
        "{unknowns:?}"
    );
}

#[test]
fn go_programs_have_the_port_of_their_flag_and_the_package_that_is_started() {
    let main = "package main\nfunc main() {\n\t// port := flag.Int(\"port\", 8081, \"\")\n\tport := flag.Int(\"serverPort\", 4000, \"\")\n\thttp.ListenAndServe(addr, nil)\n}\n";
    let files = [
        ("compose.yaml", "services:\n  one:\n    build: .\n    entrypoint: users\n"),
        ("Dockerfile", "FROM golang\nCOPY tls/ tls/\nCOPY ui/ ui/\nRUN go install ./cmd/...\n"),
        ("go.mod", "module shop\n"),
        ("cmd/orders/main.go", main),
        ("cmd/users/main.go", main),
        ("tls/tls.go", "package tls\n"),
        ("ui/index.html", ""),
    ];
    let text = entries(&files);
    assert!(text.contains("package = \"./cmd/users\"\n"), "{text}");
    assert!(text.contains("ports      = [4000]  # guessed: main.go names it"), "{text}");
    // Code is no file that a program reads.
    assert!(text.contains("assets  = [\"ui\"]\n"), "{text}");
}

#[test]
fn a_configuration_in_code_names_the_port() {
    let files = [
        ("web/package.json", "{\"scripts\":{\"start\":\"node src/index.js\"}}"),
        ("web/package-lock.json", "{}"),
        ("web/src/index.js", "app.listen(config.port)\n"),
        ("web/src/config/config.js", "db: process.env.DB_PORT || 5432,\nport: process.env.PORT || 8070,\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("ports     = [8070]  # guessed: src/config/config.js names it"), "{text}");
}

#[test]
fn the_project_that_a_dockerfile_publishes_is_the_program() {
    let files = [
        (
            "src/Dockerfile",
            "FROM mcr.microsoft.com/dotnet/sdk AS build\nCOPY . .\nRUN dotnet publish \"Shop.csproj\" -o /out\nFROM mcr.microsoft.com/dotnet/aspnet\nCOPY --from=build /out .\nENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        ),
        ("src/API/Shop/Shop.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
        ("src/API/Shop/Program.cs", "app.MapHealthChecks(\"/hc\");\n"),
        ("src/Domain/Domain.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"></Project>"),
    ];
    let text = entries(&files);
    assert!(text.contains("project = \"Shop.csproj\"\n"), "{text}");
    assert!(text.contains("health    = { http = \"/hc\" }  # guessed: Program.cs names the route"), "{text}");
}

#[test]
fn libraries_documentation_and_tools_are_no_services() {
    let pom = SPRING.replace("VERSION", "21");
    let files = [
        ("common/pom.xml", pom.as_str()),
        ("common/src/main/java/Order.java", "class Order {}"),
        (
            "docs/package.json",
            "{\"scripts\":{\"build\":\"b\"},\"dependencies\":{\"@docusaurus/core\":\"3\"}}",
        ),
        ("docs/docusaurus.config.js", ""),
        (
            "scripts/report/pyproject.toml",
            "[project]\nname = \"report\"\n[project.scripts]\nreport = \"report:main\"\n",
        ),
        ("scripts/report/report.py", ""),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.text, "");
    assert!(
        unknowns.iter().any(|line| line.starts_with("docs: static: it is documentation")),
        "{unknowns:?}"
    );
    assert!(
        unknowns.iter().any(|line| line.starts_with("scripts/report: python: it lies among tools")),
        "{unknowns:?}"
    );
}

#[test]
fn long_names_that_are_taken_get_a_number() {
    let long = "a".repeat(60);
    let compose = |name: &str| format!("services:\n  {name}:\n    build: .\n");
    let dockerfile = |file: &str| format!("FROM python:3\nCMD [\"python\", \"{file}\"]\n");
    let mut files = Vec::new();
    for (directory, main) in [("x", "one.py"), ("y", "two.py")] {
        files.push((format!("{directory}/compose.yaml"), compose(&long)));
        files.push((format!("{directory}/Dockerfile"), dockerfile(main)));
        files.push((format!("{directory}/{main}"), String::new()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let names = described(&files).0.added;
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}

#[test]
fn names_of_dockerfiles_and_directories_tell_twins_apart() {
    let dockerfile = |bin: &str| format!("FROM golang\nRUN go build ./cmd/{bin}\n");
    let (one, two) = (dockerfile("stock"), dockerfile("sale"));
    let files = [
        ("go/docker/Dockerfile-stock", one.as_str()),
        ("go/docker/Dockerfile-sale", two.as_str()),
        ("go/go.mod", "module shop\n"),
        ("go/cmd/stock/main.go", WEB),
        ("go/cmd/sale/main.go", WEB),
    ];
    assert_eq!(described(&files).0.added, ["sale", "stock"]);
}

#[test]
fn a_command_of_compose_for_an_image_of_the_tree_is_that_of_the_program() {
    let compose = "services:\n  web:\n    image: registry.example/shop-web:1\n    command: [\"-api\", \"http://api:4000\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("web/Dockerfile", "FROM golang\nRUN go build -o /web .\nENTRYPOINT [\"/web\"]\n"),
        ("web/go.mod", "module web\n"),
        ("web/main.go", WEB),
    ];
    let text = entries(&files);
    assert!(text.contains("arguments = [\"-api\", \"http://api:4000\"]\n"), "{text}");
}

#[test]
fn a_published_port_that_is_the_frameworks_own_wins_over_what_an_old_dockerfile_exposes() {
    let compose = "services:\n  api:\n    build: .\n    ports: [\"5000:8080\"]\n";
    let files = [
        ("compose.yaml", compose),
        (
            "Dockerfile",
            "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nEXPOSE 80\nENTRYPOINT [\"dotnet\", \"Api.dll\"]\n",
        ),
        ("Api.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
    ];
    let (text, unknowns) = described(&files);
    let key = "[8080]  # guessed: a Compose file names it, but its Dockerfile exposes 80\n";
    assert!(text.text.contains(key), "{}", text.text);
    assert_eq!(unknowns, ["api: ports: its Dockerfile exposes 80, and 8080 is written"]);
}

#[test]
fn a_start_that_cannot_be_followed_is_listed_and_its_scripts_are_not_copied() {
    let compose = "services:\n  api:\n    build:\n      context: .\n      dockerfile: api/Dockerfile\n";
    let dockerfile = "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nWORKDIR /app\nCOPY wait.sh /wait.sh\nCOPY rules /rules\nENTRYPOINT [\"bash\", \"/wait.sh\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("api/Dockerfile", dockerfile),
        ("api/Api.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
        ("wait.sh", "until nc -z db 1433; do sleep 1; done\ndotnet Api.dll\n"),
        ("rules/one.json", "{}"),
    ];
    let (text, unknowns) = described(&files);
    assert!(
        unknowns.contains(&"api: start: wait.sh does more than start the program".to_owned()),
        "{unknowns:?}"
    );
    assert!(text.text.contains("final = [\"COPY rules/ /rules/\"]"), "{}", text.text);
}

#[test]
fn a_lock_file_that_git_ignores_is_there() {
    let tree = tempfile::tempdir().expect("a directory");
    write(tree.path(), ".gitignore", "Cargo.lock\n");
    write(tree.path(), "web/Cargo.toml", "[package]\nname = \"web\"\n[dependencies]\naxum = \"0.8\"\n");
    write(tree.path(), "web/Cargo.lock", "version = 4\n");
    write(tree.path(), "web/src/main.rs", "fn main() { axum::serve(TcpListener::bind(\"0.0.0.0:8080\")) }\n");
    let out = init(tree.path(), &["--dry-run"]);
    let (text, list) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(text.contains("[services.web.rust]"), "{text}{list}");
    assert!(!list.contains("Cargo.lock"), "{list}");
}

#[test]
fn another_node_than_that_of_the_base_is_said() {
    let said = |image: &str| {
        let dockerfile = format!("FROM {image}\nEXPOSE 3000\nCMD [\"node\", \"index.js\"]\n");
        let files = [
            ("web/Dockerfile", dockerfile.as_str()),
            ("web/package.json", "{}"),
            ("web/package-lock.json", "{}"),
            ("web/index.js", "app.listen(3000)\n"),
        ];
        described(&files).1
    };
    let why =
        "its Dockerfile has Node 7, and the built-in base 24: if that matters, name a `base` with another";
    assert_eq!(said("node:7.5.0-alpine"), [format!("web: base: {why}")]);
    assert!(said("node:24-slim").is_empty());
    assert!(said("node:lts").is_empty());
}
