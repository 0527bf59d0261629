//! Every store keeps the contract.

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
