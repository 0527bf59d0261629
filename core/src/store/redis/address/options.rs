//! The options of an address, ours and those of phpredis, in one table.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{Address, Login, Timeouts, Tls};
use crate::store::redis::password::Password;

/// What was found and what to do; never a piece of what was written.
pub(super) type Fault = &'static str;

/// Bounds of every time-out: a shorter one fails on a machine that is merely busy, a longer one is no bound.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(60);
/// The longest prefix of keys.
const MAX_PREFIX: usize = 64;

/// The options of one address.
#[derive(Default)]
pub(super) struct Options {
    pub(super) login: Login,
    pub(super) sentinel_login: Login,
    pub(super) database: Option<u32>,
    pub(super) seeds: Vec<String>,
    prefix: Option<String>,
    connect: Option<Duration>,
    operation: Option<Duration>,
    total: Option<Duration>,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    name: Option<String>,
    /// The `auth[]` of phpredis without names: a password, or a user and a password.
    unnamed: Vec<String>,
}

impl Options {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut options = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or("an option without a value; write it as name=value")?;
            options.take(&decode(name)?, decode(&value.replace('+', " "))?)?;
        }
        options.name_the_unnamed()?;
        Ok(options)
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), Fault> {
        match name {
            "user" | "auth[user]" => once(&mut self.login.user, value),
            "auth" | "auth[pass]" => once(&mut self.login.password, password(value)?),
            "auth[]" | "auth[0]" | "auth[1]" => {
                self.unnamed.push(value);
                Ok(())
            }
            "sentinel_user" => once(&mut self.sentinel_login.user, value),
            "sentinel_auth" => once(&mut self.sentinel_login.password, password(value)?),
            "database" => once(&mut self.database, database(&value)?),
            "prefix" => once(&mut self.prefix, prefix(value)?),
            "connect_timeout_ms" => once(&mut self.connect, millis(&value)?),
            "operation_timeout_ms" => once(&mut self.operation, millis(&value)?),
            "total_timeout_ms" => once(&mut self.total, millis(&value)?),
            "timeout" => seconds(&mut self.connect, &value),
            "read_timeout" => seconds(&mut self.operation, &value),
            "ca" | "stream[cafile]" => once(&mut self.ca, path(value)?),
            "cert" | "stream[local_cert]" => once(&mut self.certificate, path(value)?),
            "key" | "stream[local_pk]" => once(&mut self.key, path(value)?),
            "tls_name" | "stream[peer_name]" => once(&mut self.name, host(&value)?),
            "stream[verify_peer]" | "stream[verify_peer_name]" => verification(&value),
            "seed[]" => {
                self.seeds.push(value);
                Ok(())
            }
            // They tune what phpredis does with its connections; ours are kept, and every read asks a primary.
            "weight" | "persistent" | "persistent_id" | "retry_interval" | "failover" => Ok(()),
            _ => Err(
                "an option that is not known; known are user, auth, database, prefix, connect_timeout_ms, operation_timeout_ms, \
                      total_timeout_ms, ca, cert, key, tls_name, sentinel_user, sentinel_auth and those of phpredis. \
                      Percent-encode the special characters of a password",
            ),
        }
    }

    fn name_the_unnamed(&mut self) -> Result<(), Fault> {
        let mut values = std::mem::take(&mut self.unnamed).into_iter();
        match (values.next(), values.next(), values.next()) {
            (None, ..) => Ok(()),
            (Some(only), None, _) => once(&mut self.login.password, password(only)?),
            (Some(user), Some(secret), None) => {
                once(&mut self.login.user, user)?;
                once(&mut self.login.password, password(secret)?)
            }
            _ => Err("more than two auth[]; write auth[]=user&auth[]=password"),
        }
    }

    /// What every key begins with.
    pub(super) fn prefix(&self) -> String {
        self.prefix.clone().unwrap_or_else(|| Address::PREFIX.to_owned())
    }

    /// The time-outs. Where only those of a single step are long, a call as a whole gets the time for them.
    pub(super) fn timeouts(&self) -> Timeouts {
        let default = Timeouts::default();
        let connect = self.connect.unwrap_or(default.connect);
        let operation = self.operation.unwrap_or(default.operation);
        let total = self.total.unwrap_or(default.total.max(connect + operation));
        Timeouts { connect, operation, total }
    }

    /// How connections are encrypted, where the scheme says that they are.
    pub(super) fn tls(&self, is_encrypted: bool) -> Result<Option<Tls>, Fault> {
        let client = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            // phpredis takes a file that has both.
            (Some(both), None) => Some((both.clone(), both.clone())),
            (None, Some(_)) => return Err("a key without its certificate; add the option cert"),
            (None, None) => None,
        };
        let tls = Tls { ca: self.ca.clone(), client, name: self.name.clone() };
        match (is_encrypted, tls == Tls::default()) {
            (true, _) => Ok(Some(tls)),
            (false, true) => Ok(None),
            (false, false) => Err("options of TLS where nothing is encrypted; write rediss:// (or tls://)"),
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Fault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("something given twice (user, password, database or another option); keep one"),
    }
}

/// Undoes the percent-encoding; stricter than needed by nobody.
pub(super) fn decode(text: &str) -> Result<String, Fault> {
    percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| "percent-encoded bytes that are not UTF-8; encode UTF-8")
}

/// A password that stands in the address.
pub(super) fn password(text: String) -> Result<Password, Fault> {
    Password::new(text)
        .ok_or("an empty password, one with a line break, or one longer than 4096 bytes; leave it out or repair it")
}

/// The number of a database.
pub(super) fn database(text: &str) -> Result<u32, Fault> {
    text.parse().map_err(|_| "a database that is not a number; write one such as 0")
}

/// The name or the address of a host.
pub(super) fn host(text: &str) -> Result<String, Fault> {
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let is_host =
        !text.is_empty() && text.len() <= 253 && (is_name(text) || text.parse::<std::net::Ipv6Addr>().is_ok());
    is_host.then(|| text.to_owned()).ok_or(
        "a host that is neither a name nor an IP address; write an IPv6 address in brackets, and percent-encode the special characters of a password",
    )
}

fn prefix(text: String) -> Result<String, Fault> {
    let is_one =
        (1..=MAX_PREFIX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'{' && b != b'}');
    is_one
        .then_some(text)
        .ok_or("a prefix that cannot begin a key; write 1 to 64 printable ASCII characters without braces and spaces")
}

/// Absolute: the working directory of a server is no place.
pub(super) fn path(text: String) -> Result<PathBuf, Fault> {
    let is_one = text.starts_with('/') && !text.contains('\0');
    is_one.then(|| PathBuf::from(text)).ok_or("a path that is not absolute; begin it with a slash")
}

fn millis(text: &str) -> Result<Duration, Fault> {
    let wanted = text.parse().map(Duration::from_millis).unwrap_or_default();
    in_bounds(wanted)
}

/// As phpredis has them: with a fraction, and 0 = none. None of ours is infinite, so 0 is what it is without the option.
fn seconds(place: &mut Option<Duration>, text: &str) -> Result<(), Fault> {
    let wanted = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match wanted {
        Some(Duration::ZERO) => Ok(()),
        wanted => once(place, in_bounds(wanted.unwrap_or_default())?),
    }
}

fn in_bounds(wanted: Duration) -> Result<Duration, Fault> {
    (SHORTEST..=LONGEST).contains(&wanted).then_some(wanted).ok_or(
        "a time-out out of range; write 10 to 60000 where it is in milliseconds, 0.01 to 60 where it is in seconds",
    )
}

fn verification(text: &str) -> Result<(), Fault> {
    match text {
        "1" | "true" => Ok(()),
        _ => Err(
            "a certificate that is not to be verified, which lets anybody read the sessions; name who signed it with the option ca",
        ),
    }
}
