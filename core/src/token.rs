//! Auto-login tokens: what the cookie of a remembered device carries, good for one log-in.
//!
//! `token = key number (1) | device (16) | validator (32) | MAC (16)` in lower-case RFC 4648 base32: 104 characters and no bit to spare, so
//! each has one spelling. The device's name selects its row, the validator is random and kept as a hash only (R57), and the MAC tells what was
//! once genuine from garbage, which therefore reaches no store and accuses nobody. Minting and verifying need keys and are in [`crate::keys`]; what a
//! genuine one is worth is decided in [`crate::autologin`].

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize;

use crate::id::{Handle, KeyId, base32};

/// Bytes that the MAC covers: key number, device, validator.
pub const SIGNED_LEN: usize = 1 + DEVICE_LEN + VALIDATOR_LEN;
/// Random bytes in a validator: 256 bits (R57).
pub const VALIDATOR_LEN: usize = 32;
/// Bytes of the MAC.
pub const MAC_LEN: usize = 16;
/// Characters of a token.
pub const CHARS: usize = 104;

const DEVICE_LEN: usize = 16;
const LEN: usize = SIGNED_LEN + MAC_LEN;

/// A token. Has no `Display`; [`Token::expose`] is the only way to its text.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct Token([u8; LEN]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// Puts a token together from what the MAC covers and the MAC.
    pub fn new(signed: &[u8; SIGNED_LEN], mac: [u8; MAC_LEN]) -> Self {
        let mut bytes = [0; LEN];
        let (head, tail) = bytes.split_at_mut(SIGNED_LEN);
        head.copy_from_slice(signed);
        tail.copy_from_slice(&mac);
        Self(bytes)
    }

    /// The token that `text` spells, if it is of the grammar. Takes any bytes; whether it is genuine is another question.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; LEN];
        if text.len() != CHARS || base32().decode_mut(text, &mut bytes).ok()? != LEN {
            return None;
        }
        Some(Self(bytes))
    }

    /// The text for the cookie.
    pub fn expose(&self) -> String {
        base32().encode(&self.0)
    }

    /// The number of the key that it says it was minted with.
    pub fn key(&self) -> Option<KeyId> {
        KeyId::new(self.0[0])
    }

    /// The device that it belongs to.
    pub fn device(&self) -> Handle {
        let mut name = Handle([0; DEVICE_LEN]);
        name.0.copy_from_slice(&self.0[1..=DEVICE_LEN]);
        name
    }

    /// What is kept of its validator.
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(&self.0[1 + DEVICE_LEN..SIGNED_LEN]).into())
    }

    /// What the MAC covers.
    pub fn signed(&self) -> &[u8] {
        &self.0[..SIGNED_LEN]
    }

    /// The MAC.
    pub fn mac(&self) -> &[u8] {
        &self.0[SIGNED_LEN..]
    }
}

/// The bytes that the MAC covers.
pub fn signed_part(key: KeyId, device: &Handle, validator: &[u8; VALIDATOR_LEN]) -> [u8; SIGNED_LEN] {
    let mut out = [0; SIGNED_LEN];
    out[0] = key.get();
    out[1..=DEVICE_LEN].copy_from_slice(&device.0);
    out[1 + DEVICE_LEN..].copy_from_slice(validator);
    out
}

/// SHA-256 of a validator: all that is kept of a token. Compares in constant time.
#[derive(Clone, Copy)]
pub struct Digest(pub [u8; 32]);

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        let signed = signed_part(KeyId::new(3).unwrap(), &Handle([7; 16]), &[9; VALIDATOR_LEN]);
        Token::new(&signed, [5; MAC_LEN])
    }

    #[test]
    fn r57_a_token_has_one_spelling_and_keeps_what_it_says() {
        let text = token().expose();
        assert_eq!(text.len(), CHARS);
        let parsed = Token::parse(text.as_bytes()).unwrap();
        assert!(parsed == token() && parsed.device() == Handle([7; 16]) && parsed.key() == KeyId::new(3));
        assert_eq!(parsed.digest().0, <[u8; 32]>::from(Sha256::digest([9; VALIDATOR_LEN])));
    }

    #[test]
    fn a15_truncated_oversized_and_foreign_texts_are_no_tokens() {
        let text = token().expose();
        for bad in
            ["", "x", &text[1..], &text[..CHARS - 1], &format!("{text}a"), &text.to_uppercase(), &"1".repeat(CHARS)]
        {
            assert!(Token::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Token::parse(&[0xff; CHARS]).is_none() && Token::parse(&vec![b'a'; 1 << 20]).is_none());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?} {:?}", token(), token().digest()), "Token(..) Digest(..)");
    }
}
