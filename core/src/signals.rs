//! What a request tells of its client, and whether that is the one that a record was made for.
//!
//! Pure. An address is cut to its network before anything is kept (R74), a user agent to family, platform and major version, a language to its
//! primary tag. None of it proves anything: a thief can send what the victim sends, and an honest client changes (R71, R72). So each difference has
//! a weight, and only several of them together make a stranger. What the client chooses by itself as it goes, such as Referer, is not looked at (R76).

mod agent;

use std::net::IpAddr;

use crate::client::{Client, Network, Signals, Word};
use crate::policy::{ClientChange, Likeness, Policy};

/// What a request carries of its client, as it came; empty what is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent<'a> {
    /// Text of an IP address, without port or brackets.
    pub address: &'a str,
    /// `User-Agent`.
    pub user_agent: &'a str,
    /// `Accept-Language`.
    pub accept_language: &'a str,
    /// `Sec-CH-UA-Platform`.
    pub ch_platform: &'a str,
    /// `Sec-CH-UA-Mobile`.
    pub ch_mobile: &'a str,
}

/// What each signal weighs (R75). Network and agent, which an honest client changes one at a time, are a stranger together (R73); the light
/// ones need one another, or a heavy one and another light one.
const WEIGHTS: [(Signals, u8); 5] =
    [(Signals::NETWORK, 4), (Signals::AGENT, 4), (Signals::VERSION, 2), (Signals::LANGUAGE, 2), (Signals::HINTS, 2)];

/// From which weight on a client is a stranger. More than any signal weighs alone, in each profile (R71, R72).
fn threshold(likeness: Likeness) -> u8 {
    match likeness {
        Likeness::Loose => 8,
        Likeness::Strict => 6,
    }
}

/// What is kept of the client that sent this.
pub fn client(sent: &Sent<'_>) -> Client {
    let agent = agent::parse(sent.user_agent);
    Client {
        network: sent.address.parse::<IpAddr>().ok().map(Network::of),
        browser: agent.browser,
        platform: agent.platform,
        version: agent.version,
        language: language(sent.accept_language),
        hinted_platform: Word::new(sent.ch_platform.trim().trim_matches('"')).unwrap_or(Word::EMPTY),
        mobile: match sent.ch_mobile.trim() {
            "?1" => Some(true),
            "?0" => Some(false),
            _ => None,
        },
    }
}

/// The primary tag of the first language range, which is the one that is liked best (RFC 9110, 12.5.4).
fn language(accept_language: &str) -> Word {
    let tag = accept_language.trim_start().split([',', ';', '-', ' ']).next().unwrap_or_default();
    if (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Word::new(tag).unwrap_or(Word::EMPTY).in_lower_case()
    } else {
        Word::EMPTY
    }
}

/// How `now` differs from what was `kept`. What is unknown on either side differs from nothing, nor does IPv4 from IPv6: a client with both
/// uses whichever answers first. A version may rise. Enough differences have [`Signals::TOGETHER`] among them.
pub fn differences(kept: &Client, now: &Client, likeness: Likeness) -> Signals {
    if kept == now {
        return Signals::NONE;
    }
    let differ = |one: Word, other: Word| !one.is_empty() && !other.is_empty() && one != other;
    let is_other_agent = differ(kept.browser, now.browser) || differ(kept.platform, now.platform);
    // One header is one signal, however much of it has changed.
    let is_same_browser = !is_other_agent && !kept.browser.is_empty() && kept.browser == now.browser;
    let is_other_device = kept.mobile.zip(now.mobile).is_some_and(|(one, other)| one != other);
    let found = Signals::NONE
        .with(Signals::NETWORK, kept.network.zip(now.network).is_some_and(|(one, other)| is_far(one, other, likeness)))
        .with(Signals::AGENT, is_other_agent)
        .with(Signals::VERSION, is_same_browser && now.version != 0 && now.version < kept.version)
        .with(Signals::LANGUAGE, differ(kept.language, now.language))
        .with(Signals::HINTS, differ(kept.hinted_platform, now.hinted_platform) || is_other_device);
    found.with(Signals::TOGETHER, weight(found) >= threshold(likeness))
}

/// [`differences`], as far as `policy` has an interest in them.
pub fn noticeable(kept: &Client, now: &Client, policy: &Policy) -> Signals {
    match policy.client_change {
        ClientChange::Ignore => Signals::NONE,
        ClientChange::Event | ClientChange::StepUp | ClientChange::Deny => differences(kept, now, policy.likeness),
    }
}

/// Whether `now` seems to be another client than the one that was `kept`.
pub fn is_stranger(kept: &Client, now: &Client, policy: &Policy) -> bool {
    noticeable(kept, now, policy).has(Signals::TOGETHER)
}

/// Whether two networks are apart. Loosely, what a carrier or an office rarely leaves is one: two groups of IPv4 (R74), three of IPv6.
fn is_far(one: Network, other: Network, likeness: Likeness) -> bool {
    match (one, other, likeness) {
        (Network::V4([a, b, _]), Network::V4([c, d, _]), Likeness::Loose) => [a, b] != [c, d],
        (Network::V4(one), Network::V4(other), Likeness::Strict) => one != other,
        (Network::V6([a, b, c, _]), Network::V6([d, e, f, _]), Likeness::Loose) => [a, b, c] != [d, e, f],
        (Network::V6(one), Network::V6(other), Likeness::Strict) => one != other,
        (Network::V4(_), Network::V6(_), _) | (Network::V6(_), Network::V4(_), _) => false,
    }
}

/// What `signals` weigh together.
pub fn weight(signals: Signals) -> u8 {
    WEIGHTS.iter().filter(|(signal, _)| signals.has(*signal)).map(|(_, weight)| weight).sum()
}

/// A word for the heaviest of `signals`.
pub fn heaviest(signals: Signals) -> &'static str {
    Signals::EACH.iter().find(|(signal, _)| signals.has(*signal)).map_or("", |(_, word)| word)
}

/// What is kept of a client whose next ID is confirmed: its version may have risen. Nothing else follows, or whoever has a stolen ID could lead
/// the record away from its owner step by step.
pub fn follow(kept: &Client, now: &Client) -> Client {
    let version = if kept.browser == now.browser { kept.version.max(now.version) } else { kept.version };
    Client { version, ..*kept }
}
