//! The settings: their numbers and where each is kept. What they mean together is decided in [`crate::config`].

use std::time::Duration;

use sidereal_core::error::{Error, Result};
use sidereal_core::origin::Origin;
use sidereal_core::policy::{CapReached, ClientChange, LockFailure, OnObsolete, Policy, Profile};
use sidereal_core::proxy::Proxies;

/// What can be set. Those with a text go to sidereal_config_set_text(), those with a number to sidereal_config_set_number(). They mean what the
/// INI settings of the same name mean in PHP (docs/operations.md), and a program that shares a store with PHP gives the same values. The numbers
/// never change their meaning.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Text. Where sessions are kept: "sqlite:/absolute/directory" (mode 0700, of this uid; it is created if its parent is there), the address of a Redis or
    /// Valkey store such as "rediss://app@host:6379" (docs/operations.md has all forms), "memory:" (this process only), or empty for the default
    /// directory, /var/lib/sidereal/UID or that of XDG_STATE_HOME.
    Store = 1,
    /// Text. The absolute path of the keyring; empty for `keyring` beside the store, which is created on first use. A store on a server takes one that is
    /// there, the same on all hosts.
    Keyring = 2,
    /// Text, at most 128 bytes. Sessions of one application are worthless to another one on the same store. Default: empty.
    Application = 3,
    /// Text. The defaults of the times below: "standard", "high" or "low".
    Profile = 4,
    /// Text. Where events go, besides the callback: "stderr" (default), "none", "syslog" or "file:/absolute/path".
    Log = 5,
    /// Text. The name of the cookie; empty, the default, is `__Host-sid` by https and `sid` by http.
    CookieName = 6,
    /// Text. "Lax" (default), "Strict", or "None", which takes https.
    CookieSameSite = 7,
    /// Text. What the payload is written in. A payload of another serializer is refused. Default: empty. To share sessions with PHP: its
    /// session.serialize_handler, such as "php".
    Serializer = 8,
    /// Text. When the wait for a session runs out: "fail" (default) or "read-only".
    LockFailure = 9,
    /// Text. What a log-in does when the user has as many sessions as they may: "evict" (default) ends the one that is closest to its end, "refuse"
    /// fails with SIDEREAL_STATUS_ROSTER_FULL.
    SessionsFull = 10,
    /// Text. What ends when a superseded ID is used after the alarm time: "deny" (nothing), "revoke_family" or "revoke_user". Empty, the default, is
    /// "revoke_user" in the profile "high" and "revoke_family" in the others. PHP's "unauthenticate" is refused: a payload of yours cannot be stripped
    /// of the log-in by anybody but you. Where PHP shares the store and does it, such a session opens here bound to nobody and with an empty payload.
    OnObsolete = 11,
    /// Text. What happens when the client of a session seems to be another one: "ignore", "event", "step-up" or "deny". Empty, the default, is "event" in
    /// the profile "low" and "step-up" in the others.
    ClientChange = 12,
    /// Text. Addresses and networks of proxies, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed. Default: none.
    TrustedProxies = 13,
    /// Text. Other origins whose pages may send requests with a CSRF token, such as "https://pay.example.org", with commas between them. Default: none.
    CsrfOrigins = 14,
    /// Text. The name of the cookie of auto-login: `__Secure-` and more. Empty, the default, is `__Secure-autologin`.
    AutologinCookie = 15,
    /// Text. The path below which the program calls sidereal_request_resume(), such as "/auth/resume": the client sends its token nowhere else.
    /// Empty, the default, turns auto-login off.
    AutologinPath = 16,
    /// Text. The absolute path of a file, mode 0600, with the password of the store's server. Empty, the default: the environment variable
    /// SIDEREAL_STORE_PASSWORD, or the address itself.
    StorePasswordFile = 17,
    /// Text. Where sessions are that this store does not have yet: "files:/directory" (PHP's own handler), "redis-php:ADDRESS" (phpredis) or
    /// "sqlite:/directory" (a store of Sidereal's). Each is taken over when its client comes, once, and its client gets a new ID. Default: empty, none.
    MigrateFrom = 18,
    /// Seconds without a request after which a session ends.
    IdleTimeout = 20,
    /// Seconds after which a session ends whatever happens.
    AbsoluteTimeout = 21,
    /// Seconds after which an ID is replaced; 0 turns that off.
    RotateInterval = 22,
    /// Seconds for which a superseded ID is still served.
    Grace = 23,
    /// Seconds after which the use of a superseded ID is an alarm.
    AlarmAfter = 24,
    /// Seconds after which a request that changes nothing is recorded; a twentieth of the idle timeout by default.
    TouchInterval = 25,
    /// Milliseconds to wait for a session that another request has open. Default: 10000.
    LockWaitMs = 30,
    /// Requests that may wait for one session, 1 to 60. Default: 32.
    LockMaxWaiters = 31,
    /// Bytes that a payload may have. Default: 1048576.
    MaxPayload = 32,
    /// Stored sessions that are not bound to a user; the oldest go first. Default: 1000000.
    AnonymousMax = 33,
    /// Sessions that one user may have at a time, at least 1. Default: 10, 3 ("high"), 25 ("low").
    SessionsPerUser = 34,
    /// Seconds for which the evidence of an alarm is kept; 0 keeps none. Default: 30 days.
    EvidenceRetention = 35,
    /// 1: a request that changes something and does not say where it comes from is refused, whatever its token; 0: its token decides. Default: 0, and
    /// 1 in the profile "high".
    CsrfRequireOrigin = 36,
    /// Seconds after which a client is no longer logged in by auto-login, however often it has been: 60 to 31622400. Default: 2592000, 604800 ("high").
    AutologinLifetime = 37,
}

impl Setting {
    const ALL: [Self; 32] = [
        Self::Store,
        Self::Keyring,
        Self::Application,
        Self::Profile,
        Self::Log,
        Self::CookieName,
        Self::CookieSameSite,
        Self::Serializer,
        Self::LockFailure,
        Self::SessionsFull,
        Self::OnObsolete,
        Self::ClientChange,
        Self::TrustedProxies,
        Self::CsrfOrigins,
        Self::AutologinCookie,
        Self::AutologinPath,
        Self::StorePasswordFile,
        Self::MigrateFrom,
        Self::IdleTimeout,
        Self::AbsoluteTimeout,
        Self::RotateInterval,
        Self::Grace,
        Self::AlarmAfter,
        Self::TouchInterval,
        Self::LockWaitMs,
        Self::LockMaxWaiters,
        Self::MaxPayload,
        Self::AnonymousMax,
        Self::SessionsPerUser,
        Self::EvidenceRetention,
        Self::CsrfRequireOrigin,
        Self::AutologinLifetime,
    ];

    /// The one with this number: C passes any.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|known| *known as u32 == number)
    }
}

/// Every text.
#[derive(Clone, Debug)]
pub struct Texts {
    pub store: String,
    pub store_password_file: String,
    pub keyring: String,
    pub application: String,
    pub profile: Profile,
    pub log: String,
    pub cookie_name: String,
    pub cookie_same_site: sidereal_core::cookie::SameSite,
    pub serializer: String,
    pub lock_failure: LockFailure,
    pub sessions_full: CapReached,
    /// `None`: the profile's.
    pub on_obsolete: Option<OnObsolete>,
    pub csrf_origins: Vec<Origin>,
    /// `None`: the profile's.
    pub client_change: Option<ClientChange>,
    pub trusted_proxies: Proxies,
    pub autologin_cookie: String,
    pub autologin_path: String,
    pub migrate_from: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            store: String::new(),
            store_password_file: String::new(),
            keyring: String::new(),
            application: String::new(),
            profile: Profile::default(),
            log: "stderr".to_owned(),
            cookie_name: String::new(),
            cookie_same_site: Default::default(),
            serializer: String::new(),
            lock_failure: LockFailure::default(),
            sessions_full: CapReached::default(),
            on_obsolete: None,
            csrf_origins: Vec::new(),
            client_change: None,
            trusted_proxies: Proxies::default(),
            autologin_cookie: String::new(),
            autologin_path: String::new(),
            migrate_from: String::new(),
        }
    }
}

/// Every number that was set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    idle: Option<u64>,
    absolute: Option<u64>,
    rotate: Option<u64>,
    grace: Option<u64>,
    alarm_after: Option<u64>,
    touch: Option<u64>,
    autologin: Option<u64>,
    lock_wait_ms: Option<u64>,
    lock_max_waiters: Option<u64>,
    max_payload: Option<u64>,
    anonymous_max: Option<u64>,
    sessions_per_user: Option<u64>,
    evidence: Option<u64>,
    csrf_require_origin: Option<u64>,
}

impl Numbers {
    /// Where `setting` is kept; `None` when it is a text.
    pub fn slot(&mut self, setting: Setting) -> Option<&mut Option<u64>> {
        Some(match setting {
            Setting::IdleTimeout => &mut self.idle,
            Setting::AbsoluteTimeout => &mut self.absolute,
            Setting::RotateInterval => &mut self.rotate,
            Setting::Grace => &mut self.grace,
            Setting::AlarmAfter => &mut self.alarm_after,
            Setting::TouchInterval => &mut self.touch,
            Setting::AutologinLifetime => &mut self.autologin,
            Setting::LockWaitMs => &mut self.lock_wait_ms,
            Setting::LockMaxWaiters => &mut self.lock_max_waiters,
            Setting::MaxPayload => &mut self.max_payload,
            Setting::AnonymousMax => &mut self.anonymous_max,
            Setting::SessionsPerUser => &mut self.sessions_per_user,
            Setting::EvidenceRetention => &mut self.evidence,
            Setting::CsrfRequireOrigin => &mut self.csrf_require_origin,
            _ => return None,
        })
    }

    /// The policy that these numbers make of a profile.
    pub fn policy(&self, texts: &Texts) -> Result<Policy> {
        if let Some(found) = self.csrf_require_origin.filter(|found| *found > 1) {
            return Err(Error::config(format!(
                "expected SIDEREAL_SETTING_CSRF_REQUIRE_ORIGIN to be 0 or 1, found {found}; set one of the two"
            )));
        }
        let base = Policy::of(texts.profile);
        let seconds = |set: Option<u64>, default| set.map_or(default, Duration::from_secs);
        let idle = seconds(self.idle, base.idle);
        let default_touch = if idle == base.idle { base.touch } else { idle / 20 };
        Policy {
            idle,
            absolute: seconds(self.absolute, base.absolute),
            rotate: seconds(self.rotate, base.rotate),
            grace: seconds(self.grace, base.grace),
            alarm_after: seconds(self.alarm_after, base.alarm_after),
            touch: seconds(self.touch, default_touch),
            autologin: seconds(self.autologin, base.autologin),
            lock_wait: self.lock_wait_ms.map_or(base.lock_wait, Duration::from_millis),
            lock_max_waiters: self
                .lock_max_waiters
                .map_or(base.lock_max_waiters, |count| u16::try_from(count).unwrap_or(u16::MAX)),
            lock_failure: texts.lock_failure,
            max_payload: self
                .max_payload
                .map_or(base.max_payload, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
            anonymous_max: self.anonymous_max.unwrap_or(base.anonymous_max),
            sessions_per_user: self
                .sessions_per_user
                .map_or(base.sessions_per_user, |count| u32::try_from(count).unwrap_or(u32::MAX)),
            cap_reached: texts.sessions_full,
            on_obsolete: texts.on_obsolete.unwrap_or(base.on_obsolete),
            csrf_origins: texts.csrf_origins.clone(),
            csrf_needs_origin: self.csrf_require_origin.map_or(base.csrf_needs_origin, |set| set != 0),
            client_change: texts.client_change.unwrap_or(base.client_change),
            trusted_proxies: texts.trusted_proxies.clone(),
            evidence: seconds(self.evidence, base.evidence),
            ..base
        }
        .validated()
    }
}
