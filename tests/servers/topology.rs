//! What a store on servers is run on: one server, reached in three ways, or several of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::{Cluster, Sentinels, Server, Tls, tls};

/// How long a server may stand still without another one being put in its place: nobody means it to die here, and the machine may be busy.
const STEADY: Duration = Duration::from_secs(15);

/// A way to set up servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One server at a TCP port.
    Tcp,
    /// One server at a Unix socket.
    Socket,
    /// One server that speaks TLS and asks its clients for a certificate.
    Tls,
    /// A primary with two replicas, found by three Sentinels.
    Sentinels,
    /// Three primaries with a replica each.
    Cluster,
}

impl Topology {
    /// Servers set up like this, for all tests of the process.
    pub fn shared(self) -> &'static Servers {
        static SHARED: [OnceLock<Servers>; 5] = [const { OnceLock::new() }; 5];
        SHARED[self as usize].get_or_init(|| self.start())
    }

    fn start(self) -> Servers {
        let running = match self {
            Self::Tcp | Self::Socket => Running::One(crate::single()),
            Self::Tls => Running::Tls(tls()),
            Self::Sentinels => Running::Sentinels(Sentinels::start(STEADY)),
            Self::Cluster => Running::Cluster(Cluster::start(STEADY)),
        };
        let address = match &running {
            Running::One(server) if self == Self::Socket => format!("unix:{}?", server.socket().display()),
            Running::One(server) => format!("{}?", server.url()),
            Running::Tls(server) => {
                let (ca, certificate, key) = (server.ca.display(), server.certificate.display(), server.key.display());
                format!("{}?ca={ca}&cert={certificate}&key={key}&", server.url())
            }
            Running::Sentinels(servers) => format!("{}?", servers.url()),
            Running::Cluster(servers) => format!("{}?", servers.url()),
        };
        Servers { running, address, stores: AtomicUsize::new(0) }
    }
}

/// Running servers.
pub struct Servers {
    running: Running,
    /// Up to where the next option may stand.
    address: String,
    stores: AtomicUsize,
}

enum Running {
    One(Server),
    Tls(Tls),
    Sentinels(Sentinels),
    Cluster(Cluster),
}

impl Servers {
    /// The address of a store that was not there before, as `sidereal.store` has it: with a prefix that no other one has.
    pub fn new_store(&self) -> String {
        format!("{}prefix=t{}:", self.address, self.stores.fetch_add(1, Ordering::Relaxed))
    }

    /// Lets processes of other users reach the servers: a directory is the tester's otherwise, with the socket and the certificates in it.
    pub fn open_to_all_users(&self) {
        let open = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        match &self.running {
            Running::One(server) => {
                open(server.dir(), 0o711);
                open(&server.socket(), 0o777);
            }
            Running::Tls(tls) => {
                open(tls.server.dir(), 0o711);
                [&tls.ca, &tls.certificate, &tls.key].into_iter().for_each(|file| open(file, 0o644));
            }
            Running::Sentinels(_) | Running::Cluster(_) => {}
        }
    }
}

/// Runs each test named on every topology. `make test` has those that start at once and the Cluster, `make test-redis-all` the others as well.
#[macro_export]
macro_rules! on_every_topology {
    ($($test:ident)+) => {
        mod tcp {
            $(#[test] fn $test() { super::$test($crate::Topology::Tcp); })+
        }
        mod socket {
            $(#[test] fn $test() { super::$test($crate::Topology::Socket); })+
        }
        mod cluster {
            $(#[test] fn $test() { super::$test($crate::Topology::Cluster); })+
        }
        mod tls {
            $(#[test] #[ignore = "make test-redis-all"] fn $test() { super::$test($crate::Topology::Tls); })+
        }
        mod sentinels {
            $(#[test] #[ignore = "make test-redis-all"] fn $test() { super::$test($crate::Topology::Sentinels); })+
        }
    };
}
