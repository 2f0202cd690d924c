//! Finding the operators of here-documents in a logical line.
//!
//! `BuildKit` cuts the line into words with its shell lexer (`heredocsFromLine` of moby/buildkit's
//! `frontend/dockerfile/parser/parser.go`, on `shell/lex.go`); a word that looks like `3<<-"EOF"`
//! starts a here-document. A line the lexer cannot read (an open quote, `${x@Q}`) has none. No
//! variable has a value here, and one without a value stays as it is written.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::expand::{is_digit, is_in_name, is_special};

/// An operator such as `<<-"EOF"`.
#[derive(Debug, PartialEq)]
pub(super) struct Operator {
    pub(super) range: Range<usize>,
    pub(super) descriptor: Option<u32>,
    pub(super) strip_tabs: bool,
    pub(super) name: String,
    pub(super) quoted: bool,
    /// Whether blanks stand between `<<` and the name: frontends before 1.16 see no operator.
    pub(super) spaced: bool,
}

/// The operators of a line, in order.
pub(super) fn operators(line: &str) -> Vec<Operator> {
    // The search for one character is the faster one, and nearly always the last.
    if !line.contains('<') || !line.contains("<<") {
        return Vec::new();
    }
    let words = Lexer::words(line, Raw { quotes: true, escapes: true }).unwrap_or_default();
    let operator = |word: Text| {
        let (first, last) = (word.first()?, word.last()?);
        let range = first.0..last.0 + last.1.len_utf8();
        let word: String = word.into_iter().map(|(_, c)| c).collect();
        operator(&word, range)
    };
    words.into_iter().filter_map(operator).collect()
}

/// Whether a word of COPY or ADD is a here-document instead of a path.
pub(super) fn is_operator(word: &str) -> bool {
    word.contains("<<") && operator(word, 0..word.len()).is_some()
}

fn operator(word: &str, range: Range<usize>) -> Option<Operator> {
    let (descriptor, rest) = word.split_at(word.find('<')?);
    let rest = rest.strip_prefix("<<")?;
    if !descriptor.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (strip_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let name = rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
    if name.contains('<') {
        return None;
    }
    let word = |quotes| {
        let words = Lexer::words(name, Raw { quotes, escapes: false })?;
        let [word] = <[Text; 1]>::try_from(words).ok()?;
        Some(word.into_iter().map(|(_, c)| c).collect::<String>())
    };
    let (plain, raw) = (word(false)?, word(true)?);
    let quotes = |word: &str| word.matches(['\'', '"']).count();
    Some(Operator {
        descriptor: descriptor.parse().ok(),
        strip_tabs,
        quoted: quotes(&plain) != quotes(&raw),
        name: plain,
        spaced: name.len() < rest.len(),
        range,
    })
}

/// Characters, and where each of them comes from.
type Text = Vec<(usize, char)>;

/// What is kept instead of taken away.
#[derive(Clone, Copy)]
struct Raw {
    quotes: bool,
    escapes: bool,
}

struct Lexer<'t> {
    chars: Peekable<CharIndices<'t>>,
    /// The length of the text.
    length: usize,
    raw: Raw,
    /// The word that is being read. What stands inside `${…}` is read with the same buffer, which
    /// loses the start of a word in front of it, as it does in `BuildKit`.
    word: Text,
    /// How many braces are open.
    depth: usize,
}

/// How deep braces may nest; a line beyond it has no here-document.
const DEPTH: usize = 50;

impl<'t> Lexer<'t> {
    /// The words of a text; nothing if a construct is not closed or not known.
    fn words(text: &'t str, raw: Raw) -> Option<Vec<Text>> {
        let mut lexer = Self {
            chars: text.char_indices().peekable(),
            length: text.len(),
            raw,
            word: Text::new(),
            depth: 0,
        };
        Some(lexer.until(None, raw.escapes)?.1)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|&(_, c)| c)
    }

    /// Reads up to a character, or to the end: all of it, and its words.
    fn until(&mut self, stop: Option<char>, escapes: bool) -> Option<(Text, Vec<Text>)> {
        if self.depth > DEPTH {
            return None;
        }
        self.depth += 1;
        let before = std::mem::replace(&mut self.raw.escapes, escapes);
        self.word.clear();
        let (mut all, mut words) = (Text::new(), Vec::new());
        loop {
            let c = match self.peek() {
                Some(c) => c,
                None if stop.is_none() => break,
                None => return None,
            };
            if Some(c) == stop {
                self.chars.next();
                break;
            }
            let text = match c {
                '$' => {
                    let text = self.dollar()?;
                    for &(at, c) in &text {
                        self.add(at, c, &mut words);
                    }
                    all.extend(text);
                    continue;
                }
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '<' => self.operator(),
                _ => {
                    let mut next = self.chars.next()?;
                    if next.1 != '\\' {
                        self.add(next.0, next.1, &mut words);
                        all.push(next);
                        continue;
                    }
                    let mut text = Text::new();
                    if self.raw.escapes {
                        text.push(next);
                    }
                    if let Some(escaped) = self.chars.next() {
                        next = escaped;
                        text.push(next);
                    }
                    text
                }
            };
            self.word.extend(&text);
            all.extend(text);
        }
        if !self.word.is_empty() {
            words.push(std::mem::take(&mut self.word));
        }
        self.raw.escapes = before;
        self.depth -= 1;
        Some((all, words))
    }

    fn add(&mut self, at: usize, c: char, words: &mut Vec<Text>) {
        if !c.is_whitespace() {
            self.word.push((at, c));
        } else if !self.word.is_empty() {
            words.push(std::mem::take(&mut self.word));
        }
    }

    fn single_quoted(&mut self) -> Option<Text> {
        let mut text = Text::from([self.chars.next()?]);
        loop {
            let next = self.chars.next()?;
            text.push(next);
            if next.1 == '\'' {
                break;
            }
        }
        Some(if self.raw.quotes { text } else { text[1..text.len() - 1].to_vec() })
    }

    fn double_quoted(&mut self) -> Option<Text> {
        let mut text = Text::new();
        text.extend(self.chars.next().filter(|_| self.raw.quotes));
        loop {
            match self.peek()? {
                '"' => {
                    text.extend(self.chars.next().filter(|_| self.raw.quotes));
                    return Some(text);
                }
                '$' => text.extend(self.dollar()?),
                _ => {
                    let mut next = self.chars.next()?;
                    if next.1 == '\\' {
                        if self.raw.escapes {
                            text.push(next);
                        }
                        match self.peek() {
                            None => continue,
                            Some('"' | '$' | '\\') => next = self.chars.next()?,
                            Some(_) => {}
                        }
                    }
                    text.push(next);
                }
            }
        }
    }

    /// `<`, or `<<` and the blanks behind it.
    fn operator(&mut self) -> Text {
        let mut text: Text = self.chars.next().into_iter().collect();
        if let Some(second) = self.chars.next_if(|&(_, c)| c == '<') {
            text.push(second);
            while let Some(blank) = self.chars.next_if(|&(_, c)| matches!(c, ' ' | '\t' | '\r')) {
                text.push(blank);
            }
        }
        text
    }

    /// A variable as it is written, but for what is taken away inside its braces.
    fn dollar(&mut self) -> Option<Text> {
        let mut text = Text::from([self.chars.next()?]);
        let Some(brace) = self.chars.next_if(|&(_, c)| c == '{') else {
            self.name(&mut text);
            return Some(text);
        };
        text.push(brace);
        if matches!(self.peek()?, '{' | '}' | ':') {
            return None;
        }
        self.name(&mut text);
        let operator = self.chars.next()?;
        text.push(operator);
        let modifier = match operator.1 {
            '}' => return Some(text),
            ':' => {
                let modifier = self.chars.next()?;
                text.push(modifier);
                (!matches!(modifier.1, '#' | '%')).then_some(modifier.1)?
            }
            '/' => {
                self.chars.next_if(|&(_, c)| c == '/');
                text.extend(self.until(Some('/'), true)?.0);
                text.push(self.just_read('/'));
                '#'
            }
            modifier @ ('+' | '-' | '?' | '#' | '%') => modifier,
            _ => return None,
        };
        text.extend(self.until(Some('}'), matches!(modifier, '#' | '%'))?.0);
        text.push(self.just_read('}'));
        Some(text)
    }

    /// The character that was read last, which takes one byte.
    fn just_read(&mut self, c: char) -> (usize, char) {
        let next = self.chars.peek().map_or(self.length, |&(at, _)| at);
        (next - 1, c)
    }

    fn name(&mut self, text: &mut Text) {
        if let Some(special) = self.chars.next_if(|&(_, c)| is_special(c)) {
            text.push(special);
            return;
        }
        let number = self.peek().is_some_and(is_digit);
        let belongs = |c: char| if number { is_digit(c) } else { is_in_name(c) };
        while let Some(next) = self.chars.next_if(|&(_, c)| belongs(c)) {
            text.push(next);
        }
    }
}
