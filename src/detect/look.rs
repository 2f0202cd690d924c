//! In which language a program is written, and what it is.

use super::units::Unit;
use super::view::{View, join, split};
use super::{Found, LANGUAGES, Language, node, python, start};

/// Words of images that say nothing of what runs on them.
const GENERAL: [&str; 12] = [
    "alpine",
    "debian",
    "ubuntu",
    "scratch",
    "distroless",
    "busybox",
    "amazonlinux",
    "fedora",
    "centos",
    "ubi",
    "wolfi",
    "builder",
];

/// What starts there, and in which language; the reason if nothing is found.
pub(super) fn look(view: &View, unit: &mut Unit) -> Result<Found, String> {
    let words: Vec<String> = unit.facts.images.iter().map(|image| image.to_lowercase()).collect();
    for (word, language) in [("ruby", "Ruby"), ("php", "PHP"), ("elixir", "Elixir")] {
        if words.first().is_some_and(|image| has_word(image, word)) {
            return Err(format!("there is no kind for {language}"));
        }
    }
    if unit.facts.runs.iter().any(|run| run.contains("wasm32")) {
        return Err("there is no kind for WebAssembly".to_owned());
    }
    if unit.argv().is_some_and(runs_tests) {
        return Err("its command runs tests".to_owned());
    }
    let mut languages: Vec<&Language> = Vec::new();
    for image in &words {
        languages.extend(LANGUAGES.iter().filter(|l| l.images.iter().any(|word| has_word(image, word))));
    }
    let is_told = !languages.is_empty();
    let told = languages.first().copied();
    if !is_told && words.first().is_none_or(|image| GENERAL.iter().any(|word| has_word(image, word))) {
        languages.extend(LANGUAGES);
    }
    let places: Vec<String> =
        unit.places().flat_map(|place| [place.to_owned(), join(place, "src"), join(place, "app")]).collect();
    for language in languages {
        // A Python program needs no manifest, and a module may be declared above.
        let own = places.iter().find(|place| has_manifest(view, place, language));
        let place = own.or_else(|| places.first().filter(|_| is_told));
        if let Some(place) = place {
            unit.directory.clone_from(place);
            // A module that is named from a directory above starts there.
            let above = match language.images[0] {
                "python" => python::above(view, unit),
                "node" => node::above(view, unit),
                _ => None,
            };
            let above = above.map(|above| std::mem::replace(&mut unit.directory, above));
            if let Some(mut found) = (language.find)(view, unit) {
                found.member = above.or(found.member);
                return Ok(found);
            }
        }
    }
    Err(reason(view, unit, told, &places))
}

/// Whether a command line runs the tests of a project.
fn runs_tests(argv: &[String]) -> bool {
    let words: Vec<&str> = argv.iter().map(|word| start::name(word)).take(3).collect();
    matches!(
        words.as_slice(),
        ["go" | "cargo" | "dotnet" | "npm" | "yarn" | "pnpm" | "mvn" | "gradle" | "gradlew", "test", ..]
            | ["npm" | "yarn" | "pnpm", "run", "test", ..]
            | ["pytest", ..]
    )
}

/// Why nothing is found.
fn reason(view: &View, unit: &Unit, told: Option<&Language>, places: &[String]) -> String {
    let image = unit.facts.images.first().map(|image| image.split('@').next().unwrap_or(image));
    // What it stands on and what it starts are no program of a language that only builds something.
    let is_own = |told: &Language| {
        image.is_none_or(|image| {
            told.images.iter().chain(&GENERAL).any(|word| has_word(&image.to_lowercase(), word))
        })
    };
    if let Some(told) = told.filter(|told| {
        !told.images.iter().any(|image| matches!(*image, "python" | "nginx"))
            && is_own(told)
            && !places.iter().any(|place| has_manifest(view, place, told))
    }) {
        return match told.manifests[0] {
            "go.mod" => format!("no program of Go lies in `{}`", super::shown(&places[0])),
            manifest => format!("there is no {manifest}"),
        };
    }
    if let Err(why) = &unit.start {
        return why.clone();
    }
    let commands = [&unit.facts.entrypoint, &unit.facts.cmd];
    if told.is_some() && unit.argv().is_none() && commands.iter().any(|argv| !argv.is_empty()) {
        return "its command needs a shell".to_owned();
    }
    let script = places.iter().filter_map(|place| view.file(place, "package.json")).find_map(|text| {
        let json: serde_json::Value = serde_json::from_str(text).ok()?;
        json.get("scripts")?.get("start")?.as_str().map(ToOwned::to_owned)
    });
    if let Some(script) = script.filter(|_| told.is_some_and(|told| told.images.contains(&"node"))) {
        return format!("no file of it is known to be started; its start script is `{script}`");
    }
    let based = image.map(|image| format!("its image is based on {image}"));
    let started = match unit.argv() {
        Some(argv) => Some(format!("it starts `{}`", start::name(&argv[0]))),
        None if serves_sites(unit) => None,
        None => told.map(|_| "its Dockerfile has no command".to_owned()),
    };
    let facts = ["its program cannot be determined".to_owned()].into_iter().chain(started).chain(based);
    facts.collect::<Vec<_>>().join("; ")
}

/// Whether one of the words of an image's name begins or ends so.
fn has_word(image: &str, word: &str) -> bool {
    let name = image.split(['@']).next().unwrap_or(image);
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| part.starts_with(word) || part.ends_with(word))
}

/// Whether a directory has a manifest of a language.
pub(super) fn has_manifest(view: &View, directory: &str, language: &Language) -> bool {
    language.manifests.iter().any(|manifest| match manifest.strip_prefix('*') {
        Some(end) => view.files(directory).any(|(file, _)| file.ends_with(end)),
        None => view.has(directory, manifest),
    })
}

/// Whether a path is that of a manifest of a language.
pub(super) fn is_manifest(language: &Language, path: &str) -> bool {
    let (_, name) = split(path);
    language.manifests.iter().any(|manifest| match manifest.strip_prefix('*') {
        Some(end) => name.ends_with(end),
        None => name == *manifest,
    })
}

/// Whether the image of a unit starts a server of web sites.
pub(super) fn serves_sites(unit: &Unit) -> bool {
    let first = unit.facts.images.first().map(|image| image.to_lowercase());
    first.is_some_and(|image| ["nginx", "httpd", "caddy"].iter().any(|word| has_word(&image, word)))
        || unit.argv().is_some_and(|argv| matches!(start::name(&argv[0]), "nginx" | "httpd" | "caddy"))
}
