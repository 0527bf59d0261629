//! The class `Sidereal\AutoLogin` as C calls it: mirror of `sidereal_autologin` in `shim/api.h`.

use std::cell::RefCell;

use sidereal_core::id::Handle;
use sidereal_core::remembering::DeviceInfo;

use super::{answer_with, quietly};
use crate::border::{Bytes, Facts, RawFacts, Reply};
use crate::request::{self, Request};

/// `sidereal_device`.
#[repr(C)]
pub struct RawDevice {
    handle: Bytes,
    address: Bytes,
    agent: Bytes,
    created: i64,
    last_used: i64,
    ends: i64,
    current: u32,
}

/// `sidereal_devices`.
#[repr(C)]
pub struct RawDevices {
    at: *const RawDevice,
    count: usize,
}

// `shim/api.h` expects the same.
const _: () = assert!(size_of::<usize>() != 8 || size_of::<RawDevice>() == 80);

/// `sidereal_autologin`.
#[repr(C)]
pub struct Table {
    remember: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    resume: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    forget: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    devices: unsafe extern "C" fn(*const RawFacts, Bytes, *mut RawDevices, *mut Reply),
    forget_devices: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    is_guest: unsafe extern "C" fn() -> u32,
}

/// What the shim gets in MINIT.
pub const TABLE: Table = Table { remember, resume, forget, devices, forget_devices, is_guest };

unsafe extern "C" fn remember(facts: *const RawFacts, cookies: Bytes, user: Bytes, reply: *mut Reply) {
    let body = |facts: &Facts<'_>, request: &mut Request| request.remember(facts, cookies.borrow(), user.borrow());
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn resume(facts: *const RawFacts, cookies: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.resume(facts, cookies.borrow())) }
}

unsafe extern "C" fn forget(facts: *const RawFacts, cookies: Bytes, reply: *mut Reply) {
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.forget(facts, cookies.borrow())) }
}

unsafe extern "C" fn devices(facts: *const RawFacts, user: Bytes, out: *mut RawDevices, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let out = unsafe { &mut *out };
    let body = |facts: &Facts<'_>, request: &mut Request| {
        request.devices(facts, user.borrow(), |infos, current| lend(out, infos, current))
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn forget_devices(facts: *const RawFacts, user: Bytes, handle: Bytes, reply: *mut Reply) {
    let body = |facts: &Facts<'_>, request: &mut Request| {
        request.forget_devices(facts, user.borrow(), handle.is_given().then(|| handle.borrow()))
    };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn is_guest() -> u32 {
    let mut guest = false;
    quietly(|| {
        let _ = request::with(|request| {
            guest = request.is_guest();
            crate::guard::Answer::yes()
        });
    });
    u32::from(guest)
}

/// A list that C is reading.
#[derive(Default)]
struct Lent {
    devices: Vec<Shown>,
    raw: Vec<RawDevice>,
}

/// A device, and the texts that C sees of it.
struct Shown {
    info: DeviceInfo,
    name: String,
    address: String,
    agent: String,
}

impl Shown {
    fn of(info: DeviceInfo) -> Self {
        let (name, address, agent) = (info.handle.to_string(), info.client.network(), info.client.agent());
        Self { info, name, address, agent }
    }

    fn raw(&self, current: Option<Handle>) -> RawDevice {
        RawDevice {
            handle: Bytes::lend(self.name.as_bytes()),
            address: Bytes::lend(self.address.as_bytes()),
            agent: Bytes::lend(self.agent.as_bytes()),
            created: self.info.created.as_millis(),
            last_used: self.info.last_used.as_millis(),
            ends: self.info.ends.as_millis(),
            current: u32::from(current == Some(self.info.handle)),
        }
    }
}

thread_local! {
    static LENT: RefCell<Lent> = RefCell::default();
}

/// Lends `infos` to C. `current` is the device of the session that asks.
fn lend(to: &mut RawDevices, infos: Vec<DeviceInfo>, current: Option<Handle>) {
    LENT.with_borrow_mut(|lent| {
        lent.devices = infos.into_iter().map(Shown::of).collect();
        lent.raw = lent.devices.iter().map(|shown| shown.raw(current)).collect();
        *to = RawDevices { at: lent.raw.as_ptr(), count: lent.raw.len() };
    });
}
