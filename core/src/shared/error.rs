//! Why what processes share cannot be used, as a sentence for the one who can repair it.

use std::io;
use std::path::{Path, PathBuf};

/// A lock or a table is broken: never "busy", which is an answer (see [`Acquire`](crate::lock::Acquire)).
///
/// The message says what was expected, what was found and what to do. It names a file, and no record.
#[derive(Debug, thiserror::Error)]
#[error("expected {wanted} ({}), found: {found}; {advice}", path.display())]
pub struct SharedError {
    wanted: String,
    path: PathBuf,
    found: String,
    advice: &'static str,
    io: Option<io::Error>,
}

impl SharedError {
    /// What the operating system said, where it was asked. Its text is part of the message already.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        self.io.as_ref()
    }

    pub(crate) fn refused(wanted: &str, path: &Path, error: io::Error) -> Self {
        let (found, advice) = (error.to_string(), advice(&error));
        Self { wanted: wanted.to_owned(), path: path.to_owned(), found, advice, io: Some(error) }
    }

    pub(crate) fn unexpected(wanted: &str, path: &Path, found: String, advice: &'static str) -> Self {
        Self { wanted: wanted.to_owned(), path: path.to_owned(), found, advice, io: None }
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => "free some disk space, quota or file-size limit there",
        Some(libc::EMFILE | libc::ENFILE) => "raise the limit of open files (ulimit -n, fs.file-max)",
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => "let the user of this process write in that directory",
        Some(libc::ELOOP) => "remove the symbolic link that stands in its place",
        Some(libc::ENOENT | libc::ENOTDIR) => "create that directory, or name another one",
        Some(libc::ENOLCK | libc::ENOMEM) => "the kernel is out of memory for locks: look for what uses it up",
        Some(libc::EINVAL | libc::EOPNOTSUPP | libc::ENOSYS) => {
            "use Linux 4.14 or later and a local file system such as ext4, xfs or tmpfs"
        }
        _ => "look up that error and try again",
    }
}
