//! Writes the man pages and completion scripts of a release.
//!
//! `cargo run --example pages -- DIR` writes `DIR/man/*.1` and `DIR/completions/*` from the definitions that
//! parse the command line. This is an example and not a command, so that the program does not carry the code.

use std::path::Path;
use std::{env, fs, io};

use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use dockwright::cli::Cli;

fn main() -> io::Result<()> {
    let directory = env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: pages DIR"))?;
    let (man, completions) = (Path::new(&directory).join("man"), Path::new(&directory).join("completions"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&completions)?;

    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    for command in program.get_subcommands().chain([&program]).filter(|command| !command.is_hide_set()) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        fs::write(man.join(format!("{name}.1")), page(command)?)?;
    }
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Cli::command(), "dockwright", &completions)?;
    }
    Ok(())
}

/// The man page of a command. The text after its help becomes sections of their own, with examples as they
/// are: roff would fill their lines.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut page = Vec::new();
    Man::new(command.clone().after_help(None))
        .source(concat!("dockwright ", env!("CARGO_PKG_VERSION")))
        .manual("dockwright manual")
        .render(&mut page)?;
    let mut roff = Roff::new();
    let (mut examples, mut status, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for paragraph in after.split("\n\n") {
        if let Some(lines) = paragraph.strip_prefix("Examples:\n") {
            examples.push(lines);
        } else if let Some(codes) = paragraph.strip_prefix("Exit codes: ") {
            status.push(codes);
        } else if !paragraph.is_empty() {
            notes.push(paragraph);
        }
    }
    for (heading, paragraphs, is_literal) in
        [("NOTES", notes, false), ("EXAMPLES", examples, true), ("EXIT STATUS", status, false)]
    {
        for (index, paragraph) in paragraphs.into_iter().enumerate() {
            if index == 0 {
                roff.control("SH", [heading])
            } else {
                roff.control("PP", [])
            };
            if is_literal {
                roff.control("nf", []).text([roman(paragraph)]).control("fi", []);
            } else {
                roff.text([roman(paragraph.replace('\n', " "))]);
            }
        }
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}
