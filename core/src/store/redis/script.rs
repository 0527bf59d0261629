//! A script that servers run, and the name they know it by.

use std::fmt;
use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use sha1::{Digest as _, Sha1};

/// A script in Lua.
pub(super) struct Script {
    name: &'static str,
    text: &'static str,
    sha: OnceLock<String>,
}

impl Script {
    /// The script `text`; its name is for the reader of a `Debug`.
    pub(super) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, sha: OnceLock::new() }
    }

    /// What EVAL takes.
    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    /// What EVALSHA takes: its SHA-1 in hexadecimal.
    pub(super) fn sha(&self) -> &str {
        self.sha.get_or_init(|| HEXLOWER.encode(&Sha1::digest(self.text)))
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({})", self.name)
    }
}
