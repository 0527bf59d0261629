//! Clocks: one that jumps or goes back extends no lifetime, accuses nobody and deletes nothing that is not due (A26).

use sidereal_core::event::Kind;
use sidereal_core::policy::{Policy, Profile};
use sidereal_core::session::{Denial, Outcome};

use crate::fixture::{MINUTE, World, commit, cookie, on_every_store, sid};

const YEAR: i64 = 365 * 86_400_000;

on_every_store! {
    a26_a_jump_forward_expires_and_accuses_nobody,
    a26_after_the_clock_is_mended_sessions_live,
    a26_the_sweeper_deletes_nothing_that_only_looks_due,
    a26_what_is_really_due_is_swept_although_the_clock_jumped,
    a26_a_session_begun_while_the_clock_was_ahead_does_not_outlive_its_timeouts,
    a26_a_clock_that_goes_back_extends_no_lifetime,
    a26_nor_a_grace,
    a26_two_machines_half_a_minute_apart_raise_no_alarm,
    a26_two_machines_half_a_minute_apart_rotate_in_peace,
    a26_a_clock_at_its_limits_breaks_nothing,
    a26_a_clock_that_was_set_right_is_trusted_in_the_end,
    a26_a_process_that_starts_after_a_jump_accuses_nobody_either,
}

fn a26_a_jump_forward_expires_and_accuses_nobody(world: World) {
    let a = world.begin("user");
    let b = world.rotate_and_confirm(&a);
    let frozen = world.begin("cart");
    let user = world.log_in(&frozen, "user");
    assert_eq!(world.sees(&user), b"user");
    world.clock.jump(YEAR);
    for id in [&a, &b, &frozen, &user] {
        assert_eq!(world.denial(id), Some(Denial::Absolute));
    }
    assert_eq!((world.events.count(Kind::ObsoleteAccess), world.events.count(Kind::ClockAnomaly)), (0, 1));
}

/// A jump that is longer than the alarm time and shorter than the time-outs accuses nobody either.
fn a26_after_the_clock_is_mended_sessions_live(world: World) {
    let a = world.begin("user");
    let b = world.rotate_and_confirm(&a);
    let frozen = world.begin("cart");
    let user = world.log_in(&frozen, "user");
    assert_eq!(world.sees(&user), b"user");
    world.sweep();
    for jump in [10 * 60_000, YEAR, -YEAR] {
        world.clock.jump(jump);
        for id in [&a, &b, &frozen, &user] {
            drop(world.open(id));
        }
        world.sweep();
        world.engine.maintain(&world.policy);
        world.clock.jump(-jump);
        assert_eq!((world.sees(&a), world.sees(&b)), (b"user".to_vec(), b"user".to_vec()));
        assert_eq!((world.sees(&frozen), world.sees(&user)), (b"cart".to_vec(), b"user".to_vec()));
    }
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
    assert!(world.events.count(Kind::ClockAnomaly) >= 3);
}

fn a26_the_sweeper_deletes_nothing_that_only_looks_due(world: World) {
    let ids: Vec<_> = (0..10).map(|i| world.begin(&i.to_string())).collect();
    world.log_out(&ids[0]);
    world.sweep();
    world.clock.jump(YEAR);
    for _ in 0..10 {
        world.pass(10);
        assert_eq!(world.sweep(), 0);
        world.engine.maintain(&world.policy);
        // Another process, started after the jump, has not seen the clock before.
        assert_eq!(world.second_process(0).sweep(), 0);
    }
    assert!(world.events.count(Kind::ClockAnomaly) > 0);
    world.clock.jump(-YEAR);
    for (i, id) in ids.iter().enumerate().skip(1) {
        assert_eq!(world.sees(id), i.to_string().as_bytes());
    }
}

fn a26_what_is_really_due_is_swept_although_the_clock_jumped(world: World) {
    let id = world.begin("1");
    world.sweep();
    world.clock.jump(YEAR);
    for _ in 0..60 {
        world.pass(30);
        world.engine.maintain(&world.policy);
    }
    assert!(world.stored(&id).is_none(), "thirty minutes have really passed");
}

fn a26_a_session_begun_while_the_clock_was_ahead_does_not_outlive_its_timeouts(world: World) {
    world.sees(&world.begin("before"));
    world.clock.jump(YEAR);
    let (idle, mut busy) = (world.begin("idle"), world.begin("busy"));
    world.pass(MINUTE);
    world.clock.jump(-YEAR);
    let mut ended = false;
    for _ in 0..13 * 4 {
        world.pass(15 * MINUTE);
        let mut session = world.open(&busy);
        ended |= session.denial().is_some();
        let _ = session.touch().unwrap();
        busy = cookie(&session).filter(|_| !ended).unwrap_or(busy);
    }
    assert!(world.denial(&idle).is_some(), "unused for thirteen hours");
    assert!(ended, "older than the absolute timeout");
}

fn a26_a_clock_that_goes_back_extends_no_lifetime(world: World) {
    let id = world.begin("user");
    world.pass(10 * MINUTE);
    world.clock.jump(-3_600_000);
    world.pass(20 * MINUTE - 1);
    assert_eq!(world.denial(&id), None);
    world.pass(1);
    assert_eq!(world.denial(&id), Some(Denial::Idle));
    assert_eq!(world.events.count(Kind::ClockAnomaly), 1);
    let mut jar = world.begin("user");
    for _ in 0..12 * 4 - 1 {
        world.clock.jump(-60_000);
        jar = world.rotate_and_confirm(&jar);
    }
    world.pass(15 * MINUTE);
    assert_eq!(world.denial(&jar), Some(Denial::Absolute));
}

fn a26_nor_a_grace(world: World) {
    let a = world.begin("user");
    world.rotate_and_confirm(&a);
    let frozen = world.begin("cart");
    world.log_in(&frozen, "user");
    world.clock.jump(-3_600_000);
    world.pass(MINUTE);
    assert_eq!(world.denial(&a), Some(Denial::Superseded));
    assert_eq!(world.denial(&frozen), Some(Denial::LostCookie));
}

fn a26_two_machines_half_a_minute_apart_raise_no_alarm(world: World) {
    for skew in [-30_000, 30_000] {
        let a = world.begin("user");
        let b = world.rotate_and_confirm(&a);
        let frozen = world.begin("cart");
        let user = world.log_in(&frozen, "user");
        assert_eq!(world.sees(&user), b"user");
        for _ in 0..4 {
            let other = world.second_process(skew);
            for id in [&a, &b, &frozen, &user] {
                assert_ne!(other.denial(id), Some(Denial::Obsolete));
            }
            assert_eq!((other.sees(&b), other.sees(&user)), (b"user".to_vec(), b"user".to_vec()));
            world.pass(15);
        }
    }
    assert_eq!((world.events.count(Kind::ObsoleteAccess), world.events.count(Kind::ClockAnomaly)), (0, 0));
}

fn a26_two_machines_half_a_minute_apart_rotate_in_peace(world: World) {
    let (ahead, behind) = (world.second_process(30_000), world.second_process(-30_000));
    let mut jar = world.begin("0");
    for i in 1..200 {
        for machine in [&world, &ahead, &behind] {
            machine.pass(MINUTE);
        }
        let mut session = [&ahead, &world, &behind][i % 3].open(&jar);
        assert_eq!(session.denial(), None, "in minute {i}");
        commit(&mut session, &i.to_string());
        jar = cookie(&session).unwrap_or(jar);
    }
    assert_eq!(world.sees(&jar), b"199");
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
}

fn a26_a_clock_at_its_limits_breaks_nothing(world: World) {
    let id = world.begin("user");
    let now = sidereal_core::clock::Clock::read(&*world.clock).wall.as_millis();
    for wall in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let machine = world.second_process(0);
        machine.clock.jump(wall.wrapping_sub(now));
        for session in [machine.open(&id), machine.read(&id), machine.visit()] {
            let _ = sid(&session);
        }
        let mut session = machine.visit();
        assert_eq!(session.commit(b"x").unwrap(), Outcome::Done);
        let _ = session.elevate(sidereal_core::session::Snapshot::AsRead).unwrap();
        let _ = session.commit(b"y").unwrap();
        let _ = session.logout(true);
        machine.engine.maintain(&machine.policy);
        assert!(machine.events.all().iter().all(|event| sidereal_core::log::line(event, 0).ends_with('}')));
    }
    assert_eq!(world.sees(&id), b"user");
}

/// A machine that starts with a wrong clock and gets the right time later keeps it: after an hour thieves are found out again, also by
/// processes that start then.
fn a26_a_clock_that_was_set_right_is_trusted_in_the_end(world: World) {
    world.engine.maintain(&world.policy);
    world.clock.jump(YEAR);
    for _ in 0..125 {
        world.pass(MINUTE);
        world.engine.maintain(&world.policy);
        drop(world.visit());
    }
    for process in [&world, &world.second_process(0)] {
        world.events.clear();
        let stolen = process.begin("user");
        process.rotate_and_confirm(&stolen);
        process.pass_span(|policy| policy.alarm_after);
        assert_eq!(process.denial(&stolen), Some(Denial::Obsolete));
        assert_eq!(world.events.count(Kind::ObsoleteAccess), 1);
    }
}

fn a26_a_process_that_starts_after_a_jump_accuses_nobody_either(mut world: World) {
    world.policy = Policy::of(Profile::Low).into();
    let a = world.begin("user");
    let b = world.rotate_and_confirm(&a);
    world.engine.maintain(&world.policy);
    world.clock.jump(86_400_000);
    let young = world.second_process(0);
    assert_eq!(young.denial(&a), Some(Denial::Superseded));
    assert_eq!((young.sees(&b), young.events.count(Kind::ObsoleteAccess)), (b"user".to_vec(), 0));
}
