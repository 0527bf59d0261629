//! Rows and pointers: one statement each, prepared once for each connection.

use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, Row as Line, params};

use crate::clock::Time;
use crate::id::Locator;
use crate::record::{EndReason, Ended};
use crate::store::{Change, Created, Due, Found, Label, New, Row, Written};

/// Row at its own place, or else what a pointer leads to: one snapshot. SQLite does not look for a pointer unless it is asked
/// for a second line.
const FIND: &str = "
SELECT locator, version, ended_why, ended_at, ended_cookie, unbound_at, meta, payload, NULL FROM session WHERE number = ?1 AND locator = ?2
UNION ALL
SELECT s.locator, s.version, s.ended_why, s.ended_at, s.ended_cookie, s.unbound_at, s.meta, s.payload, p.sealed
FROM pointer p CROSS JOIN session s ON s.number = p.target WHERE p.number = ?1 AND p.locator = ?2";

const INSERT: &str = "
INSERT OR IGNORE INTO session(number, locator, version, sweep_at, erase_at, delete_at, ended_why, ended_at, ended_cookie, rank, linked, generation, family, subject, prefix, meta, payload)
SELECT ?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16 WHERE NOT EXISTS (SELECT 1 FROM pointer WHERE number = ?1)";

macro_rules! update {
    ($set:literal, $condition:literal) => {
        concat!(
            "UPDATE session SET erase_at = ?4, delete_at = ?5, meta = ?6",
            $set,
            " WHERE number = ?1 AND version = ?2 AND locator = ?3 AND ended_why IS NULL",
            $condition
        )
    };
}

/// The usual case leaves the index alone; it misses when the row is now due earlier than the index says.
const SAVE: &str = update!(", version = version + 1, payload = ?7", " AND sweep_at <= ?8");
const SAVE_EARLIER: &str = update!(", version = version + 1, payload = ?7, sweep_at = ?8", "");
const WRITE_META: &str = update!(", version = version + 1", " AND sweep_at <= ?7");
const WRITE_META_EARLIER: &str = update!(", version = version + 1, sweep_at = ?7", "");
const TOUCH: &str = update!("", " AND sweep_at <= ?7");
const TOUCH_EARLIER: &str = update!(", sweep_at = ?7", "");

/// The number of the row or pointer at `at`.
pub(super) fn number(at: &Locator) -> i64 {
    // 63 bits always fit.
    at.number().cast_signed()
}

/// When the sweeper has to look at a row that is due at `due`.
pub(super) fn sweep_at(due: &Due) -> i64 {
    due.erase.map_or(due.delete, |erase| erase.min(due.delete)).as_millis()
}

pub(super) fn find(db: &Connection, at: &Locator) -> rusqlite::Result<Option<Found>> {
    let mut find = db.prepare_cached(FIND)?;
    let mut lines = find.query(params![number(at), at.0])?;
    lines.next()?.map(found).transpose()
}

fn found(line: &Line<'_>) -> rusqlite::Result<Found> {
    Ok(Found { row: row(line)?, pointer: line.get(8)? })
}

/// A row from its columns, in the order of [`FIND`].
pub(super) fn row(line: &Line<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        at: locator(line, 0)?,
        version: line.get::<_, i64>(1)?.cast_unsigned(),
        ended: ended(line)?,
        unbound: line.get::<_, Option<i64>>(5)?.map(Time::from_millis),
        meta: line.get(6)?,
        payload: line.get(7)?,
    })
}

/// The rows that carry `label` and have not ended.
pub(super) fn list(db: &Connection, label: &Label) -> rusqlite::Result<Vec<Row>> {
    macro_rules! labelled {
        ($column:literal) => {
            concat!(
                "SELECT locator, version, ended_why, ended_at, ended_cookie, unbound_at, meta, payload FROM session WHERE ended_why IS NULL AND ",
                $column,
                " = ?1"
            )
        };
    }
    let (select, tag) = match label {
        Label::Subject(tag) => (labelled!("subject"), tag),
        Label::Prefix(tag) => (labelled!("prefix"), tag),
    };
    db.prepare_cached(select)?.query_map([tag.0], row)?.collect()
}

fn locator(line: &Line<'_>, column: usize) -> rusqlite::Result<Locator> {
    Ok(Locator(line.get(column)?))
}

fn ended(line: &Line<'_>) -> rusqlite::Result<Option<Ended>> {
    let ValueRef::Integer(why) = line.get_ref(2)? else { return Ok(None) };
    let reason = u8::try_from(why).ok().and_then(EndReason::from_number).ok_or(FromSqlError::OutOfRange(why))?;
    Ok(Some(Ended { reason, at: Time::from_millis(line.get(3)?), cookie_cleared: line.get(4)? }))
}

/// Creates a row, unless its number is in use. `linked`: whether the family has other rows.
pub(super) fn insert(db: &Connection, new: &New<'_>, linked: bool) -> rusqlite::Result<Created> {
    let ended = new.ended.as_ref();
    let inserted = db.prepare_cached(INSERT)?.execute(params![
        number(&new.at),
        new.at.0,
        sweep_at(&new.due),
        new.due.erase.map(Time::as_millis),
        new.due.delete.as_millis(),
        ended.map(|ended| ended.reason as u8),
        ended.map(|ended| ended.at.as_millis()),
        ended.map(|ended| ended.cookie_cleared),
        rank(new),
        linked,
        new.generation,
        new.family.0,
        new.subject.map(|subject| subject.0),
        new.prefix.map(|prefix| prefix.0),
        new.meta,
        new.payload,
    ])?;
    Ok(if inserted == 1 { Created::Done } else { Created::Taken })
}

fn rank(new: &New<'_>) -> i64 {
    match new {
        New { subject: Some(_), .. } => 3,
        New { ended: Some(_), .. } => 0,
        New { generation: 0, .. } => 1,
        _ => 2,
    }
}

/// Writes what `change` names: metadata, deadlines, and the payload if there is one.
pub(super) fn save(db: &Connection, change: &Change<'_>) -> rusqlite::Result<Written> {
    let version = change.version.wrapping_add(1);
    let written = match change.payload {
        Some(_) => with_payload(db, change)?,
        None => without_payload(db, change, WRITE_META, WRITE_META_EARLIER)?,
    };
    Ok(if written { Written::Done(version) } else { Written::Lost })
}

/// Writes metadata and deadlines and keeps the version.
pub(super) fn touch(db: &Connection, change: &Change<'_>) -> rusqlite::Result<Written> {
    let written = without_payload(db, change, TOUCH, TOUCH_EARLIER)?;
    Ok(if written { Written::Done(change.version) } else { Written::Lost })
}

fn with_payload(db: &Connection, change: &Change<'_>) -> rusqlite::Result<bool> {
    let Change { at, version, meta, payload, due } = change;
    for update in [SAVE, SAVE_EARLIER] {
        let erase = due.erase.map(Time::as_millis);
        let values = params![
            number(at),
            version.cast_signed(),
            at.0,
            erase,
            due.delete.as_millis(),
            meta,
            payload,
            sweep_at(due)
        ];
        if db.prepare_cached(update)?.execute(values)? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn without_payload(db: &Connection, change: &Change<'_>, usual: &str, earlier: &str) -> rusqlite::Result<bool> {
    let Change { at, version, meta, due, .. } = change;
    for update in [usual, earlier] {
        let erase = due.erase.map(Time::as_millis);
        let values =
            params![number(at), version.cast_signed(), at.0, erase, due.delete.as_millis(), meta, sweep_at(due)];
        if db.prepare_cached(update)?.execute(values)? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes a row and what leads to it.
pub(super) fn delete(db: &Connection, row: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM pointer WHERE target = ?1")?.execute([row])?;
    db.prepare_cached("DELETE FROM session WHERE number = ?1")?.execute([row])?;
    Ok(())
}

/// Erases a payload; the row stays and remembers.
pub(super) fn erase(db: &Connection, row: i64) -> rusqlite::Result<()> {
    const ERASE: &str = "
UPDATE session SET version = version + (payload IS NOT NULL), payload = NULL, erase_at = NULL, sweep_at = delete_at, rank = iif(rank = 3, 3, 0)
WHERE number = ?1";
    db.prepare_cached(ERASE)?.execute([row])?;
    Ok(())
}

/// All of `work` or nothing: it is undone when there is no answer.
pub(super) fn whole<T>(
    db: &Connection,
    work: impl FnOnce() -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Option<T>> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let answer = work()?;
    let end = if answer.is_some() { "COMMIT" } else { "ROLLBACK" };
    db.prepare_cached(end)?.execute([])?;
    Ok(answer)
}
