//! Who the primary is: asked of Sentinels, or of the nodes of a Cluster.
//!
//! Those who are asked are asked one after the other, each with no more than the time for a connection: one that is dead leaves time for the next.

use redis::Value;

use super::address::{Address, Server, Topology};
use super::fault::Failure;
use super::link::{Entry, Kind, Link};
use super::slots::Slots;
use super::stream::{Deadline, Keys};
use super::wire::pack;

/// What is known of who has which key.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    known: Known,
    /// Who said so. Asked after the others: one looks again because it proved wrong, and who is cut off from the others says the same for ever.
    informant: Option<Server>,
    /// Who did not answer when they were asked. Asked last: each of them may cost the time for a connection.
    silent: Vec<Server>,
}

#[derive(Clone, Debug, Default)]
enum Known {
    #[default]
    Nothing,
    /// One server has every key.
    One(Server),
    Slots(Slots),
}

impl Places {
    /// The server that has `key`, as far as it is known.
    pub(super) fn server(&self, key: &[u8]) -> Option<Server> {
        match &self.known {
            Known::Nothing => None,
            Known::One(server) => Some(server.clone()),
            Known::Slots(slots) => slots.server(key).cloned(),
        }
    }

    /// Notes that `slot` has moved to `server`.
    pub(super) fn moved(&mut self, slot: u16, server: Server) {
        if let Known::Slots(slots) = &mut self.known {
            slots.moved(slot, server);
        }
    }

    /// Looks who has which key now.
    pub(super) fn look_up(&self, address: &Address, keys: Option<&Keys>, budget: Deadline) -> Result<Self, Failure> {
        match &address.topology {
            Topology::Single(server) => Ok(Self { known: Known::One(server.clone()), ..Self::default() }),
            Topology::Sentinels { sentinels, primary } => {
                let found = self.ask_each(sentinels, address, budget, |sentinel, deadline| {
                    primary_of(sentinel, primary, address, keys, deadline)
                });
                let Told { answer, informant, silent } = found.map_err(|last| match last {
                    Failure::UnknownPrimary => last,
                    last => Failure::NoSentinel(Box::new(last)),
                })?;
                Ok(Self { known: Known::One(answer), informant: Some(informant), silent })
            }
            Topology::Cluster(seeds) => {
                let nodes = match &self.known {
                    Known::Slots(slots) => slots.nodes(),
                    _ => &[],
                };
                let candidates: Vec<Server> = nodes.iter().chain(seeds).cloned().collect();
                let Told { answer, informant, silent } =
                    self.ask_each(&candidates, address, budget, |node, deadline| {
                        slots_of(node, address, keys, deadline)
                    })?;
                Ok(Self { known: Known::Slots(answer), informant: Some(informant), silent })
            }
        }
    }

    /// The first answer; without any, the last failure.
    fn ask_each<T>(
        &self,
        candidates: &[Server],
        address: &Address,
        budget: Deadline,
        mut ask: impl FnMut(&Server, Deadline) -> Result<T, Failure>,
    ) -> Result<Told<T>, Failure> {
        let mut order: Vec<&Server> = Vec::new();
        for candidate in candidates {
            if !order.contains(&candidate) {
                order.push(candidate);
            }
        }
        order.sort_by_key(|&candidate| (self.silent.contains(candidate), self.informant.as_ref() == Some(candidate)));
        let mut silent: Vec<_> = self.silent.iter().filter(|silent| candidates.contains(silent)).cloned().collect();
        let mut latest = Failure::NoOwner;
        for candidate in order {
            silent.retain(|silent| silent != candidate);
            match ask(candidate, budget.within(address.timeouts.connect)) {
                Ok(answer) => return Ok(Told { answer, informant: candidate.clone(), silent }),
                Err(failure) => latest = failure,
            }
            silent.push(candidate.clone());
            if budget.left().is_zero() {
                break;
            }
        }
        Err(latest)
    }
}

/// What one of several has answered.
struct Told<T> {
    answer: T,
    informant: Server,
    /// Who of the others has not, now or before.
    silent: Vec<Server>,
}

fn primary_of(
    sentinel: &Server,
    primary: &str,
    address: &Address,
    keys: Option<&Keys>,
    deadline: Deadline,
) -> Result<Server, Failure> {
    let entry = Entry { kind: Kind::Sentinel, login: &address.sentinel_login, database: 0 };
    let question: [&[u8]; 3] = [b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", primary.as_bytes()];
    match ask(sentinel, keys, entry, &question, deadline)? {
        Value::Nil => Err(Failure::UnknownPrimary),
        Value::Array(place) => match place.as_slice() {
            [Value::BulkString(host), Value::BulkString(port)] => {
                let port = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok());
                let host = String::from_utf8(host.clone()).ok();
                host.zip(port).map(|(host, port)| Server::Tcp { host, port }).ok_or(Failure::Garbled)
            }
            _ => Err(Failure::Garbled),
        },
        _ => Err(Failure::Garbled),
    }
}

fn slots_of(node: &Server, address: &Address, keys: Option<&Keys>, deadline: Deadline) -> Result<Slots, Failure> {
    let entry = Entry { kind: Kind::ClusterNode, login: &address.login, database: 0 };
    let answer = ask(node, keys, entry, &[b"CLUSTER", b"SLOTS"], deadline)?;
    Slots::parse(&answer, node).ok_or(Failure::Garbled)
}

/// One question on a connection of its own: it is rare, and the next one goes to somebody else.
fn ask(
    server: &Server,
    keys: Option<&Keys>,
    entry: Entry<'_>,
    question: &[&[u8]],
    deadline: Deadline,
) -> Result<Value, Failure> {
    let mut packed = Vec::new();
    pack(&mut packed, question);
    let (mut answers, _) = Link::open(server, keys, entry, deadline)?.exchange(&packed, 1, deadline)?;
    match answers.pop() {
        Some(Value::ServerError(refusal)) => Err(Failure::Refused(refusal)),
        Some(answer) => Ok(answer),
        None => Err(Failure::Garbled),
    }
}
