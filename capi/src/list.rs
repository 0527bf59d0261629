//! Lists that C walks by index.

use std::borrow::Cow;
use std::ffi::c_char;
use std::mem::MaybeUninit;

use crate::bytes;
use crate::status::Status;

/// How many rows there are.
pub fn count<T>(rows: Option<&[T]>, count: Option<&mut MaybeUninit<usize>>) -> Status {
    let (Some(rows), Some(count)) = (rows, count) else {
        return Status::Null;
    };
    count.write(rows.len());
    Status::Ok
}

/// What the row at `index` has to say.
pub fn row<T>(rows: Option<&[T]>, index: usize, body: impl FnOnce(&T)) -> Status {
    let Some(rows) = rows else {
        return Status::Null;
    };
    let Some(row) = rows.get(index) else {
        return Status::Argument;
    };
    body(row);
    Status::Ok
}

/// Copies a text of the row at `index`, as [`bytes::copy_message`] does.
pub fn copy<T>(
    rows: Option<&[T]>,
    index: usize,
    text: impl FnOnce(&T) -> Cow<'_, str>,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    if buffer.is_null() && capacity > 0 {
        return Status::Null;
    }
    row(rows, index, |row| {
        let whole = bytes::copy_message(&text(row), buffer, capacity);
        if let Some(length) = length {
            length.write(whole);
        }
    })
}

/// Writes each time that C has room for.
pub fn times<const N: usize>(outs: [Option<&mut MaybeUninit<i64>>; N], times: [i64; N]) {
    for (out, time) in outs.into_iter().zip(times) {
        if let Some(out) = out {
            out.write(time);
        }
    }
}
