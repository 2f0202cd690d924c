//! Values that are wrong whatever the build is told: ports, signals, modes, times.
//!
//! A value that hangs on a variable is not judged.

use super::{Words, mount};
use crate::diagnostic::Diagnostic;
use crate::dockerfile::expand::{self, Expansion};
use crate::dockerfile::instruction::{Flag, Instruction, Word};
use crate::dockerfile::keyword::Keyword;
use crate::dockerfile::{duration, heredoc};

pub(super) fn values(instruction: &Instruction<'_>, words: &Words<'_>) -> Option<Diagnostic> {
    match instruction.keyword {
        Keyword::Healthcheck => health(instruction),
        Keyword::Run => {
            instruction.flags.iter().find_map(|flag| run(flag).or_else(|| mount::mount(flag, words)))
        }
        Keyword::Copy | Keyword::Add => copy(instruction, words),
        Keyword::Expose => instruction.arguments.iter().find_map(|word| {
            let ports = expand::expand_words(&word.value, words.escape, words.lookup).ok()?;
            let wrong = |word: &Expansion| matches!(word, Expansion::Known(port) if !is_port(port));
            ports.iter().any(wrong).then(|| {
                wrong_value(word, "a port").hint("write 8080, 8080/udp or 8000-8010; tcp, udp and sctp exist")
            })
        }),
        Keyword::Stopsignal => instruction.arguments.iter().find_map(|word| {
            let wrong = !is_signal(&words.known(word)?);
            wrong.then(|| wrong_value(word, "a signal").hint("write SIGTERM or a number"))
        }),
        Keyword::Volume => instruction.arguments.iter().find_map(|word| {
            let empty = words.known(word)?.is_empty();
            empty.then(|| Diagnostic::new(word.span.clone(), "a path in VOLUME is empty"))
        }),
        _ => None,
    }
}

fn wrong_value(word: &Word<'_>, what: &str) -> Diagnostic {
    Diagnostic::new(word.span.clone(), format!("`{}` is not {what}", word.value))
}

fn health(instruction: &Instruction<'_>) -> Option<Diagnostic> {
    if instruction.arguments.first().is_some_and(|kind| kind.value.eq_ignore_ascii_case("none")) {
        return None;
    }
    instruction.flags.iter().find_map(|flag| {
        let value = flag.value.as_ref().filter(|value| !value.value.is_empty())?;
        let valid = match &*flag.name.value {
            "retries" => value.value.parse::<i32>().is_ok_and(|retries| retries >= 0),
            _ => duration::parse(&value.value).is_some(),
        };
        let message = format!("`{}` is not a valid value for `--{}`", value.value, flag.name.value);
        let hint = "write 30s, 1m30s, 500ms; retries are a number";
        (!valid).then(|| Diagnostic::new(value.span.clone(), message).hint(hint))
    })
}

/// `--network`, `--security` and `--device`, in which no variables are replaced.
fn run(flag: &Flag<'_>) -> Option<Diagnostic> {
    let value = flag.value.as_ref()?;
    let allowed: &[&str] = match &*flag.name.value {
        "network" => &["default", "none", "host"],
        "security" => &["sandbox", "insecure"],
        "device" => return mount::device(value),
        _ => return None,
    };
    let message = format!("`{}` is not a valid value for `--{}`", value.value, flag.name.value);
    let hint = format!("write {}; variables are not expanded here", allowed.join(", "));
    (!allowed.contains(&&*value.value)).then(|| Diagnostic::new(value.span.clone(), message).hint(hint))
}

fn copy(instruction: &Instruction<'_>, words: &Words<'_>) -> Option<Diagnostic> {
    if let Some(word) = instruction.flag_value("chmod") {
        let mode = words.known(word);
        if mode.is_some_and(|mode| !mode.is_empty() && !is_mode(&mode)) {
            let hint = "write 0755, or changes such as u=rwX,go=rX";
            return Some(wrong_value(word, "a mode").hint(hint));
        }
    }
    let path = |word: &&Word<'_>| !heredoc::is_operator(&word.value);
    let (_, sources) = instruction.arguments.split_last()?;
    let sources: Vec<&Word<'_>> = sources.iter().filter(path).collect();
    if instruction.keyword == Keyword::Copy {
        return sources.into_iter().find_map(|word| {
            let remote = is_remote(&words.known(word)?);
            let message = "COPY cannot copy a URL or a repository";
            remote.then(|| Diagnostic::new(word.span.clone(), message).hint("write ADD"))
        });
    }
    let word = instruction.flag_value("checksum")?;
    let checksum = words.known(word).filter(|checksum| !checksum.is_empty())?;
    let [source] = sources[..] else {
        return Some(Diagnostic::new(word.span.clone(), "`--checksum` takes exactly one source"));
    };
    let source_text = words.known(source)?;
    if !is_remote(&source_text) {
        let message = "`--checksum` needs a URL or a repository as its source";
        return Some(Diagnostic::new(word.span.clone(), message));
    }
    let wrong = !is_repository(&source_text) && !crate::image::is_digest(&checksum);
    wrong.then(|| wrong_value(word, "a digest").hint("write `sha256:` and 64 hexadecimal digits"))
}

/// What ADD fetches from elsewhere.
fn is_remote(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://") || is_repository(source)
}

/// Whether a source is a repository of git: `https://host/x.git`, `git@host:x`, `ssh://…`.
fn is_repository(source: &str) -> bool {
    if source.starts_with("git://") || source.starts_with("ssh://") {
        return true;
    }
    if let Some((_, rest)) = source.split_once("://") {
        let path = rest.split(['#', '?']).next().unwrap_or_default();
        return source.starts_with("http") && path.strip_suffix(".git").is_some();
    }
    // The short form of ssh: a user, a host and a path.
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let short = source.split_once('@').and_then(|(user, rest)| Some((user, rest.split_once(':')?)));
    short.is_some_and(|(user, (host, path))| word(user) && word(host) && !path.is_empty())
}

/// `[[ip:]host:]port[-port][/protocol]`
fn is_port(text: &str) -> bool {
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next().unwrap_or_default();
    let (host, ip) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (container, protocol) = container.split_once('/').unwrap_or((container, ""));
    let protocols = ["", "tcp", "udp", "sctp"];
    let range = |text: &str| {
        let number = |text: &str| {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            digits.bytes().next()?.is_ascii_digit().then_some(())?;
            text.parse::<i64>().ok().filter(|port| (0..=65_535).contains(port))
        };
        let (start, end) = text.split_once('-').unwrap_or((text, text));
        let (start, end) = (number(start)?, if start == end { number(start)? } else { number(end)? });
        (start <= end).then_some(end - start)
    };
    let Some(ports) = range(container) else { return false };
    let inner = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    protocols.iter().any(|known| protocol.eq_ignore_ascii_case(known))
        && (ip.is_empty() || inner.parse::<std::net::IpAddr>().is_ok())
        && (host.is_empty() || range(host).is_some_and(|hosts| ports == 0 || hosts == ports))
}

/// The signals of Linux.
const SIGNALS: [&str; 36] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
];

/// A name of a signal of Linux, with or without `SIG`, or any number but zero.
fn is_signal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        return text.parse::<i64>().is_ok_and(|number| number != 0);
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let below = |prefix, limit| {
        let number = name.strip_prefix(prefix).filter(|number| !number.starts_with(['0', '+']));
        number.and_then(|number| number.parse::<u8>().ok()).is_some_and(|number| number <= limit)
    };
    SIGNALS.contains(&name) || below("RTMIN+", 15) || below("RTMAX-", 14)
}

/// An octal number up to 7777, or changes as chmod takes them.
fn is_mode(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        let plain = text.len() == digits.len();
        return plain && u32::from_str_radix(digits, 8).is_ok_and(|mode| mode <= 0o7777);
    }
    text.split(',').all(|clause| {
        let rest = clause.trim_start_matches(['a', 'u', 'g', 'o']);
        rest.starts_with(['+', '-', '='])
            && rest.bytes().all(|b| matches!(b, b'+' | b'-' | b'=') || b"rwxXstugo".contains(&b))
    })
}

/// What is wrong with the value of `# check=`.
pub(in crate::dockerfile) fn options(value: &Word<'_>) -> Option<Diagnostic> {
    let wrong = value.value.splitn(3, ';').find(|option| {
        let Some((name, value)) = option.split_once('=') else { return true };
        match name.trim() {
            "skip" | "experimental" => false,
            "error" => mount::boolean(value.trim()).is_none(),
            _ => true,
        }
    })?;
    let message = format!("`{}` is not an option of `# check=`", wrong.trim());
    let hint = "write `skip=RULE,…`, `experimental=RULE,…` or `error=true`, with semicolons between them";
    Some(Diagnostic::new(value.span.clone(), message).hint(hint))
}
