//! What an ELF file says of the libraries it needs: its dynamic section and its version tables.

use std::collections::BTreeSet;

use object::elf::{DT_NEEDED, DT_RPATH, DT_RUNPATH, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

#[derive(Default)]
pub(crate) struct Elf {
    pub(crate) machine: u16,
    /// The loader, of a program
    pub(crate) interpreter: Option<String>,
    pub(crate) needed: Vec<String>,
    /// The directories of RUNPATH, or of RPATH where there is none
    pub(crate) search: Vec<String>,
    /// Versions of symbols: the library that has them, and the version
    pub(crate) versions_needed: Vec<(String, String)>,
    /// The versions that it defines itself
    pub(crate) versions: BTreeSet<String>,
    /// Why it could not be read
    pub(crate) unreadable: Option<String>,
}

impl Elf {
    pub(crate) fn read(data: &[u8]) -> Self {
        let elf = match FileKind::parse(data) {
            Ok(FileKind::Elf64) => Self::parse::<FileHeader64<Endianness>>(data),
            Ok(FileKind::Elf32) => Self::parse::<FileHeader32<Endianness>>(data),
            Ok(other) => return Self { unreadable: Some(format!("{other:?}")), ..Self::default() },
            Err(e) => Err(e),
        };
        elf.unwrap_or_else(|e| Self { unreadable: Some(e.to_string()), ..Self::default() })
    }

    fn parse<Header: FileHeader<Endian = Endianness>>(data: &[u8]) -> object::Result<Self> {
        let header = Header::parse(data)?;
        let endian = header.endian()?;
        let mut elf = Self { machine: header.e_machine(endian), ..Self::default() };
        for segment in header.program_headers(endian, data)? {
            if let Some(path) = segment.interpreter(endian, data)? {
                elf.interpreter = Some(text(path));
            }
        }

        let sections = header.sections(endian, data)?;
        let dynamic = sections.dynamic_table(endian, data)?;
        let (mut runpath, mut rpath) = (Vec::new(), Vec::new());
        for entry in &dynamic {
            let list = match entry.tag {
                DT_NEEDED => {
                    elf.needed.push(text(dynamic.string(entry)?));
                    continue;
                }
                DT_RUNPATH => &mut runpath,
                DT_RPATH => &mut rpath,
                _ => continue,
            };
            list.extend(text(dynamic.string(entry)?).split(':').map(str::to_owned));
        }
        elf.search = if runpath.is_empty() { rpath } else { runpath };

        if let Some((mut needs, strings)) = sections.gnu_verneed(endian, data)? {
            let strings = sections.strings(endian, data, strings)?;
            while let Some((file, mut versions)) = needs.next()? {
                let file = text(file.file(endian, strings)?);
                while let Some(version) = versions.next()? {
                    elf.versions_needed.push((file.clone(), text(version.name(endian, strings)?)));
                }
            }
        }
        if let Some((mut definitions, strings)) = sections.gnu_verdef(endian, data)? {
            let strings = sections.strings(endian, data, strings)?;
            while let Some((_, mut names)) = definitions.next()? {
                if let Some(name) = names.next()? {
                    elf.versions.insert(text(name.name(endian, strings)?));
                }
            }
        }
        Ok(elf)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
