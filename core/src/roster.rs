//! The roster: which sessions a user has, and ending them (R43, R51, R15).
//!
//! What the store lists by the user's keyed name is the truth; there is no second list that could differ from it (R52).

use std::sync::Arc;

use crate::client::Client;
use crate::clock::Time;
use crate::engine::Engine;
use crate::error::Result;
use crate::event::Kind;
use crate::id::{Class, Family, Handle, Locator, Prefix, SessionId, Tag};
use crate::lifecycle;
use crate::opening::{mint_free, open_row};
use crate::policy::Policy;
use crate::record::{Binding, EndReason, Ended, Meta};
use crate::session::check_user;
use crate::store::{Ending, Except, Found, Label, Whom};

/// One session, as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its public name, good for [`Engine::revoke`] and for nothing else.
    pub handle: Handle,
    /// When it began: at the log-in.
    pub created: Time,
    /// When it was last in use, up to the touch interval.
    pub last_seen: Time,
    /// When the user last proved who they are; `None` after an auto-login and for an anonymous session.
    pub authenticated: Option<Time>,
    /// How.
    pub methods: Vec<String>,
    /// What the client looked like at the log-in.
    pub client: Client,
}

impl Info {
    pub(crate) fn of(meta: &Meta) -> Self {
        let binding = meta.binding.as_ref();
        let methods = binding.map(|binding| &*binding.methods).unwrap_or_default();
        Self {
            handle: meta.handle,
            created: meta.created,
            last_seen: meta.last_seen,
            authenticated: binding.and_then(|binding| binding.authenticated),
            methods: methods.iter().map(|method| method.to_string()).collect(),
            client: meta.client,
        }
    }
}

/// A row of a user, opened.
struct Member {
    at: Locator,
    meta: Box<Meta>,
}

fn is_over(meta: &Meta, policy: &Policy, now: Time) -> bool {
    now.since(meta.created) >= policy.absolute
}

impl Engine {
    /// The living sessions of `user`, the one used last first.
    ///
    /// # Errors
    /// [`Error::is_config`](crate::Error::is_config) for a user ID that cannot be one; [`Error::is_store`](crate::Error::is_store).
    pub fn roster(&self, policy: &Policy, user: &[u8]) -> Result<Vec<Info>> {
        check_user(user)?;
        self.living(policy, &Label::Subject(self.keys().subject_tag(user)))
    }

    /// The living sessions whose IDs have exactly this prefix (A18), the one used last first.
    ///
    /// # Errors
    /// [`Error::is_store`](crate::Error::is_store).
    pub fn roster_of_prefix(&self, policy: &Policy, prefix: &Prefix) -> Result<Vec<Info>> {
        match self.keys().prefix_tag(prefix) {
            Some(tag) => self.living(policy, &Label::Prefix(tag)),
            None => Ok(Vec::new()),
        }
    }

    fn living(&self, policy: &Policy, label: &Label) -> Result<Vec<Info>> {
        let now = self.observe().now;
        let is_living = |meta: &Meta| {
            let idle = now.since(meta.last_seen) >= policy.idle;
            meta.frozen.is_none() && !idle && !is_over(meta, policy, now)
        };
        let mut infos: Vec<Info> = self
            .members(label)?
            .into_iter()
            .filter(|member| is_living(&member.meta))
            .map(|member| Info::of(&member.meta))
            .collect();
        infos.sort_by(|one, other| other.last_seen.cmp(&one.last_seen).then_with(|| one.handle.cmp(&other.handle)));
        Ok(infos)
    }

    /// Where the sessions of `subject` are that the absolute timeout has ended.
    pub(crate) fn over(&self, policy: &Policy, subject: Tag, now: Time) -> Result<Vec<Locator>> {
        let members = self.members(&Label::Subject(subject))?.into_iter();
        Ok(members.filter(|Member { meta, .. }| is_over(meta, policy, now)).map(|member| member.at).collect())
    }

    /// Frozen ones included: a handle that was shown before an elevation still names the device.
    fn members(&self, label: &Label) -> Result<Vec<Member>> {
        let keys = self.keys();
        let rows = self.store.list(label)?;
        let open = |row: crate::store::Row| {
            let meta = open_row(&keys, &row)?;
            Some(Member { at: row.at, meta })
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }

    /// Ends the session of `user` that `handle` names, with its family and the device that it is on, at once and durably. Whether there was one: a handle of another user
    /// ends nothing.
    ///
    /// # Errors
    /// As [`Engine::roster`].
    pub fn revoke(&self, policy: &Policy, user: &[u8], handle: &Handle) -> Result<bool> {
        check_user(user)?;
        let label = Label::Subject(self.keys().subject_tag(user));
        let Some(member) = self.members(&label)?.into_iter().find(|member| member.meta.handle == *handle) else {
            return Ok(false);
        };
        let family = member.meta.family;
        let whom = Whom::Family { family, at: member.at, up_to_generation: u32::MAX };
        let relatives = self.relatives(member.meta.binding.as_ref(), &family)?;
        let count = self.end(policy, whom, Some(&family))?;
        self.end_devices_of(policy, &relatives)?;
        Ok(count > 0)
    }

    /// Where what came of a log-in is stored: any of it may have been remembered since.
    pub(crate) fn relatives(&self, binding: Option<&Binding>, family: &Family) -> Result<Vec<Locator>> {
        let Some(binding) = binding else {
            return Ok(Vec::new());
        };
        let members = self.members(&Label::Subject(binding.subject))?.into_iter();
        Ok(members.filter(|member| member.meta.family == *family).map(|member| member.at).collect())
    }

    /// Ends the devices that ended sessions were on, with the other sessions there: they would log in again. Looked up only now, because a session may
    /// have been remembered while it was about to end.
    pub(crate) fn end_devices_of(&self, policy: &Policy, ended: &[Locator]) -> Result<()> {
        ended.iter().try_for_each(|at| self.end_device_of(policy, at))
    }

    fn end_device_of(&self, policy: &Policy, at: &Locator) -> Result<()> {
        let Some(Found { row, .. }) = self.store.load(at)? else {
            return Ok(());
        };
        let binding = open_row(&self.keys(), &row).and_then(|meta| meta.binding);
        match (binding, row.ended) {
            (Some(Binding { subject, device: Some(device), .. }), Some(ended)) => {
                self.end_device(policy, subject, &device, ended).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Ends every session of `user`, forgets their devices, and answers how many rows ended.
    ///
    /// # Errors
    /// As [`Engine::roster`].
    pub fn revoke_user(&self, policy: &Policy, user: &[u8]) -> Result<u64> {
        check_user(user)?;
        let subject = self.keys().subject_tag(user);
        self.end(policy, Whom::Subject { subject, except: None }, None)
    }

    /// Ends every session of `user` but the one that `keep` names, and forgets their devices but the one that it is on. A handle that is not one of theirs keeps nothing.
    ///
    /// # Errors
    /// As [`Engine::roster`].
    pub fn revoke_others(&self, policy: &Policy, user: &[u8], keep: &Handle) -> Result<u64> {
        check_user(user)?;
        let subject = self.keys().subject_tag(user);
        let members = self.members(&Label::Subject(subject))?;
        let kept = members.iter().find(|member| member.meta.handle == *keep).map(|member| member.meta.family);
        let device_of = |member: &Member| member.meta.binding.as_ref().and_then(|binding| binding.device);
        let except = kept.map(|family| {
            // The latest record of the family knows the device, and a handle from before an elevation still names the session.
            let family_members = members.iter().filter(|member| member.meta.family == family);
            let device = family_members.max_by_key(|member| member.meta.generation).and_then(device_of);
            Except { family, device }
        });
        self.end(policy, Whom::Subject { subject, except }, None)
    }

    /// Ends every session of everybody and forgets every device. Takes a moment where there are very many.
    ///
    /// # Errors
    /// [`Error::is_store`](crate::Error::is_store).
    pub fn revoke_all(&self, policy: &Policy) -> Result<u64> {
        self.end(policy, Whom::All, None)
    }

    fn end(&self, policy: &Policy, whom: Whom, family: Option<&Family>) -> Result<u64> {
        let now = self.observe().now;
        let ended = Ended { reason: EndReason::Revoked, at: now, cookie_cleared: false };
        let count = self.store.end(&Ending { whom, ended, delete: lifecycle::tombstone_until(now, policy) })?;
        self.emit(Kind::Revoked, family, "", Some(count));
        Ok(count)
    }

    /// A new ID under the tag of `user`, of a session that nobody has stored and that is bound to nobody yet (R17).
    ///
    /// # Errors
    /// As [`Engine::roster`], and [`Error::is_entropy`](crate::Error::is_entropy).
    pub fn mint_for(self: &Arc<Self>, user: &[u8]) -> Result<SessionId> {
        check_user(user)?;
        let keys = self.keys();
        let tag = keys.subject_tag(user);
        let (id, _, _place) = mint_free(self, &keys, &Prefix::default(), tag, Class::Anonymous, self.observe())?;
        Ok(id)
    }
}
