//! A build as it goes: which calls are due, what is heard of them, and what came of each service.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use super::{Built, Call, Failed, Heard, Job, Watch, Why};
use crate::engine::bake::Bake;
use crate::engine::failure::{is_lost_layer, is_passing};
use crate::engine::process::Ended;
use crate::engine::progress::{Progress, Scope};
use crate::engine::stream::{Piece, Splitter};

/// The lines of text that are kept of a call: the last ones say why it failed.
const KEPT: usize = 200;

/// How often a call is made again because the builder could not keep up, unless something of it was built.
pub(super) const RETRIES: usize = 3;

/// So many calls in a row that fail for no service's reason say that the next one would as well.
const STRAYS: usize = 2;

/// A build as it goes.
pub(super) struct Build<'j> {
    job: &'j Job,
    start: Instant,
    progress: Progress,
    waiting: VecDeque<Call>,
    running: BTreeMap<usize, Call>,
    calls: usize,
    /// How many calls are made at once.
    at_once: usize,
    /// Until when the engine is left alone.
    rest: Duration,
    /// How many calls in a row failed for no service's reason.
    strays: usize,
    /// The services that are built without the cache, which had lost a layer of theirs.
    afresh: BTreeSet<String>,
    /// Why nothing more is to be asked for.
    stopped: Option<Why>,
    result: Built,
}

impl Call {
    fn of(targets: &[String]) -> Self {
        Self {
            scope: Scope::default(),
            said: Vec::new(),
            targets: targets.to_vec(),
            retries: RETRIES,
            splitter: Splitter::default(),
        }
    }
}

impl<'j> Build<'j> {
    pub(super) fn new(job: &'j Job) -> Self {
        let all = job.with_what_they_stand_on(&job.asked_for);
        Self {
            job,
            start: Instant::now(),
            progress: Progress::new(all.iter().map(String::as_str), job.arrival),
            waiting: job.asked_for.chunks(job.portion()).map(Call::of).collect(),
            running: BTreeMap::new(),
            calls: 0,
            at_once: if job.keep_going { job.at_once.max(1) } else { 1 },
            rest: Duration::ZERO,
            strays: 0,
            afresh: BTreeSet::new(),
            stopped: None,
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
    pub(super) fn next(&mut self) -> Option<(usize, Bake)> {
        self.drop_lost();
        if self.running.len() >= self.at_once || self.start.elapsed() < self.rest {
            return None;
        }
        let place = self.waiting.iter().position(|call| !self.waits_for_another(call))?;
        let mut call = self.waiting.remove(place)?;
        self.calls += 1;
        call.scope = Scope { number: self.calls, names: self.job.with_what_they_stand_on(&call.targets) };
        let afresh = call.scope.names.iter().filter(|name| self.afresh.contains(*name)).cloned().collect();
        let bake = Bake { targets: call.targets.clone(), afresh, ..self.job.bake.clone() };
        self.running.insert(self.calls, call);
        Some((self.calls, bake))
    }

    /// Whether it stands on what another call is to build. Calls of many services may stand on each other: they are made
    /// one after the other, and bake builds what they stand on.
    fn waits_for_another(&self, call: &Call) -> bool {
        if !self.job.keep_going {
            return false;
        }
        let below = self.job.with_what_they_stand_on(&call.targets);
        let below: Vec<_> = below.iter().filter(|name| !call.targets.contains(name)).collect();
        let others = self.waiting.iter().chain(self.running.values());
        others.into_iter().any(|other| other.targets.iter().any(|target| below.contains(&target)))
    }

    /// Whether no call runs or waits.
    pub(super) fn is_over(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
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
            None => self.stopped.clone(),
        }
    }

    pub(super) fn hear(&mut self, heard: Option<(usize, Heard)>, watch: &mut dyn Watch) -> io::Result<()> {
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
        let has_built = !built.is_empty();
        self.result.built.extend(built);
        match ended {
            Ended::Succeeded => {
                self.strays = 0;
                Ok(())
            }
            Ended::Interrupted => {
                self.result.ended = ended;
                self.give_up(call.targets, &Why::NotReached);
                self.stopped = Some(Why::NotReached);
                Ok(())
            }
            Ended::Failed => self.failed(call, has_built, watch),
        }
    }

    fn failed(&mut self, call: Call, has_built: bool, watch: &mut dyn Watch) -> io::Result<()> {
        let mut failures = self.job.failures(&call, &self.progress);
        let is_of_nobody = failures.iter().all(|failed| failed.target.is_none());
        let may_pass = is_of_nobody && failures.iter().all(|failed| is_passing(&failed.message));
        if may_pass && (has_built || call.retries > 0) {
            self.ask_for_less(&call, has_built);
            return watch.once_more(&failures);
        }
        if self.begin_afresh(&call, &failures) {
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
        let rest = if is_of_nobody { Why::Engine(message) } else { Why::NotReached };
        if !self.job.keep_going || self.strays >= STRAYS || nothing_arrives {
            self.stopped = Some(rest.clone());
        }
        self.give_up(call.targets, &rest);
        Ok(())
    }

    /// Makes a call again, without the cache for services that failed because it had lost a layer, if that is all that
    /// failed and was not tried before.
    fn begin_afresh(&mut self, call: &Call, failures: &[Failed]) -> bool {
        let lost =
            failures.iter().map(|failed| failed.target.clone().filter(|_| is_lost_layer(&failed.message)));
        let Some(lost) = lost.collect::<Option<BTreeSet<String>>>() else { return false };
        if lost.is_empty() || lost.iter().any(|name| self.afresh.contains(name)) {
            return false;
        }
        for name in &lost {
            self.progress.forget(name);
        }
        self.afresh.extend(lost);
        self.waiting.push_front(Call { retries: call.retries, ..Call::of(&call.targets) });
        true
    }

    /// Makes a call again, as two of half its size one after the other, or with half as many beside it: the engine had too
    /// much to do at once.
    fn ask_for_less(&mut self, call: &Call, has_built: bool) {
        let retries = if has_built { call.retries } else { call.retries.saturating_sub(1) };
        self.rest = self.start.elapsed() + self.job.first_wait * (1 << (RETRIES - retries));
        self.at_once = (self.at_once / 2).max(1);
        let size = call.targets.len().div_ceil(2).max(1);
        for targets in call.targets.chunks(size).rev() {
            self.waiting.push_front(Call { retries, ..Call::of(targets) });
        }
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
    pub(super) fn end(mut self) -> Built {
        let place = |name: &str| self.job.asked_for.iter().position(|asked| asked == name);
        self.result.built.sort_by_key(|name| place(name));
        self.result.missing.sort_by_key(|(name, _)| place(name));
        self.result.took = self.start.elapsed();
        self.result
    }
}
