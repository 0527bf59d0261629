//! The engine: keys, store, clock and sink of one application, and the way from a presented ID to an open session.
//!
//! Owns what outlives a request. Carrying a verdict out is in [`crate::opening`], the open session in [`crate::session`].

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use crate::client::{Client, Scheme};
use crate::clock::{Clock, Observed, Time, Watch};
use crate::entropy::{self, Entropy};
use crate::error::{Error, Result};
use crate::event::{Event, Kind, Sink};
use crate::id::{Class, Family, Locator, Prefix, RANDOM_LEN, SessionId, Tag};
use crate::keys::{self, Keyring};
use crate::migrate::Old;
use crate::opening::{Opening, mint_free};
use crate::policy::Policy;
use crate::session::Session;
use crate::store::{Busy, Notice, Stats, Store, Swept};

/// What an engine is made of.
pub struct Setup {
    /// Where records are kept.
    pub store: Arc<dyn Store>,
    /// The keys.
    pub keyring: Keyring,
    /// Where to look again when an ID names a key that is not there; `None` for a keyring that exists in memory only.
    pub keyring_path: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Where events go.
    pub sink: Arc<dyn Sink>,
}

/// What a request brings along.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// Whether a cookie can be sent with the response: only then is an ID rotated.
    pub can_set_cookie: bool,
    /// Whether the presented ID was minted in this very request: the client has not seen it, so presenting it confirms nothing.
    pub minted_here: bool,
    /// PHP's name of the serializer in use; empty when the payload is not PHP's.
    pub serializer: &'a str,
    /// Who sent it, as far as it can be told: [`crate::signals::client`].
    pub client: Client,
    /// How it came; `None` where there is nothing to come by, such as the command line.
    pub scheme: Option<Scheme>,
    /// Whether it never left this machine.
    pub is_local: bool,
    /// Whether the door can strip a payload of what says who is logged in ([`Session::is_to_be_stripped`]); otherwise such a payload opens empty.
    pub can_strip: bool,
}

/// How a session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Alone, to be written: waits for others.
    Exclusive,
    /// To be read: takes no lock and waits for nobody (R48).
    ReadOnly,
}

/// Why no session could be opened at all.
#[derive(Debug)]
pub enum Refused {
    /// Another request has it open.
    Busy(Busy),
    /// Something that Sidereal stands on is broken.
    Broken(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => error.fmt(f),
            Self::Busy(busy) => busy.fmt(f),
        }
    }
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.crowded {
            "sidereal.lock_max_waiters requests already wait"
        } else {
            "sidereal.lock_wait_ms ran out while waiting"
        };
        write!(f, "expected the session to be free, but {what}; it is held")?;
        if let Some(pid) = self.pid {
            write!(f, " by process {pid}")?;
        }
        if let Some(held_for) = self.held_for {
            write!(f, " for {} seconds", held_for.as_secs())?;
        }
        f.write_str("; close sessions early (session_write_close(), read_and_close)")
    }
}

/// The engine of one application: open sessions with [`Engine::open`].
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) entropy: Arc<dyn Entropy>,
    keys: RwLock<Arc<Keyring>>,
    keyring_path: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn Sink>,
    /// Where sessions come from that are not here yet.
    pub(crate) old: Option<Arc<dyn Old>>,
    watch: Mutex<Watch>,
    /// What the keyring file was when it was read last.
    keyring_seen: Mutex<Option<keys::Stamp>>,
    /// The random part of the latest ID: a source that repeats itself is found out before an ID is used twice (R20).
    drawn: Mutex<[u8; RANDOM_LEN]>,
    /// Whether the last sweep left something to do.
    backlog: AtomicBool,
}

/// Attempts to draw an ID that is not the one before. The second one is only ever needed when the random source is broken.
const DRAWS: usize = 3;
/// How often somebody sweeps.
const TURN_EVERY: Duration = Duration::from_secs(60);
/// How often somebody sweeps while there is more to do.
const BACKLOG_EVERY: Duration = Duration::from_secs(1);
/// Rows per transaction: a sweep never keeps a writer waiting for longer than these take.
const BATCH: u32 = 50;
/// What a sweep may add to one request.
const SLICE: Duration = Duration::from_millis(4);
/// A sweep that may take so long is no part of a request.
const LONG: Duration = Duration::from_secs(1);

impl Engine {
    /// An engine made of `setup`.
    pub fn new(setup: Setup) -> Arc<Self> {
        Self::moving(setup, None)
    }

    /// An engine made of `setup`, which takes over the sessions of `old` when their clients come.
    pub fn moving(setup: Setup, old: Option<Arc<dyn Old>>) -> Arc<Self> {
        let now = setup.clock.read();
        // A process that starts after the clock has jumped finds out by what the store's latest turn had seen.
        let turn = setup.store.last_turn().ok().flatten().filter(|turn| turn.anchor.uptime <= now.uptime);
        let watch = Mutex::new(turn.unwrap_or_else(|| Watch::new(now)));
        Arc::new(Self {
            store: setup.store,
            entropy: setup.entropy,
            keys: RwLock::new(Arc::new(setup.keyring)),
            keyring_path: setup.keyring_path,
            clock: setup.clock,
            sink: setup.sink,
            old,
            watch,
            // Not what it is now: it may have changed since the caller read it.
            keyring_seen: Mutex::new(None),
            drawn: Mutex::new([0; RANDOM_LEN]),
            backlog: AtomicBool::new(false),
        })
    }

    /// Opens the session that `presented` names, or a fresh one: nothing that a client sends makes this fail.
    ///
    /// # Errors
    /// [`Refused::Busy`] when another request has the session open for too long and the policy says so; [`Refused::Broken`] when the store or the
    /// random source is, or the policy takes https and the request came by http.
    pub fn open(
        self: &Arc<Self>,
        policy: &Arc<Policy>,
        presented: Option<&[u8]>,
        request: &Request<'_>,
        access: Access,
    ) -> Result<Session, Refused> {
        policy.admit(request.scheme, request.is_local)?;
        let arrival = self.observe();
        // Looking for an ID's key may load newer ones.
        let ours = presented.and_then(|text| self.ours(text));
        let opening = Opening { engine: self, keys: self.keys(), policy, request, access, arrival };
        match presented {
            None => opening.fresh(None),
            Some(text) => opening.trace(text, ours).and_then(|trace| opening.follow(trace, text)),
        }
    }

    /// The ID `text` and its locator, if it is one of ours.
    pub(crate) fn ours(&self, text: &[u8]) -> Option<(SessionId, Locator)> {
        SessionId::parse(text).and_then(|id| self.locate(&id).map(|at| (id, at)))
    }

    /// A new ID with `prefix`, of a session that nobody has stored: `session_create_id()`.
    ///
    /// # Errors
    /// [`Error::is_entropy`], [`Error::is_store`].
    pub fn mint(&self, prefix: &Prefix) -> Result<SessionId> {
        let tag = Tag(entropy::array(&*self.entropy)?);
        let (id, _, _place) = mint_free(self, &self.keys(), prefix, tag, Class::Anonymous, self.observe())?;
        Ok(id)
    }

    /// As [`Engine::mint`], of a session that will not be opened, because the store is down: nobody looks whether it is free.
    ///
    /// # Errors
    /// [`Error::is_entropy`].
    pub fn mint_unseen(&self, prefix: &Prefix) -> Result<SessionId> {
        let tag = Tag(entropy::array(&*self.entropy)?);
        self.draw(&self.keys(), prefix, tag, Class::Anonymous, self.observe().now)
    }

    /// Counts what the store holds. May take long.
    ///
    /// # Errors
    /// [`Error::is_store`].
    pub fn stats(&self) -> Result<Stats> {
        self.store.stats()
    }

    /// Mints an ID that is not the one before.
    pub(crate) fn draw(&self, keys: &Keyring, prefix: &Prefix, tag: Tag, class: Class, now: Time) -> Result<SessionId> {
        let mut drawn = self.drawn.lock();
        for _ in 0..DRAWS {
            let id = keys.mint(prefix, tag, class, now, &*self.entropy)?;
            if id.secret().random() != *drawn {
                *drawn = id.secret().random();
                return Ok(id);
            }
        }
        Err(Error::entropy(
            "expected random bytes that differ from the ones before, found the same ones again and again; the random source of this machine is \
             broken, repair it",
        ))
    }

    /// Sweeps until done or `budget` is used up: `session_gc()`. Answers how many rows were removed; zero when somebody else is sweeping.
    /// From a second on it lets the requests go first while the store's log is copied, and may take five seconds more for it.
    ///
    /// # Errors
    /// [`Error::is_store`].
    pub fn sweep(&self, policy: &Policy, budget: Duration) -> Result<u64> {
        let Some(turn) = self.store.take_turn(self.clock.read(), Duration::ZERO)? else {
            return Ok(0);
        };
        if turn.jumped {
            self.emit(Kind::ClockAnomaly, None, "sweep", None);
        }
        let swept = self.sweep_by(turn.by, policy, budget)?;
        drop(turn);
        self.store.idle();
        Ok(swept.deleted + swept.evicted)
    }

    /// What one request in a while does for the store. Call it when a request has closed its session; there is rarely anything to do.
    pub fn maintain(&self, policy: &Policy) {
        self.sweep_if_due(policy);
        self.store.idle();
    }

    fn sweep_if_due(&self, policy: &Policy) {
        let every = if self.backlog.load(Ordering::Relaxed) { BACKLOG_EVERY } else { TURN_EVERY };
        let turn = match self.store.take_turn(self.clock.read(), every) {
            Ok(Some(turn)) => turn,
            Ok(None) => return,
            Err(_) => return self.emit(Kind::StoreDown, None, "sweep", None),
        };
        if turn.jumped {
            self.emit(Kind::ClockAnomaly, None, "sweep", None);
        }
        self.reload_keys();
        if self.sweep_by(turn.by, policy, SLICE).is_err() {
            self.emit(Kind::StoreDown, None, "sweep", None);
        }
    }

    fn sweep_by(&self, by: Time, policy: &Policy, budget: Duration) -> Result<Swept> {
        let started = self.clock.read();
        let mut sum = Swept::default();
        loop {
            let swept = self.store.sweep(by, BATCH, policy.anonymous_max)?;
            let devices = self.store.sweep_devices(by, BATCH)?;
            sum.deleted += swept.deleted + devices;
            sum.evicted += swept.evicted;
            sum.more = swept.more || devices >= u64::from(BATCH);
            let spent = self.clock.read().uptime.saturating_sub(started.uptime);
            if !sum.more || u128::try_from(spent).unwrap_or(0) >= budget.as_millis() {
                break;
            }
            if budget >= LONG {
                // Who sweeps for long cleans up behind itself, instead of the requests, which get their turn between two batches. On a million
                // sessions it takes twice the time, and the longest request beside it a twentieth.
                self.store.idle();
                if !self.store.settle() {
                    break;
                }
                std::thread::yield_now();
            }
        }
        self.backlog.store(sum.more, Ordering::Relaxed);
        if sum.deleted > 0 {
            self.emit(Kind::Swept, None, "", Some(sum.deleted));
        }
        if sum.evicted > 0 {
            self.emit(Kind::Evicted, None, "sidereal.anonymous_max", Some(sum.evicted));
        }
        Ok(sum)
    }

    /// The keyring in use.
    pub(crate) fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read())
    }

    /// The locator of `id`, if it is one of ours. An unknown key number has the keyring read once more before it counts as forged: another
    /// process may have rotated the keys.
    pub(crate) fn locate(&self, id: &SessionId) -> Option<Locator> {
        let number = id.key()?;
        if !self.keys.read().knows(number) {
            self.reload_keys();
        }
        self.keys.read().locate(id)
    }

    /// Reads the keyring again if the file has changed. Costs one look at the file otherwise, whatever clients send.
    pub(crate) fn reload_keys(&self) {
        let Some(path) = &self.keyring_path else {
            return;
        };
        let mut seen = self.keyring_seen.lock();
        let there = keys::Stamp::of(path);
        if there.is_none() || *seen == there {
            return;
        }
        let application = self.keys().application().to_owned();
        if let Ok(keys) = Keyring::load(path, &application) {
            *self.keys.write() = Arc::new(keys);
            *seen = there;
        }
    }

    /// The time, and what to think of it.
    pub(crate) fn observe(&self) -> Observed {
        let reading = self.clock.read();
        let observed = self.watch.lock().observe(reading);
        if observed.jumped {
            self.emit_at(observed.now, Kind::ClockAnomaly, None, "wall clock jumped", None);
        }
        observed
    }

    /// The application has changed session data that it had given back already: that change is lost (R50). Only the door can see it.
    pub fn report_late_write(&self) {
        self.emit(Kind::LateWrite, None, "after close", None);
    }

    pub(crate) fn emit(&self, kind: Kind, family: Option<&Family>, reason: &'static str, count: Option<u64>) {
        let now = self.clock.read().wall;
        // Whatever must be durable is told of at once, so this is where the store's word is heard in time.
        if let Some(Notice::NotReplicated) = self.store.take_notice() {
            self.emit_at(now, Kind::NotReplicated, None, "", None);
        }
        self.emit_at(now, kind, family, reason, count);
    }

    fn emit_at(&self, at: Time, kind: Kind, family: Option<&Family>, reason: &'static str, count: Option<u64>) {
        let session = family.map(|family| self.keys().log_reference(&family.0)).unwrap_or_default();
        self.sink.take(&Event { at, kind, session, reason, count });
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine(..)")
    }
}
