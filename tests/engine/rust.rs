//! Rust services, compiled for both platforms on one of them.

use crate::build;
use crate::docker::engine;
use crate::project::Project;

#[test]
fn rust_programs_are_compiled_for_both_platforms_static_and_with_crates_in_c() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Rust is there");
    let project = Project::build("rust").expect("it is built for both platforms");
    for (service, program, is_static) in [("api", "shop-api", false), ("gate", "gate", true)] {
        for content in project.looks_right(service).expect("its images are right") {
            let program = &content.elves[&format!("/usr/local/bin/{program}")];
            assert_eq!(program.interpreter.is_none(), is_static, "{service}");
        }
    }
    let log = project.answers("api", &[], &[]).expect("it is healthy");
    assert_eq!(log, "hello, fleet of the shop!\n");
    let log = project.answers("gate", &[], &[]).expect("it is healthy");
    assert_eq!(log, "the port is 8080\n");
}
