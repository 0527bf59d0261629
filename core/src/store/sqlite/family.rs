//! Elevation and ending: what happens to several rows of a family at once.
//!
//! Rows are found through `session_family`, which has only those that an elevation has linked: the first session of a family, once
//! superseded, and every row of a later generation. Any other row is alone in its family.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{self, number};
use crate::id::Family;
use crate::record::EndReason;
use crate::store::{Created, Ending, MAX_SNAPSHOTS, MAX_SUPERSEDED, New, Old, Written};

/// The place of a row in the order in which its family was superseded.
const SUPERSEDE: &str = "
UPDATE session SET linked = 1, superseded = 1 + coalesce(
    (SELECT max(superseded) FROM session relative WHERE relative.linked = 1 AND relative.family = session.family), 0)
WHERE number = ?1";

/// The latest first.
const SUPERSEDED: &str = "
SELECT number, payload IS NOT NULL FROM session WHERE linked = 1 AND family = ?1 AND superseded IS NOT NULL ORDER BY superseded DESC";

/// Rank 3, which is never evicted, stays; any other becomes 0, which goes first.
macro_rules! end {
    ($which:literal, $payload:literal) => {
        concat!(
            "UPDATE session SET version = version + 1, erase_at = NULL, delete_at = ?1, sweep_at = ?1, rank = iif(rank = 3, 3, 0), ",
            "ended_why = ?2, ended_at = ?3, ended_cookie = ?4, payload = ",
            $payload,
            " WHERE ended_why IS NULL AND family = ?5 AND ",
            $which
        )
    };
}

/// The row may have moved since the caller saw it.
const END_ONE: &str = end!(
    "number = coalesce((SELECT target FROM pointer WHERE number = ?6 AND locator = ?7), ?6)",
    "iif(?8, payload, NULL)"
);
const END_RELATIVES: &str = end!("linked = 1 AND generation <= ?6", "NULL");

/// See [`Store::elevate`](crate::store::Store::elevate).
pub(super) fn elevate(db: &Connection, old: &Old<'_>, new: &New<'_>) -> rusqlite::Result<Written> {
    let written = rows::whole(db, || {
        let written = supersede(db, old)?;
        let done = matches!(written, Written::Done(_)) && rows::insert(db, new, true)? == Created::Done;
        if done {
            trim(db, &new.family)?;
        }
        Ok(done.then_some(written))
    })?;
    Ok(written.unwrap_or(Written::Lost))
}

fn supersede(db: &Connection, old: &Old<'_>) -> rusqlite::Result<Written> {
    const ALIVE: &str = "
SELECT version FROM session WHERE ended_why IS NULL AND (number = ?1 AND locator = ?2
    OR number = (SELECT target FROM pointer WHERE number = ?1 AND locator = ?2))";
    let (at, written) = match old {
        Old::Kept(at) => {
            let version: Option<i64> =
                db.prepare_cached(ALIVE)?.query_row(params![number(at), at.0], |line| line.get(0)).optional()?;
            return Ok(version.map_or(Written::Lost, |version| Written::Done(version.cast_unsigned())));
        }
        Old::Stored(change) => (change.at, rows::save(db, change)?),
        Old::Unstored(new) => match rows::insert(db, new, true)? {
            Created::Done => (new.at, Written::Done(1)),
            Created::Taken => (new.at, Written::Lost),
        },
    };
    if matches!(written, Written::Done(_)) {
        db.prepare_cached(SUPERSEDE)?.execute([number(&at)])?;
    }
    Ok(written)
}

fn trim(db: &Connection, family: &Family) -> rusqlite::Result<()> {
    let mut superseded = db.prepare_cached(SUPERSEDED)?;
    let rows: Vec<(i64, bool)> =
        superseded.query_map([family.0], |line| Ok((line.get(0)?, line.get(1)?)))?.collect::<Result<_, _>>()?;
    // The first one stays: its ID may be of the class that is taken for one that was never stored when there is no row.
    let first = rows.last().map(|(row, _)| *row);
    for (place, (row, has_payload)) in (0u32..).zip(rows) {
        if place >= MAX_SUPERSEDED && Some(row) != first {
            rows::delete(db, row)?;
        } else if place >= MAX_SNAPSHOTS && has_payload {
            rows::erase(db, row)?;
        }
    }
    Ok(())
}

/// See [`Store::end`](crate::store::Store::end). Whoever calls sees to it that the commit is synced.
pub(super) fn end(db: &Connection, ending: &Ending) -> rusqlite::Result<u64> {
    let Ending { family, at, up_to_generation, ended, delete } = ending;
    let (delete, why, when) = (delete.as_millis(), ended.reason as u8, ended.at.as_millis());
    let keep = ended.reason == EndReason::Quarantined;
    let ended = rows::whole(db, || {
        let one = params![delete, why, when, ended.cookie_cleared, family.0, number(at), at.0, keep];
        let first = db.prepare_cached(END_ONE)?.execute(one)?;
        let relatives = params![delete, why, when, ended.cookie_cleared, family.0, up_to_generation];
        let others = db.prepare_cached(END_RELATIVES)?.execute(relatives)?;
        Ok(Some(first.saturating_add(others)))
    })?;
    Ok(u64::try_from(ended.unwrap_or(0)).unwrap_or(u64::MAX))
}
