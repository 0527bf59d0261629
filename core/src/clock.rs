//! Time as the engine sees it.
//!
//! Owns the one place that reads the operating system's clocks, and the judgement whether wall time can be
//! trusted ([`Clock::read`], [`Watch`]). What follows from a time is decided in the rules.

use std::time::Duration;

/// A point in time: milliseconds since 1970-01-01 UTC. Arithmetic saturates, so that no clock can wrap a lifetime (A26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// The time `ms` milliseconds after the Unix epoch.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// The time `s` seconds after the Unix epoch.
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus `span`.
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time minus `span`.
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was: zero when it lies in the future, so that a clock that went back makes nothing older
    /// and nothing younger than zero.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// What the clocks showed at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Wall time.
    pub wall: Time,
    /// Milliseconds since the machine started, sleep included: no administrator and no NTP server moves it.
    pub uptime: i64,
}

/// How far wall time and uptime may drift apart before the wall clock counts as jumped.
pub const JUMP: Duration = Duration::from_secs(60);

impl Reading {
    /// Whether wall time moved since `earlier` as far as uptime did. A reading from before a reboot cannot be compared
    /// (its uptime is larger) and agrees unless wall time went back.
    pub fn agrees_with(self, earlier: Reading) -> bool {
        let wall = self.wall.as_millis().saturating_sub(earlier.wall.as_millis());
        let tolerance = i64::try_from(JUMP.as_millis()).unwrap_or(i64::MAX);
        if self.uptime < earlier.uptime {
            return wall >= -tolerance;
        }
        let uptime = self.uptime.saturating_sub(earlier.uptime);
        wall.saturating_sub(uptime).saturating_abs() <= tolerance
    }

    /// The reading to go by after `earlier`, for work that deletes: a wall clock that jumped forward is followed at ten times the
    /// speed of uptime, so that what only looks expired survives until the clock is mended (A26).
    #[must_use]
    pub fn cautious_after(self, earlier: Reading) -> Reading {
        if self.agrees_with(earlier) || self.uptime < earlier.uptime {
            return self;
        }
        let elapsed = self.uptime.saturating_sub(earlier.uptime).saturating_mul(10);
        let wall = Time(earlier.wall.as_millis().saturating_add(elapsed)).min(self.wall);
        Reading { wall, uptime: self.uptime }
    }
}

/// Tells jumps of the wall clock from the passing of time. Each process keeps one; the store keeps one from turn to turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The latest time that was believed.
    pub anchor: Reading,
    /// Uptime at which the wall clock left the anchor's course.
    pub jumped_at: Option<i64>,
}

/// What a [`Watch`] makes of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Now. Never earlier than what this process has seen before.
    pub now: Time,
    /// Whether the wall clock can be trusted with an accusation.
    pub steady: bool,
    /// Whether this reading is the first one after a jump.
    pub jumped: bool,
}

fn is_long_ago(since: i64, now: Reading) -> bool {
    now.uptime.saturating_sub(since) >= i64::try_from(ACCEPTED_AFTER.as_millis()).unwrap_or(i64::MAX)
}

/// After this time a wall clock that jumped forward counts as right.
const ACCEPTED_AFTER: Duration = Duration::from_secs(3600);

impl Watch {
    /// Starts with what the clocks show now.
    pub fn new(first: Reading) -> Self {
        Self { anchor: first, jumped_at: None }
    }

    /// The watch for the next turn to sweep: goes where [`Reading::cautious_after`] goes, and follows a jump forward after an hour.
    #[must_use]
    pub fn cautious_at(self, now: Reading) -> Self {
        if now.agrees_with(self.anchor) || now.uptime < self.anchor.uptime {
            return Self::new(now);
        }
        let since = self.jumped_at.unwrap_or(now.uptime);
        if now.wall > self.anchor.wall && is_long_ago(since, now) {
            return Self::new(now);
        }
        Self { anchor: now.cautious_after(self.anchor), jumped_at: Some(since) }
    }

    /// Takes one reading. A clock that went back is not followed: time goes on with uptime, so that no lifetime gets longer. A clock that jumped
    /// forward is followed (what it says is over is over) but not trusted for an hour.
    pub fn observe(&mut self, reading: Reading) -> Observed {
        let elapsed = reading.uptime.saturating_sub(self.anchor.uptime).max(0);
        let steady_now = Time(self.anchor.wall.as_millis().saturating_add(elapsed));
        if reading.agrees_with(self.anchor) {
            self.jumped_at = None;
            self.anchor = Reading { wall: reading.wall.max(self.anchor.wall), uptime: reading.uptime };
            return Observed { now: self.anchor.wall, steady: true, jumped: false };
        }
        let jumped = self.jumped_at.is_none();
        let since = *self.jumped_at.get_or_insert(reading.uptime);
        if reading.wall > steady_now && is_long_ago(since, reading) {
            *self = Self::new(reading);
        }
        Observed { now: reading.wall.max(steady_now), steady: false, jumped }
    }
}

/// Where time comes from. Injected, so that tests move it.
pub trait Clock: Send + Sync {
    /// Reads the clocks.
    fn read(&self) -> Reading;
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // The one place that may read the clocks.
    fn read(&self) -> Reading {
        let wall = match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => Time::default().after(since),
            Err(before) => Time::default().before(before.duration()),
        };
        Reading { wall, uptime: uptime_millis() }
    }
}

/// Milliseconds since boot, sleep included; zero where the kernel cannot tell.
#[allow(unsafe_code)] // No safe wrapper in std: `Instant` hides its value and stops during sleep.
fn uptime_millis() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid, exclusively borrowed timespec for the duration of the call.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    if status != 0 {
        return 0;
    }
    now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000)
}

/// A clock that stands still until it is moved.
#[cfg(feature = "test-support")]
#[derive(Debug, Default)]
pub struct TestClock {
    wall: std::sync::atomic::AtomicI64,
    uptime: std::sync::atomic::AtomicI64,
}

#[cfg(feature = "test-support")]
impl TestClock {
    /// A clock that shows `at`, on a machine that has just started.
    pub fn at(at: Time) -> Self {
        let clock = Self::default();
        clock.wall.store(at.as_millis(), std::sync::atomic::Ordering::SeqCst);
        clock
    }

    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.wall.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
        self.uptime.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }

    /// Moves wall time by `ms` milliseconds while no time passes: an administrator or a broken NTP server.
    pub fn jump(&self, ms: i64) {
        self.wall.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(feature = "test-support")]
impl Clock for TestClock {
    fn read(&self) -> Reading {
        Reading {
            wall: Time(self.wall.load(std::sync::atomic::Ordering::SeqCst)),
            uptime: self.uptime.load(std::sync::atomic::Ordering::SeqCst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: i64 = 365 * 86_400_000;
    const HOUR: i64 = 3_600_000;

    fn reading(wall: i64, uptime: i64) -> Reading {
        Reading { wall: Time(wall), uptime }
    }

    #[test]
    fn time_saturates_at_the_ends() {
        let end = Time(i64::MAX);
        assert_eq!(end.after(Duration::MAX), end);
        assert_eq!(Time(i64::MIN).before(Duration::MAX), Time(i64::MIN));
        assert_eq!(Time(i64::MIN).since(end), Duration::ZERO);
        assert!(end.since(Time(i64::MIN)) > Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_went_back_is_not_followed() {
        let mut watch = Watch::new(reading(YEAR, 0));
        let seen = watch.observe(reading(YEAR - HOUR, 1000));
        assert_eq!(seen, Observed { now: Time(YEAR + 1000), steady: false, jumped: true });
        let seen = watch.observe(reading(YEAR - HOUR + 1000, 2000));
        assert_eq!(seen, Observed { now: Time(YEAR + 2000), steady: false, jumped: false });
    }

    #[test]
    fn a_jump_forward_expires_but_accuses_nobody_for_an_hour() {
        let mut watch = Watch::new(reading(0, 0));
        assert_eq!(watch.observe(reading(YEAR, 1000)), Observed { now: Time(YEAR), steady: false, jumped: true });
        assert!(!watch.observe(reading(YEAR + HOUR - 2000, HOUR - 1000)).steady);
        assert!(!watch.observe(reading(YEAR + HOUR + 1000, HOUR + 1000)).steady);
        assert!(watch.observe(reading(YEAR + HOUR + 2000, HOUR + 2000)).steady);
    }

    #[test]
    fn a_clock_that_is_mended_is_trusted_again() {
        let mut watch = Watch::new(reading(0, 0));
        assert!(!watch.observe(reading(YEAR, 1000)).steady);
        assert_eq!(watch.observe(reading(2000, 2000)), Observed { now: Time(2000), steady: true, jumped: false });
    }

    #[test]
    fn slewing_is_not_a_jump_and_time_never_runs_back() {
        let mut watch = Watch::new(reading(0, 0));
        assert_eq!(watch.observe(reading(30_000, 0)).now, Time(30_000));
        assert_eq!(watch.observe(reading(10_000, 1000)).now, Time(30_000));
    }

    #[test]
    fn deleting_follows_a_jump_slowly() {
        let before = reading(0, 0);
        assert_eq!(reading(YEAR, 60_000).cautious_after(before), reading(600_000, 60_000));
        assert_eq!(reading(-YEAR, 60_000).cautious_after(before).wall, Time(-YEAR));
        assert_eq!(reading(61_000, 60_000).cautious_after(before), reading(61_000, 60_000));
        assert_eq!(reading(YEAR, 5).cautious_after(reading(0, 60_000)), reading(YEAR, 5));
    }
}
