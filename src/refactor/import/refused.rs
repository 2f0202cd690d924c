//! What cannot be imported, each with its true reason.

use super::commands::compilers::MADE;
use super::draft::{Draft, shortened};
use super::paths::is_within;
use super::stage::{Compiled, Finding, origin};
use super::start;
use crate::diagnostic::{Diagnostic, Span};

/// What is wrong where no manifest gives the entry.
pub(super) const NO_MANIFEST: &str = "but its manifest is not here";

/// What is wrong where no package.json gives the entry.
pub(super) const NO_PACKAGE: &str = "but no package.json here describes it";

const BY_HAND: &str = "keep this Dockerfile by hand; `dockwright rebase` moves its base images too";

/// Programs that run code in languages without a kind.
const OTHER_LANGUAGES: [(&str, &str); 17] = [
    ("Rscript", "R"),
    ("apache2-foreground", "PHP"),
    ("bun", "Bun"),
    ("bundle", "Ruby"),
    ("deno", "Deno"),
    ("elixir", "Elixir"),
    ("erl", "Erlang"),
    ("iex", "Elixir"),
    ("julia", "Julia"),
    ("lua", "Lua"),
    ("mix", "Elixir"),
    ("perl", "Perl"),
    ("php", "PHP"),
    ("php-fpm", "PHP"),
    ("puma", "Ruby"),
    ("rails", "Ruby"),
    ("ruby", "Ruby"),
];

/// Build tools whose services have a kind, and the table that describes one. What they are told is not read.
const BUILT: [(&str, &str); 5] = [
    ("dotnet", "dotnet = { project = \"…\" }"),
    ("gradle", "java = { build = \"gradle\" }"),
    ("gradlew", "java = { build = \"gradle\" }"),
    ("mvn", "java = { build = \"maven\" }"),
    ("mvnw", "java = { build = \"maven\" }"),
];

/// Languages whose programs have a kind, and the table that describes one.
const KINDS: [(&str, &str); 4] = [
    (".NET", "dotnet = { project = \"…\" }"),
    ("Go", "go = { package = \"./cmd/…\" }"),
    ("Java", "java = { build = \"maven\" }"),
    ("Rust", "rust = {}"),
];

/// Programs that only keep a container alive, so that somebody can start a shell in it.
const IDLE: [&str; 4] = ["cat", "sleep", "tail", "true"];

impl Draft<'_> {
    /// Why nothing of services.toml starts this program, if nothing does.
    pub(super) fn without_kind(argv: &[String], at: &Span) -> Option<Diagnostic> {
        let program = argv[0].as_str();
        let name = program.rsplit('/').next().unwrap_or(program);
        let refuse = |message: String| Some(Diagnostic::new(at.clone(), message).hint(BY_HAND));
        if IDLE.contains(&name) {
            return refuse(format!(
                "`{}` keeps a container alive for a shell, but a distroless image has none",
                argv.join(" ")
            ));
        }
        if let Some((_, language)) = OTHER_LANGUAGES.iter().find(|(program, _)| *program == name) {
            return refuse(format!(
                "`{name}` starts a program in {language}, for which services.toml has no kind"
            ));
        }
        None
    }

    /// Why a program that something builds cannot be read from the Dockerfile, if something does.
    pub(super) fn built(&self, argv: &[String], at: &Span) -> Option<Diagnostic> {
        let program = argv[0].as_str();
        let name = program.rsplit('/').next().unwrap_or(program);
        let refuse = |message: String| Some(Diagnostic::new(at.clone(), message).hint(BY_HAND));
        if let Some(refused) = self.compiled(argv) {
            return Some(refused);
        }
        if name == "dotnet" {
            let message =
                "`dotnet` starts a program that is published elsewhere: services.toml publishes a project";
            let hint = "`dockwright init DIR` describes it by its project file; by hand: dotnet = { project = \"…\" }";
            return Some(Diagnostic::new(at.clone(), message).hint(hint));
        }
        let is_own = start::language(argv).is_some();
        if let Some(taken) = self.last.taken.iter().find(|taken| !is_own && is_within(program, &taken.to)) {
            return refuse(format!(
                "`{}` is created by commands in another stage, which do not show what services.toml needs",
                taken.source
            ));
        }
        if let Some(copied) = self.last.copied.iter().find(|copied| !is_own && is_within(program, &copied.to))
        {
            let file = origin(&self.last.copied, program).unwrap_or_default();
            if let Some(first) = self.tree.text(&file).filter(|text| text.starts_with("#!")) {
                let interpreter = first.lines().next().unwrap_or_default();
                return Some(
                    Diagnostic::new(
                        at.clone(),
                        format!("`{program}` is a script (`{interpreter}`), which is not read"),
                    )
                    .hint("write the program that the script ends with in ENTRYPOINT"),
                );
            }
            return refuse(format!(
                "`{program}` is copied from `{}`, which compiled it: services.toml takes programs from images and packages",
                copied.from
            ));
        }
        None
    }

    /// The command that compiles the program.
    fn compiled(&self, argv: &[String]) -> Option<Diagnostic> {
        // What is compiled for Python and Node are parts of packages.
        let wanted = |language: &str| match start::language(argv) {
            Some("java") => language == "Java",
            Some(_) => false,
            None => true,
        };
        let all = self.stages.iter().flat_map(|stage| &stage.compiled);
        let all: Vec<&Compiled> = all.filter(|compiled| wanted(compiled.language)).collect();
        // The command that names the program, or else one that names none, or the last one.
        let own = |compiled: &&&Compiled| {
            let mut words = compiled.command.split(' ').skip_while(|word| *word != "-o").skip(1);
            words.next().is_some_and(|path| start::plain_name(path) == start::plain_name(&argv[0]))
        };
        let unnamed = |compiled: &&&Compiled| !compiled.command.split(' ').any(|word| word == "-o");
        let chosen = all.iter().rfind(own).or_else(|| all.iter().rfind(unnamed)).or(all.last());
        let compiled = *chosen?;
        if compiled.language == MADE {
            let message = format!(
                "`{}` builds the program, and its Makefile is not read",
                shortened(&compiled.command)
            );
            let hint =
                "`dockwright init DIR` describes the program by its manifest, if there is a kind for it";
            return Some(Diagnostic::new(compiled.span.clone(), message).hint(hint));
        }
        let tool = compiled.command.split(' ').next().and_then(|word| word.rsplit('/').next());
        if let Some((_, table)) = BUILT.iter().find(|(name, _)| Some(*name) == tool) {
            let message = format!(
                "`{}` builds the program ({}): its arguments are not read",
                shortened(&compiled.command),
                compiled.language
            );
            let hint = format!("`dockwright init DIR` describes it by its build file; by hand: {table}");
            return Some(Diagnostic::new(compiled.span.clone(), message).hint(hint));
        }
        let command = shortened(&compiled.command);
        let language = compiled.language;
        let message = match KINDS.iter().find(|(known, _)| *known == language) {
            Some(_) => format!("`{command}` compiles the program ({language}), {NO_MANIFEST}"),
            None => format!("`{command}` compiles the program, but services.toml has no kind for {language}"),
        };
        let hint = KINDS.iter().find(|(known, _)| *known == language).map_or_else(
            || BY_HAND.to_owned(),
            |(_, table)| {
                format!("`dockwright init DIR` describes what it finds in a directory; by hand: {table}")
            },
        );
        Some(Diagnostic::new(compiled.span.clone(), message).hint(hint))
    }

    /// Why what the service needs is not known to be installed, if it is not.
    pub(super) fn lost_distributions(&self) -> Option<Diagnostic> {
        let lost = self.stages.iter().flat_map(|stage| &stage.lost);
        lost.chain(&self.last.modules).next().map(Finding::refusal)
    }

    /// A command that may install what the service needs, where nothing else does.
    pub(super) fn may_install(&self) -> Option<Diagnostic> {
        self.stages.iter().flat_map(|stage| &stage.perhaps).next().map(Finding::refusal)
    }

    /// What the Dockerfile compiles or installs besides the program: an entry of this kind does not.
    pub(super) fn besides(&mut self, kind: &str) {
        let mut told = Vec::new();
        for stage in self.stages {
            // For a program that a manifest describes, `compiled_otherwise` tells of compilers.
            for compiled in stage.compiled.iter().filter(|_| self.directory.is_none()) {
                let command = shortened(&compiled.command);
                let message = match compiled.language {
                    MADE => format!(
                        "`{command}` is not imported, and its Makefile is not read: write the commands that the service needs in the Dockerfile"
                    ),
                    language => format!(
                        "`{command}` is not imported: the kind `{kind}` compiles no {language}; `programs` takes a program from a Debian package"
                    ),
                };
                told.push((self.lines.of(compiled.span.start), message));
            }
            for (of, command, line) in &stage.only_for {
                let is_own = *of == kind || (*of == "node" && kind == "static");
                if !is_own {
                    let command = shortened(command);
                    told.push((
                        *line,
                        format!("`{command}` is not imported: only the kind `{of}` has a key for it"),
                    ));
                }
            }
            let lost = stage.lost.iter().chain(&stage.modules).filter(|_| kind != "python");
            told.extend(lost.map(|lost| (self.lines.of(lost.span.start), lost.message.clone())));
        }
        for (line, message) in told {
            self.note(line, message);
        }
    }
}

impl Finding {
    pub(super) fn refusal(&self) -> Diagnostic {
        Diagnostic::new(self.span.clone(), self.message.clone()).hint(self.hint.clone())
    }
}
