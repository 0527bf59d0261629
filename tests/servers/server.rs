//! One server.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Starts a server, and ends it and its directory when standard input ends: at the latest with the process of the test.
const KEEPER: &str = r#"
dir=$1; shift
"$@" </dev/null >>"$dir/log" 2>&1 &
echo $!
read -r _
kill -KILL $! 2>/dev/null
wait
rm -rf -- "$dir"
"#;

/// How long a server may take for anything; a machine that is busy with other tests is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server.
pub struct Server {
    keeper: Child,
    pid: u32,
    port: u16,
    dir: PathBuf,
    arguments: Vec<String>,
    password: Option<String>,
}

impl Server {
    /// Starts one with `arguments` of redis-server besides those that make it private.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(|_, _| arguments.iter().map(|&text| text.to_owned()).collect())
    }

    /// As [`Server::start`], with arguments that depend on its directory and port.
    pub fn start_with(arguments: impl Fn(&Path, u16) -> Vec<String>) -> Self {
        // Somebody else may take the port between the look and the start.
        (0..20)
            .find_map(|_| Self::try_start(&arguments))
            .expect("no free port was found for redis-server in 20 attempts")
    }

    fn try_start(arguments: &impl Fn(&Path, u16) -> Vec<String>) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("sidereal-redis.").tempdir().unwrap().keep();
        let port = free_port();
        let arguments = arguments(&dir, port);
        let password =
            arguments.iter().position(|argument| argument == "--requirepass").map(|at| arguments[at + 1].clone());
        let (keeper, pid) = spawn(&dir, port, &arguments);
        let server = Self { keeper, pid, port, dir, arguments, password };
        server.is_up().then_some(server)
    }

    /// Whether it came up; `false` where its port is taken. Asked over its own socket, where nobody else can answer.
    fn is_up(&self) -> bool {
        let until = Instant::now() + PATIENCE;
        while self.try_cli(&["PING"]).as_deref() != Some("PONG") {
            let log = std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
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
        socket(&self.dir)
    }

    /// Its directory, which goes with it.
    pub fn dir(&self) -> &Path {
        &self.dir
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
        let mut cli = Command::new("redis-cli");
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
        let stat = format!("/proc/{}/stat", self.pid);
        // Its keeper has not asked for its end yet, so it is a zombie, without connections.
        eventually("the server is dead", || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")));
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

    /// Starts it again, empty, at the same port and socket.
    pub fn restart(&mut self) {
        let kept = self.dir.with_extension("kept");
        // The keeper removes the directory, with certificates that are still of use.
        std::fs::create_dir(&kept).unwrap();
        for file in std::fs::read_dir(&self.dir).unwrap().flatten().filter(|file| file.path().is_file()) {
            std::fs::copy(file.path(), kept.join(file.file_name())).unwrap();
        }
        self.end();
        std::fs::rename(&kept, &self.dir).unwrap();
        let _ = std::fs::remove_file(self.dir.join("log"));
        (self.keeper, self.pid) = spawn(&self.dir, self.port, &self.arguments);
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
    }

    /// Waits until this replica has the data of its primary.
    pub fn await_link(&self) {
        eventually("a replica follows", || self.info("master_link_status").as_deref() == Some("up"));
    }

    /// Makes it a primary of its own.
    pub fn promote(&self) {
        assert_eq!(self.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    }

    fn end(&mut self) {
        // The end of its standard input is the keeper's sign.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
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

fn spawn(dir: &Path, port: u16, arguments: &[String]) -> (Child, u32) {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "redis-keeper"]).arg(dir).arg("redis-server");
    // A Sentinel has a file to write into, and it comes first.
    let (file, others) = match arguments.split_first() {
        Some((file, others)) if file.starts_with('/') => (Some(file), others),
        _ => (None, arguments),
    };
    command.args(file);
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--unixsocketperm", "700", "--unixsocket"]);
    command.arg(socket(dir)).arg("--dir").arg(dir);
    command.args(["--daemonize", "no", "--save", ""]).args(others);
    // A group of its own: what ends the group of the test, such as an interrupt at the keyboard, leaves somebody to clean up.
    command.process_group(0);
    let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pid = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    (keeper, pid.trim().parse().expect("the keeper tells the server's PID"))
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
