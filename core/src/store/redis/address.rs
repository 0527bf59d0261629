//! What an operator writes to name a Redis or Valkey store, and what it means.
//!
//! Pure: reads no file and asks no server. [`parse`] knows the forms, this module what they come to. Nothing of what was written is repeated in an
//! error, for any part of it may be a password that lacks its percent-encoding.

mod options;
mod parse;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::password::Password;
use crate::error::{Error, Result};

/// Where a store is, how to log in there, and how long to wait. Its `Display` is for messages: it has neither user nor password; `Debug` is the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub(super) topology: Topology,
    /// `Some` when the connections are encrypted.
    pub(super) tls: Option<Tls>,
    pub(super) login: Login,
    /// Sentinels have passwords of their own, or none.
    pub(super) sentinel_login: Login,
    /// Always 0 in a Cluster.
    pub(super) database: u32,
    /// What every key begins with.
    pub(super) prefix: String,
    pub(super) timeouts: Timeouts,
}

/// What kind of servers there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topology {
    Single(Server),
    /// Sentinels know which server is the primary of this name.
    Sentinels {
        sentinels: Vec<Server>,
        primary: String,
    },
    /// Each of the nodes knows the others.
    Cluster(Vec<Server>),
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Server {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

/// Who to be at a server. A server without users has one called `default`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<Password>,
}

/// How a connection is encrypted. The server's certificate is always verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tls {
    /// Who signs the certificates of servers; without it those whom the system trusts.
    pub(super) ca: Option<PathBuf>,
    /// Certificate and key of this client.
    pub(super) client: Option<(PathBuf, PathBuf)>,
    /// The name in the servers' certificates; without it the host's.
    pub(super) name: Option<String>,
}

/// How long to wait. All of them are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Timeouts {
    /// For a connection that is ready to be used.
    pub(super) connect: Duration,
    /// For the answer to what was sent.
    pub(super) operation: Duration,
    /// For a call with all its attempts.
    pub(super) total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), operation: Duration::from_secs(1), total: Duration::from_secs(3) }
    }
}

impl Address {
    /// What every key begins with where nothing else is asked for.
    pub const PREFIX: &'static str = "sidereal:";

    /// Whether `text` begins as an address of Redis or Valkey does, so that [`Address::parse`] is the one to judge it. Such a text may come from
    /// `sidereal.store` or, in the dialects of the usual PHP handlers, from `session.save_path`.
    pub fn is_one(text: &str) -> bool {
        parse::begins(text)
    }

    /// Understands the text of an address; `password` is one that comes from elsewhere, see [`Password::find`].
    ///
    /// - `redis://[user[:password]@]host[:port][/database][?options]`, also `valkey://`; with TLS `rediss://` and `valkeys://`
    /// - `unix:/path/of/the/socket[?options]`
    /// - `redis+sentinel://[user[:password]@]host[:port],host[:port].../name-of-the-primary[/database][?options]`
    /// - `redis+cluster://[user[:password]@]host[:port],host[:port]...[?options]`
    /// - as in `session.save_path` for phpredis: `tcp://host:port?auth=...&database=...`, `tls://`, `unix:///path?...`, `seed[]=host:port&seed[]=...`
    ///
    /// Options: `user`, `auth`, `database`, `prefix` (1 to 64 printable ASCII characters), `connect_timeout_ms`, `operation_timeout_ms`,
    /// `total_timeout_ms` (10 to 60,000), `ca`, `cert`, `key` (absolute paths of PEM files), `tls_name`, `sentinel_user`, `sentinel_auth`. Passwords and
    /// options are percent-encoded; a `+` in an option is a space.
    ///
    /// # Errors
    /// [`Error::is_config`], with a sentence that says what to change and repeats nothing of `text`.
    ///
    /// ```
    /// use sidereal_core::store::redis::Address;
    ///
    /// let address = Address::parse("rediss://app:a%40b@db.example:6380/2?prefix=shop:", None)?;
    /// assert_eq!(address.to_string(), "rediss://db.example:6380/2");
    /// # Ok::<(), sidereal_core::Error>(())
    /// ```
    pub fn parse(text: &str, password: Option<Password>) -> Result<Self> {
        parse::address(text, password).map_err(|found| {
            Error::config(format!(
                "expected the address of a Redis or Valkey store, such as redis://127.0.0.1:6379 (sidereal.store, session.save_path), found {found}"
            ))
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        match &self.topology {
            Topology::Single(server @ Server::Unix(_)) => write!(f, "{server}")?,
            Topology::Single(server) => write!(f, "{scheme}://{server}")?,
            Topology::Sentinels { sentinels, primary } => {
                write!(f, "{scheme}+sentinel://{}/{primary}", List(sentinels))?
            }
            Topology::Cluster(seeds) => write!(f, "{scheme}+cluster://{}", List(seeds))?,
        }
        match (&self.topology, self.database) {
            (_, 0) => Ok(()),
            (Topology::Single(Server::Unix(_)), database) => write!(f, "?database={database}"),
            (_, database) => write!(f, "/{database}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

struct List<'a>(&'a [Server]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, server) in self.0.iter().enumerate() {
            write!(f, "{}{server}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
