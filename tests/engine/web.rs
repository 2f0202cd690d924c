//! Node servers whose packages pnpm and Yarn install, members of workspaces, Next.js, and web sites: built for both
//! platforms on one of them.

use std::sync::OnceLock;

use crate::build;
use crate::docker::{docker, engine};
use crate::project::Project;

/// The fleet, built once.
fn web() -> &'static Project {
    static WEB: OnceLock<Project> = OnceLock::new();
    WEB.get_or_init(|| {
        build::upstream_images().expect("the images that builds need are there");
        Project::build("web").expect("it is built for both platforms")
    })
}

/// The directories of packages with the native part of `crc32`, for each platform.
fn has_native_parts(service: &str, at: impl Fn(&str) -> String) {
    let contents = web().looks_right(service).expect("its images are right");
    for (content, cpu) in contents.iter().zip(["x64", "arm64"]) {
        let part = at(cpu);
        assert!(content.elves.contains_key(&part), "{part} is not among {:?}", content.elves.keys());
    }
}

fn flat(cpu: &str) -> String {
    format!("/app/node_modules/@node-rs/crc32-linux-{cpu}-gnu/crc32.linux-{cpu}-gnu.node")
}

/// pnpm links packages to where it stores them.
fn linked(cpu: &str) -> String {
    let package = format!("crc32-linux-{cpu}-gnu");
    format!(
        "/app/node_modules/.pnpm/@node-rs+{package}@1.10.6/node_modules/@node-rs/{package}/crc32.linux-{cpu}-gnu.node"
    )
}

#[test]
fn pnpm_and_yarn_install_the_native_parts_of_the_target() {
    let Some(_engine) = engine() else { return };
    has_native_parts("pnpm", linked);
    has_native_parts("yarn", flat);
    has_native_parts("classic", flat);
    for service in ["pnpm", "yarn", "classic"] {
        let log = web().answers(service, &[], &[]).expect("it is healthy");
        assert_eq!(log, "crc32 of fleet: 2690522695, a day: 86400000 ms\n", "{service}");
    }
}

#[test]
fn members_of_workspaces_bring_the_members_that_they_need() {
    let Some(_engine) = engine() else { return };
    has_native_parts("members", flat);
    has_native_parts("shop", linked);
    let log = web().answers("members", &[], &[]).expect("it is healthy");
    assert_eq!(log, "in /app/packages/api: 3\n");
    let log = web().answers("shop", &[], &[]).expect("what it needs is built before it");
    assert_eq!(log, "in /app/apps/orders: 3 2690522695\n");
}

#[test]
fn a_server_of_next_js_has_the_native_parts_of_the_target() {
    let Some(_engine) = engine() else { return };
    let contents = web().looks_right("next").expect("its images are right");
    for (content, cpu) in contents.iter().zip(["x64", "arm64"]) {
        let part = format!("/app/node_modules/@img/sharp-linux-{cpu}/lib/sharp-linux-{cpu}.node");
        let is_there = content.elves.keys().any(|path| path.starts_with(part.trim_end_matches(".node")));
        assert!(is_there, "{part} is not among {:?}", content.elves.keys());
    }
    let ask = "fetch('http://127.0.0.1:8080' + process.argv[1]).then(r => r.text()).then(console.log)";
    let asked = |path: &str| web().answers("next", &[], &["/nodejs/bin/node", "-e", ask, path]);
    assert!(asked("/").expect("it is healthy").contains("a picture of 97 bytes"));
    assert_eq!(asked("/plain.txt").expect("it serves what is public").trim_end(), "plain");
}

#[test]
fn sites_fall_back_say_what_is_not_there_and_pass_requests_on() {
    let Some(_engine) = engine() else { return };
    let web = web();
    for service in ["site", "files"] {
        web.looks_right(service).expect("its images are right");
    }
    let network = "dockwright-web";
    let _ = docker(&["network", "rm", network]);
    docker(&["network", "create", "--internal", network]).expect("a network");
    let network = Network(network);
    let joined = ["--network", network.0];
    let _members =
        web.start("members", &[&joined[..], &["--network-alias=api"]].concat()).expect("it is healthy");
    let _site = web.start("site", &[&joined[..], &["--network-alias=site"]].concat()).expect("it is healthy");
    let _files =
        web.start("files", &[&joined[..], &["--network-alias=files"]].concat()).expect("it is healthy");
    let ask = "fetch(process.argv[1]).then(async r => console.log(r.status, await r.text()), console.log)";
    let asked = |url: &str| {
        docker(&["exec", "dockwright-web-members", "/nodejs/bin/node", "-e", ask, url]).expect("it asks")
    };
    // A page of a single-page application is the first one, and what is passed on has its whole path or the rest.
    assert!(
        asked("http://site:8080/orders/7").contains("<title>site"),
        "{}",
        asked("http://site:8080/orders/7")
    );
    assert_eq!(asked("http://site:8080/api/orders?id=7").trim_end(), "200 /api/orders?id=7: 3 2690522695");
    assert_eq!(asked("http://site:8080/rest/orders").trim_end(), "200 /orders: 3 2690522695");
    assert_eq!(asked("http://site:8080/old/orders").trim_end(), "200 /v1/orders: 3 2690522695");
    assert!(asked("http://site:8080/apinothing").starts_with("200 <!doctype html>"));
    assert!(asked("http://files:8080/about").contains("<title>about"));
    assert!(asked("http://files:8080/nothing").starts_with("404 <!doctype html><title>nothing here"));
}

/// A network that ends with the test.
struct Network(&'static str);

impl Drop for Network {
    fn drop(&mut self) {
        let _ = docker(&["network", "rm", self.0]);
    }
}
