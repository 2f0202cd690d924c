//! The fleet as a graph: services, what each depends on and is based on, networks, and bases past their end of life.

pub mod dot;
mod layout;
pub mod mermaid;
pub mod svg;

use std::collections::BTreeMap;

use crate::date::Date;
use crate::fleet::{Fleet, Service};
use crate::image::ImageReference;

/// A fleet, as far as pictures show it.
#[derive(Debug)]
pub struct Graph {
    /// The services, in the order of services.toml.
    pub nodes: Vec<Node>,
    /// What holds between them, ordered by the service that it starts from.
    pub edges: Vec<Edge>,
    /// The names of the networks that services join, sorted.
    pub networks: Vec<String>,
    /// The phases that have services, with their names.
    pub phases: BTreeMap<u8, String>,
}

/// A service.
#[derive(Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The phase of the plan.
    pub phase: u8,
    /// The run image in short: `python3-debian13`.
    pub base: String,
    /// The image that is past its end of life, and since when.
    pub ended: Option<(String, Date)>,
    /// The networks it joins, by their place in [`Graph::networks`].
    pub networks: Vec<usize>,
    /// Whether it is an image for others to be based on, and nothing that runs.
    pub image_only: bool,
}

/// One service needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The service that needs the other, by its place in [`Graph::nodes`].
    pub from: usize,
    /// The other.
    pub to: usize,
    /// Why.
    pub kind: EdgeKind,
}

/// Why one service needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// It starts after the other.
    DependsOn,
    /// Its image is based on the other's.
    BasedOn,
}

impl Graph {
    /// The graph of a fleet, with ends of life as of a day.
    pub fn new(fleet: &Fleet, today: Date) -> Self {
        let places: BTreeMap<&str, usize> =
            (0..).zip(&fleet.services).map(|(i, s)| (s.name.as_str(), i)).collect();
        let mut networks: Vec<String> = fleet.services.iter().flat_map(names_of_networks).collect();
        networks.sort_unstable();
        networks.dedup();
        let foundations = fleet.foundations();
        let mut edges = Vec::new();
        for (from, service) in fleet.services.iter().enumerate() {
            let depends = service.depends_on.iter().map(|name| (name.as_str(), EdgeKind::DependsOn));
            let based = service.stands_on(&foundations, fleet).into_iter();
            let based = based.map(|(_, other)| (other.name.as_str(), EdgeKind::BasedOn));
            let found = depends.chain(based).filter_map(|(name, kind)| Some((*places.get(name)?, kind)));
            edges.extend(found.map(|(to, kind)| Edge { from, to, kind }));
        }
        let node = |service: &Service| Node {
            name: service.name.to_string(),
            phase: service.phase,
            base: short(&service.base.run),
            ended: [&service.base.run, &service.base.build].into_iter().find_map(|image| {
                let end = fleet.catalogue.find(image)?.eol?;
                end.is_past(today).then(|| (image.to_string(), end.date))
            }),
            networks: names_of_networks(service)
                .filter_map(|name| networks.binary_search(&name).ok())
                .collect(),
            image_only: service.image_only,
        };
        let nodes: Vec<Node> = fleet.services.iter().map(node).collect();
        let phase_name =
            |phase: u8| fleet.phases.get(usize::from(phase).checked_sub(1)?).map(ToString::to_string);
        let phases =
            nodes.iter().map(|node| (node.phase, phase_name(node.phase).unwrap_or_default())).collect();
        Self { nodes, edges, networks, phases }
    }

    /// The edges without those that others imply: what depends on a gateway that depends on a database needs no
    /// line to the database.
    fn essential_edges(&self) -> Vec<Edge> {
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            below[edge.from].push(edge.to);
        }
        let is_implied = |edge: &&Edge| {
            let mut seen = vec![false; self.nodes.len()];
            let mut next: Vec<usize> = below[edge.from].iter().copied().filter(|to| *to != edge.to).collect();
            while let Some(at) = next.pop() {
                if at == edge.to {
                    return true;
                }
                if !std::mem::replace(&mut seen[at], true) {
                    next.extend(&below[at]);
                }
            }
            false
        };
        let mut edges: Vec<Edge> = self.edges.iter().filter(|edge| !is_implied(edge)).copied().collect();
        edges.sort_unstable();
        // Who depends on the service that it is based on has one line.
        edges.dedup_by_key(|edge| (edge.from, edge.to));
        edges
    }
}

fn names_of_networks(service: &Service) -> impl Iterator<Item = String> {
    service.networks.iter().map(|name| name.value.to_string())
}

/// The last part of an image's name, with its tag unless that only says who the user is.
fn short(image: &ImageReference) -> String {
    let text = image.to_string();
    let text = text.split('@').next().unwrap_or(&text);
    let last = text.rsplit('/').next().unwrap_or(text);
    last.strip_suffix(":nonroot").or(last.strip_suffix(":latest")).unwrap_or(last).to_owned()
}
