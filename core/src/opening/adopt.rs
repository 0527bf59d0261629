//! An ID of the store that the site has moved away from: its session is taken over once, under IDs of ours.
//!
//! The record is made at the place of an ID that is computed from the old one, a stand-in, and at once a successor is minted for the client. From there
//! on the old ID is what any rotated ID is: it leads to the record until the client has presented the successor, because the response may get lost, is
//! an alias for the grace, and then an alarm. Whoever makes the record at that place has taken the session over; that is one step of the store, so of
//! many requests with one old ID exactly one does, and the others wait for it and are served the same record. The old session is removed only when the
//! record is there, so nothing that breaks off in between loses it.

use std::mem;

use super::Opening;
use crate::engine::{Access, Refused};
use crate::entropy;
use crate::error::Error;
use crate::event::Kind;
use crate::id::{Class, Locator, Prefix, SessionId, Tag};
use crate::lifecycle::Denial;
use crate::migrate::{Look, Old, Terms};
use crate::session::{Session, State};

/// What a text is that a client presented.
pub(crate) enum Trace {
    /// An ID of ours.
    Ours(SessionId, Locator),
    /// An ID of the old store whose session is here by now, under this stand-in.
    Here(SessionId, Locator),
    /// An ID of the old store whose session is there, and will be here under this stand-in.
    There(SessionId, Locator),
    /// An ID of the old store that its client has left behind.
    Left,
    /// It might be an ID of the old store, which has nothing for it.
    Gone,
    /// No ID of anybody's.
    Forged,
    /// It might be an ID of the old store, which cannot be asked.
    Down(Error),
}

impl Opening<'_> {
    /// What `text` is; `ours` if its MAC says that it is an ID of ours. Changes nothing.
    pub(crate) fn trace(&self, text: &[u8], ours: Option<(SessionId, Locator)>) -> Result<Trace, Refused> {
        let unknown = ours.map_or(Trace::Forged, |(id, at)| Trace::Ours(id, at));
        let Some(old) = self.engine.old.as_deref() else { return Ok(unknown) };
        if let Trace::Ours(_, at) = &unknown {
            // With one keyring for both stores their IDs are the same, and only one of the stores has the session.
            if !old.has_our_grammar() || self.engine.store.load(at)?.is_some() {
                return Ok(unknown);
            }
        }
        Ok(match (old.look(text, &self.terms()), unknown) {
            (Ok(Look::Named { name, is_there }), unknown) => match (self.stand_in(name.bytes())?, unknown) {
                (Trace::There(..), Trace::Ours(id, at)) if !is_there => Trace::Ours(id, at),
                (Trace::There(..), _) if !is_there => Trace::Gone,
                (known, _) => known,
            },
            (Ok(Look::Left), _) => Trace::Left,
            (Ok(Look::Nothing), unknown) => unknown,
            (Err(error), _) => Trace::Down(error),
        })
    }

    /// Where a session that the old store calls `name` is by now; otherwise where it would be. Asked after the old store was: who takes a session over
    /// makes the record first, so it is always in one of the two.
    fn stand_in(&self, name: &[u8]) -> Result<Trace, Refused> {
        let mut newest = None;
        for id in self.keys.stand_ins(name) {
            let Some(at) = self.keys.locate(&id) else { continue };
            if self.engine.store.load(&at)?.is_some() {
                return Ok(Trace::Here(id, at));
            }
            newest = newest.or(Some(Trace::There(id, at)));
        }
        Ok(newest.unwrap_or(Trace::Gone))
    }

    /// The session that `text` opens, which is what `trace` says.
    pub(crate) fn follow(self, trace: Trace, text: &[u8]) -> Result<Session, Refused> {
        match (trace, self.engine.old.clone()) {
            (Trace::Ours(id, at), _) => self.present(id, at),
            (Trace::Here(id, at), _) => self.by_stand_in(id, at),
            (Trace::There(id, at), Some(old)) => self.adopt(&*old, text, id, at),
            (Trace::Left, _) => self.nobody(None),
            (Trace::Down(error), _) => self.nobody(Some(error)),
            (Trace::Gone, _) => self.gone(),
            (Trace::Forged | Trace::There(..), _) => self.forged(),
        }
    }

    fn terms(&self) -> Terms<'_> {
        Terms { policy: self.policy, now: self.arrival.now, scheme: self.request.scheme }
    }

    fn may_replace(&self) -> bool {
        self.request.can_set_cookie && !self.request.minted_here
    }

    /// The record under a stand-in. The client is to have an ID of ours as soon as it can be told.
    fn by_stand_in(self, id: SessionId, at: Locator) -> Result<Session, Refused> {
        let may_replace = self.may_replace();
        Ok(self.present(id, at)?.off_stand_in(may_replace))
    }

    /// Takes the session over, unless another request was faster.
    fn adopt(mut self, old: &dyn Old, text: &[u8], id: SessionId, at: Locator) -> Result<Session, Refused> {
        let asked = mem::replace(&mut self.access, Access::Exclusive);
        let Ok(loaded) = self.load(&at)? else { return self.broken() };
        let (lease, notice) = (loaded.lease, loaded.notice);
        if loaded.found.is_some() {
            drop(lease);
            self.access = asked;
            return self.by_stand_in(id, at);
        }
        let Some(lease) = lease else {
            // Another request is about to take it over and does not get on with it.
            return Ok(Session { notice, ..self.nobody(None)? });
        };
        let taken = match old.read(text, &self.terms()) {
            Ok(Some(taken)) => taken,
            Ok(None) => return self.gone(),
            Err(error) => return self.nobody(Some(error)),
        };
        if taken.serializer.as_deref().is_some_and(|serializer| serializer != self.request.serializer) {
            self.engine.emit(Kind::SerializerMismatch, None, old.kind(), None);
            return self.fresh(Some(Denial::Broken));
        }
        let state = State::Unstored { at, presented: true };
        let mut session = Session { lease: Some(lease), ..self.session(id, state) };
        if !session.adopt(&taken.payload, old.kind())? {
            return self.nobody(None);
        }
        if taken.remove().is_err() {
            // It is shadowed by the record from now on.
            self.engine.emit(Kind::StoreDown, None, "migrate_from", None);
        }
        let mut session = session.off_stand_in(self.may_replace());
        if asked == Access::ReadOnly {
            session.lease = None;
            session.access = asked;
        }
        Ok(session)
    }

    /// An empty session that nobody keeps. The client's cookie is left alone: it is, or may be, worth more than what it would be replaced by.
    fn nobody(&self, trouble: Option<Error>) -> Result<Session, Refused> {
        if trouble.is_some() {
            self.engine.emit(Kind::StoreDown, None, "migrate_from", None);
        }
        let tag = Tag(entropy::array(&*self.engine.entropy)?);
        let id = self.engine.draw(&self.keys, &Prefix::default(), tag, Class::Anonymous, self.arrival.now)?;
        Ok(Session { trouble, ..self.ghost(id, Denial::Unknown) })
    }

    /// Nobody needs to look at what the old store has swept, or never had.
    fn gone(&self) -> Result<Session, Refused> {
        self.engine.emit(Kind::Unknown, None, "migrate_from", None);
        self.instead(Denial::Unknown)
    }

    /// A fresh session instead of one that does not open.
    pub(super) fn broken(&self) -> Result<Session, Refused> {
        self.engine.emit(Kind::SealBroken, None, "", None);
        self.fresh(Some(Denial::Broken))
    }
}
