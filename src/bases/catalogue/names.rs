//! Names of images as the catalogue writes them.

/// Registries whose names stand behind those of mirrors, as the catalogue writes them.
const MIRRORED: [&str; 2] = ["gcr.io/distroless/", "mcr.microsoft.com/"];

/// What leads to a name of Docker Hub in the names of mirrors.
const HUB: [&str; 7] = [
    "index.docker.io/",
    "registry-1.docker.io/",
    "docker.io/",
    "mirror.gcr.io/",
    "public.ecr.aws/docker/",
    "/docker.io/",
    "/dependency_proxy/containers/",
];

/// A name as the catalogue writes it: what a mirror mirrors, and a name of Docker Hub without registry and
/// `library/`. It is the end of the name.
pub(crate) fn short_name(name: &str) -> &str {
    let behind = |hub: &str| {
        let at = if hub.starts_with('/') { name.find(hub)? } else { name.starts_with(hub).then_some(0)? };
        Some(&name[at + hub.len()..])
    };
    for registry in MIRRORED {
        if let Some(at) = name.find(&format!("/{registry}")) {
            return &name[at + 1..];
        }
    }
    let path = HUB.iter().find_map(|hub| behind(hub)).unwrap_or(name);
    match path.rsplit_once("library/") {
        // Only the official images have no other owner.
        Some((before, image)) if !image.contains('/') && (before.is_empty() || before.ends_with('/')) => {
            image
        }
        _ => path,
    }
}
