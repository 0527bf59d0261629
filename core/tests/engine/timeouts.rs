//! Time-outs: what is over is over, whether anybody sweeps or not and whatever the client keeps.

use std::time::Duration;

use sidereal_core::event::Kind;
use sidereal_core::session::{Denial, Outcome};

use crate::fixture::{HOUR, MINUTE, Op, World, commit, cookie, elevate, on_every_store, sid};

on_every_store! {
    r27_r86_an_idle_session_is_denied_although_nobody_sweeps,
    r86_activity_keeps_a_session_going,
    r88_reading_counts_as_activity,
    r88_an_alias_counts_as_activity,
    r28_r87_a_session_that_is_used_all_the_time_ends_at_the_absolute_timeout,
    r28_neither_rotation_nor_elevation_extends_the_absolute_timeout,
    r28_nor_does_a_log_in_from_a_snapshot,
    r88_what_has_expired_is_not_opened,
    r88_judged_at_arrival_not_after_the_wait,
    r89_a_cookie_that_the_client_keeps_opens_nothing,
    r90_after_expiry_a_log_in_gets_another_id,
    r38_an_expired_id_stays_denied,
    an_unstored_id_is_as_old_as_an_idle_session_may_get,
}

fn r27_r86_an_idle_session_is_denied_although_nobody_sweeps(world: World) {
    let id = world.begin("user");
    world.clock.advance(Duration::from_millis(30 * 60_000 - 1));
    assert_eq!(world.denial(&id), None);
    world.clock.advance(Duration::from_millis(1));
    let session = world.open(&id);
    assert_eq!((session.denial(), session.payload()), (Some(Denial::Idle), &b""[..]));
    assert_eq!(world.events.of(Kind::Expired)[0].reason, "idle");
    assert!(world.stored(&id).is_some(), "the row is still there");
}

fn r86_activity_keeps_a_session_going(world: World) {
    let id = world.begin("user");
    let mut jar = id;
    for i in 0..20 {
        world.pass(29 * MINUTE);
        let mut session = world.open(&jar);
        assert_eq!(session.denial(), None, "after {i} times 29 minutes");
        assert_eq!(session.touch().unwrap(), Outcome::Done);
        jar = cookie(&session).unwrap_or(jar);
    }
}

fn r88_reading_counts_as_activity(world: World) {
    let id = world.begin("user");
    for _ in 0..10 {
        world.pass(29 * MINUTE);
        assert_eq!(world.read(&id).payload(), b"user");
    }
}

fn r88_an_alias_counts_as_activity(world: World) {
    let a = world.begin("user");
    let b = world.rotate_and_confirm(&a);
    world.pass(30);
    world.pass_span(|policy| policy.idle - policy.grace);
    assert_eq!(world.denial(&b), None);
    drop(world.read(&b));
    world.pass(20 * MINUTE);
    assert_eq!(world.sees(&b), b"user");
}

fn r28_r87_a_session_that_is_used_all_the_time_ends_at_the_absolute_timeout(world: World) {
    let mut jar = world.begin("user");
    for minute in 1..12 * 60 {
        world.pass(MINUTE);
        let mut session = world.open(&jar);
        assert_eq!(session.denial(), None, "in minute {minute}");
        commit(&mut session, &minute.to_string());
        jar = cookie(&session).unwrap_or(jar);
    }
    world.pass(MINUTE);
    assert_eq!(world.denial(&jar), Some(Denial::Absolute));
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
}

fn r28_neither_rotation_nor_elevation_extends_the_absolute_timeout(world: World) {
    let mut jar = world.begin("user");
    for _ in 0..47 {
        jar = world.rotate_and_confirm(&jar);
        jar = world.log_in(&jar, "user");
        assert_eq!(world.sees(&jar), b"user");
    }
    world.pass(15 * MINUTE);
    assert_eq!(world.denial(&jar), Some(Denial::Absolute));
}

fn r28_nor_does_a_log_in_from_a_snapshot(world: World) {
    let mut jar = world.begin("user");
    for _ in 0..47 {
        jar = world.rotate_and_confirm(&jar);
    }
    let frozen = jar;
    world.log_in(&frozen, "user");
    let branch = world.log_in(&frozen, "user");
    assert_eq!(world.sees(&branch), b"user");
    world.pass(15 * MINUTE);
    assert_eq!(world.denial(&branch), Some(Denial::Absolute));
}

fn r88_what_has_expired_is_not_opened(world: World) {
    let id = world.begin("user");
    world.store.tamper(|found| found.row.payload = Some(b"O:6:\"canary\"".to_vec()));
    world.pass(30 * MINUTE);
    assert_eq!(world.denial(&id), Some(Denial::Idle));
    assert_eq!(world.events.count(Kind::SealBroken), 0, "nobody has looked at the payload");
}

fn r88_judged_at_arrival_not_after_the_wait(world: World) {
    let id = world.begin("user");
    world.pass(30 * MINUTE - 1);
    let holder = world.open_late(&id);
    let calls = world.store.calls(Op::Acquire);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let session = world.open_late(&id);
            (session.denial(), session.payload().to_vec())
        });
        while world.store.calls(Op::Acquire) == calls {
            std::thread::yield_now();
        }
        world.pass(MINUTE);
        drop(holder);
        assert_eq!(waiter.join().unwrap(), (None, b"user".to_vec()));
    });
    assert_eq!(world.denial(&id), Some(Denial::Idle));
}

fn r89_a_cookie_that_the_client_keeps_opens_nothing(world: World) {
    let id = world.begin("user");
    for hours in [1, 11, 12, 24 * 30, 24 * 365] {
        world.pass(hours * HOUR);
        let session = world.open(&id);
        assert!(session.denial().is_some() && session.payload().is_empty());
        drop(session);
        world.sweep();
    }
    assert_eq!(world.rows(), 0);
}

fn r90_after_expiry_a_log_in_gets_another_id(world: World) {
    let id = world.log_in(&world.begin("cart"), "user");
    world.pass(31 * MINUTE);
    let mut session = world.open(&id);
    let fresh = cookie(&session).expect("a new ID");
    let user = elevate(&mut session, "user again");
    drop(session);
    assert!(user != id && user != fresh);
    assert_eq!((world.sees(&user), world.sees(&id)), (b"user again".to_vec(), Vec::new()));
}

fn r38_an_expired_id_stays_denied(world: World) {
    let id = world.begin("user");
    world.pass(31 * MINUTE);
    for _ in 0..3 {
        let mut session = world.open(&id);
        assert_eq!(session.denial(), Some(Denial::Idle));
        assert_ne!(sid(&session), id);
        commit(&mut session, "new visitor");
    }
    assert_eq!(world.denial(&id), Some(Denial::Idle));
}

fn an_unstored_id_is_as_old_as_an_idle_session_may_get(world: World) {
    let id = world.issue();
    world.pass(29 * MINUTE);
    assert_eq!(world.denial(&id), None);
    world.pass(MINUTE);
    assert_eq!(world.denial(&id), Some(Denial::Unknown));
}
