//! Java services that Maven or Gradle builds, and jars that are there.

use dockwright::{fleet, render};

/// A fleet with one service `orders` of this text.
fn described(service: &str) -> Result<fleet::Fleet, Vec<String>> {
    let text = format!(
        "[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[services.orders]\nhealth = {{ none = \"x\" }}\n{service}\n"
    );
    fleet::load(&text).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

#[test]
fn a_build_needs_one_line() {
    for (build, image) in
        [("maven", "maven:3-eclipse-temurin-21-noble"), ("gradle", "eclipse-temurin:21-jdk-noble")]
    {
        let fleet = described(&format!("[services.orders.java]\nbuild = \"{build}\"")).unwrap();
        let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
        assert!(text.contains(&format!("FROM --platform=$BUILDPLATFORM {image} AS build\n")), "{text}");
        assert!(text.contains("\nCOPY orders/ /src/\n"), "{text}");
        assert!(text.contains("\nENTRYPOINT [\"/usr/bin/java\", \"-jar\", \"/app/app.jar\"]\n"), "{text}");
    }
}

#[test]
fn what_a_build_on_the_developers_machine_left_does_not_enter_the_context() {
    let ignored = |service: &str| {
        let fleet = described(service).unwrap();
        render::dockerignore(&fleet, &fleet.services[0]).unwrap()
    };
    let maven = ignored("[services.orders.java]\nbuild = \"maven\"");
    assert!(maven.contains("\norders/target\norders/*/target\norders/*/*/target\n"), "{maven}");
    let root = ignored("directory = \".\"\n[services.orders.java]\nbuild = \"gradle\"");
    assert!(root.contains("\nbuild\n*/build\n*/*/build\n.gradle\n"), "{root}");
    // A jar that is there is what such a build left.
    let jar = ignored("[services.orders.java]\njar = \"orders/target/orders.jar\"");
    assert!(jar.contains("\n!orders/target/orders.jar\n") && !jar.contains("/target\n"), "{jar}");
}

#[test]
fn the_wrapper_of_gradle_is_taken_with_any_sources() {
    let fleet = described("sources = [\"src\"]\n[services.orders.java]\nbuild = \"gradle\"").unwrap();
    let ignore = render::dockerignore(&fleet, &fleet.services[0]).unwrap();
    assert!(ignore.contains("\n!orders/gradle/wrapper\n!orders/gradlew\n!orders/src\n"), "{ignore}");
}

#[test]
fn a_jdk_that_does_not_fit_the_run_image_is_refused() {
    let on = |build: &str, keys: &str| {
        let base = format!(
            "[bases.own]\nbuild = \"{build}\"\nrun = \"gcr.io/distroless/java21-debian13:nonroot\"\n"
        );
        described(&format!("base = \"own\"\n[services.orders.java]\n{keys}\n{base}"))
            .err()
            .unwrap_or_default()
    };
    let maven = "build = \"maven\"";
    let newer = "the images of `own` do not match: classes compiled by Java 25 do not run on Java 21";
    assert_eq!(on("maven:3.9-eclipse-temurin-25", maven), [newer]);
    assert_eq!(on("eclipse-temurin:25-jdk-noble", "build = \"gradle\""), [newer]);
    let none = "the build image debian:trixie-slim of `own` has no JDK to build byte code with";
    assert_eq!(on("debian:trixie-slim", maven), [none]);
    assert_eq!(on("debian:trixie-slim", "jar = \"a.jar\"\nlayers = true"), [none]);
    for image in ["maven:3.9-eclipse-temurin-17-noble", "example.org/own/maven:1"] {
        assert_eq!(on(image, maven), Vec::<String>::new(), "{image}");
    }
    assert_eq!(on("debian:trixie-slim", "jar = \"a.jar\""), Vec::<String>::new());
}

#[test]
fn what_does_not_depend_on_the_jdk_is_made_on_the_base_of_native_programs() {
    let fleet = described("volumes = [\"/data\"]\n[services.orders.java]\nbuild = \"maven\"").unwrap();
    let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
    assert!(text.contains("FROM --platform=$BUILDPLATFORM debian:trixie-slim AS directories\n"), "{text}");
    assert!(fleet.base_images().iter().any(|image| image.to_string() == "debian:trixie-slim"));
}

#[test]
fn keys_that_say_nothing_together_are_refused() {
    for (keys, message) in [
        ("module = \"a\"", "`module` needs `build`"),
        (
            "jar = \"a.jar\"\nmain = \"a.B\"",
            "`main` has no effect on an existing jar, which starts the class of its manifest",
        ),
        ("layers = true", "`layers` needs a Spring Boot jar, and there is none"),
        (
            "build = \"maven\"\nmain = \"a.B\"\nlayers = true",
            "`main` has no effect with `layers`, which starts the class of the Spring Boot jar",
        ),
        ("arguments = [\"a\"]", "`arguments` needs a program, and this service is only a Java runtime"),
        ("agent = \"a.jar\"", "`agent` needs a program, and this service is only a Java runtime"),
        ("main = \"a.B\"", "there are no sources to compile the class from"),
    ] {
        assert_eq!(described(&format!("[services.orders.java]\n{keys}")).unwrap_err(), [message], "{keys}");
    }
    let sources = described("sources = [\"src\"]\n[services.orders.java]").unwrap_err();
    assert_eq!(sources, ["the sources have neither `build` nor `main`"]);
}
