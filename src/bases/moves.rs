//! What a move from one base to another implies.

use super::base::{Base, Shell};
use super::entry::{CLibrary, Interpreter, PackageManager, Release};
use super::packages::all_renamed;

/// One thing that is different after a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The files come from another release.
    Release {
        /// Before.
        from: Release,
        /// After.
        to: Release,
    },
    /// An interpreter has another version or path.
    Interpreter {
        /// Before.
        from: Interpreter,
        /// After.
        to: Interpreter,
    },
    /// An interpreter is no longer there.
    InterpreterLost(Interpreter),
    /// An interpreter is there that was not.
    InterpreterGained(Interpreter),
    /// The C library is another, or of another version.
    CLibrary {
        /// Before.
        from: CLibrary,
        /// After.
        to: CLibrary,
    },
    /// /bin, /sbin and /lib become links into /usr (or, if false, directories again).
    MergedUsr(bool),
    /// The shell, by its path, is no longer there.
    ShellLost(String),
    /// A shell, by its path, is there that was not.
    ShellGained(String),
    /// The package manager is no longer there, or another.
    PackageManager {
        /// Before.
        from: PackageManager,
        /// After.
        to: PackageManager,
    },
    /// The inherited user is another.
    User {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The inherited working directory is another.
    Workdir {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The inherited entry point is another.
    Entrypoint {
        /// Before.
        from: Vec<String>,
        /// After.
        to: Vec<String>,
    },
    /// The inherited command is another.
    Cmd {
        /// Before.
        from: Vec<String>,
        /// After.
        to: Vec<String>,
    },
    /// A variable of the inherited environment is set anew, or no longer.
    Env {
        /// Its name.
        name: String,
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// The new base is not published for these platforms.
    PlatformsLost(Vec<String>),
    /// Debian packages with another name in the new release, as (old, new), by old name.
    PackagesRenamed(Vec<(&'static str, &'static str)>),
}

/// What is different after a move between two bases. What either side does not know is no change.
pub fn changes(from: &Base, to: &Base) -> Vec<Change> {
    let mut changes = Vec::new();
    release(from, to, &mut changes);
    interpreters(from, to, &mut changes);
    system(from, to, &mut changes);
    configuration(from, to, &mut changes);
    let lost = |platform: &&String| !to.platforms.is_empty() && !to.platforms.contains(platform);
    let lost: Vec<_> = from.platforms.iter().filter(lost).cloned().collect();
    if !lost.is_empty() {
        changes.push(Change::PlatformsLost(lost));
    }
    changes
}

fn release(from: &Base, to: &Base, changes: &mut Vec<Change>) {
    let (Some(old), Some(new)) = (&from.release, &to.release) else { return };
    if old == new {
        return;
    }
    changes.push(Change::Release { from: old.clone(), to: new.clone() });
    if old.distribution == "debian" && new.distribution == "debian" {
        let renamed = all_renamed(&old.version, &new.version);
        if !renamed.is_empty() {
            changes.push(Change::PackagesRenamed(renamed));
        }
    }
}

fn interpreters(from: &Base, to: &Base, changes: &mut Vec<Change>) {
    for old in &from.interpreters {
        match to.interpreter(&old.name) {
            Some(new) if new == old => {}
            Some(new) => changes.push(Change::Interpreter { from: old.clone(), to: new.clone() }),
            None => changes.push(Change::InterpreterLost(old.clone())),
        }
    }
    let gained = to.interpreters.iter().filter(|new| from.interpreter(&new.name).is_none());
    changes.extend(gained.cloned().map(Change::InterpreterGained));
}

fn system(from: &Base, to: &Base, changes: &mut Vec<Change>) {
    if let (Some(from), Some(to)) = (&from.libc, &to.libc)
        && from != to
    {
        changes.push(Change::CLibrary { from: from.clone(), to: to.clone() });
    }
    if let (Some(from), Some(to)) = (from.merged_usr, to.merged_usr)
        && from != to
    {
        changes.push(Change::MergedUsr(to));
    }
    match (&from.shell, &to.shell) {
        (Some(Shell::Path(path)), Some(Shell::None)) => changes.push(Change::ShellLost(path.clone())),
        (Some(Shell::None), Some(Shell::Path(path))) => changes.push(Change::ShellGained(path.clone())),
        _ => {}
    }
    if let (Some(from), Some(to)) = (from.package_manager, to.package_manager)
        && from != to
        && from != PackageManager::None
    {
        changes.push(Change::PackageManager { from, to });
    }
}

fn configuration(from: &Base, to: &Base, changes: &mut Vec<Change>) {
    if from.user != to.user {
        changes.push(Change::User { from: from.user.clone(), to: to.user.clone() });
    }
    if from.workdir != to.workdir {
        changes.push(Change::Workdir { from: from.workdir.clone(), to: to.workdir.clone() });
    }
    if from.entrypoint != to.entrypoint {
        changes.push(Change::Entrypoint { from: from.entrypoint.clone(), to: to.entrypoint.clone() });
    }
    if from.cmd != to.cmd {
        changes.push(Change::Cmd { from: from.cmd.clone(), to: to.cmd.clone() });
    }
    let names: std::collections::BTreeSet<_> = from.env.keys().chain(to.env.keys()).collect();
    for name in names {
        let (old, new) = (from.env.get(name).cloned(), to.env.get(name).cloned());
        if old != new {
            changes.push(Change::Env { name: name.clone(), from: old, to: new });
        }
    }
}
