//! Origins, as browsers name them.

use crate::client::Scheme;

/// Scheme, host and port of a page, such as `https://example.org`: in lower case, without the port that the scheme implies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Box<str>);

/// Origins are short: a host name has at most 253 characters.
const MAX_ORIGIN: usize = 300;

impl Origin {
    /// Reads one; nothing may follow the port.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of_page(text).filter(|_| text.matches('/').count() == 2)
    }

    /// The origin of what is served by `scheme` under the name in a `Host` header.
    pub fn of(scheme: Scheme, host: &str) -> Option<Self> {
        let scheme = match scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        Self::parse(&format!("{scheme}://{host}"))
    }

    /// The origin of a page's address.
    pub fn of_page(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let implied = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
        let host = host.strip_suffix(implied).unwrap_or(&host);
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || b".-_:[]".contains(&c);
        let fits = !host.is_empty() && host.len() <= MAX_ORIGIN && host.bytes().all(is_plain);
        fits.then(|| Self(format!("{scheme}://{host}").into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r63_origins_are_read_and_compared_as_browsers_write_them() {
        for (text, read) in [
            ("https://example.org", Some("https://example.org")),
            ("https://Example.org:443", Some("https://example.org")),
            ("HTTP://example.org:80", Some("http://example.org")),
            ("https://example.org:8443", Some("https://example.org:8443")),
            ("https://[2001:db8::1]:8443", Some("https://[2001:db8::1]:8443")),
            ("https://example.org/", None),
            ("https://example.org/page", None),
            ("https://user@example.org", None),
            ("https://", None),
            ("ftp://example.org", None),
            ("example.org", None),
            ("https://example.org, https://evil.example", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(Origin::parse(text), read.map(|read| Origin(read.into())), "{text}");
        }
        let page = Origin::of_page("https://example.org/a?b=https://evil.example");
        assert_eq!(page, Origin::parse("https://example.org"));
        assert_eq!(
            Origin::of_page("https://example.org.evil.example/"),
            Origin::parse("https://example.org.evil.example")
        );
    }
}
