//! What the headers of a request say about who sent it: the matrix, and what may not matter.

use proptest::prelude::*;
use sidereal_core::client::Scheme;
use sidereal_core::csrf::{Attempt, Headers, Refusal, judge, origins};
use sidereal_core::policy::{Policy, Profile};

const OWN: &str = "https://shop.example";
const HOST: &str = "shop.example";

/// Who speaks for a request: nobody is `-`.
fn attempt<'a>(method: &'a str, site: &'a str, origin: &'a str, referer: &'a str) -> Attempt<'a> {
    let given = |text: &'a str| (text != "-").then_some(text);
    Attempt { method, host: HOST, fetch_site: given(site), origin: given(origin), referer: given(referer) }
}

#[test]
fn r63_a16_the_matrix_of_forty() {
    use Refusal::{CrossSite, Downgrade, ForeignOrigin, OpaqueOrigin, SameSite, UnknownOrigin};
    const SAFE: Headers = Headers::Safe;
    const SAYS: Headers = Headers::Pass { says_site: true };
    const PASS: Headers = Headers::Pass { says_site: false };
    let no = Headers::Refused;
    let standard = Policy {
        csrf_origins: origins("x", "https://pay.example https://m.shop.example").unwrap(),
        ..Policy::default()
    };
    let high = Policy { csrf_origins: standard.csrf_origins.clone(), ..Policy::of(Profile::High) };
    // Method, Sec-Fetch-Site, Origin, Referer; then for a client that has not sent Sec-Fetch-Site before, that has, and the first in profile `high`.
    #[rustfmt::skip]
    let cases = [
        ("GET",     "cross-site",  "https://evil.example",   "-",                        SAFE,              SAFE,              SAFE),
        ("HEAD",    "-",           "-",                      "-",                        SAFE,              SAFE,              SAFE),
        ("OPTIONS", "cross-site",  "null",                   "-",                        SAFE,              SAFE,              SAFE),
        ("TRACE",   "-",           "-",                      "https://evil.example/",    SAFE,              SAFE,              SAFE),
        // A method is written in capitals: another spelling is another method.
        ("get",     "cross-site",  "-",                      "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("",        "cross-site",  "-",                      "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "same-origin", OWN,                      "-",                        SAYS,              SAYS,              SAYS),
        ("POST",    "same-origin", "-",                      "-",                        SAYS,              SAYS,              SAYS),
        ("POST",    "same-origin", "null",                   "-",                        SAYS,              SAYS,              SAYS),
        ("POST",    "none",        "-",                      "-",                        SAYS,              SAYS,              SAYS),
        ("PUT",     "same-origin", OWN,                      "-",                        SAYS,              SAYS,              SAYS),
        ("DELETE",  "cross-site",  "https://evil.example",   "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("PATCH",   "same-site",   "https://blog.shop.example", "-",                     no(SameSite),      no(SameSite),      no(SameSite)),
        ("POST",    "same-site",   "https://m.shop.example", "-",                        SAYS,              SAYS,              SAYS),
        ("POST",    "same-site",   "-",                      "https://m.shop.example/",  no(SameSite),      no(SameSite),      no(SameSite)),
        ("POST",    "cross-site",  "https://pay.example",    "-",                        SAYS,              SAYS,              SAYS),
        ("POST",    "cross-site",  "https://pay.example.evil.example", "-",              no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "cross-site",  OWN,                      "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "cross-site",  "null",                   "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "cross-site",  "-",                      OWN,                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "SAME-ORIGIN", OWN,                      "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "",            OWN,                      "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "same-origin, cross-site", OWN,          "-",                        no(CrossSite),     no(CrossSite),     no(CrossSite)),
        ("POST",    "-",           OWN,                      "-",                        PASS,              no(Downgrade),     PASS),
        ("POST",    "-",           "HTTPS://SHOP.example:443", "-",                      PASS,              no(Downgrade),     PASS),
        ("POST",    "-",           "http://shop.example",    "-",                        no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://shop.example:8443", "-",                     no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://evil.example",   "https://shop.example/",    no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://shop.example.evil.example", "-",             no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://shop.example@evil.example", "-",             no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://shop.example https://evil.example", "-",     no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "https://pay.example",    "-",                        PASS,              no(Downgrade),     PASS),
        ("POST",    "-",           "",                       "-",                        no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "null",                   "https://shop.example/",    no(OpaqueOrigin),  no(OpaqueOrigin),  no(OpaqueOrigin)),
        ("POST",    "-",           "-",                      "https://shop.example/a?b", PASS,              no(Downgrade),     PASS),
        ("POST",    "-",           "-",                      "https://evil.example/?https://shop.example/", no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "-",                      "https://pay.example/",     PASS,              no(Downgrade),     PASS),
        ("POST",    "-",           "-",                      "about:blank",              no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "-",                      "",                         no(ForeignOrigin), no(ForeignOrigin), no(ForeignOrigin)),
        ("POST",    "-",           "-",                      "-",                        PASS,              no(Downgrade),     no(UnknownOrigin)),
    ];
    assert_eq!(cases.len(), 40);
    for (method, site, origin, referer, first, later, strict) in cases {
        let attempt = attempt(method, site, origin, referer);
        assert_eq!(judge(&attempt, Scheme::Https, &standard, false), first, "{attempt:?}");
        assert_eq!(judge(&attempt, Scheme::Https, &standard, true), later, "{attempt:?}, said its site before");
        assert_eq!(judge(&attempt, Scheme::Https, &high, false), strict, "{attempt:?}, high");
    }
}

proptest! {
    #[test]
    fn a16_what_fetch_metadata_calls_foreign_passes_with_a_trusted_origin_only(
        site in "cross-site|same-site|[a-z-]{0,12}",
        origin in proptest::option::of("(https?://)?[a-z.:/@]{0,20}"),
        referer in proptest::option::of("(https://shop.example/)?[a-z]{0,5}"),
        said_site: bool,
    ) {
        prop_assume!(site != "same-origin" && site != "none");
        let attempt = Attempt {
            method: "POST",
            host: HOST,
            fetch_site: Some(&site),
            origin: origin.as_deref(),
            referer: referer.as_deref(),
        };
        prop_assert!(matches!(judge(&attempt, Scheme::Https, &Policy::default(), said_site), Headers::Refused(_)));
    }
}
