//! Work that no request waits for: a thread that lives as long as its work. A fork and the end of the process wait for it.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;

use crate::shared;

/// Room for SQLite's frames; it allocates what is large.
const STACK: usize = 256 * 1024;

/// At most one piece of work at a time.
#[derive(Default)]
pub(super) struct Background(Mutex<Option<JoinHandle<()>>>);

impl Background {
    /// Whether there is work that is not done yet.
    pub(super) fn is_busy(&self) -> bool {
        self.0.lock().as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Begins `work`, when there is none. Where no thread can be had it is done at once.
    pub(super) fn begin(&self, work: impl FnOnce() + Send + 'static) {
        let mut thread = self.0.lock();
        let work = Arc::new(Mutex::new(Some(work)));
        let there = Arc::clone(&work);
        let named = Builder::new().name("sidereal-log".to_owned()).stack_size(STACK);
        *thread = shared::without_signals(|| named.spawn(move || run(&there))).ok();
        let is_begun = thread.is_some();
        drop(thread);
        if !is_begun {
            run(&work);
        }
    }

    /// Waits until the work is done.
    pub(super) fn wait(&self) {
        let thread = self.0.lock().take();
        // Work that has panicked is over as well.
        let _ = thread.map(JoinHandle::join);
    }
}

/// Once, whoever comes first: a thread that could not be had takes what it was given with it.
fn run(work: &Mutex<Option<impl FnOnce()>>) {
    let work = work.lock().take();
    if let Some(work) = work {
        work();
    }
}
