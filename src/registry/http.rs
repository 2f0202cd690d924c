//! Requests with bounds: time, size, attempts, and where plain HTTP may be spoken.

use std::time::Duration;

use ureq::http::HeaderMap;
use ureq::{Agent, Proxy};

use super::error::RegistryError;
use super::roots::Roots;

/// No honest manifest, configuration or token is larger (the OCI distribution specification asks
/// registries to take manifests of up to 4 MiB).
const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// How long and how often a registry is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// The time that one answer may take.
    pub timeout: Duration,
    /// How often a request is sent again after it failed in a way that may pass.
    pub retries: u32,
    /// The wait before the first repetition, doubled each time, where the registry names none.
    pub first_wait: Duration,
    /// The longest wait that a registry may ask for (`Retry-After`).
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            retries: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// A client of HTTP that keeps to its bounds.
#[derive(Debug)]
pub(super) struct Http {
    /// For the world: HTTPS alone, by way of the proxy of the environment.
    remote: Agent,
    /// For this machine: plain HTTP, past any proxy.
    local: Agent,
    patience: Patience,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: Method<'a>,
    pub(super) url: &'a str,
    pub(super) accept: &'a str,
    pub(super) authorization: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Method<'a> {
    Head,
    Get,
    /// POST of a form.
    Form(&'a [(&'a str, &'a str)]),
}

/// One answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(roots: Roots, patience: Patience) -> Self {
        let tls = roots.tls();
        let agent = |https_only: bool, proxy: Option<Proxy>| -> Agent {
            Agent::config_builder()
                .http_status_as_error(false)
                .https_only(https_only)
                .proxy(proxy)
                .tls_config(tls.clone())
                .timeout_global(Some(patience.timeout))
                .user_agent(concat!("dockwright/", env!("CARGO_PKG_VERSION")))
                .build()
                .into()
        };
        Self { remote: agent(true, Proxy::try_from_env()), local: agent(false, None), patience }
    }

    /// Sends a request, again if it fails in a way that may pass. The last answer counts.
    pub(super) fn send(&self, registry: &str, request: Request<'_>) -> Result<Answer, RegistryError> {
        let mut wait = self.patience.first_wait;
        for _ in 0..self.patience.retries {
            let asked = match self.send_once(registry, request) {
                Ok(answer) if matches!(answer.status, 429 | 502..=504) => answer.retry_after(),
                Err(RegistryError::Cut { .. }) => None,
                result => return result,
            };
            let pause = asked.map_or(wait, Duration::from_secs);
            if pause > self.patience.longest_wait {
                break;
            }
            std::thread::sleep(pause);
            wait = wait.saturating_mul(2);
        }
        self.send_once(registry, request)
    }

    fn send_once(&self, registry: &str, request: Request<'_>) -> Result<Answer, RegistryError> {
        let agent = if is_plain_loopback(request.url) { &self.local } else { &self.remote };
        let fail = |error| self.error(registry, error);
        let headers = [("accept", Some(request.accept)), ("authorization", request.authorization)];
        let headers = headers.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let response = match request.method {
            Method::Head => with_headers(agent.head(request.url), headers).call(),
            Method::Get => with_headers(agent.get(request.url), headers).call(),
            Method::Form(form) => {
                with_headers(agent.post(request.url), headers).send_form(form.iter().copied())
            }
        };
        let (parts, mut body) = response.map_err(fail)?.into_parts();
        let body = body.with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(fail)?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn error(&self, registry: &str, error: ureq::Error) -> RegistryError {
        let registry = registry.to_owned();
        match error {
            ureq::Error::Timeout(_) => {
                RegistryError::TimedOut { registry, seconds: self.patience.timeout.as_secs() }
            }
            ureq::Error::BodyExceedsLimit(limit) => RegistryError::TooLarge { registry, limit },
            ureq::Error::Io(error) if is_cut(&error) => RegistryError::Cut { registry },
            ureq::Error::Protocol(error) => {
                RegistryError::Garbage { registry, what: "an answer", cause: error.to_string() }
            }
            error => RegistryError::Unreachable { registry, cause: error.to_string() },
        }
    }
}

/// Puts headers on a request, whether or not it has a body.
fn with_headers<'a, B>(
    request: ureq::RequestBuilder<B>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> ureq::RequestBuilder<B> {
    headers.fold(request, |request, (name, value)| request.header(name, value))
}

fn is_cut(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

impl Answer {
    /// A header's value, if it is there once and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The seconds that the registry asks to wait. (Its other form, a date, would need the clock.)
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")?.trim().parse().ok()
    }
}

/// Whether a URL is plain HTTP to this very machine: the only plain HTTP that is spoken.
fn is_plain_loopback(url: &str) -> bool {
    let authority = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#']).next());
    authority.is_some_and(is_loopback)
}

/// Whether `host[:port]` is this very machine.
pub(super) fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for url in [
            "http://localhost:5000/v2/",
            "http://127.0.0.1/",
            "http://127.9.9.9:1/x",
            "http://[::1]:5000/v2/",
        ] {
            assert!(is_plain_loopback(url), "{url}");
        }
        for url in [
            "https://localhost/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://example.com/localhost",
            "http://user@example.com/",
            "http://localhost@example.com/",
            "http://10.0.0.1:5000/",
        ] {
            assert!(!is_plain_loopback(url), "{url}");
        }
    }

    #[test]
    fn plain_http_to_anyone_else_is_refused() {
        let http = Http::new(Roots::bundled(), Patience { retries: 0, ..Patience::default() });
        let request =
            Request { method: Method::Get, url: "http://192.0.2.1/v2/", accept: "*/*", authorization: None };
        assert!(http.send("192.0.2.1", request).is_err_and(|e| e.to_string().contains("https")));
    }
}
