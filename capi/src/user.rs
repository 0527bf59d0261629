//! Whose session a request has open: log-in, and proof that it is still them.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

use sidereal_core::error::Error;
use sidereal_core::session::{Session, check_user};

use crate::bytes;
use crate::guard;
use crate::request::{Inner, Request, ask, tell};
use crate::status::{Failure, Status};

/// What the core finds wrong with a user ID or a name is wrong with an argument here.
pub(crate) fn argument(error: Error) -> Failure {
    if error.is_config() { Failure::argument(error.to_string()) } else { error.into() }
}

/// Names that stand in one text, with spaces between them: no name has one in it.
fn names<'a>(at: *const c_char, length: usize, name: &str) -> Result<Vec<&'a str>, Failure> {
    Ok(bytes::utf8(at, length, name)?.split(' ').filter(|found| !found.is_empty()).collect())
}

/// One name, or none where any will do.
fn one<'a>(at: *const c_char, length: usize, name: &str) -> Result<Option<&'a str>, Failure> {
    match names(at, length, name)?.as_slice() {
        [] => Ok(None),
        [found] => Ok(Some(found)),
        _ => Err(Failure::argument(format!("expected {name} to be one name or empty, found several; ask for one"))),
    }
}

impl Inner {
    /// Binds the session by `bind` and stores that, or leaves everything as it was.
    fn prove(&mut self, bind: impl FnOnce(&mut Session) -> Result<(), Error>) -> Result<(), Failure> {
        self.cookie_can_be_sent()?;
        let session = self.session()?;
        bind(session).map_err(argument)?;
        if let Err(error) = session.settle() {
            // Nobody is logged in by a commit that was meant for somebody else.
            session.withdraw();
            return Err(error.into());
        }
        let is_stored = session.may_send_cookie();
        self.remember()?;
        if is_stored {
            return Ok(());
        }
        Err(Failure::new(
            Status::Lost,
            "expected to bind the session to its user, found that it has ended or that another request has written it; ask the user to log in again",
        ))
    }
}

/// Binds the session to a user who has just proved who they are: 1 to 255 bytes that name them in the application, without NUL. Only a keyed hash of
/// them is kept. `methods` says how they proved it, such as "pwd otp": at most 16 names of at most 64 characters with spaces between them, or empty.
/// The session has a new ID, as by sidereal_request_elevate(), its absolute timeout starts anew, and it is stored: then set and commit what is new.
/// Fails with SIDEREAL_STATUS_ROSTER_FULL when the user has as many sessions as they may and the settings refuse one more. When it fails nobody is
/// logged in; so it does with SIDEREAL_STATUS_HEADERS_SENT, because the client could not learn its new ID.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_login(
    request: Option<&mut Request>,
    user: *const c_void,
    user_length: usize,
    methods: *const c_char,
    methods_length: usize,
) -> Status {
    guard::on(request, |request| {
        let user = bytes::given(user, user_length, "user")?;
        let methods = names(methods, methods_length, "methods")?;
        request.inner.prove(|session| session.login(user, &methods).map(drop))
    })
}

/// The user of the session has proved once more who they are: a new ID, and a proof that is fresh again. `scopes` says what for, such as "pay": each
/// is good for one sidereal_request_is_fresh(); names as those of `methods`, or empty. Fails with SIDEREAL_STATUS_NOT_BOUND when nobody is logged in.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_reauthenticated(
    request: Option<&mut Request>,
    methods: *const c_char,
    methods_length: usize,
    scopes: *const c_char,
    scopes_length: usize,
) -> Status {
    guard::on(request, |request| {
        let methods = names(methods, methods_length, "methods")?;
        let scopes = names(scopes, scopes_length, "scopes")?;
        if !request.inner.session()?.is_bound() {
            return Err(Failure::new(
                Status::NotBound,
                "expected a session that somebody has logged in to, found an anonymous one; call sidereal_request_login() first",
            ));
        }
        request.inner.prove(|session| session.reauthenticated(&methods, &scopes).map(drop))
    })
}

/// Whether the user has proved who they are no longer than `max_age_s` seconds ago: 1 or 0. By `method`, unless that is empty; for `scope`, unless
/// that is empty. A proof for a scope is used up by this question, and is good only where the session was opened exclusively and is not committed.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_is_fresh(
    request: Option<&mut Request>,
    max_age_s: u32,
    method: *const c_char,
    method_length: usize,
    scope: *const c_char,
    scope_length: usize,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    guard::on(request, |request| {
        let method = one(method, method_length, "method")?;
        let scope = one(scope, scope_length, "scope")?;
        let answer = answer.ok_or_else(|| Failure::null("answer"))?;
        let max_age = Duration::from_secs(max_age_s.into());
        answer.write(u32::from(request.inner.session()?.is_fresh(max_age, method, scope)));
        Ok(())
    })
}

/// Whether somebody has logged in to the open session: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_is_bound(
    request: Option<&Request>,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    tell(request, answer, Session::is_bound)
}

/// Whether this user has logged in to the open session: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_is_of(
    request: Option<&Request>,
    user: *const c_void,
    user_length: usize,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    ask(request, |inner| {
        let (user, answer) = match (bytes::given(user, user_length, "user"), answer) {
            (Ok(user), Some(answer)) => (user, answer),
            (Err(failure), _) => return failure.status,
            (_, None) => return Status::Null,
        };
        if check_user(user).is_err() {
            return Status::Argument;
        }
        answer.write(u32::from(inner.session.as_ref().is_some_and(|session| session.is_of(user))));
        Status::Ok
    })
}
