//! An edit changes only the spans it names, whatever the file looks like.

use std::collections::BTreeMap;

use dockwright::bases::Catalogue;
use dockwright::refactor::rebase::{FilePlan, Language, Rule, SourceFile, plan};
use proptest::prelude::*;

fn rule() -> Rule<'static> {
    Rule::new("debian12", "debian13", &BTreeMap::new(), Catalogue::builtin()).unwrap()
}

fn planned(text: &str, language: Language) -> Option<FilePlan> {
    let file = SourceFile { path: "f".to_owned(), text: text.to_owned(), language };
    plan(None, &[file], &rule()).files.pop()
}

/// Pieces of Dockerfiles, so that most texts have something to move.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("FROM gcr.io/distroless/python3-debian12:nonroot\n".to_owned()),
        Just("FROM python:3.11-slim-bookworm AS b\r\n".to_owned()),
        Just("ARG V=3.11\n".to_owned()),
        Just("ARG I=\"gcr.io/distroless/base-debian12\"\n".to_owned()),
        Just("FROM python:${V}-slim-bookworm as c\n".to_owned()),
        Just("FROM $I\n".to_owned()),
        Just("from debian:12-slim\n".to_owned()),
        Just("COPY --from=b /usr/lib/python3.11 /lib/python3.11\n".to_owned()),
        Just("RUN apt-get install -y libssl3 \\\n  # x\n  libicu72=1 é\n".to_owned()),
        Just("RUN --mount=from=debian:bookworm,target=/x true\n".to_owned()),
        Just("services: # é\n  a:\n    image: 'debian:bookworm'\r\n".to_owned()),
        Just("  é: { image: \"debian:bookworm\", build: { args: [A=debian:12, \"é\"\n".to_owned()),
        Just("    build: &a\n      args: { \"A\": ${V:-debian:bookworm} }}]\n".to_owned()),
        Just("target \"a\" {\n  args = { A = \"debian:bookworm\", \"É\" = \"${\"é\"}\" }\n".to_owned()),
        Just("  contexts = { a = \"docker-image://debian:12\" }\n}\n<<-E\n".to_owned()),
        Just("RUN <<E\napt-get install libcurl4\nE\n".to_owned()),
        Just("ENTRYPOINT [\"/usr/bin/python3.11\"]\n".to_owned()),
        Just("ENV A=python3.11 \\\n".to_owned()),
        Just("    image: \"debian:bookworm\" # x\n".to_owned()),
        Just("a = \"docker-image://debian:bookworm\"\n".to_owned()),
        "\\PC{0,20}\n",
        "[ -~\\t\\r\\n]{0,30}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// What lies between the spans of the edits, before and after.
fn only_the_spans_change(text: &str, planned: &FilePlan) {
    let new = planned.apply(text).unwrap();
    let (mut before, mut after) = (0, 0);
    for edit in &planned.edits {
        let kept = edit.span.start - before;
        assert_eq!(&text[before..edit.span.start], &new[after..after + kept]);
        after += kept;
        assert_eq!(&new[after..after + edit.replacement.len()], edit.replacement);
        after += edit.replacement.len();
        before = edit.span.end;
    }
    assert_eq!(&text[before..], &new[after..]);
}

proptest! {
    #[test]
    fn every_other_byte_stays(text in pieces()) {
        for language in [Language::Dockerfile, Language::Compose, Language::Bake] {
            if let Some(planned) = planned(&text, language) {
                only_the_spans_change(&text, &planned);
                for note in planned.notes.iter().chain(&planned.unsure) {
                    prop_assert!(text.get(note.span.clone()).is_some());
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_left_has_no_edits(text in pieces()) {
        for language in [Language::Dockerfile, Language::Compose, Language::Bake] {
            if let Some(planned) = planned(&text, language).filter(|planned| !planned.unsure.is_empty()) {
                prop_assert!(planned.edits.is_empty());
            }
        }
    }
}
