//! The engine's handle, and what is done with it beside requests.

use std::borrow::Cow;
use std::ffi::c_char;
use std::mem::{self, MaybeUninit};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::bytes;
use crate::config::{Config, Made, Recipe};
use crate::fork::{Birth, drop_or_forget};
use crate::guard::{self, Handle};
use crate::status::{Failure, Status};

/// Keys, store, clock and settings of one application. Any number of threads may share it. Freed with sidereal_engine_free(); requests that are
/// still there keep what they need.
pub struct Engine {
    pub(crate) birth: Birth,
    pub(crate) made: Arc<Made>,
    recipe: Recipe,
    message: Mutex<Cow<'static, str>>,
}

impl Engine {
    fn new(recipe: Recipe) -> Result<Self, Failure> {
        let birth = Birth::current();
        let made = Arc::new(recipe.make()?);
        Ok(Self { birth, made, recipe, message: Mutex::default() })
    }
}

/// What several threads may do at once.
struct Shared<'a>(&'a Engine);

impl Handle for Shared<'_> {
    fn is_ours(&self) -> bool {
        self.0.birth.is_current()
    }

    fn note(&mut self, message: Cow<'static, str>) {
        *self.0.message.lock() = message;
    }

    fn give_up(&mut self) {}
}

pub(crate) fn on(engine: Option<&Engine>, body: impl FnOnce(&Engine) -> Result<(), Failure>) -> Status {
    guard::on(engine.map(Shared).as_mut(), |engine| body(engine.0))
}

/// Makes an engine: opens the store and the keyring, and creates them if they are not there. When it fails the message is the configuration's.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_new(
    config: Option<&mut Config>,
    engine: Option<&mut MaybeUninit<*mut Engine>>,
) -> Status {
    guard::install_panic_hook();
    guard::on(config, |config| {
        let out = engine.ok_or_else(|| Failure::null("engine"))?;
        out.write(Box::into_raw(Box::new(Engine::new(config.recipe.clone())?)));
        Ok(())
    })
}

/// Frees an engine. NULL is fine. In a forked child this gives back the memory only: locks and files are the parent's.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_free(engine: Option<Box<Engine>>) {
    guard::quietly(|| {
        if let Some(engine) = engine {
            let birth = engine.birth;
            drop_or_forget(*engine, birth);
        }
    });
}

/// Makes an inherited engine usable in a forked child: `*engine` is replaced by a new one with the same settings, and the old one is forgotten. Call
/// it first in the child, while that has one thread, then make new requests; inherited ones can only be freed. A "memory:" store starts empty. In a
/// process that was not forked since the engine was made nothing happens. On failure `*engine` stays as it was.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_after_fork(engine: Option<&mut Option<Box<Engine>>>) -> Status {
    let Some(Some(inherited)) = engine else {
        return Status::Null;
    };
    if inherited.birth.is_current() {
        return Status::Ok;
    }
    match guard::caught(|| Engine::new(inherited.recipe.clone())) {
        Ok(fresh) => {
            mem::forget(mem::replace(&mut **inherited, fresh));
            Status::Ok
        }
        Err(failure) => failure.status,
    }
}

/// Sweeps for at most `budget_ms` milliseconds: deletes what is due. `removed`, which may be NULL, gets the number of sessions that were removed.
/// Requests sweep by themselves, a little at a time; a cron job may do it at once. From 1000 ms on it lets the requests go first while the
/// store's log is copied: that may take up to five seconds more.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_sweep(
    engine: Option<&Engine>,
    budget_ms: u32,
    removed: Option<&mut MaybeUninit<u64>>,
) -> Status {
    on(engine, |engine| {
        let count = engine.made.engine.sweep(&engine.made.policy, Duration::from_millis(budget_ms.into()))?;
        if let Some(removed) = removed {
            removed.write(count);
        }
        Ok(())
    })
}

/// Counts what the store holds: sessions (those that have ended are kept for a while), those of them that are not bound to a user, and superseded
/// IDs. Each pointer may be NULL. May take long.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_stats(
    engine: Option<&Engine>,
    sessions: Option<&mut MaybeUninit<u64>>,
    anonymous: Option<&mut MaybeUninit<u64>>,
    superseded: Option<&mut MaybeUninit<u64>>,
) -> Status {
    on(engine, |engine| {
        let stats = engine.made.engine.stats()?;
        for (out, count) in [(sessions, stats.rows), (anonymous, stats.anonymous), (superseded, stats.pointers)] {
            if let Some(out) = out {
                out.write(count);
            }
        }
        Ok(())
    })
}

/// Copies the message of the latest call with this engine, of whichever thread; otherwise as sidereal_config_message().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_engine_message(
    engine: Option<&Engine>,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    let Some(engine) = engine else {
        return Status::Null;
    };
    if !engine.birth.is_current() {
        return Status::Forked;
    }
    if buffer.is_null() && capacity > 0 {
        return Status::Null;
    }
    let whole = bytes::copy_message(&engine.message.lock(), buffer, capacity);
    if let Some(length) = length {
        length.write(whole);
    }
    Status::Ok
}
