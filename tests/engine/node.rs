//! Node servers, whose packages are installed for both platforms on one of them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::build;
use crate::docker::{engine, run};
use crate::project::Project;

#[test]
fn node_packages_with_native_parts_are_those_of_the_target() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Node is there");
    let project = Project::build("node").expect("it is built for both platforms");
    let contents = project.looks_right("api").expect("its images are right");
    for (content, cpu) in contents.iter().zip(["x64", "arm64"]) {
        let part = format!("/app/node_modules/@node-rs/crc32-linux-{cpu}-gnu/crc32.linux-{cpu}-gnu.node");
        assert!(content.elves.contains_key(&part), "{part} is not among {:?}", content.elves.keys());
    }
    let log = project.answers("api", &[], &[]).expect("it is healthy");
    assert_eq!(log, "crc32 of fleet: 2690522695, a day: 86400000 ms\n");

    project.looks_right("secure").expect("its images are right");
    let secrets = certificate();
    let mount = format!("--volume={}:/run/secrets:ro", secrets.path().display());
    let files = ["--env=TLS_KEY_FILE=/run/secrets/TLS_KEY", "--env=TLS_CERT_FILE=/run/secrets/TLS_CERT"];
    let log = project.answers("secure", &[&[mount.as_str()], &files[..]].concat(), &[]);
    assert_eq!(log.expect("it is healthy over TLS"), "an hour: 3600000 ms\n");
}

/// A directory with a key and a certificate that nobody has signed, readable for every user.
fn certificate() -> TempDir {
    let into = TempDir::new().expect("a directory");
    let [key, cert] = ["TLS_KEY", "TLS_CERT"].map(|name| into.path().join(name));
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=elsewhere.example",
    ]);
    run(openssl.arg("-keyout").arg(&key).arg("-out").arg(&cert)).expect("a certificate");
    let may_read =
        |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    may_read(into.path(), 0o755);
    may_read(&key, 0o644);
    into
}
