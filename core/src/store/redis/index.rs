//! The index of all rows: one sorted set, in the order in which rows are cleaned up.
//!
//! It lies beside the cells and not in them, so it cannot change together with a row: an entry is there before its row is, and goes after it. A row that is
//! due later than its entry says is found when it is looked at, and the entry moved. A row that is due earlier is told by the script that wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redis::{Cmd, Value};

use super::cell::{self, Arg, Reply, fixed, hex, score_at, slices, word};
use super::client::{Call, Client};
use super::keys::Keys;
use super::scripts;
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Partition, Tag};
use crate::store::{New, Swept};

/// Rows that are not bound to a user come first, in three classes.
const UNBOUND_CLASSES: u64 = 3;
/// Entries that are fetched at a time.
const PAGE: usize = 1000;

/// See the module's text.
pub(super) struct Index {
    client: Arc<Client>,
    keys: Keys,
}

/// The name of a row, and its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    id: String,
    partition: Partition,
}

impl Member {
    fn parse(text: &str) -> Option<Self> {
        let (id, partition) = text.split_at_checked(20)?;
        let partition = data_encoding::HEXLOWER.decode(partition.as_bytes()).ok()?;
        Some(Self { id: id.to_owned(), partition: Partition::from_slice(&partition)? })
    }

    fn text(&self) -> String {
        format!("{}{}", self.id, hex(&self.partition.0))
    }
}

fn command(name: &str, key: &[u8], args: &[&str]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(key).arg(args);
    command
}

impl Index {
    pub(super) fn new(client: Arc<Client>, keys: Keys) -> Self {
        Self { client, keys }
    }

    /// What has to be done before a row is made that will be called `id`.
    pub(super) fn announcing(&self, new: &New<'_>, id: &str) -> Vec<Cmd> {
        let member = Member { id: id.to_owned(), partition: new.at.partition() };
        let mut commands = vec![command("ZADD", &self.keys.index(), &[&cell::score(new).to_string(), &member.text()])];
        if let Some(prefix) = &new.prefix {
            // The latest time at which one of its rows may be deleted.
            let (delete, key) = (score_at(0, new.due.delete).to_string(), self.keys.prefix(prefix));
            commands.push(command("ZADD", &key, &["GT", &delete, &hex(&member.partition.0)]));
        }
        commands
    }

    /// What scripts say that has moved: names and scores, in turn.
    pub(super) fn moved(&self, partition: Partition, moved: Reply) -> Result<()> {
        let moved = moved.texts()?;
        self.put(moved.chunks_exact(2).map(|pair| (Member { id: pair[0].clone(), partition }, pair[1].clone())))
    }

    /// Rows are gone, or have not been made.
    pub(super) fn forget(&self, partition: Partition, ids: Vec<String>) -> Result<()> {
        self.remove(ids.into_iter().map(|id| Member { id, partition }))
    }

    fn put(&self, entries: impl Iterator<Item = (Member, String)>) -> Result<()> {
        let words: Vec<String> = entries.flat_map(|(member, score)| [score, member.text()]).collect();
        for words in words.chunks(2 * PAGE) {
            self.command("ZADD", &self.keys.index(), &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn remove(&self, members: impl Iterator<Item = Member>) -> Result<()> {
        let words: Vec<String> = members.map(|member| member.text()).collect();
        for words in words.chunks(PAGE) {
            self.command("ZREM", &self.keys.index(), &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn command(&self, name: &str, key: &[u8], args: &[&str]) -> Result<Value> {
        self.client.command(&command(name, key, args))
    }

    /// The partitions that may have rows with this prefix, each with its entry's score.
    pub(super) fn with_prefix(&self, prefix: &Tag) -> Result<Vec<(Partition, String)>> {
        let args = ["0", "-1", "WITHSCORES"];
        let found = Reply::new(self.command("ZRANGE", &self.keys.prefix(prefix), &args)?)?.texts()?;
        let decode = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        let entry = |pair: &[String]| Some((Partition::from_slice(&decode(&pair[0])?)?, pair[1].clone()));
        Ok(found.chunks_exact(2).filter_map(entry).collect())
    }

    /// A partition has no row with this prefix. Its entry goes, unless it is so new that the row may be about to be made.
    pub(super) fn without_prefix(&self, prefix: &Tag, (partition, score): &(Partition, String)) -> Result<()> {
        if score.parse().is_ok_and(|score: u64| score < score_at(0, super::wall())) {
            let args = [word(hex(&partition.0)), word(score.as_str())];
            self.client.call_script(&scripts::UNLIST, &self.keys.prefix(prefix), &slices(&args))?;
        }
        Ok(())
    }

    /// Every partition that has rows. One that is made meanwhile may be missing.
    pub(super) fn partitions(&self) -> Result<BTreeSet<Partition>> {
        let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let mut page =
                Reply::new(self.command("ZSCAN", &self.keys.index(), &[&cursor, "COUNT", &PAGE.to_string()])?)?;
            cursor = page.text()?;
            let entries = page.list()?.texts()?;
            found.extend(entries.iter().step_by(2).filter_map(|text| Some(Member::parse(text)?.partition)));
            if cursor == "0" {
                return Ok(found);
            }
        }
    }

    fn count_unbound(&self) -> Result<u64> {
        let end = format!("({}", UNBOUND_CLASSES << 50);
        cell::count(self.command("ZCOUNT", &self.keys.index(), &["0", &end])?)
    }

    /// Up to `limit` entries from `from` to `to`, after the first `offset`.
    fn range(&self, from: u64, to: &str, offset: usize, limit: usize) -> Result<Vec<(Member, String)>> {
        let (from, offset, limit) = (from.to_string(), offset.to_string(), limit.to_string());
        let args = [from.as_str(), to, "BYSCORE", "LIMIT", &offset, &limit, "WITHSCORES"];
        let found = Reply::new(self.command("ZRANGE", &self.keys.index(), &args)?)?.texts()?;
        let entries = found.chunks_exact(2).filter_map(|pair| Some((Member::parse(&pair[0])?, pair[1].clone())));
        Ok(entries.collect())
    }

    /// See [`Store::sweep`](crate::store::Store::sweep), without incidents. Answers what is left of `limit` as well.
    pub(super) fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<(Swept, u32)> {
        let mut swept = Swept::default();
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        // What may be deleted after all times that can be told is not due.
        let now_score = score_at(0, now).min((1 << 49) - 1);
        for class in 0..=UNBOUND_CLASSES {
            let due = self.range(class << 50, &((class << 50) + now_score).to_string(), 0, left)?;
            left -= due.len();
            self.visit(now, false, due, &mut swept)?;
        }
        let mut excess = self.count_unbound()?.saturating_sub(anonymous_max);
        let mut passed = 0;
        while excess > 0 && left > 0 {
            let most = left.min(usize::try_from(excess).unwrap_or(usize::MAX));
            let oldest = self.range(0, &format!("({}", UNBOUND_CLASSES << 50), passed, most)?;
            if oldest.is_empty() {
                break;
            }
            left -= oldest.len();
            let before = swept.evicted;
            let moved = self.visit(now, true, oldest, &mut swept)?;
            excess = excess.saturating_sub(swept.evicted - before);
            passed += moved;
        }
        swept.more = left == 0;
        Ok((swept, u32::try_from(left).unwrap_or(u32::MAX)))
    }

    /// Looks at rows and does what is due. Answers how many entries stay although there is no row: it may be about to be made.
    fn visit(&self, now: Time, evict: bool, entries: Vec<(Member, String)>, swept: &mut Swept) -> Result<usize> {
        let mut cells: BTreeMap<Partition, Vec<(Member, String)>> = BTreeMap::new();
        for entry in entries {
            cells.entry(entry.0.partition).or_default().push(entry);
        }
        let visits: Vec<(Vec<u8>, Vec<Arg<'_>>)> = cells
            .iter()
            .map(|(partition, entries)| {
                let mut args = vec![word(cell::moment(now)), fixed(if evict { "1" } else { "0" })];
                args.extend(
                    entries.iter().flat_map(|(member, score)| [word(member.id.as_str()), word(score.as_str())]),
                );
                (self.keys.cell(partition), args)
            })
            .collect();
        let answers = self.visit_cells(&visits)?;
        let (mut gone, mut moved, mut stay) = (Vec::new(), Vec::new(), 0);
        for (answer, entries) in answers.into_iter().zip(cells.into_values()) {
            let mut answer = Reply::new(answer)?;
            for (member, _) in entries {
                match answer.number_or_word()? {
                    Err(score) => moved.push((member, score)),
                    Ok(0) if evict => stay += 1,
                    Ok(what) => {
                        swept.deleted += u64::from(what == 1);
                        swept.evicted += u64::from(what == 2);
                        gone.push(member);
                    }
                }
            }
        }
        self.put(moved.into_iter())?;
        self.remove(gone.into_iter())?;
        Ok(stay)
    }

    fn visit_cells(&self, visits: &[(Vec<u8>, Vec<Arg<'_>>)]) -> Result<Vec<Value>> {
        let words: Vec<(&[u8], Vec<&[u8]>)> =
            visits.iter().map(|(cell, args)| (cell.as_slice(), slices(args))).collect();
        let keys: Vec<[&[u8]; 1]> = words.iter().map(|(cell, _)| [*cell]).collect();
        let calls =
            words.iter().zip(&keys).map(|((_, args), keys)| Call { script: &scripts::SWEEP, keys, arguments: args });
        self.client.run_all(&calls.collect::<Vec<_>>())
    }
}
