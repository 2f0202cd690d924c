//! What happens before a program starts and when it ends: variables in arguments, commands before the start, secrets
//! of health checks, and signals.

use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::build;
use crate::docker::{docker, engine, ensure, exit_code, inspect};
use crate::project::Project;

#[test]
fn programs_get_their_variables_after_their_commands_and_their_signals_themselves() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Go is there");
    let project = Project::build("startup").expect("it is built for both platforms");
    for service in ["store", "ledger"] {
        project.looks_right(service).expect("its images are right");
    }
    for content in project.looks_right("gate").expect("its images are right") {
        for path in ["/app/built.txt", "/etc/gate/go.mod"] {
            assert!(content.entries.contains_key(path), "{path}");
        }
    }
    let secrets = TempDir::new().unwrap();
    fs::write(secrets.path().join("STORE_PASSWORD"), "sesame\n").unwrap();
    fs::write(secrets.path().join("STORE_CONF"), "requirepass sesame\ndir /data\n").unwrap();
    let compose = |variables: &[(&str, &str)], words: &[&str]| {
        let secrets = ("SECRETS", secrets.path().to_str().unwrap());
        project.compose(&[&[secrets], variables].concat(), words)
    };
    let up = ["up", "--wait", "--wait-timeout=120", "--pull=never", "--quiet-pull"];
    let down = ["down", "--volumes", "--timeout=1"];

    compose(&[], &down).unwrap();
    let came_up = compose(&[("PORT", "8080")], &up).and_then(|_| looks_started(|words| compose(&[], words)));
    compose(&[], &down).unwrap();
    came_up.expect("it comes up");

    let broken = compose(&[("PORT", "8080"), ("BROKEN", "yes")], &up);
    let left = compose(&[], &["ps", "--all", "--format={{.Service}} {{.State}} {{.ExitCode}}"]);
    compose(&[], &down).unwrap();
    assert!(broken.is_err(), "it comes up without its ledger");
    let left = left.unwrap();
    assert!(left.contains("ledger-before-1 exited 1\n"), "{left}");
    assert!(!left.contains("ledger running") && left.contains("gate running"), "{left}");

    let image = project.image("ledger", "linux/amd64");
    assert_eq!(exit_code(&["run", "--rm", "--pull=never", &image]).unwrap(), 78);
}

fn looks_started(compose: impl Fn(&[&str]) -> Result<String, String>) -> Result<(), String> {
    let container = |service: &str| compose(&["ps", "--quiet", service]).map(|id| id.trim().to_owned());
    let read = "print(open('/data/ledger').read(), open('/proc/1/cmdline').read().split('\\0'))";
    let said = compose(&["exec", "--no-TTY", "ledger", "/opt/venv/bin/python3", "-c", read])?;
    let argv = "['/opt/venv/bin/python3', 'ledger.py', 'serve', '8080', '${env:PORT}', '']";
    ensure(said == format!("migrated\nseeded\n {argv}\n"), || format!("{said:?}"))?;
    let gate = docker(&["top", &container("gate")?, "-o", "pid,args"])?;
    let processes: Vec<_> = gate.lines().skip(1).collect();
    let argv = "/usr/local/bin/gate --port=8081 --socket=/run/gate/api.sock";
    ensure(processes.len() == 1 && processes[0].ends_with(argv), || format!("{processes:?}"))?;

    for (service, last) in [("ledger", "port 8080, ${env:PORT}\n"), ("gate", "told to end\n")] {
        let id = container(service)?;
        let began = Instant::now();
        compose(&["stop", "--timeout=60", service])?;
        ensure(began.elapsed() < Duration::from_secs(30), || {
            format!("{service} took {:?}", began.elapsed())
        })?;
        let state = inspect(&id)?["State"].clone();
        ensure(state["ExitCode"] == 0, || format!("{service}: {state}"))?;
        let log = docker(&["logs", &id])?;
        ensure(log.ends_with(last), || format!("{service}: {log:?}"))?;
    }
    Ok(())
}
