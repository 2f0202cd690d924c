//! Why a build failed: what the client says in text once the events are over.
//!
//! buildx names the file and the line, shows the lines around it, and repeats the error:
//!
//! ```text
//! Dockerfile:12
//! --------------------
//!   11 |
//!   12 | >>> RUN false
//! --------------------
//! ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
//! ```

use crate::dockerfile::{Base, Dockerfile, Keyword, Stages};

/// A place in a Dockerfile, as buildx shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as bake names it; often without its directory.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The lines around it, the ones in question marked with `>>>`.
    pub excerpt: Vec<String>,
}

/// What the client said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// Where it happened.
    pub place: Option<Place>,
    /// What is wrong, without the words that say that something is.
    pub message: Option<String>,
}

impl Failure {
    /// Reads the lines of text that a build left.
    pub fn new(lines: &[String]) -> Self {
        let place = lines.windows(2).enumerate().find_map(|(at, pair)| {
            let (file, line) = pair[0].rsplit_once(':')?;
            let fence = pair[1].len() >= 20 && pair[1].bytes().all(|byte| byte == b'-');
            let excerpt = lines[at + 2..].iter().take_while(|line| !line.starts_with("-----")).cloned();
            fence.then_some(())?;
            Some(Place { file: file.to_owned(), line: line.parse().ok()?, excerpt: excerpt.collect() })
        });
        let message = lines.iter().rev().find_map(|line| line.strip_prefix("ERROR: ")).map(|text| {
            let text = text.strip_prefix("failed to solve: ").unwrap_or(text);
            text.to_owned()
        });
        Self { place, message }
    }
}

/// The line of a step that is known by its stage and its number in it, counted as `BuildKit` does: an
/// image that the stage begins with is a step, and so is each ADD, COPY, RUN and WORKDIR.
pub fn line_of(dockerfile: &str, stage: Option<&str>, number: usize) -> Option<usize> {
    let file = Dockerfile::read(dockerfile);
    let stages = Stages::of(&file);
    let is_meant = |index: usize, name: Option<&str>| {
        stage.is_none_or(|stage| name == Some(stage) || stage == format!("stage-{index}"))
    };
    let (_, stage) =
        stages.stages.iter().enumerate().find(|(index, stage)| is_meant(*index, stage.name.as_deref()))?;
    let counts = |keyword: Keyword| match keyword {
        Keyword::From => !matches!(stage.base, Base::Scratch | Base::Stage(_)),
        _ => matches!(keyword, Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Workdir),
    };
    let mut steps = stages.instructions(stage).iter().filter(|instruction| counts(instruction.keyword));
    let start = steps.nth(number.checked_sub(1)?)?.span.start;
    Some(dockerfile[..start].matches('\n').count() + 1)
}

/// Whether an error is of the way to the builder, or of a builder that had too much to do at once: nothing that a
/// service is to blame for, and gone when the same is asked again.
pub fn is_passing(error: &str) -> bool {
    // The command of a step stands in its error, and may say anything.
    if error.contains("did not complete successfully") {
        return false;
    }
    // containerd adds the class of an error that it does not know.
    let end = error.strip_suffix(": unknown").unwrap_or(error);
    PASSING.iter().any(|words| error.contains(words))
        || end.ends_with("EOF")
        || error.contains("parent snapshot") && error.contains("does not exist")
        || is_trouble_of_a_registry(end)
}

/// Whether a registry could not answer: `unexpected status from HEAD request to …: 502 Bad Gateway`. The builder asks
/// some things again itself, but not all: one that pushes to a registry without locks meets its own half-written files.
fn is_trouble_of_a_registry(error: &str) -> bool {
    let Some((before, status)) = error.rsplit_once(": ") else { return false };
    let code = status.split(' ').next().unwrap_or_default();
    matches!(code, "500" | "502" | "503" | "504")
        && ["unexpected status", "unexpected HTTP status"].iter().any(|words| before.contains(words))
}

/// Whether a builder lost a layer of its own cache. It does not come back, but a build without the cache makes it anew.
pub fn is_lost_layer(error: &str) -> bool {
    !error.contains("did not complete successfully")
        && error.contains("failed to stat active key during commit")
}

/// Whether an error speaks of a registry.
pub fn is_of_a_registry(error: &str) -> bool {
    ["failed to push", "unexpected status from ", "failed to do request: "]
        .iter()
        .any(|words| error.contains(words))
}

/// Whether a push of one image has failed for what another's did: buildx ends all its pushes with the error of the first.
/// `action` is that of the step, `pushing HOST/REPOSITORY:TAG with docker`.
pub fn is_of_another_push(action: &str, error: &str) -> bool {
    let own = action.strip_prefix("pushing ").and_then(|rest| rest.split(' ').next()?.rsplit_once(':'));
    let asked = error.split_once("/v2/").and_then(|(_, path)| {
        let end = ["/manifests/", "/blobs/"].iter().filter_map(|words| path.find(words)).min()?;
        Some(&path[..end])
    });
    let (Some((own, _tag)), Some(asked)) = (own, asked) else { return false };
    own != asked && !own.ends_with(&format!("/{asked}"))
}

/// The words of such errors.
const PASSING: [&str; 11] = [
    "only one connection allowed",
    "client connection is closing",
    "code = Unavailable",
    "Unavailable: ",
    "Service Unavailable",
    "DeadlineExceeded",
    "no active session",
    "transport is closing",
    "connection reset by peer",
    "error reading from server",
    "TLS handshake timeout",
];

/// What to do about an error of the builder or of a registry, where its words tell.
pub fn remedy(error: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    Some(if says(&["buildkit-syft-scanner"]) {
        "the SBOM needs an image that the builder cannot pull; `--attest provenance` leaves it out"
    } else if says(&["Wheels are required for"]) {
        "in the service's python table, use `overrides` for another version, `from_source` for pure Python, or `compile` for native code, which is built on the target platform"
    } else if is_lost_layer(error) {
        "the builder lost a layer of its own: restart it, then run the same command again"
    } else if says(&["exec format error"]) {
        "the builder cannot run this platform: select another with --platform, or another builder with --builder"
    } else if says(&REFUSALS) {
        "log in with `docker login` and the name of the registry, then run the same command again"
    } else if says(&["no space left on device", "507 Insufficient Storage"]) {
        "free disk space, then run the same command again: nothing is built or pushed twice"
    } else if !is_of_a_registry(error) {
        return None;
    } else if says(&["500 Internal Server Error"]) {
        "look for the cause in the registry's log, often a full disk, then run the same command again: nothing is pushed twice"
    } else {
        "when the registry is back, run the same command again: nothing is pushed twice"
    })
}

/// How registries say that they do not know us.
const REFUSALS: [&str; 5] = [
    "401 Unauthorized",
    "403 Forbidden",
    "authorization failed",
    "insufficient_scope",
    "no basic auth credentials",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn place_and_message_are_found() {
        let failure = Failure::new(&lines(
            "WARNING: something\nb.Dockerfile:5\n--------------------\n   4 |     COPY a /a\n   5 | >>> RUN false\n\
             --------------------\nERROR: failed to solve: exit code: 1",
        ));
        let place = failure.place.unwrap();
        assert_eq!((place.file.as_str(), place.line), ("b.Dockerfile", 5));
        assert_eq!(place.excerpt, ["   4 |     COPY a /a", "   5 | >>> RUN false"]);
        assert_eq!(failure.message.as_deref(), Some("exit code: 1"));
    }

    #[test]
    fn other_text_is_no_place() {
        assert_eq!(Failure::new(&lines("a:b\n--------------------\nx:1\ny")), Failure::default());
        assert_eq!(Failure::new(&[]), Failure::default());
    }

    #[test]
    fn a_step_is_found_by_its_number() {
        let text = "FROM debian AS Build\nARG X\nRUN a \\\n b\nCOPY c /\n\nFROM build AS next\nRUN d\n\nFROM scratch\nENV A=b\nCOPY e /\n";
        assert_eq!(line_of(text, Some("build"), 1), Some(1));
        assert_eq!(line_of(text, Some("build"), 2), Some(3));
        assert_eq!(line_of(text, Some("build"), 3), Some(5));
        assert_eq!(line_of(text, Some("next"), 1), Some(8));
        assert_eq!(line_of(text, Some("stage-2"), 1), Some(12));
        assert_eq!(line_of(text, Some("stage-2"), 2), None);
        assert_eq!(line_of(text, Some("other"), 1), None);
        assert_eq!(line_of(text, None, 0), None);
    }

    #[test]
    fn what_passes_is_told_from_what_a_service_did() {
        for error in [
            "only one connection allowed",
            "failed to solve: Unavailable: error reading from server: EOF",
            "rpc error: code = Unavailable desc = closing transport",
            "DeadlineExceeded: context deadline exceeded",
            "rpc error: code = Canceled desc = grpc: the client connection is closing",
            "failed to receive status: rpc error: code = Internal desc = unexpected EOF",
            "parent snapshot sha256:1 does not exist: not found",
            "error writing manifest blob sha256:1: failed to copy: failed to send write: EOF: unknown",
            "error writing manifest blob sha256:1: failed commit on ref \"sha256:1\": commit failed: EOF: unknown",
            "unexpected status from HEAD request to http://registry.example/v2/a/manifests/1: 500 Internal Server Error",
            "failed to push registry.example/a:1: unexpected status from PUT request to https://registry.example/v2/a/blobs/uploads/1: 502 Bad Gateway",
            "received unexpected HTTP status: 504 Gateway Timeout",
        ] {
            assert!(is_passing(error), "{error}");
        }
        for error in [
            r#"process "/bin/sh -c cat <<EOF >/Unavailable: EOF" did not complete successfully: exit code: 1"#,
            r#"failed to compute cache key: "/Unavailable.txt": not found"#,
            // It stays until the step is built without the cache.
            "failed to stat active key during commit: snapshot tr1emz does not exist: not found",
            "failed to push: connection refused",
            "unexpected status from PUT request to https://registry.example/v2/a/blobs/uploads/1: 507 Insufficient Storage",
            "unexpected status from HEAD request to https://registry.example/v2/a/manifests/1: 401 Unauthorized",
            r#"failed to compute cache key: "/unexpected status: 500 Internal Server Error": not found"#,
        ] {
            assert!(!is_passing(error), "{error}");
        }
    }

    #[test]
    fn a_push_is_not_to_blame_for_another() {
        let error = "unexpected status from HEAD request to https://registry.example:5000/v2/fleet/over/manifests/1: 401 Unauthorized";
        assert!(is_of_another_push("pushing registry.example:5000/fleet/under:1 with docker", error));
        assert!(!is_of_another_push("pushing registry.example:5000/fleet/over:1 with docker", error));
        assert!(!is_of_another_push("pushing fleet/over:1 with docker", error));
        let other = [
            "no route to host",
            "failed to fetch a token: GET https://registry.example/v2/token: 401 Unauthorized",
        ];
        for error in other {
            assert!(!is_of_another_push("pushing registry.example:5000/fleet/under:1 with docker", error));
        }
        assert!(!is_of_another_push("exporting to image", error));
    }

    #[test]
    fn what_to_do_depends_on_the_words() {
        let refused = "failed to push x: failed to do request: dial tcp: connect: connection refused";
        assert!(remedy(refused).unwrap().contains("when the registry is back"));
        let trouble =
            "unexpected status from HEAD request to http://x/v2/a/manifests/1: 500 Internal Server Error";
        assert!(remedy(trouble).unwrap().contains("registry's log"));
        assert!(remedy("failed to push x: 401 Unauthorized").unwrap().contains("docker login"));
        assert!(remedy("write /x: no space left on device").unwrap().contains("disk space"));
        assert!(remedy("hint: Wheels are required for `stem` because").unwrap().contains("`from_source`"));
        assert_eq!(remedy("process \"/bin/sh -c false\" did not complete successfully"), None);
    }
}
