use crate::fleet::load;

const START: &str = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[services.a]\nhealth = { none = \"x\" }\n";

/// What is wrong with a service that has these instructions.
fn found(place: &str, instruction: &str, kind: &str) -> Vec<String> {
    let text = toml::Value::from(instruction);
    let service =
        format!("{START}env = {{ HOME_PAGE = \"x\" }}\nextra = {{ {place} = [{text}] }}\n{kind} = {{}}\n");
    let mistakes = load(&service).err().into_iter().flatten();
    mistakes
        .map(|mistake| {
            assert!(mistake.hint.is_some() || mistake.message.contains("instruction"), "{mistake:?}");
            assert!(service[mistake.span.clone()].contains(&text.to_string()), "{mistake:?}");
            mistake.message
        })
        .collect()
}

#[test]
fn what_breaks_no_promise_is_taken() {
    let digest = "a".repeat(64);
    let pinned = format!("COPY --from=alpine@sha256:{digest} /etc/ssl/cert.pem /etc/ssl/");
    let added = format!("ADD --checksum=sha256:{digest} https://example.org/x.tar.gz /opt/");
    let bound = format!("RUN --mount=type=bind,from=alpine@sha256:{digest},source=/etc,target=/x ls /x");
    for (place, instruction) in [
        ("build", "RUN apt-get update && apt-get install -y protobuf-compiler"),
        ("build", "RUN [\"/bin/bash\", \"-c\", \"set -o pipefail; make | tee log\"]"),
        (
            "build",
            "RUN --mount=type=cache,id=x-$TARGETARCH,target=/x --mount=type=secret,id=token go generate ./...",
        ),
        ("build", "RUN --mount=type=bind,source=api/proto,target=/proto protoc /proto/*.proto"),
        ("build", &bound),
        ("build", "ENV GOFLAGS=-tags=x"),
        ("build", "ARG TARGETARCH"),
        ("build", "COPY shared/proto /src/proto"),
        ("final", "COPY conf/x.yaml /etc/x/"),
        ("final", "COPY --chown=0:0 --chmod=644 conf/x.yaml ./conf/x.yaml"),
        ("final", "COPY --from=build /src/openapi.json /app/"),
        ("final", &pinned),
        ("final", &added),
        ("final", "ENV LANG=C.UTF-8 TZ=UTC"),
        ("final", "LABEL org.example.team=\"web # one\""),
        ("final", "STOPSIGNAL SIGQUIT"),
        ("final", "EXPOSE 53/udp"),
        ("final", "  label a=b  "),
    ] {
        let found = found(place, instruction, "go");
        assert!(found.is_empty(), "{instruction}: {found:?}");
    }
}

#[test]
fn what_is_not_one_instruction_in_one_line_is_refused() {
    for instruction in [
        "",
        " ",
        "# COPY a /b",
        "# syntax=docker/dockerfile:1",
        "#escape=`",
        "RUN a \\",
        "RUN a \\  ",
        "LABEL a=\"b \\",
        "RUN a\nUSER root",
        "RUN a\r\nUSER root",
        "RUN cat <<EOF",
        "RUN cat << EOF",
        "RUN <<\"EOF\"",
        "COPY <<X /etc/x",
        "COPY <<-X <<Y /etc/",
        "RUN 3<<EOF",
        "FROM",
        "COPY a",
        "COPY",
        "NOTHING at all",
        "ENV A",
        "RUN --mount=typ=x a",
        "COPY --form=x a /b",
        "HEALTHCHECK",
        "\u{feff}RUN a",
        "RUN a\u{2028}b\u{0}",
    ] {
        for place in ["build", "final"] {
            let found = found(place, instruction, "go");
            assert_eq!(found.len(), 1, "{instruction:?}: {found:?}");
        }
    }
}

#[test]
fn what_would_break_a_promise_is_refused() {
    for (place, instruction, message) in [
        ("final", "RUN true", "RUN runs in the final stage"),
        ("final", "run [\"/bin/true\"]", "RUN runs in the final stage"),
        ("final", "USER root", "USER changes the user"),
        ("build", "USER nobody", "USER changes the user"),
        ("final", "ENTRYPOINT [\"/x\"]", "ENTRYPOINT changes the command"),
        ("final", "CMD x", "CMD changes the command"),
        ("final", "HEALTHCHECK NONE", "HEALTHCHECK is another health check"),
        ("final", "HEALTHCHECK CMD [\"/x\"]", "HEALTHCHECK is another health check"),
        ("final", "FROM scratch", "FROM starts another stage"),
        ("build", "FROM scratch AS x", "FROM starts another stage"),
        ("build", "SHELL [\"/bin/bash\", \"-c\"]", "SHELL changes the shell"),
        ("final", "ONBUILD USER root", "ONBUILD defers an instruction"),
        ("final", "WORKDIR /", "WORKDIR changes the directory"),
        ("build", "WORKDIR /tmp", "WORKDIR changes the directory"),
        ("final", "VOLUME /data", "VOLUME creates anonymous volumes"),
        ("build", "LABEL a=b", "LABEL has no effect in a stage that is not the final one"),
        ("build", "RUN --security=insecure true", "more privileges"),
        ("build", "RUN --network=host true", "more privileges"),
        (
            "build",
            "RUN --mount=type=\"bind\",from=alpine,target=/x true",
            "`alpine` is not pinned to a digest",
        ),
        ("build", "RUN --mount=from=alpine,target=/x true", "`alpine` is not pinned to a digest"),
        ("build", "RUN --mount=type=bind,target=/x true", "a mount of the whole build context"),
        ("build", "RUN --mount=source=..,target=/x true", "`..` is not a plain path"),
        ("build", "COPY --from=build /a /b", "`build` is not pinned to a digest"),
        ("final", "COPY --from=probe /a /b", "`probe` is not pinned to a digest"),
        ("final", "COPY --from=alpine:3.22 /a /b", "`alpine:3.22` is not pinned to a digest"),
        ("final", "COPY --from=$BASE /a /b", "variables are not expanded"),
        ("final", "COPY . /app", "`.` is not a plain path"),
        ("final", "COPY ../a /app", "`../a` is not a plain path"),
        ("final", "COPY $A /app", "`$A` is not a plain path"),
        ("final", "COPY *.yaml /etc/", "`*.yaml` is not a plain path"),
        ("final", "ADD https://example.org/x /x", "has no checksum, and can change"),
        ("final", "ADD git@example.org:x.git /x", "has no checksum, and can change"),
        ("final", "COPY a /bin/a", "`/bin/a` is below a symbolic link"),
        ("final", "COPY a /lib", "`/lib` is below a symbolic link"),
        ("final", "COPY a \"/bin/a\"", "is not a plain path"),
        ("final", "COPY a /usr/../bin/a", "is not a plain path"),
        ("final", "COPY a //bin/a", "is not a plain path"),
        ("final", "COPY a ../bin/a", "is not a plain path"),
        ("final", "COPY a $HOME", "is not a plain path"),
        ("final", "COPY a /usr/bin/healthcheck", "is a program that dockwright adds"),
        ("final", "COPY --chown=65532:65532 a /etc/a", "would not be owned by root"),
        ("final", "COPY --chown=$U a /etc/a", "would not be owned by root"),
        ("final", "COPY --from=build /bin/busybox /usr/bin/x", "`busybox` would give the image a shell"),
        ("final", "COPY tool /usr/bin/sh", "`sh` would give the image a shell"),
        ("final", "ENV API_TOKEN=x", "`API_TOKEN` looks like a secret"),
        ("build", "ARG API_TOKEN", "`API_TOKEN` looks like a secret"),
        ("build", "ARG TARGETARCH=arm64", "`TARGETARCH` is set by the builder"),
        ("final", "ENV \"HOME_PAGE\"=y", "is not a valid variable name"),
        ("final", "ENV HOME_PAGE=y", "`HOME_PAGE` is set later"),
    ] {
        let found = found(place, instruction, "go");
        assert!(found.len() == 1 && found[0].contains(message), "{instruction}: {found:?}");
    }
}

#[test]
fn a_kind_without_a_builder_has_no_place_for_what_is_built() {
    let found = found("build", "RUN true", "bare");
    assert!(found.len() == 1 && found[0].starts_with("no stage builds `a`"), "{found:?}");
}

#[test]
fn what_is_copied_enters_the_build_context() {
    let extra = "extra = { build = [\"RUN --mount=type=bind,source=api/proto,target=/p true\"], final = [\"COPY ./conf /conf/y /etc/\", \"COPY --from=build /x /y\"] }";
    let fleet = load(&format!("{START}{extra}\ngo = {{}}\n")).unwrap();
    let paths: Vec<_> = fleet.services[0].extra.paths().into_iter().map(|at| at.to_string()).collect();
    assert_eq!(paths, ["api/proto", "conf", "conf/y"]);
    let ignore = crate::render::dockerignore(&fleet, &fleet.services[0]).unwrap();
    for path in ["!api/proto\n", "!conf\n", "!conf/y\n"] {
        assert!(ignore.contains(path), "{ignore}");
    }
}
