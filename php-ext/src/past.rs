//! What a request has done so far, in sessions that are closed by now.
//!
//! An ID means something else to the request that made it, or ended it, than to the next one. Forgotten with the
//! request.

use sidereal_core::id::{Prefix, SessionId};
use sidereal_core::session::{Denial, Session};

use crate::guard::Message;
use crate::process::Configured;

/// A request that makes more IDs than this has forgotten the first ones; a command line may go on for days.
const MOST: usize = 16;

/// What a request has done so far. IDs are kept as PHP has them: an ID has one spelling only.
pub struct Past {
    minted: Vec<String>,
    ended: Vec<String>,
    served: Option<Served>,
    /// Lent to PHP until the next call.
    text: String,
}

struct Served {
    id: String,
    may_send_cookie: bool,
    denial: Option<Denial>,
}

impl Past {
    /// Nothing.
    pub const fn new() -> Self {
        Self { minted: Vec::new(), ended: Vec::new(), served: None, text: String::new() }
    }

    /// A session was opened under `id`.
    pub fn serve(&mut self, session: &Session, id: &str) {
        if session.is_replaced() {
            keep(&mut self.minted, id);
        }
        // What must not be sent once must not be sent later in the same request either.
        let may_send_cookie = session.may_send_cookie() && !self.must_not_send(id.as_bytes());
        self.served = Some(Served { id: id.to_owned(), may_send_cookie, denial: session.denial() });
    }

    /// Why the latest session of this request is not the one that was presented; `None` when there was no session.
    pub fn denial(&self) -> Option<Option<Denial>> {
        self.served.as_ref().map(|served| served.denial)
    }

    /// A session was logged out.
    pub fn end(&mut self, id: &str) {
        keep(&mut self.ended, id);
    }

    /// Whether this request has made `id`: the client has not seen it yet.
    pub fn has_minted(&self, id: &[u8]) -> bool {
        self.minted.iter().any(|minted| minted.as_bytes() == id)
    }

    /// Whether this request has logged `id` out.
    pub fn has_ended(&self, id: &[u8]) -> bool {
        self.ended.iter().any(|ended| ended.as_bytes() == id)
    }

    /// Whether the latest session of this request was opened under `id`.
    pub fn has_served(&self, id: &[u8]) -> bool {
        self.served.as_ref().is_some_and(|served| served.id.as_bytes() == id)
    }

    /// Whether `id` is one that PHP must not send: a second session_start() would, because it takes it for the
    /// application's.
    pub fn must_not_send(&self, id: &[u8]) -> bool {
        self.has_served(id) && self.served.as_ref().is_some_and(|served| !served.may_send_cookie)
    }

    /// A new ID with `prefix`, of a session that nobody has stored. The text stays until the next one.
    pub fn mint(&mut self, configured: &Configured, prefix: &[u8]) -> Result<&str, Message> {
        let Some(prefix) = Prefix::new(prefix) else {
            return Err(Message::warning(
                "expected the prefix of a session ID to be at most 177 characters of A-Z, a-z, 0-9, \"-\" and \",\", found another one; \
                 shorten it",
            ));
        };
        let id = configured.engine.mint(&prefix).map_err(|error| Message::broken(&error))?;
        Ok(self.keep_minted(&id))
    }

    /// Keeps `text` until the next one.
    pub fn keep_text(&mut self, text: String) -> &str {
        self.text = text;
        &self.text
    }

    /// Remembers that this request has made `id`. The text stays until the next one.
    pub fn keep_minted(&mut self, id: &SessionId) -> &str {
        self.text = id.expose();
        keep(&mut self.minted, &self.text);
        &self.text
    }
}

fn keep(list: &mut Vec<String>, id: &str) {
    if list.len() >= MOST {
        list.remove(0);
    }
    list.push(id.to_owned());
}
