//! The store on a Redis or Valkey server, for sites that have outgrown one host: single, behind Sentinel, or a Cluster.
//!
//! Everything of one partition lies in one hash on the server, a [`cell`], and each operation on it is one script: atomic, and one round trip. What spans
//! partitions - a log-in from an anonymous session, an ending that reaches sessions from before a log-in - takes a script in each, in an order in which
//! nothing is lost when it is broken off: the successor is there before its predecessor is superseded, and nobody has been given its ID by then.
//!
//! - **Leases** are on the server too ([`leases`]): a lease that is not renewed ends, and the write of whoever had it is lost, which its version or
//!   somebody else's lease tells.
//! - **The [`index`]** of all rows serves the sweep, evictions, and operations on everybody. Keys have an expiry besides, a day after what is in them is
//!   due, so nothing stays for ever where nobody sweeps.
//! - **Durable** is what a replica has, where there is one: endings, alarms and devices wait for it (`WAIT`). A server that dies takes with it what it has
//!   not passed on.

mod address;
mod cell;
mod client;
mod devices;
mod evidence;
mod fault;
mod index;
mod keys;
mod leases;
mod link;
mod lookup;
mod password;
mod pool;
mod process;
mod script;
mod scripts;
mod slots;
mod stream;
mod turns;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use redis::Value;

pub use self::address::Address;
use self::cell::{Arg, NONE, Reply, Which, fixed, slices, word};
use self::client::Client;
use self::index::Index;
use self::keys::Keys;
use self::leases::{Held, Leases};
pub use self::password::Password;
use self::script::Script;
use super::{
    Acquired, Change, Created, Ending, Found, Label, Lease, MAX_POINTERS, MAX_SNAPSHOTS, MAX_SUPERSEDED, New,
    NewPointer, Old, Row, Stats, Store, Swept, Turn, Whom, Written,
};
use crate::clock::{Clock as _, Reading, SystemClock, Time, Watch};
use crate::entropy::{self, SystemEntropy};
use crate::error::Result;
use crate::id::{Locator, Partition, Tag};
use crate::lock::Wait;
use crate::record::EndReason;

/// A store on a server. Connects when it is first used, in the process that uses it; a forked child connects anew.
pub struct RedisStore {
    client: Arc<Client>,
    keys: Keys,
    leases: Arc<Leases>,
    index: Index,
    turns: turns::Turns,
}

/// A name that nothing else has: for a lease, and for a write that might be sent twice.
fn unique() -> Result<String> {
    Ok(HEXLOWER.encode(&entropy::array::<10>(&SystemEntropy)?))
}

/// The time by which keys expire on the server, about: its own clock, not the engine's.
fn wall() -> Time {
    SystemClock.read().wall
}

impl RedisStore {
    /// The store at `address`. Does not connect yet.
    pub fn new(address: Address) -> Self {
        let keys = Keys::new(&address.prefix);
        let client = Arc::new(Client::new(address));
        let leases = Leases::new(Arc::clone(&client), keys.clone());
        let index = Index::new(Arc::clone(&client), keys.clone());
        Self { turns: turns::Turns::default(), client, keys, leases, index }
    }

    fn run(&self, script: &'static Script, partition: &Partition, args: &[Arg<'_>]) -> Result<Reply> {
        Reply::new(self.client.call_script(script, &self.keys.cell(partition), &slices(args))?)
    }

    fn run_durably(&self, script: &'static Script, partition: &Partition, args: &[Arg<'_>]) -> Result<Reply> {
        Reply::new(self.client.call_durably(script, &self.keys.cell(partition), &slices(args))?)
    }

    /// What came of a write, and what follows from it: its place in the index, and whom to wake.
    fn written(&self, at: &Locator, mut reply: Reply) -> Result<Written> {
        let (code, version) = (reply.int()?, reply.optional()?);
        let moved = reply.list()?;
        self.leases.wake(at, reply.optional()?)?;
        self.index.moved(at.partition(), moved)?;
        cell::written(code, version)
    }

    /// Writes with the lease that is given back by the same script.
    fn write(&self, lease: Option<Lease>, change: &Change<'_>, grow: bool) -> Result<Written> {
        let mut lease = lease;
        let held = lease.as_mut().and_then(|lease| lease.guards::<Held>().find(|held| held.at == change.at));
        let token = held.as_ref().map_or_else(|| "*".to_owned(), |held| held.token.clone());
        let flag = |yes: bool| fixed(if yes { "1" } else { "0" });
        let mut args = cell::change_args(change, &unique()?, &token);
        args.extend([flag(held.is_some()), flag(grow)]);
        let answer = self.run(&scripts::SAVE, &change.at.partition(), &args);
        // A server that has no room can still be told that the lease is over; one that does not answer frees it by itself.
        if let Some(held) = held
            && !answer.as_ref().is_err_and(crate::error::Error::is_full)
        {
            held.is_over();
        }
        self.written(&change.at, answer?)
    }

    /// The arguments of a change by somebody who has the lease and keeps it.
    fn kept<'a>(&self, change: &Change<'a>) -> Result<Vec<Arg<'a>>> {
        Ok(cell::change_args(change, &unique()?, &self.leases.token(&change.at)))
    }

    /// What an elevation or a creation has moved, deleted and evicted in its cell, and what is evicted elsewhere.
    fn evicted(&self, partition: &Partition, mut evicted: Reply, new: &New<'_>) -> Result<()> {
        self.index.moved(*partition, evicted.list()?)?;
        let (families, kin) = (evicted.list()?.texts()?, evicted.list()?.texts()?);
        if let Some((ended, delete)) = new.cap.and_then(|cap| cap.evict) {
            let ending = Ending { whom: Whom::All, ended, delete };
            self.end_kin(&scripts::END, &ending, *partition, families, kin)?;
        }
        Ok(())
    }

    fn elevate_in_one_cell(&self, elevation: &Elevation<'_>) -> Result<Written> {
        let Elevation { new, id, by, .. } = elevation;
        let mut args = cell::row_args(new, id, by, NONE);
        args.extend(cell::cap_args(new));
        args.extend(self.old_args(elevation, NONE));
        args.extend(family_args(new, NONE));
        self.elevated(&new.at.partition(), &args, new)
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
        let made = self.elevated(&to, &args, new)?;
        if !matches!(made, Written::Done(_)) {
            return Ok(made);
        }
        let to_kin = cell::hex(&to.0);
        let mut args = [NONE; 11].map(fixed).to_vec();
        args.push(fixed("0"));
        args.extend(self.old_args(elevation, &to_kin));
        args.extend(family_args(new, if is_family { &to_kin } else { NONE }));
        let written = self.elevated(&from, &args, new);
        if !matches!(written, Ok(Written::Done(_))) {
            let new_row = [word(cell::place(&new.at)), word(by.as_str())];
            self.client.call_script(&scripts::DISCARD, &self.keys.cell(&to), &slices(&new_row))?;
        }
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

    fn elevated(&self, partition: &Partition, args: &[Arg<'_>], new: &New<'_>) -> Result<Written> {
        let mut reply = self.run(&scripts::ELEVATE, partition, args)?;
        let (code, version) = (reply.int()?, reply.optional()?);
        if code == 1 {
            self.index.moved(*partition, reply.list()?)?;
            self.index.forget(*partition, reply.list()?.texts()?)?;
            self.evicted(partition, reply.list()?, new)?;
        }
        cell::written(code, version)
    }

    /// Does `script` to what is meant, first where it starts and then where its relatives are. Answers how many rows it changed.
    fn end_all(&self, script: &'static Script, ending: &Ending) -> Result<u64> {
        let which = match &ending.whom {
            Whom::Family { family, at, up_to_generation } => {
                Which::Family { family: *family, at: Some(at), up_to_generation: *up_to_generation }
            }
            Whom::Subject { subject, except } => Which::Subject { subject: *subject, but: except.map(|it| it.family) },
            Whom::All => return self.end_everybody(script, ending),
        };
        let start = match &ending.whom {
            Whom::Family { at, .. } => at.partition(),
            Whom::Subject { subject, .. } => subject.partition(),
            Whom::All => return Ok(0),
        };
        let (count, families, kin) = self.end_in(script, &start, &which, ending)?;
        Ok(count + self.end_kin(script, ending, start, families, kin)?)
    }

    /// Goes on with the relatives in other cells.
    fn end_kin(
        &self,
        script: &'static Script,
        ending: &Ending,
        start: Partition,
        families: Vec<String>,
        kin: Vec<String>,
    ) -> Result<u64> {
        let (mut seen, mut left, mut count) = (BTreeSet::from([start]), kin, 0);
        while let Some(next) = left.pop() {
            let Some(next) = HEXLOWER.decode(next.as_bytes()).ok().and_then(|next| Partition::from_slice(&next)) else {
                continue;
            };
            if seen.insert(next) {
                let which = match &ending.whom {
                    Whom::Family { family, up_to_generation, .. } => {
                        Which::Family { family: *family, at: None, up_to_generation: *up_to_generation }
                    }
                    Whom::Subject { .. } | Whom::All => Which::Families(&families),
                };
                let (ended, _, kin) = self.end_in(script, &next, &which, ending)?;
                count += ended;
                left.extend(kin);
            }
        }
        Ok(count)
    }

    /// Sessions that are elevated meanwhile end with their family: either the predecessor had ended before, and the elevation was lost, or it has
    /// relatives now.
    fn end_everybody(&self, script: &'static Script, ending: &Ending) -> Result<u64> {
        let mut count = 0;
        for partition in self.index.partitions()?.union(&self.device_partitions()?) {
            let (ended, _, kin) = self.end_in(script, partition, &Which::All, ending)?;
            count += ended;
            for kin in kin {
                let Some(kin) = HEXLOWER.decode(kin.as_bytes()).ok().and_then(|kin| Partition::from_slice(&kin)) else {
                    continue;
                };
                count += self.end_in(script, &kin, &Which::All, ending)?.0;
            }
        }
        Ok(count)
    }

    fn list_in(&self, partition: &Partition, kind: &'static str, tag: &Tag) -> Result<Vec<Row>> {
        let found = self.run(&scripts::LIST, partition, &[fixed(kind), word(cell::hex(&tag.0))])?;
        Ok(cell::rows(found, partition)?.into_iter().map(|(row, _)| row).collect())
    }

    fn end_in(
        &self,
        script: &'static Script,
        partition: &Partition,
        which: &Which<'_>,
        ending: &Ending,
    ) -> Result<(u64, Vec<String>, Vec<String>)> {
        let mut args = which.args();
        args.extend(cell::ended_words(Some(ending.ended)).map(word));
        args.push(word(cell::moment(ending.delete)));
        args.push(fixed(if ending.ended.reason == EndReason::Quarantined { "1" } else { "0" }));
        // Devices of a user are all in the cell of that user.
        args.extend(match (which, &ending.whom) {
            (Which::All, _) => [fixed("all"), fixed(NONE)],
            (Which::Subject { subject, .. }, Whom::Subject { except, .. }) => {
                let stays = except.and_then(|it| it.device).map(|name| cell::hex(&name.0));
                [word(stays.unwrap_or_else(|| "own".to_owned())), word(cell::hex(&subject.0))]
            }
            _ => [fixed(NONE), fixed(NONE)],
        });
        let mut reply = self.run_durably(script, partition, &args)?;
        let count = cell::count(Value::Int(reply.int()?))?;
        self.index.moved(*partition, reply.list()?)?;
        Ok((count, reply.list()?.texts()?, reply.list()?.texts()?))
    }
}

/// An elevation on its way, with the names of the rows that it makes and its own.
struct Elevation<'a> {
    old: &'a Old<'a>,
    old_at: Locator,
    old_id: String,
    new: &'a New<'a>,
    id: String,
    by: String,
}

fn load_by_pointer(client: &Client, keys: &Keys, at: &Locator) -> Result<Option<Found>> {
    let (cell, partition) = (keys.cell(&at.partition()), at.partition());
    let found = Reply::some(client.call_script(&scripts::LOAD, &cell, &[cell::place(at).as_bytes()])?)?;
    found.map(|found| cell::found(found, &partition)).transpose()
}

/// What an elevation is told of the family: a cell that it has relatives in from now on, and how much of it is kept.
fn family_args(new: &New<'_>, kin: &str) -> [Arg<'static>; 4] {
    [word(kin), word(MAX_SUPERSEDED.to_string()), word(MAX_SNAPSHOTS.to_string()), word(cell::hex(&new.family.0))]
}

fn pointer_args<'a>(pointer: &NewPointer<'a>, at: &Locator) -> [Arg<'a>; 4] {
    [word(cell::place(at)), word(cell::moment(pointer.made)), pointer.sealed.into(), word(MAX_POINTERS.to_string())]
}

impl Store for RedisStore {
    /// One command where the ID is the row's own, which it nearly always is.
    fn load(&self, at: &Locator) -> Result<Option<Found>> {
        let row = self.client.command(&cell::read(&self.keys.cell(&at.partition()), at))?;
        let is_pointer = cell::is_pointer(&row);
        match cell::whole(*at, row)? {
            None if is_pointer => load_by_pointer(&self.client, &self.keys, at),
            found => Ok(found),
        }
    }

    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        self.leases.acquire(at, wait)
    }

    fn create(&self, new: &New<'_>) -> Result<Created> {
        let id = unique()?;
        self.index.announce(new, &id)?;
        let mut args = cell::row_args(new, &id, &id, NONE);
        args.extend(cell::cap_args(new));
        let partition = new.at.partition();
        let mut reply = self.run(&scripts::CREATE, &partition, &args)?;
        match reply.int()? {
            1 => {
                self.evicted(&partition, reply.list()?, new)?;
                Ok(Created::Done)
            }
            code => {
                self.index.forget(partition, vec![id])?;
                Ok(if code == 2 { Created::Full } else { Created::Taken })
            }
        }
    }

    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written> {
        self.write(Some(lease), change, true)
    }

    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written> {
        self.write(lease, &Change { payload: None, ..change.clone() }, false)
    }

    fn amend(&self, change: &Change<'_>) -> Result<Written> {
        let mut args = self.kept(&Change { payload: None, ..change.clone() })?;
        args.extend([fixed("0"), fixed("1")]);
        self.written(&change.at, self.run(&scripts::SAVE, &change.at.partition(), &args)?)
    }

    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written> {
        let mut args = self.kept(change)?;
        args.extend(pointer_args(successor, &successor.at));
        self.written(&change.at, self.run(&scripts::ROTATE, &change.at.partition(), &args)?)
    }

    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        let mut args = self.kept(change)?;
        args.extend(pointer_args(old, to));
        let written = self.written(&change.at, self.run(&scripts::PROMOTE, &change.at.partition(), &args)?)?;
        if let Written::Done(_) = written {
            lease.guards::<Held>().filter(|held| held.at == change.at).for_each(|held| held.follow(to));
        }
        Ok(written)
    }

    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        let old_at = match old {
            Old::Kept { at, .. } => *at,
            Old::Stored(change) => change.at,
            Old::Unstored(row) => row.at,
        };
        if old_at == new.at {
            return Ok(Written::Lost);
        }
        let elevation = Elevation { old, old_at, old_id: unique()?, new, id: unique()?, by: unique()? };
        self.index.announce(new, &elevation.id)?;
        if let Old::Unstored(row) = old {
            self.index.announce(row, &elevation.old_id)?;
        }
        let written = if old_at.partition() == new.at.partition() {
            self.elevate_in_one_cell(&elevation)?
        } else {
            self.elevate_across_cells(&elevation)?
        };
        if !matches!(written, Written::Done(_)) {
            self.index.forget(new.at.partition(), vec![elevation.id])?;
            self.index.forget(old_at.partition(), vec![elevation.old_id])?;
        }
        Ok(written)
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        self.end_all(&scripts::END, ending)
    }

    fn list(&self, label: &Label) -> Result<Vec<Row>> {
        let tag = match label {
            Label::Subject(tag) => return self.list_in(&tag.partition(), "subject", tag),
            Label::Prefix(tag) => tag,
        };
        let mut list = Vec::new();
        for entry in self.index.with_prefix(tag)? {
            let found = self.list_in(&entry.0, "prefix", tag)?;
            if found.is_empty() {
                self.index.without_prefix(tag, &entry)?;
            }
            list.extend(found);
        }
        Ok(list)
    }

    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept> {
        let (mut swept, left) = self.index.sweep(now, limit, anonymous_max)?;
        swept.more |= self.sweep_incidents(now, left)? == left;
        Ok(swept)
    }

    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        self.turns.take(&self.client, &self.keys, now, every)
    }

    fn last_turn(&self) -> Result<Option<Watch>> {
        turns::last(&self.client, &self.keys)
    }

    fn stats(&self) -> Result<Stats> {
        let mut stats = Stats::default();
        for partition in self.index.partitions()? {
            let mut reply = self.run(&scripts::COUNT, &partition, &[])?;
            let mut next = || cell::count(Value::Int(reply.int()?));
            stats.rows += next()?;
            stats.anonymous += next()?;
            stats.pointers += next()?;
        }
        Ok(stats)
    }
}
