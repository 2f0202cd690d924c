//! References in bake files, in HCL and JSON.
//!
//! Both are read as what they share: names before `=`, `:` and brackets, and strings.

use super::super::Language;
use super::expression::{Value, text_of};
use super::hcl::{DEEPEST, Kind, Token, next, string, template, too_deep, unclosed};
use super::values::{Built, Kind as Set, Setting, Settings, Shared, contains};
use super::{CONTEXT, Mention, Site, Written, inside, value};
use crate::diagnostic::{Diagnostic, Span};

/// What a bake file mentions, builds, and says in one place for several. An error is a string, comment or bracket
/// that does not end, or brackets that nest too deep.
pub(super) fn mentions(
    text: &str,
    language: Language,
    found: &mut Vec<Mention>,
) -> Result<(Built, Vec<Shared>), Diagnostic> {
    let mut reader = Reader {
        text,
        language,
        levels: Vec::new(),
        words: Vec::new(),
        key: None,
        open: None,
        settings: Settings::of(text),
        targets: Vec::new(),
        templates: Vec::new(),
        found,
    };
    let mut at = 0;
    while let Some(token) = next(text, at)? {
        at = token.place.end;
        reader.token(token);
        if let Some(level) = reader.levels.get(DEEPEST) {
            return Err(too_deep(level.at, "brackets"));
        }
    }
    if let Some(level) = reader.levels.last() {
        return Err(unclosed(level.at, "this bracket"));
    }
    let Reader { settings, targets, templates, .. } = reader;
    let shared = settings.shared();
    expressions(text, &settings, &shared, &templates, found);
    let built = settings.built(&targets, &shared);
    Ok((built, shared))
}

/// The images that expressions say, and those that only the engine can work out.
fn expressions(
    text: &str,
    settings: &Settings<'_>,
    shared: &[Shared],
    templates: &[(Span, Site)],
    found: &mut Vec<Mention>,
) {
    let mut known: Vec<&Span> = Vec::new();
    for setting in &settings.all {
        let site = match setting.kind {
            Set::Variable | Set::Argument => Site::Argument,
            Set::Context => Site::Context,
            Set::Function | Set::Attribute => continue,
        };
        let written = &text[setting.place.clone()];
        // A string without variables is looked at where it stands.
        if string(written).is_ok_and(|(length, plain)| plain && length == written.len()) {
            continue;
        }
        let values = settings.names.values(&setting.place, setting.of);
        if !values.is_empty() {
            known.push(&setting.place);
        }
        found.extend(values.into_iter().filter_map(|value| made(value, site, &setting.place)));
    }
    // The result of a function is known where all its calls are.
    let is_called = |shared: &&Shared| {
        !shared.uses.is_empty()
            && shared.uses.iter().all(|place| known.iter().any(|known| contains(known, place)))
    };
    let results = shared.iter().filter(is_called).flat_map(|shared| &shared.literals);
    let known: Vec<&Span> = known.iter().copied().chain(results).collect();
    for (place, site) in
        templates.iter().filter(|(place, _)| !known.iter().any(|known| contains(known, place)))
    {
        template_value(text, place, *site, settings, found);
    }
}

/// The image that a value says, if it is one.
fn made(value: Value, site: Site, place: &Span) -> Option<Mention> {
    let mut parts = value;
    let text = text_of(&parts);
    if let Some(image) = text.strip_prefix(CONTEXT) {
        let first = parts.first_mut().filter(|first| first.text.starts_with(CONTEXT))?;
        first.text.drain(..CONTEXT.len());
        first.span.start += CONTEXT.len();
        if first.text.is_empty() {
            parts.remove(0);
        }
        let image = image.parse().ok()?;
        return Some(Mention {
            place: place.clone(),
            image: Some(image),
            site,
            written: Written::Made(parts),
        });
    }
    let is_image = site != Site::Context && text.contains([':', '/']);
    let image = text.parse().ok().filter(|_| is_image)?;
    Some(Mention { place: place.clone(), image: Some(image), site, written: Written::Made(parts) })
}

/// The image that a string with variables in it says; as it is written where only the engine can work it out.
fn template_value(text: &str, place: &Span, site: Site, settings: &Settings<'_>, found: &mut Vec<Mention>) {
    let values = settings.names.values(&(place.start - 1..place.end + 1), None);
    let before = found.len();
    if site != Site::Text {
        found.extend(values.into_iter().filter_map(|value| made(value, site, place)));
    }
    if found.len() > before {
        return;
    }
    let image = text[place.clone()].strip_prefix(CONTEXT).unwrap_or(&text[place.clone()]);
    // Strings inside an expression are texts of their own.
    if site == Site::Text || image.contains('"') || !image.contains([':', '/']) {
        return inside(text, place, found);
    }
    found.push(Mention { place: place.clone(), written: Written::Unknown, image: None, site });
}

struct Reader<'t, 'f> {
    text: &'t str,
    language: Language,
    levels: Vec<Level<'t>>,
    /// The words and strings since the last separator: what a key or the head of a block is made of
    words: Vec<&'t str>,
    key: Option<&'t str>,
    /// The argument or variable whose value is being read, and how many brackets are open around it
    open: Option<(Setting<'t>, usize)>,
    settings: Settings<'t>,
    targets: Vec<&'t str>,
    /// Strings with variables in them, which are worked out when all variables are known
    templates: Vec<(Span, Site)>,
    found: &'f mut Vec<Mention>,
}

/// A bracket that is open.
struct Level<'t> {
    at: usize,
    kind: u8,
    /// The key that it is the value of, or the type of the block
    name: &'t str,
    /// What the block is called: `BASE` of `variable "BASE"`
    label: &'t str,
}

impl<'t> Reader<'t, '_> {
    fn token(&mut self, token: Token) {
        let written = &self.text[token.place.clone()];
        self.setting(&token);
        match token.kind {
            Kind::Word => {
                if self.is_value() {
                    self.settings.uses(written, &token.place);
                }
                self.words.push(written);
            }
            Kind::String { content, plain } => {
                if !self.is_value() {
                    self.words.push(&self.text[content]);
                    return;
                }
                self.words.push("");
                if plain {
                    value(self.text, &content, self.site(), self.found);
                } else if self.text[content.clone()].contains("${") {
                    self.names(&content);
                    self.templates.push((content, self.site()));
                } else {
                    inside(self.text, &content, self.found);
                }
            }
            Kind::Heredoc => {
                self.words.push("");
                inside(self.text, &token.place, self.found);
            }
            Kind::Open => {
                let name = self.key.take().or(self.words.first().copied()).unwrap_or_default();
                let label = self.words.get(1).copied().unwrap_or_default();
                self.levels.push(Level { at: token.place.start, kind: written.as_bytes()[0], name, label });
                self.targets.extend(self.target().filter(|target| !self.targets.contains(target)));
                self.words.clear();
            }
            Kind::Close => {
                self.levels.pop();
                self.key = None;
                self.words.clear();
            }
            Kind::Assign if self.key.is_none() => {
                self.key = self.words.last().copied();
                self.words.clear();
                // A key inside of what is read already is a part of it.
                if let Some(setting) = self.opened(token.place.end) {
                    self.open = Some((setting, self.levels.len()));
                }
            }
            // JSON may have its value on the line below the key.
            Kind::Separator if written == "," || !self.words.is_empty() => {
                self.key = None;
                self.words.clear();
            }
            Kind::Assign | Kind::Separator | Kind::Other => {}
        }
    }

    /// Whether a value stands here: behind a key, in a list or a call.
    fn is_value(&self) -> bool {
        self.key.is_some() || self.levels.last().is_some_and(|level| level.kind != b'{')
    }

    /// Takes in the names that a string uses.
    fn names(&mut self, content: &Span) {
        let mut at = content.start;
        while let Some(dollar) = self.text[at..content.end].find("${").map(|found| at + found) {
            let Ok(length) = template(&self.text[dollar..content.end]) else { return };
            let end = dollar + length;
            let mut inside = dollar + 2;
            while let Ok(Some(token)) = next(&self.text[..end - 1], inside) {
                inside = token.place.end;
                match token.kind {
                    Kind::Word => self.settings.uses(&self.text[token.place.clone()], &token.place),
                    Kind::String { content, plain: false } => self.names(&content),
                    _ => {}
                }
            }
            at = end;
        }
    }

    /// Takes a token into the value that is being read, which ends with its line or its block.
    fn setting(&mut self, token: &Token) {
        let Some((setting, depth)) = &mut self.open else { return };
        let is_outside = self.levels.len() == *depth;
        match token.kind {
            Kind::Separator | Kind::Close if is_outside && !setting.place.is_empty() => {
                if let Some((setting, _)) = self.open.take() {
                    self.settings.add(setting);
                }
            }
            Kind::Separator => {}
            _ if setting.place.is_empty() => setting.place = token.place.clone(),
            _ => setting.place.end = token.place.end,
        }
    }

    /// The argument or variable whose value begins at `at`.
    fn opened(&self, at: usize) -> Option<Setting<'t>> {
        let (key, level) = (self.key?, self.levels.last()?);
        let above = self.levels.iter().rev().nth(1).map(|level| level.name);
        let label = if level.label.is_empty() { level.name } else { level.label };
        let (kind, name, of) = match (level.name, key) {
            _ if level.kind == b'{' && self.is_below("args") => (Set::Argument, key, self.target()),
            _ if level.kind == b'{' && self.is_below("contexts") => (Set::Context, key, self.target()),
            ("variable", "default") => (Set::Variable, label, None),
            (name, "default") if above == Some("variable") => (Set::Variable, name, None),
            ("function", "params" | "variadic_params" | "result") => (Set::Function, key, Some(label)),
            (name, "params" | "variadic_params" | "result") if above == Some("function") => {
                (Set::Function, key, Some(name))
            }
            // Its path counts from the file itself, whatever the context is.
            ("build", "dockerfile") if self.language == Language::DevContainer => {
                (Set::Attribute, key, self.target())
            }
            (_, "context" | "dockerfile" | "dockerfile-inline" | "tags" | "inherits" | "matrix" | "name")
                if self.target().is_some_and(|target| [level.name, level.label].contains(&target)) =>
            {
                (Set::Attribute, key, self.target())
            }
            _ => return None,
        };
        Some(Setting { kind, name, place: at..at, of })
    }

    fn is_below(&self, name: &str) -> bool {
        self.levels.iter().any(|level| level.name == name)
    }

    /// The target that is being read: `target "app" {`, or `"target": {"app": {`.
    fn target(&self) -> Option<&'t str> {
        if self.language == Language::DevContainer {
            return Some("devcontainer");
        }
        let at = self.levels.iter().position(|level| level.kind == b'{' && level.name == "target")?;
        let label = self.levels[at].label;
        if label.is_empty() { self.levels.get(at + 1).map(|level| level.name) } else { Some(label) }
    }

    /// What a value here is for.
    fn site(&self) -> Site {
        let names: Vec<&str> = self.levels.iter().map(|level| level.name).chain(self.key).collect();
        let called = self.levels.iter().any(|level| level.kind == b'(');
        let is_below = |name| names.contains(&name);
        if self.language == Language::DevContainer {
            return match (self.key, &self.levels[..]) {
                (Some("image"), [_]) => Site::Image,
                (_, [_, build, args]) if build.name == "build" && args.name == "args" => Site::Argument,
                _ => Site::Text,
            };
        }
        if called {
            Site::Text
        } else if is_below("args")
            || is_below("matrix")
            || (is_below("variable") && is_below("default"))
            || (is_below("function") && is_below("result"))
        {
            Site::Argument
        } else if is_below("contexts") {
            Site::Context
        } else {
            Site::Text
        }
    }
}
