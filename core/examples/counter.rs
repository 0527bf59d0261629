//! A counter in a session, as a web program would keep it: run it, then run it again with the ID that it printed.
//!
//! `cargo run --example counter -- /a/private/directory [ID]`

// An example prints, and shows the ID that a program would put into a cookie and nowhere else.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::sync::Arc;

use sidereal_core::clock::SystemClock;
use sidereal_core::engine::{Access, Engine, Request, Setup};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::store::sqlite::SqliteStore;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("expected a directory of your own with mode 0700 as the first argument")?;
    let cookie = arguments.next();

    let store = Arc::new(SqliteStore::open(Path::new(&directory))?);
    let keyring_path = Path::new(&directory).join("keyring");
    let engine = Engine::new(Setup {
        store,
        keyring: Keyring::load_or_create(&keyring_path, "counter", &SystemEntropy)?,
        keyring_path: Some(keyring_path),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        sink: sidereal_core::log::open("stderr")?,
    });
    let policy = Arc::new(Policy::default());

    let request = Request { can_set_cookie: true, minted_here: false, serializer: "", ..Request::default() };
    let presented = cookie.as_deref().map(str::as_bytes);
    let mut session =
        engine.open(&policy, presented, &request, Access::Exclusive).map_err(|refused| refused.to_string())?;

    let count: u64 = std::str::from_utf8(session.payload())?.parse().unwrap_or(0) + 1;
    let _ = session.commit(count.to_string().as_bytes())?;
    println!("count {count}");
    if session.is_replaced() {
        println!("the client gets this ID: {}", session.id().expose());
    }
    drop(session);
    engine.maintain(&policy);
    Ok(())
}
