//! Asking registries which content a tag stands for, through the OCI distribution API.
//!
//! The client is `ureq` with `rustls`: blocking, 18 crates and seconds to build, kept up, MIT or
//! Apache-2.0. `oci-client` would bring 139 crates with an asynchronous runtime for the same four requests.
//!
//! Everything a registry sends is bounded in time and size, and content is taken only if it has the
//! digest it should have. Plain HTTP is spoken to this machine alone.

mod address;
mod auth;
mod credentials;
mod error;
mod http;
mod manifest;
mod roots;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use credentials::Credentials;
pub use error::RegistryError;
pub use http::Patience;
pub use manifest::PlatformManifest;
pub use roots::Roots;

use crate::image::ImageReference;
use address::{Address, is_loopback};
use auth::{Asker, Challenge};
use http::{Answer, Http, Method, Request};
use manifest::{ImageConfig, Manifest, digest_of, is_digest};

/// The registry that Docker Hub's images are pulled from.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// A client of registries, to be shared by threads.
pub struct Client {
    http: Http,
    credentials: Credentials,
    /// What was accepted as `Authorization`, by registry and repository.
    accepted: Mutex<BTreeMap<(String, String), String>>,
}

/// What a tag stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The image that was asked for.
    pub image: ImageReference,
    /// The digest of its image index, or of its manifest where it has no index.
    pub digest: String,
    /// Its images, by platform.
    pub manifests: Vec<PlatformManifest>,
}

impl Resolved {
    /// Its platforms, sorted.
    pub fn platforms(&self) -> Vec<String> {
        self.manifests.iter().map(|image| image.platform.clone()).collect()
    }

    /// Fails if it lacks one of `platforms`.
    pub fn require(&self, platforms: &[String]) -> Result<(), RegistryError> {
        let has = |platform: &&String| self.manifests.iter().any(|image| image.platform == **platform);
        let missing: Vec<_> = platforms.iter().filter(|platform| !has(platform)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (image, published) = (self.image.to_string(), self.platforms());
        Err(RegistryError::MissingPlatform { image, missing, published })
    }
}

/// A manifest as it came.
struct Content {
    digest: String,
    media_type: Option<String>,
    body: Vec<u8>,
}

/// The registry, repository and reference of an image.
#[derive(Debug, Clone)]
struct Location<'a> {
    image: &'a ImageReference,
    /// The registry as people and Docker's configuration name it: `docker.io`.
    registry: &'a str,
    repository: String,
    /// The tag or digest that is asked for.
    reference: &'a str,
}

impl<'a> Location<'a> {
    fn of(image: &'a ImageReference) -> Self {
        let registry = match image.registry() {
            None | Some("docker.io" | "index.docker.io" | DOCKER_HUB) => "docker.io",
            Some(registry) => registry,
        };
        let repository = image.repository();
        let official = registry == "docker.io" && !repository.contains('/');
        Self {
            image,
            registry,
            repository: if official { format!("library/{repository}") } else { repository },
            reference: image.digest().or(image.tag()).unwrap_or("latest"),
        }
    }

    /// Where a manifest or a blob is asked for.
    fn address(&self, kind: &str, reference: &str) -> Result<Address, RegistryError> {
        let scheme = if is_loopback(self.registry) { "http" } else { "https" };
        let host = if self.registry == "docker.io" { DOCKER_HUB } else { self.registry };
        let text = format!("{scheme}://{host}/v2/{}/{kind}/{reference}", self.repository);
        Address::parse(&text)
            .map_err(|cause| RegistryError::unsafe_address(self.registry, "an address", &text, cause))
    }
}

impl Client {
    /// A client with those credentials, and the bundled root certificates.
    pub fn new(credentials: Credentials, patience: Patience) -> Self {
        Self::trusting(Roots::bundled(), credentials, patience)
    }

    /// A client with those root certificates and credentials.
    pub fn trusting(roots: Roots, credentials: Credentials, patience: Patience) -> Self {
        Self { http: Http::new(roots, patience), credentials, accepted: Mutex::default() }
    }

    /// The digest that a tag stands for now: one small request, which Docker Hub does not count.
    pub fn digest(&self, image: &ImageReference) -> Result<String, RegistryError> {
        let at = Location::of(image);
        let answer =
            self.ask(&at, Method::Head, &at.address("manifests", at.reference)?, manifest::ACCEPT)?;
        // Registries may leave the header out, and some do not know HEAD.
        let announced = answer.header("docker-content-digest").filter(|digest| is_digest(digest));
        match (answer.status, announced) {
            (200, Some(digest)) => Ok(digest.to_owned()),
            (200 | 405 | 501, _) => Ok(self.manifest(&at, at.reference)?.digest),
            _ => Err(at.refusal(&answer)),
        }
    }

    /// The digest that a tag stands for now, and the platforms behind it.
    pub fn resolve(&self, image: &ImageReference) -> Result<Resolved, RegistryError> {
        let at = Location::of(image);
        let digest = self.digest(image)?;
        let content = self.manifest(&at, &digest)?;
        let digest = content.digest.clone();
        let manifests = match at.read(&content)? {
            Manifest::Index(manifests) => manifests,
            Manifest::Image { config } => {
                let platform = self.config(&at, &config)?.platform;
                vec![PlatformManifest { platform, digest: digest.clone() }]
            }
        };
        Ok(Resolved { image: image.clone(), digest, manifests })
    }

    /// The creation time in the configuration of an image (RFC 3339); for reproducible images 1970 or `None`.
    pub fn created(&self, resolved: &Resolved) -> Result<Option<String>, RegistryError> {
        let at = Location::of(&resolved.image);
        let Some(first) = resolved.manifests.first() else { return Ok(None) };
        match at.read(&self.manifest(&at, &first.digest)?)? {
            Manifest::Image { config } => Ok(self.config(&at, &config)?.created),
            Manifest::Index(_) => Err(at.garbage("a manifest", "it is an index inside an index".to_owned())),
        }
    }

    /// Resolves several images, `jobs` at once; the results are in the order of the images.
    ///
    /// `done` is called after each, from any thread, with its place in the order.
    pub fn resolve_all(
        &self,
        images: &[ImageReference],
        jobs: usize,
        done: impl Fn(usize, &Result<Resolved, RegistryError>) + Sync,
    ) -> Vec<Result<Resolved, RegistryError>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut results = Vec::new();
            while let Some((place, image)) = {
                let place = next.fetch_add(1, Ordering::Relaxed);
                images.get(place).map(|image| (place, image))
            } {
                let result = self.resolve(image);
                done(place, &result);
                results.push((place, result));
            }
            results
        };
        let mut results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..jobs.clamp(1, images.len().max(1))).map(|_| scope.spawn(work)).collect();
            let finished = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            finished
                .flat_map(|results| results.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        results.sort_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// A manifest by tag or digest; its digest is checked against what was asked or announced.
    fn manifest(&self, at: &Location<'_>, reference: &str) -> Result<Content, RegistryError> {
        let answer = self.ask(at, Method::Get, &at.address("manifests", reference)?, manifest::ACCEPT)?;
        if answer.status != 200 {
            return Err(at.refusal(&answer));
        }
        let announced = answer.header("docker-content-digest").filter(|digest| is_digest(digest));
        let expected = if is_digest(reference) { Some(reference) } else { announced };
        let digest = at.verify(&answer.body, expected)?;
        let media_type = answer.header("content-type").map(str::to_owned);
        Ok(Content { digest, media_type, body: answer.body })
    }

    /// An image's configuration.
    fn config(&self, at: &Location<'_>, digest: &str) -> Result<ImageConfig, RegistryError> {
        let answer = self.ask(at, Method::Get, &at.address("blobs", digest)?, "*/*")?;
        if answer.status != 200 {
            return Err(at.refusal(&answer));
        }
        at.verify(&answer.body, Some(digest))?;
        ImageConfig::parse(&answer.body).map_err(|cause| at.garbage("an image configuration", cause))
    }

    /// Sends a request with what was accepted before, and meets the challenge if there is one.
    fn ask(
        &self,
        at: &Location<'_>,
        method: Method<'_>,
        address: &Address,
        accept: &str,
    ) -> Result<Answer, RegistryError> {
        let key = (at.registry.to_owned(), at.repository.clone());
        let known = self.accepted().get(&key).cloned();
        let request = Request { method, address, accept, authorization: known.as_deref() };
        let answer = self.http.send(at.registry, request)?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let credential = self.credentials.of(at.registry)?;
        let refused = || RegistryError::Unauthorized {
            registry: at.registry.to_owned(),
            repository: at.repository.clone(),
            logged_in: credential.is_some(),
        };
        // A server that we were sent on to has no password of ours to ask for.
        let own = Some(&answer).filter(|answer| answer.from.has_origin_of(address));
        let challenge = own.and_then(Challenge::of).ok_or_else(refused)?;
        let asker = Asker { http: &self.http, registry: at.registry, repository: &at.repository, address };
        let authorization = auth::answer(&asker, &challenge, credential.as_ref())?.ok_or_else(refused)?;
        let answer =
            self.http.send(at.registry, Request { authorization: Some(&authorization), ..request })?;
        if matches!(answer.status, 401 | 403) {
            return Err(refused());
        }
        self.accepted().insert(key, authorization);
        Ok(answer)
    }

    fn accepted(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), String>> {
        // Nothing panics while it is held, and a token is whole or not there.
        self.accepted.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Location<'_> {
    /// What a status other than success means.
    fn refusal(&self, answer: &Answer) -> RegistryError {
        let registry = self.registry.to_owned();
        match answer.status {
            404 => RegistryError::Missing { image: self.image.to_string() },
            401 | 403 => RegistryError::Unauthorized {
                registry,
                repository: self.repository.clone(),
                logged_in: false,
            },
            429 => RegistryError::TooManyRequests { registry, retry_after: answer.retry_after() },
            status => RegistryError::Status { registry, status },
        }
    }

    /// Reads a manifest.
    fn read(&self, content: &Content) -> Result<Manifest, RegistryError> {
        Manifest::parse(&content.body, content.media_type.as_deref())
            .map_err(|cause| self.garbage("a manifest", cause))
    }

    fn garbage(&self, what: &'static str, cause: String) -> RegistryError {
        RegistryError::Garbage { registry: self.registry.to_owned(), what, cause }
    }

    /// The digest of a content, if it is the expected one or none is expected.
    fn verify(&self, content: &[u8], expected: Option<&str>) -> Result<String, RegistryError> {
        let found = digest_of(content);
        match expected {
            Some(expected) if expected != found => Err(RegistryError::DigestMismatch {
                registry: self.registry.to_owned(),
                image: self.image.to_string(),
                expected: expected.to_owned(),
                found,
            }),
            _ => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(image: &str) -> String {
        let image: ImageReference = image.parse().unwrap();
        let at = Location::of(&image);
        at.address("manifests", at.reference).unwrap().to_string()
    }

    #[test]
    fn short_names_are_those_of_docker_hub() {
        for image in ["redis:7.2", "library/redis:7.2", "docker.io/redis:7.2", "docker.io/library/redis:7.2"]
        {
            assert_eq!(url(image), "https://registry-1.docker.io/v2/library/redis/manifests/7.2", "{image}");
        }
        assert_eq!(url("pickme/x"), "https://registry-1.docker.io/v2/pickme/x/manifests/latest");
        assert_eq!(url("gcr.io/distroless/cc:nonroot"), "https://gcr.io/v2/distroless/cc/manifests/nonroot");
        assert_eq!(url("localhost:5000/x:1"), "http://localhost:5000/v2/x/manifests/1");
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_eq!(url(&format!("a.b/x:1@{digest}")), format!("https://a.b/v2/x/manifests/{digest}"));
    }

    #[test]
    fn a_missing_platform_is_named() {
        let manifests = vec![PlatformManifest { platform: "linux/amd64".to_owned(), digest: String::new() }];
        let resolved = Resolved { image: "a.b/x:1".parse().unwrap(), digest: String::new(), manifests };
        assert_eq!(resolved.require(&["linux/amd64".to_owned()]), Ok(()));
        let error = resolved.require(&["linux/arm64".to_owned(), "linux/amd64".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "a.b/x:1 is not published for linux/arm64");
        assert_eq!(error.hint().as_deref(), Some("it is published for linux/amd64"));
    }
}
