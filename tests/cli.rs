//! The command line as its users see it: each file of `tests/cmd` is a session in a directory of its
//! own, the one of the same name that ends in `.in`. `TRYCMD=overwrite` writes down what is said now.

use std::path::Path;

#[test]
fn sessions() {
    let cases = trycmd::TestCases::new();
    let program = Path::new(env!("CARGO_BIN_EXE_dockwright"));
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    cases.env("PATH", path);
    // Sessions change files between two runs, as people do.
    cases.register_bin("sh", Path::new("/bin/sh"));
    cases.case("tests/cmd/*.trycmd");
}
