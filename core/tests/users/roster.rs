//! Who has which sessions, as the reference knows it.

use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::roster::Info;

use crate::model::truth::{Client, Ended, Grip, IdNo, Place, RecordNo, Truth, UserNo};

/// The living sessions of a user. How often the engine writes down that a session is in use is its own business, so that some may or may not be idle.
pub struct Living {
    pub surely: Vec<RecordNo>,
    /// These included.
    pub perhaps: Vec<RecordNo>,
}

fn revoked(now: Time) -> Ended {
    Ended { at: now, logout: false, cleared: false, perhaps: false }
}

impl Truth {
    /// The record that a session holds on to, unless it is the snapshot of one.
    pub fn record_of(&self, grip: Grip) -> Option<RecordNo> {
        match grip {
            Grip::Live { record, .. } => Some(record),
            Grip::Snapshot { .. } | Grip::Unstored { .. } | Grip::Ghost | Grip::Ended => None,
        }
    }

    /// Who a session is bound to. What an elevation left behind belongs to nobody.
    pub fn user_of(&self, grip: Grip) -> Option<UserNo> {
        self.record_of(grip).and_then(|record| self.records[record].user)
    }

    pub fn made_by(&mut self, grip: Grip, client: Client) {
        if let Some(record) = self.record_of(grip) {
            self.records[record].client = client;
        }
    }

    pub fn living(&self, user: UserNo, now: Time) -> Living {
        let within = |no: &RecordNo| now.since(self.records[*no].born) < self.policy.absolute;
        let lives = |no: &RecordNo| {
            let record = &self.records[*no];
            record.user == Some(user) && record.ended.is_none() && record.frozen.is_none() && within(no)
        };
        let idle = self.policy.idle;
        let perhaps = |no: &RecordNo| now.since(self.records[*no].seen.maybe) < idle;
        let surely = |no: &RecordNo| now.since(self.records[*no].seen.surely) + self.policy.touch < idle;
        let living = || (0..self.records.len()).filter(lives);
        Living { surely: living().filter(surely).collect(), perhaps: living().filter(perhaps).collect() }
    }

    /// Whether `info` is what the roster may say of a session.
    pub fn is_described(&self, no: RecordNo, info: &Info) -> bool {
        let record = &self.records[no];
        let since = record.seen.surely.before(self.policy.touch);
        // A touch is as old as the request, which may have waited.
        let since = since.before(self.policy.lock_wait);
        info.created == record.born && info.last_seen >= since && info.last_seen <= record.seen.maybe
    }

    /// Whether one session was surely used before another.
    pub fn is_older(&self, one: RecordNo, other: RecordNo) -> bool {
        let slack: Duration = self.policy.touch + self.policy.lock_wait;
        self.records[one].seen.maybe < self.records[other].seen.surely.before(slack)
    }

    /// The ID under which `id` was minted, or itself.
    pub fn origin(&self, id: IdNo) -> IdNo {
        self.ids[id].parent.unwrap_or(id)
    }

    pub fn is_of(&self, no: RecordNo, user: UserNo) -> bool {
        self.records[no].user == Some(user)
    }

    pub fn is_superseded(&self, no: RecordNo) -> bool {
        self.records[no].frozen.is_some()
    }

    /// Every ID that leads to a record.
    pub fn leading_somewhere(&self) -> Vec<(String, RecordNo)> {
        let place = |no: &IdNo| if let Place::In(record, _) = self.ids[*no].place { Some(record) } else { None };
        let mut ids: Vec<_> = self.by_text.iter().filter_map(|(text, no)| Some((text.clone(), place(no)?))).collect();
        ids.sort_unstable();
        ids
    }

    /// Whether it may have been swept, or signed out with what may have been.
    pub fn is_doubtful(&self, no: RecordNo, now: Time) -> bool {
        self.may_be_gone(no, now) || self.records[no].ended.is_some_and(|ended| ended.perhaps)
    }

    /// Whether it has ended for sure.
    pub fn has_ended(&self, no: RecordNo) -> bool {
        self.records[no].ended.is_some_and(|ended| !ended.perhaps)
    }

    pub fn sign_out_one(&mut self, no: RecordNo, now: Time) {
        self.end(no, u32::MAX, &revoked(now));
    }

    /// Ends all sessions of a user but `keep` and what it came from.
    pub fn sign_out(&mut self, user: UserNo, keep: Option<RecordNo>, now: Time) {
        let except = keep.map(|keep| &self.records[keep]);
        let except = except.filter(|keep| keep.user == Some(user) && keep.ended.is_none()).map(|keep| keep.family);
        self.end_user(user, except, &revoked(now));
    }

    pub fn sign_out_everybody(&mut self, now: Time) {
        for no in 0..self.records.len() {
            self.end(no, u32::MAX, &revoked(now));
        }
    }
}
