//! Work beside the requests: turns to sweep, and counts.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{monotonic, sweep};
use crate::clock::{Reading, Time, Watch};
use crate::error::Result;
use crate::store::Stats;
use crate::store::turn::is_due;

/// The watch that the latest turn kept.
pub(super) fn last_turn(db: &Connection) -> rusqlite::Result<Option<Watch>> {
    db.prepare_cached("SELECT wall, uptime, jumped_at FROM turn")?
        .query_row([], |line| {
            let anchor = Reading { wall: Time::from_millis(line.get(0)?), uptime: line.get(1)? };
            Ok(Watch { anchor, jumped_at: line.get(2)? })
        })
        .optional()
}

/// Takes the turn that is due at `now`, if one is. Answers the watch that is kept, and the one before if the turn is taken.
pub(super) fn take_turn(db: &Connection, now: Reading, every: Duration) -> rusqlite::Result<(Watch, Option<Previous>)> {
    let previous = last_turn(db)?;
    if let Some(previous) = previous.filter(|previous| !is_due(previous.anchor, now, every)) {
        return Ok((previous, None));
    }
    // Nobody has changed it meanwhile: the caller has the lock.
    let kept = previous.map_or_else(|| Watch::new(now), |previous| previous.cautious_at(now));
    db.prepare_cached("INSERT OR REPLACE INTO turn(one, wall, uptime, jumped_at) VALUES (1, ?1, ?2, ?3)")?
        .execute(params![kept.anchor.wall.as_millis(), kept.anchor.uptime, kept.jumped_at])?;
    Ok((kept, Some(Previous(previous))))
}

/// The turn before, unless this one is the first.
pub(super) struct Previous(pub(super) Option<Watch>);

/// How many rows are not bound, as of a moment ago.
#[derive(Default)]
pub(super) struct UnboundCount(Mutex<Option<(u64, Instant)>>);

impl UnboundCount {
    /// A count of fewer rows than this costs less than remembering it is worth.
    const SMALL: u64 = 20_000;
    /// No host creates rows faster.
    const PER_SECOND: u64 = 50_000;

    /// The count, taken with `count` unless the last one still tells whether there are more than `max`.
    pub(super) fn get(&self, max: u64, count: impl FnOnce() -> Result<u64>) -> Result<u64> {
        if let Some((known, when)) = *self.0.lock() {
            let room = max.saturating_sub(known) / Self::PER_SECOND;
            let lasts = Duration::from_secs(room.clamp(1, 60));
            if known > Self::SMALL && when.elapsed() < lasts {
                return Ok(known);
            }
        }
        let counted = count()?;
        *self.0.lock() = Some((counted, monotonic()));
        Ok(counted)
    }

    /// What is left after a batch.
    pub(super) fn set(&self, left: u64) {
        if let Some((known, _)) = &mut *self.0.lock() {
            *known = left;
        }
    }
}

/// See [`Store::stats`](crate::store::Store::stats).
pub(super) fn stats(db: &Connection) -> rusqlite::Result<Stats> {
    let count =
        |what: &str| db.prepare_cached(what)?.query_row([], |line| line.get::<_, i64>(0)).map(i64::cast_unsigned);
    Ok(Stats {
        rows: count("SELECT count(*) FROM session")?,
        anonymous: sweep::count_unbound(db)?,
        pointers: count("SELECT count(*) FROM pointer")?,
    })
}
