//! The corners of the grammar, each with the rule of the reference it stands for.
//!
//! "Parser" is moby/buildkit's `frontend/dockerfile/parser`, "instructions" its sibling, and
//! "reference" the Dockerfile reference in `frontend/dockerfile/docs/reference.md`. All readings
//! were compared with that parser; those of a finished image with Docker Engine 26.1.

use dockwright::dockerfile::{Dockerfile, Form, Instruction};

/// One instruction in a line: keyword, flags, the form if it is not words, and the arguments.
fn show(instruction: &Instruction<'_>) -> String {
    let mut parts = vec![instruction.keyword.to_string()];
    parts.extend(instruction.flags.iter().map(|flag| match &flag.value {
        Some(value) => format!("--{}={}", flag.name.value, value.value),
        None => format!("--{}", flag.name.value),
    }));
    match instruction.form {
        Form::Exec => parts.push("exec".to_owned()),
        Form::Shell => parts.push("shell".to_owned()),
        Form::Words | Form::Pairs => {}
    }
    parts.extend(instruction.arguments.iter().map(|word| format!("<{}>", word.value)));
    parts.extend(instruction.pairs.iter().map(|pair| match &pair.value {
        Some(value) => format!("<{}>=<{}>", pair.name.value, value.value),
        None => format!("<{}>", pair.name.value),
    }));
    parts.extend(instruction.trigger.iter().map(|trigger| format!("({})", show(trigger))));
    parts.join(" ")
}

fn shown(text: &str) -> Vec<String> {
    Dockerfile::read(text).instructions.iter().map(show).collect()
}

/// Text after `FROM scratch`, and the instructions it is.
#[track_caller]
fn reads(text: &str, expected: &[&str]) {
    let text = format!("FROM scratch\n{text}");
    let file = Dockerfile::read(&text);
    assert_eq!(shown(&text)[1..], *expected, "{text}");
    assert_eq!(file.problems, [], "{text}");
}

#[test]
fn lines_are_continued() {
    // Parser: the escape character continues a line if only blanks follow it.
    reads("RUN a \\\n b", &["RUN shell <a  b>"]);
    reads("RUN a \\  \t\n b", &["RUN shell <a  b>"]);
    // Reference: comment lines are removed before the instruction is executed.
    reads("RUN a \\\n# no\n  # no\n b", &["RUN shell <a  b>"]);
    // Parser: blank lines in a continuation are skipped (with a warning).
    reads("RUN a \\\n\n\n b", &["RUN shell <a  b>"]);
    // Parser: two escape characters continue nothing.
    reads("RUN echo a\\\\\nUSER 1", &["RUN shell <echo a\\\\>", "USER shell <1>"]);
    // Parser: a word may be cut anywhere.
    reads("FROM alp\\\nine", &["FROM <alpine>"]);
    reads("US\\\nER 1", &["USER shell <1>"]);
    // Parser: the end of the file ends everything.
    reads("RUN a \\", &["RUN shell <a>"]);
    reads("RUN a \\\n# c", &["RUN shell <a>"]);
    // Parser: a line may consist of the escape character alone.
    reads("\\\nUSER 1", &["USER shell <1>"]);
    reads("ENV \\\n# c\nA= \\\nB=1", &["ENV <A>=<> <B>=<1>"]);
}

#[test]
fn line_ends_and_marks_do_not_count() {
    reads("RUN a \\\r\n b\r\nUSER 1\r\n", &["RUN shell <a  b>", "USER shell <1>"]);
    assert_eq!(shown("\u{feff}FROM alpine"), ["FROM <alpine>"]);
    assert_eq!(shown("\u{feff}# escape=`\nFROM alpine\nRUN a `\n b")[1], "RUN shell <a  b>");
    // Parser: white space before an instruction is trimmed, and keywords have no case.
    reads("  \t user 1\n\tRun x", &["USER shell <1>", "RUN shell <x>"]);
    reads("COPY\ta\u{b}b\u{c}/c", &["COPY <a> <b> </c>"]);
}

#[test]
fn spans_count_the_byte_order_mark() {
    let text = "\u{feff}FROM alpine";
    let file = Dockerfile::read(text);
    assert_eq!(&text[file.instructions[0].arguments[0].span.clone()], "alpine");
    assert_eq!(&text[file.instructions[0].span.clone()], "FROM alpine");
}

#[test]
fn parser_directives() {
    // Reference: directives are case-insensitive, and blanks around the equals sign are ignored.
    let file =
        Dockerfile::read("#Syntax = docker/dockerfile:1\n# escape=`\n# check=skip=all\nFROM a\nRUN b `\n c");
    assert_eq!(file.directive("syntax"), Some("docker/dockerfile:1"));
    assert_eq!(file.directive("check"), Some("skip=all"));
    assert_eq!(file.escape, '`');
    assert_eq!(show(&file.instructions[1]), "RUN shell <b  c>");
    // Reference: after a comment, an empty line or an instruction there are none.
    for before in ["# a comment\n", "\n", "FROM a\n", "# unknown=1\n"] {
        assert_eq!(Dockerfile::read(&format!("{before}# escape=`\nFROM a\n")).escape, '\\', "{before}");
    }
    // Reference: no directive twice; the escape character is one of two.
    assert_eq!(Dockerfile::read("# escape=`\n# escape=\\\nFROM a").problems.len(), 1);
    assert_eq!(Dockerfile::read("# escape=x\nFROM a").problems.len(), 1);
    // With a backquote, a backslash at the end continues nothing.
    let text = "# escape=`\nFROM a\nCOPY a.txt C:\\app\\\nUSER evil\n";
    assert_eq!(shown(text)[1..], ["COPY <a.txt> <C:\\app\\>", "USER shell <evil>"]);
}

#[test]
fn forms() {
    // Reference: the exec form is a JSON array; what is no JSON is a shell form.
    reads(r#"CMD ["a","b c"]"#, &["CMD exec <a> <b c>"]);
    reads("ENTRYPOINT []", &["ENTRYPOINT exec"]);
    reads("CMD ['a']", &["CMD shell <['a']>"]);
    reads("RUN [ -f /x ] && y", &["RUN shell <[ -f /x ] && y>"]);
    reads("RUN [\"sh\",\"-c\",\"a; \\\n b\"]", &["RUN exec <sh> <-c> <a;  b>"]);
    // encoding/json: all escapes, pairs of surrogates, and a lone one is U+FFFD.
    reads(r#"CMD ["a\/b","\u00e9\n","\ud83d\ude00","\ud83d"]"#, &["CMD exec <a/b> <é\n> <😀> <\u{fffd}>"]);
    // Parser: COPY, ADD and VOLUME take JSON as well, for paths with blanks.
    reads(r#"COPY ["a b", "/c d"]"#, &["COPY exec <a b> </c d>"]);
    reads(r#"VOLUME ["/a"]"#, &["VOLUME exec </a>"]);
    reads("VOLUME /a /b", &["VOLUME </a> </b>"]);
    reads(r#"SHELL ["/bin/bash","-c"]"#, &["SHELL exec </bin/bash> <-c>"]);
    // Parser: quotes in FROM and COPY belong to their words.
    reads("COPY \"a\" 'b'", &["COPY <\"a\"> <'b'>"]);
    reads("FROM \"alpine:3.20\"", &["FROM <\"alpine:3.20\">"]);
    reads("FROM [::1]:5000/x:1 AS build.1", &["FROM <[::1]:5000/x:1> <AS> <build.1>"]);
}

#[test]
fn flags() {
    reads("COPY --link --from=b --chown=1:1 /a /b", &["COPY --link --from=b --chown=1:1 </a> </b>"]);
    reads(
        "COPY --link=false --exclude=*.md --exclude=x a b",
        &["COPY --link=false --exclude=*.md --exclude=x <a> <b>"],
    );
    reads("COPY --parents a b c/", &["COPY --parents <a> <b> <c/>"]);
    // Parser: quotes and backslashes work in flags, whatever the escape character.
    reads("COPY --chown=\"a b\" a b", &["COPY --chown=a b <a> <b>"]);
    // Parser: two dashes alone end the flags.
    reads("RUN -- --mount=x", &["RUN shell <--mount=x>"]);
    reads(
        "RUN --network=none --mount=type=cache,target=/a a",
        &["RUN --network=none --mount=type=cache,target=/a shell <a>"],
    );
    reads(
        "HEALTHCHECK --interval=5s --timeout=1m30s --start-interval=500ms --retries=3 CMD [\"/p\"]",
        &["HEALTHCHECK --interval=5s --timeout=1m30s --start-interval=500ms --retries=3 exec <CMD> </p>"],
    );
    reads("FROM --platform=$BUILDPLATFORM a AS b", &["FROM --platform=$BUILDPLATFORM <a> <AS> <b>"]);
}

#[test]
fn names_and_values() {
    // Reference: quotes and escapes keep blanks in a value.
    reads(r#"ENV A="x y" B=c\ d C='$x'"#, &[r#"ENV <A>=<"x y"> <B>=<c\ d> <C>=<'$x'>"#]);
    reads(r#"ENV A=x"y z""#, &[r#"ENV <A>=<x"y z">"#]);
    reads("ENV a.b=c D=", &["ENV <a.b>=<c> <D>=<>"]);
    // Reference: the old form has one name, and the rest is the value.
    reads("ENV old  form of = it", &["ENV <old>=<form of = it>"]);
    reads("LABEL a b", &["LABEL <a>=<b>"]);
    // Parser: a quoted name, and an equals sign in a value.
    reads(r#"LABEL "a b"=c=d"#, &[r#"LABEL <"a b">=<c=d>"#]);
    // Reference: ARG may hold several names, with or without default.
    reads("ARG A=1 B C=\"x y\" D=", &["ARG <A>=<1> <B> <C>=<\"x y\"> <D>=<>"]);
}

#[test]
fn other_instructions() {
    reads("HEALTHCHECK NONE", &["HEALTHCHECK shell <NONE>"]);
    reads("healthcheck cmd  a b", &["HEALTHCHECK shell <cmd> <a b>"]);
    reads("ONBUILD COPY --from=x a b", &["ONBUILD (COPY --from=x <a> <b>)"]);
    reads("ONBUILD RUN [\"a\"]", &["ONBUILD (RUN exec <a>)"]);
    reads("USER 65532:65532", &["USER shell <65532:65532>"]);
    reads("WORKDIR /a b", &["WORKDIR shell </a b>"]);
    reads("EXPOSE 80/tcp   81-90", &["EXPOSE <80/tcp> <81-90>"]);
    reads("STOPSIGNAL SIGTERM", &["STOPSIGNAL shell <SIGTERM>"]);
    reads("MAINTAINER me <a@b>", &["MAINTAINER shell <me <a@b>>"]);
    // A duplicate stage name is only a warning to BuildKit.
    reads("FROM a AS b\nFROM c AS b", &["FROM <a> <AS> <b>", "FROM <c> <AS> <b>"]);
}

/// The here-documents after `FROM scratch`, as `name body`.
fn heredocs(text: &str) -> Vec<String> {
    let text = format!("FROM scratch\n{text}");
    let file = Dockerfile::read(&text);
    assert_eq!(file.problems, [], "{text}");
    assert_eq!(file.instructions.last().unwrap().keyword.to_string(), "USER", "{text}");
    let all = file.instructions.iter().flat_map(|instruction| &instruction.heredocs);
    all.map(|heredoc| format!("{} {:?}", heredoc.name, file.heredoc_body(heredoc))).collect()
}

#[test]
fn here_documents() {
    // Reference: RUN, COPY and ADD take them, several at once, anywhere in the line.
    assert_eq!(heredocs("RUN <<EOF\nset -x\nEOF\nUSER 1"), [r#"EOF "set -x\n""#]);
    assert_eq!(heredocs("COPY <<A <<B /x/\na\nA\nb\nB\nUSER 1"), [r#"A "a\n""#, r#"B "b\n""#]);
    assert_eq!(heredocs("RUN cat > /f <<'EOF'\nset\nEOF\nUSER 1"), [r#"EOF "set\n""#]);
    assert_eq!(heredocs("ONBUILD RUN <<E\nx\nE\nUSER 1"), [r#"E "x\n""#]);
    assert_eq!(heredocs("RUN 3<<E x\nx\nE\nUSER 1"), [r#"E "x\n""#]);
    // Reference: `<<-` strips leading tabs, of the name as well.
    assert_eq!(heredocs("RUN <<-\"E F\" /x\n\ta\n\tE F\nUSER 1"), [r#"E F "a\n""#]);
    assert_eq!(heredocs("RUN <<E\n\tE\nE\nUSER 1"), [r#"E "\tE\n""#]);
    // Line ends of either kind end the name; those of the body stay.
    assert_eq!(heredocs("RUN <<E\r\nx\r\nE\r\nUSER 1"), [r#"E "x\r\n""#]);
    assert_eq!(heredocs("RUN <<E\nE\nUSER 1"), [r#"E """#]);
    // A here-string, a shift, quoted text and an exec form are none.
    for none in [
        "RUN cat <<<x",
        "RUN echo $((1<<3))",
        "RUN echo \"<<EOF\"",
        "RUN echo '<<EOF'",
        "RUN [\"cat\", \"<<EOF\"]",
        "CMD cat <<EOF",
        "RUN echo \\<<EOF",
    ] {
        assert!(heredocs(&format!("{none}\nUSER 1")).is_empty(), "{none}");
    }
    // Quotes around the name, or a part of it, switch variables off.
    let file = Dockerfile::read("FROM a\nRUN <<E\"O\"F\nx\nEOF\nRUN <<EOF\nEOF\n");
    let quoted: Vec<bool> = file.instructions.iter().flat_map(|i| &i.heredocs).map(|h| h.quoted).collect();
    assert_eq!(quoted, [true, false]);
}
