//! What hand-written files say beyond the program: it is carried over, or said.

use super::described;

/// A Python program with a Dockerfile.
const PROGRAM: [(&str, &str); 2] = [
    ("web/Dockerfile", "FROM python:3.13\nEXPOSE 8000\nCMD [\"python\", \"app.py\"]\n"),
    ("web/app.py", "run(port=8000)\n"),
];

/// What is written for a service `web` of Compose with some keys, in the lines of YAML.
fn of(keys: &str) -> (String, Vec<String>) {
    with(keys, &[])
}

fn with(keys: &str, files: &[(&str, &str)]) -> (String, Vec<String>) {
    let compose = format!("services:\n  web:\n    build: web\n{keys}");
    let mut all = PROGRAM.to_vec();
    all.push(("compose.yaml", &compose));
    all.extend(files);
    let (text, unknowns) = described(&all);
    (text.text, unknowns)
}

#[test]
fn limits_of_compose_are_those_of_the_service() {
    for (keys, lines) in [
        ("    mem_limit: 512m\n", "memory    = \"512M\"\n"),
        ("    mem_limit: 1.5gb\n", "memory    = \"1536M\"\n"),
        ("    mem_limit: 1073741824\n", "memory    = \"1G\"\n"),
        ("    mem_limit: ${LIMIT:-1g}\n", "memory    = \"1G\"\n"),
        ("    cpus: 0.5\n    pids_limit: 100\n", "cpus      = 0.5\npids      = 100\n"),
        (
            "    deploy: { resources: { limits: { cpus: '2', memory: 20M, pids: 9 } } }\n",
            "memory    = \"20M\"\ncpus      = 2.0\npids      = 9\n",
        ),
    ] {
        let (text, unknowns) = of(keys);
        assert!(text.contains(lines), "{keys}\n{text}");
        assert!(unknowns.is_empty(), "{keys}\n{unknowns:?}");
    }
    let (text, unknowns) = of("    mem_limit: ${LIMIT}\n    pids_limit: -1\n");
    assert!(!text.contains("memory") && !text.contains("pids"), "{text}");
    let expected = ["web: compose: not carried over from compose.yaml: mem_limit, pids_limit (-1)"];
    assert_eq!(unknowns, expected);
}

#[test]
fn times_of_a_health_check_are_kept() {
    let health = "    healthcheck:\n      test: curl -f http://localhost:8000/up\n      interval: 1m30s\n      \
                  timeout: 5s\n      retries: 9\n      start_period: 1.5s\n";
    let (text, unknowns) = of(health);
    let line = "health    = { http = \"/up\", interval = \"1m30s\", timeout = \"5s\", start_period = \"1s500ms\", \
                retries = 9 }\n";
    assert!(text.contains(line), "{text}");
    assert!(unknowns.is_empty(), "{unknowns:?}");
    // Compose replaces times of the Dockerfile one by one.
    let dockerfile = "FROM python:3.13\nEXPOSE 8000\nHEALTHCHECK --interval=7s --retries=2 CMD curl -f \
                      http://localhost:8000/up\nCMD [\"python\", \"app.py\"]\n";
    let (text, _) = with("    healthcheck: { interval: 8s }\n", &[("web/Dockerfile", dockerfile)]);
    assert!(text.contains("health    = { http = \"/up\", interval = \"8s\", retries = 2 }\n"), "{text}");
    // The probe gives up a second before the engine.
    let (text, unknowns) = of("    healthcheck: { timeout: 1s }\n");
    assert!(!text.contains("timeout"), "{text}");
    assert_eq!(unknowns, ["web: compose: not carried over from compose.yaml: healthcheck.timeout (1s)"]);
}

#[test]
fn what_no_key_says_of_a_compose_file_is_one_line_of_the_list() {
    let (_, unknowns) = of(
        "    restart: on-failure\n    container_name: shop\n    logging: { driver: journald }\n    tty: false\n    \
         privileged: true\n    x-mine: 1\n    deploy: { replicas: 3, resources: { reservations: { cpus: '1' } } }\n    \
         environment: { A.B: 1, C: d }\n",
    );
    let expected = "web: compose: not carried over from compose.yaml: restart (on-failure), container_name, logging, \
                    privileged (true), deploy.replicas (3), deploy.resources.reservations, environment (A.B)";
    assert_eq!(unknowns, [expected]);
    assert!(
        of("    restart: always\n    read_only: true\n    networks: [one]\nnetworks: { one: }\n")
            .1
            .is_empty()
    );
    let (_, unknowns) = of("    networks: [one]\nnetworks: { one: , two: }\n");
    assert_eq!(unknowns, ["web: compose: not carried over from compose.yaml: networks (one)"]);
}

#[test]
fn a_command_for_development_and_what_an_override_says_are_told() {
    let (text, unknowns) = with(
        "    command: watchmedo auto-restart python app.py\n",
        &[(
            "compose.override.yaml",
            "services:\n  web:\n    volumes: [\".:/app\"]\n    environment: { A: b }\n",
        )],
    );
    assert!(text.contains("command = [\"app.py\"]\n"), "{text}");
    let expected = "web: compose: not carried over from compose.yaml: volumes of compose.override.yaml, command \
                    (watchmedo auto-restart python app.py)";
    assert_eq!(unknowns, [expected]);
}

#[test]
fn defaults_of_compose_stay_defaults() {
    let (text, unknowns) = of(
        "    environment:\n      LEVEL: ${LEVEL:-info}\n      STORE: http://${STORE_HOST:-store}:${STORE_PORT:-80}\n      \
         PLAIN: a$$b\n      AT: x/${HOST}\n      SAID: '{\"a\": \"${SAID:-1}\"}'\n",
    );
    assert!(text.contains("settings  = [\"AT\", \"LEVEL\", \"STORE\"]\n"), "{text}");
    let env = "[services.web.env]\nLEVEL = \"info\"\nPLAIN = \"a$b\"\nSAID = \"{\\\"a\\\": \\\"1\\\"}\"  # guessed: Compose takes it from SAID, and here it is fixed\nSTORE = \
               \"http://store:80\"  # guessed: Compose takes it from STORE_HOST and STORE_PORT, and here from STORE\n";
    assert!(text.contains(env), "{text}");
    assert_eq!(unknowns, ["web: settings: Compose makes AT of HOST: set each under its own name"]);
}

#[test]
fn names_of_env_files_are_settings_without_values() {
    let files = [("web.env", "# local\nA=hidden\nexport D=1\nAPI_KEY=hidden\nB=\nE\n")];
    for keys in ["    env_file: web.env\n", "    env_file: [{ path: ./web.env, required: false }]\n"] {
        let (text, unknowns) = with(&format!("{keys}    environment: {{ B: c }}\n"), &files);
        assert!(text.contains("settings   = [\"A\", \"D\", \"E\"]\nsecrets    = [\"API_KEY\"]"), "{text}");
        assert!(text.contains("B = \"c\"\n") && !text.contains("hidden"), "{text}");
        assert!(
            unknowns[0].starts_with("web: compose: not carried over from compose.yaml: env_file"),
            "{unknowns:?}"
        );
    }
}

#[test]
fn services_of_compose_that_extend_others_are_whole() {
    let compose = "services:\n  base:\n    build: web\n    environment: { A: b, C: d }\n    profiles: [never]\n  web:\n    \
                   extends: base\n    environment: [C=e]\n  loop:\n    extends: { service: loop }\n  \
                   far:\n    extends: { file: other.yaml, service: x }\n";
    let files = [
        ("compose.yaml", compose),
        ("other.yaml", "services: { x: { extends: y }, y: { build: far, mem_limit: 1g } }\n"),
        ("far/Dockerfile", PROGRAM[0].1),
        ("far/app.py", PROGRAM[1].1),
    ];
    let (text, _) = described(&[&PROGRAM[..], &files].concat());
    assert!(
        text.text.contains("[services.far]\n") && text.text.contains("memory    = \"1G\"\n"),
        "{}",
        text.text
    );
    let web = text.text.split("[services.web]").nth(1).unwrap_or_default();
    assert!(web.contains("A = \"b\"\nC = \"e\"\n"), "{}", text.text);
}

#[test]
fn volumes_without_a_name_are_kept_and_those_in_memory_are_writable() {
    let (text, _) = of(
        "    volumes: [/data, /app/node_modules, { type: tmpfs, target: /cache }, { type: volume, target: /more }]\n",
    );
    assert!(text.contains("volumes   = [\"/data\", \"/more\"]\nwritable  = [\"/cache\"]\n"), "{text}");
}
