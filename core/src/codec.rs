//! Metadata and pointers as bytes.
//!
//! Fixed-width big-endian numbers, lengths before text, one format byte in front. Reading is total: any bytes give a value or
//! `None`, never a panic and never a default that would pass as valid (A34). The bytes are sealed in [`crate::seal`].

mod device;

use crate::client::{Client, Network, Scheme, Signals, Word};
use crate::clock::Time;
use crate::id::{Family, Handle, Locator, Prefix, TAG_LEN, Tag};
use crate::incident::{Cause, Happened, Response};
use crate::record::{Binding, CsrfMemory, Frozen, Meta, Pending, Pointer, PointerState, StepUp, Unbound};

pub use device::{decode_device, encode_device};

/// Format of the bytes written here. A reader refuses every other one.
pub const FORMAT: u8 = 1;

/// `meta` as bytes.
pub fn encode_meta(meta: &Meta) -> Vec<u8> {
    let mut out = Vec::with_capacity(224);
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
    put_option(&mut out, meta.unbound, |out, unbound| {
        put_time(out, unbound.at);
        out.push(u8::from(unbound.stripped));
    });
    put_client(&mut out, &meta.client);
    out.push(meta.noticed.bits());
    put_option(&mut out, meta.step_up, |out, step_up| out.push(u8::from(step_up.is_renewed)));
    put_option(&mut out, meta.scheme, |out, scheme| out.push(u8::from(scheme == Scheme::Https)));
    put_csrf(&mut out, &meta.csrf);
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
        generation: from.number()?,
        round: from.number()?,
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
        unbound: from.option(|from| Some(Unbound { at: from.time()?, stripped: from.flag()? }))?,
        client: from.client()?,
        noticed: Signals::from_bits(from.byte()?)?,
        step_up: from.option(|from| Some(StepUp { is_renewed: from.flag()? }))?,
        scheme: from.option(|from| Some(if from.flag()? { Scheme::Https } else { Scheme::Http }))?,
        csrf: from.csrf()?,
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
        0 => PointerState::Pending { round: from.number()? },
        1 => PointerState::Superseded { confirmed: from.time()? },
        _ => return None,
    };
    from.end(Pointer { handle, state })
}

/// `happened` as bytes.
pub fn encode_incident(happened: &Happened) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    out.push(FORMAT);
    put_time(&mut out, happened.at);
    out.push(happened.cause as u8);
    out.push(happened.response as u8);
    out.extend_from_slice(&happened.session.0);
    out.extend_from_slice(&happened.family.0);
    put_option(&mut out, happened.subject, |out, subject| out.extend_from_slice(&subject.0));
    put_client(&mut out, &happened.client);
    out
}

/// The incident that `bytes` are, if they are.
pub fn decode_incident(bytes: &[u8]) -> Option<Happened> {
    let mut from = Reader(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let happened = Happened {
        at: from.time()?,
        cause: Cause::from_number(from.byte()?)?,
        response: Response::from_number(from.byte()?)?,
        session: Handle(from.array()?),
        family: Family(from.array()?),
        subject: from.option(|from| Some(Tag(from.array::<TAG_LEN>()?)))?,
        client: from.client()?,
    };
    from.end(happened)
}

fn put_client(out: &mut Vec<u8>, client: &Client) {
    match client.network {
        None => out.push(0),
        Some(Network::V4(octets)) => {
            out.push(4);
            out.extend_from_slice(&octets);
        }
        Some(Network::V6(segments)) => {
            out.push(6);
            segments.iter().for_each(|segment| out.extend_from_slice(&segment.to_be_bytes()));
        }
    }
    put_text(out, client.browser.as_str());
    put_text(out, client.platform.as_str());
    out.extend_from_slice(&client.version.to_be_bytes());
    put_text(out, client.language.as_str());
    put_text(out, client.hinted_platform.as_str());
    put_option(out, client.mobile, |out, mobile| out.push(u8::from(mobile)));
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

/// At most 255 uses; [`crate::csrf::once`] keeps fewer.
fn put_csrf(out: &mut Vec<u8>, memory: &CsrfMemory) {
    out.push(u8::from(memory.says_site));
    out.extend_from_slice(&memory.used.to_be_bytes());
    out.extend_from_slice(&memory.floor.to_be_bytes());
    let count = u8::try_from(memory.uses.len()).unwrap_or(u8::MAX);
    out.push(count);
    for (scope, number) in &memory.uses[..usize::from(count)] {
        put_text(out, scope);
        out.extend_from_slice(&number.to_be_bytes());
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

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn client(&mut self) -> Option<Client> {
        let network = match self.byte()? {
            0 => None,
            4 => Some(Network::V4(self.array()?)),
            6 => {
                let mut segments = [0; 4];
                for segment in &mut segments {
                    *segment = u16::from_be_bytes(self.array()?);
                }
                Some(Network::V6(segments))
            }
            _ => return None,
        };
        Some(Client {
            network,
            browser: self.word()?,
            platform: self.word()?,
            version: u16::from_be_bytes(self.array()?),
            language: self.word()?,
            hinted_platform: self.word()?,
            mobile: self.option(Self::flag)?,
        })
    }

    fn word(&mut self) -> Option<Word> {
        Word::new(self.text()?)
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

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.array()?))
    }

    fn csrf(&mut self) -> Option<CsrfMemory> {
        let (says_site, used, floor) = (self.flag()?, self.number()?, self.number()?);
        let count = self.byte()?;
        let uses = (0..count).map(|_| Some((self.text()?.into(), self.number()?))).collect::<Option<_>>()?;
        Some(CsrfMemory { says_site, used, floor, uses })
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { Some(Some(read(self)?)) } else { Some(None) }
    }

    /// Bytes left over mean that this is not what it seems.
    fn end<T>(&self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}
