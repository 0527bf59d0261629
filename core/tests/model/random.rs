//! Chance that a seed repeats.

use sidereal_core::entropy::Entropy;

use super::play::Ms;

/// SplitMix64: small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// Between `from` and `to`.
    pub fn within(&mut self, from: Ms, to: Ms) -> Ms {
        from + self.below(to.saturating_sub(from) + 1)
    }

    pub fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub fn pick<T: Copy>(&mut self, weighted: &[(u64, T)]) -> T {
        let mut left = self.below(weighted.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in weighted {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        weighted[0].1
    }
}

/// Random bytes that a seed repeats.
pub struct Seeded(pub parking_lot::Mutex<Random>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) -> sidereal_core::Result<()> {
        let mut random = self.0.lock();
        for chunk in out.chunks_mut(8) {
            let bytes = random.next().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}
