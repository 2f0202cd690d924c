//! The fleet for linux/arm64, built on a machine that cannot run a program of that platform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use object::elf::EM_AARCH64;
use tempfile::TempDir;

use crate::build::{self, Bake, repository};
use crate::content::Content;
use crate::docker::{docker, engine, ensure, forget, run};
use crate::files::{code_is_roots, nothing_superfluous};
use crate::fleet::described;
use crate::libraries;
use crate::table::{Finding, Table};

const PLATFORM: &str = "linux/arm64";

/// A registry of their own, so that the images do not take the tags of those that are started.
const REGISTRY: &str = "arm64.dockwright.test";

#[test]
fn every_service_is_built_for_another_platform_without_emulation() {
    let Some(_engine) = engine() else { return };
    let emulated = fs::read_dir("/proc/sys/fs/binfmt_misc").into_iter().flatten().flatten();
    let emulated: Vec<_> = emulated.filter(|entry| entry.file_name() == "qemu-aarch64").collect();
    assert!(emulated.is_empty(), "emulation of linux/arm64 is registered, so a build proves nothing");
    let machine = docker(&["info", "--format={{.Architecture}}"]).expect("the engine answers");
    assert_eq!(machine.trim(), "x86_64", "the test is for machines of another architecture");

    build::upstream_images().expect("the images that programs come from are there");
    let work = TempDir::new().expect("a directory");
    let tree = tree(work.path()).expect("a tree of sources");
    let fleet = described("services.toml");
    let mut table = Table::new(&fleet);
    let bake = || Bake { tree: tree.clone(), platform: PLATFORM, registry: REGISTRY, ..Bake::default() };
    let all = bake().run(&[]).map(|_| "ok".to_owned());
    table.check("builds", 1, |service| {
        Some(all.clone().or_else(|_| bake().run(&[service.name.as_str()]).map(|_| "alone".to_owned())))
    });
    table.checks_together(&["files", "aarch64", "libraries", "owners"], 2, |service| {
        match Content::of_platform(&format!("{REGISTRY}/{}", service.image), PLATFORM) {
            Ok(content) => vec![
                Some(nothing_superfluous(&content)),
                Some(of_the_platform(&content)),
                Some(libraries::all_found(&content, &service.base.run.to_string(), PLATFORM)),
                Some(code_is_roots(service, &content)),
            ],
            Err(why) => vec![Some(Err(why))],
        }
    });
    println!("\n{table}");
    let mut failures = table.failures();
    failures.extend(forget(REGISTRY).err());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The miniature of the sources, with the requirements of the real ones over its own where `DOCKWRIGHT_REQUIREMENTS`
/// names their directory.
fn tree(work: &Path) -> Result<PathBuf, String> {
    let miniature = repository("tests/lucid");
    let Some(requirements) = env::var_os("DOCKWRIGHT_REQUIREMENTS") else { return Ok(miniature) };
    let tree = work.join("tree");
    run(Command::new("cp").arg("--recursive").arg(miniature).arg(&tree))?;
    run(Command::new("cp").arg("--recursive").arg(Path::new(&requirements).join(".")).arg(&tree))?;
    Ok(tree)
}

/// Every program and library is of the platform.
fn of_the_platform(content: &Content) -> Finding {
    let others = content.elves.iter().filter(|(_, elf)| elf.machine != EM_AARCH64);
    let others: Vec<_> = others.map(|(path, _)| path.as_str()).collect();
    ensure(others.is_empty(), || others.join(", "))?;
    Ok(content.elves.len().to_string())
}
