//! Secrecy: no ID, no part of one and no key leaves through a Debug, a Display, an event, a log line or an error (A30).

use std::sync::Arc;

use sidereal_core::clock::Clock;
use sidereal_core::engine::{Access, Engine, Setup};
use sidereal_core::entropy::Entropy;
use sidereal_core::event::Kind;
use sidereal_core::keys::Keyring;
use sidereal_core::log;
use sidereal_core::session::Snapshot;
use sidereal_core::store::Store;

use crate::fixture::{APPLICATION, Op, REQUEST, WRITES, World, forge, on_every_store, parse};

on_every_store! {
    a30_no_id_leaves_through_an_event_a_debug_or_an_error,
    a29_a_hundred_thousand_forged_ids_leave_a_few_lines,
    a30_events_of_one_session_can_be_told_by_their_reference,
}

/// Everything that a run says about itself.
fn run(world: &World) -> (Vec<String>, String) {
    let mut said = format!("{:?} {:?} {:?} ", world.engine, world.keys(), world.policy);
    let mut ids = vec![world.issue()];
    let anonymous = ids[0].clone();
    world.write(&anonymous, "cart");
    ids.push(world.rotate_and_confirm(&anonymous));
    ids.push(world.log_in(&ids[1], "user"));
    for id in ids.clone() {
        let mut session = world.open(&id);
        said += &format!("{session:?} {:?} {:?} {:?} ", session.id(), session.denial(), parse(&id).secret());
        said += &format!("{:?} ", session.commit(b"other"));
        said += &format!("{:?} ", world.read(&id));
        said += &format!("{:?} ", world.stored(&id));
        drop(session);
        said += &format!("{:?} ", world.open(&forge(&id)));
        world.store.fail(&WRITES);
        let mut session = world.open(&id);
        said += &format!("{:?} ", session.elevate(Snapshot::AsRead));
        said += &format!("{:?} ", session.settle());
        said += &format!("{:?} ", session.logout(true));
        drop(session);
        world.store.fail(&[Op::Acquire, Op::Load]);
        let refused = world.try_open(Some(&id), &REQUEST, Access::Exclusive).unwrap_err();
        said += &format!("{refused} {refused:?} ");
        world.store.fail(&[]);
    }
    world.pass_span(|policy| policy.alarm_after);
    for id in &ids {
        said += &format!("{:?} ", world.open(id));
    }
    world.log_out(&ids[2]);
    (ids, said)
}

fn a30_no_id_leaves_through_an_event_a_debug_or_an_error(world: World) {
    let (ids, mut said) = run(&world);
    let events = world.events.all();
    assert!(events.len() > 10);
    for event in &events {
        said += &format!("{event:?} {} ", log::line(event, 1));
    }
    for line in std::fs::read_to_string(world.keyring_path()).unwrap().lines().skip(1) {
        let key = line.rsplit(' ').next().unwrap();
        assert!(!said.contains(&key[..16]), "part of a key");
    }
    for id in ids {
        let secret = &id.as_bytes()[id.len() - 52..];
        for window in secret.windows(10) {
            assert!(!said.contains(std::str::from_utf8(window).unwrap()), "ten characters of a secret");
        }
    }
}

fn a29_a_hundred_thousand_forged_ids_leave_a_few_lines(world: World) {
    let path = world.place.path().join("events.log");
    let engine = Engine::new(Setup {
        store: Arc::clone(&world.store) as Arc<dyn Store>,
        keyring: Keyring::load(&world.keyring_path(), APPLICATION).unwrap(),
        keyring_path: Some(world.keyring_path()),
        clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
        entropy: Arc::clone(&world.dice) as Arc<dyn Entropy>,
        sink: log::open(&format!("file:{}", path.display())).unwrap(),
    });
    let forged = forge(&world.issue());
    for _ in 0..100_000 {
        drop(engine.open(&world.policy, Some(forged.as_bytes()), &REQUEST, Access::Exclusive).unwrap());
    }
    let lines = std::fs::read_to_string(&path).unwrap();
    assert!((1..=25).contains(&lines.lines().count()), "{} lines", lines.lines().count());
    assert!(lines.lines().all(|line| line.contains(Kind::Forged.name())));
    assert!(!lines.contains(&forged[27..]));
    assert_eq!(world.rows(), 0);
}

fn a30_events_of_one_session_can_be_told_by_their_reference(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&world.rotate_and_confirm(&a), "user");
    world.log_out(&b);
    let references: Vec<_> = world.events.all().into_iter().map(|event| event.session).collect();
    assert!(
        references.len() >= 4
            && references.iter().all(|reference| *reference == references[0] && reference.len() == 16)
    );
    world.events.clear();
    world.begin("other");
    assert_ne!(world.events.all()[0].session, references[0]);
}
