//! Sessions that come from another store, so that nobody is logged out when a site moves to Sidereal.
//!
//! Owns where that store is ([`Source`]), what is an ID there, and what may be taken from it: the readers, one a kind. What becomes of a session that is
//! found is [`crate::engine`]'s work. Only the store says whether there is a session, so an ID that somebody made up opens nothing (A1).

mod files;
mod redis;
mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use self::files::Files;
use self::redis::PhpRedis;
use self::sqlite::Sidereal;
use crate::client::Scheme;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::policy::{Policy, printable};
use crate::store::redis::Address;

/// The store that sessions come from: `sidereal.migrate_from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `files:/directory`: that of PHP's own handler.
    Files(PathBuf),
    /// `redis-php:ADDRESS`: that of phpredis. Keys begin with its `PHPREDIS_SESSION:` unless the address has a prefix.
    Redis(Box<Address>),
    /// `sqlite:/directory`: that of Sidereal itself.
    Sidereal(PathBuf),
}

impl Source {
    /// Understands a setting; `None` when it is empty. `name` is the setting, for the message.
    ///
    /// # Errors
    /// [`Error::is_config`], with a sentence that repeats nothing of an address, which may hold a password.
    pub fn parse(name: &str, value: &str) -> Result<Option<Self>> {
        match value.split_once(':') {
            None if value.is_empty() => Ok(None),
            Some(("files", path)) if Path::new(path).is_absolute() => Ok(Some(Self::Files(path.into()))),
            Some(("sqlite", path)) if Path::new(path).is_absolute() => Ok(Some(Self::Sidereal(path.into()))),
            Some(("redis-php", address)) => {
                Address::parse(address, None).map(|address| Some(Self::Redis(Box::new(address)))).map_err(|found| {
                    Error::config(format!("expected {name} to be redis-php: and an address, but: {found}"))
                })
            }
            found => Err(Error::config(format!(
                "expected {name} to be files:/absolute/directory, redis-php: and an address, or sqlite:/absolute/directory, found {}; set one of \
                 these, or leave it empty",
                found.map_or_else(
                    || printable(value),
                    |(scheme, _)| format!("{}:...", printable(scheme).trim_matches('"'))
                )
            ))),
        }
    }

    /// The reader. Opens nothing yet. `keyring` is the file that `sidereal.keyring` names, if it names one; a store of Sidereal's has its own otherwise.
    pub fn open(self, keyring: Option<&Path>, application: &str) -> Arc<dyn Old> {
        match self {
            Self::Files(directory) => Arc::new(Files::new(directory)),
            Self::Redis(address) => Arc::new(PhpRedis::new(*address)),
            Self::Sidereal(directory) => {
                let keyring = keyring.map_or_else(|| directory.join("keyring"), Path::to_path_buf);
                Arc::new(Sidereal::new(directory, keyring, application.to_owned()))
            }
        }
    }
}

/// A store that sessions come from.
pub trait Old: Send + Sync {
    /// What it is, in a word for events.
    fn kind(&self) -> &'static str;

    /// Whether its IDs look like ours. Those that do may be known here already.
    fn has_our_grammar(&self) -> bool {
        false
    }

    /// What it has for the ID `text`. Changes nothing and waits for nobody.
    ///
    /// # Errors
    /// [`Error::is_store`], [`Error::is_config`], [`Error::is_keyring`]: it cannot be asked.
    fn look(&self, text: &[u8], terms: &Terms<'_>) -> Result<Look>;

    /// Reads the session, alone: others that read or write it by that store's own rules wait until it is removed or what is answered is dropped. `None`
    /// when it is not there any more.
    ///
    /// # Errors
    /// As [`Old::look`]; also when another request has the session open for too long, or when it is larger than the policy allows. The session stays.
    fn read(&self, text: &[u8], terms: &Terms<'_>) -> Result<Option<Taken>>;
}

/// What a store is asked under.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// How old a session may be, how large, and how long to wait for it.
    pub policy: &'a Policy,
    /// When the request arrived.
    pub now: Time,
    /// How it came.
    pub scheme: Option<Scheme>,
}

/// What a store has for an ID.
#[derive(Debug)]
pub enum Look {
    /// Nothing, and it never had: this is no ID of its.
    Nothing,
    /// What the client has left behind: it has a newer ID.
    Left,
    /// The session of this name.
    Named {
        /// Its name, the same for every ID that leads to it.
        name: Name,
        /// Whether it is there: found, and not too old.
        is_there: bool,
    },
}

/// What a store calls a session. For most it is the ID itself, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(Zeroizing<Vec<u8>>);

impl Name {
    fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The name, for a keyed hash.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

/// A session as it was read.
pub struct Taken {
    /// As the application's serializer wrote it.
    pub payload: Vec<u8>,
    /// The serializer, where the store knows it.
    pub serializer: Option<Box<str>>,
    remove: Box<dyn FnOnce() -> Result<()>>,
}

impl Taken {
    /// Removes it there.
    ///
    /// # Errors
    /// [`Error::is_store`]: it may be there still.
    pub fn remove(self) -> Result<()> {
        (self.remove)()
    }
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Taken({} bytes)", self.payload.len())
    }
}

/// Characters of an ID of PHP's, as `session.sid_length` allows them.
const PHP_LENGTHS: std::ops::RangeInclusive<usize> = 22..=256;

/// The ID `text`, if it is one that PHP makes: nothing else ever becomes part of a path or of a key (A18, A19).
fn php_id(text: &[u8]) -> Option<&str> {
    let plain = text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'-'));
    if PHP_LENGTHS.contains(&text.len()) && plain { str::from_utf8(text).ok() } else { None }
}

/// That a session cannot be taken over because of its size.
fn too_large(found: u64, terms: &Terms<'_>) -> Error {
    Error::config(format!(
        "expected a session of at most {} bytes in the store that sidereal.migrate_from names, found one of {found}; raise sidereal.max_payload",
        terms.policy.max_payload
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_php_makes_is_an_id_of_php() {
        for good in [&b"abcdefghijklmnopqrstuv"[..], &[b'9'; 256], b"ABCDEFGHIJKLMNOPQRSTUV,-0123456789"] {
            assert!(php_id(good).is_some());
        }
        let hostile: [&[u8]; 12] = [
            b"",
            b"abcdefghijklmnopqrstu",
            &[b'a'; 257],
            b"../../../../../../etc/passwd",
            b"abcdefghijklmnopqrstuv/",
            b"abcdefghijklmnopqrstuv.",
            b"abcdefghijklmnopqrstuv\0",
            b"abcdefghijklmnopqrstuv\r\n",
            b"abcdefghijklmnopqrstuv{tag}",
            b"abcdefghijklmnopqrstuv_LOCK",
            b"abcdefghijklmnopqrstuv%2f",
            "äbcdefghijklmnopqrstuvwx".as_bytes(),
        ];
        for bad in hostile {
            assert!(php_id(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_setting_names_one_of_three_stores() {
        let parse = |value| Source::parse("sidereal.migrate_from", value);
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse("files:/a").unwrap(), Some(Source::Files("/a".into())));
        assert_eq!(parse("sqlite:/a").unwrap(), Some(Source::Sidereal("/a".into())));
        assert!(matches!(parse("redis-php:tcp://h:6379?auth=x").unwrap(), Some(Source::Redis(_))));
        for bad in
            ["files:", "files:a", "sqlite:a", "/a", "redis://h", "redis-php:", "redis-php:nobody:hunter2@h", "files"]
        {
            let error = parse(bad).unwrap_err();
            let message = error.to_string();
            assert!(
                error.is_config() && message.contains("sidereal.migrate_from") && !message.contains("hunter2"),
                "{message}"
            );
        }
    }
}
