//! The end of a session: log-out, and what could not be decoded.

use super::{Live, Session, State};
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::id::Locator;
use crate::lifecycle;
use crate::opening::open_row;
use crate::record::{EndReason, Ended};
use crate::seal;
use crate::store::{Created, Due, Ending, New, Whom};

impl Session {
    /// Ends the session and its whole family, at once and durably, and forgets the device that it is on. `cookie_cleared`: the client is being told to drop its cookie.
    ///
    /// # Errors
    /// [`Error::is_store`]: the session has not ended.
    pub fn logout(&mut self, cookie_cleared: bool) -> Result<()> {
        let now = self.engine.observe().now;
        let ended = Ended { reason: EndReason::Logout, at: now, cookie_cleared };
        // First: who is still logged in can log out again, but nothing else would find the device.
        self.forget()?;
        match &self.state {
            State::Live(live) | State::Snapshot(live) => {
                let relatives = self.engine.relatives(live.meta.binding.as_ref(), &live.meta.family)?;
                self.end(live, ended)?;
                self.engine.end_devices_of(&self.policy, &relatives)?;
            }
            State::Unstored { at, presented: true } => self.leave_tombstone(*at, ended)?,
            State::Unstored { .. } | State::Ghost | State::Ended => {}
        }
        self.state = State::Ended;
        self.elevation = None;
        self.guest = None;
        self.lease = None;
        self.payload.clear();
        Ok(())
    }

    fn end(&self, live: &Live, ended: Ended) -> Result<()> {
        let delete = lifecycle::tombstone_until(ended.at, &self.policy);
        let up_to_generation = lifecycle::reach(&live.meta);
        let whom = Whom::Family { family: live.meta.family, at: live.at, up_to_generation };
        let ending = Ending { whom, ended, delete };
        let count = self.engine.store.end(&ending)?;
        let (kind, reason) = match ended.reason {
            EndReason::Quarantined => (Kind::Quarantined, "undecodable"),
            _ => (Kind::Logout, ""),
        };
        self.engine.emit(kind, Some(&live.meta.family), reason, Some(count));
        Ok(())
    }

    /// A tombstone for an ID that was never stored: a request that still has it open must not store it later.
    fn leave_tombstone(&self, at: Locator, ended: Ended) -> Result<()> {
        let meta = self.first_meta(ended.at, &at)?;
        let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &at, &meta)?;
        let due = Due { erase: None, delete: lifecycle::tombstone_until(ended.at, &self.policy) };
        let row = New {
            at,
            family: meta.family,
            generation: 0,
            subject: None,
            prefix: None,
            cap: None,
            ended: Some(ended),
            meta: &sealed,
            payload: None,
            due,
        };
        if self.engine.store.create(&row)? == Created::Done {
            self.engine.emit(Kind::Logout, Some(&meta.family), "", Some(1));
            return Ok(());
        }
        // Somebody has stored it meanwhile.
        let Some(found) = self.engine.store.load(&at)? else {
            return Ok(());
        };
        let Some(meta) = open_row(&self.keys, &found.row) else {
            return Err(Error::store(
                "expected the session that was stored meanwhile to open with the keyring, found that it does not; log out again",
            ));
        };
        self.end(&Live::of(&found, meta), ended)
    }

    /// Sets a payload that cannot be decoded aside: the record ends, its payload stays in the store until the tombstone goes.
    ///
    /// # Errors
    /// [`Error::is_store`].
    pub fn quarantine(&mut self) -> Result<()> {
        let now = self.engine.observe().now;
        if let (State::Live(live), true) = (&self.state, self.is_writable()) {
            self.end(live, Ended { reason: EndReason::Quarantined, at: now, cookie_cleared: false })?;
        }
        self.state = State::Ended;
        self.lease = None;
        Ok(())
    }
}
