//! What stages begin with, and what the image of a stage runs.
//!
//! The configurations in `the_engine_agrees` are what Docker Engine 26.1 made of the same text, but
//! for `ARG M=1 N=$M`: in its frontend `N` does not see `M`.

use dockwright::dockerfile::{
    Base, Command, Dockerfile, Edit, EditError, Expansion, ImageConfig, Stages, Variable, apply, expand,
};
use dockwright::image::ImageReference;

fn known(text: &str) -> Expansion {
    Expansion::Known(text.to_owned())
}

fn python(image: &ImageReference) -> Option<ImageConfig> {
    (image.short_name() == "python3-debian13").then(|| ImageConfig {
        entrypoint: vec!["/usr/bin/python3.13".to_owned()],
        user: "65532".to_owned(),
        workdir: "/home/nonroot".to_owned(),
        env: vec![("PATH".to_owned(), "/usr/bin".to_owned()), ("LANG".to_owned(), "C.UTF-8".to_owned())],
        ..ImageConfig::default()
    })
}

fn bases(text: &str) -> Vec<String> {
    let file = Dockerfile::read(text);
    let show = |base: &Base| match base {
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(index) => format!("#{index}"),
        Base::Image(image) => image.to_string(),
        Base::Unknown(_) => "?".to_owned(),
    };
    Stages::of(&file).stages.iter().map(|stage| show(&stage.base)).collect()
}

#[test]
fn bases_are_resolved_through_arguments_and_stages() {
    for (text, expected) in [
        ("FROM scratch", &["scratch"][..]),
        ("FROM a AS Build\nFROM build\nFROM b", &["a", "#0", "b"]),
        // A stage of the same name hides the one before it.
        ("FROM a AS x\nFROM b AS x\nFROM x", &["a", "b", "#1"]),
        // A stage cannot stand on a later one, nor on an index.
        ("FROM x\nFROM a AS x\nFROM 0", &["x", "a", "0"]),
        ("ARG V=3.13\nFROM python:${V}-slim", &["python:3.13-slim"]),
        ("ARG V=3 W=${V}.1\nFROM a:$W", &["a:3.1"]),
        ("ARG I='a:1'\nFROM \"$I\"", &["a:1"]),
        // Without a default nobody knows, but for a substitution that has one.
        ("ARG V\nFROM a:$V\nFROM a:${V:-2}\nFROM ${V:+b}", &["?", "a:2", "?"]),
        // An argument of a stage means nothing to FROM, and an unset one reads as nothing.
        ("FROM a\nARG V=1\nFROM b:1$V\nFROM $V", &["a", "b:1", "?"]),
        // Platform arguments have a value, which is not the default.
        ("FROM a:$TARGETARCH\nFROM a:${TARGETARCH:-x}", &["?", "?"]),
        ("ARG TARGETARCH=arm64\nFROM a:$TARGETARCH", &["a:arm64"]),
        ("ARG X=$TARGETARCH\nFROM a:$X", &["?"]),
        (
            "ARG V=3.11.4\nFROM a:${V%.*}\nFROM a:${V%%.*}\nFROM a:${V#*.}\nFROM a:${V/3.11/3.13}",
            &["a:3.11", "a:3", "a:11.4", "a:3.13.4"],
        ),
        ("FROM UPPER\nFROM", &["?", "?"]),
    ] {
        assert_eq!(bases(text), expected, "{text}");
    }
}

#[test]
fn copies_and_mounts_name_stages() {
    let text = "FROM a AS one\nFROM b\nCOPY --from=ONE /x /\nCOPY --from=0 /x /\nCOPY --from=9 /x /\nCOPY --from=c:1 /x /\nRUN --mount=type=bind,from=one,target=/x true\n";
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let froms: Vec<Base> = file
        .instructions
        .iter()
        .filter_map(|instruction| instruction.as_copy()?.from.map(|from| stages.copy_source(from)))
        .collect();
    assert_eq!(froms[..2], [Base::Stage(0), Base::Stage(0)]);
    assert!(matches!(froms[2], Base::Unknown(_)));
    assert_eq!(froms[3], Base::Image("c:1".parse().unwrap()));
    let run = file.instructions.last().unwrap().as_run().unwrap();
    assert_eq!((run.mounts[0].kind(), &*run.mounts[0].target().unwrap().value), ("bind".into(), "/x"));
    assert_eq!(stages.mount_source(run.mounts[0].from().unwrap()), Base::Stage(0));
}

#[test]
fn references_are_edited_in_place() {
    let text = "\u{feff}ARG TAG=\"12\" # no comment\r\nFROM --platform=$BUILDPLATFORM  gcr.io/a:${TAG}  as x\r\nCOPY --chown=1 --from=gcr.io/b:12 \\\r\n /x /y\r\nRUN --mount=type=bind,from=gcr.io/c:12,target=/x a \\\r\n\r\n b";
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let default = stages.stages[0].arguments[0].default.clone().unwrap();
    let copy = file.instructions[2].as_copy().unwrap().from.unwrap().span.clone();
    let mount = file.instructions[3].mounts().next().unwrap().from().unwrap().span.clone();
    let edits = [Edit::new(mount, "C"), Edit::new(default, "\"13\""), Edit::new(copy, "B")];
    let expected = text.replace("\"12\"", "\"13\"").replace("gcr.io/b:12", "B").replace("gcr.io/c:12", "C");
    assert_eq!(apply(text, &edits).unwrap(), expected);
}

#[test]
fn edits_that_cannot_be_made_are_refused() {
    let refused = |edits: &[(usize, usize)]| {
        let edits: Vec<Edit> = edits.iter().map(|&(start, end)| Edit::new(start..end, "x")).collect();
        apply("aé b", &edits).unwrap_err()
    };
    assert_eq!(refused(&[(0, 3), (1, 4)]), EditError::Overlap(0..3, 1..4));
    assert_eq!(refused(&[(1, 1), (1, 1)]), EditError::Overlap(1..1, 1..1));
    assert_eq!(refused(&[(1, 2)]), EditError::Range(1..2));
    assert_eq!(refused(&[(3, 9)]), EditError::Range(3..9));
    assert_eq!(apply("ab", &[Edit::new(1..1, "-"), Edit::new(0..1, "x")]).unwrap(), "x-b");
}

#[test]
fn the_engine_agrees() {
    let text = r#"FROM scratch
ARG A=1
ARG A=2
ENV X=$A P=$PATH
ARG M=1 N=$M
ENV Q="<$N>"
ENV S='a $PATH' T="x\"y \z" U=a\ b\$x V="" W=
ENV X=3 Y=$X
LABEL a b  c 'd'
EXPOSE 80 81/udp
WORKDIR a
WORKDIR b
USER 5:6
HEALTHCHECK --interval=5s CMD a b
"#;
    let file = Dockerfile::read(text);
    let config = Stages::of(&file).config(0, &|_| None).unwrap();
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (name, value) in [
        ("PATH", path),
        ("X", "3"),
        ("P", path),
        ("Q", "<1>"),
        ("S", "a $PATH"),
        ("T", "x\"y \\z"),
        ("U", "a b$x"),
        ("V", ""),
        ("W", ""),
        ("Y", "2"),
    ] {
        assert_eq!(config.env(name), Some(&known(value)), "{name}");
    }
    assert_eq!(config.label("a"), Some(&known("b  c d")));
    assert_eq!(config.ports, [known("80"), known("81/udp")]);
    assert_eq!((config.workdir, config.user), (known("/a/b"), known("5:6")));
    let health = config.healthcheck.unwrap();
    assert_eq!(health.probe.unwrap().argv, ["/bin/sh", "-c", "a b"]);
    assert_eq!(health.timing.interval.unwrap().as_secs(), 5);
}

fn argv(text: &str) -> Option<Vec<String>> {
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    stages.config(stages.stages.len() - 1, &python).unwrap().argv()
}

#[test]
fn the_effective_command_line() {
    for (text, expected) in [
        // The base gives the interpreter.
        ("FROM python3-debian13\nCMD [\"-m\", \"x\"]", &["/usr/bin/python3.13", "-m", "x"][..]),
        ("FROM python3-debian13\nENTRYPOINT []\nCMD [\"/x\"]", &["/x"]),
        // ENTRYPOINT takes away a CMD that is inherited, not one of its own stage.
        ("FROM scratch AS a\nCMD [\"c\"]\nFROM a\nENTRYPOINT [\"e\"]", &["e"]),
        ("FROM scratch\nCMD [\"c\"]\nENTRYPOINT [\"e\"]", &["e", "c"]),
        ("FROM scratch AS a\nENTRYPOINT [\"e\"]\nFROM a\nCMD [\"c\"]", &["e", "c"]),
        ("FROM scratch\nENTRYPOINT e $X", &["/bin/sh", "-c", "e $X"]),
        ("FROM scratch\nSHELL [\"/b\", \"-x\"]\nCMD a", &["/b", "-x", "a"]),
    ] {
        assert_eq!(argv(text).unwrap(), expected, "{text}");
    }
    // Of a base that nobody knows, the entry point is not guessed.
    assert_eq!(argv("FROM x\nCMD [\"c\"]"), None);
    assert_eq!(argv("FROM x\nENTRYPOINT [\"e\"]").unwrap(), ["e"]);
}

#[test]
fn what_a_base_gives_is_inherited() {
    let text = "FROM python3-debian13 AS a\nENV B=$LANG PATH=/x:$PATH\nFROM a\nWORKDIR app\nARG V\nENV W=$V U=$NOPE\n";
    let file = Dockerfile::read(text);
    let stages = Stages::of(&file);
    let config = stages.config(1, &python).unwrap();
    assert_eq!(config.user, known("65532"));
    assert_eq!(config.workdir, known("/home/nonroot/app"));
    assert_eq!(config.env("PATH"), Some(&known("/x:/usr/bin")));
    assert_eq!(config.env("B"), Some(&known("C.UTF-8")));
    assert_eq!(config.env("W"), Some(&Expansion::Unknown("V".to_owned())));
    assert_eq!(config.env("U"), Some(&known("")));
    // Without the base, what depends on it is unknown, and the rest is not.
    let config = stages.config(1, &|_| None).unwrap();
    assert!(!config.complete);
    assert!(matches!(config.user, Expansion::Unknown(_)));
    assert_eq!(config.env("PATH"), Some(&Expansion::Unknown("PATH".to_owned())));
}

#[test]
fn arguments_of_a_stage() {
    // A stage has a global default only if it asks for it, and the last of ENV and ARG wins.
    let text = "ARG V=1 W=2\nFROM scratch\nARG V\nENV A=$V-$W\nENV V=3\nARG V=4\nENV B=$V\n";
    let file = Dockerfile::read(text);
    let config = Stages::of(&file).config(0, &|_| None).unwrap();
    assert_eq!(config.env("A"), Some(&known("1-")));
    assert_eq!(config.env("V"), Some(&known("3")));
    assert_eq!(config.env("B"), Some(&known("4")));
}

#[test]
fn substitutions() {
    let lookup = |name: &str| match name {
        "set" => Variable::Set("a/b/c.tar.gz"),
        "empty" => Variable::Set(""),
        "given" => Variable::Required,
        "hidden" => Variable::Unknown,
        _ => Variable::Unset,
    };
    let value = |word: &str| match expand(word, '\\', &lookup) {
        Ok(Expansion::Known(value)) => value,
        Ok(Expansion::Unknown(name)) => format!("?{name}"),
        Err(error) => format!("!{error}"),
    };
    for (word, expected) in [
        ("${set}x$empty", "a/b/c.tar.gzx"),
        ("$unset", ""),
        ("$", "$"),
        ("$.", "$."),
        ("a$1b", "ab"),
        ("${unset:-y}", "y"),
        ("${empty:-y}", "y"),
        ("${empty-y}", ""),
        ("${unset-y}", "y"),
        ("${set:-y}", "a/b/c.tar.gz"),
        ("${set:+y}", "y"),
        ("${empty:+y}", ""),
        ("${empty+y}", "y"),
        ("${unset+y}", ""),
        ("${set:?no}", "a/b/c.tar.gz"),
        ("${unset:?no}", "!`unset` has no value: no"),
        ("${empty?no}", ""),
        ("${set#*/}", "b/c.tar.gz"),
        ("${set##*/}", "c.tar.gz"),
        ("${set%.*}", "a/b/c.tar"),
        ("${set%%.*}", "a/b/c"),
        ("${set#?/b}", "/c.tar.gz"),
        ("${set/\\//-}", "a-b/c.tar.gz"),
        ("${set//\\//-}", "a-b-c.tar.gz"),
        ("${set/x/y}", "a/b/c.tar.gz"),
        ("${set/*./z}", "zgz"),
        ("${unset:-${set%%/*}}", "a"),
        ("${unset:-\"a b\"}", "a b"),
        ("'$set'", "$set"),
        ("\"$empty'\"", "'"),
        ("\\$set", "$set"),
        ("\"\\$set\\x\"", "$set\\x"),
        ("a\\", "a"),
        ("$hidden", "?hidden"),
        ("${hidden:-x}", "?hidden"),
        ("$given", "?given"),
        ("${given:-x}", "x"),
        ("${given:+x}", "?given"),
        ("${unset:-$hidden}", "?hidden"),
        ("${set:-$hidden}", "a/b/c.tar.gz"),
        ("${set", "!nothing closes the `{`"),
        ("'a", "!nothing closes the `'`"),
    ] {
        assert_eq!(value(word), expected, "{word}");
    }
    for wrong in ["${}", "${:x}", "${set@Q}", "${set:3}", "${!set}"] {
        assert!(value(wrong).starts_with("!`${…}` is not"), "{wrong}: {}", value(wrong));
    }
}

#[test]
fn views_say_what_is_written() {
    let text = "FROM a\nCOPY --link --chmod=0644 --exclude=*.md <<F x /d/\nbody\nF\nRUN [\"a\"]\n";
    let file = Dockerfile::read(text);
    let copy = file.instructions[1].as_copy().unwrap();
    assert!(copy.link && !copy.parents);
    assert_eq!((&*copy.chmod.unwrap().value, &*copy.destination.value), ("0644", "/d/"));
    assert_eq!((copy.sources.len(), copy.heredocs.len(), copy.exclude.len()), (1, 1, 1));
    assert!(matches!(file.instructions[2].as_command(), Some(Command::Exec([word])) if word.value == "a"));
    assert!(file.instructions[2].as_from().is_none());
}
