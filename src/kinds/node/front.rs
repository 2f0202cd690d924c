//! A front end built with npm, and the files that this needs.

use super::Node;
use crate::context::{Image, Missing};
use crate::fleet::At;
use crate::fleet::model::Service;
use crate::path::RelativePath;

/// Files that `npm ci` and the build need, the script, and the server, which a build may make.
pub(super) fn absent_files(
    node: &Node,
    own: &At<RelativePath>,
    output: &RelativePath,
    server: &At<RelativePath>,
    service: &Service,
    image: &Image<'_>,
) -> Vec<Missing> {
    let directory = service.directory.join(&own.value);
    let script = node.script();
    let file = |name: &str| format!("{directory}/{name}");
    let is_absent = |path: &str| image.tree.find(path).is_none();
    if is_absent(directory.as_str()) {
        return Vec::new();
    }
    let span = || own.span.clone();
    let mut found = Vec::new();
    for (name, hint) in [
        ("package.json", "`directory` of node is the directory of package.json"),
        ("package-lock.json", "`npm ci` needs it; `npm install --package-lock-only` writes it"),
    ] {
        if is_absent(&file(name)) {
            let what = format!("there is no `{}` in the build context: a file of", file(name));
            found.push(Missing { span: span(), what, hint: hint.to_owned(), is_certain: true });
        }
    }
    let package = image.tree.text(&file("package.json"));
    let package = package.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    if package.is_some_and(|package| package["scripts"].get(script.as_str()).is_none()) {
        let what = format!("`{}` has no script `{script}`, which builds", file("package.json"));
        let hint = "set `script` of node to one of its `scripts`".to_owned();
        found.push(Missing { span: span(), what, hint, is_certain: true });
    }
    if is_absent(&file(server.as_str())) && !server.is_within(output) {
        let what = format!("there is no `{}` in the build context, the server of", file(server.as_str()));
        let hint = format!("add it, unless `npm run {script}` creates it");
        found.push(Missing { span: server.span.clone(), what, hint, is_certain: false });
    }
    found
}
