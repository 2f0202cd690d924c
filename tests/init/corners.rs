//! Kinds of trees that were described wrongly, or not at all.

use super::{described, entries};

const MAIN: &str = "package main\n\nfunc main() {}\n";

#[test]
fn of_several_go_programs_that_a_dockerfile_builds_the_one_that_is_started_is_meant() {
    let dockerfile = "FROM golang AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/ ./build/api ./build/vault\n\
                      FROM scratch AS runtime\nENTRYPOINT [\"/shop\"]\n\
                      FROM runtime AS gateway\nCOPY --from=build /out/api /shop\n\
                      FROM runtime AS store\nCOPY --from=build /out/vault /shop\n";
    let compose = "services:\n\
                   \x20 one: { build: { context: ., dockerfile: dev/Dockerfile, target: gateway } }\n\
                   \x20 two: { build: { context: ., dockerfile: dev/Dockerfile, target: store } }\n";
    let files = [
        ("compose.yaml", compose),
        ("dev/Dockerfile", dockerfile),
        ("go.mod", "module shop\n"),
        ("build/api/main.go", MAIN),
        ("build/vault/main.go", MAIN),
    ];
    let text = entries(&files);
    assert!(text.contains("[services.one.go]\npackage = \"./build/api\"\n"), "{text}");
    assert!(text.contains("[services.two.go]\npackage = \"./build/vault\"\n"), "{text}");
}

#[test]
fn a_go_program_whose_dockerfile_lies_elsewhere_is_found_by_what_is_started() {
    let dockerfile = "FROM golang AS build\nCOPY . /shop\nWORKDIR /shop/services/sales\nRUN go build\n\
                      FROM alpine\nCOPY --from=build /shop/services/sales/sales /shop/sales\nWORKDIR /shop\n\
                      EXPOSE 3000\nCMD [\"./sales\"]\n";
    let files = [
        ("deploy/Dockerfile.sales", dockerfile),
        ("go.mod", "module shop\n"),
        ("services/auth/main.go", MAIN),
        ("services/sales/main.go", MAIN),
    ];
    let text = entries(&files);
    assert!(
        text.contains("ports      = [3000]") && text.contains("package = \"./services/sales\"\n"),
        "{text}"
    );
    let files = [
        ("go.mod", "module shop\n"),
        (
            "main.go",
            "package main\n\ntype c struct { Host string `conf:\"default:0.0.0.0:3000\"` }\n\nfunc main() {}\n",
        ),
    ];
    assert!(entries(&files).contains("ports      = [3000]  # guessed: main.go names it"));
}

#[test]
fn an_image_that_runs_tests_is_no_service() {
    let files = [
        (
            "Dockerfile",
            "FROM golang AS build\nRUN go build -o /app ./cmd/app\nFROM scratch\nCMD [\"/app\"]\n",
        ),
        ("checks/Dockerfile", "FROM golang\nCOPY . /app\nCMD [\"go\", \"test\", \"./checks/...\"]\n"),
        ("go.mod", "module shop\n"),
        ("cmd/app/main.go", MAIN),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.added, ["shop"]);
    assert!(unknowns.contains(&"checks: kind: its command runs tests".to_owned()), "{unknowns:?}");
}

#[test]
fn libraries_for_next_and_commands_are_no_services() {
    let files = [
        ("package.json", "{\"packageManager\":\"pnpm@9.0.0\"}"),
        ("pnpm-lock.yaml", ""),
        (
            "apps/web/package.json",
            "{\"scripts\":{\"build\":\"next build\"},\"dependencies\":{\"next\":\"1\"}}",
        ),
        (
            "packages/ui/package.json",
            "{\"scripts\":{\"build\":\"tsup\"},\"devDependencies\":{\"next\":\"1\"}}",
        ),
        (
            "packages/cli/package.json",
            "{\"bin\":\"dist/index.js\",\"main\":\"server.js\",\"scripts\":{\"build\":\"tsup\"}}",
        ),
        ("packages/cli/server.js", "http.createServer(f).listen(4587)"),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.added, ["web"]);
    let why =
        "packages/cli: node: it is a program for the command line, and nothing says that it is a service";
    assert!(unknowns.contains(&why.to_owned()), "{unknowns:?}");
}

#[test]
fn a_first_page_among_the_sources_of_a_package_is_no_site_of_its_own() {
    let dockerfile = "FROM node:24 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM nginx\n\
                      COPY --from=build /app/out/shop/browser /usr/share/nginx/html\n";
    let angular = "{\"scripts\":{\"build\":\"ng build\"},\"devDependencies\":{\"@angular/cli\":\"1\"}}";
    let webpack = "{\"scripts\":{\"build\":\"webpack\"},\"devDependencies\":{\"webpack\":\"5\"}}";
    let files = [
        ("a/Dockerfile", dockerfile),
        ("a/package.json", angular),
        ("a/package-lock.json", "{}"),
        ("a/angular.json", "{}"),
        ("a/src/index.html", ""),
        (
            "b/Dockerfile",
            "FROM node AS build\nFROM nginx\nCOPY --from=build /app/dist /usr/share/nginx/html\n",
        ),
        ("b/package.json", webpack),
        ("b/package-lock.json", "{}"),
        ("b/src/index.html", ""),
    ];
    let (text, _) = described(&files);
    assert_eq!(text.added, ["a", "b"]);
    assert!(
        text.text.contains("output   = \"out/shop/browser\"  # guessed: its Dockerfile serves it\n"),
        "{}",
        text.text
    );
    assert!(
        text.text.contains("directory = \"b\"\n") && text.text.contains("output   = \"dist\""),
        "{}",
        text.text
    );
}

#[test]
fn an_image_that_only_others_are_based_on_is_no_service() {
    let compose = "services:\n\
                   \x20 base: { build: { context: ., dockerfile: docker/base/Dockerfile }, image: shop/base }\n\
                   \x20 tools: { build: { context: ., dockerfile: docker/tools/Dockerfile }, image: shop/tools }\n\
                   \x20 worker: { build: { context: ., dockerfile: docker/worker/Dockerfile } }\n";
    let files = [
        ("compose.yaml", compose),
        ("docker/base/Dockerfile", "FROM python:3.13\n"),
        ("docker/tools/Dockerfile", "FROM shop/base:latest\nRUN x\n"),
        ("docker/worker/Dockerfile", "FROM shop/tools:1\nCMD [\"python\", \"worker.py\"]\n"),
        ("requirements.txt", ""),
        ("worker.py", ""),
    ];
    let (text, unknowns) = described(&files);
    assert_eq!(text.added, ["worker"]);
    let why = "kind: it starts nothing: other images are based on its image";
    assert!(unknowns.iter().any(|unknown| unknown.ends_with(why)), "{unknowns:?}");
}

#[test]
fn a_compose_service_without_a_build_is_the_nearest_program_of_that_image() {
    let spring = "@SpringBootApplication class A { public static void main(String[] a) {} }";
    let boot = "<plugin>spring-boot-maven-plugin</plugin>";
    let compose = "services:\n\
                   \x20 names: { image: shop/naming-server:1.0-SNAPSHOT }\n\
                   \x20 front: { image: 'edge-server:1.0-SNAPSHOT', environment: { SERVER_PORT: '9006' }, depends_on: [names] }\n\
                   \x20 cache: { image: 'redis:7' }\n";
    let files = [
        ("first/naming-server/pom.xml", boot),
        ("second/docker/compose.yaml", compose),
        ("second/naming-server/pom.xml", boot),
        ("second/edge-server/pom.xml", boot),
        ("second/redis/pom.xml", boot),
        ("first/naming-server/src/main/java/A.java", spring),
        ("second/naming-server/src/main/java/A.java", spring),
        ("second/edge-server/src/main/java/A.java", spring),
        ("second/redis/src/main/java/A.java", spring),
    ];
    let text = entries(&files);
    assert!(
        text.contains("depends_on = [\"second-naming-server\"]") && text.contains("ports      = [9006]\n"),
        "{text}"
    );
    assert!(described(&files).1.iter().any(|unknown| unknown.contains("redis:7 (cache in")), "{text}");
}

#[test]
fn the_member_of_a_rust_workspace_that_a_dockerfile_starts_is_the_program() {
    let files = [
        (
            "server/Dockerfile",
            "FROM rust AS build\nRUN cargo build --package shop-server --bin shop-server\nFROM debian\n\
          COPY --from=build /app/target/release/shop-server /usr/local/bin/shop-server\n\
          COPY scripts/launch /usr/local/bin/launch\nCMD [\"/usr/local/bin/launch\"]\n",
        ),
        ("server/scripts/launch", "#!/bin/sh\nset -e\nexec shop-server serve\n"),
        ("server/Cargo.toml", "[workspace]\nmembers = [\"shop-server\", \"shop-macros\"]\n"),
        ("server/Cargo.lock", ""),
        ("server/shop-server/Cargo.toml", "[package]\nname = \"shop-server\"\n"),
        ("server/shop-server/src/main.rs", "fn main() {}"),
        ("server/shop-macros/Cargo.toml", "[package]\nname = \"shop-macros\"\n"),
    ];
    let text = entries(&files);
    let expected = "[services.server.rust]\npackage   = \"shop-server\"\narguments = [\"serve\"]\n";
    assert!(text.contains(expected) && text.contains("directory = \"server\"\n"), "{text}");
}

#[test]
fn commands_that_run_before_a_program_that_cannot_run_them_are_listed() {
    let files = [
        (
            "a/Dockerfile",
            "FROM golang AS build\nFROM alpine\nCOPY entrypoint.sh /\nENTRYPOINT [\"/entrypoint.sh\"]\n",
        ),
        ("a/entrypoint.sh", "#!/bin/sh\nupdate-ca-certificates\nexec /a\n"),
        ("a/go.mod", "module a\n"),
        ("a/main.go", MAIN),
    ];
    let (_, unknowns) = described(&files);
    let why = "a: before: `update-ca-certificates` runs before the program";
    assert!(unknowns.contains(&why.to_owned()), "{unknowns:?}");
}

#[test]
fn variables_of_other_frameworks_do_not_tell_a_port() {
    let compose = "services:\n  a: { build: a, environment: { SERVER_PORT: '8080' } }\n";
    let files = [
        ("compose.yaml", compose),
        ("a/Dockerfile", "FROM golang\n"),
        ("a/go.mod", "module a\n"),
        ("a/main.go", MAIN),
    ];
    assert!(!entries(&files).contains("ports "), "{}", entries(&files));
}

#[test]
fn the_application_in_a_file_that_is_called_so_is_preferred() {
    let files = [
        ("a/shop/backoffice/__init__.py", "app = FastAPI()\n"),
        ("a/shop/app.py", "app = FastAPI()\n"),
        ("a/shop/admin.py", "app = FastAPI()\n"),
        ("a/requirements.txt", "fastapi\nuvicorn\n"),
    ];
    assert!(entries(&files).contains("\"shop.app:app\""), "{}", entries(&files));
}

#[test]
fn quarkus_answers_for_its_health_and_has_dockerfiles_of_its_own() {
    let pom = "<artifactId>quarkus-maven-plugin</artifactId><artifactId>quarkus-smallrye-health</artifactId>";
    let native = "FROM quay.io/quarkus/ubi9-quarkus-micro-image:2.0\nCOPY target/*-runner /work/application\nCMD [\"./application\"]\n";
    let files = [
        ("a/pom.xml", pom),
        ("a/src/main/java/A.java", "class A {}"),
        ("a/src/main/docker/Dockerfile.native", native),
    ];
    assert!(described(&files).1.is_empty(), "{:?}", described(&files).1);
    assert!(
        entries(&files).contains("health    = { http = \"/q/health/live\" }  # guessed"),
        "{}",
        entries(&files)
    );
}

#[test]
fn dockerfiles_in_small_letters_and_in_a_hidden_directory_of_their_own_are_read() {
    let dockerfile = "FROM golang AS build\nENV CGO_ENABLED=0\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/shop .\n\
                      FROM scratch\nEXPOSE 4433\nCOPY --from=build /out/shop /shop\nENTRYPOINT [\"/shop\", \"serve\"]\n";
    let files = [
        ("go.mod", "module shop\nrequire github.com/mattn/go-sqlite3 v1\n"),
        ("main.go", MAIN),
        (".docker/Dockerfile-build", dockerfile),
    ];
    let text = entries(&files);
    assert!(text.contains("[services.shop]\n") && text.contains("ports      = [4433]"), "{text}");
    assert!(text.contains("arguments = [\"serve\"]") && !text.contains("cgo"), "{text}");
    for (path, name) in [("deploy/dockerfile.store", "store"), ("deploy/store.dockerfile", "store")] {
        let (text, _) = described(&[("go.mod", "module shop\n"), ("main.go", MAIN), (path, dockerfile)]);
        assert_eq!(text.added, [name]);
    }
}

#[test]
fn code_of_another_project_below_says_nothing_of_a_program() {
    let files = [
        ("a/Dockerfile", "FROM python:3.13\nCOPY . .\nEXPOSE 80\nCMD [\"python\", \"main.py\"]\n"),
        ("a/requirements.txt", ""),
        ("a/main.py", ""),
        ("a/inner/pyproject.toml", "[project]\nname = \"inner\"\n"),
        ("a/inner/api.py", "@app.get(\"/health\")\ndef upload(f: UploadFile): os.makedirs(\"data\")\n"),
    ];
    let text = entries(&files);
    assert!(!text.contains("/health") && !text.contains("tmp") && !text.contains("writable"), "{text}");
}

#[test]
fn a_check_of_the_program_s_own_does_not_tell_the_path() {
    let compose = "services:\n  a:\n    build: a\n    healthcheck: { test: [CMD, a, healthcheck, 'http://localhost:80'] }\n";
    let files = [
        ("compose.yaml", compose),
        ("a/Dockerfile", "FROM golang\nEXPOSE 80\n"),
        ("a/go.mod", "module a\n"),
        ("a/main.go", MAIN),
    ];
    let text = entries(&files);
    assert!(
        text.contains("health    = { tcp = 80 }  # guessed: its own check cannot be carried over"),
        "{text}"
    );
    let with_curl = compose.replace("a, healthcheck", "curl, -f");
    let text = entries(&[("compose.yaml", with_curl.as_str()), files[1], files[2], files[3]]);
    assert!(text.contains("health    = { http = \"/\" }\n"), "{text}");
}

#[test]
fn an_application_of_a_nest_monorepo_is_built_at_its_root() {
    let dockerfile = "FROM node AS development\nWORKDIR /app\nCOPY package.json ./\nCOPY apps/auth apps/auth\n\
                      RUN npm run build auth\nFROM node AS production\nWORKDIR /app\nCOPY package.json ./\n\
                      COPY --from=development /app/dist ./dist\nCMD [\"node\", \"dist/apps/auth/main\"]\n";
    let files = [
        ("apps/auth/Dockerfile", dockerfile),
        ("apps/auth/package.json", "{\"name\":\"auth\"}"),
        ("apps/auth/src/main.ts", "await app.listen(3001);"),
        ("nest-cli.json", "{\"projects\":{\"auth\":{\"root\":\"apps/auth\"}}}"),
        ("package.json", "{\"scripts\":{\"build\":\"nest build\"}}"),
        ("package-lock.json", "{}"),
    ];
    let (text, unknowns) = described(&files);
    let text = text.text;
    assert!(text.contains("[services.auth]\ndirectory  = \".\"\nports      = [3001]"), "{text}");
    assert!(
        text.contains("output = \"dist\"") && text.contains("server = \"dist/apps/auth/main.js\"\n"),
        "{text}"
    );
    assert!(!text.contains("extra"), "{text}");
    assert!(
        unknowns.iter().any(|unknown| unknown.contains("its Dockerfile runs `npm run build auth`")),
        "{unknowns:?}"
    );
}

#[test]
fn an_application_that_a_function_makes_is_found() {
    let files = [
        ("a/shop/app.py", "def create_app():\n    return FastAPI()\n\n\napp = create_app()\n"),
        ("a/shop/admin/__init__.py", "app = FastAPI()\n"),
        ("a/requirements.txt", "fastapi\nuvicorn\n"),
    ];
    assert!(entries(&files).contains("\"shop.app:app\""), "{}", entries(&files));
}

#[test]
fn another_image_of_a_compiled_program_is_no_second_service() {
    let dockerfile = "FROM golang AS build\nRUN go build -o /shop .\nFROM alpine\nENTRYPOINT [\"/shop\"]\n";
    let with_arguments = format!("{dockerfile}CMD [\"serve\"]\n");
    let files = [
        ("go.mod", "module shop\n"),
        ("main.go", MAIN),
        ("images/Dockerfile-alpine", dockerfile),
        ("images/Dockerfile-build", with_arguments.as_str()),
    ];
    assert_eq!(described(&files).0.added.len(), 1);
}

#[test]
fn a_switch_is_no_secret() {
    let compose = "services:\n  a: { build: a, environment: { CORS_ALLOW_CREDENTIALS: 'false' } }\n";
    let files = [
        ("compose.yaml", compose),
        ("a/Dockerfile", "FROM golang\n"),
        ("a/go.mod", "module a\n"),
        ("a/main.go", MAIN),
    ];
    let (text, _) = described(&files);
    assert_eq!(text.added, ["a"]);
    assert!(text.text.contains("CORS_ALLOW_CREDENTIALS = \"false\"\n"), "{}", text.text);
}
