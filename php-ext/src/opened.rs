//! One open session as PHP sees it: from `s_open` to `s_close`, and across both while `session_regenerate_id()` runs.
//!
//! Owns which callback means what. ext/session asks the same things for different reasons, and says which only by what
//! it is doing ([`Facts`]); methods of `SessionHandler` leave out what ext/session would have asked. What a session is
//! and does is in the core.

mod autologin;
mod ending;
mod presented;
mod user_key;

use std::mem;
use std::time::Duration;

use sidereal_core::cookie::decoded;
use sidereal_core::engine::{Access, Request as Arrival};
use sidereal_core::error::Error;
use sidereal_core::id::{MAX_CHARS, Prefix};
use sidereal_core::session::{Outcome, Session, Snapshot};

use crate::border::{Caller, Code, Facts, Origin, act};
use crate::guard::{Answer, Message};
use crate::past::Past;
use crate::process::Configured;
use crate::request::Intent;
use crate::visitor::Visitor;

/// One open session as PHP sees it.
pub struct Opened {
    configured: Configured,
    origin: Origin,
    slot: Slot,
    /// The ID of the session, as PHP has it or will have it.
    id: String,
    /// What the client or the application presented.
    presented: Vec<String>,
    /// Whether PHP has read the session.
    read: bool,
    /// Whether the session has its new ID already, and PHP is about to ask for it.
    ahead: bool,
    visitor: Visitor,
    /// Whether PHP has decoded a payload that had to be stripped, and stripped it.
    stripped: bool,
    /// Told when `session_start()` is done: a message that is displayed sends the headers, before PHP's last ones.
    notice: Option<Message>,
    /// A `Set-Cookie` line of auto-login, lent to PHP.
    line: String,
}

enum Slot {
    /// Nothing is opened yet.
    Nothing,
    /// Opened under another ID than PHP has: PHP is about to ask for a new one, and gets this.
    Waiting(Box<Session>),
    /// Open.
    Ready(Box<Session>),
    /// `session_regenerate_id()` has left the old ID and not asked for the new one yet.
    Leaving(Box<Session>, Snapshot),
    /// It could not be opened, and reading it says why.
    Refused(Message),
}

/// What `session_gc()` may take.
const WHOLE_SWEEP: Duration = Duration::from_secs(30);
/// What a request may spend on session.gc_probability.
const SHORT_SWEEP: Duration = Duration::from_millis(5);

impl Opened {
    /// `s_open`: nothing is loaded yet.
    pub fn new(configured: Configured, visitor: Visitor, facts: &Facts<'_>) -> Self {
        Self {
            configured,
            origin: facts.origin,
            slot: Slot::Nothing,
            id: String::new(),
            presented: Vec::new(),
            read: false,
            ahead: false,
            visitor,
            stripped: false,
            notice: None,
            line: String::new(),
        }
    }

    /// The session, once PHP has read it.
    pub fn session(&mut self) -> Option<&mut Session> {
        match &mut self.slot {
            Slot::Ready(session) if self.read => Some(session),
            _ => None,
        }
    }

    /// Does what is intended in the store, before PHP knows anything: what fails leaves PHP's session as it is.
    pub fn intend(&mut self, intent: &Intent<'_>) -> Answer {
        let Some(session) = self.session() else {
            return nothing_open();
        };
        if matches!(intent, Intent::Reauthenticated { .. }) && !session.is_bound() {
            return Answer::refuse(Message::failure(
                Code::NotBound,
                "expected a session that somebody has logged in to, found an anonymous one; call Sidereal\\Session::login() first",
            ));
        }
        let changed = match intent {
            Intent::Elevate => session.renew(Snapshot::AsRead),
            Intent::LogIn { user, methods } => session.login(user, methods),
            Intent::Reauthenticated { methods, scopes } => session.reauthenticated(methods, scopes),
        };
        if let Err(error) = changed.map(drop).and_then(|()| session.settle()) {
            session.withdraw();
            return Answer::refuse(Message::of_call(&error));
        }
        if !session.may_send_cookie() {
            return Answer::refuse(Message::failure(
                Code::Lost,
                "expected the session to be there still, found that another request has ended or changed it meanwhile; ask for the log-in again",
            ));
        }
        self.ahead = true;
        Answer::yes()
    }

    /// Whether PHP has been given the ID of what was intended.
    pub fn is_carried_out(&mut self) -> bool {
        !mem::take(&mut self.ahead)
    }

    /// The engine and policy that this session was opened with.
    pub fn configured(&self) -> &Configured {
        &self.configured
    }

    /// Whether `s_open` goes on with this session: `session_reset()` keeps its lock, `session_regenerate_id()` its
    /// session.
    pub fn goes_on(&self, facts: &Facts<'_>) -> bool {
        match facts.caller {
            Caller::Reset => matches!(self.slot, Slot::Ready(_)),
            Caller::Regenerate => matches!(self.slot, Slot::Leaving(..)),
            _ => false,
        }
    }

    /// `s_validate_sid` asks whether a client may use this ID, or whether an ID that was just made is taken.
    pub fn validate(&mut self, facts: &Facts<'_>, id: &[u8], past: &mut Past) -> Answer {
        match facts.caller {
            Caller::Regenerate | Caller::CreateId => return Answer::no(),
            Caller::Reset if self.is(id) => return Answer::yes(),
            _ => self.admit(facts, Some(id), past),
        }
        let answer = match &self.slot {
            Slot::Waiting(_) => return Answer::no(),
            Slot::Ready(session) if session.may_send_cookie() => Answer::yes(),
            // The client's cookie is left alone: a superseded ID must not overwrite its successor, and a broken store
            // is no reason to.
            _ => Answer::yes().also(act::KEEP_COOKIE),
        };
        // Of several cookies PHP has taken another one.
        let moved = matches!(self.slot, Slot::Ready(_)) && !self.is(id);
        if moved { answer.also(act::TAKE_ID).id(&self.id) } else { answer }
    }

    /// `s_create_sid` asks for a new ID.
    pub fn create(&mut self, facts: &Facts<'_>, past: &mut Past) -> Answer {
        if matches!(self.slot, Slot::Nothing) {
            self.admit(facts, None, past);
        }
        match mem::replace(&mut self.slot, Slot::Nothing) {
            Slot::Waiting(session) => self.slot = Slot::Ready(session),
            Slot::Leaving(session, snapshot) => return self.elevate(session, snapshot, past),
            // The application asks for an ID in the middle of a session, or gets one that it can do without: reading is
            // going to fail.
            other => {
                self.slot = other;
                return self.spare(past);
            }
        }
        Answer::yes().id(&self.id)
    }

    /// `s_read`. An ID that nobody validated - methods of `SessionHandler` never do - is judged here, and replaced if
    /// need be.
    pub fn read(&mut self, facts: &Facts<'_>, id: &[u8], past: &mut Past) -> Answer {
        match mem::replace(&mut self.slot, Slot::Nothing) {
            Slot::Nothing => self.admit(facts, Some(id), past),
            // The application has an ID of its own making, which opens nothing.
            Slot::Leaving(session, snapshot) => {
                let created = self.elevate(session, snapshot, past);
                if !created.is_yes() {
                    return created;
                }
            }
            other => self.slot = other,
        }
        if let Slot::Waiting(_) = self.slot
            && let Slot::Waiting(session) = mem::replace(&mut self.slot, Slot::Nothing)
        {
            self.slot = Slot::Ready(session);
        }
        self.hand_over(facts, id)
    }

    fn hand_over(&mut self, facts: &Facts<'_>, id: &[u8]) -> Answer {
        let moved = !self.is(id);
        match &mut self.slot {
            Slot::Ready(_) if moved && self.read => another_session(),
            Slot::Ready(session) => {
                if let Some(message) = too_large(session.payload().len(), facts.memory_left) {
                    return Answer::refuse(message);
                }
                if facts.caller == Caller::Regenerate {
                    // When it fails the write at the end tries again, and reports.
                    let _ = session.settle();
                }
                self.read = true;
                let strip = if session.is_to_be_stripped() { act::STRIP } else { 0 };
                let answer = Answer::yes().payload(session.payload()).also(strip);
                match moved {
                    true if session.is_replaced() => answer.also(act::MOVE_CLIENT).id(&self.id),
                    true => answer.also(act::TAKE_ID).id(&self.id),
                    false => answer,
                }
            }
            Slot::Refused(message) => Answer::refuse(message.clone()),
            Slot::Nothing | Slot::Waiting(_) | Slot::Leaving(..) => nothing_open(),
        }
    }

    /// PHP has decoded the payload and stripped it.
    pub fn stripped(&mut self) {
        self.stripped = true;
    }

    /// `s_write`. What `session_regenerate_id()` writes to the old ID may be a log-in already: it is not for the old ID
    /// (R25).
    pub fn write(&mut self, facts: &Facts<'_>, id: &[u8], payload: &[u8], past: &mut Past) -> Answer {
        if facts.caller == Caller::Regenerate && self.leave(Snapshot::AsRead) {
            return Answer::yes();
        }
        if !self.is(id) {
            return another_session();
        }
        match &mut self.slot {
            Slot::Ready(_) => self.store(facts, Some(payload), past),
            _ => nothing_open(),
        }
    }

    /// `s_update_timestamp`: the data is as it was.
    pub fn touch(&mut self, facts: &Facts<'_>, id: &[u8], past: &mut Past) -> Answer {
        if !self.is(id) {
            return another_session();
        }
        match &mut self.slot {
            Slot::Ready(session) => {
                if self.stripped {
                    session.has_nothing_to_strip();
                }
                self.store(facts, None, past)
            }
            _ => nothing_open(),
        }
    }

    /// `s_gc`.
    pub fn sweep(&self, facts: &Facts<'_>) -> Answer {
        let asked = facts.caller == Caller::Gc || (facts.wrapped && facts.caller == Caller::None);
        let budget = if asked { WHOLE_SWEEP } else { SHORT_SWEEP };
        match self.configured.engine.sweep(&self.configured.policy, budget) {
            Ok(count) => Answer::yes().count(count),
            Err(error) if asked => Answer::refuse(failed(&error)),
            // Nobody asked for it, and the event log has it.
            Err(_) => Answer::no(),
        }
    }

    /// `s_close`. Answers whether the session is over: `session_regenerate_id()` closes what it goes on with.
    pub fn close(&mut self, facts: &Facts<'_>) -> bool {
        let goes_on = facts.caller == Caller::Regenerate
            && (matches!(self.slot, Slot::Leaving(..)) || self.leave(Snapshot::AsRead));
        !goes_on
    }

    /// Gives the session back and does what is due for the store. A new ID that the client already has is stored first.
    pub fn finish(mut self) -> Option<Message> {
        let message = match &mut self.slot {
            Slot::Ready(session) => session.settle().err().map(|error| failed(&error)),
            _ => None,
        };
        let message = message.or(self.notice.take());
        self.slot = Slot::Nothing;
        self.configured.engine.maintain(&self.configured.policy);
        message
    }

    /// What there is to tell about the session, once.
    pub fn notice(&mut self) -> Option<Message> {
        self.notice.take()
    }

    /// Opens what PHP's `id` and the client's cookies name, or a fresh session.
    fn admit(&mut self, facts: &Facts<'_>, id: Option<&[u8]>, past: &mut Past) {
        let candidates = self.candidates(facts, id, past);
        // What is no text, or longer than an ID, this request can neither have made nor served.
        let short = candidates.values().iter().map(|text| decoded(text)).filter(|text| text.len() <= MAX_CHARS);
        self.presented = short.filter_map(|text| String::from_utf8(text.into_owned()).ok()).collect();
        let arrival = Arrival {
            can_set_cookie: facts.can_set_cookie,
            minted_here: self.presented.iter().any(|id| past.has_minted(id.as_bytes())),
            serializer: facts.serializer(),
            client: self.visitor.client,
            scheme: self.visitor.scheme,
            is_local: self.visitor.is_local,
            can_strip: self.configured.can_strip,
        };
        let access = if facts.read_only { Access::ReadOnly } else { Access::Exclusive };
        let Configured { engine, policy, .. } = &self.configured;
        match engine.open_one(policy, &candidates, &arrival, access) {
            Ok(session) => {
                let session = Box::new(session);
                self.notice = self.notice_about(&session, facts, past);
                self.id = session.id().expose();
                past.serve(&session, &self.id);
                self.slot = if session.is_replaced() { Slot::Waiting(session) } else { Slot::Ready(session) };
            }
            Err(refused) => self.slot = Slot::Refused(Message::warning(refused.to_string())),
        }
    }

    /// A client may send what it likes; the application gets to know what became of an ID that it chose, and of a lock
    /// that it did not get.
    fn notice_about(&self, session: &Session, facts: &Facts<'_>, past: &Past) -> Option<Message> {
        if let Some(busy) = session.lock_notice().filter(|_| !facts.read_only) {
            return Some(Message::warning(format!(
                "{busy}; this request has a snapshot, and what it changes is not stored (sidereal.lock_failure = read-only)"
            )));
        }
        if let Some(trouble) = session.trouble() {
            return Some(Message::warning(format!(
                "{trouble}; this request has an empty session that is not kept, and the client keeps its cookie"
            )));
        }
        let denial = session.denial().filter(|_| self.origin == Origin::Application && session.is_replaced())?;
        let own = self.presented.iter().any(|id| past.has_served(id.as_bytes()));
        (!own).then(|| {
            Message::notice(format!(
                "expected session_id() to be given the ID of a session that is alive, or one made by session_create_id(), found one that \
                 opens nothing ({denial}); the session has a new ID, which session_id() tells"
            ))
        })
    }

    /// Leaves the old ID, if there is a session that can.
    fn leave(&mut self, snapshot: Snapshot) -> bool {
        match mem::replace(&mut self.slot, Slot::Nothing) {
            Slot::Ready(session) => {
                self.slot = Slot::Leaving(session, snapshot);
                true
            }
            other => {
                self.slot = other;
                false
            }
        }
    }

    fn elevate(&mut self, mut session: Box<Session>, snapshot: Snapshot, past: &mut Past) -> Answer {
        let failure = match mem::take(&mut self.ahead) {
            true => None,
            false => session.elevate(snapshot).err(),
        };
        if failure.is_none() {
            self.id = session.id().expose();
            past.serve(&session, &self.id);
            self.read = false;
        }
        self.slot = Slot::Ready(session);
        match failure {
            None => Answer::yes().id(&self.id),
            Some(error) => Answer::refuse(failed(&error)),
        }
    }

    /// An ID that belongs to no session. Where none could be opened it is not asked for again: of a call that makes no ID PHP says so by an exception,
    /// which ends the request; of one that cannot read, by the warning that is waiting.
    fn spare(&self, past: &mut Past) -> Answer {
        if let (Slot::Refused(_), Some(bare)) = (&self.slot, Prefix::new(&[]))
            && let Ok(id) = self.configured.engine.mint_unseen(&bare)
        {
            return Answer::yes().id(past.keep_minted(&id));
        }
        match past.mint(&self.configured, &[]) {
            Ok(id) => Answer::yes().id(id),
            Err(message) => Answer::refuse(message),
        }
    }

    fn is(&self, id: &[u8]) -> bool {
        self.id.as_bytes() == id && !matches!(self.slot, Slot::Nothing | Slot::Refused(_))
    }
}

/// What PHP would say about a write that failed sends the reader to session.save_path. It says nothing when the
/// callback succeeds, and nobody is served worse: what session_write_close() returns does not depend on it.
/// `SessionHandler::write()` tells the truth.
fn stored(outcome: Result<Outcome, Error>, facts: &Facts<'_>) -> Answer {
    match outcome {
        Ok(Outcome::Done | Outcome::Dropped(_)) => Answer::yes(),
        Ok(Outcome::Lost(why)) => Answer::yes().say(Some(Message::warning(format!(
            "expected to store the session, found that {why}; the changes of this request are lost, keep sessions open for a shorter time"
        )))),
        Err(error) if facts.wrapped => Answer::refuse(failed(&error)),
        Err(error) => Answer::yes().say(Some(failed(&error))),
    }
}

fn done(result: Result<(), Error>) -> Answer {
    match result {
        Ok(()) => Answer::yes(),
        Err(error) => Answer::refuse(failed(&error)),
    }
}

fn failed(error: &Error) -> Message {
    Message::broken(error)
}

/// Without room to decode it PHP would take the session for damaged, and destroy it.
fn too_large(length: usize, memory_left: usize) -> Option<Message> {
    (length.saturating_mul(2) > memory_left).then(|| {
        Message::warning(format!(
            "expected memory_limit to leave {} bytes for reading a session of {length} bytes, found {memory_left}; raise memory_limit or \
             store less in the session",
            length.saturating_mul(2)
        ))
    })
}

fn nothing_open() -> Answer {
    Answer::refuse(Message::warning("expected a session to be open, found none; call session_start() first"))
}

fn another_session() -> Answer {
    Answer::refuse(Message::warning(
        "expected the ID of the session that is open, found another one; a request reaches no other session than its own",
    ))
}
