//! Servers that the probe is asked about: a thread of the test, or a program.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;

pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Serves one connection after the other on a free port, on its own thread, until the test ends.
pub(crate) fn serve(address: IpAddr, answer: impl Fn(TcpStream) + Send + 'static) -> Option<u16> {
    let listener = match TcpListener::bind((address, 0)) {
        Ok(listener) => listener,
        Err(e) if e.kind() == ErrorKind::AddrNotAvailable => return None,
        Err(e) => panic!("{e}"),
    };
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    Some(port)
}

/// The same on 127.0.0.1, as a word of the command line.
pub(crate) fn serve_v4(answer: impl Fn(TcpStream) + Send + 'static) -> String {
    serve(V4, answer).expect("IPv4 loopback is there").to_string()
}

pub(crate) fn request(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    String::from_utf8(request).expect("a request is ASCII")
}

/// Answers every request alike, over HTTP.
pub(crate) fn saying(address: IpAddr, answer: &'static str) -> Option<u16> {
    serve(address, move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(answer.as_bytes());
    })
}

pub(crate) fn v4(answer: &'static str) -> String {
    saying(V4, answer).expect("IPv4 loopback is there").to_string()
}

/// A port on which nothing listens.
pub(crate) fn closed() -> String {
    TcpListener::bind((V4, 0)).and_then(|l| l.local_addr()).expect("a port is free").port().to_string()
}

/// Answers the first bytes that come, whatever they are, and hands them out.
pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> (String, mpsc::Receiver<Vec<u8>>) {
    let (answer, (sender, asked)) = (answer.into(), mpsc::channel());
    let port = serve_v4(move |mut stream| {
        let mut bytes = [0; 4096];
        let n = stream.read(&mut bytes).unwrap_or(0);
        let _ = sender.send(bytes[..n].to_vec());
        let _ = stream.write_all(&answer);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    (port, asked)
}

/// A program that serves until it is dropped.
pub(crate) struct Program {
    child: Child,
    _input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { _input: child.stdin.take(), output, child }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One of the programs beside this file, and its port; nothing, and a word about it, if `modules` are missing.
pub(crate) fn python(file: &str, arguments: &[&str], modules: &str) -> Option<(Program, String)> {
    let import = Command::new("python3").args(["-c", &format!("import {modules}")]).output();
    if !import.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no Python with {modules}");
        return None;
    }
    Some(with_port(Command::new("python3").arg(beside(file)).args(arguments)))
}

pub(crate) fn with_port(command: &mut Command) -> (Program, String) {
    let mut program = Program::start(command);
    let port = program.line();
    assert!(port.parse::<u16>().is_ok(), "{port:?}");
    (program, port)
}

pub(crate) fn beside(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe/servers").join(file)
}
