//! A forked child, for what a process must not do with its parent's connections.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A child process.
#[must_use]
pub struct Forked(libc::pid_t);

impl Forked {
    /// Forks a child that runs `body` and nothing else: it ends without the destructors of what it inherited. `body` panics or answers `false` where
    /// it fails.
    pub fn run(body: impl FnOnce() -> bool) -> Self {
        // SAFETY: the child calls what this library and the C library keep usable after a fork, then `_exit`.
        match unsafe { libc::fork() } {
            0 => {
                let is_good = catch_unwind(AssertUnwindSafe(body)).unwrap_or(false);
                // SAFETY: it ends the process and touches nothing.
                unsafe { libc::_exit(i32::from(!is_good)) }
            }
            pid => {
                assert!(pid > 0, "fork: {}", std::io::Error::last_os_error());
                Self(pid)
            }
        }
    }

    /// Waits for its end, and tells whether it succeeded.
    pub fn succeeds(self) -> bool {
        let mut status = 0;
        // SAFETY: the PID is that of our child, which nobody else waits for, and `status` outlives the call.
        let waited = unsafe { libc::waitpid(self.0, &raw mut status, 0) };
        waited == self.0 && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
    }
}
