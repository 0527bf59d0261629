//! `sidereal.user_key`: the session follows whom the application puts into `$_SESSION`.

use sidereal_core::session::{Followed, Session};

use super::{Opened, Slot, nothing_open, stored};
use crate::border::{Facts, act};
use crate::guard::{Answer, Message};
use crate::past::Past;

impl Opened {
    /// Stores `payload`, or that nothing has changed, under a new ID if the session belongs to somebody else now. Binding it never costs the data:
    /// where it fails the session is stored as it was bound before, and a warning says why.
    pub(super) fn store(&mut self, facts: &Facts<'_>, payload: Option<&[u8]>, past: &mut Past) -> Answer {
        let Slot::Ready(session) = &mut self.slot else {
            return nothing_open();
        };
        if payload.is_some() && session.is_to_be_stripped() && !self.stripped {
            // Code that ran while PHP decoded has closed the session: what it has is not stripped of the log-in yet.
            return Answer::yes();
        }
        // Who has changed nothing has been told before.
        let may_follow = facts.can_set_cookie || payload.is_some();
        let told = facts.user.filter(|_| may_follow).and_then(|user| follow(session, user, facts.can_set_cookie));
        let outcome = match payload {
            Some(payload) => session.commit(payload),
            None => session.touch(),
        };
        let id = session.id().expose();
        let has_moved = facts.user.is_some() && session.may_send_cookie() && id != self.id;
        let answer = match told.filter(|_| payload.is_some()) {
            Some(message) if outcome.is_ok() => stored(outcome, facts).say(Some(message)),
            _ => stored(outcome, facts),
        };
        if !has_moved {
            return answer;
        }
        self.id = id;
        past.serve(session, &self.id);
        answer.also(act::MOVE_CLIENT).id(&self.id)
    }
}

/// Binds the session to `user`, or to nobody if that is empty. What there is to say about it.
fn follow(session: &mut Session, user: &[u8], can_set_cookie: bool) -> Option<Message> {
    let user = (!user.is_empty()).then_some(user);
    let error = match session.follow(user, can_set_cookie) {
        Ok(Followed::AsIs) => return None,
        Ok(Followed::TooLate) => {
            return Some(Message::warning(
                "expected headers not to have been sent when sidereal.user_key found another user in $_SESSION, because a new session ID goes into \
                 one, found that they were; the session is bound at the next request that can, or call session_write_close() before any output",
            ));
        }
        Ok(Followed::Anew) => match session.settle() {
            Ok(()) if session.may_send_cookie() => return None,
            Ok(()) => {
                return Some(Message::warning(
                    "expected to bind the session to its user (sidereal.user_key), found that it has ended or that another request has written it; \
                     the log-in is lost, ask for it again",
                ));
            }
            Err(error) => error,
        },
        Err(error) => error,
    };
    session.withdraw();
    Some(Message::warning(error.to_string()))
}
