//! Theft: two clients that both go on are found out, whoever comes first; who planted an ID gains nothing and can end nothing.

use sidereal_core::event::{Kind, Level};
use sidereal_core::policy::{Policy, Profile};
use sidereal_core::session::Denial;

use crate::fixture::{MINUTE, Op, World, commit, cookie, on_every_store, sid};

on_every_store! {
    r23_the_thief_is_found_out_when_the_victim_rotates_first,
    r23_the_thief_is_found_out_when_the_thief_rotates_first,
    r23_an_elevated_id_that_was_stolen_raises_the_alarm,
    r23_the_alarm_is_raised_once,
    r35_an_old_id_is_recognised_an_hour_later,
    r35_an_old_id_is_never_taken_for_one_that_was_never_stored,
    r35_nor_is_one_that_was_elevated_many_times,
    r13_a1_a_planted_id_that_was_stored_never_sees_the_log_in,
    r13_a1_a_planted_id_that_was_never_stored_never_sees_the_log_in,
    a11_who_planted_an_id_cannot_sign_the_user_out_by_using_it_late,
    a11_who_planted_an_id_cannot_sign_the_user_out_by_logging_out,
    a11_nor_from_a_branch_of_their_own,
    a11_nor_with_a_request_that_was_open_before_the_log_in,
    a11_an_alarm_is_raised_although_a_confirmation_failed_at_first,
}

fn assert_alarm(world: &World, id: &str) {
    assert_eq!(world.denial(id), Some(Denial::Obsolete));
    let alarms = world.events.of(Kind::ObsoleteAccess);
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].kind.level(), Level::Critical);
    assert!(!alarms[0].session.is_empty(), "the event names the family");
}

fn r23_the_thief_is_found_out_when_the_victim_rotates_first(world: World) {
    let stolen = world.begin("user=alice");
    let victim = world.rotate_and_confirm(&stolen);
    world.pass_span(|policy| policy.alarm_after);
    assert_alarm(&world, &stolen);
    assert_eq!(world.denial(&victim), Some(Denial::Revoked), "nobody can tell who is who: both end");
}

fn r23_the_thief_is_found_out_when_the_thief_rotates_first(world: World) {
    let victim = world.begin("user=alice");
    let thief = world.rotate_and_confirm(&victim);
    world.pass(MINUTE - 1);
    assert_eq!(world.sees(&victim), b"user=alice");
    world.pass_span(|policy| policy.alarm_after);
    assert_alarm(&world, &victim);
    assert_eq!(world.denial(&thief), Some(Denial::Revoked));
}

fn r23_an_elevated_id_that_was_stolen_raises_the_alarm(world: World) {
    let stolen = world.log_in(&world.begin("cart"), "user=alice");
    world.open(&stolen);
    let admin = world.log_in(&stolen, "user=alice;sudo");
    world.open(&admin);
    world.pass_span(|policy| policy.alarm_after);
    assert_alarm(&world, &stolen);
    assert_eq!(world.denial(&stolen), Some(Denial::Revoked));
}

fn r23_the_alarm_is_raised_once(world: World) {
    let stolen = world.begin("user=alice");
    world.rotate_and_confirm(&stolen);
    world.pass_span(|policy| policy.alarm_after);
    assert_alarm(&world, &stolen);
    for _ in 0..5 {
        assert_eq!(world.denial(&stolen), Some(Denial::Revoked));
    }
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 1);
}

fn r35_an_old_id_is_recognised_an_hour_later(world: World) {
    let stolen = world.begin("user=alice");
    let mut jar = world.rotate_and_confirm(&stolen);
    for _ in 0..4 {
        jar = world.rotate_and_confirm(&jar);
        world.sweep();
    }
    assert_alarm(&world, &stolen);
}

/// With long idle times an anonymous ID stays young enough to pass as "not stored yet" for days.
fn r35_an_old_id_is_never_taken_for_one_that_was_never_stored(mut world: World) {
    world.policy = Policy::of(Profile::Low).into();
    let stolen = world.begin("user=alice");
    let mut jar = stolen.clone();
    for _ in 0..80 {
        jar = world.rotate_and_confirm(&jar);
    }
    assert_ne!(sid(&world.open(&stolen)), stolen);
}

/// An application that regenerates on each request supersedes a record each time.
fn r35_nor_is_one_that_was_elevated_many_times(world: World) {
    let stolen = world.begin("user=alice");
    let mut jar = stolen.clone();
    for _ in 0..80 {
        jar = world.log_in(&jar, "user=alice");
        world.pass(5);
    }
    assert_ne!(sid(&world.open(&stolen)), stolen);
}

fn assert_planted_id_is_useless(world: &World, planted: &str, before: &[u8]) {
    let user = world.log_in(planted, "user=alice");
    assert_ne!(user, planted);
    assert_eq!(world.sees(planted), before, "not even during the grace");
    assert_eq!(world.sees(&user), b"user=alice");
    for _ in 0..30 {
        world.pass(MINUTE / 2);
        let session = world.open(planted);
        assert!(session.payload() == before || session.denial().is_some());
        assert!(!session.payload().starts_with(b"user"));
        assert_ne!(cookie(&session), Some(user.clone()));
        drop(session);
        assert_eq!(world.sees(&user), b"user=alice");
    }
    assert!(world.denial(planted).is_some(), "it has died");
}

fn r13_a1_a_planted_id_that_was_stored_never_sees_the_log_in(world: World) {
    let planted = world.begin("cart");
    assert_planted_id_is_useless(&world, &planted, b"cart");
}

fn r13_a1_a_planted_id_that_was_never_stored_never_sees_the_log_in(world: World) {
    let planted = world.issue();
    assert_planted_id_is_useless(&world, &planted, b"");
}

fn a11_who_planted_an_id_cannot_sign_the_user_out_by_using_it_late(world: World) {
    for planted in [world.begin("cart"), world.issue()] {
        world.events.clear();
        let user = world.log_in(&planted, "user=alice");
        assert_eq!(world.sees(&user), b"user=alice");
        world.pass_span(|policy| policy.alarm_after);
        assert_alarm(&world, &planted);
        assert_eq!(world.sees(&user), b"user=alice");
    }
}

fn a11_who_planted_an_id_cannot_sign_the_user_out_by_logging_out(world: World) {
    for planted in [world.begin("cart"), world.issue()] {
        let user = world.log_in(&planted, "user=alice");
        world.log_out(&planted);
        assert_eq!(world.sees(&user), b"user=alice");
        world.open(&planted).quarantine().unwrap();
        assert_eq!(world.sees(&user), b"user=alice");
    }
}

fn a11_nor_from_a_branch_of_their_own(world: World) {
    for planted in [world.begin("cart"), world.issue()] {
        let user = world.log_in(&planted, "user=alice");
        let branch = world.log_in(&planted, "user=mallory");
        assert_eq!((world.sees(&user), world.sees(&branch)), (b"user=alice".to_vec(), b"user=mallory".to_vec()));
        world.log_out(&branch);
        assert_eq!(world.sees(&user), b"user=alice");
    }
}

fn a11_nor_with_a_request_that_was_open_before_the_log_in(world: World) {
    for planted in [world.begin("cart"), world.issue()] {
        let mut early = world.read(&planted);
        let user = world.log_in(&planted, "user=alice");
        early.logout(true).unwrap();
        assert_eq!(world.sees(&user), b"user=alice");
    }
}

fn a11_an_alarm_is_raised_although_a_confirmation_failed_at_first(world: World) {
    let stolen = world.begin("cart");
    let user = world.log_in(&stolen, "user=alice");
    world.store.fail(&[Op::Touch]);
    let mut session = world.open(&user);
    assert_eq!(session.payload(), b"user=alice", "served all the same");
    commit(&mut session, "user=alice;order");
    drop(session);
    world.store.fail(&[]);
    assert_eq!(world.sees(&user), b"user=alice;order");
    world.pass_span(|policy| policy.alarm_after);
    assert_alarm(&world, &stolen);
}
