//! Programs that Compose mounts into an image instead of building them.

use super::described;

const GO: &str = "package main\n\nfunc main() { http.ListenAndServe(\":\" + os.Getenv(\"PORT\"), nil) }\n";

#[test]
fn a_program_that_an_image_for_development_runs_is_described() {
    let compose = "services:\n  orders-http:\n    build: docker/app\n    working_dir: /code/orders\n    volumes: [\"./code:/code\"]\n    \
                   ports: [\"81:3000\"]\n    environment: { ROLE: http }\n  orders-grpc:\n    build: docker/app\n    \
                   working_dir: /code/orders\n    volumes: [\"./code:/code\"]\n    expose: [3000]\n    environment: { ROLE: grpc }\n";
    let files = [
        ("compose.yaml", compose),
        (
            "docker/app/Dockerfile",
            "FROM golang:1.26\nRUN go install a.test/reflex@v1\nENTRYPOINT [\"reflex\"]\n",
        ),
        ("code/orders/go.mod", "module shop.test/orders\n\ngo 1.26\n"),
        ("code/orders/main.go", GO),
    ];
    let (text, unknowns) = described(&files);
    // Both are the same program: their variables tell what each does.
    for (name, role) in [("orders-http", "http"), ("orders-grpc", "grpc")] {
        let start = format!("[services.{name}]\ndirectory  = \"code/orders\"\nports      = [3000]");
        let env = format!(
            "[services.{name}.env]\nPORT = \"3000\"  # guessed: main.go reads it\nROLE = \"{role}\"\n"
        );
        assert!(text.text.contains(&start) && text.text.contains(&env), "{}", text.text);
    }
    assert_eq!(text.added.len(), 2);
    let expected = "orders-grpc: directory: compose.yaml mounts code/orders into an image, and the entry builds one with it";
    assert!(unknowns.iter().any(|line| line == expected), "{unknowns:?}");
    assert!(
        !unknowns.iter().any(|line| line.contains("reflex") || line.contains(": kind: ")),
        "{unknowns:?}"
    );
}

#[test]
fn a_program_that_an_image_of_its_language_runs_is_described() {
    let compose = "services:\n  web:\n    image: node:24\n    working_dir: /srv\n    volumes: [\"./web:/srv\"]\n    command: node \
                   server.js --fast\n    ports: [\"80:8080\"]\n  db:\n    image: mysql\n    working_dir: /etc\n    volumes: \
                   [\"./db:/etc\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("web/package.json", "{}"),
        ("web/package-lock.json", "{}"),
        ("web/server.js", "http.createServer().listen(8080)\n"),
        ("db/my.cnf", "\n"),
    ];
    let (text, unknowns) = described(&files);
    assert!(text.text.contains("server    = \"server.js\"\narguments = [\"--fast\"]\n"), "{}", text.text);
    assert!(text.text.contains("publish   = [\"80:8080\"]\n"), "{}", text.text);
    assert_eq!(text.added, ["web"]);
    assert!(
        unknowns.iter().any(|line| line.starts_with("images: ") && line.contains("mysql (db")),
        "{unknowns:?}"
    );
    // Another file builds it.
    let dockerfile = ("web/Dockerfile", "FROM node:24\nCMD [\"node\", \"server.js\"]\n");
    let (text, _) = described(&[&files[..], &[dockerfile]].concat());
    assert_eq!(text.added, ["web"]);
}
