//! Docker's credential store: the `auths` of its configuration file, and credential helpers.
//!
//! Sources: docker/cli, `config.json`; docker/docker-credential-helpers, its protocol.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::error::RegistryError;
use crate::child::{self, Limits};
use crate::diagnostic::cause;
use crate::file;

/// A helper that takes longer is waiting for somebody who is not there, and no password is longer.
const HELPER: Limits = Limits { time: Duration::from_secs(30), bytes: 64 << 10 };

/// No configuration of Docker is larger.
const LARGEST_CONFIG: u64 = 4 << 20;

/// Where passwords for registries come from.
#[derive(Default)]
pub struct Credentials {
    config: Config,
    path: PathBuf,
}

/// The part of Docker's configuration that is about passwords.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    auths: BTreeMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    /// Base64 of `user:password`.
    #[serde(rename = "auth")]
    encoded: Option<String>,
    username: Option<String>,
    password: Option<String>,
    /// A token that stands for user and password.
    identitytoken: Option<String>,
}

/// What a helper answers.
#[derive(Deserialize)]
struct HelperAnswer {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// A way to show who one is. It has no `Debug`, so that no log shows it.
#[derive(Clone)]
pub(super) enum Credential {
    Password {
        user: String,
        password: String,
    },
    /// A refresh token for the registry's token server.
    Identity(String),
}

impl Credential {
    /// The value of `Authorization` for user and password.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::Identity(_) => None,
        }
    }

    pub(super) fn identity(&self) -> Option<&str> {
        match self {
            Self::Identity(token) => Some(token),
            Self::Password { .. } => None,
        }
    }

    /// `<token>` in place of a user marks an identity token.
    fn new(user: String, secret: String) -> Self {
        if user == "<token>" { Self::Identity(secret) } else { Self::Password { user, password: secret } }
    }
}

impl Credentials {
    /// None at all: every registry is asked anonymously.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of Docker: `$DOCKER_CONFIG/config.json`, else `.docker/config.json` in the home directory.
    pub fn from_environment() -> Result<Self, RegistryError> {
        let directory =
            std::env::var_os("DOCKER_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
        match directory.or_else(|| Some(std::env::home_dir()?.join(".docker"))) {
            Some(directory) => Self::from_file(&directory.join("config.json")),
            None => Ok(Self::none()),
        }
    }

    /// Those of one configuration file; none if there is no such file.
    pub fn from_file(path: &Path) -> Result<Self, RegistryError> {
        let error = |cause: String| RegistryError::DockerConfig { path: path.to_owned(), cause };
        let text = match file::read(path, LARGEST_CONFIG) {
            Ok(text) => text,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(Self::none()),
            Err(other) => return Err(error(cause(&other))),
        };
        let config = serde_json::from_slice(&text).map_err(|e| error(e.to_string()))?;
        Ok(Self { config, path: path.to_owned() })
    }

    /// The credential for a registry: from its own helper, the store, or the file, in this order.
    pub(super) fn of(&self, registry: &str) -> Result<Option<Credential>, RegistryError> {
        let names = names_of(registry);
        let helper = names.iter().find_map(|name| self.config.cred_helpers.get(name));
        if let Some(helper) = helper.or(self.config.creds_store.as_ref()) {
            for name in &names {
                if let Some(credential) = ask_helper(helper, name)? {
                    return Ok(Some(credential));
                }
            }
        }
        let host_of = |key: &str| {
            let host = key.trim_start_matches("https://").trim_start_matches("http://");
            host.split('/').next().unwrap_or_default().to_owned()
        };
        let hosts: Vec<String> = names.iter().map(|name| host_of(name)).collect();
        let auth = self.config.auths.iter().find(|(key, _)| hosts.contains(&host_of(key)));
        auth.map_or(Ok(None), |(key, auth)| self.read(key, auth))
    }

    fn read(&self, registry: &str, auth: &Auth) -> Result<Option<Credential>, RegistryError> {
        if let Some(token) = auth.identitytoken.as_ref().filter(|token| !token.is_empty()) {
            return Ok(Some(Credential::Identity(token.clone())));
        }
        if let (Some(user), Some(password)) = (&auth.username, &auth.password) {
            return Ok(Some(Credential::new(user.clone(), password.clone())));
        }
        // An empty entry says that the password lies with a helper, which had none.
        let Some(encoded) = auth.encoded.as_ref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
        let (user, password) = pair.ok_or_else(|| RegistryError::DockerConfig {
            path: self.path.clone(),
            cause: format!("the `auth` of {registry} is not base64 of user:password"),
        })?;
        // Docker itself cuts the padding of NUL bytes that old versions wrote.
        Ok(Some(Credential::new(user.to_owned(), password.trim_end_matches('\0').to_owned())))
    }
}

/// The names under which a registry is stored; Docker Hub has a historical one.
fn names_of(registry: &str) -> Vec<String> {
    if registry == "docker.io" {
        vec!["https://index.docker.io/v1/".to_owned(), "docker.io".to_owned()]
    } else {
        vec![registry.to_owned()]
    }
}

/// Asks `docker-credential-NAME get`; `None` if it has nothing for the registry.
fn ask_helper(helper: &str, registry: &str) -> Result<Option<Credential>, RegistryError> {
    let program = format!("docker-credential-{helper}");
    let error = |cause: String| RegistryError::Helper {
        registry: registry.to_owned(),
        program: program.clone(),
        cause,
    };
    if !helper.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err(error("its name is not a program name".to_owned()));
    }
    let said = child::ask(Command::new(&program).arg("get"), registry.as_bytes(), HELPER);
    let said = said.map_err(|e| error(cause(&e)))?;
    if !said.success {
        // The protocol's words for "I have none" come on standard output.
        let words = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        let has_none = words.to_lowercase().contains("credentials not found");
        return if has_none { Ok(None) } else { Err(error(words)) };
    }
    let answer: HelperAnswer =
        serde_json::from_slice(&said.stdout).map_err(|_| error("its output is not JSON".to_owned()))?;
    Ok(Some(Credential::new(answer.username, answer.secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(json: &str) -> Credentials {
        Credentials { config: serde_json::from_str(json).unwrap(), path: PathBuf::from("config.json") }
    }

    fn basic(json: &str, registry: &str) -> Option<String> {
        credentials(json).of(registry).unwrap().and_then(|credential| credential.basic())
    }

    #[test]
    fn a_password_is_found_under_the_names_that_docker_writes() {
        let ada = Some("Basic YWRhOnNlY3JldDp4".to_owned());
        let json = |key: &str| format!(r#"{{"auths": {{"{key}": {{"auth": "YWRhOnNlY3JldDp4"}}}}}}"#);
        assert_eq!(basic(&json("localhost:5000"), "localhost:5000"), ada);
        assert_eq!(basic(&json("https://ghcr.io"), "ghcr.io"), ada);
        assert_eq!(basic(&json("https://index.docker.io/v1/"), "docker.io"), ada);
        assert_eq!(basic(&json("ghcr.io"), "docker.io"), None);
        assert_eq!(basic(r#"{"auths": {"a.b": {"username": "ada", "password": "secret:x"}}}"#, "a.b"), ada);
        assert_eq!(basic(r#"{"auths": {"a.b": {}}, "HttpHeaders": {}}"#, "a.b"), None);
    }

    #[test]
    fn an_identity_token_is_no_password() {
        let found =
            credentials(r#"{"auths": {"a.b": {"auth": "", "identitytoken": "t"}}}"#).of("a.b").unwrap();
        assert_eq!(found.unwrap().identity(), Some("t"));
    }

    #[test]
    fn what_is_no_password_is_told() {
        let error = credentials(r#"{"auths": {"a.b": {"auth": "%%%"}}}"#).of("a.b").err().unwrap();
        assert_eq!(
            error.to_string(),
            "config.json cannot be read: the `auth` of a.b is not base64 of user:password"
        );
        let error = credentials(r#"{"credsStore": "../../bin/sh"}"#).of("a.b").err().unwrap();
        assert!(error.to_string().ends_with("its name is not a program name"), "{error}");
        let error = credentials(r#"{"credsStore": "of-nobody"}"#).of("a.b").err().unwrap();
        assert!(
            error.to_string().starts_with("the credential helper docker-credential-of-nobody failed for a.b")
        );
    }

    #[test]
    fn no_file_is_no_password() {
        assert!(
            Credentials::from_file(Path::new("no/such/config.json")).unwrap().of("a.b").unwrap().is_none()
        );
    }
}
