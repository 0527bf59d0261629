//! A primary with two replicas, and three Sentinels that agree on who is the primary.

use std::time::Duration;

use crate::Server;
use crate::server::eventually;

/// The servers and their Sentinels.
pub struct Sentinels {
    servers: Vec<Server>,
    sentinels: Vec<Server>,
}

impl Sentinels {
    /// The name of the primary.
    pub const NAME: &'static str = "main";

    /// A replica takes the place of a primary that has not answered for `patience`.
    pub(crate) fn start(patience: Duration) -> Self {
        let servers: Vec<_> =
            (0..3).map(|_| Server::start(&[("repl-diskless-sync-delay", "0"), ("repl-timeout", "5")])).collect();
        let (primary, replicas) = servers.split_first().unwrap();
        replicas.iter().for_each(|replica| replica.follow(primary));
        let monitor = || {
            let of_main = |what: &str| format!("{} {what}", Self::NAME);
            vec![
                ("sentinel monitor", of_main(&format!("127.0.0.1 {} 2", primary.port()))),
                ("sentinel down-after-milliseconds", of_main(&patience.as_millis().to_string())),
                ("sentinel failover-timeout", of_main("3000")),
            ]
        };
        let sentinels: Vec<_> = (0..3).map(|_| Server::start_as(Some("--sentinel"), |_, _| monitor())).collect();
        let all = Self { servers, sentinels };
        all.await_agreement();
        all
    }

    /// Waits until each Sentinel knows the others and both replicas.
    fn await_agreement(&self) {
        for sentinel in &self.sentinels {
            eventually("the Sentinels know each other", || {
                let known = sentinel.cli(&["SENTINEL", "MASTER", Self::NAME]);
                let fields: Vec<_> = known.lines().collect();
                let field = |name: &str| fields.chunks(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
                field("num-slaves") == Some("2") && field("num-other-sentinels") == Some("2")
            });
        }
    }

    /// The address of the primary.
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port())).collect();
        format!("redis+sentinel://{}/{}", hosts.join(","), Self::NAME)
    }

    /// The server that the first Sentinel that is alive takes for the primary.
    pub fn primary(&self) -> &Server {
        let port = self.port_of_primary();
        self.servers.iter().find(|server| server.port() == port).unwrap()
    }

    fn port_of_primary(&self) -> u16 {
        let told = self.sentinels[0].cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self::NAME]);
        told.lines().nth(1).and_then(|port| port.parse().ok()).unwrap()
    }

    /// The three Sentinels.
    pub fn sentinels(&self) -> &[Server] {
        &self.sentinels
    }

    /// The three servers, whoever of them is the primary.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Waits until another server than `old` is the primary, and says so itself.
    pub fn await_another(&self, old: u16) -> &Server {
        eventually("there is another primary", || {
            self.port_of_primary() != old && self.primary().info("role").as_deref() == Some("master")
        });
        self.primary()
    }

    /// Has the Sentinels make another server the primary while the old one lives, and waits until that one follows.
    pub fn fail_over(&self) -> &Server {
        let old = self.primary();
        // A Sentinel refuses while it is not sure of its replicas.
        eventually("a Sentinel starts the failover", || {
            self.sentinels[0].cli(&["SENTINEL", "FAILOVER", Self::NAME]) == "OK"
        });
        let new = self.await_another(old.port());
        // Until then it takes writes, which are lost.
        old.await_link();
        new
    }
}
