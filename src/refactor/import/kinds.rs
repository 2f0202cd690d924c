//! The kind of a service, and the table of that kind.

use toml::Table;

use super::draft::{Draft, PROBE, shortened};
use super::paths::{has_extension, in_app, is_within, resolve};
use super::refused::NO_PACKAGE;
use super::start::{self, Start};
use super::upstream;
use crate::diagnostic::{Diagnostic, Span};
use crate::dockerfile::{CommandLine, Expansion, expand};
use crate::fleet::argument::Variable;
use crate::fleet::secrecy;
use crate::fleet::words::{Argument, EnvName};

impl Draft<'_> {
    /// The kind of the service, and its table.
    pub(super) fn kind(&mut self, at: Span) -> Result<(&'static str, Table), Diagnostic> {
        self.ports();
        let (argv, line) = self.start(&at)?;
        let interpreter = || {
            let base = self.around.catalogue.find(self.last.image.as_ref()?)?;
            base.interpreters.into_iter().next().map(|interpreter| interpreter.name)
        };
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
            let message =
                format!("{} serves a front end built by npm, for which services.toml has no kind", argv[0]);
            let hint =
                "keep this Dockerfile by hand: the kind `node` serves a front end by a server of its own";
            return Err(Diagnostic::new(at, message).hint(hint));
        }
        if let Some(refused) = Self::without_kind(&argv, &at) {
            return Err(refused);
        }
        if let Some(refused) = self.built(&argv, &at) {
            return self.described(&argv, line, refused);
        }
        let language = start::language(&argv).map(str::to_owned);
        let language = language.or_else(|| (!absolute).then(interpreter).flatten());
        if language.as_deref() != Some("python") {
            for words in std::mem::take(&mut self.before) {
                self.note(line, format!("`{}` is not run before the program", words.join(" ")));
            }
        }
        let is_installed = || start::is_installed(&argv[0]) && self.stages.iter().any(|stage| stage.pip);
        match language.as_deref() {
            None if is_installed() => self.python(&argv, line, at),
            Some("python") => self.python(&argv, line, at),
            Some("java") => {
                let own = self.java(&argv, at);
                own.or_else(|refused| self.described(&argv, line, refused))
            }
            Some("node") => {
                let own = self.node_table(&argv, at);
                own.or_else(|refused| self.described(&argv, line, refused))
            }
            _ => match self.last.lost.first() {
                // What starts it comes with what nothing stands for.
                Some(lost) if !absolute => Err(lost.refusal()),
                _ => Ok(("native", self.native(argv, line, &at)?)),
            },
        }
    }

    fn start(&mut self, at: &Span) -> Result<(Vec<String>, usize), Diagnostic> {
        let config = &self.config;
        // Where CMD names the program that a wrapper or a script starts, what is said of it is said there.
        let is_around = |command: &&CommandLine| {
            let inner = start::effective(command.argv.clone());
            inner.argv.first().is_none_or(|word| word == "--" || start::is_wrapper(word))
        };
        let first = config.entrypoint.iter().filter(|entrypoint| !is_around(entrypoint)).chain(&config.cmd);
        let span = first.chain(&config.entrypoint).find_map(|command| command.span.clone());
        let line = span.as_ref().map_or(self.from_line, |span| self.lines.of(span.start));
        // What an unknown base would put in front is not known, but what is said here counts.
        let argv = config.argv().or_else(|| config.cmd.as_ref().map(|cmd| cmd.argv.clone()));
        let argv = argv.filter(|argv| !argv.is_empty()).ok_or_else(|| {
            let unknown =
                self.last.image.as_ref().filter(|image| self.around.catalogue.find(image).is_none());
            match unknown {
                Some(image) => {
                    let message = format!(
                        "the command comes from `{image}`, and the catalogue does not have this image"
                    );
                    Diagnostic::new(at.clone(), message).hint("write it in ENTRYPOINT or CMD")
                }
                None => {
                    Diagnostic::new(at.clone(), "the image has no command to run").hint("add an ENTRYPOINT")
                }
            }
        })?;
        let mut start = start::effective(argv);
        let place = span.unwrap_or_else(|| at.clone());
        if let Some((message, hint)) = start.refusal() {
            return Err(Diagnostic::new(place, message).hint(hint));
        }
        for lost in &start.lost {
            self.note(line, lost.clone());
        }
        self.before = std::mem::take(&mut start.before);
        for script in std::mem::take(&mut start.scripts) {
            let path = resolve(&self.last.workdir, &script);
            self.sources.retain(|copied| copied.to != path);
            self.script.get_or_insert(place.clone());
        }
        let start = self.in_directory(start, line, &place)?;
        let argv = self.without_variables(start, line, &place)?;
        Ok((argv, line))
    }

    /// A command line that starts where the image starts programs.
    fn in_directory(&mut self, mut start: Start, line: usize, at: &Span) -> Result<Start, Diagnostic> {
        let Some(directory) = start.directory.take() else { return Ok(start) };
        let workdir = self.last.workdir.clone();
        let directory = resolve(&workdir, &directory);
        if directory == workdir {
            return Ok(start);
        }
        let script = start
            .argv
            .iter_mut()
            .find(|word| ["py", "js", "mjs", "cjs"].iter().any(|end| has_extension(word, end)));
        let Some(script) = script.filter(|script| !script.starts_with('/')) else {
            let message = format!(
                "the program starts in {directory}, but services.toml starts it in the working directory"
            );
            return Err(Diagnostic::new(at.clone(), message).hint(format!(
                "set WORKDIR {directory}, or write the paths of the command relative to {workdir}"
            )));
        };
        let path = resolve(&directory, script);
        path.strip_prefix(&format!("{}/", workdir.trim_end_matches('/'))).unwrap_or(&path).clone_into(script);
        self.note(line, format!("`cd {directory}` is left out: `{script}` gets its full path; other paths stay relative to the working directory"));
        Ok(start)
    }

    /// A command line whose variables are set when it is started. A port that nothing sets is the service's own.
    fn without_variables(
        &mut self,
        mut start: Start,
        line: usize,
        at: &Span,
    ) -> Result<Vec<String>, Diagnostic> {
        if let Some((place, value)) = start::bound(&start.argv)
            && let Some(variable) =
                unset_port(value, start.is_shell, &|name| self.last.env.contains_key(name))
        {
            let Some(port) = self.ports.first() else {
                let message =
                    format!("the command line takes its port from `{variable}`, which has no value");
                return Err(Diagnostic::new(at.clone(), message).hint("write the port, or add an EXPOSE"));
            };
            let (port, note) = match variable.strip_prefix("{env:") {
                Some(name) => {
                    let name = name.trim_end_matches('}');
                    (
                        format!("{{env:{name}:-{port}}}"),
                        format!("{name} has no value here: {port} of EXPOSE is the default"),
                    )
                }
                None => (
                    port.to_string(),
                    format!(
                        "`{variable}` is not a port, because exec form expands no variables: {port} of EXPOSE is used"
                    ),
                ),
            };
            start.argv[place] = start.argv[place].replace(&variable, &port);
            self.note(line, note);
        }
        let is_variable = |word: &&String| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '{' | '_' | '@' | '*');
            word.match_indices('$').any(|(at, _)| word[at + 1..].starts_with(is_name))
        };
        match start.argv.iter().find(is_variable).cloned() {
            Some(word) if start.is_shell => {
                let message = format!("the command line needs a shell for `{word}`");
                return Err(Diagnostic::new(at.clone(), message)
                    .hint("use an ENTRYPOINT of one program, whose arguments need no shell"));
            }
            _ => {}
        }
        for word in start.argv.iter().filter(is_variable) {
            let message = format!("the program gets `{word}` literally: no shell expands variables");
            self.notes.push(super::Note { line, message });
        }
        self.unsplit(&mut start.argv, line);
        for word in &start.argv {
            self.refers(word, line);
        }
        Ok(start.argv)
    }

    /// A shell makes several words of a variable that stands alone, or none. Options of that kind are left out.
    fn unsplit(&mut self, argv: &mut Vec<String>, line: usize) {
        let is_whole = |word: &str| word.starts_with("{env:") && word.find('}') == Some(word.len() - 1);
        let is_list =
            |word: &str| ["OPTS}", "OPTIONS}", "ARGS}", "FLAGS}"].iter().any(|end| word.ends_with(end));
        let is_java = start::language(argv) == Some("java");
        for word in argv.extract_if(1.., |word| is_whole(word) && is_list(word)) {
            let name = word[5..].trim_end_matches('}');
            let instead = if is_java { ": the JVM reads JAVA_TOOL_OPTIONS itself" } else { "" };
            self.notes.push(super::Note {
                line,
                message: format!(
                    "`${name}` is left out, because a shell splits it into several words{instead}"
                ),
            });
        }
    }

    /// Sees to it that the variables of an argument are set.
    pub(super) fn refers(&mut self, word: &str, line: usize) {
        let Ok(argument) = word.parse::<Argument>() else { return };
        for Variable { name, default } in argument.variables() {
            let is_set = self.last.env.get(name.as_str()).is_some_and(|(value, _)| value.is_some());
            let name = name.to_string();
            if name.parse::<EnvName>().is_ok() && secrecy::is_named(&name) {
                self.note(
                    line,
                    format!("{name} is a secret, which the command line takes from the environment"),
                );
                self.secrets_as_env = true;
                if !self.secrets.contains(&name) {
                    self.secrets.push(name);
                }
            } else if !is_set
                && default.is_none()
                && !ALWAYS.contains(&name.as_str())
                && !self.settings.contains(&name)
            {
                self.note(line, format!("{name} is set at run time: nothing here sets it"));
                self.settings.push(name);
            }
        }
    }

    /// A word of a shell command, if every variable in it is known.
    pub(super) fn known(&self, word: &str) -> Option<String> {
        let lookup = |name: &str| match self.last.env.get(name) {
            Some((Some(value), _)) => crate::dockerfile::Variable::Set(value),
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
    pub(super) fn move_to_app(&mut self) {
        let old = self.last.workdir.clone();
        if old == "/app" {
            return;
        }
        if old == "/" {
            self.note(self.from_line, "WORKDIR missing: /app is used, and files copied to / are below it");
            for copied in self.sources.iter_mut().filter(|copied| !is_of_the_system(&copied.to)) {
                copied.to = resolve("/app", copied.to.trim_start_matches('/'));
            }
            return;
        }
        self.note(self.from_line, format!("WORKDIR {old}: /app is used, and its files are below /app"));
        let volumes = self.config.volumes.iter_mut().filter_map(|path| match path {
            Expansion::Known(path) => Some(path),
            Expansion::Unknown(_) => None,
        });
        let sources = self.sources.iter_mut().map(|copied| &mut copied.to);
        for path in sources.chain(&mut self.writable).chain(volumes) {
            *path = in_app(path, &old);
        }
    }

    fn java(&mut self, argv: &[String], at: Span) -> Result<(&'static str, Table), Diagnostic> {
        let archive = argv.iter().any(|word| word == "-jar");
        if (archive || !self.sources.is_empty()) && self.java_main.is_none() {
            let message =
                "its program is built by commands; services.toml compiles sources to a class with `main`";
            return Err(Diagnostic::new(at, message).hint(
                "`dockwright init DIR` describes it by its build file; by hand: java = { build = \"maven\" }, { jar = \"…\" } for an existing one, or { main = \"…\" } and sources",
            ));
        }
        let arguments = start::java_arguments(argv, self.java_main.as_deref()).map_err(|extra| {
            let message = format!("`{extra}` has no key in services.toml, which starts the compiled class");
            Diagnostic::new(at.clone(), message).hint("keep this Dockerfile by hand")
        })?;
        if !arguments.is_empty() && self.java_main.is_none() {
            let message = format!("`{}` are arguments of a runtime without a program", arguments.join(" "));
            return Err(Diagnostic::new(at, message).hint("keep this Dockerfile by hand"));
        }
        let arguments = arguments.iter().map(|word| in_app(word, &self.last.workdir)).collect();
        Ok(("java", start::java(argv, self.java_main.as_deref(), arguments)))
    }

    fn node_table(&mut self, argv: &[String], at: Span) -> Result<(&'static str, Table), Diagnostic> {
        let refuse = |message: &str| {
            Diagnostic::new(at.clone(), message)
                .hint("`dockwright init DIR` describes a server by its package.json; by hand: node = { server = \"…\" }")
        };
        let mut table = self.node.take().ok_or_else(|| {
            refuse(&format!("`{}` starts a program of Node.js, {NO_PACKAGE}", argv.join(" ")))
        })?;
        let program = argv.get(1).map(|path| resolve(&self.last.workdir, path)).unwrap_or_default();
        let server = self.node_files.iter().find(|file| program.ends_with(&format!("/{file}"))).cloned();
        let server =
            server.ok_or_else(|| refuse("the server is not copied from the stage that builds it"))?;
        let output = self.node_files.iter().find(|file| **file != server).cloned();
        let output = output.ok_or_else(|| refuse("nothing that npm builds is copied from its stage"))?;
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
                let message = format!("cannot determine the path of the program `{}` in the image", argv[0]);
                let hint = "write its absolute path in ENTRYPOINT: without a shell, there is no PATH lookup";
                Diagnostic::new(at.clone(), message).hint(hint)
            })?;
            self.note(
                line,
                format!("`{}` becomes {found}: without a shell, there is no PATH lookup", argv[0]),
            );
            argv[0] = found;
        }
        let name = argv[0].rsplit('/').next().unwrap_or_default();
        // What prints the name or runs the program itself does not install it.
        let installs = |command: &str| {
            let first = command.split(' ').next().unwrap_or_default();
            command.contains(name) && !["cat", "echo", "printf", name].contains(&start::plain_name(first))
        };
        if let Some((command, _)) = self.last.commands.iter().find(|(command, _)| installs(command)) {
            let message =
                format!("`{}` installs the program, which services.toml cannot express", shortened(command));
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
            self.note(line, "the program and its libraries are copied from the image: add what else it reads to `programs`");
            self.program_paths.push(argv[0].clone());
        } else if !self.program_paths.iter().any(|path| is_within(&argv[0], path)) {
            self.program_paths.push(argv[0].clone());
        }
        let mut table = Table::new();
        if self.last.workdir != "/" {
            table.insert("workdir".to_owned(), self.last.workdir.clone().into());
        }
        table.insert("command".to_owned(), argv.into());
        Ok(table)
    }
}

/// The variable that a port is taken from, if nothing sets it: `{env:PORT}`, or in exec form `$PORT` as it stands.
fn unset_port(value: &str, is_shell: bool, is_set: &dyn Fn(&str) -> bool) -> Option<String> {
    let port = value.rsplit_once(":{env:").map_or(value, |(before, _)| &value[before.len() + 1..]);
    if let Some(name) = port.strip_prefix("{env:").and_then(|rest| rest.strip_suffix('}')) {
        return (!name.contains(":-") && !is_set(name)).then(|| port.to_owned());
    }
    let variable = &value[value.find('$').filter(|_| !is_shell)?..];
    variable.trim_matches(['$', '{', '}']).ends_with("PORT").then(|| variable.to_owned())
}

/// Variables that every container has.
const ALWAYS: [&str; 3] = ["HOME", "HOSTNAME", "PATH"];

/// Whether a path lies in a directory that a Debian system has, or in /app already.
fn is_of_the_system(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let known = [
        "app", "bin", "etc", "home", "lib", "media", "opt", "root", "run", "sbin", "srv", "tmp", "usr", "var",
    ];
    known.contains(&first)
}
