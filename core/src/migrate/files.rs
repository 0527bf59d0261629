//! Sessions of PHP's own handler: one file each, in one directory.
//!
//! The file is locked as PHP locks it, so no request that PHP's handler serves has it open meanwhile.

use std::fs::{File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Look, Name, Old, Taken, Terms, php_id, too_large};
use crate::clock::Time;
use crate::directory::own_uid;
use crate::error::{Error, Result};

/// How long to wait before a file that somebody else has locked is looked at again: PHP's lock has no queue.
const AGAIN: Duration = Duration::from_millis(10);
const STICKY: u32 = 0o1000;
const OTHERS_READ_OR_WRITE: u32 = 0o006;

pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory must be of this uid or root. Whoever else can list it knows every ID, and whoever else can write into it could move files in it:
    /// a sticky one, such as Debian's with mode 1733 or /tmp, is what PHP itself has there.
    fn check(&self) -> Result<()> {
        let meta = self.directory.symlink_metadata().map_err(|found| self.down(&found))?;
        let found = if !meta.is_dir() {
            "something that is not a directory".into()
        } else if meta.uid() != own_uid() && meta.uid() != 0 {
            format!("one of uid {}", meta.uid())
        } else if meta.mode() & OTHERS_READ_OR_WRITE != 0 && meta.mode() & STICKY == 0 {
            format!("mode {:04o}, which lets others in", meta.mode() & 0o7777)
        } else {
            return Ok(());
        };
        Err(Error::store(format!(
            "expected sidereal.migrate_from to name a directory of root or of uid {} that others cannot read or write unless it is sticky, found {found} at {}; \
             correct it",
            own_uid(),
            self.directory.display()
        )))
    }

    /// An ID of PHP's has no dot and no slash.
    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("sess_{id}"))
    }

    /// Says nothing of the file: its name has the ID in it.
    fn down(&self, found: &io::Error) -> Error {
        Error::store(format!(
            "expected to read session files in {} (sidereal.migrate_from), found: {found}; see that uid {} can read and delete them",
            self.directory.display(),
            own_uid()
        ))
    }

    fn open(&self, path: &Path) -> Result<Option<File>> {
        let opened =
            File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK).open(path);
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(found) if found.kind() == ErrorKind::NotFound || is_link(&found) => Ok(None),
            Err(found) => Err(self.down(&found)),
        }
    }

    /// As PHP does, but not for ever.
    #[allow(clippy::disallowed_methods)] // A wait is measured by the kernel's own clock, which no test moves.
    fn lock(&self, file: &File, wait: Duration) -> Result<()> {
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(AGAIN),
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::store(
                        "expected a session file of the handler that sidereal.migrate_from names to be free, found that another request still has it \
                         open; wait until no request is served by the old handler",
                    ));
                }
                Err(TryLockError::Error(found)) => return Err(self.down(&found)),
            }
        }
    }
}

impl Old for Files {
    fn kind(&self) -> &'static str {
        "files"
    }

    fn look(&self, text: &[u8], terms: &Terms<'_>) -> Result<Look> {
        let Some(id) = php_id(text) else { return Ok(Look::Nothing) };
        self.check()?;
        let is_there = match self.path(id).symlink_metadata() {
            Ok(meta) => is_session(&meta, terms),
            Err(found) if found.kind() == ErrorKind::NotFound => false,
            Err(found) => return Err(self.down(&found)),
        };
        Ok(Look::Named { name: Name::new(text), is_there })
    }

    fn read(&self, text: &[u8], terms: &Terms<'_>) -> Result<Option<Taken>> {
        let Some(id) = php_id(text) else { return Ok(None) };
        self.check()?;
        let path = self.path(id);
        let Some(file) = self.open(&path)? else { return Ok(None) };
        // Before the wait: nobody else's file is waited for.
        if !is_session(&file.metadata().map_err(|found| self.down(&found))?, terms) {
            return Ok(None);
        }
        self.lock(&file, terms.policy.lock_wait)?;
        // Whoever had it may have written or removed it.
        let meta = file.metadata().map_err(|found| self.down(&found))?;
        if !is_session(&meta, terms) {
            return Ok(None);
        }
        if meta.len() > terms.policy.max_payload as u64 {
            return Err(too_large(meta.len(), terms));
        }
        let mut payload = Vec::new();
        (&file).take(meta.len()).read_to_end(&mut payload).map_err(|found| self.down(&found))?;
        let refused = Self::new(self.directory.clone());
        let remove = move || {
            let removed = std::fs::remove_file(&path);
            // The lock is held until here.
            drop(file);
            match removed {
                Err(found) if found.kind() != ErrorKind::NotFound => Err(refused.down(&found)),
                _ => Ok(()),
            }
        };
        Ok(Some(Taken { payload, serializer: None, remove: Box::new(remove) }))
    }
}

/// Whether it is a session file of ours with something in it, and in use until lately. Neither a link nor a second name of another file passes, nor one
/// that somebody else could have written.
fn is_session(meta: &Metadata, terms: &Terms<'_>) -> bool {
    let is_own = meta.is_file() && meta.uid() == own_uid() && meta.nlink() == 1 && meta.mode() & 0o022 == 0;
    let used = Time::from_millis(meta.mtime().saturating_mul(1000).saturating_add(meta.mtime_nsec() / 1_000_000));
    is_own && meta.len() > 0 && terms.now.since(used) < terms.policy.idle
}

/// What `O_NOFOLLOW` answers.
fn is_link(found: &io::Error) -> bool {
    found.raw_os_error() == Some(libc::ELOOP)
}
