//! Kinds whose programs a build makes: manifests, packages and versions of languages.

use super::said;

#[test]
fn what_a_build_of_java_begins_with_is_looked_for() {
    let java = |keys: &str| {
        format!("[services.orders]\nhealth = {{ none = \"x\" }}\n[services.orders.java]\n{keys}\n")
    };
    let absent = |place: &str, path: &str| {
        format!(
            "{place}: there is no `{path}` in the build context: the build file of `orders`; \
             check `directory`, `sources` and `module`"
        )
    };
    let maven = java("build = \"maven\"\nmodule = \"web\"");
    let sources = ("orders/src/A.java", "");
    let missing = [absent("\"maven\"", "orders/pom.xml"), absent("\"web\"", "orders/web/pom.xml")];
    assert_eq!(said(&maven, &[sources]), missing);
    assert!(said(&maven, &[("orders/pom.xml", ""), ("orders/web/pom.xml", "")]).is_empty());

    let gradle = java("build = \"gradle\"");
    let wrapper = [("orders/gradlew", ""), ("orders/gradle/wrapper/gradle-wrapper.jar", ""), sources];
    assert_eq!(said(&gradle, &wrapper), [absent("\"gradle\"", "orders/build.gradle")]);
    let found = said(&gradle, &[("orders/build.gradle.kts", "")]);
    assert!(found.len() == 2 && found[0].contains("there is no `orders/gradle"), "{found:?}");

    let jar = java("jar = \"orders/target/a.jar\"");
    let found = said(&jar, &[sources]);
    assert!(found.len() == 1 && found[0].contains("no `orders/target/a.jar`"), "{found:?}");
}

/// A restore refuses a lock file whose platforms are not its own, and looks at none that is not there.
#[test]
fn a_lock_file_of_dotnet_that_knows_no_linux_is_told() {
    let service = |locked: &str| {
        format!(
            "[services.basket]\nhealth = {{ none = \"x\" }}\n[services.basket.dotnet]\nproject = \"A/B.csproj\"\n{locked}"
        )
    };
    let project = ("basket/A/B.csproj", "");
    let found = |locked: &str, lock: Option<&'static str>| {
        let lock = lock.map(|text| ("basket/A/packages.lock.json", text));
        said(&service(locked), &[project].into_iter().chain(lock).collect::<Vec<_>>())
    };
    let of_windows = r#"{ "dependencies": { "net10.0": {}, "net10.0/win-x64": {} } }"#;
    let of_linux = r#"{ "dependencies": { "net10.0": {}, "net10.0/linux-x64": {} } }"#;
    let told = found("", Some(of_windows));
    assert!(
        told.len() == 1 && told[0].contains("`A/packages.lock.json` has no packages for Linux"),
        "{told:?}"
    );
    for (locked, lock) in [("", None), ("", Some(of_linux)), ("locked = false", Some(of_windows))] {
        assert_eq!(found(locked, lock), Vec::<String>::new(), "{locked} {lock:?}");
    }
}

#[test]
fn the_project_of_dotnet_is_looked_for() {
    let service = "[services.basket]\nhealth = { none = \"x\" }\n[services.basket.dotnet]\nproject = \"Basket.csproj\"\n";
    let found = said(service, &[("basket/Program.cs", "")]);
    assert!(found.len() == 1 && found[0].contains("there is no `basket/Basket.csproj`"), "{found:?}");
    assert!(said(service, &[("basket/Basket.csproj", "")]).is_empty());
}

/// A service of a kind with sources of its own, called `orders`.
fn orders(kind: &str, keys: &str) -> String {
    format!("[services.orders]\nhealth = {{ none = \"x\" }}\n[services.orders.{kind}]\n{keys}\n")
}

/// The build would fail with a version that the base does not have, after it has installed everything else.
#[test]
fn a_version_that_the_sources_require_and_the_base_has_not_is_said() {
    let go = [("orders/go.mod", "module orders\n\ngo 1.99\n"), ("orders/main.go", "package main\n")];
    let found = said(&orders("go", ""), &go);
    assert!(found.len() == 1 && found[0].contains("go.mod requires Go 1.99, but golang:1."), "{found:?}");
    let old = [("orders/go.mod", "module orders\ngo 1.22.1\n"), go[1]];
    assert_eq!(said(&orders("go", ""), &old), [""; 0]);

    let java = orders("java", "build = \"maven\"");
    let found = said(&java, &[("orders/pom.xml", "<java.version>25</java.version>")]);
    assert!(
        found.len() == 1 && found[0].contains("pom.xml requires Java 25, but Java 21 of maven:"),
        "{found:?}"
    );
    assert_eq!(said(&java, &[("orders/pom.xml", "<java.version>17</java.version>")]), [""; 0]);

    let python = "[services.orders]\ndirectory = \"orders\"\nhealth = { none = \"x\" }\n\
                  [services.orders.python]\nlock = \"uv.lock\"\ncommand = [\"main.py\"]\n";
    for (lock, demand) in [
        ("requires-python = \">=3.10\"\n\n[[package]]\n", None),
        ("requires-python = \">=3.14\"\n\n[[package]]\n", Some("Python >=3.14")),
        ("requires-python = \">=3.10, <3.13\"\n\n[[package]]\n", Some("Python >=3.10, <3.13")),
    ] {
        let files = [("orders/pyproject.toml", ""), ("orders/uv.lock", lock), ("orders/main.py", "")];
        let found = said(python, &files);
        let expected = demand.map(|demand| format!("uv.lock requires {demand}, but Python 3.13"));
        let is_said = |text: String| found.len() == 1 && found[0].contains(&text);
        assert!(expected.map_or(found.is_empty(), is_said), "{lock}: {found:?}");
    }
}

/// Go reads the go.mod of each directory that stands in the place of a module before it downloads any.
#[test]
fn directories_in_the_place_of_go_modules_are_listed() {
    let service = |rest: &str| format!("[services.orders]\nports = [80]\nhealth = {{ tcp = 80 }}\n{rest}");
    let files = [
        ("orders/go.mod", "module orders\nreplace common => ./common\n"),
        ("orders/main.go", "package main\n"),
        ("orders/common/go.mod", "module common\n"),
    ];
    let found = said(&service("[services.orders.go]\n"), &files);
    assert!(
        found.len() == 1
            && found[0].contains("go.mod replaces a module by `./common`")
            && found[0].contains("go.modules"),
        "{found:?}"
    );
    assert_eq!(said(&service("[services.orders.go]\nmodules = [\"common\"]\n"), &files), [""; 0]);
    let found = said(&service("[services.orders.go]\nmodules = [\"commno\"]\n"), &files);
    assert!(found.len() == 1 && found[0].contains("there is no `commno/go.mod`"), "{found:?}");

    let outside = [
        ("orders/go.mod", "module orders\nreplace common => ../common\n"),
        ("orders/main.go", "package main\n"),
        ("common/go.mod", "module common\n"),
    ];
    let found = said(&service("[services.orders.go]\n"), &outside);
    assert!(found.len() == 1 && found[0].contains("one that holds both modules"), "{found:?}");
    let both =
        "directory = \".\"\nsources = [\"orders\", \"common\"]\n[services.orders.go]\nmodule = \"orders\"\n";
    assert_eq!(said(&service(&format!("{both}modules = [\"common\"]\n")), &outside), [""; 0]);

    let workspace = [
        ("go.work", "use (\n./orders\n./common\n./tool\n)\n"),
        ("orders/go.mod", "module orders\n"),
        ("orders/cmd/main.go", "package main\n"),
        ("common/go.mod", "module common\n"),
        ("tool/go.mod", "module tool\n"),
    ];
    let all = both.replace("\"common\"]", "\"common\", \"tool\", \"go.work\"]");
    let some = format!("{all}package = \"./cmd\"\nmodules = [\"common\"]\n");
    let found = said(&service(&some), &workspace);
    assert!(found.len() == 1 && found[0].contains("go.work uses a module by `./tool`"), "{found:?}");
    let every = some.replace("modules = [\"common\"]", "modules = [\"common\", \"tool\"]");
    assert_eq!(said(&service(&every), &workspace), [""; 0]);
}

#[test]
fn the_package_of_a_go_program_is_looked_for() {
    let whole = ("orders/go.mod", "module x");
    let plain = orders("go", "");
    assert_eq!(said(&plain, &[whole, ("orders/main.go", "// x\npackage main\n")]), [""; 0]);
    let found = said(&plain, &[("orders/main.go", "package main")]);
    assert!(found.len() == 1 && found[0].contains("there is no `go.mod`"), "{found:?}");
    let found =
        said(&plain, &[whole, ("orders/x.go", "package orders\n"), ("orders/x_test.go", "package main\n")]);
    assert!(found.len() == 1 && found[0].contains("no file in `.` begins with `package main`"), "{found:?}");
    let below = orders("go", "package = \"./cmd/orders\"");
    assert_eq!(said(&below, &[whole, ("orders/cmd/orders/main.go", "package main")]), [""; 0]);
    let found = said(&below, &[whole, ("orders/main.go", "package main")]);
    assert!(found.len() == 1 && found[0].contains("there is no `cmd/orders`"), "{found:?}");
}

#[test]
fn the_program_of_a_cargo_package_is_looked_for() {
    let lock = ("orders/Cargo.lock", "");
    let manifest = ("orders/Cargo.toml", "[package]\nname = \"orders\"\n[[bin]]\nname = \"worker\"\n");
    let whole = [lock, manifest, ("orders/src/main.rs", ""), ("orders/src/bin/tool.rs", "")];
    for bin in ["orders", "worker", "tool"] {
        assert_eq!(said(&orders("rust", &format!("bin = {bin:?}")), &whole), [""; 0]);
    }
    let found = said(&orders("rust", "bin = \"other\""), &whole);
    assert!(
        found.len() == 1 && found[0].contains("the package `orders` has no program `other`"),
        "{found:?}"
    );
    let found = said(&orders("rust", ""), &[manifest, ("orders/src/main.rs", "")]);
    assert!(found.len() == 1 && found[0].contains("there is no `Cargo.lock`"), "{found:?}");
    let workspace = [lock, ("orders/Cargo.toml", "[workspace]\nmembers = [\"a\"]\n")];
    let found = said(&orders("rust", ""), &workspace);
    assert!(found.len() == 1 && found[0].contains("Cargo.toml has no [package]"), "{found:?}");
    assert_eq!(said(&orders("rust", "package = \"a\""), &workspace), [""; 0]);
}

#[test]
fn the_first_page_of_a_site_is_looked_for() {
    let site = "[services.orders]\nports = [8080]\nhealth = { http = \"/\" }\n[services.orders.static]\n";
    assert_eq!(said(site, &[("orders/index.html", "")]), [""; 0]);
    let found = said(site, &[("orders/page.html", "")]);
    assert!(found.len() == 1 && found[0].contains("there is no `orders/index.html`"), "{found:?}");
}

#[test]
fn the_file_that_node_runs_is_looked_for() {
    let server = "[services.orders]\nports = [80]\nhealth = { http = \"/\" }\n[services.orders.node]\nserver = \"src/server.js\"\n";
    let manifests = [("orders/package.json", "{}"), ("orders/package-lock.json", "{}")];
    let whole = [manifests[0], manifests[1], ("orders/src/server.js", "")];
    assert_eq!(said(server, &whole), [""; 0]);
    let found = said(server, &manifests);
    assert!(found.len() == 1 && found[0].contains("src/server.js"), "{found:?}");
}
