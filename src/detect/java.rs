//! Java: what Maven or Gradle builds, and the module that is started.

mod version;

use super::document::document;
use super::view::{View, ancestors, inside, join, split};
use super::{Found, Key, Unit, ports, start};

/// Calls of the JDK's own servers, behind which a port stands.
const PORTS: [&str; 2] = ["new InetSocketAddress(", "new ServerSocket("];

/// Spring Boot's own port, and the framework's word in a build file.
const SPRING: (&str, u16) = ("spring-boot", 8080);

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let own = &unit.directory;
    let manifest =
        ["pom.xml", "build.gradle", "build.gradle.kts"].into_iter().find(|name| view.has(own, name))?;
    let text = view.file(own, manifest)?;
    let is_program = is_program(view, own, text);
    if !is_program && (text.contains("<modules>") || !unit.is_built()) {
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
    found.member = Some(own.clone());
    if text.contains("spring-boot-maven-plugin") || is_spring(view, own) {
        found.is_server = true;
        configure(&mut found, port(view, own, "server"), SPRING.1, "Spring Boot's own default");
    } else if text.contains("quarkus") {
        configure(&mut found, port(view, own, "quarkus.http"), 8080, "Quarkus's own default");
        if text.contains("quarkus-smallrye-health") {
            found.health = Some(("/q/health/live".to_owned(), "SmallRye Health is a dependency".to_owned()));
        }
    } else if build == "maven" || !text.contains("shadow") {
        if let Some(key) = main_class(view, own, text) {
            table.push(key);
        } else {
            found.is_program = false;
            let why = "no class with a `main` method was found; an executable jar needs none";
            found.unknowns.push(("java.main", why.to_owned()));
        }
    }
    if text.contains("micronaut") {
        found.is_server = true;
        configure(&mut found, port(view, own, "micronaut.server"), 8080, "Micronaut's own default");
        if text.contains("micronaut-management") {
            found.health = Some(("/health".to_owned(), "Micronaut's management is a dependency".to_owned()));
        }
    }
    if text.contains("spring-boot-starter-actuator") {
        found.health = Some(("/actuator/health".to_owned(), "Spring's actuator is a dependency".to_owned()));
    }
    found.port = found.port.or_else(|| port_of_code(view, own));
    found.unknowns.extend(elsewhere(view, own, &found.directory, text));
    found.unknowns.extend(properties(unit));
    found.unknowns.extend(version::unknown(view, unit, manifest));
    table.extend(words(unit, &mut found.unknowns));
    found.table = table;
    Some(found)
}

/// The port that the configuration says, or else the framework's own.
fn configure(found: &mut Found, said: Option<(u16, String)>, default: u16, why: &str) {
    found.configured = said;
    found.port = Some((default, why.to_owned()));
}

/// Modules of the tree that a build file needs and that its own build does not have.
fn elsewhere(view: &View, own: &str, root: &str, text: &str) -> Option<(&'static str, String)> {
    let modules = text.split("<dependency>").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("<artifactId>")?;
        rest.split_once('<').map(|(name, _)| name.trim())
    });
    let (above, _) = split(if root.is_empty() { own } else { root });
    let outside = modules.into_iter().find(|name| {
        let beside = join(above, name);
        view.has(&beside, "pom.xml") && inside(root, &beside).is_none()
    })?;
    Some(("java.module", format!("it needs {}, which no build above both lists", join(above, outside))))
}

/// Properties that a command of the Dockerfile gives to the build.
fn properties(unit: &Unit) -> Vec<(&'static str, String)> {
    let is_tool = |word: &String| matches!(start::name(word), "gradlew" | "gradle" | "mvn" | "mvnw");
    let commands = unit.facts.commands.iter().filter(|words| words.first().is_some_and(is_tool));
    let is_property = |word: &&String| {
        (word.starts_with("-P") || word.starts_with("-D"))
            && !word.to_lowercase().contains("test")
            && !word.starts_with("-Dmaven.repo")
            && !word.starts_with("-Dorg.gradle")
    };
    let words: std::collections::BTreeSet<&String> = commands.flatten().filter(is_property).collect();
    words.into_iter().map(|word| ("java.build", format!("its Dockerfile builds it with {word}"))).collect()
}

/// The options and arguments of `java … -jar FILE …`.
fn words(unit: &Unit, unknowns: &mut Vec<(&'static str, String)>) -> Vec<Key> {
    let Some(argv) = unit.argv().filter(|argv| start::name(&argv[0]) == "java") else { return Vec::new() };
    let Some(flag) = argv.iter().position(|word| word == "-jar") else { return Vec::new() };
    // Options may stand behind `-jar` as well.
    let jar = flag + 1 + argv[flag + 1..].iter().take_while(|word| word.starts_with('-')).count();
    let before = argv[1..jar.min(argv.len())].iter().filter(|word| *word != "-jar");
    let (agents, options): (Vec<&String>, Vec<&String>) =
        before.partition(|word| word.starts_with("-javaagent"));
    unknowns.extend(agents.into_iter().map(|agent| ("java.agent", format!("the Dockerfile loads {agent}"))));
    let options =
        (!options.is_empty()).then(|| unit.said("options", options.into_iter().cloned().collect::<Vec<_>>()));
    options.into_iter().chain(start::arguments(unit, jar + 1)).collect()
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
        "io.micronaut.application",
        "micronaut-maven-plugin",
    ];
    let is_pom = text.contains("<packaging>pom</packaging>");
    let has_code = view.below(directory).any(|(path, _)| path.ends_with(".java") || path.ends_with(".kt"));
    // Libraries inherit plugins of programs.
    let is_library = || {
        let sources = join(directory, "src/main");
        text.contains("spring-boot") && !view.below(&sources).any(|(_, text)| text.contains(" main("))
    };
    let is_named = words.iter().any(|word| text.contains(word)) && !is_library();
    !is_pom && has_code && (is_named || is_spring(view, directory))
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
    let mut classes: Vec<String> = Vec::new();
    for (language, end) in [("java", ".java"), ("kotlin", ".kt")] {
        let sources = join(own, "src/main");
        let files = view.below(&sources).filter(|(path, _)| path.ends_with(end));
        for (path, text) in files {
            let path = path.strip_prefix(language).unwrap_or(path).trim_start_matches('/');
            let class = path.trim_end_matches(end).replace('/', ".");
            if text.contains("public static void main(")
                || text.contains("@JvmStatic") && text.contains("fun main(")
            {
                classes.push(class);
            } else if end == ".kt" && text.lines().any(|line| line.starts_with("fun main(")) {
                classes.push(format!("{class}Kt"));
            }
        }
    }
    match classes.as_slice() {
        [only] => Some(Key::guessed("main", only.as_str(), "it is the only class with a `main` method")),
        _ => None,
    }
}

/// The port that the code of a program without a framework names.
fn port_of_code(view: &View, own: &str) -> Option<(u16, String)> {
    let sources = join(own, "src/main");
    let mut code = view.below(&sources).filter(|(path, _)| path.ends_with(".java"));
    code.find_map(|(path, text)| Some((ports::behind(text, &PORTS)?, format!("src/main/{path} names it"))))
}

/// The port of a framework's own configuration, below a key.
fn port(view: &View, own: &str, key: &str) -> Option<(u16, String)> {
    let resources = join(own, "src/main/resources");
    let text = view.file(&resources, "application.properties").unwrap_or_default();
    let name = format!("{key}.port");
    let line = text.lines().find_map(|line| line.trim().strip_prefix(&name));
    if let Some(port) = line.and_then(|line| ports::behind(line, &["=", ":"])) {
        return Some((port, "set in application.properties".to_owned()));
    }
    ["application.yml", "application.yaml"].into_iter().find_map(|name| {
        let document = document(view.file(&resources, name)?)?;
        let port = document.pointer(&format!("/{}/port", key.replace('.', "/")))?.as_str()?;
        // Spring and Micronaut write `${NAME:8080}`.
        let default = port.strip_prefix("${").and_then(|rest| rest.trim_end_matches('}').split_once(':'));
        let port = default.map_or(port, |(_, default)| default);
        let number = port.parse().ok().filter(|port| *port > 0)?;
        Some((number, format!("set in {name}")))
    })
}
