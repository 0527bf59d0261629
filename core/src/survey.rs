//! Looks at the place where sessions and keys are, for the [audit](crate::audit). Makes nothing and changes nothing.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::audit::facts::{KeyFile, Place, SavePath, Server};
use crate::clock::{Clock, Time, Watch};
use crate::directory;
use crate::error::Result;
use crate::keys::Keyring;
use crate::store::Store as _;
use crate::store::place::Place as At;
use crate::store::redis::{Address, RedisStore};
use crate::store::sqlite::SqliteStore;

/// More names than this help nobody.
const MOST_EXPOSED: usize = 10;

/// Looks at the place. `keyring` is the file that was chosen, if one was.
pub fn place(at: &At, keyring: Option<&Path>, clock: &dyn Clock) -> Place {
    let mut place = Place { is_memory: *at == At::Memory, ..Place::default() };
    let directory = match at {
        At::Memory => None,
        At::Directory(path) => Some(path.clone()),
        At::Default => directory::found_default_place(),
        At::Redis(address) => {
            ask_server(&mut place, address, clock);
            place.keyring = Some(shared_keyring(at, keyring, clock));
            return place;
        }
    };
    if let Some(directory) = directory.filter(|directory| directory.symlink_metadata().is_ok()) {
        look_at_directory(&mut place, &directory, clock);
        place.directory = Some(directory);
    }
    let beside = place.directory.as_ref().map(|directory| directory.join("keyring"));
    let chosen = keyring.map(Path::to_owned).or(beside);
    place.keyring = chosen.filter(|path| path.symlink_metadata().is_ok()).map(|path| key_file(path, clock));
    place
}

fn ask_server(place: &mut Place, address: &Address, clock: &dyn Clock) {
    let store = RedisStore::new(address.clone());
    let asked = store.ask().map_err(|fault| fault.to_string());
    if asked.is_ok() {
        // A server that refuses this says nothing of the clock.
        place.clock_jumped = store.last_turn().ok().flatten().is_some_and(|watch| has_jumped(&watch, clock));
    }
    let address = address.to_string();
    place.server = Some(Server { address, answer: asked });
}

/// A keyring that nobody makes by the way: where it is missing that is the finding.
fn shared_keyring(at: &At, chosen: Option<&Path>, clock: &dyn Clock) -> KeyFile {
    match at.keyring_path(chosen) {
        Ok(path) => key_file(path.unwrap_or_default(), clock),
        Err(fault) => KeyFile { path: PathBuf::new(), unchanged_for: Err(fault.to_string()) },
    }
}

/// Looks at a directory of session files of PHP's own handler.
pub fn save_path(path: &Path) -> SavePath {
    let access = path.metadata().ok().map(|meta| (meta.mode(), meta.uid()));
    SavePath { path: path.to_owned(), access, own_uid: directory::own_uid() }
}

fn look_at_directory(place: &mut Place, directory: &Path, clock: &dyn Clock) {
    if let Err(fault) = directory::check(directory) {
        place.fault = Some(fault.to_string());
        return;
    }
    place.exposed = exposed(directory);
    place.volume = directory::volume(directory);
    if place.exposed.is_empty() && SqliteStore::is_in(directory) {
        place.fault = ask_store(place, directory, clock).err().map(|fault| fault.to_string());
    }
}

fn ask_store(place: &mut Place, directory: &Path, clock: &dyn Clock) -> Result<()> {
    let store = SqliteStore::open(directory)?;
    place.clock_jumped = store.last_turn()?.is_some_and(|watch| has_jumped(&watch, clock));
    let holds = store.hold_times();
    place.holds = holds.percentile(99).map(|most| (holds.count(), most));
    Ok(())
}

fn has_jumped(watch: &Watch, clock: &dyn Clock) -> bool {
    let now = clock.read();
    let since_start = watch.anchor.uptime <= now.uptime;
    (since_start && watch.jumped_at.is_some()) || !now.agrees_with(watch.anchor)
}

/// Files that others can reach, or that are others'.
fn exposed(directory: &Path) -> Vec<String> {
    let Ok(entries) = directory.read_dir() else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    // The keyring is looked at by itself.
    paths
        .iter()
        .filter(|path| !path.ends_with("keyring"))
        .filter_map(|path| exposure(path))
        .take(MOST_EXPOSED)
        .collect()
}

fn exposure(path: &Path) -> Option<String> {
    let meta = path.symlink_metadata().ok()?;
    if meta.uid() != directory::own_uid() {
        return Some(format!("{} belongs to uid {}, not {}", path.display(), meta.uid(), directory::own_uid()));
    }
    (meta.mode() & 0o077 != 0).then(|| format!("{} has mode {:04o}", path.display(), meta.mode() & 0o7777))
}

fn key_file(path: PathBuf, clock: &dyn Clock) -> KeyFile {
    let changed = || path.metadata().map(|meta| Time::from_secs(meta.mtime())).unwrap_or_default();
    let unchanged_for =
        Keyring::load(&path, "").map(|_| clock.read().wall.since(changed())).map_err(|fault| fault.to_string());
    KeyFile { path, unchanged_for }
}
