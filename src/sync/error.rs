//! What stops a file from being read or written.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::{cause, remedy};
use crate::file_path::shown;
use crate::path::RelativePath;

/// Why a file was not read or written. Each message names the file.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A directory is where a file should be.
    #[error("`{}` is a directory, not a file", shown(path))]
    Directory {
        /// The path.
        path: PathBuf,
    },
    /// A device, a pipe or a socket is where a file should be.
    #[error("`{}` is not a regular file", shown(path))]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// A file is where a directory should be.
    #[error("`{}` should be a directory and is a file", shown(path))]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link is where a file or directory should be.
    #[error("`{}` is a symbolic link, and nothing is written through links", shown(path))]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A path that no generated file may have.
    #[error("`{}` has a part `{part}`: nothing is written there", shown(path))]
    Reserved {
        /// The path.
        path: PathBuf,
        /// The part.
        part: String,
    },
    /// The path of the fleet's services.toml or services.lock.
    #[error("`{}` is written by hand or by `dockwright lock`, not generated", shown(path))]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link leads nowhere.
    #[error("`{}` is a symbolic link that leads nowhere", shown(path))]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// Two wanted paths are one file.
    #[error("`{path}` and `{other}` are the same file")]
    SameFile {
        /// One path.
        path: RelativePath,
        /// The other.
        other: RelativePath,
    },
    /// A path is wanted as a file, and another one below it.
    #[error("`{path}` is wanted as a file and as a directory")]
    FileAndDirectory {
        /// The path.
        path: RelativePath,
    },
    /// A file is too large to be one of ours or a Dockerfile.
    #[error("`{}` has {size} bytes; more than {limit} are not read", shown(path))]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Somebody else wrote a file while we ran.
    #[error("`{}` changed while dockwright ran, and was left alone", shown(path))]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// The file holds bytes that are no text.
    #[error("`{}` is binary data, not a Dockerfile", shown(path))]
    Binary {
        /// The path.
        path: PathBuf,
    },
    /// The file is not UTF-8 text.
    #[error("{}:{line}:{column}: this is not UTF-8 text", shown(path))]
    NotUtf8 {
        /// The path.
        path: PathBuf,
        /// The line of the first wrong byte.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// A directory could not be walked through.
    #[error("cannot look through `{}`: {cause}", shown(path))]
    Walk {
        /// Where the walk began.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// Another run of dockwright is at work.
    #[error("another dockwright changes files in `{}`", shown(path))]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// There is no directory for journals.
    #[error("there is no home directory to keep the journal of a run in")]
    NoHome,
    /// The directory for journals cannot be used.
    #[error("cannot keep the journal of a run in `{}`: {}", shown(path), self::cause(cause))]
    State {
        /// The directory, or the journal.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Somebody else may have written what would be believed.
    #[error(
        "`{}` belongs to another user or can be written by one, so no journal in it is believed",
        shown(path)
    )]
    NotOwn {
        /// The directory, or the journal.
        path: PathBuf,
    },
    /// Something else has the name of the journal.
    #[error("`{}` is not a journal of dockwright", shown(path))]
    NotAJournal {
        /// The path.
        path: PathBuf,
    },
    /// A run was killed, and the file has been changed since by somebody else.
    #[error(
        "an interrupted run wanted to write `{}`, which has changed since; its journal is `{}`",
        shown(path),
        shown(journal)
    )]
    Interrupted {
        /// The file.
        path: PathBuf,
        /// The journal.
        journal: PathBuf,
    },
    /// The system refused to read.
    #[error("cannot read `{}`: {}", shown(path), self::cause(cause))]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The system refused to write.
    #[error("cannot write `{}`: {}", shown(path), self::cause(cause))]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The system refused to remove.
    #[error("cannot remove `{}`: {}", shown(path), self::cause(cause))]
    Remove {
        /// The path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl SyncError {
    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Directory { .. } | Self::NotRegular { .. } | Self::NotADirectory { .. } => {
                "move it away, or give the service another path"
            }
            Self::Link { .. } | Self::Dangling { .. } => "replace the link by the file or directory itself",
            Self::Reserved { .. } | Self::Taken { .. } => "give it another path",
            Self::SameFile { .. } | Self::FileAndDirectory { .. } => {
                "give each of them a path of its own; upper and lower case are no difference"
            }
            Self::TooLarge { .. } => "this is no Dockerfile; move it away",
            Self::Changed { .. } | Self::Busy { .. } => "run the command again",
            Self::Binary { .. } | Self::NotUtf8 { .. } => "mend the file, or leave it out of the paths",
            Self::NotAJournal { .. } => "move it away: the name is taken for interrupted runs",
            Self::Interrupted { .. } => {
                "bring the files to a state you trust, then remove the journal; `git diff` shows what was done"
            }
            Self::NoHome | Self::State { .. } | Self::NotOwn { .. } => {
                "set XDG_STATE_HOME to a directory of your own that you can write to"
            }
            Self::Walk { .. } => return None,
            Self::Read { cause, .. } | Self::Write { cause, .. } | Self::Remove { cause, .. } => {
                return remedy(cause);
            }
        })
    }

    /// Whether every other write will fail as well.
    pub(super) fn is_hopeless(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        matches!(self, Self::Write { cause, .. } | Self::Remove { cause, .. }
            if matches!(cause.kind(), StorageFull | ReadOnlyFilesystem | QuotaExceeded))
    }
}
