//! Leases of the store in memory: a queue for each place, first come first served.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::id::Locator;
use crate::lock::Holder;
use crate::store::Busy;

/// What can be leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Row(Locator),
    Sweeper,
}

/// Who holds what, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Leases {
    queues: Mutex<BTreeMap<Place, Queue>>,
    freed: Condvar,
}

/// The queue for a place that somebody holds or that is about to be handed over.
#[derive(Debug, Default)]
struct Queue {
    held_since: Option<Instant>,
    waiting: VecDeque<u64>,
    next_ticket: u64,
}

impl Leases {
    /// Waits until `place` is free and everybody who came earlier has had it. No deadline is for ever.
    pub(super) fn acquire(
        self: &Arc<Self>,
        place: Place,
        deadline: Option<Instant>,
        max_waiters: u16,
    ) -> Result<Guard, Busy> {
        let mut queues = self.queues.lock();
        let queue = queues.entry(place).or_default();
        if queue.held_since.is_none() && queue.waiting.is_empty() {
            queue.held_since = Some(monotonic());
            return Ok(Guard { leases: Arc::clone(self), place });
        }
        if queue.waiting.len() >= usize::from(max_waiters) {
            return Err(Busy::crowded(queue.holder()));
        }
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.push_back(ticket);
        loop {
            let timed_out = match deadline {
                Some(deadline) => self.freed.wait_until(&mut queues, deadline).timed_out(),
                None => {
                    self.freed.wait(&mut queues);
                    false
                }
            };
            let queue = queues.entry(place).or_default();
            if queue.held_since.is_none() && queue.waiting.front() == Some(&ticket) {
                queue.waiting.pop_front();
                queue.held_since = Some(monotonic());
                return Ok(Guard { leases: Arc::clone(self), place });
            }
            if timed_out {
                queue.waiting.retain(|waiting| *waiting != ticket);
                let busy = Busy::timed_out(queue.holder());
                self.freed.notify_all();
                return Err(busy);
            }
        }
    }

    fn release(&self, place: Place) {
        let mut queues = self.queues.lock();
        if let Some(queue) = queues.get_mut(&place) {
            queue.held_since = None;
            if queue.waiting.is_empty() {
                queues.remove(&place);
            }
        }
        self.freed.notify_all();
    }
}

impl Queue {
    fn holder(&self) -> Holder {
        Holder { pid: Some(std::process::id()), held_for: self.held_since.map(|since| since.elapsed()) }
    }
}

/// A place that is held. Dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Guard {
    leases: Arc<Leases>,
    place: Place,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.leases.release(self.place);
    }
}

/// A wait takes real time, which no test moves and no administrator sets.
#[allow(clippy::disallowed_methods)]
pub(super) fn monotonic() -> Instant {
    Instant::now()
}
