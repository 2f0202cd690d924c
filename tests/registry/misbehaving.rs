//! What goes wrong, one test each.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dockwright::image::ImageReference;
use dockwright::registry::{Client, Credentials, Patience, RegistryError, Resolved};

use super::server::{Request, Server, digest, index, respond};

fn patience() -> Patience {
    Patience {
        timeout: Duration::from_secs(30),
        retries: 2,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
    }
}

fn client() -> Client {
    Client::new(Credentials::none(), patience())
}

fn image(server: &Server, rest: &str) -> ImageReference {
    format!("{}/{rest}", server.host()).parse().unwrap()
}

fn resolve(server: &Server) -> Result<Resolved, RegistryError> {
    client().resolve(&image(server, "team/app:1"))
}

/// A message without the port, which differs from run to run.
fn message(server: &Server, error: &RegistryError) -> String {
    error.to_string().replace(&server.host(), "HOST")
}

/// Answers like an honest registry with one index under every tag.
fn honest(request: &Request, stream: &mut TcpStream) {
    let content = index(&["arm64", "amd64"]);
    respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(&content))], &content);
}

#[test]
fn a_tag_becomes_a_digest_with_platforms() {
    let server = Server::start(|request, _, stream| honest(request, stream));
    let resolved = resolve(&server).unwrap();
    assert_eq!(resolved.digest, digest(&index(&["arm64", "amd64"])));
    assert_eq!(resolved.platforms(), ["linux/amd64", "linux/arm64"]);
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("HEAD", "/v2/team/app/manifests/1"));
    assert_eq!(seen[1].path, format!("/v2/team/app/manifests/{}", resolved.digest));
    assert!(seen[0].header("accept").unwrap().contains("image.index"));
    assert!(seen[0].header("user-agent").unwrap().starts_with("dockwright/"));
    assert_eq!(seen[0].header("authorization"), None);
}

#[test]
fn a_registry_without_the_digest_header_is_hashed() {
    for head_status in ["200 OK", "405 Method Not Allowed"] {
        let server = Server::start(move |request, _, stream| {
            let status = if request.method == "HEAD" { head_status } else { "200 OK" };
            respond(stream, request, status, &[], &index(&["amd64"]));
        });
        assert_eq!(resolve(&server).unwrap().digest, digest(&index(&["amd64"])), "{head_status}");
    }
}

/// What is sent behind the answer to HEAD, which has no body, is no answer to the question after it.
#[test]
fn a_body_behind_head_answers_no_other_question() {
    let server = Server::start(move |request, before, stream| {
        if before > 0 {
            return respond(stream, request, "200 OK", &[], &index(&["amd64"]));
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        std::thread::sleep(Duration::from_millis(100));
        let other = index(&["arm64"]);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", other.len());
        let _ = stream.write_all(&[head.as_bytes(), &other].concat());
        std::thread::sleep(Duration::from_millis(200));
    });
    assert_eq!(resolve(&server).unwrap().digest, digest(&index(&["amd64"])));
}

#[test]
fn a_missing_tag_is_named() {
    let server = Server::start(|request, _, stream| {
        respond(stream, request, "404 Not Found", &[], br#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#);
    });
    assert_eq!(message(&server, &resolve(&server).unwrap_err()), "HOST/team/app:1 does not exist");
    assert_eq!(server.seen().len(), 1, "a plain no is not asked again");
}

#[test]
fn a_password_that_is_wanted_is_asked_for() {
    let server = Server::start(|request, _, stream| {
        respond(stream, request, "401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"x\"")], b"");
    });
    let error = resolve(&server).unwrap_err();
    assert_eq!(message(&server, &error), "HOST denied access to team/app without a password");
    assert!(error.hint().unwrap().contains(&format!("docker login {}", server.host())));
}

#[test]
fn a_token_is_fetched_once_and_kept() {
    let server = Server::start(|request, _, stream| {
        if request.path.starts_with("/token") {
            return respond(stream, request, "200 OK", &[], br#"{"token": "t0k3n"}"#);
        }
        if request.header("authorization") == Some("Bearer t0k3n") {
            return honest(request, stream);
        }
        let host = request.header("host").unwrap();
        let challenge =
            format!(r#"Bearer realm="http://{host}/token",service="s",scope="repository:team/app:pull""#);
        respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"{}");
    });
    let client = client();
    client.resolve(&image(&server, "team/app:1")).unwrap();
    client.resolve(&image(&server, "team/app:2")).unwrap();
    let tokens: Vec<_> = server.seen().into_iter().filter(|r| r.path.starts_with("/token")).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].path, "/token?service=s&scope=repository:team/app:pull");
}

#[test]
fn a_stored_password_goes_to_the_token_server_alone() {
    let server = Server::start(|request, _, stream| {
        let authorization = request.header("authorization");
        if request.path.starts_with("/token") {
            let known = authorization == Some("Basic YWRhOnNlY3JldA==");
            let status = if known { "200 OK" } else { "401 Unauthorized" };
            return respond(stream, request, status, &[], br#"{"access_token": "t0k3n"}"#);
        }
        if authorization == Some("Bearer t0k3n") {
            return honest(request, stream);
        }
        let challenge = format!("Bearer realm=\"http://{}/token\"", request.header("host").unwrap());
        respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"");
    });
    let with_auth = |auth: &str| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        std::fs::write(&file, format!(r#"{{"auths": {{"{}": {{{auth}}}}}}}"#, server.host())).unwrap();
        let credentials = Credentials::from_file(&file).unwrap();
        Client::new(credentials, patience()).resolve(&image(&server, "team/app:1"))
    };
    with_auth(r#""auth": "YWRhOnNlY3JldA==""#).unwrap();
    assert!(server.seen().iter().all(|r| r.path.starts_with("/token") || !r.headers.contains("Basic")));
    let error = with_auth(r#""auth": "YWRhOndyb25n""#).unwrap_err();
    assert_eq!(message(&server, &error), "HOST denied access to team/app with the stored password");
    assert!(!error.to_string().contains("wrong") && !format!("{error:?}").contains("YWRh"));
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = Server::start(|request, _, stream| {
        if request.path == "/token" && request.body.contains("refresh_token=r3fr3sh") {
            return respond(stream, request, "200 OK", &[], br#"{"access_token": "t0k3n"}"#);
        }
        if request.header("authorization") == Some("Bearer t0k3n") {
            return honest(request, stream);
        }
        let challenge = format!("Bearer realm=\"http://{}/token\"", request.header("host").unwrap());
        respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"");
    });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, format!(r#"{{"auths": {{"{}": {{"identitytoken": "r3fr3sh"}}}}}}"#, server.host()))
        .unwrap();
    let client = Client::new(Credentials::from_file(Path::new(&file)).unwrap(), patience());
    client.resolve(&image(&server, "team/app:1")).unwrap();
}

#[test]
fn a_token_server_elsewhere_gets_nothing() {
    let server = Server::start(|request, _, stream| {
        let challenge = [("Www-Authenticate", "Bearer realm=\"http://192.0.2.1/token\"")];
        respond(stream, request, "401 Unauthorized", &challenge, b"");
    });
    assert_eq!(
        message(&server, &resolve(&server).unwrap_err()),
        "HOST named a token server that is not trusted: `http://192.0.2.1/token` uses plain HTTP to another machine"
    );
}

/// What only begins like this machine is another one: the password would go there in plain HTTP.
#[test]
fn a_token_server_behind_a_user_gets_nothing() {
    for realm in ["http://localhost:1@192.0.2.1/token", "http://[::1]@192.0.2.1/token"] {
        let server = Server::start(move |request, _, stream| {
            let challenge = format!("Bearer realm=\"{realm}\"");
            respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"");
        });
        let error = resolve(&server).unwrap_err();
        assert!(matches!(error, RegistryError::UnsafeAddress { .. }), "{realm}: {error}");
    }
}

/// Answers every request with a redirect.
fn redirecting(location: String) -> Server {
    Server::start(move |request, _, stream| {
        respond(stream, request, "307 Temporary Redirect", &[("Location", &location)], b"");
    })
}

#[test]
fn a_redirect_is_followed_on_this_machine() {
    let honest_one = Server::start(|request, _, stream| honest(request, stream));
    let elsewhere = honest_one.host();
    let server = Server::start(move |request, _, stream| {
        let location = format!("http://{elsewhere}{}", request.path);
        respond(stream, request, "302 Found", &[("Location", &location)], b"");
    });
    assert_eq!(resolve(&server).unwrap().platforms(), ["linux/amd64", "linux/arm64"]);
}

#[test]
fn a_redirect_in_plain_http_leads_nowhere() {
    for location in [
        "http://192.0.2.1/v2/",
        "//192.0.2.1/v2/",
        "http://localhost:1@192.0.2.1/",
        "https://user@192.0.2.1/",
    ] {
        let error = resolve(&redirecting(location.to_owned())).unwrap_err();
        assert!(matches!(error, RegistryError::UnsafeAddress { what: "a redirect", .. }), "{error}");
    }
    let circle = Server::start(|request, _, stream| {
        respond(stream, request, "301 Moved Permanently", &[("Location", &request.path)], b"");
    });
    assert_eq!(message(&circle, &resolve(&circle).unwrap_err()), "HOST redirected more than 5 times");
}

/// Neither is it sent along, nor does the other server get it for asking.
#[test]
fn a_password_follows_no_redirect_to_another_server() {
    let other = Server::start(|request, _, stream| {
        respond(stream, request, "401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b"");
    });
    let location = format!("http://{}/", other.host());
    let server = Server::start(move |request, _, stream| {
        if request.header("authorization").is_some() || request.path.contains("moved") {
            return respond(stream, request, "307 Temporary Redirect", &[("Location", &location)], b"");
        }
        respond(stream, request, "401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b"");
    });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, format!(r#"{{"auths": {{"{}": {{"auth": "YWRhOnNlY3JldA=="}}}}}}"#, server.host()))
        .unwrap();
    for repository in ["team/app", "moved/app"] {
        let client = Client::new(Credentials::from_file(&file).unwrap(), patience());
        let error = client.resolve(&image(&server, &format!("{repository}:1"))).unwrap_err();
        assert!(matches!(error, RegistryError::Unauthorized { .. }), "{error}");
    }
    assert!(other.seen().len() >= 2);
    assert!(other.seen().iter().all(|request| request.header("authorization").is_none()));
}

/// A form that is sent on would hand the refresh token to another server.
#[test]
fn an_identity_token_follows_no_redirect() {
    let other = Server::start(|request, _, stream| respond(stream, request, "200 OK", &[], b"{}"));
    let location = format!("http://{}/token", other.host());
    let server = Server::start(move |request, _, stream| {
        if request.path == "/token" {
            return respond(stream, request, "307 Temporary Redirect", &[("Location", &location)], b"");
        }
        let challenge = format!("Bearer realm=\"http://{}/token\"", request.header("host").unwrap());
        respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"");
    });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, format!(r#"{{"auths": {{"{}": {{"identitytoken": "r3fr3sh"}}}}}}"#, server.host()))
        .unwrap();
    let client = Client::new(Credentials::from_file(&file).unwrap(), patience());
    let error = client.resolve(&image(&server, "team/app:1")).unwrap_err();
    assert_eq!((message(&server, &error).as_str(), other.seen().len()), ("HOST answered with status 307", 0));
}

#[test]
fn a_token_that_is_no_word_is_refused() {
    for (body, cause) in [
        (&br#"{"token": "a\r\nX: b"}"#[..], "it contains characters that a header cannot have"),
        (br#"{"token": ""}"#, "it contains characters that a header cannot have"),
        (br"{}", "it is missing"),
    ] {
        let server = Server::start(move |request, _, stream| {
            if request.path.starts_with("/token") {
                return respond(stream, request, "200 OK", &[], body);
            }
            let challenge = format!("Bearer realm=\"http://{}/token\"", request.header("host").unwrap());
            respond(stream, request, "401 Unauthorized", &[("Www-Authenticate", &challenge)], b"");
        });
        let expected = format!("HOST sent a token that is not valid: {cause}");
        assert_eq!(message(&server, &resolve(&server).unwrap_err()), expected);
    }
}

#[test]
fn too_many_requests_are_waited_for() {
    let server = Server::start(|request, before, stream| {
        if before == 0 {
            return respond(stream, request, "429 Too Many Requests", &[("Retry-After", "1")], b"");
        }
        honest(request, stream);
    });
    let start = Instant::now();
    resolve(&server).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn too_long_a_wait_is_refused() {
    let server = Server::start(|request, _, stream| {
        respond(stream, request, "429 Too Many Requests", &[("Retry-After", "86400")], b"");
    });
    let start = Instant::now();
    let error = resolve(&server).unwrap_err();
    assert_eq!(message(&server, &error), "HOST received too many requests and asks to wait 86400 s");
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn patience_ends() {
    for (status, expected) in [
        ("429 Too Many Requests", "HOST received too many requests"),
        ("503 Service Unavailable", "HOST answered with status 503"),
    ] {
        let server = Server::start(move |request, _, stream| respond(stream, request, status, &[], b""));
        assert_eq!(message(&server, &resolve(&server).unwrap_err()), expected);
        assert_eq!(server.seen().len(), 3);
    }
    let server = Server::start(|request, _, stream| respond(stream, request, "500 Oops", &[], b""));
    assert_eq!(message(&server, &resolve(&server).unwrap_err()), "HOST answered with status 500");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_connection_cut_in_the_middle_is_tried_again() {
    let cut = |stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"manifests\": [");
    };
    let server = Server::start(move |request, before, stream| match (request.method.as_str(), before) {
        ("HEAD", _) | (_, 2..) => honest(request, stream),
        _ => cut(stream),
    });
    resolve(&server).unwrap();
    let server = Server::start(
        move |request, _, stream| {
            if request.method == "HEAD" { honest(request, stream) } else { cut(stream) }
        },
    );
    let expected = "HOST closed the connection in the middle of its answer";
    assert_eq!(message(&server, &resolve(&server).unwrap_err()), expected);
    let server = Server::start(|_, _, _| {});
    assert_eq!(message(&server, &resolve(&server).unwrap_err()), expected);
}

#[test]
fn content_must_have_its_digest() {
    let server = Server::start(|request, _, stream| {
        let (announced, sent) = (index(&["amd64"]), index(&["arm64"]));
        respond(stream, request, "200 OK", &[("Docker-Content-Digest", &digest(&announced))], &sent);
    });
    let (asked, found) = (digest(&index(&["amd64"])), digest(&index(&["arm64"])));
    let error = resolve(&server).unwrap_err();
    assert_eq!(
        message(&server, &error),
        format!("HOST sent content for HOST/team/app:1 with the digest {found}, not {asked}")
    );
    assert!(error.hint().unwrap().contains("do not use it"));
}

#[test]
fn a_configuration_must_have_its_digest() {
    let config = br#"{"os": "linux", "architecture": "arm64"}"#;
    let manifest =
        serde_json::json!({ "schemaVersion": 2, "config": { "digest": digest(config) } }).to_string();
    for (sent, good) in [(&config[..], true), (br#"{"os": "linux", "architecture": "amd64"}"#, false)] {
        let manifest = manifest.clone();
        let server = Server::start(move |request, _, stream| {
            let body = if request.path.contains("/blobs/") { sent } else { manifest.as_bytes() };
            respond(stream, request, "200 OK", &[], body);
        });
        match resolve(&server) {
            Ok(resolved) => assert!(good && resolved.platforms() == ["linux/arm64"]),
            Err(error) => assert!(!good && matches!(error, RegistryError::DigestMismatch { .. }), "{error}"),
        }
    }
}

#[test]
fn garbage_is_told_from_a_manifest() {
    for body in [&b"<html>Welcome to the hotel network</html>"[..], b"\xff\xfe\0", b"{}", b"null"] {
        let server = Server::start(move |request, _, stream| respond(stream, request, "200 OK", &[], body));
        let error = message(&server, &resolve(&server).unwrap_err());
        assert!(error.starts_with("HOST sent a manifest that is not valid: "), "{error}");
    }
    let server = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
    });
    let error = message(&server, &resolve(&server).unwrap_err());
    assert!(error.starts_with("HOST sent an answer that is not valid: "), "{error}");
}

#[test]
fn an_answer_without_end_is_left() {
    let server = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
        while stream.write_all(&[b' '; 8192]).is_ok() {}
    });
    // HEAD has no body, so it is GET that meets it.
    assert_eq!(message(&server, &resolve(&server).unwrap_err()), "HOST sent more than 4194304 bytes");
    let server = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream
            .write_all(b"X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
            .is_ok()
        {}
    });
    let error = message(&server, &resolve(&server).unwrap_err());
    assert!(error.starts_with("HOST sent "), "{error}");
}

#[test]
fn silence_is_not_waited_for_ever() {
    let server = Server::start(|_, _, _| std::thread::sleep(Duration::from_secs(20)));
    let brief = Patience { timeout: Duration::from_secs(1), ..patience() };
    let start = Instant::now();
    let error = Client::new(Credentials::none(), brief).resolve(&image(&server, "team/app:1")).unwrap_err();
    assert_eq!(message(&server, &error), "HOST did not respond within 1 s");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn nobody_there_is_told() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let image: ImageReference = format!("localhost:{port}/x:1").parse().unwrap();
    let error = client().resolve(&image).unwrap_err().to_string();
    assert!(error.starts_with(&format!("localhost:{port} cannot be reached: ")), "{error}");
}

#[test]
fn several_are_resolved_at_once_and_in_order() {
    let busy = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (Arc::clone(&busy), Arc::clone(&most));
    let server = Server::start(move |request, _, stream| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        now.fetch_sub(1, Ordering::SeqCst);
        if request.path.ends_with("/3") {
            return respond(stream, request, "404 Not Found", &[], b"");
        }
        honest(request, stream);
    });
    let images: Vec<_> = (0..8).map(|tag| image(&server, &format!("team/app:{tag}"))).collect();
    let done = std::sync::Mutex::new(Vec::new());
    let results =
        client().resolve_all(&images, 4, |place, result| done.lock().unwrap().push((place, result.is_ok())));
    assert!((2..=4).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    for (image, result) in images.iter().zip(&results) {
        match result {
            Ok(resolved) => assert_eq!(resolved.image, *image),
            Err(error) => assert_eq!(message(&server, error), "HOST/team/app:3 does not exist"),
        }
    }
    let mut done = done.into_inner().unwrap();
    done.sort_unstable();
    assert_eq!(done, (0..8).map(|place| (place, place != 3)).collect::<Vec<_>>());
    assert!(client().resolve_all(&[], 4, |_, _| {}).is_empty());
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let helper = directory.path().join("docker-credential-dockwright-test");
    std::fs::write(
        &helper,
        "#!/bin/sh\nread -r host\ncase $host in\n  127.*) echo '{\"Username\": \"ada\", \"Secret\": \"secret\"}' ;;\n  *) echo 'credentials not found in native keychain'; exit 1 ;;\nesac\n",
    )
    .unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, r#"{"credsStore": "dockwright-test"}"#).unwrap();
    let server = Server::start(|request, _, stream| {
        if request.header("authorization") == Some("Basic YWRhOnNlY3JldA==") {
            return honest(request, stream);
        }
        respond(stream, request, "401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b"");
    });
    // The helper is looked up in PATH, so the lookup happens in a process of its own.
    let path = format!("{}:{}", directory.path().display(), std::env::var("PATH").unwrap());
    let image = format!("{}/team/app:1", server.host());
    let docker_config = directory.path().to_str().unwrap();
    in_another_process(
        "with_helper",
        &[("PATH", &path), ("DOCKER_CONFIG", docker_config), ("DOCKWRIGHT_TEST_IMAGE", &image)],
    );
}

/// Runs one test of this program in a process with another environment.
fn in_another_process(test: &str, environment: &[(&str, &str)]) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("misbehaving::{test}")])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_world_is_reached_by_way_of_the_proxy() {
    let proxy = Server::start(|request, _, stream| respond(stream, request, "403 Forbidden", &[], b""));
    let registry = Server::start(|request, _, stream| honest(request, stream));
    let (url, image) = (format!("http://{}", proxy.host()), format!("{}/team/app:1", registry.host()));
    in_another_process(
        "with_proxy",
        &[
            ("HTTPS_PROXY", &url),
            ("HTTP_PROXY", &url),
            ("NO_PROXY", ""),
            ("DOCKWRIGHT_TEST_LOCAL_IMAGE", &image),
        ],
    );
    let seen: Vec<_> = proxy.seen().into_iter().map(|request| (request.method, request.path)).collect();
    assert_eq!(seen, [("CONNECT".to_owned(), "registry.invalid:443".to_owned())], "and nothing else");
}

/// The other process of `the_world_is_reached_by_way_of_the_proxy`.
#[test]
fn with_proxy() {
    let Ok(local) = std::env::var("DOCKWRIGHT_TEST_LOCAL_IMAGE") else { return };
    client().resolve(&local.parse().unwrap()).unwrap();
    let error = client().resolve(&"registry.invalid/team/app:1".parse().unwrap()).unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
}

/// The other process of `a_credential_helper_is_asked`; without its image there is nothing to do.
#[test]
fn with_helper() {
    let Ok(image) = std::env::var("DOCKWRIGHT_TEST_IMAGE") else { return };
    let image: ImageReference = image.parse().unwrap();
    Client::new(Credentials::from_environment().unwrap(), patience()).resolve(&image).unwrap();
    let port = image.registry().unwrap().rsplit_once(':').unwrap().1;
    let unknown: ImageReference = format!("localhost:{port}/team/app:1").parse().unwrap();
    let error =
        Client::new(Credentials::from_environment().unwrap(), patience()).resolve(&unknown).unwrap_err();
    assert!(matches!(error, RegistryError::Unauthorized { logged_in: false, .. }), "{error}");
}
