//! HTTP: requests, statuses, and answers that come slowly, never, or without end.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::servers::{request, serve_v4, v4};
use super::{healthy, probe, unhealthy};

#[test]
fn a_status_from_200_to_399_is_healthy() {
    let Some(probe) = probe() else { return };
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 204 No Content\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
    ] {
        healthy(probe, &["http", &v4(answer), "/health"]);
    }
}

#[test]
fn any_other_status_is_unhealthy_and_named() {
    let Some(probe) = probe() else { return };
    unhealthy(probe, &["http", &v4("HTTP/1.1 500 Oops\r\n\r\n"), "/"], "status 500");
    unhealthy(probe, &["http", &v4("HTTP/1.0 404 Not Found\r\n\r\n"), "/"], "status 404");
    unhealthy(probe, &["http", &v4("HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 600 Odd\r\n\r\n"), "/"], "status 600");
}

#[test]
fn accepted_statuses_are_those_of_the_list_alone() {
    let Some(probe) = probe() else { return };
    let unauthorized = v4("HTTP/1.1 401 Unauthorized\r\n\r\n");
    healthy(probe, &["http", &unauthorized, "/", "--status=401"]);
    healthy(probe, &["http", &unauthorized, "/", "--status=200,204,401"]);
    unhealthy(probe, &["http", &unauthorized, "/", "--status=200,403"], "status 401");
    unhealthy(probe, &["http", &v4("HTTP/1.1 302 Found\r\n\r\n"), "/", "--status=200"], "status 302");
    for (list, is_healthy) in [("400-404", true), ("200-204,401-403", true), ("200-400,402-599", false)] {
        let list = format!("--status={list}");
        if is_healthy {
            healthy(probe, &["http", &unauthorized, "/", &list]);
        } else {
            unhealthy(probe, &["http", &unauthorized, "/", &list], "status 401");
        }
    }
}

/// RFC 9110, section 15.2: a client parses interim answers, even when it did not expect one.
#[test]
fn an_interim_answer_is_not_the_answer() {
    let Some(probe) = probe() else { return };
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    for (last, is_healthy) in [("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.1 503 Busy\r\n\r\n", false)] {
        let port = serve_v4(move |mut stream| {
            request(&mut stream);
            let _ = stream.write_all(format!("{hints}{hints}{last}").as_bytes());
        });
        if is_healthy {
            healthy(probe, &["http", &port, "/"]);
        } else {
            unhealthy(probe, &["http", &port, "/"], "status 503");
        }
    }
    let port = v4("HTTP/1.1 100 Continue\r\n\r\n");
    unhealthy(probe, &["http", &port, "/"], "connection closed before an answer");
}

#[test]
fn what_is_not_http_is_unhealthy() {
    let Some(probe) = probe() else { return };
    for answer in [
        "SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
        "HTTP/1.1 2xx OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "\r\n",
    ] {
        unhealthy(probe, &["http", &v4(answer), "/"], "not an HTTP answer");
    }
    for answer in ["HTTP/1.1 200", ""] {
        unhealthy(probe, &["http", &v4(answer), "/"], "connection closed before an answer");
    }
}

#[test]
fn a_slow_answer_is_waited_for() {
    let Some(probe) = probe() else { return };
    let port = serve_v4(|mut stream| {
        request(&mut stream);
        for part in ["HTT", "P/1.1 2", "00 O", "K\r\n\r\n"] {
            thread::sleep(Duration::from_millis(100));
            let _ = stream.write_all(part.as_bytes());
        }
    });
    healthy(probe, &["http", &port, "/"]);
}

#[test]
fn the_time_out_is_one_for_everything() {
    let Some(probe) = probe() else { return };
    let drips = |mut stream: TcpStream| {
        for byte in b"HTTP/1.1 200 OK".iter().cycle() {
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
    for port in [serve_v4(drips), serve_v4(silent)] {
        let began = Instant::now();
        unhealthy(probe, &["http", &port, "/", "--timeout=1"], "no answer in time");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(990) && took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn an_answer_without_end_does_not_keep_it() {
    let Some(probe) = probe() else { return };
    for (start, is_healthy) in [("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.1 200 OK", false)] {
        let port = serve_v4(move |mut stream| {
            let _ = stream.write_all(start.as_bytes());
            while stream.write_all(&[b'.'; 4096]).is_ok() {}
        });
        let began = Instant::now();
        if is_healthy {
            healthy(probe, &["http", &port, "/"]);
        } else {
            unhealthy(probe, &["http", &port, "/"], "not an HTTP answer");
        }
        assert!(began.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn the_request_is_one_that_any_server_takes() {
    let Some(probe) = probe() else { return };
    let (sender, receiver) = mpsc::channel();
    let port = serve_v4(move |mut stream| {
        let _ = sender.send(request(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    });
    healthy(probe, &["http", &port, "/health?deep=1"]);
    let request = receiver.recv().expect("a request came");
    assert!(request.starts_with("GET /health?deep=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nHost: localhost:{port}\r\n")), "{request}");
    assert!(request.contains("\r\nConnection: close\r\n"), "{request}");
    healthy(probe, &["http", &port, "/", "--host=shop.example:8443"]);
    let request = receiver.recv().expect("a request came");
    assert_eq!(request.matches("\r\nHost: ").count(), 1);
    assert!(request.contains("\r\nHost: shop.example:8443\r\n"), "{request}");
}
