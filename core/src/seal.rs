//! Sealing: what a store keeps opens with the keyring only, and only in its own place.
//!
//! AES-256-GCM-SIV with random nonces: a repeated nonce reveals equality and nothing else. The associated data names the purpose, the
//! application and the place, so that sealed bytes cannot be swapped, spliced or read as something else (A5). Whoever can write the store can put a
//! whole row back to an earlier state of itself; that cannot be detected here.
//!
//! Sealed bytes: format (1) | key number (1) | nonce (12) | ciphertext | tag (16).

use aes_gcm_siv::aead::AeadInOut as _;
use aes_gcm_siv::{Nonce, Tag};

use crate::codec;
use crate::device::Device;
use crate::entropy::{self, Entropy};
use crate::error::{Error, Result};
use crate::id::{Handle, KeyId, Locator};
use crate::incident::Happened;
use crate::keys::Keyring;
use crate::record::{Meta, Pointer};

const HEAD: usize = 2 + NONCE;
const NONCE: usize = 12;
const TAG: usize = 16;

/// `meta`, sealed for a row at `at`.
///
/// # Errors
/// [`Error::is_entropy`].
pub fn seal_meta(keys: &Keyring, entropy: &dyn Entropy, at: &Locator, meta: &Meta) -> Result<Vec<u8>> {
    seal(keys, entropy, &place(keys, b"meta", &[&at.0]), &codec::encode_meta(meta))
}

/// The metadata in `sealed`, if it was sealed for a row at `at`.
pub fn open_meta(keys: &Keyring, at: &Locator, sealed: &[u8]) -> Option<Meta> {
    codec::decode_meta(&open(keys, &place(keys, b"meta", &[&at.0]), sealed.to_vec())?)
}

/// `pointer`, sealed for the place `at`.
///
/// # Errors
/// [`Error::is_entropy`].
pub fn seal_pointer(keys: &Keyring, entropy: &dyn Entropy, at: &Locator, pointer: &Pointer) -> Result<Vec<u8>> {
    seal(keys, entropy, &place(keys, b"pointer", &[&at.0]), &codec::encode_pointer(pointer))
}

/// The pointer in `sealed`, if it was sealed for the place `at`.
pub fn open_pointer(keys: &Keyring, at: &Locator, sealed: &[u8]) -> Option<Pointer> {
    codec::decode_pointer(&open(keys, &place(keys, b"pointer", &[&at.0]), sealed.to_vec())?)
}

/// `payload`, sealed for the record that `meta` describes and for no other payload number or serializer of it.
///
/// # Errors
/// [`Error::is_entropy`].
pub fn seal_payload(keys: &Keyring, entropy: &dyn Entropy, meta: &Meta, payload: &[u8]) -> Result<Vec<u8>> {
    seal(keys, entropy, &payload_place(keys, meta), payload)
}

/// The payload in `sealed`, if it is the one that `meta` describes.
pub fn open_payload(keys: &Keyring, meta: &Meta, sealed: Vec<u8>) -> Option<Vec<u8>> {
    open(keys, &payload_place(keys, meta), sealed)
}

/// `device`, sealed for its own row.
///
/// # Errors
/// [`Error::is_entropy`].
pub fn seal_device(keys: &Keyring, entropy: &dyn Entropy, device: &Device) -> Result<Vec<u8>> {
    seal(keys, entropy, &place(keys, b"device", &[&device.name.0]), &codec::encode_device(device))
}

/// The device in `sealed`, if it was sealed for the row called `name`.
pub fn open_device(keys: &Keyring, name: &Handle, sealed: &[u8]) -> Option<Device> {
    let plain = open(keys, &place(keys, b"device", &[&name.0]), sealed.to_vec())?;
    codec::decode_device(&plain).filter(|device| device.name == *name)
}

/// What happened, sealed for the incident `name`.
///
/// # Errors
/// [`Error::is_entropy`].
pub fn seal_incident(keys: &Keyring, entropy: &dyn Entropy, name: &Handle, happened: &Happened) -> Result<Vec<u8>> {
    seal(keys, entropy, &place(keys, b"evidence", &[&name.0]), &codec::encode_incident(happened))
}

/// What happened by `sealed`, if it was sealed for the incident `name`.
pub fn open_incident(keys: &Keyring, name: &Handle, sealed: &[u8]) -> Option<Happened> {
    codec::decode_incident(&open(keys, &place(keys, b"evidence", &[&name.0]), sealed.to_vec())?)
}

/// The number of the key that `sealed` says it was sealed with.
pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
    KeyId::new(*sealed.get(1)?)
}

fn payload_place(keys: &Keyring, meta: &Meta) -> Vec<u8> {
    place(keys, b"payload", &[&meta.handle.0, &meta.payload_number.to_be_bytes(), meta.serializer.as_bytes()])
}

/// Associated data: every field preceded by its length.
fn place(keys: &Keyring, purpose: &[u8], fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    for field in [purpose, keys.application().as_bytes()].iter().chain(fields) {
        out.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(field);
    }
    out
}

fn seal(keys: &Keyring, entropy: &dyn Entropy, place: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let (number, cipher) = keys.sealer();
    let nonce: [u8; NONCE] = entropy::array(entropy)?;
    let mut out = Vec::with_capacity(HEAD + plain.len() + TAG);
    out.extend_from_slice(&[codec::FORMAT, number.get()]);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let Ok(tag) = cipher.encrypt_inout_detached(&Nonce::from(nonce), place, (&mut out[HEAD..]).into()) else {
        return Err(Error::store(
            "expected a payload of less than 64 GiB to seal, found a larger one; lower sidereal.max_payload",
        ));
    };
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens in place: a payload is copied often enough on its way to the application.
fn open(keys: &Keyring, place: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let end = sealed.len().checked_sub(TAG)?;
    let (head, rest) = sealed.split_at_mut_checked(HEAD)?;
    let (text, tag) = rest.split_at_mut_checked(end.checked_sub(HEAD)?)?;
    let ([format, number], nonce) = head.split_first_chunk()?;
    if *format != codec::FORMAT {
        return None;
    }
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let tag: [u8; TAG] = (&*tag).try_into().ok()?;
    keys.opener(KeyId::new(*number)?)?
        .decrypt_inout_detached(&Nonce::from(nonce), place, text.into(), &Tag::from(tag))
        .ok()?;
    sealed.truncate(end);
    sealed.drain(..HEAD);
    Some(sealed)
}
