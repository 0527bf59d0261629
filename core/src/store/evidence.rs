//! The store's part of an alarm: what becomes of the rows, and the evidence that is kept of them.
//!
//! An **incident** is one use of an obsolete ID. Its **exhibits** are copies of rows as they were right before anything happened to them: the sealed
//! bytes as they are, nothing is opened here.

use super::{Ending, Row, Whom};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Tag};

/// What an alarm does, in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct Alarm<'a> {
    /// Which rows it reaches, and how those end that do.
    pub ending: Ending,
    /// What becomes of the rows that it reaches.
    pub fate: Fate,
    /// What is kept of them; `None` keeps nothing.
    pub evidence: Option<NewIncident<'a>>,
}

/// What becomes of rows that an alarm reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They end, and devices are forgotten, as [`super::Store::end`] does it.
    End,
    /// Superseded rows end. The others go on with another version, bound to nobody ([`Row::unbound`]): they carry no subject any more, and may be evicted. Devices
    /// are forgotten as well: each would log in again whoever has its token.
    Unbind,
    /// Nothing.
    GoOn,
}

/// An incident to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewIncident<'a> {
    /// Its name. An incident that is there already stays as it is.
    pub name: Handle,
    /// The rows that are copied. Where none of them is alive there is nothing to keep, and no incident.
    pub whom: Whom,
    /// The user whose session it was.
    pub subject: Option<Tag>,
    /// The public name of the session whose obsolete ID was used.
    pub session: Handle,
    /// When it happened.
    pub at: Time,
    /// Until when it is kept.
    pub until: Time,
    /// What happened, sealed.
    pub sealed: &'a [u8],
}

/// An incident, without its exhibits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its name.
    pub name: Handle,
    /// When it happened.
    pub at: Time,
    /// Until when it is kept.
    pub until: Time,
    /// What happened, sealed.
    pub sealed: Vec<u8>,
}

/// Which incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of this name.
    Named(Handle),
    /// Those of a user's sessions.
    Subject(Tag),
    /// Those in which an obsolete ID of this session was used.
    Session(Handle),
    /// All.
    All,
}

/// Rows that are copied for one incident: those that nobody has superseded first, then the latest superseded ones.
pub const MAX_EXHIBITS: usize = 64;
/// Bytes of sealed payloads that are copied for one incident. A payload that does not fit beside those before it is left out; its row is not.
pub const MAX_EVIDENCE: usize = 4 << 20;
/// Incidents of one user; the oldest goes.
pub const MAX_INCIDENTS: usize = 16;
/// Incidents of sessions that were bound to nobody, taken together; the oldest goes.
pub const MAX_UNBOUND_INCIDENTS: usize = 256;

/// Where evidence is kept: a part of every [`super::Store`].
pub trait Archive {
    /// Keeps the evidence, then does to the rows what the alarm says: both or neither, and durable when it returns. Needs no lease: whoever has one
    /// finds its next write lost. Answers how many rows ended or lost their subject.
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64>;

    /// Up to `most` incidents, the latest first.
    fn incidents(&self, which: &Which, most: u32) -> Result<Vec<Incident>>;

    /// The exhibits of an incident, in the order in which they were copied; none where there is no such incident.
    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>>;

    /// Deletes incidents with their exhibits and answers how many.
    fn purge(&self, which: &Which) -> Result<u64>;
}
