//! A build of some services, in as many calls of bake as it takes.
//!
//! One call builds everything at once, and ends at the first failure. To keep going, each service is a call of its
//! own, a few at once: a failure then cancels no other. The builder runs a step that several calls have in common
//! once, whoever asked first. A service that stands on another begins when that one is built.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::bake::Bake;
use super::failure::is_passing;
use super::process::{Ended, News};
use super::progress::{Arrival, Change, Progress, Scope};
use super::stream::{Piece, Splitter};

/// How often whoever watches is told that time has passed.
const TICK: Duration = Duration::from_millis(100);

/// The lines of text that are kept of a call: the last ones say why it failed.
const KEPT: usize = 200;

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

/// How often a call is made again because the builder could not keep up.
const RETRIES: usize = 3;

/// So many calls in a row that fail for no service's reason say that the next one would as well.
const STRAYS: usize = 2;

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
    /// When it may be made.
    not_before: Duration,
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
                if build.running.is_empty() && build.waiting.is_empty() {
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

/// A build as it goes.
struct Build<'j> {
    job: &'j Job,
    start: Instant,
    progress: Progress,
    waiting: VecDeque<Call>,
    running: BTreeMap<usize, Call>,
    calls: usize,
    /// How many calls in a row failed for no service's reason.
    strays: usize,
    is_stopped: bool,
    result: Built,
}

impl<'j> Build<'j> {
    fn new(job: &'j Job) -> Self {
        let all = job.with_what_they_stand_on(&job.asked_for);
        let portions = if job.keep_going { 1 } else { job.asked_for.len().max(1) };
        let call = |targets: &[String]| Call {
            scope: Scope::default(),
            said: Vec::new(),
            targets: targets.to_vec(),
            retries: RETRIES,
            not_before: Duration::ZERO,
            splitter: Splitter::default(),
        };
        Self {
            job,
            start: Instant::now(),
            progress: Progress::new(all.iter().map(String::as_str), job.arrival),
            waiting: job.asked_for.chunks(portions).map(call).collect(),
            running: BTreeMap::new(),
            calls: 0,
            strays: 0,
            is_stopped: false,
            result: Built {
                built: Vec::new(),
                missing: Vec::new(),
                failures: Vec::new(),
                ended: Ended::Succeeded,
                took: Duration::ZERO,
            },
        }
    }

    /// The next call to make, if there is one and room for it.
    fn next(&mut self) -> Option<(usize, Bake)> {
        self.drop_lost();
        if self.running.len() >= self.job.at_once.max(1) {
            return None;
        }
        let now = self.start.elapsed();
        let is_ready = |call: &Call| call.not_before <= now && !self.waits_for_another(call);
        let place = self.waiting.iter().position(is_ready)?;
        let mut call = self.waiting.remove(place)?;
        self.calls += 1;
        call.scope = Scope { number: self.calls, names: self.job.with_what_they_stand_on(&call.targets) };
        let bake = Bake { targets: call.targets.clone(), ..self.job.bake.clone() };
        self.running.insert(self.calls, call);
        Some((self.calls, bake))
    }

    /// Whether it stands on what another call is to build.
    fn waits_for_another(&self, call: &Call) -> bool {
        let below = self.job.with_what_they_stand_on(&call.targets);
        let below: Vec<_> = below.iter().filter(|name| !call.targets.contains(name)).collect();
        let others = self.waiting.iter().chain(self.running.values());
        others.into_iter().any(|other| other.targets.iter().any(|target| below.contains(&target)))
    }

    /// Drops what is not to be asked for any more: all if the build is stopped, else what stands on a failure.
    fn drop_lost(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for mut call in waiting {
            let targets = std::mem::take(&mut call.targets);
            for target in targets {
                match self.why_lost(&target) {
                    Some(why) => self.result.missing.push((target, why)),
                    None => call.targets.push(target),
                }
            }
            if !call.targets.is_empty() {
                self.waiting.push_back(call);
            }
        }
    }

    fn why_lost(&self, name: &str) -> Option<Why> {
        let is_failed = |other: &String| {
            self.job.why_refused(other).is_some()
                || self.result.failures.iter().any(|failed| failed.target.as_ref() == Some(other))
                || self
                    .result
                    .missing
                    .iter()
                    .any(|(missing, why)| missing == other && *why != Why::NotReached)
        };
        let all = self.job.with_what_they_stand_on(&[name.to_owned()]);
        match all.into_iter().find(is_failed) {
            Some(cause) if cause == name => Some(self.job.why_refused(name).unwrap_or(Why::Failed)),
            Some(cause) => Some(Why::StandsOn(cause)),
            None => self.is_stopped.then_some(Why::NotReached),
        }
    }

    fn hear(&mut self, heard: Option<(usize, Heard)>, watch: &mut dyn Watch) -> io::Result<()> {
        match heard {
            None => watch.update(&self.progress, &[], self.start.elapsed()),
            Some((number, Heard::Output(portion))) => self.output(number, &portion, watch),
            Some((number, Heard::Ended(ended))) => {
                let ended = ended?;
                match self.running.remove(&number) {
                    Some(call) => self.ended(call, ended, watch),
                    None => Ok(()),
                }
            }
        }
    }

    fn output(&mut self, number: usize, portion: &[u8], watch: &mut dyn Watch) -> io::Result<()> {
        let now = self.start.elapsed();
        let Some(call) = self.running.get_mut(&number) else { return Ok(()) };
        let mut changes = Vec::new();
        for piece in call.splitter.push(portion) {
            match piece {
                Piece::Event(event) => changes.extend(self.progress.apply(event, &call.scope, now)),
                Piece::Text(line) => call.said.push(line),
            }
        }
        let surplus = call.said.len().saturating_sub(KEPT);
        call.said.drain(..surplus);
        watch.update(&self.progress, &changes, now)
    }

    fn ended(&mut self, mut call: Call, ended: Ended, watch: &mut dyn Watch) -> io::Result<()> {
        let now = self.start.elapsed();
        for piece in std::mem::take(&mut call.splitter).finish() {
            if let Piece::Text(line) = piece {
                call.said.push(line);
            }
        }
        if ended == Ended::Succeeded {
            let changes = self.progress.succeed(&call.scope, now);
            watch.update(&self.progress, &changes, now)?;
        } else {
            self.progress.cancel(&call.scope);
        }
        let built: Vec<_> = call.targets.extract_if(.., |name| self.progress.has_built(name)).collect();
        self.result.built.extend(built);
        match ended {
            Ended::Succeeded => {
                self.strays = 0;
                Ok(())
            }
            Ended::Interrupted => {
                self.result.ended = ended;
                self.give_up(call.targets, &Why::NotReached);
                self.is_stopped = true;
                Ok(())
            }
            Ended::Failed => self.failed(call, watch),
        }
    }

    fn failed(&mut self, mut call: Call, watch: &mut dyn Watch) -> io::Result<()> {
        let mut failures = self.job.failures(&call, &self.progress);
        let is_of_nobody = failures.iter().all(|failed| failed.target.is_none());
        if is_of_nobody && call.retries > 0 && failures.iter().all(|failed| is_passing(&failed.message)) {
            let wait = self.job.first_wait * (1 << (RETRIES - call.retries));
            call.retries -= 1;
            call.not_before = self.start.elapsed() + wait;
            call.said.clear();
            self.waiting.push_front(call);
            return watch.once_more(&failures);
        }
        if self.result.ended == Ended::Succeeded {
            self.result.ended = Ended::Failed;
        }
        let message = failures.first().map(|failed| failed.message.clone()).unwrap_or_default();
        // Two calls may fail for what a third service did, or for the same reason.
        failures.retain(|failed| !self.result.failures.contains(failed));
        watch.ended(&failures)?;
        let nothing_arrives =
            self.result.built.is_empty() && !is_of_nobody && failures.iter().all(|failed| failed.is_finished);
        self.result.failures.extend(failures);
        self.strays = if is_of_nobody { self.strays + 1 } else { 0 };
        self.is_stopped |= !self.job.keep_going || self.strays >= STRAYS || nothing_arrives;
        let rest = if is_of_nobody { Why::Engine(message) } else { Why::NotReached };
        self.give_up(call.targets, &rest);
        Ok(())
    }

    /// What of these is not built, and why, if no failure says it.
    fn give_up(&mut self, targets: Vec<String>, otherwise: &Why) {
        let why = |name: &str| match self.why_lost(name) {
            Some(why @ (Why::Failed | Why::StandsOn(_))) => why,
            _ => otherwise.clone(),
        };
        let lost: Vec<_> = targets.into_iter().map(|target| (target.clone(), why(&target))).collect();
        self.result.missing.extend(lost);
    }

    /// The result, in the order that was asked for.
    fn end(mut self) -> Built {
        let place = |name: &str| self.job.asked_for.iter().position(|asked| asked == name);
        self.result.built.sort_by_key(|name| place(name));
        self.result.missing.sort_by_key(|(name, _)| place(name));
        self.result.took = self.start.elapsed();
        self.result
    }
}

#[cfg(test)]
mod tests;
