//! What a step is at, from the lines that it prints.
//!
//! pip goes through its packages one after the other, and its last line is what it is at. uv works at several
//! at once: it says when it begins with one (`Building psutil==5.9.6`) and when it is done (`Built …`).

/// What a step is at.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// What was begun and is not done: what is done to it, and its name.
    open: Vec<(&'static str, String)>,
    last: String,
}

/// The words for the begin and the end of the same work.
const WORKS: [(&str, &str); 2] = [("Building ", "Built "), ("Downloading ", "Downloaded ")];

impl Activity {
    /// Takes in a line.
    pub(super) fn take(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        line.clone_into(&mut self.last);
        for (begin, end) in WORKS {
            // The size behind a name is not said again in the end.
            let name = |rest: &str| rest.split(" (").next().unwrap_or(rest).trim().to_owned();
            if let Some(rest) = line.strip_prefix(begin) {
                self.open.push((begin, name(rest)));
            } else if let Some(rest) = line.strip_prefix(end) {
                let done = name(rest);
                self.open.retain(|(kind, name)| *kind != begin || *name != done);
            }
        }
    }

    /// What it is at now: what was begun first and is not done, if some of it was begun before the last line.
    pub(super) fn now(&self) -> Option<String> {
        let ends = WORKS.iter().any(|(_, end)| self.last.starts_with(end));
        match &self.open[..] {
            [(begin, name), rest @ ..] if ends => {
                let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                Some(format!("{begin}{name}{more}"))
            }
            _ => (!self.last.is_empty()).then(|| self.last.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(lines: &str) -> Option<String> {
        let mut activity = Activity::default();
        lines.lines().for_each(|line| activity.take(line));
        activity.now()
    }

    #[test]
    fn the_package_that_is_built_is_named_although_others_are_done() {
        let begun = "Resolved 9 packages in 1s\n   Building psutil==5.9.6\nDownloading numpy (15.3MiB)\n";
        assert_eq!(now(begun).as_deref(), Some("Downloading numpy (15.3MiB)"));
        assert_eq!(now(&format!("{begun} Downloaded numpy\n")).as_deref(), Some("Building psutil==5.9.6"));
        let done =
            format!("{begun} Downloaded numpy\n      Built psutil==5.9.6\nInstalled 9 packages in 5ms\n");
        assert_eq!(now(&done).as_deref(), Some("Installed 9 packages in 5ms"));
        assert_eq!(now("\n"), None);
    }
}
