//! A world for engine tests: an engine on a store of choice, with time that stands still until it is moved, random bytes that can fail or
//! repeat, a store that can be watched, broken and tampered with, and every event kept.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sidereal_core::client::Client;
use sidereal_core::clock::{Clock, Reading, TestClock, Time};
use sidereal_core::engine::{Access, Engine, Refused, Request, Setup};
use sidereal_core::entropy::{Entropy, SystemEntropy};
use sidereal_core::event::{Event, Kind, Sink};
use sidereal_core::id::{Handle, Locator, SessionId, Tag};
use sidereal_core::keys::Keyring;
use sidereal_core::lock::Wait;
use sidereal_core::migrate::Source;
use sidereal_core::policy::Policy;
use sidereal_core::session::{Denial, Outcome, Session, Snapshot};
use sidereal_core::signals::{self, Sent};
use sidereal_core::store::evidence::{Alarm, Archive, Incident, Which};
use sidereal_core::store::memory::MemoryStore;
use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_core::store::{
    Acquired, Change, Created, DeviceRow, Devices, Ending, Found, Label, Lease, New, NewDevice, NewPointer, Old, Row,
    Stats, Store, Swept, Turn, Whom, Whose, Written,
};
use sidereal_core::{Error, Result};
use sidereal_test_servers::Topology;
use tempfile::TempDir;

/// Runs each test named on every store.
macro_rules! on_every_store {
    ($($name:ident,)+) => {
        mod memory {
            $(#[test] fn $name() { super::$name($crate::fixture::World::on_memory()); })+
        }
        mod sqlite {
            $(#[test] fn $name() { super::$name($crate::fixture::World::on_sqlite()); })+
        }
        mod redis {
            $(#[test] fn $name() { super::$name($crate::fixture::World::on_redis()); })+
        }
    };
}
pub(crate) use on_every_store;

/// When every test begins.
pub const START: Time = Time::from_secs(1_800_000_000);
pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 60 * MINUTE;
pub const APPLICATION: &str = "shop";

pub struct World {
    pub clock: Arc<TestClock>,
    pub dice: Arc<Dice>,
    pub store: Arc<Spy>,
    pub events: Arc<Events>,
    pub policy: Arc<Policy>,
    pub engine: Arc<Engine>,
    pub place: TempDir,
}

impl World {
    pub fn on_memory() -> Self {
        Self::on(|_| Arc::new(MemoryStore::new()))
    }

    pub fn on_sqlite() -> Self {
        Self::on(|place| {
            let dir = place.path().join("store");
            sidereal_core::directory::ensure(&dir).unwrap();
            Arc::new(SqliteStore::open(&dir).unwrap())
        })
    }

    pub fn on_redis() -> Self {
        let url = Topology::Socket.shared().new_store();
        Self::on(|_| Arc::new(RedisStore::new(Address::parse(&url, None).unwrap())))
    }

    fn on(store: impl FnOnce(&TempDir) -> Arc<dyn Store>) -> Self {
        let place = private_place();
        let clock = Arc::new(TestClock::at(START));
        let dice = Arc::new(Dice::default());
        let store = Arc::new(Spy::on(store(&place)));
        let events = Arc::new(Events::default());
        let engine = engine(&place, &clock, &dice, &store, &events);
        Self { clock, dice, store, events, policy: Arc::new(Policy::default()), engine, place }
    }

    /// The same, moving away from another store. What asks for a keyring there gets this world's.
    pub fn moving(self, source: Source) -> Self {
        let own = matches!(source, Source::Sidereal(ref dir) if !dir.join("keyring").exists());
        let path = self.keyring_path();
        let old = source.open(own.then_some(&*path), APPLICATION);
        let engine = Engine::moving(setup(&self.place, &self.clock, &self.dice, &self.store, &self.events), Some(old));
        Self { engine, ..self }
    }

    /// The same, with the keyring of another one.
    pub fn with_keyring_of(self, other: &World) -> Self {
        std::fs::copy(other.keyring_path(), self.keyring_path()).unwrap();
        self
    }

    /// Changes the policy for the requests that follow.
    pub fn set(&mut self, change: impl FnOnce(&mut Policy)) {
        let mut policy = (*self.policy).clone();
        change(&mut policy);
        self.policy = Arc::new(policy.validated().unwrap());
    }

    /// Another process on the same machine, store and keyring, to which the wall clock shows `ms` milliseconds more.
    pub fn second_process(&self, ms: i64) -> World {
        let now = self.clock.read();
        let uptime = Duration::from_millis(now.uptime.try_into().unwrap());
        let clock = Arc::new(TestClock::at(now.wall.before(uptime)));
        clock.advance(uptime);
        clock.jump(ms);
        let (dice, store) = (Arc::clone(&self.dice), Arc::clone(&self.store));
        let events = Arc::clone(&self.events);
        let engine = engine(&self.place, &clock, &dice, &store, &events);
        let place = private_place();
        World { clock, dice, store, events, policy: Arc::clone(&self.policy), engine, place }
    }

    pub fn keyring_path(&self) -> std::path::PathBuf {
        self.place.path().join("keyring")
    }

    pub fn keys(&self) -> Keyring {
        Keyring::load(&self.keyring_path(), APPLICATION).unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets a span of the policy pass.
    pub fn pass_span(&self, span: impl FnOnce(&Policy) -> Duration) {
        self.clock.advance(span(&self.policy));
    }

    pub fn try_open(&self, id: Option<&str>, request: &Request<'_>, access: Access) -> Result<Session, Refused> {
        self.engine.open(&self.policy, id.map(str::as_bytes), request, access)
    }

    /// A request without a cookie.
    pub fn visit(&self) -> Session {
        self.try_open(None, &REQUEST, Access::Exclusive).unwrap()
    }

    /// A request that presents `id`.
    pub fn open(&self, id: &str) -> Session {
        self.try_open(Some(id), &REQUEST, Access::Exclusive).unwrap()
    }

    /// A request that presents `id` and only reads.
    pub fn read(&self, id: &str) -> Session {
        self.try_open(Some(id), &REQUEST, Access::ReadOnly).unwrap()
    }

    /// A request that presents `id` when no cookie can be sent any more: nothing is rotated.
    pub fn open_late(&self, id: &str) -> Session {
        self.try_open(Some(id), &Request { can_set_cookie: false, ..REQUEST }, Access::Exclusive).unwrap()
    }

    /// What `id` opens.
    pub fn sees(&self, id: &str) -> Vec<u8> {
        self.open_late(id).payload().to_vec()
    }

    /// Why `id` is denied.
    pub fn denial(&self, id: &str) -> Option<Denial> {
        self.open_late(id).denial()
    }

    /// An ID that a client has and nobody has stored.
    pub fn issue(&self) -> String {
        sid(&self.visit())
    }

    /// Begins a session that holds `payload`.
    pub fn begin(&self, payload: &str) -> String {
        let mut session = self.visit();
        commit(&mut session, payload);
        sid(&session)
    }

    /// One request that presents `id` and stores `payload`. Answers the cookie that the client gets.
    pub fn write(&self, id: &str, payload: &str) -> Option<String> {
        let mut session = self.open(id);
        commit(&mut session, payload);
        cookie(&session)
    }

    /// Waits until rotation is due, presents `id` and answers the successor, which the client has not presented yet.
    pub fn rotate(&self, id: &str) -> String {
        self.pass_span(|policy| policy.rotate);
        cookie(&self.open(id)).expect("rotation was due")
    }

    /// As [`World::rotate`], and the client presents the successor.
    pub fn rotate_and_confirm(&self, id: &str) -> String {
        let next = self.rotate(id);
        assert_eq!(cookie(&self.open(&next)), None);
        next
    }

    /// A log-in: `session_regenerate_id()`, then the payload. Answers the new ID, which the client has not presented yet.
    pub fn log_in(&self, id: &str, payload: &str) -> String {
        elevate(&mut self.open(id), payload)
    }

    pub fn log_out(&self, id: &str) {
        self.open(id).logout(true).unwrap();
    }

    /// What the store holds.
    pub fn stats(&self) -> Stats {
        self.store.inner.stats().unwrap()
    }

    pub fn rows(&self) -> u64 {
        self.stats().rows
    }

    /// What the store has for `id`, whatever the engine makes of it.
    pub fn stored(&self, id: &str) -> Option<Found> {
        self.store.inner.load(&self.locate(id)).unwrap()
    }

    pub fn locate(&self, id: &str) -> Locator {
        self.keys().locate(&parse(id)).unwrap()
    }

    pub fn sweep(&self) -> u64 {
        self.engine.sweep(&self.policy, Duration::from_secs(60)).unwrap()
    }
}

/// A directory that only this uid can enter, whatever the umask.
pub fn private_place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    place
}

fn engine(
    place: &TempDir,
    clock: &Arc<TestClock>,
    dice: &Arc<Dice>,
    store: &Arc<Spy>,
    events: &Arc<Events>,
) -> Arc<Engine> {
    Engine::new(setup(place, clock, dice, store, events))
}

fn setup(place: &TempDir, clock: &Arc<TestClock>, dice: &Arc<Dice>, store: &Arc<Spy>, events: &Arc<Events>) -> Setup {
    let path = place.path().join("keyring");
    Setup {
        store: Arc::clone(store) as Arc<dyn Store>,
        keyring: Keyring::load_or_create(&path, APPLICATION, &SystemEntropy).unwrap(),
        keyring_path: Some(path),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::clone(dice) as Arc<dyn Entropy>,
        sink: Arc::clone(events) as Arc<dyn Sink>,
    }
}

/// An ordinary request of PHP.
pub const REQUEST: Request<'static> = Request {
    can_set_cookie: true,
    minted_here: false,
    serializer: "php",
    client: Client::UNKNOWN,
    scheme: None,
    is_local: false,
    can_strip: true,
};

/// The same of a client at `address` that calls itself `user_agent`.
pub fn request_of(address: &str, user_agent: &str) -> Request<'static> {
    let sent = Sent { address, user_agent, ..Sent::default() };
    Request { client: signals::client(&sent), ..REQUEST }
}

pub fn sid(session: &Session) -> String {
    session.id().expose()
}

pub fn parse(id: &str) -> SessionId {
    SessionId::parse(id.as_bytes()).expect("an ID of ours")
}

/// The cookie that the response sets, if it sets one.
pub fn cookie(session: &Session) -> Option<String> {
    (session.is_replaced() && session.may_send_cookie()).then(|| sid(session))
}

pub fn commit(session: &mut Session, payload: &str) {
    assert_eq!(session.commit(payload.as_bytes()).unwrap(), Outcome::Done);
}

/// Regenerates as PHP does: the successor is stored with what was read, then with what the application made of it.
pub fn elevate(session: &mut Session, payload: &str) -> String {
    session.elevate(Snapshot::AsRead).unwrap();
    session.settle().unwrap();
    commit(session, payload);
    sid(session)
}

/// `id` with its last character replaced, so that it is of the grammar and its MAC is wrong.
pub fn forge(id: &str) -> String {
    let (head, tail) = id.split_at(id.len() - 2);
    let other = if tail.starts_with('a') { 'b' } else { 'a' };
    format!("{head}{other}{}", &tail[1..])
}

#[derive(Default)]
pub struct Events(Mutex<Vec<Event>>);

impl Sink for Events {
    fn take(&self, event: &Event) {
        self.0.lock().push(event.clone());
    }
}

impl Events {
    pub fn all(&self) -> Vec<Event> {
        self.0.lock().clone()
    }

    pub fn of(&self, kind: Kind) -> Vec<Event> {
        self.0.lock().iter().filter(|event| event.kind == kind).cloned().collect()
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.of(kind).len()
    }

    pub fn clear(&self) {
        self.0.lock().clear();
    }
}

/// A random source that does what it is told.
#[derive(Default)]
pub struct Dice(Mutex<Mode>);

#[derive(Clone, Copy, Default)]
pub enum Mode {
    #[default]
    Fair,
    /// Fails, as getrandom(2) may.
    Broken,
    /// Draws the same byte for so many times, then fairly.
    Stuck(u8, usize),
}

impl Dice {
    pub fn be(&self, mode: Mode) {
        *self.0.lock() = mode;
    }
}

impl Entropy for Dice {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        let mut mode = self.0.lock();
        match &mut *mode {
            Mode::Broken => Err(Error::entropy("expected random bytes, found none")),
            Mode::Stuck(byte, times @ 1..) => {
                out.fill(*byte);
                *times -= 1;
                Ok(())
            }
            Mode::Fair | Mode::Stuck(..) => SystemEntropy.fill(out),
        }
    }
}

/// One operation of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Load,
    Acquire,
    Create,
    Save,
    Touch,
    Amend,
    Rotate,
    Promote,
    Elevate,
    End,
    Raise,
    List,
    Sweep,
    TakeTurn,
    Stats,
    CreateDevice,
    LoadDevice,
    SaveDevice,
    EndDevices,
    ListDevices,
    Idle,
    Settle,
}

/// Operations that write.
pub const WRITES: [Op; 12] = [
    Op::Create,
    Op::Save,
    Op::Touch,
    Op::Amend,
    Op::Rotate,
    Op::Promote,
    Op::Elevate,
    Op::End,
    Op::Raise,
    Op::CreateDevice,
    Op::SaveDevice,
    Op::EndDevices,
];

type Tamper = Box<dyn Fn(&mut Found) + Send>;
type Act = Box<dyn FnOnce() + Send>;

/// A store that counts what is asked of it, fails on demand, and shows other bytes than it has when told to.
pub struct Spy {
    pub inner: Arc<dyn Store>,
    calls: Mutex<HashMap<Op, u64>>,
    failing: Mutex<HashSet<Op>>,
    tamper: Mutex<Option<Tamper>>,
    before: Mutex<Option<(Op, Act)>>,
    heard: Mutex<Vec<Vec<u8>>>,
}

impl Spy {
    fn on(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            calls: Mutex::default(),
            failing: Mutex::default(),
            tamper: Mutex::default(),
            before: Mutex::default(),
            heard: Mutex::default(),
        }
    }

    pub fn calls(&self, op: Op) -> u64 {
        self.calls.lock().get(&op).copied().unwrap_or(0)
    }

    pub fn total(&self) -> u64 {
        self.calls.lock().values().sum()
    }

    pub fn writes(&self) -> u64 {
        WRITES.iter().map(|op| self.calls(*op)).sum()
    }

    /// Makes `ops`, and only these, fail.
    pub fn fail(&self, ops: &[Op]) {
        *self.failing.lock() = ops.iter().copied().collect();
    }

    /// Shows what `tamper` makes of the rows that are read from now on.
    pub fn tamper(&self, tamper: impl Fn(&mut Found) + Send + 'static) {
        *self.tamper.lock() = Some(Box::new(tamper));
    }

    pub fn stop_tampering(&self) {
        *self.tamper.lock() = None;
    }

    /// Does something else before the next `op`, as another process might.
    pub fn before(&self, op: Op, act: impl FnOnce() + Send + 'static) {
        *self.before.lock() = Some((op, Box::new(act)));
    }

    /// Every byte string that was passed in.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().clone()
    }

    fn enter(&self, op: Op, passed: &[&[u8]]) -> Result<()> {
        *self.calls.lock().entry(op).or_default() += 1;
        let act = self.before.lock().take_if(|(awaited, _)| *awaited == op);
        if let Some((_, act)) = act {
            act();
        }
        self.heard.lock().extend(passed.iter().filter(|bytes| !bytes.is_empty()).map(|bytes| bytes.to_vec()));
        if self.failing.lock().contains(&op) {
            Err(Error::store(format!("expected {op:?} to work, found a broken store")))
        } else {
            Ok(())
        }
    }

    fn shown(&self, found: Option<Found>) -> Option<Found> {
        let mut found = found?;
        if let Some(tamper) = &*self.tamper.lock() {
            tamper(&mut found);
        }
        Some(found)
    }
}

impl Archive for Spy {
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64> {
        let kept = alarm.evidence.map(|evidence| (evidence.name, evidence.session, evidence.sealed));
        let passed = kept.as_ref().map(|(name, session, sealed)| [&name.0[..], &session.0, sealed]);
        self.enter(Op::Raise, passed.as_ref().map_or(&[], |parts| parts))?;
        self.inner.raise(alarm)
    }

    fn incidents(&self, which: &Which, most: u32) -> Result<Vec<Incident>> {
        self.inner.incidents(which, most)
    }

    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>> {
        self.inner.exhibits(name)
    }

    fn purge(&self, which: &Which) -> Result<u64> {
        self.inner.purge(which)
    }
}

impl Store for Spy {
    fn load(&self, at: &Locator) -> Result<Option<Found>> {
        self.enter(Op::Load, &[&at.0])?;
        Ok(self.shown(self.inner.load(at)?))
    }

    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        self.enter(Op::Acquire, &[&at.0])?;
        Ok(match self.inner.acquire(at, wait)? {
            Acquired::Held(lease, found) => Acquired::Held(lease, self.shown(found)),
            busy @ Acquired::Busy(_) => busy,
        })
    }

    fn create(&self, new: &New<'_>) -> Result<Created> {
        self.enter(Op::Create, &[&new.at.0, new.meta, new.payload.unwrap_or_default()])?;
        self.inner.create(new)
    }

    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written> {
        self.enter(Op::Save, &[&change.at.0, change.meta, change.payload.unwrap_or_default()])?;
        self.inner.save(lease, change)
    }

    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written> {
        self.enter(Op::Touch, &[&change.at.0, change.meta])?;
        self.inner.touch(lease, change)
    }

    fn amend(&self, change: &Change<'_>) -> Result<Written> {
        self.enter(Op::Amend, &[&change.at.0, change.meta])?;
        self.inner.amend(change)
    }

    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written> {
        self.enter(Op::Rotate, &[&change.at.0, change.meta, &successor.at.0, successor.sealed])?;
        self.inner.rotate(change, successor)
    }

    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        self.enter(Op::Promote, &[&change.at.0, change.meta, &to.0, &old.at.0, old.sealed])?;
        self.inner.promote(lease, change, to, old)
    }

    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        let (at, meta, payload) = match old {
            Old::Kept { at, .. } => (*at, &[][..], None),
            Old::Stored(change) => (change.at, change.meta, change.payload),
            Old::Unstored(row) => (row.at, row.meta, row.payload),
        };
        let parts =
            [&at.0[..], meta, payload.unwrap_or_default(), &new.at.0, new.meta, new.payload.unwrap_or_default()];
        self.enter(Op::Elevate, &parts)?;
        self.inner.elevate(old, new)
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        match &ending.whom {
            Whom::Family { family, at, .. } => self.enter(Op::End, &[&at.0, &family.0])?,
            Whom::Subject { subject, .. } => self.enter(Op::End, &[&subject.0])?,
            Whom::All => self.enter(Op::End, &[])?,
        }
        self.inner.end(ending)
    }

    fn list(&self, label: &Label) -> Result<Vec<Row>> {
        self.enter(Op::List, &[])?;
        self.inner.list(label)
    }

    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept> {
        self.enter(Op::Sweep, &[])?;
        self.inner.sweep(now, limit, anonymous_max)
    }

    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        self.enter(Op::TakeTurn, &[])?;
        self.inner.take_turn(now, every)
    }

    fn last_turn(&self) -> Result<Option<sidereal_core::clock::Watch>> {
        self.inner.last_turn()
    }

    fn stats(&self) -> Result<Stats> {
        self.enter(Op::Stats, &[])?;
        self.inner.stats()
    }

    fn idle(&self) {
        if self.enter(Op::Idle, &[]).is_ok() {
            self.inner.idle();
        }
    }

    fn settle(&self) -> bool {
        self.enter(Op::Settle, &[]).is_ok() && self.inner.settle()
    }
}

impl Devices for Spy {
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool> {
        self.enter(Op::CreateDevice, &[&new.name.0, &new.subject.0, new.sealed])?;
        self.inner.create_device(new)
    }

    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>> {
        self.enter(Op::LoadDevice, &[&name.0])?;
        self.inner.load_device(name)
    }

    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written> {
        self.enter(Op::SaveDevice, &[&name.0, sealed])?;
        self.inner.save_device(name, version, sealed)
    }

    fn end_devices(&self, whose: &Whose) -> Result<u64> {
        self.enter(Op::EndDevices, &[])?;
        self.inner.end_devices(whose)
    }

    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>> {
        self.enter(Op::ListDevices, &[&subject.0])?;
        self.inner.list_devices(subject)
    }

    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64> {
        self.inner.sweep_devices(now, limit)
    }
}
