//! Endings: what happens to rows of one family, of one user or of everybody, cell by cell.

use std::collections::BTreeSet;

use redis::Value;

use super::cell::{self, Arg, NONE, Relatives, Reply, Which, fixed, slices, word};
use super::client::Call;
use super::script::Script;
use super::{RedisStore, scripts};
use crate::error::Result;
use crate::id::Partition;
use crate::record::EndReason;
use crate::store::{Ending, New, Whom};

/// Cells that are ended at a time, where all are.
const BATCH: usize = 200;

/// Visits each cell that has rows which are meant, the one where it starts first; `visit` answers what it found out about relatives in other cells.
///
/// Sessions that are elevated meanwhile are reached with their family: either the predecessor was visited before, and its elevation is lost, or it has
/// relatives by now.
pub(super) fn each_cell(
    store: &RedisStore,
    whom: &Whom,
    mut visit: impl FnMut(&Partition, &Which<'_>) -> Result<Relatives>,
) -> Result<()> {
    let (start, which) = match whom {
        Whom::Family { family, at, up_to_generation } => {
            let which = Which::Family { family: *family, at: Some(at), up_to_generation: *up_to_generation };
            (at.partition(), which)
        }
        Whom::Subject { subject, except } => {
            (subject.partition(), Which::Subject { subject: *subject, but: except.map(|it| it.family) })
        }
        Whom::All => {
            let (mut left, mut seen) = (everywhere(store)?, BTreeSet::new());
            while let Some(next) = left.pop_first() {
                if seen.insert(next) {
                    left.extend(visit(&next, &Which::All)?.kin.iter().filter_map(|kin| cell::partition(kin)));
                }
            }
            return Ok(());
        }
    };
    let relatives = visit(&start, &which)?;
    each_relative(start, whom, relatives, visit)
}

/// Goes on with relatives in other cells than `start`.
fn each_relative(
    start: Partition,
    whom: &Whom,
    Relatives { families, kin: mut left }: Relatives,
    mut visit: impl FnMut(&Partition, &Which<'_>) -> Result<Relatives>,
) -> Result<()> {
    let mut seen = BTreeSet::from([start]);
    while let Some(next) = left.pop() {
        let Some(next) = cell::partition(&next).filter(|next| seen.insert(*next)) else { continue };
        let which = match whom {
            Whom::Family { family, up_to_generation, .. } => {
                Which::Family { family: *family, at: None, up_to_generation: *up_to_generation }
            }
            Whom::Subject { .. } | Whom::All => Which::Families(&families),
        };
        left.extend(visit(&next, &which)?.kin);
    }
    Ok(())
}

/// Does `script` to all rows that are meant. Answers how many it changed.
pub(super) fn end(store: &RedisStore, script: &'static Script, ending: &Ending) -> Result<u64> {
    if ending.whom == Whom::All {
        return end_everybody(store, script, ending);
    }
    let mut count = 0;
    each_cell(store, &ending.whom, |partition, which| {
        let (changed, relatives) = end_in(store, script, partition, which, ending)?;
        count += changed;
        Ok(relatives)
    })?;
    Ok(count)
}

/// As [`end`], many cells at a time.
fn end_everybody(store: &RedisStore, script: &'static Script, ending: &Ending) -> Result<u64> {
    let args = end_args(&Which::All, ending);
    let arguments = slices(&args);
    let (mut left, mut seen, mut count) = (everywhere(store)?, BTreeSet::new(), 0);
    while !left.is_empty() {
        let batch: Vec<Partition> = std::iter::from_fn(|| left.pop_first()).take(BATCH).collect();
        let cells: Vec<Vec<u8>> = batch.iter().map(|partition| store.keys.cell(partition)).collect();
        let keys: Vec<[&[u8]; 1]> = cells.iter().map(|cell| [cell.as_slice()]).collect();
        let calls: Vec<Call<'_>> = keys.iter().map(|keys| Call { script, keys, arguments: &arguments }).collect();
        for (partition, answer) in batch.iter().zip(store.client.run_all_durably(&calls)?) {
            seen.insert(*partition);
            let (ended, relatives) = ended_in(store, partition, Reply::new(answer)?)?;
            count += ended;
            left.extend(relatives.kin.iter().filter_map(|kin| cell::partition(kin)).filter(|kin| !seen.contains(kin)));
        }
    }
    Ok(count)
}

/// Every partition that has anything.
fn everywhere(store: &RedisStore) -> Result<BTreeSet<Partition>> {
    let mut found = store.index.partitions()?;
    found.extend(store.device_partitions()?);
    Ok(found)
}

/// What a cap has evicted in the cell of a new row, and its relatives elsewhere.
pub(super) fn evicted(store: &RedisStore, partition: &Partition, mut evicted: Reply, new: &New<'_>) -> Result<()> {
    store.index.moved(*partition, evicted.list()?)?;
    let relatives = Relatives::read(&mut evicted)?;
    store.index.forget(*partition, evicted.list()?.texts()?)?;
    let Some((ended, delete)) = new.cap.and_then(|cap| cap.evict) else { return Ok(()) };
    let ending = Ending { whom: Whom::All, ended, delete };
    each_relative(*partition, &ending.whom, relatives, |partition, which| {
        Ok(end_in(store, &scripts::END, partition, which, &ending)?.1)
    })
}

fn end_in(
    store: &RedisStore,
    script: &'static Script,
    partition: &Partition,
    which: &Which<'_>,
    ending: &Ending,
) -> Result<(u64, Relatives)> {
    ended_in(store, partition, store.run_durably(script, partition, &end_args(which, ending))?)
}

fn end_args(which: &Which<'_>, ending: &Ending) -> Vec<Arg<'static>> {
    let mut args = which.args();
    args.extend(cell::ended_words(Some(ending.ended)).map(word));
    args.push(word(cell::moment(ending.delete)));
    args.push(fixed(if ending.ended.reason == EndReason::Quarantined { "1" } else { "0" }));
    // Devices of a user are all in the cell of that user.
    args.extend(match (which, &ending.whom) {
        (Which::All, _) => [fixed("all"), fixed(NONE)],
        (Which::Subject { subject, .. }, Whom::Subject { except, .. }) => {
            let stays = except.and_then(|it| it.device).map(|name| cell::hex(&name.0));
            [word(stays.unwrap_or_else(|| "own".to_owned())), word(cell::hex(&subject.0))]
        }
        _ => [fixed(NONE), fixed(NONE)],
    });
    args
}

/// What the script did: how many rows it changed, and where they have relatives. Their entries in the index follow.
fn ended_in(store: &RedisStore, partition: &Partition, mut reply: Reply) -> Result<(u64, Relatives)> {
    let count = cell::count(Value::Int(reply.int()?))?;
    store.index.moved(*partition, reply.list()?)?;
    Ok((count, Relatives::read(&mut reply)?))
}
