//! The request that a thread is serving.
//!
//! Made by the first callback, forgotten at the end of the request: PHP calls a save handler before RINIT
//! (`session.auto_start`, upload progress) and after RSHUTDOWN (the last write), and FrankenPHP's workers never run
//! either.

mod device;
mod evidence;
mod forms;
mod user;

use std::cell::RefCell;
use std::mem;

use sidereal_core::birth::Birth;

use crate::border::{Facts, act};
use crate::events;
use crate::guard::{Answer, Message};
use crate::opened::Opened;
use crate::past::Past;
use crate::process;
use crate::visitor::Visitor;

pub use user::{Freshness, Intent, check_user};

/// The request that a thread is serving.
pub struct Request {
    birth: Birth,
    open: Option<Open>,
    past: Past,
    /// Whether PHP still has a session open that belongs to the process that this one was forked from.
    orphaned: bool,
    /// A `Set-Cookie` line or a user ID, lent to PHP until the next call.
    lent: (String, Vec<u8>),
}

enum Open {
    Session(Box<Opened>),
    /// The upload progress feature, which calls before anybody knows who the client is. It gets an empty session that
    /// nobody keeps: it can neither adopt an ID nor store a row, take a lock or set a cookie (A3).
    Upload,
}

thread_local! {
    static REQUEST: RefCell<Request> = const { RefCell::new(Request::new()) };
}

/// Runs `body` with this thread's request.
pub fn with(body: impl FnOnce(&mut Request) -> Answer) -> Answer {
    REQUEST.with_borrow_mut(|request| {
        request.forget_the_parent();
        body(request)
    })
}

/// Forgets what this thread's request has left open: it writes nothing, and what is stored stays as it is.
pub fn over() {
    events::forget();
    REQUEST.with_borrow_mut(|request| {
        request.forget_the_parent();
        *request = Request { birth: request.birth, ..Request::new() };
    });
}

/// A fault in the extension: the session that was open is not to be trusted any more.
pub fn give_up() {
    REQUEST.with_borrow_mut(|request| request.open = None);
}

impl Request {
    const fn new() -> Self {
        Self { birth: Birth::FIRST, open: None, past: Past::new(), orphaned: false, lent: (String::new(), Vec::new()) }
    }

    /// After a fork the session belongs to the parent: its lock is not given back and nothing is written.
    fn forget_the_parent(&mut self) {
        let birth = Birth::current();
        if self.birth == birth {
            return;
        }
        let orphaned = self.open.is_some();
        mem::forget(mem::replace(self, Self { birth, orphaned, ..Self::new() }));
    }

    /// `$_SESSION` was written after the session was closed.
    pub fn late_write(&mut self, facts: &Facts<'_>) -> Answer {
        if let Ok(configured) = self.configured(facts) {
            configured.engine.report_late_write();
        }
        Answer::yes()
    }

    /// `s_open`.
    pub fn open(&mut self, facts: &Facts<'_>) -> Answer {
        self.orphaned = false;
        if facts.upload {
            self.open = Some(Open::Upload);
            return Answer::yes();
        }
        if let Some(Open::Session(opened)) = &self.open
            && opened.goes_on(facts)
        {
            return Answer::yes();
        }
        // What is left from a call that PHP left in the middle.
        self.open = None;
        let admitted = process::configured(facts.save_path())
            .and_then(|configured| Ok((Visitor::admitted(facts, &configured.policy)?, configured)));
        match admitted {
            Ok((visitor, configured)) => {
                let mut opened = Box::new(Opened::new(configured, visitor, facts));
                let silent = !facts.id.is_empty() && self.past.must_not_send(facts.id);
                let answer = Answer::yes().also(if silent { act::KEEP_COOKIE } else { 0 }).also(visitor.act());
                let answer = match opened.lost_by_php(facts) {
                    Some(id) => answer.also(act::TAKE_ID).id(id),
                    None => answer,
                };
                self.open = Some(Open::Session(opened));
                answer
            }
            Err(error) => Answer::refuse(Message::broken(&error)),
        }
    }

    /// `s_close`.
    pub fn close(&mut self, facts: &Facts<'_>) -> Answer {
        if let Some(Open::Session(opened)) = &mut self.open
            && !opened.close(facts)
        {
            return Answer::yes();
        }
        let message = match self.open.take() {
            Some(Open::Session(opened)) => opened.finish(),
            Some(Open::Upload) | None => None,
        };
        self.orphaned = false;
        Answer::yes().also(act::RELEASE).say(message)
    }

    /// `s_validate_sid`.
    pub fn validate(&mut self, facts: &Facts<'_>, id: &[u8]) -> Answer {
        self.ask(|opened, past| opened.validate(facts, id, past))
    }

    /// `s_create_sid`, which `SessionHandler::create_sid()` calls without opening anything.
    pub fn create(&mut self, facts: &Facts<'_>) -> Answer {
        match &mut self.open {
            Some(Open::Session(opened)) => opened.create(facts, &mut self.past),
            // Only an ID field that starts with NUL gets here. What it is does not matter: no cookie is sent, nothing
            // is stored.
            Some(Open::Upload) => Answer::yes().id("0"),
            None => self.mint(facts, &[]),
        }
    }

    /// `s_read`.
    pub fn read(&mut self, facts: &Facts<'_>, id: &[u8]) -> Answer {
        self.ask(|opened, past| opened.read(facts, id, past))
    }

    /// `$_SESSION` has been stripped.
    pub fn stripped(&mut self) -> Answer {
        if let Some(Open::Session(opened)) = &mut self.open {
            opened.stripped();
        }
        Answer::yes()
    }

    /// `s_write`.
    pub fn write(&mut self, facts: &Facts<'_>, id: &[u8], payload: &[u8]) -> Answer {
        if self.orphaned {
            return Answer::yes().say(Some(Message::warning(
                "expected the process that opened the session to write it, found one that was forked from it; its changes are dropped, \
                 close the session before pcntl_fork()",
            )));
        }
        self.ask(|opened, past| opened.write(facts, id, payload, past))
    }

    /// `s_update_timestamp`.
    pub fn touch(&mut self, facts: &Facts<'_>, id: &[u8]) -> Answer {
        if self.orphaned {
            return Answer::yes();
        }
        self.ask(|opened, past| opened.touch(facts, id, past))
    }

    /// `s_destroy`.
    pub fn destroy(&mut self, facts: &Facts<'_>, id: &[u8]) -> Answer {
        self.ask(|opened, past| opened.destroy(facts, id, past))
    }

    /// `s_gc`.
    pub fn sweep(&mut self, facts: &Facts<'_>) -> Answer {
        self.ask(|opened, _| opened.sweep(facts))
    }

    /// `session_create_id()`.
    pub fn mint(&mut self, facts: &Facts<'_>, prefix: &[u8]) -> Answer {
        let minted = match self.configured(facts) {
            Ok(configured) => self.past.mint(&configured, prefix),
            Err(error) => Err(Message::broken(&error)),
        };
        match minted {
            Ok(id) => Answer::yes().id(id),
            Err(message) => Answer::refuse(message),
        }
    }

    /// `session_start()` is done: what there is to tell about the session that it opened.
    pub fn notice(&mut self) -> Option<Message> {
        match &mut self.open {
            Some(Open::Session(opened)) => opened.notice(),
            Some(Open::Upload) | None => None,
        }
    }

    /// Asks the open session. An upload hears yes to everything.
    fn ask(&mut self, body: impl FnOnce(&mut Opened, &mut Past) -> Answer) -> Answer {
        match &mut self.open {
            Some(Open::Session(opened)) => body(opened, &mut self.past),
            Some(Open::Upload) => Answer::yes(),
            None => Answer::refuse(Message::warning(
                "expected a session to be open, found none; call session_start() first",
            )),
        }
    }
}
