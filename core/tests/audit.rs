//! The audit: which configuration gives which findings.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sidereal_core::audit::facts::{KeyFile, Own, Php, Place, Request, SavePath, SentCookie, Server, Told};
use sidereal_core::audit::{Facts, Report, Settings, Severity, judge, rules};
use sidereal_core::cookie::{Cookie, SameSite};
use sidereal_core::directory::{Medium, Volume};
use sidereal_core::policy::{OnObsolete, Policy, Profile, Regenerate};

#[path = "audit/settings.rs"]
mod settings;
#[path = "audit/survey.rs"]
mod survey;

const VERSIONS: [u32; 5] = [80_200, 80_300, 80_400, 80_500, 80_600];

fn ids(report: &Report) -> Vec<&'static str> {
    report.findings().iter().map(|finding| finding.rule.id).collect()
}

/// PHP with its defaults, what a good php.ini changes, and `changes`.
fn php(version: u32, changes: &[(&str, &str)]) -> Php {
    let is_sidereal = !changes.iter().any(|(name, _)| *name == "session.save_handler");
    let mut all: Vec<(String, String)> = settings::defaults(version);
    let good = [
        ("session.save_handler", "sidereal"),
        ("session.use_strict_mode", "1"),
        ("session.cookie_httponly", "1"),
        ("session.cookie_secure", "1"),
        ("session.cookie_samesite", "Lax"),
        ("session.name", "__Host-sid"),
        ("session.serialize_handler", "php_serialize"),
        ("session.upload_progress.enabled", "0"),
    ];
    all.extend(good.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Php { version, is_sidereal, settings: Settings::from_iter(all), files: None }
}

fn own() -> Own {
    Own { profile: Profile::Standard, policy: Ok(Policy::default()), is_heard: true, place: Place::default() }
}

fn disk() -> Volume {
    Volume { medium: Medium::Disk, free_bytes: 1 << 40, free_files: Some(1 << 20), is_read_only: false }
}

fn of_php(php: Php) -> Report {
    judge(&Facts { php: Some(php), ..Facts::default() })
}

fn of_policy(profile: Profile, change: impl FnOnce(&mut Policy)) -> Report {
    let mut policy = Policy::of(profile);
    change(&mut policy);
    judge(&Facts { own: Some(Own { profile, policy: Ok(policy), ..own() }), ..Facts::default() })
}

fn of_place(change: impl FnOnce(&mut Place)) -> Report {
    let mut place = Place { directory: Some("/var/lib/sidereal/33".into()), volume: Some(disk()), ..Place::default() };
    change(&mut place);
    judge(&Facts { own: Some(Own { place, ..own() }), ..Facts::default() })
}

fn of_request(change: impl FnOnce(&mut Request)) -> Report {
    let mut request = Request {
        is_https: true,
        hsts: Some("max-age=63072000; includeSubDomains".into()),
        cookies: vec![
            SentCookie::parse("Set-Cookie: __Host-sid=x; path=/; secure; HttpOnly; SameSite=Lax", "__Host-sid")
                .unwrap(),
        ],
        ..Request::default()
    };
    change(&mut request);
    judge(&Facts { request: Some(request), own: Some(own()), ..Facts::default() })
}

type Bad = (&'static [(&'static str, &'static str)], &'static [&'static str]);

/// Changes to a good configuration, and exactly what is found, whatever the version.
const BAD: &[Bad] = &[
    (&[], &[]),
    (&[("session.use_strict_mode", "0")], &["strict-mode"]),
    (&[("session.use_strict_mode", "Off")], &["strict-mode"]),
    (&[("session.use_cookies", "0")], &["use-cookies"]),
    (&[("session.cookie_httponly", "0")], &["cookie-httponly"]),
    (&[("session.cookie_httponly", "")], &["cookie-httponly"]),
    (&[("session.cookie_secure", "")], &["cookie-secure"]),
    (&[("session.cookie_samesite", "")], &["cookie-samesite"]),
    (&[("session.cookie_samesite", "None")], &["cookie-samesite-none"]),
    (&[("session.cookie_samesite", "Relaxed")], &["cookie-samesite-unknown"]),
    (&[("session.cookie_samesite", "strict")], &[]),
    (&[("session.cookie_lifetime", "86400")], &["cookie-lifetime"]),
    (&[("session.cookie_domain", "example.test")], &["cookie-prefix", "cookie-domain"]),
    (&[("session.cookie_path", "/shop"), ("session.name", "sid")], &["cookie-path", "cookie-name"]),
    (&[("session.cookie_path", "/shop")], &["cookie-prefix", "cookie-path"]),
    (&[("session.name", "PHPSESSID")], &["cookie-name"]),
    (&[("session.save_path", "tcp://host?auth=secret")], &["save-path-password"]),
    (&[("session.save_path", "sqlite:/var/lib/sidereal/shop")], &[]),
    (&[("session.auto_start", "1")], &["auto-start"]),
    (&[("session.serialize_handler", "php")], &["serializer"]),
    (&[("session.serialize_handler", "php_binary")], &["serializer"]),
    (&[("session.serialize_handler", "igbinary")], &[]),
    (&[("session.lazy_write", "0")], &["lazy-write"]),
    (&[("session.gc_maxlifetime", "1")], &[]),
    (&[("session.gc_probability", "100")], &["gc-rate"]),
    (&[("session.gc_probability", "-1")], &["gc-rate"]),
    (&[("session.gc_divisor", "0")], &["gc-rate"]),
    (&[("session.gc_divisor", "1")], &["gc-rate"]),
    (&[("session.gc_probability", "0")], &[]),
    (&[("session.upload_progress.enabled", "1"), ("session.upload_progress.cleanup", "0")], &["upload-progress"]),
    (&[("session.cache_limiter", "public")], &["cache-limiter"]),
    (&[("session.cache_limiter", "")], &["cache-limiter"]),
    (&[("session.cache_expire", "1")], &[]),
    (&[("sidereal.lock_wait_ms", "10000"), ("max_execution_time", "5")], &["lock-outlives-request"]),
    (&[("sidereal.lock_wait_ms", "10000"), ("max_execution_time", "0")], &[]),
    (&[("sidereal.test_clock", "/tmp/clock")], &["test-clock"]),
    (&[("sidereal.trusted_proxies", "10.0.0.0/8, 0.0.0.0/0")], &["proxies-everybody"]),
    (&[("sidereal.trusted_proxies", "10.0.0.0/8")], &[]),
    (&[("session.invented", "1")], &["unknown-setting"]),
    (&[("sidereal.invented", "1")], &["unknown-setting"]),
];

/// What PHP has deprecated is told only to versions that warn of it: changes, findings before 8.4, findings since.
const CARRIERS: &[(Bad, &[&str])] = &[
    ((&[("session.use_only_cookies", "0")], &["id-in-url"]), &["deprecated-setting", "id-in-url"]),
    ((&[("session.use_trans_sid", "1")], &["id-in-url"]), &["deprecated-setting", "id-in-url"]),
    (
        (&[("session.sid_length", "26"), ("session.sid_bits_per_character", "5")], &[]),
        &["deprecated-setting", "deprecated-setting"],
    ),
    ((&[("session.trans_sid_tags", "a=href")], &[]), &["deprecated-setting"]),
    ((&[("session.trans_sid_hosts", "example.test")], &[]), &["deprecated-setting"]),
    ((&[("session.referer_check", "example.test")], &["referer-check"]), &["deprecated-setting", "referer-check"]),
];

#[test]
fn a35_bad_settings_give_exactly_these_findings_in_every_version() {
    for version in VERSIONS {
        for (changes, expected) in BAD {
            assert_eq!(ids(&of_php(php(version, changes))), *expected, "PHP {version}: {changes:?}");
        }
    }
}

#[test]
fn a35_what_php_deprecates_is_told_since_it_does() {
    for version in VERSIONS {
        for ((changes, before), since) in CARRIERS {
            let expected = if version < 80_400 { before } else { since };
            assert_eq!(ids(&of_php(php(version, changes))), *expected, "PHP {version}: {changes:?}");
        }
    }
}

#[test]
fn a35_partitioned_cookies_are_judged_where_php_has_them() {
    let changes = [("session.cookie_partitioned", "1"), ("session.cookie_secure", "0")];
    for version in [80_500, 80_600] {
        assert_eq!(ids(&of_php(php(version, &changes))), ["cookie-secure", "cookie-partitioned"]);
    }
}

/// Nobody is told to set what PHP 8.4 and later warn of.
#[test]
fn a35_no_advice_is_deprecated() {
    let deprecated = [
        "sid_length",
        "sid_bits_per_character",
        "use_only_cookies",
        "use_trans_sid",
        "trans_sid_tags",
        "trans_sid_hosts",
        "referer_check",
    ];
    for rule in rules() {
        for name in deprecated {
            assert!(!rule.fix.contains(&format!("{name} =")), "{} advises session.{name}", rule.id);
        }
    }
}

#[test]
fn r99_every_session_setting_of_every_version_is_judged() {
    for version in VERSIONS {
        let report = of_php(php(version, &[]));
        assert_eq!(ids(&report), [""; 0], "PHP {version} has a setting that no rule knows");
    }
    let count = settings::defaults(80_500).len();
    assert!(count >= 33, "PHP 8.5 has more than {count} settings");
}

#[test]
fn r98_without_the_save_handler_php_is_judged_by_itself() {
    let stock = |version| {
        let changes: Vec<(&str, &str)> = settings::DEBIAN.to_vec();
        ids(&of_php(php(version, &changes)))
    };
    let expected = [
        "save-handler",
        "strict-mode",
        "cookie-httponly",
        "cookie-secure",
        "gc-lifetime",
        "upload-progress",
        "cookie-samesite",
        "serializer",
        "cookie-name",
    ];
    for version in [80_200, 80_300] {
        assert_eq!(stock(version), expected);
    }
    // Debian's php.ini sets sid_length and sid_bits_per_character, of which PHP 8.4 warns.
    let mut since = expected.to_vec();
    since.splice(4..4, ["deprecated-setting"; 2]);
    for version in [80_400, 80_500, 80_600] {
        assert_eq!(stock(version), since);
    }
    let short = of_php(php(
        80_200,
        &[("session.save_handler", "files"), ("session.sid_length", "22"), ("session.sid_bits_per_character", "4")],
    ));
    assert_eq!(ids(&short), ["save-handler", "id-entropy", "gc-lifetime"]);
}

#[test]
fn r98_directories_of_session_files_are_closed_to_others() {
    let cases = [
        (None, true),
        (Some((0o040_777, 33)), true),
        (Some((0o041_777, 0)), true),
        (Some((0o040_700, 1000)), true),
        (Some((0o040_700, 33)), false),
        (Some((0o041_733, 0)), false),
    ];
    for (access, is_found) in cases {
        let files = Some(SavePath { path: "/tmp".into(), access, own_uid: 33 });
        let report = of_php(Php { files, ..php(80_200, &[("session.save_handler", "files")]) });
        assert_eq!(ids(&report).contains(&"save-path"), is_found, "{access:?}");
    }
}

#[test]
fn r99_the_policy_is_judged() {
    let secs = Duration::from_secs;
    let standard = |change: fn(&mut Policy)| ids(&of_policy(Profile::Standard, change));
    assert_eq!(standard(|_| ()), [""; 0]);
    assert_eq!(standard(|p| p.rotate = Duration::ZERO), ["rotation-off"]);
    assert_eq!(standard(|p| p.idle = Duration::from_secs(3600)), ["weaker-than-profile"]);
    assert_eq!(standard(|p| p.idle = Duration::from_secs(3601)), ["weaker-than-profile", "long-sessions"]);
    assert_eq!(standard(|p| p.grace = Duration::from_secs(61)), ["weaker-than-profile"]);
    assert_eq!(standard(|p| p.sessions_per_user = 11), ["weaker-than-profile"]);
    assert_eq!(standard(|p| p.idle = Duration::from_secs(600)), [""; 0], "less than the profile grants is no finding");
    assert_eq!(standard(|p| p.on_obsolete = OnObsolete::Deny), ["alarm-denies"]);
    assert_eq!(standard(|p| p.regenerate = Regenerate::Rotate), ["regenerate-rotates"]);
    assert_eq!(standard(|p| p.lock_wait = Duration::from_secs(31)), ["lock-wait"]);
    assert_eq!(standard(|p| p.anonymous_max = 0), ["anonymous-max"]);
    assert_eq!(standard(|p| p.anonymous_max = 100_000_000), ["anonymous-max"]);
    assert_eq!(standard(|p| p.max_payload = 32 << 20), ["max-payload"]);
    assert_eq!(ids(&of_policy(Profile::High, |p| p.on_obsolete = OnObsolete::RevokeFamily)), ["weaker-than-profile"]);
    assert_eq!(ids(&of_policy(Profile::High, |p| p.idle = secs(1800))), ["weaker-than-profile"]);
    assert_eq!(ids(&of_policy(Profile::Low, |_| ())), ["long-sessions", "long-sessions"]);
    let invalid = Own { policy: Err("expected sidereal.grace to be ...".into()), ..own() };
    assert_eq!(ids(&judge(&Facts { own: Some(invalid), ..Facts::default() })), ["policy-invalid"]);
    let unheard = Own { is_heard: false, ..own() };
    assert_eq!(ids(&judge(&Facts { own: Some(unheard), ..Facts::default() })), ["events-unheard"]);
}

#[test]
fn r98_the_place_is_judged() {
    assert_eq!(ids(&of_place(|_| ())), [""; 0]);
    let on = |medium| ids(&of_place(|place| place.volume = Some(Volume { medium, ..disk() })));
    assert_eq!(on(Medium::Network("nfs")), ["store-network"]);
    assert_eq!(on(Medium::Volatile("tmpfs")), ["store-volatile"]);
    assert_eq!(on(Medium::CopyOnWrite("btrfs")), ["store-copy-on-write"]);
    assert_eq!(ids(&of_place(|place| place.directory = Some("/tmp/store".into()))), ["store-volatile"]);
    let with = |volume| ids(&of_place(|place| place.volume = Some(volume)));
    assert_eq!(with(Volume { free_bytes: 1 << 20, ..disk() }), ["store-full"]);
    assert_eq!(with(Volume { free_files: Some(3), ..disk() }), ["store-full"]);
    assert_eq!(with(Volume { free_files: None, ..disk() }), [""; 0]);
    assert_eq!(with(Volume { is_read_only: true, free_bytes: 0, ..disk() }), ["store-read-only"]);
    assert_eq!(ids(&of_place(|place| place.fault = Some("expected ...".into()))), ["store-unusable"]);
    assert_eq!(
        ids(&of_place(|place| place.exposed = vec!["a".into(), "b".into()])),
        ["store-exposed", "store-exposed"]
    );
    assert_eq!(ids(&of_place(|place| place.is_memory = true)), ["store-memory"]);
    assert_eq!(ids(&of_place(|place| place.clock_jumped = true)), ["clock-jumped"]);
    let keyring = |unchanged_for| Some(KeyFile { path: "/var/lib/sidereal/33/keyring".into(), unchanged_for });
    let days = |days: u64| Ok(Duration::from_secs(days * 86_400));
    assert_eq!(ids(&of_place(|place| place.keyring = keyring(days(100)))), [""; 0]);
    assert_eq!(ids(&of_place(|place| place.keyring = keyring(days(400)))), ["keyring-old"]);
    assert_eq!(ids(&of_place(|place| place.keyring = keyring(Err("expected ...".into())))), ["keyring-unusable"]);
}

#[test]
fn r35_a_server_that_forgets_is_found() {
    let of = |answer| ids(&of_place(|place| place.server = Some(Server { address: "redis://db:6379".into(), answer })));
    let told = |eviction: &str, keeps_log| Ok(Told { eviction: Some(eviction.into()), keeps_log: Some(keeps_log) });
    assert_eq!(of(told("noeviction", true)), [""; 0]);
    assert_eq!(of(told("allkeys-lru", true)), ["server-evicts"]);
    assert_eq!(of(told("volatile-ttl", false)), ["server-evicts", "server-forgets"]);
    assert_eq!(of(Ok(Told::default())), [""; 0], "what it does not tell is not judged");
    assert_eq!(of(Err("expected ...".into())), ["server-unusable"]);
}

#[test]
fn a30_a_password_that_php_shows_is_found() {
    let found = |path| {
        let report = of_php(php(80_200, &[("session.save_path", path)]));
        assert!(!report.to_string().contains("hunter2"), "{report}");
        ids(&report).contains(&"save-path-password")
    };
    for path in ["tcp://a?auth=hunter2", "tcp://a?timeout=1&auth[pass]=hunter2", "redis://u:hunter2@host"] {
        assert!(found(path), "{path}");
    }
    for path in ["", "/var/lib/php/a@b", "tcp://a?timeout=1", "redis://host/2"] {
        assert!(!found(path), "{path}");
    }
}

#[test]
fn r49_long_holds_are_found_and_told() {
    let held = |count, most| of_place(|place| place.holds = Some((count, most)));
    assert_eq!(ids(&held(1000, Duration::from_secs(3))), ["long-holds"]);
    assert_eq!(ids(&held(1000, Duration::MAX)), ["long-holds"]);
    assert_eq!(ids(&held(999, Duration::from_secs(3))), [""; 0], "too few to tell");
    let short = held(5000, Duration::from_millis(30));
    assert_eq!(ids(&short), [""; 0]);
    let sentence = "of the latest 5000 requests 99 in 100 kept their session for at most 30 ms";
    assert!(short.to_string().contains(sentence) && short.to_json().contains(sentence), "{short}");
}

#[test]
fn r7_missing_hsts_is_found_by_https() {
    let with = |hsts: Option<&str>| ids(&of_request(|request| request.hsts = hsts.map(str::to_owned)));
    assert_eq!(with(None), ["hsts"]);
    assert_eq!(with(Some("max-age=300")), ["hsts"]);
    assert_eq!(with(Some("includeSubDomains")), ["hsts"]);
    assert_eq!(with(Some("includeSubDomains; MAX-AGE=\"31536000\"")), [""; 0]);
    assert_eq!(ids(&of_request(|request| request.is_https = false)), ["https"]);
}

#[test]
fn r6_a_proxy_that_php_does_not_know_of_is_found() {
    let report = of_request(|request| (request.is_https, request.forwarded_https) = (false, true));
    assert_eq!(ids(&report), ["proxy-scheme"]);
}

#[test]
fn r81_the_cookie_is_judged_as_it_is_sent() {
    let sent = |lines: &[&str]| {
        let cookies = lines.iter().filter_map(|line| SentCookie::parse(line, "sid")).collect();
        let report = of_request(|request| request.cookies = cookies);
        report.findings().iter().map(|finding| finding.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        sent(&["Set-Cookie: sid=secret"]),
        ["a session cookie of this response has no HttpOnly, no Secure, no SameSite"]
    );
    assert_eq!(
        sent(&["set-cookie:sid=secret; HTTPONLY; samesite=Lax"]),
        ["a session cookie of this response has no Secure"]
    );
    assert_eq!(sent(&["Set-Cookie: other=1", "X-Set-Cookie: sid=1"]), [""; 0]);
    assert_eq!(
        sent(&["Set-Cookie: sid=; Max-Age=0", "Set-Cookie: sid=deleted; expires=Thu, 01-Jan-1970"]),
        ["this response has 2 session cookies"]
    );
}

#[test]
fn r98_nothing_is_below_the_document_root() {
    let place =
        |directory: &str| Own { place: Place { directory: Some(directory.into()), ..Place::default() }, ..own() };
    let found = |directory: &str, root: &str| {
        let request = Request {
            is_https: true,
            hsts: Some("max-age=31536000".into()),
            document_root: Some(PathBuf::from(root)),
            ..Request::default()
        };
        ids(&judge(&Facts { own: Some(place(directory)), request: Some(request), ..Facts::default() }))
    };
    assert_eq!(found("/srv/site/sessions", "/srv/site"), ["below-document-root"]);
    assert_eq!(found("/srv/sites", "/srv/site"), [""; 0]);
    assert_eq!(found("/var/lib/sidereal/33", "/"), [""; 0]);
}

#[test]
fn r99_cookies_of_c_programs_are_judged() {
    let of = |name: &str, same_site| {
        ids(&judge(&Facts {
            cookie: Some(Cookie::new(name, same_site).unwrap()),
            own: Some(own()),
            ..Facts::default()
        }))
    };
    assert_eq!(of("", SameSite::Lax), [""; 0]);
    assert_eq!(of("PHPSESSID", SameSite::Strict), ["cookie-name"]);
    assert_eq!(of("__Host-a", SameSite::None), ["cookie-samesite-none"]);
}

#[test]
fn what_sidereal_enforces_is_a_note() {
    let of = |changes: &[(&str, &str)]| of_php(php(80_200, changes));
    let off = ("session.use_strict_mode", "0");
    assert_eq!(of(&[off]).exit_status(), 0);
    assert_eq!(of(&[off]).verdict(), "1 note");
    let unprotected = of(&[off, ("session.save_handler", "files")]);
    assert_eq!(unprotected.exit_status(), 2);
    assert_eq!(unprotected.count(Severity::Error), 2);
    assert_eq!(ids(&unprotected)[0], "save-handler", "the most important one comes first");
    assert_eq!(of(&[("session.auto_start", "1")]).exit_status(), 1);
    assert_eq!(of(&[]).verdict(), "nothing found");
}

#[test]
fn r2_the_report_says_what_each_protection_costs() {
    let settings = |profile| {
        let json = of_policy(profile, |_| ()).to_json();
        let rows: Vec<String> = json
            .split("\"setting\":\"")
            .skip(1)
            .map(|row| row.split(",\"price\"").next().unwrap().to_owned())
            .collect();
        assert_eq!(rows.len(), 12);
        assert!(!json.contains("\"price\":\"\""));
        rows
    };
    let (standard, high) = (settings(Profile::Standard), settings(Profile::High));
    let differ: Vec<&str> =
        standard.iter().zip(&high).filter(|(a, b)| a != b).map(|(row, _)| row.split('"').next().unwrap()).collect();
    let listed = [
        "sidereal.idle_timeout",
        "sidereal.absolute_timeout",
        "sidereal.rotate_interval",
        "sidereal.grace",
        "sidereal.alarm_after",
        "sidereal.on_obsolete",
        "sidereal.sessions_per_user",
        "sidereal.touch_interval",
    ];
    assert_eq!(differ, listed, "what docs/operations.md says that the profile changes");
    let text = of_policy(Profile::High, |_| ()).to_string();
    assert!(text.contains("What the protections cost (profile high):") && text.contains("12 times an hour"), "{text}");
}

#[test]
fn a30_a35_no_secret_is_in_a_report() {
    let secret = "tcp://cache?auth=hunter2";
    let mut all = php(80_200, &[("session.save_path", secret), ("sidereal.store", "redis://user:hunter2@host")]);
    let sent = SentCookie::parse("Set-Cookie: __Host-sid=hunter2", "__Host-sid").unwrap();
    let request = Request { cookies: vec![sent], is_https: true, ..Request::default() };
    for is_sidereal in [true, false] {
        all.is_sidereal = is_sidereal;
        let report = judge(&Facts { php: Some(all.clone()), request: Some(request.clone()), ..Facts::default() });
        assert!(!report.findings().is_empty());
        let told = format!("{report}{}{}{request:?}", report.to_json(), report.to_sarif());
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// What the schema requires: version, runs, tool.driver.name; a message for each result; rules with unique IDs that results point to.
#[test]
fn a35_sarif_has_what_its_schema_requires() {
    let report = judge(&Facts {
        php: Some(php(80_200, &[("session.save_handler", "files"), ("session.name", "a\"b\\")])),
        file: Some("/etc/php/8.2/fpm/php.ini".into()),
        ..Facts::default()
    });
    let sarif = report.to_sarif();
    let places = [
        "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"Sidereal audit\"",
        "\"results\":[{\"ruleId\":\"save-handler\",\"ruleIndex\":0,\"level\":\"error\",\"message\":{\"text\":",
        "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"file:///etc/php/8.2/fpm/php.ini\"}",
    ];
    for place in places {
        assert!(sarif.contains(place), "{place} is not in {sarif}");
    }
    assert_eq!(sarif.matches("\"shortDescription\"").count(), rules().count());
    assert_eq!(sarif.matches("\"ruleIndex\"").count(), report.findings().len());
}

#[test]
fn every_rule_is_well_formed_and_its_id_is_one_word() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        assert!(seen.insert(rule.id), "{} is there twice", rule.id);
        assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", rule.id);
        for sentence in [rule.why, rule.fix] {
            assert!(sentence.ends_with('.') && sentence.len() > 20, "{}: {sentence}", rule.id);
        }
        assert!(!rule.title.ends_with('.') && !rule.references.is_empty(), "{}", rule.id);
        for number in rule.references {
            assert!(number.starts_with(['R', 'A']), "{}: {number}", rule.id);
        }
    }
}

/// `docs/audit.md` is made of the rules: `SIDEREAL_WRITE=1 cargo test -p sidereal-core --test audit` writes the table anew.
#[test]
fn the_manual_has_every_rule_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- rules -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- end -->").unwrap();
    let mut expected = String::from("\n| rule | severity | what should be | settings | numbers |\n|--|--|--|--|--|\n");
    for rule in rules() {
        let severity = match rule.under_sidereal {
            Some(ours) => format!("{}; {} under Sidereal", rule.severity.name(), ours.name()),
            None => rule.severity.name().to_owned(),
        };
        let settings: Vec<String> = rule.settings.iter().map(|name| format!("`{name}`")).collect();
        expected += &format!(
            "| `{}` | {severity} | {} | {} | {} |\n",
            rule.id,
            rule.title,
            settings.join(" "),
            rule.references.join(", ")
        );
    }
    expected.push('\n');
    if std::env::var_os("SIDEREAL_WRITE").is_some() {
        std::fs::write(&path, format!("{before}<!-- rules -->\n{expected}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(table, expected, "SIDEREAL_WRITE=1 cargo test -p sidereal-core --test audit writes it anew");
    }
}
