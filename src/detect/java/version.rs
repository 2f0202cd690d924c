//! The version of Java that a build asks for, beside the one of the built-in base.

use super::super::Unit;
use super::super::view::{View, ancestors};

/// The version that the built-in base compiles and runs with.
const BUILT_IN: u32 = 21;

/// The oldest version that its compiler compiles for.
const OLDEST: u32 = 8;

/// Versions of which there is another pair of images, for Maven and to run.
const OTHERS: [u32; 2] = [17, 25];

/// What is to be said if the build or the Dockerfile asks for another version.
pub(super) fn unknown(view: &View, unit: &Unit, manifest: &str) -> Option<(&'static str, String)> {
    let in_build =
        asked(view, &unit.directory, manifest).map(|asked| (asked, format!("{manifest} asks for")));
    let (asked, who) =
        in_build.or_else(|| of_images(unit).map(|asked| (asked, "its Dockerfile has".to_owned())))?;
    let base = OTHERS.iter().find(|other| asked <= **other && (asked > BUILT_IN) == (**other > BUILT_IN));
    let hint = base.map_or_else(String::new, |base| {
        format!(
            "name a `base`, such as {} and gcr.io/distroless/java{base}-debian13:nonroot",
            if manifest == "pom.xml" {
                format!("maven:3-eclipse-temurin-{base}-noble")
            } else {
                format!("eclipse-temurin:{base}-jdk-noble")
            }
        )
    });
    let end = |start: &str| if hint.is_empty() { String::new() } else { format!("{start}{hint}") };
    let why = match asked {
        BUILT_IN => return None,
        asked if asked < OLDEST => {
            format!("{who} Java {asked}, and the compiler of Java {BUILT_IN} begins with {OLDEST}")
        }
        asked if asked < BUILT_IN => {
            format!(
                "{who} Java {asked}, and Java {BUILT_IN} builds and runs it{}",
                end(": if that matters, ")
            )
        }
        asked => format!("{who} Java {asked}, and the built-in base has {BUILT_IN}{}", end(": ")),
    };
    Some(("base", why))
}

/// The version that the build files of a directory, or of the builds above it, ask for.
fn asked(view: &View, directory: &str, manifest: &str) -> Option<u32> {
    ancestors(directory)
        .filter_map(|above| view.file(above, manifest))
        .find_map(|text| if manifest == "pom.xml" { of_pom(view, directory, text) } else { of_gradle(text) })
}

/// What a pom.xml asks for, by the compiler's own settings or else by the properties of Maven's and Spring's.
fn of_pom(view: &View, directory: &str, text: &str) -> Option<u32> {
    const SETTINGS: [&str; 3] = ["release", "target", "source"];
    const PROPERTIES: [&str; 4] =
        ["maven.compiler.release", "maven.compiler.target", "java.version", "maven.compiler.source"];
    let poms = || ancestors(directory).filter_map(|above| view.file(above, "pom.xml"));
    let value = |text: &str, name: &&str| {
        let value = element(text, name)?;
        let property = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        number(property.map_or(Some(value), |name| poms().find_map(|pom| element(pom, name)))?)
    };
    let plugin =
        text.split_once("maven-compiler-plugin").and_then(|(_, rest)| rest.split("</plugin>").next());
    let set = plugin.and_then(|plugin| SETTINGS.iter().find_map(|name| value(plugin, name)));
    set.or_else(|| PROPERTIES.iter().find_map(|name| value(text, name)))
}

/// The text of the first element of a name that has no others in it.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, end) = rest.split_once('<')?;
    end.starts_with('/').then(|| value.trim())
}

/// What a build file of Gradle asks for, by a toolchain or by the compatibility of the sources.
fn of_gradle(text: &str) -> Option<u32> {
    const BEFORE: [&str; 6] = [
        "JavaLanguageVersion.of(",
        "jvmToolchain(",
        "sourceCompatibility",
        "targetCompatibility",
        "jvmTarget",
        "options.release",
    ];
    BEFORE.iter().find_map(|word| {
        let (_, rest) = text.split_once(word)?;
        let rest = rest.lines().next()?;
        number(rest.trim_start_matches(|c: char| !c.is_ascii_digit()).split(['\'', '"', ')', ' ']).next()?)
    })
}

/// What the image of a Dockerfile is tagged with.
fn of_images(unit: &Unit) -> Option<u32> {
    let image = unit.facts.images.first()?.split('@').next()?;
    let (name, tag) = image.rsplit_once(':')?;
    let is_java = ["java", "jdk", "jre", "temurin", "corretto"].iter().any(|word| name.contains(word));
    let digits = |text: &str| number(text.split(|c: char| !c.is_ascii_digit() && c != '_').next()?);
    is_java.then(|| digits(tag)).flatten()
}

/// The version in `17`, `1.8`, `1_8` and `11.0`.
fn number(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(['.', '_']);
    match parts.next()?.parse().ok()? {
        1 => parts.next()?.parse().ok(),
        version => Some(version),
    }
    .filter(|version| (2..100).contains(version))
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, OTHERS, number, of_gradle};

    #[test]
    fn the_versions_are_those_of_the_catalogue() {
        let catalogue = include_str!("../../bases/catalogue.toml");
        let pair = catalogue.lines().find(|line| line.starts_with("java-maven")).expect("a pair");
        assert!(pair.contains(&format!("eclipse-temurin-{BUILT_IN}-noble")), "{pair}");
        assert!(pair.contains(&format!("java{BUILT_IN}-debian13")), "{pair}");
        let (_, run) = catalogue.split_once("[bases.java-debian13]").expect("the run image");
        for other in OTHERS {
            assert!(run.lines().take(8).any(|line| line.contains(&format!("\"{other}\" ="))), "{other}");
        }
    }

    #[test]
    fn versions_are_read_in_all_their_forms() {
        assert_eq!(["1.8", "17", "1_8", "11.0"].map(number), [Some(8), Some(17), Some(8), Some(11)]);
        assert_eq!(number("${java}"), None);
        let gradle = |line: &str| of_gradle(&format!("java {{\n    {line}\n}}\n"));
        assert_eq!(gradle("sourceCompatibility = '1.8'"), Some(8));
        assert_eq!(gradle("sourceCompatibility = JavaVersion.VERSION_1_8"), Some(8));
        assert_eq!(gradle("toolchain { languageVersion = JavaLanguageVersion.of(17) }"), Some(17));
        assert_eq!(gradle("sourceCompatibility = project.version"), None);
    }
}
