//! Whether a cookie that PHP makes, from settings of its own, can be sent as it is and is kept by browsers: they drop one whose name promises more
//! than it has (R83, A6).

use super::{HOST, SECURE, is_header_value};
use crate::error::{Error, Result};
use crate::policy::printable;

/// Settings of PHP's that the cookie is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes<'a> {
    /// Whether it is Secure.
    pub is_secure: bool,
    /// `session.cookie_path`.
    pub path: &'a str,
    /// `session.cookie_domain`.
    pub domain: &'a str,
    /// `session.cookie_samesite`.
    pub same_site: &'a str,
}

impl Attributes<'_> {
    /// The settings that break what `name` promises. Browsers read the prefixes in any case of letters.
    pub fn broken_promises(&self, name: &str) -> Vec<&'static str> {
        let begins = |prefix: &str| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
        let host = begins(HOST);
        let broken = [
            ("session.cookie_secure", (host || begins(SECURE)) && !self.is_secure),
            ("session.cookie_path", host && self.path != "/"),
            ("session.cookie_domain", host && !self.domain.is_empty()),
        ];
        broken.into_iter().filter_map(|(setting, is_broken)| is_broken.then_some(setting)).collect()
    }

    /// Whether the cookie called `name` can be sent, and is kept.
    ///
    /// # Errors
    /// [`Error::is_config`]: a value ends its attribute or the line (A21, R93), or browsers would drop the cookie and no client would keep its session.
    pub fn check(&self, name: &str) -> Result<()> {
        let values = [
            ("session.cookie_path", self.path),
            ("session.cookie_domain", self.domain),
            ("session.cookie_samesite", self.same_site),
        ];
        if let Some((setting, value)) = values.iter().find(|(_, value)| !is_value(value)) {
            return Err(Error::config(format!(
                "expected {setting} to be text without control characters, line ends and semicolons, found {}; correct it",
                printable(value)
            )));
        }
        let broken = self.broken_promises(name);
        if broken.is_empty() {
            return Ok(());
        }
        Err(Error::config(format!(
            "expected the cookie {} (session.name) to be Secure, as its name promises, and with __Host- to have the path / and no domain, found \
             otherwise by {}; serve by https and correct these, or choose a name without prefix",
            printable(name),
            broken.join(", ")
        )))
    }
}

fn is_value(value: &str) -> bool {
    is_header_value(value.as_bytes()) && !value.contains(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Attributes<'_> =
        Attributes { is_secure: false, path: "/shop", domain: "example.test", same_site: "Lax" };
    const HOSTS: Attributes<'_> = Attributes { is_secure: true, path: "/", domain: "", same_site: "Lax" };

    #[test]
    fn r83_a6_a_prefix_is_a_promise() {
        for name in ["sid", "__sid", "Host-sid", "", "é__Host-"] {
            assert!(PLAIN.check(name).is_ok(), "{name}");
        }
        for name in ["__Host-sid", "__Secure-sid", "__host-sid"] {
            assert!(HOSTS.check(name).is_ok(), "{name}");
            let found = Attributes { is_secure: false, ..HOSTS }.broken_promises(name);
            assert_eq!(found, ["session.cookie_secure"], "{name}");
        }
        assert!(Attributes { is_secure: true, ..PLAIN }.check("__Secure-sid").is_ok());
        let found = PLAIN.check("__Host-sid").unwrap_err();
        assert!(found.is_config());
        let text = found.to_string();
        assert!(text.contains("session.cookie_secure, session.cookie_path, session.cookie_domain"), "{text}");
    }

    #[test]
    fn a21_r93_no_attribute_splits_a_line() {
        for bad in ["/\r\nSet-Cookie: a=b", "/\n", "/\0", "/\u{2028}", "/\u{85}", "/; Domain=example.test"] {
            for attributes in [
                Attributes { path: bad, ..PLAIN },
                Attributes { domain: bad, ..PLAIN },
                Attributes { same_site: bad, ..PLAIN },
            ] {
                let found = attributes.check("sid").unwrap_err();
                assert!(found.is_config() && !found.to_string().contains(['\r', '\n', '\0', '\u{2028}']), "{found}");
            }
        }
    }
}
