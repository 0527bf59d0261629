//! What spans partitions takes several scripts, and a process may die between any two of them, or before it has read the answer of one. Here the
//! connection ends after every so many bytes of the server's, and whatever is left must be as if the operation had not happened, or be on its way to what
//! it would have been.

use std::sync::Arc;
use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::id::{Family, Handle, Locator, Tag};
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::evidence::{Alarm, Fate, NewIncident, Which};
use sidereal_core::store::{Cap, Change, Due, Ending, Label, New, NewDevice, Old, Store, Whom, Whose, Written};
use sidereal_test_servers::{Proxy, Server};

use super::store_at;

const VISITOR: Tag = Tag([5; 16]);
const ALICE: Tag = Tag([1; 16]);
const FAMILY: Family = Family([7; 16]);
const NOW: Time = Time::from_secs(1_800_000_000);

fn place(n: u8, tag: &Tag) -> Locator {
    Locator::new([n; Locator::HASH_LEN], tag)
}

fn later(seconds: u64) -> Time {
    NOW.after(Duration::from_secs(seconds))
}

fn new(n: u8, tag: &Tag) -> New<'static> {
    New {
        at: place(n, tag),
        family: FAMILY,
        generation: 0,
        subject: None,
        prefix: None,
        cap: None,
        ended: None,
        meta: b"anonymous",
        payload: Some(b"basket"),
        due: Due { erase: None, delete: later(100) },
    }
}

fn alices(n: u8, family: u8) -> New<'static> {
    let (family, subject) = (Family([family; 16]), Some(ALICE));
    New { family, subject, generation: 1, meta: b"authenticated", payload: Some(b"secret"), ..new(n, &ALICE) }
}

fn frozen() -> Change<'static> {
    let due = Due { erase: Some(later(60)), delete: later(500) };
    Change { at: place(1, &VISITOR), version: 1, meta: b"frozen", payload: None, due }
}

fn ended() -> Ended {
    Ended { reason: EndReason::Revoked, at: later(10), cookie_cleared: false }
}

fn ending(whom: Whom) -> Ending {
    Ending { whom, ended: ended(), delete: later(1000) }
}

/// Breaks `operation` off everywhere. `prepare` makes what it finds, and `check` looks at what it leaves; it is told whether the operation was whole.
fn break_off(
    prepare: impl Fn(&dyn Store),
    operation: impl Fn(&dyn Store) -> sidereal_core::Result<()>,
    check: impl Fn(&dyn Store, bool),
) {
    let server: Server = sidereal_test_servers::single();
    let proxy = Proxy::to(server.port());
    let (mut broken, mut whole) = (0, 0);
    for bytes in 0.. {
        let prefix = format!("step{bytes}:");
        let sound: Arc<dyn Store> = store_at(&server.url(), &prefix);
        let timeouts = "total_timeout_ms=40&operation_timeout_ms=40&connect_timeout_ms=40";
        let doomed = store_at(&format!("{}?{timeouts}", proxy.url()), &prefix);
        prepare(&*sound);
        sidereal_test_servers::eventually("it is connected", || doomed.load(&place(99, &ALICE)).is_ok());
        // Every third byte: the shortest answers are four bytes long.
        proxy.cut_after(3 * bytes);
        let done = operation(&*doomed).is_ok();
        drop(doomed);
        proxy.pass();
        check(&*sound, done);
        broken += usize::from(!done);
        whole += usize::from(done);
        if whole == 3 {
            break;
        }
        server.cli(&["FLUSHDB"]);
    }
    assert!(broken > 5, "the operation was broken off in {broken} places only");
}

/// Whatever is there is found by those who clean up.
fn everything_is_swept(store: &dyn Store) {
    let far = later(1_000_000);
    for _ in 0..100 {
        if !store.sweep(far, 100, u64::MAX).unwrap().more {
            break;
        }
    }
    assert_eq!(store.stats().unwrap().rows, 0);
    for n in 1..9 {
        for tag in [VISITOR, ALICE] {
            assert_eq!(store.load(&place(n, &tag)).unwrap(), None, "place {n} is not known to the sweep");
        }
    }
}

fn payload(store: &dyn Store, at: &Locator) -> Option<Vec<u8>> {
    store.load(at).unwrap().and_then(|found| found.row.payload)
}

fn is_alive(store: &dyn Store, at: &Locator) -> bool {
    store.load(at).unwrap().is_some_and(|found| found.row.ended.is_none())
}

/// A log-in leaves no authenticated data under the old ID, and no session that its user's list does not have.
fn check_log_in(store: &dyn Store, done: bool) {
    let (old, new) = (place(1, &VISITOR), place(2, &ALICE));
    assert_ne!(payload(store, &old).as_deref(), Some(&b"secret"[..]));
    if let Some(found) = store.load(&old).unwrap() {
        assert_ne!(found.row.meta, b"authenticated");
    }
    let listed = store.list(&Label::Subject(ALICE)).unwrap();
    assert_eq!(listed.iter().any(|row| row.at == new), is_alive(store, &new));
    assert!(!done || is_alive(store, &new));
    assert!(!done || store.load(&old).unwrap().is_some());
    // Whoever signs Alice out everywhere signs out what is there, wherever it comes from.
    let had = is_alive(store, &new);
    store.end(&ending(Whom::Subject { subject: ALICE, except: None })).unwrap();
    assert!(!is_alive(store, &new));
    assert!(!(had && done && is_alive(store, &old)), "the predecessor of a session that is signed out");
    everything_is_swept(store);
}

#[test]
fn a_log_in_that_is_broken_off() {
    break_off(
        |store| assert_eq!(store.create(&new(1, &VISITOR)).unwrap(), sidereal_core::store::Created::Done),
        |store| store.elevate(&Old::Stored(frozen()), &New { family: FAMILY, ..alices(2, 7) }).map(drop_written),
        check_log_in,
    );
}

#[test]
fn a_log_in_of_an_unstored_id_that_is_broken_off() {
    break_off(
        |_| {},
        |store| {
            let old = New { payload: None, ..new(1, &VISITOR) };
            store.elevate(&Old::Unstored(old), &New { family: FAMILY, ..alices(2, 7) }).map(drop_written)
        },
        check_log_in,
    );
}

#[test]
fn a_log_in_that_evicts_and_is_broken_off() {
    let cap = Some(Cap { most: 1, now: NOW, over: &[], evict: Some((ended(), later(1000))) });
    break_off(
        |store| {
            let _ = store.create(&new(1, &VISITOR)).unwrap();
            let _ = store.create(&alices(3, 9)).unwrap();
        },
        |store| store.elevate(&Old::Stored(frozen()), &New { cap, family: FAMILY, ..alices(2, 7) }).map(drop_written),
        |store, done| {
            let alive = [2, 3].map(|n| is_alive(store, &place(n, &ALICE)));
            assert_ne!(alive, [true, true], "more sessions than the cap allows");
            assert!(!done || alive == [true, false]);
            check_log_in(store, done);
        },
    );
}

fn drop_written(written: Written) {
    assert!(matches!(written, Written::Done(_)), "{written:?}");
}

fn logged_in(store: &dyn Store) {
    let _ = store.create(&new(1, &VISITOR)).unwrap();
    let _ = store.elevate(&Old::Stored(frozen()), &New { family: FAMILY, ..alices(2, 7) }).unwrap();
    let _ = store.create(&alices(3, 9)).unwrap();
}

/// What an ending that was broken off has left alive is ended by the next one.
fn check_ending(whom: Whom, first: Locator) -> impl Fn(&dyn Store, bool) {
    move |store, done| {
        let untouched = [place(1, &VISITOR), place(2, &ALICE), place(3, &ALICE)].map(|at| is_alive(store, &at));
        // The row that it starts from is the first to go.
        assert!(untouched == [true; 3] || !is_alive(store, &first));
        assert!(!done || !untouched[0] && !untouched[1]);
        store.end(&ending(whom)).unwrap();
        assert!(![place(1, &VISITOR), place(2, &ALICE)].iter().any(|at| is_alive(store, at)));
        assert_eq!([1, 2].map(|n| payload(store, &place(n, if n == 1 { &VISITOR } else { &ALICE }))), [None, None]);
        everything_is_swept(store);
    }
}

#[test]
fn a_log_out_that_is_broken_off() {
    let whom = Whom::Family { family: FAMILY, at: place(2, &ALICE), up_to_generation: 1 };
    break_off(logged_in, |store| store.end(&ending(whom)).map(drop), check_ending(whom, place(2, &ALICE)));
}

#[test]
fn a_revocation_that_is_broken_off() {
    let whom = Whom::Subject { subject: ALICE, except: None };
    break_off(logged_in, |store| store.end(&ending(whom)).map(drop), check_ending(whom, place(2, &ALICE)));
}

#[test]
fn a_revocation_of_everybody_that_is_broken_off() {
    break_off(
        logged_in,
        |store| store.end(&ending(Whom::All)).map(drop),
        |store, done| {
            let all = [place(1, &VISITOR), place(2, &ALICE), place(3, &ALICE)];
            assert!(!done || !all.iter().any(|at| is_alive(store, at)));
            store.end(&ending(Whom::All)).unwrap();
            assert!(!all.iter().any(|at| is_alive(store, at)));
            everything_is_swept(store);
        },
    );
}

#[test]
fn an_alarm_that_is_broken_off() {
    let whom = Whom::Subject { subject: ALICE, except: None };
    let evidence = NewIncident {
        name: Handle([3; 16]),
        whom,
        subject: Some(ALICE),
        session: Handle([4; 16]),
        at: NOW,
        until: later(5000),
        sealed: b"sealed",
    };
    let alarm = Alarm { ending: ending(whom), fate: Fate::End, evidence: Some(evidence) };
    break_off(
        logged_in,
        |store| store.raise(&alarm).map(drop),
        |store, _| {
            // No row has changed of which there is no evidence.
            let changed = !is_alive(store, &place(2, &ALICE)) || !is_alive(store, &place(3, &ALICE));
            let kept = store.exhibits(&Handle([3; 16])).unwrap();
            assert!(kept.is_empty() || kept.len() == 3, "an incident is there whole or not at all");
            assert!(!changed || kept.len() == 3);
            store.raise(&alarm).unwrap();
            assert!(![place(1, &VISITOR), place(2, &ALICE), place(3, &ALICE)].iter().any(|at| is_alive(store, at)));
            assert_eq!(store.exhibits(&Handle([3; 16])).unwrap().len(), 3);
            assert_eq!(store.incidents(&Which::Subject(ALICE), 9).unwrap().len(), 1);
        },
    );
}

#[test]
fn a_device_that_is_broken_off() {
    let device = NewDevice { name: Handle([8; 16]), subject: ALICE, sealed: b"sealed", delete: later(100) };
    break_off(
        |_| {},
        |store| store.create_device(&device).map(|made| assert!(made)),
        |store, done| {
            let listed = store.list_devices(&ALICE).unwrap().len();
            assert_eq!(listed, usize::from(store.load_device(&device.name).unwrap().is_some()));
            assert!(!done || listed == 1);
            store.end_devices(&Whose::Subject(ALICE)).unwrap();
            assert_eq!(store.load_device(&device.name).unwrap(), None);
            store.sweep_devices(later(1000), 100).unwrap();
        },
    );
}

/// Who logs in twice from the ID of before, under a cap of one session, has the later of the two: what the cap evicts takes along the row that both
/// began with, and that is no reason to refuse the second.
#[test]
fn a_log_in_whose_cap_evicts_the_family_that_it_branches_from() {
    let server = sidereal_test_servers::single();
    let memory: Arc<dyn Store> = Arc::new(sidereal_core::store::memory::MemoryStore::new());
    for store in [memory, store_at(&server.url(), "branch:")] {
        let _ = store.create(&new(1, &VISITOR)).unwrap();
        drop_written(store.elevate(&Old::Stored(frozen()), &alices(2, 7)).unwrap());
        let cap = Some(Cap { most: 1, now: NOW, over: &[], evict: Some((ended(), later(1000))) });
        let again = Old::Kept { at: place(1, &VISITOR), unbound: None };
        drop_written(store.elevate(&again, &New { cap, ..alices(3, 9) }).unwrap());
        let alive = [place(1, &VISITOR), place(2, &ALICE), place(3, &ALICE)].map(|at| is_alive(&*store, &at));
        assert_eq!(alive, [false, false, true]);
    }
}
