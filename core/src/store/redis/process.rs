//! What belongs to one process: after a fork the child begins anew.

use std::sync::OnceLock;

use crate::birth::Birth;

/// What a process has of its own.
pub(super) trait Own: Default {
    /// A child has inherited a copy of this, which is its parent's and may have been locked by another thread at the moment of the fork: whatever the
    /// copy holds open is let go, as far as that can be done without waiting.
    fn is_inherited(&self) {}
}

/// A value for each process that has used it since it was made. A child does not see its parent's.
pub(super) struct PerProcess<T> {
    birth: Birth,
    value: T,
    child: OnceLock<Box<PerProcess<T>>>,
}

impl<T: Own> Default for PerProcess<T> {
    fn default() -> Self {
        Self { birth: Birth::current(), value: T::default(), child: OnceLock::new() }
    }
}

impl<T: Own> PerProcess<T> {
    /// The value of the process that asks.
    pub(super) fn get(&self) -> &T {
        let (birth, mut own) = (Birth::current(), self);
        while own.birth != birth {
            own.value.is_inherited();
            own = own.child.get_or_init(Box::default);
        }
        &own.value
    }
}

/// This host since it was started, in a few characters that tell it from others.
pub(super) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let id: String = id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        if id.is_empty() { "unknown".to_owned() } else { id }
    })
}

/// This process, for others to read: `pid@host`.
pub(super) fn name() -> String {
    format!("{}@{}", std::process::id(), host())
}
