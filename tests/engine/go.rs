//! Go services, compiled for both platforms on one of them.

use crate::build;
use crate::docker::engine;
use crate::project::Project;

#[test]
fn go_programs_are_compiled_for_both_platforms_with_and_without_c() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Go is there");
    let project = Project::build("go").expect("it is built for both platforms");
    for (service, is_static) in [("api", true), ("sum", false), ("pair", true)] {
        for content in project.looks_right(service).expect("its images are right") {
            let program = &content.elves[&format!("/usr/local/bin/{service}")];
            assert_eq!(program.interpreter.is_none(), is_static, "{service}");
        }
    }
    let log = project.answers("api", &[], &[]).expect("it is healthy");
    let said = "hello, fleet: have a nice day\n (aad03681-8b63-5304-89e0-8ca8f49461b5)\n";
    assert!(log.ends_with(said), "{log:?}");
    let log = project.answers("sum", &[], &[]).expect("it is healthy");
    assert!(log.ends_with("the sum is 42\n"), "{log}");
    let log = project.answers("pair", &[], &[]).expect("it is healthy");
    assert!(log.ends_with("a pair is 2\n"), "{log}");
}
