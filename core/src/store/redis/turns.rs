//! Turns to sweep, one at a time on each host: hosts have been up for different times, so the watch of one says nothing to another. Two hosts that sweep
//! at once do no harm.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::cell::{NONE, slices, word};
use super::client::Client;
use super::keys::Keys;
use super::{scripts, unique};
use crate::birth::Birth;
use crate::clock::{Reading, Time, Watch};
use crate::error::Result;
use crate::store::turn::{TurnCache, is_due};
use crate::store::{Lease, Turn};

/// A sweeper that died is waited for no longer.
const LEASE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Turns {
    latest: TurnCache,
}

/// A turn that is being taken. Dropping it ends it.
struct Taken {
    client: Arc<Client>,
    key: Vec<u8>,
    token: String,
    process: Birth,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.process == Birth::current() {
            // It ends by itself otherwise.
            let _ = self.client.call_script(&scripts::TURN_END, &self.key, &[self.token.as_bytes()]);
        }
    }
}

fn text(watch: &Watch) -> String {
    let jumped = watch.jumped_at.map_or_else(|| NONE.to_owned(), |at| at.to_string());
    format!("{} {} {jumped}", watch.anchor.wall.as_millis(), watch.anchor.uptime)
}

fn parse(text: &[u8]) -> Option<Watch> {
    let mut words = std::str::from_utf8(text).ok()?.split(' ');
    let wall = Time::from_millis(words.next()?.parse().ok()?);
    let anchor = Reading { wall, uptime: words.next()?.parse().ok()? };
    Some(Watch { anchor, jumped_at: words.next()?.parse().ok() })
}

/// The watch that the latest turn on this host kept.
pub(super) fn last(client: &Client, keys: &Keys) -> Result<Option<Watch>> {
    let mut command = redis::cmd("HGET");
    command.arg(keys.turn()).arg("watch");
    Ok(match client.command(&command)? {
        Value::BulkString(bytes) => parse(&bytes),
        _ => None,
    })
}

impl Turns {
    /// See [`Store::take_turn`](crate::store::Store::take_turn).
    pub(super) fn take(
        &self,
        client: &Arc<Client>,
        keys: &Keys,
        now: Reading,
        every: Duration,
    ) -> Result<Option<Turn>> {
        if !self.latest.may_be_due(now, every) {
            return Ok(None);
        }
        let previous = last(client, keys)?;
        if let Some(previous) = previous.filter(|previous| !is_due(previous.anchor, now, every)) {
            self.latest.set(previous.anchor);
            return Ok(None);
        }
        let kept = previous.map_or_else(|| Watch::new(now), |previous| previous.cautious_at(now));
        let before = previous.as_ref().map_or_else(|| NONE.to_owned(), text);
        let (key, token) = (keys.turn(), unique()?);
        let args = [word(before), word(text(&kept)), word(&token), word(LEASE.as_millis().to_string())];
        if client.call_script(&scripts::TURN_TAKE, &key, &slices(&args))? != Value::Int(1) {
            return Ok(None);
        }
        self.latest.set(kept.anchor);
        let taken = Taken { client: Arc::clone(client), key, token, process: Birth::current() };
        let jumped = previous.is_some_and(|previous| !now.agrees_with(previous.anchor));
        Ok(Some(Turn { by: kept.anchor.wall, jumped, lease: Lease::new(taken) }))
    }
}
