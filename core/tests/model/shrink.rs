//! Makes a failing schedule as small as it gets: leaves deeds out, then takes delays away.

use super::play::{Playable, Timed, Violation};

/// Plays of a shrinking schedule; after these it is small enough.
const PATIENCE: usize = 3000;

/// The smallest schedule found that violates the same property as `schedule` does, and how.
pub fn shrink<P: Playable>(schedule: P, violation: Violation) -> (P, Violation) {
    let mut shrinking = Shrinking { best: schedule, violation, plays: 0 };
    loop {
        let before = shrinking.best.deeds().to_vec();
        shrinking.leave_out();
        shrinking.simplify();
        if shrinking.best.deeds() == before || shrinking.plays >= PATIENCE {
            return (shrinking.best, shrinking.violation);
        }
    }
}

struct Shrinking<P> {
    best: P,
    violation: Violation,
    plays: usize,
}

impl<P: Playable> Shrinking<P> {
    fn attempt(&mut self, deeds: Vec<Timed<P::Deed>>) -> bool {
        if self.plays >= PATIENCE {
            return false;
        }
        self.plays += 1;
        let candidate = self.best.with(deeds);
        match candidate.play() {
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
        let mut size = self.best.deeds().len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < self.best.deeds().len() {
                let mut deeds = self.best.deeds().to_vec();
                deeds.drain(from..(from + size).min(deeds.len()));
                if !self.attempt(deeds) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    fn simplify(&mut self) {
        for n in 0..self.best.deeds().len() {
            let ways = P::simpler(&self.best.deeds()[n].deed).len();
            for way in 0..ways {
                let mut deeds = self.best.deeds().to_vec();
                let Some(deed) = P::simpler(&deeds[n].deed).into_iter().nth(way) else {
                    break;
                };
                deeds[n].deed = deed;
                if deeds != self.best.deeds() {
                    self.attempt(deeds);
                }
            }
            // A rounder time that keeps the order.
            for unit in [60_000, 1000, 100] {
                let mut deeds = self.best.deeds().to_vec();
                deeds[n].at = deeds[n].at / unit * unit;
                if deeds != self.best.deeds() && deeds.is_sorted_by_key(|timed| timed.at) && self.attempt(deeds) {
                    break;
                }
            }
        }
    }
}
