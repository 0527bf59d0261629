//! Rules on where sessions and keys are: directory, files, disk, server, clock.

use std::path::Path;
use std::time::Duration;

use super::facts::{Facts, Place, Server, Told};
use super::{Rule, Severity, when};
use crate::directory::{Medium, Volume};
use crate::policy::printable;

use Severity::{Error, Note, Warning};

const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(366 * 86_400);
/// Below this much a store may be full before anybody has seen it.
const ROOM: u64 = 64 << 20;
const FILES: u64 = 1000;
/// Whoever holds a session for longer keeps the user's other requests waiting noticeably.
const LONG_HOLD: Duration = Duration::from_secs(1);
/// Fewer holds than this say nothing about 99 of 100.
const ENOUGH_HOLDS: u64 = 1000;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "store-unusable",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store's directory is private",
        why: "Whoever can enter it can delete sessions or put other files in their place; so no session starts there.",
        fix: "Do as the sentence says, and run the audit as the user that the site runs as.",
        references: &["R98", "A25"],
        check: |f| place(f, |place| place.fault.iter().cloned().collect()),
    },
    Rule {
        id: "store-exposed",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "No file of the store is open to others",
        why: "Somebody has changed modes or owners. The directory keeps others out today; a backup or a copy may not.",
        fix: "chown the file to the user that the site runs as and chmod it to 0600.",
        references: &["R98", "A25"],
        check: |f| place(f, |place| place.exposed.clone()),
    },
    Rule {
        id: "store-network",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store is on a disk of this host",
        why: "Kernel locks and shared memory do not work across a network: two requests of a session overwrite each other, and the database breaks.",
        fix: "Set sidereal.store to a directory on a local disk.",
        references: &["R46"],
        check: |f| {
            volume(f, |path, volume| match volume.medium {
                Medium::Network(kind) => vec![format!("{} is on {kind}", path.display())],
                _ => Vec::new(),
            })
        },
    },
    Rule {
        id: "store-volatile",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.store", "sidereal.keyring"],
        title: "The store outlives the host's next start",
        why: "When it is gone everybody is logged out, and the ID of a session that has ended is no longer known as one.",
        fix: "Set sidereal.store to a directory that nobody cleans up, such as one below /var/lib.",
        references: &["R30", "R35"],
        check: |f| {
            volume(f, |path, volume| {
                let cleaned = ["/tmp", "/var/tmp", "/run", "/dev/shm"].into_iter().find(|root| path.starts_with(root));
                match (volume.medium, cleaned) {
                    (Medium::Volatile(kind), _) => vec![format!("{} is on {kind}", path.display())],
                    (_, Some(root)) => vec![format!("{} is below {root}", path.display())],
                    _ => Vec::new(),
                }
            })
        },
    },
    Rule {
        id: "store-copy-on-write",
        severity: Note,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store's disk has room for what is there already",
        why: "A copy-on-write file system needs new blocks for every change, so that a full disk stops the locks as well.",
        fix: "Keep the store on ext4 or xfs, or watch the disk closely.",
        references: &["A25"],
        check: |f| {
            volume(f, |path, volume| match volume.medium {
                Medium::CopyOnWrite(kind) => vec![format!("{} is on {kind}", path.display())],
                _ => Vec::new(),
            })
        },
    },
    Rule {
        id: "store-full",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store's disk has room",
        why: "On a full disk sessions can be read, but nobody can log in.",
        fix: "Make room, or move the store.",
        references: &["A23"],
        check: |f| {
            volume(f, |path, volume| {
                let few = volume.free_files.is_some_and(|files| files < FILES);
                when(!volume.is_read_only && (volume.free_bytes < ROOM || few), || {
                    format!("the disk of {} has less than {} MiB or {FILES} files left", path.display(), ROOM >> 20)
                })
            })
        },
    },
    Rule {
        id: "store-read-only",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store can be written",
        why: "Nobody can log in, and what is worse: nobody can log out.",
        fix: "Mount the file system for writing, or move the store.",
        references: &["R94"],
        check: |f| {
            volume(f, |path, volume| {
                when(volume.is_read_only, || format!("the file system of {} is mounted read-only", path.display()))
            })
        },
    },
    Rule {
        id: "store-memory",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "Sessions outlive the process",
        why: "memory: is one process, for tests: other workers see nothing of it, and all of it ends with the process.",
        fix: "Set sidereal.store = sqlite:/absolute/directory, or leave it empty.",
        references: &["R43"],
        check: |f| place(f, |place| when(place.is_memory, || "sidereal.store is \"memory:\"".into())),
    },
    Rule {
        id: "server-unusable",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store", "sidereal.store_password_file"],
        title: "The store's server answers",
        why: "Without it no session starts, and nobody is logged in.",
        fix: "Do as the sentence says, and run the audit on the host and as the user that the site runs as.",
        references: &["R98", "A25"],
        check: |f| {
            place(f, |place| match &place.server {
                Some(Server { answer: Err(fault), .. }) => vec![fault.clone()],
                _ => Vec::new(),
            })
        },
    },
    Rule {
        id: "server-evicts",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store's server deletes nothing when it is full",
        why: "What it would delete is somebody's session, or the mark of one that has ended: who logged out must not be forgotten first.",
        fix: "Set maxmemory-policy noeviction on every server: it then refuses new sessions when it is full, and keeps those it has.",
        references: &["R30", "R35", "A23"],
        check: |f| {
            told(f, |address, told| match told.eviction.as_deref() {
                Some(policy) if policy != "noeviction" => {
                    vec![format!("the maxmemory-policy of {address} is {}", printable(policy))]
                }
                _ => Vec::new(),
            })
        },
    },
    Rule {
        id: "server-forgets",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.store"],
        title: "The store's server writes each change to its disk",
        why: "After a start from a snapshot, sessions that were revoked since live again; without any, everybody is logged out.",
        fix: "Set appendonly yes on every server (docs/operations.md has what else to set).",
        references: &["R30", "R94", "A27"],
        check: |f| {
            told(f, |address, told| when(told.keeps_log == Some(false), || format!("{address} has appendonly no")))
        },
    },
    Rule {
        id: "keyring-unusable",
        severity: Error,
        under_sidereal: None,
        settings: &["sidereal.keyring"],
        title: "The keyring is a file of this user alone",
        why: "Whoever has the keys can make IDs and read sessions; so a keyring that others can read is refused.",
        fix: "Do as the sentence says. Have others been able to read it, rotate the keys.",
        references: &["R98", "A25", "A33"],
        check: |f| {
            place(f, |place| {
                place
                    .keyring
                    .as_ref()
                    .and_then(|keyring| keyring.unchanged_for.as_ref().err())
                    .into_iter()
                    .cloned()
                    .collect()
            })
        },
    },
    Rule {
        id: "keyring-old",
        severity: Warning,
        under_sidereal: None,
        settings: &["sidereal.keyring"],
        title: "Keys are rotated once a year",
        why: "The longer a key is in use the more backups have it, and the more is lost with it.",
        fix: "Rotate the keyring (docs/operations.md); sessions go on.",
        references: &["A33"],
        check: |f| {
            place(f, |place| {
                let Some((keyring, Ok(age))) = place.keyring.as_ref().map(|keyring| (keyring, &keyring.unchanged_for))
                else {
                    return Vec::new();
                };
                when(*age > YEAR, || {
                    format!("{} has not changed for {} days", keyring.path.display(), age.as_secs() / DAY.as_secs())
                })
            })
        },
    },
    Rule {
        id: "clock-jumped",
        severity: Warning,
        under_sidereal: None,
        settings: &[],
        title: "The clock goes right",
        why: "While the clock is off its course sessions end early or late, and no alarm is raised for an hour.",
        fix: "Run a time service that moves the clock gently, and set it before PHP starts.",
        references: &["A26"],
        check: |f| {
            place(f, |place| when(place.clock_jumped, || "the wall clock does not go as fast as the uptime".into()))
        },
    },
    Rule {
        id: "long-holds",
        severity: Warning,
        under_sidereal: None,
        settings: &[],
        title: "Requests give sessions back early",
        why: "While one request has the session the user's others wait, each with a worker.",
        fix: "Call session_write_close() as soon as nothing more is written, or session_start(['read_and_close' => true]); sidereal_request_close() in C.",
        references: &["R48", "R49", "A22"],
        check: |f| {
            place(f, |place| {
                let long = place.holds.filter(|(count, most)| *count >= ENOUGH_HOLDS && *most > LONG_HOLD);
                long.map(|(count, most)| held(count, most)).into_iter().collect()
            })
        },
    },
];

/// For how long requests hold sessions, in words (R49).
pub(super) fn held(count: u64, most: Duration) -> String {
    if most == Duration::MAX {
        return format!(
            "of the latest {count} requests more than one in 100 kept its session for longer than 5 minutes"
        );
    }
    format!("of the latest {count} requests 99 in 100 kept their session for at most {} ms", most.as_millis())
}

fn place(facts: &Facts, check: impl FnOnce(&Place) -> Vec<String>) -> Vec<String> {
    facts.own.as_ref().map(|own| check(&own.place)).unwrap_or_default()
}

fn told(facts: &Facts, check: impl FnOnce(&str, &Told) -> Vec<String>) -> Vec<String> {
    place(facts, |place| match &place.server {
        Some(Server { address, answer: Ok(told) }) => check(address, told),
        _ => Vec::new(),
    })
}

fn volume(facts: &Facts, check: impl FnOnce(&Path, &Volume) -> Vec<String>) -> Vec<String> {
    place(facts, |place| match (&place.directory, &place.volume) {
        (Some(path), Some(volume)) => check(path, volume),
        _ => Vec::new(),
    })
}
