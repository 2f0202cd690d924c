//! What a step is called: `[redis linux/arm64 builder 2/5] RUN …`.
//!
//! `BuildKit` names the stage and the number of the step in it, with the platform in front if there
//! are several; bake puts the target before that as soon as it builds more than one.

use std::fmt;

/// The name of a step, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepName {
    /// The target that bake built it for, if it named one.
    pub target: Option<String>,
    /// What is left in the brackets: `builder 2/5`, `linux/arm64 builder 2/5`, `internal`.
    pub place: String,
    /// What follows them: an instruction of the Dockerfile, or what the builder does on its own.
    pub action: String,
}

impl StepName {
    /// Takes a name apart. `is_target` says whether a word is a target; bake names none if there is
    /// only one.
    pub fn new(name: &str, is_target: impl Fn(&str) -> bool) -> Self {
        let (inside, action) =
            name.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or(("", name));
        let (first, rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let (target, place) = if is_target(first) { (Some(first.to_owned()), rest) } else { (None, inside) };
        Self { target, place: place.to_owned(), action: one_line(action) }
    }

    /// Whether it hands over the finished image.
    pub fn is_export(&self) -> bool {
        self.action.starts_with("exporting to ")
    }

    /// Whether it sends the finished image somewhere: a client pushes for an engine that does not push itself, and puts
    /// together what several nodes have exported.
    pub fn is_delivery(&self) -> bool {
        self.is_export() || self.is_push() || self.is_merge()
    }

    /// Whether the client pushes an image in it.
    pub fn is_push(&self) -> bool {
        self.action.starts_with("pushing ")
    }

    /// Whether the client puts together the images of several nodes.
    pub fn is_merge(&self) -> bool {
        self.action.starts_with("merging manifest list")
    }

    /// Whether an instruction of the Dockerfile is behind it.
    pub fn is_instruction(&self) -> bool {
        self.number().is_some()
    }

    /// The stage, if it has a name, and the number of the step in it, counted from 1.
    pub fn number(&self) -> Option<(Option<&str>, usize)> {
        let mut words = self.place.split(' ').rev();
        let (number, _) = words.next()?.split_once('/')?;
        let stage = words.next().filter(|word| !word.contains('/'));
        Some((stage, number.parse().ok()?))
    }
}

/// Without the target, and without the flags of the instruction.
impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{} ", self.place)?;
        }
        let (keyword, rest) = self.action.split_once(' ').unwrap_or((&self.action, ""));
        f.write_str(keyword)?;
        rest.split_whitespace()
            .skip_while(|word| word.starts_with("--"))
            .try_for_each(|word| write!(f, " {word}"))
    }
}

/// Text for one line of a terminal: what a build prints must not move the cursor.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> StepName {
        StepName::new(text, |word| word == "redis")
    }

    #[test]
    fn target_stage_and_number_are_found() {
        let step = name("[redis builder 2/5] RUN echo one  && true");
        assert_eq!(step.target.as_deref(), Some("redis"));
        assert_eq!(step.number(), Some((Some("builder"), 2)));
        assert_eq!(step.action, "RUN echo one && true");
        let step = name("[redis linux/arm64 stage-1 1/2] FROM scratch");
        assert_eq!(step.number(), Some((Some("stage-1"), 1)));
        assert_eq!(name("[linux/arm64 2/2] COPY a /b").number(), Some((None, 2)));
    }

    #[test]
    fn what_the_builder_does_on_its_own_has_no_number() {
        for text in
            ["[redis internal] load build context", "[internal] load .dockerignore", "exporting to image"]
        {
            assert!(!name(text).is_instruction(), "{text}");
        }
        assert!(name("[redis] exporting to image").is_export());
        for text in
            ["exporting to image", "pushing registry.example/redis:1 with docker", "merging manifest list x"]
        {
            assert!(name(&format!("[redis] {text}")).is_delivery(), "{text}");
        }
        assert!(!name("[redis 2/2] COPY a /a").is_delivery());
        assert_eq!(name("[builder 1/2] FROM x").target, None);
    }

    #[test]
    fn flags_are_not_shown() {
        let step =
            name("[redis builder 2/5] RUN --mount=type=cache,target=/x --network=none apt-get --yes update");
        assert_eq!(step.to_string(), "builder 2/5 RUN apt-get --yes update");
        assert_eq!(name("[redis] exporting to image").to_string(), "exporting to image");
        assert_eq!(name("waiting").to_string(), "waiting");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(name("[redis 1/2] RUN \u{1b}[2J\tx").action, "RUN [2J x");
    }
}
