//! The health check of an entry.

use toml::Table;

use super::draft::Draft;
use super::health::{self, Check, Port, Probe, Request};
use super::paths::{has_extension, in_app, is_within, parent, resolve};
use super::start::replaced;
use crate::dockerfile::Health;
use crate::fleet::quantities::Statuses;
use crate::fleet::quantities::Time;
use crate::fleet::words::{EnvName, GrpcService, HostName, Line, UrlPath};
use crate::path::AbsolutePath;

/// Where generated images have the virtual environment.
const VENV: &str = "/opt/venv/bin";

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
                self.note(
                    self.from_line,
                    "HEALTHCHECK missing, and no port to check: give the reason in `health`",
                );
                table.insert("none".to_owned(), "opens no port to check".into());
            }
            return table;
        };
        let line = self.lines.of(span.start);
        let Some(command) = probe else {
            self.note(line, "HEALTHCHECK NONE: give the reason in `health`");
            table.insert("none".to_owned(), reason.unwrap_or("disabled").into());
            return table;
        };
        let argv: Vec<String> =
            command.argv.iter().map(|words| replaced(words, &|word| self.known(word))).collect();
        let Check { probe, lost } = health::read(&argv);
        // What the new check runs is not lost.
        let own = match &probe {
            Probe::Exec(words) => format!("runs `{}`", words.join(" ")),
            _ => String::new(),
        };
        match self.probe(probe, kind, line) {
            Ok(said) => {
                table.extend(said);
                for lost in lost.into_iter().filter(|lost| own.is_empty() || !lost.starts_with(&own)) {
                    self.note(line, format!("the health check {lost}"));
                }
            }
            Err(why) => self.instead(&why, line, &mut table),
        }
        if !table.contains_key("none") {
            self.timing(&timing, line, &mut table);
        }
        table
    }

    /// The keys for a probe; what it does that no key says.
    fn probe(&mut self, probe: Probe, kind: &str, line: usize) -> Result<Table, String> {
        let mut table = Table::new();
        match probe {
            Probe::Http(request) => self.request(&mut table, request, kind, line)?,
            Probe::Tcp { port } => self.listens(&mut table, "tcp", port, line)?,
            Probe::Tls { port } => self.listens(&mut table, "tls", port, line)?,
            Probe::Mongodb { port } => self.listens(&mut table, "mongodb", port, line)?,
            Probe::Redis { port, password } => {
                self.listens(&mut table, "redis", port, line)?;
                if let Some(password) = password {
                    self.password(&mut table, password, line);
                }
            }
            Probe::Unix { socket } => self.socket(&mut table, socket, line)?,
            Probe::Grpc { port, service } => {
                self.listens(&mut table, "grpc", port, line)?;
                if let Some(service) = service.filter(|service| service.parse::<GrpcService>().is_ok()) {
                    table.insert("service".to_owned(), service.into());
                }
            }
            Probe::Exec(argv) => {
                table.insert("exec".to_owned(), self.executed(argv, kind, line)?.into());
            }
            Probe::Elsewhere(host) => {
                return Err(format!("asks another host (`{host}`), not this service"));
            }
            Probe::Always => return Err("always succeeds".to_owned()),
            Probe::Other(why) => return Err(why),
        }
        Ok(table)
    }

    /// A request, to a port or a Unix socket.
    fn request(
        &mut self,
        table: &mut Table,
        request: Request,
        kind: &str,
        line: usize,
    ) -> Result<(), String> {
        let Request { tls, port, socket, path, status, host } = request;
        if path.parse::<UrlPath>().is_err() {
            return Err(format!("asks for the path `{path}`, which services.toml cannot express"));
        }
        if tls && !matches!(kind, "python" | "node") {
            self.listens(table, "tls", port, line)?;
            let message =
                format!("the health check asks for {path} over TLS; the new one only starts a TLS handshake");
            self.note(line, message);
            return Ok(());
        }
        table.insert(if tls { "https" } else { "http" }.to_owned(), path.into());
        if let Some(socket) = socket.filter(|_| !tls) {
            self.socket(table, socket, line)?;
        } else {
            let port = self.port(port, line).ok_or("uses a port that no file names")?;
            self.expose(port, line);
            if self.ports.first() != Some(&port) {
                table.insert("port".to_owned(), i64::from(port).into());
            }
        }
        let status = status.filter(|status| status.parse::<Statuses>().is_ok());
        let host = host.filter(|host| host.parse::<HostName>().is_ok());
        for (key, value) in [("status", status), ("host", host)] {
            if let Some(value) = value {
                table.insert(key.to_owned(), value.parse::<i64>().map_or_else(|_| value.into(), Into::into));
            }
        }
        Ok(())
    }

    /// A Unix socket, in a directory that the service writes to.
    pub(super) fn socket(&mut self, table: &mut Table, socket: String, line: usize) -> Result<(), String> {
        if socket.parse::<AbsolutePath>().is_err() {
            return Err(format!("uses the Unix socket `{socket}`, which services.toml cannot express"));
        }
        self.listens_on(&socket, line);
        table.insert("unix".to_owned(), socket.into());
        Ok(())
    }

    /// Makes the directory of a Unix socket writable.
    pub(super) fn listens_on(&mut self, socket: &str, line: usize) {
        let directory = parent(socket).to_owned();
        if directory == "/tmp" {
            self.wants_tmp = true;
        } else if !self.writable.iter().any(|known| is_within(socket, known)) {
            self.note(line, format!("{directory} is made writable, for the Unix socket {socket}"));
            self.writable.push(directory);
        }
    }

    /// The password that a health check logs in with, as a secret of the service.
    fn password(&mut self, table: &mut Table, name: String, line: usize) {
        let in_env = self.around.defaults.get("secrets_as").and_then(toml::Value::as_str) == Some("env");
        if in_env || name.parse::<EnvName>().is_err() {
            let lost = "the health check logs in; the new one also accepts a reply that asks for a password";
            return self.note(line, lost);
        }
        self.note(line, format!("{name} becomes a secret, mounted as a file at run time"));
        self.secrets.push(name.clone());
        table.insert("password".to_owned(), name.into());
    }

    /// A check of a port by its key.
    fn listens(&mut self, table: &mut Table, key: &str, port: Port, line: usize) -> Result<(), String> {
        let port = self.port(port, line).ok_or("uses a port that no file names")?;
        self.expose(port, line);
        table.insert(key.to_owned(), i64::from(port).into());
        Ok(())
    }

    /// The number of a port. One that is a variable has the value that the file gives it, or else its default, or is
    /// the service's own.
    fn port(&mut self, port: Port, line: usize) -> Option<u16> {
        let (name, default) = match port {
            Port::Known(number) => return Some(number),
            Port::Variable { name, default } => (name, default),
        };
        let set = self.last.env.get(&name).and_then(|(value, _)| value.as_ref()?.parse().ok());
        let number = set.or(default).or(self.ports.first().copied())?;
        if set.is_none() {
            let message =
                format!("the health check uses the port in {name} at run time; the new one uses {number}");
            self.note(line, message);
        }
        Some(number)
    }

    /// What is checked instead of something that cannot be said.
    fn instead(&mut self, why: &str, line: usize, table: &mut Table) {
        if let Some(port) = self.ports.first().copied() {
            self.note(
                line,
                format!("the health check {why}: a connection to port {port} is checked instead"),
            );
            table.insert("tcp".to_owned(), i64::from(port).into());
        } else {
            self.note(
                line,
                format!("the health check {why}, and there is no port to check: give the reason in `health`"),
            );
            table.insert("none".to_owned(), "opens no port to check".into());
        }
    }

    /// The command of a check that runs a program of the image.
    fn executed(&mut self, argv: Vec<String>, kind: &str, line: usize) -> Result<Vec<String>, String> {
        let (program, rest) = argv.split_first().expect("a program");
        if self.program_paths.iter().any(|path| is_within(program, path)) {
            return literal(argv);
        }
        let missing = |program: &str| format!("runs `{program}`, which is not in the image");
        if let Some((old, new)) = &self.own_program
            && resolve(&self.last.workdir, program) == *old
        {
            return literal(std::iter::once(new.clone()).chain(rest.iter().cloned()).collect());
        }
        if kind != "python" {
            return Err(missing(program));
        }
        let old = self.last.workdir.clone();
        let moved = |word: &String| in_app(word, &old);
        let name = program.rsplit('/').next().unwrap_or(program);
        if health::is_interpreter(program) {
            let script = rest.iter().find(|word| !word.starts_with('-'));
            let is_module = rest.iter().any(|word| word == "-m");
            let script = script.filter(|_| !is_module && name.starts_with("python"));
            let brought = |script: &String| {
                let path = resolve("/app", &moved(script));
                self.sources.iter().any(|copied| is_within(&path, &copied.to))
            };
            return match script {
                Some(script) if !brought(script) => Err(missing(script)),
                _ if !name.starts_with("python") => Err(missing(program)),
                _ => literal(
                    std::iter::once(format!("{VENV}/python3")).chain(rest.iter().map(moved)).collect(),
                ),
            };
        }
        if program.contains('/') {
            let path = resolve("/app", &moved(program));
            let is_brought = self.sources.iter().any(|copied| is_within(&path, &copied.to));
            if !has_extension(&path, "py") || !is_brought {
                return Err(missing(program));
            }
            let words = [format!("{VENV}/python3"), path].into_iter().chain(rest.iter().map(moved));
            return literal(words.collect());
        }
        let mut words: Vec<String> =
            std::iter::once(format!("{VENV}/{program}")).chain(rest.iter().map(moved)).collect();
        // celery asks one worker by a name that has the host's in it, or else all.
        let named = words.iter().position(|word| matches!(&**word, "-d" | "--destination"));
        if let Some(at) =
            named.filter(|at| program == "celery" && words.get(at + 1).is_some_and(|to| to.contains('$')))
        {
            let to = words.drain(at..at + 2).collect::<Vec<_>>().join(" ");
            self.note(
                line,
                format!(
                    "the health check contains `{to}`, which only a shell expands: all workers are asked"
                ),
            );
        }
        literal(words)
    }

    fn expose(&mut self, port: u16, line: usize) {
        if let Some(served) = self.served.as_ref().filter(|served| **served != port.to_string()) {
            self.note(
                line,
                format!("the health check uses port {port}, but the command line serves on {served}"),
            );
        }
        if !self.ports.contains(&port) {
            self.note(
                line,
                format!(
                    "the health check uses port {port}, which EXPOSE does not name: it is added to `ports`"
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
                self.note(line, "the health check's timeout is less than 2s: 2s is used");
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

/// A command line that needs no shell, and can be said.
fn literal(argv: Vec<String>) -> Result<Vec<String>, String> {
    match argv.iter().find(|word| word.contains('$') || word.parse::<Line>().is_err()) {
        Some(word) => Err(format!("contains `{word}`, which only a shell expands")),
        None => Ok(argv),
    }
}
