//! Flags of an instruction: `--from=build`.

use crate::diagnostic::{Diagnostic, nearest};
use crate::dockerfile::instruction::{Flag, Instruction, Word};
use crate::dockerfile::keyword::{FlagKind, Keyword};

/// The first of an instruction's flags that is wrong.
pub(super) fn of(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    // STOPSIGNAL and ARG never look at their flags, nor does HEALTHCHECK NONE.
    let none = |word: &Word<'_>| word.value.eq_ignore_ascii_case("none");
    match instruction.keyword {
        Keyword::Stopsignal | Keyword::Arg => return None,
        Keyword::Healthcheck if instruction.arguments.first().is_some_and(none) => return None,
        _ => {}
    }
    let known = instruction.keyword.flags();
    for (at, flag) in instruction.flags.iter().enumerate() {
        let name = &*flag.name.value;
        let Some(&(_, kind)) = known.iter().find(|(known, _)| *known == name) else {
            return Some(unknown_flag(instruction.keyword, flag));
        };
        let is_before = || instruction.flags[..at].iter().any(|before| before.name.value == name);
        if kind != FlagKind::List && is_before() {
            let message = format!("the flag `--{name}` is given twice");
            return Some(Diagnostic::new(flag.span.clone(), message));
        }
        if let Some(problem) = flag_value(flag, kind) {
            return Some(problem);
        }
    }
    None
}

fn unknown_flag(keyword: Keyword, flag: &Flag<'_>) -> Diagnostic {
    let name = &flag.name.value;
    let diagnostic = Diagnostic::new(flag.span.clone(), format!("{keyword} has no flag `--{name}`"));
    match nearest(name, keyword.flags().iter().map(|(name, _)| *name)) {
        Some(known) => diagnostic.hint(format!("did you mean `--{known}`")),
        None => diagnostic,
    }
}

fn flag_value(flag: &Flag<'_>, kind: FlagKind) -> Option<Diagnostic> {
    let name = &flag.name.value;
    match (kind, &flag.value) {
        (FlagKind::Bool, None) | (FlagKind::Text | FlagKind::List, Some(_)) => None,
        (FlagKind::Bool, Some(value)) => {
            let valid = ["true", "false"].iter().any(|word| value.value.eq_ignore_ascii_case(word));
            let message = format!("`--{name}` is true or false, not `{}`", value.value);
            (!valid).then(|| Diagnostic::new(value.span.clone(), message))
        }
        (_, None) => Some(
            Diagnostic::new(flag.span.clone(), format!("the flag `--{name}` has no value"))
                .hint(format!("write `--{name}=value`, with an equals sign")),
        ),
    }
}
