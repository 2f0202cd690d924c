//! Carrying out a plan: each file whole or not at all.

use super::output::Output;
use super::writer::{Waiting, Writer};
use super::{Action, Plan, PlannedFile, SyncError};

/// What came of a plan.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The files that were written or removed, in the plan's order.
    pub changed: Vec<&'a PlannedFile>,
    /// What went wrong. The files concerned are as they were.
    pub errors: Vec<SyncError>,
}

/// Writes and removes the files of a plan, below an output directory.
///
/// All new contents are written and made durable before the first one takes its place. A file that is
/// no longer what was read is left alone and reported. A failure stops nothing but its own file,
/// unless no other write can do better (a full or read-only disk). Directories that lose their last
/// file go as well, up to the output directory.
pub fn apply<'a>(output: &Output, plan: &'a Plan) -> Applied<'a> {
    let mut applied = Applied { changed: Vec::new(), errors: Vec::new() };
    if let Err(error) = carry_out(output, plan, &mut applied) {
        applied.errors.push(error);
    }
    applied
}

/// Stops at the first failure that would meet every other file as well.
fn carry_out<'a>(output: &Output, plan: &'a Plan, applied: &mut Applied<'a>) -> Result<(), SyncError> {
    let files: Vec<_> = plan.changes().collect();
    let mut writer = Writer::new(output, files.len())?;
    if files.is_empty() {
        return Ok(());
    }
    let contents = files.iter().map(|file| file.new.as_ref().map(String::as_bytes)).collect();
    let mut ready = Vec::new();
    let mut stopped = None;
    for (file, staged) in files.into_iter().zip(writer.stage(contents)) {
        match staged {
            Ok(staged) => ready.push((file, staged)),
            Err(cause) => {
                let error = SyncError::Write { path: writer.shown(file.path.as_str()), cause };
                if error.is_hopeless() {
                    stopped = Some(error);
                    break;
                }
                applied.errors.push(error);
            }
        }
    }
    writer.sync()?;
    for (file, staged) in ready {
        match change(&mut writer, file, staged.as_ref()) {
            Ok(true) => applied.changed.push(file),
            Ok(false) => {}
            Err(error) if error.is_hopeless() => return Err(error),
            Err(error) => applied.errors.push(error),
        }
    }
    writer.sync()?;
    stopped.map_or(Ok(()), Err)
}

/// Carries out one change; `false` if somebody else did it already.
fn change(writer: &mut Writer<'_>, file: &PlannedFile, new: Option<&Waiting<'_>>) -> Result<bool, SyncError> {
    let path = file.path.as_str();
    let now = writer.look(path)?;
    let content = now.as_ref().map(|now| &now.content[..]);
    // Another run may have done the same already.
    if content == file.new.as_ref().map(String::as_bytes) {
        return Ok(false);
    }
    if content != file.old.as_deref() {
        return Err(SyncError::Changed { path: writer.shown(path) });
    }
    let Some(new) = new.filter(|_| file.action != Action::Remove) else {
        return writer.remove(path).map(|()| true);
    };
    match writer.put(path, new, now.as_ref()) {
        Err(error @ SyncError::Changed { .. }) => {
            let now = writer.look(path)?.map(|now| now.content);
            if now.as_deref() == file.new.as_ref().map(String::as_bytes) { Ok(false) } else { Err(error) }
        }
        done => done.map(|()| true),
    }
}
