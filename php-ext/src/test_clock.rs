//! A clock that tests move from outside, by a file. Only built with the feature `test-clock`.

use std::path::PathBuf;
use std::time::Duration;

use sidereal_core::clock::{Clock, Reading, SystemClock};

/// The clocks of the operating system, moved by what a file says: seconds that pass, then (if there is a second number)
/// seconds that only the wall clock jumps. No file, no move.
pub struct FileClock {
    path: PathBuf,
}

impl FileClock {
    /// A clock that reads the file at `path` each time it is read.
    pub fn new(path: &str) -> Self {
        Self { path: path.into() }
    }
}

impl Clock for FileClock {
    fn read(&self) -> Reading {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let mut numbers = text.split_whitespace().map(|word| word.parse::<i64>().unwrap_or(0));
        let passed = numbers.next().unwrap_or(0);
        let jumped = numbers.next().unwrap_or(0);
        let now = SystemClock.read();
        let span = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
        let moved = passed.saturating_add(jumped);
        let wall = if moved < 0 { now.wall.before(span(moved)) } else { now.wall.after(span(moved)) };
        Reading { wall, uptime: now.uptime.saturating_add(passed.saturating_mul(1000)) }
    }
}
