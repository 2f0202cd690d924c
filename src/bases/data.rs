//! What a move between two versions of a database means for its data.

use super::catalogue::short_name;
use crate::image::ImageReference;

/// A database, and how its versions read the data of others.
struct Database {
    product: &'static str,
    /// Names of its images, the last part of them.
    names: &'static [&'static str],
    /// How many numbers of its version say in which form the data are: 1 of `16.4`, 2 of `8.4.3`.
    numbers: usize,
    upgrade: fn(&str, &str) -> String,
}

const DATABASES: [Database; 8] = [
    Database {
        product: "PostgreSQL",
        names: &["postgres", "postgresql", "postgis", "pgvector", "timescaledb"],
        numbers: 1,
        upgrade: |old, new| {
            format!(
                "PostgreSQL {new} does not start on a data directory of {old}: run pg_upgrade, or dump and restore"
            )
        },
    },
    Database {
        product: "MySQL",
        names: &["mysql", "mysql-server"],
        numbers: 2,
        upgrade: |old, new| {
            format!(
                "MySQL {new} upgrades a data directory of {old} in place only from the release series before it (5.7, 8.0, 8.4, 9), and there is no way back: back up first, or dump and restore"
            )
        },
    },
    Database {
        product: "MariaDB",
        names: &["mariadb"],
        numbers: 2,
        upgrade: |old, new| {
            format!(
                "MariaDB {new} needs mariadb-upgrade on a data directory of {old} (MARIADB_AUTO_UPGRADE=1), and there is no way back: back up first"
            )
        },
    },
    Database {
        product: "MongoDB",
        names: &["mongo", "mongodb"],
        numbers: 2,
        upgrade: |old, new| {
            format!(
                "MongoDB {new} only starts on data files of the release before it: from {old}, upgrade one release at a time and set featureCompatibilityVersion at each, or dump and restore"
            )
        },
    },
    Database {
        product: "Redis",
        names: &["redis"],
        numbers: 1,
        upgrade: |old, new| {
            format!(
                "Redis {new} reads RDB and AOF files of {old}, but {old} cannot read those of {new}: back them up first"
            )
        },
    },
    Database {
        product: "Elasticsearch",
        names: &["elasticsearch"],
        numbers: 1,
        upgrade: |old, new| {
            format!(
                "Elasticsearch {new} only reads indices of the major version before it: from {old}, upgrade to the last minor version of each major first, and reindex what is older"
            )
        },
    },
    Database {
        product: "OpenSearch",
        names: &["opensearch"],
        numbers: 1,
        upgrade: |old, new| {
            format!(
                "OpenSearch {new} only reads indices of the major version before it: from {old}, upgrade one major at a time, and reindex what is older"
            )
        },
    },
    Database {
        product: "InfluxDB",
        names: &["influxdb"],
        numbers: 1,
        upgrade: |old, new| {
            format!(
                "InfluxDB {new} does not read the data of {old}: migrate them (influxd upgrade), or export and import"
            )
        },
    },
];

/// What to do about the data on disk if a database moves to another version of their form.
pub fn data_upgrade(from: &ImageReference, to: &ImageReference) -> Option<String> {
    let (database, old) = located(from)?;
    let (same, new) = located(to)?;
    if database.product != same.product {
        return None;
    }
    let shown = |version: &[u32]| {
        let numbers: Vec<String> = version.iter().map(ToString::to_string).collect();
        numbers.join(".")
    };
    // `mysql:8` and `mysql:8.0` may be one version.
    let common = old.len().min(new.len());
    let (shown_old, shown_new) = (shown(&old), shown(&new));
    match old[..common].cmp(&new[..common]) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some((database.upgrade)(&shown_old, &shown_new)),
        std::cmp::Ordering::Greater => Some(format!(
            "{} {shown_new} cannot read the data of {shown_old}, which is newer: dump and restore",
            database.product
        )),
    }
}

/// Whether the order of the texts that a database has indexed depends on the C library.
pub fn sorts_by_c_library(image: &ImageReference) -> bool {
    located(image).is_some_and(|(database, _)| database.product == "PostgreSQL")
}

/// The database of an image, with the numbers of its version that count.
fn located(image: &ImageReference) -> Option<(&'static Database, Vec<u32>)> {
    let name = short_name(image.name()).rsplit('/').next()?;
    let database = DATABASES.iter().find(|database| database.names.contains(&name))?;
    // `16.4-bookworm`, and `latest-pg16` of extensions.
    let mut words = image.tag()?.split('-');
    let word = match name {
        "pgvector" | "timescaledb" => words.find_map(|word| word.strip_prefix("pg"))?,
        _ => words.next()?,
    };
    let numbers = word.split('.').map_while(|part| part.parse().ok());
    let version: Vec<u32> = numbers.take(database.numbers).collect();
    (!version.is_empty()).then_some((database, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_another_major_version_need_an_upgrade() {
        for (from, to, said) in [
            (
                "postgres:14",
                "postgres:16",
                Some("PostgreSQL 16 does not start on a data directory of 14: run pg_upgrade"),
            ),
            ("docker.io/library/postgres:14.2-alpine", "postgres:16.4-bookworm", Some("PostgreSQL 16")),
            ("pgvector/pgvector:pg15", "pgvector/pgvector:0.8.0-pg17", Some("PostgreSQL 17")),
            ("postgres:16", "postgres:14", Some("PostgreSQL 14 cannot read the data of 16")),
            ("mysql:5.7", "mysql:8", Some("MySQL 8 upgrades")),
            ("mysql:8.0", "mysql:8.4", Some("MySQL 8.4 upgrades")),
            ("mariadb:10.6", "mariadb:11.4", Some("mariadb-upgrade")),
            ("mongo:5", "mongo:7.0", Some("featureCompatibilityVersion")),
            ("redis:6.2", "redis:7.2", Some("6 cannot read those of 7")),
            (
                "docker.elastic.co/elasticsearch/elasticsearch:7.17.1",
                "docker.elastic.co/elasticsearch/elasticsearch:8.15.0",
                Some("Elasticsearch 8 only reads indices"),
            ),
            ("postgres:16.1", "postgres:16.4-trixie", None),
            ("mysql:8", "mysql:8.4", None),
            ("redis:7.2", "redis:7.4", None),
            ("postgres", "postgres:16", None),
            ("postgres:latest", "postgres:16", None),
            ("python:3.11", "python:3.13", None),
            ("postgres:14", "mysql:8", None),
            ("prometheuscommunity/postgres-exporter:1", "prometheuscommunity/postgres-exporter:2", None),
        ] {
            let found = data_upgrade(&from.parse().unwrap(), &to.parse().unwrap());
            match (&found, said) {
                (Some(found), Some(said)) if found.contains(said) => {}
                (None, None) => {}
                _ => panic!("{from} {to}: {found:?}"),
            }
        }
    }
}
