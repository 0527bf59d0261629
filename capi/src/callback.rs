//! Functions of the program that the library calls: events and time.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use sidereal_core::clock::{Clock, Reading, Time};
use sidereal_core::event::{self, Sink};

/// One event, as long as the callback runs. New members come at the end.
#[repr(C)]
pub struct Event {
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// What, such as "obsolete_access"; docs/operations.md has the list.
    pub name: *const c_char,
    /// How much attention it wants: "INFO", "WARN" or "CRITICAL".
    pub level: *const c_char,
    /// A keyed hash, the same for one family of sessions; empty when no session is concerned. Never a session ID.
    pub session_ref: *const c_char,
    /// Why, in a word or two; may be empty.
    pub reason: *const c_char,
    /// How many rows, bytes or waiters; -1 when there is nothing to count.
    pub count: i64,
}

/// Takes one event. It is called on the thread that uses the engine, on several at once if several do: it must be thread-safe, must not call the
/// library, and must not leave by longjmp or a C++ exception.
pub type EventCallback = Option<unsafe extern "C" fn(context: *mut c_void, event: *const Event)>;

/// Reads the time: wall time in milliseconds since 1970-01-01 UTC, and milliseconds since the machine started. What holds for event callbacks
/// holds for it. For tests.
pub type ClockCallback = Option<unsafe extern "C" fn(context: *mut c_void, wall_ms: *mut i64, uptime_ms: *mut i64)>;

/// What the program wants to get back with each call.
#[derive(Clone, Copy)]
pub struct Context(pub *mut c_void);

// SAFETY: the library never looks behind the pointer; the header asks the program for callbacks that any thread may call with it.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

/// A program's event callback.
#[derive(Clone, Copy)]
pub struct Events {
    pub call: unsafe extern "C" fn(*mut c_void, *const Event),
    pub context: Context,
}

impl Sink for Events {
    fn take(&self, event: &event::Event) {
        // No name of an event or a reason has NUL in it; if one had, it would be left out.
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let (name, level) = (text(event.kind.name()), text(event.kind.level().name()));
        let (session, reason) = (text(&event.session), text(event.reason));
        let event = Event {
            at_ms: event.at.as_millis(),
            name: name.as_ptr(),
            level: level.as_ptr(),
            session_ref: session.as_ptr(),
            reason: reason.as_ptr(),
            count: event.count.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX)),
        };
        // SAFETY: the program gave a function of this type and a context for it; the event and its texts live until it returns.
        unsafe { (self.call)(self.context.0, &raw const event) };
    }
}

/// Gives each event to both.
pub struct Both(pub Arc<dyn Sink>, pub Events);

impl Sink for Both {
    fn take(&self, event: &event::Event) {
        self.0.take(event);
        self.1.take(event);
    }
}

/// A program's clock.
#[derive(Clone, Copy)]
pub struct OwnClock {
    pub call: unsafe extern "C" fn(*mut c_void, *mut i64, *mut i64),
    pub context: Context,
}

impl Clock for OwnClock {
    fn read(&self) -> Reading {
        let (mut wall, mut uptime) = (0, 0);
        // SAFETY: the program gave a function of this type and a context for it; both numbers live until it returns.
        unsafe { (self.call)(self.context.0, &raw mut wall, &raw mut uptime) };
        Reading { wall: Time::from_millis(wall), uptime }
    }
}
