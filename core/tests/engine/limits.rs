//! Limits: what visitors without data cost, how large a payload gets, and when nothing is written at all.

use std::time::Duration;

use sidereal_core::event::Kind;
use sidereal_core::session::Outcome;

use crate::fixture::{Op, World, commit, on_every_store, sid};

on_every_store! {
    a23_visits_without_data_cost_no_row,
    a23_unbound_rows_are_evicted_oldest_first,
    a23_a_flood_of_anonymous_sessions_evicts_nobody_who_has_logged_in,
    a23_a_payload_over_the_limit_is_refused_and_the_old_one_kept,
    a23_the_limit_holds_for_a_log_in_as_well,
    an_unchanged_session_writes_nothing_until_the_touch_interval,
    a_session_that_stays_empty_is_never_stored,
    a_session_that_was_emptied_stays_stored,
    a_second_commit_of_the_same_payload_changes_nothing,
}

fn a23_visits_without_data_cost_no_row(world: World) {
    for i in 0..100_000 {
        let mut session = world.visit();
        if i % 10 == 0 {
            commit(&mut session, "");
        }
    }
    assert_eq!((world.rows(), world.store.writes()), (0, 0));
}

fn a23_unbound_rows_are_evicted_oldest_first(mut world: World) {
    world.set(|policy| policy.anonymous_max = 10);
    let ids: Vec<_> = (0..13)
        .map(|i| {
            world.pass(1);
            world.begin(&i.to_string())
        })
        .collect();
    assert_eq!(world.sweep(), 3);
    assert_eq!(world.events.of(Kind::Evicted)[0].count, Some(3));
    for (i, id) in ids.iter().enumerate() {
        assert_eq!(world.stored(id).is_some(), i >= 3);
    }
}

/// Nothing but a log-in tells a user's session from a visitor's while no application binds it.
fn a23_a_flood_of_anonymous_sessions_evicts_nobody_who_has_logged_in(mut world: World) {
    world.set(|policy| policy.anonymous_max = 10);
    let user = world.log_in(&world.begin("cart"), "user");
    assert_eq!(world.sees(&user), b"user");
    for i in 0..30 {
        world.pass(1);
        world.begin(&i.to_string());
    }
    world.sweep();
    assert_eq!(world.sees(&user), b"user");
}

fn a23_a_payload_over_the_limit_is_refused_and_the_old_one_kept(mut world: World) {
    world.set(|policy| policy.max_payload = 1024);
    let (fits, over) = ("x".repeat(1024), "x".repeat(1025));
    let id = world.begin(&fits);
    let mut session = world.open(&id);
    let refused = session.commit(over.as_bytes()).unwrap_err();
    assert!(refused.is_config() && refused.to_string().contains("sidereal.max_payload"), "{refused}");
    drop(session);
    assert_eq!(world.sees(&id), fits.as_bytes());
    assert_eq!(world.events.of(Kind::PayloadTooLarge)[0].count, Some(1025));
    assert!(world.visit().commit(over.as_bytes()).is_err());
    assert_eq!(world.rows(), 1);
}

fn a23_the_limit_holds_for_a_log_in_as_well(mut world: World) {
    world.set(|policy| policy.max_payload = 1024);
    let id = world.begin("cart");
    let mut session = world.open(&id);
    session.elevate(sidereal_core::session::Snapshot::AsRead).unwrap();
    let next = sid(&session);
    assert!(session.commit("x".repeat(1025).as_bytes()).is_err());
    assert_eq!(session.commit(b"user").unwrap(), Outcome::Done, "the log-in is still pending");
    drop(session);
    assert_eq!(world.sees(&next), b"user");
}

fn an_unchanged_session_writes_nothing_until_the_touch_interval(world: World) {
    let id = world.begin("cart");
    let written = world.store.writes();
    for _ in 0..89 {
        world.pass(1);
        assert_eq!(world.write(&id, "cart"), None);
    }
    assert_eq!(world.store.writes(), written);
    world.pass(1);
    world.write(&id, "cart");
    world.write(&id, "cart");
    assert_eq!((world.store.writes(), world.store.calls(Op::Touch)), (written + 1, 1));
}

fn a_session_that_stays_empty_is_never_stored(world: World) {
    let id = world.issue();
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(60));
        assert_eq!(world.write(&id, ""), None);
    }
    assert_eq!(world.rows(), 0);
}

fn a_session_that_was_emptied_stays_stored(world: World) {
    let id = world.begin("cart");
    assert_eq!(world.write(&id, ""), None);
    assert_eq!((world.sees(&id), world.rows()), (Vec::new(), 1));
    assert_eq!(world.write(&id, "cart"), None);
    assert_eq!(world.sees(&id), b"cart");
}

fn a_second_commit_of_the_same_payload_changes_nothing(world: World) {
    let id = world.issue();
    for payload in ["one", "two"] {
        let mut session = world.open(&id);
        commit(&mut session, payload);
        let written = world.store.writes();
        commit(&mut session, payload);
        assert_eq!(world.store.writes(), written);
        assert_eq!(session.payload(), payload.as_bytes());
    }
    assert_eq!(world.sees(&id), b"two");
}
