//! Whether every program and library of an image finds the libraries it needs: looked up as ld.so(8) says, over what
//! is in the image, without running anything.

use crate::content::Content;
use crate::docker::ensure;
use crate::elf::Elf;
use crate::table::Finding;

/// The default directories of the loader on a machine.
fn default_directories(machine: u16) -> [String; 4] {
    let triplet = if machine == object::elf::EM_AARCH64 { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };
    [format!("/lib/{triplet}"), format!("/usr/lib/{triplet}"), "/lib".to_owned(), "/usr/lib".to_owned()]
}

/// The number of ELF files, or what some of them do not find.
///
/// What the run image lacks by itself is none of ours: a JVM without a screen has no fonts to render.
pub(crate) fn all_found(content: &Content, run_image: &str, platform: &str) -> Finding {
    let mut missing = missing(content);
    if !missing.is_empty() {
        let known = self::missing(&Content::of_platform(run_image, platform)?);
        missing.retain(|lack| !known.contains(lack));
    }
    ensure(missing.is_empty(), || missing.join("\n  "))?;
    Ok(content.elves.len().to_string())
}

fn missing(content: &Content) -> Vec<String> {
    let mut missing = Vec::new();
    for (path, elf) in &content.elves {
        if let Some(why) = &elf.unreadable {
            missing.push(format!("{path}: {why}"));
        }
        if let Some(loader) = elf.interpreter.as_ref().filter(|loader| content.resolve(loader).is_none()) {
            missing.push(format!("{path} is started by {loader}, which is not there"));
        }
        for name in &elf.needed {
            match find(content, path, elf, name) {
                Some(library) => missing.extend(lacking(content, path, elf, name, &library)),
                None if opened_before(content, path, name) => {}
                None => missing.push(format!("{path} needs {name}, which is not found")),
            }
        }
    }
    missing
}

/// The file that the loader takes: by RUNPATH, or without one by RPATH, then in the default directories.
fn find(content: &Content, path: &str, elf: &Elf, name: &str) -> Option<String> {
    if name.contains('/') {
        return content.resolve(name);
    }
    let origin = directory(path);
    let own = elf.search.iter().map(|entry| entry.replace("$ORIGIN", origin).replace("${ORIGIN}", origin));
    own.chain(default_directories(elf.machine)).find_map(|directory| {
        let file = content.resolve(&format!("{directory}/{name}"))?;
        content.elves.get(&file).is_some_and(|library| library.machine == elf.machine).then_some(file)
    })
}

/// The versions of symbols that the library does not have.
fn lacking(content: &Content, path: &str, elf: &Elf, name: &str, library: &str) -> Vec<String> {
    let wanted = elf.versions_needed.iter().filter(|(file, _)| file == name);
    let defined = &content.elves[library].versions;
    wanted
        .filter(|(_, version)| !defined.is_empty() && !defined.contains(version))
        .map(|(_, version)| format!("{path} needs {version} of {library}"))
        .collect()
}

/// A JVM opens its own library, by path, before the ones that need it by name: it lies below their directory.
fn opened_before(content: &Content, path: &str, name: &str) -> bool {
    let below = format!("{}/", directory(path));
    content
        .elves
        .keys()
        .any(|other| other.strip_prefix(&below).is_some_and(|rest| rest.rsplit('/').next() == Some(name)))
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
