//! Auto-login: a session that remembers the device it is on, is logged in by it, and forgets it (R54-R62).

use super::{Session, State};
use crate::autologin::{self, METHOD, Moment, Verdict};
use crate::clock::Observed;
use crate::device::Device;
use crate::entropy;
use crate::error::Result;
use crate::event::Kind;
use crate::id::Handle;
use crate::policy::OnObsolete;
use crate::record::{Binding, EndReason, Ended};
use crate::seal;
use crate::signals;
use crate::store::evidence::{Alarm, Fate};
use crate::store::{Ending, Found, NewDevice, Whom, Written};
use crate::token::Token;

/// What the device's cookie has to be from now on.
#[derive(Debug)]
pub struct Grant {
    /// Its value.
    pub token: Token,
    /// How long it is good for, in seconds: until the absolute limit, which never moves.
    pub seconds: u64,
}

/// What became of [`Session::remember`].
#[derive(Debug)]
#[must_use]
pub enum Remembered {
    /// The device is remembered.
    Done(Grant),
    /// The session is not this user's.
    NotTheirs,
    /// A token has logged the session in, which is no proof of who it is and would never reach the limit; or the client seems to be another one and
    /// has to give a new proof first.
    NotProved,
    /// The session cannot be written, or has ended meanwhile.
    Lost,
}

/// What became of [`Session::resume`].
#[must_use]
pub enum Resumed {
    /// The user is logged in: a new session ID, and the token's successor.
    LoggedIn {
        /// As the device has it.
        user: Box<[u8]>,
        /// The successor.
        grant: Grant,
    },
    /// The user is logged in for this request only. Nothing is stored and no cookie may be sent, not the session's either: another request that
    /// came with the same token sends them.
    ThisRequest {
        /// As the device has it.
        user: Box<[u8]>,
    },
    /// Nobody is logged in by this: there is no token, or it is worth nothing, or the session has a user already.
    Nobody {
        /// Whether the client is to drop its cookie.
        clear: bool,
    },
    /// The user was logged in, and has been signed out everywhere meanwhile.
    Lost,
}

const NOBODY: Resumed = Resumed::Nobody { clear: false };
const DROP_IT: Resumed = Resumed::Nobody { clear: true };
/// Attempts to use a token before others do. The second one finds that it has been used.
const ATTEMPTS: usize = 4;

/// Who the user is, and the token, are not for anybody who prints this (R53).
impl std::fmt::Debug for Resumed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LoggedIn { .. } => "LoggedIn(..)",
            Self::ThisRequest { .. } => "ThisRequest(..)",
            Self::Nobody { clear: true } => "Nobody, drop the token",
            Self::Nobody { clear: false } => "Nobody",
            Self::Lost => "Lost",
        })
    }
}

impl Session {
    /// Whether the session is logged in for this request only: nothing of it is kept, and no cookie may be sent.
    pub fn is_guest(&self) -> bool {
        self.guest.is_some() && self.elevation.is_none() && matches!(self.state, State::Ghost)
    }

    /// Whether the client of this session is remembered.
    pub fn is_remembered(&self) -> bool {
        self.device().is_some()
    }

    /// Turns on auto-login for the device that this session is on. It takes a session that `user` has logged in to by a proof. The device that the
    /// session is on already, or that the client has a token of in `presented`, is forgotten.
    ///
    /// # Errors
    /// [`Error::is_config`] for a user ID that cannot be one; [`Error::is_entropy`], [`Error::is_store`]: the device is not remembered.
    pub fn remember(&mut self, user: &[u8], presented: &[&[u8]]) -> Result<Remembered> {
        super::check_user(user)?;
        self.settle()?;
        let (Some(binding), true) = (self.binding().cloned(), self.is_of(user)) else {
            return Ok(Remembered::NotTheirs);
        };
        if binding.authenticated.is_none() || self.must_reauthenticate() {
            return Ok(Remembered::NotProved);
        }
        if !self.is_writable() {
            return Ok(Remembered::Lost);
        }
        // The client is about to lose what it has of other devices: nobody must find it.
        let replaced = self.engine.genuine(presented).into_iter().map(|token| token.device()).chain(binding.device);
        for device in replaced {
            self.engine.forget(&device)?;
        }
        let now = self.engine.observe().now;
        let name = Handle(entropy::array(&*self.engine.entropy)?);
        let token = self.keys.mint_token(&name, &*self.engine.entropy)?;
        // The session names the device before there is one: what ends the session finds it (see below).
        if !self.name_device(Some(name))? {
            return Ok(Remembered::Lost);
        }
        let device = Device {
            name,
            user: user.into(),
            created: now,
            ends: now.after(self.policy.autologin),
            last_used: now,
            client: self.client,
            used: Vec::new(),
            pending: vec![token.digest()],
        };
        let sealed = seal::seal_device(&self.keys, &*self.engine.entropy, &device)?;
        let new = NewDevice { name, subject: binding.subject, sealed: &sealed, delete: device.ends };
        // Whoever ended the session, or took its user, before the device was there has not ended the device.
        if !self.engine.store.create_device(&new)? || self.has_lost_its_user()? {
            self.engine.forget(&name)?;
            return Ok(Remembered::Lost);
        }
        self.engine.emit_of_device(Kind::TokenCreated, &name, "", None);
        Ok(Remembered::Done(Grant { token, seconds: self.policy.autologin.as_secs() }))
    }

    /// Logs in by what the client has under the name of the auto-login cookie, unless the session has a user. Takes any bytes: what is no genuine
    /// token is ignored and accuses nobody.
    ///
    /// # Errors
    /// [`Error::is_entropy`], [`Error::is_store`], [`Error::is_crowded`]: nobody is logged in, and the client's token is as good as before.
    pub fn resume(&mut self, presented: &[&[u8]]) -> Result<Resumed> {
        if self.is_bound() {
            return Ok(NOBODY);
        }
        let Some(token) = self.engine.one_genuine(presented) else {
            return Ok(NOBODY);
        };
        for _ in 0..ATTEMPTS {
            if let Some(resumed) = self.use_token(&token)? {
                return Ok(resumed);
            }
        }
        Ok(NOBODY)
    }

    /// Forgets the device that this session is on: its tokens log nobody in any more (R62). Whether it was remembered.
    ///
    /// # Errors
    /// [`Error::is_store`]: the device is still remembered.
    pub fn forget(&mut self) -> Result<bool> {
        match self.device() {
            Some(device) => self.engine.forget(&device),
            None => Ok(false),
        }
    }

    /// The remembered device that the session is on, by its public name.
    pub fn device(&self) -> Option<Handle> {
        let binding = match (&self.elevation, &self.state) {
            (Some(elevation), _) => elevation.binding.as_ref(),
            // A log-out ends what came of a log-in from any of its IDs.
            (None, State::Live(live) | State::Snapshot(live)) => live.meta.binding.as_ref(),
            (None, _) => self.guest.as_ref(),
        };
        binding.and_then(|binding| binding.device)
    }

    /// `None`: another request has used a token of the device meanwhile.
    fn use_token(&mut self, token: &Token) -> Result<Option<Resumed>> {
        let name = token.device();
        let Some(row) = self.engine.store.load_device(&name)? else {
            self.engine.emit_of_device(Kind::LoginFailed, &name, "unknown token", None);
            return Ok(Some(DROP_IT));
        };
        let keys = self.engine.keys_for(&row.sealed);
        let Some(device) = seal::open_device(&keys, &name, &row.sealed) else {
            self.engine.emit_of_device(Kind::SealBroken, &name, "device", None);
            return Ok(Some(NOBODY));
        };
        let Observed { now, steady, .. } = self.engine.observe();
        let stranger = signals::is_stranger(&device.client, &self.client, &self.policy);
        match autologin::judge(&device, &token.digest(), &self.policy, Moment { now, steady, stranger }) {
            Verdict::LogIn => {
                let successor = keys.mint_token(&name, &*self.engine.entropy)?;
                let mut renewed = device;
                autologin::renew(&mut renewed, token.digest(), successor.digest(), now, self.client);
                let sealed = seal::seal_device(&keys, &*self.engine.entropy, &renewed)?;
                let Written::Done(_) = self.engine.store.save_device(&name, row.version, &sealed)? else {
                    return Ok(None);
                };
                let seconds = autologin::limit(&renewed, &self.policy).since(now).as_secs();
                let logged_in = self.log_in_by(renewed, Grant { token: successor, seconds });
                if logged_in.is_err() {
                    // Nobody is logged in, so the token is as good as before; unless the store is down for this as well, or somebody was faster.
                    let _ = self.engine.store.save_device(&name, row.version + 1, &row.sealed);
                }
                logged_in.map(Some)
            }
            Verdict::ThisRequest => {
                self.engine.emit_of_device(Kind::LoggedIn, &name, "auto-login, this request", None);
                Ok(Some(self.be_guest(device)))
            }
            // The sweeper, which distrusts clocks, removes the row.
            Verdict::Expired => {
                self.engine.emit_of_device(Kind::LoginFailed, &name, "expired token", None);
                Ok(Some(Resumed::Nobody { clear: steady }))
            }
            Verdict::Reused => {
                self.engine.emit_of_device(Kind::TokenReused, &name, "", None);
                self.end_stolen(&device)?;
                Ok(Some(DROP_IT))
            }
            Verdict::Doubtful => {
                self.engine.emit_of_device(Kind::LoginFailed, &name, "used token, doubtful clock", None);
                Ok(Some(NOBODY))
            }
        }
    }

    fn log_in_by(&mut self, device: Device, grant: Grant) -> Result<Resumed> {
        let name = device.name;
        self.bind(self.binding_of(&device))?;
        if let Err(error) = self.settle() {
            self.withdraw();
            return Err(error);
        }
        // Whoever forgot the device before its session was there has not ended the session.
        if !self.may_send_cookie || self.engine.store.load_device(&name)?.is_none() {
            self.logout(false)?;
            return Ok(Resumed::Lost);
        }
        self.engine.emit_of_device(Kind::LoggedIn, &name, "auto-login", None);
        Ok(Resumed::LoggedIn { user: device.user, grant })
    }

    /// Another request has the session and the cookies. This one keeps nothing and sends nothing.
    fn be_guest(&mut self, device: Device) -> Resumed {
        self.guest = Some(self.binding_of(&device));
        self.state = State::Ghost;
        self.elevation = None;
        self.lease = None;
        self.may_send_cookie = false;
        Resumed::ThisRequest { user: device.user }
    }

    /// A token is no proof of who the user is (R100, C14).
    fn binding_of(&self, device: &Device) -> Binding {
        Binding {
            subject: self.keys.subject_tag(&device.user),
            authenticated: None,
            methods: vec![METHOD.into()],
            scopes: Vec::new(),
            device: Some(device.name),
        }
    }

    /// Two parties have the device's tokens: it ends, with every session that it has been logged in to, or with what the policy takes from the user
    /// wherever theft is likely.
    fn end_stolen(&self, device: &Device) -> Result<()> {
        let subject = self.keys.subject_tag(&device.user);
        let at = self.engine.observe().now;
        let ended = Ended { reason: EndReason::Obsolete, at, cookie_cleared: false };
        let fate = match self.policy.on_obsolete {
            OnObsolete::Deny | OnObsolete::RevokeFamily => {
                return self.engine.end_device(&self.policy, subject, &device.name, ended).map(drop);
            }
            OnObsolete::RevokeUser => Fate::End,
            OnObsolete::Unauthenticate => Fate::Unbind,
        };
        let delete = crate::lifecycle::tombstone_until(at, &self.policy);
        let ending = Ending { whom: Whom::Subject { subject, except: None }, ended, delete };
        self.engine.store.raise(&Alarm { ending, fate, evidence: None }).map(drop)
    }

    /// Writes down which device the session is on. Whether it is written.
    fn name_device(&mut self, device: Option<Handle>) -> Result<bool> {
        self.amend(|meta| meta.binding.as_mut().map(|binding| binding.device = device).is_some())
    }

    /// Whether the log-in has been taken away meanwhile, with the session or without.
    fn has_lost_its_user(&self) -> Result<bool> {
        let State::Live(live) = &self.state else {
            return Ok(true);
        };
        let found = self.engine.store.load(&live.at)?;
        Ok(found.is_none_or(|Found { row, .. }| row.ended.is_some() || row.unbound.is_some()))
    }
}
