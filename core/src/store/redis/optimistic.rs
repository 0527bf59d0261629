//! The short way of nearly every request: nobody else touches the cell between its reading and its writing.
//!
//! What was read when the lease was granted says whether a write needs anything that only scripts can do. Where it does not, the row is written, and
//! the lease given back, by plain commands under the server's watch ([`Client::write`](super::client::Client::write)), which stands for every check
//! that the script makes: version, ending, lease and queue are fields of the cell.

use redis::Value;

use super::cell::{Leased, NONE, fixed, place, word, words};
use super::client::Plain;
use super::link::Watched;
use crate::id::Locator;
use crate::store::Change;

/// A cell is kept for half a day, in milliseconds, longer than its rows, at least; scripts make it a whole one.
const SLACK: f64 = 43_200_000.0;

/// A row as it was when its lease was granted, in a cell that is watched.
pub(super) struct Seen {
    watched: Watched,
    head: String,
}

impl Seen {
    /// From a row, its lease and its queue, as they were read when the watch had begun; `None` where there is no row, where somebody waits, and where the
    /// lease is not `token`'s.
    pub(super) fn new(watched: Watched, leased: &Leased, token: &str) -> Option<Self> {
        let Leased { row: Value::Array(row), queue: Value::Nil, .. } = leased else { return None };
        let Some(Value::BulkString(head)) = row.first() else { return None };
        let head = String::from_utf8(head.clone()).ok()?;
        leased.is_held_by(token).then_some(Self { watched, head })
    }

    /// What writes `change` and gives the lease back.
    pub(super) fn write<'a>(&self, cell: &'a [u8], change: &Change<'a>, by: &str, grow: bool) -> Option<Plain<'a>> {
        let mut head: Vec<&str> = self.head.split(' ').collect();
        let [erase, delete] = super::cell::due_words(&change.due);
        let number = |word: &str| word.parse::<f64>().ok();
        let due = number(&erase).unwrap_or(f64::INFINITY).min(number(&delete)?);
        let version = change.version.to_string();
        let is_plain = *head.get(words::VERSION)? == version
            && *head.get(words::WHY)? == NONE
            && due >= number(head.get(words::INDEXED)?)?
            && number(&delete)? + SLACK <= number(head.get(words::KEPT)?)?;
        if !is_plain {
            return None;
        }
        let grown = (change.version + u64::from(grow)).to_string();
        for (at, text) in
            [(words::VERSION, &*grown), (words::BY, by), (words::ERASE, &*erase), (words::DELETE, &*delete)]
        {
            *head.get_mut(at)? = text;
        }
        let place = place(&change.at);
        let mut set = vec![fixed("HSET"), cell.into(), word(&place), word(head.join(" "))];
        set.extend([word(format!("{place}m")), change.meta.into()]);
        if let Some(payload) = change.payload {
            set.extend([word(format!("{place}p")), payload.into()]);
        }
        let mut plain = self.give_back(cell, &change.at);
        plain.commands.insert(0, set);
        Some(plain)
    }

    /// What gives the lease back.
    pub(super) fn give_back<'a>(&self, cell: &'a [u8], at: &Locator) -> Plain<'a> {
        let delete = vec![fixed("HDEL"), cell.into(), word(format!("{}l", place(at)))];
        Plain { watched: self.watched, commands: vec![delete] }
    }
}
