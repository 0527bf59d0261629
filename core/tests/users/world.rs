//! The world in which a schedule happens: one engine, several browsers and a thief, simulated time; and every answer compared with the reference.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use sidereal_core::clock::{Clock as _, Observed, TestClock, Watch};
use sidereal_core::engine::{Access, Engine, Refused, Setup};
use sidereal_core::event::Kind;
use sidereal_core::id::Handle;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::session::Session;

use crate::model::app::{Data, Delete};
use crate::model::gate::{Heard, Open, Told, Waiter};
use crate::model::play::{BEGIN, Collected, Ms, Tally, Violation};
use crate::model::random::{Random, Seeded};
use crate::model::seen::{Seen, name_of};
use crate::model::truth::{Answer, Arrival, Client, Grip, IdNo, RecordNo, Truth, UserNo};

use super::properties::{ALARM, ALONE, BOUND, CAP, INDEX, OVER, WORKS, Witness, rule_of};
use super::schedule::{DEVICES, Deed, Disguise, Party, Schedule, USERS, Visit, What, When};

/// Plays `schedule` to its end or to the first violation.
pub fn play(schedule: &Schedule) -> Result<Tally, Violation> {
    let mut world = World::new(schedule);
    while let Some(Reverse((at, _, what))) = world.queue.pop() {
        world.clock.advance(Duration::from_millis(at - world.now));
        world.now = at;
        world.happen(what, schedule)?;
        world.wake()?;
    }
    world.check_rosters()?;
    world.check_graves()?;
    Ok(world.tally)
}

pub const NAMES: [&str; USERS] = ["alice", "bob"];

pub struct World {
    now: Ms,
    clock: Arc<TestClock>,
    watch: Watch,
    sink: Arc<Collected>,
    pub engine: Arc<Engine>,
    pub policy: Arc<Policy>,
    pub truth: Truth,
    pub witness: Witness,
    pub handles: Vec<(Handle, RecordNo)>,
    browsers: [Browser; DEVICES],
    thief: Browser,
    pub requests: Vec<Visiting>,
    /// Requests that wait for a session, first come first served.
    waiting: Vec<(usize, Waiter)>,
    queue: BinaryHeap<Reverse<(Ms, u64, Happening)>>,
    sequence: u64,
    pub notes: u32,
    tally: Tally,
    /// Where the store is, as long as the world lasts.
    _place: Option<tempfile::TempDir>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Deed(usize),
    Arrive(usize),
    GiveUp(usize),
    Finish(usize),
    Deliver(usize),
}

#[derive(Clone, Default)]
struct Browser {
    jar: Option<String>,
    /// What was stolen.
    aside: Option<String>,
    looks: Client,
}

/// A request under way.
pub struct Visiting {
    pub visit: Visit,
    presented: Option<String>,
    pub client: Client,
    arrived: Option<Observed>,
    pub session: Option<Session>,
    pub grip: Grip,
    /// What the session held, and what the application makes of it.
    pub read: Data,
    pub data: Data,
    /// The latest ID of an elevation, and what it still has to be stored with.
    pub elevated: Option<IdNo>,
    pub pending: Option<Delete>,
    pub answer: SetCookie,
}

impl Visiting {
    fn new(visit: &Visit, presented: Option<String>, client: Client) -> Self {
        Self {
            visit: visit.clone(),
            presented,
            client,
            arrived: None,
            session: None,
            grip: Grip::Ghost,
            read: Data::default(),
            data: Data::default(),
            elevated: None,
            pending: None,
            answer: SetCookie::None,
        }
    }
}

pub enum SetCookie {
    None,
    Id(String),
    Clear,
}

const NETWORKS: [&str; 6] = ["", "192.0.2.1", "198.51.100.2", "203.0.113.3", "10.0.0.4", "172.16.0.5"];
const AGENTS: [&str; 6] = ["", "Firefox/1 Linux", "Chrome/1 Windows", "Safari/1 iPhone", "Edg/1 Windows", "curl/8"];
/// What the thief looks like at home.
const HIDEOUT: Client = Client { network: 5, agent: 5 };

impl World {
    fn new(schedule: &Schedule) -> Self {
        let policy = Arc::new(schedule.rules.policy());
        let clock = Arc::new(TestClock::at(BEGIN));
        let entropy = Arc::new(Seeded(parking_lot::Mutex::new(Random(schedule.seed))));
        let sink = Arc::new(Collected::default());
        let (store, place) = schedule.store.open();
        let engine = Engine::new(Setup {
            store: Arc::new(store),
            keyring: Keyring::ephemeral("model", &*entropy).expect("a keyring"),
            keyring_path: None,
            clock: Arc::clone(&clock) as _,
            entropy,
            sink: Arc::clone(&sink) as _,
        });
        let deeds = schedule.deeds.iter().enumerate();
        let queue = deeds.map(|(n, timed)| Reverse((timed.at, n as u64, Happening::Deed(n)))).collect();
        let look = |n: usize| u8::try_from(n + 1).unwrap_or(0);
        Self {
            now: 0,
            watch: Watch::new(clock.read()),
            clock,
            sink,
            engine,
            truth: Truth::new(Policy::clone(&policy)),
            witness: Witness::default(),
            handles: Vec::new(),
            policy,
            browsers: std::array::from_fn(|n| Browser {
                looks: Client { network: look(n), agent: look(n) },
                ..Browser::default()
            }),
            thief: Browser { looks: HIDEOUT, ..Browser::default() },
            requests: Vec::new(),
            waiting: Vec::new(),
            queue,
            sequence: schedule.deeds.len() as u64,
            notes: 0,
            tally: Tally::new(),
            _place: place,
        }
    }

    fn browser(&mut self, who: Party) -> &mut Browser {
        match who {
            Party::Device(n) => &mut self.browsers[n],
            Party::Thief => &mut self.thief,
        }
    }

    fn later(&mut self, delay: Ms, what: Happening) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now + delay, self.sequence, what)));
    }

    pub fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub fn violated<T>(&self, rule: &'static str, story: impl Into<String>) -> Result<T, Violation> {
        Err(Violation { rule, at: self.now, story: story.into() })
    }

    pub fn observe(&mut self) -> Observed {
        self.watch.observe(self.clock.read())
    }

    fn happen(&mut self, what: Happening, schedule: &Schedule) -> Result<(), Violation> {
        match what {
            Happening::Deed(n) => self.deed(&schedule.deeds[n].deed, schedule.thief),
            Happening::Arrive(n) => self.arrive(n),
            Happening::GiveUp(n) => self.give_up(n),
            Happening::Finish(n) => {
                self.finish(n)?;
                if let Some(back) = self.requests[n].visit.back {
                    self.later(back, Happening::Deliver(n));
                }
                Ok(())
            }
            Happening::Deliver(n) => {
                self.deliver(n);
                Ok(())
            }
        }
    }

    fn deed(&mut self, deed: &Deed, disguise: Disguise) -> Result<(), Violation> {
        match deed {
            Deed::Visit(visit) => self.send(visit),
            Deed::Steal(device) => self.steal(*device, disguise),
            Deed::SignOut(user) => self.administer(*user)?,
            Deed::Sweep => {
                if self.engine.sweep(&self.policy, Duration::from_secs(1)).is_err() {
                    return self.violated(WORKS, "the sweep failed");
                }
                self.check_rosters()?;
            }
        }
        Ok(())
    }

    fn steal(&mut self, device: usize, disguise: Disguise) {
        let Browser { jar, looks, .. } = self.browsers[device].clone();
        let Some(text) = &jar else {
            return;
        };
        if let Some(id) = self.truth.known(text) {
            self.witness.holds(Party::Thief, id);
        }
        let looks = match disguise {
            Disguise::Perfect => looks,
            Disguise::Elsewhere => Client { network: HIDEOUT.network, ..looks },
            Disguise::None => HIDEOUT,
        };
        self.thief = Browser { jar: jar.clone(), aside: jar, looks };
        self.count("stolen");
    }

    fn send(&mut self, visit: &Visit) {
        let Browser { jar, aside, looks } = self.browser(visit.who).clone();
        let presented = if visit.aside { aside } else { jar };
        if visit.who == Party::Thief && presented.is_none() {
            return;
        }
        self.requests.push(Visiting::new(visit, presented, looks));
        self.later(visit.travel, Happening::Arrive(self.requests.len() - 1));
    }

    fn arrive(&mut self, n: usize) -> Result<(), Violation> {
        self.sink.clear();
        let observed = self.observe();
        self.requests[n].arrived = Some(observed);
        let request = &self.requests[n];
        let Client { network, agent } = request.client;
        let open = Open {
            engine: Arc::clone(&self.engine),
            policy: Arc::clone(&self.policy),
            presented: request.presented.clone(),
            can_set_cookie: request.visit.what != What::Blind,
            address: NETWORKS[usize::from(network)],
            user_agent: AGENTS[usize::from(agent)],
            access: if request.visit.what == What::Glance { Access::ReadOnly } else { Access::Exclusive },
        };
        match open.start() {
            Ok(opened) => self.opened(n, opened),
            Err(waiter) => {
                self.count("waits");
                self.waiting.push((n, waiter));
                let patience = u64::try_from(self.policy.lock_wait.as_millis()).unwrap_or(u64::MAX);
                self.later(patience, Happening::GiveUp(n));
                Ok(())
            }
        }
    }

    /// Whoever waits tries again, in the order of arrival.
    fn wake(&mut self) -> Result<(), Violation> {
        let mut n = 0;
        while n < self.waiting.len() {
            self.sink.clear();
            match self.waiting[n].1.tell(Told::TryAgain) {
                Heard::Waiting => n += 1,
                Heard::Opened(opened) => {
                    let (request, _) = self.waiting.remove(n);
                    self.opened(request, *opened)?;
                    n = 0;
                }
            }
        }
        Ok(())
    }

    fn give_up(&mut self, n: usize) -> Result<(), Violation> {
        let Some(place) = self.waiting.iter().position(|(request, _)| *request == n) else {
            return Ok(());
        };
        self.sink.clear();
        let (_, waiter) = self.waiting.remove(place);
        match waiter.tell(Told::GiveUp) {
            Heard::Opened(opened) => self.opened(n, *opened),
            Heard::Waiting => self.violated(WORKS, "a request that gave up waits again"),
        }
    }

    fn opened(&mut self, n: usize, opened: Result<Session, Refused>) -> Result<(), Violation> {
        let session = match opened {
            Ok(session) => session,
            Err(Refused::Busy(_)) => {
                self.count("gave up");
                return Ok(());
            }
            Err(Refused::Broken(error)) => return self.violated(WORKS, error.to_string()),
        };
        self.answered(n, &session)?;
        self.check_binding(n, &session)?;
        let request = &mut self.requests[n];
        request.read = Data::decode(session.payload());
        request.data = request.read.clone();
        if session.is_replaced() && request.visit.what != What::Blind {
            request.answer = SetCookie::Id(session.id().expose());
        }
        request.session = Some(session);
        let reader = request.presented.as_deref().and_then(|text| self.truth.known(text));
        if let Some((rule, story)) = self.witness.objects(&self.truth, reader, &self.requests[n].read) {
            return self.violated(rule, story);
        }
        self.name(n)?;
        if let What::Login(user, When::AtOnce) = self.requests[n].visit.what {
            self.log_in(n, user, When::AtOnce)?;
        }
        let work = self.requests[n].visit.work;
        self.later(work, Happening::Finish(n));
        Ok(())
    }

    /// Compares what the engine answered with what the reference expects.
    fn answered(&mut self, n: usize, session: &Session) -> Result<(), Violation> {
        let opened_at = self.observe().now;
        let Visiting { visit: Visit { who, what, .. }, presented, client, arrived, .. } = &self.requests[n];
        let (who, client) = (*who, *client);
        let Some(observed) = *arrived else {
            return self.violated(WORKS, "answered before it arrived");
        };
        let leased = *what != What::Glance && session.lock_notice().is_none();
        let glance = *what == What::Glance;
        let (now, steady, can_set_cookie) = (observed.now, observed.steady, *what != What::Blind);
        let arrival = Arrival { now, steady, can_set_cookie, leased, client };
        let renewed = session.is_replaced().then(|| session.id().expose());
        let Some(text) = presented.clone() else {
            let new = renewed.map(|text| self.truth.minted(&text, None, now));
            self.requests[n].grip = new.map_or(Grip::Ghost, |id| Grip::Unstored { id, presented: false, leased: true });
            return Ok(());
        };
        let Some(id) = self.truth.known(&text) else {
            return self.violated(WORKS, "the browser has an ID that nobody minted");
        };
        self.witness.holds(who, id);
        let alarm = self.sink.has(Kind::ObsoleteAccess);
        if alarm && self.witness.is_alone(&self.truth, id) {
            return self.violated(ALONE, format!("{who:?} is accused, and nobody else has ever had this ID"));
        }
        let seen = Seen { session, renewed: renewed.is_some(), alarm, leased, glance };
        let expected = self.truth.expect(id, arrival);
        let Some(answer) = expected.iter().copied().find(|answer| seen.fits(*answer)) else {
            return self.violated(rule_of(&expected, alarm), format!("{who:?} expected {expected:?}, found {seen:?}"));
        };
        self.count(name_of(answer));
        let anybody = Arrival { client: Client::default(), ..arrival };
        if alarm && !self.truth.expect(id, anybody).contains(&answer) {
            self.count("alarm of a stranger");
        }
        if answer == (Answer::Live { renewed: false }) && session.may_send_cookie() && !self.truth.may_be_sent(id) {
            return self.violated("a superseded ID never leaves again", "it may be sent");
        }
        let (parent, minted) =
            if matches!(answer, Answer::Live { .. }) { (Some(id), opened_at) } else { (None, observed.now) };
        let new = renewed.map(|text| self.truth.minted(&text, parent, minted));
        self.requests[n].grip = self.truth.opened(id, answer, arrival, opened_at, new);
        self.check_data(n, session)
    }

    fn check_data(&self, n: usize, session: &Session) -> Result<(), Violation> {
        let grip = self.requests[n].grip;
        let expected = self.truth.data(grip);
        let found = Data::decode(session.payload());
        if found == expected || (found.is_empty() && self.truth.may_be_trimmed(grip)) {
            return Ok(());
        }
        self.violated("no update is lost and none is invented", format!("expected {expected:?}, found {found:?}"))
    }

    /// A session is bound to whom the reference says, and to nobody else.
    pub fn check_binding(&self, n: usize, session: &Session) -> Result<(), Violation> {
        let expected = self.truth.user_of(self.requests[n].grip);
        for (user, name) in NAMES.iter().enumerate() {
            if session.is_of(name.as_bytes()) != (expected == Some(user)) {
                return self.violated(BOUND, format!("expected {expected:?}, found that it is of {name}, or is not"));
            }
        }
        Ok(())
    }

    fn deliver(&mut self, n: usize) {
        let request = &self.requests[n];
        let who = request.visit.who;
        let jar = match &request.answer {
            SetCookie::None => return,
            SetCookie::Clear => None,
            SetCookie::Id(text) => Some(text.clone()),
        };
        if let Some(id) = jar.as_deref().and_then(|text| self.truth.known(text)) {
            self.witness.holds(who, id);
        }
        self.browser(who).jar = jar;
    }

    /// Remembers the handle of a session, which stays the same for as long as the record does.
    pub fn name(&mut self, n: usize) -> Result<(), Violation> {
        let request = &self.requests[n];
        let (Some(session), Some(record)) = (&request.session, self.truth.record_of(request.grip)) else {
            return Ok(());
        };
        let Some(handle) = session.handle() else {
            return Ok(());
        };
        match self.handles.iter().find(|(known, no)| *known == handle || *no == record) {
            None => self.handles.push((handle, record)),
            Some(known) if *known == (handle, record) => {}
            Some(_) => return self.violated(INDEX, "a handle names two sessions, or a session has two"),
        }
        Ok(())
    }

    pub fn record_of(&self, handle: &Handle) -> Option<RecordNo> {
        self.handles.iter().find(|(known, _)| known == handle).map(|(_, no)| *no)
    }

    /// What the engine says that `user` has, each of which is known to the reference.
    pub fn roster(&mut self, user: UserNo) -> Result<Vec<RecordNo>, Violation> {
        let now = self.observe().now;
        let infos = match self.engine.roster(&self.policy, NAMES[user].as_bytes()) {
            Ok(infos) => infos,
            Err(error) => return self.violated(WORKS, error.to_string()),
        };
        let perhaps = self.truth.living(user, now).perhaps;
        let mut found = Vec::new();
        for info in infos {
            match self.record_of(&info.handle) {
                Some(no) if perhaps.contains(&no) && self.truth.is_described(no, &info) => found.push(no),
                Some(no) if perhaps.contains(&no) => {
                    return self.violated(INDEX, format!("session {no} of {} is not {info:?}", NAMES[user]));
                }
                no => return self.violated(INDEX, format!("{} is said to have session {no:?}", NAMES[user])),
            }
        }
        Ok(found)
    }

    /// Every roster shows what lives, and no more than the cap allows.
    pub fn check_rosters(&mut self) -> Result<(), Violation> {
        let now = self.observe().now;
        for (user, name) in NAMES.iter().enumerate() {
            let found = self.roster(user)?;
            let living = self.truth.living(user, now);
            if let Some(missing) = living.surely.iter().find(|no| !found.contains(no)) {
                return self.violated(INDEX, format!("session {missing} of {name} is missing"));
            }
            if found.len() > self.policy.sessions_per_user as usize {
                return self.violated(CAP, format!("{name} has {} sessions", found.len()));
            }
        }
        Ok(())
    }

    /// Every ID that leads to what has ended is presented once more.
    fn check_graves(&mut self) -> Result<(), Violation> {
        let ended = self.truth.leading_somewhere().into_iter().filter(|(_, record)| self.truth.has_ended(*record));
        for (text, record) in ended {
            let open = Open {
                engine: Arc::clone(&self.engine),
                policy: Arc::clone(&self.policy),
                presented: Some(text),
                can_set_cookie: false,
                address: "",
                user_agent: "",
                access: Access::ReadOnly,
            };
            self.sink.clear();
            let Ok(Ok(session)) = open.start() else {
                return self.violated(WORKS, "a read-only request waits or is refused");
            };
            if session.denial().is_none() || !session.payload().is_empty() || session.is_bound() {
                return self.violated(OVER, format!("an ID of session {record}, which has ended, opens {session:?}"));
            }
            if self.sink.has(Kind::ObsoleteAccess) {
                return self.violated(ALARM, format!("session {record} has ended already"));
            }
        }
        Ok(())
    }
}
