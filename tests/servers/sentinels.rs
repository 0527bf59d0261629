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
        let sentinels = (0..3).map(|_| sentinel(primary.port(), patience)).collect();
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
        port_told_by(&self.sentinels[0])
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

    /// Waits until each Sentinel has heard that `primary` is the one.
    pub fn await_word_of(&self, primary: &Server) {
        eventually("each Sentinel knows the primary", || {
            self.sentinels.iter().all(|sentinel| port_told_by(sentinel) == primary.port())
        });
    }

    /// A Sentinel that knows none of the others, and takes the server at `port`, which is dead, for the primary.
    pub fn cut_off(&self, port: u16) -> Server {
        sentinel(port, Duration::from_secs(1))
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

/// A Sentinel for the primary at `port`, on its own as yet.
fn sentinel(port: u16, patience: Duration) -> Server {
    let of_main = |what: &str| format!("{} {what}", Sentinels::NAME);
    let monitor = || {
        vec![
            ("sentinel monitor", of_main(&format!("127.0.0.1 {port} 2"))),
            ("sentinel down-after-milliseconds", of_main(&patience.as_millis().to_string())),
            ("sentinel failover-timeout", of_main("3000")),
        ]
    };
    Server::start_as(Some("--sentinel"), |_, _| monitor())
}

fn port_told_by(sentinel: &Server) -> u16 {
    let told = sentinel.cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", Sentinels::NAME]);
    told.lines().nth(1).and_then(|port| port.parse().ok()).unwrap()
}
