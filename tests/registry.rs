//! The registry client against servers on loopback: one of our own that misbehaves on demand, and
//! Debian's `docker-registry` where it is installed.

#[path = "registry/misbehaving.rs"]
mod misbehaving;
#[path = "registry/pins.rs"]
mod pins;
#[path = "registry/real.rs"]
mod real;
#[path = "registry/server.rs"]
mod server;
#[path = "registry/tls.rs"]
mod tls;
