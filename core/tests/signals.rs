//! Client signals: what is kept, what differs, what that weighs; and which proxy is believed.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use sidereal_core::client::{Client, Scheme, Signals};
use sidereal_core::policy::Likeness::{self, Loose, Strict};
use sidereal_core::proxy::{Arrival, Origin, Proxies};
use sidereal_core::signals::{Sent, client, differences, follow, heaviest, weight};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

/// What a browser sends from home.
const HOME: Sent<'static> = Sent {
    address: "192.0.2.1",
    user_agent: CHROME,
    accept_language: "de-DE,de;q=0.9,en;q=0.8",
    ch_platform: "\"Windows\"",
    ch_mobile: "?0",
};

fn at(address: &str) -> Client {
    client(&Sent { address, ..Sent::default() })
}

fn agent(user_agent: &str) -> Client {
    client(&Sent { user_agent, ..Sent::default() })
}

fn is_stranger(one: &Client, other: &Client, likeness: Likeness) -> bool {
    differences(one, other, likeness).has(Signals::TOGETHER)
}

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
        ("192.0.2", ""),
        ("0300.0.2.77", ""),
        ("", ""),
    ] {
        assert_eq!(at(address).network(), kept, "{address}");
    }
    assert_eq!(at(&"1".repeat(10_000)).network, None);
}

#[test]
fn r74_a28_networks_are_near_by_half_an_ipv4_address_and_by_48_bits_of_ipv6() {
    for (one, other, loose, strict) in [
        ("192.0.2.1", "192.0.2.200", false, false),
        ("192.0.2.1", "192.0.99.1", false, true),
        ("192.0.2.1", "192.1.2.1", true, true),
        ("192.0.2.1", "::ffff:192.0.2.9", false, false),
        ("192.0.2.1", "64:ff9b::c000:209", false, false),
        ("192.0.2.1", "64:ff9b::cb00:7101", true, true),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", false, false),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false, true),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", true, true),
        ("192.0.2.1", "2001:db8::1", false, false),
        ("192.0.2.1", "unknown", false, false),
    ] {
        for (likeness, expected) in [(Loose, loose), (Strict, strict)] {
            let found = differences(&at(one), &at(other), likeness);
            assert_eq!(found.has(Signals::NETWORK), expected, "{one} {other} {likeness:?}");
            assert_eq!(found, differences(&at(other), &at(one), likeness));
        }
    }
}

#[test]
fn r72_a28_agents_are_cut_to_browser_and_platform() {
    for (user_agent, kept, version) in [
        (FIREFOX, "Firefox, Linux", 133),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux", 140),
        (CHROME, "Chrome, Windows", 120),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/121.0",
            "Edge, Windows",
            121,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
            17,
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "Chrome, Android",
            120,
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
            "Chrome, ChromeOS",
            120,
        ),
        ("curl/8.5.0", "curl", 8),
        ("python-requests/2.31.0", "python-requests", 2),
        ("Firefox/99999999999", "Firefox", 0),
        ("\u{1b}[31mevil\r\n", "", 0),
        ("", "", 0),
    ] {
        assert_eq!((&*agent(user_agent).agent(), agent(user_agent).version), (kept, version), "{user_agent}");
    }
    assert_eq!(agent(&"é".repeat(100_000)), Client::UNKNOWN);
    assert_eq!(agent(&format!("{} Firefox/1", "x".repeat(512))).version, 0, "nobody reads on for ever");
}

#[test]
fn r75_a28_a_version_may_rise_and_not_fall() {
    let version = |number: u32| agent(&format!("Mozilla/5.0 (X11; Linux) Firefox/{number}.0"));
    assert_eq!(differences(&version(133), &version(140), Strict), Signals::NONE);
    assert_eq!(differences(&version(140), &version(133), Strict), Signals::VERSION);
    assert_eq!(differences(&version(140), &agent("Mozilla/5.0 (X11; Linux) Chrome/5"), Strict), Signals::AGENT);
    assert_eq!(follow(&version(133), &version(140)), version(140));
    assert_eq!(follow(&version(140), &version(133)), version(140));
    let elsewhere = client(&Sent { address: "203.0.113.1", accept_language: "fr", ..HOME });
    assert_eq!(follow(&client(&HOME), &elsewhere), client(&HOME), "nothing else follows");
}

#[test]
fn r75_languages_are_cut_to_their_primary_tag_and_hints_to_what_they_name() {
    for (header, kept) in [
        ("de-DE,de;q=0.9", "de"),
        ("EN", "en"),
        (" fr;q=0.7", "fr"),
        ("*", ""),
        ("x", ""),
        ("d\u{e9},en", ""),
        ("", ""),
    ] {
        let sent = Sent { accept_language: header, ..Sent::default() };
        assert_eq!(client(&sent).language.as_str(), kept, "{header}");
    }
    let hints = |ch_platform, ch_mobile| client(&Sent { ch_platform, ch_mobile, ..Sent::default() });
    assert_eq!(hints("\"Chrome OS\"", "?0").hinted_platform.as_str(), "Chrome OS");
    assert_eq!(hints("\"<script>\"", "?2"), Client::UNKNOWN);
    assert_eq!(differences(&hints("\"Linux\"", "?0"), &hints("\"Linux\"", "?1"), Loose), Signals::HINTS);
    assert_eq!(differences(&hints("\"Linux\"", "?0"), &hints("", ""), Loose), Signals::NONE);
}

/// The table of weights: each combination, and whether it is a stranger.
#[test]
fn r73_r75_what_weighs_how_much() {
    let elsewhere = Sent { address: "203.0.113.1", ..HOME };
    let fallen = CHROME.replace("120", "99");
    for (sent, expected, loose, strict) in [
        (HOME, 0, false, false),
        (elsewhere, 4, false, false),
        (Sent { user_agent: FIREFOX, ..HOME }, 4, false, false),
        (Sent { accept_language: "fr", ..HOME }, 2, false, false),
        (Sent { ch_mobile: "?1", ..HOME }, 2, false, false),
        (Sent { user_agent: &fallen, ..HOME }, 2, false, false),
        (Sent { accept_language: "fr", ..elsewhere }, 6, false, true),
        (Sent { user_agent: FIREFOX, ch_platform: "\"Linux\"", ..HOME }, 6, false, true),
        (Sent { user_agent: FIREFOX, ..elsewhere }, 8, true, true),
        (Sent { user_agent: FIREFOX, ch_platform: "\"Linux\"", accept_language: "fr", ..HOME }, 8, true, true),
        (Sent { accept_language: "fr", ch_mobile: "?1", ..elsewhere }, 8, true, true),
    ] {
        let (kept, now) = (client(&HOME), client(&sent));
        assert_eq!(weight(differences(&kept, &now, Loose)), expected, "{sent:?}");
        assert_eq!(is_stranger(&kept, &now, Loose), loose, "{sent:?}");
        assert_eq!(is_stranger(&kept, &now, Strict), strict, "{sent:?}");
    }
    assert_eq!(heaviest(Signals::VERSION.with(Signals::HINTS, true)), "version");
}

#[test]
fn r71_r72_r73_one_signal_alone_contradicts_nothing() {
    let firefox = "Firefox/1 Linux";
    let of = |address, user_agent| client(&Sent { address, user_agent, ..Sent::default() });
    let home = of("192.0.2.1", firefox);
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
        assert_eq!(is_stranger(&home, &of(address, user_agent), Loose), expected, "{address} {user_agent}");
    }
}

#[derive(Clone, Debug)]
struct Headers([String; 5]);

impl Headers {
    fn client(&self) -> Client {
        let [address, user_agent, accept_language, ch_platform, ch_mobile] = &self.0;
        client(&Sent { address, user_agent, accept_language, ch_platform, ch_mobile })
    }
}

fn any_headers() -> impl Strategy<Value = Headers> {
    let address = prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|v4| v4.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|v6| v6.to_string()),
        any::<std::net::Ipv4Addr>().prop_map(|v4| format!("::ffff:{v4}")),
        Just(String::new()),
    ];
    let user_agent = prop_oneof![
        ("Chrome|Firefox|Edg|OPR|curl", 0u16..200, "Windows NT|Linux|Android|Macintosh")
            .prop_map(|(browser, version, platform)| format!("Mozilla/5.0 ({platform}; x) {browser}/{version}.0")),
        "\\PC{0,80}",
    ];
    let language = prop_oneof!["[a-z]{2}(-[A-Z]{2})?(,en;q=0.5)?", "\\PC{0,20}"];
    let platform = prop_oneof!["\"(Windows|Linux|macOS|Android)\"", "\\PC{0,20}"];
    let mobile = "\\?[01]|";
    (address, user_agent, language, platform, mobile).prop_map(|(a, b, c, d, e)| Headers([a, b, c, d, e]))
}

proptest! {
    /// Whatever one header says, and however it changes: no profile calls the client a stranger.
    #[test]
    fn r71_r72_a28_one_signal_alone_is_never_a_stranger(
        kept in any_headers(),
        other in any_headers(),
        which in 0usize..5,
    ) {
        let mut now = kept.clone();
        now.0[which].clone_from(&other.0[which]);
        for likeness in [Loose, Strict] {
            prop_assert!(!is_stranger(&kept.client(), &now.client(), likeness), "{:?} {:?}", kept, now);
        }
    }

    /// A client does not differ from itself, and who differs strictly less never weighs more.
    #[test]
    fn a28_differences_are_symmetric_but_for_versions(one in any_headers(), other in any_headers()) {
        let (one, other) = (one.client(), other.client());
        prop_assert!(differences(&one, &one, Strict).is_empty());
        let both = [differences(&one, &other, Strict), differences(&other, &one, Strict)];
        let [there, back] = both.map(|found| found.without(Signals::VERSION).without(Signals::TOGETHER));
        prop_assert_eq!(there, back);
        prop_assert!(weight(differences(&one, &other, Loose)) <= weight(both[0]));
    }

    /// No more than the network of an address is ever kept.
    #[test]
    fn r74_a28_two_addresses_of_one_network_leave_the_same(a in any::<[u8; 3]>(), b in any::<[u8; 2]>()) {
        let of = |last: u8| at(&format!("{}.{}.{}.{last}", a[0], a[1], a[2]));
        prop_assert_eq!(of(b[0]), of(b[1]));
    }
}

fn proxies() -> Proxies {
    Proxies::parse("10.0.0.0/8, 192.0.2.7,2001:db8:5::/48,").unwrap()
}

fn from<'a>(address: &'a str, forwarded_for: &'a str) -> &'a str {
    proxies().origin(&Arrival { address, forwarded_for, ..Arrival::default() }).address
}

#[test]
fn a28_forwarded_addresses_are_walked_from_the_end_as_long_as_they_are_trusted() {
    let long = format!("{}198.51.100.1", "evil, ".repeat(1_700));
    for (address, header, expected) in [
        // Nobody trusted says so.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:5::1", "2001:db8:9::1", "2001:db8:9::1"),
        // What the client wrote to the left of what it is.
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2, 198.51.100.1, 192.0.2.7", "198.51.100.1"),
        ("10.0.0.1", "unknown, [::1]:80, 198.51.100.1 ,10.1.1.1", "198.51.100.1"),
        ("10.0.0.1", &long, "198.51.100.1"),
        // Several headers, joined.
        ("10.0.0.1", "1.2.3.4,198.51.100.1,10.9.9.9", "198.51.100.1"),
        // Everything is trusted: the first one is the client.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        // A trusted proxy wrote what nobody can read.
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:8080", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::1]", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, bad, 10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", &"10.0.0.1,".repeat(1_200), "10.0.0.1"),
        ("unknown", "198.51.100.1", "unknown"),
        ("", "198.51.100.1", ""),
    ] {
        assert_eq!(from(address, header), expected, "{address} {}", &header[..header.len().min(60)]);
    }
    let seventeen = vec!["10.0.0.1"; 17].join(",");
    assert_eq!(from("10.0.0.1", &format!("198.51.100.1,{seventeen}")), "10.0.0.1");
}

#[test]
fn r6_a28_a_scheme_is_taken_from_a_trusted_proxy_only() {
    use Scheme::{Http, Https};
    for (address, scheme, proto, expected) in [
        ("203.0.113.9", Some(Http), "https", Some(Http)),
        ("203.0.113.9", Some(Https), "http", Some(Https)),
        ("10.0.0.1", Some(Http), "https", Some(Https)),
        ("10.0.0.1", Some(Https), " HTTP ", Some(Http)),
        ("10.0.0.1", Some(Http), "https, http", Some(Http)),
        ("10.0.0.1", Some(Https), "", Some(Https)),
        ("10.0.0.1", None, "wss", None),
    ] {
        let arrival = Arrival { address, scheme, forwarded_for: "198.51.100.1", forwarded_proto: proto };
        assert_eq!(proxies().origin(&arrival).scheme, expected, "{address} {proto}");
    }
}

#[test]
fn r6_a_request_is_local_when_no_other_machine_had_a_part_in_it() {
    let nobody = Proxies::default();
    let local = Proxies::parse("127.0.0.0/8").unwrap();
    for (proxies, address, forwarded_for, expected) in [
        (&nobody, "127.0.0.1", "", true),
        (&nobody, "::1", "", true),
        (&nobody, "127.0.0.1", "198.51.100.1", false),
        (&nobody, "198.51.100.1", "127.0.0.1", false),
        (&nobody, "", "", false),
        (&local, "127.0.0.1", "198.51.100.1", false),
        (&local, "127.0.0.1", "127.0.0.1", true),
        (&local, "127.0.0.1", "127.0.0.1, 198.51.100.1", false),
        (&local, "127.0.0.1", "198.51.100.7:4711", false),
        (&local, "127.0.0.1", "unknown", false),
        (&local, "127.0.0.1", "", true),
    ] {
        let arrival = Arrival { address, forwarded_for, ..Arrival::default() };
        assert_eq!(proxies.origin(&arrival).is_local, expected, "{address} {forwarded_for}");
    }
    let arrival = Arrival { address: "127.0.0.1", forwarded_proto: "http", ..Arrival::default() };
    assert!(!local.origin(&arrival).is_local, "a proxy that does not say for whom");
}

#[test]
fn a28_trusted_proxies_are_networks_or_a_sentence() {
    assert_eq!(Proxies::parse("").unwrap(), Proxies::default());
    for list in ["10.0.0.0/33", "proxy.example", "10.0.0.0/8;10.1.1.1", "*", "10.0.0.1-9"] {
        let error = Proxies::parse(list).unwrap_err().to_string();
        assert!(error.contains("sidereal.trusted_proxies") && error.contains("10.0.0.0/8"), "{error}");
    }
    let arrival = Arrival { address: "10.0.0.1", forwarded_for: "198.51.100.1", ..Arrival::default() };
    let origin = Origin { address: "10.0.0.1", scheme: None, is_local: false };
    assert_eq!(Proxies::default().origin(&arrival), origin, "nobody is trusted by default");
}
