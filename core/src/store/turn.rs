//! When a turn to sweep is due.

use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Reading;

/// Whether `every` has passed since `previous`: by uptime, which nobody sets, unless the machine has been restarted since.
pub(super) fn is_due(previous: Reading, now: Reading, every: Duration) -> bool {
    if now.uptime >= previous.uptime {
        let elapsed = now.uptime.saturating_sub(previous.uptime);
        return Duration::from_millis(elapsed.unsigned_abs()) >= every;
    }
    now.wall < previous.wall || now.wall.since(previous.wall) >= every
}

/// The latest turn to sweep that this process knows of. Others can only have taken later ones.
#[derive(Default)]
pub(super) struct TurnCache(Mutex<Option<Reading>>);

impl TurnCache {
    /// Whether it is worth asking the store.
    pub(super) fn may_be_due(&self, now: Reading, every: Duration) -> bool {
        self.0.lock().is_none_or(|previous| is_due(previous, now, every))
    }

    pub(super) fn set(&self, latest: Reading) {
        *self.0.lock() = Some(latest);
    }
}
