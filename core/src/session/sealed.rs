//! A new row's bytes.

use super::Session;
use crate::error::Result;
use crate::id::Locator;
use crate::record::Meta;
use crate::seal;
use crate::store::{Due, New};

/// A row's sealed parts.
pub(super) struct Sealed {
    meta: Vec<u8>,
    payload: Vec<u8>,
}

impl Sealed {
    pub fn of(session: &Session, at: &Locator, meta: &Meta, payload: &[u8]) -> Result<Self> {
        Ok(Self {
            meta: seal::seal_meta(&session.keys, &*session.engine.entropy, at, meta)?,
            payload: seal::seal_payload(&session.keys, &*session.engine.entropy, meta, payload)?,
        })
    }

    pub fn row<'a>(&'a self, session: &Session, at: &Locator, meta: &Meta, due: Due) -> New<'a> {
        New {
            at: *at,
            family: meta.family,
            generation: meta.generation,
            subject: meta.binding.as_ref().map(|binding| binding.subject),
            prefix: session.keys.prefix_tag(&meta.prefix),
            cap: None,
            ended: None,
            meta: &self.meta,
            payload: Some(&self.payload),
            due,
        }
    }
}
