//! The stores that schedules are played on.

use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::memory::MemoryStore;
use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::sqlite::SqliteStore;
use tempfile::TempDir;

use super::gate::Gate;

/// Which store is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Memory,
    Sqlite,
    Redis,
}

impl Kept {
    /// A store of its own, and the directory that it lies in.
    pub fn open(self) -> (Gate, Option<TempDir>) {
        match self {
            Self::Memory => (Gate::around(MemoryStore::new()), None),
            Self::Sqlite => {
                let place = tempfile::tempdir().expect("a directory");
                (Gate::around(SqliteStore::open(&place.path().join("store")).expect("a store")), Some(place))
            }
            Self::Redis => {
                static STORES: AtomicUsize = AtomicUsize::new(0);
                let (server, number) = (sidereal_test_servers::shared(), STORES.fetch_add(1, Ordering::Relaxed));
                let url = format!("unix:{}?prefix=model{number}:", server.socket().display());
                (Gate::around(RedisStore::new(Address::parse(&url, None).expect("an address"))), None)
            }
        }
    }
}
