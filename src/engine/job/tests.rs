use super::build::RETRIES;
use super::*;
use crate::engine::bake::{Attest, Output};

/// Remembers what was shown.
#[derive(Default)]
struct Seen {
    failures: Vec<Failed>,
    retries: usize,
}

impl Watch for Seen {
    fn update(&mut self, _: &Progress, _: &[Change], _: Duration) -> io::Result<()> {
        Ok(())
    }

    fn once_more(&mut self, _: &[Failed]) -> io::Result<()> {
        self.retries += 1;
        Ok(())
    }

    fn ended(&mut self, failures: &[Failed]) -> io::Result<()> {
        self.failures.extend_from_slice(failures);
        Ok(())
    }
}

fn job(keep_going: bool) -> Job {
    let target = |(name, stands_on): &(&str, &[&str])| Target {
        name: (*name).to_owned(),
        dockerfile: format!("{name}/Dockerfile"),
        stands_on: stands_on.iter().map(|&other| other.to_owned()).collect(),
    };
    let targets: &[(&str, &[&str])] =
        &[("low", &[]), ("mid", &["low"]), ("top", &["mid"]), ("one", &[]), ("two", &[])];
    Job {
        bake: Bake {
            directory: "generated".into(),
            tree: "/src".into(),
            builder: None,
            platforms: Vec::new(),
            output: Output::Load,
            attest: Attest::Nothing,
            stamp: None,
            registry: "docker.io".to_owned(),
            passed: Vec::new(),
            targets: Vec::new(),
            afresh: Vec::new(),
        },
        targets: targets.iter().map(target).collect(),
        asked_for: ["low", "top", "one", "two"].map(str::to_owned).to_vec(),
        refused: Vec::new(),
        arrival: Arrival::Exported,
        keep_going,
        at_once: 1,
        first_wait: Duration::from_millis(1),
    }
}

fn step(name: &str, error: &str) -> String {
    let step = serde_json::json!({"vertexes": [{
        "digest": name, "name": name, "started": "t", "completed": "t", "error": error,
    }]});
    format!("{step}\n")
}

fn exported(service: &str) -> String {
    step(&format!("[{service}] exporting to image"), "")
}

/// Runs a job whose calls go as said, and gives what they were asked for.
fn play(job: &Job, calls: &[(String, Ended)]) -> (Built, Seen, Vec<Vec<String>>) {
    let (mut seen, asked) = (Seen::default(), std::sync::Mutex::new(Vec::new()));
    let built = job.run(
        &|bake, take| {
            let number = {
                let mut asked = asked.lock().unwrap();
                asked.push(bake.targets.clone());
                asked.len()
            };
            let said = calls.get(number - 1);
            let (output, ended) = said.ok_or_else(|| io::Error::other("more calls than said"))?;
            take(News::Output(output.as_bytes()))?;
            Ok(*ended)
        },
        &mut seen,
    );
    let asked = asked.into_inner().unwrap();
    assert_eq!(asked.len(), calls.len(), "a call was not made");
    (built.unwrap(), seen, asked)
}

fn succeeded() -> (String, Ended) {
    (String::new(), Ended::Succeeded)
}

fn missing(built: &Built) -> Vec<(&str, &Why)> {
    built.missing.iter().map(|(name, why)| (name.as_str(), why)).collect()
}

#[test]
fn without_keep_going_the_first_failure_ends_it() {
    let output = exported("one") + &step("[low 1/1] RUN false", "exit code: 1");
    let (built, seen, _) = play(&job(false), &[(output, Ended::Failed)]);
    assert_eq!(built.built, ["one"]);
    let on_low = Why::StandsOn("low".to_owned());
    assert_eq!(missing(&built), [("low", &Why::Failed), ("top", &on_low), ("two", &Why::NotReached)]);
    assert_eq!(seen.failures[0].target.as_deref(), Some("low"));
}

#[test]
fn to_keep_going_each_service_is_a_call_of_its_own() {
    let mid = step("[mid 1/1] RUN false", "exit code: 1");
    let calls = [succeeded(), (mid, Ended::Failed), succeeded(), succeeded()];
    let (built, seen, asked) = play(&job(true), &calls);
    assert_eq!(asked, [["low"], ["top"], ["one"], ["two"]]);
    assert_eq!(built.built, ["low", "one", "two"]);
    assert_eq!(missing(&built), [("top", &Why::StandsOn("mid".to_owned()))]);
    // `mid` was not asked for: it failed all the same.
    assert_eq!(seen.failures[0].target.as_deref(), Some("mid"));
}

#[test]
fn what_stands_on_a_failure_is_not_asked_for() {
    let low = (step("[1/1] RUN false", "exit code: 1"), Ended::Failed);
    let (built, _, asked) = play(&job(true), &[low, succeeded(), succeeded()]);
    assert_eq!(asked, [["low"], ["one"], ["two"]]);
    assert_eq!(missing(&built), [("low", &Why::Failed), ("top", &Why::StandsOn("low".to_owned()))]);
}

#[test]
fn what_cannot_be_built_is_not_asked_for() {
    let cause = "there is no `mid/main.py`".to_owned();
    let job = Job { refused: vec![("low".to_owned(), cause.clone())], ..job(true) };
    let (built, _, asked) = play(&job, &[succeeded(), succeeded()]);
    assert_eq!(asked, [["one"], ["two"]]);
    let on_low = Why::StandsOn("low".to_owned());
    assert_eq!(missing(&built), [("low", &Why::Refused(cause)), ("top", &on_low)]);
}

/// Two calls run at once: one fails, and the other is built, whose end came later.
#[test]
fn a_failure_cancels_no_other_service() {
    let job = Job { at_once: 2, asked_for: ["one", "two"].map(str::to_owned).to_vec(), ..job(true) };
    let (failed, wait) = mpsc::channel::<()>();
    let (failed, wait) = (std::sync::Mutex::new(Some(failed)), std::sync::Mutex::new(wait));
    let built = job.run(
        &|bake, take| {
            if bake.targets == ["one"] {
                take(News::Output(step("[1/1] RUN false", "exit code: 1").as_bytes()))?;
                drop(failed.lock().unwrap().take());
                return Ok(Ended::Failed);
            }
            // Disconnected once the other has failed.
            wait.lock().unwrap().recv().unwrap_err();
            take(News::Output(step("exporting to image", "").as_bytes()))?;
            Ok(Ended::Succeeded)
        },
        &mut Seen::default(),
    );
    let built = built.unwrap();
    assert_eq!((&built.built[..], missing(&built)), (&["two".to_owned()][..], vec![("one", &Why::Failed)]));
}

#[test]
fn a_registry_that_takes_nothing_is_asked_once() {
    let output = step("exporting to image", "failed to push: connection refused");
    let (built, seen, _) = play(&job(true), &[(output, Ended::Failed)]);
    assert!(seen.failures.iter().all(|failed| failed.is_finished));
    assert_eq!(missing(&built).last(), Some(&("two", &Why::NotReached)));
}

/// The first tag of two services arrives; the second one of `one` does not, and buildx says the same of `two`.
fn pushed_by_the_client(error: &str) -> (String, Ended) {
    let push = |name: &str, tag: &str, error: &str| {
        step(&format!("[{name}] pushing registry.example/{name}:{tag} with docker"), error)
    };
    let tags = ["one", "two"].map(|name| push(name, "a", "") + &push(name, "b", error));
    (tags.concat() + &format!("ERROR: {error}\n"), Ended::Failed)
}

#[test]
fn a_registry_in_trouble_is_asked_again_and_no_service_has_failed() {
    let trouble = || {
        pushed_by_the_client(
            "unexpected status from HEAD request to http://registry.example/v2/one/manifests/b: 500 Internal Server Error",
        )
    };
    let asked_for = ["one", "two"].map(str::to_owned).to_vec();
    let job = Job { arrival: Arrival::Pushed, asked_for, ..job(false) };
    let (built, seen, asked) = play(&job, &[trouble(), succeeded(), succeeded()]);
    assert_eq!(asked, [vec!["one", "two"], vec!["one"], vec!["two"]]);
    assert_eq!((built.built, seen.retries, seen.failures.len()), (job.asked_for.clone(), 1, 0));
    // A tag that arrives again is not the other one.
    let (built, seen, _) = play(&job, &[trouble(), trouble(), trouble(), trouble()]);
    assert_eq!((built.built.len(), seen.retries), (0, RETRIES));
    assert!(built.missing.iter().all(|(_, why)| matches!(why, Why::Engine(_))));
}

#[test]
fn a_push_that_ends_with_the_error_of_another_has_not_failed() {
    let error =
        "unexpected status from HEAD request to http://registry.example/v2/one/manifests/b: 401 Unauthorized";
    let asked_for = ["one", "two"].map(str::to_owned).to_vec();
    let job = Job { arrival: Arrival::Pushed, asked_for, ..job(false) };
    let (built, seen, _) = play(&job, &[pushed_by_the_client(error)]);
    assert_eq!(missing(&built), [("one", &Why::Failed), ("two", &Why::NotReached)]);
    assert_eq!((seen.failures.len(), seen.failures[0].is_finished), (1, true));
}

#[test]
fn an_engine_that_fails_two_in_a_row_is_not_asked_for_the_rest() {
    let output = || ("ERROR: failed to read docker-bake.hcl\n".to_owned(), Ended::Failed);
    let (built, _, asked) = play(&job(true), &[output(), output()]);
    assert_eq!(asked, [["low"], ["one"]]);
    let engine = Why::Engine("failed to read docker-bake.hcl".to_owned());
    let on_low = Why::StandsOn("low".to_owned());
    assert_eq!(missing(&built), [("low", &engine), ("top", &on_low), ("one", &engine), ("two", &engine)]);
}

/// A step may fail for it as well: no service is called failed.
#[test]
fn a_snapshot_that_is_gone_is_no_failure_of_the_service() {
    let lost = "failed to prepare x: parent snapshot sha256:1 does not exist: not found";
    let gone =
        || (step("[2/2] COPY a /a", lost) + &format!("ERROR: failed to solve: {lost}\n"), Ended::Failed);
    let job = Job { asked_for: vec!["one".to_owned()], ..job(true) };
    let (built, seen, _) = play(&job, &[gone(), succeeded()]);
    assert_eq!((built.built.len(), seen.retries, seen.failures.len()), (1, 1, 0));
    let (built, seen, _) = play(&job, &[gone(), gone(), gone(), gone()]);
    assert_eq!((seen.retries, missing(&built)), (RETRIES, vec![("one", &Why::Engine(lost.to_owned()))]));
}

/// A build without the cache makes the step anew, and later builds take that one.
#[test]
fn a_step_whose_layer_is_lost_is_made_without_the_cache_once() {
    let lost = "failed to commit a to b during finalize: failed to stat active key during commit: snapshot a does not exist: not found";
    let gone =
        || (step("[one 2/2] COPY a /a", lost) + &format!("ERROR: failed to solve: {lost}\n"), Ended::Failed);
    let job = Job { asked_for: ["one", "two"].map(str::to_owned).to_vec(), ..job(false) };
    let run = |calls: &[(String, Ended)]| {
        let (mut seen, afresh) = (Seen::default(), std::sync::Mutex::new(Vec::new()));
        let built = job.run(
            &|bake, take| {
                let (output, ended) = {
                    let mut afresh = afresh.lock().unwrap();
                    afresh.push((bake.targets.clone(), bake.afresh.clone()));
                    calls.get(afresh.len() - 1).ok_or_else(|| io::Error::other("more calls than said"))?
                };
                take(News::Output(output.as_bytes()))?;
                Ok(*ended)
            },
            &mut seen,
        );
        (built.unwrap(), seen, afresh.into_inner().unwrap())
    };
    let (built, seen, calls) = run(&[gone(), succeeded()]);
    let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(calls, [(names(&["one", "two"]), vec![]), (names(&["one", "two"]), names(&["one"]))]);
    assert_eq!((built.built.len(), seen.retries, seen.failures.len()), (2, 1, 0));
    let (built, seen, _) = run(&[gone(), gone()]);
    assert_eq!((missing(&built)[0], seen.retries), (("one", &Why::Failed), 1));
}

#[test]
fn a_failure_that_is_no_service_s_ends_it() {
    let output = "ERROR: failed to read docker-bake.hcl\n".to_owned();
    let (built, seen, _) = play(&job(false), &[(output, Ended::Failed)]);
    assert_eq!(seen.failures[0].target, None);
    assert_eq!(seen.failures[0].message, "failed to read docker-bake.hcl");
    assert_eq!(built.missing.len(), 4);
}

#[test]
fn a_mistake_in_a_dockerfile_is_its_service_s() {
    let output = "one/Dockerfile:2\n--------------------\n   2 | >>> FOO\n--------------------\nERROR: failed to solve: unknown instruction: FOO";
    let (built, seen, _) = play(&job(false), &[(output.to_owned(), Ended::Failed)]);
    assert_eq!(seen.failures[0].target.as_deref(), Some("one"));
    assert_eq!(
        (seen.failures[0].file.as_deref(), seen.failures[0].line),
        (Some("generated/one/Dockerfile"), Some(2))
    );
    assert!(missing(&built).contains(&("one", &Why::Failed)));
}

#[test]
fn a_builder_that_cannot_keep_up_is_asked_again_but_not_for_ever() {
    let late = || ("ERROR: DeadlineExceeded: context deadline exceeded\n".to_owned(), Ended::Failed);
    let (built, seen, _) = play(&job(false), &[late(), succeeded(), succeeded()]);
    assert_eq!((built.missing.len(), seen.retries), (0, 1));
    let (built, seen, _) = play(&job(false), &[late(), late(), late(), late()]);
    assert_eq!((built.missing.len(), seen.retries), (4, RETRIES));
    assert!(built.missing.iter().all(|(_, why)| matches!(why, Why::Engine(_) | Why::StandsOn(_))));
}

#[test]
fn a_builder_that_cannot_keep_up_is_asked_for_half() {
    let late = |built: &str| (exported(built) + "ERROR: DeadlineExceeded\n", Ended::Failed);
    let calls = [late("one"), succeeded(), succeeded()];
    let (built, seen, asked) = play(&job(false), &calls);
    assert_eq!(asked, [vec!["low", "top", "one", "two"], vec!["low", "top"], vec!["two"]]);
    assert_eq!((built.built.len(), seen.retries, seen.failures.len()), (4, 1, 0));
}

#[test]
fn a_builder_is_asked_again_as_long_as_something_gets_built() {
    let asked_for: Vec<String> = (0..12).map(|number| format!("s{number}")).collect();
    let target =
        |name: &String| Target { name: name.clone(), dockerfile: String::new(), stands_on: Vec::new() };
    let job = Job { targets: asked_for.iter().map(target).collect(), asked_for, ..job(false) };
    let (mut seen, calls) = (Seen::default(), std::sync::Mutex::new(Vec::new()));
    let built = job.run(
        &|bake, take| {
            let [first, rest @ ..] = &bake.targets[..] else { return Ok(Ended::Succeeded) };
            calls.lock().unwrap().push(bake.targets.len());
            take(News::Output(exported(first).as_bytes()))?;
            if rest.is_empty() {
                return Ok(Ended::Succeeded);
            }
            take(News::Output(b"ERROR: DeadlineExceeded\n"))?;
            Ok(Ended::Failed)
        },
        &mut seen,
    );
    assert_eq!(built.unwrap().built, job.asked_for);
    assert_eq!((&calls.lock().unwrap()[..], seen.retries), (&[12, 6, 3, 1, 1, 2, 1, 5, 2, 1, 2, 1][..], 7));
    assert!(seen.retries > RETRIES && seen.failures.is_empty());
}

#[test]
fn an_interrupt_is_not_a_failure() {
    let (built, seen, _) = play(&job(false), &[(exported("two"), Ended::Interrupted)]);
    assert_eq!((built.ended, built.built.len(), seen.failures.len()), (Ended::Interrupted, 1, 0));
}
