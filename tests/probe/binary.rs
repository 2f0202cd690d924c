//! The file that the Dockerfiles copy.

use std::path::Path;

use super::servers::{V6, closed, saying, serve_v4, v4};
use super::{Probe, STATIC, compile, healthy, probe, unhealthy, works};

/// Types of the program headers of a 64-bit little-endian ELF file.
fn segments(file: &Path) -> Vec<u32> {
    let bytes = std::fs::read(file).expect("the probe is there");
    assert_eq!(&bytes[..6], b"\x7fELF\x02\x01");
    let number = |at: usize, size: usize| {
        bytes[at..at + size].iter().rev().fold(0_usize, |n, b| n << 8 | usize::from(*b))
    };
    let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).map(|i| u32::try_from(number(start + i * size, 4)).expect("four bytes")).collect()
}

pub(crate) fn assert_small_and_static(file: &Path) {
    const DYNAMIC: u32 = 2;
    const INTERPRETER: u32 = 3;
    let size = std::fs::metadata(file).expect("the probe is there").len();
    assert!(size <= 100_000, "{size} bytes");
    let segments = segments(file);
    assert!(!segments.contains(&DYNAMIC) && !segments.contains(&INTERPRETER), "{segments:?}");
}

#[test]
fn it_is_small_and_needs_no_loader() {
    let Some(probe) = probe() else { return };
    assert_small_and_static(&probe.file);
}

#[test]
fn it_is_the_same_on_aarch64() {
    const COMPILER: &str = "aarch64-linux-gnu-gcc";
    if !works(COMPILER) {
        eprintln!("skipped: no {COMPILER}");
        return;
    }
    let file = compile(COMPILER, STATIC, "healthcheck-aarch64").expect("the probe compiles");
    assert_small_and_static(&file);
    let Some(emulator) = ["qemu-aarch64", "qemu-aarch64-static"].into_iter().find(|e| works(e)) else {
        eprintln!("skipped: no emulator to run it");
        return;
    };
    let probe = Probe { argv: vec![emulator.into(), file.clone()], file };
    healthy(&probe, &["http", &v4("HTTP/1.1 200 OK\r\n\r\n"), "/health"]);
    healthy(&probe, &["tcp", &serve_v4(drop)]);
    unhealthy(&probe, &["http", &v4("HTTP/1.1 503 Busy\r\n\r\n"), "/"], "status 503");
    unhealthy(&probe, &["tcp", &closed()], "connection refused");
    if let Some(port) = saying(V6, "HTTP/1.1 200 OK\r\n\r\n") {
        healthy(&probe, &["http", &port.to_string(), "/"]);
    }
    super::grpc::answers_of_all_kinds(&probe);
    super::databases::passwords(&probe, "aarch64");
    assert_eq!(probe.run(&["http"]).status.code(), Some(1));
}
