//! The class `Sidereal\AutoLogin` as C calls it: mirror of `sidereal_autologin` in `shim/api.h`.

use std::cell::RefCell;

use sidereal_core::id::Handle;
use sidereal_core::remembering::DeviceInfo;

use super::{answer_with, quietly};
use crate::border::{Bytes, Facts, RawFacts, Reply};
use crate::request::{self, Jar, Request};

/// `sidereal_jar`.
#[repr(C)]
pub struct RawJar {
    cookies: Bytes,
    https: u32,
}

impl RawJar {
    fn read(&self) -> Jar<'_> {
        Jar { cookies: self.cookies.borrow(), https: self.https != 0 }
    }
}

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
const _: () = assert!(size_of::<usize>() != 8 || (size_of::<RawJar>() == 24 && size_of::<RawDevice>() == 80));

/// `sidereal_autologin`.
#[repr(C)]
pub struct Table {
    remember: unsafe extern "C" fn(*const RawFacts, *const RawJar, Bytes, *mut Reply),
    resume: unsafe extern "C" fn(*const RawFacts, *const RawJar, *mut Reply),
    forget: unsafe extern "C" fn(*const RawFacts, *const RawJar, *mut Reply),
    devices: unsafe extern "C" fn(*const RawFacts, Bytes, *mut RawDevices, *mut Reply),
    forget_devices: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    is_guest: unsafe extern "C" fn() -> u32,
}

/// What the shim gets in MINIT.
pub const TABLE: Table = Table { remember, resume, forget, devices, forget_devices, is_guest };

unsafe extern "C" fn remember(facts: *const RawFacts, jar: *const RawJar, user: Bytes, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let jar = unsafe { &*jar };
    let body = |facts: &Facts<'_>, request: &mut Request| request.remember(facts, &jar.read(), user.borrow());
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, body) }
}

unsafe extern "C" fn resume(facts: *const RawFacts, jar: *const RawJar, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let jar = unsafe { &*jar };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.resume(facts, &jar.read())) }
}

unsafe extern "C" fn forget(facts: *const RawFacts, jar: *const RawJar, reply: *mut Reply) {
    // SAFETY: the shim passes a local of its own.
    let jar = unsafe { &*jar };
    // SAFETY: the shim's contract is this function's.
    unsafe { answer_with(facts, reply, |facts, request| request.forget(facts, &jar.read())) }
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
    devices: Vec<(DeviceInfo, String)>,
    raw: Vec<RawDevice>,
}

thread_local! {
    static LENT: RefCell<Lent> = RefCell::default();
}

/// Lends `infos` to C. `current` is the device of the session that asks.
fn lend(to: &mut RawDevices, infos: Vec<DeviceInfo>, current: Option<Handle>) {
    LENT.with_borrow_mut(|lent| {
        lent.devices =
            infos.into_iter().map(|info| (info.handle.to_string(), info)).map(|(text, info)| (info, text)).collect();
        lent.raw = lent.devices.iter().map(|(info, text)| raw(info, text, current == Some(info.handle))).collect();
        *to = RawDevices { at: lent.raw.as_ptr(), count: lent.raw.len() };
    });
}

fn raw(info: &DeviceInfo, handle: &str, current: bool) -> RawDevice {
    RawDevice {
        handle: Bytes::lend(handle.as_bytes()),
        address: Bytes::lend(info.client.network.as_bytes()),
        agent: Bytes::lend(info.client.agent.as_bytes()),
        created: info.created.as_millis(),
        last_used: info.last_used.as_millis(),
        ends: info.ends.as_millis(),
        current: u32::from(current),
    }
}
