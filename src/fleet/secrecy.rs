//! Variables that have no place in an image, which keeps every value: by their names, and by what their values hold.

/// Endings of names whose values are secret.
const NAMES: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "ACCESS_KEY_ID",
    "PRIVATE_KEY",
    "SECRET_KEY",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// Words of names whose values are mostly secret.
const LIKELY: [&str; 11] = [
    "PASSWORD",
    "REDIS_AUTH",
    "PASSWD",
    "PASSPHRASE",
    "_PWD",
    "SECRET",
    "CREDENTIAL",
    "TOKEN",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
];

/// Last words of names whose values are mostly secret.
const LIKELY_ENDS: [&str; 4] = ["SALT", "PGPASS", "DSN", "SECRET"];

/// Settings in connection strings whose values are secret.
const FIELDS: [&str; 5] = ["password=", "pwd=", "accesskey=", "accountkey=", "sharedaccesskey="];

/// How keys of well-known services begin, and how many characters follow at least.
const KEYS: [(&str, usize); 20] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 35),
    ("dop_v1_", 32),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("hf_", 30),
    ("npm_", 30),
    ("pypi-AgE", 16),
    ("rk_live_", 16),
    ("sk_live_", 16),
    ("sk-ant-", 16),
    ("sk-proj-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
];

/// Why a variable is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Its name says so.
    Name,
    /// Its value holds a password or a key.
    Value,
}

impl Sign {
    /// What it is of a variable, behind its name.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Name => "looks like a secret",
            Self::Value => "contains credentials",
        }
    }

    /// Why it is refused in an image, behind its name.
    pub(crate) fn refuses(self) -> &'static str {
        match self {
            Self::Name => "looks like a secret, but anyone with the image can read it",
            Self::Value => "contains credentials, but anyone with the image can read it",
        }
    }
}

/// Why a variable is secret, if it certainly is.
pub(crate) fn sign(name: &str, value: &str) -> Option<Sign> {
    if is_switch(value) {
        None
    } else if is_named(name) {
        Some(Sign::Name)
    } else {
        has_credentials(value).then_some(Sign::Value)
    }
}

/// Whether a variable is secret, or may be: what a program reads from an unknown place is better not written down.
pub(crate) fn is_likely(name: &str, value: &str) -> bool {
    if is_switch(value) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    let plain = upper.replace("TOKENS", "").replace("TOKENIZER", "").replace('_', "");
    let is_key =
        upper.ends_with("_KEY") && !["PUBLIC", "PUBLISHABLE", "SITE"].iter().any(|word| upper.contains(word));
    // What comes from elsewhere may hold one.
    let is_address = value.is_empty() && upper.ends_with("CONNECTION_STRING");
    sign(name, value).is_some()
        || is_address
        || is_key
        || LIKELY_ENDS.iter().any(|word| upper == *word || upper.ends_with(&format!("_{word}")))
        || LIKELY.iter().any(|word| plain.contains(&word.replace('_', "")))
}

/// A switch holds nothing.
fn is_switch(value: &str) -> bool {
    ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether the name of a variable says that it is secret.
pub(crate) fn is_named(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    NAMES.iter().any(|word| name.ends_with(word))
}

fn has_credentials(value: &str) -> bool {
    has_password(value) || has_field(value) || has_key(value) || has_private_key(value)
}

/// A password between a user and a host: `amqp://user:password@host`.
fn has_password(value: &str) -> bool {
    value.match_indices("://").any(|(at, colon)| {
        let rest = &value[at + colon.len()..];
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or(rest);
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| is_said(password))
    })
}

/// A password in a list of settings: `Server=db;User Id=sa;Password=x`.
fn has_field(value: &str) -> bool {
    let plain = value.to_ascii_lowercase().replace(' ', "");
    FIELDS.iter().any(|field| {
        plain.match_indices(field).any(|(at, _)| {
            let begins = *field != "pwd=" || !plain[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            begins && is_said(plain[at + field.len()..].split([';', '&', ',']).next().unwrap_or_default())
        })
    })
}

/// Whether a password is there, and not a variable or a placeholder that a program fills in.
fn is_said(password: &str) -> bool {
    !password.is_empty() && !password.contains(['$', '{', '<', '%'])
}

fn has_key(value: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    value.split(|c: char| !is_of_key(c)).any(|word| {
        KEYS.iter().any(|(start, length)| {
            let rest = word.strip_prefix(start);
            let is_upper =
                |rest: &str| !matches!(*start, "AKIA" | "ASIA") || !rest.contains(|c: char| c.is_lowercase());
            rest.is_some_and(|rest| rest.len() >= *length && is_upper(rest))
        })
    })
}

fn has_private_key(value: &str) -> bool {
    value.contains("-----BEGIN ") && value.contains("PRIVATE KEY-----")
}

#[cfg(test)]
mod tests {
    use super::{Sign, is_likely, sign};

    #[test]
    fn values_with_credentials() {
        let key = format!("AKIA{}", "EXAMPLE7".repeat(2));
        let token = format!("ghp_{}", "a1".repeat(18));
        for value in [
            "postgres://u:p@db/x",
            "redis://:p@cache:6379",
            "jdbc:postgresql://u:p@db/x",
            "http://a.example/,http://u:p@b.example/",
            "Server=db;User Id=sa;Password=x",
            "Server=db; Pwd = x;",
            "AccountName=a;AccountKey=x==",
            &key,
            &format!("--key={key}"),
            &token,
            "-----BEGIN RSA PRIVATE KEY-----\\nMII",
        ] {
            assert_eq!(sign("SOURCE", value), Some(Sign::Value), "{value}");
        }
    }

    #[test]
    fn values_without_credentials() {
        for value in [
            "postgres://db/x",
            "postgres://u@db/x",
            "postgres://u:@db/x",
            "postgres://u:${PASSWORD}@db/x",
            "postgres://<user>:<password>@db",
            "http://host:80/a@b:c@d",
            "http://host/?to=a:b@c",
            "host:80",
            "password=",
            "Server=db;Password=${X};",
            "OLDPWD=/srv",
            "AKIA",
            "AKIAjustalongerword0",
            "npm_config_cache",
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(sign("SOURCE", value), None, "{value}");
        }
    }

    #[test]
    fn names() {
        for name in ["API_TOKEN", "DB_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "apikey"] {
            assert_eq!(sign(name, ""), Some(Sign::Name), "{name}");
        }
        for name in ["TOKEN_TTL", "PARTITION_KEY", "SENTRY_DSN"] {
            assert_eq!(sign(name, "1"), None, "{name}");
        }
        assert!(is_likely("SENTRY_DSN", "") && is_likely("STRIPE_KEY", "") && is_likely("X", "redis://:p@c"));
        assert!(
            !is_likely("MAX_TOKENS", "5") && !is_likely("PUBLIC_KEY", "x") && !is_likely("LEVEL", "info")
        );
    }
}
