use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use parking_lot::Mutex;

use super::*;
use crate::clock::Time;
use crate::record::{EndReason, Ended};
use crate::store::Due;

/// The row `number` as its `version`th writer left it: whoever mixes two versions up is found out.
fn row(number: u64, version: u64) -> Row {
    let mut at = [0; 16];
    at[..8].copy_from_slice(&(number << 1).to_be_bytes());
    let mark = version.to_le_bytes();
    Row {
        at: Locator(at),
        version,
        ended: None,
        unbound: number.is_multiple_of(3).then(|| Time::from_millis(number.cast_signed())),
        meta: mark.repeat(1 + usize::try_from(version % 20).unwrap()),
        payload: (!version.is_multiple_of(5)).then(|| mark.repeat(usize::try_from(version * 37 % 900).unwrap())),
    }
}

/// The change that makes `new` of its version `old`.
fn saved(new: &Row, old: u64) -> Change<'_> {
    let due = Due { erase: None, delete: Time::from_millis(0) };
    Change { at: new.at, version: old, meta: &new.meta, payload: new.payload.as_deref(), due }
}

/// A cache that keeps what it is given.
fn open(dir: &tempfile::TempDir) -> Arc<Cache> {
    let cache = Arc::new(Cache::open(dir.path()).unwrap());
    change(&cache, 2047);
    cache
}

fn change(cache: &Arc<Cache>, number: u64) -> Stamp {
    let changes = Changes::new(Arc::clone(cache));
    changes.note(number);
    commit(&changes)
}

fn commit(changes: &Changes) -> Stamp {
    changes.committed();
    changes.over().unwrap()
}

/// What is in the file of the rows.
fn file(dir: &tempfile::TempDir) -> Vec<u8> {
    std::fs::read(dir.path().join("shared-rows")).unwrap()
}

fn has(file: &[u8], bytes: &[u8]) -> bool {
    file.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn what_is_kept_is_found_whole_by_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (open(&dir), open(&dir));
    for version in 0..400 {
        let row = row(version * 7919, version);
        assert_eq!(one.find(&row.at), None);
        one.keep(&row, one.now());
        assert_eq!(other.find(&row.at), Some(row.clone()));
        let mut twin = row.at;
        twin.0[15] = 1;
        assert_eq!(other.find(&twin), None, "another locator with the same number");
    }
}

#[test]
fn what_changes_is_forgotten_by_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (open(&dir), open(&dir));
    let before = one.now();
    one.keep(&row(5, 1), before);
    one.keep(&row(6, 1), before);
    let changes = Changes::new(Arc::clone(&other));
    changes.note(5);
    assert_eq!(one.find(&row(5, 1).at), None, "before the transaction is over");
    one.keep(&row(5, 1), one.now());
    assert_eq!(one.find(&row(5, 1).at), None, "who reads meanwhile may have read the old row");
    let stamp = commit(&changes);
    one.keep(&row(5, 1), before);
    assert_eq!(one.find(&row(5, 1).at), None, "who read before has read the old row");
    one.keep(&row(5, 2), stamp);
    assert_eq!(other.find(&row(5, 2).at), Some(row(5, 2)));
    assert_eq!(other.find(&row(6, 1).at), Some(row(6, 1)), "another row stays");
}

#[test]
fn a_transaction_that_is_not_committed_ends_with_the_next_one_that_is() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let is_kept = |number| {
        cache.keep(&row(number, 2), cache.now());
        cache.find(&row(number, 2).at).is_some()
    };
    // Killed.
    Changes::new(Arc::clone(&cache)).note(5);
    // Rolled back.
    let changes = Changes::new(Arc::clone(&cache));
    changes.note(6);
    assert_eq!(changes.over(), None);
    assert!(!is_kept(5) && !is_kept(6) && is_kept(7));
    change(&cache, 8);
    assert!(is_kept(5) && is_kept(6) && is_kept(8));
}

#[test]
fn nothing_is_kept_before_the_first_commit() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Arc::new(Cache::open(dir.path()).unwrap());
    cache.keep(&row(1, 1), cache.now());
    assert_eq!(cache.find(&row(1, 1).at), None);
    change(&cache, 2);
    cache.keep(&row(1, 1), cache.now());
    assert_eq!(cache.find(&row(1, 1).at), Some(row(1, 1)));
}

/// A process that is killed while it empties the cache leaves that to the one who waits for it.
#[test]
fn who_waits_for_one_who_dies_begins_with_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let kept = row(1, 1);
    let cache = open(&dir);
    cache.keep(&kept, cache.now());
    drop(cache);
    let index = kernel::open_at(&File::open(dir.path()).unwrap(), FILES[0]).unwrap();
    assert!(kernel::try_lock(&index, OPENING).unwrap() && kernel::try_lock(&index, IN_USE).unwrap());
    let next = std::thread::scope(|scope| {
        let next = scope.spawn(|| Cache::open(dir.path()).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!next.is_finished());
        drop(index);
        next.join().unwrap()
    });
    assert_eq!(next.find(&kept.at), None);
    assert!(file(&dir).is_empty());
}

/// Else a write into the mapped file is a signal when the disk is full.
#[test]
fn a_copy_of_the_index_that_has_holes_is_filled() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shared-index");
    drop(open(&dir));
    let whole = std::fs::read(&path).unwrap();
    let copy = File::create(&path).unwrap();
    copy.set_len(whole.len() as u64).unwrap();
    copy.write_all_at(&whole[..16], 0).unwrap();
    let missing = || (whole.len() as u64).saturating_sub(copy.metadata().unwrap().blocks() * 512);
    assert_ne!(missing(), 0);
    drop(Cache::open(dir.path()).unwrap());
    assert_eq!(missing(), 0);
}

#[test]
fn what_is_not_the_row_that_was_put_there_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    cache.keep(&row(1, 1), cache.now());
    let before = file(&dir);
    let stamp = change(&cache, 1);
    cache.keep(&Row { version: 2, ..row(1, 1) }, stamp);
    assert_eq!(cache.find(&row(1, 1).at).unwrap().version, 2);
    // As after a write that never reached the disk.
    cache.rows.write_all_at(&before, 0).unwrap();
    assert_eq!(cache.find(&row(1, 1).at), None);
}

#[test]
fn what_is_read_while_its_slot_changes_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    cache.keep(&row(1, 1), cache.now());
    let seen = cache.index.find(1).unwrap();
    assert!(cache.index.is_still(&seen));
    let stamp = change(&cache, 1);
    assert!(!cache.index.is_still(&seen));
    cache.keep(&row(1, 1), stamp);
    assert!(!cache.index.is_still(&seen), "although the same row is there again");
}

#[test]
fn a_saved_row_is_found_if_the_one_before_was() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let (old, new) = (row(3, 6), row(3, 7));
    let saved = saved(&new, 6);
    assert!(cache.foresee(&saved).is_none());
    cache.keep(&old, cache.now());
    assert!(cache.foresee(&Change { version: 5, ..saved.clone() }).is_none(), "based on another version");
    let foreseen = cache.foresee(&saved).unwrap();
    let stamp = change(&cache, 3);
    cache.put(&foreseen, stamp);
    assert_eq!(cache.find(&new.at), Some(Row { unbound: old.unbound, ..new }));
}

#[test]
fn large_and_ended_rows_are_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let room = SLOT - FIXED - row(1, 1).meta.len();
    let large = Row { payload: Some(vec![1; room + 1]), ..row(1, 1) };
    let ended = Ended { reason: EndReason::Logout, at: Time::from_millis(1), cookie_cleared: true };
    for row in [large, Row { ended: Some(ended), ..row(2, 1) }] {
        cache.keep(&row, cache.now());
        assert_eq!(cache.find(&row.at), None);
    }
    let largest = Row { payload: Some(vec![1; room]), ..row(3, 1) };
    cache.keep(&largest, cache.now());
    assert_eq!(cache.find(&largest.at), Some(largest));
}

#[test]
fn rows_of_one_set_make_way_for_one_another() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let rows: Vec<Row> = (0..100).map(|n| row(7 + n * 2048, n)).collect();
    for (n, row) in rows.iter().enumerate() {
        cache.keep(row, cache.now());
        assert_eq!(cache.find(&row.at), Some(row.clone()));
        assert_eq!(rows[..=n].iter().filter(|row| cache.find(&row.at).is_some()).count(), (n + 1).min(8));
    }
}

#[test]
fn who_comes_alone_begins_with_an_empty_cache() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(&dir);
    first.keep(&row(1, 1), first.now());
    let second = open(&dir);
    drop(first);
    assert_eq!(open(&dir).find(&row(1, 1).at), Some(row(1, 1)), "somebody has had it all the time");
    assert!(has(&file(&dir), &row(1, 1).meta));
    drop(second);
    assert_eq!(open(&dir).find(&row(1, 1).at), None);
    assert_eq!(file(&dir), []);
}

#[test]
fn nothing_is_left_of_forgotten_rows() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let is_there = |bytes: &[u8]| has(&file(&dir), bytes);
    let rows: Vec<Row> = (0..20).map(|n| row(n, 299 + n)).collect();
    for row in &rows {
        cache.keep(row, cache.now());
        assert!(is_there(&row.meta));
    }
    for n in (0..20).step_by(2) {
        change(&cache, n);
    }
    cache.wipe();
    for (n, row) in rows.iter().enumerate() {
        let stays = n % 2 != 0;
        assert_eq!((is_there(&row.meta), cache.find(&row.at).is_some()), (stays, stays), "row {n}");
    }
}

#[test]
fn nothing_is_left_behind_a_shorter_row() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    cache.keep(&Row { meta: b"long".repeat(1000), ..row(1, 1) }, cache.now());
    let stamp = change(&cache, 1);
    cache.keep(&Row { meta: b"short".to_vec(), ..row(1, 2) }, stamp);
    assert_eq!(cache.find(&row(1, 2).at).unwrap().meta, b"short");
    assert!(!has(&file(&dir), b"long"));
}

#[test]
fn nothing_is_left_of_a_row_that_came_too_late() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir);
    let put = || {
        let claim = cache.index.claim(1, 8, cache.now()).unwrap();
        cache.rows.write_all_at(b"too late", place(claim.slot())).unwrap();
        change(&cache, 1);
        assert!(!cache.index.publish(&claim, 1, 8));
        claim
    };
    cache.wipe_slot(&put());
    assert!(!has(&file(&dir), b"too late"));
    // Where it could not be wiped at once it is later.
    cache.index.give_up(&put());
    assert!(has(&file(&dir), b"too late"));
    cache.wipe();
    assert!(!has(&file(&dir), b"too late"));
    assert!(cache.index.find(1).is_none());
}

struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Readers and writers at once, some of which are killed. The database is a version for each row. Whoever finds a row in the cache
/// finds it no older than it was when he began to look, and no newer than it is when he has looked.
#[test]
fn nobody_finds_what_is_not_so() {
    const THREADS: u64 = 4;
    const OPERATIONS: u32 = 60_000;
    let chosen = std::env::var("SIDEREAL_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed: u64 = chosen.unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish());
    let dir = tempfile::tempdir().unwrap();
    let caches = [open(&dir), open(&dir)];
    // Twelve rows for the eight places of each of two sets.
    let numbers: Vec<u64> = (0..24).map(|n| n % 2 + (n / 2) * 2048).collect();
    let database: Vec<AtomicU64> = numbers.iter().map(|_| AtomicU64::new(1)).collect();
    // The writers' turn, and what a transaction would write whose process was killed in the middle of the commit.
    let limbo: Mutex<Option<(usize, u64)>> = Mutex::new(None);
    let (found, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (numbers, database, limbo, found, failed) = (&numbers, &database, &limbo, &found, &failed);
            let cache = Arc::clone(&caches[usize::try_from(thread % 2).unwrap()]);
            scope.spawn(move || {
                let mut random = SplitMix(seed ^ thread);
                for _ in 0..OPERATIONS {
                    let one = usize::try_from(random.below(24)).unwrap();
                    let (number, now) = (numbers[one], &database[one]);
                    let at = row(number, 1).at;
                    match random.below(100) {
                        0..70 => {
                            let oldest = now.load(SeqCst);
                            if let Some(row_found) = cache.find(&at) {
                                found.fetch_add(1, SeqCst);
                                let range = oldest..=now.load(SeqCst);
                                let good =
                                    range.contains(&row_found.version) && row_found == row(number, row_found.version);
                                if !good {
                                    failed.store(true, SeqCst);
                                }
                            } else {
                                let stamp = cache.now();
                                let read = row(number, now.load(SeqCst));
                                cache.keep(&read, stamp);
                            }
                        }
                        // The log is recovered: a commit that nobody has seen is there after all, if none has been written over it.
                        70 => {
                            if let Some((one, version)) = limbo.lock().take() {
                                database[one].store(version, SeqCst);
                            }
                        }
                        kind => {
                            let mut limbo = limbo.lock();
                            let old = now.load(SeqCst);
                            let new = row(number, old + 1);
                            let change = saved(&new, old);
                            let foreseen = cache.foresee(&change);
                            let changes = Changes::new(Arc::clone(&cache));
                            changes.note(number);
                            std::thread::yield_now();
                            match kind {
                                // Killed before the commit.
                                71 => continue,
                                // Killed in the middle of it.
                                72 | 73 => {
                                    *limbo = Some((one, old + 1));
                                    continue;
                                }
                                // Rolled back.
                                74 | 75 => {
                                    assert_eq!(changes.over(), None);
                                    continue;
                                }
                                _ => {}
                            }
                            now.store(old + 1, SeqCst);
                            *limbo = None;
                            // Killed after the commit.
                            if kind == 76 {
                                continue;
                            }
                            drop(limbo);
                            let stamp = commit(&changes);
                            if kind > 85
                                && let Some(row) = foreseen
                            {
                                cache.put(&row, stamp);
                            }
                            if kind == 99 && random.below(10) == 0 {
                                cache.wipe();
                            }
                        }
                    }
                }
            });
        }
    });
    assert!(!failed.load(SeqCst), "SIDEREAL_SEED={seed}");
    assert!(found.load(SeqCst) > 1000, "nearly nothing was found; SIDEREAL_SEED={seed}");
}
