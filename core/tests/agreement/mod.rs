//! The same random operations on two stores have the same answers and leave the same behind. A failure names the seed:
//! `SIDEREAL_SEED=<seed>` repeats it.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use sidereal_core::clock::{Reading, Time};
use sidereal_core::id::{Family, Handle, Locator, Tag};
use sidereal_core::lock::Wait;
use sidereal_core::record::{EndReason, Ended};
use sidereal_core::store::memory::MemoryStore;
use sidereal_core::store::{
    self as store, Acquired, Cap, Change, Due, Ending, Except, Found, Lease, New, NewDevice, NewPointer, Old, Row,
    Store, Swept, Whom, Whose,
};

/// Runs `steps` operations for each of a few seeds on the store that `make` opens and on the one in memory. `make` opens a new one, as several processes
/// would: each step uses the next of these, and all of them see the same.
pub fn check(steps: u32, make: impl Fn() -> Vec<Arc<dyn Store>>) {
    let chosen = std::env::var("SIDEREAL_SEED").ok().map(|seed| seed.parse().unwrap());
    let fresh = std::collections::hash_map::RandomState::new().build_hasher().finish();
    for seed in chosen.map_or_else(|| vec![1, 2, 3, fresh], |seed| vec![seed]) {
        let pair = Pair::new(seed, make());
        let agreed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pair.run(steps)));
        assert!(agreed.is_ok(), "the stores disagree; SIDEREAL_SEED={seed}");
    }
}

const PLACES: u64 = 40;
const WAIT: Wait = Wait { timeout: Duration::ZERO, max_waiters: 1 };

/// Every place is in one of three partitions: in that of the tag of its number's remainder.
fn at(n: u64) -> Locator {
    let mut hash = [0; Locator::HASH_LEN];
    hash[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    hash[9] = n.to_be_bytes()[7];
    Locator::new(hash, &tag_of(n))
}

fn tag_of(n: u64) -> Tag {
    Tag([u8::try_from(n % 3).unwrap(); 16])
}

/// The tag of the partition that a place is in.
fn owner(at: &Locator) -> Tag {
    tag_of(at.partition().0[0].into())
}

fn family(n: u16) -> Family {
    let mut bytes = [7; 16];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    Family(bytes)
}

/// Both stores, and what decides what happens to them.
struct Pair {
    memory: MemoryStore,
    others: Vec<Arc<dyn Store>>,
    /// The one of them whose turn it is.
    other: Arc<dyn Store>,
    random: u64,
    now: i64,
    families: u16,
}

/// What a test writes into a row's metadata, because a store does not tell.
#[derive(Clone, Copy)]
struct Label {
    family: Family,
    generation: u8,
    /// Nobody elevates it again: who tries begins a branch.
    frozen: bool,
}

impl Label {
    fn of(row: &Row) -> Self {
        let family = family(u16::from_be_bytes([row.meta[0], row.meta[1]]));
        Self { family, generation: row.meta[2] & 0x7f, frozen: row.meta[2] >= 0x80 }
    }

    fn meta(self, mark: u8) -> [u8; 4] {
        [self.family.0[0], self.family.0[1], self.generation | if self.frozen { 0x80 } else { 0 }, mark]
    }
}

impl Pair {
    fn new(seed: u64, others: Vec<Arc<dyn Store>>) -> Self {
        let other = Arc::clone(&others[0]);
        Self { memory: MemoryStore::new(), others, other, random: seed, now: 1000, families: 0 }
    }

    fn run(mut self, steps: u32) {
        for step in 0..steps {
            self.other = Arc::clone(&self.others[step as usize % self.others.len()]);
            self.now += i64::try_from(self.below(5)).unwrap();
            match self.below(100) {
                0..20 => self.create(),
                20..40 => self.save(),
                40..50 => self.touch(),
                50..62 => self.rotate(),
                62..72 => self.promote(),
                72..84 => self.elevate(),
                84..89 => self.end(),
                89..91 => self.sweep(),
                91..93 => self.device(),
                93..96 => self.take_turn(),
                _ => self.other.idle(),
            }
            if step % 10 == 0 {
                self.compare();
            }
        }
        self.compare();
    }

    fn compare(&self) {
        assert_eq!(self.other.stats().unwrap(), self.memory.stats().unwrap());
        assert_eq!(self.other.last_turn().unwrap(), self.memory.last_turn().unwrap());
        for n in 0..3 {
            for label in [store::Label::Subject(Tag([n; 16])), store::Label::Prefix(Tag([n; 16]))] {
                let [other, memory] = [&*self.other, &self.memory as &dyn Store].map(|store| {
                    let mut rows = store.list(&label).unwrap();
                    rows.sort_by_key(|row| row.at);
                    rows
                });
                assert_eq!(other, memory, "{label:?}");
            }
        }
        for n in 0..3 {
            let sorted = |store: &dyn Store| {
                let mut rows = store.list_devices(&Tag([n; 16])).unwrap();
                rows.sort_by_key(|row| row.name);
                rows
            };
            assert_eq!(sorted(&*self.other), sorted(&self.memory), "devices of {n}");
        }
        for n in 0..PLACES {
            let expected = self.memory.load(&at(n)).unwrap();
            for other in &self.others {
                assert_eq!(other.load(&at(n)).unwrap(), expected, "place {n}");
            }
        }
    }

    /// Asks both stores, and answers what both answer.
    fn both<T: PartialEq + std::fmt::Debug>(&self, operation: impl Fn(&dyn Store) -> T) -> T {
        let (other, memory) = (operation(&*self.other), operation(&self.memory));
        assert_eq!(other, memory);
        other
    }

    /// SplitMix64.
    fn below(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn place(&mut self) -> Locator {
        at(self.below(PLACES))
    }

    /// A place in the same partition as `other`.
    fn place_beside(&mut self, other: &Locator) -> Locator {
        at(u64::from(other.partition().0[0]) + 3 * self.below(PLACES / 3))
    }

    fn soon(&mut self) -> Time {
        Time::from_millis(self.now + i64::try_from(self.below(400)).unwrap())
    }

    fn due(&mut self) -> Due {
        let erase = if self.one_in(3) { Some(self.soon()) } else { None };
        Due { erase, delete: self.soon() }
    }

    fn payload(&mut self) -> Option<Vec<u8>> {
        let longest = if self.one_in(10) { 5000 } else { 40 };
        let (byte, length) = (self.byte(), self.below(longest));
        (!self.one_in(4)).then(|| vec![byte; usize::try_from(length).unwrap()])
    }

    fn ended(&mut self) -> Ended {
        let reason = EndReason::from_number(1 + self.byte() % 4).unwrap();
        Ended { reason, at: Time::from_millis(self.now), cookie_cleared: self.one_in(2) }
    }

    fn tag(&mut self) -> Tag {
        Tag([u8::try_from(self.below(3)).unwrap(); 16])
    }

    /// Subject, prefix and cap of a row at `at`.
    fn user(&mut self, at: &Locator) -> (Option<Tag>, Option<Tag>, Option<Cap<'static>>) {
        let subject = self.one_in(2).then(|| owner(at));
        let prefix = self.one_in(3).then(|| self.tag());
        let most = u32::from(self.byte() % 6);
        let (now, evict) = (Time::from_millis(self.now), self.one_in(2).then(|| (self.ended(), self.soon())));
        (subject, prefix, self.one_in(2).then_some(Cap { most, now, over: &[], evict }))
    }

    fn family(&mut self) -> Family {
        self.families += 1;
        family(self.families)
    }

    /// The lease of what a random place leads to, in both stores, and the row.
    fn acquire(&mut self) -> ([Lease; 2], Option<Found>) {
        let place = self.place();
        let stores: [&dyn Store; 2] = [&*self.other, &self.memory];
        let [(first, one), (memory, other)] = stores.map(|store| match store.acquire(&place, &WAIT).unwrap() {
            Acquired::Held(lease, found) => (lease, found),
            Acquired::Busy(busy) => panic!("{busy:?}"),
        });
        assert_eq!(one, other);
        ([first, memory], one)
    }

    /// A row to change, with its leases, and the version to name, which is not always the right one.
    fn row(&mut self) -> Option<([Lease; 2], Row, u64)> {
        let (leases, found) = self.acquire();
        let row = found?.row;
        let version = if self.one_in(8) { self.below(5) } else { row.version };
        Some((leases, row, version))
    }

    fn create(&mut self) {
        let label = Label { family: self.family(), generation: 0, frozen: false };
        let (meta, payload) = (label.meta(self.byte()), self.payload());
        let ended = if self.one_in(10) { Some(self.ended()) } else { None };
        let (at, due) = (self.place(), self.due());
        let (subject, prefix, cap) = self.user(&at);
        let payload = payload.as_deref();
        let new =
            New { at, family: label.family, generation: 0, subject, prefix, cap, ended, meta: &meta, payload, due };
        let _ = self.both(|store| store.create(&new).unwrap());
    }

    fn save(&mut self) {
        let Some(([other, memory], row, version)) = self.row() else { return };
        let (meta, payload, due) = (Label::of(&row).meta(self.byte()), self.payload(), self.due());
        let change = Change { at: row.at, version, meta: &meta, payload: payload.as_deref(), due };
        let written = self.other.save(other, &change).unwrap();
        assert_eq!(written, self.memory.save(memory, &change).unwrap());
    }

    fn touch(&mut self) {
        let Some((_leases, row, version)) = self.row() else { return };
        let (meta, payload, due) = (Label::of(&row).meta(self.byte()), self.payload(), self.due());
        let change = Change { at: row.at, version, meta: &meta, payload: payload.as_deref(), due };
        let _ = self.both(|store| store.touch(None, &change).unwrap());
    }

    fn rotate(&mut self) {
        let Some((_leases, row, version)) = self.row() else { return };
        let (meta, payload, due) = (Label::of(&row).meta(self.byte()), self.payload(), self.due());
        let change = Change { at: row.at, version, meta: &meta, payload: payload.as_deref(), due };
        let made = Time::from_millis(self.now - i64::try_from(self.below(3)).unwrap());
        let (at, mark) = (self.place_beside(&row.at), [self.byte()]);
        let _ = self.both(|store| store.rotate(&change, &NewPointer { at, made, sealed: &mark }).unwrap());
    }

    fn promote(&mut self) {
        let Some(([mut other, mut memory], row, version)) = self.row() else { return };
        let (meta, payload, due) = (Label::of(&row).meta(self.byte()), self.payload(), self.due());
        let change = Change { at: row.at, version, meta: &meta, payload: payload.as_deref(), due };
        let (to, mark) = (self.place_beside(&row.at), [self.byte()]);
        if to == row.at {
            return;
        }
        let old = NewPointer { at: row.at, made: Time::from_millis(self.now), sealed: &mark };
        let written = self.other.promote(&mut other, &change, &to, &old).unwrap();
        assert_eq!(written, self.memory.promote(&mut memory, &change, &to, &old).unwrap());
    }

    fn elevate(&mut self) {
        let (to, due, frozen_due) = (self.place(), self.due(), self.due());
        let (payload, frozen) = (self.payload(), self.payload());
        let Some((_leases, row, version)) = self.row() else { return self.elevate_unstored(to, due) };
        let label = Label::of(&row);
        // Who logs in leaves the first partition; nobody comes back.
        let to = if row.at.partition().0[0] == 0 { to } else { self.place_beside(&row.at) };
        let next = if label.frozen || self.one_in(4) {
            Label { family: self.family(), generation: 1, frozen: false }
        } else {
            Label { generation: label.generation + 1, ..label }
        };
        let (meta, frozen_meta) = (next.meta(self.byte()), Label { frozen: true, ..label }.meta(self.byte()));
        let change = Change { at: row.at, version, meta: &frozen_meta, payload: frozen.as_deref(), due: frozen_due };
        // A branch is a family of its own.
        let old = if next.family == label.family {
            Old::Stored(change)
        } else {
            Old::Kept { at: row.at, unbound: row.unbound }
        };
        let (family, generation, (subject, prefix, cap)) = (next.family, next.generation.into(), self.user(&to));
        let payload = payload.as_deref();
        let new = New { at: to, family, generation, subject, prefix, cap, ended: None, meta: &meta, payload, due };
        let _ = self.both(|store| store.elevate(&old, &new).unwrap());
    }

    fn elevate_unstored(&mut self, to: Locator, due: Due) {
        let (family, at) = (self.family(), self.place());
        let to = if at.partition().0[0] == 0 { to } else { self.place_beside(&at) };
        let [meta, old_meta] = [1, 0].map(|generation| Label { family, generation, frozen: generation == 0 }.meta(7));
        let (subject, prefix, cap) = self.user(&to);
        let (family_of_both, payload) = (family, None);
        let old = New {
            at,
            family: family_of_both,
            generation: 0,
            subject: None,
            prefix: None,
            cap: None,
            ended: None,
            meta: &old_meta,
            payload,
            due,
        };
        let payload = Some(&b"elevated"[..]);
        let new = New { at: to, generation: 1, subject, prefix, cap, meta: &meta, payload, ..old.clone() };
        let _ = self.both(|store| store.elevate(&Old::Unstored(old.clone()), &new).unwrap());
    }

    fn end(&mut self) {
        let at = self.place();
        let Some(found) = self.memory.load(&at).unwrap() else { return };
        let Label { family, generation, .. } = Label::of(&found.row);
        let up_to_generation = if self.one_in(2) { generation.into() } else { u32::from(self.byte() % 4) };
        let (ended, delete) = (self.ended(), self.soon());
        let whom = match self.below(20) {
            0 => Whom::All,
            1..5 => {
                Whom::Subject { subject: self.tag(), except: self.one_in(2).then_some(Except { family, device: None }) }
            }
            _ => Whom::Family { family, at, up_to_generation },
        };
        let ending = Ending { whom, ended, delete };
        self.both(|store| store.end(&ending).unwrap());
    }

    fn device(&mut self) {
        let (name, subject, mark) = (Handle([u8::try_from(self.below(8)).unwrap(); 16]), self.tag(), [self.byte()]);
        match self.below(8) {
            0..3 => {
                let new = NewDevice { name, subject, sealed: &mark, delete: self.soon() };
                self.both(|store| store.create_device(&new).unwrap());
            }
            3..6 => {
                let version = self.below(4);
                let _ = self.both(|store| store.save_device(&name, version, &mark).unwrap());
            }
            6 => {
                self.both(|store| store.end_devices(&Whose::One(name)).unwrap());
            }
            _ => {
                let now = Time::from_millis(self.now);
                self.both(|store| store.sweep_devices(now, u32::MAX).unwrap());
            }
        }
    }

    fn sweep(&mut self) {
        let (now, limit) = (Time::from_millis(self.now), 1 + u32::from(self.byte() % 9));
        // Which of several that are due at the same time is evicted first is not agreed on.
        let max = if self.one_in(8) { 0 } else { u64::MAX };
        self.both(|store| {
            let mut sum = Swept::default();
            for _ in 0..1000 {
                let swept = store.sweep(now, limit, max).unwrap();
                sum.deleted += swept.deleted;
                sum.evicted += swept.evicted;
                if !swept.more {
                    return sum;
                }
            }
            panic!("a sweep has no end");
        });
    }

    fn take_turn(&mut self) {
        let jump = if self.one_in(4) { 1_000_000 } else { 0 };
        let now = Reading { wall: Time::from_millis(self.now + jump), uptime: self.now };
        self.both(|store| store.take_turn(now, Duration::from_millis(50)).unwrap().map(|turn| (turn.by, turn.jumped)));
    }
}
