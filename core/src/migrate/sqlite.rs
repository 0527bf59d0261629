//! Sessions of an embedded store of Sidereal's, for a site that outgrows its host.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Look, Name, Old, Taken, Terms, too_large};
use crate::error::{Error, Result};
use crate::id::{Locator, SessionId};
use crate::keys::Keyring;
use crate::lifecycle::{self, Moment, Presented, Standing, Verdict};
use crate::lock::Wait;
use crate::record::{EndReason, Ended, Meta, PointerState};
use crate::seal;
use crate::store::sqlite::SqliteStore;
use crate::store::{Acquired, Ending, Found, Store as _, Whom};

pub(super) struct Sidereal {
    directory: PathBuf,
    keyring: PathBuf,
    application: String,
    opened: Mutex<Option<Arc<Opened>>>,
}

struct Opened {
    store: SqliteStore,
    keys: Keyring,
}

/// A record, and what an ID that leads to it opens.
struct Known {
    found: Found,
    meta: Meta,
    verdict: Verdict,
    is_current: bool,
}

impl Sidereal {
    pub(super) fn new(directory: PathBuf, keyring: PathBuf, application: String) -> Self {
        Self { directory, keyring, application, opened: Mutex::new(None) }
    }

    /// Makes nothing: a store that is not there is a mistake in the setting.
    fn opened(&self) -> Result<Arc<Opened>> {
        let mut slot = self.opened.lock();
        if let Some(opened) = &*slot {
            return Ok(Arc::clone(opened));
        }
        if !SqliteStore::is_in(&self.directory) {
            return Err(Error::store(format!(
                "expected a store of Sidereal's in {} (sidereal.migrate_from), found none; correct the path, or take the setting out",
                self.directory.display()
            )));
        }
        let keys = Keyring::load(&self.keyring, &self.application)?;
        let opened = Arc::new(Opened { store: SqliteStore::open(&self.directory)?, keys });
        *slot = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

impl Opened {
    fn locate(&self, text: &[u8]) -> Option<Locator> {
        self.keys.locate(&SessionId::parse(text)?)
    }

    fn known(&self, text: &[u8], at: &Locator, found: Found, terms: &Terms<'_>) -> Option<Known> {
        let mut meta = seal::open_meta(&self.keys, &found.row.at, &found.row.meta)?;
        if let Some(at) = found.row.unbound {
            meta.unbind(at);
        }
        let pointer = match &found.pointer {
            None => None,
            Some(sealed) => Some(seal::open_pointer(&self.keys, at, sealed).filter(|p| p.handle == meta.handle)?.state),
        };
        let id = SessionId::parse(text)?;
        let standing = Standing { pointer, ended: found.row.ended, meta: &meta };
        let presented = Presented { class: id.class(), minted: id.minted(), standing: Some(standing) };
        let Terms { policy, now, scheme } = *terms;
        let moment = Moment { now, latest: now, steady: true, can_rotate: true, stranger: false, scheme };
        let verdict = lifecycle::judge(&presented, policy, moment);
        let is_newest = match pointer {
            None => true,
            Some(PointerState::Pending { round }) => round >= meta.round,
            Some(PointerState::Superseded { .. }) => false,
        };
        let is_current = is_newest && meta.frozen.is_none();
        Some(Known { found, meta, verdict, is_current })
    }
}

impl Known {
    /// Whether the record is there to be taken: what an alarm has left behind only its own store can still tell apart.
    fn is_there(&self) -> bool {
        matches!(self.verdict, Verdict::Current(_) | Verdict::Promote) && !self.meta.is_to_be_stripped()
    }
}

impl Old for Sidereal {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn has_our_grammar(&self) -> bool {
        true
    }

    fn look(&self, text: &[u8], terms: &Terms<'_>) -> Result<Look> {
        if SessionId::parse(text).is_none() {
            return Ok(Look::Nothing);
        }
        let opened = self.opened()?;
        let Some(at) = opened.locate(text) else { return Ok(Look::Nothing) };
        let Some(found) = opened.store.load(&at)? else { return Ok(Look::Nothing) };
        let Some(known) = opened.known(text, &at, found, terms) else { return Ok(Look::Nothing) };
        Ok(match known.verdict {
            Verdict::Alias | Verdict::Snapshot | Verdict::Ghost(_) => Look::Left,
            // Also when it has ended: it may have ended by being taken. A superseded ID is never a name of what it led to.
            _ if known.is_current => Look::Named { name: Name::new(&known.meta.handle.0), is_there: known.is_there() },
            _ => Look::Nothing,
        })
    }

    fn read(&self, text: &[u8], terms: &Terms<'_>) -> Result<Option<Taken>> {
        let opened = self.opened()?;
        let Some(at) = opened.locate(text) else { return Ok(None) };
        let wait = Wait { timeout: terms.policy.lock_wait, max_waiters: terms.policy.lock_max_waiters };
        let (lease, found) = match opened.store.acquire(&at, &wait)? {
            Acquired::Held(lease, Some(found)) => (lease, found),
            Acquired::Held(_, None) => return Ok(None),
            Acquired::Busy(_) => {
                return Err(Error::store(
                    "expected a session of the store that sidereal.migrate_from names to be free, found that another request still has it open; wait \
                     until no request is served by the old store",
                ));
            }
        };
        let Some(mut known) = opened.known(text, &at, found, terms).filter(Known::is_there) else { return Ok(None) };
        let sealed = known.found.row.payload.take();
        let Some(payload) = sealed.and_then(|sealed| seal::open_payload(&opened.keys, &known.meta, sealed)) else {
            return Ok(None);
        };
        if payload.len() > terms.policy.max_payload {
            return Err(too_large(payload.len() as u64, terms));
        }
        let ending = Ending {
            whom: Whom::Family {
                family: known.meta.family,
                at: known.found.row.at,
                up_to_generation: known.meta.generation,
            },
            ended: Ended { reason: EndReason::Logout, at: terms.now, cookie_cleared: false },
            delete: lifecycle::tombstone_until(terms.now, terms.policy),
        };
        let remove = move || {
            let ended = opened.store.end(&ending).map(drop);
            drop(lease);
            // Perhaps nobody else looks after that store any more.
            opened.store.idle();
            ended
        };
        Ok(Some(Taken { payload, serializer: Some(known.meta.serializer), remove: Box::new(remove) }))
    }
}
