//! Redis servers of the tests' own, and a proxy that breaks connections to them.
//!
//! They run as the user of the test, on loopback ports and sockets in a private directory, and end with the value that stands for them: also when a test
//! panics, and when its process is killed. `scripts/bootstrap.sh test` installs what it takes: redis-server, redis-cli and openssl. `SIDEREAL_REDIS_SERVER` and
//! `SIDEREAL_REDIS_CLI` name other programs than the installed ones, such as Valkey's.

// What goes wrong here is a failed test, and says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod cluster;
mod fork;
mod proxy;
mod sentinels;
mod server;
mod tls;
mod topology;

use std::time::Duration;

pub use cluster::Cluster;
pub use fork::Forked;
pub use proxy::Proxy;
pub use sentinels::Sentinels;
pub use server::{Server, eventually};
pub use tls::{Tls, tls};
pub use topology::{Servers, Topology};

/// How long a server that is meant to die may stand still before another one is put in its place.
const BRISK: Duration = Duration::from_millis(500);

/// One server without a password.
pub fn single() -> Server {
    Server::start(&[])
}

/// One server that asks for `password`.
pub fn single_with_password(password: &str) -> Server {
    Server::start(&[("requirepass", password)])
}

/// A primary called `main` with two replicas and three Sentinels. A primary that dies is replaced within some seconds.
pub fn sentinels() -> Sentinels {
    Sentinels::start(BRISK)
}

/// A Cluster of three primaries with a replica each.
pub fn cluster() -> Cluster {
    Cluster::start(2 * BRISK)
}
