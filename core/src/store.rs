//! The store contract.
//!
//! A store keeps rows and pointers for the engine. Each operation is one atomic transaction (and, across a network, one round
//! trip). A store sees locators, families, deadlines and sealed bytes: no ID, no payload, no policy.
//!
//! What every store must keep, and [`conformance`] checks:
//!
//! - A **row** lives at its record's current locator. A **pointer** leads from another locator to a row and follows it when it moves.
//! - A store may divide itself by [`Partition`](crate::id::Partition): rows with a subject are in the partition of the subject's tag, a pointer is in its row's,
//!   and of a family only those who log in or out come from another. What spans partitions happens step by step: a successor is there before its
//!   predecessor is superseded, and an ending that is broken off has ended the row that it started from first.
//! - Whoever holds the **lease** of a row is alone in writing it. Leases are granted first come first served, end with their
//!   holder's life, and are waited for no longer than asked. The lease of a locator that has no row yet can be held as well.
//! - The **version** of a row is its fencing number: it grows with each write except [`Store::touch`], and a write that names another
//!   version than the row has is [`Written::Lost`]. A row that has **ended** is never written again: late writers cannot bring it back (A14).
//! - An **incident** and its exhibits are there whole from the moment at which an alarm changes rows, until they are due ([`evidence`]).
//! - [`Store::load`] and [`Store::touch`] need no lease and wait for nobody.
//! - Absent, taken, busy and lost are answers; `Err` means that the store is broken. An operation that returns `Err` has changed nothing,
//!   or will be found whole.

#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
pub mod devices;
pub mod evidence;
pub mod memory;
pub mod place;
pub mod redis;
pub mod sqlite;
mod turn;

use std::any::Any;
use std::time::Duration;

pub use self::devices::{DeviceRow, Devices, MAX_DEVICES, NewDevice, Whose};
use crate::clock::{Reading, Time, Watch};
use crate::error::Result;
use crate::id::{Family, Handle, Locator, Tag};
use crate::lock::{HoldTimes, Holder, Wait};
use crate::record::Ended;

/// A record as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it lives: the locator of the record's current ID.
    pub at: Locator,
    /// Fencing number.
    pub version: u64,
    /// Whether it has ended.
    pub ended: Option<Ended>,
    /// When an alarm last took its subject away ([`evidence::Fate::Unbind`]): a binding in metadata that does not know of it is void.
    pub unbound: Option<Time>,
    /// Sealed metadata.
    pub meta: Vec<u8>,
    /// Sealed payload; `None` once it has been erased or when there never was one.
    pub payload: Option<Vec<u8>>,
}

/// What a locator leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The row.
    pub row: Row,
    /// The sealed pointer that led there; `None` when the locator is the row's own.
    pub pointer: Option<Vec<u8>>,
}

/// When a row may be cleaned up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// From when on the sweeper may erase the payload while the row stays; `None` = the payload goes with the row.
    pub erase: Option<Time>,
    /// From when on the sweeper may delete the row and the pointers that lead to it.
    pub delete: Time,
}

/// A row to be created.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// Where it will live.
    pub at: Locator,
    /// Its family.
    pub family: Family,
    /// Elevations since the family's first session.
    pub generation: u32,
    /// The user that it is bound to: it is on that user's roster, and never evicted.
    pub subject: Option<Tag>,
    /// Name of the prefix of its IDs, for those that were given one.
    pub prefix: Option<Tag>,
    /// How many sessions its subject may have.
    pub cap: Option<Cap<'a>>,
    /// Whether it is a tombstone from the start.
    pub ended: Option<Ended>,
    /// Sealed metadata.
    pub meta: &'a [u8],
    /// Sealed payload.
    pub payload: Option<&'a [u8]>,
    /// When it may be cleaned up.
    pub due: Due,
}

/// How many live rows a subject may have: neither ended nor superseded, and not due to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap<'a> {
    /// The new row included.
    pub most: u32,
    /// The time to tell what is due by.
    pub now: Time,
    /// Rows that are denied although they are not due: they neither count nor end.
    pub over: &'a [Locator],
    /// What ends those that are due first, with their families, to make room; without it there is no room.
    pub evict: Option<(Ended, Time)>,
}

/// What rows can be listed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The user that they are bound to.
    Subject(Tag),
    /// The name of the prefix of their IDs.
    Prefix(Tag),
}

/// A change to a row.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Which row.
    pub at: Locator,
    /// The version that the change is based on.
    pub version: u64,
    /// Sealed metadata.
    pub meta: &'a [u8],
    /// Sealed payload; `None` leaves the payload as it is.
    pub payload: Option<&'a [u8]>,
    /// When the row may be cleaned up.
    pub due: Due,
}

/// A pointer to be created.
#[derive(Clone, Debug)]
pub struct NewPointer<'a> {
    /// Where it is found.
    pub at: Locator,
    /// When it was made; when there are more than [`MAX_POINTERS`] the second oldest goes.
    pub made: Time,
    /// Sealed state.
    pub sealed: &'a [u8],
}

/// What an elevation leaves behind.
#[derive(Clone, Debug)]
pub enum Old<'a> {
    /// The row of the old ID, with its frozen metadata.
    Stored(Change<'a>),
    /// The row of an ID that has been superseded before, or that another request has open. It is left as it is, and must not have ended, nor
    /// have been unbound at another time than its reader knows of.
    Kept {
        /// Where it was found.
        at: Locator,
        /// The latest unbinding that the reader knows of.
        unbound: Option<Time>,
    },
    /// The old ID was never stored: a row that remembers it.
    Unstored(New<'a>),
}

/// Which rows end, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub whom: Whom,
    /// Why and when.
    pub ended: Ended,
    /// When the tombstones may be deleted.
    pub delete: Time,
}

/// Which rows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Rows of one family.
    Family {
        /// The family.
        family: Family,
        /// The row that the ending starts from; it ends whatever its generation.
        at: Locator,
        /// Rows of a later generation than this go on.
        up_to_generation: u32,
    },
    /// Every row that is bound to a user, their families, and the user's remembered devices.
    Subject {
        /// The user.
        subject: Tag,
        /// What goes on.
        except: Option<Except>,
    },
    /// Every row, and every remembered device.
    All,
}

/// What goes on when everything else of a user ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Except {
    /// The family.
    pub family: Family,
    /// The remembered device.
    pub device: Option<Handle>,
}

/// Pointers that a row keeps: the oldest one and the latest.
pub const MAX_POINTERS: usize = 64;
/// Superseded rows that a family keeps besides the first one; of these the latest [`MAX_SNAPSHOTS`] with their payload.
pub const MAX_SUPERSEDED: u32 = 64;
/// Frozen payloads that a family keeps.
pub const MAX_SNAPSHOTS: u32 = 8;

/// The right to write one row, and the locks behind it. Dropping it gives the right back.
pub struct Lease {
    guards: Vec<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lease({} locks)", self.guards.len())
    }
}

impl Lease {
    /// A lease that holds `guard` until it is dropped.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self { guards: vec![Box::new(guard)] }
    }

    /// Holds `guard` as well: a row that moves is leased at both places.
    pub fn also(&mut self, guard: impl Send + 'static) {
        self.guards.push(Box::new(guard));
    }

    /// The guards of type `T`: a store looks for what it put in.
    pub fn guards<T: 'static>(&mut self) -> impl Iterator<Item = &mut T> {
        self.guards.iter_mut().filter_map(|guard| guard.downcast_mut())
    }
}

/// Answer of [`Store::acquire`].
#[derive(Debug)]
pub enum Acquired {
    /// The lease of what the locator leads to, and that.
    Held(Lease, Option<Found>),
    /// Another one has it.
    Busy(Busy),
}

/// Why a lease was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Whether the queue was full; otherwise the wait ran out.
    pub crowded: bool,
    /// Who has it, as far as can be told.
    pub pid: Option<u32>,
    /// For how long.
    pub held_for: Option<Duration>,
}

impl Busy {
    /// The wait ran out.
    pub fn timed_out(holder: Holder) -> Self {
        Self { crowded: false, pid: holder.pid, held_for: holder.held_for }
    }

    /// The queue was full.
    pub fn crowded(holder: Holder) -> Self {
        Self { crowded: true, ..Self::timed_out(holder) }
    }
}

/// Answer of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Created {
    /// The row is there, with version 1.
    Done,
    /// The locator is in use.
    Taken,
    /// The subject has as many rows as it may.
    Full,
}

/// Answer of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// It is written; this is the row's version now.
    Done(u64),
    /// The row has another version, has ended or is gone: nothing was written.
    Lost,
    /// The subject of an elevation has as many rows as it may: nothing was written.
    Full,
}

/// What one batch of sweeping did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows deleted because their time was up.
    pub deleted: u64,
    /// Unbound rows deleted because there were too many.
    pub evicted: u64,
    /// Whether there is more to do.
    pub more: bool,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rows, tombstones included.
    pub rows: u64,
    /// Rows that are not bound to a user.
    pub anonymous: u64,
    /// Pointers.
    pub pointers: u64,
}

/// Where rows and pointers are kept. See the module's text for what must hold.
pub trait Store: Devices + evidence::Archive + Send + Sync {
    /// What `at` leads to. Takes no lease and waits for nobody.
    fn load(&self, at: &Locator) -> Result<Option<Found>>;

    /// Waits for the lease of what `at` leads to, then loads it.
    fn acquire(&self, at: &Locator, wait: &Wait) -> Result<Acquired>;

    /// Creates a row where none is and no pointer either. The caller has the lease of `new.at`.
    fn create(&self, new: &New<'_>) -> Result<Created>;

    /// Writes a row and gives its lease back.
    fn save(&self, lease: Lease, change: &Change<'_>) -> Result<Written>;

    /// Writes metadata only and keeps the version; `change.payload` is ignored. Needs no lease; gives back the one it is given.
    fn touch(&self, lease: Option<Lease>, change: &Change<'_>) -> Result<Written>;

    /// Writes metadata only, as [`Store::touch`] does, but the version grows: whoever read the row before does not write the old metadata back.
    /// `change.payload` is ignored. The caller has the row's lease and keeps it.
    fn amend(&self, change: &Change<'_>) -> Result<Written>;

    /// Writes metadata and adds `successor` as a pointer to the row. The caller has the row's lease and keeps it.
    fn rotate(&self, change: &Change<'_>, successor: &NewPointer<'_>) -> Result<Written>;

    /// Moves the row from `change.at` to `to` (whose pointer goes), leaves `old` as a pointer at the old place (its `at` is
    /// `change.at`), and makes all other pointers of the row follow. The caller has the row's lease, which afterwards covers both places.
    fn promote(&self, lease: &mut Lease, change: &Change<'_>, to: &Locator, old: &NewPointer<'_>) -> Result<Written>;

    /// Creates the successor row `new` and freezes or remembers the old one, together or not at all. Trims the family to
    /// [`MAX_SUPERSEDED`] rows and [`MAX_SNAPSHOTS`] payloads. The caller has both leases. The version answered is that of the old row.
    fn elevate(&self, old: &Old<'_>, new: &New<'_>) -> Result<Written>;

    /// Ends rows: denies them at once and erases their payloads (a quarantined payload is kept). Durable when it returns, power loss included. Needs no
    /// lease: whoever has one finds its next write lost. Answers how many rows ended that had not before; devices are not counted.
    fn end(&self, ending: &Ending) -> Result<u64>;

    /// The rows that carry `label` and have not ended, frozen ones included, in no order. Takes no lease.
    fn list(&self, label: &Label) -> Result<Vec<Row>>;

    /// Deletes up to `limit` rows that were due at `now`, erases what is due to be erased, and evicts unbound rows while there are more than
    /// `anonymous_max`: what has ended or been erased first, then the oldest visitors, and those of a later generation last. Deletes incidents that
    /// were due at `now`; each of their exhibits counts as a row for `limit`, and none for the answer.
    fn sweep(&self, now: Time, limit: u32, anonymous_max: u64) -> Result<Swept>;

    /// Takes the turn to sweep, if nobody took one since `every` before `now` and nobody is sweeping. What [`Watch::cautious_at`] makes of the previous
    /// turn's watch is kept for the next turn, and its time answered. The turn ends when the lease is dropped.
    fn take_turn(&self, now: Reading, every: Duration) -> Result<Option<Turn>>;

    /// The watch that the latest turn kept: a process that has just started compares its clock with it.
    fn last_turn(&self) -> Result<Option<Watch>>;

    /// Counts what is there. May take long.
    fn stats(&self) -> Result<Stats>;

    /// How long leases were held lately, by all processes. Empty where that is not measured.
    fn hold_times(&self) -> HoldTimes {
        HoldTimes::default()
    }

    /// What there is to tell of what was done lately, once.
    fn take_notice(&self) -> Option<Notice> {
        None
    }

    /// A chance for work that would slow down a request: called when a request has given back its lease.
    fn idle(&self) {}

    /// Waits until what [`Store::idle`] begins is done, by this process or another one. Who writes more than all requests do it between
    /// two pieces of work: the requests would wait otherwise, in the end. `false`: it takes more than five seconds.
    fn settle(&self) -> bool {
        true
    }
}

/// What an operator should hear of although nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What had to be durable is on one server only: no replica said in time that it has it.
    NotReplicated,
}

/// A turn to sweep.
#[derive(Debug)]
pub struct Turn {
    /// The time to sweep by.
    pub by: Time,
    /// Whether the wall clock has jumped since the previous turn.
    pub jumped: bool,
    /// Held while sweeping.
    pub lease: Lease,
}
