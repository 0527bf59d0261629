//! What SQLite's refusals mean, as sentences for the one who can repair it. They name the path and the setting, never data.

use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::schema::{FORMAT, Format};
use crate::error::Error;
use crate::lock::Holder;
use crate::shared::SharedError;

/// The error to answer when SQLite refused.
pub(super) fn explain(path: &Path, refusal: &rusqlite::Error) -> Error {
    // Read at once: it is what the failed write left behind.
    let os = std::io::Error::last_os_error();
    let rusqlite::Error::SqliteFailure(code, _) = refusal else {
        return unreadable(path);
    };
    if is_full(code, &os) {
        return full(path);
    }
    let (found, cure) = match code.code {
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (
            "found that it cannot be written",
            "let the user of this process write the directory and its files, or mount its file system read-write",
        ),
        ErrorCode::CannotOpen => (
            "found that it cannot be opened",
            "look at the directory, its owner and the limit of open files (ulimit -n)",
        ),
        ErrorCode::NotADatabase => {
            ("found a file that is not a database", "move it away, or set sidereal.store to another directory")
        }
        ErrorCode::DatabaseCorrupt => (
            "found a damaged database, which is left as it is",
            "restore it from a backup, or move its files away and so sign everybody out",
        ),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            ("found another process writing all the time", "look for one that is stopped while it has the files open")
        }
        ErrorCode::OutOfMemory => ("found no memory left", "raise the memory limit of this process"),
        _ => return broken(path, code),
    };
    Error::store(format!("expected to use the session store {} (sidereal.store), {found}; {cure}", path.display()))
}

/// The error to answer when the locks beside the database refused.
pub(super) fn locks(refusal: &SharedError) -> Error {
    let message = refusal.to_string();
    match refusal.io().and_then(std::io::Error::raw_os_error) {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => Error::full(message),
        _ => Error::store(message),
    }
}

fn is_full(code: &ffi::Error, os: &std::io::Error) -> bool {
    match code.extended_code {
        ffi::SQLITE_FULL => true,
        // SQLite says FULL for ENOSPC only; a quota or a limit looks like a bad disk to it.
        ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_TRUNCATE | ffi::SQLITE_IOERR_FSYNC => {
            matches!(os.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
        }
        _ => false,
    }
}

fn full(path: &Path) -> Error {
    Error::full(format!(
        "expected room to write the session store {} (sidereal.store), found none; \
         free space on its disk, raise the quota or the file-size limit, or set sidereal.store to a directory on another disk",
        path.display()
    ))
}

fn broken(path: &Path, code: &ffi::Error) -> Error {
    Error::store(format!(
        "expected to use the session store {} (sidereal.store), found an error of the system (SQLite's code {}); look at the system's log for its disk",
        path.display(),
        code.extended_code
    ))
}

/// A value of another type or length than this format has.
pub(super) fn unreadable(path: &Path) -> Error {
    Error::store(format!(
        "expected the session store {} (sidereal.store) in its own format, found a value that is not; restore it from a backup, or move its files away",
        path.display()
    ))
}

/// The error to answer when the file is not in our format.
pub(super) fn foreign(path: &Path, found: Format) -> Error {
    let found = match found {
        Format::Other(other) => {
            format!("format {other}; use the version of this program that made it, or move the file away")
        }
        _ => "another program's; move it away, or set sidereal.store to another directory".to_owned(),
    };
    Error::store(format!(
        "expected the database {} (sidereal.store) to have format {FORMAT}, found {found}",
        path.display()
    ))
}

/// The error to answer when the store is not the one any more that this process has opened.
pub(super) fn replaced(path: &Path) -> Error {
    Error::store(format!(
        "expected the session store {} (sidereal.store) to stay in its place while it is in use, found that it was removed or replaced; restart this process",
        path.display()
    ))
}

/// The error to answer when the turn to write did not come.
pub(super) fn stuck(path: &Path, holder: Holder) -> Error {
    let who = holder.pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
    Error::store(format!(
        "expected to write the session store {} (sidereal.store) within five seconds, found {who} writing all the time; look whether it is stopped",
        path.display()
    ))
}

/// The error to answer when too many stand in the way of a row that moves.
pub(super) fn crowded(path: &Path) -> Error {
    Error::store(format!(
        "expected fewer than 64 requests at once to ask the session store {} (sidereal.store) for one session, found more; try again",
        path.display()
    ))
}
