//! Adds a working key to a keyring and keeps the newest ones.
//!
//! `cargo run --example rotate-keyring -- /path/to/keyring 4`

use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the path of a keyring as the first argument")?;
    let keep = arguments.next().ok_or("expected the number of working keys to keep as the second argument")?.parse()?;
    Ok(Keyring::rotate(path.as_ref(), keep, &SystemEntropy)?)
}
