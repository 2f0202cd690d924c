//! Trees that lack a source: what can be said of the others is said.

use super::{REQUIREMENTS, python, said};

#[test]
fn a_wrong_module_is_said_beside_a_source_that_is_not_there() {
    let files = [REQUIREMENTS, ("orders/main.py", "")];
    let lines = |sources: &str, start: &str| {
        let found = said(&python(sources, start), &files);
        found.iter().map(|line| line.split(';').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shared = "\"shared\": there is no `shared` in the build context: a source of `orders`";
    let module = "\"orders.mian:app\": there is no module `orders.mian` in the image of `orders`";
    let sources = r#"["orders", "shared"]"#;
    assert_eq!(lines(sources, r#"app = "orders.mian:app""#), [shared, module]);
    assert_eq!(lines(sources, r#"app = "orders.main:app""#), [shared]);
    let file = "[\"orders/mian.py\"]: there is no `/app/orders/mian.py` in the image of `orders`";
    assert_eq!(lines(sources, r#"command = ["orders/mian.py"]"#), [shared, file]);
    // These may lie in the source that is not there.
    assert_eq!(lines(sources, r#"app = "shared.main:app""#), [shared]);
    assert_eq!(lines(sources, r#"command = ["shared/main.py"]"#), [shared]);
    for start in [r#"app = "orders.web:app""#, r#"command = ["orders/web.py"]"#] {
        assert_eq!(lines(r#"["orders/main.py", "orders/web.py"]"#, start).len(), 1, "{start}");
        assert_eq!(lines(r#"["orders", { from = "x", to = "." }]"#, start).len(), 1, "{start}");
    }
}

#[test]
fn a_file_that_two_rules_miss_names_its_service_once() {
    let tables = "[services.a]\nports = [80]\nhealth = { http = \"/\" }\n[services.a.node]\nserver = \"server.js\"\n\
                  manager = \"pnpm\"\nworkspace = \"apps/web\"\n";
    let found = said(tables, &[("a/server.js", "")]);
    assert!(found.iter().any(|line| line.contains("there is no `a/package.json`")), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("`a`, `a`")), "{found:?}");
    // The directory is not there, and neither are the manifests in it.
    let found = said(tables, &[]);
    assert!(!found.is_empty() && !found.iter().any(|line| line.contains("`a`, `a`")), "{found:?}");
}
