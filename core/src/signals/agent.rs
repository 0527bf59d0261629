//! User agents: family, platform, major version. One pass over the tokens.

use crate::client::Word;

/// A user agent longer than this is not looked at further.
const MAX: usize = 512;

/// What a user agent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Family, empty when unknown.
    pub browser: Word,
    /// Platform, empty when unknown.
    pub platform: Word,
    /// Major version, zero when unknown.
    pub version: u16,
}

/// Names of products and what they mean. Browsers pretend to be each other, so the first one here counts of those that are named.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("Edge", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
    ("Safari", "Safari"),
];

/// The same for platforms: the word that a token begins with.
const PLATFORMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// What `user_agent` says.
pub fn parse(user_agent: &str) -> Agent {
    let mut browser: Option<(usize, &[u8])> = None;
    let mut platform: Option<usize> = None;
    let text = user_agent.as_bytes().get(..MAX).unwrap_or(user_agent.as_bytes());
    for token in text.split(|byte| matches!(byte, b' ' | b';' | b'(' | b')' | b',')) {
        match token.iter().position(|byte| *byte == b'/') {
            Some(slash) => {
                let (name, version) = token.split_at(slash);
                let before = browser.map_or(BROWSERS.len(), |(rank, _)| rank);
                browser = rank(BROWSERS, name).filter(|rank| *rank < before).map(|rank| (rank, version)).or(browser);
            }
            None => {
                let before = platform.unwrap_or(PLATFORMS.len());
                platform = rank(PLATFORMS, token).filter(|rank| *rank < before).or(platform);
            }
        }
    }
    let platform = platform.map_or(Word::EMPTY, |rank| named(PLATFORMS, rank));
    match browser {
        Some((rank, version)) => Agent { browser: named(BROWSERS, rank), platform, version: major(version) },
        None => Agent { platform, ..program(text) },
    }
}

/// Where `name` stands in `names`.
fn rank(names: &[(&str, &str)], name: &[u8]) -> Option<usize> {
    names.iter().position(|(mark, _)| mark.as_bytes() == name)
}

fn named(names: &[(&str, &str)], rank: usize) -> Word {
    names.get(rank).and_then(|(_, name)| Word::new(name)).unwrap_or(Word::EMPTY)
}

/// What is no browser calls itself by its first product: `curl/8.5.0`.
fn program(text: &[u8]) -> Agent {
    let token = text.split(|byte| *byte == b' ').next().unwrap_or_default();
    let slash = token.iter().position(|byte| *byte == b'/').unwrap_or(token.len());
    let (name, version) = token.split_at(slash);
    let browser = str::from_utf8(name).ok().and_then(Word::new).unwrap_or(Word::EMPTY);
    Agent { browser, platform: Word::EMPTY, version: if browser.is_empty() { 0 } else { major(version) } }
}

/// The number before the first dot of `/133.0`, zero when it is none.
fn major(version: &[u8]) -> u16 {
    let digits = version.iter().skip(1).map_while(|byte| char::from(*byte).to_digit(10));
    let number = digits.take(6).fold(0u32, |number, digit| number * 10 + digit);
    u16::try_from(number).unwrap_or(0)
}
