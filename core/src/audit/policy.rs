//! Rules on what Sidereal is told to do: the same for PHP and C, whose settings have the same names.

use std::time::Duration;

use super::facts::{Facts, Own};
use super::{Rule, Severity, when};
use crate::policy::{OnObsolete, Policy, Profile, Regenerate};

use Severity::{Error, Note, Warning};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "policy-invalid",
        severity: Error,
        under_sidereal: None,
        settings: &[
            "sidereal.profile",
            "sidereal.application",
            "sidereal.lock_failure",
            "sidereal.sessions_full",
            "sidereal.lock_max_waiters",
            "sidereal.client_change",
            "sidereal.auth_keys",
            "sidereal.user_key",
            "sidereal.csrf_origins",
            "sidereal.csrf_require_origin",
            "sidereal.csrf_rewrite",
            "sidereal.autologin_cookie",
            "sidereal.autologin_path",
            "sidereal.migrate_from",
        ],
        title: "The settings fit together",
        why: "A setting that is unknown or contradicts another one is refused: no session starts.",
        fix: "Change the setting that the sentence names.",
        references: &["R99"],
        check: |f| own(f, |own| own.policy.as_ref().err().cloned().into_iter().collect()),
    },
    Rule {
        id: "rotation-off",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.rotate_interval"],
        title: "IDs are replaced now and then",
        why: "An ID that never changes is good for a thief until the session ends, and nothing tells that there is one.",
        fix: "Take sidereal.rotate_interval out. An application that keys data by session_id() should use a key of its own in $_SESSION.",
        references: &["R21", "R22", "R23"],
        check: |f| policy(f, |_, policy| when(policy.rotate.is_zero(), || "sidereal.rotate_interval is 0".into())),
    },
    Rule {
        id: "weaker-than-profile",
        severity: Warning,
        under_sidereal: None,
        settings: &[
            "sidereal.idle_timeout",
            "sidereal.absolute_timeout",
            "sidereal.rotate_interval",
            "sidereal.grace",
            "sidereal.alarm_after",
            "sidereal.sessions_per_user",
            "sidereal.on_obsolete",
            "sidereal.autologin_lifetime",
        ],
        title: "No setting is weaker than the profile",
        why: "The profile says how much the data is worth; a setting that grants more takes part of that back.",
        fix: "Take the setting out, or choose the profile that is meant.",
        references: &["R2", "ASVS 7.1.1", "ASVS 7.1.2"],
        check: |f| policy(f, weaker),
    },
    Rule {
        id: "long-sessions",
        severity: Note,
        under_sidereal: None,
        settings: &["sidereal.profile", "sidereal.idle_timeout", "sidereal.absolute_timeout"],
        title: "Sessions are as short as NIST SP 800-63B asks at AAL2",
        why: "NIST wants users to prove again who they are after an hour without a request and after a day in any case. ASVS wants other limits to be justified in writing.",
        fix: "Choose the profile standard or high, or write down why the site needs longer sessions.",
        references: &["R86", "R87", "ASVS 7.1.1", "ASVS 7.3.1", "ASVS 7.3.2"],
        check: |f| {
            policy(f, |_, policy| {
                let limits = [
                    ("sidereal.idle_timeout", policy.idle, HOUR),
                    ("sidereal.absolute_timeout", policy.absolute, 24 * HOUR),
                ];
                let beyond = limits.into_iter().filter(|(_, found, most)| found > most);
                beyond
                    .map(|(name, found, most)| {
                        format!("{name} is {} seconds in force, NIST says {}", found.as_secs(), most.as_secs())
                    })
                    .collect()
            })
        },
    },
    Rule {
        id: "alarm-denies",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.on_obsolete"],
        title: "The alarm ends sessions",
        why: "Somebody else has the ID that raised the alarm, and maybe the session that came of it: with deny both go on.",
        fix: "Take sidereal.on_obsolete out.",
        references: &["R15", "R39"],
        check: |f| {
            policy(f, |_, policy| {
                when(policy.on_obsolete == OnObsolete::Deny, || "sidereal.on_obsolete is \"deny\"".into())
            })
        },
    },
    Rule {
        id: "regenerate-rotates",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.regenerate"],
        title: "session_regenerate_id() changes the privilege",
        why: "The old ID stays an alias for the grace: whoever planted it before a log-in by session_regenerate_id() is logged in with it.",
        fix: "Take sidereal.regenerate out, or call Sidereal\\Session::login() when users log in.",
        references: &["R13", "R24", "R65", "ASVS 7.2.4"],
        check: |f| {
            policy(f, |_, policy| {
                when(policy.regenerate == Regenerate::Rotate, || "sidereal.regenerate is \"rotate\"".into())
            })
        },
    },
    Rule {
        id: "lock-wait",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.lock_wait_ms", "sidereal.lock_max_waiters"],
        title: "Waiting for a session has an end",
        why: "A client that sends many requests at once keeps as many workers waiting for as long as this.",
        fix: "Set sidereal.lock_wait_ms to 30000 at most.",
        references: &["R47", "A22"],
        check: |f| {
            policy(f, |_, policy| {
                let (wait, waiters) = (policy.lock_wait.as_millis(), policy.lock_max_waiters);
                when(wait > 30_000, || {
                    format!("sidereal.lock_wait_ms is {wait}, for {waiters} requests of each session")
                })
            })
        },
    },
    Rule {
        id: "anonymous-max",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.anonymous_max"],
        title: "Visitors can not fill the store",
        why: "Every visitor who stores something costs a row. Too many of them fill the disk; too few, and visitors lose their sessions at once.",
        fix: "Take sidereal.anonymous_max out, or set a number that the disk has room for.",
        references: &["A23"],
        check: |f| {
            policy(f, |_, policy| {
                let found = policy.anonymous_max;
                when(!(100..=10_000_000).contains(&found), || format!("sidereal.anonymous_max is {found}"))
            })
        },
    },
    Rule {
        id: "max-payload",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.max_payload"],
        title: "Sessions are small",
        why: "A session is read, opened and decoded with every request; who can make a large one slows the site down.",
        fix: "Take sidereal.max_payload out and keep large things elsewhere.",
        references: &["A23"],
        check: |f| {
            policy(f, |_, policy| {
                when(policy.max_payload > 16 << 20, || format!("sidereal.max_payload is {} bytes", policy.max_payload))
            })
        },
    },
    Rule {
        id: "evidence-off",
        severity: Note,
        under_sidereal: None,
        settings: &["sidereal.evidence_retention"],
        title: "What an alarm was about can be looked at",
        why: "After a theft the sessions of the user are gone; without evidence nobody can tell what the thief had.",
        fix: "Take sidereal.evidence_retention out.",
        references: &["R14"],
        check: |f| policy(f, |_, policy| when(policy.evidence.is_zero(), || "sidereal.evidence_retention is 0".into())),
    },
    Rule {
        id: "events-unheard",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.log"],
        title: "Somebody hears of theft",
        why: "An alarm that goes nowhere helps nobody.",
        fix: "Set sidereal.log = stderr, syslog or file:/absolute/path and look at what is CRITICAL.",
        references: &["R77"],
        check: |f| own(f, |own| when(!own.is_heard, || "sidereal.log is \"none\"".into())),
    },
];

fn own(facts: &Facts, check: impl FnOnce(&Own) -> Vec<String>) -> Vec<String> {
    facts.own.as_ref().map(check).unwrap_or_default()
}

fn policy(facts: &Facts, check: impl FnOnce(Profile, &Policy) -> Vec<String>) -> Vec<String> {
    own(facts, |own| own.policy.as_ref().map(|policy| check(own.profile, policy)).unwrap_or_default())
}

/// What each of the two grants, in the order of the settings: more is weaker.
fn weaker(profile: Profile, policy: &Policy) -> Vec<String> {
    let base = Policy::of(profile);
    let grants = |policy: &Policy| {
        [
            ("idle_timeout", policy.idle.as_secs()),
            ("absolute_timeout", policy.absolute.as_secs()),
            // Off is a rule of its own.
            ("rotate_interval", policy.rotate.as_secs()),
            ("grace", policy.grace.as_secs()),
            ("alarm_after", policy.alarm_after.as_secs()),
            ("sessions_per_user", policy.sessions_per_user.into()),
            ("autologin_lifetime", policy.autologin.as_secs()),
        ]
    };
    let pairs = grants(policy).into_iter().zip(grants(&base)).filter(|((_, found), (_, most))| found > most);
    let mut found: Vec<String> = pairs
        .map(|((name, found), (_, most))| {
            format!("sidereal.{name} is {found}, the profile {} has {most}", profile.name())
        })
        .collect();
    let spares_user = base.on_obsolete == OnObsolete::RevokeUser && policy.on_obsolete == OnObsolete::RevokeFamily;
    found.extend(when(spares_user, || {
        format!("sidereal.on_obsolete is \"revoke_family\", the profile {} has revoke_user", profile.name())
    }));
    found
}
