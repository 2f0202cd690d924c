//! What was found, service by service: a failure of one hides none of the others.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dockwright::fleet::{Fleet, Service};

/// What a check found: a word for the table, or what is wrong.
pub(crate) type Finding = Result<String, String>;

/// The findings of all checks.
pub(crate) struct Table<'a> {
    services: Vec<&'a Service>,
    checks: Vec<&'static str>,
    findings: BTreeMap<(&'a str, &'static str), Finding>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(fleet: &'a Fleet) -> Self {
        Self { services: fleet.services.iter().collect(), checks: Vec::new(), findings: BTreeMap::new() }
    }

    /// Runs a check for each service, a few at a time; one that does not concern a service says `None`.
    pub(crate) fn check(
        &mut self,
        name: &'static str,
        workers: usize,
        check: impl Fn(&'a Service) -> Option<Finding> + Sync,
    ) {
        self.checks_together(&[name], workers, |service| vec![check(service)]);
    }

    /// The same for several checks that look at one thing.
    pub(crate) fn checks_together(
        &mut self,
        names: &[&'static str],
        workers: usize,
        check: impl Fn(&'a Service) -> Vec<Option<Finding>> + Sync,
    ) {
        self.checks.extend(names);
        let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(service) = self.services.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let found = check(service);
                        findings.lock().expect("no thread panics").push((service.name.as_str(), found));
                    }
                });
            }
        });
        for (service, found) in findings.into_inner().expect("no thread panics") {
            for (name, finding) in names.iter().zip(found) {
                if let Some(finding) = finding {
                    self.findings.insert((service, name), finding);
                }
            }
        }
    }

    /// Every failure, as `service, check: what is wrong`.
    pub(crate) fn failures(&self) -> Vec<String> {
        let failures = self.findings.iter().filter_map(|((service, check), finding)| {
            finding.as_ref().err().map(|why| format!("{service}, {check}: {why}"))
        });
        failures.collect()
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:24}", "service")?;
        for check in &self.checks {
            write!(f, " {check:>10}")?;
        }
        for service in &self.services {
            write!(f, "\n{:24}", service.name.as_str())?;
            for check in &self.checks {
                let word = match self.findings.get(&(service.name.as_str(), *check)) {
                    None => "-",
                    Some(Ok(word)) => word,
                    Some(Err(_)) => "FAILED",
                };
                write!(f, " {word:>10}")?;
            }
        }
        Ok(())
    }
}
