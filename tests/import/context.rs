//! The build context of an imported Dockerfile.

use std::fs;

use super::tree::{DESCRIPTION, ONE, Tree};

#[test]
fn copies_are_relative_to_the_context() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("services/one/Dockerfile", ONE.replace("COPY one /app/one", "COPY . /app/one"));
    tree.write("services/one/main.py", "");
    let ran = tree.run(&["import", "--context", "services/one", "services/one/Dockerfile"]);
    assert!(
        ran.out.contains("sources    = [{ from = \"services/one\", to = \"one\" }]"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn a_file_that_is_built_in_its_own_directory_has_its_context_there() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("one/Dockerfile", ONE.replace("COPY one /app/one", "COPY start.py /app/one/"));
    tree.write("one/start.py", "");
    let ran = tree.run(&["import", "one/Dockerfile"]);
    assert!(
        ran.err.contains("one/Dockerfile:1: the build context is one: --context names another one"),
        "{}",
        ran.err
    );
    assert!(
        ran.out.contains("{ from = \"one/start.py\", to = \"one/start.py\" }")
            || ran.out.contains("[\"one/start.py\"]"),
        "{}",
        ran.out
    );
    let ran = tree.run(&["import", "--context", ".", "one/Dockerfile"]);
    let hint = "one/Dockerfile:2: `start.py` is not in the build context, but next to the Dockerfile: is it built with --context one?";
    assert!(ran.err.contains(hint), "{}", ran.err);
    let ran = tree.run(&["import", "--context", "one", "one/Dockerfile"]);
    assert!(!ran.err.contains("--context"), "{}", ran.err);
}

/// A Dockerfile is built in the directory that a file names, or else in the one that has what it copies.
#[test]
fn the_build_context_is_the_one_that_files_name() {
    let everything = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nEXPOSE 80\nUSER 65532\nCMD [\"python\", \"main.py\"]\n";
    let compose = "services:\n  api:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n";
    let bake = "target \"api\" {\n  context = \"shop\"\n  dockerfile = \"../deploy/Dockerfile.api\"\n}\n";
    let workflow = "jobs:\n  x:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: shop\n          file: ci/api.Dockerfile\n";
    // The Dockerfile, a file that names its context, and where its requirements lie.
    let cases = [
        ("Dockerfile", None, "requirements.txt"),
        ("shop/Dockerfile", None, "shop/requirements.txt"),
        ("shop/docker/Dockerfile", None, "shop/requirements.txt"),
        ("docker/Dockerfile", Some(("docker/compose.yaml", compose)), "requirements.txt"),
        ("deploy/Dockerfile.api", Some(("docker-bake.hcl", bake)), "shop/requirements.txt"),
        ("ci/api.Dockerfile", Some((".github/workflows/build.yml", workflow)), "shop/requirements.txt"),
    ];
    for (path, named, requirements) in cases {
        let tree = Tree::new(None);
        tree.write(path, everything);
        let main = requirements.replace("requirements.txt", "main.py");
        tree.write(requirements, "requests==2\n");
        tree.write(&main, "");
        if let Some((file, text)) = named {
            tree.write(file, text);
        }
        let ran = tree.run(&["import", path]);
        assert_eq!(ran.code, Some(0), "{path}: {}", ran.err);
        assert!(
            ran.out.contains(&format!("requirements = [\"{requirements}\"]")),
            "{path}: {}{}",
            ran.out,
            ran.err
        );
        // `init` finds the same files; it reads no bake files and workflows.
        if named.is_some_and(|(file, _)| !file.ends_with("compose.yaml")) {
            continue;
        }
        let ran = tree.run(&["init", "--dry-run"]);
        assert_eq!(ran.code, Some(0), "{path}: {}", ran.err);
        let (directory, _) = requirements.rsplit_once('/').unwrap_or((".", ""));
        assert!(
            ran.out.contains(&format!("directory  = \"{directory}\""))
                || ran.out.contains(&format!("directory = \"{directory}\"")),
            "{path}: {}",
            ran.out
        );
    }
}

#[test]
fn a_destination_that_is_a_directory_already_takes_the_file_into_it() {
    let tree = Tree::new(None);
    tree.write("a/requirements.txt", "");
    tree.write("a/app.py", "");
    tree.write("src/agents/one.py", "");
    tree.write("tools.py", "");
    let file = "FROM python:3.12-slim\nWORKDIR /app\nCOPY a/requirements.txt /app\nCOPY a /app\nCOPY src src\n\
        COPY tools.py src/agents\nRUN pip install -r requirements.txt\nCMD [\"python3\", \"app.py\"]\n";
    tree.write("a/Dockerfile", file);
    let ran = tree.run(&["import", "a/Dockerfile"]);
    assert!(ran.out.contains("requirements = [\"a/requirements.txt\"]"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("{ from = \"a\", to = \".\" }"), "{}", ran.out);
    assert!(ran.out.contains("{ from = \"tools.py\", to = \"src/agents/tools.py\" }"), "{}", ran.out);
}

#[test]
fn who_copies_everything_is_built_where_the_files_of_its_commands_lie() {
    for (dockerfile, files, context) in [
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . /app/\nCMD [\"python\", \"m.py\"]\n",
            &["m.py", "infra/x.tf"][..],
            "",
        ),
        (
            "FROM python:3.13-slim\nCOPY . /app/\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD [\"python\", \"/app/m.py\"]\n",
            &["requirements.txt", "m.py", "infra/m.txt"],
            "",
        ),
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"m.py\"]\n",
            &["m.py", "infra/docker/m.py"],
            "infra/docker",
        ),
        (
            "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD [\"uvicorn\", \"shop.main:app\"]\n",
            &["shop/main.py", "infra/x.tf"],
            "",
        ),
    ] {
        let tree = Tree::new(None);
        tree.write("infra/docker/Dockerfile", format!("{dockerfile}EXPOSE 80\n"));
        for file in files {
            tree.write(file, "x");
        }
        let run = tree.run(&["import", "infra/docker/Dockerfile"]);
        let wanted = format!("the build context is {context}: ");
        assert_eq!(run.err.contains("the build context is"), !context.is_empty(), "{dockerfile}{}", run.err);
        assert!(context.is_empty() || run.err.contains(&wanted), "{dockerfile}{}", run.err);
    }
}

#[test]
fn a_build_whose_context_changes_is_told_with_the_file_that_names_it() {
    let tree = Tree::new(None);
    tree.write("web/one/Dockerfile", ONE);
    tree.write("web/one/one/main.py", "");
    tree.write("docker-compose.yml", "services:\n  one:\n    build: ./web/one\n");
    tree.write("web/compose.yaml", "services:\n  one:\n    build: one\n");
    tree.write(
        ".github/workflows/images.yaml",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: web/one\n",
    );
    let ran = tree.run(&["import", "web/one/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told = |file: &str, change: &str| {
        format!(
            "web/one/Dockerfile:1: {file} builds it in web/one, but the context of the new file is the directory of services.toml: set {change} there\n"
        )
    };
    for line in [
        told("web/compose.yaml", "`context: ..` and `dockerfile: web/one/Dockerfile`"),
        told("docker-compose.yml", "`context: .` and `dockerfile: web/one/Dockerfile`"),
        told(".github/workflows/images.yaml", "`context: .` and `file: web/one/Dockerfile`"),
    ] {
        assert!(ran.err.contains(&line), "{line}{}", ran.err);
    }
    tree.write(
        "docker-compose.yml",
        "services:\n  one:\n    build: { context: ., dockerfile: web/one/Dockerfile }\n",
    );
    fs::remove_file(tree.path("web/compose.yaml")).unwrap();
    fs::remove_file(tree.path(".github/workflows/images.yaml")).unwrap();
    let ran = tree.run(&["import", "web/one/Dockerfile"]);
    assert!(!ran.err.contains("builds it in"), "{}", ran.err);
}
