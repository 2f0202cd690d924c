//! The packages of Alpine that Dockerfiles install, and the packages of Debian that hold the same.

/// What Debian has for a package of Alpine.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Debian {
    /// A package.
    Package(String),
    /// Nothing of its own: it comes with another package or with every builder.
    Included,
    /// Nobody knows.
    Unknown,
}

/// What Debian has for a package of Alpine.
pub(super) fn in_debian(package: &str) -> Debian {
    if INCLUDED.contains(&package) {
        return Debian::Included;
    }
    if SAME.contains(&package) {
        return Debian::Package(package.to_owned());
    }
    let known = RENAMED.iter().find(|(alpine, _)| *alpine == package);
    known.map_or(Debian::Unknown, |(_, debian)| Debian::Package((*debian).to_owned()))
}

/// Parts of Alpine's C library, and tools that every builder has.
const INCLUDED: [&str; 10] = [
    "ca-certificates-bundle",
    "gcompat",
    "libc6-compat",
    "libgcc",
    "musl",
    "musl-utils",
    "py3-pip",
    "py3-virtualenv",
    "python3",
    "su-exec",
];

const SAME: [&str; 34] = [
    "bash",
    "ca-certificates",
    "cargo",
    "cmake",
    "curl",
    "dumb-init",
    "ffmpeg",
    "file",
    "flac",
    "g++",
    "gcc",
    "git",
    "gnupg",
    "graphviz",
    "jq",
    "libffi-dev",
    "libpq-dev",
    "libsodium-dev",
    "libwebp-dev",
    "libxml2-dev",
    "make",
    "mariadb-client",
    "nginx",
    "openssl",
    "patchelf",
    "pkgconf",
    "postgresql-client",
    "python3-dev",
    "rsync",
    "socat",
    "tini",
    "tzdata",
    "unzip",
    "wget",
];

const RENAMED: [(&str, &str); 45] = [
    ("alpine-sdk", "build-essential"),
    ("bind-tools", "bind9-dnsutils"),
    ("build-base", "build-essential"),
    ("bzip2-dev", "libbz2-dev"),
    ("cairo-dev", "libcairo2-dev"),
    ("curl-dev", "libcurl4-openssl-dev"),
    ("expat-dev", "libexpat1-dev"),
    ("freetype-dev", "libfreetype-dev"),
    ("fribidi-dev", "libfribidi-dev"),
    ("gdbm-dev", "libgdbm-dev"),
    ("geos-dev", "libgeos-dev"),
    ("gmp-dev", "libgmp-dev"),
    ("harfbuzz-dev", "libharfbuzz-dev"),
    ("icu-dev", "libicu-dev"),
    ("jpeg-dev", "libjpeg-dev"),
    ("krb5-dev", "libkrb5-dev"),
    ("lcms2-dev", "liblcms2-dev"),
    ("libc-dev", "libc6-dev"),
    ("libjpeg-turbo-dev", "libjpeg62-turbo-dev"),
    ("libmagic", "libmagic1"),
    ("libmemcached-dev", "libmemcached-dev"),
    ("libpng-dev", "libpng-dev"),
    ("libpq", "libpq5"),
    ("libstdc++", "libstdc++6"),
    ("libxslt-dev", "libxslt1-dev"),
    ("linux-headers", "linux-libc-dev"),
    ("mariadb-connector-c-dev", "libmariadb-dev"),
    ("mariadb-dev", "libmariadb-dev"),
    ("musl-dev", "libc6-dev"),
    ("mysql-dev", "libmariadb-dev"),
    ("ncurses-dev", "libncurses-dev"),
    ("openblas-dev", "libopenblas-dev"),
    ("openjpeg-dev", "libopenjp2-7-dev"),
    ("openldap-dev", "libldap-dev"),
    ("openssl-dev", "libssl-dev"),
    ("postgresql-dev", "libpq-dev"),
    ("postgresql-libs", "libpq5"),
    ("readline-dev", "libreadline-dev"),
    ("redis", "redis-server"),
    ("rust", "rustc"),
    ("sqlite-dev", "libsqlite3-dev"),
    ("tiff-dev", "libtiff-dev"),
    ("unixodbc-dev", "unixodbc-dev"),
    ("xz-dev", "liblzma-dev"),
    ("zlib-dev", "zlib1g-dev"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_alpine_have_other_names_in_debian() {
        assert_eq!(in_debian("build-base"), Debian::Package("build-essential".to_owned()));
        assert_eq!(in_debian("linux-headers"), Debian::Package("linux-libc-dev".to_owned()));
        assert_eq!(in_debian("ffmpeg"), Debian::Package("ffmpeg".to_owned()));
        assert_eq!(in_debian("acme-tools"), Debian::Unknown);
        assert!(RENAMED.is_sorted() && SAME.is_sorted() && INCLUDED.is_sorted());
    }
}
