//! What is left in a session when an alarm has taken its user away: a payload that may still say that somebody is logged in.
//!
//! The record is bound to nobody from the alarm on. Which part of the payload is the log-in only the door can know, so the door is told, and strips it
//! before the application sees it.

use super::{Session, State};
use crate::record::Unbound;
use crate::store::Row;

impl Session {
    /// Whether the payload is from before an alarm that has taken the user away, and has to be stripped of the log-in before anybody acts on it. Where
    /// [`crate::engine::Request::can_strip`] is not said it is empty instead.
    pub fn is_to_be_stripped(&self) -> bool {
        self.unbound().is_some_and(|unbound| !unbound.stripped)
    }

    /// The payload has been stripped, and nothing was in it: it stays as it is, and the next touch writes down that nobody has to look again. What is
    /// committed is taken as stripped in any case.
    pub fn has_nothing_to_strip(&mut self) {
        if !self.is_to_be_stripped() || !self.is_writable() {
            return;
        }
        if let State::Live(live) = &mut self.state {
            live.meta.unbound = live.meta.unbound.map(Unbound::stripped);
            live.dirty = true;
        }
    }

    /// The latest alarm that has taken the user away, as far as the open record knows.
    pub(super) fn unbound(&self) -> Option<Unbound> {
        match &self.state {
            State::Live(live) | State::Snapshot(live) => live.meta.unbound,
            State::Unstored { .. } | State::Ghost | State::Ended => None,
        }
    }

    /// Whether what was read is over for good by what the store has now, and what became of it.
    pub(super) fn became(&self, row: Option<&Row>) -> (bool, &'static str) {
        let known = self.unbound().map(|unbound| unbound.at);
        match row {
            Some(row) if row.ended.is_none() && row.unbound > known => {
                (true, "its user was signed out by an alarm meanwhile")
            }
            Some(row) if row.ended.is_none() => (false, "another request has written it meanwhile"),
            _ => (true, "the session has ended meanwhile"),
        }
    }

    /// What a record that is made of this one with `payload` has to know of that alarm.
    pub(super) fn unbound_with(&self, payload: &[u8]) -> Option<Unbound> {
        let unbound = self.unbound()?;
        // What is as it was read has not passed through the application yet.
        Some(if payload == self.payload { unbound } else { unbound.stripped() })
    }
}
