//! Platforms, such as `linux/arm64`.

/// What is wrong with a platform, as `Parse` of containerd/platforms has it.
pub(super) fn wrong(text: &str) -> Option<&'static str> {
    let mut parts = text.splitn(4, '/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let word = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b) || more.contains(&b))
    };
    let (system, version) = match first.strip_suffix(')').and_then(|first| first.split_once('(')) {
        Some((system, version)) => (system, Some(version)),
        None => (first, None),
    };
    let version_ok = version.is_none_or(|text| text.is_empty() || word(text, b".%+"));
    if !word(system, b"") || !version_ok || !rest.iter().all(|part| word(part, b".")) || rest.len() > 2 {
        return Some("write os/architecture, such as linux/arm64");
    }
    let known = |name: &str| SYSTEMS.contains(&name) || ARCHITECTURES.contains(&name);
    (rest.is_empty() && !known(&system.to_lowercase()))
        .then_some("write os/architecture, such as linux/arm64")
}

const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "macos",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];

const ARCHITECTURES: [&str; 31] = [
    "386",
    "i386",
    "amd64",
    "x86_64",
    "x86-64",
    "amd64p32",
    "arm",
    "armhf",
    "armel",
    "armbe",
    "arm64",
    "aarch64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "linux",
];
