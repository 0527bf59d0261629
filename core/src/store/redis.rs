//! The store on a Redis or Valkey server, for sites that have outgrown one host: single, behind Sentinel, or a Cluster.
//!
//! Everything of one partition lies in one hash on the server, a [`cell`], and each operation on it is one script or one transaction: atomic, and one
//! round trip. What spans partitions - a log-in from an anonymous session, an ending that reaches sessions from before a log-in - takes a script in each,
//! in an order in which nothing is lost when it is broken off: the successor is there before its predecessor is superseded, and nobody has been given
//! its ID by then.
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
mod elevation;
mod ending;
mod evidence;
mod fault;
mod foreign;
mod index;
mod keys;
mod leases;
mod link;
mod lookup;
mod optimistic;
mod password;
mod pool;
mod process;
mod report;
mod script;
mod scripts;
mod slots;
mod stream;
mod turns;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use redis::{Cmd, Value};

pub use self::address::Address;
use self::cell::{Arg, NONE, Reply, fixed, slices, word};
use self::client::{Call, Client};
pub(crate) use self::foreign::Foreign;
use self::index::Index;
use self::keys::Keys;
use self::leases::{Held, Leases};
pub use self::password::Password;
use self::script::Script;
use super::{
    Acquired, Change, Created, Ending, Found, Label, Lease, MAX_POINTERS, New, NewPointer, Notice, Old, Row, Stats,
    Store, Swept, Turn, Written,
};
use crate::clock::{Clock as _, Reading, SystemClock, Time, Watch};
use crate::entropy::{self, SystemEntropy};
use crate::error::Result;
use crate::id::{Locator, Partition, Tag};
use crate::lock::Wait;

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

    /// As `run`, after plain commands.
    fn run_after(
        &self,
        commands: &[Cmd],
        script: &'static Script,
        partition: &Partition,
        args: &[Arg<'_>],
    ) -> Result<Reply> {
        let cell = self.keys.cell(partition);
        Reply::new(self.client.run_after(commands, Call { script, keys: &[&cell], arguments: &slices(args) })?)
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

    /// Writes with the lease that is given back with it.
    fn write(&self, lease: Option<Lease>, change: &Change<'_>, grow: bool) -> Result<Written> {
        let mut lease = lease;
        let held = lease.as_mut().and_then(|lease| lease.guards::<Held>().find(|held| held.at == change.at));
        let token = held.as_ref().map_or_else(|| "*".to_owned(), |held| held.token.clone());
        let flag = |yes: bool| fixed(if yes { "1" } else { "0" });
        let (by, cell) = (unique()?, self.keys.cell(&change.at.partition()));
        let mut args = cell::change_args(change, &by, &token);
        args.extend([flag(held.is_some()), flag(grow)]);
        let plain = held.as_ref().and_then(|held| held.seen.as_ref()?.write(&cell, change, &by, grow));
        let call = Call { script: &scripts::SAVE, keys: &[&cell], arguments: &slices(&args) };
        let answer = self.client.write(plain.as_ref(), call);
        // A server that has no room can still be told that the lease is over; one that does not answer frees it by itself.
        if let Some(held) = held
            && !answer.as_ref().is_err_and(crate::error::Error::is_full)
        {
            held.is_over();
        }
        match answer? {
            None => Ok(Written::Done(change.version + u64::from(grow))),
            Some(answer) => self.written(&change.at, Reply::new(answer)?),
        }
    }

    /// The arguments of a change by somebody who has the lease and keeps it.
    fn kept<'a>(&self, change: &Change<'a>) -> Result<Vec<Arg<'a>>> {
        Ok(cell::change_args(change, &unique()?, &self.leases.token(&change.at)))
    }

    fn list_in(&self, partition: &Partition, kind: &'static str, tag: &Tag) -> Result<Vec<Row>> {
        let found = self.run(&scripts::LIST, partition, &[fixed(kind), word(cell::hex(&tag.0))])?;
        Ok(cell::rows(found, partition)?.into_iter().map(|(row, _)| row).collect())
    }
}

fn load_by_pointer(client: &Client, keys: &Keys, at: &Locator) -> Result<Option<Found>> {
    let (cell, partition) = (keys.cell(&at.partition()), at.partition());
    let found = Reply::some(client.call_script(&scripts::LOAD, &cell, &[cell::place(at).as_bytes()])?)?;
    found.map(|found| cell::found(found, &partition)).transpose()
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
        let mut args = cell::row_args(new, &id, &id, NONE);
        args.extend(cell::cap_args(new));
        let partition = new.at.partition();
        let mut reply = self.run_after(&self.index.announcing(new, &id), &scripts::CREATE, &partition, &args)?;
        match reply.int()? {
            1 => {
                ending::evicted(self, &partition, reply.list()?, new)?;
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
        elevation::elevate(self, old, new)
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        ending::end(self, &scripts::END, ending)
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

    fn take_notice(&self) -> Option<Notice> {
        self.client.take_exposed().then_some(Notice::NotReplicated)
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
