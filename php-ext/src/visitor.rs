//! Who a request is from and how it came, as far as trusted proxies say so.

use sidereal_core::client::{Client, Scheme};
use sidereal_core::cookie::Attributes;
use sidereal_core::error::Result;
use sidereal_core::policy::Policy;
use sidereal_core::signals::{self, Sent};

use crate::border::{Facts, act};

/// Who a request is from and how it came.
#[derive(Clone, Copy)]
pub struct Visitor {
    /// As much of the client as may be kept.
    pub client: Client,
    /// How the client sent the request; `None` on the command line.
    pub scheme: Option<Scheme>,
    /// Whether the request never left this machine.
    pub is_local: bool,
}

impl Visitor {
    /// What the facts of an opening tell.
    ///
    /// # Errors
    /// [`sidereal_core::Error::is_config`], before any cookie is made: the policy takes https and the client came by http, or the cookie
    /// cannot be sent or would be dropped by browsers.
    pub fn admitted(facts: &Facts<'_>, policy: &Policy) -> Result<Self> {
        let origin = policy.trusted_proxies.origin(&facts.arrival());
        policy.admit(origin.scheme, origin.is_local)?;
        if facts.can_set_cookie {
            let attributes = facts.attributes();
            let is_secure = attributes.is_secure || origin.scheme == Some(Scheme::Https);
            Attributes { is_secure, ..attributes }.check(facts.cookie_name())?;
        }
        let client = signals::client(&Sent { address: origin.address, ..facts.sent() });
        Ok(Self { client, scheme: origin.scheme, is_local: origin.is_local })
    }

    /// What the cookie has to be.
    pub fn act(&self) -> u32 {
        if self.scheme == Some(Scheme::Https) { act::SECURE } else { 0 }
    }
}
