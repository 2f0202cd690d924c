//! The release of Java that a build asks for (maven.apache.org/plugins/maven-compiler-plugin,
//! docs.gradle.org/current/userguide/toolchains.html).

/// What a pom.xml asks for, by the compiler's own settings or else by the properties of Maven's and Spring's.
/// Properties may be those of the builds above it: `poms` are all, from its own on.
pub(crate) fn of_pom(text: &str, poms: &[&str]) -> Option<u32> {
    const SETTINGS: [&str; 3] = ["release", "target", "source"];
    const PROPERTIES: [&str; 4] =
        ["maven.compiler.release", "maven.compiler.target", "java.version", "maven.compiler.source"];
    let value = |text: &str, name: &&str| {
        let value = element(text, name)?;
        let property = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        number(property.map_or(Some(value), |name| poms.iter().find_map(|pom| element(pom, name)))?)
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
pub(crate) fn of_gradle(text: &str) -> Option<u32> {
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

/// The version in `17`, `1.8`, `1_8` and `11.0`.
pub(crate) fn number(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(['.', '_']);
    match parts.next()?.parse().ok()? {
        1 => parts.next()?.parse().ok(),
        version => Some(version),
    }
    .filter(|version| (2..100).contains(version))
}

#[cfg(test)]
mod tests {
    use super::{number, of_gradle};

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
