//! Events of a request, kept for the application's own handler (`Sidereal\on_event()`).
//!
//! The engine tells its sink in the middle of its work, when no PHP code may run: so they wait here until C asks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use sidereal_core::event::{Event, Sink};

/// Events that wait. A request has a handful; a command line may go on for days without asking.
const MOST: usize = 32;

thread_local! {
    static WAITING: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    static TOLD: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// A sink that passes on what it takes, and keeps it for this thread's request.
pub struct Overheard(pub Arc<dyn Sink>);

impl Sink for Overheard {
    fn take(&self, event: &Event) {
        self.0.take(event);
        WAITING.with_borrow_mut(|waiting| {
            if waiting.len() >= MOST {
                waiting.pop_front();
            }
            waiting.push_back(event.clone());
        });
    }
}

/// Tells `listener` the next event, if there is one. It stays until the next one is asked for.
pub fn next(listener: impl FnOnce(&Event)) -> bool {
    let event = WAITING.with_borrow_mut(VecDeque::pop_front);
    TOLD.with_borrow_mut(|told| {
        *told = event;
        told.as_ref().map(listener).is_some()
    })
}

/// Forgets what nobody has asked for.
pub fn forget() {
    WAITING.with_borrow_mut(VecDeque::clear);
}
