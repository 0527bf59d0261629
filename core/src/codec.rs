//! Metadata and pointers as bytes.
//!
//! Fixed-width big-endian numbers, lengths before text, one format byte in front. Reading is total: any bytes give a value or
//! `None`, never a panic and never a default that would pass as valid (A34). The bytes are sealed in [`crate::seal`].

mod device;

use crate::clock::Time;
use crate::id::{Family, Handle, Locator, Prefix, TAG_LEN, Tag};
use crate::record::{Binding, Client, Frozen, Meta, Pending, Pointer, PointerState};

pub use device::{decode_device, encode_device};

/// Format of the bytes written here. A reader refuses every other one.
pub const FORMAT: u8 = 1;

/// `meta` as bytes.
pub fn encode_meta(meta: &Meta) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    out.push(FORMAT);
    out.extend_from_slice(&meta.handle.0);
    out.extend_from_slice(&meta.family.0);
    out.extend_from_slice(&meta.tag.0);
    put_text(&mut out, meta.prefix.as_str());
    out.extend_from_slice(&meta.generation.to_be_bytes());
    out.extend_from_slice(&meta.round.to_be_bytes());
    for time in [meta.created, meta.last_seen, meta.minted] {
        put_time(&mut out, time);
    }
    put_option(&mut out, meta.pending, |out, pending| {
        put_time(out, pending.since);
        put_time(out, pending.latest);
        out.push(pending.siblings);
    });
    put_option(&mut out, meta.frozen, |out, frozen| {
        put_time(out, frozen.at);
        put_option(out, frozen.confirmed, put_time);
    });
    put_option(&mut out, meta.predecessor, |out, at| out.extend_from_slice(&at.0));
    put_option(&mut out, meta.binding.as_ref(), |out, binding| {
        out.extend_from_slice(&binding.subject.0);
        put_option(out, binding.authenticated, put_time);
        put_texts(out, &binding.methods);
        put_texts(out, &binding.scopes);
        put_option(out, binding.device, |out, device| out.extend_from_slice(&device.0));
    });
    put_text(&mut out, &meta.client.network);
    put_text(&mut out, &meta.client.agent);
    out.extend_from_slice(&meta.payload_number.to_be_bytes());
    put_text(&mut out, &meta.serializer);
    out
}

/// The metadata that `bytes` are, if they are.
pub fn decode_meta(bytes: &[u8]) -> Option<Meta> {
    let mut from = Reader(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let meta = Meta {
        handle: Handle(from.array()?),
        family: Family(from.array()?),
        tag: Tag(from.array::<TAG_LEN>()?),
        prefix: Prefix::new(from.text()?.as_bytes())?,
        generation: u32::from_be_bytes(from.array()?),
        round: u32::from_be_bytes(from.array()?),
        created: from.time()?,
        last_seen: from.time()?,
        minted: from.time()?,
        pending: from
            .option(|from| Some(Pending { since: from.time()?, latest: from.time()?, siblings: from.byte()? }))?,
        frozen: from.option(|from| Some(Frozen { at: from.time()?, confirmed: from.option(Reader::time)? }))?,
        predecessor: from.option(|from| Some(Locator(from.array()?)))?,
        binding: from.option(|from| {
            Some(Binding {
                subject: Tag(from.array::<TAG_LEN>()?),
                authenticated: from.option(Reader::time)?,
                methods: from.texts()?,
                scopes: from.texts()?,
                device: from.option(|from| Some(Handle(from.array()?)))?,
            })
        })?,
        client: Client { network: from.text()?.into(), agent: from.text()?.into() },
        payload_number: u64::from_be_bytes(from.array()?),
        serializer: from.text()?.into(),
    };
    from.end(meta)
}

/// `pointer` as bytes.
pub fn encode_pointer(pointer: &Pointer) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    out.push(FORMAT);
    out.extend_from_slice(&pointer.handle.0);
    match pointer.state {
        PointerState::Pending { round } => {
            out.push(0);
            out.extend_from_slice(&round.to_be_bytes());
        }
        PointerState::Superseded { confirmed } => {
            out.push(1);
            put_time(&mut out, confirmed);
        }
    }
    out
}

/// The pointer that `bytes` are, if they are.
pub fn decode_pointer(bytes: &[u8]) -> Option<Pointer> {
    let mut from = Reader(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let handle = Handle(from.array()?);
    let state = match from.byte()? {
        0 => PointerState::Pending { round: u32::from_be_bytes(from.array()?) },
        1 => PointerState::Superseded { confirmed: from.time()? },
        _ => return None,
    };
    from.end(Pointer { handle, state })
}

fn put_time(out: &mut Vec<u8>, time: Time) {
    out.extend_from_slice(&time.as_millis().to_be_bytes());
}

/// Text of at most 255 bytes: prefixes and serializer names are shorter.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).unwrap_or(0);
    out.push(length);
    out.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
}

/// At most 255 of them; who binds a record sees to that.
fn put_texts(out: &mut Vec<u8>, texts: &[Box<str>]) {
    let count = u8::try_from(texts.len()).unwrap_or(u8::MAX);
    out.push(count);
    for text in &texts[..usize::from(count)] {
        put_text(out, text);
    }
}

fn put_option<T>(out: &mut Vec<u8>, value: Option<T>, put: impl FnOnce(&mut Vec<u8>, T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.array::<1>()?[0])
    }

    fn time(&mut self) -> Option<Time> {
        Some(Time::from_millis(i64::from_be_bytes(self.array()?)))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.byte()?;
        std::str::from_utf8(self.take(usize::from(length))?).ok()
    }

    fn texts(&mut self) -> Option<Vec<Box<str>>> {
        let count = self.byte()?;
        (0..count).map(|_| Some(self.text()?.into())).collect()
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => Some(Some(read(self)?)),
            _ => None,
        }
    }

    /// Bytes left over mean that this is not what it seems.
    fn end<T>(&self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}
