//! A build as it goes: lines that are redrawn on a terminal, lines that stay in a log.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use super::{ERROR, HINT, hint_line, visible};
use crate::engine::failure::{is_of_a_registry, remedy};
use crate::engine::job::{Built, Failed, Why};
use crate::engine::process::Ended;
use crate::engine::progress::{Change, Progress, Service, State, Step};

const GOOD: Style = AnsiColor::Green.on_default();
const DIM: Style = Style::new().effects(Effects::DIMMED);

/// How often a terminal is redrawn.
const REDRAW: Duration = Duration::from_millis(100);

/// How long a log may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// Steps that took less go without saying in a log.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// A line of a log; the instructions behind steps may be long.
const LOG_WIDTH: usize = 120;

/// As much of a cause as a line of the table shows.
const CAUSE_WIDTH: usize = 200;

/// Where a build is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A terminal, of so many columns and lines.
    Terminal {
        /// The columns.
        width: usize,
        /// The lines.
        height: usize,
    },
    /// A file or a pipe.
    Log,
}

/// What of a build is shown at the moment.
#[derive(Debug, Default)]
pub struct Shown {
    /// The lines that are redrawn.
    lines: usize,
    last: Duration,
}

impl Shown {
    /// Shows what has changed, and where everything is now.
    pub fn update(
        &mut self,
        out: &mut dyn Write,
        medium: Medium,
        progress: &Progress,
        changes: &[Change],
        now: Duration,
        cursor: &mut dyn Write,
    ) -> io::Result<()> {
        match medium {
            Medium::Log => self.log(out, progress, changes, now),
            Medium::Terminal { width, height } => {
                let ended = changes.iter().any(|change| matches!(change, Change::Ended { .. }));
                if !ended && now.saturating_sub(self.last) < REDRAW {
                    return Ok(());
                }
                self.last = now;
                self.clear(out, cursor)?;
                let mut text = String::new();
                for change in changes {
                    if let Change::Ended { service } = change {
                        text += &ended_line(&progress.services()[*service], name_width(progress));
                    }
                }
                let lines = live_lines(progress, now, width, height);
                self.lines = lines.len();
                for line in &lines {
                    text.extend([line, "\n"]);
                }
                out.write_all(text.as_bytes())?;
                out.flush()
            }
        }
    }

    /// Removes what is redrawn: moves back to the first of the lines, and erases from there. That is for
    /// `cursor`, since no text may move it.
    pub fn clear(&mut self, out: &mut dyn Write, cursor: &mut dyn Write) -> io::Result<()> {
        out.flush()?;
        if self.lines > 0 {
            write!(cursor, "\x1b[{}A\x1b[J", self.lines)?;
            cursor.flush()?;
        }
        self.lines = 0;
        Ok(())
    }

    fn log(
        &mut self,
        out: &mut dyn Write,
        progress: &Progress,
        changes: &[Change],
        now: Duration,
    ) -> io::Result<()> {
        let width = name_width(progress);
        let mut text = String::new();
        for change in changes {
            match change {
                Change::Ended { service } => text += &ended_line(&progress.services()[*service], width),
                Change::Step { service, name, took } if *took >= WORTH_A_LINE => {
                    let service = &progress.services()[*service].name;
                    let line = format!("{service:<width$} {:>7}  {}", time(*took), name);
                    text.extend([&fitted(&line, LOG_WIDTH), "\n"]);
                }
                Change::Step { .. } => {}
            }
        }
        if text.is_empty() && now.saturating_sub(self.last) >= SILENCE {
            for (service, step) in running(progress) {
                let took = time(now.saturating_sub(step.began.unwrap_or(now)));
                let doing = doing(progress, step);
                let line = format!("{:<width$} {took:>7}  still at {doing}", service.name);
                text.extend([&fitted(&line, LOG_WIDTH), "\n"]);
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        self.last = now;
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

fn name_width(progress: &Progress) -> usize {
    progress.services().iter().map(|service| service.name.len()).max().unwrap_or_default()
}

fn running(progress: &Progress) -> impl Iterator<Item = (&Service, &Step)> {
    let building = progress.services().iter().filter(|service| service.state == State::Building);
    building.filter_map(|service| Some((service, service.current()?)))
}

fn doing(progress: &Progress, step: &Step) -> String {
    match progress.detail(step) {
        // The command may be long; what it is at is news.
        Some(detail) => {
            let keyword = step.name.action.split(' ').next().unwrap_or_default();
            format!("{} {keyword}: {detail}", step.name.place).trim_start().to_owned()
        }
        None => step.name.to_string(),
    }
}

fn ended_line(service: &Service, width: usize) -> String {
    let took = time(service.elapsed(Duration::ZERO));
    let name = &service.name;
    match service.state {
        State::Failed => format!("{name:<width$} {took:>7}  {ERROR}failed{ERROR:#}\n"),
        _ if service.is_from_cache() => {
            format!("{name:<width$} {took:>7}  {GOOD}built{GOOD:#} (from the cache)\n")
        }
        _ => format!("{name:<width$} {took:>7}  {GOOD}built{GOOD:#}\n"),
    }
}

/// A line for each service that is being built, as far as they fit, and one for all.
fn live_lines(progress: &Progress, now: Duration, width: usize, height: usize) -> Vec<String> {
    let names = name_width(progress);
    let running: Vec<_> = running(progress).collect();
    let room = height.saturating_sub(3).max(1);
    let mut lines: Vec<String> = running
        .iter()
        .take(room)
        .map(|(service, step)| {
            let line = format!(
                "{:<names$} {:>7}  {}",
                service.name,
                time(service.elapsed(now)),
                doing(progress, step)
            );
            fitted(&line, width)
        })
        .collect();
    let count = |state: State| progress.services().iter().filter(|service| service.state == state).count();
    let mut summary = format!("{} of {} built", count(State::Built), progress.services().len());
    for (number, what) in [(running.len(), "at work"), (count(State::Waiting), "waiting")] {
        if number > 0 {
            let _infallible = write!(summary, ", {number} {what}");
        }
    }
    lines.push(format!("{DIM}{}{DIM:#}", fitted(&format!("{summary}, {}", time(now)), width)));
    lines
}

/// As much of a line as fits without a break.
fn fitted(line: &str, width: usize) -> String {
    let room = width.saturating_sub(1);
    let line = visible(line);
    if line.chars().count() <= room {
        return line.into_owned();
    }
    line.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// A time as people say it: `0.4s`, `12.3s`, `3m 05s`.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{}.{}s", seconds, time.subsec_millis() / 100);
    }
    format!("{}m {:02}s", seconds / 60, seconds % 60)
}

/// Shows why services could not be built.
pub fn failures(out: &mut dyn Write, failures: &[Failed]) -> io::Result<()> {
    failures.iter().try_for_each(|failed| failure(out, failed))?;
    let of = |failed: &Failed| remedy(&failed.message).or_else(|| remedy(&failed.last_lines.join("\n")));
    let remedies: BTreeSet<_> = failures.iter().filter_map(of).collect();
    remedies.iter().try_for_each(|remedy| writeln!(out, "{HINT}hint{HINT:#}: {remedy}"))
}

fn failure(out: &mut dyn Write, failed: &Failed) -> io::Result<()> {
    let what = match (&failed.target, failed.is_finished) {
        (Some(name), false) => format!("`{name}` was not built"),
        (Some(name), true) => format!("`{name}` was built, but not exported"),
        (None, _) => "the build failed".to_owned(),
    };
    writeln!(out, "{ERROR}error{ERROR:#}: {what}: {}", visible(&failed.message))?;
    if let Some(file) = &failed.file {
        let line = failed.line.map_or_else(String::new, |line| format!(":{line}"));
        writeln!(out, "  --> {file}{line}")?;
    }
    failed.excerpt.iter().try_for_each(|line| writeln!(out, "  {}", visible(line)))?;
    if !failed.last_lines.is_empty() {
        writeln!(out, "the last lines of `{}`:", visible(&failed.step))?;
        failed.last_lines.iter().try_for_each(|line| writeln!(out, "  | {}", visible(line)))?;
    }
    Ok(())
}

/// After a failure that may pass, which is no service's.
pub fn once_more(out: &mut dyn Write, failures: &[Failed]) -> io::Result<()> {
    let why = failures.first().map_or("it gives no reason", |failed| failed.message.as_str());
    writeln!(out, "trying again; finished steps are in the cache: {}", visible(why))
}

/// A service in the table after a build.
#[derive(Serialize)]
struct Row<'b> {
    service: &'b str,
    result: &'static str,
    /// Why it is not built, in one line.
    cause: Option<String>,
}

/// What each service came to: what failed first, then what was not built, then what was.
fn rows(built: &Built) -> Vec<Row<'_>> {
    let mut rows: Vec<_> = built.missing.iter().map(|(service, why)| row(built, service, why)).collect();
    rows.sort_by_key(|row| row.result != "failed");
    rows.extend(built.built.iter().map(|service| Row { service, result: "built", cause: None }));
    rows
}

fn row<'b>(built: &'b Built, service: &'b str, why: &Why) -> Row<'b> {
    let (result, cause) = match why {
        Why::Failed => {
            let failed = built.failures.iter().find(|failed| failed.target.as_deref() == Some(service));
            ("failed", failed.map_or_else(String::new, cause))
        }
        Why::Refused(cause) => ("failed", cause.clone()),
        Why::StandsOn(other) => ("not built", format!("based on {other}, which was not built")),
        Why::NotReached => ("not built", "the build ended before".to_owned()),
        Why::Engine(message) if is_of_a_registry(message) => {
            ("not built", format!("the registry: {message}"))
        }
        Why::Engine(message) => ("not built", format!("the engine: {message}")),
    };
    Row { service, result, cause: Some(fitted(&cause, CAUSE_WIDTH)) }
}

/// Why a service failed, in one line: where, how the step ended, and the line it printed that tells most.
fn cause(failed: &Failed) -> String {
    let place = match (&failed.file, failed.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: "),
        (Some(file), None) => format!("{file}: "),
        _ => String::new(),
    };
    let message = failed.message.split("did not complete successfully: ").last().unwrap_or_default();
    let tells = |line: &&String| {
        let line = line.trim_start().to_lowercase();
        ["error", "npm error", "e: ", "×"].iter().any(|start| line.starts_with(start))
    };
    let lines = &failed.last_lines;
    match lines.iter().rev().find(tells).or(lines.last()) {
        Some(line) => format!("{place}{message}: {}", line.trim()),
        None => format!("{place}{message}"),
    }
}

/// After a build, for people: one line if all is there, and otherwise what is not and why.
pub fn summary(out: &mut dyn Write, built: &Built, keep_going: bool) -> io::Result<()> {
    let total = built.built.len() + built.missing.len();
    let time = time(built.took);
    let interrupted = if built.ended == Ended::Interrupted { "interrupted: " } else { "" };
    if built.missing.is_empty() {
        return writeln!(out, "{interrupted}{total} built in {time}");
    }
    let rows = rows(built);
    let width = rows.iter().map(|row| row.service.len()).max().unwrap_or_default();
    for Row { service, result, cause } in &rows {
        let line = format!("{service:<width$}  {result:<9}  {}", cause.as_deref().unwrap_or_default());
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "{interrupted}{} of {total} built in {time}", built.built.len())?;
    let not_reached = built.missing.iter().any(|(_, why)| *why == Why::NotReached);
    if !keep_going && built.ended == Ended::Failed && not_reached {
        hint_line(out, "`--keep-going` builds the rest after a failure")?;
    }
    Ok(())
}

/// After a build, for documents.
pub fn markdown(out: &mut dyn Write, built: &Built) -> io::Result<()> {
    writeln!(out, "| Service | Result | Cause |\n|---|---|---|")?;
    for Row { service, result, cause } in rows(built) {
        let cause = cause.unwrap_or_default().replace('|', r"\|");
        writeln!(out, "| `{service}` | {result} | {cause} |")?;
    }
    Ok(())
}

/// After a build, for programs.
pub fn json(out: &mut dyn Write, built: &Built) -> io::Result<()> {
    #[derive(Serialize)]
    struct Report<'b> {
        built: usize,
        total: usize,
        seconds: u64,
        interrupted: bool,
        services: Vec<Row<'b>>,
    }
    let report = Report {
        built: built.built.len(),
        total: built.built.len() + built.missing.len(),
        seconds: built.took.as_secs(),
        interrupted: built.ended == Ended::Interrupted,
        services: rows(built),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}
