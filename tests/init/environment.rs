//! Variables, secrets and what Compose says of a service.

use super::{described, entries};

#[test]
fn compose_says_names_environment_and_order() {
    let compose = "services:
  shop:
    build: ./web
    ports: [\"80:5000\"]
    environment: { MODE: fast, DB_PASSWORD: x, TOPIC: }
    depends_on: [worker, db]
  worker:
    build: { context: ., dockerfile: jobs/Dockerfile }
    command: [
      \"python\", \"jobs.py\"
    ]
    expose: [9000]
  db:
    image: postgres
";
    let files = [
        ("compose.yaml", compose),
        ("web/Dockerfile", "FROM python:3\nCMD [\"python\", \"app.py\"]\n"),
        ("web/app.py", "run(port=5000)\n"),
        ("jobs/Dockerfile", "FROM python:3\n"),
        ("jobs/jobs.py", ""),
    ];
    let text = entries(&files);
    for part in [
        "[services.shop]\ndirectory  = \"web\"\nports      = [5000]\n",
        "settings   = [\"TOPIC\"]\nsecrets    = [\"DB_PASSWORD\"]  # guessed: ",
        "depends_on = [\"worker\"]\n\n[services.shop.env]\nMODE = \"fast\"\n",
        "[services.worker]\ndirectory = \"jobs\"\nports     = [9000]  # guessed: a Compose file names it\n",
        "command = [\"jobs.py\"]\n",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn values_of_env_files_say_where_things_are_and_are_not_written_down() {
    let files = [
        (".env", "PORT_OF_WEB=7000\nWHERE=./web\nTHING=hidden\n"),
        (
            "compose.yml",
            "services:\n  web:\n    build: ${WHERE}\n    ports: [\"${PORT_OF_WEB}\"]\n    environment: [\"THING=${THING}\"]\n",
        ),
        ("web/Dockerfile", "FROM python:3\nCMD python main.py\n"),
        ("web/main.py", ""),
    ];
    let text = entries(&files);
    assert!(
        text.contains("ports     = [7000]  # guessed: a Compose file names it\n")
            && text.contains("settings  = [\"THING\"]"),
        "{text}"
    );
    assert!(!text.contains("hidden"), "{text}");
}

#[test]
fn passwords_of_dockerfiles_and_addresses_are_not_written_down() {
    let files = [
        (
            "compose.yaml",
            "services:\n  a:\n    build: a\n    environment:\n      DB: postgres://me:hidden@db/x\n      QUEUE: amqp://mq:5672\n    ports: [8000, 5678]\n",
        ),
        (
            "a/Dockerfile",
            "FROM python:3\nENV MODE=fast API_KEY=hidden ROOT=/srv PIP_NO_CACHE_DIR=1\nCMD python main.py\n",
        ),
        ("a/main.py", "listen(8000)\n"),
    ];
    let (text, unknowns) = described(&files);
    let text = text.text;
    assert!(!text.contains("hidden") && !text.contains("PIP"), "{text}");
    assert!(text.contains("ports      = [8000]\n") && text.contains("secrets    = [\"DB\"]"), "{text}");
    assert!(text.contains("MODE = \"fast\"\nQUEUE = \"amqp://mq:5672\"\n"), "{text}");
    let expected = [
        "a: dockerfile: not carried over from its Dockerfile: ENV API_KEY",
        "a: env: ROOT names a path that may not exist in the image: /srv",
        "a: publish: compose.yaml publishes 8000, 5678: the engine chooses the port of the host",
    ];
    assert_eq!(unknowns, expected);
}

#[test]
fn credentials_are_secrets_whatever_they_are_called() {
    let names = ["MYSQL_PWD", "GOOGLE_CREDENTIALS", "AWS_ACCESS_KEY_ID", "KEY_PASSPHRASE"];
    let environment: String = names.map(|name| format!("      {name}: hunter2\n")).concat();
    let compose = format!("services:\n  a:\n    build: a\n    environment:\n{environment}");
    let (text, _) = described(&[
        ("compose.yaml", &compose),
        ("a/main.py", "if __name__ == '__main__': pass\n"),
        ("a/requirements.txt", ""),
        ("a/Dockerfile", "FROM python:3.13\n"),
    ]);
    assert!(!text.text.contains("hunter2") && text.text.contains("secrets"), "{}", text.text);
}

#[test]
fn secrets_that_compose_mounts_are_files_of_the_service() {
    let text = entries(&[
        (
            "compose.yaml",
            "services:\n  api:\n    build: api\n    secrets: [db-password, {source: key, target: /etc/key}]\n    \
             environment: {DB_PASSWORD: /run/secrets/db-password, DSN: 'host=db password=x', SALT: abc, URL: 'a'}\n    \
             volumes: ['data:/srv/data', './api:/srv', '/srv/node_modules']\n    tmpfs: [/tmp, /srv/cache]\n",
        ),
        ("api/Dockerfile", "FROM node\nWORKDIR /srv\nCOPY . .\nCMD [\"node\", \"a.js\"]\n"),
        ("api/package.json", "{}"),
        ("api/a.js", "listen(8080)"),
    ]);
    let files = "secret_files = { DB_PASSWORD = \"/run/secrets/db-password\", KEY = \"/etc/key\" }\n";
    assert!(text.contains(files), "{text}");
    assert!(text.contains("secrets      = [\"DSN\", \"SALT\"]"), "{text}");
    assert!(text.contains("DB_PASSWORD = \"/run/secrets/db-password\"\nURL = \"a\"\n"), "{text}");
    assert!(text.contains("volumes      = [\"/app/data\"]\nwritable     = [\"/app/cache\"]\n"), "{text}");
    assert!(!text.contains("tmp "), "{text}");
}

#[test]
fn what_an_override_adds_is_a_guess() {
    let text = entries(&[
        (
            "docker-compose.yml",
            "x-common: &common\n  ports: [8080]\nservices:\n  api:\n    <<: *common\n    build: api\n    environment: {A: \
             '1'}\n  db:\n    build: db\n",
        ),
        (
            "docker-compose.override.yml",
            "services:\n  api:\n    environment: {B: '2', NODE_ENV: development}\n    depends_on: [db]\n    command: \
             nodemon a.js\n",
        ),
        ("api/Dockerfile", "FROM node\nCMD [\"node\", \"a.js\"]\n"),
        ("api/package.json", "{}"),
        ("api/a.js", "listen(8080)"),
        ("db/Dockerfile", "FROM node\nCMD [\"node\", \"db.js\"]\n"),
        ("db/package.json", "{}"),
        ("db/db.js", "listen(1)\nlisten(5432)"),
    ]);
    assert!(text.contains("A = \"1\"\nB = \"2\"  # guessed: the override of the Compose file"), "{text}");
    assert!(text.contains("NODE_ENV = \"development\"  # guessed: "), "{text}");
    assert!(text.contains("depends_on = [\"db\"]") && text.contains("server = \"a.js\"\n"), "{text}");
    assert!(text.contains("ports      = [8080]\n"), "{text}");
}

#[test]
fn variables_that_no_file_sets_are_put_in_when_it_starts() {
    let text = entries(&[
        (
            "load/Dockerfile",
            "FROM python:3.13\nENV LEVEL=info OPTIONS=\"-x -y\"\nENTRYPOINT locust --host=\"http://${ADDRESS}\" \
             --level=$LEVEL -u \"${USERS:-10}\" $OPTIONS $MORE 2>&1\n",
        ),
        ("load/requirements.txt", "locust\n"),
        ("load/locustfile.py", ""),
    ]);
    let words = "script       = [\"locust\", \"--host=http://{env:ADDRESS}\", \"--level=info\", \"-u\", \
                 \"{env:USERS:-10}\", \"-x\", \"-y\"]  # guessed: in place of variables: LEVEL = info, OPTIONS = -x -y\n";
    assert!(text.contains(words), "{text}");
    assert!(text.contains("settings  = [\"ADDRESS\"]\n"), "{text}");
}
