//! The embedded store: one SQLite database in a private directory, shared by all processes and threads of one host.
//!
//! This file owns the contract: leases, and which operation is which transaction. What a transaction does is in the
//! files below. Chosen by measurement: the only embedded database that came through every crash, full disk and fork unharmed.

mod background;
mod cache;
mod devices;
mod evidence;
mod family;
mod fault;
mod file;
mod handle;
mod log;
mod pointers;
mod pool;
mod reserved;
mod rows;
mod schema;
mod sweep;
mod upkeep;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::cache::{Cache, Stamp};
use self::pool::Pool;
use self::reserved::Reserved;
use self::upkeep::{Previous, UnboundCount};
use super::turn::TurnCache;
use super::{
    Acquired, Busy, Change, Created, Ending, Found, Label, Lease, New, NewPointer, Old, Row, Stats, Store, Swept, Turn,
    Written,
};
use crate::clock::{Reading, Time, Watch};
use crate::error::Result;
use crate::id::Locator;
use crate::lock::{Acquire, HoldTimes, Lock, Locks, Wait};

/// The embedded store.
pub struct SqliteStore {
    locks: Arc<Locks>,
    reserved: Arc<Reserved>,
    cache: Arc<Cache>,
    pool: Arc<Pool>,
    unbound: UnboundCount,
    turn: TurnCache,
    /// Whether a sweep has found work or the log could not be wiped, and whether the sweep after that is done: then what has been erased is to leave
    /// the log as well.
    swept: Arc<AtomicBool>,
    scrub: AtomicBool,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqliteStore({})", self.pool.path().display())
    }
}

impl SqliteStore {
    /// Opens the store in `dir`, and makes what is missing: the directory (its parent must exist), the database, the locks.
    ///
    /// # Errors
    /// [`Error::is_store`], with a sentence that names the file, when something there is not as it must be: a symbolic link, a FIFO,
    /// another user's file, one that others can read, another program's database, or one of a newer version.
    pub fn open(dir: &Path) -> Result<Self> {
        crate::directory::ensure(dir)?;
        let locks = Arc::new(Locks::open(dir).map_err(|refusal| fault::locks(&refusal))?);
        let reserved = Arc::new(Reserved::new(Arc::clone(&locks)));
        let cache = Arc::new(Cache::open(dir).map_err(|refusal| fault::locks(&refusal))?);
        let pool = Pool::new(file::path(dir)?, Arc::clone(&reserved), Arc::clone(&cache));
        // Finds out now, and not in the first request, what is wrong with the file.
        pool.with(|_| Ok(()))?;
        Ok(Self {
            locks,
            reserved,
            cache,
            pool,
            unbound: UnboundCount::default(),
            turn: TurnCache::default(),
            swept: Arc::default(),
            scrub: AtomicBool::default(),
        })
    }

    /// Whether a store has been made in `dir`.
    pub fn is_in(dir: &Path) -> bool {
        file::is_in(dir)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.pool.with(work)
    }

    fn write<T>(&self, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.write_stamped(work).map(|(done, _)| done)
    }

    fn write_stamped<T>(&self, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<(T, Option<Stamp>)> {
        let turn = self.reserved.writer(self.pool.path())?;
        let done = match self.pool.stamped(&work) {
            Err(refused) if refused.is_full() && log::reuse(&self.pool) => self.pool.stamped(&work),
            done => done,
        };
        drop(turn);
        done
    }
}

impl Store for SqliteStore {
    fn load(&self, at: &Locator) -> Result<Option<Found>> {
        self.pool.check_birth()?;
        if let Some(row) = self.cache.find(at) {
            return Ok(Some(Found { row, pointer: None }));
        }
        let stamp = self.cache.now();
        let found = self.read(|db| rows::find(db, at))?;
        if let Some(Found { row, pointer: None }) = &found {
            self.cache.keep(row, stamp);
        }
        Ok(found)
    }

    /// A lease is the lock of the place where the row is, or of `at` where there is none. It takes a look to know that place,
    /// and the row may have moved by the time the lock is there: hence the loop. A place that turns out to be the wrong one is given back
    /// before the next one is waited for, so nobody who waits here holds anything.
    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        let start = monotonic();
        let mut place = *at;
        loop {
            let left = Wait { timeout: wait.timeout.saturating_sub(start.elapsed()), ..*wait };
            let lock = match self.locks.acquire(place.number(), &left).map_err(|refusal| fault::locks(&refusal))? {
                Acquire::Held(lock) => lock,
                Acquire::TimedOut(holder) => return Ok(Acquired::Busy(Busy::timed_out(holder))),
                Acquire::TooManyWaiters(holder) => return Ok(Acquired::Busy(Busy::crowded(holder))),
            };
            let found = self.load(at)?;
            let there = found.as_ref().map_or(*at, |found| found.row.at);
            if there == place {
                return Ok(Acquired::Held(Lease::new(lock.timed()), found));
            }
            place = there;
        }
    }

    fn create(&self, new: &New<'_>) -> Result<Created> {
        self.write(|db| family::create(db, new))
    }

    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written> {
        let foreseen = self.cache.foresee(change);
        let written = self.write_stamped(|db| rows::save(db, change));
        drop(lease);
        let (written, stamp) = written?;
        if let (Written::Done(_), Some(row), Some(stamp)) = (written, foreseen, stamp) {
            self.cache.put(&row, stamp);
        }
        Ok(written)
    }

    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written> {
        let written = self.write(|db| rows::touch(db, change));
        drop(lease);
        written
    }

    fn amend(&self, change: &Change<'_>) -> Result<Written> {
        self.write(|db| rows::save(db, &Change { payload: None, ..change.clone() }))
    }

    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written> {
        self.write(|db| pointers::rotate(db, change, successor))
    }

    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        let lock = self.lock_target(to)?;
        let written = self.write(|db| pointers::promote(db, change, to, old))?;
        if let Written::Done(_) = written {
            lease.also(lock);
        }
        Ok(written)
    }

    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        self.write(|db| family::elevate(db, old, new))
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        self.write(|db| schema::durably(db, || family::end(db, ending)))
    }

    fn list(&self, label: &Label) -> Result<Vec<Row>> {
        self.read(|db| rows::list(db, label))
    }

    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept> {
        let unbound = self.unbound.get(anonymous_max, || self.read(sweep::count_unbound))?;
        if unbound <= anonymous_max && !self.read(|db| sweep::is_due(db, now))? {
            self.end_of_sweep();
            return Ok(Swept::default());
        }
        self.swept.store(true, Ordering::Relaxed);
        let (swept, left) = self.write(|db| sweep::batch(db, now, limit, unbound, anonymous_max))?;
        self.unbound.set(left);
        if !swept.more {
            self.end_of_sweep();
        }
        Ok(swept)
    }

    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        if !self.turn.may_be_due(now, every) {
            return Ok(None);
        }
        let Some(lock) = self.reserved.sweeper()? else { return Ok(None) };
        let (kept, taken) = self.write(|db| upkeep::take_turn(db, now, every))?;
        self.turn.set(kept.anchor);
        Ok(taken.map(|Previous(previous)| Turn {
            by: kept.anchor.wall,
            jumped: previous.is_some_and(|previous| !now.agrees_with(previous.anchor)),
            lease: Lease::new(lock),
        }))
    }

    fn last_turn(&self) -> Result<Option<Watch>> {
        self.read(upkeep::last_turn)
    }

    fn stats(&self) -> Result<Stats> {
        self.read(upkeep::stats)
    }

    fn hold_times(&self) -> HoldTimes {
        self.locks.hold_times()
    }

    fn idle(&self) {
        if self.pool.background().is_busy() {
            return;
        }
        if !self.scrub.load(Ordering::Relaxed) && !log::is_long(&self.pool) {
            return;
        }
        // Whoever writes next will learn what is wrong.
        let Ok(Some(alone)) = self.reserved.copier() else { return };
        let scrub = self.scrub.swap(false, Ordering::Relaxed);
        let (pool, reserved, cache) = (self.pool.clone(), self.reserved.clone(), self.cache.clone());
        let swept = self.swept.clone();
        self.pool.background().begin(move || {
            let wiped = log::checkpoint(&pool, &reserved, scrub).unwrap_or(false);
            if scrub {
                cache.wipe();
                // Else it is for the end of this process's next sweep.
                swept.fetch_or(!wiped, Ordering::Relaxed);
            }
            drop(alone);
        });
    }

    fn settle(&self) -> bool {
        self.reserved.no_copier(self.pool.path())
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Not for what other processes do.
        self.pool.background().wait();
    }
}

impl SqliteStore {
    fn end_of_sweep(&self) {
        if self.swept.swap(false, Ordering::Relaxed) {
            self.scrub.store(true, Ordering::Relaxed);
        }
    }

    /// The lock of the place that a row is about to move to. Whoever has it at that moment came through the pointer that is there:
    /// it finds out where the row is, gives this lock back and waits for the row's. It holds no other lock meanwhile, so waiting for it here
    /// with the row's lock in hand cannot be part of a circle.
    fn lock_target(&self, to: &Locator) -> Result<Lock> {
        self.reserved.passing(to.number(), self.pool.path())
    }
}

/// A wait is measured by the kernel's own clock, which no test moves and no administrator sets.
#[allow(clippy::disallowed_methods)]
fn monotonic() -> Instant {
    Instant::now()
}
