//! Pools of several hosts on one server: php-fpm with its store on Redis. Two pools with engines of their own stand for two hosts.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sidereal_core::entropy::SystemEntropy;
use sidereal_core::keys::Keyring;
use sidereal_test_servers::{Server as Redis, Topology, single, single_with_password};

use crate::client::Reply;
use crate::in_parallel;
use crate::isolation::what_one_revokes_the_other_denies;
use crate::random::Random;
use crate::server::{Server, Setup, eventually, extension};

/// A setup whose store is at `address`, with a keyring that each of its pools has.
fn setup(extension: &Path, workers: usize, address: &str) -> Setup {
    let setup = Setup::new(extension, workers);
    setup.make_directory("keys");
    let keyring = setup.path("keys/keyring");
    // Made by the one who starts the test, and then the workers'.
    let made = tempfile::tempdir().unwrap();
    fs::set_permissions(made.path(), fs::Permissions::from_mode(0o700)).unwrap();
    Keyring::load_or_create(&made.path().join("keyring"), "", &SystemEntropy).unwrap();
    setup.make_file("keys/keyring", &fs::read(made.path().join("keyring")).unwrap(), 0o600);
    setup.ini(&format!("sidereal.keyring=\"{}\"", keyring.display())).ini(&format!("sidereal.store=\"{address}\""))
}

/// Two pools, which are as two hosts to each other: nothing but the server and a copy of the keyring is common to them.
fn hosts(extension: &Path, workers: usize, address: &str) -> Server {
    let setup = setup(extension, workers, address);
    let pools = ["east", "west"];
    pools.iter().fold(setup, |setup, name| setup.pool(name, "sidereal.lock_max_waiters", "60")).start()
}

/// What the server is told, command by command, while `body` runs.
fn overhear(server: &Redis, body: impl FnOnce()) -> String {
    let mut stream = UnixStream::connect(server.socket()).unwrap();
    stream.write_all(b"MONITOR\r\n").unwrap();
    let mut listener = stream.try_clone().unwrap();
    let heard = std::thread::spawn(move || {
        let mut heard = Vec::new();
        let _ = listener.read_to_end(&mut heard);
        heard
    });
    body();
    // What was said before is heard before.
    let _ = server.cli(&["PING", "the end"]);
    std::thread::sleep(Duration::from_millis(300));
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    String::from_utf8_lossy(&heard.join().unwrap()).into_owned()
}

#[test]
fn a_session_on_a_server_lives_over_requests_of_both_hosts_until_it_is_logged_out() {
    let Some(extension) = extension() else { return };
    let redis = single();
    let server = hosts(&extension, 2, &redis.url());
    let mut browser = server.pool("east").browser();
    assert_eq!(browser.get("do=increment").number("n"), 1);
    let mut there = server.pool("west").browser();
    there.id = browser.id.clone();
    assert_eq!(there.get("do=increment").number("n"), 2);
    assert_eq!(browser.get("do=login&user=alice").text("user"), "alice");
    let anonymous = there.get("do=look");
    assert_eq!((anonymous.number("n"), anonymous.text("user")), (2, "-"), "the ID from before has what it had");
    there.id = browser.id.clone();
    assert_eq!(there.get("do=read").text("user"), "alice", "read_and_close");
    let stored = browser.get("do=store&size=100000");
    assert!(stored.stored() && stored.log.is_empty(), "{stored:?}");
    assert_eq!(there.get("do=look").number("size"), 100_000);
    let old = browser.id.clone();
    assert_eq!(there.get("do=logout").text("destroyed"), "yes");
    browser.id = old;
    let after = browser.get("do=why");
    assert_eq!((after.text("user"), after.text("why")), ("-", "logged_out"), "{after:?}");
}

sidereal_test_servers::on_every_topology! {
    r46_a_thousand_increments_from_two_hosts_all_count
}

/// Two hosts, 32 workers, one session.
fn r46_a_thousand_increments_from_two_hosts_all_count(topology: Topology) {
    let Some(extension) = extension() else { return };
    let servers = topology.shared();
    servers.open_to_all_users();
    let server = hosts(&extension, 16, &servers.new_store());
    let mut browser = server.pool("east").browser();
    assert_eq!(browser.get("do=increment").number("n"), 1);
    let id = browser.id.clone();
    let longest = AtomicU64::new(0);
    let targets = [server.pool("east"), server.pool("west")];

    in_parallel(32, |worker| {
        for _ in 0..(1000 + worker) / 32 {
            let start = Instant::now();
            let reply = targets[worker % 2].request("do=increment", id.as_deref()).unwrap();
            assert!(reply.stored() && reply.log.is_empty(), "{reply:?}");
            longest.fetch_max(u64::try_from(start.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
        }
    });

    println!("{topology:?}: the longest request took {} ms", longest.load(Ordering::Relaxed));
    assert_eq!(browser.get("do=look").number("n"), 1 + 1000);
}

#[test]
fn a27_what_one_host_revokes_the_other_denies_on_its_very_next_request() {
    let Some(extension) = extension() else { return };
    let redis = single();
    what_one_revokes_the_other_denies(&hosts(&extension, 2, &redis.url()));
}

#[test]
fn r48_readers_of_a_session_on_a_server_do_not_wait_for_its_writer() {
    let Some(extension) = extension() else { return };
    let redis = single();
    let server = hosts(&extension, 2, &redis.url());
    let mut browser = server.pool("east").browser();
    browser.get("do=increment");
    let id = browser.id.as_deref();
    let (announced, released) = (server.path("holder"), server.path("released"));
    std::thread::scope(|scope| {
        let query = format!("do=increment&announce={}&until={}", announced.display(), released.display());
        let (east, west) = (server.pool("east"), server.pool("west"));
        let writer = scope.spawn(move || east.request(&query, id).unwrap());
        assert!(eventually(Duration::from_secs(20), || announced.exists()));
        for _ in 0..5 {
            let reader = west.request("do=read", id).unwrap();
            assert!(reader.opened() && reader.number("n") == 1 && reader.log.is_empty(), "{reader:?}");
        }
        assert!(!writer.is_finished());
        fs::write(&released, "").unwrap();
        assert!(writer.join().unwrap().stored());
    });
    assert_eq!(browser.get("do=look").number("n"), 2);
}

#[test]
fn a_server_that_is_down_is_one_warning_and_a_living_request() {
    let Some(extension) = extension() else { return };
    let mut redis = single_with_password("hunter2");
    let address = format!("redis://:hunter2@127.0.0.1:{}?total_timeout_ms=1000", redis.port());
    let server = hosts(&extension, 2, &address);
    let mut browser = server.pool("east").browser();
    assert_eq!(browser.get("do=increment").number("n"), 1);
    redis.kill();
    let start = Instant::now();
    for query in ["do=increment", "do=read", "do=look"] {
        let reply = browser.get(query);
        assert_eq!((reply.status, reply.text("open")), (200, "no"), "{query}: {reply:?}");
        let shown = format!("redis://127.0.0.1:{}", redis.port());
        assert!(reply.log.is_one_warning(&[&shown, "sidereal.store", "no connection"]), "{query}: {reply:?}");
        assert!(!format!("{reply:?}").contains("hunter2"), "{reply:?}");
        assert!(reply.set_cookies.is_empty(), "the client keeps what it has: {reply:?}");
    }
    for query in ["do=increment", "do=read", "do=login&user=alice"] {
        let reply = server.pool("west").browser().get(query);
        assert_eq!((reply.status, reply.text("open")), (200, "no"), "somebody new, {query}: {reply:?}");
        assert!(reply.log.is_one_warning(&["sidereal.store", "no connection"]), "{query}: {reply:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    redis.restart();
    assert!(eventually(Duration::from_secs(20), || browser.get("do=look").opened()), "the store is back");
    let events = fs::read_to_string(server.path("events.jsonl")).unwrap();
    assert!(events.contains("store_down") && !events.contains("hunter2"), "{events}");
}

#[test]
fn a_wrong_password_is_a_sentence_without_it() {
    let Some(extension) = extension() else { return };
    let redis = single_with_password("correct");
    let refused = |settings: &dyn Fn(Setup) -> Setup, words: &[&str]| {
        let server = settings(setup(&extension, 1, &redis.url())).start();
        let reply = server.browser().get("do=increment");
        assert_eq!((reply.status, reply.text("open")), (200, "no"), "{reply:?}");
        assert!(reply.log.is_one_warning(words), "{reply:?}");
        assert!(!format!("{reply:?}").contains("hunter2"), "{reply:?}");
    };
    let from_file = |mode: u32, text: &'static str| {
        move |setup: Setup| {
            setup.make_file("keys/password", text.as_bytes(), mode);
            let file = setup.path("keys/password");
            setup.ini(&format!("sidereal.store_password_file=\"{}\"", file.display()))
        }
    };
    refused(&|setup| setup, &["sidereal.store_password_file", "redis://127.0.0.1"]);
    refused(&from_file(0o600, "hunter2\n"), &["sidereal.store_password_file", "redis://127.0.0.1"]);
    refused(&from_file(0o640, "hunter2\n"), &["sidereal.store_password_file", "0640", "change the password"]);
    let server = from_file(0o600, "correct\n")(setup(&extension, 1, &redis.url())).start();
    assert!(server.browser().get("do=increment").stored());
}

#[test]
fn a_store_on_a_server_takes_a_keyring_that_is_there() {
    let Some(extension) = extension() else { return };
    let redis = single();
    for keyring in ["", "keys/absent"] {
        let setup = setup(&extension, 1, &redis.url());
        let path = if keyring.is_empty() { String::new() } else { setup.path(keyring).display().to_string() };
        let server = setup.ini(&format!("sidereal.keyring=\"{path}\"")).start();
        let reply = server.browser().get("do=increment");
        assert_eq!(reply.text("open"), "no");
        assert!(reply.log.is_one_warning(&["sidereal.keyring"]), "{reply:?}");
        assert!(!server.path("keys/absent").exists(), "none is made");
    }
}

/// The addresses that users of the common PHP handlers have already are taken from `session.save_path` as they are.
#[test]
fn a_save_path_of_phpredis_is_an_address() {
    let Some(extension) = extension() else { return };
    let redis = single_with_password("correct");
    let path = format!("tcp://127.0.0.1:{}?auth=correct&database=3&timeout=2.5&prefix=shop:", redis.port());
    let server = setup(&extension, 1, "").ini(&format!("session.save_path=\"{path}\"")).start();
    assert!(server.browser().get("do=increment").stored());
    assert!(redis.cli(&["-n", "3", "KEYS", "shop:*"]).contains("shop:index"));
}

/// A19. Whatever a cookie has in it, only names of the fixed forms reach the server, and nothing of the cookie.
#[test]
fn a19_whatever_the_cookie_only_fixed_names_reach_the_server() {
    let Some(extension) = extension() else { return };
    let redis = single();
    let mut random = Random::new();
    let server = hosts(&extension, 2, &redis.url());
    let target = server.pool("east");
    let mut victim = server.pool("east").browser();
    victim.get("do=bind&user=victim");
    let id = victim.id.clone().unwrap();
    let bytes: String = (1..=255u8).filter(|byte| !b";".contains(byte)).map(char::from).collect();
    let mut hostile = vec![
        bytes,
        "\r\nDEL sidereal:index\r\n".to_owned(),
        "%0d%0aDEL%20sidereal:index%0d%0a".to_owned(),
        "{tag}".to_owned(),
        format!("{{{}}}", &id[..12]),
        format!("{id}_LOCK"),
        format!("sidereal:{{{}}}", &id[..12]),
        format!("{id}:wake:x"),
        "sidereal:index".to_owned(),
        "../../etc/passwd".to_owned(),
        "*".repeat(100),
        "PROBE".repeat(1 << 18),
    ];
    for _ in 0..40 {
        let mut changed = id.clone().into_bytes();
        let at = random.below(changed.len());
        changed[at] = b"abcdefgh\0{}:*\n"[random.below(14)];
        hostile.extend(Some(String::from_utf8(changed).unwrap()).filter(|changed| *changed != id));
    }
    let heard = overhear(&redis, || {
        for value in &hostile {
            // A cookie that no web server lets through may end the request, and nothing else.
            if let Ok(reply) = target.request("do=increment", Some(value)) {
                assert!(reply.number("n") <= 1 && reply.text("user") == "-", "{value:.60?}: {reply:?}");
            }
        }
        for query in ["do=increment", "do=bind&user=victim", "do=revoke&user=victim", "do=logout"] {
            victim.get(query);
        }
    });
    assert!(heard.contains("\"the end\""), "all of it was overheard");
    let ours = heard.lines().filter(|line| !line.contains("\"PING\"")).map(words).filter(|words| !words.is_empty());
    let mut names = 0;
    for words in ours {
        for name in words.iter().filter(|word| word.contains("sidereal:")) {
            assert!(is_of_a_fixed_form(name), "{name} in {words:?}");
            names += 1;
        }
        let verb = words[0].to_ascii_uppercase();
        assert!(!["KEYS", "SCAN", "CONFIG", "FLUSHALL", "FLUSHDB"].contains(&verb.as_str()), "{words:?}");
    }
    assert!(names > 50, "{names} names were overheard");
    for part in ["PROBE", "_LOCK", "etc/passwd", "{tag}", &id, "victim"] {
        assert!(!heard.contains(part), "{part} has reached the server");
    }
    let there = redis.cli(&["--scan"]);
    assert!(there.lines().all(is_of_a_fixed_form), "{there}");
}

/// What stands in quotes in a line of MONITOR, but for its escapes: none of ours has any in a name.
fn words(line: &str) -> Vec<&str> {
    let Some((_, rest)) = line.split_once("] ") else { return Vec::new() };
    rest.split('"').skip(1).step_by(2).collect()
}

fn is_of_a_fixed_form(name: &str) -> bool {
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let Some(rest) = name.strip_prefix("sidereal:") else { return false };
    let (word, tail) = rest.split_once(':').unwrap_or((rest, ""));
    match word {
        "index" | "devices" | "incidents" => tail.is_empty() || tail == "due" || tail == "-" || hex(tail, 20),
        "prefix" | "device" | "incident" => !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_hexdigit()),
        "turn" => tail == "unknown" || hex(tail, 16),
        _ => {
            let cell = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
            let wake = tail.strip_prefix("wake:").is_some_and(|token| hex(token, 20));
            cell.is_some_and(|cell| hex(cell, 12)) && (tail.is_empty() || wake)
        }
    }
}

/// A lease outlives its holder by its own length, and no longer.
#[test]
fn workers_of_a_store_on_a_server_can_be_killed() {
    let Some(extension) = extension() else { return };
    let redis = single();
    let server = hosts(&extension, 3, &redis.url());
    let mut browser = server.pool("east").browser();
    browser.get("do=increment");
    let announced = server.path("holder");
    let id = browser.id.clone();
    let reply: Reply = std::thread::scope(|scope| {
        let query = format!("do=increment&until=/nonexistent&announce={}", announced.display());
        let (east, west, id) = (server.pool("east"), server.pool("west"), id.as_deref());
        let holder = scope.spawn(move || east.request(&query, id));
        assert!(eventually(Duration::from_secs(20), || announced.exists()));
        crate::server::kill(fs::read_to_string(&announced).unwrap().parse().unwrap(), libc::SIGKILL);
        assert!(holder.join().unwrap().is_err());
        // The lease of the dead lasts for ten seconds at most; the wait for a lock is as long.
        let start = Instant::now();
        loop {
            let reply = west.request("do=increment", id).unwrap();
            if reply.stored() {
                return reply;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{reply:?}");
        }
    });
    assert_eq!(reply.number("n"), 2, "what the dead had not stored is not there");
}
