//! Cookies: which parts of a raw `Cookie:` header may be our ID, and the line that sets or clears ours.
//!
//! Owns the name by scheme (`__Host-` where the request came by https, R83), the search for exactly that name (A8), the attributes (R4, R6, A21)
//! and the limits on what a client may send (A20). What a candidate opens, and which one wins, is decided by the engine. Nothing that a client
//! sends is ever copied into a line.

mod attributes;
mod candidates;
mod device;

pub use crate::client::Scheme;
use crate::error::{Error, Result, breaks};
use crate::id::SessionId;
use crate::policy::printable;

pub use attributes::Attributes;
pub use candidates::{Candidates, MAX_CANDIDATES, decoded, is_of_lookalike};
pub use device::{DEVICE_COOKIE, DeviceCookie, autologin_by_http, autologin_is_off};

/// With which requests from other sites the browser sends the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SameSite {
    /// With links that are followed to us.
    #[default]
    Lax,
    /// With none.
    Strict,
    /// With all; only for https.
    None,
}

impl SameSite {
    /// The one called `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when there is none of this name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "Lax" => Ok(Self::Lax),
            "Strict" => Ok(Self::Strict),
            "None" => Ok(Self::None),
            other => Err(Error::config(format!(
                "expected sidereal.cookie_same_site to be Lax, Strict or None, found {}; set one of these",
                printable(other)
            ))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        }
    }
}

/// The session cookie of one application. Always valid: it can be put into a header as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cookie {
    /// `None`: `__Host-sid` where the request came by https, `sid` where it did not.
    name: Option<Box<str>>,
    same_site: SameSite,
}

/// Only a host itself can set a cookie of such a name, by https: no neighbour domain can toss one of theirs (A6).
pub(crate) const HOST: &str = "__Host-";
pub(crate) const SECURE: &str = "__Secure-";
const MAX_NAME: usize = 64;

impl Cookie {
    /// The cookie called `name`, by https and by http; empty for the default name of each.
    ///
    /// # Errors
    /// [`Error::is_config`]: the name has characters that PHP or a browser would take for others, or begins with one of the browsers' prefixes in
    /// another spelling.
    pub fn new(name: &str, same_site: SameSite) -> Result<Self> {
        if name.is_empty() {
            return Ok(Self { name: None, same_site });
        }
        let plain = name.len() <= MAX_NAME && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        let prefix = |prefix: &str| {
            let same = name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
            !same || (name.starts_with(prefix) && name.len() > prefix.len())
        };
        if plain && prefix(HOST) && prefix(SECURE) {
            return Ok(Self { name: Some(name.into()), same_site });
        }
        Err(Error::config(format!(
            "expected sidereal.cookie_name to be 1 to {MAX_NAME} characters of A-Z a-z 0-9 _ -, with __Host- and __Secure- spelled like this and \
             followed by a name, found {}; choose another name",
            printable(name)
        )))
    }

    /// The name for requests that came by `scheme`.
    ///
    /// # Errors
    /// [`Error::is_config`]: browsers accept this name, or `SameSite=None`, from https only.
    pub fn name(&self, scheme: Scheme) -> Result<&str> {
        let name = match (&self.name, scheme) {
            (Some(name), _) => name,
            (None, Scheme::Https) => "__Host-sid",
            (None, Scheme::Http) => "sid",
        };
        if scheme == Scheme::Http && (name.starts_with(HOST) || name.starts_with(SECURE)) {
            return Err(Error::config(format!(
                "expected a request by https for the cookie {name} (sidereal.cookie_name), found one by http; serve by https and say so, or choose a \
                 name without prefix"
            )));
        }
        if scheme == Scheme::Http && self.same_site == SameSite::None {
            return Err(Error::config(
                "expected a request by https for sidereal.cookie_same_site = None, found one by http; serve by https and say so, or set Lax",
            ));
        }
        Ok(name)
    }

    /// With which requests from other sites it is sent.
    pub fn same_site(&self) -> SameSite {
        self.same_site
    }

    /// The value of the `Set-Cookie` header that gives `id` to the client. Shorter than 400 bytes.
    ///
    /// # Errors
    /// As [`Cookie::name`].
    pub fn set(&self, id: &SessionId, scheme: Scheme) -> Result<String> {
        self.line(&id.expose(), "", scheme)
    }

    /// The value of the `Set-Cookie` header that makes the client drop the cookie (R96).
    ///
    /// # Errors
    /// As [`Cookie::name`].
    pub fn clear(&self, scheme: Scheme) -> Result<String> {
        self.line("", "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0", scheme)
    }

    /// The attributes are part of a cookie's identity: a line that clears has those of the line that set.
    fn line(&self, value: &str, expiry: &str, scheme: Scheme) -> Result<String> {
        let name = self.name(scheme)?;
        let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
        let line = format!("{name}={value}{expiry}; Path=/{secure}; HttpOnly; SameSite={}", self.same_site.name());
        if is_header_value(line.as_bytes()) {
            return Ok(line);
        }
        Err(Error::config(
            "expected a cookie without control characters, found one with some; choose another sidereal.cookie_name",
        ))
    }
}

/// Whether `value` may stand in a header: text without control characters and line ends (A21, R93).
pub fn is_header_value(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| !text.contains(breaks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Class, KeyId, Prefix, RANDOM_LEN, Secret, TAG_LEN, Tag, signed_part};

    fn id(prefix: &str) -> SessionId {
        let signed = signed_part(Class::User, KeyId::new(1).unwrap(), crate::clock::Time::default(), &[9; RANDOM_LEN]);
        SessionId::new(Prefix::new(prefix.as_bytes()).unwrap(), Tag([5; TAG_LEN]), Secret::new(&signed, [1; 8]))
    }

    #[test]
    fn r4_r6_r83_a_line_has_every_attribute_and_no_domain() {
        let cookie = Cookie::default();
        let line = cookie.set(&id(""), Scheme::Https).unwrap();
        let text = id("").expose();
        assert_eq!(line, format!("__Host-sid={text}; Path=/; Secure; HttpOnly; SameSite=Lax"));
        assert_eq!(cookie.set(&id(""), Scheme::Http).unwrap(), format!("sid={text}; Path=/; HttpOnly; SameSite=Lax"));
    }

    #[test]
    fn r96_a_line_that_clears_expires_in_the_past_with_the_same_attributes() {
        let line = Cookie::default().clear(Scheme::Https).unwrap();
        assert_eq!(
            line,
            "__Host-sid=; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn a20_a_line_is_short() {
        let cookie = Cookie::new(&"n".repeat(MAX_NAME), SameSite::Strict).unwrap();
        assert!(cookie.set(&id(&"x".repeat(177)), Scheme::Https).unwrap().len() < 400);
        assert!(Cookie::default().set(&id(""), Scheme::Https).unwrap().len() < 200);
    }

    #[test]
    fn a21_r93_no_name_splits_a_header() {
        let long = "n".repeat(65);
        for bad in ["a b", "a\r\nSet-Cookie: x", "a\0", "a;b", "a=b", "a,b", "a.b", "a[b", "\u{2028}", "é", &long] {
            let found = Cookie::new(bad, SameSite::Lax).unwrap_err();
            assert!(found.is_config() && !found.to_string().contains(['\r', '\n', '\0']), "{found}");
        }
        for bad in ["__host-x", "__HOST-x", "__secure-x", "__Host-", "__Secure-"] {
            assert!(Cookie::new(bad, SameSite::Lax).is_err(), "{bad}");
        }
        assert!(SameSite::named("Lax\r\n").is_err());
    }

    #[test]
    fn a6_what_browsers_accept_by_https_only_is_refused_by_http() {
        for cookie in [
            Cookie::new("__Host-x", SameSite::Lax),
            Cookie::new("__Secure-x", SameSite::Lax),
            Cookie::new("x", SameSite::None),
        ] {
            let cookie = cookie.unwrap();
            assert!(cookie.set(&id(""), Scheme::Http).unwrap_err().is_config());
            assert!(cookie.set(&id(""), Scheme::Https).unwrap().contains("; Secure"));
        }
    }
}
