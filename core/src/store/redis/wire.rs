//! What goes over a connection: commands out, replies in (RESP2, <https://redis.io/docs/latest/develop/reference/protocol-spec/>).
//!
//! Owns the framing, and with it the proof that a reply was complete and that nothing came behind it: bytes that are left over would be taken for the
//! answer to the next call, of another user. It does not know what is said.

use std::io::{self, Read};

use redis::{ServerError, Value};

/// The longest string that a server sends (`proto-max-bulk-len`).
const MAX_STRING: usize = 512 * 1024 * 1024;
/// The deepest nesting of replies; our scripts and CLUSTER SLOTS stay below.
const MAX_DEPTH: u8 = 8;
/// The longest line: an error, a number or the head of something longer.
const MAX_LINE: usize = 64 * 1024;
/// What is read at once, and what a buffer keeps between calls.
const CHUNK: usize = 16 * 1024;
/// Room that is taken on a server's word. More is taken as it comes.
const TRUSTED: usize = 1024 * 1024;

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection failed, ended or was not fast enough.
    Io(io::Error),
    /// Something that is no reply, or more than one.
    Garbled,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Appends a command to `out`.
pub(super) fn pack(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    let head = |out: &mut Vec<u8>, kind: u8, number: usize| {
        out.push(kind);
        out.extend_from_slice(number.to_string().as_bytes());
        out.extend_from_slice(b"\r\n");
    };
    out.reserve(arguments.iter().map(|argument| argument.len() + 16).sum::<usize>() + 16);
    head(out, b'*', arguments.len());
    for argument in arguments {
        head(out, b'$', argument.len());
        out.extend_from_slice(argument);
        out.extend_from_slice(b"\r\n");
    }
}

/// A command.
pub(super) fn packed(arguments: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    pack(&mut out, arguments);
    out
}

/// What has been received and not been read yet.
#[derive(Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    /// Where the unread part begins.
    at: usize,
}

impl Inbox {
    /// Whether everything received has been read. It lets go of the room that a large reply took.
    pub(super) fn is_empty(&mut self) -> bool {
        let is_empty = self.at == self.bytes.len();
        if is_empty && self.bytes.capacity() > 4 * CHUNK {
            *self = Self::default();
        }
        is_empty
    }

    /// The next reply, which is a [`Value::ServerError`] where the server refused.
    pub(super) fn reply(&mut self, from: &mut impl Read) -> Result<Value, Broken> {
        self.value(from, MAX_DEPTH)
    }

    fn value(&mut self, from: &mut impl Read, depth: u8) -> Result<Value, Broken> {
        let line = self.line(from)?;
        let (kind, rest) = line.split_first().ok_or(Broken::Garbled)?;
        match kind {
            b'+' if rest == b"OK" => Ok(Value::Okay),
            b'+' => String::from_utf8(rest.to_vec()).map(Value::SimpleString).map_err(|_| Broken::Garbled),
            b'-' => error(&line).map(Value::ServerError),
            b':' => number(rest).map(Value::Int),
            b'$' => match length(rest, MAX_STRING)? {
                Some(len) => self.string(from, len).map(Value::BulkString),
                None => Ok(Value::Nil),
            },
            b'*' => match length(rest, usize::MAX)? {
                Some(len) => self.array(from, len, depth.checked_sub(1).ok_or(Broken::Garbled)?),
                None => Ok(Value::Nil),
            },
            _ => Err(Broken::Garbled),
        }
    }

    fn array(&mut self, from: &mut impl Read, len: usize, depth: u8) -> Result<Value, Broken> {
        let mut values = Vec::with_capacity(len.min(TRUSTED / size_of::<Value>()));
        for _ in 0..len {
            values.push(self.value(from, depth)?);
        }
        Ok(Value::Array(values))
    }

    fn string(&mut self, from: &mut impl Read, len: usize) -> Result<Vec<u8>, Broken> {
        let mut string = Vec::with_capacity(len.min(TRUSTED));
        while string.len() < len {
            if self.at == self.bytes.len() {
                self.receive(from)?;
            }
            let unread = &self.bytes[self.at..];
            let taken = unread.len().min(len - string.len());
            string.extend_from_slice(&unread[..taken]);
            self.at += taken;
        }
        match self.line(from)?.as_slice() {
            b"" => Ok(string),
            _ => Err(Broken::Garbled),
        }
    }

    /// The next line without its end.
    fn line(&mut self, from: &mut impl Read) -> Result<Vec<u8>, Broken> {
        let mut seen = 0;
        loop {
            let unread = &self.bytes[self.at..];
            if let Some(found) = unread[seen..].windows(2).position(|pair| pair == b"\r\n") {
                let line = unread[..seen + found].to_vec();
                self.at += line.len() + 2;
                return Ok(line);
            }
            if unread.len() > MAX_LINE {
                return Err(Broken::Garbled);
            }
            // The last byte may be the first one of the line's end.
            seen = unread.len().saturating_sub(1);
            self.receive(from)?;
        }
    }

    fn receive(&mut self, from: &mut impl Read) -> Result<(), Broken> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let had = self.bytes.len();
        self.bytes.resize(had + CHUNK, 0);
        let received = from.read(&mut self.bytes[had..]);
        self.bytes.truncate(had + received.as_ref().copied().unwrap_or(0));
        match received? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            _ => Ok(()),
        }
    }
}

/// The value has no constructor, but it has a parser.
fn error(line: &[u8]) -> Result<ServerError, Broken> {
    // A script's error may quote bytes that are not UTF-8.
    let mut line = String::from_utf8_lossy(line).into_owned();
    line.push_str("\r\n");
    match redis::parse_redis_value(line.as_bytes()) {
        Ok(Value::ServerError(error)) => Ok(error),
        _ => Err(Broken::Garbled),
    }
}

fn number(text: &[u8]) -> Result<i64, Broken> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Broken::Garbled)
}

/// `None` for the length -1, with which nothing is there.
fn length(text: &[u8], most: usize) -> Result<Option<usize>, Broken> {
    match number(text)? {
        -1 => Ok(None),
        len => usize::try_from(len).ok().filter(|len| *len <= most).map(Some).ok_or(Broken::Garbled),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that come a few at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(self.1).min(into.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn written(value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::Nil => out.extend_from_slice(b"$-1\r\n"),
            Value::Okay => out.extend_from_slice(b"+OK\r\n"),
            Value::SimpleString(text) => out.extend_from_slice(format!("+{text}\r\n").as_bytes()),
            Value::Int(n) => out.extend_from_slice(format!(":{n}\r\n").as_bytes()),
            Value::BulkString(bytes) => {
                out.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Value::Array(values) => {
                out.extend_from_slice(format!("*{}\r\n", values.len()).as_bytes());
                values.iter().for_each(|value| written(value, out));
            }
            other => panic!("{other:?}"),
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            Just(Value::Okay),
            "[a-zA-Z ]{0,9}[a-z]".prop_map(Value::SimpleString),
            any::<i64>().prop_map(Value::Int),
            proptest::collection::vec(any::<u8>(), 0..200).prop_map(Value::BulkString),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| proptest::collection::vec(inner, 0..5).prop_map(Value::Array))
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_however_it_is_cut(values in proptest::collection::vec(value(), 1..4), step in 1_usize..50) {
            let mut bytes = Vec::new();
            values.iter().for_each(|value| written(value, &mut bytes));
            let (mut inbox, mut drip) = (Inbox::default(), Drip(&bytes, step));
            for value in &values {
                prop_assert_eq!(&inbox.reply(&mut drip).unwrap(), value);
            }
            prop_assert!(inbox.is_empty());
            // Every shorter text is told from a whole one.
            let mut short = Drip(&bytes[..bytes.len() - 1], step);
            let mut inbox = Inbox::default();
            let answers: Vec<_> = values.iter().map(|_| inbox.reply(&mut short)).collect();
            prop_assert!(matches!(answers.last(), Some(Err(Broken::Io(found))) if found.kind() == io::ErrorKind::UnexpectedEof));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Inbox::default().reply(&mut bytes.as_slice());
        }
    }

    #[test]
    fn what_comes_behind_a_reply_is_noticed() {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.reply(&mut &b":1\r\n:2\r\n"[..]).unwrap(), Value::Int(1));
        assert!(!inbox.is_empty());
    }

    #[test]
    fn lengths_that_nobody_has_are_refused() {
        for bytes in [&b"$-2\r\n"[..], b"$999999999999\r\n", b"*-7\r\n", b"$x\r\n", b"$1\r\nab\r\n", b"?\r\n", b"\r\n"]
        {
            assert!(matches!(Inbox::default().reply(&mut &bytes[..]), Err(Broken::Garbled)), "{bytes:?}");
        }
        let nested = b"*1\r\n".repeat(100_000);
        assert!(matches!(Inbox::default().reply(&mut nested.as_slice()), Err(Broken::Garbled)));
    }

    #[test]
    fn an_error_keeps_its_code() {
        let reply = Inbox::default().reply(&mut &b"-WRONGPASS invalid \xff\r\n"[..]).unwrap();
        assert!(matches!(reply, Value::ServerError(error) if error.code() == "WRONGPASS"));
    }
}
