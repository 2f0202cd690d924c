//! The ports of a service: those of EXPOSE, or else those that the upstream image is known to use.

use super::draft::Draft;
use super::upstream;
use super::walk::is_no_port;
use crate::dockerfile::Expansion;

impl Draft<'_> {
    /// Takes single TCP ports over; anything else that is exposed becomes an instruction in `extra.final`.
    pub(super) fn ports(&mut self) {
        let unset = |name: &str| format!("EXPOSE has no value for `{name}`: write the port in `ports`");
        for (word, line) in self.last.without_port.clone() {
            self.note(line, unset(&word));
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
                    self.note(self.from_line, unset(&name));
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
