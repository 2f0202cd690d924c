//! Shell patterns in `${name#pattern}` and its kin: `*`, `?`, and a backslash before either.

/// A pattern, one step a character.
pub(super) struct Pattern(Vec<Step>);

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Char(char),
    Any,
    Star,
}

/// Which of the matches is wanted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Length {
    Shortest,
    Longest,
}

impl Pattern {
    /// `None` if a backslash stands before anything but `*`, `?`, `\`, `}` and `/`.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            steps.push(match c {
                '*' => Step::Star,
                '?' => Step::Any,
                '\\' => Step::Char(chars.next().filter(|c| matches!(c, '*' | '?' | '\\' | '}' | '/'))?),
                c => Step::Char(c),
            });
        }
        steps.dedup_by(|a, b| *a == Step::Star && *b == Step::Star);
        Some(Self(steps))
    }

    /// The same pattern for a text that is read from its end.
    pub(super) fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    /// How many steps it has, which is what a match costs for each character.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The end of the match that begins at the first character.
    pub(super) fn prefix(&self, text: &[char], length: Length) -> Option<usize> {
        // The steps that may come next, all at once: no backtracking.
        let mut here = vec![false; self.0.len() + 1];
        here[0] = true;
        self.pass_stars(&mut here);
        let mut found = None;
        for at in 0..=text.len() {
            if here[self.0.len()] {
                found = Some(at);
                if length == Length::Shortest {
                    break;
                }
            }
            let Some(&c) = text.get(at) else { break };
            let mut next = vec![false; self.0.len() + 1];
            for (step, _) in self.0.iter().enumerate().filter(|&(step, _)| here[step]) {
                match self.0[step] {
                    Step::Char(wanted) if wanted == c => next[step + 1] = true,
                    Step::Any if c != '\n' => next[step + 1] = true,
                    Step::Star if c != '\n' => next[step] = true,
                    _ => {}
                }
            }
            self.pass_stars(&mut next);
            if !next.contains(&true) {
                break;
            }
            here = next;
        }
        found
    }

    fn pass_stars(&self, here: &mut [bool]) {
        for (step, _) in self.0.iter().enumerate().filter(|(_, step)| **step == Step::Star) {
            here[step + 1] |= here[step];
        }
    }

    /// The text with the first match, or all of them, replaced. Where all of them are, `$1` is the
    /// match of a group, of which a pattern has none but `$0`, the whole.
    pub(super) fn replace(&self, text: &[char], with: &str, all: bool) -> String {
        let mut out = String::new();
        let (mut at, mut last) = (0, None);
        while at <= text.len() {
            match self.prefix(&text[at..], Length::Longest) {
                // An empty match right behind another is none.
                Some(end) if end > 0 || last != Some(at) => {
                    if all {
                        template(with, &text[at..at + end], &mut out);
                    } else {
                        out.push_str(with);
                    }
                    at += end;
                    last = Some(at);
                    if !all {
                        out.extend(&text[at..]);
                        return out;
                    }
                    if end > 0 {
                        continue;
                    }
                }
                _ => {}
            }
            out.extend(text.get(at));
            at += 1;
        }
        out
    }
}

/// Writes what stands in a match's place, as `Expand` of Go's package regexp does.
fn template(mut with: &str, whole: &[char], out: &mut String) {
    while let Some((before, after)) = with.split_once('$') {
        out.push_str(before);
        if let Some(rest) = after.strip_prefix('$') {
            out.push('$');
            with = rest;
            continue;
        }
        let braced = after.strip_prefix('{');
        let name = braced.unwrap_or(after);
        let word = |c: char| c == '_' || c.is_alphanumeric();
        let end = name.find(|c| !word(c)).unwrap_or(name.len());
        let rest = match braced {
            Some(_) => name[end..].strip_prefix('}'),
            None => Some(&name[end..]),
        };
        let Some(rest) = rest.filter(|_| end > 0) else {
            out.push('$');
            with = after;
            continue;
        };
        if name[..end].bytes().all(|b| b == b'0') {
            out.extend(whole);
        }
        with = rest;
    }
    out.push_str(with);
}
