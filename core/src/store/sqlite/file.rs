//! The files of the store: what may stand at their paths (A25).
//!
//! The directory has been checked; nobody else can have put anything there. But an administrator's `cp` or `ln`, a restored backup or
//! an earlier, laxer version can have left a file that others read or that leads elsewhere.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use super::cache::FILES;
use crate::directory::own_uid;
use crate::error::{Error, Result};

/// Name of the database in the store's directory.
const NAME: &str = "sessions.db";

/// Where the database of the store in `dir` is, without any symbolic link: SQLite is told to follow none.
pub(super) fn path(dir: &Path) -> Result<PathBuf> {
    let real = dir.canonicalize().map_err(|found| {
        Error::store(format!("expected the directory {} of sidereal.store, found: {found}", dir.display()))
    })?;
    Ok(real.join(NAME))
}

/// Whether there is anything at the database's place in `dir`.
pub(super) fn is_in(dir: &Path) -> bool {
    dir.join(NAME).symlink_metadata().is_ok()
}

/// Creates the database file, empty, if there is none, and checks it and the files that SQLite and the cache keep beside it.
pub(super) fn ensure(database: &Path) -> Result<()> {
    create(database)?;
    check(database)?;
    let of_sqlite = ["-wal", "-shm"].map(|suffix| {
        let mut beside = database.as_os_str().to_owned();
        beside.push(suffix);
        PathBuf::from(beside)
    });
    let of_cache = FILES.map(|name| database.with_file_name(name.to_string_lossy().as_ref()));
    of_sqlite.iter().chain(&of_cache).filter(|path| path.symlink_metadata().is_ok()).try_for_each(|path| check(path))
}

fn create(path: &Path) -> Result<()> {
    // `create_new` is O_EXCL, which follows no symbolic link either.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path) {
        Ok(file) => {
            let set = file.set_permissions(PermissionsExt::from_mode(0o600));
            // Left open for good: closing any descriptor of this file drops the locks that SQLite holds on it in this process.
            std::mem::forget(file);
            set.map_err(|found| fault(path, &format!("could not set its mode: {found}")))
        }
        Err(found) if found.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(found) => Err(unmakeable(path, &found)),
    }
}

/// Looks at the file without opening it: see `create` for what closing it would do, and opening a FIFO blocks.
fn check(path: &Path) -> Result<()> {
    let meta =
        path.symlink_metadata().map_err(|found| fault(path, &format!("found: {found}; look at the directory")))?;
    if meta.is_symlink() {
        return Err(fault(path, "found a symbolic link; remove it, or put the file itself there"));
    }
    if !meta.is_file() {
        return Err(fault(path, "found something that is not a regular file; remove it"));
    }
    if meta.uid() != own_uid() {
        return Err(fault(path, &format!("found one of uid {}; chown it to uid {}", meta.uid(), own_uid())));
    }
    if meta.nlink() != 1 {
        return Err(fault(path, &format!("found one with {} names (hard links); remove the others", meta.nlink())));
    }
    if meta.mode() & 0o177 != 0 {
        return Err(fault(path, &format!("found mode {:04o}; chmod it to 0600", meta.mode() & 0o7777)));
    }
    Ok(())
}

fn unmakeable(path: &Path, found: &std::io::Error) -> Error {
    let message = format!("expected to create {} of sidereal.store, found: {found}; ", path.display());
    match found.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT) => {
            Error::full(message + "free space there or set sidereal.store to a directory on another disk")
        }
        _ => Error::store(message + "make the directory writable, or set sidereal.store to another one"),
    }
}

fn fault(path: &Path, found: &str) -> Error {
    Error::store(format!(
        "expected the session store (sidereal.store) at {} to be a regular file of uid {} with mode 0600 and one name, {found}",
        path.display(),
        own_uid()
    ))
}
