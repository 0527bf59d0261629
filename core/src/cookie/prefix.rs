//! What a cookie's name promises, where PHP makes the cookie from settings of its own: browsers drop one that breaks it (R83, A6).

use super::{HOST, SECURE};
use crate::error::{Error, Result};
use crate::policy::printable;

/// How far a cookie reaches, as PHP's settings have it.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// Whether it is Secure.
    pub is_secure: bool,
    /// `session.cookie_path`.
    pub path: &'a str,
    /// `session.cookie_domain`.
    pub domain: &'a str,
}

/// The settings of PHP that break what `name` promises. Browsers read the prefixes in any case of letters.
pub fn broken_promises(name: &str, reach: &Reach<'_>) -> Vec<&'static str> {
    let begins = |prefix: &str| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let host = begins(HOST);
    let broken = [
        ("session.cookie_secure", (host || begins(SECURE)) && !reach.is_secure),
        ("session.cookie_path", host && reach.path != "/"),
        ("session.cookie_domain", host && !reach.domain.is_empty()),
    ];
    broken.into_iter().filter_map(|(setting, is_broken)| is_broken.then_some(setting)).collect()
}

/// Whether browsers accept the cookie.
///
/// # Errors
/// [`Error::is_config`]: they drop it, and no client would ever keep its session.
pub fn keeps_promises(name: &str, reach: &Reach<'_>) -> Result<()> {
    let broken = broken_promises(name, reach);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r83_a6_a_prefix_is_a_promise() {
        let good = Reach { is_secure: true, path: "/", domain: "" };
        let plain = Reach { is_secure: false, path: "/shop", domain: "example.test" };
        for name in ["sid", "__sid", "Host-sid", "", "é__Host-"] {
            assert!(keeps_promises(name, &plain).is_ok(), "{name}");
        }
        for name in ["__Host-sid", "__Secure-sid", "__host-sid"] {
            assert!(keeps_promises(name, &good).is_ok(), "{name}");
            assert_eq!(broken_promises(name, &Reach { is_secure: false, ..good }), ["session.cookie_secure"], "{name}");
        }
        assert!(keeps_promises("__Secure-sid", &Reach { is_secure: true, ..plain }).is_ok());
        let found = keeps_promises("__Host-sid", &plain).unwrap_err();
        assert!(found.is_config());
        let text = found.to_string();
        assert!(text.contains("session.cookie_secure, session.cookie_path, session.cookie_domain"), "{text}");
    }
}
