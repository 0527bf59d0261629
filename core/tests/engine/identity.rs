//! Which IDs open something: only those that this installation minted.

use std::time::Duration;

use sidereal_core::engine::{Access, Refused, Request};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::event::Kind;
use sidereal_core::id::{BARE_CHARS, Class, MAX_CHARS, Prefix, SessionId, Tag};
use sidereal_core::keys::Keyring;
use sidereal_core::session::{Denial, Outcome};

use crate::fixture::{
    APPLICATION, Mode, Op, REQUEST, START, World, commit, cookie, elevate, forge, on_every_store, parse, sid,
};

on_every_store! {
    r9_an_id_that_nobody_issued_is_replaced,
    r9_a_genuine_id_that_the_store_does_not_know_is_replaced,
    r9_a_genuine_young_id_that_was_never_stored_stays,
    r10_an_id_of_another_installation_is_replaced,
    r82_an_id_with_a_wrong_mac_is_replaced,
    an_id_from_the_future_is_unknown,
    an_id_minted_in_this_request_neither_promotes_nor_confirms,
    r19_without_random_bytes_there_is_no_new_session,
    r19_without_random_bytes_an_open_session_is_still_read,
    r20_a_repeated_id_is_minted_again,
    r20_a_random_source_that_repeats_itself_overwrites_nothing,
    r20_session_create_id_does_not_repeat_an_id_either,
    r20_nobody_is_given_the_id_of_somebody_else,
    r79_the_cookie_says_nothing_about_the_session,
    r92_an_id_depends_on_the_random_source_alone,
    a9_the_store_never_sees_an_id,
    a10_no_public_name_is_accepted_as_a_cookie,
    a18_a_prefix_is_kept_through_rotation_and_elevation,
    a18_another_prefix_is_forged,
    a18_the_longest_prefix_still_fits,
    a29_forged_ids_are_refused_without_a_store_access,
    a29_a_forged_id_is_never_looked_up,
    a31_a_minted_id_validates_on_the_next_request,
}

fn assert_replaced(world: &World, presented: &str, denial: Denial) {
    let session = world.open(presented);
    assert_eq!(session.denial(), Some(denial), "{presented}");
    assert_ne!(sid(&session), presented);
    assert_eq!(cookie(&session), Some(sid(&session)));
    assert!(session.payload().is_empty());
}

fn r9_an_id_that_nobody_issued_is_replaced(world: World) {
    let long = "a".repeat(1 << 20);
    for presented in
        ["x", "sess_0123456789abcdef0123456789abcdef", "../../etc/passwd", "a\0b", "a\r\nb", "{tag}", &long]
    {
        assert_replaced(&world, presented, Denial::Forged);
    }
    assert_eq!(world.events.count(Kind::Forged), 7);
    assert_eq!(world.rows(), 0);
}

fn r9_a_genuine_id_that_the_store_does_not_know_is_replaced(world: World) {
    let keys = world.keys();
    let id = keys.mint(&Prefix::default(), Tag([7; 16]), Class::User, START, &SystemEntropy).unwrap().expose();
    assert_replaced(&world, &id, Denial::Unknown);
    assert_eq!(world.events.count(Kind::Unknown), 1);
}

fn r9_a_genuine_young_id_that_was_never_stored_stays(world: World) {
    let id = world.issue();
    let mut session = world.open(&id);
    assert_eq!((session.denial(), cookie(&session), sid(&session)), (None, None, id.clone()));
    commit(&mut session, "cart");
    drop(session);
    assert_eq!(world.sees(&id), b"cart");
}

fn r10_an_id_of_another_installation_is_replaced(world: World) {
    let other = Keyring::ephemeral(APPLICATION, &SystemEntropy).unwrap();
    let id = other.mint(&Prefix::default(), Tag([7; 16]), Class::Anonymous, START, &SystemEntropy).unwrap().expose();
    assert_replaced(&world, &id, Denial::Forged);
    let same_keys = Keyring::load(&world.keyring_path(), "blog").unwrap();
    let id =
        same_keys.mint(&Prefix::default(), Tag([7; 16]), Class::Anonymous, START, &SystemEntropy).unwrap().expose();
    assert_replaced(&world, &id, Denial::Forged);
}

fn r82_an_id_with_a_wrong_mac_is_replaced(world: World) {
    let id = world.begin("secret");
    assert_replaced(&world, &forge(&id), Denial::Forged);
    assert_eq!(world.sees(&id), b"secret");
}

fn an_id_from_the_future_is_unknown(world: World) {
    let ahead = |ms| sid(&world.second_process(ms).visit());
    let (slightly, far) = (ahead(4 * 60_000), ahead(7 * 60_000));
    assert_eq!(world.denial(&slightly), None);
    assert_eq!(world.denial(&far), Some(Denial::Unknown));
}

fn an_id_minted_in_this_request_neither_promotes_nor_confirms(world: World) {
    let here = Request { minted_here: true, ..REQUEST };
    let a = world.begin("cart");
    let b = world.rotate(&a);
    assert_eq!(world.try_open(Some(&b), &here, Access::Exclusive).unwrap().payload(), b"cart");
    assert_eq!(world.store.calls(Op::Promote), 0);
    let old = world.begin("cart");
    let new = world.log_in(&old, "user");
    drop(world.try_open(Some(&new), &here, Access::Exclusive).unwrap());
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(&old), Some(Denial::LostCookie), "nobody has presented the successor");
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
}

fn r19_without_random_bytes_there_is_no_new_session(world: World) {
    let id = world.begin("cart");
    world.dice.be(Mode::Broken);
    for presented in [None, Some("garbage"), Some(forge(&id).as_str())] {
        let refused = world.try_open(presented, &REQUEST, Access::Exclusive).unwrap_err();
        assert!(matches!(refused, Refused::Broken(error) if error.is_entropy()));
    }
    assert!(world.engine.mint(&Prefix::default()).unwrap_err().is_entropy());
}

fn r19_without_random_bytes_an_open_session_is_still_read(world: World) {
    let id = world.begin("cart");
    world.dice.be(Mode::Broken);
    let mut session = world.open(&id);
    assert_eq!(session.payload(), b"cart");
    assert!(session.elevate(sidereal_core::session::Snapshot::AsRead).unwrap_err().is_entropy());
    assert_eq!(sid(&session), id, "the session keeps its ID");
    assert!(session.commit(b"more").unwrap_err().is_entropy());
    drop(session);
    world.pass_span(|policy| policy.rotate);
    assert_eq!(cookie(&world.open(&id)), None, "a rotation that cannot be made is left out");
    world.dice.be(Mode::Fair);
    assert_eq!(world.sees(&id), b"cart");
}

fn r20_a_repeated_id_is_minted_again(world: World) {
    world.dice.be(Mode::Stuck(7, 2));
    let first = world.begin("first");
    world.dice.be(Mode::Stuck(7, 2)); // The tag and the first attempt at a secret.
    let second = world.begin("second");
    assert_ne!(first, second);
    assert_eq!((world.sees(&first), world.sees(&second)), (b"first".to_vec(), b"second".to_vec()));
}

fn r20_a_random_source_that_repeats_itself_overwrites_nothing(world: World) {
    world.dice.be(Mode::Stuck(7, usize::MAX));
    let first = world.begin("first");
    let refused = world.try_open(None, &REQUEST, Access::Exclusive).unwrap_err();
    assert!(matches!(refused, Refused::Broken(error) if error.is_entropy()));
    assert_eq!(world.sees(&first), b"first");
    assert_eq!(world.rows(), 1);
}

fn r20_session_create_id_does_not_repeat_an_id_either(world: World) {
    world.dice.be(Mode::Stuck(7, 2));
    let first = world.begin("first");
    world.dice.be(Mode::Stuck(7, 2));
    let minted = world.engine.mint(&Prefix::default());
    assert!(minted.is_ok_and(|id| id.expose() != first));
}

/// A random source that comes back to what it gave before, as that of a machine that was restored from a snapshot may.
fn r20_nobody_is_given_the_id_of_somebody_else(world: World) {
    let restored = || world.dice.be(Mode::Stuck(7, 2));
    restored();
    let alice = world.begin("user=alice");
    // Who presents a forged ID is not asked about: that costs no look into the store (A29), and what is stored later is created if absent.
    for between in 0..2 {
        world.begin("somebody");
        restored();
        let next = match between {
            0 => world.issue(),
            _ => world.engine.mint(&Prefix::default()).unwrap().expose(),
        };
        assert_ne!(next, alice, "way {between}");
    }
}

fn r79_the_cookie_says_nothing_about_the_session(world: World) {
    let mut session = world.visit();
    let id = sid(&session);
    assert_eq!(id.len(), BARE_CHARS);
    commit(&mut session, "user=alice;role=admin");
    assert_eq!(sid(&session), id, "whatever is stored, the ID stays what it was");
    assert!(!parse(&id).secret().bytes().windows(5).any(|window| window == b"alice"));
}

fn r92_an_id_depends_on_the_random_source_alone(world: World) {
    let mint = |byte| {
        world.dice.be(Mode::Stuck(byte, usize::MAX));
        let other = Request { can_set_cookie: false, minted_here: byte == 9, serializer: "igbinary", ..REQUEST };
        let session = world.try_open(None, if byte == 9 { &other } else { &REQUEST }, Access::Exclusive).unwrap();
        sid(&session)
    };
    // A source that repeats itself at once is refused (R20), so another draw lies between.
    let first = mint(9);
    assert_ne!(mint(5), first);
    assert_eq!(mint(9), first);
}

fn a9_the_store_never_sees_an_id(world: World) {
    let anonymous = world.issue();
    world.write(&anonymous, "cart");
    let rotated = world.rotate_and_confirm(&anonymous);
    let bound = world.log_in(&rotated, "user=alice");
    drop(world.read(&bound));
    world.log_out(&bound);
    world.denial(&forge(&bound));
    let heard = world.store.heard();
    assert!(heard.len() > 20);
    for id in [&anonymous, &rotated, &bound] {
        let secret = *parse(id).secret().bytes();
        for part in &heard {
            let holds = |needle: &[u8]| part.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(&secret[4..24]) && !holds(&secret[24..]), "random part or MAC");
            assert!(!holds(&id.as_bytes()[id.len() - 20..]) && !holds(b"alice"), "text or payload");
        }
    }
}

fn a10_no_public_name_is_accepted_as_a_cookie(world: World) {
    let id = world.begin("secret");
    let found = world.stored(&id).unwrap();
    let meta = sidereal_core::seal::open_meta(&world.keys(), &found.row.at, &found.row.meta).unwrap();
    let handle = meta.handle.to_string();
    let locator = data_encoding::HEXLOWER.encode(&found.row.at.0);
    let reference = world.keys().log_reference(&meta.family.0);
    let tag = meta.tag.to_string();
    let names = [&handle, &locator, &reference, &tag];
    for (i, name) in names.iter().enumerate() {
        assert!(names[..i].iter().all(|other| other != name));
        assert!(SessionId::parse(name.as_bytes()).is_none());
        for dressed in [
            (*name).clone(),
            format!("{name}-{name}"),
            format!("{tag}-{handle}{handle}"),
            format!("{handle}-{handle}{handle}"),
        ] {
            assert_replaced(&world, &dressed, Denial::Forged);
        }
    }
}

fn a18_a_prefix_is_kept_through_rotation_and_elevation(world: World) {
    let id = world.engine.mint(&Prefix::new(b"u12-").unwrap()).unwrap().expose();
    assert!(id.starts_with("u12-"));
    let mut session = world.open(&id);
    assert_eq!((sid(&session), session.denial()), (id.clone(), None));
    commit(&mut session, "cart");
    drop(session);
    let rotated = world.rotate_and_confirm(&id);
    let elevated = world.log_in(&rotated, "user");
    let again = world.rotate_and_confirm(&elevated);
    for (id, before) in [(&rotated, &id), (&elevated, &rotated), (&again, &elevated)] {
        assert!(id.starts_with("u12-") && id != before);
        assert_eq!(parse(id).prefix().as_str(), "u12-");
    }
    assert_eq!(world.sees(&again), b"user");
}

fn a18_another_prefix_is_forged(world: World) {
    let id = world.engine.mint(&Prefix::new(b"u12-").unwrap()).unwrap().expose();
    world.write(&id, "secret");
    let bare = &id["u12-".len()..];
    for other in
        [bare.to_owned(), format!("u1-{bare}"), format!("U12-{bare}"), format!("u12-u12-{bare}"), format!("u13-{bare}")]
    {
        assert_replaced(&world, &other, Denial::Forged);
    }
    for illegal in ["u%-", "u_-", "*", "u:", "{u}", "u\r\n", "u\0"] {
        assert_replaced(&world, &format!("{illegal}{bare}"), Denial::Forged);
    }
}

fn a18_the_longest_prefix_still_fits(world: World) {
    let longest = MAX_CHARS - BARE_CHARS;
    assert_eq!(longest, 177);
    assert!(Prefix::new(&[b'p'; 178]).is_none());
    let id = world.engine.mint(&Prefix::new(&[b'p'; 177]).unwrap()).unwrap().expose();
    assert_eq!(id.len(), MAX_CHARS);
    world.write(&id, "cart");
    let elevated = world.log_in(&world.rotate_and_confirm(&id), "user");
    assert_eq!((elevated.len(), world.sees(&elevated)), (MAX_CHARS, b"user".to_vec()));
    assert_replaced(&world, &format!("p{id}"), Denial::Forged);
}

fn a29_forged_ids_are_refused_without_a_store_access(world: World) {
    let id = world.begin("secret");
    let before = world.store.total();
    for _ in 0..1000 {
        assert_eq!(world.denial(&forge(&id)), Some(Denial::Forged));
        assert_eq!(world.read(&forge(&id)).denial(), Some(Denial::Forged));
    }
    assert_eq!(world.store.total() - before, 0, "calls of the store");
}

fn a29_a_forged_id_is_never_looked_up(world: World) {
    let id = world.begin("secret");
    let forged = forge(&id);
    let before = (world.store.total(), world.store.writes());
    drop(world.visit());
    let visit = world.store.total() - before.0;
    drop(world.open(&forged));
    assert!(world.store.total() - before.0 <= 2 * visit, "it costs no more than no ID at all");
    assert_eq!(world.store.writes(), before.1);
    assert!(world.keys().locate(&parse(&forged)).is_none(), "there is nothing to look it up by");
}

fn a31_a_minted_id_validates_on_the_next_request(world: World) {
    let minted = world.engine.mint(&Prefix::default()).unwrap().expose();
    assert_eq!(world.rows(), 0, "a minted ID is not stored");
    world.clock.advance(Duration::from_secs(60));
    let mut session = world.open(&minted);
    assert_eq!((session.denial(), sid(&session)), (None, minted.clone()));
    assert_eq!(session.commit(b"").unwrap(), Outcome::Done);
    drop(session);
    assert_eq!(world.rows(), 0);
    let elevated = elevate(&mut world.open(&minted), "user");
    assert_eq!(world.sees(&elevated), b"user");
}
