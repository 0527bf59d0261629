//! What `Sidereal\Csrf` asks.

use sidereal_core::csrf::Attempt;
use sidereal_core::session::Scope;

use super::answer;
use crate::border::{Bytes, Reply};

/// `sidereal_scope`.
#[repr(C)]
pub struct RawScope {
    name: Bytes,
    once: u32,
}

impl RawScope {
    fn read(&self) -> Scope<'_> {
        Scope { name: self.name.text_or_foreign(), once: self.once != 0 }
    }
}

/// `sidereal_attempt`.
#[repr(C)]
pub struct RawAttempt {
    method: Bytes,
    host: Bytes,
    fetch_site: Bytes,
    origin: Bytes,
    referer: Bytes,
    token: Bytes,
}

fn given(text: &Bytes) -> Option<&str> {
    text.is_given().then(|| text.text_or_foreign())
}

pub(super) unsafe extern "C" fn token(scope: *const RawScope, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let scope = unsafe { &*scope };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.csrf_token(scope.read())) }
}

pub(super) unsafe extern "C" fn verify(token: Bytes, scope: *const RawScope, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let scope = unsafe { &*scope };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.csrf_verify(token.borrow(), scope.read())) }
}

pub(super) unsafe extern "C" fn check(attempt: *const RawAttempt, scope: *const RawScope, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let raw = unsafe { &*attempt };
    // SAFETY: as above.
    let scope = unsafe { &*scope };
    let attempt = Attempt {
        method: raw.method.text_or_foreign(),
        host: raw.host.text_or_foreign(),
        fetch_site: given(&raw.fetch_site),
        origin: given(&raw.origin),
        referer: given(&raw.referer),
    };
    let token = raw.token.is_given().then(|| raw.token.borrow());
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.csrf_check(&attempt, token, scope.read())) }
}
