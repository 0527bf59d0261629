//! Which rows the cache has, where, and as of when: a table that processes share. It is small, because no store can do without it.
//!
//! Nothing here blocks, and whoever is killed in the middle of anything leaves less in the cache, never something wrong. Two rules make it so:
//!
//! 1. A row that a transaction changes is **forgotten before the transaction commits**, so whoever finds a row here finds it as it is.
//! 2. A row is **kept only as of a moment after which no transaction has changed any row of its set**. Transactions come one after
//!    another and are numbered as they begin to change rows: who looks at the latest number that was committed, and reads the database after that, has
//!    seen every transaction up to that number, and none of them can come to pass any more that has not. A set knows the last one that changed it.
//!
//! Between claiming a slot and publishing it, a keeper looks at that number. A forgetter writes the number first and takes back
//! every claim in the set next. Whichever comes first, one of the two sees the other (all of it is sequentially consistent).

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU64, fence};

use crate::shared::{Cells, Kind};

/// Slots of a set: a row may be in any of those of its set.
const WAYS: usize = 8;
const SETS: usize = 2048;
/// Rows that fit in.
pub(super) const SLOTS: usize = SETS * WAYS;
/// Bytes of a slot.
pub(super) const SLOT: usize = 8192;

/// The version is part of the mark: another layout, another mark.
pub(super) const KIND: Kind = Kind { name: "the index of shared rows", mark: b"sidereal rows 1\n" };

/// The file, from its first byte.
#[repr(C, align(64))]
pub(super) struct Index {
    _mark: [AtomicU64; 2],
    /// Number of the latest transaction that has begun to change rows, and of the latest known to be over.
    begun: AtomicU64,
    done: AtomicU64,
    _rest: [AtomicU64; 4],
    /// By set: the latest transaction that changed a row of it.
    changed: [AtomicU64; SETS],
    /// By set: how many rows have made way for others.
    evicted: [AtomicU64; SETS],
    states: [[AtomicU64; WAYS]; SETS],
    /// Of the row in each slot.
    numbers: [[AtomicU64; WAYS]; SETS],
}

// SAFETY: atomics all through, in fixed arrays; every bit pattern of an integer is a value; aligned to 64.
#[allow(unsafe_code)]
unsafe impl Cells for Index {}

/// As of when a row is: up to which transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store::sqlite) struct Stamp(pub(super) u64);

/// A slot in which a row was found.
pub(super) struct Seen {
    place: Place,
    state: State,
}

impl Seen {
    pub(super) fn slot(&self) -> usize {
        self.place.slot()
    }

    /// Bytes of the row.
    pub(super) fn len(&self) -> usize {
        self.state.len()
    }

    /// What [`Claim::mark`] was to the one who put the row there.
    pub(super) fn mark(&self) -> u64 {
        self.state.turn()
    }
}

/// A slot that nobody else fills or reads.
pub(super) struct Claim {
    place: Place,
    state: State,
}

impl Claim {
    pub(super) fn slot(&self) -> usize {
        self.place.slot()
    }

    /// What no other row had that was ever in this slot.
    pub(super) fn mark(&self) -> u64 {
        self.state.next(Use::Full, 0).turn()
    }

    /// Bytes of the slot in which something may be left, of the row before or of the one that is to come.
    pub(super) fn len(&self) -> usize {
        self.state.len()
    }
}

#[derive(Clone, Copy)]
struct Place {
    set: usize,
    way: usize,
}

impl Place {
    fn slot(self) -> usize {
        self.set * WAYS + self.way
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Free,
    /// Has a row.
    Full,
    /// Somebody fills or wipes it, or died doing so.
    Claimed,
}

/// How a slot is used (2 bits), how many of its bytes are (14 bits), and how often that has changed: two equal states vouch for what
/// lies between.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State(u64);

impl State {
    const USE: u64 = 3;
    const TURN: u64 = 1 << 16;

    fn is(self, kind: Use) -> bool {
        self.0 & Self::USE == kind as u64
    }

    fn len(self) -> usize {
        usize::try_from(self.0 % Self::TURN / (Self::USE + 1)).unwrap_or(0).min(SLOT)
    }

    fn turn(self) -> u64 {
        self.0 / Self::TURN
    }

    fn next(self, kind: Use, len: usize) -> Self {
        let turns = (self.0 & !(Self::TURN - 1)).wrapping_add(Self::TURN);
        Self(turns | (len as u64) << 2 | kind as u64)
    }
}

impl Index {
    /// Forgets everything. The caller knows that nobody else uses the cache, and sees to it that nothing is left in the slots.
    pub(super) fn clear(&self) {
        // Nothing is kept before the first commit: a transaction that was killed before might come back until then, see `begin`.
        set_all([&self.begun].into_iter().chain(&self.changed), 1);
        set_all([&self.done].into_iter().chain(self.states.as_flattened()), 0);
    }

    /// As of when somebody is who reads the database next.
    pub(super) fn now(&self) -> Stamp {
        Stamp(self.done.load(SeqCst))
    }

    /// The number of a transaction that is about to change its first row. One that never ends - its process was killed, its disk was full - may have written
    /// its commit nevertheless. SQLite finds it should it ever have to recover the log, unless another commit has been written over it by then. So it
    /// is over when the next one is, and not before.
    pub(super) fn begin(&self) -> Stamp {
        Stamp(self.begun.fetch_add(1, SeqCst).wrapping_add(1))
    }

    /// The transaction is in the log, and visible.
    pub(super) fn end(&self, stamp: Stamp) {
        self.done.fetch_max(stamp.0, SeqCst);
    }

    /// Where the row `number` is. What is read there is good only if [`Index::is_still`] afterwards.
    pub(super) fn find(&self, number: u64) -> Option<Seen> {
        let set = set_of(number);
        (0..WAYS).find_map(|way| {
            let state = State(self.states[set][way].load(Acquire));
            let is_it = state.is(Use::Full) && self.numbers[set][way].load(Relaxed) == number;
            is_it.then_some(Seen { place: Place { set, way }, state })
        })
    }

    /// Whether the slot has been as it was seen all the time until now.
    pub(super) fn is_still(&self, seen: &Seen) -> bool {
        fence(Acquire);
        self.state(seen.place).load(Relaxed) == seen.state.0
    }

    /// A slot for the row `number` of `len` bytes, as of `stamp`; `None` when it has changed since, is there already, or somebody is in the way.
    pub(super) fn claim(&self, number: u64, len: usize, stamp: Stamp) -> Option<Claim> {
        let set = set_of(number);
        let states: [State; WAYS] = std::array::from_fn(|way| State(self.states[set][way].load(SeqCst)));
        let is_there = |way: usize| states[way].is(Use::Full) && self.numbers[set][way].load(Relaxed) == number;
        if (0..WAYS).any(is_there) {
            return None;
        }
        let way = states.iter().position(|state| state.is(Use::Free)).unwrap_or_else(|| self.victim(set));
        let claim = self.take(Place { set, way }, states[way], len)?;
        if self.changed[set].load(SeqCst) > stamp.0 {
            self.give_up(&claim);
            return None;
        }
        Some(claim)
    }

    /// Lets others find the row `number` in its slot, in which nothing else is left. `false` when it has been forgotten since: then the slot is still claimed.
    #[must_use]
    pub(super) fn publish(&self, claim: &Claim, number: u64, len: usize) -> bool {
        let Place { set, way } = claim.place;
        self.numbers[set][way].store(number, Relaxed);
        let full = claim.state.next(Use::Full, len);
        self.state(claim.place).compare_exchange(claim.state.0, full.0, SeqCst, SeqCst).is_ok()
    }

    /// Gives a claimed slot back, without a row; what is left there is still known.
    pub(super) fn give_up(&self, claim: &Claim) {
        self.free(claim, claim.len());
    }

    /// Gives a claimed slot back in which nothing is left.
    pub(super) fn give_up_wiped(&self, claim: &Claim) {
        self.free(claim, 0);
    }

    /// Forgets the row `number`, which the transaction `stamp` changes.
    pub(super) fn forget(&self, number: u64, stamp: Stamp) {
        let set = set_of(number);
        self.changed[set].store(stamp.0, SeqCst);
        for (cell, held) in self.states[set].iter().zip(&self.numbers[set]) {
            let _ = cell.fetch_update(SeqCst, SeqCst, |now| match State(now) {
                // Taken back: it can no longer be published.
                state if state.is(Use::Claimed) => Some(state.next(Use::Claimed, state.len()).0),
                state if state.is(Use::Full) && held.load(Relaxed) == number => {
                    Some(state.next(Use::Free, state.len()).0)
                }
                _ => None,
            });
        }
    }

    /// Claims a slot in which a row has left something.
    pub(super) fn leftover(&self, slot: usize) -> Option<Claim> {
        let place = Place { set: slot / WAYS, way: slot % WAYS };
        let state = State(self.state(place).load(SeqCst));
        if state.is(Use::Free) && state.len() > 0 { self.take(place, state, 0) } else { None }
    }

    fn state(&self, Place { set, way }: Place) -> &AtomicU64 {
        &self.states[set][way]
    }

    /// First in, first out, more or less.
    fn victim(&self, set: usize) -> usize {
        usize::try_from(self.evicted[set].fetch_add(1, Relaxed) % WAYS as u64).unwrap_or(0)
    }

    fn take(&self, place: Place, before: State, len: usize) -> Option<Claim> {
        if before.is(Use::Claimed) {
            return None;
        }
        let state = before.next(Use::Claimed, before.len().max(len));
        self.state(place).compare_exchange(before.0, state.0, SeqCst, SeqCst).ok()?;
        // Who sees anything of what is written now sees that the slot is claimed, too.
        fence(Release);
        Some(Claim { place, state })
    }

    /// Only its claimant frees a slot; others may have taken the claim back meanwhile.
    fn free(&self, claim: &Claim, left: usize) {
        let free = |now| Some(State(now).next(Use::Free, left).0);
        let _ = self.state(claim.place).fetch_update(SeqCst, SeqCst, free);
    }
}

/// Writes only where it has to: a page that is not touched costs nothing.
fn set_all<'a>(cells: impl Iterator<Item = &'a AtomicU64>, value: u64) {
    cells.filter(|cell| cell.load(SeqCst) != value).for_each(|cell| cell.store(value, SeqCst));
}

/// The low bits of a hash.
fn set_of(number: u64) -> usize {
    usize::try_from(number % SETS as u64).unwrap_or(0)
}
