//! Cleaning up, in batches that are short enough for the requests in between.

use rusqlite::{Connection, params};

use super::{evidence, rows};
use crate::clock::Time;
use crate::store::Swept;

/// Bound rows are never evicted; of the others those go first that are only left over, and those last that were elevated.
const LEFT_OVER: i64 = 0;
const VISITOR: i64 = 1;
const ELEVATED: i64 = 2;
const BOUND: i64 = 3;

/// Index entries that are due, and whether their rows are.
const DUE: &str = "
SELECT number, delete_at <= ?1, erase_at <= ?1 FROM session WHERE rank = ?2 AND sweep_at <= ?1 ORDER BY sweep_at LIMIT ?3";

/// Rows in the order of eviction, and whether their index entry is up to date.
const OLDEST: &str = "
SELECT number, sweep_at = min(coalesce(erase_at, delete_at), delete_at) FROM session WHERE rank < 3 ORDER BY rank, sweep_at LIMIT ?1";

/// Moves an index entry to where the row's deadlines have gone since.
const CATCH_UP: &str = "UPDATE session SET sweep_at = min(coalesce(erase_at, delete_at), delete_at) WHERE number = ?1";

/// What a batch may still do, and has done.
struct Batch<'a> {
    db: &'a Connection,
    left: u32,
    swept: Swept,
}

/// Whether any entry of the index is due. Asked first, because a batch without work would still stand in the way of writers.
pub(super) fn is_due(db: &Connection, now: Time) -> rusqlite::Result<bool> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM session WHERE rank = ?2 AND sweep_at <= ?1)";
    for rank in [LEFT_OVER, VISITOR, ELEVATED, BOUND] {
        if db.prepare_cached(ANY)?.query_row([now.as_millis(), rank], |line| line.get(0))? {
            return Ok(true);
        }
    }
    evidence::is_due(db, now)
}

/// How many rows are not bound to a user.
pub(super) fn count_unbound(db: &Connection) -> rusqlite::Result<u64> {
    let count: i64 =
        db.prepare_cached("SELECT count(*) FROM session WHERE rank < 3")?.query_row([], |line| line.get(0))?;
    Ok(count.cast_unsigned())
}

/// Looks at up to `limit` rows: those that are due at `now`, then the oldest unbound ones as long as there are more than `max_unbound` of
/// the `unbound` there are now. Answers what it did, and how many unbound rows are left.
pub(super) fn batch(
    db: &Connection,
    now: Time,
    limit: u32,
    unbound: u64,
    max_unbound: u64,
) -> rusqlite::Result<(Swept, u64)> {
    let done = rows::whole(db, || {
        let mut batch = Batch { db, left: limit, swept: Swept::default() };
        let gone = batch.clean(now, LEFT_OVER)? + batch.clean(now, VISITOR)? + batch.clean(now, ELEVATED)?;
        batch.clean(now, BOUND)?;
        let unbound = unbound.saturating_sub(gone);
        batch.evict(unbound.saturating_sub(max_unbound))?;
        batch.left = batch.left.saturating_sub(evidence::sweep(db, now, batch.left)?);
        let Batch { mut swept, left, .. } = batch;
        swept.more |= left == 0;
        Ok(Some((swept, unbound.saturating_sub(swept.evicted))))
    })?;
    Ok(done.unwrap_or_default())
}

impl Batch<'_> {
    /// Deletes and erases what is due. Answers how many rows are gone.
    fn clean(&mut self, now: Time, rank: i64) -> rusqlite::Result<u64> {
        let before = self.swept.deleted;
        let mut due = self.db.prepare_cached(DUE)?;
        let due: Vec<(i64, bool, Option<bool>)> = due
            .query_map(params![now.as_millis(), rank, self.left], |line| {
                Ok((line.get(0)?, line.get(1)?, line.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        for (row, delete, erase) in due {
            self.left = self.left.saturating_sub(1);
            match (delete, erase) {
                (true, _) => {
                    rows::delete(self.db, row)?;
                    self.swept.deleted += 1;
                }
                (false, Some(true)) => rows::erase(self.db, row)?,
                (false, _) => self.catch_up(row)?,
            }
        }
        Ok(self.swept.deleted - before)
    }

    /// Evicts the oldest. A row whose entry lags behind is moved to its place instead; it is looked at again in the next batch.
    fn evict(&mut self, excess: u64) -> rusqlite::Result<()> {
        let limit = u32::try_from(excess).unwrap_or(u32::MAX).min(self.left);
        let mut oldest = self.db.prepare_cached(OLDEST)?;
        let oldest: Vec<(i64, bool)> =
            oldest.query_map([limit], |line| Ok((line.get(0)?, line.get(1)?)))?.collect::<Result<_, _>>()?;
        for (row, is_up_to_date) in oldest {
            self.left = self.left.saturating_sub(1);
            if is_up_to_date {
                rows::delete(self.db, row)?;
                self.swept.evicted += 1;
            } else {
                self.catch_up(row)?;
                self.swept.more = true;
            }
        }
        Ok(())
    }

    fn catch_up(&self, row: i64) -> rusqlite::Result<()> {
        self.db.prepare_cached(CATCH_UP)?.execute([row])?;
        Ok(())
    }
}
