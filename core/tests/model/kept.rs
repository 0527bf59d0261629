//! The stores that schedules are played on.

use sidereal_core::store::memory::MemoryStore;
use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_test_servers::Topology;
use tempfile::TempDir;

use super::gate::Gate;

/// Which store is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Memory,
    Sqlite,
    On(Topology),
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
            Self::On(topology) => {
                let address = Address::parse(&topology.shared().new_store(), None).expect("an address");
                (Gate::around(RedisStore::new(address)), None)
            }
        }
    }
}
