//! The fleet as a Compose project: all of it started at once, and each container by its service.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dockwright::fleet::model::{Health, Probe};
use dockwright::fleet::{Fleet, Service};
use serde_json::Value;
use tempfile::TempDir;

use crate::docker::{PROJECT, REGISTRY, docker, ensure, exit_code, inspect, run};
use crate::table::Finding;

/// What a running fleet is without its name: the image, as the tests have it.
pub(crate) fn image(service: &Service) -> String {
    format!("{REGISTRY}/{}", service.image)
}

/// The Compose project; it goes away with this value.
pub(crate) struct Project {
    /// Where its compose.yaml is
    generated: PathBuf,
    secrets: TempDir,
    /// What became of `docker compose up --wait`
    pub(crate) came_up: Result<(), String>,
    /// The seconds from the start of a container to its first good health check
    pub(crate) seconds_to_healthy: BTreeMap<String, f64>,
}

impl Project {
    /// Starts all services at once, and creates the base images' containers.
    pub(crate) fn up(fleet: &Fleet, generated: &Path) -> Result<Self, String> {
        let secrets = TempDir::new().map_err(|e| e.to_string())?;
        let names = fleet
            .services
            .iter()
            .flat_map(|service| service.secrets.iter().chain(service.secret_files.keys()));
        // The engine shows them to user 65532 as they are on this machine.
        fs::set_permissions(secrets.path(), Permissions::from_mode(0o755)).map_err(|e| e.to_string())?;
        for name in names {
            let file = secrets.path().join(name.as_str());
            fs::write(&file, "secret").map_err(|e| e.to_string())?;
            fs::set_permissions(&file, Permissions::from_mode(0o644)).map_err(|e| e.to_string())?;
        }
        // Those that are variables, as people put them into .env.
        let variables = fleet.services.iter().flat_map(|service| &service.secrets);
        let lines: Vec<_> = variables.map(|name| format!("{name}=secret\n")).collect();
        fs::write(secrets.path().join("env"), lines.concat()).map_err(|e| e.to_string())?;
        let generated = generated.to_owned();
        let mut project = Self { generated, secrets, came_up: Ok(()), seconds_to_healthy: BTreeMap::new() };
        project.compose(&["config", "--quiet"])?;
        project.compose(&["down", "--volumes", "--remove-orphans", "--timeout=1"])?;

        let log = project.secrets.path().join("events");
        let mut events = Command::new("docker")
            .args(["events", "--format={{json .}}", "--filter=event=start", "--filter=event=health_status"])
            .arg(format!("--filter=label=com.docker.compose.project={PROJECT}"))
            .stdout(File::create(&log).map_err(|e| e.to_string())?)
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        project.came_up = project
            .compose(&["up", "--wait", "--wait-timeout=240", "--pull=never", "--quiet-pull"])
            .map(drop);
        let ended = events.kill().and_then(|()| events.wait());
        ended.map_err(|e| e.to_string())?;
        project.seconds_to_healthy = seconds_to_healthy(&fs::read_to_string(log).map_err(|e| e.to_string())?);

        let bases: Vec<_> = fleet.services.iter().filter(|service| service.image_only).collect();
        if bases.is_empty() {
            return Ok(project);
        }
        let mut create = vec!["--profile=base-images", "create", "--pull=never"];
        create.extend(bases.iter().map(|service| service.name.as_str()));
        project.compose(&create)?;
        Ok(project)
    }

    fn compose(&self, words: &[&str]) -> Result<String, String> {
        run(Command::new("docker")
            .args(["compose", "--project-name", PROJECT, "--file=compose.yaml", "--env-file"])
            .arg(self.secrets.path().join("env"))
            .args(words)
            .current_dir(&self.generated)
            .env("REGISTRY", REGISTRY)
            .env("SECRETS", self.secrets.path()))
    }

    /// Takes everything down; what is left of it then.
    pub(crate) fn down(&self) -> Result<(), String> {
        self.compose(&["--profile=base-images", "down", "--volumes", "--timeout=1"])?;
        let label = format!("--filter=label=com.docker.compose.project={PROJECT}");
        for words in [
            ["ps", "--all", "--quiet"].as_slice(),
            &["network", "ls", "--quiet"],
            &["volume", "ls", "--quiet"],
        ] {
            let left = docker(&[words, &[label.as_str()]].concat())?;
            ensure(left.is_empty(), || format!("left by down, says docker {}: {left}", words.join(" ")))?;
        }
        Ok(())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // After a failed test too; a test that wants to know calls `down` itself.
        let _ = self.compose(&["--profile=base-images", "down", "--volumes", "--timeout=1"]);
    }
}

/// From the engine's events, in the order in which they came.
fn seconds_to_healthy(events: &str) -> BTreeMap<String, f64> {
    let (mut started, mut healthy) = (BTreeMap::new(), BTreeMap::new());
    for event in events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let (Some(status), Some(nanoseconds)) = (event["status"].as_str(), event["timeNano"].as_u64()) else {
            continue;
        };
        let service = &event["Actor"]["Attributes"]["com.docker.compose.service"];
        let Some(service) = service.as_str().map(str::to_owned) else { continue };
        let at = Duration::from_nanos(nanoseconds);
        if status == "start" {
            started.insert(service, at);
        } else if let Some(start) = started.get(&service).filter(|_| status.ends_with(": healthy")) {
            healthy.entry(service).or_insert(at.saturating_sub(*start).as_secs_f64());
        }
    }
    healthy
}

/// The container of a service.
fn container(service: &Service) -> String {
    format!("{PROJECT}-{}-1", service.name.as_str())
}

/// Healthy within its start period; running, where there is nothing to look at; a base image's program ends well.
pub(crate) fn healthy(service: &Service, project: &Project) -> Finding {
    if service.image_only {
        docker(&["start", "--attach", &container(service)])?;
        return Ok("smoke".to_owned());
    }
    let facts = inspect(&container(service))?;
    let state = &facts["State"];
    ensure(state["Status"] == "running" && facts["RestartCount"] == 0, || format!("{state}"))?;
    let Health::Check { timing, .. } = &service.health else { return Ok("running".to_owned()) };
    ensure(state["Health"]["Status"] == "healthy", || format!("{}", state["Health"]))?;
    let seconds = project.seconds_to_healthy.get(service.name.as_str()).copied();
    let allowed = f64::from(u32::try_from(timing.start_period.seconds()).unwrap_or(u32::MAX));
    if let Some(seconds) = seconds.filter(|seconds| *seconds <= allowed) {
        return Ok(format!("{seconds:.1} s"));
    }
    // A machine with other work can be too busy for all of them at once: then by itself.
    let seconds = seconds_to_restart(&container(service))?;
    ensure(seconds <= allowed, || {
        format!("healthy after {seconds:.1} s by itself; its start period is {allowed} s")
    })?;
    Ok(format!("{seconds:.1} s *"))
}

/// Restarts a container; the seconds until it is healthy, two minutes at most.
fn seconds_to_restart(container: &str) -> Result<f64, String> {
    docker(&["restart", container])?;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        if inspect(container)?["State"]["Health"]["Status"] == "healthy" {
            break;
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(began.elapsed().as_secs_f64())
}

/// The container is made as compose.yaml says.
pub(crate) fn hardened(service: &Service) -> Finding {
    let facts = inspect(&container(service))?;
    let host = &facts["HostConfig"];
    ensure(facts["Config"]["User"] == "65532:65532", || format!("user {}", facts["Config"]["User"]))?;
    ensure(host["ReadonlyRootfs"] == true, || "the root file system is not read-only".to_owned())?;
    ensure(host["CapDrop"] == serde_json::json!(["ALL"]) && host["CapAdd"].is_null(), || {
        format!("capabilities: without {}, with {}", host["CapDrop"], host["CapAdd"])
    })?;
    ensure(host["SecurityOpt"] == serde_json::json!(["no-new-privileges:true"]), || {
        host["SecurityOpt"].to_string()
    })?;
    ensure(host["Privileged"] == false, || "privileged".to_owned())?;
    Ok("ok".to_owned())
}

/// Process 1, by the number that this machine knows it by; none of a base image.
pub(crate) fn process(service: &Service) -> Option<Result<u64, String>> {
    (!service.image_only).then(|| {
        let facts = inspect(&container(service))?;
        let pid = facts["State"]["Pid"].as_u64().filter(|&pid| pid != 0);
        pid.ok_or_else(|| format!("not running: {}", facts["State"]))
    })
}

/// The health check says 0 when the service is well, and 1 when it is stopped or not there, and nothing else.
pub(crate) fn health_check_fails(service: &Service) -> Option<Finding> {
    let Health::Check { timing, .. } = &service.health else { return None };
    Some(health_check(service, Duration::from_secs(timing.timeout.seconds())))
}

fn health_check(service: &Service, timeout: Duration) -> Finding {
    let name = container(service);
    let test = inspect(&name)?["Config"]["Healthcheck"]["Test"].clone();
    let test: Vec<String> = serde_json::from_value(test).map_err(|e| e.to_string())?;
    let Some(("CMD", command)) = test.split_first().map(|(form, command)| (form.as_str(), command)) else {
        return Err(format!("not in exec form: {test:?}"));
    };
    let inside: Vec<_> = ["exec", &name].into_iter().chain(command.iter().map(String::as_str)).collect();
    let code = exit_code(&inside)?;
    ensure(code == 0, || format!("exits with {code} while the service is well"))?;

    // The same image with nothing but the health check: nobody listens.
    let image = image(service);
    let entrypoint = format!("--entrypoint={}", command[0]);
    let mut alone = vec!["run", "--rm", "--pull=never", "--network=none", "--read-only", &entrypoint, &image];
    alone.extend(command[1..].iter().map(String::as_str));
    let code = exit_code(&alone)?;
    ensure(code == 1, || format!("exits with {code} where nobody listens"))?;

    // A stopped process still has connections accepted for it by the kernel, so only an answer tells.
    if matches!(&service.health, Health::Check { probe: Probe::Tcp { .. } | Probe::Unix { .. }, .. }) {
        return Ok("ok".to_owned());
    }
    let pid = process(service).ok_or("no process")??;
    signal(pid, "STOP")?;
    let began = Instant::now();
    let code = exit_code(&inside);
    signal(pid, "CONT")?;
    let (code, took) = (code?, began.elapsed());
    ensure(code == 1, || format!("exits with {code} while the service is stopped"))?;
    // It gives up by itself a second before its time-out; a busy machine takes its time to start it.
    ensure(took < timeout * 2, || format!("took {took:.1?} to say that the service is stopped"))?;
    Ok("ok".to_owned())
}

fn signal(pid: u64, name: &str) -> Result<(), String> {
    run(Command::new("kill").args(["-s", name, &pid.to_string()])).map(drop)
}

/// Ends on SIGTERM by itself, within the engine's grace period.
pub(crate) fn stops(service: &Service) -> Option<Finding> {
    (!service.image_only).then(|| {
        let name = container(service);
        let began = Instant::now();
        docker(&["stop", &name])?;
        let took = began.elapsed();
        let state = &inspect(&name)?["State"];
        let code = state["ExitCode"].as_i64().unwrap_or(-1);
        // 143 is what a JVM ends with after its shutdown hooks.
        ensure([0, 143].contains(&code) && state["OOMKilled"] == false, || {
            format!("ended with {code} after {took:.1?}; 137 means that it was killed after the grace period")
        })?;
        Ok(format!("{:.1} s", took.as_secs_f64()))
    })
}
