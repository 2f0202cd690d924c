//! What FROM, COPY and mounts name, and what is not there.

use crate::diagnostic::Diagnostic;
use crate::dockerfile::expand::{self, Expansion, Variable};
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::stages::{Base, Stages};
use crate::image::ImageReference;

/// References that cannot be resolved, whatever the build is told.
pub(super) fn problems(stages: &Stages<'_, '_>) -> Vec<Diagnostic> {
    let mut problems = stages.problems.clone();
    let broken = broken_triggers(stages);
    let mut sources = Sources { stages, others: 0 };
    for (at, stage) in stages.stages.iter().enumerate() {
        if let Base::Stage(base) = stage.base
            && let Some(trigger) = broken[base]
        {
            let message = format!("an ONBUILD of `{}` cannot be carried out", stage.image.value);
            let problem = Diagnostic::new(stage.image.span.clone(), message);
            problems.push(problem.related(trigger.span.clone(), "this one"));
        }
        for instruction in stages.instructions(stage).iter().filter(|instruction| instruction.valid) {
            problems.extend(sources.of(at, instruction));
        }
    }
    problems
}

/// The first trigger of each stage that cannot be carried out.
fn broken_triggers<'f, 'a>(stages: &Stages<'f, 'a>) -> Vec<Option<&'f Instruction<'a>>> {
    let broken = |instruction: &&'f Instruction<'a>| {
        instruction.valid && instruction.trigger.as_deref().is_some_and(|trigger| !trigger.valid)
    };
    stages.stages.iter().map(|stage| stages.instructions(stage).iter().find(broken)).collect()
}

struct Sources<'s, 'f, 'a> {
    stages: &'s Stages<'f, 'a>,
    /// How many sources that are no stages came before: they are counted behind the stages, and
    /// `COPY --from=` finds them by number.
    others: usize,
}

impl Sources<'_, '_, '_> {
    fn of(&mut self, stage: usize, instruction: &Instruction<'_>) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        if let Some(from) = instruction.as_copy().and_then(|copy| copy.from) {
            problems.extend(self.copy(stage, from));
        }
        for mount in instruction.mounts() {
            match mount.from().filter(|from| !from.value.is_empty()) {
                Some(from) => problems.extend(self.named(stage, from)),
                None => self.others += 1,
            }
        }
        problems
    }

    fn copy(&mut self, stage: usize, from: &Word<'_>) -> Option<Diagnostic> {
        let plain = expand::expand(&from.value, self.stages.file.escape, &|_| Variable::Unset);
        if plain != Ok(Expansion::Known(from.value.to_string())) {
            let message = format!("no variables are replaced in `--from={}`", from.value);
            let hint = "give the image a stage of its own: FROM $IMAGE AS name";
            return Some(Diagnostic::new(from.span.clone(), message).hint(hint));
        }
        let Ok(index) = from.value.parse::<i64>() else { return self.named(stage, from) };
        let count = self.stages.stages.len();
        match usize::try_from(index) {
            Ok(index) if index < count => self.order(stage, index, from),
            Ok(index) if index < count + self.others => None,
            _ => Some(Diagnostic::new(from.span.clone(), format!("there is no stage {index}"))),
        }
    }

    fn named(&mut self, stage: usize, from: &Word<'_>) -> Option<Diagnostic> {
        if let Some(index) = self.stages.find(&from.value) {
            return self.order(stage, index, from);
        }
        self.others += 1;
        let error = from.value.parse::<ImageReference>().err()?;
        Some(Diagnostic::new(from.span.clone(), format!("no stage and no image: {error}")))
    }

    fn order(&self, stage: usize, index: usize, from: &Word<'_>) -> Option<Diagnostic> {
        let message = match index.cmp(&stage) {
            std::cmp::Ordering::Less => return None,
            std::cmp::Ordering::Equal => format!("`{}` is the stage itself", from.value),
            std::cmp::Ordering::Greater => format!("the stage `{}` comes later", from.value),
        };
        let hint = "a stage can take files from those before it";
        let begins = self.stages.stages[index].image.span.clone();
        Some(Diagnostic::new(from.span.clone(), message).hint(hint).related(begins, "it begins here"))
    }
}

/// What is wrong with a platform, as `Parse` of containerd/platforms has it.
pub(in crate::dockerfile) fn platform(text: &str) -> Option<&'static str> {
    let mut parts = text.splitn(4, '/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let word = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b) || more.contains(&b))
    };
    let (system, version) = match first.strip_suffix(')').and_then(|first| first.split_once('(')) {
        Some((system, version)) => (system, Some(version)),
        None => (first, None),
    };
    let version_ok = version.is_none_or(|text| text.is_empty() || word(text, b".%+"));
    if !word(system, b"") || !version_ok || !rest.iter().all(|part| word(part, b".")) || rest.len() > 2 {
        return Some("write os/architecture, such as linux/arm64");
    }
    let known = |name: &str| SYSTEMS.contains(&name) || ARCHITECTURES.contains(&name);
    (rest.is_empty() && !known(&system.to_lowercase()))
        .then_some("write os/architecture, such as linux/arm64")
}

const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "macos",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const ARCHITECTURES: [&str; 31] = [
    "386",
    "i386",
    "amd64",
    "x86_64",
    "x86-64",
    "amd64p32",
    "arm",
    "armhf",
    "armel",
    "armbe",
    "arm64",
    "aarch64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "linux",
];
