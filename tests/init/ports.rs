//! Ports that several files name, and what asks at them.

use super::{described, entries};

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
