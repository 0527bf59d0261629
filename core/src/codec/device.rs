//! Remembered devices as bytes, in the manner of metadata.

use super::{FORMAT, Reader, put_client, put_time};
use crate::autologin::{MAX_SIBLINGS, MAX_USED};
use crate::device::{Device, Used};
use crate::id::Handle;
use crate::token::Digest;

/// `device` as bytes.
pub fn encode_device(device: &Device) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.push(FORMAT);
    out.extend_from_slice(&device.name.0);
    // A user ID has 1 to 255 bytes.
    out.push(u8::try_from(device.user.len()).unwrap_or(0));
    out.extend_from_slice(&device.user);
    for time in [device.created, device.ends, device.last_used] {
        put_time(&mut out, time);
    }
    put_client(&mut out, &device.client);
    out.push(u8::try_from(device.used.len()).unwrap_or(u8::MAX));
    for used in &device.used {
        out.extend_from_slice(&used.digest.0);
        put_time(&mut out, used.at);
    }
    out.push(u8::try_from(device.pending.len()).unwrap_or(u8::MAX));
    for digest in &device.pending {
        out.extend_from_slice(&digest.0);
    }
    out
}

/// The device that `bytes` are, if they are.
pub fn decode_device(bytes: &[u8]) -> Option<Device> {
    let mut from = Reader(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let name = Handle(from.array()?);
    let length = from.byte()?;
    let user = Some(from.take(usize::from(length))?).filter(|user| !user.is_empty())?.into();
    let (created, ends, last_used) = (from.time()?, from.time()?, from.time()?);
    let client = from.client()?;
    let used = list(&mut from, MAX_USED, |from| Some(Used { digest: Digest(from.array()?), at: from.time()? }))?;
    let pending = list(&mut from, MAX_SIBLINGS, |from| Some(Digest(from.array()?)))?;
    from.end(Device { name, user, created, ends, last_used, client, used, pending })
}

fn list<T>(from: &mut Reader<'_>, most: usize, read: impl Fn(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    let count = usize::from(from.byte()?);
    (count <= most).then(|| (0..count).map(|_| read(from)).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, Network, Word};
    use crate::clock::Time;

    fn device() -> Device {
        let time = Time::from_secs;
        let used = |n| Used { digest: Digest([n; 32]), at: time(n.into()) };
        Device {
            name: Handle([1; 16]),
            user: vec![0xff; 255].into(),
            created: time(1),
            ends: time(2),
            last_used: time(3),
            client: Client {
                network: Some(Network::V4([192, 0, 2])),
                browser: Word::new("Firefox").unwrap(),
                mobile: Some(false),
                ..Client::UNKNOWN
            },
            used: vec![used(4), used(5)],
            pending: vec![Digest([6; 32])],
        }
    }

    #[test]
    fn a34_a_device_is_read_whole_or_not_at_all() {
        let bytes = encode_device(&device());
        assert_eq!(decode_device(&bytes), Some(device()));
        for end in 0..bytes.len() {
            assert_eq!(decode_device(&bytes[..end]), None, "cut at {end}");
        }
        assert_eq!(decode_device(&[&bytes[..], b"x"].concat()), None);
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x80;
            // Whatever it reads as is written as the same bytes: nothing is made up.
            assert!(decode_device(&damaged).is_none_or(|read| encode_device(&read) == damaged), "byte {place}");
        }
    }
}
