//! The keys of a health check.

use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::at::At;
use crate::fleet::quantities::{Statuses, Time};
use crate::fleet::words::{EnvName, GrpcService, HostName, Line, Port, UrlPath};
use crate::path::AbsolutePath;

/// How the engine checks the service's health: one of `http`, `https`, `tcp`, `unix`, `redis`, `mongodb`,
/// `grpc`, `tls`, `exec` and `none`, and how often. Ports are asked on 127.0.0.1, and where nothing listens
/// there, on `::1`. A check takes the place of the one in `[defaults]` or the group; the times alone are shared.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthTable {
    /// A request path; a status from 200 to 399 is healthy.
    #[schemars(example = &"/health")]
    pub http: Option<At<UrlPath>>,
    /// A request path, asked over TLS; the certificate is not verified. The image needs Python or Node for it: the
    /// static health check knows only how a TLS handshake starts (`tls`).
    #[schemars(example = &"/health")]
    pub https: Option<At<UrlPath>>,
    /// Healthy statuses, instead of 200 to 399: numbers and ranges, separated by commas.
    #[schemars(example = &"200-204,401")]
    pub status: Option<At<Statuses>>,
    /// The name that the request goes to, for a server of several: the `Host` header, the `:authority` of `grpc`, and
    /// with TLS the name of the server.
    #[schemars(example = &"shop.example.org")]
    pub host: Option<At<HostName>>,
    /// A Unix socket, in a directory that the service writes to: `http` asks there instead of on a port, and alone, it
    /// must accept connections.
    #[schemars(example = &"/run/shop/api.sock")]
    pub unix: Option<At<AbsolutePath>>,
    /// A port that must accept connections. The kernel accepts them for a program that hangs as well,
    /// so say more where you can.
    #[schemars(example = 3389)]
    pub tcp: Option<At<Port>>,
    /// A port on which Redis answers PING. Without `password`, asking for one is an answer too.
    #[schemars(example = 6379)]
    pub redis: Option<At<Port>>,
    /// The secret that holds the password of Redis: one of `secrets` or `secret_files`. The check then logs in.
    #[schemars(example = &"REDIS_PASSWORD")]
    pub password: Option<At<EnvName>>,
    /// A port on which `mongod` answers hello, for which nobody need log in.
    #[schemars(example = 27017)]
    pub mongodb: Option<At<Port>>,
    /// A port on which a gRPC server answers `grpc.health.v1.Health/Check` with SERVING, without TLS.
    #[schemars(example = 50051)]
    pub grpc: Option<At<Port>>,
    /// The service that `grpc` asks for, if it is not the server as a whole.
    #[schemars(example = &"shop.Orders")]
    pub service: Option<At<GrpcService>>,
    /// A port on which a TLS handshake starts. The certificate is not verified, and no request is made.
    #[schemars(example = 8443)]
    pub tls: Option<At<Port>>,
    /// A command of the image that exits 0 when the service is healthy: an absolute program and its arguments.
    #[schemars(example = ["/usr/bin/redis-cli", "ping"])]
    pub exec: Option<At<Vec<Line>>>,
    /// Why there is nothing to look at; a comment of the Dockerfile says it. (`HEALTHCHECK NONE` would
    /// make `docker compose up --wait` fail.)
    #[schemars(example = &"opens no socket")]
    pub none: Option<At<Line>>,
    /// The port of the request, if it is not the first of `ports`.
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
    /// The time that the program is given to come up.
    #[schemars(example = &"40s")]
    #[schemars(extend("default" = "40s"))]
    pub start_period: Option<Time>,
    /// The time between two checks while it comes up.
    #[schemars(example = &"5s")]
    #[schemars(extend("default" = "2s"))]
    pub start_interval: Option<Time>,
    /// The failures in a row that make it unhealthy.
    #[schemars(example = 3)]
    #[schemars(extend("default" = 3))]
    pub retries: Option<NonZeroU16>,
}
