//! .NET services.

use dockwright::{fleet, render};

/// A fleet with one service `basket` of this text.
fn described(service: &str) -> Result<fleet::Fleet, Vec<String>> {
    let text = format!("[fleet]\nname = \"f\"\nimage = \"f/{{name}}\"\n[services.basket]\n{service}\n");
    fleet::load(&text).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

fn dockerfile(service: &str) -> String {
    let fleet = described(service).unwrap();
    render::dockerfile(&fleet, &fleet.services[0], None).unwrap()
}

#[test]
fn a_project_needs_one_line() {
    let text = dockerfile("health = { none = \"x\" }\n[services.basket.dotnet]\nproject = \"Basket.csproj\"");
    for line in [
        "FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build",
        "RUN dotnet restore Basket.csproj -a $TARGETARCH -p:SelfContained=true --locked-mode",
        "COPY basket/ /src/",
        "FROM gcr.io/distroless/cc-debian13:nonroot",
        "ENTRYPOINT [\"/app/Basket\"]",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("ASPNETCORE_HTTP_PORTS"), "{text}");
}

#[test]
fn the_first_port_is_the_one_that_is_listened_on_unless_the_service_says_otherwise() {
    let service = |env: &str| {
        format!(
            "ports = [5000, 5001]\nhealth = {{ http = \"/health\" }}\n{env}\n\
             [services.basket.dotnet]\nproject = \"Basket.csproj\""
        )
    };
    let text = dockerfile(&service(""));
    assert!(text.contains("\nENV ASPNETCORE_HTTP_PORTS=5000 \\\n"), "{text}");
    let text = dockerfile(&service("env = { ASPNETCORE_HTTP_PORTS = \"5001\" }"));
    assert!(text.contains("\nENV ASPNETCORE_HTTP_PORTS=5001 \\\n"), "{text}");
}

/// The SDK's image is of Ubuntu: packages of it would not be the run image's, and its compiler is nobody else's.
#[test]
fn what_does_not_depend_on_the_sdk_is_made_on_the_base_of_native_programs() {
    let service = "ports = [80]\nhealth = { http = \"/\" }\nvolumes = [\"/data\"]\n\
        programs = { packages = [\"libicu76\"], paths = [\"/usr/lib/*/libicuuc.so.76\"] }\n\
        [services.basket.dotnet]\nproject = \"Basket.csproj\"";
    for (bases, image) in [
        ("", "debian:trixie-slim"),
        (
            "\n[bases.native]\nbuild = \"debian:bookworm-slim\"\nrun = \"gcr.io/distroless/base-debian12:nonroot\"",
            "debian:bookworm-slim",
        ),
    ] {
        let text = dockerfile(&format!("{service}{bases}"));
        for stage in ["packages", "programs", "probe", "directories"] {
            let line = format!("FROM --platform=$BUILDPLATFORM {image} AS {stage}\n");
            assert!(text.contains(&line), "{line}{text}");
        }
    }
}

#[test]
fn newer_packages_than_the_lock_files_are_taken_on_request_alone() {
    let text = |keys: &str| {
        dockerfile(&format!(
            "health = {{ none = \"x\" }}\n[services.basket.dotnet]\nproject = \"B.csproj\"\n{keys}"
        ))
    };
    let modes = ["--locked-mode", "-p:RestoreLockedMode=true"];
    assert!(modes.iter().all(|mode| text("").contains(mode)));
    assert!(modes.iter().all(|mode| !text("locked = false").contains(mode)));
}

#[test]
fn what_cannot_be_published_is_refused() {
    let said = |keys: &str, base: &str| {
        let base = format!("[bases.own]\n{base}");
        described(&format!(
            "health = {{ none = \"x\" }}\nbase = \"own\"\n[services.basket.dotnet]\n{keys}\n{base}"
        ))
        .err()
        .unwrap_or_default()
    };
    let run = "run = \"gcr.io/distroless/cc-debian13:nonroot\"";
    let noble = format!("build = \"mcr.microsoft.com/dotnet/sdk:10.0-noble\"\n{run}");
    assert_eq!(said("project = \"src/Basket\"", &noble), ["`src/Basket` is not a project file"]);
    let project = "project = \"Basket.fsproj\"";
    assert_eq!(said(project, &noble), Vec::<String>::new());
    let alpine = format!("build = \"mcr.microsoft.com/dotnet/sdk:9.0-alpine3.22\"\n{run}");
    let wanted =
        "the images of `own` do not match: programs built with musl 1.2.5 do not run with glibc 2.41";
    assert_eq!(said(project, &alpine), [wanted]);
}

#[test]
fn a_build_image_that_ended_moves_to_the_one_with_long_support() {
    let catalogue = dockwright::bases::Catalogue::builtin();
    for (from, to) in [
        ("mcr.microsoft.com/dotnet/sdk:8.0", "mcr.microsoft.com/dotnet/sdk:10.0"),
        ("mcr.microsoft.com/dotnet/sdk:9.0-bookworm-slim", "mcr.microsoft.com/dotnet/sdk:10.0-noble"),
    ] {
        assert_eq!(catalogue.successor(&from.parse().unwrap()).unwrap().to_string(), to);
    }
}
