//! What is judged: plain data, gathered elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use super::Settings;
use crate::cookie::Cookie;
use crate::directory::Volume;
use crate::policy::{Policy, Profile};

/// Everything that the rules look at. What is `None` is not judged.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who looks at what, such as "PHP 8.4.1 (cli), uid 33".
    pub subject: String,
    /// The file that settings are read from, if there is one.
    pub file: Option<String>,
    /// Sidereal's own configuration, where Sidereal is at work.
    pub own: Option<Own>,
    /// PHP's settings.
    pub php: Option<Php>,
    /// The request that is being served.
    pub request: Option<Request>,
    /// The session cookie of a C program.
    pub cookie: Option<Cookie>,
}

/// What Sidereal is told to do, and where.
#[derive(Clone, Debug)]
pub struct Own {
    /// The defaults that were chosen.
    pub profile: Profile,
    /// What they make together with the settings; otherwise the sentence that says why they make nothing.
    pub policy: Result<Policy, String>,
    /// Whether anybody hears of events.
    pub is_heard: bool,
    /// Where sessions and keys are.
    pub place: Place,
}

/// Where sessions and keys are.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Whether there are no files at all.
    pub is_memory: bool,
    /// The directory, if there is one yet.
    pub directory: Option<PathBuf>,
    /// Why it cannot be used: a sentence.
    pub fault: Option<String>,
    /// Files in it that others can reach, each with what is wrong.
    pub exposed: Vec<String>,
    /// The file system below it.
    pub volume: Option<Volume>,
    /// The server, if sessions are on one.
    pub server: Option<Server>,
    /// The keyring.
    pub keyring: Option<KeyFile>,
    /// Whether the wall clock has left its course since somebody swept the store.
    pub clock_jumped: bool,
    /// For how long requests keep sessions: how many were measured, and what 99 of 100 do not exceed.
    pub holds: Option<(u64, Duration)>,
}

/// A Redis or Valkey server that sessions are on.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is, without user and password.
    pub address: String,
    /// What it says of itself; otherwise the sentence that says why it does not answer.
    pub answer: Result<Told, String>,
}

/// What a server says of itself, as far as it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it deletes when its memory is full: its `maxmemory-policy`.
    pub eviction: Option<String>,
    /// Whether it writes each change to a file (`appendonly`).
    pub keeps_log: Option<bool>,
}

/// A keyring file that is there.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Since when it has been as it is; otherwise the sentence that says why it cannot be used.
    pub unchanged_for: Result<Duration, String>,
}

/// PHP as it is running.
#[derive(Clone, Debug, Default)]
pub struct Php {
    /// `PHP_VERSION_ID`, such as 80400.
    pub version: u32,
    /// Whether the save handler is Sidereal, be it wrapped by a framework's.
    pub is_sidereal: bool,
    /// Its settings by name: `session.*`, `sidereal.*`, `max_execution_time`.
    pub settings: Settings,
    /// Where PHP's own handler keeps its files, if that is the one.
    pub files: Option<SavePath>,
}

/// A directory of session files of PHP's own handler.
#[derive(Clone, Debug)]
pub struct SavePath {
    /// Where it is.
    pub path: PathBuf,
    /// Its mode and owner; `None` when there is nothing.
    pub access: Option<(u32, u32)>,
    /// Who looks.
    pub own_uid: u32,
}

/// A request over HTTP, and what has been put into its response so far.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Whether it came encrypted, as far as the server says, and the proxies that are trusted ([`crate::proxy::Proxies::origin`]).
    pub is_https: bool,
    /// Whether a header says that it came encrypted, which any client can send: a hint that there is a proxy that nobody has named.
    pub forwarded_https: bool,
    /// The value of the header `Strict-Transport-Security`.
    pub hsts: Option<String>,
    /// The session cookies in the response, without their values.
    pub cookies: Vec<SentCookie>,
    /// What the server serves files from.
    pub document_root: Option<PathBuf>,
}

/// A `Set-Cookie` line, without the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentCookie {
    /// Names and values of the attributes, in lower case.
    pub attributes: Vec<(String, String)>,
    /// Whether it makes the client drop the cookie.
    pub clears: bool,
}

impl SentCookie {
    /// Reads a response header, if it is the `Set-Cookie` line of the cookie called `name`.
    pub fn parse(header: &str, name: &str) -> Option<Self> {
        let (field, line) = header.split_once(':')?;
        let mut parts = line.trim().split(';');
        let (own, value) = parts.next()?.split_once('=')?;
        if !field.trim().eq_ignore_ascii_case("set-cookie") || own.trim() != name {
            return None;
        }
        let attribute = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase())
        };
        let attributes: Vec<_> = parts.map(attribute).collect();
        let value = value.trim();
        let clears = value.is_empty() || value == "deleted" || attributes.contains(&("max-age".into(), "0".into()));
        Some(Self { attributes, clears })
    }

    /// The value of an attribute, empty if it has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}
