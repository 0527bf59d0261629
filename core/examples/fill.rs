//! Fills an embedded store for measurements: as PHP sessions, every tenth of them two days old.
//!
//! `cargo run --release --example fill -- /a/private/directory COUNT PAYLOAD_FILE IDS_FILE`
//!
//! The payload is what PHP's own serializer wrote. The IDs of the sessions that are still alive go to the IDs file, one
//! a line.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sidereal_core::clock::{Clock, Reading, SystemClock};
use sidereal_core::engine::{Access, Engine, Request, Setup};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::store::Store as _;
use sidereal_core::store::sqlite::SqliteStore;

/// The present, or a time that lies back.
struct Shifted(Duration);

impl Clock for Shifted {
    fn read(&self) -> Reading {
        let now = SystemClock.read();
        Reading { wall: now.wall.before(self.0), ..now }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, count, payload, ids] = arguments.as_slice() else {
        return Err("expected the arguments DIRECTORY COUNT PAYLOAD_FILE IDS_FILE".into());
    };
    let count: u64 = count.parse()?;
    let payload = std::fs::read(payload)?;
    let mut ids = BufWriter::new(File::create(ids)?);

    let directory = Path::new(directory);
    let store = Arc::new(SqliteStore::open(directory)?);
    let engine = |back| -> Result<Arc<Engine>, Box<dyn std::error::Error>> {
        let keyring_path = directory.join("keyring");
        Ok(Engine::new(Setup {
            store: Arc::clone(&store) as _,
            keyring: Keyring::load_or_create(&keyring_path, "", &SystemEntropy)?,
            keyring_path: Some(keyring_path),
            clock: Arc::new(Shifted(back)),
            entropy: Arc::new(SystemEntropy),
            sink: sidereal_core::log::open("none")?,
        }))
    };
    let present = engine(Duration::ZERO)?;
    let past = engine(Duration::from_secs(2 * 86_400))?;
    let policy = Arc::new(Policy::default());
    let request = Request { can_set_cookie: false, minted_here: false, serializer: "php", ..Request::default() };

    for number in 0..count {
        let alive = number % 10 != 0;
        let engine = if alive { &present } else { &past };
        let mut session =
            engine.open(&policy, None, &request, Access::Exclusive).map_err(|refused| refused.to_string())?;
        let _ = session.commit(&payload)?;
        // What the end of a request does for the log, without the sweep that comes with it: the expired ones are to stay.
        store.idle();
        if alive {
            writeln!(ids, "{}", session.id().expose())?;
        }
    }
    ids.flush()?;
    Ok(())
}
