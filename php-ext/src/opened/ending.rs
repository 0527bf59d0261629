//! What `s_destroy` ends.

use sidereal_core::session::{Session, Snapshot};

use super::{Opened, Slot, another_session, autologin, done, failed, nothing_open};
use crate::border::{Caller, Facts, act};
use crate::guard::Answer;
use crate::past::Past;

impl Opened {
    /// `s_destroy` is a log-out, the first half of `session_regenerate_id(true)`, or PHP's answer to data that it
    /// cannot decode.
    pub fn destroy(&mut self, facts: &Facts<'_>, id: &[u8], past: &mut Past) -> Answer {
        if facts.caller == Caller::Regenerate && self.leave(Snapshot::Empty) {
            return Answer::yes();
        }
        if !self.is(id) {
            return another_session();
        }
        let Slot::Ready(session) = &mut self.slot else {
            return nothing_open();
        };
        match undecodable(facts) {
            // Out of memory, or leaving in the middle: there is nothing wrong with the data.
            true if facts.dying => Answer::yes(),
            true => done(session.quarantine()),
            false => {
                past.end(&self.id);
                self.presented.iter().for_each(|presented| past.end(presented));
                self.line = autologin::clearing(session, &self.configured, facts);
                let answer = log_out(session, facts);
                let clears = answer.is_yes() && !self.line.is_empty();
                if clears { answer.also(act::SET_LINE).payload(self.line.as_bytes()) } else { answer }
            }
        }
    }
}

/// PHP destroys what it cannot decode, wherever it was about to decode it. `session.auto_start` does so before any code
/// runs.
fn undecodable(facts: &Facts<'_>) -> bool {
    match facts.caller {
        Caller::Start | Caller::Decode | Caller::Reset => true,
        Caller::None => !facts.code_runs,
        _ => false,
    }
}

/// The client drops its cookie, unless what it has by now is the successor of a superseded ID, with which it goes on.
fn log_out(session: &mut Session, facts: &Facts<'_>) -> Answer {
    let clears = facts.can_set_cookie && (session.may_send_cookie() || session.is_writable());
    match session.logout(clears) {
        Ok(()) if clears => Answer::yes().also(act::CLEAR_COOKIE),
        Ok(()) => Answer::yes(),
        Err(error) => Answer::refuse(failed(&error)),
    }
}
