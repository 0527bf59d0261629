//! Microseconds for each operation of the embedded store.
//!
//! `cargo run --release -p sidereal-core --features test-support --example storebench -- [rows] [processes] [directory]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sidereal_core::clock::Time;
use sidereal_core::id::{Family, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::store::sqlite::SqliteStore;
use sidereal_core::store::{Acquired, Change, Due, Lease, New, Old, Store};

const META: [u8; 200] = [1; 200];
const WAIT: Wait = Wait { timeout: Duration::from_secs(10), max_waiters: 32 };
const START: i64 = 1_800_000_000_000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|first| first == "worker") {
        return worker(
            Path::new(&args[2]),
            args[3].parse().unwrap(),
            args[4].parse().unwrap(),
            args[5].parse().unwrap(),
        );
    }
    let rows: u64 = args.get(1).map_or(10_000, |n| n.parse().unwrap());
    let processes: u64 = args.get(2).map_or(8, |n| n.parse().unwrap());
    let dir = args
        .get(3)
        .map_or_else(|| std::env::temp_dir().join(format!("storebench-{}", std::process::id())), PathBuf::from);
    let store = SqliteStore::open(&dir).unwrap();
    let filled = store.stats().unwrap().rows;
    let payload = vec![7; 2048];
    let started = Instant::now();
    for n in filled..rows {
        assert_eq!(store.create(&new(n, &payload)).unwrap(), sidereal_core::store::Created::Done);
        if n % 256 == 0 {
            store.idle();
        }
    }
    store.idle();
    println!("{rows} rows, filled in {:?}", started.elapsed());
    if std::env::var_os("SB_MANY").is_none() {
        single(&store, rows, payload);
    }
    many(&dir, rows, processes);
    sweep(&store, rows / 10);
    if args.len() <= 3 {
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

fn single(store: &SqliteStore, rows: u64, mut payload: Vec<u8>) {
    let mut random = Random(42);
    let mut pick = || random.next() % rows;
    (0..rows.min(50_000)).for_each(|_| drop(store.load(&at(pick())).unwrap().unwrap()));
    report(store, "load", || drop(store.load(&at(pick())).unwrap().unwrap()));
    report(store, "load, nothing there", || assert!(store.load(&at(pick() + (1 << 40))).unwrap().is_none()));
    report(store, "acquire + drop", || drop(acquire(store, pick())));
    report(store, "acquire + save", || {
        vary(&mut payload);
        save(store, pick(), &payload);
    });
    report(store, "acquire + touch", || {
        let (lease, version, n) = acquire(store, pick());
        let _ = store.touch(Some(lease), &change(n, version, None)).unwrap();
    });
    let mut next = rows + (1 << 32) + u64::from(std::process::id()) * 1_000_000_000;
    report(store, "create", || {
        next += 1;
        let _ = store.create(&new(next, &payload)).unwrap();
    });
    report(store, "elevate an unstored one", || {
        next += 2;
        let (mut old, mut new) = (new(next, &payload), new(next + 1, &payload));
        (old.payload, new.generation) = (None, 1);
        new.family = old.family;
        let _ = store.elevate(&Old::Unstored(old), &new).unwrap();
    });
}

fn many(dir: &Path, rows: u64, processes: u64) {
    let exe = std::env::current_exe().unwrap();
    let seconds = 4;
    let children: Vec<_> = (0..processes)
        .map(|n| {
            let share = rows / processes;
            let args = [dir.display().to_string(), (n * share).to_string(), share.to_string(), seconds.to_string()];
            Command::new(&exe).arg("worker").args(args).stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut latencies = Vec::new();
    for child in children {
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success());
        latencies
            .extend(String::from_utf8(out.stdout).unwrap().split_whitespace().map(|us| us.parse::<u32>().unwrap()));
    }
    latencies.sort_unstable();
    let at = |q: f64| latencies[((latencies.len() - 1) as f64 * q) as usize];
    println!(
        "{processes} processes, half saves: {} cycles/s, us p50 {} p99 {} p99.9 {} max {}",
        latencies.len() / seconds as usize,
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// Removes what was created first, in batches as the engine does. Some of it has been saved since and stays.
fn sweep(store: &SqliteStore, rows: u64) {
    let by = new(rows, &[]).due.delete;
    let (started, mut batches, mut deleted) = (Instant::now(), Vec::new(), 0);
    loop {
        let began = Instant::now();
        let swept = store.sweep(by, 50, u64::MAX).unwrap();
        batches.push(began.elapsed());
        deleted += swept.deleted;
        store.idle();
        if !swept.more {
            break;
        }
    }
    batches.sort_unstable();
    let (middle, slowest) = (batches[batches.len() / 2], batches[batches.len() - 1]);
    println!("sweep: {deleted} rows in {:.1?}, a batch of 50 p50 {middle:.1?} max {slowest:.1?}", started.elapsed());
}

/// Half of the cycles save, the other half find nothing to write.
fn worker(dir: &Path, first: u64, share: u64, seconds: u64) {
    let store = SqliteStore::open(dir).unwrap();
    let mut payload = vec![8; 2048];
    let mut random = Random(first + 1);
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < Duration::from_secs(seconds) {
        let n = first + random.next() % share;
        vary(&mut payload);
        let began = Instant::now();
        if random.next().is_multiple_of(2) {
            save(&store, n, &payload)
        } else {
            drop(acquire(&store, n))
        }
        latencies.push(began.elapsed().as_micros() as u32);
        store.idle();
    }
    let text: Vec<String> = latencies.iter().map(u32::to_string).collect();
    println!("{}", text.join(" "));
}

/// Sealed bytes are new each time; SQLite notices pages that stay the same.
fn vary(payload: &mut [u8]) {
    let next = payload[0].wrapping_add(1);
    payload.fill(next);
}

fn save(store: &SqliteStore, n: u64, payload: &[u8]) {
    let (lease, version, n) = acquire(store, n);
    let _ = store.save(lease, &change(n, version, Some(payload))).unwrap();
}

fn acquire(store: &SqliteStore, n: u64) -> (Lease, u64, u64) {
    match store.acquire(&at(n), &WAIT).unwrap() {
        Acquired::Held(lease, Some(found)) => (lease, found.row.version, n),
        other => panic!("{other:?}"),
    }
}

/// Times each call by itself, so that what else runs on the machine shows in the tail only.
fn report(store: &SqliteStore, what: &str, mut work: impl FnMut()) {
    let (mut calls, mut idles) = (Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let started = Instant::now();
        work();
        let done = Instant::now();
        store.idle();
        let idle = done.elapsed();
        calls.push((done - started).as_nanos() as f64 / 1000.0);
        if idle.as_micros() > 50 {
            idles.push(idle.as_nanos() as f64 / 1000.0)
        }
    }
    calls.sort_by(f64::total_cmp);
    idles.sort_by(f64::total_cmp);
    let at = |q: f64| calls[((calls.len() - 1) as f64 * q) as usize];
    print!("{what:26} us: p10 {:6.2}  p50 {:6.2}  p90 {:6.2}  p99 {:7.2}", at(0.1), at(0.5), at(0.9), at(0.99));
    match idles.as_slice() {
        [] => println!(),
        [.., last] => println!(
            "   {} checkpoints, p50 {:.1} ms, max {:.1} ms",
            idles.len(),
            idles[idles.len() / 2] / 1000.0,
            last / 1000.0
        ),
    }
}

fn at(n: u64) -> Locator {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mix(n).to_be_bytes());
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Locator(bytes)
}

fn new(n: u64, payload: &[u8]) -> New<'_> {
    let due = Due { erase: None, delete: Time::from_millis(START + i64::try_from(n / 50).unwrap()) };
    New {
        at: at(n),
        family: Family(at(n).0),
        generation: 0,
        subject: n.is_multiple_of(2).then_some(Tag([(n % 251) as u8; 16])),
        prefix: None,
        cap: None,
        ended: None,
        meta: &META,
        payload: Some(payload),
        due,
    }
}

fn change(n: u64, version: u64, payload: Option<&[u8]>) -> Change<'_> {
    let due = Due { erase: None, delete: Time::from_millis(START + i64::try_from(n / 50).unwrap() + 1_800_000) };
    Change { at: at(n), version, meta: &META, payload, due }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
