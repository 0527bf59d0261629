//! From a presented ID to an open session: loads, asks [`crate::lifecycle::judge`], and does what the verdict says.

mod adopt;
mod client;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::adopt::Trace;
use crate::clock::{Observed, Time};
use crate::engine::{Access, Engine, Refused, Request};
use crate::entropy;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::id::{Class, Locator, Prefix, SessionId, Tag};
use crate::keys::Keyring;
use crate::lifecycle::{self, Denial, Moment, Presented, Standing, Step, Verdict};
use crate::lock::Wait;
use crate::policy::{LockFailure, Policy};
use crate::record::{Meta, Pointer, PointerState, StepUp};
use crate::seal;
use crate::session::{Live, Session, State};
use crate::signals;
use crate::store::{Acquired, Busy, Found, Lease, NewPointer, Row, Written};

/// One opening under way.
pub(crate) struct Opening<'a> {
    pub engine: &'a Arc<Engine>,
    pub keys: Arc<Keyring>,
    pub policy: &'a Arc<Policy>,
    pub request: &'a Request<'a>,
    pub access: Access,
    pub arrival: Observed,
}

/// What the store had, opened.
struct Loaded {
    lease: Option<Lease>,
    found: Option<(Found, Box<Meta>, Option<Pointer>)>,
    access: Access,
    notice: Option<Busy>,
}

impl Loaded {
    /// The row as the ID sees it.
    fn standing(&self) -> Option<Standing<'_>> {
        self.found.as_ref().map(|(found, meta, pointer)| Standing {
            pointer: pointer.map(|pointer| pointer.state),
            ended: found.row.ended,
            meta,
        })
    }
}

/// Attempts to mint an ID that is not taken. The second one is only ever needed when the random source is broken (R20).
const ATTEMPTS: usize = 3;

impl Opening<'_> {
    /// A fresh session under a new ID.
    pub fn fresh(&self, denial: Option<Denial>) -> Result<Session, Refused> {
        let tag = Tag(entropy::array(&*self.engine.entropy)?);
        let (id, at, lease) =
            mint_free(self.engine, &self.keys, &Prefix::default(), tag, Class::Anonymous, self.arrival)?;
        let session = self.session(id, State::Unstored { at, presented: false });
        Ok(Session { lease: Some(lease), replaced: true, denial, ..session })
    }

    /// A fresh session for something that is no ID of ours.
    pub fn forged(&self) -> Result<Session, Refused> {
        self.engine.emit(Kind::Forged, None, "", None);
        self.instead(Denial::Forged)
    }

    /// A fresh session for an ID that leads nowhere.
    fn instead(&self, denial: Denial) -> Result<Session, Refused> {
        let tag = Tag(entropy::array(&*self.engine.entropy)?);
        let id = self.engine.draw(&self.keys, &Prefix::default(), tag, Class::Anonymous, self.arrival.now)?;
        let Some(at) = self.keys.locate(&id) else {
            return self.fresh(Some(denial));
        };
        // Guessing costs the guesser, and no store anything (A29): what is stored under the new ID later is created if it is absent.
        let session = self.session(id, State::Unstored { at, presented: false });
        Ok(Session { replaced: true, denial: Some(denial), ..session })
    }

    /// The session that a genuine ID opens; `at`: its locator.
    pub fn present(mut self, id: SessionId, at: Locator) -> Result<Session, Refused> {
        let loaded = match self.load(&at)? {
            Ok(loaded) => loaded,
            Err(Broken) => return self.broken(),
        };
        let standing = loaded.standing();
        let presented = Presented { class: id.class(), minted: id.minted(), standing };
        let moment = Moment {
            now: self.arrival.now,
            latest: self.latest(standing),
            steady: self.arrival.steady,
            can_rotate: self.request.can_set_cookie && loaded.access == Access::Exclusive && !self.request.minted_here,
            stranger: standing.is_some_and(|standing| self.is_stranger(standing.meta)),
            scheme: self.request.scheme,
        };
        let verdict = lifecycle::judge(&presented, self.policy, moment);
        self.carry_out(verdict, id, at, loaded)
    }

    /// What a genuine ID would open, and where that is; nothing changes. `None`: something sealed does not open.
    pub fn weigh(&mut self, id: &SessionId, at: &Locator) -> Result<Option<(Verdict, Locator)>, Refused> {
        let Ok(loaded) = self.load(at)? else {
            return Ok(None);
        };
        let standing = loaded.standing();
        let presented = Presented { class: id.class(), minted: id.minted(), standing };
        let Observed { now, steady, .. } = self.arrival;
        let scheme = self.request.scheme;
        let moment = Moment { now, latest: now, steady, can_rotate: false, stranger: false, scheme };
        let verdict = lifecycle::judge(&presented, self.policy, moment);
        Ok(Some((verdict, loaded.found.map_or(*at, |(found, ..)| found.row.at))))
    }

    /// What the clock shows by now. It is read again only where it matters: for a record that seems to come from the future.
    fn latest(&self, standing: Option<Standing<'_>>) -> Time {
        let ahead = standing.is_some_and(|Standing { meta, .. }| meta.last_seen.max(meta.created) > self.arrival.now);
        if ahead { self.engine.observe().now } else { self.arrival.now }
    }

    fn carry_out(&self, verdict: Verdict, id: SessionId, at: Locator, loaded: Loaded) -> Result<Session, Refused> {
        match (verdict, loaded.found) {
            (Verdict::Denied(denial), found) => {
                if let (Denial::Stranger, Some((found, meta, _))) = (denial, &found) {
                    self.notice(&mut Live::of(found, meta.clone()));
                }
                drop(loaded.lease);
                self.denied(denial, &at, found)
            }
            (Verdict::Unknown, _) => {
                drop(loaded.lease);
                // Nothing was stored, or what was has been swept: nobody needs to look at that. A young one should be known.
                let old = self.arrival.now.since(id.minted()) >= self.policy.idle;
                self.engine.emit(if old { Kind::Expired } else { Kind::Unknown }, None, Denial::Unknown.word(), None);
                self.fresh(Some(Denial::Unknown))
            }
            (Verdict::Unstored, _) | (_, None) => {
                let session = self.session(id, State::Unstored { at, presented: true });
                Ok(Session { lease: loaded.lease, access: loaded.access, notice: loaded.notice, ..session })
            }
            (Verdict::Ghost(denial), Some((_, meta, _))) => {
                if denial == Denial::Superseded {
                    self.engine.emit(Kind::Superseded, Some(&meta.family), denial.word(), None);
                }
                Ok(self.ghost(id, denial))
            }
            (Verdict::Snapshot, Some((found, meta, _))) => self.snapshot(id, found, meta),
            (Verdict::Current(step), Some(row)) => {
                self.serve(id, row, step, loaded.lease, loaded.access, loaded.notice)
            }
            (Verdict::Promote | Verdict::Alias, Some(row)) => {
                self.serve(id, row, Step::Serve, loaded.lease, loaded.access, loaded.notice)
            }
        }
    }

    /// The record itself, under its current ID, a successor seen for the first time, or an alias.
    fn serve(
        &self,
        id: SessionId,
        (mut found, meta, pointer): (Found, Box<Meta>, Option<Pointer>),
        step: Step,
        lease: Option<Lease>,
        access: Access,
        notice: Option<Busy>,
    ) -> Result<Session, Refused> {
        let Some(payload) = self.payload(&mut found, &meta) else {
            return self.unreadable(&meta);
        };
        let unconfirmed = meta.pending.is_some();
        let state = State::Live(Live::of(&found, meta));
        let mut session = Session { payload, lease, access, notice, ..self.session(id.clone(), state) };
        match pointer.map(|pointer| pointer.state) {
            // A superseded ID never leaves in a header again.
            Some(PointerState::Superseded { .. }) => session.may_send_cookie = false,
            Some(PointerState::Pending { round }) => self.first_sight(&mut session, round),
            // Nor does one whose successor is under way: it would overwrite that in the client's jar.
            None => session.may_send_cookie = !unconfirmed,
        }
        if let State::Live(live) = &mut session.state {
            self.notice(live);
        }
        match step {
            Step::Serve => {}
            Step::Rotate | Step::Remint => session.rotate_or_serve(),
            Step::Upgrade if session.upgrade() => return Ok(session),
            Step::Upgrade => return Ok(self.ghost(id, Denial::Scheme)),
        }
        self.confirm_predecessor(&mut session);
        if session.access == Access::ReadOnly {
            // Reading is activity as well (R88); it is recorded here because nothing else is going to be written.
            let _ = session.touch_at(self.arrival.now);
        }
        Ok(session)
    }

    /// The client has presented a successor: it becomes the current ID, and the one before it is superseded from now on.
    fn first_sight(&self, session: &mut Session, round: u32) {
        let State::Live(live) = &mut session.state else {
            return;
        };
        let (Some(lease), false) = (&mut session.lease, self.request.minted_here) else {
            return;
        };
        let Some(to) = self.keys.locate(&session.id) else {
            return;
        };
        let mut meta = live.meta.clone();
        meta.round = round;
        meta.pending = None;
        meta.use_at(self.arrival.now);
        meta.minted = self.arrival.now;
        meta.client = signals::follow(&meta.client, &self.request.client);
        meta.step_up = meta.step_up.map(|_| StepUp { is_renewed: true });
        let old = Pointer { handle: meta.handle, state: PointerState::Superseded { confirmed: self.arrival.now } };
        let done = (|| {
            let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &to, &meta)?;
            let pointer = seal::seal_pointer(&self.keys, &*self.engine.entropy, &live.at, &old)?;
            let change = live.change(&sealed, None, lifecycle::delete_after(&meta, self.policy));
            // A record's first ID is its oldest, whatever was minted since: a store keeps that one.
            let made = if live.meta.round == 0 { live.meta.created } else { self.arrival.now };
            let old = NewPointer { at: live.at, made, sealed: &pointer };
            self.engine.store.promote(lease, &change, &to, &old)
        })();
        match done {
            Ok(Written::Done(version)) => *live = Live { at: to, version, meta, dirty: false },
            // Served all the same; the next request tries again.
            Ok(Written::Lost | Written::Full) => {}
            Err(_) => self.engine.emit(Kind::StoreDown, Some(&live.meta.family), "confirm", None),
        }
    }

    /// The client has presented an elevated ID: from now on the use of the one before it is no longer a lost cookie.
    fn confirm_predecessor(&self, session: &mut Session) {
        let State::Live(live) = &mut session.state else {
            return;
        };
        if self.request.minted_here {
            return;
        }
        let mut next = live.meta.predecessor;
        // An application that regenerates twice in one request leaves a predecessor that was never seen either.
        for _ in 0..8 {
            let Some(at) = next else {
                break;
            };
            next = match self.confirm(&at) {
                Ok(earlier) => earlier,
                // Served all the same; the next request tries again.
                Err(_) => return self.engine.emit(Kind::StoreDown, None, "confirm", None),
            };
        }
        live.dirty |= live.meta.predecessor.take().is_some();
    }

    fn confirm(&self, at: &Locator) -> Result<Option<Locator>> {
        let Some(found) = self.engine.store.load(at)? else {
            return Ok(None);
        };
        let Some(mut meta) = open_row(&self.keys, &found.row) else {
            return Ok(None);
        };
        let earlier = meta.predecessor;
        let Some(frozen) = meta.frozen.as_mut().filter(|frozen| frozen.confirmed.is_none()) else {
            return Ok(earlier);
        };
        frozen.confirmed = Some(self.arrival.now);
        let at = frozen.at;
        let due = crate::session::frozen_due(at, self.policy);
        let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &found.row.at, &meta)?;
        let live = Live::of(&found, meta);
        let change = crate::store::Change { due, ..live.change(&sealed, None, due.delete) };
        // Lost means that the row has ended or was confirmed by somebody else: both are as good.
        let _ = self.engine.store.touch(None, &change)?;
        Ok(earlier)
    }

    fn snapshot(&self, id: SessionId, mut found: Found, meta: Box<Meta>) -> Result<Session, Refused> {
        let Some(payload) = self.payload(&mut found, &meta) else {
            return self.unreadable(&meta);
        };
        let mut live = Live::of(&found, meta);
        self.notice(&mut live);
        Ok(Session { payload, may_send_cookie: false, ..self.session(id, State::Snapshot(live)) })
    }

    /// An empty session under an ID that the client has left behind, or is about to.
    fn ghost(&self, id: SessionId, denial: Denial) -> Session {
        Session { may_send_cookie: false, denial: Some(denial), ..self.session(id, State::Ghost) }
    }

    fn denied(
        &self,
        denial: Denial,
        presented: &Locator,
        found: Option<(Found, Box<Meta>, Option<Pointer>)>,
    ) -> Result<Session, Refused> {
        let family = found.as_ref().map(|(_, meta, _)| &meta.family);
        let kind = match denial {
            // It has been told, once.
            Denial::Stranger => return self.fresh(Some(denial)),
            Denial::Scheme => Kind::SchemeChanged,
            Denial::Idle | Denial::Absolute => Kind::Expired,
            Denial::LoggedOut | Denial::Revoked => Kind::UseAfterEnd,
            Denial::Obsolete => Kind::ObsoleteAccess,
            Denial::Forged => Kind::Forged,
            Denial::Unknown => Kind::Unknown,
            Denial::Conflict => Kind::CookieConflict,
            Denial::LostCookie | Denial::Superseded | Denial::Broken => Kind::Superseded,
        };
        self.engine.emit(kind, family, denial.word(), None);
        if let (Denial::Obsolete, Some((found, meta, _))) = (denial, &found) {
            self.raise(presented, &found.row.at, meta)?;
        }
        self.fresh(Some(denial))
    }

    fn unreadable(&self, meta: &Meta) -> Result<Session, Refused> {
        if meta.serializer.as_ref() != self.request.serializer {
            self.engine.emit(Kind::SerializerMismatch, Some(&meta.family), "session.serialize_handler", None);
        } else {
            self.engine.emit(Kind::SealBroken, Some(&meta.family), "payload", None);
        }
        self.fresh(Some(Denial::Broken))
    }

    /// The payload, if its seal opens and this request can read it.
    fn payload(&self, found: &mut Found, meta: &Meta) -> Option<Vec<u8>> {
        let Some(sealed) = found.row.payload.take() else {
            // Only what has been superseded may be without: the payload of a living record does not vanish by itself.
            return meta.frozen.map(|_| Vec::new());
        };
        if meta.serializer.as_ref() != self.request.serializer {
            return None;
        }
        if meta.is_to_be_stripped() && !self.request.can_strip {
            // Only what is in the payload could tell which part of it is the log-in.
            return Some(Vec::new());
        }
        seal::open_payload(&self.keys, meta, sealed)
    }

    fn load(&mut self, at: &Locator) -> Result<Result<Loaded, Broken>, Refused> {
        let (lease, found, access, notice) = match self.access {
            Access::ReadOnly => (None, self.engine.store.load(at)?, Access::ReadOnly, None),
            Access::Exclusive => {
                let wait = Wait { timeout: self.policy.lock_wait, max_waiters: self.policy.lock_max_waiters };
                match self.engine.store.acquire(at, &wait)? {
                    Acquired::Held(lease, found) => (Some(lease), found, Access::Exclusive, None),
                    Acquired::Busy(busy) => (None, self.without_lease(at, &busy)?, Access::ReadOnly, Some(busy)),
                }
            }
        };
        let found = match found {
            None => None,
            Some(found) => match self.with_newer_keys(&found).unseal(at, found) {
                Some(opened) => Some(opened),
                None => return Ok(Err(Broken)),
            },
        };
        Ok(Ok(Loaded { lease, found, access, notice }))
    }

    fn without_lease(&self, at: &Locator, busy: &Busy) -> Result<Option<Found>, Refused> {
        let kind = if busy.crowded { Kind::LockCrowded } else { Kind::LockTimeout };
        self.engine.emit(kind, None, "", busy.pid.map(u64::from));
        match self.policy.lock_failure {
            LockFailure::Fail => Err(Refused::Busy(busy.clone())),
            LockFailure::ReadOnly => Ok(self.engine.store.load(at)?),
        }
    }

    /// Another process may have rotated the keys and sealed with the newest one since this one read them.
    fn with_newer_keys(&mut self, found: &Found) -> &Self {
        let sealed = [Some(&found.row.meta), found.row.payload.as_ref(), found.pointer.as_ref()];
        let knows = |sealed: &Vec<u8>| seal::key_of(sealed).is_none_or(|key| self.keys.knows(key));
        if !sealed.into_iter().flatten().all(knows) {
            self.engine.reload_keys();
            self.keys = self.engine.keys();
        }
        self
    }

    fn unseal(&self, at: &Locator, found: Found) -> Option<(Found, Box<Meta>, Option<Pointer>)> {
        let meta = open_row(&self.keys, &found.row)?;
        let pointer = match &found.pointer {
            None => None,
            Some(sealed) => {
                Some(seal::open_pointer(&self.keys, at, sealed).filter(|pointer| pointer.handle == meta.handle)?)
            }
        };
        Some((found, meta, pointer))
    }

    fn session(&self, id: SessionId, state: State) -> Session {
        Session {
            engine: Arc::clone(self.engine),
            keys: Arc::clone(&self.keys),
            policy: Arc::clone(self.policy),
            id,
            replaced: false,
            may_send_cookie: true,
            denial: None,
            access: self.access,
            notice: None,
            trouble: None,
            serializer: self.request.serializer.into(),
            client: self.request.client,
            scheme: self.request.scheme,
            payload: Vec::new(),
            state,
            elevation: None,
            guest: None,
            lease: None,
        }
    }
}

/// Something sealed did not open.
struct Broken;

/// The metadata of a row, with what has been done to the row since that was sealed.
pub(crate) fn open_row(keys: &Keyring, row: &Row) -> Option<Box<Meta>> {
    let mut meta = Box::new(seal::open_meta(keys, &row.at, &row.meta)?);
    if let Some(at) = row.unbound {
        meta.unbind(at);
    }
    Some(meta)
}

/// Mints an ID whose place is free, and takes the lease of that place.
pub(crate) fn mint_free(
    engine: &Engine,
    keys: &Keyring,
    prefix: &Prefix,
    tag: Tag,
    class: Class,
    observed: Observed,
) -> Result<(SessionId, Locator, Lease)> {
    for _ in 0..ATTEMPTS {
        let id = engine.draw(keys, prefix, tag, class, observed.now)?;
        let Some(at) = keys.locate(&id) else {
            break;
        };
        let nobody_waits = Wait { timeout: Duration::ZERO, max_waiters: 1 };
        if let Acquired::Held(lease, None) = engine.store.acquire(&at, &nobody_waits)? {
            return Ok((id, at, lease));
        }
    }
    Err(Error::entropy(
        "expected a session ID that nobody has, found the same ones again and again; the random source of this machine repeats itself, repair it",
    ))
}
