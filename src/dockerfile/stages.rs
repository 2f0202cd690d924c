//! Stages and their bases.

use std::collections::HashMap;
use std::ops::Range;

use super::expand::{self, ExpandError, Expansion, Variable};
use super::instruction::{Dockerfile, Instruction, Word};
use super::keyword::{Keyword, lower};
use super::platform;
use crate::diagnostic::{Diagnostic, Span};
use crate::image::ImageReference;

/// The stages of a Dockerfile, their references to each other resolved.
#[derive(Debug, Clone)]
pub struct Stages<'f, 'a> {
    /// The file they are of.
    pub file: &'f Dockerfile<'a>,
    /// In the order of the file.
    pub stages: Vec<Stage<'a>>,
    /// The build arguments above the first FROM.
    pub(super) globals: Arguments,
    /// The last stage of each name, in lower case.
    names: HashMap<String, usize>,
    /// What is wrong with bases and platforms.
    pub(super) problems: Vec<Diagnostic>,
}

/// A FROM, and what follows it.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// The name in lower case, which is how stages are compared.
    pub name: Option<String>,
    /// The indices of its instructions in the file, FROM first.
    pub instructions: Range<usize>,
    /// Its base.
    pub base: Base,
    /// The word in FROM that names it.
    pub image: Word<'a>,
    /// The build arguments in that word.
    pub arguments: Vec<ArgumentUse>,
    /// The platform, expanded.
    pub platform: Option<Expansion>,
}

/// The base of a stage, or the source of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `scratch`: nothing.
    Scratch,
    /// Another stage of the file, by its index.
    Stage(usize),
    /// An image.
    Image(ImageReference),
    /// Only known when the image is built, with the reason.
    Unknown(String),
}

/// A build argument in an image reference, and where its value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentUse {
    /// The name.
    pub name: String,
    /// The span of its default, with its quotes; `None` if it has none.
    pub default: Option<Span>,
}

/// The build arguments that are known at a place of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    values: HashMap<String, Argument>,
}

#[derive(Debug, Clone)]
struct Argument {
    default: Preset,
    span: Option<Span>,
}

#[derive(Debug, Clone)]
enum Preset {
    None,
    Known(String),
    Unknown,
}

/// The build arguments that `BuildKit` gives a value itself, outside of stages.
pub(crate) const PLATFORM: [&str; 10] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// The build argument that holds the name of the stage that is built.
const TARGET_STAGE: &str = "TARGETSTAGE";

impl Arguments {
    /// What a variable is, going by build arguments alone.
    pub(super) fn lookup(&self, name: &str) -> Option<Variable<'_>> {
        Some(match &self.values.get(name)?.default {
            Preset::Known(value) => Variable::Set(value),
            Preset::Unknown => Variable::Unknown,
            Preset::None => Variable::Required,
        })
    }

    /// What a variable is above the first FROM, or in a FROM.
    pub(super) fn global(&self, name: &str) -> Variable<'_> {
        let automatic = if PLATFORM.contains(&name) { Variable::Unknown } else { Variable::Unset };
        match self.lookup(name) {
            // Naming a platform argument does not take its value away.
            None | Some(Variable::Required) if automatic == Variable::Unknown => automatic,
            found => found.unwrap_or(automatic),
        }
    }

    /// Gives a name a value; one without stays what it was, and is known to have none otherwise.
    pub(super) fn declare(&mut self, name: String, default: Option<Expansion>, span: Option<Span>) {
        let default = match default {
            Some(Expansion::Known(value)) => Preset::Known(value),
            Some(Expansion::Unknown(_)) => Preset::Unknown,
            None => Preset::None,
        };
        match default {
            Preset::None => drop(self.values.entry(name).or_insert(Argument { default, span })),
            default => drop(self.values.insert(name, Argument { default, span })),
        }
    }

    /// Takes in a build argument of a stage without a default of its own: it has the global one, or
    /// the value that it had before.
    pub(super) fn inherit(&mut self, name: &str, globals: &Self) {
        let argument = match globals.values.get(name) {
            Some(argument) if !matches!(argument.default, Preset::None) => argument.clone(),
            _ if PLATFORM.contains(&name) => Argument { default: Preset::Unknown, span: None },
            _ => return self.declare(name.to_owned(), None, None),
        };
        self.values.insert(name.to_owned(), argument);
    }

    fn default_span(&self, name: &str) -> Option<Span> {
        self.values.get(name)?.span.clone()
    }
}

impl<'f, 'a> Stages<'f, 'a> {
    /// Finds the stages of a file and resolves their bases.
    pub fn of(file: &'f Dockerfile<'a>) -> Self {
        let mut stages = Self {
            file,
            stages: Vec::new(),
            globals: Arguments::default(),
            names: HashMap::new(),
            problems: Vec::new(),
        };
        stages.globals.declare(TARGET_STAGE.to_owned(), Some(Expansion::Known(target(file))), None);
        for (index, instruction) in file.instructions.iter().enumerate() {
            match instruction.keyword {
                Keyword::From => stages.begin(index, instruction),
                Keyword::Arg if stages.stages.is_empty() => stages.global(instruction),
                _ => {}
            }
            if let Some(stage) = stages.stages.last_mut() {
                stage.instructions.end = index + 1;
            }
        }
        stages
    }

    /// The default stage to build: the last.
    pub fn last(&self) -> Option<&Stage<'a>> {
        self.stages.last()
    }

    /// The instructions of a stage, FROM first.
    pub fn instructions(&self, stage: &Stage<'a>) -> &'f [Instruction<'a>] {
        &self.file.instructions[stage.instructions.clone()]
    }

    /// What `COPY --from=` names: a stage by name or index, or an image.
    pub fn copy_source(&self, from: &Word<'_>) -> Base {
        // `strconv.Atoi` takes a sign as well; a sign in front of an index means nothing else.
        match from.value.parse::<usize>() {
            Ok(index) if index < self.stages.len() => Base::Stage(index),
            Ok(_) => Base::Unknown(format!("there is no stage {}", from.value)),
            Err(_) => self.mount_source(from),
        }
    }

    /// What `RUN --mount=from=` names: a stage by name, or an image.
    pub fn mount_source(&self, from: &Word<'_>) -> Base {
        if from.value.contains('$') {
            return Base::Unknown(format!("variables are not expanded in `{}`", from.value));
        }
        match self.find(&from.value) {
            Some(index) => Base::Stage(index),
            None => self.named(&from.value),
        }
    }

    /// The stage of a name in any case, which is how COPY and mounts find it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(&lower(name)).copied()
    }

    /// What a name is that is compared as it stands: FROM knows stages by their names in lower case.
    fn named(&self, name: &str) -> Base {
        match self.names.get(name) {
            Some(&index) => Base::Stage(index),
            None if name == "scratch" => Base::Scratch,
            None => match name.parse() {
                Ok(image) => Base::Image(image),
                Err(error) => Base::Unknown(format!("{error}")),
            },
        }
    }

    fn global(&mut self, instruction: &Instruction<'a>) {
        let escape = self.file.escape;
        for pair in &instruction.pairs {
            let name = pair.name.value.to_string();
            // A default sees the arguments before it, those of its own line included.
            let default = pair.value.as_ref().map(|word| {
                let value = expand::expand(&word.value, escape, &|name| self.globals.global(name));
                value.unwrap_or_else(|_| Expansion::Unknown(name.clone()))
            });
            let span = pair.value.as_ref().map(|word| word.span.clone());
            self.globals.declare(name, default, span);
        }
    }

    fn begin(&mut self, index: usize, instruction: &Instruction<'a>) {
        let Some(from) = instruction.as_from() else {
            // Without an image nothing is known, but what follows is a stage all the same.
            let image = Word { span: instruction.span.end..instruction.span.end, value: "".into() };
            let base = Base::Unknown("FROM names no image".to_owned());
            self.push(Stage {
                name: None,
                instructions: index..index,
                base,
                image,
                arguments: Vec::new(),
                platform: None,
            });
            return;
        };
        let escape = self.file.escape;
        let uses = std::cell::RefCell::new(Vec::<ArgumentUse>::new());
        let lookup = |name: &str| {
            let mut uses = uses.borrow_mut();
            if !uses.iter().any(|used| used.name == name) {
                uses.push(ArgumentUse { name: name.to_owned(), default: self.globals.default_span(name) });
            }
            self.globals.global(name)
        };
        let base = match expand::expand(&from.image.value, escape, &lookup) {
            Ok(Expansion::Known(name)) => self.named_in(&name, from.image, instruction.valid),
            Ok(Expansion::Unknown(name)) => Base::Unknown(format!("`{name}` is not known")),
            Err(error) => {
                self.required(from.image);
                Base::Unknown(error.to_string())
            }
        };
        let platform = from.platform.map(|word| self.platform(word));
        let stage = Stage {
            name: from.name.map(|name| lower(&name.value)),
            instructions: index..index,
            base,
            image: from.image.clone(),
            arguments: uses.into_inner(),
            platform,
        };
        self.push(stage);
    }

    /// The base that a FROM names once its variables are expanded; reports a name that is none.
    fn named_in(&mut self, name: &str, image: &Word<'_>, valid: bool) -> Base {
        let base = self.named(name);
        if let (Base::Unknown(error), true) = (&base, valid) {
            let message = if name.is_empty() { format!("`{}` is empty", image.value) } else { error.clone() };
            let mut problem = Diagnostic::new(image.span.clone(), message);
            if self.find(name).is_some() {
                problem = problem.hint(format!("FROM knows the stage as `{}`", lower(name)));
            }
            self.problems.push(problem);
        }
        base
    }

    /// The platform of a FROM; reports one that does not exist.
    fn platform(&mut self, word: &Word<'_>) -> Expansion {
        let value = expand::expand(&word.value, self.file.escape, &|name| self.globals.global(name));
        let platform = value.unwrap_or_else(|error| {
            self.required(word);
            Expansion::Unknown(error.to_string())
        });
        if let Expansion::Known(text) = &platform
            && let Some(hint) = platform::wrong(text).filter(|_| !word.value.is_empty())
        {
            let message = format!("`{text}` is not a platform");
            self.problems.push(Diagnostic::new(word.span.clone(), message).hint(hint));
        }
        platform
    }

    /// Reports `${X:?}` in a FROM if no build argument can give `X` a value.
    fn required(&mut self, word: &Word<'_>) {
        let lookup = |name: &str| match self.globals.global(name) {
            Variable::Unset => Variable::Unset,
            _ => Variable::Unknown,
        };
        if let Err(error @ ExpandError::Required { .. }) =
            expand::expand(&word.value, self.file.escape, &lookup)
        {
            let hint = "declare it with ARG before the first FROM";
            self.problems.push(Diagnostic::new(word.span.clone(), error.to_string()).hint(hint));
        }
    }

    fn push(&mut self, stage: Stage<'a>) {
        if let Some(name) = &stage.name {
            self.names.insert(name.clone(), self.stages.len());
        }
        self.stages.push(stage);
    }
}

/// The name of the stage that is built if none is asked for.
fn target(file: &Dockerfile<'_>) -> String {
    let last = file.instructions.iter().rev().find_map(Instruction::as_from);
    last.and_then(|from| from.name).map_or_else(|| "default".to_owned(), |name| lower(&name.value))
}
