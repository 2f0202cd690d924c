//! HTTPS with certificates of one's own, by way of a proxy: what stands between a company and the world.
//!
//! The registry is called `registry.test`, which no name server knows: only the proxy leads there.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;

use super::pins::Fleet;
use super::real::Registry;

/// A root, and a certificate of `registry.test` that it signed, valid for a day; false if there is no `openssl`.
fn certificates(directory: &Path) -> bool {
    let openssl = |words: &str| {
        Command::new("openssl").args(words.split(' ')).current_dir(directory).output().is_ok_and(|output| {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            true
        })
    };
    fs::write(directory.join("names"), "subjectAltName=DNS:registry.test\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout root.key -out root.pem -days 1 -subj /CN=root"))
        && openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=registry.test"))
        && openssl(
            "x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1 -extfile names -out server.pem",
        )
}

/// A proxy that leads every connection to one address, whatever it is asked for; its own address.
fn proxy(to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let to = to.clone();
            thread::spawn(move || tunnel(client, &to));
        }
    });
    address
}

fn tunnel(mut client: TcpStream, to: &str) -> io::Result<()> {
    let mut request = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    request.read_line(&mut line)?;
    assert!(line.starts_with("CONNECT registry.test:443 "), "{line}");
    while line.trim_end() != "" {
        line.clear();
        request.read_line(&mut line)?;
    }
    let mut server = TcpStream::connect(to)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut up, mut answers) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut server, &mut answers));
    io::copy(&mut request.by_ref(), &mut up).map(drop)
}

#[test]
fn a_registry_with_a_certificate_of_its_own_behind_a_proxy() {
    let keys = tempfile::tempdir().unwrap();
    if !certificates(keys.path()) {
        let word = "skipped: openssl is not installed";
        io::stderr().write_fmt(format_args!("{word}\n")).unwrap();
        return;
    }
    let Some(registry) = Registry::start_with_tls(keys.path()) else { return };
    let proxy = format!("http://{}", proxy(registry.host.clone()));
    let fleet = Fleet::new("registry.test");
    let lock = |roots: &str| {
        let roots = keys.path().join(roots);
        fleet.run_with(
            &["lock", "--update"],
            &[("HTTPS_PROXY", &proxy), ("SSL_CERT_FILE", &roots.to_string_lossy())],
        )
    };

    // The registry is empty: that it says so means that it was asked.
    let ran = lock("root.pem");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("error: HOST/redis:7.2 does not exist\n"), "{}", ran.err);

    // A certificate that another root signed
    fs::copy(keys.path().join("root.pem"), keys.path().join("first.pem")).unwrap();
    assert!(certificates(keys.path()));
    let ran = lock("root.pem");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("error: HOST cannot be reached: "), "{}", ran.err);
    let hint = "hint: if its certificate is signed by your own CA, name a PEM file with the root certificate in SSL_CERT_FILE\n";
    assert!(ran.err.contains(hint), "{}", ran.err);

    for (file, why) in [("names", "it contains no certificate"), ("nothing.pem", "no such file or directory")]
    {
        let ran = lock(file);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(&format!("{file} cannot be used: {why}\n")), "{}", ran.err);
    }
}
