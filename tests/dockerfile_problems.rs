//! What is wrong is said once, with its cause, and hides nothing.

use dockwright::dockerfile::{Dockerfile, Keyword};

/// The problems of a text, as `line: message (text of the span)`.
fn problems(text: &str) -> Vec<String> {
    let file = Dockerfile::read(text);
    let show = |problem: &dockwright::diagnostic::Diagnostic| {
        let line = text[..problem.span.start].matches('\n').count() + 1;
        format!("{line}: {} ({})", problem.message, &text[problem.span.clone()])
    };
    file.problems.iter().map(show).collect()
}

fn hint(text: &str) -> String {
    Dockerfile::read(text).problems[0].hint.clone().unwrap_or_default()
}

#[track_caller]
fn one(text: &str, expected: &str) {
    let text = format!("FROM a\n{text}\nUSER 65532\n");
    assert_eq!(problems(&text), [expected], "{text}");
    let last = Dockerfile::read(&text).instructions.pop().unwrap();
    assert_eq!((last.keyword, last.valid), (Keyword::User, true), "the next instruction is read: {text}");
}

#[test]
fn an_instruction_that_is_wrong_hides_no_other() {
    one("COPT a b", "2: unknown instruction `COPT` (COPT)");
    one("/", "2: unknown instruction `/` (/)");
    one("COPY a", "2: COPY has one argument, and no destination (a)");
    one("COPY", "2: COPY has neither source nor destination (COPY)");
    one("COPY a <<E\nx\nE", "2: a here-document cannot be the destination of COPY (<<E)");
    one("ENV KEY", "2: ENV `KEY` has no value (KEY)");
    one("ENV A=1 B", "2: `B` in ENV has no equals sign (B)");
    one("ENV =1", "2: a name in ENV is empty ()");
    // Quotes do not hold the words of COPY together.
    one("COPY \"a b\" c", "2: nothing closes the `\"` (\"a)");
    one("ENV A=\"x", "2: nothing closes the `\"` (\"x)");
    one("LABEL", "2: LABEL needs a name and a value (LABEL)");
    one("CMD [\"a\", 1]", "2: the JSON array has an element that is not a string ([\"a\", 1])");
    one("COPY --form=b a c", "2: COPY has no flag `--form` (--form=b)");
    one("COPY --from a b c", "2: the flag `--from` has no value (--from)");
    one("COPY --link=yes a b", "2: `--link` is true or false, not `yes` (yes)");
    one("COPY --chown=1 --chown=2 a b", "2: the flag `--chown` is given twice (--chown=2)");
    one("RUN --mount=type=cache,tagret=/x a", "2: `--mount` has no option `tagret` (tagret)");
    one("RUN --mount=from=$X,target=/x a", "2: variables are not expanded in the `from` of a mount ($X)");
    one("HEALTHCHECK --interval=5 CMD a", "2: `5` is not a valid value for `--interval` (5)");
    one("HEALTHCHECK curl x", "2: `curl` is not a HEALTHCHECK type (curl)");
    one("HEALTHCHECK CMD", "2: HEALTHCHECK CMD has no command (CMD)");
    one("HEALTHCHECK NONE x", "2: HEALTHCHECK NONE takes no arguments (x)");
    one("SHELL bash", "2: SHELL needs the exec form (SHELL)");
    one("ONBUILD FROM a", "2: FROM is not allowed after ONBUILD (FROM)");
    one("ONBUILD ONBUILD RUN a", "2: ONBUILD is not allowed after ONBUILD (ONBUILD)");
    one("EXPOSE", "2: EXPOSE needs a port (EXPOSE)");
    one("FROM a b", "2: FROM takes an image, or an image and a name (FROM)");
    one("FROM a AS 1x", "2: `1x` is not a valid stage name (1x)");
    one(
        "WORKDIR ${a@b}",
        "2: `${…}` is not a substitution: use ${name}, or one of :- :+ :? - + ? # ## % %% / // (${a@b})",
    );
}

#[test]
fn hints_name_what_was_meant() {
    assert_eq!(hint("FROM a\nCOPT a b"), "did you mean `COPY`");
    assert_eq!(hint("FROM a\nCOPY --form=b a c"), "did you mean `--from`");
    assert_eq!(hint("FROM a\nRUN --mount=type=cache,tagret=/x a"), "did you mean `target`");
}

#[test]
fn a_dangling_backslash_is_the_cause_and_the_next_instruction_is_read() {
    let text = "FROM a\nENV A=1 \\\n    B=2 \\\n\n# probe\nHEALTHCHECK --interval=5s CMD x\nUSER 1\n";
    assert_eq!(problems(text), ["3: a continued line makes `HEALTHCHECK` part of ENV (\\)"]);
    let file = Dockerfile::read(text);
    let keywords: Vec<Keyword> = file.instructions.iter().map(|i| i.keyword).collect();
    assert_eq!(keywords, [Keyword::From, Keyword::Env, Keyword::Healthcheck, Keyword::User]);
    let (swallowed, _) = file.problems[0].related.clone().unwrap();
    assert_eq!(&text[swallowed], "HEALTHCHECK");
}

#[test]
fn a_swallowed_instruction_that_buildkit_accepts_is_read_as_it_does() {
    let text = "FROM a\nRUN x \\\nUSER 1\n";
    let file = Dockerfile::read(text);
    assert_eq!((file.instructions.len(), file.problems.len(), file.warnings.len()), (2, 0, 1));
}

#[test]
fn a_here_document_with_a_space_is_read_and_reported() {
    let text = "FROM a\nRUN cat > f << 'EOF'\nimport x\nfrom y import z\nEOF\nUSER 1\n";
    let file = Dockerfile::read(text);
    assert_eq!((file.instructions.len(), file.problems.len()), (3, 0));
    assert_eq!(&text[file.warnings[0].span.clone()], "<< 'EOF'");
    assert!(file.warnings[0].hint.as_deref().unwrap().starts_with("write `<<'EOF'`"));
}

#[test]
fn an_open_here_document_ends_at_the_next_instruction() {
    let text = "FROM a\nRUN <<EOF\nx\n  EOF\nUSER 1\nRUN <<EOF\ny\n";
    assert_eq!(
        problems(text),
        ["2: the here-document `EOF` has no end (<<EOF)", "6: the here-document `EOF` has no end (<<EOF)"]
    );
    assert_eq!(Dockerfile::read(text).instructions.len(), 4);
}

#[test]
fn a_run_of_stray_lines_is_one_mistake() {
    let text = "FROM a\nRUN apt-get install\n    curl\n    ca-certificates\n    && true\nEXPOS 80\nUSER 1\n";
    assert_eq!(
        problems(text),
        ["3: unknown instruction `curl` (curl)", "6: unknown instruction `EXPOS` (EXPOS)"]
    );
}

#[test]
fn a_file_needs_a_stage() {
    assert_eq!(problems(""), ["1: the file has no instructions ()"]);
    assert_eq!(problems("# only\n"), ["2: the file has no instructions ()"]);
    assert_eq!(problems("ARG A"), ["1: the file has no stage (ARG A)"]);
    assert_eq!(problems("ARG A\nRUN x\nFROM a\n"), ["2: RUN before the first FROM (RUN)"]);
}

#[test]
fn text_behind_a_json_array_is_a_warning() {
    let text = "FROM a\nENTRYPOINT [\"/app\"] # start\n";
    let file = Dockerfile::read(text);
    assert_eq!((file.problems.len(), file.warnings.len()), (0, 1));
    assert_eq!(&text[file.warnings[0].span.clone()], "# start");
}

#[test]
fn a_variable_that_must_be_set_is_judged_by_what_the_build_can_give() {
    let refused = ["`X` has no value: who (declare it with ARG in this stage, or set it with ENV)"];
    let said = |text: &str| -> Vec<String> {
        let show = |problem: &dockwright::diagnostic::Diagnostic| {
            format!("{} ({})", problem.message, problem.hint.as_deref().unwrap_or_default())
        };
        Dockerfile::read(text).problems.iter().map(show).collect()
    };
    assert_eq!(said("FROM scratch\nUSER ${X:?who}\n"), refused);
    assert_eq!(said("ARG X=1\nFROM scratch\nENV X=\nUSER ${X:?who}\n"), refused);
    // `--build-arg` gives it a value, whatever its default.
    assert_eq!(said("FROM scratch\nARG X=\nUSER ${X:?who}\n"), [""; 0]);
    assert_eq!(said("ARG X\nFROM ${X:?who}\n"), [""; 0]);
    let from = ["`X` has no value: who (declare it with ARG before the first FROM)"];
    assert_eq!(said("FROM ${X:?who}\n"), from);
    // A base image may set it.
    let file = Dockerfile::read("FROM alpine\nUSER ${X:?who}\n");
    assert_eq!(file.problems, []);
    assert_eq!(file.warnings[0].message, "`X` has no value: who, unless the base image sets it");
}

#[test]
fn many_stages_and_variables_are_read_in_linear_time() {
    let lines = |line: &dyn Fn(usize) -> String| (0..4_000).map(line).collect::<Vec<_>>().concat();
    let variables = lines(&|at| format!("ENV V{at}=${{V{at}}}x\n"));
    let stages = lines(&|at| format!("FROM base AS s{at}\nENV A=$V{at}\nUSER ${{A:?}}\n"));
    let text = format!("FROM scratch AS base\n{variables}{stages}");
    let start = std::time::Instant::now();
    assert!(Dockerfile::read(&text).problems.is_empty());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
