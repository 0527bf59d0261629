//! What a process keeps between calls: idle connections, and who has which key.
//!
//! Connections belong to the process that made them: two that read from one would get each other's answers. So each process has a pool of its own
//! ([`PerProcess`](super::process::PerProcess)), and a child closes its copies of what it inherited, which tells the server nothing.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::Mutex;

use super::address::{Address, Server};
use super::link::{Link, Watched};
use super::lookup::Places;
use super::process::Own;
use super::stream::{Deadline, Keys};
use crate::error::Result;

/// Idle connections that are kept to each server; when more threads than this are at work at once, the rest open and close theirs.
const KEPT: usize = 16;
/// After so long a connection is not kept any more: something between here and the server may have forgotten it without a word.
const FRESH: Duration = Duration::from_secs(60);

/// What one process keeps.
#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
    keys: OnceLock<Keys>,
}

#[derive(Default)]
struct Kept {
    idle: HashMap<Server, Vec<(Link, Deadline)>>,
    places: Places,
}

impl Own for Pool {
    fn is_inherited(&self) {
        if let Some(mut inherited) = self.kept.try_lock() {
            inherited.idle.clear();
        }
    }
}

impl Pool {
    /// What encrypted connections are made with; `None` where they are not encrypted.
    ///
    /// # Errors
    /// A certificate or a key cannot be read.
    pub(super) fn keys(&self, address: &Address) -> Result<Option<&Keys>> {
        let Some(tls) = &address.tls else { return Ok(None) };
        if let Some(keys) = self.keys.get() {
            return Ok(Some(keys));
        }
        let keys = Keys::read(tls)?;
        Ok(Some(self.keys.get_or_init(|| keys)))
    }

    /// Who has which key, as far as it is known.
    pub(super) fn places(&self) -> Places {
        self.kept.lock().places.clone()
    }

    /// The server that has `key`, as far as it is known.
    pub(super) fn server(&self, key: &[u8]) -> Option<Server> {
        self.kept.lock().places.server(key)
    }

    /// Takes note of who has which key.
    pub(super) fn learn(&self, places: Places) {
        self.kept.lock().places = places;
    }

    /// Takes note that `slot` has moved to `server`.
    pub(super) fn moved(&self, slot: u16, server: Server) {
        self.kept.lock().places.moved(slot, server);
    }

    /// An idle connection to `server` that can be used, if there is one.
    pub(super) fn take(&self, server: &Server) -> Option<Link> {
        loop {
            // Looked at outside the lock.
            let (mut link, until) = self.kept.lock().idle.get_mut(server)?.pop()?;
            if !until.left().is_zero() && link.is_quiet() {
                return Some(link);
            }
        }
    }

    /// The idle connection for which its server watches this, if it can be used.
    pub(super) fn take_watching(&self, watched: Watched) -> Option<Link> {
        let (mut link, _) = {
            let mut kept = self.kept.lock();
            kept.idle.values_mut().find_map(|idle| {
                let at = idle.iter().rposition(|(link, _)| link.watches(watched))?;
                Some(idle.remove(at))
            })?
        };
        link.is_quiet().then_some(link)
    }

    /// Keeps a connection for the next call.
    pub(super) fn keep(&self, link: Link) {
        let mut kept = self.kept.lock();
        let idle = kept.idle.entry(link.server().clone()).or_default();
        if idle.len() < KEPT {
            idle.push((link, Deadline::after(FRESH)));
        }
    }

    /// Closes the idle connections to `server`: one of them was dead, and the others are as old.
    pub(super) fn forget(&self, server: &Server) {
        let idle = self.kept.lock().idle.remove(server);
        drop(idle);
    }

    /// Idle connections.
    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.kept.lock().idle.values().map(Vec::len).sum()
    }
}
