//! Hours of use in minutes: visitors come, log in and out and leave, IDs rotate, sessions expire, workers die. What
//! must not grow is watched, what must not happen is looked for in the event log.
//!
//! Runs only when asked for: `make soak`. `SIDEREAL_SOAK_SECONDS` says for how long.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Browser, Failure, Reply};
use crate::knob;
use crate::random::Random;
use crate::server::{Server, Setup, extension, has_a_clock_that_moves, kill, own_memory, skipped};

/// Seconds that pass for the server in one of ours: a rotation every 9 of them, an absolute timeout after 432.
const SPEED: u64 = 100;
/// Clients at a time, each with a population of its own.
const CLIENTS: usize = 6;
const POPULATION: usize = 20;

/// A visitor, and what is known of the session.
struct Visitor {
    browser: Browser,
    /// `None` after a request that died: what it did is not known.
    n: Option<u64>,
}

impl Visitor {
    fn new(browser: Browser) -> Self {
        Self { browser, n: Some(0) }
    }

    /// One random request. Answers whether the visitor comes back.
    fn act(&mut self, random: &mut Random) -> Result<bool, Failure> {
        match random.below(60) {
            0 => self.leave("do=logout"),
            1 => Ok(false),
            2..5 => self.ask(&format!("do=login&user=user{}", random.below(50)), 0),
            5..10 => self.ask(&format!("do=store&size={}", 1 + random.below(20_000)), 1),
            10..20 => self.ask("do=read", 0),
            20..30 => self.ask("do=look", 0),
            30..35 => self.ask("do=forget", 1),
            _ => self.ask(&format!("do=increment&hold={}", random.below(3)), 1),
        }
    }

    fn leave(&mut self, query: &str) -> Result<bool, Failure> {
        let reply = self.browser.try_get(query)?;
        assert_eq!(reply.text("destroyed"), "yes", "{reply:#?}");
        Ok(false)
    }

    fn ask(&mut self, query: &str, more: u64) -> Result<bool, Failure> {
        let reply = self.browser.try_get(query)?;
        assert!(reply.opened() && reply.log.is_empty(), "{query}: {reply:#?}");
        self.check(&reply, more);
        Ok(true)
    }

    /// No write is lost while no worker dies.
    fn check(&mut self, reply: &Reply, more: u64) {
        let found = reply.number("n");
        if let Some(n) = self.n {
            assert_eq!(found, n + more, "{reply:#?}");
        }
        self.n = Some(found);
    }
}

fn visit(server: &Server, random: &mut Random, over: &AtomicBool, requests: &AtomicU64) {
    let mut visitors: Vec<Visitor> = (0..POPULATION).map(|_| Visitor::new(server.browser())).collect();
    while !over.load(Ordering::Relaxed) {
        let visitor = &mut visitors[random.below(POPULATION)];
        match visitor.act(random) {
            Ok(true) => {}
            Ok(false) => *visitor = Visitor::new(server.browser()),
            Err(Failure::Broken) => visitor.n = None,
            Err(Failure::Hung) => panic!("a request got no answer"),
        }
        requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// What must not grow.
#[derive(Debug, Default)]
struct Sizes {
    /// Of the largest worker, in KiB.
    memory: u64,
    /// Of the worker with the most.
    open_files: usize,
    store_files: usize,
    /// In KiB.
    database: u64,
    /// SQLite's write-ahead log, in KiB.
    wal: u64,
}

impl Sizes {
    fn of(server: &Server) -> Self {
        let workers = server.workers();
        let size = |name: &str| fs::metadata(server.path("store").join(name)).map_or(0, |meta| meta.len() >> 10);
        let count = |path: &str| fs::read_dir(path).map_or(0, Iterator::count);
        Self {
            memory: workers.iter().filter_map(|pid| own_memory(*pid)).max().unwrap_or(0),
            open_files: workers.iter().map(|pid| count(&format!("/proc/{pid}/fd"))).max().unwrap_or(0),
            store_files: count(&server.path("store").to_string_lossy()),
            database: size("sessions.db"),
            wal: size("sessions.db-wal"),
        }
    }

    fn check(&self) {
        assert!(self.memory < 32 << 10, "a worker has {} KiB", self.memory);
        assert!(self.open_files < 100, "a worker has {} files open", self.open_files);
        assert!(self.store_files < 40, "there are {} files in the store's directory", self.store_files);
        assert!(self.wal < 32 << 10, "the write-ahead log has {} KiB", self.wal);
    }
}

#[test]
#[ignore = "takes minutes: make soak"]
fn nothing_grows_and_nothing_is_lost_in_a_long_time() {
    let Some(extension) = extension() else { return };
    if !has_a_clock_that_moves(&extension) {
        return skipped("this library's clock can not be moved; 'make build-test' builds one whose clock can");
    }
    let mut random = Random::new();
    let setup = Setup::new(&extension, 8);
    let clock = setup.path("clock");
    let server = setup.ini(&format!("sidereal.test_clock=\"{}\"", clock.display())).start();
    let length = Duration::from_secs(knob("SIDEREAL_SOAK_SECONDS", 600) as u64);
    let (over, requests) = (AtomicBool::new(false), AtomicU64::new(0));

    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let mut random = random.fork();
            let (server, over, requests) = (&server, &over, &requests);
            scope.spawn(move || {
                // Whatever happens to this client, the others end, too.
                let _ends = EndsAll(over);
                visit(server, &mut random, over, requests);
            });
        }
        let _ends = EndsAll(&over);
        watch(&server, &mut random, length, &over, &requests);
    });

    server.assert_store_is_intact();
    let events = fs::read_to_string(server.path("events.jsonl")).unwrap();
    for word in ["SEAL", "seal", "obsolete", "CRITICAL", "store_down"] {
        let found = events.lines().find(|line| line.contains(word));
        assert!(found.is_none(), "an event that should not have happened: {found:?}");
    }
}

/// Sets a flag when it goes out of scope, also by a panic.
struct EndsAll<'a>(&'a AtomicBool);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn watch(server: &Server, random: &mut Random, length: Duration, over: &AtomicBool, requests: &AtomicU64) {
    let start = Instant::now();
    let mut seconds = 0;
    let mut half_time = Sizes::default();
    while start.elapsed() < length && !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_secs(1));
        seconds += 1;
        server.pass_time(seconds * SPEED);
        let workers = server.workers();
        if seconds % 7 == 0 && !workers.is_empty() {
            kill(workers[random.below(workers.len())], libc::SIGKILL);
        }
        let sizes = Sizes::of(server);
        sizes.check();
        if seconds % 10 == 0 {
            println!("{seconds} s: {} requests, {sizes:?}", requests.load(Ordering::Relaxed));
        }
        if start.elapsed() < length / 2 {
            half_time = sizes;
        }
    }
    let sizes = Sizes::of(server);
    // From the longest lifetime on, as many sessions go as come; before that the log-outs that are remembered grow.
    if seconds / 2 > 12 * 3600 / SPEED {
        assert!(sizes.database < half_time.database * 3 / 2 + 4096, "{half_time:?} became {sizes:?}");
    }
}
