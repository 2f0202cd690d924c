//! Programs that are asked something: for so long, for so many bytes, and with nothing left behind.
//!
//! A program and whatever it starts are a process group of their own, which ends with it. A time-out that only
//! watched the program itself would not hold: what it started may keep its pipes open.

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked after a program that runs.
const TICK: Duration = Duration::from_millis(5);

/// How long a pipe may stay open after the program that was asked has ended.
const LINGER: Duration = Duration::from_millis(500);

/// How much is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long the program may take.
    pub(crate) time: Duration,
    /// How many bytes it may write to either stream.
    pub(crate) bytes: usize,
}

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Whether it ended with success.
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs a program, gives it `input`, and waits for its answer.
///
/// # Errors
/// If it cannot be started, takes too long or says too much.
pub(crate) fn ask(command: &mut Command, input: &[u8], limits: Limits) -> io::Result<Said> {
    let deadline = Instant::now() + limits.time;
    group::lead(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut running = Running { child: command.spawn()?, is_reaped: false };
    if let Some(mut stdin) = running.child.stdin.take() {
        // One that does not read its input answers all the same, or fails by itself.
        let _unread = stdin.write_all(input);
    }
    let (open, closed) = mpsc::channel();
    let stdout = Collected::from(running.child.stdout.take(), limits.bytes, &open);
    let stderr = Collected::from(running.child.stderr.take(), limits.bytes, &open);
    drop(open);
    while !group::has_ended(&mut running.child)? {
        if Instant::now() > deadline {
            let message = format!("it did not respond within {} s", limits.time.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        thread::sleep(TICK);
    }
    // What is still open now is held by others.
    if closed.recv_timeout(LINGER) == Err(RecvTimeoutError::Timeout) {
        group::kill(&mut running.child);
        let _closed = closed.recv_timeout(LINGER);
    }
    let (stdout, stderr) = (stdout.take(), stderr.take());
    // One that says too much ends, or hangs, as soon as its pipe is no longer read.
    if stdout.len().max(stderr.len()) > limits.bytes {
        let message = format!("it printed more than {} bytes", limits.bytes);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(Said { success: running.end()?.success(), stdout, stderr })
}

/// A process that ends with its group at the latest when it is dropped.
struct Running {
    child: Child,
    is_reaped: bool,
}

impl Running {
    /// Ends whatever is left of the group, and then waits for the leader: its number is another's afterwards.
    fn end(&mut self) -> io::Result<ExitStatus> {
        group::kill(&mut self.child);
        self.is_reaped = true;
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ended = self.end();
        }
    }
}

/// What comes out of a pipe, as far as it has come.
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    /// Reads a pipe until it is closed or has given more than `limit` bytes, and drops `open` then.
    fn from(pipe: Option<impl Read + Send + 'static>, limit: usize, open: &mpsc::Sender<()>) -> Self {
        let collected = Arc::new(Mutex::new(Vec::new()));
        let (buffer, open) = (Arc::clone(&collected), open.clone());
        if let Some(mut pipe) = pipe {
            thread::spawn(move || {
                let _open = open;
                let mut portion = [0; 8192];
                while let Ok(length @ 1..) = pipe.read(&mut portion) {
                    let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
                    buffer.extend_from_slice(&portion[..length]);
                    if buffer.len() > limit {
                        break;
                    }
                }
            });
        }
        Self(collected)
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Process groups. The number of a group is its own until the leader is waited for.
#[cfg(unix)]
pub(crate) mod group {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    /// Makes a command the leader of a group.
    pub(crate) fn lead(command: &mut Command) {
        command.process_group(0);
    }

    /// Tells a group to end.
    pub(crate) fn terminate(child: &mut Child) {
        signal(child, Signal::TERM);
    }

    /// Ends a group.
    pub(crate) fn kill(child: &mut Child) {
        signal(child, Signal::KILL);
    }

    fn signal(child: &Child, signal: Signal) {
        // A group that is gone needs no signal.
        let _gone = kill_process_group(Pid::from_child(child), signal);
    }

    /// Whether the leader has ended; it is not waited for, so that the group keeps its number.
    pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
    }
}

/// Where there are no process groups, the program itself is ended.
#[cfg(not(unix))]
pub(crate) mod group {
    use std::io;
    use std::process::{Child, Command};

    /// The console sends its interrupt to the program as well.
    pub(crate) fn lead(_: &mut Command) {}

    pub(crate) fn terminate(_: &mut Child) {}

    pub(crate) fn kill(child: &mut Child) {
        // One that has ended needs no end.
        let _gone = child.kill();
    }

    pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, seconds: u64) -> (io::Result<Said>, Duration) {
        let start = Instant::now();
        let limits = Limits { time: Duration::from_secs(seconds), bytes: 1000 };
        (ask(Command::new("/bin/sh").args(["-c", script]), b"in\n", limits), start.elapsed())
    }

    /// Whether a process with this number runs.
    fn is_alive(number: &str) -> bool {
        let test = format!("kill -0 {number}");
        Command::new("/bin/sh").args(["-c", &test]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn what_a_program_says_is_handed_on() {
        let said = shell("read x; echo out $x; echo err >&2; exit 3", 10).0.unwrap();
        assert_eq!(
            (said.success, &said.stdout[..], &said.stderr[..]),
            (false, &b"out in\n"[..], &b"err\n"[..])
        );
        assert!(shell("true", 10).0.unwrap().success);
    }

    #[test]
    fn one_that_hangs_is_ended_with_its_group() {
        let directory = tempfile::tempdir().unwrap();
        let numbers = directory.path().join("numbers");
        let (result, took) = shell(&format!("sleep 600 & echo $$ $! >{}; wait", numbers.display()), 1);
        assert_eq!(result.unwrap_err().to_string(), "it did not respond within 1 s");
        assert!(took < Duration::from_secs(5), "{took:?}");
        for number in std::fs::read_to_string(numbers).unwrap().split_whitespace() {
            let start = Instant::now();
            while is_alive(number) {
                assert!(start.elapsed() < Duration::from_secs(5), "{number} is left");
                thread::sleep(TICK);
            }
        }
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_is_not_waited_for() {
        for keeper in ["sleep 600 &", "setsid sleep 5 &"] {
            let (result, took) = shell(&format!("echo answer; {keeper}"), 30);
            let said = result.unwrap();
            assert!(said.success && said.stdout == b"answer\n", "{said:?}");
            assert!(took < Duration::from_secs(4), "{keeper} {took:?}");
        }
    }

    #[test]
    fn one_that_never_stops_talking_is_ended() {
        let (result, took) = shell("while :; do echo 123456789; done", 30);
        assert_eq!(result.unwrap_err().to_string(), "it printed more than 1000 bytes");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}
