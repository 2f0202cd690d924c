//! Where each service of a build is, from the events. Pure: whoever calls says what time it is.

mod printed;

use std::collections::HashMap;
use std::time::Duration;

use self::printed::Printed;
use super::failure::{is_of_another_push, is_passing};
use super::step::{StepName, one_line};
use super::stream::{Event, Log, Status, Vertex};

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing was heard of it yet.
    Waiting,
    /// Steps of it are running or still to come.
    Building,
    /// Its image is there.
    Built,
    /// A step of it failed.
    Failed,
}

/// When an image is where it should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Once the builder has exported it.
    Exported,
    /// Once it is in the registry.
    Pushed,
    /// Once the images of several nodes are put together: each exports its own platforms.
    Merged,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Done,
    Cached,
    /// Another step failed, the build was interrupted, the builder could not keep up, or it is not needed.
    Cancelled,
    Failed(String),
}

impl End {
    fn of(vertex: Vertex, name: &StepName) -> Self {
        // A cache that is not there yet ends no build.
        let is_optional = vertex.name.contains("importing cache manifest from");
        if vertex.error.contains("context canceled")
            || is_passing(&vertex.error)
            || is_of_another_push(&name.action, &vertex.error)
            || is_optional && !vertex.error.is_empty()
        {
            Self::Cancelled
        } else if !vertex.error.is_empty() {
            Self::Failed(vertex.error)
        } else if vertex.cached {
            Self::Cached
        } else {
            Self::Done
        }
    }
}

/// A step of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is called.
    pub name: StepName,
    /// When it was first seen running.
    pub began: Option<Duration>,
    digest: String,
    /// The call that it was last heard of in.
    call: usize,
    end: Option<End>,
    /// Whether it sends an image to a registry.
    pushes: bool,
}

impl Step {
    /// Why it failed.
    pub fn error(&self) -> Option<&str> {
        if let Some(End::Failed(error)) = &self.end { Some(error) } else { None }
    }

    fn is_running(&self) -> bool {
        self.began.is_some() && self.end.is_none()
    }

    fn is_done(&self) -> bool {
        matches!(self.end, Some(End::Done | End::Cached))
    }
}

/// A call of bake: its number, and the services that it builds.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The number, which no other call of the build has.
    pub number: usize,
    /// The names.
    pub names: Vec<String>,
}

impl Scope {
    /// Whether it builds a service.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|other| other == name)
    }
}

/// A service that is built.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: State,
    /// When it was first heard of.
    pub began: Option<Duration>,
    /// When it was built or failed.
    pub ended: Option<Duration>,
    steps: Vec<Step>,
}

impl Service {
    /// The step that is running: of several the one that began last; in between two, the last one.
    pub fn current(&self) -> Option<&Step> {
        let begun = self.steps.iter().filter(|step| step.began.is_some());
        begun.max_by_key(|step| (step.is_running(), step.began))
    }

    /// The step that failed.
    pub fn failed_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.error().is_some())
    }

    /// Whether every instruction was in the build cache.
    pub fn is_from_cache(&self) -> bool {
        let mut instructions = self.steps.iter().filter(|step| step.name.is_instruction()).peekable();
        instructions.peek().is_some()
            && instructions.all(|step| step.end != Some(End::Done) || step.name.action.starts_with("FROM"))
    }

    /// How long it took, or has taken until now.
    pub fn elapsed(&self, now: Duration) -> Duration {
        let began = self.began.unwrap_or(now);
        self.ended.unwrap_or(now).saturating_sub(began)
    }
}

/// Something to say to people who read a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A step of a service ended and was not in the cache.
    Step {
        /// The index of the service.
        service: usize,
        /// What the step is called.
        name: StepName,
        /// How long it took.
        took: Duration,
    },
    /// A service was built, or failed.
    Ended {
        /// The index of the service.
        service: usize,
    },
}

/// Where the services of a build are.
#[derive(Debug)]
pub struct Progress {
    services: Vec<Service>,
    arrival: Arrival,
    /// What each step printed last, by call and digest; the last line may be incomplete.
    logs: HashMap<(usize, String), Printed>,
    /// What each step is doing in detail, by digest.
    details: HashMap<String, String>,
}

impl Progress {
    /// A build of these services.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, arrival: Arrival) -> Self {
        let service = |name: &str| Service {
            name: name.to_owned(),
            state: State::Waiting,
            began: None,
            ended: None,
            steps: Vec::new(),
        };
        let services = names.into_iter().map(service).collect();
        Self { services, arrival, logs: HashMap::new(), details: HashMap::new() }
    }

    /// The services, in the order given.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Whether a service is built.
    pub fn has_built(&self, name: &str) -> bool {
        self.services.iter().any(|service| service.name == name && service.state == State::Built)
    }

    /// What a step is doing in detail, if it says: `pushing layers`, or the package that it is at.
    pub fn detail(&self, step: &Step) -> Option<String> {
        let said = self.details.get(&step.digest).cloned();
        said.or_else(|| self.printed(step)?.now())
    }

    /// The last lines that a step printed.
    pub fn last_lines(&self, step: &Step) -> Vec<&str> {
        self.printed(step).map(|printed| printed.lines().collect()).unwrap_or_default()
    }

    fn printed(&self, step: &Step) -> Option<&Printed> {
        self.logs.get(&(step.call, step.digest.clone()))
    }

    /// Takes in an event of a call.
    pub fn apply(&mut self, event: Event, scope: &Scope, now: Duration) -> Vec<Change> {
        let mut changes = Vec::new();
        for vertex in event.vertexes {
            self.vertex(vertex, scope, now, &mut changes);
        }
        event.statuses.into_iter().for_each(|status| self.status(status));
        event.logs.into_iter().for_each(|log| self.log(&log, scope));
        changes
    }

    /// A call has succeeded: what has not said so is there as well.
    pub fn succeed(&mut self, scope: &Scope, now: Duration) -> Vec<Change> {
        let mut changes = Vec::new();
        for (index, service) in self.services.iter_mut().enumerate() {
            if scope.has(&service.name) && service.state != State::Built {
                service.state = State::Built;
                service.ended = Some(now);
                service.began.get_or_insert(now);
                changes.push(Change::Ended { service: index });
            }
        }
        changes
    }

    /// A service that failed is built again from the beginning.
    pub fn forget(&mut self, name: &str) {
        for service in self.services.iter_mut().filter(|service| service.name == name) {
            (service.state, service.ended) = (State::Waiting, None);
            service.steps.clear();
        }
    }

    /// A call has ended before its services were built: nothing of it runs any more.
    pub fn cancel(&mut self, scope: &Scope) {
        for service in self.services.iter_mut().filter(|service| scope.has(&service.name)) {
            let steps = service.steps.iter_mut().filter(|step| step.call == scope.number);
            steps.for_each(|step| step.end = step.end.take().or(Some(End::Cancelled)));
            if service.state == State::Building {
                service.state = State::Waiting;
            }
        }
    }

    fn vertex(&mut self, vertex: Vertex, scope: &Scope, now: Duration, changes: &mut Vec<Change>) {
        let name = StepName::new(&vertex.name, |word| scope.names.len() > 1 && scope.has(word));
        let target = match (&name.target, &scope.names[..]) {
            (Some(target), _) => Some(target),
            // Bake names no target if there is only one.
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let index = self.services.iter().position(|service| Some(&service.name) == target);
        let Some(index) = index.filter(|_| !name.action.contains("load local bake definitions")) else {
            return;
        };
        let service = &mut self.services[index];
        service.began.get_or_insert(now);
        if service.state == State::Waiting {
            service.state = State::Building;
        }
        let step = service.step(&vertex.digest, name, scope.number);
        let was_running = step.end.is_none();
        if vertex.started.is_some() {
            step.began.get_or_insert(now);
        }
        step.end = vertex.completed.is_some().then(|| End::of(vertex, &step.name));
        if step.end.is_some() {
            self.details.remove(&step.digest);
        }
        if was_running && step.end == Some(End::Done) {
            let took = now.saturating_sub(step.began.unwrap_or(now));
            changes.push(Change::Step { service: index, name: step.name.clone(), took });
        }
        let failed = step.error().is_some();
        // Of two tags, the second may not arrive.
        if step.end == Some(End::Cancelled) && step.name.is_push() && service.state == State::Built {
            (service.state, service.ended) = (State::Building, None);
        }
        let state = match failed {
            true => State::Failed,
            false if service.has_arrived(self.arrival, scope.number) => State::Built,
            false => return,
        };
        if service.end(state, now) {
            changes.push(Change::Ended { service: index });
        }
    }

    fn status(&mut self, status: Status) {
        // The builder pushes while it exports; an engine without that has the client push afterwards.
        if status.id.starts_with("pushing ") {
            let steps = self.services.iter_mut().flat_map(|service| &mut service.steps);
            steps.filter(|step| step.digest == status.vertex).for_each(|step| step.pushes = true);
        }
        if status.completed.is_none() {
            self.details.insert(status.vertex, one_line(&status.id));
        }
    }

    fn log(&mut self, log: &Log, scope: &Scope) {
        self.logs.entry((scope.number, log.vertex.clone())).or_default().take(&log.data);
    }
}

impl Service {
    fn step(&mut self, digest: &str, name: StepName, call: usize) -> &mut Step {
        let index = self.steps.iter().position(|step| step.digest == digest).unwrap_or_else(|| {
            let digest = digest.to_owned();
            self.steps.push(Step {
                name: name.clone(),
                began: None,
                digest,
                call,
                end: None,
                pushes: name.is_push(),
            });
            self.steps.len() - 1
        });
        let step = &mut self.steps[index];
        (step.name, step.call) = (name, call);
        step
    }

    /// Ends it, unless it has ended already; whether that is news.
    fn end(&mut self, state: State, now: Duration) -> bool {
        let news = match self.state {
            State::Waiting | State::Building => true,
            // A push by the client may fail after the image is there.
            State::Built => state == State::Failed,
            State::Failed => false,
        };
        if news {
            self.state = state;
            self.ended = Some(now);
            self.began.get_or_insert(now);
        }
        news
    }

    /// Whether a call has brought its image where it should go, and nothing more is done for it.
    fn has_arrived(&self, arrival: Arrival, call: usize) -> bool {
        let is_last = |step: &&Step| match arrival {
            Arrival::Exported => step.name.is_export(),
            Arrival::Pushed => step.pushes,
            Arrival::Merged => step.name.is_merge(),
        };
        let steps = || self.steps.iter().filter(|step| step.call == call);
        let is_lost = |step: &Step| step.name.is_push() && step.end == Some(End::Cancelled);
        steps().any(|step| step.is_done() && is_last(&step))
            && !steps().any(|step| step.is_running() || is_lost(step))
    }
}

#[cfg(test)]
mod tests;
