//! Open file descriptions: every holder and every waiter needs one of its own, because two locks taken through the
//! same description do not exclude each other. Those that are idle are kept for the next one.
//!
//! A forked child inherits descriptors of the *parent's* descriptions: it must neither lock nor unlock through them.
//! So this also owns the answer to "is this still the process that opened it?". It asks a page that fork wipes: a
//! number that grows from parent to child, where a PID may return and costs a system call.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::SeqCst};

use crate::shared::{Mapping, SharedError, kernel};

/// Which file of the store's directory. The kernel searches a file's locks one by one, so records are spread over
/// several stripes: 512 locks held at once cost 11 us each in one file, 1 us in sixteen.
#[derive(Clone, Copy)]
pub(super) struct Name(usize);

impl Name {
    /// The table that processes share, and with it the liveness bytes of those who wait.
    pub(super) const TABLE: Name = Name(16);

    /// The stripe and the byte in it that stand for `key`: all 64 bits of it, so that no two keys share a byte.
    pub(super) fn of_record(key: u64) -> (Name, u64) {
        (Name(usize::try_from(key >> 60).unwrap_or(0)), key & (u64::MAX >> 4))
    }

    fn text(self) -> &'static CStr {
        NAMES[self.0]
    }
}

#[rustfmt::skip]
const NAMES: [&CStr; 17] = [
    c"lock-00", c"lock-01", c"lock-02", c"lock-03", c"lock-04", c"lock-05", c"lock-06", c"lock-07", c"lock-08",
    c"lock-09", c"lock-10", c"lock-11", c"lock-12", c"lock-13", c"lock-14", c"lock-15", c"lock-table",
];

/// How many idle descriptions a process keeps of each file; a worker that serves one request at a time needs one.
const KEPT: usize = 4;
const EMPTY: RawFd = -1;

pub(super) struct Files {
    dir: File,
    path: PathBuf,
    /// Idle descriptors, of this process alone, with no lock on them. Taken and given back by one atomic exchange:
    /// a mutex could be locked, by a thread that a forked child does not have, for ever.
    idle: [[AtomicI32; KEPT]; NAMES.len()],
    /// The number of this process in the line of forks; 0 in a child that has not been noticed yet.
    process: Mapping<AtomicU64>,
    /// The last number given in this line.
    processes: AtomicU64,
    pid: AtomicU32,
}

impl Files {
    /// Opens `dir` itself, so that neither chdir nor a rename leads later calls elsewhere.
    pub(super) fn in_dir(path: &Path) -> Result<Self, SharedError> {
        let refused = |error| SharedError::refused("to open the store's directory", path, error);
        let dir = File::open(path).map_err(refused)?;
        let process = Mapping::wiped_by_fork().map_err(refused)?;
        let idle = [const { [const { AtomicI32::new(EMPTY) }; KEPT] }; NAMES.len()];
        let (processes, pid) = (AtomicU64::new(0), AtomicU32::new(0));
        let files = Self { dir, path: path.to_owned(), idle, process, processes, pid };
        for number in 0..NAMES.len() {
            // Made now, while somebody watches, and not by the first request that happens to need it.
            let file = files.take(Name(number))?;
            files.give_back(Name(number), file);
        }
        Ok(files)
    }

    /// An open file description that nobody else uses.
    pub(super) fn take(&self, name: Name) -> Result<File, SharedError> {
        self.process();
        for idle in &self.idle[name.0] {
            if let Some(file) = take_out(idle) {
                return Ok(file);
            }
        }
        kernel::open_at(&self.dir, name.text()).map_err(|error| self.refused("to open a lock file", name, error))
    }

    /// Keeps a description that holds no lock any more, or closes it where enough are kept.
    pub(super) fn give_back(&self, name: Name, file: File) {
        let Some(place) = self.idle[name.0].iter().find(|idle| idle.load(SeqCst) == EMPTY) else { return };
        let fd = file.into_raw_fd();
        if place.compare_exchange(EMPTY, fd, SeqCst, SeqCst).is_err() {
            // SAFETY: `into_raw_fd` gave us the descriptor one line above and the exchange did not pass it on.
            drop(unsafe { File::from_raw_fd(fd) });
        }
    }

    /// The number of this process: greater than that of every process it descends from.
    pub(super) fn process(&self) -> u64 {
        match self.process.load(SeqCst) {
            0 => self.begin_process(),
            number => number,
        }
    }

    /// The PID to name in a hint.
    pub(super) fn pid(&self) -> u32 {
        self.pid.load(SeqCst)
    }

    /// The path to name in a message.
    pub(super) fn path(&self, name: Name) -> PathBuf {
        self.path.join(name.text().to_string_lossy().as_ref())
    }

    pub(super) fn refused(&self, wanted: &'static str, name: Name, error: io::Error) -> SharedError {
        SharedError::refused(wanted, &self.path(name), error)
    }

    /// In a new process: closes what is the parent's (closing a copy unlocks nothing), then takes a number. In this
    /// order, so that a thread which sees the number finds nothing inherited.
    #[cold]
    fn begin_process(&self) -> u64 {
        self.idle.as_flattened().iter().for_each(|idle| drop(take_out(idle)));
        self.pid.store(std::process::id(), SeqCst);
        let number = self.processes.fetch_add(1, SeqCst) + 1;
        match self.process.compare_exchange(0, number, SeqCst, SeqCst) {
            Ok(_) => number,
            Err(earlier) => earlier,
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.idle.as_flattened().iter().for_each(|idle| drop(take_out(idle)));
    }
}

fn take_out(idle: &AtomicI32) -> Option<File> {
    if idle.load(SeqCst) == EMPTY {
        return None;
    }
    let fd = idle.swap(EMPTY, SeqCst);
    // SAFETY: `give_back` put an owned descriptor there, and the swap hands it to one taker only.
    (fd != EMPTY).then(|| unsafe { File::from_raw_fd(fd) })
}
