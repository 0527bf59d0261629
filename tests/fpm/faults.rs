//! What an administrator does wrong and what a disk does: one warning that names the cause, and the site goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::client::{Browser, Reply};
use crate::knob;
use crate::server::{Server, Setup, extension, skipped};

/// With this much room a few sessions fit in beside the store itself.
const ROOMY: u64 = 1024;

/// How much room there is, in KiB; in the long version each number of pages from one on.
fn rooms() -> Vec<u64> {
    match knob("SIDEREAL_TEST_STEPS", 0) {
        0 => vec![4, 64, ROOMY],
        steps => (1..=steps as u64).map(|step| 4 * step).collect(),
    }
}

#[test]
fn a_limit_on_file_sizes_loses_nothing() {
    let Some(extension) = extension() else { return };
    for kib in rooms() {
        println!("no file over {kib} KiB");
        let server = Setup::new(&extension, 4).file_limit(kib).start();
        check_a_full_store(&server, kib, || server.lift_file_limit());
    }
}

#[test]
fn a_full_file_system_loses_nothing() {
    let Some(extension) = extension() else { return };
    if !Setup::can_mount() {
        return skipped("a small file system can not be mounted here; that takes root");
    }
    for kib in rooms() {
        println!("a file system with {kib} KiB left");
        let server = Setup::new(&extension, 4).file_system(8192).start();
        let ballast = server.inside("store/ballast");
        fs::write(&ballast, vec![0; (8192 - usize::try_from(kib).unwrap()) << 10]).unwrap();
        check_a_full_store(&server, kib, || fs::remove_file(ballast).unwrap());
    }
}

fn check_a_full_store(server: &Server, kib: u64, make_room: impl FnOnce()) {
    let visitors = fill(server);
    assert!(kib < ROOMY || visitors.len() >= 5, "the store was full after {} sessions", visitors.len());
    check_while_full(server, &visitors);
    make_room();
    check_afterwards(server, visitors);
}

/// Sessions that were stored, and what their counters say.
struct Visitor {
    browser: Browser,
    n: u64,
}

/// Fills the store until it refuses.
fn fill(server: &Server) -> Vec<Visitor> {
    let mut visitors = Vec::new();
    for _ in 0..1000 {
        let mut browser = server.browser();
        let reply = browser.get("do=store&size=8000");
        if !reply.stored() {
            assert_says_that_it_is_full(&reply);
            return visitors;
        }
        assert!(reply.log.is_empty(), "{reply:?}");
        visitors.push(Visitor { browser, n: 1 });
    }
    panic!("1000 sessions of 8 KB were stored on a disk with less room than that");
}

fn check_while_full(server: &Server, visitors: &[Visitor]) {
    for visitor in visitors {
        let mut browser = visitor.browser.clone();
        for query in ["do=read", "do=look"] {
            let reply = browser.get(query);
            assert_eq!(
                (reply.status, reply.number("n"), reply.number("size")),
                (200, visitor.n, 8000),
                "{query}: {reply:?}"
            );
            assert!(reply.log.warnings().len() <= 1, "{query}: {reply:?}");
        }
    }
    for _ in 0..20 {
        let reply = server.browser().get("do=store&size=8000");
        if !reply.stored() {
            assert_says_that_it_is_full(&reply);
        }
    }
}

/// In one warning; PHP adds its general one to it.
fn assert_says_that_it_is_full(reply: &Reply) {
    let causes = ["file-size limit", "No space left", "File too large"];
    let named = causes.iter().any(|cause| reply.log.is_one_warning(&["PHP Warning:", "/store/", cause]));
    assert!(reply.status == 200 && named, "{reply:#?}");
}

fn check_afterwards(server: &Server, visitors: Vec<Visitor>) {
    for Visitor { mut browser, n } in visitors {
        let reply = browser.get("do=increment");
        assert!(reply.stored() && reply.number("n") == n + 1 && reply.number("size") == 8000, "{reply:?}");
    }
    assert!(server.browser().get("do=store&size=8000").stored());
    server.assert_store_is_intact();
}

/// Something that is wrong with a set-up, what the warning must say about it, and what puts it right.
struct Mistake {
    what: &'static str,
    make: fn(Setup) -> Setup,
    words: &'static [&'static str],
    mend: fn(&Server),
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn with_keyring(setup: Setup, contents: &[u8], mode: u32) -> Setup {
    setup.make_directory("keys");
    setup.make_file("keys/keyring", contents, mode);
    let keyring = setup.path("keys/keyring");
    setup.ini(&format!("sidereal.keyring=\"{}\"", keyring.display()))
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        what: "a directory that can not be written",
        make: |setup| {
            set_mode(&setup.path("store"), 0o500);
            setup
        },
        words: &["/store"],
        mend: |server| set_mode(&server.path("store"), 0o700),
    },
    Mistake {
        what: "a directory that others may enter",
        make: |setup| {
            set_mode(&setup.path("store"), 0o755);
            setup
        },
        words: &["/store", "0755", "0700"],
        mend: |server| set_mode(&server.path("store"), 0o700),
    },
    Mistake {
        what: "a file where the directory should be",
        make: |setup| {
            fs::remove_dir(setup.path("store")).unwrap();
            setup.make_file("store", b"", 0o600);
            setup
        },
        words: &["/store", "not a directory"],
        mend: |server| {
            fs::remove_file(server.path("store")).unwrap();
            server.setup().make_directory("store");
        },
    },
    Mistake {
        what: "a directory that is not there and can not be made",
        make: |setup| {
            let nowhere = setup.path("absent/store");
            setup.ini(&format!("sidereal.store=\"sqlite:{}\"", nowhere.display()))
        },
        words: &["/absent/store"],
        mend: |server| server.setup().make_directory("absent"),
    },
    Mistake {
        what: "a database that is none",
        make: |setup| {
            setup.make_file("store/sessions.db", &[b'x'; 8192], 0o600);
            setup
        },
        words: &["sessions.db", "database"],
        mend: |server| fs::remove_file(server.path("store/sessions.db")).unwrap(),
    },
    Mistake {
        what: "a keyring that can not be read",
        make: |setup| with_keyring(setup, b"", 0o000),
        words: &["/keys/keyring"],
        mend: |server| fs::remove_file(server.path("keys/keyring")).unwrap(),
    },
    Mistake {
        what: "a keyring that the group may read",
        make: |setup| with_keyring(setup, b"", 0o640),
        words: &["/keys/keyring", "0640"],
        mend: |server| fs::remove_file(server.path("keys/keyring")).unwrap(),
    },
    Mistake {
        what: "a keyring that is none",
        make: |setup| with_keyring(setup, b"correct horse battery staple\n", 0o600),
        words: &["/keys/keyring"],
        mend: |server| fs::remove_file(server.path("keys/keyring")).unwrap(),
    },
];

#[test]
fn a_wrong_setup_is_named_and_the_request_survives() {
    let Some(extension) = extension() else { return };
    for mistake in MISTAKES {
        println!("{}", mistake.what);
        let server = (mistake.make)(Setup::new(&extension, 1)).start();
        let mut browser = server.browser();
        browser.id = Some("an-id-from-before".into());

        let reply = browser.get("do=increment");

        assert!(reply.status == 200 && reply.log.is_one_warning(mistake.words), "{reply:#?}");
        (mistake.mend)(&server);
        let reply = browser.get("do=increment");
        assert!(reply.stored() && reply.log.is_empty(), "mended, and still refused: {reply:#?}");
    }
}

/// PHP checks its ini file before the first request, and says so at that time.
#[test]
fn an_unknown_profile_is_named_at_the_start_and_in_the_request() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 1).ini("sidereal.profile=paranoid").start();
    let reply = server.browser().get("do=increment");
    let words = ["sidereal.profile", "paranoid", "standard"];
    assert!(reply.status == 200 && !reply.opened() && reply.log.is_one_warning(&words), "{reply:#?}");
    let startup = server.startup_messages();
    assert!(words.iter().all(|word| startup.contains(word)), "{startup}");
}

#[test]
fn a_read_only_file_system_is_named_and_the_request_survives() {
    let Some(extension) = extension() else { return };
    if !Setup::can_mount() {
        return skipped("a read-only file system can not be mounted here; that takes root");
    }
    let server = Setup::new(&extension, 1).read_only().start();
    let reply = server.browser().get("do=increment");
    let right = reply.status == 200 && !reply.opened() && reply.log.is_one_warning(&["Read-only", "/store"]);
    assert!(right, "{reply:#?}");
}
