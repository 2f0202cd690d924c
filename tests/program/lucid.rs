//! The fleet that dockwright was made for, in the tree that its status document describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use dockwright::fleet::{self, Fleet};
use tempfile::TempDir;

use crate::{files, repository, run};

/// The Dockerfiles that the status document lists as existing, and that of the base, which it counts.
const EXISTING: [&str; 24] = [
    "auth/Dockerfile",
    "03-api-gateway/Dockerfile",
    "blockchain/Dockerfile.engine",
    "blockchain/Dockerfile.anchoring",
    "blockchain/Dockerfile.manager",
    "blockchain/Dockerfile.data",
    "admin/Dockerfile",
    "node/Dockerfile",
    "RDP/Dockerfile.server-manager",
    "RDP/Dockerfile.xrdp",
    "RDP/Dockerfile.controller",
    "RDP/Dockerfile.monitor",
    "sessions/Dockerfile.pipeline",
    "sessions/Dockerfile.recorder",
    "sessions/Dockerfile.processor",
    "sessions/Dockerfile.storage",
    "sessions/Dockerfile.api",
    "payment-systems/tron/Dockerfile.tron-client",
    "payment-systems/tron/Dockerfile.payout-router",
    "payment-systems/tron/Dockerfile.wallet-manager",
    "payment-systems/tron/Dockerfile.usdt-manager",
    "payment-systems/tron/Dockerfile.trx-staking",
    "payment-systems/tron/Dockerfile.payment-gateway",
    "infrastructure/docker/distroless/base/Dockerfile.base",
];

/// A tree with the 24, each an empty file of long ago.
fn tree() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for path in EXISTING {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(path).unwrap();
        file.set_modified(long_ago()).unwrap();
    }
    tree
}

fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn lucid() -> Fleet {
    fleet::load(&fs::read_to_string(repository().join("services.toml")).unwrap()).unwrap()
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_counts_are_those_of_the_status_document_and_add_up() {
    let tree = tree();
    let ran = run(repository(), &["status", "--root", shown(tree.path())]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let counts: Vec<Vec<&str>> =
        ran.out.lines().take(4).map(|line| line.split_whitespace().collect()).collect();
    let numbers: Vec<[&str; 2]> =
        counts.iter().map(|words| [words[words.len() - 2], words[words.len() - 1]]).collect();
    assert_eq!(numbers, [["35", "100%"], ["3", "9%"], ["24", "69%"], ["11", "31%"]]);

    let ran = run(repository(), &["status", "--format", "json", "--root", shown(tree.path())]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!([&json["total"], &json["built"], &json["available"], &json["missing"]], [35, 3, 24, 11]);
    for count in ["total", "built", "available", "missing"] {
        let phases = json["phases"].as_array().unwrap().iter();
        let sum: u64 = phases.map(|phase| phase[count].as_u64().unwrap()).sum();
        assert_eq!(json[count], sum, "{count}");
    }
    assert_eq!(json["built_elsewhere"].as_array().unwrap().len(), 4, "the document counts 7");
    let of_phases: Vec<_> =
        json["phases"].as_array().unwrap().iter().map(|phase| phase["total"].clone()).collect();
    assert_eq!(of_phases, [3, 4, 6, 10, 7, 5]);

    let ran = run(repository(), &["status", "--format", "markdown", "--root", shown(tree.path())]);
    assert!(ran.out.contains("| **Missing Dockerfiles** | 11 | 31% |\n"), "{}", ran.out);
}

#[test]
fn missing_writes_the_eleven_and_touches_none_of_the_others() {
    let tree = tree();
    let check = run(repository(), &["gen", "--missing", "--check", "--out", shown(tree.path())]);
    assert_eq!(check.code, Some(1), "{}", check.out);

    let ran = run(repository(), &["gen", "--missing", "--out", shown(tree.path())]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let found = files(tree.path());
    let dockerfiles: BTreeSet<_> = found
        .keys()
        .map(|path| shown(path))
        .filter(|path| {
            !path.ends_with(".dockerignore") && path.rsplit('/').next().unwrap().starts_with("Dockerfile")
        })
        .collect();
    let fleet = lucid();
    assert_eq!(dockerfiles, fleet.services.iter().map(|service| service.dockerfile.as_str()).collect());
    for path in dockerfiles {
        let is_old = EXISTING.contains(&path);
        let content = &found[Path::new(path)];
        let ignore = found.contains_key(Path::new(&format!("{path}.dockerignore")));
        assert_eq!((content.is_empty(), ignore), (is_old, !is_old), "{path}");
        if is_old {
            assert_eq!(tree.path().join(path).metadata().unwrap().modified().unwrap(), long_ago(), "{path}");
        }
    }
    let check = run(repository(), &["gen", "--missing", "--check", "--out", shown(tree.path())]);
    assert_eq!(check.code, Some(0), "{}", check.out);
    let check = run(repository(), &["gen", "--check", "--out", shown(tree.path())]);
    assert_eq!(check.code, Some(1), "{}", check.out);
}
