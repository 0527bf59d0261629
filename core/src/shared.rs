//! What the processes of a host share: files whose bytes they lock, and tables that lie in their memory.
//!
//! This module owns how such a file comes to be, whole and once, and the system calls behind it; what is in a table, and what a locked byte stands
//! for, its users know. Every table is allocated before anybody maps it, so that a disk that fills up later does no harm.
#![allow(unsafe_code)] // The kernel's locks, futexes and mappings have no safe door; every use says why it is sound.

mod error;
pub(crate) mod kernel;
mod mapping;
mod table;

pub use self::error::SharedError;
pub(crate) use self::mapping::{Cells, Mapping};
pub(crate) use self::table::{Kind, open_table, patiently};

/// Runs `work` with all signals blocked, for threads of ours to start: a handler of the application's expects the application's own thread.
pub(crate) fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    kernel::without_signals(work)
}
