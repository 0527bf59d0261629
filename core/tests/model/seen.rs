//! What can be seen of an open session from the outside, and whether it is what the reference expects.

use std::fmt;

use sidereal_core::session::{Denial, Session};

use super::app::Data;
use super::truth::{Answer, Why};

/// What can be seen of an open session.
pub struct Seen<'a> {
    pub session: &'a Session,
    pub renewed: bool,
    pub alarm: bool,
    pub leased: bool,
    pub glance: bool,
}

impl Seen<'_> {
    pub fn fits(&self, answer: Answer) -> bool {
        let Self { session, renewed, alarm, leased, .. } = *self;
        let quiet = session.denial().is_none() && !alarm;
        let empty = session.payload().is_empty();
        let writes = session.is_writable();
        match answer {
            Answer::Unstored => quiet && !renewed && empty && writes == leased,
            Answer::Live { renewed: expected } => quiet && renewed == expected && writes == leased,
            Answer::Snapshot => quiet && !renewed && !writes && !session.may_send_cookie(),
            Answer::Ghost(why) => {
                !alarm && !renewed && empty && !writes && !session.may_send_cookie() && denied(why, session.denial())
            }
            Answer::Fresh(why) => renewed && empty && alarm == (why == Why::Obsolete) && denied(why, session.denial()),
        }
    }
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = Data::decode(self.session.payload());
        let new = if self.renewed { "a new ID" } else { "the same ID" };
        let alarm = if self.alarm { ", alarm" } else { "" };
        let access = if self.glance { "read-only" } else { "exclusive" };
        let writable = if self.session.is_writable() { "writable" } else { "not writable" };
        write!(f, "{new}, denial {:?}{alarm}, opened {access}, {writable}, {data:?}", self.session.denial())
    }
}

/// What was swept since is unknown.
fn denied(why: Why, found: Option<Denial>) -> bool {
    let Some(found) = found else {
        return false;
    };
    let (denial, can_be_swept) = match why {
        Why::Unknown => (Denial::Unknown, false),
        Why::Idle => (Denial::Idle, true),
        Why::Absolute => (Denial::Absolute, true),
        Why::SiblingsExhausted | Why::OldSibling | Why::ElevationLost => (Denial::LostCookie, false),
        Why::Superseded => (Denial::Superseded, false),
        Why::Obsolete => (Denial::Obsolete, false),
        Why::LoggedOut => (Denial::LoggedOut, true),
        Why::Revoked => (Denial::Revoked, true),
    };
    found == denial || (can_be_swept && found == Denial::Unknown)
}

pub fn rule_of(expected: Answer) -> &'static str {
    match expected {
        Answer::Unstored => "R3 a genuine young ID is taken as it is",
        Answer::Live { renewed: true } => "P8 rotation is due and has one winner",
        Answer::Live { renewed: false } => "P1 a good ID is served",
        Answer::Snapshot => "P4, P5 a superseded ID shows what was, within the grace",
        Answer::Ghost(_) => "P1, P6 requests in flight when the client moves on do no harm",
        Answer::Fresh(Why::Idle | Why::Absolute) => "P9 what has expired is denied",
        Answer::Fresh(Why::LoggedOut | Why::Revoked) => "P6 what has ended stays ended",
        Answer::Fresh(Why::Obsolete) => "P3 who goes on with an obsolete ID raises the alarm",
        Answer::Fresh(_) => "P8 a superseded ID is denied, quietly",
    }
}

pub fn name_of(answer: Answer) -> &'static str {
    match answer {
        Answer::Unstored => "unstored",
        Answer::Live { renewed: true } => "rotated",
        Answer::Live { renewed: false } => "served",
        Answer::Snapshot => "snapshot",
        Answer::Ghost(Why::Superseded) => "late",
        Answer::Ghost(_) => "ghost",
        Answer::Fresh(why) => match why {
            Why::Unknown => "denied: unknown",
            Why::Idle => "denied: idle",
            Why::Absolute => "denied: absolute",
            Why::SiblingsExhausted => "denied: siblings exhausted",
            Why::OldSibling => "denied: old sibling",
            Why::ElevationLost => "denied: elevation lost",
            Why::Superseded => "denied: superseded",
            Why::Obsolete => "denied: obsolete, alarm",
            Why::LoggedOut => "denied: logged out",
            Why::Revoked => "denied: revoked",
        },
    }
}
