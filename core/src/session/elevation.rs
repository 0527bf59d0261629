//! Elevation: a new ID for a new privilege.
//!
//! Owns the successor that is not stored yet, and what the old ID is left with: a frozen snapshot of what was read (R25), never a way to
//! the successor.

use std::mem;

use super::{Live, Outcome, Sealed, Session, State};
use crate::client::Scheme;
use crate::clock::Time;
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::id::{Class, Family, Locator, SessionId, Tag};
use crate::lifecycle;
use crate::opening::mint_free;
use crate::policy::{CapReached, Policy, Regenerate};
use crate::record::{Binding, EndReason, Ended, Frozen, Meta, StepUp};
use crate::seal;
use crate::store::{Cap, Change, Created, Due, Lease, New, Old, Written};

/// A successor with new privileges that is not stored yet.
pub(crate) struct Elevation {
    pub at: Locator,
    pub lease: Lease,
    pub snapshot: Snapshot,
    /// Who the successor is bound to.
    pub binding: Option<Binding>,
    /// Whether the absolute timeout starts anew: the user has proved who they are.
    pub begins_anew: bool,
    /// What [`Session::withdraw`] goes back to.
    pub from: Standing,
}

/// How the session stood before an elevation.
pub(crate) struct Standing {
    id: SessionId,
    replaced: bool,
    may_send_cookie: bool,
    /// One that was pending already.
    elevation: Option<Box<Elevation>>,
}

/// What the old ID shows during the grace after an elevation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// The payload as it was read, before the application changed it (R25).
    AsRead,
    /// Nothing: `session_regenerate_id(true)`.
    Empty,
}

impl Session {
    /// Mints the ID of a successor with new privileges and makes it this session's. Nothing is stored before [`Session::settle`] or
    /// [`Session::commit`]; until then the old ID is what it was. Where the policy says so this rotates instead.
    ///
    /// # Errors
    /// [`Error::is_entropy`], [`Error::is_store`]: the session keeps its ID.
    pub fn elevate(&mut self, snapshot: Snapshot) -> Result<&SessionId> {
        let rotates = self.policy.regenerate == Regenerate::Rotate && self.elevation.is_none();
        if rotates && self.is_writable() && matches!(self.state, State::Live(_)) {
            self.rotate()?;
            return Ok(&self.id);
        }
        self.renew(snapshot)
    }

    /// As [`Session::elevate`], whatever the policy says that `session_regenerate_id()` means.
    ///
    /// # Errors
    /// As [`Session::elevate`].
    pub fn renew(&mut self, snapshot: Snapshot) -> Result<&SessionId> {
        if self.guest.is_some() {
            // The client's session is another request's. `session_regenerate_id()` gets its ID, which nobody keeps.
            let (id, ..) = mint_free(
                &self.engine,
                &self.keys,
                &Default::default(),
                self.id.tag(),
                Class::Anonymous,
                self.engine.observe(),
            )?;
            self.id = id;
            return Ok(&self.id);
        }
        // An ID that will be stored before the client sees it can be told from one that may never be.
        let class = if self.has_something() { Class::User } else { Class::Anonymous };
        let (tag, binding) = (self.id.tag(), self.inheritance());
        self.begin_elevation(tag, class, snapshot, binding, false)
    }

    /// The client has come from http to https: a new ID, stored at once, because the present one has travelled in plain text (R66). Answers whether it
    /// has one; if not, the session is not to be served.
    pub(crate) fn upgrade(&mut self) -> bool {
        let done = self.renew(Snapshot::AsRead).map(drop).and_then(|()| self.settle());
        if done.is_err() {
            self.emit(Kind::StoreDown, "upgrade", None);
        }
        done.is_ok() && self.may_send_cookie
    }

    /// Who an elevation is bound to that proves nothing anew. What was proved for one use stays with a record that goes on beside the new one, or it would
    /// be good twice.
    fn inheritance(&self) -> Option<Binding> {
        let binding = self.binding().cloned();
        if self.elevation.is_some() || self.is_writable() {
            return binding;
        }
        binding.map(|binding| Binding { scopes: Vec::new(), ..binding })
    }

    /// Mints the ID of an elevation and takes it on.
    pub(super) fn begin_elevation(
        &mut self,
        tag: Tag,
        class: Class,
        snapshot: Snapshot,
        binding: Option<Binding>,
        begins_anew: bool,
    ) -> Result<&SessionId> {
        let prefix = self.id.prefix().clone();
        let (id, at, lease) = mint_free(&self.engine, &self.keys, &prefix, tag, class, self.engine.observe())?;
        let from = Standing {
            id: mem::replace(&mut self.id, id),
            replaced: self.replaced,
            may_send_cookie: self.may_send_cookie,
            elevation: self.elevation.take().map(Box::new),
        };
        self.replaced = true;
        self.may_send_cookie = !matches!(self.state, State::Ended);
        self.elevation = Some(Elevation { at, lease, snapshot, binding, begins_anew, from });
        Ok(&self.id)
    }

    /// Takes back an elevation that is not stored: the session goes on under the ID that it had. Whether there was one.
    pub fn withdraw(&mut self) -> bool {
        let Some(Elevation { from, .. }) = self.elevation.take() else {
            return false;
        };
        self.id = from.id;
        self.replaced = from.replaced;
        self.may_send_cookie = from.may_send_cookie;
        self.elevation = from.elevation.map(|elevation| *elevation);
        true
    }

    fn has_something(&self) -> bool {
        let is_bound = self.elevation.as_ref().is_some_and(|elevation| elevation.binding.is_some());
        is_bound || matches!(self.state, State::Live(_)) || !self.payload.is_empty()
    }

    /// Stores a pending elevation with the payload as it was read, so that a client that gets the new ID has a session whatever becomes of this
    /// request. Does nothing when there is none.
    ///
    /// # Errors
    /// [`Error::is_store`]: the elevation stays pending, and the next settle or commit tries again.
    pub fn settle(&mut self) -> Result<()> {
        if !self.has_something() {
            return Ok(());
        }
        let Some(elevation) = self.elevation.take() else {
            return Ok(());
        };
        let payload = self.payload.clone();
        self.store_elevation(elevation, &payload).map(drop)
    }

    /// Creates the successor and freezes what it came from, together. On `Err` the elevation is pending again.
    pub(super) fn store_elevation(&mut self, elevation: Elevation, payload: &[u8]) -> Result<Outcome> {
        if payload.is_empty() && elevation.binding.is_none() && !self.has_something() {
            self.state = State::Unstored { at: elevation.at, presented: false };
            self.lease = Some(elevation.lease);
            return Ok(Outcome::Done);
        }
        if self.is_spent() && !elevation.begins_anew {
            // The client has a successor of it, and a new ID that leads nowhere must not overwrite that in its jar.
            self.may_send_cookie = false;
            return Ok(self.dropped());
        }
        match self.write_elevation(&elevation, payload) {
            Ok((Written::Done(_), meta)) => {
                self.engine.emit(Kind::Renewed, Some(&meta.family), "elevate", None);
                self.hint_if_restless(&meta);
                self.state = State::Live(Live { at: elevation.at, version: 1, meta: Box::new(meta), dirty: false });
                self.access = Access::Exclusive;
                self.lease = Some(elevation.lease);
                self.payload = payload.to_vec();
                Ok(Outcome::Done)
            }
            Ok((Written::Lost, _)) => self.lost(),
            Ok((Written::Full, _)) => {
                self.elevation = Some(elevation);
                Err(self.refused_by_cap())
            }
            Err(error) => {
                self.elevation = Some(elevation);
                Err(error)
            }
        }
    }

    /// Whether this is the snapshot of a user's session, from which only a new log-in leads on: a branch with the user's data would belong to nobody, so
    /// that nobody could sign it out.
    fn is_spent(&self) -> bool {
        let is_of_a_user = matches!(&self.state, State::Snapshot(live) if live.meta.binding.is_some());
        is_of_a_user && !self.payload.is_empty()
    }

    fn write_elevation(&self, elevation: &Elevation, payload: &[u8]) -> Result<(Written, Meta)> {
        let now = self.engine.observe().now;
        let mut meta = self.first_meta(now, &elevation.at)?;
        meta.binding.clone_from(&elevation.binding);
        meta.unbound = self.unbound_with(payload);
        let old = match &self.state {
            State::Live(live) if self.is_writable() => {
                // Who logs in over another user's session does not stay within that user's reach, nor where an alarm has taken the user away.
                let subject = |binding: Option<&Binding>| binding.map(|binding| binding.subject);
                let before = subject(live.meta.binding.as_ref());
                let was_nobodys = before.is_none() && live.meta.unbound.is_none();
                if was_nobodys || before == subject(meta.binding.as_ref()) {
                    meta.family = live.meta.family;
                }
                meta.generation = live.meta.generation + 1;
                meta.created = live.meta.created;
                meta.predecessor = Some(live.at);
                Some(Before::Frozen(Frost::of_live(self, live, elevation.snapshot, now)?))
            }
            // A snapshot, or a session that another request has open: the branch is a family of its own. Whoever planted the old ID could
            // otherwise log out, from a branch of theirs, the user who logged in on it. An empty snapshot brings nothing back, so its branch does
            // not need it alive: they could spoil the log-in by logging out.
            State::Snapshot(live) if self.payload.is_empty() => {
                meta.generation = 1;
                meta.created = live.meta.created;
                None
            }
            State::Snapshot(live) | State::Live(live) => {
                meta.generation = 1;
                meta.created = live.meta.created;
                Some(Before::Kept(live.at, live.meta.unbound.map(|unbound| unbound.at)))
            }
            State::Unstored { at, presented: true } if self.is_writable() => {
                meta.generation = 1;
                meta.predecessor = Some(*at);
                Some(Before::Frozen(Frost::of_unstored(self, *at, meta.family, now)?))
            }
            State::Unstored { .. } | State::Ghost => None,
            // What ended while this request had it open does not begin again under another ID (A14).
            State::Ended => return Ok((Written::Lost, meta)),
        };
        if let State::Live(live) | State::Snapshot(live) = &self.state {
            meta.csrf.says_site = live.meta.csrf.says_site;
        }
        match &self.state {
            _ if elevation.begins_anew => meta.created = now,
            State::Live(live) | State::Snapshot(live) => inherit(&mut meta, &live.meta),
            State::Unstored { .. } | State::Ghost | State::Ended => {}
        }
        let sealed = Sealed::of(self, &elevation.at, &meta, payload)?;
        let due = Due { erase: None, delete: lifecycle::delete_after(&meta, &self.policy) };
        let new = sealed.row(self, &elevation.at, &meta, due);
        let Some(binding) = &meta.binding else {
            return Ok((self.put(old.as_ref(), &new)?, meta));
        };
        let cap = Cap { most: self.policy.sessions_per_user, now, over: &[], evict: None };
        let written = self.put(old.as_ref(), &New { cap: Some(cap), ..new.clone() })?;
        if written != Written::Full {
            return Ok((written, meta));
        }
        // There seems to be no room. A store does not know of the absolute timeout, and what it has ended must not keep the user out.
        let over = self.engine.over(&self.policy, binding.subject, now)?;
        let ended = Ended { reason: EndReason::Revoked, at: now, cookie_cleared: false };
        let evict = (self.policy.cap_reached == CapReached::Evict)
            .then(|| (ended, lifecycle::tombstone_until(now, &self.policy)));
        let written = self.put(old.as_ref(), &New { cap: Some(Cap { over: &over, evict, ..cap }), ..new })?;
        Ok((written, meta))
    }

    /// Stores a new record and what becomes of the one before.
    fn put(&self, old: Option<&Before>, new: &New<'_>) -> Result<Written> {
        match old {
            Some(Before::Frozen(frost)) => self.engine.store.elevate(&frost.old(), new),
            Some(Before::Kept(at, unbound)) => {
                self.engine.store.elevate(&Old::Kept { at: *at, unbound: *unbound }, new)
            }
            None => Ok(match self.engine.store.create(new)? {
                Created::Done => Written::Done(1),
                Created::Taken => Written::Lost,
                Created::Full => Written::Full,
            }),
        }
    }

    fn refused_by_cap(&mut self) -> Error {
        self.emit(Kind::TooManySessions, "sidereal.sessions_per_user", None);
        // The new ID leads nowhere.
        self.may_send_cookie = false;
        Error::crowded(format!(
            "expected the user to have fewer than {} sessions (sidereal.sessions_per_user), found that many; sign one of them out, or set sidereal.sessions_full = evict",
            self.policy.sessions_per_user
        ))
    }

    /// An application that regenerates on each request gets one hint.
    fn hint_if_restless(&self, meta: &Meta) {
        const MANY: u32 = 20;
        let fast = meta.minted.since(meta.created) < self.policy.rotate / 4;
        if meta.generation == MANY && fast {
            self.engine.emit(
                Kind::RegenerateHint,
                Some(&meta.family),
                "sidereal.regenerate=rotate",
                Some(u64::from(MANY)),
            );
        }
    }
}

/// What an elevation without a proof takes over: who the client was, and what has been noticed of it. What was proved in plain text is no proof for
/// what comes by https.
fn inherit(meta: &mut Meta, from: &Meta) {
    let is_upgraded = (from.scheme, meta.scheme) == (Some(Scheme::Http), Some(Scheme::Https));
    let is_doubted = from.step_up.is_some() || (is_upgraded && meta.binding.is_some());
    meta.client = from.client;
    meta.noticed = from.noticed;
    meta.step_up = is_doubted.then_some(StepUp { is_renewed: true });
}

/// When a frozen row may be cleaned up: the snapshot after the grace, the rest as a tombstone.
pub(crate) fn frozen_due(at: Time, policy: &Policy) -> Due {
    Due { erase: Some(at.after(policy.grace)), delete: lifecycle::tombstone_until(at, policy) }
}

/// What becomes of the row that an elevation starts from.
enum Before {
    /// It stays as it is, and must not have ended nor been unbound since: what has been logged out does not come back through a branch (A14).
    Kept(Locator, Option<Time>),
    /// It is frozen.
    Frozen(Frost),
}

/// What an elevation leaves behind, sealed.
struct Frost {
    at: Locator,
    /// Version and family of the row; without version there was none.
    version: Option<u64>,
    family: Family,
    generation: u32,
    meta: Vec<u8>,
    payload: Option<Vec<u8>>,
    due: Due,
}

impl Frost {
    fn of_live(session: &Session, live: &Live, snapshot: Snapshot, now: Time) -> Result<Self> {
        let mut meta = live.meta.clone();
        meta.frozen = Some(Frozen { at: now, confirmed: None });
        meta.pending = None;
        let payload = match snapshot {
            Snapshot::AsRead => None,
            Snapshot::Empty => {
                meta.payload_number += 1;
                Some(seal::seal_payload(&session.keys, &*session.engine.entropy, &meta, &[])?)
            }
        };
        Self::of(session, live.at, Some(live.version), *meta, payload, now)
    }

    fn of_unstored(session: &Session, at: Locator, family: Family, now: Time) -> Result<Self> {
        let meta = Meta { family, frozen: Some(Frozen { at: now, confirmed: None }), ..session.first_meta(now, &at)? };
        Self::of(session, at, None, meta, None, now)
    }

    fn of(
        session: &Session,
        at: Locator,
        version: Option<u64>,
        meta: Meta,
        payload: Option<Vec<u8>>,
        now: Time,
    ) -> Result<Self> {
        Ok(Self {
            at,
            version,
            family: meta.family,
            generation: meta.generation,
            meta: seal::seal_meta(&session.keys, &*session.engine.entropy, &at, &meta)?,
            payload,
            due: frozen_due(now, &session.policy),
        })
    }

    fn old(&self) -> Old<'_> {
        let (at, meta, payload, due) = (self.at, self.meta.as_slice(), self.payload.as_deref(), self.due);
        match self.version {
            Some(version) => Old::Stored(Change { at, version, meta, payload, due }),
            None => Old::Unstored(New {
                at,
                family: self.family,
                generation: self.generation,
                subject: None,
                prefix: None,
                cap: None,
                ended: None,
                meta,
                payload,
                due,
            }),
        }
    }
}
