//! Endings: a log-out holds at once, for the whole family, against late writers and without anybody sweeping.

use std::sync::Barrier;

use sidereal_core::event::Kind;
use sidereal_core::policy::LockFailure;
use sidereal_core::session::{Denial, Outcome, Snapshot};

use crate::fixture::{HOUR, MINUTE, Op, World, commit, cookie, elevate, on_every_store, parse, sid};

on_every_store! {
    r94_r95_a_cookie_that_is_replayed_after_log_out_opens_nothing,
    r94_log_out_ends_every_id_of_the_family,
    r94_log_out_of_an_id_that_was_never_stored_holds_as_well,
    r94_log_out_of_an_id_that_was_stored_meanwhile_ends_it,
    r94_log_out_after_a_lost_write_ends_the_session,
    r94_log_out_of_a_session_that_has_got_another_id_meanwhile_ends_it,
    r94_a_log_out_that_could_not_be_written_is_reported,
    r94_what_was_logged_out_is_erased,
    r30_r35_a_tombstone_stays_until_its_time_has_come,
    after_a_log_out_with_cleared_cookie_requests_in_flight_get_a_ghost,
    after_a_log_out_without_cleared_cookie_there_is_no_ghost,
    a_log_in_from_a_ghost_is_a_new_session,
    a_log_out_in_a_request_that_has_regenerated_ends_both_ids,
    a14_writers_in_parallel_with_a_log_out_do_not_bring_it_back,
    a14_late_writers_cannot_resurrect_a_logged_out_session,
    a14_nor_by_regenerating,
    a14_nor_from_an_id_that_was_not_stored_yet,
    a14_nor_from_a_snapshot_taken_for_want_of_the_lock,
    an_undecodable_payload_is_kept_in_the_store,
    a_quarantined_session_goes_on_as_a_fresh_one,
}

fn r94_r95_a_cookie_that_is_replayed_after_log_out_opens_nothing(world: World) {
    let id = world.log_in(&world.begin("cart"), "user");
    world.log_out(&id);
    for seconds in [0, 1, 59, 60, HOUR, 24 * HOUR] {
        world.pass(seconds);
        let session = world.open(&id);
        assert!(session.payload().is_empty());
        assert!(session.denial().is_some() || !session.is_writable());
    }
    assert_eq!(world.events.count(Kind::Logout), 1);
}

fn r94_log_out_ends_every_id_of_the_family(world: World) {
    let a = world.begin("cart");
    let b = world.rotate_and_confirm(&a);
    let c = world.log_in(&b, "user");
    let d = world.rotate(&c);
    world.open(&c).logout(false).unwrap();
    for id in [&a, &b, &c, &d] {
        assert!(world.denial(id).is_some());
        assert_eq!(world.sees(id), b"");
    }
    assert_eq!(world.denial(&d), Some(Denial::LoggedOut));
}

fn r94_log_out_of_an_id_that_was_never_stored_holds_as_well(world: World) {
    let id = world.issue();
    let mut late = world.read(&id);
    world.open(&id).logout(false).unwrap();
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
    assert!(matches!(late.commit(b"late").unwrap(), Outcome::Dropped(_)));
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
}

fn r94_log_out_of_an_id_that_was_stored_meanwhile_ends_it(world: World) {
    let id = world.issue();
    let mut early = world.read(&id);
    world.write(&id, "user");
    early.logout(false).unwrap();
    assert_eq!((world.denial(&id), world.sees(&id)), (Some(Denial::LoggedOut), Vec::new()));
}

fn r94_log_out_after_a_lost_write_ends_the_session(world: World) {
    let id = world.begin("1");
    let mut session = world.open(&id);
    overtake(&world, &id);
    assert!(matches!(session.commit(b"2").unwrap(), Outcome::Lost(_)));
    if session.logout(false).is_ok() {
        assert_eq!(world.denial(&id), Some(Denial::LoggedOut), "a log-out that reports success has ended the session");
    }
}

fn r94_log_out_of_a_session_that_has_got_another_id_meanwhile_ends_it(world: World) {
    let a = world.begin("user");
    let b = world.rotate(&a);
    let mut early = world.read(&a);
    assert_eq!(world.sees(&b), b"user", "the record has moved to its new ID");
    early.logout(false).unwrap();
    assert_eq!((world.denial(&a), world.denial(&b)), (Some(Denial::LoggedOut), Some(Denial::LoggedOut)));
}

/// Writes the row behind its holder's back, as a holder that has lost its lease would find it.
fn overtake(world: &World, id: &str) {
    let found = world.stored(id).unwrap();
    let due = sidereal_core::store::Due { erase: None, delete: crate::fixture::START.after(world.policy.absolute) };
    let change = sidereal_core::store::Change {
        at: found.row.at,
        version: found.row.version,
        meta: &found.row.meta,
        payload: None,
        due,
    };
    let lease = sidereal_core::store::Lease::new(());
    assert!(matches!(world.store.inner.save(lease, &change).unwrap(), sidereal_core::store::Written::Done(_)));
}

fn r94_a_log_out_that_could_not_be_written_is_reported(world: World) {
    for id in [world.begin("user"), world.issue()] {
        world.store.fail(&[Op::End, Op::Create]);
        let mut session = world.open(&id);
        assert!(session.logout(true).unwrap_err().is_store());
        world.store.fail(&[]);
        session.logout(false).unwrap();
        drop(session);
        assert_eq!(world.denial(&id), Some(Denial::LoggedOut), "the second try holds");
    }
    assert_eq!(world.events.count(Kind::Logout), 2);
}

fn r94_what_was_logged_out_is_erased(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    world.log_out(&b);
    for id in [&a, &b] {
        assert_eq!(world.stored(id).unwrap().row.payload, None);
    }
}

fn r30_r35_a_tombstone_stays_until_its_time_has_come(world: World) {
    let id = world.begin("user");
    world.open(&id).logout(false).unwrap();
    world.pass(12 * HOUR - 1);
    world.sweep();
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
    world.pass(1);
    assert_eq!(world.sweep(), 1);
    assert_eq!(world.denial(&id), Some(Denial::Unknown), "too old to pass as one that was never stored");
}

fn after_a_log_out_with_cleared_cookie_requests_in_flight_get_a_ghost(world: World) {
    let id = world.begin("user");
    world.open(&id).logout(true).unwrap();
    world.events.clear();
    for _ in 0..60 {
        let mut ghost = world.open(&id);
        let denial = Some(Denial::LoggedOut);
        assert_eq!((ghost.payload(), ghost.denial(), sid(&ghost)), (&b""[..], denial, id.clone()));
        assert!(!ghost.may_send_cookie() && !ghost.is_writable());
        assert!(matches!(ghost.commit(b"late").unwrap(), Outcome::Dropped(_)));
        drop(ghost);
        world.pass(1);
    }
    assert_eq!((world.events.count(Kind::UseAfterEnd), world.events.count(Kind::WriteDropped)), (0, 60));
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
    assert_eq!(world.events.count(Kind::UseAfterEnd), 1);
}

fn after_a_log_out_without_cleared_cookie_there_is_no_ghost(world: World) {
    let id = world.begin("user");
    world.open(&id).logout(false).unwrap();
    let mut session = world.open(&id);
    assert_eq!(session.denial(), Some(Denial::LoggedOut));
    let fresh = cookie(&session).expect("a session that works");
    commit(&mut session, "new");
    drop(session);
    assert_eq!(world.sees(&fresh), b"new");
}

fn a_log_in_from_a_ghost_is_a_new_session(world: World) {
    let id = world.begin("user=alice");
    world.log_out(&id);
    let mut ghost = world.open(&id);
    let next = elevate(&mut ghost, "user=bob");
    assert_eq!(cookie(&ghost), Some(next.clone()));
    drop(ghost);
    assert_eq!((world.sees(&next), world.sees(&id)), (b"user=bob".to_vec(), Vec::new()));
}

fn a_log_out_in_a_request_that_has_regenerated_ends_both_ids(world: World) {
    for settled in [false, true] {
        let a = world.begin("user");
        let mut session = world.open(&a);
        let b = session.elevate(Snapshot::AsRead).unwrap().expose();
        if settled {
            session.settle().unwrap();
        }
        session.logout(false).unwrap();
        drop(session);
        assert_eq!(world.denial(&a), Some(Denial::LoggedOut));
        assert!(world.denial(&b).is_some());
    }
}

fn a14_writers_in_parallel_with_a_log_out_do_not_bring_it_back(world: World) {
    let id = world.begin("user");
    let barrier = Barrier::new(21);
    std::thread::scope(|scope| {
        for i in 0..20 {
            let (world, id, barrier) = (&world, &id, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let mut session = world.open(id);
                let _ = session.commit(format!("writer {i}").as_bytes()).unwrap();
            });
        }
        scope.spawn(|| {
            barrier.wait();
            world.log_out(&id);
        });
    });
    assert_eq!(world.sees(&id), b"");
    world.pass(MINUTE);
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
    assert_eq!(world.rows(), 1);
}

fn a14_late_writers_cannot_resurrect_a_logged_out_session(world: World) {
    let id = world.begin("user");
    let mut writer = world.open(&id);
    world.read(&id).logout(false).unwrap();
    assert!(matches!(writer.commit(b"late").unwrap(), Outcome::Dropped(_)));
    assert_eq!(writer.touch().unwrap(), Outcome::Done);
    drop(writer);
    assert_eq!((world.denial(&id), world.rows()), (Some(Denial::LoggedOut), 1));
}

fn a14_nor_by_regenerating(world: World) {
    let id = world.begin("user");
    let mut writer = world.open(&id);
    world.read(&id).logout(false).unwrap();
    writer.elevate(Snapshot::AsRead).unwrap();
    let next = sid(&writer);
    writer.settle().unwrap();
    assert!(matches!(writer.commit(b"late").unwrap(), Outcome::Dropped(_)));
    drop(writer);
    assert!(world.stored(&next).is_none());
    assert_eq!((world.denial(&id), world.denial(&next)), (Some(Denial::LoggedOut), Some(Denial::Unknown)));
}

fn a14_nor_from_an_id_that_was_not_stored_yet(world: World) {
    let id = world.issue();
    let mut writer = world.open(&id);
    world.read(&id).logout(false).unwrap();
    assert!(matches!(writer.commit(b"late").unwrap(), Outcome::Dropped(_)));
    drop(writer);
    let second = world.issue();
    let mut writer = world.open(&second);
    world.read(&second).logout(false).unwrap();
    writer.elevate(Snapshot::AsRead).unwrap();
    assert!(matches!(writer.commit(b"late").unwrap(), Outcome::Dropped(_)));
    assert!(world.stored(&sid(&writer)).is_none());
    assert_eq!(world.denial(&id), Some(Denial::LoggedOut));
}

/// A request that gave up waiting holds a copy of what the session was; logging out must reach that copy, too.
fn a14_nor_from_a_snapshot_taken_for_want_of_the_lock(mut world: World) {
    world.set(|policy| {
        policy.lock_wait = std::time::Duration::from_millis(1);
        policy.lock_failure = LockFailure::ReadOnly;
    });
    let id = world.begin("user=alice");
    let mut holder = world.open(&id);
    let mut copy = world.open(&id);
    assert_eq!((copy.payload(), copy.is_writable()), (&b"user=alice"[..], false));
    holder.logout(false).unwrap();
    drop(holder);
    copy.elevate(Snapshot::AsRead).unwrap();
    copy.settle().unwrap();
    assert!(matches!(copy.commit(b"user=alice;late").unwrap(), Outcome::Dropped(_)));
    let next = sid(&copy);
    drop(copy);
    assert!(parse(&next) != parse(&id) && world.sees(&next).is_empty());
}

fn an_undecodable_payload_is_kept_in_the_store(world: World) {
    let id = world.begin("garbage");
    world.open(&id).quarantine().unwrap();
    assert_eq!(world.events.count(Kind::Quarantined), 1);
    let kept = world.stored(&id).unwrap().row;
    let meta = sidereal_core::seal::open_meta(&world.keys(), &kept.at, &kept.meta).unwrap();
    let payload = sidereal_core::seal::open_payload(&world.keys(), &meta, kept.payload.unwrap());
    assert_eq!(payload.unwrap(), b"garbage", "who has the keyring can look at it");
    world.pass(HOUR);
    world.sweep();
    assert!(world.stored(&id).unwrap().row.payload.is_some());
}

fn a_quarantined_session_goes_on_as_a_fresh_one(world: World) {
    let id = world.begin("garbage");
    let mut session = world.open(&id);
    session.quarantine().unwrap();
    assert!(matches!(session.commit(b"x").unwrap(), Outcome::Dropped(_)));
    drop(session);
    let session = world.open(&id);
    assert_eq!((session.denial(), session.payload()), (Some(Denial::Broken), &b""[..]));
    assert!(cookie(&session).is_some());
}
