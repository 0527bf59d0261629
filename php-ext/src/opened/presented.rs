//! What the client presents. PHP hands a save handler one ID: the first cookie of the name, after making names alike that are not, and none where
//! `name[x]` came as well or where it dislikes a character. The raw header sets that right (A6-A8). What the application gives is left alone.

use sidereal_core::cookie::{Candidates, decoded, is_of_lookalike};
use sidereal_core::id::SessionId;

use super::Opened;
use crate::border::{Caller, Facts, Origin};
use crate::past::Past;

impl Opened {
    /// An ID of the client that PHP has lost: there was a cookie of ours, and PHP could make nothing of the one that it took.
    pub fn lost_by_php(&mut self, facts: &Facts<'_>) -> Option<&str> {
        let starts = matches!(facts.caller, Caller::Start | Caller::None);
        if !starts || self.origin != Origin::Cookie || !facts.id.is_empty() {
            return None;
        }
        let found = Candidates::find(facts.cookies, facts.cookie_name());
        self.id = found.values().iter().find_map(|text| SessionId::parse(&decoded(text)))?.expose();
        Some(&self.id)
    }

    /// What counts where PHP has `id`. Neither an ID from the query string nor one that this request has logged out does (A2): whoever starts a
    /// session after `session_destroy()` wants a new one.
    pub(super) fn candidates<'a>(&self, facts: &Facts<'a>, id: Option<&'a [u8]>, past: &Past) -> Candidates<'a> {
        let Some(id) = id.filter(|id| !id.is_empty() && self.origin != Origin::Url) else {
            return Candidates::find(facts.cookies, facts.cookie_name()).without_values();
        };
        let presented = match self.origin {
            Origin::Cookie => by_cookie(facts, id),
            Origin::None | Origin::Application | Origin::Url => Candidates::one(id),
        };
        let has_ended = presented.values().iter().any(|text| past.has_ended(&decoded(text)));
        if has_ended { presented.without_values() } else { presented }
    }
}

fn by_cookie<'a>(facts: &Facts<'a>, id: &'a [u8]) -> Candidates<'a> {
    let found = Candidates::find(facts.cookies, facts.cookie_name());
    let is_sent = found.values().iter().any(|text| *decoded(text) == *id)
        || is_of_lookalike(facts.cookies, facts.cookie_name(), id);
    // The client did not send it: the application has written it into $_COOKIE.
    if is_sent { found } else { Candidates::one(id) }
}
