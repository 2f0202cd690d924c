//! Where a service is looked for: on 127.0.0.1, on `::1`, or behind a Unix socket.

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io::Write};

use super::servers::{V4, V6, closed, request, saying, serve_v4};
use super::{healthy, probe, unhealthy};

#[test]
fn an_open_port_is_healthy_and_a_closed_one_is_not() {
    let Some(probe) = probe() else { return };
    healthy(probe, &["tcp", &serve_v4(drop)]);
    healthy(probe, &["tcp", &serve_v4(drop), "--timeout=1"]);
    for words in [&["tcp"][..], &["grpc"], &["redis"], &["mongodb"], &["tls"]] {
        unhealthy(probe, &[words, &[&closed()]].concat(), "connection refused");
    }
    unhealthy(probe, &["http", &closed(), "/"], "connection refused");
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

/// A service that listens on both is asked on 127.0.0.1, as one that listens there alone.
#[test]
fn ipv4_is_first() {
    let Some(probe) = probe() else { return };
    let pair = (0..100).find_map(|_| {
        let six = TcpListener::bind((V6, 0)).ok()?;
        let four = TcpListener::bind((V4, six.local_addr().ok()?.port())).ok()?;
        Some((four, six))
    });
    let Some((four, six)) = pair else {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    };
    healthy(probe, &["tcp", &four.local_addr().unwrap().port().to_string()]);
    four.set_nonblocking(true).unwrap();
    six.set_nonblocking(true).unwrap();
    assert!(four.accept().is_ok() && six.accept().is_err());
}

#[test]
fn a_unix_socket_is_a_place_like_a_port() {
    let Some(probe) = probe() else { return };
    let directory = tempdir("sockets");
    let path = directory.join("app.sock");
    let place = path.to_str().unwrap().to_owned();
    unhealthy(probe, &["tcp", &place], &format!("no socket {place}"));
    let listener = UnixListener::bind(&path).unwrap();
    healthy(probe, &["tcp", &place]);
    let server = thread::spawn(move || {
        drop(listener.accept().unwrap()); // the connection before
        let (mut stream, _) = listener.accept().unwrap();
        let asked = request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        asked
    });
    healthy(probe, &["http", &place, "/health"]);
    assert!(server.join().unwrap().contains("\r\nHost: localhost\r\n"));
    unhealthy(probe, &["tcp", &place], "connection refused"); // the file alone is left
    fs::remove_dir_all(directory).unwrap();
}

/// The queue of a Unix socket that is full refuses at once where TCP waits.
#[test]
fn a_unix_socket_with_a_full_queue_is_waited_for_in_time() {
    let Some(probe) = probe() else { return };
    let directory = tempdir("queue");
    let path = directory.join("app.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let (sender, connected) = mpsc::channel();
    let place = path.to_str().unwrap().to_owned();
    // Nobody accepts, so one of these connections waits for ever.
    thread::spawn(move || while UnixStream::connect(&path).is_ok_and(|_| sender.send(()).is_ok()) {});
    while connected.recv_timeout(Duration::from_millis(500)).is_ok() {}
    let began = Instant::now();
    unhealthy(probe, &["tcp", &place, "--timeout=1"], "no connection in time");
    assert!(began.elapsed() >= Duration::from_millis(990));
    fs::remove_dir_all(directory).unwrap();
}

pub(crate) fn tempdir(name: &str) -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("probe-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}
