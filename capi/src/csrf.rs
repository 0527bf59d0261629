//! Whether a request that changes something was meant by the user: tokens for forms, and what the request's headers say.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use sidereal_core::csrf::{Attempt, Refusal as CoreRefusal, token};
use sidereal_core::session::Scope;

use crate::bytes;
use crate::guard;
use crate::request::{Inner, Request};
use crate::session::no_session;
use crate::status::{Failure, Status};
use crate::user::argument;

/// Why sidereal_request_csrf_check() refuses a request. The numbers never change their meaning.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not.
    None = 0,
    /// Another site made the browser send it.
    CrossSite = 1,
    /// A neighbour did: another host under the same registered domain, or the other scheme.
    SameSite = 2,
    /// Origin or Referer names somebody else.
    ForeignOrigin = 3,
    /// Origin is "null": a sandbox, a local file, a redirect across sites.
    OpaqueOrigin = 4,
    /// The client used to say where its requests come from, and this one does not.
    Downgrade = 5,
    /// The request does not say where it comes from, and the settings ask for that.
    UnknownOrigin = 6,
    /// There is no token.
    NoToken = 7,
    /// The token is not one for this session, this scope and this use.
    WrongToken = 8,
}

impl Refusal {
    fn of(refusal: CoreRefusal) -> Self {
        match refusal {
            CoreRefusal::CrossSite => Self::CrossSite,
            CoreRefusal::SameSite => Self::SameSite,
            CoreRefusal::ForeignOrigin => Self::ForeignOrigin,
            CoreRefusal::OpaqueOrigin => Self::OpaqueOrigin,
            CoreRefusal::Downgrade => Self::Downgrade,
            CoreRefusal::UnknownOrigin => Self::UnknownOrigin,
            CoreRefusal::NoToken => Self::NoToken,
            CoreRefusal::WrongToken => Self::WrongToken,
        }
    }

    const WORDS: [&'static CStr; 9] = [
        c"none",
        c"cross-site",
        c"same-site",
        c"foreign-origin",
        c"opaque-origin",
        c"downgrade",
        c"unknown-origin",
        c"no-token",
        c"wrong-token",
    ];
}

/// The word of the log for a refusal, such as "cross-site"; "unknown" for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_refusal_word(refusal: u32) -> *const c_char {
    let word = usize::try_from(refusal).ok().and_then(|at| Refusal::WORDS.get(at));
    word.map_or(c"unknown", |word| word).as_ptr()
}

fn scope<'a>(at: *const c_char, length: usize, once: u32) -> Result<Scope<'a>, Failure> {
    let name = bytes::utf8(at, length, "scope")?;
    match once {
        0 | 1 => Ok(Scope { name, once: once == 1 }),
        other => Err(Failure::argument(format!("expected once to be 0 or 1, found {other}; pass one of these"))),
    }
}

/// A header as it was told: an empty one says as little as none.
fn given(header: &str) -> Option<&str> {
    (!header.is_empty()).then_some(header)
}

/// Copies a token for a form of the open session, 87 characters of A-Z, a-z, 0-9, "-" and "_" and NUL, to `token`, which has room for 88: another one
/// each time, all good. `scope` says what for, at most 64 printable ASCII characters, or is empty: the token of the whole site. `once` is 1 for a token
/// that is good for one request, in a session that is stored and open exclusively, or 0. Tokens stay good through rotations, and are void after a
/// log-in, an elevation or a log-out.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_csrf_token(
    request: Option<&mut Request>,
    scope_name: *const c_char,
    scope_length: usize,
    once: u32,
    token: Option<&mut MaybeUninit<[c_char; 88]>>,
) -> Status {
    const _: () = assert!(token::LENGTH + 1 == 88);
    guard::on(request, |request| {
        let scope = scope(scope_name, scope_length, once)?;
        let out = token.ok_or_else(|| Failure::null("token"))?;
        out.write(bytes::fixed(&request.inner.session()?.csrf_token(scope).map_err(argument)?));
        Ok(())
    })
}

/// Whether `token` is one of the open session for `scope` and `once`: 1 or 0, whatever its bytes are. A token that is good once is used up by asking.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_csrf_verify(
    request: Option<&mut Request>,
    token: *const c_char,
    token_length: usize,
    scope_name: *const c_char,
    scope_length: usize,
    once: u32,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    guard::on(request, |request| {
        let token = bytes::borrow(token.cast(), token_length, "token")?;
        let scope = scope(scope_name, scope_length, once)?;
        let answer = answer.ok_or_else(|| Failure::null("answer"))?;
        answer.write(u32::from(request.inner.session()?.csrf_verify(token, scope)));
        Ok(())
    })
}

/// Whether the request was meant by the user: by what its headers say and, unless the method changes nothing, by its token; otherwise as
/// sidereal_request_csrf_verify(). `token` is NULL when none came. Writes a constant of sidereal_refusal; every refusal is an event.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_csrf_check(
    request: Option<&mut Request>,
    token: *const c_char,
    token_length: usize,
    scope_name: *const c_char,
    scope_length: usize,
    once: u32,
    refusal: Option<&mut MaybeUninit<Refusal>>,
) -> Status {
    guard::on(request, |request| {
        let sent = if token.is_null() { None } else { Some(bytes::borrow(token.cast(), token_length, "token")?) };
        let scope = scope(scope_name, scope_length, once)?;
        let out = refusal.ok_or_else(|| Failure::null("refusal"))?;
        let Inner { came, session, .. } = &mut request.inner;
        let attempt = Attempt {
            method: &came.method,
            host: &came.headers.host,
            fetch_site: given(&came.headers.fetch_site),
            origin: given(&came.headers.origin),
            referer: given(&came.headers.referer),
        };
        let checked = session.as_mut().ok_or_else(no_session)?.csrf_check(&attempt, sent, scope);
        out.write(checked.map_or_else(Refusal::of, |()| Refusal::None));
        Ok(())
    })
}

/// Whether a value may stand in a response header: 1, or 0 when it has a CR, an LF, a NUL or another control character in it, is not UTF-8, or has one of
/// the line ends of Unicode, which some programs turn into CR or LF. For headers that are made from what a client sent, such as a redirect. NULL is 0.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_header_value_ok(value: *const c_char, length: usize) -> u32 {
    let found = bytes::given(value.cast(), length, "value");
    u32::from(found.is_ok_and(sidereal_core::cookie::is_header_value))
}
