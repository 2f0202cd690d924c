//! The names of imported services.

use super::tree::{DESCRIPTION, ONE, Tree};

/// A service is called after what it is, not after how it is built.
#[test]
fn a_directory_that_only_builds_names_no_service() {
    let cases = [
        ("docker/Dockerfile", "shop"),
        ("orders/docker/Dockerfile.prod", "orders"),
        ("packaging/docker/alpine/Dockerfile", "shop"),
        ("Dockerfile", "shop"),
        ("orders/Dockerfile.worker", "worker"),
    ];
    for (path, name) in cases {
        let tree = Tree::new(Some("[fleet]\nname = \"shop\"\nimage = \"shop/{name}\"\n"));
        tree.write(path, ONE);
        let ran = tree.run(&["import", path]);
        assert!(ran.out.contains(&format!("[services.{name}]\n")), "{path}: {}{}", ran.out, ran.err);
    }
    let tree = Tree::new(None);
    tree.write("Dockerfile", format!("{ONE}LABEL org.opencontainers.image.title=\"My Shop\"\n"));
    let ran = tree.run(&["import", "Dockerfile"]);
    assert!(ran.out.contains("[services.my-shop]\n"), "{}", ran.out);
    let ran = tree.run(&["import", "--name", "2024", "Dockerfile"]);
    assert!(ran.err.contains("is a value in YAML, not a name\nhint: --name takes"), "{}", ran.err);
}

#[test]
fn a_name_is_given_to_one_service() {
    let tree = Tree::new(Some(DESCRIPTION));
    tree.write("other/Dockerfile.basket", ONE);
    let ran = tree.run(&["import", "--name", "second", "other/Dockerfile.basket"]);
    assert!(ran.out.starts_with("[services.second]\n"), "{}{}", ran.out, ran.err);
    assert_eq!(tree.run(&["import", "--name", "No Name", "other/Dockerfile.basket"]).code, Some(2));
    assert_eq!(
        tree.run(&["import", "--name", "x", "other/Dockerfile.basket", "other/Dockerfile.basket"]).code,
        Some(2)
    );
}

#[test]
fn twins_get_names_after_their_directories_as_init_gives_them() {
    let tree = Tree::new(None);
    for directory in ["a/web", "b/web", "c/web"] {
        tree.write(&format!("{directory}/Dockerfile"), ONE);
        tree.write(&format!("{directory}/one/main.py"), "");
    }
    let ran = tree.run(&["import", "--write", "a/web/Dockerfile", "b/web/Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("added     [services.web]\nadded     [services.b-web]\n"), "{}", ran.out);
    assert!(
        ran.err.contains(
            "b/web/Dockerfile:1: the service is called `b-web`, because another one is called `web`"
        ),
        "{}",
        ran.err
    );
    // So does a later run, which still refuses what is described.
    let ran = tree.run(&["import", "c/web/Dockerfile"]);
    assert!(ran.out.contains("[services.c-web]"), "{}{}", ran.out, ran.err);
    let ran = tree.run(&["import", "b/web/Dockerfile"]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("there is already a service `b-web` with this Dockerfile"), "{}", ran.err);
}
