//! The format of the database file: its tables, its number, and the settings of every connection.
//!
//! One row of `session` holds a whole record: metadata and payload in two tables halve the speed. The row number is
//! [`Locator::number`](crate::id::Locator::number), so that the table itself is the index. `sweep_at` alone is indexed for cleaning up, and
//! moved only by the sweeper: it is never later than the row's real due (`erase_at`, `delete_at`), so a request that
//! puts the due off touches no index (moving it each time costs 15 %). `session_family` has only rows that an elevation has linked,
//! `session_subject` and `session_prefix` only those that somebody may ask for. `incident` and `exhibit` are what alarms keep.

use rusqlite::Connection;

/// "SIDR": tells `file` and us whose database this is.
pub(super) const APPLICATION: i32 = 0x5349_4452;
/// The format that this code reads and writes.
pub(super) const FORMAT: i32 = 2;

/// Name of the table of rows.
pub(super) const SESSION: &str = "session";

/// `rank` orders the victims of eviction: 0 left over (ended or erased) and not bound, 1 of a visitor, 2 elevated, 3 bound (never).
const TABLES: &str = "
CREATE TABLE session(
    number INTEGER PRIMARY KEY,
    locator BLOB NOT NULL,
    version INTEGER NOT NULL,
    sweep_at INTEGER NOT NULL,
    erase_at INTEGER,
    delete_at INTEGER NOT NULL,
    ended_why INTEGER,
    ended_at INTEGER,
    ended_cookie INTEGER,
    unbound_at INTEGER,
    rank INTEGER NOT NULL,
    linked INTEGER NOT NULL,
    superseded INTEGER,
    generation INTEGER NOT NULL,
    family BLOB NOT NULL,
    subject BLOB,
    prefix BLOB,
    meta BLOB NOT NULL,
    payload BLOB
) STRICT;
CREATE INDEX session_sweep ON session(rank, sweep_at);
CREATE INDEX session_family ON session(family) WHERE linked = 1;
CREATE INDEX session_subject ON session(subject) WHERE subject IS NOT NULL;
CREATE INDEX session_prefix ON session(prefix) WHERE prefix IS NOT NULL;
CREATE TABLE pointer(
    number INTEGER PRIMARY KEY,
    locator BLOB NOT NULL,
    target INTEGER NOT NULL,
    made INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX pointer_target ON pointer(target);
CREATE TABLE device(
    name BLOB PRIMARY KEY,
    subject BLOB NOT NULL,
    version INTEGER NOT NULL,
    delete_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_subject ON device(subject);
CREATE INDEX device_delete ON device(delete_at);
CREATE TABLE incident(
    number INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE,
    subject BLOB,
    session BLOB NOT NULL,
    at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX incident_due ON incident(delete_at);
CREATE INDEX incident_subject ON incident(subject, at);
CREATE INDEX incident_session ON incident(session);
CREATE TABLE exhibit(
    number INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    locator BLOB NOT NULL,
    version INTEGER NOT NULL,
    unbound_at INTEGER,
    meta BLOB NOT NULL,
    payload BLOB
) STRICT;
CREATE INDEX exhibit_incident ON exhibit(incident);
CREATE TABLE turn(one INTEGER PRIMARY KEY CHECK (one = 1), wall INTEGER NOT NULL, uptime INTEGER NOT NULL, jumped_at INTEGER) STRICT;
";

/// What a file is told once, before its first table. A record of 2 KiB fills most of a page of 4096 bytes, so that nearly every creation
/// would split one and write seven: with pages of 2048 a creation costs half, a save a sixth more, the file is a third smaller.
const LAYOUT: &str = "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL;";

/// What every connection is told. No memory map: it makes a load a fifth faster when 1,000,000 sessions are in the page cache, but costs
/// processes that share the file a third to a half of their throughput in page faults, and turns a disk error into SIGBUS.
const SETTINGS: &str = "
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 16777216;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA foreign_keys = OFF;
PRAGMA trusted_schema = OFF;
";

/// What a file turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// An empty one.
    Empty,
    /// One that this code reads.
    Known,
    /// One that another version of this program has made.
    Other(i32),
    /// Another program's database.
    Foreign,
}

/// Tells a new connection how to work.
pub(super) fn set_up(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(SETTINGS)
}

/// What the file is.
pub(super) fn format(db: &Connection) -> rusqlite::Result<Format> {
    let number = |pragma| db.query_row(pragma, [], |row| row.get::<_, i32>(0));
    Ok(match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION, FORMAT) => Format::Known,
        (APPLICATION, other) => Format::Other(other),
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Format::Empty,
        _ => Format::Foreign,
    })
}

/// Lays out an empty file. The caller sees to it that nobody else does at the same time.
pub(super) fn lay_out(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(LAYOUT)?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    db.execute_batch(TABLES)?;
    db.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT"))
}

/// Lets `work` commit as if the power could fail the moment it returns.
pub(super) fn durably<T>(db: &Connection, work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let done = work();
    if done.is_err() && !db.is_autocommit() {
        // Inside a transaction the setting would be ignored. A connection whose transaction cannot be undone is not used again.
        db.execute_batch("ROLLBACK")?;
    }
    db.execute_batch("PRAGMA synchronous = NORMAL")?;
    done
}

/// The least that can be written: the number of the format, once more.
pub(super) fn write_something(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "user_version", FORMAT)
}
