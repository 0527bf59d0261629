//! Model check of the session engine: browsers' requests, interleaved, delayed, reordered and lost, in simulated time, over the real engine.
//!
//! Every test plays random schedules of one mix of actors and compares each answer with a reference that is told from the outside. A violation is shrunk
//! and printed with its seed. `SIDEREAL_SEED` (one number) plays other schedules, `SIDEREAL_SCHEDULES` more of them.
#![cfg(test)]

mod model {
    pub mod app;
    pub mod gate;
    pub mod kept;
    pub mod play;
    pub mod random;
    pub mod schedule;
    pub mod seen;
    pub mod shrink;
    pub mod truth;
    pub mod world;
}

use model::kept::Kept;
use model::schedule::{Mix, draw};
use sidereal_test_servers::Topology;

const SCHEDULES: u64 = 1000;

#[test]
fn an_honest_client_is_never_logged_out_and_never_accused() {
    check(
        Mix::Honest,
        &[
            "rotated",
            "snapshot",
            "ghost",
            "late",
            "waits",
            "denied: idle",
            "denied: absolute",
            "denied: elevation lost",
            "denied: logged out",
        ],
    );
}

#[test]
fn an_honest_client_is_not_accused_by_a_clock_that_jumps() {
    check(Mix::Jumps, &["rotated", "snapshot", "denied: idle"]);
}

#[test]
fn a_thief_from_before_the_log_in_reads_nothing_of_it() {
    check(Mix::ThiefBeforeLogin, &["snapshot", "late", "denied: obsolete, alarm"]);
}

#[test]
fn a_thief_and_a_victim_who_both_go_on_raise_the_alarm() {
    check(Mix::ThiefAfterLogin, &["rotated", "late", "denied: obsolete, alarm", "denied: revoked"]);
}

#[test]
fn who_planted_an_id_reads_nothing_and_signs_nobody_out() {
    check(Mix::Planter, &["unstored", "snapshot", "denied: obsolete, alarm", "denied: logged out"]);
}

fn check(mix: Mix, common: &[&str]) {
    model::play::check(&format!("{mix:?}"), SCHEDULES, |seed| draw(Kept::Memory, mix, seed), common);
}

#[test]
fn all_of_it_holds_in_sqlite() {
    check_all(Kept::Sqlite, 20);
}

sidereal_test_servers::on_every_topology! {
    all_of_it_holds_on_servers
}

fn all_of_it_holds_on_servers(topology: Topology) {
    check_all(Kept::On(topology), 20);
}

fn check_all(kept: Kept, schedules: u64) {
    for mix in [Mix::Honest, Mix::Jumps, Mix::ThiefBeforeLogin, Mix::ThiefAfterLogin, Mix::Planter] {
        model::play::check(&format!("{mix:?} {kept:?}"), schedules, |seed| draw(kept, mix, seed), &[]);
    }
}
