//! Microseconds of one open-commit-close cycle from Rust; `bench/cycles.c` is the same from C, and scripts/bench-c.sh compares the two.
//!
//! `cargo run --release --example cycles -- /a/private/directory COUNT BYTES`

// An example prints, and this one measures.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sidereal_core::clock::SystemClock;
use sidereal_core::cookie::{Candidates, Cookie, SameSite, Scheme};
use sidereal_core::engine::{Access, Engine, Request, Setup};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::store::sqlite::SqliteStore;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("expected a directory, a count and a number of bytes");
    let (directory, count, bytes) = (argument()?, argument()?.parse::<usize>()?, argument()?.parse::<usize>()?);

    let directory = Path::new(&directory);
    sidereal_core::directory::ensure(directory)?;
    let keyring_path = directory.join("keyring");
    let engine = Engine::new(Setup {
        store: Arc::new(SqliteStore::open(directory)?),
        keyring: Keyring::load_or_create(&keyring_path, "", &SystemEntropy)?,
        keyring_path: Some(keyring_path),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        sink: sidereal_core::log::open("none")?,
    });
    let policy = Arc::new(Policy::default());
    let cookie = Cookie::new("", SameSite::Lax)?;
    let request = Request { can_set_cookie: true, ..Request::default() };

    let mut payload = vec![b'x'; bytes.max(8)];
    let mut header = String::new();
    let mut cycle = |turn: usize| -> Result<(), Box<dyn std::error::Error>> {
        payload[..8].copy_from_slice(&turn.to_le_bytes());
        let presented = Candidates::find(header.as_bytes(), cookie.name(Scheme::Http)?);
        let mut session =
            engine.open_one(&policy, &presented, &request, Access::Exclusive).map_err(|refused| refused.to_string())?;
        let _ = session.commit(&payload)?;
        let line = if session.is_replaced() { cookie.set(session.id(), Scheme::Http)? } else { String::new() };
        drop(session);
        engine.maintain(&policy);
        if let Some((pair, _)) = line.split_once(';') {
            header = pair.to_owned();
        }
        Ok(())
    };
    (0..100).try_for_each(&mut cycle)?;
    let started = Instant::now();
    (0..count).try_for_each(&mut cycle)?;
    println!("{:.3}", started.elapsed().as_secs_f64() * 1e6 / count as f64);
    Ok(())
}
