//! A build of some services, in as many calls of bake as it takes.
//!
//! One call builds everything at once, and ends at the first failure. To keep going, what failed and
//! what stands on it is left out, and the rest is asked for again: finished steps come from the build
//! cache, so a further call costs little more than the steps that the failure cancelled.

use std::io;
use std::time::{Duration, Instant};

use super::bake::Bake;
use super::failure::{Failure, is_passing, line_of};
use super::process::{Ended, News};
use super::progress::{Arrival, Change, Progress, Service, State, Step};
use super::step::one_line;
use super::stream::{Piece, Splitter};

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
const RETRIES: usize = 2;

/// A build.
#[derive(Debug)]
pub struct Job {
    /// The call, but for its targets.
    pub bake: Bake,
    /// Everything that can be built.
    pub targets: Vec<Target>,
    /// The names of what is to be built.
    pub asked_for: Vec<String>,
    /// When an image is where it should go.
    pub arrival: Arrival,
    /// Whether a failure leaves the others to be built.
    pub keep_going: bool,
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
pub type Runner<'r> = dyn FnMut(&Bake, &mut dyn FnMut(News<'_>) -> io::Result<()>) -> io::Result<Ended> + 'r;

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
    /// It stands on one that failed.
    StandsOn(String),
    /// The build ended before.
    NotReached,
}

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// The services that are built.
    pub built: Vec<String>,
    /// The services that are not.
    pub missing: Vec<(String, Why)>,
    /// How the last call ended.
    pub ended: Ended,
    /// How long it took.
    pub took: Duration,
}

/// What a call of bake left.
struct Call {
    ended: Ended,
    progress: Progress,
    said: Vec<String>,
}

impl Job {
    /// Builds.
    ///
    /// # Errors
    /// If the client cannot be run, or the build cannot be shown.
    pub fn run(&self, runner: &mut Runner<'_>, watch: &mut dyn Watch) -> io::Result<Built> {
        let start = Instant::now();
        let (mut built, mut missing) = (Vec::new(), Vec::new());
        let mut left = self.asked_for.clone();
        let mut retries = RETRIES;
        loop {
            let call = self.call(&left, start, runner, watch)?;
            let failures = if call.ended == Ended::Failed { self.failures(&call) } else { Vec::new() };
            if retries > 0 && failures.iter().any(|it| it.target.is_none() && is_passing(&it.message)) {
                retries -= 1;
                watch.once_more(&failures)?;
                continue;
            }
            watch.ended(&failures)?;
            let (done, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|name| call.has_built(name));
            left = rest;
            let failed: Vec<_> = failures.iter().filter_map(|failure| failure.target.clone()).collect();
            left.retain(|name| !self.is_lost(name, &failed, &mut missing));
            // Whatever no service is to blame for would fail the others as well; and a registry that
            // has taken nothing from one will take nothing from the next.
            let hopeless = failed.is_empty() || done.is_empty() && failures.iter().all(|it| it.is_finished);
            built.extend(done);
            if left.is_empty() || !self.keep_going || hopeless {
                missing.extend(left.into_iter().map(|name| (name, Why::NotReached)));
                let took = start.elapsed();
                return Ok(Built { built, missing, ended: call.ended, took });
            }
        }
    }

    fn call(
        &self,
        left: &[String],
        start: Instant,
        runner: &mut Runner<'_>,
        watch: &mut dyn Watch,
    ) -> io::Result<Call> {
        let bake = Bake { targets: left.to_vec(), ..self.bake.clone() };
        let mut progress = Progress::new(self.with_what_they_stand_on(left), self.arrival);
        let mut splitter = Splitter::default();
        let mut said = Vec::new();
        let ended = runner(&bake, &mut |news| {
            let now = start.elapsed();
            let mut changes = Vec::new();
            if let News::Output(portion) = news {
                for piece in splitter.push(portion) {
                    match piece {
                        Piece::Event(event) => changes.extend(progress.apply(event, now)),
                        Piece::Text(line) => said.push(line),
                    }
                }
            }
            let surplus = said.len().saturating_sub(KEPT);
            said.drain(..surplus);
            watch.update(&progress, &changes, now)
        })?;
        said.extend(splitter.finish().into_iter().filter_map(|piece| match piece {
            Piece::Text(line) => Some(line),
            Piece::Event(_) => None,
        }));
        if ended == Ended::Succeeded {
            let now = start.elapsed();
            let changes = progress.succeed(now);
            watch.update(&progress, &changes, now)?;
        }
        Ok(Call { ended, progress, said })
    }

    fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The targets, and what bake builds for their sake.
    fn with_what_they_stand_on<'a>(&'a self, names: &'a [String]) -> Vec<&'a str> {
        let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut next = 0;
        while let Some(name) = all.get(next).copied() {
            next += 1;
            let below = self.target(name).map_or(&[][..], |target| &target.stands_on);
            let new: Vec<_> = below.iter().map(String::as_str).filter(|other| !all.contains(other)).collect();
            all.extend(new);
        }
        all
    }

    /// Whether a service failed or stands on one that did; why goes to `missing`.
    fn is_lost(&self, name: &str, failed: &[String], missing: &mut Vec<(String, Why)>) -> bool {
        let name_only = [name.to_owned()];
        let all = self.with_what_they_stand_on(&name_only);
        let Some(cause) = all.into_iter().find(|other| failed.iter().any(|failed| failed == other)) else {
            return false;
        };
        let why = if cause == name { Why::Failed } else { Why::StandsOn(cause.to_owned()) };
        missing.push((name.to_owned(), why));
        true
    }

    /// Why a call failed: for each service that did, or once if it was none's doing.
    fn failures(&self, call: &Call) -> Vec<Failed> {
        let said = Failure::new(&call.said);
        let failed: Vec<_> = call.progress.services().iter().filter(|it| it.state == State::Failed).collect();
        if failed.is_empty() {
            return vec![self.failure_without_a_step(call, said)];
        }
        failed.into_iter().map(|service| self.failure(call, service, &said)).collect()
    }

    fn failure(&self, call: &Call, service: &Service, said: &Failure) -> Failed {
        let step = service.failed_step();
        let is_finished = step.is_some_and(|step| step.name.is_export());
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
            file: dockerfile.filter(|_| line.is_some()),
            line,
            excerpt: place.map(|place| place.excerpt.clone()).unwrap_or_default(),
            step: step.map(|step| step.name.action.clone()).unwrap_or_default(),
            // An export prints only how often it tried.
            last_lines: step.filter(|_| !is_finished).map_or_else(Vec::new, |step| {
                call.progress.last_lines(step).into_iter().map(str::to_owned).collect()
            }),
        }
    }

    /// A failure before or after the steps. If buildx names a file that only one service can mean, it
    /// is that service's.
    fn failure_without_a_step(&self, call: &Call, said: Failure) -> Failed {
        let names: Vec<&str> = call.progress.services().iter().map(|service| service.name.as_str()).collect();
        let meant: Vec<&Target> = self
            .targets
            .iter()
            .filter(|target| names.contains(&target.name.as_str()))
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
            message: one_line(&message.unwrap_or_else(|| "the client does not say why".to_owned())),
            file: target
                .map(|target| target.dockerfile.clone())
                .or_else(|| said.place.as_ref().map(|place| place.file.clone())),
            line: said.place.as_ref().map(|place| place.line),
            excerpt: said.place.map(|place| place.excerpt).unwrap_or_default(),
            step: String::new(),
            last_lines: Vec::new(),
        }
    }
}

impl Call {
    fn has_built(&self, name: &str) -> bool {
        self.progress.services().iter().any(|service| service.name == name && service.state == State::Built)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bake::{Attest, Output};

    /// Remembers what was shown.
    #[derive(Default)]
    struct Seen {
        failures: Vec<Failed>,
        retries: usize,
    }

    impl Watch for Seen {
        fn update(&mut self, _: &Progress, _: &[Change], _: Duration) -> io::Result<()> {
            Ok(())
        }

        fn once_more(&mut self, _: &[Failed]) -> io::Result<()> {
            self.retries += 1;
            Ok(())
        }

        fn ended(&mut self, failures: &[Failed]) -> io::Result<()> {
            self.failures.extend_from_slice(failures);
            Ok(())
        }
    }

    fn job(keep_going: bool) -> Job {
        let target = |(name, stands_on): &(&str, &[&str])| Target {
            name: (*name).to_owned(),
            dockerfile: format!("{name}/Dockerfile"),
            stands_on: stands_on.iter().map(|&other| other.to_owned()).collect(),
        };
        let targets: &[(&str, &[&str])] =
            &[("low", &[]), ("mid", &["low"]), ("top", &["mid"]), ("one", &[]), ("two", &[])];
        Job {
            bake: Bake {
                directory: "generated".into(),
                tree: "/src".into(),
                builder: None,
                platforms: Vec::new(),
                output: Output::Load,
                attest: Attest::Nothing,
                stamp: None,
                registry: "docker.io".to_owned(),
                passed: Vec::new(),
                targets: Vec::new(),
            },
            targets: targets.iter().map(target).collect(),
            asked_for: ["low", "top", "one", "two"].map(str::to_owned).to_vec(),
            arrival: Arrival::Exported,
            keep_going,
        }
    }

    fn step(name: &str, error: &str) -> String {
        let step = serde_json::json!({"vertexes": [{
            "digest": name, "name": name, "started": "t", "completed": "t", "error": error,
        }]});
        format!("{step}\n")
    }

    fn exported(service: &str) -> String {
        step(&format!("[{service}] exporting to image"), "")
    }

    /// Runs a job whose calls go as said, and gives what they were asked for.
    fn play(job: &Job, calls: &[(String, Ended)]) -> (Built, Seen, Vec<Vec<String>>) {
        let (mut seen, mut asked, mut calls) = (Seen::default(), Vec::new(), calls.iter());
        let built = job.run(
            &mut |bake, take| {
                asked.push(bake.targets.clone());
                let (output, ended) = calls.next().expect("no more calls than said");
                take(News::Output(output.as_bytes()))?;
                Ok(*ended)
            },
            &mut seen,
        );
        assert_eq!(calls.next(), None, "a call was not made");
        (built.unwrap(), seen, asked)
    }

    fn missing(built: &Built) -> Vec<(&str, &Why)> {
        built.missing.iter().map(|(name, why)| (name.as_str(), why)).collect()
    }

    #[test]
    fn without_keep_going_the_first_failure_ends_it() {
        let output = exported("one") + &step("[low 1/1] RUN false", "exit code: 1");
        let (built, seen, _) = play(&job(false), &[(output, Ended::Failed)]);
        assert_eq!(built.built, ["one"]);
        let on_low = Why::StandsOn("low".to_owned());
        assert_eq!(missing(&built), [("low", &Why::Failed), ("top", &on_low), ("two", &Why::NotReached)]);
        assert_eq!(seen.failures[0].target.as_deref(), Some("low"));
    }

    #[test]
    fn to_keep_going_the_rest_is_asked_for_again() {
        let first = step("[mid 1/1] RUN false", "exit code: 1") + &exported("one");
        let (built, seen, asked) =
            play(&job(true), &[(first, Ended::Failed), (String::new(), Ended::Succeeded)]);
        assert_eq!(asked, [vec!["low", "top", "one", "two"], vec!["low", "two"]]);
        assert_eq!(built.built, ["one", "low", "two"]);
        assert_eq!(missing(&built), [("top", &Why::StandsOn("mid".to_owned()))]);
        // `mid` was not asked for: it failed all the same.
        assert_eq!(seen.failures[0].target.as_deref(), Some("mid"));
    }

    #[test]
    fn a_registry_that_takes_nothing_is_asked_once() {
        let output: String = ["low", "one"]
            .iter()
            .map(|name| step(&format!("[{name}] exporting to image"), "failed to push: connection refused"))
            .collect();
        let (built, seen, _) = play(&job(true), &[(output, Ended::Failed)]);
        assert!(seen.failures.iter().all(|failed| failed.is_finished));
        assert_eq!(missing(&built).last(), Some(&("two", &Why::NotReached)));
    }

    #[test]
    fn a_failure_that_is_no_service_s_ends_it() {
        let output = "ERROR: failed to read docker-bake.hcl\n".to_owned();
        let (built, seen, _) = play(&job(true), &[(output, Ended::Failed)]);
        assert_eq!(seen.failures[0].target, None);
        assert_eq!(seen.failures[0].message, "failed to read docker-bake.hcl");
        assert_eq!(built.missing.len(), 4);
    }

    #[test]
    fn a_mistake_in_a_dockerfile_is_its_service_s() {
        let output = "one/Dockerfile:2\n--------------------\n   2 | >>> FOO\n--------------------\nERROR: failed to solve: unknown instruction: FOO";
        let (built, seen, _) =
            play(&job(true), &[(output.to_owned(), Ended::Failed), (String::new(), Ended::Succeeded)]);
        assert_eq!(seen.failures[0].target.as_deref(), Some("one"));
        assert_eq!(
            (seen.failures[0].file.as_deref(), seen.failures[0].line),
            (Some("one/Dockerfile"), Some(2))
        );
        assert_eq!(missing(&built), [("one", &Why::Failed)]);
    }

    #[test]
    fn a_builder_that_cannot_keep_up_is_asked_again_but_not_for_ever() {
        let late = || ("ERROR: DeadlineExceeded: context deadline exceeded\n".to_owned(), Ended::Failed);
        let (built, seen, _) = play(&job(false), &[late(), (String::new(), Ended::Succeeded)]);
        assert_eq!((built.missing.len(), seen.retries), (0, 1));
        let (built, seen, _) = play(&job(false), &[late(), late(), late()]);
        assert_eq!((built.missing.len(), seen.retries), (4, RETRIES));
    }

    #[test]
    fn an_interrupt_is_not_a_failure() {
        let (built, seen, _) = play(&job(true), &[(exported("two"), Ended::Interrupted)]);
        assert_eq!((built.ended, built.built.len(), seen.failures.len()), (Ended::Interrupted, 1, 0));
    }
}
