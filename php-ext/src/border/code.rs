//! Why a call failed: the codes of the exceptions.

use sidereal_core::error::Error;

/// Why a call failed: `sidereal_code`, the code of the exception and the status of the C library.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// An argument is not what the call takes.
    Argument = 2,
    /// A setting is wrong or contradicts another one.
    Config = 3,
    /// The store cannot answer.
    Store = 4,
    /// The store has no room.
    StoreFull = 5,
    /// The keyring cannot be used.
    Keyring = 6,
    /// The operating system gives no random bytes.
    Entropy = 7,
    /// Another request has ended or written the session meanwhile.
    Lost = 10,
    /// The call does not fit the moment.
    State = 12,
    /// A fault in Sidereal itself.
    Internal = 14,
    /// The user has as many sessions as they may.
    RosterFull = 15,
    /// The user has to prove who they are.
    NotFresh = 16,
    /// Nobody has logged in to the session.
    NotBound = 18,
}

impl Code {
    /// Of an error that no argument of the call has caused.
    pub fn of(error: &Error) -> Self {
        match () {
            () if error.is_crowded() => Self::RosterFull,
            () if error.is_full() => Self::StoreFull,
            () if error.is_store() => Self::Store,
            () if error.is_keyring() => Self::Keyring,
            () if error.is_entropy() => Self::Entropy,
            () => Self::Config,
        }
    }

    /// Of an error of a call whose arguments the engine has checked.
    pub fn of_call(error: &Error) -> Self {
        match Self::of(error) {
            Self::Config => Self::Argument,
            code => code,
        }
    }
}
