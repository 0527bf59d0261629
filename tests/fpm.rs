//! Sidereal inside php-fpm: parallel requests, killed workers, full disks, wrong permissions.
//!
//! `SIDEREAL_EXTENSION` names the library under test; without it nothing is tested, and every test says so. The tests
//! start their own servers and stop them. Three variables make them longer: `SIDEREAL_TEST_KILLS` (workers to kill),
//! `SIDEREAL_TEST_STEPS` (sizes at which the disk is full), `SIDEREAL_TEST_REQUESTS` (over which memory is watched).

// Tests unwrap, print, and measure the time that processes really take.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

#[path = "fpm/client.rs"]
mod client;
#[path = "fpm/concurrency.rs"]
mod concurrency;
#[path = "fpm/faults.rs"]
mod faults;
#[path = "fpm/isolation.rs"]
mod isolation;
#[path = "fpm/random.rs"]
mod random;
#[path = "fpm/redis.rs"]
mod redis;
#[path = "fpm/server.rs"]
mod server;
#[path = "fpm/soak.rs"]
mod soak;

/// A number that the environment may raise.
fn knob(name: &str, default: usize) -> usize {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is '{text}'; expected a number")))
}

/// Runs `body` on this many threads at once, each with its number; the results in that order.
fn in_parallel<T: Send>(count: usize, body: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let body = &body;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || body(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
