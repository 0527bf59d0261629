//! Private directories: where a store and a keyring may live (A25).
//!
//! Owns the check (own uid, 0700, no symlink anywhere in the path) and the choice of the default place. There is no default in a
//! temporary directory: somebody else could have been there first.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// The parent that an installation creates, mode 1733, as Debian does for PHP's own session files.
pub const SYSTEM_PARENT: &str = "/var/lib/sidereal";

/// The uid that owns what this process creates.
#[allow(unsafe_code)] // No safe wrapper in std.
pub fn own_uid() -> u32 {
    // SAFETY: geteuid(2) takes nothing, touches no memory and cannot fail.
    unsafe { libc::geteuid() }
}

/// Checks that `path` is a directory of this uid that nobody else can enter, reached without a symlink.
///
/// # Errors
/// [`Error::is_store`], with a sentence that names the fault.
pub fn check(path: &Path) -> Result<()> {
    refuse_symlinks(path)?;
    let meta = path.symlink_metadata().map_err(|found| fault(path, &format!("found: {found}")))?;
    if !meta.is_dir() {
        return Err(fault(path, "found something that is not a directory"));
    }
    if meta.uid() != own_uid() {
        return Err(fault(path, &format!("found one of uid {}; chown it to uid {}", meta.uid(), own_uid())));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(fault(
            path,
            &format!("found mode {:04o}, which lets others in; chmod it to 0700", meta.mode() & 0o7777),
        ));
    }
    Ok(())
}

/// Creates `path` with mode 0700 when it is not there, then checks it. Its parent must exist.
///
/// # Errors
/// As [`check`].
pub fn ensure(path: &Path) -> Result<()> {
    // Before anything is made: what is made beyond a link is not where it seems to be.
    refuse_symlinks(path)?;
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(found) if found.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(found) => return Err(fault(path, &format!("could not create it: {found}"))),
    }
    check(path)
}

/// The directory for the embedded store when nothing is configured: `/var/lib/sidereal/<uid>` where an installation made the
/// parent, else the user's XDG state directory.
///
/// # Errors
/// [`Error::is_config`], with the setting to set, when there is neither.
pub fn default_place() -> Result<PathBuf> {
    let system = Path::new(SYSTEM_PARENT);
    if system.is_dir() {
        let own = system.join(own_uid().to_string());
        if ensure(&own).is_ok() {
            return Ok(own);
        }
    }
    if let Some(state) = xdg_state() {
        let own = state.join("sidereal");
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&state).is_ok();
        if made && ensure(&own).is_ok() {
            return Ok(own);
        }
    }
    Err(Error::config(format!(
        "expected a private directory for the session store, found neither {SYSTEM_PARENT}/{uid} nor an XDG state directory that uid {uid} can use; \
         set sidereal.store = \"sqlite:/a/directory/of/this/uid/with/mode/0700\", or create {SYSTEM_PARENT} with mode 1733",
        uid = own_uid()
    )))
}

fn xdg_state() -> Option<PathBuf> {
    let absolute = |value: std::ffi::OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    std::env::var_os("XDG_STATE_HOME")
        .and_then(absolute)
        .or_else(|| Some(std::env::var_os("HOME").and_then(absolute)?.join(".local/state")))
}

/// A symlink that somebody else controls could be turned towards another place after the check. Symlinks that root owns
/// (such as `/var/run`) are part of the system and followed.
fn refuse_symlinks(path: &Path) -> Result<()> {
    let mut walked = PathBuf::new();
    for component in path.components() {
        walked.push(component);
        if matches!(component, Component::RootDir | Component::CurDir | Component::Prefix(_)) {
            continue;
        }
        if component == Component::ParentDir {
            return Err(fault(path, "found `..` in it; give the path without"));
        }
        let Ok(meta) = walked.symlink_metadata() else {
            return Ok(());
        };
        if meta.is_symlink() && (meta.uid() != 0 || walked == path) {
            return Err(fault(
                path,
                &format!("found a symbolic link at {}; give the path that it leads to", walked.display()),
            ));
        }
    }
    Ok(())
}

fn fault(path: &Path, found: &str) -> Error {
    Error::store(format!(
        "expected a directory of uid {} with mode 0700 and no symbolic link at {} (sidereal.store, sidereal.keyring), {found}",
        own_uid(),
        path.display()
    ))
}
