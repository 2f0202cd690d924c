//! The kind of a service, and the table of that kind.

use toml::Table;

use super::assemble::{Draft, PROBE, scratch, unique};
use super::gather::{TOOLS, shortened};
use super::paths::{in_app, is_within, resolve};
use super::start::{self, Start};
use super::upstream;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{Expansion, expand};
use crate::fleet::words::DebianPackage;

impl Draft<'_> {
    /// The kind of the service, and its table.
    pub(super) fn kind(&mut self, at: Span) -> Result<(&'static str, Table), Diagnostic> {
        let (start, line) = self.start(&at)?;
        for lost in &start.lost {
            self.note(line, lost.clone());
        }
        self.ports();
        let interpreter = || {
            let base = self.around.catalogue.find(self.last.image.as_ref()?)?;
            base.interpreters.into_iter().next().map(|interpreter| interpreter.name)
        };
        let argv = start.argv;
        if argv.first().is_some_and(|program| program == PROBE) {
            return Ok(("bare", Table::new()));
        }
        let absolute = argv.first().is_some_and(|program| program.starts_with('/'));
        if self.program_paths.iter().any(|path| is_within(&argv[0], path)) {
            return Ok(("native", self.native(argv, line, &at)?));
        }
        let serves =
            |name: &str| ["nginx", "httpd", "caddy"].contains(&name.rsplit('/').next().unwrap_or(name));
        if self.node.is_some() && serves(&argv[0]) {
            let message = format!("{} serves what npm builds, for which services.toml has no kind", argv[0]);
            let hint =
                "keep this Dockerfile by hand: the kind `node` serves a front end by a server of its own";
            return Err(Diagnostic::new(at, message).hint(hint));
        }
        if let Some(refused) = self.without_kind(&argv, &at) {
            return Err(refused);
        }
        let language = start::language(&argv).map(str::to_owned);
        let language = language.or_else(|| (!absolute).then(interpreter).flatten());
        match language.as_deref() {
            Some("python") => {
                if start::language(&argv).is_none() {
                    let program = argv[0].rsplit('/').next().unwrap_or_default();
                    if !program.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
                        let message = format!(
                            "`{program}` is no module of Python, and services.toml starts modules and scripts"
                        );
                        let hint = "let ENTRYPOINT name the interpreter and a module, or keep this Dockerfile by hand";
                        return Err(Diagnostic::new(at, message).hint(hint));
                    }
                    self.note(
                        line,
                        format!(
                            "`{program}` is taken for the module that it starts: check `module` or `command`"
                        ),
                    );
                }
                self.move_to_app();
                let old = &self.last.workdir;
                let is_moved = |path: &str| {
                    let new = resolve("/app", path.trim_start_matches('/'));
                    path.starts_with('/') && self.sources.iter().any(|copied| is_within(&new, &copied.to))
                };
                let moved = |word: &String| {
                    if old == "/" && is_moved(word) {
                        return format!("/app{word}");
                    }
                    // `--config=/srv/x.json`
                    match word.split_once('=') {
                        Some((flag, path)) if flag.starts_with('-') => {
                            format!("{flag}={}", in_app(path, old))
                        }
                        _ => in_app(word, old),
                    }
                };
                let argv: Vec<String> = argv.iter().map(moved).collect();
                self.python(&argv, at)
            }
            Some("java") => self.java(&argv, at),
            Some("node") => self.node_table(&argv, at),
            _ => Ok(("native", self.native(argv, line, &at)?)),
        }
    }

    fn start(&self, at: &Span) -> Result<(Start, usize), Diagnostic> {
        let config = &self.config;
        let span = config.entrypoint.iter().chain(&config.cmd).find_map(|command| command.span.clone());
        let line = span.as_ref().map_or(self.from_line, |span| self.lines.of(span.start));
        // What an unknown base would put in front is not known, but what is said here counts.
        let argv = config.argv().or_else(|| config.cmd.as_ref().map(|cmd| cmd.argv.clone()));
        let argv = argv.filter(|argv| !argv.is_empty()).ok_or_else(|| {
            Diagnostic::new(at.clone(), "nothing says what the image starts").hint("write an ENTRYPOINT")
        })?;
        let start = start::effective(argv, &|word| self.known(word));
        match start.refusal() {
            Some((message, hint)) => {
                Err(Diagnostic::new(span.unwrap_or_else(|| at.clone()), message).hint(hint))
            }
            None => Ok((start, line)),
        }
    }

    /// A word of a shell command, if every variable in it is known.
    pub(super) fn known(&self, word: &str) -> Option<String> {
        let lookup = |name: &str| match self.last.variables.get(name) {
            Some(Some(value)) => crate::dockerfile::Variable::Set(value),
            _ => crate::dockerfile::Variable::Required,
        };
        // Quotes are the shell's, and only variables are replaced here.
        let quoted = word.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'");
        match expand(&quoted, '\\', &lookup) {
            Ok(Expansion::Known(value)) => Some(value),
            _ => None,
        }
    }

    /// Services run in /app: what was below the old working directory is below it.
    fn move_to_app(&mut self) {
        let old = self.last.workdir.clone();
        if old == "/app" {
            return;
        }
        if old == "/" {
            self.note(self.from_line, "WORKDIR missing: /app is used, and what was copied to / is below it");
            for copied in self.sources.iter_mut().filter(|copied| !is_of_the_system(&copied.to)) {
                copied.to = resolve("/app", copied.to.trim_start_matches('/'));
            }
            return;
        }
        self.note(
            self.from_line,
            format!("WORKDIR {old}: /app is used, and what was below the one is below the other"),
        );
        let volumes = self.config.volumes.iter_mut().filter_map(|path| match path {
            Expansion::Known(path) => Some(path),
            Expansion::Unknown(_) => None,
        });
        let sources = self.sources.iter_mut().map(|copied| &mut copied.to);
        for path in sources.chain(&mut self.writable).chain(volumes) {
            *path = in_app(path, &old);
        }
    }

    fn python(&mut self, argv: &[String], at: Span) -> Result<(&'static str, Table), Diagnostic> {
        if let Some(lost) = self.lost_distributions() {
            return Err(lost);
        }
        let (mut requirements, mut packages, mut build) = (Vec::new(), Vec::new(), Vec::new());
        for stage in self.stages.iter().filter(|stage| stage.pip) {
            requirements.extend(stage.requirements.iter().cloned());
            packages.extend(stage.distributions.iter().cloned());
            build.extend(stage.packages.iter().cloned());
            if stage.closure.is_none() && self.program_paths.is_empty() {
                self.builder.get_or_insert_with(|| stage.image.clone().unwrap_or_else(scratch));
            }
        }
        unique(&mut requirements);
        unique(&mut packages);
        let mut build_packages = Vec::new();
        let mut compiled_at = None;
        for (package, line) in build {
            if TOOLS.contains(&package.as_str())
                || self.program_packages.contains(&package)
                || build_packages.contains(&package)
            {
                continue;
            }
            if package.parse::<DebianPackage>().is_ok() {
                compiled_at.get_or_insert(line);
                build_packages.push(package);
            } else {
                self.note(line, format!("`{package}` is no Debian package, so it is left out"));
            }
        }
        let installs = !requirements.is_empty() || !packages.is_empty();
        let start = start::python(argv, installs).ok_or_else(|| {
            Diagnostic::new(at, "the image starts the interpreter alone")
                .hint("let ENTRYPOINT name a module or a script")
        })?;
        if let Some(port) = start.port {
            self.ports.retain(|known| *known != port);
            self.ports.insert(0, port);
        } else if let Some(port) = start::bound_port(argv).filter(|_| self.ports.is_empty()) {
            self.note(self.from_line, format!("EXPOSE missing: the command names port {port}"));
            self.ports.push(port);
        }
        let mut table = Table::new();
        let mut put = |key: &str, list: Vec<String>| {
            if !list.is_empty() {
                table.insert(key.to_owned(), list.into());
            }
        };
        put("requirements", requirements);
        put("packages", packages);
        table.extend(start.table);
        if let Some(line) = compiled_at {
            let names: Vec<_> = build_packages.iter().map(|package| format!("`{package}`")).collect();
            let what =
                "are for compiling, and wheels are installed: if a package has none, set python.compile and";
            self.note(line, format!("{} {what} python.build_packages", names.join(", ")));
        }
        Ok(("python", table))
    }

    fn java(&mut self, argv: &[String], at: Span) -> Result<(&'static str, Table), Diagnostic> {
        let archive = argv.iter().any(|word| word == "-jar");
        if (archive || !self.sources.is_empty()) && self.java_main.is_none() {
            let message =
                "what it starts is built by commands; services.toml compiles sources to a class with `main`";
            return Err(Diagnostic::new(at, message).hint(
                "describe it by hand: java = { build = \"maven\" }, { jar = \"…\" } for one that is there, or { main = \"…\" } and sources",
            ));
        }
        let arguments = start::java_arguments(argv, self.java_main.as_deref()).map_err(|extra| {
            let message =
                format!("`{extra}` has no key in services.toml: it starts the class that is compiled");
            Diagnostic::new(at.clone(), message).hint("keep this Dockerfile by hand")
        })?;
        if !arguments.is_empty() && self.java_main.is_none() {
            let message = format!("`{}` is given to a runtime without a program", arguments.join(" "));
            return Err(Diagnostic::new(at, message).hint("keep this Dockerfile by hand"));
        }
        let arguments = arguments.iter().map(|word| in_app(word, &self.last.workdir)).collect();
        Ok(("java", start::java(argv, self.java_main.as_deref(), arguments)))
    }

    fn node_table(&mut self, argv: &[String], at: Span) -> Result<(&'static str, Table), Diagnostic> {
        let refuse = |message: &str| {
            Diagnostic::new(at.clone(), message)
                .hint("keep this Dockerfile by hand: the kind `node` is a built front end and one server file, without node_modules")
        };
        let mut table =
            self.node.take().ok_or_else(|| refuse("no front end is built by npm in a stage of its own"))?;
        let program = argv.get(1).map(|path| resolve(&self.last.workdir, path)).unwrap_or_default();
        let server = self.node_files.iter().find(|file| program.ends_with(&format!("/{file}"))).cloned();
        let server = server.ok_or_else(|| {
            refuse("the server that the image starts is not taken from the stage that builds it")
        })?;
        let output = self.node_files.iter().find(|file| **file != server).cloned();
        let output = output.ok_or_else(|| refuse("nothing that npm builds is taken from its stage"))?;
        table.insert("output".to_owned(), output.into());
        table.insert("server".to_owned(), server.into());
        Ok(("node", table))
    }

    fn native(&mut self, mut argv: Vec<String>, line: usize, at: &Span) -> Result<Table, Diagnostic> {
        let upstream = self.last.image.as_ref().and_then(|image| upstream::of(image.name()));
        if !argv[0].starts_with('/') {
            let end = format!("/{}", argv[0].trim_start_matches("./"));
            let of_upstream = upstream.and_then(|known| known.program(self.last.image.as_ref()?.tag()));
            let mut known = self.program_paths.iter().chain(&of_upstream).chain(&self.around.programs);
            let found = known.find(|path| path.ends_with(&end)).cloned();
            let found = found.ok_or_else(|| {
                let message = format!("nothing here says where the image has its program `{}`", argv[0]);
                let hint =
                    "name it by its absolute path in ENTRYPOINT: nothing searches a path without a shell";
                Diagnostic::new(at.clone(), message).hint(hint)
            })?;
            self.note(
                line,
                format!("`{}` is taken for {found}: nothing searches a path without a shell", argv[0]),
            );
            argv[0] = found;
        }
        let name = argv[0].rsplit('/').next().unwrap_or_default();
        if let Some((command, _)) = self.last.commands.iter().find(|(command, _)| command.contains(name)) {
            let message =
                format!("`{}` installs the program, which services.toml cannot say", shortened(command));
            let hint = "install it from a Debian package, or take it from an image that has it";
            return Err(Diagnostic::new(at.clone(), message).hint(hint));
        }
        if let Some(upstream) = upstream {
            let declared = upstream.volumes.iter().map(|&path| Expansion::Known(path.to_owned()));
            self.config.volumes.extend(declared);
            if let Some(prepares) = upstream.prepares {
                self.note(line, prepares);
            }
        }
        if self.program_paths.is_empty() {
            self.note(line, "of the image, the program and its libraries are taken: name in `programs` what else it reads");
            self.program_paths.push(argv[0].clone());
        }
        let mut table = Table::new();
        if self.last.workdir != "/" {
            table.insert("workdir".to_owned(), self.last.workdir.clone().into());
        }
        table.insert("command".to_owned(), argv.into());
        Ok(table)
    }

    fn ports(&mut self) {
        for port in self.config.ports.clone() {
            let text = match port {
                Expansion::Known(text) => text,
                Expansion::Unknown(name) => {
                    self.note(
                        self.from_line,
                        format!("EXPOSE has no value for `{name}`: name the port in `ports`"),
                    );
                    continue;
                }
            };
            let (number, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
            match number.parse() {
                Ok(number) if protocol.eq_ignore_ascii_case("tcp") && number > 0 => {
                    if !self.ports.contains(&number) {
                        self.ports.push(number);
                    }
                }
                _ => self.note(
                    self.from_line,
                    format!("EXPOSE {text} is not carried over: ports are single TCP ports"),
                ),
            }
        }
    }
}

/// Whether a path lies in a directory that a Debian system has, or in /app already.
fn is_of_the_system(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let known = [
        "app", "bin", "etc", "home", "lib", "media", "opt", "root", "run", "sbin", "srv", "tmp", "usr", "var",
    ];
    known.contains(&first)
}
