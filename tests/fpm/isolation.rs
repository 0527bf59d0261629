//! Workers serve many users, one after the other and for long: nothing of one request is left for the next (A32).

use crate::client::{Browser, Last};
use crate::knob;
use crate::random::Random;
use crate::server::{Server, Setup, extension, own_memory};

/// A user, and what the application must say to it.
struct User {
    browser: Browser,
    n: u64,
    name: String,
}

impl User {
    /// One random request.
    fn act(&mut self, number: usize, random: &mut Random) {
        let old = self.browser.id.clone();
        match random.below(7) {
            0 => self.see("do=look"),
            1 => self.see("do=read"),
            2 => {
                self.n += 1;
                self.see("do=increment");
            }
            3 => {
                self.n += 1;
                self.see("do=forget");
            }
            4 => {
                // PHP stores the session of a request that dies of an exception.
                self.n += 1;
                assert_eq!(self.browser.get("do=crash").status, 500);
            }
            5 => {
                self.name = format!("user{number}");
                self.see(&format!("do=login&user=user{number}"));
                assert_ne!(self.browser.id, old);
            }
            _ => {
                assert_eq!(self.browser.get("do=logout").text("destroyed"), "yes");
                self.browser.id = None;
                (self.n, self.name) = (0, "-".to_owned());
            }
        }
    }

    fn see(&mut self, query: &str) {
        let reply = self.browser.get(query);
        assert_eq!((reply.number("n"), reply.text("user")), (self.n, self.name.as_str()), "{query} {reply:?}");
        assert!(reply.log.is_empty(), "{query} {reply:?}");
    }
}

#[test]
fn workers_carry_nothing_from_one_user_to_the_next() {
    let Some(extension) = extension() else { return };
    let mut random = Random::new();
    let server = Setup::new(&extension, 2).start();
    let new_user = |_| User { browser: server.browser(), n: 0, name: "-".to_owned() };
    let mut users: Vec<User> = (0..5).map(new_user).collect();

    for _ in 0..200 {
        let number = random.below(6);
        match users.get_mut(number) {
            Some(user) => user.act(number, &mut random),
            // Somebody who has never been here.
            None => new_user(0).see("do=look"),
        }
    }

    let ids: std::collections::HashSet<_> = users.iter().filter_map(|user| user.browser.id.clone()).collect();
    assert_eq!(ids.len(), users.iter().filter(|user| user.browser.id.is_some()).count(), "two users have the same ID");
}

#[test]
fn applications_on_one_store_refuse_each_others_ids() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 2)
        .pool("shop", "sidereal.application", "shop")
        .pool("blog", "sidereal.application", "blog")
        .start();
    let mut shopper = server.pool("shop").browser();
    assert!(shopper.get("do=login&user=alice").stored());
    let mut same_browser = server.pool("blog").browser();
    same_browser.id.clone_from(&shopper.id);

    let reply = same_browser.get("do=increment");

    assert_eq!((reply.number("n"), reply.text("user")), (1, "-"));
    assert_ne!(same_browser.id, shopper.id);
    assert_eq!(shopper.get("do=look").text("user"), "alice");
    assert_eq!(same_browser.get("do=look").number("n"), 1);
}

#[test]
fn a27_what_one_pool_revokes_the_other_denies_on_its_very_next_request() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 2)
        .pool("east", "sidereal.lock_wait_ms", "9000")
        .pool("west", "sidereal.lock_wait_ms", "9000")
        .start();
    what_one_revokes_the_other_denies(&server);
}

/// A27 for the pools `east` and `west`, whatever they have in common.
pub fn what_one_revokes_the_other_denies(server: &Server) {
    let (mut alice, mut bob) = (server.pool("west").browser(), server.pool("west").browser());
    let mut administrator = server.pool("east").browser();
    for _ in 0..20 {
        assert_eq!(alice.get("do=bind&user=alice").text("user"), "alice");
        assert_eq!(bob.get("do=bind&user=bob").text("user"), "bob");
        assert_eq!(alice.get("do=why").text("user"), "alice");
        assert!(administrator.get("do=revoke&user=alice").number("revoked") >= 1);
        let reply = alice.get("do=why");
        assert_eq!((reply.text("user"), reply.text("why")), ("-", "revoked"), "{reply:?}");
        assert_eq!(bob.get("do=why").text("user"), "bob");
    }
}

#[test]
fn a_workers_memory_stays_flat() {
    const QUERIES: [&str; 6] =
        ["do=increment", "do=look", "do=read", "do=store&size=3000", "do=login&user=alice", "do=forget"];
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 1).start();
    let (target, worker) = (server.target(), server.workers()[0]);
    let mut connection = target.connect();
    let mut ask = |query: &str, id: Option<&str>| connection.ask(&target.script, query, id, Last::No).unwrap();
    // Fills SQLite's cache of pages, which grows up to its limit and no further.
    for _ in 0..400 {
        assert!(ask("do=store&size=30000", None).stored());
    }
    let requests = knob("SIDEREAL_TEST_REQUESTS", 10_000);
    let mut id: Option<String> = None;
    let mut before = 0;

    for number in 0..requests {
        if number == requests / 10 {
            before = own_memory(worker).unwrap();
        }
        // Every visitor comes twelve times, then somebody new does.
        let query = if number % 12 == 11 { "do=logout" } else { QUERIES[number % QUERIES.len()] };
        let reply = ask(query, id.as_deref());
        assert!(reply.opened(), "{reply:?}");
        id = if query == "do=logout" { None } else { reply.new_id().map(str::to_owned).or(id) };
    }

    let after = own_memory(worker).unwrap();
    println!("{before} KiB after {} requests, {after} KiB after {requests}", requests / 10);
    assert_eq!(server.workers(), [worker]);
    // A leak of 60 bytes a request would be more.
    assert!(after < before + 512, "{before} KiB grew to {after} KiB");
}
