//! The rare corners, each as moby/buildkit's newest frontend reads it.
//!
//! The answers were compared with its code (`Dockerfile2LLB` of commit 73ed6825), built from source.

use dockwright::dockerfile::{Base, Dockerfile, Expansion, ImageConfig, StageConfig, Stages};

/// The configuration of the last stage, on base images that set `X` and nothing else.
fn config(text: &str) -> StageConfig {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let env = vec![("X".to_owned(), "image".to_owned())];
    let image = |_: &_| Some(ImageConfig { env: env.clone(), ..ImageConfig::default() });
    stages.config(stages.stages.len() - 1, &image).unwrap()
}

fn known(text: &str) -> Expansion {
    Expansion::Known(text.to_owned())
}

#[track_caller]
fn label(text: &str, expected: &str) {
    assert_eq!(config(text).label("l"), Some(&known(expected)), "{text}");
}

#[test]
fn a_child_stage_inherits_build_arguments() {
    assert_eq!(config("FROM scratch AS b\nARG UID=1000\nFROM b\nUSER $UID\n").user, known("1000"));
    // The environment of the parent wins again where the child begins.
    let text = "FROM scratch AS b\nENV UID=5\nARG UID=1000\nFROM b\nUSER $UID\n";
    assert_eq!(config(text).user, known("5"));
}

#[test]
fn the_later_of_arg_and_env_is_expanded() {
    label("FROM scratch\nENV X=e\nARG X=a\nLABEL l=$X", "a");
    label("FROM image\nARG X=a\nLABEL l=$X", "a");
    label("ARG X=global\nFROM image\nARG X\nLABEL l=$X", "global");
    label("FROM image\nARG X\nLABEL l=$X", "image");
    label("FROM scratch\nARG X=a\nENV X=e\nLABEL l=$X", "e");
    // The environment of the image keeps its value.
    assert_eq!(config("FROM scratch\nENV X=e\nARG X=a\n").env("X"), Some(&known("e")));
}

#[test]
fn a_bare_redeclaration_keeps_the_value() {
    let file = Dockerfile::read("ARG TAG=3\nARG TAG\nFROM alpine:$TAG\n");
    let stage = &Stages::of(&file).stages[0];
    assert_eq!(stage.base, Base::Image("alpine:3".parse().unwrap()));
    assert_eq!(stage.arguments[0].default, Some(8..9));
    label("FROM scratch\nARG TAG=3\nARG TAG\nLABEL l=$TAG", "3");
}

#[test]
fn onbuild_of_a_base_stage_runs_in_the_child() {
    let base = "FROM scratch AS a\nONBUILD USER 1000\nONBUILD ARG V=4\nONBUILD LABEL l=$V\n";
    assert_eq!(config(base).user, known(""));
    assert_eq!(config(&format!("{base}FROM a\nUSER 1\n")).user, known("1"));
    label(&format!("{base}FROM a\n"), "4");
    // It runs in the child, and not in the child's child.
    let grandchild = format!("{base}FROM a AS b\nUSER 2\nFROM b\n");
    assert_eq!(config(&grandchild).user, known("2"));
    // A CMD that the trigger sets is the child's own: ENTRYPOINT does not remove it.
    let text = "FROM scratch AS a\nONBUILD CMD [\"c\"]\nFROM a\nENTRYPOINT [\"e\"]\n";
    assert_eq!(config(text).argv().unwrap(), ["e", "c"]);
}

#[test]
fn from_compares_with_the_name_in_lower_case() {
    let file = Dockerfile::read("FROM scratch AS Build\nFROM Build\nCOPY --from=BUILD a /a\n");
    let stages = Stages::of(&file);
    assert!(matches!(stages.stages[1].base, Base::Unknown(_)));
    let copy = file.instructions[2].as_copy().unwrap();
    assert_eq!(stages.copy_source(copy.from.unwrap()), Base::Stage(0));
}

#[test]
fn arguments_of_one_line_see_each_other() {
    label("FROM scratch\nARG A=1 B=${A}2\nLABEL l=$B", "12");
}

#[test]
fn the_name_of_an_argument_is_taken_as_written() {
    label("FROM scratch\nARG \"V\"=1\nLABEL l=$V", "");
}

#[test]
fn what_the_builder_sets_itself() {
    let base = |text: &str| Stages::of(&Dockerfile::read(text)).stages[0].base.clone();
    assert_eq!(base("FROM busybox:$TARGETSTAGE\n"), Base::Image("busybox:default".parse().unwrap()));
    let named = base("FROM busybox:$TARGETSTAGE\nFROM a AS Run\n");
    assert_eq!(named, Base::Image("busybox:run".parse().unwrap()));
    // It depends on the platform.
    assert!(matches!(base("FROM busybox:a$TARGETOSVERSION\n"), Base::Unknown(_)));
}

#[test]
fn an_absolute_working_directory_stays_as_written() {
    assert_eq!(config("FROM scratch\nWORKDIR /a//b/\n").workdir, known("/a//b/"));
    assert_eq!(config("FROM scratch\nWORKDIR /a//b/\nWORKDIR ../c\n").workdir, known("/a/c"));
}

/// Whether the reader refuses an instruction in a stage of `busybox`.
fn refuses(instruction: &str) -> bool {
    !Dockerfile::read(&format!("FROM busybox\n{instruction}\nUSER 7\n")).problems.is_empty()
}

#[track_caller]
fn refused(instructions: &[&str]) {
    let accepted: Vec<_> = instructions.iter().filter(|text| !refuses(text)).collect();
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
}

#[track_caller]
fn accepted(instructions: &[&str]) {
    let refused: Vec<_> = instructions.iter().filter(|text| refuses(text)).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
}

#[test]
fn a_shift_is_a_here_document_without_an_end() {
    refused(&["RUN echo $((1 << 2))", "RUN [[ 1 << 2 ]]", "COPY << /d"]);
    accepted(&["RUN echo $((1<<2))", "RUN echo \"1 << 2\""]);
}

#[test]
fn quotes_do_not_hide_the_options_of_a_mount() {
    let text = "FROM a AS build\nFROM b\nRUN --mount=type=bind,from=\"build\",\\\ntarget='/x y' true\n";
    let file = Dockerfile::read(text);
    let mount = file.instructions[2].mounts().next().unwrap();
    let (from, target) = (mount.from().unwrap(), mount.target().unwrap());
    assert_eq!((&*from.value, &text[from.span.clone()]), ("build", "build"));
    assert_eq!((&*target.value, &text[target.span.clone()]), ("/x y", "/x y"));
    refused(&[
        "RUN --mount=type=bind,tagret=\"/x\" true",
        "RUN --mount=type=bind,from=\"$X\",target=/x true",
        "RUN --mount='type=cache,tar\"get=/a,b' true",
        "RUN --mount= true",
    ]);
    accepted(&["RUN --mount='type=cache,\"target=/a,b\"' true"]);
}

#[test]
fn values_of_run_flags() {
    refused(&[
        "RUN --network=foo x",
        "RUN --network=NONE x",
        "RUN --network=$X x",
        "RUN --security=foo x",
        "RUN --device=a,b x",
        "RUN --mount=type=foo x",
        "RUN --mount=type=cache,sharing=x,target=/a x",
        "RUN --mount=type=secret x",
        "RUN --mount=type=secret,id=a,source=b x",
        "RUN --mount=type=bind,mode=0755,target=/a x",
        "RUN --mount=type=cache,mode=999,target=/a x",
        "RUN --mount=type=cache,size=1g,target=/a x",
        "RUN --mount=type=tmpfs,size=1z,target=/a x",
        "RUN --mount=type=bind,required,target=/a x",
        "RUN --mount=type=bind,ro=maybe,target=/a x",
        "RUN --mount=target=/ x",
    ]);
    accepted(&[
        "RUN --network=none --security=insecure --device=vendor/x=y,required x",
        "RUN --mount=TYPE=CACHE,TARGET=/a,sharing=LOCKED,mode=0755,uid=1 x",
        "RUN --mount=type=tmpfs,size=1.5GiB,target=/a x",
        "RUN --mount=type=ssh,required x",
        "RUN --mount=type=$KIND,size=1g,required x",
    ]);
}

#[test]
fn a_line_over_65535_bytes_is_refused() {
    for line in ["# ", "RUN <<E\n", "RUN "] {
        let text = |length: usize| {
            let last = line.rsplit('\n').next().unwrap();
            format!("{line}{}\nE\n", "x".repeat(length - last.len()))
        };
        let long = |length| {
            let file = format!("FROM a\n{}", text(length));
            let problems = Dockerfile::read(&file).problems;
            problems.iter().any(|problem| problem.message.contains("65535 at most"))
        };
        assert_eq!((long(65_535), long(65_536)), (false, true), "{line}");
    }
}

#[test]
fn here_documents_without_a_name_are_none() {
    let count =
        |text: &str| Dockerfile::read(text).instructions.iter().map(|i| i.heredocs.len()).sum::<usize>();
    assert_eq!(count("FROM a\nRUN cat <<\"\"\nUSER 1\n"), 0);
    assert_eq!(count("FROM a\nCOPY <<'' /d\nUSER 1\n"), 0);
    accepted(&["COPY <<'' /d", "RUN cat <<${X}\nx\n${X}"]);
    refused(&["RUN cat <<\"\"\nx\n\n", "RUN cat <<${X:-E}\nx\nE"]);
}

#[test]
fn times_and_numbers_of_a_health_check() {
    refused(&[
        "HEALTHCHECK --retries=++3 CMD a",
        "HEALTHCHECK --retries=-1 CMD a",
        "HEALTHCHECK --interval=2562048h CMD a",
        "HEALTHCHECK --interval=-1s CMD a",
        "HEALTHCHECK --interval=999999ns CMD a",
    ]);
    accepted(&[
        "HEALTHCHECK --retries=-0 --interval=-0s CMD a",
        "HEALTHCHECK --retries=+3 --interval=2562047h CMD a",
        "HEALTHCHECK --interval=.5s --timeout=1.s CMD a",
        "HEALTHCHECK --interval=5 NONE",
    ]);
}

#[test]
fn flags_lose_two_dashes_and_no_more() {
    refused(&["COPY ---\"from\"=x a /", "COPY ---from=x a /"]);
}

#[test]
fn bodies_of_copied_here_documents_are_expanded() {
    for body in ["${BASH_SOURCE[0]}", "${#x}", "${x,,}"] {
        refused(&[&format!("COPY <<E /d\n{body}\nE"), &format!("ADD <<E /d\n{body}\nE")]);
        accepted(&[&format!("COPY <<\"E\" /d\n{body}\nE"), &format!("RUN <<E\n{body}\nE")]);
    }
    accepted(&["COPY <<E /d\n' \" \\${x,,} $ $$\nE"]);
}

#[test]
fn substitutions_that_are_none() {
    refused(&[
        "ENV A=${V:#a}",
        "ENV A=${V:%a}",
        "ENV A=${V#\\a}",
        "COPY --chown=${X@} a /",
        "COPY --chmod=${X@} a /",
        "ADD --checksum=${X@} a /",
    ]);
    let platform = "FROM --platform=${X@} busybox\n";
    assert!(!Dockerfile::read(platform).problems.is_empty());
}

#[test]
fn references_that_lead_nowhere() {
    refused(&[
        "COPY --from=$X a /",
        "COPY --from=9 a /",
        "COPY --from=-1 a /",
        "COPY --from=0 a /",
        "COPY --from=UPPER a /",
        "RUN --mount=from=a:b:c,target=/x a",
    ]);
    accepted(&["COPY --from= a /", "COPY --from=\"busybox\" a /", "COPY --from=scratch a /"]);
    let is_refused = |text: &str| !Dockerfile::read(text).problems.is_empty();
    for text in [
        "FROM $NOPE\n",
        "FROM UPPER\n",
        "FROM a:b:c\n",
        "FROM scratch AS Build\nFROM Build\n",
        "FROM a AS x\nCOPY --from=y a /\nFROM b AS y\n",
        "FROM a AS x\nCOPY --from=1 a /\nFROM b AS y\n",
        "FROM a AS x\nRUN --mount=from=y,target=/x a\nFROM b AS y\n",
        "FROM a AS x\nFROM b\nCOPY --from=x a /\nFROM c AS x\n",
        "FROM --platform=foo a\n",
        "FROM --platform=$NOPE a\n",
        "# check=foo=bar\nFROM a\n",
        "# check=error=maybe\nFROM a\n",
    ] {
        assert!(is_refused(text), "{text}");
    }
    for text in [
        "ARG BASE\nFROM $BASE\n",
        "FROM a\nCOPY --from=alpine a /\nFROM b\nCOPY --from=2 a /\n",
        "FROM --platform=$BUILDPLATFORM a\n",
        "FROM --platform=arm64 a\n",
        "# check=skip=all;error=true\nFROM a\n",
    ] {
        assert!(!is_refused(text), "{text}: {:?}", Dockerfile::read(text).problems);
    }
}

#[test]
fn values_of_the_image() {
    refused(&[
        "EXPOSE a",
        "EXPOSE 80/foo",
        "EXPOSE 70000",
        "EXPOSE 9-8",
        "STOPSIGNAL FOO",
        "STOPSIGNAL 0",
        "VOLUME \"\"",
        "COPY --chmod=999 a /",
        "COPY --chmod=a+q a /",
        "COPY https://x/y /",
        "ADD --checksum=sha256:abc http://x/y /",
    ]);
    accepted(&[
        "EXPOSE 80 1.2.3.4:80:80 \"81\" 82/TCP $PORT",
        "STOPSIGNAL SIGRTMIN+3",
        "STOPSIGNAL term",
        "COPY --chmod=u=rwX,go=rX a /",
        "ADD https://x/y /",
    ]);
}

#[test]
fn a_here_document_whose_name_stands_apart_is_a_warning() {
    let file = Dockerfile::read("FROM a\nRUN cat << 'EOF'\nx\nEOF\n");
    assert_eq!((file.problems.len(), file.warnings.len()), (0, 1));
}

#[test]
fn a_trigger_is_looked_at_when_it_is_built() {
    let file = Dockerfile::read("FROM a AS b\nONBUILD FOO\n");
    assert_eq!((file.problems.len(), file.warnings.len()), (0, 1));
    assert_eq!(Dockerfile::read("FROM a AS b\nONBUILD FOO\nFROM b\n").problems.len(), 1);
    refused(&["ONBUILD FROM a", "ONBUILD ENV a"]);
}

#[test]
fn more_that_is_accepted() {
    accepted(&[
        "COPY [\"a\",\"<<A /c d/\"]",
        "RUN cat <<\"E\\\"F\"\nx\nE\"F",
        "RUN cat <<\rEOF\nx\nEOF",
        "RUN echo ${x:-a <<EOF b}\nEOF",
        "CMD [1e999]",
        "ARG --foo A=1",
        "ARG x y\"",
        "WOR\u{212a}DIR /a",
        "ENTRYPO\u{130}NT a",
    ]);
    refused(&["CMD [1e308]", "U\u{17f}ER 5"]);
    for text in ["REG.io/a", "reg_x.io/a", "HOST/a", "h:99999/a", "a_b", "a--b"] {
        assert_eq!(Dockerfile::read(&format!("FROM {text}\n")).problems, [], "{text}");
    }
    assert_eq!(Dockerfile::read(&format!("FROM a@sha512:{}\n", "a".repeat(128))).problems, []);
    assert_eq!(Dockerfile::read("FROM a A\u{17f} sca\u{212a}\n").problems, []);
}

#[test]
fn letters_beyond_ascii_in_a_flag_are_kept_with_a_warning() {
    let file = Dockerfile::read("FROM a\nCOPY --chown=voil\u{e0} a /x\n");
    assert_eq!(file.instructions[1].as_copy().unwrap().chown.unwrap().value, "voil\u{e0}");
    assert_eq!((file.problems.len(), file.warnings.len()), (0, 1));
}

#[test]
fn what_older_frontends_read_otherwise_is_a_warning() {
    let warnings = |text: &str| Dockerfile::read(&format!("FROM a\n{text}\n")).warnings.len();
    assert_eq!(warnings("ARG A=1 B=${A}2"), 1);
    assert_eq!(warnings("ARG \"X\"=1"), 1);
    assert_eq!(warnings("ARG A=1 B=$C C=2"), 0);
}

#[test]
fn directives_and_lines() {
    let value = |text: &str, word: usize| {
        let file = Dockerfile::read(text);
        file.instructions[1].flags[word].value.as_ref().map(|value| value.value.to_string())
    };
    let escaped = "# escape=`\nFROM a\nCOPY --chown=a\\b x /\n";
    assert_eq!(value(escaped, 0).as_deref(), Some("a\\b"));
    assert_eq!(Dockerfile::read("## escape=`\nFROM a\n").escape, '\\');
    let shebang = Dockerfile::read("#!/bin/x\n# syntax=a/b\n# escape=`\nFROM a\n");
    assert_eq!((shebang.directive("syntax"), shebang.escape), (Some("a/b"), '\\'));
    let span = |text: &str, at: usize| {
        let span = Dockerfile::read(text).instructions[at].span.clone();
        text[span].to_owned()
    };
    assert_eq!(span("FROM a\nUSER 1 \\\n# a\n# b", 1), "USER 1 \\\n# a\n# b");
    assert_eq!(span("\\\nFROM a\n", 0), "\\\nFROM a");
    let heredoc = Dockerfile::read("FROM a\nRUN cat <<E\\'F\n$x\nE'F\n");
    assert!(!heredoc.instructions[1].heredocs[0].quoted);
}

#[test]
fn names_and_patterns() {
    label("FROM scratch\nENV V=aba\nLABEL l=$V\u{b2}", "aba\u{b2}");
    label("FROM scratch\nENV V=aba\nLABEL l=$V\u{663}", "");
    label("FROM scratch\nENV V=aba\nLABEL l=${V/a/\\$1}", "\\$1ba");
    // Where all matches are replaced, Go takes `$1` for a group, which there is none of.
    label("FROM scratch\nENV V=aba\nLABEL l=${V//a/\\$1}", "\\b\\");
}

#[test]
fn a_byte_order_mark_at_the_beginning_of_a_word_is_dropped_where_it_is_expanded() {
    let text = "FROM scratch\nEXPOSE 80 \\\n\u{feff} 81\nLABEL l=\u{feff}a\u{feff}\nRUN \u{feff}x\n";
    let file = Dockerfile::read(text);
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    label(text, "a\u{feff}");
    let ports: Vec<_> = config(text).ports.into_iter().filter(|port| *port != known("")).collect();
    assert_eq!(ports, [known("80"), known("81")]);
    assert!(file.instructions[3].arguments[0].value.starts_with('\u{feff}'));
}
