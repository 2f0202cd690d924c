//! Command lines: what is started, without the shell around it.

/// The argv that a command line comes to without a shell; `None` if it needs one, or is empty.
pub(super) fn plain(argv: &[String]) -> Option<Vec<String>> {
    let words = match argv {
        [shell, flag, line, ..] if is_shell(shell) && flag.starts_with('-') && flag.ends_with('c') => words(line)?,
        _ => argv.to_vec(),
    };
    // Programs that only take care of signals have no place in an image with one process.
    let skipped = words.iter().take_while(|word| is_init(word)).count();
    let words = words[skipped..].to_vec();
    let is_plain = !words.is_empty() && !words.iter().any(|word| word.contains('$') || word.chars().any(char::is_control));
    is_plain.then_some(words)
}

fn is_shell(word: &str) -> bool {
    matches!(name(word), "sh" | "bash" | "ash")
}

fn is_init(word: &str) -> bool {
    matches!(name(word), "tini" | "dumb-init" | "exec" | "--")
}

/// The name of a program.
pub(super) fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The words of a line of a shell, if it does nothing but start one program. `None` if it does more.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in line.trim().chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('$' | '`' | '\\', _) => return None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            ('&' | '|' | ';' | '<' | '>' | '(' | ')' | '*' | '\n', None) => return None,
            (c, None) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (c, None) => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    (quote.is_none() && !words.is_empty()).then_some(words)
}

/// The value of an option: `--port 80`, `--port=80`, `-p 80`.
pub(super) fn option<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => words.get(at + 1).map(String::as_str),
            rest => rest.strip_prefix('='),
        })
    })
}
