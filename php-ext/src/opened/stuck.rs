//! Cookies that the client cannot get rid of: one of our name for another path or domain comes first, opens nothing, and hides the one that we gave it
//! (R40). We can neither see where it came from nor remove it; the user can.

use sidereal_core::cookie::Candidates;
use sidereal_core::session::Session;

use super::Opened;
use crate::border::{Facts, Origin};

impl Opened {
    /// Whether that is why `session` is a fresh one. An event tells of it.
    pub(super) fn is_stuck(&self, session: &Session, facts: &Facts<'_>) -> bool {
        let stuck = self.origin == Origin::Cookie
            && session.denial().is_some()
            && Candidates::find(facts.cookies, facts.cookie_name).values().len() > 1;
        if stuck {
            self.configured.engine.report_stuck_cookie();
        }
        stuck
    }
}
