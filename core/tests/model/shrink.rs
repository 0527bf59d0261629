//! Makes a failing schedule as small as it gets: leaves deeds out, then takes delays away.

use super::schedule::{Deed, Schedule, Timed, Visit, What};
use super::world::{Violation, play};

/// Plays of a shrinking schedule; after these it is small enough.
const PATIENCE: usize = 3000;

/// The smallest schedule found that violates the same property as `schedule` does, and how.
pub fn shrink(schedule: Schedule, violation: Violation) -> (Schedule, Violation) {
    let mut shrinking = Shrinking { best: schedule, violation, plays: 0 };
    loop {
        let before = shrinking.best.deeds.clone();
        shrinking.leave_out();
        shrinking.simplify();
        if shrinking.best.deeds == before || shrinking.plays >= PATIENCE {
            return (shrinking.best, shrinking.violation);
        }
    }
}

struct Shrinking {
    best: Schedule,
    violation: Violation,
    plays: usize,
}

impl Shrinking {
    fn attempt(&mut self, deeds: Vec<Timed>) -> bool {
        if self.plays >= PATIENCE {
            return false;
        }
        self.plays += 1;
        let candidate = Schedule { deeds, ..self.best.clone() };
        match play(&candidate) {
            Err(violation) if violation.rule == self.violation.rule => {
                self.best = candidate;
                self.violation = violation;
                true
            }
            _ => false,
        }
    }

    /// Delta debugging: ever smaller pieces are left out.
    fn leave_out(&mut self) {
        let mut size = self.best.deeds.len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < self.best.deeds.len() {
                let mut deeds = self.best.deeds.clone();
                deeds.drain(from..(from + size).min(deeds.len()));
                if !self.attempt(deeds) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    fn simplify(&mut self) {
        for n in 0..self.best.deeds.len() {
            for simpler in SIMPLER {
                let mut deeds = self.best.deeds.clone();
                let Deed::Visit(visit) = &mut deeds[n].deed else {
                    continue;
                };
                simpler(visit);
                if deeds != self.best.deeds {
                    self.attempt(deeds);
                }
            }
            // A rounder time that keeps the order.
            for unit in [60_000, 1000, 100] {
                let mut deeds = self.best.deeds.clone();
                deeds[n].at = deeds[n].at / unit * unit;
                if deeds != self.best.deeds && deeds.is_sorted_by_key(|timed| timed.at) && self.attempt(deeds) {
                    break;
                }
            }
        }
    }
}

const SIMPLER: [fn(&mut Visit); 5] = [
    |visit| visit.travel = 0,
    |visit| visit.work = 0,
    |visit| visit.back = visit.back.map(|_| 0),
    |visit| visit.back = Some(0),
    |visit| visit.what = What::Note,
];
