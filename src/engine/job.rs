//! A build of some services, in as many calls of bake as it takes.
//!
//! One call builds everything at once, and ends at the first failure. To keep going, each service is a call of its
//! own, a few at once: a failure then cancels no other. An engine that could not keep up is asked for less at once. The builder runs a step that several calls have in common
//! once, whoever asked first. A service that stands on another begins when that one is built.

mod build;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use self::build::Build;
use super::bake::Bake;
use super::process::{Ended, News};
use super::progress::{Arrival, Change, Progress, Scope};
use super::stream::Splitter;

/// How often whoever watches is told that time has passed.
const TICK: Duration = Duration::from_millis(100);

/// What can be built.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name of the service.
    pub name: String,
    /// Its Dockerfile, below the directory of the bake file.
    pub dockerfile: String,
    /// The services whose images it stands on.
    pub stands_on: Vec<String>,
}

/// A build.
#[derive(Debug)]
pub struct Job {
    /// The call, but for its targets.
    pub bake: Bake,
    /// Everything that can be built.
    pub targets: Vec<Target>,
    /// The names of what is to be built.
    pub asked_for: Vec<String>,
    /// Those that cannot be built, each with the cause: they are not asked for.
    pub refused: Vec<(String, String)>,
    /// When an image is where it should go.
    pub arrival: Arrival,
    /// Whether a failure leaves the others to be built.
    pub keep_going: bool,
    /// How many calls are made at once to keep going.
    pub at_once: usize,
    /// The wait before a call is made again, doubled each time.
    pub first_wait: Duration,
}

/// Whoever watches a build.
pub trait Watch {
    /// Something has changed, or some time has passed.
    ///
    /// # Errors
    /// If it cannot be shown, which ends the build.
    fn update(&mut self, progress: &Progress, changes: &[Change], now: Duration) -> io::Result<()>;

    /// A call has failed for a reason that may pass, and is made again.
    ///
    /// # Errors
    /// As for [`Watch::update`].
    fn once_more(&mut self, failures: &[Failed]) -> io::Result<()>;

    /// A call has ended, with these failures.
    ///
    /// # Errors
    /// As for [`Watch::update`].
    fn ended(&mut self, failures: &[Failed]) -> io::Result<()>;
}

/// Makes a call, and hands on what is heard of it.
pub type Runner<'r> =
    dyn Fn(&Bake, &mut dyn FnMut(News<'_>) -> io::Result<()>) -> io::Result<Ended> + Sync + 'r;

/// Why something could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The service; none if the failure is no service's.
    pub target: Option<String>,
    /// Whether the image was built, and could not be handed over.
    pub is_finished: bool,
    /// What is wrong.
    pub message: String,
    /// The Dockerfile.
    pub file: Option<String>,
    /// The line of it.
    pub line: Option<usize>,
    /// The lines around that.
    pub excerpt: Vec<String>,
    /// The step that failed.
    pub step: String,
    /// The last lines that it printed.
    pub last_lines: Vec<String>,
}

/// Why a service was not built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It failed.
    Failed,
    /// It was not asked for, since it cannot be built.
    Refused(String),
    /// It stands on one that failed.
    StandsOn(String),
    /// The build ended before.
    NotReached,
    /// The engine did not build it, and the service is not to blame.
    Engine(String),
}

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// The services that are built.
    pub built: Vec<String>,
    /// The services that are not.
    pub missing: Vec<(String, Why)>,
    /// Why services failed.
    pub failures: Vec<Failed>,
    /// How the last call ended.
    pub ended: Ended,
    /// How long it took.
    pub took: Duration,
}

/// A call of bake that is made, or to be made.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) scope: Scope,
    /// The lines of text that it left.
    pub(super) said: Vec<String>,
    targets: Vec<String>,
    retries: usize,
    splitter: Splitter,
}

/// What is heard of a call.
enum Heard {
    Output(Vec<u8>),
    Ended(io::Result<Ended>),
}

impl Job {
    /// Builds.
    ///
    /// # Errors
    /// If the client cannot be run, or the build cannot be shown.
    pub fn run(&self, runner: &Runner<'_>, watch: &mut dyn Watch) -> io::Result<Built> {
        let mut build = Build::new(self);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            loop {
                while let Some((number, bake)) = build.next() {
                    let (sender, stop) = (sender.clone(), &stop);
                    scope.spawn(move || make(number, &bake, runner, stop, &sender));
                }
                if build.is_over() {
                    return Ok(());
                }
                if let Err(error) = build.hear(receiver.recv_timeout(TICK).ok(), watch) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        })?;
        Ok(build.end())
    }

    /// The calls, if none of them fails: what cannot be built, and what stands on it, is in none.
    pub fn calls(&self) -> Vec<Bake> {
        let is_refused = |name: &String| self.why_refused(name).is_some();
        let is_lost =
            |name: &&String| self.with_what_they_stand_on(&[(*name).clone()]).iter().any(is_refused);
        let (_, left): (Vec<_>, Vec<_>) = self.asked_for.iter().partition(is_lost);
        let left: Vec<String> = left.into_iter().cloned().collect();
        let call = |targets: &[String]| Bake { targets: targets.to_vec(), ..self.bake.clone() };
        left.chunks(self.portion()).map(call).collect()
    }

    /// How many services are built by one call.
    fn portion(&self) -> usize {
        if self.keep_going { 1 } else { self.asked_for.len().max(1) }
    }

    pub(super) fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    fn why_refused(&self, name: &str) -> Option<Why> {
        let (_, cause) = self.refused.iter().find(|(refused, _)| refused == name)?;
        Some(Why::Refused(cause.clone()))
    }

    /// The targets, and what bake builds for their sake.
    fn with_what_they_stand_on(&self, names: &[String]) -> Vec<String> {
        let mut all = names.to_vec();
        let mut next = 0;
        while let Some(name) = all.get(next) {
            next += 1;
            let below = self.target(name).map_or(&[][..], |target| &target.stands_on);
            let new: Vec<_> = below.iter().filter(|other| !all.contains(other)).cloned().collect();
            all.extend(new);
        }
        all
    }
}

/// Makes a call, and sends on what is heard of it.
fn make(number: usize, bake: &Bake, runner: &Runner<'_>, stop: &AtomicBool, sender: &Sender<(usize, Heard)>) {
    // Nobody listens any more once the build has ended.
    let send = |heard| drop(sender.send((number, heard)));
    let ended = runner(bake, &mut |news| {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if let News::Output(portion) = news {
            send(Heard::Output(portion.to_vec()));
        }
        Ok(())
    });
    send(Heard::Ended(ended));
}

#[cfg(test)]
mod tests;
