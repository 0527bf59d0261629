//! The system calls, each behind one safe function. What they are used for is decided elsewhere.

use std::ffi::{CStr, c_int};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

const READ_WRITE: c_int = libc::O_RDWR | libc::O_CREAT | libc::O_NOFOLLOW | libc::O_CLOEXEC;
const OWNER_ONLY: libc::mode_t = 0o600;

/// Opens `name` in `dir`, as a new open file description; creates it (empty, 0600) where it is missing.
pub(crate) fn open_at(dir: &File, name: &CStr) -> io::Result<File> {
    loop {
        // SAFETY: `dir` is open for as long as it is borrowed and `name` ends in NUL, by their types.
        let fd = unsafe { libc::openat(dir.as_raw_fd(), name.as_ptr(), READ_WRITE, OWNER_ONLY) };
        if fd >= 0 {
            // SAFETY: the kernel has just made this descriptor for us and nobody else knows its number.
            return Ok(unsafe { File::from_raw_fd(fd) });
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Reserves the blocks of the first `size` bytes, so that no later store into a mapping of them can run out of disk.
pub(crate) fn allocate(file: &File, size: usize) -> io::Result<()> {
    let size = libc::off_t::try_from(size).map_err(io::Error::other)?;
    loop {
        // SAFETY: takes integers only; the descriptor is open for as long as `file` is borrowed.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, size) } {
            0 => return Ok(()),
            libc::EINTR => {}
            code => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// The same for a file that others use already: their bytes stay as they are. The kernel is not asked where all blocks are there, because some file
/// systems want room for them once more, nor for more than it can do.
pub(crate) fn fill_holes(file: &File, size: usize) -> io::Result<()> {
    if file.metadata()?.blocks() * 512 >= size as u64 {
        return Ok(());
    }
    let size = libc::off_t::try_from(size).map_err(io::Error::other)?;
    loop {
        // SAFETY: takes integers only; the descriptor is open for as long as `file` is borrowed.
        if unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, size) } == 0 {
            return Ok(());
        }
        match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => {}
            error if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::ENOSYS)) => return Ok(()),
            error => return Err(error),
        }
    }
}

/// Bytes that a file of this process may grow to; beyond them a write is a signal.
pub(crate) fn file_size_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is ours to write and outlives the call.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    limit.rlim_cur
}

/// Bytes that this user can still write to the file system of `file`.
pub(crate) fn free_space(file: &File) -> io::Result<u64> {
    // SAFETY: plain integers, for which all zeroes is a value.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open for as long as `file` is borrowed; `found` is ours to write and outlives the call.
    match unsafe { libc::fstatvfs(file.as_raw_fd(), &raw mut found) } {
        0 => Ok(found.f_bavail.saturating_mul(found.f_frsize)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Takes the byte at `offset` for this open file description. `false`: another description has it.
pub(crate) fn try_lock(file: &File, offset: u64) -> io::Result<bool> {
    try_set_lock(file, libc::F_WRLCK, offset)
}

/// Takes the byte at `offset` together with other descriptions that share it; one that this description had alone, it has with others from then on.
/// `false`: another description has it alone.
pub(crate) fn try_share(file: &File, offset: u64) -> io::Result<bool> {
    try_set_lock(file, libc::F_RDLCK, offset)
}

fn try_set_lock(file: &File, kind: c_int, offset: u64) -> io::Result<bool> {
    match set_lock(file, kind, offset, 1) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives one byte back.
pub(crate) fn unlock(file: &File, offset: u64) -> io::Result<()> {
    set_lock(file, libc::F_UNLCK, offset, 1)
}

/// Gives back all that this description has. Cheaper than one byte: the kernel need not prepare for a split range.
pub(crate) fn unlock_all(file: &File) -> io::Result<()> {
    set_lock(file, libc::F_UNLCK, 0, 0)
}

fn set_lock(file: &File, kind: c_int, offset: u64, length: libc::off_t) -> io::Result<()> {
    let range = libc::flock {
        l_type: libc::c_short::try_from(kind).map_err(io::Error::other)?,
        l_whence: libc::c_short::try_from(libc::SEEK_SET).map_err(io::Error::other)?,
        l_start: libc::off_t::try_from(offset).map_err(io::Error::other)?,
        l_len: length,
        l_pid: 0,
    };
    loop {
        // SAFETY: the kernel reads `range`, which outlives the call, and keeps no pointer to it.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Sleeps until woken, or `at_most`, or a signal; not at all if `word` is no longer `seen`.
/// The futex is the shared kind: `word` may be in a mapping of several processes.
pub(crate) fn sleep_on(word: &AtomicU32, seen: u32, at_most: Duration) {
    let at_most = libc::timespec {
        tv_sec: libc::time_t::try_from(at_most.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(at_most.subsec_nanos()),
    };
    // SAFETY: `word` and `at_most` outlive the call; the kernel only reads them.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, seen, &raw const at_most) };
}

/// Wakes the one that sleeps on `word`, if any.
pub(crate) fn wake(word: &AtomicU32) {
    // SAFETY: `word` outlives the call; the kernel uses its address only as a name.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, 1) };
}

/// Time on the clock that futexes wait by, the same for every process of the host. Not the clock of the engine, which
/// tests move: how long a lock may take has nothing to do with how old a session is.
pub(crate) fn now() -> Duration {
    read_clock(libc::CLOCK_MONOTONIC)
}

/// The same clock at the kernel's tick (some 4 ms), five times cheaper.
pub(crate) fn about_now() -> Duration {
    read_clock(libc::CLOCK_MONOTONIC_COARSE)
}

fn read_clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is ours to write and outlives the call.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Runs `work` with all signals blocked: a thread that it starts never gets any. An application's handlers expect its own thread.
pub(crate) fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: a set of signals is plain data, for which all zeroes is a value.
    let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
    let mut before = all;
    // SAFETY: `all` is ours to write.
    unsafe { libc::sigfillset(&raw mut all) };
    // SAFETY: both sets are ours and outlive the call.
    let blocked = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before) } == 0;
    let done = work();
    if blocked {
        // SAFETY: `before` was written by the call above, and nobody needs what is there now.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    }
    done
}
