//! A FastCGI client that can do as little as the tests need, and a browser: a client that keeps its session cookie.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whoever waits for longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(40);

/// What a request got.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// The values of all `Set-Cookie` headers.
    pub set_cookies: Vec<String>,
    /// What PHP logged meanwhile.
    pub log: Log,
    /// What the application answered, by name.
    values: HashMap<String, String>,
}

impl Reply {
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or_else(|_| panic!("expected a number called {name}, found {self:?}"))
    }

    /// Whether the session was opened.
    pub fn opened(&self) -> bool {
        self.text("open") == "yes"
    }

    /// Whether the session was opened and written.
    pub fn stored(&self) -> bool {
        self.opened() && self.text("written") == "yes"
    }

    /// The session ID that the client is told to keep from now on.
    pub fn new_id(&self) -> Option<&str> {
        self.set_cookies.last()?.strip_prefix("PHPSESSID=")?.split(';').next()
    }
}

/// Messages of PHP's log.
#[derive(Clone, Default)]
pub struct Log(Vec<String>);

impl Log {
    /// Sidereal's own warnings.
    pub fn warnings(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).filter(|line| line.contains("Sidereal: ")).collect()
    }

    /// What is neither Sidereal's nor PHP's general sentence that follows each refusal of a save handler.
    pub fn others(&self) -> Vec<&str> {
        let all = self.0.iter().map(String::as_str);
        all.filter(|message| !message.contains("Sidereal: ") && !message.contains(": Failed to ")).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one warning of Sidereal's, with all of these words, and nothing besides it.
    pub fn is_one_warning(&self, words: &[&str]) -> bool {
        match self.warnings()[..] {
            [warning] => words.iter().all(|word| warning.contains(word)) && self.others().is_empty(),
            _ => false,
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// Why there was no reply.
#[derive(Debug)]
pub enum Failure {
    /// The connection broke: the worker died.
    Broken,
    /// There was no answer for [`PATIENCE`].
    Hung,
}

impl From<io::Error> for Failure {
    fn from(found: io::Error) -> Self {
        match found.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Hung,
            _ => Self::Broken,
        }
    }
}

/// Where requests go: the socket of a pool, and the script.
#[derive(Clone, Debug)]
pub struct Target {
    pub socket: PathBuf,
    pub script: PathBuf,
}

impl Target {
    /// One request with this query, presenting the session ID `id` if there is one.
    pub fn request(&self, query: &str, id: Option<&str>) -> Result<Reply, Failure> {
        let mut connection = Connection::open(&self.socket)?;
        connection.ask(&self.script, query, id, Last::Yes)
    }

    /// A connection that carries any number of requests.
    pub fn connect(&self) -> Connection {
        Connection::open(&self.socket).unwrap()
    }

    /// Somebody without a cookie.
    pub fn browser(&self) -> Browser {
        Browser { target: self.clone(), id: None }
    }
}

/// A client that does what it is told by `Set-Cookie`.
#[derive(Clone, Debug)]
pub struct Browser {
    target: Target,
    pub id: Option<String>,
}

impl Browser {
    /// Asks and expects an answer.
    pub fn get(&mut self, query: &str) -> Reply {
        self.try_get(query).unwrap_or_else(|failure| panic!("expected an answer to {query}, found {failure:?}"))
    }

    pub fn try_get(&mut self, query: &str) -> Result<Reply, Failure> {
        let reply = self.target.request(query, self.id.as_deref())?;
        if let Some(id) = reply.new_id() {
            self.id = Some(id.to_owned()).filter(|id| !id.is_empty() && id != "deleted");
        }
        Ok(reply)
    }
}

/// Whether the server closes the connection after the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Last {
    Yes,
    No,
}

/// A connection to a worker.
pub struct Connection {
    stream: UnixStream,
}

// Record types and the one role that we play, as the FastCGI specification numbers them.
const BEGIN_REQUEST: u8 = 1;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
const RESPONDER: u8 = 1;
const KEEP_CONNECTION: u8 = 1;

impl Connection {
    fn open(socket: &Path) -> Result<Self, Failure> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    pub fn ask(&mut self, script: &Path, query: &str, id: Option<&str>, last: Last) -> Result<Reply, Failure> {
        let cookie = id.map(|id| format!("PHPSESSID={id}")).unwrap_or_default();
        let params = params(&[
            ("SCRIPT_FILENAME", &script.to_string_lossy()),
            ("SCRIPT_NAME", "/app.php"),
            ("REQUEST_METHOD", "GET"),
            ("REQUEST_URI", "/"),
            ("QUERY_STRING", query),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("REMOTE_ADDR", "127.0.0.1"),
            ("HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64) test"),
            ("HTTP_COOKIE", &cookie),
        ]);
        let keep = if last == Last::Yes { 0 } else { KEEP_CONNECTION };
        let mut out = record(BEGIN_REQUEST, &[0, RESPONDER, keep, 0, 0, 0, 0, 0]);
        params.chunks(usize::from(u16::MAX)).for_each(|chunk| out.extend(record(PARAMS, chunk)));
        out.extend(record(PARAMS, &[]));
        out.extend(record(STDIN, &[]));
        self.stream.write_all(&out)?;
        self.reply()
    }

    fn reply(&mut self) -> Result<Reply, Failure> {
        let (mut out, mut log) = (Vec::new(), Vec::new());
        loop {
            let mut header = [0; 8];
            self.stream.read_exact(&mut header)?;
            let [_, kind, _, _, high, low, padding, _] = header;
            let length = usize::from(u16::from_be_bytes([high, low]));
            let mut body = vec![0; length + usize::from(padding)];
            self.stream.read_exact(&mut body)?;
            match kind {
                STDOUT => out.extend_from_slice(&body[..length]),
                STDERR => log.extend_from_slice(&body[..length]),
                END_REQUEST => return Ok(parse(&String::from_utf8_lossy(&out), &String::from_utf8_lossy(&log))),
                _ => {}
            }
        }
    }
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let mut out = vec![1, kind, 0, 1, length[0], length[1], 0, 0];
    out.extend_from_slice(body);
    out
}

fn params(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in pairs {
        for text in [name, value] {
            out.extend((u32::try_from(text.len()).unwrap() | 1 << 31).to_be_bytes());
        }
        out.extend(name.bytes().chain(value.bytes()));
    }
    out
}

fn parse(text: &str, log: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    // php-fpm strings messages together.
    let messages = log.split("PHP message: ").map(|message| message.trim_end().trim_end_matches(';'));
    let log = Log(messages.filter(|message| !message.is_empty()).map(str::to_owned).collect());
    let mut reply = Reply { status: 200, set_cookies: Vec::new(), log, values: HashMap::new() };
    for line in head.lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => reply.status = status[..3].parse().unwrap(),
            Some((name, cookie)) if name.eq_ignore_ascii_case("Set-Cookie") => {
                reply.set_cookies.push(cookie.to_owned())
            }
            _ => {}
        }
    }
    reply.values =
        body.lines().filter_map(|line| line.split_once(' ')).map(|(name, value)| (name.into(), value.into())).collect();
    reply
}
