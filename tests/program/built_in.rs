//! Services that leave to dockwright what they are based on, and where their files are.

use std::fs;

use crate::run;

const FLEET: &str = "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n";

/// A generated file of a fleet with these services.
fn generated(services: &str, path: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("services.toml"), format!("{FLEET}{services}")).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    fs::read_to_string(directory.path().join("generated").join(path)).unwrap()
}

#[test]
fn a_directory_is_where_paths_start_and_what_is_copied() {
    let service = "[services.basket]\ndirectory = \"src/basket\"\nhealth = { none = \"x\" }\n\
        [services.basket.python]\nmodule = \"main\"\nrequirements = [\"requirements.txt\"]\n";
    let dockerfile = generated(service, "src/basket/Dockerfile");
    for line in [
        "FROM --platform=$BUILDPLATFORM debian:trixie-slim AS python",
        "    --mount=type=bind,source=src/basket/requirements.txt,target=/src/requirements.txt \\",
        "COPY --link --chmod=755 src/basket /app/",
        "FROM gcr.io/distroless/python3-debian13:nonroot",
    ] {
        let wanted = dockerfile.lines().any(|found| found == line);
        assert!(wanted || dockerfile.contains(line.trim_end_matches(" \\")), "{line}\n{dockerfile}");
    }
    let ignore = generated(service, "src/basket/Dockerfile.dockerignore");
    assert!(ignore.contains("\n*\n!src/basket\n\n"), "{ignore}");
}

/// The name is all that `[fleet]` has to say.
#[test]
fn images_are_called_after_the_fleet_and_the_service() {
    let service = "health = { none = \"x\" }\ngo = {}\n";
    let named = |fleet: &str| dockwright::fleet::load(&format!("{fleet}[services.api]\n{service}"));
    let image = |fleet: &str| named(fleet).unwrap().services[0].image.to_string();
    assert_eq!(image("[fleet]\nname = \"shop\"\n"), "shop/api:latest");
    assert_eq!(image("[fleet]\nname = \"shop\"\nimage = \"acme/x-{name}\"\ntag = \"1\"\n"), "acme/x-api:1");
    let refused = named("[fleet]\nname = \"localhost\"\n").unwrap_err();
    assert_eq!(refused[0].message, "`localhost` is not the start of an image name");
    let nameless = named("[fleet]\nsource = \"x\"\n").unwrap_err();
    assert!(nameless[0].message.contains("name"), "{nameless:?}");
}

#[test]
fn sources_count_from_the_directory() {
    let service = "[services.basket]\ndirectory = \"src\"\nhealth = { none = \"x\" }\ndockerfile = \"Dockerfile.basket\"\n\
        sources = [\"app\", { from = \"conf/x\", to = \"/etc/x\" }]\n[services.basket.python]\nmodule = \"app\"\n";
    let dockerfile = generated(service, "src/Dockerfile.basket");
    assert!(dockerfile.contains("COPY --link --chmod=755 src/app /app/app\n"), "{dockerfile}");
    assert!(dockerfile.contains("COPY --chmod=755 src/conf/x /etc/x\n"), "{dockerfile}");
}

#[test]
fn the_root_is_a_directory_too() {
    let service = "[services.basket]\ndirectory = \".\"\nhealth = { none = \"x\" }\n\
        [services.basket.python]\nmodule = \"main\"\n";
    assert!(generated(service, "basket/Dockerfile").contains("COPY --link --chmod=755 . /app/\n"));
    let ignore = generated(service, "basket/Dockerfile.dockerignore");
    assert!(!ignore.lines().any(|line| line == "*" || line.starts_with('!')), "{ignore}");
    assert!(ignore.lines().any(|line| line == "generated"), "{ignore}");
}

#[test]
fn a_named_base_takes_the_place_of_a_built_in_one() {
    let service = "[bases.python]\nbuild = \"debian:bookworm-slim\"\nrun = \"gcr.io/distroless/python3-debian12:nonroot\"\n\
        [services.basket]\nhealth = { none = \"x\" }\n[services.basket.python]\nmodule = \"main\"\n\
        [services.other]\nbase = \"java\"\nhealth = { none = \"x\" }\n[services.other.java]\n";
    let dockerfile = generated(service, "basket/Dockerfile");
    assert!(dockerfile.contains("FROM gcr.io/distroless/python3-debian12:nonroot\n"), "{dockerfile}");
    assert!(
        generated(service, "other/Dockerfile").contains("FROM gcr.io/distroless/java21-debian13:nonroot\n")
    );
}

#[test]
fn a_table_of_the_kind_and_a_health_check_are_enough() {
    let service = "[services.api]\nports = [8080]\nhealth = { http = \"/health\" }\n[services.api.go]\n";
    let dockerfile = generated(service, "api/Dockerfile");
    for line in [
        "FROM --platform=$BUILDPLATFORM golang:1.26-trixie AS build",
        "COPY api/go.mod api/go.su[m] ./",
        "COPY api/ /src/",
        "FROM gcr.io/distroless/static-debian13:nonroot",
        "ENTRYPOINT [\"/usr/local/bin/api\"]",
    ] {
        assert!(dockerfile.lines().any(|found| found == line), "{line}\n{dockerfile}");
    }
    assert!(generated(service, "api/Dockerfile.dockerignore").contains("\n*\n!api\n!dockwright\n\n"));
}

/// What chooses a compiler by the platform knows two of them, and would end in a bare `exit 1` on others.
#[test]
fn kinds_that_choose_a_compiler_by_the_platform_refuse_others() {
    let fleet = FLEET.replace("name = \"shop\"", "name = \"shop\"\nplatforms = [\"linux/arm/v7\"]");
    for (table, refused) in
        [("rust", true), ("rust]\nstatic = true\n#", true), ("go]\ncgo = true\n#", true), ("go", false)]
    {
        let directory = tempfile::tempdir().unwrap();
        let text = format!("{fleet}[services.api]\nhealth = {{ none = \"x\" }}\n[services.api.{table}]\n");
        fs::write(directory.path().join("services.toml"), text).unwrap();
        let ran = run(directory.path(), &["gen"]);
        assert_eq!(ran.code, Some(if refused { 2 } else { 0 }), "{table}: {}", ran.err);
        assert_eq!(ran.err.contains("`api` cannot be built for linux/arm/v7"), refused, "{}", ran.err);
    }
}
