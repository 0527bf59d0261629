//! Cross-site request forgery: whether a request that changes something was meant by the user (R63).
//!
//! Session and log-in do not tell: the browser sends the cookie whoever made it send the request. Two things do, and both are asked: where the
//! browser says that the request comes from ([`judge`]), and a token that only our own pages have ([`token`]). Pure.

pub mod once;
mod provenance;
pub mod token;

use crate::client::Scheme;
use crate::error::{Error, Result};
use crate::origin::Origin;
use crate::policy::{Policy, printable};
use provenance::{Provenance, Whence};

/// What a request says of itself, each header as it was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt<'a> {
    /// The request method.
    pub method: &'a str,
    /// `Host`.
    pub host: &'a str,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Referer`.
    pub referer: Option<&'a str>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another site made the browser send it.
    CrossSite,
    /// A neighbour did: another host under the same registered domain, or the other scheme.
    SameSite,
    /// `Origin` or `Referer` names somebody else.
    ForeignOrigin,
    /// `Origin` is `null`: a sandbox, a local file, a redirect across sites.
    OpaqueOrigin,
    /// The client used to say where its requests come from, and this one does not.
    Downgrade,
    /// The request does not say where it comes from, and has to.
    UnknownOrigin,
    /// There is no token.
    NoToken,
    /// The token is not one for this session, this scope and this use.
    WrongToken,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 8] = [
        Self::CrossSite,
        Self::SameSite,
        Self::ForeignOrigin,
        Self::OpaqueOrigin,
        Self::Downgrade,
        Self::UnknownOrigin,
        Self::NoToken,
        Self::WrongToken,
    ];

    /// As it is written in the log and told to the application.
    pub fn word(self) -> &'static str {
        match self {
            Self::CrossSite => "cross-site",
            Self::SameSite => "same-site",
            Self::ForeignOrigin => "foreign-origin",
            Self::OpaqueOrigin => "opaque-origin",
            Self::Downgrade => "downgrade",
            Self::UnknownOrigin => "unknown-origin",
            Self::NoToken => "no-token",
            Self::WrongToken => "wrong-token",
        }
    }
}

/// Reads a list of origins: with commas or spaces between them. `setting` is what says so.
///
/// # Errors
/// [`Error::is_config`], with the first part that is none.
pub fn origins(setting: &str, value: &str) -> Result<Vec<Origin>> {
    let parts = value.split([',', ' ']).filter(|part| !part.is_empty());
    let read = |part| {
        Origin::parse(part).ok_or_else(|| {
            Error::config(format!(
                "expected {setting} to be a list of origins such as https://shop.example.org, found {}; write scheme, host and port only",
                printable(part)
            ))
        })
    };
    parts.map(read).collect()
}

/// What the headers of a request say, before its token is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// The method changes nothing: no token is needed. What an application changes on a GET is not protected.
    Safe,
    /// They speak for it. `says_site`: by `Sec-Fetch-Site`.
    Pass {
        /// Whether the client sends Fetch metadata.
        says_site: bool,
    },
    /// They speak against it.
    Refused(Refusal),
}

/// Judges the headers of `attempt`, which came by `scheme`. `said_site`: the client of this session has sent `Sec-Fetch-Site` before.
pub fn judge(attempt: &Attempt<'_>, scheme: Scheme, policy: &Policy, said_site: bool) -> Headers {
    if matches!(attempt.method, "GET" | "HEAD" | "OPTIONS" | "TRACE") {
        return Headers::Safe;
    }
    let Provenance { whence, says_site } = provenance::provenance(attempt, scheme, policy);
    let refusal = match whence {
        Whence::Own | Whence::Trusted => None,
        Whence::Refused(refusal) => Some(refusal),
        Whence::Unknown if said_site => Some(Refusal::Downgrade),
        Whence::Unknown if policy.csrf_needs_origin => Some(Refusal::UnknownOrigin),
        Whence::Unknown => None,
    };
    // A browser that sends Fetch metadata sends it always: without it, an origin that fits was written by somebody else.
    let refusal = refusal.or((said_site && !says_site).then_some(Refusal::Downgrade));
    refusal.map_or(Headers::Pass { says_site }, Headers::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r63_a_list_of_origins_names_the_part_that_is_none() {
        assert!(
            origins("sidereal.csrf_origins", " https://a.example,https://b.example ").is_ok_and(|all| all.len() == 2)
        );
        assert!(origins("sidereal.csrf_origins", "").is_ok_and(|all| all.is_empty()));
        let found = origins("sidereal.csrf_origins", "https://a.example, *.example").map_err(|error| error.to_string());
        assert!(found.is_err_and(|message| message.contains("\"*.example\"")));
    }
}
