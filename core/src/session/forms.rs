//! Forms: whether a request that changes something was meant by the user of the session.

use super::user::is_name;
use super::{Live, Session, State};
use crate::client::Scheme;
use crate::csrf::token::{self, Use};
use crate::csrf::{self, Attempt, Headers, Refusal, once};
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::id::Handle;
use crate::record::CsrfMemory;

/// What a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    /// 1 to 64 printable ASCII characters, or empty: the token of the whole site.
    pub name: &'a str,
    /// Whether it is good for one request. Only a session that is stored and open exclusively can tell that it is used.
    pub once: bool,
}

impl Scope<'_> {
    fn good_for(&self, memory: Option<&CsrfMemory>) -> Use {
        match (self.once, memory) {
            (false, _) => Use::Many,
            (true, None) => Use::Once(0),
            (true, Some(memory)) => Use::Once(once::number(memory, self.name)),
        }
    }
}

impl Session {
    /// A token for the forms of this session: 87 characters of base64url, different each time it is asked for.
    ///
    /// # Errors
    /// [`Error::is_config`] for a scope that cannot be one; [`Error::is_entropy`].
    pub fn csrf_token(&self, scope: Scope<'_>) -> Result<String> {
        if !scope.name.is_empty() && !is_name(scope.name) {
            return Err(Error::config(
                "expected a scope of at most 64 printable ASCII characters, such as \"transfer\", found another one; use a short name",
            ));
        }
        // A page of a session that is over still renders: its forms are good for nothing.
        let record = self.record().unwrap_or(Handle([0; 16]));
        token::render(&self.keys, &*self.engine.entropy, &record, scope.name, scope.good_for(self.csrf_memory()))
    }

    /// Whether `token` is one of this session for `scope`. A one-shot token is used up by that.
    pub fn csrf_verify(&mut self, token: &[u8], scope: Scope<'_>) -> bool {
        let good_for = scope.good_for(self.csrf_memory());
        let genuine =
            self.record().is_some_and(|record| token::is_genuine(&self.keys, token, &record, scope.name, good_for));
        genuine && (!scope.once || self.spend_csrf(scope.name))
    }

    /// Whether the request was meant by the user: by what its headers say, and by its token unless the method changes nothing. A refusal is an event.
    ///
    /// # Errors
    /// Why not.
    pub fn csrf_check(&mut self, attempt: &Attempt<'_>, token: Option<&[u8]>, scope: Scope<'_>) -> Result<(), Refusal> {
        let said_site = self.csrf_memory().is_some_and(|memory| memory.says_site);
        let checked = match csrf::judge(attempt, self.scheme.unwrap_or(Scheme::Http), &self.policy, said_site) {
            Headers::Safe => return Ok(()),
            Headers::Refused(refusal) => Err(refusal),
            Headers::Pass { says_site } => match token {
                None => Err(Refusal::NoToken),
                Some(token) if !self.csrf_verify(token, scope) => Err(Refusal::WrongToken),
                Some(_) => {
                    self.remember_site(says_site);
                    Ok(())
                }
            },
        };
        if let Err(refusal) = checked {
            self.emit(Kind::CsrfRefused, refusal.word(), None);
        }
        checked
    }

    /// The record that tokens of this session belong to, be it not stored yet.
    fn record(&self) -> Option<Handle> {
        match (&self.elevation, &self.state) {
            (Some(elevation), _) => Some(self.keys.handle(&elevation.at)),
            (None, State::Live(live) | State::Snapshot(live)) => Some(live.meta.handle),
            (None, State::Unstored { at, .. }) => Some(self.keys.handle(at)),
            (None, State::Ghost | State::Ended) => None,
        }
    }

    fn csrf_memory(&self) -> Option<&CsrfMemory> {
        match &self.state {
            State::Live(Live { meta, .. }) | State::Snapshot(Live { meta, .. }) if self.elevation.is_none() => {
                Some(&meta.csrf)
            }
            _ => None,
        }
    }

    /// The next write takes it along: what it guards against is rare, and a request that changes something writes anyway.
    fn remember_site(&mut self, says_site: bool) {
        if let State::Live(live) = &mut self.state
            && says_site
            && !live.meta.csrf.says_site
        {
            live.meta.csrf.says_site = true;
            live.dirty = true;
        }
    }

    /// Uses up the one-shot tokens of a scope, durably, so that nothing that happens to this request brings them back.
    fn spend_csrf(&mut self, scope: &str) -> bool {
        if self.elevation.is_some() {
            return false;
        }
        self.rewrite(|meta| {
            once::spend(&mut meta.csrf, scope);
            true
        })
    }
}
