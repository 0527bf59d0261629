//! Leases on a server: who has one, who renews it, and who is woken.
//!
//! A lease ends by itself [`LEASE`] after it was granted or renewed, or after somebody else came for it first, so that the death of its holder frees it. A thread of this process renews those
//! that last longer than a request usually does. Those who wait stand in a queue on the server and sleep there (`BLPOP`) until they are woken:
//! whoever gives a lease back hands it to the first of them. They show every [`HEARTBEAT`] that they live; who does not is passed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::Cmd;

use super::cell::{Leased, Reply, fixed, place, slices, word};
use super::client::{Call, Client, Lead};
use super::keys::Keys;
use super::link::Watched;
use super::optimistic::Seen;
use super::process::{Own, PerProcess};
use super::scripts;
use crate::birth::Birth;
use crate::error::Result;
use crate::id::Locator;
use crate::lock::Wait;
use crate::shared;
use crate::store::{Acquired, Busy, Lease};

/// For how long a lease is granted and renewed.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// For how long a cell is kept that has nothing but a lease.
const ALONE: Duration = Duration::from_secs(60);
/// How old a lease is when it is renewed.
const RENEWAL: Duration = Duration::from_secs(3);
/// How often those who wait show that they live.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// For how long somebody who waits is believed to live.
const ALIVE: Duration = Duration::from_millis(2000);
/// The thread ends when there has been nothing to renew for so many rounds.
const IDLE_ROUNDS: u32 = 10;

/// The leases that this process has.
pub(super) struct Leases {
    pub(super) client: Arc<Client>,
    pub(super) keys: Keys,
    held: PerProcess<Registry>,
}

#[derive(Default)]
struct Registry {
    held: Mutex<BTreeMap<Locator, (String, Instant)>>,
    is_renewing: AtomicBool,
}

/// A lease of this process. Dropping it gives it back.
pub(super) struct Held {
    leases: Arc<Leases>,
    /// Where its row is, or would be.
    pub(super) at: Locator,
    /// What proves that it is ours.
    pub(super) token: String,
    /// The row as it was then, if it has not moved.
    pub(super) seen: Option<Seen>,
    process: Birth,
    is_over: bool,
}

impl Own for Registry {}

impl Leases {
    pub(super) fn new(client: Arc<Client>, keys: Keys) -> Arc<Self> {
        Arc::new(Self { client, keys, held: PerProcess::default() })
    }

    /// See [`Store::acquire`](crate::store::Store::acquire).
    pub(super) fn acquire(self: &Arc<Self>, at: &Locator, wait: &Wait) -> Result<Acquired> {
        let (start, token, partition) = (monotonic(), super::unique()?, at.partition());
        let (cell, who) = (self.keys.cell(&partition), super::process::name());
        let read = super::cell::read_leased(&cell, at);
        if let Some(acquired) = self.take(at, &cell, &token, &who, &read)? {
            return Ok(acquired);
        }
        loop {
            let left = wait.timeout.saturating_sub(start.elapsed());
            let args = [
                word(place(at)),
                word(&token),
                word(who.as_str()),
                word(LEASE.as_millis().to_string()),
                word(wait.max_waiters.min(64).to_string()),
                word(ALIVE.as_millis().to_string()),
                fixed(if left.is_zero() { "0" } else { "1" }),
            ];
            let call = Call { script: &scripts::OPEN, keys: &[&cell], arguments: &slices(&args) };
            let (answer, read, watched) = self.client.read_and_watch(Lead::Script(call), &read)?;
            let mut answer = Reply::new(answer)?;
            let code = answer.int()?;
            if code == 1 {
                let there = super::cell::locator(&answer.bytes()?, &partition).unwrap_or(*at);
                return self.granted(at, there, Leased::new(read)?, watched, token);
            }
            let _place = answer.bytes()?;
            let busy = busy(&answer.text()?, answer.int()?, code == 0);
            if code == 0 || left.is_zero() {
                return Ok(Acquired::Busy(busy));
            }
            let (ends, queued) = (answer.int()?, answer.int()?);
            let ends = Duration::from_millis(u64::try_from(ends).unwrap_or(0).saturating_add(1));
            let nap = if queued == 1 { HEARTBEAT.min(ends) } else { HEARTBEAT };
            self.client.pop(&self.keys.waiter(&partition, &token), nap.min(left))?;
        }
    }

    /// Takes a lease that nobody has, without a script, and reads the row with it: one round trip of plain commands. `None` where that takes a script,
    /// which finds the lease that was taken here.
    fn take(
        self: &Arc<Self>,
        at: &Locator,
        cell: &[u8],
        token: &str,
        who: &str,
        read: &Cmd,
    ) -> Result<Option<Acquired>> {
        let (mut take, mut expire) = (redis::cmd("HSETNX"), redis::cmd("PEXPIRE"));
        let since = super::wall().as_millis().max(0);
        take.arg(cell).arg(format!("{}l", place(at))).arg(format!("{token} - {since} {who}"));
        // A cell that has nothing but this goes with it.
        expire.arg(cell).arg(ALONE.as_millis().to_string()).arg("NX");
        let (_, read, watched) = self.client.read_and_watch(Lead::Commands(cell, &[take, expire]), read)?;
        let leased = Leased::new(read)?;
        if leased.is_elsewhere() || !leased.is_held_by(token) {
            return Ok(None);
        }
        self.granted(at, *at, leased, watched, token.to_owned()).map(Some)
    }

    /// The lease of what is at `there`, where `at` leads.
    fn granted(
        self: &Arc<Self>,
        at: &Locator,
        there: Locator,
        leased: Leased,
        watched: Option<Watched>,
        token: String,
    ) -> Result<Acquired> {
        let mut held = Held::new(self, there, token);
        let found = if there == *at {
            held.seen = watched.and_then(|watched| Seen::new(watched, &leased, &held.token));
            super::cell::whole(*at, leased.row)?
        } else {
            super::load_by_pointer(&self.client, &self.keys, at)?
        };
        Ok(Acquired::Held(Lease::new(held), found))
    }

    /// The token of the lease of `at`, if this process has it; `*` where it has none.
    pub(super) fn token(&self, at: &Locator) -> String {
        self.held.get().held.lock().get(at).map_or_else(|| "*".to_owned(), |(token, _)| token.clone())
    }

    /// Wakes who has been handed a lease.
    pub(super) fn wake(&self, at: &Locator, woken: Option<Vec<u8>>) -> Result<()> {
        let Some(token) = woken.and_then(|token| String::from_utf8(token).ok()) else { return Ok(()) };
        self.client.push(&self.keys.waiter(&at.partition(), &token), b"1", ALIVE)
    }

    fn release(&self, held: &Held) -> Result<()> {
        let at = &held.at;
        let args = [word(place(at)), word(&held.token)];
        let cell = self.keys.cell(&at.partition());
        let call = Call { script: &scripts::RELEASE, keys: &[&cell], arguments: &slices(&args) };
        let plain = held.seen.as_ref().map(|seen| seen.give_back(&cell, at));
        match self.client.write(plain.as_ref(), call)? {
            None => Ok(()),
            Some(woken) => self.wake(at, Reply::new(woken)?.optional()?),
        }
    }

    fn register(self: &Arc<Self>, at: Locator, token: String) {
        let registry = self.held.get();
        registry.held.lock().insert(at, (token, monotonic()));
        if !registry.is_renewing.swap(true, Ordering::AcqRel) {
            let leases = Arc::clone(self);
            let thread = std::thread::Builder::new().name("sidereal-leases".to_owned());
            // Without it a lease lasts as long as it was granted for.
            if shared::without_signals(|| thread.spawn(move || leases.renew_all())).is_err() {
                registry.is_renewing.store(false, Ordering::Release);
            }
        }
    }

    fn renew_all(&self) {
        let registry = self.held.get();
        let mut idle = 0;
        while idle < IDLE_ROUNDS {
            std::thread::sleep(RENEWAL / 2);
            let held: Vec<(Locator, String, Instant)> =
                registry.held.lock().iter().map(|(at, (token, since))| (*at, token.clone(), *since)).collect();
            idle = if held.is_empty() { idle + 1 } else { 0 };
            for (at, token, since) in held {
                if since.elapsed() >= RENEWAL {
                    self.renew(registry, &at, &token);
                }
            }
        }
        registry.is_renewing.store(false, Ordering::Release);
    }

    /// A lease that cannot be renewed is not taken away from its holder here: its next write finds out.
    fn renew(&self, registry: &Registry, at: &Locator, token: &str) {
        let args = [word(place(at)), word(token), word(LEASE.as_millis().to_string())];
        let cell = self.keys.cell(&at.partition());
        if self.client.call_script(&scripts::RENEW, &cell, &slices(&args)).is_ok()
            && let Some((ours, since)) = registry.held.lock().get_mut(at)
            && ours == token
        {
            *since = monotonic();
        }
    }
}

impl Held {
    fn new(leases: &Arc<Leases>, at: Locator, token: String) -> Self {
        leases.register(at, token.clone());
        Self { leases: Arc::clone(leases), at, token, seen: None, process: Birth::current(), is_over: false }
    }

    /// The row has moved, and the lease with it.
    pub(super) fn follow(&mut self, to: &Locator) {
        if let Some(entry) = self.unregister() {
            self.leases.held.get().held.lock().insert(*to, entry);
        }
        self.at = *to;
        self.seen = None;
    }

    /// It has been given back, or the server is gone and will free it.
    pub(super) fn is_over(&mut self) {
        self.unregister();
        self.is_over = true;
    }

    fn unregister(&self) -> Option<(String, Instant)> {
        let mut held = self.leases.held.get().held.lock();
        let is_ours = held.get(&self.at).is_some_and(|(token, _)| *token == self.token);
        if is_ours { held.remove(&self.at) } else { None }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A child that inherits it does not own it.
        if self.is_over || self.process != Birth::current() {
            return;
        }
        self.unregister();
        // If the server does not answer the lease ends by itself.
        let _ = self.leases.release(self);
    }
}

fn busy(who: &str, held_for: i64, crowded: bool) -> Busy {
    let (pid, host) = who.split_once('@').unwrap_or((who, ""));
    let pid = (host == super::process::host()).then(|| pid.parse().ok()).flatten();
    let held_for = (who != super::cell::NONE).then(|| Duration::from_millis(u64::try_from(held_for).unwrap_or(0)));
    Busy { crowded, pid, held_for }
}

/// A wait takes real time, which no test moves and no administrator sets.
#[allow(clippy::disallowed_methods)]
fn monotonic() -> Instant {
    Instant::now()
}
