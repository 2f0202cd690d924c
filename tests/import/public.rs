//! Cases after public reports of people who import their Dockerfiles.

use super::tree::Tree;

const PLAIN: &str =
    "FROM python:3.13-slim\nWORKDIR /app\nCOPY m.py .\nEXPOSE 80\nCMD [\"python\", \"m.py\"]\n";

#[test]
fn a_directory_of_any_name_gives_names_that_their_own_check_accepts() {
    for directory in ["2024", "007", "1e3", "on", "3.11", "My Proj"] {
        let tree = Tree::new(None);
        tree.write(&format!("{directory}/Dockerfile"), PLAIN);
        tree.write(&format!("{directory}/m.py"), "");
        let fleet = format!("{directory}/services.toml");
        let file = format!("{directory}/Dockerfile");
        let imported = tree.run(&["import", "--write", "--fleet", &fleet, &file]);
        assert_eq!(imported.code, Some(0), "{directory}: {}", imported.err);
        let generated = tree.run(&["gen", "--force", "--fleet", &fleet]);
        assert_eq!(generated.code, Some(0), "{directory}: {}", generated.err);
        let checked = tree.run(&["gen", "--check", "--fleet", &fleet]);
        assert_eq!(checked.code, Some(0), "{directory}: {}{}", checked.out, checked.err);
    }
}

#[test]
fn packages_give_what_they_hold() {
    let tree = Tree::new(None);
    let packages = "libsm6 libxext6 tesseract-ocr poppler-utils zlib1g";
    let install = format!(
        "RUN apt-get update && apt-get install -y {packages}\nRUN pip install opencv-python\nCOPY m.py ."
    );
    tree.write("a/Dockerfile", PLAIN.replace("COPY m.py .", &install));
    tree.write("a/m.py", "");
    let run = tree.run(&["import", "a/Dockerfile"]);
    for path in [
        "\"/usr/lib/*/libSM.so.6\"",
        "\"/usr/lib/*/libXext.so.6\"",
        "\"/usr/bin/tesseract\"",
        "\"/usr/bin/pdftotext\"",
        "\"/usr/lib/*/libz.so.1\"",
    ] {
        assert!(run.out.contains(path), "{path}\n{}{}", run.out, run.err);
    }
    assert!(!run.out.contains("/usr/bin/libsm6"), "no program for a library: {}", run.out);
}

#[test]
fn the_volumes_of_an_upstream_image_are_carried_over() {
    for (image, volumes) in
        [("mongo:7", "[\"/data/configdb\", \"/data/db\"]"), ("postgres:16", "[\"/var/lib/postgresql/data\"]")]
    {
        let tree = Tree::new(None);
        tree.write("db/Dockerfile", format!("FROM {image}\n"));
        let run = tree.run(&["import", "db/Dockerfile"]);
        assert!(run.out.contains(&format!("volumes    = {volumes}")), "{}{}", run.out, run.err);
    }
}

#[test]
fn a_directory_that_is_made_may_hold_data() {
    let tree = Tree::new(None);
    tree.write("a/Dockerfile", PLAIN.replace("EXPOSE", "RUN mkdir /data && chown app /data\nEXPOSE"));
    tree.write("a/m.py", "");
    let run = tree.run(&["import", "a/Dockerfile"]);
    assert!(run.err.contains("/data is a tmpfs, which is lost with the container"), "{}", run.err);
}

#[test]
fn a_second_interpreter_behind_that_of_the_base_is_dropped() {
    let tree = Tree::new(None);
    let text = "FROM gcr.io/distroless/python3-debian12\nWORKDIR /app\nCOPY main.py .\nCMD [\"python\", \"main.py\"]\n";
    tree.write("a/Dockerfile", text);
    tree.write("a/main.py", "");
    let run = tree.run(&["import", "a/Dockerfile"]);
    assert!(run.out.contains("command = [\"main.py\"]"), "{}{}", run.out, run.err);
    assert!(run.err.contains("a/Dockerfile:4: the base already starts /usr/bin/python3.11"), "{}", run.err);
}

#[test]
fn a_mode_of_a_directory_and_a_platform_are_told() {
    let tree = Tree::new(None);
    let text = PLAIN.replace("FROM ", "FROM --platform=linux/arm64 ");
    tree.write("a/Dockerfile", text.replace("EXPOSE", "RUN mkdir /own && chmod 700 /own\nEXPOSE"));
    tree.write("a/m.py", "");
    let run = tree.run(&["import", "a/Dockerfile"]);
    for message in ["--platform=linux/arm64 is not imported", "`chmod 700 /own` is not imported"] {
        assert!(run.err.contains(message), "{message}\n{}", run.err);
    }
}

/// The sources of the whole repository are never taken in silence.
#[test]
fn a_file_that_copies_everything_says_its_context_or_names_what_it_takes() {
    let tree = Tree::new(None);
    tree.write("svc/Dockerfile", PLAIN.replace("COPY m.py .", "COPY . /app/"));
    tree.write("svc/m.py", "");
    for other in ["a/x", "b/x", "c/x"] {
        tree.write(other, "");
    }
    let own = tree.run(&["import", "svc/Dockerfile"]);
    assert!(own.err.contains("the build context is svc: "), "{}", own.err);
    let whole = tree.run(&["import", "--context", ".", "svc/Dockerfile"]);
    assert!(whole.err.contains("the whole build context is copied"), "{}", whole.err);
}

/// On a read-only root gunicorn needs a place to write to: every service has one.
#[test]
fn gunicorn_has_a_temporary_directory() {
    let tree = Tree::new(None);
    tree.write("a/Dockerfile", PLAIN.replace("[\"python\", \"m.py\"]", "[\"gunicorn\", \"m:app\"]"));
    tree.write("a/m.py", "");
    let plain = tree.run(&["import", "a/Dockerfile"]);
    assert_eq!(plain.code, Some(2), "nothing installs it: {}", plain.out);
    let text = PLAIN.replace("COPY", "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY");
    tree.write("a/Dockerfile", text.replace("[\"python\", \"m.py\"]", "[\"gunicorn\", \"m:app\"]"));
    tree.write("a/requirements.txt", "gunicorn\n");
    let run = tree.run(&["import", "--write", "a/Dockerfile"]);
    assert!(tree.description().contains("tmp        = { size = \"64M\" }"), "{}{}", run.out, run.err);
    let without = tree.description().replace("tmp        = { size = \"64M\" }\n", "");
    tree.write("services.toml", without);
    assert_eq!(tree.run(&["gen", "--force"]).code, Some(0));
    let compose = std::fs::read_to_string(tree.path("compose.yaml")).unwrap();
    assert!(compose.contains("- /tmp:uid=65532,gid=65532,mode=1777,size=64m"), "{compose}");
}
