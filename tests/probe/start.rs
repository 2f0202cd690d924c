//! The program that puts environment variables into arguments.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::binary::assert_small_and_static;
use super::{SANITIZED, STATIC, compile_of, native, works};

/// The programs to test, each behind the words that start it: as images have it, with sanitizers, and emulated.
fn programs(test: &str) -> Vec<Vec<PathBuf>> {
    let mut found = Vec::new();
    if native() {
        for (name, flags) in [("start", STATIC), ("start-sanitized", SANITIZED)] {
            let name = format!("{name}-{test}");
            found.push(vec![compile_of("start", "gcc", flags, &name).expect("it compiles")]);
        }
    }
    let emulator = ["qemu-aarch64", "qemu-aarch64-static"].into_iter().find(|emulator| works(emulator));
    match emulator.filter(|_| works("aarch64-linux-gnu-gcc")) {
        Some(emulator) => {
            let name = format!("start-aarch64-{test}");
            let file = compile_of("start", "aarch64-linux-gnu-gcc", STATIC, &name).expect("it compiles");
            found.push(vec![emulator.into(), file]);
        }
        None => eprintln!("skipped: no compiler or emulator for aarch64"),
    }
    found
}

fn run(program: &[PathBuf], words: &[&str]) -> Output {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).args(words).env_clear();
    command.env("PORT", "8080").env("EMPTY", "").env("PORTS", "no").env("BRACES", "{env:PORT}");
    command.output().expect("it starts")
}

#[test]
fn it_is_small_and_needs_no_loader() {
    for program in programs("small") {
        let file = program.last().unwrap();
        if !file.to_string_lossy().contains("sanitized") {
            assert_small_and_static(file);
            assert!(std::fs::metadata(file).unwrap().len() < 10_000);
        }
    }
}

#[test]
fn values_take_the_place_of_references() {
    let cases = [
        ("plain", "plain"),
        ("", ""),
        ("--port={env:PORT}", "--port=8080"),
        ("{env:PORT}:{env:PORT}", "8080:8080"),
        ("{env:EMPTY}", ""),
        ("{env:EMPTY:-9}", "9"),
        ("{env:NONE:-9}", "9"),
        ("{env:NONE:-}", ""),
        ("{env:NONE:-a:-b c}d", "a:-b cd"),
        ("{env:PORT:-9}", "8080"),
        // A value is not looked into.
        ("{env:BRACES}", "{env:PORT}"),
        // What services.toml takes for text is text.
        ("${env:PORT}", "${env:PORT}"),
        ("{env}", "{env}"),
        ("{{env:PORT}}", "{8080}"),
    ];
    for program in programs("values") {
        let words: Vec<_> = cases.iter().map(|(from, _)| *from).collect();
        let output = run(&program, &[&["/usr/bin/printf", "%s\\n"], &words[..]].concat());
        let wanted: Vec<_> = cases.iter().map(|(_, to)| *to).collect();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.lines().collect::<Vec<_>>(), wanted, "{output:?}");
    }
}

#[test]
fn what_keeps_it_from_starting_is_said() {
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let long = "{env:PORT}".repeat(100);
    let cases: [(&[&str], i32, &str); 5] = [
        (&["/bin/true", "{env:NONE}"], 78, "start: the environment variable NONE is not set\n"),
        (&["/bin/true", "{env:POR}"], 78, "start: the environment variable POR is not set\n"),
        (&[], 78, "usage: start PROGRAM [ARGUMENT...]\n"),
        (&["/no/such/program", &long], 127, "start: /no/such/program: no such program\n"),
        (
            &[FILE],
            126,
            concat!(
                "start: ",
                env!("CARGO_MANIFEST_DIR"),
                "/Cargo.toml: cannot be executed: permission denied\n"
            ),
        ),
    ];
    for program in programs("refused") {
        for (words, code, said) in cases {
            let output = run(&program, words);
            assert_eq!(output.status.code(), Some(code), "{program:?} {words:?}: {output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), said, "{program:?} {words:?}");
        }
        let most = "x".repeat(100_000);
        let output = run(&program, &["/bin/true", &most, &most, &most]);
        assert_eq!(output.status.code(), Some(78), "{output:?}");
    }
}

/// The process is the program's own, and so are the signals that come to it.
#[test]
fn the_program_takes_its_place() {
    for program in programs("place") {
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).args(["/bin/sleep", "{env:SECONDS}"]).env("SECONDS", "60");
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        let comm = format!("/proc/{}/comm", child.id());
        let began = std::time::Instant::now();
        while std::fs::read_to_string(&comm).unwrap().trim() != "sleep" {
            assert!(began.elapsed().as_secs() < 20, "{:?}", std::fs::read_to_string(&comm));
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
    }
}
