//! Commands that a message proposes, for the fleet that it speaks of.

use std::borrow::Cow;
use std::path::Path;

use crate::file_path::shown;
use crate::render::escape::shell_word;

/// The options with which another command finds the same fleet, and the same files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetOptions {
    fleet: String,
    out: String,
}

impl FleetOptions {
    /// For a description, unless it is the one that commands take by themselves, and an output directory, if the run was
    /// given one.
    pub fn new(fleet: Option<&Path>, out: Option<&Path>) -> Self {
        let option = |name, value: Option<&Path>| {
            value.map(|path| format!(" {name} {}", shell_word(&shown(path).to_string()))).unwrap_or_default()
        };
        Self { fleet: option("--fleet", fleet), out: option("--out", out) }
    }

    /// A text, with the options behind each command in it that takes them: `` `dockwright gen` `` becomes
    /// `` `dockwright gen --fleet shop/services.toml` ``.
    pub fn put_into<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Self { fleet, out } = self;
        if fleet.is_empty() && out.is_empty() {
            return text.into();
        }
        let commands =
            [("gen", out.as_str()), ("lock --adopt", out), ("lock --update", "")].map(|(command, out)| {
                let command = format!("`dockwright {command}");
                (format!("{command}{fleet}{out}"), command)
            });
        let told =
            commands.iter().fold(text.to_owned(), |text, (longer, command)| text.replace(command, longer));
        told.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_of_here_needs_no_options() {
        assert_eq!(FleetOptions::default().put_into("run `dockwright gen`"), "run `dockwright gen`");
    }

    #[test]
    fn each_command_gets_the_options_that_it_takes() {
        let fleet_options =
            FleetOptions::new(Some(Path::new("my shop/services.toml")), Some(Path::new("out")));
        let gen_ =
            "`dockwright gen --fleet 'my shop/services.toml' --out out --force`; `gen --diff` shows it";
        assert_eq!(fleet_options.put_into("`dockwright gen --force`; `gen --diff` shows it"), gen_);
        let update = "`dockwright lock --update --fleet 'my shop/services.toml'`";
        assert_eq!(fleet_options.put_into("`dockwright lock --update`"), update);
        let init = "`dockwright init` writes one";
        assert_eq!(fleet_options.put_into(init), init);
    }
}
