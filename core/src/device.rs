//! Remembered devices: what Sidereal knows of a client that stays logged in.
//!
//! Plain data. Its bytes are made in [`crate::codec`], sealed in [`crate::seal`]; what a token of it is worth is decided in [`crate::autologin`].

use std::fmt;

use crate::client::Client;
use crate::clock::Time;
use crate::id::Handle;
use crate::token::Digest;

/// A client that stays logged in, from one log-in with auto-login to its absolute limit.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    /// Its public name, which selects its row.
    pub name: Handle,
    /// The user that it logs in: what a client says about that counts for nothing.
    pub user: Box<[u8]>,
    /// When auto-login was turned on.
    pub created: Time,
    /// When it is over, whatever happens. Never moves (R54).
    pub ends: Time,
    /// When it logged in last; when it was created, until it has.
    pub last_used: Time,
    /// What the client looked like then.
    pub client: Client,
    /// Tokens that have been used, the latest one last. That one is the one whose successors are pending; the earlier ones are there for requests that
    /// are still on their way. Empty until the first token is used.
    pub used: Vec<Used>,
    /// Tokens that nobody has presented yet, the newest last: at most [`crate::autologin::MAX_SIBLINGS`].
    pub pending: Vec<Digest>,
}

/// A token that has been used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// What is kept of it.
    pub digest: Digest,
    /// When a successor was last minted for it.
    pub at: Time,
}

/// Who the user is, is not for logs.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({} used, {} pending)", self.used.len(), self.pending.len())
    }
}
