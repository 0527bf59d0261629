//! The classes and functions of namespace `Sidereal` as C calls them: mirror of `shim/api.h`.
//!
//! C reads PHP's arguments, makes PHP's objects and throws; what is asked goes to [`crate::request`]. What is lent to C
//! stays in this thread until C asks again.

mod device;
mod forms;

use std::cell::RefCell;

use sidereal_core::roster::Info;

use crate::audit::RawAudit;
use crate::border::{Bytes, Facts, RawFacts, Reply, Surroundings};
use crate::events;
use crate::guard::{Answer, guard, quietly};
use crate::request::{self, Freshness, Intent, Request};
use forms::{RawAttempt, RawScope};

/// `sidereal_texts`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Texts {
    at: *const Bytes,
    count: usize,
}

impl Texts {
    /// Lends `texts` to C. Whoever owns them keeps them until C calls again.
    pub fn lend(texts: &[Bytes]) -> Self {
        Self { at: texts.as_ptr(), count: texts.len() }
    }

    /// What is no text is left as an empty one, which no name may be.
    fn borrow(&self) -> Vec<&str> {
        if self.count == 0 {
            return Vec::new();
        }
        // SAFETY: the shim passes an array of its own that holds `count` texts and outlives the call.
        let texts = unsafe { std::slice::from_raw_parts(self.at, self.count) };
        texts.iter().map(Bytes::text).collect()
    }
}

/// `sidereal_intent`.
#[repr(C)]
pub struct RawIntent {
    purpose: u32,
    user: Bytes,
    methods: Texts,
    scopes: Texts,
}

/// `sidereal_freshness`.
#[repr(C)]
pub struct RawFreshness {
    max_age: i64,
    method: Bytes,
    scope: Bytes,
}

/// `sidereal_info`.
#[repr(C)]
pub struct RawInfo {
    handle: Bytes,
    address: Bytes,
    agent: Bytes,
    methods: Texts,
    created: i64,
    last_seen: i64,
    authenticated: i64,
    has_authenticated: u32,
    current: u32,
}

/// `sidereal_infos`.
#[repr(C)]
pub struct RawInfos {
    at: *const RawInfo,
    count: usize,
}

/// `sidereal_event`.
#[repr(C)]
pub struct RawEvent {
    name: Bytes,
    level: Bytes,
    session: Bytes,
    reason: Bytes,
    at: i64,
    count: i64,
    has_count: u32,
}

// `shim/api.h` expects the same.
const _: () = assert!(
    size_of::<usize>() != 8
        || (size_of::<RawIntent>() == 56
            && size_of::<RawFreshness>() == 40
            && size_of::<RawInfo>() == 96
            && size_of::<RawEvent>() == 88
            && size_of::<RawScope>() == 24
            && size_of::<RawAttempt>() == 96)
);

/// The Rust side as C calls it: `sidereal_api`.
#[repr(C)]
pub struct ApiTable {
    intend: unsafe extern "C" fn(*const RawFacts, *const RawIntent, *mut Reply),
    carried_out: unsafe extern "C" fn(*mut Reply),
    denial: unsafe extern "C" fn(*mut Reply),
    has_stuck_cookie: unsafe extern "C" fn(*mut Reply),
    info: unsafe extern "C" fn(*mut RawInfos, *mut Reply),
    user_is: unsafe extern "C" fn(Bytes, *mut Reply),
    is_fresh: unsafe extern "C" fn(*const RawFreshness, *mut Reply),
    must_reauthenticate: unsafe extern "C" fn(*mut Reply),
    mint_for: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    check_user: unsafe extern "C" fn(Bytes, *mut Reply),
    list: unsafe extern "C" fn(*const RawFacts, Bytes, *mut RawInfos, *mut Reply),
    list_prefix: unsafe extern "C" fn(*const RawFacts, Bytes, *mut RawInfos, *mut Reply),
    revoke: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    revoke_others: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    revoke_user: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    revoke_all: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    csrf_token: unsafe extern "C" fn(*const RawScope, *mut Reply),
    csrf_verify: unsafe extern "C" fn(Bytes, *const RawScope, *mut Reply),
    csrf_check: unsafe extern "C" fn(*const RawAttempt, *const RawScope, *mut Reply),
    next_event: unsafe extern "C" fn(*mut RawEvent) -> u32,
    autologin: device::Table,
    audit: unsafe extern "C" fn(*const Surroundings, *mut RawAudit, *mut Reply),
}

/// What the shim gets in MINIT.
pub static TABLE: ApiTable = ApiTable {
    intend,
    carried_out,
    denial,
    has_stuck_cookie,
    info,
    user_is,
    is_fresh,
    must_reauthenticate,
    mint_for,
    check_user,
    list,
    list_prefix,
    revoke,
    revoke_others,
    revoke_user,
    revoke_all,
    csrf_token: forms::token,
    csrf_verify: forms::verify,
    csrf_check: forms::check,
    next_event,
    autologin: device::TABLE,
    audit: crate::audit::audit,
};

/// # Safety
/// `reply` is valid for the length of the call, as the shim's locals are.
unsafe fn answer(reply: *mut Reply, body: impl FnOnce(&mut Request) -> Answer) {
    // SAFETY: by this function's contract; C does nothing with it meanwhile.
    let reply = unsafe { &mut *reply };
    guard(reply, || request::with(body));
}

/// # Safety
/// As [`answer`], and the same for `facts`.
pub unsafe fn answer_with(
    facts: *const RawFacts,
    reply: *mut Reply,
    body: impl FnOnce(&Facts<'_>, &mut Request) -> Answer,
) {
    // SAFETY: by this function's contract.
    let facts = unsafe { &*facts };
    // SAFETY: by this function's contract.
    unsafe { answer(reply, |request| body(&facts.read(), request)) }
}

unsafe extern "C" fn intend(facts: *const RawFacts, intent: *const RawIntent, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let intent = unsafe { &*intent };
    let body = |_: &Facts<'_>, request: &mut Request| {
        let (user, methods, scopes) = (intent.user.borrow(), intent.methods.borrow(), intent.scopes.borrow());
        request.intend(&match intent.purpose {
            1 => Intent::LogIn { user, methods: &methods },
            2 => Intent::Reauthenticated { methods: &methods, scopes: &scopes },
            _ => Intent::Elevate,
        })
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn carried_out(reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, Request::carried_out) }
}

unsafe extern "C" fn denial(reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.denial()) }
}

unsafe extern "C" fn has_stuck_cookie(reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.has_stuck_cookie()) }
}

unsafe extern "C" fn info(infos: *mut RawInfos, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let infos = unsafe { &mut *infos };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.info(|list, current| lend(infos, list, current))) }
}

unsafe extern "C" fn user_is(user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |request| request.user_is(user.borrow())) }
}

unsafe extern "C" fn is_fresh(wanted: *const RawFreshness, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let wanted = unsafe { &*wanted };
    let body = |request: &mut Request| {
        request.is_fresh(&Freshness {
            max_age: u64::try_from(wanted.max_age).unwrap_or(0),
            method: wanted.method.is_given().then(|| wanted.method.text()),
            scope: wanted.scope.is_given().then(|| wanted.scope.text()),
        })
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, body) }
}

unsafe extern "C" fn must_reauthenticate(reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, Request::must_reauthenticate) }
}

unsafe extern "C" fn mint_for(facts: *const RawFacts, user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.mint_for(facts, user.borrow())) }
}

unsafe extern "C" fn check_user(user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(reply, |_| request::check_user(user.borrow())) }
}

unsafe extern "C" fn list(facts: *const RawFacts, user: Bytes, infos: *mut RawInfos, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let infos = unsafe { &mut *infos };
    let body = |facts: &Facts<'_>, request: &mut Request| {
        request.list(facts, user.borrow(), |list, current| lend(infos, list, current))
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn list_prefix(facts: *const RawFacts, prefix: Bytes, infos: *mut RawInfos, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let infos = unsafe { &mut *infos };
    let body = |facts: &Facts<'_>, request: &mut Request| {
        request.list_prefix(facts, prefix.borrow(), |list, current| lend(infos, list, current))
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn revoke(facts: *const RawFacts, user: Bytes, handle: Bytes, reply: *mut Reply) {
    let body = |facts: &Facts<'_>, request: &mut Request| request.revoke(facts, user.borrow(), handle.borrow());
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn revoke_others(facts: *const RawFacts, user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.revoke_others(facts, user.borrow())) }
}

unsafe extern "C" fn revoke_user(facts: *const RawFacts, user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.revoke_user(facts, user.borrow())) }
}

unsafe extern "C" fn revoke_all(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.revoke_all(facts)) }
}

unsafe extern "C" fn next_event(raw: *mut RawEvent) -> u32 {
    // SAFETY: the shim passes a local of its own.
    let raw = unsafe { &mut *raw };
    let mut found = false;
    quietly(|| {
        found = events::next(|event| {
            *raw = RawEvent {
                name: Bytes::lend(event.kind.name().as_bytes()),
                level: Bytes::lend(event.kind.level().name().as_bytes()),
                session: Bytes::lend(event.session.as_bytes()),
                reason: Bytes::lend(event.reason.as_bytes()),
                at: event.at.as_millis(),
                count: event.count.and_then(|count| i64::try_from(count).ok()).unwrap_or_default(),
                has_count: u32::from(event.count.is_some()),
            };
        });
    });
    u32::from(found)
}

/// A list that C is reading.
#[derive(Default)]
struct Lent {
    infos: Vec<Shown>,
    methods: Vec<Vec<Bytes>>,
    raw: Vec<RawInfo>,
}

/// A session, and the texts that C sees of it.
struct Shown {
    info: Info,
    name: String,
    address: String,
    agent: String,
}

impl Shown {
    fn of(info: Info) -> Self {
        let (name, address, agent) = (info.handle.to_string(), info.client.network(), info.client.agent());
        Self { info, name, address, agent }
    }
}

thread_local! {
    static LENT: RefCell<Lent> = RefCell::default();
}

/// Lends `infos` to C. `current` is the handle of the session that asks.
pub fn lend(to: &mut RawInfos, infos: Vec<Info>, current: Option<String>) {
    LENT.with_borrow_mut(|lent| {
        *lent = Lent::default();
        lent.infos = infos.into_iter().map(Shown::of).collect();
        let bytes = |shown: &Shown| shown.info.methods.iter().map(|name| Bytes::lend(name.as_bytes())).collect();
        lent.methods = lent.infos.iter().map(bytes).collect();
        lent.raw = lent
            .infos
            .iter()
            .zip(&lent.methods)
            .map(|(shown, methods)| raw(shown, methods, current.as_deref() == Some(&shown.name)))
            .collect();
        *to = RawInfos { at: lent.raw.as_ptr(), count: lent.raw.len() };
    });
}

fn raw(Shown { info, name, address, agent }: &Shown, methods: &[Bytes], current: bool) -> RawInfo {
    RawInfo {
        handle: Bytes::lend(name.as_bytes()),
        address: Bytes::lend(address.as_bytes()),
        agent: Bytes::lend(agent.as_bytes()),
        methods: Texts::lend(methods),
        created: info.created.as_millis(),
        last_seen: info.last_seen.as_millis(),
        authenticated: info.authenticated.map_or(0, |at| at.as_millis()),
        has_authenticated: u32::from(info.authenticated.is_some()),
        current: u32::from(current),
    }
}
