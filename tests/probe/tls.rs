//! The start of a TLS handshake.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::places::tempdir;
use super::servers::{answering, closed};
use super::{healthy, probe, unhealthy};

/// What `openssl s_server` answers, whatever versions, groups and keys it is held to.
#[test]
fn a_real_server_greets_back() {
    let Some(probe) = probe() else { return };
    let directory = tempdir("tls");
    let make = |key: &[&str], name: &str| {
        let file = |extension| directory.join(format!("{name}.{extension}"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=x", "-newkey"]).args(key);
        openssl.arg("-keyout").arg(file("key")).arg("-out").arg(file("pem"));
        openssl.output().is_ok_and(|output| output.status.success())
    };
    if !make(&["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "ec") || !make(&["rsa:2048"], "rsa") {
        eprintln!("skipped: no openssl");
        return;
    }
    for (key, options) in [
        ("ec", &["-tls1_2"][..]),
        ("rsa", &["-tls1_2"]),
        ("rsa", &["-tls1_2", "-cipher", "AES128-GCM-SHA256"]),
        ("ec", &["-tls1_3"]),
        ("rsa", &["-tls1_3", "-groups", "P-384"]), // another round: HelloRetryRequest
        ("ec", &["-tls1_3", "-Verify", "1"]),      // a client without a certificate is greeted as well
    ] {
        let port = closed();
        let mut server = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-accept",
                &port,
                "-cert",
                &format!("{key}.pem"),
                "-key",
                &format!("{key}.key"),
            ])
            .args(options)
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !probe.run(&["tcp", &port]).status.success() && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(20));
        }
        healthy(probe, &["tls", &port]);
        healthy(probe, &["tls", &port, "--host=shop.example"]);
        server.kill().unwrap();
        server.wait().unwrap();
    }
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn an_alert_is_unhealthy_and_named() {
    let Some(probe) = probe() else { return };
    let (port, _asked) = answering(b"\x15\x03\x03\0\x02\x02\x46");
    unhealthy(probe, &["tls", &port], "TLS alert 70");
}

#[test]
fn what_is_not_tls_is_unhealthy() {
    let Some(probe) = probe() else { return };
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\x16\x03\x03\0\x04\x01\0\0\0",
        b"\x16\x02\x03\0\x04\x02\0",
    ] {
        let (port, _asked) = answering(answer);
        unhealthy(probe, &["tls", &port], "not a TLS answer");
    }
    let (port, _asked) = answering(b"\x16\x03\x03");
    unhealthy(probe, &["tls", &port], "connection closed before an answer");
}

/// Lengths within lengths: a server reads no further than each says.
#[test]
fn the_greeting_is_as_long_as_it_says() {
    let Some(probe) = probe() else { return };
    for host in [None, Some("shop.example")] {
        let (port, asked) = answering(b"\x16\x03\x03\0\x7a\x02\0\0\x76");
        let option = host.map(|host| format!("--host={host}"));
        healthy(probe, &["tls", &port].into_iter().chain(option.as_deref()).collect::<Vec<_>>());
        let hello = asked.recv().unwrap();
        let number =
            |at: usize, width: usize| hello[at..at + width].iter().fold(0, |n, b| n << 8 | usize::from(*b));
        assert_eq!(hello.len(), 5 + number(3, 2));
        assert_eq!(hello.len(), 9 + number(6, 3));
        let suites = 9 + 2 + 32 + 1;
        let extensions = suites + 2 + number(suites, 2) + 2;
        assert_eq!(hello.len(), extensions + 2 + number(extensions, 2));
        let mut at = extensions + 2;
        let mut names = Vec::new();
        while at < hello.len() {
            let bytes = number(at + 2, 2);
            if number(at, 2) == 0 {
                names.push(String::from_utf8_lossy(&hello[at + 9..at + 4 + bytes]).into_owned());
            }
            at += 4 + bytes;
        }
        assert_eq!(at, hello.len());
        assert_eq!(names, host.into_iter().collect::<Vec<_>>());
    }
}
