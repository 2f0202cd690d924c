//! Names that a reader of YAML or HCL takes for something else.

use dockwright::fleet;

use super::fleet_files;

fn described(fleet: &str, service: &str, network: &str) -> String {
    format!(
        "[fleet]\nname = {fleet:?}\nimage = \"x/{{name}}\"\n[networks.{network:?}]\n[services.{service:?}]\nnetworks = [{network:?}]\nhealth = {{ none = \"prints its version\" }}\nvolumes = [\"/on/null\"]\nenv = {{ ON = \"no\", Y = \"2024\" }}\n[services.{service:?}.java]\nmain = \"Main\"\n"
    )
}

/// Dates and numbers of other notations are names, and read back as such from compose.yaml and docker-bake.hcl.
#[test]
fn names_that_look_like_values_are_read_back_as_names() {
    for name in ["0x10", "0o7", "2024-01-01", "1-2", "3d", "none", "a", "x-1"] {
        let text = described(name, name, name).replace("main = \"Main\"\n", "");
        let fleet = fleet::load(&text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
        fleet_files::agree(&fleet);
    }
}

/// What is a value to every reader, or no name of an image, is refused where it stands.
#[test]
fn names_that_are_values_are_refused_where_they_stand() {
    for name in ["2024", "1e3", "on", "null", "true", "y", "My Proj", "Shop", "-a", "a_b", "\u{e9}t\u{e9}"] {
        for (fleet, service, network) in [(name, "a", "a"), ("a", name, "a"), ("a", "a", name)] {
            let text = described(fleet, service, network).replace("main = \"Main\"\n", "");
            let mistakes = fleet::load(&text).expect_err(name);
            let place = |span: &std::ops::Range<usize>| text.get(span.clone()).unwrap_or_default();
            let is_placed = mistakes.iter().any(|mistake| place(&mistake.span).contains(name));
            assert!(is_placed, "{name}: {mistakes:?}");
        }
    }
}
