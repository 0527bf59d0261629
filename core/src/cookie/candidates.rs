//! What a client sent under our name, read from the raw header: no language's parser has had a hand in it (A8).

use std::borrow::Cow;
use std::fmt;

/// What a client sent under our name.
#[derive(Clone, Default)]
pub struct Candidates<'a> {
    values: Vec<&'a [u8]>,
    lookalikes: u64,
    crowded: bool,
}

/// Different values of one name that are looked at. A browser sends as many as there are paths and domains that set one.
pub const MAX_CANDIDATES: usize = 8;

impl<'a> Candidates<'a> {
    /// Looks for cookies called exactly `name` in the value of a `Cookie` header. Takes any bytes, and time in proportion to their number.
    pub fn find(header: &'a [u8], name: &str) -> Self {
        let mut found = Self::default();
        for (own, value) in pairs(header) {
            if own == name.as_bytes() {
                found.add(value);
            } else if looks_like(own, name.as_bytes()) {
                found.lookalikes += 1;
            }
        }
        found
    }

    /// A value that is known by other means to be what the client has.
    pub fn one(value: &'a [u8]) -> Self {
        Self { values: vec![value], ..Self::default() }
    }

    /// The same without what may be an ID: the look-alikes are still told of.
    #[must_use]
    pub fn without_values(self) -> Self {
        Self { lookalikes: self.lookalikes, ..Self::default() }
    }

    fn add(&mut self, value: &'a [u8]) {
        if self.values.contains(&value) {
            return;
        }
        if self.values.len() < MAX_CANDIDATES {
            self.values.push(value);
        } else {
            self.crowded = true;
        }
    }

    /// Different values under the exact name, in the order in which they came.
    pub fn values(&self) -> &[&'a [u8]] {
        &self.values
    }

    /// Cookies whose names PHP, or a careless parser, would take for ours: `sid[x]`, `.sid`, `SID`.
    pub fn lookalikes(&self) -> u64 {
        self.lookalikes
    }

    /// Whether there were more than [`MAX_CANDIDATES`] different values.
    pub fn are_crowded(&self) -> bool {
        self.crowded
    }
}

/// The values are secrets.
impl fmt::Debug for Candidates<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidates({} values, {} look-alikes)", self.values.len(), self.lookalikes)
    }
}

/// A value as it was before PHP, whose lead other programs follow, wrote it into a cookie: a comma, which an ID may have in its prefix, is `%2C`
/// there.
pub fn decoded(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'%') {
        return Cow::Borrowed(value);
    }
    let digit = |at: usize| value.get(at).and_then(|&b| char::from(b).to_digit(16));
    let mut plain = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        let escaped = if byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        let byte_of = |(high, low): (u32, u32)| u8::try_from(high * 16 + low).ok();
        plain.push(escaped.and_then(byte_of).unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    Cow::Owned(plain)
}

/// Whether a cookie whose name only looks like `name` has this value, once it is [`decoded`]: then it is not the program that gave it (A8).
pub fn is_of_lookalike(header: &[u8], name: &str, value: &[u8]) -> bool {
    let name = name.as_bytes();
    pairs(header).any(|(own, sent)| own != name && looks_like(own, name) && *decoded(sent) == *value)
}

/// Names and values. Browsers write "; " between two cookies. Nothing but a space is skipped: PHP's parser takes "\tname" and "\vname" for "name" (A8).
fn pairs(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|&b| b == b';').map(trim_spaces).map(|pair| match pair.iter().position(|&b| b == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &b""[..]),
    })
}

fn trim_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

/// Whether `found` becomes `name` by what PHP does to names: it skips white space in front, cuts at `[`, and turns `.` and space into `_`; case
/// is looked past as well, because browsers do for prefixes.
fn looks_like(found: &[u8], name: &[u8]) -> bool {
    let start = found.iter().position(|b| !b" \t\r\n\x0b\x0c\0".contains(b)).unwrap_or(found.len());
    let found = &found[start..];
    let end = found.iter().position(|&b| b == b'[' || b == 0).filter(|&at| at > 0).unwrap_or(found.len());
    let tidy = |b: u8| if b". [+".contains(&b) { b'_' } else { b.to_ascii_lowercase() };
    let found = found[..end].trim_ascii_end();
    // "..Host-sid" and "__Host-sid" are of one length, ".sid" and "sid" are not.
    let same = |found: &[u8]| found.len() == name.len() && found.iter().zip(name).all(|(a, b)| tidy(*a) == tidy(*b));
    same(found) || matches!(found, [b'.' | b'_' | b'[', rest @ ..] if same(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(header: &'a str, name: &str) -> Vec<&'a str> {
        Candidates::find(header.as_bytes(), name).values().iter().map(|v| std::str::from_utf8(v).unwrap()).collect()
    }

    #[test]
    fn a8_only_the_exact_name_is_ours() {
        assert_eq!(find("sid=a", "sid"), ["a"]);
        assert_eq!(find("x=1; sid=a; y=2", "sid"), ["a"]);
        assert_eq!(find("x=1;sid=a=b;", "sid"), ["a=b"]);
        assert_eq!(find("sid", "sid"), [""]);
        for other in [
            "SID=a",
            "\tsid=a",
            "\x0bsid=a",
            "\x0csid=a",
            "sid\t=a",
            "sid =a",
            ".sid=a",
            "_sid=a",
            "[sid=a",
            "sid[=a",
            "sid[x]=a",
            "sid.=a",
            "xsid=a",
            "sidx=a",
            "%73id=a",
            "\"sid\"=a",
            "sid\0=a",
            "sid,=a",
            "=sid",
            "s id=a",
        ] {
            assert_eq!(find(other, "sid"), [""; 0], "{other:?}");
        }
        for other in
            ["..Host-sid=a", "_.Host-sid=a", "[_Host-sid=a", "__host-sid=a", "\x0b__Host-sid=a", "__Host-sid[x]=a"]
        {
            let found = Candidates::find(other.as_bytes(), "__Host-sid");
            assert!(found.values().is_empty() && found.lookalikes() == 1, "{other:?}: {found:?}");
        }
    }

    #[test]
    fn a7_an_array_does_not_hide_the_good_cookie() {
        for header in ["sid[x]=1; sid=good", "sid=good; sid[x]=1", "sid[]=1; sid[a][b]=2; sid=good"] {
            assert_eq!(find(header, "sid"), ["good"]);
            assert!(Candidates::find(header.as_bytes(), "sid").lookalikes() > 0);
        }
    }

    #[test]
    fn a6_every_different_value_is_a_candidate_up_to_a_limit() {
        assert_eq!(find("sid=a; sid=b; sid=a", "sid"), ["a", "b"]);
        let many: Vec<String> = (0..1000).map(|n| format!("sid={n}")).collect();
        let many = many.join("; ");
        let found = Candidates::find(many.as_bytes(), "sid");
        assert!(found.values().len() == MAX_CANDIDATES && found.are_crowded());
    }

    #[test]
    fn a8_a_value_that_php_wrote_is_read() {
        for (sent, plain) in [
            ("u1%2Cx-abc", "u1,x-abc"),
            ("a%2cb", "a,b"),
            ("plain", "plain"),
            ("%", "%"),
            ("%2", "%2"),
            ("%2G", "%2G"),
            ("%252C", "%2C"),
            ("%+1", "%+1"),
        ] {
            assert_eq!(&*decoded(sent.as_bytes()), plain.as_bytes(), "{sent}");
        }
    }

    #[test]
    fn a8_who_brought_a_value_is_told_from_who_did_not() {
        for header in ["\tsid=evil; sid=good", "SID=evil", "sid[x]=evil", "sid=good; .sid=%65vil"] {
            assert!(is_of_lookalike(header.as_bytes(), "sid", b"evil"), "{header}");
        }
        for header in ["sid=evil", "other=evil; sid=good", "", "sid=good; SID=other"] {
            assert!(!is_of_lookalike(header.as_bytes(), "sid", b"evil"), "{header}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let text = format!("{:?}", Candidates::find(b"sid=secret", "sid"));
        assert!(!text.contains("secret"), "{text}");
    }
}
