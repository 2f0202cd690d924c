//! The command line.

use super::probe;
use super::servers::v4;

#[test]
fn wrong_arguments_are_unhealthy_and_explained() {
    let Some(probe) = probe() else { return };
    let long = format!("--host={}", "x".repeat(127));
    let socket = format!("/{}", "x".repeat(107));
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
        &["tcp", "run/app.sock"],
        &["tcp", &socket],
        &["tcp", "80", "9"],
        &["tcp", "80", "--timeout=0"],
        &["tcp", "80", "--timeout=soon"],
        &["tcp", "80", "--timeout=3601"],
        &["tcp", "80", "--timeout"],
        &["tcp", "80", "--status=200"],
        &["tcp", "80", "--host=a"],
        &["http", "80", "health"],
        &["http", "80", ""],
        &["http", "80", "/a b"],
        &["http", "80", "/a\r\nX: y"],
        &["http", "80", "/ü"],
        &["http", "80", "/", "more"],
        &["http", "80", "/", "--status="],
        &["http", "80", "/", "--status=20"],
        &["http", "80", "/", "--status=200,"],
        &["http", "80", "/", "--status=2xx"],
        &["http", "80", "/", "--status=200 201"],
        &["http", "80", "/", "--status=200-"],
        &["http", "80", "/", "--status=-204"],
        &["http", "80", "/", "--status=200-204-206"],
        &["http", "80", "/", "--host="],
        &["http", "80", "/", "--host=a\r\nX: y"],
        &["http", "80", "/", &long],
        &["http", "80", "/", "--password-file=/p"],
        &["grpc", "80", "a", "b"],
        &["grpc", "80", "a b"],
        &["redis", "80", "--password=secret"],
        &["--version", "more"],
    ];
    for words in cases {
        let output = probe.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.starts_with("usage: healthcheck http WHERE PATH"), "{words:?}: {said}");
    }
}

#[test]
fn a_path_longer_than_any_request_is_refused() {
    let Some(probe) = probe() else { return };
    let long = format!("/{}", "x".repeat(9000));
    assert_eq!(probe.run(&["http", &v4("HTTP/1.1 200 OK\r\n\r\n"), &long]).status.code(), Some(1));
}

#[test]
fn options_may_stand_anywhere() {
    let Some(probe) = probe() else { return };
    super::healthy(probe, &["http", "--timeout=9", &v4("HTTP/1.1 200 OK\r\n\r\n"), "--status=200", "/"]);
}

#[test]
fn it_says_what_it_is() {
    let Some(probe) = probe() else { return };
    let output = probe.run(&["--version"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "healthcheck (dockwright)\n");
}
