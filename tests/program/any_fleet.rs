//! Fleets as somebody might describe them: of all kinds, with any text where text may stand.

use std::fmt::Write;

use proptest::prelude::*;

/// A fleet with a service of each kind, that says something for almost every key.
pub(crate) const EVERY_KEY: &str = r#"
[fleet]
name       = "shop"
source     = "https://example.org/shop"
licenses   = "MIT"
image      = "shop/{name}"
tag        = "1.0"
registry   = "docker.io"
platforms  = ["linux/amd64"]
user       = "65532:65532"
probe_base = "native"
output     = "generated"
phases     = ["One", "Two"]
also_built = ["shop/old:1"]

[bases]
python = { build = "debian:trixie-slim", run = "gcr.io/distroless/python3-debian13:nonroot" }
java   = { build = "debian:trixie-slim", run = "gcr.io/distroless/java21-debian13:nonroot" }
node   = { build = "node:24-trixie-slim", run = "gcr.io/distroless/nodejs24-debian13:nonroot" }
native = { build = "debian:trixie-slim", run = "gcr.io/distroless/base-debian13:nonroot" }

[networks]
inner = { subnet = "172.20.0.0/16", isolated = true }
outer = {}

[defaults]
phase    = 1
networks = ["inner", "outer"]

[groups.web]
env    = { GROUP = "of {name}" }
labels = { "org.example.group" = "web" }

[services.basket]
group      = "web"
status     = "built"
image      = "shop/the-basket"
tag        = "2"
dockerfile = "basket/Dockerfile"
base       = "python"
sources    = ["basket", { from = "shared/lib", to = "lib" }, { from = "etc/x.conf", to = "/etc/x.conf" }]
programs   = { packages = ["ffmpeg"], paths = ["/usr/bin/ffmpeg"] }
ports      = [8080, 9090]
publish    = ["18080:8080"]
health     = { http = "/health?deep=1", port = 9090, interval = "15s", timeout = "5s" }
env        = { GREETING = "hello" }
settings   = ["MONGODB_URL"]
secrets    = ["MONGODB_PASSWORD"]
secret_files = { TLS_KEY = "/etc/tls/server.key" }
writable   = ["/app/logs"]
volumes    = ["/data/basket"]
tmp        = { size = "64M" }
memory     = "512M"
cpus       = 0.5
pids       = 100
extra      = { build = ["ENV A=b"], final = ["COPY conf/x /etc/y/", "STOPSIGNAL SIGINT"] }
before     = [["/opt/venv/bin/python3", "manage.py", "migrate"], ["/bin/x", "{env:MONGODB_URL}", "{env:HOME}"]]
depends_on = ["store"]
labels     = { "org.example.note" = "note" }
[services.basket.python]
requirements   = ["basket/requirements.txt"]
packages       = ["orjson==3.10.7"]
compile = ["lxml==6.0.2"]
build_packages = ["gcc"]
app            = "basket.main:app"

[services.worker]
dockerfile = "worker/Dockerfile"
base       = "python"
health     = { exec = ["/usr/bin/python3", "-c", "import worker"] }
[services.worker.python]
command = ["-c", "import worker", "--processes={env:WORKERS:-2}", "{env:HOME}"]

[services.mailer]
dockerfile = "mailer/Dockerfile"
base       = "python"
health     = { none = "it listens on nothing" }
[services.mailer.python]
module = "mailer.main"

[services.ledger]
directory = "ledger"
base      = "python"
health    = { none = "it listens on nothing" }
[services.ledger.python]
lock    = "uv.lock"
package = "ledger-api"
extras  = ["postgres"]
groups  = ["production"]
project = true
assets  = ["migrations"]
script  = ["ledger"]

[services.engine]
dockerfile = "engine/Dockerfile"
base       = "java"
sources    = ["engine/src"]
ports      = [8081]
health     = { tcp = 8081 }
[services.engine.java]
main    = "org.example.Main"
options = ["-XX:MaxRAMPercentage=75.0"]

[services.shop]
directory = "shop"
ports     = [8082]
health    = { tcp = 8082 }
[services.shop.java]
build     = "maven"
module    = "services/shop"
jar       = "services/shop/target/shop.jar"
main      = "org.example.Main"
agent     = "agents/agent.jar"
options   = ["-Xmx1g"]
arguments = ["--port=8082"]

[services.desk]
ports  = [8083]
health = { tcp = 8083 }
[services.desk.java]
jar    = "desk/desk.jar"
layers = true

[services.stock]
directory = "stock"
ports     = [8084]
health    = { tcp = 8084 }
[services.stock.dotnet]
project   = "Stock/Stock.csproj"
assembly  = "Shop.Stock"
locked    = true
arguments = ["--environment=Docker"]

[services.gui]
dockerfile = "gui/Dockerfile"
base       = "node"
ports      = [3000]
health     = { http = "/" }
[services.gui.node]
directory = "gui"
script    = "build"
output    = "dist"
server    = "server.js"

[services.front]
ports  = [3001]
health = { https = "/live", status = "200-204", host = "front.example" }
[services.front.node]
server    = "dist/main.js"
manager   = "pnpm"
script    = "compile"
output    = "dist"
arguments = ["--port=3001"]

[services.storefront]
ports  = [3000]
health = { http = "/" }
[services.storefront.node]
next      = true
manager   = "yarn"
workspace = "apps/shop"

[services.site]
ports  = [8080]
health = { http = "/" }
[services.site.static]
workspace = "apps/site"
output    = "dist"
fallback  = true
proxy     = { "/api" = "http://storefront:3000/", "/old.v1" = "https://old.example/v1" }

[services.till]
health = { none = "it listens on nothing" }
[services.till.node]
server = "server.js"

[services.store]
dockerfile = "store/Dockerfile"
base       = "native"
ports      = [6379]
health     = { redis = 6379 }
programs   = { packages = ["redis-server"], paths = ["/usr/bin/redis-server"] }
[services.store.native]
command = ["/usr/bin/redis-server", "--save"]

[services.cache]
directory = "cache"
health    = { redis = 6379, password = "CACHE_PASSWORD" }
ports     = [6379]
secrets   = ["CACHE_PASSWORD"]
programs  = { packages = ["redis-server"], paths = ["/usr/bin/redis-server"] }
[services.cache.native]
command = ["/usr/bin/redis-server"]

[services.proxy]
directory = "proxy"
health    = { http = "/live", unix = "/run/proxy/api.sock" }
writable  = ["/run/proxy"]
[services.proxy.go]

[services.gateway]
directory = "src/gateway"
ports     = [7070]
health    = { grpc = 7070, service = "shop.Gateway" }
sources   = ["cmd", "internal", "go.mod"]
writable  = ["/data/gateway"]
[services.gateway.go]
package   = "./cmd/gateway"
cgo       = true
tags      = ["timetzdata"]
arguments = ["serve", "--verbose"]
assets    = ["templates"]

[services.ledger-api]
directory = "workspace"
ports     = [7072]
health    = { http = "/health" }
[services.ledger-api.rust]
package   = "ledger-api"
bin       = "ledger"
features  = ["postgres"]
arguments = ["serve"]
assets    = ["migrations"]

[services.gate]
health = { none = "it listens on nothing" }
[services.gate.rust]
static = true

[services.mailgun]
ports  = [7071]
health = { http = "/health" }
[services.mailgun.go]
vendor = true

[services.base]
dockerfile = "base/Dockerfile"
base       = "native"
health     = { none = "a base runs nothing" }
[services.base.bare]
"#;

/// What YAML, HCL or BuildKit read as something else than text, or not at all.
pub(crate) const AWKWARD: [&str; 25] = [
    "a",
    "0x10",
    "0o7",
    "0b1",
    "2024-01-01",
    "1e3",
    "12:30:00",
    "1_000",
    "null",
    "~",
    "on",
    "Y",
    "FALSE",
    ".inf",
    "<<",
    "=",
    "\u{2028}",
    "\u{85}",
    "\u{fffe}",
    "\u{1fffe}",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "${name}",
    "%{if}",
];

/// Text that means something to somebody: to TOML, a shell, a Dockerfile, YAML, HCL, a terminal.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\"",
            "'",
            "\\",
            "\\\\",
            "$",
            "${X}",
            "$$",
            "`",
            "\n",
            "\r\n",
            "\r",
            "\t",
            "\0",
            "\u{1b}[31m",
            "\u{7f}",
            "\u{85}",
            "\u{a0}",
            "\u{2028}",
            "\u{feff}",
            "é",
            "日本",
            "🦀",
            "<<EOF",
            "#",
            " ",
            "|",
            "&&",
            "{{",
            "}}",
            "%{",
            "{name}",
            ":",
            ": ",
            "- ",
            "=",
            ",",
            "[",
            "]",
            "*",
            "?",
            "!",
            "/",
            "..",
            "\\\n",
            "\nRUN evil\n",
            "\nUSER root\n",
            "a",
            "1",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// One line of any text, as TOML writes it.
fn line() -> impl Strategy<Value = String> {
    "\\PC{0,20}".prop_map(|text| toml::Value::String(text).to_string())
}

/// A service: kind, which of its keys it has, and a text for those that take one.
type Draft = (u8, u64, String);

/// The text of a valid description.
pub(crate) fn any_fleet() -> impl Strategy<Value = String> {
    let drafts = prop::collection::vec((0..6_u8, any::<u64>(), line()), 1..8);
    (drafts, line(), any::<bool>()).prop_map(|(drafts, source, phases)| describe(&drafts, &source, phases))
}

fn describe(drafts: &[Draft], source: &str, phases: bool) -> String {
    let mut text = format!("[fleet]\nname = \"any\"\nimage = \"any/{{name}}\"\nsource = {source}\n");
    if phases {
        text += "phases = [\"One\", \"Two\", \"Three\"]\n";
    }
    let bases = EVERY_KEY.find("[bases]").unwrap()..EVERY_KEY.find("[defaults]").unwrap();
    text += &EVERY_KEY[bases];
    text += "[defaults]\nnetworks = [\"inner\", \"outer\"]\n";
    let mut healthy: Option<usize> = None;
    for (i, draft) in drafts.iter().enumerate() {
        let has_check = service(&mut text, i, draft, healthy, phases);
        healthy = has_check.then_some(i).or(healthy);
    }
    text
}

/// Writes a service; whether it has a health check.
fn service(text: &mut String, i: usize, draft: &Draft, healthy: Option<usize>, phases: bool) -> bool {
    let (kind, bits, line) = draft;
    let has = |bit: u32| bits & (1 << bit) != 0;
    let port = 8000 + i;
    let mut key = |key: &str, value: &str| writeln!(text, "{key} = {value}").unwrap();
    key(&format!("\n[services.s{i}]\ndockerfile"), &format!("\"s{i}/Dockerfile\""));
    if has(32) {
        key("directory", "\"any/place\"");
    }
    let java = match (has(17), has(18), has(19)) {
        (false, true, _) => "\"java-maven\"",
        (false, false, true) => "\"java-jdk\"",
        (false, false, false) if has(21) => "\"dotnet\"",
        _ => "\"java\"",
    };
    let compiled = match (has(17), has(18), has(19)) {
        (false, true, _) => "\"rust-static\"",
        (false, false, true) => "\"rust\"",
        _ => "\"go\"",
    };
    let own_base = ["\"python\"", java, "\"node\"", "\"native\"", "\"native\"", compiled][usize::from(*kind)];
    // Those of `native` and `bare` have no base of their own.
    if !has(33) || matches!(kind, 3 | 4) {
        key("base", own_base);
    }
    key("ports", &format!("[{port}, 9000]"));
    // In a bare image nothing answers.
    let asks = has(0) && *kind != 4;
    let check = asks || has(1);
    key(
        "health",
        &match (asks, has(1)) {
            (true, true) if has(22) => {
                "{ http = \"/\", status = \"200-204,401\", host = \"a.b\" }".to_owned()
            }
            (true, true) if has(34) => format!("{{ grpc = {port}, service = \"any.Service\" }}"),
            (true, true) if has(35) && *kind == 0 => "{ https = \"/health\", port = 9000 }".to_owned(),
            (true, true) => "{ http = \"/health\" }".to_owned(),
            (true, false) if has(34) => format!("{{ redis = {port}, timeout = \"5s\" }}"),
            (true, false) if has(35) && has(4) => "{ http = \"/\", unix = \"/data/w/a.sock\" }".to_owned(),
            (true, false) => format!("{{ tcp = {port}, timeout = \"1m\", start_interval = \"500ms\" }}"),
            (false, true) => format!("{{ exec = [\"/usr/bin/perl\", \"/app/check.pl\", {line}] }}"),
            (false, false) => "{ none = \"there is nothing to look at\" }".to_owned(),
        },
    );
    if phases {
        key("phase", "2");
    }
    for (bit, name, value) in [
        (2, "env", format!("{{ ANY = {line}, OTHER = \"x\" }}")),
        (3, "labels", format!("{{ \"org.example.any\" = {line} }}")),
        (4, "writable", "[\"/data/w\", \"/data/v-w\"]".to_owned()),
        (5, "volumes", "[\"/data/v\"]".to_owned()),
        (6, "memory", "\"1G\"".to_owned()),
        (7, "tmp", "{ size = \"1M\", exec = true }".to_owned()),
        (8, "publish", format!("[\"{}:{port}\"]", 20_000 + i)),
        (9, "settings", "[\"URL\"]".to_owned()),
        (10, "secrets", "[\"PASSWORD\"]".to_owned()),
        (23, "secrets_as", "\"env\"".to_owned()),
        (24, "secret_files", "{ CERT = \"/etc/cert\", KEY = \"/etc/key\" }".to_owned()),
        (11, "image", format!("\"other/{{name}}-{i}\"")),
        (12, "status", "\"built\"".to_owned()),
        (36, "extra.final", "[\"COPY conf/x /etc/y/\", \"STOPSIGNAL SIGINT\"]".to_owned()),
        (37, "extra.build", "[\"ENV A=b\", \"RUN echo 1\"]".to_owned()),
        (13, "cpus", "2".to_owned()),
        (22, "before", format!("[[\"/bin/x\", {line}], [\"/bin/y\", \"{{env:HOME}}\"]]")),
        (
            14,
            "sources",
            "[\"src\", { from = \"a\", to = \"/etc/a\" }, { from = \"b\", to = \".\" }]".to_owned(),
        ),
    ] {
        let is_needed = *kind == 1 && name == "sources";
        let is_useless = *kind == 4 && ["sources", "writable", "volumes"].contains(&name)
            || *kind == 1 && has(17) && name == "sources"
            || !matches!(kind, 0 | 5) && name == "extra.build"
            || *kind == 4 && name.starts_with("extra");
        if (has(bit) || is_needed) && !is_useless {
            key(name, &value);
        }
    }
    if let (Some(other), true) = (healthy, has(15)) {
        key("depends_on", &format!("[\"s{other}\"]"));
    }
    if *kind == 3 || (*kind == 0 && has(16)) {
        key("programs", "{ packages = [\"ffmpeg\"], paths = [\"/usr/bin/ffmpeg\", \"/usr/lib/*/x\"] }");
    }
    let program = match kind {
        0 if has(17) => "python]\napp = \"any.main:app\"\nrequirements = [\"r.txt\"]".to_owned(),
        0 if has(18) => format!(
            "python]\ncommand = [\"-c\", {line}]\ncompile = [\"lxml==6.0.2\"]\nbuild_packages = [\"gcc\"]"
        ),
        0 if has(19) => "python]\nmodule = \"any.main\"\nlock = \"any/poetry.lock\"".to_owned(),
        0 if has(20) => "python]\nmodule = \"any.main\"\nlock = \"uv.lock\"".to_owned(),
        0 if has(21) => {
            "python]\nmodule = \"any.main\"\nrequirements = [\"r.txt\"]\nfrom_source = [\"stem\"]".to_owned()
        }
        0 => "python]\nmodule = \"any.main\"\npackages = [\"uvicorn[standard]>=0.30\"]".to_owned(),
        1 if has(17) => format!("java]\noptions = [{line}]"),
        1 if has(18) => format!("java]\nbuild = \"maven\"\nmodule = \"any\"\narguments = [{line}]"),
        1 if has(19) => format!("java]\nbuild = \"gradle\"\nmain = \"a.B\"\noptions = [{line}]"),
        1 if has(21) => format!("dotnet]\nproject = \"A/B.csproj\"\narguments = [{line}]"),
        1 if has(20) => "java]\njar = \"any.jar\"\nagent = \"agent.jar\"".to_owned(),
        1 => "java]\nmain = \"org.example.Main\"".to_owned(),
        2 if has(17) => format!("node]\nserver = \"server.js\"\narguments = [{line}]"),
        2 if has(18) => "node]\nserver = \"dist/any.js\"\noutput = \"dist\"\nmanager = \"pnpm\"".to_owned(),
        2 if has(19) => "node]\nnext = true\nmanager = \"pnpm\"\nworkspace = \"apps/web\"".to_owned(),
        2 if has(20) => "node]\nserver = \"s.js\"\nmanager = \"yarn\"\nworkspace = \"any\"".to_owned(),
        2 if has(21) => {
            "static]\nfallback = true\nproxy = { \"/api\" = \"http://api:80/\", \"/a.b\" = \"https://x/y\" }"
                .to_owned()
        }
        2 if has(22) => "static]\noutput = \"dist\"\nmanager = \"yarn-classic\"".to_owned(),
        2 => "node]\ndirectory = \"gui\"\noutput = \"dist\"\nserver = \"server.js\"".to_owned(),
        3 => format!("native]\ncommand = [\"/usr/bin/ffmpeg\", {line}]"),
        5 if has(17) => format!("go]\narguments = [{line}]\nassets = [\"assets\"]"),
        5 if has(18) => format!("rust]\nstatic = true\narguments = [{line}]"),
        5 if has(19) => "rust]\npackage = \"any\"\nassets = [\"assets\"]".to_owned(),
        5 => "go]\npackage = \"./cmd\"\nvendor = true".to_owned(),
        _ => "bare]".to_owned(),
    };
    let _ = writeln!(text, "[services.s{i}.{program}");
    check
}
