//! The roster: which sessions a user has, and ending them.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use sidereal_core::clock::Time;
use sidereal_core::id::{Handle, Prefix};
use sidereal_core::roster::Info;
use sidereal_core::session::Session;

use crate::bytes;
use crate::engine::{Engine, on};
use crate::guard;
use crate::list;
use crate::request::{Request, ask};
use crate::status::{Failure, Status};
use crate::user::argument;

/// Sessions as they were when the list was made, the one used last first. Freed with sidereal_roster_free(); it is never written, so any number of
/// threads may read it, and forked children may.
pub struct Roster {
    rows: Vec<Row>,
}

/// One session, with its texts as they are shown.
struct Row {
    info: Info,
    handle: String,
    methods: String,
    network: String,
    agent: String,
}

impl Roster {
    fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn of(infos: Vec<Info>) -> *mut Self {
        let rows = infos.into_iter().map(|info| Row {
            handle: info.handle.to_string(),
            methods: info.methods.join(" "),
            network: info.client.network(),
            agent: info.client.agent(),
            info,
        });
        Box::into_raw(Box::new(Self { rows: rows.collect() }))
    }
}

/// A handle as its text says; `None` for a text that can not be one.
fn parse(handle: *const c_char, length: usize, name: &str) -> Result<Option<Handle>, Failure> {
    Ok(Handle::parse(bytes::given(handle.cast(), length, name)?))
}

/// Makes a list of the living sessions of a user: 1 to 255 bytes, as for sidereal_request_login().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_roster(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    roster: Option<&mut MaybeUninit<*mut Roster>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let out = roster.ok_or_else(|| Failure::null("roster"))?;
        out.write(Roster::of(engine.made.engine.roster(&engine.made.policy, user).map_err(argument)?));
        Ok(())
    })
}

/// Makes a list of the living sessions whose IDs were minted with exactly this prefix.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_roster_of_prefix(
    engine: Option<&Engine>,
    prefix: *const c_char,
    prefix_length: usize,
    roster: Option<&mut MaybeUninit<*mut Roster>>,
) -> Status {
    on(engine, |engine| {
        let prefix = self::prefix(prefix, prefix_length)?;
        let out = roster.ok_or_else(|| Failure::null("roster"))?;
        out.write(Roster::of(engine.made.engine.roster_of_prefix(&engine.made.policy, &prefix)?));
        Ok(())
    })
}

/// Makes a list of one: the session that is open, as the roster shows it. Fails with SIDEREAL_STATUS_STATE while nothing is stored.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_info(
    request: Option<&Request>,
    roster: Option<&mut MaybeUninit<*mut Roster>>,
) -> Status {
    ask(request, |inner| {
        let Some(out) = roster else {
            return Status::Null;
        };
        let Some(info) = inner.session.as_ref().and_then(Session::info) else {
            return Status::State;
        };
        out.write(Roster::of(vec![info]));
        Status::Ok
    })
}

/// Frees a list. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_free(roster: Option<Box<Roster>>) {
    guard::quietly(|| drop(roster));
}

/// How many sessions the list has.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_count(roster: Option<&Roster>, count: Option<&mut MaybeUninit<usize>>) -> Status {
    list::count(roster.map(Roster::rows), count)
}

/// Copies the public name of the session at `index`, 26 characters and NUL: good for sidereal_engine_revoke() and for nothing else. An `index` that
/// is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_handle(
    roster: Option<&Roster>,
    index: usize,
    handle: Option<&mut MaybeUninit<[c_char; 27]>>,
) -> Status {
    let Some(handle) = handle else {
        return Status::Null;
    };
    list::row(roster.map(Roster::rows), index, |row| {
        handle.write(bytes::fixed(&row.handle));
    })
}

/// When the session at `index` began, at the latest log-in or proof; when it was last in use, up to the touch interval; and when the user last proved
/// who they are, -1 when they have not. In milliseconds since 1970-01-01 UTC. Each pointer may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_times(
    roster: Option<&Roster>,
    index: usize,
    created_ms: Option<&mut MaybeUninit<i64>>,
    last_seen_ms: Option<&mut MaybeUninit<i64>>,
    authenticated_ms: Option<&mut MaybeUninit<i64>>,
) -> Status {
    list::row(roster.map(Roster::rows), index, |Row { info, .. }| {
        let authenticated = info.authenticated.map_or(-1, Time::as_millis);
        let times = [info.created.as_millis(), info.last_seen.as_millis(), authenticated];
        list::times([created_ms, last_seen_ms, authenticated_ms], times);
    })
}

/// Copies how the user proved who they are, names with spaces between them, to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may
/// be NULL, gets its whole length without the NUL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_methods(
    roster: Option<&Roster>,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    list::copy(roster.map(Roster::rows), index, |row| Cow::Borrowed(&row.methods), buffer, capacity, length)
}

/// Copies the network of the request that brought the latest log-in or proof, such as "192.0.2.0/24", empty when unknown; otherwise as sidereal_roster_methods().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_network(
    roster: Option<&Roster>,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    list::copy(roster.map(Roster::rows), index, |row| Cow::Borrowed(&row.network), buffer, capacity, length)
}

/// Copies its browser and platform, such as "Firefox, Linux", empty when unknown; otherwise as sidereal_roster_methods().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_roster_agent(
    roster: Option<&Roster>,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    list::copy(roster.map(Roster::rows), index, |row| Cow::Borrowed(&row.agent), buffer, capacity, length)
}

/// Ends the session of this user that `handle` names, with everything that descends from it, at once and durably. `found`, which may be NULL, gets
/// whether there was one: 1 or 0. A handle of somebody else's session, or a text that is no handle, ends nothing.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_revoke(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    handle: *const c_char,
    handle_length: usize,
    found: Option<&mut MaybeUninit<u32>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let handle = parse(handle, handle_length, "handle")?;
        sidereal_core::session::check_user(user).map_err(argument)?;
        let ended = match handle {
            Some(handle) => engine.made.engine.revoke(&engine.made.policy, user, &handle).map_err(argument)?,
            None => false,
        };
        if let Some(found) = found {
            found.write(u32::from(ended));
        }
        Ok(())
    })
}

/// Ends every session of this user. `count`, which may be NULL, gets how many stored sessions ended; snapshots from before a log-in count as well.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_revoke_user(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    count: Option<&mut MaybeUninit<u64>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        counted(engine.made.engine.revoke_user(&engine.made.policy, user).map_err(argument)?, count);
        Ok(())
    })
}

/// Ends every session of this user but the one that `keep` names, such as that of the request. A handle of somebody else's session keeps nothing, a
/// text that is no handle is SIDEREAL_STATUS_ARGUMENT. `count` as for sidereal_engine_revoke_user().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_revoke_others(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    keep: *const c_char,
    keep_length: usize,
    count: Option<&mut MaybeUninit<u64>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let keep = parse(keep, keep_length, "keep")?.ok_or_else(|| {
            Failure::argument(
                "expected keep to be a handle of 26 characters, found another text; pass that of sidereal_request_handle()",
            )
        })?;
        counted(engine.made.engine.revoke_others(&engine.made.policy, user, &keep).map_err(argument)?, count);
        Ok(())
    })
}

/// Ends every session of everybody. `count` as for sidereal_engine_revoke_user(). Takes a moment where there are very many.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_revoke_all(engine: Option<&Engine>, count: Option<&mut MaybeUninit<u64>>) -> Status {
    on(engine, |engine| {
        counted(engine.made.engine.revoke_all(&engine.made.policy)?, count);
        Ok(())
    })
}

/// Mints a session ID with this prefix: at most 177 letters, digits, commas and dashes, or empty. `id` gets it with NUL at its end. Nothing is stored:
/// the client has to present it as its cookie, and it is as secret as that.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_mint(
    engine: Option<&Engine>,
    prefix: *const c_char,
    prefix_length: usize,
    id: Option<&mut MaybeUninit<[c_char; 257]>>,
) -> Status {
    on(engine, |engine| {
        let prefix = self::prefix(prefix, prefix_length)?;
        let out = id.ok_or_else(|| Failure::null("id"))?;
        out.write(bytes::fixed(&engine.made.engine.mint(&prefix)?.expose()));
        Ok(())
    })
}

/// Mints a session ID under the tag of a user, of a session that is bound to nobody yet; otherwise as sidereal_engine_mint().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_mint_for(
    engine: Option<&Engine>,
    user: *const c_void,
    user_length: usize,
    id: Option<&mut MaybeUninit<[c_char; 257]>>,
) -> Status {
    on(engine, |engine| {
        let user = bytes::given(user, user_length, "user")?;
        let out = id.ok_or_else(|| Failure::null("id"))?;
        out.write(bytes::fixed(&engine.made.engine.mint_for(user).map_err(argument)?.expose()));
        Ok(())
    })
}

fn prefix(at: *const c_char, length: usize) -> Result<Prefix, Failure> {
    Prefix::new(bytes::given(at.cast(), length, "prefix")?).ok_or_else(|| {
        Failure::argument(
            "expected a prefix of at most 177 letters, digits, commas and dashes, found another text; use a shorter or plainer one",
        )
    })
}

fn counted(ended: u64, count: Option<&mut MaybeUninit<u64>>) {
    if let Some(count) = count {
        count.write(ended);
    }
}
