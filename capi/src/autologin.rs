//! Auto-login: a client that stays logged in by a token of its own, good once, and the list of a user's devices.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use sidereal_core::client::Scheme;
use sidereal_core::cookie::{Candidates, DeviceCookie, autologin_by_http, autologin_is_off};
use sidereal_core::id::Handle;
use sidereal_core::remembering::DeviceInfo;
use sidereal_core::session::{Remembered, Resumed as CoreResumed};

use crate::bytes;
use crate::engine::{Engine, on};
use crate::guard;
use crate::list;
use crate::request::{Inner, Request, ask};
use crate::session::line;
use crate::status::{Failure, Status};
use crate::user::argument;

/// What became of sidereal_request_resume(). The numbers never change their meaning.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Nobody is logged in by it.
    Nobody = 0,
    /// A user is logged in, and the session has a new ID.
    LoggedIn = 1,
    /// A user is logged in for this request only: another request that came with the same token has the session and the cookies. What is committed
    /// is dropped.
    ThisRequest = 2,
}

/// Devices as they were when the list was made, the one used last first. Freed with sidereal_devices_free(); it is never written, so any number of
/// threads may read it, and forked children may.
pub struct Devices {
    rows: Vec<Row>,
}

impl Devices {
    fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// One device, with its name as it is shown.
struct Row {
    info: DeviceInfo,
    handle: String,
}

impl Inner {
    /// The cookie of remembered devices, where auto-login is on and the request may have it.
    fn device_cookie(&self) -> Result<DeviceCookie, Failure> {
        let cookie = self.made.device_cookie.clone().ok_or_else(autologin_is_off)?;
        if self.came.origin(&self.made.policy).scheme == Some(Scheme::Https) {
            Ok(cookie)
        } else {
            Err(autologin_by_http().into())
        }
    }

    /// What the client has under its name. By http anybody could have put it there.
    fn tokens(&self) -> Vec<Vec<u8>> {
        match self.device_cookie() {
            Ok(cookie) => {
                let found = Candidates::find(&self.came.cookies, cookie.name());
                found.values().iter().map(|value| value.to_vec()).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    fn enable(&mut self, user: &[u8]) -> Result<(), Failure> {
        let cookie = self.device_cookie()?;
        self.cookie_can_be_sent()?;
        let tokens = self.tokens();
        let presented: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
        match self.session()?.remember(user, &presented).map_err(argument)? {
            Remembered::Done(grant) => {
                self.past.device_line = Some(line(cookie.set(&grant.token, grant.seconds)));
                Ok(())
            }
            Remembered::NotTheirs => Err(Failure::new(
                Status::NotBound,
                "expected a session that this user has logged in to, found another one; call sidereal_request_login() first",
            )),
            Remembered::NotProved => Err(Failure::new(
                Status::ReauthenticationRequired,
                "expected the user to have proved who they are in this session, found that it was resumed by auto-login, which is no proof and must \
                 not extend itself; ask for the password and call sidereal_request_login()",
            )),
            Remembered::Lost => Err(Failure::new(
                Status::Lost,
                "expected the session to be there still and to be writable, found that it is not; open it anew",
            )),
        }
    }

    fn resume(&mut self) -> Result<(Resumed, Box<[u8]>), Failure> {
        self.session()?;
        let Some(cookie) = self.made.device_cookie.clone() else {
            return Ok((Resumed::Nobody, Box::default()));
        };
        self.cookie_can_be_sent()?;
        let tokens = self.tokens();
        let presented: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
        let resumed = self.session()?.resume(&presented)?;
        self.remember()?;
        match resumed {
            CoreResumed::LoggedIn { user, grant } => {
                self.past.device_line = Some(line(cookie.set(&grant.token, grant.seconds)));
                Ok((Resumed::LoggedIn, user))
            }
            CoreResumed::ThisRequest { user } => {
                self.past.line = None;
                Ok((Resumed::ThisRequest, user))
            }
            CoreResumed::Nobody { clear } => {
                self.past.device_line = clear.then(|| line(cookie.clear()));
                Ok((Resumed::Nobody, Box::default()))
            }
            CoreResumed::Lost => Err(Failure::new(
                Status::Lost,
                "expected the user to be remembered still, found that they have been signed out meanwhile; ask for the log-in",
            )),
        }
    }

    fn disable(&mut self) -> Result<bool, Failure> {
        let tokens = self.tokens();
        let presented: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
        let mut found = self.made.engine.forget_presented(&presented)?;
        if let Some(session) = &mut self.session {
            found |= session.forget()?;
        }
        self.clear_device();
        Ok(found)
    }

    /// The client is told to drop its token, where it can be.
    pub(crate) fn clear_device(&mut self) {
        let cookie = self.made.device_cookie.as_ref().filter(|_| self.came.can_set_cookie);
        self.past.device_line = cookie.map(|cookie| line(cookie.clear()));
    }
}

/// Turns on auto-login for the client, whose session `user` has logged in to by sidereal_request_login(); then send
/// sidereal_request_set_autologin_cookie() with the response. It is for clients whose user asks for it, and takes https and
/// SIDEREAL_SETTING_AUTOLOGIN_PATH. Fails with SIDEREAL_STATUS_CONFIG without these, with SIDEREAL_STATUS_NOT_BOUND when the session is not this
/// user's, and with SIDEREAL_STATUS_REAUTHENTICATION_REQUIRED when it was resumed: a token must not extend itself.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_enable_autologin(
    request: Option<&mut Request>,
    user: *const c_void,
    user_length: usize,
) -> Status {
    guard::on(request, |request| {
        let user = bytes::given(user, user_length, "user")?;
        request.inner.enable(user)
    })
}

/// Logs in by the client's token, unless the session has a user: call it below SIDEREAL_SETTING_AUTOLOGIN_PATH when somebody comes who is not logged
/// in. `resumed` gets a constant of sidereal_resumed. `user`, with room for 256 bytes, gets the ID that sidereal_request_enable_autologin() was given
/// and NUL; `user_length`, which may be NULL, its length, 0 for nobody. Nothing that a client sends makes this fail: what is no token of ours is
/// ignored. A token that somebody else has used ends the device and its sessions.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_resume(
    request: Option<&mut Request>,
    resumed: Option<&mut MaybeUninit<Resumed>>,
    user: Option<&mut MaybeUninit<[c_char; 256]>>,
    user_length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    guard::on(request, |request| {
        let resumed = resumed.ok_or_else(|| Failure::null("resumed"))?;
        let user = user.ok_or_else(|| Failure::null("user"))?;
        let (found, name) = request.inner.resume()?;
        resumed.write(found);
        user.write(bytes::fixed_bytes(&name));
        if let Some(length) = user_length {
            length.write(name.len());
        }
        Ok(())
    })
}

/// Turns auto-login off for the client, with or without an open session: its tokens log nobody in any more. `found`, which may be NULL, gets whether it
/// was on: 1 or 0. The session goes on; sidereal_request_logout() does this as well.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_disable_autologin(
    request: Option<&mut Request>,
    found: Option<&mut MaybeUninit<u32>>,
) -> Status {
    guard::on(request, |request| {
        let was_on = request.inner.disable()?;
        if let Some(found) = found {
            found.write(u32::from(was_on));
        }
        Ok(())
    })
}

/// Lends the value of one more `Set-Cookie` header, that of auto-login; otherwise as sidereal_request_set_cookie().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_autologin_cookie(
    request: Option<&Request>,
    line: Option<&mut MaybeUninit<*const c_char>>,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    ask(request, |inner| {
        let (Some(line), Some(length)) = (line, length) else {
            return Status::Null;
        };
        let found = inner.past.device_line.as_deref().filter(|_| inner.came.can_set_cookie).unwrap_or(c"");
        line.write(found.as_ptr());
        length.write(found.count_bytes());
        Status::Ok
    })
}

/// Makes a list of the devices that a user is remembered on: 1 to 255 bytes, as for sidereal_request_login().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_devices(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    devices: Option<&mut MaybeUninit<*mut Devices>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let out = devices.ok_or_else(|| Failure::null("devices"))?;
        let infos = engine.made.engine.devices(&engine.made.policy, user).map_err(argument)?;
        let rows = infos.into_iter().map(|info| Row { handle: info.handle.to_string(), info }).collect();
        out.write(Box::into_raw(Box::new(Devices { rows })));
        Ok(())
    })
}

/// Forgets the device of this user that `handle` names, or all of them where `handle` is empty: after a changed password, say, when
/// sidereal_engine_revoke_user() would end too much. Sessions go on. `count`, which may be NULL, gets how many there were. A handle of somebody else's
/// device, or a text that is no handle, forgets nothing.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_forget_devices(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    handle: *const c_char,
    handle_length: usize,
    count: Option<&mut MaybeUninit<u64>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let handle = bytes::given(handle.cast(), handle_length, "handle")?;
        sidereal_core::session::check_user(user).map_err(argument)?;
        let forgotten = match (handle.is_empty(), Handle::parse(handle)) {
            (true, _) => engine.made.engine.forget_devices(user)?,
            (false, Some(handle)) => u64::from(engine.made.engine.forget_device(user, &handle)?),
            (false, None) => 0,
        };
        if let Some(count) = count {
            count.write(forgotten);
        }
        Ok(())
    })
}

/// Frees a list. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_free(devices: Option<Box<Devices>>) {
    guard::quietly(|| drop(devices));
}

/// How many devices the list has.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_count(devices: Option<&Devices>, count: Option<&mut MaybeUninit<usize>>) -> Status {
    list::count(devices.map(Devices::rows), count)
}

/// Copies the public name of the device at `index`, 26 characters and NUL: good for sidereal_engine_forget_devices() and for nothing else. An `index`
/// that is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_handle(
    devices: Option<&Devices>,
    index: usize,
    handle: Option<&mut MaybeUninit<[c_char; 27]>>,
) -> Status {
    let Some(handle) = handle else {
        return Status::Null;
    };
    list::row(devices.map(Devices::rows), index, |row| {
        handle.write(bytes::fixed(&row.handle));
    })
}

/// When auto-login was turned on for the device at `index`, when it logged in last, and when it is over whatever happens. In milliseconds since
/// 1970-01-01 UTC. Each pointer may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_times(
    devices: Option<&Devices>,
    index: usize,
    created_ms: Option<&mut MaybeUninit<i64>>,
    last_used_ms: Option<&mut MaybeUninit<i64>>,
    ends_ms: Option<&mut MaybeUninit<i64>>,
) -> Status {
    list::row(devices.map(Devices::rows), index, |Row { info, .. }| {
        let times = [info.created.as_millis(), info.last_used.as_millis(), info.ends.as_millis()];
        list::times([created_ms, last_used_ms, ends_ms], times);
    })
}

/// Copies the network that the device was in when it logged in last, such as "192.0.2.0/24", empty when unknown; otherwise as
/// sidereal_roster_methods().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_network(
    devices: Option<&Devices>,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    list::copy(devices.map(Devices::rows), index, |row| Cow::Owned(row.info.client.network()), buffer, capacity, length)
}

/// Copies its browser and platform, such as "Firefox, Linux", empty when unknown; otherwise as sidereal_roster_methods().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_devices_agent(
    devices: Option<&Devices>,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    list::copy(devices.map(Devices::rows), index, |row| Cow::Owned(row.info.client.agent()), buffer, capacity, length)
}
