//! Random numbers that can be had again: a test prints its seed, and `SIDEREAL_TEST_SEED` repeats it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A small generator (xorshift64*); good enough to choose what to kill.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Seeded by the environment, or differently each time; says with what.
    pub fn new() -> Self {
        let given = std::env::var("SIDEREAL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("SIDEREAL_TEST_SEED={seed}");
        Self(seed | 1)
    }

    /// One for another thread.
    pub fn fork(&mut self) -> Self {
        Self(self.next() | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }
}
