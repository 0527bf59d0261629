//! Bytes that C lends, and messages copied into C's buffers.

use std::ffi::{c_char, c_void};

use crate::status::Failure;

/// Longest text that any function takes: nobody needs more, and a length that was computed wrongly is larger.
const MAX_TEXT: usize = 64 * 1024;

/// The bytes that C lends for the length of one call. NULL is as good as any other pointer to nothing.
pub fn borrow<'a>(at: *const c_void, length: usize, name: &str) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if at.is_null() {
        return Err(Failure::null(name));
    }
    if isize::try_from(length).is_err() {
        return Err(Failure::argument(format!(
            "expected the length of {name} to be that of an object, found a negative one; pass its size"
        )));
    }
    // SAFETY: the header asks for `length` readable bytes at `at` that nobody changes during the call.
    Ok(unsafe { std::slice::from_raw_parts(at.cast(), length) })
}

/// Bytes that are an argument of their own: never NULL, of bounded length.
pub fn given<'a>(at: *const c_void, length: usize, name: &str) -> Result<&'a [u8], Failure> {
    if at.is_null() {
        return Err(Failure::null(name));
    }
    if length > MAX_TEXT {
        return Err(Failure::argument(format!(
            "expected {name} to be at most {MAX_TEXT} bytes long, found {length}; pass its length in bytes"
        )));
    }
    borrow(at, length, name)
}

/// A text that goes into a header, a setting or a log: never NULL, of bounded length, without CR, LF and NUL (A21, R93).
pub fn text<'a>(at: *const c_char, length: usize, name: &str) -> Result<&'a [u8], Failure> {
    let found = given(at.cast(), length, name)?;
    if found.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(Failure::argument(format!(
            "expected {name} to have no CR, LF or NUL in it, found one; refuse the request that brought it"
        )));
    }
    Ok(found)
}

/// As [`text`], in UTF-8.
pub fn utf8<'a>(at: *const c_char, length: usize, name: &str) -> Result<&'a str, Failure> {
    std::str::from_utf8(text(at, length, name)?)
        .map_err(|_| Failure::argument(format!("expected {name} to be UTF-8, found other bytes; convert it first")))
}

/// Bytes in an array with NUL at its end.
pub fn fixed_bytes<const N: usize>(found: &[u8]) -> [c_char; N] {
    let mut array = [0; N];
    for (to, from) in array.iter_mut().zip(found.iter().take(N.saturating_sub(1))) {
        *to = from.cast_signed() as c_char;
    }
    array
}

/// A short ASCII text in an array with NUL at its end.
pub fn fixed<const N: usize>(text: &str) -> [c_char; N] {
    fixed_bytes(text.as_bytes())
}

/// Copies a message as snprintf(3) does: cut to the buffer, always with NUL at its end. Answers its whole length, without the NUL.
pub fn copy_message(message: &str, buffer: *mut c_char, capacity: usize) -> usize {
    if !buffer.is_null() && capacity > 0 {
        let kept = (0..=message.len().min(capacity - 1)).rev().find(|&at| message.is_char_boundary(at)).unwrap_or(0);
        let to: *mut u8 = buffer.cast();
        // SAFETY: the header asks for `capacity` writable bytes at `buffer`; `kept` is less than that, and the message is not in C's buffer.
        unsafe { std::ptr::copy_nonoverlapping(message.as_ptr(), to, kept) };
        // SAFETY: `kept` is less than `capacity`.
        let end = unsafe { to.add(kept) };
        // SAFETY: as above: the byte at `kept` is within the buffer.
        unsafe { end.write(0) };
    }
    message.len()
}
