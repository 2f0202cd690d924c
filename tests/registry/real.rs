//! Debian's `docker-registry` on loopback, with and without a password.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dockwright::image::ImageReference;
use dockwright::registry::{Client, Credentials, Patience, RegistryError};
use tempfile::TempDir;

use super::server::digest;

/// The user that the registry with a password knows.
pub(crate) const USER: &str = "ada:s3cret";
/// The same as a line of htpasswd (bcrypt).
const HTPASSWD: &str = "ada:$2a$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry of its own for a test.
pub(crate) struct Registry {
    process: Child,
    pub(crate) host: String,
    directory: TempDir,
    password: bool,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

impl Registry {
    /// Starts a registry; `None`, with a word about it, if none is installed.
    pub(crate) fn start(password: bool) -> Option<Self> {
        Self::start_as(password, None)
    }

    /// The same with HTTPS, with `server.pem` and `server.key` of a directory.
    pub(crate) fn start_with_tls(keys: &Path) -> Option<Self> {
        Self::start_as(false, Some(keys))
    }

    fn start_as(password: bool, keys: Option<&Path>) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (root, host) = (directory.path(), format!("127.0.0.1:{port}"));
        let tls = keys.map_or_else(String::new, |keys| {
            let [certificate, key] = ["server.pem", "server.key"].map(|name| keys.join(name));
            format!(", tls: {{certificate: {}, key: {}}}", certificate.display(), key.display())
        });
        let mut config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{host}\"{tls}}}\n",
            root.join("data").display()
        );
        if password {
            std::fs::write(root.join("htpasswd"), HTPASSWD).unwrap();
            let file = root.join("htpasswd");
            writeln!(config, "auth: {{htpasswd: {{realm: test, path: {}}}}}", file.display()).unwrap();
        }
        std::fs::write(root.join("registry.yml"), config).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(root.join("registry.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            // Not by `eprintln!`, which the test harness swallows.
            let word = "skipped: docker-registry is not installed (apt-get install docker-registry)";
            std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{word}\n")).unwrap();
            return None;
        };
        let registry = Self { process, host, directory, password };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&registry.host).is_err() {
            assert!(Instant::now() < deadline, "docker-registry does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }

    fn image(&self, rest: &str) -> ImageReference {
        format!("{}/{rest}", self.host).parse().unwrap()
    }

    /// A client that knows this user, `name:password`.
    fn client(&self, user: Option<&str>) -> Client {
        let file = self.docker_config(user).join("config.json");
        let patience = Patience { retries: 0, ..Patience::default() };
        Client::new(Credentials::from_file(&file).unwrap(), patience)
    }

    /// A directory with a configuration of Docker that knows this user.
    pub(crate) fn docker_config(&self, user: Option<&str>) -> PathBuf {
        let auth = user.map(|user| STANDARD.encode(user)).unwrap_or_default();
        let file = self.directory.path().join("config.json");
        std::fs::write(&file, format!(r#"{{"auths": {{"{}": {{"auth": "{auth}"}}}}}}"#, self.host)).unwrap();
        self.directory.path().to_owned()
    }

    fn authorization(&self) -> String {
        if self.password { format!("Basic {}", STANDARD.encode(USER)) } else { "none".to_owned() }
    }

    fn push_blob(&self, repository: &str, content: &[u8]) -> String {
        let url = format!("http://{}/v2/{repository}/blobs/uploads/", self.host);
        let started = ureq::post(&url).header("Authorization", self.authorization()).send_empty().unwrap();
        let location = started.headers()["location"].to_str().unwrap().to_owned();
        let separator = if location.contains('?') { '&' } else { '?' };
        ureq::put(format!("{location}{separator}digest={}", digest(content)))
            .header("Authorization", self.authorization())
            .header("Content-Type", "application/octet-stream")
            .send(content)
            .unwrap();
        digest(content)
    }

    fn push_manifest(&self, repository: &str, reference: &str, kind: &str, content: &[u8]) -> String {
        ureq::put(format!("http://{}/v2/{repository}/manifests/{reference}", self.host))
            .header("Authorization", self.authorization())
            .header("Content-Type", kind)
            .send(content)
            .unwrap();
        digest(content)
    }

    /// Pushes an image for one platform and gives its manifest.
    fn push_image(&self, repository: &str, architecture: &str, created: &str) -> Vec<u8> {
        let config = serde_json::json!({
            "os": "linux", "architecture": architecture, "created": created,
            "rootfs": { "type": "layers", "diff_ids": [] },
        })
        .to_string();
        let config_digest = self.push_blob(repository, config.as_bytes());
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest,
                "size": config.len(),
            },
            "layers": [],
        })
        .to_string()
        .into_bytes();
        self.push_manifest(repository, &digest(&manifest), MANIFEST, &manifest);
        manifest
    }

    /// Pushes an index of images for several platforms under a tag; its digest.
    pub(crate) fn push_index(
        &self,
        repository: &str,
        tag: &str,
        architectures: &[&str],
        created: &str,
    ) -> String {
        let manifests: Vec<_> = architectures
            .iter()
            .map(|architecture| {
                let manifest = self.push_image(repository, architecture, created);
                serde_json::json!({
                    "mediaType": MANIFEST, "digest": digest(&manifest), "size": manifest.len(),
                    "platform": { "os": "linux", "architecture": architecture },
                })
            })
            .collect();
        let index = serde_json::json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        self.push_manifest(repository, tag, INDEX, index.to_string().as_bytes())
    }
}

#[test]
fn a_tag_is_resolved_and_follows_a_push() {
    let Some(registry) = Registry::start(false) else { return };
    let (client, image) = (registry.client(None), registry.image("team/app:1"));
    let first = registry.push_index("team/app", "1", &["amd64", "arm64"], "2026-11-01T00:00:00Z");
    let resolved = client.resolve(&image).unwrap();
    assert_eq!(resolved.digest, first);
    assert_eq!(resolved.platforms(), ["linux/amd64", "linux/arm64"]);
    assert_eq!(client.created(&resolved).unwrap().as_deref(), Some("2026-11-01T00:00:00Z"));

    let second = registry.push_index("team/app", "1", &["amd64", "arm64"], "2026-11-02T00:00:00Z");
    assert_ne!(first, second);
    assert_eq!(client.digest(&image).unwrap(), second);
    assert_eq!(client.resolve(&image).unwrap().digest, second);
    let pinned = image.with_digest(&first).unwrap();
    assert_eq!(client.resolve(&pinned).unwrap().digest, first, "what was pinned is still there");
}

#[test]
fn an_image_without_index_has_the_platform_of_its_configuration() {
    let Some(registry) = Registry::start(false) else { return };
    let manifest = registry.push_image("team/app", "arm64", "2026-11-01T00:00:00Z");
    registry.push_manifest("team/app", "latest", MANIFEST, &manifest);
    let client = registry.client(None);
    let resolved = client.resolve(&registry.image("team/app")).unwrap();
    assert_eq!(
        (resolved.digest.clone(), resolved.platforms()),
        (digest(&manifest), vec!["linux/arm64".to_owned()])
    );
    assert_eq!(client.created(&resolved).unwrap().as_deref(), Some("2026-11-01T00:00:00Z"));
}

#[test]
fn a_missing_tag_and_a_missing_platform_are_named() {
    let Some(registry) = Registry::start(false) else { return };
    let client = registry.client(None);
    registry.push_index("team/app", "1", &["amd64"], "2026-11-01T00:00:00Z");
    for missing in ["team/app:2", "team/other:1"] {
        let error = client.resolve(&registry.image(missing)).unwrap_err();
        assert_eq!(error.to_string(), format!("{}/{missing} does not exist", registry.host));
    }
    let resolved = client.resolve(&registry.image("team/app:1")).unwrap();
    let error = resolved.require(&["linux/arm64".to_owned(), "linux/amd64".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), format!("{}/team/app:1 is not published for linux/arm64", registry.host));
}

#[test]
fn a_password_opens_and_a_wrong_one_does_not() {
    let Some(registry) = Registry::start(true) else { return };
    let pushed = registry.push_index("team/app", "1", &["amd64"], "2026-11-01T00:00:00Z");
    let resolve = |user| registry.client(user).resolve(&registry.image("team/app:1"));
    assert_eq!(resolve(Some(USER)).unwrap().digest, pushed);
    for (user, logged_in) in [(Some("ada:wrong"), true), (Some("eve:s3cret"), true), (None, false)] {
        let (registry, repository) = (registry.host.clone(), "team/app".to_owned());
        assert_eq!(
            resolve(user).unwrap_err(),
            RegistryError::Unauthorized { registry, repository, logged_in }
        );
    }
}
