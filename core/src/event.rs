//! Events: what an operator is told.
//!
//! Names follow the OWASP logging vocabulary where it has one. An event never holds a session ID, a key or a payload: its
//! only reference to a session is a keyed hash ([`crate::keys::Keyring::log_reference`]). Where events go is in [`crate::log`].

use crate::clock::Time;

/// How much attention an event wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The normal course of things.
    Info,
    /// Somebody should look at it some time.
    Warn,
    /// Somebody should look at it now.
    Critical,
}

impl Level {
    /// As it is written in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Critical => "CRITICAL",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $level:ident;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// As it is written in the log.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// How much attention it wants.
            pub fn level(self) -> Level {
                match self { $(Self::$kind => Level::$level,)* }
            }
        }
    };
}

kinds! {
    /// A session was stored for the first time.
    Created = "session_created", Info;
    /// The ID was replaced: rotate, re-mint, elevate.
    Renewed = "session_renewed", Info;
    /// A session was taken over from the store that the site has moved away from.
    Migrated = "session_migrated", Info;
    /// A session was denied because its time was up.
    Expired = "session_expired", Info;
    /// A session was ended by `session_destroy()`.
    Logout = "session_logout", Info;
    /// Sessions were ended by the user from another device, by an administrator or by a policy.
    Revoked = "session_revoked", Info;
    /// A log-in found that the user has as many sessions as they may.
    TooManySessions = "excess_sessions_exceeded", Warn;
    /// The ID of an ended session was used.
    UseAfterEnd = "session_use_after_expire", Critical;
    /// A device is remembered: auto-login was turned on.
    TokenCreated = "authn_token_created", Info;
    /// Devices are no longer remembered: auto-login was turned off, by the user, a log-out or an administrator.
    TokenRevoked = "authn_token_revoked", Info;
    /// A used auto-login token was used again by somebody else: theft is likely.
    TokenReused = "authn_token_reuse", Critical;
    /// A token has logged a user in.
    LoggedIn = "authn_login_success", Info;
    /// A token has logged nobody in: forged, unknown, or its time is over.
    LoginFailed = "authn_login_fail", Warn;
    /// A superseded ID was used after the alarm time: theft is likely.
    ObsoleteAccess = "obsolete_access", Critical;
    /// An ID with a wrong MAC, or none of ours at all.
    Forged = "sid_forged", Warn;
    /// A genuine ID that no store knows.
    Unknown = "sid_unknown", Warn;
    /// A client sent several IDs, and more than one of them is alive: somebody has planted one.
    CookieConflict = "cookie_conflict", Warn;
    /// A client sent cookies whose names other parsers would take for ours.
    CookieLookalike = "cookie_lookalike", Warn;
    /// The application says that a session belongs to somebody else now, when the client could not learn a new ID any more.
    UserKeyTooLate = "user_key_too_late", Warn;
    /// A request that changes something was not meant by the user, or nothing shows that it was.
    CsrfRefused = "csrf_refused", Warn;
    /// A client differs from the one that its session was made for, in a way that many honest ones do.
    ClientChanged = "client_changed", Info;
    /// A client differs so much that it seems to be another one.
    ClientStranger = "client_stranger", Warn;
    /// The ID of a session by https was presented by http.
    SchemeChanged = "scheme_changed", Warn;
    /// A superseded ID was denied between grace and alarm time, or its successor never arrived.
    Superseded = "sid_superseded", Info;
    /// A record or pointer whose seal does not open.
    SealBroken = "seal_broken", Critical;
    /// A record was written by another serializer.
    SerializerMismatch = "serializer_mismatch", Warn;
    /// PHP could not decode the payload; it is kept aside.
    Quarantined = "payload_quarantined", Warn;
    /// The wait for a record's lock ran out.
    LockTimeout = "lock_timeout", Warn;
    /// Too many requests waited for one record.
    LockCrowded = "lock_crowded", Warn;
    /// A write was dropped: snapshot, ended record, lost lease.
    WriteDropped = "write_dropped", Warn;
    /// The application has changed the session's data after it had closed the session.
    LateWrite = "inactive_write", Warn;
    /// A payload was larger than the limit.
    PayloadTooLarge = "payload_too_large", Warn;
    /// The wall clock jumped.
    ClockAnomaly = "clock_anomaly", Warn;
    /// The sweeper removed rows.
    Swept = "session_swept", Info;
    /// Unbound rows were removed because there were too many.
    Evicted = "anonymous_evicted", Warn;
    /// The application regenerates the ID on every request.
    RegenerateHint = "regenerate_every_request", Warn;
    /// The store could not be read or written.
    StoreDown = "store_down", Critical;
    /// An ending, an alarm or a device is on one server only: no replica said in time that it has it.
    NotReplicated = "store_not_replicated", Critical;
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, by the engine's clock.
    pub at: Time,
    /// What.
    pub kind: Kind,
    /// Keyed hash of the family's name; empty when no session is concerned.
    pub session: String,
    /// A word or two: why.
    pub reason: &'static str,
    /// How many rows, bytes, waiters: whatever the kind counts.
    pub count: Option<u64>,
}

/// Where events go. Must not block for long and must not fail: a log that is down never takes a request with it.
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn take(&self, event: &Event);
}

/// Takes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

impl Sink for NoSink {
    fn take(&self, _: &Event) {}
}
