//! The instructions that exist, and the flags each of them takes.

use std::fmt;

/// The word an instruction begins with, in any case.
///
/// The list is that of `frontend/dockerfile/command` in moby/buildkit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// `ADD`
    Add,
    /// `ARG`
    Arg,
    /// `CMD`
    Cmd,
    /// `COPY`
    Copy,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `ENV`
    Env,
    /// `EXPOSE`
    Expose,
    /// `FROM`
    From,
    /// `HEALTHCHECK`
    Healthcheck,
    /// `LABEL`
    Label,
    /// `MAINTAINER`
    Maintainer,
    /// `ONBUILD`
    Onbuild,
    /// `RUN`
    Run,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    Stopsignal,
    /// `USER`
    User,
    /// `VOLUME`
    Volume,
    /// `WORKDIR`
    Workdir,
    /// Anything else: `BuildKit` refuses the file.
    Unknown,
}

/// What a flag of an instruction holds (`BFlags` of moby/buildkit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagKind {
    /// `--link`, `--link=false`
    Bool,
    /// `--from=build`, once
    Text,
    /// `--mount=…`, any number of times
    List,
}

const ALL: [(Keyword, &str); 18] = [
    (Keyword::Run, "RUN"),
    (Keyword::Copy, "COPY"),
    (Keyword::Env, "ENV"),
    (Keyword::From, "FROM"),
    (Keyword::Arg, "ARG"),
    (Keyword::Label, "LABEL"),
    (Keyword::Workdir, "WORKDIR"),
    (Keyword::User, "USER"),
    (Keyword::Expose, "EXPOSE"),
    (Keyword::Cmd, "CMD"),
    (Keyword::Entrypoint, "ENTRYPOINT"),
    (Keyword::Healthcheck, "HEALTHCHECK"),
    (Keyword::Add, "ADD"),
    (Keyword::Volume, "VOLUME"),
    (Keyword::Shell, "SHELL"),
    (Keyword::Stopsignal, "STOPSIGNAL"),
    (Keyword::Onbuild, "ONBUILD"),
    (Keyword::Maintainer, "MAINTAINER"),
];

impl Keyword {
    /// The keyword that `word` is in any case; [`Keyword::Unknown`] if it is none.
    pub fn parse(word: &str) -> Self {
        let find = |word: &str| ALL.iter().find(|(_, name)| word.eq_ignore_ascii_case(name));
        let found = find(word).or_else(|| if word.is_ascii() { None } else { find(&lower(word)) });
        found.map_or(Self::Unknown, |&(keyword, _)| keyword)
    }

    /// The names of all keywords, in upper case.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|&(_, name)| name)
    }

    /// Whether `line` begins, at its first column, with a keyword in upper case and a blank: the
    /// look of an instruction, which it is no longer where the line before ends in a backslash.
    pub(super) fn starts(line: &str) -> bool {
        line.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && line.split_once([' ', '\t']).is_some_and(|(word, _)| Self::names().any(|name| name == word))
    }

    pub(super) fn flags(self) -> &'static [(&'static str, FlagKind)] {
        use FlagKind::{Bool, List, Text};
        match self {
            Self::From => &[("platform", Text)],
            Self::Copy => &[
                ("from", Text),
                ("chown", Text),
                ("chmod", Text),
                ("link", Bool),
                ("parents", Bool),
                ("exclude", List),
            ],
            Self::Add => &[
                ("chown", Text),
                ("chmod", Text),
                ("link", Bool),
                ("keep-git-dir", Bool),
                ("checksum", Text),
                ("unpack", Bool),
                ("exclude", List),
            ],
            Self::Run => &[("mount", List), ("network", Text), ("security", Text), ("device", List)],
            Self::Healthcheck => &[
                ("interval", Text),
                ("timeout", Text),
                ("start-period", Text),
                ("start-interval", Text),
                ("retries", Text),
            ],
            _ => &[],
        }
    }
}

/// A text in lower case as Go has it: a character for a character.
pub(super) fn lower(text: &str) -> String {
    let one = |c: char| match c {
        // Unicode has two characters for this one, Go the first of them.
        'İ' => 'i',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    text.chars().map(one).collect()
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ALL.iter().find(|(keyword, _)| keyword == self).map_or("unknown", |&(_, name)| name);
        f.write_str(name)
    }
}
