//! An open session.
//!
//! Owns what one request may do with a session: read, commit, touch, rotate, elevate, log out. Gotten from [`Engine::open`];
//! dropping it gives the lease back and writes nothing.

mod adopted;
mod autologin;
mod elevation;
mod ending;
mod follow;
mod forms;
mod sealed;
mod strip;
mod user;

use std::sync::Arc;

use crate::client::{Client, Scheme, Signals};
use crate::clock::Time;
use crate::engine::{Access, Engine};
use crate::entropy;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::id::{Class, Family, Locator, SessionId};
use crate::keys::Keyring;
use crate::lifecycle;
pub use crate::lifecycle::Denial;
use crate::opening::mint_free;
use crate::policy::{MAX_SIBLINGS, Policy};
use crate::record::{Binding, CsrfMemory, Meta, Pending, Pointer, PointerState, Unbound};
use crate::seal;
use crate::store::{Busy, Change, Created, Due, Found, Lease, NewPointer, Written};

pub use autologin::{Grant, Remembered, Resumed};
pub use elevation::Snapshot;
pub(crate) use elevation::{Elevation, frozen_due};
pub use follow::Followed;
pub use forms::Scope;
use sealed::Sealed;
pub use user::check_user;

/// An open session.
pub struct Session {
    pub(crate) engine: Arc<Engine>,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) id: SessionId,
    pub(crate) replaced: bool,
    pub(crate) may_send_cookie: bool,
    pub(crate) denial: Option<Denial>,
    pub(crate) access: Access,
    pub(crate) notice: Option<Busy>,
    /// Why the store that the site has moved away from could not be asked.
    pub(crate) trouble: Option<Error>,
    pub(crate) serializer: Box<str>,
    /// Who sent the request, and how it came: kept when a record is made.
    pub(crate) client: Client,
    pub(crate) scheme: Option<Scheme>,
    /// As it was read or last written.
    pub(crate) payload: Vec<u8>,
    pub(crate) state: State,
    pub(crate) elevation: Option<Elevation>,
    /// Who the client is for this request only, in an empty session that nobody keeps.
    pub(crate) guest: Option<Binding>,
    pub(crate) lease: Option<Lease>,
}

/// Where an open session stands.
pub(crate) enum State {
    /// Nothing is stored under this ID. `presented`: the client has it already.
    Unstored { at: Locator, presented: bool },
    /// A record.
    Live(Live),
    /// The frozen snapshot that an elevation left.
    Snapshot(Live),
    /// Empty, under an ID that the client has left behind.
    Ghost,
    /// Ended by this request.
    Ended,
}

/// A record that is open.
pub(crate) struct Live {
    /// Where its row is.
    pub at: Locator,
    /// The version that was read or last written.
    pub version: u64,
    /// Apart: a session is moved about more often than it is read.
    pub meta: Box<Meta>,
    /// Whether the metadata has to be written even when nothing else is.
    pub dirty: bool,
}

impl Live {
    /// The record that was found.
    pub fn of(found: &Found, meta: Box<Meta>) -> Self {
        Self { at: found.row.at, version: found.row.version, meta, dirty: false }
    }

    pub fn change<'a>(&self, meta: &'a [u8], payload: Option<&'a [u8]>, delete: Time) -> Change<'a> {
        Change { at: self.at, version: self.version, meta, payload, due: Due { erase: None, delete } }
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It is stored, or there was nothing to store.
    Done,
    /// It was dropped, as it has to be: this session is read-only, has ended, or was superseded. Counted, and no fault of the application.
    Dropped(&'static str),
    /// It was dropped although it should have been stored: another holder has written meanwhile.
    Lost(&'static str),
}

impl Session {
    /// The ID that the client is to have from now on.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Whether the ID differs from what the client presented, so that the client has to be told.
    pub fn is_replaced(&self) -> bool {
        self.replaced
    }

    /// Whether the ID may leave in a header. A superseded ID may not: it would overwrite its successor in the client's jar.
    pub fn may_send_cookie(&self) -> bool {
        self.may_send_cookie
    }

    /// The payload as it was read.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Why a fresh session was opened instead of the presented one.
    pub fn denial(&self) -> Option<Denial> {
        self.denial
    }

    /// How the session is open. [`Access::ReadOnly`] although exclusive access was asked for means [`Session::lock_notice`].
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether what is committed will be stored.
    pub fn is_writable(&self) -> bool {
        self.access == Access::Exclusive && matches!(self.state, State::Unstored { .. } | State::Live(_))
    }

    /// Who held the lock, when the session was opened as a snapshot because the wait ran out.
    pub fn lock_notice(&self) -> Option<&Busy> {
        self.notice.as_ref()
    }

    /// What keeps the store that the site has moved away from from telling whether it has the client's session: this one is empty and not kept, and the
    /// client's cookie is left as it is.
    pub fn trouble(&self) -> Option<&Error> {
        self.trouble.as_ref()
    }

    /// Stores `payload` and gives the lease back. Storing the same payload again changes nothing.
    ///
    /// # Errors
    /// [`Error::is_store`]: nothing was stored, the old payload is still there. [`Error::is_config`]: `payload` is larger than the policy allows.
    pub fn commit(&mut self, payload: &[u8]) -> Result<Outcome> {
        if payload.len() > self.policy.max_payload {
            self.emit(Kind::PayloadTooLarge, "sidereal.max_payload", Some(payload.len() as u64));
            return Err(Error::config(format!(
                "expected session data of at most {} bytes, found {}; store less in the session or raise sidereal.max_payload",
                self.policy.max_payload,
                payload.len()
            )));
        }
        if let Some(elevation) = self.elevation.take() {
            let outcome = self.store_elevation(elevation, payload)?;
            self.lease = None;
            return Ok(outcome);
        }
        match &self.state {
            _ if payload == self.payload && !(self.is_to_be_stripped() && self.is_writable()) => self.touch(),
            _ if !self.is_writable() => Ok(self.dropped()),
            State::Live(_) => self.save(payload),
            _ => self.create(payload),
        }
    }

    /// Records that the session is in use, when the last record of it is old enough, and gives the lease back.
    ///
    /// # Errors
    /// [`Error::is_store`].
    pub fn touch(&mut self) -> Result<Outcome> {
        self.touch_at(self.engine.observe().now)
    }

    pub(crate) fn touch_at(&mut self, now: Time) -> Result<Outcome> {
        let State::Live(live) = &mut self.state else {
            self.lease = None;
            return Ok(Outcome::Done);
        };
        if !live.dirty && !live.meta.is_stale(now, self.policy.touch) {
            self.lease = None;
            return Ok(Outcome::Done);
        }
        live.meta.use_at(now);
        let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &live.at, &live.meta)?;
        let change = live.change(&sealed, None, lifecycle::delete_after(&live.meta, &self.policy));
        // Lost: somebody has written meanwhile, and that was activity, too; or the session has ended.
        let _ = self.engine.store.touch(self.lease.take(), &change)?;
        live.dirty = false;
        Ok(Outcome::Done)
    }

    fn save(&mut self, payload: &[u8]) -> Result<Outcome> {
        let now = self.engine.observe().now;
        let (State::Live(live), Some(lease)) = (&mut self.state, self.lease.take()) else {
            return Ok(self.dropped());
        };
        let mut meta = live.meta.clone();
        meta.use_at(now);
        meta.payload_number += 1;
        meta.serializer.clone_from(&self.serializer);
        meta.unbound = meta.unbound.map(Unbound::stripped);
        let sealed_meta = seal::seal_meta(&self.keys, &*self.engine.entropy, &live.at, &meta)?;
        let sealed_payload = seal::seal_payload(&self.keys, &*self.engine.entropy, &meta, payload)?;
        let change = live.change(&sealed_meta, Some(&sealed_payload), lifecycle::delete_after(&meta, &self.policy));
        match self.engine.store.save(lease, &change)? {
            Written::Done(version) => {
                *live = Live { version, meta, dirty: false, ..*live };
                self.payload = payload.to_vec();
                Ok(Outcome::Done)
            }
            Written::Lost | Written::Full => self.lost(),
        }
    }

    fn create(&mut self, payload: &[u8]) -> Result<Outcome> {
        let now = self.engine.observe().now;
        let State::Unstored { at, .. } = self.state else {
            return Ok(self.dropped());
        };
        let meta = self.first_meta(now, &at)?;
        let sealed = Sealed::of(self, &at, &meta, payload)?;
        let due = Due { erase: None, delete: lifecycle::delete_after(&meta, &self.policy) };
        let created = self.engine.store.create(&sealed.row(self, &at, &meta, due))?;
        self.lease = None;
        match created {
            Created::Done => {
                self.engine.emit(Kind::Created, Some(&meta.family), "", None);
                self.state = State::Live(Live { at, version: 1, meta: Box::new(meta), dirty: false });
                self.payload = payload.to_vec();
                Ok(Outcome::Done)
            }
            Created::Taken | Created::Full => self.lost(),
        }
    }

    /// Metadata of a session that begins now with the ID at `at`.
    fn first_meta(&self, now: Time, at: &Locator) -> Result<Meta> {
        Ok(Meta {
            handle: self.keys.handle(at),
            family: Family(entropy::array(&*self.engine.entropy)?),
            tag: self.id.tag(),
            prefix: self.id.prefix().clone(),
            generation: 0,
            round: 0,
            created: now,
            last_seen: now,
            minted: now,
            pending: None,
            frozen: None,
            predecessor: None,
            binding: None,
            unbound: None,
            csrf: CsrfMemory::default(),
            client: self.client,
            noticed: Signals::NONE,
            step_up: None,
            scheme: self.scheme,
            payload_number: 1,
            serializer: self.serializer.clone(),
        })
    }

    /// Rotates; a session that cannot be rotated now is served as it is.
    pub(crate) fn rotate_or_serve(&mut self) {
        if self.rotate().is_err() {
            self.emit(Kind::StoreDown, "rotate", None);
        }
    }

    /// Rotates now, however young the ID is: the client gets a successor of the same privilege. Answers whether it does; a session that is not
    /// stored, cannot be written, has been superseded, or waits for as many successors as it may to be seen keeps its ID.
    ///
    /// # Errors
    /// [`Error::is_entropy`], [`Error::is_store`]: the session keeps its ID.
    pub fn rotate_now(&mut self) -> Result<bool> {
        let State::Live(live) = &self.state else {
            return Ok(false);
        };
        let unseen = live.meta.pending.is_some_and(|pending| pending.siblings >= MAX_SIBLINGS);
        if unseen || self.replaced || !self.is_writable() || self.lease.is_none() || self.elevation.is_some() {
            return Ok(false);
        }
        self.rotate()?;
        Ok(self.replaced)
    }

    /// Mints a successor of the same privilege. The present ID goes on until the client has presented the successor.
    fn rotate(&mut self) -> Result<()> {
        let observed = self.engine.observe();
        let State::Live(live) = &mut self.state else {
            return Ok(());
        };
        let mut meta = live.meta.clone();
        let (id, to, _place) = mint_free(&self.engine, &self.keys, &meta.prefix, meta.tag, Class::User, observed)?;
        let (since, siblings) = meta.pending.map_or((observed.now, 0), |pending| (pending.since, pending.siblings));
        meta.pending = Some(Pending { since, latest: observed.now, siblings: siblings.saturating_add(1) });
        meta.use_at(observed.now);
        let pointer = Pointer { handle: meta.handle, state: PointerState::Pending { round: meta.round + 1 } };
        let sealed = seal::seal_meta(&self.keys, &*self.engine.entropy, &live.at, &meta)?;
        let sealed_pointer = seal::seal_pointer(&self.keys, &*self.engine.entropy, &to, &pointer)?;
        let change = live.change(&sealed, None, lifecycle::delete_after(&meta, &self.policy));
        let successor = NewPointer { at: to, made: observed.now, sealed: &sealed_pointer };
        if let Written::Done(version) = self.engine.store.rotate(&change, &successor)? {
            let family = meta.family;
            *live = Live { version, meta, ..*live };
            self.id = id;
            self.replaced = true;
            self.may_send_cookie = true;
            self.engine.emit(Kind::Renewed, Some(&family), if siblings == 0 { "rotate" } else { "remint" }, None);
        }
        Ok(())
    }

    fn dropped(&mut self) -> Outcome {
        let why = match &self.state {
            State::Snapshot(_) => "superseded by an elevation",
            State::Ghost if self.guest.is_some() => "logged in for this request only",
            State::Ghost if self.trouble.is_some() => "the old store is down",
            State::Ghost => "the client has moved on",
            State::Ended => "logged out",
            State::Unstored { .. } | State::Live(_) => "read-only",
        };
        self.lease = None;
        self.emit(Kind::WriteDropped, why, None);
        Outcome::Dropped(why)
    }

    /// A write found the row ended, which is as it has to be, or changed by another holder, which must not stay unnoticed.
    fn lost(&mut self) -> Result<Outcome> {
        self.lease = None;
        let at = match &self.state {
            State::Live(live) | State::Snapshot(live) => live.at,
            State::Unstored { at, .. } => *at,
            State::Ghost | State::Ended => return Ok(self.dropped()),
        };
        let row = self.engine.store.load(&at)?.map(|found| found.row);
        let (gone, why) = self.became(row.as_ref());
        self.emit(Kind::WriteDropped, why, None);
        // A new ID that leads nowhere must not overwrite a good one in the client's jar.
        self.may_send_cookie = false;
        if gone {
            self.state = State::Ended;
            return Ok(Outcome::Dropped(why));
        }
        Ok(Outcome::Lost(why))
    }

    fn emit(&self, kind: Kind, reason: &'static str, count: Option<u64>) {
        let family = match &self.state {
            State::Live(live) | State::Snapshot(live) => Some(&live.meta.family),
            State::Unstored { .. } | State::Ghost | State::Ended => None,
        };
        self.engine.emit(kind, family, reason, count);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Unstored { .. } => "unstored",
            State::Live(_) => "live",
            State::Snapshot(_) => "snapshot",
            State::Ghost => "ghost",
            State::Ended => "ended",
        };
        write!(f, "Session({state}, {:?}, {} bytes)", self.access, self.payload.len())
    }
}
