//! Redis and `MongoDB`, each asked in its own language.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::places::tempdir;
use super::servers::{V4, answering, closed};
use super::{Probe, healthy, probe, unhealthy, works};

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

#[test]
fn redis_is_healthy_when_it_answers_if_only_by_asking_for_a_password() {
    let Some(probe) = probe() else { return };
    for answer in ["+PONG\r\n", "-NOAUTH Authentication required.\r\n"] {
        let (port, asked) = answering(answer);
        healthy(probe, &["redis", &port]);
        assert_eq!(asked.recv().unwrap(), PING);
    }
}

#[test]
fn redis_is_unhealthy_while_it_loads_and_where_another_answers() {
    let Some(probe) = probe() else { return };
    let loading = "-LOADING Redis is loading the dataset in memory";
    for answer in [loading, "HTTP/1.1 200 OK", "+PONG, more or less"] {
        let (port, _asked) = answering(format!("{answer}\r\n"));
        unhealthy(probe, &["redis", &port], &format!("PING is answered by {answer}"));
    }
    let (port, _asked) = answering("");
    unhealthy(probe, &["redis", &port], "connection closed before an answer");
    let (port, _asked) = answering("-".repeat(2000));
    unhealthy(probe, &["redis", &port], "not an answer of Redis");
}

/// Whatever a service says, the engine's log is one line of plain text.
#[test]
fn an_answer_is_printed_as_plain_text_and_not_without_end() {
    let Some(probe) = probe() else { return };
    let (port, _asked) = answering("-ERR \x1b[31mred\x07\u{e9}\r\n");
    unhealthy(probe, &["redis", &port], "PING is answered by -ERR ?[31mred???");
    let (port, _asked) = answering(format!("-{}\r\n", "x".repeat(900)));
    unhealthy(probe, &["redis", &port], &format!("PING is answered by -{}", "x".repeat(126)));
}

/// With a password, what PING is answered by tells: a server that loads refuses strangers first, as a healthy one does.
pub(crate) fn passwords(probe: &Probe, name: &str) {
    let directory = tempdir(name);
    let file = directory.join("password");
    fs::write(&file, "open \"sesame\"\n").unwrap();
    let option = format!("--password-file={}", file.display());
    let (port, asked) = answering("+OK\r\n+PONG\r\n");
    healthy(probe, &["redis", &port, &option]);
    let question = ["*2\r\n$4\r\nAUTH\r\n$13\r\nopen \"sesame\"\r\n".as_bytes(), PING].concat();
    assert_eq!(asked.recv().unwrap(), question);
    for (answer, reason) in [
        ("+OK\r\n-LOADING wait\r\n", "PING is answered by -LOADING wait"),
        (
            "+OK\r\n-NOAUTH Authentication required.\r\n",
            "PING is answered by -NOAUTH Authentication required.",
        ),
        ("-WRONGPASS no\r\n-NOAUTH no\r\n", "AUTH is answered by -WRONGPASS no"),
        ("-ERR no password is set\r\n+PONG\r\n", "AUTH is answered by -ERR no password is set"),
        ("+OK\r\n", "connection closed before an answer"),
    ] {
        let (port, _asked) = answering(answer);
        unhealthy(probe, &["redis", &port, &option], reason);
    }
    let (port, _asked) = answering("+OK\r\n+PONG\r\n");
    for wrong in ["", "\n", "a\0b", &"x".repeat(1024)] {
        fs::write(&file, wrong).unwrap();
        unhealthy(probe, &["redis", &port, &option], &format!("no password in {}", file.display()));
    }
    fs::remove_dir_all(&directory).unwrap();
    unhealthy(probe, &["redis", &port, &option], &format!("cannot open {}", file.display()));
}

#[test]
fn redis_with_a_password_is_asked_as_one_who_knows_it() {
    let Some(probe) = probe() else { return };
    passwords(probe, "passwords");
}

/// A Redis of Debian, started for this test alone.
#[test]
fn a_real_redis_with_and_without_a_password() {
    let Some(probe) = probe() else { return };
    if !works("redis-server") {
        eprintln!("skipped: no redis-server");
        return;
    }
    let directory = tempdir("redis");
    let (right, wrong) = (directory.join("right"), directory.join("wrong"));
    fs::write(&right, "open sesame\n").unwrap();
    fs::write(&wrong, "open barley\n").unwrap();
    let with = |file: &std::path::Path| format!("--password-file={}", file.display());
    for password in [None, Some("open sesame")] {
        let port = closed();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--save", "", "--bind", "127.0.0.1"]).current_dir(&directory);
        if let Some(password) = password {
            command.args(["--requirepass", password]);
        }
        let mut server = command.stdout(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !probe.run(&["redis", &port]).status.success() {
            assert!(began.elapsed() < Duration::from_secs(20), "Redis does not come up");
        }
        healthy(probe, &["redis", &port]);
        let asked = |file| probe.run(&["redis", &port, &with(file)]);
        assert_eq!(asked(&right).status.success(), password.is_some());
        assert_eq!(asked(&wrong).status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&asked(&wrong).stderr).starts_with("unhealthy: AUTH is answered by -")
        );
        server.kill().unwrap();
        server.wait().unwrap();
    }
    fs::remove_dir_all(directory).unwrap();
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

/// The head of an answer to it, as `mongod` sends it.
pub(crate) const HELLO_ANSWER: &[u8] =
    b"\x26\0\0\0\x01\0\0\0dckw\xdd\x07\0\0\0\0\0\0\0\x11\0\0\0\x01ok\0\0\0\0\0\0\0\xf0\x3f\0";

#[test]
fn mongodb_is_healthy_when_it_answers_hello() {
    let Some(probe) = probe() else { return };
    let (port, asked) = answering(HELLO_ANSWER);
    healthy(probe, &["mongodb", &port]);
    assert_eq!(asked.recv().unwrap(), hello());
}

#[test]
fn mongodb_is_unhealthy_where_another_answers_or_nobody() {
    let Some(probe) = probe() else { return };
    let (port, _asked) = answering("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n");
    unhealthy(probe, &["mongodb", &port], "hello is not answered as MongoDB does");
    let (port, _asked) = answering(b"\x26\0\0\0");
    unhealthy(probe, &["mongodb", &port], "connection closed before an answer");
}

/// The kernel accepts connections for a process that hangs: only an answer tells.
#[test]
fn a_server_that_hangs_is_unhealthy_in_its_own_language() {
    let Some(probe) = probe() else { return };
    let listener = TcpListener::bind((V4, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    healthy(probe, &["tcp", &port, "--timeout=1"]);
    for server in ["redis", "mongodb", "grpc", "tls"] {
        unhealthy(probe, &[server, &port, "--timeout=1"], "no answer in time");
    }
}
