//! Schedules: who does what when, drawn from a seed and printed so that a person can follow.

use std::fmt;
use std::time::Duration;

use sidereal_core::policy::{LockFailure, Policy, Profile};

use super::app::Delete;
use super::kept::Kept;
use super::play::{Ms, Playable, Tally, Timed, Violation, millis, seconds};
use super::random::Random;
use super::world;

/// Everything that happens, in the order of its time.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Seeds the engine's random bytes, and names the schedule.
    pub seed: u64,
    pub store: Kept,
    pub mix: Mix,
    pub pace: Pace,
    pub lock_failure: LockFailure,
    pub deeds: Vec<Timed<Deed>>,
}

/// Which actors take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    Honest,
    /// Honest, while the wall clock jumps.
    Jumps,
    ThiefBeforeLogin,
    ThiefAfterLogin,
    Planter,
}

/// Which policy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Standard,
    High,
    /// Everything short, so that the absolute timeout comes soon.
    Tight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Victim,
    Thief,
    Planter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Visit(Visit),
    /// The thief copies the victim's cookie.
    Steal,
    /// The planter puts a cookie of theirs into the victim's browser.
    Plant,
    Sweep,
    /// Wall time moves by so many milliseconds while no time passes.
    Jump(i64),
}

/// One request and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub who: Who,
    pub what: What,
    pub cookie: Cookie,
    /// From the browser to `session_start()`.
    pub travel: Ms,
    /// With the session open.
    pub work: Ms,
    /// From the end of the session to the browser; `None`: lost.
    pub back: Option<Ms>,
}

/// Which cookie a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    Jar,
    /// The one that was stolen or planted, whatever has come since.
    Aside,
}

/// What the application does. It knows nothing of Sidereal.
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
    Login(Login),
    Regenerate(Delete),
    /// `session_destroy()`; `cleared`: and drops the cookie.
    Logout {
        cleared: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    SetThenRegenerate(Delete),
    RegenerateThenSet,
    /// Regenerates twice in one request.
    Twice,
}

impl Pace {
    pub fn policy(self, lock_failure: LockFailure) -> Policy {
        let base = match self {
            Self::Standard => Policy::of(Profile::Standard),
            Self::High => Policy::of(Profile::High),
            Self::Tight => {
                let secs = Duration::from_secs;
                let [idle, absolute, rotate] = [secs(300), secs(1200), secs(150)];
                Policy {
                    idle,
                    absolute,
                    rotate,
                    grace: secs(40),
                    alarm_after: secs(90),
                    touch: secs(15),
                    ..Policy::default()
                }
            }
        };
        Policy { lock_failure, ..base }.validated().expect("a policy without contradictions")
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
pub fn draw(store: Kept, mix: Mix, seed: u64) -> Schedule {
    let mut random = Random(seed);
    let pace = random.pick(&[(5, Pace::Standard), (2, Pace::High), (4, Pace::Tight)]);
    let read_only = if mix == Mix::Planter { 3 } else { 1 };
    let lock_failure = random.pick(&[(3, LockFailure::Fail), (read_only, LockFailure::ReadOnly)]);
    let loss = random.pick(&[(4, 0), (2, 10), (2, 40)]);
    let policy = pace.policy(lock_failure);
    let lurks = random.percent(25);
    let mut drawing = Drawing { random, policy, loss, lurks, now: 0, deeds: Vec::new() };
    drawing.fill(mix);
    let mut deeds = drawing.deeds;
    deeds.sort_by_key(|timed| timed.at);
    Schedule { seed, store, mix, pace, lock_failure, deeds }
}

struct Drawing {
    random: Random,
    policy: Policy,
    loss: u64,
    /// A thief who keeps what the stolen cookie brought and uses it late.
    lurks: bool,
    now: Ms,
    deeds: Vec<Timed<Deed>>,
}

impl Drawing {
    fn fill(&mut self, mix: Mix) {
        if mix == Mix::Planter {
            for _ in 0..self.random.within(1, 3) {
                self.visit(Who::Planter, Self::anonymous_page);
                self.pause();
            }
            self.deed(Deed::Plant);
        }
        // A first page alone, so that the browser has one cookie and not several.
        self.page_of(Who::Victim, What::Note, 1, Cookie::Jar, 0);
        self.now += 2000;
        let clusters = self.random.within(5, 11);
        let login = self.random.within(0, 3);
        let theft = match mix {
            Mix::ThiefBeforeLogin => Some(self.random.within(0, login)),
            Mix::ThiefAfterLogin => Some(self.random.within(login + 1, login + 3)),
            _ => None,
        };
        for n in 0..clusters {
            if theft == Some(n) {
                self.deed(Deed::Steal);
                self.now += 1;
            }
            if n == login {
                self.crowd(mix);
                self.log_in(Who::Victim);
                self.crowd(mix);
            } else {
                self.cluster(mix);
            }
            self.lurks &= n < clusters * 2 / 3;
            self.strangers(mix, theft.is_some_and(|at| n >= at));
            self.pause();
            if mix == Mix::Jumps && self.random.percent(30) {
                let hour = 3_600_000;
                let jump =
                    self.random.pick(&[(3, hour), (3, -hour), (1, 600_000), (1, -600_000), (1, 400 * 24 * hour)]);
                self.deed(Deed::Jump(jump));
            }
            // How a sweep takes a jump is the stores' and the clock's own tests' business.
            if mix != Mix::Jumps && self.random.percent(6) {
                self.deed(Deed::Sweep);
            }
        }
        self.now += 2 * millis(self.policy.grace);
        self.page_of(Who::Victim, What::Read, 1, Cookie::Jar, 0);
    }

    fn deed(&mut self, deed: Deed) {
        self.deeds.push(Timed { at: self.now, deed });
    }

    /// A page and what it loads, in parallel.
    fn cluster(&mut self, mix: Mix) {
        let page = match mix {
            Mix::Honest | Mix::Jumps => Self::page,
            _ => Self::plain_page,
        };
        for _ in 0..self.random.pick(&[(4, 1), (3, 2), (2, 3), (1, 5)]) {
            self.visit(Who::Victim, page);
            self.now += self.random.pick(&[(3, 0), (3, 50), (2, 400), (1, 3000)]);
        }
    }

    fn log_in(&mut self, who: Who) {
        let what = self.login();
        let doubled = self.random.percent(30);
        self.page_of(who, What::Login(what), 2, Cookie::Jar, self.loss / 4);
        if doubled {
            self.now += self.random.within(0, 400);
            self.page_of(who, What::Login(what), 2, Cookie::Jar, 0);
        }
        if self.random.percent(40) {
            self.visit(who, Self::plain_page);
        }
    }

    /// The planter is busy with the planted ID while the victim logs in.
    fn crowd(&mut self, mix: Mix) {
        if mix == Mix::Planter && self.random.percent(50) {
            let what = self.planter_page();
            self.slow_page(Who::Planter, what);
            self.now += self.random.within(0, 400);
        }
    }

    fn login(&mut self) -> Login {
        self.random.pick(&[
            (4, Login::SetThenRegenerate(Delete::No)),
            (3, Login::SetThenRegenerate(Delete::Yes)),
            (3, Login::RegenerateThenSet),
            (1, Login::Twice),
        ])
    }

    fn strangers(&mut self, mix: Mix, has_stolen: bool) {
        let (who, active) = match mix {
            Mix::Honest | Mix::Jumps => return,
            Mix::ThiefBeforeLogin | Mix::ThiefAfterLogin => (Who::Thief, has_stolen),
            Mix::Planter => (Who::Planter, true),
        };
        if !active || self.random.percent(35) {
            return;
        }
        if self.random.percent(60) {
            self.pause();
        }
        for _ in 0..self.random.within(1, 2) {
            let page = if who == Who::Planter { Self::planter_page } else { Self::thief_page };
            self.visit(who, page);
        }
    }

    fn visit(&mut self, who: Who, page: fn(&mut Self) -> What) {
        let what = page(self);
        let aside = if self.lurks { 100 } else { 60 };
        let cookie = if who != Who::Victim && self.random.percent(aside) { Cookie::Aside } else { Cookie::Jar };
        self.page_of(who, what, 3, cookie, self.loss);
    }

    fn page(&mut self) -> What {
        match self.random.below(100) {
            0..=5 => What::Login(self.login()),
            6..=9 => What::Logout { cleared: self.random.percent(60) },
            10..=13 => What::Regenerate(self.random.pick(&[(1, Delete::No), (1, Delete::Yes)])),
            _ => self.plain_page(),
        }
    }

    fn plain_page(&mut self) -> What {
        self.random.pick(&[
            (30, What::Read),
            (20, What::Glance),
            (35, What::Note),
            (5, What::Blind),
            (4, What::Crash),
            (3, What::Logout { cleared: true }),
            (2, What::Logout { cleared: false }),
        ])
    }

    fn anonymous_page(&mut self) -> What {
        self.random.pick(&[(3, What::Note), (1, What::Read), (1, What::Regenerate(Delete::No))])
    }

    fn thief_page(&mut self) -> What {
        self.random.pick(&[
            (30, What::Read),
            (20, What::Note),
            (20, What::Glance),
            (6, What::Regenerate(Delete::No)),
            (3, What::Logout { cleared: true }),
        ])
    }

    fn planter_page(&mut self) -> What {
        match self.random.below(100) {
            0..=9 => What::Login(self.login()),
            10..=19 => What::Regenerate(self.random.pick(&[(1, Delete::No), (1, Delete::Yes)])),
            20..=39 => What::Logout { cleared: self.random.percent(50) },
            _ => self.thief_page(),
        }
    }

    fn slow_page(&mut self, who: Who, what: What) {
        let most = millis(self.policy.grace) / 3;
        let work = self.random.within(most / 2, most);
        self.deed(Deed::Visit(Visit { who, what, cookie: Cookie::Aside, travel: 0, work, back: Some(0) }));
    }

    /// Mostly delays stay so short that whoever is superseded meanwhile is within the grace when the request arrives. An upload may take longer, and so
    /// may what a slow page does after it has closed the session, unless its cookie carries a log-in.
    fn page_of(&mut self, who: Who, what: What, hurry: u64, cookie: Cookie, loss: u64) {
        let grace = millis(self.policy.grace);
        let quick = !self.random.percent(10 * hurry);
        let [travel, work, mut back] =
            [grace / 6, grace / 3, grace / 3].map(|most| if quick { most / 100 } else { most });
        let replaces = matches!(what, What::Login(_) | What::Regenerate(_) | What::Logout { .. });
        if !replaces && !quick && self.random.percent(30) {
            back = millis(self.policy.rotate) * 2 / 3;
        }
        let upload = !replaces && who == Who::Victim && self.random.percent(4);
        let travel = if upload { millis(self.policy.alarm_after) * 9 / 10 } else { travel };
        let travel = self.random.within(0, travel);
        let work = if what == What::Glance { 0 } else { self.random.within(0, work) };
        let back = if self.random.percent(loss) { None } else { Some(self.random.within(0, back)) };
        self.deed(Deed::Visit(Visit { who, what, cookie, travel, work, back }));
    }

    fn pause(&mut self) {
        let Policy { idle, absolute, rotate, grace, alarm_after, .. } = self.policy;
        let (base, from, to) = self.random.pick(&[
            (25, (Duration::from_secs(1), 20, 500)),
            (10, (Duration::from_secs(15), 60, 160)),
            (14, (grace, 30, 150)),
            (14, (alarm_after, 80, 130)),
            (22, (rotate, 90, 115)),
            (9, (idle, 50, 90)),
            (3, (idle, 100, 130)),
            (1, (absolute, 95, 105)),
        ]);
        self.now += millis(base) * self.random.within(from, to) / 100;
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:?}, {:?} policy, lock failure {:?}, schedule seed {}:",
            self.mix, self.pace, self.lock_failure, self.seed
        )?;
        for Timed { at, deed } in &self.deeds {
            writeln!(f, "  {:>10.3} s  {deed}", seconds(*at))?;
        }
        Ok(())
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visit(visit) => {
                let Visit { who, what, cookie, travel, work, back } = visit;
                let aside = if *cookie == Cookie::Aside { ", with the cookie kept aside" } else { "" };
                write!(f, "{who:?}: {what:?}{aside}; arrives after {travel} ms, has the session for {work} ms, ")?;
                match back {
                    Some(back) => write!(f, "answered {back} ms later"),
                    None => f.write_str("answer lost"),
                }
            }
            Self::Jump(by) => write!(f, "the wall clock jumps by {} s", by / 1000),
            other => write!(f, "{other:?}"),
        }
    }
}
