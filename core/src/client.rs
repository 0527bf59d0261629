//! What is kept of a client: enough for its owner to recognise a device, too little to follow anybody around.
//!
//! Plain data, without allocations: a request that looks like the one before is compared and forgotten. How it is read from what a client sends,
//! and what a difference means, is in [`crate::signals`].

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In plain text.
    Http,
    /// Encrypted.
    Https,
}

/// What is kept of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The network of its address; `None` when unknown.
    pub network: Option<Network>,
    /// The family of its user agent, such as `Firefox`; empty when unknown.
    pub browser: Word,
    /// The platform that its user agent names, such as `Linux`; empty when unknown.
    pub platform: Word,
    /// The major version of its user agent; zero when unknown.
    pub version: u16,
    /// The primary tag of the language it likes best, such as `de`; empty when unknown.
    pub language: Word,
    /// The platform that its client hints name; empty when unknown.
    pub hinted_platform: Word,
    /// Whether it is a mobile device, by its client hints.
    pub mobile: Option<bool>,
}

impl Client {
    /// A client that tells nothing.
    pub const UNKNOWN: Self = Self {
        network: None,
        browser: Word::EMPTY,
        platform: Word::EMPTY,
        version: 0,
        language: Word::EMPTY,
        hinted_platform: Word::EMPTY,
        mobile: None,
    };

    /// Its network as its owner may see it, such as `192.0.2.0/24`; empty when unknown.
    pub fn network(&self) -> String {
        self.network.map(|network| network.to_string()).unwrap_or_default()
    }

    /// Browser and platform as its owner may see them, such as `Firefox, Linux`; empty when unknown.
    pub fn agent(&self) -> String {
        match (self.browser.as_str(), self.platform.as_str()) {
            ("", one) | (one, "") => one.to_owned(),
            (browser, platform) => format!("{browser}, {platform}"),
        }
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// The network part of an address: never the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A /24.
    V4([u8; 3]),
    /// A /64, below which the client chooses.
    V6([u16; 4]),
}

impl Network {
    /// The network of `address`. One that carries an IPv4 address (mapped, NAT64) counts as that one.
    pub fn of(address: IpAddr) -> Self {
        match carried(address) {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

fn carried(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)).into(),
            _ => address.to_canonical(),
        },
        IpAddr::V4(_) => address,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0)),
            Self::V6([a, b, c, d]) => write!(f, "{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)),
        }
    }
}

/// A short text of letters, digits, spaces and `.`, `_`, `-`: what of a header may be kept and shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word {
    length: u8,
    bytes: [u8; Word::MAX],
}

impl Word {
    /// Most bytes that a word has.
    pub const MAX: usize = 23;
    /// The one without letters.
    pub const EMPTY: Self = Self { length: 0, bytes: [0; Self::MAX] };

    /// `text` as a word, if it is one.
    pub fn new(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b'_' | b'-');
        if !text.bytes().all(fits) {
            return None;
        }
        let mut word = Self { length: u8::try_from(text.len()).ok()?, ..Self::EMPTY };
        word.bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(word)
    }

    /// The same in lower case.
    #[must_use]
    pub fn in_lower_case(mut self) -> Self {
        self.bytes.make_ascii_lowercase();
        self
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.length)).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A set of signals: ways in which a client differs from the one that is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals(u8);

impl Signals {
    /// None.
    pub const NONE: Self = Self(0);
    /// The address is of another network.
    pub const NETWORK: Self = Self(1);
    /// The user agent is of another family, or names another platform.
    pub const AGENT: Self = Self(2);
    /// The user agent is of the same family and of an earlier version.
    pub const VERSION: Self = Self(4);
    /// The language is another one.
    pub const LANGUAGE: Self = Self(8);
    /// The client hints name another platform, or another kind of device.
    pub const HINTS: Self = Self(16);
    /// Several, which together make another client of it.
    pub const TOGETHER: Self = Self(32);
    /// Each that a client can show, the heaviest first, and a word for it.
    pub const EACH: [(Self, &'static str); 5] = [
        (Self::NETWORK, "network"),
        (Self::AGENT, "agent"),
        (Self::VERSION, "version"),
        (Self::LANGUAGE, "language"),
        (Self::HINTS, "hints"),
    ];

    /// These, and `others` if `are_there`.
    #[must_use]
    pub fn with(self, others: Self, are_there: bool) -> Self {
        if are_there { Self(self.0 | others.0) } else { self }
    }

    /// These but `others`.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether `one` is among them.
    pub fn has(self, one: Self) -> bool {
        self.0 & one.0 == one.0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As a number.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set with this number, if there is one.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits < 64).then_some(Self(bits))
    }
}
