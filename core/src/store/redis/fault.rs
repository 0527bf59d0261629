//! What a failure at a server means: whether to try again, and how; and the sentence for the one who can repair it. Pure.
//!
//! A sentence names the address, never what was sent: of a server's own words only the code is shown, for the rest may quote a key or an argument.

use std::io;

use redis::ServerError;

use super::address::{Address, Server, Topology};
use super::slots;
use super::stream::is_timeout;
use super::wire::Broken;
use crate::error::Error;

/// Why a call has no answer yet.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no connection.
    Unreachable(io::Error),
    /// A connection ended.
    Lost(io::Error),
    /// An answer did not come in time.
    Late,
    /// An answer was none, or there was more than one.
    Garbled,
    /// The server said no.
    Refused(ServerError),
    /// The server is not the one that was looked for.
    Foreign(Foreign),
    /// No Sentinel told who the primary is; for this reason the last one.
    NoSentinel(Box<Failure>),
    /// Sentinels know no primary of that name.
    UnknownPrimary,
    /// No node of the Cluster has the key's slot.
    NoOwner,
    /// It would be the same the next time.
    Final(Error),
}

impl Failure {
    /// Whether nothing but the time ran out.
    pub(super) fn is_timeout(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Unreachable(found) => is_timeout(found),
            Self::NoSentinel(last) => last.is_timeout(),
            _ => false,
        }
    }
}

/// How a server differs from the one that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// It has another version than 7.0 or later.
    Version(String),
    /// It only follows a primary.
    Replica,
    /// It is of this kind: `standalone`, `cluster` or `sentinel`.
    Mode(String),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Io(found) => found.into(),
            Broken::Garbled => Self::Garbled,
        }
    }
}

/// Of a connection that was there.
impl From<io::Error> for Failure {
    fn from(found: io::Error) -> Self {
        if is_timeout(&found) { Self::Late } else { Self::Lost(found) }
    }
}

/// What may help.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cure {
    /// Nothing.
    None,
    /// The same over a new connection: the old one had been idle and was dead.
    Reconnect,
    /// To look who has the key now, after a pause.
    Look,
    /// The same again, after a pause.
    Wait,
    /// To ask the one that the server named.
    Follow(Redirection),
    /// To send the script's text.
    Load,
}

/// Where a server of a Cluster sends its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirection {
    pub(super) slot: u16,
    pub(super) server: Server,
    /// Whether it goes for this call only: the slot is on its way.
    pub(super) is_asking: bool,
}

/// The cure of `failure`, which happened at `server` over a connection that had been idle before or had not.
pub(super) fn cure(failure: &Failure, topology: &Topology, server: Option<&Server>, was_idle: bool) -> Cure {
    let moves = !matches!(topology, Topology::Single(_));
    match failure {
        Failure::Lost(found) if is_tls(found) => Cure::None,
        Failure::Lost(_) | Failure::Late | Failure::Garbled if was_idle => Cure::Reconnect,
        Failure::Unreachable(found) if is_tls(found) => Cure::None,
        Failure::Unreachable(_) | Failure::Lost(_) | Failure::Late if moves => Cure::Look,
        Failure::Foreign(Foreign::Replica) | Failure::NoSentinel(_) | Failure::NoOwner if moves => Cure::Look,
        Failure::Refused(refusal) => match code(refusal) {
            "NOSCRIPT" => Cure::Load,
            "MOVED" | "ASK" if matches!(topology, Topology::Cluster(_)) => follow(refusal, server),
            "READONLY" | "UNBLOCKED" | "MASTERDOWN" | "CLUSTERDOWN" | "LOADING" if moves => Cure::Look,
            // Another server may stand behind the same name by now.
            "READONLY" | "UNBLOCKED" | "MASTERDOWN" if was_idle => Cure::Reconnect,
            "LOADING" | "BUSY" | "TRYAGAIN" | "ELSEWHERE" => Cure::Wait,
            _ => Cure::None,
        },
        _ => Cure::None,
    }
}

fn follow(refusal: &ServerError, server: Option<&Server>) -> Cure {
    let named = server.zip(refusal.details()).and_then(|(server, detail)| slots::redirection(detail, server));
    named.map_or(Cure::Look, |(slot, server)| {
        Cure::Follow(Redirection { slot, server, is_asking: refusal.code() == "ASK" })
    })
}

fn is_tls(found: &io::Error) -> bool {
    found.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

/// The error to answer where nothing helped, or not in time.
pub(super) fn explain(address: &Address, failure: &Failure) -> Error {
    let (found, cure): (String, &str) = match failure {
        Failure::Final(error) => return Error::store(error.to_string()),
        Failure::Refused(refusal) if refusal.code() == "OOM" => return full(address),
        Failure::Refused(refusal) => refused(refusal),
        Failure::Unreachable(found) | Failure::Lost(found) if is_tls(found) => (
            format!("no trust between them ({found})"),
            "compare the options ca, cert, key and tls_name with the certificates of both sides",
        ),
        Failure::Unreachable(found) if is_timeout(found) => {
            ("no connection in time".into(), "look whether the server runs and a firewall lets this host through")
        }
        Failure::Unreachable(found) => (
            format!("no connection ({found})"),
            "look whether the server runs, its address is right and this user may connect",
        ),
        Failure::Lost(_) => ("a connection that ended".into(), "look at the server's log"),
        Failure::Late => {
            ("no answer in time".into(), "look whether the server is stopped, overloaded or behind a broken network")
        }
        Failure::Garbled => (
            "an answer that is not of its protocol".into(),
            "look whether another program listens there, or TLS is missing (rediss://)",
        ),
        Failure::Foreign(foreign) => alien(foreign),
        Failure::NoSentinel(last) => return explain_sentinels(address, last),
        Failure::UnknownPrimary => (
            "that the Sentinels know no primary of that name".into(),
            "write the name that 'sentinel monitor' gives it",
        ),
        Failure::NoOwner => ("that no node has the key's slot".into(), "look at CLUSTER INFO and repair the Cluster"),
    };
    sentence(address, &found, cure)
}

fn sentence(address: &Address, found: &str, cure: &str) -> Error {
    Error::store(format!("expected to use the session store {address} (sidereal.store), found {found}; {cure}"))
}

fn full(address: &Address) -> Error {
    Error::full(format!(
        "expected room to write the session store {address} (sidereal.store), found its memory full; raise maxmemory, or give other data of that \
         server a place of its own"
    ))
}

fn explain_sentinels(address: &Address, last: &Failure) -> Error {
    match last {
        Failure::Refused(refusal) => {
            let (found, _) = refused(refusal);
            sentence(
                address,
                &format!("that no Sentinel told who the primary is: {found}"),
                "set the options sentinel_user and sentinel_auth to what the Sentinels ask for",
            )
        }
        last => Error::store(format!(
            "{}; this goes for the last Sentinel, and the others did not tell who the primary is either",
            explain(address, last)
        )),
    }
}

fn alien(foreign: &Foreign) -> (String, &'static str) {
    match foreign {
        Foreign::Version(version) => (format!("version {version} of its server"), "use Redis 7.0, Valkey 7.2 or later"),
        Foreign::Replica => (
            "a replica, whose data are late".into(),
            "give the address of the primary, or of Sentinels (redis+sentinel://)",
        ),
        Foreign::Mode(mode) => (
            format!("a server that runs as '{mode}'"),
            "write redis:// for a single server, redis+cluster:// for a Cluster and redis+sentinel:// for Sentinels",
        ),
    }
}

/// The code of a refusal. Most of what has no code of its own is told by how its text begins.
fn code(refusal: &ServerError) -> &str {
    const TOLD: [(&str, &str); 9] = [
        ("unknown command", "UNKNOWN"),
        ("Unknown Redis command", "UNKNOWN"),
        ("The user executing the script", "NOPERM"),
        ("max number of clients", "MAXCLIENTS"),
        ("DB index", "NODB"),
        ("invalid DB", "NODB"),
        ("SELECT is not allowed", "NODB"),
        ("This instance has cluster support disabled", "NOCLUSTER"),
        ("Script attempted to access a non local key", "ELSEWHERE"),
    ];
    let detail = refusal.details().unwrap_or_default();
    match refusal.code() {
        "ERR" => TOLD.iter().find(|(start, _)| detail.starts_with(start)).map_or("ERR", |(_, code)| code),
        code => code,
    }
}

fn refused(refusal: &ServerError) -> (String, &'static str) {
    match code(refusal) {
        "NOAUTH" => (
            "that it asks for a password".into(),
            "set sidereal.store_password_file, and the user in the address if it is not the default one",
        ),
        "WRONGPASS" => (
            "another password than its own, or a user who is off".into(),
            "compare sidereal.store_password_file and the user in the address with its ACL",
        ),
        "NOPERM" => (
            "that its user may not do what sessions need".into(),
            "let the user (ACL SETUSER) use the keys that begin with the prefix and the commands hello, select, eval, evalsha, role, wait, blpop, \
             asking, cluster|slots and those of hashes, sorted sets, lists and strings",
        ),
        "DENIED" => {
            ("that it is in protected mode".into(), "give it a password, or let it listen on an address of this host")
        }
        "MISCONF" | "NOREPLICAS" => (
            format!("that it takes no writes for now ({})", refusal.code()),
            "look at its log: its disk refuses, or too few replicas follow it",
        ),
        "LOADING" => ("that it still loads its data".into(), "wait until it has"),
        "BUSY" => ("a script that has kept it busy for long".into(), "look at its log for whose script that is"),
        "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "UNBLOCKED" => (
            format!("a change of primaries that takes long ({})", refusal.code()),
            "look at its nodes and at the network between them",
        ),
        "ELSEWHERE" => {
            ("a slot whose move to another node takes long".into(), "let the move end (redis-cli --cluster fix)")
        }
        "READONLY" => alien(&Foreign::Replica),
        "MOVED" | "ASK" => alien(&Foreign::Mode("cluster".into())),
        "NOCLUSTER" => alien(&Foreign::Mode("standalone".into())),
        "WRONGTYPE" => {
            ("a key of ours with another program's data".into(), "give each program a prefix or a database of its own")
        }
        "MAXCLIENTS" => {
            ("that it has as many clients as it may".into(), "raise its maxclients, or lower the number of workers")
        }
        "UNKNOWN" => (
            "that it does not know a command that sessions need".into(),
            "use Redis 7.0, Valkey 7.2 or later, and take rename-command back",
        ),
        "NODB" => {
            ("that it has no such database".into(), "choose another database in the address, or raise 'databases'")
        }
        code => (format!("an error of the server ({})", shown(code)), "look at the server's log and version"),
    }
}

/// A code, if it looks like one.
fn shown(code: &str) -> &str {
    let is_code = code.len() <= 20 && code.bytes().all(|b| b.is_ascii_uppercase());
    if is_code { code } else { "without a code" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(line: &str) -> Failure {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()) {
            Ok(redis::Value::ServerError(error)) => Failure::Refused(error),
            other => panic!("{other:?}"),
        }
    }

    fn address(text: &str) -> Address {
        Address::parse(text, None).unwrap()
    }

    fn cure_of(failure: &Failure, text: &str, was_idle: bool) -> Cure {
        let asked = Server::Tcp { host: "asked".into(), port: 7000 };
        cure(failure, &address(text).topology, Some(&asked), was_idle)
    }

    const SINGLE: &str = "redis://h";
    const SENTINELS: &str = "redis+sentinel://h/p";
    const CLUSTER: &str = "redis+cluster://h";

    #[test]
    fn only_a_connection_that_was_idle_is_made_anew_at_a_single_server() {
        let lost = || Failure::Lost(io::ErrorKind::ConnectionReset.into());
        for failure in [lost(), Failure::Late, Failure::Garbled] {
            assert_eq!(cure_of(&failure, SINGLE, true), Cure::Reconnect);
            assert_eq!(cure_of(&failure, SINGLE, false), Cure::None);
        }
        let refused = Failure::Unreachable(io::ErrorKind::ConnectionRefused.into());
        assert_eq!(cure_of(&refused, SINGLE, false), Cure::None);
        for text in [SENTINELS, CLUSTER] {
            assert_eq!(cure_of(&refused, text, false), Cure::Look);
            assert_eq!(cure_of(&lost(), text, false), Cure::Look);
            assert_eq!(cure_of(&Failure::Late, text, false), Cure::Look);
            assert_eq!(cure_of(&Failure::Garbled, text, false), Cure::None);
        }
    }

    #[test]
    fn a_demoted_primary_is_looked_for_anew() {
        for line in [
            "READONLY You can't write against a read only replica.",
            "UNBLOCKED force unblock",
            "MASTERDOWN Link",
            "LOADING Redis",
        ] {
            assert_eq!(cure_of(&refusal(line), SENTINELS, true), Cure::Look, "{line}");
            assert_eq!(cure_of(&refusal(line), CLUSTER, false), Cure::Look, "{line}");
        }
        assert_eq!(cure_of(&refusal("READONLY x"), SINGLE, true), Cure::Reconnect);
        assert_eq!(cure_of(&refusal("READONLY x"), SINGLE, false), Cure::None);
        assert_eq!(cure_of(&refusal("LOADING x"), SINGLE, false), Cure::Wait);
        assert_eq!(cure_of(&refusal("TRYAGAIN x"), CLUSTER, false), Cure::Wait);
    }

    #[test]
    fn redirections_are_followed_in_a_cluster_only() {
        let at = |host: &str, is_asking| {
            Cure::Follow(Redirection { slot: 3999, server: Server::Tcp { host: host.into(), port: 6381 }, is_asking })
        };
        assert_eq!(cure_of(&refusal("MOVED 3999 10.0.0.9:6381"), CLUSTER, false), at("10.0.0.9", false));
        assert_eq!(cure_of(&refusal("ASK 3999 :6381"), CLUSTER, false), at("asked", true));
        assert_eq!(cure_of(&refusal("MOVED nonsense"), CLUSTER, false), Cure::Look);
        assert_eq!(cure_of(&refusal("MOVED 3999 10.0.0.9:6381"), SINGLE, false), Cure::None);
    }

    #[test]
    fn a_full_server_is_told_from_a_broken_one() {
        let found = explain(&address(SINGLE), &refusal("OOM command not allowed when used memory > 'maxmemory'."));
        assert!(found.is_full() && found.to_string().contains("maxmemory"), "{found}");
        let found = explain(&address(SINGLE), &refusal("MISCONF Redis is configured to save RDB snapshots"));
        assert!(found.is_store() && !found.is_full(), "{found}");
    }

    proptest! {
        /// A19: what a server says may quote what it was sent.
        #[test]
        fn a19_no_word_of_a_server_reaches_a_message(
            code in prop_oneof![Just("ERR".to_owned()), Just("NOPERM".to_owned()), Just("WRONGTYPE".to_owned()), "[A-Z]{3,12}", "[a-z0-9]{9,30}"],
            secret in "[a-z0-9]{9,40}",
        ) {
            for failure in [
                refusal(&format!("{code} {secret}")),
                refusal(&format!("{code} unknown command '{secret}', with args beginning with: '{secret}'")),
                Failure::NoSentinel(Box::new(refusal(&format!("{code} {secret}")))),
            ] {
                let message = explain(&address(SENTINELS), &failure).to_string();
                prop_assert!(!message.contains(&secret), "{}", message);
                prop_assert!(code.bytes().all(|b| b.is_ascii_uppercase()) || !message.contains(&code), "{}", message);
            }
        }
    }
}
