//! The command line as its users see it: each file of `tests/cmd` is a session in a directory of its
//! own, the one of the same name that ends in `.in`. `TRYCMD=overwrite` writes down what is said now.

#[test]
fn sessions() {
    let cases = trycmd::TestCases::new();
    // Sessions change files between two runs, as people do.
    cases.register_bin("sh", std::path::Path::new("/bin/sh"));
    cases.case("tests/cmd/*.trycmd");
}
