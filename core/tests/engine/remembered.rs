//! Devices of sessions that have had more than one record: whatever ends what came of the log-in finds the device.

use sidereal_core::engine::{Access, Request};
use sidereal_core::policy::{CapReached, OnObsolete};
use sidereal_core::session::{Denial, Remembered, Resumed, Session};

use crate::fixture::{REQUEST, World, commit, elevate, on_every_store, request_of, sid};

on_every_store! {
    a15_an_alarm_finds_the_device_of_a_later_record,
    a15_an_old_handle_ends_the_device_of_a_later_record,
    r62_a_log_out_from_an_older_record_forgets_the_device,
    a15_the_session_that_stays_keeps_its_device_whatever_its_handle,
    r78_who_has_to_prove_who_they_are_is_not_remembered,
    a11_the_user_that_an_alarm_has_taken_does_not_reach_the_next_one,
    a_resume_that_the_cap_refuses_costs_no_token,
    r53_what_became_of_a_token_does_not_print_the_user,
}

const ALICE: &[u8] = b"alice";

fn log_in(world: &World, id: Option<&str>, user: &[u8], request: &Request<'_>) -> String {
    let mut session = world.try_open(id, request, Access::Exclusive).unwrap();
    session.login(user, &["pwd"]).unwrap();
    session.settle().unwrap();
    commit(&mut session, "data");
    sid(&session)
}

fn remember(session: &mut Session) -> Option<String> {
    match session.remember(ALICE, &[]).unwrap() {
        Remembered::Done(grant) => Some(grant.token.expose()),
        Remembered::NotTheirs | Remembered::NotProved | Remembered::Lost => None,
    }
}

/// Alice's first ID, the one that an elevation gave her, and the token of the device that was remembered after it.
fn elevated_and_remembered(world: &World) -> (String, String, String) {
    let first = log_in(world, None, ALICE, &REQUEST);
    let second = elevate(&mut world.open(&first), "data");
    let token = remember(&mut world.open(&second)).expect("Alice has proved who she is");
    (first, second, token)
}

fn logs_in(world: &World, token: &str) -> bool {
    matches!(world.visit().resume(&[token.as_bytes()]).unwrap(), Resumed::LoggedIn { .. })
}

fn a15_an_alarm_finds_the_device_of_a_later_record(world: World) {
    let (first, second, token) = elevated_and_remembered(&world);
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(&first), Some(Denial::Obsolete));
    assert!(world.denial(&second).is_some() && !logs_in(&world, &token));
}

fn a15_an_old_handle_ends_the_device_of_a_later_record(world: World) {
    let first = log_in(&world, None, ALICE, &REQUEST);
    let handle = world.read(&first).handle().unwrap();
    let second = elevate(&mut world.open(&first), "data");
    let token = remember(&mut world.open(&second)).unwrap();
    assert!(world.engine.revoke(&world.policy, ALICE, &handle).unwrap());
    assert_eq!(world.denial(&second), Some(Denial::Revoked));
    assert!(!logs_in(&world, &token));
}

fn r62_a_log_out_from_an_older_record_forgets_the_device(world: World) {
    let (first, second, token) = elevated_and_remembered(&world);
    world.open(&first).logout(true).unwrap();
    assert!(world.denial(&second).is_some() && !logs_in(&world, &token));

    let id = log_in(&world, None, ALICE, &REQUEST);
    let mut early = world.read(&id);
    let token = remember(&mut world.open(&id)).unwrap();
    early.logout(true).unwrap();
    assert!(!logs_in(&world, &token), "a request that was open before");
}

fn a15_the_session_that_stays_keeps_its_device_whatever_its_handle(world: World) {
    let first = log_in(&world, None, ALICE, &REQUEST);
    let handle = world.read(&first).handle().unwrap();
    let second = elevate(&mut world.open(&first), "data");
    let token = remember(&mut world.open(&second)).unwrap();
    world.engine.revoke_others(&world.policy, ALICE, &handle).unwrap();
    assert_eq!(world.denial(&second), None);
    assert!(logs_in(&world, &token));
}

fn r78_who_has_to_prove_who_they_are_is_not_remembered(world: World) {
    let home = request_of("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0");
    let away =
        request_of("203.0.113.9", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36");
    let id = log_in(&world, None, ALICE, &home);
    let mut session = world.try_open(Some(&id), &away, Access::Exclusive).unwrap();
    assert!(session.must_reauthenticate());
    assert_eq!(remember(&mut session), None);
    session.reauthenticated(&["pwd"], &[]).unwrap();
    assert!(remember(&mut session).is_some());
}

fn a11_the_user_that_an_alarm_has_taken_does_not_reach_the_next_one(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Unauthenticate);
    let first = log_in(&world, None, ALICE, &REQUEST);
    let second = elevate(&mut world.open(&first), "data");
    world.pass_span(|policy| policy.alarm_after);
    drop(world.open(&second));
    assert_eq!(world.denial(&first), Some(Denial::Obsolete));
    let bob = log_in(&world, Some(&second), b"bob", &REQUEST);
    world.engine.revoke_user(&world.policy, ALICE).unwrap();
    assert_eq!(world.denial(&bob), None);
}

fn a_resume_that_the_cap_refuses_costs_no_token(mut world: World) {
    world.set(|policy| (policy.sessions_per_user, policy.cap_reached) = (1, CapReached::Refuse));
    let id = log_in(&world, None, ALICE, &REQUEST);
    let token = remember(&mut world.open(&id)).unwrap();
    for _ in 0..3 {
        assert!(world.visit().resume(&[token.as_bytes()]).is_err_and(|error| error.is_crowded()));
    }
    world.engine.revoke_others(&world.policy, ALICE, &world.read(&id).handle().unwrap()).unwrap();
    world.set(|policy| policy.sessions_per_user = 2);
    assert!(logs_in(&world, &token));
}

fn r53_what_became_of_a_token_does_not_print_the_user(world: World) {
    let (_, _, token) = elevated_and_remembered(&world);
    let resumed = world.visit().resume(&[token.as_bytes()]).unwrap();
    assert_eq!(format!("{resumed:?}"), "LoggedIn(..)");
}
