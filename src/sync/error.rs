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
    #[error("`{}` is a file, not a directory", shown(path))]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link is where a file or directory should be.
    #[error("`{}` is a symbolic link, and dockwright does not write through links", shown(path))]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A path that no generated file may have.
    #[error("`{}` contains `{part}`, where dockwright does not write", shown(path))]
    Reserved {
        /// The path.
        path: PathBuf,
        /// The part.
        part: String,
    },
    /// The path of the fleet's services.toml or services.lock.
    #[error("`{}` is a file that `gen` never writes", shown(path))]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link leads nowhere.
    #[error("`{}` is a broken symbolic link", shown(path))]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// Two generated paths are the same file.
    #[error("`{path}` and `{other}` are the same file")]
    SameFile {
        /// One path.
        path: RelativePath,
        /// The other.
        other: RelativePath,
    },
    /// A generated path is a file, and another one is below it.
    #[error("`{path}` is both a file and a directory of the output")]
    FileAndDirectory {
        /// The path.
        path: RelativePath,
    },
    /// A file is too large to be one of ours or a Dockerfile.
    #[error("`{}` is {size} bytes long; the limit is {limit}", shown(path))]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Somebody else wrote a file while we ran.
    #[error("`{}` changed while dockwright was running, and was left alone", shown(path))]
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
    #[error("cannot search `{}`: {cause}", shown(path))]
    Walk {
        /// Where the walk began.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// Another run of dockwright is at work.
    #[error("another dockwright is changing files in `{}`", shown(path))]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// There is no directory for journals.
    #[error("there is no home directory for the journal of the run")]
    NoHome,
    /// The directory for journals cannot be used.
    #[error("cannot write the journal of the run to `{}`: {}", shown(path), self::cause(cause))]
    State {
        /// The directory, or the journal.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Somebody else may have written what would be believed.
    #[error(
        "`{}` belongs to another user or is writable by one, so its journals are not trusted",
        shown(path)
    )]
    NotOwn {
        /// The directory, or the journal.
        path: PathBuf,
    },
    /// Something else has the name of the journal.
    #[error("`{}` is not a dockwright journal", shown(path))]
    NotAJournal {
        /// The path.
        path: PathBuf,
    },
    /// A run was killed, and the file has been changed since by somebody else.
    #[error(
        "an interrupted run was about to write `{}`, which has changed since; its journal is `{}`",
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
            Self::Link { .. } | Self::Dangling { .. } => "replace the link with the file or directory itself",
            Self::Reserved { .. } | Self::Taken { .. } => "give it another path",
            Self::SameFile { .. } | Self::FileAndDirectory { .. } => {
                "use different paths; upper and lower case do not distinguish them"
            }
            Self::TooLarge { .. } => "this is not a Dockerfile; move it away",
            Self::Changed { .. } | Self::Busy { .. } => "run the command again",
            Self::Binary { .. } | Self::NotUtf8 { .. } => "fix the file, or leave it out of the paths",
            Self::NotAJournal { .. } => "move it away: the name is reserved for interrupted runs",
            Self::Interrupted { .. } => {
                "restore the files to a state you trust, then remove the journal; `git diff` shows what changed"
            }
            Self::NoHome | Self::State { .. } | Self::NotOwn { .. } => {
                "set XDG_STATE_HOME to a directory that you own and can write to"
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
