//! What Gradle builds: a program with libraries and another module, and a jar of its own, for both platforms on one of
//! them.

use crate::build;
use crate::docker::engine;
use crate::project::Project;

#[test]
fn modules_of_a_gradle_build_run_with_their_libraries_and_alone() {
    let Some(_engine) = engine() else { return };
    build::upstream_images().expect("the image with Gradle is there");
    let gradle = Project::build("gradle").expect("it is built for both platforms");

    let contents = gradle.looks_right("ads").expect("its images are right");
    for content in &contents {
        let files = content.entries.keys().map(String::as_str);
        let libraries: Vec<_> = files.filter(|path| path.starts_with("/app/lib/")).collect();
        assert_eq!(libraries, ["/app/lib/gson-debian.jar", "/app/lib/words.jar"]);
    }
    let log = gradle.answers("ads", &[], &[]).expect("it is healthy");
    assert_eq!(log, "[\"apples\",\"pears\"]\n");

    gradle.looks_right("single").expect("its images are right");
    let log = gradle.answers("single", &[], &[]).expect("it is healthy");
    assert_eq!(log, "one jar\n");
}
