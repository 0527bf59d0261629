//! Who has which key in a Cluster. Pure.

use redis::Value;

use super::address::Server;

/// Slots of a Cluster (<https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/>).
const SLOTS: u16 = 16384;

/// The primaries of a Cluster, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    nodes: Vec<Server>,
    /// For each slot one more than the index of its node; 0 where nobody has it.
    owner: Vec<u16>,
}

impl Slots {
    /// Reads the answer to CLUSTER SLOTS, which `asked` gave. `None` when it is not one.
    pub(super) fn parse(answer: &Value, asked: &Server) -> Option<Self> {
        let Value::Array(ranges) = answer else { return None };
        let mut slots = Self { nodes: Vec::new(), owner: vec![0; usize::from(SLOTS)] };
        for range in ranges {
            let Value::Array(range) = range else { return None };
            let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else {
                return None;
            };
            let (first, last) = (u16::try_from(*first).ok()?, u16::try_from(*last).ok()?);
            if first > last || last >= SLOTS {
                return None;
            }
            // A node that does not know its own name yet; nobody can be sent there.
            let Some(node) = node(primary, asked)? else { continue };
            let owner = slots.number(node);
            slots.owner[usize::from(first)..=usize::from(last)].fill(owner);
        }
        Some(slots)
    }

    /// The primary that has `key`.
    pub(super) fn server(&self, key: &[u8]) -> Option<&Server> {
        let owner = self.owner.get(usize::from(slot(key)))?;
        self.nodes.get(usize::from(*owner).checked_sub(1)?)
    }

    /// Notes that `slot` has moved to `node`.
    pub(super) fn moved(&mut self, slot: u16, node: Server) {
        let number = self.number(node);
        if let Some(owner) = self.owner.get_mut(usize::from(slot)) {
            *owner = number;
        }
    }

    /// Every node that has been heard of.
    pub(super) fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    fn number(&mut self, node: Server) -> u16 {
        let at = self.nodes.iter().position(|known| *known == node).unwrap_or_else(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }
}

/// The server in an entry of CLUSTER SLOTS: a node that has no name of its own is reached as the one that was asked.
#[allow(clippy::option_option)] // Not an entry; an entry without a server; a server.
fn node(entry: &[Value], asked: &Server) -> Option<Option<Server>> {
    let [name, Value::Int(port), ..] = entry else { return None };
    let port = u16::try_from(*port).ok()?;
    let host = match name {
        Value::Nil => String::new(),
        Value::BulkString(name) => String::from_utf8(name.clone()).ok()?,
        _ => return None,
    };
    Some(match host.as_str() {
        "?" => None,
        "" => host_of(asked).map(|host| Server::Tcp { host, port }),
        _ => Some(Server::Tcp { host, port }),
    })
}

fn host_of(server: &Server) -> Option<String> {
    match server {
        Server::Tcp { host, .. } => Some(host.clone()),
        Server::Unix(_) => None,
    }
}

/// The place in a redirection, `<slot> <host>:<port>`, which `asked` gave. A host may be left out, and then is the same.
pub(super) fn redirection(detail: &str, asked: &Server) -> Option<(u16, Server)> {
    let (slot, place) = detail.split_once(' ')?;
    let (host, port) = place.trim().rsplit_once(':')?;
    let host = if host.is_empty() { host_of(asked)? } else { host.trim_matches(['[', ']']).to_owned() };
    let slot = slot.parse().ok().filter(|slot| *slot < SLOTS)?;
    Some((slot, Server::Tcp { host, port: port.parse().ok()? }))
}

/// The slot of `key`: of what stands in its first pair of braces, if anything does.
pub(super) fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|b| *b == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|b| *b == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    crc16(tag.unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Server {
        Server::Tcp { host: host.into(), port }
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!((slot(b"foo"), slot(b"bar"), slot(b"")), (12182, 5061, 0));
        assert_eq!(slot(b"a{foo}b"), slot(b"foo"));
        assert_eq!(slot(b"{foo}{bar}"), slot(b"foo"));
        assert_ne!(slot(b"{}foo"), slot(b"foo"));
        assert_eq!(slot(b"{}foo"), crc16(b"{}foo") % SLOTS);
        assert_eq!(slot(b"a{foo"), crc16(b"a{foo") % SLOTS);
    }

    #[test]
    fn a_slot_that_moved_is_found_where_it_is() {
        let entry = |host: &str, port| Value::Array(vec![Value::BulkString(host.into()), Value::Int(port)]);
        let range = |first, last, entry| Value::Array(vec![Value::Int(first), Value::Int(last), entry]);
        let answer = Value::Array(vec![range(0, 8191, entry("", 7000)), range(8192, 16383, entry("10.0.0.2", 7001))]);
        let mut slots = Slots::parse(&answer, &tcp("asked", 1)).unwrap();
        assert_eq!(slots.server(b"bar"), Some(&tcp("asked", 7000)));
        assert_eq!(slots.server(b"foo"), Some(&tcp("10.0.0.2", 7001)));
        let (slot, node) = redirection("12182 [::1]:7002", &tcp("asked", 1)).unwrap();
        slots.moved(slot, node);
        assert_eq!(slots.server(b"foo"), Some(&tcp("::1", 7002)));
        assert_eq!(redirection("5 :7003", &tcp("asked", 1)), Some((5, tcp("asked", 7003))));
        for foreign in ["", "x", "5", "99999 a:1", "5 a", "5 a:x"] {
            assert_eq!(redirection(foreign, &tcp("asked", 1)), None, "{foreign}");
        }
        assert!(Slots::parse(&Value::Okay, &tcp("asked", 1)).is_none());
    }
}
