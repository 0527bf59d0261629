//! What phpinfo() tells: where things are and which times are in force. Never a key, a session ID or a password.

use sidereal_core::store::place::Place;

use crate::audit;
use crate::border::{self, About, Surroundings};
use crate::ini;
use crate::process;

/// Fills in `about`. Creates nothing: phpinfo() is for looking.
pub fn describe(surroundings: &Surroundings, about: &mut About) {
    let place = process::place("");
    put(&mut about.version, env!("CARGO_PKG_VERSION"));
    put(
        &mut about.store,
        &match &place {
            Ok(Place::Default) => "SQLite, in the default directory".into(),
            Ok(Place::Directory(path)) => format!("SQLite, in {}", path.display()),
            Ok(Place::Redis(address)) => format!("Redis, at {address}"),
            Ok(Place::Memory) => "memory of one process".into(),
            Err(error) => error.to_string(),
        },
    );
    put(&mut about.keyring, &keyring(place.ok().as_ref()));
    put(&mut about.policy, &policy());
    put(&mut about.audit, &verdict(surroundings));
}

fn keyring(place: Option<&Place>) -> String {
    match border::setting("sidereal.keyring") {
        path if !path.is_empty() => path,
        _ if matches!(place, Some(Place::Memory)) => "memory of one process".into(),
        _ if matches!(place, Some(Place::Redis(_))) => "missing: set sidereal.keyring".into(),
        _ => "beside the store".into(),
    }
}

fn verdict(surroundings: &Surroundings) -> String {
    let report = audit::run(surroundings);
    let verdict = report.verdict();
    if report.findings().is_empty() { verdict } else { format!("{verdict}; echo Sidereal\\Audit::run() tells what") }
}

fn policy() -> String {
    match ini::policy() {
        Ok(policy) => format!(
            "idle {} s, absolute {} s, rotate {} s, grace {} s, alarm after {} s",
            policy.idle.as_secs(),
            policy.absolute.as_secs(),
            policy.rotate.as_secs(),
            policy.grace.as_secs(),
            policy.alarm_after.as_secs()
        ),
        Err(error) => error.to_string(),
    }
}

/// C reads up to the first NUL, and `to` is full of them.
fn put(to: &mut [u8], text: &str) {
    let room = to.len() - 1;
    for (to, from) in to[..room].iter_mut().zip(text.bytes()) {
        *to = from;
    }
}
