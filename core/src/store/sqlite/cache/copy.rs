//! A live row as it lies in its slot: payload, metadata, and last what is fixed (little-endian), so that the payload need not be moved.

use crate::clock::Time;
use crate::id::Locator;
use crate::store::Row;

/// Bytes of what is fixed: locator, version, time of the unbinding, bytes of the payload, which of the last two there are, and the mark of
/// whoever put it there, by which the index knows it again.
const FIXED: usize = 16 + 5 * 8;

const UNBOUND: u64 = 1;
const PAYLOAD: u64 = 2;

/// Bytes of the slot that `row` needs.
pub(super) fn len(row: &Row) -> usize {
    row.payload.as_ref().map_or(0, Vec::len) + row.meta.len() + FIXED
}

/// What lies in the slot when `row` was put there with `mark`.
pub(super) fn bytes(row: &Row, mark: u64) -> Vec<u8> {
    let payload = row.payload.as_deref().unwrap_or_default();
    let there = row.unbound.map_or(0, |_| UNBOUND) | row.payload.as_ref().map_or(0, |_| PAYLOAD);
    let unbound = row.unbound.map_or(0, Time::as_millis).cast_unsigned();
    let numbers = [row.version, unbound, payload.len() as u64, there, mark].map(u64::to_le_bytes);
    [payload, &row.meta, &row.at.0, numbers.as_flattened()].concat()
}

/// The row in the bytes of a slot, if it was put there with `mark`.
pub(super) fn row(mut bytes: Vec<u8>, mark: u64) -> Option<Row> {
    let fixed: [u8; FIXED] = *bytes.last_chunk()?;
    let (at, numbers) = fixed.split_first_chunk()?;
    let &[version, unbound, payload, there, marked] = numbers.as_chunks().0 else { return None };
    let [version, unbound, payload, there, marked] = [version, unbound, payload, there, marked].map(u64::from_le_bytes);
    bytes.truncate(bytes.len() - FIXED);
    let payload = if there & PAYLOAD == 0 { None } else { Some(usize::try_from(payload).ok()?) };
    if marked != mark || payload.is_some_and(|payload| payload > bytes.len()) {
        return None;
    }
    let meta = bytes.split_off(payload.unwrap_or(0));
    let unbound = (there & UNBOUND != 0).then(|| Time::from_millis(unbound.cast_signed()));
    Some(Row { at: Locator(*at), version, ended: None, unbound, meta, payload: payload.map(|_| bytes) })
}
