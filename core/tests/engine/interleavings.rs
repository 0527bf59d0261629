//! Auto-login among two tabs and a thief, in any order: requests take their time, responses get lost. An honest browser is never logged out; a thief
//! and a victim who both go on are always found out; and a token logs in once, unless the response may have been lost.
//!
//! A request and its response together take less than the time for which a used token still logs in what was on its way with it. A failure names
//! the seed: `SIDEREAL_SEED=<seed>` repeats it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, Hasher as _};

use sidereal_core::event::Kind;
use sidereal_core::session::{Remembered, Resumed};

use crate::fixture::{World, commit, cookie, sid};

const WORLDS: u64 = 1000;
/// Milliseconds that a request takes to arrive, and a response to come back, at most: a used token is good for 30 seconds.
const SLOW: u64 = 14_900;
/// Milliseconds for which a used token logs in what was on its way with it, and nothing else.
const PARALLEL: u64 = 30_000;
/// Seconds after which nothing is on its way any more, and no used token is good.
const LATER: u64 = 61;
/// Times that thief and victim both go on until they have to be found out.
const PATIENCE: usize = 3;

#[test]
fn r59_a15_a_thousand_interleavings_of_two_tabs_and_a_thief() {
    let chosen = std::env::var("SIDEREAL_SEED").ok().map(|seed| seed.parse().unwrap());
    let first = std::collections::hash_map::RandomState::new().build_hasher().finish() >> 16;
    let seeds = chosen.map_or(first..first + WORLDS, |seed| seed..seed + 1);
    let mut seen = Seen::default();
    for seed in seeds {
        let tale = std::panic::AssertUnwindSafe(|| Tale::new(seed).run());
        match std::panic::catch_unwind(tale) {
            Ok(of_this) => seen.add(&of_this),
            Err(cause) => {
                eprintln!("SIDEREAL_SEED={seed}");
                std::panic::resume_unwind(cause);
            }
        }
    }
    // What never happens shows nothing.
    if chosen.is_none() {
        let Seen { logged_in, this_request, lost, alarms } = seen;
        assert!(logged_in > 5 * WORLDS && this_request > WORLDS && lost > WORLDS && alarms == WORLDS, "{seen:?}");
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    logged_in: u64,
    this_request: u64,
    lost: u64,
    alarms: u64,
}

impl Seen {
    fn add(&mut self, other: &Self) {
        self.logged_in += other.logged_in;
        self.this_request += other.this_request;
        self.lost += other.lost;
        self.alarms += other.alarms;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Victim = 0,
    Thief = 1,
}

/// The cookies of one party.
#[derive(Clone, Default)]
struct Jar {
    token: Option<String>,
    sid: Option<String>,
}

enum Happens {
    /// A browser is opened with so many tabs: what is no persistent cookie is gone.
    Starts(Party, u64),
    /// A tab asks, with what the jar has at this moment.
    Asks(Party),
    /// A request arrives at the server.
    Arrives(Party, Jar),
    /// A response is back.
    Answered(Party, Answer),
    /// The thief copies the victim's token.
    Copied,
}

#[derive(Default)]
struct Answer {
    sid: Option<String>,
    /// `Some(None)` clears the cookie.
    token: Option<Option<String>>,
}

/// What is known of a token that the server has made.
#[derive(Default)]
struct Made {
    /// The token that it is a successor of.
    from: Option<String>,
    /// When it has logged in last.
    used: Option<u64>,
    /// Whether a successor of it has been seen, or another one of the token that it came from: whoever has that one does not have this one.
    is_over: bool,
}

struct Tale {
    world: World,
    random: u64,
    /// Milliseconds since the beginning.
    now: u64,
    queue: BTreeMap<(u64, u64), Happens>,
    count: u64,
    jars: [Jar; 2],
    made: HashMap<String, Made>,
    stolen: bool,
    losing: bool,
    seen: Seen,
}

impl Tale {
    fn new(seed: u64) -> Self {
        Self {
            world: World::on_memory(),
            random: seed,
            now: 0,
            queue: BTreeMap::new(),
            count: 0,
            jars: Default::default(),
            made: HashMap::new(),
            stolen: false,
            losing: true,
            seen: Seen::default(),
        }
    }

    fn run(mut self) -> Seen {
        self.enable();
        for _ in 0..6 {
            self.start(Party::Victim);
            self.start_again();
            self.play();
        }
        self.is_honest();
        // The thief strikes while tabs are starting, at any moment of it.
        self.start(Party::Victim);
        self.start_again();
        let moment = self.now + self.below(2 * SLOW);
        self.at(moment, Happens::Copied);
        self.play();
        for _ in 0..3 {
            let party = if self.below(2) == 0 { Party::Victim } else { Party::Thief };
            self.start(party);
            if self.below(2) == 0 {
                self.start(Party::Thief);
            }
            self.play();
        }
        self.both_go_on();
        self.seen
    }

    fn enable(&mut self) {
        let mut session = self.world.visit();
        session.login(b"alice", &["pwd"]).unwrap();
        let Remembered::Done(grant) = session.remember(b"alice", &[]).unwrap() else { panic!("not remembered") };
        let token = grant.token.expose();
        self.made.insert(token.clone(), Made::default());
        self.jars[0] = Jar { token: Some(token), sid: Some(sid(&session)) };
    }

    /// Both come back again and again, and their responses arrive: one of them has to be found out.
    fn both_go_on(&mut self) {
        self.losing = false;
        for _ in 0..PATIENCE {
            let order = if self.below(2) == 0 { [Party::Victim, Party::Thief] } else { [Party::Thief, Party::Victim] };
            for party in order {
                if self.alarms() == 0 {
                    self.at(self.now, Happens::Starts(party, 1));
                    self.play();
                }
            }
        }
        assert_eq!(self.alarms(), 1, "the thief and the victim went on and on");
        self.seen.alarms += 1;
        // Neither of them gets anywhere any more.
        for jar in self.jars.clone() {
            if let Some(token) = jar.token {
                let mut session = self.world.visit();
                assert!(matches!(session.resume(&[token.as_bytes()]).unwrap(), Resumed::Nobody { clear: true }));
            }
            if let Some(sid) = jar.sid {
                assert!(!self.world.open(&sid).is_bound());
            }
        }
        assert!(self.world.engine.roster(&self.world.policy, b"alice").unwrap().is_empty());
    }

    fn alarms(&self) -> usize {
        self.world.events.count(Kind::TokenReused)
    }

    fn is_honest(&self) {
        assert_eq!(self.alarms(), 0, "an honest browser was accused");
        assert_eq!(self.world.events.count(Kind::LoginFailed), 0);
    }

    fn start(&mut self, party: Party) {
        let (at, tabs) = (self.now + self.below(SLOW), 1 + self.below(2));
        self.at(at, Happens::Starts(party, tabs));
    }

    /// The browser crashes, or is closed and opened, while requests are on their way.
    fn start_again(&mut self) {
        if self.below(2) == 0 {
            self.start(Party::Victim);
        }
    }

    fn at(&mut self, at: u64, what: Happens) {
        self.count += 1;
        self.queue.insert((at, self.count), what);
    }

    /// Lets happen what is under way, and some time after that.
    fn play(&mut self) {
        while let Some(((at, _), what)) = self.queue.pop_first() {
            self.world.clock.advance(std::time::Duration::from_millis(at - self.now));
            self.now = at;
            self.happen(what);
        }
        // Seconds or days until next time: a browser that was closed loses the session in either case.
        let pause = if self.losing && self.below(3) == 0 { self.below(LATER) } else { LATER + self.below(80_000) };
        self.world.pass(pause);
        self.now += pause * 1000;
    }

    fn happen(&mut self, what: Happens) {
        match what {
            Happens::Starts(party, tabs) => {
                self.jars[party as usize].sid = None;
                for _ in 0..tabs {
                    let at = self.now + self.below(2000);
                    self.at(at, Happens::Asks(party));
                }
            }
            Happens::Asks(party) => {
                let (at, jar) = (self.now + self.below(SLOW), self.jars[party as usize].clone());
                self.at(at, Happens::Arrives(party, jar));
            }
            Happens::Arrives(party, jar) => {
                let answer = self.serve(party, &jar);
                if self.losing && self.below(3) == 0 {
                    self.seen.lost += 1;
                    // The user reloads, or does not.
                    if self.below(2) == 0 {
                        let at = self.now + self.below(3 * SLOW);
                        self.at(at, Happens::Asks(party));
                    }
                } else {
                    let at = self.now + self.below(SLOW);
                    self.at(at, Happens::Answered(party, answer));
                }
            }
            Happens::Answered(party, Answer { sid, token }) => {
                let jar = &mut self.jars[party as usize];
                jar.sid = sid.or(jar.sid.take());
                if let Some(token) = token {
                    jar.token = token;
                }
            }
            Happens::Copied => {
                self.stolen = true;
                self.jars[1].token = self.jars[0].token.clone();
            }
        }
    }

    /// The application: who has no session is logged in by the token, if it is any good.
    fn serve(&mut self, party: Party, jar: &Jar) -> Answer {
        let mut session = match &jar.sid {
            Some(sid) => self.world.open(sid),
            None => self.world.visit(),
        };
        if session.is_bound() {
            return Answer::default();
        }
        let Some(token) = &jar.token else { return Answer::default() };
        match session.resume(&[token.as_bytes()]).unwrap() {
            Resumed::LoggedIn { grant, .. } => {
                self.seen.logged_in += 1;
                let successor = grant.token.expose();
                self.has_logged_in(token, &successor);
                commit(&mut session, "resumed");
                Answer { sid: cookie(&session), token: Some(Some(successor)) }
            }
            Resumed::ThisRequest { .. } => {
                self.seen.this_request += 1;
                assert!(self.is_parallel(token), "a used token logged in what was not on its way with it");
                assert_eq!(cookie(&session), None);
                Answer::default()
            }
            Resumed::Nobody { clear } => {
                assert!(self.stolen, "an honest browser was logged out");
                assert!(clear && self.alarms() > 0, "{party:?} was refused without an alarm");
                // Both keep their token, to show that it is worth nothing.
                Answer::default()
            }
            Resumed::Lost => panic!("nobody ended anything"),
        }
    }

    fn has_logged_in(&mut self, token: &str, successor: &str) {
        assert!(!self.is_parallel(token), "a token logged in twice");
        let used = self.made.get_mut(token).unwrap();
        assert!(!used.is_over, "a token logged in although its successor, or another one of its kind, had arrived");
        used.used = Some(self.now);
        let from = used.from.clone();
        for (other, made) in &mut self.made {
            let is_of_one_kind = made.from == from && other != token;
            made.is_over |= Some(other) == from.as_ref() || is_of_one_kind;
        }
        self.made.insert(successor.to_owned(), Made { from: Some(token.to_owned()), ..Made::default() });
    }

    fn is_parallel(&self, token: &str) -> bool {
        self.made[token].used.is_some_and(|used| self.now - used < PARALLEL)
    }

    /// SplitMix64.
    fn below(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}
