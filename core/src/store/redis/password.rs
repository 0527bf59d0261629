//! The password of a server: where it comes from, and that it is shown nowhere.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;

use zeroize::{Zeroize as _, Zeroizing};

use crate::directory;
use crate::error::{Error, Result};

/// The environment variable that holds the password where no file is configured.
const VARIABLE: &str = "SIDEREAL_STORE_PASSWORD";
/// The longest password: access tokens of clouds have some two thousand bytes.
const MAX_LEN: usize = 4096;

/// The password of a store's server. Its memory is wiped when it goes, and no output shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// `text` as a password; `None` when it is empty, longer than 4096 bytes or has a line break or NUL.
    pub fn new(mut text: String) -> Option<Self> {
        if text.is_empty() || text.len() > MAX_LEN || text.contains(['\n', '\r', '\0']) {
            text.zeroize();
            return None;
        }
        Some(Self(Zeroizing::new(text)))
    }

    /// The password in `file` (`sidereal.store_password_file`), or without a file the one in the environment variable
    /// `SIDEREAL_STORE_PASSWORD`; `None` when neither is set. A line break at the end of the file is not part of it.
    ///
    /// # Errors
    /// [`Error::is_config`], with a sentence that names the place and the fault: the file must be a regular file of this uid with mode 0600.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>> {
        match file {
            Some(path) => Self::read(path).map(Some),
            None => Self::from_environment(),
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let refused = |found: String| {
            Error::config(format!(
                "expected a password of 1 to {MAX_LEN} characters on one line, in a file of this uid with mode 0600, at {} \
                 (sidereal.store_password_file), {found}",
                path.display()
            ))
        };
        // One byte more than fits, with its line break, tells a file that is too long.
        let text = directory::read_secret(path, MAX_LEN as u64 + 2, "change the password").map_err(refused)?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Self::new(line.to_owned()).ok_or_else(|| refused("found something else; write the password alone".into()))
    }

    fn from_environment() -> Result<Option<Self>> {
        let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return Ok(None) };
        let password = value.into_string().ok().and_then(Self::new);
        password.map(Some).ok_or_else(|| {
            Error::config(format!(
                "expected a password of 1 to {MAX_LEN} characters on one line in the environment variable {VARIABLE}, found something else; \
                 write the password alone"
            ))
        })
    }

    /// The password itself, for the server alone.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Hash for Password {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("password");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (place, path)
    }

    #[test]
    fn a_line_break_at_the_end_is_not_part_of_a_password() {
        for text in ["hush hush", "hush hush\n", "hush hush\r\n"] {
            let (_place, path) = file(text, 0o600);
            assert_eq!(Password::find(Some(&path)).unwrap().unwrap().reveal(), "hush hush");
        }
    }

    #[test]
    fn a_password_file_that_others_can_read_is_refused() {
        let (place, path) = file("hush hush", 0o640);
        let refused = Password::find(Some(&path)).unwrap_err();
        assert!(refused.is_config() && refused.to_string().contains("change the password"), "{refused}");
        let link = place.path().join("link");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&path, &link).unwrap();
        for path in [link, place.path().join("absent"), place.path().to_owned()] {
            assert!(Password::find(Some(&path)).unwrap_err().is_config());
        }
    }

    #[test]
    fn what_is_no_password_is_refused_and_not_shown() {
        for text in ["", "\n", "hush\nhush", &"hush".repeat(1025)] {
            let (_place, path) = file(text, 0o600);
            let refused = Password::find(Some(&path)).unwrap_err().to_string();
            assert!(!refused.contains("hush"), "{refused}");
        }
        assert_eq!(format!("{:?}", Password::new("hush".into()).unwrap()), "Password");
    }
}
