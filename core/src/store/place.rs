//! Where sessions are kept, as an operator writes it (`sidereal.store`): the one place that turns such a text into a store and its keyring.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Store;
use super::memory::MemoryStore;
use super::redis::{Address, Password, RedisStore};
use super::sqlite::SqliteStore;
use crate::directory;
use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::keys::Keyring;
use crate::policy::printable;

/// Where sessions are kept. Nothing in it is shown but what may be: a path, or the `Display` of an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the default directory of this uid ([`directory::default_place`]).
    Default,
    /// In this directory, an absolute path.
    Directory(PathBuf),
    /// In the memory of one process.
    Memory,
    /// On servers that several hosts share.
    Redis(Box<Address>),
}

/// A store, and the keyring that goes with it.
pub struct Opened {
    /// The store. One on a server connects when it is first used.
    pub store: Arc<dyn Store>,
    /// The keyring.
    pub keyring: Keyring,
    /// Its file; `None` when it is in memory only.
    pub keyring_path: Option<PathBuf>,
}

impl Place {
    /// Whether `text` begins with a scheme of a place. `session.save_path` belongs to other save handlers unless it does.
    pub fn is_one(text: &str) -> bool {
        text.starts_with("sqlite:") || text.starts_with("memory:") || Address::is_one(text)
    }

    /// Understands `sqlite:PATH`, `memory:`, an [address](Address::parse), or nothing: the default. `setting` is the name of what says so, `password_file`
    /// that of the server's password ([`Password::find`]), which is read where there is a server.
    ///
    /// # Errors
    /// [`Error::is_config`], with a sentence that shows of `text` at most its scheme: what follows may be a password.
    pub fn find(setting: &str, text: &str, password_file: Option<&Path>) -> Result<Self> {
        Self::parse(setting, text, |address| Address::parse(address, Password::find(password_file)?))
    }

    /// Whether `text` alone is well formed. A password that it lacks may come from elsewhere, and is not looked for.
    ///
    /// # Errors
    /// As [`Place::find`].
    pub fn check(setting: &str, text: &str) -> Result<()> {
        let with_any_password = |address: &str| Address::parse(address, Password::new("any".to_owned()));
        Self::parse(setting, text, |address| Address::parse(address, None).or_else(|_| with_any_password(address)))
            .map(drop)
    }

    fn parse(setting: &str, text: &str, address: impl FnOnce(&str) -> Result<Address>) -> Result<Self> {
        if Address::is_one(text) {
            return address(text).map(|address| Self::Redis(Box::new(address)));
        }
        match text.split_once(':') {
            None if text.is_empty() => Ok(Self::Default),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if Path::new(path).is_absolute() => Ok(Self::Directory(path.into())),
            scheme => Err(Error::config(format!(
                "expected {setting} to be sqlite:/absolute/directory, the address of a Redis or Valkey store such as redis://host:6379, or memory:, found \
                 {}; set one of these, or leave it empty for the default directory",
                scheme.map_or_else(
                    || "a text without a scheme".to_owned(),
                    |(scheme, _)| format!("{}:...", printable(scheme).trim_matches('"'))
                )
            ))),
        }
    }

    /// The keyring file: `chosen` (`sidereal.keyring`), or the one beside the store. `None` is a keyring in memory.
    ///
    /// # Errors
    /// [`Error::is_config`] where there is no default: a server is shared by hosts, and beside it is no file that they all have.
    pub fn keyring_path(&self, chosen: Option<&Path>) -> Result<Option<PathBuf>> {
        let beside = match (chosen, self) {
            (Some(path), _) => return Ok(Some(path.to_owned())),
            (None, Self::Memory) => return Ok(None),
            (None, Self::Default) => directory::default_place()?,
            (None, Self::Directory(path)) => path.clone(),
            (None, Self::Redis(_)) => {
                return Err(Error::config(
                    "expected sidereal.keyring to name the keyring file that all hosts of a Redis or Valkey store have a copy of, found nothing; \
                     make one and set its path on each host (docs/operations.md)",
                ));
            }
        };
        Ok(Some(beside.join("keyring")))
    }

    /// Opens the store and its keyring, for `application`. A directory and a keyring are made where there are none, but for a keyring of a store that
    /// other hosts share: with one of its own, a host would take the sessions of the others for forged.
    ///
    /// # Errors
    /// As [`Place::keyring_path`], [`directory::ensure`], [`SqliteStore::open`] and [`Keyring::load_or_create`].
    pub fn open(&self, keyring: Option<&Path>, application: &str, entropy: &dyn Entropy) -> Result<Opened> {
        let keyring_path = self.keyring_path(keyring)?;
        let store: Arc<dyn Store> = match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            Self::Redis(address) => Arc::new(RedisStore::new((**address).clone())),
            Self::Default => in_directory(&directory::default_place()?)?,
            Self::Directory(path) => in_directory(path)?,
        };
        let keyring = match (&keyring_path, self) {
            (None, _) => Keyring::ephemeral(application, entropy)?,
            (Some(path), Self::Redis(_)) => Keyring::load(path, application)?,
            (Some(path), _) => Keyring::load_or_create(path, application, entropy)?,
        };
        Ok(Opened { store, keyring, keyring_path })
    }
}

fn in_directory(path: &Path) -> Result<Arc<dyn Store>> {
    directory::ensure(path)?;
    Ok(Arc::new(SqliteStore::open(path)?))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::entropy::SystemEntropy;

    fn find(text: &str) -> Result<Place> {
        Place::find("sidereal.store", text, None)
    }

    #[test]
    fn each_form_of_a_place_is_understood() {
        assert_eq!(find("").unwrap(), Place::Default);
        assert_eq!(find("memory:").unwrap(), Place::Memory);
        assert_eq!(find("sqlite:/var/lib/x").unwrap(), Place::Directory("/var/lib/x".into()));
        for text in [
            "redis://host",
            "rediss://host:1/2",
            "unix:/run/redis.sock",
            "redis+sentinel://a,b/main",
            "tcp://host:1?database=2",
            "seed[]=a:1",
        ] {
            assert!(Place::is_one(text) && matches!(find(text), Ok(Place::Redis(_))), "{text}");
        }
        for text in ["", "/var/lib/php/sessions", "5;/tmp", "files:/tmp"] {
            assert!(!Place::is_one(text), "{text} is another save handler's");
        }
    }

    #[test]
    fn a30_what_is_no_place_is_a_sentence_without_what_may_be_a_password() {
        for text in [
            "sqlite:relative",
            "memory:x",
            "mysql://u:hunter2@host",
            "redis://u:hunter2@host:port",
            "redis://hunter2@host",
            "nonsense",
        ] {
            let refused = find(text).unwrap_err();
            let message = refused.to_string();
            assert!(
                refused.is_config() && message.contains("sidereal.store") && !message.contains("hunter2"),
                "{message}"
            );
        }
        assert!(!format!("{:?}", find("redis://u:hunter2@host").unwrap()).contains("hunter2"));
    }

    #[test]
    fn a_password_may_come_from_a_file_that_is_read_when_the_store_is_opened() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("password");
        let check = |text| Place::check("sidereal.store", text);
        assert!(check("redis://app@host").is_ok() && check("redis://app:secret@host").is_ok());
        assert!(check("redis://app@host:port").is_err() && check("redis://app:secret@host:port").is_err());
        let find = |text| Place::find("sidereal.store", text, Some(&file));
        assert!(find("redis://app@host").unwrap_err().to_string().contains("sidereal.store_password_file"));
        assert!(find("sqlite:/var/lib/x").is_ok(), "nobody asks for a password there");
        fs::write(&file, "secret\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(find("redis://app@host").is_ok());
        assert!(find("redis://app:secret@host").is_err(), "two passwords");
    }

    #[test]
    fn a_store_that_hosts_share_takes_a_keyring_that_is_there() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let (path, shared) = (root.path().join("keyring"), find("redis://127.0.0.1:1").unwrap());
        let open = |keyring: Option<&Path>| shared.open(keyring, "", &SystemEntropy);
        let missing = open(None).map(drop).unwrap_err();
        assert!(missing.is_config() && missing.to_string().contains("sidereal.keyring"), "{missing}");
        assert!(open(Some(&path)).map(drop).unwrap_err().is_keyring() && !path.exists(), "none is made");
        Keyring::load_or_create(&path, "", &SystemEntropy).unwrap();
        assert_eq!(open(Some(&path)).unwrap().keyring_path.unwrap(), path);
    }

    #[test]
    fn the_keyring_of_a_directory_is_beside_the_store() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("store");
        let opened = Place::Directory(directory.clone()).open(None, "", &SystemEntropy).unwrap();
        assert_eq!(opened.keyring_path, Some(directory.join("keyring")));
        assert!(directory.join("keyring").exists() && SqliteStore::is_in(&directory));
        assert!(Place::Memory.open(None, "", &SystemEntropy).unwrap().keyring_path.is_none());
    }
}
