//! Variables that code needs and no file gives: they are asked for.

use super::described;

/// What is asked for a program of Python with this code.
fn asked(code: &str, compose: &str) -> Vec<String> {
    let files = [
        ("web/Dockerfile", "FROM python:3.13\nEXPOSE 8000\nCMD [\"python\", \"app.py\"]\n"),
        ("web/app.py", code),
        ("web/bin/release.py", "token = os.environ['RELEASE_TOKEN']\n"),
        ("compose.yaml", compose),
    ];
    described(&files).1
}

#[test]
fn variables_that_code_needs_are_asked_for() {
    let expected = "web: settings: its code does not start without TOPIC, and no file says a value";
    let code = "topic = os.environ[\"TOPIC\"]\nmode = os.environ['MODE']\nrun(port=8000)\n";
    let compose = "services:\n  web:\n    build: web\n    environment: { MODE: fast }\n";
    assert_eq!(asked(code, compose), [expected]);
    let go = [
        ("api/Dockerfile", "FROM golang:1.26\nEXPOSE 80\n"),
        ("api/go.mod", "module shop.test/api\n\ngo 1.26\n"),
        (
            "api/main.go",
            "package main\n\nfunc main() {\n\tmustMapEnv(&addr, \"STORE_ADDR\")\n\tx := os.Getenv(\"MAYBE\")\n}\n",
        ),
    ];
    let expected = "api: settings: its code does not start without STORE_ADDR, and no file says a value";
    assert_eq!(described(&go).1, [expected]);
}

#[test]
fn a_placeholder_of_spring_without_a_default_is_asked_for() {
    let files = [
        ("orders/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
        ("orders/src/main/java/shop/Main.java", "class Main { public static void main(String[] a) {} }"),
        (
            "orders/src/main/resources/application.properties",
            "a=${TOPIC}\nb=${MODE:fast}\nc=file:${ROOT}\n#d=${OFF}\n",
        ),
    ];
    let unknowns = described(&files).1;
    let expected = "orders: settings: its code does not start without TOPIC, and no file says a value";
    assert!(unknowns.iter().any(|line| line == expected), "{unknowns:?}");
}

#[test]
fn variables_that_code_asks_for_first_or_sets_are_not() {
    let code = "if 'A' in os.environ:\n    a = os.environ['A']\n\n    e = os.environ['E']\nos.environ['B'] = 'x'\nc = os.environ.get('C')\n\
                # d = os.environ['D']\nrun(port=8000)\n";
    assert!(asked(code, "services: {}\n").is_empty(), "{:?}", asked(code, "services: {}\n"));
}
