//! The health check of gRPC, against a real server.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::docker::{docker, engine, inspect};
use crate::project::Project;

#[test]
fn a_grpc_service_is_healthy_until_it_says_that_it_does_not_serve() {
    let Some(_engine) = engine() else { return };
    let project = Project::build("python").expect("it is built for both platforms");
    project.looks_right("alerts").expect("its images are right");
    let container = project.start("alerts", &[]).expect("it is healthy");

    docker(&["kill", "--signal=USR1", container.name()]).expect("it is told");
    let end = Instant::now() + Duration::from_secs(60);
    let health = || inspect(container.name()).expect("it is there")["State"]["Health"].clone();
    while health()["Status"] == "healthy" && Instant::now() < end {
        sleep(Duration::from_millis(200));
    }
    let health = health();
    assert_eq!(health["Status"], "unhealthy", "{health}");
    let last = health["Log"].as_array().and_then(|log| log.last()).expect("a check");
    assert_eq!(last["ExitCode"], 1, "{last}");
    println!("{}", last["Output"]);
}
