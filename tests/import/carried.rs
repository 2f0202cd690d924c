//! What an entry takes over from a Dockerfile, and what is reported instead.

use std::fs;

use super::tree::{DESCRIPTION, ONE, PYTHON, Tree};

#[test]
fn what_stands_around_the_program_is_told() {
    let tree = Tree::new(None);
    let cases = [
        ("CMD LOG=1 python -m one.main > /var/log/x", "LOG=1 is not imported: set it in `env`"),
        ("CMD LOG=1 python -m one.main > /var/log/x", "its output goes to the engine, not to /var/log/x"),
        (
            "CMD [\"env\", \"LOG=1\", \"python\", \"-m\", \"one.main\"]",
            "LOG=1 is not imported: set it in `env`",
        ),
        (
            "CMD python other.py && exec python -m one.main; echo over",
            "`python other.py` runs before the service, as a service of its own in compose.yaml",
        ),
    ];
    for (command, message) in cases {
        tree.write("one/Dockerfile", format!("{PYTHON}{command}\n"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.err);
        assert!(ran.err.contains(&format!("one/Dockerfile:6: {message}\n")), "{command}: {}", ran.err);
        assert!(ran.out.contains("module = \"one.main\""), "{command}: {}", ran.out);
    }
}

#[test]
fn a_health_check_keeps_its_path_behind_a_port_that_is_a_variable() {
    let tree = Tree::new(None);
    let cases = [
        ("ENV PORT=8000\n", "$PORT/live", "health     = { http = \"/live\" }"),
        ("ENV PORT=8001\n", "${PORT}/live", "health     = { http = \"/live\", port = 8001 }"),
        ("", "${PORT:-8000}/live", "health     = { http = \"/live\" }"),
        ("", "$PORT/live", "health     = { http = \"/live\" }"),
    ];
    for (env, address, health) in cases {
        let check =
            format!("HEALTHCHECK CMD curl -f http://localhost:{address} || exit 1\nCMD python -m one.main\n");
        tree.write("one/Dockerfile", format!("{PYTHON}{env}{check}"));
        let ran = tree.run(&["import", "one/Dockerfile"]);
        assert!(ran.out.contains(health), "{address}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn volumes_and_options_move_with_the_working_directory() {
    let tree = Tree::new(None);
    let rest = "VOLUME /srv/data\nCMD [\"python\", \"main.py\", \"--dir\", \"/srv/data\", \"--config=/srv/one/x.json\"]\n";
    tree.write("one/Dockerfile", format!("{PYTHON}{rest}"));
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("volumes    = [\"/app/data\"]"), "{}", ran.out);
    let command = "[\"main.py\", \"--dir\", \"/app/data\", \"--config=/app/one/x.json\"]";
    assert!(ran.out.contains(command), "{}", ran.out);
}

#[test]
fn the_stage_of_target_is_imported_and_stages_that_are_no_ancestors_contribute_nothing() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/requirements.txt", "requests\n");
    tree.write("one/tests.txt", "pytest\n");
    let stages = "FROM python:3.13-slim AS base\nWORKDIR /app\nCOPY one one\nRUN pip install -r one/requirements.txt\n\
        FROM base AS test\nRUN pip install -r one/tests.txt\nCMD [\"python\", \"-m\", \"one.tests\"]\n\
        FROM base\nCMD [\"python\", \"-m\", \"one.main\"]\n";
    tree.write("one/Dockerfile", stages);
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("requirements = [\"one/requirements.txt\"]"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("\"one.main\"") && !ran.out.contains("tests.txt"), "{}", ran.out);
    let ran = tree.run(&["import", "--target", "test", "one/Dockerfile"]);
    assert!(ran.out.contains("\"one.tests\"") && ran.out.contains("one/tests.txt"), "{}{}", ran.out, ran.err);
    let ran = tree.run(&["import", "--target", "prod", "one/Dockerfile"]);
    assert!(ran.err.contains("there is no stage `prod`"), "{}", ran.err);
    assert!(ran.err.contains("hint: its stages are base, test"), "{}", ran.err);
}

#[test]
fn what_is_compiled_is_described_by_its_manifest() {
    let tree = Tree::new(None);
    tree.write("one/go.mod", "module example.org/one\n");
    tree.write("one/main.go", "package main\n\nfunc main() {}\n");
    tree.write("one/Dockerfile", "FROM golang:1.25\nRUN go build -o /x .\nEXPOSE 80\nENTRYPOINT [\"/x\"]\n");
    let ran = tree.run(&["import", "--write", "one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(tree.description().contains("[services.one.go]"), "{}", tree.description());
}

#[test]
fn arguments_of_a_java_program_are_carried_over() {
    let tree = Tree::new(None);
    tree.write(
        "one/Dockerfile",
        "FROM openjdk:17-jdk-slim AS build\nCOPY one /src/one\n\
         RUN javac -d /classes $(find /src -name '*.java') && \\\n    \
         jar --create --file /app.jar --main-class one.Main -C /classes .\n\
         FROM gcr.io/distroless/java17-debian12:nonroot\nCOPY --from=build /app.jar /app/app.jar\nEXPOSE 7000\n\
         ENTRYPOINT [\"java\", \"-Xmx1g\", \"-jar\", \"/app/app.jar\", \"--port=7000\", \"x\"]\n",
    );
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(ran.out.contains("arguments = [\"--port=7000\", \"x\"]"), "{}{}", ran.out, ran.err);
}

#[test]
fn the_ports_of_an_upstream_image_are_carried_over() {
    for (lines, ports) in [
        ("FROM postgres:16\n", "ports      = [5432]"),
        ("FROM redis:7\nEXPOSE 7000\nCMD [\"redis-server\", \"--port\", \"7000\"]\n", "ports      = [7000]"),
    ] {
        let tree = Tree::new(None);
        tree.write("db/Dockerfile", lines);
        let run = tree.run(&["import", "db/Dockerfile"]);
        assert!(run.out.contains(ports), "{}{}", run.out, run.err);
    }
}

#[test]
fn values_with_credentials_are_not_imported() {
    let tree = Tree::new(None);
    let key = format!("AKIA{}", "EXAMPLE7".repeat(2));
    tree.write(
        "one/Dockerfile",
        ONE.replace("MODE=x", &format!("SOURCE=postgres://u:hidden@db/x ACCESS={key}")),
    );
    tree.write("one/main.py", "");
    let ran = tree.run(&["import", "--context", ".", "one/Dockerfile"]);
    assert!(ran.out.contains("secrets    = [\"ACCESS\", \"SOURCE\"]"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("hidden") && !ran.out.contains(&key), "{}", ran.out);
    assert!(ran.err.contains("ENV SOURCE contains credentials: its value is not imported"), "{}", ran.err);
}

#[test]
fn options_of_node_are_kept_out_of_the_health_check() {
    let tree = Tree::new(None);
    tree.write(
        "package.json",
        "{\"name\": \"s\", \"scripts\": {\"start\": \"node -r ./trace.js main.js --fast\"}}",
    );
    tree.write("package-lock.json", "{}");
    tree.write("trace.js", "");
    tree.write("main.js", "require('http').createServer().listen(8080)\n");
    tree.write(
        "Dockerfile",
        "FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nEXPOSE 8080\nCMD [\"npm\", \"start\"]\n",
    );
    let init = tree.run(&["init", "--dry-run"]);
    assert!(
        init.out.contains("options   = [\"-r\",\"./trace.js\"]")
            || init.out.contains("options   = [\"-r\", \"./trace.js\"]"),
        "{}",
        init.out
    );
    let ran = tree.run(&["import", "--write", "Dockerfile"]);
    assert!(tree.description().contains("options   = [\"-r\", \"./trace.js\"]"), "{}", tree.description());
    assert!(!ran.err.contains("starts the server alone"), "{}", ran.err);
    assert_eq!(tree.run(&["gen", "--force"]).code, Some(0));
    let generated = fs::read_to_string(tree.path("Dockerfile")).unwrap();
    let start = "ENTRYPOINT [\"/nodejs/bin/node\", \"-r\", \"./trace.js\", \"/app/main.js\", \"--fast\"]";
    assert!(generated.contains(start) && !generated.contains("NODE_OPTIONS"), "{generated}");
}

#[test]
fn what_the_new_build_does_by_itself_is_not_told() {
    let tree = Tree::new(None);
    tree.write("net/web/Dockerfile", "FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build\nWORKDIR /source\nCOPY *.cs ./\nCOPY *.csproj ./\nRUN dotnet publish -o /app\nFROM mcr.microsoft.com/dotnet/aspnet:10.0\nWORKDIR /app\nCOPY --from=build /app ./\nEXPOSE 8080\nENTRYPOINT [\"dotnet\", \"web.dll\"]\n");
    tree.write("net/web/web.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>");
    tree.write("net/web/Program.cs", "");
    tree.write("net/global.json", "{}");
    let ran = tree.run(&["import", "--context", "net/web", "net/web/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("is not moved there"), "{}", ran.err);
    assert!(ran.err.contains("`directory` is net, above the build context net/web"), "{}", ran.err);
    tree.write("go/Dockerfile", "FROM golang:1.26 AS build\nWORKDIR /src\nENV CGO_ENABLED=0 GOOS=linux\nCOPY . .\nRUN go build -o /web .\nFROM scratch\nCOPY --from=build /web /web\nEXPOSE 8080\nENTRYPOINT [\"/web\"]\n");
    tree.write("go/go.mod", "module web\n\ngo 1.26\n");
    tree.write("go/main.go", "package main\n\nfunc main() {}\n");
    let ran = tree.run(&["import", "go/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("CGO_ENABLED") && !ran.err.contains("GOOS"), "{}", ran.err);
}

#[test]
fn the_archive_of_the_program_is_no_library() {
    let tree = Tree::new(None);
    tree.write("Dockerfile", "FROM gradle:8-jdk21 AS build\nWORKDIR /src\nCOPY . .\nRUN gradle bootJar\nFROM eclipse-temurin:21-jre\nCOPY --from=build /src/build/libs/web.jar /app/web.jar\nEXPOSE 8080\nENTRYPOINT [\"java\", \"-jar\", \"/app/web.jar\"]\n");
    tree.write("build.gradle", "plugins { id 'org.springframework.boot' version '3.5.0' }\n");
    tree.write("settings.gradle", "rootProject.name = 'web'\n");
    tree.write("gradlew", "");
    tree.write("src/main/java/Web.java", "class Web { public static void main(String[] a) {} }\n");
    let ran = tree.run(&["import", "Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("libraries and interpreters"), "{}", ran.err);
}
