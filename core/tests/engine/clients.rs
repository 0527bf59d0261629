//! Who presents an ID, and by which scheme: what is told, once; what a stranger gets; what proves the user again.

use std::time::Duration;

use sidereal_core::client::{Client, Scheme};
use sidereal_core::engine::{Access, Refused, Request};
use sidereal_core::event::{Kind, Level};
use sidereal_core::policy::{ClientChange, Policy, Profile};
use sidereal_core::session::{Denial, Session, Snapshot};
use sidereal_core::signals::{self, Sent};

use crate::fixture::{MINUTE, Op, REQUEST, World, commit, cookie, elevate, on_every_store, request_of, sid};

on_every_store! {
    r70_r73_a_stranger_must_prove_who_they_are_and_the_id_changes,
    r71_r72_r77_one_signal_alone_is_an_event_and_no_more,
    r77_a_commuter_is_told_of_once,
    r77_what_is_told_at_which_level,
    r78_the_flag_stands_until_the_user_proves_who_they_are,
    r78_the_flag_outlives_a_request_that_dies,
    r78_no_proof_is_fresh_while_it_stands,
    r70_a_stranger_is_denied_where_the_policy_says_so_and_the_session_goes_on,
    r70_clients_are_not_compared_where_the_policy_says_so,
    r70_a_walk_in_small_steps_leads_nowhere,
    r75_a_version_that_has_risen_is_the_one_that_must_not_fall,
    r70_r71_an_unchanged_client_costs_no_write,
    r66_a_session_from_http_gets_a_new_id_by_https,
    r66_what_was_proved_by_http_is_no_proof_by_https,
    r66_a_request_that_cannot_upgrade_sees_nothing_and_harms_nothing,
    r66_nothing_is_served_when_the_upgrade_fails,
    r66_a_session_by_https_is_denied_by_http,
    r6_profile_high_takes_https,
}

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/133.0";

fn home() -> Request<'static> {
    request_of("192.0.2.1", CHROME)
}

fn elsewhere() -> Request<'static> {
    request_of("203.0.113.1", FIREFOX)
}

fn open(world: &World, id: &str, request: &Request<'_>) -> Session {
    world.try_open(Some(id), request, Access::Exclusive).unwrap()
}

/// Alice logs in at home. Answers her ID, which she has presented.
fn alice(world: &World) -> String {
    let mut session = world.try_open(None, &home(), Access::Exclusive).unwrap();
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap();
    commit(&mut session, "user=alice");
    let id = sid(&session);
    drop(session);
    drop(open(world, &id, &home()));
    id
}

fn must(world: &World, id: &str) -> bool {
    open(world, id, &Request { can_set_cookie: false, ..home() }).must_reauthenticate()
}

fn r70_r73_a_stranger_must_prove_who_they_are_and_the_id_changes(world: World) {
    let id = alice(&world);
    let session = open(&world, &id, &elsewhere());
    assert!(session.must_reauthenticate());
    assert_eq!((session.payload(), session.denial()), (&b"user=alice"[..], None), "an unmodified application goes on");
    let next = cookie(&session).expect("a new ID");
    drop(session);
    assert!(must(&world, &next));
    let again = open(&world, &next, &elsewhere());
    assert_eq!(cookie(&again), None, "one is enough");
    drop(again);
    // The victim still has the old one: the two are found out.
    world.pass_span(|policy| policy.grace.max(policy.alarm_after));
    assert_eq!(open(&world, &id, &home()).denial(), Some(Denial::Obsolete));
    assert_eq!(open(&world, &next, &elsewhere()).denial(), Some(Denial::Revoked));
}

fn r71_r72_r77_one_signal_alone_is_an_event_and_no_more(world: World) {
    let id = alice(&world);
    for (one, reason) in [(request_of("203.0.113.1", CHROME), "network"), (request_of("192.0.2.1", FIREFOX), "agent")] {
        world.events.clear();
        for _ in 0..3 {
            let session = open(&world, &id, &one);
            assert!(!session.must_reauthenticate() && session.denial().is_none() && cookie(&session).is_none());
        }
        let told = world.events.of(Kind::ClientChanged);
        assert_eq!(told.iter().map(|event| (event.reason, event.count)).collect::<Vec<_>>(), [(reason, Some(4))]);
        assert!(!told[0].session.is_empty());
    }
    assert_eq!(world.events.count(Kind::ClientStranger), 0);
}

fn r77_a_commuter_is_told_of_once(world: World) {
    let id = alice(&world);
    for _ in 0..5 {
        for address in ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"] {
            let session = open(&world, &id, &request_of(address, CHROME));
            assert!(!session.must_reauthenticate());
        }
    }
    assert_eq!(world.events.count(Kind::ClientChanged), 1);
    // A proof is a new beginning.
    let mut session = open(&world, &id, &request_of("203.0.113.1", CHROME));
    session.reauthenticated(&["pwd"], &[]).unwrap();
    session.settle().unwrap();
    let id = sid(&session);
    drop(session);
    drop(open(&world, &id, &request_of("203.0.113.1", CHROME)));
    assert_eq!(world.events.count(Kind::ClientChanged), 1);
    drop(open(&world, &id, &home()));
    assert_eq!(world.events.count(Kind::ClientChanged), 2);
}

fn r77_what_is_told_at_which_level(mut world: World) {
    for (client_change, reason) in
        [(ClientChange::Event, "told"), (ClientChange::StepUp, "step-up"), (ClientChange::Deny, "denied")]
    {
        world.set(|policy| policy.client_change = client_change);
        let id = alice(&world);
        world.events.clear();
        for _ in 0..3 {
            drop(open(&world, &id, &elsewhere()));
        }
        let told = world.events.of(Kind::ClientStranger);
        assert_eq!(told.iter().map(|event| (event.reason, event.count)).collect::<Vec<_>>(), [(reason, Some(8))]);
        assert_eq!(world.events.count(Kind::ClientChanged), 0);
    }
    assert_eq!((Kind::ClientChanged.level(), Kind::ClientStranger.level()), (Level::Info, Level::Warn));
}

fn r78_the_flag_stands_until_the_user_proves_who_they_are(world: World) {
    for prove in [
        (|session| session.login(b"alice", &["pwd"]).map(drop)) as fn(&mut Session) -> sidereal_core::Result<()>,
        |session| session.reauthenticated(&["otp"], &[]).map(drop),
    ] {
        let id = alice(&world);
        let id = cookie(&open(&world, &id, &elsewhere())).unwrap();
        assert!(must(&world, &id), "not because the client is back home");
        let id = world.rotate_and_confirm(&id);
        assert!(must(&world, &id), "nor by a rotation");
        let id = elevate(&mut open(&world, &id, &home()), "user=alice;cart");
        assert!(must(&world, &id), "nor by session_regenerate_id()");
        let mut session = open(&world, &id, &elsewhere());
        session.renew(Snapshot::AsRead).unwrap();
        assert!(session.must_reauthenticate());
        assert!(session.withdraw());
        prove(&mut session).unwrap();
        assert!(!session.must_reauthenticate());
        session.settle().unwrap();
        let id = sid(&session);
        drop(session);
        let session = open(&world, &id, &elsewhere());
        assert!(!session.must_reauthenticate() && cookie(&session).is_none(), "this is who it is now");
    }
}

fn r78_the_flag_outlives_a_request_that_dies(world: World) {
    for access in [Access::Exclusive, Access::ReadOnly] {
        let id = alice(&world);
        drop(world.try_open(Some(&id), &Request { can_set_cookie: false, ..elsewhere() }, access).unwrap());
        assert!(must(&world, &id), "{access:?}");
        assert!(cookie(&open(&world, &id, &home())).is_some(), "the ID is changed at the next chance");
        // A store that fails for a moment costs nobody the request, and the flag stands in it.
        let id = alice(&world);
        world.store.fail(&[Op::Touch]);
        let session = world.try_open(Some(&id), &Request { can_set_cookie: false, ..elsewhere() }, access).unwrap();
        world.store.fail(&[]);
        assert!(session.must_reauthenticate() && session.payload() == b"user=alice");
    }
}

fn r78_no_proof_is_fresh_while_it_stands(world: World) {
    let id = alice(&world);
    let mut session = open(&world, &id, &home());
    session.reauthenticated(&["pwd"], &["delete"]).unwrap();
    session.settle().unwrap();
    let id = sid(&session);
    drop(session);
    let minute = Duration::from_secs(MINUTE);
    let mut session = open(&world, &id, &elsewhere());
    assert!(!session.is_fresh(minute, None, None) && !session.is_fresh(minute, None, Some("delete")));
    session.reauthenticated(&["pwd"], &["delete"]).unwrap();
    assert!(session.is_fresh(minute, None, None) && session.is_fresh(minute, None, Some("delete")));
}

fn r70_a_stranger_is_denied_where_the_policy_says_so_and_the_session_goes_on(mut world: World) {
    world.set(|policy| policy.client_change = ClientChange::Deny);
    let id = alice(&world);
    for access in [Access::Exclusive, Access::ReadOnly] {
        let thief = world.try_open(Some(&id), &elsewhere(), access).unwrap();
        assert_eq!((thief.denial(), thief.payload(), thief.is_replaced()), (Some(Denial::Stranger), &b""[..], true));
    }
    let victim = open(&world, &id, &home());
    assert_eq!((victim.payload(), victim.denial(), victim.must_reauthenticate()), (&b"user=alice"[..], None, false));
    drop(victim);
    assert_eq!(world.events.count(Kind::ClientStranger), 1);
    // What the thief does keeps nothing alive.
    world.pass_span(|policy| policy.idle - Duration::from_secs(1));
    drop(open(&world, &id, &elsewhere()));
    world.pass(1);
    assert_eq!(open(&world, &id, &home()).denial(), Some(Denial::Idle));
}

fn r70_clients_are_not_compared_where_the_policy_says_so(mut world: World) {
    world.set(|policy| policy.client_change = ClientChange::Ignore);
    let id = alice(&world);
    let session = open(&world, &id, &elsewhere());
    assert!(!session.must_reauthenticate() && session.denial().is_none());
    assert_eq!(world.events.count(Kind::ClientStranger) + world.events.count(Kind::ClientChanged), 0);
}

/// Each step is a signal alone; each is confirmed by a rotation. The record stays with its owner all the same.
fn r70_a_walk_in_small_steps_leads_nowhere(world: World) {
    let mut id = alice(&world);
    let steps = [request_of("203.0.113.1", CHROME), elsewhere()];
    for (at, step) in steps.iter().enumerate() {
        world.pass_span(|policy| policy.rotate);
        let next = cookie(&open(&world, &id, step)).unwrap();
        let session = open(&world, &next, step);
        assert_eq!(session.must_reauthenticate(), at == 1);
        drop(session);
        id = next;
    }
}

fn r75_a_version_that_has_risen_is_the_one_that_must_not_fall(world: World) {
    let chrome = |version: u32| request_of("192.0.2.1", &format!("Mozilla/5.0 (Windows NT 10.0) Chrome/{version}.0"));
    let mut id = alice(&world);
    for version in [120, 130] {
        world.pass_span(|policy| policy.rotate);
        let next = cookie(&open(&world, &id, &chrome(version))).unwrap();
        drop(open(&world, &next, &chrome(version)));
        id = next;
    }
    assert_eq!(world.events.count(Kind::ClientChanged), 0);
    drop(open(&world, &id, &chrome(125)));
    assert_eq!(world.events.of(Kind::ClientChanged).iter().map(|event| event.reason).collect::<Vec<_>>(), ["version"]);
}

fn r70_r71_an_unchanged_client_costs_no_write(world: World) {
    let id = alice(&world);
    let writes = world.store.writes();
    for address in ["192.0.2.1", "192.0.2.99", "192.0.77.1", "2001:db8::1", ""] {
        let mut session = open(&world, &id, &request_of(address, CHROME));
        let _ = session.touch().unwrap();
    }
    assert_eq!(world.store.writes(), writes);
    drop(open(&world, &id, &request_of("203.0.113.1", CHROME)));
    assert_eq!(world.store.writes(), writes + 1, "what is new is written once");
    drop(open(&world, &id, &request_of("203.0.113.1", CHROME)));
    assert_eq!(world.store.writes(), writes + 1);
}

fn by(scheme: Scheme) -> Request<'static> {
    Request { scheme: Some(scheme), ..REQUEST }
}

/// A session that began by `scheme`, and its ID.
fn begun(world: &World, scheme: Scheme) -> String {
    let mut session = world.try_open(None, &by(scheme), Access::Exclusive).unwrap();
    commit(&mut session, "cart");
    sid(&session)
}

fn r66_a_session_from_http_gets_a_new_id_by_https(world: World) {
    let plain = begun(&world, Scheme::Http);
    let session = open(&world, &plain, &by(Scheme::Https));
    let secure = cookie(&session).expect("a new ID");
    assert_eq!((session.payload(), session.denial(), session.must_reauthenticate()), (&b"cart"[..], None, false));
    drop(session);
    let mut session = open(&world, &secure, &by(Scheme::Https));
    assert_eq!((session.payload(), cookie(&session)), (&b"cart"[..], None));
    commit(&mut session, "cart;card");
    drop(session);
    // Whoever listened has the old ID: it shows what it showed, and then nothing.
    let listener = open(&world, &plain, &by(Scheme::Http));
    assert_eq!((listener.payload(), listener.is_writable()), (&b"cart"[..], false));
    drop(listener);
    assert_eq!(open(&world, &secure, &by(Scheme::Http)).denial(), Some(Denial::Scheme));
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(open(&world, &plain, &by(Scheme::Http)).denial(), Some(Denial::Obsolete));
    assert_eq!(open(&world, &secure, &by(Scheme::Https)).payload(), b"cart;card");
}

fn r66_what_was_proved_by_http_is_no_proof_by_https(world: World) {
    let mut session = world.try_open(None, &by(Scheme::Http), Access::Exclusive).unwrap();
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap();
    let plain = sid(&session);
    drop(session);
    let mut session = open(&world, &plain, &by(Scheme::Https));
    let minute = Duration::from_secs(MINUTE);
    assert!(session.is_of(b"alice") && session.must_reauthenticate() && !session.is_fresh(minute, None, None));
    session.reauthenticated(&["pwd"], &[]).unwrap();
    assert!(session.is_fresh(minute, None, None));
}

fn r66_a_request_that_cannot_upgrade_sees_nothing_and_harms_nothing(world: World) {
    let plain = begun(&world, Scheme::Http);
    let late = Request { can_set_cookie: false, ..by(Scheme::Https) };
    for (request, access) in [(&late, Access::Exclusive), (&by(Scheme::Https), Access::ReadOnly)] {
        let session = world.try_open(Some(&plain), request, access).unwrap();
        assert_eq!((session.payload(), session.denial()), (&b""[..], Some(Denial::Scheme)));
        assert!(cookie(&session).is_none() && !session.is_writable());
    }
    assert_eq!(open(&world, &plain, &by(Scheme::Https)).payload(), b"cart");
    // Requests that race with the one that upgraded.
    let session = open(&world, &plain, &by(Scheme::Https));
    assert_eq!((session.payload(), session.is_writable(), cookie(&session)), (&b"cart"[..], false, None));
}

fn r66_nothing_is_served_when_the_upgrade_fails(world: World) {
    let plain = begun(&world, Scheme::Http);
    world.store.fail(&[Op::Elevate]);
    let session = open(&world, &plain, &by(Scheme::Https));
    assert_eq!((session.payload(), cookie(&session)), (&b""[..], None));
    drop(session);
    world.store.fail(&[]);
    assert_eq!(open(&world, &plain, &by(Scheme::Https)).payload(), b"cart");
}

fn r66_a_session_by_https_is_denied_by_http(world: World) {
    let secure = begun(&world, Scheme::Https);
    for access in [Access::Exclusive, Access::ReadOnly] {
        let session = world.try_open(Some(&secure), &by(Scheme::Http), access).unwrap();
        assert_eq!((session.payload(), session.denial()), (&b""[..], Some(Denial::Scheme)));
        assert!(session.is_replaced());
    }
    assert_eq!(world.events.count(Kind::SchemeChanged), 2);
    let session = open(&world, &secure, &by(Scheme::Https));
    assert_eq!((session.payload(), cookie(&session)), (&b"cart"[..], None), "nothing has happened to it");
    drop(session);
    assert_eq!(world.sees(&secure), b"cart", "who does not know by what it came is not asked");
}

fn r6_profile_high_takes_https(mut world: World) {
    world.policy = Policy::of(Profile::High).into();
    for presented in [None, Some("anything"), Some(&*world.issue())] {
        let refused = world.try_open(presented, &by(Scheme::Http), Access::Exclusive).unwrap_err();
        let Refused::Broken(error) = refused else { panic!("expected a sentence, found {refused:?}") };
        assert!(error.is_config() && error.to_string().contains("sidereal.trusted_proxies"), "{error}");
        let local = Request { is_local: true, ..by(Scheme::Http) };
        for admitted in [by(Scheme::Https), REQUEST, local] {
            assert!(world.try_open(presented, &admitted, Access::Exclusive).is_ok());
        }
    }
    let unknown = signals::client(&Sent::default());
    assert_eq!(unknown, Client::UNKNOWN);
}
