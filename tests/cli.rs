//! The command line as its users see it: each file of `tests/cmd` is a session in a directory of its
//! own, the one of the same name that ends in `.in`. `TRYCMD=overwrite` writes down what is said now.
//! `DOCKWRIGHT` names another program to try, such as one for Windows that Wine runs.

use std::path::{Path, PathBuf};

#[test]
fn sessions() {
    let cases = trycmd::TestCases::new();
    let program = std::env::var_os("DOCKWRIGHT")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_dockwright")), PathBuf::from);
    cases.register_bin("dockwright", &program);
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    cases.env("PATH", path);
    // Sessions change files between two runs, as people do.
    cases.register_bin("sh", Path::new("/bin/sh"));
    cases.case("tests/cmd/*.trycmd");
}
