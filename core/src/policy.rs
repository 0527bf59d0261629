//! Policy: how long things last and what happens at a limit.
//!
//! Owns the profiles and the validation of a policy as a whole: contradictions are refused with a sentence that names the setting.

use std::time::Duration;

use crate::client::Scheme;
use crate::error::{Error, Result, breaks};
use crate::origin::Origin;
use crate::proxy::Proxies;

/// A set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// Idle 30 min, absolute 12 h, rotation every 15 min.
    #[default]
    Standard,
    /// Idle 15 min, absolute 8 h, rotation every 5 min.
    High,
    /// Idle 7 days, absolute 30 days, rotation every hour.
    Low,
}

impl Profile {
    /// The profile called `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when there is none of this name.
    pub fn named(name: &str) -> Result<Self> {
        let choices = [("standard", Self::Standard), ("high", Self::High), ("low", Self::Low)];
        chosen("sidereal.profile", name, &choices)
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::High => "high",
            Self::Low => "low",
        }
    }
}

/// What `value` stands for among the choices of a setting, of which there are two or more.
fn chosen<T: Copy>(setting: &str, value: &str, choices: &[(&str, T)]) -> Result<T> {
    if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
        return Ok(*choice);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let (last, others) = names.split_last().unwrap_or((&"nothing", &[]));
    let which = if others.len() == 1 { "one of the two" } else { "one of these" };
    Err(Error::config(format!(
        "expected {setting} to be {} or {last}, found {}; set {which}",
        others.join(", "),
        printable(value)
    )))
}

/// What happens when the wait for a record's lock runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LockFailure {
    /// The session does not open.
    #[default]
    Fail,
    /// The session opens as a snapshot; writes are dropped and reported.
    ReadOnly,
}

impl LockFailure {
    /// What `sidereal.lock_failure` stands for when it is `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when it stands for nothing.
    pub fn named(name: &str) -> Result<Self> {
        chosen("sidereal.lock_failure", name, &[("fail", Self::Fail), ("read-only", Self::ReadOnly)])
    }
}

/// What an application's `session_regenerate_id()` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Regenerate {
    /// A change of privilege: the old ID keeps a frozen snapshot.
    #[default]
    Elevate,
    /// A new ID for the same session: the old one stays an alias for the grace.
    Rotate,
}

impl Regenerate {
    /// What `sidereal.regenerate` stands for when it is `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when it stands for nothing.
    pub fn named(name: &str) -> Result<Self> {
        chosen("sidereal.regenerate", name, &[("elevate", Self::Elevate), ("rotate", Self::Rotate)])
    }
}

/// What ends when a superseded ID is used after the alarm time. It is denied, the event raised and the evidence kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnObsolete {
    /// Nothing.
    Deny,
    /// What the ID could reach: its family, or only what is anonymous of it if the ID was. All sessions of the user if the client is
    /// not the one that the session was made for.
    #[default]
    RevokeFamily,
    /// All sessions of the user that the ID was bound to.
    RevokeUser,
    /// No session, but every log-in of the user that the ID was bound to: the sessions go on, bound to nobody, with what else is in them.
    Unauthenticate,
}

impl OnObsolete {
    /// What `sidereal.on_obsolete` stands for when it is `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when it stands for nothing.
    pub fn named(name: &str) -> Result<Self> {
        chosen(
            "sidereal.on_obsolete",
            name,
            &[
                ("deny", Self::Deny),
                ("revoke_family", Self::RevokeFamily),
                ("revoke_user", Self::RevokeUser),
                ("unauthenticate", Self::Unauthenticate),
            ],
        )
    }
}

/// What a log-in does when the user has as many sessions as they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CapReached {
    /// It ends the session that is closest to its end.
    #[default]
    Evict,
    /// It fails.
    Refuse,
}

impl CapReached {
    /// What `sidereal.sessions_full` stands for when it is `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when it stands for nothing.
    pub fn named(name: &str) -> Result<Self> {
        chosen("sidereal.sessions_full", name, &[("evict", Self::Evict), ("refuse", Self::Refuse)])
    }
}

/// What happens when the client of a session seems to be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClientChange {
    /// Nothing; clients are not compared.
    Ignore,
    /// An event.
    Event,
    /// An event; the user has to prove who they are before anything that takes a fresh proof, and the ID is rotated.
    #[default]
    StepUp,
    /// An event; the client gets a fresh session, and the session goes on for the client that it had.
    Deny,
}

impl ClientChange {
    /// What `sidereal.client_change` stands for when it is `name`.
    ///
    /// # Errors
    /// [`Error::is_config`] when it stands for nothing.
    pub fn named(name: &str) -> Result<Self> {
        let choices =
            [("ignore", Self::Ignore), ("event", Self::Event), ("step-up", Self::StepUp), ("deny", Self::Deny)];
        chosen("sidereal.client_change", name, &choices)
    }

    /// What is done, in one word, as events say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ignore => "ignored",
            Self::Event => "told",
            Self::StepUp => "step-up",
            Self::Deny => "denied",
        }
    }
}

/// How alike two clients must be to pass for the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Likeness {
    /// Networks are compared by /16 of IPv4 and /48 of IPv6; network and agent both, or as much of the rest, make a stranger.
    #[default]
    Loose,
    /// Networks are compared by /24 of IPv4 and /64 of IPv6; one of them and any other signal make a stranger.
    Strict,
}

/// How long sessions, IDs and waits last, and the limits. Always valid: [`Policy::validated`] is the only way to change one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Without a request for this long, a session ends (R86).
    pub idle: Duration,
    /// A session ends this long after it began, whatever happens (R28, R87).
    pub absolute: Duration,
    /// How old an ID gets before it is rotated; zero turns rotation off.
    pub rotate: Duration,
    /// How long a superseded ID is still served (R37).
    pub grace: Duration,
    /// From when on the use of a superseded ID is an alarm.
    pub alarm_after: Duration,
    /// How old `last seen` may get before an unchanged request writes it.
    pub touch: Duration,
    /// How long a request waits for another one that has the session open.
    pub lock_wait: Duration,
    /// How many requests may wait for one record.
    pub lock_max_waiters: u16,
    /// What happens when the wait runs out.
    pub lock_failure: LockFailure,
    /// Largest payload, in bytes.
    pub max_payload: usize,
    /// Most rows that are not bound to a user; the oldest go first (A23).
    pub anonymous_max: u64,
    /// What `session_regenerate_id()` means.
    pub regenerate: Regenerate,
    /// Most sessions that one user has at a time.
    pub sessions_per_user: u32,
    /// What a log-in does when the user has that many.
    pub cap_reached: CapReached,
    /// What the alarm ends.
    pub on_obsolete: OnObsolete,
    /// How long a device stays logged in, whatever happens (R54).
    pub autologin: Duration,
    /// Other origins whose pages may send requests with a CSRF token.
    pub csrf_origins: Vec<Origin>,
    /// Whether a request that changes something and does not say where it comes from is refused, whatever its token.
    pub csrf_needs_origin: bool,
    /// What happens when the client seems to be another one.
    pub client_change: ClientChange,
    /// How alike clients must be.
    pub likeness: Likeness,
    /// Whose word is taken for the client's address and scheme.
    pub trusted_proxies: Proxies,
    /// Whether sessions are refused to requests that came in plain text from another machine (R6).
    pub https_only: bool,
    /// How long the evidence of an alarm is kept; zero keeps none.
    pub evidence: Duration,
}

/// How long a logged-out ID is answered with an empty ghost session, so that requests in flight do no harm.
pub const GHOST: Duration = Duration::from_secs(60);
/// At most one re-mint in this time.
pub const REMINT_EVERY: Duration = Duration::from_secs(15);
/// Unseen successors of one rotation.
pub const MAX_SIBLINGS: u8 = 3;
/// Grace periods longer than this serve thieves, not slow networks.
const MAX_GRACE: Duration = Duration::from_secs(300);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// Rotating more often than this is per-request rotation in disguise (R68).
const MIN_ROTATE: Duration = Duration::from_secs(60);
/// Longer than any law asks for.
const MAX_EVIDENCE: Duration = Duration::from_secs(3653 * 86_400);

impl Policy {
    /// The defaults of `profile`.
    pub fn of(profile: Profile) -> Self {
        const MIN: u64 = 60;
        const HOUR: u64 = 60 * MIN;
        let [idle, absolute, rotate, grace, alarm_after] = match profile {
            Profile::Standard => [30 * MIN, 12 * HOUR, 15 * MIN, 60, 300],
            Profile::High => [15 * MIN, 8 * HOUR, 5 * MIN, 30, 120],
            Profile::Low => [7 * 24 * HOUR, 30 * 24 * HOUR, HOUR, 120, 600],
        }
        .map(Duration::from_secs);
        Self {
            idle,
            absolute,
            rotate,
            grace,
            alarm_after,
            touch: idle / 20,
            lock_wait: Duration::from_secs(10),
            lock_max_waiters: 32,
            lock_failure: LockFailure::Fail,
            max_payload: 1 << 20,
            anonymous_max: 1_000_000,
            regenerate: Regenerate::Elevate,
            sessions_per_user: match profile {
                Profile::Standard => 10,
                Profile::High => 3,
                Profile::Low => 25,
            },
            cap_reached: CapReached::Evict,
            on_obsolete: if profile == Profile::High { OnObsolete::RevokeUser } else { OnObsolete::RevokeFamily },
            autologin: if profile == Profile::High { WEEK } else { 30 * DAY },
            csrf_origins: Vec::new(),
            csrf_needs_origin: profile == Profile::High,
            client_change: if profile == Profile::Low { ClientChange::Event } else { ClientChange::StepUp },
            likeness: if profile == Profile::High { Likeness::Strict } else { Likeness::Loose },
            trusted_proxies: Proxies::default(),
            https_only: profile == Profile::High,
            evidence: 30 * DAY,
        }
    }

    /// Refuses a request by plain http where this policy allows none. What never leaves the machine is not in plain text on any wire.
    ///
    /// # Errors
    /// [`Error::is_config`].
    pub fn admit(&self, scheme: Option<Scheme>, is_local: bool) -> Result<()> {
        if !self.https_only || is_local || scheme != Some(Scheme::Http) {
            return Ok(());
        }
        Err(Error::config(
            "expected a request by https for a session in profile high, found one by http; serve by https, and where TLS ends at a proxy name \
             that in sidereal.trusted_proxies and have it send X-Forwarded-Proto",
        ))
    }

    /// The policy itself, if it does not contradict itself.
    ///
    /// # Errors
    /// [`Error::is_config`], naming the first setting that does not fit and what it would have to be.
    pub fn validated(self) -> Result<Self> {
        let second = Duration::from_secs(1);
        let limits = [
            (self.idle >= Duration::from_secs(60), "sidereal.idle_timeout", "at least 60 seconds", self.idle),
            (self.absolute >= self.idle, "sidereal.absolute_timeout", "at least sidereal.idle_timeout", self.absolute),
            (
                self.absolute <= Duration::from_secs(366 * 86_400),
                "sidereal.absolute_timeout",
                "at most 366 days",
                self.absolute,
            ),
            (
                self.rotate.is_zero() || self.rotate >= MIN_ROTATE,
                "sidereal.rotate_interval",
                "0 (off) or at least 60 seconds",
                self.rotate,
            ),
            (
                self.rotate <= self.absolute,
                "sidereal.rotate_interval",
                "at most sidereal.absolute_timeout",
                self.rotate,
            ),
            (
                self.grace >= second,
                "sidereal.grace",
                "at least 1 second, or parallel requests lose their session",
                self.grace,
            ),
            (self.grace <= MAX_GRACE, "sidereal.grace", "at most 300 seconds", self.grace),
            (
                self.rotate.is_zero() || self.grace < self.rotate,
                "sidereal.grace",
                "shorter than sidereal.rotate_interval",
                self.grace,
            ),
            (self.grace < self.idle, "sidereal.grace", "shorter than sidereal.idle_timeout", self.grace),
            (self.alarm_after >= self.grace, "sidereal.alarm_after", "at least sidereal.grace", self.alarm_after),
            (
                self.touch < self.idle / 2,
                "sidereal.touch_interval",
                "less than half of sidereal.idle_timeout",
                self.touch,
            ),
            (self.evidence <= MAX_EVIDENCE, "sidereal.evidence_retention", "at most 10 years", self.evidence),
            (
                self.sessions_per_user > 0,
                "sidereal.sessions_per_user",
                "at least 1, or nobody could log in",
                Duration::ZERO,
            ),
            (
                (MINUTE..=366 * DAY).contains(&self.autologin),
                "sidereal.autologin_lifetime",
                "60 seconds to 366 days",
                self.autologin,
            ),
            (
                self.lock_wait <= Duration::from_secs(300),
                "sidereal.lock_wait_ms",
                "at most 300000 milliseconds",
                self.lock_wait,
            ),
        ];
        for (fits, name, expected, found) in limits {
            if !fits {
                return Err(Error::config(format!(
                    "expected {name} to be {expected}, found {}; change one of the two",
                    span(found)
                )));
            }
        }
        if !(1..=60).contains(&self.lock_max_waiters) {
            return Err(Error::config(format!(
                "expected sidereal.lock_max_waiters to be 1 to 60, found {}; set a number in this range",
                self.lock_max_waiters
            )));
        }
        if !(1024..=(256 << 20)).contains(&self.max_payload) {
            return Err(Error::config(format!(
                "expected sidereal.max_payload to be 1024 to 268435456 bytes, found {}; set a number in this range",
                self.max_payload
            )));
        }
        Ok(self)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::of(Profile::Standard)
    }
}

fn span(found: Duration) -> String {
    if found.subsec_millis() == 0 {
        format!("{} seconds", found.as_secs())
    } else {
        format!("{} milliseconds", found.as_millis())
    }
}

/// A setting's value as a message may show it: short, and on one line.
pub fn printable(value: &str) -> String {
    let clean: String = value.chars().filter(|&c| !breaks(c)).take(40).collect();
    format!("\"{clean}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_valid() {
        for profile in [Profile::Standard, Profile::High, Profile::Low] {
            assert!(Policy::of(profile).validated().is_ok());
        }
    }

    #[test]
    fn contradictions_are_refused_with_the_setting_to_change() {
        let secs = Duration::from_secs;
        type Spoil = fn(&mut Policy);
        let cases: [(Spoil, &str); 10] = [
            (|p| p.idle = Duration::from_secs(5), "sidereal.idle_timeout"),
            (|p| p.absolute = Duration::from_secs(60), "sidereal.absolute_timeout"),
            (|p| p.rotate = Duration::from_secs(1), "sidereal.rotate_interval"),
            (|p| p.grace = Duration::ZERO, "sidereal.grace"),
            (|p| p.grace = Duration::from_secs(301), "sidereal.grace"),
            (|p| p.alarm_after = Duration::from_secs(10), "sidereal.alarm_after"),
            (|p| p.touch = Duration::from_secs(1800), "sidereal.touch_interval"),
            (|p| p.lock_max_waiters = 0, "sidereal.lock_max_waiters"),
            (|p| p.max_payload = 1, "sidereal.max_payload"),
            (|p| p.evidence = Duration::MAX, "sidereal.evidence_retention"),
        ];
        for (spoil, name) in cases {
            let mut policy = Policy::default();
            spoil(&mut policy);
            let found = policy.validated().unwrap_err();
            assert!(found.is_config() && found.to_string().contains(name), "{found}");
        }
        let off = Policy { rotate: secs(0), ..Policy::default() };
        assert!(off.validated().is_ok());
    }

    #[test]
    fn an_unknown_profile_is_a_sentence() {
        let found = Profile::named("paranoid\n").unwrap_err().to_string();
        assert!(found.contains("\"paranoid\"") && found.contains("standard, high or low"), "{found}");
    }
}
