//! Upstream images: where their program is, and which directories they declare as volumes.

/// What is known of an upstream image.
pub(super) struct Upstream {
    /// The last part of its name.
    name: &'static str,
    /// Its program; `{version}` is the first number of the tag.
    program: &'static str,
    /// What its Dockerfile declares with VOLUME.
    pub(super) volumes: &'static [&'static str],
    /// The TCP ports that its Dockerfile names with EXPOSE.
    pub(super) ports: &'static [u16],
    /// What its Dockerfile says with STOPSIGNAL.
    pub(super) signal: Option<&'static str>,
    /// What its entry script does before the first start.
    pub(super) prepares: Option<&'static str>,
}

const DATABASE: Option<&str> = Some(
    "its entry script, which creates the database in an empty volume, is not run: mount an initialised volume",
);

/// From the Dockerfiles of the images, as of 2026-11.
const IMAGES: [Upstream; 20] = [
    upstream("coredns", "/coredns", &[], None),
    upstream("envoy", "/usr/local/bin/envoy", &[], None).exposes(&[10000]),
    upstream("etcd", "/usr/local/bin/etcd", &[], None).exposes(&[2379, 2380]),
    upstream("haproxy", "/usr/local/sbin/haproxy", &[], None).stopped_by("SIGUSR1"),
    upstream("httpd", "/usr/local/apache2/bin/httpd", &[], None).stopped_by("SIGWINCH").exposes(&[80]),
    upstream("influxdb", "/usr/bin/influxd", &["/var/lib/influxdb2", "/etc/influxdb2"], None)
        .exposes(&[8086]),
    upstream("mariadb", "/usr/sbin/mariadbd", &["/var/lib/mysql"], DATABASE).exposes(&[3306]),
    upstream("memcached", "/usr/local/bin/memcached", &[], None).exposes(&[11211]),
    upstream("minio", "/usr/bin/minio", &["/data"], None).exposes(&[9000]),
    upstream("mongo", "/usr/bin/mongod", &["/data/db", "/data/configdb"], None).exposes(&[27017]),
    upstream("mysql", "/usr/sbin/mysqld", &["/var/lib/mysql"], DATABASE).exposes(&[3306]),
    upstream("nats", "/nats-server", &[], None).exposes(&[4222]),
    upstream("nginx", "/usr/sbin/nginx", &[], None).stopped_by("SIGQUIT").exposes(&[80]),
    upstream(
        "postgres",
        "/usr/lib/postgresql/{version}/bin/postgres",
        &["/var/lib/postgresql/data"],
        DATABASE,
    )
    .stopped_by("SIGINT")
    .exposes(&[5432]),
    upstream("prometheus", "/bin/prometheus", &["/prometheus"], None).exposes(&[9090]),
    upstream("redis", "/usr/local/bin/redis-server", &["/data"], None).exposes(&[6379]),
    upstream("redis-stack-server", "/opt/redis-stack/bin/redis-stack-server", &["/data"], None)
        .exposes(&[6379]),
    upstream("registry", "/bin/registry", &["/var/lib/registry"], None).exposes(&[5000]),
    upstream("traefik", "/usr/local/bin/traefik", &[], None).exposes(&[80]),
    upstream("valkey", "/usr/local/bin/valkey-server", &["/data"], None).exposes(&[6379]),
];

const fn upstream(
    name: &'static str,
    program: &'static str,
    volumes: &'static [&'static str],
    prepares: Option<&'static str>,
) -> Upstream {
    Upstream { name, program, volumes, ports: &[], signal: None, prepares }
}

/// What is known of an image, by its name without registry and tag.
pub(super) fn of(name: &str) -> Option<&'static Upstream> {
    let last = name.rsplit('/').next().unwrap_or(name);
    IMAGES.iter().find(|image| image.name == last)
}

impl Upstream {
    const fn exposes(self, ports: &'static [u16]) -> Self {
        Self { ports, ..self }
    }

    const fn stopped_by(self, signal: &'static str) -> Self {
        Self { signal: Some(signal), ..self }
    }

    /// The path of its program, for a tag.
    pub(super) fn program(&self, tag: Option<&str>) -> Option<String> {
        if !self.program.contains("{version}") {
            return Some(self.program.to_owned());
        }
        let version: String = tag?.chars().take_while(char::is_ascii_digit).collect();
        (!version.is_empty()).then(|| self.program.replace("{version}", &version))
    }
}
