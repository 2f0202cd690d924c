//! What a service gets wrong by itself, although every value has its type.

use std::collections::BTreeSet;

use unicode_normalization::is_nfc;

use super::at::At;
use super::extra;
use super::flaws::Wrong;
use super::model::Service;
use super::runtime_checks;
use super::secrecy;
use super::words::{EnvName, Port};
use crate::diagnostic::Diagnostic;
use crate::excluded::is_secret;
use crate::kinds;
use crate::outputs;
use crate::reserved::{folded, reserved_part};
use crate::shell;

/// What a service gets wrong by itself, but for what depends on a key that is wrong already.
pub(super) fn within(service: &Service, wrong: &Wrong) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(dockerfile_name(service));
    found.extend(normal_form(service));
    found.extend(nested_directories(service));
    if !wrong.has("ports") {
        found.extend(published_ports(service));
    }
    found.extend(same_destination(service));
    found.extend(secrets_in_env(service));
    found.extend(never_admitted(service));
    found.extend(overwritten_label(service));
    if !wrong.has_any([Wrong::KIND, "ports", "programs", "sources"]) {
        found.extend(kinds::check(service).or_else(|| long_lines(service)));
        found.extend(extra::check(service));
    }
    found.extend(runtime_checks::within(service, wrong));
    found
}

fn dockerfile_name(service: &Service) -> Option<Diagnostic> {
    let path = service.dockerfile.as_str();
    let folded = folded(path);
    let taken = [outputs::BAKE, outputs::COMPOSE].contains(&&*folded)
        || folded.split('/').next() == Some(outputs::SHARED)
        || folded.ends_with(".dockerignore");
    if let Some(part) = reserved_part(path) {
        let message = format!("`{path}` contains `{part}`, where dockwright does not write");
        return Some(Diagnostic::new(service.dockerfile.span.clone(), message).hint("give it another path"));
    }
    let message = if taken {
        format!("`{path}` is a name that dockwright uses itself")
    } else if !crate::path::is_dockerfile(service.dockerfile.file_name()) {
        format!("`{path}` is not the name of a Dockerfile")
    } else {
        return None;
    };
    Some(
        Diagnostic::new(service.dockerfile.span.clone(), message)
            .hint("call it Dockerfile or Dockerfile.NAME"),
    )
}

/// A port that the command line has its program listen on, and that is none of the service: probably a mistake, since
/// EXPOSE and the health check have the other one.
pub(super) fn other_port(service: &Service) -> Option<Diagnostic> {
    let words = service.kind.program().entrypoint(service);
    let value = shell::option(&words, &["--bind", "--port", "--server.port", "--http-port"])?;
    let port: u16 = value.rsplit(':').next()?.parse().ok()?;
    let is_other = !service.ports.is_empty() && service.ports.iter().all(|own| own.get() != port);
    is_other.then(|| {
        let name = &service.name.value;
        let message = format!("the command line of `{name}` has port {port}, which is not in its `ports`");
        Diagnostic::new(service.name.span.clone(), message)
            .hint("correct one of them: EXPOSE and the health check use `ports`")
    })
}

/// Bake turns every text into Unicode's normal form C, as HCL has it, and then finds no file of another form.
fn normal_form(service: &Service) -> Option<Diagnostic> {
    let path = service.dockerfile.as_str();
    (!is_nfc(path)).then(|| {
        let message = "the path is not in Unicode's normal form C, which buildx bake turns it into";
        Diagnostic::new(service.dockerfile.span.clone(), message)
            .hint("write each accented letter of the file's name as one character")
    })
}

/// BuildKit reads no line that is longer (`bufio.MaxScanTokenSize`), and the exec form is one line.
const LONGEST_LINE: usize = 65_535;

fn long_lines(service: &Service) -> Option<Diagnostic> {
    let of = |argv: &[String]| argv.iter().map(|word| 2 * word.len() + 4).sum::<usize>();
    let commands = [
        ("its command", service.kind.program().entrypoint(service)),
        ("its health check", kinds::health_command(service)),
    ];
    let (what, argv) = commands.into_iter().find(|(_, argv)| of(argv) > LONGEST_LINE)?;
    let message = format!("{what} is too long for a line of a Dockerfile: {} bytes", of(&argv) / 2);
    Some(
        Diagnostic::new(service.name.span.clone(), message)
            .hint("BuildKit reads 65,535 bytes of a line: put the rest into a file of the image"),
    )
}

fn nested_directories(service: &Service) -> Option<Diagnostic> {
    let mut all: Vec<_> = service.writable.iter().chain(&service.volumes).collect();
    if let Some(tmp) = all.iter().find(|at| at.as_str() == "/tmp" || at.as_str() == "/") {
        return Some(
            Diagnostic::new(
                tmp.span.clone(),
                format!("`{}` is not a directory that belongs to the service", tmp.value),
            )
            .hint(if tmp.as_str() == "/" {
                "list the directories that the program writes to"
            } else {
                "use the key `tmp`"
            }),
        );
    }
    // With a slash behind each, what lies below a directory follows it at once.
    all.sort_by_cached_key(|at| format!("{}/", at.value));
    let (outer, inner) = all.iter().zip(all.iter().skip(1)).find(|(outer, inner)| inner.is_within(outer))?;
    let message = if inner.value == outer.value {
        format!("`{}` is listed twice", inner.value)
    } else {
        format!("`{}` is below `{}`, which is already writable", inner.value, outer.value)
    };
    Some(
        Diagnostic::new(inner.span.clone(), message)
            .related(outer.span.clone(), "the outer directory")
            .hint("list one of them: a mount on the outer directory hides the inner one"),
    )
}

/// A port that `ports` names twice.
pub(super) fn same_port(ports: &[At<Port>]) -> Option<Diagnostic> {
    let (at, port) =
        ports.iter().enumerate().find(|(at, port)| ports[..*at].iter().any(|one| one.value == port.value))?;
    let first = ports[..at].iter().find(|one| one.value == port.value)?;
    Some(
        Diagnostic::new(port.span.clone(), format!("port {} is named twice", port.value))
            .related(first.span.clone(), "the first time")
            .hint("name each port once"),
    )
}

fn published_ports(service: &Service) -> impl Iterator<Item = Diagnostic> {
    let stray = service.publish.iter().filter(|publish| !service.ports.contains(&publish.container));
    stray.map(|stray| {
        let message = format!(
            "port {} is published, but `{}` does not listen on it",
            stray.container, service.name.value
        );
        Diagnostic::new(stray.span.clone(), message).hint(listening(&service.ports))
    })
}

pub(super) fn listening(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "the service has no `ports`".to_owned();
    }
    let list: Vec<_> = ports.iter().map(Port::to_string).collect();
    format!("its ports are {}", list.join(", "))
}

fn same_destination(service: &Service) -> Option<Diagnostic> {
    let mut seen = BTreeSet::new();
    let twice = service.sources.iter().find(|source| !seen.insert(&source.to))?;
    Some(
        Diagnostic::new(
            twice.span.clone(),
            format!("two sources of `{}` go to {}", service.name.value, twice.to),
        )
        .hint("write { from = \"…\", to = \"…\" } for one of them"),
    )
}

/// Whether no build context lets a path in, because of what a part of it is called.
pub(super) fn is_never_admitted(path: &str) -> bool {
    path.split('/').any(is_secret)
}

/// A source that no build context lets in.
fn never_admitted(service: &Service) -> Option<Diagnostic> {
    let source = service.sources.iter().find(|source| is_never_admitted(source.from.as_str()))?;
    let message =
        format!("`{}` matches a pattern that is always excluded from the build context", source.from);
    Some(
        Diagnostic::new(source.span.clone(), message).hint("pass secrets with `secrets`, or rename the file"),
    )
}

/// A label that the build gives by an argument.
fn overwritten_label(service: &Service) -> Option<Diagnostic> {
    let own = ["org.opencontainers.image.revision", "org.opencontainers.image.version"];
    let label = service.labels.keys().find(|key| own.contains(&key.as_str()))?;
    Some(
        Diagnostic::new(service.name.span.clone(), format!("the label `{label}` is set by each build"))
            .about(["labels", label.as_str()])
            .hint("remove it: REVISION and VERSION of the bake file set it"),
    )
}

fn secrets_in_env(service: &Service) -> Option<Diagnostic> {
    // The path of a secret that is mounted is none itself.
    let is_path = |value: &str| service.secret_files.values().any(|path| path.as_str() == value);
    let sign = |name: &EnvName, value: &str| secrecy::sign(name.as_str(), value).filter(|_| !is_path(value));
    let (secret, sign) =
        service.env.iter().find_map(|(name, value)| Some((name, sign(name, value.as_str())?)))?;
    Some(
        Diagnostic::new(
            service.name.span.clone(),
            format!("`{secret}` of service `{}` {}", service.name.value, sign.refuses()),
        )
        .about(["env", secret.as_str()])
        .hint("list it in `secrets`: it is then mounted as a file at run time"),
    )
}
