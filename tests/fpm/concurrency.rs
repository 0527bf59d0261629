//! Parallel requests: they count, they take turns, they do not wait for what they need not wait for, and the death of
//! one does not stop the others.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Browser, Failure, Reply, Target};
use crate::random::Random;
use crate::server::{Server, Setup, eventually, extension, has_a_clock_that_moves, kill, skipped};
use crate::{in_parallel, knob};

#[test]
fn parallel_increments_of_one_session_all_count() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 20).start();
    let target = server.target();
    let mut browser = server.browser();
    assert_eq!(browser.get("do=increment").number("n"), 1);

    let replies = in_parallel(200, |_| target.request("do=increment", browser.id.as_deref()).unwrap());

    assert_all(&replies, |reply| reply.stored() && reply.log.is_empty());
    assert_eq!(browser.get("do=look").number("n"), 201);
}

/// Shows the first reply that is not as it should be; 200 would not help.
fn assert_all(replies: &[Reply], is_right: impl Fn(&Reply) -> bool) {
    if let Some(wrong) = replies.iter().find(|reply| !is_right(reply)) {
        panic!("one of {} replies: {wrong:#?}", replies.len());
    }
}

/// What became of the increments of one session.
#[derive(Default)]
struct Tally {
    answered: AtomicU64,
    /// The worker died: it may or may not have written before.
    unknown: AtomicU64,
}

#[test]
fn killed_workers_corrupt_nothing_and_stop_nobody() {
    let Some(extension) = extension() else { return };
    let mut random = Random::new();
    let server = Setup::new(&extension, 12).start();
    let mut browsers: Vec<Browser> = (0..6).map(|_| server.browser()).collect();
    for browser in &mut browsers {
        assert!(browser.get("do=increment").stored());
    }
    let tallies: Vec<Tally> = browsers.iter().map(|_| Tally::default()).collect();
    let over = AtomicBool::new(false);

    thread::scope(|scope| {
        for number in 0..12 {
            let (mut browser, tally, over) = (browsers[number % 6].clone(), &tallies[number % 6], &over);
            let mut random = random.fork();
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    increment(&mut browser, random.below(4), tally);
                }
            });
        }
        kill_workers(&server, &mut random, knob("SIDEREAL_TEST_KILLS", 50));
        over.store(true, Ordering::Relaxed);
    });

    for (browser, tally) in browsers.iter_mut().zip(&tallies) {
        let n = browser.get("do=look").number("n") - 1;
        let answered = tally.answered.load(Ordering::Relaxed);
        let unknown = tally.unknown.load(Ordering::Relaxed);
        println!("{n} increments are stored; {answered} were answered, of {unknown} the worker died");
        assert!(
            (answered..=answered + unknown).contains(&n),
            "{n} increments are stored, {answered} to {} should be",
            answered + unknown
        );
    }
    server.assert_store_is_intact();
}

fn increment(browser: &mut Browser, hold: usize, tally: &Tally) {
    match browser.try_get(&format!("do=increment&hold={hold}")) {
        Ok(reply) if reply.stored() => tally.answered.fetch_add(1, Ordering::Relaxed),
        Err(Failure::Broken) => tally.unknown.fetch_add(1, Ordering::Relaxed),
        other => panic!("expected an increment to count or its worker to die, found {other:?}"),
    };
}

fn kill_workers(server: &Server, random: &mut Random, count: usize) {
    for _ in 0..count {
        thread::sleep(Duration::from_millis(10 + random.below(40) as u64));
        let workers = server.workers();
        if !workers.is_empty() {
            kill(workers[random.below(workers.len())], libc::SIGKILL);
        }
    }
}

#[test]
fn a_lock_does_not_outlive_its_holder() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 4).start();
    let target = server.target();
    let mut browser = server.browser();
    browser.get("do=increment");
    let id = browser.id.as_deref();

    let mut waits: Vec<Duration> =
        (0..5).map(|number| wait_after_the_death_of_a_holder(&server, &target, id, number)).collect();

    waits.sort();
    println!("{waits:?}");
    // One second is the promise. The worst of five may have met a machine that had something else to do.
    assert!(waits[2] < Duration::from_secs(1) && waits[4] < Duration::from_secs(5), "{waits:?}");
    assert_eq!(browser.get("do=look").number("n"), 1 + 5);
}

/// How long somebody who waits for a session goes on waiting after its holder was killed.
fn wait_after_the_death_of_a_holder(server: &Server, target: &Target, id: Option<&str>, number: usize) -> Duration {
    let announced = server.path(&format!("holder.{number}"));
    thread::scope(|scope| {
        let query = format!("do=increment&until=/nonexistent&announce={}", announced.display());
        let holder = scope.spawn(move || target.request(&query, id));
        assert!(eventually(Duration::from_secs(20), || announced.exists()));
        let waiter = scope.spawn(move || (target.request("do=increment", id), Instant::now()));
        // Not needed for the test to pass; with it the waiter has most likely begun to wait.
        thread::sleep(Duration::from_millis(50));
        let killed = Instant::now();
        kill(fs::read_to_string(&announced).unwrap().parse().unwrap(), libc::SIGKILL);
        let (reply, answered) = waiter.join().unwrap();
        assert!(reply.unwrap().stored());
        assert!(matches!(holder.join().unwrap(), Err(Failure::Broken)));
        answered.duration_since(killed)
    })
}

/// A22: one user sends 200 slow requests at once. Without a limit on waiters they would occupy every worker.
#[test]
fn slow_requests_of_one_session_do_not_stop_other_users() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 8).ini("sidereal.lock_max_waiters=3").start();
    let target = server.target();
    let mut attacker = server.browser();
    attacker.get("do=increment");
    let mut others: Vec<Browser> = (0..4).map(|_| server.browser()).collect();
    others.iter_mut().for_each(|browser| assert!(browser.get("do=increment").stored()));
    let under_way = AtomicUsize::new(200);

    let (replies, served) = thread::scope(|scope| {
        let id = attacker.id.as_deref();
        let (target, under_way) = (&target, &under_way);
        let attack = scope.spawn(move || {
            in_parallel(200, |_| {
                let reply = target.request("do=increment&hold=100", id).unwrap();
                under_way.fetch_sub(1, Ordering::Relaxed);
                reply
            })
        });
        let mut served = 0;
        while under_way.load(Ordering::Relaxed) > 0 {
            for browser in &mut others {
                assert!(browser.get("do=increment").stored());
                served += 1;
            }
        }
        (attack.join().unwrap(), served)
    });

    let stored = replies.iter().filter(|reply| reply.stored()).count();
    let refused = replies.len() - stored;
    println!("{stored} slow requests were served and {refused} refused, and {served} of others served meanwhile");
    assert_all(&replies, |reply| {
        reply.stored()
            || reply.status == 200 && reply.log.is_one_warning(&["sidereal.lock_max_waiters", "held by process"])
    });
    assert!(stored >= 4 && refused >= 100, "{stored} served, {refused} refused");
    assert!(served >= 4);
    assert_eq!(attacker.get("do=look").number("n"), 1 + stored as u64);
}

#[test]
fn rotation_has_one_winner_among_parallel_requests() {
    let Some(extension) = extension() else { return };
    if !has_a_clock_that_moves(&extension) {
        return skipped("this library's clock can not be moved; 'make build-test' builds one whose clock can");
    }
    let setup = Setup::new(&extension, 20);
    let clock = setup.path("clock");
    let server = setup.ini(&format!("sidereal.test_clock=\"{}\"", clock.display())).start();
    let target = server.target();
    let mut browser = server.browser();
    browser.get("do=increment");
    let old = browser.id.clone();
    server.pass_time(901);

    let replies = in_parallel(20, |_| target.request("do=increment", old.as_deref()).unwrap());

    assert_all(&replies, |reply| reply.stored() && reply.log.is_empty());
    let winners: Vec<&str> = replies.iter().filter_map(|reply| reply.new_id()).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(replies.iter().map(|reply| reply.set_cookies.len()).sum::<usize>(), 1);
    assert_ne!(Some(winners[0]), old.as_deref());

    browser.id = Some(winners[0].to_owned());
    assert_eq!(browser.get("do=increment").number("n"), 22);
    let late = target.request("do=increment", old.as_deref()).unwrap();
    assert_eq!(
        (late.number("n"), late.set_cookies.len()),
        (23, 0),
        "a late request under the old ID is served, and gets no cookie"
    );
}

/// R48. That readers do not wait is seen from who ends first, not from a clock.
#[test]
fn readers_do_not_wait_for_a_writer_nor_for_each_other() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 8).start();
    let target = server.target();
    let mut browser = server.browser();
    browser.get("do=increment");
    let id = browser.id.as_deref();
    let (announced, released) = (server.path("holder"), server.path("released"));

    thread::scope(|scope| {
        let query = format!("do=increment&announce={}&until={}", announced.display(), released.display());
        let (target, released) = (&target, &released);
        let writer = scope.spawn(move || target.request(&query, id).unwrap());
        assert!(eventually(Duration::from_secs(20), || announced.exists()));

        // Each goes on only when all seven have their session open.
        let readers = in_parallel(7, |number| {
            let mine = server.path(&format!("reader.{number}"));
            let last = server.path("reader.6");
            target.request(&format!("do=read&announce={}&until={}", mine.display(), last.display()), id).unwrap()
        });

        assert_all(&readers, |reply| reply.opened() && reply.number("n") == 1);
        assert!(!writer.is_finished());
        fs::write(released, "").unwrap();
        assert!(writer.join().unwrap().stored());
    });
    assert_eq!(browser.get("do=look").number("n"), 2);
}
