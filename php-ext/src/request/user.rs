//! What an application asks of a request through the API: whose session it is, and the user's other sessions.

use std::time::Duration;

use sidereal_core::error::Error;
use sidereal_core::id::{Handle, Prefix};
use sidereal_core::roster::Info;
use sidereal_core::session::{self, Denial, Session};

use super::{Open, Request};
use crate::border::{Code, Facts};
use crate::guard::{Answer, Message};
use crate::process::{self, Configured};

/// Why the session gets a new ID.
pub enum Intent<'a> {
    /// Its privileges change.
    Elevate,
    /// A user has proved who they are.
    LogIn {
        /// The user's ID.
        user: &'a [u8],
        /// How they proved it.
        methods: &'a [&'a str],
    },
    /// The user has proved it once more.
    Reauthenticated {
        /// How.
        methods: &'a [&'a str],
        /// What for.
        scopes: &'a [&'a str],
    },
}

/// How fresh an authentication has to be.
pub struct Freshness<'a> {
    /// In seconds.
    pub max_age: u64,
    /// By this method.
    pub method: Option<&'a str>,
    /// For this scope.
    pub scope: Option<&'a str>,
}

/// Whether there may be a user with this ID.
pub fn check_user(user: &[u8]) -> Answer {
    checked(session::check_user(user), |()| Answer::yes())
}

impl Request {
    /// Does what is intended in the store. PHP gets to know the new ID by `session_regenerate_id()`, which comes next.
    pub fn intend(&mut self, intent: &Intent<'_>) -> Answer {
        match &mut self.open {
            Some(Open::Session(opened)) => opened.intend(intent),
            _ => no_session(),
        }
    }

    /// Whether `session_regenerate_id()` has taken what was intended to PHP.
    pub fn carried_out(&mut self) -> Answer {
        let done = match &mut self.open {
            Some(Open::Session(opened)) => opened.is_carried_out(),
            _ => false,
        };
        match done {
            true => Answer::yes(),
            false => Answer::refuse(Message::failure(
                Code::Lost,
                "expected session_regenerate_id() to give PHP the new session ID, found that it did not; an error handler or a save handler \
                 of the application stood in its way, start the session anew",
            )),
        }
    }

    /// Why the session that was opened last is not the one that was presented.
    pub fn denial(&self) -> Answer {
        match self.past.denial() {
            Some(denial) => Answer::yes().id(denial.map_or("", |denial| denial.word())),
            None => Answer::refuse(Message::failure(
                Code::State,
                "expected a session to have been opened in this request, found none; call session_start() first",
            )),
        }
    }

    /// Whether the session is a fresh one because of a cookie that the client cannot get rid of (R40): it opens a session as the client's own does, we
    /// cannot see where it came from, and nobody but the user can remove it.
    pub fn has_stuck_cookie(&self) -> Answer {
        let denial = self.denial();
        let is_stuck = self.past.denial() == Some(Some(Denial::Conflict));
        if denial.is_yes() { Answer::yes().count(u64::from(is_stuck)) } else { denial }
    }

    /// What the roster shows of this session; nothing as long as it is not stored.
    pub fn info(&mut self, lend: impl FnOnce(Vec<Info>, Option<String>)) -> Answer {
        self.ask_session(|session| {
            let current = session.handle().map(|handle| handle.to_string());
            lend(session.info().into_iter().collect(), current);
            Answer::yes()
        })
    }

    /// Whether `user` has logged in to this session.
    pub fn user_is(&mut self, user: &[u8]) -> Answer {
        self.ask_session(|session| {
            checked(session::check_user(user), |()| Answer::yes().count(u64::from(session.is_of(user))))
        })
    }

    /// Whether the user has proved who they are, freshly enough.
    pub fn is_fresh(&mut self, wanted: &Freshness<'_>) -> Answer {
        self.ask_session(|session| {
            let is_fresh = session.is_fresh(Duration::from_secs(wanted.max_age), wanted.method, wanted.scope);
            Answer::yes().count(u64::from(is_fresh))
        })
    }

    /// Whether the user has to prove who they are, because the client seemed to be another one.
    pub fn must_reauthenticate(&mut self) -> Answer {
        self.ask_session(|session| Answer::yes().count(u64::from(session.must_reauthenticate())))
    }

    /// A new ID under the user's tag.
    pub fn mint_for(&mut self, facts: &Facts<'_>, user: &[u8]) -> Answer {
        let configured = match self.configured(facts) {
            Ok(configured) => configured,
            Err(error) => return Answer::refuse(Message::broken(&error)),
        };
        checked(configured.engine.mint_for(user), |id| Answer::yes().id(self.past.keep_minted(&id)))
    }

    /// The user's sessions.
    pub fn list(&mut self, facts: &Facts<'_>, user: &[u8], lend: impl FnOnce(Vec<Info>, Option<String>)) -> Answer {
        self.ask_engine(facts, |Configured { engine, policy, .. }, current| {
            checked(engine.roster(policy, user), |infos| {
                lend(infos, current);
                Answer::yes()
            })
        })
    }

    /// The sessions whose IDs have exactly this prefix.
    pub fn list_prefix(
        &mut self,
        facts: &Facts<'_>,
        prefix: &[u8],
        lend: impl FnOnce(Vec<Info>, Option<String>),
    ) -> Answer {
        let Some(prefix) = Prefix::new(prefix).filter(|prefix| !prefix.as_str().is_empty()) else {
            return Answer::refuse(Message::failure(
                Code::Argument,
                "expected a prefix of 1 to 177 characters of A-Z, a-z, 0-9, \"-\" and \",\", found another one; give the one that \
                 session_create_id() got",
            ));
        };
        self.ask_engine(facts, |Configured { engine, policy, .. }, current| {
            checked(engine.roster_of_prefix(policy, &prefix), |infos| {
                lend(infos, current);
                Answer::yes()
            })
        })
    }

    /// Ends one of the user's sessions. One that is not theirs is none (A27).
    pub fn revoke(&mut self, facts: &Facts<'_>, user: &[u8], handle: &[u8]) -> Answer {
        let Some(handle) = Handle::parse(handle) else {
            return Answer::refuse(Message::failure(
                Code::Argument,
                "expected the handle of a session as SessionInfo has it, 26 characters of a-z and 2-7, found something else; take it from \
                 Roster::list()",
            ));
        };
        self.ask_engine(facts, |Configured { engine, policy, .. }, _| {
            checked(engine.revoke(policy, user, &handle), |found| Answer::yes().count(u64::from(found)))
        })
    }

    /// Ends the user's sessions but this one.
    pub fn revoke_others(&mut self, facts: &Facts<'_>, user: &[u8]) -> Answer {
        let mut keep = None;
        let known = self.ask_session(|session| {
            keep = session.handle().filter(|_| session.is_of(user));
            Answer::yes()
        });
        if !known.is_yes() {
            return known;
        }
        let Some(keep) = keep else {
            return Answer::refuse(Message::failure(
                Code::State,
                "expected the active session to be one of this user's, found that it is not; use Roster::revokeUser() to end all of \
                 somebody's sessions",
            ));
        };
        self.ask_engine(facts, |Configured { engine, policy, .. }, _| {
            checked(engine.revoke_others(policy, user, &keep), |count| Answer::yes().count(count))
        })
    }

    /// Ends all of the user's sessions.
    pub fn revoke_user(&mut self, facts: &Facts<'_>, user: &[u8]) -> Answer {
        self.ask_engine(facts, |Configured { engine, policy, .. }, _| {
            checked(engine.revoke_user(policy, user), |count| Answer::yes().count(count))
        })
    }

    /// Ends everybody's sessions.
    pub fn revoke_all(&mut self, facts: &Facts<'_>) -> Answer {
        self.ask_engine(facts, |Configured { engine, policy, .. }, _| {
            checked(engine.revoke_all(policy), |count| Answer::yes().count(count))
        })
    }

    /// With the session that PHP has open and has read.
    pub(super) fn ask_session(&mut self, body: impl FnOnce(&mut Session) -> Answer) -> Answer {
        let session = match &mut self.open {
            Some(Open::Session(opened)) => opened.session(),
            _ => None,
        };
        session.map_or_else(no_session, body)
    }

    /// With the engine of the open session, or of the settings, and the handle of the open session.
    pub(super) fn ask_engine(
        &mut self,
        facts: &Facts<'_>,
        body: impl FnOnce(&Configured, Option<String>) -> Answer,
    ) -> Answer {
        let current = match &mut self.open {
            Some(Open::Session(opened)) => opened.session().and_then(|session| session.handle()),
            _ => None,
        };
        match self.configured(facts) {
            Ok(configured) => body(&configured, current.map(|handle| handle.to_string())),
            Err(error) => Answer::refuse(Message::broken(&error)),
        }
    }

    /// What the open session was opened with, or what the settings say.
    pub(super) fn configured(&self, facts: &Facts<'_>) -> Result<Configured, Error> {
        match &self.open {
            Some(Open::Session(opened)) => Ok(Configured::clone(opened.configured())),
            _ => process::configured(facts.save_path()),
        }
    }
}

/// The answer to a call whose arguments the engine has checked.
pub(super) fn checked<T>(result: Result<T, Error>, answer: impl FnOnce(T) -> Answer) -> Answer {
    match result {
        Ok(value) => answer(value),
        Err(error) => Answer::refuse(Message::of_call(&error)),
    }
}

pub(super) fn no_session() -> Answer {
    Answer::refuse(Message::failure(
        Code::State,
        "expected an active session of Sidereal, found none; set session.save_handler = sidereal and call session_start() first",
    ))
}
