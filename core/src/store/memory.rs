//! The store in memory: the reference that the others are held against, for tests and single processes.
//!
//! One mutex around plain maps: every operation is one critical section. Nothing is indexed and nothing is fast. Leases are
//! tickets in a queue for each place, granted in order.

mod devices;
mod evidence;
mod leases;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use self::leases::{Leases, Place, monotonic};

use super::{
    Acquired, Change, Created, Due, Ending, Found, Label, Lease, MAX_POINTERS, MAX_SNAPSHOTS, MAX_SUPERSEDED, New,
    NewPointer, Old, Row, Stats, Store, Swept, Turn, Whom, Written, turn::is_due,
};
use crate::clock::{Reading, Time, Watch};
use crate::error::{Error, Result};
use crate::id::{Family, Handle, Locator, Tag};
use crate::lock::Wait;
use crate::record::{EndReason, Ended};

/// A store that lives and dies with its process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    leases: Arc<Leases>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<Locator, Record>,
    pointers: BTreeMap<Locator, Pointer>,
    devices: BTreeMap<Handle, devices::Device>,
    turn: Option<Watch>,
    kept: Vec<evidence::Kept>,
}

#[derive(Clone, Debug)]
struct Record {
    family: Family,
    generation: u32,
    subject: Option<Tag>,
    prefix: Option<Tag>,
    version: u64,
    ended: Option<Ended>,
    unbound: Option<Time>,
    meta: Vec<u8>,
    payload: Option<Vec<u8>>,
    due: Due,
    /// Its place in the order in which its family was superseded.
    superseded: Option<u64>,
    /// Ended or erased: the first to be evicted.
    left_over: bool,
}

#[derive(Clone, Debug)]
struct Pointer {
    target: Locator,
    made: Time,
    sealed: Vec<u8>,
}

impl Record {
    fn new(new: &New<'_>) -> Self {
        Self {
            family: new.family,
            generation: new.generation,
            subject: new.subject,
            prefix: new.prefix,
            version: 1,
            ended: new.ended,
            unbound: None,
            meta: new.meta.to_vec(),
            payload: new.payload.map(<[u8]>::to_vec),
            due: new.due,
            superseded: None,
            left_over: new.ended.is_some(),
        }
    }

    fn at(self, at: Locator) -> Row {
        let Self { version, ended, unbound, meta, payload, .. } = self;
        Row { at, version, ended, unbound, meta, payload }
    }

    /// When the sweeper has to look at it.
    fn next_due(&self) -> Time {
        self.due.erase.map_or(self.due.delete, |erase| erase.min(self.due.delete))
    }

    fn erase(&mut self) {
        if self.payload.take().is_some() {
            self.version += 1;
        }
        self.due.erase = None;
        self.left_over = true;
    }

    /// Whether it had not ended before.
    fn end(&mut self, ended: Ended, delete: Time, keep_payload: bool) -> bool {
        if self.ended.is_some() {
            return false;
        }
        self.version += 1;
        self.ended = Some(ended);
        self.due = Due { erase: None, delete };
        self.left_over = true;
        if !keep_payload {
            self.payload = None;
        }
        true
    }
}

impl State {
    fn find(&self, at: &Locator) -> Option<Found> {
        let (at, pointer) = match self.pointers.get(at) {
            Some(pointer) => (&pointer.target, Some(pointer.sealed.clone())),
            None => (at, None),
        };
        let row = self.rows.get(at)?.clone().at(*at);
        Some(Found { row, pointer })
    }

    fn is_free(&self, at: &Locator) -> bool {
        !self.rows.contains_key(at) && !self.pointers.contains_key(at)
    }

    /// The row that `change` may be made to.
    fn writable(&mut self, change: &Change<'_>) -> Option<&mut Record> {
        self.rows.get_mut(&change.at).filter(|row| row.version == change.version && row.ended.is_none())
    }

    fn save(&mut self, change: &Change<'_>) -> Written {
        let Some(row) = self.writable(change) else { return Written::Lost };
        row.version += 1;
        row.meta = change.meta.to_vec();
        row.due = change.due;
        if let Some(payload) = change.payload {
            row.payload = Some(payload.to_vec());
        }
        Written::Done(row.version)
    }

    /// Adds a pointer to a place that is free, and drops the oldest of the others where there are too many.
    fn point(&mut self, new: &NewPointer<'_>, target: Locator) {
        self.pointers.insert(new.at, Pointer { target, made: new.made, sealed: new.sealed.to_vec() });
        let others = self.pointers.iter().filter(|(at, pointer)| pointer.target == target && **at != new.at);
        let mut others: Vec<(Time, Locator)> = others.map(|(at, pointer)| (pointer.made, *at)).collect();
        others.sort_unstable();
        let surplus = (others.len() + 1).saturating_sub(MAX_POINTERS);
        for (_, at) in others.into_iter().skip(1).take(surplus) {
            self.pointers.remove(&at);
        }
    }

    /// Whether the subject of `new` may have one more row, when `left` is superseded by it. Ends others where the cap says so.
    fn make_room(&mut self, new: &New<'_>, left: Option<Locator>) -> bool {
        let (Some(subject), Some(cap)) = (new.subject, new.cap) else { return true };
        let live = self.rows.iter().filter(|(at, row)| {
            row.subject == Some(subject)
                && row.ended.is_none()
                && row.superseded.is_none()
                && row.due.delete > cap.now
                && Some(**at) != left
                && !cap.over.contains(*at)
        });
        let mut live: Vec<(Time, u64, Family, Locator)> =
            live.map(|(at, row)| (row.due.delete, at.number(), row.family, *at)).collect();
        live.sort_unstable();
        let excess = (live.len() + 1).saturating_sub(usize::try_from(cap.most).unwrap_or(usize::MAX));
        let Some((ended, delete)) = cap.evict else { return excess == 0 };
        for (_, _, family, first) in live.into_iter().take(excess) {
            for (at, row) in &mut self.rows {
                if *at == first || (row.family == family && family != new.family) {
                    row.end(ended, delete, false);
                }
            }
        }
        true
    }

    fn delete(&mut self, at: &Locator) {
        self.rows.remove(at);
        self.pointers.retain(|_, pointer| pointer.target != *at);
    }

    fn supersede(&mut self, at: Locator) {
        let own = self.rows.get(&at).map(|row| row.family);
        let relatives = self.rows.values().filter(|row| Some(row.family) == own);
        let latest = relatives.filter_map(|row| row.superseded).max().unwrap_or(0);
        if let Some(row) = self.rows.get_mut(&at) {
            row.superseded = Some(latest + 1);
        }
    }

    fn trim(&mut self, family: Family) {
        let superseded = self.rows.iter().filter(|(_, row)| row.family == family);
        let mut superseded: Vec<(u64, Locator)> =
            superseded.filter_map(|(at, row)| Some((row.superseded?, *at))).collect();
        superseded.sort_unstable();
        let first = superseded.first().map(|(_, at)| *at);
        for ((_, at), younger) in superseded.into_iter().rev().zip(0u32..) {
            if younger >= MAX_SUPERSEDED && Some(at) != first {
                self.delete(&at);
            } else if let Some(row) =
                self.rows.get_mut(&at).filter(|row| younger >= MAX_SNAPSHOTS && row.payload.is_some())
            {
                row.erase();
            }
        }
    }

    fn end(&mut self, ending: &Ending) -> u64 {
        let Ending { whom, ended, delete } = *ending;
        self.forget_devices(&whom);
        let mut count = 0;
        match whom {
            Whom::Family { family, at, up_to_generation } => {
                // The row may have moved since the caller saw it.
                let start = self.pointers.get(&at).map_or(at, |pointer| pointer.target);
                let keep = ended.reason == EndReason::Quarantined;
                for (at, row) in self.rows.iter_mut().filter(|(_, row)| row.family == family) {
                    let is_meant = *at == start || row.generation <= up_to_generation;
                    count += u64::from(is_meant && row.end(ended, delete, keep && *at == start));
                }
            }
            Whom::Subject { subject, except } => {
                let bound = self.rows.values().filter(|row| row.subject == Some(subject));
                let families: Vec<Family> =
                    bound.map(|row| row.family).filter(|family| Some(*family) != except.map(|it| it.family)).collect();
                for row in self.rows.values_mut().filter(|row| families.contains(&row.family)) {
                    count += u64::from(row.end(ended, delete, false));
                }
            }
            Whom::All => {
                for row in self.rows.values_mut() {
                    count += u64::from(row.end(ended, delete, false));
                }
            }
        }
        count
    }

    fn sweep(&mut self, now: Time, limit: u32, anonymous_max: u64) -> Swept {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let due = self.rows.iter().filter(|(_, row)| row.next_due() <= now);
        let due: Vec<Locator> = due.map(|(at, _)| *at).take(limit).collect();
        let mut swept = Swept { more: due.len() == limit, ..Swept::default() };
        for at in &due {
            match self.rows.get_mut(at) {
                Some(row) if row.due.delete > now => row.erase(),
                _ => {
                    self.delete(at);
                    swept.deleted += 1;
                }
            }
        }
        let unbound = self.rows.iter().filter(|(_, row)| row.subject.is_none());
        let mut unbound: Vec<_> = unbound
            .map(|(at, row)| (!row.left_over, !row.left_over && row.generation > 0, row.next_due(), at.number(), *at))
            .collect();
        unbound.sort_unstable();
        let excess = unbound.len().saturating_sub(usize::try_from(anonymous_max).unwrap_or(usize::MAX));
        for (.., at) in unbound.iter().take(excess.min(limit - due.len())) {
            self.delete(at);
            swept.evicted += 1;
        }
        swept.more |= excess > limit - due.len();
        let left = limit.saturating_sub(due.len() + usize::try_from(swept.evicted).unwrap_or(usize::MAX));
        swept.more |= self.sweep_incidents(now, left) == left;
        swept
    }
}

impl Store for MemoryStore {
    fn load(&self, at: &Locator) -> Result<Option<Found>> {
        Ok(self.state.lock().find(at))
    }

    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        let deadline = monotonic().checked_add(wait.timeout);
        let mut place = *at;
        loop {
            let guard = match self.leases.acquire(Place::Row(place), deadline, wait.max_waiters) {
                Ok(guard) => guard,
                Err(busy) => return Ok(Acquired::Busy(busy)),
            };
            let found = self.state.lock().find(at);
            let there = found.as_ref().map_or(*at, |found| found.row.at);
            if there == place {
                return Ok(Acquired::Held(Lease::new(guard), found));
            }
            drop(guard);
            place = there;
        }
    }

    fn create(&self, new: &New<'_>) -> Result<Created> {
        let mut state = self.state.lock();
        if !state.is_free(&new.at) {
            return Ok(Created::Taken);
        }
        if !state.make_room(new, None) {
            return Ok(Created::Full);
        }
        state.rows.insert(new.at, Record::new(new));
        Ok(Created::Done)
    }

    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written> {
        let written = self.state.lock().save(change);
        drop(lease);
        Ok(written)
    }

    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written> {
        let mut state = self.state.lock();
        let Some(row) = state.writable(change) else { return Ok(Written::Lost) };
        row.meta = change.meta.to_vec();
        row.due = change.due;
        drop(state);
        drop(lease);
        Ok(Written::Done(change.version))
    }

    fn amend(&self, change: &Change<'_>) -> Result<Written> {
        Ok(self.state.lock().save(&Change { payload: None, ..change.clone() }))
    }

    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written> {
        let mut state = self.state.lock();
        if !state.is_free(&successor.at) {
            return Ok(Written::Lost);
        }
        let written = state.save(change);
        if let Written::Done(_) = written {
            state.point(successor, change.at);
        }
        Ok(written)
    }

    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        // Whoever has this place waits for nothing while it does: it came through a pointer and learns where the row is.
        let deadline = monotonic().checked_add(Duration::from_secs(5));
        let guard = self.leases.acquire(Place::Row(*to), deadline, u16::MAX);
        let guard = guard.map_err(|_| {
            Error::store(
                "expected to move a session within five seconds, found its new place taken all the time; try again",
            )
        })?;
        let mut state = self.state.lock();
        let leads_here = state.pointers.get(to).is_some_and(|pointer| pointer.target == change.at);
        if !(leads_here || state.is_free(to)) {
            return Ok(Written::Lost);
        }
        let written = state.save(change);
        let Written::Done(_) = written else { return Ok(written) };
        state.pointers.remove(to);
        if let Some(row) = state.rows.remove(&change.at) {
            state.rows.insert(*to, row);
        }
        for pointer in state.pointers.values_mut().filter(|pointer| pointer.target == change.at) {
            pointer.target = *to;
        }
        state.point(old, *to);
        lease.also(guard);
        Ok(written)
    }

    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        let mut state = self.state.lock();
        let old_at = match old {
            Old::Kept { at, .. } => *at,
            Old::Stored(change) => change.at,
            Old::Unstored(row) => row.at,
        };
        if !state.is_free(&new.at) || old_at == new.at {
            return Ok(Written::Lost);
        }
        let before = (state.rows.clone(), state.pointers.clone());
        let written = match old {
            Old::Kept { at, unbound } => match state.find(at) {
                Some(Found { row, .. })
                    if row.ended.is_none() && (row.unbound.is_none() || row.unbound == *unbound) =>
                {
                    Written::Done(row.version)
                }
                _ => Written::Lost,
            },
            Old::Stored(change) => state.save(change),
            Old::Unstored(row) if state.is_free(&row.at) => {
                state.rows.insert(row.at, Record::new(row));
                Written::Done(1)
            }
            Old::Unstored(_) => Written::Lost,
        };
        if let Written::Done(_) = written {
            let left = (!matches!(old, Old::Kept { .. })).then_some(old_at);
            if !state.make_room(new, left) {
                (state.rows, state.pointers) = before;
                return Ok(Written::Full);
            }
            state.rows.insert(new.at, Record::new(new));
            if let Some(left) = left {
                state.supersede(left);
                state.trim(new.family);
            }
        }
        Ok(written)
    }

    fn end(&self, ending: &Ending) -> Result<u64> {
        Ok(self.state.lock().end(ending))
    }

    fn list(&self, label: &Label) -> Result<Vec<Row>> {
        let state = self.state.lock();
        let carries = |row: &Record| match label {
            Label::Subject(tag) => row.subject == Some(*tag),
            Label::Prefix(tag) => row.prefix == Some(*tag),
        };
        let rows = state.rows.iter().filter(|(_, row)| row.ended.is_none() && carries(row));
        Ok(rows.map(|(at, row)| row.clone().at(*at)).collect())
    }

    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept> {
        Ok(self.state.lock().sweep(now, limit, anonymous_max))
    }

    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        let Ok(guard) = self.leases.acquire(Place::Sweeper, None, 0) else { return Ok(None) };
        let mut state = self.state.lock();
        let previous = state.turn;
        if previous.is_some_and(|previous| !is_due(previous.anchor, now, every)) {
            return Ok(None);
        }
        let kept = previous.map_or_else(|| Watch::new(now), |previous| previous.cautious_at(now));
        state.turn = Some(kept);
        let jumped = previous.is_some_and(|previous| !now.agrees_with(previous.anchor));
        Ok(Some(Turn { by: kept.anchor.wall, jumped, lease: Lease::new(guard) }))
    }

    fn last_turn(&self) -> Result<Option<Watch>> {
        Ok(self.state.lock().turn)
    }

    fn stats(&self) -> Result<Stats> {
        let state = self.state.lock();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Ok(Stats {
            rows: count(state.rows.len()),
            anonymous: count(state.rows.values().filter(|row| row.subject.is_none()).count()),
            pointers: count(state.pointers.len()),
        })
    }
}
