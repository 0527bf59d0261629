//! What a record lock costs here: `cargo run --release --example lockbench [processes] [seconds] [directory]`.
//!
//! Prints the cost of a lock that nobody else wants, the time from a release to the next owner, how fairly processes
//! that relock at once share one record (Jain index: 1 is equal, 1/n is one of n gets all), and the time from
//! the death of a holder to the next owner.
#![allow(clippy::print_stdout)] // A program for people.
#![allow(clippy::disallowed_methods)] // Measures real time.

use std::env;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use sidereal_core::lock::{Acquire, Lock, Locks, Wait};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const KEY: u64 = 0x5a5a_1234_5678_9abc;
const WAIT: Wait = Wait { timeout: Duration::from_secs(60), max_waiters: 64 };

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    match argument(0) {
        Some("rival") => rival(Path::new(argument(1).unwrap_or("."))),
        Some("holder") => hold(Path::new(argument(1).unwrap_or(".")), argument(2).unwrap_or("1").parse()?),
        _ => {
            let (processes, seconds) = (argument(0).unwrap_or("8").parse()?, argument(1).unwrap_or("2").parse()?);
            let parent = argument(2).map_or_else(env::temp_dir, PathBuf::from);
            let dir = parent.join(format!("lockbench-{}", std::process::id()));
            fs::create_dir(&dir)?;
            let result = bench(&dir, processes, seconds);
            fs::remove_dir_all(&dir)?;
            result
        }
    }
}

fn bench(dir: &Path, processes: usize, seconds: u64) -> Result<()> {
    let start = Instant::now();
    let locks = Locks::open(dir)?;
    println!("first open                    {:>9.1} us", micros(start.elapsed()));
    let start = Instant::now();
    drop(Locks::open(dir)?);
    println!("later open                    {:>9.1} us", micros(start.elapsed()));
    println!("uncontended, one record       {:>9.3} us", uncontended(&locks, 1)?);
    println!("uncontended, 100,000 records  {:>9.3} us", uncontended(&locks, 100_000)?);
    for held in [64, 512] {
        let mut holder = start_child("holder", dir, held)?;
        println!("  {held:>3} others held             {:>9.3} us", uncontended(&locks, 100_000)?);
        holder.kill()?;
        holder.wait()?;
    }
    share_one_record(dir, processes, seconds)?;
    bury_holders(dir, &locks)
}

/// The median over batches of one lock and unlock, in us.
fn uncontended(locks: &Locks, records: u64) -> Result<f64> {
    const BATCH: u32 = 1000;
    let mut costs = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        for n in 0..u64::from(BATCH) {
            drop(take(locks, mix(n % records))?);
        }
        costs.push(start.elapsed() / BATCH);
    }
    Ok(micros(percentile(&mut costs, 50)))
}

/// Spreads small numbers over all bits, as hashes of records are.
fn mix(number: u64) -> u64 {
    (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn take(locks: &Locks, key: u64) -> Result<Lock> {
    match locks.acquire(key, &WAIT)? {
        Acquire::Held(lock) => Ok(lock),
        other => Err(format!("expected the lock, found {other:?}").into()),
    }
}

fn share_one_record(dir: &Path, processes: usize, seconds: u64) -> Result<()> {
    let mut rivals = Vec::new();
    for _ in 0..processes {
        rivals.push(start_child("rival", dir, 0)?);
    }
    thread::sleep(Duration::from_secs(seconds));
    fs::write(dir.join("stop"), "")?;
    let (mut handovers, mut waits, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    for mut rival in rivals {
        let mut output = String::new();
        rival.stdout.take().ok_or("no pipe")?.read_to_string(&mut output)?;
        rival.wait()?;
        turns.push(output.lines().count() as f64);
        for line in output.lines() {
            let (handover, wait) = line.split_once(' ').ok_or("no sample")?;
            handovers.push(Duration::from_nanos(handover.parse()?));
            waits.push(Duration::from_nanos(wait.parse()?));
        }
    }
    let sum: f64 = turns.iter().sum();
    let squares: f64 = turns.iter().map(|turn| turn * turn).sum();
    let spread = turns.iter().fold((f64::MAX, 0f64), |(min, max), turn| (min.min(*turn), max.max(*turn)));
    println!("{processes} processes relocking at once, {seconds} s:");
    println!("  turns a second              {:>9.0}", sum / seconds as f64);
    println!(
        "  Jain index                  {:>9.4}  ({} to {} turns)",
        sum * sum / squares / turns.len() as f64,
        spread.0,
        spread.1
    );
    for (name, samples) in [("hand-over", &mut handovers), ("wait", &mut waits)] {
        let [p50, p99, most] = [50, 99, 100].map(|percent| micros(percentile(samples, percent)));
        println!("  {name:<9} p50, p99, most   {p50:>9.1} {p99:.1} {most:.1} us");
    }
    Ok(())
}

/// Locks and unlocks one record until told to stop; then prints, for every turn, how long ago the one before had ended
/// and how long this one was waited for, in ns.
fn rival(dir: &Path) -> Result<()> {
    let locks = Locks::open(dir)?;
    let released = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join("released"))?;
    let stop = dir.join("stop");
    println!("ready");
    let mut samples = String::new();
    let mut turn = 0u64;
    while !turn.is_multiple_of(64) || !stop.exists() {
        let start = wall_clock()?;
        let lock = take(&locks, KEY)?;
        let now = wall_clock()?;
        let before = read_number(&released)?;
        samples += &format!("{} {}\n", now.saturating_sub(before.max(start)), now.saturating_sub(start));
        released.write_all_at(&wall_clock()?.to_le_bytes(), 0)?;
        drop(lock);
        turn += 1;
    }
    std::io::stdout().write_all(samples.as_bytes())?;
    Ok(())
}

fn wall_clock() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos())?)
}

fn read_number(file: &File) -> Result<u64> {
    let mut bytes = [0; 8];
    file.read_at(&mut bytes, 0)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Holds `count` records until killed, [`KEY`] first.
fn hold(dir: &Path, count: u64) -> Result<()> {
    let locks = Locks::open(dir)?;
    let first = take(&locks, KEY)?;
    let others: Vec<Lock> = (1..count).map(|n| take(&locks, !mix(n))).collect::<Result<_>>()?;
    println!("ready");
    thread::sleep(Duration::from_secs(3600));
    drop((first, others));
    Ok(())
}

fn bury_holders(dir: &Path, locks: &Locks) -> Result<()> {
    let mut delays = Vec::new();
    for round in 0..50 {
        let mut holder = start_child("holder", dir, 1)?;
        let (killed, owned) = thread::scope(|scope| {
            let waiter = scope.spawn(|| take(locks, KEY).map(|_| Instant::now()).map_err(|error| error.to_string()));
            let one = Wait { timeout: Duration::ZERO, max_waiters: 1 };
            while !matches!(locks.acquire(KEY, &one)?, Acquire::TooManyWaiters(_)) {
                thread::yield_now();
            }
            // At another moment of the waiter's sleep each time.
            thread::sleep(Duration::from_micros(400 * round));
            let killed = Instant::now();
            holder.kill()?;
            Ok::<_, Box<dyn Error>>((killed, waiter.join().map_err(|_| "the waiter has panicked")??))
        })?;
        holder.wait()?;
        delays.push(owned.saturating_duration_since(killed));
    }
    let [p50, most] = [50, 100].map(|percent| micros(percentile(&mut delays, percent)));
    println!("next owner after kill -9, p50, most {p50:.0} {most:.0} us");
    Ok(())
}

/// Starts a part of this program as a process of its own; returns when it is ready.
fn start_child(part: &str, dir: &Path, number: u64) -> Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    let mut child = command.arg(part).arg(dir).arg(number.to_string()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.as_mut().ok_or("no pipe")?;
    let mut line = [0; 6];
    output.read_exact(&mut line)?;
    Ok(child)
}

fn percentile(samples: &mut [Duration], percent: usize) -> Duration {
    samples.sort_unstable();
    samples.get((samples.len() * percent / 100).min(samples.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
