//! A live row as it lies in its slot: payload, metadata, and last what is fixed (little-endian), so that the payload need not be moved.

use crate::clock::Time;
use crate::id::Locator;
use crate::store::Row;

/// Bytes of what is fixed: locator, version, time of the unbinding, bytes of the payload, which of the last two there are, and the mark of
/// whoever put it there, by which the index knows it again.
pub(super) const FIXED: usize = 16 + 5 * 8;

const UNBOUND: u64 = 1;
const PAYLOAD: u64 = 2;

/// A live row.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::sqlite) struct Copy<'a> {
    pub(super) at: Locator,
    pub(super) version: u64,
    pub(super) unbound: Option<Time>,
    pub(super) meta: &'a [u8],
    pub(super) payload: Option<&'a [u8]>,
}

impl Copy<'_> {
    pub(super) fn len(&self) -> usize {
        self.payload.map_or(0, <[u8]>::len) + self.meta.len() + FIXED
    }

    pub(super) fn bytes(&self, mark: u64) -> Vec<u8> {
        let payload = self.payload.unwrap_or_default();
        let there = self.unbound.map_or(0, |_| UNBOUND) | self.payload.map_or(0, |_| PAYLOAD);
        let unbound = self.unbound.map_or(0, Time::as_millis).cast_unsigned();
        let numbers = [self.version, unbound, payload.len() as u64, there, mark].map(u64::to_le_bytes);
        [payload, self.meta, &self.at.0, numbers.as_flattened()].concat()
    }
}

/// What is fixed.
pub(super) struct Fixed {
    pub(super) at: Locator,
    pub(super) version: u64,
    pub(super) unbound: Option<Time>,
    pub(super) mark: u64,
    payload: Option<usize>,
}

impl Fixed {
    pub(super) fn read(bytes: &[u8; FIXED]) -> Option<Self> {
        let (at, numbers) = bytes.split_first_chunk()?;
        let &[version, unbound, payload, there, mark] = numbers.as_chunks().0 else { return None };
        let [version, unbound, payload, there, mark] = [version, unbound, payload, there, mark].map(u64::from_le_bytes);
        let payload = usize::try_from(payload).ok()?;
        Some(Self {
            at: Locator(*at),
            version,
            unbound: (there & UNBOUND != 0).then(|| Time::from_millis(unbound.cast_signed())),
            mark,
            payload: (there & PAYLOAD != 0).then_some(payload),
        })
    }
}

/// The row in the bytes of a slot, if it was put there with `mark`.
pub(super) fn row(mut bytes: Vec<u8>, mark: u64) -> Option<Row> {
    let Fixed { at, version, unbound, payload, .. } =
        Fixed::read(bytes.last_chunk()?).filter(|fixed| fixed.mark == mark)?;
    bytes.truncate(bytes.len() - FIXED);
    let split = payload.filter(|payload| *payload <= bytes.len());
    let meta = bytes.split_off(split.unwrap_or(0));
    (split == payload).then(|| Row { at, version, ended: None, unbound, meta, payload: payload.map(|_| bytes) })
}
