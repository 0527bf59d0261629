//! The cookie parser against any bytes (R80), and the time it takes (A20). `core/fuzz` looks longer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // Tests say what they expect, and this one measures.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sidereal_core::cookie::{
    Candidates, Cookie, MAX_CANDIDATES, SameSite, Scheme, decoded, is_header_value, is_of_lookalike,
};

/// What must hold for any header and any name.
fn holds(header: &[u8], name: &str) {
    let found = Candidates::find(header, name);
    let pairs = header.split(|&b| b == b';').count() as u64;
    assert!(found.values().len() <= MAX_CANDIDATES && found.lookalikes() <= pairs);
    assert!(!found.are_crowded() || found.values().len() == MAX_CANDIDATES);
    for value in found.values() {
        assert!(!value.contains(&b';'));
        // It stands in the header, after the exact name.
        let pair = [name.as_bytes(), b"=", value].concat();
        assert!(value.is_empty() || header.windows(pair.len()).any(|window| window == pair));
        assert!(decoded(value).len() <= value.len());
        let _ = is_of_lookalike(header, name, value);
    }
}

/// Headers made of what matters to the parser.
fn headers() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&[u8]; 13] =
        [b"sid", b"=", b";", b"; ", b" ", b"\t", b"\0", b"\r\n", b"[", b".", b"__Host-", b"\xff", b"x"];
    let piece = proptest::sample::select(&PIECES[..]);
    proptest::collection::vec(piece, 0..64).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn r80_any_header_is_parsed(header in headers()) {
        holds(&header, "sid");
        holds(&header, "__Host-sid");
    }

    #[test]
    fn r80_any_bytes_are_parsed(header in proptest::collection::vec(any::<u8>(), 0..512)) {
        holds(&header, "sid");
    }

    #[test]
    fn r93_any_name_is_refused_or_safe_in_a_header(name in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|__[Hh]ost-[a-z]{0,4}") {
        if let Ok(cookie) = Cookie::new(&name, SameSite::Lax) {
            let line = cookie.clear(Scheme::Https).unwrap();
            prop_assert!(line.bytes().all(|b| (0x20..0x7f).contains(&b)) && line.matches("Max-Age=0").count() == 1);
        }
    }
}

/// The best of several runs: what other programs do meanwhile only adds.
fn best(header: &[u8]) -> Duration {
    let run = || {
        let started = Instant::now();
        std::hint::black_box(Candidates::find(std::hint::black_box(header), "__Host-sid"));
        started.elapsed()
    };
    (0..50).map(|_| run()).min().unwrap()
}

#[test]
fn a20_a_header_of_sixteen_kib_takes_linear_time() {
    for piece in
        ["a=b; ", ";", "__Host-sid=x;", "__Host-sid[a]=x;", " ", "=", "__Host-sid", "[[[[", "\t\t\t\t", "..Host-sid=1;"]
    {
        let of = |size: usize| piece.bytes().cycle().take(size).collect::<Vec<u8>>();
        let (small, large) = (best(&of(16 * 1024)), best(&of(128 * 1024)));
        // Eight times the bytes: a quadratic parser would take 64 times as long.
        assert!(
            large < small * 24 + Duration::from_millis(1),
            "{piece:?}: {small:?} for 16 KiB, {large:?} for 128 KiB"
        );
        assert!(small < Duration::from_millis(50), "{piece:?}: {small:?} for 16 KiB");
    }
    let distinct: String = (0..1500).map(|n| format!("__Host-sid={n};")).collect();
    assert!(best(distinct.as_bytes()) < Duration::from_millis(50));
}

#[test]
fn r93_a21_what_could_split_a_header_is_none() {
    for good in ["", "/page?a=b", "https://example.org/ä", "a\u{a0}b"] {
        assert!(is_header_value(good.as_bytes()), "{good:?}");
    }
    for bad in [
        "a\rb",
        "a\nb",
        "a\r\nSet-Cookie: sid=x",
        "a\0b",
        "a\tb",
        "\u{b}",
        "\u{c}",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{7f}",
    ] {
        assert!(!is_header_value(bad.as_bytes()), "{bad:?}");
    }
    // As UTF-16 these have CR and LF in their lower bytes; an overlong LF is no UTF-8.
    assert!(!is_header_value(b"a\xc0\x8ab") && !is_header_value(b"\xff"));
}
