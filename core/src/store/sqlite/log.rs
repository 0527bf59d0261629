//! The write-ahead log: when it is copied back into the database, what becomes of what it had, and what it is good for on a full disk.
//!
//! SQLite would copy the log back in the middle of some request. Here it is done beside the requests, by a thread of whichever process finds
//! that the log has become long. The file of the log is never made shorter than [`RESERVE`]: when the disk is full, sessions
//! can still be saved and, above all, ended.

use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode};

use super::handle::Handle;
use super::pool::{self, Pool};
use super::reserved::Reserved;
use super::{rows, schema};
use crate::error::Result;
use crate::shared::kernel;

/// Frames from which on the log is copied back: 8 MB. SQLite finds a page among the first 4000 frames in one step.
const LONG: i32 = 4000;
/// Fewer frames than this may be left for the step that keeps writers waiting, unless they write too fast for that.
const FEW: i32 = 500;
const ROUNDS: u32 = 3;
/// For how long, and how soon again, a writer on a full disk tries to use the log again while somebody copies it.
const WHILE: Duration = Duration::from_millis(300);
const SOON: Duration = Duration::from_millis(10);
/// Frames from which on it is worth while to use the log again when the disk is full.
const SOME: i32 = 100;
/// Bytes that the log keeps of the disk.
const RESERVE: u64 = 2 << 20;
/// SQLite's: what comes before the first frame, and before the page in each frame.
const HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
const MAIN: &str = "main";

/// Whether the log has become long, as far as this process knows.
pub(super) fn is_long(pool: &Pool) -> bool {
    pool.take_wal_frames(LONG)
}

/// Copies the log back and lets it begin anew. `scrub`: also wipes out what it had, for the sake of what has been erased.
///
/// The first step takes nearly all of the time, which is syncs, and stands in nobody's way. The others have the writers' turn. The second
/// copies what has been written meanwhile: without it, writers that never pause would let the log grow for ever. The third is
/// the first write into the new log, which SQLite syncs: a request would do it otherwise. Whatever fails leaves a log that is sound,
/// for the next one to try. Nor is anything but the first step done while somebody reads for long, for whom the second one would wait with
/// all writers behind it. The caller is alone in this: who copies stands in the way of the second step of another one. Answers whether all that is left behind in the log is zeros.
pub(super) fn checkpoint(pool: &Pool, reserved: &Reserved, scrub: bool) -> Result<bool> {
    let ready = pool.with(|db| {
        // Another process may have been here since this one last wrote.
        let due = scrub || frames(db)? >= LONG;
        Ok(due && catch_up(db)?)
    })?;
    if !ready {
        // A log that grows because of one who reads is looked at now and then only.
        pool.set_long(pool.with(frames)?.saturating_add(FEW));
        return Ok(false);
    }
    let turn = reserved.writer(pool.path())?;
    let wiped = pool.with(|db| {
        begin_anew(db)?;
        let before = commits_of_others(db)?;
        schema::write_something(db)?;
        Ok(scrub && wipe_behind(db, before)?)
    });
    drop(turn);
    wiped
}

/// Copies the log until few frames are left. SQLite leaves out the sync of the database when anybody has written meanwhile, and would make up
/// for it in the step that has the turn: so it is made here. `false`: somebody who reads all the time keeps the rest back, or the log has begun anew.
fn catch_up(db: &Connection) -> rusqlite::Result<bool> {
    let mut before = None;
    for _ in 0..ROUNDS {
        let there = frames(db)?;
        let (_, copied) = db.wal_checkpoint_v2(Some(MAIN), CheckpointMode::PASSIVE)?;
        Handle::of_database(db)?.sync()?;
        let is_kept_back = copied < there;
        if is_kept_back && before == Some(copied) {
            return Ok(false);
        }
        if !is_kept_back && frames(db)?.saturating_sub(copied) < FEW {
            break;
        }
        before = Some(copied);
    }
    Ok(true)
}

/// Makes room on a full disk, for the writer whose turn it is: what the log has goes to places that the database has already, and
/// the log has room again. Answers whether that has gained anything.
pub(super) fn reuse(pool: &Pool) -> bool {
    let gained = pool.with(|db| {
        if frames(db)? < SOME {
            return Ok(false);
        }
        // SQLite does not wait for one who copies.
        let give_up = kernel::now() + WHILE;
        loop {
            match begin_anew(db) {
                Err(refusal) if is_busy(&refusal) && kernel::now() < give_up => std::thread::sleep(SOON),
                done => return done.map(|()| true),
            }
        }
    });
    gained.unwrap_or(false)
}

fn is_busy(refusal: &rusqlite::Error) -> bool {
    refusal.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn frames(db: &Connection) -> rusqlite::Result<i32> {
    Ok(db.wal_checkpoint_v2(Some(MAIN), CheckpointMode::NOOP)?.0)
}

/// Copies what is left, and has the next writer use the log from its beginning. Waits briefly for those who read, because the writers wait meanwhile.
fn begin_anew(db: &Connection) -> rusqlite::Result<()> {
    pool::impatiently(|| db.wal_checkpoint_v2(Some(MAIN), CheckpointMode::RESTART)).map(|_| ())
}

fn commits_of_others(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row("PRAGMA data_version", [], |line| line.get(0))
}

/// Wipes out everything behind the frames that this connection's commit has left, unless others have committed since `before`. Nobody looks
/// there: readers go by the index of the log, and recovery stops at the first frame that does not belong to it. And nobody writes there:
/// we hold SQLite's own lock for writers.
fn wipe_behind(db: &Connection, before: u32) -> rusqlite::Result<bool> {
    let frames = u64::from(frames(db)?.unsigned_abs());
    let page = u64::from(db.query_row("PRAGMA page_size", [], |line| line.get::<_, u32>(0))?);
    let mut is_wiped = false;
    rows::whole(db, || {
        is_wiped = commits_of_others(db)? == before
            && wipe(&Handle::of_log(db)?, HEADER + frames * (FRAME_HEADER + page)).is_ok();
        Ok(None::<()>)
    })?;
    Ok(is_wiped)
}

/// Nothing but zeros from `from` on, and at least the reserve.
fn wipe(log: &Handle<'_>, from: u64) -> rusqlite::Result<()> {
    const BLOCK: usize = 1 << 16;
    static ZEROS: [u8; BLOCK] = [0; BLOCK];
    let mut block = vec![0; BLOCK];
    let end = log.len()?.max(RESERVE);
    let mut at = from;
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        log.read(&mut block[..length], at)?;
        if at + length as u64 > log.len()? || block[..length] != ZEROS[..length] {
            log.write(&ZEROS[..length], at)?;
        }
        at += length as u64;
    }
    Ok(())
}
