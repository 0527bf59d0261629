//! Schedules are drawn from a seed, played, and shrunk when a property does not hold: what all model checks have in common.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::event::{Event, Kind, Sink};

use super::shrink;

/// Milliseconds of simulated time.
pub type Ms = u64;

/// When a schedule begins: 2026-01-01 00:00:30 UTC.
pub const BEGIN: Time = Time::from_secs(1_767_225_630);

const SEED: u64 = 20_260_101;

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed<Deed> {
    pub at: Ms,
    pub deed: Deed,
}

/// Everything that happens, in the order of its time, and what it is played with. Displays so that a person can follow.
pub trait Playable: Clone + fmt::Display {
    type Deed: Clone + PartialEq;

    fn deeds(&self) -> &[Timed<Self::Deed>];

    /// The same with other deeds.
    fn with(&self, deeds: Vec<Timed<Self::Deed>>) -> Self;

    /// Plays it to its end or to the first violation.
    fn play(&self) -> Result<Tally, Violation>;

    /// Deeds that may replace `deed` in a simpler schedule.
    fn simpler(deed: &Self::Deed) -> Vec<Self::Deed>;
}

/// How often what happened.
pub type Tally = BTreeMap<&'static str, u64>;

/// A property that does not hold.
#[derive(Debug)]
pub struct Violation {
    /// Which; a shrunk schedule must violate the same.
    pub rule: &'static str,
    pub at: Ms,
    pub story: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:.3} s: {}: {}", seconds(self.at), self.rule, self.story)
    }
}

/// Plays `schedules` schedules, or as many as `SIDEREAL_SCHEDULES` says, of `SIDEREAL_SEED` if that is set; `common`: what must have happened at
/// least once, or the check would be empty.
pub fn check<P: Playable>(name: &str, schedules: u64, draw: impl Fn(u64) -> P, common: &[&str]) {
    let seed = from_env("SIDEREAL_SEED").unwrap_or(SEED);
    let asked = from_env("SIDEREAL_SCHEDULES");
    let count = asked.unwrap_or(schedules);
    println!("{name}: {count} schedules, SIDEREAL_SEED={seed}");
    let mut sum = Tally::new();
    for n in 0..count {
        let schedule = draw(seed.wrapping_add(n));
        match schedule.play() {
            Ok(tally) => tally.into_iter().for_each(|(what, count)| *sum.entry(what).or_default() += count),
            Err(violation) => {
                let (smallest, violation) = shrink::shrink(schedule, violation);
                panic!("schedule {n} of SIDEREAL_SEED={seed} fails:\n{smallest}{violation}");
            }
        }
    }
    println!("{name}: {sum:#?}");
    for what in common {
        assert!(count < schedules || sum.contains_key(what), "no schedule led to \"{what}\": the check is empty");
    }
}

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

pub fn millis(span: Duration) -> Ms {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[allow(clippy::cast_precision_loss)] // For a person to read.
pub fn seconds(ms: Ms) -> f64 {
    ms as f64 / 1000.0
}

/// Keeps the events.
#[derive(Default)]
pub struct Collected(parking_lot::Mutex<Vec<Kind>>);

impl Collected {
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.0.lock().contains(&kind)
    }
}

impl Sink for Collected {
    fn take(&self, event: &Event) {
        self.0.lock().push(event.kind);
    }
}
