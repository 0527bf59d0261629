//! What a handle becomes in another process.
//!
//! What a forked child inherits must not be used, not even to be closed: its locks and file positions are the parent's.

use std::mem;

pub use sidereal_core::birth::Birth;

/// Drops `handle` if it is of this process, and forgets it if it was inherited.
pub fn drop_or_forget<T>(handle: T, birth: Birth) {
    if birth.is_current() { drop(handle) } else { mem::forget(handle) }
}
