//! What an alarm keeps and what it does to rows; see [`Archive`].

use rusqlite::{Connection, OptionalExtension as _, Row as Line, params};

use super::rows::{self, number};
use super::{SqliteStore, devices, family, schema};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Tag};
use crate::store::evidence::{
    Alarm, Archive, Fate, Incident, MAX_EVIDENCE, MAX_EXHIBITS, MAX_INCIDENTS, MAX_UNBOUND_INCIDENTS, NewIncident,
    Which,
};
use crate::store::{Ending, Row, Whom};

/// Rows that have not ended and that an alarm reaches: number, whether superseded, bytes of payload. Those that nobody has superseded first.
macro_rules! reach {
    ($which:literal) => {
        concat!(
            "SELECT number, superseded IS NOT NULL, length(payload) FROM session WHERE ended_why IS NULL",
            $which,
            " ORDER BY superseded IS NOT NULL, superseded DESC, number"
        )
    };
}

/// The row may have moved since the caller saw it.
const FAMILY: &str = reach!(
    " AND (family = ?1 AND number = coalesce((SELECT target FROM pointer WHERE number = ?2 AND locator = ?3), ?2) OR linked = 1 AND family = ?1 AND generation <= ?4)"
);
const SUBJECT: &str = reach!(
    " AND family IS NOT ?2 AND (subject = ?1 OR linked = 1 AND family IN (SELECT family FROM session WHERE subject = ?1))"
);
const ALL: &str = reach!("");

/// The payload is left out where it does not fit.
const COPY: &str = "
INSERT INTO exhibit(incident, locator, version, unbound_at, meta, payload)
SELECT ?1, locator, version, unbound_at, meta, iif(?3, payload, NULL) FROM session WHERE number = ?2";

const UNBIND: &str = "
UPDATE session SET version = version + 1, subject = NULL, unbound_at = ?2, rank = iif(rank = 3, iif(generation = 0, 1, 2), rank)
WHERE number = ?1";

macro_rules! which {
    ($head:literal, $tail:literal) => {
        |which: &Which| match which {
            Which::Named(name) => (concat!($head, " WHERE name = ?1", $tail), Some(name.0)),
            Which::Session(session) => (concat!($head, " WHERE session = ?1", $tail), Some(session.0)),
            Which::Subject(subject) => (concat!($head, " WHERE subject = ?1", $tail), Some(subject.0)),
            Which::All => (concat!($head, " WHERE ?1 IS NULL", $tail), None),
        }
    };
}

/// A row that an alarm reaches.
struct Reached {
    row: i64,
    superseded: bool,
    payload: usize,
}

impl Archive for SqliteStore {
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64> {
        self.write(|db| schema::durably(db, || raise(db, alarm)))
    }

    fn incidents(&self, which: &Which, most: u32) -> Result<Vec<Incident>> {
        let list =
            which!("SELECT name, at, delete_at, sealed FROM incident", " ORDER BY at DESC, number DESC LIMIT ?2");
        let (select, value) = list(which);
        self.read(|db| db.prepare_cached(select)?.query_map(params![value, most], incident)?.collect())
    }

    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>> {
        const EXHIBITS: &str = "
SELECT e.locator, e.version, NULL, NULL, NULL, e.unbound_at, e.meta, e.payload
FROM incident i JOIN exhibit e ON e.incident = i.number WHERE i.name = ?1 ORDER BY e.number";
        self.read(|db| db.prepare_cached(EXHIBITS)?.query_map([name.0], rows::row)?.collect())
    }

    fn purge(&self, which: &Which) -> Result<u64> {
        let list = which!("SELECT number FROM incident", "");
        let (select, value) = list(which);
        let purged = self.write(|db| {
            rows::whole(db, || {
                let numbers: Vec<i64> = db
                    .prepare_cached(select)?
                    .query_map([value], |line| line.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                numbers.iter().try_for_each(|incident| delete(db, *incident))?;
                Ok(Some(numbers.len()))
            })
        })?;
        Ok(u64::try_from(purged.unwrap_or(0)).unwrap_or(u64::MAX))
    }
}

fn incident(line: &Line<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        name: Handle(line.get(0)?),
        at: Time::from_millis(line.get(1)?),
        until: Time::from_millis(line.get(2)?),
        sealed: line.get(3)?,
    })
}

fn raise(db: &Connection, alarm: &Alarm<'_>) -> rusqlite::Result<u64> {
    let done = rows::whole(db, || {
        if let Some(evidence) = &alarm.evidence {
            keep(db, evidence)?;
        }
        let count = match alarm.fate {
            Fate::End => family::end_rows(db, &alarm.ending)?,
            Fate::Unbind => unbind(db, &alarm.ending)?,
            Fate::GoOn => 0,
        };
        Ok(Some(count))
    })?;
    Ok(done.unwrap_or(0))
}

fn reach(db: &Connection, whom: &Whom) -> rusqlite::Result<Vec<Reached>> {
    let reached = |line: &Line<'_>| {
        let payload = line.get::<_, Option<i64>>(2)?.and_then(|length| usize::try_from(length).ok());
        Ok(Reached { row: line.get(0)?, superseded: line.get(1)?, payload: payload.unwrap_or(0) })
    };
    match whom {
        Whom::Family { family, at, up_to_generation } => db
            .prepare_cached(FAMILY)?
            .query_map(params![family.0, number(at), at.0, up_to_generation], reached)?
            .collect(),
        Whom::Subject { subject, except } => {
            db.prepare_cached(SUBJECT)?.query_map(params![subject.0, except.map(|it| it.family.0)], reached)?.collect()
        }
        Whom::All => db.prepare_cached(ALL)?.query_map([], reached)?.collect(),
    }
}

fn keep(db: &Connection, new: &NewIncident<'_>) -> rusqlite::Result<()> {
    const INSERT: &str =
        "INSERT OR IGNORE INTO incident(name, subject, session, at, delete_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let exhibits = reach(db, &new.whom)?;
    if exhibits.is_empty() {
        return Ok(());
    }
    let subject = new.subject.map(|subject| subject.0);
    let values = params![new.name.0, subject, new.session.0, new.at.as_millis(), new.until.as_millis(), new.sealed];
    if db.prepare_cached(INSERT)?.execute(values)? == 0 {
        return Ok(());
    }
    let incident = db.last_insert_rowid();
    let mut left = MAX_EVIDENCE;
    for Reached { row, payload, .. } in exhibits.into_iter().take(MAX_EXHIBITS) {
        let fits = payload <= left;
        left -= if fits { payload } else { 0 };
        db.prepare_cached(COPY)?.execute(params![incident, row, fits])?;
    }
    trim(db, new.subject)
}

/// Deletes the oldest incidents where there are too many.
fn trim(db: &Connection, subject: Option<Tag>) -> rusqlite::Result<()> {
    const SURPLUS: &str =
        "SELECT number FROM incident WHERE subject IS ?1 ORDER BY at DESC, number DESC LIMIT -1 OFFSET ?2";
    let most = if subject.is_some() { MAX_INCIDENTS } else { MAX_UNBOUND_INCIDENTS };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let surplus: Vec<i64> = db
        .prepare_cached(SURPLUS)?
        .query_map(params![subject.map(|subject| subject.0), most], |line| line.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    surplus.into_iter().try_for_each(|incident| delete(db, incident))
}

fn delete(db: &Connection, incident: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM exhibit WHERE incident = ?1")?.execute([incident])?;
    db.prepare_cached("DELETE FROM incident WHERE number = ?1")?.execute([incident])?;
    Ok(())
}

fn unbind(db: &Connection, Ending { whom, ended, delete }: &Ending) -> rusqlite::Result<u64> {
    let reached = reach(db, whom)?;
    devices::forget(db, whom)?;
    for Reached { row, superseded, .. } in &reached {
        if *superseded {
            family::end_row(db, *row, *ended, *delete)?;
        } else {
            db.prepare_cached(UNBIND)?.execute(params![row, ended.at.as_millis()])?;
        }
    }
    Ok(u64::try_from(reached.len()).unwrap_or(u64::MAX))
}

/// Whether an incident is due.
pub(super) fn is_due(db: &Connection, now: Time) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM incident WHERE delete_at <= ?1)")?
        .query_row([now.as_millis()], |line| line.get(0))
}

/// Deletes up to `limit` exhibits of incidents that are due, and the incidents that have none left. Answers how many rows are gone.
pub(super) fn sweep(db: &Connection, now: Time, limit: u32) -> rusqlite::Result<u32> {
    const DUE: &str = "SELECT number FROM incident WHERE delete_at <= ?1 ORDER BY delete_at LIMIT 1";
    const EXHIBITS: &str =
        "DELETE FROM exhibit WHERE number IN (SELECT number FROM exhibit WHERE incident = ?1 ORDER BY number LIMIT ?2)";
    let mut gone = 0;
    while gone < limit {
        let due: Option<i64> = db.prepare_cached(DUE)?.query_row([now.as_millis()], |line| line.get(0)).optional()?;
        let Some(incident) = due else { break };
        let exhibits = db.prepare_cached(EXHIBITS)?.execute(params![incident, limit - gone])?;
        gone = gone.saturating_add(u32::try_from(exhibits).unwrap_or(u32::MAX));
        if gone < limit {
            delete(db, incident)?;
            gone += 1;
        }
    }
    Ok(gone)
}
