//! A Cluster: three primaries with a replica each.

use std::process::Stdio;
use std::time::Duration;

use crate::Server;
use crate::server::{cli, eventually, free_port};

/// The nodes of a Cluster.
pub struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// A replica takes the place of a primary that has not answered for `patience`.
    pub(crate) fn start(patience: Duration) -> Self {
        let patience = patience.as_millis().to_string();
        let nodes: Vec<_> = (0..6)
            .map(|_| {
                Server::start_as(None, |_, _| {
                    let texts = [
                        ("cluster-enabled", "yes"),
                        ("cluster-node-timeout", patience.as_str()),
                        ("cluster-replica-validity-factor", "0"),
                        ("repl-diskless-sync-delay", "0"),
                    ];
                    let bus = ("cluster-port", free_port().to_string());
                    texts.into_iter().map(|(name, value)| (name, value.to_owned())).chain([bus]).collect()
                })
            })
            .collect();
        let all = Self { nodes };
        let hosts = all.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port()));
        let made = cli()
            .args(["--cluster", "create"])
            .args(hosts)
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        all.await_agreement();
        all
    }

    /// Waits until every node knows who has which slot, and every replica follows.
    fn await_agreement(&self) {
        for node in &self.nodes {
            eventually("the Cluster is whole", || {
                let hosts = node.cli(&["CLUSTER", "SLOTS"]).lines().filter(|line| *line == "127.0.0.1").count();
                hosts == self.nodes.len() && node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
            });
        }
        self.nodes.iter().filter(|node| node.info("role").as_deref() == Some("slave")).for_each(Server::await_link);
    }

    /// The address of the Cluster, by two of its nodes.
    pub fn url(&self) -> String {
        format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", self.nodes[0].port(), self.nodes[1].port())
    }

    /// Its nodes, whatever they are.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// The slot of a key.
    pub fn slot(&self, key: &str) -> String {
        self.nodes[0].cli(&["CLUSTER", "KEYSLOT", key])
    }

    /// The node that has a key.
    pub fn owner(&self, key: &str) -> &Server {
        let slot: u16 = self.slot(key).parse().unwrap();
        let has = |node: &&Server| {
            node.cli(&["CLUSTER", "NODES"]).lines().any(|line| {
                line.contains("myself,master") && line.split(' ').skip(8).any(|range| is_within(slot, range))
            })
        };
        self.nodes.iter().find(has).unwrap()
    }

    /// A primary that does not have a key.
    pub fn another(&self, key: &str) -> &Server {
        let owner = self.owner(key).port();
        let is_another = |node: &&Server| node.port() != owner && node.info("role").as_deref() == Some("master");
        self.nodes.iter().find(is_another).unwrap()
    }

    /// Begins to move the slot of `key` to `to`: new keys of the slot are asked for there.
    pub fn begin_move(&self, key: &str, to: &Server) {
        let (from, slot) = (self.owner(key), self.slot(key));
        let (from_name, to_name) = (from.cli(&["CLUSTER", "MYID"]), to.cli(&["CLUSTER", "MYID"]));
        assert_eq!(to.cli(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_name]), "OK");
        assert_eq!(from.cli(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_name]), "OK");
    }

    /// Moves the keys that are there of the slot of `key`.
    pub fn move_keys(&self, key: &str, to: &Server) {
        let (from, slot) = (self.owner(key), self.slot(key));
        let keys = from.cli(&["CLUSTER", "GETKEYSINSLOT", &slot, "1000"]);
        for key in keys.lines().filter(|key| !key.is_empty()) {
            let moved = from.cli(&["MIGRATE", "127.0.0.1", &to.port().to_string(), key, "0", "5000"]);
            assert!(moved == "OK" || moved == "NOKEY", "{moved}");
        }
    }

    /// Ends the move of the slot of `key`.
    pub fn end_move(&self, key: &str, to: &Server) {
        let (slot, name) = (self.slot(key), to.cli(&["CLUSTER", "MYID"]));
        let is_primary = |node: &&Server| node.info("role").as_deref() == Some("master");
        // First where it goes to, so that it always has an owner.
        for node in [to].into_iter().chain(self.nodes.iter().filter(is_primary)) {
            assert_eq!(node.cli(&["CLUSTER", "SETSLOT", &slot, "NODE", &name]), "OK");
        }
    }

    /// Moves the slot of `key`, with what is in it, to a primary that did not have it.
    pub fn move_slot(&self, key: &str) {
        let to = self.another(key);
        self.begin_move(key, to);
        self.move_keys(key, to);
        self.end_move(key, to);
    }

    /// Waits until another node than the one at port `old` has `key`.
    pub fn await_another(&self, key: &str, old: u16) {
        let alive: Vec<_> = self.nodes.iter().filter(|node| node.port() != old).collect();
        let slot: u16 = self.slot_at(alive[0], key);
        eventually("another node has the slot", || {
            alive.iter().all(|node| {
                let nodes = node.cli(&["CLUSTER", "NODES"]);
                let owner = nodes.lines().find(|line| line.split(' ').skip(8).any(|range| is_within(slot, range)));
                owner.is_some_and(|line| !line.contains(&format!(":{old}@")))
                    && node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
            })
        });
    }

    fn slot_at(&self, node: &Server, key: &str) -> u16 {
        node.cli(&["CLUSTER", "KEYSLOT", key]).parse().unwrap()
    }
}

/// Whether a range of CLUSTER NODES, such as `0-5460` or `77`, has `slot`.
fn is_within(slot: u16, range: &str) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&slot),
        _ => false,
    }
}
