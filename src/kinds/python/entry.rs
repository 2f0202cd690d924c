//! What a Python service starts: whether its image will have it.

use super::Python;
use super::installed::SERVERS;
use crate::context::{Image, Lies, Missing};
use crate::diagnostic::{Span, nearest};
use crate::fleet::Service;
use crate::fleet::words::{App, Argument};
use crate::path::RelativePath;

/// What is started, as far as the tree can tell.
#[derive(Debug, PartialEq, Eq)]
enum Start<'a> {
    /// A module that a server imports.
    Application(&'a str),
    /// A module that is run: of a package its `__main__`.
    Module(&'a str),
    /// A file.
    File(&'a str),
}

impl Python {
    /// What it starts that will not be in the image, and requirements that others include.
    pub(super) fn absent_modules(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let mut found = self.absent_includes(service, image);
        found.extend(self.other_version(service, image));
        found.extend(self.uninstalled_server(service, image));
        found.extend(self.unrequired_hashes(service, image));
        if let Some((start, span)) = self.start() {
            let roots = self.roots(service);
            found.extend(match start {
                // A project has its assets there, and its own file says where its modules are.
                Start::File(_) if self.project => None,
                Start::File(path) => absent_file(path, span, service, image),
                Start::Application(name) | Start::Module(name) => {
                    let is_run = matches!(start, Start::Module(_));
                    let entry = Entry { name, is_run, roots: &roots, image };
                    let missing =
                        entry.missing(span, || self.project || self.may_bring(name, service, image));
                    missing
                        .map(|missing| Missing { is_certain: missing.is_certain && !self.project, ..missing })
                }
            });
        }
        found
    }

    /// The directories that Python looks for modules in, beside those of what is installed. The modules of a project
    /// are installed from the places that tools agree on.
    fn roots(&self, service: &Service) -> Vec<String> {
        let path = service.env.iter().find(|(name, _)| name.as_str() == "PYTHONPATH");
        let more =
            path.iter().flat_map(|(_, value)| value.as_str().split(':')).filter(|entry| !entry.is_empty());
        let absolute = |entry: &str| match entry.strip_prefix('/') {
            Some(_) => entry.trim_end_matches('/').to_owned(),
            None => format!("/app/{}", entry.trim_end_matches('/')),
        };
        let src = self.project.then(|| "/app/src".to_owned());
        std::iter::once("/app".to_owned()).chain(src).chain(more.map(absolute)).collect()
    }

    fn start(&self) -> Option<(Start<'_>, Span)> {
        if let Some(app) = &self.app {
            return Some((Start::Application(app.as_str().split(':').next()?), app.span.clone()));
        }
        if let Some(module) = &self.module {
            return Some((Start::Module(module.as_str()), module.span.clone()));
        }
        if let Some(command) = &self.command {
            return Some((of_command(command)?, command.span.clone()));
        }
        let script = self.script.as_ref()?;
        Some((of_script(script)?, script.span.clone()))
    }

    /// Requirements files that another one includes: the build has those alone that are named.
    fn absent_includes(&self, service: &Service, image: &Image<'_>) -> Vec<Missing> {
        let mut found = Vec::new();
        for file in &self.requirements {
            let Some(text) = image.tree.text(service.directory.join(&file.value).as_str()) else { continue };
            for included in text.lines().filter_map(included) {
                let path = file.parent().map_or_else(|| included.to_owned(), |at| format!("{at}/{included}"));
                let is_named = |other: &RelativePath| other.as_str() == resolved(&path);
                if self.requirements.iter().any(|other| is_named(&other.value)) {
                    continue;
                }
                found.push(Missing {
                    span: file.span.clone(),
                    what: format!("`{file}` includes `{included}`, which is not a requirements file of"),
                    hint: format!("add `{}` to python.requirements", resolved(&path)),
                    is_certain: !included.contains("://"),
                });
            }
        }
        found
    }
}

/// A module that is imported or run, and where Python looks for it.
struct Entry<'a> {
    name: &'a str,
    is_run: bool,
    roots: &'a [String],
    image: &'a Image<'a>,
}

impl Entry<'_> {
    fn missing(&self, span: Span, may_be_brought: impl FnOnce() -> bool) -> Option<Missing> {
        if self.roots.iter().any(|root| self.is_in(root)) {
            return None;
        }
        let top = self.name.split('.').next().unwrap_or(self.name);
        let is_own = self.roots.iter().any(|root| self.modules(root).iter().any(|name| name == top));
        // A source that is not there may bring any other.
        if !is_own && !self.image.is_whole() {
            return None;
        }
        let hint = self.elsewhere().or_else(|| self.near());
        if !is_own && hint.is_none() && may_be_brought() {
            return None;
        }
        let path = format!("{}/{}", self.roots[0], self.name.replace('.', "/"));
        let what = if is_own && self.image.find(&path) == Some(Lies::Directory) {
            let file = if self.is_run { "__main__.py" } else { "__init__.py" };
            format!("`{}` is a package without {file} in the image of", self.name)
        } else {
            format!("there is no module `{}` in the image of", self.name)
        };
        let hint = hint.unwrap_or_else(|| match self.image.origin(&format!("{path}.py")) {
            Some(origin) => format!("it would be `{origin}` in the build context"),
            None => format!("no source is copied to {path}.py: see `sources`"),
        });
        // Servers are installed, applications hardly ever are.
        Some(Missing { span, what, hint, is_certain: is_own || !self.is_run })
    }

    /// Whether it is found below a directory of the image.
    fn is_in(&self, root: &str) -> bool {
        let path = format!("{root}/{}", self.name.replace('.', "/"));
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let package = if self.is_run { "__main__.py" } else { "__init__.py" };
        let is_module = |found: &String| found.strip_prefix(name).is_some_and(is_module_ending);
        self.image.names(directory).iter().any(is_module)
            || self.image.find(&format!("{path}/{package}")).is_some()
            || self.image.find(&format!("{path}.py")).is_some()
    }

    /// The names that can be imported from a directory of the image.
    fn modules(&self, directory: &str) -> Vec<String> {
        let names = self.image.names(directory).into_iter();
        let module = |name: String| match name.split_once('.') {
            None => Some(name),
            Some((stem, _)) => is_module_ending(&name[stem.len()..]).then(|| stem.to_owned()),
        };
        names.filter_map(module).collect()
    }

    /// The module, if it is below another directory than Python looks in.
    fn elsewhere(&self) -> Option<String> {
        let at = self.image.directories().find(|directory| self.is_in(directory))?;
        let rest = self.roots.iter().find_map(|root| at.strip_prefix(root)?.strip_prefix('/'));
        Some(match rest {
            Some(rest) => format!("the image has it as `{}.{}`", rest.replace('/', "."), self.name),
            None => format!("the image has it in {at}, which is not on PYTHONPATH"),
        })
    }

    /// A module with nearly that name, in the last package that is there.
    fn near(&self) -> Option<String> {
        let parts: Vec<&str> = self.name.split('.').collect();
        let modules = |depth: usize| -> Vec<String> {
            let package = parts[..depth].join("/");
            let directory = |root: &String| format!("{root}/{package}").trim_end_matches('/').to_owned();
            self.roots.iter().flat_map(|root| self.modules(&directory(root))).collect()
        };
        let (depth, names) = (0..parts.len())
            .rev()
            .map(|depth| (depth, modules(depth)))
            .find(|(_, names)| !names.is_empty())?;
        let near = nearest(parts[depth], names.iter().map(String::as_str))?;
        let mut meant = parts.clone();
        meant[depth] = near;
        (near != parts[depth]).then(|| format!("did you mean `{}`?", meant.join(".")))
    }
}

/// What the interpreter starts with these arguments.
fn of_command(arguments: &[Argument]) -> Option<Start<'_>> {
    let mut arguments = arguments.iter().map(Argument::as_str);
    while let Some(argument) = arguments.next() {
        let Some(flags) = argument.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            return (argument != "-").then_some(Start::File(argument));
        };
        match flags {
            "X" | "W" => drop(arguments.next()),
            _ if flags.starts_with('-') => {}
            _ if flags.ends_with('m') => return arguments.next().map(Start::Module),
            _ if flags.ends_with('c') => return None,
            _ => {}
        }
    }
    None
}

/// The application that a server of a distribution loads.
fn of_script(words: &[Argument]) -> Option<Start<'_>> {
    let (program, arguments) = words.split_first()?;
    let moves =
        |word: &Argument| ["--app-dir", "--chdir"].iter().any(|option| word.as_str().starts_with(option));
    if !SERVERS.contains(&program.as_str()) || arguments.iter().any(moves) {
        return None;
    }
    let app = arguments.iter().find(|word| word.as_str().parse::<App>().is_ok())?;
    Some(Start::Application(app.as_str().split(':').next()?))
}

/// A file that the interpreter is started with.
fn absent_file(path: &str, span: Span, service: &Service, image: &Image<'_>) -> Option<Missing> {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/app/{}", resolved(path)) };
    if image.find(&path).is_some() || !only_sources_bring(&path, service, image) {
        return None;
    }
    let (directory, name) = path.rsplit_once('/')?;
    let names = image.names(directory);
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{directory}/{near}`?"),
        None => "no source provides it: see `sources`".to_owned(),
    };
    Some(Missing { span, what: format!("there is no `{path}` in the image of"), hint, is_certain: true })
}

/// Whether nothing but a source could bring a file: neither programs, nor volumes, nor instructions of services.toml,
/// nor a run image that nobody knows, nor a source that is not there.
fn only_sources_bring(path: &str, service: &Service, image: &Image<'_>) -> bool {
    let is_below = |directory: &str| path.starts_with(&format!("{}/", directory.trim_end_matches('/')));
    if image.directories().any(is_below) {
        return true;
    }
    let Some(below) = path.strip_prefix("/app/") else { return false };
    let top = format!("/app/{}", below.split('/').next().unwrap_or(below));
    let may_have = |pattern: &str| {
        let known = pattern.split('*').next().unwrap_or(pattern);
        path.starts_with(known) || known.starts_with(&top)
    };
    let mut programs = service.programs.iter().flat_map(|programs| &programs.paths);
    let mut mounted = service.volumes.iter().chain(&service.writable);
    (image.is_whole() || image.find(&top).is_some())
        && service.base.run.name().contains("distroless/")
        && service.extra.last.is_empty()
        && !programs.any(|path| may_have(path.as_str()))
        && !mounted.any(|directory| is_below(directory.value.as_str()))
}

/// What follows the name of a module in that of its file: `.py`, `.pyc`, `.cpython-313-x86_64-linux-gnu.so`.
fn is_module_ending(ending: &str) -> bool {
    matches!(ending.rsplit_once('.'), Some(("", "py" | "pyc") | (_, "so")))
}

/// The file that a line of a requirements file includes.
fn included(line: &str) -> Option<&str> {
    let options = ["-r", "--requirement", "-c", "--constraint"];
    let rest = options.iter().find_map(|option| line.trim().strip_prefix(option))?;
    let file = rest.strip_prefix('=').or_else(|| rest.strip_prefix(char::is_whitespace))?;
    file.split(" #").next().map(str::trim).filter(|file| !file.is_empty())
}

/// A path without `.` and `..`, as far as they cancel out.
fn resolved(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part != ".." || parts.pop().is_none() {
            parts.push(part);
        }
    }
    parts.join("/")
}
