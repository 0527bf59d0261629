//! What a server says of itself (`INFO`), for the audit.

use redis::Value;

use super::RedisStore;
use crate::audit::facts::Told;
use crate::error::Result;

impl RedisStore {
    /// Asks the server, of a Cluster one of its primaries. A user who may not ask (`-info`) is told nothing, which is no error.
    ///
    /// # Errors
    /// [`crate::Error::is_store`]: it does not answer, or not to us.
    pub fn ask(&self) -> Result<Told> {
        self.client.command(&redis::cmd("PING"))?;
        let mut info = redis::cmd("INFO");
        info.arg("memory").arg("persistence");
        Ok(match self.client.command(&info) {
            Ok(Value::BulkString(text)) => read(&String::from_utf8_lossy(&text)),
            _ => Told::default(),
        })
    }
}

/// Reads the lines `name:value` of INFO.
fn read(info: &str) -> Told {
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim));
    Told {
        eviction: field("maxmemory_policy").map(str::to_owned),
        keeps_log: field("aof_enabled").map(|enabled| enabled == "1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_read_as_far_as_it_goes() {
        let whole = "# Memory\r\nused_memory:1\r\nmaxmemory_policy:noeviction\r\n# Persistence\r\naof_enabled:0\r\n";
        assert_eq!(read(whole), Told { eviction: Some("noeviction".into()), keeps_log: Some(false) });
        assert_eq!(read("aof_enabled:1\r\n"), Told { eviction: None, keeps_log: Some(true) });
        assert_eq!(read(""), Told::default());
    }
}
