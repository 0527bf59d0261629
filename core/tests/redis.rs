//! The store on a server keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::{Store, conformance};

#[test]
fn it_keeps_the_contract() {
    let url = std::env::var("SIDEREAL_REDIS").unwrap();
    let stores = AtomicUsize::new(0);
    let run = std::process::id();
    conformance::check(&|| {
        let prefix = format!("t{run}-{}:", stores.fetch_add(1, Ordering::Relaxed));
        Arc::new(RedisStore::new(Address(url.clone(), prefix))) as Arc<dyn Store>
    });
}
