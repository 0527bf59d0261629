//! Where a request comes from, as the browser says.
//!
//! `Sec-Fetch-Site` if it is there, else `Origin`, else `Referer`. A script in the browser can set none of the three; a client that is no browser can,
//! but such a client has no cookie of a victim to send.

use super::{Attempt, Refusal};
use crate::client::Scheme;
use crate::origin::Origin;
use crate::policy::Policy;

/// Who made the browser send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whence {
    /// A page of ours, or the user by hand.
    Own,
    /// A page of an origin that the operator trusts.
    Trusted,
    /// Somebody else.
    Refused(Refusal),
    /// It does not say.
    Unknown,
}

/// That, and how it is known.
pub(super) struct Provenance {
    pub whence: Whence,
    /// Whether `Sec-Fetch-Site` was there.
    pub says_site: bool,
}

pub(super) fn provenance(attempt: &Attempt<'_>, scheme: Scheme, policy: &Policy) -> Provenance {
    let is_trusted = || {
        let origin = attempt.origin.and_then(Origin::parse);
        origin.is_some_and(|origin| policy.csrf_origins.contains(&origin))
    };
    let or_trusted = |refusal| if is_trusted() { Whence::Trusted } else { Whence::Refused(refusal) };
    let by_site = |site: &str| match site {
        "same-origin" | "none" => Whence::Own,
        "same-site" => or_trusted(Refusal::SameSite),
        // What is not in the standard yet is not believed.
        _ => or_trusted(Refusal::CrossSite),
    };
    let own = || Origin::of(scheme, attempt.host);
    let compared = |found: Option<Origin>| match found {
        Some(found) if own().as_ref() == Some(&found) => Whence::Own,
        Some(found) if policy.csrf_origins.contains(&found) => Whence::Trusted,
        _ => Whence::Refused(Refusal::ForeignOrigin),
    };
    if let Some(site) = attempt.fetch_site {
        return Provenance { whence: by_site(site), says_site: true };
    }
    let whence = match (attempt.origin, attempt.referer) {
        (Some("null"), _) => Whence::Refused(Refusal::OpaqueOrigin),
        (Some(origin), _) => compared(Origin::parse(origin)),
        (None, Some(referer)) => compared(Origin::of_page(referer)),
        (None, None) => Whence::Unknown,
    };
    Provenance { whence, says_site: false }
}
