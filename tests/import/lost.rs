//! Every instruction and flag of a Dockerfile: carried into the entry, or told.

use std::rc::Rc;

use dockwright::detect::View;
use dockwright::diagnostic::Diagnostic;
use dockwright::fleet;
use dockwright::refactor::import::{Source, Surroundings, Tree, import, insert, text};

struct Svc;

/// What the build context holds.
const FILES: [&str; 6] =
    ["app/main.py", "app/data/x.json", "requirements.txt", "conf.tar.gz", "a/b/c.json", "legacy/old.py"];

impl Tree for Svc {
    fn is_directory(&self, path: &str) -> Option<bool> {
        let below = |file: &str| path.is_empty() || file.starts_with(&format!("{path}/"));
        if FILES.contains(&path) { Some(false) } else { FILES.iter().any(|file| below(file)).then_some(true) }
    }

    fn entries(&self, path: &str) -> Vec<String> {
        let inside = |file: &&str| {
            let rest = if path.is_empty() { file } else { file.strip_prefix(path)?.strip_prefix('/')? };
            rest.split('/').next().map(str::to_owned)
        };
        let mut names: Vec<String> = FILES.iter().filter_map(inside).collect();
        names.dedup();
        names
    }

    fn text(&self, path: &str) -> Option<String> {
        (path == "a/b/c.json").then(|| "#!/bin/sh\nexec python app/main.py\n".to_owned())
    }

    fn view(&self) -> Rc<View> {
        Rc::default()
    }
}

/// The entry of a plain Dockerfile in which `lines` take the place of their kind, and the notes.
fn imported(head: &str, lines: &str) -> (String, String) {
    let mut file = format!(
        "{head}FROM python:3.13-slim-trixie\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY app app\n"
    );
    for plain in ["EXPOSE 8000", "USER 65532", "ENTRYPOINT [\"uvicorn\", \"app.main:app\"]"] {
        let keyword = plain.split(' ').next().unwrap();
        if !lines.lines().any(|line| line.starts_with(keyword)) {
            file.extend([plain, "\n"]);
        }
    }
    file += lines;
    entry_and_notes(&file).unwrap_or_else(|refused| panic!("{lines}: {refused}"))
}

/// The entry of a Dockerfile and its notes, one below the other; or why it is refused.
pub(crate) fn read(file: &str) -> Result<String, String> {
    entry_and_notes(file).map(|(entry, notes)| format!("{entry}\n{notes}"))
}

fn entry_and_notes(file: &str) -> Result<(String, String), String> {
    let source = Source {
        path: "Dockerfile",
        dockerfile: "Dockerfile",
        context: "",
        text: file,
        target: None,
        name: Some("svc"),
    };
    let around = Surroundings::none("fleet", "2026-11-22".parse().unwrap());
    let imported = import(source, &around, &Svc).map_err(|mistakes| {
        let told =
            |m: &Diagnostic| format!("refused: {}\nhint: {}", m.message, m.hint.as_deref().unwrap_or("none"));
        mistakes.iter().map(told).collect::<Vec<_>>().join("\n")
    })?;
    let notes: Vec<String> = imported.notes.iter().map(|note| note.message.clone()).collect();
    let entry = insert("", &text(&[imported], &around, false, &[]));
    let whole = format!("[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\noutput = \".\"\n{entry}");
    fleet::load(&whole).unwrap_or_else(|mistakes| panic!("{file}: {mistakes:?}\n{entry}"));
    Ok((entry, notes.join("\n")))
}

/// Lines, and what the entry says of them.
const CARRIED: &[(&str, &str)] = &[
    ("STOPSIGNAL SIGQUIT", "extra = { final = [\"STOPSIGNAL SIGQUIT\"] }"),
    ("VOLUME /data", "volumes"),
    ("VOLUME [\"/data\", \"/more\"]", "[\"/data\", \"/more\"]"),
    ("VOLUME /tmp", "tmp "),
    ("EXPOSE 53/udp 8000-8010", "EXPOSE 53/udp\", \"EXPOSE 8000-8010"),
    ("EXPOSE 8000/TCP", "[8000]"),
    ("LABEL org.opencontainers.image.source=https://example.org/x", "https://example.org/x"),
    (
        "LABEL org.opencontainers.image.licenses=MIT org.example.team='a b'",
        "\"org.opencontainers.image.licenses\" = \"MIT\"",
    ),
    ("LABEL org.opencontainers.image.licenses=MIT org.example.team='a b'", "\"org.example.team\" = \"a b\""),
    ("LABEL org.opencontainers.image.title=\"My Shop\"", "\"org.opencontainers.image.title\" = \"My Shop\""),
    ("LABEL org.opencontainers.image.description=x", "image.description"),
    (
        "HEALTHCHECK --interval=5s --timeout=3s --start-period=9s --start-interval=1s --retries=4 CMD curl -f localhost:8000/x",
        "http = \"/x\", interval = \"5s\", timeout = \"3s\", start_period = \"9s\", start_interval = \"1s\", retries = 4",
    ),
    (
        "HEALTHCHECK CMD [\"./app/main.py\", \"check\"]",
        "[\"/opt/venv/bin/python3\", \"/app/app/main.py\", \"check\"]",
    ),
    ("ENV LEVEL=info", "LEVEL = \"info\""),
    ("ENV CACHE=/tmp/cache", "tmp "),
    ("COPY --parents a/b/c.json /srv/", "to = \"/srv/a/b/c.json\""),
    ("COPY --parents ./a/./b/c.json /srv/", "to = \"/srv/b/c.json\""),
    ("COPY --link a/b /srv/b", "to = \"/srv/b\""),
    ("ADD a/b/c.json /srv/c.json", "to = \"/srv/c.json\""),
    ("ENTRYPOINT [\"uvicorn\"]\nCMD [\"app.main:app\", \"--port\", \"81\"]", "ports = [81, 8000]"),
    ("ENTRYPOINT [\"./wait.sh\"]\nCMD [\"uvicorn\", \"app.main:app\"]", "app = \"app.main:app\""),
    ("RUN deps='libmagic1 libpq5'; apt-get install -y $deps", "libpq5"),
    ("RUN <<EOF\napt-get update\napt-get install -y libmagic1\nEOF", "libmagic1"),
    ("RUN mkdir /data", "/data"),
];

/// Lines, and what is told of them.
const TOLD: &[(&str, &str)] = &[
    ("STOPSIGNAL $NOWHERE\nARG NOWHERE", "STOPSIGNAL"),
    ("VOLUME /app/app", "VOLUME /app/app is not imported"),
    ("SHELL [\"/bin/bash\", \"-c\"]", "SHELL is not imported"),
    ("ONBUILD RUN true", "ONBUILD is not imported"),
    ("MAINTAINER a@example.org", "MAINTAINER"),
    (
        "LABEL org.opencontainers.image.version=1.2",
        "image.version is not imported: VERSION of docker-bake.hcl",
    ),
    ("LABEL org.opencontainers.image.revision=abc", "REVISION of docker-bake.hcl"),
    ("LABEL org.opencontainers.image.created=2026", "image.created is not imported"),
    ("LABEL org.opencontainers.image.base.name=x", "image.base.name is not imported"),
    ("ARG WHO\nLABEL who=$WHO", "LABEL who is not imported"),
    ("COPY --chown=1000:1000 a /srv/a", "--chown=1000:1000 is not imported"),
    ("COPY --chmod=0640 a /srv/a", "--chmod=0640 is not imported"),
    ("COPY --exclude=*.md a /srv/a", "--exclude=*.md is not imported"),
    ("COPY <<EOF /srv/x\nhello\nEOF", "written inline in the Dockerfile"),
    ("COPY --from=busybox:1 /bin/busybox /srv/busybox", "`/bin/busybox` is copied from busybox:1"),
    ("ADD https://example.org/x.bin /srv/", "is downloaded"),
    ("ADD https://github.com/a/b.git#v1 /srv/b", "is downloaded"),
    ("ADD conf.tar.gz /srv/", "ADD unpacks `conf.tar.gz`"),
    ("RUN --mount=type=secret,id=token pip list", "the secret that is mounted"),
    ("RUN --mount=type=ssh pip list", "the ssh that is mounted"),
    ("RUN --mount=type=bind,from=busybox:1,target=/b true", "what is mounted here of busybox:1"),
    ("RUN --network=none true", "--network=none of RUN is not imported"),
    ("RUN --security=insecure true", "--security=insecure of RUN is not imported"),
    ("ARG VERSION=1\nENV VERSION=$VERSION", "its default is kept, 1"),
    ("ARG COMMIT\nENV COMMIT=$COMMIT", "ARG COMMIT is not imported, and has no default"),
    ("ARG UNUSED", "ARG UNUSED is never used"),
    ("ENV PATH=/x:$PATH", "ENV PATH is not imported"),
    ("ENV LD_PRELOAD=/usr/lib/x.so", "ENV LD_PRELOAD=/usr/lib/x.so is not imported"),
    ("ENV API_TOKEN=abc", "looks like a secret"),
    ("HEALTHCHECK --timeout=1s CMD curl -f localhost:8000/x", "less than 2s"),
    ("HEALTHCHECK NONE", "HEALTHCHECK NONE"),
    ("USER app", "USER app: 65532:65532 is used"),
    ("WORKDIR /srv", "WORKDIR /srv"),
    ("ENTRYPOINT [\"./wait.sh\"]\nCMD [\"uvicorn\", \"app.main:app\"]", "`./wait.sh` is not run"),
    ("ENTRYPOINT PORT=1; exec uvicorn app.main:app", "PORT=1 is not imported"),
    ("RUN chown -R app /app/app", "`chown -R app /app/app` is not imported"),
    ("RUN chmod 600 app/main.py", "`chmod 600 app/main.py` is not imported"),
    ("RUN rm app/main.py", "`rm app/main.py` is not imported"),
    ("RUN ./generate", "`./generate` is not imported"),
    ("RUN apt-get install -y $NOWHERE", "$NOWHERE"),
];

/// Lines of a stage before, from which the last one takes `/made`.
const BUILDERS: &[(&str, &str)] = &[
    ("ENV CGO_CFLAGS=-O2 LEVEL=1", "ENV CGO_CFLAGS, LEVEL of a stage that builds is not imported"),
    ("RUN ./generate && ./pack /made", "from a stage that builds: `./generate`, `./pack /made`"),
    ("ARG KEY", "ARG KEY is never used"),
    ("ONBUILD RUN true", "ONBUILD is not imported"),
];

#[test]
fn everything_of_a_dockerfile_is_carried_or_told() {
    let mut lost = Vec::new();
    for (lines, expected) in CARRIED {
        let (entry, _) = imported("", &format!("{lines}\n"));
        let plain: Vec<&str> = entry.split_whitespace().collect();
        if !plain.join(" ").contains(expected) {
            lost.push(format!("{lines}: {expected}\n{entry}"));
        }
    }
    for (lines, expected) in TOLD {
        let (_, notes) = imported("", &format!("{lines}\n"));
        if !notes.contains(expected) {
            lost.push(format!("{lines}: {expected}\n{notes}"));
        }
    }
    for (lines, expected) in BUILDERS {
        let head = format!("FROM debian:13 AS make\n{lines}\n");
        let (_, notes) = imported(&head, "COPY --from=make /made /srv/made\n");
        if !notes.contains(expected) {
            lost.push(format!("{lines}: {expected}\n{notes}"));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    for platform in ["linux/amd64", "linux/arm64/v8"] {
        let head = format!("FROM --platform={platform} debian:13 AS make\nRUN ./pack /made\n");
        let (_, notes) = imported(&head, "COPY --from=make /made /srv/made\n");
        assert!(notes.contains(&format!("--platform={platform} is not imported")), "{notes}");
    }
    let (_, notes) =
        imported("FROM --platform=$BUILDPLATFORM debian:13 AS make\n", "COPY --from=make /made /srv/made\n");
    assert!(!notes.contains("--platform"), "builders are of that platform anyway: {notes}");
}

/// What is removed again is not copied, and what every base has is not missed.
#[test]
fn what_makes_no_difference_is_not_told() {
    let (entry, notes) = imported("", "COPY legacy legacy\nRUN rm -r legacy\n");
    assert!(!entry.contains("legacy") && !notes.contains("legacy"), "{entry}{notes}");
    let (_, notes) = imported(
        "FROM debian:13 AS make\nRUN apt-get install -y tzdata ca-certificates\n",
        "COPY --from=make /usr/share/zoneinfo /usr/share/zoneinfo\nCOPY --from=make /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nRUN apt-get install -y tzdata\n",
    );
    assert!(
        !notes.contains("zoneinfo") && !notes.contains("certificates") && !notes.contains("tzdata"),
        "{notes}"
    );
    let (entry, notes) = imported("", "STOPSIGNAL SIGTERM\n");
    assert!(!entry.contains("STOPSIGNAL") && !notes.contains("STOPSIGNAL"), "the signal that it has anyway");
}
