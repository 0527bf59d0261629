//! What an application asks of a request about remembered devices: auto-login.

use sidereal_core::client::Scheme;
use sidereal_core::cookie::{Candidates, DeviceCookie, autologin_by_http, autologin_is_off};
use sidereal_core::error::Error;
use sidereal_core::id::Handle;
use sidereal_core::remembering::DeviceInfo;
use sidereal_core::session::{Remembered, Resumed};

use super::user::{checked, no_session};
use super::{Open, Request};
use crate::border::{Code, Facts, act};
use crate::guard::{Answer, Message};
use crate::process::Configured;

/// What [`Request::resume`] answers as a count.
const LOGGED_IN: u64 = 1;
const THIS_REQUEST: u64 = 2;

impl Request {
    /// Turns on auto-login for the client. The line is the payload.
    pub fn remember(&mut self, facts: &Facts<'_>, cookies: &[u8], user: &[u8]) -> Answer {
        let configured = match self.configured(facts) {
            Ok(configured) => configured,
            Err(error) => return broken(&error),
        };
        let Some(cookie) = &configured.device_cookie else {
            return broken(&autologin_is_off());
        };
        if !came_by_https(facts, &configured) {
            return broken(&autologin_by_http());
        }
        let mut line = String::new();
        let found = tokens(facts, &configured, cookie, cookies);
        let answer = self.ask_session(|session| {
            checked(session.remember(user, found.values()), |remembered| match remembered {
                Remembered::Done(grant) => {
                    line = cookie.set(&grant.token, grant.seconds);
                    Answer::yes().also(act::SET_LINE)
                }
                Remembered::NotTheirs => refused(
                    Code::NotBound,
                    "expected a session that this user has logged in to, found another one; call Sidereal\\Session::login() first",
                ),
                Remembered::NotProved => refused(
                    Code::NotFresh,
                    "expected the user to have proved who they are in this session, found that it was resumed by auto-login, which is \
                     no proof and must not extend itself; ask for the password and call Sidereal\\Session::login()",
                ),
                Remembered::Lost => refused(
                    Code::Lost,
                    "expected the session to be there still and to be writable, found that it is not; start it anew",
                ),
            })
        });
        self.lent.0 = line;
        if answer.is_yes() { answer.payload(self.lent.0.as_bytes()) } else { answer }
    }

    /// Logs in by auto-login. Counts how: not at all, with a new session ID, or for this request only. The user is the ID, the line the payload.
    pub fn resume(&mut self, facts: &Facts<'_>, cookies: &[u8]) -> Answer {
        let Some(Open::Session(opened)) = &mut self.open else {
            return no_session();
        };
        let configured = Configured::clone(opened.configured());
        let Some(cookie) = &configured.device_cookie else {
            return Answer::yes();
        };
        let found = tokens(facts, &configured, cookie, cookies);
        let resumed = match opened.resume(found.values(), &mut self.past) {
            Ok(resumed) => resumed,
            Err(error) => return broken(&error),
        };
        let (count, user, line, drop) = match resumed {
            Resumed::LoggedIn { user, grant } => (LOGGED_IN, user, cookie.set(&grant.token, grant.seconds), 0),
            Resumed::ThisRequest { user } => (THIS_REQUEST, user, String::new(), act::DROP_COOKIE),
            Resumed::Nobody { clear } => (0, Box::default(), if clear { cookie.clear() } else { String::new() }, 0),
            Resumed::Lost => {
                return refused(
                    Code::Lost,
                    "expected the user to be remembered still, found that they have been signed out meanwhile; ask for the log-in",
                );
            }
        };
        self.lent = (line, user.into());
        let set = if self.lent.0.is_empty() { 0 } else { act::SET_LINE };
        Answer::yes().count(count).also(drop | set).bytes(&self.lent.1).payload(self.lent.0.as_bytes())
    }

    /// Turns auto-login off for the client, with or without a session. Counts whether it was on; the line is the payload.
    pub fn forget(&mut self, facts: &Facts<'_>, cookies: &[u8]) -> Answer {
        let configured = match self.configured(facts) {
            Ok(configured) => configured,
            Err(error) => return broken(&error),
        };
        let Some(cookie) = &configured.device_cookie else {
            return Answer::yes();
        };
        let mut forgotten =
            match configured.engine.forget_presented(tokens(facts, &configured, cookie, cookies).values()) {
                Ok(found) => found,
                Err(error) => return broken(&error),
            };
        if let Some(Open::Session(opened)) = &mut self.open
            && let Some(session) = opened.session()
        {
            match session.forget() {
                Ok(found) => forgotten |= found,
                Err(error) => return broken(&error),
            }
        }
        self.lent.0 = cookie.clear();
        Answer::yes().count(u64::from(forgotten)).also(act::SET_LINE).payload(self.lent.0.as_bytes())
    }

    /// The devices that the user is remembered on.
    pub fn devices(
        &mut self,
        facts: &Facts<'_>,
        user: &[u8],
        lend: impl FnOnce(Vec<DeviceInfo>, Option<Handle>),
    ) -> Answer {
        let current = match &mut self.open {
            Some(Open::Session(opened)) => opened.session().and_then(|session| session.device()),
            _ => None,
        };
        self.ask_engine(facts, |Configured { engine, policy, .. }, _| {
            checked(engine.devices(policy, user), |infos| {
                lend(infos, current);
                Answer::yes()
            })
        })
    }

    /// Forgets one of the user's devices, or all. Sessions go on.
    pub fn forget_devices(&mut self, facts: &Facts<'_>, user: &[u8], handle: Option<&[u8]>) -> Answer {
        let device = match handle.map(|handle| Handle::parse(handle).ok_or(())).transpose() {
            Ok(device) => device,
            Err(()) => {
                return refused(
                    Code::Argument,
                    "expected the handle of a device as Device has it, 26 characters of a-z and 2-7, found something else; take it from \
                     AutoLogin::list()",
                );
            }
        };
        self.ask_engine(facts, |Configured { engine, .. }, _| {
            let forgotten = match device {
                Some(device) => engine.forget_device(user, &device).map(u64::from),
                None => engine.forget_devices(user),
            };
            checked(forgotten, |count| Answer::yes().count(count))
        })
    }

    /// Whether the client's cookies are another request's.
    pub fn is_guest(&self) -> bool {
        matches!(&self.open, Some(Open::Session(opened)) if opened.is_guest())
    }
}

/// Whether the client sent the request by https, as far as trusted proxies say so.
fn came_by_https(facts: &Facts<'_>, configured: &Configured) -> bool {
    configured.policy.trusted_proxies.origin(&facts.arrival()).scheme == Some(Scheme::Https)
}

/// What the client has under the cookie's name. By http anybody could have put it there.
fn tokens<'a>(facts: &Facts<'_>, configured: &Configured, cookie: &DeviceCookie, cookies: &'a [u8]) -> Candidates<'a> {
    Candidates::find(if came_by_https(facts, configured) { cookies } else { b"" }, cookie.name())
}

fn broken(error: &Error) -> Answer {
    Answer::refuse(Message::broken(error))
}

fn refused(code: Code, text: &'static str) -> Answer {
    Answer::refuse(Message::failure(code, text))
}
