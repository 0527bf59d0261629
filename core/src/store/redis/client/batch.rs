//! Commands that go to one server together, in one round trip.

use redis::Value;

use super::{Attempt, Deadline, Failure, Link};
use crate::store::redis::wire::pack;

/// See the module's text.
pub(super) struct Batch {
    out: Vec<u8>,
    commands: usize,
    /// Whether each has to be announced, because the node would otherwise send it back to where the slot comes from.
    is_asking: bool,
}

impl Batch {
    /// An empty one.
    pub(super) fn new(attempt: &Attempt) -> Self {
        Self { out: Vec::new(), commands: 0, is_asking: attempt.is_asking() }
    }

    /// One of this alone, as [`pack`] makes it.
    pub(super) fn of(attempt: &Attempt, packed: &[u8]) -> Self {
        let mut batch = Self::new(attempt);
        batch.add(packed);
        batch
    }

    /// Adds a command, as [`pack`] makes it.
    pub(super) fn add(&mut self, packed: &[u8]) {
        if self.is_asking {
            pack(&mut self.out, &[b"ASKING"]);
        }
        self.out.extend_from_slice(packed);
        self.commands += 1;
    }

    /// Sends all and waits for the answers, one for each.
    pub(super) fn exchange(self, link: Link, deadline: Deadline) -> Result<(Vec<Value>, Link), Failure> {
        let of_each = 1 + usize::from(self.is_asking);
        let (replies, link) = link.exchange(&self.out, of_each * self.commands, deadline)?;
        // What ASKING is answered says nothing.
        Ok((replies.into_iter().skip(of_each - 1).step_by(of_each).collect(), link))
    }
}
