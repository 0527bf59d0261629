//! Concurrency: one writer at a time, bounded waits, and readers that wait for nobody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sidereal_core::engine::{Access, Refused};
use sidereal_core::event::Kind;
use sidereal_core::policy::LockFailure;
use sidereal_core::session::Outcome;
use sidereal_core::store::Busy;

use crate::fixture::{Op, REQUEST, World, commit, on_every_store};

on_every_store! {
    r46_parallel_increments_add_up,
    r46_also_from_an_id_that_was_not_stored_yet,
    r46_an_alias_and_its_successor_share_one_lock,
    r47_a22_the_wait_is_bounded_and_names_the_reason,
    r47_a22_waiters_are_capped,
    a22_a_slow_request_delays_nobody_else,
    a22_a_holder_that_lost_its_lease_cannot_overwrite,
    r48_readers_take_no_lock_and_wait_for_nobody,
    r48_readers_write_nothing_but_their_activity,
    a_wait_that_ran_out_may_give_a_snapshot,
    a_snapshot_that_is_not_changed_reports_nothing,
    a_dropped_session_gives_its_lease_back,
    a32_two_sessions_may_be_open_in_one_thread,
}

fn number(payload: &[u8]) -> u64 {
    std::str::from_utf8(payload).unwrap().parse().unwrap_or(0)
}

fn increment(world: &World, id: &str) {
    let mut session = world.open(id);
    let next = number(session.payload()) + 1;
    commit(&mut session, &next.to_string());
}

fn count_up(world: &World, id: &str) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| increment(world, id)));
        }
    });
}

fn r46_parallel_increments_add_up(world: World) {
    let id = world.begin("0");
    count_up(&world, &id);
    assert_eq!(number(&world.sees(&id)), 200);
}

fn r46_also_from_an_id_that_was_not_stored_yet(world: World) {
    let id = world.issue();
    count_up(&world, &id);
    assert_eq!(number(&world.sees(&id)), 200);
    assert_eq!(world.rows(), 1);
}

fn r46_an_alias_and_its_successor_share_one_lock(mut world: World) {
    let a = world.begin("1");
    let b = world.rotate(&a);
    world.set(|policy| policy.lock_wait = Duration::from_millis(20));
    let holder = world.open(&a);
    assert!(world.try_open(Some(&b), &REQUEST, Access::Exclusive).is_err());
    drop(holder);
    let holder = world.open(&b); // It becomes the current ID while it is open.
    assert!(world.try_open(Some(&a), &REQUEST, Access::Exclusive).is_err());
    assert!(world.try_open(Some(&b), &REQUEST, Access::Exclusive).is_err());
    drop(holder);
    assert_eq!((world.sees(&a), world.sees(&b)), (b"1".to_vec(), b"1".to_vec()));
}

fn busy(world: &World, id: &str) -> Busy {
    match world.try_open(Some(id), &REQUEST, Access::Exclusive) {
        Err(Refused::Busy(busy)) => busy,
        other => panic!("expected a busy session, found {other:?}"),
    }
}

#[allow(clippy::disallowed_methods)] // How long a wait really takes is what is measured.
fn r47_a22_the_wait_is_bounded_and_names_the_reason(mut world: World) {
    world.set(|policy| policy.lock_wait = Duration::from_millis(50));
    let id = world.begin("1");
    let holder = world.open(&id);
    let began = Instant::now();
    let found = busy(&world, &id);
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(45) && waited < Duration::from_secs(5), "{waited:?}");
    assert!(!found.crowded);
    assert!(found.to_string().contains("sidereal.lock_wait_ms"), "{found}");
    assert_eq!(world.events.count(Kind::LockTimeout), 1);
    drop(holder);
    assert_eq!(world.sees(&id), b"1");
}

#[allow(clippy::disallowed_methods)] // A deadline, so that a failing test ends.
fn r47_a22_waiters_are_capped(mut world: World) {
    let id = world.begin("1");
    world.set(|policy| policy.lock_max_waiters = 1);
    let mut impatient = world.second_process(0);
    impatient.set(|policy| policy.lock_wait = Duration::from_millis(1));
    let holder = world.open(&id);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            loop {
                match world.try_open(Some(&id), &REQUEST, Access::Exclusive) {
                    Ok(session) => break session.payload().to_vec(),
                    Err(refused) => assert!(matches!(refused, Refused::Busy(busy) if busy.crowded)),
                }
            }
        });
        let deadline = Instant::now() + Duration::from_secs(8);
        let found = loop {
            let found = busy(&impatient, &id);
            if found.crowded || Instant::now() > deadline {
                break found;
            }
        };
        assert!(found.crowded, "the second one that waits is one too many");
        assert!(found.to_string().contains("sidereal.lock_max_waiters"), "{found}");
        drop(holder);
        assert_eq!(waiter.join().unwrap(), b"1", "who waited gets its turn");
    });
    assert!(world.events.count(Kind::LockCrowded) >= 1);
}

fn a22_a_slow_request_delays_nobody_else(mut world: World) {
    let ids: Vec<_> = (0..50).map(|i| world.begin(&i.to_string())).collect();
    world.set(|policy| policy.lock_wait = Duration::ZERO);
    let _slow = world.open(&ids[0]);
    for (i, id) in ids.iter().enumerate().skip(1) {
        assert_eq!(world.sees(id), i.to_string().as_bytes());
    }
    drop(world.visit());
}

fn a22_a_holder_that_lost_its_lease_cannot_overwrite(world: World) {
    let id = world.begin("1");
    let mut stale = world.open(&id);
    stale_write(&world, &id);
    assert!(matches!(stale.commit(b"stale").unwrap(), Outcome::Lost(_)), "never silently");
    assert_eq!(world.events.count(Kind::WriteDropped), 1);
    drop(stale);
    assert_eq!(world.sees(&id), b"1");
}

/// What a later holder of the lease writes while the former one still thinks that it has it.
fn stale_write(world: &World, id: &str) {
    let row = world.stored(id).unwrap().row;
    let due = sidereal_core::store::Due { erase: None, delete: crate::fixture::START.after(world.policy.idle) };
    let change = sidereal_core::store::Change { at: row.at, version: row.version, meta: &row.meta, payload: None, due };
    let written = world.store.inner.save(sidereal_core::store::Lease::new(()), &change).unwrap();
    assert!(matches!(written, sidereal_core::store::Written::Done(_)));
}

fn r48_readers_take_no_lock_and_wait_for_nobody(mut world: World) {
    world.set(|policy| policy.lock_wait = Duration::ZERO);
    let id = world.begin("1");
    let holder = world.open(&id);
    let acquired = world.store.calls(Op::Acquire);
    let read = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                assert_eq!(world.read(&id).payload(), b"1");
                read.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    assert_eq!((read.into_inner(), world.store.calls(Op::Acquire)), (20, acquired));
    drop(holder);
    let reader = world.read(&id);
    assert_eq!(world.write(&id, "2"), None, "a reader holds nothing");
    assert_eq!(reader.payload(), b"1");
}

fn r48_readers_write_nothing_but_their_activity(world: World) {
    let id = world.begin("1");
    let mut reader = world.read(&id);
    assert!(!reader.is_writable());
    assert!(matches!(reader.commit(b"2").unwrap(), Outcome::Dropped("read-only")));
    let written = world.store.writes();
    world.pass(60);
    drop(world.read(&id));
    assert_eq!(world.store.writes(), written);
    world.pass(31);
    drop(world.read(&id));
    assert_eq!((world.store.writes(), world.store.calls(Op::Touch)), (written + 1, 1));
    assert_eq!(world.sees(&id), b"1");
}

fn snapshot_for_want_of_the_lock(world: &mut World) {
    world.set(|policy| {
        policy.lock_wait = Duration::from_millis(1);
        policy.lock_failure = LockFailure::ReadOnly;
    });
}

fn a_wait_that_ran_out_may_give_a_snapshot(mut world: World) {
    snapshot_for_want_of_the_lock(&mut world);
    let id = world.begin("1");
    let holder = world.open(&id);
    let mut copy = world.open(&id);
    assert_eq!((copy.payload(), copy.is_writable(), copy.access()), (&b"1"[..], false, Access::ReadOnly));
    assert!(copy.lock_notice().is_some());
    assert!(matches!(copy.commit(b"2").unwrap(), Outcome::Dropped("read-only")));
    drop((holder, copy));
    assert_eq!(world.sees(&id), b"1");
    assert_eq!((world.events.count(Kind::LockTimeout), world.events.count(Kind::WriteDropped)), (1, 1));
}

/// PHP writes at the end of each request, changed or not; only what is lost is worth a warning.
fn a_snapshot_that_is_not_changed_reports_nothing(mut world: World) {
    snapshot_for_want_of_the_lock(&mut world);
    let (stored, unstored) = (world.begin("1"), world.issue());
    for id in [&stored, &unstored] {
        let _holder = world.open(id);
        let mut copy = world.open(id);
        let same = String::from_utf8(copy.payload().to_vec()).unwrap();
        commit(&mut copy, &same);
        let mut reader = world.read(id);
        commit(&mut reader, &same);
    }
    world.log_in(&stored, "user");
    commit(&mut world.open(&stored), "1");
    assert_eq!(world.events.count(Kind::WriteDropped), 0);
}

fn a_dropped_session_gives_its_lease_back(mut world: World) {
    world.set(|policy| policy.lock_wait = Duration::ZERO);
    let id = world.begin("1");
    for _ in 0..3 {
        drop(world.open(&id));
        let mut session = world.open(&id);
        commit(&mut session, "1");
        assert_eq!(world.sees(&id), b"1", "nor does a committed one keep it");
    }
}

fn a32_two_sessions_may_be_open_in_one_thread(world: World) {
    let (a, b) = (world.begin("a"), world.begin("b"));
    let (mut first, mut second) = (world.open(&a), world.open(&b));
    commit(&mut second, "b2");
    commit(&mut first, "a2");
    assert_eq!((world.sees(&a), world.sees(&b)), (b"a2".to_vec(), b"b2".to_vec()));
}
