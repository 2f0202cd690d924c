//! Java: what Maven or Gradle builds, and the module that is started.

use super::compose::{self, document};
use super::view::{View, ancestors, inside, join, split};
use super::{Found, Key, Unit, ports, start};

/// Spring Boot's own port, and the framework's word in a build file.
const SPRING: (&str, u16) = ("spring-boot", 8080);

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let own = &unit.directory;
    let manifest =
        ["pom.xml", "build.gradle", "build.gradle.kts"].into_iter().find(|name| view.has(own, name))?;
    let text = view.file(own, manifest)?;
    let is_program = is_program(view, own, text);
    if !is_program && (text.contains("<modules>") || unit.facts.images.is_empty()) {
        return None;
    }
    let build = if manifest == "pom.xml" { "maven" } else { "gradle" };
    let root = root(view, own, manifest);
    let mut table = vec![Key::sure("build", build)];
    match inside(&root, own) {
        Some(module) if !module.is_empty() => table.push(Key::sure("module", module)),
        _ => {}
    }
    let mut found = Found { kind: "java", directory: root, is_program, ..Found::default() };
    if text.contains("spring-boot-maven-plugin") || is_spring(view, own) {
        found.port = port(view, own).or_else(|| Some((SPRING.1, "Spring Boot's own default".to_owned())));
    } else if text.contains("quarkus") {
        found.port = Some((8080, "Quarkus's own default".to_owned()));
    } else if build == "maven" || !text.contains("shadow") {
        match main_class(view, own, text) {
            Some(key) => table.push(key),
            None => found.unknowns.push((
                "java.main",
                "no class with a `main` was found: a jar that starts itself needs none".to_owned(),
            )),
        }
    }
    if text.contains("spring-boot-starter-actuator") {
        found.health = Some(("/actuator/health".to_owned(), "Spring's actuator is a dependency".to_owned()));
    }
    table.extend(words(unit, &mut found.unknowns));
    found.table = table;
    Some(found)
}

/// The options and arguments of `java … -jar FILE …`.
fn words(unit: &Unit, unknowns: &mut Vec<(&'static str, String)>) -> Vec<Key> {
    let Some(argv) = unit.argv().filter(|argv| start::name(&argv[0]) == "java") else { return Vec::new() };
    let Some(jar) = argv.iter().position(|word| word == "-jar") else { return Vec::new() };
    let (agents, options): (Vec<&String>, Vec<&String>) =
        argv[1..jar].iter().partition(|word| word.starts_with("-javaagent"));
    unknowns.extend(agents.into_iter().map(|agent| ("java.agent", format!("the Dockerfile says {agent}"))));
    let options =
        (!options.is_empty()).then(|| unit.said("options", options.into_iter().cloned().collect::<Vec<_>>()));
    options.into_iter().chain(start::arguments(unit, jar + 2)).collect()
}

/// Whether a build file makes a program rather than a library.
fn is_program(view: &View, directory: &str, text: &str) -> bool {
    let words = [
        "spring-boot-maven-plugin",
        "org.springframework.boot'",
        "org.springframework.boot\"",
        "quarkus-maven-plugin",
        "io.quarkus",
        "<mainClass>",
        "mainClass",
        "id 'application'",
    ];
    let is_pom = text.contains("<packaging>pom</packaging>");
    let has_code = view.below(directory).any(|(path, _)| path.ends_with(".java") || path.ends_with(".kt"));
    !is_pom && has_code && (words.iter().any(|word| text.contains(word)) || is_spring(view, directory))
}

/// Whether a class below a directory starts Spring Boot.
fn is_spring(view: &View, directory: &str) -> bool {
    let sources = join(directory, "src/main");
    view.below(&sources).any(|(_, text)| text.contains("@SpringBootApplication"))
}

/// The directory of the build that a module belongs to: the furthest one above whose build file lists it.
fn root(view: &View, own: &str, manifest: &str) -> String {
    let lists = |above: &&str| {
        let Some(module) = inside(above, own) else { return false };
        let name = split(module).1;
        let in_pom = view.file(above, "pom.xml").is_some_and(|text| {
            text.contains(&format!("<module>{name}</module>"))
                || text.contains(&format!("<module>{module}</module>"))
        });
        let settings =
            ["settings.gradle", "settings.gradle.kts"].into_iter().find_map(|name| view.file(above, name));
        let in_gradle = settings.is_some_and(|text| text.contains(name));
        if manifest == "pom.xml" { in_pom } else { in_gradle }
    };
    let above = ancestors(own).skip(1).filter(lists).last();
    above.unwrap_or(own).to_owned()
}

/// The class that is started: the one that the build file names, or the only one with a `main`.
fn main_class(view: &View, own: &str, text: &str) -> Option<Key> {
    let named = text
        .split_once("<mainClass>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .map(|(class, _)| class.trim());
    let gradle = text
        .split_once("mainClass")
        .map(|(_, rest)| rest.trim_start_matches(['.', ' ', '=', 's', 'e', 't', '(']));
    let gradle = gradle.and_then(|rest| rest.strip_prefix(['\'', '"'])?.split(['\'', '"']).next());
    if let Some(class) = named.or(gradle).filter(|class| !class.contains('$')) {
        return Some(Key::sure("main", class));
    }
    let sources = join(own, "src/main/java");
    let mains = view
        .below(&sources)
        .filter(|(path, text)| path.ends_with(".java") && text.contains("public static void main("));
    let classes: Vec<String> =
        mains.map(|(path, _)| path.trim_end_matches(".java").replace('/', ".")).collect();
    match classes.as_slice() {
        [only] => Some(Key::guessed("main", only.as_str(), "it is the only class with a `main`")),
        _ => None,
    }
}

/// The port of Spring's own configuration.
fn port(view: &View, own: &str) -> Option<(u16, String)> {
    let resources = join(own, "src/main/resources");
    let text = view.file(&resources, "application.properties").unwrap_or_default();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("server.port"));
    if let Some(port) = line.and_then(|line| ports::behind(line, &["=", ":"])) {
        return Some((port, "application.properties says it".to_owned()));
    }
    ["application.yml", "application.yaml"].into_iter().find_map(|name| {
        let document = document(view.file(&resources, name)?)?;
        let port = document.get("server")?.get("port")?.as_str()?;
        Some((compose::plain(port)?.parse().ok()?, format!("{name} says it")))
    })
}
