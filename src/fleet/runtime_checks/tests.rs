use crate::fleet::load;

const START: &str = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n\
    [bases]\npython = { build = \"debian:trixie-slim\", run = \"gcr.io/distroless/python3-debian13:nonroot\" }\n\
    [networks]\nback = { isolated = true }\nfront = {}\n\
    [services.b]\nbase = \"python\"\ndockerfile = \"b/Dockerfile\"\nports = [1]\nhealth = { tcp = 1 }\nnetworks = [\"back\", \"front\"]\n\
    python = { module = \"b\" }\n";

/// What is said about a service `a` with these keys.
fn said(keys: &str) -> Vec<String> {
    let service = format!(
        "{START}[services.a]\nbase = \"python\"\ndockerfile = \"a/Dockerfile\"\nports = [2]\nhealth = {{ tcp = 2 }}\n{keys}\n\
         [services.a.python]\nmodule = \"a\"\n"
    );
    load(&service).err().into_iter().flatten().map(|mistake| mistake.message).collect()
}

#[test]
fn a_port_named_twice_is_refused() {
    let text = START.replace("ports = [1]", "ports = [1, 2, 1]");
    let found = load(&text).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "port 1 is named twice");
    assert_eq!(&text[found[0].span.clone()], "1");
}

#[test]
fn what_an_engine_refuses_is_refused_before() {
    let cases = [
        ("depends_on = [\"b\", \"b\"]\nnetworks = [\"back\"]", "`b` is listed twice in `depends_on` of `a`"),
        ("networks = [\"back\", \"back\"]", "`back` is listed twice in `networks` of `a`"),
        ("settings = [\"A\", \"A\"]", "`A` is listed twice in `settings` of `a`"),
        ("secrets = [\"A\", \"A\"]", "`A` is listed twice in `secrets` of `a`"),
        (
            "secrets = [\"A\"]\nsettings = [\"A_FILE\"]",
            "`A_FILE` is reserved for passing the secret `A` to `a`",
        ),
        (
            "secrets = [\"A\"]\nenv = { A_FILE = \"x\" }",
            "`A_FILE` is reserved for passing the secret `A` to `a`",
        ),
        ("env = { A = \"${B}\" }\nsettings = [\"A\"]", "Compose cannot take the value of `A`"),
        ("networks = [\"back\"]\npublish = [2]", "`a` publishes a port, but is only on isolated networks"),
        (
            "sources = [\"src\"]\nwritable = [\"/app\"]",
            "`/app` is the directory of `src`, which it would hide",
        ),
        ("writable = [\"/opt/venv\"]", "`/opt/venv` is the directory of the virtual environment"),
        ("volumes = [\"/usr/lib\"]", "`/usr/lib` is a system directory"),
        ("writable = [\"/proc/x\"]", "`/proc/x` is a kernel file system"),
        ("secrets = [\"A\"]\nwritable = [\"/run/secrets\"]", "`/run/secrets` is where secrets are mounted"),
        ("volumes = [\"/b/c\", \"/b-c\"]", "the volume of `/b-c` has the name `a-b-c`, like another one"),
        (
            "secrets = [\"A\"]\nsettings = [\"A\"]\nsecrets_as = \"env\"",
            "`A` of `a` is both a setting and a secret",
        ),
        (
            "secret_files = { A = \"/etc/a\", B = \"/etc/a\" }",
            "the secret `A` is mounted at /etc/a, where something else is",
        ),
        (
            "sources = [\"src\"]\nsecret_files = { A = \"/app/src\" }",
            "the secret `A` is mounted at /app/src, where something else is",
        ),
        ("memory = \"1K\"", "`a` may use 1K"),
        ("tmp = { size = \"none\" }", "is not a size"),
        ("programs = { paths = [] }", "the `programs` of `a` list no paths"),
        (
            "sources = [\"o/.env.prod\"]",
            "`o/.env.prod` matches a pattern that is always excluded from the build context",
        ),
        ("labels = { \"org.opencontainers.image.revision\" = \"x\" }", "is set by each build"),
    ];
    for (keys, wanted) in cases {
        let found = said(keys);
        assert!(found.len() == 1 && found[0].contains(wanted), "{keys}: {found:?}");
    }
    for keys in [
        "env = { A = \"x y\" }\nsettings = [\"A\"]\nnetworks = [\"front\"]\npublish = [2]",
        "sources = [\"src\"]\nwritable = [\"/app/logs\", \"/usr/share/x\"]\nvolumes = [\"/app/src\", \"/data\"]",
        "sources = [\"tests/data\", \"certs/ca.pem\"]\nmemory = \"6M\"",
        "secrets = [\"A\"]\nsettings = [\"A_FILE\"]\nsecrets_as = \"env\"",
        "secret_files = { A = \"/etc/a\", B = \"/etc/b\" }",
    ] {
        assert_eq!(said(keys), Vec::<String>::new(), "{keys}");
    }
}

#[test]
fn names_that_yaml_or_bake_read_otherwise_are_refused() {
    let named = |name: &str| {
        let text = format!(
            "{START}[services.{name}]\nbase = \"python\"\ndockerfile = \"a/Dockerfile\"\nhealth = {{ none = \"x\" }}\npython = {{ module = \"a\" }}\n"
        );
        load(&text).err().into_iter().flatten().map(|mistake| mistake.message).collect::<Vec<_>>()
    };
    for name in ["null", "true", "1e3", "007", "default", "phase-1"] {
        assert_eq!(named(name).len(), 1, "{name}: {:?}", named(name));
    }
    for name in ["nullable", "phase-one", "a1e3", "defaults"] {
        assert!(named(name).is_empty(), "{name}: {:?}", named(name));
    }
}

#[test]
fn what_the_whole_fleet_gets_wrong_is_found() {
    let changed = |from: &str, to: &str| {
        let text = START.replace(from, to);
        load(&text).err().into_iter().flatten().map(|mistake| mistake.message).collect::<Vec<_>>()
    };
    let cases = [
        (
            "front = {}",
            "front = { subnet = \"10.1.0.0/16\" }\nthird = { subnet = \"10.0.0.0/8\" }",
            "overlap",
        ),
        ("front = {}", "front = { subnet = \"10.1.2.3/16\" }", "write the subnet's first address"),
        ("name = \"f\"", "name = \"f\"\nplatforms = []", "no platforms"),
        ("health = { tcp = 1 }", "health = { tcp = 1, port = 1 }", "`port` goes with `http`"),
        ("[services.b]", "[groups.g]\ngroup = \"h\"\n[services.b]", "only a service has a group"),
        ("python = { module = \"b\" }", "bare = {}", "`b` is a bare image, in which no program runs"),
        ("name = \"f\"", "name = \"f\"\nplatforms = [\"linux/x86\"]", "is not a platform"),
        (
            "python = { module = \"b\" }",
            "programs = { paths = [\"/usr/bin/x\"] }\nnative = { command = [\"/usr/bin/x\"] }\n[services.c]\nbase = \"es\"\ndockerfile = \"c/Dockerfile\"\nhealth = { none = \"x\" }\nprograms = { paths = [\"/x\"] }\nnative = { command = [\"/x\"] }\n[bases.es]\nbuild = \"elasticsearch:8.19.0\"\nrun = \"gcr.io/distroless/base-debian13:nonroot\"",
            "the files of `c` are staged on elasticsearch:8.19.0, which runs as user",
        ),
        (
            "name = \"f\"",
            "name = \"f\"\nplatforms = [\"linux/s390x\", \"linux/amd64\"]",
            "`b` cannot be built for linux/s390x",
        ),
        (
            "gcr.io/distroless/python3-debian13:nonroot\" }",
            "f/b:latest\" }\n[catalogue.own]\nimages = [\"f/b\"]\ntags = [\"latest\"]\n[[catalogue.own.interpreters]]\nname = \"python\"\npath = \"/usr/bin/python3\"\n",
            "is based on itself",
        ),
    ];
    for (from, to, wanted) in cases {
        let found = changed(from, to);
        assert!(found.len() == 1 && found[0].contains(wanted), "{to}: {found:?}");
    }
    let found =
        changed("front = {}", "front = { subnet = \"10.1.0.0/16\" }\nthird = { subnet = \"10.2.0.0/16\" }");
    assert!(found.is_empty(), "{found:?}");
}
