//! Running the client so that nothing is left behind: it and whatever it starts are a process group
//! of their own, which ends when we are told to.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::child::group;

/// How often there is a tick while nothing is heard.
const TICK: Duration = Duration::from_millis(100);

/// How long the client is given to cancel a build.
const GRACE: Duration = Duration::from_secs(10);

/// How long others may keep the pipe open after the client has ended.
const LINGER: Duration = Duration::from_secs(2);

/// How often it is looked whether the client has ended, once it has closed the pipe.
const BREATH: Duration = Duration::from_millis(5);

/// Counts how often we were told to end.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Takes over the signals that would end the process: an interrupt from the keyboard, a request
    /// to terminate, a closed terminal.
    ///
    /// # Errors
    /// If the system does not let us.
    pub fn watch() -> Result<Self, ctrlc::Error> {
        let interrupt = Self::default();
        let count = Arc::clone(&interrupt.0);
        ctrlc::set_handler(move || {
            count.fetch_add(1, Ordering::Relaxed);
        })?;
        Ok(interrupt)
    }

    /// How often it was asked for.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happens while a process runs.
#[derive(Debug)]
pub enum News<'a> {
    /// It wrote to its standard error.
    Output(&'a [u8]),
    /// Some time has passed.
    Tick,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With success.
    Succeeded,
    /// With a failure.
    Failed,
    /// Because we were told to end.
    Interrupted,
}

/// Runs a command and follows its standard error. If `take` fails, the command is ended.
///
/// # Errors
/// If it cannot be started or followed, or `take` fails.
pub fn follow(
    command: &mut Command,
    interrupt: &Interrupt,
    take: &mut dyn FnMut(News<'_>) -> io::Result<()>,
) -> io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    group::lead(command);
    let mut running = Running { child: command.spawn()?, told: None, ended: None };
    let output = running.output();
    let mut result = Ok(());
    loop {
        let news = output.recv_timeout(TICK);
        let is_closed = news == Err(RecvTimeoutError::Disconnected);
        if result.is_ok() {
            result = match &news {
                Ok(portion) => take(News::Output(portion)),
                Err(_) => take(News::Tick),
            };
        }
        if running.is_over(is_closed)? {
            break;
        }
        if is_closed {
            thread::sleep(BREATH);
        }
        running.end_if(interrupt.count() + usize::from(result.is_err()));
    }
    let told = running.told.is_some();
    let status = running.wait()?;
    result?;
    Ok(match (told, status.success()) {
        (true, _) => Ended::Interrupted,
        (false, true) => Ended::Succeeded,
        (false, false) => Ended::Failed,
    })
}

/// A process that is told to end at the latest when it is dropped.
struct Running {
    child: Child,
    /// When it was told to end.
    told: Option<Instant>,
    /// When it was seen to have ended.
    ended: Option<Instant>,
}

impl Running {
    /// What it writes to its standard error, until everything that can write there has ended.
    fn output(&mut self) -> mpsc::Receiver<Vec<u8>> {
        let (sender, receiver) = mpsc::channel();
        if let Some(mut pipe) = self.child.stderr.take() {
            thread::spawn(move || {
                let mut portion = [0; 8192];
                while let Ok(length @ 1..) = pipe.read(&mut portion) {
                    if sender.send(portion[..length].to_vec()).is_err() {
                        break;
                    }
                }
            });
        }
        receiver
    }

    /// Tells it to end when that was asked for once; kills it when it was asked for again, or takes
    /// too long.
    fn end_if(&mut self, asked: usize) {
        match self.told {
            None if asked > 0 => {
                self.told = Some(Instant::now());
                group::terminate(&mut self.child);
            }
            Some(since) if asked > 1 || since.elapsed() > GRACE => group::kill(&mut self.child),
            _ => {}
        }
    }

    /// Whether it has ended and nothing more is to be heard: what it started may keep the pipe open.
    fn is_over(&mut self, is_closed: bool) -> io::Result<bool> {
        if self.ended.is_none() && group::has_ended(&mut self.child)? {
            self.ended = Some(Instant::now());
        }
        Ok(self.ended.is_some_and(|since| is_closed || since.elapsed() > LINGER))
    }

    fn wait(mut self) -> io::Result<std::process::ExitStatus> {
        // What is left in the group; its number is ours until the leader is waited for.
        group::kill(&mut self.child);
        self.child.wait()
    }
}
