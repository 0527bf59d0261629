//! The alarm: an obsolete ID was used. Keeps the evidence and takes away what the ID could reach (R14, R15, R39), in one transaction.

use crate::error::Result;
use crate::id::Locator;
use crate::incident::{Cause, Happened, Response};
use crate::lifecycle;
use crate::opening::Opening;
use crate::record::{EndReason, Ended, Meta};
use crate::seal;
use crate::store::evidence::{Alarm, Fate, NewIncident};
use crate::store::{Ending, Whom};

impl Opening<'_> {
    /// Theft is likely, and nobody can tell the thief from the victim: what this ID could reach is taken from both. `presented` is the place of the
    /// ID, `at` that of the record that it leads to.
    pub(crate) fn raise(&self, presented: &Locator, at: &Locator, meta: &Meta) -> Result<()> {
        let now = self.arrival.now;
        let subject = meta.binding.as_ref().map(|binding| binding.subject);
        let stranger = self.is_stranger(meta);
        let response = Response::of(self.policy.on_obsolete, subject.is_some(), stranger);

        let family = Whom::Family { family: meta.family, at: *at, up_to_generation: lifecycle::reach(meta) };
        let user = subject.map_or(family, |subject| Whom::Subject { subject, except: None });
        let (whom, fate) = match response {
            Response::Deny => (family, Fate::GoOn),
            Response::RevokeFamily => (family, Fate::End),
            Response::RevokeUser => (user, Fate::End),
            Response::Unauthenticate => (user, Fate::Unbind),
        };
        let ended = Ended { reason: EndReason::Obsolete, at: now, cookie_cleared: false };
        let ending = Ending { whom, ended, delete: lifecycle::tombstone_until(now, self.policy) };

        let name = self.keys.incident(presented);
        let happened = Happened {
            at: now,
            cause: if stranger { Cause::Stranger } else { Cause::Late },
            response,
            session: meta.handle,
            family: meta.family,
            subject,
            client: self.request.client,
        };
        let sealed = seal::seal_incident(&self.keys, &*self.engine.entropy, &name, &happened)?;
        let evidence = NewIncident {
            name,
            whom: user,
            subject,
            session: meta.handle,
            at: now,
            until: now.after(self.policy.evidence),
            sealed: &sealed,
        };
        let evidence = (!self.policy.evidence.is_zero()).then_some(evidence);
        let relatives = match response {
            Response::RevokeFamily => self.engine.relatives(meta.binding.as_ref(), &meta.family)?,
            // Where it is the user that loses everything, so are all of their devices.
            Response::Deny | Response::RevokeUser | Response::Unauthenticate => Vec::new(),
        };
        self.engine.store.raise(&Alarm { ending, fate, evidence })?;
        // What came of the log-in is the device as well.
        self.engine.end_devices_of(self.policy, &relatives)
    }
}
