//! One server.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Owns a server's directory: makes it, starts the server on the first line of standard input, and ends both when that ends, at the latest with the
/// process of the test. It outlives what a terminal and the kernel send to a group that is left alone.
const KEEPER: &str = r#"
trap '' HUP INT TERM PIPE
dir=$(mktemp -d "$1") || exit
server=$2
shift 2
echo "$dir"
if read -r _; then
	"$server" "$dir/redis.conf" "$@" </dev/null >>"$dir/log" 2>&1 &
	echo $!
	read -r _
	kill -KILL $!
	wait
fi
rm -rf -- "$dir"
"#;

/// How long a server may take for anything; a machine that is busy with other tests is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub struct Server {
    keeper: Keeper,
    pid: u32,
    port: u16,
    mode: Option<&'static str>,
    password: Option<String>,
}

impl Server {
    /// Starts one with parameters besides those that make it private.
    pub fn start(parameters: &[(&'static str, &str)]) -> Self {
        Self::start_as(None, |_, _| parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    /// As [`Server::start`], with parameters that depend on its directory and port, and an option such as `--sentinel`.
    pub fn start_as(
        mode: Option<&'static str>,
        parameters: impl Fn(&Path, u16) -> Vec<(&'static str, String)>,
    ) -> Self {
        // Somebody else may take the port between the look and the start.
        (0..20)
            .find_map(|_| Self::try_start(mode, &parameters))
            .expect("no free port was found for redis-server in 20 attempts")
    }

    fn try_start(
        mode: Option<&'static str>,
        parameters: &impl Fn(&Path, u16) -> Vec<(&'static str, String)>,
    ) -> Option<Self> {
        let port = free_port();
        let mut keeper = Keeper::start(mode);
        let parameters = parameters(&keeper.dir, port);
        let password = parameters.iter().find(|(name, _)| *name == "requirepass").map(|(_, value)| value.clone());
        fs::write(keeper.dir.join("redis.conf"), configuration(&keeper.dir, port, &parameters)).unwrap();
        let pid = keeper.start_server();
        let server = Self { keeper, pid, port, mode, password };
        server.is_up().then_some(server)
    }

    /// Whether it came up; `false` where its port is taken. Asked over its own socket, where nobody else can answer.
    fn is_up(&self) -> bool {
        let until = Instant::now() + PATIENCE;
        while self.try_cli(&["PING"]).as_deref() != Some("PONG") {
            let log = fs::read_to_string(self.dir().join("log")).unwrap_or_default();
            if log.contains("Address already in use") || log.contains("Failed listening") {
                return false;
            }
            assert!(!log.contains("not found"), "redis-server is not there; scripts/bootstrap.sh test installs it");
            assert!(Instant::now() < until, "redis-server did not start: {log}");
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Its port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        socket(self.dir())
    }

    /// Its directory, which goes with it.
    pub fn dir(&self) -> &Path {
        &self.keeper.dir
    }

    /// The address of its port, without a password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What redis-cli answers to a command.
    pub fn cli(&self, command: &[&str]) -> String {
        self.try_cli(command).unwrap_or_else(|| panic!("redis-cli {command:?} failed at port {}", self.port))
    }

    fn try_cli(&self, command: &[&str]) -> Option<String> {
        let mut cli = cli();
        if let Some(password) = &self.password {
            cli.env("REDISCLI_AUTH", password);
        }
        let done = cli.arg("-s").arg(self.socket()).args(command).stderr(Stdio::null()).output();
        let done = done.expect("redis-cli is not there; scripts/bootstrap.sh test installs it");
        let said = String::from_utf8_lossy(&done.stdout).trim_end().to_owned();
        done.status.success().then_some(said)
    }

    /// A field of INFO.
    pub fn info(&self, field: &str) -> Option<String> {
        let info = self.try_cli(&["INFO", "everything"])?;
        info.lines().find_map(|line| Some(line.strip_prefix(field)?.strip_prefix(':')?.trim().to_owned()))
    }

    /// Kills it at once; it says goodbye to nobody and saves nothing.
    pub fn kill(&self) {
        self.signal("KILL");
        let process = format!("/proc/{}", self.pid);
        // Its keeper has not asked for its end yet, so it is a zombie; without connections once its other threads are gone, which share them.
        eventually("the server is dead", || {
            let is_zombie = fs::read_to_string(format!("{process}/stat")).map_or(true, |stat| stat.contains(") Z "));
            let threads = fs::read_dir(format!("{process}/task")).map_or(0, Iterator::count);
            is_zombie && threads <= 1
        });
    }

    /// Stops it: connections stay open, and nothing is answered.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.pid.to_string()]).status().unwrap();
        assert!(done.success(), "kill -{name} {}", self.pid);
    }

    /// Starts it again, empty, at the same port and with the same files.
    pub fn restart(&mut self) {
        let next = Keeper::start(self.mode);
        let own = ["log", "socket", "dump.rdb"];
        for file in
            fs::read_dir(self.dir()).unwrap().flatten().filter(|file| !own.iter().any(|name| file.file_name() == *name))
        {
            fs::copy(file.path(), next.dir.join(file.file_name())).unwrap();
        }
        let conf = next.dir.join("redis.conf");
        let text = fs::read_to_string(&conf).unwrap();
        fs::write(&conf, text.replace(&self.dir().display().to_string(), &next.dir.display().to_string())).unwrap();
        // The old server ends, and its directory with it, before the new one takes its port.
        drop(std::mem::replace(&mut self.keeper, next));
        self.pid = self.keeper.start_server();
        assert!(self.is_up(), "the port {} was taken while the server was down", self.port);
    }

    /// Makes it forget all scripts.
    pub fn flush_scripts(&self) {
        assert_eq!(self.cli(&["SCRIPT", "FLUSH"]), "OK");
    }

    /// Sets one of its parameters.
    pub fn configure(&self, parameter: &str, value: &str) {
        assert_eq!(self.cli(&["CONFIG", "SET", parameter, value]), "OK");
    }

    /// How much memory it may use before it refuses writes, in bytes; 0 = as much as there is.
    pub fn set_max_memory(&self, bytes: u64) {
        self.configure("maxmemory", &bytes.to_string());
    }

    /// Makes it a replica of `primary`, and waits until it has its data.
    pub fn follow(&self, primary: &Server) {
        assert_eq!(self.cli(&["REPLICAOF", "127.0.0.1", &primary.port.to_string()]), "OK");
        self.await_link();
        // The primary counts on it only after its first acknowledgement.
        let own_port = self.port.to_string();
        eventually("the primary knows its replica", || primary.cli(&["ROLE"]).lines().any(|line| line == own_port));
    }

    /// Waits until this replica has the data of its primary.
    pub fn await_link(&self) {
        eventually("a replica follows", || self.info("master_link_status").as_deref() == Some("up"));
    }

    /// Makes it a primary of its own.
    pub fn promote(&self) {
        assert_eq!(self.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    }
}

/// The process that owns a server's directory, and the server as long as there is one.
struct Keeper {
    process: Child,
    says: BufReader<ChildStdout>,
    dir: PathBuf,
}

impl Keeper {
    fn start(mode: Option<&str>) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "redis-keeper"]).arg(std::env::temp_dir().join("sidereal-redis.XXXXXX"));
        command.arg(program("SIDEREAL_REDIS_SERVER", "redis-server")).args(mode);
        // A group of its own: what ends the group of the test, such as an interrupt at the keyboard, leaves somebody to clean up.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let says = BufReader::new(process.stdout.take().unwrap());
        let mut keeper = Self { process, says, dir: PathBuf::new() };
        keeper.dir = keeper.line().into();
        keeper
    }

    /// Starts the server of the configuration that is there by now; answers its PID.
    fn start_server(&mut self) -> u32 {
        self.process.stdin.as_mut().unwrap().write_all(b"start\n").unwrap();
        self.line().parse().expect("the keeper tells the server's PID")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // The end of its standard input is its sign.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The client of the servers' makers.
pub(crate) fn cli() -> Command {
    Command::new(program("SIDEREAL_REDIS_CLI", "redis-cli"))
}

/// What the environment names, or else what the system has.
fn program(variable: &str, name: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| name.into())
}

/// Waits until `question` is answered with yes; `what` is what was waited for.
pub fn eventually(what: &str, mut question: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !question() {
        assert!(Instant::now() < until, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn socket(dir: &Path) -> PathBuf {
    dir.join("socket")
}

fn configuration(dir: &Path, port: u16, parameters: &[(&str, String)]) -> String {
    let mut text = format!(
        "bind 127.0.0.1\nport {port}\nunixsocket {}\nunixsocketperm 700\ndir {}\ndaemonize no\nsave \"\"\n",
        socket(dir).display(),
        dir.display()
    );
    for (name, value) in parameters {
        // What has several values, as those of Sentinels, is not quoted.
        let quote = if name.contains(' ') { "" } else { "\"" };
        text.push_str(&format!("{name} {quote}{value}{quote}\n"));
    }
    text
}

/// A port that nobody listens at, below those that the kernel gives to clients.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 331).unwrap() * 37;
    loop {
        let port = 20_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_700;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
