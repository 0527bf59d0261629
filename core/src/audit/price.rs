//! What the protections in force cost (R2): who asks for a profile should know its price.

use crate::policy::{OnObsolete, Policy};

/// A protection, and its price.
#[derive(Clone, Debug)]
pub(super) struct Protection {
    /// The setting behind it; empty where none turns it off.
    pub setting: &'static str,
    /// Its value in force.
    pub value: String,
    /// What it costs, and whom.
    pub price: String,
}

/// What `policy` protects with.
pub(super) fn protections(policy: &Policy) -> Vec<Protection> {
    let seconds = |value: std::time::Duration| format!("{} s", value.as_secs());
    let row = |setting, value: String, price: String| Protection { setting, value, price };
    let rotation = match policy.rotate.as_secs() {
        0 => "nothing: IDs are not replaced".to_owned(),
        every => format!(
            "two writes and a Set-Cookie header for each session in use, {} times an hour",
            3600_u64.div_ceil(every)
        ),
    };
    let alarm = match policy.on_obsolete {
        OnObsolete::Deny => "nothing: who uses an obsolete ID is sent away, and nobody else notices",
        OnObsolete::RevokeFamily => "after a theft both the thief and the user log in again, on that device",
        OnObsolete::RevokeUser => {
            "after a theft the user logs in again on every device; so they do after a browser that was restored from a backup"
        }
        OnObsolete::Unauthenticate => {
            "as revoke_user, and the rest of each session stays; the next request on each device takes the log-in out of it"
        }
    };
    vec![
        row("sidereal.idle_timeout", seconds(policy.idle), "who was away for longer logs in again".into()),
        row("sidereal.absolute_timeout", seconds(policy.absolute), "everybody logs in again after this time, however busy they are".into()),
        row("sidereal.rotate_interval", seconds(policy.rotate), rotation),
        row("sidereal.grace", seconds(policy.grace), "for this time a superseded ID is good for whoever has it; a shorter grace loses requests on slow networks".into()),
        row("sidereal.alarm_after", seconds(policy.alarm_after), "one small row for each superseded ID, kept for the absolute timeout".into()),
        row("sidereal.on_obsolete", word(policy.on_obsolete).into(), alarm.into()),
        row("sidereal.sessions_per_user", policy.sessions_per_user.to_string(), "a log-in counts the user's sessions; with one more device than this another one is signed out, or the log-in fails".into()),
        row("sidereal.touch_interval", seconds(policy.touch), "a request that changes nothing still writes a row once in this time".into()),
        row("sidereal.lock_wait_ms", format!("{} ms", policy.lock_wait.as_millis()), format!("parallel requests of one session run one after the other; up to {} workers wait this long", policy.lock_max_waiters)),
        row("", String::new(), "authenticated IDs: one HMAC-SHA256 a request".into()),
        row("", String::new(), "sealed records: AES-256-GCM-SIV over metadata and payload, once for what is read and once for what is written".into()),
        row("", String::new(), "log-out and revocation wait for the disk".into()),
    ]
}

fn word(on_obsolete: OnObsolete) -> &'static str {
    match on_obsolete {
        OnObsolete::Deny => "deny",
        OnObsolete::RevokeFamily => "revoke_family",
        OnObsolete::RevokeUser => "revoke_user",
        OnObsolete::Unauthenticate => "unauthenticate",
    }
}
