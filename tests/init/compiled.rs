//! Programs of Go, Rust and .NET.

use super::{WEB, described, entries};

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
