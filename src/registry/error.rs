//! What can go wrong between us and a registry.

use std::path::PathBuf;

/// As much of an address that a registry names as a message shows.
const ADDRESS_SHOWN: usize = 200;

/// Why an image could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The repository has no such tag, or does not exist.
    #[error("{image} does not exist")]
    Missing {
        /// The image.
        image: String,
    },
    /// The image is not published for all platforms that are needed.
    #[error("{image} is not published for {}", .missing.join(", "))]
    MissingPlatform {
        /// The image.
        image: String,
        /// The platforms that it lacks.
        missing: Vec<String>,
        /// The platforms that it has.
        published: Vec<String>,
    },
    /// The registry refuses to show the repository.
    #[error("{registry} denied access to {repository} {}", if *.logged_in { "with the stored password" } else { "without a password" })]
    Unauthorized {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// Whether credentials were sent.
        logged_in: bool,
    },
    /// The registry asks to come back later, and later is too late.
    #[error("{registry} received too many requests{}", .retry_after.map(|s| format!(" and asks to wait {s} s")).unwrap_or_default())]
    TooManyRequests {
        /// The registry.
        registry: String,
        /// The seconds that it asks to wait.
        retry_after: Option<u64>,
    },
    /// The registry answers with a status that has no meaning here.
    #[error("{registry} answered with status {status}")]
    Status {
        /// The registry.
        registry: String,
        /// The status.
        status: u16,
    },
    /// There is no connection.
    #[error("{registry} cannot be reached: {cause}")]
    Unreachable {
        /// The registry.
        registry: String,
        /// What the system says.
        cause: String,
    },
    /// The connection ended before the answer did.
    #[error("{registry} closed the connection in the middle of its answer")]
    Cut {
        /// The registry.
        registry: String,
    },
    /// The answer did not come in time.
    #[error("{registry} did not respond within {seconds} s")]
    TimedOut {
        /// The registry.
        registry: String,
        /// The seconds that it had.
        seconds: u64,
    },
    /// The answer is larger than any honest one.
    #[error("{registry} sent more than {limit} bytes")]
    TooLarge {
        /// The registry.
        registry: String,
        /// The limit.
        limit: u64,
    },
    /// Content and digest do not belong together.
    #[error("{registry} sent content for {image} with the digest {found}, not {expected}")]
    DigestMismatch {
        /// The registry.
        registry: String,
        /// The image.
        image: String,
        /// The digest asked for or announced.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// The answer cannot be understood.
    #[error("{registry} sent {what} that is not valid: {cause}")]
    Garbage {
        /// The registry.
        registry: String,
        /// What it should have been: `a manifest`.
        what: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The registry names an address that nothing is sent to.
    #[error("{registry} named {what} that is not trusted: `{address}` {cause}")]
    UnsafeAddress {
        /// The registry.
        registry: String,
        /// What the address is for: `a token server`.
        what: &'static str,
        /// The address, or its beginning.
        address: String,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// One redirect leads to the next.
    #[error("{registry} redirected more than {limit} times")]
    Redirects {
        /// The registry.
        registry: String,
        /// The limit.
        limit: usize,
    },
    /// Docker's configuration file cannot be used.
    #[error("{} cannot be read: {cause}", .path.display())]
    DockerConfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The file with the root certificates cannot be used.
    #[error("SSL_CERT_FILE {} cannot be used: {cause}", .path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A credential helper failed.
    #[error("the credential helper {program} failed for {registry}: {cause}")]
    Helper {
        /// The registry.
        registry: String,
        /// The program.
        program: String,
        /// What it said.
        cause: String,
    },
}

impl RegistryError {
    pub(super) fn unsafe_address(
        registry: &str,
        what: &'static str,
        address: &str,
        cause: &'static str,
    ) -> Self {
        let mut shown: String = address.chars().take(ADDRESS_SHOWN).collect();
        if shown.len() < address.len() {
            shown.push('…');
        }
        Self::UnsafeAddress { registry: registry.to_owned(), what, address: shown, cause }
    }

    /// Whether it is about the registry whatever the image, so that the message names none.
    pub fn is_of_registry(&self) -> bool {
        match self {
            Self::TooManyRequests { .. }
            | Self::Status { .. }
            | Self::Unreachable { .. }
            | Self::Cut { .. }
            | Self::TimedOut { .. }
            | Self::TooLarge { .. }
            | Self::Garbage { .. }
            | Self::UnsafeAddress { .. }
            | Self::Redirects { .. }
            | Self::Helper { .. } => true,
            Self::Missing { .. }
            | Self::MissingPlatform { .. }
            | Self::Unauthorized { .. }
            | Self::DigestMismatch { .. }
            | Self::DockerConfig { .. }
            | Self::Roots { .. } => false,
        }
    }

    /// What to do about it, if that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unauthorized { registry, logged_in: false, .. } => {
                Some(format!("if it is private, run `docker login {registry}`; if it is not, check its name"))
            }
            Self::Unauthorized { registry, .. } => Some(format!("run `docker login {registry}` again")),
            Self::MissingPlatform { published, .. } => {
                Some(format!("it is published for {}", published.join(", ")))
            }
            Self::TooManyRequests { registry, .. } => Some(format!(
                "try again later; logging in with `docker login {registry}` may raise the limit"
            )),
            Self::Unreachable { cause, .. } if cause.contains("certificate") => Some(
                "if its certificate is signed by your own CA, name a PEM file with the root certificate in SSL_CERT_FILE".to_owned(),
            ),
            Self::Unreachable { .. } => {
                Some("check the network; behind a proxy, set HTTPS_PROXY".to_owned())
            }
            Self::Roots { .. } => Some("it must be a PEM file with root certificates".to_owned()),
            Self::DigestMismatch { .. } => Some(
                "the content was changed in transit, or the registry is broken: do not use it".to_owned(),
            ),
            _ => None,
        }
    }
}
