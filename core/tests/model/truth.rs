//! The reference: what every ID stands for, told from the outside by what was asked and answered, and what the engine may answer next.
//!
//! It knows the rules of the design and nothing of how the engine keeps them: no deadlines, pointers, versions or rows.

use std::collections::HashMap;
use std::time::Duration;

use sidereal_core::clock::Time;
use sidereal_core::policy::{GHOST, MAX_SIBLINGS, OnObsolete, Policy, REMINT_EVERY};

use super::app::{Data, Delete};

pub type IdNo = usize;
pub type RecordNo = usize;
pub type FamilyNo = usize;
/// Names a user.
pub type UserNo = usize;

pub struct Truth {
    pub(crate) policy: Policy,
    pub(crate) ids: Vec<Id>,
    pub(crate) by_text: HashMap<String, IdNo>,
    pub(crate) records: Vec<Record>,
    families: FamilyNo,
}

pub(crate) struct Id {
    /// The ID under whose session this one was minted.
    pub(crate) parent: Option<IdNo>,
    minted: Time,
    pub(crate) place: Place,
}

#[derive(Clone, Copy)]
pub(crate) enum Place {
    Unstored,
    /// Its elevation was dropped.
    Nowhere,
    In(RecordNo, Role),
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Current,
    /// A successor that was not current yet, minted in the rotation that makes this round.
    Sibling(u32),
    Superseded {
        confirmed: Time,
    },
}

pub(crate) struct Record {
    pub(crate) family: FamilyNo,
    generation: u32,
    /// Whether it, or what it came from, was elevated from a snapshot or without the lease: a family of its own.
    pub(crate) fork: bool,
    pub(crate) born: Time,
    data: Data,
    current: IdNo,
    current_since: Time,
    round: u32,
    pending: Option<Pending>,
    pub(crate) seen: Seen,
    pub(crate) frozen: Option<Frozen>,
    pub(crate) ended: Option<Ended>,
    predecessor: Option<RecordNo>,
    /// Who it is bound to.
    pub(crate) user: Option<UserNo>,
    pub(crate) client: Client,
}

/// What a client looks like: where it is and what it calls itself; zero is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    pub network: u8,
    pub agent: u8,
}

impl Client {
    /// Whether two cannot be one: both differ.
    fn contradicts(self, other: Self) -> bool {
        let differ = |one: u8, other: u8| one != 0 && other != 0 && one != other;
        differ(self.network, other.network) && differ(self.agent, other.agent)
    }
}

/// A new ID for a new privilege.
#[derive(Clone, Copy)]
pub struct Elevation<'a> {
    pub to: IdNo,
    pub delete: Delete,
    /// What the session held when it was opened, and what it is to hold.
    pub read: &'a Data,
    pub data: &'a Data,
    /// Who the new record is bound to, and whether they have just proved who they are.
    pub user: Option<UserNo>,
    pub proved: bool,
    pub client: Client,
}

impl<'a> Elevation<'a> {
    pub fn anonymous(to: IdNo, delete: Delete, read: &'a Data, data: &'a Data) -> Self {
        Self { to, delete, read, data, user: None, proved: false, client: Client::default() }
    }
}

struct Pending {
    since: Time,
    latest: Time,
    siblings: u8,
}

/// Latest use: recorded for sure (give or take the touch interval), and recorded perhaps.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) surely: Time,
    pub(crate) maybe: Time,
}

pub(crate) struct Frozen {
    at: Time,
    confirmed: bool,
    data: Data,
}

#[derive(Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) at: Time,
    /// Logged out; otherwise revoked by an alarm.
    pub(crate) logout: bool,
    pub(crate) cleared: bool,
    /// The user was signed out when what leads from them to this record may have been swept already.
    pub(crate) perhaps: bool,
}

/// When a request arrived, and what it may do.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    pub now: Time,
    pub steady: bool,
    pub can_set_cookie: bool,
    /// Whether it is alone with the record.
    pub leased: bool,
    pub client: Client,
}

/// What the engine answers to a presented ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An empty session that is not stored, under the same ID.
    Unstored,
    /// The record; `renewed`: and a new ID.
    Live { renewed: bool },
    /// What an elevation left, read-only.
    Snapshot,
    /// Nothing, without a cookie.
    Ghost(Why),
    /// A fresh session.
    Fresh(Why),
}

/// Why a fresh one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Unknown,
    Idle,
    Absolute,
    /// No successor of it has ever been presented, and that is enough.
    SiblingsExhausted,
    /// It was never presented before a later rotation was done.
    OldSibling,
    /// Its record was elevated, and the successor or this ID was never presented.
    ElevationLost,
    Superseded,
    Obsolete,
    LoggedOut,
    Revoked,
}

/// What an open session holds on to.
#[derive(Clone, Copy, Debug)]
pub enum Grip {
    /// A ghost: nothing, from which something new may come.
    Ghost,
    /// It has ended, or was dropped.
    Ended,
    Unstored {
        id: IdNo,
        presented: bool,
        leased: bool,
    },
    Live {
        record: RecordNo,
        leased: bool,
    },
    Snapshot {
        record: RecordNo,
    },
}

impl Truth {
    pub fn new(policy: Policy) -> Self {
        Self { policy, ids: Vec::new(), by_text: HashMap::new(), records: Vec::new(), families: 0 }
    }

    pub fn known(&self, text: &str) -> Option<IdNo> {
        self.by_text.get(text).copied()
    }

    /// Takes note of a new ID that leads nowhere yet.
    pub fn minted(&mut self, text: &str, parent: Option<IdNo>, minted: Time) -> IdNo {
        let no = self.ids.len();
        self.ids.push(Id { parent, minted, place: Place::Unstored });
        self.by_text.insert(text.to_owned(), no);
        no
    }

    /// Whether `id` is `ancestor` or came from it.
    pub fn descends(&self, id: IdNo, ancestor: IdNo) -> bool {
        std::iter::successors(Some(id), |id| self.ids[*id].parent).any(|id| id == ancestor)
    }

    /// Whether `id` leads nowhere because its elevation was dropped.
    pub fn is_lost(&self, id: IdNo) -> bool {
        matches!(self.ids[id].place, Place::Nowhere)
    }

    /// What the data of this session is.
    pub fn data(&self, grip: Grip) -> Data {
        match grip {
            Grip::Live { record, .. } => self.records[record].data.clone(),
            Grip::Snapshot { record } => {
                self.records[record].frozen.as_ref().map(|frozen| frozen.data.clone()).unwrap_or_default()
            }
            Grip::Unstored { .. } | Grip::Ghost | Grip::Ended => Data::default(),
        }
    }

    /// Whether the store may have let go of this snapshot: a family keeps only so many.
    pub fn may_be_trimmed(&self, grip: Grip) -> bool {
        let Grip::Snapshot { record } = grip else {
            return false;
        };
        let family = self.records[record].family;
        let frozen = self.records.iter().filter(|record| record.family == family && record.frozen.is_some());
        frozen.count() > sidereal_core::store::MAX_SNAPSHOTS as usize
    }

    /// What may be answered to `id`. More than one answer only where it depends on how often the engine writes down that a session is in use.
    pub fn expect(&self, id: IdNo, arrival: Arrival) -> Vec<Answer> {
        let (record, role) = match self.ids[id].place {
            Place::Nowhere => return vec![Answer::Fresh(Why::Unknown)],
            Place::Unstored => return vec![self.unstored(id, arrival.now)],
            Place::In(record, role) => (&self.records[record], role),
        };
        match &record.ended {
            None => self.unless_ended(record, role, arrival),
            Some(ended) if ended.perhaps => {
                let mut answers = vec![after_the_end(ended, arrival.now)];
                answers.extend(self.unless_ended(record, role, arrival));
                answers
            }
            Some(ended) => vec![after_the_end(ended, arrival.now)],
        }
    }

    fn unless_ended(&self, record: &Record, role: Role, arrival: Arrival) -> Vec<Answer> {
        if arrival.now.since(record.born) >= self.policy.absolute {
            return vec![Answer::Fresh(Why::Absolute)];
        }
        if record.frozen.is_none() && arrival.now.since(record.seen.maybe) >= self.policy.idle {
            return vec![Answer::Fresh(Why::Idle)];
        }
        let idle =
            record.frozen.is_none() && arrival.now.since(record.seen.surely) + self.policy.touch >= self.policy.idle;
        let mut answers = self.standing(record, role, arrival);
        answers.extend(idle.then_some(Answer::Fresh(Why::Idle)));
        answers
    }

    fn unstored(&self, id: IdNo, now: Time) -> Answer {
        let minute = Time::from_secs(self.ids[id].minted.as_secs() / 60 * 60);
        let from_the_future = minute.since(now) > Duration::from_secs(300);
        if now.since(minute) < self.policy.idle && !from_the_future {
            Answer::Unstored
        } else {
            Answer::Fresh(Why::Unknown)
        }
    }

    fn standing(&self, record: &Record, role: Role, arrival: Arrival) -> Vec<Answer> {
        let answer = match (role, &record.frozen) {
            (Role::Superseded { confirmed }, _) if arrival.now.since(confirmed) >= self.policy.grace => {
                self.late(record, confirmed, arrival)
            }
            (Role::Sibling(round), _) if round < record.round => Answer::Fresh(Why::OldSibling),
            (_, Some(frozen)) if arrival.now.since(frozen.at) < self.policy.grace => Answer::Snapshot,
            // Never presented by anybody: that it comes late is no sign of theft.
            (Role::Sibling(_), Some(_)) => Answer::Fresh(Why::ElevationLost),
            (_, Some(frozen)) if !frozen.confirmed => Answer::Fresh(Why::ElevationLost),
            (_, Some(frozen)) => self.late(record, frozen.at, arrival),
            (Role::Current, None) => return self.current(record, arrival),
            (Role::Sibling(_) | Role::Superseded { .. }, None) => Answer::Live { renewed: false },
        };
        vec![answer]
    }

    fn late(&self, record: &Record, since: Time, arrival: Arrival) -> Answer {
        let late = arrival.now.since(since) >= self.policy.alarm_after;
        let stranger = record.client.contradicts(arrival.client);
        match (late || (stranger && arrival.steady), arrival.steady) {
            (false, _) => Answer::Ghost(Why::Superseded),
            (true, true) => Answer::Fresh(Why::Obsolete),
            (true, false) => Answer::Fresh(Why::Superseded),
        }
    }

    fn current(&self, record: &Record, arrival: Arrival) -> Vec<Answer> {
        let can_rotate = arrival.can_set_cookie && arrival.leased;
        let Some(pending) = &record.pending else {
            let due = arrival.now.since(record.current_since) >= self.policy.rotate;
            return vec![Answer::Live { renewed: due && can_rotate }];
        };
        if pending.siblings < MAX_SIBLINGS {
            let again = can_rotate && arrival.now.since(pending.latest) >= REMINT_EVERY;
            return vec![Answer::Live { renewed: again }];
        }
        let window = self.policy.rotate;
        let exhausted = Answer::Fresh(Why::SiblingsExhausted);
        if record.seen.surely.before(self.policy.touch).since(pending.latest) >= window {
            return vec![exhausted];
        }
        let perhaps = record.seen.maybe.since(pending.since) >= window;
        [Answer::Live { renewed: false }].into_iter().chain(perhaps.then_some(exhausted)).collect()
    }

    /// Whether `id` may be sent to the client again: not when it is superseded, and not when a successor is on its way.
    pub fn may_be_sent(&self, id: IdNo) -> bool {
        match self.ids[id].place {
            Place::In(_, Role::Superseded { .. }) => false,
            Place::In(record, Role::Current) => self.records[record].pending.is_none(),
            Place::In(_, Role::Sibling(_)) | Place::Unstored | Place::Nowhere => true,
        }
    }

    /// What `answer` means for the record, and what the session holds on to. `renewed`: the new ID; `at`: when the session was open.
    pub fn opened(&mut self, id: IdNo, answer: Answer, arrival: Arrival, at: Time, renewed: Option<IdNo>) -> Grip {
        let place = self.ids[id].place;
        if let Place::In(record, _) = place {
            let ended = self.records[record].ended.filter(|_| answer == Answer::Fresh(Why::Revoked));
            if self.records[record].ended.is_some_and(|ended| ended.perhaps) {
                self.records[record].ended = ended.map(|ended| Ended { perhaps: false, ..ended });
            }
        }
        match (answer, place) {
            (Answer::Unstored, _) => Grip::Unstored { id, presented: true, leased: arrival.leased },
            (Answer::Snapshot, Place::In(record, _)) => Grip::Snapshot { record },
            (Answer::Live { .. }, Place::In(record, role)) => {
                self.served(record, id, role, arrival, at, renewed);
                Grip::Live { record, leased: arrival.leased }
            }
            (Answer::Fresh(Why::Obsolete), Place::In(record, _)) => {
                self.alarm(record, arrival);
                fresh(renewed)
            }
            _ => fresh(renewed),
        }
    }

    fn served(&mut self, no: RecordNo, id: IdNo, role: Role, arrival: Arrival, at: Time, renewed: Option<IdNo>) {
        let record = &mut self.records[no];
        record.seen.maybe = record.seen.maybe.max(at);
        if let (Role::Sibling(round), true) = (role, arrival.leased) {
            self.ids[record.current].place = Place::In(no, Role::Superseded { confirmed: arrival.now });
            self.ids[id].place = Place::In(no, Role::Current);
            record.current = id;
            record.current_since = arrival.now;
            record.round = round;
            record.pending = None;
            record.seen.surely = arrival.now;
        }
        if let Some(successor) = renewed {
            let pending = record.pending.get_or_insert(Pending { since: at, latest: at, siblings: 0 });
            pending.latest = at;
            pending.siblings += 1;
            record.seen.surely = at;
            self.ids[successor].place = Place::In(no, Role::Sibling(record.round + 1));
        }
        if !arrival.leased {
            record.seen.surely = at;
        }
        let mut predecessor = record.predecessor;
        while let Some(no) = predecessor {
            predecessor = self.records[no].predecessor;
            if let Some(frozen) = &mut self.records[no].frozen {
                frozen.confirmed = true;
            }
        }
    }

    /// Whether what this session writes is stored; if so it is `data` now.
    pub fn written(&mut self, grip: &mut Grip, read: &Data, data: &Data, now: Time) -> bool {
        match *grip {
            Grip::Live { record, leased } => {
                let record = &mut self.records[record];
                let unchanged = read == data;
                if record.ended.is_some() || !(leased || unchanged) {
                    return unchanged;
                }
                record.seen.maybe = record.seen.maybe.max(now);
                if leased {
                    record.data = data.clone();
                    record.seen.surely = now;
                }
                true
            }
            Grip::Unstored { leased, .. } if data.is_empty() => leased,
            Grip::Unstored { id, leased, .. } => {
                let stored = leased && matches!(self.ids[id].place, Place::Unstored);
                if stored {
                    let record = self.new_record(id, now, data);
                    *grip = Grip::Live { record, leased };
                }
                stored
            }
            Grip::Snapshot { .. } | Grip::Ghost | Grip::Ended => false,
        }
    }

    /// Whether `elevation` is stored; if so the old ID shows from now on what the session read.
    pub fn elevated(&mut self, grip: &mut Grip, elevation: &Elevation<'_>, now: Time) -> bool {
        let Elevation { to, delete, read, data, user, proved, client } = *elevation;
        let done = match *grip {
            Grip::Live { record: old, leased: true } => {
                let alive = self.records[old].ended.is_none();
                alive.then(|| self.successor(old, elevation, delete, now))
            }
            // A late writer brings nothing back.
            Grip::Live { record: old, .. } if self.records[old].ended.is_some() => None,
            // From a snapshot of a user's session only a new log-in leads on.
            Grip::Snapshot { record: old } if self.records[old].user.is_some() && !proved && !read.is_empty() => None,
            Grip::Snapshot { record: old } if self.records[old].ended.is_some() && !read.is_empty() => None,
            Grip::Snapshot { record: old } | Grip::Live { record: old, .. } => {
                let record = self.new_record(to, now, data);
                self.records[record].born = self.records[old].born;
                self.records[record].fork = true;
                Some(record)
            }
            Grip::Unstored { id, presented: true, leased: true } => {
                let free = matches!(self.ids[id].place, Place::Unstored);
                free.then(|| {
                    let old = self.new_record(id, now, &Data::default());
                    self.records[old].client = client;
                    self.successor(old, elevation, delete, now)
                })
            }
            Grip::Unstored { .. } | Grip::Ghost => Some(self.new_record(to, now, data)),
            Grip::Ended => None,
        };
        match done {
            Some(record) => {
                let new = &mut self.records[record];
                new.data = data.clone();
                (new.user, new.client) = (user, client);
                if proved {
                    new.born = now;
                }
                *grip = Grip::Live { record, leased: true };
            }
            None => *grip = Grip::Ended,
        }
        done.is_some()
    }

    /// An elevation that was dropped: its ID leads nowhere.
    pub fn dropped(&mut self, to: IdNo) {
        self.ids[to].place = Place::Nowhere;
    }

    fn successor(&mut self, old: RecordNo, elevation: &Elevation<'_>, delete: Delete, now: Time) -> RecordNo {
        let new = self.new_record(elevation.to, now, elevation.data);
        let was = &mut self.records[old];
        let shown = if delete == Delete::Yes { Data::default() } else { was.data.clone() };
        was.frozen = Some(Frozen { at: now, confirmed: false, data: shown });
        was.pending = None;
        let (family, generation, fork, born) = (was.family, was.generation + 1, was.fork, was.born);
        // Who logs in over another user's session is out of that user's reach.
        let stays = was.user.is_none() || was.user == elevation.user;
        let record = &mut self.records[new];
        (record.generation, record.fork, record.born) = (generation, fork, born);
        if stays {
            record.family = family;
        }
        record.predecessor = Some(old);
        new
    }

    fn new_record(&mut self, current: IdNo, now: Time, data: &Data) -> RecordNo {
        self.families += 1;
        self.ids[current].place = Place::In(self.records.len(), Role::Current);
        self.records.push(Record {
            family: self.families,
            generation: 0,
            fork: false,
            born: now,
            data: data.clone(),
            current,
            current_since: now,
            round: 0,
            pending: None,
            seen: Seen { surely: now, maybe: now },
            frozen: None,
            ended: None,
            predecessor: None,
            user: None,
            client: Client::default(),
        });
        self.records.len() - 1
    }

    /// A log-out ends what the ID could reach.
    pub fn logged_out(&mut self, grip: Grip, cleared: bool, now: Time) {
        let ended = Ended { at: now, logout: true, cleared, perhaps: false };
        match grip {
            Grip::Live { record, .. } | Grip::Snapshot { record } => self.end(record, self.reach(record), &ended),
            Grip::Unstored { id, presented: true, .. } => match self.ids[id].place {
                Place::Unstored => {
                    let record = self.new_record(id, now, &Data::default());
                    self.records[record].ended = Some(ended);
                }
                // Somebody has stored it meanwhile.
                Place::In(record, _) => self.end(record, self.reach(record), &ended),
                Place::Nowhere => {}
            },
            Grip::Unstored { .. } | Grip::Ghost | Grip::Ended => {}
        }
    }

    /// An ID that was superseded long ago is in use: two parties have it.
    fn alarm(&mut self, no: RecordNo, arrival: Arrival) {
        let ended = Ended { at: arrival.now, logout: false, cleared: false, perhaps: false };
        let Record { user, client, .. } = self.records[no];
        let everything = match self.policy.on_obsolete {
            // No schedule draws the second one: what it leaves is in `engine/evidence.rs`.
            OnObsolete::Deny | OnObsolete::Unauthenticate => return,
            OnObsolete::RevokeFamily => client.contradicts(arrival.client),
            OnObsolete::RevokeUser => true,
        };
        match user {
            Some(user) if everything => self.end_user(user, None, &ended),
            _ => self.end(no, self.reach(no), &ended),
        }
    }

    /// Whether it may have been swept.
    pub(crate) fn may_be_gone(&self, no: RecordNo, now: Time) -> bool {
        let Policy { idle, absolute, touch, .. } = self.policy;
        let Record { ended, frozen, seen, born, .. } = &self.records[no];
        if ended.is_some_and(|ended| ended.perhaps) {
            return true;
        }
        match (ended.map(|ended| ended.at), frozen.as_ref().map(|frozen| frozen.at)) {
            (Some(at), _) | (None, Some(at)) => now.since(at) >= absolute.max(idle),
            (None, None) => now.since(seen.surely) + touch >= idle || now.since(*born) >= absolute + idle,
        }
    }

    /// The latest generation that ends with a record: an anonymous one takes nothing with it that was elevated from it.
    fn reach(&self, no: RecordNo) -> u32 {
        let Record { user, generation, .. } = self.records[no];
        if user.is_some() { u32::MAX } else { generation }
    }

    /// Ends all sessions of `user`, and what they were elevated from, but those of one family.
    pub(crate) fn end_user(&mut self, user: UserNo, except: Option<FamilyNo>, ended: &Ended) {
        let of_them = |no: &RecordNo| self.records[*no].user == Some(user) && Some(self.records[*no].family) != except;
        let theirs: Vec<RecordNo> = (0..self.records.len()).filter(of_them).collect();
        let stays = |no: &RecordNo| !self.may_be_gone(*no, ended.at);
        let found: Vec<FamilyNo> = theirs.iter().filter(|no| stays(no)).map(|no| self.records[*no].family).collect();
        for no in theirs {
            let perhaps = !found.contains(&self.records[no].family);
            self.end(no, u32::MAX, &Ended { perhaps, ..*ended });
        }
    }

    pub(crate) fn end(&mut self, from: RecordNo, up_to_generation: u32, ended: &Ended) {
        let family = self.records[from].family;
        for record in self.records.iter_mut().filter(|record| record.family == family) {
            if record.generation <= up_to_generation
                && record.ended.is_none_or(|before| before.perhaps && !ended.perhaps)
            {
                record.ended = Some(*ended);
            }
        }
    }
}

fn fresh(id: Option<IdNo>) -> Grip {
    id.map_or(Grip::Ghost, |id| Grip::Unstored { id, presented: false, leased: true })
}

fn after_the_end(ended: &Ended, now: Time) -> Answer {
    if !ended.logout {
        return Answer::Fresh(Why::Revoked);
    }
    let in_flight: Duration = GHOST;
    if ended.cleared && now.since(ended.at) < in_flight {
        Answer::Ghost(Why::LoggedOut)
    } else {
        Answer::Fresh(Why::LoggedOut)
    }
}
