//! Any bytes as a Cookie header: what is found stands in it, under the exact name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidereal_core::cookie::{Candidates, MAX_CANDIDATES, decoded, is_of_lookalike};

fuzz_target!(|header: &[u8]| {
    for name in ["sid", "__Host-sid", "PHPSESSID"] {
        let found = Candidates::find(header, name);
        assert!(found.values().len() <= MAX_CANDIDATES);
        for value in found.values() {
            assert!(!value.contains(&b';'));
            let _ = sidereal_core::id::SessionId::parse(&decoded(value));
            let _ = is_of_lookalike(header, name, value);
        }
    }
});
