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
    // A CMD that the trigger sets is the child's own: ENTRYPOINT does not take it away.
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
