//! A write that nobody disturbs goes without a script. Whatever happens between the lease and the write, it is done or refused as the script would.

use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::id::{Family, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::{Acquired, Change, Created, Due, Ending, Lease, New, Store, Whom, Written};
use sidereal_test_servers::{Proxy, Server, single};

use super::store_at;

const ALICE: Tag = Tag([1; 16]);
const DUE: Due = Due { erase: None, delete: Time::from_secs(1_900_000_000) };
const NO_WAIT: Wait = Wait { timeout: Duration::ZERO, max_waiters: 8 };

fn place(n: u8) -> Locator {
    Locator::new([n; Locator::HASH_LEN], &ALICE)
}

/// A session of Alice's. All of hers are in one cell.
fn create(store: &dyn Store, n: u8) {
    let new = New {
        at: place(n),
        family: Family([n; 16]),
        generation: 0,
        subject: Some(ALICE),
        prefix: None,
        cap: None,
        ended: None,
        meta: b"meta",
        payload: Some(b"first"),
        due: DUE,
    };
    assert_eq!(store.create(&new).unwrap(), Created::Done);
}

fn change(version: u64, payload: &'static [u8]) -> Change<'static> {
    Change { at: place(1), version, meta: b"changed", payload: Some(payload), due: DUE }
}

fn lease(store: &dyn Store) -> Lease {
    match store.acquire(&place(1), &NO_WAIT).unwrap() {
        Acquired::Held(lease, Some(_)) => lease,
        other => panic!("{other:?}"),
    }
}

/// A store with a session whose lease has been given back before, as every one's but a new one's has.
fn prepared(server: &Server) -> std::sync::Arc<dyn Store> {
    server.cli(&["FLUSHDB"]);
    let store = store_at(&server.url(), "t:");
    create(&*store, 1);
    let written = store.save(lease(&*store), &change(1, b"second")).unwrap();
    assert_eq!(written, Written::Done(2));
    store
}

/// The payload and the version that are stored.
fn stored(store: &dyn Store) -> (Vec<u8>, u64) {
    let row = store.load(&place(1)).unwrap().unwrap().row;
    (row.payload.unwrap(), row.version)
}

/// How often the server has run each kind of command: scripts, transactions.
fn runs(server: &Server) -> (u64, u64) {
    let stats = server.cli(&["INFO", "commandstats"]);
    let calls = |command: &str| {
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
    };
    (calls("evalsha") + calls("eval"), calls("exec"))
}

#[test]
fn what_nobody_disturbs_is_written_and_given_back_without_a_script() {
    let server = single();
    let store = prepared(&server);
    let before = runs(&server);
    let written = store.save(lease(&*store), &change(2, b"third")).unwrap();
    assert_eq!((written, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)));
    // One that changes nothing, and one that only touches.
    drop(lease(&*store));
    let touched = store.touch(Some(lease(&*store)), &Change { payload: None, ..change(3, b"") }).unwrap();
    assert_eq!((touched, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)));
    let after = runs(&server);
    assert_eq!((after.0 - before.0, after.1 - before.1), (0, 3), "a transaction for each write, and no script");
    drop(lease(&*store));
}

#[test]
fn what_somebody_disturbs_is_done_or_refused_as_ever() {
    let server = single();
    let other = || store_at(&server.url(), "t:");
    let disturbed = |disturb: &dyn Fn(&dyn Store, &Lease)| {
        let store = prepared(&server);
        let lease = lease(&*store);
        disturb(&*other(), &lease);
        let written = store.save(lease, &change(2, b"third")).unwrap();
        (written, store)
    };

    // Another of Alice's sessions: nothing to this one.
    let (written, store) = disturbed(&|other, _| create(other, 2));
    assert_eq!((written, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)));

    // It ends.
    let (written, store) = disturbed(&|other, _| {
        let at = Time::from_secs(1_800_000_000);
        let ended = Ended { reason: EndReason::Revoked, at, cookie_cleared: false };
        let whom = Whom::Subject { subject: ALICE, except: None };
        assert_eq!(other.end(&Ending { whom, ended, delete: DUE.delete }).unwrap(), 1);
    });
    assert_eq!(written, Written::Lost);
    assert_eq!(store.load(&place(1)).unwrap().unwrap().row.payload, None);

    // The lease is over, and somebody else has it. A lease is a field of the cell.
    let (written, store) = disturbed(&|other, _| {
        let cell = server.cli(&["KEYS", "t:{*"]);
        let field = format!("{}l", data_encoding::HEXLOWER.encode(&[1; Locator::HASH_LEN]));
        assert_eq!(server.cli(&["HDEL", cell.trim(), &field]), "1");
        std::mem::forget(lease(other));
    });
    assert_eq!((written, stored(&*store)), (Written::Lost, (b"second".to_vec(), 2)));

    // Somebody has written who needs no lease.
    let (written, store) = disturbed(&|other, _| {
        assert_eq!(other.touch(None, &Change { payload: None, ..change(2, b"") }).unwrap(), Written::Done(2));
    });
    assert_eq!((written, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)));
    let (written, store) = disturbed(&|other, _| {
        assert_eq!(other.amend(&Change { payload: None, ..change(2, b"") }).unwrap(), Written::Done(3));
    });
    assert_eq!((written, stored(&*store)), (Written::Lost, (b"second".to_vec(), 3)));

    // We ourselves have, by way of the same connection.
    let store = prepared(&server);
    let held = lease(&*store);
    assert_eq!(store.amend(&Change { payload: None, ..change(2, b"") }).unwrap(), Written::Done(3));
    assert_eq!(store.save(held, &change(2, b"third")).unwrap(), Written::Lost);
    let held = lease(&*store);
    assert_eq!(store.amend(&Change { payload: None, ..change(3, b"") }).unwrap(), Written::Done(4));
    assert_eq!(store.save(held, &change(4, b"fifth")).unwrap(), Written::Done(5));
    assert_eq!(stored(&*store), (b"fifth".to_vec(), 5));

    // The server has forgotten everything.
    let (written, store) = disturbed(&|_, _| drop(server.cli(&["FLUSHDB"])));
    assert_eq!((written, store.load(&place(1)).unwrap()), (Written::Lost, None));
}

#[test]
fn who_waits_is_woken_although_they_came_after_the_reading() {
    let server = single();
    let store = prepared(&server);
    let held = lease(&*store);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let other = store_at(&server.url(), "t:");
            let wait = Wait { timeout: Duration::from_secs(20), max_waiters: 8 };
            match other.acquire(&place(1), &wait).unwrap() {
                Acquired::Held(lease, Some(found)) => other.save(lease, &change(found.row.version, b"fourth")).unwrap(),
                other => panic!("{other:?}"),
            }
        });
        sidereal_test_servers::eventually("somebody waits", || {
            server.cli(&["INFO", "clients"]).contains("blocked_clients:1")
        });
        let before = runs(&server);
        assert_eq!(store.save(held, &change(2, b"third")).unwrap(), Written::Done(3));
        assert!(runs(&server).0 > before.0, "the script hands it over");
        assert_eq!(waiting.join().unwrap(), Written::Done(4));
    });
    assert_eq!(stored(&*store), (b"fourth".to_vec(), 4));
}

/// Parallel first requests of a visitor: somebody comes for what is not stored yet, and touches the cell.
#[test]
fn a_row_is_made_although_somebody_has_come_for_it() {
    let server = single();
    let store = store_at(&server.url(), "t:");
    let Acquired::Held(held, None) = store.acquire(&place(1), &NO_WAIT).unwrap() else { panic!("there is no row") };
    let other = store_at(&server.url(), "t:");
    assert!(matches!(other.acquire(&place(1), &NO_WAIT).unwrap(), Acquired::Busy(_)));
    let connections = || server.info("total_connections_received").unwrap().parse::<u64>().unwrap();
    let before = connections();
    create(&*store, 1);
    assert_eq!(connections(), before + 1, "on the connection that there is; asking is one, too");
    drop(held);
    assert!(matches!(other.acquire(&place(1), &NO_WAIT).unwrap(), Acquired::Held(_, Some(_))));
}

/// The transaction's answer is lost, and the script is asked: it is written once.
#[test]
fn a_write_whose_answer_is_lost_is_done_once() {
    let server = single();
    let sound = prepared(&server);
    let proxy = Proxy::to(server.port());
    // Every byte of +OK, +QUEUED, and a list with a number in it.
    for bytes in 0..22 {
        let (_, version) = stored(&*sound);
        let store = store_at(&proxy.url(), "t:");
        let held = lease(&*store);
        proxy.cut_once_after(bytes);
        let written = store.save(held, &change(version, b"again")).unwrap();
        proxy.pass();
        assert_eq!((written, stored(&*sound)), (Written::Done(version + 1), (b"again".to_vec(), version + 1)));
        drop(lease(&*sound));
    }
}

/// Without the right to transactions it is slower and as safe: no write stands outside of one.
#[test]
fn a_server_that_refuses_transactions_is_asked_by_scripts() {
    let server = single();
    for refused in ["-watch", "-multi", "-exec", "-@transaction"] {
        prepared(&server);
        let granted = server.cli(&["ACL", "SETUSER", "restricted", "reset", "on", ">pw", "~*", "+@all", refused]);
        assert_eq!(granted, "OK");
        let store = store_at(&format!("redis://restricted:pw@127.0.0.1:{}", server.port()), "t:");
        let before = runs(&server);
        let written = store.save(lease(&*store), &change(2, b"third")).unwrap();
        assert_eq!((written, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)), "{refused}");
        assert!(runs(&server).0 > before.0, "{refused}: a script for the write");
    }
}

/// A server that has no such command, so that nothing ends what MULTI begins.
#[test]
fn a_server_without_transactions_is_asked_by_scripts() {
    let server = Server::start(&[("save", ""), ("rename-command EXEC", "HIDDEN")]);
    let store = prepared(&server);
    let written = store.save(lease(&*store), &change(2, b"third")).unwrap();
    assert_eq!((written, stored(&*store)), (Written::Done(3), (b"third".to_vec(), 3)));
}

/// What was allowed when the connection was made, and is not any more.
#[test]
fn a_right_that_is_taken_away_ends_the_connection() {
    let server = single();
    prepared(&server);
    assert_eq!(server.cli(&["ACL", "SETUSER", "restricted", "reset", "on", ">pw", "~*", "+@all"]), "OK");
    let store = store_at(&format!("redis://restricted:pw@127.0.0.1:{}", server.port()), "t:");
    let held = lease(&*store);
    assert_eq!(server.cli(&["ACL", "SETUSER", "restricted", "-multi"]), "OK");
    assert_eq!(store.save(held, &change(2, b"third")).unwrap(), Written::Done(3));
    let before = runs(&server);
    assert_eq!(store.save(lease(&*store), &change(3, b"fourth")).unwrap(), Written::Done(4));
    assert!(runs(&server).0 > before.0, "by the script, on a connection that knows");
    assert_eq!(stored(&*store), (b"fourth".to_vec(), 4));
}
