//! What the stages of a Dockerfile take from the build context.

use super::view::{inside, join, split};
use crate::dockerfile::{Base, Instruction, Keyword, Stages};
use crate::path::LONGEST;

/// A stage: where it stands, and what of the context lies in it.
#[derive(Debug, Default, Clone)]
pub(super) struct Tree {
    /// The working directory; without `/` at its ends.
    pub workdir: String,
    /// What was copied, in the order of the instructions.
    pub copied: Vec<Copied>,
    /// What was taken from other stages, in the order of the instructions.
    pub taken: Vec<Taken>,
}

/// A path of another stage. All paths are without `/` at their ends.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The path in that stage, below its root.
    pub from: String,
    /// The working directory of that stage.
    pub workdir: String,
    /// The path in this stage, below its root. If `into`, a file keeps its name in this directory.
    pub to: String,
    /// Whether `to` is a directory in any case.
    pub into: bool,
}

impl Tree {
    /// What the file at a path of the stage was called where it was made.
    pub(super) fn made_as(&self, path: &str) -> Option<&str> {
        let place = place(&self.workdir, path)?;
        let taken = self.taken.iter().rev().find(|taken| {
            let name = split(&taken.from).1;
            taken.to == place || (taken.into && join(&taken.to, name) == place)
        })?;
        Some(split(&taken.from).1)
    }
}

/// A path of the build context in a stage. Both are without `/` at their ends; the context itself is empty.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// The path below the build context.
    pub from: String,
    /// The path in the stage, below its root. If `into`, a file keeps its name in this directory.
    pub to: String,
    /// Whether `to` is a directory in any case.
    pub into: bool,
    /// Whether it came along with a directory of another stage.
    pub along: bool,
}

impl Copied {
    /// Where it lies if it is a file, or if it is a directory.
    pub(super) fn place(&self, is_file: bool) -> String {
        let name = self.from.rsplit('/').next().unwrap_or_default();
        if is_file && self.into { join(&self.to, name) } else { self.to.clone() }
    }
}

/// The most paths of all stages together. What stages copy from each other can double with every line.
const MOST: usize = 100_000;

/// All stages. Of a file with more paths than anybody writes, nothing is known.
pub(super) fn trees(stages: &Stages<'_, '_>) -> Vec<Tree> {
    let empty = || vec![Tree::default(); stages.stages.len()];
    Reader { stages, done: Vec::new(), room: MOST }.all().unwrap_or_else(empty)
}

struct Reader<'r> {
    stages: &'r Stages<'r, 'r>,
    done: Vec<Tree>,
    /// How many more paths there may be.
    room: usize,
}

impl Reader<'_> {
    /// All stages; `None` if they have too many paths.
    fn all(mut self) -> Option<Vec<Tree>> {
        for stage in &self.stages.stages {
            let mut tree = match stage.base {
                Base::Stage(below) => self.done.get(below).cloned().unwrap_or_default(),
                _ => Tree::default(),
            };
            self.more(tree.copied.len() + tree.taken.len())?;
            for instruction in self.stages.instructions(stage) {
                self.read(&mut tree, instruction)?;
            }
            self.done.push(tree);
        }
        Some(self.done)
    }

    /// Makes room for paths, if there is any.
    fn more(&mut self, paths: usize) -> Option<()> {
        self.room = self.room.checked_sub(paths)?;
        Some(())
    }

    fn read(&mut self, tree: &mut Tree, instruction: &Instruction<'_>) -> Option<()> {
        if instruction.keyword == Keyword::Workdir {
            let path = instruction.as_text().map(|word| word.value.trim_matches('"').to_owned());
            tree.workdir = place(&tree.workdir, &path.unwrap_or_default()).unwrap_or_default();
            return Some(());
        }
        let Some(copy) = instruction.as_copy() else { return Some(()) };
        let Some(to) = place(&tree.workdir, &copy.destination.value) else { return Some(()) };
        let into =
            copy.sources.len() > 1 || copy.destination.value.ends_with(['/', '.']) || to == tree.workdir;
        for source in &copy.sources {
            let source = source.value.as_ref();
            if source.contains(['$', '*', '?', '[', '\\']) || source.contains("://") {
                continue;
            }
            let Some(source) = place("", source) else { continue };
            match copy.from.map(|from| self.stages.copy_source(from)) {
                None => {
                    self.more(1)?;
                    tree.copied.push(Copied { from: source, to: to.clone(), into, along: false });
                }
                Some(Base::Stage(at)) => {
                    let taken = self.done.get(at).map(|tree| taken(tree, &source, &to, into));
                    let taken = taken.unwrap_or_default();
                    self.more(1 + taken.len())?;
                    tree.copied.extend(taken);
                    let workdir = self.done.get(at).map(|tree| tree.workdir.clone()).unwrap_or_default();
                    tree.taken.push(Taken { from: source, workdir, to: to.clone(), into });
                }
                Some(_) => {}
            }
        }
        Some(())
    }
}

/// What a path of another stage holds of the context.
fn taken(tree: &Tree, source: &str, to: &str, into: bool) -> Vec<Copied> {
    let part = |copied: &Copied| {
        if let Some(rest) = inside(&copied.to, source).filter(|rest| !rest.is_empty()) {
            // A part of what was copied there.
            return Some(Copied {
                from: join(&copied.from, rest),
                to: to.to_owned(),
                into,
                along: copied.along,
            });
        }
        let rest = inside(source, &copied.to)?;
        let to = join(to, rest);
        let into = copied.into || (rest.is_empty() && into);
        Some(Copied { from: copied.from.clone(), to, into, along: copied.along || !rest.is_empty() })
    };
    tree.copied.iter().filter_map(part).collect()
}

/// A path of a stage, from the directory that it is named in; `None` if it depends on a variable, or is longer than any.
pub(super) fn place(workdir: &str, written: &str) -> Option<String> {
    if written.contains('$') {
        return None;
    }
    let start = if written.starts_with('/') { "" } else { workdir };
    let mut parts: Vec<&str> = start.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| path.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::Dockerfile;

    fn last(text: &str) -> Vec<String> {
        let file = Dockerfile::read(text);
        let tree = trees(&Stages::of(&file)).pop().unwrap();
        tree.copied.iter().map(|copied| format!("{} > {}", copied.from, copied.place(true))).collect()
    }

    #[test]
    fn files_of_the_context_are_followed_through_stages() {
        assert_eq!(
            last(
                "FROM a AS build\nWORKDIR /src\nCOPY . .\nCOPY pb/x.proto ./proto/\nFROM b\nWORKDIR /app\n\
                 COPY --from=build /src/templates ./templates\nCOPY conf/a.json /etc/shop/\n"
            ),
            ["templates > app/templates", "conf/a.json > etc/shop/a.json"]
        );
        assert_eq!(
            last(
                "FROM a AS build\nWORKDIR /src\nCOPY pb/x.proto ./proto/\nFROM b\nCOPY --from=build /src /srv\n"
            ),
            ["pb/x.proto > srv/proto/x.proto"]
        );
        assert!(last("FROM a\nWORKDIR $HOME/x\nCOPY $A /b/\nCOPY *.py ./\nADD http://x/y /z\n").is_empty());
    }
}
