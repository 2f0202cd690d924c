//! The many ways to ask a service.

use super::*;

fn of(words: &[&str]) -> String {
    let Check { probe, lost } = read(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
    let port = |port: &Port| match port {
        Port::Known(number) => number.to_string(),
        Port::Variable { name, default } => format!("{name}:{default:?}"),
    };
    let probe = match probe {
        Probe::Http(Request { tls, port: number, socket, path, status, host }) => {
            let to = socket.unwrap_or_else(|| port(&number));
            let more =
                [status, host].into_iter().flatten().fold(String::new(), |all, one| format!("{all} {one}"));
            format!("http{} {to} {path}{more}", if tls { "s" } else { "" })
        }
        Probe::Tcp { port: number } => format!("tcp {}", port(&number)),
        Probe::Redis { port: number, password } => {
            format!("redis {} {}", port(&number), password.unwrap_or_default())
        }
        Probe::Mongodb { port: number } => format!("mongodb {}", port(&number)),
        Probe::Tls { port: number } => format!("tls {}", port(&number)),
        Probe::Unix { socket } => format!("unix {socket}"),
        Probe::Grpc { port: number, service } => {
            format!("grpc {} {}", port(&number), service.unwrap_or_default())
        }
        Probe::Exec(argv) => format!("exec {}", argv.join(" ")),
        Probe::Elsewhere(host) => format!("elsewhere {host}"),
        Probe::Always => "always".to_owned(),
        Probe::Other(why) => format!("other {why}"),
    };
    let more = if lost.is_empty() { "" } else { ", and more" };
    format!("{}{more}", probe.trim_end())
}

fn shell(text: &str) -> String {
    of(&["/bin/sh", "-c", text])
}

#[test]
fn the_many_ways_to_ask_a_service() {
    for (text, asked) in [
        ("curl -f http://localhost:8080/health || exit 1", "http 8080 /health"),
        ("curl -fsS localhost:8080/health", "http 8080 /health"),
        ("curl -f http://localhost", "http 80 /"),
        ("curl -f http://localhost:${PORT}/a", "http PORT:None /a"),
        ("curl -f http://localhost:${PORT:-81}/a", "http PORT:Some(81) /a"),
        ("curl -f http://example.org/", "elsewhere example.org"),
        ("curl -fk https://localhost:8443/health", "https 8443 /health"),
        ("nc -z localhost 3389", "tcp 3389"),
        ("nc -zv -w 2 127.0.0.1 $PORT", "tcp PORT:None"),
        ("exec 3<>/dev/tcp/localhost/80", "tcp 80"),
        ("printf 'GET /x HTTP/1.0\\r\\n\\r\\n' | nc localhost 80", "http 80 /x"),
        ("redis-cli -p 6380 ping | grep PONG || exit 1", "redis 6380"),
        ("redis-cli cluster info", "redis 6379, and more"),
        ("mongosh --quiet --eval \"db.adminCommand('ping')\"", "mongodb 27017"),
        ("pg_isready --port=5433", "tcp 5433, and more"),
        ("exit 0", "always"),
        ("curl http://localhost/ || true", "always"),
        ("test -f /tmp/ok", "other runs `test`, which is not in the image"),
    ] {
        assert_eq!(shell(text), asked, "{text}");
    }
    for (argv, asked) in [
        (&["wget", "-q", "--spider", "http://127.0.0.1/"][..], "http 80 /"),
        (&["curl", "-f", "http://[::1]:81/a"], "http 81 /a"),
        (&["/usr/bin/healthcheck", "http", "9200", "/_cluster/health", "9"], "http 9200 /_cluster/health"),
        (&["/usr/bin/healthcheck", "mongodb", "27017", "--timeout=9"], "mongodb 27017"),
        (&["/usr/bin/healthcheck", "grpc", "50051", "shop.Orders", "--timeout=9"], "grpc 50051 shop.Orders"),
        (&["redis-cli", "ping"], "redis 6379"),
        (&["grpc_health_probe", "-addr=:90", "-service=a.B"], "grpc 90 a.B"),
        (&["grpc_health_probe", "-addr", "localhost:90", "-tls"], "tls 90, and more"),
        (&["/app/probe", "-q"], "exec /app/probe -q"),
        (&["python3", "-c", "import sys; sys.exit(0)"], "always"),
        (&["python", "manage.py", "check"], "exec python manage.py check"),
        (&["celery", "-A", "a", "inspect", "ping"], "exec celery -A a inspect ping"),
    ] {
        assert_eq!(of(argv), asked, "{argv:?}");
    }
}

#[test]
fn code_asks_in_many_ways_too() {
    for (code, asked) in [
        (
            "import urllib.request; urllib.request.urlopen('http://localhost:8084/health')",
            "http 8084 /health",
        ),
        (
            "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8084, timeout=9); c.request('GET', '/x'); exit(c.getresponse().status >= 400)",
            "http 8084 /x",
        ),
        ("import socket; socket.create_connection(('127.0.0.1', 5), 9)", "tcp 5"),
        ("import socket; s=socket.socket(); s.connect(('db', 5432))", "elsewhere db"),
        ("import os; urlopen('http://localhost:' + os.environ['PORT'] + '/x')", "http PORT:None /x"),
        ("import os; urlopen(f'http://localhost:{os.getenv(\"PORT\", 80)}/x')", "http PORT:Some(80) /x"),
        (
            "p=os.environ.get('PORT','81'); urlopen('http://localhost:{}/x'.format(p))",
            "http PORT:Some(81) /x",
        ),
        ("p=os.environ.get('PORT','81'); urlopen(f'http://localhost:{p}/x')", "http PORT:Some(81) /x"),
        ("urlopen('http://localhost:%s/x' % (os.environ['PORT'],))", "http PORT:None /x"),
        ("urlopen('http://localhost:'+str(int(os.environ.get('PORT', 82)))+'/x')", "http PORT:Some(82) /x"),
    ] {
        assert_eq!(of(&["python3", "-c", code]), asked, "{code}");
    }
    for (code, asked) in [
        ("fetch('http://localhost:80/x').then(r=>process.exit(r.ok?0:1))", "http 80 /x 200-299"),
        (
            "fetch(`http://localhost:${process.env.PORT || 3000}/x`).then(r=>{if(!r.ok)throw 1})",
            "http PORT:Some(3000) /x 200-299",
        ),
        (
            "require('http').get('http://localhost:'+(process.env.PORT||3000)+'/x',r=>process.exit(r.statusCode<400?0:1))",
            "http PORT:Some(3000) /x",
        ),
        (
            "const port=process.env.PORT||81;require('http').get(`http://localhost:${port}/x`,r=>r.statusCode)",
            "http PORT:Some(81) /x",
        ),
        (
            "require('http').get({host:'localhost',port:3000,path:'/x'},r=>process.exit(r.statusCode===200?0:1))",
            "http 3000 /x 200",
        ),
        ("require('net').connect(3000,'localhost').on('error',()=>process.exit(1))", "tcp 3000"),
    ] {
        assert_eq!(of(&["node", "-e", code]), asked, "{code}");
    }
}

#[test]
fn our_own_lines_are_read_as_what_was_said() {
    for kind in ["python = { module = \"a\" }", "node = { server = \"a.js\" }"] {
        for (health, probe) in [
            ("http = \"/a\"", "http 81 /a"),
            ("http = \"/a\", status = \"204\"", "http 81 /a 204"),
            ("https = \"/a\"", "https 81 /a"),
            ("tcp = 81", "tcp 81"),
            ("redis = 81", "redis 81"),
            ("grpc = 81", "grpc 81"),
        ] {
            let start = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[services.a]\nports = [81]\n";
            let text = format!("{start}{kind}\nhealth = {{ {health} }}\n");
            let fleet = crate::fleet::load(&text).unwrap();
            let argv = crate::kinds::health_command(&fleet.services[0]);
            assert_eq!(of(&argv.iter().map(String::as_str).collect::<Vec<_>>()), probe, "{argv:?}");
        }
    }
}
