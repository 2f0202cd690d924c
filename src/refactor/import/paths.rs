//! Paths of the build context and of stages, as text: the import asks no disk.

/// A path without `.`, `..` and double slashes; empty for the directory itself.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// An absolute path from a directory and what is said in it.
pub(super) fn resolve(directory: &str, path: &str) -> String {
    if path.starts_with('/') {
        return format!("/{}", clean(path));
    }
    format!("/{}", clean(&format!("{directory}/{path}")))
}

pub(super) fn join(directory: &str, path: &str) -> String {
    match (directory, path) {
        ("", path) => path.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, path) => format!("{directory}/{path}"),
    }
}

/// Whether a file is of a kind that its name tells.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|end| end == extension)
}

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The path from a directory, `""` for the root of the tree, to what lies below it.
pub(super) fn relative<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    if directory.is_empty() { Some(path) } else { path.strip_prefix(directory)?.strip_prefix('/') }
}

/// Whether an absolute path is another, or lies below it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn looks_like_a_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'))
}

pub(super) fn looks_like_a_program(path: &str) -> bool {
    ["/bin/", "/sbin/"].iter().any(|part| path.contains(part)) || looks_like_a_file(path)
}

/// A path below the old working directory as one below /app.
pub(super) fn in_app(path: &str, old: &str) -> String {
    let inner =
        path.strip_prefix(old).filter(|rest| old != "/" && (rest.is_empty() || rest.starts_with('/')));
    inner.map_or_else(|| path.to_owned(), |rest| format!("/app{rest}"))
}
