//! What a call answers.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};

use sidereal_core::error::Error;

/// What a call answers. The numbers never change their meaning; new ones come at the end. PHP's
/// exceptions have the same ones as their codes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// A pointer that must not be NULL was.
    Null = 1,
    /// A number or a text is not what the function takes: out of range, too long, not UTF-8, or with CR, LF or NUL in it.
    Argument = 2,
    /// A setting is wrong or contradicts another one.
    Config = 3,
    /// The store can not answer. Leave the client's cookie alone and serve the request without a session, or an error page.
    Store = 4,
    /// The store can be read but has no room to write.
    StoreFull = 5,
    /// The keyring is missing, damaged, or can be read by others.
    Keyring = 6,
    /// The operating system gives no random bytes.
    Entropy = 7,
    /// Another request has the session open. Ask the client to try again: 503 with Retry-After.
    Busy = 8,
    /// The write was dropped, as it has to be: the session is read-only, has ended, or was superseded. No fault of the application.
    Dropped = 9,
    /// The write was dropped although it should have been stored: another holder has written meanwhile. This request's changes are lost.
    Lost = 10,
    /// The payload is larger than the setting allows. Nothing was stored.
    TooLarge = 11,
    /// The call does not fit the moment: no session is open, or one is already.
    State = 12,
    /// The handle was made by the process that this one was forked from.
    Forked = 13,
    /// A fault in the library itself. What was open is given up; please report it.
    Internal = 14,
    /// The user has as many sessions as the settings allow, and they refuse one more.
    RosterFull = 15,
    /// The user has to prove once more who they are: auto-login is not turned on by a session that came of it. sidereal_request_is_fresh() answers 0.
    ReauthenticationRequired = 16,
    /// The session needs a new ID, which goes into a header, and the headers are sent.
    HeadersSent = 17,
    /// Nobody has logged in to the session, or not the user that auto-login is for.
    NotBound = 18,
    /// Nothing shows that the user has meant the request. PHP's alone: sidereal_request_csrf_check() writes why.
    CsrfRefused = 19,
}

impl Status {
    fn sentence(self) -> &'static CStr {
        match self {
            Self::Ok => c"done",
            Self::Null => c"expected a pointer, found NULL",
            Self::Argument => c"an argument is out of range, too long, not UTF-8, or has CR, LF or NUL in it",
            Self::Config => c"a setting is wrong or contradicts another one",
            Self::Store => c"the store can not answer",
            Self::StoreFull => c"the store has no room to write",
            Self::Keyring => c"the keyring can not be used",
            Self::Entropy => c"the operating system gives no random bytes",
            Self::Busy => c"another request has the session open",
            Self::Dropped => c"the write was dropped: the session is read-only, has ended or was superseded",
            Self::Lost => c"the write is lost: another request has written the session meanwhile",
            Self::TooLarge => c"the payload is larger than the setting allows",
            Self::State => c"the call does not fit the moment: no session is open, or one is already",
            Self::Forked => c"the handle belongs to the process that this one was forked from",
            Self::Internal => c"a fault in Sidereal itself; please report it",
            Self::RosterFull => c"the user has as many sessions as they may",
            Self::ReauthenticationRequired => c"the user has to prove once more who they are",
            Self::HeadersSent => c"the session needs a new ID, and the headers are sent",
            Self::NotBound => c"nobody has logged in to the session",
            Self::CsrfRefused => c"nothing shows that the user has meant the request",
        }
    }

    const ALL: [Self; 20] = [
        Self::Ok,
        Self::Null,
        Self::Argument,
        Self::Config,
        Self::Store,
        Self::StoreFull,
        Self::Keyring,
        Self::Entropy,
        Self::Busy,
        Self::Dropped,
        Self::Lost,
        Self::TooLarge,
        Self::State,
        Self::Forked,
        Self::Internal,
        Self::RosterFull,
        Self::ReauthenticationRequired,
        Self::HeadersSent,
        Self::NotBound,
        Self::CsrfRefused,
    ];
}

/// A call that failed: its status and, for the handle, a sentence.
#[derive(Debug)]
pub struct Failure {
    pub status: Status,
    pub message: Cow<'static, str>,
}

impl Failure {
    pub fn new(status: Status, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Argument, message)
    }

    pub fn null(name: &str) -> Self {
        Self::new(Status::Null, format!("expected {name} to point to something, found NULL; pass a pointer"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match () {
            () if error.is_crowded() => Status::RosterFull,
            () if error.is_full() => Status::StoreFull,
            () if error.is_store() => Status::Store,
            () if error.is_keyring() => Status::Keyring,
            () if error.is_entropy() => Status::Entropy,
            () => Status::Config,
        };
        Self::new(status, error.to_string())
    }
}

/// What a status means, in a few words. Never NULL; the text is static. The handle's message says more.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_strerror(status: u32) -> *const c_char {
    let found = Status::ALL.into_iter().find(|known| *known as u32 == status);
    found.map_or(c"a status that this version does not know", Status::sentence).as_ptr()
}

/// The version of the library, such as "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
