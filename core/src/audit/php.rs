//! Rules on PHP's own `session.*` settings, cookies apart.
//!
//! Where Sidereal is the save handler it enforces some of them by itself; then they are notes. What PHP deprecates is never advised: the
//! advice is to take the line out, which is good in every version.

use super::facts::{Facts, Php, SavePath};
use super::{Rule, Severity, rules, when};

use Severity::{Error, Note, Warning};

/// From this version on PHP warns of settings that carry IDs elsewhere than in cookies, or change what IDs look like.
const DEPRECATING: u32 = 80_400;

/// Settings of which any value will do, with what makes them harmless.
const HARMLESS: &[&str] = &[
    // Wants a cache_limiter that is judged itself.
    "session.cache_expire",
    // A session that is looked at seldom ends that much earlier, never later.
    "sidereal.touch_interval",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "save-handler",
        severity: Error,
        under_sidereal: None,
        settings: &["session.save_handler"],
        title: "Sidereal is the save handler",
        why: "Nothing of Sidereal protects this site. PHP's own handlers do not expire sessions in time, do not rotate IDs, do not notice theft and keep data in plain text.",
        fix: "Set session.save_handler = sidereal and restart PHP.",
        references: &["R101", "R29"],
        check: |f| php(f, |php| when(!php.is_sidereal, || php.settings.shown("session.save_handler"))),
    },
    Rule {
        id: "strict-mode",
        severity: Error,
        under_sidereal: Some(Note),
        settings: &["session.use_strict_mode"],
        title: "IDs that nobody issued are refused",
        why: "Without it whoever plants an ID of their own in a browser shares the session. Sidereal refuses such IDs whatever this says.",
        fix: "Set session.use_strict_mode = 1.",
        references: &["R9", "R11", "R41", "A1"],
        check: |f| php(f, |php| off(php, "session.use_strict_mode")),
    },
    Rule {
        id: "use-cookies",
        severity: Error,
        under_sidereal: Some(Warning),
        settings: &["session.use_cookies"],
        title: "Cookies carry the ID",
        why: "Without cookies an ID travels in places that leak, such as links, or is whatever the application says. Sidereal cannot rotate an ID that it cannot send.",
        fix: "Take session.use_cookies out: it is on by default.",
        references: &["R3", "ASVS 14.2.1"],
        check: |f| php(f, |php| off(php, "session.use_cookies")),
    },
    Rule {
        id: "id-in-url",
        severity: Error,
        under_sidereal: Some(Note),
        settings: &["session.use_only_cookies", "session.use_trans_sid"],
        title: "No ID in a URL",
        why: "IDs in URLs are planted by links and leak through histories, logs and the Referer header. Sidereal takes IDs from the cookie only, whatever these say.",
        fix: "Take session.use_only_cookies and session.use_trans_sid out: the defaults are right.",
        references: &["R3", "R5", "R10", "R69", "R85", "A2", "ASVS 14.2.1"],
        check: |f| {
            php(f, |php| {
                let mut found = off(php, "session.use_only_cookies");
                found.extend(on(php, "session.use_trans_sid"));
                found
            })
        },
    },
    Rule {
        id: "deprecated-setting",
        severity: Warning,
        under_sidereal: None,
        settings: &[
            "session.sid_length",
            "session.sid_bits_per_character",
            "session.trans_sid_tags",
            "session.trans_sid_hosts",
            "session.referer_check",
            "session.use_only_cookies",
            "session.use_trans_sid",
        ],
        title: "No setting that PHP is about to lose",
        why: "PHP 8.4 and later warn of it when they start, and a later version will not have it.",
        fix: "Take the setting out of php.ini, the pool's configuration and the application.",
        references: &["R99", "A35"],
        check: |f| php(f, deprecated),
    },
    Rule {
        id: "referer-check",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.referer_check"],
        title: "The Referer header decides nothing",
        why: "Clients leave it out or make it up. It ends sessions of honest users and stops nobody.",
        fix: "Take session.referer_check out.",
        references: &["R76"],
        check: |f| php(f, |php| filled(php, "session.referer_check")),
    },
    Rule {
        id: "id-entropy",
        severity: Error,
        under_sidereal: None,
        settings: &["session.sid_length", "session.sid_bits_per_character"],
        title: "IDs have 128 random bits",
        why: "Shorter IDs can be guessed. Sidereal's have 160 whatever these say.",
        fix: "Take session.sid_length and session.sid_bits_per_character out: the defaults make 128 bits.",
        references: &["R91", "ASVS 7.2.3"],
        check: |f| {
            php(f, |php| {
                let bits =
                    php.settings.number("session.sid_length") * php.settings.number("session.sid_bits_per_character");
                let known = php.settings.find("session.sid_length").is_some();
                when(known && !php.is_sidereal && bits < 128, || {
                    let text = |name| php.settings.shown(name);
                    format!(
                        "{} and {}: {bits} bits",
                        text("session.sid_length"),
                        text("session.sid_bits_per_character")
                    )
                })
            })
        },
    },
    Rule {
        id: "save-path",
        severity: Error,
        under_sidereal: None,
        settings: &["session.save_path"],
        title: "Session files are out of reach of others",
        why: "Whoever can list or read them has the sessions in them: a file's name is an ID. Whoever owns the directory can replace them.",
        fix: "Give the sessions a directory of PHP's user with mode 0700, or use Sidereal, whose store shows nothing to who can read it.",
        references: &["R98", "A25"],
        check: |f| php(f, |php| php.files.as_ref().map(open_to_others).unwrap_or_default()),
    },
    Rule {
        id: "save-path-password",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.save_path"],
        title: "No password is in session.save_path",
        why: "PHP shows the setting in phpinfo() and in its warning when the server is down; Sidereal's own settings are masked and shown nowhere.",
        fix: "Move the address to sidereal.store, and its password to the file that sidereal.store_password_file names.",
        references: &["R98", "A30"],
        check: |f| {
            php(f, |php| {
                let path = php.settings.get("session.save_path");
                when(path.contains("://") && has_password(path), || {
                    "session.save_path is an address with a password".into()
                })
            })
        },
    },
    Rule {
        id: "auto-start",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.auto_start"],
        title: "Sessions start where they are used",
        why: "Every page opens the session and keeps it to itself to the end, static ones and read-only ones too, and objects in it come before their classes.",
        fix: "Take session.auto_start out and call session_start() where a session is used.",
        references: &["R48", "R49"],
        check: |f| php(f, |php| on(php, "session.auto_start")),
    },
    Rule {
        id: "serializer",
        severity: Note,
        under_sidereal: None,
        settings: &["session.serialize_handler"],
        title: "A serializer that takes any key",
        why: "php and php_binary write keys without quoting them: with keys that come from a client the data reads back as something else, or not at all.",
        fix: "Set session.serialize_handler = php_serialize before the site has sessions: those of the other serializer are refused afterwards.",
        references: &["A4"],
        check: |f| {
            php(f, |php| {
                let name = php.settings.get("session.serialize_handler");
                when(["php", "php_binary"].contains(&name), || php.settings.shown("session.serialize_handler"))
            })
        },
    },
    Rule {
        id: "lazy-write",
        severity: Note,
        under_sidereal: None,
        settings: &["session.lazy_write"],
        title: "What is unchanged is not written",
        why: "Each request writes its whole session, and the latest of several parallel ones counts even if it changed nothing.",
        fix: "Take session.lazy_write out: it is on by default.",
        references: &["R46", "R49"],
        check: |f| php(f, |php| off(php, "session.lazy_write")),
    },
    Rule {
        id: "gc-lifetime",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.gc_maxlifetime"],
        title: "Timeouts are judged, not collected",
        why: "A session lives until the garbage collector happens to come by, and for ever if it is used now and then. Under Sidereal the setting has no effect.",
        fix: "Use Sidereal, or check time-stamps of your own in each request.",
        references: &["R27", "R28", "R86", "R87", "ASVS 7.3.1", "ASVS 7.3.2"],
        check: |f| php(f, |php| when(!php.is_sidereal, || php.settings.shown("session.gc_maxlifetime"))),
    },
    Rule {
        id: "gc-rate",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.gc_probability", "session.gc_divisor"],
        title: "Garbage is collected now and then",
        why: "With every request it costs every request; and a chance that is no chance is refused by PHP 8.4 and later.",
        fix: "Take session.gc_probability and session.gc_divisor out, or set the probability to 0: Sidereal's store sweeps itself.",
        references: &["A24"],
        check: |f| {
            php(f, |php| {
                let of = |name| php.settings.number(name);
                let (probability, divisor) = (of("session.gc_probability"), of("session.gc_divisor"));
                let known = php.settings.find("session.gc_divisor").is_some();
                when(known && (probability < 0 || divisor < 1 || (probability > 0 && probability >= divisor)), || {
                    let text = |name| php.settings.shown(name);
                    format!("{} and {}", text("session.gc_probability"), text("session.gc_divisor"))
                })
            })
        },
    },
    Rule {
        id: "upload-progress",
        severity: Warning,
        under_sidereal: Some(Note),
        settings: &[
            "session.upload_progress.enabled",
            "session.upload_progress.cleanup",
            "session.upload_progress.freq",
            "session.upload_progress.min_freq",
            "session.upload_progress.name",
            "session.upload_progress.prefix",
        ],
        title: "No ID in a form field",
        why: "With upload progress a field of a form names a session, past every rule for cookies, and what the client sends is stored in it. Sidereal adopts no such ID and reports no progress.",
        fix: "Set session.upload_progress.enabled = 0.",
        references: &["R10", "A3"],
        check: |f| php(f, |php| on(php, "session.upload_progress.enabled")),
    },
    Rule {
        id: "cache-limiter",
        severity: Warning,
        under_sidereal: None,
        settings: &["session.cache_limiter"],
        title: "Pages with a session are not kept",
        why: "What a cache keeps of one user it may show to another, or to whoever uses the browser next.",
        fix: "Take session.cache_limiter out: nocache is the default. Send Cache-Control for pages that may be kept.",
        references: &["R99"],
        check: |f| {
            php(f, |php| {
                let lax = php.settings.find("session.cache_limiter").is_some_and(|value| value != "nocache");
                when(lax, || php.settings.shown("session.cache_limiter"))
            })
        },
    },
    Rule {
        id: "lock-outlives-request",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.lock_wait_ms"],
        title: "Waits are shorter than requests",
        why: "Waiting does not count as execution time: workers that wait for one session are gone for all others, for longer than any request may run.",
        fix: "Set sidereal.lock_wait_ms to less than max_execution_time, and close sessions early.",
        references: &["R47", "A22"],
        check: |f| {
            php(f, |php| {
                let (wait, most) =
                    (php.settings.number("sidereal.lock_wait_ms"), php.settings.number("max_execution_time"));
                when(php.is_sidereal && most > 0 && wait >= most.saturating_mul(1000), || {
                    format!("{} and max_execution_time is {most} seconds", php.settings.shown("sidereal.lock_wait_ms"))
                })
            })
        },
    },
    Rule {
        id: "proxies-everybody",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.trusted_proxies"],
        title: "Only proxies of one's own are believed",
        why: "Whoever is trusted says where a request came from and whether it came by https: with /0 that is every client.",
        fix: "List the addresses of the site's own proxies in sidereal.trusted_proxies.",
        references: &["R6", "A28"],
        check: |f| {
            php(f, |php| {
                let everybody =
                    php.settings.get("sidereal.trusted_proxies").split([',', ' ']).any(|net| net.ends_with("/0"));
                when(everybody, || php.settings.shown("sidereal.trusted_proxies"))
            })
        },
    },
    Rule {
        id: "test-clock",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.test_clock"],
        title: "No build for tests in production",
        why: "Whoever can write that file decides which sessions are over.",
        fix: "Install a build without the feature test-clock.",
        references: &["A26"],
        check: |f| {
            php(f, |php| {
                when(!php.settings.get("sidereal.test_clock").is_empty(), || "sidereal.test_clock is set".into())
            })
        },
    },
    Rule {
        id: "unknown-setting",
        severity: Note,
        under_sidereal: None,
        settings: &[],
        title: "Every setting is judged",
        why: "This PHP has a setting that this version of Sidereal has never heard of.",
        fix: "Read what PHP's manual says about it, and look for a newer Sidereal.",
        references: &["R99"],
        check: |f| {
            php(f, |php| {
                let unknown = |name: &&str| is_session_setting(name) && !is_known(name);
                php.settings.names().filter(unknown).map(|name| php.settings.shown(name)).collect()
            })
        },
    },
];

fn php(facts: &Facts, check: impl FnOnce(&Php) -> Vec<String>) -> Vec<String> {
    facts.php.as_ref().map(check).unwrap_or_default()
}

fn on(php: &Php, name: &str) -> Vec<String> {
    when(php.settings.is_on(name), || php.settings.shown(name))
}

fn off(php: &Php, name: &str) -> Vec<String> {
    when(php.settings.is_off(name), || php.settings.shown(name))
}

fn filled(php: &Php, name: &str) -> Vec<String> {
    when(!php.settings.get(name).is_empty(), || php.settings.shown(name))
}

/// What PHP 8.4 and later warn of: values other than the defaults.
fn deprecated(php: &Php) -> Vec<String> {
    let defaults = [
        ("session.sid_length", "32"),
        ("session.sid_bits_per_character", "4"),
        ("session.trans_sid_tags", "a=href,area=href,frame=src,form="),
        ("session.trans_sid_hosts", ""),
        ("session.referer_check", ""),
    ];
    if php.version < DEPRECATING {
        return Vec::new();
    }
    let changed = |(name, default): &(&str, &str)| php.settings.find(name).is_some_and(|value| value != *default);
    let mut found: Vec<String> =
        defaults.iter().filter(|it| changed(it)).map(|(name, _)| php.settings.shown(name)).collect();
    found.extend(off(php, "session.use_only_cookies"));
    found.extend(on(php, "session.use_trans_sid"));
    found
}

/// Whether an address has one, as those of phpredis and of Redis' own tools do.
fn has_password(address: &str) -> bool {
    let (place, options) = address.split_once('?').unwrap_or((address, ""));
    place.contains('@') || options.split('&').any(|option| option.starts_with("auth"))
}

fn open_to_others(files: &SavePath) -> Vec<String> {
    let path = files.path.display();
    match files.access {
        None => vec![format!("{path} is not there")],
        Some((mode, _)) if mode & 0o004 != 0 => {
            vec![format!("{path} has mode {:04o}: everybody can list it", mode & 0o7777)]
        }
        Some((_, uid)) if uid != 0 && uid != files.own_uid => {
            vec![format!("{path} belongs to uid {uid}, and PHP runs as uid {}", files.own_uid)]
        }
        Some(_) => Vec::new(),
    }
}

fn is_session_setting(name: &str) -> bool {
    name.starts_with("session.") || name.starts_with("sidereal.")
}

/// Whether some rule judges the setting, or any value of it will do.
pub(super) fn is_known(name: &str) -> bool {
    HARMLESS.contains(&name) || rules().any(|rule| rule.settings.contains(&name))
}
