//! Process 1 of a container, as the host's kernel sees it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use dockwright::fleet::Service;
use dockwright::path::AbsolutePath;

use crate::docker::{ensure, run};
use crate::table::Finding;

const USER: &str = "65532";

/// What the engine mounts writable in every container: shared memory and message queues, which end with it.
const OF_THE_ENGINE: [&str; 2] = ["/dev/shm", "/dev/mqueue"];

/// It runs as 65532 without a capability or a way to get one.
pub(crate) fn identity(pid: u64) -> Finding {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| e.to_string())?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map_or_else(String::new, |value| value.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let four = [USER; 4].join(" ");
    let mut wanted = vec![("Uid", four.as_str()), ("Gid", &four), ("NoNewPrivs", "1"), ("Seccomp", "2")];
    wanted.extend(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map(|set| (set, "0000000000000000")));
    let wrong: Vec<_> = wanted
        .into_iter()
        .map(|(name, value)| (name, field(name), value))
        .filter(|(_, found, value)| found != value)
        .map(|(name, found, value)| format!("{name} is {found}, not {value}"))
        .collect();
    ensure(wrong.is_empty(), || wrong.join(", "))?;
    let groups = field("Groups");
    ensure(groups.is_empty() || groups == USER, || format!("groups {groups}"))?;
    ensure(field("NSpid").ends_with(" 1"), || format!("not process 1: {}", field("NSpid")))?;
    Ok("65532".to_owned())
}

/// The root is read-only; what the description declares can be written, and nothing else.
pub(crate) fn writes(service: &Service, pid: u64) -> Finding {
    let mounts = fs::read_to_string(format!("/proc/{pid}/mountinfo")).map_err(|e| e.to_string())?;
    let root = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).find(|words| words[4] == "/");
    let read_only = root.is_some_and(|words| words[5].split(',').any(|option| option == "ro"));
    ensure(read_only, || "the root file system is not mounted read-only".to_owned())?;

    let mut declared: BTreeSet<_> =
        service.owned_directories().into_iter().map(AbsolutePath::as_str).collect();
    declared.extend((!service.image_only).then_some("/tmp"));
    let script = r"find . -path ./proc -prune -o \( -type d -o -type f \) -writable -print 2>/dev/null; true";
    let found = as_user(pid, script, &[])?;
    let found: BTreeSet<_> = found.lines().map(|path| path.trim_start_matches('.')).collect();
    let allowed = |path: &str| {
        declared.iter().copied().chain(OF_THE_ENGINE).any(|directory| {
            path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let too_many: Vec<_> = found.iter().copied().filter(|path| !allowed(path)).collect();
    ensure(too_many.is_empty(), || format!("can also be written: {}", too_many.join(", ")))?;

    let directories: Vec<_> = declared.iter().copied().collect();
    let script = r#"for d; do echo x >".$d/.dockwright" && rm ".$d/.dockwright" || exit; done"#;
    as_user(pid, script, &directories)?;
    let elsewhere: Vec<_> = ["", "/app", "/etc", "/opt", "/usr/bin", "/var"]
        .into_iter()
        .filter(|path| !declared.contains(path) && fs::metadata(format!("/proc/{pid}/root{path}")).is_ok())
        .collect();
    let script = r#"for d; do if (echo x >".$d/.dockwright") 2>/dev/null; then echo "$d"; fi; done"#;
    let written = as_user(pid, script, &elsewhere)?;
    ensure(written.is_empty(), || format!("could write to {written}"))?;
    Ok(directories.len().to_string())
}

/// Runs a script as the user of the image, in the root of the container's file system.
///
/// The images have no shell: it is this machine's, with all that the process has not taken away.
fn as_user(pid: u64, script: &str, words: &[&str]) -> Result<String, String> {
    run(Command::new("setpriv")
        .args(["--reuid", USER, "--regid", USER, "--clear-groups", "--no-new-privs"])
        .args(["--inh-caps=-all", "--bounding-set=-all", "sh", "-c", script, "sh"])
        .args(words)
        .current_dir(format!("/proc/{pid}/root")))
}
