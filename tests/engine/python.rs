//! Python services whose lock files say what is installed.

use crate::docker::{engine, ensure};
use crate::project::Project;

/// Asks a service from inside its container.
const ASK: [&str; 3] = [
    "/usr/bin/python3.13",
    "-c",
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/').read().decode(), end='')",
];

#[test]
fn what_lock_files_of_uv_and_poetry_pin_is_installed_for_both_platforms() {
    let Some(_engine) = engine() else { return };
    let project = Project::build("python").expect("it is built for both platforms");
    for (service, native) in [("orders", "_pydantic_core"), ("mail", "_speedups")] {
        for content in project.looks_right(service).expect("its images are right") {
            ensure(content.elves.keys().any(|path| path.contains(native)), || format!("no {native}"))
                .unwrap();
            // Development dependencies are no part of an image.
            let found = content.entries.keys().find(|path| path.contains("iniconfig"));
            assert_eq!(found, None);
        }
    }
    let orders = project.answers("orders", &[], &ASK).expect("it is healthy");
    assert_eq!(orders, "pydantic 2.14.4, stem 1.8.2\n");
    let mail = project.answers("mail", &[], &ASK).expect("it is healthy");
    assert_eq!(mail, "markupsafe &lt;\n");
}
