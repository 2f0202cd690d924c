//! What a step printed: the last lines of it, and what they say that it is doing.

use std::collections::VecDeque;

use crate::engine::activity::Activity;

/// The lines of a step that are kept for the case that it fails.
pub(super) const KEPT: usize = 20;

/// What a step printed.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// The last one may be incomplete.
    lines: VecDeque<String>,
    activity: Activity,
}

impl Printed {
    /// Takes in some output.
    pub(super) fn take(&mut self, data: &[u8]) {
        let lines = &mut self.lines;
        let text = String::from_utf8_lossy(data);
        for part in text.split_inclusive('\n') {
            let clean: String =
                part.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect();
            match lines.back_mut() {
                Some(last) => last.push_str(&clean),
                None => lines.push_back(clean),
            }
            if part.ends_with('\n') {
                self.activity.take(lines.back().map_or("", String::as_str));
                lines.push_back(String::new());
            }
        }
        while lines.len() > KEPT + 1 {
            lines.pop_front();
        }
    }

    /// The last lines.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str).filter(|line| !line.is_empty())
    }

    /// What the step is doing, if it says.
    pub(super) fn now(&self) -> Option<String> {
        self.activity.now()
    }
}
