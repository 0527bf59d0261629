//! The names of the keys on the server. They are made of a configured prefix, fixed words and hexadecimal digits (A19).

use super::cell::hex;
use crate::id::{Handle, Partition, Tag};

/// The names under one prefix.
#[derive(Clone)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    fn key(&self, rest: &str) -> Vec<u8> {
        format!("{}{rest}", self.prefix).into_bytes()
    }

    /// Everything of one partition; see [`super::cell`].
    pub(super) fn cell(&self, partition: &Partition) -> Vec<u8> {
        self.key(&format!("{{{}}}", hex(&partition.0)))
    }

    /// Where somebody who waits for a lease is woken.
    pub(super) fn waiter(&self, partition: &Partition, token: &str) -> Vec<u8> {
        self.key(&format!("{{{}}}:wake:{token}", hex(&partition.0)))
    }

    /// All rows, by class and by when they are due.
    pub(super) fn index(&self) -> Vec<u8> {
        self.key("index")
    }

    /// The partitions that have rows with this prefix.
    pub(super) fn prefix(&self, prefix: &Tag) -> Vec<u8> {
        self.key(&format!("prefix:{}", hex(&prefix.0)))
    }

    /// All remembered devices, by when they are over.
    pub(super) fn devices(&self) -> Vec<u8> {
        self.key("devices")
    }

    /// The partition of a remembered device.
    pub(super) fn device(&self, name: &Handle) -> Vec<u8> {
        self.key(&format!("device:{}", hex(&name.0)))
    }

    /// An incident with its exhibits.
    pub(super) fn incident(&self, name: &str) -> Vec<u8> {
        self.key(&format!("incident:{name}"))
    }

    /// All incidents, by when they happened.
    pub(super) fn incidents(&self) -> Vec<u8> {
        self.key("incidents")
    }

    /// Incidents of one user, or of nobody, by when they happened.
    pub(super) fn incidents_of(&self, subject: &str) -> Vec<u8> {
        self.key(&format!("incidents:{subject}"))
    }

    /// All incidents, by when they are due to be deleted.
    pub(super) fn incidents_due(&self) -> Vec<u8> {
        self.key("incidents:due")
    }

    /// The turns to sweep of this host.
    pub(super) fn turn(&self) -> Vec<u8> {
        self.key(&format!("turn:{}", super::process::host()))
    }
}
