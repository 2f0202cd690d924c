//! Requests with bounds: time, size, attempts, and redirects, of which each hop is looked at.

use std::time::{Duration, Instant};

use ureq::http::HeaderMap;
use ureq::{Agent, Proxy};

use super::address::Address;
use super::error::RegistryError;
use super::roots::Roots;
use crate::diagnostic::cause;

/// No honest manifest, configuration or token is larger (the OCI distribution specification asks
/// registries to take manifests of up to 4 MiB).
const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// As many redirects as any registry needs to get to where it stores its content.
const REDIRECTS: usize = 5;

/// How long and how often a registry is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// The time that one answer may take, with all redirects.
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
    pub(super) address: &'a Address,
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

impl Method<'_> {
    /// Whether it may be repeated elsewhere: what a form holds was meant for one server.
    fn is_safe(self) -> bool {
        !matches!(self, Self::Form(_))
    }
}

/// One answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whose answer it is, after all redirects.
    pub(super) from: Address,
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
                .max_redirects(0)
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

    /// Sends a request, and follows where its answer leads. What shows who one is goes to no other server.
    fn send_once(&self, registry: &str, request: Request<'_>) -> Result<Answer, RegistryError> {
        let deadline = Instant::now() + self.patience.timeout;
        let mut answer = self.send_to(registry, request, deadline)?;
        let mut authorization = request.authorization;
        let mut redirects = 0;
        while let Some(location) = answer.redirect().filter(|_| request.method.is_safe()) {
            redirects += 1;
            if redirects > REDIRECTS {
                return Err(RegistryError::Redirects { registry: registry.to_owned(), limit: REDIRECTS });
            }
            let next = answer.from.redirected(location);
            let address = &next
                .map_err(|cause| RegistryError::unsafe_address(registry, "a redirect", location, cause))?;
            authorization = authorization.filter(|_| address.has_origin_of(&answer.from));
            answer = self.send_to(registry, Request { address, authorization, ..request }, deadline)?;
        }
        Ok(answer)
    }

    /// Sends a request to its address and nowhere else.
    fn send_to(
        &self,
        registry: &str,
        request: Request<'_>,
        deadline: Instant,
    ) -> Result<Answer, RegistryError> {
        let agent = if request.address.is_plain() { &self.local } else { &self.remote };
        let fail = |error| self.error(registry, error);
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        // An answer to HEAD has no body. What a server sends all the same would be read as the next answer.
        let connection = matches!(request.method, Method::Head).then_some("close");
        let headers = [
            ("accept", Some(request.accept)),
            ("authorization", request.authorization),
            ("connection", connection),
        ];
        let headers = headers.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let url = request.address.to_string();
        let response = match request.method {
            Method::Head => with_headers(agent.head(&url), headers, left).call(),
            Method::Get => with_headers(agent.get(&url), headers, left).call(),
            Method::Form(form) => {
                with_headers(agent.post(&url), headers, left).send_form(form.iter().copied())
            }
        };
        let (parts, mut body) = response.map_err(fail)?.into_parts();
        let body = body.with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(fail)?;
        let from = request.address.clone();
        Ok(Answer { status: parts.status.as_u16(), from, headers: parts.headers, body })
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
            ureq::Error::Io(error) => RegistryError::Unreachable { registry, cause: cause(&error) },
            error => RegistryError::Unreachable { registry, cause: error.to_string() },
        }
    }
}

/// Puts headers and the time that is left on a request, whether or not it has a body.
fn with_headers<'a, B>(
    request: ureq::RequestBuilder<B>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    left: Duration,
) -> ureq::RequestBuilder<B> {
    let request = request.config().timeout_global(Some(left)).build();
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

    /// Where it sends us instead.
    fn redirect(&self) -> Option<&str> {
        if matches!(self.status, 301 | 302 | 303 | 307 | 308) { self.header("location") } else { None }
    }

    /// The seconds that the registry asks to wait. (Its other form, a date, would need the clock.)
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")?.trim().parse().ok()
    }
}
