//! Rotation: new places for a row, and pointers from the old ones.

use rusqlite::{Connection, params};

use super::rows::{self, number};
use crate::id::Locator;
use crate::store::{Change, MAX_POINTERS, NewPointer, Written};

const INSERT: &str = "
INSERT OR IGNORE INTO pointer(number, locator, target, made, sealed)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM session WHERE number = ?1)";

/// The newest pointer is needed by the client that is about to get its ID, even if the clock went back meanwhile.
const TRIM: &str = "
DELETE FROM pointer WHERE number IN (
    SELECT number FROM pointer WHERE target = ?1 AND number <> ?2
    AND number <> (SELECT number FROM pointer WHERE target = ?1 ORDER BY made, locator LIMIT 1)
    ORDER BY made DESC, locator DESC LIMIT -1 OFFSET ?3)";

/// Pointers that stay besides the newest and the oldest.
const KEPT: i64 = MAX_POINTERS as i64 - 2;

/// Makes `from` no longer the place of the row but `to`. Only the new number is told to whom it may concern (see `Changes`): the row has been
/// written at its old place by then, in the same transaction.
const MOVE: &str = "UPDATE session SET number = ?1, locator = ?2 WHERE number = ?3";

/// See [`Store::rotate`](crate::store::Store::rotate).
pub(super) fn rotate(db: &Connection, change: &Change<'_>, successor: &NewPointer<'_>) -> rusqlite::Result<Written> {
    let written = rows::whole(db, || {
        let written = rows::save(db, change)?;
        let done = matches!(written, Written::Done(_)) && add(db, successor, number(&change.at))?;
        Ok(done.then_some(written))
    })?;
    Ok(written.unwrap_or(Written::Lost))
}

/// See [`Store::promote`](crate::store::Store::promote).
pub(super) fn promote(
    db: &Connection,
    change: &Change<'_>,
    to: &Locator,
    old: &NewPointer<'_>,
) -> rusqlite::Result<Written> {
    let written = rows::whole(db, || {
        let written = rows::save(db, change)?;
        let done = matches!(written, Written::Done(_)) && move_row(db, &change.at, to)? && add(db, old, number(to))?;
        Ok(done.then_some(written))
    })?;
    Ok(written.unwrap_or(Written::Lost))
}

/// Whether `to` was free or a pointer to the row, and is now its place.
fn move_row(db: &Connection, from: &Locator, to: &Locator) -> rusqlite::Result<bool> {
    const FREE: &str = "DELETE FROM pointer WHERE number = ?1 AND locator = ?2 AND target = ?3";
    const TAKEN: &str =
        "SELECT EXISTS (SELECT 1 FROM pointer WHERE number = ?1) OR EXISTS (SELECT 1 FROM session WHERE number = ?1)";
    db.prepare_cached(FREE)?.execute(params![number(to), to.0, number(from)])?;
    if db.prepare_cached(TAKEN)?.query_row([number(to)], |line| line.get(0))? {
        return Ok(false);
    }
    db.prepare_cached(MOVE)?.execute(params![number(to), to.0, number(from)])?;
    db.prepare_cached("UPDATE pointer SET target = ?1 WHERE target = ?2")?.execute([number(to), number(from)])?;
    Ok(true)
}

/// Whether the place was free and now leads to `target`.
fn add(db: &Connection, new: &NewPointer<'_>, target: i64) -> rusqlite::Result<bool> {
    let at = number(&new.at);
    if db.prepare_cached(INSERT)?.execute(params![at, new.at.0, target, new.made.as_millis(), new.sealed])? == 0 {
        return Ok(false);
    }
    db.prepare_cached(TRIM)?.execute(params![target, at, KEPT])?;
    Ok(true)
}
