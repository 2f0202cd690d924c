//! The binary: parse, run, exit code.
fn main() {
    let text = std::fs::read_to_string("services.toml").unwrap();
    match dockwright::fleet::load(&text) {
        Ok(fleet) => {
            for service in &fleet.services {
                let path = std::path::Path::new("/tmp/gen").join(service.dockerfile.as_str());
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, dockwright::render::dockerfile(&fleet, service).unwrap()).unwrap();
                let ignore = format!("{}.dockerignore", path.display());
                std::fs::write(&ignore, dockwright::render::dockerignore(&fleet, service).unwrap()).unwrap();
            }
        }
        Err(mistakes) => {
            for m in mistakes {
                let line = text[..m.span.start].lines().count();
                eprintln!("{line}: {} {:?}", m.message, m.hint);
            }
        }
    }
}
