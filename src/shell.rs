//! Texts of a shell, such as a RUN or a start script, as far as a reader of them has to understand them.

mod variables;
mod zone;

pub(crate) use variables::referred;
pub(crate) use zone::time_zone;

/// A simple command: its words without quotes, redirections and the keywords around it.
pub(crate) type Words = Vec<String>;

/// A simple command with what stands around its words.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    pub(crate) words: Words,
    /// The file that its output goes to
    pub(crate) file: Option<String>,
    /// `NAME=value` before it
    pub(crate) settings: Words,
}

/// The keywords that may stand before a command.
const KEYWORDS: [&str; 9] = ["then", "else", "do", "if", "elif", "while", "until", "{", "!"];

/// What a shell text says.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// One simple command after another.
    pub(crate) commands: Vec<Simple>,
    /// `NAME=value` that stands alone: a variable of the shell
    pub(crate) assigned: Words,
    /// What only a shell can do: a pipe, an alternative, the background, the output of another command
    pub(crate) needs_shell: Option<&'static str>,
}

/// Takes a shell text apart into simple commands.
pub(crate) fn read(text: &str) -> Script {
    let mut split = Split::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(c) => split.push(c),
            },
            '\'' => {
                split.open();
                chars.by_ref().take_while(|&c| c != '\'').for_each(|c| split.push(c));
            }
            '"' => {
                split.open();
                while let Some(c) = chars.next().filter(|&c| c != '"') {
                    let next = chars.peek().copied();
                    split.substitution(c, next);
                    let escaped = c == '\\' && next.is_some_and(|c| "\"\\$`\n".contains(c));
                    match (escaped, next) {
                        (true, Some('\n')) => {}
                        (true, Some(next)) => split.push(next),
                        _ => split.push(c),
                    }
                    if escaped {
                        chars.next();
                    }
                }
            }
            '#' if split.word.is_none() => while chars.next_if(|&c| c != '\n').is_some() {},
            '>' | '<' => {
                // A number before it is a descriptor, not a word.
                split.word.take_if(|word| word.bytes().all(|b| b.is_ascii_digit()));
                split.end_word();
                while chars.next_if(|&c| ">&<".contains(c)).is_some() {}
                split.redirected = Some(c);
            }
            '\n' | ';' | '&' | '|' | '(' | ')' => {
                let twice = chars.next_if_eq(&c).is_some();
                match (c, twice) {
                    ('|', false) => split.needs_shell("|"),
                    ('|', true) => split.needs_shell("||"),
                    ('&', false) => split.needs_shell("&"),
                    _ => {}
                }
                split.end_command();
            }
            c if c.is_whitespace() => split.end_word(),
            c => {
                split.substitution(c, chars.peek().copied());
                split.push(c);
            }
        }
    }
    split.end_command();
    split.script
}

#[derive(Default)]
struct Split {
    script: Script,
    words: Words,
    word: Option<String>,
    /// `<` or `>`, if the next word is where a redirection leads.
    redirected: Option<char>,
    /// The file that the command writes.
    file: Option<String>,
}

impl Split {
    fn needs_shell(&mut self, operator: &'static str) {
        self.script.needs_shell.get_or_insert(operator);
    }

    fn substitution(&mut self, c: char, next: Option<char>) {
        match c {
            '`' => self.needs_shell("`"),
            '$' if next == Some('(') => self.needs_shell("$("),
            _ => {}
        }
    }

    fn open(&mut self) {
        self.word.get_or_insert_default();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.redirected.take() {
            None => self.words.push(word),
            // `2>&1` leads to no file.
            Some('>') if !word.starts_with("/dev/") && word.parse::<u8>().is_err() => self.file = Some(word),
            Some(_) => {}
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirected = None;
        let file = self.file.take();
        let words = std::mem::take(&mut self.words);
        let mut words: Words = words.into_iter().skip_while(|word| KEYWORDS.contains(&&**word)).collect();
        // Settings for one command are not the command.
        let settings = words.iter().take_while(|word| is_assignment(word)).count();
        let settings: Words = words.drain(..settings).collect();
        if words.is_empty() {
            self.script.assigned.extend(settings);
        } else {
            self.script.commands.push(Simple { words, file, settings });
        }
    }
}

/// Whether a program, by its path, is a shell.
pub(crate) fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("ash" | "bash" | "dash" | "sh" | "zsh"))
}

/// The text that a shell is started with: `bash -lc 'text'`, `sh -e -o pipefail -c 'text'`.
pub(crate) fn text_of(argv: &[String]) -> Option<&str> {
    let (_, words) = argv.split_first().filter(|(shell, _)| is_shell(shell))?;
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with(['-', '+'])) {
        if word.starts_with('-') && !word.starts_with("--") && word.ends_with('c') {
            return words.get(at + 1).map(String::as_str);
        }
        at += if word.ends_with('o') { 2 } else { 1 };
    }
    None
}

/// `NAME=value`
pub(crate) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// The value of an option: `--port 80`, `--port=80`, `-p 80`.
pub(crate) fn option<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => words.get(at + 1).map(String::as_str),
            rest => rest.strip_prefix('='),
        })
    })
}

/// Words between blanks, with the values of flags that have one in a word of their own left out.
pub(crate) fn operands<'w>(words: &'w [String], flags_with_value: &[&str]) -> Vec<&'w str> {
    let mut operands = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if flags_with_value.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            operands.push(word.as_str());
        }
    }
    operands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        read(text).commands.iter().map(|command| command.words.join("|")).collect()
    }

    #[test]
    fn the_text_of_a_shell_stands_behind_its_options() {
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for words in [
            &["sh", "-c", "run"][..],
            &["/bin/bash", "-lc", "run", "name"],
            &["bash", "-e", "-o", "pipefail", "-c", "run"],
            &["dash", "+x", "-exc", "run"],
        ] {
            assert_eq!(text_of(&argv(words)), Some("run"), "{words:?}");
        }
        for words in [&["sh"][..], &["sh", "run.sh", "-c", "run"], &["python", "-c", "run"], &["sh", "-c"]] {
            assert_eq!(text_of(&argv(words)), None, "{words:?}");
        }
    }

    #[test]
    fn commands_are_taken_apart() {
        assert_eq!(
            split(
                "set -e; A=1 apt-get update && apt-get install -y \\\n  gcc 'libffi-dev' > /dev/null 2>&1 || true"
            ),
            ["set|-e", "apt-get|update", "apt-get|install|-y|gcc|libffi-dev", "true"]
        );
        assert_eq!(
            split("if [ -f x ]; then mkdir \"/a b\" ; fi # end\npip install 'x>=1'"),
            ["[|-f|x|]", "mkdir|/a b", "fi", "pip|install|x>=1"]
        );
        assert_eq!(split("echo \"a \\\" b\" | tee f"), ["echo|a \" b", "tee|f"]);
        assert_eq!(split("echo 'open"), ["echo|open"]);
    }

    #[test]
    fn what_is_written_is_kept_apart() {
        let files = |text| read(text).commands.into_iter().map(|command| command.file).collect::<Vec<_>>();
        let file = |path: &str| Some(path.to_owned());
        assert_eq!(read("A=1 B= run").commands[0].settings, ["A=1", "B="]);
        assert_eq!(read("A='x y'; B=2 run $A").assigned, ["A=x y"]);
        assert_eq!(
            files("echo a >> /etc/x && cat < y 2>&1 > 'a b'; ls > /dev/null"),
            [file("/etc/x"), file("a b"), None]
        );
    }

    #[test]
    fn what_only_a_shell_can_do_is_found() {
        for text in ["a | b", "a || b", "a & b", "a `b`", "a \"$(b)\""] {
            assert!(read(text).needs_shell.is_some(), "{text}");
        }
        for text in ["a && b; c", "a 2>&1", "a '|' \"&\" '$(b)' \\|", "a $B ${C:-d}"] {
            assert_eq!(read(text).needs_shell, None, "{text}");
        }
    }
}
