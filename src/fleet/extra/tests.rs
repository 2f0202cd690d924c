use crate::fleet::load;

const START: &str = "[fleet]\nname = \"f\"\nimage = \"f/{name}\"\n[services.a]\nhealth = { none = \"x\" }\n";

/// What is wrong with a service that has these instructions.
fn found(place: &str, instruction: &str, kind: &str) -> Vec<String> {
    found_with(place, instruction, &format!("{kind} = {{}}"))
}

fn found_with(place: &str, instruction: &str, kind: &str) -> Vec<String> {
    let text = toml::Value::from(instruction);
    let service = format!("{START}env = {{ HOME_PAGE = \"x\" }}\nextra = {{ {place} = [{text}] }}\n{kind}\n");
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
    let lone = format!("COPY --from=busybox@sha256:{digest} /bin/wget /usr/bin/wget");
    let libraries = format!("COPY --from=debian@sha256:{digest} /usr/lib/*-linux-gnu/libpq.so.* /usr/lib/");
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
        ("build", "ENV PATH=/opt/protoc/bin:$PATH"),
        ("build", "ENV LD_LIBRARY_PATH=/opt/lib"),
        ("build", "RUN GOARCH=$BUILDARCH go generate ./..."),
        ("build", "COPY --chmod=777 tools /usr/local/bin/"),
        ("final", &lone),
        ("final", &libraries),
        ("final", "COPY --from=build /out/plugins/ /usr/local/lib/plugins/"),
        ("final", "COPY --from=build --chmod=0755 /out/tool /usr/local/bin/tool"),
        ("final", "COPY --from=build /src/scripts/run.sh /app/"),
        ("final", "COPY assets/static /app/static"),
        ("final", "ENV PATH=$PATH:/opt/x/bin"),
        ("final", "EXPOSE 80"),
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

/// Each of these once gave the image a shell: only the last part of a path was looked at.
#[test]
fn a_copy_of_a_directory_of_programs_or_a_pattern_of_a_shell_is_refused() {
    let digest = "a".repeat(64);
    let image = |paths: &str| format!("COPY --from=busybox@sha256:{digest} {paths}");
    let build = |paths: &str| format!("COPY --from=build {paths}");
    for (instruction, message) in [
        (build("/ /"), "`/` holds the programs"),
        (build("/usr/bin /usr/bin"), "`/usr/bin` holds the programs"),
        (build("/bin/b?sh /usr/bin/"), "`/usr/bin/` holds the programs"),
        (image("/ /"), "`/` holds the programs"),
        (image("/bin/ /usr/bin/"), "`/usr/bin/` holds the programs"),
        (build("/ /opt/x"), "`/` holds programs"),
        (build(". /opt/x"), "`.` holds programs"),
        (build("/usr /opt/x"), "`/usr` holds programs"),
        (build("usr/./bin/ /opt/x/"), "`usr/./bin/` holds programs"),
        (build("/opt/../bin /opt/x"), "`/opt/../bin` holds programs"),
        (build("//bin /opt/x"), "`//bin` holds programs"),
        (build("/[b]in /opt/x"), "`/[b]in` holds programs"),
        (build("/u*/b* /opt/x"), "`/u*/b*` holds programs"),
        (build("/* /opt/x/"), "`/*` holds programs"),
        (build("[\"/bin\", \"/opt/x\"]"), "`/bin` holds programs"),
        (image("/busybox /opt/x"), "`/busybox` holds programs"),
        (build("/$B /opt/x"), "`/$B` is not a plain path"),
        (build("/bin/b?sh /opt/x/"), "`b?sh` would give the image a shell"),
        (build("/bin/[a-z]ash /opt/x/"), "`[a-z]ash` would give the image a shell"),
        (build("/bin/ba\\sh /opt/x/"), "`ba\\sh` would give the image a shell"),
        (build("/usr/*/bash /opt/x/"), "`bash` would give the image a shell"),
        (build("/out/* /opt/x/"), "`*` would give the image a shell"),
        (build("/bin/mksh /opt/x/y"), "`mksh` would give the image a shell"),
        (build("/bin/busybox.static /opt/x/y"), "`busybox.static` would give the image a shell"),
        (build("/bin/zsh-5.9 /opt/x/y"), "`zsh-5.9` would give the image a shell"),
        (build("/usr/bin/apt-get /opt/x/y"), "`apt-get` would give the image a package manager"),
        (build("--parents /usr/./bin/dash /opt/"), "`dash` would give the image a shell"),
        ("ADD rootfs.tar /".to_owned(), "`/` holds the programs"),
        ("ADD rootfs.tar /usr/".to_owned(), "`/usr/` holds the programs"),
        (
            format!("ADD --unpack=true --checksum=sha256:{digest} https://x.org/a.tar /"),
            "`/` holds the programs",
        ),
        ("COPY rootfs /".to_owned(), "`/` holds the programs"),
        ("COPY rootfs .".to_owned(), "`.` depends on the working directory"),
        ("COPY tools /usr/local/bin".to_owned(), "`/usr/local/bin` holds the programs"),
    ] {
        let found = found("final", &instruction, "go");
        assert!(found.len() == 1 && found[0].contains(message), "{instruction}: {found:?}");
    }
}

/// What the start of the service, its user and its platform depend on.
#[test]
fn what_would_replace_the_program_its_user_or_its_platform_is_refused() {
    for (kind, place, instruction, message) in [
        ("go", "final", "COPY x /usr/local/bin/a", "`/usr/local/bin/a` is the program of the service"),
        ("go", "final", "COPY --from=build /out/a /usr/local/bin/a/", "is the program of the service"),
        ("go", "final", "COPY --parents usr/local/bin/a /usr/local/../", "is not a plain path"),
        ("rust", "final", "ADD x /usr/local/bin/a", "is the program of the service"),
        ("static", "final", "COPY caddy /usr/local/bin/caddy", "is the program of the service"),
        ("go", "final", "COPY a/healthcheck /usr/bin/healthcheck", "is a program that dockwright adds"),
        ("go", "final", "COPY x /etc/passwd", "`/etc/passwd` decides which users"),
        ("go", "final", "COPY conf/group /etc/", "`/etc/group` decides which users"),
        ("go", "final", "COPY x /etc/ld.so.preload", "decides which users and libraries"),
        ("go", "final", "COPY x ./bin/x", "is below a symbolic link"),
        ("go", "final", "COPY .git /app/", "`.git` matches a pattern that is always excluded"),
        ("go", "final", "COPY a/.git/config /app/", "matches a pattern that is always excluded"),
        ("go", "final", "COPY .env /app/", "matches a pattern that is always excluded"),
        ("go", "final", "COPY conf/secrets/x /app/", "matches a pattern that is always excluded"),
        (
            "go",
            "build",
            "RUN --mount=source=.git,target=/g git log",
            "matches a pattern that is always excluded",
        ),
        ("go", "build", "COPY .git ./", "matches a pattern that is always excluded"),
        ("go", "final", "COPY --chmod=4755 x /opt/x", "`--chmod=4755` may let others"),
        ("go", "final", "COPY --chmod=777 x /opt/x", "`--chmod=777` may let others"),
        ("go", "final", "COPY --chmod=u+s x /opt/x", "`--chmod=u+s` may let others"),
        ("go", "final", "ENV LD_PRELOAD=/x", "`LD_PRELOAD` changes what code"),
        ("go", "final", "ENV A=b LD_LIBRARY_PATH=/x", "`LD_LIBRARY_PATH` changes what code"),
        ("go", "final", "ENV PYTHONHOME /x", "`PYTHONHOME` changes what code"),
        ("go", "final", "ENV PATH=/opt/x", "`PATH` without the directories of the base"),
        ("go", "build", "ENV PATH=/opt/x", "`PATH` without the directories of the base"),
        ("go", "build", "ENV GOARCH=arm64", "`GOARCH` chooses what is built"),
        ("go", "build", "ARG GOOS=windows", "`GOOS` chooses what is built"),
        ("go", "build", "ENV A=b CGO_ENABLED=1", "`CGO_ENABLED` chooses what is built"),
        ("go", "build", "ENV TARGETARCH=arm64", "`TARGETARCH` is set by the builder"),
        ("rust", "build", "ENV CARGO_BUILD_TARGET=x", "`CARGO_BUILD_TARGET` chooses what is built"),
        ("dotnet", "build", "ENV RuntimeIdentifier=x", "`RuntimeIdentifier` chooses what is built"),
        ("node", "build", "ENV npm_config_cpu=x64", "`npm_config_cpu` chooses what is built"),
        ("node", "build", "ARG NPM_CONFIG_OS=darwin", "`NPM_CONFIG_OS` chooses what is built"),
        ("python", "build", "ENV UV_PYTHON=3.9", "`UV_PYTHON` chooses what is built"),
        ("go", "build", "RUN --device=vendor.com/x true", "more privileges"),
        ("go", "final", "ADD --keep-git-dir=true https://x.org/a.git /opt/a", "the history of a repository"),
    ] {
        let keys = match kind {
            "dotnet" => "dotnet = { project = \"A.csproj\" }",
            "node" => "node = { server = \"s.js\", output = \"dist\" }",
            "python" => "python = { module = \"a\", packages = [\"a==1\"] }",
            "static" => "ports = [8080]\nstatic = { output = \"dist\" }",
            _ => &format!("{kind} = {{}}"),
        };
        let found = found_with(place, instruction, keys);
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
