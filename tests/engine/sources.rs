//! A small Python service whose tree is made here: modes of files that git does not keep, and hashes of requirements.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::build::Bake;
use crate::docker::{docker, engine, run};

const SERVICES: &str = r#"[fleet]
name = "sources"
image = "sources/{name}"

[services.api]
sources = ["app", { from = "etc/api.conf", to = "/etc/api.conf" }]
health = { none = "it ends at once" }
[services.api.python]
requirements = ["requirements.txt"]
command = ["app/main.py"]
"#;

/// The hash of the only wheel of six 1.17.0 (pypi.org/project/six/1.17.0/#files).
const HASH: &str = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274";

const REGISTRY: &str = "sources.test";

/// Generates and builds the service with this hash in its requirements file.
fn build(hash: &str) -> Result<TempDir, String> {
    let tree = TempDir::new().map_err(|e| e.to_string())?;
    let write = |path: &str, mode: u32, text: &str| -> std::io::Result<()> {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory"))?;
        fs::write(&path, text)?;
        fs::set_permissions(path, Permissions::from_mode(mode))
    };
    let requirements = format!("six==1.17.0 --hash=sha256:{hash}\n");
    for (path, mode, text) in [
        ("services.toml", 0o644, SERVICES),
        ("requirements.txt", 0o644, requirements.as_str()),
        ("app/main.py", 0o600, "import six; print(six.__version__)\n"),
        ("app/more/data.txt", 0o640, "data"),
        ("app/tool.sh", 0o700, "#!/bin/true\n"),
        ("etc/api.conf", 0o600, "a = b\n"),
    ] {
        write(path, mode, text).map_err(|e| format!("{path}: {e}"))?;
    }
    fs::set_permissions(tree.path().join("app/more"), Permissions::from_mode(0o700))
        .map_err(|e| e.to_string())?;
    run(Command::new(env!("CARGO_BIN_EXE_dockwright")).arg("gen").current_dir(tree.path()))?;
    let bake = Bake {
        generated: tree.path().join("generated"),
        tree: tree.path().to_owned(),
        registry: REGISTRY,
        ..Bake::default()
    };
    bake.run(&[]).map(|_| tree)
}

/// Files that others may not read in the source tree stay readable for the service's user.
#[test]
fn files_that_only_their_owner_may_read_are_readable_in_the_image() {
    let Some(_engine) = engine() else { return };
    let _tree = build(HASH).expect("it is built");
    let image = &format!("{REGISTRY}/sources/api:latest");
    let ran = docker(&["run", "--rm", "--pull=never", "--read-only", "--cap-drop=ALL", image]);
    assert_eq!(ran.expect("app/main.py can be read").trim(), "1.17.0");
    let script = "import os\nprint(os.getuid())\n\
                  for path in ['app/main.py', 'app/more/data.txt', 'app/tool.sh', '/etc/api.conf']:\n    \
                  print(path, len(open(path).read()), os.stat(path).st_uid, os.access(path, os.X_OK), os.access(path, os.W_OK))";
    let python = "--entrypoint=/opt/venv/bin/python3";
    let looked = docker(&["run", "--rm", "--pull=never", "--cap-drop=ALL", python, image, "-c", script]);
    let expected = "65532\n\
                    app/main.py 35 0 True False\n\
                    app/more/data.txt 4 0 True False\n\
                    app/tool.sh 12 0 True False\n\
                    /etc/api.conf 6 0 True False";
    assert_eq!(looked.expect("all can be read").trim(), expected);
}

/// uv checks every hash in the file, without `require_hashes` too.
#[test]
fn a_wrong_hash_in_a_requirements_file_fails_the_build() {
    let Some(_engine) = engine() else { return };
    let why = build(&HASH.replace('4', "5")).expect_err("it is not built");
    assert!(why.contains("Hash mismatch for `six==1.17.0`"), "{why}");
}
