//! What an alarm keeps (R14), and taking the log-in from sessions instead of ending them (R15, R39).

use std::time::Duration;

use sidereal_core::engine::{Access, Request};
use sidereal_core::event::Kind;
use sidereal_core::evidence::{Evidence, Exhibit, Of, Payloads};
use sidereal_core::id::Handle;
use sidereal_core::incident::{Cause, Response};
use sidereal_core::keys::Keyring;
use sidereal_core::policy::OnObsolete;
use sidereal_core::session::{Denial, Outcome, Session, Snapshot};
use sidereal_core::store::evidence::Which;

use crate::fixture::{APPLICATION, MINUTE, Op, REQUEST, World, commit, cookie, on_every_store, request_of, sid};

on_every_store! {
    r14_an_alarm_keeps_all_of_the_users_sessions,
    r14_evidence_tells_who_and_why_and_what_was_done,
    r14_an_anonymous_session_leaves_evidence_as_well,
    r14_evidence_is_kept_where_nothing_ends,
    r14_one_incident_is_kept_once,
    r14_where_the_evidence_cannot_be_kept_nothing_is_half_done,
    r14_r42_evidence_goes_when_its_time_is_up,
    r14_without_a_retention_nothing_is_kept,
    r14_evidence_is_purged_by_name_and_by_user,
    r14_evidence_is_exported_as_json,
    r53_evidence_does_not_tell_who_the_user_is,
    a34_damaged_evidence_is_left_out,
    r15_r39_unauthenticate_takes_every_log_in_and_leaves_the_data,
    r15_an_unauthenticated_session_gets_a_new_id,
    r15_a_door_that_cannot_strip_gets_nothing,
    r15_what_is_not_stripped_yet_stays_marked_through_an_elevation,
    r15_what_has_nothing_to_strip_is_not_looked_at_again,
    r15_who_logs_in_again_is_logged_in,
    a11_an_obsolete_id_unauthenticates_once,
    a14_a_late_writer_does_not_bring_back_the_log_in,
    a14_nor_does_a_branch_of_what_was_read_before,
    a12_who_planted_an_id_takes_no_log_in_away,
    r52_unauthenticated_sessions_are_on_no_roster,
}

const ALICE: &[u8] = b"alice";

fn log_in(world: &World, id: Option<&str>, payload: &str) -> String {
    let mut session = world.try_open(id, &REQUEST, Access::Exclusive).unwrap();
    session.login(ALICE, &["pwd"]).unwrap();
    session.settle().unwrap();
    commit(&mut session, payload);
    sid(&session)
}

/// A session of Alice's whose first ID was stolen: the obsolete one and the one that the client has.
fn stolen(world: &World) -> (String, String) {
    let stolen = log_in(world, None, "user=alice;cart=1");
    let jar = world.rotate_and_confirm(&stolen);
    (stolen, jar)
}

/// The alarm.
fn use_late(world: &World, obsolete: &str) {
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(obsolete), Some(Denial::Obsolete));
}

fn all(world: &World) -> Vec<Evidence> {
    world.engine.evidence(&Of::Everybody, 100).unwrap()
}

fn exhibits(world: &World, of: &Evidence) -> Vec<Exhibit> {
    world.engine.exhibits(&of.handle).unwrap()
}

fn payloads(world: &World, of: &Evidence) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> =
        exhibits(world, of).iter().filter_map(|exhibit| world.engine.exhibited_payload(exhibit)).collect();
    found.sort();
    found
}

fn roster(world: &World) -> usize {
    world.engine.roster(&world.policy, ALICE).unwrap().len()
}

fn unauthenticate(world: &mut World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Unauthenticate);
}

fn handle(world: &World, id: &str) -> Handle {
    world.read(id).handle().unwrap()
}

fn r14_an_alarm_keeps_all_of_the_users_sessions(world: World) {
    let (obsolete, jar) = stolen(&world);
    let other = log_in(&world, None, "user=alice;cart=2");
    let mut expected = [handle(&world, &jar), handle(&world, &other)];
    expected.sort();
    use_late(&world, &obsolete);
    let found = all(&world);
    assert_eq!(found.len(), 1);
    let kept = exhibits(&world, &found[0]);
    let mut names: Vec<Handle> = kept.iter().map(|exhibit| exhibit.info.handle).collect();
    names.sort();
    assert_eq!(names, expected, "although the other one goes on");
    assert_eq!(world.sees(&other), b"user=alice;cart=2");
    assert_eq!(payloads(&world, &found[0]), [b"user=alice;cart=1".to_vec(), b"user=alice;cart=2".to_vec()]);
    for exhibit in &kept {
        assert_eq!((exhibit.info.methods.as_slice(), exhibit.superseded), (&["pwd".to_owned()][..], false));
        assert_eq!((&exhibit.user, exhibit.info.authenticated.is_some()), (&found[0].user, true));
    }
    assert_eq!(world.engine.evidence(&Of::User(ALICE), 9).unwrap(), found);
    assert_eq!(world.engine.evidence(&Of::User(b"bob"), 9).unwrap(), []);
    assert_eq!(world.engine.evidence(&Of::Session(found[0].session), 9).unwrap(), found);
    assert_eq!(world.engine.evidence(&Of::Incident(found[0].handle), 9).unwrap(), found);
}

fn r14_evidence_tells_who_and_why_and_what_was_done(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::RevokeUser);
    let home = request_of("192.0.2.7", "Firefox/1 Linux");
    let away = request_of("203.0.113.9", "Chrome/1 Windows");
    let visit = |id: Option<&str>, request: &Request<'_>| world.try_open(id, request, Access::Exclusive).unwrap();
    for (thief, cause, waits) in [(&home, Cause::Late, true), (&away, Cause::Stranger, false)] {
        world.events.clear();
        let mut session = visit(None, &home);
        session.login(ALICE, &["pwd"]).unwrap();
        commit(&mut session, "user");
        let obsolete = sid(&session);
        drop(session);
        world.pass_span(|policy| policy.rotate);
        let jar = cookie(&visit(Some(&obsolete), &home)).unwrap();
        drop(visit(Some(&jar), &home));
        world.pass_span(|policy| if waits { policy.alarm_after } else { policy.grace });
        assert_eq!(visit(Some(&obsolete), thief).denial(), Some(Denial::Obsolete));
        let found = all(&world).remove(0);
        assert_eq!((found.cause, found.response), (cause, Response::RevokeUser));
        assert_eq!(found.client.network(), if waits { "192.0.2.0/24" } else { "203.0.113.0/24" });
        assert_eq!(found.reference, world.events.of(Kind::ObsoleteAccess)[0].session);
        assert_eq!(exhibits(&world, &found)[0].info.client.agent(), "Firefox, Linux");
        assert_eq!(found.at, world.events.of(Kind::ObsoleteAccess)[0].at);
    }
}

fn r14_an_anonymous_session_leaves_evidence_as_well(world: World) {
    let obsolete = world.begin("cart");
    world.rotate_and_confirm(&obsolete);
    use_late(&world, &obsolete);
    let found = all(&world).remove(0);
    assert_eq!((&found.user, found.response), (&None, Response::RevokeFamily));
    assert_eq!(payloads(&world, &found), [b"cart".to_vec()]);
}

fn r14_evidence_is_kept_where_nothing_ends(mut world: World) {
    world.set(|policy| policy.on_obsolete = OnObsolete::Deny);
    let (obsolete, jar) = stolen(&world);
    for _ in 0..20 {
        use_late(&world, &obsolete);
        commit(&mut world.open_late(&jar), "user=alice;cart=changed");
    }
    let found = all(&world);
    assert_eq!((found.len(), found[0].response), (1, Response::Deny));
    assert_eq!(payloads(&world, &found[0]), [b"user=alice;cart=1".to_vec()], "as it was at the first alarm");
}

fn r14_one_incident_is_kept_once(world: World) {
    let (obsolete, _) = stolen(&world);
    use_late(&world, &obsolete);
    for _ in 0..50 {
        assert_eq!(world.denial(&obsolete), Some(Denial::Revoked));
    }
    assert_eq!(all(&world).len(), 1);
}

fn r14_where_the_evidence_cannot_be_kept_nothing_is_half_done(world: World) {
    let (obsolete, jar) = stolen(&world);
    world.pass_span(|policy| policy.alarm_after);
    world.store.fail(&[Op::Raise]);
    assert!(world.try_open(Some(&obsolete), &REQUEST, Access::Exclusive).is_err());
    world.store.fail(&[]);
    assert_eq!((all(&world), world.sees(&jar)), (vec![], b"user=alice;cart=1".to_vec()));
    assert_eq!(world.denial(&obsolete), Some(Denial::Obsolete), "the next use tries again");
    assert_eq!((all(&world).len(), world.denial(&jar)), (1, Some(Denial::Revoked)));
}

fn r14_r42_evidence_goes_when_its_time_is_up(mut world: World) {
    world.set(|policy| policy.evidence = Duration::from_secs(40 * MINUTE));
    let (obsolete, _) = stolen(&world);
    use_late(&world, &obsolete);
    world.pass(39 * MINUTE);
    world.sweep();
    assert_eq!(all(&world).len(), 1);
    world.pass(MINUTE);
    assert_eq!(all(&world), [], "although nobody has swept");
    world.sweep();
    assert_eq!(world.store.inner.incidents(&Which::All, 9).unwrap(), []);
}

fn r14_without_a_retention_nothing_is_kept(mut world: World) {
    world.set(|policy| policy.evidence = Duration::ZERO);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    assert_eq!((all(&world), world.denial(&jar)), (vec![], Some(Denial::Revoked)));
}

fn r14_evidence_is_purged_by_name_and_by_user(world: World) {
    for _ in 0..3 {
        use_late(&world, &stolen(&world).0);
    }
    let first = all(&world).remove(0).handle;
    assert_eq!(world.engine.purge_evidence(&Of::Incident(first)).unwrap(), 1);
    assert_eq!(world.engine.exhibits(&first).unwrap().len(), 0);
    assert_eq!(world.engine.purge_evidence(&Of::User(b"bob")).unwrap(), 0);
    assert_eq!(world.engine.purge_evidence(&Of::User(ALICE)).unwrap(), 2);
    assert_eq!(all(&world), []);
    assert!(world.engine.purge_evidence(&Of::User(b"")).unwrap_err().is_config());
}

fn r14_evidence_is_exported_as_json(world: World) {
    let (obsolete, _) = stolen(&world);
    use_late(&world, &obsolete);
    let found = all(&world).remove(0);
    let bare = world.engine.evidence_json(&found.handle, Payloads::LeftOut).unwrap().unwrap();
    let whole = world.engine.evidence_json(&found.handle, Payloads::Opened).unwrap().unwrap();
    for part in [
        format!(r#""handle":"{}""#, found.handle),
        r#""cause":"late","response":"revoke_family""#.to_owned(),
        r#""methods":["pwd"]"#.to_owned(),
        r#""state":"authenticated","superseded":false"#.to_owned(),
    ] {
        assert!(bare.contains(&part), "{part} in {bare}");
    }
    // base64("user=alice;cart=1")
    let payload = r#","payload":"dXNlcj1hbGljZTtjYXJ0PTE=""#;
    assert!(whole.contains(payload) && !bare.contains("payload"), "{whole}");
    assert_eq!(whole.replace(payload, ""), bare);
    let nobody = Handle([9; 16]);
    assert_eq!(world.engine.evidence_json(&nobody, Payloads::Opened).unwrap(), None);
}

fn r53_evidence_does_not_tell_who_the_user_is(world: World) {
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    let found = all(&world).remove(0);
    let text = format!(
        "{found:?} {:?} {}",
        exhibits(&world, &found),
        world.engine.evidence_json(&found.handle, Payloads::LeftOut).unwrap().unwrap()
    );
    for secret in ["alice", &obsolete, &jar] {
        assert!(!text.contains(secret), "{text}");
    }
    let kept = world.store.inner.exhibits(&found.handle).unwrap();
    let sealed = &world.store.inner.incidents(&Which::All, 9).unwrap()[0].sealed;
    for bytes in kept.iter().flat_map(|row| [Some(&row.meta), row.payload.as_ref()]).flatten().chain([sealed]) {
        assert!(!bytes.windows(5).any(|window| window == ALICE), "sealed in the store");
    }
}

fn a34_damaged_evidence_is_left_out(world: World) {
    use_late(&world, &stolen(&world).0);
    let incident = world.store.inner.incidents(&Which::All, 9).unwrap().remove(0);
    let opens =
        |keys: &Keyring, name: &Handle, sealed: &[u8]| sidereal_core::seal::open_incident(keys, name, sealed).is_some();
    let keys = world.keys();
    assert!(opens(&keys, &incident.name, &incident.sealed));
    assert!(!opens(&keys, &Handle([9; 16]), &incident.sealed), "not under another name");
    for byte in 0..incident.sealed.len() {
        let mut damaged = incident.sealed.clone();
        damaged[byte] ^= 1;
        assert!(!opens(&keys, &incident.name, &damaged), "byte {byte}");
    }
    let other = Keyring::load(&world.keyring_path(), &format!("{APPLICATION}2")).unwrap();
    assert!(!opens(&other, &incident.name, &incident.sealed), "not to another application");
}

fn r15_r39_unauthenticate_takes_every_log_in_and_leaves_the_data(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    let other = log_in(&world, None, "user=alice;cart=2");
    use_late(&world, &obsolete);
    for (id, payload) in [(&jar, b"user=alice;cart=1"), (&other, b"user=alice;cart=2")] {
        let mut session = world.open_late(id);
        assert!(!session.is_bound() && !session.is_of(ALICE));
        assert!(!session.is_fresh(Duration::from_secs(9999), None, None));
        assert!(session.reauthenticated(&["pwd"], &[]).is_err());
        assert_eq!((session.denial(), session.payload()), (None, &payload[..]));
        assert!(session.is_to_be_stripped());
        let stripped = &payload[11..];
        assert_eq!(session.commit(stripped).unwrap(), Outcome::Done);
        assert!(!session.is_to_be_stripped());
        drop(session);
        let again = world.open_late(id);
        assert_eq!((again.payload(), again.is_to_be_stripped(), again.is_bound()), (stripped, false, false));
    }
    assert_eq!(world.denial(&obsolete), Some(Denial::Revoked));
    assert_eq!(all(&world)[0].response, Response::Unauthenticate);
    assert_eq!(payloads(&world, &all(&world)[0]).len(), 2);
}

fn r15_an_unauthenticated_session_gets_a_new_id(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    assert_eq!(cookie(&world.read(&jar)), None, "not where it cannot be stored");
    let next = cookie(&world.open(&jar)).expect("at the next exclusive request");
    assert_eq!(cookie(&world.open(&next)), None);
    assert_eq!(world.sees(&next), b"user=alice;cart=1");
    // Whoever goes on with the ID from before is found out as ever.
    use_late(&world, &jar);
}

fn r15_a_door_that_cannot_strip_gets_nothing(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    let blind = Request { can_strip: false, can_set_cookie: false, ..REQUEST };
    for access in [Access::ReadOnly, Access::Exclusive] {
        assert_eq!(world.try_open(Some(&jar), &blind, access).unwrap().payload(), b"");
    }
    let mut session = world.try_open(Some(&jar), &blind, Access::Exclusive).unwrap();
    commit(&mut session, "new");
    drop(session);
    assert_eq!(world.try_open(Some(&jar), &blind, Access::Exclusive).unwrap().payload(), b"new");
}

fn r15_what_is_not_stripped_yet_stays_marked_through_an_elevation(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    // The request dies after it has regenerated the ID and before the application has written anything.
    let mut session = world.open_late(&jar);
    session.renew(Snapshot::AsRead).unwrap();
    session.settle().unwrap();
    let next = sid(&session);
    drop(session);
    for id in [&next, &jar] {
        assert!(world.open_late(id).is_to_be_stripped(), "successor and snapshot");
    }
    let mut session = world.open_late(&next);
    session.renew(Snapshot::AsRead).unwrap();
    commit(&mut session, "cart=1");
    let last = sid(&session);
    drop(session);
    assert!(!world.open_late(&last).is_to_be_stripped());
}

fn r15_what_has_nothing_to_strip_is_not_looked_at_again(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    let mut session = world.read(&jar);
    session.has_nothing_to_strip();
    assert_eq!(session.touch().unwrap(), Outcome::Done);
    drop(session);
    let mut session = world.open_late(&jar);
    assert!(session.is_to_be_stripped(), "who only reads writes nothing down");
    session.has_nothing_to_strip();
    assert_eq!(session.touch().unwrap(), Outcome::Done);
    drop(session);
    assert!(!world.open_late(&jar).is_to_be_stripped());
}

fn r15_who_logs_in_again_is_logged_in(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    // As PHP does it: the successor is stored with what was read first.
    let again = log_in(&world, Some(&jar), "user=alice;cart=1;again");
    let session = world.open_late(&again);
    assert!(session.is_of(ALICE) && !session.is_to_be_stripped());
    drop(session);
    assert_eq!(roster(&world), 1);
}

fn a11_an_obsolete_id_unauthenticates_once(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    use_late(&world, &obsolete);
    let again = log_in(&world, Some(&jar), "user=alice");
    world.events.clear();
    for _ in 0..10 {
        world.pass(MINUTE);
        assert_eq!(world.denial(&obsolete), Some(Denial::Revoked));
        assert!(world.open_late(&again).is_of(ALICE), "whoever has it cannot sign the user out again");
    }
    assert_eq!((world.events.count(Kind::ObsoleteAccess), all(&world).len()), (0, 1));
}

fn a14_a_late_writer_does_not_bring_back_the_log_in(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, _) = stolen(&world);
    let other = log_in(&world, None, "user=alice");
    for late in [Session::touch, |session: &mut Session| session.commit(b"user=alice;late")] {
        let mut session = world.open_late(&other);
        if session.is_bound() {
            use_late(&world, &obsolete);
        }
        let outcome = late(&mut session).unwrap();
        assert!(matches!(outcome, Outcome::Done | Outcome::Dropped(_)), "{outcome:?}");
        drop(session);
        assert!(!world.open_late(&other).is_bound());
    }
    let (obsolete, jar) = stolen(&world);
    let mut session = world.open_late(&jar);
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.read(&obsolete).denial(), Some(Denial::Obsolete), "it waits for nobody");
    assert_eq!(
        session.commit(b"user=alice;late").unwrap(),
        Outcome::Dropped("its user was signed out by an alarm meanwhile")
    );
}

fn a14_nor_does_a_branch_of_what_was_read_before(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, jar) = stolen(&world);
    let mut reader = world.read(&jar);
    use_late(&world, &obsolete);
    reader.renew(Snapshot::AsRead).unwrap();
    assert!(!matches!(reader.commit(b"user=alice;branch").unwrap(), Outcome::Done));
    assert_eq!((cookie(&reader), roster(&world)), (None, 0));
}

fn a12_who_planted_an_id_takes_no_log_in_away(mut world: World) {
    unauthenticate(&mut world);
    let planted = world.begin("cart");
    let user = log_in(&world, Some(&planted), "user=alice");
    drop(world.open(&user));
    use_late(&world, &planted);
    let session = world.open_late(&user);
    assert!(session.is_of(ALICE) && !session.is_to_be_stripped());
    drop(session);
    assert_eq!(world.denial(&planted), Some(Denial::Revoked));
}

fn r52_unauthenticated_sessions_are_on_no_roster(mut world: World) {
    unauthenticate(&mut world);
    let (obsolete, _) = stolen(&world);
    log_in(&world, None, "user=alice");
    assert_eq!(roster(&world), 2);
    use_late(&world, &obsolete);
    assert_eq!(roster(&world), 0);
    assert_eq!(world.engine.revoke_user(&world.policy, ALICE).unwrap(), 0);
}
