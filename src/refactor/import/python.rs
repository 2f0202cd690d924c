//! The table of a Python service.

use toml::{Table, Value};

use super::draft::{Draft, scratch, unique};
use super::gather::{TOOLS, is_build_package};
use super::paths::{has_extension, in_app, is_within, resolve};
use super::stage::Lock;
use super::start::{self, PythonStart};
use crate::diagnostic::{Diagnostic, Span};
use crate::fleet::words::DebianPackage;

impl Draft<'_> {
    pub(super) fn python(
        &mut self,
        argv: &[String],
        line: usize,
        at: Span,
    ) -> Result<(&'static str, Table), Diagnostic> {
        if let Some(lost) = self.lost_distributions() {
            return Err(lost);
        }
        self.move_to_app();
        let argv: Vec<String> = argv.iter().map(|word| self.moved(word)).collect();
        let mut table = self.installed()?;
        if let Some(refused) = self.may_install().filter(|_| table.is_empty()) {
            return Err(refused);
        }
        let start = start::python(&argv).ok_or_else(|| {
            Diagnostic::new(at.clone(), "the image starts the interpreter alone")
                .hint("start a module or a script in ENTRYPOINT")
        })?;
        if let Some(program) = start.program.as_ref().filter(|_| table.is_empty()) {
            let message = format!("the image starts `{program}`, but nothing here installs it");
            return Err(Diagnostic::new(at, message)
                .hint("install it with pip from a requirements file, or keep this Dockerfile by hand"));
        }
        if let Some(script) = self.argument_of_a_script(&argv, &start) {
            let (message, hint) = start::script_refusal();
            return Err(Diagnostic::new(script, message).hint(hint));
        }
        self.program_of_a_distribution(&argv, &start, line);
        let port = start.port.or_else(|| self.port_of_a_variable(&argv));
        self.bound(port, line);
        self.commands_before(&argv, line);
        if let Some(socket) = &start.socket {
            self.listens_on(socket, line);
            self.served = Some(socket.clone());
        }
        if let Some(why) = start.tmp.clone() {
            self.note(line, why);
            self.wants_tmp = true;
        }
        self.project(&start, &mut table);
        table.extend(start.table);
        Ok(("python", table))
    }

    /// A word of the command line, with the paths that it has in the new image.
    fn moved(&self, word: &str) -> String {
        let old = &self.last.workdir;
        let is_moved = |path: &str| {
            let new = resolve("/app", path.trim_start_matches('/'));
            path.starts_with('/') && self.sources.iter().any(|copied| is_within(&new, &copied.to))
        };
        if old == "/" && is_moved(word) {
            return format!("/app{word}");
        }
        // `--config=/srv/x.json`
        match word.split_once('=') {
            Some((flag, path)) if flag.starts_with('-') => format!("{flag}={}", in_app(path, old)),
            _ => in_app(word, old),
        }
    }

    /// A program that nobody knows by its name is one that a distribution installs.
    fn program_of_a_distribution(&mut self, argv: &[String], start: &PythonStart, line: usize) {
        let Some(program) = start.program.as_ref().filter(|_| start::language(argv).is_none()) else {
            return;
        };
        if !start::is_installed(&argv[0]) {
            let message = format!("`{program}` is assumed to be a program that a Python package installs");
            self.note(line, message);
        }
    }

    /// Commands that run before the program, by the paths of their programs in the new image.
    fn commands_before(&mut self, argv: &[String], line: usize) {
        for words in std::mem::take(&mut self.before) {
            let mut words = start::effective(words).argv;
            let Some(first) = words.first() else { continue };
            let name = start::plain_name(first).to_owned();
            // What the service's own program does first
            let is_known = start::language(&words) == Some("python") || *first == argv[0];
            if has_extension(&name, "py") {
                words.insert(0, "python3".to_owned());
            }
            let name = start::plain_name(&words[0]).to_owned();
            let program = match name.as_str() {
                _ if !is_known && !start::is_installed(&words[0]) => None,
                name if name.starts_with("python") => Some("/opt/venv/bin/python3".to_owned()),
                name => Some(format!("/opt/venv/bin/{name}")),
            };
            let Some(program) = program else {
                self.note(line, format!("`{}` is not run before the program", words.join(" ")));
                continue;
            };
            let text = words.join(" ");
            for word in &words {
                self.refers(word, line);
            }
            let rest = words[1..].iter().map(|word| self.moved(word));
            let command: Vec<String> = std::iter::once(program).chain(rest).collect();
            self.before.push(command);
            self.note(
                line,
                format!("`{text}` runs before the service, as a service of its own in compose.yaml"),
            );
        }
    }

    /// Where a script gets the first word as its argument: it names no program that anybody knows.
    fn argument_of_a_script(&self, argv: &[String], start: &PythonStart) -> Option<Span> {
        let program = start.program.as_ref()?;
        let mut projects = self.stages.iter().filter_map(|stage| stage.project.as_ref());
        let is_known = start::language(argv).is_some()
            || argv[0].contains('/')
            || projects.any(|project| project.scripts.contains(program));
        self.script.clone().filter(|_| !is_known)
    }

    /// The port that the command line takes from a variable of ENV.
    fn port_of_a_variable(&self, argv: &[String]) -> Option<u16> {
        let (_, value) = start::bound(argv)?;
        let (_, name) = value.split_once("{env:")?;
        let name = name.strip_suffix('}')?.split(":-").next()?;
        self.last.env.get(name)?.0.as_ref()?.parse().ok()
    }

    /// The port that the command line names is the service's own.
    fn bound(&mut self, port: Option<u16>, line: usize) {
        let Some(port) = port else { return };
        self.served = Some(port.to_string());
        if self.ports.is_empty() {
            self.note(self.from_line, format!("EXPOSE missing: the command names port {port}"));
        } else if !self.ports.contains(&port) {
            self.note(
                line,
                format!("the command names port {port}, which EXPOSE does not: it is added to `ports`"),
            );
        }
        self.ports.retain(|known| *known != port);
        self.ports.insert(0, port);
    }

    /// What is installed.
    fn installed(&mut self) -> Result<Table, Diagnostic> {
        let (mut requirements, mut packages, mut build) = (Vec::new(), Vec::new(), Vec::new());
        let mut lock: Option<&Lock> = None;
        for stage in self.stages.iter().filter(|stage| stage.pip) {
            requirements.extend(stage.requirements.iter().cloned());
            packages.extend(stage.distributions.iter().cloned());
            // Of the final stage, the others are told of already.
            let is_last = std::ptr::eq(stage, self.last);
            let is_told = |(package, _): &&(String, usize)| !is_last || is_build_package(package);
            build.extend(stage.packages.iter().filter(is_told).cloned());
            lock = lock.or(stage.lock.as_ref());
            if stage.closure.is_none() && self.program_paths.is_empty() {
                self.builder.get_or_insert_with(|| stage.image.clone().unwrap_or_else(scratch));
            }
        }
        unique(&mut requirements);
        unique(&mut packages);
        let mut table = Table::new();
        if let Some(lock) = lock.cloned() {
            if let Some(beside) = packages.first().or(requirements.first()) {
                let message = format!(
                    "pip installs `{beside}` in addition to {}, which services.toml cannot express",
                    lock.path
                );
                return Err(Diagnostic::new(self.from.clone(), message)
                    .hint("add it to pyproject.toml, and lock again"));
            }
            table.extend(locked(lock));
        }
        self.compilers(build);
        self.full_image();
        for (key, list) in [("requirements", requirements), ("packages", packages)] {
            if !list.is_empty() {
                table.insert(key.to_owned(), list.into());
            }
        }
        Ok(table)
    }

    /// A project that is installed itself stays one if what is started comes with it.
    fn project(&mut self, start: &PythonStart, table: &mut Table) {
        let Some(project) = self.stages.iter().find_map(|stage| stage.project.clone()) else { return };
        let is_script = start.program.as_ref().is_some_and(|program| project.scripts.contains(program));
        let has_code =
            self.sources.iter().any(|copied| copied.directory || has_extension(&copied.from, "py"));
        if !is_script && !project.has_src && has_code {
            let message = "the project itself is not installed: its code runs from /app (python.project, if it needs its metadata)";
            return self.note(project.line, message);
        }
        table.insert("project".to_owned(), true.into());
        let assets =
            self.sources.iter().filter(|copied| !project.files.iter().any(|file| file.from == copied.from));
        let assets: Vec<String> = assets.map(|copied| copied.from.clone()).collect();
        for asset in assets {
            let message = format!(
                "`{asset}` is not part of the project: list it in python.assets if the program reads it"
            );
            self.note(project.line, message);
        }
        self.note(
            project.line,
            "the project is installed from its sources: list other files that it reads in python.assets",
        );
        self.sources = project.files;
    }

    /// An image that has compilers and headers without installing any.
    fn full_image(&mut self) {
        let mut images =
            self.stages.iter().filter(|stage| stage.pip).filter_map(|stage| stage.image.as_ref());
        let full = images.find(|image| {
            let tag = image.tag().unwrap_or("latest");
            let is_python = image.name().rsplit('/').next() == Some("python")
                || (image.name().ends_with("/uv") && tag.starts_with("python"));
            is_python && !tag.contains("slim") && !tag.contains("alpine")
        });
        if let Some(image) = full {
            let message = format!(
                "{image} has compilers and headers, but wheels are installed: if a package has none, set python.compile and python.build_packages"
            );
            self.note(self.from_line, message);
        }
    }

    /// Debian packages of the stages that install: what is no program is for compiling.
    fn compilers(&mut self, build: Vec<(String, usize)>) {
        let mut names: Vec<String> = Vec::new();
        let mut compiled_at = None;
        for (package, line) in build {
            if TOOLS.contains(&package.as_str()) || self.program_packages.contains(&package) {
                continue;
            }
            if package.parse::<DebianPackage>().is_ok() {
                compiled_at.get_or_insert(line);
                let name = format!("`{package}`");
                if !names.contains(&name) {
                    names.push(name);
                }
            } else {
                self.note(line, format!("`{package}` is not a Debian package, so it is left out"));
            }
        }
        if let Some(line) = compiled_at {
            let what = "are only needed to compile, but wheels are installed: if a package has none, set python.compile and";
            self.note(line, format!("{} {what} python.build_packages", names.join(", ")));
        }
    }
}

/// The keys of what a lock file installs.
fn locked(lock: Lock) -> Table {
    let mut table = Table::from_iter([("lock".to_owned(), Value::from(lock.path))]);
    table.extend(lock.package.map(|package| ("package".to_owned(), Value::from(package))));
    for (key, list) in [("extras", lock.extras), ("groups", lock.groups)] {
        if !list.is_empty() {
            table.insert(key.to_owned(), list.into());
        }
    }
    table
}
