//! Sweeping: what may go goes, soon and in small pieces; what is in use never does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use sidereal_core::event::Kind;

use crate::fixture::{HOUR, MINUTE, Op, World, on_every_store};

on_every_store! {
    r31_r42_what_is_over_is_swept,
    r45_sweeping_answers_how_many_rows_went_and_takes_only_what_is_due,
    a24_sweeping_again_and_again_removes_nothing_live,
    a24_one_collector_at_a_time,
    a24_a_sweep_within_a_request_is_bounded,
    a24_somebody_sweeps_once_in_a_while,
    a_frozen_payload_goes_with_the_grace_and_its_tombstone_stays,
    what_a_sweep_has_erased_is_seen_to_by_who_swept,
    who_sweeps_for_long_waits_for_what_it_causes,
    maintenance_survives_a_store_that_fails,
}

fn r31_r42_what_is_over_is_swept(world: World) {
    let idle = world.begin("idle");
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    world.open(&b).logout(false).unwrap();
    world.pass(30 * MINUTE);
    assert_eq!(world.sweep(), 1);
    assert!(world.stored(&idle).is_none());
    world.pass(12 * HOUR);
    assert_eq!(world.sweep(), 2);
    let stats = world.stats();
    assert_eq!((stats.rows, stats.pointers), (0, 0));
}

fn r45_sweeping_answers_how_many_rows_went_and_takes_only_what_is_due(world: World) {
    let expired: Vec<_> = (0..120).map(|i| world.begin(&i.to_string())).collect();
    world.pass(20 * MINUTE);
    let live: Vec<_> = (0..5).map(|i| world.begin(&i.to_string())).collect();
    world.pass(10 * MINUTE);
    assert_eq!(world.sweep(), 120);
    assert_eq!(world.events.of(Kind::Swept)[0].count, Some(120));
    assert!(expired.iter().all(|id| world.stored(id).is_none()));
    assert!(live.iter().enumerate().all(|(i, id)| world.sees(id) == i.to_string().as_bytes()));
    assert_eq!(world.sweep(), 0);
}

fn a24_sweeping_again_and_again_removes_nothing_live(world: World) {
    let a = world.begin("cart");
    let b = world.rotate_and_confirm(&a);
    let c = world.log_in(&b, "user");
    for _ in 0..50 {
        world.pass(1);
        assert_eq!(world.sweep(), 0);
    }
    assert_eq!(
        (world.sees(&a), world.sees(&b), world.sees(&c)),
        (b"cart".to_vec(), b"cart".to_vec(), b"user".to_vec())
    );
}

fn a24_one_collector_at_a_time(world: World) {
    world.begin("1");
    world.pass(HOUR);
    let turn = world.store.inner.take_turn(sidereal_core::clock::Clock::read(&*world.clock), Duration::ZERO).unwrap();
    assert!(turn.is_some());
    assert_eq!(world.sweep(), 0);
    world.engine.maintain(&world.policy);
    assert_eq!(world.rows(), 1);
    drop(turn);
    assert_eq!(world.sweep(), 1);
}

fn a24_a_sweep_within_a_request_is_bounded(world: World) {
    for i in 0..130 {
        world.begin(&i.to_string());
    }
    world.pass(HOUR);
    assert!(world.engine.sweep(&world.policy, Duration::ZERO).unwrap() <= 50, "one batch");
    assert!(world.rows() >= 80);
}

fn a24_somebody_sweeps_once_in_a_while(world: World) {
    for second in 0..120 {
        world.engine.maintain(&world.policy);
        assert_eq!(world.store.calls(Op::Sweep), 1 + second / 60);
        world.pass(1);
    }
}

fn a_frozen_payload_goes_with_the_grace_and_its_tombstone_stays(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    world.pass(MINUTE - 1);
    world.sweep();
    assert_eq!(world.sees(&a), b"cart");
    world.pass(1);
    world.sweep();
    assert_eq!(world.stored(&a).unwrap().row.payload, None);
    assert_eq!(world.sees(&b), b"user");
}

/// A process that serves one request has no other occasion.
fn what_a_sweep_has_erased_is_seen_to_by_who_swept(world: World) {
    let sweeps: [&dyn Fn(); 2] = [&|| assert_eq!(world.sweep(), 0), &|| world.engine.maintain(&world.policy)];
    for (before, sweep) in (0..).zip(sweeps) {
        let (store, swept) = (Arc::clone(&world.store), Arc::new(AtomicU64::new(0)));
        let seen = Arc::clone(&swept);
        world.store.before(Op::Idle, move || seen.store(store.calls(Op::Sweep), Relaxed));
        world.pass(HOUR);
        sweep();
        assert_eq!(swept.load(Relaxed), before + 1);
    }
}

/// Between two batches, and not in a request.
fn who_sweeps_for_long_waits_for_what_it_causes(world: World) {
    let expire = || {
        (0..130).for_each(|i| drop(world.begin(&i.to_string())));
        world.pass(HOUR);
    };
    expire();
    world.engine.maintain(&world.policy);
    assert_eq!((world.rows(), world.store.calls(Op::Settle)), (0, 0));
    expire();
    // What PHP's own `session.gc_probability` may cost a request.
    let swept = world.engine.sweep(&world.policy, Duration::from_millis(5));
    assert_eq!((swept.unwrap(), world.store.calls(Op::Settle)), (130, 0));
    expire();
    assert_eq!((world.sweep(), world.store.calls(Op::Settle)), (130, 2));
}

fn maintenance_survives_a_store_that_fails(world: World) {
    world.store.fail(&[Op::TakeTurn]);
    world.engine.maintain(&world.policy);
    world.store.fail(&[Op::Sweep]);
    world.engine.maintain(&world.policy);
    assert_eq!(world.events.count(Kind::StoreDown), 2);
    assert!(world.engine.sweep(&world.policy, Duration::ZERO).unwrap_err().is_store());
    world.store.fail(&[]);
    drop(world.issue());
    assert_eq!(world.sweep(), 0, "the turn was given back");
}
