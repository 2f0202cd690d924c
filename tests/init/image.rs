//! What a Dockerfile says beyond the program: it is carried over, or said.

use super::described;

/// What is written for a Dockerfile around a program of Go, and what is said.
fn of(dockerfile: &str) -> (String, Vec<String>) {
    let files = [
        ("api/go.mod", "module shop.test/api\n\ngo 1.26\n"),
        ("api/main.go", "package main\n\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n"),
        ("api/Dockerfile", dockerfile),
    ];
    let (text, unknowns) = described(&files);
    (text.text, unknowns)
}

#[test]
fn labels_and_the_signal_are_kept() {
    let (text, unknowns) = of(
        "FROM golang:1.26\nARG WHEN\nLABEL org.test.team=\"a b\" org.opencontainers.image.created=$WHEN \
         org.opencontainers.image.version=1\nLABEL org.test.when=$WHEN\nSTOPSIGNAL SIGINT\nEXPOSE 8080\nCMD [\"/api\"]\n",
    );
    assert!(text.contains("labels    = { \"org.test.team\" = \"a b\" }\n"), "{text}");
    assert!(text.contains("extra     = { final = [\"STOPSIGNAL SIGINT\"] }\n"), "{text}");
    assert_eq!(unknowns, ["api: dockerfile: not carried over from its Dockerfile: LABEL org.test.when"]);
    let (text, unknowns) = of("FROM golang:1.26\nSTOPSIGNAL SIGTERM\nEXPOSE 8080\nCMD [\"/api\"]\n");
    assert!(!text.contains("extra") && unknowns.is_empty(), "{text}{unknowns:?}");
}

#[test]
fn steps_that_the_new_build_does_not_take_are_one_line() {
    let (_, unknowns) = of(
        "FROM golang:1.26 AS build\nWORKDIR /src\nRUN apk add --no-cache git protoc\nCOPY . .\n\
         RUN go mod download && protoc --go_out=. shop.proto\nRUN CGO_ENABLED=0 go build -o /api . && strip /api\n\
         FROM alpine\nRUN apk add -t x ca-certificates ffmpeg && adduser -D me && mkdir /data && chown me /data\n\
         ADD https://shop.test/geo.db /geo.db\nCOPY --from=alpine/curl /usr/bin/curl /usr/bin/\n\
         ENV API_KEY=hidden\nRUN sed -i s/a/b/ /etc/nsswitch.conf\nCOPY --from=build /api /api\nEXPOSE 8080\n\
         CMD [\"/api\"]\n",
    );
    let expected = [
        "api: dockerfile: not carried over from its Dockerfile: ENV API_KEY, ADD https://shop.test/geo.db, COPY \
         --from=alpine/curl /usr/bin/curl, RUN `sed -i s/a/b/ /etc/nsswitch.conf`, `protoc --go_out=. shop.proto`",
        "api: extra: its Dockerfile builds with protoc: install in `extra.build` what its build needs",
        "api: programs: its Dockerfile installs ffmpeg: name in `programs` what it starts or loads",
    ];
    assert_eq!(unknowns, expected);
    assert!(!unknowns.concat().contains("hidden"));
}

/// As 34 services of train-ticket do.
#[test]
fn a_time_zone_becomes_a_variable() {
    let file = |before: &str, step: &str| {
        format!(
            "FROM golang:1.26\n{before}RUN {step} && echo $TZ > /etc/timezone\nEXPOSE 8080\nCMD [\"/api\"]\n"
        )
    };
    let step = "/bin/cp /usr/share/zoneinfo/Asia/Shanghai /etc/localtime";
    let (text, unknowns) = of(&file("", step));
    assert!(text.contains("TZ = \"Asia/Shanghai\"\n") && unknowns.is_empty(), "{text}{unknowns:?}");
    let step = "ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && dpkg-reconfigure -f noninteractive tzdata";
    let (text, unknowns) = of(&file("ENV TZ=Europe/Rome\n", step));
    assert!(text.contains("TZ = \"Europe/Rome\"\n") && unknowns.is_empty(), "{text}{unknowns:?}");
    // Nobody says which zone.
    let (text, unknowns) = of(&file("", step));
    assert!(!text.contains("TZ") && unknowns.concat().contains("zoneinfo/$TZ"), "{text}{unknowns:?}");
}

#[test]
fn what_every_build_does_is_no_step() {
    for dockerfile in [
        "FROM golang:1.26\nRUN go mod tidy && go get -d ./... && go build -o /api .\nEXPOSE 8080\nCMD [\"/api\"]\n",
        "FROM golang:1.26\nRUN set -eux; if [ -n \"$A\" ]; then echo a; fi; apt-get update && apt-get install -y curl\n\
         EXPOSE 8080\nCMD [\"/api\"]\n",
        "FROM golang:1.26\nADD https://shop.test/tini /tini\nRUN chmod +x /tini\nEXPOSE 8080\nCMD [\"/api\"]\n",
    ] {
        assert!(of(dockerfile).1.is_empty(), "{dockerfile}{:?}", of(dockerfile).1);
    }
}

#[test]
fn a_step_of_another_language_than_the_program_s_is_said() {
    let (_, unknowns) = of(
        "FROM node:24 AS web\nRUN npm ci && npm run build\nFROM golang:1.26\nRUN go build -o /api .\nEXPOSE 8080\nCMD \
         [\"/api\"]\n",
    );
    let expected = "api: dockerfile: not carried over from its Dockerfile: RUN `npm ci`, `npm run build`";
    assert_eq!(unknowns, [expected]);
}

#[test]
fn an_old_working_directory_that_the_code_names_is_said() {
    let files = |workdir: &str| {
        let dockerfile =
            format!("FROM python:3.13\nWORKDIR {workdir}\nEXPOSE 8000\nCMD [\"python\", \"app.py\"]\n");
        let code = "open('/srv/web/data.json')\nrun(port=8000)\n";
        described(&[("web/Dockerfile", &dockerfile), ("web/app.py", code)]).1
    };
    let expected =
        "web: directory: app.py names /srv/web, where its Dockerfile starts it: it starts in /app here";
    assert_eq!(files("/srv/web"), [expected]);
    assert!(files("/srv/other").is_empty());
}
