//! The settings `sidereal.*`: their table, what each may be, and the policy they make together.
//!
//! None can be changed by `ini_set()`: what guards an application is not for the application to weaken.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ext_php_rs::ffi::zend_ini_entry_def;
use ext_php_rs::flags::IniEntryPermission;
use ext_php_rs::zend::{IniEntryDef, IniEntryDefs};
use sidereal_core::cookie::DeviceCookie;
use sidereal_core::csrf;
use sidereal_core::error::{Error, Result};
use sidereal_core::event::Sink;
use sidereal_core::migrate::Source;
use sidereal_core::policy::{
    CapReached, ClientChange, LockFailure, OnObsolete, Policy, Profile, Regenerate, printable,
};
use sidereal_core::proxy::Proxies;
use sidereal_core::store::place::Place;

use crate::border;

const COUNT: usize = if cfg!(feature = "test-clock") { 35 } else { 34 };

/// The table that PHP gets. The last entry marks its end.
pub static TABLE: IniEntryDefs<COUNT> = IniEntryDefs::new(entries());

const fn entries() -> [IniEntryDef; COUNT] {
    let mut all = [const { IniEntryDef::end() }; COUNT];
    all[0] = masked(entry(c"sidereal.store", c""));
    all[1] = entry(c"sidereal.keyring", c"");
    all[2] = entry(c"sidereal.application", c"");
    all[3] = entry(c"sidereal.profile", c"standard");
    all[4] = entry(c"sidereal.idle_timeout", c"");
    all[5] = entry(c"sidereal.absolute_timeout", c"");
    all[6] = entry(c"sidereal.rotate_interval", c"");
    all[7] = entry(c"sidereal.grace", c"");
    all[8] = entry(c"sidereal.alarm_after", c"");
    all[9] = entry(c"sidereal.regenerate", c"elevate");
    all[10] = entry(c"sidereal.lock_wait_ms", c"10000");
    all[11] = entry(c"sidereal.lock_max_waiters", c"32");
    all[12] = entry(c"sidereal.lock_failure", c"fail");
    all[13] = entry(c"sidereal.touch_interval", c"");
    all[14] = entry(c"sidereal.max_payload", c"1048576");
    all[15] = entry(c"sidereal.anonymous_max", c"1000000");
    all[16] = entry(c"sidereal.sessions_per_user", c"");
    all[17] = entry(c"sidereal.sessions_full", c"evict");
    all[18] = entry(c"sidereal.on_obsolete", c"");
    all[19] = entry(c"sidereal.log", c"stderr");
    all[20] = entry(c"sidereal.evidence_retention", c"");
    all[21] = entry(c"sidereal.auth_keys", c"");
    all[22] = entry(c"sidereal.client_change", c"");
    all[23] = entry(c"sidereal.trusted_proxies", c"");
    all[24] = entry(c"sidereal.csrf_origins", c"");
    all[25] = entry(c"sidereal.csrf_require_origin", c"");
    all[26] = entry(c"sidereal.csrf_rewrite", c"0");
    all[27] = entry(c"sidereal.user_key", c"");
    all[28] = entry(c"sidereal.autologin_cookie", c"__Secure-autologin");
    all[29] = entry(c"sidereal.autologin_path", c"");
    all[30] = entry(c"sidereal.autologin_lifetime", c"");
    all[31] = entry(c"sidereal.store_password_file", c"");
    all[32] = entry(c"sidereal.migrate_from", c"");
    all[32].displayer = Some(border::sidereal_display_source);
    #[cfg(feature = "test-clock")]
    {
        all[33] = entry(c"sidereal.test_clock", c"");
    }
    all
}

const fn entry(name: &'static std::ffi::CStr, value: &'static std::ffi::CStr) -> zend_ini_entry_def {
    let mut entry = IniEntryDef::new(name, value, IniEntryPermission::System.union(IniEntryPermission::PerDir));
    entry.on_modify = Some(border::sidereal_on_modify);
    entry
}

const fn masked(mut entry: zend_ini_entry_def) -> zend_ini_entry_def {
    entry.displayer = Some(border::sidereal_display_masked);
    entry
}

/// Checks one setting by itself; whether it goes with the others is seen at first use ([`policy`]).
///
/// # Errors
/// [`Error::is_config`], with the setting, what it may be and what it is.
pub fn check(name: &str, value: &str) -> Result<()> {
    match name {
        "sidereal.profile" => Profile::named(value).map(drop),
        "sidereal.regenerate" => Regenerate::named(value).map(drop),
        "sidereal.lock_failure" => LockFailure::named(value).map(drop),
        "sidereal.sessions_full" => CapReached::named(value).map(drop),
        "sidereal.on_obsolete" => on_obsolete(value, OnObsolete::default()).map(drop),
        "sidereal.client_change" => client_change(value, ClientChange::default()).map(drop),
        "sidereal.trusted_proxies" => Proxies::parse(value).map(drop),
        "sidereal.sessions_per_user" if value.is_empty() => Ok(()),
        "sidereal.log" => sink(value).map(drop),
        "sidereal.csrf_origins" => csrf::origins(name, value).map(drop),
        "sidereal.csrf_require_origin" | "sidereal.csrf_rewrite" => switch(name, value, false).map(drop),
        "sidereal.store" => Place::check(name, value),
        "sidereal.store_password_file" => password_file(value),
        "sidereal.migrate_from" => Source::parse(name, value).map(drop),
        "sidereal.keyring" => keyring(value),
        "sidereal.application" => application(value),
        "sidereal.autologin_cookie" => DeviceCookie::new(value, "").map(drop),
        "sidereal.autologin_path" => DeviceCookie::new("", value).map(drop),
        "sidereal.user_key" if value.contains(',') => Err(Error::config(format!(
            "expected sidereal.user_key to be one key of $_SESSION such as user_id or auth.uid, found {}; name the key of the user's ID",
            printable(value)
        ))),
        "sidereal.user_key" | "sidereal.auth_keys" => keys(name, value),
        "sidereal.lock_wait_ms"
        | "sidereal.lock_max_waiters"
        | "sidereal.max_payload"
        | "sidereal.anonymous_max"
        | "sidereal.sessions_per_user" => number(name, value).map(drop),
        "sidereal.test_clock" => Ok(()),
        _ => seconds(name, value).map(drop),
    }
}

/// Where events go. PHP's ini files turn the word `none` into nothing at all.
///
/// # Errors
/// [`Error::is_config`] when `value` names no sink.
pub fn sink(value: &str) -> Result<Arc<dyn Sink>> {
    sidereal_core::log::open(if value.is_empty() { "none" } else { value })
}

fn password_file(value: &str) -> Result<()> {
    if value.is_empty() || Path::new(value).is_absolute() {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected sidereal.store_password_file to be the absolute path of a file with the password of the store's server, found {}; give the whole \
         path, or leave it empty",
        printable(value)
    )))
}

fn keyring(value: &str) -> Result<()> {
    if value.is_empty() || Path::new(value).is_absolute() {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected sidereal.keyring to be the absolute path of a keyring file, found {}; give the whole path, or leave it empty for the \
         default beside the store",
        printable(value)
    )))
}

fn application(value: &str) -> Result<()> {
    if value.len() <= 128 && !value.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected sidereal.application to be at most 128 bytes of text, found {}; choose a shorter name",
        printable(value)
    )))
}

/// The choice of the operator, or that of the profile.
fn on_obsolete(value: &str, default: OnObsolete) -> Result<OnObsolete> {
    if value.is_empty() { Ok(default) } else { OnObsolete::named(value) }
}

fn client_change(value: &str, default: ClientChange) -> Result<ClientChange> {
    if value.is_empty() { Ok(default) } else { ClientChange::named(value) }
}

/// Paths into `$_SESSION`, which `shim/strip.c` takes apart.
fn keys(name: &str, value: &str) -> Result<()> {
    let is_path = |path: &str| path.split('.').all(|step| !step.is_empty() && step == step.trim());
    if value.is_empty() || value.split(',').all(|path| is_path(path.trim())) {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected {name} to be keys of $_SESSION with commas between them and dots between the steps of one, such as \
         \"user_id, auth.uid\", found {}; name each key, or leave it empty",
        printable(value)
    )))
}

/// Whether it is said which keys of `$_SESSION` are the log-in.
pub fn can_strip() -> bool {
    !border::setting("sidereal.auth_keys").is_empty()
}

fn can_unauthenticate(policy: Policy) -> Result<Policy> {
    if policy.on_obsolete != OnObsolete::Unauthenticate || can_strip() {
        return Ok(policy);
    }
    Err(Error::config(
        "expected sidereal.auth_keys to name the keys of $_SESSION that say who is logged in, because sidereal.on_obsolete = unauthenticate \
         takes them out, found none; name them, or set sidereal.on_obsolete = revoke_user",
    ))
}

fn sessions_per_user(default: u32) -> Result<u32> {
    let (name, value) = ("sidereal.sessions_per_user", border::setting("sidereal.sessions_per_user"));
    if value.is_empty() { Ok(default) } else { Ok(u32::try_from(number(name, &value)?).unwrap_or(u32::MAX)) }
}

/// On or off, or the default. PHP's ini files turn the words into 1 and nothing, which is why nothing is the default and not off.
fn switch(name: &str, value: &str, default: bool) -> Result<bool> {
    match value {
        "" => Ok(default),
        "0" => Ok(false),
        "1" => Ok(true),
        _ => {
            Err(Error::config(format!("expected {name} to be 1 or 0, found {}; set one of the two", printable(value))))
        }
    }
}

fn number(name: &str, value: &str) -> Result<u64> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    value.parse().ok().filter(|_| digits).ok_or_else(|| {
        Error::config(format!(
            "expected {name} to be a whole number without a unit, found {}; write digits only",
            printable(value)
        ))
    })
}

/// Seconds, or `None` to take the profile's.
fn seconds(name: &str, value: &str) -> Result<Option<Duration>> {
    if value.is_empty() {
        return Ok(None);
    }
    match number(name, value) {
        Ok(count) => Ok(Some(Duration::from_secs(count))),
        Err(_) => Err(Error::config(format!(
            "expected {name} to be a whole number of seconds, found {}; write digits only, or leave it empty for the profile's",
            printable(value)
        ))),
    }
}

fn own_number(name: &str) -> Result<u64> {
    number(name, &border::setting(name))
}

fn own_seconds(name: &str, default: Duration) -> Result<Duration> {
    Ok(seconds(name, &border::setting(name))?.unwrap_or(default))
}

/// The cookie of remembered devices; `None` where auto-login is off.
///
/// # Errors
/// [`Error::is_config`], naming the setting that is malformed.
pub fn device_cookie() -> Result<Option<DeviceCookie>> {
    DeviceCookie::new(&border::setting("sidereal.autologin_cookie"), &border::setting("sidereal.autologin_path"))
}

/// The policy that the settings make together.
///
/// # Errors
/// [`Error::is_config`], naming the first setting that is malformed or contradicts another.
pub fn policy() -> Result<Policy> {
    let base = Policy::of(Profile::named(&border::setting("sidereal.profile"))?);
    let idle = own_seconds("sidereal.idle_timeout", base.idle)?;
    let default_touch = if idle == base.idle { base.touch } else { idle / 20 };
    Policy {
        idle,
        absolute: own_seconds("sidereal.absolute_timeout", base.absolute)?,
        rotate: own_seconds("sidereal.rotate_interval", base.rotate)?,
        grace: own_seconds("sidereal.grace", base.grace)?,
        alarm_after: own_seconds("sidereal.alarm_after", base.alarm_after)?,
        touch: own_seconds("sidereal.touch_interval", default_touch)?,
        lock_wait: Duration::from_millis(own_number("sidereal.lock_wait_ms")?),
        lock_max_waiters: u16::try_from(own_number("sidereal.lock_max_waiters")?).unwrap_or(u16::MAX),
        lock_failure: LockFailure::named(&border::setting("sidereal.lock_failure"))?,
        max_payload: usize::try_from(own_number("sidereal.max_payload")?).unwrap_or(usize::MAX),
        anonymous_max: own_number("sidereal.anonymous_max")?,
        regenerate: Regenerate::named(&border::setting("sidereal.regenerate"))?,
        sessions_per_user: sessions_per_user(base.sessions_per_user)?,
        cap_reached: CapReached::named(&border::setting("sidereal.sessions_full"))?,
        on_obsolete: on_obsolete(&border::setting("sidereal.on_obsolete"), base.on_obsolete)?,
        csrf_origins: csrf::origins("sidereal.csrf_origins", &border::setting("sidereal.csrf_origins"))?,
        csrf_needs_origin: switch(
            "sidereal.csrf_require_origin",
            &border::setting("sidereal.csrf_require_origin"),
            base.csrf_needs_origin,
        )?,
        client_change: client_change(&border::setting("sidereal.client_change"), base.client_change)?,
        likeness: base.likeness,
        trusted_proxies: Proxies::parse(&border::setting("sidereal.trusted_proxies"))?,
        https_only: base.https_only,
        evidence: own_seconds("sidereal.evidence_retention", base.evidence)?,
        autologin: own_seconds("sidereal.autologin_lifetime", base.autologin)?,
    }
    .validated()
    .and_then(can_unauthenticate)
}
