//! Whatever the tree, what is written loads.

use proptest::prelude::*;

use super::{HEAD, described};

/// Names and texts that detection has rules for, and what breaks rules.
fn path() -> impl Strategy<Value = String> {
    let directory = prop::sample::select(vec!["", "a", "a/b", "Ä b", "a/src", "on", "1.5", "x\u{7f}y"]);
    let file = prop::sample::select(vec![
        "Dockerfile",
        "compose.yaml",
        "go.mod",
        "main.go",
        "pom.xml",
        "build.gradle",
        "A.csproj",
        "Cargo.toml",
        "src/main.rs",
        "package.json",
        "requirements.txt",
        "pyproject.toml",
        "uv.lock",
        "main.py",
        "manage.py",
        ".env",
        "src/main/java/A.java",
    ]);
    (directory, file).prop_map(|(d, f)| if d.is_empty() { f.to_owned() } else { format!("{d}/{f}") })
}

fn content() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "FROM python:3\nEXPOSE 0 8080\nCMD [\"python\", \"main.py\", \"\\u0007\"]\n",
        "FROM golang\nRUN go build ./b\nCMD x $Y\n",
        "services:\n  Web_1:\n    build: .\n    ports: [99999, 80]\n    depends_on: [b, Web_1]\n    environment: [\"A=\\x07\", B]\n  b:\n    build: a\n    depends_on: [Web_1]\n",
        "package main\nfunc main() {}\n",
        "<mainClass>a b</mainClass><modules>",
        "id 'application'\nmainClass = 'x'",
        "Microsoft.NET.Sdk.Web\"",
        "[package]\nname = \"x\"\n",
        "{\"scripts\":{\"start\":\"node a.js\",\"build\":\"x\"},\"dependencies\":{\"vite\":\"1\"}}",
        "app = FastAPI()\n",
        "app: Flask = flask.Flask(\n__main__",
        "[project]\nname = 'x'",
        "public static void main(",
        "module x\n",
    ]);
    prop_oneof![known.prop_map(ToOwned::to_owned), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_described_by_a_text_that_loads(files in prop::collection::vec((path(), content()), 0..14)) {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (text, _) = described(&files);
        prop_assert!(toml::from_str::<toml::Table>(&format!("{HEAD}{}", text.text)).is_ok(), "{}", text.text);
    }
}
