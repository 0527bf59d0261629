//! Users: log-in, the roster, revoking, the cap, and proof that it is still them.

use std::sync::Barrier;
use std::time::Duration;

use sidereal_core::engine::{Access, Request};
use sidereal_core::event::Kind;
use sidereal_core::id::{Class, Handle, Prefix};
use sidereal_core::policy::{CapReached, LockFailure, OnObsolete};
use sidereal_core::session::{Denial, Outcome, Session, Snapshot};

use crate::fixture::{
    MINUTE, Op, REQUEST, START, World, commit, cookie, elevate, on_every_store, parse, request_of, sid,
};

on_every_store! {
    r24_r25_a_log_in_changes_the_id_and_binds_the_new_one_alone,
    r13_a1_who_planted_an_id_sees_nothing_of_the_log_in,
    r17_r53_the_users_ids_share_a_tag_that_does_not_tell_who_it_is,
    r43_r51_the_roster_shows_the_living_sessions_of_one_user,
    r43_rotation_elevation_and_sweeping_keep_the_roster_true,
    r52_the_roster_is_empty_when_the_rows_are_gone,
    a18_a_prefix_lists_its_own_ids_only,
    r15_a_revoked_session_is_over_at_once,
    r15_the_others_are_signed_out_and_this_one_stays,
    r15_r39_a_user_is_signed_out_everywhere,
    everybody_is_signed_out,
    a27_what_is_revoked_here_is_denied_there_on_the_next_request,
    a14_a_late_writer_does_not_bring_back_what_was_revoked,
    a14_nor_does_one_that_is_elevated_meanwhile,
    a_handle_from_before_an_elevation_still_names_the_device,
    another_users_handle_ends_nothing,
    the_cap_ends_the_session_that_is_closest_to_its_end,
    the_cap_refuses_where_the_policy_says_so,
    a_log_in_that_is_refused_can_be_withdrawn,
    the_cap_holds_among_parallel_log_ins,
    r90_the_absolute_timeout_counts_from_the_log_in,
    r100_a_proof_is_fresh_for_a_while_and_by_its_methods_only,
    r100_a_proof_for_a_scope_is_good_once,
    r100_a_proof_that_can_not_be_written_down_as_used_is_none,
    r65_r100_a_new_proof_is_a_new_id,
    a17_the_payload_does_not_reach_the_binding,
    a_log_in_whose_write_fails_is_none,
    what_cannot_be_a_user_is_refused_with_a_sentence,
    r65_an_elevation_keeps_who_it_is,
    r15_the_alarm_ends_everything_that_came_of_the_log_in,
    r15_r39_the_alarm_ends_all_of_the_users_sessions_where_the_policy_says_so,
    r15_and_where_the_client_is_another_one,
    r70_r73_a_stranger_with_a_superseded_id_raises_the_alarm_at_once,
    the_alarm_ends_nothing_where_the_policy_says_so,
    a11_who_logs_in_over_another_user_is_out_of_their_reach,
    r94_a_log_out_ends_everything_that_came_of_the_log_in,
    a_session_that_is_over_takes_no_room,
    r100_who_read_before_does_not_bring_a_proof_back,
    r100_a_branch_has_no_proof_of_its_own,
    r100_a_proof_is_used_up_although_a_regeneration_dies,
    r15_a_users_snapshot_leads_on_by_a_new_log_in_only,
}

/// Logs `user` in, on the session of `id` or a new one, as PHP does. Answers the new ID.
fn log_in(world: &World, id: Option<&str>, user: &str) -> String {
    let mut session = world.try_open(id, &REQUEST, Access::Exclusive).unwrap();
    bind(&mut session, user)
}

fn bind(session: &mut Session, user: &str) -> String {
    session.login(user.as_bytes(), &["pwd"]).unwrap();
    session.settle().unwrap();
    commit(session, &format!("user={user}"));
    sid(session)
}

fn handle(world: &World, id: &str) -> Handle {
    world.read(id).handle().unwrap()
}

fn handles(world: &World, user: &str) -> Vec<Handle> {
    let roster = world.engine.roster(&world.policy, user.as_bytes()).unwrap();
    roster.into_iter().map(|info| info.handle).collect()
}

fn r24_r25_a_log_in_changes_the_id_and_binds_the_new_one_alone(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    assert!(!session.is_bound() && !session.is_of(b"alice"));
    session.login(b"alice", &["pwd", "otp"]).unwrap();
    let b = sid(&session);
    assert!(a != b && session.is_bound());
    session.settle().unwrap();
    commit(&mut session, "cart,user");
    assert_eq!(cookie(&session), Some(b.clone()));
    drop(session);
    let session = world.open(&b);
    assert!(session.is_of(b"alice") && !session.is_of(b"bob") && !session.is_of(b"alic"));
    let info = session.info().unwrap();
    assert_eq!((info.authenticated, info.methods), (Some(START), vec!["pwd".to_owned(), "otp".to_owned()]));
    drop(session);
    let old = world.open(&a);
    assert_eq!((old.payload(), old.is_bound(), old.info()), (&b"cart"[..], false, None));
    assert_eq!(parse(&b).class(), Class::User);
}

fn r13_a1_who_planted_an_id_sees_nothing_of_the_log_in(world: World) {
    let planted = world.engine.mint(&Prefix::default()).unwrap().expose();
    let b = log_in(&world, Some(&planted), "alice");
    for seconds in [0, 30, 31] {
        world.pass(seconds);
        let thief = world.open(&planted);
        assert!(!thief.is_bound() && thief.payload().is_empty());
    }
    world.open(&planted).logout(true).unwrap();
    assert_eq!((world.sees(&b), handles(&world, "alice").len()), (b"user=alice".to_vec(), 1));
    world.pass(3600);
    let thief = world.open(&planted);
    assert!(!thief.is_bound() && thief.payload().is_empty());
}

fn r17_r53_the_users_ids_share_a_tag_that_does_not_tell_who_it_is(world: World) {
    let user = "alice@example.com";
    let [one, two] = [(), ()].map(|()| log_in(&world, None, user));
    let other = log_in(&world, None, "bob@example.com");
    assert_eq!(parse(&one).tag(), parse(&two).tag());
    assert_ne!(parse(&one).tag(), parse(&other).tag());
    let minted = world.engine.mint_for(user.as_bytes()).unwrap();
    assert_eq!(minted.tag(), parse(&one).tag());
    assert!(!world.open(&minted.expose()).is_bound(), "the tag binds nobody");
    for heard in world.store.heard() {
        assert!(!heard.windows(5).any(|part| part == b"alice"));
    }
}

fn r43_r51_the_roster_shows_the_living_sessions_of_one_user(world: World) {
    let client = request_of("192.0.2.77", "Mozilla/5.0 (X11; Linux) Firefox/140.0");
    let mut session = world.try_open(None, &client, Access::Exclusive).unwrap();
    let first = bind(&mut session, "alice");
    drop(session);
    world.pass(MINUTE);
    let second = log_in(&world, None, "alice");
    log_in(&world, None, "bob");
    world.begin("cart");
    world.pass(5 * MINUTE);
    let _ = world.open(&first).touch().unwrap();
    let roster = world.engine.roster(&world.policy, b"alice").unwrap();
    let [one, two] = &roster[..] else { panic!("expected two sessions, found {roster:?}") };
    assert_eq!((one.handle, two.handle), (handle(&world, &first), handle(&world, &second)));
    assert_eq!((one.created, one.last_seen), (START, START.after(Duration::from_secs(6 * MINUTE))));
    assert_eq!((one.client.network(), one.client.agent()), ("192.0.2.0/24".to_owned(), "Firefox, Linux".to_owned()));
    assert_eq!((two.client.network, two.methods.as_slice()), (None, &["pwd".to_owned()][..]));
    world.pass_span(|policy| policy.idle);
    assert_eq!(handles(&world, "alice"), [], "what has expired is not living");
}

fn r43_rotation_elevation_and_sweeping_keep_the_roster_true(world: World) {
    let mut id = log_in(&world, None, "alice");
    let name = handle(&world, &id);
    id = world.rotate_and_confirm(&id);
    assert_eq!((handles(&world, "alice"), handle(&world, &id)), (vec![name], name));
    id = elevate(&mut world.open(&id), "user=alice;role=admin");
    assert_eq!(handles(&world, "alice"), [handle(&world, &id)]);
    world.pass(3600);
    world.sweep();
    world.open(&id).logout(true).unwrap();
    assert_eq!(handles(&world, "alice"), []);
}

fn r52_the_roster_is_empty_when_the_rows_are_gone(world: World) {
    for _ in 0..3 {
        log_in(&world, None, "alice");
    }
    world.pass_span(|policy| policy.absolute * 2);
    for _ in 0..3 {
        world.sweep();
        world.pass(3600);
    }
    assert_eq!((world.rows(), handles(&world, "alice")), (0, vec![]));
}

fn a18_a_prefix_lists_its_own_ids_only(world: World) {
    let prefixed = |prefix: &[u8]| {
        let id = world.engine.mint(&Prefix::new(prefix).unwrap()).unwrap().expose();
        assert_eq!(world.write(&id, "data"), None);
        handle(&world, &id)
    };
    let (one, twelve) = (prefixed(b"u1-"), prefixed(b"u12-"));
    world.begin("no prefix");
    for (prefix, expected) in
        [(&b"u1-"[..], vec![one]), (b"u12-", vec![twelve]), (b"u", vec![]), (b"u1", vec![]), (b"", vec![])]
    {
        let roster = world.engine.roster_of_prefix(&world.policy, &Prefix::new(prefix).unwrap()).unwrap();
        assert_eq!(roster.into_iter().map(|info| info.handle).collect::<Vec<_>>(), expected);
    }
}

fn r15_a_revoked_session_is_over_at_once(world: World) {
    let a = world.begin("cart");
    let phone = log_in(&world, Some(&a), "alice");
    let laptop = log_in(&world, None, "alice");
    let name = handle(&world, &phone);
    assert!(world.engine.revoke(&world.policy, b"alice", &name).unwrap());
    assert_eq!(world.denial(&phone), Some(Denial::Revoked));
    assert_eq!(world.denial(&a), Some(Denial::Revoked), "what it was elevated from is over, too");
    assert_eq!(world.sees(&laptop), b"user=alice");
    assert_eq!(handles(&world, "alice"), [handle(&world, &laptop)]);
    assert!(!world.engine.revoke(&world.policy, b"alice", &name).unwrap(), "once");
    assert_eq!(world.events.count(Kind::Revoked), 1);
}

fn r15_the_others_are_signed_out_and_this_one_stays(world: World) {
    let ids = [(), (), ()].map(|()| log_in(&world, None, "alice"));
    let bob = log_in(&world, None, "bob");
    let here = handle(&world, &ids[1]);
    assert_eq!(world.engine.revoke_others(&world.policy, b"alice", &here).unwrap(), 2);
    assert_eq!(ids.each_ref().map(|id| world.denial(id).is_some()), [true, false, true]);
    assert_eq!((world.sees(&bob), handles(&world, "alice")), (b"user=bob".to_vec(), vec![here]));
}

fn r15_r39_a_user_is_signed_out_everywhere(world: World) {
    let cart = world.begin("cart");
    let ids = [None, Some(cart.as_str()), None].map(|id| log_in(&world, id, "alice"));
    let bob = log_in(&world, None, "bob");
    assert!(world.engine.revoke_user(&world.policy, b"alice").unwrap() >= 3);
    for id in ids.iter().chain([&cart]) {
        assert_eq!(world.denial(id), Some(Denial::Revoked));
    }
    assert_eq!((world.sees(&bob), handles(&world, "alice")), (b"user=bob".to_vec(), vec![]));
    log_in(&world, None, "alice");
    assert_eq!(handles(&world, "alice").len(), 1, "and may log in again");
}

fn everybody_is_signed_out(world: World) {
    let ids = [log_in(&world, None, "alice"), log_in(&world, None, "bob"), world.begin("cart")];
    assert_eq!(world.engine.revoke_all(&world.policy).unwrap(), 3);
    for id in &ids {
        assert_eq!(world.denial(id), Some(Denial::Revoked));
    }
    log_in(&world, None, "alice");
    assert_eq!(handles(&world, "alice").len(), 1);
}

fn a27_what_is_revoked_here_is_denied_there_on_the_next_request(world: World) {
    let there = world.second_process(0);
    let id = log_in(&world, None, "alice");
    assert_eq!(there.sees(&id), b"user=alice");
    world.engine.revoke_user(&world.policy, b"alice").unwrap();
    assert_eq!(there.denial(&id), Some(Denial::Revoked));
}

fn a14_a_late_writer_does_not_bring_back_what_was_revoked(world: World) {
    let id = log_in(&world, None, "alice");
    let mut late = world.open(&id);
    world.engine.revoke_user(&world.policy, b"alice").unwrap();
    assert!(matches!(late.commit(b"user=alice;late").unwrap(), Outcome::Dropped(_)));
    drop(late);
    assert_eq!((world.denial(&id), handles(&world, "alice")), (Some(Denial::Revoked), vec![]));
}

fn a14_nor_does_one_that_is_elevated_meanwhile(world: World) {
    let id = log_in(&world, None, "alice");
    let mut late = world.open(&id);
    late.reauthenticated(&["pwd"], &[]).unwrap();
    world.engine.revoke_user(&world.policy, b"alice").unwrap();
    let _ = late.commit(b"user=alice;late").unwrap();
    let elevated = sid(&late);
    assert_eq!(cookie(&late), None);
    drop(late);
    assert!(world.denial(&elevated).is_some());
    assert_eq!(handles(&world, "alice"), []);
}

fn a_handle_from_before_an_elevation_still_names_the_device(world: World) {
    let id = log_in(&world, None, "alice");
    let shown = handle(&world, &id);
    let later = elevate(&mut world.open(&id), "user=alice;admin");
    assert!(world.engine.revoke(&world.policy, b"alice", &shown).unwrap());
    assert_eq!(world.denial(&later), Some(Denial::Revoked));
}

fn another_users_handle_ends_nothing(world: World) {
    let id = log_in(&world, None, "alice");
    let name = handle(&world, &id);
    assert!(!world.engine.revoke(&world.policy, b"bob", &name).unwrap());
    assert!(!world.engine.revoke(&world.policy, b"alice", &Handle([7; 16])).unwrap());
    assert_eq!(world.engine.revoke_others(&world.policy, b"bob", &name).unwrap(), 0);
    assert_eq!(world.sees(&id), b"user=alice");
    assert_eq!(world.engine.revoke_others(&world.policy, b"alice", &Handle([7; 16])).unwrap(), 1, "keeps nothing");
}

fn the_cap_ends_the_session_that_is_closest_to_its_end(mut world: World) {
    world.set(|policy| policy.sessions_per_user = 2);
    let [first, second] = [(), ()].map(|()| {
        world.pass(MINUTE);
        log_in(&world, None, "alice")
    });
    world.pass(5 * MINUTE);
    let _ = world.open(&first).touch().unwrap();
    let third = log_in(&world, None, "alice");
    assert_eq!(world.denial(&second), Some(Denial::Revoked), "it was used less recently");
    assert_eq!((world.sees(&first), world.sees(&third)), (b"user=alice".to_vec(), b"user=alice".to_vec()));
    // Proving it once more takes no room.
    let again = {
        let mut session = world.open(&third);
        session.reauthenticated(&["pwd"], &[]).unwrap();
        commit(&mut session, "user=alice");
        sid(&session)
    };
    assert_eq!((world.sees(&first), world.sees(&again)), (b"user=alice".to_vec(), b"user=alice".to_vec()));
}

fn the_cap_refuses_where_the_policy_says_so(mut world: World) {
    world.set(|policy| {
        policy.sessions_per_user = 1;
        policy.cap_reached = CapReached::Refuse;
    });
    let first = log_in(&world, None, "alice");
    let mut session = world.open(&world.begin("cart"));
    session.login(b"alice", &["pwd"]).unwrap();
    let error = session.settle().unwrap_err();
    assert!(error.is_crowded() && !error.to_string().contains("alice"), "{error}");
    assert_eq!(cookie(&session), None, "an ID that leads nowhere is not sent");
    drop(session);
    assert_eq!((world.sees(&first), world.events.count(Kind::TooManySessions)), (b"user=alice".to_vec(), 1));
    world.pass_span(|policy| policy.idle);
    log_in(&world, None, "alice");
}

fn a_log_in_that_is_refused_can_be_withdrawn(mut world: World) {
    world.set(|policy| {
        policy.sessions_per_user = 1;
        policy.cap_reached = CapReached::Refuse;
    });
    log_in(&world, None, "alice");
    let id = world.begin("cart");
    let mut session = world.open(&id);
    assert!(!session.withdraw(), "nothing is pending");
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap_err();
    assert!(session.withdraw() && !session.is_bound());
    assert_eq!((sid(&session), cookie(&session)), (id.clone(), None));
    commit(&mut session, "cart+tea");
    drop(session);
    assert_eq!(world.sees(&id), b"cart+tea");

    // An elevation that was pending already is pending again.
    let mut session = world.visit();
    session.elevate(Snapshot::AsRead).unwrap();
    let elevated = sid(&session);
    session.login(b"alice", &["pwd"]).unwrap();
    session.settle().unwrap_err();
    session.withdraw();
    assert_eq!(sid(&session), elevated);
    commit(&mut session, "cart");
    drop(session);
    assert_eq!(world.sees(&elevated), b"cart");
}

fn the_cap_holds_among_parallel_log_ins(mut world: World) {
    world.set(|policy| {
        policy.sessions_per_user = 3;
        policy.cap_reached = CapReached::Refuse;
    });
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut session = world.visit();
                session.login(b"alice", &["pwd"]).unwrap();
                barrier.wait();
                let _ = session.settle();
            });
        }
    });
    assert_eq!(handles(&world, "alice").len(), 3);
}

fn r90_the_absolute_timeout_counts_from_the_log_in(world: World) {
    let mut id = world.begin("cart");
    let step = world.policy.idle.as_secs() - MINUTE;
    let keep_alive = |id: &mut String| {
        world.pass(step);
        let session = world.open(id);
        if let Some(next) = cookie(&session) {
            *id = next;
        }
        session.denial()
    };
    for _ in 0..12 {
        assert_eq!(keep_alive(&mut id), None);
    }
    id = log_in(&world, Some(&id), "alice");
    for _ in 0..20 {
        assert_eq!(keep_alive(&mut id), None);
    }
    assert!((0..20).any(|_| keep_alive(&mut id) == Some(Denial::Absolute)));
}

fn r100_a_proof_is_fresh_for_a_while_and_by_its_methods_only(world: World) {
    let (age, id) = (Duration::from_secs(300), log_in(&world, None, "alice"));
    assert!(world.read(&id).is_fresh(age, None, None));
    assert!(world.read(&id).is_fresh(age, Some("pwd"), None));
    assert!(!world.read(&id).is_fresh(age, Some("otp"), None));
    world.pass(300);
    assert!(world.read(&id).is_fresh(age, None, None));
    world.pass(1);
    assert!(!world.read(&id).is_fresh(age, None, None), "the window is absolute: use does not extend it");
    assert!(!world.read(&world.begin("cart")).is_fresh(age, None, None));
    world.clock.jump(-3_600_000);
    assert!(!world.second_process(0).read(&id).is_fresh(age, None, None), "a clock that goes back extends nothing");
}

fn r100_a_proof_for_a_scope_is_good_once(world: World) {
    let (age, id) = (Duration::from_secs(300), log_in(&world, None, "alice"));
    assert!(!world.open(&id).is_fresh(age, None, Some("delete-account")), "a log-in is no proof for a scope");
    let mut session = world.open(&id);
    session.reauthenticated(&["pwd"], &["delete-account", "export"]).unwrap();
    session.settle().unwrap();
    commit(&mut session, "user=alice");
    let id = sid(&session);
    drop(session);
    let mut session = world.open(&id);
    assert!(session.is_fresh(age, None, Some("delete-account")));
    assert!(!session.is_fresh(age, None, Some("delete-account")));
    // It is used up although the request dies.
    drop(session);
    assert!(!world.open(&id).is_fresh(age, None, Some("delete-account")));
    let mut session = world.open(&id);
    assert!(session.is_fresh(age, Some("pwd"), Some("export")));
    commit(&mut session, "user=alice;exported");
    drop(session);
    assert!(!world.open(&id).is_fresh(age, None, Some("export")));
    assert_eq!(world.sees(&id), b"user=alice;exported");
}

fn r100_a_proof_that_can_not_be_written_down_as_used_is_none(world: World) {
    let (age, id) = (Duration::from_secs(300), log_in(&world, None, "alice"));
    let mut session = world.open(&id);
    session.reauthenticated(&["pwd"], &["pay"]).unwrap();
    commit(&mut session, "user=alice");
    let id = sid(&session);
    drop(session);
    assert!(!world.read(&id).is_fresh(age, None, Some("pay")), "read-only");
    let mut session = world.open(&id);
    world.store.fail(&[Op::Amend]);
    assert!(!session.is_fresh(age, None, Some("pay")));
    world.store.fail(&[]);
    assert!(session.is_fresh(age, None, Some("pay")));
}

fn r65_r100_a_new_proof_is_a_new_id(world: World) {
    let a = log_in(&world, None, "alice");
    world.pass(3600 / 4);
    let mut session = world.open(&a);
    session.reauthenticated(&["otp"], &[]).unwrap();
    assert_ne!(sid(&session), a);
    assert!(session.is_of(b"alice") && session.is_fresh(Duration::from_secs(1), Some("otp"), None));
    commit(&mut session, "user=alice;fresh");
    let b = sid(&session);
    drop(session);
    assert_eq!(world.sees(&a), b"user=alice", "the snapshot");
    assert!(!world.open(&a).is_fresh(Duration::from_secs(9999), None, None), "which proves nothing");
    assert_eq!(handles(&world, "alice"), [handle(&world, &b)]);
    let error = world.open(&world.begin("cart")).reauthenticated(&["pwd"], &[]).unwrap_err();
    assert!(error.is_config(), "{error}");
}

fn a17_the_payload_does_not_reach_the_binding(world: World) {
    let id = world.begin("user=alice;authenticated=1");
    assert!(!world.open(&id).is_bound());
    let id = log_in(&world, Some(&id), "alice");
    for payload in ["", "user=bob"] {
        world.write(&id, payload);
        assert!(world.open(&id).is_of(b"alice"));
    }
    let id = log_in(&world, Some(&id), "bob");
    assert!(world.open(&id).is_of(b"bob") && !world.open(&id).is_of(b"alice"));
    assert_eq!((handles(&world, "alice"), handles(&world, "bob")), (vec![], vec![handle(&world, &id)]));
}

fn a_log_in_whose_write_fails_is_none(world: World) {
    let a = world.begin("cart");
    let mut session = world.open(&a);
    session.login(b"alice", &["pwd"]).unwrap();
    world.store.fail(&[Op::Elevate]);
    assert!(session.settle().unwrap_err().is_store());
    assert!(session.commit(b"cart,user").unwrap_err().is_store());
    world.store.fail(&[]);
    drop(session);
    assert_eq!((world.sees(&a), handles(&world, "alice")), (b"cart".to_vec(), vec![]));
}

fn what_cannot_be_a_user_is_refused_with_a_sentence(world: World) {
    let id = world.begin("cart");
    let mut session = world.open(&id);
    for user in [&b""[..], &[b'x'; 256], &vec![b'x'; 1 << 20], b"al\0ice"] {
        let errors = [
            session.login(user, &[]).map(drop).unwrap_err(),
            world.engine.roster(&world.policy, user).map(drop).unwrap_err(),
            world.engine.revoke_user(&world.policy, user).map(drop).unwrap_err(),
            world.engine.mint_for(user).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_config() && error.to_string().starts_with("expected a user ID"), "{error}");
        }
    }
    for methods in [&["with space"][..], &[""], &["ä"], &["x"; 17]] {
        assert!(session.login(b"alice", methods).unwrap_err().is_config());
    }
    assert_eq!((sid(&session), session.is_bound()), (id, false));
}

fn r65_an_elevation_keeps_who_it_is(world: World) {
    let id = log_in(&world, None, "alice");
    let proved = world.read(&id).info().unwrap().authenticated;
    world.pass(MINUTE);
    let id = elevate(&mut world.open(&id), "user=alice;admin");
    let session = world.open(&id);
    assert!(session.is_of(b"alice"));
    assert_eq!(session.info().unwrap().authenticated, proved);
}

fn home() -> Request<'static> {
    request_of("192.0.2.1", "Firefox/140 Linux")
}

fn elsewhere() -> Request<'static> {
    request_of("203.0.113.1", "Chrome/140 Windows")
}

/// Two sessions of Alice, and the ID that the first one had before a rotation or elevation that has been confirmed.
fn stolen(world: &World, elevate_it: bool) -> (String, String, String) {
    let mut session = world.try_open(None, &home(), Access::Exclusive).unwrap();
    let old = bind(&mut session, "alice");
    drop(session);
    let new = if elevate_it {
        let new = elevate(&mut world.open(&old), "user=alice;sudo");
        world.sees(&new);
        new
    } else {
        world.rotate_and_confirm(&old)
    };
    (old, new, log_in(world, None, "alice"))
}

fn r15_the_alarm_ends_everything_that_came_of_the_log_in(world: World) {
    for elevate_it in [false, true] {
        let (old, new, other) = stolen(&world, elevate_it);
        world.pass_span(|policy| policy.alarm_after);
        assert_eq!(world.denial(&old), Some(Denial::Obsolete));
        assert_eq!((world.denial(&new), world.denial(&other)), (Some(Denial::Revoked), None));
    }
}

fn r15_r39_the_alarm_ends_all_of_the_users_sessions_where_the_policy_says_so(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::RevokeUser);
    let (old, new, other) = stolen(&world, false);
    let bob = log_in(&world, None, "bob");
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(&old), Some(Denial::Obsolete));
    assert_eq!([&new, &other, &bob].map(|id| world.denial(id).is_some()), [true, true, false]);
    // An anonymous ID reaches nobody.
    let cart = world.begin("cart");
    let cara = log_in(&world, Some(&cart), "cara");
    world.sees(&cara);
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!((world.denial(&cart), world.denial(&cara)), (Some(Denial::Obsolete), None));
}

fn r15_and_where_the_client_is_another_one(world: World) {
    let (old, new, other) = stolen(&world, false);
    world.pass_span(|policy| policy.alarm_after);
    let thief = world.try_open(Some(&old), &elsewhere(), Access::Exclusive).unwrap();
    assert_eq!(thief.denial(), Some(Denial::Obsolete));
    drop(thief);
    assert_eq!([&new, &other].map(|id| world.denial(id).is_some()), [true, true]);
}

fn r70_r73_a_stranger_with_a_superseded_id_raises_the_alarm_at_once(world: World) {
    let (old, new, _) = stolen(&world, false);
    world.pass_span(|policy| policy.grace);
    let open = |request: &Request<'_>| world.try_open(Some(&old), request, Access::Exclusive).unwrap().denial();
    assert_eq!(open(&home()), Some(Denial::Superseded));
    for one in [request_of("203.0.113.1", "Firefox/140 Linux"), request_of("192.0.2.1", "Chrome/140 Windows")] {
        assert_eq!(open(&one), Some(Denial::Superseded), "one signal alone accuses nobody");
    }
    assert_eq!(open(&elsewhere()), Some(Denial::Obsolete));
    assert_eq!(world.denial(&new), Some(Denial::Revoked));
}

fn the_alarm_ends_nothing_where_the_policy_says_so(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Deny);
    let (old, new, _) = stolen(&world, false);
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!((world.denial(&old), world.denial(&new)), (Some(Denial::Obsolete), None));
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 1);
}

fn a11_who_logs_in_over_another_user_is_out_of_their_reach(world: World) {
    let mallory = log_in(&world, None, "mallory");
    let alice = log_in(&world, Some(&mallory), "alice");
    world.sees(&alice);
    world.open(&mallory).logout(true).unwrap();
    world.pass_span(|policy| policy.alarm_after);
    let _ = world.denial(&mallory);
    world.engine.revoke_user(&world.policy, b"mallory").unwrap();
    assert_eq!(world.sees(&alice), b"user=alice");
}

fn r94_a_log_out_ends_everything_that_came_of_the_log_in(world: World) {
    let a = log_in(&world, None, "alice");
    let b = elevate(&mut world.open(&a), "user=alice;sudo");
    world.open(&a).logout(true).unwrap();
    assert!(world.denial(&b).is_some());
    assert_eq!(handles(&world, "alice"), []);
}

fn a_session_that_is_over_takes_no_room(mut world: World) {
    for reached in [CapReached::Refuse, CapReached::Evict] {
        world.set(|policy| {
            policy.sessions_per_user = 2;
            policy.cap_reached = reached;
            policy.absolute = policy.idle * 4;
        });
        let mut first = log_in(&world, None, "alice");
        let step = world.policy.absolute / 6;
        for _ in 0..5 {
            world.clock.advance(step);
            let session = world.open(&first);
            first = cookie(&session).unwrap_or(first);
            drop(session);
            world.sees(&first);
        }
        let second = log_in(&world, None, "alice");
        world.clock.advance(step);
        assert_eq!(world.denial(&first), Some(Denial::Absolute));
        log_in(&world, None, "alice");
        assert_eq!((world.denial(&second), handles(&world, "alice").len()), (None, 2), "{reached:?}");
        world.engine.revoke_all(&world.policy).unwrap();
    }
}

/// A session of Alice with a proof for one payment.
fn proved(world: &World) -> String {
    let mut session = world.visit();
    session.login(b"alice", &["pwd"]).unwrap();
    session.reauthenticated(&["pwd"], &["pay"]).unwrap();
    commit(&mut session, "user=alice");
    sid(&session)
}

fn pays(session: &mut Session) -> bool {
    session.is_fresh(Duration::from_secs(9999), None, Some("pay"))
}

fn r100_who_read_before_does_not_bring_a_proof_back(mut world: World) {
    world.set(|policy| {
        policy.lock_wait = Duration::ZERO;
        policy.lock_failure = LockFailure::ReadOnly;
    });
    let id = proved(&world);
    let mut holder = world.open(&id);
    let mut reader = world.open(&id);
    assert!(reader.lock_notice().is_some() && pays(&mut holder));
    drop(holder);
    world.pass_span(|policy| policy.touch);
    let _ = reader.touch().unwrap();
    drop(reader);
    assert!(!pays(&mut world.open(&id)));
}

fn r100_a_branch_has_no_proof_of_its_own(mut world: World) {
    world.set(|policy| {
        policy.lock_wait = Duration::ZERO;
        policy.lock_failure = LockFailure::ReadOnly;
    });
    let id = proved(&world);
    let holder = world.open(&id);
    let branch = elevate(&mut world.open(&id), "user=alice;branch");
    drop(holder);
    assert!(world.read(&branch).is_of(b"alice"));
    assert!(pays(&mut world.open(&id)) && !pays(&mut world.open(&branch)));
}

fn r100_a_proof_is_used_up_although_a_regeneration_dies(world: World) {
    let id = proved(&world);
    let mut session = world.open(&id);
    session.elevate(Snapshot::AsRead).unwrap();
    assert!(pays(&mut session));
    drop(session);
    assert!(!pays(&mut world.open(&id)));
}

fn r15_a_users_snapshot_leads_on_by_a_new_log_in_only(world: World) {
    let stolen = log_in(&world, None, "alice");
    let new = elevate(&mut world.open(&stolen), "user=alice;sudo");
    let mut thief = world.open(&stolen);
    assert_eq!(thief.payload(), b"user=alice");
    thief.elevate(Snapshot::AsRead).unwrap();
    thief.settle().unwrap();
    assert_eq!(cookie(&thief), None, "an ID that leads nowhere is not sent");
    assert!(matches!(thief.commit(b"user=alice;thief").unwrap(), Outcome::Dropped(_)));
    let branch = sid(&thief);
    drop(thief);
    assert!(world.denial(&branch).is_some());
    assert_eq!((world.sees(&new), handles(&world, "alice")), (b"user=alice;sudo".to_vec(), vec![handle(&world, &new)]));
    // Who proves who they are gets a session of their own, which is on the roster.
    log_in(&world, Some(&stolen), "alice");
    assert_eq!(handles(&world, "alice").len(), 2);
    world.engine.revoke_user(&world.policy, b"alice").unwrap();
    assert_eq!(handles(&world, "alice"), []);
}
