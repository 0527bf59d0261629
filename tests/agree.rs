//! One store, embedded or on servers, and three doors: a session that PHP opens is read, written and logged out by a C program and by the core itself,
//! and the other way round.
//!
//! `SIDEREAL_EXTENSION` names the PHP extension; without it nothing is tested, and every test says so.

// Tests unwrap, print, and wait for programs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use sidereal_core::clock::SystemClock;
use sidereal_core::engine::{Access, Engine, Request, Setup};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::event::NoSink;
use sidereal_core::keys::Keyring;
use sidereal_core::policy::Policy;
use sidereal_core::session::{Outcome, Session};
use sidereal_core::store::place::{Opened, Place};
use sidereal_test_servers::Topology;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|found| panic!("{command:?}: {found}"));
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The C program, linked with a library of this test's own.
fn door() -> &'static Path {
    static DOOR: OnceLock<PathBuf> = OnceLock::new();
    DOOR.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("agree-prefix");
        let _ = fs::remove_dir_all(&prefix);
        let mut script = Command::new(root().join("scripts/install-c.sh"));
        let status = script.env("PREFIX", &prefix).env("PROFILE", "dev").env_remove("DESTDIR").status().unwrap();
        assert!(status.success(), "scripts/install-c.sh failed");
        let program = prefix.join("door");
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]).arg(root().join("tests/agree/door.c"));
        cc.arg("-I").arg(prefix.join("include")).arg(prefix.join("lib/libsidereal.a")).args([
            "-lpthread",
            "-lm",
            "-ldl",
        ]);
        assert!(cc.arg("-o").arg(&program).status().unwrap().success(), "tests/agree/door.c did not compile");
        program
    })
}

/// All doors, one store, and the cookie of one browser.
struct Shop {
    place: tempfile::TempDir,
    extension: PathBuf,
    php_cgi: PathBuf,
    /// What `sidereal.store` says.
    store: String,
}

/// What came back, and the cookie to go on with.
struct Page {
    text: String,
    cookie: String,
}

impl Page {
    fn line(&self, name: &str) -> &str {
        let found = self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("no line '{name}' in:\n{}", self.text))
    }
}

fn next_cookie(text: &str, before: &str) -> String {
    for line in text.lines() {
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("set-cookie: ").or_else(|| lower.strip_prefix("set-cookie ")) {
            let set = &line[line.len() - value.len()..];
            return if lower.contains("max-age=0") { String::new() } else { set.split(';').next().unwrap().to_owned() };
        }
    }
    before.to_owned()
}

impl Shop {
    /// With the embedded store, or with one on servers.
    fn open(servers: Option<Topology>) -> Option<Self> {
        let extension = std::env::var_os("SIDEREAL_EXTENSION").map(PathBuf::from);
        let php_cgi =
            ["php-cgi8.2", "php-cgi"].iter().map(|name| Path::new("/usr/bin").join(name)).find(|path| path.exists());
        let php_cgi = std::env::var_os("SIDEREAL_PHP_CGI").map(PathBuf::from).or(php_cgi);
        let (Some(extension), Some(php_cgi)) = (extension, php_cgi) else {
            let why =
                "SIDEREAL_EXTENSION names no library, or there is no php-cgi; 'make test-rust' builds and sets it";
            let _ =
                writeln!(std::io::stderr(), "\nSKIPPED {}: {why}", std::thread::current().name().unwrap_or_default());
            return None;
        };
        let place = tempfile::Builder::new().prefix("sidereal-agree.").tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
        Keyring::load_or_create(&place.path().join("keyring"), "", &SystemEntropy).unwrap();
        let store = match servers {
            Some(topology) => topology.shared().new_store(),
            None => format!("sqlite:{}/store", place.path().display()),
        };
        Some(Self { place, extension: extension.canonicalize().unwrap(), php_cgi, store })
    }

    fn keyring(&self) -> PathBuf {
        self.place.path().join("keyring")
    }

    fn php_command(&self, query: &str, cookie: &str) -> Command {
        let mut command = Command::new(&self.php_cgi);
        let setting = |name: &str, value: &str| format!("{name}={value}");
        command.arg("-n");
        for setting in [
            setting("extension", &self.extension.display().to_string()),
            setting("session.save_handler", "sidereal"),
            setting("sidereal.store", &format!("\"{}\"", self.store)),
            setting("sidereal.keyring", &format!("\"{}\"", self.keyring().display())),
            setting("sidereal.log", "none"),
            setting("sidereal.lock_wait_ms", if query.contains("impatient") { "50" } else { "10000" }),
            setting("session.cache_limiter", ""),
            setting("output_buffering", "4096"),
        ] {
            command.args(["-d", &setting]);
        }
        command
            .env("REDIRECT_STATUS", "200")
            .env("REQUEST_METHOD", "GET")
            .env("SCRIPT_FILENAME", root().join("tests/agree/page.php"))
            .env("QUERY_STRING", query)
            .env("HTTP_COOKIE", cookie);
        command
    }

    fn php(&self, query: &str, cookie: &str) -> Page {
        let text = said(&mut self.php_command(query, cookie));
        Page { cookie: next_cookie(&text, cookie), text }
    }

    fn c_command(&self, cookie: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(door());
        command.env("DOOR_KEYRING", self.keyring()).arg(&self.store).arg(cookie).args(arguments);
        command
    }

    fn c(&self, cookie: &str, arguments: &[&str]) -> Page {
        let text = said(&mut self.c_command(cookie, arguments));
        Page { cookie: next_cookie(&text, cookie), text }
    }

    /// A request to the core without PHP or C around it.
    fn rust(&self, cookie: &str) -> Session {
        let place = Place::find("the store", &self.store, None).unwrap();
        let Opened { store, keyring, keyring_path } = place.open(Some(&self.keyring()), "", &SystemEntropy).unwrap();
        let (clock, entropy, sink) = (Arc::new(SystemClock), Arc::new(SystemEntropy), Arc::new(NoSink));
        let engine = Engine::new(Setup { store, keyring, keyring_path, clock, entropy, sink });
        let request = Request { can_set_cookie: true, serializer: "php", ..Request::default() };
        let presented = cookie.strip_prefix("PHPSESSID=").map(str::as_bytes);
        engine.open(&Arc::new(Policy::default()), presented, &request, Access::Exclusive).unwrap()
    }
}

/// Each test on the embedded store, and on every topology of servers.
macro_rules! on_every_store {
    ($($test:ident)+) => {
        mod embedded {
            $(#[test] fn $test() { super::Shop::open(None).iter().for_each(super::$test) })+
        }
        mod servers {
            $(fn $test(topology: super::Topology) { super::Shop::open(Some(topology)).iter().for_each(super::$test) })+
            sidereal_test_servers::on_every_topology! { $($test)+ }
        }
    };
}

on_every_store! {
    what_php_stores_c_reads_and_writes
    what_c_stores_php_reads_and_writes
    what_rust_stores_php_and_c_read_and_write
    a_log_in_here_is_a_log_in_there
    a_log_out_here_is_a_log_out_there
    a_user_that_c_has_logged_in_is_one_of_both
    a_rotation_here_is_followed_there
    each_waits_for_the_other
    turns_of_both_lose_nothing
    php_asks_the_server_what_it_forgets
}

fn what_php_stores_c_reads_and_writes(shop: &Shop) {
    let first = shop.php("do=write&value=cart", "");
    assert!(first.cookie.starts_with("PHPSESSID="), "{}", first.text);
    let seen = shop.c(&first.cookie, &["append", "c|i:7;"]);
    assert_eq!((seen.line("payload"), seen.line("denial")), (r#"v|s:4:"cart";"#, "none"));
    assert_eq!(seen.cookie, first.cookie);
    assert_eq!(shop.php("do=read", &first.cookie).line("data"), r#"{"v":"cart","c":7}"#);
}

fn what_c_stores_php_reads_and_writes(shop: &Shop) {
    let first = shop.c("", &["write", "n|i:41;"]);
    assert!(first.cookie.starts_with("PHPSESSID="), "{}", first.text);
    assert_eq!(shop.php("do=append", &first.cookie).line("data"), r#"{"n":41}"#);
    assert_eq!(shop.c(&first.cookie, &["read"]).line("payload"), "n|i:42;");
}

fn what_rust_stores_php_and_c_read_and_write(shop: &Shop) {
    let mut first = shop.rust("");
    assert_eq!(first.commit(b"r|i:1;").unwrap(), Outcome::Done);
    let cookie = format!("PHPSESSID={}", first.id().expose());
    drop(first);
    assert_eq!(shop.php("do=append", &cookie).line("data"), r#"{"r":1}"#);
    assert_eq!(shop.c(&cookie, &["append", "c|i:7;"]).line("payload"), "r|i:1;n|i:1;");
    let mut session = shop.rust(&cookie);
    assert_eq!((session.payload(), session.denial()), (&b"r|i:1;n|i:1;c|i:7;"[..], None));
    session.logout(true).unwrap();
    assert_eq!(shop.php("do=read", &cookie).line("data"), "[]");
    assert_eq!(shop.c(&cookie, &["read"]).line("denial"), "logged_out");
}

fn a_log_in_here_is_a_log_in_there(shop: &Shop) {
    let guest = shop.php("do=write&value=guest", "");
    let alice = shop.c(&guest.cookie, &["elevate", r#"user|s:5:"alice";"#]);
    assert_ne!(alice.cookie, guest.cookie, "{}", alice.text);
    assert_eq!(shop.php("do=read", &alice.cookie).line("data"), r#"{"user":"alice"}"#);
    // The ID from before shows what was there before, in both.
    assert_eq!(shop.php("do=read", &guest.cookie).line("data"), r#"{"v":"guest"}"#);
    assert_eq!(shop.c(&guest.cookie, &["read"]).line("payload"), r#"v|s:5:"guest";"#);

    let guest = shop.c("", &["write", "n|i:1;"]);
    let bob = shop.php("do=login&value=bob", &guest.cookie);
    assert_ne!(bob.cookie, guest.cookie, "{}", bob.text);
    assert_eq!(shop.c(&bob.cookie, &["read"]).line("payload"), r#"n|i:1;user|s:3:"bob";"#);
    assert_eq!(shop.c(&guest.cookie, &["read"]).line("payload"), "n|i:1;");
}

fn a_log_out_here_is_a_log_out_there(shop: &Shop) {
    let php = shop.php("do=write&value=alice", "");
    let out = shop.c(&php.cookie, &["logout"]);
    assert_eq!(out.cookie, "", "{}", out.text);
    assert_eq!(shop.php("do=read", &php.cookie).line("data"), "[]");
    assert_eq!(shop.c(&php.cookie, &["read"]).line("denial"), "logged_out");

    let c = shop.c("", &["write", "n|i:1;"]);
    let out = shop.php("do=logout", &c.cookie);
    assert_eq!(out.cookie, "", "{}", out.text);
    assert_eq!(shop.c(&c.cookie, &["read"]).line("denial"), "logged_out");
    assert_eq!(shop.php("do=read", &c.cookie).line("data"), "[]");
}

fn a_user_that_c_has_logged_in_is_one_of_both(shop: &Shop) {
    let guest = shop.php("do=write&value=guest", "");
    let alice = shop.c(&guest.cookie, &["login", "alice"]);
    assert_ne!(alice.cookie, guest.cookie, "{}", alice.text);
    // PHP uses the session and writes it: it is still hers, and the same one.
    assert_eq!(shop.php("do=append", &alice.cookie).line("data"), r#"{"v":"guest"}"#);
    assert_eq!(shop.php("do=read", &alice.cookie).line("data"), r#"{"v":"guest","n":1}"#);
    let listed = shop.c("", &["roster", "alice"]);
    assert_eq!((listed.line("count"), listed.line("handle")), ("1", alice.line("own")));
    assert_eq!(shop.c("", &["roster", "bob"]).line("count"), "0");
    assert_eq!(shop.php("do=devices&value=alice", "").line("count"), "1");
    let phone = shop.php("do=user&value=alice", "");
    assert!(phone.cookie.starts_with("PHPSESSID="), "{}", phone.text);
    assert_eq!(shop.c("", &["roster", "alice"]).line("count"), "2");

    assert_ne!(shop.c("", &["revoke", "alice"]).line("revoked"), "0");
    assert_eq!(shop.php("do=read", &alice.cookie).line("data"), "[]");
    assert_eq!(shop.c(&alice.cookie, &["read"]).line("denial"), "revoked");
    assert_eq!(shop.php("do=read", &phone.cookie).line("data"), "[]");
    assert_eq!(shop.c(&phone.cookie, &["read"]).line("denial"), "revoked");
    assert_eq!(shop.c("", &["roster", "alice"]).line("count"), "0");
}

fn a_rotation_here_is_followed_there(shop: &Shop) {
    let first = shop.php("do=write&value=x", "");
    let second = shop.c(&first.cookie, &["rotate"]);
    assert_ne!(second.cookie, first.cookie, "{}", second.text);
    for cookie in [&first.cookie, &second.cookie, &first.cookie] {
        assert_eq!(shop.php("do=read", cookie).line("data"), r#"{"v":"x"}"#);
    }
}

fn each_waits_for_the_other(shop: &Shop) {
    let first = shop.php("do=write&value=x", "");
    let mut holder =
        shop.c_command(&first.cookie, &["hold"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim() != "held" {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the holder ended");
    }
    assert_eq!(shop.php("do=impatient", &first.cookie).line("open"), "no");
    assert_eq!(shop.c(&first.cookie, &["impatient"]).line("failed").split(' ').next(), Some("open"));
    // Reading waits for nobody.
    assert_eq!(shop.php("do=read", &first.cookie).line("data"), r#"{"v":"x"}"#);
    holder.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(holder.wait().unwrap().success());
    assert_eq!(shop.php("do=impatient", &first.cookie).line("open"), "yes");
}

fn turns_of_both_lose_nothing(shop: &Shop) {
    let first = shop.c("", &["write", "n|i:0;"]);
    let cookie = &first.cookie;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(move || (0..5).for_each(|_| assert_eq!(shop.php("do=append", cookie).line("open"), "yes")));
            scope.spawn(move || {
                for turn in 0..5 {
                    assert_eq!(shop.c(cookie, &["append", &format!("c{turn}|i:1;")]).line("denial"), "none");
                }
            });
        }
    });
    assert!(shop.c(cookie, &["read"]).line("payload").contains("n|i:15;"));
}

fn php_asks_the_server_what_it_forgets(shop: &Shop) {
    let told = shop.php("do=audit", "");
    // The servers of the tests write nothing to their disks, and nothing else is wrong with them.
    let expected = if shop.store.starts_with("sqlite:") { "" } else { "server-forgets" };
    assert_eq!((told.line("open"), told.line("server")), ("yes", expected), "{}", told.text);
}
