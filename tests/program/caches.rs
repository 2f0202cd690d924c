//! Cache mounts: what code of packages writes during a build, only the service that builds them reads.

use std::collections::HashMap;

use dockwright::dockerfile::Dockerfile;
use dockwright::fleet::{self, Fleet};
use dockwright::render;
use proptest::prelude::*;

use crate::any_fleet::{EVERY_KEY, any_fleet};

/// Caches that no code of packages runs beside: apt verifies what it reads, and Go runs nothing of a module.
const SHARED: [&str; 5] =
    ["apt-$BUILDARCH", "apt-lists-$BUILDARCH", "apt-$TARGETARCH", "apt-lists-$TARGETARCH", "go-mod"];

fn load(text: &str) -> Fleet {
    fleet::load(text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{text}"))
}

/// The ids of the cache mounts of a Dockerfile, as they are on a builder.
fn ids(text: &str) -> Vec<String> {
    assert!(Dockerfile::read(text).problems.is_empty());
    let mounts =
        text.split("--mount=type=cache,").skip(1).map(|mount| mount.split_whitespace().next().unwrap());
    let id = |mount: &str| {
        let id = mount.split(',').find_map(|option| option.strip_prefix("id="));
        id.unwrap_or_else(|| panic!("a cache without an id: {mount}\n{text}")).to_owned()
    };
    let own = mounts.map(id).filter(|id| !SHARED.contains(&id.as_str()));
    let on_all =
        |id: String| ["amd64", "arm64"].map(|cpu| id.replace("$TARGETARCH", cpu).replace("$BUILDARCH", cpu));
    own.flat_map(on_all).collect()
}

/// Fails if two services share a cache; how many caches there are.
fn are_apart(fleets: &[&Fleet]) -> usize {
    let mut owners = HashMap::new();
    for fleet in fleets {
        for service in &fleet.services {
            let owner = (fleet.name.as_str(), service.name.as_str());
            for id in ids(&render::dockerfile(fleet, service, None).unwrap()) {
                // BuildKit cleans an id as a path.
                assert!(
                    !id.contains('$') && id.split('/').all(|part| !part.trim_matches('.').is_empty()),
                    "{id}"
                );
                let first = *owners.entry(id.clone()).or_insert(owner);
                assert_eq!(first, owner, "both have the cache {id}");
            }
        }
    }
    owners.len()
}

/// A service `a` had the cache `uv-a-arm64` for what it compiles, and one called `a-arm64` for what it builds.
#[test]
fn a_service_called_as_anothers_platform_has_another_cache() {
    let service = |name: &str, keys: &str| {
        format!("[services.{name}]\nhealth = {{ none = \"x\" }}\n[services.{name}.{keys}\n")
    };
    let python = "python]\nmodule = \"x\"\npackages = [\"x==1\"]\n";
    let fleet = load(
        &["[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n".to_owned()]
            .into_iter()
            .chain([
                service("a", &format!("{python}compile = [\"lxml==6.0.2\"]")),
                service("a-arm64", &format!("{python}from_source = [\"stem\"]")),
                service("b", "go]"),
                service("b-arm64", "go]"),
            ])
            .collect::<String>(),
    );
    assert_eq!(are_apart(&[&fleet]), 3 + 1 + 2);
}

/// Two fleets with a service `api`, built by one builder.
#[test]
fn fleets_share_no_cache_of_their_services() {
    let other = EVERY_KEY.replacen("name       = \"shop\"", "name = \"other\"", 1);
    let alone = are_apart(&[&load(EVERY_KEY)]);
    assert_eq!(are_apart(&[&load(EVERY_KEY), &load(&other)]), 2 * alone);
}

/// uv builds what a requirements file wants built (`--no-binary`), whatever else it is told; so does a `pyproject.toml`.
#[test]
fn what_a_requirements_file_asks_for_is_built_in_a_cache_of_its_own() {
    let fleet = load(
        "[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n[services.a]\nhealth = { none = \"x\" }\n\
         [services.a.python]\nmodule = \"x\"\nrequirements = [\"r.txt\"]\n",
    );
    let text = render::dockerfile(&fleet, &fleet.services[0], None).unwrap();
    assert!(text.contains("--mount=type=cache,id=shop/a/uv,target=/root/.cache/uv"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_two_services_share_a_cache_of_package_build_code(text in any_fleet()) {
        // Names that are words of the ids.
        let names = ["a", "a-arm64", "a-amd64", "uv", "uv-a", "cargo", "cargo-a"];
        let renamed = names.iter().enumerate().fold(text, |text, (i, name)| {
            text.replace(&format!("[services.s{i}"), &format!("[services.{name}"))
                .replace(&format!("depends_on = [\"s{i}\"]"), &format!("depends_on = [\"{name}\"]"))
        });
        are_apart(&[&load(&renamed)]);
    }
}
