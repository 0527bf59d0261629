//! Elevation: a new ID for a new privilege. The old one keeps what was read before, for a while, and never gets to the new one.

use std::time::Duration;

use sidereal_core::event::Kind;
use sidereal_core::id::Class;
use sidereal_core::policy::LockFailure;
use sidereal_core::session::{Denial, Outcome, Snapshot};

use crate::fixture::{HOUR, MINUTE, Op, World, commit, cookie, elevate, on_every_store, parse, sid};

on_every_store! {
    r24_elevation_changes_the_id_and_keeps_the_session,
    r25_a13_what_the_application_sets_before_regenerating_stays_out_of_the_old_record,
    r25_a13_nor_does_a_regeneration_that_deletes_leave_anything,
    a13_regenerating_twice_in_one_request_leaves_only_the_last_id,
    a13_regenerating_twice_with_writes_between_leaves_only_snapshots,
    r26_the_successor_and_the_end_of_the_old_id_are_one_transaction,
    nothing_is_stored_before_the_request_settles,
    r32_regenerating_with_deletion_keeps_the_old_row,
    r33_r67_the_old_id_gets_nothing_of_the_new_privilege,
    r36_the_old_id_has_a_short_time_left,
    r34_a_double_clicked_log_in_works_either_way,
    a12_a_snapshot_sets_no_cookie_and_drops_what_is_written,
    r16_a_log_in_whose_response_was_lost_raises_no_alarm,
    r35_a_confirmed_log_in_turns_the_old_id_into_an_alarm,
    r35_every_id_of_a_request_that_regenerated_twice_is_confirmed,
    r23_an_empty_session_that_is_regenerated_costs_no_row,
    a_log_in_without_a_session_before_is_stored_under_the_new_id,
    an_elevated_id_is_of_the_user_class,
    an_application_that_regenerates_on_each_request_gets_one_hint,
    an_alias_may_elevate,
    a_snapshot_for_want_of_the_lock_may_elevate_although_the_record_has_moved,
}

fn r24_elevation_changes_the_id_and_keeps_the_session(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    let b = elevate(&mut session, "cart;user");
    assert_eq!(cookie(&session), Some(b.clone()));
    assert_ne!(a, b);
    assert_eq!(parse(&a).tag(), parse(&b).tag());
    drop(session);
    assert_eq!(world.sees(&b), b"cart;user");
    assert_eq!(world.events.count(Kind::Renewed), 1);
}

fn r25_a13_what_the_application_sets_before_regenerating_stays_out_of_the_old_record(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    // The application has set the user in memory; PHP then writes to the old ID, which the handler leaves out, and reads the new one.
    session.elevate(Snapshot::AsRead).unwrap();
    commit(&mut session, "cart;user=alice");
    let b = sid(&session);
    drop(session);
    assert_eq!((world.sees(&a), world.sees(&b)), (b"cart".to_vec(), b"cart;user=alice".to_vec()));
}

fn r25_a13_nor_does_a_regeneration_that_deletes_leave_anything(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    session.elevate(Snapshot::Empty).unwrap();
    session.settle().unwrap();
    commit(&mut session, "user=alice");
    let b = sid(&session);
    drop(session);
    assert_eq!((world.sees(&a), world.denial(&a)), (Vec::new(), None), "an empty snapshot");
    assert_eq!(world.sees(&b), b"user=alice");
}

fn a13_regenerating_twice_in_one_request_leaves_only_the_last_id(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    let b = session.elevate(Snapshot::AsRead).unwrap().expose();
    let c = session.elevate(Snapshot::AsRead).unwrap().expose();
    commit(&mut session, "user=alice");
    assert_eq!(cookie(&session), Some(c.clone()));
    drop(session);
    assert_eq!((world.sees(&a), world.sees(&c)), (b"cart".to_vec(), b"user=alice".to_vec()));
    assert_eq!(world.sees(&b), b"");
}

fn a13_regenerating_twice_with_writes_between_leaves_only_snapshots(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    let b = elevate(&mut session, "user=alice");
    let c = elevate(&mut session, "user=alice;sudo");
    drop(session);
    assert_eq!(
        (world.sees(&a), world.sees(&b), world.sees(&c)),
        (b"cart".to_vec(), b"user=alice".to_vec(), b"user=alice;sudo".to_vec())
    );
    let mut late = world.open(&b);
    assert!(!late.is_writable());
    assert!(matches!(late.commit(b"x").unwrap(), Outcome::Dropped(_)));
}

fn r26_the_successor_and_the_end_of_the_old_id_are_one_transaction(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    assert_eq!((world.store.calls(Op::Create), world.store.calls(Op::Elevate)), (1, 1));
    assert_eq!(world.rows(), 2);
    let mut failing = world.open(&b);
    failing.elevate(Snapshot::AsRead).unwrap();
    let c = sid(&failing);
    world.store.fail(&[Op::Elevate]);
    assert!(failing.commit(b"sudo").unwrap_err().is_store());
    drop(failing);
    world.store.fail(&[]);
    assert_eq!(world.sees(&b), b"user", "the old ID is what it was");
    assert!(world.stored(&c).is_none());
}

fn nothing_is_stored_before_the_request_settles(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    let b = session.elevate(Snapshot::Empty).unwrap().expose();
    drop(session); // The request dies.
    assert!(world.stored(&b).is_none());
    let mut again = world.open(&a);
    assert!(again.is_writable());
    commit(&mut again, "order");
    drop(again);
    assert_eq!(world.sees(&a), b"order");
}

fn r32_regenerating_with_deletion_keeps_the_old_row(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    session.elevate(Snapshot::Empty).unwrap();
    commit(&mut session, "user");
    drop(session);
    assert_eq!(world.rows(), 2);
    world.pass(HOUR / 4);
    world.sweep();
    assert!(world.stored(&a).is_some(), "still recognised as superseded");
}

fn r33_r67_the_old_id_gets_nothing_of_the_new_privilege(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user=alice");
    for second in 0..120 {
        let session = world.open(&a);
        let expected: &[u8] = if second < 60 { b"cart" } else { b"" };
        assert_eq!((session.payload(), session.denial().is_some()), (expected, second >= 60), "after {second} s");
        assert_ne!(sid(&session), b);
        drop(session);
        world.write(&b, &format!("user=alice;{second}"));
        world.pass(1);
    }
}

fn r36_the_old_id_has_a_short_time_left(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user=alice");
    world.sees(&b);
    world.clock.advance(Duration::from_millis(59_999));
    assert_eq!(world.denial(&a), None);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.denial(&a), Some(Denial::Superseded));
}

fn r34_a_double_clicked_log_in_works_either_way(world: World) {
    let a = world.begin("cart");
    let first = world.log_in(&a, "user=alice;1");
    let mut session = world.open(&a);
    assert_eq!(session.payload(), b"cart", "the snapshot of before the first click");
    let second = elevate(&mut session, "user=alice;2");
    assert_eq!(cookie(&session), Some(second.clone()));
    drop(session);
    for (id, payload) in [(&first, "user=alice;1"), (&second, "user=alice;2")] {
        assert_eq!(world.write(id, &format!("{payload};more")), None);
        assert_eq!(world.sees(id), format!("{payload};more").as_bytes());
    }
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
}

fn a12_a_snapshot_sets_no_cookie_and_drops_what_is_written(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    let mut session = world.open(&a);
    assert!(!session.is_writable() && !session.may_send_cookie() && !session.is_replaced());
    assert_eq!(sid(&session), a);
    assert!(matches!(session.commit(b"x").unwrap(), Outcome::Dropped("superseded by an elevation")));
    drop(session);
    assert_eq!(world.events.count(Kind::WriteDropped), 1);
    assert_eq!((world.sees(&a), world.sees(&b)), (b"cart".to_vec(), b"user".to_vec()));
}

fn r16_a_log_in_whose_response_was_lost_raises_no_alarm(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    assert_eq!(world.sees(&a), b"cart", "during the grace the client may try again");
    for _ in 0..10 {
        world.pass(MINUTE);
        assert_eq!(world.denial(&a), Some(Denial::LostCookie));
    }
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
    assert_eq!(world.sees(&b), b"user");
}

fn r35_a_confirmed_log_in_turns_the_old_id_into_an_alarm(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    assert_eq!(world.sees(&b), b"user");
    for (seconds, denial) in [(60, Denial::Superseded), (239, Denial::Superseded), (1, Denial::Obsolete)] {
        world.pass(seconds);
        assert_eq!(world.denial(&a), Some(denial));
    }
}

fn r35_every_id_of_a_request_that_regenerated_twice_is_confirmed(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    let b = elevate(&mut session, "user");
    let c = elevate(&mut session, "user;sudo");
    drop(session);
    assert_eq!(world.sees(&c), b"user;sudo");
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!((world.denial(&a), world.denial(&b)), (Some(Denial::Obsolete), Some(Denial::Obsolete)));
    assert_eq!(world.sees(&c), b"user;sudo");
}

fn r23_an_empty_session_that_is_regenerated_costs_no_row(world: World) {
    for presented in [None, Some(world.issue())] {
        let mut session = presented.as_ref().map_or_else(|| world.visit(), |id| world.open(id));
        session.elevate(Snapshot::AsRead).unwrap();
        session.settle().unwrap();
        commit(&mut session, "");
        let b = sid(&session);
        drop(session);
        assert_eq!(world.rows(), 0);
        assert_eq!(world.denial(&b), None, "the new ID goes on as an unstored one");
    }
}

fn a_log_in_without_a_session_before_is_stored_under_the_new_id(world: World) {
    let mut session = world.visit();
    let a = sid(&session);
    let b = elevate(&mut session, "user");
    assert_eq!(cookie(&session), Some(b.clone()));
    drop(session);
    assert_eq!(world.sees(&b), b"user");
    assert_eq!(world.rows(), 1, "nobody has ever seen the first ID");
    assert_eq!(world.sees(&a), b"");
}

fn an_elevated_id_is_of_the_user_class(world: World) {
    let a = world.begin("cart");
    assert_eq!(parse(&a).class(), Class::Anonymous);
    let b = world.log_in(&a, "user");
    assert_eq!(parse(&b).class(), Class::User);
    let c = world.rotate(&b);
    assert_eq!(parse(&c).class(), Class::User);
}

fn an_application_that_regenerates_on_each_request_gets_one_hint(world: World) {
    let mut jar = world.begin("0");
    for i in 0..60 {
        jar = world.log_in(&jar, &i.to_string());
        world.pass(1);
    }
    assert_eq!(world.events.count(Kind::RegenerateHint), 1);
    assert_eq!(world.sees(&jar), b"59");
}

fn an_alias_may_elevate(world: World) {
    let a = world.begin("cart");
    let b = world.rotate_and_confirm(&a);
    let c = world.log_in(&a, "user");
    assert_eq!(
        (world.sees(&a), world.sees(&b), world.sees(&c)),
        (b"cart".to_vec(), b"cart".to_vec(), b"user".to_vec())
    );
    world.pass_span(|policy| policy.grace);
    assert_eq!((world.denial(&a), world.denial(&b)), (Some(Denial::Superseded), Some(Denial::Superseded)));
}

/// The request gave up waiting and then logs in, while the one that it waited for makes the record's successor its current ID.
fn a_snapshot_for_want_of_the_lock_may_elevate_although_the_record_has_moved(mut world: World) {
    world.set(|policy| {
        policy.lock_wait = Duration::from_millis(1);
        policy.lock_failure = LockFailure::ReadOnly;
    });
    let a = world.begin("cart");
    let b = world.rotate(&a);
    let holder = world.open_late(&a);
    let mut copy = world.open_late(&a);
    assert!(!copy.is_writable());
    drop(holder);
    assert_eq!(world.sees(&b), b"cart");
    let user = elevate(&mut copy, "user");
    drop(copy);
    assert_eq!(world.sees(&user), b"user");
}
