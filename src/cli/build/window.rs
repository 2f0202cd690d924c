//! Where people watch a build.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::engine::job::{Failed, Watch};
use crate::engine::progress::{Change, Progress};
use crate::report::build::{self as report_build, Medium, Shown};

/// A terminal, or a log.
pub(super) struct Window<'a> {
    out: &'a mut dyn Write,
    is_terminal: bool,
    shown: Shown,
}

impl<'a> Window<'a> {
    pub(super) fn new(out: &'a mut dyn Write, is_stdout: bool) -> Self {
        let is_terminal = is_stdout && io::stdout().is_terminal() && std::env::var_os("CI").is_none();
        Self { out, is_terminal, shown: Shown::default() }
    }

    /// A terminal may change its size at any time.
    fn medium(&self) -> Medium {
        if !self.is_terminal {
            return Medium::Log;
        }
        let (width, height) = terminal_size::terminal_size()
            .map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)));
        Medium::Terminal { width, height }
    }
}

impl Watch for Window<'_> {
    fn update(&mut self, progress: &Progress, changes: &[Change], now: Duration) -> io::Result<()> {
        let medium = self.medium();
        self.shown.update(self.out, medium, progress, changes, now, &mut io::stdout())
    }

    fn once_more(&mut self, failures: &[Failed]) -> io::Result<()> {
        self.shown.clear(self.out, &mut io::stdout())?;
        report_build::once_more(self.out, failures)
    }

    fn ended(&mut self, failures: &[Failed]) -> io::Result<()> {
        self.shown.clear(self.out, &mut io::stdout())?;
        report_build::failures(self.out, failures)
    }
}
