//! Private directories: where a store and a keyring may live (A25). And private files: where a secret may.
//!
//! Owns the checks (own uid, 0700, no symlink anywhere in the path; 0600 for a file) and the choice of the default place. There is no default in a
//! temporary directory: somebody else could have been there first.

use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use zeroize::Zeroizing;

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

/// The text of a file with a secret in it: a regular file of this uid that nobody else can read, with at most `most` bytes, and no symlink itself.
///
/// # Errors
/// What was found and what to do, for a sentence of the caller's; `leaked` says what to do about a secret that others could read.
pub(crate) fn read_secret(path: &Path, most: u64, leaked: &str) -> Result<Zeroizing<String>, String> {
    let unreadable = |found: std::io::Error| format!("found: {found}");
    let file = std::fs::File::options()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(path)
        .map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err("found something that is not a regular file; give the path of one".into());
    }
    if meta.uid() != own_uid() {
        return Err(format!("found a file of uid {}; chown it to uid {}", meta.uid(), own_uid()));
    }
    if meta.len() > most {
        return Err(format!(
            "found {} bytes, which is too much; give the path of another file, or restore it",
            meta.len()
        ));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(format!(
            "found mode {:04o}, which lets others read it; chmod it to 0600 and {leaked}",
            meta.mode() & 0o7777
        ));
    }
    // Room for all of it, so that no smaller buffer stays behind unwiped.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(most).unwrap_or_default()));
    file.take(most).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
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

/// The directory that [`default_place`] answers, if it is there already. Makes nothing.
pub fn found_default_place() -> Option<PathBuf> {
    let system = Path::new(SYSTEM_PARENT);
    let own = system.join(own_uid().to_string());
    if own.symlink_metadata().is_ok() {
        if check(&own).is_ok() {
            return Some(own);
        }
    } else if system.is_dir() {
        return None;
    }
    xdg_state().map(|state| state.join("sidereal")).filter(|own| own.symlink_metadata().is_ok())
}

/// What a file system is, as far as that matters to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A disk of this host.
    Disk,
    /// A disk of this host whose blocks are written elsewhere each time.
    CopyOnWrite(&'static str),
    /// Gone when the host, or the container, goes.
    Volatile(&'static str),
    /// Behind a network, or behind a program that may be anything.
    Network(&'static str),
}

/// A file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// What it is.
    pub medium: Medium,
    /// Bytes that this user may still write.
    pub free_bytes: u64,
    /// Files that may still be made; `None` where they are not counted.
    pub free_files: Option<u64>,
    /// Whether it cannot be written at all.
    pub is_read_only: bool,
}

/// The file system that `path` is on; `None` where the kernel does not tell.
#[allow(unsafe_code)] // No safe wrapper in std.
pub fn volume(path: &Path) -> Option<Volume> {
    let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).ok()?;
    let mut kind = std::mem::MaybeUninit::<libc::statfs>::zeroed();
    let mut room = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `name` ends with NUL and `kind` is ours to write; both outlive the call.
    let kind_status = unsafe { libc::statfs(name.as_ptr(), kind.as_mut_ptr()) };
    // SAFETY: as above, for `room`.
    let room_status = unsafe { libc::statvfs(name.as_ptr(), room.as_mut_ptr()) };
    if kind_status != 0 || room_status != 0 {
        return None;
    }
    // SAFETY: it consists of integers and was zeroed, then filled in.
    let kind = unsafe { kind.assume_init() };
    // SAFETY: as above.
    let room = unsafe { room.assume_init() };
    Some(Volume {
        medium: medium(u32::try_from(kind.f_type & 0xffff_ffff).unwrap_or_default()),
        free_bytes: room.f_bavail.saturating_mul(room.f_frsize),
        free_files: (room.f_files > 0).then_some(room.f_favail),
        is_read_only: room.f_flag & libc::ST_RDONLY != 0,
    })
}

/// The numbers of statfs(2), from `linux/magic.h` and the file systems' own sources.
fn medium(magic: u32) -> Medium {
    match magic {
        0x0102_1994 => Medium::Volatile("tmpfs"),
        0x8584_58f6 => Medium::Volatile("ramfs"),
        0x794c_7630 => Medium::Volatile("overlayfs, the disk of a container"),
        0x9123_683e => Medium::CopyOnWrite("btrfs"),
        0x2fc1_2fc1 => Medium::CopyOnWrite("zfs"),
        0xca45_1a4e => Medium::CopyOnWrite("bcachefs"),
        0x6969 => Medium::Network("nfs"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Medium::Network("smb"),
        0x0102_1997 => Medium::Network("9p"),
        0x00c3_6400 => Medium::Network("ceph"),
        0x5346_414f | 0x6b41_4653 => Medium::Network("afs"),
        0x7375_7245 => Medium::Network("coda"),
        0x6573_5546 => Medium::Network("fuse"),
        0x0bd0_0bd0 => Medium::Network("lustre"),
        0x0116_1970 => Medium::Network("gfs2"),
        0x7461_636f => Medium::Network("ocfs2"),
        0x786f_4256 => Medium::Network("vboxsf"),
        _ => Medium::Disk,
    }
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
