//! What an administrator does wrong and what a disk does: one warning that names the cause, and the site goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::client::Browser;
use crate::knob;
use crate::server::{Server, Setup, extension, skipped};

#[test]
fn a_limit_on_file_sizes_loses_nothing() {
    let Some(extension) = extension() else { return };
    // The limit applies to each file; the smallest one must let the store be made.
    for step in 0..knob("SIDEREAL_TEST_STEPS", 2) {
        let server = Setup::new(&extension, 4).file_limit(400 + 4 * step as u64).start();
        let visitors = fill(&server);
        check_while_full(&server, &visitors);
        server.lift_file_limit();
        check_afterwards(&server, visitors);
    }
}

#[test]
fn a_full_file_system_loses_nothing() {
    let Some(extension) = extension() else { return };
    if !Setup::can_mount() {
        return skipped("a small file system can not be mounted here; that takes root");
    }
    for step in 0..knob("SIDEREAL_TEST_STEPS", 2) {
        let server = Setup::new(&extension, 4).file_system(8192 + 4 * step as u64).start();
        let ballast = server.inside("store/ballast");
        fs::write(&ballast, vec![0; 6 << 20]).unwrap();
        let visitors = fill(&server);
        check_while_full(&server, &visitors);
        fs::remove_file(ballast).unwrap();
        check_afterwards(&server, visitors);
    }
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
        let logged = server.log().len();
        let reply = browser.get("do=store&size=8000");
        assert_eq!(reply.status, 200);
        if !reply.stored() {
            assert_one_warning(server, logged);
            return visitors;
        }
        visitors.push(Visitor { browser, n: 1 });
    }
    panic!("1000 sessions of 8 KB were stored on a disk with less room than that");
}

fn check_while_full(server: &Server, visitors: &[Visitor]) {
    assert!(visitors.len() >= 5, "the disk was full after {} sessions", visitors.len());
    for visitor in visitors {
        let mut browser = visitor.browser.clone();
        for query in ["do=read", "do=look"] {
            let logged = server.log().len();
            let reply = browser.get(query);
            assert_eq!((reply.status, reply.number("n"), reply.number("size")), (200, visitor.n, 8000), "{query}");
            assert!(server.log().since(logged).warnings().len() <= 1, "{:#?}", server.log());
        }
    }
    for _ in 0..20 {
        let logged = server.log().len();
        let reply = server.browser().get("do=store&size=8000");
        assert_eq!(reply.status, 200);
        if !reply.stored() {
            assert_one_warning(server, logged);
        }
    }
}

/// One of ours, that is; PHP adds its general one to it.
fn assert_one_warning(server: &Server, logged: usize) {
    let log = server.log().since(logged);
    assert!(log.warnings().len() == 1 && log.others().is_empty(), "{log:#?}");
    let warning = log.warnings()[0];
    assert!(warning.contains("PHP Warning:") && warning.contains("sessions.db"), "{warning}");
    assert!(["room", "space", "full"].iter().any(|word| warning.contains(word)), "{warning}");
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

        assert_eq!(reply.status, 200, "{}: {reply:?}", mistake.what);
        let log = server.log();
        assert!(log.warnings().len() == 1 && log.others().is_empty(), "{log:#?}");
        assert!(mistake.words.iter().all(|word| log.warnings()[0].contains(word)), "{log:#?}");
        (mistake.mend)(&server);
        assert!(browser.get("do=increment").stored(), "mended, and still refused: {:#?}", server.log());
    }
}

/// PHP checks its ini file before the first request, and says so at that time.
#[test]
fn an_unknown_profile_is_named_at_the_start_and_in_the_request() {
    let Some(extension) = extension() else { return };
    let server = Setup::new(&extension, 1).ini("sidereal.profile=paranoid").start();
    let reply = server.browser().get("do=increment");
    assert_eq!((reply.status, reply.opened()), (200, false));
    let log = server.log();
    assert!(log.warnings().len() == 2 && log.others().is_empty(), "{log:#?}");
    let words = ["sidereal.profile", "paranoid", "standard"];
    assert!(log.warnings().iter().all(|line| words.iter().all(|word| line.contains(word))), "{log:#?}");
}

#[test]
fn a_read_only_file_system_is_named_and_the_request_survives() {
    let Some(extension) = extension() else { return };
    if !Setup::can_mount() {
        return skipped("a read-only file system can not be mounted here; that takes root");
    }
    let server = Setup::new(&extension, 1).read_only().start();
    let reply = server.browser().get("do=increment");
    assert_eq!((reply.status, reply.opened()), (200, false));
    let log = server.log();
    assert!(log.warnings().len() == 1 && log.others().is_empty(), "{log:#?}");
    assert!(["Read-only", "/store"].iter().all(|word| log.warnings()[0].contains(word)), "{log:#?}");
}
