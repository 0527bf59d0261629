//! Moving from another store: sessions are taken over once and whole, nobody is logged out, and nobody gets in.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use sidereal_core::cookie::Candidates;
use sidereal_core::engine::{Access, Refused, Request};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::event::Kind;
use sidereal_core::keys::Keyring;
use sidereal_core::migrate::Source;
use sidereal_core::session::{Denial, Session};

use crate::fixture::{
    APPLICATION, HOUR, MINUTE, Op, REQUEST, START, World, commit, cookie, forge, on_every_store, private_place, sid,
};

on_every_store! {
    a_session_of_files_moves_once_and_whole,
    of_many_requests_with_one_old_id_one_takes_the_session_over,
    a_lost_response_loses_no_session,
    readers_and_late_requests_are_served_too,
    r13_what_was_planted_before_the_move_does_not_see_the_log_in,
    r94_after_a_log_out_the_old_id_opens_nothing,
    a_crash_in_between_loses_nothing,
    keys_may_be_rotated_meanwhile,
}

const OLD: &str = "0123456789abcdefghijklmn,-";
const BASKET: &str = "basket|s:4:\"shoe\";user|s:5:\"alice\";";

/// A directory of PHP's own handler.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(private_place())
    }

    fn path(&self, id: &str) -> PathBuf {
        self.0.path().join(format!("sess_{id}"))
    }

    fn put(&self, id: &str, payload: &str) -> PathBuf {
        put(&self.path(id), payload);
        self.path(id)
    }

    fn source(&self) -> Source {
        Source::Files(self.0.path().into())
    }
}

fn put(path: &Path, payload: &str) {
    fs::write(path, payload).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    used(path, START.as_secs());
}

fn used(path: &Path, at: i64) {
    let at = UNIX_EPOCH + Duration::from_secs(at.try_into().unwrap());
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

/// A site that has moved away from `files`, where one session was.
fn moved(world: World) -> (World, Files) {
    let files = Files::new();
    files.put(OLD, BASKET);
    (world.moving(files.source()), files)
}

fn is_empty_and_untold(session: &Session) -> bool {
    session.payload().is_empty() && cookie(session).is_none() && !session.is_writable()
}

fn a_session_of_files_moves_once_and_whole(world: World) {
    let (world, files) = moved(world);
    let mut session = world.open(OLD);
    assert_eq!(session.payload(), BASKET.as_bytes());
    assert!(session.denial().is_none() && session.trouble().is_none());
    let new = cookie(&session).expect("the client is told");
    commit(&mut session, "basket|s:4:\"boot\";");
    drop(session);
    assert!(!files.path(OLD).exists());
    assert_eq!(world.events.count(Kind::Migrated), 1);
    assert_eq!(world.events.of(Kind::Migrated)[0].reason, "files");

    let session = world.open(&new);
    assert_eq!(session.payload(), b"basket|s:4:\"boot\";");
    assert_eq!(cookie(&session), None);
    drop(session);
    assert_eq!(world.sees(OLD), b"basket|s:4:\"boot\";", "an alias for the grace");
    world.pass_span(|policy| policy.grace);
    assert!(is_empty_and_untold(&world.open(OLD)), "too late for data, too early for an alarm");
    assert_eq!(world.sees(&new), b"basket|s:4:\"boot\";");
    world.pass_span(|policy| policy.alarm_after);
    assert_eq!(world.denial(OLD), Some(Denial::Obsolete));
    assert_eq!(world.events.count(Kind::ObsoleteAccess), 1);
    assert_eq!(world.events.count(Kind::Migrated), 1);
}

fn of_many_requests_with_one_old_id_one_takes_the_session_over(world: World) {
    let files = Files::new();
    files.put(OLD, "0");
    let world = world.moving(files.source());
    let cookies: Vec<String> = std::thread::scope(|scope| {
        let request = || {
            let mut session = world.open(OLD);
            let next: u32 = str::from_utf8(session.payload()).unwrap().parse().unwrap();
            commit(&mut session, &(next + 1).to_string());
            cookie(&session)
        };
        let all: Vec<_> = (0..20).map(|_| scope.spawn(request)).collect();
        all.into_iter().filter_map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(cookies.len(), 1, "nobody overwrites the winner's cookie");
    assert_eq!(world.events.count(Kind::Migrated), 1);
    assert_eq!(world.rows(), 1);
    assert_eq!(world.sees(&cookies[0]), b"20");
}

fn a_lost_response_loses_no_session(world: World) {
    let (world, _files) = moved(world);
    let lost = cookie(&world.open(OLD)).unwrap();
    assert_eq!(cookie(&world.open(OLD)), None);
    world.pass(16);
    let second = cookie(&world.open(OLD)).expect("one more, later");
    assert_ne!(lost, second);
    assert_eq!(world.sees(&second), BASKET.as_bytes());
    assert_eq!(world.events.count(Kind::Migrated), 1);
}

fn readers_and_late_requests_are_served_too(world: World) {
    let files = Files::new();
    let second = "zyxwvutsrqponmlkjihgfedcba";
    files.put(OLD, BASKET);
    files.put(second, BASKET);
    let world = world.moving(files.source());
    let session = world.open_late(OLD);
    assert_eq!((session.payload(), session.may_send_cookie()), (BASKET.as_bytes(), false), "the headers are sent");
    drop(session);
    let session = world.read(OLD);
    assert_eq!((session.payload(), session.may_send_cookie()), (BASKET.as_bytes(), false), "a reader replaces no ID");
    drop(session);
    assert!(cookie(&world.open(OLD)).is_some(), "the first request that can be told");

    let session = world.read(second);
    assert_eq!((session.payload(), session.is_writable()), (BASKET.as_bytes(), false));
    assert!(cookie(&session).is_some());
    assert_eq!(world.sees(second), BASKET.as_bytes(), "the reader keeps no lock");
}

fn r13_what_was_planted_before_the_move_does_not_see_the_log_in(world: World) {
    let (world, _files) = moved(world);
    let victim = cookie(&world.open(OLD)).unwrap();
    let known = world.log_in(&victim, "user|s:6:\"victim\";");
    assert_eq!(world.sees(OLD), BASKET.as_bytes());
    assert_eq!(world.sees(&known), b"user|s:6:\"victim\";");
    world.pass(HOUR / 4);
    assert!(world.sees(OLD).is_empty());
    assert_eq!(world.sees(&known), b"user|s:6:\"victim\";");
}

fn r94_after_a_log_out_the_old_id_opens_nothing(world: World) {
    let (world, files) = moved(world);
    let new = cookie(&world.open(OLD)).unwrap();
    world.log_out(&new);
    world.pass(2 * MINUTE);
    // Somebody brings the file back.
    let path = files.put(OLD, BASKET);
    used(&path, START.as_secs() + 120);
    assert!(world.sees(OLD).is_empty());
    assert!(path.exists());
    assert_eq!(world.events.count(Kind::Migrated), 1);
}

fn a_crash_in_between_loses_nothing(world: World) {
    let (world, files) = moved(world);
    world.store.fail(&[Op::Create]);
    assert!(matches!(world.try_open(Some(OLD), &REQUEST, Access::Exclusive), Err(Refused::Broken(_))));
    assert!(files.path(OLD).exists(), "not removed before it is here");
    world.store.fail(&[]);
    // The record is made, and the process dies before the file is removed.
    drop(world.open(OLD));
    files.put(OLD, "stale");
    assert_eq!(world.sees(OLD), BASKET.as_bytes());
    assert_eq!(world.events.count(Kind::Migrated), 1);
}

fn keys_may_be_rotated_meanwhile(world: World) {
    let (world, files) = moved(world);
    drop(world.open(OLD));
    Keyring::rotate(&world.keyring_path(), 2, &SystemEntropy).unwrap();
    let other = world.moving(files.source());
    assert_eq!(other.sees(OLD), BASKET.as_bytes());
}

#[test]
fn a1_only_a_file_of_phps_own_is_ever_taken() {
    let files = Files::new();
    let world = World::on_memory().moving(files.source());
    let elsewhere = private_place();
    put(&elsewhere.path().join("file"), "secret|i:1;");
    let name = |n: usize| format!("{n:026}");
    symlink(elsewhere.path().join("file"), files.path(&name(1))).unwrap();
    fs::hard_link(elsewhere.path().join("file"), files.path(&name(2))).unwrap();
    fs::create_dir(files.path(&name(3))).unwrap();
    fs::set_permissions(files.put(&name(4), BASKET), fs::Permissions::from_mode(0o622)).unwrap();
    files.put(&name(5), "");
    used(&files.put(&name(6), BASKET), START.as_secs() - 30 * 60);
    assert!(std::process::Command::new("mkfifo").arg(files.path(&name(7))).status().unwrap().success());
    fs::write(files.0.path().join("other"), BASKET).unwrap();
    for n in 1..9 {
        let session = world.open(&name(n));
        assert!(session.payload().is_empty(), "{n}");
        assert_eq!(session.denial(), Some(Denial::Unknown), "{n}");
        assert!(cookie(&session).is_some_and(|new| new != name(n)), "{n}");
    }
    let sneaky = format!("../{}/file", elsewhere.path().file_name().unwrap().to_str().unwrap());
    for hostile in
        [&*sneaky, "../../../../../etc/passwd", "other", "x/../sess_0000000000000000000005", "\0\0", &"a".repeat(257)]
    {
        assert_eq!(world.open(hostile).denial(), Some(Denial::Forged), "{hostile:?}");
    }
    assert_eq!((world.events.count(Kind::Migrated), world.rows()), (0, 0));
}

#[test]
fn a29_guessing_costs_a_look_and_no_lock() {
    let (world, _files) = moved(World::on_memory());
    let other = "z".repeat(26);
    drop(world.open(&other));
    assert_eq!(world.store.calls(Op::Acquire), 0);
    assert_eq!(world.store.writes(), 0);
}

#[test]
fn off_by_default() {
    let world = World::on_memory();
    let files = Files::new();
    let path = files.put(OLD, BASKET);
    assert_eq!(world.open(OLD).denial(), Some(Denial::Forged));
    assert!(path.exists());
}

#[test]
fn a_store_that_cannot_be_asked_costs_nobody_their_cookie() {
    let mut world = World::on_memory().moving(Source::Files("/nowhere/at/all".into()));
    let session = world.open(OLD);
    assert!(is_empty_and_untold(&session));
    assert!(session.trouble().unwrap().to_string().contains("sidereal.migrate_from"));
    drop(session);
    assert_eq!(world.events.count(Kind::StoreDown), 1);
    // A log-in goes on from here all the same.
    let new = world.log_in(OLD, BASKET);
    assert_eq!(world.sees(&new), BASKET.as_bytes());

    let files = Files::new();
    let path = files.put(OLD, BASKET);
    world = World::on_memory().moving(files.source());
    for (mode, is_refused) in [(0o755, true), (0o777, true), (0o722, true), (0o1777, false)] {
        fs::set_permissions(files.0.path(), fs::Permissions::from_mode(mode)).unwrap();
        let session = world.open(OLD);
        assert_eq!(session.trouble().is_some(), is_refused, "{mode:o}");
        assert_eq!(path.exists(), is_refused, "{mode:o}");
    }
}

#[test]
fn a_file_that_is_in_use_or_too_large_stays_where_it_is() {
    let files = Files::new();
    let large = "x".repeat(1025);
    let path = files.put(OLD, &large);
    let mut world = World::on_memory().moving(files.source());
    world.set(|policy| policy.lock_wait = Duration::from_millis(50));
    let held = fs::File::open(&path).unwrap();
    held.lock().unwrap();
    assert!(is_empty_and_untold(&world.open(OLD)));
    drop(held);
    world.set(|policy| policy.max_payload = 1024);
    let session = world.open(OLD);
    assert!(is_empty_and_untold(&session));
    assert!(session.trouble().unwrap().to_string().contains("sidereal.max_payload"));
    drop(session);
    world.set(|policy| policy.max_payload = 1025);
    assert_eq!(world.sees(OLD), large.as_bytes());
}

#[test]
fn a6_of_several_cookies_the_one_that_is_alive_counts() {
    let files = Files::new();
    let second = "z".repeat(26);
    files.put(OLD, BASKET);
    let world = World::on_memory().moving(files.source());
    let open = |header: &str| {
        let found = Candidates::find(header.as_bytes(), "sid");
        world.engine.open_one(&world.policy, &found, &REQUEST, Access::Exclusive).unwrap()
    };
    let session = open(&format!("sid={second}; sid={OLD}; sid={}", world.issue()));
    assert_eq!(session.payload(), BASKET.as_bytes());
    let new = cookie(&session).unwrap();
    drop(session);
    files.put(&second, "planted|i:1;");
    assert_eq!(open(&format!("sid={second}; sid={new}")).payload(), BASKET.as_bytes());
    let third = "y".repeat(26);
    files.put(&third, "planted|i:1;");
    assert_eq!(open(&format!("sid={second}; sid={third}")).denial(), Some(Denial::Conflict));
}

#[test]
fn a_session_of_phpredis_moves() {
    let server = sidereal_test_servers::single();
    let (key, lock) = (format!("PHPREDIS_SESSION:{OLD}"), format!("PHPREDIS_SESSION:{OLD}_LOCK"));
    server.cli(&["SET", &key, BASKET, "EX", "1000"]);
    server.cli(&["SET", &lock, "host|1"]);
    let address = format!("redis-php:unix:{}", server.socket().display());
    let world = World::on_memory().moving(Source::parse("sidereal.migrate_from", &address).unwrap().unwrap());
    for hostile in [format!("{OLD}_LOCK"), format!("{OLD}\r\nFLUSHALL\r\n"), "a".repeat(21), "*".repeat(26)] {
        assert_eq!(world.open(&hostile).denial(), Some(Denial::Forged));
    }
    assert_eq!(world.open(&"a".repeat(26)).denial(), Some(Denial::Unknown));
    let sessions: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(|| world.open(OLD).payload().to_vec())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(sessions.iter().all(|seen| seen == BASKET.as_bytes()));
    assert_eq!(world.events.count(Kind::Migrated), 1);
    assert_eq!(server.cli(&["EXISTS", &key, &lock]).trim(), "1", "the session is gone, the lock is not ours");

    server.cli(&["SET", "shop:zzzzzzzzzzzzzzzzzzzzzzzzzz", BASKET]);
    let address = format!("{address}?prefix=shop:");
    let world = World::on_memory().moving(Source::parse("sidereal.migrate_from", &address).unwrap().unwrap());
    assert_eq!(world.sees(&"z".repeat(26)), BASKET.as_bytes());
}

#[test]
fn a_server_that_is_down_costs_nobody_their_cookie() {
    let source = Source::parse("x", "redis-php:redis://127.0.0.1:1?total_timeout_ms=100").unwrap().unwrap();
    let world = World::on_memory().moving(source);
    let session = world.open(OLD);
    assert!(is_empty_and_untold(&session) && session.trouble().is_some());
}

#[test]
fn a_session_of_an_embedded_store_moves() {
    let mut old = World::on_sqlite();
    let id = old.begin(BASKET);
    let superseded = old.begin("two");
    let rotated = old.rotate_and_confirm(&superseded);
    let pending = old.begin("three");
    let successor = old.rotate(&pending);
    old.write(&id, BASKET);
    let stale = old.begin("stale");
    old.log_out(&stale);
    let directory = old.place.path().join("store");
    fs::copy(old.keyring_path(), directory.join("keyring")).unwrap();
    fs::set_permissions(directory.join("keyring"), fs::Permissions::from_mode(0o600)).unwrap();
    old.set(|policy| policy.rotate = Duration::ZERO);

    let world = World::on_memory().moving(Source::Sidereal(directory));
    world.pass_span(|policy| policy.rotate);
    assert_eq!(world.open(&forge(&id)).denial(), Some(Denial::Forged));
    assert_eq!(world.open(&world.issue()).denial(), None, "an ID of the new store");
    let session = world.open(&id);
    assert_eq!(session.payload(), BASKET.as_bytes());
    let new = cookie(&session).unwrap();
    assert!(sid(&session) != id);
    drop(session);
    old.pass_span(|policy| policy.rotate);
    assert!(old.sees(&id).is_empty(), "it has ended there");
    assert_eq!(world.sees(&new), BASKET.as_bytes());
    assert!(is_empty_and_untold(&world.open(&superseded)), "the client has a newer one");
    assert_eq!(world.sees(&rotated), b"two");
    assert_eq!(world.sees(&successor), b"three");
    assert_eq!(world.sees(&pending), b"three", "two IDs of one session");
    assert!(world.sees(&stale).is_empty());
    assert_eq!(world.events.count(Kind::Migrated), 3);

    let request = Request { serializer: "msgpack", ..REQUEST };
    let other = old.begin("four");
    let session = world.try_open(Some(&other), &request, Access::Exclusive).unwrap();
    assert_eq!(session.denial(), Some(Denial::Broken));
    assert_eq!(old.sees(&other), b"four", "what nobody can read stays");
}

#[test]
fn stores_with_one_keyring_move_too() {
    let old = World::on_sqlite();
    let (id, unstored) = (old.begin(BASKET), old.issue());
    let world = World::on_memory().with_keyring_of(&old).moving(Source::Sidereal(old.place.path().join("store")));
    assert_eq!(world.sees(&id), BASKET.as_bytes());
    assert_eq!(world.events.count(Kind::Migrated), 1);
    let mut session = world.open(&unstored);
    assert_eq!((session.denial(), cookie(&session)), (None, None));
    commit(&mut session, "mine");
    drop(session);
    assert_eq!(world.sees(&unstored), b"mine");
    assert_eq!(APPLICATION, world.keys().application());
}
