//! Schedules of several users with several devices each, and a thief, drawn from a seed.

use std::fmt;
use std::time::Duration;

use sidereal_core::policy::{CapReached, ClientChange, LockFailure, OnObsolete, Policy};

use crate::model::app::Delete;
use crate::model::kept::Kept;
use crate::model::play::{Ms, Playable, Tally, Timed, Violation, millis, seconds};
use crate::model::random::Random;
use crate::model::truth::UserNo;

use super::world;

/// Everything that happens, in the order of its time.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Seeds the engine's random bytes, and names the schedule.
    pub seed: u64,
    pub store: Kept,
    pub rules: Rules,
    /// What the thief's browser looks like.
    pub thief: Disguise,
    pub deeds: Vec<Timed<Deed>>,
}

/// What differs from policy to policy.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub cap: u32,
    pub cap_reached: CapReached,
    pub on_obsolete: OnObsolete,
    pub lock_failure: LockFailure,
    pub absolute: Duration,
    pub rotate: Duration,
    pub touch: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disguise {
    /// As the device that the cookie was stolen from.
    Perfect,
    /// From another network.
    Elsewhere,
    /// Another browser in another network.
    None,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    Device(usize),
    Thief,
}

pub const USERS: usize = 2;
pub const DEVICES: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Visit(Visit),
    /// The thief copies the cookie of a device.
    Steal(usize),
    /// An administrator signs one user out, or everybody.
    SignOut(Option<UserNo>),
    Sweep,
}

/// One request and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub who: Party,
    pub what: What,
    /// Whether it presents the cookie that was stolen, whatever has come since.
    pub aside: bool,
    /// From the browser to `session_start()`.
    pub travel: Ms,
    /// With the session open.
    pub work: Ms,
    /// From the end of the session to the browser; `None`: lost.
    pub back: Option<Ms>,
}

/// What the application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Read,
    /// `read_and_close`.
    Glance,
    /// Reads, adds a note, writes.
    Note,
    /// As `Note`, and no cookie can be sent.
    Blind,
    /// As `Note`, but dies before it writes.
    Crash,
    Login(UserNo, When),
    /// The user proves once more who they are, for one payment.
    Prove,
    /// Does what needs that proof. `True`: after a regeneration that it does not live to store.
    Pay(Doomed),
    Regenerate(Delete),
    Logout {
        cleared: bool,
    },
    SignOut(Which),
}

/// When a log-in is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At the beginning of the request, and the rest at its end.
    AtOnce,
    AtTheEnd,
}

/// Whether a request dies before it has stored anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doomed {
    No,
    Yes,
}

/// Which sessions a user signs out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One that was theirs at some time: a list may have been shown long ago.
    One(usize),
    /// One of another user.
    Foreign(usize),
    Others,
    All,
}

impl Rules {
    pub fn policy(self) -> Policy {
        let secs = Duration::from_secs;
        let Self { cap, cap_reached, on_obsolete, lock_failure, absolute, rotate, touch } = self;
        let policy = Policy {
            idle: secs(300),
            absolute,
            rotate,
            grace: secs(40),
            alarm_after: secs(90),
            touch,
            lock_wait: secs(3),
            lock_failure,
            sessions_per_user: cap,
            cap_reached,
            on_obsolete,
            // What a stranger with a good ID gets is not looked at here.
            client_change: ClientChange::Event,
            ..Policy::default()
        };
        policy.validated().expect("a policy without contradictions")
    }
}

impl Playable for Schedule {
    type Deed = Deed;

    fn deeds(&self) -> &[Timed<Deed>] {
        &self.deeds
    }

    fn with(&self, deeds: Vec<Timed<Deed>>) -> Self {
        Self { deeds, ..self.clone() }
    }

    fn play(&self) -> Result<Tally, Violation> {
        world::play(self)
    }

    fn simpler(deed: &Deed) -> Vec<Deed> {
        const SIMPLER: [fn(&mut Visit); 5] = [
            |visit| visit.travel = 0,
            |visit| visit.work = 0,
            |visit| visit.back = visit.back.map(|_| 0),
            |visit| visit.back = Some(0),
            |visit| visit.what = What::Note,
        ];
        let Deed::Visit(visit) = deed else { return Vec::new() };
        let simplified = SIMPLER.map(|simpler| {
            let mut visit = visit.clone();
            simpler(&mut visit);
            Deed::Visit(visit)
        });
        simplified.into()
    }
}

/// Draws the schedule that `seed` names.
pub fn draw(store: Kept, seed: u64) -> Schedule {
    let mut random = Random(seed);
    let rules = Rules {
        cap: random.pick(&[(2, 1), (3, 2), (3, 3)]),
        cap_reached: random.pick(&[(1, CapReached::Evict), (1, CapReached::Refuse)]),
        on_obsolete: random.pick(&[(3, OnObsolete::RevokeFamily), (2, OnObsolete::RevokeUser), (1, OnObsolete::Deny)]),
        lock_failure: random.pick(&[(1, LockFailure::Fail), (1, LockFailure::ReadOnly)]),
        absolute: Duration::from_secs(random.pick(&[(1, 400), (1, 900)])),
        rotate: Duration::from_secs(random.pick(&[(3, 120), (1, 60)])),
        touch: Duration::from_secs(random.pick(&[(1, 2), (1, 15)])),
    };
    let thief = random.pick(&[(2, Disguise::Perfect), (1, Disguise::Elsewhere), (2, Disguise::None)]);
    let theft = if random.percent(75) { 12 } else { 0 };
    let loss = random.pick(&[(4, 0), (2, 10), (1, 35)]);
    let mut drawing = Drawing { random, policy: rules.policy(), loss, theft, stolen: false, now: 0, deeds: Vec::new() };
    drawing.fill();
    let mut deeds = drawing.deeds;
    deeds.sort_by_key(|timed| timed.at);
    Schedule { seed, store, rules, thief, deeds }
}

struct Drawing {
    random: Random,
    policy: Policy,
    /// In percent: answers that are lost, and chances for a theft.
    loss: u64,
    theft: u64,
    stolen: bool,
    now: Ms,
    deeds: Vec<Timed<Deed>>,
}

impl Drawing {
    fn fill(&mut self) {
        for _ in 0..self.random.within(6, 13) {
            let device = self.number(DEVICES);
            if self.random.percent(12) {
                self.payment(device);
            } else {
                self.pages(device);
            }
            self.others();
            self.pause();
        }
    }

    /// A page and what it loads, in parallel. A log-in may be double-clicked.
    fn pages(&mut self, device: usize) {
        for _ in 0..self.random.pick(&[(4, 1), (3, 2), (2, 3)]) {
            let what = self.page(device);
            self.visit(Party::Device(device), what);
            self.now += self.random.pick(&[(3, 0), (3, 50), (2, 400), (2, 4000)]);
            if matches!(what, What::Login(..) | What::Prove | What::Regenerate(_)) && self.random.percent(30) {
                self.visit(Party::Device(device), what);
            }
        }
    }

    /// A proof, and slow requests that would all like to use it.
    fn payment(&mut self, device: usize) {
        self.visit(Party::Device(device), What::Prove);
        self.now += 20_000;
        for _ in 0..self.random.within(2, 4) {
            let what = self.random.pick(&[
                (4, What::Pay(Doomed::No)),
                (1, What::Pay(Doomed::Yes)),
                (2, What::Read),
                (1, What::Glance),
                (1, What::Regenerate(Delete::No)),
            ]);
            self.slow_visit(Party::Device(device), what);
            self.now += self.random.within(0, 2000);
        }
        self.now += 20_000;
        self.visit(Party::Device(device), What::Pay(Doomed::No));
    }

    /// What others do while the requests of a device are under way.
    fn others(&mut self) {
        if self.random.percent(10) {
            let device = self.number(DEVICES);
            let which = self.which();
            self.visit(Party::Device(device), What::SignOut(which));
        }
        if self.random.percent(4) {
            let user = self.number(3 * USERS + 1) / 3;
            self.deed(Deed::SignOut(Some(user).filter(|user| *user < USERS)));
        }
        if self.random.percent(10) {
            self.deed(Deed::Sweep);
        }
        if self.random.percent(self.theft) {
            let device = self.number(DEVICES);
            self.theft(device);
        }
        if self.stolen && self.random.percent(50) {
            if self.random.percent(50) {
                self.pause();
            }
            for _ in 0..self.random.within(1, 2) {
                let what = self.thief_page();
                self.visit(Party::Thief, what);
            }
        }
    }

    /// The thief copies a cookie, the victim goes on, and so does the thief.
    fn theft(&mut self, device: usize) {
        self.deed(Deed::Steal(device));
        self.stolen = true;
        for _ in 0..self.random.within(0, 3) {
            self.now += millis(self.policy.rotate) * self.random.within(20, 105) / 100;
            let what = self.random.pick(&[(6, What::Note), (1, What::Prove), (1, What::Regenerate(Delete::No))]);
            self.visit(Party::Device(device), what);
        }
        self.now += millis(self.policy.alarm_after) * self.random.within(40, 120) / 100;
        let what = self.random.pick(&[(2, What::Read), (2, What::Note), (1, What::Glance)]);
        let (travel, work, back) = (0, 0, Some(0));
        self.deed(Deed::Visit(Visit { who: Party::Thief, what, aside: true, travel, work, back }));
    }

    fn number(&mut self, below: usize) -> usize {
        usize::try_from(self.random.below(below as u64)).unwrap_or(0)
    }

    fn deed(&mut self, deed: Deed) {
        self.deeds.push(Timed { at: self.now, deed });
    }

    fn page(&mut self, device: usize) -> What {
        match self.random.below(100) {
            // Mostly whose device it is, now and then somebody else.
            0..=23 => {
                let user = if self.random.percent(85) { device % USERS } else { self.number(USERS) };
                What::Login(user, self.random.pick(&[(1, When::AtOnce), (1, When::AtTheEnd)]))
            }
            24..=28 => What::Prove,
            29..=32 => What::Pay(self.random.pick(&[(3, Doomed::No), (1, Doomed::Yes)])),
            33..=37 => What::Regenerate(self.random.pick(&[(1, Delete::No), (1, Delete::Yes)])),
            38..=40 => What::Logout { cleared: self.random.percent(60) },
            41..=43 => What::SignOut(self.which()),
            _ => self.plain_page(),
        }
    }

    fn which(&mut self) -> Which {
        match self.random.below(10) {
            0..=3 => Which::One(self.number(8)),
            4 => Which::Foreign(self.number(8)),
            5..=7 => Which::Others,
            _ => Which::All,
        }
    }

    fn plain_page(&mut self) -> What {
        self.random.pick(&[(15, What::Read), (15, What::Glance), (50, What::Note), (5, What::Blind), (4, What::Crash)])
    }

    fn thief_page(&mut self) -> What {
        match self.random.below(100) {
            0..=7 => What::Regenerate(Delete::No),
            8..=10 => What::Logout { cleared: self.random.percent(50) },
            11..=14 => What::SignOut(self.which()),
            15..=19 => What::Login(self.number(USERS), When::AtTheEnd),
            20..=25 => What::Pay(Doomed::No),
            _ => self.plain_page(),
        }
    }

    /// An answer and the upload after it together take less than the alarm time: nobody can tell a longer one from a theft.
    fn visit(&mut self, who: Party, what: What) {
        let quick = !self.random.percent(25);
        self.visit_at(who, what, quick);
    }

    fn slow_visit(&mut self, who: Party, what: What) {
        self.visit_at(who, what, false);
    }

    fn visit_at(&mut self, who: Party, what: What, quick: bool) {
        let grace = millis(self.policy.grace);
        let [travel, work, back] = [grace / 6, grace / 3, grace / 3].map(|most| if quick { most / 100 } else { most });
        let replaces = matches!(what, What::Login(..) | What::Prove | What::Regenerate(_) | What::Logout { .. });
        let upload = !replaces && self.random.percent(4);
        let travel = if upload { millis(self.policy.alarm_after) - grace / 2 } else { travel };
        let travel = self.random.within(0, travel);
        let work = if what == What::Glance { 0 } else { self.random.within(0, work) };
        let back = if self.random.percent(self.loss) { None } else { Some(self.random.within(0, back)) };
        let aside = who == Party::Thief && self.random.percent(60);
        self.deed(Deed::Visit(Visit { who, what, aside, travel, work, back }));
    }

    fn pause(&mut self) {
        let Policy { idle, absolute, rotate, grace, alarm_after, .. } = self.policy;
        let (base, from, to) = self.random.pick(&[
            (30, (Duration::from_secs(1), 20, 500)),
            (10, (Duration::from_secs(15), 60, 160)),
            (14, (grace, 30, 150)),
            (14, (alarm_after, 80, 130)),
            (20, (rotate, 90, 115)),
            (5, (idle, 30, 60)),
            (2, (idle, 100, 110)),
            (1, (absolute, 95, 105)),
        ]);
        self.now += millis(base) * self.random.within(from, to) / 100;
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, store, rules, thief, deeds } = self;
        writeln!(f, "{store:?}, {rules:?}, disguise of the thief {thief:?}, schedule seed {seed}:")?;
        for Timed { at, deed } in deeds {
            writeln!(f, "  {:>10.3} s  {deed}", seconds(*at))?;
        }
        Ok(())
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visit(Visit { who, what, aside, travel, work, back }) => {
                let aside = if *aside { ", with the stolen cookie" } else { "" };
                write!(f, "{who:?}: {what:?}{aside}; arrives after {travel} ms, has the session for {work} ms, ")?;
                match back {
                    Some(back) => write!(f, "answered {back} ms later"),
                    None => f.write_str("answer lost"),
                }
            }
            other => write!(f, "{other:?}"),
        }
    }
}
