//! What a failed call comes to: whose failure it is, where, and what was printed last.

use super::failure::{Failure, line_of};
use super::job::{Call, Failed, Job, Target};
use super::progress::{Progress, Service, State, Step};
use super::step::one_line;
use crate::file_path::shown_in;

impl Job {
    /// Why a call failed: for each service that did, or once if it was none's doing.
    pub(super) fn failures(&self, call: &Call, progress: &Progress) -> Vec<Failed> {
        let said = Failure::new(&call.said);
        let is_failed = |it: &&Service| it.state == State::Failed && call.scope.has(&it.name);
        let failed: Vec<_> = progress.services().iter().filter(is_failed).collect();
        if failed.is_empty() {
            return vec![self.failure_without_a_step(call, said)];
        }
        failed.into_iter().map(|service| self.failure(progress, service, &said)).collect()
    }

    fn failure(&self, progress: &Progress, service: &Service, said: &Failure) -> Failed {
        let step = service.failed_step();
        let is_finished = step.is_some_and(|step| step.name.is_delivery());
        let message = step.and_then(Step::error).unwrap_or_default();
        let dockerfile = self.target(&service.name).map(|target| target.dockerfile.clone());
        // buildx speaks of one failure only, however many there were.
        let is_of_this = said.message.as_ref().is_some_and(|said| said.contains(message));
        let place = said.place.as_ref().filter(|_| is_of_this);
        let numbered = || {
            let (stage, number) = step?.name.number()?;
            let text = std::fs::read_to_string(self.bake.directory.join(dockerfile.as_ref()?)).ok()?;
            line_of(&text, stage, number)
        };
        let line = place.map(|place| place.line).or_else(numbered);
        Failed {
            target: Some(service.name.clone()),
            is_finished,
            message: one_line(message),
            file: dockerfile.filter(|_| line.is_some()).map(|file| self.path(&file)),
            line,
            excerpt: place.map(|place| place.excerpt.clone()).unwrap_or_default(),
            step: step.map(|step| step.name.action.clone()).unwrap_or_default(),
            // An export prints only how often it tried.
            last_lines: step.filter(|_| !is_finished).map_or_else(Vec::new, |step| {
                progress.last_lines(step).into_iter().map(str::to_owned).collect()
            }),
        }
    }

    fn path(&self, dockerfile: &str) -> String {
        shown_in(&self.bake.directory, dockerfile)
    }

    /// A failure before or after the steps. If buildx names a file that only one service can mean, it
    /// is that service's.
    fn failure_without_a_step(&self, call: &Call, said: Failure) -> Failed {
        let meant: Vec<&Target> = self
            .targets
            .iter()
            .filter(|target| call.scope.has(&target.name))
            .filter(|target| {
                said.place.as_ref().is_some_and(|place| {
                    target.dockerfile == place.file
                        || target.dockerfile.ends_with(&format!("/{}", place.file))
                })
            })
            .collect();
        let target = if let [only] = meant[..] { Some(only) } else { None };
        let message = said.message.or_else(|| call.said.last().cloned());
        Failed {
            target: target.map(|target| target.name.clone()),
            is_finished: false,
            message: one_line(&message.unwrap_or_else(|| "the client gives no reason".to_owned())),
            file: target
                .map(|target| self.path(&target.dockerfile))
                .or_else(|| said.place.as_ref().map(|place| place.file.clone())),
            line: said.place.as_ref().map(|place| place.line),
            excerpt: said.place.map(|place| place.excerpt).unwrap_or_default(),
            step: String::new(),
            last_lines: Vec::new(),
        }
    }
}
