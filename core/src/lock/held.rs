//! For how long locks are held: a histogram that the processes of a host share, for whoever looks after the store (R49).
//!
//! It lies behind the mark of the lock table, in what was zeros there, so that tables of before have it, too. It is a hint like the rest of the
//! table: halving and adding do not wait for each other, and a few counts may get lost.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Upper limits of the buckets, in milliseconds; the last bucket has none. The clock ticks every 4 ms or less.
const LIMITS: [u64; 11] = [4, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000];
const BUCKETS: usize = LIMITS.len() + 1;

/// When a bucket has this many all are halved: the older a hold is, the less it weighs.
const FULL: u32 = 1 << 16;

/// The counts, one a bucket.
#[repr(C)]
pub(super) struct Counts([AtomicU32; BUCKETS]);

impl Counts {
    pub(super) fn note(&self, held: Duration) {
        let ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
        let bucket = LIMITS.iter().position(|limit| ms <= *limit).unwrap_or(LIMITS.len());
        if self.0[bucket].fetch_add(1, Relaxed) >= FULL {
            for count in &self.0 {
                count.store(count.load(Relaxed) / 2, Relaxed);
            }
        }
    }

    pub(super) fn read(&self) -> HoldTimes {
        let mut times = HoldTimes::default();
        for (to, from) in times.0.iter_mut().zip(&self.0) {
            *to = from.load(Relaxed);
        }
        times
    }
}

/// How long requests kept their sessions to themselves lately: the latest hundred thousand or so, of all processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldTimes([u32; BUCKETS]);

impl HoldTimes {
    /// As they would be if each of `held` had been measured once.
    pub fn of(held: &[Duration]) -> Self {
        let counts = Counts([const { AtomicU32::new(0) }; BUCKETS]);
        held.iter().for_each(|held| counts.note(*held));
        counts.read()
    }

    /// How many holds it is about.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// A time that `percent` of 100 holds did not exceed, rounded up to the next of 4, 10, 30, 100 ... milliseconds; [`Duration::MAX`] beyond
    /// five minutes, `None` when nothing was measured.
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let wanted = (self.count() * u64::from(percent.min(100))).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.0.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted && seen > 0 {
                return Some(LIMITS.get(bucket).map_or(Duration::MAX, |ms| Duration::from_millis(*ms)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r49_a_percentile_is_the_limit_of_its_bucket() {
        let ms = Duration::from_millis;
        assert_eq!(HoldTimes::default().percentile(99), None);
        let mut held = vec![ms(3); 98];
        held.extend([ms(200), ms(5_000)]);
        let times = HoldTimes::of(&held);
        assert_eq!(times.count(), 100);
        assert_eq!(times.percentile(50), Some(ms(4)));
        assert_eq!(times.percentile(99), Some(ms(300)));
        assert_eq!(times.percentile(100), Some(ms(10_000)));
        assert_eq!(HoldTimes::of(&[Duration::from_secs(3600)]).percentile(99), Some(Duration::MAX));
    }

    #[test]
    fn r49_what_was_long_ago_weighs_less() {
        let counts = Counts([const { AtomicU32::new(0) }; BUCKETS]);
        for _ in 0..1000 {
            counts.note(Duration::from_secs(2));
        }
        for _ in 0..(20 * FULL) {
            counts.note(Duration::ZERO);
        }
        assert_eq!(counts.read().percentile(100), Some(Duration::from_millis(4)));
        assert!(counts.read().count() <= u64::from(2 * FULL));
    }
}
