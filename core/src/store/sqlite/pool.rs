//! Connections: one for each thread that is at work, opened when it is needed, kept for the next one.
//!
//! **Fork.** SQLite keeps a list of the files that its process has open, and takes the kernel's locks once for all connections to a file.
//! A child inherits that list but none of the locks: even a *new* connection would run without them, and might lose its log or see its
//! index wiped under its hands. Therefore the idle connections are closed before each fork, and a child that inherits one
//! nevertheless (another thread was using it) refuses to work. Work in the background is waited for. What is followed by exec at once never
//! gets here.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{Action, Wal};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::background::Background;
use super::cache::{Cache, Changes, Stamp};
use super::reserved::Reserved;
use super::schema::{self, Format};
use super::{fault, file};
use crate::error::{Error, Result};

/// Idle connections that are kept; when more threads than this are at work at once, the rest open and close theirs.
const KEPT: usize = 16;

/// Connections that are open in this process, or were when it was forked.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// Whether this process was forked while a connection was open.
static INHERITED: AtomicBool = AtomicBool::new(false);
static POOLS: Mutex<Vec<Weak<Pool>>> = Mutex::new(Vec::new());

/// The connections of this process to one database.
pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Counted>>,
    /// Frames in the write-ahead log after the latest commit of this process, and from how many on it is worth a look.
    wal_frames: Arc<AtomicI32>,
    long: AtomicI32,
    reserved: Arc<Reserved>,
    cache: Arc<Cache>,
    background: Background,
}

impl Pool {
    /// An empty pool for the database at `path`.
    pub(super) fn new(path: PathBuf, reserved: Arc<Reserved>, cache: Arc<Cache>) -> Arc<Self> {
        watch_forks_and_the_end();
        let pool = Arc::new(Self {
            path,
            idle: Mutex::default(),
            wal_frames: Arc::default(),
            long: AtomicI32::default(),
            reserved,
            cache,
            background: Background::default(),
        });
        let mut pools = POOLS.lock();
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(&pool));
        pool
    }

    /// Where work is done that uses this pool and that no request waits for.
    pub(super) fn background(&self) -> &Background {
        &self.background
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has the log looked after when it has so many frames.
    pub(super) fn set_long(&self, frames: i32) {
        self.long.store(frames, Ordering::Relaxed);
    }

    /// Whether a commit of this process has found the log to have at least so many frames, and as many as were set, since this was last true.
    pub(super) fn take_wal_frames(&self, at_least: i32) -> bool {
        let frames = self.wal_frames.load(Ordering::Relaxed);
        if frames < at_least {
            // It has begun anew.
            self.set_long(at_least);
        }
        let is_long = frames >= self.long.load(Ordering::Relaxed).max(at_least);
        if is_long {
            self.wal_frames.store(0, Ordering::Relaxed);
        }
        is_long
    }

    /// Lets `work` use a connection, and sees to it that it leaves no transaction open.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.stamped(work).map(|(done, _)| done)
    }

    /// As [`Pool::with`]. The stamp is that of the transaction, if `work` has changed rows.
    pub(super) fn stamped<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<(T, Option<Stamp>)> {
        let connection = self.take()?;
        match work(&connection.db) {
            Ok(done) => {
                let stamp = connection.changes.over();
                self.keep(connection);
                Ok((done, stamp))
            }
            Err(refusal) => {
                let answer = fault::explain(&self.path, &refusal);
                self.keep_if_sound(connection, &answer, &refusal);
                Err(answer)
            }
        }
    }

    /// Refuses in a child that has inherited a connection.
    pub(super) fn check_birth(&self) -> Result<()> {
        if INHERITED.load(Ordering::Relaxed) {
            return Err(Error::store(format!(
                "expected the session store {} (sidereal.store) to be at rest when this process was forked, found a thread using it; \
                 fork before the first session, or while no other thread runs",
                self.path.display()
            )));
        }
        Ok(())
    }

    fn take(&self) -> Result<Counted> {
        self.check_birth()?;
        let idle = self.idle.lock().pop();
        idle.map_or_else(|| self.connect(), Ok)
    }

    fn keep(&self, connection: Counted) {
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    /// After a full disk or a busy store a connection is as good as before; after anything else a new one looks afresh.
    fn keep_if_sound(&self, connection: Counted, answer: &Error, refusal: &rusqlite::Error) {
        let clean = connection.db.is_autocommit() || connection.db.execute_batch("ROLLBACK").is_ok();
        let busy = refusal.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if clean {
            connection.changes.over();
        }
        if clean && (busy || answer.is_full()) {
            self.keep(connection);
        }
    }

    fn connect(&self) -> Result<Counted> {
        self.check_place()?;
        file::ensure(&self.path)?;
        let broken = |refusal| fault::explain(&self.path, &refusal);
        let connection = self.open_file().map_err(broken)?;
        self.check_place()?;
        let mut format = schema::format(&connection.db).map_err(broken)?;
        if format == Format::Empty {
            let _alone = self.reserved.layout(&self.path)?;
            format = schema::format(&connection.db).map_err(broken)?;
            if format == Format::Empty {
                schema::lay_out(&connection.db).map_err(broken)?;
                format = Format::Known;
            }
        }
        match format {
            Format::Known => Ok(connection),
            other => Err(fault::foreign(&self.path, other)),
        }
    }

    /// Refuses where another store has been put in the place of this one, whose locks and cache are not ours.
    fn check_place(&self) -> Result<()> {
        if self.cache.is_beside(&self.path) { Ok(()) } else { Err(fault::replaced(&self.path)) }
    }

    fn open_file(&self) -> rusqlite::Result<Counted> {
        let count = Count::one_more();
        // No CREATE: the file is there, and is as it should be. No mutex: one thread at a time uses a connection.
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let mut db = Connection::open_with_flags(&self.path, flags)?;
        db.busy_handler(Some(wait_a_little))?;
        schema::set_up(&db)?;
        // After the settings, of which `wal_autocheckpoint` would take the hook away.
        let frames = Arc::clone(&self.wal_frames);
        let changes = Arc::new(Changes::new(Arc::clone(&self.cache)));
        let logged = Arc::clone(&changes);
        db.wal_hook(Some(move |_: &mut Wal, now: i32| {
            frames.store(now, Ordering::Relaxed);
            logged.committed();
            Ok(())
        }))?;
        let noted = Arc::clone(&changes);
        db.update_hook(Some(move |_: Action, _: &str, table: &str, number: i64| {
            if table == schema::SESSION {
                noted.note(number.cast_unsigned());
            }
        }))?;
        // Else the last one to close would copy the log and delete it, and whoever opens next would make it anew.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // Else each value that is bound makes SQLite plan the statement anew, which costs ten times the statement.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Counted { db, changes, _count: count })
    }
}

/// An open connection. It closes before it is no longer counted.
struct Counted {
    db: Connection,
    changes: Arc<Changes>,
    _count: Count,
}

struct Count;

impl Count {
    fn one_more() -> Self {
        OPEN.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::SeqCst);
    }
}

/// For the rare moments in which SQLite's own locks are taken: a checkpoint that ends, a recovery, or another program that looks
/// into the file. Writers queue elsewhere, see [`Reserved`].
fn wait_a_little(tries: i32) -> bool {
    match tries {
        0..10 => std::thread::yield_now(),
        10..60 => std::thread::sleep(Duration::from_micros(200)),
        _ => std::thread::sleep(Duration::from_millis(5)),
    }
    tries < WAITS.get()
}

/// As many waits take five seconds, and a tenth of a second.
const MANY: i32 = 1060;
const FEW: i32 = 78;

thread_local! {
    static WAITS: Cell<i32> = const { Cell::new(MANY) };
}

/// Does `work` that can be done another time as well: SQLite's own locks are not waited for for long.
pub(super) fn impatiently<T>(work: impl FnOnce() -> T) -> T {
    WAITS.set(FEW);
    let done = work();
    WAITS.set(MANY);
    done
}

#[allow(unsafe_code)] // No safe wrapper in std.
fn watch_forks_and_the_end() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: both are functions of this library, which the C library forgets when it is unloaded.
        unsafe { libc::pthread_atfork(Some(before_fork), None, Some(in_child)) };
        // SAFETY: as above. A process that serves one request would else end before the log has ever been copied back.
        unsafe { libc::atexit(at_the_end) };
    });
}

fn pools() -> Vec<Arc<Pool>> {
    POOLS.lock().iter().filter_map(Weak::upgrade).collect()
}

extern "C" fn before_fork() {
    for pool in pools() {
        pool.background.wait();
        let idle = std::mem::take(&mut *pool.idle.lock());
        drop(idle);
    }
}

extern "C" fn at_the_end() {
    pools().iter().for_each(|pool| pool.background.wait());
}

extern "C" fn in_child() {
    if OPEN.load(Ordering::SeqCst) > 0 {
        INHERITED.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::SqliteStore;

    #[test]
    fn a_store_in_the_place_of_a_removed_one_is_not_taken_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("store");
        let old = SqliteStore::open(&place).unwrap();
        for is_there_another in [false, true] {
            if place.exists() {
                std::fs::remove_dir_all(&place).unwrap();
            }
            let another = is_there_another.then(|| SqliteStore::open(&place).unwrap());
            // The one idle connection is taken, so the next one is new.
            let refused = old.pool.with(|_| Ok(old.pool.with(|_| Ok(())).unwrap_err())).unwrap();
            assert!(refused.is_store() && refused.to_string().contains("removed or replaced; restart"), "{refused}");
            assert_eq!(SqliteStore::is_in(&place), another.is_some());
        }
    }
}
