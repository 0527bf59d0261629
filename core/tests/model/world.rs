//! The world in which a schedule happens: one engine, three browsers, simulated time; and the properties, checked at every answer.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use sidereal_core::clock::{Clock as _, Observed, TestClock, Watch};
use sidereal_core::engine::{Access, Engine, Refused, Setup};
use sidereal_core::event::Kind;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::session::{Outcome, Session, Snapshot};

use super::app::{Data, Delete, LoginNo};
use super::gate::{Heard, Open, Told, Waiter};
use super::play::{BEGIN, Collected, Ms, Tally, Violation};
use super::random::{Random, Seeded};
use super::schedule::{Cookie, Deed, Login, Mix, Schedule, Visit, What, Who};
use super::seen::{Seen, name_of, rule_of};
use super::truth::{Answer, Arrival, Client, Elevation, Grip, IdNo, Place, Truth, Why};

/// Plays `schedule` to its end or to the first violation.
pub fn play(schedule: &Schedule) -> Result<Tally, Violation> {
    let mut world = World::new(schedule);
    while let Some(Reverse((at, _, what))) = world.queue.pop() {
        world.clock.advance(Duration::from_millis(at - world.now));
        world.now = at;
        world.happen(what, schedule)?;
        world.wake()?;
    }
    Ok(world.tally)
}

struct World {
    _place: Option<tempfile::TempDir>,
    mix: Mix,
    now: Ms,
    clock: Arc<TestClock>,
    watch: Watch,
    sink: Arc<Collected>,
    engine: Arc<Engine>,
    policy: Arc<Policy>,
    truth: Truth,
    browsers: [Browser; 3],
    requests: Vec<Visiting>,
    /// Requests that wait for a session, first come first served.
    waiting: Vec<(usize, Waiter)>,
    queue: BinaryHeap<Reverse<(Ms, u64, Happening)>>,
    sequence: u64,
    logins: HashMap<LoginNo, LoggedIn>,
    notes: u32,
    tally: Tally,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Deed(usize),
    Arrive(usize),
    GiveUp(usize),
    Finish(usize),
    Deliver(usize),
}

#[derive(Default)]
struct Browser {
    jar: Option<String>,
    aside: Option<String>,
    belief: Option<Belief>,
}

/// The log-in that a client knows of, and the ID that its latest elevation came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Belief {
    login: LoginNo,
    tip: IdNo,
}

struct LoggedIn {
    who: Who,
    id: IdNo,
    ended: bool,
}

/// A request under way.
struct Visiting {
    visit: Visit,
    presented: Option<String>,
    belief: Option<Belief>,
    arrived: Option<Observed>,
    session: Option<Session>,
    grip: Grip,
    /// Whether it was opened as a snapshot.
    snapshot: bool,
    rotated: bool,
    /// What the session held, and what the application makes of it.
    read: Data,
    data: Data,
    /// An elevated ID, and whether it waits for something to be stored.
    elevated: Option<IdNo>,
    pending: Option<Delete>,
    login: Option<LoginNo>,
    answer: SetCookie,
}

enum SetCookie {
    None,
    Id(String),
    Clear,
}

impl World {
    fn new(schedule: &Schedule) -> Self {
        let policy = Arc::new(schedule.pace.policy(schedule.lock_failure));
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
        Self {
            _place: place,
            mix: schedule.mix,
            now: 0,
            watch: Watch::new(clock.read()),
            clock,
            sink,
            engine,
            truth: Truth::new(Policy::clone(&policy)),
            policy,
            browsers: [Browser::default(), Browser::default(), Browser::default()],
            requests: Vec::new(),
            waiting: Vec::new(),
            queue,
            sequence: schedule.deeds.len() as u64,
            logins: HashMap::new(),
            notes: 0,
            tally: Tally::new(),
        }
    }

    fn later(&mut self, delay: Ms, what: Happening) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now + delay, self.sequence, what)));
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn violated<T>(&self, rule: &'static str, story: impl Into<String>) -> Result<T, Violation> {
        Err(Violation { rule, at: self.now, story: story.into() })
    }

    fn observe(&mut self) -> Observed {
        self.watch.observe(self.clock.read())
    }

    fn happen(&mut self, what: Happening, schedule: &Schedule) -> Result<(), Violation> {
        match what {
            Happening::Deed(n) => self.deed(&schedule.deeds[n].deed),
            Happening::Arrive(n) => self.arrive(n),
            Happening::GiveUp(n) => self.give_up(n),
            Happening::Finish(n) => self.finish(n),
            Happening::Deliver(n) => {
                self.deliver(n);
                Ok(())
            }
        }
    }

    fn deed(&mut self, deed: &Deed) -> Result<(), Violation> {
        match deed {
            Deed::Visit(visit) => self.send(visit),
            Deed::Steal => {
                let stolen = self.browsers[Who::Victim as usize].jar.clone();
                self.browsers[Who::Thief as usize] = Browser { jar: stolen.clone(), aside: stolen, belief: None };
            }
            Deed::Plant => {
                let planted = self.browsers[Who::Planter as usize].jar.clone();
                self.browsers[Who::Planter as usize].aside.clone_from(&planted);
                self.browsers[Who::Victim as usize] = Browser { jar: planted, ..Browser::default() };
            }
            Deed::Sweep => {
                if self.engine.sweep(&self.policy, Duration::from_secs(1)).is_err() {
                    return self.violated("a store that works", "the sweep failed");
                }
            }
            Deed::Jump(by) => self.clock.jump(*by),
        }
        Ok(())
    }

    fn send(&mut self, visit: &Visit) {
        let browser = &mut self.browsers[visit.who as usize];
        let presented = if visit.cookie == Cookie::Aside { browser.aside.clone() } else { browser.jar.clone() };
        if visit.who == Who::Thief && presented.is_none() {
            return;
        }
        let belief = browser.belief;
        if matches!(visit.what, What::Logout { .. }) {
            browser.belief = None;
        }
        self.requests.push(Visiting {
            visit: visit.clone(),
            presented,
            belief,
            arrived: None,
            session: None,
            grip: Grip::Ghost,
            snapshot: false,
            rotated: false,
            read: Data::default(),
            data: Data::default(),
            elevated: None,
            pending: None,
            login: None,
            answer: SetCookie::None,
        });
        self.later(visit.travel, Happening::Arrive(self.requests.len() - 1));
    }

    fn arrive(&mut self, n: usize) -> Result<(), Violation> {
        self.sink.clear();
        let observed = self.observe();
        self.requests[n].arrived = Some(observed);
        let request = &self.requests[n];
        let open = Open {
            engine: Arc::clone(&self.engine),
            policy: Arc::clone(&self.policy),
            presented: request.presented.clone(),
            can_set_cookie: request.visit.what != What::Blind,
            address: "",
            user_agent: "",
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
            Heard::Waiting => self.violated("a bounded wait", "a request that gave up waits again"),
        }
    }

    fn opened(&mut self, n: usize, opened: Result<Session, Refused>) -> Result<(), Violation> {
        let session = match opened {
            Ok(session) => session,
            Err(Refused::Busy(_)) => {
                self.count("gave up");
                return Ok(());
            }
            Err(Refused::Broken(error)) => return self.violated("a store that works", error.to_string()),
        };
        self.answered(n, &session)?;
        let request = &mut self.requests[n];
        request.read = Data::decode(session.payload());
        request.data = request.read.clone();
        request.session = Some(session);
        self.check_reading(n)?;
        if self.requests[n].visit.what == What::Login(Login::RegenerateThenSet) {
            self.elevate(n, Delete::No)?;
        }
        let work = self.requests[n].visit.work;
        self.later(work, Happening::Finish(n));
        Ok(())
    }

    /// Compares what the engine answered with what the reference expects.
    fn answered(&mut self, n: usize, session: &Session) -> Result<(), Violation> {
        let opened_at = self.observe().now;
        let request = &self.requests[n];
        let Some(observed) = request.arrived else {
            return self.violated("a store that works", "answered before it arrived");
        };
        let what = request.visit.what;
        let leased = what != What::Glance && session.lock_notice().is_none();
        let (now, steady, can_set_cookie) = (observed.now, observed.steady, what != What::Blind);
        let arrival = Arrival { now, steady, can_set_cookie, leased, client: Client::default() };
        let renewed = session.is_replaced().then(|| session.id().expose());
        if renewed.as_deref().is_some_and(|text| self.truth.known(text).is_some()) {
            return self.violated("P8 a superseded ID never leaves again", "the new ID is an old one");
        }
        let alarm = self.sink.has(Kind::ObsoleteAccess);
        let Some(text) = self.requests[n].presented.clone() else {
            let new = renewed.map(|text| self.truth.minted(&text, None, observed.now));
            self.requests[n].grip = new.map_or(Grip::Ghost, |id| Grip::Unstored { id, presented: false, leased: true });
            return self.remember_cookie(n, session);
        };
        let Some(id) = self.truth.known(&text) else {
            return self.violated("a store that works", "the browser has an ID that nobody minted");
        };
        let seen = Seen { session, renewed: renewed.is_some(), alarm, leased, glance: what == What::Glance };
        let expected = self.truth.expect(id, arrival);
        let Some(answer) = expected.iter().copied().find(|answer| seen.fits(*answer)) else {
            let story = format!("{:?} expected {expected:?}, found {seen:?}", self.requests[n].visit.who);
            return self.violated(rule_of(expected[0]), story);
        };
        self.count(name_of(answer));
        if alarm && matches!(self.mix, Mix::Honest | Mix::Jumps) {
            return self.violated("P2 no honest client is accused", "obsolete_access");
        }
        if answer == (Answer::Live { renewed: false }) && session.may_send_cookie() && !self.truth.may_be_sent(id) {
            return self
                .violated("P8 a superseded ID never leaves again", "it may be sent, and is superseded or about to be");
        }
        self.believed(n, answer, observed.steady, session)?;
        let (parent, minted) =
            if matches!(answer, Answer::Live { .. }) { (Some(id), opened_at) } else { (None, observed.now) };
        let new = renewed.map(|text| self.truth.minted(&text, parent, minted));
        self.requests[n].grip = self.truth.opened(id, answer, arrival, opened_at, new);
        self.requests[n].snapshot = answer == Answer::Snapshot;
        self.requests[n].rotated = answer == Answer::Live { renewed: true };
        let expected = self.truth.data(self.requests[n].grip);
        let found = Data::decode(session.payload());
        let trimmed = found.is_empty() && self.truth.may_be_trimmed(self.requests[n].grip);
        if found != expected && !trimmed {
            return self.violated(
                "P7 no update is lost and none is invented",
                format!("expected {expected:?}, found {found:?}"),
            );
        }
        self.remember_cookie(n, session)
    }

    /// A cookie leaves only with a new ID.
    fn remember_cookie(&mut self, n: usize, session: &Session) -> Result<(), Violation> {
        if session.is_replaced() && !session.may_send_cookie() {
            return self.violated("P8 a new ID can be sent", "the ID was replaced, and no cookie may be sent");
        }
        if session.is_replaced() && self.requests[n].visit.what != What::Blind {
            self.requests[n].answer = SetCookie::Id(session.id().expose());
        }
        Ok(())
    }

    /// P1: a client that was told that it is logged in stays so.
    fn believed(&mut self, n: usize, answer: Answer, steady: bool, session: &Session) -> Result<(), Violation> {
        let request = &self.requests[n];
        let browser = &self.browsers[request.visit.who as usize];
        let (Some(belief), Who::Victim) = (request.belief, request.visit.who) else {
            return Ok(());
        };
        if browser.belief != request.belief || matches!(self.mix, Mix::ThiefBeforeLogin | Mix::ThiefAfterLogin) {
            return Ok(());
        }
        let user = Data::decode(session.payload()).user;
        match answer {
            Answer::Fresh(Why::Idle | Why::Absolute) => self.give_up_belief("log-in over: its time was up"),
            Answer::Fresh(Why::SiblingsExhausted) => self.give_up_belief("log-in over: three successors lost"),
            Answer::Fresh(Why::ElevationLost) => self.give_up_belief("log-in over: answer of an elevation lost"),
            Answer::Fresh(_) if !steady => self.give_up_belief("log-in over: clock jumped"),
            Answer::Live { .. }
                if user.is_some_and(|user| user >= belief.login && self.logins[&user].who == Who::Victim) => {}
            Answer::Snapshot | Answer::Ghost(Why::Superseded) => {}
            _ => {
                return self
                    .violated("P1 an honest client stays logged in", format!("found {answer:?}, user {user:?}"));
            }
        }
        Ok(())
    }

    fn give_up_belief(&mut self, why: &'static str) {
        self.count(why);
        self.browsers[Who::Victim as usize].belief = None;
    }

    /// P4, P5, P6: what was written under a log-in is read under IDs that came from it, until its log-out.
    fn check_reading(&self, n: usize) -> Result<(), Violation> {
        let request = &self.requests[n];
        let reader = request.presented.as_deref().and_then(|text| self.truth.known(text));
        for login in request.read.logins() {
            let LoggedIn { id, ended, who } = &self.logins[&login];
            if !reader.is_some_and(|reader| self.truth.descends(reader, *id)) {
                let story = format!("{:?} reads what was written under log-in {login} of {who:?}", request.visit.who);
                return self.violated("P4, P5 no ID from before a log-in reads what came after", story);
            }
            if *ended && !self.truth.is_fork(request.grip) {
                return self
                    .violated("P6 what is logged out stays out", format!("data of log-in {login} after its log-out"));
            }
        }
        Ok(())
    }

    fn elevate(&mut self, n: usize, delete: Delete) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        let snapshot = if delete == Delete::Yes { Snapshot::Empty } else { Snapshot::AsRead };
        let done = session.elevate(snapshot).map(drop).and_then(|()| session.settle());
        let text = session.id().expose();
        if let Err(error) = done {
            return self.violated("a store that works", error.to_string());
        }
        if let Some(old) = self.truth.known(&text) {
            // What has ended is not carried on under another ID.
            if matches!(request.grip, Grip::Ended) && request.elevated == Some(old) {
                return self.check_cookie(n);
            }
            return self.violated("P8 a superseded ID never leaves again", "the elevated ID is an old one");
        }
        let parent = request.elevated.or(request.presented.as_deref().and_then(|text| self.truth.known(text)));
        let served = !matches!(request.grip, Grip::Ghost | Grip::Unstored { presented: false, .. });
        let to = self.truth.minted(&text, parent.filter(|_| served), now);
        request.elevated = Some(to);
        if matches!(request.grip, Grip::Live { .. }) || !request.read.is_empty() {
            let read = &request.read;
            if !self.truth.elevated(&mut request.grip, &Elevation::anonymous(to, delete, read, read), now) {
                self.truth.dropped(to);
            }
        } else {
            request.pending = Some(delete);
        }
        self.check_cookie(n)
    }

    /// The cookie of a session whose ID has been replaced, as it stands now.
    fn check_cookie(&mut self, n: usize) -> Result<(), Violation> {
        let request = &mut self.requests[n];
        let Some(session) = &request.session else {
            return Ok(());
        };
        let sent = session.is_replaced() && session.may_send_cookie();
        let text = session.id().expose();
        if sent && self.truth.known(&text).is_some_and(|id| self.truth.is_lost(id)) {
            return self.violated("P8 a cookie that is sent leads somewhere", "the elevation was dropped");
        }
        request.answer = if sent { SetCookie::Id(text) } else { SetCookie::None };
        Ok(())
    }

    fn finish(&mut self, n: usize) -> Result<(), Violation> {
        match self.requests[n].visit.what {
            What::Crash | What::Glance => {}
            What::Logout { cleared } => self.log_out(n, cleared)?,
            What::Read => self.commit(n)?,
            What::Note | What::Blind => {
                self.notes += 1;
                let number = self.notes;
                self.requests[n].data.write(number);
                self.commit(n)?;
            }
            What::Regenerate(delete) => {
                self.elevate(n, delete)?;
                self.commit(n)?;
            }
            What::Login(login) => {
                match login {
                    Login::SetThenRegenerate(delete) => self.elevate(n, delete)?,
                    Login::RegenerateThenSet => {}
                    Login::Twice => {
                        self.elevate(n, Delete::No)?;
                        self.elevate(n, Delete::No)?;
                    }
                }
                self.log_in(n)?;
            }
        }
        self.requests[n].session = None;
        if let Some(back) = self.requests[n].visit.back {
            self.later(back, Happening::Deliver(n));
        }
        Ok(())
    }

    fn log_in(&mut self, n: usize) -> Result<(), Violation> {
        let login = LoginNo::try_from(self.logins.len() + 1).unwrap_or(LoginNo::MAX);
        let request = &mut self.requests[n];
        let Some(id) = request.elevated else {
            return Ok(());
        };
        self.logins.insert(login, LoggedIn { who: request.visit.who, id, ended: false });
        request.data.user = Some(login);
        request.login = Some(login);
        self.commit(n)
    }

    fn commit(&mut self, n: usize) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        let outcome = match session.commit(&request.data.encode()) {
            Ok(outcome) => outcome,
            Err(error) => return self.violated("a store that works", error.to_string()),
        };
        let stored = match (request.pending.take(), request.elevated) {
            (Some(_), Some(id)) if request.data.is_empty() => {
                request.grip = Grip::Unstored { id, presented: false, leased: true };
                true
            }
            (Some(delete), Some(to)) => {
                let elevation = Elevation::anonymous(to, delete, &request.read, &request.data);
                self.truth.elevated(&mut request.grip, &elevation, now)
            }
            _ => self.truth.written(&mut request.grip, &request.read, &request.data, now),
        };
        if !stored {
            request.login = None;
        }
        // Where nothing has changed there is nothing to store, and nothing to drop.
        let unchanged = request.data == request.read;
        match outcome {
            Outcome::Done if stored || unchanged => Ok(()),
            Outcome::Dropped(_) if !stored => {
                self.count("write dropped");
                Ok(())
            }
            Outcome::Done => {
                self.violated("P6 what is logged out stays out", "a write was stored that had to be dropped")
            }
            Outcome::Dropped(why) | Outcome::Lost(why) => {
                self.violated("P7 no update is lost and none is invented", why)
            }
        }
    }

    fn log_out(&mut self, n: usize, cleared: bool) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        if let Err(error) = session.logout(cleared) {
            return self.violated("a store that works", error.to_string());
        }
        self.truth.logged_out(request.grip, cleared, now);
        // A fork is a family of its own: its log-out says nothing of the session that it came from.
        let whole = matches!(request.grip, Grip::Live { leased: true, .. }) && !self.truth.is_fork(request.grip);
        if let (Some(user), true) = (request.read.user, whole)
            && let Some(login) = self.logins.get_mut(&user)
        {
            login.ended = true;
        }
        if cleared {
            request.answer = SetCookie::Clear;
        }
        Ok(())
    }

    fn deliver(&mut self, n: usize) {
        let request = &self.requests[n];
        let (who, login) = (request.visit.who, request.login);
        let browser = &mut self.browsers[who as usize];
        let cookie = match &request.answer {
            SetCookie::None => return,
            SetCookie::Clear => None,
            SetCookie::Id(text) => self.truth.known(text),
        };
        browser.jar = match &request.answer {
            SetCookie::Id(text) => Some(text.clone()),
            SetCookie::None | SetCookie::Clear => None,
        };
        if who != Who::Victim {
            return;
        }
        let before = browser.belief;
        browser.belief = match (before, login, cookie) {
            (_, Some(login), Some(tip)) if self.truth.lives(tip) => Some(Belief { login, tip }),
            (Some(belief), _, Some(id)) if self.truth.descends(id, belief.tip) => {
                let tip = request.elevated.filter(|elevated| *elevated == id).unwrap_or(belief.tip);
                Some(Belief { tip, ..belief })
            }
            // The answer to a request from before the log-in came after it: no server can tell a browser to ignore it.
            _ => None,
        };
        // The empty snapshot of `session_regenerate_id(true)`, regenerated by a request that was in flight.
        let emptied = request.snapshot && request.data.user.is_none();
        if emptied {
            browser.belief = None;
        }
        if before.is_some() && browser.belief.is_none() {
            self.count(match self.requests[n].answer {
                _ if emptied => "log-in over: an empty snapshot was regenerated",
                SetCookie::Id(_) if self.requests[n].elevated.is_some() => {
                    "log-in over: overtaken by an older elevation"
                }
                SetCookie::Id(_) if self.requests[n].rotated => "log-in over: overtaken by an older rotation",
                SetCookie::Id(_) => "log-in over: overtaken by an older fresh session",
                SetCookie::Clear | SetCookie::None => "log-in over: overtaken by an older log-out",
            });
        }
    }
}

impl Truth {
    /// Whether `id` leads to a record that has not ended.
    pub fn lives(&self, id: IdNo) -> bool {
        matches!(self.ids[id].place, Place::In(record, _) if self.records[record].ended.is_none())
    }

    pub fn is_fork(&self, grip: Grip) -> bool {
        matches!(grip, Grip::Live { record, .. } | Grip::Snapshot { record } if self.records[record].fork)
    }
}
