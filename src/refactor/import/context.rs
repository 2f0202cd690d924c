//! The build context of a Dockerfile: the directory that a Compose, bake or CI file names for it, or else the one that
//! has what it copies.

use std::collections::BTreeMap;

use saphyr_parser::Event;

use super::Tree;
use super::draft::GENERAL;
use super::paths::{clean, has_extension, join, parent};
use crate::dockerfile::{Dockerfile, Instruction, Keyword, Stages};
use crate::yaml;

/// The directory of the workflows of GitHub.
const WORKFLOWS: &str = ".github/workflows";

/// A file that says in which context a Dockerfile is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its path, below the root of the sources.
    pub file: String,
    /// The build context, below the root of the sources; empty if it is the root.
    pub context: String,
    /// Whether it is a workflow of GitHub, whose paths start at the root.
    pub is_workflow: bool,
}

/// A build that some file describes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Build {
    context: String,
    /// The Dockerfile, below the root.
    dockerfile: String,
}

/// The files that name a context for the Dockerfile: those beside it and above, the nearest first, and then workflows.
pub fn built_by(path: &str, tree: &dyn Tree) -> Vec<Built> {
    let mut found = Vec::new();
    let mut directory = parent(path);
    loop {
        for name in tree.entries(directory) {
            let builds = match name.as_str() {
                _ if !is_build_file(&name) => continue,
                hcl if has_extension(hcl, "hcl") => of_hcl,
                json if has_extension(json, "json") => of_bake_json,
                _ => of_compose,
            };
            let file = join(directory, &name);
            let text = tree.text(&file).unwrap_or_default();
            let build = builds(&text, directory).into_iter().find(|build| build.dockerfile == path);
            found.extend(build.map(|build| Built { file, context: build.context, is_workflow: false }));
        }
        if directory.is_empty() {
            break;
        }
        directory = parent(directory);
    }
    for name in tree.entries(WORKFLOWS) {
        let file = join(WORKFLOWS, &name);
        let text = tree.text(&file).unwrap_or_default();
        let build = of_workflow(&text).into_iter().find(|build| build.dockerfile == path);
        found.extend(build.map(|build| Built { file, context: build.context, is_workflow: true }));
    }
    found
}

/// Whether a file describes builds, going by its name: a Compose file, or one of bake.
fn is_build_file(name: &str) -> bool {
    let plain = name.strip_prefix("docker-").unwrap_or(name);
    let ends = |ends: [&str; 2]| ends.iter().any(|end| has_extension(plain, end));
    (plain.starts_with("compose") && ends(["yaml", "yml"]))
        || (plain.starts_with("bake") && ends(["hcl", "json"]))
}

/// The path that a text names from a directory; `None` if it depends on a variable or is an address.
fn from(directory: &str, written: &str) -> Option<String> {
    if written.contains(['$', '{']) || written.contains("://") || written.starts_with('/') {
        return None;
    }
    // What leads out of the tree is in none of its directories.
    let up = written.split('/').filter(|part| *part == "..").count();
    (up <= directory.split('/').filter(|part| !part.is_empty()).count())
        .then(|| clean(&format!("{directory}/{written}")))
}

fn build(directory: &str, context: &str, dockerfile: Option<&str>) -> Option<Build> {
    let context = from(directory, context)?;
    let dockerfile = from(&context, dockerfile.unwrap_or("Dockerfile"))?;
    Some(Build { context, dockerfile })
}

/// The builds of a Compose file: `build: DIR`, or a mapping with `context` and `dockerfile`.
fn of_compose(text: &str, directory: &str) -> Vec<Build> {
    let builds = mappings(text).into_iter().filter_map(|(key, map)| {
        if let Some(short) = map.get("build") {
            return build(directory, short, None);
        }
        let dockerfile = map.get("dockerfile").map(String::as_str);
        (key == "build")
            .then(|| build(directory, map.get("context").map_or(".", String::as_str), dockerfile))?
    });
    builds.collect()
}

fn of_bake_json(text: &str, directory: &str) -> Vec<Build> {
    let targets = mappings(text).into_iter().filter_map(|(_, map)| target(&map, directory));
    targets.collect()
}

fn target(map: &Map, directory: &str) -> Option<Build> {
    let context = map.get("context").map_or(".", String::as_str);
    let dockerfile = map.get("dockerfile").map(String::as_str);
    (map.contains_key("context") || dockerfile.is_some()).then(|| build(directory, context, dockerfile))?
}

/// The builds of a workflow: the inputs of docker/build-push-action, whose paths start at the root.
fn of_workflow(text: &str) -> Vec<Build> {
    let builds = mappings(text).into_iter().filter(|(key, _)| key == "with").filter_map(|(_, map)| {
        let context = from("", map.get("context").map_or(".", String::as_str))?;
        let own = join(&context, "Dockerfile");
        let dockerfile = map.get("file").map_or(Some(own), |file| from("", file))?;
        (map.contains_key("context") || map.contains_key("file")).then_some(Build { context, dockerfile })
    });
    builds.collect()
}

/// The targets of a bake file, as far as their strings stand in lines of their own.
fn of_hcl(text: &str, directory: &str) -> Vec<Build> {
    let mut found = Vec::new();
    let mut open: Option<Map> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("target ") {
            open = Some(Map::new());
        } else if line.starts_with('}') {
            found.extend(open.take().and_then(|map| target(&map, directory)));
        } else if let Some(map) = &mut open
            && let Some((key, value)) = line.split_once('=')
            && let Some(value) = value.trim().strip_prefix('"').and_then(|rest| rest.split('"').next())
        {
            map.insert(key.trim().to_owned(), value.to_owned());
        }
    }
    found
}

type Map = BTreeMap<String, String>;

/// Every mapping of a YAML file with the key that it is behind, and its scalars. JSON is YAML.
fn mappings(text: &str) -> Vec<(String, Map)> {
    let Ok((_, events)) = yaml::events(text) else { return Vec::new() };
    let mut done = Vec::new();
    // A mapping: its own key, its scalars, and the key that waits for its value. A sequence has no mapping.
    let mut open: Vec<(String, Option<Map>, Option<String>)> = Vec::new();
    for (event, _) in events {
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let key = open.last_mut().and_then(|(_, _, key)| key.take()).unwrap_or_default();
                let map = matches!(event, Event::MappingStart(..)).then(Map::new);
                open.push((key, map, None));
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some((key, Some(map), _)) = open.pop() {
                    done.push((key, map));
                }
            }
            Event::Scalar(value, ..) => {
                if let Some((_, Some(map), key)) = open.last_mut() {
                    match key.take() {
                        None => *key = Some(value.into_owned()),
                        Some(name) => drop(map.insert(name, value.into_owned())),
                    }
                }
            }
            Event::Alias(_) => drop(open.last_mut().and_then(|(_, _, key)| key.take())),
            _ => {}
        }
    }
    done
}

/// The directory, among that of the Dockerfile and those above, that has most of what it copies. Where nothing tells,
/// the one that is not called after the way things are built, if more than Dockerfiles lie in it.
pub fn likely(path: &str, text: &str, tree: &dyn Tree) -> String {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let all = stages.stages.iter().flat_map(|stage| stages.instructions(stage));
    let copies = all.filter_map(Instruction::as_copy).filter(|copy| copy.from.is_none());
    let sources: Vec<String> = copies
        .flat_map(|copy| copy.sources.iter().map(|word| word.value.to_string()).collect::<Vec<_>>())
        .filter(|source| !source.contains("://") && !source.contains('$'))
        .collect();
    let named: Vec<String> = sources.iter().map(|source| clean(source)).filter(|s| !s.is_empty()).collect();
    // Who copies everything says by its commands what lies there.
    let used = if named.is_empty() && !sources.is_empty() { used(&file) } else { Vec::new() };
    let directories: Vec<&str> = above(parent(path)).collect();
    let count =
        |directory: &str| named.iter().chain(&used).filter(|source| lies_in(tree, directory, source)).count();
    let counts: Vec<usize> = directories.iter().map(|directory| count(directory)).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    if most > 0 {
        let best = counts.iter().position(|count| *count == most).unwrap_or(0);
        return directories[best].to_owned();
    }
    if sources.is_empty() || !named.is_empty() {
        return String::new();
    }
    let is_own = |directory: &&str| {
        let name = directory.rsplit('/').next().unwrap_or_default();
        let holds_more = || {
            tree.entries(directory)
                .iter()
                .any(|name| !crate::path::is_dockerfile(name) && !name.starts_with('.'))
        };
        directory.is_empty() || (!GENERAL.contains(&name) && holds_more())
    };
    directories.into_iter().find(is_own).unwrap_or_default().to_owned()
}

/// The files of the build context that commands may name: scripts, requirements, modules, manifests.
fn used(file: &Dockerfile<'_>) -> Vec<String> {
    const MANIFESTS: [(&str, &str); 8] = [
        ("npm", "package.json"),
        ("yarn", "package.json"),
        ("pnpm", "package.json"),
        ("go", "go.mod"),
        ("cargo", "Cargo.toml"),
        ("mvn", "pom.xml"),
        ("poetry", "pyproject.toml"),
        ("bundle", "Gemfile"),
    ];
    let of = |keyword| file.instructions.iter().filter(move |instruction| instruction.keyword == keyword);
    let workdirs: Vec<String> = of(Keyword::Workdir)
        .filter_map(|workdir| Some(workdir.arguments.first()?.value.to_string()))
        .collect();
    let commands = [Keyword::Run, Keyword::Cmd, Keyword::Entrypoint].into_iter().flat_map(of);
    let ends = |c: char| c.is_whitespace() || "\"',;&|()[]=<>".contains(c);
    let mut found: Vec<String> = Vec::new();
    for word in commands.flat_map(|command| file.text[command.span.clone()].split(ends)) {
        let inner = workdirs.iter().find_map(|workdir| word.strip_prefix(&format!("{workdir}/")));
        let path = clean(inner.unwrap_or(word));
        if let Some((_, manifest)) = MANIFESTS.iter().find(|(program, _)| *program == word) {
            found.push((*manifest).to_owned());
        } else if let Some((module, _)) = word.split_once(':').filter(|(module, _)| !module.contains('/')) {
            found.push(format!("{}.py", module.replace('.', "/")));
        } else if path.contains('.') && !inner.unwrap_or(word).starts_with(['-', '/', '$']) {
            found.push(path);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether something that COPY names lies in a directory.
fn lies_in(tree: &dyn Tree, directory: &str, source: &str) -> bool {
    let path = join(directory, source);
    if !source.contains(['*', '?', '[']) {
        return tree.is_directory(&path).is_some();
    }
    let (directory, last) = path.rsplit_once('/').unwrap_or(("", &path));
    let Ok(glob) = globset::Glob::new(last) else { return false };
    let glob = glob.compile_matcher();
    tree.entries(directory).iter().any(|name| glob.is_match(name))
}

/// A directory and those above it.
fn above(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |inner| (!inner.is_empty()).then(|| parent(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_name_contexts() {
        let found = |builds: Vec<Build>| {
            builds
                .into_iter()
                .map(|b| format!("{} {}", b.context, b.dockerfile))
                .collect::<Vec<_>>()
                .join("; ")
        };
        let compose = "services:\n  a:\n    build: ./a\n  b:\n    build:\n      context: ..\n      dockerfile: deploy/b/Dockerfile\n  c:\n    build: {dockerfile: c.Dockerfile}\n  d: {build: $D}\n";
        assert_eq!(
            found(of_compose(compose, "deploy")),
            "deploy/a deploy/a/Dockerfile;  deploy/b/Dockerfile; deploy deploy/c.Dockerfile"
        );
        assert_eq!(found(of_compose("services: {a: {build: ../..}}", "deploy")), "");
        let bake = "target \"a\" {\n  context = \"src\"\n  dockerfile = \"../docker/a\"\n}\ntarget \"b\" {\n  args = {}\n}\n";
        assert_eq!(found(of_hcl(bake, "")), "src docker/a");
        let json = "{\"target\": {\"a\": {\"context\": \"x\", \"dockerfile\": \"D\"}}}";
        assert_eq!(found(of_bake_json(json, "")), "x x/D");
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n          file: ./docker/Dockerfile\n      - with: {path: x}\n";
        assert_eq!(found(of_workflow(workflow)), " docker/Dockerfile");
    }
}
