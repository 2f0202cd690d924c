use proptest::prelude::*;

use super::*;

#[test]
fn a_directory_is_below_another_or_the_same() {
    let directory = |text: &str| text.parse::<DirectoryPath>();
    assert_eq!(directory(".").unwrap().back(), ".");
    assert_eq!(directory(".").unwrap().inside("web/Dockerfile"), Some("web/Dockerfile"));
    assert_eq!(directory("build/docker").unwrap().back(), "../..");
    assert_eq!(directory("build").unwrap().inside("build/web/Dockerfile"), Some("web/Dockerfile"));
    assert_eq!(directory("build").unwrap().inside("builds/Dockerfile"), None);
    for text in ["", "./", "./a", "..", "/a", "a/"] {
        assert!(directory(text).is_err(), "{text}");
    }
}

#[test]
fn a_relative_path_stays_below_its_directory() {
    for text in ["Dockerfile", "sessions/Dockerfile.recorder", ".hidden/x", "...", "ä/x"] {
        assert_eq!(text.parse::<RelativePath>().unwrap().to_string(), text);
    }
    for text in [
        "", "/a", "a//b", "a/", ".", "..", "a/../b", "./a", "a\\b", "C:", "C:/x", "a\nb", "a\0", "a b", "-a",
        "$x", "a*",
    ] {
        assert!(text.parse::<RelativePath>().is_err(), "{text:?}");
    }
}

#[test]
fn a_path_inside_an_image_is_absolute_and_plain() {
    for text in ["/", "/app", "/app/logs", "/a-b"] {
        assert_eq!(text.parse::<AbsolutePath>().unwrap().to_string(), text);
    }
    for text in ["", "app", "//", "/app/", "/app//logs", "/app/../etc", "/./app", "/a\tb"] {
        assert!(text.parse::<AbsolutePath>().is_err(), "{text:?}");
    }
}

#[test]
fn an_error_shows_control_characters_instead_of_printing_them() {
    let error = "a\u{1b}[31m".parse::<RelativePath>().unwrap_err().to_string();
    assert!(error.contains("\\u{1b}"), "{error}");
    assert!(!error.contains('\u{1b}'));
}

#[test]
fn a_description_is_checked_as_it_is_read_and_its_schema_says_the_kind() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Service {
        dockerfile: RelativePath,
        writable: AbsolutePath,
    }
    let read = |text: &str| toml::from_str::<Service>(text);
    let service = read("dockerfile = 'a/Dockerfile'\nwritable = '/app'").unwrap();
    assert_eq!((service.dockerfile.as_str(), service.writable.as_str()), ("a/Dockerfile", "/app"));
    let error = read("dockerfile = '../Dockerfile'\nwritable = '/app'").unwrap_err();
    assert!(error.message().contains("contains `..`"), "{error}");
    assert_eq!(error.span(), Some(13..28));

    let schema = serde_json::to_value(schemars::schema_for!(Service)).unwrap();
    assert_eq!(schema["properties"]["dockerfile"]["format"], "relative-path");
    assert_eq!(schema["properties"]["writable"]["format"], "absolute-path");
}

#[test]
fn parts_and_parents() {
    let path: RelativePath = "a/b/c".parse().unwrap();
    assert_eq!((path.file_name(), path.parent().unwrap().as_str()), ("c", "a/b"));
    assert_eq!(path.parts().collect::<Vec<_>>(), ["a", "b", "c"]);
    let path: AbsolutePath = "/a/b".parse().unwrap();
    assert_eq!(path.parent().unwrap().parent().unwrap().as_str(), "/");
    assert_eq!(path.parent().unwrap().parent().unwrap().parent(), None);
    assert_eq!("/".parse::<AbsolutePath>().unwrap().parts().count(), 0);
}

#[test]
fn within_goes_by_whole_parts() {
    let path = |text: &str| text.parse::<AbsolutePath>().unwrap();
    assert!(path("/app/logs").is_within(&path("/app")));
    assert!(path("/app").is_within(&path("/app")));
    assert!(path("/app").is_within(&path("/")));
    assert!(!path("/application").is_within(&path("/app")));
}

proptest! {
    #[test]
    fn any_text_is_taken_as_it_is_or_refused(text in any::<String>()) {
        if let Ok(path) = text.parse::<RelativePath>() {
            prop_assert_eq!(path.as_str(), text.as_str());
            prop_assert!(path.parts().all(|part| !part.is_empty() && part != "." && part != ".."));
        }
        if let Ok(path) = text.parse::<AbsolutePath>() {
            prop_assert_eq!(path.as_str(), text.as_str());
        }
    }
}
