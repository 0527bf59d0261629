//! Remembered devices of a user: the list, and their end (R62, A15).

use std::sync::Arc;

use crate::autologin;
use crate::client::Client;
use crate::clock::Time;
use crate::cookie::MAX_CANDIDATES;
use crate::device::Device;
use crate::engine::Engine;
use crate::error::Result;
use crate::event::Kind;
use crate::id::{Family, Handle, Tag};
use crate::keys::Keyring;
use crate::lifecycle;
use crate::opening::open_row;
use crate::policy::Policy;
use crate::record::Ended;
use crate::seal;
use crate::session::check_user;
use crate::store::{DeviceRow, Ending, Label, Whom, Whose};
use crate::token::Token;

/// One remembered device, as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its public name, good for [`Engine::forget_device`] and for nothing else.
    pub handle: Handle,
    /// When auto-login was turned on.
    pub created: Time,
    /// When it logged in last; when auto-login was turned on, until it has.
    pub last_used: Time,
    /// When it is over, whatever happens.
    pub ends: Time,
    /// What the client looked like when it logged in last.
    pub client: Client,
}

impl Engine {
    /// The devices that `user` is remembered on, the one used last first.
    ///
    /// # Errors
    /// [`Error::is_config`](crate::Error::is_config) for a user ID that cannot be one; [`Error::is_store`](crate::Error::is_store).
    pub fn devices(&self, policy: &Policy, user: &[u8]) -> Result<Vec<DeviceInfo>> {
        check_user(user)?;
        let now = self.observe().now;
        let devices = self.devices_of(&self.keys().subject_tag(user))?.into_iter();
        let living = devices.map(|device| (autologin::limit(&device, policy), device)).filter(|(ends, _)| *ends > now);
        let mut infos: Vec<DeviceInfo> = living
            .map(|(ends, Device { name, created, last_used, client, .. })| DeviceInfo {
                handle: name,
                created,
                last_used,
                ends,
                client,
            })
            .collect();
        infos.sort_by(|one, other| other.last_used.cmp(&one.last_used).then_with(|| one.handle.cmp(&other.handle)));
        Ok(infos)
    }

    /// Forgets the device of `user` that `handle` names: its tokens log nobody in any more. Sessions go on. Whether there was one: a handle of another
    /// user's device forgets nothing.
    ///
    /// # Errors
    /// As [`Engine::devices`].
    pub fn forget_device(&self, user: &[u8], handle: &Handle) -> Result<bool> {
        check_user(user)?;
        let theirs = self.store.list_devices(&self.keys().subject_tag(user))?;
        if theirs.iter().any(|row| row.name == *handle) { self.forget(handle) } else { Ok(false) }
    }

    /// Forgets every device of `user` and answers how many there were. Sessions go on; [`Engine::revoke_user`] ends both.
    ///
    /// # Errors
    /// As [`Engine::devices`].
    pub fn forget_devices(&self, user: &[u8]) -> Result<u64> {
        check_user(user)?;
        let count = self.store.end_devices(&Whose::Subject(self.keys().subject_tag(user)))?;
        self.emit(Kind::TokenRevoked, None, "", Some(count));
        Ok(count)
    }

    /// Forgets the devices that a client presents genuine tokens of, used or not: who gives a token back wants to be forgotten. Whether there was one.
    ///
    /// # Errors
    /// [`Error::is_store`](crate::Error::is_store).
    pub fn forget_presented(&self, presented: &[&[u8]]) -> Result<bool> {
        let mut found = false;
        for token in self.genuine(presented) {
            found |= self.forget(&token.device())?;
        }
        Ok(found)
    }

    pub(crate) fn forget(&self, device: &Handle) -> Result<bool> {
        let found = self.store.end_devices(&Whose::One(*device))? > 0;
        if found {
            self.emit_of_device(Kind::TokenRevoked, device, "", Some(1));
        }
        Ok(found)
    }

    /// Ends a device of `subject`, and every session that is on it. The device goes first: a session that comes of it meanwhile finds it gone.
    pub(crate) fn end_device(&self, policy: &Policy, subject: Tag, device: &Handle, ended: Ended) -> Result<u64> {
        let mut count = self.store.end_devices(&Whose::One(*device))?;
        let delete = lifecycle::tombstone_until(ended.at, policy);
        let keys = self.keys();
        for row in self.store.list(&Label::Subject(subject))? {
            let meta = open_row(&keys, &row);
            let Some(meta) = meta.filter(|meta| meta.binding.as_ref().and_then(|it| it.device) == Some(*device)) else {
                continue;
            };
            let whom = Whom::Family { family: meta.family, at: row.at, up_to_generation: u32::MAX };
            count += self.store.end(&Ending { whom, ended, delete })?;
        }
        Ok(count)
    }

    fn devices_of(&self, subject: &Tag) -> Result<Vec<Device>> {
        let open = |row: DeviceRow| seal::open_device(&self.keys_for(&row.sealed), &row.name, &row.sealed);
        Ok(self.store.list_devices(subject)?.into_iter().filter_map(open).collect())
    }

    /// The one genuine token among what a client presents under the cookie's name. Garbage is looked past: it must not keep anybody from being logged
    /// in. Of several genuine ones somebody has planted one, so none counts (A6).
    pub(crate) fn one_genuine(&self, presented: &[&[u8]]) -> Option<Token> {
        let mut tokens = self.genuine(presented);
        match (tokens.pop(), tokens.is_empty()) {
            (Some(token), true) => return Some(token),
            (Some(_), false) => self.emit(Kind::CookieConflict, None, "auto-login", None),
            (None, _) if presented.iter().any(|text| !text.is_empty()) => {
                self.emit(Kind::LoginFailed, None, "forged token", None);
            }
            (None, _) => {}
        }
        None
    }

    /// The different genuine tokens in `presented`.
    pub(crate) fn genuine(&self, presented: &[&[u8]]) -> Vec<Token> {
        let tokens = presented.iter().take(MAX_CANDIDATES).filter_map(|text| Token::parse(text));
        let mut found: Vec<Token> = Vec::new();
        for token in tokens.filter(|token| self.is_genuine(token)) {
            if !found.contains(&token) {
                found.push(token);
            }
        }
        found
    }

    /// As for IDs: an unknown key number has the keyring read once more.
    fn is_genuine(&self, token: &Token) -> bool {
        if token.key().is_some_and(|number| !self.keys().knows(number)) {
            self.reload_keys();
        }
        self.keys().genuine_token(token)
    }

    /// The keyring, read once more if `sealed` names a key that is not there.
    pub(crate) fn keys_for(&self, sealed: &[u8]) -> Arc<Keyring> {
        if seal::key_of(sealed).is_some_and(|number| !self.keys().knows(number)) {
            self.reload_keys();
        }
        self.keys()
    }

    /// A log tells the events of one device from those of another by the hash of its name.
    pub(crate) fn emit_of_device(&self, kind: Kind, device: &Handle, reason: &'static str, count: Option<u64>) {
        self.emit(kind, Some(&Family(device.0)), reason, count);
    }
}
