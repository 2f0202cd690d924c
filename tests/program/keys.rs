//! Keys of services.toml after public reports, and what is said where there is no description.

use std::fs;

use crate::run;

#[test]
fn a_port_of_one_address_and_the_size_of_writable_directories_stand_in_the_compose_file() {
    let directory = tempfile::tempdir().unwrap();
    let description = "[fleet]\nname = 'x'\nimage = 'x/{name}'\nphases = ['One']\nplatforms = ['linux/amd64']\n\
        [defaults]\nphase = 1\nports = [80]\nhealth = { tcp = 80 }\nsources = ['m.py']\n\
        [services.a]\npublish = ['127.0.0.1:8080:80']\nwritable = ['/data']\nwritable_size = '1G'\npython = { module = 'm' }\n\
        [services.b]\npublish = ['[::1]:8080:80', '127.0.0.2:8080:80']\npython = { module = 'm' }\n";
    fs::write(directory.path().join("services.toml"), description).unwrap();
    let ran = run(directory.path(), &["gen"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let compose = fs::read_to_string(directory.path().join("generated/compose.yaml")).unwrap();
    for line in ["\"127.0.0.1:8080:80\"", "\"[::1]:8080:80\"", "/data:uid=65532,gid=65532,mode=0750,size=1g,"]
    {
        assert!(compose.contains(line), "{compose}");
    }
    for (wrong, message) in [
        ("'0.0.0.0:8080:80'", "another host port: \"0.0.0.0:PORT:80\""),
        ("8080", "its ports are 80"),
        ("'localhost:8080:80'", "write \"127.0.0.1:8080:80\""),
        ("'127.0.0.1:80'", "has one port: write \"127.0.0.1:80:80\""),
        ("'localhost:80'", "has one port: write \"127.0.0.1:80:80\""),
        ("'[::1]:80'", "has one port: write \"[::1]:80:80\""),
    ] {
        let text = description.replace("'[::1]:8080:80', '127.0.0.2:8080:80'", wrong);
        fs::write(directory.path().join("services.toml"), text).unwrap();
        let ran = run(directory.path(), &["gen"]);
        assert!(ran.code == Some(2) && ran.err.contains(message), "{wrong}: {}", ran.err);
    }
}

/// Run where only descriptions further down are, a command names them.
#[test]
fn descriptions_further_down_are_named() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(directory.path().join(name)).unwrap();
        fs::write(directory.path().join(name).join("services.toml"), "").unwrap();
    }
    let ran = run(directory.path(), &["gen", "--check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.replace('\\', "/").contains("hint: there are a/services.toml, b/services.toml: name one"),
        "{}",
        ran.err
    );
    for arguments in [&["bases", "--eol"][..], &["rebase", "--eol", "."]] {
        let ran = run(directory.path(), arguments);
        assert!(
            ran.err.replace('\\', "/").contains("a/services.toml, b/services.toml take no part"),
            "{}",
            ran.err
        );
    }
}
