//! What the application does with an open session, and what the reference says to that.

use std::time::Duration;

use sidereal_core::policy::CapReached;
use sidereal_core::session::{Outcome, Snapshot};

use crate::model::app::{Data, Delete};
use crate::model::play::Violation;
use crate::model::truth::{Elevation, Grip, RecordNo, UserNo};

use super::properties::{CAP, INDEX, OVER, PROOF, WORKS};
use super::schedule::{Doomed, What, When, Which};
use super::world::{NAMES, SetCookie, World};

/// What a proof is for.
const SCOPE: &str = "pay";
const ANY_TIME: Duration = Duration::from_secs(1 << 30);

/// What a new ID is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Regeneration(Delete),
    Login(UserNo),
    Proof,
}

impl World {
    pub fn finish(&mut self, n: usize) -> Result<(), Violation> {
        if self.requests[n].session.is_none() {
            return Ok(());
        }
        match self.requests[n].visit.what {
            What::Crash | What::Glance => {}
            What::Read => self.commit(n)?,
            What::Note | What::Blind | What::Login(_, When::AtOnce) => {
                self.note(n);
                self.commit(n)?;
            }
            What::Login(user, When::AtTheEnd) => {
                if !self.log_in(n, user, When::AtTheEnd)? {
                    self.commit(n)?;
                }
            }
            What::Prove => {
                if self.truth.user_of(self.requests[n].grip).is_some() {
                    self.renew(n, For::Proof, When::AtOnce)?;
                }
                self.commit(n)?;
            }
            What::Pay(Doomed::No) => {
                self.pay(n)?;
                self.commit(n)?;
            }
            What::Pay(Doomed::Yes) => self.pay_and_die(n)?,
            What::Regenerate(delete) => {
                self.renew(n, For::Regeneration(delete), When::AtOnce)?;
                self.commit(n)?;
            }
            What::Logout { cleared } => self.log_out(n, cleared)?,
            What::SignOut(which) => {
                self.sign_out(n, which)?;
                self.commit(n)?;
            }
        }
        self.requests[n].session = None;
        Ok(())
    }

    fn note(&mut self, n: usize) {
        self.notes += 1;
        let number = self.notes;
        self.requests[n].data.write(number);
    }

    /// Whether somebody is logged in now, and the session has been committed if that was to be done at the end.
    pub fn log_in(&mut self, n: usize, user: UserNo, when: When) -> Result<bool, Violation> {
        let before = self.requests[n].read.user.map(|login| self.witness.logins[&login].user);
        let done = self.renew(n, For::Login(user), when)?;
        if done {
            let over_another = before.is_some_and(|before| before != user);
            self.count(if over_another { "logged in over another user" } else { "logged in" });
        } else {
            self.requests[n].data = self.requests[n].read.clone();
        }
        Ok(done)
    }

    /// A new ID, stored at once where there is something to store; the end of the request is the time for that if `when` says so. Whether the
    /// session has it.
    fn renew(&mut self, n: usize, what_for: For, when: When) -> Result<bool, Violation> {
        let now = self.observe().now;
        let grip = self.requests[n].grip;
        let before = self.truth.record_of(grip);
        let user = if let For::Login(user) = what_for { Some(user) } else { self.truth.user_of(grip) };
        let rivals = self.rivals(user, grip)?;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(false);
        };
        let is_served = !matches!(grip, Grip::Ghost | Grip::Unstored { presented: false, .. });
        let old = self.truth.known(&session.id().expose()).filter(|_| is_served);
        let delete = if let For::Regeneration(delete) = what_for { delete } else { Delete::No };
        let minted = match what_for {
            For::Regeneration(Delete::No) => session.elevate(Snapshot::AsRead),
            For::Regeneration(Delete::Yes) => session.elevate(Snapshot::Empty),
            For::Login(user) => session.login(NAMES[user].as_bytes(), &["pwd"]),
            For::Proof => session.reauthenticated(&["pwd"], &[SCOPE]),
        };
        let text = match minted {
            Ok(id) => id.expose(),
            Err(error) => return self.violated(WORKS, error.to_string()),
        };
        let to = self.truth.minted(&text, old, now);
        request.elevated = Some(to);
        if let For::Login(user) = what_for {
            let others = request.read.user.is_some_and(|login| self.witness.logins[&login].user != user);
            if others {
                request.data = Data::default();
            }
            request.data.user = Some(self.witness.logged_in(user, to));
        }
        if user.is_none() && !matches!(grip, Grip::Live { .. }) && self.requests[n].read.is_empty() {
            self.requests[n].pending = Some(delete);
            return Ok(true);
        }
        if when == When::AtTheEnd {
            self.note(n);
        }
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(false);
        };
        let (read, data) = match when {
            When::AtOnce => (request.read.clone(), request.read.clone()),
            When::AtTheEnd => (request.read.clone(), request.data.clone()),
        };
        let stored = match when {
            When::AtOnce => session.settle(),
            When::AtTheEnd => session.commit(&data.encode()).map(drop),
        };
        if let Err(error) = stored {
            if !error.is_crowded() {
                return self.violated(WORKS, error.to_string());
            }
            return self.refused(n, rivals.len());
        }
        let proved = !matches!(what_for, For::Regeneration(_));
        let client = request.client;
        let elevation = Elevation { to, delete, read: &read, data: &data, user, proved, client };
        let done = self.truth.elevated(&mut request.grip, &elevation, now);
        if done {
            self.hand_over(before, self.truth.record_of(self.requests[n].grip), what_for);
        } else {
            self.truth.dropped(to);
            self.count("elevation dropped");
        }
        self.name(n)?;
        self.check_room(n, user, &rivals, done)?;
        self.check_cookie(n)?;
        Ok(done)
    }

    /// Where the proof goes.
    fn hand_over(&mut self, from: Option<RecordNo>, to: Option<RecordNo>, what_for: For) {
        match (what_for, from, to) {
            (For::Proof, _, Some(to)) => self.witness.proves(to),
            (For::Regeneration(_), Some(from), Some(to)) if self.truth.is_superseded(from) => {
                self.witness.inherits(from, to);
            }
            _ => {}
        }
    }

    /// The sessions that `user` has besides one that is about to be superseded.
    fn rivals(&mut self, user: Option<UserNo>, grip: Grip) -> Result<Vec<RecordNo>, Violation> {
        let Some(user) = user else {
            return Ok(Vec::new());
        };
        let left = if let Grip::Live { record, leased: true } = grip { Some(record) } else { None };
        let mut rivals = self.roster(user)?;
        rivals.retain(|no| Some(*no) != left);
        Ok(rivals)
    }

    /// The cap is kept, and whoever had to go was not in use more recently than who may stay.
    fn check_room(&mut self, n: usize, user: Option<UserNo>, rivals: &[RecordNo], done: bool) -> Result<(), Violation> {
        let Some(user) = user else {
            return Ok(());
        };
        let now = self.observe().now;
        let cap = self.policy.sessions_per_user as usize;
        let there = self.roster(user)?;
        let (stay, gone): (Vec<_>, Vec<_>) = rivals.iter().partition(|no| there.contains(no));
        let excess = if done { (rivals.len() + 1).saturating_sub(cap) } else { 0 };
        let new = self.truth.record_of(self.requests[n].grip);
        if done && !new.is_some_and(|new| there.contains(&new)) {
            return self.violated(INDEX, format!("the new session of {} is missing", NAMES[user]));
        }
        if there.len() > cap || (excess > 0 && self.policy.cap_reached == CapReached::Refuse) {
            return self.violated(CAP, format!("{} has {} sessions", NAMES[user], there.len()));
        }
        if gone.len() != excess {
            let story = format!("{} had {} others, and {} of them ended", NAMES[user], rivals.len(), gone.len());
            return self.violated(CAP, story);
        }
        if let Some((stays, goes)) = stay
            .iter()
            .flat_map(|stays| gone.iter().map(move |goes| (stays, goes)))
            .find(|(s, g)| self.truth.is_older(**s, **g))
        {
            return self.violated(CAP, format!("session {goes} had to go, and {stays} was used less recently"));
        }
        for no in gone {
            self.count("evicted");
            self.truth.sign_out_one(no, now);
        }
        Ok(())
    }

    /// The user has as many sessions as they may: this one goes on as it was.
    fn refused(&mut self, n: usize, rivals: usize) -> Result<bool, Violation> {
        if self.policy.cap_reached == CapReached::Evict || rivals < self.policy.sessions_per_user as usize {
            return self.violated(CAP, format!("refused beside {rivals} other sessions"));
        }
        self.count("refused by the cap");
        let request = &mut self.requests[n];
        if let Some(to) = request.elevated.take() {
            self.truth.dropped(to);
        }
        request.data = request.read.clone();
        let Some(session) = &mut request.session else {
            return Ok(false);
        };
        if !session.withdraw() {
            return self.violated(WORKS, "there is nothing to withdraw");
        }
        Ok(false)
    }

    /// The cookie of a session whose ID has been replaced, as it stands now.
    fn check_cookie(&mut self, n: usize) -> Result<(), Violation> {
        let request = &mut self.requests[n];
        let Some(session) = &request.session else {
            return Ok(());
        };
        let sent = session.is_replaced() && session.may_send_cookie();
        let text = session.id().expose();
        if sent && self.truth.known(&text).is_some_and(|id| self.truth.is_lost(id)) {
            return self.violated("a cookie that is sent leads somewhere", "the elevation was dropped");
        }
        request.answer = if sent { SetCookie::Id(text) } else { SetCookie::None };
        Ok(())
    }

    fn commit(&mut self, n: usize) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        let outcome = match session.commit(&request.data.encode()) {
            Ok(outcome) => outcome,
            Err(error) => return self.violated(WORKS, error.to_string()),
        };
        let is_new = matches!(request.grip, Grip::Unstored { .. });
        let (read, data, client) = (&request.read, &request.data, request.client);
        let stored = match (request.pending.take(), request.elevated) {
            (Some(_), Some(id)) if data.is_empty() => {
                request.grip = Grip::Unstored { id, presented: false, leased: true };
                true
            }
            (Some(delete), Some(to)) => {
                let elevation = Elevation { client, ..Elevation::anonymous(to, delete, read, data) };
                self.truth.elevated(&mut request.grip, &elevation, now)
            }
            _ => self.truth.written(&mut request.grip, read, data, now),
        };
        if is_new {
            self.truth.made_by(request.grip, client);
        }
        // Where nothing has changed there is nothing to store, and nothing to drop.
        let unchanged = request.data == request.read;
        match outcome {
            Outcome::Done if stored || unchanged => Ok(()),
            Outcome::Dropped(_) if !stored => {
                self.count("write dropped");
                Ok(())
            }
            Outcome::Done => self.violated(OVER, "a write was stored that had to be dropped"),
            Outcome::Dropped(why) | Outcome::Lost(why) => self.violated("no update is lost and none is invented", why),
        }
    }

    fn log_out(&mut self, n: usize, cleared: bool) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        if let Err(error) = session.logout(cleared) {
            return self.violated(WORKS, error.to_string());
        }
        self.truth.logged_out(request.grip, cleared, now);
        if cleared {
            request.answer = SetCookie::Clear;
        }
        self.check_rosters()
    }

    /// Does what needs a proof, if there is one.
    fn pay(&mut self, n: usize) -> Result<bool, Violation> {
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(false);
        };
        let record = match request.grip {
            Grip::Live { record, leased: true } if !self.truth.has_ended(record) => Some(record),
            _ => None,
        };
        let proof = record.filter(|record| self.witness.has_proof(*record));
        let paid = session.is_fresh(ANY_TIME, None, Some(SCOPE));
        if paid != proof.is_some() {
            return self.violated(PROOF, format!("expected {}, found {paid}", proof.is_some()));
        }
        if let Some(record) = proof {
            self.count("paid");
            self.witness.spends(record);
        }
        Ok(paid)
    }

    /// The same after a regeneration, in a request that dies before it has stored that. What is paid for is stored.
    fn pay_and_die(&mut self, n: usize) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &mut self.requests[n];
        let Some(session) = &mut request.session else {
            return Ok(());
        };
        let old = self.truth.known(&session.id().expose());
        let text = match session.elevate(Snapshot::AsRead) {
            Ok(id) => id.expose(),
            Err(error) => return self.violated(WORKS, error.to_string()),
        };
        if !self.pay(n)? {
            return Ok(());
        }
        if self.requests[n].session.as_ref().is_some_and(|session| session.handle().is_none()) {
            return self.violated(PROOF, "paid, and what it was paid with is not written down as used");
        }
        let to = self.truth.minted(&text, old, now);
        let request = &mut self.requests[n];
        let (user, read) = (self.truth.user_of(request.grip), &request.read);
        let before = self.truth.record_of(request.grip);
        let delete = Delete::No;
        let elevation = Elevation { to, delete, read, data: read, user, proved: false, client: request.client };
        if !self.truth.elevated(&mut request.grip, &elevation, now) {
            return self.violated(PROOF, "paid in a session that has ended");
        }
        self.hand_over(before, self.truth.record_of(self.requests[n].grip), For::Regeneration(delete));
        self.name(n)
    }

    fn sign_out(&mut self, n: usize, which: Which) -> Result<(), Violation> {
        let now = self.observe().now;
        let request = &self.requests[n];
        let (Some(login), Some(session)) = (request.read.user, &request.session) else {
            return Ok(());
        };
        let (user, keep) = (self.witness.logins[&login].user, session.handle());
        let name = NAMES[user].as_bytes();
        let theirs = |no: &RecordNo| self.truth.is_of(*no, user);
        match which {
            Which::One(k) | Which::Foreign(k) => {
                let own = matches!(which, Which::One(_));
                let known: Vec<_> = self.handles.iter().filter(|(_, no)| theirs(no) == own).collect();
                let Some((handle, record)) = (!known.is_empty()).then(|| *known[k % known.len()]) else {
                    return Ok(());
                };
                let found = match self.engine.revoke(&self.policy, name, &handle) {
                    Ok(found) => found,
                    Err(error) => return self.violated(WORKS, error.to_string()),
                };
                let there = own && !self.truth.has_ended(record);
                if found != there && !(there && self.truth.is_doubtful(record, now)) {
                    let story = format!("expected {there} for session {record}, found {found}");
                    return self.violated(INDEX, story);
                }
                if found {
                    self.count("signed out: one");
                    self.truth.sign_out_one(record, now);
                }
            }
            Which::Others => {
                let Some(keep) = keep else {
                    return Ok(());
                };
                if let Err(error) = self.engine.revoke_others(&self.policy, name, &keep) {
                    return self.violated(WORKS, error.to_string());
                }
                self.count("signed out: others");
                let keep = self.record_of(&keep);
                self.truth.sign_out(user, keep, now);
            }
            Which::All => self.sign_out_user(user)?,
        }
        self.check_rosters()
    }

    fn sign_out_user(&mut self, user: UserNo) -> Result<(), Violation> {
        let now = self.observe().now;
        if let Err(error) = self.engine.revoke_user(&self.policy, NAMES[user].as_bytes()) {
            return self.violated(WORKS, error.to_string());
        }
        self.count("signed out: all");
        self.truth.sign_out(user, None, now);
        self.witness.signed_out(Some(user));
        Ok(())
    }

    /// An administrator signs out `user`, or everybody.
    pub fn administer(&mut self, user: Option<UserNo>) -> Result<(), Violation> {
        let now = self.observe().now;
        match user {
            Some(user) => self.sign_out_user(user)?,
            None => {
                if let Err(error) = self.engine.revoke_all(&self.policy) {
                    return self.violated(WORKS, error.to_string());
                }
                self.count("signed out: everybody");
                self.truth.sign_out_everybody(now);
                self.witness.signed_out(None);
            }
        }
        self.check_rosters()
    }
}
