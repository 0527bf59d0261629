//! A call to the server that has a key, with a budget.
//!
//! Owns which connection is used, what is tried again and how long all of it may take. A call may reach a server twice - its answer got lost, or a new
//! primary has it as well - so whatever is called must be harmless when it is done again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::{Arg, Cmd, ServerError, Value};

use super::address::{Address, Server, Topology};
use super::fault::{self, Cure, Failure, Redirection};
use super::link::{Entry, Kind, Link};
use super::pool::Pool;
use super::process::PerProcess;
use super::script::Script;
use super::stream::Deadline;
use super::wire::{pack, packed};
use crate::error::Result;

mod batch;
mod transaction;

use self::batch::Batch;
pub(super) use self::transaction::{Lead, Plain};

/// Waits before further attempts. What they bridge - a failover, a slot that moves - takes from milliseconds to seconds.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(25), Duration::from_millis(50), Duration::from_millis(100)];
/// How long a replica may take for what must outlive its primary.
const REPLICATION: Duration = Duration::from_millis(500);

/// Puts a value on a list that its receiver may never come for. Done again, it is there once.
static PUSH: Script = Script::new(
    "push",
    "redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('LPUSH', KEYS[1], ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])",
);

/// The servers of one address, as this process reaches them. Connects when it is needed, in the process that needs it.
pub(super) struct Client {
    address: Address,
    pool: PerProcess<Pool>,
    /// Whether no replica confirmed a durable write in time, since that was last asked.
    is_exposed: AtomicBool,
}

/// A script with what it works on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) script: &'static Script,
    /// All of one slot. The first one decides which server is asked; in a Cluster whose slots move, only the keys named here are there together.
    pub(super) keys: &'a [&'a [u8]],
    pub(super) arguments: &'a [&'a [u8]],
}

/// Whether what was written outlives its primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// At least one replica has it.
    Yes,
    /// The server has no replica; its own disk is all there is.
    NoReplica,
    /// No replica said so in time: if the primary dies now, it may be lost.
    NotInTime,
}

/// How an attempt differs from the first one.
#[derive(Clone, Debug, Default)]
struct Attempt {
    number: usize,
    /// Where the server sent us.
    follow: Option<Redirection>,
    /// Whether the script's text goes with the call.
    with_text: bool,
    /// Whether an idle connection will do.
    anew: bool,
}

impl Attempt {
    fn is_asking(&self) -> bool {
        self.follow.as_ref().is_some_and(|redirection| redirection.is_asking)
    }
}

/// What came of the use of a connection that is still good: an answer or a refusal.
type Answered<T> = (std::result::Result<T, ServerError>, Link);

/// Where an attempt failed, as far as it came.
struct Missed {
    failure: Failure,
    server: Option<Server>,
    was_idle: bool,
}

impl Client {
    /// For the servers at `address`, which are not asked yet.
    pub(super) fn new(address: Address) -> Self {
        Self { address, pool: PerProcess::default(), is_exposed: AtomicBool::new(false) }
    }

    /// Runs a script on the server that has its keys: one round trip, where the server knows the script.
    ///
    /// # Errors
    /// [`crate::Error::is_store`], with a sentence; [`crate::Error::is_full`] where the server has no memory left.
    pub(super) fn run(&self, call: Call<'_>) -> Result<Value> {
        self.run_within(call, self.budget())
    }

    /// As [`Client::run`], and then waits until a replica has it, if there is one. A replica that is late is told and is no error: what was written is
    /// in force, and refusing it would not undo it.
    pub(super) fn run_durably(&self, call: Call<'_>) -> Result<(Value, Copied)> {
        let budget = self.budget();
        self.call(first_of(call.keys), budget, |link, attempt, deadline| {
            let (answer, link) = single(Batch::of(attempt, &script(call, attempt)).exchange(link, deadline)?)?;
            match answer {
                Err(refusal) => Ok((Err(refusal), link)),
                Ok(answer) => {
                    let (copied, link) = self.await_copy(link, budget)?;
                    Ok((Ok((answer, copied)), link))
                }
            }
        })
    }

    /// As [`Client::run_durably`], for a script with one key. A replica that is late is told by [`Client::take_exposed`].
    pub(super) fn call_durably(&self, script: &'static Script, key: &[u8], arguments: &[&[u8]]) -> Result<Value> {
        self.run_and_note(Call { script, keys: &[key], arguments })
    }

    fn run_and_note(&self, call: Call<'_>) -> Result<Value> {
        let (answer, copied) = self.run_durably(call)?;
        if copied == Copied::NotInTime {
            self.is_exposed.store(true, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// Whether something durable is on one server only, of what was done since this was last asked.
    pub(super) fn take_exposed(&self) -> bool {
        self.is_exposed.load(Ordering::Relaxed) && self.is_exposed.swap(false, Ordering::Relaxed)
    }

    /// As [`Client::run`], for a script with one key.
    pub(super) fn call_script(&self, script: &'static Script, key: &[u8], arguments: &[&[u8]]) -> Result<Value> {
        self.run(Call { script, keys: &[key], arguments })
    }

    /// Runs scripts on the servers that have their keys, all at once; the answers are in the order of the calls. None of them depends on another:
    /// where one fails, others may have been done.
    pub(super) fn run_all(&self, calls: &[Call<'_>]) -> Result<Vec<Value>> {
        let budget = self.budget();
        let mut answers = self.run_together(calls, budget);
        calls
            .iter()
            .zip(&mut answers)
            .map(|(call, answer)| answer.take().map_or_else(|| self.run_within(*call, budget), Ok))
            .collect()
    }

    /// As [`Client::run_all`], and then waits as [`Client::run_durably`] does, once for each server: what it has last it has after everything else.
    pub(super) fn run_all_durably(&self, calls: &[Call<'_>]) -> Result<Vec<Value>> {
        let answers = self.run_all(calls)?;
        let mut asked: Vec<Server> = Vec::new();
        for call in calls {
            let server = self.locate(self.pool.get(), first_of(call.keys), self.budget());
            if let Ok(server) = server
                && !asked.contains(&server)
            {
                self.run_and_note(*call)?;
                asked.push(server);
            }
        }
        Ok(answers)
    }

    /// Runs a plain command on the server that has its first argument; without any, on any server that writes.
    pub(super) fn command(&self, command: &Cmd) -> Result<Value> {
        let key = match command.args_iter().nth(1) {
            Some(Arg::Simple(key)) => key,
            _ => &[],
        };
        self.call(key, self.budget(), |link, attempt, deadline| {
            single(Batch::of(attempt, &command.get_packed_command()).exchange(link, deadline)?)
        })
    }

    /// Runs plain commands and then a script, which is not run where they are refused: in one round trip, where one server has all keys.
    pub(super) fn run_after(&self, commands: &[Cmd], call: Call<'_>) -> Result<Value> {
        let one_by_one = |_| {
            commands.iter().try_for_each(|command| self.command(command).map(|_| ()))?;
            self.run(call)
        };
        if let Topology::Cluster(_) = self.address.topology {
            return one_by_one(());
        }
        let answer = self.call(first_of(call.keys), self.budget(), |link, attempt, deadline| {
            if !link.may_transact() {
                return Ok((Ok(None), link));
            }
            let mut batch = Batch::new(attempt);
            if link.watched().is_some() {
                // What somebody has touched meanwhile would end this transaction too.
                batch.add(&packed(&[b"UNWATCH"]));
            }
            batch.add(&packed(&[b"MULTI"]));
            commands.iter().for_each(|command| batch.add(&command.get_packed_command()));
            batch.add(&script(call, attempt));
            batch.add(&packed(&[b"EXEC"]));
            let (done, mut link) = single(batch.exchange(link, deadline)?)?;
            link.has_ended_watch();
            match done {
                Err(refusal) => Ok((Err(refusal), link)),
                Ok(Value::Array(answers)) => single((answers, link)).map(|(answer, link)| (answer.map(Some), link)),
                Ok(_) => Err(Failure::Garbled),
            }
        })?;
        answer.map_or_else(|| one_by_one(()), Ok)
    }

    /// Takes the first value off the list `key`, and waits up to `timeout` for one where there is none. A value whose connection breaks on its way is
    /// lost: nobody may rely on it alone.
    pub(super) fn pop(&self, key: &[u8], timeout: Duration) -> Result<Option<Vec<u8>>> {
        let until = Deadline::after(timeout);
        let budget = Deadline::after(timeout + self.address.timeouts.total);
        let answer = self.call(key, budget, |link, attempt, _| {
            let left = until.left();
            let mut out = Vec::new();
            if left < Duration::from_millis(1) {
                pack(&mut out, &[b"LPOP", key]);
            } else {
                pack(&mut out, &[b"BLPOP", key, format!("{:.3}", left.as_secs_f64()).as_bytes()]);
            }
            let deadline = budget.within(left + self.address.timeouts.operation);
            single(Batch::of(attempt, &out).exchange(link, deadline)?)
        })?;
        match answer {
            Value::Nil => Ok(None),
            Value::BulkString(value) => Ok(Some(value)),
            Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
                Ok([_, Value::BulkString(value)]) => Ok(Some(value)),
                _ => Err(fault::explain(&self.address, &Failure::Garbled)),
            },
            _ => Err(fault::explain(&self.address, &Failure::Garbled)),
        }
    }

    /// Puts `value` first on the list `key`, which goes after `ttl` unless somebody has popped it empty.
    pub(super) fn push(&self, key: &[u8], value: &[u8], ttl: Duration) -> Result<()> {
        let ttl = ttl.as_millis().max(1).to_string();
        self.run(Call { script: &PUSH, keys: &[key], arguments: &[value, ttl.as_bytes()] }).map(|_| ())
    }

    fn budget(&self) -> Deadline {
        Deadline::after(self.address.timeouts.total)
    }

    fn run_within(&self, call: Call<'_>, budget: Deadline) -> Result<Value> {
        self.call(first_of(call.keys), budget, |link, attempt, deadline| {
            single(Batch::of(attempt, &script(call, attempt)).exchange(link, deadline)?)
        })
    }

    /// Uses a connection to the server of `key`, again and again until there is an answer, nothing helps or the budget is spent.
    fn call<T>(
        &self,
        key: &[u8],
        budget: Deadline,
        mut work: impl FnMut(Link, &Attempt, Deadline) -> std::result::Result<Answered<T>, Failure>,
    ) -> Result<T> {
        let pool = self.pool.get();
        let mut attempt = Attempt::default();
        let mut earlier = None;
        loop {
            let missed = match self.attempt(pool, key, budget, &attempt, &mut work) {
                Ok(answer) => return Ok(answer),
                Err(missed) => missed,
            };
            let Missed { failure, server, was_idle } = missed;
            let cure = fault::cure(&failure, &self.address.topology, server.as_ref(), was_idle);
            let pause = pause(&cure, attempt.number);
            if cure == Cure::None || budget.left() <= pause {
                // What ended with the budget tells less than what had used it up.
                let telling = earlier.filter(|_| failure.is_timeout()).unwrap_or(failure);
                return Err(fault::explain(&self.address, &telling));
            }
            std::thread::sleep(pause);
            attempt.number += 1;
            earlier = Some(failure);
            self.prepare(pool, &mut attempt, cure, server, budget);
        }
    }

    /// Makes ready what the next attempt needs.
    fn prepare(&self, pool: &Pool, attempt: &mut Attempt, cure: Cure, server: Option<Server>, budget: Deadline) {
        match cure {
            Cure::None | Cure::Wait => {}
            Cure::Load => attempt.with_text = true,
            Cure::Reconnect => {
                attempt.anew = true;
                server.iter().for_each(|server| pool.forget(server));
            }
            Cure::Follow(redirection) => {
                if !redirection.is_asking {
                    pool.moved(redirection.slot, redirection.server.clone());
                }
                attempt.follow = Some(redirection);
            }
            // Who it is could not be found out, and is asked again by the next attempt.
            Cure::Look if server.is_none() => {}
            Cure::Look => {
                attempt.follow = None;
                server.iter().for_each(|server| pool.forget(server));
                // Without an answer the old knowledge is as good as none, and the next attempt fails with a reason.
                let found = self.keys(pool).and_then(|keys| pool.places().look_up(&self.address, keys, budget));
                if let Ok(places) = found {
                    pool.learn(places);
                }
            }
        }
    }

    fn attempt<T>(
        &self,
        pool: &Pool,
        key: &[u8],
        budget: Deadline,
        attempt: &Attempt,
        work: &mut impl FnMut(Link, &Attempt, Deadline) -> std::result::Result<Answered<T>, Failure>,
    ) -> std::result::Result<T, Missed> {
        let nowhere = |failure| Missed { failure, server: None, was_idle: false };
        let server = match &attempt.follow {
            Some(redirection) => redirection.server.clone(),
            None => self.locate(pool, key, budget).map_err(nowhere)?,
        };
        let idle = if attempt.anew { None } else { pool.take(&server) };
        let was_idle = idle.is_some();
        let missed = |failure| Missed { failure, server: Some(server.clone()), was_idle };
        let link = idle.map_or_else(|| self.open(pool, &server, budget), Ok).map_err(missed)?;
        let deadline = budget.within(self.address.timeouts.operation);
        let (answer, link) = work(link, attempt, deadline).map_err(missed)?;
        pool.keep(link);
        answer.map_err(|refusal| missed(Failure::Refused(refusal)))
    }

    /// The server that has `key`.
    fn locate(&self, pool: &Pool, key: &[u8], budget: Deadline) -> std::result::Result<Server, Failure> {
        if let Some(server) = pool.server(key) {
            return Ok(server);
        }
        let places = pool.places().look_up(&self.address, self.keys(pool)?, budget)?;
        let server = places.server(key);
        pool.learn(places);
        server.ok_or(Failure::NoOwner)
    }

    fn open(&self, pool: &Pool, server: &Server, budget: Deadline) -> std::result::Result<Link, Failure> {
        let kind = match &self.address.topology {
            Topology::Cluster(_) => Kind::ClusterPrimary,
            Topology::Single(_) | Topology::Sentinels { .. } => Kind::Primary,
        };
        let entry = Entry { kind, login: &self.address.login, database: self.address.database };
        Link::open(server, self.keys(pool)?, entry, budget.within(self.address.timeouts.connect))
    }

    fn keys<'a>(&self, pool: &'a Pool) -> std::result::Result<Option<&'a super::stream::Keys>, Failure> {
        pool.keys(&self.address).map_err(Failure::Final)
    }

    /// Waits until a replica has what was written on `link`.
    fn await_copy(&self, link: Link, budget: Deadline) -> std::result::Result<(Copied, Link), Failure> {
        let operation = self.address.timeouts.operation;
        let mut role = Vec::new();
        pack(&mut role, &[b"ROLE"]);
        let (answer, link) = single(link.exchange(&role, 1, budget.within(operation))?)?;
        // Where we may not ask, there may be one.
        if answer.is_ok_and(|role| has_no_replica(&role)) {
            return Ok((Copied::NoReplica, link));
        }
        let patience = REPLICATION.min(budget.left() / 2).max(Duration::from_millis(1));
        let mut wait = Vec::new();
        pack(&mut wait, &[b"WAIT", b"1", patience.as_millis().to_string().as_bytes()]);
        let (answer, link) = single(link.exchange(&wait, 1, budget.within(patience + operation))?)?;
        let copied = if matches!(answer, Ok(Value::Int(1..))) { Copied::Yes } else { Copied::NotInTime };
        Ok((copied, link))
    }

    /// One attempt at all `calls`, with one round trip to each server. What did not succeed has no answer.
    fn run_together(&self, calls: &[Call<'_>], budget: Deadline) -> Vec<Option<Value>> {
        let pool = self.pool.get();
        let attempt = Attempt::default();
        let mut answers = vec![None; calls.len()];
        let mut groups: Vec<(Server, Vec<usize>)> = Vec::new();
        for (i, call) in calls.iter().enumerate() {
            let Ok(server) = self.locate(pool, first_of(call.keys), budget) else { return answers };
            match groups.iter_mut().find(|(other, _)| *other == server) {
                Some((_, group)) => group.push(i),
                None => groups.push((server, vec![i])),
            }
        }
        // All are sent before any is waited for.
        let deadline = budget.within(self.address.timeouts.operation);
        let sent: Vec<_> = groups
            .into_iter()
            .filter_map(|(server, group)| {
                let link = pool.take(&server).map_or_else(|| self.open(pool, &server, budget), Ok).ok()?;
                let out: Vec<u8> = group.iter().flat_map(|i| script(calls[*i], &attempt)).collect();
                Some((link.send(&out, group.len(), deadline).ok()?, group))
            })
            .collect();
        for (sent, group) in sent {
            let Ok((replies, link)) = sent.receive(deadline) else { continue };
            pool.keep(link);
            for (i, reply) in group.into_iter().zip(replies) {
                answers[i] = Some(reply).filter(|reply| !matches!(reply, Value::ServerError(_)));
            }
        }
        answers
    }
}

fn first_of<'a>(keys: &[&'a [u8]]) -> &'a [u8] {
    keys.first().copied().unwrap_or_default()
}

/// A call as the server reads it.
fn script(call: Call<'_>, attempt: &Attempt) -> Vec<u8> {
    let count = call.keys.len().to_string();
    let (verb, body): (&[u8], &str) =
        if attempt.with_text { (b"EVAL", call.script.text()) } else { (b"EVALSHA", call.script.sha()) };
    let mut arguments = vec![verb, body.as_bytes(), count.as_bytes()];
    arguments.extend_from_slice(call.keys);
    arguments.extend_from_slice(call.arguments);
    let mut out = Vec::new();
    pack(&mut out, &arguments);
    out
}

/// What the last command was answered, or the first that was refused.
fn single((answers, link): (Vec<Value>, Link)) -> std::result::Result<Answered<Value>, Failure> {
    let mut last = None;
    for answer in answers {
        match answer {
            Value::ServerError(refusal) => return Ok((Err(refusal), link)),
            answer => last = Some(answer),
        }
    }
    last.map_or(Err(Failure::Garbled), |answer| Ok((Ok(answer), link)))
}

/// Whether an answer to ROLE names no replica: `master`, an offset, and who follows.
fn has_no_replica(role: &Value) -> bool {
    matches!(role, Value::Array(parts) if matches!(parts.as_slice(), [_, _, Value::Array(replicas), ..] if replicas.is_empty()))
}

/// How long to wait before the next attempt. A remedy that is at hand is tried at once, but not for ever.
fn pause(cure: &Cure, attempt: usize) -> Duration {
    match cure {
        Cure::Look | Cure::Wait => PAUSES[attempt.min(PAUSES.len() - 1)],
        _ if attempt >= 3 => PAUSES[0],
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests;
