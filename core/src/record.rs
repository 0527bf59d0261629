//! Records and pointers: what Sidereal knows about a session besides its payload.
//!
//! Plain data. Its bytes are made in [`crate::codec`], sealed in [`crate::seal`]; what it means is decided in
//! [`crate::lifecycle`]. User code cannot reach any of it (C7).

use std::time::Duration;

use crate::client::{Client, Scheme, Signals};
use crate::clock::Time;
use crate::id::{Family, Handle, Locator, Prefix, Tag};

/// A record's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Public name of the record: a keyed hash of its first ID. Stays the same through rotations.
    pub handle: Handle,
    /// Everything that descends from the same first session.
    pub family: Family,
    /// Partition key of the current ID.
    pub tag: Tag,
    /// Prefix of every ID of this record.
    pub prefix: Prefix,
    /// How many elevations lie between the family's first session and this record.
    pub generation: u32,
    /// How many rotations have been confirmed.
    pub round: u32,
    /// When the family's first session began: the absolute timeout counts from here (R28).
    pub created: Time,
    /// When a request last used the record, up to the touch interval.
    pub last_seen: Time,
    /// When the current ID became current: rotation counts from here.
    pub minted: Time,
    /// A rotation whose successor has not been presented yet.
    pub pending: Option<Pending>,
    /// Set once an elevation has superseded this record: it is then a read-only snapshot.
    pub frozen: Option<Frozen>,
    /// The record that this one superseded by elevation, until the client has presented this record's ID.
    pub predecessor: Option<Locator>,
    /// The user that the record is bound to; `None` for an anonymous one.
    pub binding: Option<Binding>,
    /// The latest unbinding that the record knows of.
    pub unbound: Option<Unbound>,
    /// What the client looked like when the user last proved who they are, or when the session began. Only a proof moves it, but for a version that
    /// rises.
    pub client: Client,
    /// What CSRF protection remembers of its requests.
    pub csrf: CsrfMemory,
    /// How the client has been seen to differ since, each told once (R77).
    pub noticed: Signals,
    /// Set when the client seemed to be another one, until the user proves who they are (R78).
    pub step_up: Option<StepUp>,
    /// How the requests of this record come; `None` where nobody says, such as the command line.
    pub scheme: Option<Scheme>,
    /// Counts the payloads; the seal of a payload names its number, so that an older one does not open (A5).
    pub payload_number: u64,
    /// PHP's name of the serializer that wrote the payload; empty when the payload is not PHP's.
    pub serializer: Box<str>,
}

impl Meta {
    /// The record is used at `now`. A later time that is there was stamped by a clock that was ahead, and is corrected.
    pub fn use_at(&mut self, now: Time) {
        self.last_seen = now;
    }

    /// Takes an unbinding at `at` into account: what the record was bound to is void, and its payload is from before.
    pub fn unbind(&mut self, at: Time) {
        if self.unbound.is_none_or(|unbound| unbound.at != at) {
            self.binding = None;
            self.unbound = Some(Unbound { at, stripped: false });
        }
    }

    /// Whether the payload may say that somebody is logged in although nobody is any more.
    pub fn is_to_be_stripped(&self) -> bool {
        self.unbound.is_some_and(|unbound| !unbound.stripped)
    }

    /// Whether the latest recorded use is further from `now` than `span`.
    pub fn is_stale(&self, now: Time, span: Duration) -> bool {
        now.since(self.last_seen).max(self.last_seen.since(now)) >= span
    }
}

/// Who a record is bound to, and how they proved it. User code cannot reach it (A17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Keyed hash of the user ID (R53).
    pub subject: Tag,
    /// When the user last proved who they are; `None` when the client did, by an auto-login key (C14).
    pub authenticated: Option<Time>,
    /// How: `pwd`, `otp`, `remember`...
    pub methods: Vec<Box<str>>,
    /// What the latest proof was given for, each good for one use (R100).
    pub scopes: Vec<Box<str>>,
    /// The remembered device that the user is logged in on: the session came of one of its tokens, or turned auto-login on.
    pub device: Option<Handle>,
}

/// An alarm has taken a record's user away and left its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbound {
    /// When.
    pub at: Time,
    /// Whether the payload was written after that: then nothing in it is left of the log-in.
    pub stripped: bool,
}

impl Unbound {
    /// The same, after the payload was written.
    pub fn stripped(self) -> Self {
        Self { stripped: true, ..self }
    }
}

/// That the user has to prove who they are before anything that takes a fresh proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// Whether the client has a new ID since: it is rotated at the next chance (R73).
    pub is_renewed: bool,
}

/// What a record remembers of requests that changed something ([`crate::csrf`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrfMemory {
    /// Whether the client has sent `Sec-Fetch-Site`.
    pub says_site: bool,
    /// How many one-shot tokens were used.
    pub used: u32,
    /// The latest use that is not in `uses` any more.
    pub floor: u32,
    /// Scopes of the latest uses and the number of the last one of each, in the order of these numbers.
    pub uses: Vec<(Box<str>, u32)>,
}

/// A rotation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// When the rotation happened.
    pub since: Time,
    /// When the latest successor was minted.
    pub latest: Time,
    /// How many successors were minted, at most [`crate::policy::MAX_SIBLINGS`].
    pub siblings: u8,
}

/// An elevation that has happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// When.
    pub at: Time,
    /// When the client first presented the successor.
    pub confirmed: Option<Time>,
}

/// Where an ID that is not its record's current one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The record that it leads to.
    pub handle: Handle,
    /// Its state.
    pub state: PointerState,
}

/// State of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerState {
    /// A successor that the client has not presented yet. Belongs to the rotation that makes `round`.
    Pending {
        /// The round that its first sight completes.
        round: u32,
    },
    /// Superseded by a rotation that the client has confirmed.
    Superseded {
        /// When the client first presented the successor.
        confirmed: Time,
    },
}

/// Why a record has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EndReason {
    /// The user logged out.
    Logout = 1,
    /// Somebody ended it: the user from another device, an administrator, a policy.
    Revoked = 2,
    /// A superseded ID, of the same family or of the same user, was used after the alarm time.
    Obsolete = 3,
    /// The payload could not be decoded and is kept aside.
    Quarantined = 4,
}

impl EndReason {
    /// The reason with this number.
    pub fn from_number(n: u8) -> Option<Self> {
        match n {
            1 => Some(Self::Logout),
            2 => Some(Self::Revoked),
            3 => Some(Self::Obsolete),
            4 => Some(Self::Quarantined),
            _ => None,
        }
    }
}

/// That and when a record has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Time,
    /// Whether the client was told to drop its cookie: only then may requests in flight get a ghost session.
    pub cookie_cleared: bool,
}
