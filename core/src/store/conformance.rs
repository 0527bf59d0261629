//! What every store must keep: the contract of [`crate::store`], rule by rule.
//!
//! [`check`] runs all rules on stores that the caller makes; a rule that does not hold panics with its name.

// A suite says what it expects by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod devices;
mod evidence;
mod partitions;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use super::{
    Acquired, Cap, Change, Created, Due, Ending, Except, Found, Label, Lease, MAX_POINTERS, MAX_SNAPSHOTS,
    MAX_SUPERSEDED, New, NewPointer, Old, Store, Whom, Written,
};
use crate::clock::{Reading, Time, Watch};
use crate::id::{Family, Locator, Tag};
use crate::lock::Wait;
use crate::record::{EndReason, Ended};

/// A store to check.
pub type Make<'a> = &'a dyn Fn() -> Arc<dyn Store>;

type Rule = fn(&Arc<dyn Store>);

/// Checks every rule, each on a store of its own.
pub fn check(make: Make<'_>) {
    let rules: &[(&str, Rule)] = &[
        ("a created row is found whole", a_created_row_is_found_whole),
        ("a place is taken once", a_place_is_taken_once),
        ("a write needs the row's version", a_write_needs_the_rows_version),
        ("a touch keeps version and payload", a_touch_keeps_version_and_payload),
        ("an amendment loses what was based on less", an_amendment_loses_what_was_based_on_less),
        ("one of many creators wins", one_of_many_creators_wins),
        ("one of many writers of a version wins", one_of_many_writers_of_a_version_wins),
        ("a lease keeps others out until it is dropped", a_lease_keeps_others_out_until_it_is_dropped),
        ("reading waits for nobody", reading_waits_for_nobody),
        ("a wait has its limits", a_wait_has_its_limits),
        ("first come first served", first_come_first_served),
        ("a pointer leads to its row", a_pointer_leads_to_its_row),
        ("a promoted row moves with its pointers and its lease", a_promoted_row_moves_with_its_pointers_and_its_lease),
        ("who waited at the old place gets the moved row", who_waited_at_the_old_place_gets_the_moved_row),
        ("a row keeps its first and latest pointers", a_row_keeps_its_first_and_latest_pointers),
        ("an elevation happens whole or not at all", an_elevation_happens_whole_or_not_at_all),
        ("an elevation of an unstored ID remembers it", an_elevation_of_an_unstored_id_remembers_it),
        ("an elevation from a row that is kept needs it alive", an_elevation_from_a_row_that_is_kept_needs_it_alive),
        ("a family is trimmed", a_family_is_trimmed),
        ("an ending ends what it names and nothing else", an_ending_ends_what_it_names_and_nothing_else),
        ("what has ended is never written again", what_has_ended_is_never_written_again),
        ("a quarantined payload is kept", a_quarantined_payload_is_kept),
        ("a sweep takes what is due and nothing else", a_sweep_takes_what_is_due_and_nothing_else),
        ("a sweep erases what is due to be erased", a_sweep_erases_what_is_due_to_be_erased),
        ("a sweep evicts the oldest unbound rows", a_sweep_evicts_the_oldest_unbound_rows),
        ("turns are taken one at a time", turns_are_taken_one_at_a_time),
        ("a turn follows a jump slowly", a_turn_follows_a_jump_slowly),
        ("nothing is written where nothing is", nothing_is_written_where_nothing_is),
        ("racing holders lose no update", racing_holders_lose_no_update),
        ("save and touch give the lease back", save_and_touch_give_the_lease_back),
        ("a full queue is crowded", a_full_queue_is_crowded),
        ("a rotation needs a free place", a_rotation_needs_a_free_place),
        ("a promotion needs its own pointer or a free place", a_promotion_needs_its_own_pointer_or_a_free_place),
        ("promotions and visitors get on", promotions_and_visitors_get_on),
        ("the newest pointer stays, whatever its time", the_newest_pointer_stays_whatever_its_time),
        ("an ending follows a row that has moved", an_ending_follows_a_row_that_has_moved),
        ("an ending ends the row that it starts from", an_ending_ends_the_row_that_it_starts_from),
        ("a sweep goes by the latest deadline", a_sweep_goes_by_the_latest_deadline),
        ("whoever saw an erased payload loses its write", whoever_saw_an_erased_payload_loses_its_write),
        ("a sweep does no more than its limit", a_sweep_does_no_more_than_its_limit),
        ("what is left over is evicted first", what_is_left_over_is_evicted_first),
        ("extreme values are kept", extreme_values_are_kept),
        ("a list has what carries the label and has not ended", a_list_has_what_carries_the_label_and_has_not_ended),
        ("an ending of a subject ends their families", an_ending_of_a_subject_ends_their_families),
        ("an ending of all ends everybody", an_ending_of_all_ends_everybody),
        ("a cap refuses", a_cap_refuses),
        ("a cap evicts who is due first", a_cap_evicts_who_is_due_first),
        ("a cap holds among parallel log-ins", a_cap_holds_among_parallel_log_ins),
    ];
    for (name, rule) in rules.iter().chain(devices::RULES).chain(evidence::RULES).chain(partitions::RULES) {
        let store = make();
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rule(&store)));
        if held.is_err() {
            panic!("the store breaks the rule: {name}");
        }
    }
}

const FAMILY: Family = Family([7; 16]);
const ALICE: Tag = Tag([1; 16]);
/// In Alice's partition: tags may share one.
const BOB: Tag = Tag([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
const NOW: Time = Time::from_secs(1_800_000_000);

/// A place in Alice's partition.
fn at(n: u16) -> Locator {
    place(n, &ALICE)
}

fn place(n: u16, tag: &Tag) -> Locator {
    let mut out = [0; Locator::HASH_LEN];
    // Spread over the number space, as keyed hashes are.
    out[..2].copy_from_slice(&n.wrapping_mul(40_503).to_be_bytes());
    out[8..].copy_from_slice(&n.to_be_bytes());
    Locator::new(out, tag)
}

fn later(seconds: u64) -> Time {
    NOW.after(Duration::from_secs(seconds))
}

fn due(seconds: u64) -> Due {
    Due { erase: None, delete: later(seconds) }
}

fn new(n: u16) -> New<'static> {
    New {
        at: at(n),
        family: FAMILY,
        generation: 0,
        subject: None,
        prefix: None,
        cap: None,
        ended: None,
        meta: b"meta",
        payload: Some(b"payload"),
        due: due(100),
    }
}

fn change(n: u16, version: u64) -> Change<'static> {
    Change { at: at(n), version, meta: b"changed", payload: Some(b"written"), due: due(200) }
}

fn pointer(n: u16, made: u64) -> NewPointer<'static> {
    NewPointer { at: at(n), made: later(made), sealed: b"sealed" }
}

fn patient() -> Wait {
    Wait { timeout: Duration::from_secs(20), max_waiters: 32 }
}

fn lease(store: &Arc<dyn Store>, n: u16) -> Lease {
    leased(store, n).0
}

fn leased(store: &Arc<dyn Store>, n: u16) -> (Lease, Option<Found>) {
    match store.acquire(&at(n), &patient()).unwrap() {
        Acquired::Held(lease, found) => (lease, found),
        Acquired::Busy(busy) => panic!("expected a lease, found {busy:?}"),
    }
}

fn found(store: &Arc<dyn Store>, n: u16) -> Found {
    store.load(&at(n)).unwrap().expect("a row")
}

fn create(store: &Arc<dyn Store>, new: &New<'_>) {
    assert_eq!(store.create(new).unwrap(), Created::Done);
}

fn a_created_row_is_found_whole(store: &Arc<dyn Store>) {
    assert_eq!(store.load(&at(1)).unwrap(), None);
    create(store, &new(1));
    let Found { row, pointer } = found(store, 1);
    assert_eq!((row.at, row.version, row.ended, pointer), (at(1), 1, None, None));
    assert_eq!((row.meta.as_slice(), row.payload.as_deref()), (&b"meta"[..], Some(&b"payload"[..])));
    assert_eq!(store.load(&at(2)).unwrap(), None);
    create(store, &New { payload: None, ..new(2) });
    assert_eq!(found(store, 2).row.payload, None);
    assert_eq!(store.stats().unwrap().rows, 2);
}

fn a_place_is_taken_once(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert_eq!(store.create(&New { meta: b"other", ..new(1) }).unwrap(), Created::Taken);
    assert_eq!(found(store, 1).row.meta, b"meta");
    // A pointer takes a place as well.
    let lease = lease(store, 1);
    assert_eq!(store.rotate(&change(1, 1), &pointer(2, 0)).unwrap(), Written::Done(2));
    drop(lease);
    assert_eq!(store.create(&new(2)).unwrap(), Created::Taken);
}

fn a_write_needs_the_rows_version(store: &Arc<dyn Store>) {
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Lost);
    create(store, &new(1));
    assert_eq!(store.save(lease(store, 1), &change(1, 2)).unwrap(), Written::Lost);
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Done(2));
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Lost);
    assert_eq!(store.rotate(&change(1, 1), &pointer(2, 0)).unwrap(), Written::Lost);
    assert_eq!(store.load(&at(2)).unwrap(), None);
    let row = found(store, 1).row;
    assert_eq!((row.version, row.meta.as_slice(), row.payload.as_deref()), (2, &b"changed"[..], Some(&b"written"[..])));
    let kept = Change { payload: None, meta: b"again", ..change(1, 2) };
    assert_eq!(store.save(lease(store, 1), &kept).unwrap(), Written::Done(3));
    assert_eq!(found(store, 1).row.payload.as_deref(), Some(&b"written"[..]));
}

fn a_touch_keeps_version_and_payload(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert_eq!(store.touch(None, &change(1, 1)).unwrap(), Written::Done(1));
    let row = found(store, 1).row;
    assert_eq!((row.version, row.meta.as_slice(), row.payload.as_deref()), (1, &b"changed"[..], Some(&b"payload"[..])));
    assert_eq!(store.touch(None, &change(1, 2)).unwrap(), Written::Lost);
    // It needs no lease, and gives back the one that it is given.
    let held = lease(store, 1);
    assert_eq!(store.touch(None, &change(1, 1)).unwrap(), Written::Done(1));
    assert_eq!(store.touch(Some(held), &change(1, 1)).unwrap(), Written::Done(1));
    drop(lease(store, 1));
}

fn an_amendment_loses_what_was_based_on_less(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let before = found(store, 1).row;
    let held = lease(store, 1);
    let amended = Change { meta: b"amended", ..change(1, 1) };
    assert_eq!(store.amend(&amended).unwrap(), Written::Done(2));
    let after = found(store, 1).row;
    assert_eq!((after.meta.as_slice(), after.payload, after.version), (&b"amended"[..], before.payload, 2));
    assert_eq!(store.amend(&amended).unwrap(), Written::Lost);
    assert_eq!(store.touch(None, &change(1, 1)).unwrap(), Written::Lost);
    assert_eq!(store.save(held, &change(1, 2)).unwrap(), Written::Done(3), "the lease stays");
}

fn one_of_many_creators_wins(store: &Arc<dyn Store>) {
    let wins = race(8, |_| store.create(&new(1)).unwrap() == Created::Done);
    assert_eq!(wins, 1);
}

fn one_of_many_writers_of_a_version_wins(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let wins = race(8, |_| matches!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Done(2)));
    assert_eq!(wins, 1);
}

/// Runs `body` in `n` threads at once and counts who answers yes.
fn race(n: usize, body: impl Fn(usize) -> bool + Sync) -> usize {
    let (barrier, wins) = (Barrier::new(n), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for i in 0..n {
            let (barrier, wins, body) = (&barrier, &wins, &body);
            scope.spawn(move || {
                barrier.wait();
                wins.fetch_add(usize::from(body(i)), Ordering::SeqCst);
            });
        }
    });
    wins.into_inner()
}

fn a_lease_keeps_others_out_until_it_is_dropped(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    race(6, |_| {
        for _ in 0..20 {
            let held = lease(store, 1);
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
            drop(held);
        }
        true
    });
    assert_eq!(most.into_inner(), 1);
    // A place without a row is leased as well, and another place is not concerned.
    let (_one, _other, _nothing) = (lease(store, 1), lease(store, 2), lease(store, 3));
}

fn reading_waits_for_nobody(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let _held = lease(store, 1);
    assert_eq!(found(store, 1).row.version, 1);
}

fn a_wait_has_its_limits(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let held = lease(store, 1);
    let brief = Wait { timeout: Duration::from_millis(30), max_waiters: 4 };
    let Acquired::Busy(busy) = store.acquire(&at(1), &brief).unwrap() else { panic!("two have the lease") };
    assert!(!busy.crowded);
    let nobody = Wait { timeout: Duration::from_secs(5), max_waiters: 0 };
    let Acquired::Busy(busy) = store.acquire(&at(1), &nobody).unwrap() else { panic!("two have the lease") };
    assert!(busy.crowded);
    drop(held);
    drop(lease(store, 1));
}

fn first_come_first_served(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let held = lease(store, 1);
    let (sender, order) = mpsc::channel();
    std::thread::scope(|scope| {
        for i in 0..4 {
            let sender = sender.clone();
            scope.spawn(move || {
                let held = lease(store, 1);
                sender.send(i).unwrap();
                drop(held);
            });
            // Nothing tells that a thread has begun to wait: it gets time to.
            std::thread::sleep(Duration::from_millis(60));
        }
        drop(held);
    });
    drop(sender);
    assert_eq!(order.iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

fn a_pointer_leads_to_its_row(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let held = lease(store, 1);
    assert_eq!(store.rotate(&Change { payload: None, ..change(1, 1) }, &pointer(2, 0)).unwrap(), Written::Done(2));
    drop(held);
    let by_pointer = found(store, 2);
    assert_eq!((by_pointer.row.at, by_pointer.pointer.as_deref()), (at(1), Some(&b"sealed"[..])));
    assert_eq!(by_pointer.row.payload.as_deref(), Some(&b"payload"[..]));
    assert_eq!(found(store, 1).pointer, None);
    // Both ways lead to the same lease.
    let (_held, row) = leased(store, 2);
    assert_eq!(row.unwrap().row.at, at(1));
    let brief = Wait { timeout: Duration::from_millis(10), max_waiters: 4 };
    assert!(matches!(store.acquire(&at(1), &brief).unwrap(), Acquired::Busy(_)));
}

fn rotated(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let held = lease(store, 1);
    assert_eq!(store.rotate(&Change { payload: None, ..change(1, 1) }, &pointer(2, 0)).unwrap(), Written::Done(2));
    assert_eq!(store.rotate(&Change { payload: None, ..change(1, 2) }, &pointer(3, 1)).unwrap(), Written::Done(3));
    drop(held);
}

fn a_promoted_row_moves_with_its_pointers_and_its_lease(store: &Arc<dyn Store>) {
    rotated(store);
    let mut held = lease(store, 2);
    let moved = Change { payload: None, meta: b"moved", ..change(1, 3) };
    assert_eq!(
        store.promote(&mut held, &moved, &at(2), &NewPointer { sealed: b"old", ..pointer(1, 2) }).unwrap(),
        Written::Done(4)
    );
    for (n, sealed) in [(1, Some(&b"old"[..])), (2, None), (3, Some(&b"sealed"[..]))] {
        let there = found(store, n);
        assert_eq!((there.row.at, there.row.version, there.pointer.as_deref()), (at(2), 4, sealed));
        assert_eq!((there.row.meta.as_slice(), there.row.payload.as_deref()), (&b"moved"[..], Some(&b"payload"[..])));
    }
    let brief = Wait { timeout: Duration::from_millis(10), max_waiters: 4 };
    for n in 1..=3 {
        assert!(matches!(store.acquire(&at(n), &brief).unwrap(), Acquired::Busy(_)), "place {n} is not leased");
    }
    drop(held);
    drop(lease(store, 3));
    assert_eq!(store.promote(&mut lease(store, 2), &moved, &at(3), &pointer(2, 3)).unwrap(), Written::Lost);
    assert_eq!(found(store, 3).row.at, at(2));
}

fn who_waited_at_the_old_place_gets_the_moved_row(store: &Arc<dyn Store>) {
    rotated(store);
    let mut held = lease(store, 1);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| leased(store, 1).1.unwrap().row.at);
        std::thread::sleep(Duration::from_millis(30));
        let moved = Change { payload: None, ..change(1, 3) };
        assert_eq!(store.promote(&mut held, &moved, &at(2), &pointer(1, 2)).unwrap(), Written::Done(4));
        drop(held);
        assert_eq!(waiting.join().unwrap(), at(2));
    });
}

fn a_row_keeps_its_first_and_latest_pointers(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let _held = lease(store, 1);
    let many = u16::try_from(MAX_POINTERS).unwrap() + 6;
    for i in 0..many {
        let kept = Change { payload: None, ..change(1, u64::from(i) + 1) };
        assert!(matches!(store.rotate(&kept, &pointer(100 + i, u64::from(i))).unwrap(), Written::Done(_)));
    }
    assert_eq!(store.stats().unwrap().pointers, MAX_POINTERS as u64);
    assert_eq!(store.load(&at(101)).unwrap(), None);
    assert_eq!((found(store, 100).row.at, found(store, 100 + many - 1).row.at), (at(1), at(1)));
}

fn successor(n: u16, generation: u32) -> New<'static> {
    New { generation, meta: b"successor", payload: Some(b"elevated"), ..new(n) }
}

fn frozen(n: u16, version: u64) -> Change<'static> {
    Change {
        payload: None,
        meta: b"frozen",
        due: Due { erase: Some(later(60)), delete: later(500) },
        ..change(n, version)
    }
}

fn an_elevation_happens_whole_or_not_at_all(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert_eq!(store.elevate(&Old::Stored(frozen(1, 9)), &successor(2, 1)).unwrap(), Written::Lost);
    assert_eq!(store.load(&at(2)).unwrap(), None);
    create(store, &new(3));
    assert_eq!(store.elevate(&Old::Stored(frozen(1, 1)), &successor(3, 1)).unwrap(), Written::Lost);
    assert_eq!(found(store, 1).row.meta, b"meta");
    assert_eq!(store.elevate(&Old::Stored(frozen(1, 1)), &successor(2, 1)).unwrap(), Written::Done(2));
    let (old, new) = (found(store, 1).row, found(store, 2).row);
    assert_eq!((old.meta.as_slice(), old.payload.as_deref()), (&b"frozen"[..], Some(&b"payload"[..])));
    assert_eq!(
        (new.version, new.meta.as_slice(), new.payload.as_deref()),
        (1, &b"successor"[..], Some(&b"elevated"[..]))
    );
    // A payload in the change replaces the one that is there.
    let emptied = Change { payload: Some(b"empty"), ..frozen(2, 1) };
    assert_eq!(store.elevate(&Old::Stored(emptied), &successor(4, 2)).unwrap(), Written::Done(2));
    assert_eq!(found(store, 2).row.payload.as_deref(), Some(&b"empty"[..]));
}

fn an_elevation_of_an_unstored_id_remembers_it(store: &Arc<dyn Store>) {
    let old = New { payload: None, meta: b"remembered", ..new(1) };
    assert_eq!(store.elevate(&Old::Unstored(old.clone()), &successor(2, 1)).unwrap(), Written::Done(1));
    assert_eq!((found(store, 1).row.meta, found(store, 2).row.meta), (b"remembered".to_vec(), b"successor".to_vec()));
    assert_eq!(store.elevate(&Old::Unstored(old), &successor(3, 1)).unwrap(), Written::Lost);
    assert_eq!(store.load(&at(3)).unwrap(), None);
}

fn an_elevation_from_a_row_that_is_kept_needs_it_alive(store: &Arc<dyn Store>) {
    let other = Family([8; 16]);
    assert_eq!(
        store.elevate(&Old::Kept { at: at(1), unbound: None }, &New { family: other, ..successor(2, 1) }).unwrap(),
        Written::Lost
    );
    create(store, &new(1));
    assert_eq!(
        store.elevate(&Old::Kept { at: at(1), unbound: None }, &New { family: other, ..successor(2, 1) }).unwrap(),
        Written::Done(1)
    );
    assert_eq!((found(store, 1).row.version, found(store, 2).row.meta), (1, b"successor".to_vec()));
    // It may have moved since somebody saw it.
    move_row(store, 1, 5);
    assert_eq!(
        store.elevate(&Old::Kept { at: at(1), unbound: None }, &New { family: other, ..successor(4, 1) }).unwrap(),
        Written::Done(2)
    );
    assert_eq!(store.end(&ending(1, 0, EndReason::Logout)).unwrap(), 1);
    assert_eq!(
        store.elevate(&Old::Kept { at: at(1), unbound: None }, &New { family: other, ..successor(3, 1) }).unwrap(),
        Written::Lost
    );
    assert_eq!((store.load(&at(3)).unwrap(), found(store, 2).row.ended), (None, None));
}

fn a_family_is_trimmed(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let last = MAX_SUPERSEDED + 9;
    for generation in 1..=last {
        let (old, new) = (u16::try_from(generation).unwrap(), u16::try_from(generation + 1).unwrap());
        assert!(matches!(
            store.elevate(&Old::Stored(frozen(old, 1)), &successor(new, generation)).unwrap(),
            Written::Done(_)
        ));
    }
    let place = |back: u32| u16::try_from(last + 1 - back).unwrap();
    assert_eq!(store.stats().unwrap().rows, u64::from(MAX_SUPERSEDED) + 2);
    assert_eq!((found(store, 1).row.payload, store.load(&at(2)).unwrap()), (None, None));
    assert!(found(store, place(0)).row.payload.is_some());
    assert!(found(store, place(MAX_SNAPSHOTS)).row.payload.is_some());
    assert_eq!(found(store, place(MAX_SNAPSHOTS + 1)).row.payload, None);
}

fn ending(n: u16, up_to_generation: u32, reason: EndReason) -> Ending {
    let ended = Ended { reason, at: later(10), cookie_cleared: true };
    ending_of(Whom::Family { family: FAMILY, at: at(n), up_to_generation }, ended)
}

fn ending_of(whom: Whom, ended: Ended) -> Ending {
    Ending { whom, ended, delete: later(1000) }
}

fn an_ending_ends_what_it_names_and_nothing_else(store: &Arc<dyn Store>) {
    create(store, &new(1));
    for generation in 1..=3u16 {
        let old = Old::Stored(frozen(generation, 1));
        assert!(matches!(
            store.elevate(&old, &successor(generation + 1, generation.into())).unwrap(),
            Written::Done(_)
        ));
    }
    create(store, &New { family: Family([8; 16]), ..new(9) });
    assert_eq!(store.end(&ending(2, 1, EndReason::Obsolete)).unwrap(), 2);
    let ended = |n| found(store, n).row.ended;
    assert_eq!(ended(1), Some(Ended { reason: EndReason::Obsolete, at: later(10), cookie_cleared: true }));
    assert_eq!((ended(2).is_some(), ended(3), ended(4), ended(9)), (true, None, None, None));
    assert_eq!((found(store, 1).row.payload, found(store, 2).row.payload), (None, None));
    assert!(found(store, 4).row.payload.is_some());
    assert_eq!(store.end(&ending(4, u32::MAX, EndReason::Logout)).unwrap(), 2);
    assert_eq!(store.end(&ending(4, u32::MAX, EndReason::Logout)).unwrap(), 0);
    assert_eq!(ended(1).unwrap().reason, EndReason::Obsolete);
    assert_eq!(ended(9), None);
}

fn what_has_ended_is_never_written_again(store: &Arc<dyn Store>) {
    rotated(store);
    let (mut held, row) = leased(store, 1);
    let version = row.unwrap().row.version;
    assert_eq!(store.end(&ending(1, 0, EndReason::Logout)).unwrap(), 1);
    for version in [version, version + 1] {
        assert_eq!(store.touch(None, &change(1, version)).unwrap(), Written::Lost);
        assert_eq!(store.rotate(&change(1, version), &pointer(5, 0)).unwrap(), Written::Lost);
        assert_eq!(store.promote(&mut held, &change(1, version), &at(2), &pointer(1, 0)).unwrap(), Written::Lost);
        assert_eq!(store.elevate(&Old::Stored(frozen(1, version)), &successor(6, 1)).unwrap(), Written::Lost);
    }
    assert_eq!(store.save(held, &change(1, version)).unwrap(), Written::Lost);
    assert_eq!(store.save(lease(store, 1), &change(1, version + 1)).unwrap(), Written::Lost);
    assert_eq!(store.create(&new(1)).unwrap(), Created::Taken);
    // Its other IDs still lead there.
    assert!(found(store, 2).row.ended.is_some());
    assert_eq!(found(store, 2).row.payload, None);
}

fn a_quarantined_payload_is_kept(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert_eq!(store.end(&ending(1, 0, EndReason::Quarantined)).unwrap(), 1);
    assert_eq!(found(store, 1).row.payload.as_deref(), Some(&b"payload"[..]));
}

/// Sweeps until there is nothing more to do; answers how many rows were deleted and evicted.
fn sweep(store: &Arc<dyn Store>, now: Time, anonymous_max: u64) -> (u64, u64) {
    let mut sum = (0, 0);
    for _ in 0..10_000 {
        let swept = store.sweep(now, 3, anonymous_max).unwrap();
        sum = (sum.0 + swept.deleted, sum.1 + swept.evicted);
        if !swept.more {
            return sum;
        }
    }
    panic!("a sweep has no end");
}

fn a_sweep_takes_what_is_due_and_nothing_else(store: &Arc<dyn Store>) {
    rotated(store);
    for n in 10..20 {
        create(store, &New { subject: (n % 2 == 0).then_some(ALICE), due: due(u64::from(n)), ..new(n) });
    }
    assert_eq!(sweep(store, later(9), 1000), (0, 0));
    assert_eq!(sweep(store, later(14), 1000), (5, 0));
    assert_eq!((store.load(&at(14)).unwrap(), found(store, 15).row.at), (None, at(15)));
    // The deadline that counts is the latest: rows 1 and 15 were written meanwhile.
    assert_eq!(store.touch(None, &Change { due: due(500), ..change(15, 1) }).unwrap(), Written::Done(1));
    assert_eq!(sweep(store, later(150), 1000), (4, 0));
    assert_eq!(found(store, 2).row.at, at(1));
    assert_eq!(sweep(store, later(600), 1000), (2, 0));
    let left = store.stats().unwrap();
    assert_eq!((left.rows, left.pointers), (0, 0));
}

fn a_sweep_erases_what_is_due_to_be_erased(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert!(matches!(store.elevate(&Old::Stored(frozen(1, 1)), &successor(2, 1)).unwrap(), Written::Done(_)));
    assert_eq!(sweep(store, later(59), 1000), (0, 0));
    assert!(found(store, 1).row.payload.is_some());
    assert_eq!(sweep(store, later(61), 1000), (0, 0));
    assert_eq!((found(store, 1).row.payload, found(store, 2).row.payload.is_some()), (None, true));
    assert_eq!(sweep(store, later(501), 1000).0, 2);
}

fn a_sweep_evicts_the_oldest_unbound_rows(store: &Arc<dyn Store>) {
    // The first one is the oldest of all, but somebody has logged in with it.
    for n in 1..=20 {
        let subject = (n > 10).then_some(ALICE);
        create(store, &New { subject, generation: u32::from(n == 1), due: due(100 + u64::from(n)), ..new(n) });
    }
    assert_eq!(sweep(store, NOW, 4), (0, 6));
    for n in 1..=20 {
        assert_eq!(store.load(&at(n)).unwrap().is_some(), n > 7 || n == 1, "row {n}");
    }
}

fn turns_are_taken_one_at_a_time(store: &Arc<dyn Store>) {
    let minute = Duration::from_secs(60);
    let reading = |s: i64| Reading { wall: later(s.unsigned_abs()), uptime: 1000 * s };
    assert_eq!(store.last_turn().unwrap(), None);
    let first = store.take_turn(reading(1), minute).unwrap().expect("the first turn");
    assert_eq!(store.last_turn().unwrap(), Some(Watch::new(reading(1))));
    assert_eq!(first.by, later(1));
    assert!(store.take_turn(reading(2), Duration::ZERO).unwrap().is_none(), "two turns at once");
    drop(first);
    assert!(store.take_turn(reading(30), minute).unwrap().is_none(), "a turn too early");
    let wins = race(4, |_| {
        let turn = store.take_turn(reading(62), minute).unwrap();
        let won = turn.is_some();
        drop(turn);
        won
    });
    assert_eq!(wins, 1);
    assert!(store.take_turn(reading(63), Duration::ZERO).unwrap().is_some(), "a turn that was asked for");
}

fn a_turn_follows_a_jump_slowly(store: &Arc<dyn Store>) {
    let day = 86_400;
    assert!(!store.take_turn(Reading { wall: NOW, uptime: 0 }, Duration::ZERO).unwrap().unwrap().jumped);
    let turn = store.take_turn(Reading { wall: later(day), uptime: 60_000 }, Duration::ZERO).unwrap().unwrap();
    assert_eq!((turn.by, turn.jumped), (later(600), true));
    drop(turn);
    let turn = store.take_turn(Reading { wall: later(120), uptime: 120_000 }, Duration::ZERO).unwrap().unwrap();
    assert_eq!(turn.by, later(120));
}

/// Every way of writing row `n`, none of which may find it.
fn nothing_writes(store: &Arc<dyn Store>, n: u16, version: u64) {
    let before = store.load(&at(n)).unwrap();
    let (mut held, write) = (lease(store, n), change(n, version));
    assert_eq!(store.touch(None, &write).unwrap(), Written::Lost);
    assert_eq!(store.rotate(&write, &pointer(900, 0)).unwrap(), Written::Lost);
    assert_eq!(store.promote(&mut held, &write, &at(900), &pointer(n, 0)).unwrap(), Written::Lost);
    assert_eq!(store.elevate(&Old::Stored(write.clone()), &successor(900, 1)).unwrap(), Written::Lost);
    assert_eq!(store.save(held, &write).unwrap(), Written::Lost);
    assert_eq!((store.load(&at(n)).unwrap(), store.load(&at(900)).unwrap()), (before, None));
    drop((lease(store, n), lease(store, 900)));
}

fn nothing_is_written_where_nothing_is(store: &Arc<dyn Store>) {
    nothing_writes(store, 1, 0);
    nothing_writes(store, 1, 1);
    create(store, &new(1));
    for version in [0, 2, u64::MAX] {
        nothing_writes(store, 1, version);
    }
}

fn racing_holders_lose_no_update(store: &Arc<dyn Store>) {
    create(store, &New { payload: Some(&[0]), ..new(1) });
    let wins = race(4, |_| {
        (0..25).all(|_| {
            let (held, found) = leased(store, 1);
            let row = found.unwrap().row;
            let next = [row.payload.unwrap()[0] + 1];
            let counted = Change { payload: Some(&next), ..change(1, row.version) };
            store.save(held, &counted).unwrap() == Written::Done(row.version + 1)
        })
    });
    assert_eq!((wins, found(store, 1).row.payload), (4, Some(vec![100])));
}

fn save_and_touch_give_the_lease_back(store: &Arc<dyn Store>) {
    create(store, &new(1));
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Done(2));
    assert_eq!(store.touch(Some(lease(store, 1)), &change(1, 2)).unwrap(), Written::Done(2));
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Lost);
    assert_eq!(store.touch(Some(lease(store, 1)), &change(1, 1)).unwrap(), Written::Lost);
    drop(lease(store, 1));
}

fn a_full_queue_is_crowded(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let held = lease(store, 1);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| drop(lease(store, 1)));
        // The other one waits as soon as a queue of one is full.
        let one = Wait { timeout: Duration::from_millis(1), max_waiters: 1 };
        while !matches!(store.acquire(&at(1), &one).unwrap(), Acquired::Busy(busy) if busy.crowded) {
            std::thread::yield_now();
        }
        drop(held);
        waiting.join().unwrap();
    });
    drop(lease(store, 1));
}

fn a_rotation_needs_a_free_place(store: &Arc<dyn Store>) {
    create(store, &new(5));
    rotated(store);
    for taken in [1, 2, 3, 5] {
        assert_eq!(store.rotate(&change(5, 1), &pointer(taken, 0)).unwrap(), Written::Lost);
    }
    let row = found(store, 5).row;
    assert_eq!((row.version, row.meta.as_slice()), (1, &b"meta"[..]));
    assert_eq!(found(store, 2).row.at, at(1));
}

fn a_promotion_needs_its_own_pointer_or_a_free_place(store: &Arc<dyn Store>) {
    rotated(store);
    create(store, &new(5));
    for foreign in [1, 2] {
        let promoted = store.promote(&mut lease(store, 5), &change(5, 1), &at(foreign), &pointer(5, 0)).unwrap();
        assert_eq!(promoted, Written::Lost);
    }
    assert_eq!((found(store, 5).row.version, found(store, 2).row.at), (1, at(1)));
    let promoted = store.promote(&mut lease(store, 5), &change(5, 1), &at(6), &pointer(5, 0)).unwrap();
    assert_eq!((promoted, found(store, 5).row.at), (Written::Done(2), at(6)));
}

/// Everybody comes by the first ID, which leads to wherever the row is by now; the places change under their hands.
fn promotions_and_visitors_get_on(store: &Arc<dyn Store>) {
    create(store, &new(0));
    let wins = race(4, |visitor| {
        (0..10).all(|round| {
            let (mut held, found) = leased(store, 0);
            let (row, to) = (found.unwrap().row, u16::try_from(1 + visitor * 10 + round).unwrap());
            let write = |at, grown| Change { at, ..change(0, row.version + grown) };
            let old = NewPointer { at: row.at, ..pointer(0, 0) };
            let rotated = store.rotate(&write(row.at, 0), &pointer(to, 0)).unwrap();
            let promoted = store.promote(&mut held, &write(row.at, 1), &at(to), &old).unwrap();
            let saved = store.save(held, &write(at(to), 2)).unwrap();
            [rotated, promoted, saved] == [1, 2, 3].map(|grown| Written::Done(row.version + grown))
        })
    });
    assert_eq!((wins, found(store, 0).row.version), (4, 121));
    assert_eq!(store.stats().unwrap().pointers, 40);
}

/// A clock that went back must not cost the client the ID that it is about to get.
fn the_newest_pointer_stays_whatever_its_time(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let many = u16::try_from(MAX_POINTERS).unwrap();
    for i in 0..many + 3 {
        let made = if i < many { 1000 + u64::from(i) } else { 0 };
        let kept = Change { payload: None, ..change(1, u64::from(i) + 1) };
        assert!(matches!(store.rotate(&kept, &pointer(100 + i, made)).unwrap(), Written::Done(_)));
        assert_eq!(found(store, 100 + i).row.at, at(1));
    }
    assert_eq!(store.stats().unwrap().pointers, MAX_POINTERS as u64);
}

/// Moves row `n` to `to`.
fn move_row(store: &Arc<dyn Store>, n: u16, to: u16) {
    let (mut held, found) = leased(store, n);
    let kept = Change { payload: None, ..change(n, found.unwrap().row.version) };
    assert!(matches!(store.promote(&mut held, &kept, &at(to), &pointer(n, 0)).unwrap(), Written::Done(_)));
}

/// Nobody has a lease when a session ends: it may move between the look at it and its end.
fn an_ending_follows_a_row_that_has_moved(store: &Arc<dyn Store>) {
    create(store, &new(1));
    move_row(store, 1, 2);
    move_row(store, 2, 3);
    assert_eq!(store.end(&ending(1, 0, EndReason::Quarantined)).unwrap(), 1);
    let row = found(store, 3).row;
    assert_eq!((row.ended.is_some(), row.payload.is_some()), (true, true));
}

fn an_ending_ends_the_row_that_it_starts_from(store: &Arc<dyn Store>) {
    let generations = |n: u16| New { family: Family([8; 16]), ..successor(n, n.into()) };
    create(store, &New { generation: 0, ..generations(10) });
    for n in 10..13 {
        let old = Old::Stored(Change { at: at(n), ..frozen(n, 1) });
        assert!(matches!(store.elevate(&old, &generations(n + 1)).unwrap(), Written::Done(_)));
    }
    move_row(store, 13, 23);
    let ended = ending(13, 0, EndReason::Logout).ended;
    let from = |n| ending_of(Whom::Family { family: Family([8; 16]), at: at(n), up_to_generation: 0 }, ended);
    assert_eq!(store.end(&from(13)).unwrap(), 2);
    let ended = [10, 11, 12, 13].map(|n| found(store, n).row.ended.is_some());
    assert_eq!(ended, [true, false, false, true]);
    // A row of another family that happens to be there is not concerned.
    create(store, &new(1));
    assert_eq!(store.end(&from(1)).unwrap(), 0);
}

fn a_sweep_goes_by_the_latest_deadline(store: &Arc<dyn Store>) {
    for n in 1..=4 {
        create(store, &New { due: due(10), ..new(n) });
    }
    let until = |n, version, seconds| Change { due: due(seconds), ..change(n, version) };
    assert_eq!(store.save(lease(store, 1), &until(1, 1, 30)).unwrap(), Written::Done(2));
    assert_eq!(store.touch(None, &until(2, 1, 30)).unwrap(), Written::Done(1));
    assert_eq!(store.touch(None, &until(3, 1, 5)).unwrap(), Written::Done(1));
    assert_eq!(sweep(store, later(9), 1000), (1, 0));
    assert_eq!(store.load(&at(3)).unwrap(), None);
    assert_eq!(sweep(store, later(20), 1000), (1, 0));
    // Moved by the sweep, and then brought forward again.
    assert_eq!(store.save(lease(store, 1), &until(1, 2, 21)).unwrap(), Written::Done(3));
    assert_eq!(store.rotate(&until(2, 1, 22), &pointer(5, 0)).unwrap(), Written::Done(2));
    assert_eq!(sweep(store, later(21), 1000), (1, 0));
    assert_eq!(sweep(store, later(22), 1000), (1, 0));
    assert_eq!(store.load(&at(5)).unwrap(), None);
}

fn whoever_saw_an_erased_payload_loses_its_write(store: &Arc<dyn Store>) {
    let due = Due { erase: Some(later(10)), delete: later(20) };
    create(store, &New { due, ..new(1) });
    create(store, &New { due, payload: None, subject: Some(ALICE), ..new(2) });
    assert_eq!(sweep(store, later(10), 1000), (0, 0));
    assert_eq!(found(store, 1).row.payload, None);
    nothing_writes(store, 1, 1);
    // Nothing was erased here, so nobody saw what is no longer there.
    assert_eq!(store.touch(None, &Change { due, ..change(2, 1) }).unwrap(), Written::Done(1));
    assert_eq!(sweep(store, later(20), 1000), (2, 0));
}

fn a_sweep_does_no_more_than_its_limit(store: &Arc<dyn Store>) {
    for n in 0..10 {
        create(store, &New { due: due(if n < 6 { 1 } else { 99 }), ..new(n) });
    }
    let mut sum = 0;
    loop {
        let swept = store.sweep(later(1), 4, 2).unwrap();
        assert!(swept.deleted + swept.evicted <= 4);
        sum += swept.deleted + swept.evicted;
        if !swept.more {
            break;
        }
    }
    assert_eq!((sum, store.stats().unwrap().rows), (8, 2));
}

/// An ended or erased row is worth less than a session in use, though it would be kept for longer.
fn what_is_left_over_is_evicted_first(store: &Arc<dyn Store>) {
    let ended = ending(4, 0, EndReason::Logout).ended;
    create(store, &new(1));
    create(store, &New { family: Family([8; 16]), ..new(2) });
    create(store, &New { due: Due { erase: Some(later(1)), delete: later(1900) }, ..new(3) });
    create(store, &New { due: due(1950), ended: Some(ended), payload: None, ..new(4) });
    let own = Whom::Family { family: Family([8; 16]), at: at(2), up_to_generation: 0 };
    assert_eq!(store.end(&ending_of(own, ended)).unwrap(), 1);
    assert_eq!(sweep(store, later(1), 4), (0, 0));
    for (max, gone) in [(3, 2), (2, 3), (1, 4), (0, 1)] {
        assert_eq!(found(store, gone).row.at, at(gone));
        assert_eq!(sweep(store, later(1), max), (0, 1));
        assert_eq!(store.load(&at(gone)).unwrap(), None);
    }
}

fn extreme_values_are_kept(store: &Arc<dyn Store>) {
    let (first, last) = (Time::from_millis(i64::MIN), Time::from_millis(i64::MAX));
    let (lowest, highest) = (Locator::new([0; 10], &ALICE), Locator::new([0xff; 10], &ALICE));
    let (big, never) = (vec![0xa5; 1 << 20], Due { erase: Some(last), delete: last });
    let ended = Ended { reason: EndReason::Obsolete, at: first, cookie_cleared: false };
    create(store, &New { at: highest, generation: u32::MAX, meta: b"", payload: Some(b""), due: never, ..new(1) });
    create(store, &New { at: lowest, ended: Some(ended), meta: &big, payload: Some(&big), due: never, ..new(1) });
    create(store, &New { due: Due { erase: Some(first), delete: first }, ..new(3) });
    let row = store.load(&lowest).unwrap().unwrap().row;
    assert_eq!((row.ended, row.meta == big, row.payload == Some(big)), (Some(ended), true, true));
    let write = Change { at: highest, meta: b"", payload: None, due: never, ..change(1, 1) };
    let successor = NewPointer { at: at(2), made: first, sealed: b"" };
    assert_eq!(store.rotate(&write, &successor).unwrap(), Written::Done(2));
    let Found { row, pointer } = found(store, 2);
    assert_eq!((row.at, row.meta.len(), row.payload, pointer), (highest, 0, Some(Vec::new()), Some(Vec::new())));
    assert_eq!(sweep(store, first, 1000), (1, 0));
    assert_eq!(sweep(store, Time::from_millis(i64::MAX - 1), 1000), (0, 0));
}

/// The numbers of the places on a list.
fn listed(store: &Arc<dyn Store>, label: Label) -> Vec<u16> {
    let rows = store.list(&label).unwrap();
    let mut numbers: Vec<u16> = rows.iter().map(|row| u16::from_be_bytes([row.at.0[8], row.at.0[9]])).collect();
    numbers.sort_unstable();
    numbers
}

fn of(subject: Tag, n: u16) -> New<'static> {
    New { subject: Some(subject), family: Family([u8::try_from(n % 251).unwrap(); 16]), ..new(n) }
}

fn a_list_has_what_carries_the_label_and_has_not_ended(store: &Arc<dyn Store>) {
    create(store, &of(ALICE, 1));
    create(store, &New { prefix: Some(BOB), ..of(ALICE, 2) });
    create(store, &New { prefix: Some(ALICE), ..of(BOB, 3) });
    create(store, &new(4));
    assert_eq!(listed(store, Label::Subject(ALICE)), [1, 2]);
    assert_eq!(listed(store, Label::Subject(BOB)), [3]);
    assert_eq!((listed(store, Label::Prefix(ALICE)), listed(store, Label::Prefix(BOB))), (vec![3], vec![2]));
    assert_eq!(listed(store, Label::Subject(Tag([9; 16]))), []);
    let one = store.list(&Label::Subject(BOB)).unwrap().remove(0);
    assert_eq!(one, found(store, 3).row, "a listed row is whole");
    // A row keeps its label when it moves, and when it is frozen.
    let pending = NewPointer { at: at(11), made: NOW, sealed: b"pending" };
    assert_eq!(store.rotate(&Change { payload: None, ..change(1, 1) }, &pending).unwrap(), Written::Done(2));
    let mut lease = lease(store, 1);
    let old = NewPointer { at: at(1), made: NOW, sealed: b"old" };
    let moved = store.promote(&mut lease, &Change { payload: None, ..change(1, 2) }, &at(11), &old).unwrap();
    assert_eq!(moved, Written::Done(3));
    let next = New { family: Family([2; 16]), generation: 1, ..of(ALICE, 5) };
    assert_eq!(store.elevate(&Old::Stored(change(2, 1)), &next).unwrap(), Written::Done(2));
    assert_eq!(listed(store, Label::Subject(ALICE)), [2, 5, 11]);
    let whom = Whom::Family { family: Family([2; 16]), at: at(5), up_to_generation: 9 };
    assert_eq!(store.end(&ending_of(whom, ending(5, 0, EndReason::Revoked).ended)).unwrap(), 2);
    assert_eq!((listed(store, Label::Subject(ALICE)), listed(store, Label::Prefix(BOB))), (vec![11], vec![]));
    assert_eq!(sweep(store, later(5000), 0), (5, 0));
    assert_eq!(listed(store, Label::Subject(ALICE)), []);
}

fn an_ending_of_a_subject_ends_their_families(store: &Arc<dyn Store>) {
    // An anonymous row that was elevated to one of Alice's, two more of hers, and one of Bob's.
    create(store, &New { family: Family([6; 16]), ..new(5) });
    let elevated = New { family: Family([6; 16]), generation: 1, ..of(ALICE, 6) };
    assert_eq!(store.elevate(&Old::Stored(change(5, 1)), &elevated).unwrap(), Written::Done(2));
    for new in [of(ALICE, 1), of(ALICE, 2), of(BOB, 3)] {
        create(store, &new);
    }
    let ended = ending(1, 0, EndReason::Revoked).ended;
    let others = Whom::Subject { subject: ALICE, except: Some(Except { family: Family([1; 16]), device: None }) };
    assert_eq!(store.end(&ending_of(others, ended)).unwrap(), 3);
    assert_eq!([1, 2, 3, 5, 6].map(|n| found(store, n).row.ended.is_some()), [false, true, false, true, true]);
    let all = Whom::Subject { subject: ALICE, except: None };
    assert_eq!(store.end(&ending_of(all, ended)).unwrap(), 1);
    assert_eq!(store.end(&ending_of(all, ended)).unwrap(), 0);
    assert_eq!((found(store, 1).row.payload, found(store, 3).row.ended), (None, None));
}

fn an_ending_of_all_ends_everybody(store: &Arc<dyn Store>) {
    for new in [of(ALICE, 1), of(BOB, 2), new(3)] {
        create(store, &new);
    }
    let ended = ending(1, 0, EndReason::Revoked).ended;
    assert_eq!(store.end(&ending_of(Whom::All, ended)).unwrap(), 3);
    assert_eq!([1, 2, 3].map(|n| found(store, n).row.ended), [Some(ended); 3]);
    assert_eq!(store.save(lease(store, 1), &change(1, 1)).unwrap(), Written::Lost);
    create(store, &of(ALICE, 4));
    assert_eq!(listed(store, Label::Subject(ALICE)), [4]);
}

fn capped(most: u32, evict: bool) -> Option<Cap<'static>> {
    let evict = evict.then(|| (ending(1, 0, EndReason::Revoked).ended, later(1000)));
    Some(Cap { most, now: later(50), over: &[], evict })
}

fn a_cap_refuses(store: &Arc<dyn Store>) {
    let cap = capped(2, false);
    create(store, &New { cap, ..of(ALICE, 1) });
    // Bob's, what is due, what has ended and what is superseded do not count.
    create(store, &New { cap, ..of(BOB, 2) });
    create(store, &New { cap, due: due(50), ..of(ALICE, 3) });
    create(store, &New { cap, ended: Some(ending(1, 0, EndReason::Logout).ended), ..of(ALICE, 4) });
    let next = New { cap, family: Family([1; 16]), generation: 1, ..of(ALICE, 5) };
    assert_eq!(store.elevate(&Old::Stored(change(1, 1)), &next).unwrap(), Written::Done(2));
    create(store, &New { cap, ..of(ALICE, 6) });
    assert_eq!(store.create(&New { cap, ..of(ALICE, 7) }).unwrap(), Created::Full);
    assert_eq!(store.load(&at(7)).unwrap(), None);
    let branch = New { cap, generation: 1, ..of(ALICE, 8) };
    create(store, &new(9));
    let before = found(store, 9);
    assert_eq!(store.elevate(&Old::Stored(change(9, 1)), &branch).unwrap(), Written::Full);
    assert_eq!(found(store, 9), before, "nothing was written");
    let over = [at(6)];
    let room = cap.map(|cap| Cap { over: &over, ..cap });
    create(store, &New { cap: room, ..of(ALICE, 12) });
    assert_eq!(found(store, 6).row.ended, None, "what is over neither counts nor ends");
    let whom = Whom::Family { family: Family([12; 16]), at: at(12), up_to_generation: 0 };
    assert_eq!(store.end(&ending_of(whom, ending(12, 0, EndReason::Revoked).ended)).unwrap(), 1);
    assert_eq!(store.elevate(&Old::Unstored(new(10)), &branch).unwrap(), Written::Full);
    assert_eq!((store.load(&at(8)).unwrap(), store.load(&at(10)).unwrap()), (None, None));
    // Somebody who proves once more who they are takes no room.
    let again = New { cap, family: Family([1; 16]), generation: 2, ..of(ALICE, 11) };
    assert_eq!(store.elevate(&Old::Stored(change(5, 1)), &again).unwrap(), Written::Done(2));
}

fn a_cap_evicts_who_is_due_first(store: &Arc<dyn Store>) {
    for (n, seconds) in [(1, 300), (2, 200), (3, 400)] {
        create(store, &New { cap: capped(3, true), due: due(seconds), ..of(ALICE, n) });
    }
    create(store, &New { cap: capped(3, true), ..of(BOB, 4) });
    create(store, &New { cap: capped(3, true), due: due(500), ..of(ALICE, 5) });
    assert_eq!(listed(store, Label::Subject(ALICE)), [1, 3, 5]);
    let gone = found(store, 2).row;
    assert_eq!((gone.ended, gone.payload), (Some(ending(1, 0, EndReason::Revoked).ended), None));
    create(store, &new(6));
    let next = New { cap: capped(1, true), family: FAMILY, generation: 1, ..of(ALICE, 7) };
    assert_eq!(store.elevate(&Old::Stored(change(6, 1)), &next).unwrap(), Written::Done(2));
    assert_eq!((listed(store, Label::Subject(ALICE)), listed(store, Label::Subject(BOB))), (vec![7], vec![4]));
}

fn a_cap_holds_among_parallel_log_ins(store: &Arc<dyn Store>) {
    let barrier = Barrier::new(8);
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (barrier, done) = (&barrier, &done);
            scope.spawn(move || {
                barrier.wait();
                let new = New { cap: capped(3, false), ..of(ALICE, 20 + n) };
                if store.create(&new).unwrap() == Created::Done {
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!((done.load(Ordering::SeqCst), listed(store, Label::Subject(ALICE)).len()), (3, 3));
}
