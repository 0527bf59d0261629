//! What an alarm keeps and what it does to rows; see [`Archive`].

use super::{MemoryStore, Record, State};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Family, Handle, Locator, Tag};
use crate::store::evidence::{
    Alarm, Archive, Fate, Incident, MAX_EVIDENCE, MAX_EXHIBITS, MAX_INCIDENTS, MAX_UNBOUND_INCIDENTS, NewIncident,
    Which,
};
use crate::store::{Ending, Row, Whom};

/// An incident with its exhibits.
#[derive(Debug)]
pub(super) struct Kept {
    incident: Incident,
    subject: Option<Tag>,
    session: Handle,
    exhibits: Vec<Row>,
}

impl Kept {
    fn is(&self, which: &Which) -> bool {
        match which {
            Which::Named(name) => self.incident.name == *name,
            Which::Session(session) => self.session == *session,
            Which::Subject(subject) => self.subject == Some(*subject),
            Which::All => true,
        }
    }
}

impl Archive for MemoryStore {
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64> {
        let mut state = self.state.lock();
        if let Some(evidence) = &alarm.evidence {
            state.keep(evidence);
        }
        Ok(match alarm.fate {
            Fate::End => state.end(&alarm.ending),
            Fate::Unbind => state.unbind(&alarm.ending),
            Fate::GoOn => 0,
        })
    }

    fn incidents(&self, which: &Which, most: u32) -> Result<Vec<Incident>> {
        let state = self.state.lock();
        let mut found: Vec<(usize, &Kept)> = state.kept.iter().enumerate().filter(|(_, kept)| kept.is(which)).collect();
        found.sort_by_key(|(place, kept)| (kept.incident.at, *place));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(found.into_iter().rev().take(most).map(|(_, kept)| kept.incident.clone()).collect())
    }

    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>> {
        let state = self.state.lock();
        let kept = state.kept.iter().find(|kept| kept.incident.name == *name);
        Ok(kept.map(|kept| kept.exhibits.clone()).unwrap_or_default())
    }

    fn purge(&self, which: &Which) -> Result<u64> {
        let mut state = self.state.lock();
        let before = state.kept.len();
        state.kept.retain(|kept| !kept.is(which));
        Ok(u64::try_from(before - state.kept.len()).unwrap_or(u64::MAX))
    }
}

impl State {
    /// Rows that have not ended and that an alarm reaches, those that nobody has superseded first.
    fn reach(&self, whom: &Whom) -> Vec<Locator> {
        let mut found: Vec<(&Locator, &Record)> =
            self.rows.iter().filter(|(at, row)| row.ended.is_none() && self.is_meant(whom, at, row)).collect();
        found.sort_by_key(|(at, row)| (row.superseded.is_some(), row.superseded.map(std::cmp::Reverse), at.number()));
        found.into_iter().map(|(at, _)| *at).collect()
    }

    fn is_meant(&self, whom: &Whom, at: &Locator, row: &Record) -> bool {
        match whom {
            Whom::Family { family, at: start, up_to_generation } => {
                // The row may have moved since the caller saw it.
                let start = self.pointers.get(start).map_or(*start, |pointer| pointer.target);
                row.family == *family && (*at == start || row.generation <= *up_to_generation)
            }
            Whom::Subject { subject, except } => {
                let bound = |family: Family| {
                    self.rows.values().any(|row| row.subject == Some(*subject) && row.family == family)
                };
                Some(row.family) != except.map(|it| it.family) && bound(row.family)
            }
            Whom::All => true,
        }
    }

    fn keep(&mut self, new: &NewIncident<'_>) {
        let reached = self.reach(&new.whom);
        if reached.is_empty() || self.kept.iter().any(|kept| kept.incident.name == new.name) {
            return;
        }
        let mut left = MAX_EVIDENCE;
        let mut copy = |at: &Locator| {
            let mut row = self.rows.get(at)?.clone().at(*at);
            row.payload = row.payload.filter(|payload| payload.len() <= left);
            left -= row.payload.as_ref().map_or(0, Vec::len);
            Some(row)
        };
        let exhibits = reached.iter().take(MAX_EXHIBITS).filter_map(&mut copy).collect();
        let incident = Incident { name: new.name, at: new.at, until: new.until, sealed: new.sealed.to_vec() };
        self.kept.push(Kept { incident, subject: new.subject, session: new.session, exhibits });
        self.trim_incidents(new.subject);
    }

    /// Deletes the oldest incidents where there are too many.
    fn trim_incidents(&mut self, subject: Option<Tag>) {
        let most = if subject.is_some() { MAX_INCIDENTS } else { MAX_UNBOUND_INCIDENTS };
        while self.kept.iter().filter(|kept| kept.subject == subject).count() > most {
            let oldest = self.kept.iter().enumerate().filter(|(_, kept)| kept.subject == subject);
            let Some((place, _)) = oldest.min_by_key(|(place, kept)| (kept.incident.at, *place)) else { break };
            self.kept.remove(place);
        }
    }

    fn unbind(&mut self, Ending { whom, ended, delete }: &Ending) -> u64 {
        let reached = self.reach(whom);
        self.forget_devices(whom);
        for at in &reached {
            let Some(row) = self.rows.get_mut(at) else { continue };
            if row.superseded.is_some() {
                row.end(*ended, *delete, false);
            } else {
                row.version += 1;
                row.subject = None;
                row.unbound = Some(ended.at);
            }
        }
        u64::try_from(reached.len()).unwrap_or(u64::MAX)
    }

    /// Deletes up to `limit` exhibits of incidents that are due, and the incidents that have none left. Answers how many rows are gone.
    pub(super) fn sweep_incidents(&mut self, now: Time, limit: usize) -> usize {
        let mut gone = 0;
        for kept in self.kept.iter_mut().filter(|kept| kept.incident.until <= now) {
            let exhibits = kept.exhibits.len().min(limit - gone);
            kept.exhibits.drain(..exhibits);
            gone += exhibits;
        }
        let mut left = limit - gone;
        self.kept.retain(|kept| {
            let goes = left > 0 && kept.incident.until <= now && kept.exhibits.is_empty();
            left -= usize::from(goes);
            !goes
        });
        limit - left
    }
}
