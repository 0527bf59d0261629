//! Who is next: the queue of those who wait for one record, first come first served.
//!
//! A waiter has an entry in the record's bucket. It holds the entry's liveness byte (an OFD lock on the table's file,
//! through a description of its own) for as long as the entry's bit is set, so whoever can take that byte knows that
//! the waiter has died and clears up after it.
//!
//! No wake-up is lost while everybody lives. A releaser unlocks first and then wakes the first waiter that it sees; a
//! waiter shows its entry first and then tries to lock: one of the two sees the other. Who leaves without the lock, or
//! removes a dead waiter, wakes the first one, in case the wake-up had gone to the entry that is no more. All else,
//! such as a holder or a waker that is killed between two steps, is found by looking again every 20 ms.

use std::fs::File;
use std::io;
use std::iter;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::files::{Files, Name};
use super::table::{Bucket, ENTRIES, Entry, Table};
use crate::shared::{SharedError, kernel};

/// How soon a waiter looks for what nobody told it: with the time that it takes to run again, less than 20 ms.
const LOOK_AGAIN: Duration = Duration::from_millis(18);

/// The queue of one record.
pub(super) struct Queue<'a> {
    files: &'a Files,
    bucket: &'a Bucket,
    entries: &'a [Entry; ENTRIES],
    /// The liveness byte of the bucket's first entry.
    first_byte: u64,
    key: u64,
}

/// An entry in use, as it was read.
#[derive(Clone, Copy)]
struct Waiter {
    place: usize,
    ticket: u64,
}

impl<'a> Queue<'a> {
    pub(super) fn of(key: u64, table: &'a Table, files: &'a Files) -> Self {
        let (number, bucket, entries) = table.bucket(key);
        Self { files, bucket, entries, first_byte: (number * ENTRIES) as u64, key }
    }

    /// The record.
    pub(super) fn key(&self) -> u64 {
        self.key
    }

    /// How many wait; those that died are still counted.
    pub(super) fn len(&self) -> usize {
        self.waiters(self.key).count()
    }

    /// Removes those that died. Returns how many wait.
    pub(super) fn remove_dead(&self) -> Result<usize, SharedError> {
        let file = self.files.take(Name::TABLE)?;
        for waiter in self.waiters(self.key) {
            self.remove_if_dead(waiter, &file)?;
        }
        self.files.give_back(Name::TABLE, file);
        Ok(self.len())
    }

    /// Tells the first waiter, if any, to try its luck.
    pub(super) fn wake_first(&self) {
        self.wake_first_of(self.key);
    }

    /// Goes to the end of the queue; `None` where `max_waiters` are ahead or the bucket has no entry left.
    pub(super) fn join(&self, max_waiters: usize) -> Result<Option<Turn<'_>>, SharedError> {
        let file = self.files.take(Name::TABLE)?;
        let Some(place) = self.claim(&file).map_err(|error| self.refused(error))? else {
            self.files.give_back(Name::TABLE, file);
            return Ok(None);
        };
        let entry = &self.entries[place];
        entry.ticket.store(0, SeqCst);
        entry.key.store(self.key, SeqCst);
        let ticket = self.bucket.tickets.fetch_add(1, SeqCst) + 1;
        entry.ticket.store(ticket, SeqCst);
        self.bucket.occupied.fetch_or(1 << place, SeqCst);
        let turn = Turn { queue: self, place, file: Some(file) };
        // Counted again, because others may have come since the caller counted. Only those ahead: of several that come
        // at once the earlier tickets stay.
        let ahead = self.waiters(self.key).filter(|other| other.ticket < ticket).count();
        Ok((ahead < max_waiters).then_some(turn))
    }

    /// Takes the liveness byte of an entry, a free one or one whose owner has died.
    fn claim(&self, file: &File) -> io::Result<Option<usize>> {
        let occupied = self.bucket.occupied.load(SeqCst);
        // Starting where the last ticket was drawn keeps those that come at once apart.
        let start = (self.bucket.tickets.load(SeqCst) % 64) as u32;
        for candidates in [!occupied, occupied] {
            for step in bits(candidates.rotate_right(start)) {
                let place = (step + start as usize) % ENTRIES;
                if kernel::try_lock(file, self.byte(place))? {
                    self.remove(place);
                    return Ok(Some(place));
                }
            }
        }
        Ok(None)
    }

    /// Removes `waiter` if it has died; `false`: it lives. `file` must not be the description of that waiter.
    fn remove_if_dead(&self, waiter: Waiter, file: &File) -> Result<bool, SharedError> {
        let byte = self.byte(waiter.place);
        if !kernel::try_lock(file, byte).map_err(|error| self.refused(error))? {
            return Ok(false);
        }
        // With the byte in hand nobody else changes the entry; but its owner may have left it in good order before.
        if self.entries[waiter.place].ticket.load(SeqCst) == waiter.ticket {
            self.remove(waiter.place);
        }
        kernel::unlock(file, byte).map_err(|error| self.refused(error))?;
        Ok(true)
    }

    /// Clears an entry whose byte we hold, if its owner died before doing so, and wakes who came after it.
    fn remove(&self, place: usize) {
        let key = self.entries[place].key.load(SeqCst);
        if self.clear(place) {
            self.wake_first_of(key);
        }
    }

    /// Takes an entry whose byte we hold out of the queue. Returns whether it was in.
    fn clear(&self, place: usize) -> bool {
        let before = self.bucket.occupied.fetch_and(!(1 << place), SeqCst);
        self.entries[place].ticket.store(0, SeqCst);
        before & (1 << place) != 0
    }

    fn wake_first_of(&self, key: u64) {
        if let Some(first) = self.first_of(key) {
            let word = &self.entries[first.place].word;
            word.fetch_add(1, SeqCst);
            kernel::wake(word);
        }
    }

    fn first_of(&self, key: u64) -> Option<Waiter> {
        self.waiters(key).min_by_key(|waiter| waiter.ticket)
    }

    fn waiters(&self, key: u64) -> impl Iterator<Item = Waiter> + use<'_> {
        bits(self.bucket.occupied.load(SeqCst)).filter_map(move |place| {
            let entry = &self.entries[place];
            let ticket = entry.ticket.load(SeqCst);
            let same = entry.key.load(SeqCst) == key && ticket != 0 && entry.ticket.load(SeqCst) == ticket;
            same.then_some(Waiter { place, ticket })
        })
    }

    fn byte(&self, place: usize) -> u64 {
        self.first_byte + place as u64
    }

    fn refused(&self, error: io::Error) -> SharedError {
        self.files.refused("to lock a waiter's byte", Name::TABLE, error)
    }
}

/// A place in the queue. Dropping it leaves the queue and lets the next one try.
#[must_use]
pub(super) struct Turn<'a> {
    queue: &'a Queue<'a>,
    place: usize,
    /// The description that holds the liveness byte; `None` once the place has been left.
    file: Option<File>,
}

impl Turn<'_> {
    /// Whether nobody who lives is ahead.
    pub(super) fn is_first(&self) -> Result<bool, SharedError> {
        let Some(file) = &self.file else { return Ok(false) };
        while let Some(first) = self.queue.first_of(self.queue.key) {
            if first.place == self.place {
                return Ok(true);
            }
            if !self.queue.remove_if_dead(first, file)? {
                return Ok(false);
            }
        }
        // Somebody has damaged the table, our own entry is gone from it. The kernel still decides who holds.
        Ok(true)
    }

    /// How often this waiter has been woken. Read before looking at anything that a wake-up may be about.
    pub(super) fn wake_ups(&self) -> u32 {
        self.queue.entries[self.place].word.load(SeqCst)
    }

    /// Sleeps until a wake-up after `seen`, for as long as it is safe not to look, and for `at_most`.
    pub(super) fn sleep(&self, seen: u32, at_most: Duration) {
        kernel::sleep_on(&self.queue.entries[self.place].word, seen, at_most.min(LOOK_AGAIN));
    }

    /// Leaves the queue with the lock in hand: it is nobody else's turn yet.
    pub(super) fn end(mut self) {
        self.leave();
    }

    fn leave(&mut self) -> bool {
        let Some(file) = self.file.take() else { return false };
        self.queue.clear(self.place);
        // A description that cannot be unlocked is closed, which unlocks it too.
        if kernel::unlock_all(&file).is_ok() {
            self.queue.files.give_back(Name::TABLE, file);
        }
        true
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.leave() {
            self.queue.wake_first();
        }
    }
}

/// The numbers of the bits that are set.
fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let lowest = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (lowest < u64::BITS).then_some(lowest as usize)
    })
}
