//! The script that stages programs with their shared libraries, run on this machine for an image that is
//! made up. What it stages on real bases, the engine tests look at.
//!
//! Needs Linux with glibc, gcc and GNU tools; where they are missing, a test says so and passes.

#![allow(clippy::print_stderr)] // a skipped test says why

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

struct Machine {
    directory: TempDir,
    /// Where this machine has its C library
    libc: PathBuf,
}

struct Staged {
    code: Option<i32>,
    err: String,
    files: Vec<String>,
}

/// A machine that can compile and link; `None` with a word to the reader if this is not one.
fn machine() -> Option<Machine> {
    let asked = Command::new("gcc").args(["-print-file-name=libc.so.6"]).output();
    let libc = asked.ok().and_then(|out| fs::canonicalize(String::from_utf8(out.stdout).ok()?.trim()).ok());
    let loader = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    if let (Some(libc), true) = (libc, loader.iter().any(|path| Path::new(path).exists())) {
        return Some(Machine { directory: tempfile::tempdir().unwrap(), libc });
    }
    eprintln!("skipped: no gcc and glibc here");
    None
}

impl Machine {
    /// Compiles a program of one source file.
    fn compile(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
        let (file, program) =
            (self.directory.path().join(format!("{name}.c")), self.directory.path().join(name));
        fs::write(&file, source).unwrap();
        let out = Command::new("gcc").arg("-o").arg(&program).arg(&file).args(flags).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        program
    }

    /// An image to run on, without a C library.
    fn empty_runtime(&self) -> PathBuf {
        let runtime = self.directory.path().join("runtime");
        fs::create_dir_all(runtime.join("usr/lib")).unwrap();
        for link in ["lib", "lib64"] {
            std::os::unix::fs::symlink("usr/lib", runtime.join(link)).unwrap();
        }
        for loader in ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"] {
            fs::write(runtime.join("usr/lib").join(loader), "").unwrap();
        }
        runtime
    }

    /// An image to run on with the C library of this machine.
    fn same_runtime(&self) -> PathBuf {
        let runtime = self.empty_runtime();
        fs::copy(&self.libc, runtime.join("usr/lib/libc.so.6")).unwrap();
        runtime
    }

    fn stage(&self, runtime: &Path, paths: &[&str]) -> Staged {
        let rootfs = self.directory.path().join("rootfs");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/support/closure.pl");
        let out = Command::new("perl").arg(script).arg(&rootfs).arg(runtime).arg("/").args(paths).output();
        let out = out.expect("perl is there");
        let listed = Command::new("find").arg(&rootfs).args(["!", "-type", "d", "-printf", "/%P\n"]).output();
        let files = String::from_utf8(listed.unwrap().stdout).unwrap().lines().map(str::to_owned).collect();
        Staged { code: out.status.code(), err: String::from_utf8_lossy(&out.stderr).into_owned(), files }
    }
}

const PLAIN: &str = "int main(void) { return 0; }\n";

#[test]
fn a_program_is_staged_and_the_c_library_is_the_images_own() {
    let Some(machine) = machine() else { return };
    let program = machine.compile("plain", PLAIN, &[]);
    let staged = machine.stage(&machine.same_runtime(), &[program.to_str().unwrap()]);
    assert_eq!((staged.code, staged.err.as_str()), (Some(0), ""));
    assert_eq!(staged.files, [fs::canonicalize(program).unwrap().to_str().unwrap()]);
}

/// On arm64 no library is older than 2.17, but its `libgcc_s.so.1` names `GLIBC_2.0` all the same.
#[test]
fn a_version_older_than_the_architecture_is_no_want() {
    let Some(machine) = machine() else { return };
    let source = "const char *word(void) { return \"GLIBC_2.0\"; }\nint main(void) { return !word(); }\n";
    let program = machine.compile("word", source, &[]);
    let staged = machine.stage(&machine.same_runtime(), &[program.to_str().unwrap()]);
    assert_eq!((staged.code, staged.err.as_str()), (Some(0), ""));
}

/// The version that a program was linked against is one that the library at hand does not have.
#[test]
fn a_version_that_a_library_lacks_is_refused() {
    let Some(machine) = machine() else { return };
    let directory = machine.directory.path().to_str().unwrap().to_owned();
    let library = |version: &str| {
        let script = machine.directory.path().join("versions");
        fs::write(&script, format!("{version} {{ global: own; }};\n")).unwrap();
        let script = format!("-Wl,--version-script={}", script.display());
        machine.compile("libown.so", "int own(void) { return 0; }\n", &["-shared", "-fPIC", &script]);
    };
    library("OWN_2");
    let source = "int own(void);\nint main(void) { return own(); }\n";
    let path = format!("-Wl,-rpath,{directory}");
    let program = machine.compile("newer", source, &["-L", &directory, "-l:libown.so", &path]);
    library("OWN_1");
    let program = program.to_str().unwrap();
    let staged = machine.stage(&machine.same_runtime(), &[program]);
    assert_eq!(staged.code, Some(1));
    let wanted = format!(
        "closure.pl: {program} needs OWN_2, which {directory}/libown.so lacks: build on the same release\n"
    );
    assert_eq!(staged.err, wanted);
    assert!(staged.files.is_empty(), "{:?}", staged.files);
}

/// Nothing of what is looked at runs, so another architecture is as good.
#[test]
fn a_program_of_another_architecture_brings_its_libraries() {
    let Some(machine) = machine() else { return };
    if Command::new("aarch64-linux-gnu-gcc").arg("--version").output().is_err() {
        eprintln!("skipped: no compiler for aarch64");
        return;
    }
    let directory = machine.directory.path();
    let cross = |name: &str, source: &str, flags: &[&str]| {
        let file = directory.join(format!("{name}.c"));
        fs::write(&file, source).unwrap();
        let mut gcc = Command::new("aarch64-linux-gnu-gcc");
        let out =
            gcc.arg("-nostdlib").arg("-o").arg(directory.join(name)).arg(&file).args(flags).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    cross("libown.so", "int own(void) { return 0; }\n", &["-shared", "-fPIC"]);
    let (at, path) = (directory.to_str().unwrap(), format!("-Wl,-rpath,{}", directory.display()));
    cross("foreign", "int own(void);\nvoid _start(void) { own(); }\n", &["-L", at, "-l:libown.so", &path]);
    let staged = machine.stage(&machine.empty_runtime(), &[&format!("{at}/foreign")]);
    assert_eq!((staged.code, staged.err.as_str()), (Some(0), ""));
    let mut files = staged.files;
    files.sort();
    assert_eq!(files, [format!("{at}/foreign"), format!("{at}/libown.so")]);
}

#[test]
fn an_image_without_a_c_library_is_refused() {
    let Some(machine) = machine() else { return };
    let program = machine.compile("plain", PLAIN, &[]);
    let staged = machine.stage(&machine.empty_runtime(), &[program.to_str().unwrap()]);
    assert_eq!(staged.code, Some(1));
    assert_eq!(
        staged.err,
        "closure.pl: libc.so.6 is part of the C library, and the image to run on has none\n"
    );
}

/// What pip compiled is in the image on its own; what it is linked against is not.
#[test]
fn of_a_tree_behind_an_equals_sign_only_the_libraries_are_staged() {
    let Some(machine) = machine() else { return };
    let directory = machine.directory.path();
    let tree = directory.join("venv");
    fs::create_dir(&tree).unwrap();
    let own = fs::canonicalize(directory).unwrap().join("libown.so");
    machine.compile("libown.so", "int own(void) { return 0; }\n", &["-shared", "-fPIC"]);
    machine.compile("venv/libbeside.so", "int beside(void) { return 0; }\n", &["-shared", "-fPIC"]);
    machine.compile("venv/libgone.so", "int gone(void) { return 0; }\n", &["-shared", "-fPIC"]);
    let source = "int own(void); int beside(void); int gone(void);\nint all(void) { return own() + beside() + gone(); }\n";
    let (at, beside) = (directory.to_str().unwrap(), tree.to_str().unwrap());
    let links = ["-L", at, "-L", beside, "-l:libown.so", "-l:libbeside.so", "-l:libgone.so"];
    let paths = [format!("-Wl,-rpath,{at}"), "-Wl,-rpath,$ORIGIN".to_owned()];
    let flags: Vec<&str> =
        ["-shared", "-fPIC"].into_iter().chain(links).chain(paths.iter().map(String::as_str)).collect();
    machine.compile("venv/module.so", source, &flags);
    fs::remove_file(tree.join("libgone.so")).unwrap();

    let staged = machine.stage(&machine.same_runtime(), &[&format!("={beside}")]);
    assert_eq!(staged.code, Some(0), "{}", staged.err);
    assert_eq!(staged.files, [own.to_str().unwrap()], "{}", staged.err);
    assert!(staged.err.ends_with("module.so needs libgone.so, which is not found\n"), "{}", staged.err);
}

#[test]
fn a_library_that_is_not_there_is_named_with_the_way_out() {
    let Some(machine) = machine() else { return };
    let directory = machine.directory.path().to_str().unwrap();
    machine.compile("libgone.so", "int gone(void) { return 0; }\n", &["-shared", "-fPIC"]);
    let program = machine.compile(
        "needs",
        "int gone(void);\nint main(void) { return gone(); }\n",
        &["-L", directory, "-l:libgone.so"],
    );
    fs::remove_file(machine.directory.path().join("libgone.so")).unwrap();
    let program = program.to_str().unwrap();
    let staged = machine.stage(&machine.same_runtime(), &[program]);
    assert_eq!(staged.code, Some(1));
    let wanted = format!(
        "{program} needs libgone.so, which is not found: install its package, or leave the file out with !{program}"
    );
    assert!(staged.err.ends_with(&format!("closure.pl: {wanted}\n")), "{}", staged.err);
}
