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

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use self::copy::{Copy, FIXED, Fixed};
pub(super) use self::index::Stamp;
use self::index::{Claim, Index, KIND, SLOT, SLOTS};
use crate::id::Locator;
use crate::shared::{self, Mapping, SharedError, kernel};
use crate::store::{Change, Row};

/// Where the disk has less room than this, rows are not kept: sessions need it more.
const ROOM: u64 = 8 * SLOTS as u64 * SLOT as u64;
/// The byte of the index that whoever uses the cache has locked, with others.
const IN_USE: u64 = 1 << 41;
/// The byte that whoever opens it has locked meanwhile.
const OPENING: u64 = IN_USE + 1;

/// The cache of one store, as one process has it open. A forked child may go on using it.
pub(super) struct Cache {
    index: Mapping<Index>,
    rows: File,
    /// Whether this process may write to that file, and whether it may keep rows there. It always forgets them.
    may_write: bool,
    may_keep: bool,
    /// The file of the index. It holds the lock that says that the cache is in use.
    file: File,
}

/// The names of its files. That of the index does not sound as if it could be done without: who removes it while the store is in use lets processes
/// serve what others have ended.
pub(super) const FILES: [&CStr; 2] = [c"shared-index", c"shared-rows"];

impl Cache {
    /// Opens the cache in `dir`, and makes what is missing.
    pub(super) fn open(dir: &Path) -> Result<Self, SharedError> {
        let [index, rows] = FILES;
        let path = dir.join(index.to_string_lossy().as_ref());
        let refused = |error| SharedError::refused("to open the index of shared rows", &path, error);
        let home = File::open(dir).map_err(refused)?;
        let file = kernel::open_at(&home, index).map_err(refused)?;
        let index: Mapping<Index> = shared::open_table(&file, &path, &KIND)?;
        let rows = kernel::open_at(&home, rows).map_err(|error| {
            let path = dir.join(rows.to_string_lossy().as_ref());
            SharedError::refused("to open the file of shared rows", &path, error)
        })?;
        // Else one who waits for another to empty the cache could not tell from the lock whether that one came to the end of it.
        shared::patiently(&path, &KIND, || kernel::try_lock(&file, OPENING))?;
        if kernel::try_lock(&file, IN_USE).map_err(refused)? {
            rows.set_len(0).map_err(refused)?;
            index.clear();
        }
        shared::patiently(&path, &KIND, || kernel::try_share(&file, IN_USE))?;
        kernel::unlock(&file, OPENING).map_err(refused)?;
        let may_write = kernel::file_size_limit() >= place(SLOTS);
        let may_keep = may_write && kernel::free_space(&home).is_ok_and(|free| free >= ROOM);
        Ok(Self { index, rows, may_write, may_keep, file })
    }

    /// Whether the index is still the one beside `database`. When it is not, the database is another one as well: it comes after the index.
    pub(super) fn is_beside(&self, database: &Path) -> bool {
        let there = database.with_file_name(FILES[0].to_string_lossy().as_ref()).symlink_metadata();
        match (self.file.metadata(), there) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }

    /// The row at `at`, as it is now.
    pub(super) fn find(&self, at: &Locator) -> Option<Row> {
        let seen = self.index.find(at.number())?;
        let mut bytes = vec![0; seen.len()];
        self.rows.read_exact_at(&mut bytes, place(seen.slot())).ok()?;
        if !self.index.is_still(&seen) {
            return None;
        }
        copy::row(bytes, seen.mark()).filter(|row| row.at == *at)
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
        let payload = Some(change.payload?);
        let seen = self.index.find(change.at.number())?;
        let mut fixed = [0; FIXED];
        self.rows.read_exact_at(&mut fixed, place(seen.slot()) + seen.len().checked_sub(FIXED)? as u64).ok()?;
        let before = Fixed::read(&fixed)?;
        let is_it = before.mark == seen.mark() && before.at == change.at && before.version == change.version;
        if !is_it || !self.index.is_still(&seen) {
            return None;
        }
        let Change { at, version, meta, .. } = *change;
        // Whatever takes a row's subject away changes its version.
        Some(Copy { at, version: version.wrapping_add(1), unbound: before.unbound, meta, payload })
    }

    /// Keeps a row as of `stamp`.
    pub(super) fn put(&self, row: &Copy<'_>, stamp: Stamp) {
        let (number, len) = (row.at.number(), row.len());
        if !self.may_keep || len > SLOT {
            return;
        }
        let Some(claim) = self.index.claim(number, len, stamp) else { return };
        let mut bytes = row.bytes(claim.mark());
        bytes.resize(claim.len(), 0);
        match self.rows.write_all_at(&bytes, place(claim.slot())) {
            Ok(()) if self.index.publish(&claim, number, len) => {}
            _ => self.wipe_slot(&claim),
        }
    }

    /// Wipes out what rows have left in slots that are free now, for the sake of what has been erased. What somebody was about to put
    /// there when he was killed stays until the cache is empty.
    pub(super) fn wipe(&self) {
        if self.may_write {
            (0..SLOTS).filter_map(|slot| self.index.leftover(slot)).for_each(|claim| self.wipe_slot(&claim));
        }
    }

    /// Gives a slot back in which nothing is left.
    fn wipe_slot(&self, claim: &Claim) {
        static ZEROS: [u8; SLOT] = [0; SLOT];
        match self.rows.write_all_at(&ZEROS[..claim.len()], place(claim.slot())) {
            Ok(()) => self.index.give_up_wiped(claim),
            Err(_) => self.index.give_up(claim),
        }
    }
}

fn place(slot: usize) -> u64 {
    slot as u64 * SLOT as u64
}

/// What one connection changes: forgets it in time.
pub(super) struct Changes {
    cache: Arc<Cache>,
    /// Number of the transaction that is changing rows, and of the last one that is in the log since anybody asked; 0 when there is none.
    transaction: AtomicU64,
    committed: AtomicU64,
}

impl Changes {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        Self { cache, transaction: AtomicU64::new(0), committed: AtomicU64::new(0) }
    }

    /// The transaction changes the row `number`.
    pub(super) fn note(&self, number: u64) {
        let index = &self.cache.index;
        if self.transaction.load(Relaxed) == 0 {
            self.transaction.store(index.begin().0, Relaxed);
        }
        index.forget(number, Stamp(self.transaction.load(Relaxed)));
    }

    /// The transaction is in the log.
    pub(super) fn committed(&self) {
        let number = self.transaction.swap(0, Relaxed);
        if number != 0 {
            self.cache.index.end(Stamp(number));
            self.committed.store(number, Relaxed);
        }
    }

    /// There is no transaction any more. The stamp of the one that was committed, if it has changed rows.
    pub(super) fn over(&self) -> Option<Stamp> {
        self.transaction.store(0, Relaxed);
        Some(Stamp(self.committed.swap(0, Relaxed))).filter(|stamp| stamp.0 != 0)
    }
}

#[cfg(test)]
mod tests;
