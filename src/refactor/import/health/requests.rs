//! curl and wget.

use super::address::{self, Address};
use super::{Check, Probe, Request};

/// What an option of curl or wget means for the check that takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Nothing that it does not do itself.
    Nothing,
    /// An error status is a failure.
    Fails,
    /// Another status than a redirect's is looked at.
    Follows,
    /// Credentials are sent.
    Credentials,
    /// A header is sent.
    Header,
    /// Another method is used.
    Method,
    /// A body is sent.
    Body,
    /// A Unix socket is asked.
    Socket,
    /// The request is repeated.
    Repeats,
    /// The answer is written for another command.
    Writes,
}

use Meaning::{Body, Credentials, Fails, Follows, Header, Method, Nothing, Repeats, Socket, Writes};

/// An option: its names, whether it has a value, and its meaning. What is not here changes nothing.
type Options = &'static [(&'static [&'static str], bool, Meaning)];

const CURL: Options = &[
    (&["-f", "--fail", "--fail-with-body"], false, Fails),
    (&["-L", "--location"], false, Follows),
    (&["-u", "--user", "--oauth2-bearer"], true, Credentials),
    (&["-H", "--header"], true, Header),
    (&["-A", "--user-agent", "-e", "--referer"], true, Header),
    (&["-X", "--request"], true, Method),
    (
        &["-d", "--data", "--data-raw", "--data-binary", "--json", "-F", "--form", "-T", "--upload-file"],
        true,
        Body,
    ),
    (&["--unix-socket", "--abstract-unix-socket"], true, Socket),
    (&["--retry"], true, Repeats),
    (&["-w", "--write-out"], true, Writes),
    (
        &[
            "-o",
            "--output",
            "-m",
            "--max-time",
            "--connect-timeout",
            "--retry-delay",
            "--retry-max-time",
            "-b",
            "--cacert",
            "--capath",
            "--proxy",
            "-x",
            "--noproxy",
            "--resolve",
            "--connect-to",
            "--cert",
            "-E",
            "--key",
            "--interface",
            "--max-redirs",
            "--proto",
            "--stderr",
            "-c",
            "--speed-time",
            "-y",
            "-Y",
        ],
        true,
        Nothing,
    ),
];

const WGET: Options = &[
    (&["--user", "--password", "--http-user", "--http-password"], true, Credentials),
    (&["--header", "-U", "--user-agent", "--referer"], true, Header),
    (&["--method"], true, Method),
    (&["--post-data", "--post-file", "--body-data", "--body-file"], true, Body),
    (&["-t", "--tries"], true, Nothing),
    (
        &["-O", "-o", "-T", "--timeout", "--output-document", "-Y", "-e", "-a", "-P", "--waitretry", "-w"],
        true,
        Nothing,
    ),
];

pub(super) fn curl(arguments: &[String]) -> Option<Check> {
    let read = options(arguments, CURL);
    let check = read.check()?;
    let fails = read.found.iter().any(|(meaning, _)| matches!(meaning, Fails | Writes));
    let is_http = matches!(check.probe, Probe::Http(_));
    Some(if fails || !is_http {
        check
    } else {
        check.lose("accepts any status, as curl does without -f; the new one requires 200 to 399")
    })
}

pub(super) fn wget(arguments: &[String]) -> Option<Check> {
    options(arguments, WGET).check()
}

/// A command line as it is read: its options by their meaning, each with its value, and the address.
struct Read {
    found: Vec<(Meaning, String)>,
    address: Option<Address>,
}

fn options(arguments: &[String], known: Options) -> Read {
    let mut request = Read { found: Vec::new(), address: None };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let is_long = word.starts_with("--");
        if let Some(flags) = word.strip_prefix('-').filter(|flags| !is_long && !flags.is_empty()) {
            // `-fsSu user:password`: the last of several letters may have a value, which may be the rest of the word.
            for (at, letter) in flags.char_indices() {
                let flag = format!("-{letter}");
                let Some((_, has_value, meaning)) = known.iter().find(|(names, ..)| names.contains(&&*flag))
                else {
                    continue;
                };
                let rest = &flags[at + letter.len_utf8()..];
                let value = match (has_value, rest) {
                    (false, _) => String::new(),
                    (true, "") => words.next().cloned().unwrap_or_default(),
                    (true, rest) => rest.to_owned(),
                };
                request.found.push((*meaning, value));
                if *has_value {
                    break;
                }
            }
        } else if is_long {
            let (flag, joined) =
                word.split_once('=').map_or((word.as_str(), None), |(flag, v)| (flag, Some(v)));
            if let Some((_, has_value, meaning)) = known.iter().find(|(names, ..)| names.contains(&flag)) {
                let value = joined.map(str::to_owned);
                let value = value.or_else(|| has_value.then(|| words.next().cloned()).flatten());
                request.found.push((*meaning, value.unwrap_or_default()));
            }
        } else if request.address.is_none() {
            request.address = address::find(word).or_else(|| address::parse(false, word));
        }
    }
    request
}

impl Read {
    fn check(&self) -> Option<Check> {
        let mut check = asked(self.address.as_ref()?);
        let Probe::Http(request) = &mut check.probe else { return Some(check) };
        let mut lost = Vec::new();
        for (meaning, value) in &self.found {
            let (name, content) =
                value.split_once(':').map_or((value.trim(), ""), |(a, b)| (a.trim(), b.trim()));
            lost.push(match meaning {
                Socket => {
                    request.socket = Some(value.clone());
                    continue;
                }
                Header if name.eq_ignore_ascii_case("host") => {
                    request.host = Some(content.to_owned());
                    continue;
                }
                Credentials => "sends credentials; the new one does not".to_owned(),
                Header if name.eq_ignore_ascii_case("authorization") => {
                    "sends credentials; the new one does not".to_owned()
                }
                Header if !content.is_empty() => {
                    format!("sends the header {name}; the new one does not")
                }
                Method if ["GET", "HEAD"].iter().any(|plain| value.eq_ignore_ascii_case(plain)) => continue,
                Method => format!("sends {value}; the new one sends GET"),
                Body => "sends a body; the new one sends GET without one".to_owned(),
                Follows => "follows redirects; the new one accepts a redirect as healthy".to_owned(),
                Repeats => format!(
                    "repeats its request {value} times; the new one fails at once: `retries` counts failures"
                ),
                Header | Nothing | Fails | Writes => continue,
            });
        }
        for lost in lost {
            if !check.lost.contains(&lost) {
                check.lost.push(lost);
            }
        }
        Some(check)
    }
}

/// What a request to an address asks.
pub(super) fn asked(address: &Address) -> Check {
    let Address { tls, host, port, path, variable } = address;
    if host.contains('@') || path.contains('@') {
        return Check::of(Probe::Other("has credentials in its address".to_owned()));
    }
    if !address::is_here(host) {
        return Check::of(Probe::Elsewhere(host.clone()));
    }
    let request = Request { tls: *tls, ..Request::plain(port.clone(), path.clone()) };
    let check = Check::of(Probe::Http(request));
    match variable {
        Some(variable) => check.lose(format!("has {variable} in the path, which the new one cannot expand")),
        None => check,
    }
}
