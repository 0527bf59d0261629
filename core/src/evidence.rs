//! Evidence: what was kept of an alarm, for those who look into it (R14).
//!
//! An incident names the user's sessions as they were when somebody used an obsolete ID; an exhibit is one of them. Both open with the keyring only, and
//! a payload only when it is asked for. It is handed out as the bytes that the application stored: nothing here decodes it.

mod json;

use crate::client::Client;
use crate::clock::Time;
use crate::engine::Engine;
use crate::error::Result;
use crate::id::Handle;
use crate::incident::{Cause, Happened, Response};
use crate::keys::Keyring;
use crate::opening::open_row;
use crate::record::Meta;
use crate::roster::Info;
use crate::seal;
use crate::session::check_user;
use crate::store::Row;
use crate::store::evidence::{Incident, Which};

pub use json::Payloads;

/// Whose evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of<'a> {
    /// Of a user's sessions.
    User(&'a [u8]),
    /// Of incidents in which an obsolete ID of this session was used.
    Session(Handle),
    /// The incident of this name.
    Incident(Handle),
    /// All that there is.
    Everybody,
}

/// One incident: an obsolete ID was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its name: safe to show, and good for reading and purging it.
    pub handle: Handle,
    /// When it happened.
    pub at: Time,
    /// Until when it is kept.
    pub until: Time,
    /// What made it an alarm.
    pub cause: Cause,
    /// What was done.
    pub response: Response,
    /// The public name of the session whose obsolete ID was used.
    pub session: Handle,
    /// What the event in the log calls that session.
    pub reference: String,
    /// A keyed hash of the user that the session was bound to: the same for the same user, and of no use to anybody else. `None` for an anonymous one.
    pub user: Option<String>,
    /// The client that used the ID.
    pub client: Client,
}

/// One session, as it was when the alarm was raised.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// What the roster had shown of it.
    pub info: Info,
    /// The user that it was bound to, as [`Evidence::user`].
    pub user: Option<String>,
    /// What the log calls it.
    pub reference: String,
    /// Whether it was no longer in use: an elevation had superseded it.
    pub superseded: bool,
    /// What its payload is written in; empty when it is not PHP's.
    pub serializer: Box<str>,
    meta: Box<Meta>,
    sealed: Option<Vec<u8>>,
}

impl Evidence {
    fn of(keys: &Keyring, incident: &Incident) -> Option<Self> {
        let Happened { at, cause, response, session, family, subject, client } =
            seal::open_incident(keys, &incident.name, &incident.sealed)?;
        Some(Self {
            handle: incident.name,
            at,
            until: incident.until,
            cause,
            response,
            session,
            reference: keys.log_reference(&family.0),
            user: subject.map(|subject| keys.log_reference(&subject.0)),
            client,
        })
    }
}

impl Exhibit {
    fn of(keys: &Keyring, row: Row) -> Option<Self> {
        let meta = open_row(keys, &row)?;
        Some(Self {
            info: Info::of(&meta),
            user: meta.binding.as_ref().map(|binding| keys.log_reference(&binding.subject.0)),
            reference: keys.log_reference(&meta.family.0),
            superseded: meta.frozen.is_some(),
            serializer: meta.serializer.clone(),
            meta,
            sealed: row.payload,
        })
    }

    fn open(&self, keys: &Keyring) -> Option<Vec<u8>> {
        seal::open_payload(keys, &self.meta, self.sealed.clone()?)
    }
}

impl Engine {
    /// Up to `most` incidents, the latest first. What is of another application, or sealed with a key that is gone, is left out.
    ///
    /// # Errors
    /// [`Error::is_config`](crate::Error::is_config) for a user ID that cannot be one; [`Error::is_store`](crate::Error::is_store).
    pub fn evidence(&self, of: &Of<'_>, most: u32) -> Result<Vec<Evidence>> {
        let incidents = self.store.incidents(&self.which(of)?, most)?;
        let (keys, now) = (self.keys(), self.observe().now);
        // What is due may be half swept.
        Ok(incidents.iter().filter(|found| found.until > now).filter_map(|found| Evidence::of(&keys, found)).collect())
    }

    /// The sessions of an incident, those in use first; none when there is no such incident.
    ///
    /// # Errors
    /// [`Error::is_store`](crate::Error::is_store).
    pub fn exhibits(&self, incident: &Handle) -> Result<Vec<Exhibit>> {
        if self.evidence(&Of::Incident(*incident), 1)?.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.keys();
        Ok(self.store.exhibits(incident)?.into_iter().filter_map(|row| Exhibit::of(&keys, row)).collect())
    }

    /// What the application had stored in a session; `None` when that was nothing, was erased before the alarm, or did not fit into the evidence.
    pub fn exhibited_payload(&self, exhibit: &Exhibit) -> Option<Vec<u8>> {
        exhibit.open(&self.keys())
    }

    /// An incident and its sessions as one JSON object; `None` when there is no such incident. See `docs/php.md` for its members.
    ///
    /// # Errors
    /// [`Error::is_store`](crate::Error::is_store).
    pub fn evidence_json(&self, incident: &Handle, payloads: Payloads) -> Result<Option<String>> {
        let Some(evidence) = self.evidence(&Of::Incident(*incident), 1)?.pop() else {
            return Ok(None);
        };
        let exhibits = self.exhibits(incident)?;
        let keys = self.keys();
        let payload = |exhibit: &Exhibit| match payloads {
            Payloads::Opened => exhibit.open(&keys),
            Payloads::LeftOut => None,
        };
        let exhibits: Vec<_> = exhibits.iter().map(|exhibit| (exhibit, payload(exhibit))).collect();
        Ok(Some(json::object(&evidence, &exhibits, payloads)))
    }

    /// Deletes evidence and answers how many incidents are gone.
    ///
    /// # Errors
    /// As [`Engine::evidence`].
    pub fn purge_evidence(&self, of: &Of<'_>) -> Result<u64> {
        self.store.purge(&self.which(of)?)
    }

    fn which(&self, of: &Of<'_>) -> Result<Which> {
        Ok(match of {
            Of::User(user) => {
                check_user(user)?;
                Which::Subject(self.keys().subject_tag(user))
            }
            Of::Session(handle) => Which::Session(*handle),
            Of::Incident(handle) => Which::Named(*handle),
            Of::Everybody => Which::All,
        })
    }
}
