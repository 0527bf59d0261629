//! Every store keeps the contract, and all of them keep it in the same way.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::memory::MemoryStore;
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_core::store::{Store, conformance};

#[test]
fn memory_keeps_the_contract() {
    conformance::check(&|| Arc::new(MemoryStore::new()));
}

#[test]
fn sqlite_keeps_the_contract() {
    let root = tempfile::tempdir().unwrap();
    let stores = AtomicUsize::new(0);
    conformance::check(&|| {
        let dir = root.path().join(format!("store{}", stores.fetch_add(1, Ordering::Relaxed)));
        Arc::new(SqliteStore::open(&dir).unwrap()) as Arc<dyn Store>
    });
}

#[test]
fn sqlite_and_memory_agree() {
    // Where memory is a file system, a sync costs nothing.
    let fast = PathBuf::from("/dev/shm");
    let dir = if fast.is_dir() { tempfile::tempdir_in(fast) } else { tempfile::tempdir() }.unwrap();
    let stores = AtomicUsize::new(0);
    agreement::check(1500, || {
        let store = dir.path().join(format!("store{}", stores.fetch_add(1, Ordering::Relaxed)));
        let open = || Arc::new(SqliteStore::open(&store).unwrap()) as Arc<dyn Store>;
        vec![open(), open()]
    });
}
