//! Auto-login: one-time tokens, parallel requests, theft, and everything that ends a device.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sidereal_core::engine::{Access, Request};
use sidereal_core::event::Kind;
use sidereal_core::id::Handle;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::{OnObsolete, Policy};
use sidereal_core::remembering::DeviceInfo;
use sidereal_core::session::{Denial, Followed, Outcome, Remembered, Resumed, Session};
use sidereal_core::store::Whose;

use crate::fixture::{HOUR, MINUTE, Op, REQUEST, START, World, commit, cookie, forge, on_every_store, request_of, sid};

on_every_store! {
    r55_r56_r58_a_token_logs_in_and_is_replaced,
    r57_the_store_has_no_token_and_no_user,
    r54_the_limit_is_never_extended,
    r54_what_is_over_is_swept,
    r59_a15_a_token_that_is_used_again_is_theft,
    r59_parallel_requests_are_logged_in_without_a_cookie,
    r59_of_two_requests_at_once_one_uses_the_token,
    r59_a15_a_thief_who_comes_first_is_found_out_as_well,
    a_response_that_is_lost_logs_nobody_out,
    r62_what_is_turned_off_logs_nobody_in,
    r62_a15_a_log_out_forgets_the_device,
    r62_also_from_a_request_that_is_logged_in_for_itself_only,
    r62_an_application_that_names_nobody_any_more_has_logged_out,
    a15_garbage_reaches_no_store_and_accuses_nobody,
    a15_the_user_comes_from_the_row,
    a15_a_user_who_is_signed_out_everywhere_is_not_remembered_anywhere,
    a15_the_others_are_forgotten_and_this_device_stays,
    a15_a_session_that_is_revoked_takes_its_device_along,
    a15_the_alarm_of_a_session_takes_its_device_along,
    r100_a_token_is_no_proof_of_anything,
    r58_who_is_logged_in_already_uses_no_token,
    a_device_is_remembered_by_a_proof_only,
    a_device_that_is_remembered_again_is_forgotten_first,
    a_log_in_over_a_remembered_session_keeps_the_device,
    a14_a_session_that_is_ended_meanwhile_is_not_remembered,
    a14_a_device_that_is_forgotten_meanwhile_leaves_no_session,
    a6_of_two_genuine_tokens_none_counts,
    a26_a_clock_that_has_jumped_accuses_nobody_of_using_a_token_again,
    a_stranger_with_a_used_token_is_found_out_at_once,
    the_alarm_ends_all_of_the_user_where_the_policy_says_so,
    the_alarm_unbinds_all_of_the_user_where_the_policy_says_so,
    a15_an_alarm_that_takes_the_user_forgets_all_of_their_devices,
    a14_who_loses_the_user_meanwhile_is_not_remembered,
    a33_tokens_outlive_a_rotation_of_the_keys,
    a_broken_store_logs_nobody_in_and_costs_no_token,
    the_roster_of_devices_shows_what_their_owner_may_see,
    what_a_guest_regenerates_or_writes_is_nobodys,
}

/// Logs `user` in by password and has the device remembered. Answers the session's ID and the token.
fn enable(world: &World, user: &str) -> (String, String) {
    let mut session = world.visit();
    session.login(user.as_bytes(), &["pwd"]).unwrap();
    session.settle().unwrap();
    let token = remember(&mut session, user).expect("the device can be remembered");
    commit(&mut session, &format!("user={user}"));
    (sid(&session), token)
}

fn remember(session: &mut Session, user: &str) -> Option<String> {
    match session.remember(user.as_bytes(), &[]).unwrap() {
        Remembered::Done(grant) => Some(grant.token.expose()),
        Remembered::NotTheirs | Remembered::NotProved | Remembered::Lost => None,
    }
}

/// What a browser that starts with `token` gets: its session, and the token's successor.
fn start(world: &World, token: &str) -> (Session, Resumed) {
    start_as(world, token, &REQUEST)
}

fn start_as(world: &World, token: &str, request: &Request<'_>) -> (Session, Resumed) {
    let mut session = world.try_open(None, request, Access::Exclusive).unwrap();
    let resumed = session.resume(&[token.as_bytes()]).unwrap();
    (session, resumed)
}

/// As [`start`] of a browser that is logged in by it. Answers the session's ID and the next token.
fn resume(world: &World, token: &str, user: &str) -> (String, String) {
    let (mut session, resumed) = start(world, token);
    let Resumed::LoggedIn { user: found, grant } = resumed else { panic!("expected a log-in, found {resumed:?}") };
    assert_eq!(&*found, user.as_bytes());
    assert!(session.is_of(user.as_bytes()) && cookie(&session).is_some());
    commit(&mut session, "resumed");
    (sid(&session), grant.token.expose())
}

fn is_dropped(resumed: &Resumed) -> bool {
    matches!(resumed, Resumed::Nobody { clear: true })
}

fn is_ignored(resumed: &Resumed) -> bool {
    matches!(resumed, Resumed::Nobody { clear: false })
}

fn is_for_this_request(resumed: &Resumed) -> bool {
    matches!(resumed, Resumed::ThisRequest { .. })
}

fn devices(world: &World, user: &str) -> Vec<DeviceInfo> {
    world.engine.devices(&world.policy, user.as_bytes()).unwrap()
}

fn r55_r56_r58_a_token_logs_in_and_is_replaced(world: World) {
    let (id, token) = enable(&world, "alice");
    assert!(token.len() == 104 && !token.contains(&id) && !id.contains(&token));
    world.pass(2 * HOUR);
    assert_eq!(world.denial(&id), Some(Denial::Idle), "the session itself lasts no longer");
    let mut tokens = vec![token];
    for _ in 0..5 {
        let (id, next) = resume(&world, tokens.last().unwrap(), "alice");
        assert!(!tokens.contains(&next));
        tokens.push(next);
        assert_eq!(world.open(&id).payload(), b"resumed");
        world.pass(2 * HOUR);
    }
    assert_eq!((world.events.count(Kind::TokenCreated), world.events.count(Kind::LoggedIn)), (1, 5));
    assert_eq!(devices(&world, "alice").len(), 1, "it is one device all the time");
}

fn r57_the_store_has_no_token_and_no_user(world: World) {
    let (_, first) = enable(&world, "alice@example.test");
    let (_, second) = resume(&world, &first, "alice@example.test");
    let base32 = |text: &str| sidereal_core::token::Token::parse(text.as_bytes()).unwrap();
    for heard in world.store.heard() {
        for token in [&first, &second] {
            let (token, parsed) = (token.as_bytes(), base32(token));
            let validator = &parsed.signed()[17..];
            let has = |part: &[u8]| heard.windows(part.len()).any(|window| window == part);
            assert!(!has(token) && !has(validator) && !has(parsed.mac()) && !has(&parsed.digest().0));
        }
        assert!(!heard.windows(5).any(|window| window == b"alice"));
    }
    let shown = format!("{:?} {:?}", world.events.all(), start(&world, &second));
    assert!(!shown.contains("alice") && !shown.contains(&second[..40]), "{shown}");
}

fn r54_the_limit_is_never_extended(world: World) {
    let (_, mut token) = enable(&world, "alice");
    let ends = devices(&world, "alice")[0].ends;
    assert_eq!(ends, START.after(world.policy.autologin));
    for _ in 0..29 {
        world.pass(24 * HOUR);
        token = resume(&world, &token, "alice").1;
        assert_eq!(devices(&world, "alice")[0].ends, ends);
    }
    world.pass(23 * HOUR);
    let (_, resumed) = start(&world, &token);
    let Resumed::LoggedIn { grant, .. } = resumed else { panic!("{resumed:?}") };
    assert_eq!(grant.seconds, HOUR, "nor does the cookie outlive it");
    world.pass(HOUR);
    let (session, resumed) = start(&world, &grant.token.expose());
    assert!(is_dropped(&resumed) && !session.is_bound());
    assert!(devices(&world, "alice").is_empty());
    assert_eq!(world.events.count(Kind::TokenReused), 0);
}

fn r54_what_is_over_is_swept(world: World) {
    let (_, token) = enable(&world, "alice");
    for _ in 0..40 {
        world.pass(24 * HOUR);
        world.sweep();
    }
    assert!(is_dropped(&start(&world, &token).1));
    assert_eq!(world.events.of(Kind::LoginFailed).last().unwrap().reason, "unknown token");
}

fn r59_a15_a_token_that_is_used_again_is_theft(world: World) {
    let (_, first) = enable(&world, "alice");
    let (_, second) = resume(&world, &first, "alice");
    let (id, third) = resume(&world, &second, "alice");
    assert!(world.open(&id).is_of(b"alice"));
    world.pass(31);
    let (session, resumed) = start(&world, &first);
    assert!(is_dropped(&resumed) && !session.is_bound());
    assert_eq!(world.events.count(Kind::TokenReused), 1);
    assert_eq!(world.denial(&id), Some(Denial::Revoked), "what came of it ends as well");
    assert!(is_dropped(&start(&world, &third).1), "and so does the newest token");
    assert!(devices(&world, "alice").is_empty());
    assert_eq!(world.events.count(Kind::TokenReused), 1, "one theft is one alarm");
    let (_, fresh) = enable(&world, "alice");
    resume(&world, &fresh, "alice");
}

fn r59_parallel_requests_are_logged_in_without_a_cookie(world: World) {
    let (_, token) = enable(&world, "alice");
    let (id, next) = resume(&world, &token, "alice");
    let rows = world.rows();
    for _ in 0..5 {
        world.pass(5);
        let (mut session, resumed) = start(&world, &token);
        let Resumed::ThisRequest { user } = &resumed else { panic!("{resumed:?}") };
        assert_eq!(&**user, b"alice");
        assert!(session.is_bound() && session.is_of(b"alice") && !session.is_of(b"bob"));
        assert_eq!((cookie(&session), session.handle()), (None, None));
        assert!(matches!(session.commit(b"changed").unwrap(), Outcome::Dropped(_)));
    }
    assert_eq!((world.rows(), world.events.count(Kind::TokenReused)), (rows, 0));
    assert!(world.open(&id).is_of(b"alice"));
    resume(&world, &next, "alice");
}

fn r59_a15_a_thief_who_comes_first_is_found_out_as_well(world: World) {
    let (_, token) = enable(&world, "alice");
    let (thiefs, thief) = resume(&world, &token, "alice");
    world.pass(HOUR / 4);
    // To the server this is a client whose response was lost.
    let (victims, victim) = resume(&world, &token, "alice");
    world.pass(HOUR / 4);
    let (again, _) = resume(&world, &thief, "alice");
    assert!(is_dropped(&start(&world, &victim).1));
    assert_eq!(world.events.count(Kind::TokenReused), 1);
    for id in [victims, again] {
        assert_eq!(world.denial(&id), Some(Denial::Revoked));
    }
    assert!(matches!(world.denial(&thiefs), Some(Denial::Revoked | Denial::Idle)));
}

fn a_response_that_is_lost_logs_nobody_out(world: World) {
    let (_, mut token) = enable(&world, "alice");
    for lost in [1, 2, 3, 5, 9] {
        for _ in 0..lost {
            resume(&world, &token, "alice");
            world.pass(HOUR);
        }
        token = resume(&world, &token, "alice").1;
        world.pass(MINUTE);
    }
    // Responses that come late, in any order: the client has the one that came last.
    let late: Vec<String> = (0..3)
        .map(|_| {
            world.pass(MINUTE);
            resume(&world, &token, "alice").1
        })
        .collect();
    resume(&world, &late[0], "alice");
    assert_eq!(world.events.count(Kind::TokenReused), 0);
}

fn r62_what_is_turned_off_logs_nobody_in(world: World) {
    let (id, token) = enable(&world, "alice");
    let mut session = world.open(&id);
    assert!(session.forget().unwrap() && !session.forget().unwrap());
    assert!(session.is_of(b"alice"), "the session goes on");
    drop(session);
    assert!(is_dropped(&start(&world, &token).1) && devices(&world, "alice").is_empty());
    // Without a session the token itself says which device it is.
    let (_, token) = enable(&world, "alice");
    assert!(!world.engine.forget_presented(&[b"garbage"]).unwrap());
    assert!(world.engine.forget_presented(&[b"garbage", token.as_bytes()]).unwrap());
    assert!(!world.engine.forget_presented(&[token.as_bytes()]).unwrap());
    assert!(is_dropped(&start(&world, &token).1));
    assert_eq!((world.events.count(Kind::TokenRevoked), world.events.count(Kind::TokenReused)), (2, 0));
}

fn r62_a15_a_log_out_forgets_the_device(world: World) {
    // Also long after, under another ID, and without the token: its path is too narrow for the log-out page.
    let (id, token) = enable(&world, "alice");
    let id = world.rotate_and_confirm(&id);
    world.log_out(&id);
    assert!(is_dropped(&start(&world, &token).1) && devices(&world, "alice").is_empty());
    let (_, token) = enable(&world, "alice");
    let (id, next) = resume(&world, &token, "alice");
    world.log_out(&id);
    assert!(is_dropped(&start(&world, &next).1) && is_dropped(&start(&world, &token).1));
    // What could not be written is not said to have happened.
    let (id, token) = enable(&world, "alice");
    let mut session = world.open(&id);
    world.store.fail(&[Op::EndDevices]);
    assert!(session.logout(true).unwrap_err().is_store());
    world.store.fail(&[]);
    session.logout(true).unwrap();
    assert!(is_dropped(&start(&world, &token).1));
}

fn r62_also_from_a_request_that_is_logged_in_for_itself_only(world: World) {
    let (_, token) = enable(&world, "alice");
    let (_, next) = resume(&world, &token, "alice");
    let (mut session, resumed) = start(&world, &token);
    assert!(is_for_this_request(&resumed));
    session.logout(true).unwrap();
    assert!(!session.is_bound() && is_dropped(&start(&world, &next).1));
}

fn r62_an_application_that_names_nobody_any_more_has_logged_out(world: World) {
    let (id, token) = enable(&world, "alice");
    let mut session = world.open(&id);
    assert_eq!(session.follow(Some(b"alice"), true).unwrap(), Followed::AsIs);
    assert!(session.is_remembered());
    assert_eq!(session.follow(None, true).unwrap(), Followed::Anew);
    session.settle().unwrap();
    drop(session);
    assert!(is_dropped(&start(&world, &token).1));
}

fn a15_garbage_reaches_no_store_and_accuses_nobody(world: World) {
    let (_, token) = enable(&world, "alice");
    let foreign = Keyring::ephemeral("shop", &sidereal_core::entropy::SystemEntropy).unwrap();
    let foreign =
        foreign.mint_token(&devices(&world, "alice")[0].handle, &sidereal_core::entropy::SystemEntropy).unwrap();
    let (foreign, forged, long) = (foreign.expose(), forge(&token), "a".repeat(1 << 20));
    let device = devices(&world, "alice")[0].handle.to_string();
    for bad in [
        "",
        "x",
        "alice",
        &token[1..],
        &token[..50],
        &forged,
        &foreign,
        &device,
        &long,
        "\0\r\n",
        &token.to_uppercase(),
    ] {
        let mut session = world.visit();
        let before = world.store.total();
        assert!(is_ignored(&session.resume(&[bad.as_bytes()]).unwrap()), "{}", &bad[..bad.len().min(120)]);
        assert!(world.store.total() == before && !session.is_bound());
    }
    assert_eq!((world.events.count(Kind::TokenReused), world.events.count(Kind::LoginFailed)), (0, 10));
    // Nor does it stand in the way of the real one.
    let mut session = world.visit();
    let presented = [forged.as_bytes(), token.as_bytes(), token.as_bytes(), b"x"];
    assert!(matches!(session.resume(&presented).unwrap(), Resumed::LoggedIn { .. }));
}

fn a15_the_user_comes_from_the_row(world: World) {
    let (_, alice) = enable(&world, "alice");
    let (_, bob) = enable(&world, "bob");
    // Nothing but the token is presented; one that names Bob's device with Alice's validator is forged.
    let device = sidereal_core::token::Token::parse(bob.as_bytes()).unwrap().device();
    let alice_token = sidereal_core::token::Token::parse(alice.as_bytes()).unwrap();
    let mut signed: [u8; 49] = alice_token.signed().try_into().unwrap();
    signed[1..17].copy_from_slice(&device.0);
    let spliced = sidereal_core::token::Token::new(&signed, alice_token.mac().try_into().unwrap());
    assert!(is_ignored(&start(&world, &spliced.expose()).1));
    resume(&world, &alice, "alice");
    resume(&world, &bob, "bob");
}

fn a15_a_user_who_is_signed_out_everywhere_is_not_remembered_anywhere(world: World) {
    let tokens: Vec<String> = (0..3).map(|_| enable(&world, "alice").1).collect();
    let (_, bob) = enable(&world, "bob");
    assert_eq!(world.engine.revoke_user(&world.policy, b"alice").unwrap(), 3);
    assert!(tokens.iter().all(|token| is_dropped(&start(&world, token).1)));
    let (_, bob) = resume(&world, &bob, "bob");
    // A changed password may leave the sessions and forget the devices.
    let (id, token) = enable(&world, "alice");
    assert_eq!(world.engine.forget_devices(b"alice").unwrap(), 1);
    assert!(world.open(&id).is_of(b"alice") && is_dropped(&start(&world, &token).1));
    world.engine.revoke_all(&world.policy).unwrap();
    assert!(is_dropped(&start(&world, &bob).1));
}

fn a15_the_others_are_forgotten_and_this_device_stays(world: World) {
    let (_, other) = enable(&world, "alice");
    let (id, token) = enable(&world, "alice");
    let keep = world.open(&id).handle().unwrap();
    world.engine.revoke_others(&world.policy, b"alice", &keep).unwrap();
    assert!(is_dropped(&start(&world, &other).1) && world.open(&id).is_of(b"alice"));
    resume(&world, &token, "alice");
}

fn a15_a_session_that_is_revoked_takes_its_device_along(world: World) {
    let (first, token) = enable(&world, "alice");
    let (second, next) = resume(&world, &token, "alice");
    let (elsewhere, other) = enable(&world, "alice");
    let handle = world.open(&second).handle().unwrap();
    assert!(!world.engine.revoke(&world.policy, b"bob", &handle).unwrap());
    assert!(world.engine.revoke(&world.policy, b"alice", &handle).unwrap());
    assert!(is_dropped(&start(&world, &next).1));
    assert_eq!([&first, &second].map(|id| world.denial(id)), [Some(Denial::Revoked); 2]);
    assert!(world.open(&elsewhere).is_of(b"alice"));
    resume(&world, &other, "alice");
}

fn a15_the_alarm_of_a_session_takes_its_device_along(world: World) {
    let (id, token) = enable(&world, "alice");
    let next = world.rotate_and_confirm(&id);
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(&id), Some(Denial::Obsolete));
    assert!(is_dropped(&start(&world, &token).1));
    assert_eq!(world.denial(&next), Some(Denial::Revoked));
}

fn r100_a_token_is_no_proof_of_anything(world: World) {
    let (_, token) = enable(&world, "alice");
    let (id, _) = resume(&world, &token, "alice");
    let mut session = world.open(&id);
    let info = session.info().unwrap();
    assert_eq!((info.authenticated, info.methods), (None, vec!["remember".to_owned()]));
    for method in [None, Some("remember"), Some("pwd")] {
        assert!(!session.is_fresh(Duration::MAX, method, None));
    }
    session.reauthenticated(&["pwd"], &[]).unwrap();
    session.settle().unwrap();
    assert!(session.is_fresh(Duration::from_secs(1), Some("pwd"), None));
    drop(session);
    let (mut guest, resumed) = start(&world, &token);
    assert!(is_for_this_request(&resumed) && !guest.is_fresh(Duration::MAX, None, None));
}

fn r58_who_is_logged_in_already_uses_no_token(world: World) {
    let (id, token) = enable(&world, "alice");
    let mut session = world.open(&id);
    let before = world.store.total();
    assert!(is_ignored(&session.resume(&[token.as_bytes()]).unwrap()));
    assert_eq!((world.store.total(), world.events.count(Kind::LoggedIn)), (before, 0));
    drop(session);
    resume(&world, &token, "alice");
}

fn a_device_is_remembered_by_a_proof_only(world: World) {
    assert!(matches!(world.visit().remember(b"alice", &[]).unwrap(), Remembered::NotTheirs));
    let (id, token) = enable(&world, "alice");
    assert!(matches!(world.open(&id).remember(b"bob", &[]).unwrap(), Remembered::NotTheirs));
    assert!(world.open(&id).remember(b"", &[]).unwrap_err().is_config());
    let (resumed, _) = resume(&world, &token, "alice");
    let mut session = world.open(&resumed);
    assert!(matches!(session.remember(b"alice", &[]).unwrap(), Remembered::NotProved), "else it would have no limit");
    drop(session);
    assert!(matches!(world.read(&id).remember(b"alice", &[]).unwrap(), Remembered::Lost));
    assert_eq!(devices(&world, "alice").len(), 1);
}

fn a_device_that_is_remembered_again_is_forgotten_first(world: World) {
    let (id, first) = enable(&world, "alice");
    let second = remember(&mut world.open(&id), "alice").unwrap();
    assert!(is_dropped(&start(&world, &first).1) && devices(&world, "alice").len() == 1);
    // A log-in by password on a client that has the token of an older log-in.
    let mut session = world.visit();
    session.login(b"alice", &["pwd"]).unwrap();
    let Remembered::Done(_) = session.remember(b"alice", &[second.as_bytes(), b"x"]).unwrap() else { panic!() };
    assert!(is_dropped(&start(&world, &second).1) && devices(&world, "alice").len() == 1);
    for _ in 0..40 {
        enable(&world, "bob");
    }
    assert_eq!(devices(&world, "bob").len(), sidereal_core::store::MAX_DEVICES);
}

fn a_log_in_over_a_remembered_session_keeps_the_device(world: World) {
    let (_, token) = enable(&world, "alice");
    let (id, token) = resume(&world, &token, "alice");
    let mut session = world.open(&id);
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap();
    session.logout(true).unwrap();
    assert!(is_dropped(&start(&world, &token).1));
    // Another user on the same client has nothing to do with it.
    let (_, token) = enable(&world, "alice");
    let (id, token) = resume(&world, &token, "alice");
    let mut session = world.open(&id);
    session.login(b"bob", &["pwd"]).unwrap();
    session.settle().unwrap();
    session.logout(true).unwrap();
    resume(&world, &token, "alice");
}

fn r59_of_two_requests_at_once_one_uses_the_token(world: World) {
    let (_, token) = enable(&world, "alice");
    let faster = Arc::new(Mutex::new(None));
    // Both have read the device; the other one uses the token first.
    let (other, to, same) = (world.second_process(0), Arc::clone(&faster), token.clone());
    world.store.before(Op::SaveDevice, move || {
        *to.lock() = Some(resume(&other, &same, "alice"));
    });
    let (session, resumed) = start(&world, &token);
    assert!(is_for_this_request(&resumed) && cookie(&session).is_none(), "{resumed:?}");
    let (id, next) = faster.lock().take().unwrap();
    assert!(world.open(&id).is_of(b"alice"));
    resume(&world, &next, "alice");
    assert_eq!((world.events.count(Kind::TokenReused), devices(&world, "alice").len()), (0, 1));
}

fn a14_a_session_that_is_ended_meanwhile_is_not_remembered(world: World) {
    let mut session = world.visit();
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap();
    world.engine.revoke_user(&world.policy, b"alice").unwrap();
    assert!(matches!(session.remember(b"alice", &[]).unwrap(), Remembered::Lost));
    assert!(devices(&world, "alice").is_empty());
}

fn a14_a_device_that_is_forgotten_meanwhile_leaves_no_session(world: World) {
    let (_, token) = enable(&world, "alice");
    let device = devices(&world, "alice")[0].handle;
    let inner = Arc::clone(&world.store.inner);
    // The device goes while the session that comes of it is being stored.
    world.store.before(Op::Create, move || {
        inner.end_devices(&Whose::One(device)).unwrap();
    });
    let (session, resumed) = start(&world, &token);
    assert!(matches!(resumed, Resumed::Lost), "{resumed:?}");
    assert!(!session.is_bound() && world.engine.roster(&world.policy, b"alice").unwrap().len() <= 1);
    assert!(is_dropped(&start(&world, &token).1));
}

fn a6_of_two_genuine_tokens_none_counts(world: World) {
    let (_, alice) = enable(&world, "alice");
    let (_, mallory) = enable(&world, "mallory");
    let mut session = world.visit();
    assert!(is_ignored(&session.resume(&[mallory.as_bytes(), alice.as_bytes()]).unwrap()));
    assert!(!session.is_bound() && world.events.count(Kind::CookieConflict) == 1);
    drop(session);
    resume(&world, &alice, "alice");
}

fn a26_a_clock_that_has_jumped_accuses_nobody_of_using_a_token_again(world: World) {
    let (_, first) = enable(&world, "alice");
    let (_, second) = resume(&world, &first, "alice");
    let (_, third) = resume(&world, &second, "alice");
    world.clock.jump(10 * 60 * 1000);
    assert!(is_ignored(&start(&world, &first).1));
    assert_eq!(world.events.count(Kind::TokenReused), 0);
    resume(&world, &third, "alice");
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

fn a_stranger_with_a_used_token_is_found_out_at_once(world: World) {
    let (_, token) = enable(&world, "alice");
    let home = request_of("192.0.2.7", FIREFOX);
    let moved = request_of("198.51.100.7", FIREFOX);
    let stranger = request_of("198.51.100.7", CHROME);
    assert!(matches!(start_as(&world, &token, &home).1, Resumed::LoggedIn { .. }));
    assert!(is_for_this_request(&start_as(&world, &token, &moved).1), "another network alone is nothing");
    assert!(is_dropped(&start_as(&world, &token, &stranger).1));
    assert_eq!(world.events.count(Kind::TokenReused), 1);
}

fn the_alarm_ends_all_of_the_user_where_the_policy_says_so(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::RevokeUser);
    let (elsewhere, other) = enable(&world, "alice");
    let (_, first) = enable(&world, "alice");
    let (_, second) = resume(&world, &first, "alice");
    resume(&world, &second, "alice");
    world.pass(MINUTE);
    assert!(is_dropped(&start(&world, &first).1));
    assert_eq!(world.denial(&elsewhere), Some(Denial::Revoked));
    assert!(is_dropped(&start(&world, &other).1));
}

fn the_alarm_unbinds_all_of_the_user_where_the_policy_says_so(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Unauthenticate);
    let (elsewhere, other) = enable(&world, "alice");
    let (_, first) = enable(&world, "alice");
    let (_, second) = resume(&world, &first, "alice");
    resume(&world, &second, "alice");
    world.pass(MINUTE);
    assert!(is_dropped(&start(&world, &first).1));
    let session = world.open(&elsewhere);
    assert!(session.denial().is_none() && !session.is_bound(), "it goes on without the user");
    drop(session);
    assert!(is_dropped(&start(&world, &other).1));
}

fn a15_an_alarm_that_takes_the_user_forgets_all_of_their_devices(mut world: World) {
    for on_obsolete in [OnObsolete::RevokeUser, OnObsolete::Unauthenticate] {
        world.set(|policy| policy.on_obsolete = on_obsolete);
        let (_, bobs) = enable(&world, "bob");
        let (_, other) = enable(&world, "alice");
        let (id, token) = enable(&world, "alice");
        world.rotate_and_confirm(&id);
        world.pass_span(|policy| policy.alarm_after);
        assert_eq!(world.denial(&id), Some(Denial::Obsolete));
        for token in [token, other] {
            assert!(is_dropped(&start(&world, &token).1), "{on_obsolete:?}: a token logs the thief in again");
        }
        assert_eq!((devices(&world, "alice").len(), world.events.count(Kind::TokenReused)), (0, 0));
        resume(&world, &bobs, "bob");
        world.engine.revoke_all(&world.policy).unwrap();
    }
}

fn a14_who_loses_the_user_meanwhile_is_not_remembered(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Unauthenticate);
    let (id, _) = enable(&world, "alice");
    world.rotate_and_confirm(&id);
    world.pass_span(|policy| policy.alarm_after);
    let mut session = world.visit();
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap();
    let (engine, policy) = (Arc::clone(&world.engine), Arc::clone(&world.policy));
    world.store.before(Op::CreateDevice, move || {
        let thief = engine.open(&policy, Some(id.as_bytes()), &REQUEST, Access::ReadOnly).unwrap();
        assert_eq!(thief.denial(), Some(Denial::Obsolete));
    });
    assert_eq!(remember(&mut session, "alice"), None);
    assert!(devices(&world, "alice").is_empty());
}

fn a33_tokens_outlive_a_rotation_of_the_keys(world: World) {
    let (_, token) = enable(&world, "alice");
    let (_, other) = enable(&world, "bob");
    Keyring::rotate(&world.keyring_path(), 2, &sidereal_core::entropy::SystemEntropy).unwrap();
    let second = world.second_process(0);
    let (_, token) = resume(&second, &token, "alice");
    resume(&world, &token, "alice");
    // Without the key that it was minted with, a token is garbage.
    Keyring::rotate(&world.keyring_path(), 1, &sidereal_core::entropy::SystemEntropy).unwrap();
    assert!(is_ignored(&start(&world.second_process(0), &other).1));
}

fn a_broken_store_logs_nobody_in_and_costs_no_token(world: World) {
    let (_, token) = enable(&world, "alice");
    for op in [Op::LoadDevice, Op::SaveDevice, Op::Create] {
        world.store.fail(&[op]);
        let mut session = world.visit();
        assert!(session.resume(&[token.as_bytes()]).unwrap_err().is_store());
        assert!(!session.is_bound());
        world.store.fail(&[]);
        world.pass(MINUTE);
    }
    resume(&world, &token, "alice");
    assert_eq!(world.events.count(Kind::TokenReused), 0);
}

fn the_roster_of_devices_shows_what_their_owner_may_see(mut world: World) {
    world.set(|policy| policy.autologin = Policy::default().autologin);
    let (_, token) = enable(&world, "alice");
    world.pass(HOUR);
    let (_, _) = enable(&world, "alice");
    let request = request_of("192.0.2.7", FIREFOX);
    world.pass(HOUR);
    assert!(matches!(start_as(&world, &token, &request).1, Resumed::LoggedIn { .. }));
    let list = devices(&world, "alice");
    assert_eq!(
        (list.len(), list[0].client.network(), list[0].client.agent()),
        (2, "192.0.2.0/24".into(), "Firefox, Linux".into())
    );
    assert_eq!((list[0].created, list[0].last_used), (START, START.after(Duration::from_secs(2 * HOUR))));
    let handle = list[0].handle;
    assert!(!world.engine.forget_device(b"bob", &handle).unwrap());
    assert!(!world.engine.forget_device(b"alice", &Handle([0; 16])).unwrap());
    assert!(world.engine.forget_device(b"alice", &handle).unwrap());
    assert_eq!(devices(&world, "alice").len(), 1);
    assert!(world.engine.devices(&world.policy, b"").unwrap_err().is_config());
    // A handle is no token.
    assert!(is_ignored(&start(&world, &list[1].handle.to_string()).1));
}

fn what_a_guest_regenerates_or_writes_is_nobodys(world: World) {
    let (_, token) = enable(&world, "alice");
    let (id, _) = resume(&world, &token, "alice");
    let rows = world.rows();
    let (mut guest, _) = start(&world, &token);
    let regenerated = crate::fixture::parse(&{
        guest.elevate(sidereal_core::session::Snapshot::AsRead).unwrap();
        guest.settle().unwrap();
        sid(&guest)
    });
    assert!(matches!(guest.commit(b"cart").unwrap(), Outcome::Dropped(_)) && cookie(&guest).is_none());
    assert!(guest.is_of(b"alice") && world.rows() == rows);
    drop(guest);
    assert_eq!(world.sees(&regenerated.expose()), b"");
    // A log-in by password is one.
    let (mut guest, _) = start(&world, &token);
    guest.login(b"alice", &["pwd"]).unwrap();
    guest.settle().unwrap();
    let own = cookie(&guest).expect("a cookie");
    drop(guest);
    assert!(world.open(&own).is_of(b"alice"));
    assert!(world.open(&id).is_of(b"alice"));
}
