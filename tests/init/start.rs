//! Command lines and start scripts.

use super::{described, entries};

#[test]
fn a_command_line_of_a_dockerfile_is_certain() {
    let files = [
        (
            "web/Dockerfile",
            "FROM python:3.13\nEXPOSE 8000\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\"]\n",
        ),
        ("web/main.py", "app = FastAPI()\n@app.get(\"/health\")\ndef health(): pass\n"),
        ("web/requirements.txt", "fastapi\nuvicorn\n"),
    ];
    let expected = "\
[services.web]
directory = \"web\"
ports     = [8000]  # guessed: its Dockerfile exposes it
health    = { http = \"/health\" }  # guessed: main.py names the route

[services.web.python]
requirements = [\"requirements.txt\"]
app          = \"main:app\"
";
    assert_eq!(entries(&files), expected);
}

#[test]
fn variables_of_a_command_line_have_the_values_of_the_image() {
    let files = [
        (
            "api/Dockerfile",
            "FROM python:3\nENV LEVEL=info\nCMD gunicorn -b :$PORT --log-level=$LEVEL app:app\n",
        ),
        ("api/app.py", ""),
        ("api/requirements.txt", "gunicorn\n"),
    ];
    let text = entries(&files);
    assert!(
        text.contains("script       = [\"gunicorn\", \"-b\", \":8080\", \"--log-level=info\", \"app:app\"]  # guessed: in place of variables: PORT = 8080, LEVEL = info"),
        "{text}"
    );
    assert!(text.contains("ports     = [8080]"), "{text}");
}

#[test]
fn options_and_arguments_of_a_command_line_are_kept() {
    let files = [
        (
            "j/Dockerfile",
            "FROM eclipse-temurin\nENV JAVA_TOOL_OPTIONS=-javaagent:/x.jar\nCMD [\"java\", \"-Xmx1g\", \"-javaagent:/a.jar\", \"-jar\", \"j.jar\", \"--fast\"]\n",
        ),
        ("j/pom.xml", "spring-boot-maven-plugin"),
        ("g/Dockerfile", "FROM golang AS build\nFROM scratch\nENTRYPOINT [\"/g\", \"serve\"]\n"),
        ("g/go.mod", "module g\n"),
        ("g/main.go", "package main\n\nfunc main() {}\n"),
    ];
    let (text, unknowns) = described(&files);
    assert!(text.text.contains("options   = [\"-Xmx1g\"]\narguments = [\"--fast\"]\n"), "{}", text.text);
    assert!(text.text.contains("[services.g.go]\narguments = [\"serve\"]\n"), "{}", text.text);
    assert_eq!(
        unknowns,
        [
            "g: ports: no file names a port: if it listens, say where, and how to ask for its health",
            "j: env: JAVA_TOOL_OPTIONS names a path that may not exist in the image: -javaagent:/x.jar",
            "j: java.agent: the Dockerfile loads -javaagent:/a.jar",
        ]
    );
}

#[test]
fn a_start_script_that_starts_one_program_is_followed() {
    let files = |script: &str| {
        described(&[
            (
                "api/Dockerfile",
                "FROM python:3.13\nWORKDIR /srv\nCOPY . .\nENTRYPOINT [\"./start.sh\"]\nCMD [\"gunicorn\", \"-b\", \
                 \":8000\", \"shop:app\"]\n",
            ),
            ("api/requirements.txt", "gunicorn\nalembic\n"),
            ("api/shop.py", "app = Flask()\n"),
            ("api/start.sh", script),
        ])
    };
    let (text, unknowns) = files("#!/bin/sh\nset -e\nalembic upgrade head\nexec \"$@\"\n");
    let script = "script       = [\"gunicorn\", \"-b\", \":8000\", \"shop:app\"]\n";
    assert!(text.text.contains(script), "{}", text.text);
    assert!(
        text.text.contains("before    = [[\"/opt/venv/bin/alembic\", \"upgrade\", \"head\"]]"),
        "{}",
        text.text
    );
    assert!(unknowns.is_empty(), "{unknowns:?}");
    let (text, unknowns) = files("#!/bin/sh\nif [ -n \"$A\" ]; then\n  b\nfi\nexec \"$@\"\n");
    assert!(text.text.contains(script), "{}", text.text);
    assert_eq!(unknowns, ["api: start: start.sh does more than start the program"]);
}

#[test]
fn a_program_writes_where_its_command_line_and_code_say() {
    let text = entries(&[
        (
            "jobs/Dockerfile",
            "FROM python:3.13\nRUN pip install -r requirements.txt \"flower==2.0\"\nCMD [\"celery\", \"-A\", \"jobs\", \
             \"worker\", \"--logfile=logs/celery.log\"]\n",
        ),
        ("jobs/requirements.txt", "celery\n"),
        ("jobs/jobs.py", "URL = 'sqlite:///data/jobs.db'\n"),
    ]);
    assert!(
        text.contains("writable  = [\"/app/logs\"]  # guessed: its command line names logs/celery.log\n"),
        "{text}"
    );
    assert!(text.contains("volumes   = [\"/app/data\"]  # guessed: jobs.py keeps data/jobs.db\n"), "{text}");
    assert!(text.contains("packages     = [\"flower==2.0\"]\n"), "{text}");
}

#[test]
fn a_start_that_cannot_be_followed_is_listed_and_its_scripts_are_not_copied() {
    let compose = "services:\n  api:\n    build:\n      context: .\n      dockerfile: api/Dockerfile\n";
    let dockerfile = "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nWORKDIR /app\nCOPY wait.sh /wait.sh\nCOPY rules /rules\nENTRYPOINT [\"bash\", \"/wait.sh\"]\n";
    let files = [
        ("compose.yaml", compose),
        ("api/Dockerfile", dockerfile),
        ("api/Api.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>"),
        ("wait.sh", "until nc -z db 1433; do sleep 1; done\ndotnet Api.dll\n"),
        ("rules/one.json", "{}"),
    ];
    let (text, unknowns) = described(&files);
    assert!(
        unknowns.contains(&"api: start: wait.sh does more than start the program".to_owned()),
        "{unknowns:?}"
    );
    assert!(text.text.contains("final = [\"COPY rules/ /rules/\"]"), "{}", text.text);
}
