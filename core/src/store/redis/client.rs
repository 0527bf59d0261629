//! STUB for development: replaced by the branch redis-link.
use std::time::Duration;

use parking_lot::Mutex;
use redis::{Cmd, Connection, Value};

use crate::error::{Error, Result};

pub(super) struct Script {
    text: &'static str,
    sha: std::sync::OnceLock<String>,
}
impl Script {
    pub(super) const fn new(_name: &'static str, text: &'static str) -> Self {
        Self { text, sha: std::sync::OnceLock::new() }
    }
    fn sha(&self) -> &str {
        self.sha.get_or_init(|| redis::Script::new(self.text).get_hash().to_owned())
    }
}

pub(super) struct Client {
    client: redis::Client,
    idle: Mutex<Vec<Connection>>,
}

impl Client {
    pub(super) fn new(address: super::address::Address) -> Self {
        Self { client: redis::Client::open(address.0).unwrap(), idle: Mutex::default() }
    }
    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> redis::RedisResult<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let mut connection = match idle {
            Some(idle) => idle,
            None => self.client.get_connection().map_err(|e| Error::store(e.to_string()))?,
        };
        let done = work(&mut connection).map_err(|e| Error::store(e.to_string()))?;
        self.idle.lock().push(connection);
        Ok(done)
    }
    pub(super) fn run(&self, script: &Script, key: &[u8], args: &[&[u8]]) -> Result<Value> {
        self.with(|c| {
            let mut cmd = redis::cmd("EVALSHA");
            cmd.arg(script.sha()).arg(1).arg(key);
            for arg in args {
                cmd.arg(*arg);
            }
            match cmd.query::<Value>(c) {
                Err(e) if e.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::NoScript) => {
                    redis::cmd("SCRIPT").arg("LOAD").arg(script.text).exec(c)?;
                    cmd.query::<Value>(c)
                }
                other => other,
            }
        })
    }
    pub(super) fn run_durably(&self, script: &Script, key: &[u8], args: &[&[u8]]) -> Result<Value> {
        self.run(script, key, args)
    }
    pub(super) fn run_all(&self, calls: &[(&Script, Vec<u8>, Vec<Vec<u8>>)]) -> Result<Vec<Value>> {
        calls
            .iter()
            .map(|(script, key, args)| self.run(script, key, &args.iter().map(Vec::as_slice).collect::<Vec<_>>()))
            .collect()
    }
    pub(super) fn command(&self, command: &Cmd) -> Result<Value> {
        self.with(|c| command.query::<Value>(c))
    }
    pub(super) fn pop(&self, key: &[u8], timeout: Duration) -> Result<Option<Vec<u8>>> {
        self.with(|c| {
            let got: Option<(Vec<u8>, Vec<u8>)> = redis::cmd("BLPOP").arg(key).arg(timeout.as_secs_f64()).query(c)?;
            Ok(got.map(|got| got.1))
        })
    }
    pub(super) fn push(&self, key: &[u8], value: &[u8], ttl: Duration) -> Result<()> {
        self.with(|c| {
            redis::cmd("LPUSH").arg(key).arg(value).exec(c)?;
            redis::cmd("PEXPIRE").arg(key).arg(ttl.as_millis() as u64).exec(c)
        })
    }
}
