//! What the manual grants a user of the server is enough, and nothing in it is for show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidereal_core::store::redis::{Address, RedisStore};
use sidereal_core::store::{Store, conformance};

/// The line of docs/operations.md that makes the user, without `user sidereal`.
fn rules() -> Vec<&'static str> {
    let page = include_str!("../../../docs/operations.md");
    let line =
        page.lines().find_map(|line| line.trim().strip_prefix("user sidereal ")).expect("the manual has the user");
    line.split_whitespace().collect()
}

#[test]
fn a_user_with_what_the_manual_grants_can_do_everything() {
    let server = sidereal_test_servers::single();
    let rules = rules();
    let granted: Vec<&str> = ["ACL", "SETUSER", "sidereal"].into_iter().chain(rules.iter().copied()).collect();
    assert_eq!(server.cli(&granted), "OK");
    let password = rules.iter().find_map(|rule| rule.strip_prefix('>')).expect("a password");
    let url = format!("redis://sidereal:{password}@127.0.0.1:{}", server.port());
    let stores = AtomicUsize::new(0);
    let store = || -> Arc<dyn Store> {
        let number = stores.fetch_add(1, Ordering::Relaxed);
        Arc::new(RedisStore::new(Address::parse(&format!("{url}?prefix=sidereal:{number}:"), None).unwrap()))
    };
    assert_eq!(
        RedisStore::new(Address::parse(&url, None).unwrap()).ask().unwrap().eviction.as_deref(),
        Some("noeviction")
    );
    let kept = std::panic::catch_unwind(|| conformance::check(&store));
    assert!(kept.is_ok(), "it has been refused: {}", server.cli(&["ACL", "LOG", "1"]));
    // Only its own keys, and nothing that looks around.
    let foreign = RedisStore::new(Address::parse(&format!("{url}?prefix=shop:"), None).unwrap());
    assert!(foreign.stats().is_err_and(|refused| refused.is_store()));
    let refusals = server.cli(&["ACL", "LOG"]);
    assert!(refusals.contains("key") && !refusals.contains("\ncommand\n"), "{refusals}");
    for word in ["keys", "scan", "config", "flushall", "eval_ro"] {
        let said = server.cli(&["ACL", "DRYRUN", "sidereal", word, "x", "0"]);
        assert!(said != "OK", "{word}: {said}");
    }
}
