//! Where panics stop, and how an answer gets to C.
//!
//! Everything that Rust owns is dropped before C goes on: what leaves is plain old data.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use sidereal_core::error::Error;

use crate::border::{Bytes, Code, Level, MESSAGE_SIZE, Reply};

#[cfg(panic = "abort")]
compile_error!(
    "sidereal-php needs panic = \"unwind\": a panic must end as a PHP warning, not with the death of the worker"
);

/// What a callback answers.
#[must_use]
pub struct Answer {
    ok: bool,
    act: u32,
    count: i64,
    id: Bytes,
    payload: Bytes,
    message: Option<Message>,
}

/// Something to tell the developer: one sentence, without any secret.
#[derive(Clone, Debug)]
pub struct Message {
    level: Level,
    code: Code,
    text: Cow<'static, str>,
}

impl Message {
    /// An `E_NOTICE`.
    pub fn notice(text: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Notice, code: Code::State, text: text.into() }
    }

    /// An `E_WARNING`.
    pub fn warning(text: impl Into<Cow<'static, str>>) -> Self {
        Self::failure(Code::State, text)
    }

    /// An `E_WARNING`, or an exception where the API has been called.
    pub fn failure(code: Code, text: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Warning, code, text: text.into() }
    }

    /// What the engine says is broken.
    pub fn broken(error: &Error) -> Self {
        Self::failure(Code::of(error), error.to_string())
    }

    /// What the engine says is broken, or wrong with the arguments of a call.
    pub fn of_call(error: &Error) -> Self {
        Self::failure(Code::of_call(error), error.to_string())
    }
}

impl Answer {
    const EMPTY: Answer = Answer { ok: true, act: 0, count: 0, id: Bytes::NONE, payload: Bytes::NONE, message: None };

    /// The callback succeeds.
    pub fn yes() -> Self {
        Self::EMPTY
    }

    /// The callback fails, without a word of ours.
    pub fn no() -> Self {
        Self { ok: false, ..Self::EMPTY }
    }

    /// The callback fails, and this is why.
    pub fn refuse(message: Message) -> Self {
        Self::no().say(Some(message))
    }

    /// Adds something to tell.
    pub fn say(mut self, message: Option<Message>) -> Self {
        self.message = message;
        self
    }

    /// Adds things for C to do: a set of [`crate::border::act`].
    pub fn also(mut self, act: u32) -> Self {
        self.act |= act;
        self
    }

    /// Adds an ID. Its owner keeps it until C calls again.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Bytes::lend(id.as_bytes());
        self
    }

    /// Adds bytes in the place of an ID. Their owner keeps them until C calls again.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.id = Bytes::lend(bytes);
        self
    }

    /// Adds a payload. Its owner keeps it until C calls again.
    pub fn payload(mut self, payload: &[u8]) -> Self {
        self.payload = Bytes::lend(payload);
        self
    }

    /// Adds a count.
    pub fn count(mut self, count: u64) -> Self {
        self.count = i64::try_from(count).unwrap_or(i64::MAX);
        self
    }

    /// Whether the callback succeeds.
    pub fn is_yes(&self) -> bool {
        self.ok
    }

    fn write(&self, reply: &mut Reply) {
        reply.ok = u32::from(self.ok);
        reply.act = self.act;
        reply.count = self.count;
        reply.id = self.id;
        reply.payload = self.payload;
        if let Some(message) = &self.message {
            let length = floor_char_boundary(&message.text, MESSAGE_SIZE);
            for (to, from) in reply.message.iter_mut().zip(&message.text.as_bytes()[..length]) {
                to.write(*from);
            }
            reply.message_length = u32::try_from(length).unwrap_or(0);
            reply.level = message.level as u32;
            reply.code = message.code as u32;
        }
    }
}

fn floor_char_boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Runs `body` and writes its answer. A panic is the answer that it failed; what the request had open is given up.
pub fn guard(reply: &mut Reply, body: impl FnOnce() -> Answer) {
    let answer = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        let _ = catch_unwind(crate::request::give_up);
        Answer::refuse(Message::failure(
            Code::Internal,
            "expected to serve this call, found a fault in Sidereal itself; PHP's error log says where, please report it",
        ))
    });
    answer.write(reply);
}

/// Runs `body`, which has nothing to answer.
pub fn quietly(body: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(body));
}

/// A panic is one line on stderr: where, but not what, because a message may quote what it stumbled over. No backtrace:
/// it would cost every worker megabytes for good.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|found| {
        let place = found.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let line = format!("Sidereal: a fault in the extension itself{place}; please report it\n");
        // SAFETY: write(2) reads `line`, which lives until it returns; nothing can be done when it fails.
        let _ = unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
    }));
}
