//! What an application asks about alarms. Needs no session.

use sidereal_core::evidence::{Evidence, Of, Payloads};
use sidereal_core::id::Handle;
use sidereal_core::roster::Info;

use super::Request;
use super::user::checked;
use crate::border::Facts;
use crate::guard::Answer;

impl Request {
    /// Up to `most` incidents, the latest first.
    pub fn evidence(&mut self, facts: &Facts<'_>, of: &Of<'_>, most: u32, lend: impl FnOnce(Vec<Evidence>)) -> Answer {
        self.ask_engine(facts, |configured, _| {
            checked(configured.engine.evidence(of, most), |found| {
                lend(found);
                Answer::yes()
            })
        })
    }

    /// The sessions of an incident.
    pub fn evidence_sessions(&mut self, facts: &Facts<'_>, incident: &Handle, lend: impl FnOnce(Vec<Info>)) -> Answer {
        self.ask_engine(facts, |configured, _| {
            checked(configured.engine.exhibits(incident), |found| {
                lend(found.into_iter().map(|exhibit| exhibit.info).collect());
                Answer::yes()
            })
        })
    }

    /// What one of them had stored, as the bytes that it is.
    pub fn evidence_payload(
        &mut self,
        facts: &Facts<'_>,
        incident: &Handle,
        session: &Handle,
        lend: impl FnOnce(Vec<u8>) -> Answer,
    ) -> Answer {
        self.ask_engine(facts, |configured, _| {
            checked(configured.engine.exhibits(incident), |found| {
                let exhibit = found.iter().find(|exhibit| exhibit.info.handle == *session);
                let payload = exhibit.and_then(|exhibit| configured.engine.exhibited_payload(exhibit));
                payload.map_or_else(Answer::yes, lend)
            })
        })
    }

    /// All of it as JSON.
    pub fn evidence_json(
        &mut self,
        facts: &Facts<'_>,
        incident: &Handle,
        payloads: Payloads,
        lend: impl FnOnce(Vec<u8>) -> Answer,
    ) -> Answer {
        self.ask_engine(facts, |configured, _| {
            checked(configured.engine.evidence_json(incident, payloads), |text| {
                text.map_or_else(Answer::yes, |text| lend(text.into_bytes()))
            })
        })
    }

    /// Deletes evidence.
    pub fn purge_evidence(&mut self, facts: &Facts<'_>, of: &Of<'_>) -> Answer {
        self.ask_engine(facts, |configured, _| {
            checked(configured.engine.purge_evidence(of), |count| Answer::yes().count(count))
        })
    }
}
