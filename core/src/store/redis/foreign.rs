//! Strings that another program keeps on a server, for a site that moves away from it.

use redis::{Cmd, FromRedisValue, cmd, from_redis_value};

use super::address::Address;
use super::client::Client;
use super::fault::{self, Failure};
use crate::error::Result;

/// Strings whose keys begin with one prefix.
pub(crate) struct Foreign {
    client: Client,
    address: Address,
    prefix: String,
}

impl Foreign {
    /// Those at `address`, which is not asked yet. Keys begin with its prefix, or with `prefix` where it has none of its own.
    pub(crate) fn new(address: Address, prefix: &str) -> Self {
        let own = Some(&address.prefix).filter(|own| *own != Address::PREFIX);
        let prefix = own.map_or_else(|| prefix.to_owned(), String::clone);
        Self { client: Client::new(address.clone()), address, prefix }
    }

    /// Whether there is one called `name`.
    ///
    /// # Errors
    /// [`crate::Error::is_store`], as of the others.
    pub(crate) fn has(&self, name: &str) -> Result<bool> {
        self.ask(&self.command("EXISTS", name))
    }

    /// Its first `most` bytes; none when it is not there.
    pub(crate) fn read(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        self.ask(self.command("GETRANGE", name).arg(0).arg(most.saturating_sub(1)))
    }

    /// Its length in bytes.
    pub(crate) fn length(&self, name: &str) -> Result<u64> {
        self.ask(&self.command("STRLEN", name))
    }

    /// Removes it, if it is there.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        self.ask::<u64>(&self.command("DEL", name)).map(drop)
    }

    fn command(&self, what: &str, name: &str) -> Cmd {
        let mut command = cmd(what);
        command.arg(format!("{}{name}", self.prefix));
        command
    }

    fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let answer = self.client.command(command)?;
        from_redis_value(answer).map_err(|_| fault::explain(&self.address, &Failure::Garbled))
    }
}
