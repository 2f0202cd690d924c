//! What holds for any Dockerfile: an entry that comes out of it can be read, rendered, and added without touching
//! what was there.

use dockwright::date::Date;
use dockwright::diagnostic::Diagnostic;
use dockwright::refactor::import::{Import, Source, Surroundings, import, insert, text};
use dockwright::{fleet, render};
use proptest::prelude::*;

use crate::round_trip::Nothing;

const DESCRIPTION: &str = include_str!("cases/services.toml");

/// Instructions as people write them, right and wrong ones, so that random files come near to real ones.
const LINES: &[&str] = &[
    "FROM debian:trixie-slim AS build",
    "FROM python:3.11-slim AS builder",
    "FROM gcr.io/distroless/python3-debian12:nonroot",
    "FROM gcr.io/distroless/java21-debian13",
    "FROM redis:7.2",
    "FROM ${BASE:-debian:13}",
    "FROM scratch",
    "ARG BASE=debian:12",
    "ARG TOKEN",
    "RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg curl=8.* && rm -rf /var/lib/apt/lists/*",
    "RUN pip install --no-cache-dir -r requirements.txt",
    "RUN pip install --user -r /app/requirements.txt -r \"more one.txt\"",
    "RUN mkdir -p /app/logs /app/data && chown -R 65532:65532 /app",
    "RUN npm ci && npm run build",
    "RUN javac -d /classes *.java",
    "RUN <<EOF\npip install x\nEOF",
    "RUN (cd /app && make) || true",
    "COPY requirements.txt .",
    "COPY --from=build /opt/venv /opt/venv",
    "COPY --from=builder /root/.local /home/nonroot/.local",
    "COPY --chown=65532:65532 src/ /app/src/",
    "COPY . /app",
    "COPY [\"a file\", \"/app/a file\"]",
    "COPY ../up /app",
    "COPY a b c /app/",
    "ADD https://example.org/x.tar.gz /tmp/",
    "WORKDIR /app",
    "WORKDIR src",
    "ENV A=1 B=\"two words\" C=$A",
    "ENV PYTHONPATH=/app:/opt/venv/lib/python3.11/site-packages",
    "ENV PASSWORD=hunter2",
    "ENV ÄÖ=ü",
    "EXPOSE 8080",
    "EXPOSE 8080/udp 9000-9002",
    "EXPOSE $PORT",
    "EXPOSE 0",
    "USER 65532:65532",
    "USER root",
    "VOLUME [\"/data\", \"/data/deep\"]",
    "LABEL org.opencontainers.image.title=x \"a b\"='c \"d\"'",
    "HEALTHCHECK NONE",
    "HEALTHCHECK --interval=1m30s CMD curl -f http://localhost:8080/health || exit 1",
    "HEALTHCHECK CMD [\"python3\", \"-c\", \"import sys; sys.exit(0)\"]",
    "HEALTHCHECK CMD redis-cli ping",
    "STOPSIGNAL SIGQUIT",
    "SHELL [\"/bin/bash\", \"-c\"]",
    "ONBUILD RUN x",
    "ENTRYPOINT [\"/usr/bin/python3.11\", \"-m\", \"app.main\"]",
    "ENTRYPOINT python3 app/main.py",
    "ENTRYPOINT [\"tini\", \"--\", \"sh\", \"-c\", \"exec uvicorn app.main:app --port $PORT\"]",
    "ENTRYPOINT []",
    "CMD [\"java\", \"-jar\", \"/app/app.jar\"]",
    "CMD [\"node\", \"server.mjs\"]",
    "CMD redis-server /etc/redis.conf",
    "# a comment, ünd more",
];

fn dockerfiles() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(prop::sample::select(LINES), 0..16);
    // Most begin as a Dockerfile has to, so that there is something to import.
    (prop::option::weighted(0.9, prop::sample::select(&LINES[..5])), lines, prop::bool::weighted(0.1))
        .prop_map(|(first, lines, crlf)| {
            let text: String = first.into_iter().chain(lines).flat_map(|line| [line, "\n"]).collect();
            if crlf { text.replace('\n', "\r\n") } else { text }
        })
}

fn imported(path: &str, text: &str, around: &Surroundings) -> Result<Import, Vec<Diagnostic>> {
    import(Source { path, dockerfile: path, context: "", text, target: None, name: None }, around, &Nothing)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_entry_can_be_read_and_rendered(dockerfile in dockerfiles()) {
        let today: Date = "2026-11-22".parse().unwrap();
        let around = Surroundings::of(&fleet::load(DESCRIPTION).unwrap(), DESCRIPTION, today);
        match imported("shop/Dockerfile.any", &dockerfile, &around) {
            Ok(entry) => {
let name = entry.name.clone();
                let whole = insert(DESCRIPTION, &text(&[entry], &around, false, &[]));
                let fleet = fleet::load(&whole);
                prop_assert!(fleet.is_ok(), "{dockerfile}\n{whole}\n{:#?}", fleet.err());
                let fleet = fleet.unwrap();
                let service = fleet.service(&name).unwrap();
                prop_assert!(render::dockerfile(&fleet, service, None).is_ok());
            }
            Err(why) => {
                prop_assert!(!why.is_empty());
                for mistake in why {
                    prop_assert!(dockerfile.get(mistake.span.clone()).is_some(), "{mistake:?}");
                }
            }
        }
    }
}
