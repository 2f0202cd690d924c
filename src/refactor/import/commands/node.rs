//! npm, yarn and pnpm.

use super::super::paths::{is_within, parent, resolve};
use super::super::stage::Stage;
use super::super::walk::Walk;
use super::{Call, kept};

pub(super) fn npm(walk: &mut Walk<'_>, at: &mut Stage, call: &Call<'_>) {
    if ["-g", "--global", "global"].iter().any(|word| call.has(word)) {
        return kept(walk, at, call);
    }
    match call.arguments().first().map(String::as_str) {
        None | Some("ci" | "install" | "i") => {
            let package = resolve(call.workdir, "package.json");
            let found = call
                .here
                .iter()
                .find(|copied| copied.to == package || (copied.directory && is_within(&package, &copied.to)));
            if let Some(copied) = found {
                let from = if copied.directory { &copied.from } else { parent(&copied.from) };
                at.npm_directory = Some(from.to_owned());
            }
        }
        Some("run") => at.npm_script = call.arguments().get(1).cloned(),
        Some("build") => at.npm_script = Some("build".to_owned()),
        _ => {}
    }
}
