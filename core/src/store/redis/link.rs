//! A connection to one server, logged in and known to be of the right kind.
//!
//! Every use takes the connection and gives it back only with complete replies and nothing behind them. So one that was cut, was late or is out of step
//! cannot be used again: nobody has it.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use redis::Value;
use zeroize::Zeroizing;

use super::address::{Login, Server};
use super::fault::{Failure, Foreign};
use super::stream::{Deadline, Keys, Stream};
use super::wire::{Inbox, pack, packed};

/// The first version whose scripts run as ours expect: no effects are lost when one is stopped, and errors keep their codes.
const OLDEST: u32 = 7;
/// What connections are called in CLIENT LIST.
const NAME: &[u8] = b"sidereal";

/// What kind of server is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One that writes, on its own.
    Primary,
    /// One that writes, in a Cluster.
    ClusterPrimary,
    /// Any node of a Cluster.
    ClusterNode,
    Sentinel,
}

impl Kind {
    fn mode(self) -> &'static str {
        match self {
            Self::Primary => "standalone",
            Self::ClusterPrimary | Self::ClusterNode => "cluster",
            Self::Sentinel => "sentinel",
        }
    }

    fn writes(self) -> bool {
        matches!(self, Self::Primary | Self::ClusterPrimary)
    }
}

/// Whom to be, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: Kind,
    pub(super) login: &'a Login,
    pub(super) database: u32,
}

/// A key that the server watches for one connection, since one moment. No two of a process are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watched(u64);

impl Watched {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A connection with nothing under way.
pub(super) struct Link {
    server: Server,
    stream: Stream,
    inbox: Inbox,
    /// Whether it may be used for transactions. Had MULTI been refused, what follows it would be done at once and by itself.
    may_transact: bool,
    /// What the server watches for it, and will do so until a transaction ends or it is called off.
    watched: Option<Watched>,
}

/// A connection on which replies are due.
#[must_use]
pub(super) struct Sent {
    link: Link,
    replies: usize,
}

impl Link {
    /// Connects to `server` and logs in, in one round trip, before `deadline`.
    pub(super) fn open(
        server: &Server,
        keys: Option<&Keys>,
        entry: Entry<'_>,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        let stream = Stream::connect(server, keys, deadline).map_err(Failure::Unreachable)?;
        let inbox = Inbox::default();
        let link = Self { server: server.clone(), stream, inbox, may_transact: false, watched: None };
        let greeting = greeting(entry);
        let needed = 1 + usize::from(entry.database != 0);
        let trial = if entry.kind.writes() { 2 } else { 0 };
        // A server that accepts and says nothing is not reached.
        let (mut replies, mut link) =
            link.exchange(&greeting, needed + trial, deadline).map_err(|failure| match failure {
                Failure::Late => Failure::Unreachable(std::io::ErrorKind::TimedOut.into()),
                other => other,
            })?;
        let trial = replies.split_off(needed);
        link.may_transact = trial == [Value::Okay, Value::Array(Vec::new())];
        if let [Value::Okay, Value::ServerError(refusal)] = trial.as_slice()
            && refusal.code() != "EXECABORT"
        {
            // There is no EXEC here, and so there was nothing that ended the transaction.
            link = link.exchange(&packed(&[b"DISCARD"]), 1, deadline)?.1;
        }
        for reply in &replies {
            if let Value::ServerError(refusal) = reply {
                return Err(Failure::Refused(refusal.clone()));
            }
        }
        let hello = replies.first().ok_or(Failure::Garbled)?;
        judge(hello, entry.kind).map_or(Ok(link), |foreign| Err(Failure::Foreign(foreign)))
    }

    /// The server at the other end.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Whether it can be used: the server has neither ended it nor said anything unasked.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.inbox.is_empty() && self.stream.is_quiet()
    }

    /// Whether it may be used for transactions.
    pub(super) fn may_transact(&self) -> bool {
        self.may_transact
    }

    /// What the server watches for it, which has to be called off before it watches something else.
    pub(super) fn watched(&self) -> Option<Watched> {
        self.watched
    }

    /// Takes note that the server watches a key for it from now on.
    pub(super) fn has_watched(&mut self) -> Watched {
        let watched = Watched::next();
        self.watched = Some(watched);
        watched
    }

    /// Takes note that the server watches nothing for it: a transaction has ended.
    pub(super) fn has_ended_watch(&mut self) {
        self.watched = None;
    }

    /// Sends `packed` commands that have so many `replies`.
    pub(super) fn send(mut self, packed: &[u8], replies: usize, deadline: Deadline) -> Result<Sent, Failure> {
        self.stream.set_deadline(deadline);
        self.stream.write_all(packed).and_then(|()| self.stream.flush())?;
        Ok(Sent { link: self, replies })
    }

    /// Sends `packed` commands and waits for their `replies`.
    pub(super) fn exchange(
        self,
        packed: &[u8],
        replies: usize,
        deadline: Deadline,
    ) -> Result<(Vec<Value>, Self), Failure> {
        self.send(packed, replies, deadline)?.receive(deadline)
    }
}

impl Sent {
    /// The replies, in order, and the connection: there is nothing under way on it any more.
    pub(super) fn receive(self, deadline: Deadline) -> Result<(Vec<Value>, Link), Failure> {
        let Self { mut link, replies } = self;
        link.stream.set_deadline(deadline);
        let replies = (0..replies).map(|_| link.inbox.reply(&mut link.stream)).collect::<Result<Vec<_>, _>>()?;
        if link.inbox.is_empty() { Ok((replies, link)) } else { Err(Failure::Garbled) }
    }
}

/// HELLO says who we are and answers what the server is. Wiped: it has the password.
fn greeting(entry: Entry<'_>) -> Zeroizing<Vec<u8>> {
    let Login { user, password } = entry.login;
    let user = user.as_deref().unwrap_or("default").as_bytes();
    let mut arguments: Vec<&[u8]> = vec![b"HELLO", b"2"];
    if let Some(password) = password {
        arguments.extend([b"AUTH", user, password.reveal().as_bytes()]);
    }
    // Sentinels are only passing acquaintances.
    if entry.kind != Kind::Sentinel {
        arguments.extend([&b"SETNAME"[..], NAME]);
    }
    // With room for all of it, so that no smaller buffer stays behind unwiped.
    let mut packed = Zeroizing::new(Vec::with_capacity(8192));
    pack(&mut packed, &arguments);
    if entry.database != 0 {
        pack(&mut packed, &[b"SELECT", entry.database.to_string().as_bytes()]);
    }
    // An empty transaction, to see whether there may be others.
    if entry.kind.writes() {
        pack(&mut packed, &[b"MULTI"]);
        pack(&mut packed, &[b"EXEC"]);
    }
    packed
}

/// What is wrong with a server that answered HELLO so, if anything.
fn judge(hello: &Value, kind: Kind) -> Option<Foreign> {
    let version = field(hello, "version").unwrap_or_default();
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        let is_plain = version.len() <= 20 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        return Some(Foreign::Version(if is_plain && !version.is_empty() { version } else { "none".into() }));
    }
    let mode = field(hello, "mode").unwrap_or_default();
    if mode != kind.mode() {
        let known = ["standalone", "cluster", "sentinel"].into_iter().find(|known| *known == mode);
        return Some(Foreign::Mode(known.unwrap_or("something else").into()));
    }
    let is_primary = field(hello, "role").is_some_and(|role| role == "master");
    (kind.writes() && !is_primary).then_some(Foreign::Replica)
}

/// A field of an answer in which names and values take turns.
fn field(answer: &Value, name: &str) -> Option<String> {
    let Value::Array(items) = answer else { return None };
    items.chunks_exact(2).find_map(|pair| match pair {
        [Value::BulkString(key), Value::BulkString(value)] if key == name.as_bytes() => {
            Some(String::from_utf8_lossy(value).into_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: &str, mode: &str, role: &str) -> Value {
        let text = |text: &str| Value::BulkString(text.into());
        let mut items =
            vec![text("server"), text("redis"), text("version"), text(version), text("proto"), Value::Int(2)];
        items.extend([text("mode"), text(mode), text("role"), text(role), text("modules"), Value::Array(Vec::new())]);
        Value::Array(items)
    }

    #[test]
    fn only_the_right_kind_of_server_will_do() {
        let mode = |mode: &str| Some(Foreign::Mode(mode.into()));
        for (version, is, role, kind, expected) in [
            ("7.0.15", "standalone", "master", Kind::Primary, None),
            ("8.1.0", "cluster", "master", Kind::ClusterPrimary, None),
            ("8.1.0", "cluster", "replica", Kind::ClusterNode, None),
            ("7.2.4", "sentinel", "sentinel", Kind::Sentinel, None),
            ("7.0.15", "standalone", "replica", Kind::Primary, Some(Foreign::Replica)),
            ("7.0.15", "cluster", "replica", Kind::ClusterPrimary, Some(Foreign::Replica)),
            ("7.0.15", "cluster", "master", Kind::Primary, mode("cluster")),
            ("7.0.15", "standalone", "master", Kind::Sentinel, mode("standalone")),
            ("7.0.15", "\r\nhostile", "master", Kind::Primary, mode("something else")),
            ("6.2.7", "standalone", "master", Kind::Primary, Some(Foreign::Version("6.2.7".into()))),
            ("\nhostile", "standalone", "master", Kind::Primary, Some(Foreign::Version("none".into()))),
        ] {
            assert_eq!(judge(&hello(version, is, role), kind), expected, "{version} {is} {role}");
        }
        assert_eq!(judge(&Value::Okay, Kind::Primary), Some(Foreign::Version("none".into())));
    }
}
