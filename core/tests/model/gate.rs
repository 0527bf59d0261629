//! Waiting in simulated time: a store around another one whose waits the scheduler ends.
//!
//! A request that finds its session taken goes on in a thread of its own, so that the real `open` waits where it really waits: between its arrival and
//! its verdict. Only one thread runs at a time.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use sidereal_core::clock::{Reading, Time};
use sidereal_core::engine::{Access, Engine, Refused, Request};
use sidereal_core::id::{Handle, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::policy::Policy;
use sidereal_core::session::Session;
use sidereal_core::signals::{self, Sent};
use sidereal_core::store::evidence::{Alarm, Archive, Incident, Which};
use sidereal_core::store::{
    Acquired, Change, Created, DeviceRow, Devices, Ending, Found, Label, Lease, New, NewDevice, NewPointer, Old, Row,
    Stats, Store, Swept, Turn, Whose, Written,
};
use sidereal_core::{Error, Result};

/// What the scheduler hears from a request.
pub enum Heard {
    /// It waits.
    Waiting,
    Opened(Box<Result<Session, Refused>>),
}

/// What a waiting request is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    TryAgain,
    GiveUp,
}

/// A request that waits.
pub struct Waiter {
    heard: Receiver<Heard>,
    tell: Option<Sender<Told>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiter {
    /// What became of it.
    pub fn tell(&self, told: Told) -> Heard {
        if let Some(tell) = &self.tell {
            let _ = tell.send(told);
        }
        self.listen()
    }

    fn listen(&self) -> Heard {
        self.heard.recv().unwrap_or_else(|_| Heard::Opened(Box::new(Err(Error::store("the request panicked").into()))))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Inside {
    report: Sender<Heard>,
    orders: Receiver<Told>,
}

thread_local! {
    static INSIDE: RefCell<Option<Inside>> = const { RefCell::new(None) };
}

const WOULD_WAIT: &str = "would wait";

/// An `Engine::open` to come.
#[derive(Clone)]
pub struct Open {
    pub engine: Arc<Engine>,
    pub policy: Arc<Policy>,
    pub presented: Option<String>,
    pub can_set_cookie: bool,
    pub address: &'static str,
    pub user_agent: &'static str,
    pub access: Access,
}

impl Open {
    fn call(&self) -> Result<Session, Refused> {
        let sent = Sent { address: self.address, user_agent: self.user_agent, ..Sent::default() };
        let client = signals::client(&sent);
        let request = Request { can_set_cookie: self.can_set_cookie, client, ..Request::default() };
        self.engine.open(&self.policy, self.presented.as_deref().map(str::as_bytes), &request, self.access)
    }

    /// Opens the session, or answers with who waits for it.
    pub fn start(self) -> Result<Result<Session, Refused>, Waiter> {
        match self.call() {
            Err(Refused::Broken(error)) if error.to_string() == WOULD_WAIT => {}
            opened => return Ok(opened),
        }
        let (report, heard) = channel();
        let (tell, orders) = channel();
        let thread = std::thread::spawn(move || {
            INSIDE.set(Some(Inside { report: report.clone(), orders }));
            let opened = self.call();
            INSIDE.set(None);
            let _ = report.send(Heard::Opened(Box::new(opened)));
        });
        let waiter = Waiter { heard, tell: Some(tell), thread: Some(thread) };
        match waiter.listen() {
            Heard::Waiting => Err(waiter),
            Heard::Opened(opened) => Ok(*opened),
        }
    }
}

/// A store with waits that take no real time.
pub struct Gate(Box<dyn Store>);

impl Gate {
    pub fn around(store: impl Store + 'static) -> Self {
        Self(Box::new(store))
    }

    fn wait() -> Result<Told> {
        INSIDE.with_borrow(|inside| match inside {
            None => Err(Error::store(WOULD_WAIT)),
            Some(inside) => {
                let _ = inside.report.send(Heard::Waiting);
                Ok(inside.orders.recv().unwrap_or(Told::GiveUp))
            }
        })
    }
}

impl Archive for Gate {
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64> {
        self.0.raise(alarm)
    }

    fn incidents(&self, which: &Which, most: u32) -> Result<Vec<Incident>> {
        self.0.incidents(which, most)
    }

    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>> {
        self.0.exhibits(name)
    }

    fn purge(&self, which: &Which) -> Result<u64> {
        self.0.purge(which)
    }
}

impl Store for Gate {
    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        if wait.timeout.is_zero() {
            return self.0.acquire(at, wait);
        }
        let at_once = Wait { timeout: Duration::ZERO, ..*wait };
        loop {
            match self.0.acquire(at, &at_once)? {
                Acquired::Busy(busy) => {
                    if Self::wait()? == Told::GiveUp {
                        return Ok(Acquired::Busy(busy));
                    }
                }
                held @ Acquired::Held(..) => return Ok(held),
            }
        }
    }

    fn load(&self, at: &Locator) -> Result<Option<Found>> {
        self.0.load(at)
    }

    fn create(&self, new: &New<'_>) -> Result<Created> {
        self.0.create(new)
    }

    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written> {
        self.0.save(lease, change)
    }

    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written> {
        self.0.touch(lease, change)
    }

    fn amend(&self, change: &Change<'_>) -> Result<Written> {
        self.0.amend(change)
    }

    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written> {
        self.0.rotate(change, successor)
    }

    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        self.0.promote(lease, change, to, old)
    }

    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        self.0.elevate(old, new)
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        self.0.end(ending)
    }

    fn list(&self, label: &Label) -> Result<Vec<Row>> {
        self.0.list(label)
    }

    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept> {
        self.0.sweep(now, limit, anonymous_max)
    }

    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        self.0.take_turn(now, every)
    }

    fn last_turn(&self) -> Result<Option<sidereal_core::clock::Watch>> {
        self.0.last_turn()
    }

    fn stats(&self) -> Result<Stats> {
        self.0.stats()
    }
}

impl Devices for Gate {
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool> {
        self.0.create_device(new)
    }

    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>> {
        self.0.load_device(name)
    }

    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written> {
        self.0.save_device(name, version, sealed)
    }

    fn end_devices(&self, whose: &Whose) -> Result<u64> {
        self.0.end_devices(whose)
    }

    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>> {
        self.0.list_devices(subject)
    }

    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64> {
        self.0.sweep_devices(now, limit)
    }
}
