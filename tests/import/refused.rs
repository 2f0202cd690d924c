//! Dockerfiles that `dockwright import` refuses.

use super::tree::{DESCRIPTION, ONE, PYTHON, Tree};

#[test]
fn wrong_input_is_told_and_nothing_changes() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE);
    tree.write("other/Dockerfile.one", ONE);
    tree.write("broken/Dockerfile", "FROM debian\nCOPT a b\nCOPY x\n");
    tree.write("empty/Dockerfile", "");
    tree.write("binary/Dockerfile", b"FROM x\n\x00\x01");
    tree.write("latin/Dockerfile", b"FROM x\nLABEL a=\xe9\n");
    tree.write("script/Dockerfile", "FROM debian:13\nENTRYPOINT [\"/start.sh\"]\n");
    tree.write("basket/Dockerfile", ONE);
    tree.write(
        "compiled/Dockerfile",
        "FROM golang:1.24-alpine AS build\nCOPY . .\nRUN go build -o /hi .\nFROM scratch\nCOPY --from=build /hi /hi\nENTRYPOINT [\"/hi\"]\n",
    );
    tree.write(
        "musl/Dockerfile",
        "FROM alpine:3.22 AS tools\nFROM gcr.io/distroless/base-debian13:nonroot\nCOPY --from=tools /usr/bin/curl /usr/bin/curl\nENTRYPOINT [\"/usr/bin/curl\", \"http://x\"]\n",
    );
    tree.write(
        "front/Dockerfile",
        "FROM node:24 AS build\nWORKDIR /app\nCOPY front/package.json .\nCOPY front .\nRUN npm ci && npm run build\nFROM nginx:1.28\nCOPY --from=build /app/dist /usr/share/nginx/html\n",
    );
    tree.write("front/package.json", "{}");
    tree.write("shell/Dockerfile", "FROM python:3.13\nENTRYPOINT [\"sh\", \"start\"]\n");
    tree.write(
        "go/Dockerfile",
        "FROM golang:1.25 AS build\nRUN go build -o /x .\nFROM gcr.io/distroless/static-debian13\nCOPY --from=build /x /x\nENTRYPOINT [\"/x\"]\n",
    );
    let cases: [(&[&str], &str); 18] = [
        (&["go/Dockerfile"], "go/Dockerfile:2:1"),
        (&["shell/Dockerfile"], "shell/Dockerfile:2:1"),
        (&["front/Dockerfile"], "nginx serves a front end built by npm, for which services.toml has no kind"),
        (&["none/Dockerfile"], "hint: name the Dockerfile, not its service or directory"),
        (&["basket/Dockerfile"], "hint: remove [services.basket] to import it again"),
        (&["services.toml"], "`services.toml` is not a Dockerfile: it has no FROM"),
        (&["one/Dockerfile", "one/../one/Dockerfile"], "`one/../one/Dockerfile` is named twice"),
        (&["--name", "basket", "one/Dockerfile"], "there is already a service `basket`"),
        (&["one/Dockerfile", "broken/Dockerfile"], "broken/Dockerfile:2:1"),
        (&["empty/Dockerfile"], "the file has no instructions"),
        (&["binary/Dockerfile"], "binary/Dockerfile:2: this is binary data"),
        (&["latin/Dockerfile"], "latin/Dockerfile:2:9: this is not UTF-8 text"),
        (&["script/Dockerfile"], "script/Dockerfile:2:1"),
        (&["compiled/Dockerfile"], "(Go), but its manifest is not here"),
        (&["musl/Dockerfile"], "the programs of alpine:3.22 need musl"),
        (&["basket/Dockerfile"], "there is already a service `basket`"),
        (&["none/Dockerfile"], "cannot read `none/Dockerfile`"),
        (&["one"], "`one` is a directory, not a Dockerfile\nhint: name the file in it: one/Dockerfile"),
    ];
    for (files, message) in cases {
        let ran = tree.run(&[&["import", "--write"], files].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{files:?}");
        assert!(ran.err.contains(message), "{files:?}: {}", ran.err);
        assert_eq!(tree.description(), DESCRIPTION, "{files:?}");
    }
    let ran = tree.run(&["import", "compiled/Dockerfile", "one/Dockerfile", "script/Dockerfile"]);
    for file in ["compiled/Dockerfile:3:1", "script/Dockerfile:2:1"] {
        assert!(ran.err.contains(file), "what is refused is told at once: {}", ran.err);
    }
    tree.write("services.toml", DESCRIPTION.replace("[fleet]", "[feet]"));
    assert_eq!(tree.run(&["import", "one/Dockerfile"]).code, Some(2));
}

#[test]
fn one_refusal_does_not_stop_the_others() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE);
    tree.write("go/Dockerfile", "FROM golang:1.25\nRUN go build -o /x .\nENTRYPOINT [\"/x\"]\n");
    tree.write("basket/Dockerfile", ONE);
    let files = ["import", "--write", "--keep-going", "go/Dockerfile", "basket/Dockerfile", "one/Dockerfile"];
    let ran = tree.run(&files);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("go/Dockerfile:2:1"), "{}", ran.err);
    assert!(ran.err.contains("there is already a service `basket`"), "{}", ran.err);
    assert!(ran.err.ends_with("2 Dockerfiles of 3 cannot be imported\n"), "{}", ran.err);
    assert!(tree.description().contains("[services.one.python]"));
    let ran = tree.run(&["import", "--keep-going", "go/Dockerfile"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "nothing is left: {}", ran.err);
}

#[test]
fn a_requirements_file_whose_path_cannot_be_said_is_refused() {
    let tree = Tree::new(Some(DESCRIPTION));
    let run = "COPY more /app/more\nRUN pip install -r \"/app/more/all of it.txt\"\nENTRYPOINT";
    tree.write("one/Dockerfile", ONE.replace("ENTRYPOINT", run));
    let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let message = "services.toml cannot express the path `more/all of it.txt` of these requirements";
    assert!(ran.err.contains(message), "{}", ran.err);
    assert_eq!(tree.description(), DESCRIPTION);
}

#[test]
fn a_command_line_that_only_a_shell_can_run_is_refused() {
    let tree = Tree::new(None);
    let cases = [
        ("CMD python -m one.main 2>&1 | tee /tmp/log", "for `|`"),
        ("CMD python migrate.py || python -m one.main", "for `||`"),
        ("CMD python other.py & python -m one.main", "for `&`"),
        ("CMD python -m one.main --workers $(nproc)", "for `$(`"),
        ("CMD ['python', 'main.py']", "this is not the exec form"),
        ("CMD python -m one.main --name ${NAME%.*}", "needs a shell for `${NAME%.*}`"),
        ("CMD cd one && python -m main", "the program starts in /srv/one"),
    ];
    for (command, message) in cases {
        tree.write("one/Dockerfile", format!("{PYTHON}{command}\n"));
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains(message), "{command}: {}", ran.err);
        assert!(!tree.path("services.toml").exists());
    }
}

#[test]
fn a_program_that_nothing_installs_is_refused() {
    let tree = Tree::new(None);
    for command in
        ["CMD [\"opentelemetry-instrument\", \"python\", \"main.py\"]", "CMD python -m uvicorn one:app"]
    {
        let plain = PYTHON.lines().filter(|line| !line.contains("pip")).collect::<Vec<_>>().join("\n");
        tree.write("one/Dockerfile", format!("{plain}\n{command}\n"));
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains("but nothing here installs it"), "{command}: {}", ran.err);
    }
}

#[test]
fn java_is_imported_only_if_its_command_line_can_be_said() {
    let build = "FROM eclipse-temurin:21-jdk AS build\nWORKDIR /src\nCOPY app app\n\
        RUN javac -d out app/Main.java && jar --create --file app.jar --main-class org.x.Main -C out .\n\
        FROM eclipse-temurin:21-jre\nCOPY --from=build /src/app.jar /app/app.jar\nUSER 65532\nEXPOSE 9090\n";
    let tree = Tree::new(None);
    let said =
        [r#"["java", "-jar", "/app/app.jar"]"#, r#"["java", "-Xmx1g", "-cp", "/app/app.jar", "org.x.Main"]"#];
    let refused = [
        (r#"["java", "-cp", "/app/app.jar", "org.x.Other"]"#, "`org.x.Other`"),
        (r#"["java", "-cp", "/app/app.jar:/app/conf", "org.x.Main"]"#, "`-cp /app/app.jar:/app/conf`"),
    ];
    for command in said {
        tree.write("one/Dockerfile", format!("{build}ENTRYPOINT {command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.err);
        assert!(
            ran.out.contains("main    = \"org.x.Main\"") || ran.out.contains("main = \"org.x.Main\""),
            "{}",
            ran.out
        );
    }
    for (command, word) in refused {
        tree.write("one/Dockerfile", format!("{build}ENTRYPOINT {command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}: {}", ran.err);
        assert!(ran.err.contains(&format!("{word} has no key in services.toml")), "{command}: {}", ran.err);
    }
}

#[test]
fn what_is_compiled_without_a_manifest_is_refused_with_what_to_do() {
    let tree = Tree::new(None);
    let cases = [
        ("FROM golang:1.25\nRUN go build -o /x .\nENTRYPOINT [\"/x\"]\n", "(Go)", "dockwright init DIR"),
        (
            "FROM rust:1.90 AS b\nRUN cargo build --release\nFROM debian:13\nCOPY --from=b /target/release/x /usr/local/bin/x\nCMD [\"x\"]\n",
            "(Rust)",
            "dockwright init DIR",
        ),
        (
            "FROM debian:13\nRUN gcc -o /x x.c\nCMD [\"/x\"]\n",
            "no kind for C or C++",
            "keep this Dockerfile by hand",
        ),
        (
            "FROM eclipse-temurin:21 AS b\nRUN ant dist\nFROM eclipse-temurin:21-jre\nCOPY --from=b /t/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n",
            "(Java)",
            "dockwright init DIR",
        ),
    ];
    for (file, language, hint) in cases {
        tree.write("one/Dockerfile", file);
        let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{file}");
        assert!(ran.err.contains(language) && ran.err.contains(hint), "{file}: {}", ran.err);
    }
}

#[test]
fn a_build_that_has_a_kind_is_refused_with_the_table_that_describes_it() {
    let tree = Tree::new(None);
    let java = |command: &str| {
        format!(
            "FROM maven:3 AS b\nRUN {command}\nFROM eclipse-temurin:21-jre\nCOPY --from=b /t/x.jar /x.jar\n\
             CMD [\"java\", \"-jar\", \"/x.jar\"]\n"
        )
    };
    let dotnet = "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS b\nRUN dotnet publish -o /app\n\
        FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY --from=b /app /app\nENTRYPOINT [\"dotnet\", \"x.dll\"]\n";
    let there =
        "FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY app /app\nENTRYPOINT [\"dotnet\", \"/app/x.dll\"]\n";
    for (file, message, table) in [
        (
            java("mvn -q package"),
            "`mvn -q package` builds the program (Java)",
            "java = { build = \"maven\" }",
        ),
        (
            java("./mvnw package"),
            "`./mvnw package` builds the program (Java)",
            "java = { build = \"maven\" }",
        ),
        (java("./gradlew bootJar"), "`./gradlew bootJar` builds", "java = { build = \"gradle\" }"),
        (
            dotnet.to_owned(),
            "`dotnet publish -o /app` builds the program (.NET)",
            "dotnet = { project = \"…\" }",
        ),
        (
            there.to_owned(),
            "`dotnet` starts a program that is published elsewhere",
            "dotnet = { project = \"…\" }",
        ),
    ] {
        tree.write("one/Dockerfile", &file);
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{file}");
        assert!(ran.err.contains(message) && ran.err.contains(table), "{file}: {}", ran.err);
    }
}

#[test]
fn an_installer_of_a_lock_file_never_ends_in_an_entry_without_dependencies() {
    let tree = Tree::new(None);
    let cases = [
        ("uv sync --locked", "finds no uv.lock that comes from the build context"),
        ("poetry install --only main", "finds no poetry.lock that comes from the build context"),
        ("pipenv install --deploy", "for which services.toml has no key"),
        ("pip install .", "no pyproject.toml with a [project] comes from the build context"),
    ];
    for (install, message) in cases {
        tree.write(
            "one/Dockerfile",
            PYTHON.replace("EXPOSE", &format!("RUN {install}\nEXPOSE")) + "CMD python -m one.main\n",
        );
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{install}");
        assert!(ran.err.contains(message), "{install}: {}", ran.err);
    }
}

#[test]
fn a_command_of_an_image_that_nobody_knows_is_refused_with_its_name() {
    for (image, message) in [
        ("quay.io/jupyter/base-notebook", "the command comes from `quay.io/jupyter/base-notebook`"),
        ("scratch", "the image has no command to run"),
    ] {
        let tree = Tree::new(None);
        tree.write("a/Dockerfile", format!("ARG BASE={image}\nFROM $BASE\nENV A=1\n"));
        let run = tree.run(&["import", "a/Dockerfile"]);
        assert!(run.code == Some(2) && run.err.contains(message), "{}", run.err);
    }
}

#[test]
fn a_front_end_that_npm_builds_beside_a_server_is_refused() {
    const PACKAGE: &str =
        "{\"name\": \"s\", \"scripts\": {\"start\": \"node index.js\", \"build\": \"true\"}}";
    for (run, told) in [
        ("cd client && npm i && npm run build", Some("npm run build")),
        ("npm ci --prefix client && npm run build --prefix=client", Some("npm run build --prefix=client")),
        ("yarn --cwd client install && yarn --cwd client build", Some("yarn --cwd client build")),
        ("pnpm -C client run build:web", Some("pnpm -C client run build:web")),
        ("cd client && npm ci", None),
        ("npm --prefix client test", None),
    ] {
        let tree = Tree::new(None);
        for directory in ["", "client/"] {
            tree.write(&format!("{directory}package.json"), PACKAGE);
            tree.write(&format!("{directory}package-lock.json"), "{}");
        }
        tree.write("index.js", "require('http').createServer().listen(8080)\n");
        tree.write(
            "Dockerfile",
            format!("FROM node:24\nWORKDIR /srv\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN {run}\nEXPOSE 8080\nCMD [\"node\", \"index.js\"]\n"),
        );
        let (import, init) = (tree.run(&["import", "Dockerfile"]), tree.run(&["init", "--dry-run"]));
        let Some(told) = told else {
            assert_eq!(import.code, Some(0), "{run}: {}", import.err);
            assert!(!init.err.contains("front end"), "{run}: {}", init.err);
            continue;
        };
        let message = format!("its Dockerfile runs `{told}` in `client`, and the entry does not: ");
        assert_eq!((import.code, import.out.as_str()), (Some(2), ""), "{run}");
        assert!(import.err.contains(&message), "{run}: {}", import.err);
        assert!(init.err.contains(&message), "{run}: {}", init.err);
    }
    // What its own package makes is not refused, but told.
    let tree = Tree::new(None);
    tree.write("package.json", PACKAGE);
    tree.write("package-lock.json", "{}");
    tree.write("index.js", "require('http').createServer().listen(8080)\n");
    tree.write("Dockerfile", "FROM node:24\nWORKDIR /srv\nCOPY . .\nRUN npm ci && npm run build\nEXPOSE 8080\nCMD [\"node\", \"index.js\"]\n");
    let ran = tree.run(&["import", "Dockerfile"]);
    assert!(
        ran.err.contains("node.output: its Dockerfile runs `npm run build`: set `output`"),
        "{}",
        ran.err
    );
}
