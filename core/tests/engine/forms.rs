//! Forms: tokens, what they are good for, and when they stop being it.

use std::collections::BTreeSet;

use sidereal_core::csrf::token::LENGTH;
use sidereal_core::csrf::{Attempt, Refusal};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::event::Kind;
use sidereal_core::keys::Keyring;
use sidereal_core::session::{Scope, Session};

use crate::fixture::{Mode, Op, World, commit, elevate, on_every_store, sid};

on_every_store! {
    r63_a_token_is_good_for_its_session_and_scope_only,
    r8_a16_a_thousand_tokens_are_pairwise_distinct,
    r63_a_token_outlives_rotations_and_key_changes,
    a16_a_token_from_before_a_log_in_is_void_after_it,
    a16_a_token_ends_with_its_session,
    r64_a_form_may_be_shown_before_anything_is_stored,
    a16_a_one_shot_token_is_good_once,
    a16_a_one_shot_token_that_can_not_be_written_down_as_used_is_none,
    a16_who_has_sent_fetch_metadata_and_stops_is_somebody_else,
    a16_what_is_no_token_is_refused_quietly,
    a16_a_refusal_is_an_event_and_holds_no_token,
    a_scope_that_cannot_be_one_is_refused_with_a_sentence,
}

const SITE: Scope<'_> = Scope { name: "", once: false };
const TRANSFER: Scope<'_> = Scope { name: "transfer", once: false };
const CLOSE: Scope<'_> = Scope { name: "close", once: true };

fn token(session: &Session, scope: Scope<'_>) -> String {
    session.csrf_token(scope).unwrap()
}

fn verify(session: &mut Session, token: &str, scope: Scope<'_>) -> bool {
    session.csrf_verify(token.as_bytes(), scope)
}

/// The token of the session of `id`.
fn shown(world: &World, id: &str, scope: Scope<'_>) -> String {
    token(&world.open(id), scope)
}

/// Whether `token` is good in the session of `id`.
fn holds(world: &World, id: &str, text: &str, scope: Scope<'_>) -> bool {
    verify(&mut world.open(id), text, scope)
}

fn post<'a>(fetch_site: Option<&'a str>, origin: Option<&'a str>) -> Attempt<'a> {
    Attempt { method: "POST", host: "shop.example", fetch_site, origin, referer: None }
}

fn r63_a_token_is_good_for_its_session_and_scope_only(world: World) {
    let (mine, other) = (world.begin("a"), world.begin("b"));
    let text = shown(&world, &mine, TRANSFER);
    assert_eq!(text.len(), LENGTH);
    assert!(holds(&world, &mine, &text, TRANSFER));
    assert!(holds(&world, &mine, &text, TRANSFER), "a token is good for many requests");
    assert!(!holds(&world, &mine, &text, SITE));
    assert!(!holds(&world, &mine, &text, Scope { name: "transfers", once: false }));
    assert!(!holds(&world, &mine, &text, Scope { name: "transfer", once: true }));
    assert!(!holds(&world, &other, &text, TRANSFER));
}

fn r8_a16_a_thousand_tokens_are_pairwise_distinct(world: World) {
    let id = world.begin("a");
    let session = world.open(&id);
    let tokens: BTreeSet<String> = (0..1000).map(|_| token(&session, SITE)).collect();
    assert_eq!(tokens.len(), 1000);
    // Not only as a whole: no part of one is found in the same place of the others more often than chance has it.
    for at in 2..LENGTH - 8 {
        let parts: BTreeSet<&str> = tokens.iter().map(|text| &text[at..at + 8]).collect();
        assert_eq!(parts.len(), 1000, "at {at}");
    }
}

fn r63_a_token_outlives_rotations_and_key_changes(world: World) {
    let id = world.begin("a");
    let text = shown(&world, &id, SITE);
    let mut id = id;
    for _ in 0..3 {
        id = world.rotate_and_confirm(&id);
        assert!(holds(&world, &id, &text, SITE));
    }
    Keyring::rotate(&world.keyring_path(), 2, &SystemEntropy).unwrap();
    let other = world.second_process(0);
    assert!(holds(&other, &id, &text, SITE), "the form was shown before the keys changed");
    let newer = shown(&other, &id, SITE);
    assert!(holds(&other, &id, &newer, SITE));
}

fn a16_a_token_from_before_a_log_in_is_void_after_it(world: World) {
    let id = world.begin("a");
    let before = shown(&world, &id, SITE);
    let mut session = world.open(&id);
    session.login(b"ann", &["pwd"]).unwrap();
    let pending = token(&session, SITE);
    assert!(!verify(&mut session, &before, SITE), "void from the log-in on");
    session.settle().unwrap();
    commit(&mut session, "b");
    let bound = sid(&session);
    drop(session);
    assert!(!holds(&world, &bound, &before, SITE));
    assert!(holds(&world, &bound, &pending, SITE), "the page that answers the log-in shows forms, too");
    let mut session = world.open(&bound);
    let elevated = elevate(&mut session, "c");
    drop(session);
    assert!(!holds(&world, &elevated, &pending, SITE));
}

fn a16_a_token_ends_with_its_session(world: World) {
    let id = world.begin("a");
    let mut session = world.open(&id);
    let text = token(&session, SITE);
    session.logout(true).unwrap();
    assert!(!verify(&mut session, &text, SITE));
    let late = token(&session, SITE);
    assert!(!verify(&mut session, &late, SITE), "a page may still be rendered, but its forms are good for nothing");
    drop(session);
    let ghost = shown(&world, &id, SITE);
    assert!(!holds(&world, &id, &ghost, SITE));
    assert!(!holds(&world, &id, &text, SITE));
}

fn r64_a_form_may_be_shown_before_anything_is_stored(world: World) {
    let id = world.issue();
    let text = shown(&world, &id, SITE);
    assert_eq!(world.rows(), 0, "a form that is shown costs no row");
    assert!(holds(&world, &id, &text, SITE));
    world.write(&id, "cart");
    assert!(holds(&world, &id, &text, SITE), "nor does a later page void it by storing something");
    assert!(!holds(&world, &world.issue(), &text, SITE));
}

fn a16_a_one_shot_token_is_good_once(world: World) {
    let id = world.begin("a");
    let (first, second) = (shown(&world, &id, CLOSE), shown(&world, &id, CLOSE));
    let other = shown(&world, &id, Scope { name: "other", once: true });
    assert!(holds(&world, &id, &first, CLOSE));
    for void in [&first, &second] {
        assert!(!holds(&world, &id, void, CLOSE), "a form that was shown in another tab is void as well");
    }
    assert!(holds(&world, &id, &other, Scope { name: "other", once: true }), "other scopes are not concerned");
    let fresh = shown(&world, &id, CLOSE);
    assert!(holds(&world, &id, &fresh, CLOSE));
}

fn a16_a_one_shot_token_that_can_not_be_written_down_as_used_is_none(world: World) {
    let id = world.begin("a");
    let text = shown(&world, &id, CLOSE);
    assert!(!verify(&mut world.read(&id), &text, CLOSE), "a read-only session can not");
    world.store.fail(&[Op::Amend]);
    assert!(!holds(&world, &id, &text, CLOSE), "a store that is down can not");
    world.store.fail(&[]);
    assert!(holds(&world, &id, &text, CLOSE));
    let unstored = world.issue();
    let text = shown(&world, &unstored, CLOSE);
    assert!(!holds(&world, &unstored, &text, CLOSE), "what is not stored can not");
}

fn a16_who_has_sent_fetch_metadata_and_stops_is_somebody_else(world: World) {
    let id = world.begin("a");
    let text = shown(&world, &id, SITE);
    let check = |id: &str, attempt: &Attempt<'_>, text: &str| {
        let mut session = world.open(id);
        let checked = session.csrf_check(attempt, Some(text.as_bytes()), SITE);
        commit(&mut session, "a");
        checked
    };
    let own = Some("http://shop.example");
    assert_eq!(check(&id, &post(None, own), &text), Ok(()));
    assert_eq!(check(&id, &post(Some("same-origin"), own), &text), Ok(()));
    assert_eq!(check(&id, &post(None, own), &text), Err(Refusal::Downgrade));
    assert_eq!(check(&id, &post(None, None), &text), Err(Refusal::Downgrade));
    // It is the client that is known, so a log-in does not forget it.
    let bound = world.log_in(&id, "b");
    let text = shown(&world, &bound, SITE);
    assert_eq!(check(&bound, &post(None, None), &text), Err(Refusal::Downgrade));
    assert_eq!(check(&bound, &post(Some("same-origin"), None), &text), Ok(()));
}

fn a16_what_is_no_token_is_refused_quietly(world: World) {
    let id = world.begin("a");
    let mut session = world.open(&id);
    let good = token(&session, SITE);
    let mut bad = vec![
        String::new(),
        "x".into(),
        "A".repeat(LENGTH),
        "\u{0}".repeat(LENGTH),
        "ä".repeat(50),
        "A".repeat(1 << 20),
    ];
    bad.extend((0..LENGTH).map(|length| good[..length].to_owned()));
    bad.push(format!("{good}A"));
    for at in 0..LENGTH {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'E' } else { b'A' };
        bad.push(String::from_utf8(changed).unwrap());
    }
    for text in &bad {
        assert!(!verify(&mut session, text, SITE), "{text:.90}");
    }
    assert!(!session.csrf_verify(&[0xff; LENGTH], SITE));
    assert!(verify(&mut session, &good, SITE));
}

fn a16_a_refusal_is_an_event_and_holds_no_token(world: World) {
    let id = world.begin("a");
    let mut session = world.open(&id);
    let foreign = token(&world.visit(), SITE);
    world.events.clear();
    let own = Some("http://shop.example");
    assert_eq!(session.csrf_check(&post(None, own), None, SITE), Err(Refusal::NoToken));
    assert_eq!(session.csrf_check(&post(None, own), Some(foreign.as_bytes()), SITE), Err(Refusal::WrongToken));
    assert_eq!(
        session.csrf_check(&post(Some("cross-site"), None), Some(foreign.as_bytes()), SITE),
        Err(Refusal::CrossSite)
    );
    let get = Attempt { method: "GET", ..post(Some("cross-site"), None) };
    assert_eq!(session.csrf_check(&get, None, SITE), Ok(()));
    let events = world.events.of(Kind::CsrfRefused);
    assert_eq!(events.iter().map(|event| event.reason).collect::<Vec<_>>(), ["no-token", "wrong-token", "cross-site"]);
    assert!(events.iter().all(|event| !event.session.is_empty() && !format!("{event:?}").contains(&foreign)));
}

fn a_scope_that_cannot_be_one_is_refused_with_a_sentence(world: World) {
    let id = world.begin("a");
    let mut session = world.open(&id);
    for name in ["two words", "\u{0}", "ä", &"x".repeat(65)] {
        let scope = Scope { name, once: false };
        assert!(session.csrf_token(scope).is_err_and(|error| error.is_config() && error.to_string().contains("scope")));
        assert!(!session.csrf_verify(&[b'A'; LENGTH], scope));
    }
    world.dice.be(Mode::Broken);
    assert!(session.csrf_token(SITE).is_err_and(|error| error.is_entropy()));
}
