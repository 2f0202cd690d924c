//! Where a request may go: over HTTPS anywhere, over plain HTTP to this very machine alone.
//!
//! What decides is the parsed address, never a part of its text: `http://localhost:1@192.0.2.1/` begins
//! with `localhost` and leads elsewhere.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// An address that a request may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    uri: Uri,
    /// Whether it is on this very machine.
    is_here: bool,
}

impl Address {
    /// Reads an absolute address; the error says why nothing is sent there.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "is not an address")?;
        let authority = uri.authority().ok_or("is not an absolute address")?;
        if authority.as_str().contains('@') {
            return Err("contains a user name");
        }
        let port = authority.as_str().strip_prefix(authority.host()).unwrap_or("?");
        let is_port = port.strip_prefix(':').is_some_and(|number| number.parse::<u16>().is_ok());
        if authority.host().is_empty() || !(port.is_empty() || is_port) {
            return Err("is not an address");
        }
        let is_here = is_loopback_host(authority.host());
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_here => {}
            Some("http") => return Err("uses plain HTTP to another machine"),
            _ => return Err("is not an https address"),
        }
        Ok(Self { uri, is_here })
    }

    /// An address that what is here names: another machine has no business with servers on this one.
    pub(super) fn names(&self, text: &str) -> Result<Self, &'static str> {
        let other = Self::parse(text)?;
        if other.is_here && !self.is_here {
            return Err("is on this machine, and the registry is not");
        }
        Ok(other)
    }

    /// Where a redirect (`Location`) leads, which may be relative to here (RFC 9110, section 10.2.2).
    pub(super) fn redirected(&self, location: &str) -> Result<Self, &'static str> {
        let (scheme, authority) = (self.uri.scheme_str().unwrap_or_default(), self.authority());
        let has_scheme = location.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':'));
        if has_scheme {
            self.names(location)
        } else if location.starts_with("//") {
            self.names(&format!("{scheme}:{location}"))
        } else if location.starts_with('/') {
            self.names(&format!("{scheme}://{authority}{location}"))
        } else {
            let path = self.uri.path();
            let directory = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
            self.names(&format!("{scheme}://{authority}{directory}{location}"))
        }
    }

    /// Whether it is spoken to in plain HTTP.
    pub(super) fn is_plain(&self) -> bool {
        self.uri.scheme_str() == Some("http")
    }

    /// Whether another address is of the same server: what one of them may know, the other may.
    pub(super) fn has_origin_of(&self, other: &Self) -> bool {
        self.uri.scheme() == other.uri.scheme() && self.authority() == other.authority()
    }

    fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// Whether the `host[:port]` of an image's name is this very machine.
pub(super) fn is_loopback(registry: &str) -> bool {
    Address::parse(&format!("https://{registry}/")).is_ok_and(|address| address.is_here)
}

fn is_loopback_host(host: &str) -> bool {
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || number.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for text in [
            "http://localhost:5000/v2/",
            "http://LocalHost/",
            "http://127.0.0.1/",
            "http://127.9.9.9:1/x",
            "http://[::1]:5000/v2/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(Address::parse(text).is_ok_and(|address| address.is_plain()), "{text}");
        }
        for text in [
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://example.com/localhost",
            "http://10.0.0.1:5000/",
            "http://0.0.0.0/",
            "http://[::2]/",
            "http:///localhost",
            "http://",
            "HTTP://192.0.2.1/",
            "file:///etc/passwd",
            "ftp://localhost/",
            "localhost",
            "/token",
            "",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    /// The authority decides, and not what it begins with.
    #[test]
    fn a_user_in_an_address_is_refused() {
        for text in [
            "http://localhost:1@192.0.2.1/token",
            "http://[::1]@192.0.2.1/token",
            "http://localhost@example.com/",
            "http://127.0.0.1:80@127.0.0.1/",
            "https://user@example.com/",
            "https://user:password@example.com/",
            r"http://localhost\@192.0.2.1/",
            "http://localhost:80:80/",
            "http://localhost:port/",
            "http://local%68ost/",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let path = Address::parse("https://example.com/a@b").unwrap();
        assert_eq!((path.authority(), path.is_here), ("example.com", false));
    }

    #[test]
    fn a_redirect_is_read_from_where_it_was_found() {
        let here = Address::parse("https://a.b:1/v2/x/manifests/1?y=z").unwrap();
        let to = |location: &str| here.redirected(location).map(|next| next.to_string());
        assert_eq!(to("https://c.d/e").as_deref(), Ok("https://c.d/e"));
        assert_eq!(to("//c.d/e").as_deref(), Ok("https://c.d/e"));
        assert_eq!(to("/e?f=g:h").as_deref(), Ok("https://a.b:1/e?f=g:h"));
        assert_eq!(to("2").as_deref(), Ok("https://a.b:1/v2/x/manifests/2"));
        assert!(to("http://c.d/").is_err() && to("//user@c.d/").is_err() && to("javascript:x").is_err());
    }

    #[test]
    fn another_machine_leads_to_none_on_this_one() {
        let (there, here) =
            (Address::parse("https://a.b/").unwrap(), Address::parse("http://localhost/").unwrap());
        for text in ["http://localhost/", "https://localhost/", "https://127.0.0.1/", "https://[::1]:1/"] {
            assert!(there.names(text).is_err() && here.names(text).is_ok(), "{text}");
        }
        assert!(here.names("https://a.b/").is_ok() && here.names("http://a.b/").is_err());
        assert!(there.has_origin_of(&there.names("https://a.b/other").unwrap()));
        assert!(!there.has_origin_of(&there.names("https://a.b:444/").unwrap()));
    }

    proptest! {
        /// Whatever is accepted in plain HTTP has an authority that says, whole, this machine.
        #[test]
        fn nothing_elsewhere_is_plain(text in r"http://(localhost|127\.0\.0\.1|\[::1\])?[a-z0-9:@.\\/?#%\[\]]{0,12}(192\.0\.2\.1)?[/?#]?.{0,4}") {
            if let Ok(address) = Address::parse(&text) {
                let host = address.uri.host().unwrap();
                prop_assert!(!address.is_plain() || is_loopback_host(host), "{}", text);
                prop_assert!(!address.authority().contains('@'));
            }
        }
    }
}
