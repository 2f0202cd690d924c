//! Ports that no file but the code names: they are guesses, with the file.

use super::entries;

/// The line of the ports of a program of Go in a module with these files.
fn of_go(main: &str, others: &[(&str, &str)]) -> String {
    let main = format!("package main\n\nfunc main() {{\n{main}\n}}\n");
    let mut files = vec![
        ("api/Dockerfile", "FROM golang:1.26\nRUN go build -o /api .\nCMD [\"/api\"]\n"),
        ("api/go.mod", "module shop.test/api\n\ngo 1.26\n"),
        ("api/main.go", &main),
    ];
    files.extend(others);
    let text = entries(&files);
    text.lines().find(|line| line.starts_with("ports")).unwrap_or("none").to_owned()
}

#[test]
fn what_go_listens_on_is_followed_to_where_it_is_defined() {
    for main in [
        "http.ListenAndServe(\"localhost:9000\", nil)",
        "net.Listen(\"tcp\", fmt.Sprintf(\":%d\", 9000))",
        "const addr = \":9000\"\nhttp.ListenAndServe(addr, nil)",
        "addr := flag.String(\"addr\", \":9000\", \"where\")\nhttp.ListenAndServe(*addr, nil)",
        "flag.StringVar(&bind, \"bind\", \"0.0.0.0:9000\", \"\")\nserver.Run(bind)",
        "port := os.Getenv(\"API_PORT\")\nif port == \"\" {\nport = \"9000\"\n}\nr.Run(\":\" + port)",
        "port := getEnv(\"API_PORT\", \"9000\")\nl, err := net.Listen(\"tcp\", \":\" + port)",
        "var bindAddress = env.String(\"BIND\", false, \":9000\", \"\")\ns := http.Server{\nAddr: *bindAddress,\n}",
    ] {
        assert_eq!(of_go(main, &[]), "ports     = [9000]  # guessed: main.go names it", "{main}");
    }
}

#[test]
fn packages_of_the_module_that_go_imports_are_looked_at() {
    let main = "server.Start()\n}\n\nimport \"shop.test/api/internal/server\"\n\nfunc unused() {";
    let server = "package server\n\nimport \"shop.test/api/config\"\n\nfunc Start() { http.ListenAndServe(cfg.Port, nil) }\n";
    let config = "package config\n\ntype Config struct {\n\tDBPort int `default:\"5432\"`\n\tPort int \
                  `env:\"API\" envDefault:\"9000\"`\n}\n";
    let files = [("api/internal/server/server.go", server), ("api/config/config.go", config)];
    let line = of_go(main, &files);
    assert_eq!(line, "ports     = [9000]  # guessed: internal/server/server.go names it");
}

#[test]
fn what_is_no_port_of_the_program_is_not_taken() {
    for main in [
        "rdb := redis.NewClient(&redis.Options{Addr: \"localhost:6379\"})\n_ = rdb.Ping()",
        "timeout := 5000 * time.Millisecond\nserver.Run(ctx, timeout)",
        "redisAddr := \"localhost:6379\"\npool.Start(redisAddr)",
        "http.ListenAndServe(os.Args[1], nil)",
    ] {
        assert_eq!(of_go(main, &[]), "none", "{main}");
    }
}

#[test]
fn defaults_of_variables_for_a_port_are_guesses() {
    let python = "FROM python:3.13\nCMD [\"python\", \"run.py\"]\n";
    let node = "FROM node:24\nCMD [\"node\", \"run.js\"]\n";
    for (dockerfile, file, code, why) in [
        (python, "run.py", "bind = os.environ.get('SERVER_PORT', 9000)\n", "names it"),
        (python, "run.py", "parser.add_argument(\n    '--port', type=int, default=9000)\n", "names it"),
        (
            node,
            "run.js",
            "const at = Number(process.env.HTTP_PORT || 9000)\napp.listen(at)\n",
            "has it as the default of HTTP_PORT",
        ),
        (
            node,
            "run.js",
            "const { DB_PORT } = { DB_PORT: process.env.DB_PORT || 5432 }\nlisten(process.env.API_PORT ?? '9000')\n",
            "has it as the default of API_PORT",
        ),
    ] {
        let path = format!("web/{file}");
        let files = [
            ("web/Dockerfile", dockerfile),
            (path.as_str(), code),
            ("web/package.json", "{ \"main\": \"run.js\" }"),
            ("web/package-lock.json", "{}"),
        ];
        let text = entries(&files);
        let line = format!("ports     = [9000]  # guessed: {file} {why}\n");
        assert!(text.contains(&line), "{line}{text}");
    }
}

#[test]
fn a_port_of_another_server_is_no_default() {
    let code = "a = os.environ.get('REDIS_PORT', 6379)\nb = os.environ['PORT']\nc = 9000\nwait = os.environ.get('X', 9000)\n";
    let text = entries(&[
        ("web/Dockerfile", "FROM python:3.13\nCMD [\"python\", \"run.py\"]\n"),
        ("web/run.py", code),
    ]);
    assert!(!text.contains("ports"), "{text}");
}
