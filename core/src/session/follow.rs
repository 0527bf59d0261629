//! Whose session it is, as an application says that knows nothing of us: it stores the user in the payload, and the door reads it there.

use super::{Session, Snapshot};
use crate::entropy;
use crate::error::Result;
use crate::event::Kind;
use crate::id::{Class, Tag};
use crate::record::Binding;

use super::user::check_user;

/// What became of [`Session::follow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The session is bound as the application says, or cannot be stored anyway.
    AsIs,
    /// It has a new ID, which is stored with the next [`Session::settle`] or [`Session::commit`].
    Anew,
    /// It would need a new ID, which the client could not learn: it stays bound as it was. An event says so.
    TooLate,
}

impl Session {
    /// Binds the session to `user`, or to nobody. Nothing is proved to us by that, so no proof is fresh ([`Session::is_fresh`]); who was bound before is
    /// left with an empty session under the old ID. Bound to nobody, it is logged out, so that its device is forgotten. `can_set_cookie`: whether the client can learn a new ID.
    ///
    /// # Errors
    /// As [`Session::login`]: the session stays as it is.
    pub fn follow(&mut self, user: Option<&[u8]>, can_set_cookie: bool) -> Result<Followed> {
        let subject = match user {
            Some(user) => {
                check_user(user)?;
                Some(self.keys.subject_tag(user))
            }
            None => None,
        };
        let bound = self.binding().map(|binding| binding.subject);
        if bound == subject || !self.is_writable() {
            return Ok(Followed::AsIs);
        }
        if !can_set_cookie {
            self.emit(Kind::UserKeyTooLate, "headers were sent", None);
            return Ok(Followed::TooLate);
        }
        if subject.is_none() {
            // A log-out: a token of the device would log in again.
            self.forget()?;
        }
        let left = if bound.is_some() { Snapshot::Empty } else { Snapshot::AsRead };
        let tag = match subject {
            Some(subject) => subject,
            None => Tag(entropy::array(&*self.engine.entropy)?),
        };
        let binding = subject.map(|subject| Binding {
            subject,
            authenticated: None,
            methods: vec!["application".into()],
            scopes: Vec::new(),
            device: None,
        });
        self.begin_elevation(tag, Class::User, left, binding, subject.is_some())?;
        Ok(Followed::Anew)
    }
}
