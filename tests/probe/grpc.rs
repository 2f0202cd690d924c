//! gRPC: the health service of real servers, and answers put together byte by byte.

use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{iter, thread};

use super::servers::{answering, beside, python, serve_v4, v4, with_port};
use super::{Probe, healthy, probe, unhealthy, works};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A field without compression.
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

fn status(status: u8) -> Vec<u8> {
    frame(DATA, 0, 1, &[0, 0, 0, 0, 2, 8, status])
}

fn trailers(code: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &field("grpc-status", code))
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// `:status 200`, by number.
fn ok() -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, &[0x88])
}

/// The plainest healthy answer.
pub(crate) fn serving() -> Vec<u8> {
    [settings(), ok(), status(1), trailers("0")].concat()
}

/// The same with all that the protocol allows around it.
pub(crate) fn serving_with_ornaments() -> Vec<u8> {
    [
        frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100, 0, 4, 0, 0, 255, 255]),
        frame(SETTINGS, ACK, 0, &[]),
        frame(8, 0, 0, &[0, 0, 255, 255]),
        frame(PING, 0, 0, b"whatever"),
        frame(0xbe, 7, 3, b"an extension"),
        frame(HEADERS, END_HEADERS, 1, &field(":status", "103")),
        // padding, priority, an emptied table, a status by the number of its name, and a remembered field
        frame(HEADERS, PADDED | PRIORITY, 1, b"\x03\0\0\0\0\x10\x20\x3f\xe1\x1f\x08\x03200\x40\0\0\0\0\0"),
        frame(CONTINUATION, END_HEADERS, 1, &field("content-type", "application/grpc")),
        frame(DATA, PADDED, 1, &[2, 0, 0, 0, 0, 2, 0, 0]),
        frame(DATA, 0, 1, &[8, 1]),
        frame(GOAWAY, 0, 0, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
        // `grpc-status` in Huffman's code, as most servers write it
        frame(HEADERS, END_STREAM, 1, b"\0\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f"),
        frame(CONTINUATION, END_HEADERS, 1, b"\x01\x30"),
    ]
    .concat()
}

/// Frames of the answers, with what the probe says of each; shared with the other architecture.
pub(crate) fn answers_of_all_kinds(probe: &Probe) {
    for answer in [serving(), serving_with_ornaments()] {
        let (port, _asked) = answering(answer);
        healthy(probe, &["grpc", &port]);
    }
    let with = |rest: Vec<Vec<u8>>| [settings(), rest.concat()].concat();
    let not_allowed = "a frame that HTTP/2 does not allow";
    let bad_headers = "headers that HTTP/2 does not allow";
    let headers = |block: &[u8]| with(vec![frame(HEADERS, END_HEADERS | END_STREAM, 1, block)]);
    for (answer, reason) in [
        (with(vec![ok(), status(2), trailers("0")]), "serving status NOT_SERVING"),
        (with(vec![ok(), status(3), trailers("0")]), "serving status SERVICE_UNKNOWN"),
        (with(vec![ok(), status(9), trailers("0")]), "serving status not known"),
        (with(vec![ok(), frame(DATA, 0, 1, &[0; 5]), trailers("0")]), "serving status UNKNOWN"),
        (
            with(vec![ok(), frame(DATA, 0, 1, &[1, 0, 0, 0, 2, 8, 1]), trailers("0")]),
            "serving status UNKNOWN",
        ),
        (with(vec![ok(), trailers("0")]), "serving status UNKNOWN"),
        (with(vec![ok(), trailers("5")]), "grpc-status NOT_FOUND"),
        (with(vec![ok(), trailers("12")]), "grpc-status UNIMPLEMENTED"),
        (with(vec![ok(), trailers("16")]), "grpc-status UNAUTHENTICATED"),
        (with(vec![ok(), trailers("17")]), "grpc-status 17"),
        (with(vec![ok(), trailers("99999999999999999999")]), "grpc-status 99999999999999999999"),
        (with(vec![ok(), trailers("no")]), "grpc-status no"),
        (with(vec![ok(), status(1), trailers("14")]), "grpc-status UNAVAILABLE"),
        (with(vec![ok(), frame(DATA, END_STREAM, 1, &[0, 0, 0, 0, 2, 8, 1])]), "grpc-status missing"),
        (with(vec![ok(), status(1)]), "connection closed before an answer"),
        (with(vec![frame(HEADERS, END_HEADERS, 1, &[0x8d])]), "HTTP status 404"),
        (with(vec![frame(HEADERS, END_HEADERS, 1, &field(":status", "503"))]), "HTTP status 503"),
        (with(vec![frame(HEADERS, END_HEADERS, 1, &field("a", "b"))]), "HTTP status missing"),
        (with(vec![frame(RST_STREAM, 0, 1, &[0, 0, 0, 7])]), "the service resets the request"),
        (with(vec![frame(GOAWAY, 0, 0, &[0; 8])]), "the service closes the connection (GOAWAY)"),
        (frame(SETTINGS, ACK, 0, &[]), "not an HTTP/2 answer"),
        (ok(), "not an HTTP/2 answer"),
        (frame(SETTINGS, 0, 0, &vec![0; 16385]), not_allowed),
        (with(vec![frame(DATA, 0, 1, &vec![0; 16385])]), not_allowed),
        (with(vec![b"\xff\xff\xff\0\0\0\0\0\x01".to_vec()]), not_allowed),
        (with(vec![frame(DATA, PADDED, 1, &[9, 0])]), not_allowed),
        (with(vec![frame(HEADERS, PRIORITY, 1, &[0; 4])]), not_allowed),
        (with(vec![ok(), frame(DATA, 0, 1, &[0; 65])]), "an answer too long for a health service"),
        (headers(&[0xbe]), bad_headers),       // a number beyond the table
        (headers(&[0x40]), bad_headers),       // a name that is not there
        (headers(&[0, 5, b'a']), bad_headers), // a name longer than the block
        (headers(&[0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f]), bad_headers), // a length of five bytes
        (headers(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), bad_headers),
    ] {
        let (port, _asked) = answering(answer);
        unhealthy(probe, &["grpc", &port], reason);
    }
}

#[test]
fn the_answer_decides() {
    let Some(probe) = probe() else { return };
    answers_of_all_kinds(probe);
}

/// Appendix B of RFC 7541: the last symbol of each length of codes, the shorter ones by name, and an `a` at the end.
#[test]
fn huffman_s_codes_of_all_lengths_are_read() {
    let Some(probe) = probe() else { return };
    let code = [
        0x4d, 0xbe, 0xff, 0x7f, 0xcf, 0xf9, 0xff, 0x7f, 0xfd, 0xff, 0xf7, 0xff, 0xf7, 0xff, 0xf2, 0xff, 0xfe,
        0xdf, 0xff, 0xf4, 0x7f, 0xff, 0xd7, 0xff, 0xff, 0xd3, 0xff, 0xff, 0xd7, 0xff, 0xff, 0xdf, 0xff, 0xff,
        0xf7, 0x7f, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xf8, 0x7f,
    ];
    let block = [b"\0\x0bgrpc-status\xaf", &code[..]].concat();
    let last = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block);
    let (port, _asked) = answering([settings(), ok(), status(1), last].concat());
    unhealthy(probe, &["grpc", &port], &format!("grpc-status tuzZ{}a", "?".repeat(17)));
}

#[test]
fn http_1_and_silence_are_no_answer() {
    let Some(probe) = probe() else { return };
    let (port, _asked) = answering("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    unhealthy(probe, &["grpc", &port], "not an HTTP/2 answer");
    unhealthy(probe, &["grpc", &v4("")], "connection closed before an answer");
}

/// Frames without end, each of which is allowed: the time is up all the same.
#[test]
fn a_server_that_never_comes_to_the_point_is_given_up() {
    let Some(probe) = probe() else { return };
    let pings = frame(PING, 0, 0, b"and more").repeat(100);
    let nothing = frame(DATA, 0, 1, &[]).repeat(100);
    let extensions = frame(0xbe, 0, 0, &[0; 16384]);
    for part in [pings, nothing, extensions] {
        let port = serve_v4(move |mut stream| {
            let _ = stream.write_all(&[settings(), ok()].concat());
            while stream.write_all(&part).is_ok() {}
        });
        let began = Instant::now();
        let output = probe.run(&["grpc", &port, "--timeout=1"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).ends_with("in time\n"), "{output:?}");
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(990) && took < Duration::from_secs(3), "{took:?}");
    }
    let port = serve_v4(|mut stream| {
        let _ = stream.write_all(&settings());
        let mut next = frame(HEADERS, 0, 1, &[0x88; 1000]);
        while stream.write_all(&next).is_ok() {
            next = frame(CONTINUATION, 0, 1, &[0x88; 1000]);
        }
    });
    unhealthy(probe, &["grpc", &port], "headers longer than 16 KB");
    let port = serve_v4(|mut stream| {
        for byte in serving() {
            thread::sleep(Duration::from_millis(200));
            let _ = stream.write_all(&[byte]);
        }
    });
    unhealthy(probe, &["grpc", &port, "--timeout=1"], "no answer in time");
}

/// PING and SETTINGS want an answer, and get the right one.
#[test]
fn it_acknowledges_what_wants_it() {
    let Some(probe) = probe() else { return };
    let (sender, receiver) = std::sync::mpsc::channel();
    let port = serve_v4(move |mut stream| {
        use std::io::Read;
        let _ = stream.write_all(&[settings(), frame(PING, 0, 0, b"12345678")].concat());
        let mut seen = Vec::new();
        let mut part = [0; 512];
        let wanted = [frame(SETTINGS, ACK, 0, &[]), frame(PING, ACK, 0, b"12345678")].concat();
        while !seen.ends_with(&wanted) {
            let n = stream.read(&mut part).unwrap();
            assert!(n > 0, "{seen:?}");
            seen.extend(&part[..n]);
        }
        let _ = stream.write_all(&[ok(), status(1), trailers("0")].concat());
        let _ = sender.send(seen);
    });
    healthy(probe, &["grpc", &port, "shop.Cart"]);
    let seen = receiver.recv().unwrap();
    assert!(seen.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    let body = frame(DATA, END_STREAM, 1, b"\0\0\0\0\x0b\x0a\x09shop.Cart");
    assert!(seen.windows(body.len()).any(|window| window == body));
}

#[test]
fn grpcio_is_asked_and_answers() {
    let Some(probe) = probe() else { return };
    let modules = "grpc, grpc_health.v1.health";
    let Some((_server, port)) = python("with_grpcio.py", &[], modules) else { return };
    healthy(probe, &["grpc", &port]);
    healthy(probe, &["grpc", &port, "shop.Cart"]);
    healthy(probe, &["grpc", &port, "shop.Cart", "--host=shop.example"]);
    unhealthy(probe, &["grpc", &port, "shop.Down"], "serving status NOT_SERVING");
    unhealthy(probe, &["grpc", &port, "shop.New"], "serving status UNKNOWN");
    unhealthy(probe, &["grpc", &port, "shop.None"], "grpc-status NOT_FOUND");
    unhealthy(probe, &["http", &port, "/"], "connection closed before an answer");
    let Some((_server, port)) = python("with_grpcio.py", &["without-health"], modules) else { return };
    unhealthy(probe, &["grpc", &port], "grpc-status UNIMPLEMENTED");
    let Some((_server, port)) = python("with_grpcio.py", &["ipv6"], modules) else { return };
    if port != "0" {
        healthy(probe, &["grpc", &port]);
    }
}

#[test]
fn h2_understands_the_request() {
    let Some(probe) = probe() else { return };
    let Some((mut server, port)) = python("with_h2.py", &[], "h2") else { return };
    let name: String = iter::repeat_n("service.", 40).collect();
    healthy(probe, &["grpc", &port, &name]);
    assert_eq!(
        server.line(),
        format!(
            "[(':authority', 'localhost:{port}'), (':method', 'POST'), (':path', '/grpc.health.v1.Health/Check'), \
             (':scheme', 'http'), ('content-type', 'application/grpc'), ('te', 'trailers'), \
             ('user-agent', 'healthcheck')]"
        )
    );
    let hex: Vec<_> = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(server.line(), format!("00000001430ac002{}", hex.concat()));
}

#[test]
fn node_answers() {
    let Some(probe) = probe() else { return };
    if !works("node") {
        eprintln!("skipped: no node");
        return;
    }
    let (_server, port) = with_port(Command::new("node").arg(beside("with_node.js")));
    healthy(probe, &["grpc", &port]);
}
