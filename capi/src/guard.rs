//! Where panics stop: the only `catch_unwind`.
//!
//! A call that fails leaves its sentence with its handle, one that succeeds takes the last one away.

use std::borrow::Cow;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::status::{Failure, Status};

#[cfg(panic = "abort")]
compile_error!("libsidereal needs panic = \"unwind\": a panic must end as a status, not with the death of the program");

/// Something that keeps the message of its latest call.
pub trait Handle {
    /// Whether this process may use it.
    fn is_ours(&self) -> bool;
    /// Keeps the message of the latest call.
    fn note(&mut self, message: Cow<'static, str>);
    /// After a fault nothing that was open is to be trusted.
    fn give_up(&mut self);
}

/// Runs `body` with the handle that C gave, if it gave one and it is of this process.
pub fn on<T: Handle>(handle: Option<&mut T>, body: impl FnOnce(&mut T) -> Result<(), Failure>) -> Status {
    let Some(handle) = handle else {
        return Status::Null;
    };
    if !handle.is_ours() {
        return Status::Forked;
    }
    match caught(|| body(handle)) {
        Ok(()) => {
            handle.note(Cow::Borrowed(""));
            Status::Ok
        }
        Err(failure) => {
            if failure.status == Status::Internal {
                let _ = catch_unwind(AssertUnwindSafe(|| handle.give_up()));
            }
            handle.note(failure.message);
            failure.status
        }
    }
}

/// Runs `body`; a panic is a failure like any other.
pub fn caught<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        Err(Failure::new(
            Status::Internal,
            "expected to serve this call, found a fault in Sidereal itself; stderr says where, please report it",
        ))
    })
}

/// Runs `body`, which has nothing to answer.
pub fn quietly(body: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(body));
}

/// A panic is one line on stderr: where, but not what, because a message may quote what it stumbled over. The hook is that of the library's own
/// copy of the Rust runtime; a program's is another.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        std::panic::set_hook(Box::new(|found| {
            let place = found.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
            let line = format!("Sidereal: a fault in the library itself{place}; please report it\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
        }));
    });
}
