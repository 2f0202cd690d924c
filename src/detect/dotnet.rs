//! .NET: project files of programs.

use super::view::{View, inside, resolve, split};
use super::{Found, Key, Unit, start};

const ENDS: [&str; 3] = [".csproj", ".fsproj", ".vbproj"];

/// What the framework's images set `ASPNETCORE_HTTP_PORTS` to.
const PORT: u16 = 8080;

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let built = built(view, unit);
    let own = built.as_ref().unwrap_or(&unit.directory);
    let programs: Vec<(&str, &str)> = view
        .files(own)
        .filter(|(path, text)| ENDS.iter().any(|end| path.ends_with(end)) && is_program(text))
        .collect();
    let (file, text) = match programs.as_slice() {
        [] => return None,
        all => {
            let started = unit.argv().map(|argv| argv.join(" ")).unwrap_or_default();
            let stem = |path: &str| path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
            *all.iter().find(|(path, _)| started.contains(&stem(path))).unwrap_or(&all[0])
        }
    };
    // What it refers to, and what MSBuild and NuGet look for above it, has to lie in the service's directory as well.
    let mut others = references(view, own, text);
    others.extend(above(view, own));
    let directory = common(own, &others);
    let below = inside(&directory, own).unwrap_or("");
    let project = super::view::join(below, file);
    let project = match programs.len() {
        1 => Key::sure("project", project),
        more => Key::guessed("project", project, format!("there are {more} programs here")),
    };
    let mut table = vec![project];
    if let Some(name) = element(text, "AssemblyName").filter(|name| !name.contains('$')) {
        table.push(Key::sure("assembly", name));
    }
    let dll = unit.argv().and_then(|argv| argv.iter().position(|word| word.ends_with(".dll")));
    table.extend(dll.and_then(|dll| start::arguments(unit, dll + 1)));
    let is_web = text.contains("Microsoft.NET.Sdk.Web");
    let port = is_web.then(|| (PORT, "what the images of ASP.NET set".to_owned()));
    let mut found = Found { kind: "dotnet", directory, table, port, is_program: true, ..Found::default() };
    found.is_server = is_web || text.contains("Microsoft.NET.Sdk.Worker") || unit.is_built();
    if text.contains("Microsoft.AspNetCore.SpaProxy")
        || unit.facts.commands.iter().any(|words| is_script(words))
    {
        let why = "its Dockerfile or project builds a front end as well, which is not described";
        found.unknowns.push(("dotnet.project", why.to_owned()));
    }
    let program = unit.argv().and_then(<[String]>::first).filter(|word| word.ends_with(".sh"));
    found.unknowns.extend(program.map(|word| ("start", format!("its Dockerfile starts it by {word}"))));
    found.member = Some(own.clone());
    Some(found)
}

/// The directory of the only project below the unit's own that a command of its Dockerfile names, if none lies there.
fn built(view: &View, unit: &Unit) -> Option<String> {
    let is_project = |path: &str| ENDS.iter().any(|end| path.ends_with(end));
    if view.files(&unit.directory).any(|(path, _)| is_project(path)) {
        return None;
    }
    let published =
        unit.facts.commands.iter().filter(|words| words.get(1).is_some_and(|word| word == "publish"));
    let name = published.flatten().find(|word| is_project(word)).map(|word| start::name(word))?;
    let mut found = view.below(&unit.directory).filter(|(path, _)| split(path).1 == name);
    let (path, _) = found.next()?;
    found.next().is_none().then(|| super::view::join(&unit.directory, split(path).0))
}

/// Whether a command runs a script of package.json.
fn is_script(words: &[String]) -> bool {
    matches!(words, [manager, run, ..] if matches!(manager.as_str(), "npm" | "pnpm" | "yarn" | "bun") && run == "run")
}

/// The directories above a project with files that hold for all projects below them.
fn above(view: &View, own: &str) -> Vec<String> {
    const FILES: [&str; 5] = [
        "directory.build.props",
        "directory.build.targets",
        "directory.packages.props",
        "nuget.config",
        "global.json",
    ];
    let holds = |directory: &&str| {
        view.files(directory).any(|(path, _)| FILES.contains(&path.to_lowercase().as_str()))
    };
    super::view::ancestors(own).filter(holds).map(ToOwned::to_owned).collect()
}

fn is_program(text: &str) -> bool {
    const OTHERS: [&str; 5] = [
        "Microsoft.NET.Test.Sdk",
        "<IsTestProject>true",
        "Aspire.AppHost",
        "<IsAspireHost>true",
        "<UseMaui>true",
    ];
    let is_other = OTHERS.iter().any(|word| text.contains(word));
    let is_sdk = text.contains("Microsoft.NET.Sdk.Web\"") || text.contains("Microsoft.NET.Sdk.Worker");
    !is_other && (is_sdk || element(text, "OutputType").is_some_and(|kind| kind.eq_ignore_ascii_case("exe")))
}

fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(value, _)| value.trim())
}

/// The directories of all projects and files that a project refers to, and of those that these refer to.
fn references(view: &View, own: &str, text: &str) -> Vec<String> {
    let mut paths: Vec<String> = direct(own, text);
    let mut next = 0;
    while let Some(path) = paths.get(next).cloned() {
        let more = view.text(&path).map(|text| direct(split(&path).0, text)).unwrap_or_default();
        let new: Vec<String> = more.into_iter().filter(|path| !paths.contains(path)).collect();
        paths.extend(new);
        next += 1;
    }
    paths.iter().map(|path| split(path).0.to_owned()).collect()
}

fn direct(own: &str, text: &str) -> Vec<String> {
    const ELEMENTS: [&str; 5] = ["ProjectReference", "Compile", "Content", "Protobuf", "EmbeddedResource"];
    let element = |name: &str| {
        let opening = format!("<{name} ");
        let all = text.split(&opening).skip(1).filter_map(|rest| {
            let (tag, _) = rest.split_once('>')?;
            let (_, rest) = tag.split_once("Include=\"")?;
            let (path, _) = rest.split_once('"')?;
            resolve(own, path.replace('\\', "/").split('*').next()?)
        });
        all.collect::<Vec<_>>()
    };
    ELEMENTS.into_iter().flat_map(element).collect()
}

/// The deepest directory that holds all of some.
fn common(own: &str, others: &[String]) -> String {
    let above =
        super::view::ancestors(own).find(|above| others.iter().all(|other| inside(above, other).is_some()));
    above.unwrap_or(own).to_owned()
}
