//! Two hosts, 32 workers, one session: no turn is lost, and whoever asks first has the first turn.
//!
//! A host is a process of its own with a copy of the keyring: this test binary again, which runs the test `host` alone. Every turn writes the name of
//! its worker behind those that are there, so that the session itself tells who had how many turns, and when.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sidereal_core::clock::SystemClock;
use sidereal_core::engine::{Access, Engine, Refused, Request, Setup};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::event::NoSink;
use sidereal_core::keys::Keyring;
use sidereal_core::lock::Wait;
use sidereal_core::policy::Policy;
use sidereal_core::session::{Outcome, Session};
use sidereal_core::store::{Acquired, Store};
use sidereal_test_servers::{Topology, eventually};

use super::load::{AT, WAIT, create};
use super::open;

const TURNS: usize = 1000;
const HOSTS: usize = 2;
const WORKERS: usize = 32;
/// What tells a process that it is a host: its number, the store, the keyring and the session, one a line.
const PART: &str = "SIDEREAL_TEST_HOST";

sidereal_test_servers::on_every_topology! {
    r46_a_thousand_turns_of_two_hosts_all_count
    turns_are_had_in_the_order_of_asking
}

fn r46_a_thousand_turns_of_two_hosts_all_count(topology: Topology) {
    let store = topology.shared().new_store();
    let places: Vec<_> = (0..HOSTS).map(|_| private_place()).collect();
    let keyrings: Vec<PathBuf> = places.iter().map(|place| place.path().join("keyring")).collect();
    let engine = engine(&store, &keyrings[0]);
    for copy in &keyrings[1..] {
        fs::copy(&keyrings[0], copy).unwrap();
    }
    let policy = Arc::new(Policy::default());
    let mut first = visit(&engine, &policy, None).unwrap();
    assert_eq!(first.commit(b"").unwrap(), Outcome::Done);
    let id = first.id().expose();
    drop(first);

    // Nobody begins before all have asked.
    let holder = visit(&engine, &policy, Some(&id)).unwrap();
    let hosts: Vec<_> =
        keyrings.iter().enumerate().map(|(number, keyring)| start(number, &store, keyring, &id)).collect();
    let lock_max_waiters = WORKERS.try_into().unwrap();
    let all = Arc::new(Policy { lock_wait: Duration::from_millis(1), lock_max_waiters, ..Policy::default() });
    eventually(
        "all workers wait",
        || matches!(visit(&engine, &all, Some(&id)), Err(Refused::Busy(busy)) if busy.crowded),
    );
    drop(holder);
    let waits: Vec<u64> = hosts.into_iter().flat_map(waits).collect();
    let (longest, sum) = (waits.iter().max().unwrap(), waits.iter().sum::<u64>());
    eprintln!("{topology:?}: {TURNS} turns, longest wait {longest} ms, {} ms on the average", sum / waits.len() as u64);

    let session = visit(&engine, &policy, Some(&id)).unwrap();
    let turns = session.payload();
    assert_eq!(turns.len(), TURNS);
    let had = |turns: &[u8], worker| turns.iter().filter(|turn| **turn == name(worker)).count();
    for worker in 0..WORKERS {
        assert_eq!(had(turns, worker), quota(worker), "turns of worker {worker}");
    }
    // As long as all compete, nobody has less than half of a fair share: the average wait of none is twice that of all.
    let is_done = |turns: &[u8]| (0..WORKERS).any(|worker| had(turns, worker) == quota(worker));
    let competed = (1..=TURNS).find(|count| is_done(&turns[..*count])).unwrap();
    for worker in 0..WORKERS {
        let share = had(&turns[..competed], worker);
        assert!(
            2 * share * WORKERS >= competed,
            "worker {worker} had {share} of {competed} turns of {WORKERS} workers"
        );
    }
}

/// The longest wait is that of the last of the queue, and no longer.
fn turns_are_had_in_the_order_of_asking(topology: Topology) {
    const WAITERS: u16 = 12;
    let address = topology.shared().new_store();
    let hosts = [(); HOSTS].map(|()| open(&address));
    create(&*hosts[0]);
    let Acquired::Held(held, _) = hosts[0].acquire(&AT, &WAIT).unwrap() else { panic!("nobody has it") };
    let order = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..WAITERS {
            let (host, order) = (&hosts[usize::from(number) % HOSTS], &order);
            scope.spawn(move || {
                let Acquired::Held(held, _) = host.acquire(&AT, &WAIT).unwrap() else { panic!("nobody gives up") };
                order.lock().unwrap().push(number);
                drop(held);
            });
            eventually("it waits", || are_waiting(&**host, number + 1));
        }
        drop(held);
    });
    assert_eq!(order.into_inner().unwrap(), (0..WAITERS).collect::<Vec<_>>());
}

fn are_waiting(store: &dyn Store, count: u16) -> bool {
    let ask = Wait { timeout: Duration::from_millis(1), max_waiters: count };
    matches!(store.acquire(&AT, &ask).unwrap(), Acquired::Busy(busy) if busy.crowded)
}

/// Not a test: where a process that is a host comes in.
#[test]
fn host() {
    let Ok(part) = std::env::var(PART) else { return };
    let [number, store, keyring, id] = part.lines().collect::<Vec<_>>()[..] else { panic!("a part has four lines") };
    let number: usize = number.parse().unwrap();
    let engine = engine(store, Path::new(keyring));
    let policy = Arc::new(Policy { lock_wait: Duration::from_secs(60), lock_max_waiters: 60, ..Policy::default() });
    thread::scope(|scope| {
        for worker in (0..WORKERS).filter(|worker| worker % HOSTS == number) {
            let (engine, policy) = (&engine, &policy);
            scope.spawn(move || {
                take_turn(engine, policy, id, worker);
                for _ in 1..quota(worker) {
                    // The first wait was for the beginning.
                    println!("waited {}", take_turn(engine, policy, id, worker));
                }
            });
        }
    });
}

/// Answers for how many milliseconds it was waited for.
fn take_turn(engine: &Arc<Engine>, policy: &Arc<Policy>, id: &str, worker: usize) -> u128 {
    let start = Instant::now();
    let mut session = visit(engine, policy, Some(id)).unwrap();
    let waited = start.elapsed().as_millis();
    thread::sleep(Duration::from_millis(1));
    let next = [session.payload(), &[name(worker)]].concat();
    assert_eq!(session.commit(&next).unwrap(), Outcome::Done);
    waited
}

fn start(number: usize, store: &str, keyring: &Path, id: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "increments::host", "--nocapture"])
        .env(PART, format!("{number}\n{store}\n{}\n{id}", keyring.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// For how many milliseconds each turn of a host was waited for.
fn waits(host: Child) -> Vec<u64> {
    let ended = host.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "a host has failed: {said}");
    said.lines().filter_map(|line| line.split_once("waited ")?.1.parse().ok()).collect()
}

fn visit(engine: &Arc<Engine>, policy: &Arc<Policy>, id: Option<&str>) -> Result<Session, Refused> {
    let request = Request { can_set_cookie: true, ..Request::default() };
    engine.open(policy, id.map(str::as_bytes), &request, Access::Exclusive)
}

fn quota(worker: usize) -> usize {
    (TURNS + worker) / WORKERS
}

fn name(worker: usize) -> u8 {
    b'A' + u8::try_from(worker).unwrap()
}

fn engine(store: &str, keyring: &Path) -> Arc<Engine> {
    Engine::new(Setup {
        store: open(store),
        keyring: Keyring::load_or_create(keyring, "", &SystemEntropy).unwrap(),
        keyring_path: Some(keyring.to_owned()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        sink: Arc::new(NoSink),
    })
}

fn private_place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
    place
}
