//! Node servers, whose packages are installed for both platforms on one of them.

use crate::build;
use crate::docker::engine;
use crate::project::Project;

#[test]
fn node_packages_with_native_parts_are_those_of_the_target() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Node is there");
    let project = Project::build("node").expect("it is built for both platforms");
    let contents = project.looks_right("api").expect("its images are right");
    for (content, cpu) in contents.iter().zip(["x64", "arm64"]) {
        let part = format!("/app/node_modules/@node-rs/crc32-linux-{cpu}-gnu/crc32.linux-{cpu}-gnu.node");
        assert!(content.elves.contains_key(&part), "{part} is not among {:?}", content.elves.keys());
    }
    let log = project.answers("api", &[], &[]).expect("it is healthy");
    assert_eq!(log, "crc32 of fleet: 2690522695, a day: 86400000 ms\n");
}
