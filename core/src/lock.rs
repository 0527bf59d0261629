//! Exclusive locks on records, shared by all processes and threads of one host that use the same store directory.
//!
//! This module owns who may hold a record, who comes next, how long anybody waits and what the death of a holder or a
//! waiter means. It leaves to others what a key stands for, which directory is safe to use, and what happens to a write
//! whose lock was lost (the store's fencing number). It never reads the engine's clock and starts no thread.
//!
//! **The kernel holds the locks.** A lock is one byte of an OFD (open file description) byte-range lock: the kernel
//! frees it when the holder dies, whatever the holder was doing, and it needs no PID that another process might have by
//! then. A robust mutex is cheaper (0.03 us) but unfair, breaks across PID namespaces and loses a wake-up with the waiter
//! that was killed after it. flock is fair but has no time-out. Redis-like expiry ends the lease of a slow holder.
//!
//! **A queue beside them makes it fair.** Any lock that a fast holder can take again at once starves the others
//! (measured: one process 100 turns, another 1 to 5). So a newcomer stands behind those who wait, and a release wakes
//! the one who came first, with a futex. The queue lies in memory that the processes share and is only a hint: if it
//! is lost or wrong, exclusion still holds and waiters find out by looking again every 20 ms.
//!
//! **One open file description for each lock.** Two locks taken through one description do not exclude each other,
//! which is what threads of one process would run into.
//!
//! **Fork.** A child that inherits a [`Lock`] does not own it: dropping it there only closes a copy. But the kernel
//! frees a lock when the *last* copy is closed, so a holder that is killed while such a child lives on frees it late.
//!
//! **Limits.** A waiter that is stopped (SIGSTOP, a frozen container) while it is first holds up those behind it, as a
//! stopped holder would, until their time-outs. The table lies in blocks that were allocated beforehand; a copy-on-write
//! file system (btrfs, ZFS) may still need new ones on a full disk, so keep the directory off those. Anybody on the host
//! can read the offsets of locks in `/proc/locks`: a key is no secret, make it from a keyed hash.
#![allow(unsafe_code)] // Descriptors and tables that other processes share have no safe door; every use says why it is sound.

mod files;
mod held;
mod queue;
mod table;

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use files::{Files, Name};
pub use held::HoldTimes;
use queue::Queue;
use table::Table;

use crate::shared::{self, Mapping, SharedError, kernel};

/// What a caller is ready to wait.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// How long; zero asks once, behind those who wait already.
    pub timeout: Duration,
    /// How many others may wait for the same record, at most 64; with zero nobody waits.
    pub max_waiters: u16,
}

/// The answer to [`Locks::acquire`].
#[derive(Debug)]
#[must_use]
pub enum Acquire {
    /// The record is the caller's until the lock is dropped.
    Held(Lock),
    /// The time has passed.
    TimedOut(Holder),
    /// As many wait already as the caller accepts, or as there is room for.
    TooManyWaiters(Holder),
}

/// Who seems to hold a lock. For a warning only: it may be missing or out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// As the holder sees its own PID: in another container it means somebody else.
    pub pid: Option<u32>,
    /// For how long.
    pub held_for: Option<Duration>,
}

/// The locks of one store directory. Threads may share it; a forked child may go on using it.
pub struct Locks {
    inner: Arc<Inner>,
}

struct Inner {
    table: Mapping<Table>,
    files: Files,
}

impl Inner {
    fn queue(&self, key: u64) -> Queue<'_> {
        Queue::of(key, &self.table, &self.files)
    }
}

impl Locks {
    /// Opens the locks in `dir`, which the caller has checked: it belongs to this user and nobody else may write in it.
    ///
    /// Makes what is missing, readable by this user only, and allocates it in full, so that a disk that fills up later
    /// does no harm. Those files stay: whoever deletes them while they are in use takes the exclusion away.
    ///
    /// # Errors
    ///
    /// The directory or the disk refuses, or another version's files are in it.
    ///
    /// ```
    /// use sidereal_core::lock::{Acquire, Locks, Wait};
    /// use std::time::Duration;
    ///
    /// # let dir = std::env::temp_dir().join(format!("sidereal-lock-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// let locks = Locks::open(&dir)?;
    /// let wait = Wait { timeout: Duration::from_secs(5), max_waiters: 16 };
    /// match locks.acquire(0x5eed, &wait)? {
    ///     Acquire::Held(lock) => drop(lock), // ... use the record first
    ///     Acquire::TimedOut(holder) => eprintln!("process {:?} holds it", holder.pid),
    ///     Acquire::TooManyWaiters(_) => eprintln!("too many requests at once"),
    /// }
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(dir: &Path) -> Result<Self, SharedError> {
        let files = Files::in_dir(dir)?;
        let file = files.take(Name::TABLE)?;
        let table = shared::open_table(&file, &files.path(Name::TABLE), &table::KIND)?;
        files.give_back(Name::TABLE, file);
        Ok(Self { inner: Arc::new(Inner { table, files }) })
    }

    /// Takes the lock on `key`, behind those who wait already, for as long as `wait` allows. Signals do not end it.
    ///
    /// The caller must not hold `key` itself: it would wait for itself until the time-out.
    ///
    /// # Errors
    ///
    /// The kernel refuses, such as for want of open files. A lock that is busy is an answer, not an error.
    pub fn acquire(&self, key: u64, wait: &Wait) -> Result<Acquire, SharedError> {
        let max_waiters = usize::from(wait.max_waiters);
        let queue = self.inner.queue(key);
        let mut ahead = queue.len();
        if ahead > 0 && ahead >= max_waiters {
            ahead = queue.remove_dead()?;
        }
        if ahead == 0
            && let Some(lock) = self.try_acquire(key)?
        {
            return Ok(Acquire::Held(lock));
        }
        if ahead < max_waiters {
            self.wait_in(&queue, wait)
        } else {
            Ok(Acquire::TooManyWaiters(self.inner.table.holder(key)))
        }
    }

    /// Takes the lock on `key` if nobody holds it. Never waits, and passes those who do.
    ///
    /// # Errors
    ///
    /// As [`Locks::acquire`].
    pub fn try_acquire(&self, key: u64) -> Result<Option<Lock>, SharedError> {
        let Inner { table, files } = &*self.inner;
        let (stripe, byte) = Name::of_record(key);
        let file = files.take(stripe)?;
        let locked = kernel::try_lock(&file, byte);
        if !locked.map_err(|error| files.refused("to lock a record", stripe, error))? {
            files.give_back(stripe, file);
            return Ok(None);
        }
        table.note_holder(key, files.pid());
        Ok(Some(Lock {
            key,
            process: files.process(),
            file: Some(file),
            timed_since: None,
            inner: Arc::clone(&self.inner),
        }))
    }

    /// How long locks that were [timed](Lock::timed) were held lately, by all processes.
    pub fn hold_times(&self) -> HoldTimes {
        self.inner.table.hold_times()
    }

    fn wait_in(&self, queue: &Queue<'_>, wait: &Wait) -> Result<Acquire, SharedError> {
        // No deadline: the time-out is longer than the clock can tell.
        let deadline = kernel::now().checked_add(wait.timeout);
        let Some(turn) = queue.join(usize::from(wait.max_waiters))? else {
            return Ok(Acquire::TooManyWaiters(self.inner.table.holder(queue.key())));
        };
        loop {
            let seen = turn.wake_ups();
            if turn.is_first()?
                && let Some(lock) = self.try_acquire(queue.key())?
            {
                turn.end();
                return Ok(Acquire::Held(lock));
            }
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_sub(kernel::now()));
            if left.is_zero() {
                return Ok(Acquire::TimedOut(self.inner.table.holder(queue.key())));
            }
            turn.sleep(seen, left);
        }
    }
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks").finish_non_exhaustive()
    }
}

/// A record that is ours alone. Dropping it lets the next one in.
#[must_use]
pub struct Lock {
    inner: Arc<Inner>,
    /// The description that holds the byte; `None` only while dropping.
    file: Option<File>,
    key: u64,
    /// The process that took it, see [`Files::process`].
    process: u64,
    /// When it was taken, if that is of interest.
    timed_since: Option<Duration>,
}

impl Lock {
    /// The same lock, which counts in [`Locks::hold_times`] when it is dropped.
    pub fn timed(mut self) -> Self {
        self.timed_since = Some(kernel::about_now());
        self
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Inner { files, .. } = &*self.inner;
        let Some(file) = self.file.take() else { return };
        if self.process != files.process() {
            // We are a forked child: the lock is the parent's, and closing our copy leaves it alone.
            return;
        }
        if let Some(since) = self.timed_since {
            self.inner.table.note_hold(since);
        }
        // A description that cannot be unlocked is closed, which unlocks it too.
        if kernel::unlock_all(&file).is_ok() {
            files.give_back(Name::of_record(self.key).0, file);
        }
        self.inner.queue(self.key).wake_first();
    }
}
