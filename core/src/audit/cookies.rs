//! Rules on how the session cookie is set: PHP's `session.name` and `session.cookie_*`, and the cookie of a C program.

use super::facts::{Facts, Php};
use super::{Rule, Severity, when};
use crate::cookie::{Attributes, HOST, SameSite, Scheme};

use Severity::{Error, Note, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cookie-httponly",
        severity: Error,
        under_sidereal: Some(Note),
        settings: &["session.cookie_httponly"],
        title: "Scripts do not see the cookie",
        why: "A script that somebody smuggles into a page could send the ID away. Sidereal sets HttpOnly whatever this says.",
        fix: "Set session.cookie_httponly = 1.",
        references: &["R4", "R81", "ASVS 3.3.4"],
        check: |f| {
            php(f, |php| {
                when(php.settings.is_off("session.cookie_httponly"), || php.settings.shown("session.cookie_httponly"))
            })
        },
    },
    Rule {
        id: "cookie-secure",
        severity: Error,
        under_sidereal: Some(Warning),
        settings: &["session.cookie_secure"],
        title: "The cookie travels encrypted only",
        why: "One request by http shows the ID to everybody on the way. Sidereal sets Secure where the request came by https, but who comes by http gets a cookie, too.",
        fix: "Serve the site by https only and set session.cookie_secure = 1.",
        references: &["R6", "R81", "ASVS 3.3.1"],
        check: |f| {
            php(f, |php| {
                when(php.settings.is_off("session.cookie_secure"), || php.settings.shown("session.cookie_secure"))
            })
        },
    },
    Rule {
        id: "cookie-samesite",
        severity: Warning,
        under_sidereal: Some(Note),
        settings: &["session.cookie_samesite"],
        title: "Requests from other sites come without the cookie",
        why: "Without it each browser decides by itself whether another site may make requests in the user's name. Sidereal sets Lax where nothing is set.",
        fix: "Set session.cookie_samesite = Lax, or Strict.",
        references: &["R63", "ASVS 3.3.2"],
        check: |f| {
            php(f, |php| {
                when(php.settings.get("session.cookie_samesite").is_empty(), || {
                    php.settings.shown("session.cookie_samesite")
                })
            })
        },
    },
    Rule {
        id: "cookie-samesite-none",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.cookie_samesite", "sidereal.cookie_same_site"],
        title: "Other sites make no requests in the user's name",
        why: "SameSite=None sends the cookie with every request that any site makes; nothing but tokens in forms stands against forged ones. Browsers refuse it without Secure.",
        fix: "Set Lax, unless the pages have to work inside frames of other sites; then set Secure as well and check tokens.",
        references: &["R63", "A16", "ASVS 3.3.2"],
        check: |f| {
            let mut found = php(f, |php| {
                let none = php.settings.get("session.cookie_samesite").eq_ignore_ascii_case("None");
                when(none, || php.settings.shown("session.cookie_samesite"))
            });
            let none = f.cookie.as_ref().is_some_and(|cookie| cookie.same_site() == SameSite::None);
            found.extend(when(none, || "sidereal.cookie_same_site is \"None\"".into()));
            found
        },
    },
    Rule {
        id: "cookie-samesite-unknown",
        severity: Error,
        under_sidereal: None,
        settings: &["session.cookie_samesite"],
        title: "SameSite has a value that browsers know",
        why: "PHP copies the value as it is, and browsers take one that they do not know for none at all.",
        fix: "Set session.cookie_samesite = Lax, or Strict.",
        references: &["R81", "ASVS 3.3.2"],
        check: |f| {
            php(f, |php| {
                let value = php.settings.get("session.cookie_samesite");
                let known = ["", "Lax", "Strict", "None"].iter().any(|known| value.eq_ignore_ascii_case(known));
                when(!known, || php.settings.shown("session.cookie_samesite"))
            })
        },
    },
    Rule {
        id: "cookie-partitioned",
        severity: Error,
        under_sidereal: Some(Warning),
        settings: &["session.cookie_partitioned"],
        title: "A partitioned cookie is secure",
        why: "Browsers drop a partitioned cookie without Secure, and the user cannot log in.",
        fix: "Set session.cookie_secure = 1, or take session.cookie_partitioned out.",
        references: &["R81"],
        check: |f| {
            php(f, |php| {
                let dropped =
                    php.settings.is_on("session.cookie_partitioned") && !php.settings.is_on("session.cookie_secure");
                when(dropped, || {
                    format!("{} without session.cookie_secure", php.settings.shown("session.cookie_partitioned"))
                })
            })
        },
    },
    Rule {
        id: "cookie-lifetime",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.cookie_lifetime"],
        title: "The cookie ends with the browser",
        why: "A cookie that outlives the browser is one for whoever uses the computer next, and no timeout: a thief's copy does not expire.",
        fix: "Take session.cookie_lifetime out; how long sessions last is sidereal.idle_timeout and sidereal.absolute_timeout.",
        references: &["R54", "R81", "R89"],
        check: |f| {
            php(f, |php| {
                when(php.settings.number("session.cookie_lifetime") != 0, || {
                    php.settings.shown("session.cookie_lifetime")
                })
            })
        },
    },
    Rule {
        id: "cookie-domain",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.cookie_domain"],
        title: "The cookie stays on its host",
        why: "With a domain every host below it gets the ID, and each of them can plant one.",
        fix: "Take session.cookie_domain out.",
        references: &["R81", "R83", "A6", "ASVS 3.3.3"],
        check: |f| {
            php(f, |php| {
                when(!php.settings.get("session.cookie_domain").is_empty(), || {
                    php.settings.shown("session.cookie_domain")
                })
            })
        },
    },
    Rule {
        id: "cookie-path",
        severity: Note,
        under_sidereal: None,
        settings: &["session.cookie_path"],
        title: "One cookie for the host",
        why: "A path keeps nobody out who can run a script on the host, and makes several cookies of one name possible.",
        fix: "Set session.cookie_path = /; applications that must not share sessions need hosts of their own.",
        references: &["R83", "A6"],
        check: |f| {
            php(f, |php| {
                let other = php.settings.find("session.cookie_path").is_some_and(|path| path != "/");
                when(other, || php.settings.shown("session.cookie_path"))
            })
        },
    },
    Rule {
        id: "cookie-name",
        severity: Note,
        under_sidereal: None,
        settings: &["session.name", "sidereal.cookie_name"],
        title: "The cookie's name begins with __Host-",
        why: "Browsers take a cookie of such a name by https from the host itself only: no neighbour domain can plant one. And PHPSESSID tells what runs the site.",
        fix: "Serve by https and choose a name such as __Host-sid: session.name in PHP; in C that is the default.",
        references: &["R83", "A6", "ASVS 3.3.1", "ASVS 3.3.3"],
        check: |f| {
            let mut found = php(f, |php| {
                let plain = php.settings.find("session.name").is_some_and(|name| !name.starts_with(HOST));
                when(plain, || php.settings.shown("session.name"))
            });
            let name = f.cookie.as_ref().and_then(|cookie| cookie.name(Scheme::Https).ok());
            found.extend(
                name.filter(|name| !name.starts_with(HOST)).map(|name| format!("sidereal.cookie_name is \"{name}\"")),
            );
            found
        },
    },
    Rule {
        id: "cookie-prefix",
        severity: Error,
        under_sidereal: None,
        settings: &["session.name", "session.cookie_path", "session.cookie_domain", "session.cookie_secure"],
        title: "The cookie is what its name promises",
        why: "Browsers drop a cookie whose name begins with __Host- unless it has Secure, the path / and no domain, and one with __Secure- unless it has Secure.",
        fix: "Set session.cookie_secure = 1 and session.cookie_path = /, and take session.cookie_domain out.",
        references: &["R83", "ASVS 3.3.1", "ASVS 3.3.3"],
        check: |f| php(f, broken_promises),
    },
];

fn php(facts: &Facts, check: impl FnOnce(&Php) -> Vec<String>) -> Vec<String> {
    facts.php.as_ref().map(check).unwrap_or_default()
}

fn broken_promises(php: &Php) -> Vec<String> {
    let settings = &php.settings;
    let attributes = Attributes {
        // Where Sidereal is the save handler it sets Secure as soon as the site is served by https.
        is_secure: php.is_sidereal || settings.is_on("session.cookie_secure"),
        path: settings.get("session.cookie_path"),
        domain: settings.get("session.cookie_domain"),
        same_site: settings.get("session.cookie_samesite"),
    };
    attributes
        .broken_promises(settings.get("session.name"))
        .into_iter()
        .map(|setting| format!("{}, but {}", settings.shown("session.name"), settings.shown(setting)))
        .collect()
}
