//! A php-fpm of a test's own: a private directory, a fixed number of workers, stopped when it goes out of scope.
//!
//! As root the workers run as www-data, as they do in production: root may read and write everything, which would hide
//! what a wrong mode does. Nothing of the system's ini files takes part.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Browser, Target};

/// The library under test; `None`, said loudly, when the environment names none.
pub fn extension() -> Option<PathBuf> {
    let named = std::env::var_os("SIDEREAL_EXTENSION").map(PathBuf::from);
    if named.is_none() {
        skipped("SIDEREAL_EXTENSION names no library; 'make test-rust' builds one and sets it");
    }
    named.map(|path| {
        path.canonicalize().unwrap_or_else(|found| panic!("SIDEREAL_EXTENSION {}: {found}", path.display()))
    })
}

/// Says what was not tested. Past the test runner, which shows what a test prints only when it fails.
pub fn skipped(why: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: {why}");
}

/// A test in a private directory, before its server starts.
pub struct Setup {
    directory: tempfile::TempDir,
    workers: usize,
    ini: String,
    pools: Vec<(String, String)>,
    /// Shell commands that prepare what the server sees, in a mount namespace of its own: they end with it.
    mounts: String,
    /// The largest file that the workers may write, in KiB.
    file_limit: Option<u64>,
    user: Option<User>,
}

/// Whom root's children become.
#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl Setup {
    /// A setup with `extension` and its store in the private directory.
    pub fn new(extension: &Path, workers: usize) -> Self {
        let directory = tempfile::Builder::new().prefix("sidereal-fpm.").tempdir().unwrap();
        let setup = Self {
            directory,
            workers,
            ini: String::new(),
            pools: Vec::new(),
            mounts: String::new(),
            file_limit: None,
            user: user(),
        };
        let copy = setup.path("sidereal.so");
        fs::copy(extension, &copy).unwrap();
        fs::write(setup.path("app.php"), include_str!("app.php")).unwrap();
        setup.make_directory("store");
        setup.own(&setup.path(""));
        let store = setup.path("store");
        setup
            .ini(&format!("extension={}", copy.display()))
            .ini("session.save_handler=sidereal")
            .ini(&format!("sidereal.store=\"sqlite:{}\"", store.display()))
    }

    /// One more line of php.ini; a later one of the same name wins.
    pub fn ini(mut self, line: &str) -> Self {
        self.ini.push_str(line);
        self.ini.push('\n');
        self
    }

    /// A pool of its own, with one ini setting that the others do not have. Without any there is one called `main`.
    pub fn pool(mut self, name: &str, setting: &str, value: &str) -> Self {
        self.pools.push((name.to_owned(), format!("php_admin_value[{setting}] = {value}")));
        self
    }

    /// The workers get EFBIG where a file would grow beyond this, and no signal. [`Server::lift_file_limit`] ends it.
    pub fn file_limit(mut self, kib: u64) -> Self {
        self.file_limit = Some(kib);
        self
    }

    /// Whether this process may mount something.
    pub fn can_mount() -> bool {
        let mut command = Command::new("unshare");
        command.args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stderr(Stdio::null());
        command.status().is_ok_and(|done| done.success())
    }

    /// The store is on a file system of this many KiB. Only the server sees it: look at [`Server::inside`].
    pub fn file_system(mut self, kib: u64) -> Self {
        let User { uid, gid } = self.user.unwrap_or(User { uid: 0, gid: 0 });
        self.mounts = format!("mount -t tmpfs -o size={kib}k,mode=0700,uid={uid},gid={gid} tmpfs \"$store\"");
        self
    }

    /// The store is on a read-only file system.
    pub fn read_only(mut self) -> Self {
        self.mounts = r#"mount --bind "$store" "$store"; mount -o remount,bind,ro "$store""#.to_owned();
        self
    }

    /// A path in the private directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A private directory of the workers' user in the private directory.
    pub fn make_directory(&self, name: &str) {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        self.own(&path);
    }

    /// A file of the workers' user.
    pub fn make_file(&self, name: &str, contents: &[u8], mode: u32) {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self.own(&path);
    }

    /// Gives a path to the workers' user.
    pub fn own(&self, path: &Path) {
        if let Some(User { uid, gid }) = self.user {
            std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// Starts php-fpm and waits until it answers.
    pub fn start(mut self) -> Server {
        // Without an error_log, PHP logs into the reply.
        for line in ["display_errors=0", "html_errors=0", "log_errors=1", "log_errors_max_len=0", "expose_php=0"] {
            self = self.ini(line);
        }
        if !self.ini.contains("sidereal.log=") {
            let events = self.path("events.jsonl");
            self = self.ini(&format!("sidereal.log=\"file:{}\"", events.display()));
        }
        if self.pools.is_empty() {
            self.pools.push(("main".to_owned(), String::new()));
        }
        fs::write(self.path("php.ini"), &self.ini).unwrap();
        fs::write(self.path("php-fpm.conf"), self.fpm_conf()).unwrap();
        let master = self.command().spawn().unwrap();
        let server = Server { setup: self, master };
        server.wait_until_ready();
        server
    }

    fn fpm_conf(&self) -> String {
        let mut conf = format!("[global]\nerror_log = {}\ndaemonize = no\n", self.path("php-fpm.log").display());
        for (name, setting) in &self.pools {
            let _ = write!(
                conf,
                "[{name}]\nlisten = {}\nlisten.backlog = 1024\npm = static\npm.max_children = {}\n{setting}\n",
                self.path(&format!("{name}.sock")).display(),
                self.workers,
            );
        }
        conf
    }

    /// The server dies with the thread that started it, even if that is killed.
    fn command(&self) -> Command {
        let mut command = if self.mounts.is_empty() {
            Command::new("bash")
        } else {
            let mut command = Command::new("unshare");
            command.args(["--mount", "bash"]);
            command
        };
        let limit = self.file_limit.map_or(String::new(), |kib| format!("trap '' XFSZ; ulimit -S -f {kib}"));
        let steps = ["set -e; store=$1; shift", &self.mounts, &limit, r#"exec setpriv --pdeathsig TERM "$@""#];
        command.arg("-c").arg(steps.join("\n")).arg("bash").arg(self.path("store"));
        command
            .args(self.become_user())
            .arg(php_fpm())
            .arg("-F")
            .arg("-y")
            .arg(self.path("php-fpm.conf"))
            .arg("-c")
            .arg(self.path("php.ini"));
        let output = fs::File::create(self.path("php-fpm.out")).unwrap();
        command.env("PHP_INI_SCAN_DIR", "").stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        command
    }
}

impl Setup {
    /// What setpriv(1) has to be told to run something as the workers' user.
    fn become_user(&self) -> Vec<String> {
        let Some(User { uid, gid }) = self.user else { return Vec::new() };
        vec![format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]
    }
}

/// A running php-fpm.
pub struct Server {
    setup: Setup,
    master: Child,
}

impl Server {
    /// Where requests to the only pool go.
    pub fn target(&self) -> Target {
        self.pool("main")
    }

    /// Where requests to a pool go.
    pub fn pool(&self, name: &str) -> Target {
        Target { socket: self.path(&format!("{name}.sock")), script: self.path("app.php") }
    }

    pub fn browser(&self) -> Browser {
        self.target().browser()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.setup.path(name)
    }

    /// A path in the private directory as the server sees it.
    pub fn inside(&self, name: &str) -> PathBuf {
        let root = format!("/proc/{}/root", self.master.id());
        Path::new(&root).join(self.path(name).strip_prefix("/").unwrap())
    }

    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The process IDs of the workers that are alive.
    pub fn workers(&self) -> Vec<i32> {
        children(self.master.id())
    }

    /// What PHP had to say before the first request.
    pub fn startup_messages(&self) -> String {
        fs::read_to_string(self.path("php-fpm.out")).unwrap_or_default()
    }

    /// Moves the clock of the library under test by this much in all, if it is one whose clock can be moved.
    pub fn pass_time(&self, seconds: u64) {
        self.setup.make_file("clock", seconds.to_string().as_bytes(), 0o600);
    }

    /// Gives the workers the right to write files of any size again.
    pub fn lift_file_limit(&self) {
        let pids = self.workers().into_iter().chain([i32::try_from(self.master.id()).unwrap()]);
        for pid in pids {
            // As their own user: in a container not even root may change other users' limits.
            let mut command = Command::new("setpriv");
            command.args(self.setup.become_user()).args(["prlimit", "--pid", &pid.to_string(), "--fsize=unlimited"]);
            assert!(command.status().unwrap().success(), "prlimit could not lift the limit of process {pid}");
        }
    }

    /// Has SQLite look at a copy of the database. Nobody may be writing.
    pub fn assert_store_is_intact(&self) {
        let copy = tempfile::tempdir().unwrap();
        for name in ["sessions.db", "sessions.db-wal"] {
            let file = self.inside(&format!("store/{name}"));
            if file.exists() {
                fs::copy(file, copy.path().join(name)).unwrap();
            }
        }
        let database = rusqlite::Connection::open(copy.path().join("sessions.db")).unwrap();
        let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }

    fn wait_until_ready(&self) {
        let sockets: Vec<PathBuf> = self.setup.pools.iter().map(|(name, _)| self.pool(name).socket).collect();
        // The file is there a moment before anybody listens.
        let answers = |socket: &PathBuf| UnixStream::connect(socket).is_ok();
        // The master listens before it has workers, and the kernel answers for it.
        let wanted = self.setup.pools.len() * self.setup.workers;
        let are_there = || sockets.iter().all(answers) && self.workers().len() >= wanted;
        let ready = eventually(Duration::from_secs(20), are_there);
        assert!(ready, "php-fpm did not start: {}", self.startup_messages());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let workers = self.workers();
        kill(i32::try_from(self.master.id()).unwrap_or(0), libc::SIGTERM);
        if !eventually(Duration::from_secs(5), || matches!(self.master.try_wait(), Ok(Some(_)))) {
            for pid in workers {
                kill(pid, libc::SIGKILL);
            }
            let _ = self.master.kill();
            let _ = self.master.wait();
        }
        if thread::panicking() {
            let log = fs::read_to_string(self.path("php-fpm.log")).unwrap_or_default();
            let _ = writeln!(std::io::stderr(), "--- {}{log}---", self.startup_messages());
        }
    }
}

/// Whether the library has the clock that tests move.
pub fn has_a_clock_that_moves(extension: &Path) -> bool {
    let mut command = Command::new(php_fpm());
    command.args(["-n", "-d", &format!("extension={}", extension.display()), "-i"]);
    String::from_utf8_lossy(&command.output().unwrap().stdout).contains("sidereal.test_clock")
}

/// Waits until `condition` holds; whether it does.
pub fn eventually(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Memory that a process has for itself, in KiB, if it lives.
pub fn own_memory(pid: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal to a process that we started.
pub fn kill(pid: i32, signal: i32) {
    if pid > 1 {
        // SAFETY: kill(2) takes two numbers and touches no memory of ours.
        unsafe { libc::kill(pid, signal) };
    }
}

fn children(pid: u32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// The php-fpm of the PHP that the library was built for; scripts/php.sh knows it.
fn php_fpm() -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("scripts/php.sh");
    let found =
        Command::new("bash").arg("-c").arg(r#"source "$1" && php_fpm"#).arg("bash").arg(scripts).output().unwrap();
    let path = String::from_utf8(found.stdout).unwrap();
    assert!(found.status.success(), "php-fpm was not found: run scripts/bootstrap.sh demo");
    PathBuf::from(path.trim_end())
}

fn is_root() -> bool {
    // SAFETY: geteuid(2) takes nothing and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

fn user() -> Option<User> {
    if !is_root() {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    Some(find("www-data").or_else(|| find("nobody")).unwrap_or(User { uid: 65534, gid: 65534 }))
}
