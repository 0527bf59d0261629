//! The store on a server keeps the contract.
// Tests say what they expect by unwrapping it, and wait in real time for real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, clippy::print_stderr)]

#[path = "../agreement/mod.rs"]
mod agreement;
mod load;
mod steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::{Store, conformance};

/// A store of its own on a server.
fn store(url: &str) -> Arc<dyn Store> {
    static STORES: AtomicUsize = AtomicUsize::new(0);
    store_at(url, &format!("t{}:", STORES.fetch_add(1, Ordering::Relaxed)))
}

/// The store whose keys begin with `prefix`.
fn store_at(url: &str, prefix: &str) -> Arc<dyn Store> {
    let sign = if url.contains('?') { '&' } else { '?' };
    Arc::new(RedisStore::new(Address::parse(&format!("{url}{sign}prefix={prefix}"), None).unwrap()))
}

#[test]
fn a_single_server_keeps_the_contract() {
    let server = sidereal_test_servers::single();
    conformance::check(&|| store(&server.url()));
    agreement::check(1500, || store(&server.url()));
}

#[test]
fn a_unix_socket_keeps_the_contract() {
    let server = sidereal_test_servers::single();
    conformance::check(&|| store(&format!("unix:{}", server.socket().display())));
}

#[test]
fn a_cluster_keeps_the_contract() {
    let cluster = sidereal_test_servers::cluster();
    conformance::check(&|| store(&cluster.url()));
    agreement::check(1500, || store(&cluster.url()));
}

#[test]
#[ignore = "make test-redis-all"]
fn tls_keeps_the_contract() {
    let server = sidereal_test_servers::tls();
    let (ca, cert, key) = (server.ca.display(), server.certificate.display(), server.key.display());
    let url = format!("{}?ca={ca}&cert={cert}&key={key}", server.url());
    conformance::check(&|| store(&url));
    agreement::check(300, || store(&url));
}

#[test]
#[ignore = "make test-redis-all"]
fn sentinels_keep_the_contract() {
    let servers = sidereal_test_servers::sentinels();
    conformance::check(&|| store(&servers.url()));
    agreement::check(300, || store(&servers.url()));
}
