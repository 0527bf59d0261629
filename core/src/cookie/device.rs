//! The cookie of a remembered device: `__Secure-`, under a narrow path, and never sent by another site (R56, R60, R61, C15).

use crate::error::{Error, Result};
use crate::policy::printable;
use crate::token::Token;

/// The auto-login cookie of one application. Always valid: it can be put into a header as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCookie {
    name: Box<str>,
    path: Box<str>,
}

/// Its name where no other is set.
pub const DEVICE_COOKIE: &str = "__Secure-autologin";
const MAX_PATH: usize = 128;

impl DeviceCookie {
    /// The cookie called `name`, empty for [`DEVICE_COOKIE`], that the browser sends to what is below `path`. `None` without a path: auto-login is
    /// off.
    ///
    /// # Errors
    /// [`Error::is_config`]: the name is not one of a cookie that browsers keep to https, or the path is none or could end the attribute.
    pub fn new(name: &str, path: &str) -> Result<Option<Self>> {
        let name = if name.is_empty() { DEVICE_COOKIE } else { name };
        let rest = name.strip_prefix(super::SECURE);
        let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if name.len() > super::MAX_NAME || !rest.is_some_and(|rest| !rest.is_empty() && plain(rest)) {
            return Err(Error::config(format!(
                "expected sidereal.autologin_cookie to be __Secure- and 1 to {} characters of A-Z a-z 0-9 _ -, found {}; choose another name",
                super::MAX_NAME - super::SECURE.len(),
                printable(name)
            )));
        }
        if path.is_empty() {
            return Ok(None);
        }
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+:@=".contains(&b);
        if path.len() > MAX_PATH || !path.starts_with('/') || !path.bytes().all(fits) {
            return Err(Error::config(format!(
                "expected sidereal.autologin_path to begin with a slash and to be at most {MAX_PATH} characters of a URL's path, found {}; set \
                 the path below which sessions are resumed, such as /auth/resume",
                printable(path)
            )));
        }
        Ok(Some(Self { name: name.into(), path: path.into() }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of the `Set-Cookie` header that gives `token` to the client for so many seconds.
    pub fn set(&self, token: &Token, seconds: u64) -> String {
        self.line(&token.expose(), &format!("Max-Age={seconds}"))
    }

    /// The value of the `Set-Cookie` header that makes the client drop the cookie.
    pub fn clear(&self) -> String {
        self.line("", "Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0")
    }

    fn line(&self, value: &str, expiry: &str) -> String {
        format!("{}={value}; {expiry}; Path={}; Secure; HttpOnly; SameSite=Strict", self.name, self.path)
    }
}

/// That auto-login is off where somebody wants to turn it on.
pub fn autologin_is_off() -> Error {
    Error::config(
        "expected sidereal.autologin_path to be the path below which sessions are resumed, found it empty, which turns auto-login off; set it, \
         such as /auth/resume",
    )
}

/// That auto-login cannot be turned on by http: browsers keep such a cookie to https.
pub fn autologin_by_http() -> Error {
    Error::config(
        "expected a request by https, because the auto-login cookie never travels by http, found one by http; serve by https and say so where TLS \
         ends in front of this server",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Handle, KeyId};
    use crate::token::{MAC_LEN, VALIDATOR_LEN, signed_part};

    #[test]
    fn r56_r60_r61_a_line_has_every_attribute_and_a_narrow_path() {
        let cookie = DeviceCookie::new("", "/auth/resume").unwrap().unwrap();
        let signed = signed_part(KeyId::new(1).unwrap(), &Handle([7; 16]), &[9; VALIDATOR_LEN]);
        let token = Token::new(&signed, [5; MAC_LEN]);
        let line = cookie.set(&token, 2_592_000);
        let rest = "; Max-Age=2592000; Path=/auth/resume; Secure; HttpOnly; SameSite=Strict";
        assert_eq!(line, format!("__Secure-autologin={}{rest}", token.expose()));
        assert_eq!(
            cookie.clear(),
            "__Secure-autologin=; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Path=/auth/resume; Secure; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn r61_without_a_path_auto_login_is_off() {
        assert_eq!(DeviceCookie::new("__Secure-x", "").unwrap(), None);
    }

    #[test]
    fn a21_r93_neither_name_nor_path_splits_a_header() {
        let long = format!("__Secure-{}", "n".repeat(60));
        for name in [
            "x",
            "__Host-x",
            "__Secure-",
            "__secure-x",
            "__Secure-a b",
            "__Secure-a=b",
            "__Secure-a\r\n",
            "__Secure-é",
            &long,
        ] {
            assert!(DeviceCookie::new(name, "/").unwrap_err().is_config(), "{name}");
        }
        for path in ["auth", "/a;b", "/a b", "/a\r\nSet-Cookie: x", "/a\0", "/a,b", "/\u{e9}", &"/".repeat(129)] {
            let found = DeviceCookie::new("", path).unwrap_err().to_string();
            assert!(!found.contains(['\r', '\n', '\0']), "{found}");
        }
    }
}
