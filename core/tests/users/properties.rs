//! The properties, each by its name, and what is kept to tell whether they hold without asking the reference of the lifecycle.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::app::{Data, LoginNo};
use crate::model::truth::{Answer, IdNo, RecordNo, Truth, UserNo, Why};

use super::schedule::Party;

pub const SECRET: &str = "no ID from before a log-in sees data of it";
pub const OVER: &str = "what is revoked or logged out never comes back";
pub const CAP: &str = "the cap is never exceeded, and room is made only where there is none";
pub const INDEX: &str = "the roster equals the truth";
pub const ALARM: &str = "the alarm fires when a superseded ID is used late, and only then";
pub const ALONE: &str = "one party alone raises no alarm";
pub const BOUND: &str = "a session is bound to who logged in to it";
pub const PROOF: &str = "a proof is good once";
pub const WORKS: &str = "a store that works";

/// Which property an answer violates that is not what was expected.
pub fn rule_of(expected: &[Answer], alarm: bool) -> &'static str {
    let alarm_expected = expected.contains(&Answer::Fresh(Why::Obsolete));
    if alarm != alarm_expected {
        return ALARM;
    }
    match expected.first() {
        Some(Answer::Fresh(Why::LoggedOut | Why::Revoked) | Answer::Ghost(Why::LoggedOut)) => OVER,
        Some(expected) => crate::model::seen::rule_of(*expected),
        None => WORKS,
    }
}

/// One log-in.
pub struct LoggedIn {
    pub user: UserNo,
    /// The ID that it came with.
    pub id: IdNo,
    /// Whether the user or everybody has been signed out since.
    pub over: bool,
}

/// What has been seen from the outside.
#[derive(Default)]
pub struct Witness {
    pub logins: BTreeMap<LoginNo, LoggedIn>,
    /// Who has ever had which ID.
    holders: BTreeMap<IdNo, BTreeSet<Party>>,
    /// Which proof a record holds, and which have been used up.
    proofs: BTreeMap<RecordNo, u32>,
    spent: BTreeSet<u32>,
    proved: u32,
}

impl Witness {
    pub fn holds(&mut self, who: Party, id: IdNo) {
        self.holders.entry(id).or_default().insert(who);
    }

    /// Whether `id`, its siblings and all that came from them was ever with one party only.
    pub fn is_alone(&self, truth: &Truth, id: IdNo) -> bool {
        let origin = truth.origin(id);
        let held = self.holders.iter().filter(|(other, _)| truth.descends(**other, origin));
        held.flat_map(|(_, who)| who).collect::<BTreeSet<_>>().len() < 2
    }

    /// A new log-in.
    pub fn logged_in(&mut self, user: UserNo, id: IdNo) -> LoginNo {
        let login = LoginNo::try_from(self.logins.len() + 1).unwrap_or(LoginNo::MAX);
        self.logins.insert(login, LoggedIn { user, id, over: false });
        login
    }

    /// `user`, or everybody, has been signed out everywhere.
    pub fn signed_out(&mut self, user: Option<UserNo>) {
        for login in self.logins.values_mut() {
            login.over |= user.is_none_or(|user| login.user == user);
        }
    }

    /// What is wrong with a request that presents `reader` and reads `data`.
    pub fn objects(&self, truth: &Truth, reader: Option<IdNo>, data: &Data) -> Option<(&'static str, String)> {
        for login in data.logins() {
            let LoggedIn { user, id, over } = &self.logins[&login];
            if !reader.is_some_and(|reader| truth.descends(reader, *id)) {
                return Some((SECRET, format!("it reads what was written under log-in {login} of user {user}")));
            }
            if *over {
                return Some((OVER, format!("data of log-in {login} after user {user} was signed out everywhere")));
            }
        }
        None
    }

    pub fn proves(&mut self, record: RecordNo) {
        self.proved += 1;
        self.proofs.insert(record, self.proved);
    }

    /// What is elevated has the proof, and what it came from shows nothing any more.
    pub fn inherits(&mut self, from: RecordNo, to: RecordNo) {
        if let Some(proof) = self.proofs.remove(&from) {
            self.proofs.insert(to, proof);
        }
    }

    pub fn has_proof(&self, record: RecordNo) -> bool {
        self.proofs.get(&record).is_some_and(|proof| !self.spent.contains(proof))
    }

    /// Whether the proof of `record` had not been used before.
    pub fn spends(&mut self, record: RecordNo) -> bool {
        self.proofs.get(&record).is_some_and(|proof| self.spent.insert(*proof))
    }
}
