//! What cannot be imported, each with its true reason.

use super::assemble::Draft;
use super::paths::is_within;
use super::start;
use crate::diagnostic::{Diagnostic, Span};

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

/// Programs that only keep a container alive, so that somebody can start a shell in it.
const IDLE: [&str; 4] = ["cat", "sleep", "tail", "true"];

impl Draft<'_> {
    /// Why nothing of services.toml starts this program, if nothing does.
    pub(super) fn without_kind(&self, argv: &[String], at: &Span) -> Option<Diagnostic> {
        let program = argv[0].as_str();
        let name = program.rsplit('/').next().unwrap_or(program);
        let refuse = |message: String| Some(Diagnostic::new(at.clone(), message).hint(BY_HAND));
        if IDLE.contains(&name) {
            return refuse(format!(
                "`{}` keeps a container alive for a shell, and a distroless image has none",
                argv.join(" ")
            ));
        }
        if let Some(refused) = self.compiled(argv) {
            return Some(refused);
        }
        if name == "dotnet" {
            let message =
                "`dotnet` starts what something else has published: services.toml publishes a project";
            let hint = "describe it by hand: dotnet = { project = \"…\" }";
            return Some(Diagnostic::new(at.clone(), message).hint(hint));
        }
        if let Some((_, language)) = OTHER_LANGUAGES.iter().find(|(program, _)| *program == name) {
            return refuse(format!(
                "`{name}` starts a program in {language}, and services.toml has no kind for it"
            ));
        }
        let is_own = start::language(argv).is_some();
        if let Some(taken) = self.last.taken.iter().find(|taken| !is_own && is_within(program, &taken.to)) {
            return refuse(format!(
                "`{}` is made by commands of another stage: what is compiled is refused until there is a kind for it",
                taken.source
            ));
        }
        if let Some(copied) = self.last.copied.iter().find(|copied| !is_own && is_within(program, &copied.to))
        {
            return refuse(format!(
                "`{program}` is copied from `{}`, where it is compiled before: services.toml takes programs from images and packages",
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
        let mut compiled = self.stages.iter().flat_map(|stage| &stage.compiled);
        let compiled = compiled.rfind(|compiled| wanted(compiled.language))?;
        let tool = compiled.command.split(' ').next().and_then(|word| word.rsplit('/').next());
        if let Some((_, table)) = BUILT.iter().find(|(name, _)| Some(*name) == tool) {
            let message = format!(
                "`{}` builds the program ({}): what it is told is not read",
                super::gather::shortened(&compiled.command),
                compiled.language
            );
            let hint = format!("describe the service by hand: {table}");
            return Some(Diagnostic::new(compiled.span.clone(), message).hint(hint));
        }
        let message = format!(
            "`{}` compiles the program ({}): what is compiled is refused until there is a kind for it",
            super::gather::shortened(&compiled.command),
            compiled.language
        );
        Some(Diagnostic::new(compiled.span.clone(), message).hint(BY_HAND))
    }

    /// The distributions that pip installs and services.toml cannot name.
    pub(super) fn lost_distributions(&self) -> Option<Diagnostic> {
        let lost = self.stages.iter().flat_map(|stage| &stage.lost).next()?;
        Some(Diagnostic::new(lost.span.clone(), lost.message.clone()).hint(lost.hint.clone()))
    }
}
