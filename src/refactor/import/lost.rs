//! Instructions that have no key, and defects that are not carried over.

use std::collections::BTreeSet;

use super::assemble::Draft;
use super::stage::is_used;
use crate::dockerfile::{Dockerfile, Expansion, Keyword, Stages};

impl Draft<'_> {
    /// Instructions that have no key, and arguments that nothing uses.
    pub(super) fn lost_instructions(
        &mut self,
        file: &Dockerfile<'_>,
        stages: &Stages<'_, '_>,
        wanted: &BTreeSet<usize>,
        last: usize,
    ) {
        let mut declared = BTreeSet::new();
        let globals = file.instructions.iter().take_while(|instruction| instruction.keyword != Keyword::From);
        let stage = |index: &usize| stages.instructions(&stages.stages[*index]);
        for instruction in globals.chain(wanted.iter().flat_map(stage)) {
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
