//! Which process this is.
//!
//! What a forked child inherits is often its parent's still: a connection, a lock. Whoever keeps such a thing keeps a [`Birth`] beside it.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// Names a process: the number of forks that lie before it. Asking costs nothing, unlike getpid(2), and no number comes back as a PID does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth(u32);

static FORKS: AtomicU32 = AtomicU32::new(0);

impl Birth {
    /// Of a process that has not been forked since forks are counted.
    pub const FIRST: Self = Self(0);

    /// Of the process that asks, which from now on counts its forks.
    pub fn current() -> Self {
        Self::count_forks();
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Whether the process that asks is this one.
    pub fn is_current(self) -> bool {
        self.0 == FORKS.load(Ordering::Relaxed)
    }

    /// Has every fork counted from now on.
    #[allow(unsafe_code)] // No safe wrapper in std.
    pub fn count_forks() {
        static REGISTERED: Once = Once::new();
        extern "C" fn in_the_child() {
            FORKS.fetch_add(1, Ordering::Relaxed);
        }
        REGISTERED.call_once(|| {
            // SAFETY: the handler only adds to an atomic number, which is allowed between fork and exec; libc forgets it when the library is unloaded.
            let _ = unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        });
    }
}
