//! Remembered devices: one statement each.

use rusqlite::{Connection, OptionalExtension as _, Row as Line, params};

use super::{SqliteStore, rows, schema};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Tag};
use crate::store::devices::{DeviceRow, Devices, MAX_DEVICES, NewDevice, Whose};
use crate::store::{Whom, Written};

const INSERT: &str =
    "INSERT OR IGNORE INTO device(name, subject, version, delete_at, sealed) VALUES (?1, ?2, 1, ?3, ?4)";
/// All but the new one and those that end last.
const TRIM: &str = "
DELETE FROM device WHERE name IN (
    SELECT name FROM device WHERE subject = ?1 AND name <> ?2 ORDER BY delete_at DESC, name DESC LIMIT -1 OFFSET ?3)";

impl Devices for SqliteStore {
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool> {
        self.write(|db| schema::durably(db, || create(db, new)))
    }

    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>> {
        const LOAD: &str = "SELECT name, version, sealed FROM device WHERE name = ?1";
        self.read(|db| db.prepare_cached(LOAD)?.query_row([name.0], row).optional())
    }

    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written> {
        const SAVE: &str = "UPDATE device SET version = version + 1, sealed = ?3 WHERE name = ?1 AND version = ?2";
        let values = params![name.0, version.cast_signed(), sealed];
        let saved = self.write(|db| schema::durably(db, || db.prepare_cached(SAVE)?.execute(values)))?;
        Ok(if saved == 1 { Written::Done(version.wrapping_add(1)) } else { Written::Lost })
    }

    fn end_devices(&self, whose: &Whose) -> Result<u64> {
        let (delete, name) = match whose {
            Whose::One(name) => ("DELETE FROM device WHERE name = ?1", name.0),
            Whose::Subject(subject) => ("DELETE FROM device WHERE subject = ?1", subject.0),
        };
        counted(self.write(|db| schema::durably(db, || db.prepare_cached(delete)?.execute([name]))))
    }

    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>> {
        const LIST: &str = "SELECT name, version, sealed FROM device WHERE subject = ?1";
        self.read(|db| db.prepare_cached(LIST)?.query_map([subject.0], row)?.collect())
    }

    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64> {
        const OVER: &str = "SELECT EXISTS (SELECT 1 FROM device WHERE delete_at <= ?1)";
        const SWEEP: &str = "DELETE FROM device WHERE name IN (SELECT name FROM device WHERE delete_at <= ?1 ORDER BY delete_at LIMIT ?2)";
        // Asked first: a batch without work would still stand in the way of writers.
        if !self.read(|db| db.prepare_cached(OVER)?.query_row([now.as_millis()], |line| line.get(0)))? {
            return Ok(0);
        }
        counted(self.write(|db| db.prepare_cached(SWEEP)?.execute(params![now.as_millis(), limit])))
    }
}

fn create(db: &Connection, new: &NewDevice<'_>) -> rusqlite::Result<bool> {
    let created = rows::whole(db, || {
        let values = params![new.name.0, new.subject.0, new.delete.as_millis(), new.sealed];
        if db.prepare_cached(INSERT)?.execute(values)? == 0 {
            return Ok(None);
        }
        let others = i64::try_from(MAX_DEVICES - 1).unwrap_or(i64::MAX);
        db.prepare_cached(TRIM)?.execute(params![new.subject.0, new.name.0, others])?;
        Ok(Some(()))
    })?;
    Ok(created.is_some())
}

/// Deletes the devices of those whom an ending or an alarm reaches, within its transaction.
pub(super) fn forget(db: &Connection, whom: &Whom) -> rusqlite::Result<()> {
    const OF_SUBJECT: &str = "DELETE FROM device WHERE subject = ?1 AND name IS NOT ?2";
    match whom {
        Whom::Family { .. } => {}
        Whom::Subject { subject, except } => {
            let spared = except.and_then(|it| it.device).map(|name| name.0);
            db.prepare_cached(OF_SUBJECT)?.execute(params![subject.0, spared])?;
        }
        Whom::All => {
            db.prepare_cached("DELETE FROM device")?.execute([])?;
        }
    }
    Ok(())
}

fn row(line: &Line<'_>) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow { name: Handle(line.get(0)?), version: line.get::<_, i64>(1)?.cast_unsigned(), sealed: line.get(2)? })
}

fn counted(deleted: Result<usize>) -> Result<u64> {
    Ok(u64::try_from(deleted?).unwrap_or(u64::MAX))
}
