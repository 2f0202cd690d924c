//! Programs of Java, and their ports.

use dockwright::detect::Text;

use super::{SPRING, described, entries};

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
