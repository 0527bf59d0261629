//! What the survey finds on a real disk.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use sidereal_core::audit::facts::Told;
use sidereal_core::clock::{Clock, SystemClock, TestClock};
use sidereal_core::directory;
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;
use sidereal_core::store::Store as _;
use sidereal_core::store::place::Place as At;
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_core::survey::{place, save_path};

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn r98_a_good_store_has_no_fault_and_is_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("store");
    let nothing = place(&At::Directory(directory.clone()), None, &SystemClock);
    assert!(nothing.directory.is_none() && nothing.fault.is_none() && !directory.exists());
    directory::ensure(&directory).unwrap();
    let empty = place(&At::Directory(directory.clone()), None, &SystemClock);
    assert!(empty.keyring.is_none() && empty.fault.is_none());
    assert_eq!(directory.read_dir().unwrap().count(), 0, "a survey makes nothing");
    let _store = SqliteStore::open(&directory).unwrap();
    Keyring::load_or_create(&directory.join("keyring"), "", &SystemEntropy).unwrap();
    let found = place(&At::Directory(directory.clone()), None, &SystemClock);
    assert_eq!((found.fault, found.exposed, found.clock_jumped), (None, vec![], false));
    assert!(found.keyring.unwrap().unchanged_for.unwrap() < Duration::from_secs(3600));
    assert!(found.volume.unwrap().free_bytes > 0);
}

#[test]
fn r98_what_is_open_to_others_is_found() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("store");
    drop(SqliteStore::open(&directory).unwrap());
    let keyring = directory.join("keyring");
    Keyring::load_or_create(&keyring, "", &SystemEntropy).unwrap();
    chmod(&keyring, 0o644);
    chmod(&directory.join("sessions.db"), 0o640);
    let found = place(&At::Directory(directory.clone()), None, &SystemClock);
    assert!(found.keyring.unwrap().unchanged_for.unwrap_err().contains("0644"));
    assert!(found.exposed.len() == 1 && found.exposed[0].ends_with("sessions.db has mode 0640"), "{:?}", found.exposed);
    chmod(&directory, 0o777);
    assert!(place(&At::Directory(directory.clone()), None, &SystemClock).fault.unwrap().contains("0777"));
    let link = root.path().join("link");
    symlink(&directory, &link).unwrap();
    assert!(place(&At::Directory(link.clone()), None, &SystemClock).fault.unwrap().contains("symbolic link"));
}

#[test]
fn a26_a_clock_that_has_jumped_is_found_by_the_next_process() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("store");
    let clock = TestClock::at(SystemClock.read().wall);
    let store = SqliteStore::open(&directory).unwrap();
    drop(store.take_turn(clock.read(), Duration::ZERO).unwrap().unwrap());
    assert!(!place(&At::Directory(directory.clone()), None, &clock).clock_jumped);
    clock.jump(86_400_000);
    assert!(place(&At::Directory(directory.clone()), None, &clock).clock_jumped);
}

#[test]
fn r98_save_paths_are_looked_at() {
    let root = tempfile::tempdir().unwrap();
    chmod(root.path(), 0o777);
    let found = save_path(root.path());
    assert_eq!(found.access.map(|(mode, uid)| (mode & 0o777, uid)), Some((0o777, directory::own_uid())));
    assert!(save_path(&root.path().join("nothing")).access.is_none());
}

#[test]
fn r35_a_server_is_asked_what_it_forgets() {
    let server = sidereal_test_servers::single();
    let root = tempfile::tempdir().unwrap();
    chmod(root.path(), 0o700);
    let keyring = root.path().join("keyring");
    let at = At::find("sidereal.store", &server.url(), None).unwrap();
    let without = place(&at, None, &SystemClock).keyring.unwrap().unchanged_for.unwrap_err();
    assert!(without.contains("sidereal.keyring"), "{without}");
    assert!(place(&at, Some(&keyring), &SystemClock).keyring.unwrap().unchanged_for.is_err() && !keyring.exists());
    Keyring::load_or_create(&keyring, "", &SystemEntropy).unwrap();
    let ask = || {
        let found = place(&at, Some(&keyring), &SystemClock);
        assert!(found.keyring.unwrap().unchanged_for.is_ok());
        found.server.unwrap().answer.unwrap()
    };
    let told = |eviction: &str, keeps_log| Told { eviction: Some(eviction.into()), keeps_log: Some(keeps_log) };
    assert_eq!(ask(), told("noeviction", false));
    server.configure("maxmemory-policy", "allkeys-lru");
    server.configure("appendonly", "yes");
    assert_eq!(ask(), told("allkeys-lru", true));
    assert_eq!(server.cli(&["ACL", "SETUSER", "default", "-info"]), "OK");
    assert_eq!(ask(), Told::default(), "a server that may not be asked is not judged");
    server.kill();
    let found = place(&at, Some(&keyring), &SystemClock).server.unwrap();
    assert!(found.answer.unwrap_err().contains("no connection") && found.address == server.url());
}
