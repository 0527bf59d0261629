//! Redis servers of the tests' own, and a proxy that breaks connections to them.
//!
//! They run as the user of the test, on loopback ports and sockets in a private directory, and end with the value that stands for them: also when a test
//! panics, and when its process is killed. `scripts/bootstrap.sh test` installs what it takes: redis-server, redis-cli and openssl.

// What goes wrong here is a failed test, and says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod cluster;
mod fork;
mod proxy;
mod sentinels;
mod server;
mod tls;

pub use cluster::Cluster;
pub use fork::Forked;
pub use proxy::Proxy;
pub use sentinels::Sentinels;
pub use server::{Server, eventually};
pub use tls::{Tls, tls};

/// One server without a password.
pub fn single() -> Server {
    Server::start(&[])
}

/// One server for all tests of a process, which give their keys prefixes of their own.
pub fn shared() -> &'static Server {
    static SHARED: std::sync::OnceLock<Server> = std::sync::OnceLock::new();
    SHARED.get_or_init(single)
}

/// One server that asks for `password`.
pub fn single_with_password(password: &str) -> Server {
    Server::start(&[("requirepass", password)])
}

/// A primary called `main` with two replicas and three Sentinels. A primary that dies is replaced within some seconds.
pub fn sentinels() -> Sentinels {
    Sentinels::start()
}

/// A Cluster of three primaries with a replica each.
pub fn cluster() -> Cluster {
    Cluster::start()
}
