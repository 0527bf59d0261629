//! Rules of [`crate::store::evidence`].

use std::sync::Arc;

use super::{
    ALICE, BOB, FAMILY, NOW, Rule, at, change, create, due, ending_of, found, frozen, later, lease, listed, new,
    nothing_writes, of, pointer, successor, sweep,
};
use crate::clock::Time;
use crate::id::{Family, Handle};
use crate::record::{EndReason, Ended};
use crate::store::evidence::{
    Alarm, Fate, MAX_EVIDENCE, MAX_EXHIBITS, MAX_INCIDENTS, MAX_UNBOUND_INCIDENTS, NewIncident, Which,
};
use crate::store::{Change, Ending, Label, New, Old, Store, Whom, Written};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("an alarm keeps rows as they were before it", an_alarm_keeps_rows_as_they_were_before_it),
    ("an alarm that reaches nothing keeps nothing", an_alarm_that_reaches_nothing_keeps_nothing),
    ("an incident is kept once", an_incident_is_kept_once),
    ("evidence is found by what it is asked for", evidence_is_found_by_what_it_is_asked_for),
    ("evidence does not fill the store", evidence_does_not_fill_the_store),
    ("a sweep deletes evidence in batches", a_sweep_deletes_evidence_in_batches),
    ("an unbinding leaves rows that belong to nobody", an_unbinding_leaves_rows_that_belong_to_nobody),
    ("an unbinding ends what is superseded", an_unbinding_ends_what_is_superseded),
    ("who saw a row before it was unbound loses its write", who_saw_a_row_before_it_was_unbound_loses_its_write),
    ("an unbound row can be evicted", an_unbound_row_can_be_evicted),
];

const USER: Whom = Whom::Subject { subject: ALICE, except: None };

fn obsolete(whom: Whom) -> Ending {
    ending_of(whom, Ended { reason: EndReason::Obsolete, at: later(10), cookie_cleared: false })
}

fn handle(n: u16) -> Handle {
    Handle(at(n).0)
}

fn incident(n: u16) -> NewIncident<'static> {
    NewIncident {
        name: handle(n),
        whom: USER,
        subject: Some(ALICE),
        session: handle(1000 + n),
        at: later(n.into()),
        until: later(5000),
        sealed: b"sealed",
    }
}

fn raise(store: &Arc<dyn Store>, ending: Ending, fate: Fate, evidence: Option<NewIncident<'_>>) -> u64 {
    store.raise(&Alarm { ending, fate, evidence }).unwrap()
}

fn names(store: &Arc<dyn Store>, which: Which) -> Vec<Handle> {
    store.incidents(&which, 1000).unwrap().iter().map(|incident| incident.name).collect()
}

/// A session of Alice's as row 2 of its family, elevated from row 1; another one of hers is row 3, one of Bob's row 4.
fn alice_and_bob(store: &Arc<dyn Store>) {
    create(store, &new(1));
    let elevated = New { subject: Some(ALICE), payload: Some(b"alice's"), ..successor(2, 1) };
    assert_eq!(store.elevate(&Old::Stored(frozen(1, 1)), &elevated).unwrap(), Written::Done(2));
    create(store, &New { family: Family([3; 16]), ..of(ALICE, 3) });
    create(store, &New { family: Family([4; 16]), ..of(BOB, 4) });
}

fn an_alarm_keeps_rows_as_they_were_before_it(store: &Arc<dyn Store>) {
    for (fate, count) in [(Fate::GoOn, 0), (Fate::End, 3)] {
        store.purge(&Which::All).unwrap();
        if fate == Fate::GoOn {
            alice_and_bob(store);
        }
        let before: Vec<_> = [2, 3, 1].map(|n| found(store, n).row).into_iter().collect();
        assert_eq!(raise(store, obsolete(USER), fate, Some(incident(1))), count);
        let mut kept = store.exhibits(&handle(1)).unwrap();
        // Among those in use the order is the store's own.
        kept[..2].sort_by_key(|row| before.iter().position(|other| other.at == row.at));
        assert_eq!(kept, before);
        let found = store.incidents(&Which::All, 10).unwrap();
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!((found.name, found.at, found.until), (handle(1), later(1), later(5000)));
        assert_eq!(found.sealed, b"sealed");
    }
    let ended = |n| found(store, n).row.ended.map(|ended| ended.reason);
    assert_eq!([1, 2, 3].map(ended), [Some(EndReason::Obsolete); 3]);
    assert_eq!((ended(4), found(store, 2).row.payload), (None, None));
}

fn an_alarm_that_reaches_nothing_keeps_nothing(store: &Arc<dyn Store>) {
    assert_eq!(raise(store, obsolete(USER), Fate::End, Some(incident(1))), 0);
    alice_and_bob(store);
    assert_eq!(raise(store, obsolete(USER), Fate::End, None), 3);
    assert_eq!(raise(store, obsolete(USER), Fate::End, Some(incident(2))), 0);
    assert_eq!(names(store, Which::All), []);
    // What is kept need not be what ends.
    let of_bob = NewIncident { whom: Whom::Subject { subject: BOB, except: None }, ..incident(3) };
    assert_eq!(raise(store, obsolete(USER), Fate::End, Some(of_bob)), 0);
    assert_eq!(store.exhibits(&handle(3)).unwrap(), [found(store, 4).row]);
}

fn an_incident_is_kept_once(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    raise(store, obsolete(USER), Fate::GoOn, Some(incident(1)));
    let first = store.exhibits(&handle(1)).unwrap();
    assert_eq!(store.save(lease(store, 3), &change(3, 1)).unwrap(), Written::Done(2));
    let again = NewIncident { sealed: b"again", at: later(7), ..incident(1) };
    raise(store, obsolete(USER), Fate::GoOn, Some(again));
    assert_eq!(store.exhibits(&handle(1)).unwrap(), first);
    assert_eq!(store.incidents(&Which::All, 10).unwrap()[0].sealed, b"sealed");
}

fn evidence_is_found_by_what_it_is_asked_for(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    for n in [2, 1, 3] {
        raise(store, obsolete(USER), Fate::GoOn, Some(incident(n)));
    }
    let whom = Whom::Family { family: FAMILY, at: at(2), up_to_generation: 0 };
    raise(store, obsolete(USER), Fate::GoOn, Some(NewIncident { whom, subject: None, ..incident(4) }));
    assert_eq!(names(store, Which::All), [4, 3, 2, 1].map(handle));
    assert_eq!(names(store, Which::Subject(ALICE)), [3, 2, 1].map(handle));
    assert_eq!(names(store, Which::Subject(BOB)), []);
    assert_eq!(names(store, Which::Session(handle(1002))), [handle(2)]);
    assert_eq!(names(store, Which::Named(handle(4))), [handle(4)]);
    assert_eq!(store.incidents(&Which::All, 2).unwrap().len(), 2);
    // The row that it starts from, whatever its generation, and those up to the generation.
    let family: Vec<_> = store.exhibits(&handle(4)).unwrap().iter().map(|row| row.at).collect();
    assert_eq!(family, [at(2), at(1)]);
    assert_eq!(store.exhibits(&handle(9)).unwrap(), []);
    assert_eq!(store.purge(&Which::Named(handle(2))).unwrap(), 1);
    assert_eq!((store.purge(&Which::Named(handle(2))).unwrap(), store.exhibits(&handle(2)).unwrap()), (0, vec![]));
    assert_eq!(store.purge(&Which::Subject(ALICE)).unwrap(), 2);
    assert_eq!((names(store, Which::All), store.purge(&Which::All).unwrap()), (vec![handle(4)], 1));
}

fn evidence_does_not_fill_the_store(store: &Arc<dyn Store>) {
    let large = vec![7; MAX_EVIDENCE / 3];
    for n in 1..=MAX_EXHIBITS + 6 {
        let n = u16::try_from(n).unwrap();
        let payload = if n <= 4 { &large[..] } else { b"small" };
        create(store, &New { family: Family([n.to_be_bytes()[1]; 16]), payload: Some(payload), ..of(ALICE, n) });
    }
    raise(store, obsolete(USER), Fate::GoOn, Some(incident(1)));
    let kept = store.exhibits(&handle(1)).unwrap();
    assert_eq!(kept.len(), MAX_EXHIBITS);
    let bytes: usize = kept.iter().filter_map(|row| row.payload.as_ref()).map(Vec::len).sum();
    assert!(bytes <= MAX_EVIDENCE, "{bytes} bytes");

    assert_eq!(store.end(&obsolete(USER)).unwrap(), u64::try_from(MAX_EXHIBITS + 6).unwrap());
    create(store, &New { family: Family([200; 16]), ..of(ALICE, 200) });
    for n in 2..=u16::try_from(MAX_INCIDENTS + 2).unwrap() {
        raise(store, obsolete(USER), Fate::GoOn, Some(incident(n)));
    }
    let left = names(store, Which::Subject(ALICE));
    assert_eq!((left.len(), left.last()), (MAX_INCIDENTS, Some(&handle(3))), "the oldest go");
    for n in 0..=u16::try_from(MAX_UNBOUND_INCIDENTS).unwrap() {
        raise(store, obsolete(USER), Fate::GoOn, Some(NewIncident { subject: None, ..incident(100 + n) }));
    }
    assert_eq!(names(store, Which::Named(handle(100))), []);
    assert_eq!(names(store, Which::All).len(), MAX_INCIDENTS + MAX_UNBOUND_INCIDENTS);
}

fn a_sweep_deletes_evidence_in_batches(store: &Arc<dyn Store>) {
    for n in 1..=8 {
        create(store, &New { due: due(9000), ..of(ALICE, n) });
    }
    for (n, until) in [(1, 100), (2, 200), (3, 300)] {
        raise(store, obsolete(USER), Fate::GoOn, Some(NewIncident { until: later(until), ..incident(n) }));
    }
    assert_eq!(sweep(store, later(99), 1000), (0, 0));
    assert_eq!(names(store, Which::All).len(), 3);
    let mut batches = 0;
    loop {
        batches += 1;
        let swept = store.sweep(later(250), 5, 1000).unwrap();
        assert_eq!(swept.deleted, 0, "evidence is no row");
        if !swept.more {
            break;
        }
        assert!(batches < 20, "no end");
    }
    assert!(batches > 2, "18 rows by five in {batches} batches");
    assert_eq!(names(store, Which::All), [handle(3)]);
    assert_eq!(store.exhibits(&handle(3)).unwrap().len(), 8);
    assert_eq!(store.stats().unwrap().rows, 8);
}

fn an_unbinding_leaves_rows_that_belong_to_nobody(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    assert_eq!(raise(store, obsolete(USER), Fate::Unbind, Some(incident(1))), 3);
    assert_eq!((listed(store, Label::Subject(ALICE)), listed(store, Label::Subject(BOB))), (vec![], vec![4]));
    let row = found(store, 3).row;
    assert_eq!((row.ended, row.unbound, row.version), (None, Some(later(10)), 2));
    assert_eq!((found(store, 2).row.payload.as_deref(), found(store, 4).row.unbound), (Some(&b"alice's"[..]), None));
    // It is on no roster any more, so that nothing is done to it through its user, and is written as any other.
    assert_eq!(raise(store, obsolete(USER), Fate::Unbind, Some(incident(2))), 0);
    assert_eq!(store.save(lease(store, 3), &change(3, 2)).unwrap(), Written::Done(3));
    assert_eq!(found(store, 3).row.unbound, Some(later(10)), "for good");
    assert_eq!(names(store, Which::All), [handle(1)]);
}

fn an_unbinding_ends_what_is_superseded(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    assert_eq!(raise(store, obsolete(USER), Fate::Unbind, None), 3);
    let old = found(store, 1).row;
    assert_eq!(
        (old.ended.map(|ended| ended.reason), old.payload, old.unbound),
        (Some(EndReason::Obsolete), None, None)
    );
    let whom = Whom::Family { family: Family([4; 16]), at: at(4), up_to_generation: 0 };
    assert_eq!(raise(store, obsolete(whom), Fate::Unbind, None), 1);
    assert_eq!(found(store, 4).row.unbound, Some(later(10)), "a family without a user is unbound as well");
}

fn who_saw_a_row_before_it_was_unbound_loses_its_write(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    let held = lease(store, 3);
    raise(store, obsolete(USER), Fate::Unbind, None);
    assert_eq!(store.rotate(&change(3, 1), &pointer(900, 0)).unwrap(), Written::Lost);
    assert_eq!(store.save(held, &change(3, 1)).unwrap(), Written::Lost);
    nothing_writes(store, 3, 1);
    let branch = New { family: Family([5; 16]), ..of(ALICE, 5) };
    let kept = |unbound: Option<Time>| Old::Kept { at: at(3), unbound };
    assert_eq!(store.elevate(&kept(None), &branch).unwrap(), Written::Lost);
    assert_eq!(store.elevate(&kept(Some(NOW)), &branch).unwrap(), Written::Lost);
    assert_eq!(store.elevate(&kept(Some(later(10))), &branch).unwrap(), Written::Done(2));
    let change = Change { payload: None, ..change(3, 2) };
    assert_eq!(store.touch(None, &change).unwrap(), Written::Done(2));
}

fn an_unbound_row_can_be_evicted(store: &Arc<dyn Store>) {
    alice_and_bob(store);
    raise(store, obsolete(USER), Fate::Unbind, None);
    assert_eq!(store.stats().unwrap().anonymous, 3);
    assert_eq!(sweep(store, NOW, 0).1, 3);
    assert_eq!(store.stats().unwrap().rows, 1);
}
