//! Tokens: what our own pages put into their forms.
//!
//! A token is a keyed hash of the record it belongs to and of what it is good for, so nothing is stored for it: it lives as long as the record,
//! through every rotation (open tabs keep working), and not beyond a log-in, an elevation or a log-out, which make another record. Each rendering is
//! masked anew, because a secret that repeats in compressed bodies can be read out of their length (R8, BREACH).
//!
//! Text of a token: base64url of key number (1) | mask (32) | masked hash (32).

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq as _;

use crate::entropy::{self, Entropy};
use crate::error::Result;
use crate::id::{Handle, KeyId};
use crate::keys::Keyring;

const HASH: usize = 32;
const BYTES: usize = 1 + 2 * HASH;

/// Characters of a token.
pub const LENGTH: usize = 87;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Any number of requests.
    Many,
    /// One request; the number says how many such tokens of its scope and record went before.
    Once(u32),
}

impl Use {
    fn bytes(self) -> [u8; 5] {
        match self {
            Self::Many => [0; 5],
            Self::Once(number) => {
                let [a, b, c, d] = number.to_be_bytes();
                [1, a, b, c, d]
            }
        }
    }
}

/// A new rendering of the token that the record called `record` has for `scope`.
///
/// # Errors
/// [`crate::Error::is_entropy`].
pub fn render(keys: &Keyring, entropy: &dyn Entropy, record: &Handle, scope: &str, good_for: Use) -> Result<String> {
    let mask: [u8; HASH] = entropy::array(entropy)?;
    let (key, hash) = keys.csrf_hash(&record.0, scope.as_bytes(), &good_for.bytes());
    let mut bytes = [0; BYTES];
    bytes[0] = key.get();
    bytes[1..=HASH].copy_from_slice(&mask);
    bytes[1 + HASH..].copy_from_slice(&masked(&mask, &hash));
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Whether `token` is a rendering of that token; compares in constant time.
pub fn is_genuine(keys: &Keyring, token: &[u8], record: &Handle, scope: &str, good_for: Use) -> bool {
    let mut bytes = [0; BYTES];
    if token.len() != LENGTH || BASE64URL_NOPAD.decode_mut(token, &mut bytes) != Ok(BYTES) {
        return false;
    }
    let key = KeyId::new(bytes[0]);
    let hash = key.and_then(|key| keys.csrf_hash_with(key, &record.0, scope.as_bytes(), &good_for.bytes()));
    let (mask, hidden) = bytes[1..].split_at(HASH);
    hash.is_some_and(|hash| masked(mask, hidden).ct_eq(&hash).into())
}

fn masked(mask: &[u8], bytes: &[u8]) -> [u8; HASH] {
    let mut out = [0; HASH];
    for (place, (one, other)) in out.iter_mut().zip(mask.iter().zip(bytes)) {
        *place = one ^ other;
    }
    out
}
