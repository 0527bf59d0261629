//! What a process keeps from one request to the next: engines, by the settings that make them.
//!
//! Nothing is opened before the first session: php-fpm forks after MINIT. After a fork everything that was inherited is
//! forgotten, not touched - its locks and file positions belong to the parent - and made anew. [`Birth`] tells whether
//! a fork lies between.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use parking_lot::Mutex;
use sidereal_core::birth::Birth;
use sidereal_core::clock::{Clock, SystemClock};
use sidereal_core::cookie::DeviceCookie;
use sidereal_core::engine::{Engine, Setup};
use sidereal_core::entropy::{Entropy, SystemEntropy};
use sidereal_core::error::{Error, Result};
use sidereal_core::migrate::Source;
use sidereal_core::policy::Policy;
use sidereal_core::store::place::{Opened, Place};

use crate::border;
use crate::events::Overheard;
use crate::ini;

/// An engine and the policy for this request.
#[derive(Clone)]
pub struct Configured {
    /// Serves every request with the same store, keyring, application and log.
    pub engine: Arc<Engine>,
    /// From the settings of this request.
    pub policy: Arc<Policy>,
    /// The cookie of remembered devices; `None` where auto-login is off.
    pub device_cookie: Option<Arc<DeviceCookie>>,
    /// Whether the shim can strip `$_SESSION` of what says who is logged in.
    pub can_strip: bool,
}

/// The settings that make an engine.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Recipe {
    place: Place,
    migrate_from: String,
    keyring: String,
    application: String,
    log: String,
    clock: String,
}

/// The engines of one process.
struct Process {
    birth: Birth,
    engines: Mutex<HashMap<Recipe, Arc<Engine>>>,
}

/// Engines that are kept; `session.save_path` may name any number of places.
const MOST_ENGINES: usize = 32;

static PROCESS: AtomicPtr<Process> = AtomicPtr::new(std::ptr::null_mut());

/// What this thread has configured, as long as no setting changes.
struct Kept {
    birth: Birth,
    settings: u64,
    save_path: String,
    configured: Configured,
}

thread_local! {
    static SETTINGS: Cell<u64> = const { Cell::new(0) };
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A setting of this thread has changed.
pub fn settings_changed() {
    SETTINGS.set(SETTINGS.get().wrapping_add(1));
}

/// The engine and policy for the settings in force.
///
/// # Errors
/// [`Error::is_config`] when the settings contradict each other; otherwise what keeps the store or the keyring from
/// being opened.
pub fn configured(save_path: &str) -> Result<Configured> {
    let birth = Birth::current();
    KEPT.with_borrow_mut(|slot| {
        match slot.take() {
            Some(kept) if kept.birth != birth => mem::forget(kept),
            Some(kept) if kept.settings == SETTINGS.get() && kept.save_path == save_path => {
                let configured = kept.configured.clone();
                *slot = Some(kept);
                return Ok(configured);
            }
            _ => {}
        }
        let configured = Configured {
            engine: process(birth).engine(recipe(own_scheme(save_path))?)?,
            policy: Arc::new(ini::policy()?),
            device_cookie: ini::device_cookie()?.map(Arc::new),
            can_strip: ini::can_strip(),
        };
        *slot = Some(Kept {
            birth,
            settings: SETTINGS.get(),
            save_path: save_path.to_owned(),
            configured: configured.clone(),
        });
        Ok(configured)
    })
}

/// `session.save_path` belongs to other save handlers, unless it starts with a scheme of ours.
fn own_scheme(save_path: &str) -> Option<&str> {
    Some(save_path).filter(|path| Place::is_one(path))
}

/// Where the settings in force have sessions kept.
///
/// # Errors
/// [`Error::is_config`] when they name no place.
pub fn place(save_path: &str) -> Result<Place> {
    place_of(own_scheme(save_path))
}

/// The clock of the settings in force.
pub fn clock() -> Arc<dyn Clock> {
    clock_of(&border::setting("sidereal.test_clock"))
}

fn place_of(save_path: Option<&str>) -> Result<Place> {
    let file = border::setting("sidereal.store_password_file");
    ini::check("sidereal.store_password_file", &file)?;
    let file = (!file.is_empty()).then(|| Path::new(&file));
    match save_path {
        Some(path) => Place::find("session.save_path", path, file),
        None => Place::find("sidereal.store", &border::setting("sidereal.store"), file),
    }
}

fn recipe(save_path: Option<&str>) -> Result<Recipe> {
    let recipe = Recipe {
        place: place_of(save_path)?,
        migrate_from: border::setting("sidereal.migrate_from"),
        keyring: border::setting("sidereal.keyring"),
        application: border::setting("sidereal.application"),
        log: border::setting("sidereal.log"),
        clock: border::setting("sidereal.test_clock"),
    };
    ini::check("sidereal.keyring", &recipe.keyring)?;
    ini::check("sidereal.application", &recipe.application)?;
    Ok(recipe)
}

/// The engines of this process. Those of the process that forked it are leaked on purpose.
fn process(birth: Birth) -> &'static Process {
    let found = PROCESS.load(Ordering::Acquire);
    // SAFETY: what is published here is leaked and lives until `shutdown`, which runs when no request does.
    if let Some(process) = unsafe { found.as_ref() }
        && process.birth == birth
    {
        return process;
    }
    let made = Box::into_raw(Box::new(Process { birth, engines: Mutex::new(HashMap::new()) }));
    let current = match PROCESS.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => made,
        Err(other) => {
            // SAFETY: `made` came from a Box and was not published.
            drop(unsafe { Box::from_raw(made) });
            other
        }
    };
    // SAFETY: as above; another thread of this process can only have published an entry of this process.
    unsafe { &*current }
}

impl Process {
    fn engine(&self, recipe: Recipe) -> Result<Arc<Engine>> {
        let mut engines = self.engines.lock();
        if let Some(engine) = engines.get(&recipe) {
            return Ok(Arc::clone(engine));
        }
        let engine = build(&recipe)?;
        if engines.len() >= MOST_ENGINES {
            engines.clear();
        }
        engines.insert(recipe, Arc::clone(&engine));
        Ok(engine)
    }
}

/// Closes what this process has opened.
pub fn shutdown() {
    let birth = Birth::current();
    KEPT.with_borrow_mut(|slot| match slot.take() {
        Some(kept) if kept.birth != birth => mem::forget(kept),
        other => drop(other),
    });
    let found = PROCESS.swap(std::ptr::null_mut(), Ordering::AcqRel);
    // SAFETY: `found` was leaked by `process`, and MSHUTDOWN runs when no request does.
    if unsafe { found.as_ref() }.is_some_and(|process| process.birth == birth) {
        // SAFETY: as above; it has just been taken out, so it is freed once.
        drop(unsafe { Box::from_raw(found) });
    }
}

fn build(recipe: &Recipe) -> Result<Arc<Engine>> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let sink = Arc::new(Overheard(ini::sink(&recipe.log)?));
    if recipe.place == Place::Memory && !border::is_command_line() {
        return Err(Error::config(
            "expected sidereal.store to be a place that all workers share, found memory:, which is for the command line; set \
             sidereal.store = \"sqlite:/absolute/directory\", or leave it empty for the default directory",
        ));
    }
    let chosen = (!recipe.keyring.is_empty()).then(|| Path::new(&recipe.keyring));
    let Opened { store, keyring, keyring_path } = recipe.place.open(chosen, &recipe.application, &*entropy)?;
    let old = Source::parse("sidereal.migrate_from", &recipe.migrate_from)?
        .map(|source| source.open(chosen, &recipe.application));
    let setup = Setup { store, keyring, keyring_path, clock: clock_of(&recipe.clock), entropy, sink };
    Ok(Engine::moving(setup, old))
}

#[cfg(not(feature = "test-clock"))]
fn clock_of(_: &str) -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

#[cfg(feature = "test-clock")]
fn clock_of(path: &str) -> Arc<dyn Clock> {
    if path.is_empty() { Arc::new(SystemClock) } else { Arc::new(crate::test_clock::FileClock::new(path)) }
}
