//! From the stages of a Dockerfile to the keys of an entry.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::health::{self, Probe};
use super::stage::{Copied, Stage, Taken, Walk, is_within, origin};
use super::start::{self, Start};
use super::{Import, Lines, NewBase, Note, Source, Strings, Surroundings, Tree};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::{
    Base, Dockerfile, Expansion, Health, ImageConfig, Keyword, StageConfig, Stages, expand,
};
use crate::fleet::quantities::Time;
use crate::fleet::words::{DebianPackage, EnvName, LabelKey, Line, Name};
use crate::image::ImageReference;
use crate::path::{AbsolutePath, RelativePath};

/// Where generated images have the static probe.
const PROBE: &str = "/usr/bin/healthcheck";

/// Packages that every builder has, or that only the old health check needed.
const TOOLS: [&str; 10] = [
    "python3-venv",
    "python3-pip",
    "python3",
    "ca-certificates",
    "curl",
    "wget",
    "apt-transport-https",
    "gnupg",
    "dumb-init",
    "tini",
];

/// What an entry is made of while it is put together.
struct Draft<'d> {
    around: &'d Surroundings,
    lines: &'d Lines,
    stages: &'d [Stage],
    last: &'d Stage,
    config: StageConfig,
    notes: Vec<Note>,
    /// The line of the last FROM.
    from_line: usize,
    sources: Vec<Copied>,
    writable: Vec<String>,
    /// Those of them that are given an owner, so that they are writable even if they hold code.
    owned: BTreeSet<String>,
    program_packages: Vec<String>,
    program_paths: Vec<String>,
    /// The image of the stage that programs, classes or the probe come from.
    builder: Option<ImageReference>,
    java_main: Option<String>,
    node: Option<Table>,
    node_files: Vec<String>,
    ports: Vec<u16>,
}

/// Puts the entry of a file together.
pub(super) fn assemble(
    source: Source<'_>,
    file: &Dockerfile<'_>,
    around: &Surroundings,
    tree: &dyn Tree,
) -> Result<Import, Diagnostic> {
    let lines = Lines::of_text(source.text);
    let stages = Stages::of(file);
    let last = stages.stages.len().checked_sub(1);
    let last = last.ok_or_else(|| Diagnostic::new(0..0, "there is no FROM, so this is no Dockerfile"))?;
    let known = |image: &ImageReference| {
        around.catalogue.find(image).map(|base| ImageConfig {
            entrypoint: base.entrypoint,
            cmd: base.cmd,
            user: base.user,
            workdir: base.workdir,
            env: base.env.into_iter().collect(),
        })
    };
    let config = stages.config(last, &known);
    let config = config.ok_or_else(|| Diagnostic::new(0..0, "there is no stage to build"))?;
    let mut walk =
        Walk { file, stages: &stages, tree, context: source.context, lines: &lines, notes: Vec::new() };
    let all = walk.all();
    let notes = walk.notes;
    let from = &stages.stages[last].image.span;
    let mut draft = Draft {
        around,
        lines: &lines,
        stages: &all,
        last: &all[last],
        config,
        notes,
        from_line: lines.of(from.start),
        sources: Vec::new(),
        writable: Vec::new(),
        owned: BTreeSet::new(),
        program_packages: Vec::new(),
        program_paths: Vec::new(),
        builder: None,
        java_main: None,
        node: None,
        node_files: Vec::new(),
        ports: Vec::new(),
    };
    draft.gather();
    draft.lost_instructions(file, &stages, last);
    let name = name(source.path, &draft.config);
    let (kind, kind_table) = draft.kind(from.clone())?;
    let (base, new_base) = draft.base(kind);
    let table = draft.table(source, file, &stages, last, &base, kind, kind_table);
    let mut notes = draft.notes;
    notes.sort();
    notes.dedup();
    Ok(Import { name, table, kind, base: new_base, notes })
}

impl Draft<'_> {
    fn note(&mut self, line: usize, message: impl Into<String>) {
        self.notes.push(Note { line, message: message.into() });
    }

    /// Follows what the final stage has back to where it comes from.
    fn gather(&mut self) {
        let last = self.last;
        self.sources.extend(last.copied.iter().cloned());
        for taken in &last.taken {
            match taken.from {
                Base::Stage(index) => self.trace(&self.stages[index], taken),
                Base::Image(ref image) => {
                    let message = format!(
                        "`{}` is taken from {image}: services.toml takes programs of a base or of Debian packages",
                        taken.source
                    );
                    self.note(taken.line, message);
                }
                Base::Scratch | Base::Unknown(_) => {
                    self.note(taken.line, format!("nobody can say where `{}` comes from", taken.source));
                }
            }
        }
        if let Some((_, paths)) = &last.closure {
            self.program_paths.extend(paths.iter().cloned());
        }
        let made: Vec<_> = last.directories.iter().map(|(path, _)| path.clone()).collect();
        self.writable.extend(made);
        let used: BTreeSet<String> =
            self.stages.iter().flat_map(|stage| &stage.requirements).cloned().collect();
        self.sources.retain(|copied| !used.contains(&copied.from));
        self.final_packages();
        let commands: BTreeSet<_> = last.commands.iter().cloned().collect();
        for (command, line) in commands {
            self.note(
                line,
                format!("`{}` is not carried over: the final stage runs nothing", shortened(&command)),
            );
        }
    }

    fn trace(&mut self, stage: &Stage, taken: &Taken) {
        let (path, to) = (&taken.source, &taken.to);
        let moved = |inner: &str| -> String {
            let rest = inner.strip_prefix(path.trim_end_matches('/')).unwrap_or_default();
            super::stage::resolve(to, rest.trim_start_matches('/'))
        };
        let mut found =
            to == PROBE || is_environment(path) || stage.pip_targets.iter().any(|t| is_within(path, t));
        if to == PROBE {
            self.builder.get_or_insert_with(|| stage.image.clone().unwrap_or_else(scratch));
        }
        if let Some((root, paths)) = stage.closure.as_ref().filter(|(root, _)| is_within(root, path)) {
            let _ = root;
            self.program_paths.extend(paths.iter().cloned());
            self.program_packages.extend(stage.packages.iter().map(|(name, _)| name.clone()));
            self.builder.clone_from(&stage.image);
            return;
        }
        if stage.java_main.is_some() && super::stage::has_extension(path, "jar") {
            self.java_main.clone_from(&stage.java_main);
            self.builder.clone_from(&stage.image);
            self.sources.extend(
                stage
                    .copied
                    .iter()
                    .map(|copied| Copied { to: format!("/app/{}", copied.from), ..copied.clone() }),
            );
            return;
        }
        if let Some(directory) = &stage.npm_directory
            && let Some(root) = stage.copied.iter().find(|copied| copied.from == *directory)
            && let Some(inner) = path.strip_prefix(&root.to).and_then(|rest| rest.strip_prefix('/'))
            && !inner.contains("node_modules")
        {
            let mut table = Table::new();
            table.insert("directory".to_owned(), directory.clone().into());
            if let Some(script) = stage.npm_script.as_ref().filter(|script| *script != "build") {
                table.insert("script".to_owned(), script.clone().into());
            }
            self.node.get_or_insert(table);
            self.builder.clone_from(&stage.image);
            self.node_files.push(inner.to_owned());
            return;
        }
        for (directory, owned) in stage.directories.iter().filter(|(directory, _)| is_within(directory, path))
        {
            self.writable.push(moved(directory));
            if *owned {
                self.owned.insert(moved(directory));
            }
            found = true;
        }
        for copied in &stage.copied {
            if is_within(&copied.to, path) {
                self.sources.push(Copied { to: moved(&copied.to), ..copied.clone() });
                found = true;
            } else if let Some(from) = origin(std::slice::from_ref(copied), path) {
                self.sources.push(Copied { from, to: to.clone(), directory: copied.directory });
                found = true;
            }
        }
        if found {
            return;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let in_bin = path.contains("/bin/") || path.contains("/sbin/");
        if path.contains("/lib") || name.starts_with("python") || name == "node" || path.ends_with("/bin") {
            self.note(taken.line, format!("`{path}` is not carried over: libraries and interpreters come with the base or with the programs"));
        } else if in_bin && !stage.commands.iter().any(|(command, _)| command.contains(path.as_str())) {
            self.builder.clone_from(&stage.image);
            self.program_paths.push(path.clone());
            let packages = stage.packages.iter().map(|(name, _)| name.clone());
            let own: Vec<String> = packages.clone().filter(|package| package == name).collect();
            let packages = if own.is_empty() && !stage.pip {
                packages
                    .filter(|package| !TOOLS.contains(&package.as_str()) && !is_build_package(package))
                    .collect()
            } else {
                own
            };
            self.program_packages.extend(packages);
        } else {
            self.note(
                taken.line,
                format!("`{path}` is made by commands of another stage, which services.toml cannot say"),
            );
        }
    }

    /// Packages that the final stage installs: what is no tool and no library is taken for a program.
    fn final_packages(&mut self) {
        for (package, line) in self.last.packages.clone() {
            let single = self.last.pip && self.last.taken.is_empty();
            if TOOLS.contains(&package.as_str()) || (single && is_build_package(&package)) {
                continue;
            }
            if package.starts_with("lib") || package.parse::<DebianPackage>().is_err() {
                self.note(
                    line,
                    format!(
                        "the package {package} is not carried over: programs bring the libraries they need"
                    ),
                );
            } else {
                self.note(
                    line,
                    format!(
                        "the package {package} is taken for the program /usr/bin/{package}: check `programs`"
                    ),
                );
                self.program_paths.push(format!("/usr/bin/{package}"));
                self.program_packages.push(package);
            }
        }
    }

    /// Instructions that have no key, and arguments that nothing uses.
    fn lost_instructions(&mut self, file: &Dockerfile<'_>, stages: &Stages<'_, '_>, last: usize) {
        let mut declared = BTreeSet::new();
        for instruction in &file.instructions {
            let line = self.lines.of(instruction.span.start);
            match instruction.keyword {
                Keyword::Arg => {
                    for pair in &instruction.pairs {
                        let name = pair.name.value.to_string();
                        if !is_used(file.text, &name)
                            && !is_predefined(&name)
                            && declared.insert(name.clone())
                        {
                            self.note(line, format!("ARG {name} is never used"));
                        }
                    }
                }
                Keyword::Maintainer => self.note(line, "MAINTAINER is deprecated, and is not carried over"),
                Keyword::Onbuild => {
                    self.note(line, "ONBUILD is not carried over: the images of a fleet say what they do");
                }
                _ => {}
            }
        }
        for instruction in stages.instructions(&stages.stages[last]) {
            let line = self.lines.of(instruction.span.start);
            match instruction.keyword {
                Keyword::Stopsignal => {
                    self.note(line, "STOPSIGNAL is not carried over: services.toml cannot say it");
                }
                Keyword::Shell => self.note(line, "SHELL is not carried over: the final stage runs nothing"),
                _ => {}
            }
        }
        self.lost_user();
    }

    fn lost_user(&mut self) {
        let (user, line) = (self.around.user.clone(), self.from_line);
        match self.last.user.clone() {
            Some((said, at)) => {
                let same = said == user || ["nonroot", "nonroot:nonroot", "65532"].contains(&said.as_str());
                if !same {
                    self.note(at, format!("USER {said}: {user} is used"));
                }
            }
            None if matches!(&self.config.user, Expansion::Known(base) if !matches!(&**base, "" | "0" | "root" | "0:0")) =>
                {}
            None => {
                self.note(line, format!("USER missing: {} is used", user.split(':').next().unwrap_or(&user)));
            }
        }
    }

    /// The kind of the service, and its table.
    fn kind(&mut self, at: crate::diagnostic::Span) -> Result<(&'static str, Table), Diagnostic> {
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
            return Ok(("native", self.native(argv, line)));
        }
        let language = start::language(&argv).map(str::to_owned);
        let language = language.or_else(|| (!absolute).then(interpreter).flatten());
        match language.as_deref() {
            Some("python") => {
                self.move_to_app();
                let old = &self.last.workdir;
                let argv: Vec<String> = argv.iter().map(|word| in_app(word, old)).collect();
                self.python(&argv, at)
            }
            Some("java") => self.java(&argv, at),
            Some("node") => self.node_table(&argv, at),
            _ => Ok(("native", self.native(argv, line))),
        }
    }

    fn start(&self, at: &crate::diagnostic::Span) -> Result<(Start, usize), Diagnostic> {
        let config = &self.config;
        let span = config.entrypoint.iter().chain(&config.cmd).find_map(|command| command.span.clone());
        let line = span.as_ref().map_or(self.from_line, |span| self.lines.of(span.start));
        // What an unknown base would put in front is not known, but what is said here counts.
        let argv = config.argv().or_else(|| config.cmd.as_ref().map(|cmd| cmd.argv.clone()));
        let argv = argv.filter(|argv| !argv.is_empty()).ok_or_else(|| {
            Diagnostic::new(at.clone(), "nothing says what the image starts").hint("write an ENTRYPOINT")
        })?;
        let start = start::effective(argv, &|text| {
            let lookup = |name: &str| match self.last.variables.get(name) {
                Some(Some(value)) => crate::dockerfile::Variable::Set(value),
                _ => crate::dockerfile::Variable::Required,
            };
            // Quotes are the shell's, and only variables are replaced here.
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'");
            match expand(&quoted, '\\', &lookup) {
                Ok(Expansion::Known(value)) => Some(value),
                _ => None,
            }
        });
        if start.argv.first().is_none_or(|program| start::is_script(program)) {
            let message = "the image starts a shell script, and a distroless image has no shell";
            let span = span.unwrap_or_else(|| at.clone());
            return Err(Diagnostic::new(span, message)
                .hint("let ENTRYPOINT name the program that the script ends in"));
        }
        Ok((start, line))
    }

    /// Services run in /app: what was below the old working directory is below it.
    fn move_to_app(&mut self) {
        let old = self.last.workdir.clone();
        if old == "/app" {
            return;
        }
        if old == "/" {
            return self.note(self.from_line, "WORKDIR missing: /app is used");
        }
        self.note(
            self.from_line,
            format!("WORKDIR {old}: /app is used, and what was below the one is below the other"),
        );
        for path in self.sources.iter_mut().map(|copied| &mut copied.to).chain(&mut self.writable) {
            *path = in_app(path, &old);
        }
    }

    fn python(
        &mut self,
        argv: &[String],
        at: crate::diagnostic::Span,
    ) -> Result<(&'static str, Table), Diagnostic> {
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
        for (package, line) in build {
            if TOOLS.contains(&package.as_str())
                || self.program_packages.contains(&package)
                || build_packages.contains(&package)
            {
                continue;
            }
            if package.parse::<DebianPackage>().is_ok() {
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
        }
        let mut table = Table::new();
        let mut put = |key: &str, list: Vec<String>| {
            if !list.is_empty() {
                table.insert(key.to_owned(), list.into());
            }
        };
        put("requirements", requirements);
        put("packages", packages);
        put("build_packages", build_packages);
        table.extend(start.table);
        Ok(("python", table))
    }

    fn java(
        &mut self,
        argv: &[String],
        at: crate::diagnostic::Span,
    ) -> Result<(&'static str, Table), Diagnostic> {
        let archive = argv.iter().any(|word| word == "-jar");
        if archive && self.java_main.is_none() {
            let message =
                "the archive is built by commands; services.toml compiles sources to a class with `main`";
            return Err(Diagnostic::new(at, message)
                .hint("write the entry by hand: java = { main = \"…\" } and sources"));
        }
        Ok(("java", start::java(argv, self.java_main.as_deref())))
    }

    fn node_table(
        &mut self,
        argv: &[String],
        at: crate::diagnostic::Span,
    ) -> Result<(&'static str, Table), Diagnostic> {
        let refuse = |message: &str| {
            Diagnostic::new(at.clone(), message)
                .hint("write the entry by hand: node = { directory, script, output, server }")
        };
        let mut table =
            self.node.take().ok_or_else(|| refuse("no front end is built by npm in a stage of its own"))?;
        let program =
            argv.get(1).map(|path| super::stage::resolve(&self.last.workdir, path)).unwrap_or_default();
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

    fn native(&mut self, mut argv: Vec<String>, line: usize) -> Table {
        if !argv[0].starts_with('/') {
            let end = format!("/{}", argv[0].trim_start_matches("./"));
            let known = self.around.programs.iter().find(|path| path.ends_with(&end)).cloned();
            let guess = known.unwrap_or_else(|| format!("/usr/bin{end}"));
            self.note(
                line,
                format!("`{}` is taken for {guess}: nothing searches a path without a shell", argv[0]),
            );
            argv[0] = guess;
        }
        if self.program_paths.is_empty() {
            self.program_paths.push(argv[0].clone());
        }
        let mut table = Table::new();
        if self.last.workdir != "/" {
            table.insert("workdir".to_owned(), self.last.workdir.clone().into());
        }
        table.insert("command".to_owned(), argv.into());
        table
    }

    fn ports(&mut self) {
        for port in self.config.ports.clone() {
            let Expansion::Known(text) = port else { continue };
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

    /// The name of the base, and the base itself if the description has none.
    fn base(&mut self, kind: &'static str) -> (String, Option<NewBase>) {
        let run = self.last.image.clone().map(|image| image.without_digest());
        let builder = self.builder.clone().map(|image| image.without_digest());
        let around = self.around;
        if let Some(run) = &run {
            let same: Vec<_> =
                around.bases.iter().filter(|(_, _, known)| known.without_digest() == *run).collect();
            let of_build = same
                .iter()
                .find(|(_, build, _)| builder.as_ref().is_some_and(|b| build.without_digest() == *b));
            let plain = (kind != "native" || builder.is_none()).then(|| same.first()).flatten();
            if let Some((name, _, _)) = of_build.or(plain) {
                return (name.clone(), None);
            }
        }
        if kind == "native" {
            let upstream = builder.or(run).unwrap_or_else(scratch);
            return self.native_base(&upstream);
        }
        let (name, build, target) = match around.bases.iter().find(|(_, _, known)| self.suits(known, kind)) {
            Some((name, build, target)) => (name.clone(), build.clone(), target.clone()),
            None => recommended(kind),
        };
        let known = around.bases.iter().any(|(other, _, _)| *other == name);
        let said = run.as_ref().map_or_else(|| "an image that is not known".to_owned(), ToString::to_string);
        let old = run.as_ref().and_then(|run| around.catalogue.find(run)).and_then(|base| base.eol);
        let why = old.filter(|eol| eol.is_past(around.today));
        let why = why.map(|eol| format!(" (end of life on {})", eol.date)).unwrap_or_default();
        self.note(self.from_line, format!("it stands on {said}{why}: the base `{name}` ({target}) is used"));
        (name.clone(), (!known).then_some(NewBase { name, build, run: target }))
    }

    fn suits(&self, run: &ImageReference, kind: &str) -> bool {
        let base = self.around.catalogue.find(run);
        let interpreter = base.and_then(|base| base.interpreters.into_iter().next());
        match kind {
            "bare" => interpreter.is_none(),
            kind => interpreter.is_some_and(|interpreter| interpreter.name == kind),
        }
    }

    fn native_base(&mut self, upstream: &ImageReference) -> (String, Option<NewBase>) {
        let (_, _, run) = recommended("bare");
        let same = |build: &ImageReference| build.name() == upstream.name();
        // Packages of Debian run on a base that brings no interpreter.
        let of_upstream = self.around.bases.iter().filter(|(_, build, _)| same(build));
        let suited =
            of_upstream.clone().find(|(_, _, run)| self.suits(run, "bare")).or(of_upstream.clone().next());
        if let Some((name, build, _)) = suited.cloned() {
            if build.without_digest() != *upstream {
                self.note(
                    self.from_line,
                    format!("its programs come from {upstream}: the base `{name}` ({build}) is used"),
                );
            }
            return (name, None);
        }
        let musl = self.around.catalogue.find(upstream).and_then(|base| base.libc);
        let alpine = upstream.tag().is_some_and(|tag| tag.contains("alpine"));
        if alpine || matches!(musl, Some(crate::bases::CLibrary::Musl(_))) {
            let message = format!(
                "the programs of {upstream} need musl, which {run} lacks: name an image of Debian in `build`"
            );
            self.note(self.from_line, message);
        }
        let last = upstream.name().rsplit('/').next().unwrap_or_default();
        let name = sanitised(last).unwrap_or_else(|| "native".to_owned());
        let taken = self.around.bases.iter().any(|(other, _, _)| *other == name);
        let name = if taken { format!("{name}-programs") } else { name };
        self.note(
            self.from_line,
            format!("its programs come from {upstream}: the new base `{name}` runs them on {run}"),
        );
        (name.clone(), Some(NewBase { name, build: upstream.clone(), run }))
    }

    #[expect(clippy::too_many_arguments, reason = "each is another view of the one file")]
    fn table(
        &mut self,
        source: Source<'_>,
        file: &Dockerfile<'_>,
        stages: &Stages<'_, '_>,
        last: usize,
        base: &str,
        kind: &'static str,
        kind_table: Table,
    ) -> Table {
        let mut table = Table::new();
        if let Some(phase) = self.around.phase(source.dockerfile) {
            table.insert("phase".to_owned(), i64::try_from(phase).unwrap_or(1).into());
        }
        table.insert("dockerfile".to_owned(), source.dockerfile.into());
        table.insert("base".to_owned(), base.into());
        let region = &file.text[stages.stages[last].image.span.start..];
        let health = self.health(region, kind);
        let bare = kind == "bare";
        let (volumes, writable) = self.directories();
        let sources = self.source_values();
        let mut lists = vec![("sources", sources)];
        lists.push(("ports", self.ports.iter().map(|port| i64::from(*port).into()).collect()));
        lists.push(("writable", writable));
        lists.push(("volumes", volumes));
        for (key, list) in lists {
            if !list.is_empty() && (!bare || key == "ports") {
                table.insert(key.to_owned(), list.into());
            }
        }
        if !self.program_paths.is_empty() && matches!(kind, "python" | "native") {
            table.insert("programs".to_owned(), self.programs().into());
        }
        table.insert("health".to_owned(), health.into());
        let (env, secrets) = self.environment(kind);
        if !env.is_empty() {
            table.insert("env".to_owned(), strings(env));
        }
        if !secrets.is_empty() {
            table.insert("secrets".to_owned(), secrets.into());
        }
        let labels = self.labels();
        if !labels.is_empty() {
            table.insert("labels".to_owned(), strings(labels));
        }
        table.insert(kind.to_owned(), kind_table.into());
        table
    }

    fn programs(&mut self) -> Table {
        unique(&mut self.program_paths);
        unique(&mut self.program_packages);
        let mut programs = Table::new();
        if !self.program_packages.is_empty() {
            programs.insert("packages".to_owned(), self.program_packages.clone().into());
        }
        programs.insert("paths".to_owned(), self.program_paths.clone().into());
        programs
    }

    fn source_values(&mut self) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        let mut targets = BTreeSet::new();
        for copied in std::mem::take(&mut self.sources) {
            let valid =
                copied.from.parse::<RelativePath>().is_ok() && copied.to.parse::<AbsolutePath>().is_ok();
            if !valid || !targets.insert(copied.to.clone()) {
                let why = if valid { "something else goes there already" } else { "its path cannot be said" };
                self.note(self.from_line, format!("`{}` is not copied to {}: {why}", copied.from, copied.to));
                continue;
            }
            let below = copied.to.strip_prefix("/app/");
            if below == Some(copied.from.as_str()) {
                values.push(copied.from.into());
                continue;
            }
            let to = if copied.to == "/app" { "." } else { below.unwrap_or(&copied.to) };
            values.push(
                Table::from_iter([
                    ("from".to_owned(), Value::from(copied.from)),
                    ("to".to_owned(), to.into()),
                ])
                .into(),
            );
        }
        values
    }

    /// Volumes, and the directories that may be lost.
    fn directories(&mut self) -> (Vec<Value>, Vec<Value>) {
        let known = |path: &Expansion| match path {
            Expansion::Known(path) => Some(path.trim_end_matches('/').to_owned()),
            Expansion::Unknown(_) => None,
        };
        let mut volumes: Vec<String> = self.config.volumes.iter().filter_map(known).collect();
        let mut writable = std::mem::take(&mut self.writable);
        for list in [&mut volumes, &mut writable] {
            list.sort();
            list.dedup();
            list.retain(|path| {
                let own =
                    !matches!(path.as_str(), "/" | "/tmp" | "/app" | "/src") && !path.starts_with("/root");
                let holds_code = self.sources.iter().any(|copied| is_within(&copied.to, path));
                let environment = is_environment(path) || path.contains("site-packages");
                own && (!holds_code || self.owned.contains(path))
                    && !environment
                    && path.parse::<AbsolutePath>().is_ok()
            });
        }
        let all: Vec<String> = volumes.iter().chain(&writable).cloned().collect();
        // A mount on the outer directory hides the inner one.
        let inner = |path: &String| all.iter().any(|other| other != path && is_within(path, other));
        writable.retain(|path| !volumes.contains(path) && !inner(path));
        volumes.retain(|path| !inner(path));
        (volumes.into_iter().map(Value::from).collect(), writable.into_iter().map(Value::from).collect())
    }

    fn environment(&mut self, kind: &str) -> (Strings, Vec<String>) {
        let (mut env, mut secrets) = (Strings::new(), Vec::new());
        for (name, (value, line)) in self.last.env.clone() {
            let Ok(checked) = name.parse::<EnvName>() else {
                self.note(line, format!("ENV {name} is no variable's name, and is not carried over"));
                continue;
            };
            let Some(value) = value else {
                self.note(line, format!("ENV {name} depends on what is not known, and is not carried over"));
                continue;
            };
            let given = matches!(
                (kind, &*name, &*value),
                ("python", "PYTHONDONTWRITEBYTECODE" | "PYTHONUNBUFFERED", "1")
            );
            let builders = name.starts_with("PIP_")
                || matches!(&*name, "DEBIAN_FRONTEND" | "VIRTUAL_ENV" | "PYTHONHOME");
            if given || builders {
                continue;
            }
            if matches!(&*name, "PATH" | "LD_LIBRARY_PATH") {
                self.note(
                    line,
                    format!("ENV {name} is not carried over: programs are named by their whole path"),
                );
            } else if checked.looks_like_a_secret() {
                self.note(
                    line,
                    format!("ENV {name} looks like a secret: it is given as a file when the service starts"),
                );
                secrets.push(name);
            } else if name == "PYTHONPATH" {
                let parts: Vec<&str> =
                    value.split(':').filter(|part| !is_environment(part) && !part.is_empty()).collect();
                if parts.len() < value.split(':').count() {
                    self.note(
                        line,
                        "the packages in PYTHONPATH are not carried over: the virtual environment has them",
                    );
                }
                if !parts.is_empty() {
                    env.insert(name, parts.join(":"));
                }
            } else if value.parse::<Line>().is_ok() {
                env.insert(name, value);
            } else {
                self.note(line, format!("ENV {name} has more than one line, and is not carried over"));
            }
        }
        (env, secrets)
    }

    fn labels(&mut self) -> Strings {
        let mut labels = Strings::new();
        for (key, value) in self.config.labels.clone() {
            let standard =
                ["title", "source", "licenses", "revision", "version", "base.name", "base.digest", "created"];
            let name = key.strip_prefix("org.opencontainers.image.");
            if name.is_some_and(|name| standard.contains(&name)) {
                continue;
            }
            let said = match &value {
                Expansion::Known(text) => {
                    Some(text).filter(|t| key.parse::<LabelKey>().is_ok() && t.parse::<Line>().is_ok())
                }
                Expansion::Unknown(_) => None,
            };
            match said {
                Some(text) => {
                    labels.insert(key, text.clone());
                }
                None => self.note(
                    self.from_line,
                    format!("LABEL {key} is not carried over: services.toml cannot say it"),
                ),
            }
        }
        labels
    }

    /// The table of the health check.
    fn health(&mut self, region: &str, kind: &str) -> Table {
        let mut table = Table::new();
        let reason = region.lines().find_map(|line| line.strip_prefix("# No HEALTHCHECK: "));
        let own = self.ports.first().copied();
        let Some(Health { probe, timing, span }) = self.config.healthcheck.clone() else {
            if let Some(reason) = reason {
                table.insert("none".to_owned(), reason.into());
            } else if let Some(port) = own.filter(|_| kind != "bare") {
                self.note(
                    self.from_line,
                    format!("HEALTHCHECK missing: a connection to port {port} is checked"),
                );
                table.insert("tcp".to_owned(), i64::from(port).into());
            } else {
                self.note(self.from_line, "HEALTHCHECK missing, and no port to check: say why in `health`");
                table.insert("none".to_owned(), "opens no port that could be checked".into());
            }
            return table;
        };
        let line = self.lines.of(span.start);
        let probe = probe.map(|command| health::probe(&command.argv));
        let honest = |draft: &mut Self, what: &str, table: &mut Table| {
            if let Some(port) = own {
                draft.note(line, format!("{what}: a connection to port {port} is checked instead"));
                table.insert("tcp".to_owned(), i64::from(port).into());
            } else {
                draft.note(line, format!("{what}, and there is no port to check: say why in `health`"));
                table.insert("none".to_owned(), "opens no port that could be checked".into());
            }
        };
        match probe {
            None => {
                self.note(line, "HEALTHCHECK NONE: say why in `health`");
                table.insert("none".to_owned(), reason.unwrap_or("switched off").into());
                return table;
            }
            Some(Probe::Http { port, path })
                if path.parse::<crate::fleet::words::UrlPath>().is_ok()
                    && (port.is_some() || own.is_some()) =>
            {
                table.insert("http".to_owned(), path.into());
                if let Some(port) = port.filter(|port| Some(*port) != own) {
                    self.expose(port, line);
                    if self.ports.first() != Some(&port) {
                        table.insert("port".to_owned(), i64::from(port).into());
                    }
                }
            }
            Some(Probe::Tcp { port }) if port.is_some() || own.is_some() => {
                let port = port.or(own).unwrap_or_default();
                self.expose(port, line);
                table.insert("tcp".to_owned(), i64::from(port).into());
            }
            Some(Probe::Exec(argv)) if self.program_paths.iter().any(|path| is_within(&argv[0], path)) => {
                table.insert("exec".to_owned(), argv.into());
            }
            Some(Probe::Always) => honest(self, "the health check always succeeds", &mut table),
            Some(_) => {
                honest(self, "the health check needs a shell or a program that is not there", &mut table);
            }
        }
        if !table.contains_key("none") {
            self.timing(&timing, line, &mut table);
        }
        table
    }

    fn expose(&mut self, port: u16, line: usize) {
        if !self.ports.contains(&port) {
            self.note(
                line,
                format!(
                    "the health check asks port {port}, which EXPOSE does not name: it is added to `ports`"
                ),
            );
            self.ports.push(port);
        }
    }

    fn timing(&mut self, timing: &crate::dockerfile::Timing, line: usize, table: &mut Table) {
        let times = [
            ("interval", timing.interval),
            ("timeout", timing.timeout),
            ("start_period", timing.start_period),
            ("start_interval", timing.start_interval),
        ];
        for (key, duration) in times {
            let Some(duration) = duration else { continue };
            let short = key == "timeout" && duration.as_secs() < 2;
            if short {
                self.note(line, "the health check's time-out is less than 2s: 2s is used");
            }
            let milliseconds = if short { 2000 } else { duration.as_millis() };
            if let Ok(time) = format!("{milliseconds}ms").parse::<Time>() {
                table.insert(key.to_owned(), time.to_string().into());
            }
        }
        if let Some(retries) = timing.retries {
            table.insert("retries".to_owned(), i64::from(retries).into());
        }
    }
}

/// A path below the old working directory as one below /app.
fn in_app(path: &str, old: &str) -> String {
    let inner =
        path.strip_prefix(old).filter(|rest| old != "/" && (rest.is_empty() || rest.starts_with('/')));
    inner.map_or_else(|| path.to_owned(), |rest| format!("/app{rest}"))
}

/// The name of the service: the label that says it, or else the path.
fn name(path: &str, config: &StageConfig) -> String {
    if let Some(Expansion::Known(title)) = config.label("org.opencontainers.image.title")
        && title.parse::<Name>().is_ok()
    {
        return title.clone();
    }
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let lower = file.to_ascii_lowercase();
    let stem = ["dockerfile.", "containerfile."]
        .iter()
        .find(|start| lower.starts_with(*start))
        .map(|start| &lower[start.len()..]);
    let stem =
        stem.or_else(|| [".dockerfile", ".containerfile"].iter().find_map(|end| lower.strip_suffix(end)));
    let stem = stem
        .map(|stem| stem.trim_end_matches(".distroless"))
        .filter(|stem| !matches!(*stem, "distroless" | "prod" | "arm64" | ""));
    let directory = parts.next().unwrap_or_default();
    sanitised(stem.unwrap_or(directory)).unwrap_or_else(|| "service".to_owned())
}

/// A text as a name.
fn sanitised(text: &str) -> Option<String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(plain).collect();
    let name = name.trim_matches('-').chars().take(63).collect::<String>();
    name.parse::<Name>().is_ok().then_some(name)
}

/// Build image and run image that belong together, for a description that has no base of the kind.
fn recommended(kind: &str) -> (String, ImageReference, ImageReference) {
    let (name, build, run) = match kind {
        "python" => ("python", "debian:trixie-slim", "gcr.io/distroless/python3-debian13:nonroot"),
        "java" => ("java", "debian:trixie-slim", "gcr.io/distroless/java21-debian13:nonroot"),
        "node" => ("node", "node:24-trixie-slim", "gcr.io/distroless/nodejs24-debian13:nonroot"),
        _ => ("base", "debian:trixie-slim", "gcr.io/distroless/base-debian13:nonroot"),
    };
    let image = |text: &str| text.parse().expect("an image reference, written above");
    (name.to_owned(), image(build), image(run))
}

fn scratch() -> ImageReference {
    "scratch".parse().expect("an image reference")
}

/// Whether a path holds installed Python packages or a virtual environment.
fn is_environment(path: &str) -> bool {
    let parts = [
        "site-packages",
        "dist-packages",
        "/venv",
        "/.venv",
        "/opt/venv",
        "/root/.local",
        "/install",
        "/wheels",
    ];
    parts.iter().any(|part| path.contains(part)) || path == "/usr/local" || path == "/deps"
}

fn is_build_package(package: &str) -> bool {
    let names = [
        "gcc",
        "g++",
        "make",
        "cmake",
        "build-essential",
        "pkg-config",
        "git",
        "cargo",
        "rustc",
        "clang",
        "musl-dev",
    ];
    package.ends_with("-dev") || names.contains(&package)
}

fn is_used(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let after = text[at + name.len()..].chars().next();
        let whole = !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        whole && (before.ends_with('$') || before.ends_with("${"))
    })
}

/// Build arguments that are there without ARG, or that `BuildKit` itself reads.
fn is_predefined(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.starts_with("TARGET")
        || upper.starts_with("BUILDKIT_")
        || upper.ends_with("_PROXY")
        || upper == "SOURCE_DATE_EPOCH"
        || matches!(&*upper, "BUILDPLATFORM" | "BUILDOS" | "BUILDARCH" | "BUILDVARIANT")
}

fn unique(list: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    list.retain(|item| seen.insert(item.clone()));
}

fn strings(map: Strings) -> Value {
    map.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<Table>().into()
}

fn shortened(command: &str) -> String {
    let short: String = command.chars().take(60).collect();
    if short.len() < command.len() { format!("{}…", short.trim_end()) } else { short }
}
