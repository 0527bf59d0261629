//! The store on a server keeps the contract.
// Tests say what they expect by unwrapping it, and wait in real time for real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // A host tells its parent; a load tells what came of it.

mod acl;
#[path = "../agreement/mod.rs"]
mod agreement;
mod increments;
mod load;
mod optimistic;
mod steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sidereal_core::clock::{Clock as _, SystemClock};
use sidereal_core::id::{Family, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::{Acquired, Cap, Created, Due, New, Store, conformance};
use sidereal_test_servers::Topology;

/// A store of its own on a server.
fn store(url: &str) -> Arc<dyn Store> {
    static STORES: AtomicUsize = AtomicUsize::new(0);
    store_at(url, &format!("t{}:", STORES.fetch_add(1, Ordering::Relaxed)))
}

/// The store whose keys begin with `prefix`.
fn store_at(url: &str, prefix: &str) -> Arc<dyn Store> {
    let sign = if url.contains('?') { '&' } else { '?' };
    open(&format!("{url}{sign}prefix={prefix}"))
}

/// The store at an address with all its options.
fn open(address: &str) -> Arc<dyn Store> {
    Arc::new(RedisStore::new(Address::parse(address, None).unwrap()))
}

sidereal_test_servers::on_every_topology! {
    the_contract_is_kept
    it_agrees_with_the_store_in_memory
}

fn the_contract_is_kept(topology: Topology) {
    conformance::check(&|| open(&topology.shared().new_store()));
}

fn it_agrees_with_the_store_in_memory(topology: Topology) {
    // Elsewhere nothing but the connection is another one.
    let steps = if matches!(topology, Topology::Tcp | Topology::Cluster) { 1500 } else { 300 };
    agreement::check(steps, || {
        let place = topology.shared().new_store();
        vec![open(&place), open(&place)]
    });
}

/// What the server has of a store that nobody sweeps goes by itself, and what is swept leaves nothing.
#[test]
fn every_cell_expires_and_a_sweep_leaves_nothing() {
    let server = sidereal_test_servers::single();
    let store = store_at(&server.url(), "t:");
    let now = SystemClock.read().wall;
    let due = Due { erase: None, delete: now.after(Duration::from_secs(60)) };
    let tag = |n: u8| Tag([n; 16]);
    for n in 0..20 {
        let new = New {
            at: Locator::new([n; Locator::HASH_LEN], &tag(n)),
            family: Family([n; 16]),
            generation: 0,
            subject: n.is_multiple_of(2).then(|| tag(n)),
            prefix: None,
            cap: None,
            ended: None,
            meta: b"meta",
            payload: Some(b"payload"),
            due,
        };
        assert_eq!(store.create(&new).unwrap(), Created::Done);
        let wait = Wait { timeout: Duration::ZERO, max_waiters: 1 };
        // A place without a row as well: its lease is all that there is.
        for place in [new.at, Locator::new([n; Locator::HASH_LEN], &tag(100 + n))] {
            assert!(matches!(store.acquire(&place, &wait).unwrap(), Acquired::Held(..)));
        }
    }
    let cells = server.cli(&["KEYS", "t:{*"]);
    assert_eq!(cells.lines().count(), 20, "a lease that was given back leaves nothing");
    for cell in cells.lines() {
        let left: u64 = server.cli(&["PTTL", cell]).parse().unwrap();
        assert!((86_400_000..86_400_000 + 61_000).contains(&left), "{cell} goes in {left} ms");
    }
    assert_eq!(store.sweep(now.after(Duration::from_secs(61)), 100, u64::MAX).unwrap().deleted, 20);
    assert_eq!(server.cli(&["DBSIZE"]), "0");
}

/// Whoever logs in again and again does not make the scripts slow that look at all of a user's rows.
#[test]
fn a_users_tombstones_are_bounded() {
    let server = sidereal_test_servers::single();
    let store = store_at(&server.url(), "t:");
    let (now, alice) = (SystemClock.read().wall, Tag([1; 16]));
    let ended = Ended { reason: EndReason::Revoked, at: now, cookie_cleared: false };
    let delete = now.after(Duration::from_secs(3600));
    let place = |n: u16| {
        let mut hash = [1; Locator::HASH_LEN];
        hash[..2].copy_from_slice(&n.to_be_bytes());
        Locator::new(hash, &alice)
    };
    for n in 0..700u16 {
        let mut family = [2; 16];
        family[..2].copy_from_slice(&n.to_be_bytes());
        let evict = Some((Ended { at: now.after(Duration::from_millis(n.into())), ..ended }, delete));
        let new = New {
            at: place(n),
            family: Family(family),
            generation: 0,
            subject: Some(alice),
            prefix: None,
            cap: Some(Cap { most: 2, now, over: &[], evict }),
            ended: None,
            meta: b"meta",
            payload: Some(b"payload"),
            due: Due { erase: None, delete: delete.after(Duration::from_millis(n.into())) },
        };
        assert_eq!(store.create(&new).unwrap(), Created::Done);
    }
    let rows = store.stats().unwrap().rows;
    assert!((500..=513).contains(&rows), "{rows} rows");
    assert_eq!(server.cli(&["ZCARD", "t:index"]), rows.to_string());
    let is_alive = |n| store.load(&place(n)).unwrap().map(|found| found.row.ended.is_none());
    assert_eq!([0, 690, 698, 699].map(is_alive), [None, Some(false), Some(true), Some(true)]);
}
