//! The binary: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    dockwright::cli::run(dockwright::cli::Cli::parse())
}
