//! Evidence: what was kept of alarms.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use sidereal_core::evidence::{self, Of, Payloads};
use sidereal_core::id::Handle;

use crate::bytes;
use crate::engine::{Engine, on};
use crate::guard;
use crate::status::{Failure, Status};
use crate::user::argument;

/// Incidents as they were when the list was made, the latest first: in each of them somebody used a session ID that its owner had left behind. Freed
/// with sidereal_evidence_free(); it is never written, so any number of threads may read it, and forked children may.
pub struct Evidence {
    incidents: Vec<evidence::Evidence>,
}

/// Makes a list of at most `most` incidents: those of a user, 1 to 255 bytes as for sidereal_request_login(), or of everybody when `user` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_evidence(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    most: u32,
    evidence: Option<&mut MaybeUninit<*mut Evidence>>,
) -> Status {
    on(engine, |engine| {
        let of = if user.is_null() { Of::Everybody } else { Of::User(bytes::given(user, user_length, "user")?) };
        let out = evidence.ok_or_else(|| Failure::null("evidence"))?;
        let incidents = engine.made.engine.evidence(&of, most).map_err(argument)?;
        out.write(Box::into_raw(Box::new(Evidence { incidents })));
        Ok(())
    })
}

/// Frees a list. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_evidence_free(evidence: Option<Box<Evidence>>) {
    guard::quietly(|| drop(evidence));
}

/// How many incidents the list has.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_evidence_count(
    evidence: Option<&Evidence>,
    count: Option<&mut MaybeUninit<usize>>,
) -> Status {
    let (Some(evidence), Some(count)) = (evidence, count) else {
        return Status::Null;
    };
    count.write(evidence.incidents.len());
    Status::Ok
}

/// Copies the name of the incident at `index`, 26 characters and NUL: good for sidereal_engine_evidence_json() and sidereal_engine_evidence_purge(). An
/// `index` that is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_evidence_handle(
    evidence: Option<&Evidence>,
    index: usize,
    handle: Option<&mut MaybeUninit<[c_char; 27]>>,
) -> Status {
    let Some(handle) = handle else {
        return Status::Null;
    };
    incident(evidence, index, |incident| {
        handle.write(bytes::fixed(&incident.handle.to_string()));
    })
}

/// When the incident at `index` happened and until when it is kept, in milliseconds since 1970-01-01 UTC. Each pointer may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_evidence_times(
    evidence: Option<&Evidence>,
    index: usize,
    at_ms: Option<&mut MaybeUninit<i64>>,
    until_ms: Option<&mut MaybeUninit<i64>>,
) -> Status {
    incident(evidence, index, |incident| {
        for (out, time) in [(at_ms, incident.at), (until_ms, incident.until)] {
            if let Some(out) = out {
                out.write(time.as_millis());
            }
        }
    })
}

/// Copies an incident with its sessions, as JSON, to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may be NULL, gets its whole
/// length without the NUL; it is 0 when there is no such incident. `payloads`: 1 adds what each session had stored, opened and in base64; 0 leaves it out.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_evidence_json(
    engine: Option<&Engine>,
    handle: *const c_char,
    handle_length: usize,
    payloads: u32,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    on(engine, |engine| {
        let handle = parse(handle, handle_length)?;
        let payloads = match payloads {
            0 => Payloads::LeftOut,
            1 => Payloads::Opened,
            other => {
                return Err(Failure::argument(format!(
                    "expected payloads to be 0 or 1, found {other}; pass one of them"
                )));
            }
        };
        if buffer.is_null() && capacity > 0 {
            return Err(Failure::null("buffer"));
        }
        let json = match handle {
            Some(handle) => engine.made.engine.evidence_json(&handle, payloads)?.unwrap_or_default(),
            None => String::new(),
        };
        let whole = bytes::copy_message(&json, buffer, capacity);
        if let Some(length) = length {
            length.write(whole);
        }
        Ok(())
    })
}

/// Deletes the incident that `handle` names, with everything that was kept for it. `found`, which may be NULL, gets whether there was one: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_evidence_purge(
    engine: Option<&Engine>,
    handle: *const c_char,
    handle_length: usize,
    found: Option<&mut MaybeUninit<u32>>,
) -> Status {
    on(engine, |engine| {
        let purged = match parse(handle, handle_length)? {
            Some(handle) => engine.made.engine.purge_evidence(&Of::Incident(handle))?,
            None => 0,
        };
        if let Some(found) = found {
            found.write(u32::from(purged > 0));
        }
        Ok(())
    })
}

/// A handle as its text says; `None` for a text that cannot be one.
fn parse(handle: *const c_char, length: usize) -> Result<Option<Handle>, Failure> {
    Ok(Handle::parse(bytes::given(handle.cast(), length, "handle")?))
}

fn incident(evidence: Option<&Evidence>, index: usize, body: impl FnOnce(&evidence::Evidence)) -> Status {
    let Some(evidence) = evidence else {
        return Status::Null;
    };
    let Some(incident) = evidence.incidents.get(index) else {
        return Status::Argument;
    };
    body(incident);
    Status::Ok
}
