//! The health check of an entry.

use toml::Table;

use super::assemble::Draft;
use super::health::{self, Probe};
use super::paths::is_within;
use super::start::replaced;
use crate::dockerfile::Health;
use crate::fleet::quantities::Time;

impl Draft<'_> {
    /// The table of the health check.
    pub(super) fn health(&mut self, region: &str, kind: &str) -> Table {
        let mut table = Table::new();
        let reason = region.lines().find_map(|line| line.strip_prefix("# No HEALTHCHECK: "));
        let own = self.ports.first().copied();
        let Some(Health { probe, timing, span }) = self.config.healthcheck.clone() else {
            if let Some(reason) = reason {
                table.insert("none".to_owned(), reason.into());
            } else if let Some(port) = own.filter(|_| kind != "bare") {
                self.note(
                    self.from_line,
                    format!("HEALTHCHECK missing: a connection to port {port} is checked"),
                );
                table.insert("tcp".to_owned(), i64::from(port).into());
            } else {
                self.note(self.from_line, "HEALTHCHECK missing, and no port to check: say why in `health`");
                table.insert("none".to_owned(), "opens no port that could be checked".into());
            }
            return table;
        };
        let line = self.lines.of(span.start);
        let argv = probe.map(|command| -> Vec<String> {
            command.argv.iter().map(|words| replaced(words, &|word| self.known(word))).collect()
        });
        let asks_more = argv.as_deref().is_some_and(health::asks_more);
        let probe = argv.map(|argv| health::probe(&argv));
        let honest = |draft: &mut Self, what: &str, table: &mut Table| {
            if let Some(port) = own {
                draft.note(line, format!("{what}: a connection to port {port} is checked instead"));
                table.insert("tcp".to_owned(), i64::from(port).into());
            } else {
                draft.note(line, format!("{what}, and there is no port to check: say why in `health`"));
                table.insert("none".to_owned(), "opens no port that could be checked".into());
            }
        };
        match probe {
            None => {
                self.note(line, "HEALTHCHECK NONE: say why in `health`");
                table.insert("none".to_owned(), reason.unwrap_or("switched off").into());
                return table;
            }
            Some(Probe::Http { port, path })
                if path.parse::<crate::fleet::words::UrlPath>().is_ok()
                    && (port.is_some() || own.is_some()) =>
            {
                if asks_more {
                    self.note(line, format!("of the health check, GET {path} alone is carried over"));
                }
                table.insert("http".to_owned(), path.into());
                if let Some(port) = port.filter(|port| Some(*port) != own) {
                    self.expose(port, line);
                    if self.ports.first() != Some(&port) {
                        table.insert("port".to_owned(), i64::from(port).into());
                    }
                }
            }
            Some(Probe::Tcp { port }) if port.is_some() || own.is_some() => {
                let port = port.or(own).unwrap_or_default();
                self.expose(port, line);
                table.insert("tcp".to_owned(), i64::from(port).into());
            }
            Some(Probe::Server { server, port }) if kind == "native" || kind == "java" => {
                self.expose(port, line);
                table.insert(server.word().to_owned(), i64::from(port).into());
            }
            Some(Probe::Server { port, .. }) => {
                self.expose(port, line);
                table.insert("tcp".to_owned(), i64::from(port).into());
            }
            Some(Probe::Tls) => honest(self, "the health check speaks TLS", &mut table),
            Some(Probe::Exec(argv)) if self.program_paths.iter().any(|path| is_within(&argv[0], path)) => {
                table.insert("exec".to_owned(), argv.into());
            }
            Some(Probe::Always) => honest(self, "the health check always succeeds", &mut table),
            Some(_) => {
                honest(self, "the health check needs a shell or a program that is not there", &mut table);
            }
        }
        if !table.contains_key("none") {
            self.timing(&timing, line, &mut table);
        }
        table
    }

    fn expose(&mut self, port: u16, line: usize) {
        if !self.ports.contains(&port) {
            self.note(
                line,
                format!(
                    "the health check asks port {port}, which EXPOSE does not name: it is added to `ports`"
                ),
            );
            self.ports.push(port);
        }
    }

    fn timing(&mut self, timing: &crate::dockerfile::Timing, line: usize, table: &mut Table) {
        let times = [
            ("interval", timing.interval),
            ("timeout", timing.timeout),
            ("start_period", timing.start_period),
            ("start_interval", timing.start_interval),
        ];
        for (key, duration) in times {
            let Some(duration) = duration else { continue };
            let short = key == "timeout" && duration.as_secs() < 2;
            if short {
                self.note(line, "the health check's time-out is less than 2s: 2s is used");
            }
            let milliseconds = if short { 2000 } else { duration.as_millis() };
            if let Ok(time) = format!("{milliseconds}ms").parse::<Time>() {
                table.insert(key.to_owned(), time.to_string().into());
            }
        }
        if let Some(retries) = timing.retries {
            table.insert("retries".to_owned(), i64::from(retries).into());
        }
    }
}
