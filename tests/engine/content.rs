//! What is in an image: every entry of its file system, with what the checks want to read of it.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};

use tar::{Archive, EntryType};

use crate::docker::docker;
use crate::elf::Elf;

/// Where Debian's distroless images, and ours, say which packages are in them.
pub(crate) const PACKAGES: &str = "/var/lib/dpkg/status.d";

pub(crate) enum Kind {
    Directory,
    File,
    Link(String),
    Other,
}

pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
}

#[derive(Default)]
pub(crate) struct Content {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) elves: BTreeMap<String, Elf>,
    /// The records of packages, by file name
    pub(crate) packages: BTreeMap<String, String>,
}

impl Content {
    /// Reads the file system of an image.
    pub(crate) fn of(image: &str) -> Result<Self, String> {
        Self::of_platform(image, "linux/amd64")
    }

    /// Reads the file system of an image of a platform; nothing of it runs.
    pub(crate) fn of_platform(image: &str, platform: &str) -> Result<Self, String> {
        let platform = format!("--platform={platform}");
        let container = docker(&["create", &platform, "--pull=never", "--network=none", image, "nothing"])?;
        let container = container.trim();
        let mut export = Command::new("docker")
            .args(["export", container])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let content =
            Self::read(export.stdout.take().expect("it is piped")).map_err(|e| format!("{image}: {e}"));
        let ended = export.wait().map_err(|e| e.to_string())?;
        docker(&["rm", container])?;
        if ended.success() { content } else { Err(format!("docker export {image}: {ended}")) }
    }

    fn read(export: impl Read) -> std::io::Result<Self> {
        let mut content = Self::default();
        let mut archive = Archive::new(export);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = format!("/{}", entry.path()?.to_string_lossy().trim_end_matches('/'));
            let target = entry.link_name()?.map(|target| target.to_string_lossy().into_owned());
            let kind = match (entry.header().entry_type(), target) {
                (EntryType::Directory, _) => Kind::Directory,
                (EntryType::Symlink, Some(target)) => Kind::Link(target),
                (EntryType::Link, Some(target)) => Kind::Link(format!("/{}", target.trim_start_matches('/'))),
                (EntryType::Regular, _) => Kind::File,
                _ => Kind::Other,
            };
            if matches!(kind, Kind::File) {
                let mut data = Vec::new();
                entry.read_to_end(&mut data)?;
                content.keep(&path, &data);
            }
            let (mode, uid) = (entry.header().mode()?, entry.header().uid()?);
            content.entries.insert(path, Entry { kind, mode, uid });
        }
        // The padding behind the last entry, without which the writer ends with a broken pipe.
        std::io::copy(&mut archive.into_inner(), &mut std::io::sink())?;
        Ok(content)
    }

    fn keep(&mut self, path: &str, data: &[u8]) {
        if data.starts_with(b"\x7fELF") {
            self.elves.insert(path.to_owned(), Elf::read(data));
        }
        if let Some(name) = path.strip_prefix(PACKAGES).and_then(|rest| rest.strip_prefix('/')) {
            self.packages.insert(name.to_owned(), String::from_utf8_lossy(data).into_owned());
        }
    }

    /// Where a path leads, links followed; none if it leads nowhere.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut at, mut links) = (String::new(), 0);
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." => at.truncate(at.rfind('/').unwrap_or(0)),
                name => {
                    let next = format!("{at}/{name}");
                    match &self.entries.get(&next)?.kind {
                        Kind::Link(target) => {
                            links += 1;
                            if links > 40 {
                                return None;
                            }
                            if target.starts_with('/') {
                                at.clear();
                            }
                            rest.extend(target.split('/').rev().map(str::to_owned));
                        }
                        _ => at = next,
                    }
                }
            }
        }
        Some(if at.is_empty() { "/".to_owned() } else { at })
    }
}
