//! What auto-login does to an open session.

use sidereal_core::error::Error;
use sidereal_core::session::{Resumed, Session};

use super::{Opened, Slot};
use crate::border::Facts;
use crate::past::Past;
use crate::process::Configured;

impl Opened {
    /// Logs in by the client's auto-login token, before PHP knows anything.
    pub fn resume(&mut self, presented: &[&[u8]], past: &mut Past) -> Result<Resumed, Error> {
        let Some(session) = self.session() else {
            return Ok(Resumed::Nobody { clear: false });
        };
        let resumed = session.resume(presented)?;
        match &resumed {
            Resumed::LoggedIn { .. } => self.ahead = true,
            Resumed::ThisRequest { .. } => {
                if let Slot::Ready(session) = &self.slot {
                    past.serve(session, &self.id);
                }
            }
            Resumed::Nobody { .. } | Resumed::Lost => {}
        }
        Ok(resumed)
    }

    /// Whether the client's cookies are another request's: none of this one may leave.
    pub fn is_guest(&self) -> bool {
        matches!(&self.slot, Slot::Ready(session) if session.is_guest())
    }
}

/// The line that has the client drop its token when `session` is logged out; empty where there is nothing to drop.
pub(super) fn clearing(session: &Session, configured: &Configured, facts: &Facts<'_>) -> String {
    let cookie = configured.device_cookie.as_ref().filter(|_| session.is_remembered() && facts.can_set_cookie);
    cookie.map(|cookie| cookie.clear()).unwrap_or_default()
}
