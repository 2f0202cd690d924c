//! The ports of a service, out of EXPOSE or of what is known of the image.

use super::draft::Draft;
use super::upstream;
use super::walk::is_no_port;
use crate::dockerfile::Expansion;

impl Draft<'_> {
    /// Takes single TCP ports over; what else is exposed becomes an instruction of its own.
    pub(super) fn ports(&mut self) {
        for (word, line) in self.last.without_port.clone() {
            self.note(line, format!("EXPOSE has no value for `{word}`: write the port in `ports`"));
        }
        if self.config.ports.is_empty()
            && self.last.without_port.is_empty()
            && let Some(upstream) = self.last.image.as_ref().and_then(|image| upstream::of(image.name()))
        {
            self.ports.extend(upstream.ports);
        }
        for port in self.config.ports.clone() {
            let text = match port {
                Expansion::Known(text) if is_no_port(&text) => continue,
                Expansion::Known(text) => text,
                Expansion::Unknown(name) => {
                    self.note(
                        self.from_line,
                        format!("EXPOSE has no value for `{name}`: write the port in `ports`"),
                    );
                    continue;
                }
            };
            let (number, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
            match number.parse() {
                Ok(number) if protocol.eq_ignore_ascii_case("tcp") && number > 0 => {
                    if !self.ports.contains(&number) {
                        self.ports.push(number);
                    }
                }
                _ => {
                    let message =
                        format!("EXPOSE {text} goes to `extra.final`: `ports` are single TCP ports");
                    self.note(self.from_line, message);
                    self.exposed.push(text);
                }
            }
        }
    }
}
