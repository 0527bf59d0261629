//! The save handler as C calls it: every entry catches panics and answers with plain old data.

use crate::border::{About, Bytes, Facts, HandlerTable, RawFacts, Reply, Surroundings};
use crate::guard::{Answer, Message, guard, quietly};
use crate::{info, ini, process, request};

/// What the shim gets in MINIT.
pub static TABLE: HandlerTable = HandlerTable {
    open,
    close,
    validate,
    create,
    read,
    stripped,
    write,
    touch,
    destroy,
    sweep,
    mint,
    notice,
    late_write,
    check,
    describe,
};

/// # Safety
/// `facts` and `reply` are valid for the length of the call, as the shim's locals are.
unsafe fn answer(facts: *const RawFacts, reply: *mut Reply, body: impl FnOnce(&Facts<'_>) -> Answer) {
    // SAFETY: by this function's contract; C does nothing with it meanwhile.
    let reply = unsafe { &mut *reply };
    // SAFETY: by this function's contract.
    let facts = unsafe { &*facts };
    guard(reply, || body(&facts.read()));
}

unsafe extern "C" fn open(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.open(facts))) }
}

unsafe extern "C" fn close(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.close(facts))) }
}

unsafe extern "C" fn validate(facts: *const RawFacts, id: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.validate(facts, id.borrow()))) }
}

unsafe extern "C" fn create(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.create(facts))) }
}

unsafe extern "C" fn read(facts: *const RawFacts, id: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.read(facts, id.borrow()))) }
}

unsafe extern "C" fn stripped(reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let reply = unsafe { &mut *reply };
    guard(reply, || request::with(|request| request.stripped()));
}

unsafe extern "C" fn write(facts: *const RawFacts, id: Bytes, payload: Bytes, reply: *mut Reply) {
    let body = |facts: &Facts<'_>| request::with(|request| request.write(facts, id.borrow(), payload.borrow()));
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, body) }
}

unsafe extern "C" fn touch(facts: *const RawFacts, id: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.touch(facts, id.borrow()))) }
}

unsafe extern "C" fn destroy(facts: *const RawFacts, id: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.destroy(facts, id.borrow()))) }
}

unsafe extern "C" fn sweep(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.sweep(facts))) }
}

unsafe extern "C" fn mint(facts: *const RawFacts, prefix: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.mint(facts, prefix.borrow()))) }
}

unsafe extern "C" fn notice(reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let reply = unsafe { &mut *reply };
    guard(reply, || request::with(|request| Answer::yes().say(request.notice())));
}

unsafe extern "C" fn late_write(facts: *const RawFacts, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer(facts, reply, |facts| request::with(|request| request.late_write(facts))) }
}

unsafe extern "C" fn check(name: Bytes, value: Bytes, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let reply = unsafe { &mut *reply };
    guard(reply, || {
        process::settings_changed();
        let (Ok(name), Ok(value)) = (std::str::from_utf8(name.borrow()), std::str::from_utf8(value.borrow())) else {
            return Answer::refuse(Message::warning("expected a setting of UTF-8 text, found other bytes; correct it"));
        };
        match ini::check(name, value) {
            Ok(()) => Answer::yes(),
            Err(error) => Answer::refuse(Message::warning(error.to_string())),
        }
    });
}

unsafe extern "C" fn describe(surroundings: *const Surroundings, about: *mut About) {
    // SAFETY: the shim passes a local of its own.
    let surroundings = unsafe { &*surroundings };
    // SAFETY: the shim passes a local of its own, filled with zeros.
    let about = unsafe { &mut *about };
    quietly(|| info::describe(surroundings, about));
}
