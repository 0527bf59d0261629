//! `Sidereal\Evidence` as C calls it: mirror of `shim/evidence.h`.

use std::cell::RefCell;

use sidereal_core::evidence::{Evidence, Of, Payloads};
use sidereal_core::id::Handle;

use crate::api::{RawInfos, answer_with, lend};
use crate::border::{Bytes, Code, Facts, RawFacts, Reply};
use crate::guard::{Answer, Message};
use crate::request::Request;

/// `sidereal_question`.
#[repr(C)]
pub struct RawQuestion {
    whose: u32,
    most: u32,
    name: Bytes,
}

/// `sidereal_evidence`.
#[repr(C)]
pub struct RawEvidence {
    handle: Bytes,
    cause: Bytes,
    response: Bytes,
    session: Bytes,
    reference: Bytes,
    user: Bytes,
    address: Bytes,
    agent: Bytes,
    at: i64,
    until: i64,
}

/// `sidereal_evidences`.
#[repr(C)]
pub struct RawEvidences {
    at: *const RawEvidence,
    count: usize,
}

// `shim/evidence.h` expects the same.
const _: () = assert!(size_of::<usize>() != 8 || (size_of::<RawQuestion>() == 24 && size_of::<RawEvidence>() == 144));

/// The Rust side as C calls it: `sidereal_evidence_api`.
#[repr(C)]
pub struct EvidenceTable {
    list: unsafe extern "C" fn(*const RawFacts, *const RawQuestion, *mut RawEvidences, *mut Reply),
    sessions: unsafe extern "C" fn(*const RawFacts, Bytes, *mut RawInfos, *mut Reply),
    payload: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    json: unsafe extern "C" fn(*const RawFacts, Bytes, u32, *mut Reply),
    purge: unsafe extern "C" fn(*const RawFacts, *const RawQuestion, *mut Reply),
}

/// What the shim gets in MINIT.
pub static TABLE: EvidenceTable = EvidenceTable { list, sessions, payload, json, purge };

unsafe extern "C" {
    /// See `shim/evidence.h`.
    pub fn sidereal_register_evidence(api: *const EvidenceTable);
}

unsafe extern "C" fn list(
    facts: *const RawFacts,
    question: *const RawQuestion,
    found: *mut RawEvidences,
    reply: *mut Reply,
) {
    // SAFETY: the shim passes a local of its own.
    let question = unsafe { &*question };
    // SAFETY: as above.
    let found = unsafe { &mut *found };
    let body = |facts: &Facts<'_>, request: &mut Request| match question.of() {
        Ok(of) => request.evidence(facts, &of, question.most, |list| lend_evidence(found, list)),
        Err(refusal) => refusal,
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn sessions(facts: *const RawFacts, incident: Bytes, infos: *mut RawInfos, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let infos = unsafe { &mut *infos };
    let body = |facts: &Facts<'_>, request: &mut Request| match handle(&incident) {
        Ok(incident) => request.evidence_sessions(facts, &incident, |list| lend(infos, list, None)),
        Err(refusal) => refusal,
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn payload(facts: *const RawFacts, incident: Bytes, session: Bytes, reply: *mut Reply) {
    let body = |facts: &Facts<'_>, request: &mut Request| match (handle(&incident), handle(&session)) {
        (Ok(incident), Ok(session)) => request.evidence_payload(facts, &incident, &session, lend_bytes),
        (Err(refusal), _) | (_, Err(refusal)) => refusal,
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn json(facts: *const RawFacts, incident: Bytes, payloads: u32, reply: *mut Reply) {
    let payloads = if payloads == 0 { Payloads::LeftOut } else { Payloads::Opened };
    let body = |facts: &Facts<'_>, request: &mut Request| match handle(&incident) {
        Ok(incident) => request.evidence_json(facts, &incident, payloads, lend_bytes),
        Err(refusal) => refusal,
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn purge(facts: *const RawFacts, question: *const RawQuestion, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let question = unsafe { &*question };
    let body = |facts: &Facts<'_>, request: &mut Request| match question.of() {
        Ok(of) => request.purge_evidence(facts, &of),
        Err(refusal) => refusal,
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

impl RawQuestion {
    fn of(&self) -> Result<Of<'_>, Answer> {
        Ok(match self.whose {
            1 => Of::User(self.name.borrow()),
            2 => Of::Session(handle(&self.name)?),
            3 => Of::Incident(handle(&self.name)?),
            _ => Of::Everybody,
        })
    }
}

fn handle(text: &Bytes) -> Result<Handle, Answer> {
    Handle::parse(text.borrow()).ok_or_else(|| {
        Answer::refuse(Message::failure(
            Code::Argument,
            "expected a handle, 26 characters of a-z and 2-7, found something else; take it from Evidence or SessionInfo",
        ))
    })
}

/// What C is reading.
#[derive(Default)]
struct Lent {
    evidence: Vec<Shown>,
    raw: Vec<RawEvidence>,
    bytes: Vec<u8>,
}

/// An incident, and the texts that C sees of it.
struct Shown {
    evidence: Evidence,
    handle: String,
    session: String,
    address: String,
    agent: String,
}

impl Shown {
    fn of(evidence: Evidence) -> Self {
        let (handle, session) = (evidence.handle.to_string(), evidence.session.to_string());
        let (address, agent) = (evidence.client.network(), evidence.client.agent());
        Self { evidence, handle, session, address, agent }
    }
}

thread_local! {
    static LENT: RefCell<Lent> = RefCell::default();
}

/// The request is over: what it has read of an incident does not stay in memory.
pub fn forget() {
    LENT.with_borrow_mut(|lent| *lent = Lent::default());
}

fn lend_evidence(to: &mut RawEvidences, list: Vec<Evidence>) {
    LENT.with_borrow_mut(|lent| {
        *lent = Lent::default();
        lent.evidence = list.into_iter().map(Shown::of).collect();
        lent.raw = lent.evidence.iter().map(raw).collect();
        *to = RawEvidences { at: lent.raw.as_ptr(), count: lent.raw.len() };
    });
}

fn raw(Shown { evidence: one, handle, session, address, agent }: &Shown) -> RawEvidence {
    RawEvidence {
        handle: Bytes::lend(handle.as_bytes()),
        cause: Bytes::lend(one.cause.word().as_bytes()),
        response: Bytes::lend(one.response.word().as_bytes()),
        session: Bytes::lend(session.as_bytes()),
        reference: Bytes::lend(one.reference.as_bytes()),
        user: one.user.as_ref().map_or(Bytes::NONE, |user| Bytes::lend(user.as_bytes())),
        address: Bytes::lend(address.as_bytes()),
        agent: Bytes::lend(agent.as_bytes()),
        at: one.at.as_millis(),
        until: one.until.as_millis(),
    }
}

/// Lends `bytes` in the payload of an answer.
fn lend_bytes(bytes: Vec<u8>) -> Answer {
    LENT.with_borrow_mut(|lent| {
        lent.bytes = bytes;
        Answer::yes().count(1).payload(&lent.bytes)
    })
}
