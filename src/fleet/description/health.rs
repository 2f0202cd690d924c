//! The keys of a health check.

use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::at::At;
use crate::fleet::quantities::{Statuses, Time};
use crate::fleet::words::{EnvName, GrpcService, HostName, Line, Port, UrlPath};
use crate::path::AbsolutePath;

/// How the engine checks the service's health: one of `http`, `https`, `tcp`, `unix`, `redis`, `mongodb`, `grpc`,
/// `tls`, `exec` and `none`, and optionally how often. The check connects to 127.0.0.1, and to `::1` if nothing listens
/// there. It replaces a check in `[defaults]` or the group, but inherits its times.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthTable {
    /// A path to request over HTTP. Statuses from 200 to 399 are healthy.
    #[schemars(example = &"/health")]
    pub http: Option<At<UrlPath>>,
    /// A path to request over HTTPS; the certificate is not verified. The image needs Python or Node: the static health
    /// check only starts a TLS handshake (`tls`).
    #[schemars(example = &"/health")]
    pub https: Option<At<UrlPath>>,
    /// The statuses that are healthy, instead of 200 to 399: numbers and ranges, separated by commas.
    #[schemars(example = &"200-204,401")]
    pub status: Option<At<Statuses>>,
    /// The host name to request, if the server has several: the `Host` header, the `:authority` of `grpc`, and the
    /// server name (SNI) with TLS.
    #[schemars(example = &"shop.example.org")]
    pub host: Option<At<HostName>>,
    /// A Unix socket in a directory that the service can write to. With `http`, the request is sent there instead of to
    /// a port; otherwise it must accept connections.
    #[schemars(example = &"/run/shop/api.sock")]
    pub unix: Option<At<AbsolutePath>>,
    /// A port that must accept connections. The kernel also accepts them for a program that hangs, so prefer another
    /// check where the service has one.
    #[schemars(example = 3389)]
    pub tcp: Option<At<Port>>,
    /// A port on which Redis must answer PING. Without `password`, the answer that authentication is required also
    /// counts.
    #[schemars(example = 6379)]
    pub redis: Option<At<Port>>,
    /// The secret with the password of Redis, from `secrets` or `secret_files`; the check then logs in.
    #[schemars(example = &"REDIS_PASSWORD")]
    pub password: Option<At<EnvName>>,
    /// A port on which `mongod` must answer `hello`, which needs no login.
    #[schemars(example = 27017)]
    pub mongodb: Option<At<Port>>,
    /// A port on which a gRPC server without TLS must answer `grpc.health.v1.Health/Check` with SERVING.
    #[schemars(example = 50051)]
    pub grpc: Option<At<Port>>,
    /// The service to ask for with `grpc`, instead of the server as a whole.
    #[schemars(example = &"shop.Orders")]
    pub service: Option<At<GrpcService>>,
    /// A port on which a TLS handshake must start. The certificate is not verified, and no request is sent.
    #[schemars(example = 8443)]
    pub tls: Option<At<Port>>,
    /// A command in the image that exits with 0 when the service is healthy: an absolute program and its arguments.
    #[schemars(example = ["/usr/bin/redis-cli", "ping"])]
    pub exec: Option<At<Vec<Line>>>,
    /// Why the service has no health check; the reason becomes a comment in the Dockerfile. (`HEALTHCHECK NONE` would
    /// make `docker compose up --wait` fail.)
    #[schemars(example = &"opens no socket")]
    pub none: Option<At<Line>>,
    /// The port to send the request to, instead of the first of `ports`.
    #[schemars(example = 8091)]
    pub port: Option<At<Port>>,
    /// The time between two checks.
    #[schemars(example = &"30s")]
    #[schemars(extend("default" = "30s"))]
    pub interval: Option<Time>,
    /// The time after which a check counts as failed.
    #[schemars(example = &"10s")]
    #[schemars(extend("default" = "10s"))]
    pub timeout: Option<At<Time>>,
    /// The time that the program has to start; failures in it do not count.
    #[schemars(example = &"40s")]
    #[schemars(extend("default" = "40s"))]
    pub start_period: Option<Time>,
    /// The time between two checks during `start_period`.
    #[schemars(example = &"5s")]
    #[schemars(extend("default" = "2s"))]
    pub start_interval: Option<Time>,
    /// The number of failures in a row after which the container is unhealthy.
    #[schemars(example = 3)]
    #[schemars(extend("default" = 3))]
    pub retries: Option<NonZeroU16>,
}
