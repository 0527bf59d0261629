//! The one error of this crate.
//!
//! It owns what "broken" means: a store that cannot be reached, a keyring that must not be trusted, a
//! configuration that contradicts itself. Everything a client can cause - an absent, expired or tampered
//! session - is an answer ([`crate::lifecycle::Verdict`]) and never an error.

use std::borrow::Cow;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that Sidereal stands on is broken. The message says what was expected, what was found and what to do;
/// it never holds a session ID, a key or a password.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Store,
    Full,
    Crowded,
    Keyring,
    Entropy,
}

impl Error {
    /// A setting that is unknown, malformed or contradicts another one.
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// A store that cannot answer.
    pub fn store(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Store, message)
    }

    /// A store that can be read but has no room to write.
    pub fn full(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Full, message)
    }

    /// A user who has as many sessions as they may.
    pub fn crowded(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Crowded, message)
    }

    /// A keyring that is missing, unreadable or readable by others.
    pub fn keyring(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Keyring, message)
    }

    /// The operating system gave no random bytes (R19: there is no fallback).
    pub fn entropy(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Entropy, message)
    }

    fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Whether a setting has to change before anything can work.
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Whether the store is down, full or read-only.
    pub fn is_store(&self) -> bool {
        matches!(self.kind, Kind::Store | Kind::Full)
    }

    /// Whether the store had no room to write; what it already holds can still be read.
    pub fn is_full(&self) -> bool {
        self.kind == Kind::Full
    }

    /// Whether the user has as many sessions as they may.
    pub fn is_crowded(&self) -> bool {
        self.kind == Kind::Crowded
    }

    /// Whether the keyring was refused.
    pub fn is_keyring(&self) -> bool {
        self.kind == Kind::Keyring
    }

    /// Whether the random source of the operating system failed.
    pub fn is_entropy(&self) -> bool {
        self.kind == Kind::Entropy
    }
}

/// Whether `c` is no part of a line of text: a control character, or one of the line ends of Unicode, which some programs turn into CR or LF on their
/// way (A21).
pub(crate) fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
