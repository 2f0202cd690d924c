//! What is a service, what is none, and what they are called.

use super::{SPRING, WEB, described, entries};

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
