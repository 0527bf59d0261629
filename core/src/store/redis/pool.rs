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

/// Idle connections, each until it is not to be used any more.
type Idle = HashMap<Server, Vec<(Link, Deadline)>>;

/// What one process keeps.
#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
    keys: OnceLock<Keys>,
}

#[derive(Default)]
struct Kept {
    idle: Idle,
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

    /// An idle connection to `server` that can be used, if there is one. Those that somebody is going to come back for are left to them if possible.
    pub(super) fn take(&self, server: &Server) -> Option<Link> {
        self.take_where(|idle| {
            let idle = idle.get_mut(server)?;
            let at = idle.iter().rposition(|(link, _)| link.watched().is_none()).or(idle.len().checked_sub(1))?;
            Some(idle.remove(at))
        })
    }

    /// The idle connection for which its server watches this, if it can be used.
    pub(super) fn take_watching(&self, watched: Watched) -> Option<Link> {
        self.take_where(|idle| {
            idle.values_mut().find_map(|idle| {
                let at = idle.iter().rposition(|(link, _)| link.watched() == Some(watched))?;
                Some(idle.remove(at))
            })
        })
    }

    fn take_where(&self, mut choose: impl FnMut(&mut Idle) -> Option<(Link, Deadline)>) -> Option<Link> {
        loop {
            let (mut link, until) = choose(&mut self.kept.lock().idle)?;
            // Looked at outside the lock.
            if !until.left().is_zero() && link.is_quiet() {
                return Some(link);
            }
        }
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
