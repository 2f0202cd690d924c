//! The static probe, compiled from `templates/support/probe.c` and asked about real servers on loopback.
//!
//! Needs gcc; where a compiler or an emulator is missing, a test says so and passes.

#![allow(clippy::print_stderr)] // a skipped test says why

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// What the Dockerfiles compile it with.
const FLAGS: &[&str] = &[
    "-Os",
    "-static",
    "-nostdlib",
    "-ffreestanding",
    "-fno-pie",
    "-no-pie",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none",
    "-s",
];

/// A probe and the words that start it: itself, or an emulator in front of it.
struct Probe {
    argv: Vec<PathBuf>,
    file: PathBuf,
}

impl Probe {
    fn run(&self, words: &[&str]) -> Output {
        Command::new(&self.argv[0]).args(&self.argv[1..]).args(words).output().expect("the probe starts")
    }
}

fn works(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
}

fn compile(compiler: &str, name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/support/probe.c");
    // Each test is a process of its own, and must not start what another one is just writing.
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (own, file) = (directory.join(format!("{name}.{}", std::process::id())), directory.join(name));
    let output = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror"])
        .args(FLAGS)
        .arg("-o")
        .arg(&own)
        .arg(source)
        .output()
        .expect("the compiler starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(own, &file).expect("the same directory");
    file
}

/// This machine's probe, compiled once.
fn probe() -> Option<&'static Probe> {
    static PROBE: OnceLock<Option<Probe>> = OnceLock::new();
    let native = cfg!(target_os = "linux") && cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    PROBE
        .get_or_init(|| {
            if !native || !works("gcc") {
                #[expect(clippy::print_stderr, reason = "a test that does nothing says so")]
                {
                    eprintln!("skipped: no gcc for a Linux of this architecture");
                }
                return None;
            }
            let file = compile("gcc", "healthcheck");
            Some(Probe { argv: vec![file.clone()], file })
        })
        .as_ref()
}

/// Serves one connection after the other on a free port, on its own thread, until the test ends.
fn serve(address: IpAddr, answer: impl Fn(TcpStream) + Send + 'static) -> Option<u16> {
    let listener = match TcpListener::bind((address, 0)) {
        Ok(listener) => listener,
        Err(e) if e.kind() == ErrorKind::AddrNotAvailable => return None,
        Err(e) => panic!("{e}"),
    };
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    Some(port)
}

fn request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    String::from_utf8(request).expect("a request is ASCII")
}

fn saying(address: IpAddr, answer: &'static str) -> Option<u16> {
    serve(address, move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn v4(answer: &'static str) -> u16 {
    saying(V4, answer).expect("IPv4 loopback is there")
}

/// A port on which nothing listens.
fn closed() -> u16 {
    TcpListener::bind((V4, 0)).and_then(|l| l.local_addr()).expect("a port is free").port()
}

#[track_caller]
fn healthy(probe: &Probe, words: &[&str]) {
    let output = probe.run(words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{words:?}: {output:?}");
}

#[track_caller]
fn unhealthy(probe: &Probe, words: &[&str], reason: &str) {
    let output = probe.run(words);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("unhealthy: {reason}\n"), "{words:?}");
}

/// Answers the first bytes that come, whatever they are, and hands them out.
fn answering(answer: &'static [u8]) -> (u16, mpsc::Receiver<Vec<u8>>) {
    let (sender, asked) = mpsc::channel();
    let port = serve(V4, move |mut stream| {
        let mut bytes = [0; 256];
        let n = stream.read(&mut bytes).unwrap_or(0);
        let _ = sender.send(bytes[..n].to_vec());
        let _ = stream.write_all(answer);
    });
    (port.expect("IPv4 loopback is there"), asked)
}

#[test]
fn redis_is_well_when_it_answers_if_only_by_asking_for_a_password() {
    let Some(probe) = probe() else { return };
    for answer in ["+PONG\r\n", "-NOAUTH Authentication required.\r\n"] {
        let (port, asked) = answering(answer.as_bytes());
        healthy(probe, &["redis", &port.to_string()]);
        assert_eq!(asked.recv().unwrap(), b"PING\r\n");
    }
}

#[test]
fn redis_is_unhealthy_while_it_loads_and_where_another_answers() {
    let Some(probe) = probe() else { return };
    for answer in ["-LOADING Redis is loading the dataset in memory\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
        let (port, _asked) = answering(answer.as_bytes());
        unhealthy(probe, &["redis", &port.to_string()], "PING is not answered by PONG");
    }
    let (port, _asked) = answering(b"");
    unhealthy(probe, &["redis", &port.to_string()], "connection closed before an answer");
    unhealthy(probe, &["redis", &closed().to_string()], "connection refused");
}

/// The message of hello, put together here from the wire protocol's own description.
fn hello() -> Vec<u8> {
    let mut document = b"\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0".to_vec();
    let length = u32::try_from(document.len() + 4).unwrap().to_le_bytes();
    document.splice(0..0, length);
    let mut message = b"dckw\0\0\0\0".to_vec();
    message.extend(2013_u32.to_le_bytes());
    message.extend([0; 5]);
    message.extend(document);
    let length = u32::try_from(message.len() + 4).unwrap().to_le_bytes();
    message.splice(0..0, length);
    message
}

#[test]
fn mongodb_is_well_when_it_answers_hello() {
    let Some(probe) = probe() else { return };
    let (port, asked) =
        answering(b"\x26\0\0\0\x01\0\0\0dckw\xdd\x07\0\0\0\0\0\0\0\x11\0\0\0\x01ok\0\0\0\0\0\0\0\xf0\x3f\0");
    healthy(probe, &["mongodb", &port.to_string()]);
    assert_eq!(asked.recv().unwrap(), hello());
}

#[test]
fn mongodb_is_unhealthy_where_another_answers_or_nobody() {
    let Some(probe) = probe() else { return };
    let (port, _asked) = answering(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n");
    unhealthy(probe, &["mongodb", &port.to_string()], "hello is not answered as MongoDB does");
    let (port, _asked) = answering(b"\x26\0\0\0");
    unhealthy(probe, &["mongodb", &port.to_string()], "connection closed before an answer");
    unhealthy(probe, &["mongodb", &closed().to_string()], "connection refused");
}

/// The kernel accepts connections for a process that hangs: only an answer tells.
#[test]
fn a_server_that_hangs_is_unhealthy_in_its_own_language() {
    let Some(probe) = probe() else { return };
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    healthy(probe, &["tcp", &port, "1"]);
    for server in ["redis", "mongodb"] {
        unhealthy(probe, &[server, &port, "1"], "no answer in time");
    }
}

#[test]
fn a_status_from_200_to_399_is_healthy() {
    let Some(probe) = probe() else { return };
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 204 No Content\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
    ] {
        healthy(probe, &["http", &v4(answer).to_string(), "/health"]);
    }
}

#[test]
fn any_other_status_is_unhealthy_and_named() {
    let Some(probe) = probe() else { return };
    unhealthy(probe, &["http", &v4("HTTP/1.1 500 Oops\r\n\r\n").to_string(), "/"], "status 500");
    unhealthy(probe, &["http", &v4("HTTP/1.0 404 Not Found\r\n\r\n").to_string(), "/"], "status 404");
    unhealthy(probe, &["http", &v4("HTTP/1.1 100 Continue\r\n\r\n").to_string(), "/"], "status 100");
}

#[test]
fn what_is_not_http_is_unhealthy() {
    let Some(probe) = probe() else { return };
    unhealthy(
        probe,
        &["http", &v4("SSH-2.0-OpenSSH_9.2p1 Debian\r\n").to_string(), "/"],
        "not an HTTP answer",
    );
    unhealthy(probe, &["http", &v4("HTTP/1.1 2xx OK\r\n\r\n").to_string(), "/"], "not an HTTP answer");
    let reason = "connection closed before a status line";
    unhealthy(probe, &["http", &v4("HTTP/1.1 2").to_string(), "/"], reason);
    unhealthy(probe, &["http", &v4("").to_string(), "/"], reason);
}

#[test]
fn a_slow_answer_is_waited_for() {
    let Some(probe) = probe() else { return };
    let port = serve(V4, |mut stream| {
        request(&mut stream);
        for part in ["HTT", "P/1.1 2", "00 O", "K\r\n\r\n"] {
            thread::sleep(Duration::from_millis(100));
            let _ = stream.write_all(part.as_bytes());
        }
    });
    healthy(probe, &["http", &port.expect("IPv4").to_string(), "/"]);
}

#[test]
fn the_time_out_is_one_for_everything() {
    let Some(probe) = probe() else { return };
    let drips = |mut stream: TcpStream| {
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            thread::sleep(Duration::from_millis(300));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    };
    let silent = |stream: TcpStream| {
        thread::sleep(Duration::from_secs(3));
        drop(stream);
    };
    for port in [serve(V4, drips), serve(V4, silent)] {
        let began = Instant::now();
        unhealthy(probe, &["http", &port.expect("IPv4").to_string(), "/", "1"], "no answer in time");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(990) && took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn an_answer_without_end_does_not_keep_it() {
    let Some(probe) = probe() else { return };
    let port = serve(V4, |mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'.'; 4096]).is_ok() {}
    });
    let began = Instant::now();
    healthy(probe, &["http", &port.expect("IPv4").to_string(), "/"]);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn an_open_port_is_healthy_and_a_closed_one_is_not() {
    let Some(probe) = probe() else { return };
    healthy(probe, &["tcp", &serve(V4, drop).expect("IPv4").to_string()]);
    healthy(probe, &["tcp", &serve(V4, drop).expect("IPv4").to_string(), "1"]);
    unhealthy(probe, &["tcp", &closed().to_string()], "connection refused");
    unhealthy(probe, &["http", &closed().to_string(), "/"], "connection refused");
}

#[test]
fn a_service_on_ipv6_alone_is_found() {
    let Some(probe) = probe() else { return };
    // A port on which another test serves over IPv4 is no port of IPv6 alone.
    let free = |port: &u16| TcpStream::connect((V4, *port)).is_err();
    let Some(port) = (0..100).map_while(|_| saying(V6, "HTTP/1.1 200 OK\r\n\r\n")).find(free) else {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    };
    healthy(probe, &["http", &port.to_string(), "/"]);
    healthy(probe, &["tcp", &port.to_string()]);
}

#[test]
fn the_request_is_one_that_any_server_takes() {
    let Some(probe) = probe() else { return };
    let (sender, receiver) = std::sync::mpsc::channel();
    let port = serve(V4, move |mut stream| {
        let _ = sender.send(request(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    });
    let port = port.expect("IPv4").to_string();
    healthy(probe, &["http", &port, "/health?deep=1"]);
    let request = receiver.recv().expect("a request came");
    assert!(request.starts_with("GET /health?deep=1 HTTP/1.0\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nHost: localhost:{port}\r\n")), "{request}");
    assert!(request.contains("\r\nConnection: close\r\n"), "{request}");
}

#[test]
fn wrong_arguments_are_unhealthy_and_explained() {
    let Some(probe) = probe() else { return };
    let long = format!("/{}", "x".repeat(5000));
    let cases: &[&[&str]] = &[
        &[],
        &["http"],
        &["http", "80"],
        &["tcp"],
        &["udp", "53"],
        &["tcp", "0"],
        &["tcp", "65536"],
        &["tcp", "99999999999999999999"],
        &["tcp", "-1"],
        &["tcp", "8o"],
        &["tcp", ""],
        &["tcp", "80", "0"],
        &["tcp", "80", "soon"],
        &["tcp", "80", "1", "more"],
        &["http", "80", "health"],
        &["http", "80", ""],
        &["http", "80", "/a b"],
        &["http", "80", "/a\r\nX: y"],
        &["http", "80", "/", "1", "more"],
        &["--version", "more"],
    ];
    for words in cases {
        let output = probe.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).starts_with("usage: healthcheck http PORT PATH"),
            "{words:?}"
        );
    }
    let port = v4("HTTP/1.1 200 OK\r\n\r\n").to_string();
    assert_eq!(probe.run(&["http", &port, &long]).status.code(), Some(1));
}

#[test]
fn it_says_what_it_is() {
    let Some(probe) = probe() else { return };
    let output = probe.run(&["--version"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "healthcheck (dockwright)\n");
}

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

fn assert_small_and_static(file: &Path) {
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
    let file = compile(COMPILER, "healthcheck-aarch64");
    assert_small_and_static(&file);
    let Some(emulator) = ["qemu-aarch64", "qemu-aarch64-static"].into_iter().find(|e| works(e)) else {
        eprintln!("skipped: no emulator to run it");
        return;
    };
    let probe = Probe { argv: vec![emulator.into(), file.clone()], file };
    healthy(&probe, &["http", &v4("HTTP/1.1 200 OK\r\n\r\n").to_string(), "/health"]);
    healthy(&probe, &["tcp", &serve(V4, drop).expect("IPv4").to_string()]);
    unhealthy(&probe, &["http", &v4("HTTP/1.1 503 Busy\r\n\r\n").to_string(), "/"], "status 503");
    unhealthy(&probe, &["tcp", &closed().to_string()], "connection refused");
    if let Some(port) = saying(V6, "HTTP/1.1 200 OK\r\n\r\n") {
        healthy(&probe, &["http", &port.to_string(), "/"]);
    }
    assert_eq!(probe.run(&["http"]).status.code(), Some(1));
}
