//! Locks that stand for no row: the keys beyond the 63 bits of a locator's number.
//!
//! The turn to write comes first come first served, almost: a process may pass those who wait a few times in a row. Handing the turn
//! to a process that sleeps costs a wake-up each time, longer than the write itself, and so all wait for one another's wake-ups. SQLite has
//! one writer at a time as well, but those who find it taken poll, and starve.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::fault;
use crate::error::Result;
use crate::lock::{Acquire, Lock, Locks, Wait};

const WRITER: u64 = 1 << 63;
const LAYOUT: u64 = WRITER | 1;
const SWEEPER: u64 = WRITER | 2;
const COPIER: u64 = WRITER | 3;

/// Longer than any transaction: whoever waits longer has met a process that is stopped.
const PATIENCE: Wait = Wait { timeout: Duration::from_secs(5), max_waiters: 64 };

/// The reserved locks of one directory.
pub(super) struct Reserved {
    locks: Arc<Locks>,
    /// How often this process has passed those who wait for the turn to write, since it last waited itself.
    passed: AtomicU32,
}

/// How often a process may pass those who wait.
const PASSES: u32 = 16;

impl Reserved {
    /// The reserved locks among `locks`.
    pub(super) fn new(locks: Arc<Locks>) -> Self {
        Self { locks, passed: AtomicU32::new(0) }
    }

    /// Waits for the turn to write. `None` when there are more waiters than can be queued: then SQLite decides, unfairly.
    pub(super) fn writer(&self, path: &Path) -> Result<Option<Lock>> {
        if self.passed.fetch_add(1, Ordering::Relaxed) < PASSES
            && let Some(lock) = self.locks.try_acquire(WRITER).map_err(|refusal| fault::locks(&refusal))?
        {
            return Ok(Some(lock));
        }
        self.passed.store(0, Ordering::Relaxed);
        self.wait_for(WRITER, path)
    }

    /// Waits until nobody else lays out the file.
    pub(super) fn layout(&self, path: &Path) -> Result<Option<Lock>> {
        self.wait_for(LAYOUT, path)
    }

    /// The sole right to sweep, if nobody has it.
    pub(super) fn sweeper(&self) -> Result<Option<Lock>> {
        self.locks.try_acquire(SWEEPER).map_err(|refusal| fault::locks(&refusal))
    }

    /// The sole right to copy the log back, if nobody has it.
    pub(super) fn copier(&self) -> Result<Option<Lock>> {
        self.locks.try_acquire(COPIER).map_err(|refusal| fault::locks(&refusal))
    }

    /// Waits until nobody copies the log back. `false`: somebody goes on and on.
    pub(super) fn no_copier(&self, path: &Path) -> bool {
        self.passing(COPIER, path).is_ok()
    }

    /// A lock that others hold only in passing.
    pub(super) fn passing(&self, key: u64, path: &Path) -> Result<Lock> {
        self.wait_for(key, path)?.ok_or_else(|| fault::crowded(path))
    }

    fn wait_for(&self, key: u64, path: &Path) -> Result<Option<Lock>> {
        match self.locks.acquire(key, &PATIENCE).map_err(|refusal| fault::locks(&refusal))? {
            Acquire::Held(lock) => Ok(Some(lock)),
            Acquire::TooManyWaiters(_) => Ok(None),
            Acquire::TimedOut(holder) => Err(fault::stuck(path, holder)),
        }
    }
}
