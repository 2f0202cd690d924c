//! `docker-bake.hcl`: the fleet for buildx bake.

use askama::Template;

use super::page;
use crate::fleet::{Fleet, Service};

/// The bake file of a fleet.
#[derive(Template)]
#[template(path = "bake.hcl")]
pub(super) struct BakeFile<'a> {
    page: BakePage<'a>,
}

impl<'a> BakeFile<'a> {
    pub(super) fn new(fleet: &'a Fleet) -> Self {
        Self { page: BakePage { fleet } }
    }
}

struct BakePage<'a> {
    fleet: &'a Fleet,
}

/// A group of targets.
struct Phase<'a> {
    group: String,
    name: &'a str,
    services: Vec<&'a Service>,
}

/// An image to build.
struct Target<'a> {
    name: &'a str,
    dockerfile: &'a str,
    image_name: &'a str,
    tag: &'a str,
    /// The images that this one builds on or runs on and the services of the fleet that make them.
    stands_on: Vec<(String, &'a Service)>,
}

impl<'a> BakePage<'a> {
    fn registry(&self) -> String {
        string(self.fleet.registry.as_str())
    }

    /// Where the sources are, seen from this file.
    fn tree(&self) -> &'a str {
        &self.fleet.tree
    }

    /// Whether there is a directory with what Dockerfiles share.
    fn has_shared_files(&self) -> bool {
        self.fleet.services.iter().any(page::wants_shared_files)
    }

    /// A target that there is, for the example.
    fn a_name(&self) -> &'a str {
        self.fleet.services.last().map_or("default", |service| service.name.as_str())
    }

    fn platforms(&self) -> Vec<String> {
        self.fleet.platforms.iter().map(|platform| string(platform.as_str())).collect()
    }

    fn phases(&self) -> Vec<Phase<'a>> {
        let mut numbers: Vec<u8> = self.fleet.services.iter().map(|service| service.phase).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .map(|number| Phase {
                group: format!("phase-{number}"),
                name: self.fleet.phases.get(usize::from(number) - 1).map_or("", |name| name.as_str()),
                services: self.fleet.services.iter().filter(|service| service.phase == number).collect(),
            })
            .collect()
    }

    fn targets(&self) -> Vec<Target<'a>> {
        let foundations = self.fleet.foundations();
        let target = |service: &'a Service| Target {
            name: service.name.as_str(),
            dockerfile: service.dockerfile.as_str(),
            image_name: service.image.name(),
            tag: service.image.tag().unwrap_or("latest"),
            stands_on: service.stands_on(&foundations, self.fleet),
        };
        self.fleet.services.iter().map(target).collect()
    }
}

/// A string of HCL, in which `${` and `%{` start a template.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}
