//! Rotation: a new ID for the same session, without application code, and without anybody losing anything.

use std::collections::HashSet;
use std::sync::Barrier;
use std::time::Duration;

use parking_lot::Mutex;
use sidereal_core::engine::{Access, Request};
use sidereal_core::event::Kind;
use sidereal_core::policy::{MAX_SIBLINGS, REMINT_EVERY, Regenerate};
use sidereal_core::session::{Denial, Outcome, Snapshot};

use crate::fixture::{MINUTE, Op, REQUEST, World, commit, cookie, elevate, on_every_store, sid};

on_every_store! {
    r22_rotation_is_due_after_the_interval_and_not_before,
    r22_rotation_has_one_winner_among_parallel_requests,
    r21_r22_rotation_goes_on_for_as_long_as_the_session_is_used,
    r68_requests_within_the_interval_keep_their_id,
    rotation_needs_a_cookie_that_can_be_sent,
    rotation_can_be_turned_off,
    r34_an_alias_and_its_successor_lead_to_the_same_record,
    r34_parallel_requests_across_a_rotation_keep_the_session,
    r37_a_superseded_id_is_served_for_the_grace_and_no_longer,
    r38_after_the_grace_a_superseded_id_opens_nothing,
    r37_a_request_that_took_long_on_its_way_leaves_the_cookie_alone,
    r44_a_lost_cookie_is_minted_again,
    r44_any_successor_that_arrives_is_good,
    r44_a_client_that_closed_its_laptop_during_a_rotation_comes_back,
    r16_a_cookie_that_is_lost_for_good_ends_quietly,
    a12_an_old_id_never_yields_its_successor,
    a12_an_id_whose_successor_is_under_way_is_not_sent_again,
    reading_requests_leave_a_rotation_to_the_others,
    an_application_may_rotate_instead_of_elevating,
    an_application_may_regenerate_as_often_as_it_likes,
}

fn r22_rotation_is_due_after_the_interval_and_not_before(world: World) {
    let id = world.begin("cart");
    world.pass(15 * MINUTE - 1);
    assert_eq!(cookie(&world.open(&id)), None);
    world.pass(1);
    let next = cookie(&world.open(&id)).expect("a successor");
    assert_ne!(next, id);
    assert_eq!(world.sees(&next), b"cart");
}

fn r22_rotation_has_one_winner_among_parallel_requests(world: World) {
    let id = world.begin("cart");
    world.pass(15 * MINUTE + 1);
    let cookies = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let session = world.open(&id);
                assert_eq!(session.payload(), b"cart");
                cookies.lock().extend(cookie(&session));
            });
        }
    });
    assert_eq!(cookies.lock().len(), 1);
    assert_eq!(world.events.count(Kind::Renewed), 1);
    assert_eq!(world.stats().pointers, 1);
}

fn r21_r22_rotation_goes_on_for_as_long_as_the_session_is_used(world: World) {
    let mut jar = world.begin("cart");
    let mut seen = HashSet::new();
    for _ in 0..40 {
        jar = world.rotate_and_confirm(&jar);
        assert!(seen.insert(jar.clone()));
        assert_eq!(world.sees(&jar), b"cart");
    }
    assert_eq!(world.rows(), 1);
}

fn r68_requests_within_the_interval_keep_their_id(world: World) {
    let id = world.begin("1");
    for i in 0..14 {
        world.pass(MINUTE);
        assert_eq!(world.write(&id, &format!("{i}")), None);
    }
    assert_eq!(world.events.count(Kind::Renewed), 0);
}

fn rotation_needs_a_cookie_that_can_be_sent(world: World) {
    let id = world.begin("cart");
    world.pass(16 * MINUTE);
    let headers_sent = Request { can_set_cookie: false, ..REQUEST };
    let minted_here = Request { minted_here: true, ..REQUEST };
    for (request, access) in
        [(headers_sent, Access::Exclusive), (minted_here, Access::Exclusive), (REQUEST, Access::ReadOnly)]
    {
        let session = world.try_open(Some(&id), &request, access).unwrap();
        assert_eq!((sid(&session), session.is_replaced()), (id.clone(), false));
    }
    assert_eq!(world.store.calls(Op::Rotate), 0);
    assert!(cookie(&world.open(&id)).is_some());
}

fn rotation_can_be_turned_off(mut world: World) {
    world.set(|policy| policy.rotate = Duration::ZERO);
    let id = world.begin("cart");
    for _ in 0..11 * 4 {
        world.pass(15 * MINUTE);
        assert_eq!(cookie(&world.open(&id)), None);
        let _ = world.open(&id).touch().unwrap();
    }
}

fn r34_an_alias_and_its_successor_lead_to_the_same_record(world: World) {
    let a = world.begin("1");
    let b = world.rotate(&a);
    assert_eq!(world.write(&a, "2"), None);
    assert_eq!(world.write(&b, "3"), None);
    assert_eq!(world.sees(&a), b"3");
    assert_eq!(world.write(&a, "4"), None);
    assert_eq!(world.sees(&b), b"4");
}

/// Fifty requests leave with the cookie of before the rotation; their responses arrive in any order, and the client keeps whatever came last.
fn r34_parallel_requests_across_a_rotation_keep_the_session(mut world: World) {
    world.set(|policy| policy.lock_max_waiters = 60);
    let mut jar = world.begin("cart");
    for arrival in 0..10 {
        world.pass(15 * MINUTE);
        let (barrier, cookies) = (Barrier::new(50), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    barrier.wait();
                    let session = world.open(&jar);
                    assert_eq!((session.payload(), session.denial()), (&b"cart"[..], None));
                    cookies.lock().extend(cookie(&session));
                });
            }
        });
        let mut cookies = cookies.into_inner();
        if !cookies.is_empty() {
            let last = arrival % cookies.len();
            cookies.rotate_left(last);
        }
        jar = cookies.pop().unwrap_or(jar);
        assert_eq!(world.sees(&jar), b"cart");
    }
}

fn r37_a_superseded_id_is_served_for_the_grace_and_no_longer(world: World) {
    let a = world.begin("cart");
    world.rotate_and_confirm(&a);
    world.clock.advance(Duration::from_millis(59_999));
    assert_eq!((world.sees(&a), world.denial(&a)), (b"cart".to_vec(), None));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!((world.sees(&a), world.denial(&a)), (Vec::new(), Some(Denial::Superseded)));
}

fn r38_after_the_grace_a_superseded_id_opens_nothing(world: World) {
    let a = world.begin("cart");
    let b = world.rotate_and_confirm(&a);
    for _ in 0..4 {
        world.pass(MINUTE);
        assert_eq!(world.denial(&a), Some(Denial::Superseded));
        assert_eq!(world.read(&a).denial(), Some(Denial::Superseded));
    }
    assert_eq!((world.events.count(Kind::Superseded), world.events.count(Kind::ObsoleteAccess)), (8, 0));
    assert_eq!(world.sees(&b), b"cart", "the successor goes on");
}

fn r37_a_request_that_took_long_on_its_way_leaves_the_cookie_alone(world: World) {
    let a = world.begin("user");
    let b = world.rotate_and_confirm(&a);
    world.pass(2 * MINUTE);
    let mut late = world.open(&a);
    assert_eq!((late.payload(), late.denial()), (&b""[..], Some(Denial::Superseded)));
    assert!(!late.is_writable() && !late.is_replaced() && !late.may_send_cookie());
    assert!(matches!(late.commit(b"basket").unwrap(), Outcome::Dropped("the client has moved on")));
    drop(late);
    // Whoever is left with the old cookie, by a browser that crashed, can log in all the same.
    let mut again = world.open(&a);
    let c = elevate(&mut again, "user again");
    assert_eq!(cookie(&again), Some(c.clone()));
    drop(again);
    assert_eq!((world.sees(&b), world.sees(&c)), (b"user".to_vec(), b"user again".to_vec()));
}

fn r44_a_lost_cookie_is_minted_again(world: World) {
    let a = world.begin("cart");
    let first = world.rotate(&a);
    world.clock.advance(REMINT_EVERY - Duration::from_millis(1));
    assert_eq!(cookie(&world.open(&a)), None, "at most one every fifteen seconds");
    world.clock.advance(Duration::from_millis(1));
    let second = cookie(&world.open(&a)).expect("a second successor");
    assert_ne!(first, second);
    assert_eq!(cookie(&world.open(&a)), None);
    let mut successors = 2;
    for _ in 0..10 {
        world.clock.advance(REMINT_EVERY);
        successors += u8::from(cookie(&world.open(&a)).is_some());
    }
    assert_eq!(successors, MAX_SIBLINGS);
    assert_eq!(world.sees(&a), b"cart", "the ID in hand goes on");
}

fn r44_any_successor_that_arrives_is_good(world: World) {
    for choice in 0..3 {
        let a = world.begin("cart");
        let mut siblings = vec![world.rotate(&a)];
        for _ in 1..3 {
            world.clock.advance(REMINT_EVERY);
            siblings.push(cookie(&world.open(&a)).unwrap());
        }
        let kept = siblings.remove(choice);
        assert_eq!(world.write(&kept, "order"), None);
        // A response that was slower overwrites the cookie with one of the others: it is as good.
        for late in siblings {
            assert_eq!(world.sees(&late), b"order");
        }
        assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
    }
}

fn r44_a_client_that_closed_its_laptop_during_a_rotation_comes_back(world: World) {
    let a = world.begin("cart");
    world.rotate(&a);
    world.pass(29 * MINUTE);
    let session = world.open(&a);
    assert_eq!((session.payload(), session.denial()), (&b"cart"[..], None));
    assert!(cookie(&session).is_some(), "a new successor");
}

fn r16_a_cookie_that_is_lost_for_good_ends_quietly(world: World) {
    let a = world.begin("cart");
    world.rotate(&a);
    for _ in 0..30 {
        world.pass(MINUTE);
        let _ = world.open(&a).touch().unwrap();
    }
    assert_eq!(world.denial(&a), Some(Denial::LostCookie));
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 0);
}

fn a12_an_old_id_never_yields_its_successor(world: World) {
    let a = world.begin("cart");
    let b = world.rotate_and_confirm(&a);
    for _ in 0..60 {
        let session = world.open(&a);
        assert!(!session.may_send_cookie() && !session.is_replaced());
        assert_eq!(sid(&session), a);
        drop(session);
        world.pass(1);
    }
    for _ in 0..10 {
        let session = world.open(&a);
        assert_eq!(session.payload(), b"");
        assert_ne!(cookie(&session), Some(b.clone()));
        world.pass(MINUTE);
    }
}

fn a12_an_id_whose_successor_is_under_way_is_not_sent_again(world: World) {
    let a = world.begin("cart");
    assert!(world.open(&a).may_send_cookie());
    world.rotate(&a);
    let again = world.open(&a);
    assert!(!again.may_send_cookie() && !again.is_replaced(), "it would overwrite its successor in the client's jar");
}

fn reading_requests_leave_a_rotation_to_the_others(world: World) {
    let a = world.begin("cart");
    let b = world.rotate(&a);
    for _ in 0..3 {
        let session = world.read(&b);
        assert_eq!((session.payload(), session.is_replaced()), (&b"cart"[..], false));
    }
    assert_eq!(world.store.calls(Op::Promote), 0);
    drop(world.open(&b));
    assert_eq!(world.store.calls(Op::Promote), 1);
    assert_eq!(world.sees(&b), b"cart");
}

fn an_application_may_rotate_instead_of_elevating(mut world: World) {
    world.set(|policy| policy.regenerate = Regenerate::Rotate);
    let a = world.begin("cart");
    let mut session = world.open(&a);
    session.elevate(Snapshot::AsRead).unwrap();
    let b = cookie(&session).expect("a new ID");
    session.settle().unwrap();
    commit(&mut session, "order");
    drop(session);
    assert_eq!((world.sees(&a), world.sees(&b)), (b"order".to_vec(), b"order".to_vec()));
    assert_eq!(world.rows(), 1);
    world.pass(MINUTE);
    assert_eq!(world.denial(&a), Some(Denial::Superseded));
}

/// A client without a cookie jar presents the same ID each time, and the application regenerates each time.
fn an_application_may_regenerate_as_often_as_it_likes(mut world: World) {
    world.set(|policy| policy.regenerate = Regenerate::Rotate);
    let a = world.begin("cart");
    for i in 0..300 {
        let mut session = world.open(&a);
        assert_eq!(session.payload(), b"cart", "request {i}");
        session.elevate(Snapshot::AsRead).unwrap();
        commit(&mut session, "cart");
    }
    assert_eq!(world.sees(&a), b"cart");
}
