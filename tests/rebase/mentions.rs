//! What is changed in Compose and bake files, what is only listed, and what is left alone.

use std::collections::BTreeMap;
use std::fs;

use dockwright::bases::Catalogue;
use dockwright::refactor::rebase::{FilePlan, Language, Rule, SourceFile, plan};

use super::cli::{DAY, dockwright, tree};

/// The plan for a text whose `NEW` is where Debian 12 has to become Debian 13, and the text after it.
fn check(language: Language, text: &str) -> FilePlan {
    let old = text.replace("NEW", "debian:bookworm");
    let rule = Rule::new("debian12", "debian13", &BTreeMap::new(), Catalogue::builtin()).unwrap();
    let file = SourceFile { path: "f".to_owned(), text: old.clone(), language };
    let planned = plan(None, &[file], &rule).files.pop().expect("nothing is planned");
    assert_eq!(planned.apply(&old).unwrap(), text.replace("NEW", "debian:trixie"));
    planned
}

/// The lines that are listed.
fn listed(planned: &FilePlan, text: &str) -> Vec<usize> {
    let old = text.replace("NEW", "debian:bookworm");
    planned.notes.iter().map(|note| old[..note.span.start].matches('\n').count() + 1).collect()
}

#[test]
fn the_keys_of_compose_decide() {
    let text = "\
services:
  a:
    image: NEW # debian:bookworm
    command: [\"run\", 'debian:bookworm']
    environment:
      image: debian:bookworm
      BASE: debian:bookworm
    labels: { image: debian:bookworm }
    build:
      args: { BASE: \"NEW\", RELEASE: debian }
      additional_contexts:
        - base=docker-image://NEW
      dockerfile_inline: |
        FROM debian:bookworm
  b:
    build:
      args:
      - BASE=NEW
      - \"OTHER=NEW\"
      additional_contexts: { base: 'docker-image://NEW', src: ../src }
    environment:
    - BASE=debian:bookworm
x-base: &base
  image: NEW
";
    let planned = check(Language::Compose, text);
    assert_eq!(listed(&planned, text), [4, 6, 7, 8, 14, 22]);
}

#[test]
fn compose_is_read_as_yaml() {
    let text = "\u{feff}# é ü
x-image: &image NEW
services:
  a: { image: \"NEW\", ports: ['80:80'] }
  b:
    image: >-
      debian:bookworm
  c:
    image:
      NEW
  \"é\":   {\"image\":\"NEW\"}
  d: { image: *image }
  e:
    image: \"debian\\u003abookworm\"
...
---
services: {f: {image: NEW}}
";
    let planned = check(Language::Compose, text);
    assert_eq!(listed(&planned, text), [7]);
}

#[test]
fn the_default_of_a_variable_moves() {
    let text = "\
services:
  a:
    image: ${BASE:-NEW}
    build:
      args:
        BASE: \"${BASE-NEW}\"
  b:
    build:
      args: [\"BASE=${BASE:-NEW}\"]
";
    check(Language::Compose, text);
    let run = tree(&[("compose.yaml", "services:\n  a:\n    image: debian:${TAG:-bookworm}\n")]);
    dockwright(run.path(), &["rebase", "debian12", "debian13", ".", DAY]);
    let after = fs::read_to_string(run.path().join("compose.yaml")).unwrap();
    assert_eq!(after, "services:\n  a:\n    image: debian:${TAG:-trixie}\n");
}

#[test]
fn an_address_is_no_image() {
    let rule = Rule::new("redis", "redis:8-trixie", &BTreeMap::new(), Catalogue::builtin()).unwrap();
    let text = "services:\n  a:\n    environment: [\"CACHE=redis:6379\"]\n    links: [redis:6379]\n    build:\n      args:\n        VERSION: redis:7.2\n";
    let file = SourceFile { path: "f".to_owned(), text: text.to_owned(), language: Language::Compose };
    let planned = plan(None, &[file], &rule).files.pop().unwrap();
    assert_eq!(planned.apply(text).unwrap(), text.replace("redis:7.2", "redis:8-trixie"));
    assert!(planned.notes.is_empty(), "{:?}", planned.notes);
}

#[test]
fn compose_that_is_no_yaml_is_left() {
    let text = "services:\n  a:\n    image: debian:bookworm\n    ports: [80\n  b: }\n";
    let planned = check(Language::Compose, text);
    assert!(planned.unsure[0].message.starts_with("this is not valid YAML"), "{:?}", planned.unsure);
}

#[test]
fn the_names_of_bake_decide() {
    let text = "\
# debian:bookworm
/* image = \"debian:bookworm\"
   \"debian:bookworm\" */
variable \"BASE\" {
  default = \"NEW\" // \"debian:bookworm\"
}
target \"debian:bookworm\" {
  contexts = { base = \"docker-image://NEW\", other = \"debian:bookworm\" }
  args = {
    IMAGE = \"NEW\", X = \"run debian:bookworm now\"
    \"QUOTED\" = \"NEW\"
    Y = \"${equal(\"\", BASE) ? \"debian:bookworm\" : BASE}\"
    Z = BASE == \"\" ? \"NEW\" : BASE
  }
  matrix = { base = [
    \"NEW\",
    \"NEW\",
  ] }
  tags = [\"debian:bookworm\", \"acme/a:1\"]
  labels = { base = \"debian:bookworm\" }
  cache-from = [\"type=registry,ref=debian:bookworm\"]
  dockerfile-inline = <<EOT
FROM debian:bookworm
EOT
}
target \"b\" { args = { IMAGE = \"NEW\" } }
";
    let planned = check(Language::Bake, text);
    assert_eq!(listed(&planned, text), [8, 10, 12, 19, 20, 21, 23]);
}

#[test]
fn bake_in_json_is_read_alike() {
    let text = r#"{
  "variable": { "BASE": { "default": "NEW" } },
  "target": {
    "a": {
      "args": { "IMAGE": "NEW", "X":
        "NEW" },
      "contexts": { "base": "docker-image://NEW" },
      "tags": ["debian:bookworm"]
    }
  }
}
"#;
    let planned = check(Language::Bake, text);
    assert_eq!(listed(&planned, text), [8]);
}

#[test]
fn bake_that_does_not_end_is_left() {
    for end in ["\"x", "/* x", "<<EOT\nx\n", "\"${x\"", "["] {
        let text = format!("target \"a\" {{\n  args = {{ IMAGE = \"debian:bookworm\", Y = {end}\n");
        let planned = check(Language::Bake, &text);
        assert!(planned.unsure[0].message.ends_with("is not closed"), "{:?}", planned.unsure);
    }
}

/// What Compose accepts and the specification of YAML does not is no reason to leave a file.
#[test]
fn flow_lists_that_compose_accepts_are_read() {
    let text = "services:\n  a:\n    command: [\n      \"run\", -, # now\n    ]\n    image: NEW\n    build:\n      \
                args: [\n      \"BASE=NEW\"\n]\n";
    check(Language::Compose, text);
}
