//! quick stand-in
#![allow(missing_docs, clippy::all)]
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use parking_lot::{Condvar, Mutex};
use crate::clock::{Reading, Time};
use crate::error::Result;
use crate::id::{Family, Locator};
use crate::lock::{Holder, Wait};
use crate::record::{EndReason, Ended};
use super::*;

#[derive(Clone)]
struct R { version: u64, family: Family, generation: u32, bound: bool, ended: Option<Ended>, meta: Vec<u8>, payload: Option<Vec<u8>>, due: Due, seq: u64, old: bool }
#[derive(Clone)]
struct P { to: Locator, made: Time, sealed: Vec<u8> }
#[derive(Default)]
struct Inner { rows: BTreeMap<Locator, R>, ptrs: BTreeMap<Locator, P>, seq: u64, turn: Option<(Reading, i64)> , raw: Option<Reading>}
#[derive(Default)]
struct Locks { held: HashMap<Locator, u16> }
#[derive(Default)]
pub struct MemoryStore { inner: Mutex<Inner>, locks: Arc<(Mutex<Locks>, Condvar)>, sweeping: Arc<Mutex<bool>> }
struct G(Arc<(Mutex<Locks>, Condvar)>, Locator);
impl Drop for G { fn drop(&mut self) { self.0.0.lock().held.remove(&self.1); self.0.1.notify_all(); } }
struct T(Arc<Mutex<bool>>);
impl Drop for T { fn drop(&mut self) { *self.0.lock() = false; } }
impl Inner {
    fn to(&self, at: &Locator) -> Locator { self.ptrs.get(at).map_or(*at, |p| p.to) }
    fn find(&self, at: &Locator) -> Option<Found> {
        let to = self.to(at);
        let r = self.rows.get(&to)?;
        Some(Found { row: Row { at: to, version: r.version, ended: r.ended, meta: r.meta.clone(), payload: r.payload.clone() }, pointer: self.ptrs.get(at).map(|p| p.sealed.clone()) })
    }
    fn free(&self, at: &Locator) -> bool { !self.rows.contains_key(at) && !self.ptrs.contains_key(at) }
    fn ok(&self, c: &Change) -> bool { self.rows.get(&c.at).is_some_and(|r| r.version == c.version && r.ended.is_none()) }
    fn ins(&mut self, n: &New) { self.seq += 1; let seq = self.seq; self.rows.insert(n.at, R { version: 1, family: n.family, generation: n.generation, bound: n.bound, ended: n.ended, meta: n.meta.to_vec(), payload: n.payload.map(<[u8]>::to_vec), due: n.due, seq, old: false }); }
    fn apply(&mut self, c: &Change) -> u64 { let r = self.rows.get_mut(&c.at).unwrap(); r.version += 1; r.meta = c.meta.to_vec(); r.due = c.due; if let Some(p) = c.payload { r.payload = Some(p.to_vec()); } r.version }
    fn drop_row(&mut self, at: &Locator) { self.rows.remove(at); self.ptrs.retain(|_, p| p.to != *at); }
    fn trim(&mut self, row: &Locator) { loop { let mut v: Vec<_> = self.ptrs.iter().filter(|(_, p)| p.to == *row).map(|(k, p)| (p.made, *k)).collect(); if v.len() <= MAX_POINTERS { return; } v.sort(); self.ptrs.remove(&v[0].1); } }
}
impl MemoryStore {
    pub fn new() -> Self { Self::default() }
    fn lock(&self, at: Locator, wait: &Wait) -> Option<G> {
        let mut l = self.locks.0.lock();
        #[allow(clippy::disallowed_methods)]
        let end = std::time::Instant::now() + wait.timeout;
        while l.held.contains_key(&at) {
            let w = l.held.get_mut(&at).unwrap();
            if *w >= wait.max_waiters { return None; }
            *w += 1;
            let out = self.locks.1.wait_until(&mut l, end).timed_out();
            if let Some(w) = l.held.get_mut(&at) { *w = w.saturating_sub(1); }
            if out && l.held.contains_key(&at) { return None; }
        }
        l.held.insert(at, 0);
        Some(G(self.locks.clone(), at))
    }
}
impl Store for MemoryStore {
    fn load(&self, at: &Locator) -> Result<Option<Found>> { Ok(self.inner.lock().find(at)) }
    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired> {
        loop {
            let to = self.inner.lock().to(at);
            let Some(g) = self.lock(to, wait) else { return Ok(Acquired::Busy(Busy::timed_out(Holder { pid: Some(1), held_for: None }))); };
            let i = self.inner.lock();
            if i.to(at) != to { drop(i); drop(g); continue; }
            return Ok(Acquired::Held(Lease::new(g), i.find(at)));
        }
    }
    fn create(&self, new: &New<'_>) -> Result<Created> { let mut i = self.inner.lock(); if !i.free(&new.at) { return Ok(Created::Taken); } i.ins(new); Ok(Created::Done) }
    fn save(&self, lease: Lease, c: &Change<'_>) -> Result<Written> { let mut i = self.inner.lock(); let r = if i.ok(c) { Written::Done(i.apply(c)) } else { Written::Lost }; drop(i); drop(lease); Ok(r) }
    fn touch(&self, _l: Option<Lease>, c: &Change<'_>) -> Result<Written> { let mut i = self.inner.lock(); if !i.ok(c) { return Ok(Written::Lost); } let r = i.rows.get_mut(&c.at).unwrap(); r.meta = c.meta.to_vec(); r.due = c.due; Ok(Written::Done(r.version)) }
    fn rotate(&self, c: &Change<'_>, s: &NewPointer<'_>) -> Result<Written> { let mut i = self.inner.lock(); if !i.ok(c) || !i.free(&s.at) { return Ok(Written::Lost); } let v = i.apply(c); i.ptrs.insert(s.at, P { to: c.at, made: s.made, sealed: s.sealed.to_vec() }); i.trim(&c.at); Ok(Written::Done(v)) }
    fn promote(&self, lease: &mut Lease, c: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written> {
        let g = self.lock(*to, &Wait { timeout: Duration::from_secs(5), max_waiters: 60 });
        let mut i = self.inner.lock(); if !i.ok(c) { return Ok(Written::Lost); } let v = i.apply(c);
        let r = i.rows.remove(&c.at).unwrap(); i.ptrs.remove(to); i.rows.insert(*to, r);
        for p in i.ptrs.values_mut() { if p.to == c.at { p.to = *to; } }
        i.ptrs.insert(c.at, P { to: *to, made: old.made, sealed: old.sealed.to_vec() }); i.trim(to);
        lease.also(g); Ok(Written::Done(v))
    }
    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written> {
        let mut i = self.inner.lock();
        let fine = i.free(&new.at) && match old { Old::Stored(c) => i.ok(c), Old::Unstored(n) => i.free(&n.at) };
        if !fine { return Ok(Written::Lost); }
        let v = match old { Old::Stored(c) => { i.rows.get_mut(&c.at).unwrap().old = true; i.apply(c) } Old::Unstored(n) => { i.ins(n); i.rows.get_mut(&n.at).unwrap().old = true; 1 } };
        i.ins(new);
        let mut olds: Vec<_> = i.rows.iter().filter(|(_, r)| r.family == new.family && r.old).map(|(k, r)| (r.seq, *k)).collect(); olds.sort(); olds.reverse();
        for (n, (_, k)) in olds.iter().enumerate() { if n >= MAX_SUPERSEDED as usize { i.drop_row(k); } else if n >= MAX_SNAPSHOTS as usize { i.rows.get_mut(k).unwrap().payload = None; } }
        Ok(Written::Done(v))
    }
    fn end(&self, e: &Ending) -> Result<u64> { let mut i = self.inner.lock(); let mut n = 0; for (k, r) in i.rows.iter_mut() { if r.family == e.family && (r.generation <= e.up_to_generation || *k == e.at) && r.ended.is_none() { r.ended = Some(e.ended); r.due = Due { erase: None, delete: e.delete }; r.version += 1; if e.ended.reason != EndReason::Quarantined { r.payload = None; } n += 1; } } Ok(n) }
    fn sweep(&self, now: Time, limit: u32, max: u64) -> Result<Swept> {
        let mut i = self.inner.lock(); let mut s = Swept::default();
        for r in i.rows.values_mut() { if r.due.erase.is_some_and(|e| e <= now) { r.payload = None; r.due.erase = None; } }
        let dead: Vec<_> = i.rows.iter().filter(|(_, r)| r.due.delete <= now).map(|(k, _)| *k).collect();
        for k in dead.iter().take(limit as usize) { i.drop_row(k); s.deleted += 1; }
        s.more = dead.len() > limit as usize;
        let mut anon: Vec<_> = i.rows.iter().filter(|(_, r)| !r.bound && r.ended.is_none()).map(|(k, r)| (r.seq, *k)).collect(); anon.sort();
        while anon.len() as u64 > max { if s.evicted >= u64::from(limit) { s.more = true; break; } let (_, k) = anon.remove(0); i.drop_row(&k); s.evicted += 1; }
        Ok(s)
    }
    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>> {
        let mut sw = self.sweeping.lock(); if *sw { return Ok(None); }
        let mut i = self.inner.lock();
        if let Some((_, up)) = i.turn { if now.uptime - up < every.as_millis() as i64 { return Ok(None); } }
        let prev = i.turn.map(|t| t.0); let by = prev.map_or(now, |p| now.cautious_after(p));
        i.turn = Some((by, now.uptime)); *sw = true;
        Ok(Some(Turn { by: by.wall, jumped: by != now, lease: Lease::new(T(self.sweeping.clone())) }))
    }
    fn stats(&self) -> Result<Stats> { let i = self.inner.lock(); Ok(Stats { rows: i.rows.len() as u64, anonymous: i.rows.values().filter(|r| !r.bound).count() as u64, pointers: i.ptrs.len() as u64 }) }
}
