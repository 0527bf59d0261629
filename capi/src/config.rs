//! The configuration: settings by number, callbacks, and what they make together.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;

use sidereal_core::audit;
use sidereal_core::clock::{Clock, SystemClock};
use sidereal_core::cookie::{Cookie, DeviceCookie, SameSite};
use sidereal_core::engine::{Engine as CoreEngine, Setup};
use sidereal_core::entropy::{Entropy, SystemEntropy};
use sidereal_core::error::{Error, Result};
use sidereal_core::event::Sink;
use sidereal_core::keys::Keyring;
use sidereal_core::migrate::Source;
use sidereal_core::policy::{CapReached, ClientChange, LockFailure, OnObsolete, Policy, Profile, printable};
use sidereal_core::proxy::Proxies;
use sidereal_core::store::place::{Opened, Place};
use sidereal_core::survey;

use crate::bytes;
use crate::callback::{Both, ClockCallback, Context, EventCallback, Events, OwnClock};
use crate::guard::{self, Handle};
use crate::setting::{Numbers, Setting, Texts};
use crate::status::{Failure, Status};

/// Settings to make engines of. Freed with sidereal_config_free(); one thread at a time. An engine copies what it needs.
#[derive(Default)]
pub struct Config {
    pub(crate) recipe: Recipe,
    message: Cow<'static, str>,
}

/// Everything that makes an engine; kept by it to make another one after a fork.
#[derive(Clone, Default)]
pub(crate) struct Recipe {
    texts: Texts,
    numbers: Numbers,
    events: Option<Events>,
    clock: Option<OwnClock>,
}

/// What a recipe makes.
pub(crate) struct Made {
    pub engine: Arc<CoreEngine>,
    pub policy: Arc<Policy>,
    pub cookie: Cookie,
    /// `None` where auto-login is off.
    pub device_cookie: Option<DeviceCookie>,
    pub serializer: Box<str>,
}

impl Handle for Config {
    /// It has nothing that a fork could break.
    fn is_ours(&self) -> bool {
        true
    }

    fn note(&mut self, message: Cow<'static, str>) {
        self.message = message;
    }

    fn give_up(&mut self) {}
}

impl Recipe {
    fn set_text(&mut self, setting: Setting, value: &str) -> Result<(), Failure> {
        let texts = &mut self.texts;
        match setting {
            Setting::Store => Place::check(STORE, value).map(|()| texts.store = value.to_owned()),
            Setting::StorePasswordFile => file("SIDEREAL_SETTING_STORE_PASSWORD_FILE", value)
                .map(|()| texts.store_password_file = value.to_owned()),
            Setting::Keyring => keyring(value).map(|()| texts.keyring = value.to_owned()),
            Setting::Application => application(value).map(|()| texts.application = value.to_owned()),
            Setting::Profile => Profile::named(value).map(|profile| texts.profile = profile),
            Setting::Log => sidereal_core::log::open(value).map(|_| texts.log = value.to_owned()),
            Setting::CookieName => Cookie::new(value, SameSite::Lax).map(|_| texts.cookie_name = value.to_owned()),
            Setting::CookieSameSite => SameSite::named(value).map(|found| texts.cookie_same_site = found),
            Setting::AutologinCookie => DeviceCookie::new(value, "").map(|_| texts.autologin_cookie = value.to_owned()),
            Setting::AutologinPath => DeviceCookie::new("", value).map(|_| texts.autologin_path = value.to_owned()),
            Setting::MigrateFrom => migrate_from(value).map(|_| texts.migrate_from = value.to_owned()),
            Setting::Serializer => serializer(value).map(|()| texts.serializer = value.to_owned()),
            Setting::LockFailure => LockFailure::named(value).map(|found| texts.lock_failure = found),
            Setting::CsrfOrigins => sidereal_core::csrf::origins("SIDEREAL_SETTING_CSRF_ORIGINS", value)
                .map(|found| texts.csrf_origins = found),
            Setting::SessionsFull => CapReached::named(value).map(|found| texts.sessions_full = found),
            Setting::OnObsolete => on_obsolete(value).map(|found| texts.on_obsolete = found),
            Setting::ClientChange => client_change(value).map(|found| texts.client_change = found),
            Setting::TrustedProxies => Proxies::parse(value).map(|found| texts.trusted_proxies = found),
            _ => {
                return Err(Failure::argument(
                    "expected a setting that is a text, found one that is a number; use sidereal_config_set_number()",
                ));
            }
        }
        .map_err(Failure::from)
    }

    fn set_number(&mut self, setting: Setting, value: u64) -> Result<(), Failure> {
        let slot = self.numbers.slot(setting).ok_or_else(|| {
            Failure::argument(
                "expected a setting that is a number, found one that is a text; use sidereal_config_set_text()",
            )
        })?;
        *slot = Some(value);
        Ok(())
    }

    pub fn make(&self) -> Result<Made> {
        let (policy, cookie) = (Arc::new(self.policy()?), self.cookie()?);
        let device_cookie = DeviceCookie::new(&self.texts.autologin_cookie, &self.texts.autologin_path)?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let Opened { store, keyring, keyring_path } =
            self.place()?.open(self.keyring(), &self.texts.application, &*entropy)?;
        let (clock, sink) = (self.clock(), self.sink()?);
        let old = migrate_from(&self.texts.migrate_from)?.map(|old| old.open(self.keyring(), &self.texts.application));
        let setup = Setup { store, keyring, keyring_path, clock, entropy, sink };
        let engine = CoreEngine::moving(setup, old);
        Ok(Made { engine, policy, cookie, device_cookie, serializer: self.texts.serializer.as_str().into() })
    }

    fn place(&self) -> Result<Place> {
        Place::find(STORE, &self.texts.store, path(&self.texts.store_password_file))
    }

    /// The keyring that was chosen.
    fn keyring(&self) -> Option<&Path> {
        path(&self.texts.keyring)
    }

    fn rotate_keyring(&self, keep: usize) -> Result<(), Failure> {
        let path = self.place()?.keyring_path(self.keyring())?.ok_or_else(|| {
            Failure::new(
                Status::Config,
                "expected a keyring in a file, found that of a memory: store; set sidereal.keyring or another store",
            )
        })?;
        Ok(Keyring::rotate(&path, keep, &SystemEntropy)?)
    }

    /// The defaults that were chosen.
    pub fn profile(&self) -> Profile {
        self.texts.profile
    }

    /// The policy that the settings make together.
    pub fn policy(&self) -> Result<Policy> {
        self.numbers.policy(&self.texts)
    }

    /// The cookie that the settings make.
    pub fn cookie(&self) -> Result<Cookie> {
        Cookie::new(&self.texts.cookie_name, self.texts.cookie_same_site)
    }

    /// Whether anybody hears of events.
    pub fn is_heard(&self) -> bool {
        self.events.is_some() || self.texts.log != "none"
    }

    /// Looks at where sessions and keys are to be; makes nothing.
    pub fn survey(&self) -> audit::facts::Place {
        match self.place() {
            Ok(place) => survey::place(&place, self.keyring(), &*self.clock()),
            Err(fault) => audit::facts::Place { fault: Some(fault.to_string()), ..Default::default() },
        }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        match self.clock {
            Some(own) => Arc::new(own),
            None => Arc::new(SystemClock),
        }
    }

    fn sink(&self) -> Result<Arc<dyn Sink>> {
        let log = sidereal_core::log::open(&self.texts.log)?;
        Ok(match self.events {
            Some(events) => Arc::new(Both(log, events)),
            None => log,
        })
    }
}

/// The setting, for those who read a sentence about it.
const STORE: &str = "sidereal.store";

/// A setting that is a path, unless it is empty.
fn path(text: &str) -> Option<&Path> {
    (!text.is_empty()).then(|| Path::new(text))
}

fn file(setting: &str, value: &str) -> Result<()> {
    if path(value).is_none_or(Path::is_absolute) {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected {setting} to be the absolute path of a file, found {}; give the whole path, or leave it empty",
        printable(value)
    )))
}

fn keyring(value: &str) -> Result<()> {
    if value.is_empty() || Path::new(value).is_absolute() {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected sidereal.keyring to be the absolute path of a keyring file, found {}; give the whole path, or leave it empty for the default \
         beside the store",
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

fn migrate_from(value: &str) -> Result<Option<Source>> {
    Source::parse("SIDEREAL_SETTING_MIGRATE_FROM", value)
}

fn serializer(value: &str) -> Result<()> {
    if value.len() <= 32 && value.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::config(format!(
        "expected the serializer's name to be at most 32 visible ASCII characters, found {}; choose another name",
        printable(value)
    )))
}

/// The choice of the application; without one it is that of the profile.
fn client_change(value: &str) -> Result<Option<ClientChange>> {
    if value.is_empty() { Ok(None) } else { ClientChange::named(value).map(Some) }
}

fn on_obsolete(value: &str) -> Result<Option<OnObsolete>> {
    if value.is_empty() {
        return Ok(None);
    }
    match OnObsolete::named(value)? {
        // The payload of a C program is a secret of its own: nothing could take the log-in out of it.
        OnObsolete::Unauthenticate => Err(Error::config(
            "expected SIDEREAL_SETTING_ON_OBSOLETE to be deny, revoke_family or revoke_user, found unauthenticate, which takes keys out of PHP's \
             $_SESSION; set revoke_user",
        )),
        chosen => Ok(Some(chosen)),
    }
}

fn setting(number: u32) -> Result<Setting, Failure> {
    Setting::numbered(number).ok_or_else(|| {
        Failure::argument(format!(
            "expected the number of a setting, found {number}; use a constant of sidereal_setting"
        ))
    })
}

/// Makes a configuration with every default in it.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_new(config: Option<&mut MaybeUninit<*mut Config>>) -> Status {
    let Some(out) = config else {
        return Status::Null;
    };
    match guard::caught(|| Ok(Box::<Config>::default())) {
        Ok(made) => {
            out.write(Box::into_raw(made));
            Status::Ok
        }
        Err(failure) => failure.status,
    }
}

/// Frees a configuration. Engines made of it go on. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_free(config: Option<Box<Config>>) {
    guard::quietly(|| drop(config));
}

/// Sets a text. `setting` is a constant of sidereal_setting, `value` is UTF-8 without CR, LF and NUL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_set_text(
    config: Option<&mut Config>,
    setting: u32,
    value: *const c_char,
    length: usize,
) -> Status {
    guard::on(config, |config| config.recipe.set_text(self::setting(setting)?, bytes::utf8(value, length, "value")?))
}

/// Sets a number. Whether it goes with the others is seen when an engine is made.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_set_number(config: Option<&mut Config>, setting: u32, value: u64) -> Status {
    guard::on(config, |config| config.recipe.set_number(self::setting(setting)?, value))
}

/// Has `callback` called with each event, besides the log. NULL for `callback` takes it away; `context` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_set_events(
    config: Option<&mut Config>,
    callback: EventCallback,
    context: *mut c_void,
) -> Status {
    guard::on(config, |config| {
        config.recipe.events = callback.map(|call| Events { call, context: Context(context) });
        Ok(())
    })
}

/// Has `callback` asked for the time, for tests. NULL for `callback` is the system's time; `context` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_set_clock(
    config: Option<&mut Config>,
    callback: ClockCallback,
    context: *mut c_void,
) -> Status {
    guard::on(config, |config| {
        config.recipe.clock = callback.map(|call| OwnClock { call, context: Context(context) });
        Ok(())
    })
}

/// Adds a working key to the keyring that is set and drops all but the newest `keep` ones. Running engines find it within a minute. The keyring
/// must be there. Keep at least as many keys as were added within one absolute timeout: sessions whose key is gone start afresh.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_rotate_keyring(config: Option<&mut Config>, keep: usize) -> Status {
    guard::on(config, |config| config.recipe.rotate_keyring(keep))
}

/// Copies the message of the latest call with this configuration, empty if it succeeded, to `buffer`: cut to `capacity` bytes, NUL at its end.
/// `length`, which may be NULL, gets its whole length without the NUL. sidereal_engine_new() leaves its message here.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_config_message(
    config: Option<&Config>,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    let Some(config) = config else {
        return Status::Null;
    };
    if buffer.is_null() && capacity > 0 {
        return Status::Null;
    }
    let whole = bytes::copy_message(&config.message, buffer, capacity);
    if let Some(length) = length {
        length.write(whole);
    }
    Status::Ok
}
