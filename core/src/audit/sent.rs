//! Rules on the request that is being served: how it came, and what its response has so far.

use std::path::Path;

use super::facts::{Facts, Place, Request, SentCookie};
use super::{Rule, Severity, when};

use Severity::{Error, Warning};

/// What OWASP ASVS 5.0 wants of HSTS: a year.
const HSTS_SECONDS: u64 = 31_536_000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "https",
        severity: Warning,
        under_sidereal: None,
        settings: &[],
        title: "The site is served by https",
        why: "By http everybody on the way can read the ID and use it.",
        fix: "Serve the site by https only; where TLS ends in front of PHP have the web server set HTTPS=on.",
        references: &["R6", "ASVS 3.3.1"],
        check: |f| {
            request(f, |request| {
                when(!request.is_https && !request.forwarded_https, || "this request came by http".into())
            })
        },
    },
    Rule {
        id: "proxy-scheme",
        severity: Error,
        under_sidereal: None,
        settings: &[],
        title: "PHP knows that the request came by https",
        why: "If it is a proxy that says so, nobody has told PHP to believe it: the cookie goes out without Secure.",
        fix: "Name the proxy in sidereal.trusted_proxies, or have the web server set HTTPS=on for requests of its own proxy and of nobody else.",
        references: &["R6", "A28", "ASVS 3.3.1"],
        check: |f| {
            request(f, |request| {
                when(!request.is_https && request.forwarded_https, || {
                    "a forwarding header says https, the server and the proxies that are trusted say http".into()
                })
            })
        },
    },
    Rule {
        id: "hsts",
        severity: Warning,
        under_sidereal: None,
        settings: &[],
        title: "Browsers come back by https",
        why: "Without HSTS the first request of a visit goes by http, where anybody on the way can take it over.",
        fix: "Send Strict-Transport-Security: max-age=31536000; includeSubDomains. Does the web server add it, then this is no finding: PHP does not see that.",
        references: &["R7", "ASVS 3.4.1"],
        check: |f| request(f, |request| if request.is_https { hsts(request.hsts.as_deref()) } else { Vec::new() }),
    },
    Rule {
        id: "cookie-sent",
        severity: Error,
        under_sidereal: None,
        settings: &[],
        title: "The cookie is sent with its flags",
        why: "Something other than the save handler has made this cookie, such as setcookie(session_name(), ...), and forgot what protects it.",
        fix: "Leave the session cookie to PHP, or give it the same attributes.",
        references: &["R4", "R6", "R81", "ASVS 3.3.1", "ASVS 3.3.2", "ASVS 3.3.4"],
        check: |f| {
            request(f, |request| {
                let lacking = |cookie: &SentCookie| lacking(cookie, request.is_https);
                request.cookies.iter().filter(|cookie| !cookie.clears).filter_map(lacking).collect()
            })
        },
    },
    Rule {
        id: "cookie-sent-twice",
        severity: Warning,
        under_sidereal: None,
        settings: &[],
        title: "One session cookie a response",
        why: "Which of them the browser keeps depends on their paths and domains; it may send both from then on.",
        fix: "Leave the session cookie to PHP: take calls of setcookie() with its name out.",
        references: &["A6", "A20"],
        check: |f| {
            request(f, |request| {
                when(request.cookies.len() > 1, || {
                    format!("this response has {} session cookies", request.cookies.len())
                })
            })
        },
    },
    Rule {
        id: "below-document-root",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store", "sidereal.keyring"],
        title: "Nobody can download store or keyring",
        why: "They are below the directory that the web server serves files from. One wrong rule there gives the keys away.",
        fix: "Move them elsewhere, such as below /var/lib/sidereal.",
        references: &["R98", "A25"],
        check: |f| {
            request(f, |request| {
                let root = request.document_root.as_deref().filter(|root| root.parent().is_some());
                let place = f.own.as_ref().map(|own| &own.place);
                root.zip(place).map(|(root, place)| below(root, place)).unwrap_or_default()
            })
        },
    },
];

fn request(facts: &Facts, check: impl FnOnce(&Request) -> Vec<String>) -> Vec<String> {
    facts.request.as_ref().map(check).unwrap_or_default()
}

/// Of the directory and a keyring elsewhere.
fn below(root: &Path, place: &Place) -> Vec<String> {
    let directory = place.directory.as_deref();
    let keyring = place.keyring.as_ref().map(|file| file.path.as_path());
    let elsewhere = keyring.filter(|path| !directory.is_some_and(|directory| path.starts_with(directory)));
    let exposed = directory.into_iter().chain(elsewhere).filter(|path| path.starts_with(root));
    exposed.map(|path| format!("{} is below {}", path.display(), root.display())).collect()
}

fn hsts(header: Option<&str>) -> Vec<String> {
    let Some(header) = header else {
        return vec!["the response has no header Strict-Transport-Security".into()];
    };
    let directives = header.split(';').filter_map(|part| part.split_once('='));
    let mut ages = directives.filter(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"));
    let age: u64 = ages.next().and_then(|(_, age)| age.trim().trim_matches('"').parse().ok()).unwrap_or(0);
    when(age < HSTS_SECONDS, || format!("Strict-Transport-Security has a max-age of {age} seconds"))
}

fn lacking(cookie: &SentCookie, is_https: bool) -> Option<String> {
    let wanted = [("HttpOnly", true), ("Secure", is_https), ("SameSite", true)];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|(name, wanted)| *wanted && cookie.get(&name.to_ascii_lowercase()).is_none())
        .map(|(name, _)| name)
        .collect();
    (!missing.is_empty()).then(|| format!("a session cookie of this response has no {}", missing.join(", no ")))
}
