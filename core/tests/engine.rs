//! The engine as one application sees it, on every store: what a presented ID opens, what a request leaves behind, and what neither a
//! client, a thief, a broken store nor a wrong clock can make it do. Each test names the requirement (R) or attack (A) that it shows.
#![allow(clippy::unwrap_used, clippy::expect_used)] // Tests say what they expect by unwrapping it.

#[path = "engine/autologin.rs"]
mod autologin;
#[path = "engine/clients.rs"]
mod clients;
#[path = "engine/clocks.rs"]
mod clocks;
#[path = "engine/concurrency.rs"]
mod concurrency;
#[path = "engine/cookies.rs"]
mod cookies;
#[path = "engine/elevation.rs"]
mod elevation;
#[path = "engine/endings.rs"]
mod endings;
#[path = "engine/evidence.rs"]
mod evidence;
#[path = "engine/faults.rs"]
mod faults;
#[path = "engine/fixture.rs"]
mod fixture;
#[path = "engine/follow.rs"]
mod follow;
#[path = "engine/forms.rs"]
mod forms;
#[path = "engine/identity.rs"]
mod identity;
#[path = "engine/interleavings.rs"]
mod interleavings;
#[path = "engine/limits.rs"]
mod limits;
#[path = "engine/moving.rs"]
mod moving;
#[path = "engine/remembered.rs"]
mod remembered;
#[path = "engine/rotation.rs"]
mod rotation;
#[path = "engine/seals.rs"]
mod seals;
#[path = "engine/secrecy.rs"]
mod secrecy;
#[path = "engine/sweeping.rs"]
mod sweeping;
#[path = "engine/theft.rs"]
mod theft;
#[path = "engine/timeouts.rs"]
mod timeouts;
#[path = "engine/users.rs"]
mod users;
