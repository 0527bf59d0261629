//! Sessions of applications that say whose they are in the payload only.

use sidereal_core::event::Kind;
use sidereal_core::session::{Followed, Session};

use std::time::Duration;

use crate::fixture::{Op, World, commit, on_every_store, sid};

on_every_store! {
    r13_r24_a_session_follows_whom_the_application_names,
    r24_it_follows_by_a_new_id_or_not_at_all,
    r94_nobody_is_named_and_the_session_is_off_the_roster,
    a_follower_whose_write_fails_is_bound_as_before,
}

const ANN: Option<&[u8]> = Some(b"ann");

fn count(world: &World, user: &str) -> usize {
    world.engine.roster(&world.policy, user.as_bytes()).unwrap().len()
}

fn follow(session: &mut Session, user: Option<&[u8]>, payload: &str) -> Followed {
    let followed = session.follow(user, true).unwrap();
    session.settle().unwrap();
    commit(session, payload);
    followed
}

fn r13_r24_a_session_follows_whom_the_application_names(world: World) {
    let planted = world.begin("cart");
    let mut session = world.open(&planted);
    assert_eq!(follow(&mut session, ANN, "cart,ann"), Followed::Anew);
    let id = sid(&session);
    assert!(id != planted && session.is_of(b"ann"));
    assert!(!session.is_fresh(Duration::MAX, None, None), "nobody has proved anything");
    drop(session);
    assert_eq!(world.sees(&planted), b"cart", "the old ID shows what it was");
    assert_eq!((world.sees(&id), count(&world, "ann")), (b"cart,ann".to_vec(), 1));
    let mut session = world.open(&id);
    assert_eq!(session.follow(ANN, true).unwrap(), Followed::AsIs);
    assert_eq!(follow(&mut session, Some(b"bob"), "bob"), Followed::Anew);
    drop(session);
    assert_eq!((count(&world, "ann"), count(&world, "bob")), (0, 1));
    assert_eq!(world.sees(&id), b"", "another user's session is not the old one's to see");
    assert_eq!(world.read(&id).follow(None, true).unwrap(), Followed::AsIs, "what is not stored is not bound");
}

fn r24_it_follows_by_a_new_id_or_not_at_all(world: World) {
    let id = world.begin("cart");
    let mut session = world.open(&id);
    assert_eq!(session.follow(ANN, false).unwrap(), Followed::TooLate);
    commit(&mut session, "cart,ann");
    assert_eq!(sid(&session), id);
    drop(session);
    assert_eq!((count(&world, "ann"), world.events.count(Kind::UserKeyTooLate)), (0, 1));
    for bad in [&b""[..], b"a\0b", &[b'x'; 256]] {
        assert!(world.open(&id).follow(Some(bad), true).is_err_and(|error| error.is_config()));
    }
}

fn r94_nobody_is_named_and_the_session_is_off_the_roster(world: World) {
    let mut session = world.visit();
    follow(&mut session, ANN, "cart,ann");
    let bound = sid(&session);
    drop(session);
    let mut session = world.open(&bound);
    assert_eq!(follow(&mut session, None, "cart"), Followed::Anew);
    let id = sid(&session);
    drop(session);
    assert_eq!((world.sees(&id), world.sees(&bound), count(&world, "ann")), (b"cart".to_vec(), Vec::new(), 0));
}

fn a_follower_whose_write_fails_is_bound_as_before(world: World) {
    let id = world.begin("cart");
    let mut session = world.open(&id);
    session.follow(ANN, true).unwrap();
    world.store.fail(&[Op::Elevate]);
    assert!(session.settle().is_err() && session.withdraw());
    world.store.fail(&[]);
    commit(&mut session, "cart,ann");
    drop(session);
    assert_eq!((world.sees(&id), count(&world, "ann")), (b"cart,ann".to_vec(), 0));
}
