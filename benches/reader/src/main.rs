//! How fast Dockerfiles are read, beside the crates that read them as well, in one run:
//!
//! ```text
//! cargo run --release --manifest-path benches/reader/Cargo.toml
//! ```
//!
//! With the name of a reader as its argument, only that one.
//!
//! Each figure is the median of nine readings of a generated text; "refused" is a reader that says
//! the text is wrong, which it is not.

use std::hint::black_box;
use std::time::Instant;

const PLAIN: &str = r#"# the builder
FROM python:3.13-slim-trixie AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1
COPY requirements.txt ./requirements.txt
RUN pip install --no-cache-dir -r requirements.txt
RUN apt-get update && apt-get install -y --no-install-recommends \
    build-essential \
    ca-certificates \
    libffi-dev \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/venv /opt/venv
LABEL org.opencontainers.image.title="service" org.opencontainers.image.source="https://example.org/x"
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "service.main"]
CMD ["--port", "8080"]
"#;

const MODERN: &str = r#"FROM --platform=$BUILDPLATFORM python:3.13 AS build
RUN --mount=type=cache,target=/root/.cache,sharing=locked <<EOF
set -eux
pip install -r requirements.txt
EOF
COPY --link --chown=65532:65532 <<'CONF' /etc/app.conf
[server]
port = 8080
CONF
COPY ["a file", "/b"]
HEALTHCHECK --interval=30s --start-interval=2s CMD ["/probe", "http", "127.0.0.1:8080"]
ENTRYPOINT []
"#;

/// A reader: true if it accepts the text.
type Reader = fn(&str) -> bool;

const READERS: [(&str, Reader); 3] = [
    ("dockwright", |text| black_box(dockwright::dockerfile::Dockerfile::read(text)).problems.is_empty()),
    ("parse-dockerfile", |text| {
        black_box(parse_dockerfile::parse_iter(text))
            .is_ok_and(|parts| parts.into_iter().all(|part| black_box(part).is_ok()))
    }),
    ("dockerfile-parser", |text| black_box(dockerfile_parser::Dockerfile::parse(text)).is_ok()),
];

fn corpora() -> Vec<(&'static str, String)> {
    vec![
        ("one file, 700 bytes", PLAIN.to_owned()),
        ("everyday instructions, 10 MB", PLAIN.repeat(10_000_000 / PLAIN.len())),
        ("here-documents, mounts, JSON, 10 MB", MODERN.repeat(10_000_000 / MODERN.len())),
        ("short lines, 100,000", format!("FROM a\n{}", "USER 1\n".repeat(100_000))),
        (
            "one continued RUN, 100,000 lines",
            format!("FROM a\nRUN true{}\n", " \\\n    && echo hello world".repeat(100_000)),
        ),
        ("one line of 5 MB", format!("FROM a\nRUN {}\n", "echo hello; ".repeat(416_000))),
        ("10,000 stages", (0..10_000).map(|n| format!("FROM debian:13 AS s{n}\nCOPY a /b\n")).collect()),
    ]
}

/// The median speed in MB/s, if the text is accepted and one reading takes less than a minute.
fn speed(reader: Reader, text: &str) -> Option<f64> {
    // A short text is read many times, so that the clock does not count.
    let repeats = (1_000_000 / text.len()).max(1);
    let mut seconds = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        for _ in 0..repeats {
            if !reader(black_box(text)) {
                return None;
            }
        }
        seconds.push(start.elapsed().as_secs_f64());
        if seconds.iter().sum::<f64>() > 30.0 {
            break;
        }
    }
    seconds.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, reason = "sizes are small numbers")]
    let megabytes = (text.len() * repeats) as f64 / 1e6;
    Some(megabytes / seconds[seconds.len() / 2])
}

fn main() {
    let only = std::env::args().nth(1);
    let readers: Vec<_> =
        READERS.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)).collect();
    print!("{:38}", "MB/s, median of nine");
    for (name, _) in &readers {
        print!("{name:>20}");
    }
    println!();
    for (name, text) in corpora() {
        print!("{name:38}");
        for (_, reader) in &readers {
            match speed(*reader, &text) {
                Some(speed) => print!("{speed:>20.1}"),
                None => print!("{:>20}", "refused"),
            }
        }
        println!();
    }
}
