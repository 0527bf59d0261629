//! What is SQLite's own: files, formats, full disks, killed writers, several processes.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::id::{Family, Locator};
use sidereal_core::lock::Wait;
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_core::store::{Acquired, Change, Created, Due, Ending, Lease, New, Store, Whom, Written};

const NOW: Time = Time::from_secs(1_800_000_000);

fn at(n: u64) -> Locator {
    let mut out = [0; 16];
    out[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    out[8..].copy_from_slice(&n.to_be_bytes());
    Locator(out)
}

fn due() -> Due {
    Due { erase: None, delete: NOW.after(Duration::from_secs(3600)) }
}

fn new(n: u64, payload: &[u8]) -> New<'_> {
    let family = Family(at(n).0);
    New {
        at: at(n),
        family,
        generation: 0,
        subject: None,
        prefix: None,
        cap: None,
        ended: None,
        meta: b"meta",
        payload: Some(payload),
        due: due(),
    }
}

fn change(n: u64, version: u64, payload: &[u8]) -> Change<'_> {
    Change { at: at(n), version, meta: b"meta", payload: Some(payload), due: due() }
}

fn lease(store: &SqliteStore, n: u64) -> Lease {
    match store.acquire(&at(n), &Wait { timeout: Duration::from_secs(20), max_waiters: 32 }).unwrap() {
        Acquired::Held(lease, _) => lease,
        Acquired::Busy(busy) => panic!("{busy:?}"),
    }
}

fn payload(store: &SqliteStore, n: u64) -> Option<Vec<u8>> {
    store.load(&at(n)).unwrap().and_then(|found| found.row.payload)
}

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("store")
    }

    fn database(&self) -> PathBuf {
        self.store().join("sessions.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.store()).unwrap()
    }

    fn refusal(&self) -> String {
        let refused = SqliteStore::open(&self.store()).expect_err("the store was opened");
        assert!(refused.is_store());
        let text = refused.to_string();
        assert!(text.contains("sidereal.store") || text.contains("0700"), "{text}");
        text
    }

    /// Whether any file of the store has `bytes` in it.
    fn holds(&self, bytes: &[u8]) -> bool {
        std::fs::read_dir(self.store()).unwrap().any(|entry| self.file_holds(entry.unwrap().path(), bytes))
    }

    fn file_holds(&self, name: impl AsRef<Path>, bytes: &[u8]) -> bool {
        let file = std::fs::read(self.store().join(name)).unwrap();
        // The cache's file has holes of many megabytes.
        let blocks: Vec<_> = file.chunks(8192).filter(|block| block.iter().any(|byte| *byte != 0)).collect();
        blocks.concat().windows(bytes.len()).any(|window| window == bytes)
    }

    /// What is there, whatever the cache says.
    fn payload_in_database(&self, n: u64) -> Option<Vec<u8>> {
        let db = rusqlite::Connection::open(self.database()).unwrap();
        let number = at(n).number().cast_signed();
        db.query_row("SELECT payload FROM session WHERE number = ?1", [number], |line| line.get(0)).unwrap()
    }

    /// SQLite's own judgement, by a connection of its own.
    fn check_integrity(&self) {
        let db = rusqlite::Connection::open(self.database()).unwrap();
        let verdict: String = db.query_row("PRAGMA integrity_check", [], |line| line.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
}

#[test]
fn files_are_private() {
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, b"x")).unwrap(), Created::Done);
    assert_eq!(std::fs::metadata(dir.store()).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(dir.store()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn a_newer_format_is_refused() {
    let dir = Dir::new();
    drop(dir.open());
    rusqlite::Connection::open(dir.database()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(dir.refusal().contains("format 99"));
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let dir = Dir::new();
    drop(dir.open());
    for name in ["sessions.db-wal", "sessions.db-shm"] {
        let _ = std::fs::remove_file(dir.store().join(name));
    }
    let text = "not a database, but somebody's notes\n".repeat(200);
    std::fs::write(dir.database(), &text).unwrap();
    assert!(dir.refusal().contains("not a database"));
    assert_eq!(std::fs::read_to_string(dir.database()).unwrap(), text);
    std::fs::remove_file(dir.database()).unwrap();
    let other = rusqlite::Connection::open(dir.database()).unwrap();
    other.execute_batch("CREATE TABLE recipes (name)").unwrap();
    std::fs::set_permissions(dir.database(), PermissionsExt::from_mode(0o600)).unwrap();
    assert!(dir.refusal().contains("another program's"));
}

#[test]
fn a25_hostile_files_are_refused() {
    type Spoil = fn(&Path);
    let spoil: [(&str, Spoil); 5] = [
        ("symbolic link", |file| {
            std::fs::rename(file, file.with_extension("real")).unwrap();
            std::os::unix::fs::symlink(file.with_extension("real"), file).unwrap();
        }),
        ("regular file", |file| {
            std::fs::remove_file(file).unwrap();
            assert!(Command::new("mkfifo").arg(file).status().unwrap().success());
        }),
        ("regular file", |file| {
            std::fs::remove_file(file).unwrap();
            std::fs::create_dir(file).unwrap();
        }),
        ("hard links", |file| std::fs::hard_link(file, file.with_extension("twin")).unwrap()),
        ("chmod it to 0600", |file| std::fs::set_permissions(file, PermissionsExt::from_mode(0o640)).unwrap()),
    ];
    for (said, spoil) in spoil {
        let dir = Dir::new();
        drop(dir.open());
        spoil(&dir.database());
        let text = dir.refusal();
        assert!(text.contains(said), "{text}");
    }
    if sidereal_core::directory::own_uid() == 0 {
        let dir = Dir::new();
        drop(dir.open());
        std::os::unix::fs::chown(dir.database(), Some(65_534), None).unwrap();
        assert!(dir.refusal().contains("found one of uid 65534; chown it to uid 0"));
    }
    let dir = Dir::new();
    drop(dir.open());
    std::fs::set_permissions(dir.store(), PermissionsExt::from_mode(0o750)).unwrap();
    assert!(dir.refusal().contains("chmod it to 0700"));
}

#[test]
fn two_openings_see_each_other() {
    let dir = Dir::new();
    let (one, two) = (dir.open(), dir.open());
    assert_eq!(one.create(&new(1, b"one")).unwrap(), Created::Done);
    assert_eq!(payload(&two, 1).as_deref(), Some(&b"one"[..]));
    let held = lease(&two, 1);
    let brief = Wait { timeout: Duration::from_millis(10), max_waiters: 4 };
    assert!(matches!(one.acquire(&at(1), &brief).unwrap(), Acquired::Busy(_)));
    assert_eq!(two.save(held, &change(1, 1, b"two")).unwrap(), Written::Done(2));
    assert_eq!(payload(&one, 1).as_deref(), Some(&b"two"[..]));
}

#[test]
fn an_erased_payload_is_gone_from_the_file() {
    let marker = b"MARKER-of-an-erased-payload-MARKER";
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, marker)).unwrap(), Created::Done);
    let ended = Ended { reason: EndReason::Logout, at: NOW, cookie_cleared: true };
    let ending = Ending {
        whom: Whom::Family { family: Family(at(1).0), at: at(1), up_to_generation: u32::MAX },
        ended,
        delete: due().delete,
    };
    assert_eq!(store.end(&ending).unwrap(), 1);
    drop(store);
    let db = rusqlite::Connection::open(dir.database()).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    let bytes = std::fs::read(dir.database()).unwrap();
    assert!(!bytes.windows(marker.len()).any(|window| window == marker));
}

#[test]
fn what_a_sweep_has_erased_leaves_the_log_as_well() {
    let marker = b"MARKER-of-an-expired-payload-MARKER";
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, marker)).unwrap(), Created::Done);
    assert_eq!(payload(&store, 1).as_deref(), Some(marker.as_slice()));
    assert!(dir.file_holds("sessions.db-wal", marker) && dir.file_holds("shared-rows", marker));
    assert_eq!(store.sweep(due().delete, 10, u64::MAX).unwrap().deleted, 1);
    store.idle();
    assert!(store.settle());
    assert!(!dir.holds(marker));
    // What is in use is left alone, and the log keeps its part of the disk.
    for n in 2..50 {
        assert_eq!(store.create(&new(n, &[b'n'; 2000])).unwrap(), Created::Done);
        assert_eq!(store.sweep(NOW, 10, u64::MAX).unwrap().deleted, 0);
        store.idle();
    }
    assert!(store.settle());
    assert!((2..50).all(|n| payload(&store, n).is_some()));
    assert!(std::fs::metadata(dir.store().join("sessions.db-wal")).unwrap().len() >= 2 << 20);
    drop(store);
    assert!((2..50).all(|n| payload(&dir.open(), n).is_some()));
    dir.check_integrity();
}

/// As a shell that looks into the database, or a process that is stopped in the middle.
#[test]
fn who_reads_for_long_keeps_nobody_from_writing() {
    let marker = b"MARKER-of-an-expired-payload-MARKER";
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(0, marker)).unwrap(), Created::Done);
    let reader = rusqlite::Connection::open(dir.database()).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = || reader.query_row("SELECT count(*) FROM session", [], |line| line.get::<_, u32>(0)).unwrap();
    assert_eq!(count(), 1);
    assert_eq!(store.sweep(due().delete, 10, u64::MAX).unwrap().deleted, 1);
    for n in 1..5000 {
        store.idle();
        assert_eq!(store.create(&new(n, &[b'n'; 2000])).unwrap(), Created::Done);
    }
    assert!(store.settle());
    assert_eq!(count(), 1);
    assert!(dir.file_holds("sessions.db-wal", marker));
    // The end of the next sweep sees to what the last one could not.
    drop(reader);
    assert_eq!(store.sweep(NOW, 10, u64::MAX).unwrap().deleted, 0);
    store.idle();
    assert!(store.settle());
    assert!(!dir.holds(marker));
    assert_eq!(store.stats().unwrap().rows, 4999);
    dir.check_integrity();
}

#[test]
fn a_store_whose_files_were_removed_leaves_the_next_one_alone() {
    let dir = Dir::new();
    let old = dir.open();
    for n in 0..5 {
        assert_eq!(old.create(&new(n, b"x")).unwrap(), Created::Done);
    }
    assert!(!old.sweep(due().delete, 10, u64::MAX).unwrap().more);
    std::fs::remove_dir_all(dir.store()).unwrap();
    let next = dir.open();
    for n in 0..500 {
        assert_eq!(next.create(&new(n, &[b'n'; 2000])).unwrap(), Created::Done);
    }
    // Wipes out what its own log had.
    old.idle();
    drop(old);
    assert!((0..500).all(|n| payload(&dir.open(), n).is_some()));
    dir.check_integrity();
}

/// Whether it is the disk, the quota or a limit that is full: what is stored can be saved, and ended, as long as the log has its reserve.
#[test]
fn on_a_full_disk_sessions_can_still_end() {
    let dir = Dir::new();
    let script = "mount -t tmpfs -o size=24m,mode=0700 none \"$1\" && exec \"$0\" --exact ends_on_a_full_disk --nocapture --ignored";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script]).arg(std::env::current_exe().unwrap()).arg(dir.0.path());
    let run = command.env("SIDEREAL_STORE", dir.store()).output().map(|run| (run.status.success(), run));
    match run {
        Ok((true, _)) => {}
        Ok((false, run)) if String::from_utf8_lossy(&run.stdout).contains("running 1 test") => {
            panic!("{}", String::from_utf8_lossy(&run.stderr))
        }
        refused => eprintln!("SKIPPED: this user cannot mount anything: {refused:?}"),
    }
}

#[test]
#[ignore = "run by on_a_full_disk_sessions_can_still_end"]
fn ends_on_a_full_disk() {
    let Some(store) = store_of_the_parent() else { return };
    for n in 0..1000 {
        assert_eq!(store.create(&new(n, &[b'n'; 2000])).unwrap(), Created::Done);
        store.idle();
    }
    assert!(store.sweep(due().delete, 1, u64::MAX).unwrap().more);
    assert!(!store.sweep(NOW, 1, u64::MAX).unwrap().more);
    store.idle();
    assert!(store.settle());
    let filler = Path::new(&std::env::var_os("SIDEREAL_STORE").unwrap()).join("../filler");
    let full = std::fs::write(filler, vec![1; 24 << 20]).unwrap_err();
    assert_eq!(full.raw_os_error(), Some(libc::ENOSPC));
    for round in 0..10 {
        for n in (0..1000).filter(|n| store.load(&at(*n)).unwrap().is_some()) {
            assert!(matches!(lease_and_save(&store, n, &[round; 2000]).unwrap(), Written::Done(_)));
        }
    }
    let ended = Ended { reason: EndReason::Logout, at: NOW, cookie_cleared: true };
    for n in (0..1000).filter(|n| store.load(&at(*n)).unwrap().is_some()) {
        let ending = Ending {
            whom: Whom::Family { family: Family(at(n).0), at: at(n), up_to_generation: 0 },
            ended,
            delete: due().delete,
        };
        assert_eq!(store.end(&ending).unwrap(), 1);
    }
    while store.sweep(due().delete, 50, u64::MAX).unwrap().more {}
    assert_eq!(store.stats().unwrap().rows, 0);
}

#[test]
fn the_log_begins_anew_while_writers_go_on() {
    let dir = Dir::new();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let store = dir.open();
            scope.spawn(move || {
                for n in 0..3000 {
                    assert_eq!(store.create(&new(thread << 32 | n, &[1; 2000])).unwrap(), Created::Done);
                    store.idle();
                }
            });
        }
    });
    let log = std::fs::metadata(dir.store().join("sessions.db-wal")).unwrap().len();
    assert!(log <= 20 << 20, "the log has {log} bytes");
    assert_eq!(dir.open().stats().unwrap().rows, 9000);
    dir.check_integrity();
}

/// Runs the test `name` of this file in a process of its own, as a child of `shell`.
fn child(name: &str, dir: &Dir, shell: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-c", &format!("{shell} exec \"$0\" --exact {name} --nocapture --ignored")])
        .arg(std::env::current_exe().unwrap())
        .env("SIDEREAL_STORE", dir.store())
        .stdout(Stdio::piped());
    command
}

fn store_of_the_parent() -> Option<SqliteStore> {
    Some(SqliteStore::open(Path::new(&std::env::var_os("SIDEREAL_STORE")?)).unwrap())
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let dir = Dir::new();
    let store = dir.open();
    for n in 0..20 {
        assert_eq!(store.create(&new(n, &[n as u8; 2000])).unwrap(), Created::Done);
    }
    // The limit is for the size of a file, in units of 1024 bytes; SIGXFSZ ignored makes writes fail with EFBIG.
    let run = child("fills_the_disk", &dir, "trap '' XFSZ; ulimit -f 700;").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for n in 0..20 {
        assert_eq!(payload(&store, n), Some(vec![n as u8; 2000]));
    }
    assert_eq!(store.create(&new(1_000_000, b"room again")).unwrap(), Created::Done);
    dir.check_integrity();
}

#[test]
#[ignore = "run by a_full_disk_refuses_writes_and_loses_nothing"]
fn fills_the_disk() {
    let Some(store) = store_of_the_parent() else { return };
    let filler = vec![b'f'; 20_000];
    let mut stored = 20;
    let refused = loop {
        match store.create(&new(stored, &filler)) {
            Ok(_) => stored += 1,
            Err(refused) => break refused,
        }
        assert!(stored < 10_000, "the limit does not limit");
    };
    // The log has been copied and used again before it came to this: all of the database's file has been filled.
    let database = Path::new(&std::env::var_os("SIDEREAL_STORE").unwrap()).join("sessions.db");
    assert!(std::fs::metadata(database).unwrap().len() > 600 * 1024);
    assert!(refused.is_full(), "{refused}");
    assert!(refused.to_string().contains("sidereal.store"));
    for n in 20..stored {
        assert_eq!(payload(&store, n).as_deref(), Some(filler.as_slice()));
    }
    assert_eq!(payload(&store, stored), None);
    assert!(store.create(&new(stored, &filler)).is_err_and(|again| again.is_full()));
    // What is left may do for a few changes, which append less than a creation.
    let refused = (0..50).find_map(|_| lease_and_save(&store, 20, &filler).err());
    assert!(refused.is_some_and(|again| again.is_full()));
    assert_eq!(payload(&store, 20).as_deref(), Some(filler.as_slice()));
}

fn lease_and_save(store: &SqliteStore, n: u64, payload: &[u8]) -> sidereal_core::Result<Written> {
    let version = store.load(&at(n))?.map_or(0, |found| found.row.version);
    store.save(lease(store, n), &change(n, version, payload))
}

#[test]
fn killed_writers_leave_a_whole_store_and_no_lock() {
    let dir = Dir::new();
    let store = dir.open();
    for n in 0..8 {
        assert_eq!(store.create(&new(n, b"0")).unwrap(), Created::Done);
    }
    for _ in 0..20 {
        let mut children: Vec<_> = (0..3).map(|_| child("writes_until_killed", &dir, "").spawn().unwrap()).collect();
        std::thread::sleep(Duration::from_millis(40));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        for n in 0..8 {
            assert_eq!(
                payload(&store, n),
                dir.payload_in_database(n),
                "what is in the cache is what is in the database"
            );
            assert!(matches!(lease_and_save(&store, n, b"alive").unwrap(), Written::Done(_)));
        }
    }
    dir.check_integrity();
}

#[test]
#[ignore = "run by killed_writers_leave_a_whole_store_and_no_lock"]
fn writes_until_killed() {
    let Some(store) = store_of_the_parent() else { return };
    for n in (0..8).cycle() {
        assert!(matches!(lease_and_save(&store, n, &[b'w'; 3000]).unwrap(), Written::Done(_) | Written::Lost));
    }
}

#[test]
fn rows_come_from_the_cache_while_somebody_has_it_open() {
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, b"ours")).unwrap(), Created::Done);
    assert_eq!(payload(&store, 1).as_deref(), Some(b"ours".as_slice()));
    let by_hand = rusqlite::Connection::open(dir.database()).unwrap();
    assert_eq!(by_hand.execute("UPDATE session SET payload = ?1", [b"by hand"]).unwrap(), 1);
    drop(by_hand);
    assert_eq!(payload(&store, 1).as_deref(), Some(b"ours".as_slice()));
    assert_eq!(payload(&dir.open(), 1).as_deref(), Some(b"ours".as_slice()));
    drop(store);
    assert_eq!(payload(&dir.open(), 1).as_deref(), Some(b"by hand".as_slice()));
}

#[test]
fn a_process_that_keeps_no_rows_forgets_them() {
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, b"before")).unwrap(), Created::Done);
    assert_eq!(payload(&store, 1).as_deref(), Some(b"before".as_slice()));
    // No file of this process may become as long as that of the rows.
    let run = child("saves_without_room_for_rows", &dir, "trap '' XFSZ; ulimit -f 50000;").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(payload(&store, 1).as_deref(), Some(b"after".as_slice()));
}

#[test]
#[ignore = "run by a_process_that_keeps_no_rows_forgets_them"]
fn saves_without_room_for_rows() {
    let Some(store) = store_of_the_parent() else { return };
    assert!(matches!(lease_and_save(&store, 1, b"after").unwrap(), Written::Done(_)));
}

#[test]
fn a_store_that_cannot_be_written_says_so() {
    let dir = Dir::new();
    let store = dir.open();
    assert_eq!(store.create(&new(1, b"x")).unwrap(), Created::Done);
    drop(store);
    let readonly = format!("mount --bind '{0}' '{0}' && mount -o remount,ro,bind '{0}' &&", dir.store().display());
    let mut command = Command::new("unshare");
    let child = child("finds_a_store_that_cannot_be_written", &dir, &readonly);
    let run =
        command.arg("-m").arg(child.get_program()).args(child.get_args()).env("SIDEREAL_STORE", dir.store()).output();
    let output = run.map(|run| (run.status.success(), String::from_utf8_lossy(&run.stderr).into_owned()));
    match output {
        Ok((true, _)) => {}
        Ok((false, text)) if !text.contains("mount") && !text.contains("unshare") => panic!("{text}"),
        refused => eprintln!("SKIPPED: this user cannot mount anything: {refused:?}"),
    }
}

#[test]
#[ignore = "run by a_store_that_cannot_be_written_says_so"]
fn finds_a_store_that_cannot_be_written() {
    let Some(dir) = std::env::var_os("SIDEREAL_STORE") else { return };
    let refused = SqliteStore::open(Path::new(&dir)).expect_err("a read-only store was opened");
    let text = refused.to_string();
    assert!(refused.is_store() && text.starts_with("expected") && text.contains("found"), "{text}");
}

#[test]
fn parent_and_child_of_a_fork_go_on() {
    let dir = Dir::new();
    // In a process of its own: other tests' connections would be inherited.
    let run = child("forks", &dir, "").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let store = dir.open();
    for n in 1..=2 {
        assert_eq!(store.load(&at(n)).unwrap().unwrap().row.version, 201);
    }
    dir.check_integrity();
}

#[test]
#[ignore = "run by parent_and_child_of_a_fork_go_on"]
fn forks() {
    let Some(store) = store_of_the_parent() else { return };
    for n in 1..=2 {
        assert_eq!(store.create(&new(n, b"0")).unwrap(), Created::Done);
    }
    // SAFETY: this process runs no other thread that could hold a lock now; the child ends by `_exit`.
    let pid = unsafe { libc::fork() };
    let own = if pid == 0 { 1 } else { 2 };
    let done = (0..200).all(|_| matches!(lease_and_save(&store, own, &[b'f'; 3000]), Ok(Written::Done(_))));
    if pid == 0 {
        // SAFETY: `_exit` takes a number and does not come back.
        unsafe { libc::_exit(i32::from(!done)) };
    }
    assert!(done);
    let mut status = 0;
    // SAFETY: `status` is a valid integer for the duration of the call, and `pid` is a child that nobody else waits for.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0);
}

#[test]
fn r49_hold_times_are_shared_and_count_leases_only() {
    let root = tempfile::tempdir().unwrap();
    let (one, other) = (
        SqliteStore::open(&root.path().join("store")).unwrap(),
        SqliteStore::open(&root.path().join("store")).unwrap(),
    );
    assert_eq!(other.hold_times().percentile(99), None);
    assert_eq!(one.create(&new(1, b"payload")).unwrap(), Created::Done);
    for _ in 0..3 {
        drop(lease(&one, 1));
    }
    assert_eq!(other.hold_times().count(), 3, "the turn to write is no lease");
    assert!(other.hold_times().percentile(99).is_some());
}
