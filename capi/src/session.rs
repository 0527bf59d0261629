//! What a request does with its session.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;

use sidereal_core::cookie::Candidates;
use sidereal_core::engine::{Access as CoreAccess, Refused};
use sidereal_core::session::{Denial as CoreDenial, Outcome, Session, Snapshot as CoreSnapshot};
use sidereal_core::store::Busy;

use crate::bytes;
use crate::guard;
use crate::request::{Inner, Request};
use crate::status::{Failure, Status};

/// How a session is opened.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Alone, to be written: waits for others, first come first served.
    Exclusive = 0,
    /// To be read: waits for nobody and keeps nobody waiting.
    ReadOnly = 1,
}

/// What the old ID shows for the grace after an elevation.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// The payload as it was when this request opened the session.
    AsRead = 0,
    /// Nothing.
    Empty = 1,
}

/// Why a client got a fresh session instead of the one that it asked for. The numbers never change their meaning.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It got what it asked for, or asked for nothing.
    None = 0,
    /// Not an ID of ours.
    Forged = 1,
    /// Genuine, but nobody knows it.
    Unknown = 2,
    /// No request for too long.
    Idle = 3,
    /// Its time is over.
    Absolute = 4,
    /// The client never presented the ID that replaced this one.
    LostCookie = 5,
    /// Superseded, and the grace is over.
    Superseded = 6,
    /// Superseded, and used so late that somebody else must have it: tell the user.
    Obsolete = 7,
    /// The user has logged out.
    LoggedOut = 8,
    /// Ended by somebody else.
    Revoked = 9,
    /// Its seal does not open, or it is of another serializer.
    Broken = 10,
    /// The client sent several IDs, and more than one of them is alive: somebody has planted one.
    Conflict = 11,
    /// It was made by https and came by http, or the other way round where the ID could not be replaced.
    Scheme = 12,
    /// The client seems to be another one than the session's, and the settings deny those.
    Stranger = 13,
}

impl Denial {
    pub(crate) fn of(denial: Option<CoreDenial>) -> Self {
        match denial {
            None => Self::None,
            Some(CoreDenial::Forged) => Self::Forged,
            Some(CoreDenial::Unknown) => Self::Unknown,
            Some(CoreDenial::Idle) => Self::Idle,
            Some(CoreDenial::Absolute) => Self::Absolute,
            Some(CoreDenial::LostCookie) => Self::LostCookie,
            Some(CoreDenial::Superseded) => Self::Superseded,
            Some(CoreDenial::Obsolete) => Self::Obsolete,
            Some(CoreDenial::LoggedOut) => Self::LoggedOut,
            Some(CoreDenial::Revoked) => Self::Revoked,
            Some(CoreDenial::Broken) => Self::Broken,
            Some(CoreDenial::Conflict) => Self::Conflict,
            Some(CoreDenial::Scheme) => Self::Scheme,
            Some(CoreDenial::Stranger) => Self::Stranger,
        }
    }

    const WORDS: [&'static CStr; 14] = [
        c"none",
        c"forged",
        c"unknown",
        c"idle",
        c"absolute",
        c"lost_cookie",
        c"superseded",
        c"obsolete",
        c"logged_out",
        c"revoked",
        c"broken",
        c"conflict",
        c"scheme",
        c"stranger",
    ];
}

/// One word for a denial, for logs. Never NULL; static.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_denial_word(denial: u32) -> *const c_char {
    let word = usize::try_from(denial).ok().and_then(|at| Denial::WORDS.get(at)).copied();
    word.unwrap_or(c"a denial that this version does not know").as_ptr()
}

pub(crate) fn no_session() -> Failure {
    Failure::new(Status::State, "expected a session to be open, found none; call sidereal_request_open() first")
}

impl Inner {
    pub(crate) fn session(&mut self) -> Result<&mut Session, Failure> {
        self.session.as_mut().ok_or_else(no_session)
    }

    /// Refused where the client could not learn of a new ID.
    pub(crate) fn cookie_can_be_sent(&self) -> Result<(), Failure> {
        if self.came.can_set_cookie {
            return Ok(());
        }
        Err(Failure::new(
            Status::HeadersSent,
            "expected to send the client a new ID, found that the headers are sent; do this before the response is written",
        ))
    }

    fn open(&mut self, access: CoreAccess) -> Result<(), Failure> {
        if self.session.is_some() {
            return Err(Failure::new(
                Status::State,
                "expected no session to be open, found one; call sidereal_request_close() first",
            ));
        }
        let made = &self.made;
        let arrival = self.came.arrival(&made.policy, &made.serializer, self.past.minted);
        // From here on the scheme is the client's, whatever the connection's.
        self.came.scheme = arrival.scheme.unwrap_or(self.came.scheme);
        made.policy.admit(arrival.scheme, arrival.is_local)?;
        let name = made.cookie.name(self.came.scheme)?;
        // After the first opening the request knows which ID counts; whoever opens after a log-out wants a new one.
        let own = self.past.id.as_ref().map(|id| id.expose());
        let presented = match &own {
            _ if self.past.ended => Candidates::default(),
            Some(id) => Candidates::one(id.as_bytes()),
            None => Candidates::find(&self.came.cookies, name),
        };
        let session = made.engine.open_one(&made.policy, &presented, &arrival, access).map_err(refused)?;
        if session.denial().is_some() {
            self.past.denial = session.denial();
        }
        self.past.ended = false;
        self.session = Some(session);
        self.remember()
    }

    /// Keeps what outlives the session: its ID, and the line that tells the client.
    pub(crate) fn remember(&mut self) -> Result<(), Failure> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        self.past.id = Some(session.id().clone());
        if session.is_replaced() {
            self.past.minted = true;
            self.past.line = match session.may_send_cookie() && self.came.can_set_cookie {
                true => Some(line(self.made.cookie.set(session.id(), self.came.scheme)?)),
                false => None,
            };
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let most = self.made.policy.max_payload;
        let pending = self.pending.take();
        let session = self.session()?;
        let outcome = match &pending {
            Some(payload) => session.commit(payload),
            None => {
                let payload = session.payload().to_vec();
                session.commit(&payload)
            }
        };
        let remembered = self.remember();
        match outcome {
            Ok(Outcome::Done) => remembered,
            Ok(Outcome::Dropped(why)) => Err(Failure::new(
                Status::Dropped,
                format!(
                    "expected a session that can be written, found that it can not ({why}); nothing is wrong, what this request changed is not kept"
                ),
            )),
            Ok(Outcome::Lost(why)) => Err(Failure::new(
                Status::Lost,
                format!(
                    "expected to store the session, found that {why}; the changes of this request are lost, keep sessions open for a shorter time"
                ),
            )),
            Err(error) => {
                let too_large = pending.as_ref().is_some_and(|payload| payload.len() > most);
                // It can be tried again.
                self.pending = pending;
                let failure = Failure::from(error);
                Err(if too_large { Failure { status: Status::TooLarge, ..failure } } else { failure })
            }
        }
    }

    fn logout(&mut self) -> Result<(), Failure> {
        let can_set_cookie = self.came.can_set_cookie;
        let session = self.session()?;
        // Not when what the client has by now is the successor of a superseded ID, with which it goes on.
        let clears = can_set_cookie && (session.may_send_cookie() || session.is_writable());
        let was_remembered = session.is_remembered();
        session.logout(clears)?;
        if was_remembered {
            self.clear_device();
        }
        self.pending = None;
        self.past.ended = true;
        self.past.line = match clears {
            true => Some(line(self.made.cookie.clear(self.came.scheme)?)),
            false => None,
        };
        Ok(())
    }
}

/// Gives the session back and does what is due for the store.
pub(crate) fn close(inner: &mut Inner) -> Result<(), Failure> {
    inner.pending = None;
    let Some(session) = &mut inner.session else {
        return Ok(());
    };
    let settled = session.settle();
    let remembered = if settled.is_ok() { inner.remember() } else { Ok(()) };
    inner.session = None;
    inner.made.engine.maintain(&inner.made.policy);
    settled?;
    remembered
}

/// A line never has NUL in it: names, IDs and tokens are of letters, digits and dashes, paths of what a URL may have.
pub(crate) fn line(text: String) -> CString {
    CString::new(text).unwrap_or_default()
}

fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Broken(error) => error.into(),
        Refused::Busy(busy) => Failure::new(Status::Busy, held(&busy)),
    }
}

fn held(busy: &Busy) -> String {
    let what = if busy.crowded { "as many requests wait for it as may" } else { "the time to wait for it has run out" };
    let who = busy.pid.map_or_else(|| "another request".to_owned(), |pid| format!("process {pid}"));
    let since = busy.held_for.map_or_else(String::new, |span| format!(" for {} seconds", span.as_secs()));
    format!(
        "expected the session to be free, found that {who} has had it open{since} and {what}; commit early, or open it read-only"
    )
}

/// Opens the session that the client's cookie names, or a fresh one: nothing that a client sends makes this fail. A session that was closed can be
/// opened again. `access` is a constant of sidereal_access.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_open(request: Option<&mut Request>, access: u32) -> Status {
    guard::on(request, |request| {
        let access = match access {
            0 => CoreAccess::Exclusive,
            1 => CoreAccess::ReadOnly,
            other => {
                return Err(Failure::argument(format!(
                    "expected the access to be a constant of sidereal_access, found {other}; pass one of these"
                )));
            }
        };
        request.inner.open(access)
    })
}

/// Lends the payload: as it was set last, or as it was read. It is whatever bytes the program stored, and empty at first.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_payload(
    request: Option<&mut Request>,
    payload: Option<&mut MaybeUninit<*const c_void>>,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    guard::on(request, |request| {
        let payload = payload.ok_or_else(|| Failure::null("payload"))?;
        let length = length.ok_or_else(|| Failure::null("length"))?;
        request.inner.session()?;
        let Inner { pending, session, .. } = &request.inner;
        let read = session.as_ref().map_or(&b""[..], |session| session.payload());
        let found = pending.as_deref().unwrap_or(read);
        payload.write(found.as_ptr().cast());
        length.write(found.len());
        Ok(())
    })
}

/// Sets the payload to `length` bytes, which are copied. Nothing is stored before sidereal_request_commit().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_payload(
    request: Option<&mut Request>,
    payload: *const c_void,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        let payload = bytes::borrow(payload, length, "payload")?;
        request.inner.session()?;
        request.inner.pending = Some(payload.to_vec());
        Ok(())
    })
}

/// Stores the payload and lets the next request have the session; it can still be read here. A payload that is as it was costs nothing. Fails with
/// SIDEREAL_STATUS_DROPPED or SIDEREAL_STATUS_LOST when it was not stored. Commit once, before the response is sent; to write again, close and open.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_commit(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| request.inner.commit())
}

/// Closes the session and does a little of what is due for the store. What was set and not committed is gone. Nothing happens when none is open.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_close(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| close(&mut request.inner))
}

/// Replaces the ID now, for the same privilege; the old one goes on until the client has presented the new one, and for the grace. Sessions do this by
/// themselves at each rotate interval. Nothing happens where it can not be done: nothing is stored, the session is read-only or committed, or no
/// cookie can be sent.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_rotate(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| {
        let can_set_cookie = request.inner.came.can_set_cookie;
        let session = request.inner.session()?;
        if can_set_cookie && session.may_send_cookie() {
            session.rotate_now()?;
        }
        request.inner.remember()
    })
}

/// Gives the session a new ID for a new privilege: call it at log-in, log-in with another factor and every change of rights, and then set and commit
/// what is new. The old ID never sees it: for the grace it shows `snapshot`, a constant of sidereal_snapshot. Fails with
/// SIDEREAL_STATUS_HEADERS_SENT when they are.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_elevate(request: Option<&mut Request>, snapshot: u32) -> Status {
    guard::on(request, |request| {
        let snapshot = match snapshot {
            0 => CoreSnapshot::AsRead,
            1 => CoreSnapshot::Empty,
            other => {
                return Err(Failure::argument(format!(
                    "expected the snapshot to be a constant of sidereal_snapshot, found {other}; pass one of these"
                )));
            }
        };
        request.inner.cookie_can_be_sent()?;
        let session = request.inner.session()?;
        session.elevate(snapshot)?;
        // Stored before the client can have it. When this fails a commit tries again, and without one the client keeps what it has.
        session.settle()?;
        request.inner.remember()
    })
}

/// Ends the session and every ID that leads to it, at once and for good, and turns auto-login off for the client; nothing in flight can bring it back.
/// The client is told to drop its cookies: see sidereal_request_set_autologin_cookie().
/// Check the status: when it fails the session has not ended.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_logout(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| request.inner.logout())
}

/// Sets a payload aside that the program can not decode: the session ends, its payload stays in the store for a while. The next opening is fresh.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_quarantine(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| {
        request.inner.session()?.quarantine()?;
        request.inner.pending = None;
        request.inner.past.ended = true;
        Ok(())
    })
}
