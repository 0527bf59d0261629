//! Who presents the ID: how the client differs from the one that is kept, and having the record remember what was told of it.

use super::Opening;
use crate::client::Signals;
use crate::event::Kind;
use crate::lifecycle;
use crate::policy::ClientChange;
use crate::record::{Meta, StepUp};
use crate::seal;
use crate::session::{Live, frozen_due};
use crate::signals;
use crate::store::Change;

impl Opening<'_> {
    /// Whether the client seems to be another one than the record's.
    pub(crate) fn is_stranger(&self, meta: &Meta) -> bool {
        signals::is_stranger(&meta.client, &self.request.client, self.policy)
    }

    /// Tells what is new about the client, and has the record remember, so that it is told once (R77) and stands until the user proves who they
    /// are (R78). A client that is what it was costs a comparison.
    pub(super) fn notice(&self, live: &mut Live) {
        let found = signals::noticeable(&live.meta.client, &self.request.client, self.policy);
        let new = found.without(live.meta.noticed);
        let steps_up = found.has(Signals::TOGETHER)
            && self.policy.client_change == ClientChange::StepUp
            && live.meta.step_up.is_none();
        if new.is_empty() && !steps_up {
            return;
        }
        if !new.is_empty() {
            let (kind, reason) = match new.has(Signals::TOGETHER) {
                true => (Kind::ClientStranger, self.policy.client_change.word()),
                false => (Kind::ClientChanged, signals::heaviest(new)),
            };
            let weight = Some(u64::from(signals::weight(found)));
            self.engine.emit(kind, Some(&live.meta.family), reason, weight);
        }
        live.meta.noticed = live.meta.noticed.with(found, true);
        if steps_up {
            live.meta.step_up = Some(StepUp { is_renewed: false });
        }
        if self.remember(live).is_err() {
            // The end of the request tries again.
            live.dirty = true;
            self.engine.emit(Kind::StoreDown, Some(&live.meta.family), "client", None);
        }
    }

    /// At once: a stranger's request might never come to its end. It does not count as activity.
    fn remember(&self, live: &Live) -> crate::Result<()> {
        let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &live.at, &live.meta)?;
        let change = live.change(&sealed, None, lifecycle::delete_after(&live.meta, self.policy));
        let due = live.meta.frozen.map_or(change.due, |frozen| frozen_due(frozen.at, self.policy));
        // Lost means that the row has ended, or that whoever is writing it meanwhile will find the same.
        self.engine.store.touch(None, &Change { due, ..change }).map(drop)
    }
}
