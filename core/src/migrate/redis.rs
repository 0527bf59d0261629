//! Sessions of phpredis: one string each.
//!
//! Its lock, `<key>_LOCK`, is neither looked at nor touched: who holds one may write the session back later, as phpredis lets it happen in any case.

use super::{Look, Name, Old, Taken, Terms, php_id, too_large};
use crate::error::Result;
use crate::store::redis::{Address, Foreign};
use std::sync::Arc;

/// What phpredis puts before an ID where `session.save_path` has no prefix.
const PREFIX: &str = "PHPREDIS_SESSION:";

pub(super) struct PhpRedis {
    strings: Arc<Foreign>,
}

impl PhpRedis {
    pub(super) fn new(address: Address) -> Self {
        Self { strings: Arc::new(Foreign::new(address, PREFIX)) }
    }
}

impl Old for PhpRedis {
    fn kind(&self) -> &'static str {
        "redis-php"
    }

    fn look(&self, text: &[u8], _: &Terms<'_>) -> Result<Look> {
        let Some(id) = php_id(text) else { return Ok(Look::Nothing) };
        Ok(Look::Named { name: Name::new(text), is_there: self.strings.has(id)? })
    }

    fn read(&self, text: &[u8], terms: &Terms<'_>) -> Result<Option<Taken>> {
        let Some(id) = php_id(text) else { return Ok(None) };
        // One byte more tells what is too large.
        let payload = self.strings.read(id, terms.policy.max_payload + 1)?;
        if payload.is_empty() {
            return Ok(None);
        }
        if payload.len() > terms.policy.max_payload {
            return Err(too_large(self.strings.length(id)?, terms));
        }
        let (strings, id) = (Arc::clone(&self.strings), id.to_owned());
        Ok(Some(Taken { payload, serializer: None, remove: Box::new(move || strings.remove(&id)) }))
    }
}
