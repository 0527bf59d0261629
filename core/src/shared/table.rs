//! Tables: files of one fixed size that processes map whole.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use super::{Cells, Mapping, SharedError, kernel};

/// What a table is, to those who open its file.
pub(crate) struct Kind {
    /// What it is called in a message.
    pub(crate) name: &'static str,
    /// What a finished file starts with; it names the layout, and the table leaves these bytes alone.
    pub(crate) mark: &'static [u8; 16],
}

const ADVICE: &str = "stop every process that uses this store, remove that file, start again";

/// The byte of the file that its creator holds.
const CREATION: u64 = 1 << 40;
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(1);

/// Maps the table in `file`, which it makes if it is new, all zeros behind its mark; of several processes that come at once one makes it.
/// Afterwards this description holds no lock.
pub(crate) fn open_table<T: Cells>(file: &File, path: &Path, kind: &Kind) -> Result<Mapping<T>, SharedError> {
    let refused = |error| SharedError::refused(&format!("to prepare {}", kind.name), path, error);
    let is_complete = || is_complete(file, path, kind, size_of::<T>());
    // Without the lock only a yes counts: anything else may be the sight of somebody who is just making it.
    if !matches!(is_complete(), Ok(true)) {
        patiently(path, kind, || kernel::try_lock(file, CREATION))?;
        // A creator that fails or dies leaves no mark: the next one starts anew.
        if !is_complete()? {
            create(file, kind.mark, size_of::<T>()).map_err(refused)?;
        }
        kernel::unlock_all(file).map_err(refused)?;
    }
    // A copy, such as a backup's, may have holes.
    kernel::fill_holes(file, size_of::<T>()).map_err(refused)?;
    Mapping::of_file(file).map_err(refused)
}

/// Waits for a lock on the file of a table that others hold only in passing.
pub(crate) fn patiently(path: &Path, kind: &Kind, lock: impl Fn() -> io::Result<bool>) -> Result<(), SharedError> {
    let give_up = kernel::now() + PATIENCE;
    loop {
        match lock() {
            Ok(true) => return Ok(()),
            Ok(false) if kernel::now() < give_up => std::thread::sleep(POLL),
            Ok(false) => {
                let found = "another process that has been preparing it for 5 s".to_owned();
                return Err(SharedError::unexpected(kind.name, path, found, "look for a process that hangs, end it"));
            }
            Err(error) => return Err(SharedError::refused(&format!("to lock {}", kind.name), path, error)),
        }
    }
}

/// Whether the table is there; `false` for a file that is new or was left unfinished.
fn is_complete(file: &File, path: &Path, kind: &Kind, wanted: usize) -> Result<bool, SharedError> {
    let refused = |error| SharedError::refused(&format!("to read {}", kind.name), path, error);
    let unexpected =
        |found: String| SharedError::unexpected(&format!("{} of this version", kind.name), path, found, ADVICE);
    // The mark first: its creator writes it last, so behind a mark the size is final.
    let mut mark = [0; 16];
    let read = file.read_at(&mut mark, 0).map_err(refused)?;
    let size = file.metadata().map_err(refused)?.len();
    if mark[..read].iter().all(|byte| *byte == 0) {
        return Ok(false);
    }
    if &mark != kind.mark {
        return Err(unexpected("another version or another kind of file".to_owned()));
    }
    if size != wanted as u64 {
        return Err(unexpected(format!("{size} bytes instead of {wanted}")));
    }
    Ok(true)
}

/// Blocks first, mark last. On a full disk nothing stays behind.
fn create(file: &File, mark: &[u8], size: usize) -> io::Result<()> {
    file.set_len(0)?;
    let made = kernel::allocate(file, size).and_then(|()| file.write_all_at(mark, 0));
    if made.is_err() {
        file.set_len(0)?;
    }
    made
}
