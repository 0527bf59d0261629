//! Rules of what spans partitions: log-ins and log-outs, and what reaches sessions from before them.

use std::sync::Arc;

use super::{ALICE, BOB, FAMILY, NOW, Rule, capped, create, due, ending_of, later, patient, place, successor, sweep};
use crate::id::{Family, Handle, Locator, Tag};
use crate::record::{EndReason, Ended};
use crate::store::evidence::{Alarm, Fate, NewIncident};
use crate::store::{Acquired, Change, Due, Ending, Except, Found, Label, New, NewPointer, Old, Store, Whom, Written};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("a log-in leaves its partition whole or not at all", a_log_in_leaves_its_partition_whole_or_not_at_all),
    ("a log-in of an unstored id leaves its partition", a_log_in_of_an_unstored_id_leaves_its_partition),
    (
        "a log-in beside a row that is kept leaves its partition",
        a_log_in_beside_a_row_that_is_kept_leaves_its_partition,
    ),
    ("an ending follows a family through partitions", an_ending_follows_a_family_through_partitions),
    ("an ending of a subject reaches other partitions", an_ending_of_a_subject_reaches_other_partitions),
    ("an eviction reaches other partitions", an_eviction_reaches_other_partitions),
    ("an alarm reaches other partitions", an_alarm_reaches_other_partitions),
    ("lists and sweeps reach all partitions", lists_and_sweeps_reach_all_partitions),
    ("rows move within their partition", rows_move_within_their_partition),
];

const VISITOR: Tag = Tag([5; 16]);
const CAROL: Tag = Tag([6; 16]);

fn visitor(n: u16) -> New<'static> {
    New { at: place(n, &VISITOR), ..super::new(n) }
}

fn bound(n: u16, tag: Tag, generation: u32) -> New<'static> {
    New { at: place(n, &tag), subject: Some(tag), ..successor(n, generation) }
}

fn frozen(at: Locator, version: u64) -> Change<'static> {
    let due = Due { erase: Some(later(60)), delete: later(500) };
    Change { at, version, meta: b"frozen", payload: None, due }
}

fn found(store: &Arc<dyn Store>, at: &Locator) -> Found {
    store.load(at).unwrap().expect("a row")
}

fn has_ended(store: &Arc<dyn Store>, at: &Locator) -> bool {
    found(store, at).row.ended.is_some()
}

fn elevate(store: &Arc<dyn Store>, from: &New<'_>, to: &New<'_>) {
    assert_eq!(store.elevate(&Old::Stored(frozen(from.at, 1)), to).unwrap(), Written::Done(2));
}

fn ended() -> Ended {
    Ended { reason: EndReason::Revoked, at: later(10), cookie_cleared: false }
}

/// Row 1 of a visitor, elevated once, who then logged in as Alice: rows 1, 2 and 3 of one family.
fn logged_in(store: &Arc<dyn Store>) -> [Locator; 3] {
    let second = New { at: place(2, &VISITOR), ..successor(2, 1) };
    create(store, &visitor(1));
    elevate(store, &visitor(1), &second);
    elevate(store, &second, &bound(3, ALICE, 2));
    [visitor(1).at, second.at, bound(3, ALICE, 2).at]
}

fn a_log_in_leaves_its_partition_whole_or_not_at_all(store: &Arc<dyn Store>) {
    let (old, new) = (visitor(1), bound(2, ALICE, 1));
    create(store, &old);
    assert_eq!(store.elevate(&Old::Stored(frozen(old.at, 9)), &new).unwrap(), Written::Lost);
    assert_eq!((store.load(&new.at).unwrap(), found(store, &old.at).row.version), (None, 1));
    let full = New { cap: capped(0, false), ..new.clone() };
    assert_eq!(store.elevate(&Old::Stored(frozen(old.at, 1)), &full).unwrap(), Written::Full);
    assert_eq!((store.load(&new.at).unwrap(), found(store, &old.at).row.version), (None, 1));
    elevate(store, &old, &new);
    let (left, there) = (found(store, &old.at).row, found(store, &new.at).row);
    assert_eq!((left.meta.as_slice(), left.payload.as_deref()), (&b"frozen"[..], Some(&b"payload"[..])));
    assert_eq!((there.version, there.meta.as_slice()), (1, &b"successor"[..]));
    // What is lost leaves no place taken, and what is taken is not overwritten.
    create(store, &New { family: Family([9; 16]), ..visitor(4) });
    assert_eq!(store.elevate(&Old::Stored(frozen(visitor(4).at, 1)), &new).unwrap(), Written::Lost);
    assert_eq!(found(store, &visitor(4).at).row.version, 1);
    assert_eq!(store.stats().unwrap().rows, 3);
}

fn a_log_in_of_an_unstored_id_leaves_its_partition(store: &Arc<dyn Store>) {
    let old = New { payload: None, meta: b"remembered", ..visitor(1) };
    let new = bound(2, ALICE, 1);
    assert_eq!(store.elevate(&Old::Unstored(old.clone()), &new).unwrap(), Written::Done(1));
    assert_eq!(found(store, &old.at).row.meta, b"remembered");
    assert_eq!(store.elevate(&Old::Unstored(old.clone()), &bound(3, ALICE, 1)).unwrap(), Written::Lost);
    assert_eq!(store.load(&bound(3, ALICE, 1).at).unwrap(), None);
    let logout = Whom::Family { family: FAMILY, at: new.at, up_to_generation: 0 };
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 2);
    assert!(has_ended(store, &old.at));
}

fn a_log_in_beside_a_row_that_is_kept_leaves_its_partition(store: &Arc<dyn Store>) {
    let (kept, branch) = (visitor(1), New { family: Family([8; 16]), ..bound(2, ALICE, 1) });
    let old = Old::Kept { at: kept.at, unbound: None };
    assert_eq!(store.elevate(&old, &branch).unwrap(), Written::Lost);
    assert_eq!(store.load(&branch.at).unwrap(), None);
    create(store, &kept);
    assert_eq!(store.elevate(&old, &branch).unwrap(), Written::Done(1));
    // It is a family of its own.
    let logout = Whom::Family { family: Family([8; 16]), at: branch.at, up_to_generation: 9 };
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 1);
    assert!(!has_ended(store, &kept.at));
    let logout = Whom::Family { family: FAMILY, at: kept.at, up_to_generation: 0 };
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 1);
    let late = New { at: place(3, &ALICE), ..branch };
    assert_eq!(store.elevate(&old, &late).unwrap(), Written::Lost);
    assert_eq!(store.load(&late.at).unwrap(), None);
}

fn an_ending_follows_a_family_through_partitions(store: &Arc<dyn Store>) {
    let [first, second, third] = logged_in(store);
    create(store, &New { family: Family([9; 16]), ..visitor(9) });
    // From before the log-in only what was there by then ends.
    let early = Whom::Family { family: FAMILY, at: first, up_to_generation: 0 };
    assert_eq!(store.end(&ending_of(early, ended())).unwrap(), 1);
    assert_eq!([&first, &second, &third].map(|at| has_ended(store, at)), [true, false, false]);
    let logout = Whom::Family { family: FAMILY, at: third, up_to_generation: 2 };
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 2);
    assert_eq!([&first, &second, &third].map(|at| has_ended(store, at)), [true; 3]);
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 0);
    assert!(!has_ended(store, &visitor(9).at));
}

fn an_ending_of_a_subject_reaches_other_partitions(store: &Arc<dyn Store>) {
    let [first, second, third] = logged_in(store);
    // The same browser goes on as Carol; its family knows of all three partitions.
    let fourth = bound(4, CAROL, 3);
    elevate(store, &New { at: third, ..bound(3, ALICE, 2) }, &fourth);
    create(store, &New { family: Family([9; 16]), ..bound(5, CAROL, 0) });
    let others = Whom::Subject { subject: CAROL, except: Some(Except { family: Family([9; 16]), device: None }) };
    assert_eq!(store.end(&ending_of(others, ended())).unwrap(), 4);
    assert_eq!([&first, &second, &third, &fourth.at].map(|at| has_ended(store, at)), [true; 4]);
    assert!(!has_ended(store, &bound(5, CAROL, 0).at));
}

fn an_eviction_reaches_other_partitions(store: &Arc<dyn Store>) {
    let [first, second, third] = logged_in(store);
    let next = New { cap: capped(1, true), family: Family([9; 16]), ..bound(4, ALICE, 0) };
    create(store, &next);
    assert_eq!([&first, &second, &third, &next.at].map(|at| has_ended(store, at)), [true, true, true, false]);
    // A log-in from elsewhere evicts as well.
    create(store, &New { family: Family([10; 16]), ..visitor(5) });
    let last = New { cap: capped(1, true), family: Family([10; 16]), ..bound(6, ALICE, 1) };
    elevate(store, &New { family: Family([10; 16]), ..visitor(5) }, &last);
    assert_eq!([&next.at, &visitor(5).at, &last.at].map(|at| has_ended(store, at)), [true, false, false]);
}

fn an_alarm_reaches_other_partitions(store: &Arc<dyn Store>) {
    let rows = logged_in(store);
    let [first, second, third] = rows.map(|at| found(store, &at).row);
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
    let ending = Ending { whom, ended: ended(), delete: later(1000) };
    assert_eq!(store.raise(&Alarm { ending, fate: Fate::Unbind, evidence: Some(evidence) }).unwrap(), 3);
    assert_eq!(store.exhibits(&Handle([3; 16])).unwrap(), [third, second, first]);
    assert_eq!(rows.map(|at| has_ended(store, &at)), [true, true, false]);
    assert_eq!(found(store, &rows[2]).row.unbound, Some(later(10)));
    assert_eq!(store.list(&Label::Subject(ALICE)).unwrap(), []);
}

fn lists_and_sweeps_reach_all_partitions(store: &Arc<dyn Store>) {
    for (n, tag) in [(1, VISITOR), (2, CAROL), (3, ALICE)] {
        let new =
            New { at: place(n, &tag), family: Family([n.to_be_bytes()[1]; 16]), prefix: Some(BOB), ..super::new(n) };
        create(store, &new);
    }
    let mut listed: Vec<Locator> = store.list(&Label::Prefix(BOB)).unwrap().into_iter().map(|row| row.at).collect();
    listed.sort_unstable_by_key(|at| at.0[9]);
    assert_eq!(listed, [place(1, &VISITOR), place(2, &CAROL), place(3, &ALICE)]);
    assert_eq!((store.stats().unwrap().rows, store.stats().unwrap().anonymous), (3, 3));
    create(store, &New { due: due(10), ..bound(4, CAROL, 0) });
    assert_eq!(sweep(store, later(10), 2), (1, 1));
    assert_eq!(store.end(&ending_of(Whom::All, ended())).unwrap(), 2);
    assert_eq!(sweep(store, later(1000), 100), (2, 0));
    assert_eq!(store.stats().unwrap().rows, 0);
}

fn rows_move_within_their_partition(store: &Arc<dyn Store>) {
    let [.., third] = logged_in(store);
    let to = place(30, &ALICE);
    let Acquired::Held(mut lease, _) = store.acquire(&third, &patient()).unwrap() else { panic!("nobody has it") };
    let moved = Change { at: third, version: 1, meta: b"moved", payload: None, due: due(200) };
    let old = NewPointer { at: third, made: NOW, sealed: b"old" };
    assert_eq!(store.promote(&mut lease, &moved, &to, &old).unwrap(), Written::Done(2));
    drop(lease);
    // The family still finds it, and a sweep too.
    let logout = Whom::Family { family: FAMILY, at: place(2, &VISITOR), up_to_generation: 2 };
    assert_eq!(store.end(&ending_of(logout, ended())).unwrap(), 3);
    assert!(has_ended(store, &to));
    assert_eq!(sweep(store, later(1000), 100), (3, 0));
    assert_eq!((store.load(&to).unwrap(), store.load(&third).unwrap()), (None, None));
}
