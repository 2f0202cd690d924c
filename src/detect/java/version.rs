//! The version of Java that a build asks for, beside the one of the built-in base.

use super::super::Unit;
use super::super::view::{View, ancestors};
use crate::kinds::java::release::{number, of_gradle, of_pom};

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
    let poms: Vec<&str> = ancestors(directory).filter_map(|above| view.file(above, "pom.xml")).collect();
    ancestors(directory)
        .filter_map(|above| view.file(above, manifest))
        .find_map(|text| if manifest == "pom.xml" { of_pom(text, &poms) } else { of_gradle(text) })
}

/// What the image of a Dockerfile is tagged with.
fn of_images(unit: &Unit) -> Option<u32> {
    let image = unit.facts.images.first()?.split('@').next()?;
    let (name, tag) = image.rsplit_once(':')?;
    let is_java = ["java", "jdk", "jre", "temurin", "corretto"].iter().any(|word| name.contains(word));
    let digits = |text: &str| number(text.split(|c: char| !c.is_ascii_digit() && c != '_').next()?);
    is_java.then(|| digits(tag)).flatten()
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, OTHERS};

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
}
