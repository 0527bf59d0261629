//! Memory that outlives a borrow: a file shared by processes, and a page that a fork wipes.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;

use libc::c_int;

/// A type that may lie in memory which other processes change at any time.
///
/// # Safety
///
/// It consists of atomics only, every bit pattern (all zeros first of all) is a value of it, and it wants no stricter
/// alignment than a page.
pub(crate) unsafe trait Cells {}

// SAFETY: one atomic integer.
unsafe impl Cells for AtomicU64 {}

/// A mapped `T`, unmapped on drop.
pub(crate) struct Mapping<T: Cells> {
    at: NonNull<T>,
}

// SAFETY: a mapping belongs to no thread, and `Cells` promises atomics, which threads may share.
unsafe impl<T: Cells> Send for Mapping<T> {}
// SAFETY: as above.
unsafe impl<T: Cells> Sync for Mapping<T> {}

impl<T: Cells> Mapping<T> {
    /// Maps the start of `file`, shared with every process that maps it too. The caller has seen to it that the file
    /// is at least as long as `T` and that all its blocks are allocated: touching a missing one would be a SIGBUS.
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        Self::map(libc::MAP_SHARED, file.as_raw_fd())
    }

    /// Private memory that starts zeroed and is zeroed again in every forked child (Linux 4.14).
    pub(crate) fn wiped_by_fork() -> io::Result<Self> {
        let mapping = Self::map(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
        // SAFETY: the range is the mapping made one line above; its pages hold nothing yet.
        match unsafe { libc::madvise(mapping.at.as_ptr().cast(), size_of::<T>(), libc::MADV_WIPEONFORK) } {
            0 => Ok(mapping),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn map(flags: c_int, fd: RawFd) -> io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a new range of addresses, so nothing that exists is replaced.
        let at = unsafe { libc::mmap(ptr::null_mut(), size_of::<T>(), access, flags, fd, 0) };
        match NonNull::new(at.cast::<T>()) {
            Some(place) if at != libc::MAP_FAILED => Ok(Self { at: place }),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl<T: Cells> Deref for Mapping<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `map` made the range as long as `T` and page-aligned, `Drop` alone ends it, and by the promise of
        // `Cells` whatever is in it is a `T` that may change behind a shared reference.
        unsafe { self.at.as_ref() }
    }
}

impl<T: Cells> Drop for Mapping<T> {
    fn drop(&mut self) {
        // SAFETY: the range is the one that `map` made, and the last borrow of it ended before this drop.
        unsafe { libc::munmap(self.at.as_ptr().cast(), size_of::<T>()) };
    }
}
