//! Trusted proxies: where a request really came from.
//!
//! A header that says so is worth what the one is worth who wrote it. Each proxy appends the address that it was called from to
//! `X-Forwarded-For`, so the list is walked from its end, as long as a trusted proxy wrote what is read; what stands further left is whatever the
//! client liked to send. One header only: whoever believes two can be told by the second what the proxy has corrected in the first.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::client::Scheme;
use crate::error::{Error, Result};

/// Proxies in a row. A list that names more trusted ones is not one of ours.
const MAX_HOPS: usize = 16;

/// The networks whose word is taken for where a request came from. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Box<[IpNet]>);

/// A request as the server sees it: empty what is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival<'a> {
    /// Text of the IP address that the connection came from.
    pub address: &'a str,
    /// How it came; `None` where nobody says.
    pub scheme: Option<Scheme>,
    /// Every `X-Forwarded-For` header in order, joined by commas.
    pub forwarded_for: &'a str,
    /// `X-Forwarded-Proto`.
    pub forwarded_proto: &'a str,
}

/// Where a request came from, as far as that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Text of the client's IP address, empty when unknown.
    pub address: &'a str,
    /// How the client sent it.
    pub scheme: Option<Scheme>,
    /// Whether it never left this machine.
    pub is_local: bool,
}

impl Proxies {
    /// The networks in `list`: addresses and networks (`10.0.0.0/8`, `2001:db8::/32`), separated by commas.
    ///
    /// # Errors
    /// [`Error::is_config`], with the first entry that is neither.
    pub fn parse(list: &str) -> Result<Self> {
        list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(network).collect::<Result<_>>().map(Self)
    }

    /// Where a request came from.
    pub fn origin<'a>(&self, arrival: &Arrival<'a>) -> Origin<'a> {
        let Arrival { address, scheme, .. } = *arrival;
        let last: Option<IpAddr> = address.parse().ok();
        if !last.is_some_and(|last| self.trusts(last)) {
            // Somebody on this machine passes on what came from elsewhere, and we were not told to believe whom.
            let is_local = last.is_some_and(is_loopback) && arrival.forwarded_for.is_empty();
            return Origin { address, scheme, is_local };
        }
        let told = self.client(arrival.forwarded_for);
        // A proxy on this machine is no client on this machine: that has to be told, or the request has come through no proxy at all.
        let is_direct = arrival.forwarded_for.is_empty() && arrival.forwarded_proto.is_empty();
        let is_local =
            told.or(is_direct.then_some(address)).is_some_and(|client| client.parse().is_ok_and(is_loopback));
        Origin { address: told.unwrap_or(address), scheme: proto(arrival.forwarded_proto).or(scheme), is_local }
    }

    /// The last address that a trusted proxy has written and that is not one of theirs; the first one where all are. `None` when what they wrote
    /// can not be read.
    fn client<'a>(&self, forwarded_for: &'a str) -> Option<&'a str> {
        let mut client = None;
        for (hop, text) in forwarded_for.rsplit(',').map(str::trim).enumerate() {
            let address: IpAddr = text.parse().ok().filter(|_| hop < MAX_HOPS)?;
            client = Some(text);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(entry: &str) -> Result<IpNet> {
    let found = entry.parse::<IpNet>().ok().or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from));
    found.ok_or_else(|| {
        Error::config(format!(
            "expected sidereal.trusted_proxies to be addresses and networks such as 10.0.0.0/8, separated by commas, found {}; mend this one",
            crate::policy::printable(entry)
        ))
    })
}

/// Exactly one scheme: a list would have to be matched with the addresses.
fn proto(forwarded_proto: &str) -> Option<Scheme> {
    match forwarded_proto.trim() {
        proto if proto.eq_ignore_ascii_case("https") => Some(Scheme::Https),
        proto if proto.eq_ignore_ascii_case("http") => Some(Scheme::Http),
        _ => None,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
