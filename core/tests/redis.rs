//! The store on a server keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::{Store, conformance};

fn store() -> Arc<dyn Store> {
    static STORES: AtomicUsize = AtomicUsize::new(0);
    let url = std::env::var("SIDEREAL_REDIS").unwrap();
    let prefix = format!("t{}-{}:", std::process::id(), STORES.fetch_add(1, Ordering::Relaxed));
    Arc::new(RedisStore::new(Address(url.clone(), prefix)))
}

#[test]
fn it_keeps_the_contract() {
    conformance::check(&store);
}

#[test]
fn it_agrees_with_memory() {
    agreement::check(1500, store);
}
