//! .NET: project files of programs.

use super::view::{View, inside, resolve, split};
use super::{Found, Key, Unit, start};

const ENDS: [&str; 3] = [".csproj", ".fsproj", ".vbproj"];

/// What the framework's images set `ASPNETCORE_HTTP_PORTS` to.
const PORT: u16 = 8080;

pub(super) fn find(view: &View, unit: &Unit) -> Option<Found> {
    let own = &unit.directory;
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
    // Projects that it refers to have to lie in the service's directory as well.
    let directory = common(own, &references(view, own, text));
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
    Some(Found { kind: "dotnet", directory, table, port, is_program: true, ..Found::default() })
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

/// The directories of all projects that one refers to, and of those that these refer to.
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
    let includes = text.split("<ProjectReference").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("Include=\"")?;
        let (path, _) = rest.split_once('"')?;
        resolve(own, &path.replace('\\', "/"))
    });
    includes.collect()
}

/// The deepest directory that holds all of some.
fn common(own: &str, others: &[String]) -> String {
    let above =
        super::view::ancestors(own).find(|above| others.iter().all(|other| inside(above, other).is_some()));
    above.unwrap_or(own).to_owned()
}
