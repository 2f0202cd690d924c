//! Which references move in the files of charts, CI, clusters and development containers, which are named, and that no
//! other image is ever touched.

use std::fs;

use super::cli::{DAY, dockwright, err, out, tree};

/// What a move of one file, with a Dockerfile of the old base beside it, says; and the file afterwards.
fn moved(path: &str, text: &str, arguments: &[&str]) -> (String, String) {
    let tree =
        tree(&[(path, text), ("app/Dockerfile", "FROM debian:bookworm\nFROM python:3.11-slim-bookworm\n")]);
    let run = dockwright(tree.path(), &[&["rebase"], arguments, &[".", DAY]].concat());
    (format!("{}{}", out(&run), err(&run)), fs::read_to_string(tree.path().join(path)).unwrap())
}

/// A path, a text in which `OLD` is `bookworm` and moves, and the places with what is said there. `old` is `bookworm`
/// as well, and stays.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: [Case; 25] = [
    // Helm.
    ("chart/values.yaml", "image:\n  repository: python\n  tag: 3.11-slim-OLD\n  pullPolicy: Always\n", &[]),
    (
        "chart/values.yaml",
        "image: { registry: docker.io, repository: library/python, tag: \"3.11-slim-OLD\" }\n",
        &[],
    ),
    (
        "chart/values.yaml",
        "a:\n  image:\n    tag: '3.11-slim-OLD' # of the team\n    repository: mirror.gcr.io/library/python\n",
        &[],
    ),
    ("chart/values.yaml", "web:\n  image: python\n  imageTag: 3.11-slim-OLD\n", &[]),
    ("chart/values.yaml", "image:\n  repository: gcr.io/distroless/base-debian12\n  tag: nonroot\n", &[]),
    (
        "chart/values.yaml",
        "image:\n  repository: python\n  tag: 3.11-slim-old\n  digest: sha256:1111111111111111111111111111111111111111111111111111111111111111\n",
        &[
            "chart/values.yaml:3:8: `python:3.11-slim-old` is written here in pieces that do not move together; change tag and digest",
        ],
    ),
    (
        "chart/values.yaml",
        "image:\n  repository: acme/python\n  tag: 3.11-slim-old\n",
        &["the image is not in the catalogue"],
    ),
    (
        "chart/values.yaml",
        "image:\n  repository: node\n  tag: 22-OLD\nother:\n  repository: nginx\n  tag: 1.29-alpine\n",
        &[],
    ),
    ("chart/templates/x.yaml", "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n", &[]),
    // Kustomize.
    (
        "k/kustomization.yaml",
        "images:\n  - name: python\n    newTag: 3.11-slim-OLD\n  - name: redis\n    newTag: 8-alpine\n",
        &[],
    ),
    (
        "k/kustomization.yaml",
        "images:\n  - name: app\n    newName: docker.io/python\n    newTag: 3.11-slim-OLD\n",
        &[],
    ),
    // GitHub.
    (
        ".github/workflows/ci.yml",
        "jobs:\n  t:\n    container: { image: \"debian:OLD\" }\n    services:\n      db:\n        image: node:22-OLD\n      cache:\n        image: redis:8-alpine\n    steps:\n      - uses: docker://debian:OLD\n      - uses: actions/checkout@v4\n",
        &[],
    ),
    ("tool/action.yml", "runs:\n  using: docker\n  image: docker://debian:OLD\n", &[]),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  t:\n    strategy:\n      matrix:\n        image: [\"debian:OLD\", 'debian:sid']\n    container: ${{ matrix.image }}\n",
        &[],
    ),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  t:\n    steps:\n      - run: docker run debian:old\n",
        &[":4:25: `debian:old` is part of a longer text"],
    ),
    // GitLab.
    (
        ".gitlab-ci.yml",
        "image: debian:OLD\nt:\n  image: { name: \"debian:OLD\", entrypoint: [''] }\n  services:\n    - node:22-OLD\n    - name: node:22-OLD\n      alias: db\n    - docker:dind\n",
        &[],
    ),
    // Kubernetes.
    (
        "k8s.yaml",
        "kind: Deployment\nspec:\n  template:\n    spec:\n      initContainers: [{ name: a, image: debian:OLD }]\n      containers:\n        - name: debian\n          image: \"debian:OLD\"\n          args: [\"debian:old\"]\n        - image: ubuntu:24.04\n",
        &["k8s.yaml:9:19: `debian:old` is part of a longer text"],
    ),
    // CircleCI, Azure.
    (
        ".circleci/config.yml",
        "jobs:\n  b:\n    docker:\n      - image: python:3.11-slim-OLD\n      - image: cimg/node:20.1\n",
        &[],
    ),
    (
        "azure-pipelines.yml",
        "resources:\n  containers:\n    - container: py\n      image: python:3.11-slim-OLD\njobs:\n  - job: a\n    container: debian:OLD\n",
        &[],
    ),
    // Development containers.
    (
        ".devcontainer/devcontainer.json",
        "{\n  \"build\": { \"dockerfile\": \"Dockerfile\", \"args\": { \"BASE\": \"debian:OLD\" } },\n  \"features\": { \"ghcr.io/devcontainers/features/python:1\": {} }\n}\n",
        &[],
    ),
    // Makefiles and scripts.
    (
        "Makefile",
        "BASE_IMAGE ?= python:3.11-slim-OLD\nCACHE := redis:6379\nbuild:\n\tdocker build --build-arg B=$(BASE_IMAGE) .\n",
        &[],
    ),
    (
        "Makefile",
        "build:\n\tdocker pull debian:old\n",
        &["Makefile:2:14: `debian:old` is part of a longer text"],
    ),
    (
        "ci/build.sh",
        "#!/bin/sh\nIMAGE=python:3.11-slim-old\ncat <<EOF | docker build -\nFROM python:${V}-slim-old\nEOF\n",
        &[
            "ci/build.sh:2:7: `python:3.11-slim-old` is part of a longer text",
            "ci/build.sh:4:6: `python:${V}-slim-old` names debian 12 (bookworm)",
        ],
    ),
    // Variables.
    (".env.example", "WEB=python:3.11-slim-OLD\nCACHE=redis:6379\n", &[]),
    (
        "skaffold.yaml",
        "build:\n  artifacts:\n    - image: acme/a\n      docker:\n        buildArgs: { BASE: \"debian:OLD\" }\n",
        &[],
    ),
];

#[test]
fn each_format_moves_the_base_that_is_asked_for_and_nothing_else() {
    for (path, text, said) in CASES {
        let text = text.replace("base-debian12", "base-debianNN").replace("old", "bookworm");
        let before = text.replace("OLD", "bookworm").replace("NN", "12");
        let (told, after) = moved(path, &before, &["debian12", "debian13"]);
        assert_eq!(after, text.replace("OLD", "trixie").replace("NN", "13"), "{path}: {told}");
        for message in said {
            assert!(told.contains(&message.replace("old", "bookworm")), "{message}\n{told}");
        }
        // Another base that is asked for leaves the file as it is.
        let (_, after) = moved(path, &before, &["debian:trixie-slim", "debian:sid-slim"]);
        assert_eq!(after, before, "{path}");
    }
}

#[test]
fn a_tag_that_would_be_a_number_is_quoted() {
    for (before, to, after) in [
        ("tag: 3.11-slim", "python:3.10", "tag: \"3.10\""),
        ("tag: \"3.11-slim\"", "python:3.10", "tag: \"3.10\""),
        ("tag: 3.11-slim", "python:3.13-slim", "tag: 3.13-slim"),
    ] {
        let text = format!("image:\n  repository: python\n  {before}\n");
        let (said, moved) = moved("values.yaml", &text, &["python:3.11-slim", to]);
        assert_eq!(moved, text.replace(before, after), "{said}");
    }
}

#[test]
fn a_pair_moves_to_an_image_of_another_name() {
    for (before, after) in [
        (
            "image:\n  repository: python\n  tag: 3.11-slim\n",
            "image:\n  repository: registry.example/py\n  tag: \"3.13\"\n",
        ),
        (
            "image:\n  registry: docker.io\n  repository: library/python\n  tag: 3.11-slim\n",
            "image:\n  registry: registry.example\n  repository: py\n  tag: \"3.13\"\n",
        ),
        (
            "images:\n  - name: app\n    newName: python\n    newTag: 3.11-slim\n",
            "images:\n  - name: app\n    newName: registry.example/py\n    newTag: \"3.13\"\n",
        ),
    ] {
        let (said, moved) = moved("k.yaml", before, &["python:3.11-slim", "registry.example/py:3.13"]);
        assert_eq!(moved, after, "{said}");
    }
    let text = "images:\n  - name: python\n    newTag: 3.11-slim\n";
    let (said, moved) = moved("k.yaml", text, &["python:3.11-slim", "registry.example/py:3.13"]);
    assert_eq!(moved, text);
    assert!(
        said.contains("add `newName: registry.example/py` and change newTag to `3.13` by hand"),
        "{said}"
    );
}
