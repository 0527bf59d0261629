//! The keyring: who may have one, how it comes to be, how it changes under load, and that nothing of it ever gets out.
#![allow(clippy::unwrap_used, clippy::expect_used)] // Tests say what they expect by unwrapping it.

#[path = "engine/fixture.rs"]
#[allow(dead_code, unused_imports)] // Shared with the engine tests, which use all of it.
mod fixture;

use std::collections::HashSet;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Barrier};

use fixture::{APPLICATION, MINUTE, World, commit, cookie, on_every_store, parse, private_place, sid};
use parking_lot::Mutex;
use sidereal_core::Error;
use sidereal_core::clock::{Clock, Time};
use sidereal_core::engine::{Access, Engine, Setup};
use sidereal_core::entropy::{Entropy, SystemEntropy};
use sidereal_core::event::{Kind, Sink};
use sidereal_core::id::{Class, Prefix, Tag};
use sidereal_core::keys::Keyring;
use sidereal_core::session::Denial;
use sidereal_core::store::Store;
use tempfile::TempDir;

on_every_store! {
    a33_ids_and_seals_of_before_a_rotation_stay_readable,
    a33_a_process_that_has_not_seen_the_rotation_yet_loses_no_session,
    a33_a_process_that_rotates_under_load_loses_no_session,
    a33_a_rotation_while_a_process_starts_is_noticed,
    a33_sessions_of_a_dropped_key_end_cleanly,
    a33_a_keyring_that_has_gone_keeps_those_who_have_it_working,
}

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> sidereal_core::Result<()> {
        Err(Error::entropy("expected random bytes, found none"))
    }
}

fn keyring() -> (TempDir, PathBuf) {
    let place = private_place();
    let path = place.path().join("keyring");
    Keyring::load_or_create(&path, APPLICATION, &SystemEntropy).unwrap();
    (place, path)
}

fn rotate(world: &World, keep: usize) {
    Keyring::rotate(&world.keyring_path(), keep, &SystemEntropy).unwrap();
}

fn newest(world: &World) -> Option<sidereal_core::id::KeyId> {
    let keys = world.keys();
    keys.mint(&Prefix::default(), Tag([0; 16]), Class::User, fixture::START, &SystemEntropy).unwrap().key()
}

/// The engine of `world` learns of a rotation from an ID that was minted with the new key.
fn learn(world: &World) {
    let other = world.second_process(0);
    assert_eq!(world.denial(&other.issue()), None);
    assert_eq!(parse(&world.issue()).key(), newest(world));
}

fn a33_ids_and_seals_of_before_a_rotation_stay_readable(world: World) {
    let (a, b) = (world.begin("a"), world.begin("b"));
    let c = world.log_in(&world.rotate_and_confirm(&b), "user");
    rotate(&world, 3);
    world.pass(11);
    learn(&world);
    assert_eq!((world.sees(&a), world.sees(&b), world.sees(&c)), (b"a".to_vec(), b"b".to_vec(), b"user".to_vec()));
    let next = world.rotate_and_confirm(&a);
    assert_eq!(parse(&next).key(), newest(&world));
    assert_eq!(world.events.count(Kind::Forged) + world.events.count(Kind::SealBroken), 0);
}

/// The ID names a key that every process has; what it leads to was sealed with one that only some have read so far.
fn a33_a_process_that_has_not_seen_the_rotation_yet_loses_no_session(world: World) {
    let b = world.begin("b");
    let successor = world.rotate(&b);
    let a = world.begin("a");
    rotate(&world, 3);
    let other = world.second_process(0);
    assert_eq!(other.write(&a, "a2"), None);
    assert_eq!(other.sees(&successor), b"b");
    assert_eq!(world.read(&b).payload(), b"b");
    assert_eq!(
        (world.sees(&a), world.sees(&b), world.sees(&successor)),
        (b"a2".to_vec(), b"b".to_vec(), b"b".to_vec())
    );
    assert_eq!(world.events.count(Kind::SealBroken), 0);
}

fn a33_a_process_that_rotates_under_load_loses_no_session(world: World) {
    let ids: Vec<_> = (0..4).map(|_| world.begin("0")).collect();
    let others = [world.second_process(0), world.second_process(0)];
    for round in 1..=30_u32 {
        if round % 5 == 0 {
            rotate(&world, 10);
        }
        for process in [&world, &others[0], &others[1]] {
            process.pass(MINUTE / 5);
            process.engine.maintain(&process.policy);
        }
        for (i, id) in ids.iter().enumerate() {
            let process = [&world, &others[0], &others[1]][(round as usize + i) % 3];
            let mut session = process.open(id);
            assert_eq!(
                (session.payload(), session.denial()),
                ((round - 1).to_string().as_bytes(), None),
                "round {round}"
            );
            commit(&mut session, &round.to_string());
        }
    }
}

/// The keys change between the reading of the keyring and the first request.
fn a33_a_rotation_while_a_process_starts_is_noticed(world: World) {
    let starting = world.keys();
    rotate(&world, 3);
    let id = world.second_process(0).issue();
    let engine = Engine::new(Setup {
        store: Arc::clone(&world.store) as Arc<dyn Store>,
        keyring: starting,
        keyring_path: Some(world.keyring_path()),
        clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
        entropy: Arc::clone(&world.dice) as Arc<dyn Entropy>,
        sink: Arc::clone(&world.events) as Arc<dyn Sink>,
    });
    let session = engine.open(&world.policy, Some(id.as_bytes()), &fixture::REQUEST, Access::Exclusive).unwrap();
    assert_eq!((session.denial(), sid(&session)), (None, id));
}

fn a33_sessions_of_a_dropped_key_end_cleanly(world: World) {
    let id = world.begin("user");
    rotate(&world, 1);
    world.pass(11);
    world.pass(MINUTE);
    world.engine.maintain(&world.policy); // Once in a while the keyring is read again.
    let mut session = world.open(&id);
    assert_eq!((session.payload(), session.denial()), (&b""[..], Some(Denial::Forged)));
    let next = cookie(&session).expect("a new ID");
    commit(&mut session, "new");
    drop(session);
    assert_eq!(world.sees(&next), b"new");
    assert_eq!(parse(&next).key(), newest(&world));
}

fn a33_a_keyring_that_has_gone_keeps_those_who_have_it_working(world: World) {
    let id = world.begin("user");
    std::fs::remove_file(world.keyring_path()).unwrap();
    world.pass(2 * MINUTE);
    world.engine.maintain(&world.policy);
    let mut unknown = sid(&world.visit()).into_bytes();
    unknown[27] = b'z'; // Names another key.
    assert!(world.open(std::str::from_utf8(&unknown).unwrap()).denial().is_some());
    assert_eq!(world.sees(&id), b"user");
}

#[test]
fn racing_threads_create_one_keyring() {
    for _ in 0..20 {
        let place = private_place();
        let path = place.path().join("keyring");
        let (barrier, tags) = (Barrier::new(8), Mutex::new(HashSet::new()));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let keys = Keyring::load_or_create(&path, APPLICATION, &SystemEntropy).unwrap();
                    tags.lock().insert(keys.subject_tag(b"alice"));
                });
            }
        });
        assert_eq!(tags.into_inner().len(), 1);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "no temporary file stays behind");
    }
}

const CHILD: &str = "SIDEREAL_TEST_KEYRING";

/// Runs the test `name` in another process, which finds `value` in its environment.
fn child(name: &str, value: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads", "1"]).env(CHILD, value);
    command
}

#[test]
#[ignore = "run by racing_processes_create_one_keyring"]
fn child_creates_a_keyring() {
    let path = PathBuf::from(std::env::var_os(CHILD).expect("run by another test"));
    let keys = Keyring::load_or_create(&path, APPLICATION, &SystemEntropy).unwrap();
    println!("tag={}", keys.subject_tag(b"alice"));
}

#[test]
fn racing_processes_create_one_keyring() {
    for _ in 0..5 {
        let place = private_place();
        let path = place.path().join("keyring");
        let children: Vec<_> = (0..8)
            .map(|_| child("child_creates_a_keyring", &path).stdout(std::process::Stdio::piped()).spawn().unwrap())
            .collect();
        let tags: HashSet<_> = children
            .into_iter()
            .map(|child| {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success());
                let text = String::from_utf8(output.stdout).unwrap();
                text.split("tag=").nth(1).unwrap().lines().next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(tags.len(), 1);
    }
}

#[test]
fn racing_rotations_lose_no_key() {
    let (_place, path) = keyring();
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                Keyring::rotate(&path, 20, &SystemEntropy).unwrap();
            });
        }
    });
    let keys = std::fs::read_to_string(&path).unwrap().lines().filter(|line| line.starts_with("key ")).count();
    assert_eq!(keys, 5, "who rotated has a key that the file still holds");
}

#[test]
fn a_keyring_is_private() {
    let (_place, path) = keyring();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn a33_rotating_keeps_as_many_keys_as_asked() {
    let (_place, path) = keyring();
    let id = |keys: &Keyring| {
        keys.mint(&Prefix::default(), Tag([1; 16]), Class::User, Time::from_secs(1_800_000_000), &SystemEntropy)
            .unwrap()
    };
    let old = id(&Keyring::load(&path, APPLICATION).unwrap());
    for kept in [true, true, false] {
        Keyring::rotate(&path, 3, &SystemEntropy).unwrap();
        let keys = Keyring::load(&path, APPLICATION).unwrap();
        assert_eq!((keys.genuine(&old), keys.locate(&old).is_some()), (kept, kept));
        assert!(keys.genuine(&id(&keys)));
    }
    for _ in 0..300 {
        Keyring::rotate(&path, 2, &SystemEntropy).unwrap();
    }
    let keys = Keyring::load(&path, APPLICATION).unwrap();
    assert!(keys.genuine(&id(&keys)), "numbers wrap round");
}

#[test]
fn a33_a_subject_keeps_its_tag_when_working_keys_rotate() {
    let (_place, path) = keyring();
    let tag = || Keyring::load(&path, APPLICATION).unwrap().subject_tag(b"alice");
    let before = tag();
    Keyring::rotate(&path, 1, &SystemEntropy).unwrap();
    assert_eq!(tag(), before);
}

/// The message of a refusal; it names the file, the setting and no key.
fn refusal(path: &Path) -> String {
    let error = Keyring::load(path, APPLICATION).unwrap_err();
    assert!(error.is_keyring(), "{error}");
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "names the path: {text}");
    assert!(text.contains("sidereal.keyring"), "names the setting: {text}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    let file = if path.is_file() { std::fs::read(path).unwrap() } else { Vec::new() };
    for key in keys_in(&file) {
        assert!(!format!("{text} {error:?}").contains(&key[..16]), "shows part of a key");
    }
    text
}

fn keys_in(file: &[u8]) -> Vec<String> {
    let words = String::from_utf8_lossy(file).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    words.into_iter().filter(|word| word.len() >= 32 && word.is_ascii()).collect()
}

#[test]
fn a_malformed_keyring_is_refused_with_a_sentence() {
    let (_place, path) = keyring();
    let good = std::fs::read_to_string(&path).unwrap();
    let [header, root, key] = good.lines().collect::<Vec<_>>()[..] else { panic!("three lines") };
    let no_number = key.replacen("key ", "key x", 1);
    let cases = [
        String::new(),
        "garbage\n".into(),
        good.replace("keyring 1", "keyring 2"),
        format!("{header}\n{key}\n"),
        format!("{header}\n{root}\n"),
        format!("{header}\n{key}\n{root}\n"),
        format!("{good}{key}\n"),
        format!("{good}\n"),
        format!("{good}more\n"),
        format!("{header}\n{root}\n{no_number}\n"),
        format!("{header}\n{root}\nkey 0 {}\n", &root[5..]),
        format!("{header}\n{root}\nkey 128 {}\n", &root[5..]),
        format!("{header}\n{root}\nkey 256 {}\n", &root[5..]),
        good.to_uppercase(),
        good.replace("root ", "root  "),
        format!("{good}{}", "#".repeat(1 << 20)),
        format!("{good}{}", "key 99 00\n".repeat(1 << 12)),
        "x".repeat(1 << 20),
    ];
    for case in cases {
        std::fs::write(&path, &case).unwrap();
        refusal(&path);
    }
    for raw in [&b"\xff\xfe\x00\x01"[..], &[0; 4096]] {
        std::fs::write(&path, raw).unwrap();
        refusal(&path);
    }
}

#[test]
fn a_truncated_keyring_is_refused_wherever_it_ends() {
    let (_place, path) = keyring();
    let good = std::fs::read(&path).unwrap();
    for length in 0..good.len() - 1 {
        std::fs::write(&path, &good[..length]).unwrap();
        refusal(&path);
    }
    std::fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert!(Keyring::load(&path, APPLICATION).is_ok(), "the last line feed alone is no loss");
}

#[test]
fn an_oversized_keyring_is_refused_even_where_its_beginning_is_one() {
    let (_place, path) = keyring();
    let mut text = std::fs::read_to_string(&path).unwrap();
    let key = "ab".repeat(32);
    // The first 16 KiB are a keyring and end at the end of a line.
    let zeros = 16 * 1024 - text.len() - "key 9 \n".len() - key.len();
    text.push_str(&format!("key {}9 {key}\n", "0".repeat(zeros)));
    assert_eq!(text.len(), 16 * 1024);
    text.push_str("and more\n");
    std::fs::write(&path, &text).unwrap();
    refusal(&path);
}

#[test]
fn a25_a_keyring_that_others_can_read_is_refused() {
    for mode in [0o640, 0o604, 0o660, 0o620, 0o601, 0o644, 0o666] {
        let (_place, path) = keyring();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = refusal(&path);
        assert!(text.contains(&format!("{mode:04o}")) && text.contains("0600"), "{text}");
    }
}

#[test]
fn a25_a_keyring_in_a_directory_that_others_can_enter_is_refused() {
    for mode in [0o770, 0o750, 0o701, 0o1777, 0o755] {
        let (place, path) = keyring();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let text = refusal(&path);
        assert!(text.contains("0700"), "{text}");
    }
}

#[test]
fn a25_a_directory_that_others_can_enter_gets_no_keyring() {
    let place = private_place();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
    let path = place.path().join("keyring");
    assert!(Keyring::load_or_create(&path, APPLICATION, &SystemEntropy).unwrap_err().is_keyring());
    assert!(!path.exists());
}

#[test]
fn a25_a_symlink_to_a_keyring_is_refused() {
    let (place, path) = keyring();
    let link = place.path().join("link");
    symlink(&path, &link).unwrap();
    refusal(&link);
    assert!(Keyring::load_or_create(&link, APPLICATION, &SystemEntropy).is_err());
    let dangling = place.path().join("dangling");
    symlink(place.path().join("elsewhere"), &dangling).unwrap();
    assert!(Keyring::load_or_create(&dangling, APPLICATION, &SystemEntropy).is_err());
    assert!(!place.path().join("elsewhere").exists());
}

#[test]
fn a25_a_directory_reached_by_a_symlink_is_refused() {
    let (place, _) = keyring();
    let outer = private_place();
    let link = outer.path().join("link");
    symlink(place.path(), &link).unwrap();
    refusal(&link.join("keyring"));
}

#[test]
fn a25_what_is_no_regular_file_is_refused_without_waiting() {
    let (place, _) = keyring();
    let (fifo, directory, socket) =
        (place.path().join("fifo"), place.path().join("directory"), place.path().join("socket"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    std::fs::create_dir(&directory).unwrap();
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [&fifo, &directory, &socket] {
        refusal(path);
    }
    assert!(Keyring::load(Path::new("/dev/zero"), APPLICATION).is_err());
}

#[test]
fn a_keyring_that_is_not_there_is_named() {
    let (place, _) = keyring();
    refusal(&place.path().join("missing"));
    refusal(&place.path().join("missing/keyring"));
}

#[test]
fn a25_a_keyring_of_another_uid_is_refused() {
    let (_place, path) = keyring();
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    assert!(refusal(&path).contains("65534"));
}

#[test]
fn a25_a_directory_of_another_uid_is_refused() {
    let (place, path) = keyring();
    if std::os::unix::fs::chown(place.path(), Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    assert!(refusal(&path).contains("65534"));
}

#[test]
fn r19_without_random_bytes_no_key_is_made() {
    let place = private_place();
    let path = place.path().join("keyring");
    assert!(Keyring::load_or_create(&path, APPLICATION, &NoEntropy).unwrap_err().is_entropy());
    assert!(!path.exists());
    assert!(Keyring::ephemeral(APPLICATION, &NoEntropy).unwrap_err().is_entropy());
    let (_place, path) = keyring();
    let before = std::fs::read(&path).unwrap();
    assert!(Keyring::rotate(&path, 2, &NoEntropy).unwrap_err().is_entropy());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let keys = Keyring::load(&path, APPLICATION).unwrap();
    let minted = keys.mint(&Prefix::default(), Tag([0; 16]), Class::Anonymous, Time::default(), &NoEntropy);
    assert!(minted.unwrap_err().is_entropy());
}

#[test]
fn no_key_shows_in_debug() {
    let (_place, path) = keyring();
    let keys = Keyring::load(&path, APPLICATION).unwrap();
    let shown = format!("{keys:?} {keys:#?}");
    for key in keys_in(&std::fs::read(&path).unwrap()) {
        assert!(!shown.contains(&key[..8]));
    }
}
