use crate::fleet::load;
use crate::fleet::model::{Health, Service};

const START: &str = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n";

fn service(more: &str) -> Result<Service, Vec<String>> {
    let fleet = load(&format!("{START}{more}"));
    let fleet = fleet.map_err(|mistakes| mistakes.into_iter().map(|m| m.message).collect::<Vec<_>>())?;
    Ok(fleet.services.into_iter().next().unwrap())
}

fn of_a_redis(health: &str, more: &str) -> Result<Service, Vec<String>> {
    service(&format!(
        "[services.a]\nports = [6379]\nhealth = {health}\n{more}\nnative = {{ command = [\"/usr/bin/redis-server\"] }}\nprograms = {{ packages = [\"redis\"], paths = [\"/usr/bin/redis-server\"] }}\n"
    ))
}

fn command(service: &Service) -> String {
    crate::kinds::health_command(service).join(" ")
}

#[test]
fn a_check_takes_the_place_of_the_inherited_one_and_keeps_its_times() {
    let text = "[defaults]\nports = [8080]\nhealth = { http = \"/health\", port = 8080, status = \"204\", interval = \"7s\", timeout = \"5s\" }\n\
         [groups.g]\nhealth = { timeout = \"4s\" }\n\
         [services.a]\ngroup = \"g\"\nhealth = { tcp = 8080, retries = 9 }\ngo = {}\n";
    let Health::Check { probe, timing, .. } = service(text).unwrap().health else { panic!() };
    assert_eq!(format!("{probe:?}"), "Tcp { port: Port(8080) }");
    let times = (timing.interval.to_string(), timing.timeout.to_string(), timing.retries);
    assert_eq!(times, ("7s".to_owned(), "4s".to_owned(), 9));

    let of_the_group = text.replace("{ timeout = \"4s\" }", "{ tls = 8080 }").replace("tcp = 8080, ", "");
    let Health::Check { probe, timing, .. } = service(&of_the_group).unwrap().health else { panic!() };
    assert_eq!(format!("{probe:?}"), "Tls { port: Port(8080), host: None }");
    assert_eq!((timing.timeout.to_string(), timing.retries), ("5s".to_owned(), 9));

    let none = service(&text.replace("tcp = 8080, retries = 9", "none = \"a job\"")).unwrap();
    assert!(matches!(none.health, Health::None(_)));
    let other_port = "[defaults]\nports = [80, 81]\nhealth = { http = \"/a\" }\n[services.a]\nhealth = { port = 81 }\ngo = {}\n";
    assert_eq!(command(&service(other_port).unwrap()), "/usr/bin/healthcheck http 81 /a --timeout=9");
}

#[test]
fn the_static_probe_is_told_what_is_said() {
    for (health, words) in [
        (
            "{ http = \"/a\", status = \"200-204, 401\", host = \"b.c\" }",
            "http 6379 /a --status=200-204,401 --host=b.c",
        ),
        ("{ http = \"/a\", unix = \"/run/a/x.sock\" }", "http /run/a/x.sock /a"),
        ("{ unix = \"/run/a/x.sock\" }", "tcp /run/a/x.sock"),
        ("{ tls = 6379, host = \"b\" }", "tls 6379 --host=b"),
        ("{ grpc = 6379, service = \"s\", host = \"b\" }", "grpc 6379 s --host=b"),
        ("{ redis = 6379, password = \"A\" }", "redis 6379 --password-file=/run/secrets/A"),
        ("{ redis = 6379, password = \"B\" }", "redis 6379 --password-file=/etc/b"),
    ] {
        let more = "writable = [\"/run/a\"]\nsecrets = [\"A\"]\nsecret_files = { B = \"/etc/b\" }";
        let said = command(&of_a_redis(health, more).unwrap());
        assert_eq!(said, format!("/usr/bin/healthcheck {words} --timeout=9"));
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (health, more, message) in [
        ("{ tcp = 6379, status = 200 }", "", "`status` goes with `http` or `https`, and this check is `tcp`"),
        (
            "{ redis = 6379, host = \"a\" }",
            "",
            "`host` goes with `http` or `https` or `grpc` or `tls`, and this check is",
        ),
        ("{ tcp = 6379, service = \"a\" }", "", "`service` goes with `grpc`, and this check is `tcp`"),
        ("{ tcp = 6379, password = \"a\" }", "", "`password` goes with `redis`, and this check is `tcp`"),
        ("{ tcp = 6379, unix = \"/tmp/a\" }", "", "but this one is `unix` and `tcp`"),
        ("{ https = \"/\", unix = \"/tmp/a\" }", "", "but this one is `https` and `unix`"),
        ("{ http = \"/\", port = 6379, unix = \"/tmp/a\" }", "", "to a port or a socket, not both"),
        ("{ http = \"/\", unix = \"/run/a\" }", "", "the service cannot create `/run/a`"),
        ("{ redis = 6379, password = \"A\" }", "", "`A` is not a secret of the service"),
        (
            "{ redis = 6379, password = \"A\" }",
            "secrets = [\"A\"]\nsecrets_as = \"env\"",
            "reads the password from a file, but `A` is a variable",
        ),
        ("{ https = \"/\" }", "", "`a` has no interpreter that can send a request over TLS"),
        ("{ http = \"/\", host = \"a b\" }", "", "is not the name of a host"),
        ("{ http = \"/\", status = \"2xx\" }", "", "is not a list of HTTP statuses"),
    ] {
        let found = of_a_redis(health, more).unwrap_err();
        assert!(found.len() == 1 && found[0].contains(message), "{health}: {found:?}");
    }
    let long = format!("{{ unix = \"/tmp/{}\" }}", "x".repeat(120));
    let found = of_a_redis(&long, "").unwrap_err();
    assert!(found[0].contains("a Unix socket has at most 107"), "{found:?}");
    assert!(of_a_redis("{ unix = \"/tmp/a\" }", "").is_ok());
}
