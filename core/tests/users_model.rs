//! Model check of users: several of them on several devices each, log-in, log-out, revoking and the cap, and a thief with a copy of a cookie.
//!
//! As in the model check of one browser (`model.rs`) random schedules are played over the real engine and compared with the same reference,
//! and besides it with properties that need none. `SIDEREAL_SEED` (one number) plays other schedules, `SIDEREAL_SCHEDULES` more of them.
#![cfg(test)]

mod model {
    pub mod app;
    pub mod gate;
    pub mod kept;
    pub mod play;
    pub mod random;
    pub mod seen;
    pub mod shrink;
    pub mod truth;
}

mod users {
    pub mod properties;
    pub mod requests;
    pub mod roster;
    pub mod schedule;
    pub mod world;
}

use model::kept::Kept;
use sidereal_test_servers::Topology;
use users::schedule::draw;

const COMMON: &[&str] = &[
    "rotated",
    "snapshot",
    "ghost",
    "late",
    "logged in",
    "logged in over another user",
    "write dropped",
    "signed out: one",
    "signed out: others",
    "signed out: all",
    "signed out: everybody",
    "evicted",
    "refused by the cap",
    "paid",
    "denied: idle",
    "denied: absolute",
    "denied: obsolete, alarm",
    "denied: revoked",
    "denied: logged out",
    "alarm of a stranger",
];

#[test]
fn users_devices_and_a_thief_in_memory() {
    model::play::check("in memory", 1000, |seed| draw(Kept::Memory, seed), COMMON);
}

#[test]
fn users_devices_and_a_thief_in_sqlite() {
    model::play::check("in SQLite", 50, |seed| draw(Kept::Sqlite, seed), &["logged in", "denied: revoked"]);
}

sidereal_test_servers::on_every_topology! {
    users_devices_and_a_thief_on_servers
}

fn users_devices_and_a_thief_on_servers(topology: Topology) {
    let (kept, common) = (Kept::On(topology), ["logged in", "denied: revoked"]);
    model::play::check(&format!("{kept:?}"), 50, |seed| draw(kept, seed), &common);
}
