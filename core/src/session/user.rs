//! Whose session it is: log-in, proof that it is still them, and what the roster shows.

use std::time::Duration;

use super::{Live, Session, Snapshot, State};
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::id::{Class, Handle, SessionId};
use crate::record::{Binding, Meta};
use crate::roster::Info;

/// A user ID longer than this is a mistake.
const MAX_USER: usize = 255;
/// Methods and scopes have names, not essays.
const MAX_NAME: usize = 64;
const MAX_NAMES: usize = 16;

/// Checks a user ID.
///
/// # Errors
/// [`Error::is_config`] for an empty one, one of more than 255 bytes, or one with a NUL byte.
pub fn check_user(user: &[u8]) -> Result<()> {
    let fault = match user.len() {
        0 => "an empty one; log in who is known, and log out who is not",
        1..=MAX_USER if user.contains(&0) => "one with a NUL byte; pass the ID itself",
        1..=MAX_USER => return Ok(()),
        _ => "a longer one; pass an ID, not a document",
    };
    Err(Error::config(format!("expected a user ID of 1 to {MAX_USER} bytes, found {fault}")))
}

pub(super) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn check_names(what: &str, names: &[&str]) -> Result<Vec<Box<str>>> {
    if names.len() > MAX_NAMES || !names.iter().all(|name| is_name(name)) {
        return Err(Error::config(format!(
            "expected at most {MAX_NAMES} {what} of 1 to {MAX_NAME} printable ASCII characters, such as \"pwd\", found others; use short names"
        )));
    }
    Ok(names.iter().map(|name| (*name).into()).collect())
}

impl Session {
    /// Binds the session to `user`, who has just proved who they are by `methods` (`pwd`, `otp`...): a new ID under the user's tag, whose
    /// record alone is bound (R24, R25). Nothing is stored before [`Session::settle`] or [`Session::commit`]. The absolute timeout starts anew.
    ///
    /// # Errors
    /// [`Error::is_config`] for a user ID or method that cannot be one; [`Error::is_entropy`], [`Error::is_store`]: the session stays as it is.
    pub fn login(&mut self, user: &[u8], methods: &[&str]) -> Result<&SessionId> {
        check_user(user)?;
        let methods = check_names("methods", methods)?;
        let subject = self.keys.subject_tag(user);
        let authenticated = Some(self.engine.observe().now);
        let device = self.binding().filter(|binding| binding.subject == subject).and_then(|binding| binding.device);
        self.bind(Binding { subject, authenticated, methods, scopes: Vec::new(), device })
    }

    /// The user has proved once more who they are: a new ID (ASVS 7.2.4), and a proof that is fresh again. `scopes` name what it was given for, each good
    /// for one [`Session::is_fresh`].
    ///
    /// # Errors
    /// [`Error::is_config`] when the session is bound to nobody, or for names that cannot be; otherwise as [`Session::login`].
    pub fn reauthenticated(&mut self, methods: &[&str], scopes: &[&str]) -> Result<&SessionId> {
        let Some(binding) = self.binding().cloned() else {
            return Err(Error::config(
                "expected a session that somebody has logged in to, found an anonymous one; log in first",
            ));
        };
        let (methods, scopes) = (check_names("methods", methods)?, check_names("scopes", scopes)?);
        let authenticated = Some(self.engine.observe().now);
        self.bind(Binding { authenticated, methods, scopes, ..binding })
    }

    pub(super) fn bind(&mut self, binding: Binding) -> Result<&SessionId> {
        self.begin_elevation(binding.subject, Class::User, Snapshot::AsRead, Some(binding), true)
    }

    /// Who the session is bound to, an elevation that is not stored yet included.
    pub(crate) fn binding(&self) -> Option<&Binding> {
        match (&self.elevation, &self.state) {
            (Some(elevation), _) => elevation.binding.as_ref(),
            // What an elevation left behind belongs to nobody.
            (None, State::Live(live)) => live.meta.binding.as_ref(),
            (None, State::Ghost) => self.guest.as_ref(),
            (None, _) => None,
        }
    }

    /// Whether somebody has logged in to this session.
    pub fn is_bound(&self) -> bool {
        self.binding().is_some()
    }

    /// Whether `user` has logged in to this session.
    pub fn is_of(&self, user: &[u8]) -> bool {
        self.binding().is_some_and(|binding| binding.subject == self.keys.subject_tag(user))
    }

    /// Whether the user proved who they are no longer than `max_age` ago, by `method` if it is given, for `scope` if it is given: a proof for a
    /// scope is good once, and only where it can be written down that it is used. An auto-login is no proof (R100, C14).
    pub fn is_fresh(&mut self, max_age: Duration, method: Option<&str>, scope: Option<&str>) -> bool {
        if self.must_reauthenticate() {
            return false;
        }
        let now = self.engine.observe().now;
        let Some(binding) = self.binding() else {
            return false;
        };
        // A proof from the future was given by a clock that was ahead: it is none.
        let is_recent = |at| now >= at && now.since(at) <= max_age;
        let proved = binding.authenticated.is_some_and(is_recent);
        let by_method = method.is_none_or(|method| binding.methods.iter().any(|other| **other == *method));
        proved && by_method && scope.is_none_or(|scope| self.spend(scope))
    }

    /// Whether the user has to prove who they are, because the client seemed to be another one. As long as this stands no proof is fresh;
    /// [`Session::login`] and [`Session::reauthenticated`] end it (R78).
    pub fn must_reauthenticate(&self) -> bool {
        match (&self.elevation, &self.state) {
            (Some(elevation), _) if elevation.begins_anew => false,
            (_, State::Live(live) | State::Snapshot(live)) => live.meta.step_up.is_some(),
            (_, State::Unstored { .. } | State::Ghost | State::Ended) => false,
        }
    }

    /// Uses up the proof for `scope`, durably, so that nothing that happens to this request brings it back.
    fn spend(&mut self, scope: &str) -> bool {
        // The record that a pending elevation comes from may have the proof as well, and a request that dies would leave it there.
        let has_it = self.binding().is_some_and(|binding| binding.scopes.iter().any(|other| **other == *scope));
        if !has_it || (self.elevation.is_some() && self.settle().is_err()) {
            return false;
        }
        self.rewrite(|meta| meta.binding.as_mut().is_some_and(|binding| take(binding, scope)))
    }

    /// As [`Session::amend`]; false as well when the store is down, which has reported itself.
    pub(super) fn rewrite(&mut self, change: impl FnOnce(&mut Meta) -> bool) -> bool {
        self.amend(change).unwrap_or(false)
    }

    /// Changes the metadata of the record in the store; the lease stays. False when `change` says so, when the record is not open for writing, or
    /// when it has been written, has ended or has lost its user meanwhile.
    pub(super) fn amend(&mut self, change: impl FnOnce(&mut Meta) -> bool) -> Result<bool> {
        let State::Live(live) = &mut self.state else {
            return Ok(false);
        };
        let mut meta = live.meta.clone();
        if self.access != Access::Exclusive || self.lease.is_none() || !change(&mut meta) {
            return Ok(false);
        }
        let sealed = crate::seal::seal_meta(&self.keys, &*self.engine.entropy, &live.at, &meta)?;
        let change = live.change(&sealed, None, crate::lifecycle::delete_after(&meta, &self.policy));
        let crate::store::Written::Done(version) = self.engine.store.amend(&change)? else {
            return Ok(false);
        };
        *live = Live { version, meta, ..*live };
        Ok(true)
    }

    /// The record's public name; `None` when nothing is stored yet.
    pub fn handle(&self) -> Option<Handle> {
        match &self.state {
            State::Live(live) if self.elevation.is_none() => Some(live.meta.handle),
            _ => None,
        }
    }

    /// What the roster shows of this session; `None` when nothing is stored yet.
    pub fn info(&self) -> Option<Info> {
        match &self.state {
            State::Live(live) if self.elevation.is_none() => Some(Info::of(&live.meta)),
            _ => None,
        }
    }
}

fn take(binding: &mut Binding, scope: &str) -> bool {
    let Some(place) = binding.scopes.iter().position(|other| **other == *scope) else {
        return false;
    };
    binding.scopes.remove(place);
    true
}
