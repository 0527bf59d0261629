//! Creation, elevation and ending: what happens to several rows of a family or of a subject at once.
//!
//! Rows are found through `session_family`, which has only those that an elevation has linked: the first session of a family, once
//! superseded, and every row of a later generation. Any other row is alone in its family.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::devices;
use super::rows::{self, number};
use crate::clock::Time;
use crate::id::Family;
use crate::record::{EndReason, Ended};
use crate::store::{Created, Ending, MAX_SNAPSHOTS, MAX_SUPERSEDED, New, Old, Whom, Written};

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
            " WHERE ended_why IS NULL",
            $which
        )
    };
}

/// The row may have moved since the caller saw it.
const END_ONE: &str = end!(
    " AND family = ?5 AND number = coalesce((SELECT target FROM pointer WHERE number = ?6 AND locator = ?7), ?6)",
    "iif(?8, payload, NULL)"
);
const END_RELATIVES: &str = end!(" AND linked = 1 AND family = ?5 AND generation <= ?6", "NULL");
/// What these rows were elevated from, first, and then they themselves.
const END_ROOTS: &str =
    end!(" AND linked = 1 AND family IN (SELECT family FROM session WHERE subject = ?5 AND family IS NOT ?6)", "NULL");
const END_SUBJECT: &str = end!(" AND subject = ?5 AND family IS NOT ?6", "NULL");
const END_ALL: &str = end!("", "NULL");
/// `family` is NULL where only the row itself is to end.
const END_EVICTED: &str = end!(" AND (number = ?5 OR linked = 1 AND family = ?6)", "NULL");

/// Live rows of a subject, the one that is due first at the front.
const LIVE: &str = "
SELECT number, family FROM session WHERE subject = ?1 AND ended_why IS NULL AND superseded IS NULL AND delete_at > ?2 AND number <> ?3 ORDER BY delete_at, number";

/// See [`Store::create`](crate::store::Store::create).
pub(super) fn create(db: &Connection, new: &New<'_>) -> rusqlite::Result<Created> {
    if new.cap.is_none() {
        return rows::insert(db, new, new.generation > 0);
    }
    let mut refused = Created::Full;
    let created = rows::whole(db, || {
        let created = rows::insert(db, new, new.generation > 0)?;
        if created != Created::Done {
            refused = created;
            return Ok(None);
        }
        Ok(make_room(db, new)?.then_some(created))
    })?;
    Ok(created.unwrap_or(refused))
}

/// Whether the subject may have `new`, which is there already, besides its other rows. Ends some of those where the cap says so.
fn make_room(db: &Connection, new: &New<'_>) -> rusqlite::Result<bool> {
    let (Some(subject), Some(cap)) = (new.subject, new.cap) else { return Ok(true) };
    let mut live = db.prepare_cached(LIVE)?;
    let live: Vec<(i64, [u8; Family::LEN])> = live
        .query_map(params![subject.0, cap.now.as_millis(), number(&new.at)], |line| Ok((line.get(0)?, line.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let over: Vec<i64> = cap.over.iter().map(number).collect();
    let live: Vec<_> = live.into_iter().filter(|(row, _)| !over.contains(row)).collect();
    let excess = (live.len() + 1).saturating_sub(usize::try_from(cap.most).unwrap_or(usize::MAX));
    let Some((ended, delete)) = cap.evict else { return Ok(excess == 0) };
    for (row, family) in live.into_iter().take(excess) {
        // What is elevated goes on in its own family.
        let family = (family != new.family.0).then_some(family);
        let (why, when) = (ended.reason as u8, ended.at.as_millis());
        db.prepare_cached(END_EVICTED)?.execute(params![
            delete.as_millis(),
            why,
            when,
            ended.cookie_cleared,
            row,
            family
        ])?;
    }
    Ok(true)
}

/// See [`Store::elevate`](crate::store::Store::elevate).
pub(super) fn elevate(db: &Connection, old: &Old<'_>, new: &New<'_>) -> rusqlite::Result<Written> {
    let mut refused = Written::Lost;
    let written = rows::whole(db, || {
        let written = supersede(db, old)?;
        if !matches!(written, Written::Done(_)) {
            return Ok(None);
        }
        if rows::insert(db, new, true)? != Created::Done {
            return Ok(None);
        }
        if !make_room(db, new)? {
            refused = Written::Full;
            return Ok(None);
        }
        trim(db, &new.family)?;
        Ok(Some(written))
    })?;
    Ok(written.unwrap_or(refused))
}

fn supersede(db: &Connection, old: &Old<'_>) -> rusqlite::Result<Written> {
    const ALIVE: &str = "
SELECT version FROM session WHERE ended_why IS NULL AND (unbound_at IS NULL OR unbound_at = ?3) AND (number = ?1 AND locator = ?2
    OR number = (SELECT target FROM pointer WHERE number = ?1 AND locator = ?2))";
    let (at, written) = match old {
        Old::Kept { at, unbound } => {
            let values = params![number(at), at.0, unbound.map(Time::as_millis)];
            let version: Option<i64> = db.prepare_cached(ALIVE)?.query_row(values, |line| line.get(0)).optional()?;
            return Ok(version.map_or(Written::Lost, |version| Written::Done(version.cast_unsigned())));
        }
        Old::Stored(change) => (change.at, rows::save(db, change)?),
        Old::Unstored(new) => match rows::insert(db, new, true)? {
            Created::Done => (new.at, Written::Done(1)),
            Created::Taken | Created::Full => (new.at, Written::Lost),
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
    Ok(rows::whole(db, || end_rows(db, ending).map(Some))?.unwrap_or(0))
}

/// As [`end`], within a transaction of the caller's.
pub(super) fn end_rows(db: &Connection, ending: &Ending) -> rusqlite::Result<u64> {
    let Ending { whom, ended, delete } = ending;
    let (delete, why, when, cleared) =
        (delete.as_millis(), ended.reason as u8, ended.at.as_millis(), ended.cookie_cleared);
    devices::forget(db, whom)?;
    let (first, others) = match whom {
        Whom::Family { family, at, up_to_generation } => {
            let keep = ended.reason == EndReason::Quarantined;
            let one = params![delete, why, when, cleared, family.0, number(at), at.0, keep];
            let relatives = params![delete, why, when, cleared, family.0, up_to_generation];
            (db.prepare_cached(END_ONE)?.execute(one)?, db.prepare_cached(END_RELATIVES)?.execute(relatives)?)
        }
        Whom::Subject { subject, except } => {
            let values = params![delete, why, when, cleared, subject.0, except.map(|it| it.family.0)];
            (db.prepare_cached(END_ROOTS)?.execute(values)?, db.prepare_cached(END_SUBJECT)?.execute(values)?)
        }
        Whom::All => (db.prepare_cached(END_ALL)?.execute(params![delete, why, when, cleared])?, 0),
    };
    Ok(u64::try_from(first.saturating_add(others)).unwrap_or(u64::MAX))
}

/// Ends one row.
pub(super) fn end_row(db: &Connection, row: i64, ended: Ended, delete: Time) -> rusqlite::Result<()> {
    let (why, when) = (ended.reason as u8, ended.at.as_millis());
    let values = params![delete.as_millis(), why, when, ended.cookie_cleared, row, None::<[u8; Family::LEN]>];
    db.prepare_cached(END_EVICTED)?.execute(values)?;
    Ok(())
}
