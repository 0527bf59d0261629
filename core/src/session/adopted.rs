//! A session that was taken over from another store.

use super::{Session, State};
use crate::error::Result;
use crate::event::Kind;

impl Session {
    /// Makes the record of a session that `kind` of store has had, and keeps the lease. Answers whether it is this request that did.
    pub(crate) fn adopt(&mut self, payload: &[u8], kind: &'static str) -> Result<bool> {
        let lease = self.lease.take();
        // Where another request was faster that is nothing to tell.
        let _ = self.create(payload)?;
        let State::Live(live) = &self.state else { return Ok(false) };
        self.lease = lease;
        self.engine.emit(Kind::Migrated, Some(&live.meta.family), kind, None);
        Ok(true)
    }

    /// Has the client get an ID of its own instead of a stand-in, if it has not been sent one lately and can be. A stand-in is never sent.
    pub(crate) fn off_stand_in(mut self, may_replace: bool) -> Self {
        if self.replaced || !self.may_send_cookie {
            return self;
        }
        if may_replace && self.lease.is_some() && matches!(self.state, State::Live(_)) {
            self.rotate_or_serve();
        }
        self.may_send_cookie = self.replaced;
        self
    }
}
