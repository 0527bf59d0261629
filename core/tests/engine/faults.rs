//! Faults of the store: whatever fails, what is stored stays what it was, and what can be served is served.

use sidereal_core::engine::{Access, Refused};
use sidereal_core::event::Kind;
use sidereal_core::session::{Denial, Snapshot};

use crate::fixture::{Op, REQUEST, WRITES, World, commit, cookie, on_every_store, sid};

on_every_store! {
    a_store_that_is_down_opens_nothing_and_ends_nothing,
    a_rotation_that_fails_is_served_without_one,
    a_confirmation_that_fails_is_served_and_made_later,
    a_touch_that_fails_while_reading_is_served,
    a_commit_that_fails_keeps_the_old_payload,
    a_first_commit_that_fails_may_be_repeated,
    an_elevation_that_fails_stays_pending_and_is_completed_later,
    an_elevation_that_fails_for_good_leaves_the_old_id,
    a_revocation_that_fails_serves_nobody,
    a_store_that_cannot_write_still_reads,
    the_message_names_no_id,
}

fn a_store_that_is_down_opens_nothing_and_ends_nothing(world: World) {
    let id = world.begin("user");
    world.store.fail(&[Op::Acquire, Op::Load]);
    for access in [Access::Exclusive, Access::ReadOnly] {
        let refused = world.try_open(Some(&id), &REQUEST, access).unwrap_err();
        assert!(matches!(refused, Refused::Broken(error) if error.is_store()));
    }
    world.store.fail(&[]);
    assert_eq!((world.sees(&id), world.denial(&id)), (b"user".to_vec(), None));
}

fn a_rotation_that_fails_is_served_without_one(world: World) {
    let id = world.begin("user");
    world.pass_span(|policy| policy.rotate);
    world.store.fail(&[Op::Rotate]);
    let mut session = world.open(&id);
    assert_eq!((session.payload(), cookie(&session), sid(&session)), (&b"user"[..], None, id.clone()));
    commit(&mut session, "more");
    drop(session);
    assert_eq!(world.events.count(Kind::StoreDown), 1);
    world.store.fail(&[]);
    let next = cookie(&world.open(&id)).expect("the next request rotates");
    assert_eq!(world.sees(&next), b"more");
}

fn a_confirmation_that_fails_is_served_and_made_later(world: World) {
    let a = world.begin("user");
    let b = world.rotate(&a);
    world.store.fail(&[Op::Promote]);
    let mut session = world.open(&b);
    assert_eq!((session.payload(), session.denial()), (&b"user"[..], None));
    commit(&mut session, "more");
    drop(session);
    world.store.fail(&[]);
    assert_eq!(world.sees(&b), b"more");
    world.pass_span(|policy| policy.grace);
    assert_eq!(world.denial(&a), Some(Denial::Superseded), "it has been confirmed");
}

fn a_touch_that_fails_while_reading_is_served(world: World) {
    let id = world.begin("user");
    world.pass_span(|policy| policy.touch);
    world.store.fail(&WRITES);
    assert_eq!(world.read(&id).payload(), b"user");
}

fn a_commit_that_fails_keeps_the_old_payload(world: World) {
    let id = world.begin("old");
    world.store.fail(&[Op::Save]);
    let mut session = world.open(&id);
    assert!(session.commit(b"new").unwrap_err().is_store());
    drop(session);
    world.store.fail(&[]);
    assert_eq!(world.write(&id, "newer"), None, "nor does the lease stay behind");
    assert_eq!(world.sees(&id), b"newer");
}

fn a_first_commit_that_fails_may_be_repeated(world: World) {
    let mut session = world.visit();
    world.store.fail(&[Op::Create]);
    assert!(session.commit(b"cart").unwrap_err().is_store());
    world.store.fail(&[]);
    commit(&mut session, "cart");
    let id = sid(&session);
    drop(session);
    assert_eq!(world.sees(&id), b"cart");
}

fn an_elevation_that_fails_stays_pending_and_is_completed_later(world: World) {
    for id in [world.begin("cart"), world.issue()] {
        let before = world.sees(&id);
        let mut session = world.open(&id);
        session.elevate(Snapshot::AsRead).unwrap();
        world.store.fail(&[Op::Elevate]);
        assert_eq!(session.settle().is_err(), !before.is_empty());
        assert!(session.commit(b"user").unwrap_err().is_store());
        world.store.fail(&[]);
        commit(&mut session, "user");
        let next = sid(&session);
        drop(session);
        assert_eq!((world.sees(&next), world.sees(&id)), (b"user".to_vec(), before));
    }
}

fn an_elevation_that_fails_for_good_leaves_the_old_id(world: World) {
    let id = world.begin("cart");
    let mut session = world.open(&id);
    session.elevate(Snapshot::Empty).unwrap();
    world.store.fail(&[Op::Elevate]);
    assert!(session.settle().is_err() && session.commit(b"user").is_err());
    drop(session);
    world.store.fail(&[]);
    assert_eq!(world.write(&id, "cart;more"), None);
    assert_eq!(world.sees(&id), b"cart;more");
}

fn a_revocation_that_fails_serves_nobody(world: World) {
    let a = world.begin("user");
    world.rotate_and_confirm(&a);
    world.pass_span(|policy| policy.alarm_after);
    world.store.fail(&[Op::Raise]);
    let opened = world.try_open(Some(&a), &REQUEST, Access::Exclusive);
    assert!(opened.is_err() || opened.is_ok_and(|session| session.payload().is_empty()));
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 1, "the alarm is raised all the same");
    world.store.fail(&[]);
    assert_eq!(world.denial(&a), Some(Denial::Obsolete), "and the next use revokes");
}

fn a_store_that_cannot_write_still_reads(world: World) {
    let a = world.begin("user");
    let b = world.rotate(&a);
    let c = world.log_in(&world.begin("cart"), "user");
    world.store.fail(&WRITES);
    for id in [&a, &b, &c] {
        world.pass(100);
        assert_eq!(world.open(id).payload(), b"user");
        assert_eq!(world.read(id).payload(), b"user");
    }
    assert_eq!(world.denial(&a), None);
}

fn the_message_names_no_id(world: World) {
    let id = world.begin("user");
    world.store.fail(&[Op::Acquire]);
    let refused = world.try_open(Some(&id), &REQUEST, Access::Exclusive).unwrap_err();
    let text = format!("{refused} {refused:?}");
    assert!(!text.contains(&id) && !text.contains(&id[27..]), "{text}");
}
