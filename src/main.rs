//! The binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    dockwright::cli::run(dockwright::cli::parse())
}
