//! What a Compose file says beside the build: published ports, host names, and what the new fleet has no key for.

use super::{described, entries};

const MAIN: &str = "const http = require('http')\nhttp.createServer().listen(8080)\n";

/// A service of Node in a directory.
fn node(directory: &str) -> Vec<(String, String)> {
    let manifest = "{ \"main\": \"server.js\" }".to_owned();
    let dockerfile = "FROM node:24\nEXPOSE 8080\nCMD [\"node\", \"server.js\"]\n".to_owned();
    vec![
        (format!("{directory}/package.json"), manifest),
        (format!("{directory}/package-lock.json"), "{}".to_owned()),
        (format!("{directory}/server.js"), MAIN.to_owned()),
        (format!("{directory}/Dockerfile"), dockerfile),
    ]
}

/// What is written for a Compose file with services of Node in some directories.
fn of(files: &[(&str, &str)], directories: &[&str]) -> (String, Vec<String>) {
    let owned: Vec<(String, String)> = directories.iter().flat_map(|directory| node(directory)).collect();
    let mut all: Vec<(&str, &str)> =
        owned.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.extend(files);
    let (text, unknowns) = described(&all);
    (text.text, unknowns)
}

#[test]
fn what_compose_publishes_is_published() {
    let publish = |ports: &str| {
        let compose = format!("services:\n  web:\n    build: web\n    ports: {ports}\n");
        let (text, unknowns) = of(&[("compose.yaml", &compose)], &["web"]);
        let lines = text.lines().filter(|line| line.starts_with("publish") || line.starts_with("ports"));
        let unknowns = unknowns.into_iter().filter(|line| line.contains("publish"));
        lines.map(ToOwned::to_owned).chain(unknowns).collect::<Vec<_>>().join("\n")
    };
    for (said, expected) in [
        ("[\"8080:8080\"]", "publish   = [8080]"),
        ("[\"80:8080\"]", "publish   = [\"80:8080\"]"),
        ("[\"127.0.0.1:80:8080/tcp\"]", "publish   = [\"127.0.0.1:80:8080\"]"),
        ("[{ target: 8080, published: \"81\", host_ip: 127.0.0.1 }]", "publish   = [\"127.0.0.1:81:8080\"]"),
        ("[{ target: 8080, published: 81 }]", "publish   = [\"81:8080\"]"),
        (
            "[\"${WEB_PORT:-80}:8080\"]",
            "publish   = [\"80:8080\"]  # guessed: compose.yaml says ${WEB_PORT:-80}:8080",
        ),
    ] {
        let shown = publish(said);
        assert!(shown.ends_with(expected), "{said}: {shown}");
        assert!(!shown.contains("web: publish"), "{said}: {shown}");
    }
    let shown = publish("[\"8080-8081:8080-8081\"]");
    assert!(shown.contains("[8080, 8081]") && shown.contains("publish   = [8080, 8081]"), "{shown}");
    for (said, why) in [
        ("[\"8080\"]", "8080: the engine chooses the port of the host"),
        ("[\"127.0.0.1::8080\"]", "127.0.0.1::8080: the engine chooses the port of the host"),
        ("[\"8080:8080/udp\"]", "8080:8080/udp: only TCP ports can be published"),
        ("[\"${WEB_PORT}:8080\"]", "${WEB_PORT}:8080: no file says what it is"),
        ("[\"shop.local:80:8080\"]", "shop.local:80:8080: it is no address of a host"),
        ("[\"9229:9229\"]", "9229, where debuggers listen"),
    ] {
        let shown = publish(said);
        assert!(shown.contains(&format!("web: publish: compose.yaml publishes {why}")), "{said}: {shown}");
        assert!(!shown.contains("publish   ="), "{said}: {shown}");
    }
    assert_eq!(publish("[]"), "ports     = [8080]");
}

#[test]
fn two_services_do_not_publish_one_port_of_the_host() {
    let a = "services:\n  a:\n    build: a\n    ports: [\"8080:8080\", \"127.0.0.1:90:8080\"]\n";
    let b = "services:\n  b:\n    build: .\n    ports: [\"8080:8080\", \"91:8080\"]\n";
    let (text, unknowns) = of(&[("compose.yaml", a), ("b/compose.yaml", b)], &["a", "b"]);
    assert!(text.contains("publish   = [8080, \"127.0.0.1:90:8080\"]"), "{text}");
    assert!(text.contains("publish   = [\"91:8080\"]"), "{text}");
    let told = "b: publish: host port 8080 is not published: a publishes it".to_owned();
    assert!(unknowns.contains(&told), "{unknowns:?}");
}

#[test]
fn a_site_is_published_where_its_new_server_listens() {
    let compose = "services:\n  site:\n    build: site\n    ports: [\"3000:80\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("site/Dockerfile", "FROM nginx\nCOPY index.html /usr/share/nginx/html/\nEXPOSE 80\n"),
        ("site/index.html", "<p>\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("publish   = [\"3000:8080\"]"), "{text}");
}

#[test]
fn host_names_of_compose_become_the_names_of_the_fleet() {
    let compose = "services:\n\
        \x20 java-message: { build: message, container_name: message-service }\n\
        \x20 year:\n\
        \x20   build: year\n\
        \x20   networks: { back: { aliases: [calendar] } }\n\
        \x20 front:\n\
        \x20   build: front\n\
        \x20   links: [\"year:time\"]\n\
        \x20   environment:\n\
        \x20     MESSAGE_URL: http://message-service:9000/message-service\n\
        \x20     YEAR_ADDR: calendar:6001\n\
        \x20     TIME_HOST: time\n\
        \x20     DSN_OF_YEAR: host=calendar port=1\n\
        \x20     OTEL_SERVICE_NAME: message-service\n\
        \x20     OTHER: message-service\n\
        \x20     CACHE_URL: redis://cache:6379\n\
        \x20   depends_on: [db, year]\n\
        \x20 cache: { image: redis }\n\
        \x20 db: { image: postgres }\n";
    let (text, unknowns) = of(&[("compose.yaml", compose)], &["message", "year", "front"]);
    for line in [
        "MESSAGE_URL = \"http://java-message:9000/message-service\"",
        "YEAR_ADDR = \"year:6001\"",
        "TIME_HOST = \"year\"",
        "DSN_OF_YEAR = \"host=year port=1\"",
        "OTEL_SERVICE_NAME = \"message-service\"",
        "OTHER = \"message-service\"",
        "CACHE_URL = \"redis://cache:6379\"",
        "depends_on = [\"year\"]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for told in [
        "front: env: OTHER is `message-service`: if that is a host, it is java-message here",
        "front: env: its values name cache of compose.yaml, which is not described",
        "front: depends_on: it depends on db of compose.yaml, which is not described",
    ] {
        assert!(unknowns.iter().any(|line| line == told), "{told}\n{unknowns:#?}");
    }
}

#[test]
fn services_of_several_projects_call_those_of_their_own() {
    let project = "services:\n\
        \x20 message: { build: message }\n\
        \x20 front:\n\
        \x20   build: front\n\
        \x20   environment: { MESSAGE: \"http://message:9000\", KEY_SECRET: \"http://u:p@message:1\" }\n";
    let files = [("a/compose.yaml", project), ("b/compose.yaml", project)];
    let (text, unknowns) = of(&files, &["a/message", "a/front", "b/message", "b/front"]);
    assert!(text.contains("MESSAGE = \"http://message:9000\""), "{text}");
    assert!(text.contains("MESSAGE = \"http://b-message:9000\""), "{text}");
    let told = "b-front: env: the value of KEY_SECRET names message, which is b-message here".to_owned();
    assert!(unknowns.contains(&told), "{unknowns:#?}");
}

#[test]
fn a_program_that_another_one_starts_is_named_by_its_path() {
    for around in ["ddtrace-run", "opentelemetry-instrument"] {
        let dockerfile = format!(
            "FROM python:3.13\nEXPOSE 5000\nCMD [\"{around}\", \"flask\", \"run\", \"--host=0.0.0.0\"]\n"
        );
        let files = [
            ("ads/Dockerfile", dockerfile.as_str()),
            ("ads/requirements.txt", "flask\nddtrace\nopentelemetry-distro\n"),
            ("ads/app.py", "app = Flask(__name__)\n"),
        ];
        let text = entries(&files);
        let script = format!("[\"{around}\", \"/opt/venv/bin/flask\", \"run\", \"--host=0.0.0.0\"]");
        assert!(text.contains(&script), "{text}");
    }
}

#[test]
fn volumes_of_a_dockerfile_are_kept_and_a_plain_tmp_is_not_written() {
    let dockerfile = "FROM python:3.13\nWORKDIR /srv\nVOLUME [\"/srv/data\", \"/tmp\"]\nEXPOSE 80\nCMD [\"gunicorn\", \"app:app\"]\n";
    let files = [
        ("api/Dockerfile", dockerfile),
        ("api/requirements.txt", "gunicorn\n"),
        ("api/app.py", "app = 1\n"),
        ("compose.yaml", "services:\n  api:\n    build: api\n    tmpfs: [/tmp]\n"),
    ];
    let text = entries(&files);
    assert!(text.contains("volumes   = [\"/app/data\"]  # guessed: a VOLUME of its Dockerfile"), "{text}");
    assert!(!text.contains("tmp "), "{text}");
    let sized = ("compose.yaml", "services:\n  api:\n    build: api\n    tmpfs: [\"/tmp:size=128m\"]\n");
    let text = entries(&[files[0], files[1], files[2], sized]);
    assert!(text.contains("tmp       = { size = \"128M\" }"), "{text}");
}
