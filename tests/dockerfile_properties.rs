//! What holds for any text at all.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use dockwright::diagnostic::Span;
use dockwright::dockerfile::{Dockerfile, Edit, Instruction, Stages, Word, apply};
use proptest::prelude::*;

/// Pieces of Dockerfiles, so that random texts come near to real ones.
const PIECES: &[&str] = &[
    "FROM ",
    "RUN ",
    "COPY ",
    "ENV ",
    "ARG ",
    "LABEL ",
    "CMD ",
    "ENTRYPOINT ",
    "HEALTHCHECK ",
    "ONBUILD ",
    "USER ",
    "EXPOSE ",
    "SHELL ",
    "VOLUME ",
    "WORKDIR ",
    "ADD ",
    "a",
    "é",
    "😀",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\\\n",
    "\\\r\n",
    "\\ \n",
    "`\n",
    "# c\n",
    "# escape=`\n",
    "\u{feff}",
    "<<EOF",
    "<< EOF",
    "<<-'E'",
    "\nEOF\n",
    "\nE\n",
    "\"",
    "'",
    "\\",
    "$",
    "${",
    "${a:-",
    "}",
    "$a",
    "=",
    "A=",
    "[",
    "]",
    "[\"a\"",
    ",",
    "\"b\\u00e9\"",
    "--from=",
    "--mount=type=cache,from=a,",
    "--link",
    "--",
    " AS b",
    "NONE",
    "CMD",
    "\u{a0}",
    "\u{85}",
    "\0",
    "/",
    "%",
    "#",
];

fn dockerfiles() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..60);
    prop_oneof![4 => pieces.prop_map(|pieces| pieces.concat()), 1 => any::<String>()]
}

fn words<'i, 'a>(instruction: &'i Instruction<'a>, out: &mut Vec<&'i Word<'a>>) {
    out.push(&instruction.name);
    out.extend(&instruction.arguments);
    let options = instruction.flags.iter().flat_map(|flag| &flag.options);
    for pair in instruction.pairs.iter().chain(options) {
        out.extend([Some(&pair.name), pair.value.as_ref()].into_iter().flatten());
    }
    for flag in &instruction.flags {
        out.extend([Some(&flag.name), flag.value.as_ref()].into_iter().flatten());
    }
    if let Some(trigger) = &instruction.trigger {
        words(trigger, out);
    }
}

/// All spans there are.
fn spans(file: &Dockerfile<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    for instruction in &file.instructions {
        let mut found = Vec::new();
        words(instruction, &mut found);
        spans.extend(found.into_iter().map(|word| word.span.clone()));
        spans.push(instruction.span.clone());
        spans.extend(instruction.flags.iter().map(|flag| flag.span.clone()));
        spans.extend(instruction.heredocs.iter().flat_map(|h| [h.operator.clone(), h.body.clone()]));
    }
    for diagnostic in file.problems.iter().chain(&file.warnings) {
        spans.push(diagnostic.span.clone());
        spans.extend(diagnostic.related.iter().map(|(span, _)| span.clone()));
    }
    spans.extend(file.directives.iter().map(|directive| directive.span.clone()));
    spans
}

/// Reads a text in every way there is; also what `fuzz/fuzz_targets/read_dockerfile.rs` does.
fn read_all(text: &str) {
    let file = Dockerfile::read(text);
    for span in spans(&file) {
        assert!(text.get(span.clone()).is_some(), "{span:?} is no part of {text:?}");
    }
    let mut end = 0;
    for instruction in &file.instructions {
        assert!(instruction.span.start >= end, "instructions are in order");
        end = instruction.span.end;
        let mut found = Vec::new();
        words(instruction, &mut found);
        for word in found {
            assert!(instruction.span.start <= word.span.start && word.span.end <= end, "words are inside");
        }
        instruction.as_from();
        instruction.as_copy();
        instruction.as_run();
        instruction.as_healthcheck();
    }
    let stages = Stages::of(&file);
    for index in 0..stages.stages.len() {
        stages.config(index, &|_| None).expect("every stage has a configuration").argv();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn reading_never_panics_and_every_span_is_in_the_text(text in dockerfiles()) {
        read_all(&text);
    }

    #[test]
    fn between_instructions_there_are_only_comments_and_blanks(text in dockerfiles()) {
        let file = Dockerfile::read(&text);
        let mut at = 0;
        let mut rest = String::new();
        for instruction in &file.instructions {
            rest += &text[at..instruction.span.start];
            at = instruction.span.end;
            rest.push('\n');
        }
        rest += &text[at..];
        for line in rest.lines() {
            let line = line.trim_start_matches('\u{feff}').trim();
            // A line of nothing but the escape character continues an instruction, and is no part of one.
            prop_assert!(line.is_empty() || line.starts_with('#') || line.trim_end_matches(file.escape).trim().is_empty(), "{line:?}");
        }
    }

    #[test]
    fn an_edit_changes_only_its_spans(text in dockerfiles(), with in "[a-z\\n]{0,4}") {
        let file = Dockerfile::read(&text);
        let mut spans = spans(&file);
        spans.sort_by_key(|span| (span.start, span.end));
        let mut chosen: Vec<Span> = Vec::new();
        for span in spans {
            if !span.is_empty() && chosen.last().is_none_or(|last| last.end <= span.start) {
                chosen.push(span);
            }
        }
        let same: Vec<Edit> = chosen.iter().map(|span| Edit::new(span.clone(), &text[span.clone()])).collect();
        prop_assert_eq!(apply(&text, &same).unwrap(), text.clone());
        let edits: Vec<Edit> = chosen.iter().map(|span| Edit::new(span.clone(), with.clone())).collect();
        let edited = apply(&text, &edits).unwrap();
        // Taken apart at the spans, the kept parts are the same in both.
        let (mut at, mut there) = (0, 0);
        for span in &chosen {
            let kept = &text[at..span.start];
            prop_assert_eq!(&edited[there..there + kept.len()], kept);
            there += kept.len() + with.len();
            at = span.end;
        }
        prop_assert_eq!(&edited[there..], &text[at..]);
    }
}

/// Texts that would take for ever if anything were quadratic, or recursive.
fn giants() -> Vec<(&'static str, String)> {
    let stages = (0..10_000).fold(String::new(), |mut text, index| {
        let _ = writeln!(
            text,
            "FROM {} AS s{index}\nENV A{index}=$A{}",
            if index == 0 { "a".to_owned() } else { format!("s{}", index - 1) },
            index / 2
        );
        text
    });
    let unclosed = (0..50_000).fold(String::new(), |text, index| {
        text + if index == 0 { "FROM a\n" } else { "RUN <<" } + &format!("E{index}\n")
    });
    let from = |rest: String| format!("FROM a\n{rest}");
    vec![
        ("10 MB of instructions", from("RUN echo hello && true\n".repeat(450_000))),
        ("100,000 lines in one instruction", from(format!("RUN a{}", " \\\n  && b".repeat(100_000)))),
        ("100,000 lines of ENV", from(format!("ENV A=1{}", " \\\n  B=\"2 3\"".repeat(100_000)))),
        ("a line of 5 MB", from(format!("RUN {}", "x ".repeat(2_500_000)))),
        ("5 MB of words", from(format!("COPY {}", "x ".repeat(2_500_000)))),
        ("5 MB of JSON", from(format!("CMD [{}\"\"]", "\"a\",".repeat(1_250_000)))),
        ("5 MB of brackets", from(format!("CMD {}", "[".repeat(5_000_000)))),
        ("5 MB of braces", from(format!("RUN {} <<E\nE\n", "${a:-".repeat(1_000_000)))),
        ("nested defaults", from(format!("ENV A={}", "${a:-".repeat(1_000_000)))),
        ("10,000 stages, each on the one before", stages),
        ("here-documents that nothing ends", unclosed),
        ("one name, never ended", from("RUN <<EOF\nx\n".repeat(100_000))),
        ("shifts that look like here-documents", from("RUN a << EOF\n".repeat(100_000))),
        ("swallowed instructions", from("ENV A=1 \\\nRUN x \\\n".repeat(100_000))),
        ("a value that doubles", from("ENV A=$A$A$A$A\n".repeat(1000))),
        ("ONBUILD of ONBUILD", from("ONBUILD ".repeat(500_000))),
        ("comments in a continuation", from(format!("RUN a \\\n{}b", "# c\n\n".repeat(200_000)))),
        (
            "patterns",
            from(format!("ENV A={}\n{}", "a".repeat(60_000), "ENV B=${A//*b*c*d*e/x}\n".repeat(2000))),
        ),
        ("stray lines", from("&& x\n".repeat(200_000))),
        ("misspelt lines", from("COPYY x\n".repeat(50_000))),
    ]
}

#[test]
fn the_time_is_linear_in_the_length() {
    for (name, text) in giants() {
        let start = Instant::now();
        let file = Dockerfile::read(&text);
        let stages = Stages::of(&file);
        if let Some(last) = stages.stages.len().checked_sub(1) {
            stages.config(last, &|_| Some(dockwright::dockerfile::ImageConfig::default()));
        }
        // Without optimisation and on a busy machine this is some tenths of a second; quadratic
        // time would be minutes.
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(60), "{name}: {taken:?}");
    }
}

/// The brace that ends a variable was placed where its operator is, which turned the span of the here-document around.
#[test]
fn a_here_document_in_a_variable_has_its_place() {
    for text in ["RUN ${a:-FROM <<EOF}\u{a0}", "RUN ${a/b/ <<EOF}\n", "COPY ${a:-LABEL <<EOF} /x\nEOF}\n"] {
        read_all(text);
    }
}
