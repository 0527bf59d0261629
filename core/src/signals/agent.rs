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
    let mut browser: Option<(usize, u16)> = None;
    let mut platform: Option<usize> = None;
    let text = cut(user_agent);
    for token in text.split([' ', ';', '(', ')', ',']).filter(|token| !token.is_empty()) {
        let (name, version) = token.split_once('/').map_or((token, None), |(name, version)| (name, Some(version)));
        let better = |rank: &usize, found: Option<usize>| found.is_none_or(|found| *rank < found);
        if let Some(version) = version
            && let Some(rank) = BROWSERS.iter().position(|(mark, _)| *mark == name)
            && better(&rank, browser.map(|(rank, _)| rank))
        {
            browser = Some((rank, major(version)));
        }
        if let Some(rank) = PLATFORMS.iter().position(|(mark, _)| name == *mark)
            && better(&rank, platform)
        {
            platform = Some(rank);
        }
    }
    let named = |names: &[(&str, &str)], rank: usize| {
        names.get(rank).and_then(|(_, name)| Word::new(name)).unwrap_or(Word::EMPTY)
    };
    let platform = platform.map_or(Word::EMPTY, |rank| named(PLATFORMS, rank));
    match browser {
        Some((rank, version)) => Agent { browser: named(BROWSERS, rank), platform, version },
        None => Agent { platform, ..program(text) },
    }
}

/// What is no browser calls itself by its first product: `curl/8.5.0`.
fn program(text: &str) -> Agent {
    let token = text.split(' ').next().unwrap_or_default();
    let (name, version) = token.split_once('/').unwrap_or((token, ""));
    let browser = Word::new(name).unwrap_or(Word::EMPTY);
    Agent { browser, platform: Word::EMPTY, version: if browser.is_empty() { 0 } else { major(version) } }
}

fn major(version: &str) -> u16 {
    let end = version.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(version.len());
    version.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn cut(user_agent: &str) -> &str {
    let end = (0..=user_agent.len().min(MAX)).rev().find(|end| user_agent.is_char_boundary(*end));
    end.and_then(|end| user_agent.get(..end)).unwrap_or_default()
}
