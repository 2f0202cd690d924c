//! Health checks in a line of Python or JavaScript, asked about the same servers as the static probe.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, net::TcpStream};

use dockwright::{fleet, render};

use super::places::tempdir;
use super::servers::{V4, V6, closed, request, saying, serve_v4, v4};
use super::works;

const LANGUAGES: [(&str, &str); 2] =
    [("python3", "python = { module = \"a\" }"), ("node", "node = { server = \"a.js\" }")];

/// The interpreters that this machine has.
fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.into_iter().filter(|(interpreter, _)| {
        let works = works(interpreter);
        if !works {
            eprintln!("skipped: no {interpreter}");
        }
        works
    })
}

/// Runs the health check that services.toml says in a language, with this machine's interpreter.
fn check((interpreter, kind): (&str, &str), health: &str, port: &str) -> Output {
    let text = format!(
        "[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[services.a]\nports = [{port}]\n{kind}\nhealth = {health}\n"
    );
    let fleet = fleet::load(&text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
    let command = render::health_command(&fleet.services[0]);
    Command::new(interpreter).args(&command[1..]).output().expect("it starts")
}

#[track_caller]
fn agrees(health: &str, port: &str, code: i32) {
    for language in languages() {
        let output = check(language, health, port);
        assert_eq!(output.status.code(), Some(code), "{language:?}, {health}: {output:?}");
    }
}

#[test]
fn a_service_is_found_on_either_loopback_address() {
    let six = saying(V6, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").map(|port| port.to_string());
    let six = six.filter(|port| TcpStream::connect((V4, port.parse().unwrap())).is_err());
    for port in [Some(v4("HTTP/1.1 204 No Content\r\n\r\n")), six].into_iter().flatten() {
        agrees("{ http = \"/health\" }", &port, 0);
        agrees(&format!("{{ tcp = {port} }}"), &port, 0);
    }
    let closed = closed();
    agrees("{ http = \"/health\" }", &closed, 1);
    agrees(&format!("{{ tcp = {closed} }}"), &closed, 1);
}

#[test]
fn accepted_statuses_are_those_of_the_list_alone() {
    for (answer, plain, listed) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, 1),
        ("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", 0, 1),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 1, 0),
        ("HTTP/1.1 422 Odd\r\nContent-Length: 0\r\n\r\n", 1, 0),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 1, 1),
    ] {
        let port = v4(answer);
        agrees("{ http = \"/\" }", &port, plain);
        agrees("{ http = \"/\", status = \"204,400-404,422\" }", &port, listed);
    }
    agrees(
        "{ http = \"/\", status = 401 }",
        &v4("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
        0,
    );
}

#[test]
fn the_request_names_the_host_that_it_goes_to() {
    let (sender, asked) = mpsc::channel();
    let port = serve_v4(move |mut stream| {
        let _ = sender.send(request(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    agrees("{ http = \"/health\", host = \"shop.example\" }", &port, 0);
    for _ in languages() {
        let request = asked.recv().unwrap().to_ascii_lowercase();
        let hosts: Vec<_> = request.lines().filter(|line| line.starts_with("host:")).collect();
        assert_eq!(hosts, ["host: shop.example"], "{request}");
    }
}

#[test]
fn a_unix_socket_is_asked_as_a_port_is() {
    let directory = tempdir("lines");
    let socket = directory.join("api.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let socket = socket.display().to_string();
    for (path, code) in [(socket.clone(), 0), (format!("{socket}.gone"), 1)] {
        let health = |rest: &str| format!("{{ {rest}unix = {path:?} }}\nvolumes = [{directory:?}]");
        agrees(&health(""), "1", code);
        agrees(&health("http = \"/health\", "), "1", code);
    }
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn https_is_asked_without_verification() {
    let directory = tempdir("https");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=x", "-newkey", "rsa:2048"]);
    openssl.args(["-keyout", "key.pem", "-out", "cert.pem"]).current_dir(&directory);
    if !openssl.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no openssl");
        return;
    }
    let port = closed();
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &port, "-cert", "cert.pem", "-key", "key.pem"])
        .args(["-servername", "shop.example", "-servername_fatal", "-cert2", "cert.pem", "-key2", "key.pem"])
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while TcpStream::connect((V4, port.parse().unwrap())).is_err()
        && began.elapsed() < Duration::from_secs(20)
    {
        thread::sleep(Duration::from_millis(20));
    }
    agrees("{ https = \"/\" }", &port, 0);
    agrees("{ https = \"/\", host = \"shop.example\" }", &port, 0);
    agrees("{ https = \"/\", host = \"other.example\" }", &port, 1);
    agrees("{ https = \"/\", status = 404 }", &port, 1);
    agrees("{ https = \"/\" }", &v4("HTTP/1.1 200 OK\r\n\r\n"), 1);
    server.kill().unwrap();
    server.wait().unwrap();
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_service_that_says_nothing_is_given_up() {
    let port = serve_v4(|stream| {
        thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    for language in languages() {
        let began = Instant::now();
        let output = check(language, "{ http = \"/\", timeout = \"2s\" }", &port);
        assert_eq!(output.status.code(), Some(1), "{language:?}: {output:?}");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }
}
