//! Finding the client, buildx and a builder, and saying what is missing.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::{self, Limits, Said};

/// The name of the client.
const CLIENT: &str = "docker";

/// Whether engines here come with Docker Desktop.
const DESKTOP: bool = cfg!(any(windows, target_os = "macos"));

/// The client: the one on the PATH, else Docker Desktop's, which a shell that is older than its installation does
/// not find.
pub fn client() -> OsString {
    let on_path =
        env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let programs = env::var_os("ProgramFiles").map(PathBuf::from);
    choose(env::consts::OS, on_path, programs.as_deref(), Path::is_file)
}

fn choose(
    system: &str,
    on_path: impl IntoIterator<Item = PathBuf>,
    programs: Option<&Path>,
    is_there: impl Fn(&Path) -> bool,
) -> OsString {
    let name = if system == "windows" { format!("{CLIENT}.exe") } else { CLIENT.to_owned() };
    if on_path.into_iter().any(|directory| is_there(&directory.join(&name))) {
        return CLIENT.into();
    }
    let desktop = match system {
        "windows" => programs.map(|programs| programs.join("Docker/Docker/resources/bin").join(name)),
        "macos" => Some(PathBuf::from("/Applications/Docker.app/Contents/Resources/bin").join(name)),
        _ => None,
    };
    desktop.filter(|path| is_there(path)).map_or_else(|| CLIENT.into(), PathBuf::into_os_string)
}

/// The first buildx that reports its progress as JSON.
const OLDEST_BUILDX: (u32, u32) = (0, 13);

/// buildx itself waits 20 s for a builder; one that says nothing after twice that is stuck.
pub(super) const PATIENCE: Limits = Limits { time: Duration::from_secs(40), bytes: 1 << 20 };

/// Why nothing can be built.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no client.
    #[error("there is no `docker` on the PATH")]
    NoClient,
    /// The client cannot be run.
    #[error("cannot run `docker`: {0}")]
    Client(#[source] io::Error),
    /// The client is stuck.
    #[error("cannot wait for `docker {0}`: {1}")]
    Stuck(String, #[source] io::Error),
    /// The client has no buildx.
    #[error("`docker` has no buildx")]
    NoBuildx,
    /// The buildx is too old.
    #[error("buildx {0} is too old: it cannot report progress as JSON")]
    OldBuildx(String),
    /// There is no such builder.
    #[error("there is no usable builder: {0}")]
    NoBuilder(String),
    /// No engine answers.
    #[error("no engine responds: {0}")]
    NoEngine(String),
    /// The engine does not say what images it has.
    #[error("the engine does not show its images: {0}")]
    Images(String),
}

impl EngineError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoClient if DESKTOP => "install Docker Desktop: https://docs.docker.com/desktop/",
            Self::NoClient => {
                "install Docker Engine with buildx: https://docs.docker.com/engine/install/, on Debian 13 `apt-get install docker.io docker-cli docker-buildx`"
            }
            Self::Client(_) => "check its permissions, or put another one first on the PATH",
            Self::Stuck(..) => "check that this command works by itself; --builder selects another builder",
            Self::NoBuildx | Self::OldBuildx(_) if DESKTOP => {
                "update Docker Desktop: buildx 0.13 or later comes with it"
            }
            Self::NoBuildx | Self::OldBuildx(_) => {
                "install buildx 0.13 or later: https://github.com/docker/buildx#installing, on Debian 13 `apt-get install docker-buildx`"
            }
            Self::Images(_) => "check whether `docker image inspect IMAGE` works",
            Self::NoBuilder(_) => "`docker buildx ls` lists the builders, `docker buildx create` makes one",
            Self::NoEngine(_) if DESKTOP => {
                "start Docker Desktop, or name another engine with DOCKER_HOST, `docker context use` or --builder"
            }
            Self::NoEngine(_) => {
                "start it (`systemctl start docker`), or name one with DOCKER_HOST, `docker context use` or --builder"
            }
        }
    }
}

/// Looks for a builder, the one named or the current one, and gives the number of its nodes.
///
/// # Errors
/// What is missing.
pub fn find(builder: Option<&str>) -> Result<usize, EngineError> {
    Client { program: &client(), patience: PATIENCE }.find(builder)
}

/// The client that is asked, and for how long.
pub(super) struct Client<'a> {
    pub(super) program: &'a OsStr,
    pub(super) patience: Limits,
}

impl Client<'_> {
    fn find(&self, builder: Option<&str>) -> Result<usize, EngineError> {
        let version = self.ask(&["buildx", "version"])?;
        if !version.success {
            return Err(EngineError::NoBuildx);
        }
        let text = String::from_utf8_lossy(&version.stdout).into_owned();
        if let Some((number, name)) = buildx_version(&text)
            && number < OLDEST_BUILDX
        {
            return Err(EngineError::OldBuildx(name.to_owned()));
        }
        let mut inspect = vec!["buildx", "inspect"];
        inspect.extend(builder);
        let found = self.ask(&inspect)?;
        if !found.success {
            let said = String::from_utf8_lossy(&found.stderr);
            let said =
                said.lines().next_back().unwrap_or("it does not say why").trim_start_matches("ERROR: ");
            return Err(failed(said, EngineError::NoBuilder));
        }
        let inspected = String::from_utf8_lossy(&found.stdout);
        match why_unusable(&inspected) {
            Some(why) => Err(EngineError::NoEngine(why.to_owned())),
            None => Ok(nodes(&inspected)),
        }
    }

    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Said, EngineError> {
        let said = child::ask(Command::new(self.program).args(arguments), b"", self.patience);
        said.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => EngineError::NoClient,
            io::ErrorKind::TimedOut | io::ErrorKind::FileTooLarge => {
                EngineError::Stuck(arguments.join(" "), error)
            }
            _ => EngineError::Client(error),
        })
    }
}

/// What the client failed for: an engine that does not answer, or else something of its own.
pub(super) fn failed(said: &str, otherwise: fn(String) -> EngineError) -> EngineError {
    let error = if is_about_the_engine(said) { EngineError::NoEngine } else { otherwise };
    error(said.to_owned())
}

/// Whether the client says that no engine answers: until version 28, since then, and over a pipe of Windows.
fn is_about_the_engine(said: &str) -> bool {
    ["Cannot connect", "docker daemon", "connect to the docker API"].iter().any(|words| said.contains(words))
}

/// The number in `github.com/docker/buildx v0.13.1 788433953af10f2a698f5c07611dddce2e08c7a0`.
fn buildx_version(text: &str) -> Option<((u32, u32), &str)> {
    let name = text.split_whitespace().nth(1)?;
    let mut numbers = name.trim_start_matches('v').split(['.', '-', '+']).map(str::parse);
    Some(((numbers.next()?.ok()?, numbers.next()?.ok()?), name))
}

/// Why no node of a builder can be used: each says either its status or an error.
fn why_unusable(inspected: &str) -> Option<&str> {
    let value = |key: &str| inspected.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    if value("Status:").is_some() { None } else { value("Error:") }
}

/// The nodes of a builder: below its own name stands one for each.
fn nodes(inspected: &str) -> usize {
    inspected.lines().filter(|line| line.starts_with("Name:")).count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_on_the_path_comes_before_that_of_docker_desktop() {
        let programs = Path::new("C:/Program Files");
        let on_path = || [PathBuf::from("a"), PathBuf::from("b")];
        for (system, own, desktop) in [
            ("linux", "b/docker", "docker"),
            ("macos", "b/docker", "/Applications/Docker.app/Contents/Resources/bin/docker"),
            ("windows", "b/docker.exe", "C:/Program Files/Docker/Docker/resources/bin/docker.exe"),
        ] {
            let chosen = |there: &[&str]| {
                choose(system, on_path(), Some(programs), |path| {
                    there.iter().any(|file| path == Path::new(file))
                })
            };
            assert_eq!(chosen(&[own, desktop]), "docker", "{system}");
            assert_eq!(Path::new(&chosen(&[desktop])), Path::new(desktop), "{system}");
            assert_eq!(chosen(&[]), "docker", "{system}");
        }
    }

    /// Docker 29 and Docker Desktop no longer say "Cannot connect to the Docker daemon".
    #[test]
    fn an_engine_that_is_not_started_is_told_from_a_builder_that_is_missing() {
        for said in [
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "failed to connect to the docker API at npipe:////./pipe/dockerDesktopLinuxEngine; check if the path is correct and if the daemon is running: open //./pipe/dockerDesktopLinuxEngine: The system cannot find the file specified.",
            "error during connect: in the default daemon configuration on Windows, the docker client must be run with elevated privileges to connect: this error may indicate that the docker daemon is not running",
        ] {
            assert!(is_about_the_engine(said), "{said}");
        }
        assert!(!is_about_the_engine("no builder \"farm\" found"));
    }

    #[test]
    fn versions_are_read_as_packagers_write_them() {
        let number = |text: &str| buildx_version(text).map(|(number, _)| number);
        assert_eq!(number("github.com/docker/buildx v0.28.0 b1281b8"), Some((0, 28)));
        assert_eq!(number("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3"), Some((0, 13)));
        assert_eq!(number("github.com/docker/buildx v0.9-rc1"), Some((0, 9)));
        assert_eq!(number("buildx"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_hangs_is_not_waited_for() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("docker");
        let script = "#!/bin/sh\ncase $2 in inspect) sleep 600 & wait ;; *) echo buildx v0.28.0 ;; esac\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let patience = Limits { time: Duration::from_secs(1), ..PATIENCE };
        let start = std::time::Instant::now();
        let found = Client { program: program.as_os_str(), patience }.find(Some("farm"));
        let error = found.unwrap_err().to_string();
        assert_eq!(error, "cannot wait for `docker buildx inspect farm`: it did not respond within 1 s");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_builder_with_one_working_node_is_usable() {
        let dead =
            "Name:          default\nDriver:        \nError:         Cannot connect to the Docker daemon\n";
        assert_eq!(why_unusable(dead), Some("Cannot connect to the Docker daemon"));
        let half =
            "Name: farm\nDriver: remote\n\nNodes:\nName: a\nError: timeout\n\nName: b\nStatus: running\n";
        assert_eq!(why_unusable(half), None);
        assert_eq!((nodes(half), nodes(dead)), (2, 0));
    }
}
