//! Elevations, within a cell and across two of them.

use redis::Cmd;

use super::cell::{self, Arg, NONE, Reply, fixed, slices, word};
use super::{RedisStore, ending, scripts, unique};
use crate::error::Result;
use crate::id::{Locator, Partition};
use crate::store::{MAX_SNAPSHOTS, MAX_SUPERSEDED, New, Old, Written};

/// An elevation on its way, with the names of the rows that it makes and its own.
struct Elevation<'a> {
    old: &'a Old<'a>,
    old_at: Locator,
    old_id: String,
    new: &'a New<'a>,
    id: String,
    by: String,
}

/// See [`Store::elevate`](crate::store::Store::elevate).
pub(super) fn elevate(store: &RedisStore, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
    let old_at = match old {
        Old::Kept { at, .. } => *at,
        Old::Stored(change) => change.at,
        Old::Unstored(row) => row.at,
    };
    if old_at == new.at {
        return Ok(Written::Lost);
    }
    let elevation = Elevation { old, old_at, old_id: unique()?, new, id: unique()?, by: unique()? };
    let written = if old_at.partition() == new.at.partition() {
        store.elevate_in_one_cell(&elevation)?
    } else {
        store.elevate_across_cells(&elevation)?
    };
    if !matches!(written, Written::Done(_)) {
        store.index.forget(new.at.partition(), vec![elevation.id])?;
        store.index.forget(old_at.partition(), vec![elevation.old_id])?;
    }
    Ok(written)
}

impl RedisStore {
    fn elevate_in_one_cell(&self, elevation: &Elevation<'_>) -> Result<Written> {
        let Elevation { new, id, by, .. } = elevation;
        let mut args = cell::row_args(new, id, by, NONE);
        args.extend(cell::cap_args(new));
        args.extend(self.old_args(elevation, NONE));
        args.extend(family_args(new, NONE));
        let partition = new.at.partition();
        let (written, evicted) = self.half(&self.announcing(elevation), &partition, &args)?;
        self.take_along(&partition, evicted, new)?;
        Ok(written)
    }

    /// The successor first. If its predecessor turns out to be another one than it was it is taken back: nobody knows its ID.
    fn elevate_across_cells(&self, elevation: &Elevation<'_>) -> Result<Written> {
        let Elevation { old, new, id, by, .. } = elevation;
        let (from, to) = (elevation.old_at.partition(), new.at.partition());
        // Asked before anything is done to the sessions that a cap evicts.
        let Some(kin) = self.kin_if_sound(old, &elevation.old_at)? else { return Ok(Written::Lost) };
        let is_family = !matches!(old, Old::Kept { .. });
        let mut args = cell::row_args(new, id, by, if is_family { &kin } else { NONE });
        args.extend(cell::cap_args(new));
        args.push(fixed(NONE));
        args.extend(family_args(new, NONE));
        let (made, evicted) = self.half(&self.announcing(elevation), &to, &args)?;
        if !matches!(made, Written::Done(_)) {
            return Ok(made);
        }
        let to_kin = cell::hex(&to.0);
        let mut args = [NONE; 11].map(fixed).to_vec();
        args.push(fixed("0"));
        args.extend(self.old_args(elevation, &to_kin));
        args.extend(family_args(new, if is_family { &to_kin } else { NONE }));
        let written = self.half(&[], &from, &args).map(|(written, _)| written);
        if !matches!(written, Ok(Written::Done(_))) {
            let new_row = [word(cell::place(&new.at)), word(by.as_str())];
            self.client.call_script(&scripts::DISCARD, &self.keys.cell(&to), &slices(&new_row))?;
        }
        // Not before: the old row may be a relative of what the cap has evicted, and must not be found ended for that.
        self.take_along(&to, evicted, new)?;
        written
    }

    /// The cells of the relatives that a successor in another cell will have, if the old row of its elevation is as it must be.
    fn kin_if_sound(&self, old: &Old<'_>, at: &Locator) -> Result<Option<String>> {
        let from = at.partition();
        let found = self.client.call_script(&scripts::LOOK, &self.keys.cell(&from), &[cell::place(at).as_bytes()])?;
        let own = cell::hex(&from.0);
        let Some(mut found) = Reply::some(found)? else { return Ok(matches!(old, Old::Unstored(_)).then_some(own)) };
        let (place, head) = (found.text()?, cell::Head::read(&found.text()?)?);
        let sound = head.ended.is_none()
            && match old {
                Old::Unstored(_) => false,
                Old::Stored(change) => head.version == change.version && place == cell::place(at),
                Old::Kept { unbound, .. } => head.unbound.is_none() || head.unbound == *unbound,
            };
        Ok(sound.then(|| head.kin.map_or(own.clone(), |kin| format!("{kin},{own}"))))
    }

    fn old_args<'a>(&self, elevation: &Elevation<'a>, kin: &str) -> Vec<Arg<'a>> {
        match elevation.old {
            Old::Kept { at, unbound } => {
                let unbound = unbound.map_or_else(|| NONE.to_owned(), |at| at.as_millis().to_string());
                vec![fixed("check"), word(cell::place(at)), word(unbound)]
            }
            Old::Stored(change) => {
                let mut args = vec![fixed("save")];
                args.extend(cell::change_args(change, &elevation.by, &self.leases.token(&change.at)));
                args
            }
            Old::Unstored(row) => {
                let mut args = vec![fixed("insert")];
                args.extend(cell::row_args(row, &elevation.old_id, &elevation.by, kin));
                args
            }
        }
    }

    /// What has to be done before its rows are made.
    fn announcing(&self, elevation: &Elevation<'_>) -> Vec<Cmd> {
        let mut commands = self.index.announcing(elevation.new, &elevation.id);
        if let Old::Unstored(row) = elevation.old {
            commands.extend(self.index.announcing(row, &elevation.old_id));
        }
        commands
    }

    /// Half of an elevation or all of it, after `before`; and what the cap has evicted, whose relatives elsewhere are still there.
    fn half(&self, before: &[Cmd], partition: &Partition, args: &[Arg<'_>]) -> Result<(Written, Option<Reply>)> {
        let mut reply = self.run_after(before, &scripts::ELEVATE, partition, args)?;
        let (code, version) = (reply.int()?, reply.optional()?);
        let mut evicted = None;
        if code == 1 {
            self.index.moved(*partition, reply.list()?)?;
            self.index.forget(*partition, reply.list()?.texts()?)?;
            evicted = Some(reply.list()?);
        }
        Ok((cell::written(code, version)?, evicted))
    }

    fn take_along(&self, partition: &Partition, evicted: Option<Reply>, new: &New<'_>) -> Result<()> {
        evicted.map_or(Ok(()), |evicted| ending::evicted(self, partition, evicted, new))
    }
}

/// What an elevation is told of the family: a cell that it has relatives in from now on, and how much of it is kept.
fn family_args(new: &New<'_>, kin: &str) -> [Arg<'static>; 4] {
    [word(kin), word(MAX_SUPERSEDED.to_string()), word(MAX_SNAPSHOTS.to_string()), word(cell::hex(&new.family.0))]
}
