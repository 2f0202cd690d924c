//! The commands of a RUN, as far as an import has to understand them.

/// A simple command: its words without quotes, redirections and the keywords around it.
pub(super) type Words = Vec<String>;

/// The keywords that may stand before a command.
const KEYWORDS: [&str; 8] = ["then", "else", "do", "if", "elif", "while", "{", "!"];

/// Takes a shell text apart into simple commands.
pub(super) fn commands(text: &str) -> Vec<Words> {
    let mut split = Split { commands: Vec::new(), words: Vec::new(), word: None, redirected: false };
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
                split.redirected = true;
            }
            '\n' | ';' | '&' | '|' | '(' | ')' => split.end_command(),
            c if c.is_whitespace() => split.end_word(),
            c => split.push(c),
        }
    }
    split.end_command();
    split.commands
}

struct Split {
    commands: Vec<Words>,
    words: Words,
    word: Option<String>,
    /// Whether the next word is where a redirection leads.
    redirected: bool,
}

impl Split {
    fn open(&mut self) {
        self.word.get_or_insert_default();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.redirected)
        {
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirected = false;
        let words = std::mem::take(&mut self.words);
        let mut words: Words = words.into_iter().skip_while(|word| KEYWORDS.contains(&&**word)).collect();
        // Settings for one command are not the command.
        let settings = words.iter().take_while(|word| is_assignment(word)).count();
        words.drain(..settings);
        if !words.is_empty() {
            self.commands.push(words);
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Words between blanks, with the values of flags that have one in a word of their own left out.
pub(super) fn operands<'w>(words: &'w [String], flags_with_value: &[&str]) -> Vec<&'w str> {
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
        commands(text).iter().map(|words| words.join("|")).collect()
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
}
