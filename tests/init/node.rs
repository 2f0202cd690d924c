//! Programs of Node, sites, and what their lock files say.

use super::{described, entries};

#[test]
fn sites_have_their_tool_s_output_and_what_nginx_passes_on() {
    let text = entries(&[
        ("web/Dockerfile", "FROM node:24 AS build\nRUN yarn build\nFROM nginx\nEXPOSE 80\n"),
        (
            "web/package.json",
            r#"{"scripts":{"build":"vite build","start":"vite"},"devDependencies":{"vite":"7"}}"#,
        ),
        ("web/yarn.lock", "# yarn lockfile v1\n"),
        ("web/nginx.conf", "location /api/ {\n  proxy_pass http://api:8080;\n}\n"),
        ("page/Dockerfile", "FROM nginx\nCOPY . /usr/share/nginx/html\n"),
        ("page/index.html", "<title>page</title>"),
    ]);
    let site = "[services.web.static]
manager  = \"yarn-classic\"
output   = \"dist\"  # guessed: vite's own default
fallback = true  # guessed: vite mostly builds a single page
proxy    = { \"/api\" = \"http://api:8080\" }  # guessed: nginx.conf proxies them
";
    assert!(text.contains(site), "{text}");
    assert!(text.contains("ports     = [8080]  # guessed: the file server's own default\n"), "{text}");
    assert!(text.contains("[services.page.static]\n"), "{text}");
}

#[test]
fn members_of_a_javascript_workspace_start_at_its_root() {
    let (text, unknowns) = described(&[
        ("pnpm-lock.yaml", ""),
        ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
        ("package.json", r#"{"private":true}"#),
        ("apps/shop/package.json", r#"{"scripts":{"build":"next build"},"dependencies":{"next":"16"}}"#),
        ("apps/shop/next.config.js", "module.exports = { output: 'standalone' }"),
    ]);
    let text = text.text;
    assert!(text.contains("directory  = \".\"\n") && text.contains("[services.shop.node]\n"), "{text}");
    assert!(text.contains("manager   = \"pnpm\"\nworkspace = \"apps/shop\"\nnext      = true\n"), "{text}");
    assert!(unknowns.iter().any(|line| line.contains("`packageManager`")), "{unknowns:?}");
}

#[test]
fn a_program_of_a_package_is_a_file_that_the_lock_file_names() {
    let lock = r#"{"packages":{"node_modules/fastify-cli":{"bin":{"fastify":"cli.js"}}}}"#;
    let text = entries(&[
        ("api/package.json", r#"{"scripts":{"start":"fastify start app.js"}}"#),
        ("api/package-lock.json", lock),
    ]);
    let table = "server    = \"node_modules/fastify-cli/cli.js\"  # guessed: from the lock file
arguments = [\"start\",\"app.js\"]
";
    assert!(text.replace(", \"", ",\"").contains(table), "{text}");
}

#[test]
fn what_bun_installs_or_runs_is_a_comment() {
    let package = |start: &str| {
        format!("{{\"scripts\":{{\"start\":\"{start}\"}},\"dependencies\":{{\"express\":\"4\"}}}}")
    };
    let text_of = |start: &str, lock: &str| {
        described(&[
            ("web/package.json", &package(start)),
            ("web/index.js", "app.listen(3000)\n"),
            (lock, "{}"),
        ])
    };
    for lock in ["web/bun.lock", "web/bun.lockb"] {
        let (text, _) = text_of("node index.js", lock);
        assert!(text.added.is_empty(), "{}", text.text);
        assert!(text.text.contains("# not yet: bun.lock"), "{}", text.text);
    }
    let (text, _) = text_of("bun index.js", "web/package-lock.json");
    assert!(text.text.contains("# not yet: Bun runs it, which no kind is for"), "{}", text.text);
    assert_eq!(text_of("node index.js", "web/package-lock.json").0.added, ["web"]);
}

#[test]
fn a_start_without_an_ending_is_the_file_that_is_there() {
    let files = [
        ("web/package.json", "{\"scripts\":{\"start\":\"node ./bin/www\"}}"),
        ("web/package-lock.json", "{}"),
        ("web/bin/www", "var port = process.env.PORT || '3000';\nserver.listen(port)\n"),
    ];
    assert!(entries(&files).contains("server = \"bin/www\"\n"), "{}", entries(&files));
}

#[test]
fn another_node_than_that_of_the_base_is_said() {
    let said = |image: &str| {
        let dockerfile = format!("FROM {image}\nEXPOSE 3000\nCMD [\"node\", \"index.js\"]\n");
        let files = [
            ("web/Dockerfile", dockerfile.as_str()),
            ("web/package.json", "{}"),
            ("web/package-lock.json", "{}"),
            ("web/index.js", "app.listen(3000)\n"),
        ];
        described(&files).1
    };
    let why =
        "its Dockerfile has Node 7, and the built-in base 24: if that matters, name a `base` with another";
    assert_eq!(said("node:7.5.0-alpine"), [format!("web: base: {why}")]);
    assert!(said("node:24-slim").is_empty());
    assert!(said("node:lts").is_empty());
}
