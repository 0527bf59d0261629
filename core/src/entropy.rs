//! Random bytes, from the operating system's CSPRNG and from nowhere else (R19).

use crate::error::{Error, Result};

/// Where random bytes come from. Injected, so that tests can repeat or fail it.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes, or fails: there is no fallback.
    fn fill(&self, out: &mut [u8]) -> Result<()>;
}

/// The CSPRNG of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods)] // The one place that may draw random bytes.
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        use rand::TryRng as _;
        rand::rngs::SysRng.try_fill_bytes(out).map_err(|found| {
            Error::entropy(format!(
                "expected random bytes from the operating system, found: {found}; no session ID can be made until getrandom(2) works"
            ))
        })
    }
}

/// `N` random bytes.
pub fn array<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N]> {
    let mut out = [0; N];
    entropy.fill(&mut out)?;
    Ok(out)
}
