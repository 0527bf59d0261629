//! Rows that were read or written lately, where every process of the host finds them without asking the database.
//!
//! A look into the database costs a fifth of a request that changes nothing: the lock on the log's index, the way down the tree, an overflow
//! page. What is found here instead is the row as it is, not as it was: [`index`] says why. The rows themselves, sealed as in the
//! database, lie in a file that is read and written and not mapped, so that a full disk is an answer and not a signal, and no process seems to grow by it.
//!
//! Every process that writes rows takes part, if only to forget them. Whoever opens the cache while nobody else uses it starts with an empty one:
//! what happens to the database meanwhile, by a loss of power or by an administrator's hand, is not known to it.

mod copy;
mod index;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use self::copy::{Copy, FIXED, Fixed};
pub(super) use self::index::Stamp;
use self::index::{Index, KIND, SLOT, SLOTS};
use crate::id::Locator;
use crate::shared::{self, Mapping, SharedError, kernel};
use crate::store::{Change, Row};

/// Where the disk has less room than this, rows are not kept: sessions need it more.
const ROOM: u64 = 8 * SLOTS as u64 * SLOT as u64;
/// The byte of the index that whoever uses the cache has locked, with others.
const IN_USE: u64 = 1 << 41;

/// The cache of one store, as one process has it open. A forked child may go on using it.
pub(super) struct Cache {
    index: Mapping<Index>,
    /// Where the rows are; without it this process forgets rows and keeps none.
    rows: Option<File>,
    /// Holds the lock that says so.
    _in_use: File,
}

impl Cache {
    /// Opens the cache in `dir`, and makes what is missing.
    pub(super) fn open(dir: &Path) -> Result<Self, SharedError> {
        let path = dir.join("cache-index");
        let refused = |error| SharedError::refused("to open the index of the cache", &path, error);
        let home = File::open(dir).map_err(refused)?;
        let file = kernel::open_at(&home, c"cache-index").map_err(refused)?;
        let index: Mapping<Index> = shared::open_table(&file, &path, &KIND)?;
        if kernel::try_lock(&file, IN_USE).map_err(refused)? {
            index.clear();
        }
        shared::patiently(&path, &KIND, || kernel::try_share(&file, IN_USE))?;
        let rows = if has_room(&home) { kernel::open_at(&home, c"cache-rows").ok() } else { None };
        Ok(Self { index, rows, _in_use: file })
    }

    /// The row at `at`, as it is now.
    pub(super) fn find(&self, at: &Locator) -> Option<Row> {
        let rows = self.rows.as_ref()?;
        let seen = self.index.find(at.number())?;
        let mut bytes = vec![0; seen.len()];
        rows.read_exact_at(&mut bytes, place(seen.slot())).ok()?;
        if !self.index.is_still(&seen) {
            return None;
        }
        copy::row(bytes).filter(|row| row.at == *at)
    }

    /// As of when a row is that is read from the database next.
    pub(super) fn now(&self) -> Stamp {
        self.index.now()
    }

    /// Keeps what was read as of `stamp`. What has ended is hardly asked for again.
    pub(super) fn keep(&self, row: &Row, stamp: Stamp) {
        if row.ended.is_none() {
            let Row { at, version, unbound, meta, payload, .. } = row;
            self.put(&Copy { at: *at, version: *version, unbound: *unbound, meta, payload: payload.as_deref() }, stamp);
        }
    }

    /// What `change` with its payload will make of the row that it is based on, if that is here.
    pub(super) fn foresee<'a>(&self, change: &Change<'a>) -> Option<Copy<'a>> {
        let rows = self.rows.as_ref()?;
        let payload = Some(change.payload?);
        let seen = self.index.find(change.at.number())?;
        let mut fixed = [0; FIXED];
        rows.read_exact_at(&mut fixed, place(seen.slot()) + seen.len().checked_sub(FIXED)? as u64).ok()?;
        let before = Fixed::read(&fixed)?;
        let is_it = before.at == change.at && before.version == change.version && self.index.is_still(&seen);
        let Change { at, version, meta, .. } = *change;
        // Whatever takes a row's subject away changes its version.
        is_it.then_some(Copy { at, version: version.wrapping_add(1), unbound: before.unbound, meta, payload })
    }

    /// Keeps a row as of `stamp`.
    pub(super) fn put(&self, row: &Copy<'_>, stamp: Stamp) {
        let Some(rows) = &self.rows else { return };
        let mut bytes = row.bytes();
        let (number, len) = (row.at.number(), bytes.len());
        if len > SLOT {
            return;
        }
        let Some(claim) = self.index.claim(number, len, stamp) else { return };
        bytes.resize(claim.len(), 0);
        match rows.write_all_at(&bytes, place(claim.slot())) {
            Ok(()) => self.index.publish(&claim, number, len),
            Err(_) => self.index.give_up(&claim),
        }
    }

    /// Wipes out what rows have left in slots that are free now, for the sake of what has been erased.
    pub(super) fn wipe(&self) {
        const ZEROS: [u8; SLOT] = [0; SLOT];
        let Some(rows) = &self.rows else { return };
        for slot in 0..SLOTS {
            let Some(claim) = self.index.leftover(slot) else { continue };
            match rows.write_all_at(&ZEROS[..claim.len()], place(slot)) {
                Ok(()) => self.index.give_up_wiped(&claim),
                Err(_) => self.index.give_up(&claim),
            }
        }
    }
}

fn place(slot: usize) -> u64 {
    slot as u64 * SLOT as u64
}

fn has_room(dir: &File) -> bool {
    let file_may_grow = kernel::file_size_limit() >= place(SLOTS);
    file_may_grow && kernel::free_space(dir).is_ok_and(|free| free >= ROOM)
}

/// What one connection changes: forgets it in time.
pub(super) struct Changes {
    cache: Arc<Cache>,
    /// Number of the transaction that is changing rows, 0 when none is.
    transaction: AtomicU64,
}

impl Changes {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        Self { cache, transaction: AtomicU64::new(0) }
    }

    /// The transaction changes the row `number`.
    pub(super) fn note(&self, number: u64) {
        let index = &self.cache.index;
        if self.transaction.load(Relaxed) == 0 {
            self.transaction.store(index.begin().0, Relaxed);
        }
        index.forget(number, Stamp(self.transaction.load(Relaxed)));
    }

    /// The transaction is over. Its stamp, if it has changed rows.
    pub(super) fn over(&self) -> Option<Stamp> {
        let stamp = Some(Stamp(self.transaction.swap(0, Relaxed))).filter(|stamp| stamp.0 != 0)?;
        self.cache.index.end(stamp);
        Some(stamp)
    }
}

#[cfg(test)]
mod tests;
