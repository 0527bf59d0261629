//! Which of several IDs in one request counts (A6): the one that is alone in being alive.

use sidereal_core::cookie::Candidates;
use sidereal_core::engine::Access;
use sidereal_core::event::Kind;
use sidereal_core::id::Prefix;
use sidereal_core::session::Denial;

use crate::fixture::{REQUEST, World, on_every_store};

on_every_store! {
    a6_one_id_that_is_alive_wins_in_either_order,
    a6_of_two_that_are_alive_none_is_served,
    a6_two_ids_that_were_never_stored_are_rivals,
    a6_choosing_changes_nothing,
    a7_lookalikes_are_an_event,
    a8_an_id_in_php_s_spelling_is_one_candidate,
}

/// Stores `payload` in a new session; answers its ID.
fn stored(world: &World, payload: &[u8]) -> String {
    let mut session = world.engine.open(&world.policy, None, &REQUEST, Access::Exclusive).unwrap();
    let _ = session.commit(payload).unwrap();
    session.id().expose()
}

fn unstored(world: &World) -> String {
    world.engine.open(&world.policy, None, &REQUEST, Access::Exclusive).unwrap().id().expose()
}

/// What a client gets who sends these.
fn sent(world: &World, ids: &[&str]) -> (Vec<u8>, Option<Denial>) {
    let header: Vec<String> = ids.iter().map(|id| format!("sid={id}")).collect();
    let header = header.join("; ");
    let candidates = Candidates::find(header.as_bytes(), "sid");
    let session = world.engine.open_one(&world.policy, &candidates, &REQUEST, Access::Exclusive).unwrap();
    (session.payload().to_vec(), session.denial())
}

fn a6_one_id_that_is_alive_wins_in_either_order(world: World) {
    let good = stored(&world, b"good");
    let ended = stored(&world, b"ended");
    let mut session = world.engine.open(&world.policy, Some(ended.as_bytes()), &REQUEST, Access::Exclusive).unwrap();
    session.logout(true).unwrap();
    drop(session);
    for evil in ["evil", "", &unstored(&world), &ended, &good] {
        assert_eq!(sent(&world, &[evil, &good]), (b"good".to_vec(), None));
        assert_eq!(sent(&world, &[&good, evil]), (b"good".to_vec(), None));
    }
    assert_eq!(world.events.count(Kind::CookieConflict), 0);
}

fn a6_of_two_that_are_alive_none_is_served(world: World) {
    let (mine, planted) = (stored(&world, b"mine"), stored(&world, b"planted"));
    for order in [[&mine, &planted], [&planted, &mine]] {
        let order = order.map(String::as_str);
        assert_eq!(sent(&world, &order), (Vec::new(), Some(Denial::Conflict)));
        // One more that is dead does not change that.
        assert_eq!(sent(&world, &[order[0], "dead", order[1]]), (Vec::new(), Some(Denial::Conflict)));
    }
    assert_eq!(world.events.count(Kind::CookieConflict), 4);
    assert_eq!(sent(&world, &[&mine]), (b"mine".to_vec(), None));
}

fn a6_two_ids_that_were_never_stored_are_rivals(world: World) {
    let (first, second) = (unstored(&world), unstored(&world));
    assert_eq!(sent(&world, &[&first, &second]), (Vec::new(), Some(Denial::Conflict)));
    // One that is stored beats both.
    let good = stored(&world, b"good");
    assert_eq!(sent(&world, &[&first, &second, &good]), (b"good".to_vec(), None));
}

fn a6_choosing_changes_nothing(world: World) {
    let (mine, planted) = (stored(&world, b"mine"), stored(&world, b"planted"));
    let before = world.engine.stats().unwrap();
    sent(&world, &[&mine, &planted, "forged"]);
    assert_eq!(world.engine.stats().unwrap(), before);
}

/// PHP writes the comma of a prefix as `%2C`; the other door shares its cookies.
fn a8_an_id_in_php_s_spelling_is_one_candidate(world: World) {
    let minted = world.engine.mint(&Prefix::new(b"a,b-").unwrap()).unwrap().expose();
    let mut session = world.engine.open(&world.policy, Some(minted.as_bytes()), &REQUEST, Access::Exclusive).unwrap();
    let _ = session.commit(b"good").unwrap();
    drop(session);
    let spelled = minted.replace(',', "%2C");
    for ids in [&[spelled.as_str()][..], &[&spelled, &minted], &["planted", &spelled]] {
        assert_eq!(sent(&world, ids), (b"good".to_vec(), None));
    }
}

fn a7_lookalikes_are_an_event(world: World) {
    let good = stored(&world, b"good");
    let header = format!("sid[x]=1; sid={good}; .sid=2");
    let candidates = Candidates::find(header.as_bytes(), "sid");
    let session = world.engine.open_one(&world.policy, &candidates, &REQUEST, Access::ReadOnly).unwrap();
    assert_eq!(session.payload(), b"good");
    assert_eq!(world.events.count(Kind::CookieLookalike), 1);
}
