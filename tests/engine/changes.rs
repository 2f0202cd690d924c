//! What is changed in services of each kind, for the tests of rebuilds.

/// A service of each kind, and a change of its source.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) service: &'static str,
    /// A file, a text in it, and what takes its place; none where nothing is copied from the sources
    pub(crate) change: Option<(&'static str, &'static str, &'static str)>,
    /// What the steps that install or compile dependencies run; empty where there are none
    pub(crate) installs: &'static str,
    /// Whether two builds give the same bytes
    pub(crate) is_reproducible: bool,
}

const fn case(
    kind: &'static str,
    service: &'static str,
    change: (&'static str, &'static str, &'static str),
    installs: &'static str,
) -> Case {
    Case { kind, service, change: Some(change), installs, is_reproducible: true }
}

/// The fleet of this repository.
pub(crate) const FLEET: &[Case] = &[
    case("python", "vm", ("vm/main.py", "vm is up", "vm is up again"), "uv pip install"),
    case(
        "python with programs",
        "rdp-controller",
        ("RDP/session-controller/main.py", "import ", "# A line more.\nimport "),
        "/packages.sh ",
    ),
    case("node front end", "gui", ("electron-gui/renderer/main.js", "'gui'", "'front end'"), "npm ci"),
    case(
        "native",
        "redis",
        ("infrastructure/containers/storage/redis.conf", "", "# A line more.\n"),
        "perl /closure.pl",
    ),
    Case { kind: "bare", service: "base", change: None, installs: "", is_reproducible: true },
];

/// The fleet has none of this kind: `ledger.toml` is a fleet with one.
pub(crate) const LEDGER: &[Case] = &[case(
    "java",
    "ledger",
    ("ledger/src/lucid/ledger/Main.java", "\\\"requests\\\"", "\\\"answers\\\""),
    "apt-get install",
)];

/// The small fleets of `tests/engine/projects/`. A test of its own has Maven's.
pub(crate) const PROJECTS: [(&str, &[Case]); 7] = [
    (
        "go",
        &[
            case("go", "api", ("api/cmd/api/main.go", "\"ok\"", "\"yes\""), "go mod download"),
            case("go with cgo", "sum", ("sum/main.go", "the sum is", "it is"), "apt-get install"),
        ],
    ),
    (
        "rust",
        &[
            case("rust", "api", ("shop/api/src/main.rs", "} of {", "} from {"), "--keep-going"),
            case("rust with musl", "gate", ("gate/src/main.rs", "the port", "its port"), "--keep-going"),
        ],
    ),
    (
        "node",
        &[
            case("node", "api", ("api/server.js", "a day", "one day"), "npm ci"),
            case("node over TLS", "secure", ("secure/server.js", "an hour", "one hour"), "npm ci"),
        ],
    ),
    (
        "python",
        &[
            case("uv", "orders", ("orders/src/orders/server.py", "stem {", "Stem {"), "--no-install-local"),
            case("poetry", "mail", ("mail/mail/main.py", "markupsafe {", "MarkupSafe {"), "uv pip install"),
            case("grpc", "alerts", ("alerts/main.py", "it serves", "serving"), "uv pip install"),
        ],
    ),
    (
        "gradle",
        &[case(
            "gradle",
            "ads",
            ("ads/server/src/main/java/shop/ads/Main.java", "println(words)", "println(words + 1)"),
            "gradlew --version",
        )],
    ),
    (
        "startup",
        &[
            case("go with extra", "gate", ("gate/main.go", "told to end", "ends"), "go mod download"),
            case("python alone", "ledger", ("ledger/ledger.py", "seeded", "sown"), "uv venv"),
            Case {
                kind: "native secret",
                service: "store",
                change: None,
                installs: "",
                is_reproducible: true,
            },
        ],
    ),
    (
        "web",
        &[
            case("pnpm", "pnpm", ("pnpm/server.js", "a day", "one day"), "pnpm install"),
            case("yarn", "yarn", ("yarn/server.js", "a day", "one day"), "yarn install"),
            case("yarn 1", "classic", ("classic/server.js", "a day", "one day"), "yarn install"),
            case("npm workspace", "members", ("members/packages/api/server.js", "in $", "at $"), "npm ci"),
            case("pnpm, built", "shop", ("shop/apps/orders/src/main.ts", "in $", "at $"), "pnpm install"),
            // Next.js makes new keys for its preview mode, and a new build id, in each build.
            Case {
                is_reproducible: false,
                ..case("next", "next", ("next/app/page.js", "a picture", "the picture"), "npm ci")
            },
            case("static, built", "site", ("site/index.html", "<title>site", "<title>pages"), "npm ci"),
            case("static", "files", ("files/about.html", "<title>about", "<title>us"), ""),
        ],
    ),
];
