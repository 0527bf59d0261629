//! Session IDs and the names derived from them.
//!
//! `sid = [prefix] tag "-" secret`, `secret` = class bit and key id (1) | minute of minting (3) | random (20) | MAC (8),
//! tag and secret in lower-case RFC 4648 base32 without padding. Minting and verifying need keys and are in
//! [`crate::keys`]; what an ID opens is decided in [`crate::lifecycle`].

use std::fmt;

use data_encoding::{Encoding, Specification};
use zeroize::Zeroize;

use crate::clock::Time;

/// Bytes in a tag.
pub const TAG_LEN: usize = 16;
/// Bytes in a secret: everything after the dash.
pub const SECRET_LEN: usize = 32;
/// Bytes of the secret that the MAC covers.
pub const SIGNED_LEN: usize = 24;
/// Random bytes in a secret: 160 bits.
pub const RANDOM_LEN: usize = 20;
/// Characters of an ID without prefix.
pub const BARE_CHARS: usize = TAG_CHARS + 1 + SECRET_CHARS;
/// Characters that an ID may have with its prefix.
pub const MAX_CHARS: usize = 256;

const TAG_CHARS: usize = 26;
const SECRET_CHARS: usize = 52;
/// 2024-01-01 00:00 UTC: 24 bits of minutes from here last until 2055.
const MINUTES_FROM: i64 = 1_704_067_200 / 60;

pub(crate) fn base32() -> &'static Encoding {
    static ENCODING: std::sync::OnceLock<Encoding> = std::sync::OnceLock::new();
    ENCODING.get_or_init(|| {
        let mut spec = Specification::new();
        spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
        // The alphabet is a constant of 32 distinct ASCII symbols, so this cannot fail; RFC 4648's own is never reached.
        spec.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
    })
}

/// The partition key inside an ID: random for an anonymous session, a keyed hash of the user ID for a bound one (R53).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub [u8; TAG_LEN]);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32().encode(&self.0))
    }
}

/// What kind of session an ID was minted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// May not be stored yet: no row and young means an empty session (A23).
    Anonymous,
    /// Was stored before it was sent: no row means unknown.
    User,
}

/// The part of an ID after the dash. Never printed.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct Secret([u8; SECRET_LEN]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Puts a secret together from what the MAC covers and the MAC.
    pub fn new(signed: &[u8; SIGNED_LEN], mac: [u8; SECRET_LEN - SIGNED_LEN]) -> Self {
        let mut bytes = [0; SECRET_LEN];
        let (head, tail) = bytes.split_at_mut(SIGNED_LEN);
        head.copy_from_slice(signed);
        tail.copy_from_slice(&mac);
        Self(bytes)
    }

    /// The first 24 bytes: class and key, minute, random.
    pub fn signed(&self) -> &[u8] {
        &self.0[..SIGNED_LEN]
    }

    /// The random part.
    pub fn random(&self) -> [u8; RANDOM_LEN] {
        let mut out = [0; RANDOM_LEN];
        out.copy_from_slice(&self.0[SIGNED_LEN - RANDOM_LEN..SIGNED_LEN]);
        out
    }

    /// The last 8 bytes.
    pub fn mac(&self) -> &[u8] {
        &self.0[SIGNED_LEN..]
    }

    /// All 32 bytes.
    pub fn bytes(&self) -> &[u8; SECRET_LEN] {
        &self.0
    }
}

/// The bytes that the MAC covers.
pub fn signed_part(class: Class, key: KeyId, minted: Time, random: &[u8; RANDOM_LEN]) -> [u8; SIGNED_LEN] {
    let mut out = [0; SIGNED_LEN];
    out[0] = key.get() | if class == Class::User { 0x80 } else { 0 };
    let minute = minted.as_secs().div_euclid(60).saturating_sub(MINUTES_FROM).clamp(0, 0xff_ffff);
    out[1..4].copy_from_slice(&minute.to_be_bytes()[5..]);
    out[4..].copy_from_slice(random);
    out
}

/// Number of a working key, 1 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u8);

impl KeyId {
    /// The key number `n`, if it is one.
    pub fn new(n: u8) -> Option<Self> {
        (1..=127).contains(&n).then_some(Self(n))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A session ID: the secret in the cookie. Has no `Display`; [`SessionId::expose`] is the only way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId {
    prefix: Prefix,
    tag: Tag,
    secret: Secret,
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

impl SessionId {
    /// Puts an ID together.
    pub fn new(prefix: Prefix, tag: Tag, secret: Secret) -> Self {
        Self { prefix, tag, secret }
    }

    /// Reads an ID as a client sent it. `None` is anything that is not of our grammar, before any key is touched.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_CHARS || text.len() < BARE_CHARS {
            return None;
        }
        let (head, secret) = text.split_at(text.len() - SECRET_CHARS);
        let (dash, head) = head.split_last()?;
        let (prefix, tag) = head.split_at(head.len() - TAG_CHARS);
        if *dash != b'-' {
            return None;
        }
        Some(Self { prefix: Prefix::new(prefix)?, tag: Tag(decode(tag)?), secret: Secret(decode(secret)?) })
    }

    /// The text for the cookie. Whoever holds it holds the session: it goes to the client and nowhere else.
    pub fn expose(&self) -> String {
        let mut out = String::with_capacity(self.prefix.0.len() + BARE_CHARS);
        out.push_str(self.prefix.as_str());
        base32().encode_append(&self.tag.0, &mut out);
        out.push('-');
        base32().encode_append(&self.secret.0, &mut out);
        out
    }

    /// What the application gave to `session_create_id()`.
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// The partition key.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The secret part.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The working key that the ID claims to be made with.
    pub fn key(&self) -> Option<KeyId> {
        KeyId::new(self.secret.0[0] & 0x7f)
    }

    /// The kind of session that the ID was minted for.
    pub fn class(&self) -> Class {
        if self.secret.0[0] & 0x80 == 0 { Class::Anonymous } else { Class::User }
    }

    /// The minute in which the ID was minted.
    pub fn minted(&self) -> Time {
        let minute = i64::from(u32::from_be_bytes([0, self.secret.0[1], self.secret.0[2], self.secret.0[3]]));
        Time::from_secs((minute + MINUTES_FROM) * 60)
    }
}

fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    // `decode_mut` refuses foreign symbols and non-zero trailing bits, so that an ID has one spelling only.
    (base32().decode_mut(text, &mut out).ok()? == N).then_some(out)
}

/// A prefix for `session_create_id()`: `[A-Za-z0-9,-]`, at most 177 characters, so that the ID stays within 256.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// The prefix `text`, if it may be one.
    pub fn new(text: &[u8]) -> Option<Self> {
        let fits = text.len() <= MAX_CHARS - BARE_CHARS;
        let plain = text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'-'));
        if !(fits && plain) {
            return None;
        }
        Some(Self(std::str::from_utf8(text).ok()?.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Bytes in it.
            pub const LEN: usize = $len;

            /// From bytes of the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(Self(bytes.try_into().ok()?))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), base32().encode(&self.0[..5]))
            }
        }
    };
}

name!(
    /// Keyed hash of an ID, and the partition of its tag: the only form of an ID that a store ever sees. Not accepted as a cookie (A10).
    Locator,
    16
);
name!(
    /// What a store may divide itself by: the head of a tag. Everything of one user is in one partition, and a session stays in its partition until somebody
    /// logs in or out.
    Partition,
    6
);
name!(
    /// A record's public name: random, safe to show, log and pass to "sign this device out". Not accepted as a cookie (A10).
    Handle,
    16
);
name!(
    /// Names everything that descends from one first session by rotate and elevate.
    Family,
    16
);

impl Tag {
    /// The partition of everything that carries this tag.
    pub fn partition(&self) -> Partition {
        let mut head = [0; Partition::LEN];
        head.copy_from_slice(&self.0[..Partition::LEN]);
        Partition(head)
    }
}

impl Locator {
    /// Bytes of hash in a locator.
    pub const HASH_LEN: usize = Self::LEN - Partition::LEN;

    /// The locator of an ID that hashes to `hash` and carries `tag`.
    pub fn new(hash: [u8; Self::HASH_LEN], tag: &Tag) -> Self {
        let mut out = [0; Self::LEN];
        out[..Self::HASH_LEN].copy_from_slice(&hash);
        out[Self::HASH_LEN..].copy_from_slice(&tag.partition().0);
        Self(out)
    }

    /// The keyed hash of the ID.
    pub fn hash(&self) -> &[u8] {
        &self.0[..Self::HASH_LEN]
    }

    /// The partition of the ID's tag.
    pub fn partition(&self) -> Partition {
        let mut tail = [0; Partition::LEN];
        tail.copy_from_slice(&self.0[Self::HASH_LEN..]);
        Partition(tail)
    }

    /// 63 bits of the locator, for stores and locks that address by number.
    pub fn number(&self) -> u64 {
        let mut head = [0; 8];
        head.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(head) >> 1
    }
}

impl Handle {
    /// Characters of its text.
    pub const CHARS: usize = 26;

    /// Reads what `Display` writes.
    pub fn parse(text: &[u8]) -> Option<Self> {
        (text.len() == Self::CHARS).then(|| decode(text).map(Self)).flatten()
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32().encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(prefix: &str) -> SessionId {
        let key = KeyId::new(3).unwrap();
        let signed = signed_part(Class::User, key, Time::from_secs(1_800_000_000), &[9; RANDOM_LEN]);
        SessionId::new(Prefix::new(prefix.as_bytes()).unwrap(), Tag([5; TAG_LEN]), Secret::new(&signed, [1; 8]))
    }

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for prefix in ["", "u12-", "a,B-9", &"x".repeat(177)] {
            let id = sample(prefix);
            let text = id.expose();
            assert!(text.len() <= MAX_CHARS);
            assert_eq!(SessionId::parse(text.as_bytes()), Some(id.clone()));
            assert_eq!(id.class(), Class::User);
            assert_eq!(id.key(), KeyId::new(3));
            assert_eq!(id.minted().as_secs(), 1_800_000_000 / 60 * 60);
        }
        assert_eq!(sample("").expose().len(), 79);
    }

    #[test]
    fn an_id_has_one_spelling_only() {
        let text = sample("").expose();
        assert!(SessionId::parse(text.to_uppercase().as_bytes()).is_none());
        let mut last = text.clone().into_bytes();
        for symbol in *b"abcdefghijklmnopqrstuvwxyz234567" {
            *last.last_mut().unwrap() = symbol;
            let same = last == text.as_bytes();
            // The last symbol carries one bit of data: only two of 32 spellings decode, and they differ in it.
            let parsed = SessionId::parse(&last);
            assert!(same == (parsed == Some(sample(""))));
        }
    }

    #[test]
    fn garbage_is_not_an_id() {
        for bad in [
            &b""[..],
            b"abc",
            &[0; 79],
            &[b'a'; 79],
            &[b'-'; 79],
            &[b'a'; 257],
            b"sess_0123456789abcdef0123456789abcdef",
        ] {
            assert!(SessionId::parse(bad).is_none());
        }
        for i in 0..79 {
            let mut text = sample("").expose().into_bytes();
            text[i] = 0;
            assert!(SessionId::parse(&text).is_none());
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let id = sample("u12-");
        assert_eq!(format!("{id:?}"), "SessionId(..)");
        assert_eq!(format!("{:?}", id.secret()), "Secret(..)");
    }
}
