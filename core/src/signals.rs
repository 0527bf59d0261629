//! What a request tells of the client: enough to recognise a device, too little to follow anybody around.
//!
//! Pure. An address is cut to its network before anything is kept (R74), a user agent to browser and platform. Neither proves anything:
//! a thief sends what the victim sends (R71, R72).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::record::Client;

/// A user agent longer than this is not looked at further.
const MAX_AGENT: usize = 512;

/// Names that a user agent contains, and what they mean; the first one that fits, because browsers pretend to be each other.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const PLATFORMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// What is kept of a client at `address` (text of an IP address) that calls itself `user_agent`.
pub fn client(address: &str, user_agent: &str) -> Client {
    Client { network: network(address).unwrap_or_default().into(), agent: agent(user_agent).into() }
}

/// The part of a user agent that is looked at.
pub fn cut(user_agent: &str) -> &str {
    let end = (0..=user_agent.len().min(MAX_AGENT)).rev().find(|end| user_agent.is_char_boundary(*end));
    &user_agent[..end.unwrap_or(0)]
}

/// Whether two clients contradict each other in both network and agent. What is unknown, and IPv4 beside IPv6, contradicts nothing.
pub fn contradict(one: &Client, other: &Client) -> bool {
    let family = |network: &str| network.contains(':');
    let networks = !one.network.is_empty()
        && !other.network.is_empty()
        && family(&one.network) == family(&other.network)
        && loose(&one.network) != loose(&other.network);
    let agents = !one.agent.is_empty() && !other.agent.is_empty() && one.agent != other.agent;
    networks && agents
}

/// The network of an address: /24 of IPv4, /64 of IPv6, of which only the last half is the client's own choice. Addresses that carry
/// an IPv4 address (mapped, NAT64) count as that one.
fn network(address: &str) -> Option<String> {
    let address: IpAddr = address.parse().ok()?;
    Some(match plain(address) {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    })
}

fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return Ipv4Addr::new(a, b, c, d).into();
    }
    v6.to_ipv4_mapped().map_or(address, IpAddr::V4)
}

/// The part of a network that a carrier or an office rarely leaves: two groups of IPv4 (R74), three of IPv6.
fn loose(network: &str) -> &str {
    let (mark, groups) = if network.contains(':') { (':', 3) } else { ('.', 2) };
    network.match_indices(mark).nth(groups - 1).map_or(network, |(end, _)| &network[..end])
}

/// Browser and platform; versions rise, so they are not kept.
fn agent(user_agent: &str) -> String {
    let text = cut(user_agent);
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
    match (first(BROWSERS), first(PLATFORMS)) {
        (Some(browser), Some(platform)) => format!("{browser}, {platform}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r74_a28_addresses_are_cut_to_their_network() {
        for (address, kept) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("64:ff9b::c000:24d", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8::1", "2001:db8::/64"),
            ("unknown", ""),
            ("192.0.2.77:8080", ""),
            ("[2001:db8::1]", ""),
            ("", ""),
        ] {
            assert_eq!(&*client(address, "").network, kept, "{address}");
        }
    }

    #[test]
    fn r72_a28_agents_are_cut_to_browser_and_platform() {
        for (user_agent, kept) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Linux"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15E148 Safari/604.1",
                "Safari, iOS",
            ),
            ("curl/8.0", "curl"),
            ("\u{1b}[31mevil\r\n", ""),
            ("", ""),
        ] {
            assert_eq!(&*client("", user_agent).agent, kept, "{user_agent}");
        }
        assert_eq!(&*client("", &"é".repeat(100_000)).agent, "");
    }

    #[test]
    fn r71_r72_r73_one_signal_alone_contradicts_nothing() {
        let firefox = "Firefox/1 Linux";
        let home = client("192.0.2.1", firefox);
        for (address, user_agent, expected) in [
            ("192.0.2.200", firefox, false),
            ("192.0.99.1", firefox, false),
            ("203.0.113.1", firefox, false),
            ("192.0.2.1", "Chrome/1 Windows", false),
            ("203.0.113.1", "Chrome/1 Windows", true),
            ("192.0.99.1", "Chrome/1 Windows", false),
            ("2001:db8::1", "Chrome/1 Windows", false),
            ("", "Chrome/1 Windows", false),
            ("203.0.113.1", "", false),
        ] {
            assert_eq!(contradict(&home, &client(address, user_agent)), expected, "{address} {user_agent}");
        }
    }
}
