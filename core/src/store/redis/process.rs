//! What belongs to one process: after a fork the child begins anew.

use std::sync::OnceLock;

use crate::birth::Birth;

/// A value for each process that has used it since it was made. A child does not see its parent's, which may have been locked by another thread at the
/// moment of the fork.
pub(super) struct PerProcess<T> {
    birth: Birth,
    value: T,
    child: OnceLock<Box<PerProcess<T>>>,
}

impl<T: Default> Default for PerProcess<T> {
    fn default() -> Self {
        Self { birth: Birth::current(), value: T::default(), child: OnceLock::new() }
    }
}

impl<T: Default> PerProcess<T> {
    pub(super) fn get(&self) -> &T {
        let (birth, mut own) = (Birth::current(), self);
        while own.birth != birth {
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
