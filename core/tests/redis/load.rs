//! Workers of several hosts count in one session while everything happens. No count that was acknowledged is lost, and nobody waits beyond the budget.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sidereal_core::clock::Time;
use sidereal_core::id::{Family, Handle, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::{Acquired, Change, Created, Due, Ending, New, NewDevice, Notice, Store, Whom, Written};
use sidereal_test_servers::{Forked, Proxy, cluster, eventually, sentinels, single};

use super::{store, store_at};

pub(super) const AT: Locator = Locator([9; 16]);
const DUE: Due = Due { erase: None, delete: Time::from_secs(4_000_000_000) };
pub(super) const WAIT: Wait = Wait { timeout: Duration::from_secs(20), max_waiters: 64 };

pub(super) fn create(store: &dyn Store) {
    let new = New {
        at: AT,
        family: Family([7; 16]),
        generation: 0,
        subject: None,
        prefix: None,
        cap: None,
        ended: None,
        meta: b"meta",
        payload: Some(b"0"),
        due: DUE,
    };
    assert_eq!(store.create(&new).unwrap(), Created::Done);
}

fn number(payload: Option<&[u8]>) -> u64 {
    std::str::from_utf8(payload.unwrap()).unwrap().parse().unwrap()
}

fn count(store: &dyn Store) -> u64 {
    number(store.load(&AT).unwrap().unwrap().row.payload.as_deref())
}

/// What came of it all.
#[derive(Default)]
struct Tally {
    /// Counts that were acknowledged.
    done: AtomicU64,
    /// Counts of which nobody knows: the server did not answer.
    unknown: AtomicU64,
    /// Writes that were refused because somebody else had the lease or had written.
    lost: AtomicU64,
    /// The longest time that a worker waited for a lease, in milliseconds.
    longest: AtomicU64,
    /// The longest time that a call took besides waiting.
    slowest: AtomicU64,
}

impl Tally {
    fn of(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::SeqCst)
    }

    /// Adds one to the session's number, or does not.
    fn increment(&self, store: &dyn Store, held: Duration) -> bool {
        let start = Instant::now();
        let acquired = store.acquire(&AT, &WAIT);
        let waited = millis(start.elapsed());
        let Ok(Acquired::Held(lease, Some(found))) = acquired else { return false };
        self.longest.fetch_max(waited, Ordering::SeqCst);
        std::thread::sleep(held);
        let next = (number(found.row.payload.as_deref()) + 1).to_string();
        let payload = Some(next.as_bytes());
        let change = Change { at: AT, version: found.row.version, meta: b"meta", payload, due: DUE };
        let start = Instant::now();
        let written = store.save(lease, &change);
        self.slowest.fetch_max(millis(start.elapsed()), Ordering::SeqCst);
        match written {
            Ok(Written::Done(_)) => self.done.fetch_add(1, Ordering::SeqCst),
            Ok(_) => self.lost.fetch_add(1, Ordering::SeqCst),
            Err(_) => self.unknown.fetch_add(1, Ordering::SeqCst),
        };
        matches!(written, Ok(Written::Done(_)))
    }
}

fn millis(span: Duration) -> u64 {
    span.as_millis().try_into().unwrap()
}

/// `workers` threads, each with a connection of one of two hosts, count until each has counted `each` times; `disturb` happens meanwhile.
fn hammer(hosts: [Arc<dyn Store>; 2], workers: usize, each: u32, held: Duration, disturb: impl FnOnce()) -> Tally {
    let tally = Tally::default();
    create(&*hosts[0]);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (host, tally) = (&hosts[worker % 2], &tally);
            scope.spawn(move || {
                for _ in 0..each {
                    let until = Instant::now() + Duration::from_secs(60);
                    while !tally.increment(&**host, held) {
                        assert!(Instant::now() < until, "a worker makes no progress");
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
            });
        }
        disturb();
    });
    let (done, unknown) = (Tally::of(&tally.done), Tally::of(&tally.unknown));
    eprintln!(
        "{done} counted, {unknown} unknown, {} lost, longest wait {} ms, slowest write {} ms",
        Tally::of(&tally.lost),
        Tally::of(&tally.longest),
        Tally::of(&tally.slowest)
    );
    assert_eq!(done, workers as u64 * u64::from(each));
    tally
}

/// What was acknowledged is there, and nothing else but what nobody knows of.
fn nothing_is_lost(store: &dyn Store, tally: &Tally) {
    let (there, done, unknown) = (count(store), Tally::of(&tally.done), Tally::of(&tally.unknown));
    assert!((done..=done + unknown).contains(&there), "{there} for {done} and up to {unknown}");
}

#[test]
fn scripts_are_flushed_and_connections_cut() {
    let server = single();
    let proxy = Proxy::to(server.port());
    let hosts = [store_at(&proxy.url(), "cut:"), store_at(&server.url(), "cut:")];
    let tally = hammer(hosts.clone(), 8, 60, Duration::from_millis(2), || {
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(40));
            server.flush_scripts();
            proxy.cut();
        }
    });
    nothing_is_lost(&*hosts[1], &tally);
}

#[test]
fn a_slot_moves_while_its_sessions_are_written() {
    let cluster = cluster();
    let hosts = [(); 2].map(|()| store_at(&cluster.url(), "slot:"));
    let key = "slot:{090909090909}";
    let tally = hammer(hosts.clone(), 8, 60, Duration::from_millis(2), || {
        for _ in 0..4 {
            std::thread::sleep(Duration::from_millis(50));
            cluster.move_slot(key);
        }
    });
    nothing_is_lost(&*hosts[0], &tally);
}

#[test]
#[ignore = "make test-redis-all"]
fn a_primary_dies_and_another_one_is_promoted() {
    let servers = sentinels();
    let hosts = [(); 2].map(|()| store_at(&servers.url(), "failover:"));
    let tally = hammer(hosts.clone(), 8, 200, Duration::from_millis(2), || {
        std::thread::sleep(Duration::from_millis(500));
        let old = servers.primary();
        old.kill();
        servers.await_another(old.port());
    });
    let (there, done) = (count(&*hosts[0]), Tally::of(&tally.done));
    // What the dead primary had acknowledged and not passed on yet is lost, which is some milliseconds' worth.
    assert!(there + 50 >= done && there <= done + Tally::of(&tally.unknown), "{there} for {done}");
    assert!(Tally::of(&tally.slowest) < 4000, "a write outlived its budget of three seconds");
}

#[test]
#[ignore = "make test-redis-all"]
fn a_primary_of_a_cluster_dies() {
    let cluster = cluster();
    let hosts = [(); 2].map(|()| store_at(&cluster.url(), "failover:"));
    let key = "failover:{090909090909}";
    let tally = hammer(hosts.clone(), 8, 200, Duration::from_millis(2), || {
        std::thread::sleep(Duration::from_millis(500));
        let old = cluster.owner(key).port();
        cluster.owner(key).kill();
        cluster.await_another(key, old);
    });
    let (there, done) = (count(&*hosts[0]), Tally::of(&tally.done));
    assert!(there + 50 >= done && there <= done + Tally::of(&tally.unknown), "{there} for {done}");
}

/// A process that stands still for longer than its lease finds its write refused, and whoever waited has the session by then.
#[test]
#[ignore = "make test-redis-all"]
fn a_client_is_paused_for_longer_than_its_lease() {
    let server = single();
    let store = store(&server.url());
    create(&*store);
    let place = tempfile::tempdir().unwrap();
    let paused = place.path().join("pid");
    let signal = |name: &str, pid: &str| {
        assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
    };
    let child = Forked::run(|| {
        let Acquired::Held(lease, Some(found)) = store.acquire(&AT, &WAIT).unwrap() else { return false };
        let pid = std::process::id().to_string();
        std::fs::write(&paused, &pid).unwrap();
        signal("-STOP", &pid);
        let change = Change { at: AT, version: found.row.version, meta: b"late", payload: Some(b"99"), due: DUE };
        store.save(lease, &change).unwrap() == Written::Lost
    });
    eventually("the child has the lease", || std::fs::read(&paused).is_ok_and(|pid| !pid.is_empty()));
    let pid = std::fs::read_to_string(&paused).unwrap();
    let start = Instant::now();
    let Acquired::Held(lease, Some(found)) = store.acquire(&AT, &WAIT).unwrap() else { panic!("it is freed") };
    assert!(start.elapsed() < Duration::from_secs(11));
    // Nobody has written yet: it is the lease that refuses the late one.
    signal("-CONT", &pid);
    assert!(child.succeeds());
    let change = Change { at: AT, version: found.row.version, meta: b"meta", payload: Some(b"1"), due: DUE };
    assert_eq!(store.save(lease, &change).unwrap(), Written::Done(2));
    assert_eq!(count(&*store), 1);
}

/// A request that takes longer than a lease keeps it.
#[test]
#[ignore = "make test-redis-all"]
fn a_lease_is_renewed_while_its_holder_works() {
    let server = single();
    let store = store(&server.url());
    create(&*store);
    let Acquired::Held(lease, Some(found)) = store.acquire(&AT, &WAIT).unwrap() else { panic!("nobody has it") };
    std::thread::sleep(Duration::from_secs(12));
    let brief = Wait { timeout: Duration::from_millis(200), ..WAIT };
    let Acquired::Busy(busy) = store.acquire(&AT, &brief).unwrap() else { panic!("two have the lease") };
    assert_eq!((busy.crowded, busy.pid), (false, Some(std::process::id())));
    assert!(busy.held_for.unwrap() > Duration::from_secs(11));
    let change = Change { at: AT, version: found.row.version, meta: b"meta", payload: Some(b"1"), due: DUE };
    assert_eq!(store.save(lease, &change).unwrap(), Written::Done(2));
}

/// A holder that is killed gives its lease back within its length, and what it held is as it was.
#[test]
#[ignore = "make test-redis-all"]
fn a_holder_is_killed() {
    let server = single();
    let store = store(&server.url());
    create(&*store);
    let child = Forked::run(|| {
        let Acquired::Held(lease, _) = store.acquire(&AT, &WAIT).unwrap() else { return false };
        // What kill -9 leaves: no destructor runs.
        std::mem::forget(lease);
        true
    });
    assert!(child.succeeds());
    let start = Instant::now();
    let Acquired::Held(..) = store.acquire(&AT, &WAIT).unwrap() else { panic!("the lease of the dead lasts") };
    assert!(start.elapsed() < Duration::from_secs(11));
}

/// A replica that does not answer delays what must be durable, and is told of; it does not undo it.
#[test]
fn a_replica_that_stands_still_is_told() {
    let (primary, replica) = (single(), single());
    replica.follow(&primary);
    let store = store(&primary.url());
    create(&*store);
    let device = NewDevice { name: Handle([1; 16]), subject: Tag([9; 16]), sealed: b"sealed", delete: DUE.delete };
    assert!(store.create_device(&device).unwrap());
    assert_eq!(store.take_notice(), None);
    replica.pause();
    let ending = Ending {
        whom: Whom::Family { family: Family([7; 16]), at: AT, up_to_generation: 0 },
        ended: Ended { reason: EndReason::Logout, at: Time::from_secs(1), cookie_cleared: false },
        delete: DUE.delete,
    };
    assert_eq!(store.end(&ending).unwrap(), 1);
    assert_eq!((store.take_notice(), store.take_notice()), (Some(Notice::NotReplicated), None));
    replica.resume();
}

#[test]
fn a_server_without_memory_loses_nothing() {
    let server = single();
    let store = store(&server.url());
    create(&*store);
    let Acquired::Held(lease, Some(found)) = store.acquire(&AT, &WAIT).unwrap() else { panic!("nobody has it") };
    server.set_max_memory(1);
    let big = vec![b'1'; 100_000];
    let change = Change { at: AT, version: found.row.version, meta: b"meta", payload: Some(&big), due: DUE };
    let refused = store.save(lease, &change).unwrap_err();
    assert!(refused.is_full(), "{refused}");
    assert_eq!(count(&*store), 0, "what is there can be read");
    server.set_max_memory(0);
    // The lease was given back although the write was refused.
    let start = Instant::now();
    let Acquired::Held(lease, Some(found)) = store.acquire(&AT, &WAIT).unwrap() else { panic!("nobody has it") };
    assert!(start.elapsed() < Duration::from_secs(5));
    let change = Change { version: found.row.version, payload: Some(b"1"), ..change };
    assert!(matches!(store.save(lease, &change).unwrap(), Written::Done(_)));
    assert_eq!(count(&*store), 1);
}

#[test]
fn a_store_that_is_down_answers_within_its_budget_and_comes_back() {
    let mut server = single();
    let url = format!("{}?total_timeout_ms=500", server.url());
    let store = store(&url);
    create(&*store);
    server.kill();
    let start = Instant::now();
    let refused = store.load(&AT).unwrap_err();
    assert!(refused.is_store() && start.elapsed() < Duration::from_secs(2));
    server.restart();
    eventually("the store is back", || store.load(&AT).is_ok());
}
