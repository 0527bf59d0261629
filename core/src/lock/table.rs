//! The table that the processes of a host share: who waits, in which order, and a hint at who holds.
//!
//! It lies in a file of the store's directory, has one fixed size, and is allocated whole before anybody maps it. All
//! zeros is a good empty table. Nothing in it decides who holds a lock: the kernel does. What a crash or a reboot
//! leaves in it is found out by its owners' liveness bytes (see `queue`).

use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

use super::Holder;
use super::held::{Counts, HoldTimes};
use crate::shared::{Cells, Kind, kernel};

const BUCKETS: usize = 128;
/// One bit each in [`Bucket::occupied`].
pub(super) const ENTRIES: usize = 64;
const HINTS: usize = 1024;

/// Records share a bucket by the low bits of their keys.
#[repr(C, align(64))]
pub(super) struct Bucket {
    /// Which entries hold a waiter. A bit is set last on the way in and cleared first on the way out, both under the
    /// entry's liveness byte: so a set bit whose byte is free belongs to a waiter that died.
    pub(super) occupied: AtomicU64,
    /// The last ticket drawn. A lower ticket goes first; none is drawn twice.
    pub(super) tickets: AtomicU64,
}

/// A place in a queue. Written only under its liveness byte.
#[repr(C, align(32))]
pub(super) struct Entry {
    /// Changed only while the ticket is 0, so two equal readings of the ticket vouch for the key between them.
    pub(super) key: AtomicU64,
    pub(super) ticket: AtomicU64,
    /// The futex that the waiter sleeps on. Counts wake-ups.
    pub(super) word: AtomicU32,
}

/// Who took a lock last. A record overwrites another one's: it is for a warning, nothing more.
#[repr(C, align(32))]
struct Hint {
    key: AtomicU64,
    since: AtomicU64,
    /// Written last, 0 while the others change.
    pid: AtomicU32,
}

/// The file, from its first byte.
#[repr(C)]
pub(super) struct Table {
    _mark: [AtomicU64; 2],
    held: Counts,
    buckets: [Bucket; BUCKETS],
    entries: [[Entry; ENTRIES]; BUCKETS],
    hints: [Hint; HINTS],
}

const _: () =
    assert!(std::mem::offset_of!(Table, buckets) == 64, "the counts fill up what the mark leaves of a cache line");

// SAFETY: atomics all through, in fixed arrays; every bit pattern of an integer is a value; aligned to 64.
unsafe impl Cells for Table {}

impl Table {
    /// The number of the bucket of `key`, the bucket, its entries.
    pub(super) fn bucket(&self, key: u64) -> (usize, &Bucket, &[Entry; ENTRIES]) {
        let number = low_bits(key, BUCKETS);
        (number, &self.buckets[number], &self.entries[number])
    }

    /// Counts a lock that was taken at `since` and is given back now.
    pub(super) fn note_hold(&self, since: Duration) {
        self.held.note(kernel::about_now().saturating_sub(since));
    }

    /// How long locks were held lately.
    pub(super) fn hold_times(&self) -> HoldTimes {
        self.held.read()
    }

    /// Leaves the hint that `pid` holds `key` from now on.
    pub(super) fn note_holder(&self, key: u64, pid: u32) {
        let hint = &self.hints[low_bits(key, HINTS)];
        let now = u64::try_from(kernel::about_now().as_nanos()).unwrap_or(u64::MAX);
        hint.pid.store(0, Release);
        hint.key.store(key, Release);
        hint.since.store(now, Release);
        hint.pid.store(pid, Release);
    }

    /// Who took `key` last, as far as the hint is still there.
    pub(super) fn holder(&self, key: u64) -> Holder {
        let hint = &self.hints[low_bits(key, HINTS)];
        let pid = hint.pid.load(Acquire);
        let since = Duration::from_nanos(hint.since.load(Acquire));
        if pid == 0 || hint.key.load(Acquire) != key || hint.pid.load(Acquire) != pid {
            return Holder { pid: None, held_for: None };
        }
        Holder { pid: Some(pid), held_for: Some(kernel::about_now().saturating_sub(since)) }
    }
}

/// `key` modulo a power of two.
fn low_bits(key: u64, count: usize) -> usize {
    usize::try_from(key % count as u64).unwrap_or(0)
}

/// The version is part of the mark: another layout, another mark.
pub(super) const KIND: Kind = Kind { name: "the lock table", mark: b"sidereal lock 1\n" };
